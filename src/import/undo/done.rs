//! What a run has done: the users and groups that its rows changed, as they were before and as the
//! rows leave them.
//!
//! In: the rows of a run in order, with their outcomes, and the [`BeforeRecord`]. Out: the
//! [`DoneWork`]. Pure. A row whose outcome is not known counts as done: only what the organization
//! shows now is taken back.

use super::record::{BeforeRecord, group_key};
use super::recorded_user::RecordedUser;
use super::user_name::UserName;
use crate::change::{
    Change, CreateUser, EffectPart, GroupChange, IdentityType, IfExists, Leave, Memberships,
    RowEffect, UserChange, same_name,
};
use crate::organization::OrgUser;
use crate::umapi::AccountKind;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A row of one of the files that an import has carried out: the place of the file, and the row,
/// from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub(crate) struct DoneRow {
    pub(crate) file: usize,
    pub(crate) row: u64,
}

/// A user whom rows have changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChangedUser {
    /// The user before; `None` if there was nobody.
    pub(crate) before: Option<RecordedUser>,
    /// The user after the rows; `None` if there is nobody.
    pub(crate) after: Option<RecordedUser>,
    /// The kind of the account.
    pub(crate) account: AccountKind,
    /// Whether a row may have created the user.
    pub(crate) is_created: bool,
    /// Whether the server has said that the user existed, although the baseline shows nobody.
    pub(crate) existed: bool,
    /// Whether a row has deleted the account.
    pub(crate) account_deleted: bool,
    /// Whether a row has changed the username by name.
    pub(crate) username_is_given: bool,
    /// All names that the user has had.
    pub(crate) names: Vec<UserName>,
    /// The rows, in order.
    pub(crate) rows: Vec<DoneRow>,
}

/// A group that rows have changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ChangedGroup {
    /// The name before, or of the created group.
    pub(crate) name: String,
    /// The name after the rows; `None` if the group is deleted.
    pub(crate) after: Option<String>,
    /// Whether it existed before; `None` if that is not known.
    pub(crate) existed: Option<bool>,
    /// Whether a row may have created it.
    pub(crate) is_created: bool,
    /// Whether a row has given it another description, or changed its product profiles.
    pub(crate) has_other_values: bool,
    pub(crate) rows: Vec<DoneRow>,
}

/// A row about somebody of whom it is not known what was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnclearRow {
    pub(crate) who: String,
    pub(crate) row: DoneRow,
}

/// Everything that the rows have done.
#[derive(Debug, Default)]
pub(crate) struct DoneWork {
    pub(crate) users: Vec<ChangedUser>,
    pub(crate) groups: Vec<ChangedGroup>,
    pub(crate) unclear: Vec<UnclearRow>,
    /// Who has a name after the rows so far: a place in `users`.
    holders: HashMap<UserName, usize>,
    /// All names that users have had.
    ever: HashSet<UserName>,
    /// Users of the baseline that are in `users`, by their number there and the part of the record.
    known: BTreeMap<(usize, u32), usize>,
}

impl DoneWork {
    /// Adds a row that was carried out, or perhaps was.
    pub(crate) fn take(
        &mut self,
        row: DoneRow,
        change: &Change<'_>,
        effect: RowEffect,
        before: &BeforeRecord,
    ) {
        match change {
            Change::User(user) => self.take_user(row, user, effect, before),
            Change::Group(group) => self.take_group(row, group, effect, before),
        }
    }

    fn take_user(
        &mut self,
        row: DoneRow,
        change: &UserChange<'_>,
        effect: RowEffect,
        before: &BeforeRecord,
    ) {
        let root = UserName::new(&change.user, change.domain.as_deref(), change.account());
        let email = change.create.as_ref().map(|create| &*create.email);
        let by_email = email
            .filter(|email| !email.is_empty() && !same_name(email, &root.user))
            .map(|email| UserName::new(email, None, change.account()));
        let found = self
            .holder(row, &root, before)
            .or_else(|| by_email.as_ref().and_then(|name| self.holder(row, name, before)));
        let place = match found {
            Some(place) => place,
            None if [Some(&root), by_email.as_ref()]
                .into_iter()
                .flatten()
                .any(|name| self.is_nobody(name, before)) =>
            {
                self.add(ChangedUser { account: change.account(), ..ChangedUser::default() })
            }
            None => {
                self.unclear.push(UnclearRow { who: change.user.to_string(), row });
                return;
            }
        };
        self.users[place].rows.push(row);
        self.name(place, [Some(root.clone()), by_email.clone()].into_iter().flatten());
        self.forget_names(place);
        let user = &mut self.users[place];
        if change.leave.is_none() && user.after.is_none() && change.create.is_none() {
            // Another file of the same command has created the user.
            user.after = Some(made_elsewhere(&root));
        }
        if let Some(create) = &change.create {
            create_step(user, &root, create, effect);
        }
        change_steps(user, change);
        self.note_names(place, &[Some(root), by_email]);
    }

