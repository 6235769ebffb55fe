use proptest::prelude::*;

use super::*;
use crate::document::{Code, Finding, Findings};

/// Decodes in parts of `max` bytes.
fn decode(bytes: &[u8], encoding: Encoding, max: usize) -> (Vec<u8>, Vec<Finding>, &'static str) {
    let (mut out, mut findings) = (Vec::new(), Findings::default());
    let mut decoder = Decoder::new(bytes, encoding);
    let mut checked = 0;
    while decoder.read(&mut out, max, &mut findings).unwrap() {
        assert!(std::str::from_utf8(&out[checked..]).is_ok(), "a part cuts a character");
        checked = out.len();
    }
    assert!(!decoder.read(&mut out, max, &mut findings).unwrap(), "a decoder at its end stays there");
    (out, findings.into_iter().collect(), decoder.encoding())
}

fn windows_1252() -> Encoding {
    Encoding::from_name("windows-1252").unwrap()
}

/// One case: the text, and each finding as `CODE line:column @byte`; whatever the size of the parts.
fn check(case: &str, bytes: &[u8], encoding: Encoding, text: &str, expected: &[&str]) {
    for max in [4, 5, 64, 1 << 20] {
        let (got, findings, _) = decode(bytes, encoding, max);
        let places: Vec<String> = findings.iter().map(|f| format!("{} {} @{}", f.code, f.at.line, f.at.byte)).collect();
        assert_eq!((String::from_utf8(got).unwrap().as_str(), places), (text, strings(expected)), "{case}, {max}");
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[test]
fn utf8_passes_through_or_is_refused_at_the_byte() {
    type Case<'a> = (&'a str, &'a [u8], &'a str, &'a [&'a str]);
    let cases: &[Case] = &[
        ("plain", "a,ü,€,😀\n".as_bytes(), "a,ü,€,😀\n", &[]),
        ("C01", b"", "", &["FILE_EMPTY 1 @0"]),
        ("C02 only a mark", b"\xEF\xBB\xBF", "", &[]),
        ("E01 overlong", b"a\xC0\xAF", "a", &["ENCODING_INVALID 1 @1"]),
        ("E01 surrogate", b"ab\n\xED\xA0\x80", "ab\n", &["ENCODING_INVALID 2 @3"]),
        ("E01 five bytes", b"abc\xF8\x88\x80\x80\x80", "abc", &["ENCODING_INVALID 1 @3"]),
        ("E01 beyond Unicode", b"\xF4\x90\x80\x80", "", &["ENCODING_INVALID 1 @0"]),
        ("E01 lone continuation", b"abcdefg\x80", "abcdefg", &["ENCODING_INVALID 1 @7"]),
        ("E01 cut at the end", b"abcd\xE2\x82", "abcd", &["ENCODING_INVALID 1 @4"]),
        ("E01 after a mark", b"\xEF\xBB\xBFab\xFF", "ab", &["ENCODING_INVALID 1 @5"]),
        ("E02", b"M\xFCller\n", "M", &["ENCODING_INVALID 1 @1"]),
        ("E03 LE", b"\xFF\xFEa\0", "", &["ENCODING_UNSUPPORTED 1 @0"]),
        ("E03 BE", b"\xFE\xFF\0a", "", &["ENCODING_UNSUPPORTED 1 @0"]),
        ("E03 LE without mark", b"a\0,\0b\0\n\0", "", &["ENCODING_UNSUPPORTED 1 @0"]),
        ("E03 BE without mark", b"\0a\0,\0b\0\n", "", &["ENCODING_UNSUPPORTED 1 @0"]),
        ("C21 a sole NUL is for the reader", b"a,\0b,c\n", "a,\0b,c\n", &[]),
        ("E04 first mark only", b"\xEF\xBB\xBFa", "a", &[]),
        ("E04 mark and quote", b"\xEF\xBB\xBF\"a\"", "\"a\"", &[]),
        ("E04 two marks", b"\xEF\xBB\xBF\xEF\xBB\xBFa", "\u{FEFF}a", &["BYTE_ORDER_MARK 1 @3"]),
        (
            "E04 in the middle, once",
            "a\n\u{FEFF}b\u{FEFF}".as_bytes(),
            "a\n\u{FEFF}b\u{FEFF}",
            &["BYTE_ORDER_MARK 2 @2"],
        ),
        ("E07 is for the layout", "\u{A0}1\u{85}".as_bytes(), "\u{A0}1\u{85}", &[]),
        ("E09", "ü\n\u{FC}\n".as_bytes(), "ü\nü\n", &[]),
        ("E09 mixed", b"\xC3\xBC\n\xFC\n", "ü\n", &["ENCODING_INVALID 2 @3"]),
        ("E11", b"+AGE- \x1b$B\x1b(B", "+AGE- \x1b$B\x1b(B", &[]),
        ("zip", b"PK\x03\x04...", "", &["ARCHIVE_NOT_ALLOWED 1 @0"]),
        ("gzip", b"\x1F\x8B\x08\0", "", &["ARCHIVE_NOT_ALLOWED 1 @0"]),
    ];
    for (case, bytes, text, expected) in cases {
        check(case, bytes, Encoding::Utf8, text, expected);
    }
}

