//! Encodings: bytes to UTF-8 text and back, declared or detected, never lossy.

use std::io::{self, Read};

use crate::document::{Code, Finding, Findings, Position};

/// How the characters of a file are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without byte order mark.
    Utf8,
    /// UTF-16, big or little endian by its byte order mark.
    Utf16,
    /// A one-byte or East Asian encoding. The Encoding Standard reads ISO-8859-1 as windows-1252.
    Legacy(&'static encoding_rs::Encoding),
    /// By byte order mark, else UTF-8 if the first text is valid, else guessed and reported.
    Detect,
}

impl Encoding {
    /// The encoding of a name such as `utf-8`, `utf-16`, `windows-1252`, `iso-8859-15`, `shift_jis` or `detect`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Some(Self::Utf8),
            "utf-16" | "utf-16le" | "utf-16be" => Some(Self::Utf16),
            "detect" => Some(Self::Detect),
            other => encoding_rs::Encoding::for_label(other.as_bytes()).map(Self::Legacy),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 => "UTF-16",
            Self::Legacy(encoding) => encoding.name(),
            Self::Detect => "detected",
        }
    }

    /// Encodes a text; the error is the first character that cannot be represented, which is never replaced.
    ///
    /// # Errors
    /// The character.
    pub fn encode(self, text: &str, out: &mut Vec<u8>) -> Result<(), char> {
        match self {
            Self::Utf8 | Self::Detect => out.extend_from_slice(text.as_bytes()),
            Self::Utf16 => text.encode_utf16().for_each(|unit| out.extend_from_slice(&unit.to_le_bytes())),
            Self::Legacy(encoding) => {
                let (bytes, _, unmappable) = encoding.encode(text);
                if unmappable {
                    let lost = |c: &char| encoding.encode(&c.to_string()).2;
                    return Err(text.chars().find(lost).unwrap_or('\u{fffd}'));
                }
                out.extend_from_slice(&bytes);
            }
        }
        Ok(())
    }
}

const BLOCK: usize = 256 << 10;
/// Bytes looked at to guess an encoding.
const GUESS: usize = 64 << 10;

/// Decodes a file block by block.
pub struct Decoder<R: Read> {
    reader: R,
    wanted: Encoding,
    decoder: Option<encoding_rs::Decoder>,
    name: &'static str,
    raw: Vec<u8>,
    offset: u64,
    begun: bool,
    at_end: bool,
    suspected: bool,
}

impl<R: Read> Decoder<R> {
    /// A decoder of raw bytes.
    pub fn new(reader: R, encoding: Encoding) -> Self {
        Self {
            reader,
            wanted: encoding,
            decoder: None,
            name: encoding.name(),
            raw: Vec::new(),
            offset: 0,
            begun: false,
            at_end: false,
            suspected: false,
        }
    }

