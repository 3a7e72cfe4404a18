//! How much of a file one row may take.

/// How many bytes a record may have, its line end included; a longer one is a faulty row.
pub(crate) const MAX_RECORD: usize = 1 << 20;

/// How many bytes of an over-long record are kept for people to see.
pub(super) const SHOWN_OF_LONG: usize = 1000;
