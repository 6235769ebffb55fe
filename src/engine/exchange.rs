//! What a decision exchanges with a partner beside its documents. It depends on the files before it, so it is done in the
//! order of receipt: control numbers are put into what is written, acknowledgements are written, and a jump in the numbers
//! of what is received is told. What is taken here is only good when the ledger commits it with the decision.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

use jiff::{SignedDuration, Timestamp};

use super::decision::{Computed, Place, Sketch};
use super::{EngineError, at, unwritable};
use crate::acknowledge::{self, Form, Interchange, Stamp};
use crate::agreement::groups::{Around, GroupRun, Jump};
use crate::agreement::{Agreement, Line, Numbers, Standard, UsedUp, Wanted};
use crate::document::{Class, Code, Finding, Position};
use crate::layout::model::File;
use crate::layout::write::x12::Settings;
use crate::layout::write::{self, Writer};
use crate::ledger::{Awaited, Ledger, OpenIntake, Outcome};
use crate::outbox::Staging;
use crate::workspace::Workspace;

/// Digits of an interchange control number that others are before and after.
const DIGITS: usize = 9;

/// The moment of what is written for a file: when its deciding was first begun, which the ledger keeps.
pub(super) fn moment(intake: &OpenIntake) -> &str {
    intake.begun_at.as_deref().unwrap_or(&intake.received_at)
}

/// Goes over the computed files of a group in the order of receipt.
#[derive(Default)]
pub(super) struct Sealing {
    numbers: Numbers,
    /// Interchange control numbers of the files before, by sender and receiver.
    received: BTreeMap<[String; 2], BTreeSet<String>>,
    groups: Groups,
}

/// Runs of the control numbers of groups by sender and receiver, kind, and the first number of each.
#[derive(Default)]
struct Groups(BTreeMap<[String; 2], BTreeMap<String, BTreeMap<u64, u64>>>);

impl Groups {
    /// What is known around a run, which is then known itself.
    fn take(&mut self, run: &GroupRun) -> Around {
        let kinds = self.0.entry(run.pair.clone()).or_default();
        let (below, above) = kinds.get(&run.functional).map_or((None, None), |own| {
            let below = own.range(..run.first).next_back().map(|(first, last)| (*first, *last));
            (below, own.range(run.last + 1..).next().map(|(first, _)| *first))
        });
        let others = kinds.iter().filter(|(kind, _)| **kind != run.functional);
        let others =
            others.flat_map(|(_, runs)| runs.range(..=run.last)).map(|(first, last)| (*first, *last)).collect();
        let last = kinds.entry(run.functional.clone()).or_default().entry(run.first).or_default();
        *last = run.last.max(*last);
        Around { below, above, others }
    }
}

/// What is needed for one file.
struct Seal<'e> {
    workspace: &'e Workspace,
    ledger: &'e Ledger,
    intake: &'e OpenIntake,
}

impl Sealing {
    /// Completes what was computed of a file: drafts and acknowledgements become outputs.
    pub(super) fn seal(
        &mut self,
        (workspace, ledger): (&Workspace, &Ledger),
        intake: &OpenIntake,
        computed: &mut Computed,
    ) -> Result<(), EngineError> {
        let seal = Seal { workspace, ledger, intake };
        self.gaps(&seal, computed)?;
        self.group_gaps(&seal, computed)?;
        let before = self.numbers.clone();
        match self.exchange(&seal, computed)? {
            Ok(()) => {
                computed.outputs.sort_by_key(|(place, _)| *place);
                computed.decision.exchanged.allocations = self.numbers.close();
            }
            Err(used_up) => {
                self.numbers = before;
                computed.discard()?;
                computed.stop(Class::Held);
                let decision = &mut computed.decision;
                decision.outcome = Outcome::Held;
                decision.exchanged = crate::ledger::Exchanged::default();
                let finding = Finding::new(Code::ControlNumbersUsedUp, Position::default());
                decision.findings.push(finding.found(used_up.to_string()));
            }
        }
        Ok(())
    }

    /// Writes drafts and acknowledgements with their numbers; inside, which numbers are used up.
    fn exchange(&mut self, seal: &Seal<'_>, computed: &mut Computed) -> Result<Result<(), UsedUp>, EngineError> {
        // Those that are left when numbers are used up are given up with the rest.
        while !computed.drafts.is_empty() {
            let sketch = computed.drafts.remove(0);
            if let Err(used_up) = self.finish(seal, sketch, computed)? {
                return Ok(Err(used_up));
            }
        }
        self.answer(seal, computed)
    }

