//! The document kinds and their fields: the names that layouts, JSON output, reports and tests use.

/// A kind of business document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A purchase or sales order, an order change or a cancellation.
    Order,
    /// A stock snapshot.
    Inventory,
    /// A shipment notice.
    Shipment,
    /// A product.
    Product,
    /// A customer.
    Customer,
    /// A return or refund.
    Return,
    /// An invoice.
    Invoice,
}

/// Whether a field belongs to the document's header or to its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Once in a document.
    Header,
    /// Once in each line.
    Line,
}

/// What values a field holds. In frames, decimals are `Decimal(38, 9)` columns and everything else is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Any text.
    Text,
    /// An identifier: text that must never have passed through a spreadsheet's number format.
    Id,
    /// An amount of money or a price, exact; written with two decimal places or more.
    Money,
    /// A quantity or weight, exact.
    Quantity,
    /// A calendar date, `YYYY-MM-DD`.
    Date,
    /// A date with a time and, where the source has it, an offset: ISO 8601, `2023-05-21T22:07:16-07:00`.
    DateTime,
    /// `true` or `false`.
    Flag,
}

impl Type {
    /// Whether the column is decimal.
    #[must_use]
    pub const fn is_decimal(self) -> bool {
        matches!(self, Self::Money | Self::Quantity)
    }

    /// The word used in the documentation.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Id => "identifier",
            Self::Money => "money",
            Self::Quantity => "quantity",
            Self::Date => "date",
            Self::DateTime => "date and time",
            Self::Flag => "true or false",
        }
    }
}

/// One field of a document kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name; a point separates the parts of an address (`ship_to.city`).
    pub name: &'static str,
    /// What it holds.
    pub kind: Type,
    /// Whether it is personal data, which never reaches logs or findings.
    pub personal: bool,
}

const fn plain(name: &'static str, kind: Type) -> Field {
    Field { name, kind, personal: false }
}

const fn personal(name: &'static str) -> Field {
    Field { name, kind: Type::Text, personal: true }
}

use Type::{Date, DateTime, Flag, Id, Money, Quantity, Text};

macro_rules! address {
    ($prefix:literal) => {
        [
            personal(concat!($prefix, ".name")),
            personal(concat!($prefix, ".first_name")),
            personal(concat!($prefix, ".last_name")),
            personal(concat!($prefix, ".company")),
            personal(concat!($prefix, ".address1")),
            personal(concat!($prefix, ".address2")),
            personal(concat!($prefix, ".city")),
            personal(concat!($prefix, ".region")),
            personal(concat!($prefix, ".postal_code")),
            plain(concat!($prefix, ".country"), Text),
            personal(concat!($prefix, ".phone")),
            // The partner's code for the party (a GLN, a store number): what location and customer crosswalks translate.
            plain(concat!($prefix, ".code"), Id),
        ]
    };
}

const BILL_TO: [Field; 12] = address!("bill_to");
const SHIP_TO: [Field; 12] = address!("ship_to");

/// Joins field lists at compile time.
const fn join<const N: usize>(parts: &[&[Field]]) -> [Field; N] {
    let mut out = [plain("", Text); N];
    let (mut at, mut part) = (0, 0);
    while part < parts.len() {
        let mut i = 0;
        while i < parts[part].len() {
            out[at] = parts[part][i];
            at += 1;
            i += 1;
        }
        part += 1;
    }
    assert!(at == N, "the length of a joined field list is wrong");
    out
}

const ORDER_HEADER: [Field; 61] = join(&[
    &[
        plain("number", Id),
        plain("purchase_order", Id),
        plain("action", Text),
        plain("status", Text),
        plain("ordered_at", DateTime),
        plain("currency", Text),
        plain("customer", Id),
        plain("vendor", Id),
        personal("email"),
        personal("phone"),
    ],
    &BILL_TO,
    &SHIP_TO,
    &[
        plain("ship_method", Text),
        plain("carrier", Text),
        plain("requested_ship", Date),
        plain("requested_delivery", Date),
        plain("cancel_after", Date),
        plain("cancelled_at", DateTime),
        plain("payment_method", Text),
        plain("payment_reference", Id),
        plain("subtotal", Money),
        plain("discount", Money),
        // Charges that are none of those below.
        plain("charges", Money),
        plain("shipping", Money),
        plain("tax", Money),
        plain("duties", Money),
        plain("tip", Money),
        plain("total", Money),
        plain("refunded", Money),
        plain("tax_included", Flag),
        personal("note"),
        plain("tags", Text),
        plain("store", Id),
        plain("location", Id),
        // Totals the sender states, compared with what the lines add up to.
        plain("line_count", Quantity),
        plain("quantity_total", Quantity),
        plain("erp_customer", Id),
        plain("erp_location", Id),
        plain("erp_carrier", Id),
    ],
]);

