//! What must hold in a document: required values, plausible quantities, arithmetic, check digits.

use polars::prelude::*;

use super::Rules;
use super::derive::Derived;
use super::totals;
use crate::document::batch::Texts;
use crate::document::known::{has_check_digit, is_currency};
use crate::document::{Batch, Code, Decimal, Finding, Findings, Kind, Level};

/// Checks a batch; the tax mode that the arithmetic shows becomes the `tax_included` column.
pub fn validate(batch: &mut Batch, rules: &Rules, derived: &Derived, findings: &mut Findings) -> PolarsResult<()> {
    required(batch, rules, findings);
    let cancelled = cancelled(batch, rules);
    if rules.has_lines && batch.kind.has_lines() {
        lines_present(batch, findings);
        skus(batch, findings);
        quantities(batch, &cancelled, findings);
        gtins(batch, findings);
        totals::amounts(batch, rules, derived, &cancelled, findings);
        totals::stated(batch, findings);
    }
    currencies(batch, rules, findings);
    dates(batch, findings);
    future(batch, &rules.received, findings);
    totals::check(batch, rules, derived, &cancelled, findings)
}

fn required(batch: &Batch, rules: &Rules, findings: &mut Findings) {
    for (level, field) in &rules.required {
        let Some(field) = batch.kind.fields(*level).get(*field) else { continue };
        for row in nulls(batch, *level, field.name, field.kind.is_decimal()) {
            findings.push(
                at_row(batch, *level, row, Code::FieldMissing, field.name)
                    .expected(format!("a {}", field.kind.as_str())),
            );
        }
    }
}

/// Rows without a value; every row when the column is absent.
fn nulls(batch: &Batch, level: Level, name: &str, decimal: bool) -> Vec<usize> {
    let rows = 0..batch.table(level).height();
    let (texts, decimals) = if decimal { (None, batch.decimal(level, name)) } else { (batch.text(level, name), None) };
    match (texts, decimals) {
        (Some(column), _) if column.is_full() => Vec::new(),
        (_, Some(column)) if column.is_full() => Vec::new(),
        (Some(column), _) => rows.filter(|row| column.get(*row).is_none()).collect(),
        (_, Some(column)) => rows.filter(|row| column.get(*row).is_none()).collect(),
        (None, None) => rows.collect(),
    }
}

pub(super) fn at_row(batch: &Batch, level: Level, row: usize, code: Code, field: &str) -> Finding {
    let finding = Finding::new(code, batch.position(level, row).field(field));
    match level {
        Level::Header => finding.in_document(row as u32),
        Level::Line => finding.on_line(row as u32),
    }
}

/// Which documents are cancelled: their quantities may be 0 and their arithmetic is not checked.
pub(super) fn cancelled(batch: &Batch, rules: &Rules) -> Vec<bool> {
    let text = |name| batch.text(Level::Header, name);
    let (status, action, at) = (text("status"), text("action"), text("cancelled_at"));
    let get = |column: Option<Texts<'_>>, row| column.and_then(|column| column.get(row).map(str::to_owned));
    let one = |row| {
        get(status, row).is_some_and(|status| rules.cancelled.contains(&status))
            || get(action, row).is_some_and(|action| action == "cancel")
            || at.is_some_and(|column| column.get(row).is_some())
    };
    (0..batch.headers.height()).map(one).collect()
}

fn lines_present(batch: &Batch, findings: &mut Findings) {
    let mut has = vec![false; batch.headers.height()];
    batch.line_documents().iter().for_each(|document| has[*document as usize] = true);
    for row in has.iter().enumerate().filter(|(_, has)| !**has).map(|(row, _)| row) {
        findings.push(at_row(batch, Level::Header, row, Code::LinesMissing, "").expected("at least one line"));
    }
}

