//! Loads a layout from its TOML text; every mistake is a finding with its line and column.

mod edi;

use std::collections::BTreeMap;

use super::container;
use super::date::DateFormat;
use super::fixed::FixedFile;
use super::model::{
    Binding, Confidence, Container, File, Formats, Joined, Layout, Packed, RecordOf, Role, RowRule, RowThen, Rules,
    Shape, TableFile, TableRecord, TaxMode, Term, Total, ValueMap, XmlFile,
};
use super::toml::{Source, Table, Value, nearest};
use super::trailer::Trailer;
use super::write;
use super::write_back::{self, WriteBack};
use crate::document::decimal::NumberFormat;
use crate::document::{Code, Findings, Kind, Level};
use crate::syntax::csv::{Dialect, Quoting};
use crate::syntax::encoding::Encoding;

/// Reads a layout of this name from its text.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(name: &str, text: &str) -> Result<Layout, Findings> {
    let source = Source::new(text);
    let layout = source.parse().and_then(|parsed| layout(name, &source.root(&parsed)));
    let findings = source.into_findings();
    match layout {
        Some(layout) if findings.is_empty() => Ok(layout),
        _ => Err(findings),
    }
}

const NEWLINES: [(&str, bool); 2] = [("lf", false), ("crlf", true)];
const KINDS: [(&str, Kind); 7] = [
    ("order", Kind::Order),
    ("inventory", Kind::Inventory),
    ("shipment", Kind::Shipment),
    ("product", Kind::Product),
    ("customer", Kind::Customer),
    ("return", Kind::Return),
    ("invoice", Kind::Invoice),
];
const DIRECTIONS: [(&str, (bool, bool)); 3] =
    [("both", (true, true)), ("read", (true, false)), ("write", (false, true))];
const CONFIDENCES: [(&str, Confidence); 3] =
    [("verified", Confidence::Verified), ("likely", Confidence::Likely), ("unverified", Confidence::Unverified)];
const ROLES: [(&str, Role); 3] = [("shop", Role::Shop), ("erp", Role::Erp), ("crm", Role::Crm)];
const SHAPES: [(&str, Shape); 7] = [
    ("repeated", Shape::Repeated),
    ("first_row", Shape::FirstRow),
    ("summary", Shape::Summary),
    ("joined", Shape::Joined),
    ("packed", Shape::Packed),
    ("header_only", Shape::HeaderOnly),
    ("single", Shape::Single),
];

/// Reads all parts first, so that all mistakes are reported, and gives up only then.
fn layout(name: &str, root: &Table<'_, '_>) -> Option<Layout> {
    let title = root.required("title");
    let kind = root.choice("document", &KINDS);
    let direction = root.choice("direction", &DIRECTIONS);
    let confidence = root.choice("confidence", &CONFIDENCES);
    let recipe = root.get("recipe").and_then(|value| value.choice(&ROLES));
    let source = root.required("source");
    let notes = root.text("notes").unwrap_or_default();
    let parts = root.table("file");
    let extension = parts.text("extension");
    let encoding = encoding(&parts);
    let formats = formats(&root.table("formats"));
    let file = file(root, &parts);
    parts.finish();
    let container = container::load(root, file.as_ref().map(|(file, _)| file), direction);
    let kind = kind?;
    let mut bindings = Vec::new();
    for (key, level) in [("header", Level::Header), ("line", Level::Line)] {
        read_bindings(&root.table(key), kind, level, "", &mut bindings);
    }
    let rows = root.tables("rows").iter().filter_map(|table| row_rule(table, kind)).collect();
    let trailer = trailer(root, file.as_ref().map(|(file, _)| file), kind, &bindings);
    let (totals, tax) = totals(&root.table("totals"), kind);
    let rules = rules(&root.table("rules"), kind);
    let write_back = write_back(&root.table("write_back"), name, kind);
    let values = value_maps(&root.table("values"));
    check_value_names(&bindings, &values, root);
    check_tables(file.as_ref().map(|(file, _)| file), &bindings, root);
    root.finish();
    let (file, default_extension) = file?;
    let (reads, writes) = direction?;
    let layout = Layout {
        name: name.to_owned(),
        title: title?,
        kind,
        reads,
        writes,
        confidence: confidence?,
        recipe,
        source: source?,
        notes,
        extension: extension.unwrap_or_else(|| match &container {
            Some(Container::Gzip) => "gz".to_owned(),
            Some(Container::Zip { .. }) => "zip".to_owned(),
            None => default_extension.to_owned(),
        }),
        encoding: encoding?,
        file,
        container,
        formats,
        bindings,
        rows,
        trailer,
        totals,
        tax,
        rules,
        write_back,
        values,
    };
    write::encoding::check(&layout, root);
    Some(layout)
}

