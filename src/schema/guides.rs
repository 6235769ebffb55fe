//! The definitions in the box as partners' guides narrow them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::library::{Library, Standard, library};
use super::model::Set;
use super::notation::{NotationError, Text};
use super::overlay::{named, overlay};
use crate::document::shown::nearest;

/// Definitions, of which some are narrowed by guides.
#[derive(Clone, Debug, Default)]
pub struct Guides {
    /// By the name of the set, as in `x12/004010/850`.
    guides: BTreeMap<String, Arc<Guide>>,
}

/// What a partner agreed about one set.
#[derive(Debug)]
struct Guide {
    text: String,
    /// The set it makes; of EDIFACT up to syntax 3 and from syntax 4 on.
    sets: [Option<Arc<Set>>; 2],
}

impl PartialEq for Guides {
    fn eq(&self, other: &Self) -> bool {
        let texts =
            |guides: &Self| guides.guides.iter().map(|(name, guide)| (name.clone(), guide.text.clone())).collect();
        let (own, others): (Vec<_>, Vec<_>) = (texts(self), texts(other));
        own == others
    }
}

impl Eq for Guides {}

/// Sets that acknowledge: partners agree about business, not about how it is acknowledged.
const ACKNOWLEDGEMENTS: [&str; 4] = ["997", "999", "CONTRL", "envelope"];

impl Guides {
    /// Adds a guide, of which `file` is the name for mistakes, and says which set it is about; nothing if it is wrong.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn add(&mut self, file: &str, text: &str) -> Result<String, Vec<NotationError>> {
        let (head, name) = named(file, text).map_err(|error| vec![error])?;
        let known =
            || Library::names().filter(|name| !ACKNOWLEDGEMENTS.iter().any(|id| name.ends_with(&format!("/{id}"))));
        if !known().any(|known| known == name) {
            return Err(vec![head.error(name, "no guide can be about it").expected(nearest(name, known()))]);
        }
        if self.guides.contains_key(name) {
            return Err(vec![head.error(name, "has a guide already")]);
        }
        let mut sets = [None, None];
        for (base, slot) in bases(name).into_iter().zip(&mut sets) {
            let Some(base) = base else { continue };
            let base = base.map_err(|error| vec![error])?;
            *slot = Some(Arc::new(overlay(&base, file, text)?));
        }
        if sets.iter().all(Option::is_none) {
            return Err(vec![Text { name: file, text }.end("the set cannot be read")]);
        }
        self.guides.insert(name.to_owned(), Arc::new(Guide { text: text.to_owned(), sets }));
        Ok(name.to_owned())
    }

    /// Whether nothing is narrowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.guides.is_empty()
    }

    /// A set of a release as its guide narrows it, or as it is in the box; none if it is not in the box.
    #[must_use]
    pub fn set(&self, standard: Standard<'_>, id: &str) -> Option<Arc<Set>> {
        let guide = self.guides.get(&format!("{}/{id}", standard.folder()));
        let narrowed = guide.and_then(|guide| guide.sets[usize::from(standard.is_4())].clone());
        // Those in the box are tested; one that could not be read is as one that is not there.
        narrowed.or_else(|| library().set(standard, id).and_then(Result::ok))
    }

    /// The set of a name such as `edifact/D.96A/ORDERS` if a guide narrows it, under syntax 4 or before it.
    #[must_use]
    pub fn narrowed(&self, name: &str, is_4: bool) -> Option<Arc<Set>> {
        self.guides.get(name)?.sets[usize::from(is_4)].clone()
    }
}

type Base = Option<Result<Arc<Set>, NotationError>>;

/// The sets of a name: one of X12, or one of EDIFACT for each kind of syntax.
fn bases(name: &str) -> [Base; 2] {
    let of_4 = || {
        let (directory, id) = name.strip_prefix("edifact/")?.split_once('/')?;
        library().set(Standard::Edifact(directory, 4), id)
    };
    [library().by_name(name), of_4()]
}
