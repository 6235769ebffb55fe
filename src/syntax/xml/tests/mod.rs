//! Tests of the reader, of the borders and of the writer.

mod read;