fn encoding(file: &Table<'_, '_>) -> Option<Encoding> {
    let Some(value) = file.get("encoding") else { return Some(Encoding::Utf8) };
    let text = value.text()?;
    let encoding = Encoding::from_name(&text);
    if encoding.is_none() {
        value.refuse(Code::ConfigValue, &text, "an encoding such as `utf-8`, `windows-1252`, `utf-16` or `detect`");
    }
    encoding
}

fn file(root: &Table<'_, '_>, parts: &Table<'_, '_>) -> Option<(File, &'static str)> {
    #[derive(Clone, Copy)]
    enum Format {
        Csv,
        Xml,
        X12,
        Edifact,
        Fixed,
        Json,
    }
    let words = [
        ("csv", Format::Csv),
        ("xml", Format::Xml),
        ("x12", Format::X12),
        ("edifact", Format::Edifact),
        ("fixed", Format::Fixed),
        ("json", Format::Json),
    ];
    let file = match parts.choice("format", &words)? {
        Format::Csv => (File::Table(table_file(root, parts)?), "csv"),
        Format::Xml => (File::Xml(xml_file(&root.table("xml"))), "xml"),
        Format::X12 => (File::X12(edi::x12_file(&root.table("x12"), root)), "x12"),
        Format::Edifact => (File::Edifact(edi::edifact_file(&root.table("edifact"), root)), "edi"),
        Format::Fixed => {
            let crlf = parts.choice("newline", &NEWLINES);
            (File::Fixed(FixedFile::load(&root.table("fixed"), crlf?)?), "txt")
        }
        Format::Json => (File::Json, "json"),
    };
    Some(file)
}

fn table_file(root: &Table<'_, '_>, parts: &Table<'_, '_>) -> Option<TableFile> {
    let delimiter = parts.get("delimiter").map_or(Some(b','), |value| one_byte(&value));
    let quoting = parts.choice("quote", &[("double", Quoting::Double), ("none", Quoting::None)]);
    let crlf = parts.choice("newline", &NEWLINES);
    let has_header = parts.choice("header_row", &[("first", true), ("none", false)]);
    let final_newline = parts.choice("final_newline", &[("required", true), ("optional", false)]);
    let documents = root.table("documents");
    let shape = documents.choice("shape", &SHAPES);
    let (records, of_records) = records(parts);
    let columns = if records.is_empty() { parts.texts("columns") } else { of_records };
    let table = TableFile {
        records,
        dialect: Dialect { delimiter: delimiter?, quoting: quoting? },
        crlf: crlf?,
        quote_all: parts.flag("quote_all"),
        bom: parts.flag("bom"),
        final_newline: final_newline?,
        short_rows: parts.flag("short_rows"),
        skip_lines: parts.number("skip_lines").unwrap_or(0),
        signature: parts.texts("signature"),
        columns,
        fixed: pairs(&parts.table("fixed")),
        preamble: parts.texts("preamble"),
        has_header: has_header?,
        second_header: parts.texts("second_header"),
        known: parts.texts("known"),
        strict_columns: parts.flag("strict_columns"),
        footer: parts.texts("footer"),
        drop: parts.texts("drop"),
        shape: shape?,
        key: documents.texts("key"),
        group: documents.texts("group"),
        packed: packed(&documents.table("packed")),
        joined: joined(&root.table("lines_file")),
    };
    check_headers(&table, parts);
    let needs_key = !matches!(table.shape, Shape::Single);
    if needs_key && table.key.is_empty() {
        documents.required("key");
    }
    documents.finish();
    Some(table)
}

