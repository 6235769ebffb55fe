//! 999, the implementation acknowledgement: ST with ST03, AK1, {AK2, {IK3, IK4}, IK5}, AK9, SE.
//!
//! Facts: X12 999 of 005010, `schemas/x12`. CTX, which tells why a guide asks for something, is left out: guides do not
//! say why.

use super::answer::{Out, SET_CONTROL, number, segment_id};
use super::tree::Group;
use super::x12_997::{MOST_ELEMENTS, element};
use crate::schema::Fault;
use crate::syntax::x12::Refused;

/// ST03 and GS08 of the 999.
pub(super) const CONVENTION: &str = "005010X231A1";
/// Digits of IK302, and characters of IK303.
const POSITION_DIGITS: u32 = 10;
const LOOP_CHARS: usize = 4;

/// Writes the set that acknowledges a group, without its SE.
pub(super) fn write(group: &Group, out: &mut Out) -> Result<(), Refused> {
    out.put("ST", &[b"999", SET_CONTROL, CONVENTION.as_bytes()])?;
    out.ak1(group)?;
    for set in group.sets.iter().take(Group::MOST_SETS) {
        if !out.ak2(set)? {
            continue;
        }
        for fault in set.faults() {
            segment(fault, out)?;
        }
        out.set_trailer("IK5", (group, set), true)?;
    }
    out.ak9(group)
}

fn segment(fault: &Fault, out: &mut Out) -> Result<(), Refused> {
    let (id, position) = (segment_id(&fault.segment), number(fault.number, POSITION_DIGITS));
    let loop_id = fault.loop_id.as_deref().filter(|id| id.len() <= LOOP_CHARS).unwrap_or_default();
    out.put("IK3", &[id.as_bytes(), position.as_bytes(), loop_id.as_bytes(), fault.error.x12(true).as_bytes()])?;
    for fault in fault.elements.iter().take(MOST_ELEMENTS) {
        element("IK4", fault, (true, true), out)?;
    }
    Ok(())
}
