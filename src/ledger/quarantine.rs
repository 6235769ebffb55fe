//! What people decide about files that were stopped: one commit for the decision and the intake that comes of it.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::{IntakeRow, Ledger, LedgerError};
use crate::durable;

/// What a person decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// The held documents are computed again and go out.
    Release,
    /// Another file takes the place of this one.
    Correct,
    /// The documents are never to go out.
    Discard,
}

impl Verb {
    /// The word in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Correct => "correct",
            Self::Discard => "discard",
        }
    }

    fn from_word(word: &str) -> Self {
        match word {
            "release" => Self::Release,
            "correct" => Self::Correct,
            _ => Self::Discard,
        }
    }
}

/// A decision to be recorded.
#[derive(Clone, Debug)]
pub struct NewAction<'a> {
    /// The file.
    pub intake: i64,
    /// What is decided.
    pub verb: Verb,
    /// Numbers of the documents meant; all that are held if empty.
    pub numbers: &'a [String],
    /// Who decides.
    pub who: &'a str,
    /// When, ISO 8601 in UTC.
    pub at: &'a str,
    /// Why.
    pub why: &'a str,
    /// Version of the configuration.
    pub config: &'a str,
    /// The file that takes the place: name, SHA-256 and size; its bytes are a blob already.
    pub file: Option<(&'a str, &'a str, u64)>,
}

/// What came of recording a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acted {
    /// It is recorded: the documents taken, and the intake that comes of it.
    Done {
        /// How many held documents it takes.
        documents: usize,
        /// The intake.
        made: Option<i64>,
    },
    /// All that is meant was decided before, by these actions.
    Before(Vec<i64>),
    /// These numbers are of no held document of the file.
    Unknown(Vec<String>),
    /// The file has nothing that could be decided about.
    Nothing,
}

/// A decision that was recorded.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ActionRow {
    /// Its id.
    pub id: i64,
    /// The file.
    pub intake: i64,
    /// What was decided.
    pub verb: String,
    /// Whether it closes the file.
    pub whole: bool,
    /// Who decided.
    pub who: String,
    /// When.
    pub at: String,
    /// Why.
    pub why: String,
    /// The held documents that it took.
    pub documents: i64,
    /// The intake that came of it.
    pub made: Option<i64>,
}

/// A document that is or was held.
#[derive(Clone, Debug)]
pub struct HeldDocument {
    /// Its id.
    pub id: i64,
    /// Its kind.
    pub kind: String,
    /// The sender's number.
    pub number: String,
    /// Hash of flow, kind and number.
    pub key: u128,
    /// Hash of the content.
    pub content: u128,
    /// The action that took it.
    pub action: Option<i64>,
}

/// What an intake comes from, if a person made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The action.
    pub action: i64,
    /// The file that it is about.
    pub intake: i64,
    /// What was decided.
    pub verb: Verb,
}

/// A file that waits for a person.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Stopped {
    /// The file.
    #[serde(flatten)]
    pub intake: IntakeRow,
    /// Documents that are held and that nobody decided about.
    pub held: i64,
    /// Documents that are rejected.
    pub rejected: i64,
    /// The codes that stop something, the commonest first.
    pub codes: Vec<String>,
}

