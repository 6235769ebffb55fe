//! A first layout for a table that nobody knows. It must load and read the table it was made from; the rest is for the
//! person who knows the system.

use std::fmt::Write;

use super::place::{self, Place};
use super::sheet::Sheet;
use super::{Column, Guess, Profile};
use crate::document::{Kind, Level, Type};
use crate::limits;
use crate::syntax::csv::Quoting;

/// A table as far as it was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'s> {
    /// The name of its file, for the title.
    pub file: &'s str,
    /// Its encoding, as layouts name it.
    pub encoding: &'s str,
    /// How it is laid out.
    pub sheet: &'s Sheet,
    /// What its columns hold.
    pub profile: &'s Profile,
    /// The kind of document that its columns are most likely of.
    pub kind: Kind,
    /// The column that says which rows belong together, if one does.
    pub key: Option<usize>,
    /// Whether its last row ends in a line break; none if nobody looked.
    pub final_newline: Option<bool>,
}

/// A layout on its way.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What the rows are.
    pub kind: Kind,
    /// How they make documents, as layouts name it.
    pub shape: &'static str,
    /// Columns that say which document a row is of.
    pub key: Vec<usize>,
    /// What each column is.
    pub places: Vec<Option<Place>>,
    /// Columns of which an empty value makes a row one that only has the header's values.
    header_row_mark: Option<usize>,
    /// The column that stands in for the number of the goods where that is empty.
    other_goods: Option<usize>,
    /// What the person should look at.
    pub(super) remarks: Vec<String>,
}

/// Numbers in the layout's format: decimal mark, mark between groups, currencies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Numbers {
    point: Option<u8>,
    group: Option<u8>,
    symbols: bool,
}

/// Works out a layout.
#[must_use]
pub fn draft(sample: &Sample<'_>) -> Draft {
    let mut draft = Draft::new(sample.kind, place::fields(sample.kind, &sample.profile.columns, |_, _| true));
    draft.drop_second_names(sample);
    draft.agree_on_numbers(&sample.profile.columns);
    draft.find_shape(sample);
    draft.drop_amounts();
    draft
}

impl Draft {
    pub(super) fn new(kind: Kind, places: Vec<Option<Place>>) -> Self {
        let (shape, key, remarks) = ("header_only", Vec::new(), Vec::new());
        Self { kind, shape, key, places, header_row_mark: None, other_goods: None, remarks }
    }

    /// Of columns of one name only the first is read, and one without a name not at all.
    fn drop_second_names(&mut self, sample: &Sample<'_>) {
        let names: Vec<String> = sample.sheet.names.iter().map(|name| name.to_lowercase()).collect();
        for (at, name) in names.iter().enumerate() {
            let twice = names.iter().filter(|other| *other == name).count() > 1;
            if name.is_empty() || twice {
                self.places[at] = None;
            }
        }
    }

    /// A file has one decimal mark; columns that are written with the other are left for a person.
    pub(super) fn agree_on_numbers(&mut self, columns: &[Column]) {
        let mark = |column: &Column| match column.guess {
            Guess::Decimal { point, .. } => Some(point),
            _ => None,
        };
        let is_number = |place: &Option<Place>| place.is_some_and(|place| place.field.kind.is_decimal());
        let bound = || self.places.iter().zip(columns).filter(|(place, _)| is_number(place));
        let commas = bound().filter(|(_, column)| mark(column) == Some(b',')).count();
        let points = bound().filter(|(_, column)| mark(column) == Some(b'.')).count();
        if commas == 0 || points == 0 {
            return;
        }
        let kept = if commas > points { b',' } else { b'.' };
        for (place, column) in self.places.iter_mut().zip(columns) {
            if is_number(place) && mark(column).is_some_and(|mark| mark != kept) {
                *place = None;
            }
        }
        self.remarks.push("The file writes numbers in two ways; columns of the rarer one are not bound.".to_owned());
    }

    pub(super) fn find(&self, level: Level, name: &str) -> Option<usize> {
        self.places.iter().position(|place| place.is_some_and(|place| place.level == level && place.field.name == name))
    }

