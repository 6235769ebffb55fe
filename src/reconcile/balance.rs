//! The balance: in = out + rejected + duplicate + held + passed over, per file and in all. What was released came in once,
//! with the file that it was held of: in the sums over all files it is no more held there, and comes in no second time.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::document::Decimal;
use crate::document::shown::{harmless, html};
use crate::ledger::{BalanceRow, IntakeRow, Ledger, LedgerError};

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table for the terminal.
    Table,
    /// Comma-separated values.
    Csv,
    /// JSON.
    Json,
    /// A page of its own, to be printed and signed.
    Html,
}

/// The classes in the order of the report.
const CLASSES: [&str; 6] = ["in", "out", "rejected", "duplicate", "held", "passed over"];
const COLUMNS: [&str; 9] = ["file", "name", "flow", "outcome", "class", "documents", "lines", "quantity", "amount"];

/// The balance of files.
#[derive(Debug)]
pub struct Balance {
    files: Vec<Entry>,
}

/// A file with its classes.
type Entry = (IntakeRow, Vec<BalanceRow>);

/// Sums of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    documents: i64,
    lines: i64,
    quantity: i128,
    amount: i128,
}

impl Sums {
    fn add(&mut self, row: &BalanceRow) {
        let billionths = |text: &str| Decimal::parse(text.as_bytes()).map_or(0, Decimal::billionths);
        self.documents += row.documents;
        self.lines += row.lines;
        self.quantity += billionths(&row.quantity);
        self.amount += billionths(&row.amount);
    }

    fn plus(self, other: Self) -> Self {
        Self {
            documents: self.documents + other.documents,
            lines: self.lines + other.lines,
            quantity: self.quantity + other.quantity,
            amount: self.amount + other.amount,
        }
    }

    fn less(self, other: Self) -> Self {
        Self {
            documents: self.documents - other.documents,
            lines: self.lines - other.lines,
            quantity: self.quantity - other.quantity,
            amount: self.amount - other.amount,
        }
    }

    fn cells(self) -> [String; 4] {
        let decimal =
            |value, places: usize| format!("{:.places$}", Decimal::from_billionths(value).unwrap_or_default());
        [self.documents.to_string(), self.lines.to_string(), decimal(self.quantity, 0), decimal(self.amount, 2)]
    }
}

