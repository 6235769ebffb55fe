//! Crosswalks: tables that translate a partner's codes into the ERP's. Pure: bytes of CSV in, an index out.

mod reversed;
mod rows;
mod sheet;
mod terms;

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;
use hashbrown::HashTable;

pub use self::sheet::Sheet;

use self::rows::{Columns, New, Refusal, columns};
use self::terms::Terms;
use super::ratio::Ratio;
use super::whole::{self, Step};
use crate::document::{Code, Finding, Findings, Position};
use crate::limits;

/// What a table translates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// SKU (and GTIN) to item, with pack factors.
    Sku,
    /// Customer codes.
    Customer,
    /// Location codes.
    Location,
    /// Carrier codes.
    Carrier,
    /// Units by code list.
    Unit,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 5] = [Self::Sku, Self::Unit, Self::Customer, Self::Location, Self::Carrier];

    /// The word used in `consign.toml` and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sku => "sku",
            Self::Unit => "unit",
            Self::Customer => "customer",
            Self::Location => "location",
            Self::Carrier => "carrier",
        }
    }

    /// The table of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.as_str() == name)
    }

    /// The columns of the code and of what it is translated into.
    #[must_use]
    pub const fn key(self) -> (&'static str, &'static str) {
        match self {
            Self::Sku => ("sku", "item"),
            Self::Unit => ("code", "erp_unit"),
            Self::Customer | Self::Location | Self::Carrier => ("code", "erp_code"),
        }
    }

    /// Columns: those required first, then the optional ones.
    #[must_use]
    pub const fn columns(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Sku => {
                (&["sku", "item"], &["partner", "gtin", "unit", "erp_unit", "factor", "valid_from", "valid_to"])
            }
            Self::Unit => (&["code", "erp_unit"], &["list", "factor"]),
            Self::Customer | Self::Location | Self::Carrier => {
                (&["code", "erp_code"], &["partner", "valid_from", "valid_to"])
            }
        }
    }
}

/// What a code is translated into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'c> {
    /// The ERP's item or code.
    pub target: &'c str,
    /// The partner's unit that the factor is for; empty for any.
    pub unit: &'c str,
    /// The ERP's unit; empty if the table does not say.
    pub erp_unit: &'c str,
    /// ERP units in one unit of the partner; none if the table does not say.
    pub factor: Option<Ratio>,
}

/// A table with its index. It is asked once a line and is larger than a core's caches, so that a look-up touches as few
/// places as can be: the index, which holds the row, and the text of its code, behind which its target stands.
#[derive(Debug, Default)]
pub struct Crosswalk {
    text: String,
    by_code: HashTable<Stored>,
    by_gtin: HashMap<u64, Stored, FixedState>,
    /// Further rows of a code or GTIN.
    more: Vec<Stored>,
    terms: Vec<Terms>,
    known_terms: HashTable<u32>,
    rows: usize,
}

/// A row as it is kept, two to a line of the cache, so that one look at it is one wait.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Stored {
    /// Half of the hash of its code, which tells it from nearly every other without a look at the text.
    hash: u32,
    /// Where its code begins in the text, and how long code and target are.
    at: u32,
    code: u32,
    target: u32,
    /// On which terms it counts.
    terms: u32,
    /// Whether that is for every partner, unit and day.
    for_all: bool,
    /// Line in the file.
    line: u32,
    /// The next row of the same code or GTIN in `more`, plus 1; 0 for none.
    next: u32,
}

/// The rows of one code.
#[derive(Clone, Copy, Debug)]
pub struct Candidates<'c>(&'c Stored);

/// What is looked up.
#[derive(Clone, Copy, Debug)]
pub struct Query<'q> {
    /// The partner, or the code list of a unit.
    pub scope: &'q str,
    /// The unit of the line; empty if it has none.
    pub unit: &'q str,
    /// The day, `YYYY-MM-DD…`; empty for any.
    pub day: &'q str,
}

impl Crosswalk {
    /// Reads a table.
    ///
    /// # Errors
    /// Everything for which it is refused: columns, values, contradictions, a cut last row.
    pub fn load(table: Table, bytes: &[u8]) -> Result<Self, Findings> {
        let mut findings = Findings::default();
        let loaded = Self::read(table, bytes, &mut findings);
        match loaded {
            Some(loaded) if findings.is_empty() => Ok(loaded),
            _ => Err(findings),
        }
    }

    /// Reads a table to be used the other way round: from the ERP's codes to the partner's. Rows that translate several
    /// SKUs into one item count for the SKU that is one unit of it, if there is one.
    ///
    /// # Errors
    /// As [`Crosswalk::load`], and where a code of the ERP leads back to several of the partner's.
    pub fn load_reversed(table: Table, bytes: &[u8]) -> Result<Self, Findings> {
        Self::load(table, bytes)?;
        Self::load(table, &reversed::reversed(table, bytes))
    }

