//! Arithmetic: amounts of lines, totals of headers, and what senders state of their lines.

use polars::prelude::*;

use super::Rules;
use super::derive::Derived;
use super::validate::at_row;
use crate::document::batch::Decimals;
use crate::document::worth::{LineMoney, near};
use crate::document::{Batch, Code, Decimal, Finding, Findings, Level};
use crate::layout::model::{TaxMode, Term};

/// CTT01 and CTT02 of X12, CNT of EDIFACT, and footers: the number of lines and the sum of the quantities.
pub(super) fn stated(batch: &Batch, findings: &mut Findings) {
    let (count, hash) = (batch.decimal(Level::Header, "line_count"), batch.decimal(Level::Header, "quantity_total"));
    if count.is_none() && hash.is_none() {
        return;
    }
    let quantity = batch.decimal(Level::Line, "quantity");
    let mut sums = vec![Sums::default(); batch.headers.height()];
    for (row, document) in batch.line_documents().iter().enumerate() {
        if let Some(sums) = sums.get_mut(*document as usize) {
            sums.add(quantity.and_then(|column| column.get(row)).and_then(Decimal::from_billionths));
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        if let Some(stated) = count.and_then(|c| c.get(row)).and_then(Decimal::from_billionths)
            && stated != Decimal::from_int(sums.lines)
        {
            let finding = at_row(batch, Level::Header, row, Code::ControlTotal, "line_count").found(stated.to_string());
            findings.push(finding.expected(format!("{} lines", sums.lines)));
        }
        if let Some(stated) = hash.and_then(|c| c.get(row)).and_then(Decimal::from_billionths)
            && !sums.agrees(stated)
        {
            let finding =
                at_row(batch, Level::Header, row, Code::ControlTotal, "quantity_total").found(stated.to_string());
            let plain = Decimal::from_billionths(sums.plain).unwrap_or_default();
            findings.push(finding.expected(format!("{plain}, the sum of the quantities")));
        }
    }
}

#[derive(Clone, Default)]
struct Sums {
    lines: i64,
    plain: i128,
    hash: u128,
}

impl Sums {
    fn add(&mut self, quantity: Option<Decimal>) {
        self.lines += 1;
        let Some(quantity) = quantity else { return };
        self.plain = self.plain.saturating_add(quantity.billionths());
        self.hash = self.hash.saturating_add(quantity.without_point());
    }

    /// The plain sum, or the hash total of X12 (ASC X12 segment CTT): values added without sign and decimal point, of
    /// which the field keeps the low-order digits.
    fn agrees(&self, stated: Decimal) -> bool {
        let digits = stated.without_point();
        let width = 10_u128.checked_pow(digits.checked_ilog10().unwrap_or(0) + 1).unwrap_or(u128::MAX);
        self.plain == stated.billionths() || (stated.is_whole() && self.hash % width == digits)
    }
}

/// Totals of the header agree with what they are the sum of; the tax mode that the arithmetic shows becomes the
/// `tax_included` column.
pub(super) fn check(
    batch: &mut Batch,
    rules: &Rules,
    derived: &Derived,
    cancelled: &[bool],
    findings: &mut Findings,
) -> PolarsResult<()> {
    if rules.totals.is_empty() {
        return Ok(());
    }
    let fields = batch.kind.fields(Level::Header);
    let tax = batch.kind.field(Level::Header, "tax");
    let lines = line_sums(batch, has_net(rules).then_some(derived));
    let mut included: Vec<Option<bool>> = vec![None; batch.headers.height()];
    for rule in &rules.totals {
        let Some(field) = fields.get(rule.field) else { continue };
        let Some(stated) = batch.decimal(Level::Header, field.name) else { continue };
        let columns: Vec<_> = rule
            .terms
            .iter()
            .map(|(negative, of)| {
                let field = if let Term::Header(at) = of { fields.get(*at) } else { None };
                (*negative, *of, field.and_then(|field| batch.decimal(Level::Header, field.name)))
            })
            .collect();
        let has_tax = rule.terms.iter().any(|(_, of)| tax.is_some_and(|tax| *of == Term::Header(tax)));
        for (row, included) in included.iter_mut().enumerate() {
            let Some(stated) = stated.get(row) else { continue };
            if cancelled.get(row) == Some(&true) {
                continue;
            }
            let of_lines = lines.get(row).copied().unwrap_or_default();
            let value = |of: Term, column: Option<Decimals<'_>>| match of {
                Term::Lines => of_lines.plain,
                Term::Net => of_lines.net,
                Term::Header(_) => column.and_then(|c| c.get(row)).unwrap_or(0),
            };
            let sum: i128 = columns
                .iter()
                .map(|(negative, of, column)| if *negative { -value(*of, *column) } else { value(*of, *column) })
                .sum();
            let taxes = if has_tax {
                tax.and_then(|at| fields.get(at))
                    .and_then(|f| batch.decimal(Level::Header, f.name))
                    .and_then(|c| c.get(row))
                    .unwrap_or(0)
            } else {
                0
            };
            let cents = of_lines.count.max(1);
            match agree(rules.tax, stated, sum, taxes, cents) {
                Some(mode) if has_tax && taxes != 0 => *included = Some(mode),
                Some(_) => {}
                None => findings.push(disagreement(batch, row, field.name, stated, sum)),
            }
        }
    }
    report_tax(batch, &included, findings)
}

