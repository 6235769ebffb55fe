//! `[partners.NAME.edi]`: what is agreed with each partner, checked.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::guides::{self, Files};
use crate::agreement::edifact::Terms;
use crate::agreement::{Agreement, Line, Party, Range, Separators, Standard, Usage, Wanted};
use crate::document::Code;
use crate::layout::model::{File, Layout};
use crate::layout::toml::{Table, Value, nearest};
use crate::layout::write::Writer;
use crate::limits;
use crate::schema::Library;
use crate::syntax::edifact::Syntax;

/// Agreements by the partner's name; none for a partner without EDI.
pub type Partners = BTreeMap<String, Option<Arc<Agreement>>>;

/// Reads all partners.
pub(super) fn read(table: &Table<'_, '_>, targets: &BTreeMap<String, PathBuf>, files: &mut Files<'_>) -> Partners {
    let mut partners = Partners::new();
    for (name, value) in table.entries() {
        let Some(partner) = value.table() else { continue };
        let edi = partner.table("edi");
        let agreement = if edi.exists() { agreement(name, &edi, targets, files) } else { None };
        partner.finish();
        if let Some(twin) = agreement.as_ref().and_then(|agreement| twin(&partners, agreement)) {
            value.refuse(Code::ConfigDuplicate, name, format!("identifiers that partner {twin} has not"));
        }
        partners.insert(name.to_owned(), agreement.map(Arc::new));
    }
    partners
}

/// Another partner with the same two identifiers: its control numbers would be the same.
fn twin<'p>(partners: &'p Partners, agreement: &Agreement) -> Option<&'p str> {
    let same = |other: &Agreement| other.own == agreement.own && other.partner == agreement.partner;
    partners.iter().find(|(_, other)| other.as_deref().is_some_and(same)).map(|(name, _)| name.as_str())
}

/// The agreement of a flow's partner. Where partners are listed at all, every flow names one of them, so that a slip of
/// the pen does not switch the checks off.
pub fn of_flow(flow: &Table<'_, '_>, partners: &Partners) -> Option<Arc<Agreement>> {
    let name = named(flow, partners)?;
    partners.get(&name)?.clone()
}

/// The agreement of the partner that an output goes to: the one it names, or that of the flow.
pub fn of_output(output: &Table<'_, '_>, partners: &Partners, flow: Option<&Arc<Agreement>>) -> Option<Arc<Agreement>> {
    if output.get("partner").is_none() {
        return flow.cloned();
    }
    let name = named(output, partners)?;
    partners.get(&name)?.clone()
}

/// The partner that a table names.
fn named(table: &Table<'_, '_>, partners: &Partners) -> Option<String> {
    let value = table.get("partner")?;
    let name = value.text()?;
    if !partners.is_empty() && !partners.contains_key(&name) {
        value.refuse(Code::ConfigReference, &name, nearest(&name, partners.keys().map(String::as_str)));
    }
    Some(name)
}

/// What an agreement lacks for what a layout writes to be written for it; nothing if the layout is no EDI.
pub fn lack(agreement: Option<&Agreement>, layout: &Layout) -> Option<String> {
    let standard = Standard::of(&layout.file)?.as_str();
    let Some(agreement) = agreement else {
        return Some(format!("a partner with an agreement, `[partners.NAME.edi]`, which {standard} is written by"));
    };
    let (name, own) = (&agreement.name, agreement.standard().as_str());
    if own != standard {
        return Some(format!("a partner who exchanges {standard}; {name} exchanges {own}"));
    }
    let written = layout.file.written()?;
    if !agreement.sends.iter().any(|known| known == written.id) {
        return Some(format!("{} among `sends` of partner {name}", written.id));
    }
    if agreement.release_of(&layout.file).is_none() {
        let known = if written.covered.is_empty() { written.release.to_owned() } else { written.covered.join(" or ") };
        return Some(format!("{known} among `releases` of partner {name}"));
    }
    let settings = agreement.settings(&layout.file, "2000-01-01T00:00:00Z");
    let is_writable = Writer::with(layout, &settings).is_some();
    (!is_writable).then(|| format!("identifications of partner {name} in characters of its `syntax`"))
}

/// What is wrong with a flow that reads a layout of EDI from a partner with an agreement.
pub fn foreign(agreement: &Agreement, file: &File) -> Option<String> {
    let (standard, own) = (Standard::of(file)?, agreement.standard());
    let expected = || format!("a layout that reads {}, which partner {} exchanges", own.as_str(), agreement.name);
    (standard != own).then(expected)
}

