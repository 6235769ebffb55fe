//! What the name of a column says that it holds: `Rechnungsadresse PLZ` is the postal code of the party that pays.
//!
//! The names are data (`schemas/columns.txt`), in the languages that exports are commonly written in.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::clean::suggest::fold;

/// What a name says of whom or what the column is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Of {
    /// It says nothing of that.
    #[default]
    Any,
    /// The party that pays.
    BillTo,
    /// The party that receives the goods.
    ShipTo,
    /// A line.
    Line,
}

/// What a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The word of `schemas/columns.txt`; parts of an address begin with a point.
    pub word: &'static str,
    /// Of whom or what.
    pub of: Of,
    /// How sure it is, up to 100.
    pub score: u8,
}

/// Score of a name that stands in the list.
const EXACT: u8 = 100;
/// Score of a name that stands in the list behind a word for whom or what.
const WITHIN: u8 = 90;
/// Score of a name that is nearly one of the list.
const NEAR: u8 = 70;
/// What a place far behind in a list takes off a score at most: the first names of a list are the plainest.
const FARTHEST: usize = 10;
/// Shortest name, in letters, that may be nearly another.
const NEAR_LENGTH: usize = 7;
/// Longest name that is looked at, in bytes.
const LONGEST: usize = 80;

/// What a name of the list means, and where it stands in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    word: &'static str,
    place: u8,
}

/// Words in front of a name that say of whom or what it is, folded; the longest that fits counts.
const CONTEXTS: &[(&str, Of)] = &[
    ("BILLTO", Of::BillTo),
    ("BILLING", Of::BillTo),
    ("BILL", Of::BillTo),
    ("INVOICE", Of::BillTo),
    ("INVOICETO", Of::BillTo),
    ("SOLDTO", Of::BillTo),
    ("PAYER", Of::BillTo),
    ("DEFAULT", Of::BillTo),
    ("RECHNUNGS", Of::BillTo),
    ("RECHNUNG", Of::BillTo),
    ("FACTURATION", Of::BillTo),
    ("FACTURACION", Of::BillTo),
    ("FACTURA", Of::BillTo),
    ("SHIPTO", Of::ShipTo),
    ("SHIPPING", Of::ShipTo),
    ("SHIPMENT", Of::ShipTo),
    ("SHIP", Of::ShipTo),
    ("DELIVERY", Of::ShipTo),
    ("DELIVERTO", Of::ShipTo),
    ("RECIPIENT", Of::ShipTo),
    ("CONSIGNEE", Of::ShipTo),
    ("DESTINATION", Of::ShipTo),
    ("LIEFER", Of::ShipTo),
    ("LIEFERUNG", Of::ShipTo),
    ("VERSAND", Of::ShipTo),
    ("EMPFAENGER", Of::ShipTo),
    ("LIVRAISON", Of::ShipTo),
    ("DESTINATAIRE", Of::ShipTo),
    ("ENVIO", Of::ShipTo),
    ("ENTREGA", Of::ShipTo),
    ("LINEITEM", Of::Line),
    ("ORDERLINE", Of::Line),
    ("ORDERITEM", Of::Line),
    ("LINE", Of::Line),
    ("ITEM", Of::Line),
    ("POSITIONS", Of::Line),
    ("POSITION", Of::Line),
    ("POS", Of::Line),
    ("ARTIKEL", Of::Line),
    ("LIGNE", Of::Line),
    ("ARTICLE", Of::Line),
    ("LINEA", Of::Line),
    ("ARTICULO", Of::Line),
    ("PRODUCT", Of::Line),
    ("VARIANT", Of::Line),
    ("ORDER", Of::Any),
    ("CUSTOMER", Of::Any),
    ("BUYER", Of::Any),
    ("CONTACT", Of::Any),
    ("KUNDEN", Of::Any),
    ("KUNDE", Of::Any),
    ("AUFTRAGS", Of::Any),
    ("BESTELL", Of::Any),
    ("CLIENT", Of::Any),
    ("COMMANDE", Of::Any),
    ("CLIENTE", Of::Any),
    ("PEDIDO", Of::Any),
    ("TOTAL", Of::Any),
];

/// Words that may stand between the two, or behind, and say nothing.
const FILLERS: &[&str] = &["ADDRESS", "ADRESSE", "ADDR", "DIRECCION", "TO", "DE", "DU", "DEL", "LA", "THE", "S", "E"];

/// What the name of a column may say, if it is known or nearly so: `nombre` is a name in Spanish and a number in French,
/// and only the values tell which.
#[must_use]
pub fn meanings(name: &str) -> Vec<Meaning> {
    if let Some((above, last)) = name.rsplit_once('/') {
        return of_path(above.rsplit('/').next().unwrap_or_default(), last);
    }
    let name = name.char_indices().nth(LONGEST).map_or(name, |(at, _)| &name[..at]);
    let parts = parts(name);
    let joined = parts.concat();
    let all = |words: &[Known], of, score: u8| {
        words.iter().map(|known| Meaning { word: known.word, of, score: score - known.place }).collect()
    };
    if let Some(words) = exact(&joined) {
        return all(words, Of::Any, EXACT);
    }
    if let Some((words, of)) = within(&joined) {
        return all(words, of, WITHIN);
    }
    // An element or a prefix of the exporting system in front: `soapenv:City`, `CF.City`.
    let last = parts.last().filter(|_| name.contains([':', '.', '/']));
    if let Some(words) = last.and_then(|last| exact(last)) {
        return all(words, Of::Any, WITHIN - 10);
    }
    near(&joined).map(|words| all(words, Of::Any, NEAR)).unwrap_or_default()
}