const ORDER_LINE: [Field; 33] = [
    plain("line", Id),
    plain("sku", Id),
    plain("gtin", Id),
    plain("buyer_part", Id),
    plain("vendor_part", Id),
    plain("description", Text),
    plain("size", Text),
    plain("color", Text),
    plain("quantity", Quantity),
    // What an order answer promises of it.
    plain("confirmed", Quantity),
    plain("unit", Text),
    plain("unit_price", Money),
    plain("discount", Money),
    plain("charges", Money),
    plain("tax", Money),
    plain("shipping", Money),
    plain("amount", Money),
    plain("ship_to", Id),
    plain("requested_ship", Date),
    plain("status", Text),
    // What it is put together from (SLN of X12): a quantity, its unit, then kinds of number and numbers; `;` between.
    plain("components", Text),
    // How it is packed: units in a pack, packs inside it, what is in a unit, and what a pack weighs and takes up.
    plain("pack_size", Quantity),
    plain("inner_packs", Quantity),
    plain("content", Quantity),
    plain("content_unit", Text),
    plain("weight", Quantity),
    plain("weight_unit", Text),
    plain("volume", Quantity),
    plain("volume_unit", Text),
    plain("item", Id),
    plain("erp_quantity", Quantity),
    plain("erp_unit", Text),
    plain("erp_unit_price", Money),
];

const INVENTORY_HEADER: [Field; 3] = [plain("number", Id), plain("as_of", DateTime), plain("location", Id)];

const INVENTORY_LINE: [Field; 13] = [
    plain("sku", Id),
    plain("gtin", Id),
    plain("location", Id),
    plain("description", Text),
    plain("on_hand", Quantity),
    plain("available", Quantity),
    plain("committed", Quantity),
    plain("incoming", Quantity),
    plain("unit", Text),
    plain("erp_location", Id),
    plain("item", Id),
    plain("erp_quantity", Quantity),
    plain("erp_unit", Text),
];

const SHIPMENT_HEADER: [Field; 23] = join(&[
    &[
        plain("number", Id),
        plain("order", Id),
        plain("shipped_at", DateTime),
        plain("carrier", Text),
        plain("service", Text),
        plain("tracking", Id),
        plain("weight", Quantity),
        plain("weight_unit", Text),
        plain("packages", Quantity),
    ],
    &SHIP_TO,
    // Where it is shipped from.
    &[plain("location", Id), plain("erp_carrier", Id)],
]);

const SHIPMENT_LINE: [Field; 19] = [
    plain("line", Id),
    plain("order", Id),
    plain("order_line", Id),
    plain("sku", Id),
    plain("gtin", Id),
    plain("buyer_part", Id),
    plain("description", Text),
    plain("quantity", Quantity),
    plain("unit", Text),
    plain("pack_size", Quantity),
    plain("package", Id),
    plain("package_weight", Quantity),
    plain("package_weight_unit", Text),
    // The pallet that the package stands on.
    plain("tare", Id),
    plain("tare_weight", Quantity),
    plain("tare_weight_unit", Text),
    plain("item", Id),
    plain("erp_quantity", Quantity),
    plain("erp_unit", Text),
];

const PRODUCT: [Field; 22] = [
    plain("sku", Id),
    plain("gtin", Id),
    plain("item", Id),
    plain("title", Text),
    plain("description", Text),
    plain("brand", Text),
    plain("size", Text),
    plain("color", Text),
    plain("price", Money),
    plain("compare_at_price", Money),
    plain("cost", Money),
    plain("currency", Text),
    plain("weight", Quantity),
    plain("weight_unit", Text),
    plain("unit", Text),
    plain("pack_size", Quantity),
    plain("quantity", Quantity),
    plain("status", Text),
    plain("number", Id),
    // What tells a variant from the others of its product, in the words of the shop.
    plain("option1", Text),
    plain("option2", Text),
    plain("option3", Text),
];

const CUSTOMER: [Field; 34] = join(&[
    &[
        plain("id", Id),
        personal("email"),
        personal("phone"),
        personal("first_name"),
        personal("last_name"),
        personal("company"),
    ],
    &BILL_TO,
    &SHIP_TO,
    &[plain("accepts_marketing", Flag), personal("note"), plain("number", Id), plain("tags", Text)],
]);

