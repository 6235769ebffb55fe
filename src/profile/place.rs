//! Which field of a document a column is, by its name and by what stands in it.

use super::names::{Meaning, Of, meanings};
use super::{Column, Guess};
use crate::document::{Field, Kind, Level, Type};

/// A field that a column may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Header or line.
    pub level: Level,
    /// The field.
    pub field: &'static Field,
    /// How sure it is, up to 100.
    pub score: u8,
}

/// Score of a column that is told by its values alone.
const BY_CONTENT: u8 = 60;

/// The kind of document that columns of these names are most likely of.
#[must_use]
pub fn kind<'n>(names: impl IntoIterator<Item = &'n str>) -> Kind {
    let all: Vec<Vec<Meaning>> = names.into_iter().map(meanings).collect();
    let has = |word: &str| all.iter().flatten().any(|meaning| meaning.word == word);
    let any = |words: &[&str]| words.iter().any(|word| has(word));
    let goods = any(&["sku", "gtin", "buyer_part", "vendor_part"]);
    let order = any(&["order_number", "purchase_order"]);
    let address = any(&[".address1", ".city", ".postal_code"]);
    let person = any(&["email", ".first_name", ".last_name", ".company", ".name", "customer"]);
    let sums = any(&["total", "subtotal", "amount", "unit_price"]);
    let ways = [
        (
            any(&["return_number", "return_date"]) || order && any(&["refund", "condition"]) && has("reason"),
            Kind::Return,
        ),
        (has("tracking") && !sums && !has("price") || has("shipment_number") && order, Kind::Shipment),
        (has("invoice_number") && (sums || any(&["due", "invoice_date"])) && !has("order_date"), Kind::Invoice),
        (order && (goods && has("quantity") || sums || any(&["order_date", "status"])), Kind::Order),
        (goods && any(&["on_hand", "available"]) && !any(&["price", "title", "cost"]), Kind::Inventory),
        (goods && has("quantity") && sums, Kind::Order),
        (
            person && address && !any(&["quantity", "on_hand", "total"]) || has("email") && !goods && !order,
            Kind::Customer,
        ),
        (goods && any(&["title", "price", "description", "brand", "cost", "weight"]), Kind::Product),
        (goods && any(&["quantity", "on_hand", "available"]), Kind::Inventory),
        (goods, Kind::Product),
    ];
    ways.into_iter().find(|(fits, _)| *fits).map_or(Kind::Order, |(_, kind)| kind)
}

/// The number that says which document a row is of, among the names; what is repeated there is a group of rows.
#[must_use]
pub fn key(names: &[String], kind: Kind) -> Option<usize> {
    let words: &[&str] = match kind {
        Kind::Order => &["order_number", "purchase_order"],
        Kind::Invoice => &["invoice_number"],
        Kind::Return => &["return_number", "order_number"],
        Kind::Shipment => &["shipment_number", "order_number", "tracking"],
        Kind::Inventory => &[],
        Kind::Product => &["sku", "gtin"],
        Kind::Customer => &["customer", "id", "email"],
    };
    let of_name = |name: &String, word: &str| meanings(name).iter().any(|m| m.word == word && m.of != Of::Line);
    let all_score = |name: &String, word: &str| {
        meanings(name).iter().filter(|meaning| meaning.word == word).map(|meaning| meaning.score).max()
    };
    words.iter().find_map(|word| {
        let fits = names.iter().enumerate().filter(|(_, name)| of_name(name, word));
        fits.max_by_key(|(at, name)| (all_score(name, word), std::cmp::Reverse(*at))).map(|(at, _)| at)
    })
}

/// What each column may be, none twice; the surest claim counts, and of equal ones the first column. `may` says on which
/// level a column can stand at all.
#[must_use]
pub fn fields(kind: Kind, columns: &[Column], may: impl Fn(&Column, Level) -> bool) -> Vec<Option<Place>> {
    let mut claims: Vec<(usize, Place)> = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let mut own: Vec<Place> =
            meanings(&column.name).iter().flat_map(|meaning| places(kind, *meaning, column, &may)).collect();
        own.extend(by_content(kind, column));
        own.retain(|place| may(column, place.level) && holds(place.field, column));
        claims.extend(own.into_iter().map(|place| (at, place)));
    }
    // Stable: of the same score the earlier column stays in front.
    claims.sort_by_key(|(_, place)| std::cmp::Reverse(place.score));
    let mut taken: Vec<Option<Place>> = vec![None; columns.len()];
    for (at, place) in claims {
        let is_taken = taken.iter().flatten().any(|other| other.level == place.level && other.field == place.field);
        if taken[at].is_none() && !is_taken {
            taken[at] = Some(place);
        }
    }
    taken
}

