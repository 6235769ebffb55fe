//! What we sent and partners have not answered yet, with its age; on request also what they answered.

use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};

use super::balance::Format;
use crate::document::shown::{harmless, html};
use crate::ledger::{AwaitedRow, Ledger, LedgerError};

const COLUMNS: [&str; 10] =
    ["partner", "own id", "partner id", "wanted", "interchange", "group", "sent", "deadline", "state", "age in hours"];

/// What was sent, at a moment.
#[derive(Debug)]
pub struct Acknowledgements {
    rows: Vec<AwaitedRow>,
    now: Timestamp,
}

impl Acknowledgements {
    /// Reads what waits for an answer; with `all` also what has one.
    ///
    /// # Errors
    /// When the ledger fails.
    pub fn read(ledger: &Ledger, now: Timestamp, all: bool) -> Result<Self, LedgerError> {
        Ok(Self { rows: ledger.awaited(all)?, now })
    }

    /// How many are past their deadline.
    #[must_use]
    pub fn overdue(&self) -> usize {
        self.rows.iter().filter(|row| self.state(row) == "overdue").count()
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

    /// The state, with `overdue` for what waits past its deadline.
    fn state<'r>(&self, row: &'r AwaitedRow) -> &'r str {
        let late = row.deadline.parse::<Timestamp>().is_ok_and(|deadline| deadline < self.now);
        if row.state == "waiting" && late { "overdue" } else { &row.state }
    }

    /// Whole hours from when it was sent until its answer, or until now.
    fn age(&self, row: &AwaitedRow) -> Option<i64> {
        let sent: Timestamp = row.sent_at.parse().ok()?;
        let until = match &row.answered_at {
            Some(answered) => answered.parse().ok()?,
            None => self.now,
        };
        Some(until.duration_since(sent).max(SignedDuration::ZERO).as_hours())
    }

    fn verdict(&self) -> String {
        let waiting = self.rows.iter().filter(|row| row.state == "waiting").count();
        match (waiting, self.overdue()) {
            (0, _) => "Nothing waits for an answer.".to_owned(),
            (waiting, 0) => format!("{waiting} not answered yet, none of them late."),
            (waiting, late) => format!("{waiting} not answered, {late} of them LATE: ask the partner."),
        }
    }

    fn cells(&self, row: &AwaitedRow) -> [String; 10] {
        let group = if row.group == 0 { String::new() } else { format!("{} {}", row.functional, row.group) };
        [
            row.name.clone(),
            row.own.clone(),
            row.partner.clone(),
            row.wanted.clone(),
            if row.wanted == "CONTRL" { row.interchange.to_string() } else { format!("{:09}", row.interchange) },
            group,
            row.sent_at.clone(),
            row.deadline.clone(),
            self.state(row).to_owned(),
            self.age(row).map(|hours| hours.to_string()).unwrap_or_default(),
        ]
    }

    fn table(&self) -> String {
        if self.rows.is_empty() {
            return format!("{}\n", self.verdict());
        }
        let mut table = comfy_table::Table::new();
        table.load_preset(comfy_table::presets::NOTHING);
        table.set_header(COLUMNS);
        for row in &self.rows {
            table.add_row(self.cells(row));
        }
        format!("{table}\n\n{}\n", self.verdict())
    }

    fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing records of one width to memory cannot fail.
        let _ = writer.write_record(COLUMNS);
        for row in &self.rows {
            let _ = writer.write_record(self.cells(row).map(|cell| harmless(&cell)));
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    fn json(&self) -> String {
        let one = |row: &AwaitedRow| {
            let mut value = serde_json::json!(row);
            if let Some(map) = value.as_object_mut() {
                map.insert("state".into(), self.state(row).into());
                map.insert("age_hours".into(), self.age(row).into());
            }
            value
        };
        let rows: Vec<_> = self.rows.iter().map(one).collect();
        serde_json::json!({"overdue": self.overdue(), "acknowledgements": rows}).to_string()
    }

    fn html(&self) -> String {
        let mut page = String::from(HEAD);
        let class = if self.overdue() == 0 { "yes" } else { "no" };
        let _ = write!(page, "<p class=\"verdict {class}\">{}</p><table><tr>", html(&self.verdict()));
        COLUMNS.iter().for_each(|column| page.push_str(&format!("<th>{column}</th>")));
        page.push_str("</tr>");
        for row in &self.rows {
            let _ = write!(page, "<tr class=\"{}\">", html(self.state(row)));
            self.cells(row).iter().for_each(|cell| page.push_str(&format!("<td>{}</td>", html(cell))));
            page.push_str("</tr>");
        }
        page.push_str("</table></html>\n");
        page
    }
}

const HEAD: &str = r#"<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Acknowledgements</title><style>
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;width:100%}td,th{padding:.25rem .5rem;border-bottom:1px solid #ddd;text-align:left}
.overdue td,.rejected td{font-weight:600}.verdict{padding:.6rem .8rem;border-radius:.3rem;font-weight:600}
.yes{background:#e5f4e8}.no{background:#fbe3e1}@media print{tr{break-inside:avoid}}
</style><h1>Acknowledgements</h1><p>What was sent and what partners answered.</p>"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn row(state: &str, deadline: &str) -> AwaitedRow {
        let answered = state != "waiting";
        AwaitedRow {
            intake: 1,
            name: "=big<store>".into(),
            own: "ZZ:US".into(),
            partner: "ZZ:THEM".into(),
            wanted: "997".into(),
            interchange: 42,
            functional: "PR".into(),
            group: 7,
            sent_at: "2026-03-01T00:00:00Z".into(),
            deadline: deadline.into(),
            state: state.into(),
            answered_at: answered.then(|| "2026-03-01T05:30:00Z".into()),
            answer: answered.then_some(2),
        }
    }

    fn report(rows: Vec<AwaitedRow>) -> Acknowledgements {
        Acknowledgements { rows, now: "2026-03-02T12:00:00Z".parse().unwrap() }
    }

    #[test]
    fn what_is_late_is_told_with_its_age_in_every_format() {
        let late = report(vec![row("waiting", "2026-03-02T00:00:00Z"), row("partly", "2026-03-02T00:00:00Z")]);
        assert_eq!(late.overdue(), 1);
        for format in [Format::Table, Format::Csv, Format::Json, Format::Html] {
            let text = late.render(format);
            assert!(text.contains("overdue") && text.contains("36") && text.contains("partly"), "{text}");
        }
        assert!(late.render(Format::Table).contains("1 not answered, 1 of them LATE"));
        assert!(late.render(Format::Csv).contains("'=big<store>") && late.render(Format::Csv).contains(",5\n"));
        assert!(late.render(Format::Html).contains("=big&lt;store&gt;"));
        let timely = report(vec![row("waiting", "2026-03-03T00:00:00Z")]);
        assert_eq!(timely.overdue(), 0);
        assert!(timely.render(Format::Table).contains("none of them late"));
        assert!(report(Vec::new()).render(Format::Table).contains("Nothing waits"));
    }
}
