//! Keys of servers: pinned by their SHA-256, in the form that OpenSSH prints (`ssh-keygen -lf`).

use std::fmt;

/// The SHA-256 of a server's public key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Reads `SHA256:` and 43 characters of base64 without padding.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        use base64::Engine;
        let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(text.strip_prefix("SHA256:")?).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// From the 32 bytes of the hash.
    #[must_use]
    pub fn from_hash(hash: &[u8]) -> Option<Self> {
        Some(Self(hash.try_into().ok()?))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use base64::Engine;
        write!(f, "SHA256:{}", base64::engine::general_purpose::STANDARD_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_and_written_as_openssh_does() {
        let text = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
        assert_eq!(Fingerprint::parse(text).unwrap().to_string(), text);
        for wrong in ["", "SHA256:", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "SHA256:47DEQpj8", "MD5:00:11"] {
            assert_eq!(Fingerprint::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Fingerprint::parse(&format!("{text}=")), None);
    }
}
