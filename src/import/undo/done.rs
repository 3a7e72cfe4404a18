//! What a run has done: the users and groups that its rows changed, as they were before and as the
//! rows leave them.
//!
//! In: the rows of a run in order, with their outcomes, and the [`BeforePart`] of each. Out: the
//! [`DoneWork`]. Pure. A row whose outcome is not known counts as done: only what the organization
//! shows now is taken back. But a user whom such a row may have created counts as one who may have
//! existed.

use super::done_part::{DoneOutcome, DonePart, SomeGroups};
use super::done_row::{DoneRow, note_row};
use super::record::BeforePart;
use super::recorded_user::RecordedUser;
use super::taken_back::TakenBack;
use super::user_name::UserName;
use crate::change::{
    Change, CreateUser, EffectPart, IdentityType, IfExists, Leave, Memberships, UserChange,
    same_name,
};
use crate::journal::OutcomeStatus;
use crate::organization::OrgUser;
use crate::umapi::AccountKind;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Who has created a user or group of which the baseline shows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Origin {
    /// These rows or somebody else: that is not known.
    #[default]
    Unclear,
    /// These rows.
    ByRows,
    /// Somebody else, before: the server has said that it existed.
    Before,
}

impl Origin {
    /// Returns who has created what a row was to create, by the parts of its effect that say so.
    pub(super) fn of(outcome: DoneOutcome, created: [EffectPart; 2], existed: EffectPart) -> Self {
        let DoneOutcome { status, effect } = outcome;
        if status == OutcomeStatus::Unknown {
            Self::Unclear
        } else if created.into_iter().any(|part| effect.has(part)) {
            Self::ByRows
        } else if effect.has(existed) {
            Self::Before
        } else {
            Self::Unclear
        }
    }
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
    /// Who has created the user, if nobody was there before.
    pub(crate) origin: Origin,
    /// What rows have added of lists of groups, as far as it is not known which groups those are.
    pub(crate) some_joined: Vec<SomeGroups>,
    /// What rows have removed of such lists.
    pub(crate) some_left: Vec<SomeGroups>,
    /// Whether a row has deleted the account.
    pub(crate) account_deleted: bool,
    /// When the record for the latest of the rows was written, before the row was sent.
    pub(crate) since: Timestamp,
    /// Whether a row has changed the username by name.
    pub(crate) username_is_given: bool,
    /// The file, and the part of its record, by which the user was last seen.
    seen: Option<(usize, usize)>,
    /// All names that the user has had.
    pub(crate) names: Vec<UserName>,
    /// The rows, in order.
    pub(crate) rows: Vec<DoneRow>,
}

impl ChangedUser {
    /// Finds the memberships that rows have given or taken in part, as far as `now`, the user after
    /// these rows, shows which they are. The others stay in `some_joined` and `some_left`.
    pub(super) fn find_moved(&mut self, now: &RecordedUser) {
        let Self { after: Some(after), some_joined, some_left, .. } = self else { return };
        some_joined.retain(|SomeGroups { groups, number }| {
            // The server also counts memberships that were there. As many as it has confirmed are
            // there now, so these are the ones.
            let present: Vec<&String> = groups.iter().filter(|group| now.is_in(group)).collect();
            let is_found = present.len() == *number;
            if is_found {
                present.into_iter().for_each(|group| after.join(group));
            }
            !is_found
        });
        some_left.retain(|SomeGroups { groups, number }| {
            let has_left = |group: &&String| after.is_in(group) && !now.is_in(group);
            let left: Vec<&String> = groups.iter().filter(has_left).collect();
            let is_found = left.len() == *number;
            if is_found {
                left.into_iter().for_each(|group| after.part(group));
            }
            !is_found
        });
    }

