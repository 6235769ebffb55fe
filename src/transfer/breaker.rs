//! When a server is asked again after it failed: pure rules, given the time.

use std::time::{Duration, Instant};

/// The wait after the first failure of the network.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait for a server that is not reached.
const LONGEST: Duration = Duration::from_secs(300);
/// The wait after the first refusal: a server that is asked too often locks the user out.
const FIRST_REFUSED: Duration = Duration::from_secs(60);
/// The longest wait after refusals.
const LONGEST_REFUSED: Duration = Duration::from_secs(3_600);
/// After so many failures the server is left alone for longer.
const OPENS_AT: u32 = 5;

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The network: it may pass by itself.
    Passing,
    /// The server refused us, or we it: the same will happen until somebody does something.
    Lasting,
}

/// What a thread that wants to work may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Go on.
    Go,
    /// Ask again then.
    At(Instant),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Sound,
    Waiting(Instant),
    Trial,
}

/// How a server has behaved lately, and so whether it is asked.
#[derive(Clone, Debug)]
pub struct Breaker {
    state: State,
    failures: u32,
    lasting: bool,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { state: State::Sound, failures: 0, lasting: false }
    }
}

impl Breaker {
    /// A server that failed in an earlier run, and is not asked before `until`.
    #[must_use]
    pub const fn waiting(until: Instant, failures: u32, lasting: bool) -> Self {
        Self { state: State::Waiting(until), failures, lasting }
    }

    /// Whether one may go on; after a wait one thread tries alone.
    pub fn ask(&mut self, now: Instant) -> Permit {
        match self.state {
            State::Sound => Permit::Go,
            State::Waiting(until) if now < until => Permit::At(until),
            State::Waiting(_) => {
                self.state = State::Trial;
                Permit::Go
            }
            State::Trial => Permit::At(now + Duration::from_millis(50)),
        }
    }

    /// Something went well, wholly.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// Something failed; `jitter` from 0 to 1 spreads those who failed together. What failed beside it counts once.
    pub fn failed(&mut self, now: Instant, trouble: Trouble, jitter: f64) {
        let lasting = trouble == Trouble::Lasting;
        if matches!(self.state, State::Waiting(_)) && (self.lasting || !lasting) {
            return;
        }
        self.failures = if lasting && !self.lasting { 1 } else { self.failures.saturating_add(1) };
        self.lasting = lasting;
        let (first, factor, longest) =
            if lasting { (FIRST_REFUSED, 4_u32, LONGEST_REFUSED) } else { (FIRST, 2, LONGEST) };
        let times = factor.saturating_pow(self.failures.min(16) - 1);
        let mut wait = first.saturating_mul(times).min(longest);
        if !lasting && self.failures >= OPENS_AT {
            wait = wait.max(Duration::from_secs(60));
        }
        self.state = State::Waiting(now + wait.mul_f64(0.75 + 0.5 * jitter.clamp(0.0, 1.0)));
    }

    /// A trial was given up without telling anything about the server.
    pub fn withdrawn(&mut self) {
        if self.state == State::Trial {
            self.state = State::Sound;
        }
    }

    /// `up`, `waiting` for the next try, or `open`: left alone for longer.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self.failures {
            0 => "up",
            _ if self.is_open() => "open",
            _ => "waiting",
        }
    }

    /// Whether the server is left alone for longer than a run waits.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.failures > 0 && (self.lasting || self.failures >= OPENS_AT)
    }

    /// Failures in a row.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// When the server is asked next, if not at once.
    #[must_use]
    pub const fn next_try(&self) -> Option<Instant> {
        match self.state {
            State::Waiting(until) => Some(until),
            State::Sound | State::Trial => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens, the milliseconds after which, and the word and wait in milliseconds that follow (jitter in the middle).
    #[test]
    fn waits_grow_are_bounded_and_end_with_success() {
        use Trouble::{Lasting, Passing};
        let cases: [(&[Trouble], &str, u64); 9] = [
            (&[], "up", 0),
            (&[Passing], "waiting", 500),
            (&[Passing; 2], "waiting", 1_000),
            (&[Passing; 4], "waiting", 4_000),
            (&[Passing; 5], "open", 60_000),
            (&[Passing; 40], "open", 300_000),
            (&[Lasting], "open", 60_000),
            (&[Lasting, Lasting], "open", 240_000),
            (&[Passing, Passing, Lasting, Lasting, Lasting, Lasting], "open", 3_600_000),
        ];
        for (troubles, word, wait) in cases {
            let (mut breaker, mut now) = (Breaker::default(), Instant::now());
            for trouble in troubles {
                now = breaker.next_try().unwrap_or(now);
                assert_eq!(breaker.ask(now), Permit::Go);
                breaker.failed(now, *trouble, 0.5);
            }
            let waits = breaker.next_try().map_or(0, |until| until.duration_since(now).as_millis() as u64);
            assert_eq!((breaker.word(), waits), (word, wait), "{troubles:?}");
            breaker.succeeded();
            assert_eq!((breaker.word(), breaker.ask(now)), ("up", Permit::Go));
        }
    }

    #[test]
    fn one_thread_tries_alone_and_failures_side_by_side_count_once() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        breaker.failed(now, Trouble::Passing, 0.0);
        breaker.failed(now, Trouble::Passing, 1.0);
        assert_eq!(breaker.failures(), 1);
        let until = breaker.next_try().unwrap();
        assert_eq!(until.duration_since(now), Duration::from_millis(375), "jitter at its least");
        assert_eq!(breaker.ask(now), Permit::At(until));
        assert_eq!(breaker.ask(until), Permit::Go);
        assert!(matches!(breaker.ask(until), Permit::At(_)), "the second one waits for the first");
        breaker.withdrawn();
        assert_eq!((breaker.ask(until), breaker.failures()), (Permit::Go, 1));
        breaker.failed(until, Trouble::Passing, 1.0);
        assert_eq!(breaker.next_try().unwrap().duration_since(until), Duration::from_millis(1_250), "and at its most");
        // A refusal beside failures of the network is what counts.
        breaker.failed(until, Trouble::Lasting, 0.5);
        assert!(breaker.is_open() && breaker.next_try().unwrap() >= until + FIRST_REFUSED);
    }
}
