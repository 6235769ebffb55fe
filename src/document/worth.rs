//! What a line comes to: its amount with its own discount, charges and freight.

use super::batch::Decimals;
use super::{Batch, Decimal, Level};

/// Decimal places of a unit price that is worked out.
pub const PRICE_PLACES: u32 = 6;

/// The price of a unit: amount ÷ quantity, rounded half away from zero to [`PRICE_PLACES`]. None where nothing was
/// ordered, or where it has too many digits.
#[must_use]
pub fn unit_price(amount: Decimal, quantity: Decimal) -> Option<Decimal> {
    let (mut num, mut den) = (1_000_000_000_i128, quantity.billionths());
    if den == 0 {
        return None;
    }
    while num % 10 == 0 && den % 10 == 0 {
        num /= 10;
        den /= 10;
    }
    let sign = if den < 0 { -1 } else { 1 };
    let (num, den) = (i64::try_from(num * sign).ok()?, i64::try_from(den * sign).ok()?);
    amount.scaled(num, den, PRICE_PLACES).map(|(price, _)| price)
}

/// Whether two amounts differ by at most so many cents.
#[must_use]
pub fn near(a: Decimal, b: Decimal, cents: u64) -> bool {
    (a.billionths() - b.billionths()).unsigned_abs() <= u128::from(cents) * 10_000_000
}

/// The amounts of lines, by row of the line table.
#[derive(Clone, Copy, Debug)]
pub struct LineMoney<'b> {
    quantity: Option<Decimals<'b>>,
    price: Option<Decimals<'b>>,
    amount: Option<Decimals<'b>>,
    discount: Option<Decimals<'b>>,
    charges: Option<Decimals<'b>>,
    shipping: Option<Decimals<'b>>,
}

fn get(column: Option<Decimals<'_>>, row: usize) -> Option<Decimal> {
    column?.decimal(row)
}

impl<'b> LineMoney<'b> {
    /// The amounts of a batch.
    #[must_use]
    pub fn of(batch: &'b Batch) -> Self {
        let column = |name| batch.decimal(Level::Line, name);
        Self {
            quantity: column("quantity"),
            price: column("unit_price"),
            amount: column("amount"),
            discount: column("discount"),
            charges: column("charges"),
            shipping: column("shipping"),
        }
    }

    /// The quantity.
    #[must_use]
    pub fn quantity(&self, row: usize) -> Option<Decimal> {
        get(self.quantity, row)
    }

    /// The unit price.
    #[must_use]
    pub fn price(&self, row: usize) -> Option<Decimal> {
        get(self.price, row)
    }

    /// The amount that is stated.
    #[must_use]
    pub fn amount(&self, row: usize) -> Option<Decimal> {
        get(self.amount, row)
    }

    /// Quantity × unit price.
    #[must_use]
    pub fn gross(&self, row: usize) -> Option<Decimal> {
        self.quantity(row)?.mul_rounded(self.price(row)?)
    }

    /// The line's discount; one that is written with a minus is a discount all the same.
    #[must_use]
    pub fn discount(&self, row: usize) -> Option<Decimal> {
        get(self.discount, row).map(Decimal::abs)
    }

    /// An amount less the line's discount.
    #[must_use]
    pub fn less_discount(&self, row: usize, gross: Decimal) -> Option<Decimal> {
        gross.checked_sub(self.discount(row).unwrap_or_default())
    }

    /// An amount with the line's discount, charges and freight.
    #[must_use]
    pub fn with_own(&self, row: usize, gross: Decimal) -> Option<Decimal> {
        let sum = self.less_discount(row, gross)?.checked_add(get(self.charges, row).unwrap_or_default())?;
        sum.checked_add(get(self.shipping, row).unwrap_or_default())
    }

    /// What a line of this amount comes to: with its discount, charges and freight, unless the amount has them in it. It
    /// has not when it was worked out, or is quantity × price.
    #[must_use]
    pub fn net(&self, row: usize, amount: Decimal, is_derived: bool) -> Decimal {
        let net = self.with_own(row, amount).filter(|net| *net != amount);
        let is_gross = || is_derived || self.gross(row).is_some_and(|gross| near(amount, gross, 1));
        net.filter(|_| is_gross()).unwrap_or(amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{BatchBuilder, Kind, Place};

    #[test]
    fn a_line_comes_to_its_amount_with_its_own_allowances() {
        let names = ["quantity", "unit_price", "amount", "discount", "charges", "shipping"];
        let kind = Kind::Order;
        let fields = names.map(|name| kind.field(Level::Line, name).unwrap());
        // Quantity, price, amount, discount, charges, freight, and what the line comes to.
        for (values, expected) in [
            (["10", "12.50", "125", "", "", ""], "125"),
            (["10", "12.50", "125", "10", "2.50", "3"], "120.50"),
            (["10", "12.50", "125", "-10", "", ""], "115"),
            (["10", "12.50", "115", "10", "", ""], "115"),
            (["3", "3.3333", "10", "0.50", "", ""], "9.50"),
        ] {
            let mut builder = BatchBuilder::new(kind, (&[], &[]), (&fields, &[]));
            builder.begin_document(Place::default());
            builder.begin_line(Place::default());
            for (slot, value) in values.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
                builder.set_decimal(Level::Line, slot, Decimal::parse(value.as_bytes()).unwrap());
            }
            let batch = builder.finish().unwrap();
            let money = LineMoney::of(&batch);
            let net = money.net(0, money.amount(0).unwrap(), false);
            assert_eq!(net, Decimal::parse(expected.as_bytes()).unwrap(), "{values:?}");
        }
    }
}
