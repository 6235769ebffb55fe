//! XML: a strict, bounded event reader over quick-xml, and a writer.
//!
//! quick-xml alone takes most files that are not well-formed, and a cut file for a complete one. This wrapper checks
//! what it leaves out (XML 1.0, fifth edition): one root, nothing open at the end, names, characters, references,
//! attributes; and it refuses every DOCTYPE, because those reach files and networks.

use std::io::{self, BufRead, Write};

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::{BytesStart, Event};

use crate::document::{Code, Finding, Findings, Position};
use crate::limits;
use crate::syntax::encoding::Encoding;

/// What was read; names, attributes and text are asked of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An element begins.
    Start,
    /// Text or CDATA, not only blanks.
    Text,
    /// The element ends.
    End,
    /// The file ends, well-formed.
    Eof,
    /// The file ends with a finding.
    Refused,
}

/// Reads events one by one.
pub struct XmlReader<R: BufRead> {
    reader: Reader<Bounded<R>>,
    buffer: Vec<u8>,
    open: Vec<(usize, usize)>,
    names: String,
    attributes: Vec<(String, String)>,
    text: String,
    at: Position,
    root_seen: bool,
    begun: bool,
    empty: bool,
    ignored: bool,
    wide: bool,
}

impl<R: BufRead> XmlReader<R> {
    /// A reader over UTF-8 text.
    pub fn new(reader: R) -> Self {
        let mut reader = Reader::from_reader(Bounded { inner: reader, since: 0, line: 1, column: 1, byte: 0 });
        let config = reader.config_mut();
        config.check_comments = true;
        config.check_end_names = true;
        Self {
            reader,
            buffer: Vec::new(),
            open: Vec::new(),
            names: String::new(),
            attributes: Vec::new(),
            text: String::new(),
            at: Position::at(0, 1),
            root_seen: false,
            begun: false,
            empty: false,
            ignored: false,
            wide: true,
        }
    }

    /// A reader over the text that was decoded from bytes of this encoding: a declaration that cannot be true is refused.
    pub fn decoded(reader: R, encoding: Encoding) -> Self {
        let wide = matches!(encoding, Encoding::Utf16 | Encoding::Utf16Le | Encoding::Utf16Be | Encoding::Detect);
        Self { wide, ..Self::new(reader) }
    }

    /// The local name of the element that began or is open.
    pub fn name(&self) -> &str {
        let full = self.open.last().and_then(|(from, to)| self.names.get(*from..*to)).unwrap_or_default();
        full.split_once(':').map_or(full, |(_, local)| local)
    }

    /// The prefix of the element that began or is open; empty without one.
    pub fn prefix(&self) -> &str {
        let full = self.open.last().and_then(|(from, to)| self.names.get(*from..*to)).unwrap_or_default();
        full.split_once(':').map_or("", |(prefix, _)| prefix)
    }

    /// The attributes of the element that began: full name and value.
    pub fn attributes(&self) -> &[(String, String)] {
        &self.attributes
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Elements open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Where the last event began.
    pub fn position(&self) -> &Position {
        &self.at
    }

    /// The next event. What ends the file is a finding.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(&mut self, findings: &mut Findings) -> io::Result<Step> {
        if std::mem::take(&mut self.empty) {
            self.close();
            return Ok(Step::End);
        }
        loop {
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.clear();
            self.mark();
            let step = match self.reader.read_event_into(&mut buffer) {
                Ok(event) => self.event(&event, findings),
                Err(error) => Err(self.broken(error)?),
            };
            self.buffer = buffer;
            match step {
                Ok(None) => {}
                Ok(Some(step)) => return Ok(step),
                Err(finding) => {
                    findings.push(finding);
                    return Ok(Step::Refused);
                }
            }
        }
    }

    fn mark(&mut self) {
        let bounded = self.reader.get_mut();
        bounded.since = 0;
        self.at = Position::at(bounded.byte, bounded.line);
        self.at.column = bounded.column;
    }

    fn find(&self, code: Code) -> Finding {
        Finding::new(code, self.at.clone())
    }

    fn ill(&self, found: impl AsRef<[u8]>, expected: &str) -> Finding {
        self.find(Code::XmlNotWellFormed).found(found).expected(expected)
    }

