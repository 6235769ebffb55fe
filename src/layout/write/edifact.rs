//! Documents to EDIFACT: one message a document, in one interchange.
//!
//! Batches are written on any thread, so that the references of messages are not known then: before each message stands
//! a mark with the count of its segments, and [`EdifactWriter::numbered`] puts the envelope around it when the batches
//! are in the order of the file. A document whose message would not agree with its definition is rejected before
//! ([`EdifactWriter::refuse`]).
//!
//! Facts: ISO 9735 (UNB to UNZ; the count of UNZ, 0036, has at most six digits).

use std::sync::{Arc, Mutex, PoisonError};

use super::segments::{self, Columns, Element, Filling, MARK, Script, Wrong};
use super::x12::Settings;
use crate::document::{Batch, Class, Code, Findings};
use crate::layout::model::{EdifactFile, EdifactWrite, Layout};
use crate::schema::{Set, Standard, Validator};
use crate::syntax::edifact::{Header, InterchangeWriter, MessageType, Refused, Segments, Start, Syntax, Value};
use crate::syntax::encoding::{Encoding, encode};
use crate::syntax::segment::Dialect;

/// Messages that one interchange may have.
const MESSAGES: u64 = 999_999;

/// Writes EDIFACT messages of a layout.
pub struct EdifactWriter<'l> {
    filling: Filling<'l>,
    write: &'l EdifactWrite,
    syntax: Syntax,
    /// Type, version, release, agency and association code.
    message: [String; 5],
    settings: Settings,
    definition: Option<Arc<Set>>,
    file: Mutex<Written>,
}

/// What was written of a file so far.
struct Written {
    writer: InterchangeWriter,
    /// The messages of all its interchanges.
    messages: u64,
}

impl<'l> EdifactWriter<'l> {
    /// The writer of a layout that says how a message is written; none if it does not, or if the character set lacks a
    /// character of the envelope.
    #[must_use]
    pub fn new(layout: &'l Layout, edifact: &'l EdifactFile, settings: &Settings) -> Option<Self> {
        let (write, id) = (edifact.write.as_ref()?, edifact.messages.first()?.as_str());
        let own = settings.release.is_empty() || settings.release == write.directory;
        let directory = if own { &write.directory } else { &settings.release };
        let (version, release) = directory.split_once('.')?;
        let syntax = settings.syntax.unwrap_or(write.syntax);
        let service = if syntax.version >= 4 { 4 } else { 3 };
        let definition = settings.guides.set(Standard::Edifact(directory, service), id);
        let moment = settings.moment.clone();
        // The association's code is one of the layout's own directory.
        let association = if own { write.association.as_str() } else { "" };
        let writer = Self {
            filling: Filling::new(layout, &write.body, moment, script(syntax)),
            write,
            syntax,
            message: [id, version, release, "UN", association].map(str::to_owned),
            settings: settings.clone(),
            definition,
            file: Mutex::new(Written { writer: new_writer((write, syntax), settings), messages: 0 }),
        };
        let parties = [&settings.sender, &settings.receiver, &settings.internal];
        let known = parties.iter().flat_map(|(a, b)| a.chars().chain(b.chars())).all(|c| syntax.has(c));
        let mut head = new_writer((write, syntax), settings);
        let sound = writer.head(&mut head, 0).and_then(|_| writer.begin_message(&mut head));
        (known && sound.is_ok()).then_some(writer)
    }

