//! What must hold in a document: required values, plausible quantities, arithmetic, check digits.

use polars::prelude::*;

use super::Rules;
use super::derive::Derived;
use crate::document::batch::{Decimals, Texts};
use crate::document::{Batch, Code, Decimal, Finding, Findings, Kind, Level};
use crate::layout::model::TaxMode;

/// Checks a batch; the tax mode that the arithmetic shows becomes the `tax_included` column.
pub fn validate(batch: &mut Batch, rules: &Rules, derived: &Derived, findings: &mut Findings) -> PolarsResult<()> {
    required(batch, rules, findings);
    let cancelled = cancelled(batch, rules);
    if rules.has_lines && batch.kind.has_lines() {
        lines_present(batch, findings);
        skus(batch, findings);
        quantities(batch, &cancelled, findings);
        gtins(batch, findings);
        line_amounts(batch, derived, &cancelled, findings);
        stated_totals(batch, findings);
    }
    currencies(batch, rules, findings);
    dates(batch, findings);
    future(batch, &rules.received, findings);
    totals(batch, rules, &cancelled, findings)
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

fn at_row(batch: &Batch, level: Level, row: usize, code: Code, field: &str) -> Finding {
    let finding = Finding::new(code, batch.position(level, row).field(field));
    match level {
        Level::Header => finding.in_document(row as u32),
        Level::Line => finding.on_line(row as u32),
    }
}

/// Which documents are cancelled: their quantities may be 0 and their arithmetic is not checked.
fn cancelled(batch: &Batch, rules: &Rules) -> Vec<bool> {
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
    let columns: Vec<Texts<'_>> = ["sku", "gtin", "buyer_part", "vendor_part", "item"]
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

/// GS1 General Specifications: from the right of the data digits weights 3, 1, 3, 1 …; the sum with the check digit is
/// a multiple of 10.
fn has_check_digit(gtin: &[u8]) -> bool {
    if !matches!(gtin.len(), 8 | 12 | 13 | 14) || !gtin.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weighted = |(place, digit): (usize, &u8)| u32::from(digit - b'0') * if place % 2 == 1 { 3 } else { 1 };
    gtin.iter().rev().enumerate().map(weighted).sum::<u32>() % 10 == 0
}

/// Amount = quantity × price − discount, or without the discount: both are in use. Half a cent either way is rounding.
fn line_amounts(batch: &Batch, derived: &Derived, cancelled: &[bool], findings: &mut Findings) {
    let column = |name| batch.decimal(Level::Line, name);
    let (Some(quantity), Some(price), Some(amount)) = (column("quantity"), column("unit_price"), column("amount"))
    else {
        return;
    };
    let discount = column("discount");
    let get = |column: Decimals<'_>, row| column.get(row).and_then(Decimal::from_billionths);
    for (row, document) in batch.line_documents().iter().enumerate() {
        let known = |list: &[bool]| list.get(row).copied().unwrap_or(false);
        if known(&derived.amounts) || known(&derived.prices) || cancelled.get(*document as usize) == Some(&true) {
            continue;
        }
        let (Some(q), Some(p), Some(a)) = (get(quantity, row), get(price, row), get(amount, row)) else { continue };
        let Some(gross) = q.mul_rounded(p) else { continue };
        let net =
            discount.and_then(|column| get(column, row)).and_then(|d| gross.checked_sub(d.abs())).unwrap_or(gross);
        if !near(a, gross, 1) && !near(a, net, 1) {
            let finding = at_row(batch, Level::Line, row, Code::LineAmount, "amount").found(format!("{a:.2}"));
            findings.push(finding.expected(format!("{q} × {p} = {gross:.2}")));
        }
    }
}

/// Whether two amounts differ by at most so many cents.
fn near(a: Decimal, b: Decimal, cents: u64) -> bool {
    (a.billionths() - b.billionths()).unsigned_abs() <= u128::from(cents) * 10_000_000
}

/// CTT01 and CTT02 of X12, CNT of EDIFACT, and footers: the number of lines and the sum of the quantities.
fn stated_totals(batch: &Batch, findings: &mut Findings) {
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

fn currencies(batch: &Batch, rules: &Rules, findings: &mut Findings) {
    let Some(column) = batch.text(Level::Header, "currency") else { return };
    let mut last = "";
    for (row, currency) in column.iter().enumerate() {
        let Some(currency) = currency.filter(|currency| *currency != last) else { continue };
        if CURRENCIES.binary_search(&currency).is_ok() || rules.currencies.iter().any(|taken| taken == currency) {
            last = currency;
        } else {
            let finding = at_row(batch, Level::Header, row, Code::ValueInvalid, "currency").found(currency);
            let finding = finding.expected("a currency code of ISO 4217");
            findings.push(finding.help("Correct the code, or name it in `currencies` of the flow's guards."));
        }
    }
}

/// Active currency codes of ISO 4217, sorted.
const CURRENCIES: [&str; 161] = [
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF",
    "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLF", "CLP", "CNY", "COP",
    "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL",
    "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK",
    "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD",
    "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN",
    "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON",
    "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC",
    "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UYW",
    "UZS", "VED", "VES", "VND", "VUV", "WST", "XAD", "XAF", "XCD", "XCG", "XDR", "XOF", "XPF", "YER", "ZAR", "ZMW",
    "ZWG",
];

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

fn totals(batch: &mut Batch, rules: &Rules, cancelled: &[bool], findings: &mut Findings) -> PolarsResult<()> {
    if rules.totals.is_empty() {
        return Ok(());
    }
    let fields = batch.kind.fields(Level::Header);
    let tax = batch.kind.field(Level::Header, "tax");
    let lines = line_sums(batch);
    let mut included: Vec<Option<bool>> = vec![None; batch.headers.height()];
    for rule in &rules.totals {
        let Some(field) = fields.get(rule.field) else { continue };
        let Some(stated) = batch.decimal(Level::Header, field.name) else { continue };
        let columns: Vec<_> = rule
            .terms
            .iter()
            .map(|(negative, of)| {
                let column = of.and_then(|at| fields.get(at)).and_then(|f| batch.decimal(Level::Header, f.name));
                (*negative, *of, column)
            })
            .collect();
        let has_tax = rule.terms.iter().any(|(_, of)| of.is_some() && *of == tax);
        for (row, included) in included.iter_mut().enumerate() {
            let Some(stated) = stated.get(row) else { continue };
            if cancelled.get(row) == Some(&true) {
                continue;
            }
            let value = |of: Option<usize>, column: Option<Decimals<'_>>| match of {
                None => lines.get(row).map_or(0, |(sum, _)| *sum),
                Some(_) => column.and_then(|c| c.get(row)).unwrap_or(0),
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
            let cents = lines.get(row).map_or(1, |(_, count)| (*count).max(1));
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

/// The sum and the number of the lines of each document.
fn line_sums(batch: &Batch) -> Vec<(i128, u64)> {
    let mut sums = vec![(0_i128, 0_u64); batch.headers.height()];
    let amounts = batch.decimal(Level::Line, "amount");
    for (row, document) in batch.line_documents().iter().enumerate() {
        if let Some((sum, count)) = sums.get_mut(*document as usize) {
            *sum = sum.saturating_add(amounts.and_then(|column| column.get(row)).unwrap_or(0));
            *count += 1;
        }
    }
    sums
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
    fn check_digits_of_gs1_examples() {
        for (gtin, expected) in [
            ("6291041500213", true),
            ("4006381333931", true),
            ("072180634719", true),
            ("00072180634719", true),
            ("4006381333932", false),
            ("400638133393", false),
            ("40063813339A1", false),
        ] {
            assert_eq!(has_check_digit(gtin.as_bytes()), expected, "{gtin}");
        }
    }

    #[test]
    fn currencies_are_sorted() {
        assert!(CURRENCIES.is_sorted());
    }

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
