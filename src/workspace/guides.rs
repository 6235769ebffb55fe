//! `guides` of `[partners.NAME.edi]`: what a partner's implementation guides narrow, read from their files and checked.

use std::path::{Path, PathBuf};

use super::load::{problem, read_text};
use super::{Problem, WorkspaceError};
use crate::document::{Code, Finding, Position};
use crate::layout::toml::{Table, nearest};
use crate::schema::{Guides, NotationError};

/// Where the files of a workspace are, and what is wrong with them.
pub(super) struct Files<'l> {
    /// The folder of the workspace.
    pub root: &'l Path,
    /// Files that a drop folder must not hold.
    pub read: &'l mut Vec<PathBuf>,
    /// What is wrong with the files.
    pub problems: &'l mut Vec<Problem>,
}

/// The guides of a partner; each must be about one of the `agreed` sets, such as `x12/004010/850`.
pub(super) fn read(table: &Table<'_, '_>, agreed: &[String], files: &mut Files<'_>) -> Guides {
    let mut guides = Guides::default();
    let Some(value) = table.get("guides") else { return guides };
    for item in value.items() {
        let Some(file) = item.text() else { continue };
        let path = files.root.join(&file);
        files.read.push(path.clone());
        let text = match read_text(&path) {
            Ok(text) => text,
            Err(error) => {
                let why = if let WorkspaceError::Io(_, error) = &error { error.to_string() } else { error.to_string() };
                item.refuse(Code::ConfigPath, &file, format!("a file that can be read ({why})"));
                continue;
            }
        };
        match guides.add(&file, &text) {
            Ok(name) if !agreed.contains(&name) => {
                let expected = nearest(&name, agreed.iter().map(String::as_str));
                item.refuse(Code::ConfigReference, &name, format!("a guide of a set that is agreed: {expected}"));
            }
            Ok(_) => {}
            Err(errors) => files.problems.extend(errors.iter().map(|error| problem(&file, finding(error)))),
        }
    }
    guides
}

/// A mistake in a guide as a finding.
fn finding(error: &NotationError) -> Finding {
    let at = Position { line: error.line.into(), column: error.column.into(), ..Position::default() };
    Finding::new(Code::ConfigValue, at).found(&*error.problem).expected(&*error.expected).help(HELP)
}

const HELP: &str = "A guide narrows a set, one line for each rule; see docs/guides.md.";
