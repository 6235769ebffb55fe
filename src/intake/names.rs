//! File names from strangers: which are passed over, and how they are shown and kept.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::document::shown::needs_escape;
use crate::limits;

/// Endings and beginnings of files that are still being written, as upload tools name them.
const TEMPORARY_ENDINGS: [&str; 10] =
    [".tmp", ".temp", ".part", ".partial", ".filepart", ".writing", ".crdownload", ".swp", ".uploading", ".inprogress"];

/// Whether a name says that its file is still being written or is nobody's business.
#[must_use]
pub fn is_temporary(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    name.starts_with('.') || name.starts_with("~$") || TEMPORARY_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether a temporary name is one of an upload, and not merely hidden.
#[must_use]
pub fn is_upload(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    TEMPORARY_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether a name is no plain one: nothing but dots and blanks, or a path as another system writes it.
#[must_use]
pub fn is_unsafe(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.contains('\\') || name.chars().all(|c| c == '.' || c.is_whitespace())
}

/// A name as it is kept and shown: control and hidden characters and bytes that are no UTF-8 are percent-encoded.
#[must_use]
pub fn printable(name: &OsStr) -> String {
    let mut out = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            if needs_escape(c) || c == '%' || c == '/' {
                let mut buffer = [0; 4];
                c.encode_utf8(&mut buffer).bytes().for_each(|byte| out.push_str(&format!("%{byte:02X}")));
            } else {
                out.push(c);
            }
        }
        chunk.invalid().iter().for_each(|byte| out.push_str(&format!("%{byte:02X}")));
    }
    out
}

/// A name for the archive: printable, and short enough to bear a number in front.
#[must_use]
pub fn for_archive(printable: &str) -> String {
    let room = limits::NAME_BYTES - 24;
    let mut start = printable.len().saturating_sub(room);
    while !printable.is_char_boundary(start) {
        start += 1;
    }
    printable[start..].to_owned()
}

/// Whether a name, as it is kept, holds characters that hide or reorder text, or words that mix alphabets.
#[must_use]
pub fn is_confusable(printable: &str) -> bool {
    let name = String::from_utf8_lossy(&unescaped(printable)).into_owned();
    let hidden = name.chars().any(|c| needs_escape(c) && !c.is_control());
    hidden || name.split(|c: char| !c.is_alphabetic()).any(mixes_alphabets)
}

/// Latin letters beside Greek or Cyrillic ones in a word: many of them look the same.
fn mixes_alphabets(word: &str) -> bool {
    word.chars().any(|c| c.is_ascii_alphabetic()) && word.chars().any(|c| ('\u{370}'..='\u{52F}').contains(&c))
}

/// The bytes of a name that [`printable`] has encoded.
fn unescaped(printable: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = printable;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let code = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(code.unwrap_or(b'%'));
        rest = if code.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n21_temporary_names() {
        for (name, expected) in [
            ("orders.csv", false),
            ("orders.csv.part", true),
            ("orders.csv.FILEPART", true),
            ("~$orders.xlsx", true),
            (".orders.csv", true),
            ("x.crdownload", true),
            ("part.csv", false),
        ] {
            assert_eq!(is_temporary(OsStr::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn n08_to_n11_names_are_kept_and_shown_without_harm() {
        for (name, expected) in [
            (&b"a b.csv"[..], "a b.csv"),
            (b"a\nb\x1b[31m.csv", "a%0Ab%1B[31m.csv"),
            (b"M\xfcller.csv", "M%FCller.csv"),
            (b"100%.csv", "100%25.csv"),
            ("a\u{202e}vsc.exe".as_bytes(), "a%E2%80%AEvsc.exe"),
        ] {
            assert_eq!(printable(OsStr::from_bytes(name)), expected);
        }
        let confusable = |name: &str| is_confusable(&printable(OsStr::new(name)));
        assert!(confusable("a\u{200b}.csv") && confusable("оrders.csv"));
        assert!(!confusable("ä.csv") && !confusable("заказ 100%.csv") && !confusable("a\tb.csv"));
    }

    #[test]
    fn n01_n02_names_that_are_no_plain_ones() {
        for (name, expected) in [("..", true), (" ", true), ("..\\x.csv", true), ("a.csv", false), ("a .csv", false)] {
            assert_eq!(is_unsafe(OsStr::new(name)), expected, "{name:?}");
        }
    }

    #[test]
    fn n07_long_names_fit_the_archive() {
        assert!(for_archive(&"ü".repeat(200)).len() <= limits::NAME_BYTES - 24);
    }
}
