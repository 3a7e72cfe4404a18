//! Probes: read-only questions to the server, to find out what a command without a clear response
//! has done.
//!
//! Only the API's own words prove that a user or group does not exist. Any other response proves
//! nothing (see [`Client::user`]).

use super::identity::{NOBODY, identity_of};
use crate::change::{is_administrative, same_name};
use crate::organization::real_domain;
use crate::plan::{Key, NamesSince, PlannedCommand};
use crate::reconcile::UserSpelling;
use crate::umapi::wire::{
    ExistsOption, GroupUpdate, NewUser, Removal, Root, UserUpdate, WireMembers, WireStep,
};
use crate::umapi::{ApiError, ApiUser, Client};

/// What to ask about a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Probe {
    /// Whether the user got the new email or username.
    Renamed { user: String, domain: Option<String>, wanted: UserUpdate },
    /// For a create that must not meet an existing user: whether the user exists, and is as the
    /// steps after it want.
    Created { user: String, domain: Option<String>, email: String, then: Vec<WireStep> },
    /// Whether the group got its new name.
    GroupRenamed { group: String, wanted: String },
    /// For a create that must not meet an existing group: whether it exists, and is as the steps
    /// after it want.
    GroupCreated { group: String, then: Vec<WireStep> },
    /// Whether the group no longer exists.
    GroupDeleted { group: String },
    /// Whether the user is as all these steps want.
    UserState { user: String, domain: Option<String>, steps: Vec<WireStep> },
    /// Whether the group exists, with the members that the steps add and without those that they
    /// remove.
    GroupState { group: String, steps: Vec<WireStep> },
}

/// What a probe has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ProbeResult {
    /// Everything that the command wants holds.
    Done,
    /// Everything holds, and the server has no user with these names, which the command removes
    /// from a group.
    NobodyLeft(Vec<String>),
    /// It does not hold.
    NotDone,
    /// It does not hold, because nobody has the name of the user.
    NobodyThere,
    /// The command created the user or group; the steps after that do not hold.
    OnlyCreated,
    /// The user or group that the command creates, or may find, exists; the other steps do not
    /// hold.
    OnlyThere,
    /// The result cannot be found out; why, and what to check.
    Unclear(String),
}

/// What was known before the probe.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// The identity of the user before the rename (see [`identity_of`]); for a group, that it
    /// existed.
    pub(super) identity: Option<String>,
    /// Whether the user or group did not exist after the first request, according to a probe, or
    /// before it, according to a list.
    pub(super) seen_absent: bool,
}

/// The user with a name, according to the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ProbeStatement {
    /// What identifies the user (see [`identity_of`]); for a group, that it exists.
    pub(super) identity: Option<String>,
    /// The user's names.
    pub(super) names: Vec<UserSpelling>,
    /// The administrator's roles of the user.
    pub(super) roles: Vec<String>,
}

impl ProbeStatement {
    /// Returns what a response says about a user.
    pub(super) fn of(user: &ApiUser) -> Self {
        let text =
            |field: &Option<String>| field.as_deref().map(str::trim).unwrap_or_default().to_owned();
        let domain = real_domain(&text(&user.domain)).to_owned();
        let names = [(text(&user.email), String::new()), (text(&user.username), domain)];
        Self {
            identity: identity(user),
            names: names.into_iter().filter(|(name, _)| !name.is_empty()).collect(),
            roles: user.groups.iter().filter(|group| is_administrative(group)).cloned().collect(),
        }
    }

    /// Returns the names as commands write them.
    pub(super) fn keys(&self) -> Vec<Key> {
        let key = |(name, domain): &UserSpelling| match (name.contains('@'), domain.is_empty()) {
            (true, _) => Some(Key::user(name, None)),
            (false, false) => Some(Key::user(name, Some(domain))),
            (false, true) => None,
        };
        self.names.iter().filter_map(key).collect()
    }
}

/// The most users of a group's step who are probed, with one question each.
const MOST_MEMBERS: usize = 20;

