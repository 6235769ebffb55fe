//! Where a value stands in a message.

use std::borrow::Cow;

use super::segments::tag;
use super::slots::{Asked, Index, Places};
use crate::syntax::edifact::Segment;

/// The way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The first segment of the group around it, and that segment's qualifiers.
    pub within: Option<(u64, Qualifiers)>,
    /// Which level of a tree, if the group is one.
    pub level: Which,
    /// The segment.
    pub segment: u64,
    /// Its qualifiers.
    pub qualifiers: Qualifiers,
    /// Where in the segment.
    pub place: Place,
}

/// Which of the levels above a line a value is of. A package is a level with a number (GIN).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// The nearest that says it: `CPS/GIN[BJ].2`.
    #[default]
    Nearest,
    /// The nearest package: `CPS.package/MEA[2=AAB].3.2`.
    Package,
    /// The next package around it: `CPS.tare/GIN[BJ].2`.
    Tare,
}

/// Codes that first components of elements must have, or must not: the element, whether it must have any of these codes,
/// and the codes.
pub type Qualifiers = Vec<(usize, bool, Vec<u64>)>;

/// Where in a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Element and component, from 1.
    Component(usize, usize),
    /// Components of an element from one to another, as the lines of one text.
    Lines(usize, usize, usize),
    /// The first component of the first element whose second component is this.
    Before(u64),
}

/// Elements of which the codes are looked at: PIA has six, and no segment with codes behind values has more.
const CODES: usize = 16;

/// What paths ask of a segment, looked at once and not once a binding.
#[derive(Debug, Default)]
pub struct Look {
    qualifier: u64,
    codes: [u64; CODES],
    len: usize,
}

impl Look {
    /// Looks at a segment, at the second components only if a path asks for them; and the places that it can fill, as
    /// far as codes and its length tell.
    pub(super) fn at(segment: &Segment<'_>, index: &Index) -> (Self, Places) {
        let mut look = Self { qualifier: tag(segment.component(1, 1)), ..Self::default() };
        let mut bits = index.by_first(|| look.qualifier);
        let elements = if index.asks_codes() { segment.len() } else { 0 };
        for (code, element) in look.codes.iter_mut().zip(1..=elements) {
            *code = tag(segment.component(element, 2));
            look.len += 1;
            bits |= index.by_code(*code).map_or(0, |(_, places)| places);
        }
        (look, index.fitting(bits, segment.len()))
    }
}

