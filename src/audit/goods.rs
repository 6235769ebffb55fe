//! Products by their SKU: the same one under two SKUs, several units or prices of one, and those that the ERP does not know.

use std::collections::{BTreeMap, HashMap};

use foldhash::quality::FixedState;

use super::items::Items;
use super::{At, Check, Issue, Tally, is_catalogue, money};
use crate::clean::crosswalk::gtin_number;
use crate::clean::suggest::{Seen, Suggestion, fold, words};
use crate::document::{Batch, Kind, Level, Severity};
use crate::limits;

/// What is seen of one SKU.
#[derive(Debug, Default)]
struct Good {
    tally: Tally,
    gtins: BTreeMap<Box<str>, Tally>,
    units: BTreeMap<Box<str>, Tally>,
    /// By unit and currency, then by price in billionths.
    prices: BTreeMap<Box<str>, BTreeMap<i128, Tally>>,
    text: Box<str>,
    is_catalogue: bool,
}

#[derive(Debug, Default)]
pub(super) struct Goods {
    by_sku: HashMap<Box<str>, Good, FixedState>,
    left_out: u64,
}

impl Goods {
    pub(super) fn look(&mut self, batch: &Batch, at: &At<'_>) {
        let catalogue = is_catalogue(batch.kind);
        if batch.kind == Kind::Customer {
            return;
        }
        let level = if catalogue { Level::Header } else { Level::Line };
        let text = |name: &str| batch.text(level, name);
        let (skus, gtins, units) = (text("sku"), text("gtin"), text("unit"));
        let texts = if catalogue {
            [text("title"), text("option1"), text("option2"), text("option3"), text("size"), text("color")]
        } else {
            [text("description"), None, None, None, None, None]
        };
        let currencies = batch.text(Level::Header, "currency");
        let prices = batch.decimal(level, if catalogue { "price" } else { "unit_price" });
        let owners = batch.line_documents();
        let mut key = String::new();
        for row in 0..batch.table(level).height() {
            let get = |column: Option<crate::document::batch::Texts<'_>>| {
                column.and_then(|column| column.get(row).map(str::to_owned))
            };
            let Some(sku) = skus.and_then(|column| column.get(row)).filter(|sku| !sku.is_empty()) else { continue };
            let tally = at.one(level, row);
            let Some(good) = self.good(sku) else { continue };
            good.tally.add(&tally);
            good.is_catalogue |= catalogue;
            let unit = units.and_then(|column| column.get(row)).unwrap_or_default();
            if let Some(gtin) = gtins.and_then(|column| column.get(row)) {
                add(&mut good.gtins, gtin, &tally);
            }
            if !unit.is_empty() {
                add(&mut good.units, unit, &tally);
            }
            if let Some(price) = prices.and_then(|column| column.get(row)) {
                let document = if catalogue { row } else { owners.get(row).map_or(0, |owner| *owner as usize) };
                key.clear();
                key.push_str(currencies.and_then(|column| column.get(document)).unwrap_or_default());
                key.push(' ');
                key.push_str(unit);
                add_price(&mut good.prices, &key, price, &tally);
            }
            if good.text.is_empty() {
                let parts: Vec<String> = texts.iter().filter_map(|column| get(*column)).collect();
                good.text = cut(&parts.join(" ")).into();
            }
        }
    }

    fn good(&mut self, sku: &str) -> Option<&mut Good> {
        if !self.by_sku.contains_key(sku) {
            if self.by_sku.len() >= limits::AUDIT_SKUS || sku.len() > limits::FIELD_BYTES {
                self.left_out += 1;
                return None;
            }
            self.by_sku.insert(sku.into(), Good::default());
        }
        self.by_sku.get_mut(sku)
    }

    pub(super) fn absorb(&mut self, later: Self) {
        self.left_out += later.left_out;
        for (sku, other) in later.by_sku {
            let Some(good) = self.good(&sku) else { continue };
            good.tally.add(&other.tally);
            good.is_catalogue |= other.is_catalogue;
            if good.text.is_empty() {
                good.text = other.text;
            }
            other.gtins.iter().for_each(|(gtin, tally)| add(&mut good.gtins, gtin, tally));
            other.units.iter().for_each(|(unit, tally)| add(&mut good.units, unit, tally));
            for (key, prices) in &other.prices {
                prices.iter().for_each(|(price, tally)| add_price(&mut good.prices, key, *price, tally));
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_sku.len()
    }

    pub(super) fn issues(&self, items: Option<&Items<'_>>, limits: &mut Vec<String>) -> Vec<Issue> {
        if self.left_out > 0 {
            limits.push(format!("{} lines were not compared: there are too many different SKUs", self.left_out));
        }
        let mut skus: Vec<(&str, &Good)> = self.by_sku.iter().map(|(sku, good)| (&**sku, good)).collect();
        skus.sort_unstable_by_key(|(sku, _)| *sku);
        let mut issues = same_gtin(&skus);
        issues.extend(same_code(&skus));
        issues.extend(same_text(&skus));
        for (sku, good) in &skus {
            issues.extend(units(sku, good));
            issues.extend(prices(sku, good));
        }
        if let Some(items) = items {
            issues.extend(unknown(&skus, items, limits));
        }
        issues
    }
}

/// Counts one of few values; what comes beyond [`limits::AUDIT_MEMBERS`] counts as the last.
fn add(values: &mut BTreeMap<Box<str>, Tally>, value: &str, tally: &Tally) {
    if let Some(known) = values.get_mut(value) {
        known.add(tally);
    } else if values.len() < limits::AUDIT_MEMBERS {
        values.insert(value.into(), tally.clone());
    }
}

fn add_price(prices: &mut BTreeMap<Box<str>, BTreeMap<i128, Tally>>, key: &str, price: i128, tally: &Tally) {
    if !prices.contains_key(key) {
        if prices.len() >= limits::AUDIT_MEMBERS {
            return;
        }
        prices.insert(key.into(), BTreeMap::new());
    }
    let Some(prices) = prices.get_mut(key) else { return };
    if let Some(known) = prices.get_mut(&price) {
        known.add(tally);
        return;
    }
    // Beyond the limit the lowest and the highest stay, so that the span is right.
    if prices.len() >= limits::AUDIT_MEMBERS {
        let (lowest, highest) = (prices.keys().next().copied(), prices.keys().next_back().copied());
        let replaced = if highest.is_some_and(|highest| price > highest) {
            prices.pop_last()
        } else if lowest.is_some_and(|lowest| price < lowest) {
            prices.pop_first()
        } else {
            None
        };
        if replaced.is_none() {
            return;
        }
    }
    prices.insert(price, tally.clone());
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(limits::SUGGEST_CHARS).map_or(text, |(at, _)| &text[..at])
}

/// SKUs that share something, as one issue each.
fn shared<'g, K: Ord>(
    skus: &[(&'g str, &'g Good)],
    keys: impl Fn(&'g str, &'g Good) -> Vec<K>,
    severity: Severity,
    detail: &str,
) -> Vec<Issue> {
    let mut by_key: BTreeMap<K, Vec<(&str, &Good)>> = BTreeMap::new();
    for (sku, good) in skus {
        for key in keys(sku, good) {
            by_key.entry(key).or_default().push((sku, good));
        }
    }
    let several = by_key.into_values().filter(|several| several.len() > 1);
    several
        .map(|several| {
            let mut tally = Tally::default();
            several.iter().for_each(|(_, good)| tally.add(&good.tally));
            tally.places = several.iter().filter_map(|(_, good)| good.tally.places.first().copied()).collect();
            tally.places.truncate(limits::AUDIT_PLACES);
            let names: Vec<&str> = several.iter().map(|(sku, _)| *sku).take(limits::AUDIT_MEMBERS).collect();
            let more = several.len() - names.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            Issue {
                check: Check::DuplicateProduct,
                severity,
                subject: names.first().map(|name| (*name).to_owned()).unwrap_or_default(),
                detail: format!("{}{more} {detail}", names.join(", ")),
                tally,
            }
        })
        .collect()
}

