//! Codes that were seen and that no crosswalk translates: the files in which the ledger noted some are read again with the
//! crosswalks as they are now, so that what was closed meanwhile is not told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::job::{prepare, rules, tables};
use super::{EngineError, at, linked};
use crate::clean::crosswalk::{Sheet, Table};
use crate::clean::suggest::{self, Index, Item, Seen as SeenProduct, Suggestion};
use crate::clean::{self, Rules};
use crate::document::batch::Decimals;
use crate::document::finding::printable;
use crate::document::{Batch, Class, Code, Decimal, Finding, Findings, Level};
use crate::flow::{self, Onlooker, Road};
use crate::ledger::{IntakeRow, Ledger};
use crate::limits;
use crate::workspace::{Flow, Workspace};

/// The codes of findings about what is not translated, and the tables that would translate it.
const CODES: [(Code, Table); 5] = [
    (Code::SkuUnknown, Table::Sku),
    (Code::UnitUnknown, Table::Unit),
    (Code::CustomerUnknown, Table::Customer),
    (Code::LocationUnknown, Table::Location),
    (Code::CarrierUnknown, Table::Carrier),
];

/// A code without a translation.
#[derive(Clone, Debug, Default)]
pub struct Gap {
    /// The GTIN beside it, where it was first seen; empty if there is none.
    pub gtin: String,
    /// The description beside it, where it was first seen.
    pub text: String,
    /// Lines that name it.
    pub lines: u64,
    /// Documents that name it.
    pub documents: u64,
    /// What these lines, or documents where it stands in the header, amount to, by currency.
    pub value: BTreeMap<String, Decimal>,
    /// The flows it came by.
    pub flows: BTreeSet<String>,
    /// The files it stands in.
    pub files: BTreeSet<i64>,
    /// What it may be, the likeliest first.
    pub suggestions: Vec<Suggestion>,
    last: Option<(u64, usize)>,
}

/// What a gap is told by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The table that lacks it.
    pub table: Table,
    /// The partner whose code it is; of a unit the code list.
    pub partner: String,
    /// The code.
    pub code: String,
}

/// A file of which documents are held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its number.
    pub file: i64,
    /// Its name.
    pub name: String,
    /// Documents that are held.
    pub held: u64,
    /// Those of them that nothing stops any more.
    pub ready: u64,
    /// The numbers of the first [`limits::READY_NUMBERS`] of these.
    pub numbers: Vec<String>,
}

/// Every gap of a workspace.
#[derive(Debug, Default)]
pub struct Gaps {
    /// The gaps.
    pub gaps: BTreeMap<Key, Gap>,
    /// Findings about codes beyond [`limits::GAPS`].
    pub more: u64,
    /// The files in which the ledger noted gaps.
    pub waiting: Vec<Waiting>,
    batches: u64,
}

impl Gaps {
    /// Reads the gaps of a workspace.
    ///
    /// # Errors
    /// When the ledger or a file fails.
    pub fn read(workspace: &Workspace, ledger: &Ledger) -> Result<Self, EngineError> {
        let (mut gaps, fixed_units) = (Self::default(), clean::fixed_units());
        let codes: Vec<&str> = CODES.iter().map(|(code, _)| code.as_str()).collect();
        for intake in ledger.intakes_with(&codes)? {
            let Some(flow) = workspace.flow(&intake.flow) else { continue };
            // What a person decided about waits no more; what was released is told with the file that came of it.
            let mut held = ledger.held_documents(intake.id)?;
            let is_part = intake.linked_to.is_some() || held.iter().any(|document| document.action.is_some());
            held.retain(|document| document.action.is_none());
            if (is_part && held.is_empty()) || ledger.actions(intake.id)?.iter().any(|action| action.whole) {
                continue;
            }
            let prepared = prepare(workspace, ledger, flow, &fixed_units)?;
            let Ok(layout) = workspace.library.get(&intake.layout) else { continue };
            let rules = Rules {
                received: intake.received_at.clone(),
                validate: None,
                selected: is_part.then(|| linked::counted(&held)),
                ..rules(flow, &layout)
            };
            let road = Road { tables: tables(&prepared), ..Road::of(&layout, rules) };
            let mut look = Look {
                gaps: &mut gaps,
                intake: &intake,
                flow,
                unit_list: &layout.rules.unit_list,
                held: held.into_iter().map(|document| document.number).collect(),
                ready: 0,
                numbers: Vec::new(),
            };
            let open = |intake: &IntakeRow| {
                let path = workspace.private("blob").join(intake.sha256.as_deref().unwrap_or_default());
                at(&path, fs::File::open(&path))
            };
            let mut each = Onlooker(|batch: &Batch, findings: &Findings| look.batch(batch, findings));
            let ran = match linked::companion(ledger, intake.id)? {
                Some(lines) => flow::run_pair(&road, [open(&intake)?, open(&lines)?], &mut each, &mut |_, _| Ok(())),
                None => flow::run(&road, open(&intake)?, &mut each, &mut |_| {}, &mut |_, _| Ok(())),
            };
            at(Path::new(&intake.name), ran)?;
            let (held, ready, numbers) = (look.held.len() as u64, look.ready, look.numbers);
            gaps.waiting.push(Waiting { file: intake.id, name: intake.name, held, ready, numbers });
        }
        Ok(gaps)
    }

