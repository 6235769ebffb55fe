//! Paths of X12: `BEG03`, `REF[DP]02`, `SAC[02=D240]05`, `N1[ST]/N401`, `PO1@UP`, `HL[O]/PRF01`.

use super::segments::tag;

/// Where a value stands in a transaction set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The level of the tree that the place belongs to.
    pub(super) level: Option<u64>,
    /// The loop's first segment and its element 01, if the place is inside a loop.
    pub(super) within: Option<(u64, u64)>,
    pub(super) segment: u64,
    /// The element that a qualifier stands in, and the qualifier.
    pub(super) qualifier: Option<(usize, u64)>,
    pub(super) place: Element,
}

/// What of a segment is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// Element n, from 1.
    Number(usize),
    /// The value behind this qualifier among the pairs from element 6 on.
    Pair(u64),
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (level, text) = level(text)?;
        let (within, rest) = match text.split_once('/') {
            Some((outer, rest)) => {
                let (segment, qualifier) = head(outer)?;
                (Some((segment, qualifier.ok_or("a qualifier in brackets before the slash")?.1)), rest)
            }
            None => (None, text),
        };
        if let Some((segment, qualifier)) = rest.split_once('@') {
            let place = Element::Pair(tag(qualifier.as_bytes()));
            return Ok(Self { level, within, segment: tag(segment.as_bytes()), qualifier: None, place });
        }
        let digits = rest.len() - rest.bytes().rev().take_while(u8::is_ascii_digit).count();
        let at = digits.max(rest.len().saturating_sub(2));
        let number = rest.get(at..).and_then(|n| n.parse().ok()).filter(|n| (1..=99).contains(n));
        let number = number.ok_or_else(|| format!("two digits of an element at the end of {rest}, as in BEG03"))?;
        let (segment, qualifier) = head(&rest[..at])?;
        Ok(Self { level, within, segment, qualifier, place: Element::Number(number) })
    }
}

/// The level in front of a path, and the rest: `HL[O]/PRF01`, `LX/MAN02`.
fn level(text: &str) -> Result<(Option<u64>, &str), String> {
    if let Some(rest) = text.strip_prefix("LX/") {
        return Ok((Some(tag(b"LX")), rest));
    }
    let Some(rest) = text.strip_prefix("HL[") else { return Ok((None, text)) };
    let (code, rest) = rest.split_once("]/").ok_or_else(|| format!("a level and a slash, as in HL[O]/, in {text}"))?;
    Ok((Some(tag(code.as_bytes())), rest))
}

/// `N1[ST]`, `SAC[02=D240]` or `BEG`: a qualifier stands in element 01 unless another one is named.
fn head(text: &str) -> Result<(u64, Option<(usize, u64)>), String> {
    let (segment, qualifier) = match text.split_once('[') {
        Some((segment, rest)) => {
            let inner = rest.strip_suffix(']').ok_or_else(|| format!("a closing bracket in {text}"))?;
            let (at, qualifier) = inner.split_once('=').unwrap_or(("01", inner));
            let at = at.parse().ok().filter(|at| (1..=99).contains(at));
            let at = at.ok_or_else(|| format!("two digits of an element before the = in {text}"))?;
            (segment, Some((at, tag(qualifier.as_bytes()))))
        }
        None => (text, None),
    };
    if (2..=3).contains(&segment.len()) && segment.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        Ok((tag(segment.as_bytes()), qualifier))
    } else {
        Err(format!("a segment of two or three characters instead of {segment:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(segment: &str, qualifier: Option<&str>, place: Element) -> Path {
        let qualifier = qualifier.map(|q| (1, tag(q.as_bytes())));
        Path { level: None, within: None, segment: tag(segment.as_bytes()), qualifier, place }
    }

    #[test]
    fn paths() {
        let within = Path { within: Some((tag(b"N1"), tag(b"ST"))), ..path("N4", None, Element::Number(1)) };
        for (text, expected) in [
            ("BEG03", path("BEG", None, Element::Number(3))),
            ("N104", path("N1", None, Element::Number(4))),
            ("REF[DP]02", path("REF", Some("DP"), Element::Number(2))),
            ("N1[ST]/N401", within),
            ("PO1@UP", path("PO1", None, Element::Pair(tag(b"UP")))),
        ] {
            assert_eq!(Path::parse(text), Ok(expected), "{text}");
        }
        for text in ["", "B", "BEG", "REF[DP02", "N1/N401", "BEG00", "toolong01"] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
