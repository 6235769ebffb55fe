//! Names the layout of an unknown file by its signature.

use std::sync::Arc;

use super::fixed::FixedFile;
use super::library::Library;
use super::model::{EdifactFile, File, Layout, TableFile, X12File, XmlFile};
use super::path::local;
use super::read::edifact::is_read;
use super::read::header::{column, find_header};
use super::sieve::{Sieve, signatures};
use crate::document::Findings;
use crate::syntax::edifact::{Segments, Syntax};
use crate::syntax::x12::Start;
use crate::syntax::xml::{Step, XmlReader};

/// A layout that fits a file.
#[derive(Clone, Debug)]
pub struct Match {
    /// The layout.
    pub layout: Arc<Layout>,
    /// Names of the file that the layout knows; more is better.
    pub known: usize,
    /// Names of the file that it does not know.
    pub unknown: usize,
    /// Why it fits, one sentence.
    pub why: String,
}

/// The layouts that fit the beginning of a file, best first.
#[must_use]
pub fn recognise(head: &[u8], library: &Library) -> Vec<Match> {
    let sieve = Sieve::of(head);
    let likely = library.names().filter(|name| library.text(name).is_some_and(|text| sieve.lets_through(text)));
    let layouts = likely.filter_map(|name| library.get(name).ok()).filter(|layout| layout.reads);
    let mut matches: Vec<Match> = layouts.filter_map(|layout| fits(head, layout)).collect();
    matches.sort_by(|a, b| (b.known, a.unknown, &a.layout.name).cmp(&(a.known, b.unknown, &b.layout.name)));
    matches
}

/// The one layout that fits clearly better than any other.
#[must_use]
pub fn best(matches: &[Match]) -> Option<&Match> {
    match matches {
        [only] => Some(only),
        [first, second, ..] if (first.known, second.unknown) > (second.known, first.unknown) => Some(first),
        _ => None,
    }
}

/// A layout that has only some of the columns of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// Its name.
    pub name: String,
    /// Columns of its signature that the file has.
    pub found: Vec<String>,
    /// Columns of its signature that the file lacks.
    pub missing: Vec<String>,
}

/// Layouts of tables of which at least half of a signature is among the names of columns, but not all of it; the nearest
/// first. Told from their texts alone.
#[must_use]
pub fn near(names: &[String], library: &Library) -> Vec<Near> {
    let names: Vec<String> = names.iter().map(|name| name.trim().to_lowercase()).collect();
    let mut all = Vec::new();
    for name in library.names() {
        for signature in library.text(name).into_iter().flat_map(signatures).flatten() {
            let has = |column: &&&str| names.contains(&column.trim().to_lowercase());
            let (found, missing): (Vec<&&str>, Vec<&&str>) = signature.iter().partition(has);
            if !missing.is_empty() && found.len() >= missing.len() {
                let texts = |columns: Vec<&&str>| columns.into_iter().map(|column| (*column).to_owned()).collect();
                all.push(Near { name: name.to_owned(), found: texts(found), missing: texts(missing) });
            }
        }
    }
    all.sort_by_key(|near| (near.missing.len() * 100 / near.found.len(), std::cmp::Reverse(near.found.len())));
    all
}

fn fits(head: &[u8], layout: Arc<Layout>) -> Option<Match> {
    match &layout.file {
        File::Table(table) => table_fits(head, &layout, table),
        File::X12(x12) => x12_fits(head, &layout, x12),
        File::Edifact(edifact) => edifact_fits(head, &layout, edifact),
        File::Xml(xml) => xml_fits(head, &layout, xml),
        File::Fixed(file) => fixed_fits(head, &layout, file),
        File::Json => None,
    }
}

fn table_fits(head: &[u8], layout: &Arc<Layout>, table: &TableFile) -> Option<Match> {
    if table.signature.is_empty() {
        return None;
    }
    let joined = || find_header(head, table.dialect, &table.joined.as_ref()?.signature).ok();
    let header = find_header(head, table.dialect, &table.signature).ok().or_else(joined)?;
    let bound = |name: &String| {
        layout.bindings.iter().flat_map(|b| &b.from).any(|from| column(std::slice::from_ref(name), from).is_some())
    };
    let known = header.names.iter().filter(|name| bound(name)).count();
    let why = format!("the header has {} and {known} columns it binds", table.signature.join(", "));
    Some(Match { layout: Arc::clone(layout), known, unknown: header.names.len() - known, why })
}

fn x12_fits(head: &[u8], layout: &Arc<Layout>, x12: &X12File) -> Option<Match> {
    let head = head.trim_ascii_start();
    let element = *head.strip_prefix(b"ISA")?.first()?;
    let set = x12.sets.iter().find(|set| contains(head, &[b"ST", set.as_bytes()], element))?;
    let release = x12.releases.iter().find(|release| memchr::memmem::find(head, release.as_bytes()).is_some())?;
    let why = format!("an X12 interchange with transaction set {set} of release {release}");
    Some(Match { layout: Arc::clone(layout), known: 10, unknown: 0, why })
}

