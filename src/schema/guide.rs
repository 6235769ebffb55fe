//! A definition as a page that a person can read.
