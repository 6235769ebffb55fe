//! What a partner is told about a file of its own: the standard's own checks, and what became of the file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::answers::effect;
use super::job::Job;
use super::{EngineError, at};
use crate::acknowledge::errors::{InterchangeError, SetError};
use crate::acknowledge::{Decision, Definitions, Interchange, Judge, Policy};
use crate::agreement::{Agreement, Wanted};
use crate::document::{Code, Effect};
use crate::flow::{Refusal, Report};
use crate::layout::{self, Layout};
use crate::schema::Guides;
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
        let is_x12 = matches!(layout.file, layout::model::File::X12(_));
        if !is_x12 || whole == Some(Effect::HoldFile) || STRANGE.iter().any(stops) {
            return Ok(Vec::new());
        }
        let mut judged = at(path, judge(path, &report.refused, &agreement.guides))?;
        judged.retain(|interchange| is_of(agreement, flow, interchange));
        for interchange in &mut judged {
            let isa = &interchange.header;
            let names = [isa.sender.1.to_string(), isa.receiver.1.to_string(), isa.control.to_string()];
            if repeated.contains(&names) {
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
    let isa = &interchange.header;
    let passes = |code| effect(flow, code) == Effect::Note;
    (agreement.partner.is(&isa.sender.0, &isa.sender.1) || passes(Code::PartnerUnknown))
        && (agreement.own.is(&isa.receiver.0, &isa.receiver.1) || passes(Code::PartnerReceiver))
}
