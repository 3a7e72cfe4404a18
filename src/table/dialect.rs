//! The tables of other programs and of people, and the meaning of their headers.
//!
//! In: the names of a header. Out: which table it is, and what each column means. Names are
//! compared in their plain form: `First Name`, `first_name` and `firstname` are the same.

use super::field::{Field, plain};

/// The table that a header belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputDialect {
    /// umbulk's own columns.
    Native,
    /// umapi-cli's users to create, its export of users, and user-sync's users.
    UmapiCliUsersCreate,
    /// umapi-cli's users to update.
    UmapiCliUsersUpdate,
    /// umapi-cli's users to delete.
    UmapiCliUsersDelete,
    /// umapi-cli's groups to create or to delete. Both look the same, so the action must be given.
    UmapiCliGroups,
    /// umapi-cli's groups to update.
    UmapiCliGroupsUpdate,
    /// umapi-cli's export of groups.
    UmapiCliGroupsExport,
    /// user-sync's list of users to remove: `type,username,domain` and similar headers
    /// (`is_remove_list`).
    UserSyncRemove,
    /// The Admin Console's export of users.
    AdminConsole,
    /// The sample files of the API's documentation: `upn`, `mail`.
    UmapiSamples,
}

impl InputDialect {
    /// Every dialect.
    pub const ALL: [InputDialect; 10] = [
        InputDialect::Native,
        InputDialect::UmapiCliUsersCreate,
        InputDialect::UmapiCliUsersUpdate,
        InputDialect::UmapiCliUsersDelete,
        InputDialect::UmapiCliGroups,
        InputDialect::UmapiCliGroupsUpdate,
        InputDialect::UmapiCliGroupsExport,
        InputDialect::UserSyncRemove,
        InputDialect::AdminConsole,
        InputDialect::UmapiSamples,
    ];

    /// Returns the name in options and messages.
    pub fn name(self) -> &'static str {
        match self {
            InputDialect::Native => "native",
            InputDialect::UmapiCliUsersCreate => "umapi-cli-users-create",
            InputDialect::UmapiCliUsersUpdate => "umapi-cli-users-update",
            InputDialect::UmapiCliUsersDelete => "umapi-cli-users-delete",
            InputDialect::UmapiCliGroups => "umapi-cli-groups",
            InputDialect::UmapiCliGroupsUpdate => "umapi-cli-groups-update",
            InputDialect::UmapiCliGroupsExport => "umapi-cli-groups-export",
            InputDialect::UserSyncRemove => "user-sync-remove",
            InputDialect::AdminConsole => "admin-console",
            InputDialect::UmapiSamples => "umapi-samples",
        }
    }

    /// Returns the dialect with this name; `None` if there is none. The name of a program alone
    /// means its users to create.
    pub fn from_name(name: &str) -> Option<InputDialect> {
        let name = plain(name);
        if ["umapicli", "usersync"].contains(&name.as_str()) {
            return Some(InputDialect::UmapiCliUsersCreate);
        }
        InputDialect::ALL.into_iter().find(|dialect| plain(dialect.name()) == name)
    }

    /// Returns the table with these columns (in plain form); [`InputDialect::Native`] if no other
    /// matches.
    pub(super) fn tell(columns: &[String]) -> InputDialect {
        let has = |name: &str| columns.iter().any(|column| column == name);
        let any = |names: &[&str]| names.iter().any(|name| has(name));
        // These two have their own names for the columns that identify a user, which an action does
        // not change.
        if has("upn") && has("mail") {
            InputDialect::UmapiSamples
        } else if has("identitytype") {
            InputDialect::AdminConsole
        } else if any(&["action", "ifexists", "newemail", "newusername", "newname"]) {
            InputDialect::Native
        } else if any(&["emailnew", "addgroups", "removegroups"]) {
            InputDialect::UmapiCliUsersUpdate
        } else if has("harddelete") {
            InputDialect::UmapiCliUsersDelete
        } else if has("groupname") && !has("email") {
            InputDialect::UmapiCliGroupsExport
        } else if is_remove_list(columns) {
            InputDialect::UserSyncRemove
        } else if has("type") && has("email") && has("groups") {
            InputDialect::UmapiCliUsersCreate
        } else if has("name") && !any(&["email", "username", "group"]) {
            let updates =
                any(&["namenew", "addusers", "removeusers", "addprofiles", "removeprofiles"]);
            if updates { InputDialect::UmapiCliGroupsUpdate } else { InputDialect::UmapiCliGroups }
        } else {
            InputDialect::Native
        }
    }

    /// Returns the meaning of a column with this name (in plain form); `None` if it has none.
    pub(super) fn field(self, column: &str) -> Option<Field> {
        match self {
            InputDialect::Native => native(column),
            InputDialect::UmapiCliUsersCreate => user(column),
            InputDialect::UmapiCliUsersUpdate => match column {
                "emailnew" => Some(Field::NewEmail),
                "addgroups" => Some(Field::AddGroups),
                "removegroups" => Some(Field::RemoveGroups),
                _ => user(column),
            },
            InputDialect::UmapiCliUsersDelete => match column {
                "harddelete" => Some(Field::HardDelete),
                // A row that removes a user adds no groups: such a cell is refused.
                "groups" => Some(Field::Groups),
                _ => memberships(column).or_else(|| identity(column)),
            },
            InputDialect::UmapiCliGroups | InputDialect::UmapiCliGroupsUpdate => match column {
                "name" => Some(Field::Group),
                "description" => Some(Field::Description),
                "namenew" => Some(Field::NewName),
                "addusers" | "users" => Some(Field::Users),
                "removeusers" => Some(Field::RemoveUsers),
                "addprofiles" | "profiles" => Some(Field::Profiles),
                "removeprofiles" => Some(Field::RemoveProfiles),
                _ => None,
            },
            InputDialect::UmapiCliGroupsExport => match column {
                "groupname" => Some(Field::Group),
                "description" => Some(Field::Description),
                "type" => Some(Field::GroupType),
                _ => None,
            },
            InputDialect::UserSyncRemove => match column {
                "user" => Some(Field::Username),
                "umapi" | "org" => Some(Field::Umapi),
                _ => identity(column),
            },
            InputDialect::AdminConsole => match column {
                "identitytype" => Some(Field::Type),
                "adminroles" => Some(Field::AdminRoles),
                "productconfigurationsadministered" => Some(Field::ConfigurationsAdministered),
                "usergroupsadministered" => Some(Field::UserGroupsAdministered),
                "productsadministered" => Some(Field::ProductsAdministered),
                "developeraccess" => Some(Field::DeveloperAccess),
                _ => user(column).or_else(|| operation(column)),
            },
            InputDialect::UmapiSamples => match column {
                "upn" => Some(Field::Username),
                "mail" => Some(Field::Email),
                _ => user(column).or_else(|| operation(column)),
            },
        }
    }

    /// Whether any dialect has a column with this name (in plain form).
    pub(super) fn any_knows(column: &str) -> bool {
        InputDialect::ALL.into_iter().any(|dialect| dialect.field(column).is_some())
    }
}

