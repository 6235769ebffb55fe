//! What only the whole workspace can tell: folders that overlap, layouts that do not fit together.

use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::{After, CONFIG, Flow, PRIVATE, RemoteFolder, Source, Workspace};
use crate::document::{Code, Finding, Kind, Level, Position};
use crate::layout::Layout;
use crate::layout::model::File;

/// Everything wrong with the workspace as a whole.
pub fn check(workspace: &Workspace, tables: &[PathBuf]) -> Vec<Finding> {
    let mut findings = folders(workspace, tables);
    findings.extend(mode(workspace, tables));
    findings.extend(other_disks(workspace));
    findings.extend(remote_folders(workspace));
    for flow in &workspace.flows {
        let source = flow.layout.as_ref().and_then(|name| workspace.library.get(name).ok());
        for output in &flow.outputs {
            let (Some(source), Ok(target)) = (&source, workspace.library.get(&output.layout)) else { continue };
            let is_needed = flow.customers.is_some() && source.kind == Kind::Order && target.kind == Kind::Customer;
            let is_refund = flow.deltas && source.kind == Kind::Order && target.kind == Kind::Return;
            if source.kind != target.kind && !is_needed && !is_refund {
                let found = format!("{} holds {} documents", source.name, source.kind.as_str());
                let expected = format!("{} documents, which {} writes", target.kind.as_str(), target.name);
                findings.push(finding(Code::ConfigReference, &flow.name, &found, &expected));
            }
        }
        findings.extend(deltas(workspace, flow));
        let takes_new = |name: &String| workspace.library.get(name).is_ok_and(|layout| layout.kind == Kind::Customer);
        if flow.customers.is_some() && !flow.outputs.iter().any(|output| takes_new(&output.layout)) {
            let found = "customers without an output for new ones";
            findings.push(finding(Code::ConfigReference, &flow.name, found, "an output whose layout writes customers"));
        }
        if source.as_ref().is_some_and(|layout| !layout.reads) {
            let name = flow.layout.as_deref().unwrap_or_default();
            findings.push(finding(Code::ConfigReference, &flow.name, name, "a layout that reads"));
        }
    }
    findings
}

/// A change, a cancellation and a refund must reach the targets as what they are.
fn deltas(workspace: &Workspace, flow: &Flow) -> Vec<Finding> {
    if !flow.deltas {
        return Vec::new();
    }
    let layouts: Vec<_> = flow.outputs.iter().filter_map(|output| workspace.library.get(&output.layout).ok()).collect();
    let binds = |layout: &Layout, name| {
        let mut fields = layout.bindings(Level::Header).map(|binding| layout.field_name(binding));
        matches!(layout.file, File::Json) || fields.any(|field| field == name)
    };
    let refuse = |found: &str, expected: &str| {
        let found = format!("changed_document = \"delta\" with {found}");
        finding(Code::ConfigReference, &flow.name, &found, expected)
    };
    let orders = || layouts.iter().filter(|layout| layout.kind == Kind::Order);
    let mut findings = Vec::new();
    if let Some(layout) = orders().find(|layout| !binds(layout, "action")) {
        let expected = "layouts of orders that write `action`, so that a change is not taken for a new order";
        findings.push(refuse(&layout.name, expected));
    }
    let source = flow.layout.as_ref().and_then(|name| workspace.library.get(name).ok());
    let tells =
        layouts.iter().any(|layout| layout.kind == Kind::Return) || orders().all(|layout| binds(layout, "refunded"));
    if source.is_some_and(|source| binds(&source, "refunded")) && !tells {
        findings.push(refuse("no output for refunds", "an output of returns, such as erp/returns-csv"));
    }
    findings
}

fn finding(code: Code, flow: &str, found: &str, expected: &str) -> Finding {
    Finding::new(code, Position::at(0, 1).field(format!("flow {flow}"))).found(found).expected(expected)
}

