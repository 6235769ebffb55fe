//! Where written bytes go: to one file of an output, or to one for each document.

use std::io;

use super::unfit;
use crate::layout::write::pack::Packer;
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
    packers: Vec<Packer>,
}

impl<'r, 's> Outlet<'r, 's> {
    /// Begins the files of those that write one.
    ///
    /// # Errors
    /// When the sink fails.
    pub(super) fn open(writers: &'r [Writer<'r>], sink: &'r mut Sink<'s>) -> io::Result<Self> {
        let packers = writers.iter().map(|writer| Packer::new(writer.container())).collect::<io::Result<_>>()?;
        let mut outlet = Self { writers, sink, files: vec![0; writers.len()], packers };
        outlet.frame(true, |writer, out| writer.begin(out))?;
        Ok(outlet)
    }

    /// What stands once in each file: before the first document or after the last.
    fn frame(&mut self, first: bool, write: fn(&Writer<'_>, &mut Vec<u8>)) -> io::Result<()> {
        for (at, writer) in self.writers.iter().enumerate().filter(|(_, writer)| !writer.is_each()) {
            let mut out = Vec::new();
            write(writer, &mut out);
            let out = writer.encoded(out, first).ok_or_else(unfit)?;
            self.pack(at, &out)?;
        }
        Ok(())
    }

    /// Hands out the bytes of the one file of a writer.
    fn pack(&mut self, at: usize, bytes: &[u8]) -> io::Result<()> {
        let to = Target { writer: at, file: 0 };
        match self.packers.get_mut(at) {
            _ if bytes.is_empty() => Ok(()),
            None | Some(Packer::Plain) => (self.sink)(to, bytes),
            Some(packer) => {
                let packed = packer.write(bytes)?;
                if packed.is_empty() { Ok(()) } else { (self.sink)(to, &packed) }
            }
        }
    }

    /// What was written of a batch, when it is its turn.
    pub(super) fn put(&mut self, at: usize, written: &Written) -> io::Result<()> {
        if written.bytes.is_empty() {
            return Ok(());
        }
        let writers = self.writers;
        let Some(writer) = writers.get(at) else { return Ok(()) };
        let Some(files) = written.files() else {
            return self.pack(at, &writer.in_order(&written.bytes));
        };
        for bytes in files {
            let Some(number) = self.files.get_mut(at) else { return Ok(()) };
            *number += 1;
            let mut packer = Packer::new(writer.container())?;
            let mut packed = packer.write(bytes)?;
            packed.append(&mut packer.finish()?);
            (self.sink)(Target { writer: at, file: *number }, &packed)?;
        }
        Ok(())
    }

    /// Ends the files of those that write one.
    ///
    /// # Errors
    /// When the sink fails.
    pub(super) fn close(mut self) -> io::Result<()> {
        self.frame(false, |writer, out| writer.end(out))?;
        let packers = std::mem::take(&mut self.packers);
        let writers = self.writers.iter().enumerate().zip(packers);
        for ((at, _), packer) in writers.filter(|((_, writer), _)| !writer.is_each()) {
            let rest = packer.finish()?;
            if !rest.is_empty() {
                (self.sink)(Target { writer: at, file: 0 }, &rest)?;
            }
        }
        Ok(())
    }
}
