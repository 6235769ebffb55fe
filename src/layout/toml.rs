//! Reads TOML tables with positions, so that every mistake is reported at once with its line and column.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use crate::document::shown::nearest;
use crate::document::{Code, Finding, Findings, Position};

/// A TOML text and the findings about it.
pub struct Source<'a> {
    text: &'a str,
    findings: RefCell<Findings>,
}

/// One table, remembering which of its keys were asked for.
pub struct Table<'a, 'i> {
    source: &'a Source<'i>,
    entries: Option<&'a DeTable<'i>>,
    span: Range<usize>,
    known: RefCell<Vec<&'static str>>,
}

/// A value with its place.
pub struct Value<'a, 'i> {
    source: &'a Source<'i>,
    value: &'a DeValue<'i>,
    span: Range<usize>,
}

impl<'i> Source<'i> {
    /// A source over a text.
    #[must_use]
    pub fn new(text: &'i str) -> Self {
        Self { text, findings: RefCell::default() }
    }

    /// The parsed root table, or none when the text is no TOML, which is a finding.
    pub fn parse(&self) -> Option<Spanned<DeTable<'i>>> {
        match DeTable::parse(self.text) {
            Ok(table) => Some(table),
            Err(error) => {
                let at = self.position(error.span().map_or(0, |span| span.start));
                self.report(Finding::new(Code::ConfigSyntax, at).expected(error.message().to_owned()));
                None
            }
        }
    }

    /// The root as a table to read.
    #[must_use]
    pub fn root<'a>(&'a self, table: &'a Spanned<DeTable<'i>>) -> Table<'a, 'i> {
        Table { source: self, entries: Some(table.get_ref()), span: table.span(), known: RefCell::default() }
    }

    /// The line and column of an offset.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', before).count() as u64 + 1;
        let column = before.len() - memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let mut at = Position::at(offset as u64, line);
        at.column = column as u64 + 1;
        at
    }

    /// Adds a finding.
    pub fn report(&self, finding: Finding) {
        self.findings.borrow_mut().push(finding);
    }

    /// Everything found.
    #[must_use]
    pub fn into_findings(self) -> Findings {
        self.findings.into_inner()
    }
}

impl<'a, 'i> Table<'a, 'i> {
    /// The value of a key, if it is there.
    pub fn get(&self, key: &'static str) -> Option<Value<'a, 'i>> {
        self.known.borrow_mut().push(key);
        let value = self.entries?.get(key)?;
        Some(Value { source: self.source, value: value.get_ref(), span: value.span() })
    }

    /// A text; a finding when it is missing.
    pub fn required(&self, key: &'static str) -> Option<String> {
        let text = self.get(key).and_then(|value| value.text());
        if text.is_none() && self.entries.is_some_and(|entries| !entries.contains_key(key)) {
            let at = self.source.position(self.span.start).field(key);
            self.source.report(Finding::new(Code::ConfigValue, at).expected(format!("the key `{key}`")));
        }
        text
    }

    /// A text, if it is there.
    pub fn text(&self, key: &'static str) -> Option<String> {
        self.get(key)?.text()
    }

    /// A list of texts; a single text is a list of one; empty when missing.
    pub fn texts(&self, key: &'static str) -> Vec<String> {
        self.get(key).map(|value| value.texts()).unwrap_or_default()
    }

    /// True or false; false when missing.
    pub fn flag(&self, key: &'static str) -> bool {
        self.get(key).and_then(|value| value.flag()).unwrap_or(false)
    }

    /// A whole number, if it is there.
    pub fn number(&self, key: &'static str) -> Option<usize> {
        self.get(key)?.number()
    }