/// The fields that a meaning may be in a kind of document, the likeliest first, each a little less sure.
fn places(kind: Kind, meaning: Meaning, column: &Column, may: &impl Fn(&Column, Level) -> bool) -> Vec<Place> {
    let names = field_names(kind, meaning);
    let levels = match meaning.of {
        Of::Line => [Level::Line, Level::Header],
        // The rows of a stock list are lines, whatever stands in them.
        _ if column.other_later > 0 || kind == Kind::Inventory => [Level::Line, Level::Header],
        _ => [Level::Header, Level::Line],
    };
    let find = |name: &String| {
        levels.iter().filter(|level| may(column, **level)).find_map(|level| {
            let field = &kind.fields(*level)[kind.field(*level, name)?];
            Some((*level, field))
        })
    };
    let found = names.iter().filter_map(find);
    found
        .enumerate()
        .map(|(at, (level, field))| Place { level, field, score: meaning.score.saturating_sub(5 * at.min(10) as u8) })
        .collect()
}

/// The field that a column would be by its name alone.
#[must_use]
pub fn named_field(kind: Kind, name: &str) -> Option<&'static Field> {
    let names = meanings(name).into_iter().flat_map(|meaning| field_names(kind, meaning)).collect::<Vec<_>>();
    let find = |level: Level, name: &String| Some(&kind.fields(level)[kind.field(level, name)?]);
    names.iter().find_map(|name| [Level::Header, Level::Line].iter().find_map(|level| find(*level, name)))
}

/// The fields of a kind that a meaning may be.
#[cfg(test)]
pub(super) fn fields_of(kind: Kind, meaning: Meaning) -> Vec<String> {
    let exists = |name: &String| [Level::Header, Level::Line].iter().any(|level| kind.field(*level, name).is_some());
    field_names(kind, meaning).into_iter().filter(exists).collect()
}

