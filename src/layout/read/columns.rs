//! What is looked at only when something is odd: columns that a layout does not know, second headers, endless rows.

use super::header::column;
use super::table::{Slot, matches};
use crate::document::{Code, Field, Finding, Findings, Position, Type};
use crate::layout::Layout;
use crate::layout::convert::trim;
use crate::layout::model::{Binding, TableFile};
use crate::limits;
use crate::syntax::csv::{Dialect, Row, Rows, Start};

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
    let code = if table.strict_columns { Code::CsvStructure } else { Code::CsvColumnUnknown };
    findings.push(Finding::new(code, at).found(shown + &more).expected("only columns that the layout knows"));
}

/// Whether a value that is none of its field is the name of its own column: another header, as where files or tables
/// were joined.
pub(super) fn is_own_name(binding: &Binding, cell: &[u8]) -> bool {
    binding.from.iter().any(|name| name.trim().as_bytes().eq_ignore_ascii_case(trim(cell)))
}

/// Words where numbers and dates belong that make a row a second header.
pub(super) const HEADER_WORDS: usize = 2;

/// Whether a value is a word where a number or a date belongs.
pub(super) fn is_word(field: &Field, cell: &[u8]) -> bool {
    is_number(field) && cell.iter().any(u8::is_ascii_alphabetic) && !cell.iter().any(u8::is_ascii_digit)
}

fn is_number(field: &Field) -> bool {
    field.kind.is_decimal() || matches!(field.kind, Type::Date | Type::DateTime)
}

/// Whether a row is a header of other names than those of the first, as where tables were joined: each number and date
/// is a word, and each word another one (a sender who writes `n/a` writes it again).
pub(super) fn is_header<'s, 'l: 's>(slots: impl Iterator<Item = &'s Slot<'l>>, row: &Row) -> bool {
    let mut words: Vec<&[u8]> = Vec::new();
    for slot in slots.filter(|slot| is_number(slot.field)) {
        for cell in slot.columns.iter().filter_map(|column| row.get(*column)).map(trim).filter(|cell| !cell.is_empty())
        {
            if !is_word(slot.field, cell) || words.contains(&cell) {
                return false;
            }
            words.push(cell);
        }
    }
    words.len() >= HEADER_WORDS
}

/// Whether a row that has no end in all of `bytes` breaks a limit already, so that no more of it need be read.
pub(super) fn breaks_limits(bytes: &[u8], dialect: Dialect, columns: usize) -> bool {
    let mut noticed = Findings::default();
    Rows::new(bytes, dialect, Start::default()).with_columns(columns).read(&mut Row::default(), &mut noticed);
    let breaks = |finding: &Finding| match finding.code {
        // The quote that closes the value may follow, but not behind more than a value may have.
        Code::CsvOpenQuote => bytes.len() as u64 > finding.at.byte + limits::FIELD_BYTES as u64,
        _ => true,
    };
    noticed.file_effect().is_some() && noticed.kept().iter().any(breaks)
}
