//! What stands around the root: the declaration, a DOCTYPE and instructions.

use quick_xml::events::attributes::Attributes;

use super::{Refusal, Step, XmlReader, split_name};
use crate::document::{Code, Findings};
use crate::syntax::xml::scan;

impl<'t> XmlReader<'t> {
    /// A DOCTYPE, which is refused unless one that declares nothing may come.
    pub(super) fn doctype(&mut self, findings: &mut Findings) -> Result<Option<Step>, Refusal> {
        let allowed = std::mem::take(&mut self.doctype) && !self.root_seen;
        let length = allowed.then(|| scan::bare_doctype(self.window())).flatten().ok_or_else(|| {
            let expected = if allowed { "a DOCTYPE that declares nothing" } else { "no DOCTYPE" };
            Box::new(self.find(Code::XmlDoctype).found("<!DOCTYPE").expected(expected))
        })?;
        self.at = self.event + length;
        self.note_ignored(findings, "<!DOCTYPE");
        Ok(None)
    }

    /// An instruction or the declaration, given without `<?` and `?>`.
    pub(super) fn instruction(&mut self, text: &'t str, findings: &mut Findings) -> Result<Option<Step>, Refusal> {
        let (target, rest) = split_name(text);
        if target == "xml" {
            return self.declaration(rest).map(|()| None);
        }
        if target.eq_ignore_ascii_case("xml") {
            return Err(self.ill("<?xml", "the XML declaration only at the start"));
        }
        self.check_name(target)?;
        if target == "xml-stylesheet" {
            self.note_ignored(findings, target);
        }
        Ok(None)
    }

    fn declaration(&self, text: &'t str) -> Result<(), Refusal> {
        if self.begun || self.byte + self.event as u64 > 3 {
            return Err(self.ill("<?xml", "the XML declaration only at the start"));
        }
        let mut attributes = Attributes::new(text, 0);
        let first = attributes.next().and_then(|read| self.attribute(text, read).ok());
        let (_, version) = first
            .filter(|(name, _)| *name == "version")
            .ok_or_else(|| self.ill("<?xml", "version=\"1.0\" first in the declaration"))?;
        if version != "1.0" {
            return Err(Box::new(self.find(Code::XmlVersion).found(version).expected("1.0")));
        }
        for read in attributes {
            let wrong = |_| self.ill("encoding", "encoding=\"name\"");
            let (name, value) = self.attribute(text, read).map_err(wrong)?;
            // The bytes were read one by one, so that they cannot be pairs or fours.
            if name == "encoding" && !self.wide && is_wide(value) {
                let finding = self.find(Code::EncodingMismatch).found(value);
                return Err(Box::new(finding.expected("the encoding that the bytes have")));
            }
        }
        Ok(())
    }
}

/// Whether a declared encoding has more than one byte for every character.
fn is_wide(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["utf-16", "utf-32", "ucs-2", "ucs-4", "iso-10646-ucs"].iter().any(|wide| name.starts_with(wide))
}