/// Most elements and components that a path can name.
const MOST: usize = 99;

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (outer, rest) = text.split_once('/').map_or((None, text), |(outer, rest)| (Some(outer), rest));
        let (outer, level) = match outer.and_then(|outer| outer.split_once('.')) {
            Some((outer, "package")) => (Some(outer), Which::Package),
            Some((outer, "tare")) => (Some(outer), Which::Tare),
            Some((_, other)) => return Err(format!("package or tare instead of {other}")),
            None => (outer, Which::Nearest),
        };
        let within = outer.map(head).transpose()?;
        if let Some((segment, code)) = rest.split_once('@') {
            let (segment, qualifiers) = head(segment)?;
            let place = Place::Before(tag(code.as_bytes()));
            return Ok(Self { within, level, segment, qualifiers, place });
        }
        // The dots that count stand behind the bracket.
        let from = rest.find(']').map_or(0, |at| at + 1);
        let dot = rest.get(from..).and_then(|tail| tail.find('.')).map(|at| from + at);
        let dot = dot.ok_or_else(|| format!("an element, as in BGM.2 or NAD.2.1, instead of {text:?}"))?;
        let (segment, qualifiers) = head(&rest[..dot])?;
        Ok(Self { within, level, segment, qualifiers, place: numbers(&rest[dot + 1..])? })
    }

    /// What it asks of a segment, as far as that is quickly told.
    pub(super) fn asked(&self) -> Asked<'_> {
        let first = self.qualifiers.iter().find(|(element, has, _)| *element == 1 && *has);
        let first = first.map(|(.., codes)| codes.as_slice());
        match self.place {
            Place::Component(elements, _) | Place::Lines(elements, ..) => Asked { first, code: None, elements },
            Place::Before(code) => Asked { code: Some(code), ..Asked::default() },
        }
    }

    /// Whether the segment is the one meant; its ID is compared already.
    pub fn fits(&self, within: Option<&Within>, segment: &Segment<'_>, look: &Look) -> bool {
        let group = self.within.as_ref().is_none_or(|(head, qualifiers)| {
            within.is_some_and(|open| {
                open.head == *head && all(qualifiers, |element| open.codes.get(element - 1).copied())
            })
        });
        let code = |element| match element {
            1 => Some(look.qualifier),
            element => Some(tag(segment.component(element, 1))),
        };
        group && all(&self.qualifiers, code)
    }

    /// The element, the component and the value, as received; none if it is empty.
    pub fn find<'s>(&self, segment: &Segment<'s>, look: &Look) -> Option<(usize, usize, Cow<'s, [u8]>)> {
        let found = match &self.place {
            Place::Component(element, component) => (*element, *component, segment.component(*element, *component)),
            Place::Lines(element, first, last) => {
                let lines: Vec<&[u8]> = (*first..=*last).map(|c| segment.component(*element, c)).collect();
                let kept = lines.iter().rposition(|line| !line.is_empty())? + 1;
                let text = lines.get(..kept)?.join(&b' ');
                return Some((*element, *first, Cow::Owned(text)));
            }
            Place::Before(code) => {
                let element = look.codes.get(..look.len)?.iter().position(|known| known == code)? + 1;
                (element, 1, segment.component(element, 1))
            }
        };
        (!found.2.is_empty()).then_some((found.0, found.1, Cow::Borrowed(found.2)))
    }
}

/// The group that is open: its first segment, and the first components of that segment's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    head: u64,
    codes: [u64; HEAD_ELEMENTS],
}

/// Elements of the first segment of a group that can tell what the group is; ALC has five.
const HEAD_ELEMENTS: usize = 6;

impl Within {
    /// The group of this first segment, of which no codes are asked for.
    pub const fn of(head: u64) -> Self {
        Self { head, codes: [0; HEAD_ELEMENTS] }
    }

    /// The group that begins with a segment.
    pub fn at(segment: &Segment<'_>) -> Self {
        let mut codes = [tag(b""); HEAD_ELEMENTS];
        for (code, element) in codes.iter_mut().zip(1..=segment.len()) {
            *code = tag(segment.component(element, 1));
        }
        Self { head: tag(segment.id()), codes }
    }
}

fn all(qualifiers: &Qualifiers, code: impl Fn(usize) -> Option<u64>) -> bool {
    qualifiers.iter().all(|(element, has, asked)| code(*element).is_some_and(|code| asked.contains(&code) == *has))
}

/// `NAD[BY]`, `ALC[1=C,5=FC|ABL]`, `ALC[1=C,5!=FC]` or `BGM`: a code stands in element 1 unless another one is named.
fn head(text: &str) -> Result<(u64, Qualifiers), String> {
    let (segment, qualifiers) = match text.split_once('[') {
        Some((segment, rest)) => {
            let inner = rest.strip_suffix(']').ok_or_else(|| format!("a closing bracket in {text}"))?;
            (segment, inner.split(',').map(qualifier).collect::<Result<_, _>>()?)
        }
        None => (text, Vec::new()),
    };
    if segment.len() == 3 && segment.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok((tag(segment.as_bytes()), qualifiers))
    } else {
        Err(format!("a segment of three capital letters instead of {segment:?}"))
    }
}

fn qualifier(text: &str) -> Result<(usize, bool, Vec<u64>), String> {
    let (element, codes) = text.split_once('=').unwrap_or(("1", text));
    let (element, has) = element.strip_suffix('!').map_or((element, true), |element| (element, false));
    let number = element.parse().ok().filter(|n| (1..=HEAD_ELEMENTS).contains(n));
    let number =
        number.ok_or_else(|| format!("an element from 1 to {HEAD_ELEMENTS}, as in 5=FC, instead of {text:?}"))?;
    Ok((number, has, codes.split('|').map(|code| tag(code.as_bytes())).collect()))
}