    /// Puts the numbers into a draft.
    fn finish(
        &mut self,
        seal: &Seal<'_>,
        sketch: Sketch,
        computed: &mut Computed,
    ) -> Result<Result<(), UsedUp>, EngineError> {
        let Sketch { output: number, draft, sets } = sketch;
        let stage = seal.workspace.private("stage");
        let output = seal.workspace.flow(&seal.intake.flow).and_then(|flow| flow.outputs.get(number));
        let layout = output.and_then(|output| seal.workspace.library.get(&output.layout).ok());
        let (Some(layout), Some(agreement)) = (layout, output.and_then(|output| output.agreement.as_deref())) else {
            return at(&stage, draft.discard()).and(Err(unwritable(&stage)));
        };
        let settings = match self.settings(seal, agreement, &layout.file, sets)? {
            Ok(settings) => settings,
            Err(used_up) => return at(&stage, draft.discard()).map(|()| Err(used_up)),
        };
        let Some(writer) = Writer::with(&layout, &settings) else {
            return at(&stage, draft.discard()).and(Err(unwritable(&stage)));
        };
        let place = Place::Output(number, 0);
        let mut staging = Staging::new(stage.join(place.id(seal.intake.id)));
        at(&stage, draft.pour(|piece| staging.write(&writer.in_order(piece))))?;
        let mut end = Vec::new();
        writer.end(&mut end);
        at(&stage, staging.write(&end))?;
        computed.outputs.push((place, staging));
        computed.decision.exchanged.awaited.extend(awaited(
            agreement,
            moment(seal.intake),
            &settings,
            &layout.file,
            sets,
        ));
        Ok(Ok(()))
    }

    /// The envelope of so many sets, with its numbers.
    fn settings(
        &mut self,
        seal: &Seal<'_>,
        agreement: &Agreement,
        file: &File,
        sets: u64,
    ) -> Result<Result<Settings, UsedUp>, EngineError> {
        let mut first = [0; 3];
        for ((slot, line), count) in first.iter_mut().zip(Line::ALL).zip(write::numbers(file, sets)) {
            // A line that EDIFACT has not is left as it is.
            if count == 0 {
                continue;
            }
            match self.take(seal, agreement, line, count)? {
                Ok(number) => *slot = number,
                Err(used_up) => return Ok(Err(used_up)),
            }
        }
        let [interchange, group, set] = first;
        let settings = agreement.settings(file, moment(seal.intake));
        Ok(Ok(Settings { interchange, group, set, is_draft: false, ..settings }))
    }

    fn take(
        &mut self,
        seal: &Seal<'_>,
        agreement: &Agreement,
        line: Line,
        count: u64,
    ) -> Result<Result<u64, UsedUp>, EngineError> {
        let stored = |own: &str, partner: &str, line| seal.ledger.next_number(own, partner, line);
        Ok(self.numbers.take(agreement, line, count, stored)?)
    }

    /// Writes the acknowledgement of what was received: one interchange for each that has an answer.
    fn answer(&mut self, seal: &Seal<'_>, computed: &mut Computed) -> Result<Result<(), UsedUp>, EngineError> {
        let flow = seal.workspace.flow(&seal.intake.flow);
        let Some(agreement) = flow.and_then(|flow| flow.agreement.as_deref()) else { return Ok(Ok(())) };
        let (stage, wanted) = (seal.workspace.private("stage"), wanted(agreement.answer));
        let mut staging: Option<Staging> = None;
        for interchange in std::mem::take(&mut computed.judged) {
            let Some(groups) = acknowledge::groups(&interchange, wanted) else { continue };
            let mut stamp = match self.stamp(seal, agreement, groups)? {
                Ok(stamp) => stamp,
                Err(used_up) => {
                    staging.map_or(Ok(()), |staging| at(&stage, staging.discard()))?;
                    return Ok(Err(used_up));
                }
            };
            let path = || stage.join(Place::Answer.id(seal.intake.id));
            let staging = staging.get_or_insert_with(|| Staging::new(path()));
            at(&stage, answer(&interchange, wanted, &mut stamp, staging))?;
        }
        computed.outputs.extend(staging.map(|staging| (Place::Answer, staging)));
        Ok(Ok(()))
    }

    /// Date, time and numbers of an answer.
    fn stamp(
        &mut self,
        seal: &Seal<'_>,
        agreement: &Agreement,
        groups: u64,
    ) -> Result<Result<Stamp, UsedUp>, EngineError> {
        let interchange = match self.take(seal, agreement, Line::Interchange, 1)? {
            Ok(number) => number,
            Err(used_up) => return Ok(Err(used_up)),
        };
        // A TA1 has no group, and neither has a CONTRL.
        let group = match groups {
            0 => 1,
            groups => match self.take(seal, agreement, Line::Group, groups)? {
                Ok(number) => number,
                Err(used_up) => return Ok(Err(used_up)),
            },
        };
        let digits: String = moment(seal.intake).chars().filter(char::is_ascii_digit).collect();
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
        // A range ends within nine digits.
        let number = |number: u64| u32::try_from(number).unwrap_or(acknowledge::LARGEST_CONTROL);
        Ok(Ok(Stamp { date: part(0, 8), time: part(8, 12), interchange: number(interchange), group: number(group) }))
    }