fn agreement(
    name: &str,
    table: &Table<'_, '_>,
    targets: &BTreeMap<String, PathBuf>,
    files: &mut Files<'_>,
) -> Option<Agreement> {
    let standard = table.choice("standard", &[("x12", Standard::X12), ("edifact", Standard::Edifact)])?;
    let (own, partner) = (party(table, "own", standard), party(table, "partner", standard));
    let group = |key, party: &Option<Party>| {
        table.text(key).or_else(|| party.as_ref().map(|party| party.id.clone())).unwrap_or_default()
    };
    // Groups of EDIFACT name who they are from, but are not part of what is agreed.
    let groups = match standard {
        Standard::X12 => (group("own_group", &own), group("partner_group", &partner)),
        Standard::Edifact => Default::default(),
    };
    let (own_group, partner_group) = groups;
    let releases = releases(table, standard);
    let (receives, sends) = (sets(table, "receives", &releases, standard), sets(table, "sends", &releases, standard));
    let guides = guides::read(table, &names(standard, &releases, &[&receives, &sends]), files);
    let usage = table.choice("usage", &[("production", Usage::Production), ("test", Usage::Test)]);
    let (separators, edifact) = match standard {
        Standard::X12 => (separators(table), None),
        Standard::Edifact => (USUAL, Some(terms(table)?)),
    };
    let acknowledgement = wanted(table, "acknowledgement", standard);
    let deadline_hours = hours(table);
    let answer = wanted(table, "answer", standard);
    let answer_target = answer_target(table, answer.is_some_and(|answer| answer != Wanted::Nothing), targets);
    let numbers = table.table("numbers");
    let ranges = Line::ALL.map(|line| range(&numbers, line));
    numbers.finish();
    table.finish();
    Some(Agreement {
        name: name.to_owned(),
        own: own?,
        partner: partner?,
        own_group,
        partner_group,
        edifact,
        releases,
        receives,
        sends,
        guides,
        usage: usage?,
        separators,
        wanted: acknowledgement?,
        deadline_hours,
        answer: answer?,
        answer_target,
        ranges,
    })
}

/// Release and set of a definition of a standard, such as `004010` and `850`, or `D.96A` and `ORDERS`.
fn split(standard: Standard, name: &'static str) -> Option<(&'static str, &'static str)> {
    let (folder, set) = match standard {
        Standard::X12 => name.strip_prefix("x12/")?.split_once('/')?,
        Standard::Edifact => name.strip_prefix("edifact/")?.split_once('/')?,
    };
    (!folder.starts_with("service")).then_some((folder, set))
}

/// The names of the definitions of sets in releases.
fn names(standard: Standard, releases: &[String], sets: &[&[String]]) -> Vec<String> {
    let is_agreed = |(release, set): (&str, &str)| {
        releases.iter().any(|agreed| agreed == release)
            && sets.iter().any(|sets| sets.iter().any(|agreed| agreed == set))
    };
    let names = Library::names().filter(|name| split(standard, name).is_some_and(is_agreed));
    names.map(str::to_owned).collect()
}

fn party(table: &Table<'_, '_>, key: &'static str, standard: Standard) -> Option<Party> {
    let text = table.required(key)?;
    let (party, expected) = match standard {
        Standard::X12 => (Party::parse(&text), "a qualifier and an identifier, such as \"ZZ:BIGSTORE\""),
        Standard::Edifact => (
            Party::parse_edifact(&text),
            "an identification of up to 35 characters, with or without a qualifier: \"14:BIGSTORE\" or \"BIGSTORE\"",
        ),
    };
    if party.is_none()
        && let Some(value) = table.get(key)
    {
        value.refuse(Code::ConfigValue, &text, expected);
    }
    party
}

/// What only an agreement about EDIFACT says.
fn terms(table: &Table<'_, '_>) -> Option<Terms> {
    let internal = |key: &'static str| {
        let Some(value) = table.get(key) else { return String::new() };
        let text = value.text().unwrap_or_default();
        if text.chars().count() > INTERNAL_CHARS || text.chars().any(char::is_control) {
            value.refuse(Code::ConfigValue, &text, format!("at most {INTERNAL_CHARS} characters"));
        }
        text
    };
    let (own_internal, partner_internal) = (internal("own_internal"), internal("partner_internal"));
    let version = table.text("syntax").unwrap_or_else(|| "UNOC:3".to_owned());
    let una = table.text("delimiters").unwrap_or_else(|| USUAL_UNA.to_owned());
    let separators: Vec<char> = una.chars().collect();
    // The two keys are read as the beginning of an interchange is.
    let (identifier, number) = version.split_once(':').unwrap_or((&version, ""));
    let read = match separators.as_slice() {
        [component, element, _, _, _, _] => {
            let head = format!("UNA{una}UNB{element}{identifier}{component}{number}{element}");
            Syntax::read(head.as_bytes(), 0).map_err(|finding| finding.code)
        }
        _ => Err(Code::EdifactUna),
    };
    let (key, found, expected) = match read {
        Ok(syntax) => return Some(Terms { syntax, own_internal, partner_internal }),
        Err(Code::EdifactSyntax) => {
            ("syntax", version, "a character set and a syntax version, such as \"UNOC:3\"".to_owned())
        }
        Err(_) => ("delimiters", una, format!("the six characters of UNA, all different, such as {USUAL_UNA:?}")),
    };
    table.get(key).into_iter().for_each(|value| value.refuse(Code::ConfigValue, &found, expected.clone()));
    None
}

