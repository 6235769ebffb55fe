//! Reading the notation of definitions; see [`super`] for what it is.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::codes::Codes;
use super::model::{Content, Dialect, Element, Field, Kind, Node, Note, NoteKind, Part, Release, Segment, Set, Tag};
use super::moves::Moves;

/// A mistake in a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotationError {
    /// The name of the text.
    pub file: Box<str>,
    /// Its line, from 1.
    pub line: u32,
    /// Its column, from 1.
    pub column: u32,
    /// What is wrong.
    pub problem: Box<str>,
    /// What would be right; empty if the problem says so.
    pub expected: Box<str>,
}

impl NotationError {
    /// Says what would be right.
    pub(super) fn expected(mut self, expected: String) -> Self {
        self.expected = expected.into();
        self
    }
}

impl fmt::Display for NotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.problem)?;
        if self.expected.is_empty() { Ok(()) } else { write!(f, "; expected {}", self.expected) }
    }
}

impl std::error::Error for NotationError {}

type Result<T> = std::result::Result<T, NotationError>;

/// A named text of the notation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub name: &'a str,
    pub text: &'a str,
}

impl<'a> Text<'a> {
    /// The lines that say something.
    pub(super) fn lines(self) -> impl Iterator<Item = Line<'a>> {
        let lines = self.text.lines().zip(1..).map(move |(text, number)| Line { file: self.name, number, text, at: 0 });
        lines.filter(|line| !line.text.trim_start().starts_with('#') && !line.text.trim().is_empty())
    }

    pub(super) fn end(self, problem: &str) -> NotationError {
        let line = u32::try_from(self.text.lines().count()).unwrap_or(u32::MAX);
        NotationError {
            file: self.name.into(),
            line: line.max(1),
            column: 1,
            problem: problem.into(),
            expected: "".into(),
        }
    }
}

/// A line that is read word by word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    file: &'a str,
    number: u32,
    text: &'a str,
    /// Bytes read.
    at: usize,
}

impl<'a> Line<'a> {
    /// Blanks before the first word.
    fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }

    /// The next word, if there is one.
    pub(super) fn next_word(&mut self) -> Option<&'a str> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let word = rest.split_whitespace().next()?;
        self.at = self.text.len() - rest.trim_start().len() + word.len();
        Some(word)
    }

    /// The next word; an error if there is none.
    pub(super) fn word(&mut self, what: &str) -> Result<&'a str> {
        self.next_word().ok_or_else(|| self.error_here(&format!("{what} is missing")))
    }

    /// The rest of the line, without the blanks around it.
    pub(super) fn rest(&mut self) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default().trim();
        self.at = self.text.len();
        rest
    }

    /// An error if words are left.
    pub(super) fn done(mut self) -> Result<()> {
        match self.next_word() {
            Some(word) => Err(self.error(word, "one word too many")),
            None => Ok(()),
        }
    }

    /// An error at a word of this line.
    pub(super) fn error(&self, word: &str, problem: &str) -> NotationError {
        let before = (word.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let before = if before <= self.text.len() { before } else { self.at };
        self.at_column(before, &format!("{word}: {problem}"))
    }

    fn error_here(&self, problem: &str) -> NotationError {
        self.at_column(self.at, problem)
    }

    fn at_column(&self, before: usize, problem: &str) -> NotationError {
        let column = u32::try_from(before + 1).unwrap_or(u32::MAX);
        NotationError {
            file: self.file.into(),
            line: self.number,
            column,
            problem: problem.into(),
            expected: "".into(),
        }
    }

    pub(super) fn number<N: std::str::FromStr>(&self, word: &str) -> Result<N> {
        word.parse().map_err(|_| self.error(word, "no number that fits here"))
    }

    pub(super) fn tag(&self, word: &str) -> Result<Tag> {
        Tag::new(word.as_bytes()).ok_or_else(|| self.error(word, "no segment ID"))
    }

    fn required(&mut self) -> Result<bool> {
        match self.word("M, O or C")? {
            "M" => Ok(true),
            "O" | "C" => Ok(false),
            other => Err(self.error(other, "must be M, O or C")),
        }
    }

    /// A greatest use: a number from 1 on, or `>1`.
    pub(super) fn most(&mut self) -> Result<u32> {
        match self.word("the greatest use")? {
            ">1" => Ok(u32::MAX),
            word => match self.number(word)? {
                0 => Err(self.error(word, "must be 1 or more")),
                most => Ok(most),
            },
        }
    }

    /// `AN 1/22`, or `an..35`.
    fn format(&mut self) -> Result<(Kind, u32, u32)> {
        let word = self.word("the type")?;
        if let Some(kind) = x12_kind(word) {
            let range = self.word("the length")?;
            let (least, most) = range.split_once('/').ok_or_else(|| self.error(range, "must be as in 1/22"))?;
            return self.range(kind, self.number(least)?, self.number(most)?, range);
        }
        let letters = word.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(word.len());
        let (kind, length) = word.split_at(letters);
        let kind = match kind {
            "an" => Kind::Text,
            "a" => Kind::Letters,
            "n" => Kind::Number,
            _ => return Err(self.error(word, "no type of an element")),
        };
        match length.split_once("..") {
            Some(("", most)) => self.range(kind, 1, self.number(most)?, word),
            Some((least, most)) => self.range(kind, self.number(least)?, self.number(most)?, word),
            None => self.number(length).and_then(|both| self.range(kind, both, both, word)),
        }
    }

    fn range(&self, kind: Kind, least: u32, most: u32, word: &str) -> Result<(Kind, u32, u32)> {
        let sound = least <= most && most > 0;
        if sound { Ok((kind, least, most)) } else { Err(self.error(word, "the least length is above the greatest")) }
    }
}

