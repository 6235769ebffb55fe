//! Validate, remove duplicates, translate, guard: tables to tables.
