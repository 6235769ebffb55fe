//! Crosswalks: tables that translate a partner's codes into the ERP's. Pure: bytes of CSV in, an index out.

use std::collections::HashMap;

use super::ratio::Ratio;
use crate::document::{Code, Finding, Findings, Position};
use crate::layout::date::Moment;
use crate::layout::toml::nearest;
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

/// One row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The partner it is for; empty for every partner. For units, the code list.
    pub scope: Box<str>,
    /// The ERP's item or code.
    pub target: Box<str>,
    /// The partner's unit that the factor is for; empty for any.
    pub unit: Box<str>,
    /// The ERP's unit; empty if the table does not say.
    pub erp_unit: Box<str>,
    /// ERP units in one unit of the partner; none if the table does not say.
    pub factor: Option<Ratio>,
    /// First day it is valid, `YYYY-MM-DD`; empty for always.
    pub from: Box<str>,
    /// Last day it is valid, `YYYY-MM-DD`; empty for ever.
    pub to: Box<str>,
    line: u64,
}

/// A table with its index.
#[derive(Debug, Default)]
pub struct Crosswalk {
    rows: Vec<Row>,
    by_code: HashMap<Box<[u8]>, Rows, foldhash::fast::RandomState>,
    by_gtin: HashMap<u64, Rows, foldhash::fast::RandomState>,
}

/// The rows of one code. Nearly every code has one, and a table is larger than the caches: what need not be followed
/// counts.
#[derive(Debug)]
enum Rows {
    /// One row; whether it is for every partner, unit and day.
    One(u32, bool),
    Many(Vec<u32>),
}

impl Rows {
    fn all(&self) -> &[u32] {
        match self {
            Self::One(row, _) => std::slice::from_ref(row),
            Self::Many(rows) => rows,
        }
    }

