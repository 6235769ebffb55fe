//! Paths of X12: `BEG03`, `REF[DP]02`, `SAC[01=C,02!=D240|H850]05`, `N1[ST]/N401`, `PO1@UP`, `HL[O]/PRF01`, `SLN04,05,09+`.

use super::segments::tag;
use crate::syntax::x12::Segment;

/// Where a value stands in a transaction set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The level of the tree that the place belongs to.
    pub(super) level: Option<u64>,
    /// The loop's first segment and its element 01, if the place is inside a loop.
    pub(super) within: Option<(u64, u64)>,
    pub(super) segment: u64,
    /// What must hold of the segment: its qualifiers.
    pub(super) conditions: Vec<Condition>,
    pub(super) place: Element,
}

/// What an element must be, or must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    element: usize,
    not: bool,
    codes: Vec<u64>,
}

impl Condition {
    /// `D240` (of element 01), `02=D240|D500` or `02!=H850`.
    fn parse(text: &str) -> Result<Self, String> {
        let (at, codes) = text.split_once('=').unwrap_or(("01", text));
        let (at, not) = at.strip_suffix('!').map_or((at, false), |at| (at, true));
        let element = at.parse().ok().filter(|at| (1..=99).contains(at));
        let element = element.ok_or_else(|| format!("two digits of an element before the = in {text}"))?;
        Ok(Self { element, not, codes: codes.split('|').map(|code| tag(code.as_bytes())).collect() })
    }

    #[inline]
    fn holds(&self, segment: &Segment<'_>) -> bool {
        self.codes.contains(&tag(segment.element(self.element))) != self.not
    }
}

/// What of a segment is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// Element n, from 1.
    Number(usize),
    /// The value behind this qualifier among the pairs from element 6 on.
    Pair(u64),
    /// The values of several elements with a blank between; with true also of all behind one.
    Several(Vec<(usize, bool)>),
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
                let (segment, conditions) = head(outer)?;
                let Some([Condition { element: 1, not: false, codes }]) = conditions.get(..) else {
                    return Err("a qualifier in brackets before the slash".to_owned());
                };
                (codes.first().map(|code| (segment, *code)), rest)
            }
            None => (None, text),
        };
        if let Some((segment, qualifier)) = rest.split_once('@') {
            let (segment, conditions) = head(segment)?;
            return Ok(Self { level, within, segment, conditions, place: Element::Pair(tag(qualifier.as_bytes())) });
        }
        // The elements begin behind the bracket, or with the digits at the end: of `N101` and `N1` the last two.
        let start = rest.find(']').map_or(0, |at| at + 1);
        let list = &rest[start..];
        let first = list.find([',', '+']).unwrap_or(list.len());
        let digits = first - list[..first].bytes().rev().take_while(u8::is_ascii_digit).count();
        let at = start + digits.max(first.saturating_sub(2));
        let (segment, conditions) = head(&rest[..at])?;
        Ok(Self { level, within, segment, conditions, place: elements(&rest[at..])? })
    }

    /// The codes of which element 01 must have one, if it must.
    pub(super) fn first_codes(&self) -> Option<&[u64]> {
        let first = |condition: &&Condition| condition.element == 1 && !condition.not;
        self.conditions.iter().find(first).map(|condition| condition.codes.as_slice())
    }

    /// Whether the segment is one that is meant.
    #[inline]
    pub(super) fn means(&self, segment: &Segment<'_>) -> bool {
        self.conditions.iter().all(|condition| condition.holds(segment))
    }
}

/// `03`, or `04,05,09+`.
fn elements(text: &str) -> Result<Element, String> {
    let one = |text: &str| {
        let (digits, behind) = text.strip_suffix('+').map_or((text, false), |digits| (digits, true));
        let number = digits.parse().ok().filter(|n| (1..=99).contains(n));
        number.map(|number| (number, behind)).ok_or_else(|| format!("two digits of an element instead of {text:?}"))
    };
    let all = text.split(',').map(one).collect::<Result<Vec<_>, _>>()?;
    Ok(match all.as_slice() {
        [(number, false)] => Element::Number(*number),
        _ => Element::Several(all),
    })
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

/// `N1[ST]`, `SAC[01=C,02=D240]` or `BEG`: a qualifier stands in element 01 unless another one is named.
fn head(text: &str) -> Result<(u64, Vec<Condition>), String> {
    let (segment, conditions) = match text.split_once('[') {
        Some((segment, rest)) => {
            let inner = rest.strip_suffix(']').ok_or_else(|| format!("a closing bracket in {text}"))?;
            (segment, inner.split(',').map(Condition::parse).collect::<Result<_, _>>()?)
        }
        None => (text, Vec::new()),
    };
    if (2..=3).contains(&segment.len()) && segment.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        Ok((tag(segment.as_bytes()), conditions))
    } else {
        Err(format!("a segment of two or three characters instead of {segment:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(segment: &str, conditions: &[(usize, bool, &[&str])], place: Element) -> Path {
        let condition = |(element, not, codes): &(usize, bool, &[&str])| Condition {
            element: *element,
            not: *not,
            codes: codes.iter().map(|code| tag(code.as_bytes())).collect(),
        };
        let conditions = conditions.iter().map(condition).collect();
        Path { level: None, within: None, segment: tag(segment.as_bytes()), conditions, place }
    }

    #[test]
    fn paths() {
        let within = Path { within: Some((tag(b"N1"), tag(b"ST"))), ..path("N4", &[], Element::Number(1)) };
        let charge: &[(usize, bool, &[&str])] = &[(1, false, &["C"]), (2, true, &["D240", "H850"])];
        for (text, expected) in [
            ("BEG03", path("BEG", &[], Element::Number(3))),
            ("N104", path("N1", &[], Element::Number(4))),
            ("REF[DP]02", path("REF", &[(1, false, &["DP"])], Element::Number(2))),
            ("SAC[01=C,02!=D240|H850]05", path("SAC", charge, Element::Number(5))),
            ("N1[ST]/N401", within),
            ("PO1@UP", path("PO1", &[], Element::Pair(tag(b"UP")))),
            ("SLN04,05,09+", path("SLN", &[], Element::Several(vec![(4, false), (5, false), (9, true)]))),
            ("PO401", path("PO4", &[], Element::Number(1))),
        ] {
            assert_eq!(Path::parse(text), Ok(expected), "{text}");
        }
        for text in
            ["", "B", "BEG", "REF[DP02", "N1/N401", "N1[02=ST]/N401", "BEG00", "SLN04,", "SLN04,x+", "toolong01"]
        {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
