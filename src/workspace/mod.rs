//! `consign.toml` as a checked, typed workspace.
