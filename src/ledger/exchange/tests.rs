use super::*;
use crate::agreement::Verdict;
use crate::ledger::Claim;
use crate::syntax::x12::Text15;

struct Book {
    folder: tempfile::TempDir,
    ledger: Ledger,
    intake: i64,
}

fn book() -> Book {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(&folder.path().join("ledger.db")).unwrap();
    let claim = Claim {
        flow: "shop".into(),
        name: "a.csv".into(),
        folder: "in/shop/a.csv".into(),
        device: 1,
        inode: 2,
        size: 3,
        at: "2026-03-01T00:00:00Z".into(),
        config: String::new(),
        remote: None,
    };
    let intake = ledger.claim(&[claim]).unwrap()[0];
    Book { folder, ledger, intake }
}

impl Book {
    /// Commits an exchange, or stops before the commit as a crash does.
    fn exchange(&mut self, exchanged: &Exchanged, crash: bool) -> rusqlite::Result<()> {
        let transaction = self.ledger.connection.transaction().unwrap();
        commit(&transaction, self.intake, exchanged)?;
        if crash { transaction.rollback() } else { transaction.commit() }
    }

    fn next(&self) -> Option<u64> {
        self.ledger.next_number("ZZ:US", "ZZ:THEM", Line::Interchange).unwrap()
    }

    fn states(&self) -> Vec<(i64, String)> {
        let rows = self.ledger.awaited(true).unwrap();
        let mut states: Vec<_> = rows.into_iter().map(|row| (row.interchange, row.state)).collect();
        states.sort();
        states
    }
}

fn taking(first: u64, next: u64) -> Exchanged {
    let (own, partner) = ("ZZ:US".into(), "ZZ:THEM".into());
    let allocation = Allocation { own, partner, line: Line::Interchange, first, next };
    Exchanged { allocations: vec![allocation], ..Exchanged::default() }
}

#[test]
fn a_number_that_was_not_committed_is_given_again_and_one_that_was_never_is() {
    let mut book = book();
    assert_eq!(book.next(), None);
    book.exchange(&taking(1, 3), true).unwrap();
    assert_eq!(book.next(), None, "a crash before the commit takes nothing");
    book.exchange(&taking(1, 3), false).unwrap();
    assert_eq!(book.next(), Some(3));
    book.exchange(&taking(3, 4), true).unwrap();
    assert_eq!(book.next(), Some(3));
    for stale in [taking(1, 3), taking(2, 5), taking(1, 9)] {
        assert!(book.exchange(&stale, false).is_err(), "numbers that others took");
    }
    book.exchange(&taking(3, 4), false).unwrap();
    let Book { folder, ledger, .. } = book;
    drop(ledger);
    let ledger = Ledger::open(&folder.path().join("ledger.db")).unwrap();
    assert_eq!(ledger.next_number("ZZ:US", "ZZ:THEM", Line::Interchange).unwrap(), Some(4), "it is kept");
    assert_eq!(ledger.next_number("ZZ:US", "ZZ:THEM", Line::Group).unwrap(), None, "each line has its own");
    assert_eq!(ledger.next_number("ZZ:US", "ZZ:OTHER", Line::Interchange).unwrap(), None, "and each partner");
}

#[test]
fn a_line_of_numbers_cannot_go_back() {
    let mut book = book();
    book.exchange(&taking(1, 8), false).unwrap();
    for sql in ["UPDATE number_line SET next = 7", "UPDATE number_line SET next = 8", "DELETE FROM number_line"] {
        assert!(book.ledger.connection.execute(sql, []).is_err(), "{sql}");
    }
    let other = "INSERT INTO number_line (own, partner, line, next) VALUES ('a', 'b', 'page', 2)";
    assert!(book.ledger.connection.execute(other, []).is_err(), "a line that does not exist");
}

fn sent(interchange: u64, group: u64, wanted: &'static str) -> Awaited {
    Awaited {
        name: "them".into(),
        own: "ZZ:US".into(),
        partner: "ZZ:THEM".into(),
        wanted,
        interchange,
        functional: if wanted == "TA1" { String::new() } else { "PR".into() },
        group: if wanted == "TA1" { 0 } else { group },
        sent_at: "2026-03-01T00:00:00Z".into(),
        deadline: "2026-03-02T00:00:00Z".into(),
    }
}

fn answer(kind: &'static str, number: &str, verdict: Verdict) -> Answer {
    let number = Text15::new(number.as_bytes());
    let about = if kind == "TA1" { About::Interchange(number) } else { About::Group(Text15::new(b"PR"), number) };
    Answer { kind, from: "ZZ:THEM".into(), to: "ZZ:US".into(), about, verdict, rejected: Vec::new() }
}

