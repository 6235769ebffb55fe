//! XML: a strict, bounded event reader over quick-xml, and a writer.