    fn add(&mut self, row: u32) {
        match self {
            Self::One(first, _) => *self = Self::Many(vec![*first, row]),
            Self::Many(rows) => rows.push(row),
        }
    }
}

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

    fn read(table: Table, bytes: &[u8], findings: &mut Findings) -> Option<Self> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        if !bytes.ends_with(b"\n") {
            let line = memchr::memchr_iter(b'\n', bytes).count() as u64 + 1;
            findings.push(Finding::new(Code::TableIncomplete, Position::at(bytes.len() as u64, line)));
        }
        let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
        let names: Vec<String> = match reader.headers() {
            Ok(names) => names.iter().map(|name| name.trim().to_lowercase()).collect(),
            Err(_) => Vec::new(),
        };
        let columns = columns(table, &names, findings)?;
        let mut crosswalk = Self::default();
        let mut record = csv::StringRecord::new();
        loop {
            let at = reader.position().clone();
            match reader.read_record(&mut record) {
                Ok(false) => return Some(crosswalk),
                Ok(true) => {
                    let line = record.position().map_or(at.line(), csv::Position::line);
                    crosswalk.add(table, &columns, &record, line, findings);
                }
                Err(error) => {
                    let place = Position::at(at.byte(), at.line());
                    findings.push(Finding::new(Code::TableValue, place).expected(error.to_string()));
                    return None;
                }
            }
        }
    }

    fn add(&mut self, table: Table, columns: &Columns, record: &csv::StringRecord, line: u64, findings: &mut Findings) {
        let get = |name: &str| columns.get(name).and_then(|at| record.get(*at)).map_or("", str::trim);
        let mut refuse = |name: &str, found: &str, expected: &str| {
            let at = Position::at(0, line).field(name);
            findings.push(Finding::new(Code::TableValue, at).found(found).expected(expected));
        };
        let (code_name, target_name) = match table {
            Table::Sku => ("sku", "item"),
            Table::Unit => ("code", "erp_unit"),
            _ => ("code", "erp_code"),
        };
        if self.rows.len() >= limits::CROSSWALK_ROWS {
            return refuse(code_name, "too many rows", "fewer rows");
        }
        let factor = match get("factor") {
            "" => None,
            text => match Ratio::parse(text) {
                Some(ratio) => Some(ratio),
                None => {
                    return refuse("factor", text, "a whole number, a decimal or a ratio above 0, such as 12 or 1/12");
                }
            },
        };
        if let Some(value) = record.iter().find(|value| value.contains(['\n', '\r'])) {
            return refuse("", value, "values on one line; a quote may be open");
        }
        let (Some(from), Some(to)) = (day(get("valid_from")), day(get("valid_to"))) else {
            let name = if day(get("valid_from")).is_none() { "valid_from" } else { "valid_to" };
            return refuse(name, get(name), "a date as YYYY-MM-DD");
        };
        if !from.is_empty() && !to.is_empty() && to < from {
            return refuse("valid_to", &to, "a day that is not before valid_from");
        }
        let (code, gtin) = (get(code_name), get("gtin"));
        if (code.is_empty() && gtin.is_empty()) || get(target_name).is_empty() {
            return refuse(if code.is_empty() { code_name } else { target_name }, "", "a value");
        }
        let scope = if table == Table::Unit { or(get("list"), "text") } else { get("partner") };
        let text = Box::<str>::from;
        let row = Row {
            scope: text(scope),
            target: text(get(target_name)),
            unit: text(get("unit")),
            erp_unit: text(get("erp_unit")),
            factor,
            from: from.into(),
            to: to.into(),
            line,
        };
        let code = if table == Table::Unit { fold_unit(scope, code) } else { code.to_owned() };
        self.insert(table, &code, gtin, row, findings);
    }

    fn insert(&mut self, table: Table, code: &str, gtin: &str, row: Row, findings: &mut Findings) {
        let same = self.rows_of(self.by_code.get(code.as_bytes()));
        for other in same.filter(|other| !code.is_empty() && other.collides(&row)) {
            let same = other.target == row.target && other.factor == row.factor && other.erp_unit == row.erp_unit;
            let finding = match (same, table) {
                (true, _) => continue,
                (false, Table::Unit) => Code::TableContradiction,
                (false, _) => Code::TableKeyDuplicate,
            };
            findings.push(
                Finding::new(finding, Position::at(0, row.line).field(table.as_str()))
                    .found(format!("{code} on lines {} and {}", other.line, row.line))
                    .expected("one row for a code at a time"),
            );
        }
        if table == Table::Unit {
            self.there_and_back(code, &row, findings);
        }
        let gtin = gtin_number(gtin.as_bytes());
        self.same_gtin(gtin, &row, table, findings);
        let (at, for_all) = (self.rows.len() as u32, row.is_for_all());
        if !code.is_empty() {
            let known = self.by_code.entry(code.as_bytes().into());
            known.and_modify(|rows| rows.add(at)).or_insert(Rows::One(at, for_all));
        }
        if let Some(number) = gtin {
            self.by_gtin.entry(number).and_modify(|rows| rows.add(at)).or_insert(Rows::One(at, for_all));
        }
        self.rows.push(row);
    }

    fn rows_of<'c>(&'c self, rows: Option<&'c Rows>) -> impl Iterator<Item = &'c Row> {
        rows.into_iter().flat_map(Rows::all).filter_map(|at| self.rows.get(*at as usize))
    }

    /// A unit that leads to another and back must come back to itself: 1 CS = 12 EA and 1 EA = 2 CS cannot both be.
    fn there_and_back(&self, code: &str, row: &Row, findings: &mut Findings) {
        let factor = |row: &Row| row.factor.unwrap_or(Ratio::ONE);
        let unit = fold_unit(&row.scope, &row.erp_unit);
        let back = self.rows_of(self.by_code.get(unit.as_bytes()));
        let back = back.filter(|other| fold_unit(&other.scope, &other.erp_unit) == code);
        let wrong = |there: &Row| factor(there).times(factor(row)) != Some(Ratio::ONE);
        let lines = back.filter(|other| wrong(other)).map(|other| format!("lines {} and {}", other.line, row.line));
        let itself = (unit == code && factor(row) != Ratio::ONE).then(|| format!("line {}", row.line));
        for found in lines.chain(itself) {
            let finding = Finding::new(Code::TableContradiction, Position::at(0, row.line).field("factor"));
            findings.push(finding.found(found).expected("factors that undo each other"));
        }
    }

    /// A GTIN names one product: rows that lead it to different items contradict each other.
    fn same_gtin(&self, gtin: Option<u64>, row: &Row, table: Table, findings: &mut Findings) {
        let Some(gtin) = gtin else { return };
        let same = self.rows_of(self.by_gtin.get(&gtin));
        for other in same.filter(|other| other.collides(row) && other.target != row.target) {
            let finding = Finding::new(Code::TableContradiction, Position::at(0, row.line).field(table.as_str()));
            let found = format!("GTIN {gtin} on lines {} and {}", other.line, row.line);
            findings.push(finding.found(found).expected("one item for a GTIN at a time"));
        }
    }

    /// The row of a code; a row of the partner counts before one for every partner, one of the unit before one for any.
    #[must_use]
    pub fn find(&self, code: &[u8], query: Query<'_>) -> Option<&Row> {
        self.best(self.by_code.get(code)?, query)
    }

    /// The row of a GTIN, whatever its length: GTINs are compared padded to 14 digits.
    #[must_use]
    pub fn find_gtin(&self, gtin: &[u8], query: Query<'_>) -> Option<&Row> {
        self.best(self.by_gtin.get(&gtin_number(gtin)?)?, query)
    }

    /// The row of a unit of a code list.
    #[must_use]
    pub fn find_unit(&self, list: &str, code: &str) -> Option<&Row> {
        self.find(fold_unit(list, code).as_bytes(), Query { scope: list, unit: "", day: "" })
    }

    /// The codes nearest to one that is not there, for a message.
    #[must_use]
    pub fn near(&self, code: &str) -> Vec<String> {
        let codes = self.by_code.keys().take(20_000).filter_map(|key| std::str::from_utf8(key).ok());
        let mut near: Vec<_> = codes
            .map(|known| (strsim::damerau_levenshtein(code, known), known))
            .filter(|(distance, _)| *distance <= 2)
            .collect();
        near.sort_unstable();
        near.into_iter().take(3).map(|(_, known)| known.to_owned()).collect()
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn best<'c>(&'c self, candidates: &'c Rows, query: Query<'_>) -> Option<&'c Row> {
        if let Rows::One(at, true) = candidates {
            return self.rows.get(*at as usize);
        }
        let rows = self.rows_of(Some(candidates));
        let fits = |row: &&Row| {
            (row.scope.is_empty() || *row.scope == *query.scope)
                && (row.unit.is_empty() || row.unit.eq_ignore_ascii_case(query.unit))
                && row.is_valid(query.day)
        };
        rows.filter(fits).max_by_key(|row| (!row.scope.is_empty(), !row.unit.is_empty(), std::cmp::Reverse(row.line)))
    }
}

