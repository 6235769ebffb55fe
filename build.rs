//! Lists the layouts of `schemas/layouts` and the definitions of `schemas/x12` and `schemas/edifact`, so that adding one
//! is adding one file.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let schemas = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("schemas");
    let layouts = schemas.join("layouts");
    list(&layouts, &[&layouts], "toml", "layouts.rs")?;
    list(&schemas, &[&schemas.join("edifact"), &schemas.join("x12")], "txt", "definitions.rs")?;
    samples(&layouts, &schemas.with_file_name("fixtures"))
}

/// Writes the layouts that recipes use with the input files of the first fixture of each, so that a recipe brings files
/// to try it with.
fn samples(layouts: &Path, fixtures: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", fixtures.display());
    let mut folders: Vec<PathBuf> = fs::read_dir(fixtures)?.map(|e| Ok(e?.path())).collect::<io::Result<_>>()?;
    folders.retain(|folder| folder.join("case.toml").is_file());
    folders.sort_by_key(|folder| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name.split('_').next().and_then(|number| number.parse::<u32>().ok()), name)
    });
    let mut found = std::collections::BTreeMap::new();
    for folder in folders {
        let case = fs::read_to_string(folder.join("case.toml"))?;
        let named = case.lines().find_map(|line| line.strip_prefix("layout = \"")?.strip_suffix('"'));
        let Some(layout) = named.map(str::to_owned).filter(|name| !found.contains_key(name)) else { continue };
        let text = fs::read_to_string(layouts.join(format!("{layout}.toml"))).unwrap_or_default();
        if text.lines().any(|line| line.starts_with("recipe = ")) {
            let mut files: Vec<PathBuf> = fs::read_dir(&folder)?.map(|e| Ok(e?.path())).collect::<io::Result<_>>()?;
            files.retain(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("input")));
            files.sort();
            found.insert(layout, files);
        }
    }
    let mut code = String::from("[\n");
    for (layout, files) in found {
        let include = |file: &PathBuf| {
            let name = file.file_name().unwrap_or_default().to_string_lossy().replacen("input", "sample", 1);
            format!("({name:?}, include_bytes!({:?}))", file.display().to_string())
        };
        let files = files.iter().map(include).collect::<Vec<_>>().join(", ");
        code.push_str(&format!("    ({layout:?}, &[{files}]),\n"));
    }
    code.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?).join("samples.rs"), code)
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
