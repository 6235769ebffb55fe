//! The envelope of a standard as it is followed: segments become marks, and marks tell what is wrong with the envelope.
//! What follows a file without asking which standard it is goes through here.

use super::segment::{Dialect, Segment};
use super::{edifact, x12};
use crate::document::{Findings, Position};

/// What follows the envelope of a standard.
pub trait Frames: Dialect {
    /// An event of the envelope.
    type Mark: std::fmt::Debug;
    /// From segments to marks.
    type Tracker: Default + std::fmt::Debug;
    /// From marks to what is wrong.
    type Envelope: Default + std::fmt::Debug;

    /// Takes in a segment.
    fn track(tracker: &mut Self::Tracker, segment: &Segment<'_, Self>, findings: &mut Findings);
    /// The marks since the last call.
    fn marks(tracker: &mut Self::Tracker) -> Vec<(Self::Mark, Position)>;
    /// Ends a chunk; the marks that are left.
    fn last(tracker: Self::Tracker, at: Position, findings: &mut Findings) -> Vec<(Self::Mark, Position)>;
    /// Takes in a mark.
    fn fold(envelope: &mut Self::Envelope, mark: &Self::Mark, at: Position, findings: &mut Findings);
    /// Ends the file.
    fn finish(envelope: Self::Envelope, at: &Position, findings: &mut Findings);
}

/// The same calls of two types that have them by name.
macro_rules! frames {
    ($dialect:ty, $mark:ty, $tracker:ty, $envelope:ty) => {
        impl Frames for $dialect {
            type Mark = $mark;
            type Tracker = $tracker;
            type Envelope = $envelope;

            fn track(tracker: &mut Self::Tracker, segment: &Segment<'_, Self>, findings: &mut Findings) {
                tracker.segment(segment, findings);
            }

            fn marks(tracker: &mut Self::Tracker) -> Vec<(Self::Mark, Position)> {
                tracker.take_marks()
            }

            fn last(tracker: Self::Tracker, at: Position, findings: &mut Findings) -> Vec<(Self::Mark, Position)> {
                tracker.finish(at, findings)
            }

            fn fold(envelope: &mut Self::Envelope, mark: &Self::Mark, at: Position, findings: &mut Findings) {
                envelope.fold(mark, at, findings);
            }

            fn finish(envelope: Self::Envelope, at: &Position, findings: &mut Findings) {
                envelope.finish(at, findings);
            }
        }
    };
}

frames!(x12::Delimiters, x12::Mark, x12::SetTracker, x12::Envelope);
frames!(edifact::Syntax, edifact::Mark, edifact::MessageTracker, edifact::Envelope);
