//! Lines that are split among stores: each store of an SDQ becomes a line with its quantity.
//!
//! SDQ comes after the segment that it splits, and others may follow it, so that the segments of a line wait until the
//! next one begins and are then read once for each store. This is done only in a piece that has an SDQ.
//!
//! The amount of an allowance or charge of the line (SAC05, in cents) is split by the quantities, so that the parts add up
//! to it.
//!
//! Facts: ASC X12 segment SDQ: 01 unit, 02 qualifier of the stores, then pairs of a store and a quantity up to 22. Lines
//! are PO1 (02 quantity, 03 unit).

use crate::document::Decimal;
use crate::limits;
use crate::syntax::x12::{Delimiters, Segment, Start};

/// A segment that waits.
pub(super) struct Waiting {
    /// The ID and the elements.
    pub parts: Vec<Vec<u8>>,
    /// Where it stands.
    pub start: Start,
}

/// What one store gets of a line.
struct Share {
    unit: Vec<u8>,
    qualifier: Vec<u8>,
    store: Vec<u8>,
    quantity: Vec<u8>,
}

impl Waiting {
    pub(super) fn of(segment: &Segment<'_>) -> Self {
        Self {
            parts: (0..=segment.len()).map(|n| segment.element(n).to_vec()).collect(),
            start: Start { byte: segment.byte, line: segment.line, column: segment.column },
        }
    }

    /// The segment as text, with delimiters that no value has: a later interchange of a file may have others than the
    /// first.
    pub(super) fn text(&self) -> (Vec<u8>, Delimiters) {
        let is_free = |byte: &u8| !self.parts.iter().any(|part| part.contains(byte));
        let mut free = (0x1C..=0x1F).chain(*b"*~|^>!").filter(is_free);
        let (element, segment) = (free.next().unwrap_or(0x1D), free.next().unwrap_or(0x1C));
        let mut text = self.parts.join(&element);
        text.push(segment);
        (text, Delimiters::new(element, segment, 0, None))
    }

    fn part(&self, n: usize) -> &[u8] {
        self.parts.get(n).map(Vec::as_slice).unwrap_or_default()
    }

    fn is_split(&self) -> bool {
        self.part(0) == b"SDQ"
    }

    fn shares(&self) -> impl Iterator<Item = Share> {
        (3..22).step_by(2).filter(|n| !self.part(*n).is_empty()).map(|n| Share {
            unit: self.part(1).to_vec(),
            qualifier: self.part(2).to_vec(),
            store: self.part(n).to_vec(),
            quantity: self.part(n + 1).to_vec(),
        })
    }

    fn with(&self, parts: Vec<Vec<u8>>) -> Self {
        Self { parts, start: self.start }
    }
}

/// The segments of a line, once for each store; as they are when it is not split. None when that would be more than
/// [`limits::SPLIT_SEGMENTS`]: stores times segments grow much faster than the file.
pub(super) fn by_store(line: Vec<Waiting>) -> Option<Vec<Vec<Waiting>>> {
    if line.len() >= limits::SPLIT_SEGMENTS {
        return None;
    }
    let stores = || line.iter().filter(|segment| segment.is_split()).flat_map(Waiting::shares);
    let count = stores().count();
    if count == 0 {
        return Some(vec![line]);
    }
    let fits = count.saturating_mul(line.len()) <= limits::SPLIT_SEGMENTS;
    let parts = parts(&line);
    fits.then(|| stores().enumerate().map(|(at, share)| of_store(&line, &share, count == 1, parts.get(at))).collect())
}

/// For each store what of the quantities is gone before it and with it, and all of them together; none when they are no
/// numbers above 0.
fn parts(line: &[Waiting]) -> Vec<[i128; 3]> {
    let shares = line.iter().filter(|segment| segment.is_split()).flat_map(Waiting::shares);
    let quantity = |share: Share| Decimal::parse(&share.quantity).ok().map(Decimal::billionths).filter(|q| *q >= 0);
    let Some(quantities) = shares.map(quantity).collect::<Option<Vec<_>>>() else { return Vec::new() };
    let total: i128 = quantities.iter().sum();
    let mut before = 0;
    let part = |quantity: i128| {
        before += quantity;
        [before - quantity, before, total]
    };
    if total > 0 { quantities.into_iter().map(part).collect() } else { Vec::new() }
}

