//! Which libssh2 the program has: the one that comes with it, never one of the system.

use std::io::Read;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

/// 1.11.1 has the corrections of 2023 and 2024; what comes with the crate is later.
const OLDEST: [u32; 3] = [1, 11, 1];

/// Checks the version that the library itself tells in its greeting, which it says to a socket of our own.
///
/// # Errors
/// When it is too old, or tells nothing.
pub fn check_library() -> Result<(), String> {
    let greeting = greeting().map_err(|error| format!("libssh2 does not greet: {error}"))?;
    match version(&greeting) {
        Some(version) if version >= OLDEST => Ok(()),
        _ => Err(format!("libssh2 greets as {greeting:?}; 1.11.1 or later is needed")),
    }
}

fn greeting() -> std::io::Result<String> {
    let (ours, theirs) = UnixStream::pair()?;
    let mut session = ssh2::Session::new()?;
    session.set_timeout(1_000);
    session.set_tcp_stream(ours);
    // Nobody answers, so that it ends after the greeting.
    theirs.shutdown(Shutdown::Write)?;
    drop(session.handshake());
    drop(session);
    let mut greeting = Vec::new();
    theirs.take(255).read_to_end(&mut greeting)?;
    Ok(String::from_utf8_lossy(&greeting).lines().next().unwrap_or_default().to_owned())
}

/// The version in `SSH-2.0-libssh2_1.11.1_DEV`.
fn version(greeting: &str) -> Option<[u32; 3]> {
    let text = greeting.strip_prefix("SSH-2.0-libssh2_")?;
    let mut numbers = text.split(['.', '_', '-']).map(|number| number.trim().parse().ok());
    Some([numbers.next()??, numbers.next()??, numbers.next()??])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_new_enough_and_an_older_one_would_be_seen() {
        check_library().unwrap();
        for (greeting, expected) in [
            ("SSH-2.0-libssh2_1.11.2_DEV", Some([1, 11, 2])),
            ("SSH-2.0-libssh2_1.4.3", Some([1, 4, 3])),
            ("SSH-2.0-OpenSSH_9.9", None),
            ("", None),
        ] {
            assert_eq!(version(greeting), expected, "{greeting}");
        }
        assert!([1, 4, 3] < OLDEST && [1, 12, 0] > OLDEST);
    }
}
