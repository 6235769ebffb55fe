//! Watches the drop folders until told to stop. Events of the system are only hints to look sooner: they get lost.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use notify::{RecursiveMode, Watcher};

use super::{Engine, EngineError};
use crate::intake::scan::Settling;

/// How often the stop flag is looked at.
const BREATH: Duration = Duration::from_millis(100);

impl Engine {
    /// Takes files as they come, until `stop` is set; stops between two groups, never in the middle of one. Every
    /// folder is looked at in full at least every `scan_every`.
    ///
    /// # Errors
    /// When the machine fails.
    pub fn watch(
        &mut self,
        stop: &AtomicBool,
        scan_every: Duration,
        progress: &mut dyn FnMut(u64),
    ) -> Result<super::Done, EngineError> {
        let (sender, hints) = sync_channel::<()>(1);
        // A full channel already says «look»; a watcher that fails leaves the regular looks.
        let mut watcher = notify::recommended_watcher(move |_| {
            let _ = sender.try_send(());
        })
        .ok();
        for flow in self.workspace.flows.iter().filter(|flow| flow.source.is_none()) {
            if let Some(Err(error)) = watcher.as_mut().map(|w| w.watch(&flow.folder, RecursiveMode::NonRecursive)) {
                tracing::warn!(flow = flow.name, %error, "The folder sends no events; it is looked at regularly.");
            }
        }
        let mut last = None::<Instant>;
        while !stop.load(Ordering::SeqCst) {
            let due = last.is_none_or(|last| last.elapsed() >= scan_every);
            let waiting = self.settling.values().any(Settling::is_waiting);
            // Answers of servers are waited for as well; hints come within the same time.
            let answered = !due && self.remote.is_some() && self.transfer(BREATH)?;
            let breath = if due || self.remote.is_some() { Duration::ZERO } else { BREATH };
            let hinted = match hints.recv_timeout(breath) {
                Ok(()) => true,
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(breath);
                    false
                }
            };
            self.list_again(scan_every);
            if due || hinted || waiting || answered {
                self.cycle(progress)?;
                last = Some(Instant::now());
            }
        }
        self.leave_servers()?;
        Ok(self.tell())
    }
}
