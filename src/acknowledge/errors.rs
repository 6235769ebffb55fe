//! What may be wrong with an interchange, a group or a set, and its codes.
//!
//! Facts: X12 elements I18 (TA105), 716 (AK905), 718 (AK502, 004010 and 005010) and 618 (IK502, 005010); EDIFACT 0085, and
//! which of its codes UCI, UCF and UCM may tell (EANCOM 1997).

use crate::schema::{ElementError, ElementFault};

/// What CONTRL says of an error outside the segments of a message: in UCI, UCF or UCM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// 0085.
    pub code: &'static str,
    /// 0013 or 0135: the service segment that is wrong; empty if it is none.
    pub segment: &'static str,
    /// The element that is wrong, the first after the tag being 1; 0 for none.
    pub element: u16,
    /// The component that is wrong, from 1; 0 for none.
    pub component: u16,
}

impl Told {
    const fn of(code: &'static str, segment: &'static str) -> Self {
        Self { code, segment, element: 0, component: 0 }
    }

    const fn at(code: &'static str, segment: &'static str, element: u16, component: u16) -> Self {
        Self { code, segment, element, component }
    }
}

/// An element of a service segment of EDIFACT that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceFault {
    /// Its segment, such as `UNB`.
    pub segment: &'static str,
    /// Its position, the first after the tag being 1.
    pub element: u16,
    /// Its position in the composite, from 1; 0 if it is no component.
    pub component: u16,
    /// What is wrong.
    pub error: ElementError,
}

impl ServiceFault {
    /// The fault of an element of the segment of this tag.
    #[must_use]
    pub fn of(tag: &[u8], fault: &ElementFault) -> Self {
        let known = ["UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"];
        let segment = known.into_iter().find(|known| known.as_bytes() == tag).unwrap_or_default();
        Self { segment, element: fault.element, component: fault.component, error: fault.error }
    }

    /// Whether UCM repeats the element, so that a message in which it is wrong cannot be named.
    #[must_use]
    pub fn is_of_name(self) -> bool {
        self.segment == "UNH" && (self.element == 1 || self.element == 2 && self.component <= 4)
    }

    /// What UCI says, which knows neither the lengths nor the types of elements: they are invalid values there.
    fn of_interchange(self) -> Told {
        let code = match self.error.edifact(4) {
            "37" | "38" | "39" | "40" | "48" => "12",
            "35" => "16",
            code => code,
        };
        Told::at(code, self.segment, self.element, self.component)
    }

    /// What UCF and UCM say.
    #[must_use]
    pub fn told(self) -> Told {
        let code = match self.error {
            ElementError::InvalidNotation | ElementError::NoDigitBeforeMark => "37",
            ElementError::ConditionalMissing => "13",
            ElementError::Exclusion => "15",
            ElementError::TooManyRepetitions => "16",
            error => error.edifact(3),
        };
        Told::at(code, self.segment, self.element, self.component)
    }
}

/// What is wrong with an interchange; the codes are those of TA105 and UCI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InterchangeError {
    /// ISA13 and IEA02 differ.
    ControlMismatch,
    /// The segment terminator.
    Terminator,
    /// ISA05.
    SenderQualifier,
    /// ISA06, or a sender that nobody agreed with.
    Sender,
    /// ISA07.
    ReceiverQualifier,
    /// ISA08.
    Receiver,
    /// A receiver that is not ours.
    UnknownReceiver,
    /// ISA01.
    AuthorizationQualifier,
    /// ISA02.
    AuthorizationInformation,
    /// ISA03.
    SecurityQualifier,
    /// ISA04.
    SecurityInformation,
    /// ISA09.
    Date,
    /// ISA10.
    Time,
    /// ISA11.
    Standard,
    /// ISA12.
    Version,
    /// ISA13.
    ControlNumber,
    /// ISA14.
    AcknowledgementRequested,
    /// ISA15.
    TestIndicator,
    /// IEA01 is not the number of groups.
    GroupCount,
    /// A segment where the envelope allows none.
    Structure,
    /// The file ends before IEA.
    EndOfFile,
    /// A group that cannot be acknowledged by itself, or a segment beyond all limits.
    Content,
    /// A GS whose other elements are wrong, or an element of UNB that nothing depends on; both can be acknowledged.
    ContentNoted,
    /// The sender used ISA13 before.
    Duplicate,
    /// The element separator.
    ElementSeparator,
    /// ISA16.
    ComponentSeparator,
    /// EDIFACT only: messages stand both in groups and outside.
    Mixed,
    /// EDIFACT only: no message.
    Empty,
    /// EDIFACT only: an element of the envelope, or one that names a group or a message and cannot be repeated.
    Element(ServiceFault),
}

