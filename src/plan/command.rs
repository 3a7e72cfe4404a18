//! Builds commands from the changes of rows that share one, each step with its rows.

use crate::change::{
    Change, CreateGroup, CreateUser, GroupChange, IdentityType, IfExists, Leave, Memberships,
    UpdateGroup, UpdateUser, UserChange, same_name,
};
use crate::umapi::wire::{
    self, All, ExistsOption, GroupUpdate, MAX_LIST, MAX_STEPS, NewGroup, NewUser, Removal, Root,
    UserUpdate, WireMembers, WireStep,
};
use std::borrow::Cow;

/// One command of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCommand {
    /// The user or group.
    pub root: Root,
    /// The steps, in order.
    pub steps: Vec<TracedStep>,
}

/// A step and the rows that ask for it, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedStep {
    /// The step to send.
    pub step: WireStep,
    /// Rows from 0.
    pub rows: Vec<u32>,
}

impl PlannedCommand {
    /// Returns the command in the wire format.
    pub fn to_wire(&self) -> wire::WrittenCommand<'_> {
        let steps = self.steps.iter().map(|traced_step| &traced_step.step).collect();
        wire::WrittenCommand { root: &self.root, steps }
    }
}

/// Returns the commands of rows that the plan puts together (ascending, all about one name), in the
/// order in which they must be carried out.
///
/// Several rows become one command. One row may need several commands: a rename is a command of its
/// own, and a command has at most ten steps.
pub fn commands(rows: &[(u32, &Change<'_>)]) -> Vec<PlannedCommand> {
    let mut draft = CommandDraft::default();
    for (row, change) in rows {
        match change {
            Change::User(user) => draft.user(*row, user),
            Change::Group(group) => draft.group(*row, group),
        }
    }
    draft.finish()
}

/// A command that is being built, and those before it.
#[derive(Default)]
struct CommandDraft {
    done: Vec<PlannedCommand>,
    root: Option<Root>,
    steps: Vec<TracedStep>,
}

impl CommandDraft {
    fn user(&mut self, row: u32, user: &UserChange<'_>) {
        self.root.get_or_insert_with(|| user_root(user));
        if let Some(create) = &user.create {
            self.create(row, create_step(create));
        }
        match &user.update {
            Some(update) if update.renames() => {
                self.close();
                self.push(row, update_step(update));
                self.close();
                self.root = Some(renamed_root(user, update));
            }
            Some(update) => self.push(row, update_step(update)),
            None => {}
        }
        match &user.remove {
            Some(Memberships::All) => self.push(row, WireStep::Remove(Removal::All(All::All))),
            Some(Memberships::Named(groups)) => {
                self.list(row, MemberList::Remove, ListMember::Group, groups);
            }
            None => {}
        }
        self.list(row, MemberList::Add, ListMember::Group, &user.add);
        if let Some(leave) = user.leave {
            self.push(
                row,
                WireStep::RemoveFromOrg { delete_account: leave == Leave::DeleteAccount },
            );
        }
    }

    fn group(&mut self, row: u32, group: &GroupChange<'_>) {
        self.root.get_or_insert_with(|| group_root(&group.group));
        if let Some(create) = &group.create {
            self.create(row, WireStep::CreateUserGroup(new_group(create)));
        }
        if let Some(update) = &group.update {
            let step = WireStep::UpdateUserGroup(group_update(update));
            if let Some(name) = &update.name {
                self.close();
                self.push(row, step);
                self.close();
                self.root = Some(group_root(name));
            } else {
                self.push(row, step);
            }
        }
        self.list(row, MemberList::Remove, ListMember::User, &group.remove_users);
        self.list(row, MemberList::Remove, ListMember::Profile, &group.remove_profiles);
        self.list(row, MemberList::Add, ListMember::User, &group.add_users);
        self.list(row, MemberList::Add, ListMember::Profile, &group.add_profiles);
        if group.delete {
            self.push(row, WireStep::DeleteUserGroup {});
        }
    }

    /// Adds a create step, which comes first and only once: the planner lets rows share a command
    /// only if their create steps are the same.
    fn create(&mut self, row: u32, step: WireStep) {
        match self.steps.first_mut() {
            Some(first) if same_create(&first.step, &step) => first.rows.push(row),
            _ => self.push(row, step),
        }
    }

    fn push(&mut self, row: u32, step: WireStep) {
        if self.steps.len() == MAX_STEPS {
            self.close();
        }
        self.steps.push(TracedStep { step, rows: vec![row] });
    }

    /// Adds names to the last list if it is of that kind, and the rest to new steps of ten names.
    fn list(&mut self, row: u32, list: MemberList, member: ListMember, names: &[Cow<'_, str>]) {
        let mut open = self
            .steps
            .iter()
            .rposition(|traced_step| list.members_of(&traced_step.step).is_none())
            .map_or(0, |other| other + 1);
        for name in names {
            // A name occurs once among the steps of one kind: the API refuses a list with a name
            // twice.
            let known = self.steps[open..].iter_mut().find(|traced_step| {
                list.members_of(&traced_step.step).is_some_and(|members| {
                    member.names(members).iter().any(|known| same_name(known, name))
                })
            });
            let traced_step = match known {
                Some(traced_step) => traced_step,
                None => {
                    let full = self.steps[open..]
                        .last()
                        .and_then(|traced_step| list.members_of(&traced_step.step))
                        .is_none_or(|m| count(m) == MAX_LIST);
                    if full {
                        let before = self.done.len();
                        self.push(row, list.step());
                        if self.done.len() > before {
                            open = 0;
                        }
                    }
                    let Some(traced_step) = self.steps.last_mut() else { return };
                    if let Some(members) = list.members_of_mut(&mut traced_step.step) {
                        member.names_mut(members).push(name.to_string());
                    }
                    traced_step
                }
            };
            if traced_step.rows.last() != Some(&row) {
                traced_step.rows.push(row);
            }
        }
    }

    fn close(&mut self) {
        if let (Some(root), false) = (&self.root, self.steps.is_empty()) {
            self.done.push(PlannedCommand {
                root: root.clone(),
                steps: std::mem::take(&mut self.steps),
            });
        }
    }

    fn finish(mut self) -> Vec<PlannedCommand> {
        self.close();
        self.done
    }
}

#[derive(Clone, Copy)]
enum MemberList {
    Add,
    Remove,
}

impl MemberList {
    fn step(self) -> WireStep {
        match self {
            MemberList::Add => WireStep::Add(WireMembers::default()),
            MemberList::Remove => WireStep::Remove(Removal::Members(WireMembers::default())),
        }
    }

    fn members_of(self, step: &WireStep) -> Option<&WireMembers> {
        match (self, step) {
            (MemberList::Add, WireStep::Add(members))
            | (MemberList::Remove, WireStep::Remove(Removal::Members(members))) => Some(members),
            _ => None,
        }
    }

    fn members_of_mut(self, step: &mut WireStep) -> Option<&mut WireMembers> {
        match (self, step) {
            (MemberList::Add, WireStep::Add(members))
            | (MemberList::Remove, WireStep::Remove(Removal::Members(members))) => Some(members),
            _ => None,
        }
    }
}

#[derive(Clone, Copy)]
enum ListMember {
    Group,
    User,
    Profile,
}

impl ListMember {
    fn names(self, members: &WireMembers) -> &[String] {
        match self {
            ListMember::Group => &members.group,
            ListMember::User => &members.user,
            ListMember::Profile => &members.product_configuration,
        }
    }

    fn names_mut(self, members: &mut WireMembers) -> &mut Vec<String> {
        match self {
            ListMember::Group => &mut members.group,
            ListMember::User => &mut members.user,
            ListMember::Profile => &mut members.product_configuration,
        }
    }
}

fn count(members: &WireMembers) -> usize {
    members.group.len() + members.user.len() + members.product_configuration.len()
}

fn owned(text: Option<&Cow<'_, str>>) -> Option<String> {
    text.map(ToString::to_string)
}

fn user_root(user: &UserChange<'_>) -> Root {
    Root::User {
        user: user.user.to_string(),
        domain: owned(user.domain.as_ref()),
        use_adobe_id: user.adobe_id,
    }
}

/// Returns the user after a rename: by the new email address if there is one, otherwise by the new
/// username if the user was identified by one.
fn renamed_root(user: &UserChange<'_>, update: &UpdateUser<'_>) -> Root {
    let (name, domain) = match (&update.email, &update.username) {
        (Some(email), _) => (email, None),
        (None, Some(username)) if username.contains('@') && user.domain.is_some() => {
            (username, None)
        }
        (None, Some(username)) if user.domain.is_some() => (username, user.domain.as_ref()),
        _ => (&user.user, user.domain.as_ref()),
    };
    Root::User { user: name.to_string(), domain: owned(domain), use_adobe_id: user.adobe_id }
}

fn group_root(name: &str) -> Root {
    Root::Group { usergroup: name.to_owned() }
}

fn create_step(create: &CreateUser<'_>) -> WireStep {
    let body = NewUser {
        email: create.email.to_string(),
        firstname: owned(create.firstname.as_ref()),
        lastname: owned(create.lastname.as_ref()),
        country: owned(create.country.as_ref()),
        option: exists_option(create.if_exists),
    };
    match create.identity {
        IdentityType::Adobe => WireStep::AddAdobeId(body),
        IdentityType::Enterprise => WireStep::CreateEnterpriseId(body),
        IdentityType::Federated => WireStep::CreateFederatedId(body),
    }
}

fn update_step(update: &UpdateUser<'_>) -> WireStep {
    WireStep::Update(UserUpdate {
        email: owned(update.email.as_ref()),
        username: owned(update.username.as_ref()),
        firstname: owned(update.firstname.as_ref()),
        lastname: owned(update.lastname.as_ref()),
    })
}

fn new_group(create: &CreateGroup<'_>) -> NewGroup {
    NewGroup {
        description: owned(create.description.as_ref()),
        option: exists_option(create.if_exists),
    }
}

fn group_update(update: &UpdateGroup<'_>) -> GroupUpdate {
    GroupUpdate {
        name: owned(update.name.as_ref()),
        description: owned(update.description.as_ref()),
    }
}

fn exists_option(if_exists: IfExists) -> Option<ExistsOption> {
    match if_exists {
        IfExists::Ignore => Some(ExistsOption::Ignore),
        IfExists::Update => Some(ExistsOption::Update),
        IfExists::Error => None,
    }
}

impl PlannedCommand {
    /// Describes the steps in words, for messages: `create, add to 3 groups`.
    pub fn describe(&self) -> String {
        self.steps
            .iter()
            .map(|traced_step| describe(&traced_step.step))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Whether some of it can be carried out without the rest.
    pub(crate) fn has_parts(&self) -> bool {
        let is_single = |step: &WireStep| match step {
            WireStep::Add(members) | WireStep::Remove(Removal::Members(members)) => {
                names_of(members).count() == 1
            }
            _ => true,
        };
        self.steps.len() > 1 || !self.steps.iter().all(|traced| is_single(&traced.step))
    }
}

/// Returns the names of the groups or users in a step.
fn names_of(members: &WireMembers) -> impl Iterator<Item = &str> {
    let all = members.group.iter().chain(&members.user).chain(&members.product_configuration);
    all.map(String::as_str)
}

/// Describes a step in one or two words.
pub(crate) fn describe(step: &WireStep) -> String {
    let named = |verb: &str, members: &WireMembers| {
        let all: Vec<&str> = names_of(members).collect();
        match all.as_slice() {
            [one] => format!("{verb} `{one}`"),
            many => format!("{verb} {} names", many.len()),
        }
    };
    match step {
        WireStep::AddAdobeId(_)
        | WireStep::CreateEnterpriseId(_)
        | WireStep::CreateFederatedId(_)
        | WireStep::CreateUserGroup(_) => "create".to_owned(),
        WireStep::Update(_) | WireStep::UpdateUserGroup(_) => "update".to_owned(),
        WireStep::Add(members) => named("add", members),
        WireStep::Remove(Removal::Members(members)) => named("remove", members),
        WireStep::Remove(Removal::All(_)) => "remove all".to_owned(),
        WireStep::RemoveFromOrg { .. } => "removal from the organization".to_owned(),
        WireStep::DeleteUserGroup {} => "delete".to_owned(),
    }
}

/// Whether two rows create the same user. Letter case of the email address does not matter: the
/// first spelling is used.
fn same_create(first: &WireStep, other: &WireStep) -> bool {
    match (first, other) {
        (WireStep::AddAdobeId(first), WireStep::AddAdobeId(other))
        | (WireStep::CreateEnterpriseId(first), WireStep::CreateEnterpriseId(other))
        | (WireStep::CreateFederatedId(first), WireStep::CreateFederatedId(other)) => {
            same_name(&first.email, &other.email)
                && *first == NewUser { email: first.email.clone(), ..other.clone() }
        }
        _ => first == other,
    }
}
