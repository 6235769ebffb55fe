//! The encoding of what is written: from UTF-8 to what the target takes, never with a character replaced.

use crate::document::Code;
use crate::layout::model::{EdifactFile, File, Layout};
use crate::layout::template::Template;
use crate::layout::toml::Table;
use crate::syntax::encoding::{Encoding, encode};

/// Text in an encoding; `first` is the beginning of a file. None when a character cannot be represented: documents that
/// hold one were rejected before, and layouts that do were refused.
#[must_use]
pub fn encoded(text: Vec<u8>, encoding: Encoding, first: bool) -> Option<Vec<u8>> {
    let encoding = match encoding {
        Encoding::Utf8 | Encoding::Detect => return Some(text),
        // The byte order mark stands once.
        Encoding::Utf16 if !first => Encoding::Utf16Le,
        other => other,
    };
    let mut out = Vec::with_capacity(text.len());
    encode(std::str::from_utf8(&text).ok()?, encoding, &mut out).ok()?;
    Some(out)
}

/// Whether every character can be written: only the older encodings lack some.
#[must_use]
pub fn is_narrow(encoding: Encoding) -> bool {
    matches!(encoding, Encoding::Legacy(_))
}

/// Refuses a layout that writes what its own encoding cannot represent.
pub fn check(layout: &Layout, root: &Table<'_, '_>) {
    if let File::Edifact(EdifactFile { write: Some(write), .. }) = &layout.file {
        let values = layout.values.values().flat_map(|map| map.pairs.iter().map(|(from, _)| from));
        for text in write.body.templates().flat_map(Template::literals).chain(values) {
            if let Some(c) = text.chars().find(|c| c.is_control() || !write.syntax.has(*c)) {
                let found = format!("U+{:04X} in {text}", u32::from(c));
                let expected = format!("characters of {}", write.syntax.level.identifier());
                root.report(Code::LayoutBinding, &root.position(), &found, expected);
            }
        }
    }
    if !layout.writes || matches!(layout.encoding, Encoding::Utf8 | Encoding::Detect) {
        return;
    }
    let name = layout.encoding.name();
    let refuse = |found: &str, expected: String| root.report(Code::LayoutBinding, &root.position(), found, expected);
    match &layout.file {
        File::Json => refuse(name, "JSON in UTF-8".to_owned()),
        File::Table(table) if table.bom => refuse("bom", "a byte order mark only in UTF-8".to_owned()),
        _ => {}
    }
    for text in texts(layout) {
        if let Err(c) = encode(text, layout.encoding, &mut Vec::new()) {
            refuse(&format!("U+{:04X} in {text}", u32::from(c)), format!("characters of {name}"));
        }
    }
}

/// What the layout itself brings into a file.
fn texts(layout: &Layout) -> impl Iterator<Item = &str> {
    let constants = layout.bindings.iter().filter_map(|binding| binding.constant.as_ref());
    let places = layout.bindings.iter().filter_map(|binding| binding.from.first());
    let values = layout.values.values().flat_map(|map| map.pairs.iter().map(|(from, _)| from));
    let words = layout.formats.yes.first().into_iter().chain(layout.formats.no.first());
    constants.chain(places).chain(values).chain(words).chain(of_file(&layout.file)).map(String::as_str)
}

fn of_file(file: &File) -> Vec<&String> {
    match file {
        File::Table(table) => {
            let fixed = table.fixed.iter().flat_map(|(column, text)| [column, text]);
            table.columns.iter().chain(&table.preamble).chain(&table.second_header).chain(fixed).collect()
        }
        File::Xml(xml) => {
            let pairs = xml.groups.iter().chain(&xml.root).chain(&xml.fixed).chain(&xml.line_fixed);
            let texts = pairs.flat_map(|(path, value)| [path, value]);
            texts
                .chain([&xml.doctype])
                .chain(&xml.documents)
                .chain([&xml.line])
                .chain(xml.namespaces.values())
                .collect()
        }
        File::Fixed(file) => {
            let pairs = file.tree.fixed.iter().chain(&file.tree.line_fixed);
            pairs.map(|(_, value)| value).chain(file.records.iter().flat_map(|record| &record.names)).collect()
        }
        File::X12(_) | File::Edifact(_) | File::Json => Vec::new(),
    }
}
