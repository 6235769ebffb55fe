//! `consign ack`: the acknowledgement of an X12 or EDIFACT file, without a workspace.

use std::io::Read;
use std::path::PathBuf;

use super::guides::Given;
use super::out::Out;
use super::{Exit, Failure};
use crate::acknowledge::{Answer, Definitions, Form, Interchange, Judge, Policy, Stamp, Wanted, write};
use crate::document::shown::visible;
use crate::durable;
use crate::limits;

/// Arguments of `ack`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  consign ack orders.x12\n  \
    consign ack orders.x12 --ta1 --control-number 42 --output answer.x12\n  \
    consign ack orders.x12 --accept-sender BIGSTORE --as 997 --date 20260305 --time 0600\n  \
    consign ack orders.x12 --guide guides/bigstore-850.txt\n  \
    consign ack orders.x12 --json\n  \
    consign ack orders.edi\n\
    Exit codes: 0 all accepted · 1 something rejected, or no acknowledgement possible")]
pub struct Args {
    /// The file; `-` is standard input
    file: PathBuf,
    /// The functional acknowledgement of X12; 999 from 005010 on and 997 before when left out
    #[arg(long = "as", value_name = "997|999", value_parser = form)]
    form: Option<Form>,
    /// Write a TA1 even if ISA14 does not ask for it
    #[arg(long)]
    ta1: bool,
    /// A sender (ISA06, 0004) that is known; any when left out
    #[arg(long, value_name = "ID")]
    accept_sender: Vec<String>,
    /// A receiver (ISA08, 0010) that is ours; any when left out
    #[arg(long, value_name = "ID")]
    accept_receiver: Vec<String>,
    /// Accept sets whose only errors are in elements, with the errors noted (E)
    #[arg(long)]
    accept_element_errors: bool,
    /// Control number of the first interchange and group that is written
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=999_999_999))]
    control_number: u32,
    /// Date of the acknowledgement, YYYYMMDD; today (UTC) when left out
    #[arg(long, value_name = "YYYYMMDD", value_parser = date)]
    date: Option<String>,
    /// Time of the acknowledgement, HHMM; now (UTC) when left out
    #[arg(long, value_name = "HHMM", value_parser = time)]
    time: Option<String>,
    #[command(flatten)]
    guides: Given,
    /// Where to write; standard output when left out
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print what was judged as JSON, one object for each interchange
    #[arg(long)]
    json: bool,
}

fn form(text: &str) -> Result<Form, String> {
    match text {
        "997" => Ok(Form::Functional),
        "999" => Ok(Form::Implementation),
        _ => Err("997 or 999".to_owned()),
    }
}

fn date(text: &str) -> Result<String, String> {
    let sound = text.len() == 8 && jiff::civil::Date::strptime("%Y%m%d", text).is_ok();
    if sound { Ok(text.to_owned()) } else { Err("a date as YYYYMMDD".to_owned()) }
}

fn time(text: &str) -> Result<String, String> {
    let sound = text.len() == 4 && jiff::civil::Time::strptime("%H%M", text).is_ok();
    if sound { Ok(text.to_owned()) } else { Err("a time as HHMM".to_owned()) }
}

/// What was done so far.
#[derive(Debug, Default)]
struct Done {
    interchanges: usize,
    answers: usize,
    rejected: bool,
    unanswered: usize,
}

/// Acknowledges.
pub fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let name = args.file.display().to_string();
    let fail = |error| Failure::Io(name.clone(), error);
    let mut reader: Box<dyn Read> = if args.file.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(&args.file).map_err(fail)?)
    };
    let definitions = Definitions::new(args.guides.read()?);
    let policy = Policy {
        senders: args.accept_sender.clone(),
        receivers: args.accept_receiver.clone(),
        accept_element_errors: args.accept_element_errors,
        ..Policy::default()
    };
    let mut judge = Judge::new(&definitions, policy);
    let (mut sink, mut stamp, mut done) = (Sink::new(args)?, stamp(args), Done::default());
    let mut bytes = Vec::new();
    loop {
        let wanted = bytes.len() + Judge::CHUNK;
        let missing = (wanted - bytes.len()) as u64;
        let read = (&mut reader).take(missing).read_to_end(&mut bytes).map_err(fail)?;
        let last = (read as u64) < missing;
        let taken = judge.take(&bytes, last);
        bytes.drain(..taken);
        if last {
            judge.finish();
        }
        for interchange in judge.judged() {
            answer(args, &interchange, &mut stamp, &mut done, &mut sink, out)?;
        }
        if last {
            break;
        }
    }
    sink.finish(args)?;
    out.findings(&name, judge.findings());
    Ok(end(&name, &done, out))
}

