//! Decides how the changes of one user are taken back.
//!
//! In: the user before, after the rows, and now. Out: the row that takes back what the rows changed
//! and nobody has changed since, and what is not taken back. Pure.

use super::done::{ChangedUser, Origin};
use super::done_since::DoneSince;
use super::not_undone::{NotUndone, WhyNotUndone};
use super::now::{PresentState, PresentUser};
use super::recorded_user::RecordedUser;
use super::undo_row::UndoRow;
use super::user_name::UserName;
use crate::change::{IdentityType, is_given, same_name};
use crate::organization::real_domain;
use crate::umapi::AccountKind;

/// How the changes of users are taken back.
pub(crate) struct UserUndo<'u> {
    pub(crate) now: &'u PresentState,
    /// The present names of groups that the rows have renamed, behind their names before.
    pub(crate) present_names: &'u [(String, String)],
    /// Those of them that get their names back before the users' rows.
    pub(crate) renamed: &'u [(String, String)],
    /// Whether a user has a name now that the rows about that user take back.
    pub(crate) gives_up: &'u dyn Fn(&RecordedUser) -> bool,
    /// Groups that are created again before the users' rows.
    pub(crate) returning: &'u [String],
}

/// What is decided about one user.
#[derive(Debug, Default)]
pub(crate) struct UserDecision {
    pub(crate) row: Option<UndoRow>,
    pub(crate) refused: Vec<NotUndone>,
    /// Whether the import has created the user, and a later import from this computer has removed
    /// it.
    pub(crate) is_gone: bool,
}

