//! The tables that programs write and people keep, and how their headers read.

/// Which table a header belongs to (tables.md of the design: "Input dialects").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// umbulk's own columns.
    Native,
    /// umapi-cli's users to create, its export of users, and user-sync's users.
    UmapiCliUsersCreate,
    /// umapi-cli's users to update.
    UmapiCliUsersUpdate,
    /// umapi-cli's users to delete.
    UmapiCliUsersDelete,
    /// umapi-cli's groups to create or to delete: alike, so the action must be said.
    UmapiCliGroups,
    /// umapi-cli's groups to update.
    UmapiCliGroupsUpdate,
    /// umapi-cli's export of groups.
    UmapiCliGroupsExport,
    /// user-sync's list of users to remove: exactly `type,username,domain`.
    UserSyncRemove,
    /// The Admin Console's export of users.
    AdminConsole,
    /// The sample files of the API's documentation: `upn`, `mail`.
    UmapiSamples,
}
