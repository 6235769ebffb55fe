//! `fill` of an output: where a system's last export is, and how its rows are filled in.

use std::path::{Path, PathBuf};
use std::time::Duration;

use globset::Glob;

use crate::document::Code;
use crate::layout::Layout;
use crate::layout::library::Library;
use crate::layout::toml::{Table, nearest};
use crate::layout::write_back::{self, WriteBack};

/// After so many hours an export is too old, if the output does not say it.
const MAX_AGE_HOURS: usize = 48;

/// The last export of a system that an output fills in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FillFrom {
    /// The folder of the exports.
    pub folder: PathBuf,
    /// Which names in it are exports.
    pub pattern: String,
    /// How old an export may be.
    pub max_age: Duration,
    /// How its rows are found and changed.
    pub rules: WriteBack,
}

/// Reads `fill` of an output that writes a layout.
pub(super) fn read(output: &Table<'_, '_>, root: &Path, library: &Library, layout: &Layout) -> Option<FillFrom> {
    let value = output.get("fill")?;
    let table = value.table()?;
    let Some(own) = &layout.write_back else {
        value.refuse(Code::ConfigReference, &layout.name, "a layout with [write_back]; see `consign layouts`");
        return None;
    };
    let mut rules = own.clone();
    let from = table.required("from");
    if let Some(value) = table.get("layout")
        && let Some(name) = value.text()
    {
        match library.get(&name) {
            Ok(export) if export.kind == layout.kind && export.reads => rules.export = name,
            _ => {
                let expected = format!("a layout that reads {} documents", layout.kind.as_str());
                value.refuse(Code::ConfigReference, &name, expected);
            }
        }
    }
    for (key, is_key) in [("key", true), ("change", false)] {
        let Some(value) = table.get(key) else { continue };
        let mut all = Vec::new();
        for text in value.texts() {
            match write_back::key(layout.kind, &text) {
                Some(fields) => all.push(fields),
                None => {
                    let fields = layout.kind.fields(write_back::level(layout.kind));
                    value.refuse(Code::ConfigValue, &text, nearest(&text, fields.iter().map(|field| field.name)));
                }
            }
        }
        if is_key {
            rules.keys = all;
        } else {
            rules.change = all.into_iter().flatten().collect();
        }
    }
    let hours = table.number("max_age_hours").unwrap_or(MAX_AGE_HOURS) as u64;
    table.finish();
    let (folder, pattern) = place(root, &from?);
    if let Err(error) = Glob::new(&pattern) {
        value.refuse(Code::ConfigValue, &pattern, format!("a pattern such as *.csv ({})", error.kind()));
        return None;
    }
    Some(FillFrom { folder, pattern, max_age: Duration::from_secs(hours.saturating_mul(3_600)), rules })
}

/// A folder, or a folder and a pattern of names in it.
fn place(root: &Path, from: &str) -> (PathBuf, String) {
    let (folder, name) = from.rsplit_once('/').unwrap_or(("", from));
    let is_pattern = name.contains(['*', '?', '[', '{']);
    let is_file = !is_pattern && Path::new(name).extension().is_some();
    if is_pattern || is_file { (root.join(folder), name.to_owned()) } else { (root.join(from), "*".to_owned()) }
}
