//! Customers that stand there twice: of two records one e-mail address, one telephone number, or one name and address.
//!
//! Only hashes are kept. In orders a customer who comes again is none: there the same customer must be known by another
//! number or e-mail address.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use super::{At, Check, Issue, Place, Tally};
use crate::clean::customer::{company, email, person, phone, postcode, street, words};
use crate::document::{Batch, Kind, Level, Severity};
use crate::limits;

/// What two records have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Shared {
    Email,
    Phone,
    NameAndAddress,
}

impl Shared {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "e-mail address",
            Self::Phone => "telephone number",
            Self::NameAndAddress => "name and address",
        }
    }
}

/// One record by one of its keys.
#[derive(Clone, Copy, Debug)]
struct Seen {
    key: u64,
    shared: Shared,
    identity: u64,
    place: Place,
    value: i128,
}

/// The first record of a key.
#[derive(Clone, Copy, Debug)]
struct First {
    identity: u64,
    place: Place,
    value: i128,
}

/// Different records with one key.
#[derive(Clone, Debug)]
struct Group {
    shared: Shared,
    identities: Vec<u64>,
    tally: Tally,
}

/// Where the members of a group stand, and who they are.
type Members = (Vec<Place>, Vec<u64>);

#[derive(Debug, Default)]
pub(super) struct Parties {
    /// Those of one batch, until they are absorbed.
    seen: Vec<Seen>,
    first: HashMap<u64, First, FixedState>,
    groups: HashMap<u64, Group, FixedState>,
    left_out: u64,
}

fn hash(parts: &[&str]) -> u64 {
    FixedState::default().hash_one(parts)
}

impl Parties {
    pub(super) fn look(&mut self, batch: &Batch, at: &At<'_>) {
        if !matches!(batch.kind, Kind::Customer | Kind::Order) {
            return;
        }
        let columns: HashMap<&str, _> = batch
            .kind
            .fields(Level::Header)
            .iter()
            .filter_map(|field| Some((field.name, batch.text(Level::Header, field.name)?)))
            .collect();
        for row in 0..batch.headers.height() {
            let get = |name: &str| columns.get(name).and_then(|column| column.get(row)).unwrap_or_default().trim();
            let place = at.place(Level::Header, row);
            let identity = identity(batch.kind, get, place);
            let value = at.value(Level::Header, row);
            let mut add = |shared, key| self.seen.push(Seen { key, shared, identity, place, value });
            keys(get).into_iter().for_each(|(shared, key)| add(shared, key));
        }
    }

    pub(super) fn absorb(&mut self, later: Self) {
        for seen in later.seen {
            self.add(seen);
        }
        self.left_out += later.left_out;
    }

    fn add(&mut self, seen: Seen) {
        let Seen { key, shared, identity, place, value } = seen;
        let Some(first) = self.first.get(&key) else {
            if self.first.len() < limits::AUDIT_KEYS {
                self.first.insert(key, First { identity, place, value });
            } else {
                self.left_out += 1;
            }
            return;
        };
        if first.identity == identity {
            return;
        }
        if self.groups.len() >= limits::AUDIT_GROUPS && !self.groups.contains_key(&key) {
            self.left_out += 1;
            return;
        }
        let new = || Group { shared, identities: vec![first.identity], tally: Tally::one(first.place, first.value) };
        let group = self.groups.entry(key).or_insert_with(new);
        if !group.identities.contains(&identity) && group.identities.len() < limits::AUDIT_MEMBERS {
            group.identities.push(identity);
            group.tally.add(&Tally::one(place, value));
        }
    }

    pub(super) fn issues(&self, limits: &mut Vec<String>) -> Vec<Issue> {
        if self.left_out > 0 {
            limits.push(format!("{} values of customers were not compared: there are too many", self.left_out));
        }
        // The same records may share several things, which are one issue.
        let mut merged: BTreeMap<Members, (Vec<Shared>, &Group)> = BTreeMap::new();
        for group in self.groups.values() {
            let mut identities = group.identities.clone();
            identities.sort_unstable();
            let (shared, _) = merged.entry((group.tally.places.clone(), identities)).or_insert((Vec::new(), group));
            shared.push(group.shared);
        }
        merged.into_values().map(|(shared, group)| issue(shared, group)).collect()
    }
}

fn issue(mut shared: Vec<Shared>, group: &Group) -> Issue {
    shared.sort_unstable();
    shared.dedup();
    let words: Vec<&str> = shared.iter().map(|shared| shared.as_str()).collect();
    let sure = shared.contains(&Shared::Email) || shared.len() > 1;
    let many = group.identities.len();
    let more = if many >= limits::AUDIT_MEMBERS { " or more" } else { "" };
    Issue {
        check: Check::DuplicateCustomer,
        severity: if sure { Severity::Warning } else { Severity::Note },
        subject: format!("{many}{more} customers"),
        detail: format!("have the same {}", words.join(" and ")),
        tally: group.tally.clone(),
    }
}

/// What a customer is known by: in a list of customers each row is one.
fn identity<'v>(kind: Kind, get: impl Fn(&str) -> &'v str, place: Place) -> u64 {
    let own = if kind == Kind::Customer { "id" } else { "customer" };
    match (get(own), get("email")) {
        ("", _) if kind == Kind::Customer => FixedState::default().hash_one((place.file, place.line, place.record)),
        ("", "") => hash(&["name", &words(&name(&get)).join(" ")]),
        ("", email) => hash(&["e-mail", &email.to_lowercase()]),
        (number, _) => hash(&["number", number]),
    }
}

fn name<'v>(get: &impl Fn(&str) -> &'v str) -> String {
    let parts = ["bill_to.name", "first_name", "last_name", "bill_to.first_name", "bill_to.last_name", "ship_to.name"];
    parts.iter().map(|part| get(part)).filter(|part| !part.is_empty()).take(2).collect::<Vec<_>>().join(" ")
}

fn keys<'v>(get: impl Fn(&str) -> &'v str) -> Vec<(Shared, u64)> {
    let land = [get("bill_to.country"), get("ship_to.country")].into_iter().find(|land| !land.is_empty());
    let land = land.unwrap_or_default();
    let mut keys = Vec::with_capacity(3);
    if let Some(email) = email(get("email")) {
        keys.push((Shared::Email, hash(&["e-mail", &email])));
    }
    let number = [get("phone"), get("bill_to.phone")].into_iter().find(|phone| !phone.is_empty());
    if let Some(phone) = number.and_then(|number| phone(number, land)) {
        keys.push((Shared::Phone, hash(&["phone", &phone])));
    }
    let lines = format!("{} {}", get("bill_to.address1"), get("bill_to.address2"));
    let street = street(&lines);
    let code = postcode(get("bill_to.postal_code"), land);
    let firm = [get("company"), get("bill_to.company")].into_iter().find(|company| !company.is_empty());
    let own = match firm {
        Some(firm) => company(firm),
        None => {
            let full = format!("{} {}", get("first_name"), get("last_name"));
            person(if full.trim().is_empty() { get("bill_to.name") } else { &full }).join(" ")
        }
    };
    if !own.is_empty() && street.len() > 1 && !code.is_empty() {
        keys.push((Shared::NameAndAddress, hash(&["address", &own, &street.join(" "), &code])));
    }
    keys
}
