//! Tests of the reader and of the borders.

mod borders;
mod opinion;
mod read;
