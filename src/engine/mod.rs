//! The cycle that takes files through their life.