impl UserUndo<'_> {
    /// Decides about a user.
    pub(crate) fn decide(&self, user: &ChangedUser) -> UserDecision {
        let id = user.before.as_ref().map_or("", |before| before.id.as_str());
        let present = match self.now.find(id, &user.names) {
            // The rows have created the user again.
            PresentUser::Another(now) if user.origin == Origin::ByRows && user.after.is_some() => {
                PresentUser::Found(now)
            }
            // The rows have given the name to another user, who gives it back.
            PresentUser::Another(now) if user.after.is_none() && (self.gives_up)(&now) => {
                PresentUser::Nobody
            }
            present => present,
        };
        let mut decision = UserDecision::default();
        let with_moves = match &present {
            PresentUser::Found(now) => with_moves(user, now, &mut decision),
            _ => user.after.clone(),
        };
        match (&user.before, &with_moves, present) {
            (None, None, _) => {}
            (Some(_), None, PresentUser::Another(_)) => {
                decision.refuse(user, &WhyNotUndone::CreatedAgain);
            }
            (_, _, PresentUser::Unclear | PresentUser::Another(_)) => {
                decision.refuse(user, &WhyNotUndone::NotKnownNow);
            }
            (None, Some(_), PresentUser::Nobody) => {
                if user.origin == Origin::ByRows {
                    decision.refuse(user, &WhyNotUndone::RemovedSince);
                }
            }
            (None, Some(after), PresentUser::Found(now)) => {
                self.created(user, after, &now, &mut decision);
            }
            (Some(before), None, PresentUser::Nobody) => {
                self.removed(user, before, &mut decision);
            }
            (Some(_), None, PresentUser::Found(now)) => {
                // A removal that was not carried out, or somebody has created the user again.
                if id.is_empty() || !same_name(&now.id, id) {
                    decision.refuse(user, &WhyNotUndone::CreatedAgain);
                }
            }
            (Some(_), Some(_), PresentUser::Nobody) => {
                decision.refuse(user, &WhyNotUndone::RemovedSince);
            }
            (Some(before), Some(after), PresentUser::Found(now))
                if is_other_account(before, after, &now) =>
            {
                decision.refuse(user, &WhyNotUndone::NotKnownNow);
            }
            (Some(before), Some(after), PresentUser::Found(now)) => {
                self.changed(user, (before, after, &now), &mut decision);
            }
        }
        decision.check(user);
        decision
    }

    /// A user whom the baseline does not have, and who is there now.
    fn created(
        &self,
        user: &ChangedUser,
        after: &RecordedUser,
        now: &RecordedUser,
        decision: &mut UserDecision,
    ) {
        let Some(named) = self.named("delete", now, user) else {
            return decision.refuse(user, &WhyNotUndone::NoName);
        };
        match user.origin {
            Origin::ByRows => {}
            Origin::Before => return decision.refuse(user, &WhyNotUndone::Existed),
            Origin::Unclear => return decision.refuse(user, &WhyNotUndone::PerhapsExisted),
        }
        if let Some(why) = changed_since(user.account, after, now) {
            return decision.refuse(user, &why);
        }
        let why = "the import created the user".to_owned();
        decision.row = Some(UndoRow { why, ..named });
    }

    /// A user whom the rows have removed.
    fn removed(&self, user: &ChangedUser, before: &RecordedUser, decision: &mut UserDecision) {
        if user.account_deleted {
            return decision.refuse(user, &WhyNotUndone::AccountDeleted);
        }
        let Some(identity) = IdentityType::from_name(&before.identity) else {
            let identity = before.identity.clone();
            return decision.refuse(user, &WhyNotUndone::NoType { identity });
        };
        if before.country.is_empty() && identity != IdentityType::Adobe {
            decision.refuse(user, &WhyNotUndone::NoCountry);
        }
        let has_username = identity == IdentityType::Federated
            && !before.username.is_empty()
            && !same_name(&before.username, &before.email);
        let username = if has_username { before.username.clone() } else { String::new() };
        let domain = match username.is_empty() {
            true => String::new(),
            false => real_domain(&before.domain).to_owned(),
        };
        let groups = self.given_back(user, before.groups.iter(), decision);
        decision.row = Some(UndoRow {
            action: "create",
            identity: before.identity.clone(),
            email: before.email.clone(),
            username,
            domain,
            firstname: before.firstname.clone(),
            lastname: before.lastname.clone(),
            country: before.country.clone(),
            groups,
            of: user.rows.clone(),
            why: "the import removed the user from the organization".to_owned(),
            ..UndoRow::default()
        });
    }

    /// A user who was there before and is there now.
    fn changed(
        &self,
        user: &ChangedUser,
        (before, after, now): (&RecordedUser, &RecordedUser, &RecordedUser),
        decision: &mut UserDecision,
    ) {
        let Some(mut row) = self.named("update", now, user) else {
            return decision.refuse(user, &WhyNotUndone::NoName);
        };
        let mut words = Vec::new();
        self.take_back_names(user, (before, after, now), &mut row, decision);
        if row.changes() {
            words.push("names as before".to_owned());
        }
        // The names of groups as they are now.
        let present = |name: &String| self.present_name(name);
        let before_groups =
            RecordedUser { groups: before.groups.iter().map(present).collect(), ..before.clone() };
        let joined =
            now.groups.iter().filter(|group| after.is_in(group) && !before_groups.is_in(group));
        for group in joined {
            if is_given(group) {
                row.remove_groups.push(self.name_after_undo(group));
            } else {
                decision.refuse(user, &WhyNotUndone::Role { name: group.clone() });
            }
        }
        let lost: Vec<&String> = before
            .groups
            .iter()
            .filter(|group| {
                let now_called = self.present_name(group);
                !after.is_in(&now_called) && !now.is_in(&now_called)
            })
            .collect();
        row.add_groups = self.given_back(user, lost.into_iter(), decision);
        if !row.add_groups.is_empty() {
            words.push("memberships that the import took away".to_owned());
        }
        if !row.remove_groups.is_empty() {
            words.push("without the memberships that the import added".to_owned());
        }
        row.why = words.join("; ");
        decision.row = row.changes().then_some(row);
    }

    fn take_back_names(
        &self,
        user: &ChangedUser,
        (before, after, now): (&RecordedUser, &RecordedUser, &RecordedUser),
        row: &mut UndoRow,
        decision: &mut UserDecision,
    ) {
        let mut back = |value: &'static str, values: [&str; 3], is_name: bool| {
            let [before, after, now] = values;
            let is_same = |one: &str, other: &str| {
                if is_name { same_name(one, other) } else { one == other }
            };
            if before == after || is_same(now, before) && (now == before || !is_name) {
                return None;
            }
            let why = if user.account == AccountKind::Adobe {
                WhyNotUndone::AdobeId
            } else if !is_same(now, after) {
                WhyNotUndone::ChangedSince { value, now: now.to_owned() }
            } else if before.is_empty() {
                WhyNotUndone::EmptyBefore { value }
            } else if is_name && same_name(now, before) {
                WhyNotUndone::LetterCase { value }
            } else {
                return Some(before.to_owned());
            };
            decision.refuse(user, &why);
            None
        };
        let first = [&before.firstname, &after.firstname, &now.firstname].map(String::as_str);
        row.firstname = back("first name", first, false).unwrap_or_default();
        let last = [&before.lastname, &after.lastname, &now.lastname].map(String::as_str);
        row.lastname = back("last name", last, false).unwrap_or_default();
        let email = [&before.email, &after.email, &now.email].map(String::as_str);
        row.new_email = back("email", email, true).unwrap_or_default();
        if user.username_is_given {
            let username = [&before.username, &after.username, &now.username].map(String::as_str);
            row.new_username = back("username", username, true).unwrap_or_default();
        } else if !row.new_email.is_empty() && !same_name(&before.username, &before.email) {
            // A new email address also changes the username. One that differs must be in the row.
            row.new_username.clone_from(&before.username);
        }
        if same_name(&row.new_username, &row.new_email) {
            row.new_username = String::new();
        }
    }

    /// Returns those of these groups, by their names before, that a command can give back.
    fn given_back<'g>(
        &self,
        user: &ChangedUser,
        groups: impl Iterator<Item = &'g String>,
        decision: &mut UserDecision,
    ) -> Vec<String> {
        let mut given = Vec::new();
        for group in groups {
            let now_called = self.present_name(group);
            let returns = self.returning.iter().any(|name| same_name(name, group));
            if !is_given(group) {
                decision.refuse(user, &WhyNotUndone::Role { name: group.clone() });
            } else if !returns && self.now.has_group(&now_called) == Some(false) {
                decision.refuse(user, &WhyNotUndone::NoGroup { name: group.clone() });
            } else {
                given.push(self.name_after_undo(&now_called));
            }
        }
        given
    }

    /// Returns the present name of a group, by its name before.
    fn present_name(&self, before: &String) -> String {
        let renamed = self.present_names.iter().find(|(old, _)| same_name(old, before));
        renamed.map_or(before, |(_, new)| new).clone()
    }

    /// Returns the name of a group after the renames are taken back, by its present name.
    fn name_after_undo(&self, now: &str) -> String {
        let renamed = self.renamed.iter().find(|(_, new)| same_name(new, now));
        renamed.map_or(now, |(old, _)| old.as_str()).to_owned()
    }

    /// Returns a row about a user, by a name that identifies the user now.
    fn named(
        &self,
        action: &'static str,
        now: &RecordedUser,
        user: &ChangedUser,
    ) -> Option<UndoRow> {
        let row = UndoRow {
            action,
            identity: match IdentityType::from_name(&now.identity) {
                Some(_) => now.identity.clone(),
                None => String::new(),
            },
            of: user.rows.clone(),
            ..UndoRow::default()
        };
        let account = match IdentityType::from_name(&now.identity) {
            Some(IdentityType::Adobe) => AccountKind::Adobe,
            _ => AccountKind::Own,
        };
        let all = self.now.people(&user.names)?;
        let name = UserName::all_of(now, account).into_iter().find(|name| {
            all.user(name.user_ref()).is_some_and(|person| RecordedUser::of(person) == *now)
        })?;
        Some(match name.domain {
            Some(domain) => UndoRow { username: name.user, domain, ..row },
            None => UndoRow { email: name.user, ..row },
        })
    }
}

