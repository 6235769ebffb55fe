//! Cuts: before the last UNH, with the separators that hold there.

use super::super::{Level, chunk_cut};
use super::*;

fn cut(text: &str) -> Option<(&str, u8)> {
    let cut = chunk_cut(text.as_bytes(), &Syntax::of(Level::A, 3))?;
    Some((&text[cut.at..], cut.dialect.segment))
}

#[test]
fn cuts() {
    for (text, expected) in [
        ("UNH+1'BGM'UNT+3+1'", None),
        ("UNH+1'UNT+2+1'UNH+2'BGM", Some(("UNH+2'BGM", b'\''))),
        ("UNH+1'UNT+2+1'\r\nUNH+2'BGM", Some(("UNH+2'BGM", b'\''))),
        ("UNH+1'FTX+?'UNH+2'BGM", None),
        ("UNH+1'FTX+??'UNH+2'BGM", Some(("UNH+2'BGM", b'\''))),
        ("UNH+1'FTX+UNH+2'BGM", None),
        ("UNH+1'FTX+UNB+2'UNH+2'", Some(("UNH+2'", b'\''))),
        ("UNH+1'UNZ'UNA|*. ~UNB*UNOA|3~UNH*2~UNH*3~", None),
        ("UNH+1'UNZ'UNA|*.? ~UNB*UNOA|3~UNH*2~UNH*3~", Some(("UNH*3~", b'~'))),
        ("UNH+1'UNH+2'UNZ'UNA|*.? ~UNB*UNOA|3~", Some(("UNH+2'UNZ'UNA|*.? ~UNB*UNOA|3~", b'\''))),
        ("UNH+1'UNZ'UNB|X~UNH+3'", None),
        ("UNH+1'UNZ'UNB|X~UNB+UNOA:3'UNH+3'", Some(("UNH+3'", b'\''))),
    ] {
        assert_eq!(cut(text), expected, "{text}");
    }
}
