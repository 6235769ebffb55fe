//! The layout language: what a system's file looks like, for reading and for writing.
//!
//! A layout is one TOML file. The same file drives reading, writing, recognition and its own reference page.

pub mod container;
pub mod convert;
pub mod date;
pub mod fixed;
pub mod library;
pub mod load;
pub mod model;
pub mod path;
pub mod read;
pub mod recognise;
pub mod sieve;
pub mod template;
pub mod toml;
pub mod trailer;
pub mod write;
pub mod write_back;

pub use load::load;
pub use model::Layout;
