//! Orders that later exports repeat: what has become of each since goes out once.

use std::io;

use polars::prelude::{NamedFrom, StringChunked};

use super::{Finished, Known, Past, Road, Seen};
use crate::clean;
use crate::clean::version::{Delta, Version};
use crate::document::{Batch, BatchBuilder, Class, Code, Decimal, Finding, Kind, Level, Place};

/// What goes out of the orders of a batch beside the orders themselves.
#[derive(Default)]
pub(super) struct Deltas {
    /// Row and action of orders that are no new ones.
    actions: Vec<(u32, &'static str)>,
    /// Row and amount of refunds, in billionths.
    refunds: Vec<(u32, i128)>,
    /// Orders of which nothing but a refund goes out.
    only_refunds: Vec<(u32, Class)>,
    /// Orders whose version is kept though they are duplicates: it was not known.
    learnt: Vec<u32>,
}

impl Deltas {
    /// What becomes of an order that was seen before, or not: its finding and class, if it has any.
    pub(super) fn judge(
        &mut self,
        road: &Road<'_>,
        finished: &mut Finished,
        (row, class): (usize, Class),
        seen: Seen,
        known: &mut dyn Known,
    ) -> io::Result<Option<(Finding, Class)>> {
        if !road.rules.deltas {
            return Ok(None);
        }
        let (key, content) = (finished.cleaned.keys[row], finished.cleaned.contents[row]);
        let Some(new) = finished.cleaned.versions.get_mut(row) else { return Ok(None) };
        let past = if seen == Seen::New { Past::default() } else { known.past(key, content)? };
        let last = past.version.as_deref().and_then(Version::decode);
        let delta = match (seen, last) {
            (Seen::New, _) => new.first(),
            (Seen::Unchanged, None) => {
                // A ledger of an earlier version, or a time without deltas.
                if past.was_out {
                    new.first();
                    self.learnt.push(row as u32);
                }
                return Ok(None);
            }
            (Seen::Changed, Some(last)) => match last.since(new, &road.rules.written) {
                // What it was some versions ago: an old export, or changed back. A person knows.
                Delta::Since { refund: 0, cancelled: false, .. } if past.was_out => return Ok(None),
                delta => delta,
            },
            _ => return Ok(None),
        };
        let batch = &finished.cleaned.batch;
        let number = batch.text(Level::Header, "number").and_then(|numbers| numbers.get(row)).unwrap_or_default();
        let at = batch.position(Level::Header, row);
        let told = |code, field: String, found| {
            Finding::new(code, at.clone().field(field)).found(found).in_document(row as u32)
        };
        let key = || batch.kind.key_field().to_owned();
        let (cancelled, refund, changed, fields) = match delta {
            Delta::Same if past.was_out => {
                return Ok(Some((told(Code::DuplicateDocument, key(), number.to_owned()), Class::Duplicate)));
            }
            Delta::Same => return Ok(Some((told(Code::ChangeNotWritten, key(), number.to_owned()), Class::Duplicate))),
            Delta::Older => return Ok(Some((told(Code::OlderVersion, key(), number.to_owned()), Class::Duplicate))),
            Delta::Since { cancelled, refund, changed, fields } => (cancelled, refund, changed, fields),
        };
        // What is held stays so, and is compared again when it comes again.
        if class != Class::Out {
            return Ok(Some((Finding::new(Code::ChangedDocument, at), Class::Out)).filter(|_| seen != Seen::New));
        }
        let has_refunds = road.writers_of(Kind::Return).next().is_some();
        let amount = Decimal::from_billionths(refund).unwrap_or(Decimal::ZERO);
        let mut findings = Vec::new();
        if refund > 0 && (has_refunds || seen != Seen::New) {
            findings.push(told(Code::OrderRefunded, "refunded".to_owned(), format!("{number}: {amount}")));
        }
        if refund > 0 && has_refunds {
            self.refunds.push((row as u32, refund));
        }
        if cancelled {
            findings.push(told(Code::OrderCancelled, key(), number.to_owned()));
            self.actions.push((row as u32, "cancel"));
        } else if changed || refund > 0 && !has_refunds && seen != Seen::New {
            findings.push(told(Code::OrderChanged, fields.join(", "), number.to_owned()));
            self.actions.push((row as u32, "change"));
        } else if refund > 0 && seen != Seen::New {
            self.only_refunds.push((row as u32, Class::Duplicate));
        }
        findings.into_iter().for_each(|finding| finished.findings.push(finding));
        Ok(Some((Finding::new(Code::OrderChanged, at), Class::Out)).filter(|_| seen != Seen::New))
    }

