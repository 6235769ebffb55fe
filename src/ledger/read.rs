//! What is asked of the ledger.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{OptionalExtension, Row};

use super::{Ledger, LedgerError};
use crate::document::Decimal;
use crate::document::balance::Totals;

/// An intake that is not finished.
#[derive(Clone, Debug)]
pub struct OpenIntake {
    /// Its id.
    pub id: i64,
    /// Its flow.
    pub flow: String,
    /// Its name.
    pub name: String,
    /// The folder it was taken from.
    pub folder: String,
    /// Device and inode when it was claimed.
    pub file: (u64, u64),
    /// Its state.
    pub state: String,
    /// How it ended, if it was decided.
    pub outcome: Option<String>,
    /// SHA-256, once owned.
    pub sha256: Option<String>,
    /// Size in bytes.
    pub size: u64,
    /// Attempts made.
    pub attempts: u32,
    /// When it was taken.
    pub received_at: String,
    /// When its deciding was first begun.
    pub begun_at: Option<String>,
    /// Whether a person made it: a release or a correction.
    pub is_linked: bool,
}

/// An output that is not published.
#[derive(Clone, Debug)]
pub struct OpenOutput {
    /// Name of the staged file.
    pub id: String,
    /// The target's folder.
    pub folder: String,
    /// The final name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// An intake for a report.
#[derive(Clone, Debug, serde::Serialize)]
pub struct IntakeRow {
    /// Its id.
    pub id: i64,
    /// Its flow.
    pub flow: String,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: String,
    /// How it ended.
    pub outcome: Option<String>,
    /// SHA-256 of its bytes.
    pub sha256: Option<String>,
    /// Size in bytes.
    pub size: i64,
    /// When it was taken.
    pub received_at: String,
    /// The layout it was read with.
    pub layout: String,
    /// The earlier intake of the same bytes.
    pub duplicate_of: Option<i64>,
    /// The intake whose lines it holds.
    pub companion_of: Option<i64>,
    /// Records passed over by rule.
    pub passed_over: i64,
    /// The file whose release or correction it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked_to: Option<i64>,
    /// `release` or `correct`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked_by: Option<String>,
}

/// An entry of a folder that was passed over, or something else noticed outside any file.
#[derive(Clone, Debug, serde::Serialize)]
pub struct NoticeRow {
    /// The flow; empty when it belongs to none.
    pub flow: String,
    /// The name.
    pub name: String,
    /// The code.
    pub notice: String,
    /// When it was first seen.
    pub at: String,
}

/// A finding of an intake.
#[derive(Clone, Debug, serde::Serialize)]
pub struct FindingRow {
    /// The code.
    pub code: String,
    /// How bad it is.
    pub severity: String,
    /// Where.
    pub place: String,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
    /// What to do.
    pub help: String,
    /// How often.
    pub count: i64,
}

/// Control totals of a class.
#[derive(Clone, Debug, serde::Serialize)]
pub struct BalanceRow {
    /// The intake.
    pub intake: i64,
    /// `in`, or the class.
    pub class: String,
    /// Documents.
    pub documents: i64,
    /// Lines.
    pub lines: i64,
    /// Quantity as text.
    pub quantity: String,
    /// Amount as text.
    pub amount: String,
}

/// An output for a report.
#[derive(Clone, Debug, serde::Serialize)]
pub struct OutputRow {
    /// The intake it was made from.
    pub intake: i64,
    /// The target.
    pub target: String,
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Size in bytes.
    pub size: i64,
    /// Its state.
    pub state: String,
}

const INTAKE: &str =
    "SELECT id, flow, name, state, outcome, sha256, size, received_at, layout, duplicate_of, passed_over, companion_of,
         (SELECT origin.intake FROM action AS origin WHERE origin.id = intake.action),
         (SELECT origin.verb FROM action AS origin WHERE origin.id = intake.action)
     FROM intake";

fn intake(row: &Row<'_>) -> rusqlite::Result<IntakeRow> {
    Ok(IntakeRow {
        id: row.get(0)?,
        flow: row.get(1)?,
        name: row.get(2)?,
        state: row.get(3)?,
        outcome: row.get(4)?,
        sha256: row.get(5)?,
        size: row.get(6)?,
        received_at: row.get(7)?,
        layout: row.get(8)?,
        duplicate_of: row.get(9)?,
        passed_over: row.get(10)?,
        companion_of: row.get(11)?,
        linked_to: row.get(12)?,
        linked_by: row.get(13)?,
    })
}

impl Ledger {
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, LedgerError> {
        Ok(self.connection.prepare_cached(sql)?.query_map(params, row)?.collect::<Result<_, _>>()?)
    }

