//! Customers made comparable, and how alike two of them are.
//!
//! What people write differently is brought to one form: case, accents, legal forms, street words, trunk digits. The
//! forms are only for comparing and are never written out. The score is a sum of whole numbers:
//!
//! | evidence | points |
//! |---|---:|
//! | the same e-mail | 60 |
//! | the same telephone number | 25 |
//! | the same street and place | 25 |
//! | the same company; a similar one | 20; 10 |
//! | the same person; a similar one (initials, one name more) | 20; 10 |
//! | the same postcode, another or no street | 8 |
//! | both have a person, and they differ | −15 |
//! | both have a company, and they differ | −15 |
//! | both have a country, and they differ | −10 |
//!
//! From 60 on two customers are surely the same, from 40 on perhaps; with the same e-mail they are never less than
//! perhaps the same. The score is never below 0 nor above 100.

use std::fmt;

mod normal;

pub use normal::{company, email, person, phone, postcode, same_phone, street, words};

use super::country::country;
use crate::document::hash::Hash;
use crate::limits;
use normal::PHONE_DIGITS;

/// From this score on two customers are surely the same.
pub const SURE: u8 = 60;
/// From this score on two customers may be the same, and a person decides.
pub const DOUBTFUL: u8 = 40;

/// An address in its comparable form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Address {
    street: Vec<String>,
    postcode: String,
    city: String,
    country: &'static str,
}

/// A customer in comparable form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    emails: Vec<String>,
    phones: Vec<String>,
    companies: Vec<String>,
    people: Vec<Vec<String>>,
    addresses: Vec<Address>,
}