impl Ledger {
    /// Records what a person decided, with the intake that comes of it; what was decided before stays as it is.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn act(&mut self, action: &NewAction<'_>) -> Result<Acted, LedgerError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let acted = act(&transaction, action)?;
        if matches!(acted, Acted::Done { .. }) {
            durable::step();
            transaction.commit()?;
        }
        Ok(acted)
    }

    /// The documents of a file that were held, in the order of the file.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn held_documents(&self, intake: i64) -> Result<Vec<HeldDocument>, LedgerError> {
        held(&self.connection, "document.intake = ?1", intake)
    }

    /// The documents that an action took, in the order of the file.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn taken_documents(&self, action: i64) -> Result<Vec<HeldDocument>, LedgerError> {
        held(&self.connection, "taken.action = ?1", action)
    }

    /// What was decided about a file, oldest first.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn actions(&self, intake: i64) -> Result<Vec<ActionRow>, LedgerError> {
        let sql = "SELECT id, intake, verb, whole, who, at, why,
                       (SELECT count(*) FROM action_document AS taken WHERE taken.action = action.id),
                       (SELECT made.id FROM intake AS made WHERE made.action = action.id)
                   FROM action WHERE intake = ?1 ORDER BY id";
        self.rows(sql, [intake], |row| {
            Ok(ActionRow {
                id: row.get(0)?,
                intake: row.get(1)?,
                verb: row.get(2)?,
                whole: row.get(3)?,
                who: row.get(4)?,
                at: row.get(5)?,
                why: row.get(6)?,
                documents: row.get(7)?,
                made: row.get(8)?,
            })
        })
    }

    /// What an intake comes from, if a person made it.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn origin(&self, intake: i64) -> Result<Option<Origin>, LedgerError> {
        let sql = "SELECT action.id, action.intake, action.verb FROM intake JOIN action ON action.id = intake.action
                   WHERE intake.id = ?1";
        let origin = self.connection.prepare_cached(sql)?.query_row([intake], |row| {
            let verb: String = row.get(2)?;
            Ok(Origin { action: row.get(0)?, intake: row.get(1)?, verb: Verb::from_word(&verb) })
        });
        Ok(origin.optional()?)
    }

    /// Whether an output was ever decided.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn has_output(&self, id: &str) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE id = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))?)
    }

    /// The files that wait for a person, oldest first; or every one that was ever stopped.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn stopped(&self, all: bool) -> Result<Vec<Stopped>, LedgerError> {
        let sql = "SELECT id,
                (SELECT count(*) FROM document LEFT JOIN action_document AS taken ON taken.document = document.id
                 WHERE document.intake = intake.id AND class = 'held' AND taken.document IS NULL),
                (SELECT coalesce(sum(documents), 0) FROM balance WHERE balance.intake = intake.id AND class = 'rejected'),
                EXISTS (SELECT 1 FROM document WHERE document.intake = intake.id AND class = 'held'),
                EXISTS (SELECT 1 FROM balance WHERE balance.intake = intake.id AND class = 'rejected' AND lines > 0),
                EXISTS (SELECT 1 FROM action WHERE action.intake = intake.id AND whole = 1)
            FROM intake WHERE outcome IN ('held', 'rejected', 'partial') AND companion_of IS NULL ORDER BY id";
        let rows = self.rows(sql, [], |row| {
            let (id, held, rejected): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (listed, lines, closed): (bool, bool, bool) = (row.get(3)?, row.get(4)?, row.get(5)?);
            Ok((id, held, rejected, all || !closed && (held > 0 || rejected > 0 || lines || !listed)))
        })?;
        let mut stopped = Vec::new();
        for (id, held, rejected, _) in rows.into_iter().filter(|(.., waits)| *waits) {
            let sql = "SELECT code FROM finding WHERE intake = ?1 AND severity <> 'note'
                       GROUP BY code ORDER BY sum(count) DESC, code";
            let codes = self.rows(sql, [id], |row| row.get(0))?;
            if let Some(intake) = self.intake(id)? {
                stopped.push(Stopped { intake, held, rejected, codes });
            }
        }
        Ok(stopped)
    }
}

