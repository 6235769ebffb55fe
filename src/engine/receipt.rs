//! What a partner is told about a file of its own: the standard's own checks, and what became of the file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::answers::effect;
use super::job::Job;
use super::{EngineError, at};
use crate::acknowledge::errors::{InterchangeError, SetError};
use crate::acknowledge::{Decision, Definitions, Interchange, Judge, Policy, Syntax};
use crate::agreement::edifact::party;
use crate::agreement::{Agreement, Standard, Wanted};
use crate::document::{Code, Effect};
use crate::flow::{Refusal, Report};
use crate::layout::Layout;
use crate::schema::Guides;
use crate::syntax::x12::{Text15, Text35};
use crate::workspace::Flow;

/// Codes that say that a file may be none of the partner's, or none for us: nobody is answered before a person looked.
const STRANGE: [Code; 3] = [Code::PartnerUnknown, Code::PartnerReceiver, Code::PartnerUsage];

impl Job<'_, '_> {
    /// The interchanges of a file that are answered, judged by the standard and by what was decided: none of what is held
    /// as a whole. Nothing that was rejected is called accepted.
    pub(super) fn judged(
        &self,
        flow: &Flow,
        layout: &Layout,
        report: &Report,
        (repeated, path): (&[[String; 3]], &Path),
    ) -> Result<Vec<Interchange>, EngineError> {
        let Some(agreement) = flow.agreement.as_deref().filter(|agreement| agreement.answer != Wanted::Nothing) else {
            return Ok(Vec::new());
        };
        let stops = |code: &Code| report.findings.counts().contains_key(code) && effect(flow, *code) != Effect::Note;
        let whole = report.findings.file_effect();
        let is_agreed = Standard::of(&layout.file) == Some(agreement.standard());
        if !is_agreed || whole == Some(Effect::HoldFile) || STRANGE.iter().any(stops) {
            return Ok(Vec::new());
        }
        let mut judged = at(path, judge(path, &report.refused, &agreement.guides))?;
        judged.retain(|interchange| is_of(agreement, flow, interchange));
        for interchange in &mut judged {
            let header = &interchange.header;
            let names = [header.sender.1.as_bytes(), header.receiver.1.as_bytes(), header.control.as_bytes()];
            if repeated.contains(&names.map(|name| text(interchange, name))) {
                interchange.refuse(InterchangeError::Duplicate);
            }
            let is_accepted = interchange.decision() != Decision::Rejected
                && interchange.groups.iter().any(|group| group.accepted() > 0);
            if whole.is_some() && is_accepted {
                interchange.refuse(InterchangeError::Content);
            }
        }
        Ok(judged)
    }
}

/// Judges the interchanges of a file, of which some sets were refused.
fn judge(path: &Path, refused: &BTreeMap<u64, Refusal>, guides: &Guides) -> io::Result<Vec<Interchange>> {
    let error = |refusal: &Refusal| match refusal {
        Refusal::Unsupported => SetError::Unsupported,
        Refusal::Wrong => SetError::Segments,
    };
    let refused = refused.iter().map(|(set, refusal)| (*set, error(refusal))).collect();
    let definitions = Definitions::new(guides.clone());
    let mut judge = Judge::new(&definitions, Policy { refused, ..Policy::default() });
    let (mut file, mut bytes, mut judged) = (File::open(path)?, Vec::new(), Vec::new());
    loop {
        let read = (&mut file).take(Judge::CHUNK as u64).read_to_end(&mut bytes)?;
        let last = read < Judge::CHUNK;
        let taken = judge.take(&bytes, last);
        bytes.drain(..taken);
        if last {
            judge.finish();
        }
        judged.extend(judge.judged());
        if last {
            return Ok(judged);
        }
    }
}

/// Whether an interchange is one from the partner to us, or from others that the flow lets pass.
fn is_of(agreement: &Agreement, flow: &Flow, interchange: &Interchange) -> bool {
    let header = &interchange.header;
    let passes = |code| effect(flow, code) == Effect::Note;
    let named = |(qualifier, id): &(Text15, Text35)| {
        party(&(text(interchange, id.as_bytes()), text(interchange, qualifier.as_bytes())))
    };
    (agreement.partner.to_string() == named(&header.sender) || passes(Code::PartnerUnknown))
        && (agreement.own.to_string() == named(&header.receiver) || passes(Code::PartnerReceiver))
}

/// What the envelope of an interchange says, as text; a file is judged as received, in the character set that UNB names.
fn text(interchange: &Interchange, bytes: &[u8]) -> String {
    let known = match &interchange.syntax {
        Syntax::X12(_) => None,
        Syntax::Edifact(syntax, _) => syntax.level.text(bytes),
    };
    known.map_or_else(|| String::from_utf8_lossy(bytes).into_owned(), |text| text.into_owned())
}
