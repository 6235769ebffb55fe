//! The guess of a delimiter, for files of which nothing is known.

use memchr::memchr2;

use super::{Dialect, Quoting, Row, Rows, Start, last_row_end};
use crate::document::{Code, Finding, Findings, Position};
use crate::limits;

const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The delimiter that a first line such as `sep=;` names (Excel writes and reads it), and the bytes of that line
/// with its line break.
#[must_use]
pub fn separator_line(bytes: &[u8]) -> Option<(u8, usize)> {
    let (prefix, rest) = bytes.split_at_checked(4)?;
    let (delimiter, rest) = rest.split_first()?;
    let breaks = rest.iter().take(2).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    // LF CR or LF LF is a line break and what follows it.
    let breaks = if rest.first() == Some(&b'\n') || !rest.starts_with(b"\r\n") { breaks.min(1) } else { breaks };
    let whole = breaks > 0 || rest.is_empty();
    let sound = delimiter.is_ascii() && !matches!(delimiter, b'"' | b'\r' | b'\n') && whole;
    (sound && prefix.eq_ignore_ascii_case(b"sep=")).then_some((*delimiter, 5 + breaks))
}

/// The dialect of a file of which the first bytes are given, by its first rows.
///
/// A first line `sep=;` decides (the caller passes over it, see [`separator_line`]). Otherwise the delimiter wins
/// with which all of the first [`limits::HEADER_SEARCH_ROWS`] rows have the same number of values, more than one.
///
/// # Errors
/// `CSV_DIALECT_AMBIGUOUS` when no delimiter or more than one fits.
pub fn sniff(bytes: &[u8]) -> Result<Dialect, Finding> {
    if let Some((delimiter, _)) = separator_line(bytes) {
        return Ok(Dialect { delimiter, quoting: Quoting::Double });
    }
    for quoting in [Quoting::Double, Quoting::None] {
        let fits: Vec<Dialect> = CANDIDATES
            .iter()
            .map(|delimiter| Dialect { delimiter: *delimiter, quoting })
            .filter(|dialect| columns(bytes, *dialect).is_some_and(|count| count > 1))
            .collect();
        match fits.as_slice() {
            [] => {}
            [only] => return Ok(*only),
            several => return Err(ambiguous(bytes).expected(format!("one delimiter; {} fit", names(several)))),
        }
    }
    Err(ambiguous(bytes).expected("rows of equal length with one of the delimiters , ; tab |"))
}

/// A finding `CSV_DELIMITER` if the first rows have one value each with `dialect` but several with another
/// delimiter.
#[must_use]
pub fn other_delimiter(bytes: &[u8], dialect: Dialect) -> Option<Finding> {
    let named = separator_line(bytes).filter(|(delimiter, _)| *delimiter != dialect.delimiter);
    if named.is_none() && columns(bytes, dialect).is_none_or(|count| count != 1) {
        return None;
    }
    let other = sniff(bytes).ok().filter(|other| other.delimiter != dialect.delimiter)?;
    let expected = format!("values separated by {}, not by {}", name(dialect.delimiter), name(other.delimiter));
    Some(Finding::new(Code::CsvDelimiter, Position::at(0, 1)).found(first_line(bytes)).expected(expected))
}

/// The number of values that all of the first rows have; `None` if they differ or are unsound.
fn columns(bytes: &[u8], dialect: Dialect) -> Option<usize> {
    let window = bytes.len().min(limits::SNIFF_BYTES);
    let cut = bytes.get(..window).and_then(|head| last_row_end(head, dialect)).filter(|_| window < bytes.len());
    let mut rows = Rows::new(bytes.get(..cut.unwrap_or(window))?, dialect, Start::default());
    let (mut row, mut findings, mut common) = (Row::default(), Findings::default(), None);
    for _ in 0..limits::HEADER_SEARCH_ROWS {
        if !rows.read(&mut row, &mut findings) {
            break;
        }
        if *common.get_or_insert(row.len()) != row.len() {
            return None;
        }
    }
    common.filter(|_| findings.file_effect().is_none())
}

