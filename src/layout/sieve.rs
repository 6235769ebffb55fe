//! Which layouts cannot fit a file, told from their texts alone: to read a hundred layouts takes longer than to convert a
//! small file.

use crate::document::Findings;
use crate::syntax::edifact::{Segments, Syntax};
use crate::syntax::x12::Start;

/// What the beginning of a file asks of the text of a layout that may fit it.
#[derive(Debug)]
pub enum Sieve {
    /// X12, with what stands where sets are named.
    X12(Vec<String>),
    /// EDIFACT, with the type of its first message.
    Edifact(String),
    /// XML.
    Xml,
    /// Anything else, in small letters.
    Table(String),
}

impl Sieve {
    /// The sieve for the files that begin like this.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        let text = head.trim_ascii_start();
        match text {
            // ISA01 has two characters.
            [b'I', b'S', b'A', element, _, _, next, ..] if element == next => Self::X12(sets(text, *element)),
            [b'U', b'N', b'A' | b'B', ..] => match message(text) {
                Some(message) => Self::Edifact(message),
                None => Self::table(head),
            },
            [b'<', ..] | [0xEF, 0xBB, 0xBF, b'<', ..] => Self::Xml,
            _ => Self::table(head),
        }
    }

    fn table(head: &[u8]) -> Self {
        Self::Table(String::from_utf8_lossy(head).to_lowercase())
    }

    /// Whether the layout with this text may fit. What is not written plainly is let through.
    #[must_use]
    pub fn lets_through(&self, layout: &str) -> bool {
        let names = |format: &str| layout.contains(format) || layout.contains("\\u") || layout.contains("\\U");
        match self {
            Self::X12(sets) => names("x12") && sets.iter().any(|set| names(set)),
            Self::Edifact(message) => names("edifact") && names(message),
            Self::Xml => names("xml"),
            Self::Table(head) => may_have_columns(layout, head),
        }
    }
}

/// Whatever stands behind an ST and looks like the three digits of a transaction set.
fn sets(head: &[u8], element: u8) -> Vec<String> {
    let mut sets: Vec<String> = Vec::new();
    let begin = [b'S', b'T', element];
    let starts = memchr::memmem::find_iter(head, &begin);
    for id in starts.filter_map(|at| head.get(at + 3..at + 6)).filter(|id| id.iter().all(u8::is_ascii_digit)) {
        let id = String::from_utf8_lossy(id);
        if !sets.iter().any(|known| *known == id) {
            sets.push(id.into_owned());
        }
    }
    sets
}

/// The type of the first message; groups may stand before it.
fn message(head: &[u8]) -> Option<String> {
    let (syntax, mut findings) = (Syntax::read(head, 0).ok()?, Findings::default());
    let mut segments = Segments::new(head, syntax, Start::at(0));
    while let Some(segment) = segments.next(&mut findings) {
        match segment.id() {
            b"UNB" | b"UNG" => {}
            b"UNH" => return Some(String::from_utf8_lossy(segment.component(2, 1)).into_owned()),
            _ => return None,
        }
    }
    None
}

/// The columns of the signatures in the text of a layout; of one that is not written plainly nothing is told.
pub(super) fn signatures(layout: &str) -> impl Iterator<Item = Option<Vec<&str>>> {
    layout.match_indices("signature").map(|(at, _)| columns(&layout[at..]))
}

/// Whether all columns of a signature in the text of a layout may stand in the beginning of a file.
fn may_have_columns(layout: &str, head: &str) -> bool {
    let mut signatures = signatures(layout).peekable();
    signatures.peek().is_none()
        || signatures.any(|columns| match columns {
            Some(columns) => columns.iter().all(|column| head.contains(&column.trim().to_lowercase())),
            None => true,
        })
}

/// The texts of a list that is written in quotation marks alone; none if it holds anything that needs a closer look.
fn columns(signature: &str) -> Option<Vec<&str>> {
    let list = signature.strip_prefix("signature")?.trim_start().strip_prefix('=')?.trim_start().strip_prefix('[')?;
    let (list, _) = list.split_once(']')?;
    if list.contains(['\\', '#', '\'']) {
        return None;
    }
    let pieces: Vec<&str> = list.split('"').collect();
    // With an even number of marks the pieces outside are one more than those inside.
    (pieces.len() % 2 == 1).then(|| pieces.iter().skip(1).step_by(2).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_columns() {
        for (text, expected) in [
            ("signature = [\"A\", \"B C\"]\n", Some(vec!["A", "B C"])),
            ("signature=[\n  \"A\",\n]", Some(vec!["A"])),
            ("signature = ['A']", None),
            ("signature = [\"A [EUR]\", \"B\"]", None),
            ("signature = [\"A\\t\"]", None),
            ("signature of a file", None),
        ] {
            assert_eq!(columns(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_fit_is_kept_back_and_what_may_fit_is_not() {
        let table = "[file]\nformat = \"csv\"\nsignature = [\"PO\", \"Article\"]\n";
        let joined = "signature = [\"Order\"]\n[file.joined]\nsignature = [\"PO\", \"Line\"]\n";
        let x12 = "format = \"x12\"\n[x12]\nsets = [\"850\", \"860\"]\n";
        let edifact = "format = 'edifact'\n[edifact]\nmessages = [\"ORDERS\"]\n";
        for (head, layout, expected) in [
            ("article;po\n1;2\n", table, true),
            ("article;number\n1;2\n", table, false),
            ("po,line\n", joined, true),
            ("number,line\n", joined, false),
            ("number,line\n", "signature = ['PO']", true),
            ("number,line\n", "no list", true),
            ("ISA*00*~ST*850*0001~", x12, true),
            ("\r\nISA*00*~N1*ST*Shop~ST*860*0001~", x12, true),
            ("ISA*00*~ST*810*0001~", x12, false),
            ("ISA*00*~ST*850*0001~", table, false),
            ("UNB+UNOC:3+A+B'UNH+1+ORDERS:D:96A:UN'", edifact, true),
            ("UNB+UNOC:3+A+B'UNH+1+INVRPT:D:96A:UN'", edifact, false),
            ("<Order/>", "format = \"xml\"", true),
            ("<Order/>", "format = \"\\u0078ml\"", true),
            ("<Order/>", table, false),
        ] {
            assert_eq!(Sieve::of(head.as_bytes()).lets_through(layout), expected, "{head} {layout}");
        }
    }
}
