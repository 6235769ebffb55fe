//! The tree as JSON: one object for each thing, in the order of the file, with the depth it stands at.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Branch, Item, Leaf, Remark, Summary, View};

/// Writes the tree as lines of JSON.
pub struct Json<'w> {
    out: &'w mut dyn Write,
    depth: usize,
}

impl<'w> Json<'w> {
    /// A view.
    pub fn new(out: &'w mut dyn Write) -> Self {
        Self { out, depth: 0 }
    }

    fn line(&mut self, mut value: Value) -> io::Result<()> {
        if let Some(map) = value.as_object_mut() {
            map.insert("depth".into(), self.depth.into());
        }
        writeln!(self.out, "{value}")
    }
}

fn item(item: &Item) -> Value {
    let mut value = json!({"id": item.id, "name": item.name, "value": item.value, "at": item.at});
    if let Some(map) = value.as_object_mut() {
        if !item.meaning.is_empty() {
            map.insert("meaning".into(), item.meaning.into());
        }
        if !item.parts.is_empty() {
            map.insert("parts".into(), item.parts.iter().map(self::item).collect());
        }
        if !item.remarks.is_empty() {
            map.insert("faults".into(), item.remarks.iter().map(remark).collect());
        }
    }
    value
}

fn remark(remark: &Remark) -> Value {
    let severity = if remark.is_error { "error" } else { "note" };
    json!({"what": "finding", "severity": severity, "code": remark.code, "text": remark.text, "at": remark.at})
}

impl View for Json<'_> {
    fn open(&mut self, branch: &Branch) -> io::Result<()> {
        let Branch { level, id, title, at } = branch;
        self.line(json!({"what": level.as_str(), "id": id, "title": title, "at": at}))?;
        self.depth += 1;
        Ok(())
    }

    fn leaf(&mut self, leaf: &Leaf) -> io::Result<()> {
        let elements: Vec<Value> = leaf.elements.iter().map(item).collect();
        self.line(json!({"what": "segment", "id": leaf.id, "name": leaf.name, "at": leaf.at, "elements": elements}))
    }

    fn remark(&mut self, found: &Remark) -> io::Result<()> {
        self.line(remark(found))
    }

    fn close(&mut self) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let Summary { interchanges, groups, sets, faulty, errors } = summary;
        self.line(json!({"what": "summary", "interchanges": interchanges, "groups": groups, "sets": sets,
            "faulty_sets": faulty, "errors": errors}))
    }
}
