//! Pieces in the order of the file: what came before is decided here, and what is written follows from that.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;

use super::deltas::Deltas;
use super::outlet::Outlet;
use super::{DocumentRow, Finished, Known, Report, Road, Seen, unfit};
use crate::clean::version::Version;
use crate::clean::{self, Cleaned};
use crate::document::{Batch, Class, Code, Effect, Finding, Findings, Level};
use crate::layout::Layout;
use crate::layout::model::{Binding, File, Shape};
use crate::layout::write::{Writer, Written};

impl Report {
    /// Adds a finished piece, in the order of the file: duplicates are decided here.
    pub(super) fn take(
        &mut self,
        road: &Road<'_>,
        mut finished: Finished,
        known: &mut dyn Known,
        outlet: &mut Outlet<'_, '_>,
    ) -> io::Result<()> {
        if self.findings.counts().contains_key(&Code::XmlReferenceIgnored) {
            finished.findings.forget(Code::XmlReferenceIgnored);
        }
        let mut marks = self.envelope(road, &finished);
        if let Some(selected) = &road.rules.selected {
            finished.select(selected, &mut self.selected, &mut marks)?;
        }
        let mut deltas = Deltas::default();
        let seen = duplicates(road, &mut finished, &marks, known, (&mut self.findings, &mut deltas))?;
        marks.extend(seen);
        if !marks.is_empty() {
            clean::mark_documents(&mut finished.cleaned, &marks).map_err(io::Error::other)?;
        }
        let twice = self.fill_once(road, &mut finished)?;
        deltas.set_actions(&mut finished.cleaned.batch)?;
        if !marks.is_empty() || twice || deltas.any() || road.rules.selected.is_some() {
            let orders = deltas.without_refunds(&finished)?;
            let orders = orders.as_ref().unwrap_or(&finished.cleaned);
            finished.outputs = write(road, orders, &finished.findings).ok_or_else(unfit)?;
        }
        deltas.write_refunds(road, &mut finished)?;
        if road.rules.selected.is_none() {
            self.note_refused(road, &finished);
        }
        known.batch(&finished.cleaned.batch, &finished.findings);
        self.count(&finished);
        if road.list_documents {
            list(&finished.cleaned, &deltas, known)?;
            self.note_snapshots(&finished.cleaned);
        }
        if road.note_largest {
            self.note_largest(&finished.cleaned);
        }
        if road.tables.customers.is_some() {
            self.customers(road, &mut finished, known)?;
        }
        self.findings.append(finished.findings);
        self.trail.append(finished.trail);
        for (writer, written) in finished.outputs.iter().enumerate().filter(|(_, written)| !written.bytes.is_empty()) {
            self.wrote.insert(writer);
            outlet.put(writer, written)?;
        }
        Ok(())
    }
}

impl Finished {
    /// Leaves all but some documents out, and what the envelope says of them. What it says of the file stays.
    fn select(
        &mut self,
        selected: &HashMap<(u128, u128), u64>,
        taken: &mut HashMap<(u128, u128), u64>,
        marks: &mut Vec<(u32, Class)>,
    ) -> io::Result<()> {
        let wanted = |key, content| {
            selected.get(&(key, content)).is_some_and(|most| {
                let taken = taken.entry((key, content)).or_default();
                *taken += 1;
                *taken <= *most
            })
        };
        let places = clean::select(&mut self.cleaned, &mut self.findings, wanted).map_err(io::Error::other)?;
        let place = |(row, class): (u32, Class)| Some(((*places.get(row as usize)?)?, class));
        *marks = std::mem::take(marks).into_iter().filter_map(place).collect();
        // They were counted when the file came.
        self.passed_over = 0;
        Ok(())
    }
}

/// The batch as it is written.
pub(super) fn outward<'b>(road: &Road<'_>, batch: &'b Batch) -> Option<Cow<'b, Batch>> {
    if road.rules.outbound { clean::outward(batch).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(batch)) }
}