impl Probe {
    /// Returns the probe of a command.
    pub(super) fn of(command: &PlannedCommand) -> Self {
        let steps =
            || command.steps.iter().map(|traced_step| traced_step.step.clone()).collect::<Vec<_>>();
        let then = || steps().split_off(1);
        let first = command.steps.first().map(|traced_step| &traced_step.step);
        match &command.root {
            Root::User { user, domain, use_adobe_id } => {
                // An Adobe ID and a Federated ID may share an email: this domain distinguishes them
                // (documentation, `getUser`).
                let domain =
                    if *use_adobe_id { Some("AdobeID".to_owned()) } else { domain.clone() };
                let user = user.clone();
                match first {
                    Some(WireStep::Update(wanted))
                        if wanted.email.is_some() || wanted.username.is_some() =>
                    {
                        Self::Renamed { user, domain, wanted: wanted.clone() }
                    }
                    Some(
                        WireStep::AddAdobeId(new)
                        | WireStep::CreateEnterpriseId(new)
                        | WireStep::CreateFederatedId(new),
                    ) if new.option.is_none() => {
                        Self::Created { user, domain, email: new.email.clone(), then: then() }
                    }
                    _ => Self::UserState { user, domain, steps: steps() },
                }
            }
            Root::Group { usergroup } => {
                let group = usergroup.clone();
                match first {
                    Some(WireStep::UpdateUserGroup(GroupUpdate { name: Some(wanted), .. })) => {
                        Self::GroupRenamed { group, wanted: wanted.clone() }
                    }
                    Some(WireStep::CreateUserGroup(new)) if new.option.is_none() => {
                        Self::GroupCreated { group, then: then() }
                    }
                    Some(WireStep::DeleteUserGroup {}) => Self::GroupDeleted { group },
                    _ => Self::GroupState { group, steps: steps() },
                }
            }
        }
    }

    /// Returns the probe of one step of a group's command.
    pub(super) fn of_step(command: &PlannedCommand, place: usize) -> Self {
        let steps = command
            .steps
            .get(place)
            .map(|traced_step| traced_step.step.clone())
            .into_iter()
            .collect();
        let (Root::User { user: group, .. } | Root::Group { usergroup: group }) = &command.root;
        Self::GroupState { group: group.clone(), steps }
    }

    /// Whether the probe must come before the command is sent again. Other commands do no harm when
    /// they are carried out twice.
    pub(super) fn comes_before_a_repeat(&self) -> bool {
        !matches!(self, Self::UserState { .. } | Self::GroupState { .. })
    }

    /// Whether the identity of the command's user or group proves the result, so that it helps to
    /// ask before the command is sent.
    pub(super) fn needs_identity(&self) -> bool {
        matches!(self, Self::Renamed { .. } | Self::GroupRenamed { .. })
    }

    /// Whether this result proves something although the names of the command may mean another user
    /// or group since, or nobody. `identity` is that of its user before it was sent.
    pub(super) fn is_proven_by(
        &self,
        result: &ProbeResult,
        names: NamesSince,
        identity: Option<&str>,
    ) -> bool {
        let is_by_identity = matches!(self, Self::Renamed { .. })
            && identity.is_some_and(|identity| identity != NOBODY);
        match names {
            NamesSince::Kept => true,
            NamesSince::Changed => is_by_identity || !self.rests_on_absence(result),
            NamesSince::Given => is_by_identity,
        }
    }

    /// Whether the result follows from the fact that nobody has, or had, a name, or that somebody
    /// of the name is in no such group.
    fn rests_on_absence(&self, result: &ProbeResult) -> bool {
        let removes =
            |step: &WireStep| matches!(step, WireStep::RemoveFromOrg { .. } | WireStep::Remove(_));
        match self {
            _ if *result != ProbeResult::Done => true,
            Self::UserState { steps, .. } | Self::GroupState { steps, .. } => {
                steps.iter().any(removes)
            }
            Self::Renamed { .. } => false,
            Self::Created { .. }
            | Self::GroupCreated { .. }
            | Self::GroupRenamed { .. }
            | Self::GroupDeleted { .. } => true,
        }
    }

