//! Exact decimals: a whole number of billionths (scale 9) in 128 bits.
//!
//! Money and quantities are decimals from the first byte to the last; no binary float ever touches them. A value has
//! at most [`MAX_DIGITS`] digits at the fixed scale, so the sum of up to 10^9 values stays below 10^37 and cannot wrap
//! the 38 digits that a frame's `Decimal(38, 9)` column holds; [`crate::limits::FRAME_ROWS`] keeps that promise.

use std::fmt;

/// Decimal places kept. A value with more non-zero places is refused, never rounded in silence.
pub const SCALE: usize = 9;
/// Most digits of a value, those after the point included.
pub const MAX_DIGITS: u32 = 28;

const ONE: i128 = 1_000_000_000;
const LIMIT: i128 = 10_i128.pow(MAX_DIGITS);

/// An exact decimal number with nine places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i128);

/// Why a text is no decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// It is not written as a number in this format.
    Form,
    /// It has more than nine decimal places that are not zero.
    TooPrecise,
    /// It has too many digits.
    Range,
}

/// How a system writes numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberFormat {
    /// The decimal mark.
    pub point: u8,
    /// The mark between groups of three digits, if the system writes one.
    pub group: Option<u8>,
    /// Whether currency symbols, codes and blanks around the number are dropped (`$1,433.66`, `AU $3,000.00`).
    pub symbols: bool,
}

impl NumberFormat {
    /// A point, no grouping, no symbols: `1234.50`.
    pub const PLAIN: Self = Self { point: b'.', group: None, symbols: false };
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// A decimal from billionths; `None` when it has more than [`MAX_DIGITS`] digits.
    #[must_use]
    pub const fn from_billionths(value: i128) -> Option<Self> {
        if value > -LIMIT && value < LIMIT { Some(Self(value)) } else { None }
    }

    /// A whole number.
    #[must_use]
    pub const fn from_int(value: i64) -> Self {
        Self(value as i128 * ONE)
    }

    /// The value in billionths.
    #[must_use]
    pub const fn billionths(self) -> i128 {
        self.0
    }

    /// Reads a plain number such as `-12.50`.
    ///
    /// # Errors
    /// When the text is not a plain number, or too large or too precise to be kept exactly.
    pub fn parse(text: &[u8]) -> Result<Self, DecimalError> {
        let (negative, digits) = split_sign(text);
        parse_digits(digits, NumberFormat::PLAIN).map(|v| Self(if negative { -v } else { v }))
    }

    /// Reads a number in a system's format. A sign may lead or trail (`55.12-`, as SAP writes it).
    ///
    /// # Errors
    /// As [`Decimal::parse`].
    pub fn parse_in(text: &[u8], format: NumberFormat) -> Result<Self, DecimalError> {
        if format == NumberFormat::PLAIN && !text.ends_with(b"-") {
            return Self::parse(text.trim_ascii());
        }
        let text = if format.symbols { strip_symbols(text) } else { (text.trim_ascii(), false) };
        let (mut negative, mut digits) = (text.1, text.0);
        let (lead, rest) = split_sign(digits);
        negative ^= lead;
        digits = rest;
        if let Some(rest) = digits.strip_suffix(b"-") {
            if lead {
                return Err(DecimalError::Form);
            }
            negative = true;
            digits = rest;
        }
        parse_digits(digits, format).map(|v| Self(if negative { -v } else { v }))
    }

