//! The error names of the standards, and where they were met.
//!
//! Facts: X12 elements 720 and 723 (004010), 620 and 621 (005010), EDIFACT element 0085 (ISO 9735 versions 3 and 4).

use std::fmt;

use super::model::Tag;

/// What is wrong with a segment, named as in X12 720 and 620.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SegmentError {
    /// No segment of the release has this ID.
    Unrecognised,
    /// The set has it, but nowhere near.
    Unexpected,
    /// A mandatory segment is missing.
    MandatoryMissing,
    /// A loop occurs too often.
    LoopOverMax,
    /// A segment is used too often.
    OverMax,
    /// The release has it, but not this set.
    NotInSet,
    /// It should have come earlier.
    OutOfSequence,
    /// It has data element errors.
    ElementErrors,
    /// A guide forbids it.
    NotUsed,
}

impl SegmentError {
    /// Every error, in the order of the codes.
    pub const ALL: [Self; 9] = [
        Self::Unrecognised,
        Self::Unexpected,
        Self::MandatoryMissing,
        Self::LoopOverMax,
        Self::OverMax,
        Self::NotInSet,
        Self::OutOfSequence,
        Self::ElementErrors,
        Self::NotUsed,
    ];

    /// The name that the standard gives it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unrecognised => "unrecognised segment ID",
            Self::Unexpected => "unexpected segment",
            Self::MandatoryMissing => "mandatory segment missing",
            Self::LoopOverMax => "loop occurs over maximum times",
            Self::OverMax => "segment exceeds maximum use",
            Self::NotInSet => "segment not in defined transaction set",
            Self::OutOfSequence => "segment not in proper sequence",
            Self::ElementErrors => "segment has data element errors",
            Self::NotUsed => "segment not used in the guide",
        }
    }

    /// Its code in AK304 and IK304. The 997 knows no guides, so what a guide forbids is unexpected there.
    #[must_use]
    pub const fn x12(self, implementation: bool) -> &'static str {
        match self {
            Self::Unrecognised => "1",
            Self::Unexpected => "2",
            Self::MandatoryMissing => "3",
            Self::LoopOverMax => "4",
            Self::OverMax => "5",
            Self::NotInSet => "6",
            Self::OutOfSequence => "7",
            Self::ElementErrors => "8",
            Self::NotUsed if implementation => "I4",
            Self::NotUsed => "2",
        }
    }

    /// Its code in UCS; none for errors of elements, which UCD tells.
    #[must_use]
    pub const fn edifact(self) -> Option<&'static str> {
        match self {
            Self::MandatoryMissing => Some("13"),
            Self::Unrecognised | Self::Unexpected | Self::NotInSet | Self::OutOfSequence | Self::NotUsed => Some("15"),
            Self::LoopOverMax => Some("36"),
            Self::OverMax => Some("35"),
            Self::ElementErrors => None,
        }
    }
}

impl fmt::Display for SegmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is wrong with an element, named as in X12 723 and 621.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ElementError {
    /// A mandatory element is missing.
    MandatoryMissing,
    /// A note P, R, C or L demands it.
    ConditionalMissing,
    /// There are more elements than the segment has.
    TooMany,
    /// Fewer characters than the least.
    TooShort,
    /// More characters than the most.
    TooLong,
    /// A character that no text may have.
    InvalidCharacter,
    /// A character that this type of element may not have, such as a letter in a number.
    InvalidType,
    /// A number whose decimal mark is not the one in force; EDIFACT before syntax 4.
    InvalidNotation,
    /// A number without a digit before its decimal mark; EDIFACT only.
    NoDigitBeforeMark,
    /// A code that is not in the list.
    InvalidCode,
    /// No date of the calendar.
    InvalidDate,
    /// No time of the day.
    InvalidTime,
    /// A note E forbids it beside another.
    Exclusion,
    /// More repetitions than allowed.
    TooManyRepetitions,
    /// More components than the composite has.
    TooManyComponents,
    /// A guide forbids the element.
    NotUsed,
    /// A guide forbids the code.
    CodeNotUsed,
}

impl ElementError {
    /// Every error.
    pub const ALL: [Self; 17] = [
        Self::MandatoryMissing,
        Self::ConditionalMissing,
        Self::TooMany,
        Self::TooShort,
        Self::TooLong,
        Self::InvalidCharacter,
        Self::InvalidType,
        Self::InvalidNotation,
        Self::NoDigitBeforeMark,
        Self::InvalidCode,
        Self::InvalidDate,
        Self::InvalidTime,
        Self::Exclusion,
        Self::TooManyRepetitions,
        Self::TooManyComponents,
        Self::NotUsed,
        Self::CodeNotUsed,
    ];

