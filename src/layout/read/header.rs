//! The header row of a table, found among its first rows.

use crate::document::{Code, Finding, Findings, Position};
use crate::layout::convert::trim;
use crate::limits;
use crate::syntax::csv::{Dialect, Row, Rows, Start};

/// The header row found in the first rows of a file.
#[derive(Clone, Debug)]
pub struct HeaderRow {
    /// Column names, trimmed.
    pub names: Vec<String>,
    /// Where the data begin.
    pub start: Start,
    /// Rows above the header; blank ones and `sep=,` are not counted.
    pub skipped: usize,
}

impl HeaderRow {
    /// Notes the rows above the header, or says that there are more than the layout skips: they may be another table.
    pub fn check_skipped(&self, allowed: usize, findings: &mut Findings) {
        if self.skipped == 0 {
            return;
        }
        let code = if self.skipped > allowed { Code::CsvStructure } else { Code::FooterSkipped };
        let finding = Finding::new(code, Position::at(0, 1)).found(format!("{} rows above the header", self.skipped));
        findings.push(if self.skipped > allowed {
            let expected = if allowed == 0 { "the header first".to_owned() } else { format!("at most {allowed}") };
            let help = format!("Set `skip_lines = {}` in the layout's [file] if they belong there.", self.skipped);
            finding.expected(expected).help(help)
        } else {
            finding
        });
    }
}

/// Looks for the row that holds every column of the signature.
///
/// # Errors
/// The finding that says why there is none: another delimiter, renamed columns, no header.
pub fn find_header(bytes: &[u8], dialect: Dialect, signature: &[String]) -> Result<HeaderRow, Finding> {
    let mut rows = Rows::new(bytes, dialect, Start::default());
    let (mut row, mut noticed) = (Row::default(), Findings::default());
    let mut best: (usize, Vec<String>, Position) = (0, Vec::new(), Position::at(0, 1));
    let mut skipped = 0;
    for _ in 0..limits::HEADER_SEARCH_ROWS {
        if !rows.read(&mut row, &mut noticed) {
            break;
        }
        if let Some(finding) = other_separator(&row, dialect) {
            return Err(finding);
        }
        let names: Vec<String> = row.iter().map(|cell| String::from_utf8_lossy(trim(cell)).into_owned()).collect();
        let found = signature.iter().filter(|wanted| column(&names, wanted).is_some()).count();
        if found == signature.len() && !row.is_blank() {
            return Ok(HeaderRow { names, start: rows.position(), skipped });
        }
        if found > best.0 || best.1.is_empty() {
            best = (found, names, Position::at(row.byte, row.line).record(row.number));
        }
        skipped += usize::from(!row.is_blank() && named_separator(&row).is_none());
    }
    let finding = no_header(dialect, signature, best);
    // A file that is broken in its first rows is told so, not that it has no header.
    if finding.code != Code::CsvDelimiter
        && noticed.file_effect().is_some()
        && let Some(broken) = noticed.into_iter().next()
    {
        return Err(broken);
    }
    Err(finding)
}

/// The delimiter that a first line `sep=;` tells spreadsheets; the layout's own makes it two cells, the last one empty.
fn named_separator(row: &Row) -> Option<Option<u8>> {
    let cell = row.get(0).filter(|_| row.number <= 1).map(trim)?;
    match cell.strip_prefix(b"sep=")? {
        [named] => Some(Some(*named)),
        [] => Some(None),
        _ => None,
    }
}

/// A first line `sep=;` that names another delimiter than the layout.
fn other_separator(row: &Row, dialect: Dialect) -> Option<Finding> {
    let named = named_separator(row)??;
    (named != dialect.delimiter).then(|| {
        Finding::new(Code::CsvDelimiter, Position::at(row.byte, row.line))
            .found(format!("sep={}", char::from(named)))
            .expected(format!("{:?} between the columns", char::from(dialect.delimiter)))
    })
}

fn no_header(dialect: Dialect, signature: &[String], best: (usize, Vec<String>, Position)) -> Finding {
    let (found, names, at) = best;
    if names.iter().all(String::is_empty) {
        return Finding::new(Code::NoRecords, at).found("no values").expected(quoted(signature));
    }
    if let [only] = names.as_slice()
        && signature.len() > 1
        && let Some(other) =
            [b',', b';', b'\t', b'|'].into_iter().find(|d| *d != dialect.delimiter && only.as_bytes().contains(d))
    {
        let count = only.as_bytes().iter().filter(|b| **b == other).count() + 1;
        return Finding::new(Code::CsvDelimiter, at)
            .found(format!("1 column with {:?}, {count} with {:?}", char::from(dialect.delimiter), char::from(other)))
            .expected(format!("{:?} between the columns", char::from(dialect.delimiter)));
    }
    if found == 0 {
        return Finding::new(Code::CsvStructure, at).expected(format!("a row with the columns {}", quoted(signature)));
    }
    let missing: Vec<String> = signature.iter().filter(|wanted| column(&names, wanted).is_none()).cloned().collect();
    let near = crate::layout::toml::nearest(&missing[0], names.iter().map(String::as_str));
    Finding::new(Code::CsvHeaderMissing, at).found(format!("nearest: {near}")).expected(quoted(&missing))
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

/// The index of a column, names compared without case and surrounding blanks.
#[must_use]
pub fn column(names: &[String], wanted: &str) -> Option<usize> {
    let wanted = wanted.trim().to_lowercase();
    names.iter().position(|name| name.trim().to_lowercase() == wanted)
}
