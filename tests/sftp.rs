//! SFTP against a real OpenSSH server, run by the test on a port of its own without any privilege it needs.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::support::{Ran, Space};

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
        eprintln!("skipped: no {SSHD}; install openssh-server to run this test");
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

fn keygen(path: &Path, arguments: &[&str]) {
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
