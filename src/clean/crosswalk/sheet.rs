//! A crosswalk as a person keeps it: a table that rows are added to, with its columns and lines as they are.

use std::collections::HashSet;

use super::{Crosswalk, Table};
use crate::clean::whole;
use crate::document::Findings;

/// A crosswalk's file.
#[derive(Clone, Debug)]
pub struct Sheet {
    table: Table,
    text: Vec<u8>,
    names: Vec<String>,
    rows: Vec<csv::StringRecord>,
    stated: bool,
    /// The rows that are there, each as one text.
    known: HashSet<String>,
}

/// A row as one text, without the empty values at its end.
fn joined(row: &csv::StringRecord) -> String {
    let values: Vec<&str> = row.iter().collect();
    values.join("\u{1f}").trim_end_matches('\u{1f}').to_owned()
}

impl Sheet {
    /// Takes a file apart; whether it is sound tells [`Sheet::check`].
    #[must_use]
    pub fn read(table: Table, bytes: &[u8]) -> Self {
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let (rest, above, _) = whole::stated(text, &mut Findings::default());
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(rest);
        let names = reader.headers().map(|names| names.iter().map(str::to_lowercase).collect()).unwrap_or_default();
        let rows: Vec<csv::StringRecord> = reader.records().filter_map(Result::ok).collect();
        let known = rows.iter().map(joined).collect();
        Self { table, text: rest.to_vec(), names, rows, stated: above > 0, known }
    }

    /// Everything for which the file is refused, as it is read: one way or the other.
    ///
    /// # Errors
    /// The findings, if there are any.
    pub fn check(&self, reversed: bool) -> Result<(), Findings> {
        let load = if reversed { Crosswalk::load_reversed } else { Crosswalk::load };
        load(self.table, &self.bytes()).map(drop)
    }

    /// Its rows.
    #[must_use]
    pub fn rows(&self) -> &[csv::StringRecord] {
        &self.rows
    }

    /// A value of one of its rows; empty where it has no such column.
    #[must_use]
    pub fn get<'r>(&self, row: &'r csv::StringRecord, name: &str) -> &'r str {
        self.names.iter().position(|known| known == name).and_then(|at| row.get(at)).unwrap_or_default()
    }

    /// Its columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Adds a row, unless the same one is there; whether it was added.
    ///
    /// # Errors
    /// The column that the file would need for a value and does not have.
    pub fn add(&mut self, values: &[(&str, &str)]) -> Result<bool, String> {
        let lacks = |(name, value): &&(&str, &str)| !value.is_empty() && !self.names.iter().any(|known| known == name);
        if let Some((name, _)) = values.iter().find(lacks) {
            return Err((*name).to_owned());
        }
        let value =
            |name: &String| values.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim());
        let row: csv::StringRecord = self.names.iter().map(value).collect();
        if !self.known.insert(joined(&row)) {
            return Ok(false);
        }
        if !self.text.ends_with(b"\n") {
            self.text.push(b'\n');
        }
        // Memory takes whatever is written to it.
        let _ = csv::Writer::from_writer(&mut self.text).write_record(&row);
        self.rows.push(row);
        Ok(true)
    }

    /// The file's bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = if self.stated { format!("#rows={}\n", self.rows.len()).into_bytes() } else { Vec::new() };
        bytes.extend_from_slice(&self.text);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_added_behind_the_others_which_stay_as_they_are() {
        let text = "#rows=1,,\nSKU , item,partner\n\"A, B\", I-1 ,shop\n";
        let mut sheet = Sheet::read(Table::Sku, text.as_bytes());
        assert_eq!(sheet.add(&[("sku", "C\"D"), ("item", "I-2"), ("partner", "")]), Ok(true));
        assert_eq!(sheet.add(&[("sku", "A, B"), ("item", "I-1"), ("partner", "shop")]), Ok(false), "it is there");
        assert_eq!(sheet.add(&[("sku", "E"), ("item", "I-3"), ("factor", "12")]), Err("factor".into()));
        let expected = "#rows=2\nSKU , item,partner\n\"A, B\", I-1 ,shop\n\"C\"\"D\",I-2,\n";
        assert_eq!(String::from_utf8(sheet.bytes()).unwrap(), expected);
        assert!(sheet.check(false).is_ok());
    }

    #[test]
    fn what_contradicts_a_row_is_refused() {
        let mut sheet = Sheet::read(Table::Sku, b"sku,item\nA,1\n");
        assert_eq!(sheet.add(&[("sku", "A"), ("item", "2")]), Ok(true));
        assert!(sheet.check(false).is_err());
        let mut sheet = Sheet::read(Table::Sku, b"sku,item\nA,1\n");
        assert_eq!(sheet.add(&[("sku", "B"), ("item", "1")]), Ok(true));
        assert!(sheet.check(false).is_ok() && sheet.check(true).is_err(), "there is no way back from item 1");
    }
}
