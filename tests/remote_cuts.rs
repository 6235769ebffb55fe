//! A connection that is cut, reset or goes silent at many places, both ways: a file is never lost, never twice, never half.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::remote_crash::{Life, busy_server};
use super::support::snapshot;

/// What happens to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Cut,
    Reset,
    Silence,
}

/// After so many bytes to the server (or from it) something happens.
#[derive(Clone, Copy, Debug)]
struct Plan {
    to_server: bool,
    bytes: u64,
    manner: Manner,
}

/// Stands between the program and the server; the first connections end as planned.
struct Proxy {
    port: u16,
    stop: Arc<AtomicBool>,
    /// Bytes to and from the server.
    carried: Arc<[AtomicU64; 2]>,
    ended: Arc<AtomicU64>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Proxy {
    fn new(server: u16, plans: &[Plan], most: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            stop: Arc::default(),
            carried: Arc::new([AtomicU64::new(0), AtomicU64::new(0)]),
            ended: Arc::default(),
        };
        let (stop, carried, ended) = (Arc::clone(&proxy.stop), Arc::clone(&proxy.carried), Arc::clone(&proxy.ended));
        let open = Arc::new(AtomicU64::new(0));
        let plans: Vec<Plan> = plans.to_vec();
        let plans = Mutex::new(plans.into_iter());
        std::thread::spawn(move || {
            for ours in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                // One connection too many is closed at once.
                if open.load(Ordering::SeqCst) >= most {
                    continue;
                }
                let (Ok(ours), Ok(theirs)) = (ours, TcpStream::connect(("127.0.0.1", server))) else { continue };
                let plan = plans.lock().unwrap().next();
                open.fetch_add(1, Ordering::SeqCst);
                for to_server in [true, false] {
                    let (from, to) = if to_server { (&ours, &theirs) } else { (&theirs, &ours) };
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let plan = plan.filter(|plan| plan.to_server == to_server);
                    let (carried, ended) = (Arc::clone(&carried), Arc::clone(&ended));
                    let open = Arc::clone(&open);
                    std::thread::spawn(move || {
                        carry(from, to, plan, &carried[usize::from(!to_server)], &ended);
                        open.fetch_sub(u64::from(to_server), Ordering::SeqCst);
                    });
                }
            }
        });
        proxy
    }
}

/// Carries bytes one way until either end closes, or the plan says what happens.
fn carry(mut from: TcpStream, mut to: TcpStream, plan: Option<Plan>, carried: &AtomicU64, ended: &AtomicU64) {
    let (mut buffer, mut bytes) = (vec![0; 4096], 0_u64);
    loop {
        let room = plan.map_or(buffer.len() as u64, |plan| plan.bytes - bytes).min(buffer.len() as u64) as usize;
        if room == 0 {
            break;
        }
        match from.read(&mut buffer[..room]) {
            Ok(count) if count > 0 && to.write_all(&buffer[..count]).is_ok() => {
                bytes += count as u64;
                carried.fetch_add(count as u64, Ordering::SeqCst);
            }
            _ => {
                let _ = to.shutdown(Shutdown::Write);
                return;
            }
        }
    }
    ended.fetch_add(1, Ordering::SeqCst);
    match plan.map(|plan| plan.manner) {
        // Both directions stay open, and nothing comes any more.
        Some(Manner::Silence) => while matches!(from.read(&mut buffer), Ok(count) if count > 0) {},
        // What was sent and not read is answered with a reset.
        Some(Manner::Reset) => {
            let _ = from.set_read_timeout(Some(Duration::from_millis(200)));
            let _ = from.peek(&mut buffer);
            drop(from.shutdown(Shutdown::Read));
            drop(to.shutdown(Shutdown::Both));
        }
        Some(Manner::Cut) | None => {
            let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
        }
    }
}

/// A file on its way from the server and to it, through connections that end as planned; how many of them did, and how
/// many bytes were carried to and from the server.
fn live(server: &super::sftp::Server, name: &str, plans: &[Plan]) -> (u64, [u64; 2]) {
    let proxy = Proxy::new(server.port, plans, u64::MAX);
    let settings = "timeout_secs = 1\nconnections = 1";
    let port = proxy.port;
    let mut life = Life::both_ways(server, name, settings, |config| {
        config.replace(&format!("port = {}", server.port), &format!("port = {port}"))
    });
    life.put("a.csv", &rows());
    let mut codes = Vec::new();
    for _ in 0..4 {
        let ran = life.space.run(&["run"]);
        life.take();
        assert!(matches!(ran.code, Some(0 | 1)), "{name} {plans:?}: {}{}", ran.out, ran.err);
        codes.push((ran.code, ran.out.clone(), ran.err.clone()));
        if ran.code == Some(0) {
            break;
        }
    }
    assert_eq!(codes.last().unwrap().0, Some(0), "{name} {plans:?} {codes:?}");
    life.check(1, 1);
    let carried = [0, 1].map(|way: usize| proxy.carried[way].load(Ordering::SeqCst));
    (proxy.ended.load(Ordering::SeqCst), carried)
}

/// About 20 KB, so that cuts fall inside the file as well.
fn rows() -> Vec<u8> {
    let mut bytes = snapshot(1);
    (2..500).for_each(|n| bytes.extend(format!("2026-03-05T06:00:00Z,MAIN-{n},MUG-BLUE,{n}\n").bytes()));
    bytes
}

#[test]
fn cuts_at_many_places_both_ways_lose_and_double_nothing() {
    let Some(server) = busy_server() else { return };
    let (ended, whole) = live(&server, "whole", &[]);
    assert!(ended == 0 && whole.iter().all(|bytes| *bytes > 20_000), "{whole:?}");
    const CUTS: u64 = 56;
    let mut plans = Vec::new();
    for to_server in [true, false] {
        let all = whole[usize::from(!to_server)];
        for cut in 0..CUTS {
            let manner = [Manner::Cut, Manner::Reset, Manner::Cut, Manner::Silence][cut as usize % 4];
            let plan = |part: u64| Plan { to_server, bytes: (all * part / CUTS).max(1), manner };
            plans.push((format!("cut-{to_server}-{cut}"), [plan(cut), plan(cut * 5 % CUTS)]));
        }
    }
    let next = AtomicU64::new(0);
    let ended = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some((name, plan)) = plans.get(next.fetch_add(1, Ordering::SeqCst) as usize) {
                    ended.fetch_add(live(&server, name, plan).0, Ordering::SeqCst);
                }
            });
        }
    });
    let ended = ended.into_inner();
    assert!(ended >= 2 * CUTS, "only {ended} connections were ended");
}

#[test]
fn a_server_that_permits_one_connection_is_used_with_one() {
    let Some(server) = busy_server() else { return };
    let proxy = Proxy::new(server.port, &[], 1);
    let port = proxy.port;
    let mut life = Life::both_ways(&server, "one", "connections = 4", |config| {
        config.replace(&format!("port = {}", server.port), &format!("port = {port}"))
    });
    (0..300).for_each(|number| life.put(&format!("{number}.csv"), &snapshot(number)));
    let ran = life.space.run(&["run"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let rows = life.space.run(&["status", "--json"]).out;
    let row = rows.lines().find(|line| line.contains("\"endpoint\"")).unwrap();
    assert!(row.contains("\"state\":\"up\"") && row.contains("\"failed_at\":null"), "{row}");
    life.take();
    life.check(300, 300);
}
