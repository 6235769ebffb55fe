//! One thing written in several ways: `US` and `USA`, `UPS Ground` and `ups ground`, `EA` and `each`.

use std::collections::BTreeMap;

use super::{At, Check, Issue, Tally};
use crate::clean::country::country;
use crate::clean::suggest::fold;
use crate::document::{Batch, Level, Severity};
use crate::limits;

/// Fields that hold codes. Parts of names and addresses are none: they are personal.
const FIELDS: [&str; 14] = [
    "bill_to.country",
    "ship_to.country",
    "currency",
    "status",
    "carrier",
    "ship_method",
    "service",
    "payment_method",
    "store",
    "location",
    "reason",
    "unit",
    "weight_unit",
    "brand",
];

#[derive(Debug, Default)]
pub(super) struct Codes {
    fields: BTreeMap<&'static str, Values>,
}

#[derive(Debug, Default)]
struct Values {
    values: BTreeMap<Box<str>, Tally>,
    left_out: u64,
}

impl Codes {
    pub(super) fn look(&mut self, batch: &Batch, at: &At<'_>) {
        for level in [Level::Header, Level::Line] {
            for name in FIELDS {
                let Some(column) = batch.text(level, name) else { continue };
                // Countries of both addresses are one list.
                let name = if name.ends_with("country") { "country" } else { name };
                let values = self.fields.entry(name).or_default();
                for (row, value) in column.iter().enumerate() {
                    if let Some(value) = value.filter(|value| value.len() <= limits::AUDIT_CODE_BYTES) {
                        values.add(value, || at.one(level, row));
                    }
                }
            }
        }
    }

    pub(super) fn absorb(&mut self, later: Self) {
        for (name, values) in later.fields {
            let own = self.fields.entry(name).or_default();
            own.left_out += values.left_out;
            for (value, tally) in values.values {
                own.add(&value, || tally);
            }
        }
    }

    pub(super) fn issues(&self, limits: &mut Vec<String>) -> Vec<Issue> {
        let mut issues = Vec::new();
        for (name, values) in &self.fields {
            if values.left_out > 0 {
                limits.push(format!("{name} has too many different values to compare them all"));
            }
            let mut same: BTreeMap<String, Vec<(&str, &Tally)>> = BTreeMap::new();
            for (value, tally) in &values.values {
                same.entry(canonical(name, value)).or_default().push((value, tally));
            }
            issues.extend(same.into_values().filter(|ways| ways.len() > 1).map(|ways| issue(name, ways)));
        }
        issues
    }
}

impl Values {
    fn add(&mut self, value: &str, tally: impl FnOnce() -> Tally) {
        if let Some(known) = self.values.get_mut(value) {
            known.add(&tally());
        } else if self.values.len() < limits::AUDIT_CODES {
            self.values.insert(value.into(), tally());
        } else {
            self.left_out += 1;
        }
    }
}

/// What a code is compared by.
fn canonical(field: &str, value: &str) -> String {
    let folded = || fold(value);
    match field {
        "country" => country(value).map_or_else(folded, |country| country.code.to_owned()),
        "unit" => unit(&folded()).to_owned(),
        _ => folded(),
    }
}

/// The commonest units by their names.
fn unit(folded: &str) -> &str {
    match folded {
        "EA" | "EACH" | "PCE" | "PC" | "PCS" | "PIECE" | "PIECES" | "STK" | "STUECK" | "ST" | "C62" | "H87" => "EA",
        "CS" | "CASE" | "CASES" | "CA" => "CS",
        "BX" | "BOX" | "BOXES" => "BX",
        "DZ" | "DZN" | "DOZEN" | "DOZ" => "DZ",
        "KG" | "KGM" | "KGS" | "KILOGRAM" | "KILO" => "KG",
        "LB" | "LBS" | "LBR" | "POUND" | "POUNDS" => "LB",
        other => other,
    }
}

fn issue(field: &str, mut ways: Vec<(&str, &Tally)>) -> Issue {
    // The way that is written most is likely the right one; the others are what there is to do.
    ways.sort_by(|a, b| b.1.count.cmp(&a.1.count).then(a.0.cmp(b.0)));
    let mut tally = Tally::default();
    ways.iter().skip(1).for_each(|(_, other)| tally.add(other));
    let shown: Vec<String> = ways.iter().map(|(value, tally)| format!("{value:?} {} times", tally.count)).collect();
    Issue {
        check: Check::Codes,
        severity: if field == "unit" || field == "currency" { Severity::Warning } else { Severity::Note },
        subject: field.to_owned(),
        detail: format!("written in {} ways: {}", ways.len(), shown.join(", ")),
        tally,
    }
}
