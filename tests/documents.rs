//! The documents say what the program does.

use std::fs;

use super::support::{root, run};

fn text(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

#[test]
fn the_page_of_codes_is_what_the_program_prints() {
    assert_eq!(text("docs/codes.md").trim(), run(&["codes"]).out.trim(), "run `cargo run -- codes > docs/codes.md`");
}

#[test]
fn the_page_of_what_is_covered_is_what_the_program_prints() {
    let printed = run(&["layouts", "coverage"]).out;
    let remedy = "run `cargo run -- layouts coverage > docs/coverage.md`";
    assert_eq!(text("docs/coverage.md").trim(), printed.trim(), "{remedy}");
}

#[test]
fn the_readme_names_every_command_and_its_two_commands_work() {
    let readme = text("README.md");
    for command in ["cargo run -- demo", "cargo test"] {
        assert!(readme.contains(command), "{command}");
    }
    let help = run(&["--help"]).out;
    for line in
        help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1).take_while(|l| l.starts_with("  "))
    {
        let command = line.split_whitespace().next().unwrap();
        assert!(command == "help" || readme.contains(&format!("`{command}")), "README has no `{command}`");
    }
}

#[test]
fn the_map_names_every_room() {
    let map = text("ARCHITECTURE.md");
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(map.contains(&format!("`{}", name.trim_end_matches(".rs"))), "ARCHITECTURE.md does not name {name}");
    }
}

#[test]
fn the_walk_through_of_a_layout_works() {
    let map = text("ARCHITECTURE.md");
    let block = |language: &str| {
        let fence = format!("```{language}\n");
        let start = map.find(&fence).unwrap() + fence.len();
        map[start..start + map[start..].find("```").unwrap()].to_owned()
    };
    let space = super::support::Space::new();
    space.write("layouts/acme/orders.toml", block("toml").as_bytes());
    space.write("sample.csv", block("csv").as_bytes());
    let config = String::from_utf8(super::support::demo("consign.toml")).unwrap();
    space.write("consign.toml", config.replace("\"shopify/orders\"", "\"acme/orders\"").as_bytes());
    space.write("in/shopify/sample.csv", block("csv").as_bytes());
    let ran = space.run(&["run"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert_eq!(space.consume().len(), 1);
}