    /// Intakes that are not finished, oldest first.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn open_intakes(&self) -> Result<Vec<OpenIntake>, LedgerError> {
        let sql = "SELECT id, flow, name, folder, device, inode, state, outcome, sha256, size, attempts, received_at,
                       begun_at, action IS NOT NULL
                   FROM intake WHERE state NOT IN ('archived', 'vanished') ORDER BY id";
        self.rows(sql, [], |row| {
            Ok(OpenIntake {
                id: row.get(0)?,
                flow: row.get(1)?,
                name: row.get(2)?,
                folder: row.get(3)?,
                file: (row.get::<_, i64>(4)? as u64, row.get::<_, i64>(5)? as u64),
                state: row.get(6)?,
                outcome: row.get(7)?,
                sha256: row.get(8)?,
                size: row.get::<_, i64>(9)? as u64,
                attempts: row.get(10)?,
                received_at: row.get(11)?,
                begun_at: row.get(12)?,
                is_linked: row.get(13)?,
            })
        })
    }

    /// Outputs that are not published, in the order they were decided.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn open_outputs(&self) -> Result<Vec<OpenOutput>, LedgerError> {
        let sql = "SELECT id, folder, name, sha256 FROM outbox WHERE state <> 'published' ORDER BY intake, rowid";
        self.rows(sql, [], |row| {
            Ok(OpenOutput { id: row.get(0)?, folder: row.get(1)?, name: row.get(2)?, sha256: row.get(3)? })
        })
    }

    /// The first intake of the same bytes in the flow that was not rejected, and of which nothing was discarded while it
    /// was held.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn same_content(&self, flow: &str, sha256: &str) -> Result<Option<i64>, LedgerError> {
        let sql = "SELECT id FROM intake WHERE flow = ?1 AND sha256 = ?2 AND outcome IN ('accepted', 'partial', 'held')
                   AND companion_of IS NULL AND NOT (outcome = 'held' AND EXISTS (
                       SELECT 1 FROM action WHERE action.intake = intake.id AND verb = 'discard'))
                   ORDER BY id LIMIT 1";
        Ok(self.connection.prepare_cached(sql)?.query_row([flow, sha256], |row| row.get(0)).optional()?)
    }

    /// The content of a document received before that went out or is held. One that a person decided about is what it
    /// became then.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn known_content(&self, key: u128) -> Result<Option<u128>, LedgerError> {
        let sql = "SELECT content FROM document WHERE key = ?1 AND (class = 'out' OR class = 'held' AND NOT EXISTS (
                       SELECT 1 FROM action_document AS taken WHERE taken.document = document.id))
                   ORDER BY id DESC LIMIT 1";
        let content: Option<[u8; 16]> =
            self.connection.prepare_cached(sql)?.query_row([key.to_be_bytes()], |row| row.get(0)).optional()?;
        Ok(content.map(u128::from_be_bytes))
    }

    /// The last version of an order, and whether it went out with a content.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn past(&self, key: u128, content: u128) -> Result<(Option<Vec<u8>>, bool), LedgerError> {
        let (key, content) = (key.to_be_bytes(), content.to_be_bytes());
        let sql = "SELECT version FROM document WHERE key = ?1 AND version IS NOT NULL ORDER BY id DESC LIMIT 1";
        let version = self.connection.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()?;
        let sql = "SELECT EXISTS (SELECT 1 FROM document WHERE key = ?1 AND content = ?2 AND class = 'out')";
        let was_out = self.connection.prepare_cached(sql)?.query_row([key, content], |row| row.get(0))?;
        Ok((version, was_out))
    }

    /// The intake that bore an interchange control number.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn control_number(&self, sender: &str, receiver: &str, number: &str) -> Result<Option<i64>, LedgerError> {
        let sql = "SELECT intake FROM control_number WHERE sender = ?1 AND receiver = ?2 AND number = ?3";
        Ok(self.connection.prepare_cached(sql)?.query_row([sender, receiver, number], |row| row.get(0)).optional()?)
    }

    /// The moment of the newest stock snapshot of a flow and location.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn snapshot(&self, flow: &str, location: &str) -> Result<Option<String>, LedgerError> {
        let sql = "SELECT as_of FROM snapshot WHERE flow = ?1 AND location = ?2";
        Ok(self.connection.prepare_cached(sql)?.query_row([flow, location], |row| row.get(0)).optional()?)
    }

    /// Largest accepted quantities of a flow, in billionths.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn history(&self, flow: &str) -> Result<HashMap<String, i128>, LedgerError> {
        let rows = self.rows("SELECT sku, largest FROM sku_history WHERE flow = ?1", [flow], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?;
        Ok(rows.into_iter().filter_map(|(sku, largest)| Some((sku, largest.parse().ok()?))).collect())
    }

    /// The newest intakes, newest first.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn intakes(&self, limit: u32) -> Result<Vec<IntakeRow>, LedgerError> {
        self.rows(&format!("{INTAKE} ORDER BY id DESC LIMIT ?1"), [limit], intake)
    }

    /// One intake.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn intake(&self, id: i64) -> Result<Option<IntakeRow>, LedgerError> {
        Ok(self.rows(&format!("{INTAKE} WHERE id = ?1"), [id], intake)?.pop())
    }

    /// What was noticed outside any file, newest first.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn notices(&self, limit: u32) -> Result<Vec<NoticeRow>, LedgerError> {
        self.rows("SELECT flow, name, code, at FROM notice ORDER BY id DESC LIMIT ?1", [limit], |row| {
            Ok(NoticeRow { flow: row.get(0)?, name: row.get(1)?, notice: row.get(2)?, at: row.get(3)? })
        })
    }

    /// How many intakes are in each state and outcome.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn counts(&self) -> Result<Vec<(String, String, i64)>, LedgerError> {
        let sql = "SELECT flow, coalesce(outcome, state), count(*) FROM intake GROUP BY 1, 2 ORDER BY 1, 2";
        self.rows(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    }

    /// The findings of an intake, worst first.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn findings(&self, intake: i64) -> Result<Vec<FindingRow>, LedgerError> {
        let sql = "SELECT code, severity, place, found, expected, help, count FROM finding WHERE intake = ?1
                   ORDER BY CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, id";
        self.rows(sql, [intake], |row| {
            Ok(FindingRow {
                code: row.get(0)?,
                severity: row.get(1)?,
                place: row.get(2)?,
                found: row.get(3)?,
                expected: row.get(4)?,
                help: row.get(5)?,
                count: row.get(6)?,
            })
        })
    }

    /// The control totals of all intakes, or of one.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn balances(&self, intake: Option<i64>) -> Result<Vec<BalanceRow>, LedgerError> {
        let sql = "SELECT intake, class, documents, lines, quantity, amount FROM balance
                   WHERE ?1 IS NULL OR intake = ?1 ORDER BY intake, rowid";
        self.rows(sql, [intake], |row| {
            Ok(BalanceRow {
                intake: row.get(0)?,
                class: row.get(1)?,
                documents: row.get(2)?,
                lines: row.get(3)?,
                quantity: row.get(4)?,
                amount: row.get(5)?,
            })
        })
    }

    /// What an intake held.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn incoming(&self, intake: i64) -> Result<Totals, LedgerError> {
        let rows = self.balances(Some(intake))?;
        let billionths = |text: &str| Decimal::parse(text.as_bytes()).map_or(0, Decimal::billionths);
        let totals = rows.iter().find(|row| row.class == "in").map(|row| Totals {
            documents: row.documents as u64,
            lines: row.lines as u64,
            quantity: billionths(&row.quantity),
            amount: billionths(&row.amount),
        });
        Ok(totals.unwrap_or_default())
    }

    /// Outputs of all intakes, or of one.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn outputs(&self, intake: Option<i64>) -> Result<Vec<OutputRow>, LedgerError> {
        let sql = "SELECT intake, target, name, sha256, size, state FROM outbox WHERE ?1 IS NULL OR intake = ?1 ORDER BY intake, rowid";
        self.rows(sql, [intake], |row| {
            Ok(OutputRow {
                intake: row.get(0)?,
                target: row.get(1)?,
                name: row.get(2)?,
                sha256: row.get(3)?,
                size: row.get(4)?,
                state: row.get(5)?,
            })
        })
    }

    /// Decided intakes with findings of a code, oldest first, without those that are the other half of a pair.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn intakes_with(&self, codes: &[&str]) -> Result<Vec<IntakeRow>, LedgerError> {
        let mut found = BTreeMap::new();
        for code in codes {
            let sql = "SELECT DISTINCT intake FROM finding WHERE code = ?1";
            for id in self.rows(sql, [code], |row| row.get::<_, i64>(0))? {
                if let Some(intake) = self.intake(id)?.filter(|intake| intake.companion_of.is_none()) {
                    found.insert(id, intake);
                }
            }
        }
        Ok(found.into_values().collect())
    }

    /// The intake that holds the lines of another one.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn companion(&self, intake: i64) -> Result<Option<IntakeRow>, LedgerError> {
        let ids = self.rows("SELECT id FROM intake WHERE companion_of = ?1", [intake], |row| row.get(0))?;
        ids.first().map_or(Ok(None), |id| self.intake(*id))
    }

    /// Documents by class and reason worth a person's look: class, number, intake.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn documents(&self, intake: i64) -> Result<Vec<(String, String, String)>, LedgerError> {
        let sql = "SELECT kind, number, class FROM document WHERE intake = ?1 ORDER BY id";
        self.rows(sql, [intake], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    }
}
