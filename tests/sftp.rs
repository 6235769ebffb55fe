//! SFTP against a real OpenSSH server, run by the test on a port of its own without any privilege it needs.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use consign::document::Code;
use consign::endpoint::{Delivery, Entry, Fingerprint, Login, Session, temporary_name};

use super::support::{Ran, Space, skipped};

const SSHD: &str = "/usr/sbin/sshd";

/// A server with its keys, and the folder that it serves.
pub struct Server {
    child: Child,
    pub port: u16,
    pub folder: tempfile::TempDir,
    pub fingerprint: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server, or none where there is no `sshd`: said aloud, and a failure where it must be there.
pub fn server(settings: &str) -> Option<Server> {
    if !Path::new(SSHD).is_file() {
        assert!(std::env::var_os("CI").is_none(), "no {SSHD}");
        skipped(&format!("no {SSHD}; install openssh-server to run this test"));
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for key in ["host", "user"] {
        keygen(&path(key), &["-q", "-t", "ed25519", "-N", "", "-f"]);
    }
    fs::copy(path("user.pub"), path("authorized")).unwrap();
    fs::create_dir_all(path("home/out")).unwrap();
    fs::create_dir_all(path("home/in")).unwrap();
    // A server that runs as root wants its empty folder; the container may have none.
    let _ = fs::create_dir_all("/run/sshd");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\n\
         PermitRootLogin yes\nPasswordAuthentication no\nPidFile none\nSubsystem sftp internal-sftp\n{settings}",
        path("host").display(),
        path("authorized").display()
    );
    fs::write(path("config"), config).unwrap();
    let child = Command::new(SSHD)
        .args(["-D", "-e", "-f", path("config").to_str().unwrap()])
        .stderr(fs::File::create(path("log")).unwrap())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let fingerprint = fingerprint(&path("host.pub"));
    let server = Server { child, port, folder, fingerprint };
    server.wait();
    Some(server)
}

pub fn keygen(path: &Path, arguments: &[&str]) {
    assert!(Command::new("ssh-keygen").args(arguments).arg(path).status().unwrap().success());
}

/// What OpenSSH itself says the fingerprint is.
fn fingerprint(key: &Path) -> String {
    let said = Command::new("ssh-keygen").arg("-lf").arg(key).output().unwrap();
    String::from_utf8(said.stdout).unwrap().split_whitespace().nth(1).unwrap().to_owned()
}

impl Server {
    fn wait(&self) {
        let until = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
            assert!(Instant::now() < until, "sshd does not listen: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A path of what it serves.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("home").join(name)
    }

    pub fn remote(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// The table of this server for a configuration.
    pub fn table(&self, more: &str) -> String {
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        format!(
            "[endpoints.partner]\nhost = \"127.0.0.1\"\nport = {}\nuser = \"{}\"\nkey = \"{}\"\n{more}\n",
            self.port,
            String::from_utf8(user).unwrap().trim(),
            self.folder.path().join("user").display()
        )
    }

    /// A workspace that knows this server.
    pub fn space(&self, more: &str) -> Space {
        Space::with(&format!("[workspace]\n{}", self.table(more)))
    }
}

fn test(space: &Space, more: &[&str]) -> Ran {
    let mut arguments = vec!["endpoint", "test", "partner"];
    arguments.extend(more);
    space.run(&arguments)
}

#[test]
fn s01_s02_s07_a_server_is_trusted_by_its_pins_only() {
    let Some(server) = server("") else { return };
    let space = server.space("");
    let refused = test(&space, &[]);
    assert!(refused.code == Some(1) && refused.err.contains("HOST_KEY_UNKNOWN"), "{}", refused.err);
    assert!(refused.err.contains(&server.fingerprint), "{}", refused.err);
    let wrong = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
    let other = space.run(&["endpoint", "trust", "partner", "--fingerprint", wrong]);
    assert_eq!(other.code, Some(1), "{}", other.err);
    assert!(!space.path("host-keys/partner").exists());
    // Nobody is there to compare it.
    assert_eq!(space.run(&["endpoint", "trust", "partner"]).code, Some(1));
    let trusted = space.run(&["endpoint", "trust", "partner", "--fingerprint", &server.fingerprint]);
    assert_eq!(trusted.code, Some(0), "{}{}", trusted.out, trusted.err);
    assert_eq!(test(&space, &["--folder", &server.remote("out")]).code, Some(0));
    // A rotation: two pins, one of them right.
    fs::write(space.path("host-keys/partner"), format!("# since March\n{wrong}\n{}\n", server.fingerprint)).unwrap();
    assert_eq!(test(&space, &["--folder", &server.remote("out")]).code, Some(0));
    fs::write(space.path("host-keys/partner"), format!("{wrong}\n")).unwrap();
    let changed = test(&space, &[]);
    assert!(changed.code == Some(1) && changed.err.contains("HOST_KEY_CHANGED"), "{}", changed.err);
    // S04: a line that is no fingerprint stops everything.
    fs::write(space.path("host-keys/partner"), "anything\n").unwrap();
    let garbage = test(&space, &[]);
    assert!(garbage.code == Some(2) && garbage.err.contains("CONFIG_VALUE"), "{}", garbage.err);
}

#[test]
fn s08_a_server_with_broken_algorithms_only_is_refused() {
    let Some(server) = server("KexAlgorithms diffie-hellman-group14-sha1\n") else { return };
    let space = server.space(&format!("host_keys = [\"{}\"]", server.fingerprint));
    let refused = test(&space, &[]);
    assert!(refused.code == Some(1) && refused.err.contains("SSH_ALGORITHM"), "{}", refused.err);
}

#[test]
fn s14_s16_silence_and_refused_logins_end() {
    let Some(server) = server("") else { return };
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let pinned = format!("timeout_secs = 1\nhost_keys = [\"{}\"]", server.fingerprint);
    let config = server.table(&pinned);
    let port = silent.local_addr().unwrap().port();
    let space = Space::with(&config.replace(&format!("port = {}", server.port), &format!("port = {port}")));
    let began = Instant::now();
    let ended = test(&space, &[]);
    assert!(ended.code == Some(1) && ended.err.contains("REMOTE_UNREACHABLE"), "{}", ended.err);
    assert!(began.elapsed() < Duration::from_secs(30));
    drop(silent);
    let ended = test(&space, &[]);
    assert!(ended.err.contains("REMOTE_UNREACHABLE"), "{}", ended.err);

    keygen(&server.folder.path().join("other"), &["-q", "-t", "ed25519", "-N", "", "-f"]);
    let other = config.replace("/user\"", "/other\"");
    let space = Space::with(&other);
    let refused = test(&space, &[]);
    assert!(refused.code == Some(1) && refused.err.contains("REMOTE_LOGIN"), "{}", refused.err);
    // G05: a key that others may read is not used.
    fs::set_permissions(server.folder.path().join("other"), fs::Permissions::from_mode(0o644)).unwrap();
    let refused = test(&space, &[]);
    assert!(refused.code == Some(1) && refused.err.contains("SECRET_MODE"), "{}", refused.err);
    let missing = Space::with(&config.replace("/user\"", "/none\""));
    assert!(test(&missing, &[]).err.contains("SECRET_MISSING"));
}

#[test]
fn a_trial_lists_puts_renames_and_removes() {
    let Some(server) = server("") else { return };
    let space = server.space(&format!("host_keys = [\"{}\"]", server.fingerprint));
    fs::write(server.path("out/a.csv"), "x").unwrap();
    let ran = test(&space, &["--folder", &server.remote("out"), "--write"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    for tried in ["list            1 files", "put", "clock", "rename", "no overwriting", "remove"] {
        assert!(ran.out.contains(tried), "{tried}: {}", ran.out);
    }
    assert_eq!(fs::read_dir(server.path("out")).unwrap().count(), 1);
    let missing = test(&space, &["--folder", &server.remote("none")]);
    assert!(missing.code == Some(1) && missing.out.contains("REMOTE_MISSING"), "{}", missing.out);
}

#[test]
fn g04_secrets_are_references() {
    for (line, code) in [
        ("password = \"hunter2\"", "CONFIG_PLAIN_SECRET"),
        ("password = \"env:PARTNER\"\nagent = true", "CONFIG_VALUE"),
        ("", "CONFIG_VALUE"),
        ("agent = true\nport = 70000", "CONFIG_VALUE"),
        ("agent = true\nhost_keys = [\"ssh-ed25519 AAAA\"]", "CONFIG_VALUE"),
    ] {
        let space = Space::with(&format!("[endpoints.p]\nhost = \"h\"\nuser = \"u\"\n{line}\n"));
        let ran = space.run(&["check"]);
        assert_eq!(ran.code, Some(2), "{line}");
        assert!(ran.out.contains(code) && !ran.out.contains("hunter2"), "{line}: {}", ran.out);
    }
}

impl Server {
    /// A session that is logged in.
    fn session(&self) -> Session {
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        Session::open(&consign::endpoint::Server {
            name: "partner".into(),
            host: "127.0.0.1".into(),
            port: self.port,
            user: String::from_utf8(user).unwrap().trim().to_owned(),
            login: Login::Key(self.folder.path().join("user"), None),
            host_keys: vec![Fingerprint::parse(&self.fingerprint).unwrap()],
            timeout: Duration::from_secs(30),
            connections: 1,
        })
        .unwrap()
    }
}

#[test]
fn s09_s12_a_listing_holds_plain_files_only_and_tells_the_rest() {
    let Some(server) = server("") else { return };
    let names = ["b.csv", "a b.csv", "back\\slash.csv", "line\nbreak.csv", "x\u{1b}[31m.csv"];
    names.iter().for_each(|name| fs::write(server.path("out").join(name), "12345").unwrap());
    let odd = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"\xff.csv");
    fs::write(server.path("out").join(odd), "x").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", server.path("out/link.csv")).unwrap();
    fs::create_dir(server.path("out/folder")).unwrap();
    let listing = server.session().list(&server.remote("out")).unwrap();
    let files: Vec<(&str, u64)> = listing.files.iter().map(|file| (file.name.as_str(), file.size)).collect();
    assert!(files.len() == 2 && files.contains(&("b.csv", 5)) && files.contains(&("a b.csv", 5)), "{files:?}");
    let mut told: Vec<Code> = listing.notices.iter().map(|(_, code)| *code).collect();
    told.sort();
    let mut expected = vec![Code::RemoteNameUnsafe; 4];
    expected.push(Code::NotARegularFile);
    expected.sort();
    assert_eq!(told, expected, "{:?}", listing.notices);
    assert!(listing.notices.iter().all(|(name, _)| !name.contains(['\n', '\u{1b}'])));
}

#[test]
fn s17_what_is_fetched_has_the_bytes_that_were_listed() {
    let Some(server) = server("") else { return };
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    fs::write(server.path("out/large.bin"), &bytes).unwrap();
    let (session, folder) = (server.session(), server.remote("out"));
    let entry = session.list(&folder).unwrap().files.remove(0);
    let mut fetched = Vec::new();
    session.fetch(&folder, &entry, &mut fetched).unwrap().unwrap();
    assert!(fetched == bytes);
    for wrong in [entry.size - 1, entry.size + 1] {
        let entry = Entry { size: wrong, ..entry.clone() };
        let fault = session.fetch(&folder, &entry, &mut std::io::sink()).unwrap().unwrap_err();
        assert!(fault.code == Code::RemoteSizeMismatch && fault.is_passing(), "{fault}");
    }
    session.remove(&folder, "large.bin").unwrap();
    session.remove(&folder, "large.bin").unwrap();
    let gone = session.fetch(&folder, &entry, &mut std::io::sink()).unwrap().unwrap_err();
    assert_eq!(gone.code, Code::RemoteMissing);
}

#[test]
fn s19_s21_a_delivery_is_whole_never_overwrites_and_is_settled_by_what_is_there() {
    let Some(server) = server("") else { return };
    let (session, folder) = (server.session(), server.remote("in"));
    let (part, name) = (temporary_name(7, 1, "abcdef0123"), "7.csv");
    let put = |part: &str, text: &str| session.upload(&folder, part, &mut text.as_bytes(), text.len() as u64).unwrap();
    let settle = |renaming| session.settle(&folder, (&part, name), 5, renaming);
    assert_eq!(settle(false), Ok(Delivery::Missing));
    assert_eq!(settle(true), Ok(Delivery::Unconfirmed));
    put(&part, "12345").unwrap();
    assert_eq!(settle(true), Ok(Delivery::Uploaded));
    session.publish(&folder, &part, name).unwrap();
    assert_eq!(settle(true), Ok(Delivery::Delivered));
    assert_eq!(fs::read_to_string(server.path("in/7.csv")).unwrap(), "12345");
    // Both names, as a server may leave them that links and unlinks.
    put(&part, "12345").unwrap();
    assert_eq!(session.publish(&folder, &part, name).unwrap_err().code, Code::RemoteRefused);
    assert_eq!(settle(true), Ok(Delivery::Delivered));
    assert_eq!(fs::read_dir(server.path("in")).unwrap().count(), 1);
    // Another file of this name is never touched.
    fs::write(server.path("in/7.csv"), "theirs").unwrap();
    put(&part, "12345").unwrap();
    assert_eq!(session.publish(&folder, &part, name).unwrap_err().code, Code::RemoteRefused);
    assert_eq!(settle(true).unwrap_err().code, Code::RemoteNameTaken);
    assert_eq!(settle(false).unwrap_err().code, Code::RemoteNameTaken);
    assert_eq!(fs::read_to_string(server.path("in/7.csv")).unwrap(), "theirs");
    // A server that keeps other bytes than were sent.
    let kept = session.upload(&folder, "8.part", &mut &b"123"[..], 5).unwrap().unwrap_err();
    assert_eq!(kept.code, Code::RemoteWriteFailed);
}

#[test]
fn s20_a_server_that_permits_no_writing_is_told_apart() {
    let Some(server) = server("ForceCommand internal-sftp -R\n") else { return };
    let session = server.session();
    let fault = session.upload(&server.remote("in"), "1.part", &mut &b"x"[..], 1).unwrap().unwrap_err();
    assert!(fault.code == Code::RemotePermission && !fault.is_passing(), "{fault}");
}

#[test]
fn s11_a_folder_of_too_many_files_is_not_read_to_its_end() {
    let Some(server) = server("") else { return };
    for number in 0..consign::limits::REMOTE_ENTRIES + 10 {
        fs::File::create(server.path("out").join(format!("{number}.csv"))).unwrap();
    }
    let fault = server.session().list(&server.remote("out")).unwrap_err();
    assert_eq!(fault.code, Code::RemoteListingLimit, "{fault}");
}
