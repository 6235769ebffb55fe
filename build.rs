//! Lists the layouts of `schemas/layouts` and the definitions of `schemas/x12` and `schemas/edifact`, so that adding one
//! is adding one file.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let schemas = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("schemas");
    let layouts = schemas.join("layouts");
    list(&layouts, &[&layouts], "toml", "layouts.rs")?;
    list(&schemas, &[&schemas.join("edifact"), &schemas.join("x12")], "txt", "definitions.rs")
}

/// Writes the names (from `base` on, without the ending) and texts of all files in `folders`, sorted by name.
fn list(base: &Path, folders: &[&Path], ending: &str, out: &str) -> io::Result<()> {
    let mut files = Vec::new();
    for folder in folders {
        println!("cargo::rerun-if-changed={}", folder.display());
        collect(folder, ending, &mut files)?;
    }
    let mut named = Vec::new();
    for file in files {
        let name = file.strip_prefix(base).map_err(io::Error::other)?.with_extension("");
        named.push((name.to_string_lossy().replace('\\', "/"), file));
    }
    named.sort();
    let mut code = String::from("[\n");
    for (name, file) in named {
        code.push_str(&format!("    ({name:?}, include_str!({:?})),\n", file.display().to_string()));
    }
    code.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?).join(out), code)
}

fn collect(folder: &Path, ending: &str, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            collect(&path, ending, files)?;
        } else if path.extension().is_some_and(|e| e == ending) {
            files.push(path);
        }
    }
    Ok(())
}