/// Returns the user after the rows. Memberships that rows changed in part are included as far as
/// the user's groups now show which they were.
fn with_moves(
    user: &ChangedUser,
    now: &RecordedUser,
    decision: &mut UserDecision,
) -> Option<RecordedUser> {
    let mut found = user.clone();
    found.find_moved(now);
    if found.has_unclear_moves(now) {
        decision.refuse(user, &WhyNotUndone::DoneInPart);
    }
    found.after
}

/// Whether the account may well be another one, although no id says so: it has another type, or
/// other names than the rows have left.
fn is_other_account(before: &RecordedUser, after: &RecordedUser, now: &RecordedUser) -> bool {
    let differs = |one: &str, other: &str| !one.is_empty() && !other.is_empty() && one != other;
    let has_other_name =
        |[before, after, now]: [&String; 3]| before == after && differs(before, now);
    (before.id.is_empty() || now.id.is_empty())
        && (differs(&before.identity, &now.identity)
            || has_other_name([&before.firstname, &after.firstname, &now.firstname])
            || has_other_name([&before.lastname, &after.lastname, &now.lastname]))
}

/// Returns what somebody has changed of a user whom the rows have created; `None` if the user is as
/// the rows leave everybody. What the rows or the server do not say is not compared.
fn changed_since(
    account: AccountKind,
    after: &RecordedUser,
    now: &RecordedUser,
) -> Option<WhyNotUndone> {
    let not_in = |groups: &[String], other: &RecordedUser| -> Vec<String> {
        groups.iter().filter(|group| !other.is_in(group)).cloned().collect()
    };
    let added = not_in(&now.groups, after);
    if !added.is_empty() {
        return Some(WhyNotUndone::AddedSince { groups: added });
    }
    let taken = not_in(&after.groups, now);
    if !taken.is_empty() {
        return Some(WhyNotUndone::TakenSince { groups: taken });
    }
    let names = [
        ("first name", &after.firstname, &now.firstname),
        ("last name", &after.lastname, &now.lastname),
    ];
    // Only the user can change the names of an Adobe ID.
    let is_changed = |(_, after, now): &(&str, &String, &String)| {
        account == AccountKind::Own && !after.is_empty() && after != now
    };
    let others = [
        ("type", &after.identity, &now.identity),
        ("email", &after.email, &now.email),
        ("username", &after.username, &now.username),
        ("country", &after.country, &now.country),
    ];
    let differs = |(_, after, now): &(&str, &String, &String)| {
        !after.is_empty() && !now.is_empty() && !same_name(after, now)
    };
    let found = names.into_iter().find(is_changed).or_else(|| others.into_iter().find(differs));
    found.map(|(value, _, now)| WhyNotUndone::ChangedSince { value, now: now.clone() })
}

