//! What an agreement says of the interchanges that we write.

use super::{Agreement, Separators, Standard, Wanted};
use crate::layout::model::File;
use crate::layout::write::x12::Settings;
use crate::syntax::x12::Delimiters;

/// Repetition separators, by preference, for an agreement that names none.
const REPETITION: &[u8] = b"^!`";

impl Standard {
    /// The standard of a layout; none of one that is no EDI.
    #[must_use]
    pub const fn of(file: &File) -> Option<Self> {
        match file {
            File::X12(_) => Some(Self::X12),
            File::Edifact(_) => Some(Self::Edifact),
            File::Table(_) | File::Xml(_) | File::Fixed(_) | File::Json => None,
        }
    }
}

impl Agreement {
    /// The release, or directory, that a layout is written in for the partner: its own if that is agreed, or else the first
    /// agreed one that it covers; none if they have none in common.
    #[must_use]
    pub fn release_of(&self, file: &File) -> Option<&str> {
        let written = file.written()?;
        let agreed = |release: &str| self.releases.iter().map(String::as_str).find(|known| *known == release);
        agreed(written.release).or_else(|| written.covered.iter().find_map(|release| agreed(release)))
    }

    /// The envelope of an interchange to the partner at a moment, ISO 8601 in UTC. Its numbers are still to come.
    #[must_use]
    pub fn settings(&self, file: &File, moment: &str) -> Settings {
        let digits: String = moment.chars().filter(char::is_ascii_digit).collect();
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
        let party = |party: &super::Party| (party.qualifier.clone(), party.id.clone());
        let terms = self.edifact.as_ref();
        let internal = terms.map(|terms| (terms.own_internal.clone(), terms.partner_internal.clone()));
        Settings {
            sender: party(&self.own),
            receiver: party(&self.partner),
            internal: internal.unwrap_or_default(),
            applications: (self.own_group.clone(), self.partner_group.clone()),
            usage: self.usage.indicator().to_owned(),
            acknowledge: matches!(self.wanted, Wanted::Ta1 | Wanted::Contrl),
            moment: (part(0, 8), part(8, 12)),
            release: self.release_of(file).unwrap_or_default().to_owned(),
            delimiters: delimiters(self.separators),
            newline: !self.separators.segment.is_ascii_whitespace(),
            is_draft: true,
            syntax: terms.map(|terms| terms.syntax),
            guides: self.guides.clone(),
            ..Settings::default()
        }
    }
}

/// The separators agreed, with one for repetitions, which releases before 00402 do not use.
fn delimiters(agreed: Separators) -> Delimiters {
    let Separators { element, component, segment, repetition } = agreed;
    let free = |byte: &u8| ![element, component, segment].contains(byte);
    let repetition = repetition.or_else(|| REPETITION.iter().copied().find(free));
    Delimiters::new(element, segment, component, repetition)
}