    /// Tells a jump in the interchange control numbers of a partner with an agreement, and a number that fills one.
    fn gaps(&mut self, seal: &Seal<'_>, computed: &mut Computed) -> Result<(), EngineError> {
        let flow = seal.workspace.flow(&seal.intake.flow);
        let Some(agreement) = flow.and_then(|flow| flow.agreement.as_deref()) else { return Ok(()) };
        for [sender, receiver, number] in &computed.decision.control_numbers {
            let Some(value) = value(number) else { continue };
            let [below, above] = seal.ledger.around(sender, receiver, number)?;
            let here = self.received.entry([sender.clone(), receiver.clone()]).or_default();
            let below = below.max(here.range(..number.clone()).next_back().cloned());
            let later = here.range::<str, _>((Excluded(number.as_str()), Unbounded)).next().cloned();
            let above = [above, later].into_iter().flatten().min();
            here.insert(number.clone());
            let Some((first, below)) = below.and_then(|below| Some((self::value(&below)? + 1, below))) else {
                continue;
            };
            let (code, found) = match above {
                Some(above) => (Code::ControlNumberLate, format!("{number}, between {below} and {above}")),
                None if first < value => (Code::ControlNumberGap, format!("{number} after {below}")),
                None => continue,
            };
            let finding = Finding::new(code, Position::default().field(agreement.standard().control())).found(found);
            computed.decision.findings.push(finding.expected(match code {
                Code::ControlNumberGap => format!("{first:09}"),
                _ => String::new(),
            }));
        }
        Ok(())
    }

    /// The same of the control numbers of groups.
    fn group_gaps(&mut self, seal: &Seal<'_>, computed: &mut Computed) -> Result<(), EngineError> {
        let flow = seal.workspace.flow(&seal.intake.flow);
        if flow.is_none_or(|flow| flow.agreement.is_none()) {
            return Ok(());
        }
        for run in &computed.decision.group_numbers {
            let around = seal.ledger.around_groups(run)?.and(self.groups.take(run));
            let Some(jump) = around.jump(run) else { continue };
            let (kind, number) = (&run.functional, run.first);
            let (code, found, expected) = match jump {
                Jump::Late { below, above } => {
                    (Code::ControlNumberLate, format!("{kind} {number}, between {below} and {above}"), String::new())
                }
                Jump::Gap { below, missing } => {
                    (Code::ControlNumberGap, format!("{kind} {number} after {below}"), format!("{kind} {missing}"))
                }
            };
            let finding = Finding::new(code, Position::default().field(Standard::GROUP_CONTROL)).found(found);
            computed.decision.findings.push(finding.expected(expected));
        }
        Ok(())
    }
}

/// The value of a number that others are before and after.
fn value(number: &str) -> Option<u64> {
    let sound = number.len() == DIGITS && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|_| sound)
}

/// What an agreement says of our answers.
fn wanted(answer: Wanted) -> acknowledge::Wanted {
    let form = match answer {
        Wanted::Functional997 => Some(Form::Functional),
        Wanted::Implementation999 => Some(Form::Implementation),
        Wanted::Nothing | Wanted::Ta1 | Wanted::Contrl => None,
    };
    // What is agreed is sent whether the interchange asks for it or not.
    let ta1 = matches!(answer, Wanted::Ta1 | Wanted::Contrl);
    acknowledge::Wanted { form, ta1, only_ta1: answer == Wanted::Ta1 }
}

/// Writes the answer to one interchange.
fn answer(
    interchange: &Interchange,
    wanted: acknowledge::Wanted,
    stamp: &mut Stamp,
    staging: &mut Staging,
) -> std::io::Result<()> {
    match acknowledge::write(interchange, wanted, stamp).map_err(std::io::Error::other)? {
        acknowledge::Answer::Interchange(bytes) => staging.write(&bytes),
        acknowledge::Answer::Acknowledgement | acknowledge::Answer::Nothing => Ok(()),
    }
}

/// What waits for an answer: each interchange, or each of its groups.
fn awaited(agreement: &Agreement, sent_at: &str, settings: &Settings, file: &File, sets: u64) -> Vec<Awaited> {
    let [interchanges, groups, _] = write::numbers(file, sets);
    let functional = match file {
        File::X12(x12) => x12.write.as_ref().map_or("", |write| write.group.as_str()),
        _ => "",
    };
    let sent: Timestamp = sent_at.parse().unwrap_or_default();
    let deadline = sent.saturating_add(SignedDuration::from_hours(agreement.deadline_hours.into())).unwrap_or(sent);
    let one = |interchange: u64, functional: &str, group: u64| Awaited {
        name: agreement.name.clone(),
        own: agreement.own.to_string(),
        partner: agreement.partner.to_string(),
        wanted: agreement.wanted.as_str(),
        interchange,
        functional: functional.to_owned(),
        group,
        sent_at: sent_at.to_owned(),
        deadline: deadline.to_string(),
    };
    match agreement.wanted {
        Wanted::Nothing => Vec::new(),
        Wanted::Ta1 | Wanted::Contrl => (0..interchanges).map(|at| one(settings.interchange + at, "", 0)).collect(),
        Wanted::Functional997 | Wanted::Implementation999 => {
            (0..groups).map(|at| one(settings.interchange, functional, settings.group + at)).collect()
        }
    }
}
