//! Control totals and reports; one file per report.

pub mod balance;
