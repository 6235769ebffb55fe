//! An intake that a person made of one that was stopped: a release of its held documents, or a corrected file.

use std::collections::HashMap;
use std::path::Path;

use super::answers::effect;
use super::decision::{Computed, Place, empty};
use super::{EngineError, at};
use crate::document::balance::Totals;
use crate::document::{Class, Code, Effect, Finding, Position};
use crate::flow::DocumentRow;
use crate::ledger::{HeldDocument, IntakeRow, Ledger, OpenIntake, Outcome, Verb};
use crate::spill::Documents;
use crate::workspace::{Flow, Workspace};

/// Codes by which a document or file is held for a person's judgement, so that a release is the judgement. What has no
/// default effect but is held by a flow's policy is such a code too. What is unknown, invalid or against the envelope is none:
/// it would go out wrong whatever a person says.
const JUDGED: [Code; 5] = [
    Code::QuantityImplausible,
    Code::ChangedDocument,
    Code::ConflictingDocument,
    Code::CustomerDoubtful,
    Code::StaleSnapshot,
];

/// What an intake comes from, and what of it is taken.
#[derive(Debug)]
pub(super) struct Linked {
    verb: Verb,
    /// The files that it comes of, the nearest first.
    pub(super) comes_of: Vec<i64>,
    /// The documents that are released.
    documents: Vec<HeldDocument>,
    /// How many documents of each key and content are taken; none when it is the whole file.
    pub(super) selected: Option<HashMap<(u128, u128), u64>>,
    /// The codes that do not hold again.
    pub(super) overridden: Vec<Code>,
    /// The blob with the lines, of two files that are one.
    pub(super) lines: Option<String>,
    /// Whether its sender is answered: nobody was answered before, and the file is taken as a whole.
    pub(super) is_answered_now: bool,
}

impl Linked {
    /// What an intake comes from; none if it came by itself.
    pub(super) fn read(
        workspace: &Workspace,
        ledger: &Ledger,
        intake: &OpenIntake,
    ) -> Result<Option<Self>, EngineError> {
        let Some(origin) = ledger.origin(intake.id)? else { return Ok(None) };
        let comes_of = comes_of(ledger, intake.id)?;
        if origin.verb != Verb::Release {
            let (documents, overridden) = (Vec::new(), Vec::new());
            let (selected, lines, is_answered_now) = (None, None, false);
            let verb = origin.verb;
            return Ok(Some(Self { verb, comes_of, documents, selected, overridden, lines, is_answered_now }));
        }
        let documents = ledger.taken_documents(origin.action)?;
        // The file of which the bytes are, through releases of releases.
        let mut whole = origin.intake;
        while let Some(earlier) = ledger.origin(whole)?.filter(|earlier| earlier.verb == Verb::Release) {
            whole = earlier.intake;
        }
        let listed = ledger.documents(whole)?;
        let is_part = documents.len() < listed.iter().filter(|(kind, ..)| kind != "customer").count();
        let mut is_answered_now = !is_part;
        for file in &comes_of {
            is_answered_now &= !ledger.has_output(&Place::Answer.id(*file))?;
        }
        Ok(Some(Self {
            verb: origin.verb,
            selected: is_part.then(|| counted(&documents)),
            documents,
            overridden: match workspace.flow(&intake.flow) {
                Some(flow) => overridden(ledger, flow, origin.intake)?,
                None => Vec::new(),
            },
            lines: companion(ledger, intake.id)?.and_then(|companion| companion.sha256),
            comes_of,
            is_answered_now,
        }))
    }

    /// Whether it is the file's own bytes once more.
    pub(super) fn is_release(&self) -> bool {
        self.verb == Verb::Release
    }

    /// What is computed is good if it is about the documents that were released, no more and no fewer; else they stay held.
    pub(super) fn check(&self, ledger: &Ledger, stage: &Path, mut computed: Computed) -> Result<Computed, EngineError> {
        let mut is_registered = false;
        for [sender, receiver, number] in &computed.decision.control_numbers {
            let known = ledger.control_number(sender, receiver, number)?;
            is_registered |= known.is_some_and(|intake| self.comes_of.contains(&intake));
        }
        if is_registered {
            computed.decision.control_numbers.clear();
            computed.decision.group_numbers.clear();
        }
        let (found, released) = (computed.decision.incoming.documents, self.documents.len() as u64);
        if !self.is_release() || found == released || released == 0 {
            return Ok(computed);
        }
        computed.discard()?;
        let finding = Finding::new(Code::ReleaseDiffers, Position::default()).found(format!("{found} documents"));
        let mut held = empty(Outcome::Held, finding.expected(format!("{released} that were released")));
        let decision = &mut held.decision;
        decision.layout = computed.decision.layout;
        decision.kind = computed.decision.kind;
        decision.findings.append(computed.decision.findings);
        decision.incoming = Totals { documents: released, ..Totals::default() };
        decision.balance.add_to(Class::Held, &decision.incoming);
        decision.documents = Documents::new(stage.to_owned());
        for HeldDocument { number, key, content, .. } in &self.documents {
            let (key, content, class) = (*key, *content, Class::Held);
            let row = DocumentRow { number, key, content, class, is_customer: false, version: &[] };
            at(stage, decision.documents.push(row))?;
        }
        Ok(held)
    }
}

/// The files that an intake comes of, the nearest first.
fn comes_of(ledger: &Ledger, intake: i64) -> Result<Vec<i64>, EngineError> {
    let (mut files, mut last) = (Vec::new(), intake);
    while let Some(origin) = ledger.origin(last)? {
        last = origin.intake;
        files.push(last);
    }
    Ok(files)
}

/// The file with the lines of another one, or of the one that it comes of.
pub(super) fn companion(ledger: &Ledger, intake: i64) -> Result<Option<IntakeRow>, EngineError> {
    for file in std::iter::once(intake).chain(comes_of(ledger, intake)?) {
        if let Some(companion) = ledger.companion(file)? {
            return Ok(Some(companion));
        }
    }
    Ok(None)
}

/// How many documents there are of each key and content.
pub(super) fn counted(documents: &[HeldDocument]) -> HashMap<(u128, u128), u64> {
    let mut counted = HashMap::new();
    for document in documents {
        *counted.entry((document.key, document.content)).or_default() += 1;
    }
    counted
}

/// The codes that held something of a file and that a release of it overrides.
pub(super) fn overridden(ledger: &Ledger, flow: &Flow, intake: i64) -> Result<Vec<Code>, EngineError> {
    let holds = |code: &Code| matches!(effect(flow, *code), Effect::HoldDocument | Effect::HoldFile);
    let is_judged = |code: &Code| JUDGED.contains(code) || code.effect() == Effect::Note;
    let found = ledger.findings(intake)?;
    let told = |code: &&Code| found.iter().any(|finding| finding.code == code.as_str());
    let mut codes: Vec<Code> =
        Code::ALL.iter().filter(told).copied().filter(|code| holds(code) && is_judged(code)).collect();
    // The first of two that contradict each other is out, and the second is a change of it then.
    if codes.contains(&Code::ConflictingDocument) && !codes.contains(&Code::ChangedDocument) {
        codes.push(Code::ChangedDocument);
    }
    Ok(codes)
}
