//! 997, the functional acknowledgement: ST, AK1, {AK2, {AK3, AK4}, AK5}, AK9, SE.
//!
//! Facts: X12 997 of 004010 and 005010, `schemas/x12`.

use super::answer::{Out, SET_CONTROL, number, reference, segment_id};
use super::tree::Group;
use crate::schema::{ElementFault, Fault};
use crate::syntax::x12::Refused;

/// Digits of AK302 in 004010.
const POSITION_DIGITS: u32 = 6;

/// Writes the set that acknowledges a group, without its SE.
pub(super) fn write(group: &Group, out: &mut Out) -> Result<(), Refused> {
    out.put("ST", &[b"997", SET_CONTROL])?;
    out.ak1(group)?;
    for set in group.sets.iter().take(Group::MOST_SETS) {
        if !out.ak2(set)? {
            continue;
        }
        for fault in set.faults() {
            segment(fault, group.is_5010(), out)?;
        }
        out.set_trailer("AK5", (group, set), false)?;
    }
    out.ak9(group)
}

fn segment(fault: &Fault, is_5010: bool, out: &mut Out) -> Result<(), Refused> {
    let (id, position) = (segment_id(&fault.segment), number(fault.number, POSITION_DIGITS));
    out.put("AK3", &[id.as_bytes(), position.as_bytes(), b"", fault.error.x12(false).as_bytes()])?;
    for fault in fault.elements.iter().take(MOST_ELEMENTS) {
        element("AK4", fault, (is_5010, false), out)?;
    }
    Ok(())
}

/// Most AK4 after an AK3.
pub(super) const MOST_ELEMENTS: usize = 99;

/// AK4 or IK4: the position, with the repetition from 005010 on, the reference number, the code and the value.
pub(super) fn element(
    tag: &str,
    fault: &ElementFault,
    (is_5010, implementation): (bool, bool),
    out: &mut Out,
) -> Result<(), Refused> {
    let some = |value: u16, digits| if value == 0 { String::new() } else { number(value.into(), digits) };
    let at = [some(fault.element, 2), some(fault.component, 2), some(fault.repetition, 4)];
    let at = [at[0].as_bytes(), at[1].as_bytes(), if is_5010 { at[2].as_bytes() } else { b"" }];
    let code = fault.error.x12(implementation);
    // A bad character is not sent back, as AK404 asks for code 6.
    let value = fault.value.as_deref().filter(|_| code != "6").map(fitted).unwrap_or_default();
    out.put_position(tag, &at, &[reference(&fault.number), code.as_bytes(), value])
}

/// A value cut to what AK404 holds, without half a character of UTF-8 at its end.
fn fitted(value: &[u8]) -> &[u8] {
    let cut = value.get(..ElementFault::LONGEST_VALUE).unwrap_or(value);
    match std::str::from_utf8(cut) {
        Err(error) if error.error_len().is_none() => cut.get(..error.valid_up_to()).unwrap_or(cut),
        _ => cut,
    }
}
