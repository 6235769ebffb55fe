//! What people write differently, brought to one form: case, accents, legal forms, street words, trunk digits.
//!
//! The forms are for comparing only and are never written out.

use unicode_normalization::UnicodeNormalization;

use crate::clean::country::country;
use crate::limits;

/// Digits of a telephone number that is evidence of anything; shorter ones are extensions or have no area.
pub(super) const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// Legal forms of companies, folded and without points.
const LEGAL_FORMS: &str = "ab ag aps as asa bhd bv bvba co company corp corporation cv doo eg eirl ek eurl ev gbr gmbh inc \
    incorporated kft kg kgaa kk limited llc llp lp ltd ltda mbh nv og ohg oy oyj plc pllc pte pty pvt sa \
    sarl sas sasu sdn se sl spa spzoo srl sro ug unlimited zrt";

/// Titles in front of or behind a person's name.
const TITLES: &str = "dr frau herr jr md mme mr mrs ms miss phd prof sir sr";

/// Words of streets, as [`words`] leaves them, and their short forms.
const STREET_WORDS: &str = "allee=al apartment=apt avenu=av ave=av avenida=av boulevard=blvd building=bldg calle=c circle=cir \
    corner=cor court=ct crescent=cres drive=dr east=e expressway=expy floor=fl freeway=fwy gardens=gdns \
    grove=gr heights=hts highway=hwy lane=ln mount=mt north=n northeast=ne northwest=nw number=no \
    parkway=pkwy piazza=pza place=pl platz=pl plaza=plz road=rd room=rm route=rte saint=st south=s \
    southeast=se southwest=sw square=sq str=st strasse=st street=st suite=ste terrace=ter west=w";

/// The words of a text in small letters without accents; points inside abbreviations are dropped (`L.L.C.` is `llc`),
/// and so are the letters that stand for an umlaut (`Mueller`, `Müller` and `Muller` are the same).
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut plain = String::with_capacity(text.len());
    let mut run = 0;
    for c in text.nfkd().flat_map(char::to_lowercase).take(limits::CUSTOMER_CHARS) {
        match c {
            '\u{300}'..='\u{36F}' | '\'' | '\u{2019}' => continue,
            'ß' => plain.push_str("ss"),
            'æ' => plain.push('a'),
            'œ' | 'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' | 'ð' => plain.push('d'),
            'þ' => plain.push_str("th"),
            'ı' => plain.push('i'),
            '&' | '+' => plain.push_str(" and "),
            '.' if run == 1 => {
                run = 0;
                continue;
            }
            c if c.is_alphanumeric() => plain.push(c),
            _ => plain.push(' '),
        }
        run = if c.is_alphabetic() { run + 1 } else { 0 };
    }
    plain.split_whitespace().map(without_umlauts).collect()
}

/// An e-mail address in its comparable form: small letters, no tag behind `+`, no points in Google's mailboxes.
/// `None` when it is no address.
#[must_use]
pub fn email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (name, domain) = text.rsplit_once('@')?;
    let name = name.split('+').next().unwrap_or_default();
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '@' | ',' | ';' | '<' | '>' | '"');
    let labels = || domain.split('.');
    let is_domain = labels().count() > 1 && !labels().any(str::is_empty);
    if name.is_empty() || !is_domain || name.contains(odd) || domain.contains(odd) {
        return None;
    }
    match domain {
        "gmail.com" | "googlemail.com" => Some(format!("{}@gmail.com", name.replace('.', ""))),
        _ => Some(format!("{name}@{domain}")),
    }
}

/// A telephone number as digits with the calling code, if that can be known from the number or the country (a code or
/// name; may be empty). Extensions are dropped. `None` when it has too few or too many digits.
#[must_use]
pub fn phone(text: &str, land: &str) -> Option<String> {
    let text = text.to_lowercase().replace("(0)", "");
    let text = text.get(text.find(|c: char| c == '+' || c.is_ascii_digit())?..)?;
    let text = text.get(..text.find(['x', 'e', '#', ';']).unwrap_or(text.len()))?;
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let full = match country(land) {
        _ if text.starts_with('+') => digits,
        _ if digits.starts_with("00") => digits.get(2..)?.to_owned(),
        Some(land) if !land.calling.is_empty() => national(&digits, land.calling, land.trunk),
        _ => digits.trim_start_matches('0').to_owned(),
    };
    PHONE_DIGITS.contains(&full.len()).then_some(full)
}

