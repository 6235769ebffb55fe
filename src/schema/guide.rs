//! A definition as a page that a person can read.

use std::fmt::Write;

use super::model::{Content, Dialect, Element, Field, Kind, Node, Note, NoteKind, Part, Set};

/// The page of a set: its segments in order, then each segment with its elements, notes and codes.
#[must_use]
pub fn guide(set: &Set) -> String {
    let mut page = String::new();
    line(&mut page, 0, format_args!("{} {} ({}, group {})", set.id, set.title, set.release.name, set.group));
    let mut area = None;
    for node in set.nodes.iter().skip(1) {
        if area != Some(node.area) {
            area = Some(node.area);
            page.push('\n');
            if let Some(name) = set.areas.get(usize::from(node.area)) {
                line(&mut page, 0, format_args!("{name}"));
            }
        }
        tree(&mut page, set, node);
    }
    for segment in &set.segments {
        page.push('\n');
        part(&mut page, &segment.part, 0, set.release.dialect);
    }
    page
}

/// Writing to a string cannot fail.
fn line(page: &mut String, depth: usize, text: std::fmt::Arguments<'_>) {
    let indent = depth * 2;
    let from = page.len();
    let _ = write!(page, "{:indent$}{text}", "");
    page.truncate(from.max(page.trim_end().len()));
    page.push('\n');
}

fn tree(page: &mut String, set: &Set, node: &Node) {
    let depth = usize::from(node.depth);
    let width = 44_usize.saturating_sub(depth * 2);
    let segment = node.segment.and_then(|at| set.segments.get(usize::from(at)));
    let what = match segment {
        Some(segment) => format!("{:<4} {}", node.id, segment.part.name),
        None => format!("loop {}", node.id),
    };
    let most = match node.most {
        1 => "once".to_owned(),
        u32::MAX => "any number of times".to_owned(),
        most => format!("at most {most} times"),
    };
    line(page, depth, format_args!("{what:<width$}  {:<9}  {most}", need(node.required, node.forbidden)));
}

fn need(required: bool, forbidden: bool) -> &'static str {
    match (required, forbidden) {
        (_, true) => "not used",
        (true, _) => "mandatory",
        _ => "optional",
    }
}

fn part(page: &mut String, part: &Part, depth: usize, dialect: Dialect) {
    line(page, depth, format_args!("{} {}", part.id, part.name));
    for (field, n) in part.fields.iter().zip(1..) {
        position(page, (&part.id, n), field, depth + 1, dialect);
    }
    for note in &part.notes {
        line(page, depth + 1, format_args!("{note}: {}", words(note)));
    }
}

fn position(page: &mut String, (id, n): (&str, usize), field: &Field, depth: usize, dialect: Dialect) {
    let need = need(field.required, field.forbidden);
    let repeat = if field.repeat > 1 { format!(", at most {} times", field.repeat) } else { String::new() };
    match &field.content {
        Content::Simple(element) => {
            let (number, name, format) = (&element.number, &element.name, format(element, dialect));
            line(page, depth, format_args!("{id}{n:02}  {need:<9}  {number:<4}  {format:<9}  {name}{repeat}"));
            codes(page, element, depth + 1);
        }
        Content::Composite(composite) => {
            line(page, depth, format_args!("{id}{n:02}  {need:<9}  composite{repeat}"));
            part(page, composite, depth + 1, dialect);
        }
    }
}

fn format(element: &Element, dialect: Dialect) -> String {
    let Element { least, most, kind, .. } = element;
    let x12 = |name: &str| format!("{name} {least}/{most}");
    let edifact = |name: &str| match (least, most) {
        (least, most) if least == most => format!("{name}{most}"),
        _ => format!("{name}..{most}"),
    };
    match kind {
        Kind::Text if dialect == Dialect::Edifact => edifact("an"),
        Kind::Text => x12("AN"),
        Kind::Identifier => x12("ID"),
        Kind::Letters => edifact("a"),
        Kind::Number => edifact("n"),
        Kind::Whole(decimals) => x12(&format!("N{decimals}")),
        Kind::Decimal => x12("R"),
        Kind::Date => x12("DT"),
        Kind::Time => x12("TM"),
        Kind::Binary => x12("B"),
    }
}

fn codes(page: &mut String, element: &Element, depth: usize) {
    let Some(codes) = element.narrowed.as_ref().or(element.codes.as_ref()) else { return };
    let mut row = if codes.is_complete() { "one of".to_owned() } else { "such as".to_owned() };
    for code in codes.values() {
        if row.len() + code.len() >= 100 {
            line(page, depth, format_args!("{row}"));
            row.clear();
        }
        row.push(' ');
        row.push_str(code);
    }
    line(page, depth, format_args!("{}", row.trim_start()));
}

/// What a note demands, in words.
fn words(note: &Note) -> String {
    let all: Vec<_> = note.positions.iter().map(|n| format!("{n:02}")).collect();
    let (first, others) = all.split_first().map(|(first, others)| (first.as_str(), others)).unwrap_or_default();
    match note.kind {
        NoteKind::Paired => format!("if one of {} is there, all are", all.join(", ")),
        NoteKind::Required => format!("at least one of {} is there", all.join(", ")),
        NoteKind::Exclusion => format!("at most one of {} is there", all.join(", ")),
        NoteKind::Conditional => format!("if {first} is there, so is {}", others.join(", and ")),
        NoteKind::List => format!("if {first} is there, so is at least one of {}", others.join(", ")),
    }
}
