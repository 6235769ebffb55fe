//! `[container]`: what a written file is packed in.
//!
//! ```toml
//! [container]
//! kind = "zip"                  # or "gzip"
//! entry = "Customers V3.csv"    # the data file
//!
//! [[container.files]]           # what else is in it
//! name = "Manifest.xml"
//! encoding = "utf-16"
//! text = "<Map>{columns}</Map>"
//! column = "<Field>{column}</Field>"   # once for each column of the table, put in place of {columns}
//! ```

use super::model::{Container, Enclosed, File};
use super::toml::Table;
use crate::document::Code;
use crate::syntax::encoding::{Encoding, encode};

/// Longest name of a file in an archive.
const NAME_BYTES: usize = 255;

/// Reads what a layout's files are packed in.
pub(super) fn load(root: &Table<'_, '_>, file: Option<&File>, direction: Option<(bool, bool)>) -> Option<Container> {
    let table = root.table("container");
    if !table.exists() {
        return None;
    }
    if direction.is_some_and(|(reads, _)| reads) {
        let expected = "`direction = \"write\"`: what is packed is not read".to_owned();
        table.report(Code::LayoutBinding, &table.position(), "container", expected);
    }
    if matches!(file, Some(File::X12(_) | File::Edifact(_))) {
        let expected = "no container for EDI".to_owned();
        table.report(Code::LayoutBinding, &table.position(), "container", expected);
    }
    let is_zip = table.choice("kind", &[("gzip", false), ("zip", true)]);
    let container = match is_zip? {
        false => Container::Gzip,
        true => {
            let columns = match file {
                Some(File::Table(table)) => table.columns.as_slice(),
                _ => &[],
            };
            let files = table.tables("files").iter().filter_map(|file| enclosed(file, columns)).collect();
            let entry = table.required("entry")?;
            check_name(&table, &entry);
            Container::Zip { entry, files }
        }
    };
    table.finish();
    Some(container)
}

fn enclosed(table: &Table<'_, '_>, columns: &[String]) -> Option<Enclosed> {
    let (name, text) = (table.required("name")?, table.required("text")?);
    check_name(table, &name);
    let encoding = table.choice("encoding", &[("utf-8", Encoding::Utf8), ("utf-16", Encoding::Utf16)]);
    let column = table.text("column").unwrap_or_default();
    table.finish();
    let one = |name: &String| column.replace("{column}", &escaped(name));
    let text = text.replace("{columns}", &columns.iter().map(one).collect::<String>());
    let mut bytes = Vec::new();
    match encoding? {
        Encoding::Utf8 => bytes = text.into_bytes(),
        other => drop(encode(&text, other, &mut bytes)),
    }
    Some(Enclosed { name, bytes })
}

/// A name that no unpacking puts elsewhere.
fn check_name(table: &Table<'_, '_>, name: &str) {
    let is_sound = !name.is_empty() && name.len() <= NAME_BYTES && !name.contains(['/', '\\']) && name != "..";
    if !is_sound || name.chars().any(char::is_control) {
        table.report(Code::LayoutBinding, &table.position(), name, "the name of a file, without a folder".to_owned());
    }
}

fn escaped(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use crate::layout::load::load;

    const PACKED: &str = include_str!("../../schemas/layouts/dynamics-fo/customers-package.toml");
    const EACH: &str = include_str!("../../schemas/layouts/ubl/order-2.1.toml");
    const RECORDS: &str = include_str!("../../schemas/layouts/quickbooks/invoices-iif.toml");

    #[test]
    fn what_cannot_be_written_so_is_refused() {
        for (text, from, to, expected) in [
            (PACKED, "direction = \"write\"", "direction = \"both\"", "not read"),
            (PACKED, "kind = \"zip\"", "kind = \"tar\"", "gzip"),
            (PACKED, "name = \"Manifest.xml\"", "name = \"../Manifest.xml\"", "without a folder"),
            (PACKED, "entry = \"Customers V3.csv\"", "entry = \"\"", "without a folder"),
            (PACKED, "company = { from", "company = { write = \"X\", from", "only in XML"),
            (EACH, "each = \"file\"", "each = \"file\"\ntogether = true", "each"),
            (EACH, "each = \"file\"\n", "root_repeats = { \"@a\" = \"cbc:ID\" }\n", "each"),
            (EACH, "each = \"file\"", "each = \"page\"", "part"),
            (RECORDS, "direction = \"write\"", "direction = \"both\"", "not read"),
            (RECORDS, "needs = \"AMOUNT\"", "needs = \"SUM\"", "a column of the record"),
            (RECORDS, "key = \"TAX\"", "key = \"SPL\"", "of its own"),
        ] {
            load("a/b", text).unwrap();
            assert!(text.contains(from), "{from}");
            let findings = load("a/b", &text.replacen(from, to, 1)).map(|_| ()).unwrap_err();
            let told = |finding: &crate::document::Finding| format!("{} {}", finding.found, finding.expected);
            let told: Vec<String> = findings.kept().iter().map(told).collect();
            assert!(told.iter().any(|told| told.contains(expected)), "{to}: {told:?}");
        }
    }
}
