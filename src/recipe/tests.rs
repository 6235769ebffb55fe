use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn systems() -> Systems {
    Systems::of(&Library::new(BTreeMap::new()))
}

#[test]
fn a_system_has_one_main_file_to_read_of_each_kind() {
    for (role, systems) in &systems().0 {
        for (system, layouts) in systems {
            let mut kinds = BTreeSet::new();
            // What a shop gets is only written, what an ERP gives is only read.
            let sent =
                |layout: &&Arc<Layout>| PASSAGES.iter().any(|(kind, from, _)| *kind == layout.kind && from == role);
            for layout in layouts.iter().filter(|layout| layout.reads).filter(sent) {
                assert!(kinds.insert(layout.kind), "{system} has two main files of {:?}", layout.kind);
            }
        }
    }
}

#[test]
fn names_are_unique_and_lead_back_to_their_recipes() {
    let systems = systems();
    let recipes = systems.recipes();
    let names: BTreeSet<String> = recipes.iter().map(Recipe::name).collect();
    assert_eq!(names.len(), recipes.len());
    assert!(recipes.len() > 100, "{}", recipes.len());
    for recipe in &recipes {
        assert_eq!(systems.recipe(&recipe.name()).as_ref(), Ok(recipe));
    }
    let unknown = systems.recipe("shopify-netsiute").unwrap_err();
    assert!(unknown.contains("shopify-netsuite"), "{unknown}");
}

#[test]
fn what_is_read_has_files_to_try_it_with() {
    let systems = systems();
    for recipe in systems.recipes() {
        for passage in systems.passages(&recipe) {
            let files = sample::files(&passage.from.name);
            assert!(!files.is_empty(), "{} has no fixture", passage.from.name);
            let codes = sample::codes(&passage.from, passage.outbound);
            let has_lines = !passage.kind.has_lines() || passage.from.bindings(Level::Line).next().is_some();
            let has_goods = passage.kind != Kind::Customer && has_lines;
            assert!(!has_goods || !codes.skus.is_empty(), "{} reads nothing", passage.from.name);
        }
    }
}
