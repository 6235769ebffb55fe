//! What is known of documents from before, and who looks on while a file is read.

use std::io;

use super::DocumentRow;
use crate::document::{Batch, Findings};

/// What was known about a document before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    New,
    /// The same, unchanged.
    Unchanged,
    /// The same key with other content, in an earlier file.
    Changed,
    /// The same key with other content, in this file.
    Conflict,
}

/// What was known about an order that came again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Its last version, as stored.
    pub version: Option<Vec<u8>>,
    /// Whether it went out with this content before.
    pub was_out: bool,
}

/// Answers whether a document was received before, and remembers it.
pub trait Known {
    /// Looks a document up by its key and remembers it.
    ///
    /// # Errors
    /// When the machine fails.
    fn see(&mut self, key: u128, content: u128) -> io::Result<Seen>;

    /// The same within this file only.
    ///
    /// # Errors
    /// When the machine fails.
    fn see_here(&mut self, key: u128, content: u128) -> io::Result<Seen>;

    /// What is known of an order that came again, by its key and content.
    ///
    /// # Errors
    /// When the machine fails.
    fn past(&mut self, _key: u128, _content: u128) -> io::Result<Past> {
        Ok(Past::default())
    }

    /// Takes a document with the class that it ended in, in the order of the file, if the road lists them.
    ///
    /// # Errors
    /// When the machine fails.
    fn list(&mut self, row: DocumentRow<'_>) -> io::Result<()>;

    /// Sees a batch after it was cleaned, with what was found in it, in the order of the file.
    fn batch(&mut self, _batch: &Batch, _findings: &Findings) {}
}

/// Knows of nothing, and shows each batch to a function: for those who only look at a file.
pub struct Onlooker<F>(pub F);

impl<F: FnMut(&Batch, &Findings)> Known for Onlooker<F> {
    fn see(&mut self, _key: u128, _content: u128) -> io::Result<Seen> {
        Ok(Seen::New)
    }

    fn see_here(&mut self, _key: u128, _content: u128) -> io::Result<Seen> {
        Ok(Seen::New)
    }

    fn list(&mut self, _row: DocumentRow<'_>) -> io::Result<()> {
        Ok(())
    }

    fn batch(&mut self, batch: &Batch, findings: &Findings) {
        (self.0)(batch, findings);
    }
}
