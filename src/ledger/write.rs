//! What is committed, each in one transaction for a whole group of files.

use rusqlite::{TransactionBehavior, params};

use super::exchange::{self, Exchanged};
use super::{Ledger, LedgerError};
use crate::agreement::groups::GroupRun;
use crate::document::balance::{Balance, Totals};
use crate::document::{Class, Findings};
use crate::durable;
use crate::spill::Documents;

/// A file about to be taken.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The flow it belongs to.
    pub flow: String,
    /// Its name, made printable.
    pub name: String,
    /// The folder it lies in.
    pub folder: String,
    /// Device number.
    pub device: u64,
    /// Inode number.
    pub inode: u64,
    /// Size in bytes.
    pub size: u64,
    /// When it was taken, ISO 8601 in UTC.
    pub at: String,
    /// Version of the configuration: SHA-256 of `consign.toml`.
    pub config: String,
    /// The file of a server that it was fetched from.
    pub remote: Option<i64>,
}

/// How a file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything went out.
    Accepted,
    /// Some documents were rejected or held.
    Partial,
    /// Nothing can be used.
    Rejected,
    /// Everything was received before.
    Duplicate,
    /// Everything waits for a person.
    Held,
}

impl Outcome {
    /// The lower-case word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Partial => "partial",
            Self::Rejected => "rejected",
            Self::Duplicate => "duplicate",
            Self::Held => "held",
        }
    }
}

/// What was decided about one file.
#[derive(Debug)]
pub struct Decision {
    /// How it ended.
    pub outcome: Outcome,
    /// The layout it was read with.
    pub layout: String,
    /// The earlier intake of the same bytes.
    pub duplicate_of: Option<i64>,
    /// The intake whose lines it holds.
    pub companion_of: Option<i64>,
    /// Its documents.
    pub documents: Documents,
    /// The kind of its documents.
    pub kind: &'static str,
    /// What it held.
    pub incoming: Totals,
    /// Where that ended.
    pub balance: Balance,
    /// Records passed over by rule.
    pub passed_over: u64,
    /// What was noticed.
    pub findings: Findings,
    /// Largest accepted quantities by SKU, in billionths.
    pub largest: Vec<(String, i128)>,
    /// Locations of accepted stock, and the moment of their snapshot.
    pub snapshots: Vec<(String, String)>,
    /// Interchange control numbers: sender, receiver, number.
    pub control_numbers: Vec<[String; 3]>,
    /// Group control numbers.
    pub group_numbers: Vec<GroupRun>,
    /// What is exchanged with the partner beside its documents.
    pub exchanged: Exchanged,
}

/// A decision with its outputs, ready to be committed.
#[derive(Debug)]
pub struct Decided {
    /// The intake.
    pub intake: i64,
    /// Its flow.
    pub flow: String,
    /// What was decided.
    pub decision: Decision,
    /// Staged outputs.
    pub outputs: Vec<NewOutput>,
}

/// A staged output.
#[derive(Clone, Debug)]
pub struct NewOutput {
    /// Name of the staged file, `<intake>-<n>`.
    pub id: String,
    /// The target.
    pub target: String,
    /// Its folder.
    pub folder: String,
    /// The final name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
    /// Endpoint and folder of the server that it goes to.
    pub destination: Option<[String; 2]>,
}

impl Ledger {
    pub(super) fn commit(
        &mut self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        work(&transaction)?;
        durable::step();
        transaction.commit()?;
        Ok(())
    }

