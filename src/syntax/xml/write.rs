//! The writer.

use std::borrow::Cow;
use std::io::Write;

use quick_xml::escape::partial_escape;

use super::is_char;

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

    /// A DOCTYPE that declares nothing, given without its brackets.
    pub fn doctype(&mut self, text: &str) {
        let _ = writeln!(self.out, "<!DOCTYPE {text}>");
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
    let sound: Cow<'_, str> =
        if text.chars().all(is_char) { text.into() } else { text.chars().filter(|c| is_char(*c)).collect() };
    let escaped = partial_escape(sound);
    if !attribute {
        return out.extend_from_slice(escaped.as_bytes());
    }
    // A value would lose its line breaks and tabs when it is read, and end at a quote.
    for byte in escaped.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"&quot;"),
            b'\n' => out.extend_from_slice(b"&#10;"),
            b'\t' => out.extend_from_slice(b"&#9;"),
            byte => out.push(byte),
        }
    }
}
