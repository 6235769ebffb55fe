//! Files in which a partner answers what was sent: TA1, 997, 999 and CONTRL. They hold no documents; they settle what waits.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::PoisonError;

use super::decision::{Computed, empty};
use super::job::Job;
use super::{EngineError, at, said};
use crate::agreement::answer::About;
use crate::agreement::{Answer, Verdict};
use crate::document::{Code, Effect, Finding, Position};
use crate::flow::Report;
use crate::ledger::{Exchanged, Outcome};
use crate::limits;
use crate::workspace::Flow;

impl Job<'_, '_> {
    /// What becomes of a file that holds nothing but answers; none if it is another file, or nothing is agreed.
    pub(super) fn answers(&self, flow: &Flow, path: &Path) -> Result<Option<Computed>, EngineError> {
        let Some(agreement) = flow.agreement.as_deref() else { return Ok(None) };
        let head = at(path, head(path))?;
        let Some(read) = at(path, said::read(agreement, path, &head))? else { return Ok(None) };
        let (answers, unreadable, others) = (read.reader.answers, read.reader.unreadable, read.reader.others);
        let mut report = Report::default();
        (report.findings, report.interchanges) = (read.findings, read.interchanges);
        report.groups = read.groups;
        // A file of answers has no documents: what would stop one stops the file.
        let stops = |code: Code| Some(effect(flow, code)).filter(|effect| *effect == Effect::RejectDocument);
        let envelope: Vec<Effect> = report.findings.kept().iter().filter_map(|finding| stops(finding.code)).collect();
        self.control_numbers(agreement.standard(), &mut report)?;
        for answer in &answers {
            report.findings.push(self.told(answer)?);
        }
        if read.reader.receipts > 0 {
            let found = format!("CONTRL: {} received, and not accepted or rejected yet", read.reader.receipts);
            report.findings.push(Finding::new(Code::AckReceived, Position::default()).found(found));
        }
        let nothing = answers.is_empty() && report.findings.is_empty();
        if unreadable > 0 || nothing {
            let found = format!("{unreadable} without a verdict");
            report.findings.push(Finding::new(Code::AckUnreadable, Position::default()).found(found));
        }
        if others > 0 {
            let finding = Finding::new(Code::X12SetUnexpected, Position::default()).found(format!("{others} sets"));
            report.findings.push(finding.expected("997, 999 or CONTRL"));
        }
        let effects = read.codes.iter().map(|code| effect(flow, *code));
        let effects: Vec<Effect> = effects.chain(envelope).chain(report.findings.file_effect()).collect();
        report.findings.soften(|code| effect(flow, code) == Effect::Note);
        Ok(Some(self.decided(report, answers, &effects)))
    }

    fn decided(&self, report: Report, answers: Vec<Answer>, effects: &[Effect]) -> Computed {
        let outcome = if effects.iter().any(|effect| matches!(effect, Effect::RejectFile | Effect::RejectDocument)) {
            Outcome::Rejected
        } else if effects.iter().any(|effect| matches!(effect, Effect::HoldFile | Effect::HoldDocument)) {
            Outcome::Held
        } else {
            Outcome::Accepted
        };
        let mut computed = empty(outcome, Finding::new(Code::AckReceived, Position::default()));
        computed.decision.layout = "acknowledgement".to_owned();
        computed.decision.findings = report.findings;
        if outcome == Outcome::Accepted {
            computed.decision.control_numbers = report.interchanges;
            computed.decision.group_numbers = report.groups;
            let at = self.intake.received_at.clone();
            computed.decision.exchanged = Exchanged { answers, at, ..Exchanged::default() };
        }
        computed
    }

    /// What an answer says, and whether something waits for it.
    fn told(&self, answer: &Answer) -> Result<Finding, EngineError> {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let awaited = ledger.is_awaited(answer)?;
        let code = match answer.verdict {
            _ if !awaited => Code::AckUnmatched,
            Verdict::Accepted => Code::AckReceived,
            Verdict::Partly | Verdict::Rejected => Code::AckRejected,
        };
        let mut found = match answer.about {
            About::Interchange(number) => format!("{} of interchange {number}", answer.kind),
            About::Group(functional, number) => format!("{} of group {functional} {number}", answer.kind),
        };
        found.push_str(&format!(": {}", answer.verdict.as_str()));
        for (set, number) in &answer.rejected {
            found.push_str(&format!(", {set} {number}"));
        }
        Ok(Finding::new(code, Position::default()).found(found))
    }
}

/// What a code does in a flow.
pub(super) fn effect(flow: &Flow, code: Code) -> Effect {
    flow.policy.iter().find(|(known, _)| *known == code).map_or(code.effect(), |(_, effect)| *effect)
}

/// How a file begins.
fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(limits::CHUNK_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}
