use super::*;

fn table(cases: &[(&str, &str)], form: impl Fn(&str) -> String) {
    for (text, expected) in cases {
        assert_eq!(form(text), *expected, "{text}");
    }
}

#[test]
fn emails_are_brought_to_one_form() {
    let cases = [
        (" Buyer@Example.COM ", "buyer@example.com"),
        ("buyer+shop@example.com", "buyer@example.com"),
        ("b.u.yer@googlemail.com", "buyer@gmail.com"),
        ("b.uyer@example.com", "b.uyer@example.com"),
        ("no address", "-"),
        ("buyer@localhost", "-"),
        ("@example.com", "-"),
        ("+tag@example.com", "-"),
        ("buyer@example..com", "-"),
        ("two@people@example.com", "-"),
        ("a b@example.com", "-"),
    ];
    table(&cases, |text| email(text).unwrap_or_else(|| "-".into()));
}

#[test]
fn phones_are_brought_to_digits_with_the_calling_code() {
    let cases = [
        ("(555) 010-9999", "US", "15550109999"),
        ("1-555-010-9999", "United States", "15550109999"),
        ("+1 555 010 9999 ext. 12", "", "15550109999"),
        ("'+15550109999", "DE", "15550109999"),
        ("555.010.9999x7", "USA", "15550109999"),
        ("030 1234567", "DE", "49301234567"),
        ("+49 (0)30 1234567", "US", "49301234567"),
        ("0049 30 1234567", "", "49301234567"),
        ("4930 1234567", "DE", "49301234567"),
        ("06 1234 5678", "IT", "390612345678"),
        ("8 (495) 123-45-67", "RU", "74951234567"),
        ("Tel. 030/1234567", "", "301234567"),
        ("4567", "US", "-"),
        ("1234567890123456", "", "-"),
        ("none", "US", "-"),
    ];
    for (text, land, expected) in cases {
        assert_eq!(phone(text, land).unwrap_or_else(|| "-".into()), expected, "{text} in {land}");
    }
    assert!(same_phone("49301234567", "301234567"), "one lacks its calling code");
    assert!(!same_phone("49301234567", "49301234568"));
}

#[test]
fn companies_lose_their_legal_forms() {
    let cases = [
        ("Example Foods, Inc.", "example foods"),
        ("The Example Foods Company, L.L.C.", "example foods"),
        ("EXAMPLE FOODS GmbH & Co. KG", "example foods"),
        ("Example Foods Sp. z o.o.", "example foods"),
        ("Bücher & Töchter AG", "bucher tochter"),
        ("Buecher und Toechter AG", "bucher und tochter"),
        ("Société Générale S.A.", "societe generale"),
        ("Co", "co"),
        ("The Company", "the company"),
    ];
    table(&cases, company);
}

#[test]
fn people_lose_order_and_titles() {
    let cases = [
        ("Doe, John", "doe john"),
        ("Mr. John Doe Jr.", "doe john"),
        ("JOHN  DOE", "doe john"),
        ("Jürgen Müller", "jurgen muller"),
        ("Juergen Mueller", "jurgen muller"),
        ("J\u{fc}rgen Mu\u{308}ller", "jurgen muller"),
        ("O’Neil, Pat", "oneil pat"),
    ];
    table(&cases, |text| person(text).join(" "));
}

#[test]
fn streets_come_to_one_form() {
    let same = [
        ["12 Main Street, Suite 4", "12 MAIN ST STE 4"],
        ["Hauptstraße 5a", "Hauptstr. 5 A"],
        ["Haupt Str. 5 a", "hauptstrasse 5A"],
        ["1600 North Fifth Avenue", "1600 N. Fifth Ave."],
        ["P.O. Box 12", "po box 12"],
    ];
    for [one, two] in same {
        assert_eq!(street(one), street(two), "{one} and {two}");
    }
    assert_ne!(street("12 Main Street"), street("21 Main Street"));
    assert_ne!(street("12 Main Street"), street("12 Main Road"));
}

#[test]
fn postcodes_come_to_one_form() {
    let cases = [
        ("02134-1234", "US", "02134"),
        ("2134", "US", "02134"),
        ("21341234", "US", "02134"),
        ("D-10115", "DE", "10115"),
        ("DE 1067", "DE", "01067"),
        ("k1a 0b1", "CA", "K1A0B1"),
        ("CH-8001", "CH", "8001"),
        ("SW1A 1AA", "GB", "SW1A1AA"),
        ("DE21 4AB", "GB", "DE214AB"),
        ("", "US", ""),
    ];
    for (text, land, expected) in cases {
        assert_eq!(postcode(text, land), expected, "{text} in {land}");
    }
}

