//! An output of which the numbers are not known yet.

use std::fs::File;
use std::io::{self, Read};

use super::Staging;
use crate::durable;

/// An output written in pieces, which are poured out again one by one when what they lack is known. Nothing promises it:
/// what is left of one is swept away at the next start.
#[derive(Debug)]
pub struct Draft {
    staging: Staging,
    pieces: Vec<usize>,
}

impl Draft {
    /// A draft that goes to a file of its own when it is large.
    #[must_use]
    pub fn new(staging: Staging) -> Self {
        Self { staging, pieces: Vec::new() }
    }

    /// Adds a piece.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.pieces.push(piece.len());
        self.staging.write(piece)
    }

    /// Hands out the pieces in their order, and gives the draft up.
    ///
    /// # Errors
    /// When they cannot be read or taken.
    pub fn pour(self, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let Self { staging, pieces } = self;
        let finished = staging.finish()?;
        let mut piece = Vec::new();
        let Some(bytes) = finished.bytes else {
            let mut file = File::open(&finished.path)?;
            for size in pieces {
                piece.resize(size, 0);
                file.read_exact(&mut piece)?;
                take(&piece)?;
            }
            return durable::remove(&finished.path);
        };
        let mut rest = bytes.as_slice();
        for size in pieces {
            let (piece, next) = rest.split_at_checked(size).ok_or(io::ErrorKind::UnexpectedEof)?;
            take(piece)?;
            rest = next;
        }
        Ok(())
    }

    /// Gives the draft up.
    ///
    /// # Errors
    /// When what was written cannot be removed.
    pub fn discard(self) -> io::Result<()> {
        self.staging.discard()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn pieces_come_out_as_they_went_in_and_leave_nothing() {
        let folder = tempfile::tempdir().unwrap();
        for size in [3, 5 << 20] {
            let path = folder.path().join("1-1.draft");
            let mut draft = Draft::new(Staging::new(path));
            let pieces = [vec![b'a'; size], Vec::new(), vec![b'b'; size + 1], vec![b'c']];
            pieces.iter().for_each(|piece| draft.write(piece).unwrap());
            let mut poured = Vec::new();
            let take = |piece: &[u8]| {
                poured.push(piece.to_vec());
                Ok(())
            };
            draft.pour(take).unwrap();
            assert!(poured == pieces, "{size}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{size}");
        }
    }
}
