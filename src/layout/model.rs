//! What a layout says, checked and typed.

use std::collections::BTreeMap;

use super::date::DateFormat;
use super::fixed::FixedFile;
use super::template::{Template, Value};
use super::trailer::Trailer;
use super::write_back::WriteBack;
use crate::document::decimal::NumberFormat;
use crate::document::{Kind, Level, Position};
use crate::syntax::csv::Dialect;
use crate::syntax::edifact::Syntax;
use crate::syntax::encoding::Encoding;

/// A system's file, declared.
#[derive(Debug)]
pub struct Layout {
    /// Its name, `<system>/<document>`.
    pub name: String,
    /// One line for lists.
    pub title: String,
    /// The kind of document it holds.
    pub kind: Kind,
    /// Whether files can be read with it.
    pub reads: bool,
    /// Whether files can be written with it.
    pub writes: bool,
    /// How sure its facts are.
    pub confidence: Confidence,
    /// What its system is in recipes, if this is the file that recipes use for its kind of document.
    pub recipe: Option<Role>,
    /// Where its facts come from.
    pub source: String,
    /// What a user must know.
    pub notes: String,
    /// The file name extension of outputs.
    pub extension: String,
    /// The encoding of the bytes.
    pub encoding: Encoding,
    /// What the file is made of.
    pub file: File,
    /// What a written file is packed in.
    pub container: Option<Container>,
    /// How dates, numbers and flags are written.
    pub formats: Formats,
    /// Every binding, in the order of the text.
    pub bindings: Vec<Binding>,
    /// Rows that are no goods.
    pub rows: Vec<RowRule>,
    /// The record at the end of a table that states what the file holds.
    pub trailer: Option<Trailer>,
    /// Totals that must agree.
    pub totals: Vec<Total>,
    /// Whether totals include tax.
    pub tax: TaxMode,
    /// Further rules.
    pub rules: Rules,
    /// How the system's own last export is filled in, if it wants that back.
    pub write_back: Option<WriteBack>,
    /// Tables of code values, by name.
    pub values: BTreeMap<String, ValueMap>,
}

/// What a system is to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It sells: a shop or marketplace.
    Shop,
    /// It keeps the books and the stock.
    Erp,
    /// It keeps the customers.
    Crm,
}

/// How sure the facts of a layout are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// From vendor documentation or a real file.
    Verified,
    /// From several independent programs.
    Likely,
    /// To be finished on a file of one's own.
    Unverified,
}

impl Confidence {
    /// The lower-case word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Likely => "likely",
            Self::Unverified => "unverified",
        }
    }
}

/// What a file is made of.
#[derive(Debug)]
pub enum File {
    /// Rows of delimited values.
    Table(TableFile),
    /// Elements.
    Xml(XmlFile),
    /// Segments.
    X12(X12File),
    /// Segments of EDIFACT.
    Edifact(EdifactFile),
    /// Records of fixed width.
    Fixed(FixedFile),
    /// One JSON object a document, each on its own line.
    Json,
}

/// A delimited file.
#[derive(Debug)]
pub struct TableFile {
    /// Delimiter and quoting.
    pub dialect: Dialect,
    /// Whether written rows end in CR LF.
    pub crlf: bool,
    /// Whether every written value is quoted.
    pub quote_all: bool,
    /// Whether a byte order mark is written.
    pub bom: bool,
    /// Whether the last row must end in a line break.
    pub final_newline: bool,
    /// Whether rows may be shorter than the header.
    pub short_rows: bool,
    /// Rows that may stand above the header; blank ones and `sep=,` are not counted.
    pub skip_lines: usize,
    /// Columns by which the file is recognised.
    pub signature: Vec<String>,
    /// The kinds of records that a document is written as; empty if all rows are of one kind. Their columns are
    /// [`Self::columns`], each with the record's key and a slash in front.
    pub records: Vec<TableRecord>,
    /// Columns in the order they are written; the columns of the file itself if it has no header row.
    pub columns: Vec<String>,
    /// What is written into columns that would be empty.
    pub fixed: Vec<(String, String)>,
    /// Lines written above the header as they are; read, `skip_lines` allows for them.
    pub preamble: Vec<String>,
    /// Whether the first row names the columns. A file without is not recognised: its layout must be named.
    pub has_header: bool,
    /// A second row of names written under the header, as long as [`Self::columns`]. Read, it is a row like any other: a
    /// row rule passes it over.
    pub second_header: Vec<String>,
    /// Columns that the system writes although no field binds them; any other one is told.
    pub known: Vec<String>,
    /// Whether a column that is neither bound nor known rejects the file.
    pub strict_columns: bool,
    /// First cells of rows that end the data, `*` standing for anything.
    pub footer: Vec<String>,
    /// Columns that are never read, not even passed through: card numbers and secrets. `*` stands for anything.
    pub drop: Vec<String>,
    /// How rows make documents.
    pub shape: Shape,
    /// The columns whose values say which document a row belongs to.
    pub key: Vec<String>,
    /// The columns whose values say which rows belong together although each is a document, such as a product and its
    /// variants: what bindings carry down goes no further, and a file is not cut between them.
    pub group: Vec<String>,
    /// The cell that holds the lines, for [`Shape::Packed`].
    pub packed: Option<Packed>,
    /// The second file, for [`Shape::Joined`].
    pub joined: Option<Joined>,
}

