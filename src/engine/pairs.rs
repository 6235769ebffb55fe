//! Files that belong together: the headers of the documents in one, their lines in the other.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::layout::Layout;
use crate::layout::library::Library;
use crate::layout::model;
use crate::layout::read::header::find_header;
use crate::limits;
use crate::workspace::Flow;

/// What a file is in a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It stands alone, or cannot be told: it is read as it is, and told what is wrong with it.
    Alone,
    /// It has the headers.
    Headers,
    /// It has the lines.
    Lines,
}

/// Whether a flow takes files in pairs. Only one that names its layout does: a file whose layout is guessed might wait
/// for a second one that is never to come.
pub(super) fn joined(flow: &Flow, library: &Library) -> Option<std::sync::Arc<Layout>> {
    let layout = library.get(flow.layout.as_ref()?).ok()?;
    let pairs = matches!(&layout.file, model::File::Table(table) if table.joined.is_some());
    pairs.then_some(layout)
}

/// What a file is, by its header row.
///
/// # Errors
/// When it cannot be read.
pub(super) fn role(layout: &Layout, path: &Path) -> io::Result<Role> {
    let model::File::Table(table) = &layout.file else { return Ok(Role::Alone) };
    let Some(lines) = &table.joined else { return Ok(Role::Alone) };
    let mut head = Vec::new();
    File::open(path)?.take(limits::SNIFF_BYTES as u64).read_to_end(&mut head)?;
    let head = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&head);
    let has = |signature: &[String]| find_header(head, table.dialect, signature).is_ok();
    Ok(match (has(&table.signature), has(&lines.signature)) {
        (true, _) => Role::Headers,
        (false, true) => Role::Lines,
        (false, false) => Role::Alone,
    })
}

/// Pairs the files of each flow in the order they came; `(file, its lines)` in the order of the files, and those that
/// wait for their other half.
pub(super) fn pair<T>(files: impl IntoIterator<Item = (String, Role, T)>) -> (Vec<(T, Option<T>)>, Vec<T>) {
    let mut open: BTreeMap<String, [VecDeque<(usize, T)>; 2]> = BTreeMap::new();
    let mut whole = Vec::new();
    for (number, (flow, role, file)) in files.into_iter().enumerate() {
        let [headers, lines] = open.entry(flow).or_default();
        match role {
            Role::Alone => whole.push((number, file, None)),
            Role::Headers => headers.push_back((number, file)),
            Role::Lines => lines.push_back((number, file)),
        }
        if headers.is_empty() || lines.is_empty() {
            continue;
        }
        if let (Some((number, file)), Some((_, lines))) = (headers.pop_front(), lines.pop_front()) {
            whole.push((number, file, Some(lines)));
        }
    }
    let waiting = open.into_values().flatten().flatten().map(|(_, file)| file).collect();
    whole.sort_by_key(|(number, ..)| *number);
    (whole.into_iter().map(|(_, file, lines)| (file, lines)).collect(), waiting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_paired_in_the_order_they_came_and_the_rest_waits() {
        let files = [
            ("a", Role::Lines, 1),
            ("a", Role::Headers, 2),
            ("b", Role::Headers, 3),
            ("a", Role::Headers, 4),
            ("c", Role::Alone, 5),
            ("a", Role::Headers, 6),
            ("a", Role::Lines, 7),
        ];
        let (whole, waiting) = pair(files.map(|(flow, role, file)| (flow.to_owned(), role, file)));
        assert_eq!(whole, [(2, Some(1)), (4, Some(7)), (5, None)]);
        assert_eq!(waiting, [6, 3]);
    }
}