    /// What one event of quick-xml is here; none for what is only checked.
    fn event(&mut self, event: &Event<'_>, findings: &mut Findings) -> Result<Option<Step>, Finding> {
        let first = !std::mem::replace(&mut self.begun, true);
        match event {
            Event::Start(start) => self.start(start, findings).map(Some),
            Event::Empty(start) => {
                self.empty = true;
                self.start(start, findings).map(Some)
            }
            Event::End(_) => {
                self.close();
                Ok(Some(Step::End))
            }
            Event::Text(text) => self.plain_text(text, first),
            Event::CData(text) => {
                if self.open.is_empty() {
                    return Err(self.ill("CDATA", "nothing outside the root element"));
                }
                self.characters(text)?;
                self.text.clear();
                self.text.push_str(text);
                Ok(Some(Step::Text))
            }
            Event::GeneralRef(reference) => self.reference(reference),
            Event::Comment(text) => {
                let bad = text.contains("--") || text.ends_with('-');
                if bad {
                    Err(self.ill("--", "no double hyphen in a comment"))
                } else {
                    self.characters(text).map(|()| None)
                }
            }
            Event::Decl(declaration) => self.declaration(declaration, first),
            Event::PI(instruction) => self.instruction(instruction.target(), findings),
            Event::DocType(_) => Err(self.find(Code::XmlDoctype).found("<!DOCTYPE").expected("no DOCTYPE")),
            Event::Eof => self.end(),
        }
    }

    fn start(&mut self, start: &BytesStart<'_>, findings: &mut Findings) -> Result<Step, Finding> {
        if self.open.is_empty() && std::mem::replace(&mut self.root_seen, true) {
            return Err(self.ill(start.name().as_ref(), "one root element"));
        }
        if self.open.len() >= limits::XML_DEPTH {
            return Err(self.find(Code::XmlDepth).expected(format!("at most {} levels", limits::XML_DEPTH)));
        }
        let name = start.name();
        let name: &str = name.as_ref();
        self.check_name(name)?;
        let from = self.names.len();
        self.names.push_str(name);
        self.open.push((from, self.names.len()));
        self.read_attributes(start.attributes_raw(), findings)?;
        Ok(Step::Start)
    }

    /// Attributes, read here because quick-xml passes over what is not well-formed.
    fn read_attributes(&mut self, raw: &str, findings: &mut Findings) -> Result<(), Finding> {
        let mut used = 0;
        let mut rest = raw;
        loop {
            let blanks = rest.len() - rest.trim_ascii_start().len();
            rest = rest.trim_ascii_start();
            if rest.is_empty() {
                break;
            }
            let (name, value, after) = self.attribute(rest, blanks)?;
            rest = after;
            if used >= limits::XML_ATTRIBUTES {
                return Err(self.too_many(used));
            }
            if self.attributes[..used].iter().any(|(known, _)| known == name) {
                return Err(self.ill(name, "each attribute once"));
            }
            self.check_name(name)?;
            if used == self.attributes.len() {
                self.attributes.push(Default::default());
            }
            let mut slot = std::mem::take(&mut self.attributes[used]);
            slot.0.clear();
            slot.0.push_str(name);
            slot.1.clear();
            self.unescape(value, &mut slot.1)?;
            let outside = outside(&slot.0, self.name());
            self.attributes[used] = slot;
            if let Some(what) = outside {
                self.note_ignored(findings, what);
            }
            used += 1;
        }
        self.attributes.truncate(used);
        Ok(())
    }

    /// More attributes than the limit; told as namespaces when most of them declare one.
    fn too_many(&self, used: usize) -> Finding {
        let declared = self.attributes[..used].iter().filter(|(name, _)| name.starts_with("xmlns")).count();
        let code = if declared * 2 > used { Code::XmlNamespaces } else { Code::XmlAttributes };
        self.find(code).expected(format!("at most {}", limits::XML_ATTRIBUTES))
    }

