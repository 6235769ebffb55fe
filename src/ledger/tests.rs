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

fn remote(changed: u64) -> NewRemote {
    let text = |text: &str| text.to_owned();
    let (flow, endpoint, folder, name) = (text("shop"), text("partner"), text("/out"), text("a.csv"));
    NewRemote { flow, endpoint, folder, name, size: 3, changed }
}

#[test]
fn a_remote_file_is_known_while_it_is_there_and_not_cleared_before_it_is_received() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    let id = ledger.begin_fetching(&[remote(1)], "2026-03-01T00:00:00Z").unwrap()[0];
    assert!(ledger.is_known_remote(&remote(1)).unwrap() && !ledger.is_known_remote(&remote(2)).unwrap());
    ledger.fetched(&[id], &[]).unwrap();
    let intake = ledger.claim(&[Claim { remote: Some(id), ..claim() }]).unwrap()[0];
    assert!(ledger.cleared(&[id], &[]).is_err(), "nothing of it is received");
    assert!(ledger.uncleared("shop", 0, 9).unwrap().is_empty());
    // Lost here before it was owned: it is fetched again, and claimed again.
    ledger.received(&[], &[intake]).unwrap();
    assert_eq!(ledger.remote_files("shop", "fetching", 0, 9).unwrap().len(), 1);
    ledger.fetched(&[id], &[]).unwrap();
    let intake = ledger.claim(&[Claim { remote: Some(id), ..claim() }]).unwrap()[0];
    ledger.received(&[(intake, "0".repeat(64), 3)], &[]).unwrap();
    assert_eq!(ledger.uncleared("shop", 0, 9).unwrap().len(), 1);
    ledger.cleared(&[id], &[]).unwrap();
    assert!(!ledger.is_known_remote(&remote(1)).unwrap(), "what comes again under the name is new");
    assert!(ledger.fetch_again(&[id]).is_err(), "what is removed stays removed");
}

#[test]
fn a_delivery_goes_through_its_states_and_ends_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    ledger.claim(&[claim()]).unwrap();
    ledger
        .connection
        .execute_batch(&format!(
            "INSERT INTO outbox VALUES ('1-1', 1, 'erp', 'out', 'a.csv', '{}', 3, 'published');
             INSERT INTO delivery (output, endpoint, folder, state) VALUES ('1-1', 'partner', '/in', 'waiting')",
            "0".repeat(64)
        ))
        .unwrap();
    let set = |ledger: &mut Ledger, state| ledger.deliveries(&[(1, state)], "2026-03-01T00:00:00Z");
    for (state, is_legal) in [
        ("renaming", false),
        ("delivered", false),
        ("uploading", true),
        ("uploading", true),
        ("renaming", false),
        ("uploaded", true),
        ("delivered", false),
        ("renaming", true),
        ("delivered", true),
        ("waiting", false),
    ] {
        assert_eq!(set(&mut ledger, state).is_ok(), is_legal, "{state}");
    }
    assert_eq!(ledger.delivery_states(None).unwrap()[0].3, 2, "each beginning is counted");
    assert!(ledger.is_delivered("erp", "a.csv").unwrap() && ledger.open_deliveries("partner", 9).unwrap().is_empty());
}

/// A ledger with a decided file of two held documents and one that is out.
fn held(ledger: &mut Ledger) -> i64 {
    let id = ledger.claim(&[claim()]).unwrap()[0];
    ledger.received(&[(id, "a".repeat(64), 3)], &[]).unwrap();
    for (number, class) in [("1", "out"), ("2", "held"), ("3", "held")] {
        let sql = "INSERT INTO document (intake, flow, kind, number, key, content, class)
                   VALUES (?1, 'shop', 'order', ?2, ?4, zeroblob(16), ?3)";
        let key = u128::from(number.as_bytes()[0]).to_be_bytes();
        ledger.connection.execute(sql, rusqlite::params![id, number, class, key]).unwrap();
    }
    let sql = "UPDATE intake SET state = 'emitted', outcome = 'partial' WHERE id = ?1";
    ledger.connection.execute(sql, [id]).unwrap();
    id
}

fn action<'a>(intake: i64, verb: Verb, numbers: &'a [String]) -> NewAction<'a> {
    let (who, at, why, config) = ("tester", "2026-03-02T00:00:00Z", "because", "");
    NewAction { intake, verb, numbers, who, at, why, config, file: None }
}

#[test]
fn a_held_document_is_decided_about_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    let id = held(&mut ledger);
    let number = |number: &str| vec![number.to_owned()];
    let unknown = ledger.act(&action(id, Verb::Release, &number("1"))).unwrap();
    assert_eq!(unknown, Acted::Unknown(number("1")), "what is out is not held");
    assert_eq!(ledger.act(&action(id, Verb::Discard, &number("2"))).unwrap(), Acted::Done { documents: 1, made: None });
    let key = u128::from(b'2');
    assert_eq!(ledger.known_content(key).unwrap(), None, "what was discarded is not known any more");
    assert_eq!(ledger.act(&action(id, Verb::Release, &number("2"))).unwrap(), Acted::Before(vec![1]));
    let Acted::Done { documents: 1, made: Some(made) } = ledger.act(&action(id, Verb::Release, &[])).unwrap() else {
        panic!("the other one is released")
    };
    assert_eq!(ledger.act(&action(id, Verb::Release, &[])).unwrap(), Acted::Before(vec![1, 2]));
    assert_eq!(ledger.origin(made).unwrap(), Some(Origin { action: 2, intake: id, verb: Verb::Release }));
    let released = ledger.taken_documents(2).unwrap();
    assert_eq!(released.iter().map(|document| document.number.as_str()).collect::<Vec<_>>(), ["3"]);
    let linked = ledger.open_intakes().unwrap().into_iter().find(|intake| intake.id == made).unwrap();
    assert_eq!((linked.state.as_str(), linked.is_linked, linked.sha256), ("received", true, Some("a".repeat(64))));
    assert_eq!(ledger.check().unwrap(), Vec::<String>::new());
}

#[test]
fn decisions_that_cannot_be_are_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    let id = held(&mut ledger);
    ledger.act(&action(id, Verb::Discard, &[])).unwrap();
    let refused = |sql: &str| ledger.connection.execute_batch(sql).is_err();
    assert!(refused("UPDATE action SET who = 'somebody else'"));
    assert!(refused("DELETE FROM action"));
    assert!(refused("INSERT INTO action_document VALUES (1, 1)"), "a document that is out");
    assert!(refused("INSERT INTO action_document VALUES (2, 1)"), "twice");
    let insert = "INSERT INTO action (intake, verb, whole, who, at, why) VALUES";
    assert!(refused(&format!("{insert} (1, 'discard', 1, 'x', '', 'again')")), "a file is closed once");
    assert!(refused(&format!("{insert} (1, 'discard', 0, 'x', '', '')")), "without a reason");
    assert!(refused(&format!("{insert} (1, 'forget', 0, 'x', '', 'x')")), "a verb that does not exist");
}
