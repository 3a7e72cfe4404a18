//! The values of a statement, and those of its answer.

use super::error::StoreError;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSqlOwned, ToSql};

/// The values of a statement.
pub(super) type Values = Vec<Box<dyn ToSql + Send + Sync>>;

/// Puts the values of a statement together.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        vec![$(Box::new($value) as Box<dyn tokio_postgres::types::ToSql + Send + Sync>),*]
    };
}
pub(super) use values;

/// Returns the value of a column.
///
/// # Errors
/// When it has another type than umbulk writes.
pub(super) fn column<T: FromSqlOwned>(row: &Row, at: usize) -> Result<T, StoreError> {
    row.try_get(at).map_err(|error| StoreError::Damaged(error.to_string()))
}

/// Returns the only row of an answer.
///
/// # Errors
/// When there is none.
pub(super) fn only(rows: Vec<Row>) -> Result<Row, StoreError> {
    rows.into_iter().next().ok_or_else(|| StoreError::Damaged("an answer without a row".to_owned()))
}
