//! Control numbers of ours, what waits for an answer, and the answers.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Ledger, LedgerError};
use crate::agreement::answer::About;
use crate::agreement::groups::{Around, GroupRun};
use crate::agreement::{Allocation, Answer, Line};

/// What a decision exchanges with a partner, committed with it.
#[derive(Clone, Debug, Default)]
pub struct Exchanged {
    /// Control numbers that its outputs bear.
    pub allocations: Vec<Allocation>,
    /// What of its outputs waits for an answer.
    pub awaited: Vec<Awaited>,
    /// Answers that it holds.
    pub answers: Vec<Answer>,
    /// When the answers were received, ISO 8601 in UTC.
    pub at: String,
}

/// Something sent that waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// The partner's name.
    pub name: String,
    /// Our identifier with its qualifier.
    pub own: String,
    /// Theirs.
    pub partner: String,
    /// `TA1`, `997`, `999` or `CONTRL`.
    pub wanted: &'static str,
    /// ISA13; 0020.
    pub interchange: u64,
    /// GS01; empty for an interchange.
    pub functional: String,
    /// GS06; 0 for an interchange.
    pub group: u64,
    /// When it was decided, ISO 8601 in UTC.
    pub sent_at: String,
    /// Until when the answer must be there, ISO 8601 in UTC.
    pub deadline: String,
}

/// Something sent, with its answer if there is one.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AwaitedRow {
    /// The intake it was made from.
    pub intake: i64,
    /// The partner's name.
    pub name: String,
    /// Our identifier with its qualifier.
    pub own: String,
    /// Theirs.
    pub partner: String,
    /// The answer wanted.
    pub wanted: String,
    /// ISA13; 0020.
    pub interchange: i64,
    /// GS01; empty for an interchange.
    pub functional: String,
    /// GS06; 0 for an interchange.
    pub group: i64,
    /// When it was decided.
    pub sent_at: String,
    /// Until when the answer must be there.
    pub deadline: String,
    /// `waiting`, `accepted`, `partly` or `rejected`.
    pub state: String,
    /// When the answer came.
    pub answered_at: Option<String>,
    /// The intake that held it.
    pub answer: Option<i64>,
}

/// Control numbers of interchanges, or of groups of one kind, that a partner skipped.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MissingRow {
    /// ISA06 of theirs; GS02.
    pub sender: String,
    /// ISA08 of theirs; GS03.
    pub receiver: String,
    /// GS01; none for interchanges.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub functional: Option<String>,
    /// The first number that has not come.
    pub missing: String,
    /// The last of them.
    pub last: String,
    /// When the number behind them was received.
    pub since: String,
}

fn awaited(row: &Row<'_>) -> rusqlite::Result<AwaitedRow> {
    Ok(AwaitedRow {
        intake: row.get(0)?,
        name: row.get(1)?,
        own: row.get(2)?,
        partner: row.get(3)?,
        wanted: row.get(4)?,
        interchange: row.get(5)?,
        functional: row.get(6)?,
        group: row.get(7)?,
        sent_at: row.get(8)?,
        deadline: row.get(9)?,
        state: row.get(10)?,
        answered_at: row.get(11)?,
        answer: row.get(12)?,
    })
}

/// The rows that an answer names. A TA1 names an interchange with all its groups; it settles what waits for a TA1, and
/// if it rejects, also what waits for more.
const NAMED: &str = "own = ?1 AND partner = ?2 AND state = 'waiting' AND (
    (?3 = 'TA1' AND interchange = ?4 AND (wanted = 'TA1' OR ?7 = 'rejected'))
    OR (?3 = 'CONTRL' AND interchange = ?4 AND wanted = 'CONTRL')
    OR (?3 = wanted AND ?3 NOT IN ('TA1', 'CONTRL') AND functional = ?5 AND group_number = ?6))";

/// The parameters of [`NAMED`].
fn named(answer: &Answer) -> [rusqlite::types::Value; 7] {
    let number = |number: Option<u64>| number.and_then(|number| i64::try_from(number).ok()).unwrap_or(-1).into();
    let (interchange, functional, group) = match &answer.about {
        About::Interchange(number_of) => (number(number_of.number()), String::new(), number(None)),
        About::Group(functional, number_of) => (number(None), functional.to_string(), number(number_of.number())),
    };
    let text = |text: &str| text.to_owned().into();
    // The answer is from the partner to us.
    [
        text(&answer.to),
        text(&answer.from),
        text(answer.kind),
        interchange,
        functional.into(),
        group,
        text(answer.verdict.as_str()),
    ]
}

