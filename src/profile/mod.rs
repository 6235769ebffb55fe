//! What stands in the columns of a table of which nothing is known, and a first layout for it.
//!
//! Pure: rows in, counts and text out. Memory is bounded by the number of columns; values are kept only as examples, and
//! what may be personal is shown by its shape alone.

mod distinct;
pub mod draft;
pub mod draft_xml;
mod guess;
pub mod keys;
mod names;
pub mod place;
pub mod sheet;
mod value;
pub mod xml;

use std::collections::HashSet;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

pub use distinct::Count;
use distinct::Distinct;
pub use guess::Guess;
pub use value::{DATES, is_email};
use value::{Like, Likes};

use crate::document::Field;
use crate::layout::convert::trim;
use crate::limits;
use crate::syntax::csv::Row;

/// What a table holds.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Rows looked at.
    pub rows: u64,
    /// Rows with fewer or more values than there are columns.
    pub uneven: u64,
    /// Its columns.
    pub columns: Vec<Column>,
    /// How rows stand together by the key.
    pub groups: Groups,
}

/// What a column holds.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name in the file.
    pub name: String,
    /// Rows that have a value in it.
    pub filled: u64,
    /// Different values.
    pub distinct: Count,
    /// What they are.
    pub guess: Guess,
    /// Values that are something else.
    pub misfits: u64,
    /// Characters of the shortest and of the longest value.
    pub length: (u64, u64),
    /// Numbers above zero.
    pub positive: u64,
    /// Numbers with a zero in front.
    pub leading_zeros: u64,
    /// Values with letters.
    pub with_letters: u64,
    /// The first values with how often they stand there; all of them if `has_all_values`.
    pub values: Vec<(String, u64)>,
    /// Whether [`Self::values`] are all values.
    pub has_all_values: bool,
    /// Rows behind the first of their key in which it is empty.
    pub empty_later: u64,
    /// Rows behind the first of their key in which it has another value.
    pub other_later: u64,
    /// First rows of a key in which it is empty.
    pub empty_first: u64,
}

/// How rows stand together by the value of the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// Groups of rows with the same key.
    pub groups: u64,
    /// Rows behind the first of their group.
    pub later: u64,
    /// Groups whose key stood there before: rows that do not stand together.
    pub again: u64,
}

impl Column {
    /// Whether every row has a value.
    #[must_use]
    pub const fn is_full(&self, rows: u64) -> bool {
        self.filled == rows
    }

    /// Whether no two rows have the same value, as far as is known.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        if self.distinct.exact {
            self.distinct.values == self.filled
        } else {
            self.distinct.values * 10 >= self.filled * 8
        }
    }

    /// Whether its values may be personal: they are, or nothing says that they are not.
    #[must_use]
    pub fn is_personal(&self, field: Option<&Field>) -> bool {
        match (field, &self.guess) {
            (_, Guess::Email | Guess::Phone) => true,
            (Some(field), _) => field.personal,
            (None, Guess::Text | Guess::Codes) => self.with_letters > 0 && !self.looks_like_codes(),
            (None, _) => false,
        }
    }

    /// Values in capital letters and digits, without blanks: no names of people.
    fn looks_like_codes(&self) -> bool {
        let is_code = |value: &str| {
            value.bytes().all(|byte| !byte.is_ascii_lowercase() && byte.is_ascii() && byte != b' ')
                && value.bytes().any(|byte| byte.is_ascii_digit())
        };
        !self.values.is_empty() && self.values.iter().all(|(value, _)| is_code(value))
    }

    /// Examples for a person; of personal values only the shape.
    #[must_use]
    pub fn examples(&self, field: Option<&Field>) -> Vec<String> {
        let mut shown: Vec<String> = Vec::new();
        for (value, _) in &self.values {
            let text = if self.is_personal(field) { shape(value) } else { value.clone() };
            if !shown.contains(&text) {
                shown.push(text);
            }
            if shown.len() == EXAMPLES {
                break;
            }
        }
        shown
    }
}

/// Examples shown of a column.
const EXAMPLES: usize = 3;

/// A value with every letter as `a` or `A` and every digit as `9`: `Aaaa 99`.
#[must_use]
pub fn shape(value: &str) -> String {
    let one = |c: char| match c {
        c if c.is_uppercase() => 'A',
        c if c.is_alphabetic() => 'a',
        c if c.is_numeric() => '9',
        c => c,
    };
    value.chars().map(one).collect()
}

/// Takes the rows of a table.
pub struct Profiler {
    columns: Vec<Counting>,
    key: Option<usize>,
    rows: u64,
    uneven: u64,
    groups: Groups,
    /// Key of the row before.
    last: Option<u64>,
    keys: HashSet<u64, FixedState>,
}

/// A column of which the values are counted.
struct Counting {
    name: String,
    filled: u64,
    distinct: Distinct,
    likes: [u64; Like::COUNT],
    dates: Vec<u64>,
    shortest: u64,
    longest: u64,
    values: Vec<(String, u64)>,
    has_all_values: bool,
    /// The value on the first row of the group; 0 if it is empty.
    first: u64,
    empty_later: u64,
    other_later: u64,
    empty_first: u64,
}