/// Returns the field of umbulk's own columns, and of umapi-cli's names for some of them.
fn native(column: &str) -> Option<Field> {
    match column {
        "emailnew" => Some(Field::NewEmail),
        "namenew" => Some(Field::NewName),
        "addusers" => Some(Field::Users),
        "addprofiles" => Some(Field::Profiles),
        "countrycode" => Some(Field::Country),
        "harddelete" => Some(Field::HardDelete),
        "umapi" => Some(Field::Umapi),
        _ => memberships(column)
            .or_else(|| native_fields().find(|field| plain(field.name()) == column)),
    }
}

/// Returns the fields that have a native column.
pub(super) fn native_fields() -> impl Iterator<Item = Field> {
    Field::ALL.into_iter().filter(|&field| field < Field::GroupType && field != Field::HardDelete)
}

fn user(column: &str) -> Option<Field> {
    match column {
        "firstname" => Some(Field::Firstname),
        "lastname" => Some(Field::Lastname),
        "country" | "countrycode" => Some(Field::Country),
        "groups" => Some(Field::Groups),
        _ => memberships(column).or_else(|| identity(column)),
    }
}

/// Returns the field for what a row does besides describing a user, in tables with their own names
/// for the columns that identify a user.
fn operation(column: &str) -> Option<Field> {
    match column {
        "action" => Some(Field::Action),
        "ifexists" => Some(Field::IfExists),
        "newemail" | "emailnew" => Some(Field::NewEmail),
        "newusername" => Some(Field::NewUsername),
        "addgroups" => Some(Field::AddGroups),
        "removegroups" => Some(Field::RemoveGroups),
        "harddelete" => Some(Field::HardDelete),
        "umapi" => Some(Field::Umapi),
        _ => None,
    }
}

/// Returns the meaning of a column with this name (in plain form) in any table of users, if it
/// changes the effect of a row.
pub(super) fn foreign(column: &str) -> Option<Field> {
    let has_own_name = [
        InputDialect::AdminConsole,
        InputDialect::UmapiCliUsersUpdate,
        InputDialect::UmapiCliUsersDelete,
        InputDialect::Native,
    ];
    let changes = |field: &Field| {
        matches!(
            field,
            Field::Action
                | Field::Type
                | Field::Country
                | Field::Groups
                | Field::AddGroups
                | Field::RemoveGroups
                | Field::NewEmail
                | Field::NewUsername
                | Field::IfExists
                | Field::HardDelete
                | Field::ProductConfigurations
                | Field::AdminRoles
                | Field::ConfigurationsAdministered
                | Field::UserGroups
                | Field::UserGroupsAdministered
                | Field::ProductsAdministered
                | Field::DeveloperAccess
                | Field::ProductProfiles
                | Field::Umapi
        )
    };
    has_own_name.into_iter().find_map(|dialect| dialect.field(column)).filter(changes)
}