fn x12_kind(word: &str) -> Option<Kind> {
    Some(match word.as_bytes() {
        b"AN" => Kind::Text,
        b"ID" => Kind::Identifier,
        b"R" => Kind::Decimal,
        b"DT" => Kind::Date,
        b"TM" => Kind::Time,
        b"B" => Kind::Binary,
        [b'N', decimals @ b'0'..=b'9'] => Kind::Whole(decimals - b'0'),
        _ => return None,
    })
}

/// The elements of a release, by number.
pub(super) type Elements = BTreeMap<Box<str>, Arc<Element>>;

/// Reads `elements.txt`.
pub(super) fn elements(text: Text<'_>, into: &mut Elements) -> Result<()> {
    let mut open: Option<(Element, Vec<Box<str>>)> = None;
    for mut line in text.lines() {
        let word = line.word("a word")?;
        match (word, &mut open) {
            ("element", _) => {
                close(open.take(), into);
                let number = line.word("the number")?;
                if into.contains_key(number) {
                    return Err(line.error(number, "is defined twice"));
                }
                let (kind, least, most) = line.format()?;
                let name = line.rest().into();
                let element = Element {
                    number: number.into(),
                    name,
                    kind,
                    least,
                    most,
                    personal: false,
                    codes: None,
                    narrowed: None,
                };
                open = Some((element, Vec::new()));
            }
            ("personal", Some((element, _))) => element.personal = true,
            ("=" | "~", Some((element, codes))) => {
                let complete = word == "=";
                if element.codes.as_ref().is_some_and(|codes| codes.is_complete() != complete) {
                    return Err(line.error(word, "= and ~ cannot be mixed"));
                }
                element.codes = Some(Codes::new(complete, Vec::new()));
                while let Some(code) = line.next_word() {
                    if code.len() > Codes::LONGEST || codes.iter().any(|known| **known == *code) {
                        return Err(line.error(code, "is too long for a code, or is there twice"));
                    }
                    codes.push(code.into());
                }
            }
            _ => return Err(line.error(word, "must be element, personal, = or ~")),
        }
    }
    close(open, into);
    Ok(())
}

fn close(open: Option<(Element, Vec<Box<str>>)>, into: &mut Elements) {
    let Some((mut element, values)) = open else { return };
    element.codes = element.codes.map(|codes| Codes::new(codes.is_complete(), values));
    into.insert(element.number.clone(), Arc::new(element));
}

/// What `segments.txt` builds up.
#[derive(Debug, Default)]
pub(super) struct Segments {
    composites: BTreeMap<Box<str>, Arc<Part>>,
    segments: BTreeMap<Tag, Arc<Segment>>,
    known: Vec<Tag>,
}

/// A composite or segment that is being read.
#[derive(Debug)]
struct OpenPart {
    tag: Option<Tag>,
    id: Box<str>,
    name: Box<str>,
    fields: Vec<Field>,
    notes: Vec<Note>,
}

