//! The partner's codes to the ERP's: SKU to item, units by exact ratios, customers, locations, carriers.
//!
//! Quantities are multiplied by the factor and must come out exactly; prices are divided by it; amounts stay.

use std::cell::RefCell;
use std::ops::Range;

use polars::prelude::*;

use super::crosswalk::{Candidates, Crosswalk, Query, Row};
use super::ratio::Ratio;
use super::{Rules, Tables};
use crate::document::batch::{Decimals, Texts};
use crate::document::worth::PRICE_PLACES;
use crate::document::{Batch, Code, Decimal, Effect, Finding, Findings, Kind, Level};

/// Near codes are only looked for in the first findings: it is a look at the whole table.
const NEAR_LOOKUPS: usize = 20;

/// ERP units that are measured, so that a quantity need not be whole.
const MEASURED: [&str; 16] =
    ["KG", "KGM", "G", "GRM", "LB", "LBR", "OZ", "M", "MTR", "FT", "FOT", "L", "LTR", "GAL", "SQM", "MTK"];

/// Adds the columns of the ERP: `item`, `erp_quantity`, `erp_unit`, `erp_unit_price`, `erp_customer` …
pub fn translate(batch: &mut Batch, rules: &Rules, tables: &Tables<'_>, findings: &mut Findings) -> PolarsResult<()> {
    parties(batch, tables, findings)?;
    if rules.outbound && batch.kind == Kind::Product {
        return products(batch, tables);
    }
    if batch.kind.field(Level::Line, "item").is_none() || batch.lines.height() == 0 {
        return Ok(());
    }
    let lines = Lines::of(batch, rules, tables);
    let mut out = Out::new(batch.lines.height());
    let mut report = Reporter { findings, sku: tables.sku, suggestions: 0 };
    for start in (0..batch.lines.height()).step_by(LOOKED_UP_TOGETHER) {
        let rows = start..batch.lines.height().min(start + LOOKED_UP_TOGETHER);
        for (row, known) in rows.clone().zip(lines.look_up(rows)) {
            lines.translate(row, known, &mut out, &mut report);
        }
    }
    out.store(batch)
}

/// Takes the findings of a translation.
struct Reporter<'f> {
    findings: &'f mut Findings,
    sku: Option<&'f Crosswalk>,
    suggestions: usize,
}

impl Reporter<'_> {
    fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// An unknown SKU, with those near to it.
    fn unknown(&mut self, finding: Finding) {
        let mut near = Vec::new();
        if self.suggestions < NEAR_LOOKUPS {
            self.suggestions += 1;
            near = self.sku.map(|table| table.near(&finding.found)).unwrap_or_default();
        }
        self.push(if near.is_empty() { finding } else { finding.expected(format!("perhaps {}", near.join(", "))) });
    }
}