    /// The encoding in use.
    pub fn encoding(&self) -> &'static str {
        self.name
    }

    /// Appends about `max` bytes of text, never half a character; false at the end of the file, and after a finding
    /// that ends it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&mut self, out: &mut Vec<u8>, max: usize, findings: &mut Findings) -> io::Result<bool> {
        self.fill(max.max(BLOCK))?;
        if !self.begun {
            self.begun = true;
            if let Err(finding) = self.begin(findings) {
                findings.push(*finding);
                return Ok(false);
            }
        }
        let from = out.len();
        let going = match &mut self.decoder {
            Some(_) => self.transcode(out),
            None => self.pass(out),
        };
        match going.and_then(|()| self.look(&out[from..], findings)) {
            Ok(()) => Ok(!(self.at_end && self.raw.is_empty())),
            Err(finding) => {
                out.truncate(from);
                findings.push(*finding);
                Ok(false)
            }
        }
    }

    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        let missing = wanted.saturating_sub(self.raw.len());
        if missing > 0 && !self.at_end {
            let read = (&mut self.reader).take(missing as u64).read_to_end(&mut self.raw)?;
            self.at_end = read < missing;
        }
        Ok(())
    }

    /// Decides the encoding from the first bytes.
    fn begin(&mut self, findings: &mut Findings) -> Result<(), Box<Finding>> {
        let refuse = |code, expected: &str| Err(Box::new(Finding::new(code, Position::at(0, 1)).expected(expected)));
        if self.raw.is_empty() {
            return refuse(Code::FileEmpty, "a file with content");
        }
        if self.raw.starts_with(b"PK\x03\x04") || self.raw.starts_with(&[0x1f, 0x8b]) {
            return refuse(Code::ArchiveNotAllowed, "the unpacked file");
        }
        let mark = encoding_rs::Encoding::for_bom(&self.raw);
        let looks_utf16 = self.raw.iter().take(64).filter(|b| **b == 0).count() >= 8;
        let encoding = match (self.wanted, mark) {
            (Encoding::Utf8, Some((mark, _))) if mark != encoding_rs::UTF_8 => {
                return refuse(Code::EncodingUnsupported, "UTF-8; the file begins with a mark of UTF-16");
            }
            (Encoding::Utf8, None) if looks_utf16 => {
                return refuse(Code::EncodingUnsupported, "UTF-8; the zero bytes look like UTF-16");
            }
            (Encoding::Utf16, Some((mark, _))) | (Encoding::Detect, Some((mark, _))) => mark,
            (Encoding::Utf16, None) => return refuse(Code::EncodingUnsupported, "a byte order mark of UTF-16"),
            (Encoding::Legacy(encoding), _) => encoding,
            (Encoding::Utf8, _) => encoding_rs::UTF_8,
            (Encoding::Detect, None) => self.guess(findings),
        };
        self.name = encoding.name();
        if encoding == encoding_rs::UTF_8 {
            let skip = if mark.is_some() { 3 } else { 0 };
            self.raw.drain(..skip);
            self.offset = skip as u64;
        } else {
            self.decoder = Some(encoding.new_decoder());
        }
        Ok(())
    }

    fn guess(&self, findings: &mut Findings) -> &'static encoding_rs::Encoding {
        let head = &self.raw[..self.raw.len().min(GUESS)];
        let valid = match std::str::from_utf8(head) {
            Ok(_) => true,
            Err(error) => error.error_len().is_none() && error.valid_up_to() + 4 > head.len(),
        };
        if valid {
            return encoding_rs::UTF_8;
        }
        let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
        detector.feed(head, true);
        let guess = detector.guess(None, chardetng::Utf8Detection::Deny);
        findings.push(Finding::new(Code::EncodingDetected, Position::at(0, 1)).found(guess.name()));
        guess
    }

    /// UTF-8: what is valid passes as it is.
    fn pass(&mut self, out: &mut Vec<u8>) -> Result<(), Box<Finding>> {
        let valid = match std::str::from_utf8(&self.raw) {
            Ok(_) => self.raw.len(),
            Err(error) if error.error_len().is_none() && !self.at_end => error.valid_up_to(),
            Err(error) => return Err(Box::new(self.invalid(error.valid_up_to()))),
        };
        out.extend_from_slice(&self.raw[..valid]);
        self.raw.drain(..valid);
        self.offset += valid as u64;
        Ok(())
    }

    fn invalid(&self, at: usize) -> Finding {
        let rest = self.raw.get(at..).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', &self.raw[..at]).count() as u64 + 1;
        let line = if self.offset <= 3 { line } else { 0 };
        let hex: Vec<String> = rest.iter().take(4).map(|b| format!("{b:02X}")).collect();
        let ebcdic = rest.iter().take(64).filter(|b| matches!(**b, 0x40 | 0x81..=0xA9 | 0xC1..=0xF9)).count() > 40;
        let help = if ebcdic {
            "The bytes look like EBCDIC; ask the sender for UTF-8."
        } else {
            "If the sender writes windows-1252, set `encoding = \"windows-1252\"` in the layout."
        };
        Finding::new(Code::EncodingInvalid, Position::at(self.offset + at as u64, line))
            .found(format!("bytes {}", hex.join(" ")))
            .expected("valid UTF-8")
            .help(help)
    }

    fn transcode(&mut self, out: &mut Vec<u8>) -> Result<(), Box<Finding>> {
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        let capacity =
            decoder.max_utf8_buffer_length_without_replacement(self.raw.len()).unwrap_or(self.raw.len() * 3 + 16);
        let mut text = vec![0; capacity];
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(&self.raw, &mut text, self.at_end);
        if let encoding_rs::DecoderResult::Malformed(bad, after) = result {
            let at = self.offset + (read as u64).saturating_sub(u64::from(bad) + u64::from(after));
            let finding =
                Finding::new(Code::EncodingInvalid, Position::at(at, 0)).expected(format!("valid {}", self.name));
            return Err(Box::new(finding));
        }
        out.extend_from_slice(&text[..written]);
        self.raw.drain(..read);
        self.offset += read as u64;
        Ok(())
    }

    /// Looks for what no sound text has: NUL, and marks of files joined or encoded twice.
    fn look(&mut self, text: &[u8], findings: &mut Findings) -> Result<(), Box<Finding>> {
        if let Some(at) = memchr::memchr(0, text) {
            let line = memchr::memchr_iter(b'\n', &text[..at]).count() as u64 + 1;
            return Err(Box::new(Finding::new(Code::ControlChar, Position::at(at as u64, line)).found("NUL")));
        }
        if !self.suspected {
            let marks =
                [("\u{feff}", Code::ByteOrderMark), ("Ã¼", Code::MojibakeSuspect), ("Ã©", Code::MojibakeSuspect)];
            for (mark, code) in marks {
                if let Some(at) = memchr::memmem::find(text, mark.as_bytes()).filter(|at| *at > 0) {
                    let line = memchr::memchr_iter(b'\n', &text[..at]).count() as u64 + 1;
                    findings.push(Finding::new(code, Position::at(at as u64, line)).found(mark));
                    self.suspected = true;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], encoding: Encoding) -> (String, Vec<Code>) {
        let (mut out, mut findings) = (Vec::new(), Findings::default());
        let mut decoder = Decoder::new(bytes, encoding);
        while decoder.read(&mut out, 1 << 20, &mut findings).unwrap() {}
        (String::from_utf8(out).unwrap(), findings.kept().iter().map(|f| f.code).collect())
    }

    macro_rules! decodes {
        ($($name:ident $bytes:expr, $encoding:literal => $text:literal $codes:expr)*) => {
            $(#[test] fn $name() {
                let (text, codes) = decode($bytes, Encoding::from_name($encoding).unwrap());
                assert_eq!((text.as_str(), codes.as_slice()), ($text, &$codes[..] as &[Code]));
            })*
        };
    }

    decodes! {
        plain b"a,b\n", "utf-8" => "a,b\n" []
        c01_empty b"", "utf-8" => "" [Code::FileEmpty]
        e01_overlong b"a\xc0\xafb", "utf-8" => "" [Code::EncodingInvalid]
        e01_surrogate b"\xed\xa0\x80", "utf-8" => "" [Code::EncodingInvalid]
        e01_cut_at_the_end b"ab\xc3", "utf-8" => "" [Code::EncodingInvalid]
        e02_windows_1252_declared_utf8 b"M\xfcller\n", "utf-8" => "" [Code::EncodingInvalid]
        windows_1252 b"M\xfcller \x80\n", "windows-1252" => "Müller €\n" []
        e03_utf16_without_being_told b"\xff\xfea\0b\0", "utf-8" => "" [Code::EncodingUnsupported]
        utf16_little_endian b"\xff\xfea\0b\0", "utf-16" => "ab" []
        utf16_big_endian b"\xfe\xff\0a\0b", "utf-16" => "ab" []
        e04_mark_first b"\xef\xbb\xbfab", "utf-8" => "ab" []
        e04_mark_in_the_middle b"a\xef\xbb\xbfb", "utf-8" => "a\u{feff}b" [Code::ByteOrderMark]
        e05_ebcdic &[0xC1; 80], "utf-8" => "" [Code::EncodingInvalid]
        e06_encoded_twice "xÃ¼".as_bytes(), "utf-8" => "xÃ¼" [Code::MojibakeSuspect]
        c21_nul b"a\0b", "utf-8" => "" [Code::ControlChar]
        z01_zip b"PK\x03\x04abc", "utf-8" => "" [Code::ArchiveNotAllowed]
        detect_utf8 "Müller".as_bytes(), "detect" => "Müller" []
    }

    #[test]
    fn detected_encodings_are_reported() {
        let (text, codes) = decode(b"Gr\xfc\xdfe aus K\xf6ln, sch\xf6ne Gr\xfc\xdfe\n", Encoding::Detect);
        assert_eq!((text.contains("Grüße"), codes.as_slice()), (true, &[Code::EncodingDetected][..]));
    }

    #[test]
    fn characters_across_blocks_are_kept_whole() {
        let text = "ü".repeat(BLOCK);
        assert_eq!(decode(&[b"x", text.as_bytes()].concat(), Encoding::Utf8).0.len(), text.len() + 1);
    }

    #[test]
    fn e10_what_the_target_cannot_represent_is_named() {
        let encoding = Encoding::from_name("windows-1252").unwrap();
        let mut out = Vec::new();
        assert_eq!(encoding.encode("Łódź", &mut out), Err('Ł'));
        assert_eq!(encoding.encode("Köln", &mut out), Ok(()));
        assert_eq!(out, b"K\xf6ln");
    }
}