fn same_gtin(skus: &[(&str, &Good)]) -> Vec<Issue> {
    let keys = |_: &str, good: &Good| {
        let mut keys: Vec<u64> = good.gtins.keys().filter_map(|gtin| gtin_number(gtin.as_bytes())).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    };
    shared(skus, keys, Severity::Error, "have the same GTIN")
}

fn same_code(skus: &[(&str, &Good)]) -> Vec<Issue> {
    let keys = |sku: &str, _: &Good| Some(fold(sku)).filter(|folded| !folded.is_empty()).into_iter().collect();
    shared(skus, keys, Severity::Warning, "are the same SKU written in several ways")
}

/// In a list of products; in orders a description is often the same for all sizes.
fn same_text(skus: &[(&str, &Good)]) -> Vec<Issue> {
    let keys = |_: &str, good: &Good| {
        let words = if good.is_catalogue { words(&good.text) } else { Vec::new() };
        Some(words.join(" ")).filter(|words| !words.is_empty()).into_iter().collect()
    };
    shared(skus, keys, Severity::Note, "have the same title and options")
}

fn units(sku: &str, good: &Good) -> Option<Issue> {
    if good.units.len() < 2 {
        return None;
    }
    let ways: Vec<String> = good.units.iter().map(|(unit, tally)| format!("{unit} {} times", tally.count)).collect();
    let most = good.units.values().map(|tally| tally.count).max().unwrap_or(0);
    let mut tally = Tally::default();
    good.units.values().for_each(|unit| tally.add(unit));
    // Those in the commonest unit are likely right.
    tally.count = tally.count.saturating_sub(most).max(1);
    let detail = format!("is sold in several units: {}", ways.join(", "));
    Some(Issue { check: Check::Units, severity: Severity::Warning, subject: sku.to_owned(), detail, tally })
}

