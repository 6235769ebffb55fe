//! Reads a workspace; every mistake is reported at once, with file, line and column.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use globset::{Glob, GlobSet, GlobSetBuilder};
use sha2::{Digest, Sha256};

use super::endpoints::{self, Endpoints};
use super::fill;
use super::guides::Files;
use super::partners::{self, Partners};
use super::remote::{self, Destinations};
use super::{CONFIG, ContentPolicy, Flow, Output, Problem, Workspace, WorkspaceError, check};
use crate::agreement::{Agreement, Standard, Wanted};
use crate::clean::crosswalk::{Crosswalk, Table as Crosswalks};
use crate::document::hash::hex;
use crate::document::{Code, Decimal, Effect, Finding, Findings, Kind};
use crate::layout::library::Library;
use crate::layout::model::Layout;
use crate::layout::toml::{Source, Table, Value, nearest};
use crate::layout::write::Writer;
use crate::limits;

/// Reads and checks the workspace in a folder.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(root: &Path) -> Result<Workspace, WorkspaceError> {
    let root = root.canonicalize().map_err(|error| WorkspaceError::Io(root.to_owned(), error))?;
    let path = root.join(CONFIG);
    if !path.is_file() {
        return Err(WorkspaceError::Missing(root));
    }
    let text = read_text(&path)?;
    let mut loading = Loading { root: &root, problems: Vec::new(), library: library(&root)?, tables: Vec::new() };
    loading.own_layouts();
    let workspace = loading.workspace(&text);
    let Loading { mut problems, library, tables, .. } = loading;
    let Some(Parts { name, targets, destinations, partners, endpoints, flows }) = workspace else {
        return Err(WorkspaceError::Refused(problems));
    };
    let version = hex(&Sha256::digest(text.as_bytes()));
    let root = root.clone();
    let workspace = Workspace { root, name, version, targets, destinations, partners, endpoints, flows, library };
    problems.extend(check::check(&workspace, &tables).into_iter().map(|finding| problem(CONFIG, finding)));
    if problems.is_empty() { Ok(workspace) } else { Err(WorkspaceError::Refused(problems)) }
}

pub(super) fn read_text(path: &Path) -> Result<String, WorkspaceError> {
    let fail = |error| WorkspaceError::Io(path.to_owned(), error);
    let size = fs::metadata(path).map_err(fail)?.len();
    if size > limits::CONFIG_BYTES {
        return Err(fail(std::io::Error::other(format!("larger than {} bytes", limits::CONFIG_BYTES))));
    }
    fs::read_to_string(path).map_err(fail)
}

/// Layouts of the workspace: `layouts/**/*.toml`, named by their path.
fn library(root: &Path) -> Result<Library, WorkspaceError> {
    let (base, mut own, mut folders) = (root.join("layouts"), BTreeMap::new(), vec![root.join("layouts")]);
    while let Some(folder) = folders.pop().filter(|folder| folder.is_dir()) {
        let fail = |error| WorkspaceError::Io(folder.clone(), error);
        for entry in fs::read_dir(&folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "toml") {
                let name = path.strip_prefix(&base).unwrap_or(&path).with_extension("");
                own.insert(name.to_string_lossy().into_owned(), read_text(&path)?);
            }
        }
    }
    Ok(Library::new(own))
}

pub(super) fn problem(file: impl Into<PathBuf>, finding: Finding) -> Problem {
    Problem { file: file.into(), finding }
}

/// Which way the documents of a flow go: into the ERP, or out of it.
const DIRECTIONS: [(&str, bool); 2] = [("inbound", false), ("outbound", true)];

pub(super) struct Loading<'r> {
    pub(super) root: &'r Path,
    pub(super) problems: Vec<Problem>,
    pub(super) library: Library,
    /// Files that a drop folder must not hold.
    pub(super) tables: Vec<PathBuf>,
}

/// What a configuration holds.
struct Parts {
    name: String,
    targets: BTreeMap<String, PathBuf>,
    destinations: Destinations,
    partners: Partners,
    endpoints: Endpoints,
    flows: Vec<Flow>,
}

/// What a flow may refer to.
struct Known<'k> {
    targets: &'k BTreeMap<String, PathBuf>,
    partners: &'k Partners,
    endpoints: &'k Endpoints,
}