/// Answers one interchange.
fn answer(
    args: &Args,
    interchange: &Interchange,
    stamp: &mut Stamp,
    done: &mut Done,
    sink: &mut Sink,
    out: &mut Out,
) -> Result<(), Failure> {
    done.interchanges += 1;
    if interchange.has_rejected() && !interchange.only_acknowledges() {
        done.rejected = true;
    }
    let control = visible(&interchange.header.control.to_string());
    for group in interchange.groups.iter().filter(|group| group.is_acknowledgement()) {
        let id = visible(&group.gs.control.to_string());
        out.note(format!("interchange {control}, group {id}: holds acknowledgements, which are never acknowledged"));
    }
    if args.json {
        return sink.bytes(format!("{}\n", interchange.json()).as_bytes(), out);
    }
    // Who asks for the acknowledgement of a file wants its CONTRL, whether the file does or not.
    let wanted = Wanted { form: args.form, ta1: args.ta1 || interchange.is_edifact(), only_ta1: false };
    let refused = |error| Failure::Io("the acknowledgement".to_owned(), std::io::Error::other(error));
    match write(interchange, wanted, stamp).map_err(refused)? {
        Answer::Interchange(bytes) => {
            done.answers += 1;
            sink.bytes(&bytes, out)
        }
        Answer::Acknowledgement => {
            done.unanswered += 1;
            out.note(format!("interchange {control}: holds only acknowledgements, which are never acknowledged"));
            Ok(())
        }
        Answer::Nothing => {
            done.unanswered += 1;
            let why = match interchange.is_edifact() {
                true => "UNB lacks what CONTRL must repeat, so no acknowledgement is possible",
                false => "has no group, and asks for no TA1",
            };
            out.note(format!("interchange {control}: {why}"));
            Ok(())
        }
    }
}

fn end(name: &str, done: &Done, out: &mut Out) -> Exit {
    if done.interchanges == 0 {
        out.note(format!("{}: no interchange that can be read, so no acknowledgement is possible", visible(name)));
        return Exit::Partly;
    }
    if done.rejected { Exit::Partly } else { Exit::Well }
}

fn stamp(args: &Args) -> Stamp {
    let now = jiff::Timestamp::now();
    let date = args.date.clone().unwrap_or_else(|| now.strftime("%Y%m%d").to_string());
    let time = args.time.clone().unwrap_or_else(|| now.strftime("%H%M").to_string());
    Stamp { date, time, interchange: args.control_number, group: args.control_number }
}

/// Where the answers go: a file that appears when it is whole, or standard output.
struct Sink {
    file: Option<durable::Replace>,
}

impl Sink {
    fn new(args: &Args) -> Result<Self, Failure> {
        let new = |path: &PathBuf| durable::Replace::new(path).map_err(|e| Failure::Io(path.display().to_string(), e));
        Ok(Self { file: args.output.as_ref().map(new).transpose()? })
    }

    fn bytes(&mut self, bytes: &[u8], out: &mut Out) -> Result<(), Failure> {
        for piece in bytes.chunks(limits::WRITE_BYTES) {
            let written = match &mut self.file {
                Some(file) => file.write_all(piece),
                None => out.bytes(piece),
            };
            written.map_err(|error| Failure::Io("the output".to_owned(), error))?;
        }
        Ok(())
    }

    fn finish(self, args: &Args) -> Result<(), Failure> {
        let name = || args.output.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        self.file.map_or(Ok(()), |file| file.commit().map_err(|error| Failure::Io(name(), error)))
    }
}
