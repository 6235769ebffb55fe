//! What the tests share: running the binary, and workspaces made from the demo.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The repository's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The binary with arguments.
pub fn consign(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_consign"));
    command.args(arguments);
    command
}

/// What the binary printed, and its exit code.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub fn run(arguments: &[&str]) -> Ran {
    finish(consign(arguments).output().unwrap())
}

pub fn finish(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Says that a test was left out, past the runner, which keeps to itself what is printed when all is well.
pub fn skipped(why: &str) {
    std::io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes()).unwrap();
}

/// A file of the demo.
pub fn demo(name: &str) -> Vec<u8> {
    fs::read(root().join("fixtures/demo").join(name)).unwrap()
}

/// A flow that takes the two exports of a Volusion store, orders and their lines.
pub const VOLUSION: &str = "[flows.store]\npartner = \"store\"\nlayout = \"volusion/orders\"\nquiet_secs = 0\n\
    [[flows.store.outputs]]\ntarget = \"erp\"\nlayout = \"erp/orders-csv\"\n";

/// One of the two exports.
pub fn volusion_file(name: &str) -> Vec<u8> {
    fs::read(root().join("fixtures/09_volusion_orders").join(name)).unwrap()
}

/// A workspace with the demo's configuration and nothing dropped.
pub struct Space {
    pub folder: tempfile::TempDir,
}

impl Space {
    pub fn new() -> Self {
        Self::with(&String::from_utf8(demo("consign.toml")).unwrap())
    }

    pub fn with(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let space = Self { folder };
        space.write("consign.toml", config.as_bytes());
        space.write("crosswalk/sku.csv", &demo("sku.csv"));
        space.write("crosswalk/customer.csv", &demo("customer.csv"));
        space
    }

    /// The same, of a configuration that `check` finds no fault with.
    pub fn checked(config: &str) -> Self {
        let space = Self::with(config);
        let checked = space.run(&["check"]);
        assert_eq!(checked.code, Some(0), "{}", checked.out);
        space
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Runs a command in the workspace.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let mut all = arguments.to_vec();
        all.extend(["--workspace", self.text()]);
        run(&all)
    }

    /// Takes every output away, as an ERP does: name and bytes.
    pub fn consume(&self) -> BTreeMap<String, Vec<u8>> {
        let mut taken = BTreeMap::new();
        for path in files(&self.path("out")) {
            taken.insert(path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap());
            fs::remove_file(path).unwrap();
        }
        taken
    }
}

/// Every file below a folder, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Lines of JSON.
pub fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The outcome of every file, oldest first, and the codes noticed outside files.
pub fn status(space: &Space) -> (Vec<String>, Vec<String>) {
    let rows = lines(&space.run(&["status", "--json", "--last", "10000"]).out);
    let texts = |key: &str| rows.iter().rev().filter_map(|row| row[key].as_str().map(str::to_owned)).collect();
    let is_file = |row: &&Value| ["notice", "missing", "endpoint"].iter().all(|key| row.get(key).is_none());
    let outcomes = rows.iter().rev().filter(is_file);
    let outcomes = outcomes.map(|row| row["outcome"].as_str().or(row["state"].as_str()).unwrap().to_owned());
    (outcomes.collect(), texts("notice"))
}

/// The codes found in a file of a workspace.
pub fn codes(space: &Space, id: u32) -> Vec<String> {
    let shown: Value = serde_json::from_str(&space.run(&["show", &id.to_string(), "--json"]).out).unwrap();
    let findings = shown["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

/// A stock file that differs from every other one.
pub fn snapshot(number: usize) -> Vec<u8> {
    format!("as_of,location,sku,on_hand\n2026-03-05T06:00:00Z,MAIN,MUG-BLUE,{number}\n").into_bytes()
}

/// Converts bytes to JSON.
pub fn convert(bytes: &[u8], layout: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input");
    fs::write(&path, bytes).unwrap();
    run(&["convert", path.to_str().unwrap(), "--from", layout, "--to", "json"])
}

/// Each case: its name, the bytes, whether it is stopped, and the code it must have; none when it is sound.
pub fn check(layout: &str, cases: &[(&str, Vec<u8>, bool, &str)]) {
    let mut wrong = String::new();
    for (name, bytes, stopped, code) in cases {
        let ran = convert(bytes, layout);
        let told = match *code {
            "" => !ran.err.contains("error[") && ran.out.contains("\"lines\":[{"),
            code => ran.err.contains(&format!("[{code}]")),
        };
        if ran.code != Some(i32::from(*stopped)) || !told || ran.err.contains("panicked") {
            let _ = writeln!(wrong, "{name}: {:?} instead of {code}: {:.400}", ran.code, ran.err);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
