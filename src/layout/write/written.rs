//! What was written of a batch: for one file, or for a file of each document.

/// Stands behind each document that has a file of its own, until it is encoded: no byte of UTF-8.
pub(super) const END: u8 = 0xFF;

/// Bytes written, in the encoding of the target.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// All bytes.
    pub bytes: Vec<u8>,
    /// Where each file ends, if each document has its own.
    pub ends: Option<Vec<usize>>,
}

impl Written {
    /// Bytes of one file.
    #[must_use]
    pub const fn of(bytes: Vec<u8>) -> Self {
        Self { bytes, ends: None }
    }

    /// Texts with [`END`] behind each, encoded one by one as whole files; none if one cannot be.
    pub(super) fn each(text: &[u8], encoded: impl Fn(Vec<u8>) -> Option<Vec<u8>>) -> Option<Self> {
        let (mut bytes, mut ends) = (Vec::with_capacity(text.len()), Vec::new());
        let mut rest = text;
        while let Some(end) = memchr::memchr(END, rest) {
            bytes.append(&mut encoded(rest[..end].to_vec())?);
            ends.push(bytes.len());
            rest = &rest[end + 1..];
        }
        Some(Self { bytes, ends: Some(ends) })
    }

    /// The files, if each document has its own.
    pub fn files(&self) -> Option<impl Iterator<Item = &[u8]>> {
        let ends = self.ends.as_ref()?;
        let starts = std::iter::once(0).chain(ends.iter().copied());
        Some(starts.zip(ends).filter_map(|(start, end)| self.bytes.get(start..*end)))
    }
}
