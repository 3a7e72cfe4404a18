//! How rows are to be understood where they do not say so themselves.

use super::model::{IdentityType, IfExists};
use crate::table::Dialect;

/// The defaults for a table's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Which table it is.
    pub dialect: Dialect,
    /// What rows without an action of their own do; `None`: what the dialect says.
    pub action: Option<Action>,
    /// Identity type of a created user whose row names none.
    pub default_type: IdentityType,
    /// Country of a created user whose row names none.
    pub default_country: Option<String>,
    /// What to do when a created user or group exists.
    pub if_exists: IfExists,
    /// What separates the names in a list.
    pub list_separator: char,
}

impl Rules {
    /// The defaults of a dialect.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            action: None,
            default_type: IdentityType::Federated,
            default_country: None,
            if_exists: IfExists::Ignore,
            list_separator: ',',
        }
    }
}

/// What a row does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Create a user, and add memberships.
    Create,
    /// Change a user.
    Update,
    /// Add memberships.
    Add,
    /// Take memberships away.
    Remove,
    /// Take all memberships away.
    RemoveAll,
    /// Leave the organization.
    Delete,
    /// Leave the organization and lose the account.
    DeleteAccount,
    /// Create a user group.
    CreateGroup,
    /// Change a user group.
    UpdateGroup,
    /// Delete a user group.
    DeleteGroup,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 10] = [
        Self::Create,
        Self::Update,
        Self::Add,
        Self::Remove,
        Self::RemoveAll,
        Self::Delete,
        Self::DeleteAccount,
        Self::CreateGroup,
        Self::UpdateGroup,
        Self::DeleteGroup,
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Add => "add",
            Self::Remove => "remove",
            Self::RemoveAll => "remove-all",
            Self::Delete => "delete",
            Self::DeleteAccount => "delete-account",
            Self::CreateGroup => "create-group",
            Self::UpdateGroup => "update-group",
            Self::DeleteGroup => "delete-group",
        }
    }

    /// Letter case, and blanks or `_` for `-`, do not count.
    pub fn from_name(text: &str) -> Option<Self> {
        let text = text.trim();
        Self::ALL.into_iter().find(|action| same_word(action.name(), text))
    }

    pub(super) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    pub(super) fn is_about_groups(self) -> bool {
        matches!(self, Self::CreateGroup | Self::UpdateGroup | Self::DeleteGroup)
    }
}

/// Are two words the same when letter case does not count, nor which of `-`, `_` and blank joins them?
fn same_word(name: &str, text: &str) -> bool {
    let fold = |byte: u8| if matches!(byte, b'_' | b' ') { b'-' } else { byte.to_ascii_lowercase() };
    name.len() == text.len() && name.bytes().zip(text.bytes()).all(|(a, b)| a == fold(b))
}

impl IdentityType {
    /// In all its spellings: `federatedID`, `Federated ID`, `federated_id`, `federated`, `type3`.
    pub fn from_name(text: &str) -> Option<Self> {
        let mut word = [0_u8; 16];
        let mut length = 0;
        for byte in text.bytes().filter(|byte| !matches!(byte, b' ' | b'_' | b'-')) {
            *word.get_mut(length)? = byte.to_ascii_lowercase();
            length += 1;
        }
        match &word[..length] {
            b"adobeid" | b"adobe" | b"type1" => Some(Self::Adobe),
            b"enterpriseid" | b"enterprise" | b"type2" => Some(Self::Enterprise),
            b"federatedid" | b"federated" | b"type3" => Some(Self::Federated),
            _ => None,
        }
    }
}

impl IfExists {
    /// `ignore`, `update`, `error`, in any letter case.
    pub fn from_name(text: &str) -> Option<Self> {
        [("ignore", Self::Ignore), ("update", Self::Update), ("error", Self::Error)]
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text.trim()))
            .map(|(_, value)| value)
    }
}
