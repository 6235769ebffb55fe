//! Files of servers on their way in, outputs on their way out, and what is known of the servers.

use rusqlite::{OptionalExtension, Row, params};

use super::{Ledger, LedgerError};

/// A file of a server's folder that is about to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRemote {
    /// The flow that takes it.
    pub flow: String,
    /// The endpoint.
    pub endpoint: String,
    /// The folder there.
    pub folder: String,
    /// Its name there, one plain segment.
    pub name: String,
    /// Size in bytes as it was listed.
    pub size: u64,
    /// Its time as it was listed, in seconds since 1970.
    pub changed: u64,
}

/// A file of a server's folder whose life there is not ended.
#[derive(Clone, Debug)]
pub struct RemoteFile {
    /// Its id, by which it lies in the flow's folder here.
    pub id: i64,
    /// What was listed.
    pub file: NewRemote,
    /// How often fetching it was begun.
    pub attempts: i64,
}

/// An output on its way to a server.
#[derive(Clone, Debug)]
pub struct OpenDelivery {
    /// Its id.
    pub id: i64,
    /// The target.
    pub target: String,
    /// The endpoint.
    pub endpoint: String,
    /// The folder there.
    pub folder: String,
    /// The file here, from the root.
    pub file: String,
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
    /// Its state.
    pub state: String,
    /// How often sending it was begun.
    pub attempts: i64,
}

/// What is known of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct EndpointRow {
    /// The endpoint.
    #[serde(rename = "endpoint")]
    pub name: String,
    /// `up`, `waiting` for the next try, or `open`: left alone for longer.
    pub state: String,
    /// Failures since it last went well.
    pub failures: u32,
    /// The code of the last failure; empty when it last went well.
    pub code: String,
    /// When something last went well.
    pub succeeded_at: Option<String>,
    /// When it last failed.
    pub failed_at: Option<String>,
    /// When it is tried next.
    pub next_try: Option<String>,
    /// Version of the configuration with which it failed.
    #[serde(skip)]
    pub config: String,
}

/// Files and outputs on their way from and to a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct UnderWay {
    /// Files that are not wholly fetched.
    pub fetching: i64,
    /// Files received that the server is still to remove or move.
    pub clearing: i64,
    /// Outputs that are not delivered.
    pub sending: i64,
    /// Outputs whose name is taken on the server.
    pub held: i64,
}

const REMOTE: &str =
    "SELECT r.id, r.flow, r.endpoint, r.folder, r.name, r.size, r.changed, r.attempts FROM remote_file r";

fn remote(row: &Row<'_>) -> rusqlite::Result<RemoteFile> {
    let file = NewRemote {
        flow: row.get(1)?,
        endpoint: row.get(2)?,
        folder: row.get(3)?,
        name: row.get(4)?,
        size: row.get::<_, i64>(5)? as u64,
        changed: row.get::<_, i64>(6)? as u64,
    };
    Ok(RemoteFile { id: row.get(0)?, file, attempts: row.get(7)? })
}

