//! Recipes: the flows that a shop, an ERP and a CRM can have with each other, as far as there are layouts.
//!
//! Nothing here knows a system. A layout says what its system is (`recipe = "shop"`, `"erp"` or `"crm"`); the kind of
//! its documents and whether it reads or writes say the rest. Pure: a workspace is made as texts.

mod config;
mod sample;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::shown::nearest;
use crate::document::{Kind, Level};
use crate::layout::Layout;
use crate::layout::library::Library;
use crate::layout::model::Role;

pub use config::{Made, make};

/// Who sends what to whom, in the order in which flows are written.
const PASSAGES: [(Kind, Role, Role); 8] = [
    (Kind::Order, Role::Shop, Role::Erp),
    (Kind::Customer, Role::Shop, Role::Erp),
    (Kind::Return, Role::Shop, Role::Erp),
    (Kind::Order, Role::Shop, Role::Crm),
    (Kind::Customer, Role::Shop, Role::Crm),
    (Kind::Inventory, Role::Erp, Role::Shop),
    (Kind::Shipment, Role::Erp, Role::Shop),
    (Kind::Product, Role::Erp, Role::Shop),
];

/// The systems that recipes are made of, by what they are.
#[derive(Debug)]
pub struct Systems(BTreeMap<Role, BTreeMap<String, Vec<Arc<Layout>>>>);

/// A shop with an ERP, and perhaps a CRM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The system that sells.
    pub shop: String,
    /// The system that keeps the books.
    pub erp: String,
    /// The system that keeps the customers.
    pub crm: Option<String>,
}

/// One flow of a recipe: what is read from one system, and what is written for others.
#[derive(Debug)]
pub struct Passage {
    /// The kind of document.
    pub kind: Kind,
    /// The layout that is read.
    pub from: Arc<Layout>,
    /// The layouts that are written.
    pub to: Vec<Arc<Layout>>,
    /// Whether it goes from the ERP to the shop.
    pub outbound: bool,
}

impl Passage {
    /// Its flow's name: `<system>-<documents>`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.from.system(), plural(self.kind))
    }
}

/// The documents of a kind in a name.
#[must_use]
pub const fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Order => "orders",
        Kind::Inventory => "inventory",
        Kind::Shipment => "shipments",
        Kind::Product => "products",
        Kind::Customer => "customers",
        Kind::Return => "returns",
        Kind::Invoice => "invoices",
    }
}

impl Recipe {
    /// Its name: `SHOP-ERP` or `SHOP-ERP-CRM`.
    #[must_use]
    pub fn name(&self) -> String {
        let crm = self.crm.as_ref().map(|crm| format!("-{crm}")).unwrap_or_default();
        format!("{}-{}{crm}", self.shop, self.erp)
    }

    fn system(&self, role: Role) -> Option<&str> {
        match role {
            Role::Shop => Some(&self.shop),
            Role::Erp => Some(&self.erp),
            Role::Crm => self.crm.as_deref(),
        }
    }
}

impl Systems {
    /// The systems of a library.
    #[must_use]
    pub fn of(library: &Library) -> Self {
        let mut systems: BTreeMap<Role, BTreeMap<String, Vec<Arc<Layout>>>> = BTreeMap::new();
        for layout in library.all() {
            if let Some(role) = layout.recipe {
                systems.entry(role).or_default().entry(layout.system().to_owned()).or_default().push(layout);
            }
        }
        Self(systems)
    }

    /// The names of the systems of a role, sorted.
    pub fn names(&self, role: Role) -> impl Iterator<Item = &str> {
        self.0.get(&role).into_iter().flat_map(BTreeMap::keys).map(String::as_str)
    }

    fn layouts(&self, role: Role, system: &str) -> impl Iterator<Item = &Arc<Layout>> {
        self.0.get(&role).and_then(|systems| systems.get(system)).into_iter().flatten()
    }

    /// Every recipe: each shop with each ERP with which it has a flow, then the same with each CRM.
    #[must_use]
    pub fn recipes(&self) -> Vec<Recipe> {
        let mut recipes = Vec::new();
        for shop in self.names(Role::Shop) {
            for erp in self.names(Role::Erp) {
                let pair = Recipe { shop: shop.to_owned(), erp: erp.to_owned(), crm: None };
                let flows = self.outputs(&pair);
                if flows == 0 {
                    continue;
                }
                let with = self.names(Role::Crm).map(|crm| Recipe { crm: Some(crm.to_owned()), ..pair.clone() });
                let with: Vec<Recipe> = with.filter(|recipe| self.outputs(recipe) > flows).collect();
                recipes.push(pair);
                recipes.extend(with);
            }
        }
        recipes
    }

    fn outputs(&self, recipe: &Recipe) -> usize {
        self.passages(recipe).iter().map(|passage| passage.to.len()).sum()
    }

    /// The recipe of a name.
    ///
    /// # Errors
    /// A sentence with the nearest names, when there is none.
    pub fn recipe(&self, name: &str) -> Result<Recipe, String> {
        let recipes = self.recipes();
        let names: Vec<String> = recipes.iter().map(Recipe::name).collect();
        recipes.into_iter().find(|recipe| recipe.name() == name).ok_or_else(|| {
            let near = nearest(name, names.iter().map(String::as_str));
            format!("there is no recipe {name}; expected {near}. See `consign init --list-recipes`.")
        })
    }

    /// The flows of a recipe. A file that goes to two systems is one flow with the outputs of both.
    #[must_use]
    pub fn passages(&self, recipe: &Recipe) -> Vec<Passage> {
        let mut passages: Vec<Passage> = Vec::new();
        for (kind, from, to) in PASSAGES {
            let (Some(sender), Some(receiver)) = (recipe.system(from), recipe.system(to)) else { continue };
            let of_kind = |layout: &&Arc<Layout>| layout.kind == kind;
            let Some(read) = self.layouts(from, sender).filter(of_kind).find(|layout| layout.reads) else { continue };
            let has_lines = read.bindings(Level::Line).next().is_some();
            let written = self.layouts(to, receiver).filter(of_kind).filter(|layout| layout.writes);
            let written: Vec<Arc<Layout>> = written.cloned().collect();
            // What has no lines cannot fill a file of lines, and a file of headers alone would be half an import.
            let wants_lines = written.iter().any(|layout| layout.bindings(Level::Line).next().is_some());
            if written.is_empty() || wants_lines && !has_lines {
                continue;
            }
            match passages.iter_mut().find(|passage| passage.from.name == read.name) {
                Some(passage) => passage.to.extend(written),
                None => {
                    let outbound = from == Role::Erp;
                    passages.push(Passage { kind, from: Arc::clone(read), to: written, outbound });
                }
            }
        }
        passages
    }
}

/// Whether a cancelled order goes over as such: what is read tells of it, and what is written has a place for it.
#[must_use]
pub fn carries_cancellations(passage: &Passage) -> bool {
    let binds = |layout: &Layout, names: &[&str]| {
        layout.bindings(Level::Header).any(|binding| names.contains(&layout.field_name(binding)))
    };
    passage.kind == Kind::Order
        && !passage.from.rules.cancelled.is_empty()
        && passage.to.iter().any(|layout| binds(layout, &["status", "action", "cancelled_at"]))
}
