//! Lines packed in one cell as labelled values:
//! `Product ID: 2471, Product Qty: 20, Product SKU: A|Product ID: …`.
//!
//! Values may hold the separators, so the labels are looked for in their known order instead of splitting.

use memchr::memmem;

use super::header::column;
use super::rows::Reading;
use super::table::{Slot, field_of};
use crate::document::{Level, Place};
use crate::layout::convert::{Converter, trim};
use crate::layout::model::{Layout, Packed};
use crate::syntax::csv::Row;

/// A packed cell, prepared.
pub struct PackedProgram<'l> {
    packed: &'l Packed,
    column: Option<usize>,
    line_start: String,
    slots: Vec<(Option<usize>, Slot<'l>)>,
    /// The line fields, in slot order.
    pub(super) fields: Vec<usize>,
}

impl<'l> PackedProgram<'l> {
    /// Prepares the labels that line bindings name.
    pub(super) fn new(layout: &'l Layout, packed: &'l Packed, names: &[String]) -> Self {
        let mut slots = Vec::new();
        for binding in layout.bindings(Level::Line) {
            let Some(field) = field_of(layout.kind, binding) else { continue };
            let label = binding.from.iter().find_map(|name| packed.labels.iter().position(|label| label == name));
            let converter = Converter::new(layout, binding, field);
            slots.push((label, Slot { slot: slots.len(), columns: Vec::new(), converter, binding, field }));
        }
        let first = packed.labels.first().map_or("", String::as_str);
        Self {
            packed,
            column: column(names, &packed.column),
            line_start: format!("{}{first}{}", packed.separator, packed.after_label),
            fields: slots.iter().map(|(_, slot)| slot.binding.field).collect(),
            slots,
        }
    }

    /// Reads the lines of a row's cell.
    pub(super) fn read(&self, row: &Row, place: Place, reading: &mut Reading<'_, 'l>) {
        let Some(cell) = self.column.and_then(|at| row.get(at)).filter(|cell| !trim(cell).is_empty()) else { return };
        let mut rest = cell;
        while !rest.is_empty() {
            let end = memmem::find(rest, self.line_start.as_bytes());
            let (line, next) = match end {
                Some(end) => (&rest[..end], &rest[end + self.packed.separator.len()..]),
                None => (rest, &[][..]),
            };
            reading.builder.begin_line(place);
            let values = self.values(line);
            let mut plain = Vec::new();
            for (label, slot) in &self.slots {
                let value = match label {
                    Some(at) => values.get(*at).copied().unwrap_or_default(),
                    None => slot.binding.constant.as_deref().unwrap_or_default().as_bytes(),
                };
                let value = match self.packed.escape {
                    Some(escape) if value.contains(&escape) => unescaped(value, escape, &mut plain),
                    _ => value,
                };
                reading.put_value(slot, Level::Line, value);
            }
            rest = next;
        }
    }

    /// The value of each label, in the labels' order; a label that is missing has an empty value.
    fn values<'b>(&self, line: &'b [u8]) -> Vec<&'b [u8]> {
        let mut starts = Vec::with_capacity(self.packed.labels.len());
        let mut from = 0;
        for (at, label) in self.packed.labels.iter().enumerate() {
            let between = if at == 0 || from == 0 { "" } else { self.packed.between.as_str() };
            let needle = format!("{between}{label}{}", self.packed.after_label.trim_end());
            let found = line.get(from..).and_then(|rest| memmem::find(rest, needle.as_bytes())).map(|p| p + from);
            starts.push(found.map(|p| (p, p + needle.len())));
            from = found.map_or(from, |p| p + needle.len());
        }
        let end_of = |at: usize| starts.iter().skip(at + 1).flatten().map(|(p, _)| *p).next().unwrap_or(line.len());
        let value = |(at, start): (usize, &Option<(usize, usize)>)| match start {
            Some((_, value)) => line.get(*value..end_of(at)).map_or(&[][..], trim),
            None => &[],
        };
        starts.iter().enumerate().map(value).collect()
    }
}

/// A value without the escapes in it; what follows one is part of the value, another escape too.
fn unescaped<'p>(value: &[u8], escape: u8, plain: &'p mut Vec<u8>) -> &'p [u8] {
    plain.clear();
    let mut escaped = false;
    for &byte in value {
        escaped = byte == escape && !escaped;
        if !escaped {
            plain.push(byte);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn escapes_are_removed_and_what_follows_one_stays() {
        for (text, expected) in
            [(r"a\:b\|c", "a:b|c"), (r"\\;", r"\;"), (r"\\\:", r"\:"), ("plain", "plain"), ("\\", "")]
        {
            assert_eq!(unescaped(text.as_bytes(), b'\\', &mut Vec::new()), expected.as_bytes(), "{text}");
        }
    }
}