impl UserDecision {
    fn refuse(&mut self, user: &ChangedUser, why: &WhyNotUndone) {
        let who = [&user.after, &user.before].into_iter().flatten().map(RecordedUser::name).next();
        let who = who.or_else(|| user.names.first().map(|name| name.user.as_str()));
        self.refused.push(why.about(who.unwrap_or_default(), &user.rows));
    }

    /// Drops what another import has already taken back since: what is there now came later.
    pub(super) fn drop_done_since(&mut self, user: &ChangedUser, since: &DoneSince) {
        if since.has_removed(&user.names, user.since) {
            let since = WhyNotUndone::RemovedFromHere;
            match user.before {
                Some(_) => {
                    let all = self.refused.iter_mut();
                    all.filter(|one| one.code == since.code())
                        .for_each(|one| one.why = since.words());
                }
                // A user whom the import has created is gone, as an undo would have it.
                None => {
                    let all = self.refused.len();
                    self.refused.retain(|refused| refused.code != since.code());
                    self.is_gone = self.refused.len() < all;
                }
            }
        }
        if let Some(row) = &mut self.row
            && since.drop_from(row, &user.names, user.since)
        {
            self.refuse(user, &WhyNotUndone::DoneSince);
            self.row = self.row.take().filter(UndoRow::changes);
        }
    }

    /// Drops a row that an import would refuse for another reason than one that is said already.
    fn check(&mut self, user: &ChangedUser) {
        let Some(row) = &self.row else { return };
        let Some(message) = row.problems() else { return };
        if self.refused.iter().any(|refused| refused.code == WhyNotUndone::NoCountry.code()) {
            // The row stays in the file: a person can complete it.
            return;
        }
        self.refuse(user, &WhyNotUndone::Invalid { message });
        self.row = None;
    }
}
