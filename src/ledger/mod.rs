//! The durable record: one row of truth at each commit.
