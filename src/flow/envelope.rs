//! The envelope of a file on its road: what it condemns, what is not agreed, and which sets are refused.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Finished, Refusal, Report, Road};
use crate::agreement::{Wanted, groups};
use crate::clean;
use crate::document::{Class, Code, Effect, Finding, Findings, Level, Position};
use crate::layout::model::{File, X12File};
use crate::syntax::edifact;
use crate::syntax::x12::{Mark, Text15};

impl Report {
    /// Folds the envelope's segments; documents that it condemns are rejected, and held or rejected if not agreed.
    pub(super) fn envelope(&mut self, road: &Road<'_>, finished: &Finished) -> Vec<(u32, Class)> {
        let mut found = Findings::of_batch();
        let mut stopped = Vec::new();
        for (mark, at) in &finished.marks {
            self.envelope.fold(mark, at.clone(), &mut found);
            let not_agreed = road.agreement.and_then(|agreement| self.agreed.fold(agreement, mark, at, &mut found));
            if let Some((rows, codes)) = not_agreed {
                self.stop(road, rows, &codes, &mut stopped);
            }
            self.end = at.clone();
            if let (Mark::Gs(group), File::X12(x12)) = (mark, &road.layout.file) {
                check_release(&group.release, x12, at, &mut found);
            }
            if let Mark::Gs(group) = mark
                && road.list_documents
            {
                groups::note(&mut self.groups, group);
            }
            if let Mark::Isa(interchange) = mark
                && road.list_documents
            {
                let text = |text: &Text15| String::from_utf8_lossy(text.as_bytes()).into_owned();
                self.interchanges.push([&interchange.sender, &interchange.receiver, &interchange.control].map(text));
            }
            if let Mark::Isa(interchange) = mark
                && interchange.usage.as_bytes() == b"T"
                && road.agreement.is_none()
            {
                found.push(Finding::new(Code::X12TestIndicator, at.clone().field("ISA15")));
            }
        }
        self.fold_edifact(road, &finished.edifact, &mut found, &mut stopped);
        let rejected = found.kept().iter().filter(|finding| road.rules.effect(finding.code) == Effect::RejectDocument);
        stopped.extend(rejected.flat_map(|finding| finding.rows().map(|row| (row, Class::Rejected))));
        found.soften(|code| road.rules.effect(code) == Effect::Note);
        self.findings.append(found);
        if !stopped.is_empty() {
            let classes = clean::classes(&finished.cleaned.batch, Level::Header);
            let worst = |row: u32, class: Class| classes.get(row as usize).map_or(class, |known| class.max(*known));
            stopped.iter_mut().for_each(|(row, class)| *class = worst(*row, *class));
        }
        stopped
    }

    /// Stops the documents of a set in which these codes say that something is not agreed.
    fn stop(&mut self, road: &Road<'_>, rows: Range<u32>, codes: &[Code], stopped: &mut Vec<(u32, Class)>) {
        if codes.iter().any(|code| matches!(code, Code::PartnerSet | Code::PartnerRelease)) {
            self.not_agreed.push(rows.start);
        }
        let class = codes.iter().filter_map(|code| class_of(road.rules.effect(*code))).max();
        stopped.extend(class.into_iter().flat_map(|class| rows.clone().map(move |row| (row, class))));
    }

    /// The same of EDIFACT.
    fn fold_edifact(
        &mut self,
        road: &Road<'_>,
        marks: &[(edifact::Mark, Position)],
        found: &mut Findings,
        stopped: &mut Vec<(u32, Class)>,
    ) {
        for (mark, at) in marks {
            self.edifact.fold(mark, at.clone(), found);
            let not_agreed = road.agreement.and_then(|agreed| self.agreed.fold_edifact(agreed, mark, at, found));
            if let Some((document, codes)) = not_agreed {
                self.stop(road, document..document.saturating_add(1), &codes, stopped);
            }
            self.end = at.clone();
            if let edifact::Mark::Unb(unb) = mark
                && road.list_documents
            {
                let text = |(id, _): &(String, String)| id.clone();
                self.interchanges.push([text(&unb.sender), text(&unb.receiver), unb.control.to_string()]);
            }
        }
    }

    /// Notes the sets of which a document is rejected, for the acknowledgement.
    pub(super) fn note_refused(&mut self, road: &Road<'_>, finished: &Finished) {
        let sets = finished.marks.iter().filter_map(|(mark, _)| match mark {
            Mark::Set { document, .. } => Some(*document),
            _ => None,
        });
        let messages = finished.edifact.iter().filter_map(|(mark, _)| match mark {
            edifact::Mark::Message(message) => Some(message.document),
            _ => None,
        });
        let firsts: Vec<u32> = sets.chain(messages).collect();
        if firsts.is_empty() || road.agreement.is_none_or(|agreement| agreement.answer == Wanted::Nothing) {
            return;
        }
        let unexpected = |finding: &&Finding| match finding.code {
            Code::X12SetUnexpected => true,
            // A type that is read may have a code in BGM that is not, which is an error of the message.
            Code::EdifactMessageUnexpected => finding.at.field.starts_with("UNH"),
            _ => false,
        };
        let mut unsupported: BTreeSet<u32> =
            finished.findings.kept().iter().filter(unexpected).filter_map(|finding| finding.document).collect();
        unsupported.extend(std::mem::take(&mut self.not_agreed));
        let classes = clean::classes(&finished.cleaned.batch, Level::Header);
        for (at, first) in firsts.iter().enumerate() {
            let end = firsts.get(at + 1).map_or(classes.len(), |next| *next as usize);
            let documents = *first as usize..end.max(*first as usize);
            if classes.get(documents).is_some_and(|documents| documents.contains(&Class::Rejected)) {
                let refusal = if unsupported.contains(first) { Refusal::Unsupported } else { Refusal::Wrong };
                self.refused.insert(self.sets + at as u64, refusal);
            }
        }
        self.sets += firsts.len() as u64;
    }
}

fn check_release(release: &Text15, x12: &X12File, at: &Position, findings: &mut Findings) {
    let known = x12.releases.iter().any(|known| release.as_bytes().starts_with(known.as_bytes()));
    if !known && !x12.releases.is_empty() {
        let finding = Finding::new(Code::X12Release, at.clone().field("GS08")).found(release.as_bytes());
        findings.push(finding.expected(x12.releases.join(" or ")));
    }
}

/// The class of a document that is stopped.
const fn class_of(effect: Effect) -> Option<Class> {
    match effect {
        Effect::HoldDocument => Some(Class::Held),
        Effect::RejectDocument => Some(Class::Rejected),
        _ => None,
    }
}
