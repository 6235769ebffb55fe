//! Stops the program before every durable step, and its recovery too, while files come from a server and go to one: with
//! an ERP and a partner that take away what they are given in between.

use std::collections::BTreeMap;
use std::fs;

use super::remote::config;
use super::sftp::{Server, server};
use super::support::{Space, consign, files, snapshot};

/// Which ways are over the network.
#[derive(Clone, Copy, Debug)]
struct Scene {
    fetches: bool,
    delivers: bool,
    after: &'static str,
}

/// One workspace and its folders on the server.
pub struct Life<'s> {
    pub server: &'s Server,
    pub space: Space,
    name: String,
    scene: Scene,
    taken: BTreeMap<String, Vec<u8>>,
}

/// A server for many lives at once.
pub fn busy_server() -> Option<Server> {
    server("MaxStartups 200\nMaxSessions 100\n")
}

impl<'s> Life<'s> {
    fn new(server: &'s Server, scene: Scene, name: &str) -> Self {
        Self::with(server, scene, name, "", |config| config)
    }

    /// A life from server to server, whose configuration is changed.
    pub fn both_ways(server: &'s Server, name: &str, endpoint: &str, change: impl Fn(String) -> String) -> Self {
        Self::with(server, Scene { fetches: true, delivers: true, after: "delete" }, name, endpoint, change)
    }

    fn with(server: &'s Server, scene: Scene, name: &str, endpoint: &str, change: impl Fn(String) -> String) -> Self {
        let remote = |folder: &str| server.remote(&format!("{name}/{folder}"));
        ["out", "in", "done"].iter().for_each(|folder| fs::create_dir_all(remote(folder)).unwrap());
        let moved = if scene.after == "move" { format!(", move_to = \"{}\"", remote("done")) } else { String::new() };
        let (out, after) = (remote("out"), scene.after);
        let source = format!("source = {{ endpoint = \"partner\", folder = \"{out}\", after = \"{after}\"{moved} }}");
        let target = format!("endpoint = \"partner\"\nfolder = \"{}\"", remote("in"));
        let (source, target) = (
            if scene.fetches { source.as_str() } else { "" },
            if scene.delivers { target.as_str() } else { "folder = \"out/erp\"" },
        );
        let space = Space::with(&change(config(server, endpoint, source, target)));
        Self { server, space, name: name.to_owned(), scene, taken: BTreeMap::new() }
    }

    pub fn put(&self, name: &str, bytes: &[u8]) {
        match self.scene.fetches {
            true => fs::write(self.server.path(&format!("{}/out/{name}", self.name)), bytes).unwrap(),
            false => self.space.write(&format!("in/stock/{name}"), bytes),
        }
    }

    pub fn remote(&self, folder: &str) -> Vec<std::path::PathBuf> {
        files(&self.server.path(&format!("{}/{folder}", self.name)))
    }