impl Row {
    /// Whether it is for every partner, unit and day.
    fn is_for_all(&self) -> bool {
        self.scope.is_empty() && self.unit.is_empty() && self.from.is_empty() && self.to.is_empty()
    }

    fn is_valid(&self, day: &str) -> bool {
        let day = day.get(..10).unwrap_or(day);
        day.is_empty() || ((self.from.is_empty() || &*self.from <= day) && (self.to.is_empty() || day <= &*self.to))
    }

    /// Whether two rows of one code are valid for the same partner, unit and a common day.
    fn collides(&self, other: &Self) -> bool {
        let before = |a: &Self, b: &Self| !a.to.is_empty() && !b.from.is_empty() && a.to < b.from;
        self.scope == other.scope && self.unit == other.unit && !before(self, other) && !before(other, self)
    }
}

type Columns = HashMap<&'static str, usize>;

fn columns(table: Table, names: &[String], findings: &mut Findings) -> Option<Columns> {
    let (required, optional) = table.columns();
    let mut columns = Columns::new();
    for name in required.iter().chain(optional) {
        if names.iter().filter(|known| *known == name).count() > 1 {
            let finding = Finding::new(Code::TableColumns, Position::at(0, 1).field(*name));
            findings.push(finding.found("the column twice").expected("the column once"));
        }
        match names.iter().position(|known| known == name) {
            Some(at) => drop(columns.insert(name, at)),
            None if required.contains(name) => {
                let near = nearest(name, names.iter().map(String::as_str));
                findings.push(
                    Finding::new(Code::TableColumns, Position::at(0, 1).field(*name))
                        .found(format!("nearest: {near}"))
                        .expected(format!("the columns {} and perhaps {}", required.join(", "), optional.join(", "))),
                );
            }
            None => misspelt(name, &names.iter().map(String::as_str).collect::<Vec<_>>(), table, findings),
        }
    }
    if required.iter().all(|name| columns.contains_key(name)) { Some(columns) } else { None }
}