    fn attribute<'t>(&self, text: &'t str, blanks: usize) -> Result<(&'t str, &'t str, &'t str), Finding> {
        let wrong = || self.ill(text.get(..text.len().min(40)).unwrap_or_default(), "attributes as name=\"value\"");
        if blanks == 0 {
            return Err(wrong());
        }
        let (name, rest) = text.split_once('=').ok_or_else(wrong)?;
        let rest = rest.trim_ascii_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or_else(wrong)?;
        let (value, rest) = rest[1..].split_once(quote).ok_or_else(wrong)?;
        if value.contains('<') {
            Err(self.ill("<", "&lt; in an attribute"))
        } else {
            Ok((name.trim_ascii_end(), value, rest))
        }
    }

    fn plain_text(&mut self, text: &str, first: bool) -> Result<Option<Step>, Finding> {
        let text = if first { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
        if text.contains("]]>") {
            return Err(self.ill("]]>", "]]&gt; in text"));
        }
        self.characters(text)?;
        let blank = text.trim_ascii().is_empty();
        if self.open.is_empty() {
            return if blank { Ok(None) } else { Err(self.ill(text.trim(), "nothing outside the root element")) };
        }
        self.text.clear();
        self.text.push_str(text);
        Ok(if blank { None } else { Some(Step::Text) })
    }

    fn reference(&mut self, reference: &quick_xml::events::BytesRef<'_>) -> Result<Option<Step>, Finding> {
        if self.open.is_empty() {
            return Err(self.ill("&", "nothing outside the root element"));
        }
        let mut out = String::new();
        let name: &str = reference;
        self.resolve(name, &mut out)?;
        self.text = out;
        Ok(Some(Step::Text))
    }

    /// Replaces references in an attribute's value.
    fn unescape(&self, value: &str, out: &mut String) -> Result<(), Finding> {
        let mut rest = value;
        while let Some((before, after)) = rest.split_once('&') {
            self.characters(before)?;
            out.push_str(before);
            let (name, tail) = after.split_once(';').ok_or_else(|| self.ill("&", "a reference that ends in ;"))?;
            self.resolve(name, out)?;
            rest = tail;
        }
        self.characters(rest)?;
        out.push_str(rest);
        Ok(())
    }

    fn resolve(&self, name: &str, out: &mut String) -> Result<(), Finding> {
        let number = match name.strip_prefix("#x") {
            Some(hex) => Some(u32::from_str_radix(hex, 16)),
            None => name.strip_prefix('#').map(str::parse),
        };
        let c =
            match (name, number) {
                ("lt", _) => '<',
                ("gt", _) => '>',
                ("amp", _) => '&',
                ("apos", _) => '\'',
                ("quot", _) => '"',
                (_, Some(number)) => number.ok().and_then(char::from_u32).filter(|c| is_char(*c)).ok_or_else(|| {
                    self.find(Code::XmlChar).found(format!("&{name};")).expected("a character of XML")
                })?,
                _ => {
                    return Err(self
                        .find(Code::XmlEntity)
                        .found(format!("&{name};"))
                        .expected("lt, gt, amp, apos or quot"));
                }
            };
        out.push(c);
        Ok(())
    }

    fn characters(&self, text: &str) -> Result<(), Finding> {
        // Nearly all text is made of bytes that need no second look; this test has no branch for each of them.
        let odd = |byte: u8| byte >= 0xEF || (byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r'));
        if !text.bytes().fold(false, |found, byte| found | odd(byte)) {
            return Ok(());
        }
        match text.chars().find(|c| !is_char(*c)) {
            Some(c) => {
                Err(self.find(Code::XmlChar).found(format!("U+{:04X}", c as u32)).expected("a character of XML"))
            }
            None => Ok(()),
        }
    }

    fn check_name(&self, name: &str) -> Result<(), Finding> {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let begins = name.as_bytes().first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
        if begins && name.as_bytes().iter().all(plain) {
            return Ok(());
        }
        let start = |c: char| c.is_alphabetic() || c == '_';
        let rest = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\u{b7}');
        let part = |part: &str| part.chars().next().is_some_and(start) && part.chars().all(rest);
        let sound = match name.split_once(':') {
            Some((prefix, local)) => part(prefix) && part(local),
            None => part(name),
        };
        if sound { Ok(()) } else { Err(self.ill(name, "a name of XML")) }
    }

    fn declaration(
        &self,
        declaration: &quick_xml::events::BytesDecl<'_>,
        first: bool,
    ) -> Result<Option<Step>, Finding> {
        if !first || self.at.byte > 3 {
            return Err(self.ill("<?xml", "the XML declaration only at the start"));
        }
        match declaration.version() {
            Ok(version) if version == "1.0" => {}
            Ok(version) => return Err(self.find(Code::XmlVersion).found(version.as_bytes()).expected("1.0")),
            Err(_) => return Err(self.ill("<?xml", "version=\"1.0\" first in the declaration")),
        }
        match declaration.encoding() {
            Some(Err(_)) => Err(self.ill("encoding", "encoding=\"name\"")),
            // The bytes were read one by one, so that they cannot be pairs or fours.
            Some(Ok(name)) if !self.wide && is_wide(name.as_ref()) => {
                let finding = self.find(Code::EncodingMismatch).found(name.as_bytes());
                Err(finding.expected("the encoding that the bytes have"))
            }
            _ => Ok(None),
        }
    }

    fn instruction(&mut self, target: &str, findings: &mut Findings) -> Result<Option<Step>, Finding> {
        if target.eq_ignore_ascii_case("xml") {
            return Err(self.ill("<?xml", "the XML declaration only at the start"));
        }
        self.check_name(target)?;
        if target == "xml-stylesheet" {
            self.note_ignored(findings, target);
        }
        Ok(None)
    }

    fn note_ignored(&mut self, findings: &mut Findings, what: &str) {
        if !std::mem::replace(&mut self.ignored, true) {
            findings.push(self.find(Code::XmlReferenceIgnored).found(what));
        }
    }

    fn close(&mut self) {
        if let Some((from, _)) = self.open.pop() {
            self.names.truncate(from);
        }
    }

    fn end(&self) -> Result<Option<Step>, Finding> {
        if !self.open.is_empty() {
            return Err(self.truncated());
        }
        if !self.root_seen {
            return Err(self.ill("", "a root element"));
        }
        Ok(Some(Step::Eof))
    }

    fn truncated(&self) -> Finding {
        let path: Vec<&str> = self.open.iter().filter_map(|(from, to)| self.names.get(*from..*to)).collect();
        let found = format!("the end inside /{} ({} open)", path.join("/"), path.len());
        self.find(Code::XmlTruncated).found(found).expected("the end tags")
    }

    /// What an error of quick-xml is here; the outer error is one of the machine.
    fn broken(&self, error: Error) -> io::Result<Finding> {
        Ok(match error {
            Error::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<TooLong>()) => {
                self.find(Code::FieldTooLong).expected(format!("at most {} bytes", limits::FIELD_BYTES))
            }
            Error::Io(error) => {
                return Err(
                    std::sync::Arc::try_unwrap(error).unwrap_or_else(|e| io::Error::new(e.kind(), e.to_string()))
                );
            }
            Error::Syntax(_) => self.truncated(),
            Error::IllFormed(IllFormedError::MissingEndTag(_)) => self.truncated(),
            Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
                self.ill(format!("</{found}>"), &format!("</{expected}>"))
            }
            other => self.ill(other.to_string(), "well-formed XML"),
        })
    }
}