    /// Finds the user or group that the command will change, with one question; `None` if it does
    /// not exist.
    ///
    /// # Errors
    /// When the question gets no response.
    pub(super) async fn find(&self, client: &Client) -> Result<Option<ProbeStatement>, ApiError> {
        match self {
            Self::Renamed { user, domain, .. } => {
                Ok(meant(client, user, domain.as_deref()).await?.as_ref().map(ProbeStatement::of))
            }
            Self::GroupRenamed { group, .. } => {
                let statement = ProbeStatement {
                    identity: Some("group".to_owned()),
                    ..ProbeStatement::default()
                };
                Ok(client.group_exists(group).await?.then_some(statement))
            }
            _ => Ok(None),
        }
    }

    /// Asks the server, with one or two questions; for a group's step, with one for each user.
    ///
    /// # Errors
    /// When a question gets no response.
    pub(super) async fn ask(
        &self,
        client: &Client,
        evidence: &Evidence,
    ) -> Result<ProbeResult, ApiError> {
        match self {
            Self::Renamed { user, domain, wanted } => {
                let new_name =
                    wanted.email.as_deref().or(wanted.username.as_deref()).unwrap_or(user);
                let new_domain = if new_name.contains('@') { None } else { domain.as_deref() };
                let after = meant(client, new_name, new_domain).await?;
                let before = meant(client, user, domain.as_deref()).await?;
                Ok(renamed(user, wanted, before.as_ref(), after.as_ref(), evidence))
            }
            Self::Created { user, domain, then, .. } => {
                let found = client.user(user, domain.as_deref()).await?;
                Ok(found
                    .map_or(ProbeResult::NotDone, |found| created(user, &found, then, evidence)))
            }
            Self::GroupRenamed { group, wanted } => {
                let before = client.group_exists(group).await?;
                let after = client.group_exists(wanted).await?;
                Ok(match (before, after) {
                    (false, true) => group_renamed(group, wanted, evidence),
                    _ => ProbeResult::NotDone,
                })
            }
            Self::GroupCreated { group, then } => match client.group_exists(group).await? {
                false => Ok(ProbeResult::NotDone),
                true => group_created(client, group, then, evidence).await,
            },
            Self::GroupDeleted { group } => Ok(if client.group_exists(group).await? {
                ProbeResult::NotDone
            } else {
                ProbeResult::Done
            }),
            Self::UserState { user, domain, steps } => {
                let found = client.user(user, domain.as_deref()).await?;
                user_state(client, found.as_ref(), steps).await
            }
            Self::GroupState { group, steps } => group_is_as_wanted(client, group, steps).await,
        }
    }
}

/// Returns what a create that must not meet an existing user has done, if the user exists.
fn created(user: &str, found: &ApiUser, then: &[WireStep], evidence: &Evidence) -> ProbeResult {
    if !evidence.seen_absent {
        return ProbeResult::Unclear(format!(
            "`{user}` is there now, but umbulk cannot tell whether this row created the user or \
             found an existing one: check in the Admin Console when the user was created"
        ));
    }
    // The user did not exist before, so this command has created the user.
    if user_is_as_wanted(Some(found), then) { ProbeResult::Done } else { ProbeResult::OnlyCreated }
}

/// Returns what a rename has done, if no group has the old name and one has the new name.
fn group_renamed(group: &str, wanted: &str, evidence: &Evidence) -> ProbeResult {
    match evidence.identity.as_deref() {
        Some(NOBODY) => ProbeResult::NotDone,
        Some(_) => ProbeResult::Done,
        None => ProbeResult::Unclear(format!(
            "the group `{group}` does not exist, and `{wanted}` does: check in the Admin Console \
             whether `{wanted}` is the renamed group"
        )),
    }
}

/// Returns what a create that must not meet an existing group has done, if the group exists.
async fn group_created(
    client: &Client,
    group: &str,
    then: &[WireStep],
    evidence: &Evidence,
) -> Result<ProbeResult, ApiError> {
    if !evidence.seen_absent {
        return Ok(ProbeResult::Unclear(format!(
            "the group `{group}` is there now, but umbulk cannot tell whether this row created \
             it: check the group in the Admin Console"
        )));
    }
    Ok(match group_is_as_wanted(client, group, then).await? {
        ProbeResult::Done | ProbeResult::NobodyLeft(_) => ProbeResult::Done,
        // Carrying out the steps after the create twice does no harm, and then the server says so.
        _ => ProbeResult::OnlyCreated,
    })
}