/// Characters of 0008 and 0014 before syntax 4.
const INTERNAL_CHARS: usize = 14;
/// The characters of UNA that stand for the default ones.
const USUAL_UNA: &str = ":+.? '";

/// The releases agreed; each must be one that is in the box.
fn releases(table: &Table<'_, '_>, standard: Standard) -> Vec<String> {
    let known = || Library::names().filter_map(|name| split(standard, name)).map(|(release, _)| release);
    let Some(value) = table.get("releases") else {
        table.report(Code::ConfigValue, &table.position().field("releases"), "", "the key `releases`".to_owned());
        return Vec::new();
    };
    texts(&value, |text| (!known().any(|release| release == text)).then(|| nearest(text, known())))
}

/// The sets agreed; each must be one of an agreed release.
fn sets(table: &Table<'_, '_>, key: &'static str, releases: &[String], standard: Standard) -> Vec<String> {
    let agreed = |release: &str| releases.iter().any(|known| known == release);
    let all = || Library::names().filter_map(|name| split(standard, name));
    let known = || all().filter(|(release, _)| agreed(release)).map(|(_, set)| set);
    let Some(value) = table.get(key) else { return Vec::new() };
    texts(&value, |text| {
        let wrong = !releases.is_empty() && !known().any(|set| set == text);
        wrong.then(|| nearest(text, known().filter(|set| *set != "envelope")))
    })
}

/// The texts of a list, each judged; what is expected instead of a wrong one is told at its place.
fn texts(value: &Value<'_, '_>, wrong: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut all = Vec::new();
    for item in value.items() {
        let Some(text) = item.text() else { continue };
        match wrong(&text) {
            Some(expected) => item.refuse(Code::ConfigReference, &text, expected),
            None => all.push(text),
        }
    }
    all
}

/// What separates X12 unless something else is agreed.
const USUAL: Separators = Separators { element: b'*', component: b'>', segment: b'~', repetition: None };

fn separators(table: &Table<'_, '_>) -> Separators {
    let Some(value) = table.get("delimiters") else { return USUAL };
    let Some(text) = value.text() else { return USUAL };
    Separators::parse(&text).unwrap_or_else(|| {
        let expected = "element, component and segment separator, and a repetition separator from 005010 on, all different: \"*>~\"";
        value.refuse(Code::ConfigValue, &text, expected);
        USUAL
    })
}

fn wanted(table: &Table<'_, '_>, key: &'static str, standard: Standard) -> Option<Wanted> {
    let all: &[Wanted] = match standard {
        Standard::X12 => &[Wanted::Nothing, Wanted::Ta1, Wanted::Functional997, Wanted::Implementation999],
        Standard::Edifact => &[Wanted::Nothing, Wanted::Contrl],
    };
    let words: Vec<(&str, Wanted)> = all.iter().map(|wanted| (wanted.as_str(), *wanted)).collect();
    table.choice(key, &words)
}

/// Where our answers go; needed when there are any.
fn answer_target(table: &Table<'_, '_>, is_needed: bool, targets: &BTreeMap<String, PathBuf>) -> String {
    let target = if is_needed { table.required("answer_target") } else { table.text("answer_target") };
    let target = target.unwrap_or_default();
    if let Some(value) = table.get("answer_target")
        && !target.is_empty()
        && !targets.contains_key(&target)
    {
        value.refuse(Code::ConfigReference, &target, nearest(&target, targets.keys().map(String::as_str)));
    }
    target
}

fn hours(table: &Table<'_, '_>) -> u32 {
    const USUAL: u32 = 24;
    let Some(value) = table.get("acknowledgement_hours") else { return USUAL };
    let Some(number) = value.number() else { return USUAL };
    let hours = u32::try_from(number).ok().filter(|_| (1..=limits::ANSWER_HOURS).contains(&number));
    hours.unwrap_or_else(|| {
        value.refuse(Code::ConfigValue, &number.to_string(), format!("hours from 1 to {}", limits::ANSWER_HOURS));
        USUAL
    })
}

fn range(table: &Table<'_, '_>, line: Line) -> Range {
    let Some(value) = table.get(line.as_str()) else { return Range::ALL };
    let ends: Vec<u64> = value.items().iter().filter_map(Value::number).map(|end| end as u64).collect();
    match ends.as_slice() {
        [first, last] if *first >= Range::ALL.first && first <= last && *last <= Range::ALL.last => {
            Range { first: *first, last: *last }
        }
        _ => {
            let found = ends.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
            value.refuse(Code::ConfigValue, &found, "the first and the last number, such as [1, 999999999]");
            Range::ALL
        }
    }
}