    /// The ERP or the partner takes what it is given; temporary names are none of its business.
    pub fn take(&mut self) {
        let mut given = self.space.consume();
        for path in self.remote("in") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !name.starts_with('.') {
                given.insert(name, fs::read(&path).unwrap());
                fs::remove_file(path).unwrap();
            }
        }
        for (name, bytes) in given {
            assert!(bytes.starts_with(b"as_of,") && bytes.ends_with(b"\n"), "{}: {name} is half a file", self.name);
            assert!(self.taken.insert(name.clone(), bytes).is_none(), "{}: {name} came twice", self.name);
        }
    }

    /// Runs until the given step; whether it was stopped there.
    fn run(&self, stop_at: u64) -> bool {
        let status = consign(&["run", "--threads", "2", "--workspace", self.space.text()])
            .env("CONSIGN_CRASH_AT", stop_at.to_string())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .unwrap();
        assert!(matches!(status.code(), None | Some(0 | 1)), "{}: it ends or is stopped: {status}", self.name);
        status.code().is_none()
    }

    /// What must hold at the end: `dropped` files were put, of which `different` are not the same bytes as another.
    pub fn check(mut self, dropped: usize, different: usize) {
        self.take();
        let at = &self.name;
        let mut outputs: Vec<&Vec<u8>> = self.taken.values().collect();
        outputs.sort();
        outputs.dedup();
        assert_eq!((self.taken.len(), outputs.len()), (different, different), "{at}: each went out once");
        assert!(self.remote("in").is_empty(), "{at}: {:?}", self.remote("in"));
        let left = if self.scene.fetches { (self.remote("out").len(), self.remote("done").len()) } else { (0, 0) };
        let expected = match self.scene.after {
            "leave" => (dropped, 0),
            "move" => (0, dropped),
            _ => (0, 0),
        };
        assert_eq!(left, if self.scene.fetches { expected } else { (0, 0) }, "{at}");
        assert_eq!(files(&self.space.path("archive")).len(), dropped, "{at}: every original is archived");
        let ledger = consign::ledger::Ledger::open(&self.space.path(".consign/ledger.db")).unwrap();
        // What the partner took before its delivery was known here is kept, and never sent again.
        let states = ledger.delivery_states(None).unwrap();
        let is_kept = |name: &str| states.iter().any(|row| row.0 == name && row.2 == "unconfirmed");
        for private in ["claim", "stage", "remote", "deliver"] {
            let mut left = files(&self.space.path(&format!(".consign/{private}")));
            left.retain(|path| private != "deliver" || !is_kept(&path.file_name().unwrap().to_string_lossy()));
            assert!(left.is_empty(), "{at}: {left:?} {states:?}");
        }
        assert_eq!(ledger.check().unwrap(), Vec::<String>::new(), "{at}");
        assert!(ledger.open_intakes().unwrap().is_empty() && ledger.open_outputs().unwrap().is_empty(), "{at}");
        assert_eq!(ledger.under_way("partner").unwrap(), consign::ledger::UnderWay::default(), "{at}");
        let intakes = ledger.intakes(1_000).unwrap();
        assert_eq!(intakes.len(), dropped, "{at}: each was taken once");
        for intake in intakes {
            assert!(self.space.path(".consign/blob").join(intake.sha256.unwrap()).is_file(), "{at}");
        }
        assert!(consign::reconcile::balance::Balance::read(&ledger, None).unwrap().is_balanced(), "{at}");
        assert!(states.iter().all(|row| matches!(row.2.as_str(), "delivered" | "unconfirmed")), "{at}: {states:?}");
    }
}

/// One life: stopped at `first`, its recovery at `second`, then to the end. Whether the first stop happened.
fn live(server: &Server, scene: Scene, first: u64, second: u64) -> bool {
    let name = format!("{}{}{}-{first}-{second}", u8::from(scene.fetches), u8::from(scene.delivers), scene.after);
    let mut life = Life::new(server, scene, &name);
    [("a.csv", 1), ("b.csv", 2), ("c.csv", 1)].iter().for_each(|(name, number)| life.put(name, &snapshot(*number)));
    let stopped = life.run(first);
    life.take();
    if stopped {
        life.run(second);
        life.take();
    }
    assert!(!life.run(u64::MAX));
    life.check(3, 2);
    stopped
}

fn sweep(scene: Scene, least: u64) {
    let Some(server) = busy_server() else { return };
    assert!(!live(&server, scene, u64::MAX, u64::MAX));
    let mut step = 1;
    loop {
        let stopped: Vec<bool> = std::thread::scope(|scope| {
            let one = |offset: u64| {
                let (server, first) = (&server, step + offset);
                move || live(server, scene, first, 1 + first * 11 % 37)
            };
            let handles: Vec<_> = (0..8).map(|offset| scope.spawn(one(offset))).collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect()
        });
        if !stopped.iter().any(|stopped| *stopped) {
            break;
        }
        step += 8;
    }
    assert!(step > least, "the sweep saw only {step} steps: are they still counted?");
}

#[test]
fn fetching_that_is_stopped_at_every_step_takes_each_file_once() {
    sweep(Scene { fetches: true, delivers: false, after: "delete" }, 60);
}

#[test]
fn fetching_that_is_stopped_at_every_step_moves_each_file_once() {
    sweep(Scene { fetches: true, delivers: false, after: "move" }, 60);
}

#[test]
fn delivering_that_is_stopped_at_every_step_brings_each_file_once() {
    sweep(Scene { fetches: false, delivers: true, after: "leave" }, 60);
}
