//! The exports that outputs are filled into.

use rusqlite::{OptionalExtension, params};

use super::{Ledger, LedgerError};

/// The export chosen for an output of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FillRow {
    /// The file.
    pub intake: i64,
    /// The number of the flow's output.
    pub output: usize,
    /// The output's target.
    pub target: String,
    /// The output's layout.
    pub layout: String,
    /// The export's name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// When it was made, in seconds since 1970.
    pub modified_at: i64,
    /// When it was chosen, in seconds since 1970.
    pub filled_at: i64,
    /// Whether rows that it has with the same values are left out.
    pub leaves_out: bool,
}

impl Ledger {
    /// The exports chosen for a file.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn fills(&self, intake: i64) -> Result<Vec<FillRow>, LedgerError> {
        let sql = "SELECT intake, output, target, layout, name, sha256, modified_at, filled_at, leaves_out FROM fill
                   WHERE intake = ?1 ORDER BY output";
        self.rows(sql, [intake], |row| {
            Ok(FillRow {
                intake: row.get(0)?,
                output: row.get::<_, i64>(1)? as usize,
                target: row.get(2)?,
                layout: row.get(3)?,
                name: row.get(4)?,
                sha256: row.get(5)?,
                modified_at: row.get(6)?,
                filled_at: row.get(7)?,
                leaves_out: row.get(8)?,
            })
        })
    }

    /// Records the exports chosen for a file, all of them or none.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn add_fills(&mut self, rows: &[FillRow]) -> Result<(), LedgerError> {
        self.commit(|transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO fill (intake, output, target, layout, name, sha256, modified_at, filled_at, leaves_out)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?;
            rows.iter().try_for_each(|row| {
                let FillRow { intake, target, layout, name, sha256, modified_at, filled_at, leaves_out, .. } = row;
                let output = row.output as i64;
                insert
                    .execute(params![intake, output, target, layout, name, sha256, modified_at, filled_at, leaves_out])
                    .map(drop)
            })
        })
    }

    /// Forgets the exports chosen for a file that is not decided, so that others can be.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn forget_fills(&mut self, intake: i64) -> Result<(), LedgerError> {
        let sql = "DELETE FROM fill WHERE intake = ?1
                   AND EXISTS (SELECT 1 FROM intake WHERE id = ?1 AND state = 'received')";
        self.commit(|transaction| transaction.execute(sql, [intake]).map(drop))
    }

    /// When an export was last chosen for a target and layout, in seconds since 1970.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn last_filled(&self, target: &str, layout: &str) -> Result<Option<i64>, LedgerError> {
        let sql = "SELECT filled_at FROM fill WHERE target = ?1 AND layout = ?2 ORDER BY filled_at DESC LIMIT 1";
        Ok(self.connection.prepare_cached(sql)?.query_row([target, layout], |row| row.get(0)).optional()?)
    }

    /// SHA-256 of the exports of files that are not decided.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn open_fills(&self) -> Result<Vec<String>, LedgerError> {
        let sql =
            "SELECT DISTINCT fill.sha256 FROM fill JOIN intake ON intake.id = fill.intake WHERE state = 'received'";
        self.rows(sql, [], |row| row.get(0))
    }
}
