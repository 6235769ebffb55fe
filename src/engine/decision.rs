//! What a computed file comes to, before anything of it is staged.

use std::collections::HashMap;

use crate::document::balance::{Balance, Totals};
use crate::document::{Class, Code, Effect, Finding, Findings, Position};
use crate::flow::{Documents, Report};
use crate::ledger::{Decision, Exchanged, Outcome};
use crate::outbox::Staging;

/// A file computed, its outputs not staged yet.
pub(super) struct Computed {
    pub(super) decision: Decision,
    pub(super) outputs: Vec<(usize, Staging)>,
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
        exchanged: Exchanged::default(),
    };
    Computed { decision, outputs: Vec::new() }
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