/// The names of fields for a word of the list; what a kind has none of it leaves out.
fn field_names(kind: Kind, meaning: Meaning) -> Vec<String> {
    if let Some(part) = meaning.word.strip_prefix('.') {
        return address(kind, part, meaning.of);
    }
    let names: &[&str] = match (meaning.word, kind) {
        ("order_number", Kind::Order) => &["number"],
        ("order_number", _) => &["order"],
        ("purchase_order", Kind::Shipment | Kind::Return) => &["order"],
        ("invoice_number", Kind::Invoice) | ("return_number", Kind::Return) => &["number"],
        ("shipment_number", Kind::Shipment) => &["number"],
        ("order_date" | "date", Kind::Order) => &["ordered_at"],
        ("ship_date" | "date", Kind::Shipment) => &["shipped_at"],
        ("ship_date", Kind::Order) => &["requested_ship"],
        ("invoice_date" | "date" | "order_date", Kind::Invoice) => &["invoiced_at"],
        ("return_date" | "date", Kind::Return) => &["returned_at"],
        ("as_of" | "date", Kind::Inventory) => &["as_of"],
        ("customer" | "id", Kind::Customer) => &["id", "number"],
        ("id", Kind::Product) => &["number"],
        ("price", Kind::Order | Kind::Invoice) => &["unit_price"],
        ("unit_price", Kind::Product) => &["price"],
        ("title", Kind::Order | Kind::Invoice | Kind::Inventory | Kind::Shipment | Kind::Return) => &["description"],
        ("quantity", Kind::Inventory) => &["on_hand"],
        ("on_hand", Kind::Product) => &["quantity"],
        ("refund", Kind::Order) => &["refunded"],
        ("refund", Kind::Return) => &["refund", "refund_total"],
        ("total" | "amount", Kind::Return) => &["refund_total", "refund"],
        ("email" | "phone", Kind::Order | Kind::Customer) if meaning.of == Of::Any => &[meaning.word],
        ("email" | "phone", _) => {
            let mut names = address(kind, meaning.word, meaning.of);
            names.push(meaning.word.to_owned());
            return names;
        }
        ("total", Kind::Order | Kind::Invoice) if meaning.of == Of::Line => &["amount"],
        ("line", Kind::Return | Kind::Shipment) => &["order_line", "line"],
        (word, _) => &[word],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A part of an address: of the party that is named, else of the one that the kind of document is about.
fn address(kind: Kind, part: &str, of: Of) -> Vec<String> {
    let own = matches!(part, "first_name" | "last_name" | "company") && kind == Kind::Customer && of == Of::Any;
    let party = |prefix: &str| format!("{prefix}.{part}");
    match of {
        _ if own => vec![part.to_owned(), party("bill_to")],
        Of::BillTo => vec![party("bill_to")],
        Of::ShipTo => vec![party("ship_to")],
        Of::Line => Vec::new(),
        Of::Any if matches!(kind, Kind::Customer | Kind::Invoice) => vec![party("bill_to"), party("ship_to")],
        Of::Any => vec![party("ship_to"), party("bill_to")],
    }
}

/// A column that its values give away, though its name says nothing.
fn by_content(kind: Kind, column: &Column) -> Option<Place> {
    let names: &[&str] = match column.guess {
        Guess::Email => &["email"],
        Guess::Gtin => &["gtin"],
        Guess::Currency => &["currency"],
        Guess::Country => &["ship_to.country", "bill_to.country"],
        Guess::Phone => &["phone", "ship_to.phone"],
        _ => return None,
    };
    let levels = [Level::Header, Level::Line];
    let find =
        |name: &&str| levels.iter().find_map(|level| Some((*level, &kind.fields(*level)[kind.field(*level, name)?])));
    names.iter().find_map(find).map(|(level, field)| Place { level, field, score: BY_CONTENT })
}

/// Whether what stands in a column can be read as the field. A column without values can be anything.
#[must_use]
pub fn holds(field: &Field, column: &Column) -> bool {
    use Guess::{Country, Currency, Date, Email, Empty, Flag, Gtin, Link, Phone};
    let (guess, exact) = (column.guess, column.misfits == 0);
    if guess == Empty {
        return true;
    }
    match (field.name, field.kind) {
        ("gtin", _) => guess == Gtin && exact,
        ("currency", _) => guess == Currency && exact,
        ("email", _) => guess == Email,
        (_, Type::Money | Type::Quantity) => {
            (guess.is_number() && exact && !has_padding(column)) || is_number_anyway(column)
        }
        (_, Type::Date | Type::DateTime) => matches!(guess, Date { .. }) && exact,
        (_, Type::Flag) => guess == Flag && exact,
        (name, _) if name.ends_with("phone") => !matches!(guess, Email | Date { .. } | Link | Country | Currency),
        (name, _) if name.ends_with("postal_code") => !matches!(guess, Email | Date { .. } | Link | Currency),
        (name, _) if is_of_letters(name) => {
            column.with_letters * 10 >= column.filled * 9 && !matches!(guess, Email | Link | Date { .. })
        }
        (_, Type::Id) => !matches!(guess, Email | Link | Date { .. } | Flag),
        (_, Type::Text) => {
            !matches!(guess, Email) && !matches!((field.name, guess), ("unit", Date { .. } | Phone | Link))
        }
    }
}

/// Quantities such as `0` and `1`, or numbers that are GTINs by chance.
fn is_number_anyway(column: &Column) -> bool {
    column.with_letters == 0 && matches!(column.guess, Guess::Gtin) && column.length.1 < 12 && !has_padding(column)
}

/// Numbers with zeros in front are no amounts.
const fn has_padding(column: &Column) -> bool {
    column.leading_zeros > 0
}

fn is_of_letters(name: &str) -> bool {
    let part = name.rsplit('.').next().unwrap_or(name);
    matches!(part, "name" | "first_name" | "last_name" | "company" | "city" | "country" | "title" | "unit" | "carrier")
}
