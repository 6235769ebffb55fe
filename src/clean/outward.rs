//! What goes from the ERP to a partner: the translated codes and quantities in the place of the file's own.

use polars::prelude::*;

use crate::document::{Batch, Level};

/// Fields of the file, and what they are translated into.
const TRANSLATED: [(Level, &str, &str); 10] = [
    (Level::Header, "customer", "erp_customer"),
    (Level::Header, "location", "erp_location"),
    (Level::Header, "carrier", "erp_carrier"),
    (Level::Header, "sku", "item"),
    (Level::Line, "sku", "item"),
    (Level::Line, "location", "erp_location"),
    (Level::Line, "quantity", "erp_quantity"),
    (Level::Line, "on_hand", "erp_quantity"),
    (Level::Line, "unit", "erp_unit"),
    (Level::Line, "unit_price", "erp_unit_price"),
];

/// The batch as it is written for a partner. The batch itself stays as it was read: by it the books are kept.
///
/// # Errors
/// When polars refuses a column, which means a defect here.
pub fn outward(batch: &Batch) -> PolarsResult<Batch> {
    let mut out = batch.clone();
    for (level, own, translated) in TRANSLATED {
        let table = batch.table(level);
        // A quantity is that of the stock or of the shipment, whichever the documents have.
        let has_own =
            table.column(own).is_ok() || batch.kind.field(level, own).is_some() && translated != "erp_quantity";
        if let (true, Ok(column)) = (has_own, table.column(translated)) {
            out.table_mut(level).with_column(column.clone().with_name(own.into()))?;
        }
    }
    Ok(out)
}