/// Returns the field of Adobe's own names for columns of memberships.
fn memberships(column: &str) -> Option<Field> {
    match column {
        "usergroups" | "usergroup" => Some(Field::UserGroups),
        "productconfigurations" | "productconfiguration" => Some(Field::ProductConfigurations),
        "productprofiles" | "productprofile" => Some(Field::ProductProfiles),
        _ => None,
    }
}

/// Whether these are user-sync's columns for the users to remove: since 2.7 `type,email,domain`,
/// before that `type,username,domain` or `type,user,domain`, at first `user,domain`. With several
/// organizations, the last column has the name of the organization. The same columns in another
/// order are the list of another program, and may be of people who are to be created.
fn is_remove_list(columns: &[String]) -> bool {
    let mut names: Vec<&str> =
        columns.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    if let [.., "umapi" | "org"] = names.as_slice() {
        names.pop();
    }
    matches!(
        names.as_slice(),
        ["user", "domain"] | ["type", "user" | "username" | "email", "domain"]
    )
}

fn identity(column: &str) -> Option<Field> {
    match column {
        "type" => Some(Field::Type),
        "email" => Some(Field::Email),
        "username" => Some(Field::Username),
        "domain" => Some(Field::Domain),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(header: &str) -> InputDialect {
        InputDialect::tell(&header.split(',').map(plain).collect::<Vec<_>>())
    }

    #[test]
    fn a_header_tells_its_dialect() {
        for (header, dialect) in [
            ("action,email", InputDialect::Native),
            ("email", InputDialect::Native),
            ("type,email,firstname,lastname,country", InputDialect::Native),
            ("type,email,groups,if_exists", InputDialect::Native),
            ("action,email,add_groups,hard_delete", InputDialect::Native),
            (
                "type,email,firstname,lastname,country,username,domain,groups",
                InputDialect::UmapiCliUsersCreate,
            ),
            (
                "id,type,email,firstname,lastname,country,username,domain,groups,tags",
                InputDialect::UmapiCliUsersCreate,
            ),
            (
                "firstname,lastname,email,country,groups,type,username,domain,shoe size",
                InputDialect::UmapiCliUsersCreate,
            ),
            (
                "email,email_new,firstname,lastname,username,add_groups,remove_groups",
                InputDialect::UmapiCliUsersUpdate,
            ),
            ("email,remove_groups", InputDialect::UmapiCliUsersUpdate),
            ("email,hard_delete", InputDialect::UmapiCliUsersDelete),
            ("name,description", InputDialect::UmapiCliGroups),
            ("name", InputDialect::UmapiCliGroups),
            ("name,name_new", InputDialect::UmapiCliGroupsUpdate),
            ("name,add_profiles", InputDialect::UmapiCliGroupsUpdate),
            (
                "groupName,type,adminGroupName,memberCount,productName,licenseQuota",
                InputDialect::UmapiCliGroupsExport,
            ),
            ("type,username,domain", InputDialect::UserSyncRemove),
            ("type,email,domain", InputDialect::UserSyncRemove),
            ("type,user,domain,umapi", InputDialect::UserSyncRemove),
            ("user,domain", InputDialect::UserSyncRemove),
            ("user,domain,org", InputDialect::UserSyncRemove),
            ("username,domain", InputDialect::Native),
            ("type,email", InputDialect::Native),
            ("Type,User Name,Domain", InputDialect::UserSyncRemove),
            ("Domain,Type,User Name", InputDialect::Native),
            ("email,type,domain", InputDialect::Native),
            ("Identity Type,Username,Domain,Email,First Name", InputDialect::AdminConsole),
            ("Identity Type,Email,Admin Roles,action,new_email", InputDialect::AdminConsole),
            ("upn,mail,action", InputDialect::UmapiSamples),
            ("upn,mail,firstname,lastname,country_code,groups", InputDialect::UmapiSamples),
        ] {
            assert_eq!(tell(header), dialect, "{header}");
        }
    }

    #[test]
    fn every_dialect_is_found_by_its_name() {
        for dialect in InputDialect::ALL {
            assert_eq!(InputDialect::from_name(dialect.name()), Some(dialect));
        }
        assert_eq!(InputDialect::from_name("Admin Console"), Some(InputDialect::AdminConsole));
        assert_eq!(InputDialect::from_name("sap"), None);
    }
}
