//! `[flows.NAME.customers]`: the customers among whom the buyers of orders are looked for.

use std::fs;
use std::io;
use std::sync::Arc;

use super::load::{Loading, problem};
use crate::clean::KnownCustomers;
use crate::document::{Batch, Code, Findings, Kind};
use crate::flow::{self, Onlooker, Road};
use crate::layout::Layout;
use crate::layout::toml::Table;

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
        let mut known = KnownCustomers::new(&prefix);
        let read = fs::File::open(&path).and_then(|reader| read(&layout, reader, &mut known));
        match read {
            Ok(findings) if findings.file_effect().is_none() => return Some(Arc::new(known)),
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

/// Reads a file of customers; a list that is empty is one of which everybody is new.
fn read(layout: &Layout, reader: fs::File, known: &mut KnownCustomers) -> io::Result<Findings> {
    let road = Road::of(layout, flow::rules(layout, "", false));
    let mut each = Onlooker(|batch: &Batch, _: &Findings| known.add(batch));
    Ok(flow::run(&road, reader, &mut each, &mut |_| {}, &mut |_, _| Ok(()))?.findings)
}
