//! What goes wrong with a server: a code, and what is known about it.

use ssh2::ErrorCode;

use crate::document::Code;
use crate::document::shown::visible;
use crate::limits;

/// Why a call to a server failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Fault {
    /// The stable code.
    pub code: Code,
    /// What happened, safe to show.
    pub detail: String,
}

impl Fault {
    /// A fault; what a server says is escaped and cut.
    #[must_use]
    pub fn new(code: Code, detail: impl AsRef<str>) -> Self {
        let detail: String = detail.as_ref().chars().take(limits::FAULT_CHARS).collect();
        Self { code, detail: visible(&detail) }
    }

    /// Whether the connection broke or none came about: nothing more can be asked of it.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        self.code == Code::RemoteUnreachable
    }

    /// Whether the server refused us or we it, so that the same will happen until somebody does something. A handshake
    /// that broke off is told as one without common algorithms, which therefore does not count.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        use Code::{HostKeyChanged, HostKeyUnknown, RemoteLogin, SecretMissing, SecretMode};
        matches!(self.code, HostKeyUnknown | HostKeyChanged | RemoteLogin | SecretMissing | SecretMode)
    }

    /// Whether the same call may succeed later without anybody doing something: the network, not the server's answer.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self.code, Code::RemoteUnreachable | Code::RemoteSizeMismatch)
    }
}

/// Status codes of SFTP version 3 (draft-ietf-secsh-filexfer-02, section 7).
pub(super) mod status {
    pub const NO_SUCH_FILE: i32 = 2;
    pub const PERMISSION_DENIED: i32 = 3;
    pub const OP_UNSUPPORTED: i32 = 8;
    /// Versions above 3.
    pub const NO_SUCH_PATH: i32 = 10;
}

/// Error numbers of libssh2 (`libssh2.h`).
mod library {
    pub const KEX_FAILURE: i32 = -5;
    pub const KEY_EXCHANGE_FAILURE: i32 = -8;
    pub const METHOD_NONE: i32 = -17;
    pub const METHOD_NOT_SUPPORTED: i32 = -33;
    pub const ALGO_UNSUPPORTED: i32 = -51;
}

/// What a failed handshake means.
pub(super) fn of_handshake(error: &ssh2::Error) -> Fault {
    use library::{ALGO_UNSUPPORTED, KEX_FAILURE, KEY_EXCHANGE_FAILURE, METHOD_NONE, METHOD_NOT_SUPPORTED};
    let code = match error.code() {
        ErrorCode::Session(
            KEX_FAILURE | KEY_EXCHANGE_FAILURE | METHOD_NONE | METHOD_NOT_SUPPORTED | ALGO_UNSUPPORTED,
        ) => Code::SshAlgorithm,
        _ => Code::RemoteUnreachable,
    };
    Fault::new(code, format!("handshake: {}", error.message()))
}

/// What a failed call means; `what` says which.
pub(super) fn of_call(error: &ssh2::Error, what: &str) -> Fault {
    let code = match error.code() {
        ErrorCode::SFTP(status::PERMISSION_DENIED) => Code::RemotePermission,
        ErrorCode::SFTP(status::NO_SUCH_FILE | status::NO_SUCH_PATH) => Code::RemoteMissing,
        ErrorCode::SFTP(_) => Code::RemoteRefused,
        ErrorCode::Session(_) => Code::RemoteUnreachable,
    };
    Fault::new(code, format!("{what}: {}", error.message()))
}

/// What a failed read or write of a remote file means.
pub(super) fn of_transfer(error: &std::io::Error, what: &str) -> Fault {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ssh2::Error>());
    match inner {
        Some(error) => of_call(error, what),
        None => Fault::new(Code::RemoteUnreachable, format!("{what}: {error}")),
    }
}

/// Whether a call failed because there is no such file.
pub(super) fn is_missing(error: &ssh2::Error) -> bool {
    matches!(error.code(), ErrorCode::SFTP(status::NO_SUCH_FILE | status::NO_SUCH_PATH))
}

/// Whether the server does not know the call.
pub(super) fn is_unsupported(error: &ssh2::Error) -> bool {
    matches!(error.code(), ErrorCode::SFTP(status::OP_UNSUPPORTED))
}
