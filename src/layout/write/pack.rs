//! Packs what is written, piece by piece: gzip (RFC 1952) and zip (PKWARE APPNOTE 6.3). The moments in both are fixed, so
//! that the same input gives the same bytes.

use std::io::{self, Write};

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc, GzBuilder};

use crate::layout::model::{Container, Enclosed};

/// The first day that the format can name, 1 January 1980, at midnight.
const DAY: u16 = 0x21;
/// The version needed to unpack: deflate.
const VERSION: u16 = 20;
/// The names are UTF-8; and sizes and check sum stand behind the data.
const UTF8: u16 = 1 << 11;
const BEHIND: u16 = 1 << 3;
const DEFLATED: u16 = 8;
/// Made on Unix, so that unpacking sets the rights that stand in the entry.
const MADE_BY: u16 = 3 << 8 | VERSION;
const RIGHTS: u32 = 0o100_644 << 16;

/// A file being packed.
pub enum Packer {
    /// As it is.
    Plain,
    /// Compressed by itself.
    Gzip(GzEncoder<Vec<u8>>),
    /// As the last of an archive's files.
    Zip(Box<Zip>),
}

/// An archive whose last file is being written.
pub struct Zip {
    entry: String,
    files: Vec<Entry>,
    data: DeflateEncoder<Vec<u8>>,
    crc: Crc,
    size: u64,
    packed: u64,
    /// Where the data file's header stands, and how much is handed out.
    begun: u64,
    written: u64,
    head: Vec<u8>,
}

/// What the directory at the end says of a file.
struct Entry {
    name: String,
    flags: u16,
    crc: u32,
    packed: u32,
    size: u32,
    at: u32,
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "a zip file holds at most 4 GiB")
}

fn short(number: u64) -> io::Result<u32> {
    u32::try_from(number).map_err(|_| too_large())
}

impl Packer {
    /// Begins a file.
    ///
    /// # Errors
    /// When what is enclosed is too large.
    pub fn new(container: Option<&Container>) -> io::Result<Self> {
        Ok(match container {
            None => Self::Plain,
            Some(Container::Gzip) => {
                let builder = GzBuilder::new().mtime(0).operating_system(255);
                Self::Gzip(builder.write(Vec::new(), Compression::default()))
            }
            Some(Container::Zip { entry, files }) => Self::Zip(Box::new(Zip::new(entry, files)?)),
        })
    }

    /// Packs a piece; what is ready of the file.
    ///
    /// # Errors
    /// When the file grows too large.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Plain => Ok(bytes.to_vec()),
            Self::Gzip(data) => {
                data.write_all(bytes)?;
                Ok(std::mem::take(data.get_mut()))
            }
            Self::Zip(zip) => zip.write(bytes),
        }
    }

    /// Ends the file; the rest of it.
    ///
    /// # Errors
    /// When the file grew too large.
    pub fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Plain => Ok(Vec::new()),
            Self::Gzip(data) => data.finish(),
            Self::Zip(zip) => zip.finish(),
        }
    }
}

impl Zip {
    fn new(entry: &str, enclosed: &[Enclosed]) -> io::Result<Self> {
        let (mut head, mut files) = (Vec::new(), Vec::new());
        for Enclosed { name, bytes } in enclosed {
            let mut data = DeflateEncoder::new(Vec::new(), Compression::default());
            data.write_all(bytes)?;
            let packed = data.finish()?;
            let mut crc = Crc::new();
            crc.update(bytes);
            let (size, at) = (short(bytes.len() as u64)?, short(head.len() as u64)?);
            let file = Entry {
                name: name.clone(),
                flags: UTF8,
                crc: crc.sum(),
                packed: short(packed.len() as u64)?,
                size,
                at,
            };
            file.header(&mut head);
            head.extend_from_slice(&packed);
            files.push(file);
        }
        let begun = head.len() as u64;
        let file =
            Entry { name: entry.to_owned(), flags: UTF8 | BEHIND, crc: 0, packed: 0, size: 0, at: short(begun)? };
        file.header(&mut head);
        let data = DeflateEncoder::new(Vec::new(), Compression::default());
        let entry = entry.to_owned();
        Ok(Self { entry, files, data, crc: Crc::new(), size: 0, packed: 0, begun, written: 0, head })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.crc.update(bytes);
        self.size += bytes.len() as u64;
        short(self.size)?;
        self.data.write_all(bytes)?;
        let mut out = std::mem::take(&mut self.head);
        let data = std::mem::take(self.data.get_mut());
        self.packed += data.len() as u64;
        out.extend_from_slice(&data);
        self.written += out.len() as u64;
        Ok(out)
    }

