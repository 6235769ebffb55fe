//! Characters that a target cannot take: its encoding has none of them, and none is ever replaced.

use crate::document::{Batch, Code, Finding, Findings, Level};
use crate::syntax::encoding::{Encoding, encode};

use super::Rules;

/// A text field that a target takes in an encoding that lacks characters.
#[derive(Debug)]
pub struct Narrow {
    /// Header or line.
    pub level: Level,
    /// Index into [`crate::document::Kind::fields`].
    pub field: usize,
    /// The encoding.
    pub encoding: Encoding,
    /// Values for which the target's layout has others.
    pub mapped: Vec<String>,
}

/// Reports values that the encoding of a target cannot represent.
pub fn encodable(batch: &Batch, rules: &Rules, findings: &mut Findings) {
    for Narrow { level, field, encoding, mapped } in &rules.narrow {
        let Some(field) = batch.kind.fields(*level).get(*field) else { continue };
        let Some(column) = batch.text(*level, field.name) else { continue };
        for (row, text) in column.iter().enumerate() {
            let text = text.filter(|text| !mapped.iter().any(|known| known == text));
            let Some(c) = text.and_then(|text| foreign(text, *encoding)) else { continue };
            let at = batch.position(*level, row).field(field.name);
            let finding = Finding::new(Code::EncodingTarget, at).expected(format!("characters of {}", encoding.name()));
            let found = format!("U+{:04X}", u32::from(c));
            let finding = if field.personal { finding.found_personal(&found) } else { finding.found(&found) };
            findings.push(match level {
                Level::Header => finding.in_document(row as u32),
                Level::Line => finding.on_line(row as u32),
            });
        }
    }
}

/// The first character that an encoding cannot represent.
fn foreign(text: &str, encoding: Encoding) -> Option<char> {
    if text.is_ascii() { None } else { encode(text, encoding, &mut Vec::new()).err() }
}
