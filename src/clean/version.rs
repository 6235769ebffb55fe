//! What is kept of an order to tell, when a later export repeats it, what has become of it since.
//!
//! A version is small: a hash of each field, of the lines together, and the amounts that refunds are told from. What was
//! refunded and whether an order is cancelled only ever grow, so that an older export that comes later is seen as such.

use std::collections::BTreeSet;

use super::Rules;
use super::dedupe::Column;
use crate::document::hash::Hash;
use crate::document::{Batch, Kind, Level};

/// Bytes of a version in front of its fields: its form, flags and three amounts.
const HEAD: usize = 2 + 3 * 16;
/// Bytes of a field: its number and its hash.
const FIELD: usize = 5;
/// The form of what is stored.
const FORM: u8 = 1;
/// Added to the numbers of fields of lines.
const LINE: u8 = 0x80;
/// The number of what is no field: how many lines there are.
const LINES: u8 = 0xFF;

/// Fields that tell of a refund where the sender states what was refunded.
const STATED: [&str; 3] = ["refunded", "status", "lines.status"];
/// Fields that tell of a refund where only the totals do.
const TOTALS: [&str; 6] = ["status", "subtotal", "shipping", "tax", "total", "lines.status"];

/// A version of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// Whether it is cancelled.
    pub cancelled: bool,
    /// What the sender says was refunded, in billionths, if it says.
    refunded: Option<i128>,
    /// Its total, in billionths, if it has one.
    total: Option<i128>,
    /// What was told as refunded so far, in billionths.
    told: i128,
    /// The fields that have a value, in their order, with the hash of it; those of lines with that of all lines.
    fields: Vec<(u8, u32)>,
}

/// What has become of an order since its last version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// Nothing.
    Same,
    /// It was newer before.
    Older,
    /// Something.
    Since {
        /// Whether it was cancelled.
        cancelled: bool,
        /// What was refunded, in billionths; 0 if nothing was.
        refund: i128,
        /// Whether anything changed that neither a cancellation nor a refund tells.
        changed: bool,
        /// The fields that are not as they were.
        fields: Vec<String>,
    },
}

/// The fields that outputs write, by their numbers: a change of any other has nobody to be told to. All if none are named.
pub type Written = Option<BTreeSet<u8>>;

/// The fields that outputs of orders write, from the names that they write.
pub fn written<'n>(names: impl Iterator<Item = (Level, &'n str)>) -> BTreeSet<u8> {
    // What is translated or computed follows from other fields.
    let sources = |name: &'n str| match name {
        "item" => vec!["item", "sku"],
        "amount" | "erp_unit_price" => vec![name, "amount", "unit_price", "quantity", "discount"],
        name => vec![name, name.strip_prefix("erp_").unwrap_or(name)],
    };
    let number = |(level, name): (Level, &'n str)| {
        let of_level = move |name| Kind::Order.field(level, name).map(|at| numbered(level, at));
        sources(name).into_iter().filter_map(of_level)
    };
    names.flat_map(number).chain([LINES]).collect()
}

/// The number of a field among those of both levels.
const fn numbered(level: Level, at: usize) -> u8 {
    match level {
        Level::Header => at as u8,
        Level::Line => at as u8 | LINE,
    }
}

/// The name of a field's number.
fn name(number: u8) -> String {
    let field = |level, at: u8| Kind::Order.fields(level).get(usize::from(at)).map_or("", |field| field.name);
    match number {
        LINES => "lines".to_owned(),
        LINE.. => format!("lines.{}", field(Level::Line, number & !LINE)),
        _ => field(Level::Header, number).to_owned(),
    }
}

