//! A partner's guide.
