//! The only place that opens for writing, renames or syncs.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that replaces another of its name only when it is complete.
#[derive(Debug)]
pub struct Replace {
    file: Option<BufWriter<File>>,
    temporary: PathBuf,
    path: PathBuf,
}

impl Replace {
    /// Begins a file beside its final name.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn new(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let temporary = path.with_file_name(format!(".{}.{}.part", name.to_string_lossy(), std::process::id()));
        let file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        Ok(Self { file: Some(BufWriter::with_capacity(1 << 20, file)), temporary, path: path.to_owned() })
    }

    /// Makes the file appear under its name.
    ///
    /// # Errors
    /// When it cannot be written, synced or renamed.
    pub fn commit(mut self) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        }
        fs::rename(&self.temporary, &self.path)
    }
}

impl Write for Replace {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or_else(|| Err(io::ErrorKind::BrokenPipe.into()), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Replace {
    fn drop(&mut self) {
        if self.file.is_some() {
            // What is left of a file that was given up; nothing more can be done if it cannot be removed.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}
