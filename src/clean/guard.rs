//! Quantities and totals that cannot be meant: 300 for 30.

use super::{History, Rules};
use crate::document::{Batch, Code, Decimal, Finding, Findings, Kind, Level};

/// Reports quantities above the limit or far above the SKU's history, and totals above the limit.
pub fn guard(batch: &Batch, rules: &Rules, history: &dyn History, findings: &mut Findings) {
    if batch.kind != Kind::Order {
        return;
    }
    quantities(batch, rules, history, findings);
    let Some((limit, totals)) = rules.max_total.zip(batch.decimal(Level::Header, "total")) else { return };
    for (row, total) in totals.iter().enumerate() {
        let Some(total) = total.and_then(Decimal::from_billionths).filter(|total| *total > limit) else { continue };
        let at = batch.position(Level::Header, row).field("total");
        let finding = Finding::new(Code::QuantityImplausible, at).found(total.to_string());
        findings.push(finding.expected(format!("at most {limit}")).in_document(row as u32));
    }
}

fn quantities(batch: &Batch, rules: &Rules, history: &dyn History, findings: &mut Findings) {
    let Some(quantities) = batch.decimal(Level::Line, "quantity") else { return };
    if rules.max_quantity.is_none() && rules.history_factor.is_none() {
        return;
    }
    let skus = batch.text(Level::Line, "sku");
    for (row, quantity) in quantities.iter().enumerate() {
        let Some(quantity) = quantity.and_then(Decimal::from_billionths) else { continue };
        let usual = || {
            let sku = skus?.get(row)?;
            history.largest(sku)?.scaled(rules.history_factor?, 1, 0).map(|(most, _)| most)
        };
        let most = [rules.max_quantity, usual()].into_iter().flatten().min();
        if let Some(most) = most.filter(|most| quantity > *most) {
            let at = batch.position(Level::Line, row).field("quantity");
            let finding = Finding::new(Code::QuantityImplausible, at).found(quantity.to_string());
            findings.push(finding.expected(format!("at most {most}")).on_line(row as u32));
        }
    }
}
