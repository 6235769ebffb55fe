//! Stage, publish, recover.
