//! An EDI file as a tree that a person can read: envelopes, sets, loops, segments and elements with their names, and
//! what is wrong at its place.
//!
//! One walk (`walk`) goes over the file and tells a [`View`] what opens, what stands there and what closes; [`x12()`] and
//! [`edifact()`] only say how the envelope of their standard is named. How one set is laid out (`set`) is the same for both,
//! which hand their segments as [`Piece`]s. A view writes
//! each thing as it comes, so memory is bounded by the chunk. Values are shown as they are, personal ones too: a person
//! asked for the file on their own screen. Nothing here is logged or kept.

mod edifact;
mod html;
mod json;
mod meaning;
mod set;
mod text;
mod walk;
mod x12;

use std::io;

use crate::document::{Finding, Position};
use crate::schema::Guides;
use crate::schema::Tokens;
use crate::syntax::segment::{Dialect, Segment};

pub use edifact::edifact;
pub use html::Html;
pub use json::Json;
pub use text::Text;
pub use x12::x12;

/// A segment with its places: what a dialect must be able to tell about each.
pub trait Piece: Tokens {
    /// Where the segment stands.
    fn position(&self) -> Position;
    /// Where element `n` stands, from 1.
    fn element_position(&self, n: usize) -> Position;
}

impl<D: Dialect> Piece for Segment<'_, D> {
    fn position(&self) -> Position {
        Segment::position(self)
    }

    fn element_position(&self, n: usize) -> Position {
        Segment::element_position(self, n)
    }
}

/// What may hold others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// ISA … IEA, UNB … UNZ.
    Interchange,
    /// GS … GE, UNG … UNE.
    Group,
    /// ST … SE, UNH … UNT.
    Set,
    /// One turn of a loop.
    Loop,
}

impl Level {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interchange => "interchange",
            Self::Group => "group",
            Self::Set => "set",
            Self::Loop => "loop",
        }
    }
}

/// An interchange, group, set or loop that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// What it is.
    pub level: Level,
    /// Its number or ID, such as `000000101`, `850` or `N1`.
    pub id: String,
    /// What there is to say in a few words.
    pub title: String,
    /// Where it begins.
    pub at: Position,
}

/// A segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its ID.
    pub id: String,
    /// Its name; empty if it is not known.
    pub name: String,
    /// Where it stands.
    pub at: Position,
    /// Its elements that are there or should be.
    pub elements: Vec<Item>,
}

/// An element, a repetition of one, or a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Such as `BEG03` or `PO406-2`, `BGM.2` or `NAD.2.1`.
    pub id: String,
    /// Its name; empty if it is not known.
    pub name: String,
    /// Its value without release characters; empty when absent.
    pub value: String,
    /// What the code means, if that is known.
    pub meaning: &'static str,
    /// Where it stands.
    pub at: Position,
    /// Its components or repetitions, if there are several.
    pub parts: Vec<Self>,
    /// What is wrong with it.
    pub remarks: Vec<Remark>,
}

/// What is wrong at a place, or worth knowing there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remark {
    /// Whether it is an error; otherwise it is a note.
    pub is_error: bool,
    /// The code of a finding; empty for a fault that only the standard names.
    pub code: &'static str,
    /// What is wrong, in the words of the standard or of the code.
    pub text: String,
    /// Where.
    pub at: Position,
}

impl Remark {
    /// The remark of a finding.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let mut text = finding.code.meaning().trim_end_matches('.').to_owned();
        for (name, value) in [("found", &finding.found), ("expected", &finding.expected)] {
            if !value.is_empty() {
                text.push_str(&format!("; {name} {value}"));
            }
        }
        let is_error = finding.severity == crate::document::Severity::Error;
        Self { is_error, code: finding.code.as_str(), text, at: finding.at.clone() }
    }
}

/// What a file held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Interchanges.
    pub interchanges: u64,
    /// Groups.
    pub groups: u64,
    /// Sets, shown or not.
    pub sets: u64,
    /// Sets in which something is wrong, shown or not.
    pub faulty: u64,
    /// Errors shown.
    pub errors: u64,
}

impl Summary {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faulty == 0 && self.errors == 0
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let many = |n: u64, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let [interchanges, groups, sets] =
            [many(self.interchanges, "interchange"), many(self.groups, "group"), many(self.sets, "set")];
        write!(f, "{interchanges}, {groups}, {sets}; ")?;
        if self.is_sound() {
            f.write_str("nothing wrong found")
        } else {
            write!(f, "{} with faults, {} shown", many(self.faulty, "set"), many(self.errors, "error"))
        }
    }
}

/// Takes the tree as it is walked, in the order of the file.
pub trait View {
    /// Something begins inside what is open.
    ///
    /// # Errors
    /// When it cannot be written; so it is with the others.
    fn open(&mut self, branch: &Branch) -> io::Result<()>;
    /// A segment stands inside what is open.
    ///
    /// # Errors
    /// When it cannot be written.
    fn leaf(&mut self, leaf: &Leaf) -> io::Result<()>;
    /// Something is to be said here.
    ///
    /// # Errors
    /// When it cannot be written.
    fn remark(&mut self, remark: &Remark) -> io::Result<()>;
    /// What began last ends.
    ///
    /// # Errors
    /// When it cannot be written.
    fn close(&mut self) -> io::Result<()>;
    /// The file ends.
    ///
    /// # Errors
    /// When it cannot be written.
    fn finish(&mut self, summary: &Summary) -> io::Result<()>;
}

/// Which sets are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which<'g> {
    /// Only this set of the file, from 1.
    pub only: Option<u64>,
    /// Most sets shown.
    pub most: u64,
    /// Partners' guides, which narrow what sets may be.
    pub guides: Option<&'g Guides>,
}

impl Which<'_> {
    /// Whether set `number` of the file is shown.
    #[must_use]
    pub fn shows(&self, number: u64) -> bool {
        self.only.map_or(number <= self.most, |only| only == number)
    }
}

#[cfg(test)]
mod tests;