/// The columns that translation reads.
struct Lines<'b> {
    batch: &'b Batch,
    rules: &'b Rules,
    tables: &'b Tables<'b>,
    owners: &'b [u32],
    days: Option<Texts<'b>>,
    skus: [Option<Texts<'b>>; 3],
    item: Option<Texts<'b>>,
    gtin: Option<Texts<'b>>,
    unit: Option<Texts<'b>>,
    quantity: Option<Decimals<'b>>,
    price: Option<Decimals<'b>>,
    /// Further quantities of stock, which a partner is told in its own units.
    stock: [Option<Decimals<'b>>; 3],
    price_rounded_is_a_note: bool,
    units: RefCell<Vec<(&'b str, Option<Row<'b>>)>>,
}

/// Quantities of stock beside the one that is balanced.
const STOCK: [&str; 3] = ["available", "committed", "incoming"];

/// Lines whose part numbers are looked up in one go, so that look-ups wait for memory together; few enough that what was
/// fetched is still near when it is used.
const LOOKED_UP_TOGETHER: usize = 256;

/// Units remembered for a batch; files use a handful.
const UNITS_REMEMBERED: usize = 16;

/// The columns that translation makes.
struct Out {
    item: StringChunkedBuilder,
    unit: StringChunkedBuilder,
    quantity: Numbers,
    price: Numbers,
    stock: [Numbers; 3],
}

/// Numbers in billionths, and which rows have one.
struct Numbers {
    values: Vec<i128>,
    valid: Vec<bool>,
}

impl Numbers {
    fn new(rows: usize) -> Self {
        Self { values: Vec::with_capacity(rows), valid: Vec::with_capacity(rows) }
    }

    fn push(&mut self, value: Option<i128>) {
        self.values.push(value.unwrap_or_default());
        self.valid.push(value.is_some());
    }

    fn finish(self) -> Int128Chunked {
        let validity =
            if self.valid.iter().all(|valid| *valid) { None } else { Some(self.valid.into_iter().collect()) };
        Int128Chunked::from_vec_validity(PlSmallStr::EMPTY, self.values, validity)
    }
}

impl Out {
    fn new(rows: usize) -> Self {
        let text = |name: &str| StringChunkedBuilder::new(name.into(), rows);
        Self {
            item: text("item"),
            unit: text("erp_unit"),
            quantity: Numbers::new(rows),
            price: Numbers::new(rows),
            stock: std::array::from_fn(|_| Numbers::new(0)),
        }
    }

    fn store(self, batch: &mut Batch) -> PolarsResult<()> {
        batch.set_text(Level::Line, "item", self.item.finish())?;
        if batch.kind.field(Level::Line, "erp_unit").is_some() {
            batch.set_text(Level::Line, "erp_unit", self.unit.finish())?;
        }
        if batch.kind.field(Level::Line, "erp_quantity").is_some() {
            batch.set_decimal(Level::Line, "erp_quantity", self.quantity.finish())?;
        }
        if batch.kind.field(Level::Line, "erp_unit_price").is_some() {
            batch.set_decimal(Level::Line, "erp_unit_price", self.price.finish())?;
        }
        let stock = STOCK.into_iter().zip(self.stock).filter(|(_, numbers)| !numbers.values.is_empty());
        for (name, numbers) in stock {
            batch.set_decimal(Level::Line, name, numbers.finish())?;
        }
        Ok(())
    }
}

impl<'b> Lines<'b> {
    fn of(batch: &'b Batch, rules: &'b Rules, tables: &'b Tables<'b>) -> Self {
        let text = |name| batch.text(Level::Line, name);
        let quantity = batch.decimal(Level::Line, "quantity").or_else(|| batch.decimal(Level::Line, "on_hand"));
        Self {
            batch,
            rules,
            tables,
            owners: batch.line_documents(),
            days: ["ordered_at", "as_of", "shipped_at", "returned_at"]
                .iter()
                .find_map(|n| batch.text(Level::Header, n)),
            // The ERP's own code of what goes out is its item.
            skus: match rules.outbound {
                true => [text("item").or(text("sku")), None, None],
                false => [text("sku"), text("vendor_part"), text("buyer_part")],
            },
            item: text("item"),
            gtin: text("gtin"),
            unit: text("unit"),
            quantity,
            price: batch.decimal(Level::Line, "unit_price"),
            stock: STOCK.map(|name| batch.decimal(Level::Line, name).filter(|_| rules.outbound)),
            price_rounded_is_a_note: rules.effect(Code::PriceRounded) == Effect::Note,
            units: RefCell::default(),
        }
    }

    /// The row of a unit: the workspace's own table counts before the fixed units of the standards.
    fn unit_row(&self, unit: &'b str) -> Option<Row<'b>> {
        let mut units = self.units.borrow_mut();
        if let Some((_, row)) = units.iter().find(|(known, _)| *known == unit) {
            return *row;
        }
        let table = |table: Option<&'b Crosswalk>| table?.find_unit(&self.rules.unit_list, unit);
        let row = table(self.tables.unit).or_else(|| table(self.tables.fixed_units));
        if units.len() < UNITS_REMEMBERED {
            units.push((unit, row));
        }
        row
    }

    /// What the first part number of each line is in the crosswalk.
    fn look_up(&self, rows: Range<usize>) -> Vec<Option<Candidates<'b>>> {
        let first = |row| self.skus.iter().find_map(|column| column.and_then(|column| column.get(row)));
        match self.tables.sku {
            Some(table) => table.find_all(rows.map(first)),
            None => vec![None; rows.len()],
        }
    }

    fn translate(&self, row: usize, known: Option<Candidates<'b>>, out: &mut Out, report: &mut Reporter<'_>) {
        let get = |column: Option<Texts<'b>>| column.and_then(|column| column.get(row));
        let unit = get(self.unit).or(self.rules.default_unit.as_deref()).unwrap_or_default();
        let found = self.find(row, known, unit);
        let sku = self.skus.iter().find_map(|column| get(*column));
        if found.is_none() && self.tables.sku.is_some() {
            let name = if sku.is_some() { "sku" } else { "gtin" };
            report.unknown(self.at(row, Code::SkuUnknown, name).found(sku.or(get(self.gtin)).unwrap_or_default()));
        }
        let own = || get(self.item).or(sku).or(get(self.gtin));
        let keep = self.tables.sku.is_none() || self.rules.effect(Code::SkuUnknown) == Effect::Note;
        match found.map(|row| row.target).or_else(|| keep.then(own).flatten()) {
            Some(item) => out.item.append_value(item),
            None => out.item.append_null(),
        }
        let (factor, erp_unit) = self.factor(found, unit).unwrap_or_else(|| {
            report.push(
                self.at(row, Code::UnitUnknown, "unit")
                    .found(unit)
                    .expected(format!("a unit of the list {}", self.rules.unit_list)),
            );
            (Ratio::ONE, unit)
        });
        if erp_unit.is_empty() {
            out.unit.append_null()
        } else {
            out.unit.append_value(erp_unit)
        }
        let number = |column: Option<Decimals<'_>>| column.and_then(|c| c.get(row)).and_then(Decimal::from_billionths);
        out.quantity.push(number(self.quantity).and_then(|q| self.quantity(row, q, factor, erp_unit, report)));
        out.price.push(number(self.price).and_then(|p| self.price(row, p, factor, report)));
        for (column, numbers) in self.stock.iter().zip(&mut out.stock).filter(|(column, _)| column.is_some()) {
            numbers.push(number(*column).and_then(|q| self.quantity(row, q, factor, erp_unit, report)));
        }
    }

    /// The crosswalk's row: by SKU, by the other part numbers, by GTIN.
    fn find(&self, row: usize, known: Option<Candidates<'b>>, unit: &str) -> Option<Row<'b>> {
        let table = self.tables.sku?;
        let document = self.owners.get(row).copied().unwrap_or_default() as usize;
        let day = self.days.and_then(|column| column.get(document)).unwrap_or_default();
        let query = Query { scope: self.tables.partner, unit, day };
        if let Some(found) = known.and_then(|candidates| table.pick(candidates, query)) {
            return Some(found);
        }
        let by_code = self.skus.iter().filter_map(|column| column.and_then(|c| c.get(row)));
        by_code.into_iter().find_map(|sku| table.find(sku.as_bytes(), query)).or_else(|| {
            let gtin = self.gtin.and_then(|column| column.get(row)).or(self.skus[0].and_then(|c| c.get(row)))?;
            table.find_gtin(gtin.as_bytes(), query)
        })
    }

    /// ERP units in one unit of the partner, and the ERP's unit. The SKU's own factor for this unit counts first; a
    /// factor for any unit is a pack factor, which multiplies what the unit itself counts (a dozen packs of 6).
    fn factor(&self, found: Option<Row<'b>>, unit: &'b str) -> Option<(Ratio, &'b str)> {
        let erp_unit = |row: Row<'b>, default: &'b str| if row.erp_unit.is_empty() { default } else { row.erp_unit };
        match found {
            Some(row) if !row.unit.is_empty() || unit.is_empty() => {
                Some((row.factor.unwrap_or(Ratio::ONE), erp_unit(row, unit)))
            }
            Some(row) => match (self.unit_row(unit), row.factor) {
                (Some(unit), pack) => {
                    let own = unit.factor.unwrap_or(Ratio::ONE);
                    Some((own.times(pack.unwrap_or(Ratio::ONE))?, erp_unit(row, unit.target)))
                }
                (None, Some(pack)) => Some((pack, erp_unit(row, unit))),
                (None, None) => None,
            },
            None if unit.is_empty() => Some((Ratio::ONE, "")),
            None => match self.unit_row(unit) {
                Some(row) => Some((row.factor.unwrap_or(Ratio::ONE), row.target)),
                None if self.tables.unit.is_none() => Some((Ratio::ONE, unit)),
                None => None,
            },
        }
    }

    fn quantity(
        &self,
        row: usize,
        quantity: Decimal,
        factor: Ratio,
        unit: &str,
        report: &mut Reporter<'_>,
    ) -> Option<i128> {
        let (value, exact) = factor.of(quantity, 9)?;
        if !exact {
            report.push(self.at(row, Code::UnitInexact, "quantity").found(format!("{quantity} × {factor}")));
        } else if factor != Ratio::ONE && !value.is_whole() && !MEASURED.contains(&unit) {
            report.push(
                self.at(row, Code::UnitNotWhole, "quantity").found(format!("{quantity} × {factor} = {value} {unit}")),
            );
        }
        Some(value.billionths())
    }

    fn price(&self, row: usize, price: Decimal, factor: Ratio, report: &mut Reporter<'_>) -> Option<i128> {
        let (value, exact) = factor.inverse().of(price, PRICE_PLACES)?;
        if !exact {
            let finding =
                || self.at(row, Code::PriceRounded, "erp_unit_price").found(format!("{price} ÷ {factor} = {value}"));
            if self.price_rounded_is_a_note {
                report.findings.note(Code::PriceRounded, finding);
            } else {
                report.push(finding());
            }
        }
        Some(value.billionths())
    }

    fn at(&self, row: usize, code: Code, field: &str) -> Finding {
        Finding::new(code, self.batch.position(Level::Line, row).field(field)).on_line(row as u32)
    }
}

/// Header codes: field of the file, field of the ERP, table and code of the finding.
fn parties(batch: &mut Batch, tables: &Tables<'_>, findings: &mut Findings) -> PolarsResult<()> {
    let customer: &[&str] = &["customer", "bill_to.code", "ship_to.code", "store"];
    let location: &[&str] = &["location", "ship_to.code"];
    let all = [
        (Level::Header, customer, "erp_customer", tables.customer, Code::CustomerUnknown),
        (Level::Header, location, "erp_location", tables.location, Code::LocationUnknown),
        (Level::Header, &["carrier", "ship_method"], "erp_carrier", tables.carrier, Code::CarrierUnknown),
        (Level::Line, &["location"], "erp_location", tables.location, Code::LocationUnknown),
    ];
    for (level, from, to, table, code) in all {
        if batch.kind.field(level, to).is_some() {
            party(batch, tables.partner, (level, from, to), (table, code), findings)?;
        }
    }
    Ok(())
}

/// Products are translated where they are known; one that is not is new, and keeps its number.
fn products(batch: &mut Batch, tables: &Tables<'_>) -> PolarsResult<()> {
    let Some((skus, table)) = batch.text(Level::Header, "sku").zip(tables.sku) else { return Ok(()) };
    let query = Query { scope: tables.partner, unit: "", day: "" };
    let item = |sku: &'_ str| table.find(sku.as_bytes(), query).map(|row| row.target.to_owned());
    let items: Vec<Option<String>> =
        skus.iter().map(|sku| sku.map(|sku| item(sku).unwrap_or_else(|| sku.to_owned()))).collect();
    let items = StringChunked::from_iter_options("item".into(), items.into_iter());
    batch.set_text(Level::Header, "item", items)
}

fn party(
    batch: &mut Batch,
    partner: &str,
    (level, from, to): (Level, &[&str], &str),
    (table, code): (Option<&Crosswalk>, Code),
    findings: &mut Findings,
) -> PolarsResult<()> {
    let columns: Vec<(&str, Texts<'_>)> =
        from.iter().filter_map(|name| Some((*name, batch.text(level, name)?))).collect();
    if level == Level::Line && columns.is_empty() {
        return Ok(());
    }
    let owners = batch.line_documents();
    let days = batch.text(Level::Header, "ordered_at");
    let mut builder = StringChunkedBuilder::new(to.into(), batch.table(level).height());
    for row in 0..batch.table(level).height() {
        let document = if level == Level::Line { owners.get(row).map_or(row, |at| *at as usize) } else { row };
        let day = days.and_then(|column| column.get(document)).unwrap_or_default();
        let query = Query { scope: partner, unit: "", day };
        let values = || columns.iter().filter_map(|(name, column)| Some((*name, column.get(row)?)));
        let found = table.and_then(|t| {
            // `*` stands for every customer of the partner: a shop whose orders all go to one ERP account.
            values().find_map(|(_, value)| t.find(value.as_bytes(), query)).or_else(|| t.find(b"*", query))
        });
        match (found, table, values().next()) {
            (Some(row), ..) => builder.append_value(row.target),
            (None, None, Some((_, value))) => builder.append_value(value),
            (None, Some(_), Some((name, value))) => {
                let finding = Finding::new(code, batch.position(level, row).field(name)).found(value);
                let row = row as u32;
                findings.push(if level == Level::Line { finding.on_line(row) } else { finding.in_document(row) });
                builder.append_null();
            }
            (None, _, None) => builder.append_null(),
        }
    }
    batch.set_text(level, to, builder.finish())
}
