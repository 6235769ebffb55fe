//! The customers that orders need and that nobody knew, written before them.

use std::io;

use super::{DocumentRow, Finished, Known, Report, Road, Seen};
use crate::clean;
use crate::document::Class;

impl Report {
    /// Writes the customers that orders of a batch need and that nothing before needed, each once.
    pub(super) fn customers(
        &mut self,
        road: &Road<'_>,
        finished: &mut Finished,
        known: &mut dyn Known,
    ) -> io::Result<()> {
        let mut new = clean::new_customers(&finished.cleaned.batch, &road.rules.scope);
        let mut seen = Vec::new();
        for customer in &new {
            seen.push(known.see(customer.key, 0)? != Seen::New);
        }
        let mut seen = seen.into_iter();
        new.retain(|_| seen.next() == Some(false));
        if new.is_empty() {
            return Ok(());
        }
        for customer in new.iter().filter(|_| road.list_documents) {
            let (number, key) = (customer.number, customer.key);
            known.list(DocumentRow { number, key, content: 0, class: Class::Out, is_customer: true, version: &[] })?;
        }
        let batch = clean::as_customers(&finished.cleaned.batch, &new).map_err(io::Error::other)?;
        road.write_beside(&batch, &mut finished.outputs)
    }
}
