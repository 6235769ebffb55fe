//! X12.
#[derive(Clone, Debug)]
pub enum Mark {}
