//! TA1: what we say about ISA and IEA.
//!
//! Facts: X12 TA1. It stands before the first group. TA101 to TA103 repeat ISA13, ISA09 and ISA10, also where those are
//! what is wrong.

use super::answer::Out;
use super::errors::InterchangeError;
use super::tree::Interchange;
use crate::syntax::x12::Refused;

/// The code for no error.
const NONE: &str = "000";

/// Writes one TA1 for each error, or one that says that there is none.
pub(super) fn write(interchange: &Interchange, out: &mut Out) -> Result<(), Refused> {
    let mut codes: Vec<&str> = interchange.errors.iter().map(|error: &InterchangeError| error.code()).collect();
    codes.dedup();
    if codes.is_empty() {
        codes.push(NONE);
    }
    let isa = &interchange.header;
    let decision = interchange.decision().code().as_bytes();
    for code in codes {
        let repeated = [isa.control.as_bytes(), isa.date.as_bytes(), isa.time.as_bytes()];
        out.put("TA1", &[repeated[0], repeated[1], repeated[2], decision, code.as_bytes()])?;
    }
    Ok(())
}
