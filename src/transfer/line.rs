//! The orders of one endpoint, and the threads that carry them out.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::Health;
use super::breaker::{Breaker, Permit, Trouble};
use super::order::{Order, Outcome};
use super::work::carry_out;
use crate::endpoint::{Fault, Server, Session};
use crate::limits;

/// One endpoint.
pub(super) struct Line {
    server: Server,
    desk: Mutex<Desk>,
    wake: Condvar,
}

/// What its threads share.
#[derive(Default)]
struct Desk {
    orders: VecDeque<Order>,
    breaker: Breaker,
    /// Connections that stand.
    live: usize,
    /// Most connections that the server has permitted, once it refused one more.
    most: Option<usize>,
    /// The socket of each thread's connection, so that a call under way can be broken off.
    sockets: HashMap<ThreadId, TcpStream>,
    stopped: bool,
}

/// What a thread does next.
enum Turn {
    Order(Order),
    Idle,
    Stop,
}

impl Line {
    pub(super) fn new(server: Server) -> Self {
        Self { server, desk: Mutex::default(), wake: Condvar::new() }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn connections(&self) -> usize {
        self.server.connections
    }

    pub(super) fn set_breaker(&self, breaker: Breaker) {
        self.desk().breaker = breaker;
    }

    /// Adds an order; how many wait now.
    pub(super) fn push(&self, order: Order) -> usize {
        let mut desk = self.desk();
        desk.orders.push_back(order);
        self.wake.notify_one();
        desk.orders.len()
    }

    pub(super) fn health(&self) -> Health {
        let desk = self.desk();
        let breaker = &desk.breaker;
        Health {
            word: breaker.word(),
            is_open: breaker.is_open(),
            failures: breaker.failures(),
            next_try: breaker.next_try(),
        }
    }

    pub(super) fn stop(&self) {
        let mut desk = self.desk();
        desk.stopped = true;
        // One that is closed already is no matter.
        desk.sockets.values().for_each(|socket| drop(socket.shutdown(Shutdown::Both)));
        self.wake.notify_all();
    }

    /// Waits for an order that may be carried out now; one without work is told now and then, to keep its connection.
    fn turn(&self, connected: bool) -> Turn {
        let idle = Instant::now() + Duration::from_secs(limits::KEEPALIVE_SECS.into());
        let mut desk = self.desk();
        loop {
            let now = Instant::now();
            if desk.stopped {
                return Turn::Stop;
            }
            let is_one_too_many = !connected && desk.most.is_some_and(|most| desk.live >= most);
            let until = if desk.orders.is_empty() || is_one_too_many {
                idle
            } else {
                match desk.breaker.ask(now) {
                    Permit::Go => match desk.orders.pop_front() {
                        Some(order) => return Turn::Order(order),
                        None => idle,
                    },
                    Permit::At(until) => until,
                }
            };
            if now >= idle {
                return Turn::Idle;
            }
            let wait = until.min(idle).saturating_duration_since(now);
            desk = self.wake.wait_timeout(desk, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Works until it is stopped.
    pub(super) fn work(&self, outcomes: &Sender<(String, Outcome)>) {
        // Whoever listened is gone when sending fails; then the line is stopped as well.
        let tell = |outcome| drop(outcomes.send((self.server.name.clone(), outcome)));
        let (mut session, mut used) = (None::<Session>, Instant::now());
        loop {
            let order = match self.turn(session.is_some()) {
                Turn::Stop => break,
                Turn::Idle => {
                    let is_kept =
                        |session: &Session| used.elapsed() < limits::CONNECTION_IDLE && session.keep_alive().is_ok();
                    if session.as_ref().is_some_and(|session| !is_kept(session)) {
                        session = None;
                        self.desk().live -= 1;
                    }
                    continue;
                }
                Turn::Order(order) => order,
            };
            let open = match session.take().map_or_else(|| self.open(), Ok) {
                Ok(open) => open,
                Err(fault) => {
                    if !self.is_one_too_many(&fault) {
                        self.failed(&fault);
                        tell(Outcome::Trouble(fault));
                    }
                    self.put_back(order);
                    continue;
                }
            };
            let (outcome, lost) = carry_out(&open, order);
            used = Instant::now();
            match &lost {
                None => {
                    self.desk().breaker.succeeded();
                    self.wake.notify_all();
                    session = Some(open);
                }
                Some(fault) => {
                    open.abandon();
                    self.desk().live -= 1;
                    self.failed(fault);
                }
            }
            tell(outcome);
            lost.into_iter().for_each(|fault| tell(Outcome::Trouble(fault)));
        }
    }

    fn open(&self) -> Result<Session, Fault> {
        let opened = Session::open_with(&self.server, |socket| {
            let mut desk = self.desk();
            match socket.try_clone() {
                Ok(socket) if desk.stopped => drop(socket.shutdown(Shutdown::Both)),
                Ok(socket) => drop(desk.sockets.insert(thread::current().id(), socket)),
                // Without it a call under way ends with its timeout.
                Err(_) => drop(desk.sockets.remove(&thread::current().id())),
            }
        });
        self.desk().live += usize::from(opened.is_ok());
        opened
    }

    /// Whether a connection did not come about beside others that stand: then the server permits no more.
    fn is_one_too_many(&self, fault: &Fault) -> bool {
        let mut desk = self.desk();
        let others = desk.live;
        if others == 0 || fault.is_lasting() {
            return false;
        }
        desk.most = Some(others);
        // A trial that came to nothing is as if it had not been made.
        desk.breaker.withdrawn();
        true
    }

    /// Puts back an order that was not begun.
    fn put_back(&self, order: Order) {
        self.desk().orders.push_front(order);
        self.wake.notify_all();
    }

    /// Notes a failure.
    fn failed(&self, fault: &Fault) {
        let trouble = if fault.is_lasting() { Trouble::Lasting } else { Trouble::Passing };
        let jitter = f64::from(RandomState::new().hash_one(()) as u32) / f64::from(u32::MAX);
        let mut desk = self.desk();
        // What it permits may be another number when it is back.
        desk.most = None;
        desk.breaker.failed(Instant::now(), trouble, jitter);
        self.wake.notify_all();
    }
}
