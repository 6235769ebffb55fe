//! Leaves documents out of a cleaned batch as if they had never been in it.

use polars::prelude::*;

use super::Cleaned;
use crate::document::balance::Totals;
use crate::document::batch::DOCUMENT;
use crate::document::{Findings, Level};

/// Where the rows of a table are after some were left out.
fn places(keep: &[bool]) -> Vec<Option<u32>> {
    let mut next = 0;
    let place = |kept: &bool| {
        kept.then(|| {
            next += 1;
            next - 1
        })
    };
    keep.iter().map(place).collect()
}

fn kept<T: Copy>(values: &[T], keep: &[bool]) -> Vec<T> {
    values.iter().zip(keep).filter(|(_, keep)| **keep).map(|(value, _)| *value).collect()
}

/// Keeps the documents that are wanted, by key and content, with their lines and findings. Where each document is then.
///
/// # Errors
/// When polars refuses a column, which means a defect here.
pub fn select(
    cleaned: &mut Cleaned,
    findings: &mut Findings,
    mut wanted: impl FnMut(u128, u128) -> bool,
) -> PolarsResult<Vec<Option<u32>>> {
    let keep: Vec<bool> =
        cleaned.keys.iter().zip(&cleaned.contents).map(|(key, content)| wanted(*key, *content)).collect();
    let batch = &mut cleaned.batch;
    let owners = batch.line_documents();
    let keep_lines: Vec<bool> = owners.iter().map(|owner| keep.get(*owner as usize) == Some(&true)).collect();
    let (documents, lines) = (places(&keep), places(&keep_lines));
    let owners: Vec<u32> =
        kept(owners, &keep_lines).into_iter().filter_map(|owner| *documents.get(owner as usize)?).collect();
    for (level, keep) in [(Level::Header, &keep), (Level::Line, &keep_lines)] {
        let table = batch.table_mut(level);
        if table.width() > 0 {
            let mask = BooleanChunked::from_slice("keep".into(), keep);
            *table = table.filter(&mask)?;
            // A column is read as one piece.
            table.rechunk_mut();
        }
    }
    if batch.lines.width() > 0 {
        batch.lines.with_column(UInt32Chunked::from_vec(DOCUMENT.into(), owners).into_series().into())?;
    }
    (cleaned.keys, cleaned.contents) = (kept(&cleaned.keys, &keep), kept(&cleaned.contents, &keep));
    let mut kept_versions = keep.iter();
    cleaned.versions.retain(|_| kept_versions.next() == Some(&true));
    cleaned.incoming = Totals::of(&cleaned.batch);
    findings.move_rows(&documents, &lines);
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::batch::{BatchBuilder, Place};
    use crate::document::{Batch, Code, Finding, Kind, Position};

    fn batch() -> Batch {
        let field = |level, name| Kind::Order.field(level, name).unwrap();
        let (number, sku) = (field(Level::Header, "number"), field(Level::Line, "sku"));
        let mut builder = BatchBuilder::new(Kind::Order, (&[number], &[]), (&[sku], &[]));
        for (order, skus) in [("1", &["A"][..]), ("2", &["B", "C"]), ("3", &[]), ("4", &["D"])] {
            builder.begin_document(Place::default());
            builder.set_text(Level::Header, 0, order);
            for sku in skus {
                builder.begin_line(Place::default());
                builder.set_text(Level::Line, 0, sku);
            }
        }
        builder.finish().unwrap()
    }

    #[test]
    fn what_is_left_out_leaves_no_trace_and_the_rest_keeps_its_lines_and_findings() {
        let incoming = Totals::of(&batch());
        let mut cleaned =
            Cleaned { batch: batch(), keys: vec![1, 2, 3, 4], contents: vec![0; 4], versions: Vec::new(), incoming };
        let mut findings = Findings::of_batch();
        let at = |code| Finding::new(code, Position::default());
        findings.push(at(Code::SkuUnknown).on_line(0).found("first"));
        findings.push(at(Code::SkuUnknown).on_line(2).found("third"));
        findings.push(at(Code::DateOrder).in_documents(0, 3));
        findings.push(at(Code::OrderTotal).in_document(0));
        findings.push(at(Code::FooterSkipped));
        let places = select(&mut cleaned, &mut findings, |key, _| key == 2 || key == 4).unwrap();
        assert_eq!(places, [None, Some(0), None, Some(1)]);
        let text = |level, name| cleaned.batch.text(level, name).unwrap().iter().flatten().collect::<Vec<_>>();
        assert_eq!((text(Level::Header, "number"), text(Level::Line, "sku")), (vec!["2", "4"], vec!["B", "C", "D"]));
        assert_eq!(cleaned.batch.line_documents(), [0, 0, 1]);
        assert_eq!((cleaned.incoming.documents, cleaned.incoming.lines, cleaned.keys), (2, 3, vec![2, 4]));
        let told: Vec<_> = findings.kept().iter().map(|f| (f.code, f.rows(), f.line)).collect();
        let expected =
            [(Code::SkuUnknown, 0..0, Some(1)), (Code::DateOrder, 0..1, None), (Code::FooterSkipped, 0..0, None)];
        assert_eq!(told, expected);
        assert_eq!(findings.counts()[&Code::SkuUnknown], 1);
        assert!(!findings.counts().contains_key(&Code::OrderTotal));
    }
}
