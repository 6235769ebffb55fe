//! Where files are listed, fetched and put over the network: SFTP servers.
//!
//! A server is a stranger: its key is compared with pins before anything is sent, every call has a deadline, names are
//! checked before they are joined to a path, listings are bounded, and sizes are compared before a file counts as
//! fetched or put. Nothing is ever overwritten on a server.

mod fault;
mod fetch;
mod host_key;
mod library;
mod list;
mod name;
mod probe;
mod put;
mod secret;
mod session;

use std::path::PathBuf;
use std::time::Duration;

pub use fault::Fault;
pub use fetch::Fetched;
pub use host_key::Fingerprint;
pub use library::check_library;
pub use list::{Entry, Listing};
pub use probe::{Probe, Tried};
pub use put::{Delivery, temporary_name};
pub use secret::Secret;
pub use session::{Session, offered_key};

/// An SFTP server and how to log in there.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its name in the configuration.
    pub name: String,
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The user.
    pub user: String,
    /// How the user proves to be one.
    pub login: Login,
    /// Keys that the server may have; none is trusted without.
    pub host_keys: Vec<Fingerprint>,
    /// Longest wait for a reply.
    pub timeout: Duration,
    /// Most connections at once.
    pub connections: usize,
}

/// How a user logs in. Secrets are references only.
#[derive(Clone, Debug)]
pub enum Login {
    /// A private key in a file, and its passphrase if it has one.
    Key(PathBuf, Option<Secret>),
    /// A key that the SSH agent holds.
    Agent,
    /// A password.
    Password(Secret),
}
