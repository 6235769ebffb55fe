//! What a column is, from what its values may be.

use super::Counting;
use super::value::{DATES, Like};

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// There are none.
    Empty,
    /// Words for yes and no.
    Flag,
    /// Whole numbers.
    Integer,
    /// Numbers with decimal places.
    Decimal {
        /// The decimal mark.
        point: u8,
        /// The mark between groups, if there is one.
        group: Option<u8>,
        /// Whether a currency stands beside.
        symbols: bool,
    },
    /// Dates.
    Date {
        /// The format, as layouts write it.
        format: &'static str,
        /// Another that fits as well: which is the day and which the month nobody can tell.
        or: Option<&'static str>,
    },
    /// GTINs with right check digits.
    Gtin,
    /// E-mail addresses.
    Email,
    /// Phone numbers.
    Phone,
    /// Countries.
    Country,
    /// Currency codes.
    Currency,
    /// Addresses of the web.
    Link,
    /// A few values that come again and again.
    Codes,
    /// Anything else.
    Text,
}

impl Guess {
    /// Whether it is a number.
    #[must_use]
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal { .. })
    }

    /// In words.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Empty => "empty".to_owned(),
            Self::Flag => "yes or no".to_owned(),
            Self::Integer => "integer".to_owned(),
            Self::Decimal { point, group, symbols } => {
                let mark = |byte: u8| if byte == b',' { "comma" } else { "point" };
                let groups = group.map_or_else(String::new, |group| format!(", groups by {}", mark(group)));
                let symbols = if symbols { ", with a currency" } else { "" };
                format!("decimal {}{groups}{symbols}", mark(point))
            }
            Self::Date { format, or: Some(or) } => format!("date {format} or {or}"),
            Self::Date { format, or: None } => format!("date {format}"),
            Self::Gtin => "GTIN".to_owned(),
            Self::Email => "e-mail".to_owned(),
            Self::Phone => "phone".to_owned(),
            Self::Country => "country".to_owned(),
            Self::Currency => "currency".to_owned(),
            Self::Link => "link".to_owned(),
            Self::Codes => "code".to_owned(),
            Self::Text => "text".to_owned(),
        }
    }
}

/// Of a hundred values so many must be of a kind.
const PERCENT: u64 = 95;
/// Most different values of a column of codes.
const CODES: u64 = 12;
/// Most characters of a code.
const CODE_CHARS: u64 = 40;

/// What a column is, and how many of its values are that.
pub(super) fn guess(column: &Counting) -> (Guess, u64) {
    let (filled, like) = (column.filled, |like: Like| column.likes[like as usize]);
    let fits = |count: u64| count > 0 && count * 100 >= filled * PERCENT;
    if filled == 0 {
        return (Guess::Empty, 0);
    }
    let distinct = column.distinct.count();
    for (wanted, guess) in [(Like::Email, Guess::Email), (Like::Link, Guess::Link)] {
        if fits(like(wanted)) {
            return (guess, like(wanted));
        }
    }
    if fits(like(Like::Flag)) && like(Like::Letters) > 0 && distinct.values <= 3 {
        return (Guess::Flag, like(Like::Flag));
    }
    // One in ten numbers of eight digits has a right check digit by chance.
    if fits(like(Like::Gtin)) && (column.longest >= 12 || distinct.values >= 5) {
        return (Guess::Gtin, like(Like::Gtin));
    }
    if let Some(found) = date(column).filter(|(_, hits)| fits(*hits)) {
        return found;
    }
    if fits(like(Like::Currency)) {
        return (Guess::Currency, like(Like::Currency));
    }
    if let Some(found) = number(column).filter(|(_, hits)| fits(*hits)) {
        return found;
    }
    if fits(like(Like::Phone)) {
        return (Guess::Phone, like(Like::Phone));
    }
    if fits(like(Like::Country)) {
        return (Guess::Country, like(Like::Country));
    }
    let few = distinct.exact && distinct.values <= CODES && (filled >= 2 * distinct.values || distinct.values == 1);
    (if few && column.longest <= CODE_CHARS { Guess::Codes } else { Guess::Text }, filled)
}

fn date(column: &Counting) -> Option<(Guess, u64)> {
    let most = *column.dates.iter().max().filter(|most| **most > 0)?;
    let mut best = DATES.iter().zip(&column.dates).filter(|(_, hits)| **hits == most).map(|(format, _)| *format);
    let format = best.next()?;
    let swapped = |other: &&'static str| *other != format && is_swapped(format, other);
    Some((Guess::Date { format, or: best.find(swapped) }, most))
}

/// Whether two formats differ in the order of day and month only.
fn is_swapped(format: &str, other: &str) -> bool {
    format.replace("%m", "%?").replace("%d", "%m").replace("%?", "%d") == other
}

fn number(column: &Counting) -> Option<(Guess, u64)> {
    let like = |like: Like| column.likes[like as usize];
    let (integers, points, commas) = (like(Like::Integer), like(Like::Point), like(Like::Comma));
    let (grouped_points, grouped_commas) = (like(Like::GroupedPoint), like(Like::GroupedComma));
    let (with_point, with_comma) = (points + grouped_points, commas + grouped_commas);
    if with_point + with_comma == 0 {
        return (integers > 0 && like(Like::Symbols) == 0).then_some((Guess::Integer, integers));
    }
    let is_comma = with_comma > with_point;
    let (hits, grouped) = if is_comma { (with_comma, grouped_commas) } else { (with_point, grouped_points) };
    let (point, mark) = if is_comma { (b',', b'.') } else { (b'.', b',') };
    let group = (grouped > 0).then_some(mark);
    Some((Guess::Decimal { point, group, symbols: like(Like::Symbols) > 0 }, hits + integers))
}
