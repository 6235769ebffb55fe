//! Control numbers: handed out in order, without gaps, and never twice.
//!
//! What is handed out here is only good when the ledger commits it with the decision it was handed out for; a decision
//! that is never committed takes nothing, and the same numbers are handed out again.

use std::collections::BTreeMap;
use std::fmt;

use super::Agreement;

/// Which of the three numbers of an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    /// ISA13.
    Interchange,
    /// GS06.
    Group,
    /// ST02.
    Set,
}

impl Line {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Interchange, Self::Group, Self::Set];

    /// As the ledger writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interchange => "interchange",
            Self::Group => "group",
            Self::Set => "set",
        }
    }
}

/// The numbers that a line may use, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

impl Range {
    /// All numbers of nine digits: what ISA13, GS06 and ST02 can hold.
    pub const ALL: Self = Self { first: 1, last: 999_999_999 };
}

/// A line has no number left.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {line} control numbers of {own} for {partner} are used up at {last}; extend the range in the agreement")]
pub struct UsedUp {
    /// Which line.
    pub line: Line,
    /// Our identifier.
    pub own: String,
    /// Theirs.
    pub partner: String,
    /// The last number of the range.
    pub last: u64,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Numbers of one line that a decision takes, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// Our identifier with its qualifier.
    pub own: String,
    /// Theirs.
    pub partner: String,
    /// Which line.
    pub line: Line,
    /// The first number taken.
    pub first: u64,
    /// The number after the last one taken.
    pub next: u64,
}

type Key = (String, String, Line);

/// Hands out control numbers for the decisions of one commit.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    /// The next number of each line that was asked for.
    next: BTreeMap<Key, u64>,
    /// Where each line stood when the last decision was closed.
    taken: BTreeMap<Key, u64>,
}

impl Numbers {
    /// Takes the next `count` numbers of a line, which follow each other, and gives the first; `stored` is asked for what
    /// the ledger has, the first time.
    ///
    /// # Errors
    /// When the ledger fails; and, inside, when the range has not so many left, which takes nothing.
    pub fn take<E>(
        &mut self,
        agreement: &Agreement,
        line: Line,
        count: u64,
        stored: impl FnOnce(&str, &str, Line) -> Result<Option<u64>, E>,
    ) -> Result<Result<u64, UsedUp>, E> {
        let (own, partner) = (agreement.own.to_string(), agreement.partner.to_string());
        let range = agreement.range(line);
        let key = (own, partner, line);
        let next = match self.next.get(&key) {
            Some(next) => *next,
            // A range that begins later than it did is begun; one that begins earlier never goes back.
            None => stored(&key.0, &key.1, line)?.unwrap_or(range.first).max(range.first),
        };
        let following = next.saturating_add(count);
        if following > range.last + 1 {
            let (own, partner, _) = key;
            return Ok(Err(UsedUp { line, own, partner, last: range.last }));
        }
        self.taken.entry(key.clone()).or_insert(next);
        self.next.insert(key, following);
        Ok(Ok(next))
    }

    /// What was handed out since this was asked last, to be committed with the decision it was handed out for.
    pub fn close(&mut self) -> Vec<Allocation> {
        let taken = std::mem::take(&mut self.taken);
        let allocation = |((own, partner, line), first): (Key, u64)| {
            let key = (own, partner, line);
            let next = self.next.get(&key).copied().unwrap_or(first);
            Allocation { own: key.0, partner: key.1, line, first, next }
        };
        taken.into_iter().map(allocation).collect()
    }
}
