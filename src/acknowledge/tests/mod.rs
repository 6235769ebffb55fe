//! Tables of acknowledgements, and properties.