impl Version {
    /// What has become of an order of which this is the last version; `new` takes over what was told so far.
    pub fn since(&self, new: &mut Self, written: &Written) -> Delta {
        let numbers = self.differing(new);
        let all: Vec<String> = numbers.iter().map(|number| name(*number)).collect();
        let is_written = |number: &u8| written.as_ref().is_none_or(|written| written.contains(number));
        let fields: Vec<String> =
            numbers.iter().filter(|number| is_written(number)).map(|number| name(*number)).collect();
        let within = |fields: &[String], names: &[&str]| fields.iter().all(|name| names.contains(&name.as_str()));
        new.told = self.told;
        let (before, now) = (self.refunded.unwrap_or(0), new.refunded.unwrap_or(0));
        if self.cancelled && !new.cancelled || before > now {
            return Delta::Older;
        }
        let by_totals = self.refunded.or(new.refunded).is_none() && !new.cancelled && within(&all, &TOTALS);
        let (mut refund, mut only) = (now - before, within(&fields, &STATED));
        if let (true, Some(before), Some(now)) = (by_totals, self.total, new.total) {
            if now > before && now - before <= self.told {
                return Delta::Older;
            }
            refund = (before - now).max(0);
            only = refund > 0;
        }
        new.told += refund;
        let cancelled = new.cancelled && !self.cancelled;
        if fields.is_empty() && refund == 0 && !cancelled {
            return Delta::Same;
        }
        Delta::Since { cancelled, refund, changed: !(cancelled || refund > 0 && only), fields }
    }

    /// What has become of an order that nobody knew.
    pub fn first(&mut self) -> Delta {
        self.told = self.refunded.unwrap_or(0).max(0);
        Delta::Since { cancelled: self.cancelled, refund: self.told, changed: false, fields: Vec::new() }
    }

    /// What was told as refunded so far, in billionths.
    #[must_use]
    pub const fn told(&self) -> i128 {
        self.told
    }

    /// Numbers of the fields that differ.
    fn differing(&self, new: &Self) -> Vec<u8> {
        let numbers: BTreeSet<u8> = self.fields.iter().chain(&new.fields).map(|(number, _)| *number).collect();
        numbers.into_iter().filter(|number| self.hash(*number) != new.hash(*number)).collect()
    }

    fn hash(&self, number: u8) -> Option<u32> {
        let found = self.fields.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        self.fields.get(found).map(|(_, hash)| *hash)
    }

    /// As it is stored.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let flags =
            u8::from(self.cancelled) | u8::from(self.refunded.is_some()) << 1 | u8::from(self.total.is_some()) << 2;
        let mut bytes = Vec::with_capacity(HEAD + self.fields.len() * FIELD);
        bytes.extend_from_slice(&[FORM, flags]);
        for amount in [self.refunded.unwrap_or(0), self.total.unwrap_or(0), self.told] {
            bytes.extend_from_slice(&amount.to_le_bytes());
        }
        for (field, hash) in &self.fields {
            bytes.push(*field);
            bytes.extend_from_slice(&hash.to_le_bytes());
        }
        bytes
    }

    /// From what is stored; none if it is of another form.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let [FORM, flags] = *bytes.first_chunk()? else { return None };
        let amount = |at: usize| Some(i128::from_le_bytes(*bytes.get(2 + at * 16..)?.first_chunk()?));
        let field = |part: &[u8; FIELD]| (part[0], u32::from_le_bytes([part[1], part[2], part[3], part[4]]));
        let (parts, rest) = bytes.get(HEAD..)?.as_chunks::<FIELD>();
        let stated = |bit: u8, at| if flags & bit != 0 { amount(at).map(Some) } else { Some(None) };
        let version = Self {
            cancelled: flags & 1 != 0,
            refunded: stated(2, 0)?,
            total: stated(4, 1)?,
            told: amount(2)?,
            fields: parts.iter().map(field).collect(),
        };
        rest.is_empty().then_some(version)
    }
}

