//! Why a workbook cannot be read.

use std::fmt;
use std::io;

/// Why a workbook cannot be read.
#[derive(Debug)]
pub(in crate::table) enum WorkbookFault {
    /// Its file cannot be read.
    Read(io::Error),
    /// The copy of the sheet cannot be written.
    Write(io::Error),
    /// Something in it is not as it should be: what.
    Damaged(&'static str),
    /// It would fill the memory or the disk.
    TooLarge,
    /// It is protected by a password.
    Protected,
    /// It is an archive of other files.
    Archive,
    /// It is something else: what, and what to do.
    Other(&'static str),
}

/// The mark of an error that is none of the file: more bytes than a workbook may have.
#[derive(Debug)]
pub(super) struct TooManyBytes;

impl fmt::Display for TooManyBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too many bytes")
    }
}

impl std::error::Error for TooManyBytes {}

impl WorkbookFault {
    /// It has more sheets than anybody looks through.
    pub(super) const TOO_MANY_SHEETS: Self = Self::Other(
        "it has more than 1,000 sheets. Save the one with the table as a file of its own",
    );

    /// Returns the fault behind an error while `part` was read: only an error of the operating
    /// system is one of the file.
    pub(super) fn of_read(error: &io::Error, part: &'static str) -> Self {
        match error.get_ref() {
            Some(inner) if inner.is::<TooManyBytes>() => Self::TooLarge,
            None if error.raw_os_error().is_some() => {
                Self::Read(io::Error::new(error.kind(), error.to_string()))
            }
            _ => Self::Damaged(part),
        }
    }
}