const RETURN_HEADER: [Field; 8] = [
    plain("number", Id),
    plain("order", Id),
    plain("returned_at", DateTime),
    plain("reason", Text),
    plain("refund_total", Money),
    plain("currency", Text),
    plain("status", Text),
    plain("location", Id),
];

const RETURN_LINE: [Field; 13] = [
    plain("line", Id),
    plain("order_line", Id),
    plain("sku", Id),
    plain("quantity", Quantity),
    plain("unit", Text),
    plain("refund", Money),
    plain("restock", Flag),
    plain("item", Id),
    plain("erp_quantity", Quantity),
    plain("erp_unit", Text),
    plain("description", Text),
    plain("reason", Text),
    // What became of the goods, such as sellable or damaged.
    plain("condition", Text),
];

const INVOICE_HEADER: [Field; 38] = join(&[
    &[
        plain("number", Id),
        plain("order", Id),
        plain("purchase_order", Id),
        plain("invoiced_at", DateTime),
        plain("currency", Text),
        plain("customer", Id),
        plain("vendor", Id),
    ],
    &BILL_TO,
    &SHIP_TO,
    &[
        plain("subtotal", Money),
        plain("discount", Money),
        plain("charges", Money),
        plain("tax", Money),
        plain("shipping", Money),
        plain("total", Money),
        plain("due", Date),
    ],
]);

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Order, Self::Inventory, Self::Shipment, Self::Product, Self::Customer, Self::Return, Self::Invoice];

    /// The lower-case name used in layouts and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Inventory => "inventory",
            Self::Shipment => "shipment",
            Self::Product => "product",
            Self::Customer => "customer",
            Self::Return => "return",
            Self::Invoice => "invoice",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The fields of a level, in the order of JSON output.
    #[must_use]
    pub const fn fields(self, level: Level) -> &'static [Field] {
        match (self, level) {
            (Self::Order, Level::Header) => &ORDER_HEADER,
            (Self::Order | Self::Invoice, Level::Line) => &ORDER_LINE,
            (Self::Inventory, Level::Header) => &INVENTORY_HEADER,
            (Self::Inventory, Level::Line) => &INVENTORY_LINE,
            (Self::Shipment, Level::Header) => &SHIPMENT_HEADER,
            (Self::Shipment, Level::Line) => &SHIPMENT_LINE,
            (Self::Product, Level::Header) => &PRODUCT,
            (Self::Customer, Level::Header) => &CUSTOMER,
            (Self::Product | Self::Customer, Level::Line) => &[],
            (Self::Return, Level::Header) => &RETURN_HEADER,
            (Self::Return, Level::Line) => &RETURN_LINE,
            (Self::Invoice, Level::Header) => &INVOICE_HEADER,
        }
    }

    /// The index of a field in [`Kind::fields`].
    #[must_use]
    pub fn field(self, level: Level, name: &str) -> Option<usize> {
        self.fields(level).iter().position(|field| field.name == name)
    }

    /// Whether its documents have lines.
    #[must_use]
    pub const fn has_lines(self) -> bool {
        !self.fields(Level::Line).is_empty()
    }

    /// The header field that identifies a document to its sender.
    #[must_use]
    pub const fn key_field(self) -> &'static str {
        match self {
            Self::Product => "sku",
            Self::Customer => "id",
            _ => "number",
        }
    }

    /// The line (or header) fields that count as quantity and as amount in the balance.
    #[must_use]
    pub const fn balance_fields(self) -> (Option<&'static str>, Option<&'static str>) {
        match self {
            Self::Order | Self::Invoice => (Some("quantity"), Some("amount")),
            Self::Inventory => (Some("on_hand"), None),
            Self::Shipment => (Some("quantity"), None),
            Self::Return => (Some("quantity"), Some("refund")),
            Self::Product | Self::Customer => (None, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_names_are_unique_in_their_level() {
        for kind in Kind::ALL {
            for level in [Level::Header, Level::Line] {
                let fields = kind.fields(level);
                for (at, field) in fields.iter().enumerate() {
                    assert_eq!(kind.field(level, field.name), Some(at), "{kind:?} {}", field.name);
                }
            }
        }
    }

    #[test]
    fn balance_and_key_fields_exist() {
        for kind in Kind::ALL {
            assert!(kind.field(Level::Header, kind.key_field()).is_some());
            let (quantity, amount) = kind.balance_fields();
            for name in [quantity, amount].into_iter().flatten() {
                assert!(kind.field(Level::Line, name).is_some_and(|at| kind.fields(Level::Line)[at].kind.is_decimal()));
            }
        }
    }
}
