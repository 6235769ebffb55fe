//! Exact ratios: pack and unit factors such as 12 or 1/12.

use std::fmt;

use crate::document::Decimal;

/// A positive ratio in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    num: i64,
    den: i64,
}

impl Ratio {
    /// One.
    pub const ONE: Self = Self { num: 1, den: 1 };

    /// A ratio in lowest terms; none when a part is not positive.
    #[must_use]
    pub fn new(num: i64, den: i64) -> Option<Self> {
        if num <= 0 || den <= 0 {
            return None;
        }
        let common = gcd(num, den);
        Some(Self { num: num / common, den: den / common })
    }

    /// Reads `12`, `1/12` or `0.5`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(whole) = text.parse::<u32>() {
            return Self::new(i64::from(whole), 1);
        }
        if let Some((num, den)) = text.split_once('/') {
            return Self::new(num.trim().parse().ok()?, den.trim().parse().ok()?);
        }
        let value = Decimal::parse(text.trim().as_bytes()).ok()?.billionths();
        let common = gcd_wide(value, 1_000_000_000);
        Self::new(i64::try_from(value / common).ok()?, i64::try_from(1_000_000_000 / common).ok()?)
    }

    /// The product; none when it is too large.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        let (left, right) = (gcd(self.num, other.den), gcd(other.num, self.den));
        let num = (self.num / left).checked_mul(other.num / right)?;
        let den = (self.den / right).checked_mul(other.den / left)?;
        Self::new(num, den)
    }

    /// The ratio turned round.
    #[must_use]
    pub const fn inverse(self) -> Self {
        Self { num: self.den, den: self.num }
    }

    /// The value times this ratio, and whether that is exact; see [`Decimal::scaled`].
    #[must_use]
    pub fn of(self, value: Decimal, places: u32) -> Option<(Decimal, bool)> {
        value.scaled(self.num, self.den, places)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

fn gcd_wide(a: i128, b: i128) -> i128 {
    if b == 0 { a.abs().max(1) } else { gcd_wide(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn t03_factors_that_are_no_ratio_are_refused() {
        for (text, expected) in [
            ("12", Some("12")),
            ("1/12", Some("1/12")),
            ("24/12", Some("2")),
            ("0.5", Some("1/2")),
            ("0", None),
            ("-1", None),
            ("1/0", None),
            ("NaN", None),
            ("1e400", None),
            ("", None),
        ] {
            assert_eq!(Ratio::parse(text).map(|r| r.to_string()).as_deref(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back_is_where_it_began(num in 1_i64..100_000, den in 1_i64..100_000, whole in 0_i64..1_000_000) {
            let ratio = Ratio::new(num, den).unwrap();
            prop_assert_eq!(ratio.times(ratio.inverse()), Some(Ratio::ONE));
            let value = Decimal::from_int(whole * den);
            let (there, exact) = ratio.of(value, 9).unwrap();
            prop_assert!(exact);
            prop_assert_eq!(ratio.inverse().of(there, 9), Some((value, true)));
        }
    }
}
