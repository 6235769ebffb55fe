//! What only a whole crosswalk tells: units that lead round in a circle, and whether all of its rows are there.

use std::collections::HashMap;

use super::ratio::Ratio;
use crate::document::{Code, Finding, Findings, Position};

/// One row of a table of units.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) code: String,
    pub(super) unit: String,
    pub(super) factor: Ratio,
    pub(super) line: u32,
}

/// Reports units that lead over two or more others back to themselves with another size. Circles of one or two units are
/// told where their rows are read.
pub(super) fn circles(mut steps: Vec<Step>, findings: &mut Findings) {
    steps.sort_by_key(|step| step.line);
    let by_code: HashMap<&str, usize> = steps.iter().enumerate().map(|(at, step)| (step.code.as_str(), at)).collect();
    let next = |at: usize| by_code.get(steps[at].unit.as_str()).copied();
    // The walk on which a row was seen, from 1: each row is walked over once.
    let mut seen = vec![0; steps.len()];
    for start in 0..steps.len() {
        let (walk, mut at) = (start + 1, Some(start));
        while let Some(row) = at.filter(|row| seen[*row] == 0) {
            seen[row] = walk;
            at = next(row);
        }
        let Some(row) = at.filter(|row| seen[*row] == walk) else { continue };
        let others = std::iter::successors(next(row), |at| next(*at)).take_while(|at| *at != row);
        let circle: Vec<&Step> = std::iter::once(row).chain(others).map(|at| &steps[at]).collect();
        let product = circle.iter().try_fold(Ratio::ONE, |product, step| product.times(step.factor));
        if circle.len() > 2 && product != Some(Ratio::ONE) {
            let lines: Vec<String> = circle.iter().map(|step| step.line.to_string()).collect();
            let last = circle.iter().map(|step| step.line).max().unwrap_or_default();
            let finding = Finding::new(Code::TableContradiction, Position::at(0, u64::from(last)).field("factor"));
            let found = format!("a circle of lines {}", lines.join(", "));
            findings.push(finding.found(found).expected("factors whose product is 1 around the circle"));
        }
    }
}

/// A first line such as `#rows=120` states how many rows follow: a table cut at the end of a row looks sound without.
/// The text behind it, the lines it takes, and the number.
pub(super) fn stated<'t>(text: &'t [u8], findings: &mut Findings) -> (&'t [u8], u64, Option<u64>) {
    let Some(rest) = text.strip_prefix(b"#rows=") else { return (text, 0, None) };
    let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
    let line = String::from_utf8_lossy(&rest[..end]);
    // A spreadsheet fills the line up with delimiters.
    let number = line.trim_end().trim_end_matches([',', ';', '\t']).parse().ok();
    if number.is_none() {
        let finding = Finding::new(Code::TableValue, Position::at(0, 1).field("#rows"));
        findings.push(finding.found(line.trim_end()).expected("the number of rows, such as #rows=120"));
    }
    (&rest[end..], 1, number)
}

/// Reports that another number of rows was read than the first line states.
pub(super) fn check_rows(stated: Option<u64>, read: u64, findings: &mut Findings) {
    if let Some(stated) = stated.filter(|stated| *stated != read) {
        let finding = Finding::new(Code::TableIncomplete, Position::at(0, 1).field("#rows"));
        findings.push(finding.found(format!("{read} rows")).expected(format!("{stated} rows")));
    }
}
