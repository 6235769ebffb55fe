//! Where written bytes go: to one file of an output, or to one for each document.

use std::io;

use super::unfit;
use crate::layout::write::{Writer, Written};

/// A file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The number of its writer.
    pub writer: usize,
    /// The number of its document, counted from 1, if each has its own file; else 0.
    pub file: u32,
}

/// Takes the bytes written for a file, in order; a file is complete when the next of its writer begins.
pub type Sink<'s> = dyn FnMut(Target, &[u8]) -> io::Result<()> + 's;

/// Hands the bytes of all writers to their files.
pub(super) struct Outlet<'r, 's> {
    writers: &'r [Writer<'r>],
    sink: &'r mut Sink<'s>,
    files: Vec<u32>,
}

impl<'r, 's> Outlet<'r, 's> {
    /// Begins the files of those that write one.
    ///
    /// # Errors
    /// When the sink fails.
    pub(super) fn open(writers: &'r [Writer<'r>], sink: &'r mut Sink<'s>) -> io::Result<Self> {
        let mut outlet = Self { writers, sink, files: vec![0; writers.len()] };
        outlet.frame(true, |writer, out| writer.begin(out))?;
        Ok(outlet)
    }

    /// What stands once in each file: before the first document or after the last.
    fn frame(&mut self, first: bool, write: fn(&Writer<'_>, &mut Vec<u8>)) -> io::Result<()> {
        for (at, writer) in self.writers.iter().enumerate().filter(|(_, writer)| !writer.is_each()) {
            let mut out = Vec::new();
            write(writer, &mut out);
            let out = writer.encoded(out, first).ok_or_else(unfit)?;
            if !out.is_empty() {
                (self.sink)(Target { writer: at, file: 0 }, &out)?;
            }
        }
        Ok(())
    }

    /// What was written of a batch, when it is its turn.
    pub(super) fn put(&mut self, at: usize, written: &Written) -> io::Result<()> {
        if written.bytes.is_empty() {
            return Ok(());
        }
        let (Some(writer), Some(number)) = (self.writers.get(at), self.files.get_mut(at)) else { return Ok(()) };
        let Some(files) = written.files() else {
            return (self.sink)(Target { writer: at, file: 0 }, &writer.in_order(&written.bytes));
        };
        for bytes in files {
            *number += 1;
            (self.sink)(Target { writer: at, file: *number }, bytes)?;
        }
        Ok(())
    }

    /// Ends the files of those that write one.
    ///
    /// # Errors
    /// When the sink fails.
    pub(super) fn close(mut self) -> io::Result<()> {
        self.frame(false, |writer, out| writer.end(out))
    }
}
