//! What stands in the way of an integration, found in files before it begins: duplicates, gaps, contradictions.
//!
//! Pure: batches in, issues out. Each batch is looked at on its own, on any thread ([`Audit::look`]), and what was seen is
//! put together in the order of the files ([`Audit::absorb`]). Personal values are compared by hashes and never kept; an
//! issue tells where they stand. Memory is bounded by named limits, and what went beyond one is told.

mod codes;
mod fields;
mod goods;
pub mod html;
pub mod items;
mod parties;
mod tally;

use std::collections::BTreeMap;

use crate::document::{Batch, Decimal, Findings, Kind, Level, Severity};
use crate::layout::Layout;
use crate::limits;

pub use items::Items;
pub use tally::{Place, Tally};

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// A customer stands there twice.
    DuplicateCustomer,
    /// A product stands there twice.
    DuplicateProduct,
    /// A value is missing.
    Missing,
    /// A value is not what it should be.
    Malformed,
    /// A SKU that the ERP does not know.
    NoItem,
    /// One SKU in several units.
    Units,
    /// One SKU at several prices.
    Prices,
    /// Sums that do not add up.
    Totals,
    /// One thing written in several ways.
    Codes,
    /// A line stands there twice.
    DuplicateLine,
    /// The file itself.
    File,
}

impl Check {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DuplicateCustomer => "duplicate customer",
            Self::DuplicateProduct => "duplicate product",
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::NoItem => "no ERP item",
            Self::Units => "units",
            Self::Prices => "prices",
            Self::Totals => "totals",
            Self::Codes => "codes",
            Self::DuplicateLine => "duplicate line",
            Self::File => "file",
        }
    }
}

/// Something to be put right.
#[derive(Clone, Debug)]
pub struct Issue {
    /// Which check found it.
    pub check: Check,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about: a SKU, a field, a code. Never personal.
    pub subject: String,
    /// What is wrong, and what may help.
    pub detail: String,
    /// How often, for how much, and where.
    pub tally: Tally,
}

impl Issue {
    /// What the order goes by: severity × times × value.
    #[must_use]
    pub fn weight(&self) -> u128 {
        let severity = match self.severity {
            Severity::Error => 100,
            Severity::Warning => 10,
            Severity::Note => 1,
        };
        severity * u128::from(self.tally.count) * (1 + self.tally.value.unsigned_abs() / 1_000_000_000)
    }
}

/// What one check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The check.
    pub check: Check,
    /// Issues.
    pub issues: u64,
    /// Issues that are errors.
    pub errors: u64,
    /// How often they stand in the files.
    pub times: u64,
}

/// What an audit found.
#[derive(Debug, Default)]
pub struct Report {
    /// Documents looked at.
    pub documents: u64,
    /// Lines looked at.
    pub lines: u64,
    /// The worst issues, the worst first.
    pub issues: Vec<Issue>,
    /// Issues found, kept or not.
    pub found: u64,
    /// Each check that found something.
    pub checks: Vec<Summary>,
    /// Different SKUs.
    pub skus: u64,
    /// What was not looked at, and why.
    pub limits: Vec<String>,
}

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Audit {
    documents: u64,
    lines: u64,
    parties: parties::Parties,
    goods: goods::Goods,
    codes: codes::Codes,
    fields: fields::Fields,
}

impl Audit {
    /// What is seen in a batch of a file.
    #[must_use]
    pub fn look(layout: &Layout, file: u16, batch: &Batch, findings: &Findings) -> Self {
        let at = At::of(batch, file);
        let mut audit =
            Self { documents: batch.headers.height() as u64, lines: batch.lines.height() as u64, ..Self::default() };
        audit.parties.look(batch, &at);
        audit.goods.look(batch, &at);
        audit.codes.look(batch, &at);
        audit.fields.look(layout, batch, findings, &at);
        audit
    }

