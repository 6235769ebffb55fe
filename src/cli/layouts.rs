//! `consign layouts`: what is in the box.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::guides::Given;
use super::out::{Out, render};
use super::{Exit, Failure};
use crate::document::{Code, Finding, Level};
use crate::layout::library::Library;
use crate::layout::{self, Layout};
use crate::limits;
use crate::schema::{self, Guides, NotationError, Set};

/// Arguments of `layouts`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  consign layouts\n  consign layouts show shopify/orders\n  consign layouts \
                  show x12/004010/850\n  consign layouts coverage\n  consign layouts show x12/004010/850 --guide guides/bigstore-850.txt")]
pub struct Args {
    #[command(subcommand)]
    command: Option<Show>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Show {
    /// Prints systems, documents and directions with their confidence and source, as Markdown
    Coverage,
    /// Documents one layout (fields, columns, rules), or one EDI set (segments, elements, codes)
    Show {
        /// Its name, such as shopify/orders, x12/004010/850 or edifact/D.96A/ORDERS
        name: String,
        #[command(flatten)]
        guides: Given,
    },
}

/// Lists the layouts or shows one.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let library = Library::new(BTreeMap::new());
    match &args.command {
        Some(Show::Show { name, guides }) => {
            let page = match schema::library().by_name(name) {
                Some(set) => set_page(name, set, &guides.read()?)?,
                None if !guides.guide.is_empty() => {
                    return Err(Failure::Usage(format!("{name} is no set of X12 or EDIFACT, so it has no guide")));
                }
                None => page(&*get(&library, name)?),
            };
            out.line(page.trim_end())?;
        }
        Some(Show::Coverage) => out.line(coverage(&library).trim_end())?,
        None if args.json => {
            for layout in library.all() {
                out.line(json(&layout).to_string())?;
            }
        }
        None => out.line(list(&library))?,
    }
    Ok(Exit::Well)
}

/// The reference page of a set, as its guide narrows it.
fn set_page(name: &str, set: Result<Arc<Set>, NotationError>, guides: &Guides) -> Result<String, Failure> {
    let set = set.map_err(|error| Failure::Usage(error.to_string()))?;
    if guides.is_empty() {
        return Ok(schema::guide(&set));
    }
    let narrowed = guides.narrowed(name, false);
    narrowed.map(|set| schema::guide(&set)).ok_or_else(|| Failure::Usage(format!("the guide is not about {name}")))
}

/// The layout of a name, or of a file that ends in `.toml`.
pub fn given(library: &Library, name: &str) -> Result<Arc<Layout>, Failure> {
    if !name.ends_with(".toml") {
        return get(library, name);
    }
    let fail = |error| Failure::Io(name.to_owned(), error);
    if std::fs::metadata(name).map_err(fail)?.len() > limits::CONFIG_BYTES {
        return Err(Failure::Usage(format!("{name} is larger than {} bytes", limits::CONFIG_BYTES)));
    }
    let text = std::fs::read_to_string(name).map_err(fail)?;
    let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
    layout::load(&stem, &text).map(Arc::new).map_err(|findings| {
        Failure::Usage(findings.kept().iter().map(|finding| render(name, finding)).collect::<Vec<_>>().join("\n"))
    })
}

/// The layout of a name, or a sentence about the nearest one.
pub fn get(library: &Library, name: &str) -> Result<Arc<Layout>, Failure> {
    library.get(name).map_err(|findings| {
        let told = |finding: &Finding| match finding.code {
            Code::ConfigReference => {
                format!("there is no layout {}; expected {}. {}", finding.found, finding.expected, finding.help)
            }
            _ => finding.to_string(),
        };
        Failure::Usage(findings.kept().iter().map(told).collect::<Vec<_>>().join("\n"))
    })
}

fn direction(layout: &Layout) -> &'static str {
    match (layout.reads, layout.writes) {
        (true, true) => "read, write",
        (true, false) => "read",
        _ => "write",
    }
}

