//! Configurations that are refused (`G…`): each case by its id, with its code.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::support::{Space, demo, root, snapshot};

/// A configuration that is refused: the case, what is changed in the demo's, what it becomes, the code.
const REFUSED: [(&str, &str, &str, &str); 19] = [
    ("G01", "include = ", "includ = ", "CONFIG_UNKNOWN_KEY"),
    ("G01", "[flows.shopify.policy]", "[flows.shopify.polcy]", "CONFIG_UNKNOWN_KEY"),
    ("G02", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"in/shopify\"", "CONFIG_OVERLAP"),
    ("G02", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"in/x/../shopify\"", "CONFIG_OVERLAP"),
    ("G02", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"link\"", "CONFIG_OVERLAP"),
    ("G02", "folder = \"out/erp\"", "folder = \"in/shopify/out\"", "CONFIG_OVERLAP"),
    ("G02", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"archive\"", "CONFIG_OVERLAP"),
    ("G02", "[flows.bigstore]", "[flows.bigstore]\nfolder = \".consign/blob\"", "CONFIG_OVERLAP"),
    ("G02", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"layouts\"", "CONFIG_OVERLAP"),
    ("G03", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"/dev/shm\"", "CONFIG_PATH"),
    ("G04", "quiet_secs = 0", "quiet_secs = 0\npassword = \"hunter2\"", "CONFIG_PLAIN_SECRET"),
    ("G06", "include = [\"*.csv\"]", "include = [\"LARGE\"]", "CONFIG_VALUE"),
    ("G06", "include = [\"*.csv\"]", "include = [\"a{b\"]", "CONFIG_VALUE"),
    ("G08", "[flows.bigstore]", "[flows.shopify]", "CONFIG_SYNTAX"),
    (
        "G08",
        "[[flows.bigstore.outputs]]",
        "[[flows.bigstore.outputs]]\ntarget = \"erp\"\nlayout = \"sap/orders05-xml\"\n[[flows.bigstore.outputs]]",
        "CONFIG_DUPLICATE",
    ),
    ("G10", "[flows.bigstore]", "[flows.bigstore]\nfolder = \".\"", "CONFIG_OVERLAP"),
    ("G10", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"..\"", "CONFIG_OVERLAP"),
    ("G10", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"crosswalk\"", "CONFIG_OVERLAP"),
    ("G10", "[flows.bigstore]", "[flows.bigstore]\nfolder = \"layouts/../crosswalk\"", "CONFIG_OVERLAP"),
];

#[test]
fn g_configurations_that_are_refused() {
    let config = String::from_utf8(demo("consign.toml")).unwrap();
    for (id, from, to, code) in REFUSED {
        assert!(config.contains(from), "{id}");
        let large = "[a-z0-9]*".repeat(110_000);
        let space = Space::with(&config.replacen(from, &to.replace("LARGE", &large), 1));
        fs::create_dir_all(space.path("in/shopify")).unwrap();
        fs::create_dir_all(space.path("layouts")).unwrap();
        symlink(space.path("in/shopify"), space.path("link")).unwrap();
        space.write("in/shopify/x.csv", &demo("shopify-orders.csv"));
        for command in ["check", "run"] {
            let ran = space.run(&[command]);
            let said = format!("{}{}", ran.out, ran.err);
            assert_eq!(ran.code, Some(2), "{id} {command}: {said}");
            assert!(said.contains(code) && !said.contains("hunter2"), "{id} {command}: {code} in\n{:.2000}", said);
        }
        assert!(space.path("in/shopify/x.csv").exists(), "{id}: nothing is taken");
    }
}

#[test]
fn g05_g10_a_configuration_that_others_can_change_is_refused() {
    for (id, name, mode, code) in [
        ("G05", "consign.toml", 0o666, Some(2)),
        ("G05", "consign.toml", 0o620, Some(2)),
        ("G05", "consign.toml", 0o644, Some(0)),
        ("G05", "crosswalk/sku.csv", 0o666, Some(2)),
        ("G05", "crosswalk/sku.csv", 0o664, Some(0)),
        ("G05", "layouts/own/orders.toml", 0o666, Some(2)),
        ("G05", "layouts/own/orders.toml", 0o644, Some(0)),
        ("G10", "", 0o777, Some(2)),
        ("G10", "", 0o1777, Some(0)),
    ] {
        let space = Space::new();
        let layout = fs::read(root().join("schemas/layouts/consign/orders-xml.toml")).unwrap();
        space.write("layouts/own/orders.toml", &layout);
        fs::set_permissions(space.path(name), fs::Permissions::from_mode(mode)).unwrap();
        let ran = space.run(&["check"]);
        assert_eq!((ran.code, ran.out.contains("CONFIG_MODE")), (code, code == Some(2)), "{id} {mode:o}: {}", ran.out);
    }
}

#[test]
fn g03_a_workspace_behind_a_link_is_the_same_workspace() {
    let space = Space::new();
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    symlink(space.folder.path(), &link).unwrap();
    space.write("in/stock/x.csv", &snapshot(1));
    let ran = super::support::run(&["run", "--workspace", link.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "G03: {}{}", ran.out, ran.err);
    assert!(space.run(&["run"]).out.contains("No files waited"), "G03");
}

#[test]
fn g06_a_pattern_that_would_take_for_ever_elsewhere_does_not_here() {
    let config = String::from_utf8(demo("consign.toml")).unwrap();
    let space = Space::with(&config.replacen("[\"*.csv\"]", &format!("[\"{}b.csv\"]", "*a".repeat(40)), 1));
    space.write(&format!("in/shopify/{}.csv", "a".repeat(240)), b"x");
    let start = std::time::Instant::now();
    assert_eq!(space.run(&["run"]).code, Some(0), "G06");
    assert!(start.elapsed().as_secs() < 10, "G06");
}

#[test]
fn an_output_that_could_hold_one_document_only_is_refused() {
    let layout = fs::read_to_string(root().join("schemas/layouts/consign/orders-xml.toml")).unwrap();
    let (both, one) = ("documents = [\"orders/order\", \"order\"]", "documents = [\"order\"]");
    assert!(layout.contains(both));
    let config = String::from_utf8(demo("consign.toml")).unwrap();
    for (document, code) in [(both, 0), (one, 2)] {
        let own = "target = \"erp\"\nlayout = \"own/orders\"\n\n[[flows.bigstore.outputs]]";
        let output = format!("[[flows.bigstore.outputs]]\n{own}");
        let space = Space::with(&config.replacen("[[flows.bigstore.outputs]]", &output, 1));
        space.write("layouts/own/orders.toml", layout.replacen(both, document, 1).as_bytes());
        for command in ["check", "run"] {
            let ran = space.run(&[command]);
            let said = format!("{}{}", ran.out, ran.err);
            assert_eq!(ran.code, Some(code), "{command} {document}: {said}");
            assert_eq!(said.contains("CONFIG_REFERENCE"), code == 2, "{command} {document}: {said}");
        }
    }
}