fn held(connection: &rusqlite::Connection, of: &str, id: i64) -> Result<Vec<HeldDocument>, LedgerError> {
    let sql = format!(
        "SELECT document.id, kind, number, key, content, taken.action
         FROM document LEFT JOIN action_document AS taken ON taken.document = document.id
         WHERE {of} AND class = 'held' ORDER BY document.id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([id], |row| {
        let (key, content): ([u8; 16], [u8; 16]) = (row.get(3)?, row.get(4)?);
        Ok(HeldDocument {
            id: row.get(0)?,
            kind: row.get(1)?,
            number: row.get(2)?,
            key: u128::from_be_bytes(key),
            content: u128::from_be_bytes(content),
            action: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn act(transaction: &Transaction<'_>, action: &NewAction<'_>) -> Result<Acted, LedgerError> {
    let mut meant = held(transaction, "document.intake = ?1", action.intake)?;
    let is_listed = !meant.is_empty();
    if !action.numbers.is_empty() {
        let known: BTreeSet<&str> = meant.iter().map(|document| document.number.as_str()).collect();
        let unknown: Vec<String> =
            action.numbers.iter().filter(|number| !known.contains(number.as_str())).cloned().collect();
        if !unknown.is_empty() {
            return Ok(Acted::Unknown(unknown));
        }
        let numbers: BTreeSet<&str> = action.numbers.iter().map(String::as_str).collect();
        meant.retain(|document| numbers.contains(document.number.as_str()));
    }
    let before: BTreeSet<i64> = meant.iter().filter_map(|document| document.action).collect();
    meant.retain(|document| document.action.is_none());
    let (outcome, closed, has_rejected) = file(transaction, action.intake)?;
    if let Some(closed) = closed {
        return Ok(Acted::Before(vec![closed]));
    }
    let all = action.numbers.is_empty();
    let whole = match action.verb {
        Verb::Release => !is_listed && outcome == "held",
        Verb::Correct => outcome == "rejected" || has_rejected || !is_listed || !meant.is_empty(),
        Verb::Discard => all && (outcome == "rejected" || has_rejected || !is_listed || !meant.is_empty()),
    };
    if meant.is_empty() && !whole {
        return Ok(if before.is_empty() { Acted::Nothing } else { Acted::Before(before.into_iter().collect()) });
    }
    transaction.execute(
        "INSERT INTO action (intake, verb, whole, who, at, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![action.intake, action.verb.as_str(), whole, action.who, action.at, action.why],
    )?;
    let id = transaction.last_insert_rowid();
    let mut take = transaction.prepare_cached("INSERT INTO action_document (document, action) VALUES (?1, ?2)")?;
    for document in &meant {
        take.execute([document.id, id])?;
    }
    let made = if action.verb == Verb::Discard { None } else { Some(link(transaction, action, id)?) };
    Ok(Acted::Done { documents: meant.len(), made })
}

/// How a file ended, the action that closed it, and whether anything of it was rejected.
fn file(transaction: &Transaction<'_>, intake: i64) -> Result<(String, Option<i64>, bool), LedgerError> {
    let sql = "SELECT coalesce(outcome, ''), (SELECT id FROM action WHERE action.intake = intake.id AND whole = 1),
                   EXISTS (SELECT 1 FROM balance WHERE balance.intake = intake.id AND class = 'rejected'
                           AND documents + lines > 0)
               FROM intake WHERE id = ?1";
    let row = transaction.query_row(sql, [intake], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    Ok(row.unwrap_or_default())
}

/// The intake that comes of an action: it is owned already, so that it begins where a file is that was received.
fn link(transaction: &Transaction<'_>, action: &NewAction<'_>, id: i64) -> Result<i64, LedgerError> {
    let (name, sha256, size) = match action.file {
        Some((name, sha256, size)) => (Some(name), Some(sha256), Some(size as i64)),
        None => (None, None, None),
    };
    let changed = transaction.execute(
        "INSERT INTO intake (flow, name, folder, device, inode, size, sha256, state, received_at, config, action)
         SELECT flow, coalesce(?2, name), '', 0, 0, coalesce(?3, size), coalesce(?4, sha256), 'received', ?5, ?6, ?7
         FROM intake WHERE id = ?1 AND outcome IS NOT NULL",
        params![action.intake, name, size, sha256, action.at, action.config, id],
    )?;
    match changed {
        1 => Ok(transaction.last_insert_rowid()),
        _ => Err(rusqlite::Error::StatementChangedRows(changed).into()),
    }
}
