//! Secrets, by reference only: `env:NAME` or `file:PATH`.

use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Fault;
use crate::document::Code;
use crate::limits;

/// Where a secret is found. It is read when it is needed, and never kept, shown or logged.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// An environment variable.
    Env(String),
    /// A file that nobody else may read.
    File(PathBuf),
}

impl Secret {
    /// Reads a reference; paths are relative to `root`.
    #[must_use]
    pub fn parse(text: &str, root: &Path) -> Option<Self> {
        let named = |rest: &str| !rest.trim().is_empty();
        if let Some(name) = text.strip_prefix("env:").filter(|name| named(name)) {
            return Some(Self::Env(name.to_owned()));
        }
        text.strip_prefix("file:").filter(|path| named(path)).map(|path| Self::File(root.join(path)))
    }

    /// The secret itself; the line break at the end of a file is none of it.
    ///
    /// # Errors
    /// When it is not there, or a file that others may read.
    pub fn reveal(&self) -> Result<String, Fault> {
        match self {
            Self::Env(name) => std::env::var(name)
                .map_err(|_| Fault::new(Code::SecretMissing, format!("the environment variable {name} is not set"))),
            Self::File(path) => {
                check_private(path)?;
                let text = std::fs::read_to_string(path);
                let text =
                    text.map_err(|error| Fault::new(Code::SecretMissing, format!("{}: {error}", path.display())))?;
                Ok(text.trim_end_matches(['\r', '\n']).to_owned())
            }
        }
    }
}

/// Shows the reference, never what it refers to.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

/// Refuses a file with a secret that others may read, or that is no small file at all.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check_private(path: &Path) -> Result<(), Fault> {
    let metadata = std::fs::metadata(path)
        .map_err(|error| Fault::new(Code::SecretMissing, format!("{}: {error}", path.display())))?;
    if !metadata.is_file() || metadata.len() > limits::SECRET_BYTES {
        return Err(Fault::new(Code::SecretMissing, format!("{} is no file of a secret", path.display())));
    }
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        let detail = format!("{} has mode {mode:03o}; run `chmod 600` on it", path.display());
        return Err(Fault::new(Code::SecretMode, detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_a_reference_to_what_only_its_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let secret = Secret::parse("file:key", folder.path()).unwrap();
        assert_eq!(secret.reveal().unwrap_err().code, Code::SecretMissing);
        fs::write(folder.path().join("key"), "s3cret word\r\n").unwrap();
        fs::set_permissions(folder.path().join("key"), Permissions::from_mode(0o640)).unwrap();
        let refused = secret.reveal().unwrap_err();
        assert_eq!(refused.code, Code::SecretMode);
        assert!(refused.detail.contains("640") && !refused.detail.contains("s3cret"));
        fs::set_permissions(folder.path().join("key"), Permissions::from_mode(0o600)).unwrap();
        assert_eq!(secret.reveal().unwrap(), "s3cret word");
        assert!(!format!("{secret:?}").contains("s3cret"));
        for wrong in ["s3cret", "env:", "file: ", ""] {
            assert!(Secret::parse(wrong, folder.path()).is_none(), "{wrong}");
        }
    }
}