/// What an element or attribute says, together with the element that holds it, or alone.
fn of_path(above: &str, last: &str) -> Vec<Meaning> {
    let last = last.trim_start_matches('@');
    let together = meanings(&format!("{above} {last}"));
    if together.is_empty() || together[0].score <= NEAR { meanings(last) } else { together }
}

/// The name behind a word for whom or what, or in front of one.
fn within(joined: &str) -> Option<(&'static [Known], Of)> {
    let mut contexts: Vec<_> = CONTEXTS.iter().filter(|(context, _)| joined.starts_with(context)).collect();
    contexts.sort_by_key(|(context, _)| std::cmp::Reverse(context.len()));
    for (context, of) in contexts {
        let mut rest = &joined[context.len()..];
        loop {
            if let Some(words) = exact(rest) {
                return Some((words, *of));
            }
            let Some(filler) = FILLERS.iter().filter(|filler| rest.starts_with(**filler)).max_by_key(|f| f.len())
            else {
                break;
            };
            rest = &rest[filler.len()..];
        }
    }
    // `Ville livraison`, `City (shipping)`
    CONTEXTS.iter().filter(|(_, of)| *of != Of::Any).find_map(|(context, of)| {
        let rest = joined.strip_suffix(context)?;
        Some((exact(rest)?, *of))
    })
}

fn exact(joined: &str) -> Option<&'static [Known]> {
    known().get(joined).map(Vec::as_slice)
}

fn near(joined: &str) -> Option<&'static [Known]> {
    if joined.chars().count() < NEAR_LENGTH {
        return None;
    }
    let close = |known: &str| {
        known.len().abs_diff(joined.len()) <= 1
            && known.len() >= NEAR_LENGTH
            && strsim::damerau_levenshtein(known, joined) == 1
    };
    known().iter().filter(|(known, _)| close(known)).min().map(|(_, words)| words.as_slice())
}

/// The parts of a name, folded: at marks and blanks, and where a capital letter follows a small one.
fn parts(name: &str) -> Vec<String> {
    let (mut parts, mut part, mut was_small) = (Vec::new(), String::new(), false);
    for c in name.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && was_small {
            parts.push(std::mem::take(&mut part));
        }
        if c.is_alphanumeric() {
            part.push(c);
        }
        was_small = c.is_lowercase();
    }
    parts.push(part);
    parts.iter().map(|part| fold(part)).filter(|part| !part.is_empty()).collect()
}

/// Names, folded, and what they may mean, in the order of the list.
fn known() -> &'static HashMap<String, Vec<Known>> {
    static KNOWN: OnceLock<HashMap<String, Vec<Known>>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let mut known: HashMap<String, Vec<Known>> = HashMap::new();
        for (word, names) in include_str!("../../schemas/columns.txt").lines().filter_map(entry) {
            for (at, name) in names.split(',').enumerate() {
                let words = known.entry(fold(name)).or_default();
                if !words.iter().any(|known| known.word == word) {
                    words.push(Known { word, place: at.min(FARTHEST) as u8 });
                }
            }
        }
        known
    })
}

fn entry(line: &str) -> Option<(&str, &str)> {
    let (word, names) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
    Some((word.trim(), names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_several_languages() {
        for (name, expected) in [
            ("Order Number", Some(("order_number", Of::Any))),
            ("ORDER_NO", Some(("order_number", Of::Any))),
            ("orderId", Some(("order_number", Of::Any))),
            ("Bestell-Nr.", Some(("order_number", Of::Any))),
            ("Numéro de commande", Some(("order_number", Of::Any))),
            ("Número de pedido", Some(("order_number", Of::Any))),
            ("Artikel-Nr", Some(("sku", Of::Any))),
            ("Menge", Some(("quantity", Of::Any))),
            ("Qté", Some(("quantity", Of::Any))),
            ("Lineitem quantity", Some(("quantity", Of::Line))),
            ("Einzelpreis", Some(("unit_price", Of::Any))),
            ("Precio unitario", Some(("unit_price", Of::Any))),
            ("Billing City", Some((".city", Of::BillTo))),
            ("Rechnungsadresse PLZ", Some((".postal_code", Of::BillTo))),
            ("Lieferort", Some((".city", Of::ShipTo))),
            ("shipToAddress1", Some((".address1", Of::ShipTo))),
            ("Shipping Address City", Some((".city", Of::ShipTo))),
            ("Ciudad de entrega", None),
            ("Envío ciudad", Some((".city", Of::ShipTo))),
            ("Ville livraison", Some((".city", Of::ShipTo))),
            ("Quantitty", Some(("quantity", Of::Any))),
            ("Straße", Some((".address1", Of::Any))),
            ("order/shipTo/city", Some((".city", Of::ShipTo))),
            ("order/lines/line/sku", Some(("sku", Of::Line))),
            ("orders/order/@id", Some(("order_number", Of::Any))),
            ("Colour of the moon", None),
            ("", None),
        ] {
            let found = meanings(name).first().map(|meaning| (meaning.word, meaning.of));
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn every_word_of_the_list_is_a_field_of_some_kind() {
        use crate::document::Kind;
        for (word, _) in include_str!("../../schemas/columns.txt").lines().filter_map(entry) {
            let meaning = Meaning { word, of: Of::Any, score: EXACT };
            let is_field = |kind: &Kind| !super::super::place::fields_of(*kind, meaning).is_empty();
            assert!(Kind::ALL.iter().any(is_field), "{word}");
        }
    }

    #[test]
    fn a_name_nearly_known_scores_less() {
        let score = |name| meanings(name)[0].score;
        assert!(score("Quantity") > score("Lineitem quantity") && score("Lineitem quantity") > score("Quantitty"));
        let words: Vec<_> = meanings("nombre").iter().map(|meaning| meaning.word).collect();
        assert_eq!(words, ["quantity", ".first_name"]);
    }
}
