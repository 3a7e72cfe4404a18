//! What a column can mean.

/// The meaning of a column, whatever its header says in a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Field {
    /// What the row does (`create`, `update`, `add`, …).
    Action,
    /// Identity type of a user.
    Type,
    /// Email address.
    Email,
    /// User name, where it differs from the email.
    Username,
    /// Domain of a user that is not an email address.
    Domain,
    /// First name.
    Firstname,
    /// Last name.
    Lastname,
    /// Country code.
    Country,
    /// Memberships: to add, or to remove for a removal.
    Groups,
    /// Memberships to add.
    AddGroups,
    /// Memberships to remove.
    RemoveGroups,
    /// The email a user is to have.
    NewEmail,
    /// The username a user is to have.
    NewUsername,
    /// What to do when a created user or group exists: `ignore`, `update` or `error`.
    IfExists,
    /// umapi-cli: does a removal take the account and its files too (`y`/`n`)?
    HardDelete,
    /// Name of the group that the row is about.
    Group,
    /// The name a group is to have.
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
}

impl Field {
    /// How many fields there are.
    pub const COUNT: usize = Field::DeveloperAccess as usize + 1;
}
