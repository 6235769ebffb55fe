//! The report as one page: everything in it, no script, to be read with or without colour and to be printed.

use std::io::{self, Write};

use super::{Issue, Report, Summary, money};
use crate::document::shown::{html, visible};

/// Writes the page; `place` tells where something stands.
///
/// # Errors
/// When it cannot be written.
pub fn write(report: &Report, files: &str, place: impl Fn(&Issue) -> String, out: &mut dyn Write) -> io::Result<()> {
    let title = escape(&format!("Audit of {files}"));
    write!(out, "{HEAD}<title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>")?;
    let Report { documents, lines, skus, found, .. } = report;
    writeln!(out, "<p>{documents} documents, {lines} lines, {skus} SKUs; {found} issues, the worst first.</p>")?;
    for limit in &report.limits {
        writeln!(out, "<p class=\"note\">{}</p>", escape(limit))?;
    }
    summary(report, out)?;
    writeln!(
        out,
        "<table><caption>Issues</caption><thead><tr><th scope=\"col\">Severity<th scope=\"col\">Check<th scope=\"col\">Subject\
                   <th scope=\"col\">What is wrong<th scope=\"col\">Times<th scope=\"col\">Value<th scope=\"col\">Where</tr></thead><tbody>"
    )?;
    for issue in &report.issues {
        let (class, word) = (issue.severity.as_str(), issue.severity.as_str());
        writeln!(
            out,
            "<tr class=\"{class}\"><td>{word}<td>{}<td>{}<td>{}<td class=\"n\">{}<td class=\"n\">{}<td>{}</tr>",
            issue.check.as_str(),
            escape(&issue.subject),
            escape(&issue.detail),
            issue.tally.count,
            if issue.tally.value == 0 { String::new() } else { money(issue.tally.value) },
            escape(&place(issue)),
        )?;
    }
    writeln!(out, "</tbody></table></body></html>")
}

/// How many issues of each check, and how many of them are errors.
fn summary(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<table><caption>Checks</caption><thead><tr><th scope=\"col\">Check<th scope=\"col\">Issues<th scope=\"col\">Errors\
                   <th scope=\"col\">Times</tr></thead><tbody>"
    )?;
    for Summary { check, issues, errors, times } in &report.checks {
        writeln!(
            out,
            "<tr><td>{}<td class=\"n\">{issues}<td class=\"n\">{errors}<td class=\"n\">{times}</tr>",
            check.as_str()
        )?;
    }
    writeln!(out, "</tbody></table>")
}

/// Text without a character that means something to a browser, or that hides or reorders text.
fn escape(text: &str) -> String {
    html(&visible(text))
}

const HEAD: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">"#;
const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.4rem;overflow-wrap:anywhere}table{border-collapse:collapse;margin:1rem 0;width:100%}caption{text-align:left;font-weight:600}
th{text-align:left}th,td{padding:.2rem .5rem;vertical-align:top;border-bottom:1px solid #ddd;overflow-wrap:anywhere}.n{text-align:right}
tr.error td:first-child{border-left:4px solid #b00020}tr.warning td:first-child{border-left:4px solid #8a5a00}
tr.note td:first-child{border-left:4px solid #777}.note{color:#595959}
@media print{body{max-width:none;margin:0;font-size:11px}tr{break-inside:avoid}}";
