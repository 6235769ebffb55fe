//! Control totals: what came in, and where it ended.

use super::batch::Decimals;
use super::{Batch, Class, Code, Decimal, Finding, Level, Position};

/// Counts and sums. Quantity and amount are those of the kind's balance fields, in billionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Documents.
    pub documents: u64,
    /// Lines.
    pub lines: u64,
    /// Sum of the quantities as received, in billionths.
    pub quantity: i128,
    /// Sum of the line amounts, in billionths.
    pub amount: i128,
}

/// Totals for each class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    classes: [Totals; 5],
}

impl Totals {
    /// Adds other totals. Sums cannot wrap: see [`crate::document::decimal`].
    pub fn add(&mut self, other: &Self) {
        self.documents += other.documents;
        self.lines += other.lines;
        self.quantity = self.quantity.saturating_add(other.quantity);
        self.amount = self.amount.saturating_add(other.amount);
    }

    /// The totals of a whole batch.
    #[must_use]
    pub fn of(batch: &Batch) -> Self {
        let (quantity, amount) = batch.kind.balance_fields();
        let sum = |name: Option<&str>| {
            let column = name.and_then(|name| batch.decimal(Level::Line, name));
            column.map_or(0, |column| column.iter().flatten().fold(0_i128, i128::saturating_add))
        };
        Self {
            documents: batch.headers.height() as u64,
            lines: batch.lines.height() as u64,
            quantity: sum(quantity),
            amount: sum(amount),
        }
    }

    /// Quantity as text, without trailing zeros.
    #[must_use]
    pub fn quantity_text(&self) -> String {
        text(self.quantity, 0)
    }

    /// Amount as text, with two places or more.
    #[must_use]
    pub fn amount_text(&self) -> String {
        text(self.amount, 2)
    }
}

/// Billionths as text; sums may be larger than a single decimal.
fn text(value: i128, places: usize) -> String {
    match Decimal::from_billionths(value) {
        Some(decimal) => format!("{decimal:.places$}"),
        None => format!("{value}e-9"),
    }
}

impl Balance {
    /// The totals of a class.
    #[must_use]
    pub fn class(&self, class: Class) -> &Totals {
        &self.classes[class as usize]
    }

    /// Adds another balance.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.classes.iter_mut().zip(&other.classes) {
            mine.add(theirs);
        }
    }

    /// Adds totals to a class.
    pub fn add_to(&mut self, class: Class, totals: &Totals) {
        self.classes[class as usize].add(totals);
    }

    /// Whether any document or line was rejected or held.
    #[must_use]
    pub fn has_stopped(&self) -> bool {
        [Class::Rejected, Class::Held].iter().any(|class| {
            let totals = self.class(*class);
            totals.documents + totals.lines > 0
        })
    }

    /// The totals of all classes together.
    #[must_use]
    pub fn total(&self) -> Totals {
        let mut total = Totals::default();
        self.classes.iter().for_each(|totals| total.add(totals));
        total
    }

    /// Counts a classified batch from its frames.
    #[must_use]
    pub fn count(batch: &Batch) -> Self {
        let mut balance = Self::default();
        for class in crate::document::class::column(batch, Level::Header) {
            balance.classes[class as usize].documents += 1;
        }
        let (quantity, amount) = batch.kind.balance_fields();
        let values = |name: Option<&'static str>| name.and_then(|name| batch.decimal(Level::Line, name));
        let (quantity, amount) = (values(quantity), values(amount));
        let get = |column: Option<Decimals<'_>>, row| column.and_then(|c| c.get(row)).unwrap_or(0);
        for (row, class) in crate::document::class::column(batch, Level::Line).into_iter().enumerate() {
            let line = Totals { documents: 0, lines: 1, quantity: get(quantity, row), amount: get(amount, row) };
            balance.classes[class as usize].add(&line);
        }
        balance
    }

    /// The finding that what came in is not what is accounted for, if that is so.
    #[must_use]
    pub fn out_of_balance(&self, incoming: &Totals) -> Option<Finding> {
        let total = self.total();
        if total == *incoming {
            return None;
        }
        let show = |t: &Totals| {
            format!(
                "{} documents, {} lines, quantity {}, amount {}",
                t.documents,
                t.lines,
                t.quantity_text(),
                t.amount_text()
            )
        };
        Some(Finding::new(Code::OutOfBalance, Position::default()).found(show(&total)).expected(show(incoming)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_too_few_is_out_of_balance() {
        let line = Totals { documents: 1, lines: 2, quantity: 3_000_000_000, amount: 10_500_000_000 };
        let mut balance = Balance::default();
        balance.add_to(Class::Out, &line);
        assert!(balance.out_of_balance(&line).is_none());
        let more = Totals { lines: 3, ..line };
        let finding = balance.out_of_balance(&more).unwrap();
        assert_eq!(finding.code, Code::OutOfBalance);
        assert!(finding.found.contains("amount 10.50") && finding.expected.contains("3 lines"));
    }
}
