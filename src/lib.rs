//! Consign: a file-based EDI and batch processor.
#![forbid(unsafe_code)]

pub mod acknowledge;
pub mod agreement;
pub mod audit;
pub mod clean;
pub mod cli;
pub mod document;
pub mod durable;
pub mod endpoint;
pub mod engine;
pub mod flow;
pub mod inspect;
pub mod intake;
pub mod layout;
pub mod ledger;
pub mod limits;
pub mod outbox;
pub mod profile;
pub mod recipe;
pub mod reconcile;
pub mod schema;
pub mod spill;
pub mod syntax;
pub mod transfer;
pub mod workspace;