    /// Whether numbers are put in later.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.settings.is_draft
    }

    /// How many interchanges so many messages are written in.
    #[must_use]
    pub const fn interchanges(messages: u64) -> u64 {
        messages.div_ceil(MESSAGES)
    }

    /// The layout.
    #[must_use]
    pub fn layout(&self) -> &'l Layout {
        self.filling.layout
    }

    /// The encoding of the bytes.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.syntax.level.encoding()
    }

    /// Begins a file: nothing is written until there is a message.
    pub fn begin(&self) {
        let writer = new_writer((self.write, self.syntax), &self.settings);
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = Written { writer, messages: 0 };
    }

    /// The messages of a batch without their first and last segments, each behind a mark.
    pub fn write(&self, batch: &Batch, out: &mut Vec<u8>) {
        let columns = Columns::new(batch);
        let Ok(mut writer) = self.opened(0) else { return };
        for (row, lines) in self.filling.sets(&columns) {
            if self.begin_message(&mut writer).is_err() {
                return;
            }
            let _ = writer.take();
            let (segments, _) = self.filling.set(&columns, (row, &lines), None, &mut |id, elements| {
                // What could be refused was replaced, or its document rejected.
                let _ = put(&mut writer, id, elements);
            });
            out.push(MARK);
            out.extend_from_slice(segments.to_string().as_bytes());
            out.push(MARK);
            out.append(&mut writer.take());
            let _ = writer.end_message();
            let _ = writer.take();
        }
    }

    /// Documents that cannot be written as a sound message, each with a finding.
    pub fn refuse(&self, batch: &Batch, findings: &mut Findings) -> Vec<(u32, Class)> {
        let columns = Columns::new(batch);
        let syntax = self.syntax;
        let mut validator = self.definition.as_ref().map(|set| Validator::new(set, syntax.options()));
        let mut refused = Vec::new();
        for (row, lines) in self.filling.single_sets(&columns) {
            let (message, mut wrong) = self.message(&columns, (row, &lines));
            let faults = validator.as_mut().map(|validator| faults(validator, &message, syntax)).unwrap_or_default();
            // A value that cannot be written is told as such, not as what it would become.
            if !wrong.iter().any(Wrong::refuses) {
                wrong.extend(faults);
            }
            refused.extend(segments::report(&wrong, batch, row, findings));
        }
        refused
    }

    /// One whole message, and what of it cannot be written as it is.
    fn message(&self, columns: &Columns<'_>, set: (usize, &[usize])) -> (Vec<u8>, Vec<Wrong>) {
        let mut cannot = Vec::new();
        let opened = self.opened(0).and_then(|mut writer| self.begin_message(&mut writer).map(|()| writer));
        let Ok(mut writer) = opened else { return Default::default() };
        let (_, mut wrong) = self.filling.set(columns, set, Some(Code::EdifactTarget), &mut |id, elements| {
            if let Err(refused) = put(&mut writer, id, elements) {
                cannot.push(Wrong::refused(Code::EdifactTarget, id, &refused.to_string()));
            }
        });
        let _ = writer.end_message();
        if !wrong.iter().any(Wrong::refuses) {
            wrong.extend(cannot);
        }
        (writer.take(), wrong)
    }

    /// The bytes of a batch in their envelope, in the order of the file, behind UNB if they are the first.
    pub fn numbered(&self, bytes: &[u8]) -> Vec<u8> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = Vec::with_capacity(bytes.len() + 256);
        // Behind each mark stands a count, a mark and a body.
        let mut parts = bytes.split(|byte| *byte == MARK).skip(1);
        while let (Some(count), Some(body)) = (parts.next(), parts.next()) {
            let segments = std::str::from_utf8(count).ok().and_then(|count| count.parse().ok()).unwrap_or_default();
            // The envelope was tried when the writer was made.
            let _ = self.message_of(&mut file, (segments, body), &mut out);
            out.append(&mut file.writer.take());
        }
        out
    }

    fn message_of(&self, file: &mut Written, (segments, body): (u64, &[u8]), out: &mut Vec<u8>) -> Result<(), Refused> {
        if file.messages.is_multiple_of(MESSAGES) {
            if file.messages > 0 {
                file.writer.end()?;
                out.append(&mut file.writer.take());
            }
            out.append(&mut self.head(&mut file.writer, file.messages / MESSAGES)?);
        }
        let reference = (self.settings.set + file.messages).to_string();
        file.writer.begin_message(&reference, MessageType(self.message.each_ref().map(String::as_str)))?;
        file.writer.segments(body, segments)?;
        file.messages += 1;
        file.writer.end_message()
    }

    /// The end of the interchange.
    pub fn end(&self, out: &mut Vec<u8>) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.messages > 0 {
            let _ = file.writer.end();
            out.append(&mut file.writer.take());
        }
    }

    /// A writer in an interchange of its own, of which the head is passed over.
    fn opened(&self, interchange: u64) -> Result<InterchangeWriter, Refused> {
        let mut writer = new_writer((self.write, self.syntax), &self.settings);
        self.open(&mut writer, interchange)?;
        let _ = writer.take();
        Ok(writer)
    }

    /// Begins an interchange; its head, in the encoding of the rest.
    fn head(&self, writer: &mut InterchangeWriter, interchange: u64) -> Result<Vec<u8>, Refused> {
        self.open(writer, interchange)?;
        let mut head = Vec::new();
        let text = String::from_utf8(writer.take()).unwrap_or_default();
        encode(&text, self.encoding(), &mut head)
            .map_err(|_| Refused::Place("a character that the character set lacks"))?;
        Ok(head)
    }

    fn open(&self, writer: &mut InterchangeWriter, interchange: u64) -> Result<(), Refused> {
        let s = &self.settings;
        let (date, time) = (s.moment.0.as_str(), s.moment.1.as_str());
        let date = if self.syntax.version >= 4 { date } else { date.get(2..).unwrap_or_default() };
        writer.begin(&Header {
            sender: (&s.sender.1, &s.sender.0),
            sender_internal: [&s.internal.0, ""],
            receiver: (&s.receiver.1, &s.receiver.0),
            receiver_internal: [&s.internal.1, ""],
            prepared: (date, time),
            control: &(s.interchange + interchange).to_string(),
            application: "",
            acknowledge: s.acknowledge,
            test: s.usage == "T",
        })
    }

    fn begin_message(&self, writer: &mut InterchangeWriter) -> Result<(), Refused> {
        writer.begin_message("1", MessageType(self.message.each_ref().map(String::as_str)))
    }
}

