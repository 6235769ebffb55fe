//! What only the whole workspace can tell: folders that overlap, layouts that do not fit together.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{CONFIG, PRIVATE, Workspace};
use crate::document::{Code, Finding, Position};

/// Everything wrong with the workspace as a whole.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = folders(workspace);
    findings.extend(mode(workspace));
    for flow in &workspace.flows {
        let source = flow.layout.as_ref().and_then(|name| workspace.library.get(name).ok());
        for (_, output) in &flow.outputs {
            let (Some(source), Ok(target)) = (&source, workspace.library.get(output)) else { continue };
            if source.kind != target.kind {
                let found = format!("{} holds {} documents", source.name, source.kind.as_str());
                let expected = format!("{} documents, which {} writes", target.kind.as_str(), target.name);
                findings.push(finding(Code::ConfigReference, &flow.name, &found, &expected));
            }
        }
        if source.as_ref().is_some_and(|layout| !layout.reads) {
            let name = flow.layout.as_deref().unwrap_or_default();
            findings.push(finding(Code::ConfigReference, &flow.name, name, "a layout that reads"));
        }
    }
    findings
}

fn finding(code: Code, flow: &str, found: &str, expected: &str) -> Finding {
    Finding::new(code, Position::at(0, 1).field(format!("flow {flow}"))).found(found).expected(expected)
}

/// A file must never be taken twice, and an output never be taken for an input.
fn folders(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    let inputs: Vec<(&str, &Path)> =
        workspace.flows.iter().map(|flow| (flow.name.as_str(), flow.folder.as_path())).collect();
    let private = workspace.root.join(PRIVATE);
    let archive = workspace.root.join("archive");
    let others = workspace.targets.values().map(|path| path.as_path()).chain([private.as_path(), archive.as_path()]);
    let overlap = |a: &Path, b: &Path| a.starts_with(b) || b.starts_with(a);
    for (at, (name, folder)) in inputs.iter().enumerate() {
        for (other, path) in &inputs[at + 1..] {
            if overlap(folder, path) {
                let found =
                    format!("{} and {}", workspace.relative(folder).display(), workspace.relative(path).display());
                findings.push(finding(
                    Code::ConfigOverlap,
                    name,
                    &found,
                    &format!("a folder apart from that of flow {other}"),
                ));
            }
        }
        for path in others.clone().filter(|path| overlap(folder, path)) {
            let found = format!("{} and {}", workspace.relative(folder).display(), workspace.relative(path).display());
            findings.push(finding(Code::ConfigOverlap, name, &found, "a drop folder apart from every output folder"));
        }
        if workspace.root.starts_with(folder) {
            findings.push(finding(
                Code::ConfigOverlap,
                name,
                "the drop folder holds the workspace",
                "a folder of its own",
            ));
        }
    }
    findings
}

fn mode(workspace: &Workspace) -> Option<Finding> {
    let mode = std::fs::metadata(workspace.root.join(CONFIG)).ok()?.mode();
    (mode & 0o022 != 0).then(|| {
        Finding::new(Code::ConfigMode, Position::at(0, 1))
            .found(format!("{:o}", mode & 0o777))
            .expected("no write for others")
    })
}
