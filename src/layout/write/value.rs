//! Values: the value of a field to the text in a file.

use crate::document::batch::{Decimals, OTHER, Texts};
use crate::document::{Batch, Decimal, Level, Type};
use crate::layout::date::{DateFormat, Moment};
use crate::layout::model::{Binding, Layout};
use crate::syntax::word::{low_bytes, spread, zero_bytes};

/// A column of a batch and how its values are written.
pub(super) struct Cells<'b> {
    source: Source<'b>,
    kind: Type,
    places: usize,
    negate: bool,
    point: u8,
    date: Option<&'b DateFormat>,
    words: Option<(&'b str, &'b str)>,
    map: Option<&'b [(String, String)]>,
    max_length: usize,
    /// Whether a text is written as it is.
    is_as_it_is: bool,
}

/// Bytes that a format has to quote.
pub(super) struct Special {
    all: [bool; 256],
    delimiter: u64,
}

impl Special {
    /// The delimiter, quotes and line breaks.
    pub(super) fn new(delimiter: u8) -> Self {
        let all = std::array::from_fn(|byte| byte == usize::from(delimiter) || b"\"\r\n".contains(&(byte as u8)));
        Self { all, delimiter: spread(delimiter) }
    }

    /// Whether a byte is one.
    #[inline]
    pub(super) fn is(&self, byte: u8) -> bool {
        self.all[usize::from(byte)]
    }

    /// Whether none is in a text: eight bytes are looked at in one go, and only where one may be, each by itself.
    #[inline]
    pub(super) fn is_plain(&self, text: &[u8]) -> bool {
        const QUOTE: u64 = spread(b'"');
        let (words, rest) = text.as_chunks::<8>();
        let may = |word: &[u8; 8]| {
            let word = u64::from_le_bytes(*word);
            zero_bytes(word ^ self.delimiter) | zero_bytes(word ^ QUOTE) | low_bytes(word) != 0
        };
        let special = |byte: &u8| self.is(*byte);
        !words.iter().any(|word| may(word) && word.iter().any(special)) && !rest.iter().any(special)
    }
}

enum Source<'b> {
    None,
    Constant(&'b str),
    Text(Texts<'b>),
    Decimal(Decimals<'b>),
}

impl<'b> Cells<'b> {
    /// The cells of a binding in a batch.
    pub(super) fn new(layout: &'b Layout, binding: &'b Binding, batch: &'b Batch) -> Self {
        let field = layout.kind.fields(binding.level).get(binding.field);
        let kind = field.map_or(Type::Text, |field| field.kind);
        let name = field.map_or("", |field| field.name);
        let source = match &binding.constant {
            Some(constant) => Source::Constant(constant),
            None => source(batch, binding.level, name, kind),
        };
        let dates = if binding.dates.is_empty() { &layout.formats.dates } else { &binding.dates };
        let words = layout.formats.yes.first().zip(layout.formats.no.first());
        let map = binding.values.as_ref().and_then(|name| layout.values.get(name)).map(|map| map.pairs.as_slice());
        Self {
            source,
            kind,
            places: binding.places.unwrap_or(if kind == Type::Money { 2 } else { 0 }),
            negate: binding.negate,
            point: layout.formats.number.point,
            date: dates.first(),
            words: words.map(|(yes, no)| (yes.as_str(), no.as_str())),
            map,
            max_length: binding.max_length.unwrap_or(usize::MAX),
            is_as_it_is: map.is_none() && !matches!(kind, Type::Date | Type::DateTime | Type::Flag),
        }
    }

    /// The cells of a column that no binding names, as they were read; none when the file had no such column.
    pub(super) fn handed_back(batch: &'b Batch, name: &str) -> Option<(Level, Self)> {
        let name = format!("{OTHER}{name}");
        let found = |level| batch.text(level, &name).map(|texts| (level, texts));
        let (level, texts) = found(Level::Line).or_else(|| found(Level::Header))?;
        Some((level, Self::plain(Source::Text(texts))))
    }

    /// The same text in each row.
    pub(super) fn fixed(text: &'b str) -> Self {
        Self::plain(Source::Constant(text))
    }

    /// Values that are written as they are.
    fn plain(source: Source<'b>) -> Self {
        Self {
            source,
            kind: Type::Text,
            places: 0,
            negate: false,
            point: b'.',
            date: None,
            words: None,
            map: None,
            max_length: usize::MAX,
            is_as_it_is: true,
        }
    }

    /// Appends the value of a row; nothing when it has none. Whether it is surely plain, which of a text `is_plain` says:
    /// digits, sign and point are to every format.
    #[inline]
    pub(super) fn write(&self, row: usize, out: &mut Vec<u8>, is_plain: impl FnOnce(&[u8]) -> bool) -> bool {
        match &self.source {
            Source::None => true,
            Source::Constant(text) => {
                out.extend_from_slice(text.as_bytes());
                false
            }
            Source::Decimal(values) => {
                // What is read with the sign turned is written with it turned.
                let value = values.get(row).map(|value| if self.negate { -value } else { value });
                if let Some(value) = value.and_then(Decimal::from_billionths) {
                    value.write_with(out, self.places, self.point);
                }
                self.point == b'.'
            }
            Source::Text(values) => match values.get(row) {
                None => true,
                // Looked at before it is copied: what was just written in pieces is slow to read.
                Some(text) if self.is_as_it_is && text.len() <= self.max_length => {
                    out.extend_from_slice(text.as_bytes());
                    is_plain(text.as_bytes())
                }
                Some(text) => {
                    self.write_text(text, out);
                    false
                }
            },
        }
    }

    fn write_text(&self, text: &str, out: &mut Vec<u8>) {
        let text = match self.map {
            Some(pairs) => pairs.iter().find(|(_, to)| to == text).map_or(text, |(from, _)| from),
            None => text,
        };
        let written = match (self.kind, self.date, self.words) {
            (Type::Date | Type::DateTime, Some(format), _) => {
                Moment::parse_iso(text.as_bytes()).and_then(|moment| format.write(&moment, out)).is_some()
            }
            (Type::Flag, _, Some((yes, no))) => {
                out.extend_from_slice(if text == "true" { yes } else { no }.as_bytes());
                true
            }
            _ => false,
        };
        if !written {
            out.extend_from_slice(cut(text, self.max_length).as_bytes());
        }
    }
}

/// At most so many characters.
fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    text.char_indices().nth(max).map_or(text, |(end, _)| &text[..end])
}

fn source<'b>(batch: &'b Batch, level: Level, name: &str, kind: Type) -> Source<'b> {
    if kind.is_decimal() {
        batch.decimal(level, name).map_or(Source::None, Source::Decimal)
    } else {
        batch.text(level, name).map_or(Source::None, Source::Text)
    }
}