    /// Returns the place of the user who has this name after the rows so far.
    fn holder(&mut self, row: DoneRow, name: &UserName, before: &BeforeRecord) -> Option<usize> {
        if let Some(place) = self.holders.get(&name.key()) {
            return Some(*place);
        }
        let all = &before.organization;
        let person = all.user(name.user_ref())?;
        match self.known.get(&(row.file, person.number())) {
            // An earlier row has given this user another name, or removed the user.
            Some(place) => self.users[*place].after.is_none().then_some(*place),
            None => Some(self.begin_with(row.file, person)),
        }
    }

    /// Whether it is certain that nobody has this name after the rows so far.
    fn is_nobody(&self, name: &UserName, before: &BeforeRecord) -> bool {
        let all = &before.organization;
        all.is_absent(name.user_ref().with_account(AccountKind::Own))
            || self.ever.contains(&name.key())
    }

    /// Adds a user of the baseline.
    fn begin_with(&mut self, file: usize, person: OrgUser<'_>) -> usize {
        let user = RecordedUser::of(person);
        let names = UserName::all_of(&user, person.account());
        let place = self.add(ChangedUser {
            before: Some(user.clone()),
            after: Some(user),
            account: person.account(),
            ..ChangedUser::default()
        });
        self.known.insert((file, person.number()), place);
        for name in &names {
            self.holders.entry(name.key()).or_insert(place);
        }
        self.name(place, names);
        place
    }

    fn add(&mut self, user: ChangedUser) -> usize {
        self.users.push(user);
        self.users.len() - 1
    }

    fn forget_names(&mut self, place: usize) {
        for name in &self.users[place].names {
            let key = name.key();
            if self.holders.get(&key) == Some(&place) {
                self.holders.remove(&key);
            }
        }
    }

    /// Notes the names that a user has after a row.
    fn note_names(&mut self, place: usize, of_row: &[Option<UserName>]) {
        let user = &self.users[place];
        let Some(after) = &user.after else { return };
        let mut names = UserName::all_of(after, user.account);
        if names.is_empty() {
            names.extend(of_row.iter().flatten().cloned());
        }
        for name in &names {
            self.holders.insert(name.key(), place);
        }
        self.name(place, names);
    }

    /// Adds names that a user has had.
    fn name(&mut self, place: usize, names: impl IntoIterator<Item = UserName>) {
        for name in names {
            self.ever.insert(name.key());
            let own = &mut self.users[place].names;
            if !own.contains(&name) {
                own.push(name);
            }
        }
    }

    fn take_group(
        &mut self,
        row: DoneRow,
        change: &GroupChange<'_>,
        effect: RowEffect,
        before: &BeforeRecord,
    ) {
        for (names, joins) in [(&change.remove_users, false), (&change.add_users, true)] {
            for name in names {
                let groups = vec![change.group.clone()];
                let moved = match joins {
                    true => UserChange { add: groups, ..UserChange::default() },
                    false => UserChange {
                        remove: Some(Memberships::Named(groups)),
                        ..UserChange::default()
                    },
                };
                let moved = UserChange { user: name.clone(), ..moved };
                self.take_user(row, &moved, RowEffect::NONE, before);
            }
        }
        let has_profiles = !change.add_profiles.is_empty() || !change.remove_profiles.is_empty();
        let is_changed =
            change.create.is_some() || change.update.is_some() || change.delete || has_profiles;
        if !is_changed {
            return;
        }
        let key = group_key(&change.group);
        let is_it =
            |group: &ChangedGroup| group_key(group.after.as_ref().unwrap_or(&group.name)) == key;
        let place = match self.groups.iter().position(is_it) {
            Some(place) => place,
            None => {
                let existed = before.groups.get(&key).copied();
                let name = change.group.to_string();
                self.groups.push(ChangedGroup {
                    after: existed.unwrap_or(change.create.is_none()).then(|| name.clone()),
                    name,
                    existed,
                    ..ChangedGroup::default()
                });
                self.groups.len() - 1
            }
        };
        group_steps(&mut self.groups[place], row, change, effect);
        if let Some(new) = change.update.as_ref().and_then(|update| update.name.as_ref()) {
            self.rename_memberships(&change.group, new);
        }
        if change.delete {
            self.dissolve(row, &change.group, before);
        }
    }

    fn rename_memberships(&mut self, old: &str, new: &str) {
        for after in self.users.iter_mut().filter_map(|user| user.after.as_mut()) {
            after.rename_group(old, new);
        }
    }

