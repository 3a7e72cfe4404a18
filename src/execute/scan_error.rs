//! Why a table could not be read to its end.

use std::io;

/// Why a table could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// Reading failed. The error names the file.
    #[error("{}", crate::fs::in_words(.0))]
    Io(#[from] io::Error),
    /// There are more rows than umbulk can count.
    #[error("{0}: more than {max} rows: cut the file into several", max = u32::MAX - 1)]
    TooManyRows(String),
}