impl InterchangeError {
    /// The code in TA105.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ControlMismatch => "001",
            Self::Terminator => "004",
            Self::SenderQualifier => "005",
            Self::Sender => "006",
            Self::ReceiverQualifier => "007",
            Self::Receiver => "008",
            Self::UnknownReceiver => "009",
            Self::AuthorizationQualifier => "010",
            Self::AuthorizationInformation => "011",
            Self::SecurityQualifier => "012",
            Self::SecurityInformation => "013",
            Self::Date => "014",
            Self::Time => "015",
            Self::Standard => "016",
            Self::Version => "017",
            Self::ControlNumber => "018",
            Self::AcknowledgementRequested => "019",
            Self::TestIndicator => "020",
            Self::GroupCount => "021",
            Self::Structure => "022",
            Self::EndOfFile => "023",
            Self::Content | Self::ContentNoted | Self::Mixed | Self::Empty | Self::Element(_) => "024",
            Self::Duplicate => "025",
            Self::ElementSeparator => "026",
            Self::ComponentSeparator => "027",
        }
    }

    /// What UCI says of it.
    #[must_use]
    pub fn contrl(self) -> Told {
        match self {
            Self::ControlMismatch => Told::at("28", "UNZ", 2, 0),
            Self::GroupCount => Told::at("29", "UNZ", 1, 0),
            Self::EndOfFile => Told::of("13", "UNZ"),
            Self::Terminator | Self::ElementSeparator | Self::ComponentSeparator => Told::of("20", "UNA"),
            Self::SenderQualifier => Told::at("12", "UNB", 2, 2),
            Self::Sender => Told::at("23", "UNB", 2, 1),
            Self::ReceiverQualifier => Told::at("12", "UNB", 3, 2),
            Self::Receiver => Told::at("12", "UNB", 3, 1),
            Self::UnknownReceiver => Told::at("7", "UNB", 3, 1),
            Self::Date => Told::at("12", "UNB", 4, 1),
            Self::Time => Told::at("12", "UNB", 4, 2),
            Self::Standard | Self::Version => Told::at("2", "UNB", 1, 0),
            Self::ControlNumber => Told::at("12", "UNB", 5, 0),
            Self::Duplicate => Told::at("26", "UNB", 5, 0),
            Self::AcknowledgementRequested => Told::at("12", "UNB", 9, 0),
            Self::TestIndicator => Told::at("25", "UNB", 11, 0),
            Self::Structure => Told::of("33", ""),
            Self::Mixed => Told::of("30", ""),
            Self::Empty => Told::of("32", ""),
            Self::Element(fault) => fault.of_interchange(),
            Self::AuthorizationQualifier
            | Self::AuthorizationInformation
            | Self::SecurityQualifier
            | Self::SecurityInformation
            | Self::Content
            | Self::ContentNoted => Told::of("18", ""),
        }
    }

    /// Whether the interchange is rejected for it. Only what Consign does not act on is merely noted: an acknowledgement
    /// that says "accepted" of a file which is then not taken would lose its documents. (The standard leaves the class of
    /// a code open; BizTalk only notes 001, 006, 008, 009 and 021 as well.)
    #[must_use]
    pub const fn rejects(self) -> bool {
        !matches!(self, Self::AcknowledgementRequested | Self::TestIndicator | Self::ContentNoted)
    }

    /// The error of an element of ISA.
    #[must_use]
    pub const fn of_isa(element: u16) -> Self {
        match element {
            1 => Self::AuthorizationQualifier,
            2 => Self::AuthorizationInformation,
            3 => Self::SecurityQualifier,
            4 => Self::SecurityInformation,
            5 => Self::SenderQualifier,
            6 => Self::Sender,
            7 => Self::ReceiverQualifier,
            8 => Self::Receiver,
            9 => Self::Date,
            10 => Self::Time,
            11 => Self::Standard,
            12 => Self::Version,
            13 => Self::ControlNumber,
            14 => Self::AcknowledgementRequested,
            15 => Self::TestIndicator,
            16 => Self::ComponentSeparator,
            _ => Self::Structure,
        }
    }
}

/// What is wrong with a group, beyond its sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupError {
    /// The release in GS08 is not in the box.
    Version,
    /// No GE.
    NoTrailer,
    /// GS06 and GE02 differ.
    Control,
    /// GE01 is not the number of sets.
    Count,
    /// GS06 is no number that may be used.
    ControlNumber,
    /// Another group of the interchange has the same GS06 or 0048.
    Duplicate,
    /// EDIFACT only: an element of UNG or UNE.
    Element(ServiceFault),
}