    /// The sum; `None` when it has too many digits.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(Self::from_billionths)
    }

    /// The difference; `None` when it has too many digits.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(Self::from_billionths)
    }

    /// The exact product; `None` when it needs more than nine places or too many digits.
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let product = self.0.checked_mul(other.0)?;
        if product % ONE != 0 { None } else { Self::from_billionths(product / ONE) }
    }

    /// The product rounded half away from zero to nine places; `None` when it has too many digits.
    #[must_use]
    pub fn mul_rounded(self, other: Self) -> Option<Self> {
        // Quantities are nearly always whole, and a division of 128 bits is slow.
        match (self.whole(), other.whole()) {
            (Some(whole), _) => i128::from(whole).checked_mul(other.0).and_then(Self::from_billionths),
            (None, Some(whole)) => i128::from(whole).checked_mul(self.0).and_then(Self::from_billionths),
            (None, None) => round_div(self.0.checked_mul(other.0)?, ONE).and_then(Self::from_billionths),
        }
    }

    /// The value times `num / den`, and whether that is exact; rounded half away from zero to `places` when it is not.
    /// `None` when `den` is zero or the result has too many digits.
    #[must_use]
    pub fn scaled(self, num: i64, den: i64, places: u32) -> Option<(Self, bool)> {
        if den == 0 {
            return None;
        }
        if num == den {
            return Some((self, true));
        }
        let product = self.0.checked_mul(i128::from(num))?;
        if let Some(quotient) = exact_quotient(product, den) {
            return Self::from_billionths(quotient).map(|v| (v, true));
        }
        let den = i128::from(den);
        let step = 10_i128.pow((SCALE as u32).saturating_sub(places));
        let rounded = round_div(product, den.checked_mul(step)?)?.checked_mul(step)?;
        Self::from_billionths(rounded).map(|v| (v, false))
    }

    /// Whether there are no decimal places.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        let small = self.0 as i64;
        if small as i128 == self.0 { small % ONE as i64 == 0 } else { self.0 % ONE == 0 }
    }

    /// The whole number that it is; none when it has decimal places or is very large.
    fn whole(self) -> Option<i64> {
        let small = i64::try_from(self.0).ok()?;
        (small % ONE as i64 == 0).then_some(small / ONE as i64)
    }

    /// The digits before and behind the point as one number, without sign and without zeros at the end of the decimal
    /// places: 12.50 gives 125.
    #[must_use]
    pub fn without_point(self) -> u128 {
        if let Some(whole) = self.whole() {
            return u128::from(whole.unsigned_abs());
        }
        let mut digits = self.0.unsigned_abs();
        let mut places = 0;
        while places < SCALE && digits.is_multiple_of(10) {
            digits /= 10;
            places += 1;
        }
        digits
    }

    /// The value without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Appends the value with a point, at least `min_places` decimal places, and no other trailing zeros.
    pub fn write(self, out: &mut Vec<u8>, min_places: usize) {
        self.write_with(out, min_places, b'.');
    }

    /// As [`Decimal::write`], with another decimal mark.
    pub fn write_with(self, out: &mut Vec<u8>, min_places: usize, point: u8) {
        if self.0 < 0 {
            out.push(b'-');
        }
        let value = self.0.unsigned_abs();
        let (whole, fraction) = match u64::try_from(value) {
            Ok(small) => (u128::from(small / ONE as u64), small % ONE as u64),
            Err(_) => (value / ONE.unsigned_abs(), (value % ONE.unsigned_abs()) as u64),
        };
        write_whole(out, whole);
        write_fraction(out, fraction as u32, min_places.min(SCALE), point);
    }
}

impl fmt::Display for Decimal {
    /// No trailing zeros, or at least the precision asked for: `{:.2}` gives `12.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::with_capacity(24);
        self.write(&mut out, f.precision().unwrap_or(0));
        f.write_str(std::str::from_utf8(&out).unwrap_or_default())
    }
}

fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// Digits with at most one decimal mark and well-placed group marks.
fn parse_digits(text: &[u8], format: NumberFormat) -> Result<i128, DecimalError> {
    let point = memchr::memchr(format.point, text);
    let (whole, fraction) = point.map_or((text, &[][..]), |at| (&text[..at], &text[at + 1..]));
    if whole.is_empty() && fraction.is_empty() {
        return Err(DecimalError::Form);
    }
    let whole = match format.group {
        Some(mark) if memchr::memchr(mark, whole).is_some() => grouped(whole, mark)?,
        _ => digits(whole, 0)?,
    };
    Ok(whole * ONE + fraction_digits(fraction)?)
}

/// Digits appended to a value; a value of more than 19 whole digits is out of range.
fn digits(text: &[u8], start: u64) -> Result<i128, DecimalError> {
    let mut value = start;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Err(DecimalError::Form);
        }
        value = value.checked_mul(10).and_then(|v| v.checked_add(u64::from(digit))).ok_or(DecimalError::Range)?;
    }
    if i128::from(value) * ONE >= LIMIT { Err(DecimalError::Range) } else { Ok(i128::from(value)) }
}

