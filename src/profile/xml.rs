//! The elements and attributes of an XML file as columns.
