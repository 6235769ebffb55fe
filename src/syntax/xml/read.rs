//! The reader.

mod prolog;

use std::borrow::Cow;

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::BytesRef;
use quick_xml::events::attributes::{AttrError, Attribute, Attributes};

use super::borders::Border;
use super::scan::{self, Markup};
use super::{is_blank, is_char};
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
    /// The text ends where it may.
    Eof,
    /// The text ends with a finding.
    Refused,
}

/// A piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text<'t> {
    /// A stretch of the file.
    Plain(&'t str),
    /// What a reference stands for.
    Character(char),
}

/// What stands behind the text that a reader was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing: it is the end of the file.
    File,
    /// The rest of the file, at a border where this number of elements is open.
    Border(usize),
    /// More than may be read at once: what begins in this text does not end in it.
    Nowhere,
}

/// The name of an open element.
#[derive(Clone, Copy, Debug)]
struct Name<'t> {
    full: &'t str,
    local: &'t str,
}

/// What ends an event early.
type Refusal = Box<Finding>;

/// Reads events one by one from text in memory.
#[derive(Debug)]
pub struct XmlReader<'t> {
    text: &'t str,
    /// Where the next event begins, and where the last one began.
    at: usize,
    event: usize,
    /// Where the text stands in the file.
    byte: u64,
    line: u64,
    column: u64,
    end: End,
    open: Vec<Name<'t>>,
    attributes: Vec<(&'t str, Cow<'t, str>)>,
    value: Text<'t>,
    root_seen: bool,
    begun: bool,
    empty: bool,
    ignored: bool,
    wide: bool,
    /// Whether one DOCTYPE may come that declares nothing.
    doctype: bool,
}

