//! The rows of a table as they are read: columns, values, and why a row is not taken.

use std::borrow::Cow;

use super::terms::Terms;
use super::{Table, fold_unit, gtin_number};
use crate::clean::ratio::Ratio;
use crate::document::{Code, Finding, Findings, Position};
use crate::layout::date::Moment;
use crate::layout::toml::nearest;

/// A row on its way in.
pub(super) struct New<'n> {
    pub(super) code: Cow<'n, str>,
    pub(super) gtin: Option<u64>,
    pub(super) target: &'n str,
    pub(super) terms: Terms<Cow<'n, str>>,
    pub(super) line: u32,
}

/// Why a row is not taken.
pub(super) struct Refusal {
    pub(super) field: &'static str,
    pub(super) found: String,
    pub(super) expected: &'static str,
}

impl Refusal {
    pub(super) fn new(found: &str, expected: &'static str) -> Self {
        Self { field: "", found: found.to_owned(), expected }
    }

    fn of(field: &'static str, found: &str, expected: &'static str) -> Self {
        Self { field, ..Self::new(found, expected) }
    }
}

impl<'n> New<'n> {
    pub(super) fn read(
        table: Table,
        columns: &Columns,
        record: &'n csv::StringRecord,
        line: u32,
    ) -> Result<Self, Refusal> {
        let get = |column: Option<usize>| column.and_then(|at| record.get(at)).map_or("", str::trim);
        let (code_name, target_name) = table.key();
        let factor = Some(get(columns.factor)).filter(|text| !text.is_empty()).map(|text| {
            let expected = "a whole number, a decimal or a ratio above 0, such as 12 or 1/12";
            Ratio::parse(text).ok_or_else(|| Refusal::of("factor", text, expected))
        });
        let has_break = |value: &&str| value.contains(['\n', '\r']);
        if memchr::memchr2(b'\n', b'\r', record.as_byte_record().as_slice()).is_some()
            && let Some(value) = record.iter().find(has_break)
        {
            return Err(Refusal::new(value, "values on one line; a quote may be open"));
        }
        let date = |name: &'static str, column| {
            day(get(column)).ok_or_else(|| Refusal::of(name, get(column), "a date as YYYY-MM-DD"))
        };
        let (factor, from, to) =
            (factor.transpose()?, date("valid_from", columns.from)?, date("valid_to", columns.to)?);
        if !from.is_empty() && !to.is_empty() && to < from {
            return Err(Refusal::of("valid_to", &to, "a day that is not before valid_from"));
        }
        let (code, gtin, target) = (get(columns.code), get(columns.gtin), get(columns.target));
        if (code.is_empty() && gtin.is_empty()) || target.is_empty() {
            return Err(Refusal::of(if code.is_empty() { code_name } else { target_name }, "", "a value"));
        }
        let scope = if table == Table::Unit { or(get(columns.scope), "text") } else { get(columns.scope) };
        let terms = Terms {
            scope: scope.into(),
            unit: get(columns.unit).into(),
            erp_unit: get(columns.erp_unit).into(),
            factor,
            from: from.into(),
            to: to.into(),
        };
        let code = if table == Table::Unit { fold_unit(scope, code).into() } else { code.into() };
        Ok(Self { code, gtin: gtin_number(gtin.as_bytes()), target, terms, line })
    }
}

/// Where the columns of a table stand in its rows.
pub(super) struct Columns {
    code: Option<usize>,
    target: Option<usize>,
    gtin: Option<usize>,
    scope: Option<usize>,
    unit: Option<usize>,
    erp_unit: Option<usize>,
    factor: Option<usize>,
    from: Option<usize>,
    to: Option<usize>,
}

impl Columns {
    fn new(table: Table, places: &[(&str, usize)]) -> Self {
        let at = |name: &str| places.iter().find(|(known, _)| *known == name).map(|(_, at)| *at);
        let (code, target) = table.key();
        Self {
            code: at(code),
            target: at(target),
            gtin: at("gtin"),
            scope: at(if table == Table::Unit { "list" } else { "partner" }),
            unit: at("unit"),
            erp_unit: at("erp_unit"),
            factor: at("factor"),
            from: at("valid_from"),
            to: at("valid_to"),
        }
    }
}

pub(super) fn columns(table: Table, names: &[String], findings: &mut Findings) -> Option<Columns> {
    let (required, optional) = table.columns();
    let mut places = Vec::new();
    for name in required.iter().chain(optional) {
        if names.iter().filter(|known| *known == name).count() > 1 {
            let finding = Finding::new(Code::TableColumns, Position::at(0, 1).field(*name));
            findings.push(finding.found("the column twice").expected("the column once"));
        }
        match names.iter().position(|known| known == name) {
            Some(at) => places.push((*name, at)),
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
    let has = |name: &&str| places.iter().any(|(known, _)| known == name);
    if required.iter().all(has) { Some(Columns::new(table, &places)) } else { None }
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
