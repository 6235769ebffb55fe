//! Recipes from outside: every workspace of the matrix is sound, and its examples go out at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use consign::layout::library::Library;
use consign::recipe::{self, Systems};
use consign::workspace;
use serde_json::Value;

use super::support::{files, lines, run};

fn recipes() -> Vec<Value> {
    lines(&run(&["init", "--list-recipes", "--json"]).out)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

#[test]
fn every_recipe_makes_a_workspace_without_problems() {
    let folder = tempfile::tempdir().unwrap();
    let systems = Systems::of(&Library::new(BTreeMap::new()));
    let all = systems.recipes();
    assert!(all.len() > 200, "{}", all.len());
    for recipe in &all {
        let (name, place) = (recipe.name(), folder.path().join(recipe.name()));
        let made = recipe::make(&systems, recipe);
        for (path, bytes) in made.files.iter().chain([&("consign.toml".to_owned(), made.config.into_bytes())]) {
            let path = place.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let workspace = workspace::load(&place).map_err(|error| format!("{name}: {error:#?}")).unwrap();
        assert_eq!(workspace.flows.len(), systems.passages(recipe).len(), "{name}");
        fs::remove_dir_all(place).unwrap();
    }
}

/// Runs the workspace of a recipe; every document of every example must go out, once, to every system it is for.
fn runs(recipe: &Value, place: &Path) {
    let (name, folder) = (text(recipe, "recipe"), place.to_str().unwrap());
    assert_eq!(run(&["init", folder, "--recipe", name]).code, Some(0));
    let config = fs::read_to_string(place.join("consign.toml")).unwrap();
    fs::write(place.join("consign.toml"), config.replace("\npartner = ", "\nquiet_secs = 0\npartner = ")).unwrap();
    let ran = run(&["run", "--workspace", folder, "--json"]);
    assert_eq!(ran.code, Some(0), "{name}: {}{}", ran.out, ran.err);
    let flows = recipe["flows"].as_array().unwrap();
    let shown = (1..).map(|id: u32| run(&["show", &id.to_string(), "--workspace", folder, "--json"]));
    let shown = shown.take_while(|shown| shown.code == Some(0)).map(|shown| serde_json::from_str(&shown.out).unwrap());
    // The second of two files that belong together is shown with the first.
    let shown: Vec<Value> = shown.filter(|shown: &Value| shown["intake"]["companion_of"].is_null()).collect();
    for flow in flows {
        let shown = shown.iter().find(|shown| shown["intake"]["flow"] == flow["flow"]).unwrap();
        let documents = |class: &str| {
            shown["balance"].as_array().unwrap().iter().find(|b| b["class"] == class).unwrap()["documents"].clone()
        };
        assert!(documents("in").as_u64().unwrap() > 0 && documents("in") == documents("out"), "{name}: {shown}");
        let outputs = shown["outputs"].as_array().unwrap();
        assert_eq!(outputs.len(), flow["to"].as_array().unwrap().len(), "{name}: {shown}");
        for output in outputs {
            let path = place.join("out").join(text(output, "target")).join(text(output, "name"));
            let written = fs::read(&path).unwrap();
            // Prophet 21 takes tables without a header row.
            let without = usize::from(text(output, "target") != "prophet21");
            assert!(
                written.iter().filter(|byte| **byte == b'\n').count() > without,
                "{name}: {} is empty",
                path.display()
            );
        }
    }
    let dropped = files(&place.join("in"));
    assert!(dropped.is_empty(), "{name}: {dropped:?}");
}

#[test]
fn the_examples_of_every_flow_go_out_at_once() {
    let folder = tempfile::tempdir().unwrap();
    // Recipes until every road of the matrix was taken: a layout read, and one written from it.
    let mut seen = BTreeSet::new();
    for recipe in recipes().iter().rev() {
        let mut roads = BTreeSet::new();
        for flow in recipe["flows"].as_array().unwrap() {
            for to in flow["to"].as_array().unwrap() {
                roads.insert((text(flow, "from").to_owned(), to.as_str().unwrap().to_owned()));
            }
        }
        if !roads.is_subset(&seen) {
            runs(recipe, &folder.path().join(text(recipe, "recipe")));
            seen.extend(roads);
        }
    }
    assert!(seen.len() > 150, "{}", seen.len());
}

#[test]
fn stock_goes_out_under_the_shops_own_codes() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("space");
    let recipes = recipes();
    let recipe = recipes.iter().find(|recipe| recipe["recipe"] == "woocommerce-netsuite").unwrap();
    assert_eq!(run(&["init", place.to_str().unwrap(), "--recipe", text(recipe, "recipe")]).code, Some(0));
    let sku =
        "partner,sku,item,unit,erp_unit,factor\nwoocommerce,BOX-6,MUG-RED,BX,EA,6\nwoocommerce,TEA,TEA-BLACK,,,\n";
    fs::write(place.join("crosswalk/sku.csv"), sku).unwrap();
    let stock = "Item,Location,New Quantity\nMUG-RED,Main,30\nTEA-BLACK,Main,5\nTEA-BLACK,Main,7\nMUG-RED,Main,31\n";
    let config = fs::read_to_string(place.join("consign.toml")).unwrap();
    fs::write(place.join("consign.toml"), config.replace("\npartner = ", "\nquiet_secs = 0\npartner = ")).unwrap();
    for file in files(&place.join("in")) {
        fs::remove_file(file).unwrap();
    }
    let header = fs::read_to_string(super::support::root().join("fixtures/202_netsuite_inventory-worksheet/input.csv"));
    let header = header.unwrap().lines().next().unwrap().to_owned();
    let cell = |row: &str, name: &str| {
        let at = stock.lines().next().unwrap().split(',').position(|known| known == name);
        at.and_then(|at| row.split(',').nth(at)).unwrap_or_default().to_owned()
    };
    let mut file = format!("{header}\n");
    for row in stock.lines().skip(1) {
        file.push_str(&header.split(',').map(|name| cell(row, name)).collect::<Vec<_>>().join(","));
        file.push('\n');
    }
    fs::write(place.join("in/netsuite-inventory/stock.csv"), file).unwrap();
    let ran = run(&["run", "--workspace", place.to_str().unwrap()]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    let written = files(&place.join("out/woocommerce"));
    let written = fs::read_to_string(&written[0]).unwrap();
    // 30 mugs are 5 boxes; 31 are no whole number of boxes and are held.
    let rows: Vec<&str> = written.lines().skip(1).collect();
    assert_eq!(rows.len(), 3, "{written}");
    assert!(rows[0].contains("BOX-6") && rows[0].ends_with('5'), "{written}");
    assert!(rows[1].contains("TEA") && rows[1].ends_with('5') && rows[2].ends_with('7'), "{written}");
}

#[test]
fn the_matrix_is_a_table_and_an_unknown_recipe_is_told_with_the_nearest() {
    let listed = run(&["init", "--list-recipes"]);
    let row = listed.out.lines().find(|line| line.split_whitespace().next() == Some("shopify-netsuite")).unwrap();
    assert_eq!(row.split_whitespace().skip(1).collect::<Vec<_>>(), ["in", "out", "out", "-", "in", "-", "-"]);
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("space");
    let unknown = run(&["init", place.to_str().unwrap(), "--recipe", "shopify-netsiute"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("`shopify-netsuite`") && !place.exists(), "{}", unknown.err);
}