fn skus(batch: &Batch, findings: &mut Findings) {
    if batch.kind.field(Level::Line, "sku").is_none() {
        return;
    }
    let columns: Vec<Texts<'_>> = ["sku", "gtin", "buyer_part", "vendor_part", "item", "order_line"]
        .iter()
        .filter_map(|name| batch.text(Level::Line, name))
        .collect();
    if columns.iter().any(|column| column.is_full()) {
        return;
    }
    for row in (0..batch.lines.height()).filter(|row| columns.iter().all(|column| column.get(*row).is_none())) {
        findings.push(at_row(batch, Level::Line, row, Code::SkuMissing, "sku").expected("a SKU or a GTIN"));
    }
}

fn quantities(batch: &Batch, cancelled: &[bool], findings: &mut Findings) {
    if !matches!(batch.kind, Kind::Order | Kind::Shipment) {
        return;
    }
    let column = batch.decimal(Level::Line, "quantity");
    for (row, document) in batch.line_documents().iter().enumerate() {
        let cancelled = cancelled.get(*document as usize).copied().unwrap_or(false);
        match column.and_then(|column| column.get(row)).and_then(Decimal::from_billionths) {
            Some(quantity) if quantity > Decimal::ZERO || cancelled => {}
            Some(quantity) => {
                let finding = at_row(batch, Level::Line, row, Code::ValueRange, "quantity");
                findings.push(finding.found(quantity.to_string()).expected("a quantity above 0"));
            }
            None => {
                findings.push(at_row(batch, Level::Line, row, Code::FieldMissing, "quantity").expected("a quantity"))
            }
        }
    }
}

fn gtins(batch: &Batch, findings: &mut Findings) {
    let Some(column) = batch.text(Level::Line, "gtin") else { return };
    for (row, gtin) in column.iter().enumerate() {
        let Some(gtin) = gtin.filter(|gtin| !has_check_digit(gtin.as_bytes())) else { continue };
        let finding = at_row(batch, Level::Line, row, Code::GtinCheckDigit, "gtin").found(gtin);
        findings.push(finding.expected("8, 12, 13 or 14 digits with a right check digit"));
    }
}

fn currencies(batch: &Batch, rules: &Rules, findings: &mut Findings) {
    let Some(column) = batch.text(Level::Header, "currency") else { return };
    let mut last = "";
    for (row, currency) in column.iter().enumerate() {
        let Some(currency) = currency.filter(|currency| *currency != last) else { continue };
        if is_currency(currency) || rules.currencies.iter().any(|taken| taken == currency) {
            last = currency;
        } else {
            let finding = at_row(batch, Level::Header, row, Code::ValueInvalid, "currency").found(currency);
            let finding = finding.expected("a currency code of ISO 4217");
            findings.push(finding.help("Correct the code, or name it in `currencies` of the flow's guards."));
        }
    }
}

fn dates(batch: &Batch, findings: &mut Findings) {
    let Some(ordered) = batch.text(Level::Header, "ordered_at") else { return };
    for name in ["requested_ship", "requested_delivery", "cancel_after"] {
        let Some(later) = batch.text(Level::Header, name) else { continue };
        for (row, (first, second)) in ordered.iter().zip(later.iter()).enumerate() {
            let day = |text: Option<&str>| text.and_then(|text| text.get(..10)).map(str::to_owned);
            if let (Some(first), Some(second)) = (day(first), day(second))
                && second < first
            {
                let finding = at_row(batch, Level::Header, row, Code::DateOrder, name).found(second);
                findings.push(finding.expected(format!("on or after {first}")));
            }
        }
    }
}

/// An order of the day after tomorrow is a wrong clock or a wrong date; one of tomorrow may be of another time zone.
fn future(batch: &Batch, received: &str, findings: &mut Findings) {
    let day = |text: &str| text.get(..10)?.parse::<jiff::civil::Date>().ok();
    let Some(latest) = day(received).and_then(|day| day.tomorrow().ok()) else { return };
    let Some(ordered) = batch.text(Level::Header, "ordered_at") else { return };
    for (row, text) in ordered.iter().enumerate() {
        if let Some(text) = text.filter(|text| day(text).is_some_and(|day| day > latest)) {
            let finding = at_row(batch, Level::Header, row, Code::DateOrder, "ordered_at").found(text);
            findings.push(finding.expected(format!("{latest} at the latest")));
        }
    }
}
