//! Example files, one for each dialect.

use super::dialect::InputDialect;
use super::field::{Field, plain};

/// Returns a few plausible rows in a dialect, as UTF-8 CSV with a header.
pub(crate) fn template(dialect: InputDialect) -> &'static str {
    match dialect {
        InputDialect::Native => include_str!("templates/native.csv"),
        InputDialect::UmapiCliUsersCreate => include_str!("templates/umapi-cli-users-create.csv"),
        InputDialect::UmapiCliUsersUpdate => include_str!("templates/umapi-cli-users-update.csv"),
        InputDialect::UmapiCliUsersDelete => include_str!("templates/umapi-cli-users-delete.csv"),
        InputDialect::UmapiCliGroups => include_str!("templates/umapi-cli-groups.csv"),
        InputDialect::UmapiCliGroupsUpdate => include_str!("templates/umapi-cli-groups-update.csv"),
        InputDialect::UmapiCliGroupsExport => include_str!("templates/umapi-cli-groups-export.csv"),
        InputDialect::UserSyncRemove => include_str!("templates/user-sync-remove.csv"),
        InputDialect::AdminConsole => include_str!("templates/admin-console.csv"),
        InputDialect::UmapiSamples => include_str!("templates/umapi-samples.csv"),
    }
}

/// Returns the meanings of the columns of a dialect's example file, in order; `None` for a column
/// without one.
pub(crate) fn template_fields(dialect: InputDialect) -> Vec<Option<Field>> {
    let header = template(dialect).lines().next().unwrap_or_default();
    header.split(',').map(|name| dialect.field(&plain(name))).collect()
}
