//! Date and time formats of layouts, compiled; for reading and for writing, whatever the machine's language.

/// A point in civil time, as exact as the text that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    year: u16,
    month: u8,
    day: u8,
    time: Option<(u8, u8, u8)>,
    nanoseconds: u32,
    offset: Option<i16>,
}

/// A compiled format such as `%Y-%m-%d %H:%M:%S %z`, `%b-%d-%y` or `iso`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateFormat {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Iso,
    Literal(u8),
    Year,
    YearOfCentury,
    Month,
    MonthName,
    Day,
    Hour,
    Hour12,
    Minute,
    Second,
    Fraction,
    HalfOfDay,
    Offset,
}

/// First and last year that a business document can bear.
const YEARS: std::ops::RangeInclusive<u16> = 1900..=2199;

/// Month names as files write them: English first (what is written), then German, French, Spanish, Italian, Dutch.
const MONTHS: [&[&str]; 12] = [
    &["Jan", "January", "januar", "janv", "janvier", "ene", "enero", "gen", "gennaio", "januari", "jän"],
    &["Feb", "February", "februar", "févr", "février", "fév", "febrero", "febbraio", "februari"],
    &["Mar", "March", "mär", "märz", "mars", "marzo", "mrt", "maart", "mrz"],
    &["Apr", "April", "avr", "avril", "abr", "abril", "aprile"],
    &["May", "mai", "mayo", "mag", "maggio", "mei"],
    &["Jun", "June", "juni", "juin", "junio", "giu", "giugno"],
    &["Jul", "July", "juli", "juil", "juillet", "julio", "lug", "luglio"],
    &["Aug", "August", "août", "ago", "agosto", "augustus"],
    &["Sep", "September", "sept", "septembre", "septiembre", "set", "settembre"],
    &["Oct", "October", "okt", "oktober", "octobre", "octubre", "ott", "ottobre"],
    &["Nov", "November", "novembre", "noviembre"],
    &["Dec", "December", "dez", "dezember", "déc", "décembre", "dic", "diciembre", "dicembre"],
];

impl DateFormat {
    /// Compiles a format.
    ///
    /// # Errors
    /// The directive that is not known, with the list of those that are.
    pub fn compile(text: &str) -> Result<Self, String> {
        if text == "iso" {
            return Ok(Self { parts: vec![Part::Iso] });
        }
        let mut parts = Vec::new();
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            let part = if byte == b'%' { directive(bytes.next())? } else { Part::Literal(byte) };
            parts.push(part);
        }
        Ok(Self { parts })
    }

    /// Reads a whole text; none if it does not fit or there is no such day or time.
    #[must_use]
    pub fn read(&self, text: &[u8]) -> Option<Moment> {
        let text = text.trim_ascii();
        if self.parts == [Part::Iso] {
            return Moment::parse_iso(text);
        }
        let mut reading = Reading { rest: text, ..Reading::default() };
        for part in &self.parts {
            reading.part(*part)?;
        }
        if reading.rest.is_empty() { reading.moment() } else { None }
    }

    /// Whether a time of day is part of it.
    #[must_use]
    pub fn has_time(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Hour | Part::Hour12))
    }

    /// Writes a moment; none when it lacks a part that the format needs.
    pub fn write(&self, moment: &Moment, out: &mut Vec<u8>) -> Option<()> {
        let (hour, minute, second) = moment.time.unwrap_or_default();
        for part in &self.parts {
            match part {
                Part::Iso => moment.write_datetime(out),
                Part::Literal(byte) => out.push(*byte),
                Part::Year => digits(out, u32::from(moment.year), 4),
                Part::YearOfCentury => digits(out, u32::from(moment.year % 100), 2),
                Part::Month => digits(out, u32::from(moment.month), 2),
                Part::MonthName => {
                    out.extend_from_slice(MONTHS.get(usize::from(moment.month) - 1)?.first()?.as_bytes());
                }
                Part::Day => digits(out, u32::from(moment.day), 2),
                Part::Hour => digits(out, u32::from(hour), 2),
                Part::Hour12 => digits(out, u32::from((hour + 11) % 12 + 1), 2),
                Part::Minute => digits(out, u32::from(minute), 2),
                Part::Second => digits(out, u32::from(second), 2),
                Part::Fraction => {}
                Part::HalfOfDay => out.extend_from_slice(if hour < 12 { b"AM" } else { b"PM" }),
                Part::Offset => write_offset(out, moment.offset?, false),
            }
        }
        Some(())
    }
}

