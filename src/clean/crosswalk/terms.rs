//! The terms on which a row of a table counts.

use std::borrow::Cow;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use crate::clean::ratio::Ratio;

/// For whom, when and with which factor a row counts. Many rows share them.
#[derive(Clone, Debug)]
pub(super) struct Terms<T = Box<str>> {
    /// The partner it is for; empty for every partner. For units, the code list.
    pub(super) scope: T,
    pub(super) unit: T,
    pub(super) erp_unit: T,
    pub(super) factor: Option<Ratio>,
    /// First day it is valid, `YYYY-MM-DD`; empty for always.
    pub(super) from: T,
    /// Last day it is valid, `YYYY-MM-DD`; empty for ever.
    pub(super) to: T,
}

impl<T: AsRef<str>> Terms<T> {
    pub(super) fn hash(&self) -> u64 {
        let text = [&self.scope, &self.unit, &self.erp_unit, &self.from, &self.to].map(AsRef::as_ref);
        FixedState::default().hash_one((text, self.factor))
    }
}

impl Terms {
    /// Whether they are the same.
    pub(super) fn is(&self, other: &Terms<Cow<'_, str>>) -> bool {
        // Most of these are empty, and there is nothing to compare where one is.
        let same = |own: &str, other: &str| own.len() == other.len() && (own.is_empty() || own == other);
        self.factor == other.factor
            && same(&self.scope, &other.scope)
            && same(&self.unit, &other.unit)
            && same(&self.erp_unit, &other.erp_unit)
            && same(&self.from, &other.from)
            && same(&self.to, &other.to)
    }

    pub(super) fn is_valid(&self, day: &str) -> bool {
        let day = day.get(..10).unwrap_or(day);
        day.is_empty() || ((self.from.is_empty() || &*self.from <= day) && (self.to.is_empty() || day <= &*self.to))
    }

    /// Whether rows of one code on these terms and on others are valid for the same partner, unit and a common day.
    pub(super) fn collides(&self, other: &Terms<Cow<'_, str>>) -> bool {
        let before = |end: &str, start: &str| !end.is_empty() && !start.is_empty() && end < start;
        *self.scope == *other.scope
            && *self.unit == *other.unit
            && !before(&self.to, &other.from)
            && !before(&other.to, &self.from)
    }
}

impl Terms<Cow<'_, str>> {
    /// Whether it is for every partner, unit and day.
    pub(super) fn is_for_all(&self) -> bool {
        self.scope.is_empty() && self.unit.is_empty() && self.from.is_empty() && self.to.is_empty()
    }

    pub(super) fn stored(&self) -> Terms {
        Terms {
            scope: self.scope.as_ref().into(),
            unit: self.unit.as_ref().into(),
            erp_unit: self.erp_unit.as_ref().into(),
            factor: self.factor,
            from: self.from.as_ref().into(),
            to: self.to.as_ref().into(),
        }
    }
}