/// Returns what steps have done to a user.
async fn user_state(
    client: &Client,
    found: Option<&ApiUser>,
    steps: &[WireStep],
) -> Result<ProbeResult, ApiError> {
    if !user_is_as_wanted(found, steps) {
        return Ok(if found.is_none() { ProbeResult::NobodyThere } else { undone(steps) });
    }
    // Nobody is in a group that does not exist, and a removal from it is refused.
    for group in found.into_iter().flat_map(|found| groups_left(found, steps)) {
        if !client.group_exists(group).await? {
            return Ok(ProbeResult::NotDone);
        }
    }
    Ok(ProbeResult::Done)
}

/// Returns the user of a command without `useAdobeID`: if an Adobe ID has the same email, the
/// organization's own account, which its domain distinguishes (documentation, `getUser`).
async fn meant(
    client: &Client,
    user: &str,
    domain: Option<&str>,
) -> Result<Option<ApiUser>, ApiError> {
    let found = client.user(user, domain).await?;
    let is_adobe = found
        .as_ref()
        .and_then(|found| found.identity.as_deref())
        .is_some_and(|identity| identity.eq_ignore_ascii_case("adobeID"));
    match user.rsplit_once('@') {
        Some((_, own)) if is_adobe && domain.is_none() => {
            Ok(client.user(user, Some(own)).await?.or(found))
        }
        _ => Ok(found),
    }
}

/// Returns what identifies a user even if the email changes: the id, or the names if the server
/// reports no id. `None` if it reports neither.
fn identity(user: &ApiUser) -> Option<String> {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    identity_of(&text(&user.id), &text(&user.firstname), &text(&user.lastname))
}

/// Returns what a rename has done. It is proven if the user who had the old name has the new one.
fn renamed(
    user: &str,
    wanted: &UserUpdate,
    before: Option<&ApiUser>,
    after: Option<&ApiUser>,
    evidence: &Evidence,
) -> ProbeResult {
    // The user found by the old name may be another one: an Adobe ID with the same email.
    let before = before
        .filter(|before| evidence.identity.is_none() || identity(before) == evidence.identity);
    match (before, after) {
        // The API finds no username that looks like an email address: the user is still found by
        // email.
        (Some(before), _) if has_names(before, wanted) => ProbeResult::Done,
        (None, Some(after)) => match &evidence.identity {
            Some(known) if identity(after).as_ref() == Some(known) => ProbeResult::Done,
            Some(_) => ProbeResult::NotDone,
            None => ProbeResult::Unclear(format!(
                "there is no user `{user}`, but there is one with the new name: check in the \
                 Admin Console that it is the same person"
            )),
        },
        _ => ProbeResult::NotDone,
    }
}

/// Whether the user has all names that the update sets.
fn has_names(user: &ApiUser, wanted: &UserUpdate) -> bool {
    let exactly = |got: &Option<String>, wanted: &Option<String>| wanted.is_none() || got == wanted;
    let folded = |got: &Option<String>, wanted: &Option<String>| match (got, wanted) {
        (_, None) => true,
        (Some(got), Some(wanted)) => same_name(got, wanted),
        (None, Some(_)) => false,
    };
    folded(&user.email, &wanted.email)
        && folded(&user.username, &wanted.username)
        && exactly(&user.firstname, &wanted.firstname)
        && exactly(&user.lastname, &wanted.lastname)
}

/// Whether everything holds that these steps want of a user.
fn user_is_as_wanted(user: Option<&ApiUser>, steps: &[WireStep]) -> bool {
    let leaves = steps.iter().any(|step| matches!(step, WireStep::RemoveFromOrg { .. }));
    let Some(user) = user else { return leaves };
    !leaves && steps.iter().all(|step| holds(user, step, steps))
}