impl GroupError {
    /// The code in AK905; a number used twice has one of its own from 005010 on.
    #[must_use]
    pub const fn code(self, is_5010: bool) -> &'static str {
        match self {
            Self::Version => "2",
            Self::NoTrailer => "3",
            Self::Control => "4",
            Self::Count => "5",
            Self::Duplicate if is_5010 => "19",
            Self::ControlNumber | Self::Duplicate | Self::Element(_) => "6",
        }
    }

    /// What UCF says of it.
    #[must_use]
    pub fn contrl(self) -> Told {
        match self {
            Self::Version => Told::at("17", "UNG", 7, 0),
            Self::NoTrailer => Told::of("13", "UNE"),
            Self::Control => Told::at("28", "UNE", 2, 0),
            Self::Count => Told::at("29", "UNE", 1, 0),
            Self::ControlNumber => Told::at("12", "UNG", 5, 0),
            Self::Duplicate => Told::at("26", "UNG", 5, 0),
            Self::Element(fault) => fault.told(),
        }
    }
}

/// What is wrong with a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetError {
    /// No definition of it.
    Unsupported,
    /// No SE.
    NoTrailer,
    /// ST02 and SE02 differ.
    Control,
    /// SE01 is not the number of segments.
    Count,
    /// Segments have errors.
    Segments,
    /// ST01 is missing or no set identifier.
    Id,
    /// ST02 is missing or malformed.
    ControlNumber,
    /// The set does not belong in the group of GS01.
    NotInGroup,
    /// ST03 is malformed.
    Convention,
    /// Another set of the group has the same ST02.
    Duplicate,
    /// Only a guide is violated.
    GuideSegments,
    /// EDIFACT only: an element of UNH or UNT, which is among the faults of the message.
    Service,
}

impl SetError {
    /// Every error, in the order in which they are told.
    pub const ALL: [Self; 12] = [
        Self::Unsupported,
        Self::NoTrailer,
        Self::Control,
        Self::Count,
        Self::Segments,
        Self::Id,
        Self::ControlNumber,
        Self::NotInGroup,
        Self::Convention,
        Self::Duplicate,
        Self::GuideSegments,
        Self::Service,
    ];

    /// Those that UCM tells, which tells one: in the order of the segments that they are about.
    pub const OF_MESSAGE: [Self; 9] = [
        Self::Service,
        Self::ControlNumber,
        Self::Id,
        Self::Duplicate,
        Self::Unsupported,
        Self::NotInGroup,
        Self::NoTrailer,
        Self::Count,
        Self::Control,
    ];

    /// The code in AK502, or in IK502 if `implementation`. The 997 has none for a set in the wrong group, for ST03 and
    /// for guides; the nearest are told.
    #[must_use]
    pub const fn code(self, implementation: bool) -> &'static str {
        match self {
            Self::Unsupported => "1",
            Self::NoTrailer => "2",
            Self::Control => "3",
            Self::Count => "4",
            Self::NotInGroup if implementation => "18",
            Self::Convention if implementation => "19",
            Self::GuideSegments if implementation => "I5",
            Self::Segments | Self::GuideSegments | Self::Convention | Self::Service => "5",
            Self::Id | Self::NotInGroup => "6",
            Self::ControlNumber => "7",
            Self::Duplicate => "23",
        }
    }

    /// What UCM says of it; nothing if UCS and UCD tell it, or a fault of UNH or UNT.
    #[must_use]
    pub fn contrl(self) -> Option<Told> {
        Some(match self {
            Self::Unsupported => Told::at("17", "UNH", 2, 0),
            Self::NoTrailer => Told::of("13", "UNT"),
            Self::Control => Told::at("28", "UNT", 2, 0),
            Self::Count => Told::at("29", "UNT", 1, 0),
            Self::Id => Told::at("12", "UNH", 2, 1),
            Self::ControlNumber => Told::at("12", "UNH", 1, 0),
            Self::NotInGroup => Told::at("31", "UNH", 2, 1),
            Self::Duplicate => Told::at("26", "UNH", 1, 0),
            Self::Convention | Self::Segments | Self::GuideSegments | Self::Service => return None,
        })
    }
}

/// The errors of a set, without memory of their own: a file may have a million sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SetErrors(u16);

impl SetErrors {
    /// Adds an error.
    pub fn insert(&mut self, error: SetError) {
        self.0 |= 1 << error as u16;
    }

    /// Whether it is there.
    #[must_use]
    pub const fn has(self, error: SetError) -> bool {
        self.0 & (1 << error as u16) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The errors, in the order in which they are told.
    pub fn iter(self) -> impl Iterator<Item = SetError> {
        SetError::ALL.into_iter().filter(move |error| self.has(*error))
    }
}
