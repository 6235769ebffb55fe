//! Encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding { Utf8, Detect }
impl Encoding { pub fn from_name(n: &str) -> Option<Self> { match n { "utf-8" => Some(Self::Utf8), "detect" => Some(Self::Detect), _ => None } } }