    fn finish(mut self) -> io::Result<Vec<u8>> {
        let mut out = std::mem::take(&mut self.head);
        let rest = self.data.finish()?;
        self.packed += rest.len() as u64;
        out.extend_from_slice(&rest);
        let (crc, packed, size) = (self.crc.sum(), short(self.packed)?, short(self.size)?);
        put(&mut out, &[0x0807_4B50, crc, packed, size]);
        let at = short(self.begun)?;
        self.files.push(Entry { name: self.entry, flags: UTF8 | BEHIND, crc, packed, size, at });
        let directory = short(self.written + out.len() as u64)?;
        let begin = out.len();
        self.files.iter().for_each(|file| file.directory(&mut out));
        let (count, length) = (self.files.len() as u16, short((out.len() - begin) as u64)?);
        put(&mut out, &[0x0605_4B50, 0]);
        [count, count].iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        put(&mut out, &[length, directory]);
        out.extend_from_slice(&[0, 0]);
        Ok(out)
    }
}

impl Entry {
    /// What stands in front of the data.
    fn header(&self, out: &mut Vec<u8>) {
        put(out, &[0x0403_4B50]);
        out.extend_from_slice(&VERSION.to_le_bytes());
        self.common(out);
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(self.name.as_bytes());
    }

    fn directory(&self, out: &mut Vec<u8>) {
        put(out, &[0x0201_4B50]);
        [MADE_BY, VERSION].iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        self.common(out);
        // No further fields, no comment, the first disk, no inner attributes.
        out.extend_from_slice(&[0; 8]);
        put(out, &[RIGHTS, self.at]);
        out.extend_from_slice(self.name.as_bytes());
    }

    fn common(&self, out: &mut Vec<u8>) {
        [self.flags, DEFLATED, 0, DAY].iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        put(out, &[self.crc, self.packed, self.size]);
        // A name has at most 255 bytes.
        out.extend_from_slice(&(self.name.len() as u16).to_le_bytes());
    }
}

fn put(out: &mut Vec<u8>, numbers: &[u32]) {
    numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn packed(container: &Container, pieces: &[&[u8]]) -> Vec<u8> {
        let mut packer = Packer::new(Some(container)).unwrap();
        let mut out = Vec::new();
        pieces.iter().for_each(|piece| out.append(&mut packer.write(piece).unwrap()));
        out.append(&mut packer.finish().unwrap());
        out
    }

    #[test]
    fn gzip_is_read_back_and_has_no_moment() {
        let out = packed(&Container::Gzip, &[b"abc", b"", b"def"]);
        let mut text = String::new();
        flate2::read::GzDecoder::new(out.as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "abcdef");
        assert_eq!(&out[4..8], [0; 4]);
    }

    #[test]
    fn a_zip_names_its_files_where_they_stand() {
        let files = vec![Enclosed { name: "Manifest.xml".into(), bytes: b"<m/>".to_vec() }];
        let zip = Container::Zip { entry: "data.csv".into(), files };
        let out = packed(&zip, &[b"a,b\n", b"1,2\n"]);
        assert_eq!(out, packed(&zip, &[b"a,b\n", b"1,2\n"]));
        let number = |at: usize| u32::from_le_bytes(out[at..at + 4].try_into().unwrap()) as usize;
        let end = out.len() - 22;
        assert_eq!((number(end), &out[end + 8..end + 12]), (0x0605_4B50, &[2, 0, 2, 0][..]));
        let mut at = number(end + 16);
        for (name, text) in [("Manifest.xml", "<m/>"), ("data.csv", "a,b\n1,2\n")] {
            assert_eq!((number(at), &out[at + 46..at + 46 + name.len()]), (0x0201_4B50, name.as_bytes()));
            assert_eq!(number(at + 24), text.len());
            let header = number(at + 42);
            assert_eq!((number(header), &out[header + 30..header + 30 + name.len()]), (0x0403_4B50, name.as_bytes()));
            let data = header + 30 + name.len();
            let mut read = String::new();
            let mut deflate = flate2::read::DeflateDecoder::new(&out[data..data + number(at + 20)]);
            deflate.read_to_string(&mut read).unwrap();
            assert_eq!(read, text);
            at += 46 + name.len();
        }
        assert_eq!(at, end);
    }
}
