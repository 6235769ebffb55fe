//! What may be wrong with an interchange, a group or a set, and its codes.
//!
//! Facts: X12 elements I18 (TA105), 716 (AK905), 718 (AK502, 004010 and 005010) and 618 (IK502, 005010).

/// What is wrong with an interchange; the code is that of TA105.
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
    /// A GS whose other elements are wrong; the group can be acknowledged.
    ContentNoted,
    /// The sender used ISA13 before.
    Duplicate,
    /// The element separator.
    ElementSeparator,
    /// ISA16.
    ComponentSeparator,
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
            Self::Content | Self::ContentNoted => "024",
            Self::Duplicate => "025",
            Self::ElementSeparator => "026",
            Self::ComponentSeparator => "027",
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
    /// Another group of the interchange has the same GS06.
    Duplicate,
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
            Self::ControlNumber | Self::Duplicate => "6",
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
}

impl SetError {
    /// Every error, in the order in which they are told.
    pub const ALL: [Self; 11] = [
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
            Self::Segments | Self::GuideSegments | Self::Convention => "5",
            Self::Id | Self::NotInGroup => "6",
            Self::ControlNumber => "7",
            Self::Duplicate => "23",
        }
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
