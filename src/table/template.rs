//! Example files, one for each dialect.

use super::Dialect;

/// A few believable rows in a dialect, as UTF-8 CSV with a header.
pub fn template(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Native => include_str!("templates/native.csv"),
        Dialect::UmapiCliUsersCreate => include_str!("templates/umapi-cli-users-create.csv"),
        Dialect::UmapiCliUsersUpdate => include_str!("templates/umapi-cli-users-update.csv"),
        Dialect::UmapiCliUsersDelete => include_str!("templates/umapi-cli-users-delete.csv"),
        Dialect::UmapiCliGroups => include_str!("templates/umapi-cli-groups.csv"),
        Dialect::UmapiCliGroupsUpdate => include_str!("templates/umapi-cli-groups-update.csv"),
        Dialect::UmapiCliGroupsExport => include_str!("templates/umapi-cli-groups-export.csv"),
        Dialect::UserSyncRemove => include_str!("templates/user-sync-remove.csv"),
        Dialect::AdminConsole => include_str!("templates/admin-console.csv"),
        Dialect::UmapiSamples => include_str!("templates/umapi-samples.csv"),
    }
}
