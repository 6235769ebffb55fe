//! Watch, settle, claim, own the bytes.