impl Loading<'_> {
    fn own_layouts(&mut self) {
        for name in self.library.names().filter(|name| self.library.is_own(name)) {
            if let Err(findings) = self.library.get(name) {
                let file = format!("layouts/{name}.toml");
                self.problems.extend(findings.into_iter().map(|finding| problem(&file, finding)));
            }
        }
    }

    fn workspace(&mut self, text: &str) -> Option<Parts> {
        let source = Source::new(text);
        let parsed = source.parse();
        let parts = parsed.as_ref().map(|parsed| self.parts(&source.root(parsed)));
        let findings = source.into_findings();
        let refused = !findings.is_empty();
        self.problems.extend(findings.into_iter().map(|finding| problem(CONFIG, finding)));
        parts.filter(|_| !refused)
    }

    fn parts(&mut self, root: &Table<'_, '_>) -> Parts {
        let head = root.table("workspace");
        let name = head.text("name").unwrap_or_else(|| "workspace".to_owned());
        head.finish();
        let endpoints = endpoints::read(&root.table("endpoints"), self.root);
        let (mut targets, mut destinations) = (BTreeMap::new(), Destinations::new());
        for (name, value) in root.table("targets").entries() {
            let Some((folder, at)) = remote::target(name, &value, self.root, &endpoints) else { continue };
            targets.insert(name.to_owned(), folder);
            destinations.extend(at.map(|at| (name.to_owned(), at)));
        }
        let mut files = Files { root: self.root, read: &mut self.tables, problems: &mut self.problems };
        let partners = partners::read(&root.table("partners"), &targets, &mut files);
        let flows = root.table("flows").entries();
        let known = Known { targets: &targets, partners: &partners, endpoints: &endpoints };
        let flow = |(name, value): &(&str, Value<'_, '_>)| self.flow(name, &value.table()?, &known);
        let flows = flows.iter().filter_map(flow).collect();
        root.finish();
        Parts { name, targets, destinations, partners, endpoints, flows }
    }

    fn flow(
        &mut self,
        name: &str,
        table: &Table<'_, '_>,
        &Known { targets, partners, endpoints }: &Known<'_>,
    ) -> Option<Flow> {
        let fetched = remote::source(name, table, self.root, endpoints);
        let (folder, source) = match fetched {
            Some((folder, source)) => (folder, Some(source)),
            None => (self.root.join(table.text("folder").unwrap_or_else(|| format!("in/{name}"))), None),
        };
        let layout = table.get("layout").and_then(|value| self.layout_name(&value));
        let empty = table.choice("empty", &[("reject", false), ("accept", true)]);
        let outbound = table.choice("direction", &DIRECTIONS).unwrap_or_default();
        let (crosswalks, crosswalk_files) = self.crosswalks(&table.table("crosswalk"), outbound);
        let customers = self.customers(&table.table("customers"), crosswalks.contains_key(&Crosswalks::Customer));
        let Policy { policy, duplicate_content, deltas } = policy(&table.table("policy"));
        let guards = table.table("guards");
        let (max_quantity, max_total) = (decimal(&guards, "max_quantity"), decimal(&guards, "max_total"));
        let history_factor = guards.number("history_factor").map(|factor| factor as i64);
        let currencies = guards.texts("currencies");
        guards.finish();
        let agreement = partners::of_flow(table, partners);
        let mut outputs = self.outputs(table, targets, (partners, agreement.as_ref()));
        if customers.is_some() {
            // Outputs are published in their order: a customer before the orders that need it.
            let kind = |output: &Output| self.library.get(&output.layout).ok().map(|layout| layout.kind);
            outputs.sort_by_key(|output| kind(output) != Some(Kind::Customer));
        }
        let validate = table.flag("validate");
        agreement.iter().for_each(|agreement| self.check_agreement(table, layout.as_deref(), agreement, validate));
        let flow = Flow {
            name: name.to_owned(),
            outbound,
            agreement,
            partner: table.text("partner").unwrap_or_default(),
            folder,
            source,
            include: globs(table, "include", &["*"])?,
            exclude: globs(table, "exclude", &[])?,
            layout,
            quiet: Duration::from_secs(table.number("quiet_secs").unwrap_or(2) as u64),
            marker: table.text("marker"),
            max_file_bytes: table.number("max_file_bytes").map_or(limits::FILE_BYTES, |bytes| bytes as u64),
            accept_empty: empty?,
            validate,
            duplicate_content,
            deltas,
            policy,
            currencies,
            max_quantity,
            max_total,
            history_factor,
            crosswalks,
            crosswalk_files,
            customers,
            outputs,
        };
        table.finish();
        Some(flow)
    }

    fn layout_name(&self, value: &Value<'_, '_>) -> Option<String> {
        let name = value.text()?;
        if !self.library.names().any(|known| known == name) {
            value.refuse(Code::ConfigReference, &name, nearest(&name, self.library.names()));
        }
        Some(name)
    }

    /// The outputs of a flow; one written twice would be taken twice.
    fn outputs(
        &self,
        table: &Table<'_, '_>,
        targets: &BTreeMap<String, PathBuf>,
        partners: (&Partners, Option<&Arc<Agreement>>),
    ) -> Vec<Output> {
        let mut outputs = Vec::new();
        for table in table.tables("outputs") {
            let Some(output) = self.output(&table, targets, partners) else { continue };
            if outputs.contains(&output) {
                let found = format!("{} for {} twice", output.layout, output.target);
                table.report(Code::ConfigDuplicate, &table.position(), &found, "each output once".to_owned());
            }
            outputs.push(output);
        }
        outputs
    }

    fn output(
        &self,
        table: &Table<'_, '_>,
        targets: &BTreeMap<String, PathBuf>,
        (partners, of_flow): (&Partners, Option<&Arc<Agreement>>),
    ) -> Option<Output> {
        let target = table.required("target")?;
        if !targets.contains_key(&target)
            && let Some(value) = table.get("target")
        {
            value.refuse(Code::ConfigReference, &target, nearest(&target, targets.keys().map(String::as_str)));
        }
        let layout = table.get("layout");
        let name = match &layout {
            Some(value) => self.layout_name(value)?,
            None => table.required("layout")?,
        };
        let agreement = partners::of_output(table, partners, of_flow);
        if let (Some(value), Ok(layout)) = (&layout, self.library.get(&name)) {
            let lack = match layout.writes {
                false => Some("a layout that writes; see `consign layouts`".to_owned()),
                true => partners::lack(agreement.as_deref(), &layout).or_else(|| one_document(&layout)),
            };
            if let Some(expected) = lack {
                value.refuse(Code::ConfigReference, &name, expected);
            }
        }
        let fill = self.library.get(&name).ok().and_then(|layout| fill::read(table, self.root, &self.library, &layout));
        table.finish();
        Some(Output { target, layout: name, agreement, fill })
    }

    /// What is read must be what the partner exchanges, and what we tell a partner about its sets what became of them.
    fn check_agreement(&self, flow: &Table<'_, '_>, layout: Option<&str>, agreement: &Agreement, validates: bool) {
        let read = layout.and_then(|name| self.library.get(name).ok());
        if let (Some(read), Some(value)) = (&read, flow.get("layout"))
            && let Some(expected) = partners::foreign(agreement, &read.file)
        {
            value.refuse(Code::ConfigReference, &read.name, expected);
        }
        let is_edi = layout.is_none() || read.is_some_and(|read| Standard::of(&read.file).is_some());
        if agreement.answer != Wanted::Nothing && !validates && is_edi {
            let at = flow.position().field("validate");
            let expected = "`validate = true`, since the partner's agreement has an `answer`";
            flow.report(Code::ConfigValue, &at, "false", expected.to_owned());
        }
    }

    fn crosswalks(
        &mut self,
        table: &Table<'_, '_>,
        outbound: bool,
    ) -> (BTreeMap<Crosswalks, Arc<Crosswalk>>, BTreeMap<Crosswalks, PathBuf>) {
        let (mut loaded, mut files) = (BTreeMap::new(), BTreeMap::new());
        let load = if outbound { Crosswalk::load_reversed } else { Crosswalk::load };
        for (name, value) in table.entries() {
            let Some(kind) = Crosswalks::from_name(name) else {
                value.refuse(Code::ConfigUnknownKey, name, nearest(name, Crosswalks::ALL.iter().map(|t| t.as_str())));
                continue;
            };
            let Some(file) = value.text() else { continue };
            let path = self.root.join(&file);
            self.tables.push(path.clone());
            files.insert(kind, PathBuf::from(&file));
            match fs::read(&path) {
                Ok(bytes) => match load(kind, &bytes) {
                    Ok(crosswalk) => drop(loaded.insert(kind, Arc::new(crosswalk))),
                    Err(findings) => self.refused(&file, findings),
                },
                Err(error) => value.refuse(Code::ConfigPath, &file, format!("a file that can be read ({error})")),
            }
        }
        (loaded, files)
    }

    fn refused(&mut self, file: &str, findings: Findings) {
        self.problems.extend(findings.into_iter().map(|finding| problem(file, finding)));
    }
}