    /// Removes all known members of a group that is deleted.
    fn dissolve(&mut self, row: DoneRow, group: &str, before: &BeforeRecord) {
        let members: Vec<OrgUser<'_>> =
            before.organization.people().filter(|person| person.is_in(group)).collect();
        for person in members {
            if !self.known.contains_key(&(row.file, person.number())) {
                self.begin_with(row.file, person);
            }
        }
        for user in &mut self.users {
            if let Some(after) = user.after.as_mut().filter(|after| after.is_in(group)) {
                after.part(group);
                user.rows.push(row);
            }
        }
    }

    /// Returns the names of groups as they are after the rows, by their names before.
    pub(crate) fn renamed_groups(&self) -> Vec<(&str, &str)> {
        let mut renamed = Vec::new();
        for ChangedGroup { name, after, .. } in &self.groups {
            if let Some(after) = after.as_deref().filter(|after| !same_name(after, name)) {
                renamed.push((name.as_str(), after));
            }
        }
        renamed
    }

    /// Returns the groups, by all their names, of which it must be known whether they exist and who
    /// is in them.
    pub(crate) fn groups_to_ask(&self) -> BTreeSet<&str> {
        let own = self.groups.iter().flat_map(|group| [Some(&*group.name), group.after.as_deref()]);
        own.flatten().collect()
    }

    /// Returns the groups that users have lost.
    pub(crate) fn lost_groups(&self) -> BTreeSet<&str> {
        let mut lost = BTreeSet::new();
        for ChangedUser { before, after, .. } in &self.users {
            let groups = before.iter().flat_map(|before| &before.groups);
            let is_lost = |group: &&String| {
                !group.starts_with('_') && !after.as_ref().is_some_and(|after| after.is_in(group))
            };
            lost.extend(groups.filter(is_lost).map(String::as_str));
        }
        lost
    }
}

/// A user whom another file of the same command has created.
fn made_elsewhere(name: &UserName) -> RecordedUser {
    let mut user = RecordedUser::default();
    match &name.domain {
        Some(domain) => {
            (user.username, user.domain) = (name.user.clone(), domain.clone());
        }
        None => user.email.clone_from(&name.user),
    }
    user
}

fn create_step(
    user: &mut ChangedUser,
    root: &UserName,
    create: &CreateUser<'_>,
    effect: RowEffect,
) {
    let text =
        |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().unwrap_or_default().to_owned();
    if let Some(after) = &mut user.after {
        if create.if_exists == IfExists::Update && create.identity != IdentityType::Adobe {
            for (new, own) in
                [(&create.firstname, &mut after.firstname), (&create.lastname, &mut after.lastname)]
            {
                if let Some(new) = new {
                    *own = new.to_string();
                }
            }
        }
        return;
    }
    user.existed |= user.before.is_none() && effect.has(EffectPart::Exists);
    user.is_created = true;
    let domain = root.domain.clone().unwrap_or_default();
    user.after = Some(RecordedUser {
        id: String::new(),
        identity: create.identity.name().to_owned(),
        email: create.email.to_string(),
        username: root.user.clone(),
        domain,
        firstname: text(&create.firstname),
        lastname: text(&create.lastname),
        country: text(&create.country),
        groups: Vec::new(),
    });
}

/// Applies the steps behind a create step.
fn change_steps(user: &mut ChangedUser, change: &UserChange<'_>) {
    if let (Some(after), Some(update)) = (&mut user.after, &change.update) {
        if let Some(email) = &update.email {
            // A new email address also changes the username.
            after.email = email.to_string();
            after.username = email.to_string();
        }
        if let Some(username) = &update.username {
            after.username = username.to_string();
            user.username_is_given = true;
        }
        for (new, own) in
            [(&update.firstname, &mut after.firstname), (&update.lastname, &mut after.lastname)]
        {
            if let Some(new) = new {
                *own = new.to_string();
            }
        }
    }
    if let Some(after) = &mut user.after {
        match &change.remove {
            Some(Memberships::All) => after.groups.retain(|name| name == "_org_admin"),
            Some(Memberships::Named(groups)) => groups.iter().for_each(|name| after.part(name)),
            None => {}
        }
        change.add.iter().for_each(|name| after.join(name));
    }
    if let Some(leave) = change.leave {
        user.after = None;
        user.account_deleted |= leave == Leave::DeleteAccount;
    }
}

fn group_steps(
    group: &mut ChangedGroup,
    row: DoneRow,
    change: &GroupChange<'_>,
    effect: RowEffect,
) {
    group.rows.push(row);
    group.has_other_values |= !change.add_profiles.is_empty()
        || !change.remove_profiles.is_empty()
        || change.update.as_ref().is_some_and(|update| update.description.is_some());
    if change.create.is_some() && group.after.is_none() {
        group.is_created |= !effect.has(EffectPart::GroupExists);
        group.after = Some(change.group.to_string());
    }
    if let Some(new) = change.update.as_ref().and_then(|update| update.name.as_ref()) {
        group.after = Some(new.to_string());
    }
    if change.delete {
        group.after = None;
    }
}