fn directive(letter: Option<u8>) -> Result<Part, String> {
    Ok(match letter {
        Some(b'Y') => Part::Year,
        Some(b'y') => Part::YearOfCentury,
        Some(b'm') => Part::Month,
        Some(b'b' | b'B') => Part::MonthName,
        Some(b'd' | b'e') => Part::Day,
        Some(b'H') => Part::Hour,
        Some(b'I') => Part::Hour12,
        Some(b'M') => Part::Minute,
        Some(b'S') => Part::Second,
        Some(b'f') => Part::Fraction,
        Some(b'p') => Part::HalfOfDay,
        Some(b'z') => Part::Offset,
        Some(b'%') => Part::Literal(b'%'),
        other => {
            let found = other.map_or(String::new(), |b| char::from(b).to_string());
            return Err(format!("one of %Y %y %m %b %d %H %I %M %S %f %p %z instead of %{found}, or `iso`"));
        }
    })
}

/// A text being read.
#[derive(Default)]
struct Reading<'t> {
    rest: &'t [u8],
    year: u16,
    month: u8,
    day: u8,
    hour: Option<u8>,
    minute: u8,
    second: u8,
    nanoseconds: u32,
    afternoon: Option<bool>,
    offset: Option<i16>,
}

impl Reading<'_> {
    fn part(&mut self, part: Part) -> Option<()> {
        match part {
            Part::Iso => return None,
            Part::Literal(b' ') => {
                let trimmed = self.rest.trim_ascii_start();
                if trimmed.len() == self.rest.len() {
                    return None;
                }
                self.rest = trimmed;
            }
            Part::Literal(byte) => self.rest = self.rest.strip_prefix(&[byte])?,
            Part::Year => self.year = self.number(4, 4)? as u16,
            // Two digits mean 1970 to 2069.
            Part::YearOfCentury => {
                let year = self.number(2, 2)? as u16;
                self.year = if year < 70 { 2000 + year } else { 1900 + year };
            }
            Part::Month => self.month = self.number(1, 2)? as u8,
            Part::MonthName => self.month = self.month_name()?,
            Part::Day => self.day = self.number(1, 2)? as u8,
            Part::Hour | Part::Hour12 => {
                let hour = self.number(1, 2)? as u8;
                if part == Part::Hour12 && !(1..=12).contains(&hour) {
                    return None;
                }
                self.hour = Some(hour);
            }
            Part::Minute => self.minute = self.number(2, 2)? as u8,
            Part::Second => self.second = self.number(2, 2)? as u8,
            Part::Fraction => self.fraction()?,
            Part::HalfOfDay => self.afternoon = Some(self.half_of_day()?),
            Part::Offset => self.offset = Some(self.read_offset()?),
        }
        Some(())
    }

    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.rest.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
        if count < least {
            return None;
        }
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        Some(digits.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0')))
    }

    fn month_name(&mut self) -> Option<u8> {
        let text = std::str::from_utf8(self.rest).ok()?;
        let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
        let word = text.get(..end)?.to_lowercase();
        let is = |names: &&[&str]| names.iter().any(|name| name.to_lowercase() == word);
        let month = MONTHS.iter().position(is)?;
        self.rest = self.rest.get(end..)?;
        self.rest = self.rest.strip_prefix(b".").unwrap_or(self.rest);
        Some(month as u8 + 1)
    }

    fn fraction(&mut self) -> Option<()> {
        let Some(rest) = self.rest.strip_prefix(b".").or_else(|| self.rest.strip_prefix(b",")) else { return Some(()) };
        let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if count == 0 {
            return None;
        }
        let places = rest.iter().take(count.min(9)).fold(0_u32, |value, digit| value * 10 + u32::from(digit - b'0'));
        self.nanoseconds = places * 10_u32.pow(9 - count.min(9) as u32);
        self.rest = rest.get(count..)?;
        Some(())
    }

    fn half_of_day(&mut self) -> Option<bool> {
        let (word, rest) = self.rest.split_at_checked(2)?;
        self.rest = rest;
        match word.to_ascii_uppercase().as_slice() {
            b"AM" => Some(false),
            b"PM" => Some(true),
            _ => None,
        }
    }

    /// `Z`, `UTC`, `GMT`, `+0200`, `+02:00`, `+02`.
    fn read_offset(&mut self) -> Option<i16> {
        for word in [&b"Z"[..], b"UTC", b"GMT"] {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest;
                return Some(0);
            }
        }
        let (sign, rest) = self.rest.split_first()?;
        let sign = match sign {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.rest = rest;
        let hours = self.number(2, 2)?;
        self.rest = self.rest.strip_prefix(b":").unwrap_or(self.rest);
        let minutes = self.number(2, 2).unwrap_or(0);
        if hours > 14 || minutes > 59 { None } else { Some(sign * (hours * 60 + minutes) as i16) }
    }

    fn moment(&self) -> Option<Moment> {
        let hour = match (self.hour, self.afternoon) {
            (Some(hour), Some(afternoon)) => Some(hour % 12 + if afternoon { 12 } else { 0 }),
            (hour, _) => hour,
        };
        let time = hour.map(|hour| (hour, self.minute, self.second));
        let in_range = time.is_none_or(|(hour, minute, second)| hour < 24 && minute < 60 && second < 61);
        let exists = YEARS.contains(&self.year) && self.day >= 1 && self.day <= days(self.year, self.month)?;
        if !exists || !in_range {
            return None;
        }
        let Self { year, month, day, nanoseconds, offset, .. } = *self;
        Some(Moment { year, month, day, time, nanoseconds, offset })
    }
}