impl Identity {
    /// The customer of a document, whose header fields `get` knows: a customer, or the buyer of an order. Who is billed
    /// is the customer; who it is shipped to is asked only where nothing says who is billed, since it may be a gift.
    #[must_use]
    pub fn of<'v>(get: impl Fn(&str) -> Option<&'v str>) -> Self {
        let mut identity = Self::default();
        let value = |name: &str| get(name).map(str::trim).filter(|value| !value.is_empty());
        const PARTS: [&str; 6] = ["name", "first_name", "last_name", "company", "address1", "phone"];
        let has = |prefix: &str| PARTS.iter().any(|part| value(&format!("{prefix}.{part}")).is_some());
        let prefix = if has("bill_to") || !has("ship_to") { "bill_to" } else { "ship_to" };
        let part = |name: &str| value(&format!("{prefix}.{name}"));
        let land = part("country").unwrap_or_default();
        let full = |first: Option<&str>, last: Option<&str>| format!("{} {}", first.unwrap_or(""), last.unwrap_or(""));
        identity.add_email(value("email").unwrap_or_default());
        for number in [value("phone"), part("phone")].into_iter().flatten() {
            identity.add_phone(number, land);
        }
        for name in [value("company"), part("company")].into_iter().flatten() {
            identity.add_company(name);
        }
        identity.add_person(&full(value("first_name"), value("last_name")));
        identity.add_person(part("name").unwrap_or_default());
        identity.add_person(&full(part("first_name"), part("last_name")));
        let lines = format!("{} {}", part("address1").unwrap_or(""), part("address2").unwrap_or(""));
        identity.add_address(&lines, part("postal_code").unwrap_or(""), part("city").unwrap_or(""), land);
        identity
    }

    /// Adds an e-mail address, unless it is none.
    pub fn add_email(&mut self, text: &str) {
        add(&mut self.emails, email(text));
    }

    /// Adds a telephone number of a country, unless it is none.
    pub fn add_phone(&mut self, text: &str, land: &str) {
        add(&mut self.phones, phone(text, land));
    }

    /// Adds a company, unless it is empty.
    pub fn add_company(&mut self, text: &str) {
        add(&mut self.companies, Some(company(text)).filter(|company| !company.is_empty()));
    }

    /// Adds a person's name, unless it is empty.
    pub fn add_person(&mut self, text: &str) {
        add(&mut self.people, Some(person(text)).filter(|names| !names.is_empty()));
    }

    /// Adds an address, unless it says nothing.
    pub fn add_address(&mut self, lines: &str, code: &str, city: &str, land: &str) {
        let address = Address {
            street: street(lines),
            postcode: postcode(code, land),
            city: words(city).join(" "),
            country: country(land).map_or("", |country| country.code),
        };
        add(&mut self.addresses, Some(address).filter(|address| *address != Address::default()));
    }

    /// Whether there is nothing to compare.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Keys to find candidates by: two customers without a common key score below [`DOUBTFUL`].
    #[must_use]
    pub fn keys(&self) -> Vec<u128> {
        let key = |kind: &str, value: &str| {
            let mut hash = Hash::default();
            hash.add(kind.as_bytes());
            hash.add(value.as_bytes());
            hash.finish()
        };
        let last = |digits: &str| digits.get(digits.len().saturating_sub(*PHONE_DIGITS.start())..).map(str::to_owned);
        let emails = self.emails.iter().map(|email| key("e-mail", email));
        let phones = self.phones.iter().filter_map(|phone| Some(key("phone", &last(phone)?)));
        let companies = self.companies.iter().map(|company| key("company", company));
        let streets = self.addresses.iter().filter(|address| address.is_exact());
        let streets = streets.map(|address| key("street", &address.street.join(" ")));
        let mut keys: Vec<u128> = emails.chain(phones).chain(companies).chain(streets).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// What a new customer is told from others by: its e-mail, or a name with its phone or address; none if it has neither.
    #[must_use]
    pub fn anchor(&self) -> Option<u128> {
        let mut hash = Hash::default();
        let name = self.people.first().map(|names| names.join(" ")).or_else(|| self.companies.first().cloned());
        let address = self.addresses.iter().find(|address| address.is_exact());
        let parts = match (self.emails.first(), name, self.phones.first(), address) {
            (Some(email), ..) => ["e-mail".to_owned(), email.clone()],
            (None, Some(name), Some(phone), _) => [name, phone.clone()],
            (None, Some(name), None, Some(place)) => [name, format!("{} {}", place.street.join(" "), place.postcode)],
            _ => return None,
        };
        parts.iter().for_each(|part| hash.add(part.as_bytes()));
        Some(hash.finish())
    }

    /// How alike two customers are, and why.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> Likeness {
        let mut why = Vec::new();
        let mut say = |evidence: Option<Evidence>| why.extend(evidence);
        let best = |found: Option<Evidence>, both: bool, unlike| found.or_else(|| both.then_some(unlike));
        let any = |same: bool, evidence| same.then_some(evidence);
        let emails = self.emails.iter().any(|email| other.emails.contains(email));
        say(any(emails, Evidence::SameEmail));
        let phones = self.phones.iter().any(|one| other.phones.iter().any(|two| same_phone(one, two)));
        say(any(phones, Evidence::SamePhone));
        let found = pairs(&self.companies, &other.companies, |one, two| likeness_of_companies(one, two));
        let both = !self.companies.is_empty() && !other.companies.is_empty();
        say(best(found, both, Evidence::UnlikeCompany));
        let found = pairs(&self.people, &other.people, |one, two| likeness_of_people(one, two));
        let both = !self.people.is_empty() && !other.people.is_empty();
        say(best(found, both, Evidence::UnlikePerson));
        say(pairs(&self.addresses, &other.addresses, Address::likeness));
        let countries =
            |of: &Self| of.addresses.iter().map(|a| a.country).filter(|c| !c.is_empty()).collect::<Vec<_>>();
        let (ours, theirs) = (countries(self), countries(other));
        let apart = !ours.is_empty() && !theirs.is_empty() && !ours.iter().any(|country| theirs.contains(country));
        say(any(apart, Evidence::UnlikeCountry));
        let floor = if emails { i16::from(DOUBTFUL) } else { 0 };
        let sum: i16 = why.iter().map(|evidence| evidence.points()).sum();
        Likeness { score: u8::try_from(sum.clamp(floor, 100)).unwrap_or_default(), why }
    }
}

/// Adds a value that is not there yet; of each kind a customer has a few.
fn add<T: PartialEq>(values: &mut Vec<T>, value: Option<T>) {
    if let Some(value) = value
        && values.len() < limits::CUSTOMER_VALUES
        && !values.contains(&value)
    {
        values.push(value);
    }
}

/// The strongest evidence of all pairs.
fn pairs<T>(ours: &[T], theirs: &[T], likeness: impl Fn(&T, &T) -> Option<Evidence>) -> Option<Evidence> {
    let all = ours.iter().flat_map(|one| theirs.iter().map(move |two| (one, two)));
    all.filter_map(|(one, two)| likeness(one, two)).max_by_key(|evidence| evidence.points())
}