/// A store's part of an amount in cents; the parts of all stores are the amount.
fn part_of(amount: &[u8], [before, with, total]: [i128; 3]) -> Option<Vec<u8>> {
    let cents: i64 = std::str::from_utf8(amount).ok()?.parse().ok()?;
    let up_to = |quantity: i128| i128::from(cents).checked_mul(quantity).map(|product| product / total);
    Some((up_to(with)? - up_to(before)?).to_string().into_bytes())
}

/// The amount of the whole line (AMT) is that of a store only when it is the only one.
fn of_store(line: &[Waiting], share: &Share, only: bool, quantities: Option<&[i128; 3]>) -> Vec<Waiting> {
    let mut out = Vec::with_capacity(line.len());
    let mut has_split = false;
    for (at, segment) in line.iter().enumerate() {
        if at == 0 {
            let mut parts = segment.parts.clone();
            parts.resize(parts.len().max(4), Vec::new());
            parts[2].clone_from(&share.quantity);
            parts[3].clone_from(&share.unit);
            out.push(segment.with(parts));
        } else if segment.part(0) == b"AMT" && !only {
            continue;
        } else if !segment.is_split() {
            let mut parts = segment.parts.clone();
            let is_charge = segment.part(0) == b"SAC";
            if let (true, Some(amount), Some(of)) = (is_charge, parts.get_mut(5), quantities) {
                // An amount that is no whole number of cents is told by its field.
                *amount = part_of(amount, *of).unwrap_or_else(|| amount.clone());
            }
            out.push(segment.with(parts));
        } else if !has_split {
            has_split = true;
            let Share { unit, qualifier, store, quantity } = share;
            out.push(segment.with([b"SDQ", unit.as_slice(), qualifier, store, quantity].map(<[u8]>::to_vec).to_vec()));
        }
    }
    out
}

/// What the stores of a line get together, if that is not what the line says; with what it says.
pub(super) fn disagreement(line: &[Waiting]) -> Option<(Decimal, Vec<u8>)> {
    let mut shares = line.iter().filter(|segment| segment.is_split()).flat_map(Waiting::shares).peekable();
    shares.peek()?;
    let sum = shares.try_fold(Decimal::ZERO, |sum, share| sum.checked_add(Decimal::parse(&share.quantity).ok()?))?;
    let stated = line.first()?.part(2);
    (Decimal::parse(stated).ok()? != sum).then(|| (sum, stated.to_vec()))
}

/// CTT with so many lines more than it states.
pub(super) fn with_more(segment: &Segment<'_>, more: u64) -> Waiting {
    let mut waiting = Waiting::of(segment);
    let stated = std::str::from_utf8(waiting.part(1)).ok().and_then(|text| text.parse::<u64>().ok());
    if let (Some(stated), Some(part)) = (stated, waiting.parts.get_mut(1)) {
        *part = stated.saturating_add(more).to_string().into_bytes();
    }
    waiting
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_an_amount_add_up_to_it() {
        for (amount, quantities, expected) in [
            ("1000", [1, 1, 1], ["333", "333", "334"]),
            ("-1000", [1, 1, 1], ["-333", "-333", "-334"]),
            ("5", [10, 0, 30], ["1", "0", "4"]),
            ("0", [1, 2, 3], ["0", "0", "0"]),
        ] {
            let total = quantities.iter().sum::<i128>();
            let mut before = 0;
            let parts = quantities.map(|quantity| {
                before += quantity;
                part_of(amount.as_bytes(), [before - quantity, before, total]).unwrap()
            });
            assert_eq!(parts.map(|part| String::from_utf8(part).unwrap()), expected, "{amount}");
        }
        assert_eq!(part_of(b"1.5", [0, 1, 2]), None);
    }
}
