//! `consign.toml` as a checked, typed workspace: flows, targets, crosswalks, policies.

mod check;
mod customers;
pub mod endpoints;
mod fill;
mod guides;
mod load;
mod partners;
pub mod remote;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use globset::GlobSet;

use crate::agreement::Agreement;
use crate::clean::KnownCustomers;
use crate::clean::crosswalk::{Crosswalk, Table};
use crate::document::{Code, Decimal, Effect, Finding};
use crate::endpoint::Server;
use crate::layout::library::Library;
use crate::schema::Guides;

pub use fill::FillFrom;
pub use load::load;
pub use remote::{After, Destinations, RemoteFolder, Source};

/// The name of the configuration file.
pub const CONFIG: &str = "consign.toml";
/// The private folder of a workspace.
pub const PRIVATE: &str = ".consign";

/// A workspace, checked.
#[derive(Debug)]
pub struct Workspace {
    /// Its folder.
    pub root: PathBuf,
    /// Its name.
    pub name: String,
    /// SHA-256 of the configuration: the version an intake is decided with.
    pub version: String,
    /// Folders that outputs are published in, by target.
    pub targets: BTreeMap<String, PathBuf>,
    /// Targets that are delivered to servers from there.
    pub destinations: Destinations,
    /// Agreements with partners, by the partner's name; none for a partner without EDI.
    pub partners: BTreeMap<String, Option<Arc<Agreement>>>,
    /// SFTP servers by name.
    pub endpoints: BTreeMap<String, Server>,
    /// Its flows, in the order of the file.
    pub flows: Vec<Flow>,
    /// Layouts in the box and its own.
    pub library: Library,
}

/// One road: a folder to watch, a layout to read, targets to write.
#[derive(Debug)]
pub struct Flow {
    /// Its name.
    pub name: String,
    /// The trading partner whose codes are translated.
    pub partner: String,
    /// Whether documents go from the ERP to the partner.
    pub outbound: bool,
    /// What is agreed with the partner, if it sends EDI.
    pub agreement: Option<Arc<Agreement>>,
    /// Where files are dropped; or where they lie once they are fetched.
    pub folder: PathBuf,
    /// Where files are fetched, if not from a drop folder.
    pub source: Option<Source>,
    /// Names that are taken.
    pub include: GlobSet,
    /// Names that are not.
    pub exclude: GlobSet,
    /// The layout; recognised when none.
    pub layout: Option<String>,
    /// How long a file must be still before it is taken.
    pub quiet: Duration,
    /// Ending of the marker file without which a file is not taken.
    pub marker: Option<String>,
    /// Largest file taken, in bytes.
    pub max_file_bytes: u64,
    /// Whether a file without records is accepted.
    pub accept_empty: bool,
    /// Whether X12 sets and EDIFACT messages must agree with their definitions, as the partner's guides narrow them.
    pub validate: bool,
    /// What happens to bytes received before.
    pub duplicate_content: ContentPolicy,
    /// Whether orders that come again go out as what has become of them since.
    pub deltas: bool,
    /// What findings do instead of their default.
    pub policy: Vec<(Code, Effect)>,
    /// Currencies that are taken though ISO 4217 does not know them.
    pub currencies: Vec<String>,
    /// Largest plausible quantity of a line.
    pub max_quantity: Option<Decimal>,
    /// Largest plausible total.
    pub max_total: Option<Decimal>,
    /// Largest plausible multiple of a SKU's largest quantity so far.
    pub history_factor: Option<i64>,
    /// Crosswalks by table; turned round if the flow is outbound.
    pub crosswalks: BTreeMap<Table, Arc<Crosswalk>>,
    /// Their files, from the root.
    pub crosswalk_files: BTreeMap<Table, PathBuf>,
    /// The customers among whom the buyers of orders are looked for, if the flow says so.
    pub customers: Option<Arc<KnownCustomers>>,
    /// What is written.
    pub outputs: Vec<Output>,
}

impl Flow {
    /// The definitions of the sets that its partner sends.
    #[must_use]
    pub fn guides(&self) -> Guides {
        self.agreement.as_ref().map(|agreement| agreement.guides.clone()).unwrap_or_default()
    }
}

/// What a flow writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The target it is published in.
    pub target: String,
    /// The layout it is written with.
    pub layout: String,
    /// What is agreed with the partner that it goes to; X12 needs it.
    pub agreement: Option<Arc<Agreement>>,
    /// The system's last export, if it is filled in.
    pub fill: Option<FillFrom>,
}

/// What happens to bytes received before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentPolicy {
    /// Nothing is written; the file is linked to the first.
    Duplicate,
    /// The documents decide.
    Process,
}

/// A finding about a file of the workspace.
#[derive(Debug)]
pub struct Problem {
    /// The file, from the root.
    pub file: PathBuf,
    /// What is wrong.
    pub finding: Finding,
}

/// Why a workspace cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The configuration or a table is refused.
    #[error("the workspace has {} problems", .0.len())]
    Refused(Vec<Problem>),
    /// There is no configuration here.
    #[error("there is no {CONFIG} in {}; run `consign init` or name the workspace with --workspace", .0.display())]
    Missing(PathBuf),
    /// A file cannot be read.
    #[error("{} cannot be read", .0.display())]
    Io(PathBuf, #[source] std::io::Error),
}

impl Workspace {
    /// A folder below the private one.
    #[must_use]
    pub fn private(&self, name: &str) -> PathBuf {
        self.root.join(PRIVATE).join(name)
    }

    /// A flow by name.
    #[must_use]
    pub fn flow(&self, name: &str) -> Option<&Flow> {
        self.flows.iter().find(|flow| flow.name == name)
    }

    /// A path from the root, for messages and the ledger.
    #[must_use]
    pub fn relative<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}