impl Balance {
    /// Reads the balance of all files, or of one.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn read(ledger: &Ledger, file: Option<i64>) -> Result<Self, LedgerError> {
        let mut files: Vec<Entry> = Vec::new();
        for row in ledger.balances(file)? {
            match files.last_mut().filter(|(intake, _)| intake.id == row.intake) {
                Some((_, rows)) => rows.push(row),
                None => files.extend(ledger.intake(row.intake)?.map(|intake| (intake, vec![row]))),
            }
        }
        Ok(Self { files })
    }

    fn sums(&self, class: &str) -> Sums {
        let of = |files: &mut dyn Iterator<Item = &Entry>, class: &str| {
            let mut sums = Sums::default();
            files.flat_map(|(_, rows)| rows).filter(|row| row.class == class).for_each(|row| sums.add(row));
            sums
        };
        let sums = of(&mut self.files.iter(), class);
        match class {
            "in" | "held" => sums.less(of(&mut self.released(), "in")),
            _ => sums,
        }
    }

    /// The releases of files that are in the report too.
    fn released(&self) -> impl Iterator<Item = &Entry> {
        self.files.iter().filter(|(intake, _)| {
            let from = intake.linked_to.filter(|_| intake.linked_by.as_deref() == Some("release"));
            from.is_some_and(|from| self.files.iter().any(|(other, _)| other.id == from))
        })
    }

    /// Whether every file balances, and no more was released of one than was held.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        let documents = |rows: &[BalanceRow], class: &str| {
            rows.iter().filter(|row| row.class == class).map(|row| row.documents).sum::<i64>()
        };
        let mut released: BTreeMap<i64, i64> = BTreeMap::new();
        for (intake, rows) in self.released() {
            *released.entry(intake.linked_to.unwrap_or_default()).or_default() += documents(rows, "in");
        }
        self.files.iter().all(|(intake, rows)| {
            let released = released.get(&intake.id).copied().unwrap_or_default();
            file_balances(rows) && released <= documents(rows, "held")
        })
    }

    /// Writes the report.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Table => self.table(),
            Format::Csv => self.csv(),
            Format::Json => self.json(),
            Format::Html => self.html(),
        }
    }

    fn verdict(&self) -> &'static str {
        if self.is_balanced() { "In balance: everything that came in is accounted for." } else { "OUT OF BALANCE" }
    }

    fn table(&self) -> String {
        let mut table = comfy_table::Table::new();
        table.load_preset(comfy_table::presets::NOTHING);
        table.set_header(COLUMNS);
        for (intake, rows) in &self.files {
            let mut name = [intake.id.to_string(), intake.name.clone(), intake.flow.clone(), outcome(intake)];
            for row in shown(rows) {
                table.add_row(name.iter().cloned().chain([row.class.clone()]).chain(cells(row)));
                name = Default::default();
            }
        }
        for class in CLASSES {
            let head = ["", if class == "in" { "all files" } else { "" }, "", "", class].map(str::to_owned);
            table.add_row(head.into_iter().chain(self.sums(class).cells()));
        }
        format!("{table}\n\n{}\n", self.verdict())
    }

    fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing records of one width to memory cannot fail.
        let _ = writer.write_record(COLUMNS);
        for (intake, rows) in &self.files {
            for row in rows {
                let name = [
                    intake.id.to_string(),
                    harmless(&intake.name),
                    intake.flow.clone(),
                    outcome(intake),
                    row.class.clone(),
                ];
                let _ = writer.write_record(name.into_iter().chain(cells(row)));
            }
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    fn json(&self) -> String {
        let files: Vec<_> = self.files.iter().map(|(intake, rows)| serde_json::json!({
            "file": intake.id, "name": intake.name, "flow": intake.flow, "outcome": intake.outcome, "sha256": intake.sha256,
            "linked_to": intake.linked_to, "linked_by": intake.linked_by, "balanced": file_balances(rows), "classes": rows,
        })).collect();
        let total: Vec<_> = CLASSES.iter().map(|class| {
            let [documents, lines, quantity, amount] = self.sums(class).cells();
            serde_json::json!({"class": class, "documents": documents, "lines": lines, "quantity": quantity, "amount": amount})
        }).collect();
        serde_json::json!({"balanced": self.is_balanced(), "files": files, "total": total}).to_string()
    }

    fn html(&self) -> String {
        let mut page = String::from(HEAD);
        let verdict = if self.is_balanced() { "yes" } else { "no" };
        let _ = write!(page, "<p class=\"verdict {verdict}\">{}</p>", self.verdict());
        page.push_str("<h2>All files</h2><table><tr><th></th><th>Documents</th><th>Lines</th><th>Quantity</th><th>Amount</th></tr>");
        for class in CLASSES {
            row(&mut page, "", class, &self.sums(class).cells());
        }
        let accounted = CLASSES[1..].iter().fold(Sums::default(), |sum, class| sum.plus(self.sums(class)));
        row(&mut page, "sum", "accounted for", &accounted.cells());
        page.push_str("</table>");
        for (intake, rows) in &self.files {
            let state = if file_balances(rows) { "in balance" } else { "OUT OF BALANCE" };
            let _ = write!(
                page,
                "<h3>File {}: {}</h3><p>{} · {} · received {} · {state}<br><code>SHA-256 {}</code></p>",
                intake.id,
                html(&intake.name),
                html(&intake.flow),
                html(&outcome(intake)),
                html(&intake.received_at),
                html(intake.sha256.as_deref().unwrap_or("-")),
            );
            page.push_str("<table><tr><th></th><th>Documents</th><th>Lines</th><th>Quantity</th><th>Amount</th></tr>");
            for balance in shown(rows) {
                row(&mut page, "", &balance.class, &cells(balance));
            }
            page.push_str("</table>");
        }
        page.push_str(FOOT);
        page
    }
}

/// Rows worth showing: what came in, and every class that something ended in.
fn shown(rows: &[BalanceRow]) -> impl Iterator<Item = &BalanceRow> {
    rows.iter().filter(|row| row.class == "in" || row.documents > 0 || row.lines > 0)
}

fn cells(row: &BalanceRow) -> [String; 4] {
    [row.documents.to_string(), row.lines.to_string(), row.quantity.clone(), row.amount.clone()]
}

fn outcome(intake: &IntakeRow) -> String {
    let outcome = intake.outcome.as_deref().unwrap_or(&intake.state);
    match (intake.linked_to, intake.linked_by.as_deref()) {
        (Some(from), Some("release")) => format!("{outcome}, released of file {from}"),
        (Some(from), Some(_)) => format!("{outcome}, in the place of file {from}"),
        _ => outcome.to_owned(),
    }
}

