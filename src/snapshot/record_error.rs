//! Why the record of recent changes cannot be read or written.

use std::io;

/// The reason.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error("form {0}")]
    Version(i64),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Packed(#[from] postcard::Error),
    #[error("a row has another checksum")]
    Checksum,
}

impl From<rusqlite::types::FromSqlError> for RecordError {
    fn from(error: rusqlite::types::FromSqlError) -> Self {
        Self::Database(error.into())
    }
}

impl RecordError {
    /// Whether another process uses the record.
    pub(super) fn is_busy(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        let Self::Database(error) = self else { return false };
        matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked))
    }

    /// Whether the disk or the system refused, so that the record itself may be whole.
    pub(super) fn is_of_the_system(&self) -> bool {
        use rusqlite::ErrorCode::{
            CannotOpen, DiskFull, OutOfMemory, PermissionDenied, ReadOnly, SystemIoFailure,
        };
        match self {
            Self::Io(_) => true,
            Self::Database(error) => matches!(
                error.sqlite_error_code(),
                Some(
                    CannotOpen
                        | DiskFull
                        | OutOfMemory
                        | PermissionDenied
                        | ReadOnly
                        | SystemIoFailure
                )
            ),
            Self::Version(_) | Self::Json(_) | Self::Packed(_) | Self::Checksum => false,
        }
    }
}