/// A number as it is dialled within a country, with the calling code in front.
fn national(digits: &str, calling: &str, trunk: &str) -> String {
    // Trunk digits other than 0 may begin a number as well; then the length tells: 1 and 10, 8 and 10.
    let has_trunk = !trunk.is_empty() && digits.starts_with(trunk) && (trunk.starts_with('0') || digits.len() == 11);
    if has_trunk {
        return format!("{calling}{}", digits.strip_prefix(trunk).unwrap_or(digits));
    }
    // Where numbers begin with 0, one that begins with the calling code only lacks its plus.
    let lacks_plus = trunk.starts_with('0') && digits.starts_with(calling) && digits.len() > 9;
    if lacks_plus { digits.to_owned() } else { format!("{calling}{digits}") }
}

/// Whether two numbers in their comparable form are the same; one without its calling code is the end of the other.
#[must_use]
pub fn same_phone(one: &str, other: &str) -> bool {
    one.ends_with(other) || other.ends_with(one)
}

/// A company in its comparable form: without legal forms at its end, `and` and a leading `the`.
#[must_use]
pub fn company(text: &str) -> String {
    let mut words = words(text);
    words.retain(|word| word != "and");
    let all = words.clone();
    if words.first().is_some_and(|word| word == "the") {
        words.remove(0);
    }
    loop {
        let joined: String = words.iter().rev().take(3).rev().map(String::as_str).collect();
        match words.last() {
            Some(_) if words.len() > 3 && matches!(joined.as_str(), "spzoo") => words.truncate(words.len() - 3),
            Some(last) if listed(LEGAL_FORMS, last) => drop(words.pop()),
            Some(last) if last == "oo" && words.len() > 2 => words.truncate(words.len() - 2),
            _ => break,
        }
    }
    if words.is_empty() { all.join(" ") } else { words.join(" ") }
}

/// The names of a person, sorted, without titles: `Doe, John` and `Mr. John Doe` are the same.
#[must_use]
pub fn person(text: &str) -> Vec<String> {
    let mut words = words(text);
    words.retain(|word| !listed(TITLES, word));
    words.sort_unstable();
    words
}

/// The words of a street, sorted, with its short forms: `12 Main Street` and `Main St. 12` are the same, and so are
/// `Hauptstraße 5a` and `Hauptstr. 5 A`.
#[must_use]
pub fn street(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for word in words(text) {
        let glued = ["strasse", "str"].iter().find_map(|end| word.strip_suffix(end)).filter(|name| name.len() > 2);
        let short = |word: &str| STREET_WORDS.split(' ').find_map(|pair| pair.strip_prefix(word)?.strip_prefix('='));
        match (glued, short(&word)) {
            (Some(name), _) => parts.extend([name.to_owned(), "st".to_owned()]),
            (_, Some(short)) => parts.push(short.to_owned()),
            // `5a`: the letter may stand apart.
            _ => parts.extend(number_and_letter(&word)),
        }
    }
    parts.sort_unstable();
    parts
}

fn number_and_letter(word: &str) -> Vec<String> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    match word.split_at_checked(digits) {
        Some((number, letter)) if digits > 0 && letter.chars().count() == 1 => vec![number.into(), letter.into()],
        _ => vec![word.to_owned()],
    }
}

/// A postcode in its comparable form: letters and digits only, no country in front, five digits of a ZIP code, and the
/// leading zeros back that a spreadsheet took.
#[must_use]
pub fn postcode(text: &str, land: &str) -> String {
    let code: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let land = country(land).map_or("", |country| country.code);
    let code = code.strip_prefix(land).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(&code);
    let number = code.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    match land {
        "US" if is_number && number.len() > 5 => format!("{number:0>9}").get(..5).unwrap_or_default().to_owned(),
        "US" | "DE" | "FR" | "ES" | "IT" | "FI" | "MX" if is_number => format!("{number:0>5}"),
        "AT" | "CH" | "BE" | "DK" | "NO" | "AU" if is_number => number.to_owned(),
        _ => code.to_owned(),
    }
}

fn listed(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

/// `Mueller` as `Müller` is without its accent; short words such as `Doe` stay.
fn without_umlauts(word: &str) -> String {
    match word.len() {
        0..=3 => word.to_owned(),
        _ => word.replace("ae", "a").replace("oe", "o").replace("ue", "u"),
    }
}
