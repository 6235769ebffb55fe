//! Values that follow from others: amounts, unit prices, line numbers.

use polars::prelude::*;

use crate::document::batch::Decimals;
use crate::document::worth::unit_price;
use crate::document::{Batch, Code, Decimal, Finding, Findings, Kind, Level};

/// What was worked out, so that it is not checked against itself.
#[derive(Debug, Default)]
pub struct Derived {
    /// Amounts were missing in some lines.
    pub amounts: Vec<bool>,
    /// Unit prices were missing in some lines.
    pub prices: Vec<bool>,
}

/// Fills in what is missing: amount = unit price × quantity − discount, unit price = amount ÷ quantity, line numbers.
pub fn derive(batch: &mut Batch, findings: &mut Findings) -> PolarsResult<Derived> {
    let mut derived = Derived::default();
    if matches!(batch.kind, Kind::Order | Kind::Invoice) && batch.lines.height() > 0 {
        money(batch, &mut derived, findings)?;
    }
    if batch.kind.field(Level::Line, "line").is_some() && batch.text(Level::Line, "line").is_none() {
        let numbers = line_numbers(batch.line_documents());
        batch.set_text(Level::Line, "line", numbers)?;
    }
    Ok(derived)
}

fn line_numbers(documents: &[u32]) -> StringChunked {
    let mut builder = StringChunkedBuilder::new("line".into(), documents.len());
    let (mut last, mut number) = (u32::MAX, 0_u32);
    let mut text = String::new();
    for document in documents {
        number = if *document == last { number + 1 } else { 1 };
        last = *document;
        text.clear();
        let _ = std::fmt::Write::write_fmt(&mut text, format_args!("{number}"));
        builder.append_value(&text);
    }
    builder.finish()
}

fn money(batch: &mut Batch, derived: &mut Derived, findings: &mut Findings) -> PolarsResult<()> {
    let rows = batch.lines.height();
    let column = |name| batch.decimal(Level::Line, name);
    let (quantity, price, amount) = (column("quantity"), column("unit_price"), column("amount"));
    let get = |column: Option<Decimals<'_>>, row| column.and_then(|c| c.get(row)).and_then(Decimal::from_billionths);
    let full = |column: Option<Decimals<'_>>| column.is_some_and(Decimals::is_full);
    if quantity.is_none() || (full(price) && full(amount)) || (price.is_none() && amount.is_none()) {
        return Ok(());
    }
    let (mut amounts, mut prices) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    derived.amounts = vec![false; rows];
    derived.prices = vec![false; rows];
    let mut too_large = Vec::new();
    for row in 0..rows {
        let (q, p, a) = (get(quantity, row), get(price, row), get(amount, row));
        let (price, amount) = match (q, p, a) {
            (Some(q), Some(p), None) => {
                derived.amounts[row] = true;
                let amount = q.mul_rounded(p);
                if amount.is_none() {
                    too_large.push(row);
                }
                (Some(p), amount)
            }
            (Some(q), None, Some(a)) if q != Decimal::ZERO => {
                derived.prices[row] = true;
                (unit_price(a, q), Some(a))
            }
            (_, p, a) => (p, a),
        };
        amounts.push(amount.map(Decimal::billionths));
        prices.push(price.map(Decimal::billionths));
    }
    for row in too_large {
        let at = batch.position(Level::Line, row).field("amount");
        findings.push(
            Finding::new(Code::ValueRange, at).expected("quantity × price of at most 19 digits").on_line(row as u32),
        );
    }
    batch.set_decimal(Level::Line, "amount", amounts.into_iter().collect())?;
    batch.set_decimal(Level::Line, "unit_price", prices.into_iter().collect())
}
