//! The tree as one page: everything in it, no script, to be read with or without colour and to be printed.

use std::io::{self, Write};

use super::{Branch, Item, Leaf, Remark, Summary, View};
use crate::document::Position;
use crate::document::shown::{html, visible};

/// Writes the tree as a page.
pub struct Html<'w> {
    out: &'w mut dyn Write,
    depth: usize,
}

impl<'w> Html<'w> {
    /// Begins a page about a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(out: &'w mut dyn Write, title: &str) -> io::Result<Self> {
        let title = escape(title);
        write!(out, "{HEAD}<title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>")?;
        Ok(Self { out, depth: 0 })
    }

    fn item(&mut self, item: &Item, at: &Position) -> io::Result<()> {
        let (id, name, value) = (escape(&item.id), escape(&item.name), escape(item.value.trim_end()));
        let absent = item.value.is_empty() && item.parts.is_empty();
        let value = if absent { "<i>absent</i>".to_owned() } else { format!("<code>{value}</code>") };
        let (place, meaning) = (place(at), escape(item.meaning));
        let class = if item.remarks.is_empty() { "" } else { " class=\"bad\"" };
        write!(
            self.out,
            "<tr{class}><td class=\"at\">{place}<td class=\"id\">{id}<td>{name}<td>{value} <span>{meaning}</span>"
        )?;
        for remark in &item.remarks {
            write!(self.out, "<p class=\"error\"><b>Error:</b> {}</p>", escape(&remark.text))?;
        }
        writeln!(self.out, "</tr>")?;
        item.parts.iter().try_for_each(|part| self.item(part, at))
    }
}

impl View for Html<'_> {
    fn open(&mut self, branch: &Branch) -> io::Result<()> {
        self.depth += 1;
        let (level, id, title) = (branch.level.as_str(), escape(&branch.id), escape(&branch.title));
        let place = place(&branch.at);
        writeln!(
            self.out,
            "<details open class=\"{level}\"><summary><b>{level} {id}</b> {title} <span class=\"at\">{place}</span></summary>"
        )
    }

    fn leaf(&mut self, leaf: &Leaf) -> io::Result<()> {
        let (id, name, place) = (escape(&leaf.id), escape(&leaf.name), place(&leaf.at));
        writeln!(self.out, "<table><caption><b>{id}</b> {name} <span class=\"at\">{place}</span></caption>")?;
        leaf.elements.iter().try_for_each(|item| self.item(item, &item.at))?;
        writeln!(self.out, "</table>")
    }

    fn remark(&mut self, remark: &Remark) -> io::Result<()> {
        let (class, word) = if remark.is_error { ("error", "Error") } else { ("note", "Note") };
        let (code, field, text) = (escape(remark.code), escape(&remark.at.field), escape(&remark.text));
        let place = place(&remark.at);
        writeln!(
            self.out,
            "<p class=\"{class}\"><b>{word} {code}:</b> {field} {text} <span class=\"at\">{place}</span></p>"
        )
    }

    fn close(&mut self) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        writeln!(self.out, "</details>")
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        for _ in 0..std::mem::take(&mut self.depth) {
            writeln!(self.out, "</details>")?;
        }
        writeln!(self.out, "<p><b>{}</b></p></body></html>", escape(&summary.to_string()))
    }
}

fn place(at: &Position) -> String {
    if at.line > 0 { format!("{}:{}", at.line, at.column.max(1)) } else { format!("byte {}", at.byte) }
}

/// Text without a character that means something to a browser, or that hides or reorders text.
fn escape(text: &str) -> String {
    html(&visible(text))
}

const HEAD: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">"#;
const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.4rem;overflow-wrap:anywhere}details{margin:.4rem 0 .4rem .2rem;padding-left:1rem;border-left:2px solid #ccc}
summary{cursor:pointer}.set>summary,.interchange>summary,.group>summary{font-size:1.05em}
table{border-collapse:collapse;margin:.4rem 0;width:100%}caption{text-align:left}td{padding:.1rem .5rem;vertical-align:top;
border-bottom:1px solid #eee;overflow-wrap:anywhere}td.id,.at{color:#595959;font-size:.85em;white-space:nowrap}td.at{width:5rem}
td.id{width:7rem}td span{color:#595959}.error{border-left:4px solid #b00020;background:#fdecea;padding:.2rem .5rem;margin:.2rem 0}
.note{border-left:4px solid #777;padding:.2rem .5rem;margin:.2rem 0}
@media print{body{max-width:none;margin:0;font-size:11px}table,.error{break-inside:avoid}summary{list-style:none}}";
