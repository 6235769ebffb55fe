//! What common codes mean, in a few words of our own.
//!
//! A small table of what people look for first; a code without a row is shown alone.

use std::collections::HashMap;
use std::sync::OnceLock;

const X12: &str = include_str!("../../schemas/codes/x12-meanings.csv");

/// What a code of an X12 element means; empty if it is not known.
pub fn x12(element: &str, code: &str) -> &'static str {
    static TABLE: OnceLock<HashMap<(&str, &str), &str>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let row = |line: &'static str| {
            let (element, rest) = line.split_once(',')?;
            let (code, meaning) = rest.split_once(',')?;
            Some(((element, code), meaning))
        };
        X12.lines().skip(1).filter_map(row).collect()
    });
    table.get(&(element, code)).copied().unwrap_or_default()
}
