//! The envelope of EDIFACT as it is shown.

use std::io::{self, Read};

use super::walk::{Bound, Named, Standard, walk};
use super::{Summary, View, Which};
use crate::document::Code;
use crate::schema::{self, Guides, Part, Separators, Tag, library};
use crate::syntax::edifact::{Mark, Segment, Syntax, encoding_of};
use crate::syntax::encoding::Encoding;

/// Bytes in which UNB names its character set.
const HEAD_BYTES: u64 = 256;

/// Shows an EDIFACT file, in the character set that its UNB names.
///
/// # Errors
/// When the file cannot be read or the view cannot be written.
pub fn edifact<R: Read>(mut reader: R, which: Which<'_>, view: &mut dyn View) -> io::Result<Summary> {
    let mut head = Vec::new();
    (&mut reader).take(HEAD_BYTES).read_to_end(&mut head)?;
    let encoding = encoding_of(&head).unwrap_or(Encoding::Detect);
    walk::<Edifact, _>(io::Cursor::new(head).chain(reader), encoding, which, view)
}

#[derive(Default)]
struct Edifact {
    /// The syntax version of the interchange.
    version: u8,
}

impl Standard for Edifact {
    type Syntax = Syntax;
    const DIALECT: schema::Dialect = schema::Dialect::Edifact;
    const MISSING: [Code; 3] = [Code::EdifactNoUnt, Code::EdifactNoUne, Code::EdifactNoUnz];

    fn bound(&mut self, segment: &Segment<'_>) -> Bound {
        match Mark::of(segment) {
            Mark::Unb(unb) => {
                self.version = segment.dialect().version;
                let party = |(id, qualifier): &(String, String)| match qualifier.is_empty() {
                    true => id.clone(),
                    false => format!("{id} ({qualifier})"),
                };
                let usage = if unb.test { ", test" } else { "" };
                let title = format!("{} to {}, {}{usage}", party(&unb.sender), party(&unb.receiver), unb.syntax);
                Bound::Interchange(unb.control.to_string(), title)
            }
            Mark::Ung(control) => {
                let text = |n| String::from_utf8_lossy(segment.component(n, 1)).into_owned();
                Bound::Group(control.to_string(), format!("{}, {} to {}", text(1), text(2), text(3)))
            }
            Mark::Une(_) => Bound::EndOfGroup,
            Mark::Unz(_) => Bound::EndOfInterchange,
            Mark::Message(_) | Mark::Stray(_) => Bound::Other,
        }
    }

    fn part<T>(&self, tag: Option<Tag>, show: impl FnOnce(Option<&Part>) -> T) -> io::Result<T> {
        let service = schema::Standard::Edifact("", self.version);
        let release = library().release(service).map_err(io::Error::other)?;
        let segment = tag.and_then(|tag| release.segment(tag));
        Ok(show(segment.map(|segment| &segment.part)))
    }

    fn named(&self, segment: &Segment<'_>, guides: &Guides) -> io::Result<Named> {
        let text = |n, c| String::from_utf8_lossy(segment.component(n, c)).into_owned();
        let (kind, directory) = (text(2, 1), format!("{}.{}", text(2, 2), text(2, 3)));
        let standard = schema::Standard::Edifact(&directory, segment.dialect().version);
        let definition = guides.set(standard, &kind);
        let release = library().release(standard).map_err(io::Error::other)?;
        let name = String::from_utf8_lossy(segment.element(2)).into_owned();
        let title = definition.as_ref().map_or_else(|| name.clone(), |set| format!("{name} {}", set.title));
        Ok(Named { definition, release, control: text(1, 1), title, unknown: name, element: 2 })
    }

    fn separators(syntax: &Syntax, _id: &[u8]) -> Separators {
        syntax.options().separators
    }

    fn only_mark(syntax: &Syntax) -> Option<u8> {
        syntax.only_mark()
    }
}