fn days(year: u16, month: u8) -> Option<u8> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    })
}

impl Moment {
    /// Reads ISO 8601: a date, and perhaps a time, a fraction and an offset.
    #[must_use]
    pub fn parse_iso(text: &[u8]) -> Option<Self> {
        let mut reading = Reading { rest: text.trim_ascii(), ..Reading::default() };
        for part in [Part::Year, Part::Literal(b'-'), Part::Month, Part::Literal(b'-'), Part::Day] {
            reading.part(part)?;
        }
        if let [b'T' | b' ', rest @ ..] = reading.rest {
            reading.rest = rest;
            for part in [Part::Hour, Part::Literal(b':'), Part::Minute] {
                reading.part(part)?;
            }
            if let [b':', rest @ ..] = reading.rest {
                reading.rest = rest;
                reading.part(Part::Second)?;
                reading.part(Part::Fraction)?;
            }
            reading.rest = reading.rest.trim_ascii_start();
        }
        if !reading.rest.is_empty() {
            reading.part(Part::Offset)?;
        }
        if reading.rest.is_empty() { reading.moment() } else { None }
    }

    /// Whether it has a time that is not midnight, as which some formats give a date alone.
    #[must_use]
    pub fn has_time(&self) -> bool {
        self.time.is_some_and(|time| time != (0, 0, 0) || self.nanoseconds > 0)
    }

    /// Appends `YYYY-MM-DD`.
    pub fn write_date(&self, out: &mut Vec<u8>) {
        digits(out, u32::from(self.year), 4);
        out.push(b'-');
        digits(out, u32::from(self.month), 2);
        out.push(b'-');
        digits(out, u32::from(self.day), 2);
    }

    /// Appends ISO 8601: `2023-05-21T22:07:16-07:00`; only what is known is written.
    pub fn write_datetime(&self, out: &mut Vec<u8>) {
        self.write_date(out);
        let Some((hour, minute, second)) = self.time else { return };
        for (mark, value) in [(b'T', hour), (b':', minute), (b':', second)] {
            out.push(mark);
            digits(out, u32::from(value), 2);
        }
        if self.nanoseconds > 0 {
            out.push(b'.');
            digits(out, self.nanoseconds, 9);
            while out.last() == Some(&b'0') {
                out.pop();
            }
        }
        if let Some(offset) = self.offset {
            write_offset(out, offset, true);
        }
    }
}