#[test]
fn an_answer_settles_what_it_names_and_nothing_else() {
    let mut book = book();
    let awaited = vec![sent(1, 11, "997"), sent(2, 12, "997"), sent(3, 0, "TA1"), sent(4, 14, "999")];
    book.exchange(&Exchanged { awaited, ..Exchanged::default() }, false).unwrap();
    let answers = vec![
        answer("997", "011", Verdict::Partly),
        answer("999", "12", Verdict::Rejected),
        answer("TA1", "000000003", Verdict::Accepted),
        answer("TA1", "000000002", Verdict::Accepted),
        answer("TA1", "000000004", Verdict::Rejected),
        answer("997", "99", Verdict::Accepted),
    ];
    let awaited: Vec<bool> = answers.iter().map(|answer| book.ledger.is_awaited(answer).unwrap()).collect();
    assert_eq!(awaited, [true, false, true, false, true, false]);
    let other = Answer { from: "ZZ:OTHER".into(), ..answer("997", "12", Verdict::Accepted) };
    assert!(!book.ledger.is_awaited(&other).unwrap(), "an answer of somebody else");
    let at = "2026-03-01T05:00:00Z".to_owned();
    book.exchange(&Exchanged { answers, at, ..Exchanged::default() }, false).unwrap();
    let state = |interchange, state: &str| (interchange, state.to_owned());
    let expected = [state(1, "partly"), state(2, "waiting"), state(3, "accepted"), state(4, "rejected")];
    assert_eq!(book.states(), expected);
    assert_eq!(book.ledger.awaited(false).unwrap().len(), 1);
    let late = vec![answer("997", "11", Verdict::Accepted)];
    book.exchange(&Exchanged { answers: late, at: "x".into(), ..Exchanged::default() }, false).unwrap();
    assert_eq!(book.states()[0], state(1, "partly"), "the first answer counts");
}

#[test]
fn what_is_answered_stays_answered_and_a_group_waits_once() {
    let mut book = book();
    let one = || Exchanged { awaited: vec![sent(1, 11, "997")], ..Exchanged::default() };
    book.exchange(&one(), false).unwrap();
    assert!(book.exchange(&one(), false).is_err(), "the same group twice");
    let connection = &book.ledger.connection;
    assert!(connection.execute("UPDATE awaited SET state = 'accepted'", []).is_err(), "answered without an answer");
    assert!(connection.execute("UPDATE awaited SET state = 'lost'", []).is_err());
    let settled = "UPDATE awaited SET state = 'accepted', answered_at = 'x', answer = 1";
    assert!(connection.execute(settled, []).is_ok());
    assert!(connection.execute("UPDATE awaited SET state = 'rejected'", []).is_err());
}

#[test]
fn what_a_partner_skipped_is_missing_until_it_comes() {
    let mut book = book();
    let receive = |book: &mut Book, numbers: &[&str]| {
        for number in numbers {
            let sql = "INSERT INTO control_number (sender, receiver, number, intake) VALUES ('THEM', 'US', ?1, ?2)";
            book.ledger.connection.execute(sql, params![number, book.intake]).unwrap();
        }
    };
    receive(&mut book, &["000000007", "000000010", "REF-8"]);
    let around =
        |book: &Book, number| book.ledger.around("THEM", "US", number).unwrap().map(|one| one.unwrap_or_default());
    assert_eq!(around(&book, "000000008"), ["000000007", "000000010"].map(str::to_owned));
    assert_eq!(around(&book, "000000011"), ["000000010", ""].map(str::to_owned));
    assert_eq!(around(&book, "000000001"), ["", "000000007"].map(str::to_owned));
    assert!(book.ledger.missing().unwrap().is_empty(), "nobody counts without an agreement");
    let sql = "INSERT INTO finding (intake, code, severity, place, found, expected, help)
        VALUES (?1, 'CONTROL_NUMBER_GAP', 'warning', '', '', '', '')";
    book.ledger.connection.execute(sql, [book.intake]).unwrap();
    let missing = |book: &Book| {
        let rows = book.ledger.missing().unwrap();
        rows.into_iter()
            .map(|row| format!("{} {} {} {}", row.sender, row.receiver, row.missing, row.last))
            .collect::<Vec<_>>()
    };
    assert_eq!(missing(&book), ["THEM US 000000008 000000009"]);
    receive(&mut book, &["000000009"]);
    assert_eq!(missing(&book), ["THEM US 000000008 000000008"]);
    receive(&mut book, &["000000008"]);
    assert!(missing(&book).is_empty());
}