/// What an attribute refers to outside the file, if it does: a schema, or a part to be included. Nothing is fetched.
fn outside(attribute: &str, element: &str) -> Option<&'static str> {
    if attribute.ends_with(":schemaLocation") || attribute.ends_with(":noNamespaceSchemaLocation") {
        Some("schemaLocation")
    } else {
        (attribute == "href" && element == "include").then_some("XInclude")
    }
}

/// Whether a declared encoding has more than one byte for every character.
fn is_wide(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["utf-16", "utf-32", "ucs-2", "ucs-4", "iso-10646-ucs"].iter().any(|wide| name.starts_with(wide))
}

/// XML 1.0, production 2.
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

#[derive(Debug)]
struct TooLong;

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("one event is longer than the limit")
    }
}

impl std::error::Error for TooLong {}

/// Bounds the bytes of one event and counts lines.
struct Bounded<R> {
    inner: R,
    since: usize,
    line: u64,
    column: u64,
    byte: u64,
}

impl<R: BufRead> io::Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let read = available.len().min(out.len());
        out[..read].copy_from_slice(&available[..read]);
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.since >= limits::FIELD_BYTES {
            return Err(io::Error::other(TooLong));
        }
        // One look never shows more than one event may have, so that a long event is noticed while it is read.
        let available = self.inner.fill_buf()?;
        Ok(&available[..available.len().min(limits::FIELD_BYTES)])
    }

    fn consume(&mut self, amount: usize) {
        if let Ok(available) = self.inner.fill_buf() {
            let taken = &available[..amount.min(available.len())];
            match memchr::memrchr(b'\n', taken) {
                None => self.column += taken.len() as u64,
                Some(last) => {
                    self.line += memchr::memchr_iter(b'\n', &taken[..=last]).count() as u64;
                    self.column = (taken.len() - last) as u64;
                }
            }
        }
        self.since += amount;
        self.byte += amount as u64;
        self.inner.consume(amount);
    }
}

/// Writes XML, indented by two blanks.
#[derive(Debug, Default)]
pub struct XmlWriter {
    out: Vec<u8>,
    open: Vec<String>,
    tag_open: bool,
    text: bool,
}

impl XmlWriter {
    /// A writer inside elements that are open already.
    #[must_use]
    pub fn inside(open: &[String]) -> Self {
        Self { open: open.to_vec(), ..Self::default() }
    }

