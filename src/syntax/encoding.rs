//! Encodings: bytes to UTF-8 text and back, declared or detected, never lossy.