/// `[[file.records]]`: the kinds of records, and all their columns.
fn records(parts: &Table<'_, '_>) -> (Vec<TableRecord>, Vec<String>) {
    let words = [("document", RecordOf::Document), ("line", RecordOf::Line), ("end", RecordOf::End)];
    let (mut records, mut columns) = (Vec::new(), Vec::<String>::new());
    for table in parts.tables("records") {
        let (Some(name), of) = (table.required("name"), table.choice("of", &words)) else { continue };
        let key = table.text("key").unwrap_or_else(|| name.clone());
        let begin = columns.len();
        columns.extend(table.texts("columns").iter().map(|column| format!("{key}/{column}")));
        let needs = table.get("needs").and_then(|value| {
            let column = value.text()?;
            let at = columns[begin..].iter().position(|known| *known == format!("{key}/{column}"));
            if at.is_none() {
                value.refuse(Code::LayoutBinding, &column, "a column of the record");
            }
            at.map(|at| begin + at)
        });
        if columns[..begin].iter().any(|known| known.starts_with(&format!("{key}/"))) {
            let expected = "a `key` of its own for each record".to_owned();
            table.report(Code::LayoutBinding, &table.position(), &key, expected);
        }
        table.finish();
        records.extend(of.map(|of| TableRecord { name, of, columns: begin..columns.len(), needs }));
    }
    (records, columns)
}

/// Rows without names are told apart by their columns alone, and two rows of names name the same columns.
fn check_headers(table: &TableFile, parts: &Table<'_, '_>) {
    if !table.has_header && table.columns.is_empty() {
        parts.required("columns");
    }
    let (first, second) = (table.columns.len(), table.second_header.len());
    if second != 0 && (second != first || !table.has_header) {
        let expected = format!("{first} names under a header row, one for each of `columns`");
        parts.report(Code::LayoutBinding, &parts.position(), &format!("{second} names in `second_header`"), expected);
    }
}

fn one_byte(value: &Value<'_, '_>) -> Option<u8> {
    match value.text()?.as_bytes() {
        [byte] => Some(*byte),
        other => {
            value.refuse(
                Code::ConfigValue,
                &String::from_utf8_lossy(other),
                "one ASCII character, such as `,` or `\\t`",
            );
            None
        }
    }
}

fn packed(table: &Table<'_, '_>) -> Option<Packed> {
    if !table.exists() {
        return None;
    }
    let packed = Packed {
        column: table.required("column")?,
        separator: table.required("separator")?,
        between: table.required("between")?,
        after_label: table.required("after_label")?,
        labels: table.texts("labels"),
        escape: match table.get("escape") {
            Some(value) => Some(one_byte(&value)?),
            None => None,
        },
    };
    table.finish();
    Some(packed)
}

fn joined(table: &Table<'_, '_>) -> Option<Joined> {
    if !table.exists() {
        return None;
    }
    let joined = Joined { signature: table.texts("signature"), key: table.required("key")? };
    table.finish();
    Some(joined)
}

fn pairs(table: &Table<'_, '_>) -> Vec<(String, String)> {
    table.entries().iter().filter_map(|(key, value)| Some(((*key).to_owned(), value.text()?))).collect()
}