    /// Whether what was written of the batch is no longer right.
    pub(super) fn any(&self) -> bool {
        !self.actions.is_empty() || !self.only_refunds.is_empty()
    }

    /// Whether the version of a row is kept.
    pub(super) fn keeps(&self, row: usize, class: Class) -> bool {
        class == Class::Out || self.learnt.contains(&(row as u32))
    }

    /// Says in each order what it is.
    pub(super) fn set_actions(&self, batch: &mut Batch) -> io::Result<()> {
        if self.actions.is_empty() {
            return Ok(());
        }
        let own = batch.text(Level::Header, "action");
        let mut actions: Vec<Option<&str>> =
            (0..batch.headers.height()).map(|row| own.and_then(|own| own.get(row))).collect();
        for (row, action) in &self.actions {
            if let Some(slot) = actions.get_mut(*row as usize) {
                *slot = Some(action);
            }
        }
        let column = StringChunked::new("action".into(), &actions);
        batch.set_text(Level::Header, "action", column).map_err(io::Error::other)
    }

    /// The orders that are written as such.
    pub(super) fn without_refunds(&self, finished: &Finished) -> io::Result<Option<clean::Cleaned>> {
        if self.only_refunds.is_empty() {
            return Ok(None);
        }
        let mut cleaned = finished.cleaned.clone();
        clean::mark_documents(&mut cleaned, &self.only_refunds).map_err(io::Error::other)?;
        Ok(Some(cleaned))
    }

    /// Writes the refunds of orders that go out.
    pub(super) fn write_refunds(&self, road: &Road<'_>, finished: &mut Finished) -> io::Result<()> {
        let classes = clean::classes(&finished.cleaned.batch, Level::Header);
        let goes = |(row, _): &&(u32, i128)| classes.get(*row as usize) == Some(&Class::Out);
        let refunds: Vec<(u32, i128)> = self.refunds.iter().filter(goes).copied().collect();
        if refunds.is_empty() {
            return Ok(());
        }
        let batch = as_refunds(finished, &refunds).map_err(io::Error::other)?;
        road.write_beside(&batch, &mut finished.outputs)
    }
}

/// Refunds as returns of one line without goods. The number is the order's and what was refunded in all, so that no two
/// refunds of an order have the same.
fn as_refunds(finished: &Finished, refunds: &[(u32, i128)]) -> polars::prelude::PolarsResult<Batch> {
    let orders = &finished.cleaned.batch;
    let slots = |level| (0..Kind::Return.fields(level).len()).collect::<Vec<usize>>();
    let (header, line) = (slots(Level::Header), slots(Level::Line));
    let mut builder = BatchBuilder::new(Kind::Return, (&header, &[]), (&line, &[]));
    for (row, refund) in refunds {
        let row = *row as usize;
        let text = |name: &str| orders.text(Level::Header, name).and_then(|column| column.get(row)).unwrap_or_default();
        let decimal = |billionths| Decimal::from_billionths(billionths).unwrap_or(Decimal::ZERO);
        let told = finished.cleaned.versions.get(row).map_or(*refund, Version::told);
        let number = format!("{}-R{}", text("number"), decimal(told));
        let at = orders.position(Level::Header, row);
        let place = Place { line: at.line, byte: at.byte, record: at.record };
        builder.begin_document(place);
        for (name, value) in [
            ("number", number.as_str()),
            ("order", text("number")),
            ("currency", text("currency")),
            ("status", "refund"),
        ] {
            set(&mut builder, Level::Header, name, value);
        }
        if let Some(slot) = Kind::Return.field(Level::Header, "refund_total") {
            builder.set_decimal(Level::Header, slot, decimal(*refund));
        }
        builder.begin_line(place);
        set(&mut builder, Level::Line, "line", "1");
        if let Some(slot) = Kind::Return.field(Level::Line, "refund") {
            builder.set_decimal(Level::Line, slot, decimal(*refund));
        }
    }
    builder.finish()
}

fn set(builder: &mut BatchBuilder, level: Level, name: &str, value: &str) {
    if let Some(slot) = Kind::Return.field(level, name).filter(|_| !value.is_empty()) {
        builder.set_text(level, slot, value);
    }
}
