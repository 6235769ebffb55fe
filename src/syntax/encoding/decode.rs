//! The decoder of a stream.

use std::io::{self, Read};

use encoding_rs::{DecoderResult, UTF_16BE, UTF_16LE};
use memchr::{memchr_iter, memmem, memrchr};

use super::Encoding;
use super::detect::{self, hex};
use crate::document::{Code, Finding, Findings, Position};
use crate::limits;

/// Decodes a file to UTF-8, part by part, with a buffer of at most 64 KiB beside the caller's.
///
/// The findings that end the file are `FILE_EMPTY`, `ARCHIVE_NOT_ALLOWED`, `ENCODING_UNSUPPORTED`,
/// `ENCODING_MISMATCH` and `ENCODING_INVALID`; the notes are `ENCODING_DETECTED`, `BYTE_ORDER_MARK` and
/// `MOJIBAKE_SUSPECT` (not across two parts), each at most once a file. Their offsets are those of the bytes received, except that the
/// last two are offsets in the decoded text when the file is not UTF-8.
pub struct Decoder<R: Read> {
    reader: R,
    encoding: Encoding,
    state: State,
    /// Bytes read but not decoded: the head of the file at first, a cut character of at most 3 bytes later.
    held: Vec<u8>,
    /// Bytes of the file before `held`.
    consumed: u64,
    /// Bytes of text handed out, and its lines.
    decoded: u64,
    line: u64,
    mark: usize,
    noted_mark: bool,
    noted_mojibake: bool,
}

