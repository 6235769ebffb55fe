//! Where a large file may be cut: behind markup that is no part of a document.
//!
//! The elements around documents are followed by name, those inside only counted, so that this is much less work than
//! reading. What is not well-formed is left to the reader, which sees the same parts of the text in the same order.

use super::scan::{self, Markup};
use crate::limits;

/// A place outside documents and between two events, from which a file can be read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Border {
    /// Offset in the file's text.
    pub byte: u64,
    /// Line, from 1.
    pub line: u64,
    /// Column in bytes, from 1.
    pub column: u64,
    /// The full names of the elements open here.
    pub open: Vec<String>,
    /// Whether the root element has begun.
    pub root_seen: bool,
}

impl Border {
    /// The beginning of a file.
    #[must_use]
    pub fn file() -> Self {
        Self { byte: 0, line: 1, column: 1, open: Vec::new(), root_seen: false }
    }
}

/// What a look at text finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Offset of the last border; 0 when there is none behind the beginning.
    pub border: usize,
    /// Where something stands that a reader refuses, so that there is nothing to find behind it.
    pub refused: Option<usize>,
}

/// Finds the borders of a file while its text comes in.
#[derive(Debug)]
pub struct Borders {
    documents: Vec<Vec<String>>,
    /// Elements open around the documents, and those at the last border.
    open: Vec<String>,
    open_at_border: Vec<String>,
    changed: bool,
    /// Whether the root element has begun, and whether it had at the last border.
    root_seen: bool,
    root_at_border: bool,
    /// Elements open in the document, itself included; 0 outside.
    depth: usize,
    /// Where the document begins.
    document: usize,
    /// How far the text was looked at.
    at: usize,
    border: usize,
    refused: Option<usize>,
    /// Whether a DOCTYPE that declares nothing may come, and whether it has.
    doctype: Option<bool>,
}

impl Borders {
    /// A finder for documents at these paths of local names.
    #[must_use]
    pub fn new(documents: Vec<Vec<String>>) -> Self {
        Self {
            documents,
            open: Vec::new(),
            open_at_border: Vec::new(),
            changed: false,
            root_seen: false,
            root_at_border: false,
            depth: 0,
            document: 0,
            at: 0,
            border: 0,
            refused: None,
            doctype: None,
        }
    }

    /// Lets the file have a DOCTYPE that declares nothing.
    #[must_use]
    pub fn with_bare_doctype(self, allowed: bool) -> Self {
        Self { doctype: allowed.then_some(false), ..self }
    }

    /// Looks at what is new in the text, which begins at the last cut.
    pub fn look(&mut self, text: &[u8]) -> Look {
        while self.refused.is_none() {
            self.pass(text);
            if self.step(text).is_none() {
                break;
            }
        }
        if self.depth > 0 && self.at.saturating_sub(self.document) > limits::DOCUMENT_BYTES + limits::FIELD_BYTES {
            self.refused = Some(self.at);
        }
        Look { border: self.border, refused: self.refused }
    }

    /// Cuts at the last border: the names open there, and whether the root element has begun.
    pub fn cut(&mut self) -> (Vec<String>, bool) {
        let end = std::mem::take(&mut self.border);
        self.at -= end;
        self.document = self.document.saturating_sub(end);
        (self.open_at_border.clone(), self.root_at_border)
    }

    /// Goes on inside a document, over tags as they nearly all are, up to its end tag or to what needs a closer look.
    fn pass(&mut self, text: &[u8]) {
        while self.depth > 0
            && let Some(begin) = memchr::memchr(b'<', &text[self.at..]).map(|before| self.at + before)
        {
            self.at = begin;
            match text.get(begin + 1) {
                // Where the tag ends is of no interest: the next `<` stands behind it, or it is refused.
                Some(b'/') if self.depth > 1 => {
                    self.depth -= 1;
                    self.at = begin + 2;
                }
                Some(b'/' | b'!' | b'?') | None => return,
                Some(_) => match scan::quick_tag(&text[begin..]) {
                    Some((length, empty)) if length <= limits::FIELD_BYTES => {
                        self.depth += usize::from(!empty);
                        self.at = begin + length;
                    }
                    _ => return,
                },
            }
        }
    }

    /// Goes behind the next markup; none when it is not all there.
    fn step(&mut self, text: &[u8]) -> Option<()> {
        let rest = text.get(self.at..)?;
        let Some(before) = memchr::memchr(b'<', rest) else {
            self.at = text.len();
            return None;
        };
        self.at += before;
        let rest = &rest[before..];
        let window = &rest[..rest.len().min(limits::FIELD_BYTES)];
        let kind = scan::markup(window);
        let length = kind.and_then(|kind| self.length(window, kind));
        let (Some(kind), Some(length)) = (kind, length) else {
            self.refused = (window.len() == limits::FIELD_BYTES).then_some(self.at);
            return None;
        };
        match kind {
            Markup::Start if self.depth == 0 => self.start(&window[1..length]),
            Markup::Start => self.depth += usize::from(window[length - 2] != b'/'),
            Markup::End if self.depth > 0 => self.depth -= 1,
            Markup::End if self.open.pop().is_none() => self.refused = Some(self.at),
            Markup::End => self.changed = true,
            Markup::Comment | Markup::Data | Markup::Instruction => {}
            Markup::Doctype
                if self.doctype == Some(false) && !self.root_seen && scan::bare_doctype(window) == Some(length) =>
            {
                self.doctype = Some(true);
            }
            Markup::Doctype | Markup::Unknown => self.refused = Some(self.at),
        }
        self.at += length;
        // A reader that goes on behind the DOCTYPE would take another.
        let is_begun = self.root_seen || self.doctype != Some(true);
        if self.depth == 0 && self.refused.is_none() && is_begun {
            (self.border, self.root_at_border) = (self.at, self.root_seen);
            if std::mem::take(&mut self.changed) {
                self.open_at_border.clone_from(&self.open);
            }
        }
        Some(())
    }

    /// The length of markup; of a DOCTYPE that is refused no more than of any markup.
    fn length(&self, window: &[u8], kind: Markup) -> Option<usize> {
        let bare = kind == Markup::Doctype && self.doctype.is_some();
        bare.then(|| scan::bare_doctype(window)).flatten().or_else(|| scan::length(window, kind))
    }

    /// An element outside documents begins; its tag is given without `<`.
    fn start(&mut self, tag: &[u8]) {
        let end = tag.len() - 1;
        let (end, empty) = if end > 0 && tag[end - 1] == b'/' { (end - 1, true) } else { (end, false) };
        let name = &tag[..tag[..end].iter().position(|byte| super::is_blank(*byte)).unwrap_or(end)];
        self.root_seen = true;
        if self.open.len() >= limits::XML_DEPTH {
            self.refused = Some(self.at);
        } else if self.is_document(name) {
            self.document = self.at;
            self.depth = usize::from(!empty);
        } else if !empty {
            self.open.push(String::from_utf8_lossy(name).into_owned());
            self.changed = true;
        }
    }

    fn is_document(&self, name: &[u8]) -> bool {
        let is = |path: &Vec<String>| {
            let Some((last, around)) = path.split_last() else { return false };
            around.len() == self.open.len()
                && last.as_bytes() == local(name)
                && around.iter().zip(&self.open).all(|(path, open)| path.as_bytes() == local(open.as_bytes()))
        };
        self.documents.iter().any(is)
    }
}

fn local(name: &[u8]) -> &[u8] {
    memchr::memchr(b':', name).map_or(name, |colon| &name[colon + 1..])
}
