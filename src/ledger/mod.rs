//! The durable record: one row of truth at each commit.
//!
//! SQLite in WAL mode with `synchronous = FULL`, one writer. Illegal states cannot be stored: tables are strict, states
//! are checked, triggers forbid transitions that do not exist.

mod exchange;
mod fill;
mod quarantine;
mod read;
mod remote;
mod write;

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

pub use exchange::{Awaited, AwaitedRow, Exchanged, MissingRow};
pub use fill::FillRow;
pub use quarantine::{Acted, ActionRow, HeldDocument, NewAction, Origin, Stopped, Verb};
pub use read::{BalanceRow, FindingRow, IntakeRow, NoticeRow, OpenIntake, OpenOutput, OutputRow};
pub use remote::{EndpointRow, NewRemote, OpenDelivery, RemoteFile, UnderWay};
pub use write::{Claim, Decided, Decision, NewOutput, Outcome};

/// `Cons` in ASCII: says that a database file is a ledger.
const APPLICATION_ID: i32 = 0x436F_6E73;
/// 3.51.3 corrects a bug that could corrupt a database in WAL mode (sqlite.org, 2026-03-13).
const OLDEST_SQLITE: i32 = 3_051_003;
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/001_begin.sql"),
    include_str!("migrations/002_snapshot.sql"),
    include_str!("migrations/003_exchange.sql"),
    include_str!("migrations/004_begun.sql"),
    include_str!("migrations/005_remote.sql"),
    include_str!("migrations/006_groups.sql"),
    include_str!("migrations/007_snapshots.sql"),
    include_str!("migrations/008_quarantine.sql"),
];

/// Why the ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// SQLite failed.
    #[error("the ledger failed")]
    Sqlite(#[from] rusqlite::Error),
    /// The bundled SQLite is too old.
    #[error("SQLite {0} has a bug that can corrupt the ledger; 3.51.3 or later is needed")]
    OldSqlite(&'static str),
    /// The file is no ledger.
    #[error("the file is not a ledger of Consign")]
    Foreign,
    /// The ledger was written by an earlier version, and is only looked at.
    #[error("the ledger was written by an earlier version; `consign run` brings it up to date")]
    Older,
    /// The ledger was written by a later version.
    #[error("the ledger has schema {found}, this version knows {known}; use the later version")]
    Newer {
        /// Schema in the file.
        found: usize,
        /// Schema of this program.
        known: usize,
    },
}

/// The ledger of a workspace.
#[derive(Debug)]
pub struct Ledger {
    connection: Connection,
}

impl Ledger {
    /// Opens the ledger, making it or bringing it up to date first.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        if rusqlite::version_number() < OLDEST_SQLITE {
            return Err(LedgerError::OldSqlite(rusqlite::version()));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut ledger = Self { connection: Connection::open_with_flags(path, flags)? };
        ledger.configure()?;
        ledger.migrate()?;
        Ok(ledger)
    }

    /// Opens the ledger to look at, beside a running instance.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn open_to_read(path: &Path) -> Result<Self, LedgerError> {
        let ledger = Self { connection: Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)? };
        ledger.connection.execute_batch("PRAGMA query_only = ON; PRAGMA busy_timeout = 5000;")?;
        let (found, known) = (ledger.version()?, MIGRATIONS.len());
        match found.cmp(&known) {
            std::cmp::Ordering::Less => Err(LedgerError::Older),
            std::cmp::Ordering::Equal => Ok(ledger),
            std::cmp::Ordering::Greater => Err(LedgerError::Newer { found, known }),
        }
    }

    fn configure(&self) -> Result<(), LedgerError> {
        self.connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
             PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000;
             PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864;",
        )?;
        self.connection.set_prepared_statement_cache_capacity(64);
        Ok(())
    }

    fn version(&self) -> Result<usize, LedgerError> {
        let version: i64 = self.connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        Ok(usize::try_from(version).unwrap_or(usize::MAX))
    }

    fn migrate(&mut self) -> Result<(), LedgerError> {
        let id: i32 = self.connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        let version = self.version()?;
        if version > MIGRATIONS.len() {
            return Err(LedgerError::Newer { found: version, known: MIGRATIONS.len() });
        }
        if version > 0 && id != APPLICATION_ID {
            return Err(LedgerError::Foreign);
        }
        for (number, migration) in MIGRATIONS.iter().enumerate().skip(version) {
            let transaction = self.connection.transaction()?;
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", number as i64 + 1)?;
            crate::durable::step();
            transaction.commit()?;
        }
        Ok(())
    }

    /// Checks the file's pages, keys and references; the list of what is wrong.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn check(&self) -> Result<Vec<String>, LedgerError> {
        let mut wrong = Vec::new();
        let mut statement = self.connection.prepare("PRAGMA integrity_check")?;
        for row in statement.query_map([], |row| row.get::<_, String>(0))? {
            wrong.push(row?);
        }
        wrong.retain(|line| line != "ok");
        let mut statement = self.connection.prepare("PRAGMA foreign_key_check")?;
        for row in statement.query_map([], |row| row.get::<_, String>(0))? {
            wrong.push(format!("a reference of table {} is broken", row?));
        }
        Ok(wrong)
    }
}

#[cfg(test)]
mod tests;
