//! What one row would change, step by step.
//!
//! In: the remainder of the row's change, and the organization. Out: the steps, each with a number
//! for its user or group. Pure.

use crate::change::{Change, GroupChange, IfExists, Leave, Memberships, RowEffect, UserChange};
use crate::organization::{Coverage, OrgUser, Organization, UserKey};
use crate::umapi::UserRef;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What somebody does who is removed from the organization.
pub(crate) const LEAVE: &str = "leave the organization";

/// A value that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ValueChange {
    /// The user or group: the name in the row.
    #[serde(rename = "user")]
    pub of: String,
    /// The kind of value.
    pub field: &'static str,
    /// The old value; `None` if unknown.
    pub old: Option<String>,
    /// The new value.
    pub new: String,
}

/// A membership that a row adds or removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MembershipStep {
    /// The group.
    pub group: String,
    /// The user, if the row is one of the group.
    pub member: Option<String>,
}

/// One change of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PreviewStep {
    /// A user is created.
    Create {
        /// The user.
        user: String,
        /// The word of the results for it: perhaps the user is there already.
        effect: &'static str,
        /// The email address; empty if unknown.
        email: String,
    },
    /// A value of a user changes.
    Update(ValueChange),
    /// A user joins a group.
    Add(MembershipStep),
    /// A user is removed from a group.
    Remove(MembershipStep),
    /// This user is removed from all groups, which are unknown.
    RemoveAll(String),
    /// A user leaves the organization and these groups.
    Leave {
        /// The user.
        user: String,
        /// What happens to the account.
        how: Leave,
        /// The groups.
        groups: Vec<String>,
    },
    /// This user group changes.
    Group(GroupPreviewStep, String),
}

/// A change of a user group itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupPreviewStep {
    /// It is created. The word of the results for it: perhaps the group is there already.
    Create(&'static str),
    /// Its name or description changes.
    Update(ValueChange),
    /// It gets these product profiles.
    AddProfiles(Vec<String>),
    /// It loses these product profiles.
    RemoveProfiles(Vec<String>),
    /// It is deleted.
    Delete,
}

/// Returns the changes of a row with this effect, each with a number for its user or group. Groups
/// have the spelling of the organization, if it is known.
pub(crate) fn steps(
    change: &Change<'_>,
    effect: RowEffect,
    organization: Option<&Organization>,
) -> Vec<(u64, PreviewStep)> {
    let mut steps = match change {
        Change::User(user) => user_steps(user, effect, organization),
        Change::Group(group) => group_steps(group, effect, organization),
    };
    for (_, step) in &mut steps {
        if let PreviewStep::Add(MembershipStep { group, .. })
        | PreviewStep::Remove(MembershipStep { group, .. }) = step
            && let Some(listed) = organization.and_then(|all| all.group(group))
        {
            group.clone_from(&listed.name);
        }
    }
    steps
}

fn user_steps(
    user: &UserChange<'_>,
    effect: RowEffect,
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
    let mut steps = create_steps(user, effect, person);
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
                .map(|name| PreviewStep::Remove(MembershipStep::of_user(name))),
        ),
        Some(Memberships::All) if person.is_none() && !is_absent => {
            steps.push(PreviewStep::RemoveAll(user.user.to_string()));
        }
        Some(Memberships::All) => {
            let held = person
                .into_iter()
                .flat_map(OrgUser::group_names)
                .filter(|name| *name != "_org_admin");
            steps.extend(held.map(|name| PreviewStep::Remove(MembershipStep::of_user(name))));
        }
        None => {}
    }
    steps.extend(user.add.iter().map(|name| PreviewStep::Add(MembershipStep::of_user(name))));
    if let Some(how) = user.leave {
        steps.push(PreviewStep::Leave {
            user: user.user.to_string(),
            how,
            groups: person.into_iter().flat_map(OrgUser::group_names).map(str::to_owned).collect(),
        });
    }
    steps.into_iter().map(|step| (who, step)).collect()
}

/// Returns the changes of a create step.
fn create_steps(
    user: &UserChange<'_>,
    effect: RowEffect,
    person: Option<OrgUser<'_>>,
) -> Vec<PreviewStep> {
    let Some(create) = &user.create else { return Vec::new() };
    // The effect also says whether the list can be relied upon: others may have changed the user
    // since. And a list may show the user by another name.
    if let Some(effect) = effect.user_created() {
        let (user, email) = (user.user.to_string(), create.email.to_string());
        return vec![PreviewStep::Create { user, effect, email }];
    }
    match person.filter(|person| person.is_adobe() == user.adobe_id) {
        None => Vec::new(),
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
        of: user.user.to_string(),
        field,
        old: old.map(str::to_owned),
        new,
    }))
}

