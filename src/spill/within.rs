//! The documents of one file, by their keys.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;

use super::runs::Runs;
use crate::flow::{DocumentRow, Known, Seen};
use crate::limits;

/// Tables that the documents in memory are spread over, a power of two, so that no large one is ever copied into a
/// larger one.
const TABLES: usize = 64;

/// Remembers the documents of one file only: half of a key and half of a content for each. Two different documents whose
/// halves of the key meet, once in millions of files of a million documents, end as a conflict that a person sees; both
/// halves must meet for one to be taken for the other.
///
/// Beyond [`limits::KNOWN_IN_MEMORY`] documents they go to scratch files, sorted, and memory grows by about a byte for
/// each.
#[derive(Debug)]
pub struct WithinFile {
    tables: Vec<HashMap<u64, u64, foldhash::fast::RandomState>>,
    /// Documents in the tables.
    held: usize,
    /// Most of them.
    room: usize,
    runs: Runs,
}

impl WithinFile {
    /// Knows nothing; scratch files of a large file are made in `folder`.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self::with_room(folder, limits::KNOWN_IN_MEMORY)
    }

    fn with_room(folder: PathBuf, room: usize) -> Self {
        let tables = (0..TABLES).map(|_| HashMap::default()).collect();
        Self { tables, held: 0, room, runs: Runs::new(folder) }
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut entries: Vec<(u64, u64)> = Vec::with_capacity(self.held);
        self.tables.iter_mut().for_each(|table| entries.extend(table.drain()));
        self.held = 0;
        entries.sort_unstable();
        self.runs.add(&entries)
    }
}

impl Known for WithinFile {
    fn see(&mut self, key: u128, content: u128) -> io::Result<Seen> {
        self.see_here(key, content)
    }

    fn see_here(&mut self, key: u128, content: u128) -> io::Result<Seen> {
        let (key, content) = (key as u64, content as u64);
        let table = &mut self.tables[key as usize % TABLES];
        let known = match table.get(&key) {
            Some(known) => Some(*known),
            None => self.runs.get(key)?,
        };
        if let Some(known) = known {
            return Ok(if known == content { Seen::Unchanged } else { Seen::Conflict });
        }
        table.insert(key, content);
        self.held += 1;
        if self.held >= self.room {
            self.spill()?;
        }
        Ok(Seen::New)
    }

    fn list(&mut self, _: DocumentRow<'_>) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::hash_map::Entry;

    use proptest::prelude::*;

    use super::*;
    use crate::document::hash::Hash;

    fn key(n: u32) -> u128 {
        let mut hash = Hash::default();
        hash.add(&n.to_le_bytes());
        hash.finish()
    }

    /// The same, in a plain table.
    #[derive(Default)]
    struct Plain(HashMap<u128, u128>);

    impl Plain {
        fn see(&mut self, key: u128, content: u128) -> Seen {
            match self.0.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(content);
                    Seen::New
                }
                Entry::Occupied(known) if *known.get() == content => Seen::Unchanged,
                Entry::Occupied(_) => Seen::Conflict,
            }
        }
    }

    fn agree(room: usize, documents: impl IntoIterator<Item = (u32, u32)>) -> (WithinFile, HashMap<u8, usize>) {
        let folder = tempfile::tempdir().unwrap();
        let mut within = WithinFile::with_room(folder.path().to_owned(), room);
        let (mut plain, mut seen) = (Plain::default(), HashMap::new());
        for (number, content) in documents {
            let (key, content) = (key(number), u128::from(content));
            let expected = plain.see(key, content);
            assert_eq!(within.see_here(key, content).unwrap(), expected, "{number} {content}");
            *seen.entry(expected as u8).or_default() += 1;
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "scratch files have no name");
        (within, seen)
    }

    proptest! {
        #[test]
        fn what_is_spilled_is_known_as_what_is_not(
            room in 1_usize..40,
            documents in prop::collection::vec((0_u32..600, 0_u32..3), 0..1_500),
        ) {
            agree(room, documents);
        }
    }

    /// 70,000 documents in runs of 50 are merged three times over and have many blocks; each comes again.
    #[test]
    fn many_documents_in_many_runs_are_known() {
        let (once, again) = ((0..70_000).map(|n| (n, n)), (0..70_000).rev().map(|n| (n, n + n % 2)));
        let (within, seen) = agree(50, once.chain(again));
        assert_eq!((seen[&(Seen::New as u8)], seen[&(Seen::Conflict as u8)]), (70_000, 35_000));
        assert!(within.held < 50);
    }

    #[test]
    fn a_scratch_file_that_cannot_be_made_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut within = WithinFile::with_room(folder.path().join("gone"), 2);
        assert_eq!(within.see(key(1), 1).unwrap(), Seen::New);
        assert_eq!(within.see(key(2), 1).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
