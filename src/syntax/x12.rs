//! X12: segments and elements with positions, and the envelope's control numbers and counts.
