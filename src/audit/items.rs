//! The items of the ERP: those of a list, and those that a crosswalk leads to.

use std::collections::HashSet;

use foldhash::quality::FixedState;

use crate::clean::crosswalk::{Crosswalk, Query, gtin_number};
use crate::clean::suggest::{Index, Item, Seen, Suggestion, rank};
use crate::document::{Findings, Kind};
use crate::layout::convert::trim;
use crate::profile::place::named_field;
use crate::profile::sheet;
use crate::syntax::csv::{Row, Rows};

/// What the ERP knows.
#[derive(Debug, Default)]
pub struct Items<'c> {
    crosswalk: Option<&'c Crosswalk>,
    partner: &'c str,
    codes: HashSet<Box<str>, FixedState>,
    gtins: HashSet<u64, FixedState>,
    index: Index,
}

impl<'c> Items<'c> {
    /// Takes a crosswalk of SKUs: what it translates is known, and what it leads to may be suggested.
    pub fn add_crosswalk(&mut self, crosswalk: &'c Crosswalk, partner: &'c str) {
        for (code, item) in crosswalk.pairs() {
            self.index.add(Item { item, code, gtin: "", text: "" });
        }
        (self.crosswalk, self.partner) = (Some(crosswalk), partner);
    }

    /// Takes a list of items: a table whose columns are told by their names. The number of items in it.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn add_list(&mut self, bytes: &[u8]) -> Result<usize, String> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let sheet = sheet::find(bytes).filter(|sheet| sheet.has_header).ok_or("no table with a row of names")?;
        let find = |wanted: &[&str]| {
            let fits = |name: &String, wanted: &str| named_field(Kind::Product, name).is_some_and(|f| f.name == wanted);
            wanted.iter().find_map(|wanted| sheet.names.iter().position(|name| fits(name, wanted)))
        };
        let named = sheet.names.iter().position(|name| name.eq_ignore_ascii_case("item"));
        let item = named
            .or_else(|| find(&["item", "sku"]))
            .ok_or("no column with the numbers of items, such as `item` or `sku`")?;
        let (gtin, text) = (find(&["gtin"]), find(&["title", "description"]));
        let body = bytes.get(sheet.start.byte as usize..).unwrap_or_default();
        let (mut rows, mut row, mut findings) =
            (Rows::new(body, sheet.dialect, sheet.start), Row::default(), Findings::default());
        let before = self.codes.len();
        while rows.read(&mut row, &mut findings) {
            let get = |at: Option<usize>| at.and_then(|at| row.get(at)).map(|cell| String::from_utf8_lossy(trim(cell)));
            let (item, gtin, text) = (get(Some(item)), get(gtin), get(text));
            let (item, gtin) = (item.unwrap_or_default(), gtin.unwrap_or_default());
            self.index.add(Item { item: &item, code: "", gtin: &gtin, text: &text.unwrap_or_default() });
            self.gtins.extend(gtin_number(gtin.as_bytes()));
            if !item.is_empty() {
                self.codes.insert((&*item).into());
            }
        }
        match findings.kept().iter().find(|finding| finding.effect() != crate::document::Effect::Note) {
            Some(finding) => Err(finding.to_string()),
            None => Ok(self.codes.len() - before),
        }
    }

    /// Whether the ERP has an item for a SKU.
    #[must_use]
    pub fn knows(&self, sku: &str, gtin: &str) -> bool {
        let query = Query { scope: self.partner, unit: "", day: "" };
        let by_gtin = |gtin: &str| gtin_number(gtin.as_bytes()).is_some_and(|gtin| self.gtins.contains(&gtin));
        let translated = self.crosswalk.is_some_and(|table| {
            table.find(sku.as_bytes(), query).or_else(|| table.find_gtin(gtin.as_bytes(), query)).is_some()
        });
        // Where a crosswalk translates, a SKU that happens to be an item's number is one as well.
        translated || self.codes.contains(sku) || self.crosswalk.is_none() && by_gtin(gtin)
    }

    /// The items that a SKU may be.
    #[must_use]
    pub fn suggest(&self, seen: &Seen<'_>) -> Vec<Suggestion> {
        rank(seen, &self.index)
    }
}
