//! Where each part of XML ends. The reader and the finder of borders share this, so that both see the same parts.

use memchr::{memchr3_iter, memmem};

/// Bytes of an ASCII name behind its first: letters, digits, `_`, `-`, `.`.
const NAME: u8 = 1;
/// Bytes that an ASCII name begins with: letters and `_`.
const INITIAL: u8 = 2;
/// Bytes at which text is looked at again: what ends it, what may not stand in it, what may belong to such a thing.
const ODD_TEXT: u8 = 4;
/// The same for the value of an attribute.
const ODD_VALUE: u8 = 8;

/// What each byte may be.
static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut all = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let letter = byte.is_ascii_alphabetic() || byte == b'_';
        let name = letter || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
        // U+FFFE and U+FFFF, which are no characters, begin with EF.
        let odd =
            byte >= 0xEF || (byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) || matches!(byte, b'<' | b'&');
        all[at] = (letter as u8 * INITIAL)
            | (name as u8 * NAME)
            | ((odd || byte == b']') as u8 * ODD_TEXT)
            | ((odd || byte == b'"') as u8 * ODD_VALUE);
        at += 1;
    }
    all
}

fn is(byte: u8, class: u8) -> bool {
    CLASSES[byte as usize] & class != 0
}

/// The first byte at or after `from` that is (`wanted`) or is not in a class, or the end.
fn find(bytes: &[u8], from: usize, class: u8, wanted: bool) -> usize {
    let mut at = from;
    while let Some(byte) = bytes.get(at)
        && is(*byte, class) != wanted
    {
        at += 1;
    }
    at.min(bytes.len())
}

/// What markup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Markup {
    Start,
    End,
    Comment,
    Data,
    Instruction,
    Doctype,
    /// Nothing of XML.
    Unknown,
}

/// What the bytes, which begin with `<`, are the beginning of; none when too few are there to tell.
pub(super) fn markup(bytes: &[u8]) -> Option<Markup> {
    Some(match bytes.get(1)? {
        b'/' => Markup::End,
        b'?' => Markup::Instruction,
        b'!' => {
            let known: [(&[u8], Markup); 3] =
                [(b"<!--", Markup::Comment), (b"<![CDATA[", Markup::Data), (b"<!DOCTYPE", Markup::Doctype)];
            let begins = |whole: &[u8]| {
                let common = whole.len().min(bytes.len());
                whole[..common].eq_ignore_ascii_case(&bytes[..common])
            };
            match known.into_iter().find(|(whole, _)| begins(whole)) {
                Some((whole, _)) if bytes.len() < whole.len() => return None,
                // A DOCTYPE is refused however it is written.
                Some((whole, kind)) if kind == Markup::Doctype || bytes.starts_with(whole) => kind,
                _ => Markup::Unknown,
            }
        }
        _ => Markup::Start,
    })
}

/// The length of markup, which begins with `<`; none when its end is not in the bytes.
pub(super) fn length(bytes: &[u8], kind: Markup) -> Option<usize> {
    let behind = |from: usize, end: &[u8]| Some(from + memmem::find(bytes.get(from..)?, end)? + end.len());
    match kind {
        Markup::Start => tag_length(bytes),
        Markup::Comment => behind(4, b"-->"),
        Markup::Data => behind(9, b"]]>"),
        Markup::Instruction => behind(1, b"?>"),
        // There are no attributes in an end tag, and so no quotes.
        Markup::End | Markup::Doctype | Markup::Unknown => memchr::memchr(b'>', bytes).map(|at| at + 1),
    }
}

/// The length of a DOCTYPE that only names a document type and where its definition lies, `<!DOCTYPE name SYSTEM "…">`:
/// nothing is declared in it. None for any other, and when its end is not in the bytes.
pub(super) fn bare_doctype(bytes: &[u8]) -> Option<usize> {
    let blanks = |at: usize| bytes.get(at..)?.iter().position(|byte| !super::is_blank(*byte)).map(|count| at + count);
    let (mut at, _) = name(bytes, blanks(9).filter(|at| *at > 9 && bytes.starts_with(b"<!DOCTYPE"))?)?;
    let mut literals = 0;
    let behind = blanks(at)?;
    for (word, count) in [(&b"SYSTEM"[..], 1), (b"PUBLIC", 2)] {
        if behind > at && bytes.get(behind..)?.starts_with(word) {
            (at, literals) = (behind + word.len(), count);
            break;
        }
    }
    for _ in 0..literals {
        let from = blanks(at).filter(|from| *from > at)?;
        let quote = bytes.get(from).filter(|byte| matches!(byte, b'"' | b'\''))?;
        at = from + 1 + memchr::memchr(*quote, bytes.get(from + 1..)?)? + 1;
    }
    let end = blanks(at)?;
    (bytes.get(end) == Some(&b'>')).then_some(end + 1)
}

/// A start tag ends at the first `>` outside quotes.
fn tag_length(bytes: &[u8]) -> Option<usize> {
    // Most tags are only a name.
    let name = find(bytes, 1, NAME, false);
    if bytes.get(name) == Some(&b'>') {
        return Some(name + 1);
    }
    let mut quote = None;
    for at in memchr3_iter(b'>', b'"', b'\'', bytes) {
        match quote {
            None if bytes[at] == b'>' => return Some(at + 1),
            None => quote = Some(bytes[at]),
            Some(open) if open == bytes[at] => quote = None,
            Some(_) => {}
        }
    }
    None
}

/// The length of a start tag of plain names and values between double quotes, and whether it is empty; none for any other.
#[inline]
pub(super) fn quick_tag(bytes: &[u8]) -> Option<(usize, bool)> {
    let (mut at, _) = name(bytes, 1)?;
    while bytes.get(at) == Some(&b' ') {
        let (equals, _) = name(bytes, at + 1)?;
        if bytes.get(equals..equals + 2) != Some(b"=\"") {
            return None;
        }
        at = value(bytes, equals + 2)? + 1;
    }
    let empty = bytes.get(at) == Some(&b'/');
    let end = at + usize::from(empty);
    (bytes.get(end) == Some(&b'>')).then_some((end + 1, empty))
}

/// The end of a plain ASCII name, with at most one prefix, and where its local part begins.
#[inline]
pub(super) fn name(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let begins = |at: usize| bytes.get(at).is_some_and(|byte| is(*byte, INITIAL));
    let end = find(bytes, from, NAME, false);
    if !begins(from) {
        return None;
    }
    if bytes.get(end) != Some(&b':') {
        return Some((end, from));
    }
    let local = end + 1;
    begins(local).then(|| (find(bytes, local, NAME, false), local))
}

/// The end of text within the bytes, none when it is not there, and whether every byte of it is above suspicion.
#[inline]
pub(super) fn text(bytes: &[u8]) -> (Option<usize>, bool) {
    let at = find(bytes, 0, ODD_TEXT, true);
    match bytes.get(at) {
        Some(b'<' | b'&') => (Some(at), true),
        None => (None, true),
        Some(_) => (memchr::memchr2(b'<', b'&', &bytes[at..]).map(|more| at + more), false),
    }
}

/// The end of a plain value between double quotes: the second quote.
#[inline]
pub(super) fn value(bytes: &[u8], from: usize) -> Option<usize> {
    let at = find(bytes, from, ODD_VALUE, true);
    (bytes.get(at) == Some(&b'"')).then_some(at)
}