    /// The XML declaration, with the encoding that the text is going to have.
    pub fn declaration(&mut self, encoding: &str) {
        let _ = writeln!(self.out, "<?xml version=\"1.0\" encoding=\"{encoding}\"?>");
    }

    /// Begins an element.
    pub fn start(&mut self, name: &str) {
        self.close_tag(true);
        self.indent();
        // Writing to memory cannot fail.
        let _ = write!(self.out, "<{name}");
        self.open.push(name.to_owned());
        (self.tag_open, self.text) = (true, false);
    }

    /// Adds an attribute to the element begun last.
    pub fn attribute(&mut self, name: &str, value: &str) {
        let _ = write!(self.out, " {name}=\"");
        escape(value, true, &mut self.out);
        self.out.push(b'"');
    }

    /// Adds text.
    pub fn text(&mut self, text: &str) {
        self.close_tag(false);
        escape(text, false, &mut self.out);
        self.text = true;
    }

    /// Ends the element begun last.
    pub fn end(&mut self) {
        let Some(name) = self.open.pop() else { return };
        if std::mem::take(&mut self.tag_open) {
            self.out.extend_from_slice(b"/>\n");
        } else {
            if !self.text {
                self.indent();
            }
            let _ = writeln!(self.out, "</{name}>");
        }
        self.text = false;
    }

    /// Everything written.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.close_tag(true);
        self.out
    }

    fn close_tag(&mut self, newline: bool) {
        if std::mem::take(&mut self.tag_open) {
            self.out.push(b'>');
            if newline {
                self.out.push(b'\n');
            }
        }
    }

    fn indent(&mut self) {
        self.out.resize(self.out.len() + self.open.len() * 2, b' ');
    }
}

