//! `[flows.NAME.customers]`: the customers among whom the buyers of orders are looked for.

use std::fs;
use std::io;
use std::sync::Arc;

use super::load::{Loading, problem};
use crate::clean::{KnownCustomers, NoHistory, Tables};
use crate::document::{Batch, Code, Findings, Kind};
use crate::flow::{self, DocumentRow, Known, Road, Seen};
use crate::layout::Layout;
use crate::layout::toml::Table;
use crate::limits;

/// What stands in front of the numbers of new customers when the flow does not say it.
const PREFIX: &str = "C-";

impl Loading<'_> {
    /// Reads the customers that a flow knows; none if it does not look for any.
    pub(super) fn customers(&mut self, table: &Table<'_, '_>, has_crosswalk: bool) -> Option<Arc<KnownCustomers>> {
        if !table.exists() {
            return None;
        }
        let file = table.required("known");
        let prefix = table.text("new_prefix").unwrap_or_else(|| PREFIX.to_owned());
        let value = table.get("layout");
        let layout = match &value {
            Some(value) => value.text().and_then(|name| self.library.get(&name).ok()),
            None => table.required("layout").and_then(|name| self.library.get(&name).ok()),
        };
        let layout = layout.filter(|layout| layout.kind == Kind::Customer && layout.reads);
        if let (None, Some(value)) = (&layout, &value) {
            let name = value.text().unwrap_or_default();
            value.refuse(Code::ConfigReference, &name, "a layout that reads customers; see `consign layouts`");
        }
        if has_crosswalk {
            let expected = "either a crosswalk of customers or a list of them";
            table.report(Code::ConfigDuplicate, &table.position(), "customers", expected.to_owned());
        }
        table.finish();
        let (file, layout) = (file?, layout?);
        let path = self.root.join(&file);
        self.tables.push(path.clone());
        let mut reading = Reading(KnownCustomers::new(&prefix));
        let read = fs::File::open(&path).and_then(|reader| read(&layout, reader, &mut reading));
        match read {
            Ok(findings) if findings.file_effect().is_none() => return Some(Arc::new(reading.0)),
            Ok(findings) => {
                let stops = findings.into_iter().filter(|finding| finding.effect() != crate::document::Effect::Note);
                self.problems.extend(stops.map(|finding| problem(&file, finding)));
            }
            Err(error) => {
                let expected = format!("a file of customers that can be read ({error})");
                table.report(Code::ConfigPath, &table.position().field("known"), &file, expected);
            }
        }
        None
    }
}

/// Takes the customers of a file.
struct Reading(KnownCustomers);

impl Known for Reading {
    fn see(&mut self, _key: u128, _content: u128) -> io::Result<Seen> {
        Ok(Seen::New)
    }

    fn see_here(&mut self, _key: u128, _content: u128) -> io::Result<Seen> {
        Ok(Seen::New)
    }

    fn list(&mut self, _row: DocumentRow<'_>) -> io::Result<()> {
        Ok(())
    }

    fn batch(&mut self, batch: &Batch, _findings: &Findings) {
        self.0.add(batch);
    }
}

/// Reads a file of customers; a list that is empty is one of which everybody is new.
fn read(layout: &Layout, reader: fs::File, reading: &mut Reading) -> io::Result<Findings> {
    let road = Road {
        layout,
        writers: Vec::new(),
        rules: flow::rules(layout, "", false),
        tables: Tables::default(),
        history: &NoHistory,
        agreement: None,
        keep_other: false,
        accept_empty: true,
        list_documents: false,
        note_largest: false,
        max_documents: limits::FILE_DOCUMENTS,
        threads: 1,
    };
    Ok(flow::run(&road, reader, reading, &mut |_| {}, &mut |_, _| Ok(()))?.findings)
}