fn globs(table: &Table<'_, '_>, key: &'static str, default: &[&str]) -> Option<GlobSet> {
    let mut builder = GlobSetBuilder::new();
    let value = table.get(key);
    let texts = value.as_ref().map(Value::texts).unwrap_or_else(|| default.iter().map(|t| (*t).to_owned()).collect());
    for text in texts {
        match Glob::new(&text) {
            Ok(glob) => drop(builder.add(glob)),
            Err(error) => {
                if let Some(value) = &value {
                    value.refuse(Code::ConfigValue, &text, format!("a pattern such as *.csv ({})", error.kind()));
                }
                return None;
            }
        }
    }
    let built = builder.build();
    if let (Err(error), Some(value)) = (&built, &value) {
        value.refuse(Code::ConfigValue, key, format!("patterns that are not so large ({})", error.kind()));
    }
    built.ok()
}

fn decimal(table: &Table<'_, '_>, key: &'static str) -> Option<Decimal> {
    let value = table.get(key)?;
    let text = value.text()?;
    let decimal = Decimal::parse(text.as_bytes()).ok();
    if decimal.is_none() {
        value.refuse(Code::ConfigValue, &text, "a decimal in quotes, such as \"10000\"");
    }
    decimal
}

/// What may be decided, and the codes it is about.
const POLICIES: [(&str, Code); 22] = [
    ("changed_document", Code::ChangedDocument),
    ("sku_unknown", Code::SkuUnknown),
    ("sku_missing", Code::SkuMissing),
    ("unit_unknown", Code::UnitUnknown),
    ("unit_not_whole", Code::UnitNotWhole),
    ("customer_unknown", Code::CustomerUnknown),
    ("location_unknown", Code::LocationUnknown),
    ("carrier_unknown", Code::CarrierUnknown),
    ("date_order", Code::DateOrder),
    ("order_total", Code::OrderTotal),
    ("line_amount", Code::LineAmount),
    ("gtin_check_digit", Code::GtinCheckDigit),
    ("control_total", Code::ControlTotal),
    ("duplicate_line", Code::DuplicateLine),
    ("export_row_missing", Code::ExportRowMissing),
    ("export_row_ambiguous", Code::ExportRowAmbiguous),
    ("export_row_twice", Code::ExportRowTwice),
    ("partner_unknown", Code::PartnerUnknown),
    ("partner_receiver", Code::PartnerReceiver),
    ("partner_usage", Code::PartnerUsage),
    ("partner_release", Code::PartnerRelease),
    ("partner_set", Code::PartnerSet),
];

