//! Dates and times, and those whose format another element says.
//!
//! Facts: X12 elements 373, 337 and 1250 (D8, RD8, TM and others), EDIFACT element 2379.

use crate::schema::fault::ElementError;

/// `YYMMDD` or `CCYYMMDD`, a day of the calendar.
pub(super) fn is_date(value: &[u8]) -> bool {
    let (year, rest) = match value.len() {
        6 => value.split_at(2),
        8 => value.split_at(4),
        _ => return false,
    };
    let (month, day) = rest.split_at(2);
    match (number(year), number(month), number(day)) {
        // A year of two digits is of the 20th or the 21st century; a leap year in either is one in both but 1900.
        (Some(year), Some(month), Some(day)) => day >= 1 && day <= days(year, month, year < 100),
        _ => false,
    }
}

/// `HHMM`, `HHMMSS`, and up to two decimals of a second.
pub(super) fn is_time(value: &[u8]) -> bool {
    let at = |from: usize| value.get(from..from + 2).and_then(number);
    let seconds = value.len() == 4 || at(4).is_some_and(|seconds| seconds < 60);
    let tail = matches!(value.len(), 4 | 6..=8) && value.iter().all(u8::is_ascii_digit);
    tail && seconds && at(0).is_some_and(|hours| hours < 24) && at(2).is_some_and(|minutes| minutes < 60)
}

/// What is wrong with a date, time or period in the format of this code; formats that are not known are right.
pub(super) fn check(format: &[u8], value: &[u8]) -> Option<ElementError> {
    let date = |sound: bool| (!sound).then_some(ElementError::InvalidDate);
    let time = |sound: bool| (!sound).then_some(ElementError::InvalidTime);
    match format {
        b"D6" | b"101" => date(value.len() == 6 && is_date(value)),
        b"D8" | b"102" => date(value.len() == 8 && is_date(value)),
        b"2" => date(value.len() == 6 && is_day_first(value, 2)),
        b"TM" | b"401" => time(value.len() == 4 && is_time(value)),
        b"TS" | b"402" => time(value.len() == 6 && is_time(value)),
        b"DT" | b"203" => moment(value, 8, 4),
        b"DTS" | b"204" => moment(value, 8, 6),
        b"201" => moment(value, 6, 4),
        b"602" | b"CY" => date(value.len() == 4 && number(value).is_some()),
        b"610" | b"CM" => date(value.len() == 6 && is_date(&[value, b"01"].concat())),
        b"616" => {
            date(value.len() == 6 && value.get(4..).and_then(number).is_some_and(|week| (1..=53).contains(&week)))
        }
        b"RD8" => range(value, 8, true),
        b"718" => range(value, 8, false).filter(|_| range(value, 8, true).is_some()),
        b"719" => period(value),
        _ => None,
    }
}

/// A date and a time, one after the other.
fn moment(value: &[u8], date: usize, time: usize) -> Option<ElementError> {
    let sound = value.len() == date + time;
    match value.split_at_checked(date).filter(|_| sound) {
        Some((day, _)) if !is_date(day) => Some(ElementError::InvalidDate),
        Some((_, clock)) if !is_time(clock) => Some(ElementError::InvalidTime),
        Some(_) => None,
        None => Some(ElementError::InvalidDate),
    }
}

/// Two dates, with a hyphen between them or without.
fn range(value: &[u8], len: usize, hyphen: bool) -> Option<ElementError> {
    let gap = usize::from(hyphen);
    let sound = value.len() == 2 * len + gap && (!hyphen || value.get(len) == Some(&b'-'));
    let both = value.get(..len).zip(value.get(len + gap..)).filter(|_| sound);
    (!both.is_some_and(|(from, to)| is_date(from) && is_date(to))).then_some(ElementError::InvalidDate)
}

/// Two moments of twelve digits.
fn period(value: &[u8]) -> Option<ElementError> {
    let (from, to) = match value.len() {
        24 => value.split_at(12),
        25 => (value.get(..12).unwrap_or_default(), value.get(13..).unwrap_or_default()),
        _ => return Some(ElementError::InvalidDate),
    };
    moment(from, 8, 4).or_else(|| moment(to, 8, 4))
}

fn is_day_first(value: &[u8], year: usize) -> bool {
    let turned = [value.get(4..4 + year), value.get(2..4), value.get(..2)];
    let turned: Option<Vec<&[u8]>> = turned.into_iter().collect();
    turned.is_some_and(|parts| is_date(&parts.concat()))
}

fn number(digits: &[u8]) -> Option<u32> {
    let sound = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    sound.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

fn days(year: u32, month: u32, short: bool) -> u32 {
    let leap = year.is_multiple_of(4) && (short || !year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar_are_told_from_others() {
        for sound in ["20240229", "20000229", "240229", "19991231", "000101"] {
            assert!(is_date(sound.as_bytes()), "{sound}");
        }
        for wrong in ["20230229", "19000229", "20241301", "20240431", "20240100", "2024010", "2024O101", ""] {
            assert!(!is_date(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn times_of_the_day_are_told_from_others() {
        for sound in ["0000", "2359", "235959", "2359599", "23595999"] {
            assert!(is_time(sound.as_bytes()), "{sound}");
        }
        for wrong in ["2400", "1260", "12", "12345", "126060", "123456789", "12.4"] {
            assert!(!is_time(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn a_format_is_obeyed() {
        let cases: &[(&str, &str, Option<ElementError>)] = &[
            ("D8", "20240301", None),
            ("D8", "20241301", Some(ElementError::InvalidDate)),
            ("RD8", "20240301-20240331", None),
            ("RD8", "2024030120240331", Some(ElementError::InvalidDate)),
            ("102", "20240230", Some(ElementError::InvalidDate)),
            ("203", "202403012561", Some(ElementError::InvalidTime)),
            ("203", "202403011230", None),
            ("718", "20240301-20240331", None),
            ("718", "2024030120240331", None),
            ("718", "2024030120240332", Some(ElementError::InvalidDate)),
            ("719", "202403011200202403011300", None),
            ("610", "202413", Some(ElementError::InvalidDate)),
            ("616", "202453", None),
            ("2", "310124", None),
            ("801", "whatever", None),
        ];
        for (format, value, expected) in cases {
            assert_eq!(check(format.as_bytes(), value.as_bytes()), *expected, "{format} {value}");
        }
    }
}