fn xml_file(table: &Table<'_, '_>) -> XmlFile {
    let xml = XmlFile {
        allow_empty_doctype: table.flag("allow_empty_doctype"),
        doctype: table.text("doctype").unwrap_or_default(),
        documents: table.texts("documents"),
        line: table.text("line").unwrap_or_default(),
        namespaces: pairs(&table.table("namespaces")).into_iter().collect(),
        order: table.texts("order"),
        groups: pairs(&table.table("groups")),
        fixed: pairs(&table.table("fixed")),
        line_fixed: pairs(&table.table("line_fixed")),
        together: table.flag("together"),
        line_repeats: pairs(&table.table("line_repeats")),
        each: table.choice("each", &[("part", false), ("file", true)]).unwrap_or(false),
        root: pairs(&table.table("root")),
        root_repeats: pairs(&table.table("root_repeats")),
        repeats: pairs(&table.table("repeats")),
    };
    if xml.each && xml.together || !xml.each && !xml.root_repeats.is_empty() {
        let found = if xml.each { "together" } else { "root_repeats" };
        let expected = if xml.each { "not with `each = \"file\"`" } else { "only with `each = \"file\"`" };
        table.report(Code::LayoutBinding, &table.position(), found, expected.to_owned());
    }
    if xml.documents.is_empty() {
        table.required("documents");
    }
    table.finish();
    xml
}

fn formats(table: &Table<'_, '_>) -> Formats {
    let decimal = table.get("decimal").and_then(|value| one_byte(&value)).unwrap_or(b'.');
    let group = table.get("group").and_then(|value| one_byte(&value));
    let or = |texts: Vec<String>, default: &[&str]| {
        if texts.is_empty() { default.iter().map(|t| (*t).to_owned()).collect() } else { texts }
    };
    let formats = Formats {
        dates: table.get("date").map(|value| date_formats(&value)).unwrap_or_default(),
        number: NumberFormat { point: decimal, group, symbols: table.flag("symbols") },
        yes: or(table.texts("true"), &["true", "yes", "TRUE", "1", "Y"]),
        no: or(table.texts("false"), &["false", "no", "FALSE", "0", "N"]),
    };
    table.finish();
    formats
}

fn date_formats(value: &Value<'_, '_>) -> Vec<DateFormat> {
    let compile = |text: &String| match DateFormat::compile(text) {
        Ok(format) => Some(format),
        Err(wrong) => {
            value.refuse(Code::ConfigValue, text, wrong);
            None
        }
    };
    value.texts().iter().filter_map(compile).collect()
}

/// Bindings of one level; a table without the key of a binding is the prefix of its fields (`[header.ship_to]`).
fn read_bindings(table: &Table<'_, '_>, kind: Kind, level: Level, prefix: &str, out: &mut Vec<Binding>) {
    for (key, value) in table.entries() {
        let name = if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
        let is_group = !value.is_text() && !value.is_list() && kind.field(level, &name).is_none();
        if is_group && kind.fields(level).iter().any(|field| field.name.starts_with(&format!("{name}."))) {
            if let Some(group) = value.table() {
                read_bindings(&group, kind, level, &name, out);
            }
            continue;
        }
        match kind.field(level, &name) {
            Some(field) => out.extend(binding(&value, level, field)),
            None => {
                let names = kind.fields(level).iter().map(|field| field.name);
                value.refuse(Code::LayoutField, &name, nearest(&name, names));
            }
        }
    }
}

fn binding(value: &Value<'_, '_>, level: Level, field: usize) -> Option<Binding> {
    let mut binding = Binding {
        level,
        field,
        from: Vec::new(),
        write: None,
        constant: None,
        values: None,
        strip: None,
        default: None,
        required: false,
        sum: false,
        same: false,
        carry: false,
        fallback: false,
        join: None,
        negate: false,
        implied: None,
        dates: Vec::new(),
        places: None,
        max_length: None,
        at: value.position(),
    };
    if value.is_text() || value.is_list() {
        binding.from = value.texts();
        return Some(binding);
    }
    let table = value.table()?;
    binding.from = table.texts("from");
    binding.write = table.text("write");
    binding.constant = table.text("constant");
    binding.values = table.text("values");
    binding.strip = table.text("strip");
    binding.default = table.text("default");
    binding.required = table.flag("required");
    binding.sum = table.flag("sum");
    binding.same = table.flag("same");
    binding.carry = table.flag("carry");
    binding.fallback = table.flag("fallback");
    binding.join = table.text("join");
    binding.negate = table.flag("negate");
    binding.implied = table.number("implied");
    binding.dates = table.get("date").map(|value| date_formats(&value)).unwrap_or_default();
    binding.places = table.number("places");
    binding.max_length = table.number("max_length");
    if binding.from.is_empty() && binding.constant.is_none() {
        value.refuse(Code::LayoutBinding, "neither", "`from` or `constant`");
    }
    table.finish();
    Some(binding)
}

