//! Columns that a layout does not know: passed over, and told once a file.

use super::table::{column, matches};
use crate::document::{Code, Finding, Findings, Position};
use crate::layout::Layout;
use crate::layout::model::TableFile;

/// Names shown of the columns that are not known.
const SHOWN: usize = 5;

/// Notes the columns that no binding, rule, key, or list of columns of the layout names.
pub(super) fn note_unknown(
    layout: &Layout,
    table: &TableFile,
    names: &[String],
    bound: &[usize],
    findings: &mut Findings,
) {
    let rules = layout.rows.iter().flat_map(|rule| &rule.when).map(|(name, _)| name);
    let lines = table.joined.iter().flat_map(|lines| lines.signature.iter().chain([&lines.key]));
    let known: Vec<usize> = rules
        .chain(lines)
        .chain(&table.columns)
        .chain(&table.known)
        .chain(&table.signature)
        .filter_map(|name| column(names, name))
        .chain(bound.iter().copied())
        .collect();
    let dropped = |name: &str| table.drop.iter().any(|pattern| matches(name.to_lowercase().as_bytes(), pattern));
    let is_unknown = |(at, name): &(usize, &String)| !name.is_empty() && !known.contains(at) && !dropped(name);
    let unknown: Vec<&str> = names.iter().enumerate().filter(is_unknown).map(|(_, name)| name.as_str()).collect();
    let Some(first) = unknown.first() else { return };
    let more = if unknown.len() > SHOWN { format!(" and {} more", unknown.len() - SHOWN) } else { String::new() };
    let shown = unknown.iter().take(SHOWN).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let at = Position::at(0, 1).field(*first);
    findings.push(Finding::new(Code::CsvColumnUnknown, at).found(shown + &more));
}
