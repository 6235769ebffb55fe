//! The beginning of a table of which nothing is known: what stands between its values, and where its names stand.

use super::value::{Like, likes, may_be_date};
use crate::document::Findings;
use crate::layout::convert::trim;
use crate::limits;
use crate::syntax::csv::{Dialect, Quoting, Row, Rows, Start, separator_line, sniff};

/// How a table is laid out.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Delimiter and quotes.
    pub dialect: Dialect,
    /// Names of the columns; `column 1` and so on if the table has none.
    pub names: Vec<String>,
    /// Whether a row names the columns.
    pub has_header: bool,
    /// Rows above the names.
    pub skipped: usize,
    /// Where the data begin.
    pub start: Start,
}

/// Looks at the beginning of a table; none if it is no table.
#[must_use]
pub fn find(head: &[u8]) -> Option<Sheet> {
    let dialect = sniff(head).ok().or_else(|| likeliest(head)).unwrap_or(Dialect::COMMA);
    // The line that names the delimiter is no row of the table.
    let rows = first_rows(head, dialect).into_iter().filter(|found| !is_separator_line(found)).collect::<Vec<_>>();
    let width = common_width(&rows)?;
    let at = rows.iter().position(|found| found.cells.len() == width)?;
    let (above, rest) = rows.split_at(at);
    let first = rest.first()?;
    let has_header = is_header(&first.cells);
    let numbered = || (1..=width).map(|number| format!("column {number}")).collect();
    let names = if has_header { first.cells.clone() } else { numbered() };
    let begin = above.last().map_or(Start::default(), |row| row.end);
    let start = if has_header { first.end } else { begin };
    Some(Sheet { dialect, names, has_header, skipped: above.len(), start })
}

struct Found {
    cells: Vec<String>,
    end: Start,
}

fn first_rows(head: &[u8], dialect: Dialect) -> Vec<Found> {
    let (mut rows, mut row) = (Rows::new(head, dialect, Start::default()), Row::default());
    let (mut findings, mut found) = (Findings::default(), Vec::new());
    while found.len() < limits::HEADER_SEARCH_ROWS && rows.read(&mut row, &mut findings) {
        if findings.file_effect().is_some() {
            break;
        }
        if !row.is_blank() {
            let cells = row.iter().map(|cell| String::from_utf8_lossy(trim(cell)).into_owned()).collect();
            found.push(Found { cells, end: rows.position() });
        }
    }
    found
}

fn is_separator_line(found: &Found) -> bool {
    found.cells.first().is_some_and(|cell| separator_line(format!("{cell};\n").as_bytes()).is_some())
        || found.cells.first().is_some_and(|cell| cell.to_ascii_lowercase().starts_with("sep=") && cell.len() <= 5)
}

/// The number of values that most rows have; of numbers that as many have, the larger.
fn common_width(rows: &[Found]) -> Option<usize> {
    let times = |width: usize| rows.iter().filter(|row| row.cells.len() == width).count();
    rows.iter().map(|row| row.cells.len()).max_by_key(|width| (times(*width), *width))
}

/// The dialect with which most rows have as many values, and many.
fn likeliest(head: &[u8]) -> Option<Dialect> {
    let mut best: Option<(usize, Dialect)> = None;
    for delimiter in [b',', b';', b'\t', b'|'] {
        for quoting in [Quoting::Double, Quoting::None] {
            let dialect = Dialect { delimiter, quoting };
            let rows = first_rows(head, dialect);
            let width = common_width(&rows).unwrap_or(0);
            let same = rows.iter().filter(|row| row.cells.len() == width).count();
            let weight = if width > 1 { same * (width - 1) } else { 0 };
            if weight > best.map_or(0, |(weight, _)| weight) {
                best = Some((weight, dialect));
            }
        }
    }
    best.map(|(_, dialect)| dialect)
}

/// Whether a row names columns: mostly filled, nothing in it a number, a date or an e-mail address, hardly a name twice.
fn is_header(cells: &[String]) -> bool {
    let filled: Vec<&String> = cells.iter().filter(|cell| !cell.is_empty()).collect();
    let is_value = |cell: &&&String| {
        let bytes = cell.as_bytes();
        let likes = likes(bytes);
        let number = [Like::Integer, Like::Point, Like::Comma, Like::GroupedPoint, Like::GroupedComma];
        number.iter().any(|like| likes.has(*like))
            || likes.has(Like::Email)
            || likes.has(Like::Link)
            || may_be_date(bytes) && super::value::dates().iter().any(|format| format.read(bytes).is_some())
    };
    let mut names: Vec<String> = filled.iter().map(|name| name.to_lowercase()).collect();
    names.sort_unstable();
    names.dedup();
    !filled.is_empty()
        && filled.len() * 10 >= cells.len() * 6
        && names.len() * 10 >= filled.len() * 7
        && filled.iter().filter(is_value).count() == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_their_names() {
        for (text, delimiter, names, has_header, skipped) in [
            ("a,b\n1,2\n", b',', &["a", "b"][..], true, 0),
            ("sep=;\na;b\n1;2\n", b';', &["a", "b"], true, 0),
            ("Report of March\n\na;b;c\n1;2,5;3\n4;5,5;6\n", b';', &["a", "b", "c"], true, 1),
            ("A-1\t5\t2026-01-01\nA-2\t6\t2026-01-02\n", b'\t', &["column 1", "column 2", "column 3"], false, 0),
            ("name\nx\ny\n", b',', &["name"], true, 0),
        ] {
            let sheet = find(text.as_bytes()).unwrap();
            let found: Vec<&str> = sheet.names.iter().map(String::as_str).collect();
            assert_eq!((sheet.dialect.delimiter, found.as_slice()), (delimiter, names), "{text}");
            assert_eq!((sheet.has_header, sheet.skipped), (has_header, skipped), "{text}");
        }
        assert!(find(b"").is_none());
    }
}