/// `2.1`, `2` for its first component, or `3.4-5` for components 4 and 5 as lines of one text.
fn numbers(text: &str) -> Result<Place, String> {
    let (element, component) = text.split_once('.').unwrap_or((text, "1"));
    let number = |text: &str| text.parse().ok().filter(|n| (1..=MOST).contains(n));
    let wrong = || format!("numbers of an element and a component, as in 2.1, instead of {text:?}");
    let (first, last) = component.split_once('-').unwrap_or((component, component));
    match (number(element), number(first), number(last)) {
        (Some(element), Some(first), Some(last)) if first == last => Ok(Place::Component(element, first)),
        (Some(element), Some(first), Some(last)) if first < last => Ok(Place::Lines(element, first, last)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(segment: &str, qualifier: Option<&str>, place: Place) -> Path {
        let code = |text: &str| tag(text.as_bytes());
        let qualifiers = qualifier.into_iter().map(|text| (1, true, vec![code(text)])).collect();
        Path { within: None, level: Which::Nearest, segment: code(segment), qualifiers, place }
    }

    #[test]
    fn a_level_may_be_that_of_a_package_or_a_tare() {
        let level = |text| Path::parse(text).map(|path| path.level);
        assert_eq!(level("CPS/GIN[BJ].2"), Ok(Which::Nearest));
        assert_eq!(level("CPS.package/MEA[2=AAB].3.2"), Ok(Which::Package));
        assert_eq!(level("CPS.tare/GIN[BJ].2"), Ok(Which::Tare));
        assert!(level("CPS.pallet/GIN[BJ].2").is_err());
    }

    #[test]
    fn paths() {
        let code = |text: &str| tag(text.as_bytes());
        let within = |head: &str, qualifier: Option<&str>, path: Path| Path {
            within: Some((code(head), qualifier.into_iter().map(|text| (1, true, vec![code(text)])).collect())),
            ..path
        };
        for (text, expected) in [
            ("BGM.2.1", path("BGM", None, Place::Component(2, 1))),
            ("BGM.2", path("BGM", None, Place::Component(2, 1))),
            ("DTM[137].1.2", path("DTM", Some("137"), Place::Component(1, 2))),
            ("NAD[BY]/RFF[VA].1.2", within("NAD", Some("BY"), path("RFF", Some("VA"), Place::Component(1, 2)))),
            ("LIN/QTY[21].1.2", within("LIN", None, path("QTY", Some("21"), Place::Component(1, 2)))),
            ("PIA[5]@SA", path("PIA", Some("5"), Place::Before(code("SA")))),
            ("COM@TE", path("COM", None, Place::Before(code("TE")))),
            ("IMD.3.4-5", path("IMD", None, Place::Lines(3, 4, 5))),
            (
                "ALC[1=C,5=FC|ABL]/MOA[8].1.2",
                Path {
                    within: Some((
                        code("ALC"),
                        vec![(1, true, vec![code("C")]), (5, true, vec![code("FC"), code("ABL")])],
                    )),
                    ..path("MOA", Some("8"), Place::Component(1, 2))
                },
            ),
            (
                "ALC[1=C,5!=FC]/MOA[8].1.2",
                Path {
                    within: Some((code("ALC"), vec![(1, true, vec![code("C")]), (5, false, vec![code("FC")])])),
                    ..path("MOA", Some("8"), Place::Component(1, 2))
                },
            ),
        ] {
            assert_eq!(Path::parse(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "BGM",
            "BGM.",
            "BGM.0",
            "BGM.1.100",
            "BG.1",
            "bgm.1",
            "RFF[ON.1.2",
            "NAD[BY]/RFF",
            "BGM02",
            "/BGM.1",
            "IMD.3.5-4",
            "ALC[7=A].1",
        ] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
