//! Tables of acknowledgements, and properties.

mod cases;
mod contrl;
mod envelope;
mod frames;
mod random;

use super::{Answer, Definitions, Form, Interchange, Judge, Policy, Stamp, Wanted, write};

pub(super) fn definitions() -> &'static Definitions {
    static DEFINITIONS: std::sync::OnceLock<Definitions> = std::sync::OnceLock::new();
    DEFINITIONS.get_or_init(Definitions::default)
}

/// A sound 850 between ST and SE, without its trailer.
pub(super) const ORDER: &str = "ST*850*0001~BEG*00*SA*PO-1**20240301~DTM*010*20240310~N1*ST*STORE 12*92*0012~\
     N3*1 MAIN ST~N4*SPRINGFIELD*IL*62701*US~PO1*1*10*EA*12.50**UP*012345678905~PID*F****RED MUG~CTT*1~";

/// An interchange of one group of 004010 with one order, whose sender asks for no TA1.
pub(super) fn sound() -> String {
    let order = format!("{ORDER}SE*10*0001~");
    format!("{}GS*PO*BUYER*SELLER*20240301*1200*7*X*004010~{order}GE*1*7~IEA*1*000000042~", isa("U", "00401"))
}

/// The same in 005010.
pub(super) fn sound_5010() -> String {
    let order = format!("{ORDER}SE*10*0001~");
    format!("{}GS*PO*BUYER*SELLER*20240301*1200*7*X*005010~{order}GE*1*7~IEA*1*000000042~", isa("^", "00501"))
}

fn isa(standard: &str, version: &str) -> String {
    format!(
        "ISA*00*          *00*          *ZZ*BUYER          *ZZ*SELLER         *240301*1200*{standard}*{version}*000000042*0*P*>~"
    )
}

/// What is judged of a text, offered in pieces of a length.
pub(super) fn judge(text: &[u8], policy: Policy, piece: usize) -> Vec<Interchange> {
    let mut judge = Judge::new(definitions(), policy);
    let (mut buffer, mut judged) = (Vec::new(), Vec::new());
    let mut pieces = text.chunks(piece.max(1)).peekable();
    loop {
        buffer.extend_from_slice(pieces.next().unwrap_or_default());
        let last = pieces.peek().is_none();
        let taken = judge.take(&buffer, last);
        buffer.drain(..taken);
        judged.extend(judge.judged());
        if last {
            break;
        }
    }
    judge.finish();
    judged.extend(judge.judged());
    judged
}

pub(super) fn stamp() -> Stamp {
    Stamp { date: "20240302".into(), time: "0600".into(), interchange: 9, group: 5 }
}

/// The answers to a text; `-` for an interchange that has none.
pub(super) fn answers(text: &[u8], wanted: Wanted, policy: Policy) -> Vec<String> {
    let mut stamp = stamp();
    let one = |interchange: &Interchange| match write(interchange, wanted, &mut stamp).unwrap() {
        Answer::Interchange(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Answer::Acknowledgement | Answer::Nothing => "-".to_owned(),
    };
    judge(text, policy, 1 << 20).iter().map(one).collect()
}

/// The segments of the answers that are no envelope, as `AK9*A*1*1*1`.
pub(super) fn told(text: &str, form: Option<Form>) -> Vec<String> {
    let answers = answers(text.as_bytes(), Wanted { form, ..Wanted::default() }, Policy::default());
    let is_envelope = |line: &&str| ["ISA", "GS*", "ST*", "SE*", "GE*", "IEA"].iter().any(|tag| line.starts_with(tag));
    let lines = answers.iter().flat_map(|answer| answer.lines());
    lines.filter(|line| !is_envelope(line)).map(|line| line.trim_end_matches('~').to_owned()).collect()
}

/// A text with a change that must be there to make.
pub(super) fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}