impl Ledger {
    /// The next control number of a line; none if none was ever taken.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn next_number(&self, own: &str, partner: &str, line: Line) -> Result<Option<u64>, LedgerError> {
        let sql = "SELECT next FROM number_line WHERE own = ?1 AND partner = ?2 AND line = ?3";
        let mut statement = self.connection.prepare_cached(sql)?;
        let next: Option<i64> = statement.query_row([own, partner, line.as_str()], |row| row.get(0)).optional()?;
        Ok(next.and_then(|next| u64::try_from(next).ok()))
    }

    /// Whether something waits for this answer.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn is_awaited(&self, answer: &Answer) -> Result<bool, LedgerError> {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM awaited WHERE {NAMED})");
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row(rusqlite::params_from_iter(named(answer)), |row| row.get(0))?)
    }

    /// The largest interchange control number of nine digits from a sender that is below another one, and the smallest
    /// that is above it.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn around(&self, sender: &str, receiver: &str, number: &str) -> Result<[Option<String>; 2], LedgerError> {
        let of =
            |sql: &str| self.connection.prepare_cached(sql)?.query_row([sender, receiver, number], |row| row.get(0));
        let below = "SELECT max(number) FROM control_number
            WHERE sender = ?1 AND receiver = ?2 AND number < ?3 AND length(number) = 9";
        let above = "SELECT min(number) FROM control_number
            WHERE sender = ?1 AND receiver = ?2 AND number > ?3 AND length(number) = 9";
        Ok([of(below)?, of(above)?])
    }

    /// Control numbers of partners that were skipped and have not come since, in their order.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn missing(&self) -> Result<Vec<MissingRow>, LedgerError> {
        let sql = "SELECT sender, receiver, number + 1, following - 1, received_at FROM (
                SELECT sender, receiver, number, lead(number) OVER of_pair AS following, lead(intake) OVER of_pair AS later
                FROM control_number WHERE length(number) = 9
                WINDOW of_pair AS (PARTITION BY sender, receiver ORDER BY number))
            JOIN intake ON intake.id = later
            WHERE following - number > 1 AND EXISTS (SELECT 1 FROM finding WHERE finding.intake = later
                AND finding.code IN ('CONTROL_NUMBER_GAP', 'CONTROL_NUMBER_LATE'))
            ORDER BY sender, receiver, number";
        let row = |row: &Row<'_>| {
            let text = |at: usize| row.get::<_, i64>(at).map(|number| format!("{number:09}"));
            let (sender, receiver, since) = (row.get(0)?, row.get(1)?, row.get(4)?);
            Ok(MissingRow { sender, receiver, functional: None, missing: text(2)?, last: text(3)?, since })
        };
        Ok(self.connection.prepare_cached(sql)?.query_map([], row)?.collect::<Result<_, _>>()?)
    }

    /// What is known of group control numbers around those of a run.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn around_groups(&self, run: &GroupRun) -> Result<Around, LedgerError> {
        let GroupRun { pair: [sender, receiver], functional, first, last } = run;
        let (first, last) = (*first as i64, *last as i64);
        let pair = |row: &Row<'_>| Ok((number(row, 0)?, number(row, 1)?));
        let below = "SELECT first, last FROM group_number
            WHERE sender = ?1 AND receiver = ?2 AND functional = ?3 AND first < ?4 ORDER BY first DESC LIMIT 1";
        let mut below = self.connection.prepare_cached(below)?;
        let below: Option<(u64, u64)> =
            below.query_row(params![sender, receiver, functional, first], pair).optional()?;
        let above = "SELECT first FROM group_number
            WHERE sender = ?1 AND receiver = ?2 AND functional = ?3 AND first > ?4 ORDER BY first LIMIT 1";
        let mut above = self.connection.prepare_cached(above)?;
        let above = above.query_row(params![sender, receiver, functional, last], |row| number(row, 0)).optional()?;
        // Other kinds only matter where something is missing.
        let Some((from, _)) = below.filter(|(_, below)| below + 1 < run.first) else {
            return Ok(Around { below, above, others: Vec::new() });
        };
        let others = "SELECT first, last FROM group_number
            WHERE sender = ?1 AND receiver = ?2 AND functional <> ?3 AND last >= ?4 AND first <= ?5";
        let mut others = self.connection.prepare_cached(others)?;
        let others = others.query_map(params![sender, receiver, functional, from as i64, last], pair)?;
        Ok(Around { below, above, others: others.collect::<Result<_, _>>()? })
    }

    /// Control numbers of groups that were skipped and have not come since, in their order.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn missing_groups(&self) -> Result<Vec<MissingRow>, LedgerError> {
        let sql = "SELECT sender, receiver, functional, last + 1, following - 1, received_at FROM (
                SELECT sender, receiver, functional, last, lead(first) OVER of_kind AS following,
                    lead(intake) OVER of_kind AS later
                FROM group_number WINDOW of_kind AS (PARTITION BY sender, receiver, functional ORDER BY first))
            JOIN intake ON intake.id = later
            WHERE following - last > 1 AND EXISTS (SELECT 1 FROM finding WHERE finding.intake = later
                AND finding.code IN ('CONTROL_NUMBER_GAP', 'CONTROL_NUMBER_LATE') AND finding.place LIKE '%GS06')
            ORDER BY sender, receiver, functional, last";
        let row = |row: &Row<'_>| {
            let text = |at: usize| number(row, at).map(|number| number.to_string());
            let (sender, receiver, functional, since) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(5)?);
            Ok(MissingRow { sender, receiver, functional, missing: text(3)?, last: text(4)?, since })
        };
        Ok(self.connection.prepare_cached(sql)?.query_map([], row)?.collect::<Result<_, _>>()?)
    }

    /// What waits for an answer, the most urgent first; with `all` also what has one.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn awaited(&self, all: bool) -> Result<Vec<AwaitedRow>, LedgerError> {
        let sql = "SELECT intake, name, own, partner, wanted, interchange, functional, group_number, sent_at, deadline,
                state, answered_at, answer
            FROM awaited WHERE ?1 OR state = 'waiting' ORDER BY state <> 'waiting', deadline, id";
        Ok(self.connection.prepare_cached(sql)?.query_map([all], awaited)?.collect::<Result<_, _>>()?)
    }
}

