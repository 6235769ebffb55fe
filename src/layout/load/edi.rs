//! The parts of a layout that only X12 and EDIFACT have: sets and messages, and the segments that are written.

use super::one_byte;
use crate::document::{Code, Kind, Level};
use crate::layout::model::{Body, BodyLevel, EdifactFile, EdifactWrite, X12File, X12Write};
use crate::layout::template::{self, Signs, Template};
use crate::layout::toml::{Table, Value};
use crate::syntax::edifact::{Level as Charset, Syntax};

/// What is written is checked against the kind of document, which is read again: its mistakes are told elsewhere.
pub(super) fn x12_file(table: &Table<'_, '_>, root: &Table<'_, '_>) -> X12File {
    let kind = root.text("document").and_then(|name| Kind::from_name(&name));
    let (releases, write) = (table.texts("releases"), table.table("write"));
    let x12 = X12File {
        sets: table.texts("sets"),
        line: table.text("line").unwrap_or_default(),
        required: table.texts("required"),
        stores: table.flag("stores"),
        write: kind.and_then(|kind| x12_write(&write, kind, releases.first())),
        releases,
    };
    table.finish();
    x12
}

pub(super) fn edifact_file(table: &Table<'_, '_>, root: &Table<'_, '_>) -> EdifactFile {
    let kind = root.text("document").and_then(|name| Kind::from_name(&name));
    let (directories, write) = (table.texts("directories"), table.table("write"));
    let edifact = EdifactFile {
        messages: table.texts("messages"),
        line: table.text("line").unwrap_or_default(),
        line_groups: table.texts("line_groups"),
        required: table.texts("required"),
        level: table.text("level").unwrap_or_default(),
        codes: table.texts("codes"),
        write: kind.and_then(|kind| edifact_write(&write, kind, directories.first())),
        directories,
    };
    if edifact.messages.is_empty() {
        table.required("messages");
    }
    table.finish();
    edifact
}

fn x12_write(table: &Table<'_, '_>, kind: Kind, release: Option<&String>) -> Option<X12Write> {
    if !table.exists() {
        return None;
    }
    let write = X12Write {
        group: table.required("group").unwrap_or_default(),
        release: table.text("release").or_else(|| release.cloned()).unwrap_or_default(),
        body: body(table, Signs::X12, kind),
    };
    table.finish();
    Some(write)
}

fn edifact_write(table: &Table<'_, '_>, kind: Kind, directory: Option<&String>) -> Option<EdifactWrite> {
    if !table.exists() {
        return None;
    }
    let write = EdifactWrite {
        directory: table.text("directory").or_else(|| directory.cloned()).unwrap_or_default(),
        association: table.text("association").unwrap_or_default(),
        syntax: edifact_syntax(table),
        una: table.flag("una"),
        body: body(table, Signs::EDIFACT, kind),
    };
    table.finish();
    Some(write)
}

/// `syntax = "UNOC:3"` and `decimal = ","`.
fn edifact_syntax(table: &Table<'_, '_>) -> Syntax {
    let mut syntax = Syntax::of(Charset::Iso8859(1), 3);
    if let Some(value) = table.get("syntax") {
        let text = value.text().unwrap_or_default();
        let known = text.split_once(':').and_then(|(level, version)| {
            let version = version.parse().ok().filter(|version| (1..=4).contains(version))?;
            Some(Syntax::of(Charset::of(level.as_bytes())?, version))
        });
        match known {
            Some(known) => syntax = known,
            None => value.refuse(Code::ConfigValue, &text, "a character set and a version from 1 to 4, as in `UNOC:3`"),
        }
    }
    if let Some(value) = table.get("decimal") {
        match one_byte(&value) {
            Some(mark @ (b'.' | b',')) => syntax.decimal = mark,
            other => value.refuse(Code::ConfigValue, &other.map(char::from).unwrap_or(' ').to_string(), "`.` or `,`"),
        }
    }
    syntax
}

/// The segments of a written set.
fn body(table: &Table<'_, '_>, signs: Signs, kind: Kind) -> Body {
    let in_line = kind.has_lines();
    let level = |level: &Table<'_, '_>| {
        let by = level.get("by")?;
        let by = by.text().and_then(|text| told(&by, template::value(&text, kind, true)));
        let segments = templates(level.get("segments"), signs, kind, true);
        let optional = level.flag("optional");
        level.finish();
        Some(BodyLevel { by: by?, optional, segments })
    };
    Body {
        header: templates(table.get("header"), signs, kind, false),
        levels: table.tables("levels").iter().filter_map(level).collect(),
        line: templates(table.get("line"), signs, kind, in_line),
        summary: templates(table.get("summary"), signs, kind, false),
        together: table.flag("together"),
        left_out: left_out(table.get("left_out"), kind),
    }
}

/// `left_out = ["tip", "line.components"]`: fields of the header, and behind `line.` of lines.
fn left_out(list: Option<Value<'_, '_>>, kind: Kind) -> Vec<(Level, usize)> {
    let items = list.iter().flat_map(Value::items);
    let known = items.filter_map(|item| {
        let text = item.text()?;
        let (level, name) = match text.strip_prefix("line.") {
            Some(name) => (Level::Line, name),
            None => (Level::Header, text.as_str()),
        };
        let field = kind.field(level, name).ok_or_else(|| format!("a field of {} documents", kind.as_str()));
        told(&item, field).map(|field| (level, field))
    });
    known.collect()
}

fn templates(list: Option<Value<'_, '_>>, signs: Signs, kind: Kind, in_line: bool) -> Vec<Template> {
    let items = list.iter().flat_map(Value::items);
    items.filter_map(|item| told(&item, Template::parse(&item.text()?, signs, kind, in_line))).collect()
}

fn told<T>(value: &Value<'_, '_>, read: Result<T, String>) -> Option<T> {
    match read {
        Ok(read) => Some(read),
        Err(expected) => {
            value.refuse(Code::LayoutBinding, &value.text().unwrap_or_default(), expected);
            None
        }
    }
}
