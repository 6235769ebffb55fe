//! Writes segments.

use super::delimiters::{Delimiters, ISA_WIDTHS};
use crate::syntax::segment::is_line_break;

/// Why a value cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The value holds a delimiter, or a line break, which readers drop.
    #[error("element {element} holds the byte 0x{byte:02X}, which is a delimiter or a line break")]
    Delimiter {
        /// Element number, from 1; 0 for the segment ID.
        element: usize,
        /// The byte.
        byte: u8,
    },
    /// An ISA value does not fit its fixed width.
    #[error("ISA{element:02} is longer than {width} characters")]
    IsaWidth {
        /// Element number, from 1.
        element: usize,
        /// Characters it may have.
        width: usize,
    },
}

/// The values of an ISA that are not fixed or delimiters; they are padded with blanks.
#[derive(Clone, Copy, Debug)]
pub struct InterchangeHeader<'a> {
    /// ISA05 and ISA06.
    pub sender: (&'a str, &'a str),
    /// ISA07 and ISA08.
    pub receiver: (&'a str, &'a str),
    /// ISA09 as YYMMDD and ISA10 as HHMM.
    pub date_time: (&'a str, &'a str),
    /// ISA12, such as `00401`.
    pub version: &'a str,
    /// ISA13 as nine digits.
    pub control: &'a str,
    /// ISA14: `1` asks for a TA1, `0` does not.
    pub acknowledge: &'a str,
    /// ISA15: `P` or `T`.
    pub usage: &'a str,
}

/// An element to write.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// One value.
    Simple(&'a [u8]),
    /// The components of a composite; trailing empty ones are left out.
    Composite(&'a [&'a [u8]]),
}

impl<'a> Value<'a> {
    fn components(&self) -> &[&'a [u8]] {
        let all = match self {
            Self::Simple(value) => std::slice::from_ref(value),
            Self::Composite(components) => components,
        };
        let kept = all.iter().rposition(|value| !value.is_empty()).map_or(0, |last| last + 1);
        all.get(..kept).unwrap_or_default()
    }
}

/// Appends segments to a buffer; trailing empty elements are left out.
#[derive(Clone, Debug)]
pub struct SegmentWriter {
    out: Vec<u8>,
    delimiters: Delimiters,
    newline: bool,
}

impl SegmentWriter {
    /// A writer; with `newline` a line feed follows each terminator.
    #[must_use]
    pub const fn new(delimiters: Delimiters, newline: bool) -> Self {
        Self { out: Vec::new(), delimiters, newline }
    }

    /// Writes the ISA segment.
    ///
    /// # Errors
    /// [`Refused`], and then nothing is written.
    pub fn isa(&mut self, header: &InterchangeHeader<'_>) -> Result<(), Refused> {
        let repetition = [self.delimiters.repetition.unwrap_or(b'U')];
        let component = [self.delimiters.component];
        let text = |value: &'static str| value.as_bytes();
        let values = [
            text("00"),
            text(""),
            text("00"),
            text(""),
            header.sender.0.as_bytes(),
            header.sender.1.as_bytes(),
            header.receiver.0.as_bytes(),
            header.receiver.1.as_bytes(),
            header.date_time.0.as_bytes(),
            header.date_time.1.as_bytes(),
            &repetition,
            header.version.as_bytes(),
            header.control.as_bytes(),
            header.acknowledge.as_bytes(),
            header.usage.as_bytes(),
            &component,
        ];
        for (index, (value, width)) in values.iter().zip(ISA_WIDTHS).enumerate() {
            if value.len() > width {
                return Err(Refused::IsaWidth { element: index + 1, width });
            }
            if index != 10 && index != 15 {
                self.check(index + 1, value)?;
            }
        }
        self.out.extend_from_slice(b"ISA");
        for (value, width) in values.iter().zip(ISA_WIDTHS) {
            self.out.push(self.delimiters.element);
            self.out.extend_from_slice(value);
            self.out.extend(std::iter::repeat_n(b' ', width - value.len()));
        }
        self.end();
        Ok(())
    }

    /// Writes a segment of simple elements.
    ///
    /// # Errors
    /// [`Refused::Delimiter`], and then nothing is written.
    pub fn segment(&mut self, id: &str, elements: &[&[u8]]) -> Result<(), Refused> {
        self.write(id, elements.iter().map(|element| Value::Simple(element)))
    }

    /// Writes a segment with composite elements.
    ///
    /// # Errors
    /// [`Refused::Delimiter`], and then nothing is written.
    pub fn composite_segment(&mut self, id: &str, elements: &[Value<'_>]) -> Result<(), Refused> {
        self.write(id, elements.iter().copied())
    }

    fn write<'v>(&mut self, id: &str, elements: impl Iterator<Item = Value<'v>> + Clone) -> Result<(), Refused> {
        self.check(0, id.as_bytes())?;
        let mut kept = 0;
        for (index, element) in elements.clone().enumerate() {
            for component in element.components() {
                self.check(index + 1, component)?;
                kept = index + 1;
            }
        }
        self.out.extend_from_slice(id.as_bytes());
        for element in elements.take(kept) {
            self.out.push(self.delimiters.element);
            for (index, component) in element.components().iter().enumerate() {
                if index > 0 {
                    self.out.push(self.delimiters.component);
                }
                self.out.extend_from_slice(component);
            }
        }
        self.end();
        Ok(())
    }

    /// What was written so far.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.out
    }

    /// Hands over what was written; the writer goes on empty.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    fn end(&mut self) {
        self.out.extend_from_slice(self.delimiters.lead());
        self.out.push(self.delimiters.segment);
        if self.newline {
            self.out.push(b'\n');
        }
    }

    fn check(&self, element: usize, value: &[u8]) -> Result<(), Refused> {
        let d = &self.delimiters;
        let bad = |byte: &&u8| {
            let byte = **byte;
            byte == d.element
                || byte == d.segment
                || byte == d.component
                || Some(byte) == d.repetition
                || is_line_break(byte)
        };
        value.iter().find(bad).map_or(Ok(()), |byte| Err(Refused::Delimiter { element, byte: *byte }))
    }
}
