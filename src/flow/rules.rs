//! What a layout asks of its documents, as the rules of cleaning.

use crate::clean::Rules;
use crate::layout::Layout;
use crate::layout::model::{File, Shape};

/// The rules of a layout; `scope` is what business keys are unique in.
#[must_use]
pub fn rules(layout: &Layout, scope: &str, translate: bool) -> Rules {
    let header_only = matches!(&layout.file, File::Table(table) if table.shape == Shape::HeaderOnly);
    let required = layout.bindings.iter().filter(|binding| binding.required);
    Rules {
        scope: scope.to_owned(),
        required: required.map(|binding| (binding.level, binding.field)).collect(),
        has_lines: !header_only,
        totals: layout.totals.clone(),
        tax: Some(layout.tax),
        line_key: layout.rules.line_key.clone(),
        default_unit: layout.rules.unit.clone(),
        unit_list: layout.rules.unit_list.clone(),
        cancelled: layout.rules.cancelled.clone(),
        translate,
        ..Rules::default()
    }
}