impl Segments {
    /// Reads `segments.txt`.
    pub(super) fn read(&mut self, text: Text<'_>, elements: &Elements) -> Result<()> {
        let mut open: Option<OpenPart> = None;
        for mut line in text.lines() {
            let word = line.word("a word")?;
            match (word, &mut open) {
                ("composite" | "segment", _) => {
                    self.close(open.take());
                    open = Some(self.begin(word == "segment", &mut line)?);
                }
                ("known", _) => {
                    while let Some(word) = line.next_word() {
                        self.known.push(line.tag(word)?);
                    }
                }
                ("note", Some(part)) => {
                    while let Some(word) = line.next_word() {
                        part.notes.push(note(&line, word, part.fields.len())?);
                    }
                }
                (_, Some(part)) => {
                    let position: usize = line.number(word)?;
                    let most = if part.tag.is_some() { Part::MOST_FIELDS } else { Part::MOST_COMPONENTS };
                    if position != part.fields.len() + 1 || position > most {
                        let problem = format!("positions must follow each other, {most} at most");
                        return Err(line.error(word, &problem));
                    }
                    part.fields.push(self.field(&mut line, elements)?);
                }
                _ => return Err(line.error(word, "must be composite, segment or known")),
            }
        }
        self.close(open);
        Ok(())
    }

    fn begin(&self, is_segment: bool, line: &mut Line<'_>) -> Result<OpenPart> {
        let id = line.word("the ID")?;
        let tag = if is_segment { Some(line.tag(id)?) } else { None };
        if tag.map_or_else(|| self.composites.contains_key(id), |tag| self.segments.contains_key(&tag)) {
            return Err(line.error(id, "is defined twice"));
        }
        Ok(OpenPart { tag, id: id.into(), name: line.rest().into(), fields: Vec::new(), notes: Vec::new() })
    }

    fn close(&mut self, open: Option<OpenPart>) {
        let Some(OpenPart { tag, id, name, fields, notes }) = open else { return };
        let part = Part::new(id.clone(), name, fields, notes);
        match tag {
            Some(tag) => drop(self.segments.insert(tag, Arc::new(Segment { tag, part }))),
            None => drop(self.composites.insert(id, Arc::new(part))),
        }
    }

    fn field(&self, line: &mut Line<'_>, elements: &Elements) -> Result<Field> {
        let required = line.required()?;
        let id = line.word("the element")?;
        let content = if id == "-" {
            let (kind, least, most) = line.format()?;
            let (number, name) = (Box::default(), Box::default());
            Content::Simple(Arc::new(Element {
                number,
                name,
                kind,
                least,
                most,
                personal: false,
                codes: None,
                narrowed: None,
            }))
        } else if let Some(part) = self.composites.get(id) {
            Content::Composite(Arc::clone(part))
        } else {
            let element = elements.get(id).ok_or_else(|| line.error(id, "no such element or composite"))?;
            Content::Simple(Arc::clone(element))
        };
        let repeat = match line.next_word() {
            None => 1,
            Some(word) => {
                let times =
                    word.strip_prefix('x').ok_or_else(|| line.error(word, "must be a repetition such as x5"))?;
                line.number(times)?
            }
        };
        line.done()?;
        Ok(Field { content, required, forbidden: false, repeat, format: None })
    }

    /// The release of what was read.
    pub(super) fn release(mut self, dialect: Dialect, name: &str) -> Release {
        self.known.sort_unstable();
        Release { dialect, name: name.into(), segments: self.segments.into_values().collect(), known: self.known }
    }
}

/// A note such as `P0304` over at most `most` positions.
fn note(line: &Line<'_>, word: &str, most: usize) -> Result<Note> {
    let wrong = || line.error(word, "no syntax note over the positions above it");
    let (letter, digits) = word.split_at_checked(1).ok_or_else(wrong)?;
    let kind = match letter {
        "P" => NoteKind::Paired,
        "R" => NoteKind::Required,
        "E" => NoteKind::Exclusion,
        "C" => NoteKind::Conditional,
        "L" => NoteKind::List,
        _ => return Err(wrong()),
    };
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let position = |pair: &[u8; 2]| std::str::from_utf8(pair).ok()?.parse::<u8>().ok();
    let positions: Option<Box<[u8]>> = pairs.iter().map(position).collect();
    let positions = positions.filter(|all| rest.is_empty() && all.len() > 1).ok_or_else(wrong)?;
    if positions.iter().any(|at| *at == 0 || usize::from(*at) > most) {
        return Err(wrong());
    }
    Ok(Note::new(kind, positions))
}

/// Reads the file of a set.
pub(super) fn set(text: Text<'_>, release: &Arc<Release>) -> Result<Set> {
    let mut lines = text.lines();
    let Some(mut head) = lines.next() else { return Err(text.end("there is no set")) };
    if head.word("set")? != "set" {
        return Err(text.end("the first line must begin with set"));
    }
    let (id, group, title) = (head.word("the ID")?, head.word("the group")?, head.rest());
    let mut tree = Tree::new(id, release);
    for line in lines {
        tree.line(line)?;
    }
    tree.finish(text, id, group, title)
}

