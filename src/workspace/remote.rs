//! `source` of a flow and `endpoint` of a target: folders on servers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::PRIVATE;
use super::endpoints::{self, Endpoints};
use crate::document::Code;
use crate::endpoint::Server;
use crate::layout::toml::{Table, Value, nearest};

/// A folder on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFolder {
    /// The endpoint.
    pub endpoint: String,
    /// The folder there.
    pub folder: String,
}

/// Where a flow fetches its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The folder.
    pub at: RemoteFolder,
    /// What becomes of a file there once it is received here.
    pub after: After,
}

/// What becomes of a file on a server once it is received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// It stays, and is not taken again unless it changes.
    Leave,
    /// It is removed.
    Delete,
    /// It is moved to another folder of the server.
    Move(String),
}

/// Targets that are delivered to servers, by name.
pub type Destinations = BTreeMap<String, RemoteFolder>;

/// The target in a table: the folder that its outputs are published in here, and where they are delivered if anywhere.
pub fn target(
    name: &str,
    value: &Value<'_, '_>,
    root: &Path,
    endpoints: &Endpoints,
) -> Option<(PathBuf, Option<RemoteFolder>)> {
    let table = value.table()?;
    let target = match folder(&table, endpoints) {
        Some(at) => {
            check_name(name, value);
            (spool(root, "deliver", name), Some(at?))
        }
        None => (root.join(table.text("folder").unwrap_or_else(|| format!("out/{name}"))), None),
    };
    table.finish();
    Some(target)
}

/// The source of a flow in its table, and the folder that its files lie in here before they are taken. None of both is a
/// flow with a drop folder; a source that is refused is told.
pub fn source(name: &str, flow: &Table<'_, '_>, root: &Path, endpoints: &Endpoints) -> Option<(PathBuf, Source)> {
    let value = flow.get("source")?;
    let table = value.table()?;
    check_name(name, &value);
    if let Some(value) = flow.get("folder") {
        value.refuse(Code::ConfigValue, "a folder beside a source", "the one or the other");
    }
    let endpoint = table.get("endpoint").is_some();
    let at = if endpoint { folder(&table, endpoints).flatten() } else { table.required("endpoint").and(None) };
    let words = [("leave", After::Leave), ("delete", After::Delete), ("move", After::Move(String::new()))];
    let word = match table.get("after") {
        Some(value) => value.choice(&[("leave", 0), ("delete", 1), ("move", 2)]),
        None => Some(0),
    };
    let mut after = word.and_then(|word| words.get(word)).map(|(_, after)| after.clone());
    match (&after, table.get("move_to")) {
        (Some(After::Move(_)), _) => after = table.required("move_to").map(After::Move),
        (_, Some(value)) => value.refuse(Code::ConfigValue, "move_to", "`after = \"move\"` beside it"),
        _ => {}
    }
    table.finish();
    Some((spool(root, "remote", name), Source { at: at?, after: after? }))
}

/// The folder on a server that a table names; none when it names no endpoint, and none inside when it is refused.
fn folder(table: &Table<'_, '_>, endpoints: &Endpoints) -> Option<Option<RemoteFolder>> {
    let value = table.get("endpoint")?;
    let folder = table.required("folder");
    if let (Some(folder), Some(value)) = (&folder, table.get("folder"))
        && (folder.trim().is_empty() || folder.chars().any(char::is_control))
    {
        value.refuse(Code::ConfigValue, folder, "a folder of the server, such as /outgoing");
    }
    let Some(endpoint) = value.text() else { return Some(None) };
    if !endpoints.contains_key(&endpoint) {
        value.refuse(Code::ConfigReference, &endpoint, nearest(&endpoint, endpoints.keys().map(String::as_str)));
        return Some(None);
    }
    Some(folder.map(|folder| RemoteFolder { endpoint, folder }))
}

/// The name becomes one of a folder.
fn check_name(name: &str, value: &Value<'_, '_>) {
    if !endpoints::is_plain(name) {
        value.refuse(Code::ConfigValue, name, "a name of letters, digits, - and _");
    }
}

/// Where files of a flow or target lie on their way from or to a server.
fn spool(root: &Path, kind: &str, name: &str) -> PathBuf {
    root.join(PRIVATE).join(kind).join(name)
}

impl RemoteFolder {
    /// What tells the folder from others, whatever its endpoint is called.
    #[must_use]
    pub fn identity<'s>(&'s self, servers: &'s BTreeMap<String, Server>) -> (&'s str, u16, &'s str) {
        let (host, port) =
            servers.get(&self.endpoint).map_or((self.endpoint.as_str(), 0), |s| (s.host.as_str(), s.port));
        (host, port, same(&self.folder))
    }
}

/// A folder without what makes no difference: `./out/` is `out`.
fn same(folder: &str) -> &str {
    let trimmed = folder.trim_end_matches('/');
    trimmed.strip_prefix("./").unwrap_or(trimmed)
}