/// A file must never be taken twice, and an output never be taken for an input.
fn folders(workspace: &Workspace, tables: &[PathBuf]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let layouts = workspace.root.join("layouts");
    let rules: Vec<&Path> = tables.iter().map(PathBuf::as_path).chain([layouts.as_path()]).collect();
    let dropped = workspace.flows.iter().filter(|flow| flow.source.is_none());
    let inputs: Vec<(&str, &Path)> = dropped.map(|flow| (flow.name.as_str(), flow.folder.as_path())).collect();
    let private = workspace.root.join(PRIVATE);
    let archive = workspace.root.join("archive");
    let exports = workspace.flows.iter().flat_map(|flow| &flow.outputs).filter_map(|output| output.fill.as_ref());
    let others = workspace.targets.values().map(|path| path.as_path()).chain([private.as_path(), archive.as_path()]);
    let others = others.chain(exports.map(|from| from.folder.as_path()));
    let overlap = |a: &Path, b: &Path| {
        let (a, b) = (real(a), real(b));
        a.starts_with(&b) || b.starts_with(&a)
    };
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
        if let Some(path) = rules.iter().find(|path| real(path).starts_with(real(folder))) {
            let found = format!("it holds {}", workspace.relative(path).display());
            findings.push(finding(
                Code::ConfigOverlap,
                name,
                &found,
                "a drop folder that holds no table and no layout",
            ));
        }
        if workspace.root.starts_with(real(folder)) {
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

/// The same for folders on servers, as far as their names tell.
fn remote_folders(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    let servers = &workspace.endpoints;
    let sources = || workspace.flows.iter().filter_map(|flow| Some((flow, flow.source.as_ref()?)));
    for (number, (flow, source)) in sources().enumerate() {
        let place = source.at.identity(servers);
        let moved = |source: &Source| match &source.after {
            After::Move(folder) => Some(RemoteFolder { folder: folder.clone(), ..source.at.clone() }),
            After::Leave | After::Delete => None,
        };
        let others = sources().skip(number + 1).map(|(other, source)| (other.name.clone(), source.at.clone()));
        let targets = workspace.destinations.iter().map(|(target, at)| (format!("target {target}"), at.clone()));
        let moves =
            sources().filter_map(|(other, source)| Some((format!("move_to of {}", other.name), moved(source)?)));
        for (what, _) in others.chain(targets).chain(moves).filter(|(_, at)| at.identity(servers) == place) {
            let found = format!("{} of {} is that of {what}", source.at.folder, source.at.endpoint);
            findings.push(finding(Code::ConfigOverlap, &flow.name, &found, "a folder of its own"));
        }
    }
    findings
}

/// Where a path leads when links and `..` are followed; the part that is not there yet stays as it is.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    match (path.parent(), path.components().next_back()) {
        (Some(parent), Some(Component::Normal(name))) => real(parent).join(name),
        (Some(parent), Some(Component::ParentDir)) => real(parent).parent().map_or_else(PathBuf::new, Path::to_owned),
        _ => path.to_owned(),
    }
}

/// Files are taken and published by renaming, which does not reach another file system.
fn other_disks(workspace: &Workspace) -> Vec<Finding> {
    let disk = |path: &Path| std::fs::metadata(path).map(|m| m.dev()).ok();
    let home = disk(&workspace.root);
    let inputs = workspace.flows.iter().map(|flow| flow.folder.as_path());
    let outputs = workspace.targets.values().map(PathBuf::as_path);
    let others = inputs.chain(outputs).filter(|path| disk(path).is_some_and(|disk| Some(disk) != home));
    let finding = |path: &Path| {
        Finding::new(Code::ConfigPath, Position::at(0, 1))
            .found(workspace.relative(path).display().to_string())
            .expected("a folder on the file system of the workspace")
    };
    others.map(finding).collect()
}

/// Who can write the configuration, a table or a layout, or put another in its place, decides where orders go.
fn mode(workspace: &Workspace, tables: &[PathBuf]) -> Vec<Finding> {
    let mode = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.mode());
    let (file, folder) = (mode(&workspace.root.join(CONFIG)), mode(&workspace.root));
    let finding = |mode: u32, expected: &str| {
        Finding::new(Code::ConfigMode, Position::at(0, 1)).found(format!("{:o}", mode & 0o777)).expected(expected)
    };
    let mut findings = Vec::new();
    if file & 0o022 != 0 {
        findings.push(finding(file, "no write for others"));
    }
    // In a sticky folder others can add files but not replace this one.
    if folder & 0o002 != 0 && folder & 0o1000 == 0 {
        findings.push(finding(folder, "no write for others on the folder of the workspace"));
    }
    let layouts = workspace.root.join("layouts");
    let own = workspace.library.names().filter(|name| workspace.library.is_own(name));
    let own = own.map(|name| layouts.join(format!("{name}.toml")));
    for path in tables.iter().cloned().chain(own).filter(|path| mode(path) & 0o002 != 0) {
        let expected = format!("no write for everybody on {}", workspace.relative(&path).display());
        findings.push(finding(mode(&path), &expected));
    }
    findings
}
