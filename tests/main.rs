//! Tests from outside: the binary as a user runs it, whole files, documents, and stops at every durable step.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod acknowledge;
mod agreement;
mod bad_config;
mod bad_csv;
mod bad_edifact;
mod bad_encodings;
mod bad_life;
mod bad_names;
mod bad_reasons;
mod bad_tables;
mod bad_totals;
mod bad_x12;
mod bad_xml;
mod cli;
mod codes;
mod corpus;
mod crash;
mod crosswalk;
mod customers;
mod documents;
mod edi;
mod edi_samples;
mod exchange;
mod exchange_edifact;
mod fixed;
mod fixtures;
mod fuzz;
mod guides;
mod independent;
mod life;
mod order;
mod pyx12;
mod read_x12;
mod recipes;
mod remote;
mod remote_crash;
mod remote_cuts;
mod samples;
mod sftp;
mod shops;
mod support;
mod write_back;
mod written_edifact;
mod written_x12;