fn new_writer((write, syntax): (&EdifactWrite, Syntax), settings: &Settings) -> InterchangeWriter {
    let writer = InterchangeWriter::new(syntax, settings.newline);
    if write.una { writer.with_una() } else { writer }
}

fn put(writer: &mut InterchangeWriter, id: &str, elements: &[Element]) -> Result<(), Refused> {
    // Values come from texts, of which whole characters were taken.
    let text = |value: &Vec<u8>| String::from_utf8_lossy(value).into_owned();
    let texts: Vec<Vec<String>> = elements.iter().map(|element| element.iter().map(text).collect()).collect();
    let parts: Vec<Vec<&str>> = texts.iter().map(|element| element.iter().map(String::as_str).collect()).collect();
    let values: Vec<Value<'_>> = parts.iter().map(|element| Value::Composite(element)).collect();
    writer.segment(id, &values)
}

/// What is wrong with a message as it would be read.
fn faults(validator: &mut Validator<'_>, message: &[u8], syntax: Syntax) -> Vec<Wrong> {
    let mut segments = Segments::new(message, syntax, Start::FILE);
    while let Some(segment) = segments.next(&mut Findings::default()) {
        validator.segment(&segment);
    }
    let faults = validator.finish().faults;
    faults.iter().map(|fault| Wrong::told(fault, Code::EdifactTarget, Syntax::place)).collect()
}

/// EDIFACT releases what has a meaning, if it has a release character.
fn script(syntax: Syntax) -> Script {
    let separators = [Some(syntax.element), Some(syntax.segment), Some(syntax.component), syntax.repetition];
    let taken = if syntax.release.is_some() { Vec::new() } else { separators.into_iter().flatten().collect() };
    let foreign = move |text: &str| text.chars().find(|c| !c.is_ascii_control() && !syntax.has(*c));
    Script { taken, replacement: b' ', point: syntax.decimal, place: Syntax::place, foreign: Box::new(foreign) }
}

#[cfg(test)]
#[path = "tests/edifact.rs"]
mod tests;
