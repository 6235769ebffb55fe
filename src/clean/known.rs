//! Whose order it is: the buyer of each order is matched against the customers that the ERP or CRM knows.
//!
//! A sure match links. A doubtful one is held for a person. Nobody that is near is new, and becomes a customer before the
//! order that needs it; the number of a new customer follows from who it is, so that it is the same one twice.

use std::collections::HashMap;

use foldhash::quality::FixedState;
use polars::prelude::*;

use super::customer::{DOUBTFUL, Identity, Likeness, SURE};
use crate::document::batch::{BatchBuilder, Place};
use crate::document::hash::Hash;
use crate::document::{Batch, Class, Code, Finding, Findings, Kind, Level};
use crate::limits;

/// The column of orders with the number of a customer that nobody knows yet.
const NEW: &str = "_new_customer";
/// Characters of a number that follows from who a customer is: 60 bits.
const NUMBER_CHARS: usize = 12;

/// Customers that a system knows.
#[derive(Debug, Default)]
pub struct KnownCustomers {
    prefix: String,
    ids: Vec<String>,
    identities: Vec<Identity>,
    by_key: HashMap<u128, Vec<u32>, FixedState>,
}

/// What a buyer is to the customers that are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match<'k> {
    /// One of them.
    Sure(&'k str),
    /// Perhaps one of these, the likeliest first; none when there are too many to compare.
    Doubtful(Vec<(&'k str, Likeness)>),
    /// None of them.
    Nobody,
}

impl KnownCustomers {
    /// Nobody yet; `prefix` stands in front of the numbers of new customers.
    #[must_use]
    pub fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), ..Self::default() }
    }

    /// Adds the customers of a batch; those without a number, or with nothing to compare, are left out.
    pub fn add(&mut self, batch: &Batch) {
        let text = |name: &str, row| batch.text(Level::Header, name).and_then(|column| column.get(row));
        for row in 0..batch.headers.height() {
            let identity = Identity::of(|name| text(name, row));
            let id = text("id", row).or_else(|| text("number", row)).unwrap_or_default();
            if id.is_empty() || identity.is_empty() {
                continue;
            }
            let at = self.ids.len() as u32;
            for key in identity.keys() {
                self.by_key.entry(key).or_default().push(at);
            }
            self.ids.push(id.to_owned());
            self.identities.push(identity);
        }
    }

    /// Customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Who a buyer is.
    #[must_use]
    pub fn find(&self, buyer: &Identity) -> Match<'_> {
        let keys = buyer.keys();
        let of_key = |key: &u128| self.by_key.get(key).map_or(&[][..], Vec::as_slice);
        let too_many = keys.iter().any(|key| of_key(key).len() > limits::CUSTOMER_CANDIDATES);
        let mut candidates: Vec<u32> =
            keys.iter().flat_map(|key| of_key(key).iter().take(limits::CUSTOMER_CANDIDATES)).copied().collect();
        candidates.sort_unstable();
        candidates.dedup();
        let compare = |at: u32| {
            let (id, known) = (self.ids.get(at as usize)?, self.identities.get(at as usize)?);
            Some((id.as_str(), buyer.likeness(known))).filter(|(_, likeness)| likeness.score >= DOUBTFUL)
        };
        let mut near: Vec<(&str, Likeness)> = candidates.into_iter().filter_map(compare).collect();
        near.sort_by(|one, two| (two.1.score, one.0).cmp(&(one.1.score, two.0)));
        near.dedup_by(|later, first| later.0 == first.0);
        match near.as_slice() {
            [(id, best), rest @ ..]
                if best.score >= SURE && rest.first().is_none_or(|next| next.1.score < best.score) =>
            {
                Match::Sure(id)
            }
            [] if !too_many => Match::Nobody,
            _ => Match::Doubtful(near),
        }
    }

    /// The number of a new customer; none when there is too little to tell it from others.
    fn number(&self, buyer: &Identity) -> Option<String> {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut rest = buyer.anchor()?;
        let mut number = self.prefix.clone();
        for _ in 0..NUMBER_CHARS {
            number.push(char::from(DIGITS[(rest % 32) as usize]));
            rest /= 32;
        }
        Some(number)
    }
}

