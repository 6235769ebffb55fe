//! The tree for a screen: places on the left, indentation, colour if it is wanted.

use std::io::{self, Write};

use super::{Branch, Item, Leaf, Remark, Summary, View};
use crate::document::Position;
use crate::document::shown::visible;

/// Writes the tree as text.
pub struct Text<'w> {
    out: &'w mut dyn Write,
    colour: bool,
    depth: usize,
}

/// What a part of a line is, for its colour.
#[derive(Clone, Copy)]
enum Ink {
    Faint,
    Strong,
    Name,
    Error,
    Plain,
}

impl<'w> Text<'w> {
    /// A view; `colour` only for a terminal.
    pub fn new(out: &'w mut dyn Write, colour: bool) -> Self {
        Self { out, colour, depth: 0 }
    }

    fn ink(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Faint => "2",
            Ink::Strong => "1",
            Ink::Name => "36",
            Ink::Error => "1;31",
            Ink::Plain => "",
        };
        let text = visible(text);
        if self.colour && !code.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text }
    }

    fn line(&mut self, at: &Position, depth: usize, parts: &[(Ink, &str)]) -> io::Result<()> {
        let place = if at.line > 0 { format!("{}:{}", at.line, at.column.max(1)) } else { format!("@{}", at.byte) };
        let words: Vec<String> =
            parts.iter().filter(|(_, text)| !text.is_empty()).map(|(ink, text)| self.ink(*ink, text)).collect();
        let (gutter, indent) = (self.ink(Ink::Faint, &format!("{place:>9}")), depth * 2);
        writeln!(self.out, "{gutter}  {:indent$}{}", "", words.join(" "))
    }

    fn item(&mut self, item: &Item, depth: usize) -> io::Result<()> {
        let meaning = if item.meaning.is_empty() { String::new() } else { format!("({})", item.meaning) };
        let name = if item.name.is_empty() { String::new() } else { format!("{}:", item.name) };
        let absent = item.value.is_empty() && item.parts.is_empty();
        let value = if absent { "(absent)" } else { item.value.trim_end() };
        let parts =
            [(Ink::Faint, item.id.as_str()), (Ink::Name, &name), (Ink::Plain, value), (Ink::Faint, meaning.as_str())];
        self.line(&item.at, depth, &parts)?;
        for part in &item.parts {
            let at = item.at.clone();
            self.item(&Item { at, ..part.clone() }, depth + 1)?;
        }
        item.remarks.iter().try_for_each(|remark| self.told(remark, depth + 1))
    }

    fn told(&mut self, remark: &Remark, depth: usize) -> io::Result<()> {
        let (ink, word) = if remark.is_error { (Ink::Error, "ERROR") } else { (Ink::Faint, "note") };
        let head = if remark.code.is_empty() { format!("{word}:") } else { format!("{word} {}:", remark.code) };
        let parts = [(ink, head.as_str()), (Ink::Plain, remark.at.field.as_str()), (Ink::Plain, remark.text.as_str())];
        self.line(&remark.at, depth, &parts)
    }
}

impl View for Text<'_> {
    fn open(&mut self, branch: &Branch) -> io::Result<()> {
        let parts = [(Ink::Strong, branch.level.as_str()), (Ink::Strong, &branch.id), (Ink::Plain, &branch.title)];
        self.line(&branch.at, self.depth, &parts)?;
        self.depth += 1;
        Ok(())
    }

    fn leaf(&mut self, leaf: &Leaf) -> io::Result<()> {
        self.line(&leaf.at, self.depth, &[(Ink::Strong, leaf.id.as_str()), (Ink::Name, &leaf.name)])?;
        leaf.elements.iter().try_for_each(|item| self.item(item, self.depth + 1))
    }

    fn remark(&mut self, remark: &Remark) -> io::Result<()> {
        self.told(remark, self.depth)
    }

    fn close(&mut self) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        writeln!(self.out, "{summary}")
    }
}
