//! Watch, settle, claim, own the bytes.

pub mod names;
pub mod own;
pub mod scan;
