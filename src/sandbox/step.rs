//! The decided effect of a step, and how a step is refused.

use super::directory::UserEntry;
use super::group::{AdminRole, SandboxGroup};
use super::ids::{GroupId, UserId};
use super::user::SandboxUser;

/// A documented code, and a message.
pub(super) type RefusalText = (&'static str, String);

/// The decided effect of a step.
pub(super) enum StepEffect {
    Nothing,
    /// The user whom a create step has found.
    Met(UserId),
    Enter(Box<SandboxUser>),
    Change(UserId, Changes),
    Join(UserId, Vec<Membership>),
    Part(UserId, Vec<GroupId>),
    PartAll(UserId),
    Leave(UserId),
    Found(Box<SandboxGroup>),
    Alter {
        group: GroupId,
        name: Option<String>,
        description: Option<String>,
    },
    Dissolve(GroupId),
    Members {
        group: GroupId,
        add: bool,
        users: Vec<UserId>,
        profiles: Vec<GroupId>,
    },
}

/// New values of a user.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) email: Option<String>,
    pub(super) username: Option<String>,
    pub(super) firstname: Option<String>,
    pub(super) lastname: Option<String>,
}

/// A group to join. A role is created when the first user gets it.
pub(super) enum Membership {
    Group(GroupId),
    Role(String, AdminRole),
}

impl Membership {
    /// Returns the group, if it exists: nobody can be removed from a role that nobody has.
    pub(super) fn group(self) -> Option<GroupId> {
        match self {
            Self::Group(id) => Some(id),
            Self::Role(..) => None,
        }
    }
}

impl Changes {
    /// Changes a user.
    pub(super) fn apply(self, person: &mut UserEntry) {
        if let Some(email) = self.email.filter(|email| **email != *person.email) {
            // A new email address also changes the username. The same address changes nothing.
            person.email = email.into();
            person.username = None;
        }
        if let Some(username) = self.username {
            person.username = (*username != *person.email).then(|| username.into());
        }
        for (text, place) in
            [(self.firstname, &mut person.firstname), (self.lastname, &mut person.lastname)]
        {
            if let Some(text) = text {
                *place = text.into();
            }
        }
    }
}

/// Refuses a step.
pub(super) fn no<T>(code: &'static str, message: impl Into<String>) -> Result<T, RefusalText> {
    Err((code, message.into()))
}

/// Refuses a text that is too long.
pub(super) fn length(field: &str, text: &str, most: usize) -> Result<(), RefusalText> {
    if text.chars().count() <= most {
        return Ok(());
    }
    no(
        "error.command.string.too_long",
        format!("String too long in command for field: {field}, max length {most}"),
    )
}