impl Profiler {
    /// For a table with these columns, of which one says which rows belong together.
    #[must_use]
    pub fn new(names: &[String], key: Option<usize>) -> Self {
        let columns = names.iter().map(|name| Counting::new(name)).collect();
        let (groups, keys) = (Groups::default(), HashSet::default());
        Self { columns, key, rows: 0, uneven: 0, groups, last: None, keys }
    }

    /// Takes a row.
    pub fn row(&mut self, row: &Row) {
        if row.is_blank() {
            return;
        }
        self.rows += 1;
        self.uneven += u64::from(row.len() != self.columns.len());
        let is_later = self.is_later(row);
        for (at, column) in self.columns.iter_mut().enumerate() {
            let value = trim(row.get(at).unwrap_or_default());
            let hash = column.add(value);
            if is_later {
                column.empty_later += u64::from(hash == 0);
                column.other_later += u64::from(hash != 0 && hash != column.first);
            } else {
                column.empty_first += u64::from(hash == 0);
                column.first = hash;
            }
        }
    }

    /// Whether the row belongs to the one above: it has the same key, or none.
    fn is_later(&mut self, row: &Row) -> bool {
        let Some(key) = self.key else { return false };
        let key = hash(trim(row.get(key).unwrap_or_default()));
        if self.last.is_some() && (key == 0 || self.last == Some(key)) {
            self.groups.later += 1;
            return true;
        }
        self.last = Some(key);
        self.groups.groups += 1;
        if self.keys.len() < limits::PROFILE_KEYS || self.keys.contains(&key) {
            self.groups.again += u64::from(!self.keys.insert(key));
        }
        false
    }

    /// What the table holds.
    #[must_use]
    pub fn finish(self) -> Profile {
        let columns = self.columns.into_iter().map(Counting::finish).collect();
        Profile { rows: self.rows, uneven: self.uneven, columns, groups: self.groups }
    }
}

/// A hash of a value; 0 for an empty one only.
fn hash(value: &[u8]) -> u64 {
    if value.is_empty() { 0 } else { FixedState::default().hash_one(value).max(1) }
}

impl Counting {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            filled: 0,
            distinct: Distinct::default(),
            likes: [0; Like::COUNT],
            dates: vec![0; DATES.len()],
            shortest: u64::MAX,
            longest: 0,
            values: Vec::new(),
            has_all_values: true,
            first: 0,
            empty_later: 0,
            other_later: 0,
            empty_first: 0,
        }
    }

    /// Takes a trimmed value; its hash.
    fn add(&mut self, value: &[u8]) -> u64 {
        let hash = hash(value);
        if hash == 0 {
            return 0;
        }
        self.filled += 1;
        self.distinct.add(hash);
        let characters = String::from_utf8_lossy(value).chars().count() as u64;
        self.shortest = self.shortest.min(characters);
        self.longest = self.longest.max(characters);
        self.keep(value);
        let likes = value::likes(value);
        likes.each().for_each(|like| self.likes[like] += 1);
        self.try_dates(value, likes);
        hash
    }

    fn keep(&mut self, value: &[u8]) {
        let text = String::from_utf8_lossy(value);
        let cut = text.char_indices().nth(limits::PROFILE_EXAMPLE_CHARS).map_or(&*text, |(at, _)| &text[..at]);
        if let Some((_, count)) = self.values.iter_mut().find(|(known, _)| known == cut) {
            *count += 1;
        } else if self.values.len() < limits::PROFILE_VALUES {
            self.values.push((cut.to_owned(), 1));
        } else {
            self.has_all_values = false;
        }
    }

    /// A format that did not fit many of the values so far is not tried again.
    fn try_dates(&mut self, value: &[u8], likes: Likes) {
        if !value::may_be_date(value) || likes.has(Like::Email) {
            return;
        }
        let before = self.filled - 1;
        for (hits, format) in self.dates.iter_mut().zip(value::dates()) {
            if (before - *hits) * 20 <= before + 20 && format.read(value).is_some() {
                *hits += 1;
            }
        }
    }

    fn finish(self) -> Column {
        let (guess, fits) = guess::guess(&self);
        let like = |like: Like| self.likes[like as usize];
        Column {
            filled: self.filled,
            distinct: self.distinct.count(),
            guess,
            misfits: self.filled - fits.min(self.filled),
            length: (if self.filled == 0 { 0 } else { self.shortest }, self.longest),
            positive: like(Like::Positive),
            leading_zeros: like(Like::LeadingZero),
            with_letters: like(Like::Letters),
            has_all_values: self.has_all_values,
            empty_later: self.empty_later,
            other_later: self.other_later,
            empty_first: self.empty_first,
            values: self.values,
            name: self.name,
        }
    }
}

#[cfg(test)]
mod tests;
