//! Values that are missing or not what they should be, and sums that do not add up.

use std::collections::BTreeMap;

use super::{At, Check, Issue, Tally, is_catalogue};
use crate::clean::country::country;
use crate::clean::customer::{email, phone};
use crate::document::batch::Texts;
use crate::document::known::has_check_digit;
use crate::document::{Batch, Code, Finding, Findings, Level, Severity};
use crate::layout::Layout;

/// Fields that an integration wants, and how bad it is when one has no value.
const WANTED: &[(Level, &str, Severity)] = &[
    (Level::Header, "currency", Severity::Warning),
    (Level::Header, "email", Severity::Note),
    (Level::Header, "phone", Severity::Note),
    (Level::Header, "title", Severity::Warning),
    (Level::Header, "price", Severity::Warning),
    (Level::Header, "gtin", Severity::Warning),
    (Level::Header, "weight", Severity::Note),
    (Level::Header, "unit", Severity::Note),
    (Level::Header, "bill_to.address1", Severity::Warning),
    (Level::Header, "bill_to.city", Severity::Warning),
    (Level::Header, "bill_to.postal_code", Severity::Warning),
    (Level::Header, "bill_to.country", Severity::Warning),
    (Level::Header, "ship_to.address1", Severity::Warning),
    (Level::Header, "ship_to.city", Severity::Warning),
    (Level::Header, "ship_to.postal_code", Severity::Warning),
    (Level::Header, "ship_to.country", Severity::Warning),
    (Level::Header, "tracking", Severity::Warning),
    (Level::Line, "sku", Severity::Warning),
    (Level::Line, "gtin", Severity::Note),
    (Level::Line, "unit_price", Severity::Warning),
    (Level::Line, "location", Severity::Note),
];

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    check: Check,
    severity: Severity,
    field: String,
    detail: &'static str,
}

#[derive(Debug, Default)]
pub(super) struct Fields {
    found: BTreeMap<Key, Tally>,
}

impl Fields {
    pub(super) fn look(&mut self, layout: &Layout, batch: &Batch, findings: &Findings, at: &At<'_>) {
        for finding in findings.kept().iter().filter(|finding| finding.severity != Severity::Note) {
            self.finding(finding, at);
        }
        self.missing(layout, batch, at);
        self.malformed(batch, at);
    }

    pub(super) fn absorb(&mut self, later: Self) {
        for (key, tally) in later.found {
            self.found.entry(key).or_default().add(&tally);
        }
    }

    pub(super) fn issues(&self) -> Vec<Issue> {
        let issue = |(key, tally): (&Key, &Tally)| Issue {
            check: key.check,
            severity: key.severity,
            subject: key.field.clone(),
            detail: key.detail.to_owned(),
            tally: tally.clone(),
        };
        self.found.iter().map(issue).collect()
    }

    fn add(&mut self, check: Check, severity: Severity, field: &str, detail: &'static str, tally: &Tally) {
        let key = Key { check, severity, field: field.to_owned(), detail };
        self.found.entry(key).or_default().add(tally);
    }

    /// What the checks of every flow find.
    fn finding(&mut self, finding: &Finding, at: &At<'_>) {
        let check = match finding.code {
            Code::FieldMissing | Code::SkuMissing | Code::LinesMissing => Check::Missing,
            Code::ControlTotal | Code::LineAmount | Code::OrderTotal => Check::Totals,
            Code::DuplicateLine => Check::DuplicateLine,
            code if code.section() == "Values" => Check::Malformed,
            _ => Check::File,
        };
        let value = match (finding.line, finding.document) {
            (Some(line), _) => at.value(Level::Line, line as usize),
            (None, Some(document)) => at.value(Level::Header, document as usize),
            (None, None) => 0,
        };
        let record = if finding.at.line > 0 { 0 } else { finding.at.record };
        let place = super::Place { file: at.file, line: finding.at.line, record };
        self.add(check, finding.severity, &finding.at.field, finding.code.meaning(), &Tally::one(place, value));
    }

