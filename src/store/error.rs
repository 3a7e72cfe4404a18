//! Why the shared store does not do what it was asked for.

use crate::visible::visible;
use std::error::Error;
use tokio_postgres::error::{DbError, SqlState};

/// Why the shared store does not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    /// The address cannot be used.
    #[error("the address of the store is not valid: {0}")]
    Address(String),
    /// The address has a password.
    #[error(
        "the address of the store has a password, which others could read: remove it there, and \
         put it into ~/.pgpass or another file (PGPASSFILE, or ?passfile=FILE at the end of the \
         address), or into PGPASSWORD"
    )]
    HasPassword,
    /// The file with passwords cannot be used.
    #[error("the password file {file} cannot be used: {why}")]
    PasswordFile {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// The certificates to trust cannot be used.
    #[error("the certificates in {file} cannot be used: {why}")]
    Certificates {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is no connection.
    #[error("the store {store} cannot be reached: {why}")]
    Unreachable {
        /// The store, without a password.
        store: String,
        /// The cause.
        why: String,
    },
    /// The server does not accept the user or the password.
    #[error("the store {store} refuses the connection: {why}")]
    Refused {
        /// The store, without a password.
        store: String,
        /// The response of the server.
        why: String,
    },
    /// The user may not do it.
    #[error(
        "the store does not allow this ({0}): its administrator must type `CREATE SCHEMA umbulk \
         AUTHORIZATION USER`, with your database user in place of USER"
    )]
    NotAllowed(String),
    /// A newer program has changed the tables.
    #[error(
        "the store was changed by a newer umbulk (version {found} of its tables, this program \
             knows {known}): use that version"
    )]
    Newer {
        /// The version of the tables.
        found: i32,
        /// The last version that this program knows.
        known: i32,
    },
    /// Another worker has claimed the run, or somebody has ended it.
    #[error("{}", lost(worker))]
    LeaseLost {
        /// The other worker; empty if nobody has it.
        worker: String,
    },
    /// The store has no such run.
    #[error("the store has no run {0}")]
    NoRun(String),
    /// A file of a run cannot be read or written here.
    #[error("a file of the run cannot be read or written: {0}")]
    File(String),
    /// The server did not answer in time.
    #[error("the store does not answer")]
    Silent,
    /// The server cannot do it now.
    #[error("the store is not ready: {0}")]
    Busy(String),
    /// The disk of the server is full.
    #[error("the disk of the store is full ({0})")]
    Full(String),
    /// The server reported another error.
    #[error("the store reports an error: {0}")]
    Database(String),
    /// The store has what umbulk never writes.
    #[error("the store contains what umbulk does not write ({0})")]
    Damaged(String),
}

impl StoreError {
    /// Whether the same may succeed later, without anybody changing the request.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Silent | Self::Busy(_) | Self::Full(_))
    }

    /// Returns the error for a run that is not there.
    pub(crate) fn no_run(run: &str) -> Self {
        Self::NoRun(visible(run).into_owned())
    }

    /// Returns the error for a part of a journal that does not fit to the others.
    pub(super) fn wrong_part(number: u64) -> Self {
        Self::Damaged(format!("part {number} of a journal is not the one that follows"))
    }

    /// Puts an error of a statement into words.
    pub(super) fn of_statement(error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(reported) => Self::reported(reported),
            None if error.is_closed() => Self::Busy("the connection was closed".to_owned()),
            None => match error.source().and_then(|cause| cause.downcast_ref::<std::io::Error>()) {
                Some(cause) => Self::Busy(crate::fs::in_words(cause)),
                None => Self::Damaged(visible(&error.to_string()).into_owned()),
            },
        }
    }

    /// Puts an error of a new connection into words.
    pub(super) fn of_connection(store: &str, error: &tokio_postgres::Error) -> Self {
        let store = store.to_owned();
        let Some(reported) = error.as_db_error() else {
            let why = match error.source() {
                Some(cause) => match cause.downcast_ref::<std::io::Error>() {
                    Some(cause) => crate::fs::in_words(cause),
                    None => cause.to_string(),
                },
                None => error.to_string(),
            };
            if why == "password missing" {
                let why = "it asks for a password, and neither PGPASSWORD nor the password file \
                           (PGPASSFILE, ~/.pgpass) has one for this host, port, database and user";
                return Self::Refused { store, why: why.to_owned() };
            }
            return Self::Unreachable { store, why: visible(&why).into_owned() };
        };
        let refusing = [
            SqlState::INVALID_PASSWORD,
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
            SqlState::INVALID_CATALOG_NAME,
            SqlState::INSUFFICIENT_PRIVILEGE,
        ];
        match refusing.contains(reported.code()) {
            true => Self::Refused { store, why: visible(reported.message()).into_owned() },
            false => Self::reported(reported),
        }
    }

    fn reported(error: &DbError) -> Self {
        let why = visible(error.message()).into_owned();
        let code = error.code();
        let waits = [
            &SqlState::T_R_SERIALIZATION_FAILURE,
            &SqlState::T_R_DEADLOCK_DETECTED,
            &SqlState::LOCK_NOT_AVAILABLE,
            // A server that has become a standby.
            &SqlState::READ_ONLY_SQL_TRANSACTION,
        ];
        // 08: connections; 53: resources; 57: the server is stopped, starts, or ends a statement.
        let class = code.code().get(..2).unwrap_or_default();
        if *code == SqlState::INSUFFICIENT_PRIVILEGE {
            Self::NotAllowed(why)
        } else if *code == SqlState::DISK_FULL {
            Self::Full(why)
        } else if waits.contains(&code) || matches!(class, "08" | "53" | "57") {
            Self::Busy(why)
        } else {
            Self::Database(why)
        }
    }
}

fn lost(worker: &str) -> String {
    match worker {
        "" => "the store no longer has the run: it was deleted there".to_owned(),
        worker => format!("the run was taken over by {}, or was cancelled", visible(worker)),
    }
}
