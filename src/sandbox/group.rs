//! Groups, as people outside the sandbox see and seed them: user groups, product profiles, and the
//! roles that are groups too.

use std::collections::BTreeSet;

/// What a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SandboxGroupKind {
    /// Made by administrators.
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
    /// What names of this role begin with.
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

    /// The role that a name stands for.
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

/// What a role of that name is about: `_admin_Design` is about `Design`.
pub(super) fn about(name: &str) -> Option<&str> {
    let role = AdminRole::named(name)?;
    name.get(role.prefix().len()..).filter(|subject| !subject.is_empty())
}

/// A group of the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxGroup {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: SandboxGroupKind,
    /// Description.
    pub description: String,
    /// Profiles that its members get.
    pub profiles: BTreeSet<String>,
    /// The product that a profile belongs to.
    pub product: Option<String>,
    /// Licences of a profile; `None`: as many as are wanted.
    pub quota: Option<u32>,
    /// Shared by another organization: its members cannot be changed.
    pub read_only: bool,
}

impl SandboxGroup {
    /// A user group.
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

    /// A product profile.
    pub fn profile(name: &str) -> Self {
        Self {
            kind: SandboxGroupKind::Profile,
            product: Some(name.to_owned()),
            ..Self::user_group(name)
        }
    }

    pub(super) fn role(name: &str, role: AdminRole) -> Self {
        Self { kind: SandboxGroupKind::Role(role), ..Self::user_group(name) }
    }
}
