//! The options of an interchange that is written: who to whom, when, and its number.

use jiff::civil::DateTime;

use super::Failure;
use crate::layout::write::x12::Settings;

/// Options of the envelope of EDI that is written.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Envelope of written EDI")]
pub struct Envelope {
    /// Who sends, with a qualifier: ZZ:ACME
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
    /// The release of written X12, 005010; the layout's first when left out
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
}

impl Envelope {
    /// The settings.
    pub fn settings(&self) -> Result<Settings, Failure> {
        let default = Settings::default();
        let moment = self.date.unwrap_or_else(|| jiff::Zoned::now().datetime());
        let number = u64::from(self.control);
        Ok(Settings {
            sender: party("--sender", self.sender.as_deref(), default.sender)?,
            receiver: party("--receiver", self.receiver.as_deref(), default.receiver)?,
            usage: if self.test { "T" } else { "P" }.to_owned(),
            moment: (moment.strftime("%Y%m%d").to_string(), moment.strftime("%H%M").to_string()),
            interchange: number,
            group: number,
            release: self.release.clone().unwrap_or_default(),
            ..Settings::default()
        })
    }
}

/// A qualifier and an identifier that the ISA has room for.
fn party(option: &str, text: Option<&str>, default: (String, String)) -> Result<(String, String), Failure> {
    let Some(text) = text else { return Ok(default) };
    let fits = |(qualifier, id): &(&str, &str)| {
        let sound = |b: u8| b.is_ascii_alphanumeric() || b" -_.".contains(&b);
        qualifier.len() == 2 && (1..=15).contains(&id.len()) && qualifier.bytes().chain(id.bytes()).all(sound)
    };
    let parts = text.split_once(':').filter(fits);
    parts.map(|(qualifier, id)| (qualifier.to_owned(), id.to_owned())).ok_or_else(|| {
        Failure::Usage(format!(
            "{option} {text}: expected a qualifier of two characters and an ID of at most 15, ZZ:ACME"
        ))
    })
}
