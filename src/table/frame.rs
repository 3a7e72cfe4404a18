//! Where a record is.

use super::fault::FrameFault;

/// Where a record is and what is wrong with its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// First byte, in the UTF-8 text being read.
    pub offset: u64,
    /// Bytes, the line end included.
    pub len: u64,
    /// The line of the file on which the record begins, from 1, as an editor counts.
    pub line: u64,
    /// Why the record cannot be read at all.
    pub fault: Option<FrameFault>,
}
