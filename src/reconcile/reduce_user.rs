//! Removes from a change of a user the steps whose effect holds already, and from the problems of
//! its row those that do not apply.

use super::applied::StepFinding;
use super::baseline::{Baseline, ResolvedUser};
use super::conflict_index::{CALLED, FIRSTNAME, LASTNAME};
use super::remainder::{Remainder, WhyUnchanged};
use crate::change::{
    Change, CreateUser, IfExists, Memberships, Problem, RowEffect, Stated, UpdateUser, UserChange,
    WaivableProblem, role_of, same_name,
};
use crate::organization::{Coverage, OrgUser, UserKey};
use std::borrow::Cow;

impl Baseline {
    /// Removes the steps whose effect holds already, and returns the effect of the row.
    pub(super) fn reduce_user<'a>(
        &self,
        user: UserChange<'a>,
        stated: &Stated<'_>,
        mut problems: Vec<Problem>,
    ) -> Remainder<'a> {
        if let Some((problem, facet)) = self.identity_problem(&user, stated) {
            problems.push(problem);
            let effect = facet.map_or(RowEffect::NONE, |facet| RowEffect::NONE.differing(facet));
            return Remainder { effect, ..Remainder::whole(Change::User(user), problems) };
        }
        let meant = self.meant(&user);
        let met = self.met(&user, meant, stated);
        if self.reduces {
            let left = self.left_of(user, meant, stated.id, problems);
            return Remainder { effect: met.effect_of(&left), remark: met.into_remark(), ..left };
        }
        self.whole_user(user, stated.id, met, problems)
    }

    /// Keeps all steps, except an update of an Adobe ID whose effect holds already: the API would
    /// refuse it.
    fn whole_user<'a>(
        &self,
        mut user: UserChange<'a>,
        id: &str,
        met: StepFinding<'_>,
        mut problems: Vec<Problem>,
    ) -> Remainder<'a> {
        if let Some(person) = self.updated_adobe_id(&user) {
            let whole = user.clone();
            self.drop_update(&mut user, person);
            if user.update.is_some() && !self.is_decided {
                problems.push(self.adobe_update(person));
                let effect = met.effect(None);
                return Remainder { effect, ..Remainder::whole(Change::User(whole), problems) };
            }
            if !user.has_steps() {
                let effect = met.effect(None);
                let remark = met.into_remark();
                return Remainder { effect, remark, ..Remainder::nothing(problems) };
            }
        }
        // Steps that change nothing have no effect.
        let meant = self.meant(&user);
        let Remainder { why, change, .. } = self.left_of(user.clone(), meant, id, problems.clone());
        let left = match &change {
            Some(Change::User(left)) => Some(left),
            _ if why == WhyUnchanged::NotThere => Some(&user),
            _ => None,
        };
        let effect = met.effect(left);
        let remark = met.into_remark();
        Remainder { why, effect, remark, ..Remainder::whole(Change::User(user), problems) }
    }

    /// Returns the steps whose effect does not hold for the user of the row. `id` is the one in the
    /// row, or empty.
    fn left_of<'a>(
        &self,
        user: UserChange<'a>,
        meant: ResolvedUser<'_>,
        id: &str,
        problems: Vec<Problem>,
    ) -> Remainder<'a> {
        if user.create.as_ref().is_some_and(|create| create.if_exists == IfExists::Error) {
            return Remainder::whole(Change::User(user), problems);
        }
        if self.conflict_index.has_former_names()
            && let Some(number) = self.conflict_index.was(self.key(&user))
        {
            return self.all_or_nothing(user, self.organization.person(number), problems);
        }
        match meant {
            ResolvedUser::Person(person) => self.left_of_person(user, person, problems),
            // For an unknown user, superfluous memberships are unknown as well.
            ResolvedUser::Unclear => Remainder {
                relies_on_absence: self.is_exact(&user),
                ..Remainder::whole(Change::User(user), problems)
            },
            ResolvedUser::Nobody => self.left_of_nobody(user, id, problems),
            // No command can identify the user by this name: either everything holds already, or
            // the row is sent as it is.
            ResolvedUser::OtherName(person) => self.all_or_nothing(user, person, problems),
        }
    }

    /// Reduces a change of a user who does not exist by that name.
    fn left_of_nobody<'a>(
        &self,
        mut user: UserChange<'a>,
        id: &str,
        problems: Vec<Problem>,
    ) -> Remainder<'a> {
        let own = self.key(&user);
        if self.conflict_index.has(own) || self.conflict_index.is_given_away(&user.user) {
            // A user gets that name from an earlier row: the groups that the row does not list are
            // known.
            let excess = self
                .conflict_index
                .gets(own)
                .map(|number| self.excess(&user, self.organization.person(number)));
            let relies_on_absence = excess.is_some() && self.is_exact(&user);
            add_to_removed(&mut user, excess.unwrap_or_default());
            return Remainder {
                relies_on_absence,
                ..Remainder::whole(Change::User(user), problems)
            };
        }
        match self.renamed(&user, id) {
            Some(person) => self.all_or_nothing(user, person, problems),
            // The user has left already, or never existed.
            None if user.only_takes_away() => Remainder {
                relies_on_absence: true,
                why: WhyUnchanged::NotThere,
                ..Remainder::nothing(problems)
            },
            None => Remainder {
                relies_on_absence: self.is_exact(&user),
                ..Remainder::whole(Change::User(user), problems)
            },
        }
    }

    /// Returns nothing if everything holds for this user; otherwise the row as it is, with its own
    /// name.
    fn all_or_nothing<'a>(
        &self,
        user: UserChange<'a>,
        person: OrgUser<'_>,
        problems: Vec<Problem>,
    ) -> Remainder<'a> {
        let left = self.left_of_person(user.clone(), person, problems.clone());
        if left.change.is_none() && left.problems.is_empty() {
            left
        } else {
            Remainder::whole(Change::User(user), problems)
        }
    }

    /// Reduces a change of this user.
    fn left_of_person<'a>(
        &self,
        mut user: UserChange<'a>,
        person: OrgUser<'_>,
        mut problems: Vec<Problem>,
    ) -> Remainder<'a> {
        let own = UserKey::Known(person.number());
        let has_name =
            |name: &str| same_name(name, person.email()) || same_name(name, person.username());
        problems.retain(|problem| {
            problem.waivable != Some(WaivableProblem::Known) || !has_name(&problem.value)
        });
        if self.managed.is_some() {
            problems.retain(|problem| problem.waivable != Some(WaivableProblem::Lists));
        }
        // The file has several names for this user: only one of them is used, so that the rows keep
        // their order.
        if user.create.is_none() && self.conflict_index.has_field(own, CALLED) {
            call_by_email(&mut user, person);
        }
        let excess = self.excess(&user, person);
        let mut relies_on_absence = self.is_exact(&user);
        if user.leave.is_none() && !self.conflict_index.has(own) {
            if self.drop_create(&mut user, person) {
                problems.retain(|problem| {
                    problem.waivable != Some(WaivableProblem::NotCreated)
                        || is_other_country(problem, person)
                });
            } else if self.organization.user(user.user_ref()).is_some_and(|found| found != person) {
                // The command would change another user, whose email address is the name in the
                // row.
                return Remainder::whole(Change::User(user), problems);
            }
            self.drop_update(&mut user, person);
            if person.is_adobe() && user.update.is_some() && !user.adobe_id {
                problems.push(self.adobe_update(person));
            }
            if self.organization.shows(Coverage::MEMBERSHIPS) {
                problems.retain(|problem| !self.is_held(problem, person));
                relies_on_absence |= self.drop_removed(&mut user, person);
                // A user who first loses everything gets all of it again.
                if user.remove != Some(Memberships::All) {
                    user.add.retain(|name| !self.surely_holds(person, name));
                }
            }
        }
        add_to_removed(&mut user, excess);
        let change = user.has_steps().then_some(Change::User(user));
        Remainder { change, relies_on_absence, ..Remainder::nothing(problems) }
    }

    /// Returns the user of a change as a key.
    pub(super) fn key(&self, user: &UserChange<'_>) -> UserKey {
        let all = Some(&*self.organization);
        UserKey::new(all, user.user_ref())
    }

    /// Removes the create step for a user who exists; returns whether it did.
    fn drop_create(&self, user: &mut UserChange<'_>, person: OrgUser<'_>) -> bool {
        let Some(create) = &user.create else { return true };
        // The API changes nothing about an Adobe ID.
        if create.if_exists == IfExists::Update
            && !person.is_adobe()
            && !self.has_names(create, person)
        {
            return false;
        }
        user.create = None;
        // A create step may name a username that later steps cannot use.
        let is_found = same_name(&user.user, person.email())
            || self.organization.user(user.user_ref()) == Some(person);
        if !is_found || self.conflict_index.has_field(UserKey::Known(person.number()), CALLED) {
            call_by_email(user, person);
        }
        true
    }

    /// Whether the option `update` of the create step would change no name.
    pub(super) fn has_names(&self, create: &CreateUser<'_>, person: OrgUser<'_>) -> bool {
        let own = UserKey::Known(person.number());
        let is_sure = !self.organization.has_presumed_names(person.number());
        let same = |name: &Option<Cow<'_, str>>, now: &str, part: &str| {
            name.as_ref().is_none_or(|name| {
                name == now && is_sure && !self.conflict_index.has_field(own, part)
            })
        };
        same(&create.firstname, person.firstname(), FIRSTNAME)
            && same(&create.lastname, person.lastname(), LASTNAME)
    }

    /// Removes the new values that the user has already.
    pub(super) fn drop_update(&self, user: &mut UserChange<'_>, person: OrgUser<'_>) {
        let Some(update) = &mut user.update else { return };
        let own = UserKey::Known(person.number());
        let is_sure = !self.organization.has_presumed_names(person.number());
        if is_sure
            && update.firstname.as_deref() == Some(person.firstname())
            && !self.conflict_index.has_field(own, FIRSTNAME)
        {
            update.firstname = None;
        }
        if is_sure
            && update.lastname.as_deref() == Some(person.lastname())
            && !self.conflict_index.has_field(own, LASTNAME)
        {
            update.lastname = None;
        }
        // The letter case of an email address cannot change, but that of a username can.
        if update.email.as_ref().is_some_and(|email| same_name(email, person.email())) {
            update.email = None;
        }
        if update.username.as_deref() == Some(person.username()) {
            update.username = None;
        }
        if *update == UpdateUser::default() {
            user.update = None;
            if self.organization.user(user.user_ref()) != Some(person) {
                call_by_email(user, person);
            }
        }
    }

    /// Whether the list shows this membership as the user's own. A list that is not of direct
    /// memberships does not distinguish them.
    fn holds(&self, person: OrgUser<'_>, group: &str) -> bool {
        self.organization.shows(Coverage::DIRECT) && person.is_in(group)
    }

    /// Whether the membership holds, without a conflict with another row or an import since.
    fn surely_holds(&self, person: OrgUser<'_>, group: &str) -> bool {
        self.holds(person, group) && self.is_certain(person, group)
    }

    fn is_certain(&self, person: OrgUser<'_>, group: &str) -> bool {
        !self.conflict_index.has_membership(UserKey::Known(person.number()), group)
    }

    /// Whether a problem does not apply, because it is about a membership that the user has.
    fn is_held(&self, problem: &Problem, person: OrgUser<'_>) -> bool {
        let name = match problem.field {
            "admin_roles" => role_of(&problem.value),
            _ => Cow::Borrowed(&*problem.value),
        };
        problem.waivable == Some(WaivableProblem::Held) && self.surely_holds(person, &name)
    }

    /// Removes groups that the user is not in from the groups to remove; returns whether it did.
    fn drop_removed(&self, user: &mut UserChange<'_>, person: OrgUser<'_>) -> bool {
        match &mut user.remove {
            None => false,
            Some(Memberships::All) => {
                let is_so = self.has_only_added(user, person);
                if is_so {
                    user.remove = None;
                }
                is_so
            }
            Some(Memberships::Named(names)) => {
                let before = names.len();
                // The server reports a group that does not exist.
                let is_there = |name: &str| {
                    !self.organization.shows(Coverage::ALL_GROUPS)
                        || self.organization.group(name).is_some()
                };
                names.retain(|name| {
                    person.is_in(name)
                        || self.organization.is_perhaps_in(person.number(), name)
                        || !self.is_certain(person, name)
                        || !self.organization.coverage.shows_membership(name)
                        || !is_there(name)
                });
                let is_less = names.len() < before;
                if names.is_empty() {
                    user.remove = None;
                }
                is_less
            }
        }
    }

    /// Whether the user has what the row adds, and nothing else that could be removed.
    fn has_only_added(&self, user: &UserChange<'_>, person: OrgUser<'_>) -> bool {
        let mut others = person.group_names().filter(|name| {
            *name != "_org_admin" && !user.add.iter().any(|add| same_name(add, name))
        });
        others.next().is_none()
            && self.organization.coverage.shows_all_memberships()
            && !self.organization.has_presumed_groups(person.number())
            && user.add.iter().all(|name| self.holds(person, name))
            && !self.conflict_index.has(UserKey::Known(person.number()))
    }

    /// Whether the user is to be in exactly the groups of the row, so that memberships which the
    /// list does not show must stay as they are.
    fn is_exact(&self, user: &UserChange<'_>) -> bool {
        self.managed.is_some() && user.lists && user.leave.is_none()
    }

    /// Returns managed groups that the user has and the rows do not list, without groups that rows
    /// delete or rename.
    fn excess(&self, user: &UserChange<'_>, person: OrgUser<'_>) -> Vec<String> {
        let Some(managed) = self.managed.as_ref().filter(|_| user.lists && user.leave.is_none())
        else {
            return Vec::new();
        };
        if self.ignored_rows.contains(&person.number()) {
            return Vec::new();
        }
        let others = self.conflict_index.adds(UserKey::Known(person.number()));
        let listed = |name: &str| {
            user.add.iter().any(|add| same_name(add, name))
                || others.iter().any(|add| same_name(add, name))
        };
        let is_excess = |name: &&str| {
            managed.takes(name) && !listed(name) && !self.conflict_index.is_changed_group(name)
        };
        person.group_names().filter(is_excess).map(str::to_owned).collect()
    }
}

/// Whether a cell holds a country that does not exist, and that the list does not show for the user
/// either. It is unclear which country is meant, even if nothing would be sent.
fn is_other_country(problem: &Problem, person: OrgUser<'_>) -> bool {
    (problem.field, problem.reason) == ("country", "unknown")
        && !same_name(&problem.value, person.country())
}

/// Adds groups to those that the row removes.
fn add_to_removed(user: &mut UserChange<'_>, groups: Vec<String>) {
    if groups.is_empty() || user.remove == Some(Memberships::All) {
        return;
    }
    let mut names = match user.remove.take() {
        Some(Memberships::Named(names)) => names,
        _ => Vec::new(),
    };
    for group in groups {
        if !names.iter().any(|name| same_name(name, &group)) {
            names.push(Cow::Owned(group));
        }
    }
    user.remove = Some(Memberships::Named(names));
}

fn call_by_email(user: &mut UserChange<'_>, person: OrgUser<'_>) {
    if !person.email().is_empty() {
        user.user = Cow::Owned(person.email().to_owned());
        user.domain = None;
    }
}