    /// Records that files are about to be taken; their ids.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn claim(&mut self, claims: &[Claim]) -> Result<Vec<i64>, LedgerError> {
        let mut ids = Vec::with_capacity(claims.len());
        self.commit(|transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO intake (flow, name, folder, device, inode, size, state, received_at, config)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'claiming', ?7, ?8)",
            )?;
            for claim in claims {
                let (device, inode, size) = (claim.device as i64, claim.inode as i64, claim.size as i64);
                insert.execute(params![
                    claim.flow,
                    claim.name,
                    claim.folder,
                    device,
                    inode,
                    size,
                    claim.at,
                    claim.config
                ])?;
                let id = transaction.last_insert_rowid();
                if let Some(remote) = claim.remote {
                    let sql =
                        "UPDATE remote_file SET state = 'claimed', intake = ?2 WHERE id = ?1 AND state = 'fetched'";
                    let changed = transaction.prepare_cached(sql)?.execute([remote, id])?;
                    if changed != 1 {
                        return Err(rusqlite::Error::StatementChangedRows(changed));
                    }
                }
                ids.push(id);
            }
            Ok(())
        })?;
        Ok(ids)
    }

    /// Records that files are owned: id, SHA-256 and size. From here on the promise holds.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn received(&mut self, files: &[(i64, String, u64)], vanished: &[i64]) -> Result<(), LedgerError> {
        if files.is_empty() && vanished.is_empty() {
            return Ok(());
        }
        self.commit(|transaction| {
            let mut update = transaction.prepare_cached(
                "UPDATE intake SET state = 'received', sha256 = ?2, size = ?3 WHERE id = ?1 AND state = 'claiming'",
            )?;
            for (id, sha256, size) in files {
                update.execute(params![id, sha256, *size as i64])?;
            }
            let mut gone = transaction.prepare_cached("UPDATE intake SET state = 'vanished' WHERE id = ?1")?;
            // What was fetched and is lost here is on the server still.
            let mut again = transaction
                .prepare_cached("UPDATE remote_file SET state = 'fetching', intake = NULL WHERE intake = ?1")?;
            for id in vanished {
                gone.execute([id])?;
                again.execute([id])?;
            }
            Ok(())
        })
    }

    /// Counts an attempt at each file before it is made, so that a file that kills the program is found; the moment of the
    /// first one stays.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn attempt(&mut self, intakes: &[i64], at: &str) -> Result<(), LedgerError> {
        self.commit(|transaction| {
            let mut update = transaction.prepare_cached(
                "UPDATE intake SET attempts = attempts + 1, begun_at = coalesce(begun_at, ?2) WHERE id = ?1",
            )?;
            intakes.iter().try_for_each(|id| update.execute(params![id, at]).map(drop))
        })
    }

    /// The deciding commit: documents, keys, control numbers, totals, findings and outputs, all or nothing.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn decide(&mut self, decided: &[Decided]) -> Result<(), LedgerError> {
        self.commit(|transaction| decided.iter().try_for_each(|one| decide(transaction, one)))
    }

    /// Records that outputs are visible, or that their name was taken.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn published(&mut self, published: &[String], held: &[String]) -> Result<(), LedgerError> {
        if published.is_empty() && held.is_empty() {
            return Ok(());
        }
        self.commit(|transaction| {
            let mut update =
                transaction.prepare_cached("UPDATE outbox SET state = ?2 WHERE id = ?1 AND state <> 'published'")?;
            published.iter().try_for_each(|id| update.execute(params![id, "published"]).map(drop))?;
            held.iter().try_for_each(|id| update.execute(params![id, "held"]).map(drop))
        })
    }

    /// Records that files are archived.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn archived(&mut self, intakes: &[i64]) -> Result<(), LedgerError> {
        if intakes.is_empty() {
            return Ok(());
        }
        self.commit(|transaction| {
            let mut update = transaction
                .prepare_cached("UPDATE intake SET state = 'archived' WHERE id = ?1 AND state = 'emitted'")?;
            intakes.iter().try_for_each(|id| update.execute([id]).map(drop))
        })
    }

    /// Records something noticed outside any file; whether it is new.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn notice(&mut self, flow: &str, name: &str, code: &str, at: &str) -> Result<bool, LedgerError> {
        let known: bool = self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM notice WHERE flow = ?1 AND name = ?2 AND code = ?3)")?
            .query_row([flow, name, code], |row| row.get(0))?;
        if !known {
            self.commit(|transaction| {
                transaction.execute(
                    "INSERT INTO notice (flow, name, code, at) VALUES (?1, ?2, ?3, ?4)",
                    [flow, name, code, at],
                )?;
                Ok(())
            })?;
        }
        Ok(!known)
    }
}

