//! Limits on the size of a row.

/// The most bytes of a record with its line end. A longer one is a faulty row.
pub(crate) const MAX_RECORD: usize = 1 << 20;

/// The number of bytes of a longer record that are kept to be shown.
pub(super) const SHOWN_OF_LONG: usize = 1000;
