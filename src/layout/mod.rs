//! The layout language: what a system's file looks like, for reading and for writing.