    fn find_shape(&mut self, sample: &Sample<'_>) {
        let rows = sample.profile.rows;
        match sample.kind {
            Kind::Product | Kind::Customer => {
                let own = self.find(Level::Header, sample.kind.key_field());
                self.one_row_each(sample, own);
            }
            Kind::Inventory if self.lines_are_told(sample) => {
                self.shape = "single";
                self.drop_varying(sample);
            }
            Kind::Inventory => self.turn_into(Kind::Product, sample),
            _ if !self.lines_are_told(sample) => {
                self.without_lines();
                let own = self.find(Level::Header, "number").or(sample.key);
                self.one_row_each(sample, own);
            }
            _ => {
                let key = sample.key.filter(|key| self.is_key(*key, sample));
                match key {
                    Some(key) if sample.profile.groups.again == 0 => self.grouped(key, sample),
                    Some(key) if sample.profile.columns[key].is_full(rows) => {
                        self.remarks.push("Rows of one document do not stand together: sort the file.".to_owned());
                        self.without_lines();
                        self.one_row_each(sample, None);
                    }
                    _ => self.single(sample),
                }
            }
        }
    }

    /// Whether a column can be the number of the document: its name stands there once.
    fn is_key(&self, at: usize, sample: &Sample<'_>) -> bool {
        let name = sample.sheet.names[at].to_lowercase();
        let column = &sample.profile.columns[at];
        sample.sheet.names.iter().filter(|other| other.to_lowercase() == name).count() == 1
            && column.filled > 0
            && column.empty_first == 0
    }

    /// Whether the lines have a number of the goods and, where it is needed, a quantity above zero.
    fn lines_are_told(&mut self, sample: &Sample<'_>) -> bool {
        let goods: Vec<usize> = ["sku", "gtin", "buyer_part", "vendor_part", "order_line"]
            .iter()
            .filter_map(|name| self.find(Level::Line, name))
            .collect();
        let (columns, rows) = (&sample.profile.columns, sample.profile.rows);
        let full = |at: &usize| columns[*at].is_full(rows);
        let quantity = self.find(Level::Line, if sample.kind == Kind::Inventory { "on_hand" } else { "quantity" });
        if matches!(sample.kind, Kind::Return | Kind::Inventory) {
            return goods.iter().any(full) && (quantity.is_some() || self.find(Level::Line, "available").is_some());
        }
        let Some(quantity) = quantity else { return false };
        if columns[quantity].positive != columns[quantity].filled || columns[quantity].filled == 0 {
            return false;
        }
        if full(&quantity) {
            return goods.iter().any(full) || self.stand_in(sample);
        }
        // Rows without a quantity may be those that only have the header's values.
        let mut as_filled = goods.iter().filter(|at| columns[**at].filled == columns[quantity].filled);
        let found = as_filled.next().is_some() && sample.profile.groups.later > 0;
        self.header_row_mark = found.then_some(quantity);
        found
    }

    /// Whether goods without a number have at least a name, which then stands in for it.
    fn stand_in(&mut self, sample: &Sample<'_>) -> bool {
        let is_full = |at: &usize| sample.profile.columns[*at].is_full(sample.profile.rows);
        let name = self.find(Level::Line, "description").filter(is_full);
        if self.find(Level::Line, "sku").is_none() || name.is_none() {
            return false;
        }
        self.remarks.push("Some lines have no SKU; there the description stands in for it.".to_owned());
        self.other_goods = name;
        true
    }

    fn turn_into(&mut self, kind: Kind, sample: &Sample<'_>) {
        self.kind = kind;
        self.places = place::fields(kind, &sample.profile.columns, |_, _| true);
        self.drop_second_names(sample);
        self.agree_on_numbers(&sample.profile.columns);
        let own = self.find(Level::Header, kind.key_field());
        self.one_row_each(sample, own);
    }

    fn without_lines(&mut self) {
        self.other_goods = None;
        self.header_row_mark = None;
        self.places
            .iter_mut()
            .filter(|place| place.is_some_and(|place| place.level == Level::Line))
            .for_each(|p| *p = None);
    }

