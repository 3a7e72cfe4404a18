//! Groups, as tests and programs see and create them: user groups, product profiles, and the roles
//! that are groups too.

use std::collections::BTreeSet;

/// The kind of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SandboxGroupKind {
    /// Created by administrators.
    UserGroup,
    /// A product profile.
    Profile,
    /// A role.
    Role(AdminRole),
}

/// Administrative roles, which are groups of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminRole {
    /// `_org_admin`
    System,
    /// `_deployment_admin`
    Deployment,
    /// `_support_admin`
    Support,
    /// `_product_admin_PRODUCT`
    ProductAdmin,
    /// `_developer_PROFILE`
    Developer,
    /// `_admin_GROUP`
    GroupAdmin,
}

impl AdminRole {
    /// Returns the beginning of the names of this role.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::System => "_org_admin",
            Self::Deployment => "_deployment_admin",
            Self::Support => "_support_admin",
            Self::ProductAdmin => "_product_admin_",
            Self::Developer => "_developer_",
            Self::GroupAdmin => "_admin_",
        }
    }

    /// Returns the role that a name means.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let fixed = [Self::System, Self::Deployment, Self::Support]
            .into_iter()
            .find(|role| name == role.prefix());
        fixed.or_else(|| {
            [Self::ProductAdmin, Self::Developer, Self::GroupAdmin]
                .into_iter()
                .find(|role| name.starts_with(role.prefix()))
        })
    }
}

/// Returns the subject of a role's name: `_admin_Design` is for `Design`.
pub(super) fn about(name: &str) -> Option<&str> {
    let role = AdminRole::named(name)?;
    name.get(role.prefix().len()..).filter(|subject| !subject.is_empty())
}

/// A group of the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxGroup {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: SandboxGroupKind,
    /// Description.
    pub description: String,
    /// The profiles that its members get.
    pub profiles: BTreeSet<String>,
    /// The product that a profile belongs to.
    pub product: Option<String>,
    /// The licences of a profile; `None` for any number.
    pub quota: Option<u32>,
    /// Whether another organization shares it, so that its members cannot be changed.
    pub read_only: bool,
}

impl SandboxGroup {
    /// Returns a user group.
    pub fn user_group(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: SandboxGroupKind::UserGroup,
            description: String::new(),
            profiles: BTreeSet::new(),
            product: None,
            quota: None,
            read_only: false,
        }
    }

    /// Returns a product profile.
    pub fn profile(name: &str) -> Self {
        Self {
            kind: SandboxGroupKind::Profile,
            product: Some(name.to_owned()),
            ..Self::user_group(name)
        }
    }

    /// Returns the group of an administrator's role.
    pub(super) fn role(name: &str, role: AdminRole) -> Self {
        Self { kind: SandboxGroupKind::Role(role), ..Self::user_group(name) }
    }
}
