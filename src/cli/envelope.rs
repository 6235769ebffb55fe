//! The options of an interchange that is written: who to whom, when, and its number.

use jiff::civil::DateTime;

use super::Failure;
use crate::layout::model::File;
use crate::layout::write::x12::Settings;

/// Options of the envelope of EDI that is written.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Envelope of written EDI")]
pub struct Envelope {
    /// Who sends, with a qualifier: ZZ:ACME; in EDIFACT the qualifier may be left out, and 14 stands before a GLN
    #[arg(long, value_name = "QUALIFIER:ID")]
    sender: Option<String>,
    /// Who receives, with a qualifier
    #[arg(long, value_name = "QUALIFIER:ID")]
    receiver: Option<String>,
    /// The control number of the interchange and of its group
    #[arg(long, default_value_t = 1, value_name = "N")]
    control: u32,
    /// The date and time, 2026-03-05T06:00; now when left out
    #[arg(long, value_name = "MOMENT")]
    date: Option<DateTime>,
    /// Marks the interchange as a test
    #[arg(long)]
    test: bool,
    /// The release of written X12, 005010, or the directory of EDIFACT, D.01B; the layout's first when left out
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
}

impl Envelope {
    /// The settings for what is written.
    pub fn settings(&self, file: &File) -> Result<Settings, Failure> {
        let (default, rule) = (Settings::default(), if matches!(file, File::Edifact(_)) { &EDIFACT } else { &X12 });
        let moment = self.date.unwrap_or_else(|| jiff::Zoned::now().datetime());
        let number = u64::from(self.control);
        let release = self.release.clone().unwrap_or_default();
        if let (File::Edifact(_), Some(written), Some(release)) = (file, file.written(), &self.release)
            && !written.covered.contains(release)
        {
            let known = written.covered.join(" or ");
            return Err(Failure::Usage(format!("--release {release}: expected {known}, which the layout covers")));
        }
        Ok(Settings {
            sender: party("--sender", self.sender.as_deref(), default.sender.1, rule)?,
            receiver: party("--receiver", self.receiver.as_deref(), default.receiver.1, rule)?,
            usage: if self.test { "T" } else { "P" }.to_owned(),
            moment: (moment.strftime("%Y%m%d").to_string(), moment.strftime("%H%M").to_string()),
            interchange: number,
            group: number,
            release,
            ..Settings::default()
        })
    }
}

/// What identifiers of partners an envelope has room for.
struct Parties {
    qualifier: std::ops::RangeInclusive<usize>,
    id: usize,
    /// The qualifier of those that name themselves: mutually defined.
    default: &'static str,
    expected: &'static str,
}

/// ISA05 to ISA08 have fixed widths.
const X12: Parties = Parties {
    qualifier: 2..=2,
    id: 15,
    default: "ZZ",
    expected: "a qualifier of two characters and an ID of at most 15, ZZ:ACME",
};
/// ISO 9735: 0007 is an..4 and conditional, 0004 and 0010 are an..35.
const EDIFACT: Parties = Parties {
    qualifier: 0..=4,
    id: 35,
    default: "ZZZ",
    expected: "a qualifier of at most four characters and an ID of at most 35, 14:5400110000009",
};

/// A qualifier and an identifier that the envelope has room for.
fn party(option: &str, text: Option<&str>, default: String, parties: &Parties) -> Result<(String, String), Failure> {
    let Some(text) = text else { return Ok((parties.default.to_owned(), default)) };
    let fits = |(qualifier, id): &(&str, &str)| {
        let sound = |b: u8| b.is_ascii_alphanumeric() || b" -_.".contains(&b);
        let lengths = parties.qualifier.contains(&qualifier.len()) && (1..=parties.id).contains(&id.len());
        lengths && qualifier.bytes().chain(id.bytes()).all(sound)
    };
    let bare = if *parties.qualifier.start() == 0 { Some(("", text)) } else { None };
    let parts = text.split_once(':').or(bare).filter(fits);
    parts
        .map(|(qualifier, id)| (qualifier.to_owned(), id.to_owned()))
        .ok_or_else(|| Failure::Usage(format!("{option} {text}: expected {}", parties.expected)))
}