    /// Whether a row may have added or removed one of the user's groups, and it is not known which
    /// one.
    pub(super) fn has_unclear_moves(&self, now: &RecordedUser) -> bool {
        let has = |user: &Option<RecordedUser>, group: &str| {
            user.as_ref().is_some_and(|user| user.is_in(group))
        };
        let is_new = |group: &String| {
            now.is_in(group) && !has(&self.before, group) && !has(&self.after, group)
        };
        let is_gone = |group: &String| has(&self.after, group) && !now.is_in(group);
        self.some_joined.iter().flat_map(|some| &some.groups).any(is_new)
            || self.some_left.iter().flat_map(|some| &some.groups).any(is_gone)
    }
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
    /// Who has created it, if it did not exist before.
    pub(crate) origin: Origin,
    /// Whether a row has deleted it.
    pub(crate) was_deleted: bool,
    /// Whether a row has given it another description, or changed its product profiles.
    pub(crate) has_other_values: bool,
    /// When the record for the latest of the rows was written, before the row was sent.
    pub(crate) since: Timestamp,
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
    /// Rows that were done in part, and it is not known which memberships.
    pub(crate) in_part: Vec<UnclearRow>,
    /// Groups that were created for the rows before they were sent.
    pub(crate) made: BTreeSet<String>,
    /// What earlier undos have taken back.
    pub(crate) taken_back: TakenBack,
    /// Who has a name after the rows so far: a place in `users`.
    pub(super) holders: HashMap<UserName, usize>,
    /// All names that users have had, with the last user of each.
    ever: HashMap<UserName, usize>,
    /// Users of the baseline that are in `users`, by the file, the part of its record, and their
    /// number there.
    pub(super) known: BTreeMap<(usize, usize, u32), usize>,
}

/// What was there before the start that has sent a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BeforeNow<'b> {
    /// The place of the part in the record.
    pub(crate) place: usize,
    pub(crate) part: &'b BeforePart,
}

impl DoneWork {
    /// Adds a row that was carried out, or perhaps was.
    pub(crate) fn take(
        &mut self,
        row: DoneRow,
        change: &Change<'_>,
        outcome: DoneOutcome,
        before: &BeforeNow<'_>,
    ) {
        let DonePart { change, some_joined, some_left, has_unclear_moves } =
            DonePart::of(change, outcome);
        match &change {
            Change::User(user) => {
                let place = self.take_user(row, user, outcome, before);
                if let Some(place) = place {
                    let user = &mut self.users[place];
                    user.some_joined.extend((some_joined.number > 0).then_some(some_joined));
                    user.some_left.extend((some_left.number > 0).then_some(some_left));
                }
            }
            Change::Group(group) => self.take_group(row, group, outcome, before),
        }
        if has_unclear_moves {
            self.in_part.push(UnclearRow { who: change.name().to_owned(), row });
        }
    }

