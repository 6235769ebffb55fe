//! Which column says what rows belong together, when no name says so: found in the first rows.

use super::sheet::Sheet;
use super::{Column, Guess, Profile, Profiler};
use crate::document::Findings;
use crate::syntax::csv::{Row, Rows};

/// Columns from the left that are tried.
const TRIED: usize = 8;

/// The column by whose values rows stand together, while others are said once or are the same in each group. None when each
/// row stands for itself.
#[must_use]
pub fn likely(head: &[u8], sheet: &Sheet) -> Option<usize> {
    let body = head.get(sheet.start.byte as usize..)?;
    let first = profile(body, sheet, None);
    let candidates: Vec<usize> = first
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| is_candidate(column, first.rows))
        .map(|(at, _)| at)
        .take(TRIED)
        .collect();
    let tried = candidates.into_iter().filter_map(|at| Some((agreement(&profile(body, sheet, Some(at)), at)?, at)));
    // Of columns that agree as well the first.
    tried.max_by_key(|(agreement, at)| (*agreement, std::cmp::Reverse(*at))).map(|(_, at)| at)
}

/// A number or word in every row, of which some come again.
fn is_candidate(column: &Column, rows: u64) -> bool {
    let kind = matches!(column.guess, Guess::Integer | Guess::Text | Guess::Codes);
    kind && column.is_full(rows)
        && column.distinct.values < rows
        && column.distinct.values * 4 > rows
        && !column.name.is_empty()
}

/// How many other columns have only one value in each group; none if rows do not stand together by this one.
fn agreement(profile: &Profile, key: usize) -> Option<usize> {
    if profile.groups.again > 0 || profile.groups.later == 0 {
        return None;
    }
    let others = profile.columns.iter().enumerate().filter(|(at, column)| *at != key && column.filled > 0);
    let same = others.filter(|(_, column)| column.other_later == 0 && column.distinct.values > 1).count();
    (same > 0).then_some(same)
}

fn profile(body: &[u8], sheet: &Sheet, key: Option<usize>) -> Profile {
    let (mut profiler, mut row, mut findings) = (Profiler::new(&sheet.names, key), Row::default(), Findings::default());
    let mut rows = Rows::new(body, sheet.dialect, sheet.start);
    for _ in 0..ROWS {
        if !rows.read(&mut row, &mut findings) {
            break;
        }
        profiler.row(&row);
    }
    profiler.finish()
}

/// Rows looked at.
const ROWS: usize = 200;

#[cfg(test)]
mod tests {
    use super::super::sheet;
    use super::*;

    #[test]
    fn the_column_that_others_agree_with() {
        for (text, expected) in [
            ("Name,Mail,Thing\n#1,a@b.example,X\n#1,,Y\n#2,c@d.example,X\n#3,e@f.example,Z\n", Some(0)),
            ("X,Ref,Who\n1,A,one\n2,A,one\n3,B,two\n", Some(1)),
            ("X,Y\n1,A\n2,B\n3,A\n", None),
            ("X,Y\n1,2\n", None),
        ] {
            let sheet = sheet::find(text.as_bytes()).unwrap();
            assert_eq!(likely(text.as_bytes(), &sheet), expected, "{text}");
        }
    }
}
