//! Tests from outside: the binary as a user runs it, whole files, documents, and stops at every durable step.

mod cli;
mod crash;
mod documents;
mod fixtures;
mod life;
mod support;