/// Whether a stated total agrees with the sum, with tax excluded (false) or included (true).
fn agree(mode: Option<TaxMode>, stated: i128, sum: i128, tax: i128, cents: u64) -> Option<bool> {
    let fits = |sum: i128| (stated - sum).unsigned_abs() <= u128::from(cents) * 10_000_000;
    let (excluded, included) = (fits(sum), fits(sum - tax));
    match mode.unwrap_or(TaxMode::Detect) {
        TaxMode::Excluded => excluded.then_some(false),
        TaxMode::Included => included.then_some(true),
        TaxMode::Detect if excluded => Some(false),
        TaxMode::Detect => included.then_some(true),
    }
}

fn disagreement(batch: &Batch, row: usize, field: &str, stated: i128, sum: i128) -> Finding {
    let show = |value| Decimal::from_billionths(value).unwrap_or_default();
    let difference = show(stated - sum);
    at_row(batch, Level::Header, row, Code::OrderTotal, field)
        .found(format!("{:.2}", show(stated)))
        .expected(format!("{:.2} (difference {difference:.2})", show(sum)))
}

/// What the lines of a document come to.
#[derive(Clone, Copy, Default)]
struct LineSums {
    plain: i128,
    net: i128,
    count: u64,
}

/// Whether a total is of what lines come to with their own discounts and charges.
fn has_net(rules: &Rules) -> bool {
    rules.totals.iter().any(|total| total.terms.iter().any(|(_, term)| *term == Term::Net))
}

/// The sums of the lines of each document; what they come to only with what was derived, since that takes long.
fn line_sums(batch: &Batch, derived: Option<&Derived>) -> Vec<LineSums> {
    let mut sums = vec![LineSums::default(); batch.headers.height()];
    let money = LineMoney::of(batch);
    for (row, document) in batch.line_documents().iter().enumerate() {
        if let Some(sums) = sums.get_mut(*document as usize) {
            let amount = money.amount(row).unwrap_or_default();
            sums.plain = sums.plain.saturating_add(amount.billionths());
            if let Some(derived) = derived {
                sums.net = sums
                    .net
                    .saturating_add(money.net(row, amount, derived.amounts.get(row) == Some(&true)).billionths());
            }
            sums.count += 1;
        }
    }
    sums
}

/// Amount = quantity × price − discount, or without the discount: both are in use; with charges where totals are of such
/// amounts. Half a cent either way is rounding.
pub(super) fn amounts(batch: &Batch, rules: &Rules, derived: &Derived, cancelled: &[bool], findings: &mut Findings) {
    let money = LineMoney::of(batch);
    let has_net = has_net(rules);
    for (row, document) in batch.line_documents().iter().enumerate() {
        let known = |list: &[bool]| list.get(row).copied().unwrap_or(false);
        if known(&derived.amounts) || known(&derived.prices) || cancelled.get(*document as usize) == Some(&true) {
            continue;
        }
        let (Some(gross), Some(amount)) = (money.gross(row), money.amount(row)) else { continue };
        let is = |expected: Option<Decimal>| expected.is_some_and(|expected| near(amount, expected, 1));
        if is(Some(gross)) || is(money.less_discount(row, gross)) || (has_net && is(money.with_own(row, gross))) {
            continue;
        }
        let (q, p) = (money.quantity(row).unwrap_or_default(), money.price(row).unwrap_or_default());
        let finding = at_row(batch, Level::Line, row, Code::LineAmount, "amount").found(format!("{amount:.2}"));
        findings.push(finding.expected(format!("{q} × {p} = {gross:.2}")));
    }
}

/// The arithmetic decides only where the layout does not bind the field.
fn report_tax(batch: &mut Batch, included: &[Option<bool>], findings: &mut Findings) -> PolarsResult<()> {
    if included.iter().all(Option::is_none) || batch.text(Level::Header, "tax_included").is_some() {
        return Ok(());
    }
    for row in included.iter().enumerate().filter(|(_, mode)| **mode == Some(true)).map(|(row, _)| row) {
        findings.push(at_row(batch, Level::Header, row, Code::TaxIncluded, "tax"));
    }
    let words = included.iter().map(|mode| mode.map(|yes| if yes { "true" } else { "false" }));
    batch.set_text(Level::Header, "tax_included", words.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_totals_drop_point_and_sign_and_keep_low_digits() {
        let mut sums = Sums::default();
        ["12", "1.50", "-3"].iter().for_each(|q| sums.add(Decimal::parse(q.as_bytes()).ok()));
        let agrees = |text: &str| sums.agrees(Decimal::parse(text.as_bytes()).unwrap());
        assert!(agrees("10.5"), "the plain sum");
        assert!(agrees("30"), "12 + 15 + 3");
        assert!(!agrees("31"));
    }
}