pub(super) fn write(road: &Road<'_>, cleaned: &Cleaned, findings: &Findings) -> Option<Vec<Written>> {
    let batch = &*outward(road, &cleaned.batch)?;
    let one = |writer: &Writer<'_>| {
        let mut out = Vec::new();
        writer.write(batch, findings, &mut out);
        writer.written(out)
    };
    // Those for what comes of the documents are not for the documents.
    let mut outputs: Vec<Written> = road.writers.iter().map(|_| Written::default()).collect();
    for number in road.writers_of(road.layout.kind) {
        *outputs.get_mut(number)? = one(road.writers.get(number)?)?;
    }
    Some(outputs)
}

/// Whether the rows of a document are told from those of the next by the document's number.
fn is_grouped(layout: &Layout) -> bool {
    let File::Table(table) = &layout.file else { return false };
    let fields = layout.kind.fields(Level::Header);
    let is_number = |binding: &&Binding| fields.get(binding.field).is_some_and(|f| f.name == layout.kind.key_field());
    let mut numbers = layout.bindings(Level::Header).filter(is_number);
    matches!(table.shape, Shape::Repeated | Shape::FirstRow | Shape::Summary)
        && numbers.any(|binding| binding.from.iter().any(|from| table.key.contains(from)))
}

/// Documents of a batch that were seen before, with what becomes of them. Where rows are grouped by the number, one that
/// comes again with other content is the rest of a document of which the first half is gone already.
fn duplicates(
    road: &Road<'_>,
    finished: &mut Finished,
    condemned: &[(u32, Class)],
    known: &mut dyn Known,
    (findings, deltas): (&mut Findings, &mut Deltas),
) -> io::Result<Vec<(u32, Class)>> {
    let (classes, grouped) = (clean::classes(&finished.cleaned.batch, Level::Header), is_grouped(road.layout));
    let mut marks = Vec::new();
    // A change is held unless the flow or a person says otherwise.
    let changed = |code, class: Class| match road.rules.effect(code) {
        Effect::Note => class,
        Effect::RejectDocument => Class::Rejected,
        _ => class.max(Class::Held),
    };
    let sound =
        |row: usize, class: Class| class != Class::Rejected && !condemned.iter().any(|(at, _)| *at as usize == row);
    for (row, class) in classes.into_iter().enumerate() {
        let (key, content) = (finished.cleaned.keys[row], finished.cleaned.contents[row]);
        let seen = match sound(row, class) {
            true => known.see(key, content)?,
            // What is wrong with one half must not let the other half go.
            false if grouped && known.see_here(key, content)? == Seen::Conflict => Seen::Conflict,
            false => continue,
        };
        if let Some((finding, class)) = deltas.judge(road, finished, (row, class), seen, known)? {
            if class != Class::Out {
                findings.push(finding);
                marks.push((row as u32, class));
            }
            continue;
        }
        let (code, class) = match seen {
            Seen::New => continue,
            Seen::Conflict if grouped => (Code::GroupNotContiguous, Class::Rejected),
            Seen::Unchanged => (Code::DuplicateDocument, Class::Duplicate),
            Seen::Changed => (Code::ChangedDocument, changed(Code::ChangedDocument, class)),
            Seen::Conflict => (Code::ConflictingDocument, changed(Code::ConflictingDocument, class)),
        };
        let batch = &finished.cleaned.batch;
        let number = batch.text(Level::Header, batch.kind.key_field()).and_then(|column| column.get(row));
        let at = batch.position(Level::Header, row).field(batch.kind.key_field());
        findings.push(Finding::new(code, at).found(number.unwrap_or_default()).in_document(row as u32));
        marks.push((row as u32, class));
    }
    Ok(marks)
}

fn list(cleaned: &Cleaned, deltas: &Deltas, known: &mut dyn Known) -> io::Result<()> {
    let batch = &cleaned.batch;
    let numbers = batch.text(Level::Header, batch.kind.key_field());
    for (row, class) in clean::classes(batch, Level::Header).into_iter().enumerate() {
        let number = numbers.and_then(|column| column.get(row)).unwrap_or_default();
        let (key, content) = (cleaned.keys[row], cleaned.contents[row]);
        let version = cleaned.versions.get(row).filter(|_| deltas.keeps(row, class));
        let version = version.map(Version::encode).unwrap_or_default();
        known.list(DocumentRow { number, key, content, class, is_customer: false, version: &version })?;
    }
    Ok(())
}
