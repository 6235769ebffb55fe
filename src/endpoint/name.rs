//! Names in a listing are a stranger's bytes: only one plain segment is ever joined to a path.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::limits;

/// The name of an entry, if it is one plain segment of UTF-8: no path of any system, no control character, nothing that
/// means another folder.
#[must_use]
pub(super) fn plain(path: &Path) -> Option<&str> {
    let bytes = path.as_os_str().as_bytes();
    let name = std::str::from_utf8(bytes).ok()?;
    let fits = !name.is_empty() && bytes.len() <= limits::NAME_BYTES;
    let foreign = |c: char| c == '/' || c == '\\' || c.is_control();
    let dots = name.chars().all(|c| c == '.' || c.is_whitespace());
    (fits && !dots && !name.contains(foreign)).then_some(name)
}

/// Whether an entry is the folder itself or the one above it, as every listing has them.
#[must_use]
pub(super) fn is_folder_itself(path: &Path) -> bool {
    [OsStr::new("."), OsStr::new("..")].contains(&path.as_os_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s09_s10_only_one_plain_segment_is_taken() {
        for name in ["a.csv", "order 1.csv", "Größe.xml", ".hidden", "a..b"] {
            assert_eq!(plain(Path::new(name)), Some(name));
        }
        for name in ["../../x", "/etc/x", "a/b", "a\\b", ".", "..", "", " ", ". .", "a\nb", "a\u{1b}[31m", "a\u{85}b"] {
            assert_eq!(plain(Path::new(name)), None, "{name:?}");
        }
        assert_eq!(plain(Path::new(OsStr::from_bytes(b"a\0b"))), None);
        assert_eq!(plain(Path::new(OsStr::from_bytes(b"\xff.csv"))), None);
        assert_eq!(plain(Path::new(&"x".repeat(limits::NAME_BYTES + 1))), None);
    }
}
