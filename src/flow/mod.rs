//! One road: bytes to records to documents, cleaned, to records to bytes.