/// The trailer of a table; of two files that belong together it is not known which one it would count.
fn trailer(root: &Table<'_, '_>, file: Option<&File>, kind: Kind, bindings: &[Binding]) -> Option<Trailer> {
    let table = root.table("trailer");
    if table.exists() && !matches!(file, None | Some(File::Table(TableFile { joined: None, .. }))) {
        let expected = "a trailer only in a table of one file".to_owned();
        root.report(Code::LayoutBinding, &table.position(), "trailer", expected);
    }
    Trailer::load(&table, kind, bindings)
}

fn header_field(value: &Value<'_, '_>, name: &str, kind: Kind) -> Option<usize> {
    let field = kind.field(Level::Header, name);
    if field.is_none() {
        value.refuse(Code::LayoutField, name, nearest(name, kind.fields(Level::Header).iter().map(|f| f.name)));
    }
    field
}

fn row_rule(table: &Table<'_, '_>, kind: Kind) -> Option<RowRule> {
    let when = pairs(&table.table("when"));
    let target = table.get("as")?;
    let name = target.text()?;
    let amount = table.text("amount");
    let absolute = table.flag("absolute");
    table.finish();
    let then = match name.as_str() {
        "header" => RowThen::Header,
        "pass" => RowThen::Pass,
        field => RowThen::Add {
            field: header_field(&target, field, kind)?,
            amount: amount.or_else(|| table.required("amount"))?,
            absolute,
        },
    };
    Some(RowRule { when, then })
}

fn totals(table: &Table<'_, '_>, kind: Kind) -> (Vec<Total>, TaxMode) {
    let words = [("detect", TaxMode::Detect), ("excluded", TaxMode::Excluded), ("included", TaxMode::Included)];
    let mut totals = Vec::new();
    let mut tax = TaxMode::Detect;
    for (key, value) in table.entries() {
        if key == "tax" {
            tax = value.choice(&words).unwrap_or(tax);
        } else if let Some(field) = header_field(&value, key, kind) {
            let terms = value.text().map(|text| terms(&value, &text, kind)).unwrap_or_default();
            totals.push(Total { field, terms });
        }
    }
    (totals, tax)
}

/// `lines - discount + shipping`, or `net` for lines with their own discounts and charges.
fn terms(value: &Value<'_, '_>, text: &str, kind: Kind) -> Vec<(bool, Term)> {
    let mut negative = false;
    let mut terms = Vec::new();
    for word in text.split_ascii_whitespace() {
        match word {
            "+" => negative = false,
            "-" => negative = true,
            "lines" => terms.push((negative, Term::Lines)),
            "net" => terms.push((negative, Term::Net)),
            name => terms.extend(header_field(value, name, kind).map(|field| (negative, Term::Header(field)))),
        }
    }
    terms
}

fn rules(table: &Table<'_, '_>, kind: Kind) -> Rules {
    let field = |value: &Value<'_, '_>, name: &String| {
        let found = kind.field(Level::Line, name);
        if found.is_none() {
            value.refuse(Code::LayoutField, name, nearest(name, kind.fields(Level::Line).iter().map(|f| f.name)));
        }
        found
    };
    let line_key = table.get("line_key").map(|value| value.texts().iter().filter_map(|n| field(&value, n)).collect());
    let rules = Rules {
        line_key: line_key.unwrap_or_default(),
        unit: table.text("unit"),
        unit_list: table.text("unit_list").unwrap_or_else(|| "text".to_owned()),
        cancelled: table.texts("cancelled"),
    };
    table.finish();
    rules
}