/// Puts the customer's number in every order of a batch.
pub(super) fn assign(batch: &mut Batch, known: &KnownCustomers, findings: &mut Findings) -> PolarsResult<()> {
    if batch.kind != Kind::Order {
        return Ok(());
    }
    let rows = batch.headers.height();
    let mut numbers = StringChunkedBuilder::new("erp_customer".into(), rows);
    let mut new = StringChunkedBuilder::new(NEW.into(), rows);
    for row in 0..rows {
        let text = |name: &str| batch.text(Level::Header, name).and_then(|column| column.get(row));
        let buyer = Identity::of(text);
        let at = || batch.position(Level::Header, row).field(if text("email").is_some() { "email" } else { "bill_to" });
        let (mut number, mut is_new) = (None, false);
        match known.find(&buyer) {
            Match::Sure(id) => number = Some(id.to_owned()),
            Match::Doubtful(near) => {
                let shown: Vec<String> =
                    near.iter().take(3).map(|(id, likeness)| format!("{id} ({likeness})")).collect();
                let found = near.first().map(|(_, likeness)| format!("{} of 100", likeness.score)).unwrap_or_default();
                let finding = Finding::new(Code::CustomerDoubtful, at()).found(found).in_document(row as u32);
                findings.push(finding.expected(match shown.is_empty() {
                    true => "fewer customers with the same company or address".to_owned(),
                    false => format!("perhaps {}", shown.join("; ")),
                }));
            }
            Match::Nobody => {
                number = known.number(&buyer);
                is_new = number.is_some();
                if number.is_none() {
                    let finding = Finding::new(Code::CustomerUnknown, at()).in_document(row as u32);
                    let finding = finding.expected("an e-mail address, or a name with a phone or an address");
                    findings.push(finding.help("Ask the shop who the buyer is."));
                }
            }
        }
        new.append_option(number.as_deref().filter(|_| is_new));
        numbers.append_option(number);
    }
    batch.set_text(Level::Header, "erp_customer", numbers.finish())?;
    batch.set_text(Level::Header, NEW, new.finish())
}

/// A customer that an order needs and that nobody knows yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewCustomer<'b> {
    /// Its number.
    pub number: &'b str,
    /// What it is known by from then on: hash of flow and number.
    pub key: u128,
    /// The order.
    pub row: usize,
}

/// The new customers of the orders of a batch that go out, in their order.
pub fn new_customers<'b>(batch: &'b Batch, scope: &str) -> Vec<NewCustomer<'b>> {
    let Some(numbers) = batch.text(Level::Header, NEW) else { return Vec::new() };
    let classes = super::classes(batch, Level::Header);
    let key = |number: &str| {
        let mut hash = Hash::default();
        for part in [scope, "customer", number] {
            hash.add(part.as_bytes());
        }
        hash.finish()
    };
    let out = (0..classes.len()).filter(|row| classes[*row] == Class::Out);
    out.filter_map(|row| numbers.get(row).map(|number| NewCustomer { number, key: key(number), row })).collect()
}

