//! The definitions that a judge holds, each read once, when the first set of it comes.

use std::sync::{Arc, OnceLock};

use crate::schema::{Content, Guides, Library, Set, Standard, library};

/// The definition of ISA, GS, GE and IEA, or of UNB, UNG, UNE and UNZ, which is none of a set.
pub(super) const ENVELOPE: &[u8] = b"envelope";
/// The message that acknowledges.
pub(super) const CONTRL: &[u8] = b"CONTRL";

/// The definitions in the box, lent for as long as this lives.
#[derive(Debug)]
pub struct Definitions {
    /// Names with whether they are read under syntax 4 of EDIFACT, sorted.
    names: Vec<(&'static str, bool)>,
    slots: Vec<OnceLock<Option<Arc<Set>>>>,
    guides: Guides,
}

impl Default for Definitions {
    fn default() -> Self {
        Self::new(Guides::default())
    }
}

impl Definitions {
    /// The definitions in the box, as these guides narrow them.
    #[must_use]
    pub fn new(guides: Guides) -> Self {
        let both = |name: &'static str| {
            let fixed = name.starts_with("x12/") || name.starts_with("edifact/service");
            [(name, false), (name, true)].into_iter().take(if fixed { 1 } else { 2 })
        };
        let names: Vec<_> = Library::names().flat_map(both).collect();
        let slots = names.iter().map(|_| OnceLock::new()).collect();
        Self { names, slots, guides }
    }

    /// A set of a release by GS08 and ST01, with its index.
    pub(super) fn find(&self, release: &[u8], id: &[u8]) -> Option<(usize, &Set)> {
        if id != ENVELOPE && id.len() != 3 {
            return None;
        }
        let wanted = format!("{}{}", folder(release)?, std::str::from_utf8(id).ok()?);
        self.named(&wanted, false)
    }

    /// A message by its type and directory, such as `D` and `96A`; service messages are those of the syntax version.
    pub(super) fn message(&self, syntax: u8, kind: &[u8], [version, release]: [&[u8]; 2]) -> Option<(usize, &Set)> {
        if kind == CONTRL || kind == ENVELOPE {
            return self.service(syntax, kind);
        }
        let [kind, version, release] = [kind, version, release].map(|text| std::str::from_utf8(text).ok());
        self.named(&format!("edifact/{}.{}/{}", version?, release?, kind?), syntax >= 4)
    }

    /// A definition of the service of EDIFACT.
    pub(super) fn service(&self, syntax: u8, id: &[u8]) -> Option<(usize, &Set)> {
        let version = if syntax >= 4 { 4 } else { 3 };
        self.named(&format!("edifact/service{version}/{}", std::str::from_utf8(id).ok()?), false)
    }

    fn named(&self, wanted: &str, is_4: bool) -> Option<(usize, &Set)> {
        let at = self.names.binary_search(&(wanted, is_4)).ok()?;
        let read = || {
            if let Some(set) = self.guides.narrowed(wanted, is_4) {
                return Some(set);
            }
            let (folder, id) = wanted.rsplit_once('/')?;
            let directory = folder.strip_prefix("edifact/").filter(|_| is_4);
            let set = match directory {
                Some(directory) => library().set(Standard::Edifact(directory, 4), id),
                None => library().by_name(wanted),
            };
            set.and_then(Result::ok)
        };
        self.slots.get(at)?.get_or_init(read).as_deref().map(|set| (at, set))
    }

    /// Whether the release of GS08 is in the box.
    pub(super) fn knows(&self, release: &[u8]) -> bool {
        folder(release).is_some_and(|folder| self.names.iter().any(|(name, _)| name.starts_with(&folder)))
    }

    /// Whether an element of a segment that acknowledges may have a value: its length and its list of codes.
    pub(super) fn may_hold(&self, is_5010: bool, tag: &str, element: usize, value: &[u8]) -> bool {
        let release: &[u8] = if is_5010 { b"005010" } else { b"004010" };
        let field = || {
            let (_, set) = self.find(release, b"997")?;
            let segment = set.segments.iter().find(|segment| segment.tag.as_str() == tag)?;
            match &segment.part.fields.get(element.checked_sub(1)?)?.content {
                Content::Simple(element) => Some(Arc::clone(element)),
                Content::Composite(_) => None,
            }
        };
        let Some(element) = field() else { return false };
        let fits = (element.least as usize..=element.most as usize).contains(&value.len());
        let codes = element.codes.as_ref().filter(|codes| codes.is_complete());
        fits && value.iter().all(|byte| (0x20..0x7F).contains(byte)) && codes.is_none_or(|codes| codes.contains(value))
    }
}

/// The folder of a release: what follows its first six characters names a guide.
fn folder(release: &[u8]) -> Option<String> {
    let release = release.get(..6).filter(|release| release.iter().all(u8::is_ascii_digit))?;
    Some(format!("x12/{}/", std::str::from_utf8(release).ok()?))
}
