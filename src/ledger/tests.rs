use super::*;

fn open(folder: &tempfile::TempDir) -> Ledger {
    Ledger::open(&folder.path().join("ledger.db")).unwrap()
}

fn claim() -> Claim {
    Claim {
        flow: "shop".into(),
        name: "a.csv".into(),
        folder: "in/shop/a.csv".into(),
        device: 1,
        inode: 2,
        size: 3,
        at: "2026-03-01T00:00:00Z".into(),
        config: String::new(),
        remote: None,
    }
}

#[test]
fn the_bundled_sqlite_is_new_enough_and_a_new_ledger_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(open(&folder).check().unwrap(), Vec::<String>::new());
}

#[test]
fn illegal_states_cannot_be_stored() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    let id = ledger.claim(&[claim()]).unwrap()[0];
    let execute = |sql: &str| ledger.connection.execute(sql, [id]).map(drop).map_err(|e| e.to_string());
    assert!(execute("UPDATE intake SET state = 'archived' WHERE id = ?1").is_err(), "from claiming to archived");
    assert!(execute("UPDATE intake SET state = 'lost' WHERE id = ?1").is_err(), "a state that does not exist");
    assert!(execute("UPDATE intake SET state = 'received' WHERE id = ?1").is_err(), "received without a hash");
    assert!(execute("DELETE FROM intake WHERE id = ?1").is_err(), "an intake is never deleted");
}

#[test]
fn a_ledger_of_a_later_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    open(&folder).connection.pragma_update(None, "user_version", 99).unwrap();
    let error = Ledger::open(&folder.path().join("ledger.db")).unwrap_err();
    assert!(matches!(error, LedgerError::Newer { found: 99, .. }));
}

#[test]
fn a_foreign_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let other = Connection::open(&path).unwrap();
    other.pragma_update(None, "user_version", 1).unwrap();
    drop(other);
    assert!(matches!(Ledger::open(&path).unwrap_err(), LedgerError::Foreign));
}

#[test]
fn a_notice_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    assert!(ledger.notice("shop", "link.csv", "NOT_A_REGULAR_FILE", "2026-03-01T00:00:00Z").unwrap());
    assert!(!ledger.notice("shop", "link.csv", "NOT_A_REGULAR_FILE", "2026-03-02T00:00:00Z").unwrap());
}

#[test]
fn a_ledger_of_every_earlier_schema_is_brought_up_to_date() {
    for version in 1..MIGRATIONS.len() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let old = Connection::open(&path).unwrap();
        MIGRATIONS[..version].iter().for_each(|migration| old.execute_batch(migration).unwrap());
        old.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        old.pragma_update(None, "user_version", version as i64).unwrap();
        old.execute_batch(
            "INSERT INTO intake (id, flow, name, folder, device, inode, size, state, received_at)
             VALUES (1, 'shop', 'a.csv', 'in/shop/a.csv', 1, 2, 3, 'claiming', '2026-03-01T00:00:00Z')",
        )
        .unwrap();
        drop(old);
        assert!(matches!(Ledger::open_to_read(&path), Err(LedgerError::Older)));
        let ledger = open(&folder);
        assert_eq!(ledger.open_intakes().unwrap().len(), 1, "what was there is kept");
        assert_eq!((ledger.check().unwrap(), ledger.version().unwrap()), (Vec::new(), MIGRATIONS.len()));
    }
}
