//! A table or an XML file: the layouts that recognise it or nearly do, what stands in its columns, and a draft.

use std::io::{self, Read};
use std::path::Path;

use super::{Args, Look};
use crate::cli::out::{Out, render};
use crate::cli::{Exit, Failure};
use crate::document::shown::visible;
use crate::document::{Field, Findings, Level};
use crate::durable;
use crate::flow::chunks::Chunks;
use crate::layout::Layout;
use crate::layout::library::Library;
use crate::layout::model::File;
use crate::layout::read::header::{column, find_header};
use crate::layout::recognise::{self, Match, Near};
use crate::limits;
use crate::profile::draft::{Sample, draft};
use crate::profile::keys;
use crate::profile::place::{self, Place};
use crate::profile::sheet::{self, Sheet};
use crate::profile::xml::{Elements, elements};
use crate::profile::{Column, Profile, Profiler, draft_xml};
use crate::syntax::csv::{Row, Rows, last_row_end};

/// Layouts shown that nearly fit.
const NEAR: usize = 3;

/// What was found out about a file.
struct Report {
    rows: u64,
    /// Whether rows behind those were left out.
    is_cut: bool,
    unit: &'static str,
    columns: Vec<Column>,
    fields: Vec<Option<Shown>>,
    /// Whether the fields are those of a layout that recognises the file.
    is_known: bool,
    near: Vec<Near>,
    findings: Findings,
    draft: Option<String>,
}

/// The field that a column is.
#[derive(Clone, Copy)]
struct Shown {
    level: Level,
    field: &'static Field,
    score: u8,
}

impl From<Place> for Shown {
    fn from(Place { level, field, score }: Place) -> Self {
        Self { level, field, score }
    }
}

/// Shows a file that is no EDI.
pub fn show(args: &Args, mut look: Look, library: &Library, out: &mut Out) -> Result<Exit, Failure> {
    let is_xml = look.chunks.text().trim_ascii_start().starts_with(b"<");
    let best = recognise::best(&look.matches).map(|found| std::sync::Arc::clone(&found.layout));
    let wants_text = args.draft.is_none() && !args.json;
    if wants_text {
        super::recognised(&look.name, &look.matches, look.chunks.encoding(), out)?;
    }
    let report =
        if is_xml { of_xml(&mut look, best.as_deref()) } else { of_table(args, &mut look, best.as_deref(), library) };
    let report = report.map_err(|error| Failure::Io(look.name.clone(), error))?;
    if let Some(path) = &args.draft {
        return write_draft(&look, path, report.as_ref(), out);
    }
    if args.json {
        look.matches.iter().try_for_each(|found| out.line(super::json(found).to_string()))?;
    }
    if let Some(report) = &report {
        if args.json {
            print_json(report, out)?
        } else {
            print(&look, report, out)?
        }
        for finding in report.findings.kept().iter().filter(|f| f.severity == crate::document::Severity::Error) {
            out.note(render(&look.name, finding));
        }
    }
    Ok(if look.matches.is_empty() { Exit::Partly } else { Exit::Well })
}

/// Profiles the rows of a table; none if it is no table.
fn of_table(args: &Args, look: &mut Look, best: Option<&Layout>, library: &Library) -> io::Result<Option<Report>> {
    let Some(sheet) = known_sheet(look.chunks.text(), best).or_else(|| sheet::find(look.chunks.text())) else {
        return Ok(None);
    };
    let by_name = place::key(&sheet.names, place::kind(sheet.names.iter().map(String::as_str)));
    let key = by_name.or_else(|| keys::likely(look.chunks.text(), &sheet));
    let most = if args.rows == 0 { u64::MAX } else { args.rows };
    let mut findings = Findings::default();
    let (profile, is_cut) = profiled(&mut look.chunks, &sheet, key, most, &mut findings)?;
    let guessed = place::kind(sheet.names.iter().map(String::as_str));
    let fields = match best {
        Some(layout) => bound(layout, &sheet.names),
        None => shown(place::fields(guessed, &profile.columns, |_, _| true)),
    };
    let draft = args.draft.is_some().then(|| {
        let encoding = look.chunks.encoding();
        // Behind a limit nobody looked at the end of the file.
        let final_newline = (!is_cut).then(|| look.chunks.ended_with_newline());
        let sample =
            Sample { file: &look.short, encoding, sheet: &sheet, profile: &profile, kind: guessed, key, final_newline };
        draft(&sample).toml(&sample)
    });
    let near = if best.is_some() { Vec::new() } else { recognise::near(&sheet.names, library) };
    let Profile { rows, columns, .. } = profile;
    Ok(Some(Report { rows, is_cut, unit: "rows", columns, fields, is_known: best.is_some(), near, findings, draft }))
}

