//! What the first bytes of a file tell about its encoding.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use memchr::memchr_iter;

use super::Encoding;
use crate::document::{Code, Finding, Position};

/// How the text of a file is to be decoded, and the length of its byte order mark.
pub(super) struct Choice {
    pub encoding: Encoding,
    pub mark: usize,
    /// `ENCODING_DETECTED`, when it is a guess.
    pub note: Option<Finding>,
}

/// Decides by the declaration and the first bytes; `Err` is the finding that ends the file.
///
/// `complete` tells that `head` is the whole file.
pub(super) fn choose(declared: Encoding, head: &[u8], complete: bool) -> Result<Choice, Box<Finding>> {
    if head.is_empty() {
        return Err(Box::new(at_start(Code::FileEmpty).expected("text")));
    }
    if let Some(kind) = archive(head) {
        return Err(Box::new(at_start(Code::ArchiveNotAllowed).found(kind).expected("text")));
    }
    let (marked, mark) = mark(head);
    let choice = |encoding| Ok(Choice { encoding, mark, note: None });
    match (declared, marked) {
        (Encoding::Utf8, None) => match nul_pattern(head) {
            Some(_) => Err(unsupported(declared, head, "UTF-16 without a byte order mark")),
            None => choice(declared),
        },
        (Encoding::Utf16, None) => Err(unsupported(declared, head, "no byte order mark")),
        (Encoding::Detect, None) => detect(head, complete),
        (_, None) => choice(declared),
        (Encoding::Detect, Some(marked))
        | (Encoding::Utf16, Some(marked @ (Encoding::Utf16Le | Encoding::Utf16Be))) => choice(marked),
        (declared, Some(marked)) if declared == marked => choice(declared),
        (Encoding::Legacy(_), Some(Encoding::Utf8)) => {
            let expected = format!("{}, not the byte order mark of utf-8", declared.name());
            Err(Box::new(at_start(Code::EncodingMismatch).found(hex(&head[..mark])).expected(expected)))
        }
        // In a legacy file FF FE could be two letters, though no sound file begins with them.
        (_, Some(marked)) => Err(unsupported(declared, head, &format!("the byte order mark of {}", marked.name()))),
    }
}

fn at_start(code: Code) -> Finding {
    Finding::new(code, Position::at(0, 1))
}

fn unsupported(declared: Encoding, head: &[u8], found: &str) -> Box<Finding> {
    let bytes: Vec<String> = head.iter().take(4).map(|byte| format!("{byte:02X}")).collect();
    let finding = at_start(Code::EncodingUnsupported).found(format!("{found} ({})", bytes.join(" ")));
    Box::new(finding.expected(declared.name()))
}

/// A zip file begins with a local header (PKWARE APPNOTE 4.3.7), a gzip file with its two ID bytes (RFC 1952, 2.3.1).
fn archive(head: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 2] = [(b"PK\x03\x04", "a zip file"), (b"\x1F\x8B", "a gzip file")];
    kinds.into_iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, name)| name)
}

fn mark(head: &[u8]) -> (Option<Encoding>, usize) {
    let marks: [(&[u8], Encoding); 3] =
        [(b"\xEF\xBB\xBF", Encoding::Utf8), (b"\xFF\xFE", Encoding::Utf16Le), (b"\xFE\xFF", Encoding::Utf16Be)];
    let found = marks.into_iter().find(|(bytes, _)| head.starts_with(bytes));
    found.map_or((None, 0), |(bytes, encoding)| (Some(encoding), bytes.len()))
}

/// The byte order of UTF-16 text in a Latin script: every second byte is NUL. A sole NUL is none of this.
fn nul_pattern(head: &[u8]) -> Option<Encoding> {
    let head = head.get(..head.len().min(64) & !1).filter(|head| head.len() >= 4)?;
    let nuls = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let most = head.len() / 2 * 3 / 4;
    match (nuls(0), nuls(1)) {
        (0, odd) if odd >= most.max(2) => Some(Encoding::Utf16Le),
        (even, 0) if even >= most.max(2) => Some(Encoding::Utf16Be),
        _ => None,
    }
}

fn detect(head: &[u8], complete: bool) -> Result<Choice, Box<Finding>> {
    let choice = |encoding, note| Ok(Choice { encoding, mark: 0, note });
    if nul_pattern(head).is_some() {
        return Err(unsupported(Encoding::Detect, head, "UTF-16 without a byte order mark"));
    }
    match std::str::from_utf8(head) {
        Ok(_) => return choice(Encoding::Utf8, None),
        Err(error) if error.error_len().is_none() && !complete => return choice(Encoding::Utf8, None),
        Err(_) if looks_ebcdic(head) => return Err(Box::new(invalid_ebcdic(head))),
        Err(_) => {}
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, complete);
    let guess = detector.guess(None, Utf8Detection::Deny);
    choice(Encoding::Legacy(guess), Some(at_start(Code::EncodingDetected).found(guess.name())))
}

fn invalid_ebcdic(head: &[u8]) -> Finding {
    at_start(Code::EncodingInvalid)
        .found(hex(head))
        .expected("text in an encoding based on ASCII")
        .help("The bytes look like EBCDIC of a mainframe; ask the sender for UTF-8.")
}

/// The first bytes as hexadecimal numbers.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(8).map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}

/// Whether nearly all bytes are EBCDIC letters, digits, blanks and common signs (IBM code page 037), and hardly any
/// is an ASCII letter or digit in lower case, which EBCDIC has signs or nothing for.
pub(super) fn looks_ebcdic(bytes: &[u8]) -> bool {
    let sample = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let high = sample.iter().filter(|byte| is_ebcdic_alphanumeric(**byte)).count();
    let signs = sample.iter().filter(|byte| matches!(byte, 0x40 | 0x4B | 0x6B | 0x60 | 0x61 | 0x5E | 0x7A)).count();
    let breaks = memchr_iter(0x15, sample).count() + memchr_iter(0x25, sample).count();
    sample.len() >= 4 && high * 2 > sample.len() && (high + signs + breaks) * 10 > sample.len() * 8
}

fn is_ebcdic_alphanumeric(byte: u8) -> bool {
    matches!(byte, 0x81..=0x89 | 0x91..=0x99 | 0xA2..=0xA9 | 0xC1..=0xC9 | 0xD1..=0xD9 | 0xE2..=0xE9 | 0xF0..=0xF9)
}