    /// Adds what was seen in a later batch.
    pub fn absorb(&mut self, later: Self) {
        self.documents += later.documents;
        self.lines += later.lines;
        self.parties.absorb(later.parties);
        self.goods.absorb(later.goods);
        self.codes.absorb(later.codes);
        self.fields.absorb(later.fields);
    }

    /// Every issue, the worst first; `items` are those of the ERP, if they are known.
    #[must_use]
    pub fn report(&self, items: Option<&Items<'_>>) -> Report {
        let mut limits = Vec::new();
        let mut issues = self.fields.issues();
        issues.extend(self.parties.issues(&mut limits));
        issues.extend(self.goods.issues(items, &mut limits));
        issues.extend(self.codes.issues(&mut limits));
        issues.sort_by(|a, b| {
            b.weight()
                .cmp(&a.weight())
                .then_with(|| (a.check, &a.subject, &a.detail).cmp(&(b.check, &b.subject, &b.detail)))
        });
        let (found, checks) = (issues.len() as u64, summary(&issues));
        if issues.len() > limits::AUDIT_ISSUES {
            limits.push(format!("of {found} issues the {} worst are listed", limits::AUDIT_ISSUES));
            issues.truncate(limits::AUDIT_ISSUES);
        }
        let skus = self.goods.len() as u64;
        Report { documents: self.documents, lines: self.lines, issues, found, checks, skus, limits }
    }
}

fn summary(issues: &[Issue]) -> Vec<Summary> {
    let mut all = BTreeMap::<Check, Summary>::new();
    for issue in issues {
        let check = issue.check;
        let sum = all.entry(check).or_insert(Summary { check, issues: 0, errors: 0, times: 0 });
        sum.issues += 1;
        sum.errors += u64::from(issue.severity == Severity::Error);
        sum.times += issue.tally.count;
    }
    all.into_values().collect()
}

/// Where rows of a batch stand, and what they are worth.
pub(crate) struct At<'b> {
    batch: &'b Batch,
    file: u16,
    documents: Vec<i128>,
    lines: Vec<i128>,
}

impl<'b> At<'b> {
    fn of(batch: &'b Batch, file: u16) -> Self {
        let amounts = batch.decimal(Level::Line, "amount").or_else(|| batch.decimal(Level::Line, "refund"));
        let lines: Vec<i128> =
            (0..batch.lines.height()).map(|row| amounts.and_then(|a| a.get(row)).unwrap_or(0)).collect();
        let total = batch.decimal(Level::Header, "total").or_else(|| batch.decimal(Level::Header, "refund_total"));
        let rows = 0..batch.headers.height();
        let mut documents: Vec<i128> = rows.map(|row| total.and_then(|total| total.get(row)).unwrap_or(0)).collect();
        if total.is_none() {
            for (line, document) in batch.line_documents().iter().enumerate() {
                documents[*document as usize] += lines[line];
            }
        }
        Self { batch, file, documents, lines }
    }

    /// Where a row stands.
    fn place(&self, level: Level, row: usize) -> Place {
        let at = self.batch.position(level, row);
        Place { file: self.file, line: at.line, record: if at.line > 0 { 0 } else { at.record } }
    }

    /// What a row is worth, in billionths.
    fn value(&self, level: Level, row: usize) -> i128 {
        let values = if level == Level::Header { &self.documents } else { &self.lines };
        values.get(row).copied().unwrap_or(0)
    }

    /// One thing on a row.
    fn one(&self, level: Level, row: usize) -> Tally {
        Tally::one(self.place(level, row), self.value(level, row))
    }
}

/// An amount in billionths as text.
#[must_use]
pub fn money(value: i128) -> String {
    let mut text = Vec::new();
    Decimal::from_billionths(value).unwrap_or_default().write(&mut text, 2);
    String::from_utf8(text).unwrap_or_default()
}

/// Whether a kind of document says what a product is.
const fn is_catalogue(kind: Kind) -> bool {
    matches!(kind, Kind::Product)
}

#[cfg(test)]
mod tests;