impl<'t> XmlReader<'t> {
    /// A reader of a whole file.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            at: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
            event: 0,
            byte: 0,
            line: 1,
            column: 1,
            end: End::File,
            open: Vec::new(),
            attributes: Vec::new(),
            value: Text::Plain(""),
            root_seen: false,
            begun: false,
            empty: false,
            ignored: false,
            wide: true,
            doctype: false,
        }
    }

    /// A reader of the text between two borders of a file, decoded from bytes of this encoding: a declaration that cannot be
    /// true is refused.
    #[must_use]
    pub fn part(text: &'t str, encoding: Encoding, border: &'t Border, end: End) -> Self {
        let wide = matches!(encoding, Encoding::Utf16 | Encoding::Utf16Le | Encoding::Utf16Be | Encoding::Detect);
        let begun = border.byte > 0;
        Self {
            at: if begun { 0 } else { Self::new(text).at },
            byte: border.byte,
            line: border.line,
            column: border.column,
            end,
            open: border.open.iter().map(|name| named(name)).collect(),
            root_seen: border.root_seen,
            begun,
            wide,
            ..Self::new(text)
        }
    }

    /// Lets the file have a DOCTYPE that declares nothing. It is noted; what it points to is never fetched.
    #[must_use]
    pub fn with_bare_doctype(self, allowed: bool) -> Self {
        Self { doctype: allowed, ..self }
    }

    /// The local name of the element that began or is open.
    #[must_use]
    pub fn name(&self) -> &'t str {
        self.open.last().map_or("", |name| name.local)
    }

    /// The prefix of the element that began or is open; empty without one.
    #[must_use]
    pub fn prefix(&self) -> &'t str {
        self.open.last().and_then(|name| name.full.split_once(':')).map_or("", |(prefix, _)| prefix)
    }

    /// The attributes of the element that began: full name and value.
    #[must_use]
    pub fn attributes(&self) -> &[(&'t str, Cow<'t, str>)] {
        &self.attributes
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> Text<'t> {
        self.value
    }

    /// Elements open.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether the open elements have these local names, from the root on.
    #[must_use]
    pub fn is_at(&self, path: &[&str]) -> bool {
        self.open.len() == path.len() && self.open.iter().rev().zip(path.iter().rev()).all(|(a, b)| a.local == *b)
    }

    /// Where the last event began, counted from the beginning of the text.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.event
    }

    /// Where the last event began in the file.
    #[must_use]
    pub fn position(&self) -> Position {
        let before = self.text.as_bytes().get(..self.event).unwrap_or_default();
        let line = self.line + memchr::memchr_iter(b'\n', before).count() as u64;
        let column = memchr::memrchr(b'\n', before)
            .map_or(self.column + self.event as u64, |newline| (self.event - newline) as u64);
        Position { column, ..Position::at(self.byte + self.event as u64, line) }
    }

    /// The next event. What ends the file is a finding.
    pub fn next(&mut self, findings: &mut Findings) -> Step {
        if std::mem::take(&mut self.empty) {
            self.open.pop();
            return Step::End;
        }
        loop {
            self.event = self.at;
            let step = match self.text.as_bytes().get(self.at) {
                Some(b'<') => self.markup(findings),
                Some(b'&') => self.reference(),
                Some(_) => self.plain_text(),
                None => self.end().map(Some),
            };
            self.begun = true;
            match step {
                Ok(None) => {}
                Ok(Some(step)) => return step,
                Err(finding) => {
                    findings.push(*finding);
                    return Step::Refused;
                }
            }
        }
    }

    fn find(&self, code: Code) -> Finding {
        Finding::new(code, self.position())
    }

    fn ill(&self, found: impl AsRef<[u8]>, expected: &str) -> Refusal {
        Box::new(self.find(Code::XmlNotWellFormed).found(found).expected(expected))
    }

    /// A stretch of the text; its ends are those of characters, because they were found beside ASCII.
    fn slice(&self, from: usize, to: usize) -> &'t str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// The bytes from the event on, as many as one event may have.
    fn window(&self) -> &'t [u8] {
        let rest = self.text.as_bytes().get(self.event..).unwrap_or_default();
        &rest[..rest.len().min(limits::FIELD_BYTES)]
    }

    /// An event that does not end in its window.
    fn endless(&self) -> Refusal {
        if self.window().len() < limits::FIELD_BYTES {
            return self.truncated();
        }
        Box::new(self.find(Code::FieldTooLong).expected(format!("at most {} bytes", limits::FIELD_BYTES)))
    }

    fn truncated(&self) -> Refusal {
        let path: Vec<&str> = self.open.iter().map(|name| name.full).collect();
        let found = format!("the end inside /{} ({} open)", path.join("/"), path.len());
        Box::new(self.find(Code::XmlTruncated).found(found).expected("the end tags"))
    }

    fn end(&self) -> Result<Step, Refusal> {
        match self.end {
            End::Nowhere => {
                let expected = format!("at most {} bytes in one document", limits::DOCUMENT_BYTES);
                Err(Box::new(self.find(Code::DocumentTooLarge).expected(expected)))
            }
            End::Border(open) if open == self.open.len() => Ok(Step::Eof),
            End::File if !self.open.is_empty() => Err(self.truncated()),
            End::File if self.root_seen => Ok(Step::Eof),
            End::File => Err(self.ill("", "a root element")),
            End::Border(_) => Err(self.truncated()),
        }
    }

    fn markup(&mut self, findings: &mut Findings) -> Result<Option<Step>, Refusal> {
        if self.quick_end() {
            return Ok(Some(Step::End));
        }
        if self.quick_start() {
            return Ok(Some(Step::Start));
        }
        let window = self.window();
        let kind = scan::markup(window).ok_or_else(|| self.endless())?;
        if kind == Markup::Unknown {
            return Err(self.truncated());
        }
        let length = scan::length(window, kind).ok_or_else(|| self.endless())?;
        self.at = self.event + length;
        let inner = |before: usize, after: usize| self.slice(self.event + before, self.at.saturating_sub(after));
        match kind {
            Markup::Start => self.start(inner(1, 1), findings).map(Some),
            Markup::End => self.end_tag(inner(2, 1)).map(Some),
            Markup::Comment => self.comment(inner(4, 3)),
            Markup::Data => self.data(inner(9, 3)).map(Some),
            Markup::Instruction if length < 4 => Err(self.truncated()),
            Markup::Instruction => self.instruction(inner(2, 2), findings),
            Markup::Doctype => self.doctype(findings),
            Markup::Unknown => Err(self.truncated()),
        }
    }

    /// Reads an end tag that is written as its start tag; all others are left to a closer look.
    fn quick_end(&mut self) -> bool {
        let Some(name) = self.open.last() else { return false };
        let bytes = self.text.as_bytes();
        let (from, end) = (self.event + 2, self.event + 2 + name.full.len());
        let fits = bytes.get(self.event + 1) == Some(&b'/')
            && bytes.get(end) == Some(&b'>')
            && bytes.get(from..end) == Some(name.full.as_bytes())
            && end - self.event < limits::FIELD_BYTES;
        if fits {
            self.at = end + 1;
            self.open.pop();
        }
        fits
    }

    /// Reads a start tag in which nothing needs a closer look: nearly all are so.
    fn quick_start(&mut self) -> bool {
        if self.open.is_empty() || self.open.len() >= limits::XML_DEPTH {
            return false;
        }
        let bytes = self.text.as_bytes();
        let Some((end, local)) = scan::name(bytes, self.event + 1) else { return false };
        self.attributes.clear();
        let mut at = end;
        while bytes.get(at) == Some(&b' ') {
            let Some(next) = self.quick_attribute(at + 1) else { return false };
            at = next;
        }
        let empty = bytes.get(at) == Some(&b'/');
        at += usize::from(empty);
        if bytes.get(at) != Some(&b'>') || at - self.event >= limits::FIELD_BYTES {
            return false;
        }
        self.at = at + 1;
        self.empty = empty;
        self.open.push(Name { full: self.slice(self.event + 1, end), local: self.slice(local, end) });
        true
    }

    /// Reads `name="value"` without a prefix or a reference; where it ends.
    fn quick_attribute(&mut self, from: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let (equals, local) = scan::name(bytes, from)?;
        // What refers to something outside is looked at closely.
        if local != from || bytes.get(from..equals) == Some(b"href") || bytes.get(equals..equals + 2) != Some(b"=\"") {
            return None;
        }
        let quote = scan::value(bytes, equals + 2)?;
        let name = self.slice(from, equals);
        if self.attributes.len() >= limits::XML_ATTRIBUTES || self.attributes.iter().any(|(known, _)| *known == name) {
            return None;
        }
        self.attributes.push((name, Cow::Borrowed(self.slice(equals + 2, quote))));
        Some(quote + 1)
    }

    /// A start tag, given without its angle brackets.
    fn start(&mut self, tag: &'t str, findings: &mut Findings) -> Result<Step, Refusal> {
        let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = split_name(tag);
        if self.open.is_empty() && std::mem::replace(&mut self.root_seen, true) {
            return Err(self.ill(name, "one root element"));
        }
        if self.open.len() >= limits::XML_DEPTH {
            let expected = format!("at most {} levels", limits::XML_DEPTH);
            return Err(Box::new(self.find(Code::XmlDepth).expected(expected)));
        }
        self.check_name(name)?;
        self.open.push(named(name));
        self.read_attributes(attributes, findings)?;
        self.empty = empty;
        Ok(Step::Start)
    }

    /// An end tag, given without `</` and `>`.
    fn end_tag(&mut self, tag: &str) -> Result<Step, Refusal> {
        let name = tag.trim_end_matches(|c: char| c.is_ascii() && is_blank(c as u8));
        match self.open.pop() {
            Some(open) if open.full == name => Ok(Step::End),
            Some(open) => Err(self.ill(format!("</{name}>"), &format!("</{}>", open.full))),
            None => Err(self.ill(format!("</{name}>"), "a start tag before it")),
        }
    }

    /// The attributes of a start tag, given without its name.
    fn read_attributes(&mut self, text: &'t str, findings: &mut Findings) -> Result<(), Refusal> {
        self.attributes.clear();
        for attribute in Attributes::new(text, 0) {
            let (name, value) = self.attribute(text, attribute)?;
            if self.attributes.len() >= limits::XML_ATTRIBUTES {
                return Err(self.too_many());
            }
            self.check_name(name)?;
            let value = self.unescape(value)?;
            self.attributes.push((name, value));
            if let Some(what) = outside(name, self.name()) {
                self.note_ignored(findings, what);
            }
        }
        Ok(())
    }

    /// More attributes than the limit; told as namespaces when most of them declare one.
    fn too_many(&self) -> Refusal {
        let declared = self.attributes.iter().filter(|(name, _)| name.starts_with("xmlns")).count();
        let code = if declared * 2 > self.attributes.len() { Code::XmlNamespaces } else { Code::XmlAttributes };
        Box::new(self.find(code).expected(format!("at most {}", limits::XML_ATTRIBUTES)))
    }

    /// Name and value of an attribute in a text of them. The crate lets pass what may not stand in a value, and two
    /// attributes without a blank between them.
    fn attribute(&self, text: &'t str, read: Result<Attribute<'t>, AttrError>) -> Result<(&'t str, &'t str), Refusal> {
        let wrong = |at: usize| {
            let found = text.as_bytes().get(at..).unwrap_or_default();
            self.ill(&found[..found.len().min(40)], "attributes as name=\"value\"")
        };
        let attribute = read.map_err(|error| match error {
            AttrError::Duplicated(at, _) => {
                let name = text.get(at..).unwrap_or_default().split(['=', ' ', '\t', '\r', '\n']).next();
                self.ill(name.unwrap_or_default(), "each attribute once")
            }
            AttrError::ExpectedEq(at)
            | AttrError::ExpectedValue(at)
            | AttrError::UnquotedValue(at)
            | AttrError::ExpectedQuote(at, _) => wrong(at),
        })?;
        let (name, Cow::Borrowed(value)) = (attribute.key.0, attribute.value) else { return Err(wrong(0)) };
        let before = (name.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize).checked_sub(1);
        if !before.and_then(|at| text.as_bytes().get(at)).is_some_and(|byte| is_blank(*byte)) {
            return Err(wrong(before.map_or(0, |at| at + 1)));
        }
        if value.contains('<') { Err(self.ill("<", "&lt; in an attribute")) } else { Ok((name, value)) }
    }

    fn plain_text(&mut self) -> Result<Option<Step>, Refusal> {
        let window = self.window();
        let (end, plain) = scan::text(window);
        let Some(end) = end.or((window.len() < limits::FIELD_BYTES).then_some(window.len())) else {
            return Err(self.endless());
        };
        self.at = self.event + end;
        let mut text = self.slice(self.event, self.at);
        if !plain {
            if !self.begun {
                text = text.strip_prefix('\u{feff}').unwrap_or(text);
            }
            if text.contains("]]>") {
                return Err(self.ill("]]>", "]]&gt; in text"));
            }
            self.characters(text)?;
        }
        let blank = text.trim_ascii().is_empty();
        if self.open.is_empty() {
            return if blank { Ok(None) } else { Err(self.ill(text.trim(), "nothing outside the root element")) };
        }
        self.value = Text::Plain(text);
        // Blanks are part of a value where they stand behind a part of it: `&lt; &amp;`.
        let before = &self.text.as_bytes()[..self.event];
        let goes_on = before.ends_with(b";") || before.ends_with(b"]]>");
        Ok(if blank && !goes_on { None } else { Some(Step::Text) })
    }

    fn data(&mut self, text: &'t str) -> Result<Step, Refusal> {
        if self.open.is_empty() {
            return Err(self.ill("CDATA", "nothing outside the root element"));
        }
        self.characters(text)?;
        self.value = Text::Plain(text);
        Ok(Step::Text)
    }

    fn comment(&self, text: &str) -> Result<Option<Step>, Refusal> {
        if text.contains("--") || text.ends_with('-') {
            return Err(self.ill("--", "no double hyphen in a comment"));
        }
        self.characters(text).map(|()| None)
    }

    fn reference(&mut self) -> Result<Option<Step>, Refusal> {
        let window = self.window();
        let end = memchr::memchr3(b';', b'&', b'<', &window[1..]).map(|at| at + 1);
        let Some(end) = end.filter(|end| window.get(*end) == Some(&b';')) else {
            let endless = end.is_none() && window.len() == limits::FIELD_BYTES;
            return Err(if endless { self.endless() } else { self.ill("&", "a reference that ends in ;") });
        };
        if self.open.is_empty() {
            return Err(self.ill("&", "nothing outside the root element"));
        }
        self.at = self.event + end + 1;
        self.value = Text::Character(self.resolve(self.slice(self.event + 1, self.event + end))?);
        Ok(Some(Step::Text))
    }

    /// Replaces references in an attribute's value.
    fn unescape(&self, value: &'t str) -> Result<Cow<'t, str>, Refusal> {
        if !value.contains('&') {
            self.characters(value)?;
            return Ok(Cow::Borrowed(value));
        }
        let (mut out, mut rest) = (String::with_capacity(value.len()), value);
        while let Some((before, after)) = rest.split_once('&') {
            self.characters(before)?;
            out.push_str(before);
            let (name, tail) = after.split_once(';').ok_or_else(|| self.ill("&", "a reference that ends in ;"))?;
            out.push(self.resolve(name)?);
            rest = tail;
        }
        self.characters(rest)?;
        out.push_str(rest);
        Ok(Cow::Owned(out))
    }

    fn resolve(&self, name: &str) -> Result<char, Refusal> {
        let wrong = |code, expected: &str| Box::new(self.find(code).found(format!("&{name};")).expected(expected));
        match BytesRef::new(name).resolve_char_ref() {
            Ok(Some(c)) if is_char(c) => Ok(c),
            Ok(Some(_)) | Err(_) => Err(wrong(Code::XmlChar, "a character of XML")),
            Ok(None) => {
                let text = resolve_xml_entity(name).and_then(|text| text.chars().next());
                text.ok_or_else(|| wrong(Code::XmlEntity, "lt, gt, amp, apos or quot"))
            }
        }
    }

    fn characters(&self, text: &str) -> Result<(), Refusal> {
        // Nearly all text is made of bytes that need no second look; this test has no branch for each of them.
        let odd = |byte: u8| byte >= 0xEF || (byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r'));
        if !text.bytes().fold(false, |found, byte| found | odd(byte)) {
            return Ok(());
        }
        match text.chars().find(|c| !is_char(*c)) {
            Some(c) => {
                let found = format!("U+{:04X}", c as u32);
                Err(Box::new(self.find(Code::XmlChar).found(found).expected("a character of XML")))
            }
            None => Ok(()),
        }
    }

    fn check_name(&self, name: &str) -> Result<(), Refusal> {
        if scan::name(name.as_bytes(), 0).is_some_and(|(end, _)| end == name.len()) {
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

    fn note_ignored(&mut self, findings: &mut Findings, what: &str) {
        if !std::mem::replace(&mut self.ignored, true) {
            findings.push(self.find(Code::XmlReferenceIgnored).found(what));
        }
    }
}

fn named(full: &str) -> Name<'_> {
    Name { full, local: full.split_once(':').map_or(full, |(_, local)| local) }
}

/// What stands before the first blank, and the rest with it.
fn split_name(text: &str) -> (&str, &str) {
    let end = text.bytes().position(is_blank).unwrap_or(text.len());
    text.split_at(end)
}

/// What an attribute refers to outside the file, if it does: a schema, or a part to be included. Nothing is fetched.
fn outside(attribute: &str, element: &str) -> Option<&'static str> {
    if attribute.ends_with(":schemaLocation") || attribute.ends_with(":noNamespaceSchemaLocation") {
        Some("schemaLocation")
    } else {
        (attribute == "href" && element == "include").then_some("XInclude")
    }
}
