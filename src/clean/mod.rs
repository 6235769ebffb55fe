//! Validate, remove duplicates, translate, guard: tables to tables, column by column.
//!
//! Pure: no clock, no file. A batch is cleaned without knowing any other batch; what only the whole file or the ledger
//! can tell (duplicate documents) is marked afterwards.

mod classify;
pub mod country;
pub mod crosswalk;
pub mod customer;
mod dedupe;
mod derive;
mod encodable;
mod guard;
mod known;
mod outward;
pub mod ratio;
mod select;
pub mod suggest;
mod totals;
mod translate;
mod validate;
pub mod version;
mod whole;

use std::collections::HashMap;

use polars::prelude::PolarsResult;

use crate::document::balance::Totals;
use crate::document::class::column;
use crate::document::{Batch, Class, Code, Decimal, Effect, Findings, Kind, Level};
use crate::layout::model::{TaxMode, Total};
use crate::schema::Guides;
use crosswalk::Crosswalk;

pub use classify::{mark_documents, mark_rows};
pub use encodable::Narrow;
pub use known::{KnownCustomers, Match, NewCustomer, as_customers, new_customers};
pub use outward::outward;
pub use select::select;

/// What must hold for documents of a layout in a flow.
#[derive(Debug, Default)]
pub struct Rules {
    /// What business keys are unique in: the flow's name.
    pub scope: String,
    /// Fields that must have a value.
    pub required: Vec<(Level, usize)>,
    /// Whether the file carries lines at all.
    pub has_lines: bool,
    /// Totals that must agree.
    pub totals: Vec<Total>,
    /// Whether totals include tax.
    pub tax: Option<TaxMode>,
    /// Line fields that make a line unique in its document.
    pub line_key: Vec<usize>,
    /// The unit of lines that have none.
    pub default_unit: Option<String>,
    /// The code list of units.
    pub unit_list: String,
    /// Statuses of documents that are cancelled.
    pub cancelled: Vec<String>,
    /// When the file was received, ISO 8601; empty when nobody knows.
    pub received: String,
    /// Whether SKUs, units and codes are translated.
    pub translate: bool,
    /// Whether orders that come again go out as what has become of them since.
    pub deltas: bool,
    /// The fields of orders of which a change is told.
    pub written: version::Written,
    /// Whether documents go from the ERP to a partner, so that what is written has the codes translated into in the place
    /// of the file's own.
    pub outbound: bool,
    /// Text fields that targets take in an encoding that lacks characters.
    pub narrow: Vec<Narrow>,
    /// The definitions that X12 sets and EDIFACT messages must agree with, if they must.
    pub validate: Option<Guides>,
    /// What findings do instead of their default.
    pub policy: Vec<(Code, Effect)>,
    /// Currencies that are taken though ISO 4217 does not know them.
    pub currencies: Vec<String>,
    /// Largest plausible quantity of a line.
    pub max_quantity: Option<Decimal>,
    /// Largest plausible total of a document.
    pub max_total: Option<Decimal>,
    /// Largest plausible multiple of the largest quantity of a SKU so far.
    pub history_factor: Option<i64>,
    /// The only documents that are taken, by key and content, and how many of each, the first ones; the others are as if
    /// they were not in the file.
    pub selected: Option<HashMap<(u128, u128), u64>>,
}

/// Crosswalks in use.
#[derive(Clone, Copy, Default)]
pub struct Tables<'a> {
    /// The partner whose codes are translated.
    pub partner: &'a str,
    /// SKU to item.
    pub sku: Option<&'a Crosswalk>,
    /// Units, asked before the fixed ones.
    pub unit: Option<&'a Crosswalk>,
    /// Units with a fixed count.
    pub fixed_units: Option<&'a Crosswalk>,
    /// Customers.
    pub customer: Option<&'a Crosswalk>,
    /// Locations.
    pub location: Option<&'a Crosswalk>,
    /// Carriers.
    pub carrier: Option<&'a Crosswalk>,
    /// The customers among whom the buyers of orders are looked for.
    pub customers: Option<&'a KnownCustomers>,
}

/// The largest quantities accepted so far.
pub trait History: Sync {
    /// The largest quantity of a SKU accepted in this flow.
    fn largest(&self, sku: &str) -> Option<Decimal>;
}

/// No history.
pub struct NoHistory;

impl History for NoHistory {
    fn largest(&self, _sku: &str) -> Option<Decimal> {
        None
    }
}

/// A cleaned batch.
#[derive(Clone, Debug)]
pub struct Cleaned {
    /// The batch with the columns derived and translated, and the class of each row.
    pub batch: Batch,
    /// The business key of each document.
    pub keys: Vec<u128>,
    /// The content of each document.
    pub contents: Vec<u128>,
    /// The version of each order, if later ones are compared with it.
    pub versions: Vec<version::Version>,
    /// What the batch held before anything was checked.
    pub incoming: Totals,
}

impl Rules {
    /// What a code does under these rules.
    #[must_use]
    pub fn effect(&self, code: Code) -> Effect {
        self.policy.iter().find(|(known, _)| *known == code).map_or(code.effect(), |(_, effect)| *effect)
    }
}

/// Cleans a batch.
///
/// # Errors
/// When polars refuses a column, which means a defect here.
pub fn clean(
    mut batch: Batch,
    rules: &Rules,
    tables: &Tables<'_>,
    history: &dyn History,
    findings: &mut Findings,
) -> PolarsResult<Cleaned> {
    let (keys, contents) = dedupe::hashes(&batch, &rules.scope);
    let has_versions = rules.deltas && batch.kind == Kind::Order;
    let versions = if has_versions { version::versions(&batch, rules) } else { Vec::new() };
    let derived = derive::derive(&mut batch, findings)?;
    let incoming = Totals::of(&batch);
    validate::validate(&mut batch, rules, &derived, findings)?;
    dedupe::lines(&batch, rules, findings);
    if rules.translate {
        translate::translate(&mut batch, rules, tables, findings)?;
    }
    if let Some(known) = tables.customers {
        // A doubtful buyer that may pass is somebody new.
        let passes = rules.effect(Code::CustomerDoubtful) == Effect::Note;
        known::assign(&mut batch, known, passes, findings)?;
    }
    encodable::encodable(&batch, rules, findings);
    guard::guard(&batch, rules, history, findings);
    classify::classify(&mut batch, rules, findings)?;
    Ok(Cleaned { batch, keys, contents, versions, incoming })
}

/// The units that count a fixed number of pieces, by code list.
#[must_use]
pub fn fixed_units() -> Crosswalk {
    Crosswalk::load(crosswalk::Table::Unit, include_bytes!("../../schemas/codes/units.csv")).unwrap_or_default()
}

/// Whether one moment lies before another, both ISO 8601; a moment without an offset is taken as UTC, a day as its
/// beginning. What is no moment is not older.
#[must_use]
pub fn is_older(moment: &str, other: &str) -> bool {
    let instant = |text: &str| {
        let local = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
        text.parse::<jiff::Timestamp>().ok().or_else(|| Some(local()?.timestamp()))
    };
    matches!((instant(moment), instant(other)), (Some(moment), Some(other)) if moment < other)
}

/// The class of each row of a level.
#[must_use]
pub fn classes(batch: &Batch, level: Level) -> Vec<Class> {
    column(batch, level)
}

#[cfg(test)]
mod tests;