    /// The name that the standard gives it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MandatoryMissing => "mandatory data element missing",
            Self::ConditionalMissing => "conditional required data element missing",
            Self::TooMany => "too many data elements",
            Self::TooShort => "data element too short",
            Self::TooLong => "data element too long",
            Self::InvalidCharacter => "invalid character in data element",
            Self::InvalidType => "invalid type of characters in data element",
            Self::InvalidNotation => "invalid decimal notation",
            Self::NoDigitBeforeMark => "missing digit before the decimal sign",
            Self::InvalidCode => "invalid code value",
            Self::InvalidDate => "invalid date",
            Self::InvalidTime => "invalid time",
            Self::Exclusion => "exclusion condition violated",
            Self::TooManyRepetitions => "too many repetitions",
            Self::TooManyComponents => "too many components",
            Self::NotUsed => "data element not used in the guide",
            Self::CodeNotUsed => "code value not used in the guide",
        }
    }

    /// Its code in AK403, or in IK403 if `implementation`.
    #[must_use]
    pub const fn x12(self, implementation: bool) -> &'static str {
        match self {
            Self::MandatoryMissing => "1",
            Self::ConditionalMissing => "2",
            Self::TooMany => "3",
            Self::TooShort => "4",
            Self::TooLong => "5",
            Self::InvalidCharacter | Self::InvalidType | Self::InvalidNotation | Self::NoDigitBeforeMark => "6",
            Self::InvalidCode => "7",
            Self::InvalidDate => "8",
            Self::InvalidTime => "9",
            Self::Exclusion => "10",
            Self::TooManyRepetitions if implementation => "12",
            Self::TooManyComponents if implementation => "13",
            Self::TooManyRepetitions | Self::TooManyComponents => "3",
            Self::NotUsed if implementation => "I10",
            Self::NotUsed => "3",
            Self::CodeNotUsed if implementation => "I6",
            Self::CodeNotUsed => "7",
        }
    }

    /// Its code in UCD for a syntax version; 48, a dependency, is known from version 4 on.
    #[must_use]
    pub const fn edifact(self, syntax: u8) -> &'static str {
        match self {
            Self::ConditionalMissing | Self::Exclusion if syntax >= 4 => "48",
            Self::MandatoryMissing | Self::ConditionalMissing => "13",
            Self::TooMany | Self::TooManyComponents => "16",
            Self::TooShort => "40",
            Self::TooLong => "39",
            Self::InvalidCharacter => "21",
            Self::InvalidType => "37",
            Self::InvalidNotation => "19",
            Self::NoDigitBeforeMark => "38",
            Self::InvalidCode | Self::InvalidDate | Self::InvalidTime => "12",
            Self::CodeNotUsed => "14",
            Self::Exclusion | Self::NotUsed => "15",
            Self::TooManyRepetitions => "35",
        }
    }
}

impl fmt::Display for ElementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An error in an element, as AK4, IK4 and UCD tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementFault {
    /// What is wrong.
    pub error: ElementError,
    /// Its position in the segment, the first after the ID being 1. EDIFACT's 0098 counts the ID, and is one more.
    pub element: u16,
    /// Its position in the composite, from 1; 0 if it is no component.
    pub component: u16,
    /// Its repetition, from 1; 0 if the element does not repeat here.
    pub repetition: u16,
    /// The reference number of the element; empty if it has none or is not known.
    pub number: Box<str>,
    /// A copy of the value, cut to [`Self::LONGEST_VALUE`] bytes; none if it is missing, personal, or has characters
    /// that may not be sent on.
    pub value: Option<Box<[u8]>>,
}

impl ElementFault {
    /// Longest copy of a value, as of AK404.
    pub const LONGEST_VALUE: usize = 99;
}

/// An error in a segment, as AK3, IK3 and UCS tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub error: SegmentError,
    /// The segment, or the one that is missing; as received if it is no segment of the release.
    pub segment: Box<str>,
    /// Its number in the set, ST and UNH being 1. For a missing segment, the number it should have had, which is one
    /// more than that of the last one before the gap, the one that EDIFACT's 0096 tells.
    pub number: u64,
    /// The loop it stands in.
    pub loop_id: Option<Box<str>>,
    /// Its errors, if they are [`SegmentError::ElementErrors`].
    pub elements: Vec<ElementFault>,
}

/// What was found in one set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The faults in the order of the segments.
    pub faults: Vec<Fault>,
    /// Faults beyond the limit, which are only counted.
    pub more: u64,
}

impl Report {
    /// Whether the set agrees with its definition.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty() && self.more == 0
    }
}

/// The bytes of a tag that may be shown: what is no tag is shown as its printable start.
pub(super) fn shown_tag(id: &[u8]) -> Box<str> {
    match Tag::new(id) {
        Some(tag) => tag.as_str().into(),
        None => id.iter().take(3).map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '?' }).collect(),
    }
}
