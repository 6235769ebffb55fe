//! Keys with their contents, sorted in scratch files: each is found with one read for each file that may hold it.

use std::io;
use std::path::PathBuf;

use super::filter::Filter;
use crate::durable::Scratch;

/// Bytes of a key with its content.
const ENTRY: usize = 16;
/// Entries read together; the first key of each block is kept in memory.
const BLOCK: usize = 256;
/// Blocks written, or read in a merge, together.
const BLOCKS: usize = 16;
/// Runs of one size that are merged into one of the next, so that there are never many.
const MERGED: usize = 8;

/// A key and its content.
pub(super) type Entry = (u64, u64);

/// Sorted runs, of which no two hold the same key, from the largest to the newest.
#[derive(Debug)]
pub(super) struct Runs {
    folder: PathBuf,
    runs: Vec<Run>,
}

impl Runs {
    /// None yet; their scratch files are made in `folder`.
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self { folder, runs: Vec::new() }
    }

    /// The content of a key.
    pub(super) fn get(&self, key: u64) -> io::Result<Option<u64>> {
        for run in self.runs.iter().filter(|run| run.filter.may_hold(key)) {
            if let Some(content) = run.get(key)? {
                return Ok(Some(content));
            }
        }
        Ok(None)
    }

    /// Adds entries, sorted by keys that no run holds.
    pub(super) fn add(&mut self, entries: &[Entry]) -> io::Result<()> {
        let mut writer = Writer::new(self, entries.len(), 0)?;
        entries.iter().try_for_each(|entry| writer.push(*entry))?;
        self.runs.push(writer.finish()?);
        while let Some(first) = self.runs.len().checked_sub(MERGED)
            && self.runs[first].level == self.runs[self.runs.len() - 1].level
        {
            let merged = self.merged(first)?;
            self.runs.truncate(first);
            self.runs.push(merged);
        }
        Ok(())
    }

    /// One run of all from `first` on.
    fn merged(&self, first: usize) -> io::Result<Run> {
        let runs = &self.runs[first..];
        let entries = runs.iter().map(Run::len).sum();
        let mut writer = Writer::new(self, entries, runs[0].level + 1)?;
        let mut readers = runs.iter().map(Reader::new).collect::<io::Result<Vec<_>>>()?;
        for _ in 0..entries {
            let next = readers.iter_mut().filter(|reader| reader.next.is_some()).min_by_key(|reader| reader.next);
            if let Some(reader) = next
                && let Some(entry) = reader.next
            {
                writer.push(entry)?;
                reader.advance()?;
            }
        }
        writer.finish()
    }
}

/// Entries sorted by key in one scratch file.
#[derive(Debug)]
struct Run {
    scratch: Scratch,
    /// How often its entries were merged.
    level: u32,
    /// The first key of each block.
    fences: Vec<u64>,
    filter: Filter,
}

impl Run {
    fn len(&self) -> usize {
        self.scratch.len() as usize / ENTRY
    }

    fn get(&self, key: u64) -> io::Result<Option<u64>> {
        let Some(block) = self.fences.partition_point(|first| *first <= key).checked_sub(1) else { return Ok(None) };
        let mut bytes = [0; BLOCK * ENTRY];
        let bytes = &mut bytes[..(self.len() - block * BLOCK).min(BLOCK) * ENTRY];
        self.scratch.read_at((block * BLOCK * ENTRY) as u64, bytes)?;
        let (entries, _) = bytes.as_chunks::<ENTRY>();
        let found = entries.binary_search_by_key(&key, |bytes| entry(bytes).0);
        Ok(found.ok().map(|at| entry(&entries[at]).1))
    }
}

fn entry(bytes: &[u8; ENTRY]) -> Entry {
    let whole = u128::from_le_bytes(*bytes);
    ((whole >> 64) as u64, whole as u64)
}

/// Writes a run.
struct Writer {
    run: Run,
    buffer: Vec<u8>,
    written: usize,
}

impl Writer {
    fn new(runs: &Runs, entries: usize, level: u32) -> io::Result<Self> {
        let (scratch, fences) = (Scratch::new(&runs.folder)?, Vec::with_capacity(entries.div_ceil(BLOCK)));
        let run = Run { scratch, level, fences, filter: Filter::new(entries) };
        Ok(Self { run, buffer: Vec::with_capacity(BLOCKS * BLOCK * ENTRY), written: 0 })
    }

    fn push(&mut self, (key, content): Entry) -> io::Result<()> {
        if self.written.is_multiple_of(BLOCK) {
            self.run.fences.push(key);
        }
        self.written += 1;
        self.run.filter.add(key);
        self.buffer.extend_from_slice(&((u128::from(key) << 64) | u128::from(content)).to_le_bytes());
        if self.buffer.len() == BLOCKS * BLOCK * ENTRY {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.run.scratch.append(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<Run> {
        self.flush()?;
        Ok(self.run)
    }
}

/// Reads a run from its beginning.
struct Reader<'r> {
    run: &'r Run,
    buffer: Vec<u8>,
    /// Entries of the buffer already given.
    given: usize,
    /// Where the next read begins.
    offset: u64,
    next: Option<Entry>,
}

impl<'r> Reader<'r> {
    fn new(run: &'r Run) -> io::Result<Self> {
        let mut reader = Self { run, buffer: Vec::new(), given: 0, offset: 0, next: None };
        reader.advance()?;
        Ok(reader)
    }

    fn advance(&mut self) -> io::Result<()> {
        if self.given * ENTRY == self.buffer.len() {
            let left = self.run.scratch.len() - self.offset;
            self.buffer.resize(left.min((BLOCKS * BLOCK * ENTRY) as u64) as usize, 0);
            self.run.scratch.read_at(self.offset, &mut self.buffer)?;
            self.offset += self.buffer.len() as u64;
            self.given = 0;
        }
        self.next = self.buffer.as_chunks().0.get(self.given).map(entry);
        self.given += 1;
        Ok(())
    }
}
