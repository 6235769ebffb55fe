//! Tests of the reader.

mod read;