/// Whether what came in is the sum of the classes it ended in.
fn file_balances(rows: &[BalanceRow]) -> bool {
    let (mut incoming, mut rest) = (Sums::default(), Sums::default());
    rows.iter().for_each(|row| if row.class == "in" { incoming.add(row) } else { rest.add(row) });
    incoming == rest
}

fn row(page: &mut String, class: &str, name: &str, cells: &[String; 4]) {
    let _ = write!(page, "<tr class=\"{class}\"><td>{}</td>", html(name));
    for cell in cells {
        let _ = write!(page, "<td class=\"n\">{}</td>", html(cell));
    }
    page.push_str("</tr>");
}

const HEAD: &str = r#"<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Balance</title><style>
body{font:15px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
h1{margin-bottom:0}h3{margin:1.6rem 0 0}table{border-collapse:collapse;width:100%;margin:.4rem 0}
td,th{padding:.25rem .5rem;border-bottom:1px solid #ddd;text-align:left}th,td.n{text-align:right;font-variant-numeric:tabular-nums}
th:first-child{text-align:left}tr.sum td{border-top:2px solid #333;font-weight:600}code{font-size:.8em;color:#555;word-break:break-all}
.verdict{padding:.6rem .8rem;border-radius:.3rem;font-weight:600}.yes{background:#e5f4e8}.no{background:#fbe3e1}
.sign{display:flex;gap:3rem;margin-top:3rem}.sign div{flex:1;border-top:1px solid #333;padding-top:.3rem}
@media print{h3,table{break-inside:avoid}}
</style><h1>Balance</h1><p>In = out + rejected + duplicate + held + passed over.</p>"#;
const FOOT: &str = "<div class=\"sign\"><div>Date</div><div>Checked by</div></div></html>\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn balance(out: i64) -> Balance {
        let row = |class: &str, documents| BalanceRow {
            intake: 1,
            class: class.into(),
            documents,
            lines: documents,
            quantity: "3".into(),
            amount: "10.50".into(),
        };
        let mut rest = row("held", 0);
        (rest.quantity, rest.amount) = ("0".into(), "0.00".into());
        let intake = IntakeRow {
            id: 1,
            flow: "shop".into(),
            name: "=a<b>.csv".into(),
            state: "archived".into(),
            outcome: Some("accepted".into()),
            sha256: None,
            size: 1,
            received_at: "2026-01-01T00:00:00Z".into(),
            layout: String::new(),
            duplicate_of: None,
            companion_of: None,
            passed_over: 0,
            linked_to: None,
            linked_by: None,
        };
        Balance { files: vec![(intake, vec![row("in", 2), row("out", out), rest])] }
    }

    #[test]
    fn a_document_too_few_is_told_in_every_format() {
        assert!(balance(2).is_balanced() && !balance(1).is_balanced());
        for format in [Format::Table, Format::Html] {
            assert!(balance(1).render(format).contains("OUT OF BALANCE"));
            assert!(!balance(2).render(format).contains("OUT OF BALANCE"));
        }
        assert!(balance(1).render(Format::Json).contains("\"balanced\":false"));
    }

    #[test]
    fn what_was_released_counts_once_and_never_more_than_was_held() {
        let row = |intake, class: &str, documents| BalanceRow {
            intake,
            class: class.into(),
            documents,
            lines: 0,
            quantity: "0".into(),
            amount: "0".into(),
        };
        let released = |documents| {
            let mut both = balance(2);
            both.files[0].1 = vec![row(1, "in", 3), row(1, "out", 1), row(1, "held", 2)];
            let mut intake = both.files[0].0.clone();
            (intake.id, intake.linked_to, intake.linked_by) = (2, Some(1), Some("release".into()));
            both.files.push((intake, vec![row(2, "in", documents), row(2, "out", documents)]));
            both
        };
        let both = released(2);
        let sums = ["in", "out", "held"].map(|class| both.sums(class).documents);
        assert_eq!((sums, both.is_balanced(), released(3).is_balanced()), ([3, 3, 0], true, false));
    }

    #[test]
    fn h16_h22_hostile_names_are_harmless() {
        assert!(balance(2).render(Format::Html).contains("=a&lt;b&gt;.csv"));
        assert!(balance(2).render(Format::Csv).contains("'=a<b>.csv"));
    }
}