/// The version of each order of a batch, as received.
#[must_use]
pub fn versions(batch: &Batch, rules: &Rules) -> Vec<Version> {
    let cancelled = super::validate::cancelled(batch, rules);
    let (refunded, total) = (batch.decimal(Level::Header, "refunded"), batch.decimal(Level::Header, "total"));
    let one = |(row, cancelled): (usize, bool)| Version {
        cancelled,
        refunded: refunded.and_then(|column| column.get(row)),
        total: total.and_then(|column| column.get(row)),
        ..Version::default()
    };
    let mut versions: Vec<Version> = cancelled.into_iter().enumerate().map(one).collect();
    for (at, field) in batch.kind.fields(Level::Header).iter().enumerate() {
        let Some(column) = Column::of(batch, Level::Header, field.name) else { continue };
        let mut hashes = vec![Hash::default(); versions.len()];
        column.add(at, 0, &mut hashes);
        for (version, hash) in versions.iter_mut().zip(hashes).filter(|(_, hash)| *hash != Hash::default()) {
            version.fields.push((numbered(Level::Header, at), hash.finish() as u32));
        }
    }
    let owners = batch.line_documents();
    for (at, field) in batch.kind.fields(Level::Line).iter().enumerate() {
        let Some(column) = Column::of(batch, Level::Line, field.name) else { continue };
        let mut lines = vec![Hash::default(); owners.len()];
        column.add(at, 0, &mut lines);
        let empty = vec![(Hash::default(), false); versions.len()];
        let all = lines.into_iter().zip(owners).fold(empty, |mut all, (line, owner)| {
            if let Some((hash, has)) = all.get_mut(*owner as usize) {
                *has |= line != Hash::default();
                hash.add(&line.finish().to_le_bytes());
            }
            all
        });
        for (version, (hash, _)) in versions.iter_mut().zip(all).filter(|(_, (_, has))| *has) {
            version.fields.push((numbered(Level::Line, at), hash.finish() as u32));
        }
    }
    let mut counts = vec![0_u32; versions.len()];
    owners.iter().for_each(|owner| counts.get_mut(*owner as usize).into_iter().for_each(|count| *count += 1));
    versions.iter_mut().zip(counts).for_each(|(version, count)| version.fields.push((LINES, count)));
    versions
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(cancelled: bool, refunded: Option<i128>, total: i128, note: u32) -> Version {
        let field = |name| Kind::Order.field(Level::Header, name).unwrap() as u8;
        let mut fields = vec![(field("number"), 1), (field("total"), total as u32), (field("note"), note)];
        fields.extend(refunded.map(|refunded| (field("refunded"), refunded as u32)));
        fields.extend(cancelled.then_some((field("cancelled_at"), 1)));
        fields.sort_unstable();
        Version { cancelled, refunded, total: Some(total), told: 0, fields }
    }

    /// Cancellations, refunds and changes.
    type Told = (u32, i128, u32);

    /// What is told of versions that come one after the other.
    fn told(versions: &[Version]) -> Told {
        let (mut last, mut sums): (Option<Vec<u8>>, _) = (None, (0, 0, 0));
        for version in versions {
            let mut new = version.clone();
            let delta = match last.as_deref().and_then(Version::decode) {
                Some(old) => old.since(&mut new, &None),
                None => new.first(),
            };
            if let Delta::Since { cancelled, refund, changed, .. } = delta {
                sums = (sums.0 + u32::from(cancelled), sums.1 + refund, sums.2 + u32::from(changed));
                last = Some(new.encode());
            }
        }
        sums
    }

    #[test]
    fn what_has_become_of_an_order() {
        let v = version;
        let cases: Vec<(&str, Vec<Version>, Told)> = vec![
            ("the same twice", vec![v(false, Some(0), 20, 0), v(false, Some(0), 20, 0)], (0, 0, 0)),
            ("a note", vec![v(false, Some(0), 20, 0), v(false, Some(0), 20, 1)], (0, 0, 1)),
            ("a refund", vec![v(false, Some(0), 20, 0), v(false, Some(5), 20, 0)], (0, 5, 0)),
            (
                "two refunds",
                vec![v(false, Some(0), 20, 0), v(false, Some(5), 20, 0), v(false, Some(8), 20, 0)],
                (0, 8, 0),
            ),
            ("a refund and a note", vec![v(false, Some(0), 20, 0), v(false, Some(5), 20, 1)], (0, 5, 1)),
            (
                "a refund, then cancelled with the rest",
                vec![v(false, Some(0), 20, 0), v(false, Some(5), 20, 0), v(true, Some(20), 20, 0)],
                (1, 20, 0),
            ),
            ("refunded when it is first seen", vec![v(false, Some(5), 20, 0), v(false, Some(5), 20, 0)], (0, 5, 0)),
            ("only the total tells", vec![v(false, None, 20, 0), v(false, None, 15, 0)], (0, 5, 0)),
            (
                "only the total tells, and an old export comes in between",
                vec![v(false, None, 20, 0), v(false, None, 15, 0), v(false, None, 20, 0), v(false, None, 12, 0)],
                (0, 8, 0),
            ),
        ];
        for (name, versions, expected) in cases {
            assert_eq!(told(&versions), expected, "{name}");
        }
    }

    #[test]
    fn what_is_told_names_the_fields_that_are_written() {
        let mut new = version(false, Some(0), 20, 1);
        new.fields.push((LINES, 2));
        let old = version(false, Some(0), 20, 0);
        let Delta::Since { fields, .. } = old.since(&mut new, &None) else { panic!("it changed") };
        assert_eq!(fields, ["note", "lines"]);
        new.fields.pop();
        let names = || [(Level::Header, "total"), (Level::Line, "item")].into_iter();
        assert_eq!(old.since(&mut new, &Some(written(names()))), Delta::Same, "nobody is told of a note");
        let numbers = written(names());
        let told: Vec<String> = numbers.into_iter().map(name).collect();
        assert_eq!(told, ["total", "lines.sku", "lines.item", "lines"]);
    }

    #[test]
    fn what_is_stored_of_another_form_is_none() {
        let bytes = version(true, None, -20, 3).encode();
        assert_eq!(Version::decode(&bytes), Some(version(true, None, -20, 3)));
        for wrong in [&bytes[..HEAD - 1], &bytes[..bytes.len() - 1], &[][..], &[9, 0]] {
            assert_eq!(Version::decode(wrong), None);
        }
        let fields = [Level::Header, Level::Line].map(|level| Kind::Order.fields(level).len());
        assert!(HEAD + (fields[0] + fields[1] + 1) * FIELD <= 2_048, "the ledger takes it");
        assert!(fields.iter().all(|count| *count < usize::from(LINE) - 1), "the numbers have room");
    }

    proptest! {
        /// An order's life in exports that overlap, in any order and as often as they come: what is refunded and cancelled
        /// is told once.
        #[test]
        fn refunds_and_cancellations_are_told_once(
            refunds in prop::collection::vec(0_i128..50, 1..6),
            cancels in any::<bool>(),
            order in prop::collection::vec(any::<prop::sample::Index>(), 1..30),
        ) {
            let mut life: Vec<Version> = Vec::new();
            let mut sum = 0;
            for refund in refunds {
                sum += refund;
                life.push(version(false, Some(sum), 20, 0));
            }
            if cancels {
                life.push(version(true, Some(sum + 3), 20, 0));
            }
            let mut seen: Vec<Version> = order.iter().map(|at| at.get(&life).clone()).collect();
            let (cancelled, refunded, _) = told(&seen);
            let last = seen.iter().map(|v| v.refunded.unwrap()).max().unwrap();
            prop_assert_eq!(refunded, last);
            prop_assert_eq!(cancelled, u32::from(seen.iter().any(|v| v.cancelled)));
            seen.extend(seen.clone());
            prop_assert_eq!(told(&seen), (cancelled, refunded, 0), "twice is once");
        }
    }
}