#[test]
fn e06_text_encoded_twice_is_noted_once() {
    let text = "Müller, Ã¼ber Ã¶de â€“";
    let (out, findings, _) = decode(text.as_bytes(), Encoding::Utf8, 1 << 20);
    assert_eq!(out, text.as_bytes());
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].code, findings[0].found.as_str(), findings[0].at.byte), (Code::MojibakeSuspect, "Ã¼", 9));
    for sound in ["SÃO PAULO", "château, 5 €", "â‚", "Ãà"] {
        assert_eq!(decode(sound.as_bytes(), Encoding::Utf8, 64).1, [], "{sound}");
    }
}

#[test]
fn e12_a_flood_of_combining_characters_is_text() {
    let text = format!("a{}", "\u{301}".repeat(10_000));
    assert_eq!(decode(text.as_bytes(), Encoding::Utf8, 7).0, text.as_bytes());
}

#[test]
fn invalid_bytes_come_with_a_hint() {
    let ebcdic = b"\xC8\xC5\xC1\xC4\xC5\xD9\x40\xF0\xF0\xF1\x15\xD6\xD9\xC4\xC5\xD9\x40\xF4\xF2\x15";
    let cases: &[(&str, &[u8], &str)] = &[
        ("E02", b"name\nM\xFCller\n", "windows-1252"),
        ("E05", ebcdic, "EBCDIC"),
        ("E01 not windows-1252 either", b"a\x81\xFF", "Set the layout's `encoding`"),
    ];
    for (case, bytes, hint) in cases {
        let (_, findings, _) = decode(bytes, Encoding::Utf8, 1 << 20);
        assert_eq!(findings[0].code, Code::EncodingInvalid, "{case}");
        assert!(findings[0].help.contains(hint), "{case}: {}", findings[0].help);
    }
    let (_, findings, _) = decode(ebcdic, Encoding::Detect, 1 << 20);
    assert!(findings[0].code == Code::EncodingInvalid && findings[0].help.contains("EBCDIC"));
}

#[test]
fn declared_encodings_are_decoded() {
    type Case<'a> = (&'a str, Encoding, &'a [u8], &'a str, &'a [&'a str]);
    let cases: &[Case] = &[
        ("1252", windows_1252(), b"M\xFCller \x80\n", "Müller €\n", &[]),
        ("1252 with a UTF-8 mark", windows_1252(), b"\xEF\xBB\xBFa", "", &["ENCODING_MISMATCH 1 @0"]),
        ("1252 with a UTF-16 mark", windows_1252(), b"\xFF\xFEa\0", "", &["ENCODING_UNSUPPORTED 1 @0"]),
        ("UTF-16 LE mark", Encoding::Utf16, b"\xFF\xFEa\0\xFC\0", "aü", &[]),
        ("UTF-16 BE mark", Encoding::Utf16, b"\xFE\xFF\0a\0\xFC", "aü", &[]),
        ("UTF-16 no mark", Encoding::Utf16, b"a\0b\0", "", &["ENCODING_UNSUPPORTED 1 @0"]),
        ("UTF-16LE", Encoding::Utf16Le, b"a\0\n\0b\0", "a\nb", &[]),
        ("UTF-16LE, pair", Encoding::Utf16Le, b"\x3D\xD8\x00\xDE", "😀", &[]),
        ("UTF-16LE, BE mark", Encoding::Utf16Le, b"\xFE\xFF\0a", "", &["ENCODING_UNSUPPORTED 1 @0"]),
        ("UTF-16LE, lone surrogate", Encoding::Utf16Le, b"a\0\n\0\x3D\xD8b\0", "a\n", &["ENCODING_INVALID 2 @4"]),
        ("UTF-16LE, odd end", Encoding::Utf16Le, b"a\0b", "a", &["ENCODING_INVALID 1 @2"]),
        ("UTF-16BE", Encoding::Utf16Be, b"\0a\0b", "ab", &[]),
        ("empty", windows_1252(), b"", "", &["FILE_EMPTY 1 @0"]),
        ("zip", windows_1252(), b"PK\x03\x04", "", &["ARCHIVE_NOT_ALLOWED 1 @0"]),
    ];
    for (case, encoding, bytes, text, expected) in cases {
        check(case, bytes, *encoding, text, expected);
    }
    let japanese = Encoding::from_name("shift_jis").unwrap();
    check("Shift_JIS", b"\x93\xFA\x96{\n", japanese, "日本\n", &[]);
    assert_eq!(decode(b"ab\x93", japanese, 64).1[0].code, Code::EncodingInvalid);
}

