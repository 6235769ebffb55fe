//! The control numbers of groups (GS06) that a partner sends: which were left out, and which come late.
//!
//! X12.6 leaves the numbering to the sender. Some count the groups of each kind (GS01), others all that they send to one
//! receiver: then the numbers between two groups of one kind are those of other kinds, and nothing is missing.

use crate::limits;
use crate::syntax::x12::{Group, Text15};

/// Digits of a number as it is shown, the most that GS06 may have.
const DIGITS: usize = 9;
/// How many runs back a group looks for the one that it follows: kinds of groups that alternate in a file.
const BACK: usize = 16;

/// Groups of one kind whose numbers follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRun {
    /// GS02 and GS03.
    pub pair: [String; 2],
    /// GS01.
    pub functional: String,
    /// GS06 of the first.
    pub first: u64,
    /// GS06 of the last.
    pub last: u64,
}

/// Notes a group behind those before it in its file; one without a sound number is passed over.
pub fn note(runs: &mut Vec<GroupRun>, group: &Group) {
    let digits = group.control.as_bytes();
    let sound = (1..=DIGITS).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok()).filter(|_| sound);
    let Some(number) = number else { return };
    let is = |text: &str, part: &Text15| text.as_bytes() == part.as_bytes();
    let mut near = runs.iter_mut().rev().take(BACK);
    let follows = near.find(|run| {
        is(&run.functional, &group.functional_id)
            && is(&run.pair[0], &group.sender)
            && is(&run.pair[1], &group.receiver)
    });
    if let Some(run) = follows.filter(|run| run.last + 1 == number) {
        run.last = number;
    } else if runs.len() < limits::GROUP_RUNS {
        let text = |part: &Text15| String::from_utf8_lossy(part.as_bytes()).into_owned();
        let pair = [text(&group.sender), text(&group.receiver)];
        runs.push(GroupRun { pair, functional: text(&group.functional_id), first: number, last: number });
    }
}

/// What is known of the numbers around a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// The run of its kind that begins last before it.
    pub below: Option<(u64, u64)>,
    /// The first number of its kind behind it.
    pub above: Option<u64>,
    /// Runs of other kinds of the same sender and receiver that begin or end within the two.
    pub others: Vec<(u64, u64)>,
}

/// What the numbers of a run say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// The numbers from this one on, behind the last that came, are missing.
    Gap {
        /// The last that came before.
        below: u64,
        /// The first that is missing.
        missing: u64,
    },
    /// It was missing before.
    Late {
        /// The number below.
        below: u64,
        /// The number above.
        above: u64,
    },
}

impl Around {
    /// Adds what another source knows.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.below = self.below.max(other.below);
        self.above = [self.above, other.above].into_iter().flatten().min();
        self.others.extend(other.others);
        self
    }

    /// What the numbers of a run say, with this around it.
    #[must_use]
    pub fn jump(&self, run: &GroupRun) -> Option<Jump> {
        let (from, below) = self.below?;
        if below + 1 >= run.first {
            return None;
        }
        if let Some(above) = self.above {
            return Some(Jump::Late { below, above });
        }
        let meets = |(first, last): &(u64, u64), of: (u64, u64)| *first <= of.1 && of.0 <= *last;
        // A number that two kinds have is one of kinds that are counted each for itself.
        let apart = self.others.iter().any(|other| meets(other, (from, below)) || meets(other, (run.first, run.last)));
        let missing = if apart { Some(below + 1) } else { self.first_missing(below + 1, run.first) };
        missing.map(|missing| Jump::Gap { below, missing })
    }

    /// The first number from `next` on, before `end`, that no other kind has.
    fn first_missing(&self, mut next: u64, end: u64) -> Option<u64> {
        let mut others = self.others.clone();
        others.sort_unstable();
        for (first, last) in others {
            if first > next {
                break;
            }
            next = next.max(last + 1);
        }
        (next < end).then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(functional: &str, control: &str) -> Group {
        let text = |text: &str| Text15::new(text.as_bytes());
        Group {
            functional_id: text(functional),
            sender: text("THEM"),
            receiver: text("US"),
            control: text(control),
            ..Group::default()
        }
    }

    #[test]
    fn groups_that_follow_each_other_are_one_run() {
        let mut runs = Vec::new();
        for (functional, control) in
            [("PO", "7"), ("IN", "7"), ("PO", "8"), ("PO", "0009"), ("PO", "11"), ("IN", "X"), ("IN", "1234567890")]
        {
            note(&mut runs, &group(functional, control));
        }
        let told: Vec<String> =
            runs.iter().map(|run| format!("{} {}-{}", run.functional, run.first, run.last)).collect();
        assert_eq!(told, ["PO 7-9", "IN 7-7", "PO 11-11"]);
    }

    #[test]
    fn runs_of_one_file_are_limited() {
        let mut runs = Vec::new();
        for number in 0..limits::GROUP_RUNS + 5 {
            note(&mut runs, &group("PO", &(number * 2).to_string()));
        }
        assert_eq!(runs.len(), limits::GROUP_RUNS);
    }

    #[test]
    fn a_jump_is_a_gap_unless_other_kinds_have_the_numbers() {
        let run = |first, last| GroupRun { pair: Default::default(), functional: "PO".into(), first, last };
        let around = |below: Option<(u64, u64)>, above: Option<u64>, others: &[(u64, u64)]| Around {
            below,
            above,
            others: others.to_vec(),
        };
        let gap = |below, missing| Some(Jump::Gap { below, missing });
        for (known, run, expected) in [
            (around(None, None, &[]), run(5, 5), None),
            (around(None, Some(9), &[]), run(5, 5), None),
            (around(Some((1, 4)), None, &[]), run(5, 6), None),
            (around(Some((1, 5)), None, &[]), run(5, 6), None),
            (around(Some((1, 3)), None, &[]), run(5, 6), gap(3, 4)),
            (around(Some((1, 3)), Some(7), &[]), run(5, 5), Some(Jump::Late { below: 3, above: 7 })),
            // All kinds are counted together.
            (around(Some((1, 1)), None, &[(2, 3), (4, 4)]), run(5, 5), None),
            (around(Some((1, 1)), None, &[(4, 4), (2, 2)]), run(5, 5), gap(1, 3)),
            // Each kind is counted for itself.
            (around(Some((3, 3)), None, &[(1, 9)]), run(5, 5), gap(3, 4)),
            (around(Some((3, 3)), None, &[(4, 5)]), run(5, 5), gap(3, 4)),
        ] {
            assert_eq!(known.jump(&run), expected, "{known:?} {run:?}");
        }
    }
}