fn decide(transaction: &rusqlite::Transaction<'_>, decided: &Decided) -> rusqlite::Result<()> {
    let Decided { intake, flow, decision, outputs } = decided;
    let changed = transaction
        .prepare_cached(
            "UPDATE intake SET state = 'emitted', outcome = ?2, layout = ?3, duplicate_of = ?4, passed_over = ?5,
                companion_of = ?6
             WHERE id = ?1 AND state = 'received'",
        )?
        .execute(params![
            intake,
            decision.outcome.as_str(),
            decision.layout,
            decision.duplicate_of,
            decision.passed_over as i64,
            decision.companion_of
        ])?;
    if changed != 1 {
        return Err(rusqlite::Error::StatementChangedRows(changed));
    }
    documents(transaction, *intake, flow, decision)?;
    findings(transaction, *intake, &decision.findings)?;
    balance(transaction, *intake, decision)?;
    for (location, as_of) in &decision.snapshots {
        transaction
            .prepare_cached(
                "INSERT INTO snapshot (flow, location, as_of, intake) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET as_of = excluded.as_of, intake = excluded.intake",
            )?
            .execute(params![flow, location, as_of, intake])?;
    }
    for [sender, receiver, number] in &decision.control_numbers {
        transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO control_number (sender, receiver, number, intake) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![sender, receiver, number, intake])?;
    }
    exchange::groups(transaction, *intake, &decision.group_numbers)?;
    exchange::commit(transaction, *intake, &decision.exchanged)?;
    let mut insert = transaction.prepare_cached(
        "INSERT INTO outbox (id, intake, target, folder, name, sha256, size, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'ready')",
    )?;
    for output in outputs {
        let NewOutput { id, target, folder, name, sha256, size, destination } = output;
        insert.execute(params![id, intake, target, folder, name, sha256, *size as i64])?;
        if let Some([endpoint, folder]) = destination {
            transaction
                .prepare_cached(
                    "INSERT INTO delivery (output, endpoint, folder, state) VALUES (?1, ?2, ?3, 'waiting')",
                )?
                .execute([id, endpoint, folder])?;
        }
    }
    Ok(())
}

fn documents(
    transaction: &rusqlite::Transaction<'_>,
    intake: i64,
    flow: &str,
    decision: &Decision,
) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO document (intake, flow, kind, number, key, content, class, version)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    let unreadable = |error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
    let mut rows = decision.documents.rows();
    while let Some(row) = rows.read().map_err(unreadable)? {
        let (key, content) = (row.key.to_be_bytes(), row.content.to_be_bytes());
        let kind = if row.is_customer { "customer" } else { decision.kind };
        // Of what did not go out there is no version, nor of what was stopped with its whole file.
        let is_known = matches!(row.class, Class::Out | Class::Duplicate) && !row.version.is_empty();
        let version = is_known.then_some(row.version);
        insert.execute(params![intake, flow, kind, row.number, key, content, row.class.as_str(), version])?;
    }
    let mut largest = transaction.prepare_cached(
        "INSERT INTO sku_history (flow, sku, largest) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET largest = excluded.largest
         WHERE (length(excluded.largest), excluded.largest) > (length(largest), largest)",
    )?;
    decision
        .largest
        .iter()
        .try_for_each(|(sku, value)| largest.execute(params![flow, sku, value.to_string()]).map(drop))
}

fn findings(transaction: &rusqlite::Transaction<'_>, intake: i64, findings: &Findings) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO finding (intake, code, severity, place, found, expected, help, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    let mut kept = std::collections::BTreeMap::new();
    for finding in findings.kept() {
        *kept.entry(finding.code).or_insert(0_u64) += 1;
        let (code, severity, place) = (finding.code.as_str(), finding.severity.as_str(), finding.at.to_string());
        insert.execute(params![intake, code, severity, place, finding.found, finding.expected, finding.help, 1])?;
    }
    // What was only counted is one row with its count.
    for (code, count) in findings.counts() {
        let rest = count - kept.get(code).copied().unwrap_or(0);
        if rest > 0 {
            insert.execute(params![
                intake,
                code.as_str(),
                code.severity().as_str(),
                "elsewhere",
                "",
                "",
                "",
                rest as i64
            ])?;
        }
    }
    Ok(())
}

fn balance(transaction: &rusqlite::Transaction<'_>, intake: i64, decision: &Decision) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO balance (intake, class, documents, lines, quantity, amount) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let classes = Class::ALL.into_iter().map(|class| (class.as_str(), decision.balance.class(class)));
    for (class, totals) in std::iter::once(("in", &decision.incoming)).chain(classes) {
        let (documents, lines) = (totals.documents as i64, totals.lines as i64);
        insert.execute(params![intake, class, documents, lines, totals.quantity_text(), totals.amount_text()])?;
    }
    Ok(())
}
