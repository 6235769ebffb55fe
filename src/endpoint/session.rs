//! Connecting and logging in, with a deadline on every call.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use ssh2::{HashType, MethodType};

use super::fault::{of_call, of_handshake};
use super::secret::check_private;
use super::{Fault, Fingerprint, Login, Server};
use crate::document::Code;
use crate::limits;

/// Algorithms that are asked for. Those on SHA-1, CBC and small groups are left out.
const METHODS: [(MethodType, &str); 4] = [
    (
        MethodType::Kex,
        "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,\
         diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,\
         diffie-hellman-group14-sha256",
    ),
    (
        MethodType::HostKey,
        "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256",
    ),
    (MethodType::CryptCs, CIPHERS),
    (MethodType::CryptSc, CIPHERS),
];

const CIPHERS: &str =
    "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr";

/// A connection that is logged in. Its calls block, so that it belongs on a thread of its own.
pub struct Session {
    pub(super) sftp: ssh2::Sftp,
    pub(super) ssh: ssh2::Session,
    socket: TcpStream,
}

impl Session {
    /// Connects, compares the server's key with the pins, and only then logs in.
    ///
    /// # Errors
    /// A server that is not reached, not trusted, or does not let the user in.
    pub fn open(server: &Server) -> Result<Self, Fault> {
        Self::open_with(server, |_| {})
    }

    /// The same; `connected` is given the socket before anything is said on it.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn open_with(server: &Server, connected: impl FnOnce(&TcpStream)) -> Result<Self, Fault> {
        let socket = connect(server)?;
        connected(&socket);
        let kept = socket.try_clone().map_err(|error| Fault::new(Code::RemoteUnreachable, error.to_string()))?;
        let (ssh, key) = greet(server, socket)?;
        check_key(server, key)?;
        log_in(&ssh, server)?;
        ssh.set_keepalive(true, limits::KEEPALIVE_SECS);
        let sftp = ssh.sftp().map_err(|error| of_call(&error, "sftp"))?;
        Ok(Self { sftp, ssh, socket: kept })
    }

    /// Gives a sign of life.
    ///
    /// # Errors
    /// When the connection is broken.
    pub fn keep_alive(&self) -> Result<(), Fault> {
        self.ssh.keepalive_send().map(drop).map_err(|error| of_call(&error, "keepalive"))
    }

    /// Gives a broken connection up without waiting for an answer.
    pub fn abandon(self) {
        // It may be closed already.
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }
}

/// Says good-bye, so that the server does not wait; it hears it or not.
impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.ssh.disconnect(None, "done", None);
        // What the library does to clean up must not wait for an answer.
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }
}

/// The key that a server shows, without trusting it or logging in, for a person to compare.
///
/// # Errors
/// A server that is not reached.
pub fn offered_key(server: &Server) -> Result<Fingerprint, Fault> {
    greet(server, connect(server)?).map(|(_, key)| key)
}

/// Shakes hands; nothing of ours is sent.
fn greet(server: &Server, socket: TcpStream) -> Result<(ssh2::Session, Fingerprint), Fault> {
    let mut ssh = ssh2::Session::new().map_err(|error| of_handshake(&error))?;
    ssh.set_timeout(u32::try_from(server.timeout.as_millis()).unwrap_or(u32::MAX));
    for (method, wanted) in METHODS {
        ssh.method_pref(method, wanted).map_err(|error| of_handshake(&error))?;
    }
    ssh.set_tcp_stream(socket);
    ssh.handshake().map_err(|error| of_handshake(&error))?;
    let key = ssh.host_key_hash(HashType::Sha256).and_then(Fingerprint::from_hash);
    let key = key.ok_or_else(|| Fault::new(Code::SshAlgorithm, "the server shows no key"))?;
    Ok((ssh, key))
}

fn connect(server: &Server) -> Result<TcpStream, Fault> {
    let unreachable =
        |why: String| Fault::new(Code::RemoteUnreachable, format!("{}:{}: {why}", server.host, server.port));
    let addresses =
        (server.host.as_str(), server.port).to_socket_addrs().map_err(|error| unreachable(error.to_string()))?;
    let until = Instant::now() + Duration::from_secs(limits::CONNECT_SECS);
    let mut last = "no address".to_owned();
    for address in addresses {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(|error| unreachable(error.to_string()))?;
                return Ok(stream);
            }
            Err(error) => last = error.to_string(),
        }
    }
    Err(unreachable(last))
}

fn check_key(server: &Server, key: Fingerprint) -> Result<(), Fault> {
    if server.host_keys.is_empty() {
        let detail =
            format!("{} shows {key}; compare it and run `consign endpoint trust {}`", server.host, server.name);
        return Err(Fault::new(Code::HostKeyUnknown, detail));
    }
    if !server.host_keys.contains(&key) {
        return Err(Fault::new(Code::HostKeyChanged, format!("{} shows {key}, which is not pinned", server.host)));
    }
    Ok(())
}

fn log_in(ssh: &ssh2::Session, server: &Server) -> Result<(), Fault> {
    let refused = |error: ssh2::Error| match of_call(&error, "login") {
        fault if is_refusal(&error) => Fault { code: Code::RemoteLogin, ..fault },
        fault => fault,
    };
    match &server.login {
        Login::Key(file, passphrase) => {
            check_private(file)?;
            let passphrase = passphrase.as_ref().map(super::Secret::reveal).transpose()?;
            ssh.userauth_pubkey_file(&server.user, None, file, passphrase.as_deref()).map_err(refused)?;
        }
        Login::Agent => ssh.userauth_agent(&server.user).map_err(refused)?,
        Login::Password(secret) => ssh.userauth_password(&server.user, &secret.reveal()?).map_err(refused)?,
    }
    if ssh.authenticated() {
        Ok(())
    } else {
        Err(Fault::new(Code::RemoteLogin, "the server wants another login as well"))
    }
}

/// Whether the server, or the key itself, refused the login, rather than the network.
fn is_refusal(error: &ssh2::Error) -> bool {
    // A reply that never came has the same number as one that says no.
    if error.message().starts_with("Waiting for") || error.message().starts_with("Unable to send") {
        return false;
    }
    // LIBSSH2_ERROR_FILE, AUTHENTICATION_FAILED, PUBLICKEY_UNVERIFIED, METHOD_NONE, AGENT_PROTOCOL, KEYFILE_AUTH_FAILED.
    matches!(error.code(), ssh2::ErrorCode::Session(-16 | -17 | -18 | -19 | -42 | -48))
}
