//! The files that a recipe is tried with, and the codes in them, which its crosswalks translate.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::{Batch, Findings};
use crate::flow::{self, Onlooker, Road};
use crate::layout::Layout;
use crate::layout::write::Writer;

/// A file by its name and bytes.
type File = (&'static str, &'static [u8]);

static SAMPLES: &[(&str, &[File])] = &include!(concat!(env!("OUT_DIR"), "/samples.rs"));

/// The files to try a layout with; one, or two that belong together.
pub(super) fn files(layout: &str) -> &'static [File] {
    SAMPLES.iter().find(|(name, _)| *name == layout).map_or(&[], |(_, files)| *files)
}

/// The codes in a file, sorted.
#[derive(Debug, Default)]
pub(super) struct Codes {
    pub(super) skus: BTreeSet<String>,
    pub(super) locations: BTreeSet<String>,
    pub(super) carriers: BTreeSet<String>,
}

/// The codes in the files to try a layout with.
pub(super) fn codes(layout: &Layout, outbound: bool) -> Codes {
    let mut text = Vec::new();
    let road = Road { writers: vec![Writer::json()], ..Road::of(layout, flow::rules(layout, "", false)) };
    let mut known = Onlooker(|_: &Batch, _: &Findings| {});
    let mut sink = |_: flow::Target, bytes: &[u8]| {
        text.extend_from_slice(bytes);
        Ok(())
    };
    let ran = match files(layout.name.as_str()) {
        [(_, one)] => flow::run(&road, *one, &mut known, &mut |_| {}, &mut sink),
        [(_, one), (_, two)] => flow::run_pair(&road, [*one, *two], &mut known, &mut sink),
        _ => return Codes::default(),
    };
    // Bytes in memory do not fail to be read.
    if ran.is_err() {
        return Codes::default();
    }
    let mut codes = Codes::default();
    for line in text.split(|byte| *byte == b'\n') {
        codes.add(&serde_json::from_slice(line).unwrap_or_default(), outbound);
    }
    codes
}

impl Codes {
    fn add(&mut self, document: &Value, outbound: bool) {
        let header = &document["header"];
        let lines = document["lines"].as_array().map_or(&[][..], Vec::as_slice);
        let first = |of: &Value, names: &[&str]| {
            names.iter().find_map(|name| of[name].as_str()).filter(|code| !code.is_empty()).map(str::to_owned)
        };
        for of in lines.iter().chain([header]) {
            let own: &[&str] = if outbound { &["item"] } else { &[] };
            self.skus.extend(first(of, own).or_else(|| first(of, &["sku", "vendor_part", "buyer_part", "gtin"])));
            self.locations.extend(first(of, &["location"]));
        }
        self.carriers.extend(first(header, &["carrier", "ship_method"]));
    }
}
