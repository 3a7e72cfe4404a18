//! The columns of an export, and what each contains for a user or a group.

use super::group_kinds::GroupKinds;
use crate::umapi::{ListedGroup, ListedUser};
use std::borrow::Cow;

/// A column of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// Always `create`, so that the file can be imported.
    Action,
    /// The user's id.
    Id,
    /// The type, in the API's words.
    Type,
    /// Email address.
    Email,
    /// Username.
    Username,
    /// Domain.
    Domain,
    /// First name.
    Firstname,
    /// Last name.
    Lastname,
    /// Country code.
    Country,
    /// `active`, `disabled`, …
    Status,
    /// Groups, profiles and roles together.
    Groups,
    /// Always empty, as in umapi-cli.
    Tags,
    /// Always `yes`: memberships may come through a user group.
    Indirect,
    /// Always `yes`: the list does not have all users.
    Part,
    /// The type, in the Admin Console's words.
    IdentityType,
    /// The domain, in the Admin Console's words: `AdobeID` for Adobe IDs.
    ConsoleDomain,
    /// Product profiles.
    ProductConfigurations,
    /// Roles of the whole organization.
    AdminRoles,
    /// Product profiles that the user administers.
    ConfigurationsAdministered,
    /// User groups, and groups of unknown kind.
    UserGroups,
    /// User groups that the user administers, and groups of unknown kind.
    UserGroupsAdministered,
    /// Products that the user administers.
    ProductsAdministered,
    /// Profiles that the user develops for.
    DeveloperAccess,
    /// Always empty: the API does not return it.
    AutoAssigned,
    /// The number of the group.
    GroupId,
    /// The name of the group.
    GroupName,
    /// The kind of the group.
    GroupType,
    /// The role that administers the group.
    AdminGroupName,
    /// The number of members.
    MemberCount,
    /// The product that a profile belongs to.
    ProductName,
    /// Licences of a profile.
    LicenseQuota,
    /// The user group that a role administers.
    UserGroupName,
    /// The profile that a role administers.
    ProfileName,
}

/// The content of a cell.
pub(super) enum Cell<'a> {
    Text(Cow<'a, str>),
    Names(Vec<&'a str>),
    Number(Option<u64>),
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl Column {
    /// Returns the content of this column for a user.
    pub(super) fn of_user<'a>(self, user: &'a ListedUser<'_>, kinds: &GroupKinds) -> Cell<'a> {
        let named = |wanted: fn(&str, &GroupKinds) -> Option<Column>| {
            Cell::Names(
                user.groups
                    .iter()
                    .map(AsRef::as_ref)
                    .filter(|name| wanted(name, kinds) == Some(self))
                    .collect(),
            )
        };
        let stripped = |prefix: &'static str| {
            let wanted =
                user.groups.iter().filter(|name| console_column(name, kinds) == Some(self));
            Cell::Names(wanted.map(|name| name.get(prefix.len()..).unwrap_or(name)).collect())
        };
        match self {
            Self::Action => "create".into(),
            Self::Id => (&*user.id).into(),
            Self::Type => (&*user.identity).into(),
            Self::Email => (&*user.email).into(),
            Self::Username => (&*user.username).into(),
            Self::Domain => (&*user.domain).into(),
            Self::Firstname => (&*user.firstname).into(),
            Self::Lastname => (&*user.lastname).into(),
            Self::Country => (&*user.country).into(),
            Self::Status => (&*user.status).into(),
            Self::Groups => Cell::Names(user.groups.iter().map(AsRef::as_ref).collect()),
            Self::Indirect | Self::Part => "yes".into(),
            Self::IdentityType => match &*user.identity {
                "adobeID" => "Adobe ID".into(),
                "enterpriseID" => "Enterprise ID".into(),
                "federatedID" => "Federated ID".into(),
                // An empty cell would mean an Adobe ID.
                "" => "unknown".into(),
                other => other.into(),
            },
            Self::ConsoleDomain if user.identity == "adobeID" => "AdobeID".into(),
            Self::ConsoleDomain => (&*user.domain).into(),
            Self::ProductConfigurations | Self::UserGroups => named(console_column),
            Self::AdminRoles => {
                let roles =
                    user.groups.iter().filter(|name| console_column(name, kinds) == Some(self));
                Cell::Names(roles.map(|name| role_words(name)).collect())
            }
            Self::ConfigurationsAdministered | Self::UserGroupsAdministered => stripped(ADMIN),
            Self::ProductsAdministered => stripped(PRODUCT_ADMIN),
            Self::DeveloperAccess => stripped(DEVELOPER),
            _ => "".into(),
        }
    }

    /// Returns the content of this column for a group.
    pub(super) fn of_group<'a>(self, group: &'a ListedGroup<'_>) -> Cell<'a> {
        match self {
            Self::GroupId => (&*group.group_id).into(),
            Self::GroupName => (&*group.name).into(),
            Self::GroupType => (&*group.kind).into(),
            Self::AdminGroupName => (&*group.admin_group_name).into(),
            Self::MemberCount => Cell::Number(group.member_count),
            Self::ProductName => (&*group.product_name).into(),
            Self::LicenseQuota => (&*group.license_quota).into(),
            Self::UserGroupName => (&*group.user_group_name).into(),
            Self::ProfileName => (&*group.product_profile_name).into(),
            _ => "".into(),
        }
    }
}

const ADMIN: &str = "_admin_";
const PRODUCT_ADMIN: &str = "_product_admin_";
const DEVELOPER: &str = "_developer_";

/// Returns the Admin Console's column for a membership. A list of users does not mark product
/// profiles, but a snapshot of groups does.
fn console_column(name: &str, kinds: &GroupKinds) -> Option<Column> {
    let begins = |prefix: &str| {
        name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    Some(if begins(ADMIN) {
        if kinds.is_profile(&name[ADMIN.len()..]) {
            Column::ConfigurationsAdministered
        } else {
            Column::UserGroupsAdministered
        }
    } else if begins(PRODUCT_ADMIN) {
        Column::ProductsAdministered
    } else if begins(DEVELOPER) {
        Column::DeveloperAccess
    } else if name.starts_with('_') {
        Column::AdminRoles
    } else if kinds.is_profile(name) {
        Column::ProductConfigurations
    } else {
        Column::UserGroups
    })
}

fn role_words(name: &str) -> &str {
    match name.to_ascii_lowercase().as_str() {
        "_support_admin" => "Support Administrator",
        "_deployment_admin" => "Deployment Administrator",
        "_org_admin" => "System Administrator",
        _ => name,
    }
}