/// Reads as [`Read::read`], again when a signal broke it off.
fn read_some(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

enum State {
    Start,
    Utf8,
    Other(Box<encoding_rs::Decoder>),
    Done,
}

impl<R: Read> Decoder<R> {
    /// A decoder of what `reader` yields.
    #[must_use]
    pub fn new(reader: R, encoding: Encoding) -> Self {
        Self {
            reader,
            encoding,
            state: State::Start,
            held: Vec::new(),
            consumed: 0,
            decoded: 0,
            line: 1,
            mark: 0,
            noted_mark: false,
            noted_mojibake: false,
        }
    }

    /// Appends up to about `max` bytes of UTF-8 to `out`, never cutting a character; false at the end of the file or
    /// after a finding that ends it, before which the valid text is still appended.
    ///
    /// # Errors
    /// What the reader fails with.
    pub fn read(&mut self, out: &mut Vec<u8>, max: usize, findings: &mut Findings) -> io::Result<bool> {
        let max = max.max(4);
        if matches!(self.state, State::Start) {
            self.begin(findings)?;
        }
        let before = out.len();
        // Held back until the text before it is looked at, so that findings come in the order of the file.
        let mut ending = Findings::default();
        let more = match self.state {
            State::Start | State::Done => false,
            State::Utf8 => self.read_utf8(out, max, &mut ending)?,
            State::Other(_) => self.read_other(out, max, &mut ending)?,
        };
        self.look_at(out.get(before..).unwrap_or_default(), findings);
        findings.append(ending);
        if !more {
            self.state = State::Done;
        }
        Ok(more)
    }

    /// The name of the encoding: the one declared until the first read, the one in use from then on.
    pub fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    /// Bytes of the byte order mark that were passed over: for UTF-8, the file's offset of the first byte of text.
    pub fn mark_bytes(&self) -> usize {
        self.mark
    }

    /// Fills `held` with the head of the file and decides the encoding.
    fn begin(&mut self, findings: &mut Findings) -> io::Result<()> {
        let room = limits::SNIFF_BYTES.saturating_sub(self.held.len()) as u64;
        self.reader.by_ref().take(room).read_to_end(&mut self.held)?;
        match detect::choose(self.encoding, &self.held, self.held.len() < limits::SNIFF_BYTES) {
            Err(finding) => {
                findings.push(*finding);
                self.state = State::Done;
            }
            Ok(choice) => {
                self.held.drain(..choice.mark);
                (self.consumed, self.mark, self.encoding) = (choice.mark as u64, choice.mark, choice.encoding);
                self.state = match choice.encoding {
                    Encoding::Legacy(legacy) => other(legacy),
                    Encoding::Utf16Le => other(UTF_16LE),
                    Encoding::Utf16Be => other(UTF_16BE),
                    Encoding::Utf8 | Encoding::Utf16 | Encoding::Detect => State::Utf8,
                };
                findings.extend(choice.note);
            }
        }
        Ok(())
    }

    /// Moves up to `max` bytes of the file to the end of `out`; false if the file is at its end.
    fn fill(&mut self, out: &mut Vec<u8>, max: usize) -> io::Result<bool> {
        let held = self.held.len().min(max);
        out.extend(self.held.drain(..held));
        // Room for one call's bytes at a time, which stay in the cache from clearing to reading.
        let end = out.len() + (max - held);
        while out.len() < end {
            let at = out.len();
            out.resize(end.min(at + limits::READ_BYTES), 0);
            let got = read_some(&mut self.reader, out.get_mut(at..).unwrap_or_default());
            out.truncate(at + got.as_ref().copied().unwrap_or(0));
            if got? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn read_utf8(&mut self, out: &mut Vec<u8>, max: usize, findings: &mut Findings) -> io::Result<bool> {
        let before = out.len();
        let more = self.fill(out, max)?;
        let new = out.get(before..).unwrap_or_default();
        let Err(error) = std::str::from_utf8(new) else {
            self.consumed += new.len() as u64;
            return Ok(more || !new.is_empty());
        };
        let (valid, bad) = new.split_at(error.valid_up_to());
        self.consumed += valid.len() as u64;
        if error.error_len().is_none() && more {
            self.held.splice(..0, bad.iter().copied());
            out.truncate(before + error.valid_up_to());
            return Ok(true);
        }
        findings.push(self.invalid_utf8(valid, bad));
        out.truncate(before + error.valid_up_to());
        Ok(false)
    }

    fn read_other(&mut self, out: &mut Vec<u8>, max: usize, findings: &mut Findings) -> io::Result<bool> {
        let mut input = Vec::new();
        // Most bytes of a legacy encoding become at most two of UTF-8, and two of UTF-16 at most three.
        let more = self.fill(&mut input, (max / 2).max(2))?;
        let State::Other(decoder) = &mut self.state else { return Ok(false) };
        let (mut at, before) = (0, out.len());
        loop {
            let rest = input.get(at..).unwrap_or_default();
            let room = decoder.max_utf8_buffer_length_without_replacement(rest.len()).unwrap_or(max);
            let written = out.len();
            out.resize(written + room.max(16), 0);
            let Some(room) = out.get_mut(written..) else { return Ok(false) };
            let (result, read, wrote) = decoder.decode_to_utf8_without_replacement(rest, room, !more);
            out.truncate(written + wrote);
            at += read;
            match result {
                DecoderResult::OutputFull => {}
                DecoderResult::InputEmpty => {
                    self.consumed += at as u64;
                    if !more {
                        self.state = State::Done;
                    }
                    return Ok(more || out.len() > before);
                }
                DecoderResult::Malformed(length, after) => {
                    let bad = u64::from(length) + u64::from(after);
                    let text = out.get(before..).unwrap_or_default();
                    let position = self.place(text, text.len(), (self.consumed + at as u64).saturating_sub(bad));
                    let expected = format!("valid {}", self.encoding.name());
                    let found = input.get(at.saturating_sub(bad as usize)..at).unwrap_or_default();
                    findings.push(Finding::new(Code::EncodingInvalid, position).found(hex(found)).expected(expected));
                    return Ok(false);
                }
            }
        }
    }

    /// The finding for text that stops being UTF-8 after `valid`.
    fn invalid_utf8(&self, valid: &[u8], bad: &[u8]) -> Finding {
        let finding = Finding::new(Code::EncodingInvalid, self.place(valid, valid.len(), self.consumed))
            .found(hex(bad.get(..bad.len().min(4)).unwrap_or_default()))
            .expected("valid utf-8");
        let text_around = valid.get(valid.len().saturating_sub(256)..).unwrap_or_default();
        let sample = [text_around, bad.get(..bad.len().min(4096)).unwrap_or_default()].concat();
        if self.consumed < 4096 && detect::looks_ebcdic(&sample) {
            return finding.help("The bytes look like EBCDIC of a mainframe; ask the sender for UTF-8.");
        }
        // The five bytes that windows-1252 leaves unassigned.
        if sample.iter().any(|byte| matches!(byte, 0x00 | 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)) {
            return finding;
        }
        finding.help(
            "The bytes would be text in windows-1252: set the layout's `encoding` to it if the sender writes that.",
        )
    }

    /// The position of `at` in `text`, the text decoded last, with its offset in the file.
    fn place(&self, text: &[u8], at: usize, byte: u64) -> Position {
        let before = text.get(..at).unwrap_or(text);
        let line = self.line + memchr_iter(b'\n', before).count() as u64;
        let column = memrchr(b'\n', before).map_or(before.len() + 1, |newline| before.len() - newline) as u64;
        // Where the line began in an earlier part, the column is not known.
        let known = line > self.line || self.decoded == 0;
        Position { column: if known { column } else { 0 }, ..Position::at(byte, line) }
    }

    /// Notes what is suspicious in text just decoded, and counts its lines.
    fn look_at(&mut self, text: &[u8], findings: &mut Findings) {
        let shift = if self.encoding == Encoding::Utf8 { self.mark as u64 } else { 0 };
        let base = self.decoded + shift;
        if !self.noted_mark
            && let Some(at) = memmem::find(text, "\u{FEFF}".as_bytes())
        {
            self.noted_mark = true;
            findings.push(Finding::new(Code::ByteOrderMark, self.place(text, at, base + at as u64)).found("\u{FEFF}"));
        }
        if !self.noted_mojibake
            && let Some(at) = mojibake(text)
        {
            self.noted_mojibake = true;
            let shown = text.get(at..text.len().min(at + 4)).unwrap_or_default();
            findings.push(Finding::new(Code::MojibakeSuspect, self.place(text, at, base + at as u64)).found(shown));
        }
        self.line += memchr_iter(b'\n', text).count() as u64;
        self.decoded += text.len() as u64;
    }
}

fn other(encoding: &'static encoding_rs::Encoding) -> State {
    State::Other(Box::new(encoding.new_decoder_without_bom_handling()))
}

/// Where UTF-8 was read as windows-1252 and encoded again: `Ã` before a sign of Latin-1 (`Ã¼` for `ü`), and `â€`,
/// with which the quotes and dashes of typography begin.
fn mojibake(text: &[u8]) -> Option<usize> {
    let letter = memmem::find(text, b"\xC3\x83\xC2");
    letter.into_iter().chain(memmem::find(text, b"\xC3\xA2\xE2\x82\xAC")).min()
}
