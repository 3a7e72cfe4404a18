//! What to look at when no answer was heard and sending the command again would not be harmless.

use crate::change::Change;
use crate::plan::Command;
use crate::umapi::wire::{Root, Step, UserUpdate};
use crate::umapi::{ApiError, Client, User};

/// What to look at, and what it would mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// Did the user get the new email or username?
    Renamed { user: String, domain: Option<String>, wanted: UserUpdate },
    /// A create that must not meet an existing user: is she there?
    Created { user: String, domain: Option<String>, email: String },
    /// Did the group get its new name?
    GroupRenamed { group: String, wanted: String },
    /// A create that must not meet an existing group: is it there?
    GroupCreated { group: String },
    /// Is the group gone?
    GroupDeleted { group: String },
}

/// What the look has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// It was carried out.
    Done,
    /// It was not: sending it is safe.
    NotDone,
    /// It cannot be told; why, and what to look at.
    Unclear(String),
}

impl Look {
    /// The look that a command needs; `None` where a repeat is harmless.
    pub(super) fn at(command: &Command, change: &Change<'_>) -> Option<Self> {
        let may_exist = match change {
            Change::User(user) => user.create.as_ref().is_none_or(|create| create.if_exists != crate::change::IfExists::Error),
            Change::Group(group) => group.create.as_ref().is_none_or(|create| create.if_exists != crate::change::IfExists::Error),
        };
        let first = &command.steps.first()?.step;
        match (&command.root, first) {
            (Root::User { user, domain, .. }, Step::Update(wanted)) if wanted.email.is_some() || wanted.username.is_some() => {
                Some(Self::Renamed { user: user.clone(), domain: domain.clone(), wanted: wanted.clone() })
            }
            (
                Root::User { user, domain, .. },
                Step::AddAdobeId(create) | Step::CreateEnterpriseId(create) | Step::CreateFederatedId(create),
            ) if !may_exist => Some(Self::Created { user: user.clone(), domain: domain.clone(), email: create.email.clone() }),
            (Root::Group { usergroup }, Step::UpdateUserGroup(update)) => {
                update.name.as_ref().map(|wanted| Self::GroupRenamed { group: usergroup.clone(), wanted: wanted.clone() })
            }
            (Root::Group { usergroup }, Step::CreateUserGroup(_)) if !may_exist => Some(Self::GroupCreated { group: usergroup.clone() }),
            (Root::Group { usergroup }, Step::DeleteUserGroup {}) => Some(Self::GroupDeleted { group: usergroup.clone() }),
            _ => None,
        }
    }

    /// Looks, with one or two read calls.
    pub(super) async fn look(&self, client: &Client) -> Result<Seen, ApiError> {
        match self {
            Self::Renamed { user, domain, wanted } => {
                let new_name = wanted.email.as_deref().or(wanted.username.as_deref()).unwrap_or(user);
                let new_domain = if new_name.contains('@') { None } else { domain.as_deref() };
                let after = client.user(new_name, new_domain).await?;
                let before = client.user(user, domain.as_deref()).await?;
                Ok(renamed(wanted, before.as_ref(), after.as_ref()))
            }
            Self::Created { user, domain, .. } => Ok(match client.user(user, domain.as_deref()).await? {
                None => Seen::NotDone,
                Some(_) => Seen::Unclear(format!(
                    "`{user}` is there now, and nobody can tell whether this row created the user or met an existing one: look at the user's creation in the Admin Console"
                )),
            }),
            Self::GroupRenamed { group, wanted } => Ok(match (client.group_exists(group).await?, client.group_exists(wanted).await?) {
                (false, true) => Seen::Done,
                _ => Seen::NotDone,
            }),
            Self::GroupCreated { group } => Ok(if client.group_exists(group).await? {
                Seen::Unclear(format!(
                    "the group `{group}` is there now, and nobody can tell whether this row created it: look at the group in the Admin Console"
                ))
            } else {
                Seen::NotDone
            }),
            Self::GroupDeleted { group } => Ok(if client.group_exists(group).await? { Seen::NotDone } else { Seen::Done }),
        }
    }
}

/// A renamed user answers to the new name, and no other user answers to the old one.
fn renamed(wanted: &UserUpdate, before: Option<&User>, after: Option<&User>) -> Seen {
    let has_it = |user: &User| {
        let same = |got: &Option<String>, wanted: &Option<String>| match wanted {
            None => true,
            Some(wanted) => got.as_ref().is_some_and(|got| got.eq_ignore_ascii_case(wanted)),
        };
        same(&user.email, &wanted.email) && same(&user.username, &wanted.username)
    };
    match (before, after) {
        (None, Some(_)) => Seen::Done,
        // A username that looks like an email address is found by nobody: the user still answers to her email.
        (Some(before), _) if has_it(before) => Seen::Done,
        _ => Seen::NotDone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(email: &str) -> User {
        User { email: Some(email.to_owned()), ..User::default() }
    }

    #[test]
    fn a_rename_is_done_when_only_the_new_name_answers() {
        let wanted = UserUpdate { email: Some("new@example.com".into()), ..UserUpdate::default() };
        assert_eq!(renamed(&wanted, None, Some(&user("new@example.com"))), Seen::Done);
        assert_eq!(renamed(&wanted, Some(&user("old@example.com")), None), Seen::NotDone);
        assert_eq!(renamed(&wanted, Some(&user("old@example.com")), Some(&user("new@example.com"))), Seen::NotDone);
    }
}
