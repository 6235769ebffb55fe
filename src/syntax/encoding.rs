//! Encodings: bytes to UTF-8 text and back, declared or detected, never lossy.
//!
//! UTF-8 passes through once validated. UTF-16 and the legacy encodings of the WHATWG Encoding Standard
//! (<https://encoding.spec.whatwg.org/>) are decoded by `encoding_rs`. A byte that is not valid ends the file with
//! its offset; nothing is ever replaced. UTF-7 and the escape sequences of ISO 2022 are not decoded: they are text.

mod decode;
mod detect;

use encoding_rs::{EncoderResult, ISO_2022_JP, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, X_USER_DEFINED};

pub use decode::Decoder;

/// The encoding of a file, as a layout declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16 with a byte order mark, which tells the byte order; refused without one. Written little-endian.
    Utf16,
    /// UTF-16, little-endian, with or without a byte order mark. Written without one.
    Utf16Le,
    /// UTF-16, big-endian, with or without a byte order mark. Written without one.
    Utf16Be,
    /// One of the older encodings. As the standard says, ISO-8859-1 and US-ASCII are read as windows-1252, which
    /// differs only in 0x80 to 0x9F: control characters there, letters and the euro sign here.
    Legacy(&'static encoding_rs::Encoding),
    /// A byte order mark decides, else UTF-8 if the first 64 KiB are valid, else a guess that is noted as
    /// `ENCODING_DETECTED`. Written as UTF-8.
    Detect,
}

impl Encoding {
    /// The encoding of a name such as `utf-8`, `utf-16le`, `windows-1252`, `iso-8859-15`, `shift_jis` or `detect`,
    /// in any case; the legacy ones by all labels of the standard. `None` for unknown names and for ISO-2022-JP,
    /// whose escape sequences hide text from checks.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let lower = name.trim().to_ascii_lowercase();
        match lower.as_str() {
            "utf-16" => return Some(Self::Utf16),
            "utf-16le" => return Some(Self::Utf16Le),
            "utf-16be" => return Some(Self::Utf16Be),
            "detect" => return Some(Self::Detect),
            _ => {}
        }
        let known = encoding_rs::Encoding::for_label(lower.as_bytes())?;
        if known == UTF_8 {
            return Some(Self::Utf8);
        }
        let unfit = [UTF_16LE, UTF_16BE, ISO_2022_JP, REPLACEMENT, X_USER_DEFINED];
        (!unfit.contains(&known)).then_some(Self::Legacy(known))
    }

    /// The name, which [`Self::from_name`] takes.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Legacy(encoding) => encoding.name(),
            Self::Detect => "detect",
        }
    }
}

/// Appends `text` in an encoding. For [`Encoding::Utf16`] each call writes a byte order mark: encode the whole text,
/// or the first part so and the others with [`Encoding::Utf16Le`].
///
/// # Errors
/// The first character that the encoding cannot represent; nothing is appended then. No character is ever replaced.
pub fn encode(text: &str, encoding: Encoding, out: &mut Vec<u8>) -> Result<(), char> {
    match encoding {
        Encoding::Utf8 | Encoding::Detect => out.extend_from_slice(text.as_bytes()),
        Encoding::Utf16 => {
            out.extend_from_slice(&[0xFF, 0xFE]);
            out.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        }
        Encoding::Utf16Le => out.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
        Encoding::Utf16Be => out.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
        Encoding::Legacy(legacy) => return encode_legacy(text, legacy, out),
    }
    Ok(())
}

fn encode_legacy(text: &str, legacy: &'static encoding_rs::Encoding, out: &mut Vec<u8>) -> Result<(), char> {
    let before = out.len();
    let mut encoder = legacy.new_encoder();
    let mut rest = text;
    loop {
        // The bound is exact enough for one call; where it cannot be told, the loop makes room again.
        let room = encoder.max_buffer_length_from_utf8_without_replacement(rest.len()).unwrap_or(rest.len());
        out.reserve(room.max(16));
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, out, true);
        match result {
            EncoderResult::InputEmpty => return Ok(()),
            EncoderResult::OutputFull => rest = rest.get(read..).unwrap_or_default(),
            EncoderResult::Unmappable(character) => {
                out.truncate(before);
                return Err(character);
            }
        }
    }
}

#[cfg(test)]
mod tests;
