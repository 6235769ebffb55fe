//! Amounts that no field states: what lines come to with their own allowances, and what the header takes off beside.

use super::columns::Columns;
use crate::document::worth::{near, unit_price};
use crate::document::{Decimal, Kind, Level};

/// The amounts of a batch.
pub(super) struct Amounts<'s> {
    pub(super) columns: &'s Columns<'s>,
    pub(super) kind: Kind,
}

impl<'s> Amounts<'s> {
    /// What a line comes to with its own discount, charges and freight.
    pub(super) fn net(&self, line: usize) -> Option<Decimal> {
        let money = &self.columns.money;
        Some(money.net(line, money.amount(line)?, false))
    }

    /// The same of several lines.
    pub(super) fn nets(&self, lines: &'s [usize]) -> impl Iterator<Item = Decimal> {
        lines.iter().filter_map(|line| self.net(*line))
    }

    /// The price of a unit with them, and without.
    pub(super) fn prices(&self, line: usize) -> Option<(Decimal, Decimal)> {
        let money = &self.columns.money;
        let (price, net) = (money.price(line)?, self.net(line)?);
        // Another amount without allowances is what the sender says, and its price too.
        let has_own = money.with_own(line, Decimal::ZERO) != Some(Decimal::ZERO);
        let is_gross = !has_own || money.gross(line).is_none_or(|gross| near(net, gross, 1));
        let of_net = if is_gross { None } else { unit_price(net, money.quantity(line)?) };
        Some((of_net.unwrap_or(price), price))
    }

    fn header(&self, name: &str, row: usize) -> Option<Decimal> {
        self.columns.decimal(Level::Header, self.kind.field(Level::Header, name)?, row)
    }

    /// What the header takes off and adds.
    pub(super) fn of_header(&self, row: usize) -> impl Iterator<Item = Decimal> {
        let less = self.header("discount", row).and_then(|discount| Decimal::ZERO.checked_sub(discount));
        let more = ["charges", "shipping", "tax", "duties", "tip"].map(|name| self.header(name, row));
        std::iter::once(less).chain(more).flatten()
    }

    /// The discount of the header, without those of lines if only then it all comes to the stated total.
    pub(super) fn discount(&self, row: usize, lines: &'s [usize]) -> Option<Decimal> {
        let discount = self.header("discount", row)?;
        let of_lines = sum(lines.iter().filter_map(|line| self.columns.money.discount(*line)))?;
        if of_lines == Decimal::ZERO {
            return Some(discount);
        }
        let beside = discount.checked_sub(of_lines)?;
        let Some(total) = self.header("total", row) else { return Some(discount) };
        let tax = self.header("tax", row).unwrap_or_default();
        let whole = sum(self.nets(lines).chain(self.of_header(row)))?;
        let cents = lines.len().max(1) as u64;
        // Prices may have the tax in them.
        let is =
            |sum: Decimal| near(total, sum, cents) || sum.checked_sub(tax).is_some_and(|sum| near(total, sum, cents));
        let only_beside = !is(whole) && whole.checked_add(of_lines).is_some_and(is);
        Some(if only_beside { beside } else { discount })
    }
}

fn sum(mut values: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    values.try_fold(Decimal::ZERO, Decimal::checked_add)
}