    /// Fields that the layout knows and rows have no value for.
    fn missing(&mut self, layout: &Layout, batch: &Batch, at: &At<'_>) {
        for (level, name, severity) in WANTED {
            let Some(field) = batch.kind.field(*level, name) else { continue };
            let mut bindings = layout.bindings(*level).filter(|binding| binding.field == field);
            // A field that the file cannot have is no fault of its rows; one that is required is told already.
            if bindings.next().is_none_or(|binding| binding.required) || is_told_already(batch, *level, name) {
                continue;
            }
            let is_decimal = batch.kind.fields(*level)[field].kind.is_decimal();
            let (texts, decimals) = (batch.text(*level, name), batch.decimal(*level, name));
            for row in 0..batch.table(*level).height() {
                let there = if is_decimal {
                    decimals.is_some_and(|column| column.get(row).is_some())
                } else {
                    texts.is_some_and(|column| column.get(row).is_some())
                };
                if !there {
                    let mut tally = at.one(*level, row);
                    // What is only good to have costs no money where it lacks.
                    if *severity == Severity::Note {
                        tally.value = 0;
                    }
                    self.add(Check::Missing, *severity, name, "has no value", &tally);
                }
            }
        }
    }

    fn malformed(&mut self, batch: &Batch, at: &At<'_>) {
        let text = |name: &str| batch.text(Level::Header, name);
        self.each(text("email"), "email", "is no e-mail address", at, |value, _| email(value).is_none());
        let land = text("bill_to.country");
        let of_land = |row: usize| land.and_then(|column| column.get(row)).unwrap_or_default();
        let odd = |value: &str, row: usize| phone(value, of_land(row)).is_none();
        self.each(text("phone"), "phone", "is no telephone number", at, odd);
        for prefix in ["bill_to", "ship_to"] {
            let name = |part: &str| format!("{prefix}.{part}");
            let lands = text(&name("country"));
            let land = |row: usize| lands.and_then(|column| column.get(row)).unwrap_or_default();
            let odd = |value: &str, _: usize| country(value).is_none();
            self.each(lands, &name("country"), "is no country of ISO 3166, by code or name", at, odd);
            let odd = |value: &str, row: usize| phone(value, land(row)).is_none();
            self.each(text(&name("phone")), &name("phone"), "is no telephone number", at, odd);
            let odd = |value: &str, row: usize| lacks_zeros(value, land(row));
            self.each(text(&name("postal_code")), &name("postal_code"), LOST_ZERO, at, odd);
        }
        if is_catalogue(batch.kind) {
            let odd = |value: &str, _: usize| !has_check_digit(value.as_bytes());
            self.each(text("gtin"), "gtin", "is no GTIN with a right check digit", at, odd);
        }
    }

    fn each(
        &mut self,
        column: Option<Texts<'_>>,
        field: &str,
        detail: &'static str,
        at: &At<'_>,
        is_odd: impl Fn(&str, usize) -> bool,
    ) {
        for (row, value) in column.into_iter().flat_map(Texts::iter).enumerate() {
            if value.is_some_and(|value| is_odd(value, row)) {
                self.add(Check::Malformed, Severity::Warning, field, detail, &at.one(Level::Header, row));
            }
        }
    }
}

const LOST_ZERO: &str = "has too few digits for its country: a spreadsheet may have taken the zero in front";

/// A postal code of four digits where five are written.
fn lacks_zeros(code: &str, land: &str) -> bool {
    let digits = code.trim().trim_start_matches('\'');
    (1..=4).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && country(land).is_some_and(|land| matches!(land.code, "US" | "DE" | "FR" | "ES" | "IT" | "FI" | "MX"))
}

/// A line without a SKU may have a GTIN, and then it is none that lacks something.
fn is_told_already(batch: &Batch, level: Level, name: &str) -> bool {
    level == Level::Line && name == "sku" && batch.text(level, "gtin").is_some()
}