fn holds(user: &ApiUser, step: &WireStep, all: &[WireStep]) -> bool {
    let member =
        |group: &String| user.groups.iter().any(|known| same_name(known.trim(), group.trim()));
    match step {
        WireStep::CreateEnterpriseId(new) | WireStep::CreateFederatedId(new)
            if new.option == Some(ExistsOption::Update) =>
        {
            has_names(user, &names_of(new))
        }
        WireStep::AddAdobeId(_)
        | WireStep::CreateEnterpriseId(_)
        | WireStep::CreateFederatedId(_) => true,
        WireStep::Update(wanted) => has_names(user, wanted),
        WireStep::Add(WireMembers { group, .. }) => group.iter().all(member),
        // If a later step adds the membership again, the removal may have been carried out all the
        // same.
        WireStep::Remove(Removal::Members(WireMembers { group, .. })) => {
            group.iter().all(|name| !member(name) || is_added(all, name))
        }
        WireStep::Remove(Removal::All(_)) => user.groups.iter().all(|name| is_added(all, name)),
        _ => false,
    }
}

/// Returns the result if not everything that these steps want of an existing user or group holds.
fn undone(steps: &[WireStep]) -> ProbeResult {
    let creates = matches!(
        steps.first(),
        Some(
            WireStep::AddAdobeId(_)
                | WireStep::CreateEnterpriseId(_)
                | WireStep::CreateFederatedId(_)
                | WireStep::CreateUserGroup(_)
        )
    );
    if creates { ProbeResult::OnlyThere } else { ProbeResult::NotDone }
}

/// Returns the groups from which steps remove a user who is not in them, as long as there are few
/// enough to ask about.
fn groups_left<'s>(user: &'s ApiUser, steps: &'s [WireStep]) -> impl Iterator<Item = &'s String> {
    let removed = steps.iter().flat_map(|step| match step {
        WireStep::Remove(Removal::Members(WireMembers { group, .. })) => group.as_slice(),
        _ => &[],
    });
    let is_member =
        |group: &String| user.groups.iter().any(|known| same_name(known.trim(), group.trim()));
    removed.filter(move |group| !is_member(group)).take(MOST_MEMBERS)
}

fn is_added(steps: &[WireStep], name: &str) -> bool {
    steps.iter().any(|step| {
        matches!(step, WireStep::Add(WireMembers { group, .. })
        if group.iter().any(|added| same_name(added, name)))
    })
}

fn names_of(new: &NewUser) -> UserUpdate {
    UserUpdate {
        firstname: new.firstname.clone(),
        lastname: new.lastname.clone(),
        ..UserUpdate::default()
    }
}

/// Whether everything holds that these steps want of a group. Descriptions and profiles cannot be
/// read, and if there are very many members, none of them is asked about.
async fn group_is_as_wanted(
    client: &Client,
    group: &str,
    steps: &[WireStep],
) -> Result<ProbeResult, ApiError> {
    let unclear = |what: &str| {
        Ok(ProbeResult::Unclear(format!(
            "{what} of the group `{group}` cannot be read: check them in the Admin Console"
        )))
    };
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for step in steps {
        match step {
            WireStep::CreateUserGroup(_) => {}
            WireStep::Add(WireMembers { user, product_configuration, .. })
                if product_configuration.is_empty() =>
            {
                added.extend(user);
            }
            WireStep::Remove(Removal::Members(WireMembers {
                user, product_configuration, ..
            })) if product_configuration.is_empty() => {
                removed.extend(user);
            }
            WireStep::UpdateUserGroup(_) => return unclear("the description"),
            _ => return unclear("the product profiles"),
        }
    }
    if added.len() + removed.len() > MOST_MEMBERS {
        return unclear("so many members");
    }
    if !client.group_exists(group).await? {
        return Ok(ProbeResult::NotDone);
    }
    let mut nobody = Vec::new();
    for (name, wanted) in
        added.iter().map(|name| (*name, true)).chain(removed.iter().map(|name| (*name, false)))
    {
        let found = client.user(name, None).await?;
        // The API knows no username without its domain: that proves nothing.
        if found.is_none() && !wanted && name.contains('@') {
            nobody.push(name.clone());
        }
        let is_member = found
            .is_some_and(|user| user.groups.iter().any(|known| same_name(known.trim(), group)));
        if is_member != wanted {
            return Ok(undone(steps));
        }
    }
    Ok(if nobody.is_empty() { ProbeResult::Done } else { ProbeResult::NobodyLeft(nobody) })
}

#[cfg(test)]
mod asked;
#[cfg(test)]
mod tests;
