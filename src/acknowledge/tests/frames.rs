//! The envelope of every set of both standards: from a sound interchange, each single error of a count, a control number
//! or a trailer gives exactly one code, at its place.

use super::{Form, Policy, Wanted, answers};
use crate::schema::tests::generated::{Lean, leans, names};

/// An interchange of two sets in a group, segment by segment.
#[derive(Clone)]
struct File {
    name: &'static str,
    segments: Vec<Vec<String>>,
    /// Between elements, and behind segments.
    separators: [char; 2],
}

/// A value of a segment: its tag, which of those it is, and its position.
type At = (&'static str, usize, usize);

impl File {
    /// The interchange with this set twice.
    fn of(lean: &Lean, head: &str, tail: &str, separators: [char; 2]) -> Self {
        let mut file = Self { name: lean.name, segments: Vec::new(), separators };
        file.add(head);
        let id = lean.set.id.to_string();
        for number in ["0001", "0002"] {
            let first = file.segments.len();
            file.segments.extend(lean.segments.iter().cloned());
            let [of_head, of_tail] = match separators[0] {
                '*' => [vec!["ST".to_owned(), id.clone()], vec!["SE".to_owned()]],
                _ => {
                    let directory = lean.name.split('/').nth(1).unwrap().replace('.', ":");
                    let unh = ["UNH".to_owned(), number.to_owned(), format!("{id}:{directory}:UN")];
                    [unh.to_vec(), vec!["UNT".to_owned()]]
                }
            };
            let count = (file.segments.len() - first).to_string();
            let last = file.segments.len() - 1;
            file.segments[first] = of_head;
            if separators[0] == '*' {
                file.segments[first].push(number.to_owned());
            }
            file.segments[last] = [of_tail, vec![count, number.to_owned()]].concat();
        }
        file.add(tail);
        file
    }

    fn add(&mut self, text: &str) {
        let [element, end] = self.separators;
        let cut = text.split_terminator(end).map(|segment| segment.split(element).map(str::to_owned).collect());
        self.segments.extend(cut);
    }

    fn find(&self, tag: &str, nth: usize) -> usize {
        let mut places = self.segments.iter().enumerate().filter(|(_, segment)| segment[0] == tag);
        places.nth(nth).unwrap_or_else(|| panic!("{}: no {tag} {nth}", self.name)).0
    }

    fn number(&self, (tag, nth, element): At) -> u64 {
        self.segments[self.find(tag, nth)][element].parse().unwrap()
    }

    fn with(&self, (tag, nth, element): At, value: &str) -> Self {
        let mut changed = self.clone();
        let at = self.find(tag, nth);
        value.clone_into(&mut changed.segments[at][element]);
        changed
    }

    fn without(&self, tag: &str, nth: usize) -> Self {
        let mut changed = self.clone();
        changed.segments.remove(self.find(tag, nth));
        changed
    }

    /// The segments of the answer that are no envelope, parted by blanks.
    fn told(&self) -> String {
        let [element, end] = self.separators;
        let text: String =
            self.segments.iter().map(|segment| format!("{}{end}", segment.join(&element.to_string()))).collect();
        let form = self.name.contains("005010").then_some(Form::Implementation);
        let answers = answers(text.as_bytes(), Wanted { form, ..Wanted::default() }, Policy::default());
        let frame = ["ISA", "GS*", "ST*", "SE*", "GE*", "IEA", "UNA", "UNB", "UNH", "UNT", "UNZ"];
        let lines = answers.iter().flat_map(|answer| answer.lines());
        let lines = lines.filter(|line| !frame.iter().any(|tag| line.starts_with(tag)));
        lines.map(|line| line.trim_end_matches(end)).collect::<Vec<_>>().join(" ")
    }
}

/// What was tried, and what did not give the one code.
#[derive(Default)]
struct Tried {
    count: usize,
    wrong: Vec<String>,
}

impl Tried {
    fn expect(&mut self, what: &str, file: &File, expected: &str) {
        self.count += 1;
        let told = file.told();
        if told != expected {
            self.wrong.push(format!("{}: {what}: {told}\n  instead of {expected}", file.name));
        }
    }

    /// A count that is one more, and one less.
    fn counts(&mut self, file: &File, at: At, expected: &str) {
        let number = file.number(at);
        for wrong in [number + 1, number - 1] {
            self.expect(&format!("{at:?} is {wrong}"), &file.with(at, &wrong.to_string()), expected);
        }
    }

    fn end(&self, least: usize) {
        let shown: Vec<&str> = self.wrong.iter().map(String::as_str).take(20).collect();
        assert!(shown.is_empty(), "{} of {} are not as expected:\n{}", self.wrong.len(), self.count, shown.join("\n"));
        assert!(self.count >= least, "only {} were tried", self.count);
    }
}

/// The shortest and the longest set of each definition of a standard but of those that acknowledge, which nobody answers.
fn every(standard: &str, mut each: impl FnMut(&Lean)) -> usize {
    let is_answered = |name: &&str| !["/997", "/999", "/CONTRL"].iter().any(|end| name.ends_with(end));
    let mut sets = 0;
    for name in names().filter(|name| name.starts_with(standard)).filter(is_answered) {
        let mut leans = leans(name);
        leans.sort_by_key(|lean| lean.segments.len());
        each(leans.first().unwrap_or_else(|| panic!("{name}")));
        each(leans.last().unwrap());
        sets += 1;
    }
    sets
}

fn x12(lean: &Lean) -> File {
    let release = lean.name.split('/').nth(1).unwrap();
    let (standard, version) = if release == "004010" { ("U", "00401") } else { ("^", "00501") };
    let group = &lean.set.group;
    let head = format!(
        "ISA*00*          *00*          *ZZ*BUYER          *ZZ*SELLER         *240301*1200*{standard}*{version}*000000042*0*P*>~\
         GS*{group}*BUYER*SELLER*20240301*1200*7*X*{release}~"
    );
    File::of(lean, &head, "GE*2*7~IEA*1*000000042~", ['*', '~'])
}

#[test]
fn an_error_of_the_envelope_of_any_x12_set_is_told_by_one_code() {
    let mut tried = Tried::default();
    let sets = every("x12/", |lean| {
        let (file, id) = (x12(lean), &lean.set.id);
        let is_5010 = lean.name.contains("005010");
        let (tail, result) = if is_5010 { ("*005010", "IK5") } else { ("", "AK5") };
        let ak1 = |number: &str| format!("AK1*{}*{number}{tail}", lean.set.group);
        // What is said of each set by its number, and of the group.
        let answer = |group: &str, first: &str, second: (&str, &str), whole: &str| {
            let (number, second) = second;
            let first = format!("AK2*{id}*0001 {result}*{first}");
            format!("{} {first} AK2*{id}*{number} {result}*{second} AK9*{whole}", ak1(group))
        };
        tried.expect("sound", &file, &answer("7", "A", ("0002", "A"), "A*2*2*2"));
        let first = |code: &str| answer("7", &format!("R*{code}"), ("0002", "A"), "P*2*2*1");
        let second = |number, code: &str| answer("7", "A", (number, &format!("R*{code}")), "P*2*2*1");
        tried.counts(&file, ("SE", 0, 1), &first("4"));
        tried.counts(&file, ("SE", 1, 1), &second("0002", "4"));
        tried.expect("SE02", &file.with(("SE", 0, 2), "0009"), &first("3"));
        tried.expect("SE02", &file.with(("SE", 1, 2), "0001"), &second("0002", "3"));
        tried.expect("ST02", &file.with(("ST", 1, 2), "0009"), &second("0009", "3"));
        tried.expect("no SE", &file.without("SE", 0), &first("2"));
        tried.expect("no SE", &file.without("SE", 1), &second("0002", "2"));
        let again = file.with(("ST", 1, 2), "0001").with(("SE", 1, 2), "0001");
        tried.expect("ST02 twice", &again, &second("0001", "23"));
        let group = |number: &str, whole: &str| answer(number, "R", ("0002", "R"), whole);
        tried.expect("GE01", &file.with(("GE", 0, 1), "3"), &group("7", "R*3*2*0*5"));
        tried.expect("GE01", &file.with(("GE", 0, 1), "1"), &group("7", "R*1*2*0*5"));
        tried.expect("GE02", &file.with(("GE", 0, 2), "8"), &group("7", "R*2*2*0*4"));
        tried.expect("GS06", &file.with(("GS", 0, 6), "8"), &group("8", "R*2*2*0*4"));
        tried.expect("no GE", &file.without("GE", 0), &group("7", "R*2*2*0*3"));
        let ta1 = |number: &str, code: &str| format!("TA1*{number}*240301*1200*R*{code}");
        tried.counts(&file, ("IEA", 0, 1), &ta1("000000042", "021"));
        tried.expect("IEA02", &file.with(("IEA", 0, 2), "000000043"), &ta1("000000042", "001"));
        tried.expect("ISA13", &file.with(("ISA", 0, 13), "000000043"), &ta1("000000043", "001"));
        tried.expect("no IEA", &file.without("IEA", 0), &ta1("000000042", "023"));
    });
    assert!(sets >= 28, "{sets}");
    tried.end(28 * 2 * 20);
}

fn edifact(lean: &Lean, syntax: u8, is_grouped: bool) -> File {
    let date = if syntax == 4 { "20240301" } else { "240301" };
    let mut head = format!("UNB+UNOC:{syntax}+BUYER:14+SELLER:14+{date}:1200+REF42++++1'");
    let mut tail = "UNZ+2+REF42'".to_owned();
    if is_grouped {
        let directory = lean.name.split('/').nth(1).unwrap().replace('.', ":");
        head += &format!("UNG+{}+BUYER:14+SELLER:14+{date}:1200+G7+UN+{directory}'", lean.set.id);
        tail = "UNE+2+G7'UNZ+1+REF42'".to_owned();
    }
    File::of(lean, &head, &tail, ['+', '\''])
}

#[test]
fn an_error_of_the_envelope_of_any_edifact_message_is_told_by_one_code() {
    let mut tried = Tried::default();
    let sets = every("edifact/", |lean| {
        for (syntax, is_grouped) in [(3, false), (3, true), (4, false), (4, true)] {
            let file = edifact(lean, syntax, is_grouped);
            let directory = lean.name.split('/').nth(1).unwrap().replace('.', ":");
            let uci = |reference: &str, end: &str| format!("UCI+{reference}+BUYER:14+SELLER:14+{end}");
            let ucf = |reference: &str, end: &str| format!(" UCF+{reference}+BUYER:14+SELLER:14+{end}");
            let taken = uci("REF42", "7") + &if is_grouped { ucf("G7", "7") } else { String::new() };
            let ucm = |number: &str, end: &str| format!("{taken} UCM+{number}+{}:{directory}:UN+4+{end}", lean.set.id);
            tried.expect("sound", &file, &uci("REF42", "7"));
            tried.counts(&file, ("UNT", 0, 1), &ucm("0001", "29+UNT+2"));
            tried.counts(&file, ("UNT", 1, 1), &ucm("0002", "29+UNT+2"));
            tried.expect("UNT02", &file.with(("UNT", 0, 2), "0009"), &ucm("0001", "28+UNT+3"));
            tried.expect("UNT02", &file.with(("UNT", 1, 2), "0001"), &ucm("0002", "28+UNT+3"));
            tried.expect("UNH01", &file.with(("UNH", 1, 1), "0009"), &ucm("0009", "28+UNT+3"));
            tried.expect("no UNT", &file.without("UNT", 0), &ucm("0001", "13+UNT"));
            tried.expect("no UNT", &file.without("UNT", 1), &ucm("0002", "13+UNT"));
            let again = file.with(("UNH", 1, 1), "0001").with(("UNT", 1, 2), "0001");
            tried.expect("UNH01 twice", &again, &ucm("0001", "26+UNH+2"));
            if is_grouped {
                let group = |number: &str, end: &str| uci("REF42", "7") + &ucf(number, &format!("4+{end}"));
                tried.counts(&file, ("UNE", 0, 1), &group("G7", "29+UNE+2"));
                tried.expect("UNE02", &file.with(("UNE", 0, 2), "G8"), &group("G7", "28+UNE+3"));
                tried.expect("UNG05", &file.with(("UNG", 0, 5), "G8"), &group("G8", "28+UNE+3"));
                tried.expect("no UNE", &file.without("UNE", 0), &group("G7", "13+UNE"));
            }
            tried.counts(&file, ("UNZ", 0, 1), &uci("REF42", "4+29+UNZ+2"));
            tried.expect("UNZ02", &file.with(("UNZ", 0, 2), "REF43"), &uci("REF42", "4+28+UNZ+3"));
            tried.expect("UNB05", &file.with(("UNB", 0, 5), "REF43"), &uci("REF43", "4+28+UNZ+3"));
            tried.expect("no UNZ", &file.without("UNZ", 0), &uci("REF42", "4+13+UNZ"));
        }
    });
    assert!(sets >= 18, "{sets}");
    tried.end(18 * 2 * (4 * 15 + 2 * 5));
}