/// Characters that XML does not allow are left out: they cannot be represented in any way.
fn escape(text: &str, attribute: bool, out: &mut Vec<u8>) {
    for c in text.chars() {
        match c {
            '&' => out.extend_from_slice(b"&amp;"),
            '<' => out.extend_from_slice(b"&lt;"),
            '>' => out.extend_from_slice(b"&gt;"),
            '"' if attribute => out.extend_from_slice(b"&quot;"),
            '\r' => out.extend_from_slice(b"&#13;"),
            '\n' if attribute => out.extend_from_slice(b"&#10;"),
            '\t' if attribute => out.extend_from_slice(b"&#9;"),
            c if is_char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &[u8]) -> (String, Option<Code>) {
        let (mut reader, mut findings, mut out) = (XmlReader::new(text), Findings::default(), String::new());
        loop {
            match reader.next(&mut findings).unwrap() {
                Step::Start => {
                    out.push_str(&format!("<{}", reader.name()));
                    reader.attributes().iter().for_each(|(name, value)| out.push_str(&format!(" {name}={value}")));
                    out.push('>');
                }
                Step::Text => out.push_str(reader.text()),
                Step::End => out.push_str("</>"),
                Step::Eof => return (out, None),
                Step::Refused => return (out, findings.kept().last().map(|f| f.code)),
            }
        }
    }

    macro_rules! refuses {
        ($($name:ident $text:expr => $code:ident)*) => {
            $(#[test] fn $name() { assert_eq!(read($text.as_ref()).1, Some(Code::$code)); })*
        };
    }

    refuses! {
        x01_external_entity "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>" => XmlDoctype
        x03_laughs "<!DOCTYPE l [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>" => XmlDoctype
        x05_doctype_without_subset "<!DOCTYPE a><a/>" => XmlDoctype
        x06_undefined_entity "<a>&foo;</a>" => XmlEntity
        x06_undefined_entity_in_attribute "<a b=\"&foo;\"/>" => XmlEntity
        x07_cut_in_an_element "<Order><Lines>" => XmlTruncated
        x07_cut_in_a_tag "<Order><Lin" => XmlTruncated
        x07_cut_in_text "<Order>abc" => XmlTruncated
        x08_mismatched_end "<a><b></a></b>" => XmlNotWellFormed
        x08_end_without_start "</a>" => XmlNotWellFormed
        x09_two_roots "<a/><b/>" => XmlNotWellFormed
        x09_text_behind "<a/>x" => XmlNotWellFormed
        x09_text_before "x<a/>" => XmlNotWellFormed
        x09_no_root " " => XmlNotWellFormed
        x10_attribute_twice "<a b=\"1\" b=\"2\"/>" => XmlNotWellFormed
        x11_less_in_attribute "<a b=\"<\"/>" => XmlNotWellFormed
        x11_cdata_end_in_text "<a>]]></a>" => XmlNotWellFormed
        x11_hyphens_in_comment "<a><!-- a -- b --></a>" => XmlNotWellFormed
        x12_control_character "<a>\u{1}</a>" => XmlChar
        x12_reference_to_zero "<a>&#0;</a>" => XmlChar
        x12_reference_to_surrogate "<a>&#xD800;</a>" => XmlChar
        x12_reference_too_large "<a>&#x110000;</a>" => XmlChar
        x13_name_with_digit "<1a/>" => XmlNotWellFormed
        x13_two_colons "<a:b:c/>" => XmlNotWellFormed
        x14_depth "<a>".repeat(1_000_000) => XmlDepth
        x15_attributes format!("<a {}/>", (0..80_000).map(|n| format!("a{n}=\"\" ")).collect::<String>()) => FieldTooLong
        x15_fewer_attributes format!("<a {}/>", (0..300).map(|n| format!("a{n}=\"\" ")).collect::<String>()) => XmlAttributes
        x16_namespaces format!("<a {}/>", (0..300).map(|n| format!("xmlns:a{n}='' ")).collect::<String>()) => XmlNamespaces
        x17_long_text format!("<a>{}</a>", "x".repeat(1 << 20)) => FieldTooLong
        x17_long_comment format!("<a><!--{}--></a>", "x".repeat(1 << 20)) => FieldTooLong
        x20_version "<?xml version=\"1.1\"?><a/>" => XmlVersion
        no_blank_between_attributes "<a b=\"1\"c=\"2\"/>" => XmlNotWellFormed
        attribute_without_quotes "<a b=1/>" => XmlNotWellFormed
        attribute_without_value "<a b/>" => XmlNotWellFormed
        declaration_later " <?xml version=\"1.0\"?><a/>" => XmlNotWellFormed
        instruction_named_xml "<a><?XML x?></a>" => XmlNotWellFormed
        bare_ampersand "<a>a & b</a>" => XmlNotWellFormed
    }

    #[test]
    fn sound_files_are_read() {
        for (text, expected) in [
            ("<a/>", "<a></>"),
            ("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>x</a>\n", "<a>x</>"),
            ("<n:a xmlns:n='u'><n:b c=\"1 &lt; 2\">x &amp; y</n:b></n:a>", "<a xmlns:n=u><b c=1 < 2>x & y</></>"),
            ("<a><![CDATA[<b>&]]></a>", "<a><b>&</>"),
            ("<a><!-- x --><?pi y?>&#228;</a>", "<a>ä</>"),
        ] {
            assert_eq!(read(text.as_bytes()), (expected.to_owned(), None), "{text}");
        }
    }

    #[test]
    fn x07_the_open_path_is_told() {
        let (mut reader, mut findings) = (XmlReader::new(&b"<Order>\n <Lines>\n"[..]), Findings::default());
        while !matches!(reader.next(&mut findings).unwrap(), Step::Refused | Step::Eof) {}
        let finding = &findings.kept()[0];
        assert_eq!(finding.found, "the end inside /Order/Lines (2 open)");
        assert_eq!(finding.at.line, 3);
    }

    proptest! {
        #[test]
        fn written_text_and_attributes_read_back(text in "[ -~äöü\u{4e2d}\n]{1,40}", value in "\\PC{0,40}") {
            let mut writer = XmlWriter::default();
            writer.declaration("UTF-8");
            writer.start("a");
            writer.attribute("b", &value);
            writer.text(&text);
            writer.end();
            let written = writer.finish();
            let (mut reader, mut findings, mut read) = (XmlReader::new(written.as_slice()), Findings::default(), String::new());
            loop {
                match reader.next(&mut findings).unwrap() {
                    Step::Start => prop_assert_eq!(&reader.attributes()[0].1, &value),
                    Step::Text => read.push_str(reader.text()),
                    Step::End => {}
                    Step::Eof => break,
                    Step::Refused => prop_assert!(false, "{:?}", findings.kept()),
                }
            }
            // Blanks alone are no text; between references they may be parted from it.
            prop_assert_eq!(read.replace([' ', '\n'], ""), text.replace([' ', '\n'], ""));
        }

        #[test]
        fn arbitrary_bytes_never_panic(text in "[<>/a-c=\"'&;#!?\\[\\] -]{0,60}") {
            let _ = read(text.as_bytes());
        }
    }
}
