//! What a computed file comes to, before anything of it is staged.

use std::collections::HashMap;
use std::path::Path;

use super::{EngineError, at};
use crate::acknowledge::Interchange;
use crate::document::balance::{Balance, Totals};
use crate::document::{Class, Code, Effect, Finding, Findings, Position};
use crate::flow::Report;
use crate::ledger::{Decision, Exchanged, Outcome};
use crate::outbox::{Draft, Staging};
use crate::spill::Documents;

/// A file computed, its outputs not staged yet.
pub(super) struct Computed {
    pub(super) decision: Decision,
    pub(super) outputs: Vec<(Place, Staging)>,
    /// Outputs that lack their control numbers, by the number of the flow's output.
    pub(super) drafts: Vec<Sketch>,
    /// Interchanges of the file that are answered.
    pub(super) judged: Vec<Interchange>,
}

/// What an output is of its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// An output, by its number, and the number of its file if each document has its own, else 0.
    Output(usize, u32),
    /// The acknowledgement of what was received.
    Answer,
}

/// EDI that lacks its control numbers.
pub(super) struct Sketch {
    /// The number of the flow's output.
    pub(super) output: usize,
    /// What was written.
    pub(super) draft: Draft,
    /// How many sets or messages it has.
    pub(super) sets: u64,
}

impl Place {
    /// The name of the staged file.
    pub(super) fn id(self, intake: i64) -> String {
        format!("{intake}-{self}")
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Output(number, 0) => write!(f, "{}", number + 1),
            Self::Output(number, file) => write!(f, "{}-{file}", number + 1),
            Self::Answer => f.write_str("ack"),
        }
    }
}

impl Computed {
    /// Gives up what was written.
    pub(super) fn discard(&mut self) -> Result<(), EngineError> {
        let stage = Path::new("stage");
        self.judged.clear();
        self.drafts.drain(..).try_for_each(|sketch| at(stage, sketch.draft.discard()))?;
        self.outputs.drain(..).try_for_each(|(_, staging)| at(stage, staging.discard()))
    }

    /// Stops the file as a whole, once it was counted: all that came in ends in one class, and nothing is kept of it.
    pub(super) fn stop(&mut self, class: Class) {
        let decision = &mut self.decision;
        let mut balance = Balance::default();
        balance.add_to(class, &decision.incoming);
        decision.balance = balance;
        decision.documents.set_class(class);
        decision.largest.clear();
        decision.snapshots.clear();
        decision.control_numbers.clear();
        decision.group_numbers.clear();
    }
}

/// The same bytes as an earlier file: what they hold is counted as duplicate.
pub(super) fn duplicate(earlier: i64, incoming: Totals) -> Computed {
    let finding =
        Finding::new(Code::DuplicateContent, Position::default()).found(format!("the bytes of intake {earlier}"));
    let mut computed = empty(Outcome::Duplicate, finding);
    computed.decision.duplicate_of = Some(earlier);
    computed.decision.incoming = incoming;
    computed.decision.balance.add_to(Class::Duplicate, &incoming);
    computed
}

/// A decision without documents.
pub(super) fn empty(outcome: Outcome, finding: Finding) -> Computed {
    let mut findings = Findings::default();
    findings.push(finding);
    let decision = Decision {
        outcome,
        layout: String::new(),
        duplicate_of: None,
        companion_of: None,
        documents: Documents::default(),
        kind: "order",
        incoming: Totals::default(),
        balance: Balance::default(),
        passed_over: 0,
        findings,
        largest: Vec::new(),
        snapshots: Vec::new(),
        control_numbers: Vec::new(),
        group_numbers: Vec::new(),
        exchanged: Exchanged::default(),
    };
    Computed { decision, outputs: Vec::new(), drafts: Vec::new(), judged: Vec::new() }
}

/// A decision about the whole file by one code.
pub(super) fn whole(code: Code) -> Computed {
    let outcome = if code.effect() == Effect::HoldFile { Outcome::Held } else { Outcome::Rejected };
    empty(outcome, Finding::new(code, Position::default()))
}

/// What becomes of the file with the lines: it ends as the file with the headers does, which counts everything.
pub(super) fn companion(headers: i64, decision: &Decision) -> Decision {
    let finding = Finding::new(Code::Companion, Position::default()).found(format!("lines of intake {headers}"));
    let mut lines = empty(decision.outcome, finding).decision;
    lines.layout.clone_from(&decision.layout);
    lines.companion_of = Some(headers);
    lines
}

pub(super) fn grown(largest: HashMap<String, i128>) -> Vec<(String, i128)> {
    let mut sorted: Vec<_> = largest.into_iter().collect();
    sorted.sort();
    sorted
}

pub(super) fn outcome(report: &Report) -> Outcome {
    match report.findings.file_effect() {
        Some(Effect::RejectFile) => return Outcome::Rejected,
        Some(Effect::HoldFile) => return Outcome::Held,
        _ => {}
    }
    let count = |class| report.balance.class(class).documents;
    let total = report.incoming.documents;
    let all = |class| total > 0 && count(class) == total;
    if all(Class::Rejected) {
        Outcome::Rejected
    } else if all(Class::Held) {
        Outcome::Held
    } else if all(Class::Duplicate) {
        Outcome::Duplicate
    } else if report.balance.has_stopped() {
        Outcome::Partial
    } else {
        Outcome::Accepted
    }
}