/// How rows make documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The header stands on the first row of a document.
    FirstRow,
    /// The header is repeated on every row.
    Repeated,
    /// A summary row with the header, then rows with the lines.
    Summary,
    /// Two files joined on a key.
    Joined,
    /// The lines are packed in one cell.
    Packed,
    /// One row a document, no lines.
    HeaderOnly,
    /// The whole file is one document.
    Single,
}

/// Lines packed in one cell as labelled values.
#[derive(Debug)]
pub struct Packed {
    /// The column.
    pub column: String,
    /// What stands between two lines.
    pub separator: String,
    /// What stands between two values.
    pub between: String,
    /// What stands between a label and its value.
    pub after_label: String,
    /// The labels in their order; line bindings name them.
    pub labels: Vec<String>,
    /// The character that stands in front of a separator that is part of a value.
    pub escape: Option<u8>,
}

/// The second file of a pair, with the lines.
#[derive(Debug)]
pub struct Joined {
    /// Columns by which it is recognised.
    pub signature: Vec<String>,
    /// The column that names the document.
    pub key: String,
}

/// A kind of record, of which a row bears the name in its first cell.
#[derive(Debug)]
pub struct TableRecord {
    /// The first cell of its rows; with `!` in front that of the row that names its columns.
    pub name: String,
    /// What it is one of.
    pub of: RecordOf,
    /// Where its columns stand in [`TableFile::columns`].
    pub columns: std::ops::Range<usize>,
    /// The column without whose value it is left out, in [`TableFile::columns`].
    pub needs: Option<usize>,
}

/// What a record is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordOf {
    /// The document, in front of its lines.
    Document,
    /// A line.
    Line,
    /// The document, behind its lines.
    End,
}

/// What a written file is packed in.
#[derive(Debug)]
pub enum Container {
    /// Compressed by itself (RFC 1952).
    Gzip,
    /// An archive with other files.
    Zip {
        /// The name of the data file in it.
        entry: String,
        /// What else is in it, in this order, in front of the data file.
        files: Vec<Enclosed>,
    },
}

/// A file that is enclosed in a container: its name and bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Enclosed {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// An XML file.
#[derive(Debug, Default)]
pub struct XmlFile {
    /// Whether a DOCTYPE is taken that declares nothing; what it points to is never fetched.
    pub allow_empty_doctype: bool,
    /// What is written between `<!DOCTYPE ` and `>`; empty for none.
    pub doctype: String,
    /// Absolute paths of the element that is a document; the first is written.
    pub documents: Vec<String>,
    /// Path of the element that is a line, from the document element; empty if there are none.
    pub line: String,
    /// Namespaces by prefix; the empty prefix is the default namespace.
    pub namespaces: BTreeMap<String, String>,
    /// The order of the document's children when written, or with a path of children further inside; what is not named
    /// keeps the order of the bindings.
    pub order: Vec<String>,
    /// Attributes of every element below the document that has children.
    pub groups: Vec<(String, String)>,
    /// Constant values by path, from the document element.
    pub fixed: Vec<(String, String)>,
    /// Constant values by path, from each line element.
    pub line_fixed: Vec<(String, String)>,
    /// Whether all documents of a file are lines of one document, which may be the root. Its own bindings are not written.
    pub together: bool,
    /// Values of the document that are written in each line too: path from the line element, path from the document's.
    pub line_repeats: Vec<(String, String)>,
    /// Whether each document is written to a file of its own.
    pub each: bool,
    /// Constant values of what stands around documents, by path from the root.
    pub root: Vec<(String, String)>,
    /// Values of the document that are written around it, if each has its file: path from the root, path from the document
    /// or a constant in quotes.
    pub root_repeats: Vec<(String, String)>,
    /// Values of the document that are written in it once more: path from the document, path from the document or a
    /// constant in quotes. An element only in one that is there, an attribute only on one that is.
    pub repeats: Vec<(String, String)>,
}