fn list(library: &Library) -> String {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["layout", "document", "direction", "confidence", "title"]);
    for layout in library.all() {
        let row = [&layout.name, layout.kind.as_str(), direction(&layout), layout.confidence.as_str(), &layout.title];
        table.add_row(row);
    }
    table.to_string()
}

/// The page of what is covered: a row for each layout, by system.
fn coverage(library: &Library) -> String {
    let layouts: Vec<Arc<Layout>> = library.all().collect();
    let mut systems: Vec<&str> = layouts.iter().map(|layout| layout.system()).collect();
    systems.dedup();
    let mut page = format!(
        "# Coverage\n\nGenerated from the layouts: `consign layouts coverage > docs/coverage.md`.\n\n\
         {} systems and standards, {} layouts. *Verified*: from the vendor's documentation or a real file. *Likely*: from \
         several independent programs. *Unverified*: the columns that are known; finish it on a file of your own.\n\n",
        systems.len(),
        layouts.len()
    );
    let kinds = crate::document::Kind::ALL;
    page.push_str("## Documents by system\n\nr: read, w: written.\n\n| system |");
    kinds.iter().for_each(|kind| page.push_str(&format!(" {} |", kind.as_str())));
    page.push_str(&format!("\n|---|{}\n", "---|".repeat(kinds.len())));
    for system in systems {
        page.push_str(&format!("| {system} |"));
        for kind in kinds {
            let own = || layouts.iter().filter(|layout| layout.system() == system && layout.kind == kind);
            let (reads, writes) = (own().any(|layout| layout.reads), own().any(|layout| layout.writes));
            let mark = [(reads, "r"), (writes, "w")].into_iter().filter(|(has, _)| *has).map(|(_, mark)| mark);
            page.push_str(&format!(" {} |", mark.collect::<String>()));
        }
        page.push('\n');
    }
    page.push_str("\n## Layouts\n\n| layout | document | direction | confidence | what it is | source |\n");
    page.push_str("|---|---|---|---|---|---|\n");
    for layout in &layouts {
        let (kind, confidence) = (layout.kind.as_str(), layout.confidence.as_str());
        let cell = |text: &str| text.replace('|', "\\|");
        let (title, source) = (cell(&layout.title), cell(&layout.source));
        let (name, direction) = (&layout.name, direction(layout));
        page.push_str(&format!("| `{name}` | {kind} | {direction} | {confidence} | {title} | {source} |\n"));
    }
    page
}

fn json(layout: &Layout) -> serde_json::Value {
    serde_json::json!({
        "name": layout.name, "title": layout.title, "document": layout.kind.as_str(),
        "direction": direction(layout), "confidence": layout.confidence.as_str(), "source": layout.source,
    })
}

/// The reference page of a layout as Markdown.
fn page(layout: &Layout) -> String {
    let mut page = format!("# {}\n\n{}\n\n", layout.name, layout.title);
    page.push_str(&format!("Document: {} · direction: {}", layout.kind.as_str(), direction(layout)));
    page.push_str(&format!(" · confidence: {} · source: {}\n", layout.confidence.as_str(), layout.source));
    if !layout.notes.is_empty() {
        page.push_str(&format!("\n{}\n", layout.notes.trim()));
    }
    for (level, title) in [(Level::Header, "Header"), (Level::Line, "Lines")] {
        let fields = layout.kind.fields(level);
        if layout.bindings(level).next().is_none() {
            continue;
        }
        page.push_str(&format!("\n## {title}\n\n| field | kind | in the file | |\n|---|---|---|---|\n"));
        for binding in layout.bindings(level) {
            let Some(field) = fields.get(binding.field) else { continue };
            let from = match &binding.constant {
                Some(constant) => format!("always `{constant}`"),
                None => binding.from.iter().map(|from| format!("`{from}`")).collect::<Vec<_>>().join(" or "),
            };
            let required = if binding.required { "required" } else { "" };
            page.push_str(&format!("| {} | {} | {from} | {required} |\n", field.name, field.kind.as_str()));
        }
    }
    page
}
