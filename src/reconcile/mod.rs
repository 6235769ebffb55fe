//! Control totals and reports; one file per report.

pub mod acknowledgements;
pub mod balance;
