//! Threads that talk to servers: orders in, outcomes back. Each endpoint has its own, so that a bad one holds up nobody
//! else; they know neither flows nor the ledger.

mod breaker;
mod line;
mod order;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::endpoint::Server;

pub use breaker::{Breaker, Permit, Trouble};
pub use order::{Cleared, Order, Outcome, Parcel, Results};

use line::Line;

/// The threads of all endpoints.
pub struct Hub {
    lines: BTreeMap<String, (Arc<Line>, Vec<JoinHandle<()>>)>,
    sender: Sender<(String, Outcome)>,
    outcomes: Receiver<(String, Outcome)>,
}

/// How a server has behaved lately.
#[derive(Clone, Copy, Debug)]
pub struct Health {
    /// `up`, `waiting` or `open`.
    pub word: &'static str,
    /// Whether it is left alone for longer than a run waits.
    pub is_open: bool,
    /// Failures in a row.
    pub failures: u32,
    /// When it is asked next, if not at once.
    pub next_try: Option<Instant>,
}

impl Hub {
    /// No thread yet: they begin with the first order.
    #[must_use]
    pub fn new(servers: &BTreeMap<String, Server>) -> Self {
        let (sender, outcomes) = channel();
        let lines =
            servers.iter().map(|(name, server)| (name.clone(), (Arc::new(Line::new(server.clone())), Vec::new())));
        Self { lines: lines.collect(), sender, outcomes }
    }

    /// Leaves a server alone that failed in an earlier run.
    pub fn leave_alone(&self, endpoint: &str, breaker: Breaker) {
        if let Some((line, _)) = self.lines.get(endpoint) {
            line.set_breaker(breaker);
        }
    }

    /// Orders something of a server; whether there is such a server.
    ///
    /// # Errors
    /// When a thread cannot be begun.
    pub fn give(&mut self, endpoint: &str, order: Order) -> std::io::Result<bool> {
        let Some((line, threads)) = self.lines.get_mut(endpoint) else { return Ok(false) };
        let waiting = line.push(order);
        if threads.len() < line.connections() && threads.len() < waiting.max(1) {
            let (line, sender) = (Arc::clone(line), self.sender.clone());
            threads.push(std::thread::Builder::new().spawn(move || line.work(&sender))?);
        }
        Ok(true)
    }

    /// The next outcome and its endpoint, waited for.
    #[must_use]
    pub fn next(&self, wait: Duration) -> Option<(String, Outcome)> {
        self.outcomes.recv_timeout(wait).ok()
    }

    /// How a server has behaved lately.
    #[must_use]
    pub fn health(&self, endpoint: &str) -> Option<Health> {
        self.lines.get(endpoint).map(|(line, _)| line.health())
    }
}

/// Ends the threads: calls under way are broken off.
impl Drop for Hub {
    fn drop(&mut self) {
        self.lines.values().for_each(|(line, _)| line.stop());
        for (_, threads) in self.lines.values_mut() {
            threads.drain(..).for_each(|thread| drop(thread.join()));
        }
    }
}