/// How the system's last export is filled in; none if it does not want that.
fn write_back(table: &Table<'_, '_>, name: &str, kind: Kind) -> Option<WriteBack> {
    if !table.exists() {
        return None;
    }
    if !write_back::is_filled_in(kind) {
        table.report(Code::LayoutBinding, &table.position(), kind.as_str(), "inventory or products".to_owned());
    }
    let known = || kind.fields(write_back::level(kind)).iter().map(|field| field.name);
    let fields = |key: &'static str| {
        let refuse = |text: &String| {
            if let Some(value) = table.get(key) {
                let name = text.split('+').find(|name| write_back::field(kind, name.trim()).is_none());
                value.refuse(Code::LayoutField, text, nearest(name.unwrap_or(text), known()));
            }
        };
        if table.get(key).is_none() {
            table.required(key);
        }
        let read = |text: &String| write_back::key(kind, text).or_else(|| (refuse(text), None).1);
        table.texts(key).iter().filter_map(read).collect::<Vec<_>>()
    };
    let export = table.text("export").unwrap_or_else(|| name.to_owned());
    let (keys, change) = (fields("key"), fields("change").into_iter().flatten().collect());
    table.finish();
    Some(WriteBack { export, keys, change })
}

fn value_maps(table: &Table<'_, '_>) -> BTreeMap<String, ValueMap> {
    let map = |table: Table<'_, '_>| {
        let mut map = ValueMap::default();
        for (key, value) in table.entries() {
            match key {
                "_closed" => map.closed = value.flag().unwrap_or(false),
                key => map.pairs.extend(value.text().map(|text| (key.to_owned(), text))),
            }
        }
        map
    };
    table.entries().iter().filter_map(|(name, value)| Some(((*name).to_owned(), map(value.table()?)))).collect()
}

/// What is carried down needs rows that belong together, and what is fixed a column.
fn check_tables(file: Option<&File>, bindings: &[Binding], root: &Table<'_, '_>) {
    let table = match file {
        Some(File::Table(table)) => Some(table),
        _ => None,
    };
    let is_grouped = table.is_some_and(|table| !table.group.is_empty());
    for binding in bindings.iter().filter(|binding| binding.carry && !is_grouped) {
        root.report(Code::LayoutBinding, &binding.at, "carry", "a `group` in [documents]".to_owned());
    }
    if table.is_some_and(|table| !table.records.is_empty()) && root.text("direction").is_none_or(|d| d != "write") {
        let expected = "`direction = \"write\"`: records of several kinds are not read".to_owned();
        root.report(Code::LayoutBinding, &root.position(), "records", expected);
    }
    let is_xml = matches!(file, None | Some(File::Xml(_)));
    for binding in bindings.iter().filter(|binding| binding.write.is_some() && !is_xml) {
        root.report(Code::LayoutBinding, &binding.at, "write", "`write` only in XML".to_owned());
    }
    let columns = table.map_or(&[][..], |table| &table.columns);
    for (name, _) in table.iter().flat_map(|table| &table.fixed).filter(|(name, _)| !columns.contains(name)) {
        let nearest = nearest(name, columns.iter().map(String::as_str));
        root.report(Code::LayoutBinding, &root.position(), name, nearest);
    }
}

fn check_value_names(bindings: &[Binding], values: &BTreeMap<String, ValueMap>, root: &Table<'_, '_>) {
    for binding in bindings {
        if let Some(name) = binding.values.as_ref().filter(|name| !values.contains_key(*name)) {
            root.report(Code::LayoutBinding, &binding.at, name, nearest(name, values.keys().map(String::as_str)));
        }
    }
}