/// The header row as the layout that recognises the file finds it.
fn known_sheet(head: &[u8], best: Option<&Layout>) -> Option<Sheet> {
    let File::Table(table) = &best?.file else { return None };
    let joined = || table.joined.as_ref().map(|joined| &joined.signature);
    let header = find_header(head, table.dialect, &table.signature)
        .or_else(|finding| find_header(head, table.dialect, joined().ok_or(finding)?))
        .ok()?;
    let names = header.names;
    Some(Sheet { dialect: table.dialect, names, has_header: true, skipped: header.skipped, start: header.start })
}

fn profiled<R: Read>(
    chunks: &mut Chunks<R>,
    sheet: &Sheet,
    key: Option<usize>,
    most: u64,
    findings: &mut Findings,
) -> io::Result<(Profile, bool)> {
    chunks.skip_to(sheet.start);
    let (mut profiler, mut row, mut seen) = (Profiler::new(&sheet.names, key), Row::default(), 0);
    let cut = |bytes: &[u8], at_end: bool| if at_end { Some(bytes.len()) } else { last_row_end(bytes, sheet.dialect) };
    let mut reading = Findings::default();
    while let Some(chunk) = chunks.next(cut, &mut reading)? {
        let mut rows = Rows::new(&chunk.bytes, sheet.dialect, chunk.start);
        while rows.read(&mut row, findings) {
            if seen == most {
                return Ok((profiler.finish(), true));
            }
            seen += u64::from(!row.is_blank());
            profiler.row(&row);
        }
        if findings.file_effect().is_some() {
            break;
        }
    }
    findings.append(reading);
    Ok((profiler.finish(), false))
}

fn of_xml(look: &mut Look, best: Option<&Layout>) -> io::Result<Option<Report>> {
    let mut findings = Findings::default();
    look.chunks.fill(limits::PROFILE_XML_BYTES, &mut findings)?;
    let is_cut = !look.chunks.is_at_end();
    let text = look.chunks.text().utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let found: Elements = elements(text);
    let draft = draft_xml::toml(&look.short, look.chunks.encoding(), &found);
    if let Some(finding) = found.broken.clone().filter(|_| !is_cut) {
        findings.push(finding);
    }
    let rows = found.document().and_then(|path| found.groups.iter().find(|group| group.path == path));
    let rows = rows.map_or(0, |group| group.count);
    let fields = match best {
        Some(_) => vec![None; found.columns.len()],
        None => {
            let kind = draft_xml::kind(&found, found.document().unwrap_or_default());
            shown(place::fields(kind, &found.columns, |_, _| true))
        }
    };
    let columns = found.columns;
    let (is_known, near) = (best.is_some(), Vec::new());
    Ok(Some(Report { rows, is_cut, unit: "documents", columns, fields, is_known, near, findings, draft }))
}

fn shown(places: Vec<Option<Place>>) -> Vec<Option<Shown>> {
    places.into_iter().map(|place| place.map(Shown::from)).collect()
}

/// The field that a layout binds to each column.
fn bound(layout: &Layout, names: &[String]) -> Vec<Option<Shown>> {
    let of = |at: usize| {
        let binding = layout.bindings.iter().find(|b| b.from.iter().any(|from| column(names, from) == Some(at)))?;
        let field = layout.kind.fields(binding.level).get(binding.field)?;
        Some(Shown { level: binding.level, field, score: 100 })
    };
    (0..names.len()).map(of).collect()
}

fn print(look: &Look, report: &Report, out: &mut Out) -> Result<(), Failure> {
    for near in report.near.iter().take(NEAR) {
        let (found, missing) = (near.found.join(", "), near.missing.join(", "));
        out.line(format!("  nearly {}: it has {}, and lacks {}", near.name, visible(&found), visible(&missing)))?;
    }
    out.line(rows_looked_at(report))?;
    out.line(table(report))?;
    if !report.is_known {
        let name = visible(&look.name);
        out.line(format!(
            "Next: consign inspect {name} --draft draft.toml, then consign convert {name} --from draft.toml --to json"
        ))?;
    }
    Ok(())
}

