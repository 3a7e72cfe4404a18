//! The actions of rows.

use super::text::same_word;

/// What a row does: its `action`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Create a user.
    Create,
    /// Change a user's names, email or username.
    Update,
    /// Add memberships to a user.
    Add,
    /// Remove memberships from a user.
    Remove,
    /// Remove all memberships from a user.
    RemoveAll,
    /// A user leaves the organization.
    Delete,
    /// A user leaves the organization and loses account and files.
    DeleteAccount,
    /// Create a user group.
    CreateGroup,
    /// Change a user group or its members.
    UpdateGroup,
    /// Delete a user group.
    DeleteGroup,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 10] = [
        Action::Create,
        Action::Update,
        Action::Add,
        Action::Remove,
        Action::RemoveAll,
        Action::Delete,
        Action::DeleteAccount,
        Action::CreateGroup,
        Action::UpdateGroup,
        Action::DeleteGroup,
    ];

    /// Returns the name in files, options and messages.
    pub fn name(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Add => "add",
            Action::Remove => "remove",
            Action::RemoveAll => "remove-all",
            Action::Delete => "delete",
            Action::DeleteAccount => "delete-account",
            Action::CreateGroup => "create-group",
            Action::UpdateGroup => "update-group",
            Action::DeleteGroup => "delete-group",
        }
    }

    /// Returns the action with this name (letter case, blanks, `_` and `-` do not matter); `None`
    /// if there is none.
    pub fn from_name(name: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|action| same_word(name, action.name()))
    }

    /// Whether it is about a user group, not about a user.
    pub(super) fn is_about_a_group(self) -> bool {
        matches!(self, Action::CreateGroup | Action::UpdateGroup | Action::DeleteGroup)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_found_in_all_its_spellings() {
        for action in Action::ALL {
            assert_eq!(Action::from_name(action.name()), Some(action));
            assert_eq!(
                Action::from_name(&action.name().to_uppercase().replace('-', "_")),
                Some(action)
            );
            assert_eq!(Action::from_name(&action.name().replace('-', " ")), Some(action));
        }
        assert_eq!(Action::from_name("erase"), None);
        assert_eq!(Action::from_name(""), None);
    }
}
