//! A table turned round: from the ERP's codes to the partner's.

use std::collections::HashMap;

use super::Table;
use crate::clean::ratio::Ratio;
use crate::clean::whole;
use crate::document::Findings;

/// The rows of a sound table with code and target exchanged, on the same lines. What stands for anything has no way back;
/// where several SKUs are one item, the way back is to the one of factor 1.
pub(super) fn reversed(table: Table, bytes: &[u8]) -> Vec<u8> {
    // A unit means the same whichever way a document goes.
    if table == Table::Unit {
        return bytes.to_vec();
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let (rest, above, _) = whole::stated(bytes, &mut Findings::default());
    let mut reader = csv::ReaderBuilder::new().from_reader(rest);
    let names: Vec<String> =
        reader.headers().map(|names| names.iter().map(|n| n.trim().to_lowercase()).collect()).unwrap_or_default();
    let rows: Vec<csv::StringRecord> = reader.records().filter_map(Result::ok).collect();
    let at = |name: &str| names.iter().position(|known| known == name);
    fn get(row: &csv::StringRecord, column: Option<usize>) -> &str {
        column.and_then(|at| row.get(at)).map_or("", str::trim)
    }
    let (code, target) = table.key();
    let (code, target, partner, factor) = (at(code), at(target), at("partner"), at("factor"));
    let is_one = |row: &csv::StringRecord| Ratio::parse(get(row, factor)).is_none_or(|factor| factor == Ratio::ONE);
    let mut whole: HashMap<(&str, &str), usize> = HashMap::new();
    for (number, row) in rows.iter().enumerate().filter(|(_, row)| is_one(row) && !get(row, code).is_empty()) {
        whole.entry((get(row, partner), get(row, target))).or_insert(number);
    }
    let mut out = vec![b'\n'; usize::try_from(above).unwrap_or_default()];
    // Memory takes whatever is written to it.
    let put = |out: &mut Vec<u8>, values: &[String]| drop(csv::Writer::from_writer(out).write_record(values));
    let (required, optional) = table.columns();
    let columns: Vec<&str> = required.iter().chain(optional).copied().filter(|name| *name != "gtin").collect();
    put(&mut out, &columns.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    for row in &rows {
        let kept = match whole.get(&(get(row, partner), get(row, target))) {
            Some(number) if !is_one(row) => &rows[*number],
            _ => row,
        };
        let value = |name: &&str| match *name {
            name if name == table.key().0 => get(kept, target).to_owned(),
            name if name == table.key().1 => get(kept, code).to_owned(),
            "unit" => String::new(),
            "erp_unit" => get(kept, at("unit")).to_owned(),
            "factor" => Ratio::parse(get(kept, factor)).map_or_else(String::new, |f| f.inverse().to_string()),
            name => get(kept, at(name)).to_owned(),
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        match get(kept, code) {
            // The rows below stay on their lines.
            "" | "*" => out.push(b'\n'),
            _ => put(&mut out, &values),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{Crosswalk, Query};
    use super::*;
    use crate::document::Code;

    fn load(text: &str) -> Result<Crosswalk, Vec<Code>> {
        let loaded = Crosswalk::load_reversed(Table::Sku, text.as_bytes());
        loaded.map_err(|findings| findings.kept().iter().map(|finding| finding.code).collect())
    }

    #[test]
    fn an_item_leads_back_to_its_sku_with_the_factor_turned_round() {
        let text = "partner,sku,gtin,item,unit,erp_unit,factor\nshop,BOX,,I-1,CS,EA,12\nshop,MUG,,I-2,,EA,1\n\
                    shop,PACK,,I-2,,EA,6\nshop,,614141000036,I-3,,,\nshop,*,,I-4,,,\nother,MUG,,I-5,,,\n";
        let table = load(text).unwrap();
        let find = |item: &str| {
            let row = table.find(item.as_bytes(), Query { scope: "shop", unit: "EA", day: "" })?;
            Some((row.target, row.erp_unit, row.factor.map(|factor| factor.to_string()).unwrap_or_default()))
        };
        assert_eq!(find("I-1"), Some(("BOX", "CS", "1/12".into())));
        assert_eq!(find("I-2"), Some(("MUG", "", "1".into())), "one of it, not a pack");
        assert_eq!((find("I-3"), find("I-4"), find("I-5")), (None, None, None));
    }

    #[test]
    fn an_item_of_two_skus_has_no_way_back() {
        assert_eq!(load("sku,item\nA,I-1\nB,I-1\n").unwrap_err(), [Code::TableKeyDuplicate]);
        assert_eq!(load("sku,item,factor\nA,I-1,6\nB,I-1,12\n").unwrap_err(), [Code::TableKeyDuplicate]);
        assert_eq!(load("sku,item\nA,\n").unwrap_err(), [Code::TableValue]);
    }
}
