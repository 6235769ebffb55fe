//! The envelope of X12 as it is shown.

use std::io::{self, Read};
use std::sync::Arc;

use super::meaning;
use super::walk::{Bound, Named, Standard, walk};
use super::{Summary, View, Which};
use crate::document::Code;
use crate::schema::{self, Guides, Part, Release, Separators, Tag, library};
use crate::syntax::encoding::Encoding;
use crate::syntax::x12::{Delimiters, Mark, Segment};

/// The release whose names are used for an envelope of a release that is not in the box.
const USUAL: &str = "004010";

/// Shows an X12 file.
///
/// # Errors
/// When the file cannot be read or the view cannot be written.
pub fn x12<R: Read>(reader: R, which: Which<'_>, view: &mut dyn View) -> io::Result<Summary> {
    walk::<X12, R>(reader, Encoding::Detect, which, view)
}

struct X12 {
    /// GS08 of the group, or what ISA12 makes of it.
    release: String,
}

impl Default for X12 {
    fn default() -> Self {
        Self { release: USUAL.to_owned() }
    }
}

impl X12 {
    fn release(&self) -> io::Result<Arc<Release>> {
        library().release(schema::Standard::X12(&self.release)).map_err(io::Error::other)
    }
}

impl Standard for X12 {
    type Syntax = Delimiters;
    const DIALECT: schema::Dialect = schema::Dialect::X12;
    const MISSING: [Code; 3] = [Code::X12NoSe, Code::X12NoGe, Code::X12NoIea];

    fn bound(&mut self, segment: &Segment<'_>) -> Bound {
        match Mark::of(segment) {
            Mark::Isa(isa) => {
                self.release = format!("{}0", isa.version);
                let usage = meaning::x12("I14", &isa.usage.to_string());
                let title = format!(
                    "{} {} to {} {}, version {}, {usage}",
                    isa.sender_qualifier, isa.sender, isa.receiver_qualifier, isa.receiver, isa.version
                );
                Bound::Interchange(isa.control.to_string(), title)
            }
            Mark::Gs(group) => {
                self.release = group.release.to_string();
                let what = meaning::x12("479", &group.functional_id.to_string());
                let ids = format!("{} to {}", group.sender, group.receiver);
                let title = format!("{} {what}, {ids}, release {}", group.functional_id, group.release);
                Bound::Group(group.control.to_string(), title)
            }
            Mark::Ge { .. } => Bound::EndOfGroup,
            Mark::Iea { .. } => Bound::EndOfInterchange,
            _ => Bound::Other,
        }
    }

    fn part<T>(&self, tag: Option<Tag>, show: impl FnOnce(Option<&Part>) -> T) -> io::Result<T> {
        let release = self.release()?;
        let usual = library().release(schema::Standard::X12(USUAL)).map_err(io::Error::other)?;
        let segment = tag.and_then(|tag| release.segment(tag).or_else(|| usual.segment(tag)));
        Ok(show(segment.map(|segment| &segment.part)))
    }

    fn named(&self, segment: &Segment<'_>, guides: &Guides) -> io::Result<Named> {
        let text = |n| String::from_utf8_lossy(segment.element(n)).into_owned();
        let (id, control) = (text(1), text(2));
        let definition = guides.set(schema::Standard::X12(&self.release), &id);
        let title = definition.as_ref().map_or_else(|| id.clone(), |set| format!("{} {}", set.id, set.title));
        let unknown = format!("{id} in release {}", self.release);
        Ok(Named { definition, release: self.release()?, control, title, unknown, element: 1 })
    }

    fn separators(syntax: &Delimiters, id: &[u8]) -> Separators {
        match id {
            // ISA11 and ISA16 are separators themselves.
            b"ISA" => Separators { component: 0, repetition: None, release: None },
            _ => Separators { component: syntax.component, repetition: syntax.repetition, release: None },
        }
    }
}