    /// Ranks what each gap may be: by the rows of the crosswalk that lacks it, and by a list of the ERP's items with the
    /// columns `item`, `sku`, `gtin` and `description`, of which the first must be there.
    ///
    /// # Errors
    /// When a table cannot be read.
    pub fn suggest(&mut self, workspace: &Workspace, items: &[Vec<String>]) -> Result<(), EngineError> {
        let mut indices: BTreeMap<(Table, String), Index> = BTreeMap::new();
        for (key, gap) in &mut self.gaps {
            let Some(flow) = gap.flows.first().and_then(|name| workspace.flow(name)) else { continue };
            let Some(file) = flow.crosswalk_files.get(&key.table) else { continue };
            let place = (key.table, format!("{} {}", flow.outbound, file.display()));
            if !indices.contains_key(&place) {
                let path = workspace.root.join(file);
                let sheet = Sheet::read(key.table, &at(&path, fs::read(&path))?);
                indices.insert(place.clone(), index(key.table, &sheet, flow.outbound, items));
            }
            let seen = SeenProduct { code: &key.code, gtin: &gap.gtin, text: &gap.text };
            gap.suggestions = indices.get(&place).map(|index| suggest::rank(&seen, index)).unwrap_or_default();
        }
        Ok(())
    }

    fn add(&mut self, key: Key, look: (&str, i64), row: &Row<'_>) {
        if self.gaps.len() >= limits::GAPS && !self.gaps.contains_key(&key) {
            self.more += 1;
            return;
        }
        let (flow, file) = look;
        let gap = self.gaps.entry(key).or_default();
        let is_new = gap.last.replace((self.batches, row.document)) != Some((self.batches, row.document));
        gap.documents += u64::from(is_new);
        gap.lines += u64::from(row.line.is_some());
        for (own, seen) in [(&mut gap.gtin, row.text("gtin")), (&mut gap.text, row.text("description"))] {
            if own.is_empty() {
                seen.unwrap_or_default().clone_into(own);
            }
        }
        if let Some(value) = row.value() {
            let sum = gap.value.entry(row.currency().to_owned()).or_insert(Decimal::ZERO);
            *sum = sum.checked_add(value).unwrap_or(*sum);
        }
        gap.flows.insert(flow.to_owned());
        gap.files.insert(file);
    }
}

/// What may be suggested: the targets of the table, and of SKUs the ERP's items. A flow from the ERP lacks the partner's
/// codes, which only the table knows.
fn index(table: Table, sheet: &Sheet, outbound: bool, items: &[Vec<String>]) -> Index {
    let mut index = Index::default();
    let (code, target) = table.key();
    for row in sheet.rows() {
        let get = |name| sheet.get(row, name);
        let (code, target) = if outbound { (get(target), get(code)) } else { (get(code), get(target)) };
        if target != "*" {
            index.add(Item { item: target, code, gtin: get("gtin"), text: "" });
            index.add(Item { item: target, code: target, gtin: "", text: "" });
        }
    }
    if table == Table::Sku && !outbound {
        for item in items {
            let get = |at: usize| item.get(at).map_or("", String::as_str);
            index.add(Item { item: get(0), code: get(1), gtin: get(2), text: get(3) });
            index.add(Item { item: get(0), code: get(0), gtin: "", text: "" });
        }
    }
    index
}

/// One file, looked through for gaps.
struct Look<'l> {
    gaps: &'l mut Gaps,
    intake: &'l IntakeRow,
    flow: &'l Flow,
    unit_list: &'l str,
    held: BTreeSet<String>,
    ready: u64,
    numbers: Vec<String>,
}

/// A row of a batch at which a gap was found.
struct Row<'b> {
    batch: &'b Batch,
    document: usize,
    line: Option<usize>,
}

impl<'b> Row<'b> {
    fn new(batch: &'b Batch, finding: &Finding) -> Self {
        let line = finding.line.map(|line| line as usize);
        let owner = line.and_then(|line| batch.line_documents().get(line));
        Self { batch, document: owner.copied().or(finding.document).unwrap_or_default() as usize, line }
    }

    fn text(&self, name: &str) -> Option<&'b str> {
        match self.line {
            Some(line) => self.batch.text(Level::Line, name)?.get(line),
            None => self.batch.text(Level::Header, name)?.get(self.document),
        }
    }

    fn currency(&self) -> &'b str {
        let column = self.batch.text(Level::Header, "currency");
        column.and_then(|column| column.get(self.document)).unwrap_or_default()
    }

    fn value(&self) -> Option<Decimal> {
        let number = |column: Option<Decimals<'b>>, row| column?.decimal(row);
        match self.line {
            Some(line) => number(self.batch.decimal(Level::Line, "amount"), line),
            None => number(self.batch.decimal(Level::Header, "total"), self.document),
        }
    }

    /// The code as it stands in the file, which a finding may show cut.
    fn code(&self, finding: &Finding) -> String {
        let value = self.text(&finding.at.field).filter(|value| printable(value.as_bytes()) == finding.found);
        value.unwrap_or(&finding.found).to_owned()
    }
}

impl Look<'_> {
    /// Looks at what was found in a batch, and which held documents nothing holds any more.
    fn batch(&mut self, batch: &Batch, findings: &Findings) {
        self.gaps.batches += 1;
        for finding in findings.kept() {
            let Some((_, table)) = CODES.iter().find(|(code, _)| *code == finding.code) else { continue };
            let row = Row::new(batch, finding);
            let partner = if *table == Table::Unit { self.unit_list } else { &self.flow.partner };
            let key = Key { table: *table, partner: partner.to_owned(), code: row.code(finding) };
            self.gaps.add(key, (&self.flow.name, self.intake.id), &row);
        }
        let numbers = batch.text(Level::Header, batch.kind.key_field());
        let classes = clean::classes(batch, Level::Header);
        for (row, _) in classes.iter().enumerate().filter(|(_, class)| **class == Class::Out) {
            let number = numbers.and_then(|column| column.get(row)).unwrap_or_default();
            if self.held.contains(number) {
                self.ready += 1;
                if self.numbers.len() < limits::READY_NUMBERS {
                    self.numbers.push(number.to_owned());
                }
            }
        }
    }
}
