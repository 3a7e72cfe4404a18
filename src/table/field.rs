//! The meanings of columns.

use crate::visible::is_invisible;

/// The meaning of a column, independent of its name in a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Field {
    /// What the row does (`create`, `update`, `add`, …).
    Action,
    /// Identity type of a user.
    Type,
    /// Email address.
    Email,
    /// Username, if it differs from the email address.
    Username,
    /// Domain of a user whose name is not an email address.
    Domain,
    /// First name.
    Firstname,
    /// Last name.
    Lastname,
    /// Country code.
    Country,
    /// Memberships: to add, or for a removal to remove.
    Groups,
    /// Memberships to add.
    AddGroups,
    /// Memberships to remove.
    RemoveGroups,
    /// The new email address of a user.
    NewEmail,
    /// The new username of a user.
    NewUsername,
    /// What to do if a user or group to create exists: `ignore`, `update` or `error`.
    IfExists,
    /// umapi-cli: whether a removal includes the account and its files (`y`/`n`).
    HardDelete,
    /// Name of the group of the row.
    Group,
    /// The new name of a group.
    NewName,
    /// Description of a group.
    Description,
    /// Users to add to a group.
    Users,
    /// Users to remove from a group.
    RemoveUsers,
    /// Product profiles to add to a group.
    Profiles,
    /// Product profiles to remove from a group.
    RemoveProfiles,
    /// umapi-cli's list of groups: `USER_GROUP`, `PRODUCT_PROFILE`, ….
    GroupType,
    /// admin-console: product profiles of the user.
    ProductConfigurations,
    /// admin-console: roles of the user.
    AdminRoles,
    /// admin-console: profiles that the user administers.
    ConfigurationsAdministered,
    /// admin-console: user groups of the user.
    UserGroups,
    /// admin-console: user groups that the user administers.
    UserGroupsAdministered,
    /// admin-console: products that the user administers.
    ProductsAdministered,
    /// admin-console: profiles for which the user is a developer.
    DeveloperAccess,
    /// Product profiles of the user, in a column other than the Admin Console's product
    /// configurations.
    ProductProfiles,
    /// user-sync: the name of another organization.
    Umapi,
}

impl Field {
    /// The number of fields.
    pub const COUNT: usize = Field::Umapi as usize + 1;

    /// Every field, in order.
    pub const ALL: [Field; Field::COUNT] = [
        Field::Action,
        Field::Type,
        Field::Email,
        Field::Username,
        Field::Domain,
        Field::Firstname,
        Field::Lastname,
        Field::Country,
        Field::Groups,
        Field::AddGroups,
        Field::RemoveGroups,
        Field::NewEmail,
        Field::NewUsername,
        Field::IfExists,
        Field::HardDelete,
        Field::Group,
        Field::NewName,
        Field::Description,
        Field::Users,
        Field::RemoveUsers,
        Field::Profiles,
        Field::RemoveProfiles,
        Field::GroupType,
        Field::ProductConfigurations,
        Field::AdminRoles,
        Field::ConfigurationsAdministered,
        Field::UserGroups,
        Field::UserGroupsAdministered,
        Field::ProductsAdministered,
        Field::DeveloperAccess,
        Field::ProductProfiles,
        Field::Umapi,
    ];

    /// Returns the name in options and messages. For native columns it is the name of the column.
    pub fn name(self) -> &'static str {
        match self {
            Field::Action => "action",
            Field::Type => "type",
            Field::Email => "email",
            Field::Username => "username",
            Field::Domain => "domain",
            Field::Firstname => "firstname",
            Field::Lastname => "lastname",
            Field::Country => "country",
            Field::Groups => "groups",
            Field::AddGroups => "add_groups",
            Field::RemoveGroups => "remove_groups",
            Field::NewEmail => "new_email",
            Field::NewUsername => "new_username",
            Field::IfExists => "if_exists",
            Field::HardDelete => "hard_delete",
            Field::Group => "group",
            Field::NewName => "new_name",
            Field::Description => "description",
            Field::Users => "users",
            Field::RemoveUsers => "remove_users",
            Field::Profiles => "profiles",
            Field::RemoveProfiles => "remove_profiles",
            Field::GroupType => "group_type",
            Field::ProductConfigurations => "product_configurations",
            Field::AdminRoles => "admin_roles",
            Field::ConfigurationsAdministered => "configurations_administered",
            Field::UserGroups => "user_groups",
            Field::UserGroupsAdministered => "user_groups_administered",
            Field::ProductsAdministered => "products_administered",
            Field::DeveloperAccess => "developer_access",
            Field::ProductProfiles => "product_profiles",
            Field::Umapi => "umapi",
        }
    }

    /// Whether several columns may have this meaning, so that their names are combined: Adobe's
    /// columns of memberships.
    pub(super) fn adds_up(self) -> bool {
        matches!(self, Field::UserGroups | Field::ProductConfigurations | Field::ProductProfiles)
    }

    /// Whether a value names the user or group of its row, now or after a rename.
    pub(crate) fn names_somebody(self) -> bool {
        matches!(
            self,
            Field::Email
                | Field::Username
                | Field::NewEmail
                | Field::NewUsername
                | Field::Group
                | Field::NewName
        )
    }

    /// Whether its cells are names of people, accounts or groups: no date and no boolean.
    pub(super) fn holds_names(self) -> bool {
        self.is_list()
            || self.names_somebody()
            || matches!(self, Field::Firstname | Field::Lastname)
    }

    /// Whether a cell may hold several names.
    pub(crate) fn is_list(self) -> bool {
        matches!(
            self,
            Field::Groups
                | Field::AddGroups
                | Field::RemoveGroups
                | Field::Users
                | Field::RemoveUsers
                | Field::Profiles
                | Field::RemoveProfiles
                | Field::ProductConfigurations
                | Field::AdminRoles
                | Field::ConfigurationsAdministered
                | Field::UserGroups
                | Field::UserGroupsAdministered
                | Field::ProductsAdministered
                | Field::DeveloperAccess
                | Field::ProductProfiles
        )
    }

    /// Returns the field with this name, in any form in which a header may have it (`First Name` is
    /// `firstname`); `None` if there is none.
    pub fn from_name(name: &str) -> Option<Field> {
        let name = plain(name);
        Field::ALL.into_iter().find(|field| plain(field.name()) == name)
    }
}

/// Returns the form in which names of columns are compared: lower case, without blanks, `_`, `-`
/// and invisible characters.
pub(super) fn plain(name: &str) -> String {
    plain_chars(name).collect()
}

/// Whether two names have the same plain form.
pub(super) fn is_same_plain(one: &str, other: &str) -> bool {
    plain_chars(one).eq(plain_chars(other))
}

fn plain_chars(name: &str) -> impl Iterator<Item = char> {
    let is_filler = |c: char| c.is_whitespace() || matches!(c, '_' | '-') || is_invisible(c);
    name.chars().filter(move |&c| !is_filler(c)).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_stands_at_its_own_place_and_is_found_by_its_name() {
        for (i, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, i);
            assert_eq!(Field::from_name(field.name()), Some(field));
        }
        assert_eq!(Field::from_name(" First-Name "), Some(Field::Firstname));
        assert_eq!(Field::from_name("shoe_size"), None);
    }
}