    /// Each row is a document.
    fn one_row_each(&mut self, sample: &Sample<'_>, own: Option<usize>) {
        self.shape = "header_only";
        let (columns, rows) = (&sample.profile.columns, sample.profile.rows);
        let names = &sample.sheet.names;
        let once = |at: usize| names.iter().filter(|name| name.to_lowercase() == names[at].to_lowercase()).count() == 1;
        let fits = |at: &usize| {
            let column = &columns[*at];
            column.is_full(rows) && column.is_unique() && once(*at) && !names[*at].is_empty()
        };
        let best = own.filter(fits).or_else(|| (0..columns.len()).find(fits));
        match best {
            Some(key) => {
                self.key = vec![key];
                if Some(key) != own {
                    self.unbind_number();
                    self.remarks.push(format!("Rows are told apart by {:?}, for lack of a number.", names[key]));
                } else {
                    self.bind_number(key);
                }
            }
            None => {
                // Nothing tells rows apart but all of their values.
                self.remarks.push("No column tells every row from the others: the key is a guess.".to_owned());
                let full = own.or_else(|| (0..columns.len()).find(|at| once(*at) && !names[*at].is_empty()));
                self.key = full.into_iter().collect();
                self.unbind_number();
            }
        }
    }

    fn grouped(&mut self, key: usize, sample: &Sample<'_>) {
        self.key = vec![key];
        self.bind_number(key);
        let columns = sample.profile.columns.iter().zip(&self.places);
        let header = columns.filter(|(_, place)| place.is_some_and(|place| place.level == Level::Header));
        let empty_later = header.filter(|(column, _)| column.filled > 0 && column.empty_first < column.empty_later);
        self.shape = if empty_later.count() > 0 { "first_row" } else { "repeated" };
    }

    /// The whole file is one document.
    fn single(&mut self, sample: &Sample<'_>) {
        self.remarks.push("No column has the number of the document: the whole file is taken as one.".to_owned());
        self.shape = "single";
        self.unbind_number();
        self.drop_varying(sample);
    }

    /// A value that differs from row to row is none of the one document.
    fn drop_varying(&mut self, sample: &Sample<'_>) {
        let (rows, columns) = (sample.profile.rows, &sample.profile.columns);
        for (place, column) in self.places.iter_mut().zip(columns) {
            let is_one = column.distinct.exact && column.distinct.values <= 1 && column.is_full(rows);
            if place.is_some_and(|place| place.level == Level::Header) && !is_one {
                *place = None;
            }
        }
    }

    /// The column is the number of the documents, whatever it was taken for.
    pub(super) fn bind_number(&mut self, key: usize) {
        let name = self.kind.key_field();
        let Some(field) = self.kind.field(Level::Header, name).map(|at| &self.kind.fields(Level::Header)[at]) else {
            return;
        };
        let holder = self.find(Level::Header, name);
        if holder.is_none() && self.places[key].is_none_or(|place| !is_worth_more(place)) {
            self.places[key] = Some(Place { level: Level::Header, field, score: 50 });
        }
    }

    fn unbind_number(&mut self) {
        if let Some(at) = self.find(Level::Header, self.kind.key_field()) {
            self.places[at] = None;
        }
    }

    /// Of quantity, price and amount the third follows from the others; where the three do not agree no order would pass.
    pub(super) fn drop_amounts(&mut self) {
        let all = ["quantity", "unit_price", "amount"].map(|name| self.find(Level::Line, name));
        if let [Some(_), Some(_), Some(amount)] = all {
            self.places[amount] = None;
            self.remarks.push(
                "The amount of a line is its quantity times its price; bind the column of amounts if they agree."
                    .to_owned(),
            );
        }
    }

    /// The layout as TOML.
    #[must_use]
    pub fn toml(&self, sample: &Sample<'_>) -> String {
        let mut out = String::new();
        // A text takes whatever is written to it.
        let _ = self.write(sample, &mut out);
        out
    }

