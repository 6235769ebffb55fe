//! The layouts in the box, and those that a workspace brings.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::load::load;
use super::model::Layout;
use super::toml::nearest;
use crate::document::{Code, Finding, Findings, Position};

static EMBEDDED: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/layouts.rs"));

/// Layouts by name; each is loaded when it is first asked for.
#[derive(Debug, Default)]
pub struct Library {
    own: BTreeMap<String, String>,
    loaded: BTreeMap<String, OnceLock<Result<Arc<Layout>, Findings>>>,
}

impl Library {
    /// The layouts in the box, and those given (name and TOML text), which override one of the same name.
    #[must_use]
    pub fn new(own: BTreeMap<String, String>) -> Self {
        let names = EMBEDDED.iter().map(|(name, _)| (*name).to_owned()).chain(own.keys().cloned());
        Self { loaded: names.map(|name| (name, OnceLock::new())).collect(), own }
    }

    /// Every name, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.loaded.keys().map(String::as_str)
    }

    /// Whether the layout was brought by the workspace.
    #[must_use]
    pub fn is_own(&self, name: &str) -> bool {
        self.own.contains_key(name)
    }

    /// The TOML text of a layout.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let find = || EMBEDDED.binary_search_by_key(&name, |(known, _)| *known).ok();
        let embedded = || find().and_then(|at| EMBEDDED.get(at)).map(|(_, text)| *text);
        self.own.get(name).map(String::as_str).or_else(embedded)
    }

    /// A layout by name.
    ///
    /// # Errors
    /// When there is none of this name, or its text is wrong.
    pub fn get(&self, name: &str) -> Result<Arc<Layout>, Findings> {
        let Some((slot, text)) = self.loaded.get(name).zip(self.text(name)) else { return Err(self.unknown(name)) };
        slot.get_or_init(|| load(name, text).map(Arc::new)).clone()
    }

    /// Every layout that loads, in the order of names.
    pub fn all(&self) -> impl Iterator<Item = Arc<Layout>> {
        self.names().filter_map(|name| self.get(name).ok())
    }

    fn unknown(&self, name: &str) -> Findings {
        let mut findings = Findings::default();
        let finding = Finding::new(Code::ConfigReference, Position::default());
        findings.push(finding.found(name).expected(nearest(name, self.names())).help("See `consign layouts`."));
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_in_the_box_loads() {
        let library = Library::new(BTreeMap::new());
        for name in library.names() {
            let layout = library.get(name);
            assert!(
                layout.is_ok(),
                "{name}: {:#?}",
                layout.err().map(|f| f.kept().iter().map(ToString::to_string).collect::<Vec<_>>())
            );
        }
    }

    #[test]
    fn an_unknown_name_is_told_with_the_nearest() {
        let findings = Library::new(BTreeMap::new()).get("erp/orders-cvs").unwrap_err();
        assert!(findings.kept()[0].expected.contains("erp/orders-csv"));
    }
}
