//! Standard output and error: a reader that goes away is no error, control characters never reach a terminal.

use std::io::{self, IsTerminal, Write};

use super::Failure;
use crate::document::shown::visible;
use crate::document::{Effect, Finding, Findings};

/// Findings shown in full; the rest is counted.
const SHOWN: usize = 20;

/// What a command prints.
pub struct Out {
    stdout: io::BufWriter<io::Stdout>,
    closed: bool,
}

impl Default for Out {
    fn default() -> Self {
        Self { stdout: io::BufWriter::with_capacity(1 << 16, io::stdout()), closed: false }
    }
}

impl Out {
    /// Writes bytes to standard output.
    ///
    /// # Errors
    /// When it cannot be written; a closed pipe is no error.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        match self.stdout.write_all(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => other,
        }
    }

    /// Writes a line to standard output.
    ///
    /// # Errors
    /// As [`Out::bytes`].
    pub fn line(&mut self, text: impl AsRef<str>) -> Result<(), Failure> {
        let text = text.as_ref();
        self.bytes(text.as_bytes())
            .and_then(|()| self.bytes(b"\n"))
            .map_err(|e| Failure::Io("standard output".into(), e))
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// As [`Out::bytes`].
    pub fn finish(&mut self) -> Result<(), Failure> {
        match self.stdout.flush() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::Io("standard output".into(), error))
            }
            _ => Ok(()),
        }
    }

    /// Writes a line to standard error.
    pub fn note(&mut self, text: impl AsRef<str>) {
        // Nothing can be told when standard error itself is gone.
        let _ = writeln!(io::stderr(), "{}", text.as_ref());
    }

    /// Tells why a command could not do its work.
    pub fn error(&mut self, failure: &Failure) {
        self.note(format!("error: {failure}"));
    }

    /// Shows findings of a file on standard error, those that stop the whole file first, then the worst, and counts the
    /// rest.
    pub fn findings(&mut self, file: &str, findings: &Findings) {
        let mut sorted: Vec<&Finding> = findings.kept().iter().collect();
        let of_file = |finding: &Finding| matches!(finding.effect(), Effect::RejectFile | Effect::HoldFile);
        sorted.sort_by_key(|finding| std::cmp::Reverse((finding.severity, of_file(finding))));
        for finding in sorted.iter().take(SHOWN) {
            self.note(render(file, finding));
        }
        let total: u64 = findings.counts().values().sum();
        if total > SHOWN.min(sorted.len()) as u64 {
            let counts: Vec<String> = findings.counts().iter().map(|(code, count)| format!("{code} {count}")).collect();
            self.note(format!("{total} findings in all: {}", counts.join(", ")));
        }
    }

    /// Whether standard output is a terminal whose user has not asked for no colour (<https://no-color.org>).
    #[must_use]
    pub fn is_coloured() -> bool {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        io::stdout().is_terminal() && !unwanted
    }

    /// Whether a person watches standard error.
    #[must_use]
    pub fn is_watched() -> bool {
        io::stderr().is_terminal()
    }
}

/// One finding for a person: `error[CODE] file: position`, and below it what was found, expected and to be done.
#[must_use]
pub fn render(file: &str, finding: &Finding) -> String {
    let mut text = format!("{}[{}] {}: {}", finding.severity.as_str(), finding.code, visible(file), finding.at);
    text.push_str(&format!("\n  {}", finding.code.meaning()));
    for (name, value) in [("found", &finding.found), ("expected", &finding.expected), ("help", &finding.help)] {
        if !value.is_empty() {
            text.push_str(&format!("\n  {name}: {}", visible(value)));
        }
    }
    text
}