    fn write(&self, sample: &Sample<'_>, out: &mut String) -> std::fmt::Result {
        let Sample { sheet, profile, .. } = sample;
        writeln!(out, "title = {}", quoted(&format!("Draft from {}", sample.file)))?;
        writeln!(out, "document = \"{}\"", self.kind.as_str())?;
        writeln!(out, "direction = \"read\"\nconfidence = \"unverified\"")?;
        writeln!(out, "source = \"Drafted from {} rows of one file by `consign inspect --draft`\"", profile.rows)?;
        self.remarks.iter().try_for_each(|remark| writeln!(out, "# {remark}"))?;
        writeln!(out, "\n[file]\nformat = \"csv\"")?;
        writeln!(out, "delimiter = {}", quoted(&char::from(sheet.dialect.delimiter).to_string()))?;
        if sheet.dialect.quoting == Quoting::None {
            writeln!(out, "quote = \"none\"")?;
        }
        if sample.encoding != "utf-8" {
            writeln!(out, "encoding = {}", quoted(sample.encoding))?;
        }
        if sheet.has_header {
            list(out, "signature", &self.signature(sheet))?;
        } else {
            writeln!(out, "header_row = \"none\"")?;
            list(out, "columns", &sheet.names)?;
        }
        if sheet.skipped > 0 {
            writeln!(out, "skip_lines = {}", sheet.skipped)?;
        }
        if profile.uneven > 0 {
            writeln!(out, "short_rows = true")?;
        }
        if sample.final_newline != Some(true) {
            writeln!(out, "final_newline = \"optional\"")?;
        }
        self.write_unbound(sample, out)?;
        self.write_formats(&profile.columns, out)?;
        writeln!(out, "\n[documents]\nshape = \"{}\"", self.shape)?;
        if !self.key.is_empty() {
            list(out, "key", &self.key.iter().map(|at| sheet.names[*at].clone()).collect::<Vec<_>>())?;
        }
        self.write_bindings(&sheet.names, &profile.columns, out)?;
        if let Some(mark) = self.header_row_mark {
            writeln!(out, "\n[[rows]]\nwhen = {{ {} = \"\" }}\nas = \"header\"", quoted(&sheet.names[mark]))?;
        }
        Ok(())
    }

