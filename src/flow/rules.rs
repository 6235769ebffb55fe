//! What a layout asks of its documents, as the rules of cleaning.

use std::collections::BTreeSet;

use crate::clean::version::{self, Written};
use crate::clean::{Narrow, Rules};
use crate::document::Type;
use crate::layout::Layout;
use crate::layout::model::{File, Shape};
use crate::layout::write::Writer;
use crate::layout::write::encoding::is_narrow;
use crate::limits;

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

/// Most documents of a file that goes to these writers.
#[must_use]
pub fn max_documents(writers: &[Writer<'_>]) -> usize {
    if writers.iter().any(Writer::is_each) { limits::EACH_DOCUMENTS } else { limits::FILE_DOCUMENTS }
}

/// The fields of orders that layouts write; all where it is not bindings that say it.
#[must_use]
pub fn written<'l>(targets: impl IntoIterator<Item = &'l Layout>) -> Written {
    let mut all = BTreeSet::new();
    for layout in targets {
        if matches!(layout.file, File::Json | File::X12(_) | File::Edifact(_)) {
            return None;
        }
        let bindings = layout.bindings.iter().filter(|binding| binding.constant.is_none());
        all.extend(version::written(bindings.map(|binding| (binding.level, layout.field_name(binding)))));
    }
    Some(all)
}

/// The text fields that layouts write in an encoding that lacks characters.
pub fn narrow<'l>(targets: impl IntoIterator<Item = &'l Layout>) -> Vec<Narrow> {
    let mut all = Vec::new();
    for layout in targets.into_iter().filter(|layout| is_narrow(layout.encoding)) {
        for binding in layout.bindings.iter().filter(|binding| binding.constant.is_none()) {
            let Some(field) = layout.kind.fields(binding.level).get(binding.field) else { continue };
            if matches!(field.kind, Type::Text | Type::Id) {
                let map = binding.values.as_ref().and_then(|name| layout.values.get(name));
                let mapped = map.map(|map| map.pairs.iter().map(|(_, to)| to.clone()).collect());
                let mapped = mapped.unwrap_or_default();
                all.push(Narrow { level: binding.level, field: binding.field, encoding: layout.encoding, mapped });
            }
        }
    }
    all
}
