//! Writes interchanges: releases what must be released, writes UNA where it is needed, counts, and repeats references.

use super::separators::Syntax;
use crate::syntax::segment::is_line_break;

/// Why something cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The value holds a character that the interchange cannot carry.
    #[error("element {element} holds the byte 0x{byte:02X}, which this interchange cannot carry")]
    Character {
        /// Element number, from 1; 0 for the segment tag.
        element: usize,
        /// The byte.
        byte: u8,
    },
    /// Repetitions before syntax 4.
    #[error("element {element} repeats, and this interchange has no repetition separator")]
    Repetition {
        /// Element number, from 1.
        element: usize,
    },
    /// A segment outside a message, a message inside another one, or the like.
    #[error("{0} has no place here")]
    Place(&'static str),
}

/// An element to write; trailing empty components and repetitions are left out.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// One value.
    Simple(&'a str),
    /// The components of a composite.
    Composite(&'a [&'a str]),
    /// Repetitions, each with its components; syntax 4.
    Repeated(&'a [&'a [&'a str]]),
}

/// What UNB says (ISO 9735, segment UNB).
#[derive(Clone, Copy, Debug, Default)]
pub struct Header<'a> {
    /// Identification of the sender and its qualifier.
    pub sender: (&'a str, &'a str),
    /// Identification of the recipient and its qualifier.
    pub receiver: (&'a str, &'a str),
    /// Internal identifications of the sender (0008, and in syntax 4 0042), or empty.
    pub sender_internal: [&'a str; 2],
    /// Internal identifications of the recipient (0014, and in syntax 4 0046), or empty.
    pub receiver_internal: [&'a str; 2],
    /// Date (YYMMDD, syntax 4 CCYYMMDD) and time (HHMM) of preparation.
    pub prepared: (&'a str, &'a str),
    /// Interchange control reference.
    pub control: &'a str,
    /// Application reference, or empty.
    pub application: &'a str,
    /// Whether an acknowledgement is asked for.
    pub acknowledge: bool,
    /// Whether it is a test.
    pub test: bool,
}

fn party<'a>((id, qualifier): (&'a str, &'a str), [internal, sub]: [&'a str; 2]) -> [&'a str; 4] {
    [id, qualifier, internal, sub]
}

/// Type, version, release, agency and association code of a message, as in `ORDERS:D:96A:UN:EAN008`.
#[derive(Clone, Copy, Debug)]
pub struct MessageType<'a>(pub [&'a str; 5]);

/// Writes one interchange after the other into a buffer, in UTF-8; [`super::Level::encoding`] is what its bytes must be
/// encoded in.
#[derive(Clone, Debug)]
pub struct InterchangeWriter {
    out: Vec<u8>,
    syntax: Syntax,
    newline: bool,
    una: bool,
    /// The reference of the open interchange, and its messages.
    interchange: Option<(String, u64)>,
    /// The reference of the open message, and its segments.
    message: Option<(String, u64)>,
}

impl InterchangeWriter {
    /// A writer; with `newline` a line feed follows each terminator.
    #[must_use]
    pub const fn new(syntax: Syntax, newline: bool) -> Self {
        Self { out: Vec::new(), syntax, newline, una: false, interchange: None, message: None }
    }

    /// The same, but with UNA in front of every interchange.
    #[must_use]
    pub const fn with_una(mut self) -> Self {
        self.una = true;
        self
    }

    /// Begins an interchange: UNA if its separators are not the default ones, and UNB.
    ///
    /// # Errors
    /// [`Refused`], and then nothing is written.
    pub fn begin(&mut self, header: &Header<'_>) -> Result<(), Refused> {
        if self.interchange.is_some() {
            return Err(Refused::Place("UNB"));
        }
        let before = self.out.len();
        if self.una || self.syntax.needs_una() {
            self.out.extend_from_slice(b"UNA");
            self.out.extend_from_slice(&self.syntax.una());
            self.line();
        }
        let version = self.syntax.version.to_string();
        let flag = |set| if set { "1" } else { "" };
        let written = self.write(
            "UNB",
            &[
                Value::Composite(&[self.syntax.level.identifier(), &version]),
                Value::Composite(&party(header.sender, header.sender_internal)),
                Value::Composite(&party(header.receiver, header.receiver_internal)),
                Value::Composite(&[header.prepared.0, header.prepared.1]),
                Value::Simple(header.control),
                Value::Simple(""),
                Value::Simple(header.application),
                Value::Simple(""),
                Value::Simple(flag(header.acknowledge)),
                Value::Simple(""),
                Value::Simple(flag(header.test)),
            ],
        );
        if written.is_err() {
            self.out.truncate(before);
        } else {
            self.interchange = Some((header.control.to_owned(), 0));
        }
        written
    }