/// The first message is one of the layout's; groups may stand before it.
fn edifact_fits(head: &[u8], layout: &Arc<Layout>, edifact: &EdifactFile) -> Option<Match> {
    let head = head.trim_ascii_start();
    let (syntax, mut findings) = (Syntax::read(head, 0).ok()?, Findings::default());
    let mut segments = Segments::new(head, syntax, Start::at(0));
    while let Some(segment) = segments.next(&mut findings) {
        match segment.id() {
            b"UNB" | b"UNG" => {}
            b"UNH" if is_read(edifact, &segment) => {
                let message = String::from_utf8_lossy(segment.element(2));
                let why = format!("an EDIFACT interchange with the message {message}");
                return Some(Match { layout: Arc::clone(layout), known: 10, unknown: 0, why });
            }
            _ => return None,
        }
    }
    None
}

/// The first record begins a document, and the records behind it are mostly the layout's.
fn fixed_fits(head: &[u8], layout: &Arc<Layout>, file: &FixedFile) -> Option<Match> {
    let text = head.utf8_chunks().next().map_or("", |chunk| chunk.valid()).trim_start_matches('\u{feff}');
    let mut records = text.lines().filter(|line| !line.trim_ascii().is_empty()).map(|line| file.record_of(line));
    if records.next()?? != file.document {
        return None;
    }
    let (known, unknown): (Vec<_>, Vec<_>) = records.take(LOOKS).partition(Option::is_some);
    let why = format!("it begins with the record {} and has {} it binds", file.begin(), known.len());
    Some(Match { layout: Arc::clone(layout), known: known.len(), unknown: unknown.len(), why })
}

/// Events looked at for the way to a document; what stands beside it, such as a header, is short.
const LOOKS: usize = 500;

/// The first elements of the file are those on the way to a document.
fn xml_fits(head: &[u8], layout: &Arc<Layout>, xml: &XmlFile) -> Option<Match> {
    // The head may end inside a character, or not be UTF-8 from some place on.
    let sound = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let mut reader = XmlReader::new(sound).with_bare_doctype(xml.allow_empty_doctype);
    let mut findings = Findings::default();
    let mut path = Vec::new();
    let longest = xml.documents.iter().map(|path| path.split('/').count()).max()?;
    for _ in 0..LOOKS {
        match reader.next(&mut findings) {
            Step::Start => path.push(reader.name().to_owned()),
            // Elements beside the way, such as a header of the file.
            Step::End => drop(path.pop()),
            Step::Text => {}
            Step::Eof | Step::Refused => break,
        }
        let here =
            xml.documents.iter().find(|document| document.split('/').map(local).eq(path.iter().map(String::as_str)));
        if let Some(document) = here {
            let why = format!("its elements are those of {document}");
            return Some(Match { layout: Arc::clone(layout), known: 10 + longest, unknown: 0, why });
        }
    }
    None
}

fn contains(head: &[u8], parts: &[&[u8]], separator: u8) -> bool {
    let mut needle = parts.join(&separator);
    needle.push(separator);
    memchr::memmem::find(head, &needle).is_some()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    #[test]
    fn a_layout_that_lacks_a_column_is_near() {
        let names = ["Name", "Financial Status", "Lineitem quantity", "Lineitem name"].map(str::to_owned);
        let near = near(&names, &Library::new(BTreeMap::new()));
        assert_eq!(
            (near[0].name.as_str(), near[0].missing.as_slice()),
            ("shopify/orders", &["Lineitem price".to_owned()][..])
        );
        assert!(near.iter().all(|near| near.found.len() >= near.missing.len()));
    }

    #[test]
    fn nothing_that_fits_is_kept_back_unread() {
        let library = Library::new(BTreeMap::new());
        let mut files = 0;
        for folder in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")).unwrap() {
            for file in std::fs::read_dir(folder.unwrap().path()).into_iter().flatten() {
                let path = file.unwrap().path();
                let Ok(head) = std::fs::read(&path) else { continue };
                let all = library.all().filter(|layout| layout.reads).filter_map(|layout| fits(&head, layout));
                let mut all: Vec<String> = all.map(|found| found.layout.name.clone()).collect();
                let mut found: Vec<String> =
                    recognise(&head, &library).into_iter().map(|found| found.layout.name.clone()).collect();
                all.sort();
                found.sort();
                assert_eq!(found, all, "{}", path.display());
                files += usize::from(!all.is_empty());
            }
        }
        assert!(files >= 30, "{files}");
    }
}