fn ambiguous(bytes: &[u8]) -> Finding {
    Finding::new(Code::CsvDialectAmbiguous, Position::at(0, 1)).found(first_line(bytes))
}

fn first_line(bytes: &[u8]) -> &[u8] {
    let head = &bytes[..bytes.len().min(limits::FOUND_CHARS * 4)];
    &head[..memchr2(b'\n', b'\r', head).unwrap_or(head.len())]
}

fn names(dialects: &[Dialect]) -> String {
    dialects.iter().map(|dialect| name(dialect.delimiter)).collect::<Vec<_>>().join(" and ")
}

fn name(delimiter: u8) -> String {
    if delimiter == b'\t' { "tab".to_owned() } else { char::from(delimiter).escape_default().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(text: &str) -> Result<(char, Quoting), Code> {
        sniff(text.as_bytes()).map(|d| (char::from(d.delimiter), d.quoting)).map_err(|finding| finding.code)
    }

    #[test]
    fn the_delimiter_with_equal_rows_wins() {
        type Case<'a> = (&'a str, &'a str, Result<(char, Quoting), Code>);
        let cases: &[Case] = &[
            ("comma", "a,b\n1,2\n", Ok((',', Quoting::Double))),
            ("semicolon with decimal commas", "a;b\n1,5;2\n3;4\n", Ok((';', Quoting::Double))),
            ("tab with commas inside", "a\tb\n1,5\t2\n3\t4\n", Ok(('\t', Quoting::Double))),
            ("bar", "a|b|c\n1|2|3\n", Ok(('|', Quoting::Double))),
            ("quoted delimiters", "a;b\n\"x;y\";2\n", Ok((';', Quoting::Double))),
            ("bare quotes", "a\tb\n5\" pipe\t2\n", Ok(('\t', Quoting::None))),
            ("C11", "a;b,c\n1;2,3\n", Err(Code::CsvDialectAmbiguous)),
            ("one column", "a\nb\n", Err(Code::CsvDialectAmbiguous)),
            ("uneven", "a,b\n1,2,3\n", Err(Code::CsvDialectAmbiguous)),
            ("empty", "", Err(Code::CsvDialectAmbiguous)),
            ("C20", "sep=;\na,b;c,d\n", Ok((';', Quoting::Double))),
            ("C20 CRLF", "SEP=|\r\na|b\r\n", Ok(('|', Quoting::Double))),
        ];
        for (case, text, expected) in cases {
            assert_eq!(guess(text), *expected, "{case}");
        }
    }

    #[test]
    fn c20_the_separator_line_is_measured_with_its_break() {
        let cases: &[(&str, Option<(u8, usize)>)] = &[
            ("sep=;\na", Some((b';', 6))),
            ("sep=,\r\na", Some((b',', 7))),
            ("sep=\t\n\na", Some((b'\t', 6))),
            ("sep=;", Some((b';', 5))),
            ("sep=;;\n", None),
            ("sep=", None),
            ("separate;b\n", None),
            ("sep=\"\n", None),
        ];
        for (text, expected) in cases {
            assert_eq!(separator_line(text.as_bytes()), *expected, "{text:?}");
        }
    }

    #[test]
    fn c10_a_file_with_another_delimiter_is_told() {
        let finding = other_delimiter(b"a;b;c\n1;2;3\n", Dialect::COMMA).unwrap();
        assert_eq!(finding.code, Code::CsvDelimiter);
        assert_eq!(finding.expected, "values separated by ,, not by ;");
        assert_eq!(other_delimiter(b"sep=;\na;b\n", Dialect::COMMA).unwrap().code, Code::CsvDelimiter);
        assert_eq!(other_delimiter(b"a,b\n1,2\n", Dialect::COMMA), None);
        assert_eq!(other_delimiter(b"a\n1\n", Dialect::COMMA), None);
    }

    #[test]
    fn a_long_file_is_guessed_by_its_first_rows() {
        let mut text = "a;b\n".repeat(50_000);
        text.push_str("\"open");
        assert_eq!(guess(&text), Ok((';', Quoting::Double)));
    }
}