    fn read(table: Table, bytes: &[u8], findings: &mut Findings) -> Option<Self> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        if !bytes.ends_with(b"\n") {
            let line = memchr::memchr_iter(b'\n', bytes).count() as u64 + 1;
            findings.push(Finding::new(Code::TableIncomplete, Position::at(bytes.len() as u64, line)));
        }
        let (bytes, above, stated) = whole::stated(bytes, findings);
        let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
        let names: Vec<String> = match reader.headers() {
            Ok(names) => names.iter().map(|name| name.trim().to_lowercase()).collect(),
            Err(_) => Vec::new(),
        };
        let columns = columns(table, &names, findings)?;
        let mut crosswalk = Self::default();
        crosswalk.text.reserve(bytes.len());
        let rows = memchr::memchr_iter(b'\n', bytes).count().min(limits::CROSSWALK_ROWS);
        crosswalk.by_code.reserve(rows, |row| hash(code_of("", row)));
        let (mut record, mut read) = (csv::StringRecord::new(), 0);
        loop {
            let at = reader.position().clone();
            match reader.read_record(&mut record) {
                Ok(false) => {
                    whole::check_rows(stated, read, findings);
                    if table == Table::Unit {
                        whole::circles(crosswalk.steps(), findings);
                    }
                    return Some(crosswalk);
                }
                Ok(true) => {
                    read += 1;
                    let line = record.position().map_or(at.line(), csv::Position::line) + above;
                    crosswalk.add(table, &columns, &record, line, findings);
                }
                Err(error) => {
                    let place = Position::at(at.byte(), at.line() + above);
                    findings.push(Finding::new(Code::TableValue, place).expected(error.to_string()));
                    return None;
                }
            }
        }
    }

    fn add(&mut self, table: Table, columns: &Columns, record: &csv::StringRecord, line: u64, findings: &mut Findings) {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let added = New::read(table, columns, record, line).and_then(|new| match self.rows < limits::CROSSWALK_ROWS {
            true => Ok(self.insert(table, &new, findings)),
            false => Err(Refusal::new("too many rows", "fewer rows")),
        });
        let refusal = match added {
            Ok(true) => return,
            Ok(false) => Refusal::new("too much text", "less than 4 GiB"),
            Err(refusal) => refusal,
        };
        let at = Position::at(0, u64::from(line)).field(refusal.field);
        findings.push(Finding::new(Code::TableValue, at).found(refusal.found).expected(refusal.expected));
    }

    /// Adds a row; false when there is no room for it.
    fn insert(&mut self, table: Table, new: &New<'_>, findings: &mut Findings) -> bool {
        self.contradictions(table, new, findings);
        let at = self.text.len();
        let long = |text: &str| u32::try_from(text.len());
        let (Ok(_), Ok(code), Ok(target)) =
            (u32::try_from(at + new.code.len() + new.target.len()), long(&new.code), long(new.target))
        else {
            return false;
        };
        self.text.push_str(&new.code);
        self.text.push_str(new.target);
        let (terms, for_all) = (self.intern(&new.terms), new.terms.is_for_all());
        let hash = hash(new.code.as_bytes());
        let row = Stored { hash: half(hash), at: at as u32, code, target, terms, for_all, line: new.line, next: 0 };
        if !new.code.is_empty() {
            self.add_code(hash, new.code.as_bytes(), row);
        }
        if let Some(gtin) = new.gtin {
            match self.by_gtin.get_mut(&gtin) {
                Some(first) => chain(first, &mut self.more, row),
                None => drop(self.by_gtin.insert(gtin, row)),
            }
        }
        self.rows += 1;
        true
    }

    fn add_code(&mut self, hash: u64, code: &[u8], row: Stored) {
        let Self { text, by_code, more, .. } = self;
        match by_code.find_mut(hash, |row| row.hash == half(hash) && code_of(text, row) == code) {
            Some(first) => chain(first, more, row),
            None => drop(by_code.insert_unique(hash, row, |row| self::hash(code_of(text, row)))),
        }
    }

    /// The number of these terms, which are kept if they are new.
    fn intern(&mut self, new: &Terms<Cow<'_, str>>) -> u32 {
        let Self { terms, known_terms, .. } = self;
        let of = |number: &u32| &terms[*number as usize];
        let hash = new.hash();
        if let Some(number) = known_terms.find(hash, |number| of(number).is(new)) {
            return *number;
        }
        let number = terms.len() as u32;
        known_terms.insert_unique(hash, number, |number| of(number).hash());
        terms.push(new.stored());
        number
    }

    fn first(&self, code: &[u8]) -> Option<&Stored> {
        self.hashed(hash(code), code)
    }

    fn hashed(&self, hash: u64, code: &[u8]) -> Option<&Stored> {
        self.by_code.find(hash, |row| row.hash == half(hash) && code_of(&self.text, row) == code)
    }

    /// All rows of a code or GTIN, in the order of the file.
    fn all<'c>(&'c self, first: Option<&'c Stored>) -> impl Iterator<Item = &'c Stored> {
        std::iter::successors(first, |row| self.more.get((row.next as usize).checked_sub(1)?))
    }

    fn terms(&self, row: &Stored) -> &Terms {
        &self.terms[row.terms as usize]
    }

    fn target(&self, row: &Stored) -> &str {
        let start = (row.at + row.code) as usize;
        self.text.get(start..start + row.target as usize).unwrap_or_default()
    }

    fn contradictions(&self, table: Table, new: &New<'_>, findings: &mut Findings) {
        let place = || Position::at(0, u64::from(new.line));
        let same = self.all(self.first(new.code.as_bytes()).filter(|_| !new.code.is_empty()));
        for other in same.filter(|other| self.terms(other).collides(&new.terms)) {
            let terms = self.terms(other);
            let same = terms.factor == new.terms.factor && *terms.erp_unit == *new.terms.erp_unit;
            if same && self.target(other) == new.target {
                continue;
            }
            let code = if table == Table::Unit { Code::TableContradiction } else { Code::TableKeyDuplicate };
            findings.push(
                Finding::new(code, place().field(table.as_str()))
                    .found(format!("{} on lines {} and {}", new.code, other.line, new.line))
                    .expected("one row for a code at a time"),
            );
        }
        if table == Table::Unit {
            self.there_and_back(new, findings);
        }
        // A GTIN names one product: rows that lead it to different items contradict each other.
        let Some(gtin) = new.gtin else { return };
        let same = self.all(self.by_gtin.get(&gtin)).filter(|other| self.terms(other).collides(&new.terms));
        for other in same.filter(|other| self.target(other) != new.target) {
            let found = format!("GTIN {gtin} on lines {} and {}", other.line, new.line);
            let finding = Finding::new(Code::TableContradiction, place().field(table.as_str())).found(found);
            findings.push(finding.expected("one item for a GTIN at a time"));
        }
    }

    /// The first row of each unit, as a step to another one.
    fn steps(&self) -> Vec<Step> {
        let step = |row: &Stored| Step {
            code: String::from_utf8_lossy(code_of(&self.text, row)).into_owned(),
            unit: fold_unit(&self.terms(row).scope, self.target(row)),
            factor: self.terms(row).factor.unwrap_or(Ratio::ONE),
            line: row.line,
        };
        self.by_code.iter().map(step).collect()
    }

    /// A unit that leads to another and back must come back to itself: 1 CS = 12 EA and 1 EA = 2 CS cannot both be.
    fn there_and_back(&self, new: &New<'_>, findings: &mut Findings) {
        let own = new.terms.factor.unwrap_or(Ratio::ONE);
        let unit = fold_unit(&new.terms.scope, new.target);
        let back = self.all(self.first(unit.as_bytes()));
        let back = back.filter(|other| fold_unit(&self.terms(other).scope, self.target(other)) == new.code);
        let factor = |row: &Stored| self.terms(row).factor.unwrap_or(Ratio::ONE);
        let wrong = |there: &Stored| factor(there).times(own) != Some(Ratio::ONE);
        let lines = back.filter(|other| wrong(other)).map(|other| format!("lines {} and {}", other.line, new.line));
        let itself = (unit == new.code && own != Ratio::ONE).then(|| format!("line {}", new.line));
        for found in lines.chain(itself) {
            let place = Position::at(0, u64::from(new.line)).field("factor");
            findings.push(
                Finding::new(Code::TableContradiction, place).found(found).expected("factors that undo each other"),
            );
        }
    }

    /// The rows of many codes, found in one go: steps that touch memory are done for all codes before the next one, so that
    /// they wait for it together.
    pub fn find_all<'c, 'q>(&'c self, codes: impl Iterator<Item = Option<&'q str>>) -> Vec<Option<Candidates<'c>>> {
        let bytes = codes.map(|code| code.unwrap_or_default().as_bytes());
        let hashed: Vec<(&'q [u8], u64)> = bytes.map(|code| (code, hash(code))).collect();
        let find = |(_, hash): &(&[u8], u64)| self.by_code.find(*hash, |row| row.hash == half(*hash));
        let likely: Vec<Option<&'c Stored>> = hashed.iter().map(find).collect();
        let sure = |(row, (code, hash)): (Option<&'c Stored>, (&[u8], u64))| match row {
            Some(row) if code_of(&self.text, row) == code => Some(Candidates(row)),
            Some(_) => self.hashed(hash, code).map(Candidates),
            None => None,
        };
        likely.into_iter().zip(hashed).map(sure).collect()
    }

    /// Of the rows of a code the one that counts, as [`Crosswalk::find`] does.
    #[must_use]
    pub fn pick<'c>(&'c self, candidates: Candidates<'c>, query: Query<'_>) -> Option<Row<'c>> {
        self.best(candidates.0, query)
    }

    /// The row of a code; a row of the partner counts before one for every partner, one of the unit before one for any.
    #[must_use]
    pub fn find(&self, code: &[u8], query: Query<'_>) -> Option<Row<'_>> {
        self.best(self.first(code)?, query)
    }

    /// The row of a GTIN, whatever its length: GTINs are compared padded to 14 digits.
    #[must_use]
    pub fn find_gtin(&self, gtin: &[u8], query: Query<'_>) -> Option<Row<'_>> {
        self.best(self.by_gtin.get(&gtin_number(gtin)?)?, query)
    }

    /// The row of a unit of a code list.
    #[must_use]
    pub fn find_unit(&self, list: &str, code: &str) -> Option<Row<'_>> {
        self.find(fold_unit(list, code).as_bytes(), Query { scope: list, unit: "", day: "" })
    }

    /// The codes nearest to one that is not there, for a message.
    #[must_use]
    pub fn near(&self, code: &str) -> Vec<String> {
        let codes = self.by_code.iter().take(20_000).filter_map(|row| str::from_utf8(code_of(&self.text, row)).ok());
        let mut near: Vec<_> = codes
            .map(|known| (strsim::damerau_levenshtein(code, known), known))
            .filter(|(distance, _)| *distance <= 2)
            .collect();
        near.sort_unstable();
        near.into_iter().take(3).map(|(_, known)| known.to_owned()).collect()
    }

    /// Codes with what the first row of each leads to, in no order that means anything.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let code = move |row: &Stored| self.text.get(row.at as usize..(row.at + row.code) as usize).unwrap_or_default();
        self.by_code.iter().map(move |row| (code(row), self.target(row)))
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    fn best<'c>(&'c self, first: &'c Stored, query: Query<'_>) -> Option<Row<'c>> {
        if first.for_all && first.next == 0 {
            return Some(self.row(first));
        }
        let fits = |row: &&Stored| {
            let terms = self.terms(row);
            (terms.scope.is_empty() || *terms.scope == *query.scope)
                && (terms.unit.is_empty() || terms.unit.eq_ignore_ascii_case(query.unit))
                && terms.is_valid(query.day)
        };
        let rank = |row: &&Stored| {
            let terms = self.terms(row);
            (!terms.scope.is_empty(), !terms.unit.is_empty(), std::cmp::Reverse(row.line))
        };
        self.all(Some(first)).filter(fits).max_by_key(rank).map(|row| self.row(row))
    }

    fn row(&self, row: &Stored) -> Row<'_> {
        let terms = self.terms(row);
        Row { target: self.target(row), unit: &terms.unit, erp_unit: &terms.erp_unit, factor: terms.factor }
    }
}