/// What a flow decides.
struct Policy {
    policy: Vec<(Code, Effect)>,
    duplicate_content: ContentPolicy,
    deltas: bool,
}

fn policy(table: &Table<'_, '_>) -> Policy {
    const WORDS: [(&str, Effect); 4] = [
        ("hold", Effect::HoldDocument),
        ("reject", Effect::RejectDocument),
        ("pass", Effect::Note),
        ("note", Effect::Note),
    ];
    let (mut policy, mut content, mut deltas) = (Vec::new(), ContentPolicy::Duplicate, false);
    for (key, value) in table.entries() {
        if key == "duplicate_content" {
            let words = [("duplicate", ContentPolicy::Duplicate), ("process", ContentPolicy::Process)];
            content = value.choice(&words).unwrap_or(content);
        } else if key == "changed_document" && value.is_text() && value.text().is_some_and(|word| word == "delta") {
            deltas = true;
        } else if let Some((_, code)) = POLICIES.iter().find(|(name, _)| *name == key) {
            policy.extend(value.choice(&WORDS).map(|effect| (*code, effect)));
        } else {
            let names = POLICIES.iter().map(|(name, _)| *name).chain(["duplicate_content"]);
            value.refuse(Code::ConfigUnknownKey, key, nearest(key, names));
        }
    }
    Policy { policy, duplicate_content: content, deltas }
}

/// What an output's layout lacks if it cannot write a file: an XML document that is the root itself leaves no room for a
/// second one, unless each has a file of its own.
fn one_document(layout: &Layout) -> Option<String> {
    let lacks = Standard::of(&layout.file).is_none() && Writer::new(layout).is_none();
    lacks.then(|| "a layout of which the documents stand inside a root, such as `orders/order`, or with `each = \"file\"` in [xml]".to_owned())
}
