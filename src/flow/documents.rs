//! What is told of each document of a file.

use crate::document::Class;

/// One document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentRow<'d> {
    /// The sender's number.
    pub number: &'d str,
    /// Hash of flow, kind and number.
    pub key: u128,
    /// Hash of the content.
    pub content: u128,
    /// Where it ended.
    pub class: Class,
    /// Whether it is a customer that an order needs.
    pub is_customer: bool,
    /// What a later version is compared with, as stored; empty if none is.
    pub version: &'d [u8],
}

impl DocumentRow<'_> {
    /// Whether a later document of its key is a duplicate or a change of it.
    #[must_use]
    pub fn counts(&self) -> bool {
        matches!(self.class, Class::Out | Class::Held)
    }
}