#[test]
fn detection_is_by_mark_then_validity_then_guess() {
    let german = "Größe;Stückzahl;Straße\nJäger GmbH;5;Müllerstraße\nKöln;Düsseldorf;Österreich\n";
    let mut legacy = Vec::new();
    encode(german, windows_1252(), &mut legacy).unwrap();
    type Case<'a> = (&'a str, &'a [u8], &'a str, &'a str, &'a [&'a str]);
    let cases: &[Case] = &[
        ("UTF-8", german.as_bytes(), german, "utf-8", &[]),
        ("ASCII", b"a,b\n", "a,b\n", "utf-8", &[]),
        ("UTF-8 mark", b"\xEF\xBB\xBFa", "a", "utf-8", &[]),
        ("UTF-16 mark", b"\xFF\xFEa\0", "a", "utf-16le", &[]),
        ("UTF-16 without mark", b"a\0b\0c\0", "", "detect", &["ENCODING_UNSUPPORTED"]),
        ("windows-1252", &legacy, german, "windows-1252", &["ENCODING_DETECTED"]),
    ];
    for (case, bytes, text, name, codes) in cases {
        let (out, findings, encoding) = decode(bytes, Encoding::Detect, 1 << 20);
        let got: Vec<String> = findings.iter().map(|finding| finding.code.as_str().to_owned()).collect();
        assert_eq!((out.as_slice(), encoding, got), (text.as_bytes(), *name, strings(codes)), "{case}");
    }
}

#[test]
fn invalid_bytes_far_behind_are_found_at_their_offset() {
    let mut bytes = "ü,1\n".repeat(100_000).into_bytes();
    let at = bytes.len() as u64;
    bytes.push(0xFC);
    for (encoding, max) in [(Encoding::Utf8, 4096), (Encoding::Detect, 1 << 20)] {
        let (out, findings, _) = decode(&bytes, encoding, max);
        assert_eq!((out.len() as u64, findings[0].at.byte, findings[0].at.line), (at, at, 100_001));
    }
}

#[test]
fn names_are_known_in_both_directions() {
    let names = ["utf-8", "utf-16", "utf-16le", "utf-16be", "windows-1252", "iso-8859-15", "shift_jis", "detect"];
    for name in names {
        let encoding = Encoding::from_name(name).unwrap();
        assert_eq!(encoding.name().to_ascii_lowercase(), name);
        assert_eq!(Encoding::from_name(&name.to_ascii_uppercase()), Some(encoding));
    }
    assert_eq!(Encoding::from_name("iso-8859-1"), Some(windows_1252()));
    for unknown in ["", "ebcdic", "utf-7", "iso-2022-jp", "x-user-defined", "replacement"] {
        assert_eq!(Encoding::from_name(unknown), None, "{unknown}");
    }
}

#[test]
fn e10_what_cannot_be_represented_is_an_error() {
    let latin9 = Encoding::from_name("iso-8859-15").unwrap();
    type Case<'a> = (&'a str, Encoding, Result<&'a [u8], char>);
    let cases: &[Case] = &[
        ("a€", windows_1252(), Ok(b"a\x80")),
        ("a€", latin9, Ok(b"a\xA4")),
        ("až日", windows_1252(), Err('日')),
        ("😀", windows_1252(), Err('😀')),
        ("日", Encoding::from_name("shift_jis").unwrap(), Ok(b"\x93\xFA")),
        ("aü", Encoding::Utf8, Ok(b"a\xC3\xBC")),
        ("aü", Encoding::Utf16, Ok(b"\xFF\xFEa\0\xFC\0")),
        ("aü", Encoding::Utf16Le, Ok(b"a\0\xFC\0")),
        ("aü", Encoding::Utf16Be, Ok(b"\0a\0\xFC")),
    ];
    for (text, encoding, expected) in cases {
        let mut out = b"kept".to_vec();
        let result = encode(text, *encoding, &mut out);
        let expected_out = [b"kept", expected.unwrap_or_default()].concat();
        assert_eq!((result, out), (expected.map(|_| ()), expected_out), "{text} {}", encoding.name());
    }
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_equal(text in "[a-z,;\n\"]\\PC{0,40}", max in 4_usize..40) {
        for encoding in [Encoding::Utf8, Encoding::Utf16, windows_1252(), Encoding::from_name("gb18030").unwrap()] {
            let mut bytes = Vec::new();
            if encode(&text, encoding, &mut bytes).is_ok() {
                let (out, findings, _) = decode(&bytes, encoding, max);
                prop_assert!(findings.iter().all(|f| f.effect() == crate::document::Effect::Note), "{findings:?}");
                prop_assert_eq!(String::from_utf8(out).unwrap(), text.clone());
            }
        }
    }

    #[test]
    fn any_bytes_decode_alike_in_any_parts(bytes in prop::collection::vec(any::<u8>(), 0..200), max in 4_usize..40) {
        for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Detect, Encoding::from_name("shift_jis").unwrap()] {
            let whole = decode(&bytes, encoding, 1 << 20);
            let parts = decode(&bytes, encoding, max);
            prop_assert_eq!(whole.0, parts.0);
            let places = |findings: &[Finding]| {
                // Mojibake is looked for within a part.
                let sure = findings.iter().filter(|f| f.code != Code::MojibakeSuspect);
                sure.map(|f| (f.code, f.at.byte)).collect::<Vec<_>>()
            };
            prop_assert_eq!(places(&whole.1), places(&parts.1));
        }
    }
}