impl Ledger {
    /// Whether this very file was taken and is still there, as far as is known.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn is_known_remote(&self, file: &NewRemote) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM remote_file WHERE flow = ?1 AND name = ?2 AND endpoint = ?3
                       AND folder = ?4 AND size = ?5 AND changed = ?6 AND state NOT IN ('removed', 'gone'))";
        let NewRemote { flow, endpoint, folder, name, size, changed } = file;
        let values = params![flow, name, endpoint, folder, *size as i64, *changed as i64];
        Ok(self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
    }

    /// Records that files are about to be fetched; their ids.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn begin_fetching(&mut self, files: &[NewRemote], at: &str) -> Result<Vec<i64>, LedgerError> {
        let mut ids = Vec::with_capacity(files.len());
        self.commit(|transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO remote_file (flow, endpoint, folder, name, size, changed, state, attempts, listed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'fetching', 1, ?7)",
            )?;
            for NewRemote { flow, endpoint, folder, name, size, changed } in files {
                insert.execute(params![flow, endpoint, folder, name, *size as i64, *changed as i64, at])?;
                ids.push(transaction.last_insert_rowid());
            }
            Ok(())
        })?;
        Ok(ids)
    }

    /// Records that fetching is begun again.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn fetch_again(&mut self, ids: &[i64]) -> Result<(), LedgerError> {
        self.each("UPDATE remote_file SET state = 'fetching', attempts = attempts + 1 WHERE id = ?1", ids)
    }

    /// Records which files lie here wholly, and which are not on the server any more as they were listed.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn fetched(&mut self, here: &[i64], gone: &[i64]) -> Result<(), LedgerError> {
        if here.is_empty() && gone.is_empty() {
            return Ok(());
        }
        self.commit(|transaction| {
            let mut update =
                transaction.prepare_cached("UPDATE remote_file SET state = ?2 WHERE id = ?1 AND state = 'fetching'")?;
            here.iter().try_for_each(|id| update.execute(params![id, "fetched"]).map(drop))?;
            gone.iter().try_for_each(|id| update.execute(params![id, "gone"]).map(drop))
        })
    }

    /// Records what became of received files on the server.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn cleared(&mut self, removed: &[i64], left: &[i64]) -> Result<(), LedgerError> {
        self.each("UPDATE remote_file SET state = 'removed' WHERE id = ?1 AND state = 'claimed'", removed)?;
        self.each("UPDATE remote_file SET state = 'left' WHERE id = ?1 AND state = 'claimed'", left)
    }

    fn each(&mut self, sql: &str, ids: &[i64]) -> Result<(), LedgerError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.commit(|transaction| {
            let mut update = transaction.prepare_cached(sql)?;
            ids.iter().try_for_each(|id| update.execute([id]).map(drop))
        })
    }

    /// Files of a flow in a state, oldest first.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn remote_files(
        &self,
        flow: &str,
        state: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<RemoteFile>, LedgerError> {
        let sql = format!(
            "{REMOTE} WHERE r.flow = ?1 AND r.state = ?2 AND r.state IN ('fetching', 'fetched', 'claimed')
                           AND r.id > ?3 ORDER BY r.id LIMIT ?4"
        );
        self.rows(&sql, params![flow, state, after, limit as i64], remote)
    }

    /// Files of a flow that are received, and of which the server does not know it yet; oldest first.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn uncleared(&self, flow: &str, after: i64, limit: usize) -> Result<Vec<RemoteFile>, LedgerError> {
        let sql = format!(
            "{REMOTE} JOIN intake i ON i.id = r.intake WHERE r.flow = ?1 AND r.state = 'claimed' AND r.id > ?2
             AND i.state IN ('received', 'emitted', 'archived') ORDER BY r.id LIMIT ?3"
        );
        self.rows(&sql, params![flow, after, limit as i64], remote)
    }

    /// How many files of a flow are not wholly fetched.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn count_fetching(&self, flow: &str) -> Result<u64, LedgerError> {
        let sql = "SELECT count(*) FROM remote_file WHERE flow = ?1 AND state = 'fetching'";
        Ok(self.connection.prepare_cached(sql)?.query_row([flow], |row| row.get::<_, i64>(0))? as u64)
    }

    /// Whether a file that lies here under this id may still be needed.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn is_open_remote(&self, id: i64) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM remote_file WHERE id = ?1 AND state IN ('fetched', 'claimed'))";
        Ok(self.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))?)
    }

    /// Published outputs that are not delivered to an endpoint, in the order they were decided.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn open_deliveries(&self, endpoint: &str, limit: usize) -> Result<Vec<OpenDelivery>, LedgerError> {
        let sql = "SELECT d.id, o.target, d.endpoint, d.folder, o.folder || '/' || o.name, o.name, o.sha256, o.size,
                       d.state, d.attempts
                   FROM delivery d JOIN outbox o ON o.id = d.output
                   WHERE d.endpoint = ?1 AND d.state NOT IN ('delivered', 'unconfirmed') AND d.state <> 'held'
                       AND o.state = 'published' ORDER BY d.id LIMIT ?2";
        self.rows(sql, params![endpoint, limit as i64], |row| {
            Ok(OpenDelivery {
                id: row.get(0)?,
                target: row.get(1)?,
                endpoint: row.get(2)?,
                folder: row.get(3)?,
                file: row.get(4)?,
                name: row.get(5)?,
                sha256: row.get(6)?,
                size: row.get::<_, i64>(7)? as u64,
                state: row.get(8)?,
                attempts: row.get(9)?,
            })
        })
    }

    /// Records a state of deliveries; the beginning of an attempt is counted before it is made.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn deliveries(&mut self, changes: &[(i64, &str)], at: &str) -> Result<(), LedgerError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.commit(|transaction| {
            let mut update = transaction.prepare_cached(
                "UPDATE delivery SET state = ?2, attempts = attempts + (?2 = 'uploading'),
                     ended_at = CASE WHEN ?2 IN ('delivered', 'unconfirmed') THEN ?3 END WHERE id = ?1",
            )?;
            changes.iter().try_for_each(|(id, state)| update.execute(params![id, state, at]).map(drop))
        })
    }

    /// Lets outputs whose name was taken be tried again.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn retry_held(&mut self) -> Result<(), LedgerError> {
        let held = "SELECT EXISTS (SELECT 1 FROM delivery WHERE state = 'held')";
        if self.connection.prepare_cached(held)?.query_row([], |row| row.get(0))? {
            self.commit(|transaction| {
                transaction.execute("UPDATE delivery SET state = 'waiting' WHERE state = 'held'", []).map(drop)
            })?;
        }
        Ok(())
    }

    /// Whether the output of this target and name is delivered, so that its file here is needed no more.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn is_delivered(&self, target: &str, name: &str) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM delivery d JOIN outbox o ON o.id = d.output
                   WHERE o.target = ?1 AND o.name = ?2 AND d.state = 'delivered')";
        Ok(self.connection.prepare_cached(sql)?.query_row([target, name], |row| row.get(0))?)
    }

    /// What is on its way from and to an endpoint.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn under_way(&self, endpoint: &str) -> Result<UnderWay, LedgerError> {
        let sql = "SELECT
            (SELECT count(*) FROM remote_file WHERE endpoint = ?1 AND state = 'fetching'),
            (SELECT count(*) FROM remote_file r JOIN intake i ON i.id = r.intake WHERE r.endpoint = ?1
                AND r.state = 'claimed' AND i.state IN ('received', 'emitted', 'archived')),
            (SELECT count(*) FROM delivery WHERE endpoint = ?1 AND state NOT IN ('delivered', 'unconfirmed')),
            (SELECT count(*) FROM delivery WHERE endpoint = ?1 AND state = 'held')";
        let row = |row: &Row<'_>| {
            Ok(UnderWay { fetching: row.get(0)?, clearing: row.get(1)?, sending: row.get(2)?, held: row.get(3)? })
        };
        Ok(self.connection.prepare_cached(sql)?.query_row([endpoint], row)?)
    }

    /// The states of all deliveries of an intake, or of all: output, endpoint, state, attempts.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn delivery_states(&self, intake: Option<i64>) -> Result<Vec<(String, String, String, i64)>, LedgerError> {
        let sql = "SELECT o.name, d.endpoint, d.state, d.attempts FROM delivery d JOIN outbox o ON o.id = d.output
                   WHERE ?1 IS NULL OR o.intake = ?1 ORDER BY d.id";
        self.rows(sql, [intake], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
    }

    /// What is known of every endpoint, by name.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn endpoints(&self) -> Result<Vec<EndpointRow>, LedgerError> {
        let sql =
            "SELECT name, state, failures, code, succeeded_at, failed_at, next_try, config FROM endpoint ORDER BY name";
        self.rows(sql, [], endpoint)
    }

    /// What is known of an endpoint.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn endpoint(&self, name: &str) -> Result<Option<EndpointRow>, LedgerError> {
        let sql = "SELECT name, state, failures, code, succeeded_at, failed_at, next_try, config FROM endpoint WHERE name = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([name], endpoint).optional()?)
    }

    /// Records what is known of an endpoint.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn set_endpoint(&mut self, row: &EndpointRow) -> Result<(), LedgerError> {
        self.commit(|transaction| {
            transaction
                .prepare_cached("INSERT OR REPLACE INTO endpoint VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
                .execute(params![
                    row.name,
                    row.state,
                    row.failures,
                    row.code,
                    row.succeeded_at,
                    row.failed_at,
                    row.next_try,
                    row.config
                ])
                .map(drop)
        })
    }
}

fn endpoint(row: &Row<'_>) -> rusqlite::Result<EndpointRow> {
    Ok(EndpointRow {
        name: row.get(0)?,
        state: row.get(1)?,
        failures: row.get(2)?,
        code: row.get(3)?,
        succeeded_at: row.get(4)?,
        failed_at: row.get(5)?,
        next_try: row.get(6)?,
        config: row.get(7)?,
    })
}
