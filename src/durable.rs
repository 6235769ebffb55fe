//! The only place that opens for writing, renames or syncs.