/// The tree of a set that is being read.
#[derive(Debug)]
struct Tree<'r> {
    release: &'r Arc<Release>,
    nodes: Vec<Node>,
    /// The loops that are open, the root first.
    open: Vec<u16>,
    areas: Vec<Box<str>>,
    used: BTreeMap<Tag, Arc<Segment>>,
}

impl<'r> Tree<'r> {
    fn new(id: &str, release: &'r Arc<Release>) -> Self {
        let root = Node {
            id: id.into(),
            tag: Tag::default(),
            segment: None,
            required: true,
            forbidden: false,
            most: 1,
            parent: 0,
            depth: 0,
            end: 0,
            area: 0,
        };
        Self { release, nodes: vec![root], open: vec![0], areas: Vec::new(), used: BTreeMap::new() }
    }

    fn line(&mut self, mut line: Line<'_>) -> Result<()> {
        let indent = line.indent();
        let word = line.word("a word")?;
        if word == "area" {
            self.areas.push(line.word("the area")?.into());
            return line.done();
        }
        let depth = indent / 2;
        if !indent.is_multiple_of(2) || depth >= self.open.len() {
            return Err(line.error(word, "is indented too far"));
        }
        while self.open.len() > depth + 1 {
            self.close(&line)?;
        }
        let is_loop = word == "loop";
        let id = if is_loop { line.word("the loop")? } else { word };
        let required = line.required()?;
        let most = line.most()?;
        line.done()?;
        let tag = if is_loop { Tag::default() } else { self.segment(&line, id)? };
        self.add(&line, id, tag, required, most, is_loop)
    }

    fn segment(&mut self, line: &Line<'_>, id: &str) -> Result<Tag> {
        let tag = line.tag(id)?;
        let segment = self.release.segment(tag).ok_or_else(|| line.error(id, "no such segment in segments.txt"))?;
        self.used.insert(tag, Arc::clone(segment));
        Ok(tag)
    }

    fn add(&mut self, line: &Line<'_>, id: &str, tag: Tag, required: bool, most: u32, is_loop: bool) -> Result<()> {
        let index = u16::try_from(self.nodes.len()).map_err(|_| line.error(id, "the set is too large"))?;
        let parent = self.open.last().copied().unwrap_or_default();
        let depth = u8::try_from(self.open.len()).unwrap_or(u8::MAX);
        let area = u8::try_from(self.areas.len().saturating_sub(1)).unwrap_or(u8::MAX);
        // The first segment of a loop is the loop: it is there once in each iteration.
        if !is_loop && parent != 0 && parent + 1 == index {
            if !required || most != 1 {
                return Err(line.error(id, "the first segment of a loop must be M 1"));
            }
            self.nodes[usize::from(parent)].tag = tag;
        } else if is_loop && parent != 0 && parent + 1 == index {
            return Err(line.error(id, "a loop must begin with a segment"));
        }
        let segment = (!is_loop).then_some(0);
        let (id, end) = (id.into(), index + 1);
        self.nodes.push(Node { id, tag, segment, required, forbidden: false, most, parent, depth, end, area });
        if is_loop {
            if usize::from(depth) >= Set::MOST_DEPTH {
                return Err(line.error_here("loops are nested too deep"));
            }
            self.open.push(index);
        }
        Ok(())
    }

    /// Closes the innermost loop.
    fn close(&mut self, line: &Line<'_>) -> Result<()> {
        let Some(index) = self.open.pop() else { return Ok(()) };
        let end = u16::try_from(self.nodes.len()).unwrap_or(u16::MAX);
        if end == index + 1 && index != 0 {
            return Err(line.error_here("the loop before this line is empty"));
        }
        self.nodes[usize::from(index)].end = end;
        Ok(())
    }

    fn finish(mut self, text: Text<'_>, id: &str, group: &str, title: &str) -> Result<Set> {
        let nothing = Line { file: text.name, number: text.end("").line, text: "", at: 0 };
        while !self.open.is_empty() {
            self.close(&nothing)?;
        }
        if self.nodes.len() == 1 {
            return Err(text.end("the set has no segments"));
        }
        let segments: Vec<_> = self.used.into_values().collect();
        for node in self.nodes.iter_mut().filter(|node| node.segment.is_some()) {
            let at = segments.binary_search_by_key(&node.tag, |segment| segment.tag);
            node.segment = Some(at.ok().and_then(|at| u16::try_from(at).ok()).unwrap_or_default());
        }
        let moves = Moves::new(&self.nodes);
        let (id, group, title) = (id.into(), group.into(), title.into());
        let release = Arc::clone(self.release);
        Ok(Set { id, group, title, release, areas: self.areas, nodes: self.nodes, segments, moves })
    }
}