    /// Begins a message with its UNH.
    ///
    /// # Errors
    /// [`Refused`], and then nothing is written.
    pub fn begin_message(&mut self, reference: &str, message: MessageType<'_>) -> Result<(), Refused> {
        if self.interchange.is_none() || self.message.is_some() {
            return Err(Refused::Place("UNH"));
        }
        self.write("UNH", &[Value::Simple(reference), Value::Composite(&message.0)])?;
        self.message = Some((reference.to_owned(), 1));
        Ok(())
    }

    /// Writes a segment of the open message.
    ///
    /// # Errors
    /// [`Refused`], and then nothing is written.
    pub fn segment(&mut self, id: &str, elements: &[Value<'_>]) -> Result<(), Refused> {
        if self.message.is_none() {
            return Err(Refused::Place("a segment outside a message"));
        }
        self.write(id, elements)?;
        if let Some((_, segments)) = &mut self.message {
            *segments += 1;
        }
        Ok(())
    }

    /// Takes segments of the open message over, which another writer of the same syntax wrote.
    ///
    /// # Errors
    /// When no message is open.
    pub fn segments(&mut self, bytes: &[u8], count: u64) -> Result<(), Refused> {
        let Some((_, segments)) = &mut self.message else {
            return Err(Refused::Place("a segment outside a message"));
        };
        *segments += count;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    /// Ends the open message with a UNT of its count and reference.
    ///
    /// # Errors
    /// When no message is open.
    pub fn end_message(&mut self) -> Result<(), Refused> {
        let (reference, segments) = self.message.take().ok_or(Refused::Place("UNT"))?;
        if let Some((_, messages)) = &mut self.interchange {
            *messages += 1;
        }
        self.write("UNT", &[Value::Simple(&(segments + 1).to_string()), Value::Simple(&reference)])
    }

    /// Ends the interchange with a UNZ of its count and reference.
    ///
    /// # Errors
    /// When a message is open, or no interchange.
    pub fn end(&mut self) -> Result<(), Refused> {
        if self.message.is_some() {
            return Err(Refused::Place("UNZ"));
        }
        let (control, messages) = self.interchange.take().ok_or(Refused::Place("UNZ"))?;
        self.write("UNZ", &[Value::Simple(&messages.to_string()), Value::Simple(&control)])
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

    fn write(&mut self, id: &str, elements: &[Value<'_>]) -> Result<(), Refused> {
        let before = self.out.len();
        let written = self.parts(id, elements);
        match written {
            Ok(end) => {
                self.out.truncate(end);
                self.out.push(self.syntax.segment);
                self.line();
            }
            Err(_) => self.out.truncate(before),
        }
        written.map(drop)
    }

    /// Writes tag and elements, and says where the last part that is not empty ends.
    fn parts(&mut self, id: &str, elements: &[Value<'_>]) -> Result<usize, Refused> {
        self.value(0, id)?;
        let mut end = self.out.len();
        for (index, element) in elements.iter().enumerate() {
            self.out.push(self.syntax.element);
            let begin = self.out.len();
            let kept = self.element(index + 1, element)?;
            self.out.truncate(kept);
            if kept > begin {
                end = kept;
            }
        }
        Ok(end)
    }

    fn element(&mut self, number: usize, element: &Value<'_>) -> Result<usize, Refused> {
        let one;
        let repetitions: &[&[&str]] = match element {
            Value::Simple(value) => return self.composite(number, &[value]),
            Value::Composite(components) => {
                one = [*components];
                &one
            }
            Value::Repeated(repetitions) => repetitions,
        };
        let mut end = self.out.len();
        for (index, components) in repetitions.iter().enumerate() {
            if index > 0 {
                self.out.push(self.syntax.repetition.ok_or(Refused::Repetition { element: number })?);
            }
            let begin = self.out.len();
            let kept = self.composite(number, components)?;
            self.out.truncate(kept);
            if kept > begin {
                end = kept;
            }
        }
        Ok(end)
    }

    fn composite(&mut self, number: usize, components: &[&str]) -> Result<usize, Refused> {
        let mut end = self.out.len();
        for (index, value) in components.iter().enumerate() {
            if index > 0 {
                self.out.push(self.syntax.component);
            }
            self.value(number, value)?;
            if !value.is_empty() {
                end = self.out.len();
            }
        }
        Ok(end)
    }

    fn value(&mut self, element: usize, value: &str) -> Result<(), Refused> {
        let syntax = self.syntax;
        for byte in value.bytes() {
            if syntax.is_special(byte) {
                let release = syntax.release.filter(|_| element > 0).ok_or(Refused::Character { element, byte })?;
                self.out.push(release);
            } else if is_line_break(byte) || !syntax.level.has(byte) {
                return Err(Refused::Character { element, byte });
            }
            self.out.push(byte);
        }
        Ok(())
    }

    fn line(&mut self) {
        if self.newline {
            self.out.push(b'\n');
        }
    }
}

#[cfg(test)]
#[path = "tests/writer.rs"]
mod tests;
