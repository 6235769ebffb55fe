//! Where a value stands in a message.

use super::segments::tag;
use crate::syntax::edifact::Segment;

/// The way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The first segment of the group around it, and that segment's qualifier if one is asked for.
    pub within: Option<(u64, Option<u64>)>,
    /// The segment.
    pub segment: u64,
    /// Its qualifier.
    pub qualifier: Option<u64>,
    /// Where in the segment.
    pub place: Place,
}

/// Where in a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Element and component, from 1.
    Component(usize, usize),
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
    /// Looks at a segment; at the second components only if a path asks for them.
    pub fn at(segment: &Segment<'_>, has_codes: bool) -> Self {
        let mut look = Self { qualifier: tag(segment.component(1, 1)), ..Self::default() };
        let elements = if has_codes { segment.len() } else { 0 };
        for (code, element) in look.codes.iter_mut().zip(1..=elements) {
            *code = tag(segment.component(element, 2));
            look.len += 1;
        }
        look
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
        let (within, rest) = match text.split_once('/') {
            Some((outer, rest)) => (Some(head(outer)?), rest),
            None => (None, text),
        };
        if let Some((segment, code)) = rest.split_once('@') {
            let (segment, qualifier) = head(segment)?;
            let place = Place::Before(tag(code.as_bytes()));
            return Ok(Self { within, segment, qualifier, place });
        }
        // The dots that count stand behind the bracket.
        let from = rest.find(']').map_or(0, |at| at + 1);
        let dot = rest.get(from..).and_then(|tail| tail.find('.')).map(|at| from + at);
        let dot = dot.ok_or_else(|| format!("an element, as in BGM.2 or NAD.2.1, instead of {text:?}"))?;
        let (segment, qualifier) = head(&rest[..dot])?;
        Ok(Self { within, segment, qualifier, place: numbers(&rest[dot + 1..])? })
    }

    /// Whether the segment is the one meant; its ID is compared already.
    pub fn fits(&self, within: Option<(u64, u64)>, look: &Look) -> bool {
        let group = self.within.is_none_or(|(head, qualifier)| {
            within.is_some_and(|open| open.0 == head && qualifier.is_none_or(|asked| asked == open.1))
        });
        group && self.qualifier.is_none_or(|asked| asked == look.qualifier)
    }

    /// The element, the component and the value, as received; none if it is empty.
    pub fn find<'s>(&self, segment: &Segment<'s>, look: &Look) -> Option<(usize, usize, &'s [u8])> {
        let found = match &self.place {
            Place::Component(element, component) => (*element, *component, segment.component(*element, *component)),
            Place::Before(code) => {
                let element = look.codes.get(..look.len)?.iter().position(|known| known == code)? + 1;
                (element, 1, segment.component(element, 1))
            }
        };
        (!found.2.is_empty()).then_some(found)
    }
}

/// `NAD[BY]` or `BGM`.
fn head(text: &str) -> Result<(u64, Option<u64>), String> {
    let (segment, qualifier) = match text.split_once('[') {
        Some((segment, rest)) => {
            let inner = rest.strip_suffix(']').ok_or_else(|| format!("a closing bracket in {text}"))?;
            (segment, Some(tag(inner.as_bytes())))
        }
        None => (text, None),
    };
    if segment.len() == 3 && segment.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok((tag(segment.as_bytes()), qualifier))
    } else {
        Err(format!("a segment of three capital letters instead of {segment:?}"))
    }
}

/// `2.1`, or `2` for its first component.
fn numbers(text: &str) -> Result<Place, String> {
    let (element, component) = text.split_once('.').unwrap_or((text, "1"));
    let number = |text: &str| text.parse().ok().filter(|n| (1..=MOST).contains(n));
    match (number(element), number(component)) {
        (Some(element), Some(component)) => Ok(Place::Component(element, component)),
        _ => Err(format!("numbers of an element and a component, as in 2.1, instead of {text:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(segment: &str, qualifier: Option<&str>, place: Place) -> Path {
        let code = |text: &str| tag(text.as_bytes());
        Path { within: None, segment: code(segment), qualifier: qualifier.map(code), place }
    }

    #[test]
    fn paths() {
        let code = |text: &str| tag(text.as_bytes());
        let within = |head: &str, qualifier: Option<&str>, path: Path| Path {
            within: Some((code(head), qualifier.map(code))),
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
        ] {
            assert_eq!(Path::parse(text), Ok(expected), "{text}");
        }
        for text in
            ["", "BGM", "BGM.", "BGM.0", "BGM.1.100", "BG.1", "bgm.1", "RFF[ON.1.2", "NAD[BY]/RFF", "BGM02", "/BGM.1"]
        {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
