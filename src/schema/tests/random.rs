//! Whatever comes, the validator ends, in bounds, and is sound again for the next set.

use proptest::prelude::*;

use super::{options, samples, segments, set};
use crate::limits::SET_FAULTS;
use crate::schema::{Plain, Validator};

const SETS: [&str; 4] = ["x12/004010/850", "x12/005010/999", "edifact/D.96A/ORDERS", "edifact/service3/CONTRL"];

/// Any segment of a set, or a strange one, with values that are nearly right.
fn segment(name: &'static str) -> impl Strategy<Value = Vec<Vec<u8>>> {
    let tags: Vec<String> = set(name).segments.iter().map(|segment| segment.tag.as_str().to_owned()).collect();
    let tag = prop_oneof![9 => prop::sample::select(tags), 1 => "[A-Z0-9?]{0,5}"];
    let value = prop_oneof![
        3 => Just(Vec::new()),
        3 => "[0-9]{1,9}".prop_map(String::into_bytes),
        3 => "[A-Z]{1,3}".prop_map(String::into_bytes),
        2 => "[A-Z0-9:>^?+.-]{0,40}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ];
    (tag, prop::collection::vec(value, 0..30)).prop_map(|(tag, mut values)| {
        values.insert(0, tag.into_bytes());
        values
    })
}

fn run(validator: &mut Validator<'_>, segments: &[Vec<Vec<u8>>]) {
    for segment in segments {
        let parts: Vec<&[u8]> = segment.iter().map(Vec::as_slice).collect();
        validator.segment(&Plain(&parts));
    }
}

proptest! {
    #[test]
    fn any_segments_end_in_a_bounded_report(
        (name, garbage) in prop::sample::select(SETS.to_vec())
            .prop_flat_map(|name| (Just(name), prop::collection::vec(segment(name), 0..60)))
    ) {
        let set = set(name);
        let mut validator = Validator::new(&set, options(name));
        run(&mut validator, &garbage);
        let report = validator.finish();
        prop_assert!(report.faults.len() <= SET_FAULTS);
        let last = garbage.len() as u64 + 1;
        prop_assert!(report.faults.iter().all(|fault| fault.number <= last && fault.elements.len() <= 99));
        let text = samples::X12.iter().chain(samples::EDIFACT).find(|(known, _)| *known == name);
        let sound: Vec<Vec<Vec<u8>>> = segments(text.map(|(_, text)| *text).unwrap_or_default())
            .into_iter()
            .map(|segment| segment.into_iter().map(String::into_bytes).collect())
            .collect();
        run(&mut validator, &sound);
        prop_assert!(validator.finish().is_sound());
    }
}