/// e-mail, phone, company, person, street, postcode, country.
fn customer(parts: [&str; 7]) -> Identity {
    let fields =
        ["email", "phone", "company", "bill_to.name", "bill_to.address1", "bill_to.postal_code", "bill_to.country"];
    Identity::of(|name| fields.iter().position(|field| *field == name).map(|at| parts[at]))
}

const KNOWN: [&str; 7] =
    ["buyer@example.com", "555 010 9999", "Example Foods Inc", "Pat Doe", "12 Main Street", "02134", "US"];

#[test]
fn the_score_is_the_sum_of_the_evidence() {
    let cases = [
        (KNOWN, 100, "the same in everything"),
        (["Buyer@example.com", "", "", "", "", "", ""], 60, "e-mail alone"),
        (["buyer@example.com", "", "", "Sam Smith", "", "", ""], 45, "e-mail, another person"),
        (["buyer@example.com", "", "Other AG", "Sam Smith", "", "", "DE"], 40, "e-mail: never less"),
        (["other@example.com", "", "", "Doe, Pat", "12 Main St.", "2134", "USA"], 45, "person and address"),
        (["", "", "Example Foods LLC", "P. Doe", "12 Main St", "02134", "US"], 55, "company, address, initial"),
        (["", "+1 555 0109999", "", "Pat Doe", "", "", ""], 45, "phone and person"),
        (["", "", "Exampel Foods", "", "9 Side Road", "02134", "US"], 18, "similar company, postcode"),
        (["", "", "Example Foods", "", "", "", "DE"], 10, "company, another country"),
        (["", "", "", "Sam Smith", "9 Side Road", "99999", "DE"], 0, "nothing"),
        ([""; 7], 0, "empty"),
    ];
    let known = customer(KNOWN);
    for (parts, score, why) in cases {
        let other = customer(parts);
        let likeness = known.likeness(&other);
        assert_eq!(likeness.score, score, "{why}: {likeness}");
        assert_eq!(other.likeness(&known), likeness, "{why}: from either side");
    }
    let shown = known.likeness(&customer(["buyer@example.com", "", "", "Sam Smith", "", "", ""])).to_string();
    assert_eq!(shown, "45 of 100: same e-mail +60, another person -15");
}

#[test]
fn a_gift_is_not_the_customer() {
    let order = |name: &str| match name {
        "bill_to.name" => Some("Pat Doe"),
        "ship_to.name" => Some("Sam Smith"),
        _ => None,
    };
    assert_eq!(Identity::of(order).people, [["doe", "pat"]]);
    let shipped = |name: &str| (name == "ship_to.name").then_some("Sam Smith");
    assert_eq!(Identity::of(shipped).people, [["sam", "smith"]]);
}

proptest::proptest! {
    /// Whoever looks for candidates by keys misses nobody that a person should see.
    #[test]
    fn without_a_common_key_nobody_is_doubtful(
        one in proptest::array::uniform7(0..4_usize),
        two in proptest::array::uniform7(0..4_usize),
    ) {
        const VALUES: [[&str; 4]; 7] = [
            ["", "buyer@example.com", "buyer@gmail.com", "bu.yer@googlemail.com"],
            ["", "030 12345678", "+49 30 12345678", "3012345678"],
            ["", "Example Foods Inc", "Exampel Foods", "Other AG"],
            ["", "Pat Doe", "P. Doe", "Sam Smith"],
            ["", "12 Main Street", "Main St. 12", "Main Street"],
            ["", "10115", "D-10115", "20095"],
            ["", "DE", "Germany", "US"],
        ];
        let pick = |at: [usize; 7]| customer(std::array::from_fn(|part| VALUES[part][at[part]]));
        let (one, two) = (pick(one), pick(two));
        let shared = one.keys().iter().any(|key| two.keys().contains(key));
        proptest::prop_assert!(shared || one.likeness(&two).score < DOUBTFUL, "{}", one.likeness(&two));
        proptest::prop_assert_eq!(one.likeness(&two), two.likeness(&one));
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,80}") {
        let identity = customer([&text, &text, &text, &text, &text, &text, &text]);
        proptest::prop_assert!(identity.likeness(&identity).score <= 100);
        proptest::prop_assert_eq!(identity.keys(), identity.keys());
    }
}