fn likeness_of_companies(one: &str, two: &str) -> Option<Evidence> {
    if one == two {
        return Some(Evidence::SameCompany);
    }
    // One letter in eight may differ.
    let length = one.chars().count().min(two.chars().count());
    (length >= 6 && strsim::osa_distance(one, two) <= length / 8 + 1).then_some(Evidence::SimilarCompany)
}

fn likeness_of_people(one: &[String], two: &[String]) -> Option<Evidence> {
    if one == two {
        return Some(Evidence::SamePerson);
    }
    let (short, long) = if one.len() <= two.len() { (one, two) } else { (two, one) };
    let mut whole = 0;
    let mut left: Vec<&String> = long.iter().collect();
    let mut take = |word: &String| {
        let initial = |a: &str, b: &str| a.chars().count() == 1 && b.starts_with(a);
        let at = left.iter().position(|known| *known == word).inspect(|_| whole += usize::from(word.len() > 1));
        let at = at.or_else(|| left.iter().position(|known| initial(word, known) || initial(known, word)));
        at.map(|at| left.remove(at)).is_some()
    };
    (short.len() > 1 && short.iter().all(&mut take) && whole > 0).then_some(Evidence::SimilarPerson)
}

impl Address {
    /// Whether the street tells a house and not only a road.
    fn is_exact(&self) -> bool {
        self.street.len() > 1 && self.street.iter().any(|word| word.bytes().any(|byte| byte.is_ascii_digit()))
    }

    fn likeness(&self, other: &Self) -> Option<Evidence> {
        let filled = |one: &str, two: &str| !one.is_empty() && !two.is_empty();
        if filled(self.country, other.country) && self.country != other.country {
            return None;
        }
        let code = filled(&self.postcode, &other.postcode).then_some(self.postcode == other.postcode);
        let city = filled(&self.city, &other.city) && self.city == other.city;
        if self.is_exact() && self.street == other.street && code.unwrap_or(city) {
            return Some(Evidence::SameAddress);
        }
        (code == Some(true)).then_some(Evidence::SamePostcode)
    }
}

/// What speaks for or against two customers being the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// An e-mail address in common.
    SameEmail,
    /// A telephone number in common.
    SamePhone,
    /// Street and place in common.
    SameAddress,
    /// A company in common.
    SameCompany,
    /// Companies that differ by a letter or two.
    SimilarCompany,
    /// A person in common.
    SamePerson,
    /// People who differ by an initial or a further name.
    SimilarPerson,
    /// A postcode in common, and no more of the address.
    SamePostcode,
    /// Both have people, none of them alike.
    UnlikePerson,
    /// Both have companies, none of them alike.
    UnlikeCompany,
    /// Both have countries, none in common.
    UnlikeCountry,
}

impl Evidence {
    /// Its points in the score.
    #[must_use]
    pub const fn points(self) -> i16 {
        match self {
            Self::SameEmail => 60,
            Self::SamePhone | Self::SameAddress => 25,
            Self::SameCompany | Self::SamePerson => 20,
            Self::SimilarCompany | Self::SimilarPerson => 10,
            Self::SamePostcode => 8,
            Self::UnlikePerson | Self::UnlikeCompany => -15,
            Self::UnlikeCountry => -10,
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameEmail => "same e-mail",
            Self::SamePhone => "same phone",
            Self::SameAddress => "same address",
            Self::SameCompany => "same company",
            Self::SimilarCompany => "similar company",
            Self::SamePerson => "same person",
            Self::SimilarPerson => "similar person",
            Self::SamePostcode => "same postcode",
            Self::UnlikePerson => "another person",
            Self::UnlikeCompany => "another company",
            Self::UnlikeCountry => "another country",
        }
    }
}

/// How alike two customers are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Likeness {
    /// 0 to 100.
    pub score: u8,
    /// What the score is made of. It holds no personal value.
    pub why: Vec<Evidence>,
}

impl Likeness {
    /// Whether they are surely the same.
    #[must_use]
    pub const fn is_sure(&self) -> bool {
        self.score >= SURE
    }

    /// Whether a person has to decide.
    #[must_use]
    pub const fn is_doubtful(&self) -> bool {
        self.score >= DOUBTFUL && self.score < SURE
    }
}

impl fmt::Display for Likeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of 100", self.score)?;
        for (at, evidence) in self.why.iter().enumerate() {
            write!(f, "{}{} {:+}", if at == 0 { ": " } else { ", " }, evidence.as_str(), evidence.points())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