/// Groups of three digits behind a first group of one to three.
fn grouped(text: &[u8], mark: u8) -> Result<i128, DecimalError> {
    let mut value = 0;
    for (index, group) in text.split(|b| *b == mark).enumerate() {
        let fits = if index == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
        if !fits {
            return Err(DecimalError::Form);
        }
        value = digits(group, u64::try_from(value).map_err(|_| DecimalError::Range)?)?;
    }
    Ok(value)
}

fn fraction_digits(text: &[u8]) -> Result<i128, DecimalError> {
    const POWERS: [u32; SCALE + 1] =
        [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];
    let kept = text.len().min(SCALE);
    let mut value = 0_u32;
    for (place, byte) in text.iter().enumerate() {
        match byte.wrapping_sub(b'0') {
            digit @ 0..=9 if place < SCALE => value = value * 10 + u32::from(digit),
            0 => {}
            1..=9 => return Err(DecimalError::TooPrecise),
            _ => return Err(DecimalError::Form),
        }
    }
    Ok(i128::from(value * POWERS[SCALE - kept]))
}

/// Drops currency symbols, codes and blanks around a number; parentheses mean a negative amount.
fn strip_symbols(text: &[u8]) -> (&[u8], bool) {
    let text = text.trim_ascii();
    let (text, negative) = match text {
        [b'(', inner @ .., b')'] => (inner, true),
        _ => (text, false),
    };
    let is_number = |b: &u8| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b',');
    let start = text.iter().position(is_number).unwrap_or(text.len());
    let end = text.iter().rposition(is_number).map_or(start, |at| at + 1);
    let symbols_only = |part: &[u8]| !part.iter().any(u8::is_ascii_digit) && part.len() <= 8;
    if symbols_only(&text[..start]) && symbols_only(&text[end..]) {
        (&text[start..end], negative)
    } else {
        (text, negative)
    }
}

fn round_div(value: i128, by: i128) -> Option<i128> {
    let half = by.checked_abs()? / 2;
    let shifted = if (value < 0) == (by < 0) { value.unsigned_abs().checked_add(half.unsigned_abs()) } else { None };
    match shifted {
        Some(sum) => i128::try_from(sum / by.unsigned_abs()).ok(),
        None => {
            let sum = value.unsigned_abs().checked_add(half.unsigned_abs())?;
            i128::try_from(sum / by.unsigned_abs()).ok().map(|v| -v)
        }
    }
}

/// The quotient when nothing is left over.
fn exact_quotient(value: i128, by: i64) -> Option<i128> {
    match i64::try_from(value) {
        Ok(small) => (small.checked_rem(by)? == 0).then_some(i128::from(small / by)),
        Err(_) => (value.checked_rem(i128::from(by))? == 0).then(|| value / i128::from(by)),
    }
}

