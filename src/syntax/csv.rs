//! Delimited files: rows with positions, strict about quotes; and their writer.