/// An X12 interchange.
#[derive(Debug)]
pub struct X12File {
    /// Transaction set identifiers, such as 850.
    pub sets: Vec<String>,
    /// Releases (GS08), such as 004010.
    pub releases: Vec<String>,
    /// The segment that begins a line, such as PO1.
    pub line: String,
    /// Segments that each set must have.
    pub required: Vec<String>,
    /// Whether each store of an SDQ is a line.
    pub stores: bool,
    /// How a set is written.
    pub write: Option<X12Write>,
}

/// How an X12 set is written.
#[derive(Debug)]
pub struct X12Write {
    /// The functional group of the set (GS01), such as `PO`.
    pub group: String,
    /// The release (GS08), such as `004010`.
    pub release: String,
    /// Its segments.
    pub body: Body,
}

/// The segments of a written set, without those of the envelope.
#[derive(Debug)]
pub struct Body {
    /// Segments before the lines.
    pub header: Vec<Template>,
    /// Levels of the tree between the header and the lines, from the outermost.
    pub levels: Vec<BodyLevel>,
    /// Segments of each line.
    pub line: Vec<Template>,
    /// Segments behind the lines.
    pub summary: Vec<Template>,
    /// Whether all documents of a batch are lines of one set.
    pub together: bool,
    /// Fields that it has no place for, which is told of documents that have them.
    pub left_out: Vec<(Level, usize)>,
}

impl Body {
    /// Every template.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let levels = self.levels.iter().flat_map(|level| &level.segments);
        self.header.iter().chain(levels).chain(&self.line).chain(&self.summary)
    }
}

/// A level of the tree: lines that have the same value stand together below its segments.
#[derive(Debug)]
pub struct BodyLevel {
    /// The value.
    pub by: Value,
    /// Whether lines without the value stand directly below the level above.
    pub optional: bool,
    /// Its segments.
    pub segments: Vec<Template>,
}

/// What a layout of EDI writes.
#[derive(Clone, Copy, Debug)]
pub struct WrittenSet<'l> {
    /// Its release, such as `004010`, or directory, such as `D.96A`.
    pub release: &'l str,
    /// Those that it covers beside.
    pub covered: &'l [String],
    /// The set or message, such as `855` or `ORDRSP`.
    pub id: &'l str,
}

impl File {
    /// The set that is written, if it is EDI and says how.
    #[must_use]
    pub fn written(&self) -> Option<WrittenSet<'_>> {
        let (release, covered, sets) = match self {
            Self::X12(x12) => (&x12.write.as_ref()?.release, &x12.releases, &x12.sets),
            Self::Edifact(edifact) => (&edifact.write.as_ref()?.directory, &edifact.directories, &edifact.messages),
            Self::Table(_) | Self::Xml(_) | Self::Fixed(_) | Self::Json => return None,
        };
        Some(WrittenSet { release, covered, id: sets.first().map(String::as_str).unwrap_or_default() })
    }
}

/// An EDIFACT interchange. What [`Layout::encoding`] says counts only if it is not UTF-8: UNB names the character set.
#[derive(Debug)]
pub struct EdifactFile {
    /// Message types, such as ORDERS.
    pub messages: Vec<String>,
    /// Directories (UNH), such as D.96A; any if there are none.
    pub directories: Vec<String>,
    /// The segment that begins a line, such as LIN.
    pub line: String,
    /// First segments of groups in a line, of which the values are not those of the line; those before the slash of a
    /// binding need not be among them.
    pub line_groups: Vec<String>,
    /// Segments that each message must have.
    pub required: Vec<String>,
    /// The segment that begins a level of a tree above the lines, such as CPS; empty if there is none.
    pub level: String,
    /// Codes of BGM (1001) of the messages that are read, such as 380; any if there are none.
    pub codes: Vec<String>,
    /// How a message is written.
    pub write: Option<EdifactWrite>,
}

/// How an EDIFACT message is written.
#[derive(Debug)]
pub struct EdifactWrite {
    /// The directory, such as `D.96A`.
    pub directory: String,
    /// The association's code (0057), such as `EAN008`, or empty.
    pub association: String,
    /// Character set, syntax version, separators and decimal mark.
    pub syntax: Syntax,
    /// Whether UNA is written even where readers find the separators without it.
    pub una: bool,
    /// Its segments.
    pub body: Body,
}

/// How values are written.
#[derive(Debug)]
pub struct Formats {
    /// Date and time formats, tried in order; the first is written.
    pub dates: Vec<DateFormat>,
    /// How numbers are written.
    pub number: NumberFormat,
    /// Words for true; the first is written.
    pub yes: Vec<String>,
    /// Words for false; the first is written.
    pub no: Vec<String>,
}