fn rows_looked_at(report: &Report) -> String {
    let (rows, unit) = (report.rows, report.unit);
    if report.is_cut { format!("Of the first {rows} {unit}:") } else { format!("Of all {rows} {unit}:") }
}

fn table(report: &Report) -> String {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["column", "filled", "distinct", "is", "length", "such as", "field"]);
    for (column, field) in report.columns.iter().zip(&report.fields) {
        let (least, most) = column.length;
        let examples = column.examples(field.map(|shown| shown.field)).join(", ");
        table.add_row([
            visible(&column.name),
            filled(column, report.rows),
            if column.distinct.exact {
                column.distinct.values.to_string()
            } else {
                format!("~{}", column.distinct.values)
            },
            is(column),
            if least == most { most.to_string() } else { format!("{least}-{most}") },
            visible(&examples),
            field.map_or(String::new(), |shown| field_name(shown, report.is_known)),
        ]);
    }
    table.to_string()
}

fn filled(column: &Column, rows: u64) -> String {
    match column.filled {
        0 => "-".to_owned(),
        filled if filled >= rows => "all".to_owned(),
        filled => format!("{} %", (filled * 100 / rows.max(1)).max(1)),
    }
}

fn is(column: &Column) -> String {
    let mut text = column.guess.name();
    if column.misfits > 0 {
        text.push_str(&format!(", {} not", column.misfits));
    }
    if column.leading_zeros > 0 {
        text.push_str(", leading zeros");
    }
    text
}

fn field_name(shown: Shown, is_known: bool) -> String {
    let level = if shown.level == Level::Line { "line " } else { "" };
    let doubt = if is_known || shown.score > 70 { "" } else { "?" };
    format!("{level}{}{doubt}", shown.field.name)
}

fn print_json(report: &Report, out: &mut Out) -> Result<(), Failure> {
    for near in report.near.iter().take(NEAR) {
        let line =
            serde_json::json!({"what": "near", "layout": near.name, "found": near.found, "missing": near.missing});
        out.line(line.to_string())?;
    }
    for (column, field) in report.columns.iter().zip(&report.fields) {
        let shown = field.map(|shown| {
            let level = if shown.level == Level::Line { "line" } else { "header" };
            serde_json::json!({"level": level, "name": shown.field.name, "score": shown.score})
        });
        let field = field.map(|shown| shown.field);
        let line = serde_json::json!({
            "what": "column", "name": column.name, "filled": column.filled, "distinct": column.distinct.values,
            "distinct_exact": column.distinct.exact, "is": column.guess.name(), "misfits": column.misfits,
            "leading_zeros": column.leading_zeros, "shortest": column.length.0, "longest": column.length.1,
            "personal": column.is_personal(field), "examples": column.examples(field), "field": shown,
        });
        out.line(line.to_string())?;
    }
    let Report { rows, is_cut, unit, .. } = report;
    let line = serde_json::json!({"what": "profile", *unit: rows, "of_all": !is_cut});
    out.line(line.to_string())
}

/// Writes the draft where it is asked for. A draft on which somebody worked is never replaced.
fn write_draft(look: &Look, path: &Path, report: Option<&Report>, out: &mut Out) -> Result<Exit, Failure> {
    let Some(text) = report.and_then(|report| report.draft.as_ref()) else {
        return Err(Failure::Usage(format!(
            "{}: neither a table nor XML, so that no layout is drafted",
            visible(&look.name)
        )));
    };
    if let Some(found) = recognise::best(&look.matches) {
        out.note(format!("{} is read by {} already", visible(&look.name), found.layout.name));
    }
    if path == Path::new("-") {
        out.line(text.trim_end())?;
        return Ok(Exit::Well);
    }
    let fail = |error| Failure::Io(path.display().to_string(), error);
    if path.exists() {
        return Err(Failure::Usage(format!("{} is there already; name another file", path.display())));
    }
    let mut file = durable::Replace::new(path).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)?;
    file.commit().map_err(fail)?;
    let (name, path) = (visible(&look.name), visible(&path.display().to_string()));
    out.note(format!("Next: consign convert {name} --from {path} --to json"));
    Ok(Exit::Well)
}

/// What a match says, for JSON.
pub fn match_json(found: &Match) -> serde_json::Value {
    serde_json::json!({"what": "layout", "layout": found.layout.name, "known": found.known, "unknown": found.unknown,
        "why": found.why})
}
