//! Where files are listed, fetched and put.
