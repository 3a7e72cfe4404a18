//! The place of a record.

use super::fault::FrameFault;

/// The place of a record, and the fault of its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// First byte, in the UTF-8 text being read.
    pub offset: u64,
    /// Length in bytes, with the line end.
    pub len: u64,
    /// The line of the file on which the record begins, from 1.
    pub line: u64,
    /// Why the record cannot be read.
    pub fault: Option<FrameFault>,
}