fn group_steps(
    change: &GroupChange<'_>,
    effect: RowEffect,
    organization: Option<&Organization>,
) -> Vec<(u64, PreviewStep)> {
    let name = change.group.to_string();
    let value = |field, old, new: &Option<Cow<'_, str>>| {
        let new = new.as_ref()?.to_string();
        Some(GroupPreviewStep::Update(ValueChange { of: name.clone(), field, old, new }))
    };
    let update = change.update.as_ref();
    let profiles = |names: &[Cow<'_, str>]| {
        (!names.is_empty()).then(|| names.iter().map(ToString::to_string).collect())
    };
    let creates = change.create.as_ref().and_then(|_| effect.group_created());
    let whole = [
        creates.map(GroupPreviewStep::Create),
        update.and_then(|update| value("name", Some(name.clone()), &update.name)),
        update.and_then(|update| value("description", None, &update.description)),
        profiles(&change.remove_profiles).map(GroupPreviewStep::RemoveProfiles),
        profiles(&change.add_profiles).map(GroupPreviewStep::AddProfiles),
        change.delete.then_some(GroupPreviewStep::Delete),
    ];
    let own = xxh3_64_with_seed(name.to_lowercase().as_bytes(), 1);
    let of_group = |step| (own, PreviewStep::Group(step, name.clone()));
    let mut steps: Vec<_> = whole.into_iter().flatten().map(of_group).collect();
    let membership = |user: &Cow<'_, str>, step: fn(MembershipStep) -> PreviewStep| {
        let member = UserKey::new(organization, UserRef::own(user)).digest();
        (member, step(MembershipStep { group: name.clone(), member: Some(user.to_string()) }))
    };
    steps.extend(change.remove_users.iter().map(|user| membership(user, PreviewStep::Remove)));
    steps.extend(change.add_users.iter().map(|user| membership(user, PreviewStep::Add)));
    steps
}

impl MembershipStep {
    fn of_user(group: &str) -> Self {
        Self { group: group.to_owned(), member: None }
    }
}

impl PreviewStep {
    /// Returns the value of a user or group that changes.
    pub(crate) fn value(&self) -> Option<&ValueChange> {
        match self {
            Self::Update(value) | Self::Group(GroupPreviewStep::Update(value), _) => Some(value),
            _ => None,
        }
    }
}

impl GroupPreviewStep {
    /// Returns the word of the results for it.
    pub(super) fn effect(&self) -> &'static str {
        match self {
            Self::Create(effect) => effect,
            Self::Update(ValueChange { field: "name", .. }) => "group_renamed",
            Self::Update(_) => "group_updated",
            Self::AddProfiles(_) => "profiles_added",
            Self::RemoveProfiles(_) => "profiles_removed",
            Self::Delete => "group_deleted",
        }
    }
}

impl fmt::Display for ValueChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, old, new, .. } = self;
        match old {
            Some(old) => write!(f, "{field} `{old}` -> `{new}`"),
            None => write!(f, "{field} -> `{new}`"),
        }
    }
}

impl fmt::Display for GroupPreviewStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create(_) => f.write_str("create the group"),
            Self::Update(value) => value.fmt(f),
            Self::AddProfiles(names) => write!(f, "add the profiles {}", quoted(names)),
            Self::RemoveProfiles(names) => write!(f, "remove the profiles {}", quoted(names)),
            Self::Delete => f.write_str("delete the group"),
        }
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for PreviewStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { .. } => f.write_str("create"),
            Self::Update(value) => value.fmt(f),
            Self::Add(MembershipStep { member: Some(user), .. }) => write!(f, "add `{user}`"),
            Self::Add(MembershipStep { group, .. }) => write!(f, "add to `{group}`"),
            Self::Remove(MembershipStep { member: Some(user), .. }) => {
                write!(f, "remove `{user}`")
            }
            Self::Remove(MembershipStep { group, .. }) => write!(f, "remove from `{group}`"),
            Self::RemoveAll(_) => f.write_str("remove all memberships"),
            Self::Leave { how: Leave::KeepAccount, .. } => f.write_str(LEAVE),
            Self::Leave { how: Leave::DeleteAccount, .. } => {
                f.write_str("delete the account and its files")
            }
            Self::Group(step, _) => step.fmt(f),
        }
    }
}
