//! Countries by any of their names, with what a telephone number needs of them.
//!
//! Codes and names are those of ISO 3166, calling codes those of ITU-T E.164; common names were added.

use std::collections::HashMap;
use std::sync::OnceLock;

/// A country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166 alpha-2.
    pub code: &'static str,
    /// Digits after `+`; empty where there are none.
    pub calling: &'static str,
    /// Digits in front of a number within the country; empty where there are none.
    pub trunk: &'static str,
}

/// The country of a code of two or three letters, or of a name; `None` when it is not known.
#[must_use]
pub fn country(text: &str) -> Option<Country> {
    static TABLE: OnceLock<HashMap<String, Country>> = OnceLock::new();
    let table = TABLE.get_or_init(|| table().unwrap_or_default());
    table.get(&super::customer::words(text).join(" ")).copied()
}

fn table() -> Option<HashMap<String, Country>> {
    let text: &'static str = include_str!("../../schemas/codes/countries.csv");
    let mut table = HashMap::new();
    for line in text.lines().skip(1) {
        let mut cells = line.splitn(5, ',');
        let (code, alpha3) = (cells.next()?, cells.next()?);
        let country = Country { code, calling: cells.next()?, trunk: cells.next()? };
        let names = cells.next()?.trim_matches('"').split(';');
        for name in names.chain([code, alpha3]) {
            table.insert(super::customer::words(name).join(" "), country);
        }
    }
    Some(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_known_by_codes_and_names() {
        let cases = [
            ("us", Some("US")),
            ("USA", Some("US")),
            ("U.S.A.", Some("US")),
            ("United States", Some("US")),
            ("Deutschland", Some("DE")),
            ("GBR", Some("GB")),
            ("UK", Some("GB")),
            ("Österreich", Some("AT")),
            ("Bolivia", Some("BO")),
            ("Atlantis", None),
            ("", None),
        ];
        for (text, code) in cases {
            assert_eq!(country(text).map(|c| c.code), code, "{text}");
        }
        assert!(table().is_some_and(|table| table.len() > 700), "every row of the table has its five cells");
    }
}