fn hash(code: &[u8]) -> u64 {
    // The table is the workspace's own, so nobody chooses its codes to collide; and a fixed seed keeps suggestions the same.
    FixedState::default().hash_one(code)
}

/// The part of a hash that is kept; the index itself uses the lowest and the highest bits.
const fn half(hash: u64) -> u32 {
    (hash >> 24) as u32
}

fn code_of<'t>(text: &'t str, row: &Stored) -> &'t [u8] {
    text.as_bytes().get(row.at as usize..(row.at + row.code) as usize).unwrap_or_default()
}

/// Adds a row behind the last one of the same code or GTIN.
fn chain(first: &mut Stored, more: &mut Vec<Stored>, row: Stored) {
    more.push(row);
    let number = more.len() as u32;
    let mut last = std::mem::replace(&mut first.next, number);
    if last == 0 {
        return;
    }
    first.next = last;
    while let Some(row) = more.get_mut(last as usize - 1) {
        if row.next == 0 {
            row.next = number;
            return;
        }
        last = row.next;
    }
}

/// Codes of a list are exact; free texts are compared in lower case.
fn fold_unit(list: &str, code: &str) -> String {
    if list == "text" { format!("text\0{}", code.to_lowercase()) } else { format!("{list}\0{code}") }
}

/// The digits of a GTIN as a number: padding with zeros does not change it.
#[must_use]
pub fn gtin_number(text: &[u8]) -> Option<u64> {
    if !(8..=14).contains(&text.len()) || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
