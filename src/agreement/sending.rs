//! What an agreement says of the interchanges that we write.

use super::{Agreement, Separators, Wanted};
use crate::layout::model::X12File;
use crate::layout::write::x12::Settings;
use crate::syntax::x12::Delimiters;

/// Repetition separators, by preference, for an agreement that names none.
const REPETITION: &[u8] = b"^!`";

impl Agreement {
    /// The release that a layout is written in for the partner: its own if that is agreed, or else the first agreed one
    /// that it covers; none if they have none in common.
    #[must_use]
    pub fn release_of(&self, file: &X12File) -> Option<&str> {
        let own = file.write.as_ref().map(|write| write.release.as_str());
        let agreed = |release: &str| self.releases.iter().map(String::as_str).find(|known| *known == release);
        own.and_then(agreed).or_else(|| file.releases.iter().find_map(|release| agreed(release)))
    }

    /// The envelope of an interchange to the partner at a moment, ISO 8601 in UTC. Its numbers are still to come.
    #[must_use]
    pub fn settings(&self, file: &X12File, moment: &str) -> Settings {
        let digits: String = moment.chars().filter(char::is_ascii_digit).collect();
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
        let party = |party: &super::Party| (party.qualifier.clone(), party.id.clone());
        Settings {
            sender: party(&self.own),
            receiver: party(&self.partner),
            applications: (self.own_group.clone(), self.partner_group.clone()),
            usage: self.usage.indicator().to_owned(),
            acknowledge: self.wanted == Wanted::Ta1,
            moment: (part(0, 8), part(8, 12)),
            release: self.release_of(file).unwrap_or_default().to_owned(),
            delimiters: delimiters(self.separators),
            newline: !self.separators.segment.is_ascii_whitespace(),
            is_draft: true,
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
