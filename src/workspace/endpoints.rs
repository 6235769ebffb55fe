//! `[endpoints.NAME]`: SFTP servers, and the pins of their keys.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::document::Code;
use crate::durable;
use crate::endpoint::{Fingerprint, Login, Secret, Server};
use crate::layout::toml::{Table, Value};
use crate::limits;

/// Servers by name.
pub type Endpoints = BTreeMap<String, Server>;

/// The folder of pins: one file for each endpoint, one fingerprint in a line.
const PINS: &str = "host-keys";

/// Seconds waited for a reply when the configuration names none.
const TIMEOUT_SECS: usize = 30;

/// Reads all endpoints and the pins of their keys.
pub fn read(table: &Table<'_, '_>, root: &Path) -> Endpoints {
    let mut endpoints = Endpoints::new();
    for (name, value) in table.entries() {
        if !is_plain(name) {
            value.refuse(Code::ConfigValue, name, "letters, digits, - and _");
        }
        let Some(table) = value.table() else { continue };
        let mut server = server(name, &table, root);
        table.finish();
        match pins(root, name) {
            Ok(pins) => server.iter_mut().for_each(|server| server.host_keys.extend(&pins)),
            Err(problem) => value.refuse(Code::ConfigValue, &problem, "SHA256: and 43 characters in each line"),
        }
        endpoints.extend(server.map(|server| (name.to_owned(), server)));
    }
    endpoints
}

pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn server(name: &str, table: &Table<'_, '_>, root: &Path) -> Option<Server> {
    let (host, user) = (table.required("host"), table.required("user"));
    let login = login(table, root);
    let port = table.get("port").map_or(Some(22), |value| port(&value));
    let seconds = table.number("timeout_secs").unwrap_or(TIMEOUT_SECS).clamp(1, 600);
    let connections = table.number("connections").unwrap_or(limits::CONNECTIONS_DEFAULT);
    let mut host_keys = Vec::new();
    for text in table.texts("host_keys") {
        match (Fingerprint::parse(&text), table.get("host_keys")) {
            (Some(key), _) => host_keys.push(key),
            (None, Some(value)) => value.refuse(Code::ConfigValue, &text, "SHA256: and 43 characters"),
            (None, None) => {}
        }
    }
    Some(Server {
        name: name.to_owned(),
        host: host?,
        port: port?,
        user: user?,
        login: login?,
        host_keys,
        timeout: Duration::from_secs(seconds as u64),
        connections: connections.clamp(1, limits::CONNECTIONS),
    })
}

fn port(value: &Value<'_, '_>) -> Option<u16> {
    let number = value.number()?;
    let port = u16::try_from(number).ok().filter(|port| *port > 0);
    if port.is_none() {
        value.refuse(Code::ConfigValue, &number.to_string(), "a port from 1 to 65535");
    }
    port
}

/// A key, a password or the agent: one of them.
fn login(table: &Table<'_, '_>, root: &Path) -> Option<Login> {
    let key = table.text("key");
    let password = table.get("password").map(|value| secret(&value, root));
    let passphrase = table.get("passphrase").map(|value| secret(&value, root));
    let agent = table.flag("agent");
    match (key, password, agent) {
        (Some(key), None, false) => match passphrase {
            Some(secret) => Some(Login::Key(root.join(key), Some(secret?))),
            None => Some(Login::Key(root.join(key), None)),
        },
        (None, Some(password), false) if passphrase.is_none() => Some(Login::Password(password?)),
        (None, None, true) if passphrase.is_none() => Some(Login::Agent),
        _ => {
            let expected = "one of `key` (with a `passphrase` if it has one), `password` and `agent = true`";
            table.report(Code::ConfigValue, &table.position(), "", expected.to_owned());
            None
        }
    }
}

fn secret(value: &Value<'_, '_>, root: &Path) -> Option<Secret> {
    let secret = Secret::parse(&value.text()?, root);
    if secret.is_none() {
        // What stands there is a secret: it is not shown.
        value.refuse(Code::ConfigPlainSecret, "(masked)", "a reference: env:NAME or file:PATH");
    }
    secret
}

/// The pins in the workspace's file; a line that is none is told.
fn pins(root: &Path, name: &str) -> Result<Vec<Fingerprint>, String> {
    let path = pin_file(root, name);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| Fingerprint::parse(line).ok_or_else(|| format!("{PINS}/{name}: {line}"))).collect()
}

fn pin_file(root: &Path, name: &str) -> PathBuf {
    root.join(PINS).join(name)
}

/// Pins a key beside those that are pinned, or instead of them.
///
/// # Errors
/// When the file cannot be written; or one of its lines is no fingerprint.
pub fn pin(root: &Path, name: &str, key: Fingerprint, replace: bool) -> io::Result<()> {
    let mut pinned = if replace { Vec::new() } else { pins(root, name).map_err(io::Error::other)? };
    if !pinned.contains(&key) {
        pinned.push(key);
    }
    let lines: String = pinned.iter().map(|key| format!("{key}\n")).collect();
    let path = pin_file(root, name);
    durable::create_folder(&root.join(PINS), false)?;
    let mut file = durable::Replace::new(&path)?;
    file.write_all(lines.as_bytes())?;
    file.commit()
}