fn write_whole(out: &mut Vec<u8>, value: u128) {
    if value < 100_000_000 {
        return write_small(out, value as u32);
    }
    let mut digits = [0_u8; 40];
    let mut at = digits.len();
    let mut high = value;
    while high > u128::from(u64::MAX) {
        at -= 1;
        digits[at] = b'0' + (high % 10) as u8;
        high /= 10;
    }
    let mut low = high as u64;
    loop {
        at -= 1;
        digits[at] = b'0' + (low % 10) as u8;
        low /= 10;
        if low == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Up to eight digits, put together in a register: digits stored one by one and read as one piece keep a core waiting.
fn write_small(out: &mut Vec<u8>, mut value: u32) {
    let (mut digits, mut len) = (0_u64, 0);
    loop {
        digits = digits << 8 | u64::from(b'0' + (value % 10) as u8);
        len += 1;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.to_le_bytes().get(..len).unwrap_or_default());
}

/// The point and the digits behind it; `fraction` is in billionths.
fn write_fraction(out: &mut Vec<u8>, mut fraction: u32, min_places: usize, point: u8) {
    if fraction == 0 && min_places == 0 {
        return;
    }
    // Two places are by far the most common.
    if min_places == 2 && fraction.is_multiple_of(10_000_000) {
        let cents = (fraction / 10_000_000) as u8;
        return out.extend_from_slice(&[point, b'0' + cents / 10, b'0' + cents % 10]);
    }
    let mut digits = [b'0'; SCALE];
    for place in digits.iter_mut().rev() {
        *place = b'0' + (fraction % 10) as u8;
        fraction /= 10;
    }
    let used = digits.iter().rposition(|d| *d != b'0').map_or(0, |last| last + 1);
    out.push(point);
    out.extend_from_slice(&digits[..used.max(min_places)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    macro_rules! reads {
        ($($name:ident $text:literal $expected:expr)*) => {
            $(#[test] fn $name() { assert_eq!(Decimal::parse($text.as_bytes()).map(|d| d.to_string()), $expected.map(str::to_owned)); })*
        };
    }

    reads! {
        whole "12" Ok::<&str, DecimalError>("12")
        places "119.20" Ok::<&str, DecimalError>("119.2")
        negative "-0.5" Ok::<&str, DecimalError>("-0.5")
        no_whole_part ".5" Ok::<&str, DecimalError>("0.5")
        no_fraction "7." Ok::<&str, DecimalError>("7")
        nine_places "0.123456789" Ok::<&str, DecimalError>("0.123456789")
        zeros_beyond_nine "1.000000000000" Ok::<&str, DecimalError>("1")
        ten_places "0.1234567891" Err(DecimalError::TooPrecise)
        empty "" Err(DecimalError::Form)
        point_only "." Err(DecimalError::Form)
        sign_only "-" Err(DecimalError::Form)
        t06_exponent "1e20" Err(DecimalError::Form)
        t06_thousands "1,234" Err(DecimalError::Form)
        t06_arabic_digits "\u{0661}\u{0662}" Err(DecimalError::Form)
        e08_full_width "\u{ff11}" Err(DecimalError::Form)
        too_large "100000000000000000000" Err(DecimalError::Range)
        limit "9999999999999999999" Ok::<&str, DecimalError>("9999999999999999999")
        nan "NaN" Err(DecimalError::Form)
        two_points "1.2.3" Err(DecimalError::Form)
    }

    macro_rules! formats {
        ($($name:ident $point:literal $group:expr, $text:literal $expected:expr)*) => {
            $(#[test] fn $name() {
                let format = NumberFormat { point: $point, group: $group, symbols: true };
                assert_eq!(Decimal::parse_in($text.as_bytes(), format).map(|d| d.to_string()).ok(), $expected.map(str::to_owned));
            })*
        };
    }

    formats! {
        ebay_us b'.' Some(b','), "$1,433.66" Some("1433.66")
        ebay_au b'.' Some(b','), "AU $3,000.00" Some("3000")
        ebay_eur b',' Some(b'.'), "EUR 90,00" Some("90")
        german b',' Some(b'.'), "1.234,50" Some("1234.5")
        bad_group b'.' Some(b','), "1,23" None::<&str>
        trailing_minus b'.' None, "55.12-" Some("-55.12")
        in_parentheses b'.' Some(b','), "($5.00)" Some("-5")
        a_date_is_no_number b'.' Some(b','), "2024-01-05" None::<&str>
        two_numbers b'.' Some(b','), "12 EA 3" None::<&str>
    }

    #[test]
    fn scaling_tells_whether_it_is_exact() {
        let ten = Decimal::from_int(10);
        assert_eq!(ten.scaled(1, 12, 6).map(|(d, exact)| (d.to_string(), exact)), Some(("0.833333".into(), false)));
        assert_eq!(ten.scaled(12, 1, 6).map(|(d, exact)| (d.to_string(), exact)), Some(("120".into(), true)));
        assert_eq!(Decimal::from_int(-5).scaled(1, 3, 2).map(|(d, _)| d.to_string()), Some("-1.67".into()));
    }

    proptest! {
        #[test]
        fn written_numbers_read_back(value in -10_i128.pow(27)..10_i128.pow(27), places in 0_usize..10) {
            let decimal = Decimal::from_billionths(value).unwrap();
            let mut text = Vec::new();
            decimal.write(&mut text, places);
            prop_assert_eq!(Decimal::parse(&text), Ok(decimal));
        }

        #[test]
        fn arbitrary_bytes_never_panic(text in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = Decimal::parse_in(&text, NumberFormat { point: b',', group: Some(b'.'), symbols: true });
        }
    }
}
