//! What the next piece of an interchange must know of the one before.

use memchr::memmem;

use super::delimiters::Delimiters;
use super::envelope::Text15;
use crate::syntax::segment::at_border;

/// The release (GS08) of the last group that begins in `bytes`, where these delimiters are in force at their end.
#[must_use]
pub fn last_release(bytes: &[u8], delimiters: &Delimiters) -> Option<Text15> {
    let begins = |at: &usize| bytes.get(at + 2) == Some(&delimiters.element) && at_border(bytes, *at, delimiters);
    // Nearly always there is none, and looking forwards is several times as fast as looking backwards.
    let at = memmem::find_iter(bytes, b"GS").filter(begins).last()?;
    let text = bytes.get(at..)?.split(|byte| *byte == delimiters.segment).next()?;
    text.split(|byte| *byte == delimiters.element).nth(8).map(Text15::new)
}

#[cfg(test)]
#[path = "tests/borders.rs"]
mod tests;