    /// Adds what a row did to its user, and returns the place of the user in `users`. If it is
    /// unclear whom the row means, records the row as unclear and returns `None`.
    pub(super) fn take_user(
        &mut self,
        row: DoneRow,
        change: &UserChange<'_>,
        outcome: DoneOutcome,
        before: &BeforeNow<'_>,
    ) -> Option<usize> {
        let root = UserName::new(&change.user, change.domain.as_deref(), change.account());
        let email = change.create.as_ref().map(|create| &*create.email);
        let by_email = email
            .filter(|email| !email.is_empty() && !same_name(email, &root.user))
            .map(|email| UserName::new(email, None, change.account()));
        self.leave_taken_back(row, [Some(&root), by_email.as_ref()], before);
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
                let seen = Some((row.file, before.place));
                self.add(ChangedUser { account: change.account(), seen, ..ChangedUser::default() })
            }
            None => {
                self.unclear.push(UnclearRow { who: change.user.to_string(), row });
                return None;
            }
        };
        self.bring_in(place, row, before);
        let user = &mut self.users[place];
        note_row(&mut user.rows, row);
        user.since = user.since.max(before.part.head.written);
        self.name(place, [Some(root.clone()), by_email.clone()].into_iter().flatten());
        self.forget_names(place);
        let user = &mut self.users[place];
        if change.leave.is_none() && user.after.is_none() && change.create.is_none() {
            // It was carried out for somebody of whom nothing is known.
            self.unclear.push(UnclearRow { who: change.user.to_string(), row });
            return Some(place);
        }
        if let Some(create) = &change.create {
            create_step(user, &root, create, outcome);
        }
        change_steps(user, change);
        self.note_names(place, &[Some(root), by_email]);
        Some(place)
    }

    /// Forgets users with these names whose rows an undo has taken back before a later start of the
    /// run: for the rows of that start, how they were before it counts.
    fn leave_taken_back(
        &mut self,
        row: DoneRow,
        names: [Option<&UserName>; 2],
        before: &BeforeNow<'_>,
    ) {
        if self.taken_back.has(row) {
            return;
        }
        for name in names.into_iter().flatten() {
            let Some(place) = self.ever.get(&name.key()).copied() else { continue };
            let user = &self.users[place];
            let is_earlier = user.seen.is_some_and(|seen| seen != (row.file, before.place));
            if is_earlier && user.rows.iter().any(|row| self.taken_back.has(*row)) {
                self.forget_names(place);
                let names: Vec<UserName> = self.users[place].names.clone();
                for name in names {
                    if self.ever.get(&name.key()) == Some(&place) {
                        self.ever.remove(&name.key());
                    }
                }
            }
        }
    }

    /// Returns the place of the user who has this name after the rows so far.
    fn holder(&mut self, row: DoneRow, name: &UserName, before: &BeforeNow<'_>) -> Option<usize> {
        if let Some(place) = self.holders.get(&name.key()) {
            return Some(*place);
        }
        let person = before.part.organization.user(name.user_ref())?;
        match self.known.get(&(row.file, before.place, person.number())) {
            // An earlier row has given this user another name, or removed the user.
            Some(place) => self.users[*place].after.is_none().then_some(*place),
            None => Some(self.begin_with((row.file, before.place), person)),
        }
    }

    /// Brings in what others have changed of a user between two starts of a run: it is as if it had
    /// been so before. Only what no row can have done is brought in, because a row of the earlier
    /// start may have been carried out late.
    fn bring_in(&mut self, place: usize, row: DoneRow, before: &BeforeNow<'_>) {
        let user = &mut self.users[place];
        let seen = (row.file, before.place);
        if user.seen.replace(seen).is_none_or(|earlier| earlier == seen) {
            return;
        }
        let all = &before.part.organization;
        let found = user.names.iter().find_map(|name| all.user(name.user_ref()));
        let Some(now) = found.map(RecordedUser::of) else { return };
        user.find_moved(&now);
        match (&mut user.before, &mut user.after) {
            (Some(was), Some(after)) => {
                for group in was.groups.clone() {
                    if after.is_in(&group) && !now.is_in(&group) {
                        was.part(&group);
                        after.part(&group);
                    }
                }
                // A removal by an earlier row may have been carried out late.
                for group in &now.groups {
                    if !after.is_in(group) && !was.is_in(group) {
                        was.join(group);
                        after.join(group);
                    }
                }
                for (was, after, now) in [
                    (&mut was.firstname, &mut after.firstname, &now.firstname),
                    (&mut was.lastname, &mut after.lastname, &now.lastname),
                ] {
                    if now != was && now != after {
                        was.clone_from(now);
                        after.clone_from(now);
                    }
                }
            }
            (Some(was), None) if was.id != now.id => {
                user.before = Some(now.clone());
                user.after = Some(now);
            }
            _ => {}
        }
    }

    /// Whether it is certain that nobody has this name after the rows so far.
    fn is_nobody(&self, name: &UserName, before: &BeforeNow<'_>) -> bool {
        let all = &before.part.organization;
        all.is_absent(name.user_ref().with_account(AccountKind::Own))
            || self.ever.contains_key(&name.key())
    }

    /// Adds a user of the baseline.
    pub(super) fn begin_with(&mut self, seen: (usize, usize), person: OrgUser<'_>) -> usize {
        let user = RecordedUser::of(person);
        let names = UserName::all_of(&user, person.account());
        let place = self.add(ChangedUser {
            before: Some(user.clone()),
            after: Some(user),
            account: person.account(),
            seen: Some(seen),
            ..ChangedUser::default()
        });
        self.known.insert((seen.0, seen.1, person.number()), place);
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
            self.ever.insert(name.key(), place);
            let own = &mut self.users[place].names;
            if !own.contains(&name) {
                own.push(name);
            }
        }
    }
}

fn create_step(
    user: &mut ChangedUser,
    root: &UserName,
    create: &CreateUser<'_>,
    outcome: DoneOutcome,
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
    let created = [EffectPart::Created, EffectPart::CreatedOrExists];
    user.origin = Origin::of(outcome, created, EffectPart::Exists);
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