fn prices(sku: &str, good: &Good) -> Vec<Issue> {
    let several = good.prices.iter().filter(|(_, prices)| prices.len() > 1);
    several
        .filter_map(|(key, prices)| {
            let (lowest, highest) = (*prices.keys().next()?, *prices.keys().next_back()?);
            let mut tally = Tally::default();
            prices.values().for_each(|price| tally.add(price));
            let most = prices.values().map(|tally| tally.count).max().unwrap_or(0);
            tally.count = tally.count.saturating_sub(most).max(1);
            let wide = lowest <= 0 || highest >= lowest.saturating_mul(2);
            let many = if prices.len() >= limits::AUDIT_MEMBERS { "at least " } else { "" };
            let detail = format!(
                "has {many}{} prices, from {} to {} {}",
                prices.len(),
                money(lowest),
                money(highest),
                key.trim()
            );
            let severity = if wide { Severity::Warning } else { Severity::Note };
            let (subject, detail) = (sku.to_owned(), detail.trim_end().to_owned());
            Some(Issue { check: Check::Prices, severity, subject, detail, tally })
        })
        .collect()
}

/// SKUs without an item of the ERP. Suggestions are worked out for those that matter most.
fn unknown(skus: &[(&str, &Good)], items: &Items<'_>, limits: &mut Vec<String>) -> Vec<Issue> {
    let gtin = |good: &Good| good.gtins.keys().next().map_or("", |gtin| gtin).to_owned();
    let mut missing: Vec<&(&str, &Good)> = skus.iter().filter(|(sku, good)| !items.knows(sku, &gtin(good))).collect();
    missing.sort_by_key(|(_, good)| std::cmp::Reverse((good.tally.value, good.tally.count)));
    if missing.len() > limits::AUDIT_SUGGESTED {
        limits.push(format!("items are suggested for the {} SKUs of most value only", limits::AUDIT_SUGGESTED));
    }
    let issue = |(at, (sku, good)): (usize, &&(&str, &Good))| {
        let gtin = gtin(good);
        let seen = Seen { code: sku, gtin: &gtin, text: &good.text };
        let suggested = if at < limits::AUDIT_SUGGESTED { items.suggest(&seen) } else { Vec::new() };
        Issue {
            check: Check::NoItem,
            severity: Severity::Error,
            subject: (*sku).to_owned(),
            detail: suggestions(&suggested),
            tally: good.tally.clone(),
        }
    };
    missing.iter().enumerate().map(issue).collect()
}

fn suggestions(all: &[Suggestion]) -> String {
    if all.is_empty() {
        return "has no ERP item".to_owned();
    }
    let one = |found: &Suggestion| format!("{} ({}: {})", found.item, found.score, found.why);
    format!("has no ERP item; perhaps {}", all.iter().take(SHOWN).map(one).collect::<Vec<_>>().join(", or "))
}

/// Suggestions told of a SKU.
const SHOWN: usize = 3;