/// A number that is never negative.
fn number(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(at).map(i64::unsigned_abs)
}

/// Keeps the control numbers of the groups of a file.
pub(super) fn groups(transaction: &Transaction<'_>, intake: i64, runs: &[GroupRun]) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO group_number (sender, receiver, functional, first, last, intake) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
    )?;
    for GroupRun { pair: [sender, receiver], functional, first, last } in runs {
        insert.execute(params![sender, receiver, functional, *first as i64, *last as i64, intake])?;
    }
    Ok(())
}

/// Commits what a decision exchanges.
pub(super) fn commit(transaction: &Transaction<'_>, intake: i64, exchanged: &Exchanged) -> rusqlite::Result<()> {
    exchanged.allocations.iter().try_for_each(|allocation| allocate(transaction, allocation))?;
    exchanged.awaited.iter().try_for_each(|awaited| wait(transaction, intake, awaited))?;
    exchanged.answers.iter().try_for_each(|answer| settle(transaction, intake, answer, &exchanged.at))
}

/// Takes numbers. They begin where the line stands, or later if the range does; one that begins earlier was computed
/// from what is no longer so.
fn allocate(transaction: &Transaction<'_>, allocation: &Allocation) -> rusqlite::Result<()> {
    let Allocation { own, partner, line, first, next } = allocation;
    let changed = transaction
        .prepare_cached(
            "INSERT INTO number_line (own, partner, line, next) VALUES (?1, ?2, ?3, ?5)
             ON CONFLICT DO UPDATE SET next = excluded.next WHERE next <= ?4",
        )?
        .execute(params![own, partner, line.as_str(), *first as i64, *next as i64])?;
    if changed == 1 { Ok(()) } else { Err(rusqlite::Error::StatementChangedRows(changed)) }
}

fn wait(transaction: &Transaction<'_>, intake: i64, awaited: &Awaited) -> rusqlite::Result<()> {
    let Awaited { name, own, partner, wanted, interchange, functional, group, sent_at, deadline } = awaited;
    let (interchange, group) = (*interchange as i64, *group as i64);
    transaction
        .prepare_cached(
            "INSERT INTO awaited (intake, name, own, partner, wanted, interchange, functional, group_number, sent_at,
                deadline, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'waiting')",
        )?
        .execute(params![intake, name, own, partner, wanted, interchange, functional, group, sent_at, deadline])?;
    Ok(())
}

/// Settles what an answer names; the first answer counts.
fn settle(transaction: &Transaction<'_>, intake: i64, answer: &Answer, at: &str) -> rusqlite::Result<()> {
    let sql = format!("UPDATE awaited SET state = ?7, answered_at = ?8, answer = ?9 WHERE {NAMED}");
    let values = named(answer).into_iter().chain([at.to_owned().into(), intake.into()]);
    transaction.prepare_cached(&sql)?.execute(rusqlite::params_from_iter(values))?;
    Ok(())
}

#[cfg(test)]
mod tests;