/// The customers as documents of their own, from the orders that need them. Where the file names people in one piece, the
/// last word is the last name.
///
/// # Errors
/// When polars refuses a column, which means a defect here.
pub fn as_customers(orders: &Batch, new: &[NewCustomer<'_>]) -> PolarsResult<Batch> {
    let fields: Vec<usize> = (0..Kind::Customer.fields(Level::Header).len()).collect();
    let mut builder = BatchBuilder::new(Kind::Customer, (&fields, &[]), (&[], &[]));
    for customer in new {
        let text = |name: &str| orders.text(Level::Header, name).and_then(|column| column.get(customer.row));
        let prefix =
            if text("bill_to.name").or_else(|| text("bill_to.last_name")).is_some() { "bill_to" } else { "ship_to" };
        let part = |name: &str| text(&format!("{prefix}.{name}"));
        let name = part("name").or_else(|| text("bill_to.name")).map(str::trim).unwrap_or_default();
        let (first, last) = name.rsplit_once(' ').unwrap_or(("", name));
        let at = orders.position(Level::Header, customer.row);
        builder.begin_document(Place { line: at.line, byte: at.byte, record: at.record });
        for (slot, field) in Kind::Customer.fields(Level::Header).iter().enumerate() {
            let value = match field.name {
                "id" => Some(customer.number),
                "first_name" => part("first_name").or(Some(first)),
                "last_name" => part("last_name").or(Some(last)),
                "company" => part("company"),
                "phone" => text("phone").or_else(|| part("phone")),
                // They are the order's.
                "note" | "tags" | "number" => None,
                name => text(name),
            };
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                builder.set_text(Level::Header, slot, value);
            }
        }
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(kind: Kind, names: &[&str], rows: &[&[&str]]) -> Batch {
        let fields: Vec<usize> = names.iter().map(|name| kind.field(Level::Header, name).unwrap()).collect();
        let mut builder = BatchBuilder::new(kind, (&fields, &[]), (&[], &[]));
        for row in rows {
            builder.begin_document(Place::default());
            for (slot, value) in row.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
                builder.set_text(Level::Header, slot, value);
            }
        }
        builder.finish().unwrap()
    }

    fn known() -> KnownCustomers {
        let names = ["id", "email", "bill_to.name", "bill_to.address1", "bill_to.postal_code", "bill_to.country"];
        let rows: [&[&str]; 4] = [
            &["C1", "pat@example.com", "Pat Doe", "12 Main Street", "02134", "US"],
            &["C2", "", "Sam Smith", "9 Side Road", "10115", "DE"],
            &["C3", "twin@example.com", "Twin One", "", "", ""],
            &["C4", "twin@example.com", "Twin Two", "", "", ""],
        ];
        let mut known = KnownCustomers::new("N-");
        known.add(&batch(Kind::Customer, &names, &rows));
        known
    }

    #[test]
    fn buyers_are_linked_held_or_new() {
        let names = ["number", "email", "bill_to.name", "bill_to.address1", "bill_to.postal_code", "bill_to.country"];
        let rows: [&[&str]; 6] = [
            &["1", "PAT@example.com", "Doe, Pat", "", "", ""],
            &["2", "", "Smith, Sam", "Side Rd. 9", "D-10115", "Germany"],
            &["3", "twin@example.com", "", "", "", ""],
            &["4", "new@example.com", "Jo New", "1 New Street", "", ""],
            &["5", "NEW@example.com", "Jo A. New", "", "", ""],
            &["6", "", "Jo New", "", "", ""],
        ];
        let mut orders = batch(Kind::Order, &names, &rows);
        let mut findings = Findings::default();
        assign(&mut orders, &known(), &mut findings).unwrap();
        let numbers: Vec<_> = orders.text(Level::Header, "erp_customer").unwrap().iter().collect();
        assert_eq!(numbers[..3], [Some("C1"), None, None]);
        assert!(numbers[3].is_some_and(|number| number.starts_with("N-") && number.len() == 14), "{numbers:?}");
        assert_eq!((numbers[3], numbers[5]), (numbers[4], None), "the same e-mail is the same customer");
        let codes: Vec<_> = findings.kept().iter().map(|f| (f.code, f.document, f.found.as_str())).collect();
        let expected = [
            (Code::CustomerDoubtful, Some(1), "45 of 100"),
            (Code::CustomerDoubtful, Some(2), "60 of 100"),
            (Code::CustomerUnknown, Some(5), ""),
        ];
        assert_eq!(codes, expected);
        let told: String = findings.kept().iter().map(ToString::to_string).collect();
        assert!(told.contains("C2 (45 of 100: same person +20, same address +25)"), "{told}");
        assert!(!told.contains("Sam") && !told.contains("example.com"), "no personal value is told: {told}");
        let new = new_customers(&orders, "flow");
        assert_eq!(new.iter().map(|n| n.row).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(new[0].key, new[1].key);
        let customers = as_customers(&orders, &new[..1]).unwrap();
        let get = |name| customers.text(Level::Header, name).and_then(|column| column.get(0));
        assert_eq!((get("id"), get("first_name"), get("last_name")), (numbers[3], Some("Jo"), Some("New")));
        assert_eq!((get("email"), get("bill_to.address1")), (Some("new@example.com"), Some("1 New Street")));
    }

    #[test]
    fn a_company_of_too_many_contacts_makes_nobody_new() {
        let rows: Vec<[String; 3]> = (0..=limits::CUSTOMER_CANDIDATES)
            .map(|n| [format!("C{n}"), format!("contact{n}@example.com"), "Example Foods Inc".to_owned()])
            .collect();
        let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        let mut known = KnownCustomers::default();
        known.add(&batch(Kind::Customer, &["id", "email", "company"], &rows));
        let mut buyer = Identity::default();
        buyer.add_company("Example Foods");
        assert_eq!(known.find(&buyer), Match::Doubtful(Vec::new()));
        buyer.add_email("contact7@example.com");
        assert_eq!(known.find(&buyer), Match::Sure("C7"));
    }
}