/// One field bound to a column, path or segment element.
#[derive(Debug)]
pub struct Binding {
    /// Header or line.
    pub level: Level,
    /// Index into [`Kind::fields`].
    pub field: usize,
    /// Where it stands in the file: alternatives, the first that exists is read, the first is written.
    pub from: Vec<String>,
    /// Where its value is written in XML, if not in the first place that it is read from; empty for nowhere.
    pub write: Option<String>,
    /// A constant instead.
    pub constant: Option<String>,
    /// The name of a table of code values.
    pub values: Option<String>,
    /// A text removed once from the front.
    pub strip: Option<String>,
    /// The value when the place is empty.
    pub default: Option<String>,
    /// Whether it must have a value.
    pub required: bool,
    /// Whether the values of all rows of a document are added up.
    pub sum: bool,
    /// Whether it may stand several times with the same value (XML), such as a currency beside each amount.
    pub same: bool,
    /// Whether an empty value is that of the row above of the same group.
    pub carry: bool,
    /// Whether it is written where the other bindings of its column have no value.
    pub fallback: bool,
    /// What stands between the texts of a field that is put together from several segments of a line.
    pub join: Option<String>,
    /// Whether the sign is turned.
    pub negate: bool,
    /// Decimal places of a number that is written without a point (X12 type N2).
    pub implied: Option<usize>,
    /// Date formats of its own.
    pub dates: Vec<DateFormat>,
    /// Decimal places written at least.
    pub places: Option<usize>,
    /// Longest value written, in characters.
    pub max_length: Option<usize>,
    /// Where it is declared.
    pub at: Position,
}

/// Rows that are no goods: they become part of the header or are passed over.
#[derive(Debug)]
pub struct RowRule {
    /// Column and value pairs that must all match; an empty value matches an empty cell, `*` at the end anything, and `!`
    /// in front turns it round.
    pub when: Vec<(String, String)>,
    /// What becomes of the row.
    pub then: RowThen,
}

/// What becomes of a row that is no goods.
#[derive(Debug)]
pub enum RowThen {
    /// It only gives the header.
    Header,
    /// It is counted and passed over.
    Pass,
    /// The column's amount is added to a header field, without its sign if `absolute`.
    Add {
        /// Index of the header field.
        field: usize,
        /// The column with the amount.
        amount: String,
        /// Whether the sign is dropped.
        absolute: bool,
    },
}

/// One total of the header and what it is the sum of.
#[derive(Clone, Debug)]
pub struct Total {
    /// Index of the header field.
    pub field: usize,
    /// The terms: whether negative, and of what.
    pub terms: Vec<(bool, Term)>,
}

/// What a total is the sum of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// The amounts of the lines.
    Lines,
    /// The amounts of the lines with their own discounts, charges and freight.
    Net,
    /// A field of the header.
    Header(usize),
}

/// Whether totals include tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxMode {
    /// The arithmetic of each document decides, and it is reported.
    Detect,
    /// Tax is added to the prices.
    Excluded,
    /// Prices contain the tax.
    Included,
}

/// Further rules of a layout.
#[derive(Debug, Default)]
pub struct Rules {
    /// Line fields that make a line unique in its document.
    pub line_key: Vec<usize>,
    /// The unit of lines that have none.
    pub unit: Option<String>,
    /// The code list of units: `x12`, `rec20`, `sap` or `text`.
    pub unit_list: String,
    /// Statuses (after value tables) of documents that are cancelled.
    pub cancelled: Vec<String>,
}

/// A table of code values.
#[derive(Debug, Default)]
pub struct ValueMap {
    /// File value to document value.
    pub pairs: Vec<(String, String)>,
    /// Whether values that are not in it are refused rather than kept.
    pub closed: bool,
}

impl Layout {
    /// The bindings of a level.
    pub fn bindings(&self, level: Level) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.level == level)
    }

    /// The system whose file it is: the first part of its name.
    #[must_use]
    pub fn system(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    /// Whether columns that no binding names are written as they were read, if the same layout read them: what a system
    /// wants back in a file of its own.
    #[must_use]
    pub fn hands_back(&self) -> bool {
        let bound = |name: &String| self.bindings.iter().any(|binding| binding.from.contains(name));
        matches!(&self.file, File::Table(table) if self.reads && self.writes && !table.columns.iter().all(bound))
    }

    /// The name of a binding's field.
    #[must_use]
    pub fn field_name(&self, binding: &Binding) -> &'static str {
        self.kind.fields(binding.level).get(binding.field).map_or("", |field| field.name)
    }
}
