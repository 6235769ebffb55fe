//! The definitions in the box; each is read when it is first asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::model::{Dialect, Release, Set};
use super::notation::{self, Elements, NotationError, Segments, Text};

/// Every file of `schemas/x12` and `schemas/edifact`: its path without the ending, and its text. Sorted.
static EMBEDDED: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/definitions.rs"));

/// Which release a set belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standard<'a> {
    /// X12 by GS08, such as `004010` or `005010X231A1`; what follows the first six characters names a guide.
    X12(&'a str),
    /// EDIFACT by the directory, such as `D.96A`, and the syntax version, of which 1 to 3 are one.
    Edifact(&'a str, u8),
}

impl<'a> Standard<'a> {
    fn dialect(self) -> Dialect {
        match self {
            Self::X12(_) => Dialect::X12,
            Self::Edifact(..) => Dialect::Edifact,
        }
    }

    fn service(self) -> Option<&'static str> {
        match self {
            Self::X12(_) => None,
            Self::Edifact(_, 0..=3) => Some("edifact/service3"),
            Self::Edifact(..) => Some("edifact/service4"),
        }
    }

    /// Whether the syntax is version 4 of EDIFACT or a later one.
    pub(super) fn is_4(self) -> bool {
        matches!(self, Self::Edifact(_, 4..))
    }

    /// The folder of the release.
    pub(super) fn folder(self) -> String {
        match self {
            Self::X12(release) => format!("x12/{}", release.get(..6).unwrap_or(release)),
            Self::Edifact(directory, _) => format!("edifact/{directory}"),
        }
    }
}

type Slot<T> = Arc<OnceLock<Result<Arc<T>, NotationError>>>;

/// Definitions by release and set.
#[derive(Debug, Default)]
pub struct Library {
    releases: Mutex<BTreeMap<String, Slot<Release>>>,
    sets: Mutex<BTreeMap<(String, String), Slot<Set>>>,
}

/// The library of the process.
#[must_use]
pub fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(Library::default)
}

impl Library {
    /// The names of all sets, such as `x12/004010/850`, sorted.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| !name.ends_with("/segments") && !name.ends_with("/elements"))
    }

    /// A set by a name such as `x12/004010/850` or `edifact/D.96A/ORDERS`; messages of EDIFACT in syntax 3, service
    /// messages as `edifact/service4/CONTRL`.
    ///
    /// # Errors
    /// When its text is wrong.
    pub fn by_name(&self, name: &str) -> Option<Result<Arc<Set>, NotationError>> {
        let (folder, id) = name.rsplit_once('/')?;
        let (family, release) = folder.split_once('/')?;
        match (family, release) {
            ("x12", release) => self.set(Standard::X12(release), id),
            ("edifact", "service3") => self.set(Standard::Edifact("", 3), id),
            ("edifact", "service4") => self.set(Standard::Edifact("", 4), id),
            ("edifact", directory) => self.set(Standard::Edifact(directory, 3), id),
            _ => None,
        }
    }

    /// A set of a release; none if it is not in the box. Service messages (CONTRL) are found in every directory.
    ///
    /// # Errors
    /// When its text is wrong. Those in the box are tested, so this is for workspaces that bring their own.
    pub fn set(&self, standard: Standard<'_>, id: &str) -> Option<Result<Arc<Set>, NotationError>> {
        let folder = standard.folder();
        let file = [Some(folder.as_str()), standard.service()].into_iter().flatten();
        let (name, text) = file.filter_map(|folder| embedded(&format!("{folder}/{id}"))).next()?;
        let key = (format!("{folder} {:?}", standard.service()), id.to_owned());
        let slot = slot(&self.sets, key);
        let read = || {
            let release = self.release(standard)?;
            notation::set(Text { name, text }, &release).map(Arc::new)
        };
        Some(slot.get_or_init(read).clone())
    }

    /// The segments of a release; one that is not in the box has none, or those of the service alone.
    ///
    /// # Errors
    /// When its texts are wrong.
    pub fn release(&self, standard: Standard<'_>) -> Result<Arc<Release>, NotationError> {
        let folder = standard.folder();
        let slot = slot(&self.releases, format!("{folder} {:?}", standard.service()));
        let read = || {
            let folders = [standard.service(), Some(folder.as_str())];
            release(standard.dialect(), &folder, folders.into_iter().flatten()).map(Arc::new)
        };
        slot.get_or_init(read).clone()
    }
}

/// The place of a key. A panic elsewhere leaves no half of anything behind, so a poisoned lock is taken as it is.
fn slot<K: Ord, T>(map: &Mutex<BTreeMap<K, Slot<T>>>, key: K) -> Slot<T> {
    let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(map.entry(key).or_default())
}

fn embedded(name: &str) -> Option<(&'static str, &'static str)> {
    let at = EMBEDDED.binary_search_by_key(&name, |(known, _)| known).ok()?;
    EMBEDDED.get(at).copied()
}

/// Reads the elements and segments of folders, of which later ones may use what earlier ones define.
fn release<'a>(dialect: Dialect, name: &str, folders: impl Iterator<Item = &'a str>) -> Result<Release, NotationError> {
    let (mut elements, mut segments) = (Elements::new(), Segments::default());
    for folder in folders {
        if let Some((name, text)) = embedded(&format!("{folder}/elements")) {
            notation::elements(Text { name, text }, &mut elements)?;
        }
        if let Some((name, text)) = embedded(&format!("{folder}/segments")) {
            segments.read(Text { name, text }, &elements)?;
        }
    }
    Ok(segments.release(dialect, name))
}