fn write_offset(out: &mut Vec<u8>, offset: i16, colon: bool) {
    out.push(if offset < 0 { b'-' } else { b'+' });
    digits(out, u32::from(offset.unsigned_abs() / 60), 2);
    if colon {
        out.push(b':');
    }
    digits(out, u32::from(offset.unsigned_abs() % 60), 2);
}

fn digits(out: &mut Vec<u8>, value: u32, width: u32) {
    for place in (0..width).rev() {
        out.push(b'0' + (value / 10_u32.pow(place) % 10) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    macro_rules! reads {
        ($($name:ident $format:literal $text:literal => $expected:expr)*) => {
            $(#[test] fn $name() {
                let moment = DateFormat::compile($format).unwrap().read($text.as_bytes());
                let iso = moment.map(|moment| {
                    let mut out = Vec::new();
                    moment.write_datetime(&mut out);
                    String::from_utf8(out).unwrap()
                });
                assert_eq!(iso.as_deref(), $expected);
            })*
        };
    }

    reads! {
        shopify "%Y-%m-%d %H:%M:%S %z" "2023-05-21 22:07:16 -0700" => Some("2023-05-21T22:07:16-07:00")
        amazon "iso" "2025-07-30T08:34:47+00:00" => Some("2025-07-30T08:34:47+00:00")
        walmart "iso" "2016-05-11T23:16:10.250Z" => Some("2016-05-11T23:16:10.25+00:00")
        ebay_us "%b-%d-%y" "Sep-18-26" => Some("2026-09-18")
        ebay_uk "%d-%b-%y" "26-May-26" => Some("2026-05-26")
        ebay_fr "%d-%b-%y" "05-oct.-26" => Some("2026-10-05")
        volusion "%m/%d/%Y %I:%M:%S %p" "8/28/2017 11:01:00 AM" => Some("2017-08-28T11:01:00")
        volusion_noon "%m/%d/%Y %I:%M:%S %p" "8/28/2017 12:01:00 AM" => Some("2017-08-28T00:01:00")
        magento "%b %d, %Y %I:%M:%S %p" "Sep 16, 2026 07:13:27 PM" => Some("2026-09-16T19:13:27")
        bigcommerce "%d/%m/%Y" "18/05/2022" => Some("2022-05-18")
        x12 "%Y%m%d" "20260131" => Some("2026-01-31")
        x12_short "%y%m%d" "990131" => Some("1999-01-31")
        iso_date_only "iso" "2024-02-29" => Some("2024-02-29")
        t08_no_such_day "iso" "2023-02-29" => None
        t08_zeros "%Y%m%d" "00000000" => None
        t08_year_9999 "iso" "9999-01-01" => None
        t08_month_13 "%m/%d/%Y" "13/01/2024" => None
        hour_24 "iso" "2024-01-01T24:00:00" => None
        text_behind "%Y%m%d" "20260131x" => None
        e08_other_digits "%Y" "２０２６" => None
    }

    #[test]
    fn an_unknown_directive_is_told() {
        assert!(DateFormat::compile("%Q").unwrap_err().contains("%Q"));
    }

    proptest! {
        #[test]
        fn written_moments_read_back(year in 1970_u16..2070, month in 1_u8..13, day in 1_u8..29, second in 0_u32..86_400, offset in -14_i16..15) {
            let time = Some(((second / 3600) as u8, (second / 60 % 60) as u8, (second % 60) as u8));
            let moment = Moment { year, month, day, time, nanoseconds: 0, offset: Some(offset * 60) };
            for format in ["iso", "%Y-%m-%d %H:%M:%S %z", "%d.%m.%y %I:%M:%S %p %z", "%b %d %Y %H%M%S%z"] {
                let format = DateFormat::compile(format).unwrap();
                let mut out = Vec::new();
                format.write(&moment, &mut out);
                prop_assert_eq!(format.read(&out), Some(moment));
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(text in proptest::collection::vec(any::<u8>(), 0..40)) {
            for format in ["iso", "%b-%d-%y %I:%M:%S %p %z %f"] {
                let _ = DateFormat::compile(format).unwrap().read(&text);
            }
        }
    }
}