/// A column that is missing but nearly there would be left out in silence, and its factors with it.
fn misspelt(name: &str, names: &[&str], table: Table, findings: &mut Findings) {
    let (required, optional) = table.columns();
    let is_other = |found: &&&str| !required.contains(*found) && !optional.contains(*found);
    let near = |found: &&&str| strsim::damerau_levenshtein(name, found) <= if name.len() > 5 { 2 } else { 1 };
    if let Some(found) = names.iter().filter(is_other).find(near) {
        let at = Position::at(0, 1).field(name);
        findings.push(Finding::new(Code::TableColumns, at).found(*found).expected(format!("the column {name}")));
    }
}

/// A day as it is compared, `YYYY-MM-DD`, with every zero; none when it is no date.
fn day(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some(String::new());
    }
    let mut day = Vec::new();
    Moment::parse_iso(text.as_bytes())?.write_date(&mut day);
    String::from_utf8(day).ok()
}

fn or<'t>(text: &'t str, default: &'t str) -> &'t str {
    if text.is_empty() { default } else { text }
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
mod tests {
    use super::*;

    const ANY: Query<'_> = Query { scope: "shop", unit: "", day: "2026-03-01" };

    fn refused(table: Table, text: &str) -> Vec<Code> {
        Crosswalk::load(table, text.as_bytes()).map(|_| ()).unwrap_err().kept().iter().map(|f| f.code).collect()
    }

    #[test]
    fn a_row_of_the_partner_and_of_the_day_is_found() {
        let text = "partner,sku,gtin,item,factor,valid_from,valid_to\n,A,4006381333931,I-1,,,2025-12-31\n,A,,I-2,,2026-01-01,\nshop,B,,I-3,12,,\n,B,,I-4,,,\n";
        let table = Crosswalk::load(Table::Sku, text.as_bytes()).unwrap();
        let item = |code: &str, query| table.find(code.as_bytes(), query).map(|row| &*row.target);
        assert_eq!(item("A", ANY), Some("I-2"));
        assert_eq!(item("A", Query { day: "2025-06-01", ..ANY }), Some("I-1"));
        assert_eq!(item("B", ANY), Some("I-3"));
        assert_eq!(item("B", Query { scope: "other", ..ANY }), Some("I-4"));
        assert_eq!(item("C", ANY), None);
        let old = Query { day: "2025-06-01", ..ANY };
        assert_eq!(table.find_gtin(b"04006381333931", old).map(|row| &*row.target), Some("I-1"));
    }

    #[test]
    fn t01_the_same_key_with_another_target_is_refused() {
        assert_eq!(refused(Table::Sku, "sku,item\nA,1\nA,2\n"), [Code::TableKeyDuplicate]);
        assert!(Crosswalk::load(Table::Sku, b"sku,item\nA,1\nA,1\n").is_ok());
    }

    #[test]
    fn t03_t05_t11_t12_and_missing_columns_are_refused() {
        assert_eq!(refused(Table::Sku, "sku,item,factor\nA,1,0\n"), [Code::TableValue]);
        assert_eq!(
            refused(Table::Unit, "list,code,erp_unit,factor\nx12,CS,EA,12\nx12,CS,EA,6\n"),
            [Code::TableContradiction]
        );
        let overlap = "sku,item,valid_from,valid_to\nA,1,2026-01-01,2026-06-30\nA,2,2026-06-30,\n";
        assert_eq!(refused(Table::Sku, overlap), [Code::TableKeyDuplicate]);
        assert_eq!(refused(Table::Sku, "sku,item\nA,1"), [Code::TableIncomplete]);
        assert_eq!(refused(Table::Sku, "sk,item\nA,1\n"), [Code::TableColumns]);
    }

    #[test]
    fn t10_skus_are_text() {
        let table = Crosswalk::load(Table::Sku, b"sku,item\n007,1\n1E5,2\n").unwrap();
        assert!(table.find(b"007", ANY).is_some() && table.find(b"1E5", ANY).is_some());
        assert!(table.find(b"7", ANY).is_none() && table.find(b"100000", ANY).is_none());
    }

    #[test]
    fn a_code_of_one_list_means_nothing_in_another() {
        let table =
            Crosswalk::load(Table::Unit, b"list,code,erp_unit,factor\nx12,CA,CS,1\ntext,dozen,EA,12\n").unwrap();
        assert!(table.find_unit("x12", "CA").is_some() && table.find_unit("rec20", "CA").is_none());
        assert_eq!(table.find_unit("text", "Dozen").and_then(|row| row.factor), Ratio::parse("12"));
    }
}
