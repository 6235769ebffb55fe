//! The classes that every document and line ends in, exactly one each.

/// Where a document or line ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Class {
    /// It is in the outputs.
    #[default]
    Out = 0,
    /// It is left out by rule: not goods, a footer, a notice.
    PassedOver = 1,
    /// It is a duplicate of one received before.
    Duplicate = 2,
    /// It waits for a person.
    Held = 3,
    /// It cannot be used as it is.
    Rejected = 4,
}

impl Class {
    /// Every class, in the order of the reports.
    pub const ALL: [Self; 5] = [Self::Out, Self::Rejected, Self::Duplicate, Self::Held, Self::PassedOver];

    /// The word used in reports and the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::PassedOver => "passed over",
            Self::Duplicate => "duplicate",
            Self::Held => "held",
            Self::Rejected => "rejected",
        }
    }

    /// The class of a `_class` column's value.
    #[must_use]
    pub const fn from_number(value: u32) -> Self {
        match value {
            0 => Self::Out,
            1 => Self::PassedOver,
            2 => Self::Duplicate,
            3 => Self::Held,
            _ => Self::Rejected,
        }
    }
}

/// Name of the class column of both tables.
pub const CLASS: &str = "_class";

/// The class of each row of a table; everything is out before anything was classified.
#[must_use]
pub fn column(batch: &super::Batch, level: super::Level) -> Vec<Class> {
    let table = batch.table(level);
    match table.column(CLASS).ok().and_then(|column| column.as_materialized_series().u32().ok()) {
        Some(column) => column.iter().map(|class| Class::from_number(class.unwrap_or_default())).collect(),
        None => vec![Class::Out; table.height()],
    }
}