    /// Names by which the file is recognised: those that are bound, as far as they go, then the first.
    fn signature(&self, sheet: &Sheet) -> Vec<String> {
        let once = |name: &String| !name.is_empty() && sheet.names.iter().filter(|other| *other == name).count() == 1;
        let bound = (0..sheet.names.len()).filter(|at| self.places[*at].is_some() || self.key.contains(at));
        let mut names: Vec<String> = self.key.iter().map(|at| sheet.names[*at].clone()).collect();
        for at in bound.chain(0..sheet.names.len()) {
            let name = &sheet.names[at];
            if names.len() < limits::DRAFT_SIGNATURE && once(name) && !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// Columns without a suggestion, with what stands in them: for a person to bind or to leave.
    fn write_unbound(&self, sample: &Sample<'_>, out: &mut String) -> std::fmt::Result {
        let unbound: Vec<&Column> = sample
            .profile
            .columns
            .iter()
            .enumerate()
            .filter(|(at, _)| self.places[*at].is_none() && !self.key.contains(at))
            .map(|(_, column)| column)
            .collect();
        if unbound.is_empty() {
            return Ok(());
        }
        writeln!(out, "# Columns that are not bound yet:")?;
        for column in &unbound {
            writeln!(
                out,
                "#   {}: {}",
                comment(&column.name),
                comment(&described(column, self.kind, sample.profile.rows))
            )?;
        }
        let mut names: Vec<String> = unbound.iter().map(|column| column.name.clone()).collect();
        names.retain(|name| !name.is_empty());
        names.dedup();
        list(out, "known", &names)
    }

    pub(super) fn write_formats(&self, columns: &[Column], out: &mut String) -> std::fmt::Result {
        let bound = || self.places.iter().zip(columns).filter_map(|(place, column)| Some(((*place)?, column)));
        let mut numbers = Numbers::default();
        for (_, column) in bound().filter(|(place, _)| place.field.kind.is_decimal()) {
            if let Guess::Decimal { point, group, symbols } = column.guess {
                let Numbers { group: known, symbols: with, .. } = numbers;
                numbers = Numbers { point: Some(point), group: known.or(group), symbols: with || symbols };
            }
        }
        let has_flags = bound().any(|(place, column)| place.field.kind == Type::Flag && column.filled > 0);
        if numbers == Numbers::default() && !has_flags {
            return Ok(());
        }
        writeln!(out, "\n[formats]")?;
        if numbers.point == Some(b',') {
            writeln!(out, "decimal = \",\"")?;
        }
        if let Some(group) = numbers.group {
            writeln!(out, "group = {}", quoted(&char::from(group).to_string()))?;
        }
        if numbers.symbols {
            writeln!(out, "symbols = true")?;
        }
        if has_flags {
            let flags =
                || bound().filter(|(place, _)| place.field.kind == Type::Flag).flat_map(|(_, column)| &column.values);
            let words = |known: &[&str]| {
                let mut words: Vec<String> = flags().map(|(word, _)| word.clone()).collect();
                words.retain(|word| known.contains(&word.to_lowercase().as_str()));
                words.extend(known.iter().map(|word| (*word).to_owned()));
                words.sort_unstable();
                words.dedup();
                words
            };
            list(out, "true", &words(super::value::YES))?;
            list(out, "false", &words(super::value::NO))?;
        }
        Ok(())
    }

    fn binding(&self, name: &str, place: Place, column: &Column, names: &[String]) -> String {
        match (place.field.kind, column.guess, self.other_goods) {
            (Type::Date | Type::DateTime, Guess::Date { format, .. }, _) => {
                format!("{{ from = {}, date = [{}] }}", quoted(name), quoted(format))
            }
            (_, _, Some(other)) if place.level == Level::Line && place.field.name == "sku" => {
                format!("[{}, {}]", quoted(name), quoted(&names[other]))
            }
            _ => quoted(name),
        }
    }

    /// What is bound, by the names that it has in the layout.
    pub(super) fn write_bindings(&self, names: &[String], columns: &[Column], out: &mut String) -> std::fmt::Result {
        for level in [Level::Header, Level::Line] {
            let mut bound: Vec<(usize, Place)> =
                self.places.iter().enumerate().filter_map(|(at, place)| Some((at, (*place)?))).collect();
            bound.retain(|(_, place)| place.level == level);
            // In the order of the kind's fields, those of an address behind the others.
            bound.sort_by_key(|(_, place)| {
                let name = place.field.name;
                (name.split_once('.').map(|(group, _)| group), self.kind.field(level, name))
            });
            let mut table = String::new();
            for (at, place) in bound {
                let (group, field) = place.field.name.split_once('.').unwrap_or(("", place.field.name));
                let wanted = match (level, group) {
                    (Level::Header, "") => "[header]".to_owned(),
                    (Level::Header, group) => format!("[header.{group}]"),
                    (Level::Line, _) => "[line]".to_owned(),
                };
                if wanted != table {
                    writeln!(out, "\n{wanted}")?;
                    table = wanted;
                }
                writeln!(
                    out,
                    "{field} = {}{}",
                    self.binding(&names[at], place, &columns[at], names),
                    doubt(place, &columns[at])
                )?;
            }
        }
        Ok(())
    }
}

/// Whether a column that is the key says more by what it was taken for, such as an e-mail address.
fn is_worth_more(place: Place) -> bool {
    place.field.kind != Type::Id
}

fn doubt(place: Place, column: &Column) -> String {
    match column.guess {
        Guess::Date { or: Some(or), .. } if matches!(place.field.kind, Type::Date | Type::DateTime) => {
            format!("  # or {or}: no value tells day and month apart")
        }
        Guess::Empty => "  # by its name; it has no values".to_owned(),
        _ if place.score <= 70 => format!("  # a guess: {}", comment(&column.guess.name())),
        _ => String::new(),
    }
}

/// A column in a few words.
#[must_use]
pub fn described(column: &Column, kind: Kind, rows: u64) -> String {
    if column.filled == 0 {
        return "empty".to_owned();
    }
    let distinct = if column.distinct.exact { "" } else { "about " };
    let share = column.filled * 100 / rows.max(1);
    let examples = column.examples(place::named_field(kind, &column.name)).join(", ");
    format!(
        "{}, {share} % filled, {distinct}{} values, such as {examples}",
        column.guess.name(),
        column.distinct.values
    )
}

/// Text in one line of a comment.
pub(super) fn comment(text: &str) -> String {
    crate::document::shown::visible(text).replace(['\n', '\r'], " ")
}

pub(super) fn list(out: &mut String, key: &str, values: &[String]) -> std::fmt::Result {
    let all: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    if all.iter().map(String::len).sum::<usize>() < 90 {
        return writeln!(out, "{key} = [{}]", all.join(", "));
    }
    writeln!(out, "{key} = [")?;
    all.iter().try_for_each(|value| writeln!(out, "    {value},"))?;
    writeln!(out, "]")
}

/// A TOML text on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            c if crate::document::shown::needs_escape(c) => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