    /// One of a closed list of words; the first when missing.
    pub fn choice<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        match self.get(key) {
            Some(value) => value.choice(words),
            None => words.first().map(|(_, first)| *first),
        }
    }

    /// A table below this one; an empty one when missing.
    pub fn table(&self, key: &'static str) -> Table<'a, 'i> {
        let empty = Table { source: self.source, entries: None, span: self.span.clone(), known: RefCell::default() };
        self.get(key).and_then(|value| value.table()).unwrap_or(empty)
    }

    /// The tables of a list of tables.
    pub fn tables(&self, key: &'static str) -> Vec<Table<'a, 'i>> {
        self.get(key).map(|value| value.items().iter().filter_map(Value::table).collect()).unwrap_or_default()
    }

    /// Whether it is there at all.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.entries.is_some()
    }

    /// Every entry in the order of the text, whatever its key; the keys count as known.
    #[must_use]
    pub fn entries(&self) -> Vec<(&'a str, Value<'a, 'i>)> {
        let Some(entries) = self.entries else { return Vec::new() };
        let value = |v: &'a Spanned<DeValue<'i>>| Value { source: self.source, value: v.get_ref(), span: v.span() };
        let mut list: Vec<_> = entries.iter().map(|(k, v)| (k.span().start, k.get_ref().as_ref(), value(v))).collect();
        list.sort_by_key(|(at, ..)| *at);
        list.into_iter().map(|(_, key, value)| (key, value)).collect()
    }

    /// Where the table stands.
    #[must_use]
    pub fn position(&self) -> Position {
        self.source.position(self.span.start)
    }

    /// Reports something found in this table at another place of the text.
    pub fn report(&self, code: Code, at: &Position, found: &str, expected: String) {
        self.source.report(Finding::new(code, at.clone()).found(found).expected(expected));
    }

    /// Reports every key that nobody asked for, with the nearest known one.
    pub fn finish(&self) {
        let known = self.known.borrow();
        for (key, spanned) in self.entries.iter().flat_map(|entries| entries.iter()).map(|(k, _)| (k.get_ref(), k)) {
            let key: &str = key.as_ref();
            if !known.contains(&key) {
                let at = self.source.position(spanned.span().start).field(key);
                let expected = nearest(key, known.iter().copied());
                let code = if is_secret(key) { Code::ConfigPlainSecret } else { Code::ConfigUnknownKey };
                self.source.report(Finding::new(code, at).found(key).expected(expected));
            }
        }
    }
}

impl<'a, 'i> Value<'a, 'i> {
    /// Where the value stands.
    #[must_use]
    pub fn position(&self) -> Position {
        self.source.position(self.span.start)
    }

    /// Reports the value as not what was expected.
    pub fn refuse(&self, code: Code, found: &str, expected: impl Into<String>) {
        self.source.report(Finding::new(code, self.position()).found(found).expected(expected));
    }

    fn kind(&self, expected: &str) {
        self.refuse(Code::ConfigValue, self.value.type_str(), expected);
    }

    /// The text, or a finding.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let text = self.value.as_str().map(str::to_owned);
        if text.is_none() {
            self.kind("a text in quotes");
        }
        text
    }

    /// Whether it is a text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.value.is_str()
    }

    /// Whether it is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// The texts of a list, or the one text.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        if self.value.is_str() {
            return self.text().into_iter().collect();
        }
        self.items().iter().filter_map(Value::text).collect()
    }

    /// True or false, or a finding.
    #[must_use]
    pub fn flag(&self) -> Option<bool> {
        let flag = self.value.as_bool();
        if flag.is_none() {
            self.kind("true or false");
        }
        flag
    }

    /// A whole number from 0, or a finding.
    #[must_use]
    pub fn number(&self) -> Option<usize> {
        let integer = self.value.as_integer().and_then(|i| usize::from_str_radix(i.as_str(), i.radix()).ok());
        if integer.is_none() {
            self.kind("a whole number from 0");
        }
        integer
    }

    /// One of a closed list of words, or a finding with the nearest.
    #[must_use]
    pub fn choice<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            self.refuse(Code::ConfigValue, &text, nearest(&text, words.iter().map(|(word, _)| *word)));
        }
        found
    }

    /// A table, or a finding.
    #[must_use]
    pub fn table(&self) -> Option<Table<'a, 'i>> {
        let entries = self.value.as_table();
        if entries.is_none() {
            self.kind("a table");
        }
        let (source, span) = (self.source, self.span.clone());
        entries.map(|entries| Table { source, entries: Some(entries), span, known: RefCell::default() })
    }

    /// The items of a list, or a finding.
    #[must_use]
    pub fn items(&self) -> Vec<Value<'a, 'i>> {
        let Some(items) = self.value.as_array() else {
            self.kind("a list");
            return Vec::new();
        };
        items.iter().map(|v| Value { source: self.source, value: v.get_ref(), span: v.span() }).collect()
    }
}

/// Whether a key that is not known promises a secret: its value must not stand here, whatever it is.
fn is_secret(key: &str) -> bool {
    ["password", "passwd", "secret", "token", "private_key"].iter().any(|word| key.to_lowercase().contains(word))
}
