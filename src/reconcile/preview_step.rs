//! What one row would change, step by step.
//!
//! In: the remainder of the row's change, and the organization. Out: the steps, each with a number
//! for its user or group. Pure.

use crate::change::{Change, GroupChange, IfExists, Memberships, UserChange};
use crate::organization::{Coverage, OrgUser, Organization, UserKey};
use crate::umapi::UserRef;
use serde::Serialize;
use std::fmt;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A value that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ValueChange {
    /// The user: the email address, or the name in the row.
    pub user: String,
    /// The kind of value.
    pub field: &'static str,
    /// The old value; `None` if unknown.
    pub old: Option<String>,
    /// The new value.
    pub new: String,
}

/// One change of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PreviewStep {
    /// This user is created.
    Create(String),
    /// A value of a user changes.
    Update(ValueChange),
    /// A user joins a group.
    Add(String),
    /// A user is removed from a group.
    Remove(String),
    /// A user leaves the organization and these groups.
    Leave {
        /// The user.
        user: String,
        /// The groups.
        groups: Vec<String>,
    },
    /// A user group changes.
    Group(GroupPreviewStep, String),
}

/// A change of a user group itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupPreviewStep {
    /// It is created.
    Create,
    /// Its name or description changes.
    Update,
    /// It is deleted.
    Delete,
    /// Its product profiles change.
    Profiles,
}

/// Returns the changes of a row, each with a number for its user or group. Groups have the spelling
/// of the organization, if it is known.
pub(crate) fn steps(
    change: &Change<'_>,
    organization: Option<&Organization>,
) -> Vec<(u64, PreviewStep)> {
    let mut steps = match change {
        Change::User(user) => user_steps(user, organization),
        Change::Group(group) => group_steps(group, organization),
    };
    for (_, step) in &mut steps {
        if let PreviewStep::Add(name) | PreviewStep::Remove(name) = step
            && let Some(group) = organization.and_then(|all| all.group(name))
        {
            name.clone_from(&group.name);
        }
    }
    steps
}

fn user_steps(
    user: &UserChange<'_>,
    organization: Option<&Organization>,
) -> Vec<(u64, PreviewStep)> {
    let person = organization.and_then(|all| all.user(user.user_ref()));
    // An Adobe ID that is created is a different account from a user with that address.
    let who = UserKey::new(organization, user.user_ref()).digest()
        ^ u64::from(user.adobe_id && person.is_none());
    let shows = |name: &str| {
        organization
            .is_some_and(|all| all.coverage.shows_membership(name) && all.shows(Coverage::DIRECT))
    };
    let is_absent = organization.is_some_and(|all| all.is_absent(user.user_ref()));
    // A membership that a user does not have cannot be removed.
    let loses = |name: &str| !shows(name) || person.map_or(!is_absent, |person| person.is_in(name));
    let mut steps = create_steps(user, person);
    if let Some(new) = &user.update {
        for (field, value) in [
            ("email", &new.email),
            ("username", &new.username),
            ("firstname", &new.firstname),
            ("lastname", &new.lastname),
        ] {
            steps.extend(update(user, person, field, value.as_deref()));
        }
    }
    match &user.remove {
        Some(Memberships::Named(names)) => steps.extend(
            names
                .iter()
                .filter(|name| loses(name))
                .map(|name| PreviewStep::Remove(name.to_string())),
        ),
        Some(Memberships::All) => {
            let held = person
                .into_iter()
                .flat_map(OrgUser::group_names)
                .filter(|name| *name != "_org_admin");
            steps.extend(held.map(|name| PreviewStep::Remove(name.to_owned())));
        }
        None => {}
    }
    steps.extend(user.add.iter().map(|name| PreviewStep::Add(name.to_string())));
    if user.leave.is_some() {
        steps.push(PreviewStep::Leave {
            user: user.user.to_string(),
            groups: person.into_iter().flat_map(OrgUser::group_names).map(str::to_owned).collect(),
        });
    }
    steps.into_iter().map(|step| (who, step)).collect()
}

/// Returns the changes of a create step.
fn create_steps(user: &UserChange<'_>, person: Option<OrgUser<'_>>) -> Vec<PreviewStep> {
    let Some(create) = &user.create else { return Vec::new() };
    match person.filter(|person| person.is_adobe() == user.adobe_id) {
        None => vec![PreviewStep::Create(user.user.to_string())],
        // A create step for an existing user may update the names.
        Some(person) if create.if_exists == IfExists::Update && !person.is_adobe() => {
            let names = [("firstname", &create.firstname), ("lastname", &create.lastname)];
            let update =
                |(field, name): (_, &Option<_>)| update(user, Some(person), field, name.as_deref());
            names.into_iter().filter_map(update).collect()
        }
        Some(_) => Vec::new(),
    }
}

fn update(
    user: &UserChange<'_>,
    person: Option<OrgUser<'_>>,
    field: &'static str,
    new: Option<&str>,
) -> Option<PreviewStep> {
    let old = person.and_then(|person| match field {
        "email" => Some(person.email()),
        "username" => Some(person.username()),
        "firstname" => person.has_names().then(|| person.firstname()),
        _ => person.has_names().then(|| person.lastname()),
    });
    let new = new.filter(|new| old != Some(new))?.to_owned();
    Some(PreviewStep::Update(ValueChange {
        user: user.user.to_string(),
        field,
        old: old.map(str::to_owned),
        new,
    }))
}

fn group_steps(
    group: &GroupChange<'_>,
    organization: Option<&Organization>,
) -> Vec<(u64, PreviewStep)> {
    let whole = [
        (group.create.is_some(), GroupPreviewStep::Create),
        (group.update.is_some(), GroupPreviewStep::Update),
        (group.delete, GroupPreviewStep::Delete),
        (
            !group.add_profiles.is_empty() || !group.remove_profiles.is_empty(),
            GroupPreviewStep::Profiles,
        ),
    ];
    let own = xxh3_64_with_seed(group.group.to_lowercase().as_bytes(), 1);
    let mut steps: Vec<(u64, PreviewStep)> = whole
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, what)| (own, PreviewStep::Group(what, group.group.to_string())))
        .collect();
    let member = |user: &str| UserKey::new(organization, UserRef::own(user)).digest();
    steps.extend(
        group
            .remove_users
            .iter()
            .map(|user| (member(user), PreviewStep::Remove(group.group.to_string()))),
    );
    steps.extend(
        group
            .add_users
            .iter()
            .map(|user| (member(user), PreviewStep::Add(group.group.to_string()))),
    );
    steps
}

impl GroupPreviewStep {
    /// Returns the word under which such changes of a group count once.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Create => "create the group",
            Self::Delete => "delete the group",
            Self::Update | Self::Profiles => "group",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Create => "create the group",
            Self::Update => "change the group",
            Self::Delete => "delete the group",
            Self::Profiles => "change the group's profiles",
        }
    }
}

impl fmt::Display for PreviewStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create(_) => f.write_str("create"),
            Self::Update(ValueChange { field, old: Some(old), new, .. }) => {
                write!(f, "{field} `{old}` -> `{new}`")
            }
            Self::Update(ValueChange { field, new, .. }) => write!(f, "{field} -> `{new}`"),
            Self::Add(group) => write!(f, "add to `{group}`"),
            Self::Remove(group) => write!(f, "remove from `{group}`"),
            Self::Leave { .. } => f.write_str("leave the organization"),
            Self::Group(step, _) => f.write_str(step.words()),
        }
    }
}
