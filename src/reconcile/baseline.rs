//! What is left of a change where the organization looks so in part already, or all of it.
//!
//! In: a change and what is [`Baseline`]. Out: the change without the steps whose effect holds.
//! Letter case is folded where the API folds it: emails, groups, who is meant; not in people's
//! names. Pure.

use super::conflict_index::{CALLED, ConflictIndex, FIRSTNAME, LASTNAME};
use super::near::NearBudget;
use crate::change::{
    Change, CreateUser, EffectPart, GroupChange, IfExists, Memberships, Problem, RowEffect, Stated,
    UpdateUser, UserChange, WaivableProblem, role_of, same_name,
};
use crate::organization::{OrgUser, Organization, Subject, subject};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use wildmatch::WildMatch;

/// The organization by a list, and what the rows of a file leave of that.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Who is there.
    pub organization: Arc<Organization>,
    /// What rows contest among themselves.
    pub conflict_index: Arc<ConflictIndex>,
    /// Groups whose listed members are the whole truth.
    pub managed: Option<Managed>,
    /// The numbers of those of whom rows speak that are not carried out: what they are to have is
    /// not known.
    pub ignored_rows: Arc<HashSet<u32>>,
    /// Steps whose effect holds already are left out. Else every row goes as it is, and the list
    /// only tells what comes of it.
    pub reduces: bool,
    /// The list tells of a row that is sent that nobody was there before.
    pub tells_absence: bool,
    /// An account of the organization's own beside an Adobe ID of the same email is meant
    /// (`--allow-shadow`).
    pub allows_shadow: bool,
    /// How long near names are looked for.
    pub near: Arc<NearBudget>,
    /// Which rows are not sent for whom they mean is decided: the list does not tell that again.
    pub is_decided: bool,
}

/// Groups under management (`--manage-groups`): names, and patterns with `*` and `?`; letter case
/// does not count.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Managed(Vec<WildMatch>);

impl Managed {
    /// From names and patterns.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Self {
        Self(
            patterns
                .iter()
                .map(|pattern| WildMatch::new(&pattern.as_ref().trim().to_lowercase()))
                .collect(),
        )
    }

    /// Is the group under management? Roles are, where a pattern names them with their underscore;
    /// the system administrators' never.
    pub fn takes(&self, group: &str) -> bool {
        let group = group.to_lowercase();
        let is_role = group.starts_with('_');
        group != "_org_admin"
            && self.0.iter().any(|pattern| {
                (!is_role || pattern.pattern().starts_with('_')) && pattern.matches(&group)
            })
    }
}

/// What is left of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Remainder<'a> {
    /// What is to be sent; `None`: everything holds already.
    pub change: Option<Change<'a>>,
    /// Something is left out because somebody is no member or is not there, as the list says: an
    /// old list may be wrong there in a way that hurts.
    pub relies_on_absence: bool,
    /// Why nothing is left, where nothing is.
    pub why: WhyUnchanged,
    /// What the row comes to once what is left is confirmed, and what of it is not applied.
    pub effect: RowEffect,
    /// What is not applied, in words.
    pub remark: String,
}

/// Why nothing is left of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhyUnchanged {
    /// Everything holds that can be made to hold.
    #[default]
    Matches,
    /// Nobody is there by that name.
    NotThere,
}

impl<'a> Remainder<'a> {
    fn whole(change: Change<'a>) -> Self {
        Self { change: Some(change), ..Self::nothing() }
    }

    fn nothing() -> Self {
        Self {
            change: None,
            relies_on_absence: false,
            why: WhyUnchanged::Matches,
            effect: RowEffect::NONE,
            remark: String::new(),
        }
    }
}

/// Whom a change means, as far as the list tells.
pub(super) enum ResolvedUser<'k> {
    Person(OrgUser<'k>),
    Nobody,
    /// Somebody who has the name and cannot be called by it.
    OtherName(OrgUser<'k>),
    /// A name that several have.
    Unclear,
}

/// That a description does not reach a group that is there, in words; nothing where the row gives
/// none, or means it.
fn description_kept(group: &GroupChange<'_>) -> String {
    match &group.create {
        Some(create) if create.if_exists == IfExists::Ignore && create.description.is_some() => {
            "the group exists and keeps its description (lists do not show descriptions; \
             --if-exists update sets it)"
                .to_owned()
        }
        _ => String::new(),
    }
}

impl Baseline {
    /// Everything that a list tells, where no row contests anything.
    pub fn new(organization: Arc<Organization>) -> Self {
        Self {
            organization,
            conflict_index: Arc::default(),
            managed: None,
            ignored_rows: Arc::default(),
            reduces: true,
            tells_absence: true,
            allows_shadow: false,
            near: Arc::default(),
            is_decided: false,
        }
    }

    /// What is left of a change, and of what is wrong with its row.
    pub fn reduce<'a>(
        &self,
        change: Change<'a>,
        stated: &Stated<'_>,
        problems: &mut Vec<Problem>,
    ) -> Remainder<'a> {
        let user = match change {
            Change::User(user) => user,
            Change::Group(group) => {
                let was = RowEffect::of_group(&group);
                let kept = description_kept(&group);
                let is_there = self.organization.group(&group.group).is_some()
                    && !self.conflict_index.has_group(&group.group);
                // Also where all steps are sent, those that change nothing have no effect.
                let reduced = self.group(group.clone());
                let effect = reduced.change.as_ref().map_or(RowEffect::NONE, RowEffect::of);
                let left =
                    if self.reduces { reduced } else { Remainder::whole(Change::Group(group)) };
                let creates = was.has(EffectPart::GroupCreatedOrExists);
                let effect = match is_there && creates {
                    true => effect.met().with(EffectPart::GroupExists),
                    false => effect,
                };
                return Remainder {
                    effect,
                    remark: if is_there { kept } else { String::new() },
                    ..left
                };
            }
        };
        if let Some((problem, facet)) = self.identity_problem(&user, stated) {
            problems.push(problem);
            let effect = facet.map_or(RowEffect::NONE, |facet| RowEffect::NONE.differing(facet));
            return Remainder { effect, ..Remainder::whole(Change::User(user)) };
        }
        let met = self.met(&user, stated);
        if self.reduces {
            let left = self.user(user, problems);
            return Remainder { effect: met.effect_of(&left), remark: met.into_remark(), ..left };
        }
        let mut user = user;
        if let Some(person) = self.updated_adobe_id(&user) {
            // What holds already is not sent: the API would refuse it all the same.
            let whole = user.clone();
            self.drop_update(&mut user, person);
            if user.update.is_some() && !self.is_decided {
                problems.push(self.adobe_update(person));
                return Remainder {
                    effect: met.effect(None),
                    ..Remainder::whole(Change::User(whole))
                };
            }
            if !user.has_steps() {
                return Remainder {
                    effect: met.effect(None),
                    remark: met.into_remark(),
                    ..Remainder::nothing()
                };
            }
        }
        // Also where all steps are sent, those that change nothing have no effect.
        let Remainder { why, change, .. } = self.user(user.clone(), &mut problems.to_vec());
        let left = match &change {
            Some(Change::User(left)) => Some(left),
            _ if why == WhyUnchanged::NotThere => Some(&user),
            _ => None,
        };
        let effect = met.effect(left);
        Remainder { why, effect, remark: met.into_remark(), ..Remainder::whole(Change::User(user)) }
    }

    /// May an import since the list was fetched have changed the user of this name?
    pub fn is_unsure_of(&self, name: &str) -> bool {
        self.conflict_index.is_recently_changed()
            && self.conflict_index.has(subject(&self.organization, name, None, false))
    }

    /// Returns the number of the person whom a change means.
    pub fn who(&self, user: &UserChange<'_>) -> Option<u32> {
        match self.meant(user) {
            ResolvedUser::Person(person) | ResolvedUser::OtherName(person) => Some(person.number()),
            ResolvedUser::Nobody | ResolvedUser::Unclear => None,
        }
    }

    /// Is the person of that number in a group under management, and may it be taken away?
    pub fn has_managed(&self, number: u32) -> bool {
        let Some(managed) = self.managed.as_ref().filter(|_| !self.ignored_rows.contains(&number))
        else {
            return false;
        };
        self.organization.person(number).group_names().any(|name| managed.takes(name))
    }

    fn user<'a>(&self, user: UserChange<'a>, problems: &mut Vec<Problem>) -> Remainder<'a> {
        if user.create.as_ref().is_some_and(|create| create.if_exists == IfExists::Error) {
            return Remainder::whole(Change::User(user));
        }
        let own = subject(&self.organization, &user.user, user.domain.as_deref(), user.adobe_id);
        if let Some(number) = self.conflict_index.was(own) {
            return self.all_or_nothing(user, self.organization.person(number), problems);
        }
        match self.meant(&user) {
            ResolvedUser::Person(person) => self.person(user, person, problems),
            // What somebody who is not known has too much is not known either.
            ResolvedUser::Unclear => Remainder {
                relies_on_absence: self.is_exact(&user),
                ..Remainder::whole(Change::User(user))
            },
            ResolvedUser::Nobody => self.nobody(user, problems),
            // Nobody could be called so: either everything holds already, or the row goes as it is.
            ResolvedUser::OtherName(person) => self.all_or_nothing(user, person, problems),
        }
    }

    /// Nobody of that name is there.
    fn nobody<'a>(&self, mut user: UserChange<'a>, problems: &mut Vec<Problem>) -> Remainder<'a> {
        let own = subject(&self.organization, &user.user, user.domain.as_deref(), user.adobe_id);
        if self.conflict_index.has(own) || self.conflict_index.is_given_away(&user.user) {
            // Somebody gets that name by an earlier row: the groups that are not listed are known
            // all the same.
            let excess = self
                .conflict_index
                .gets(own)
                .map(|number| self.excess(&user, self.organization.person(number)));
            let relies_on_absence = excess.is_some() && self.is_exact(&user);
            self.remove_excess(&mut user, excess.unwrap_or_default());
            return Remainder { relies_on_absence, ..Remainder::whole(Change::User(user)) };
        }
        match self.renamed(&user) {
            Some(person) => self.all_or_nothing(user, person, problems),
            // Gone already, or never there.
            None if user.only_takes_away() => Remainder {
                relies_on_absence: true,
                why: WhyUnchanged::NotThere,
                ..Remainder::nothing()
            },
            None => Remainder {
                relies_on_absence: self.is_exact(&user),
                ..Remainder::whole(Change::User(user))
            },
        }
    }

    /// Nothing is left where everything holds of this person; else the row goes whole, under the
    /// name that it has.
    fn all_or_nothing<'a>(
        &self,
        user: UserChange<'a>,
        person: OrgUser<'_>,
        problems: &mut Vec<Problem>,
    ) -> Remainder<'a> {
        let mut rest = problems.clone();
        let left = self.person(user.clone(), person, &mut rest);
        if left.change.is_some() || !rest.is_empty() {
            return Remainder::whole(Change::User(user));
        }
        *problems = rest;
        left
    }

    /// What is left of a change that means this person.
    fn person<'a>(
        &self,
        mut user: UserChange<'a>,
        person: OrgUser<'_>,
        problems: &mut Vec<Problem>,
    ) -> Remainder<'a> {
        let own = u64::from(person.number());
        let is_contested = self.conflict_index.has(own);
        let has_name =
            |name: &str| same_name(name, person.email()) || same_name(name, person.username());
        problems.retain(|problem| {
            problem.moot != Some(WaivableProblem::Known) || !has_name(&problem.value)
        });
        if self.managed.is_some() {
            problems.retain(|problem| problem.moot != Some(WaivableProblem::Lists));
        }
        // One person under several names in the file: one name, so that the file's order is kept.
        if user.create.is_none() && self.conflict_index.has_part(own, CALLED) {
            call_by_email(&mut user, person);
        }
        let excess = self.excess(&user, person);
        let mut left =
            Remainder { relies_on_absence: self.is_exact(&user), ..Remainder::nothing() };
        if user.leave.is_none() && !is_contested {
            if self.drop_create(&mut user, person) {
                problems.retain(|problem| problem.moot != Some(WaivableProblem::NotCreated));
            } else if self
                .organization
                .user(&user.user, user.domain.as_deref(), user.adobe_id)
                .is_some_and(|found| found != person)
            {
                // The command goes to somebody else, for the name that it gives is another one's
                // email.
                return Remainder::whole(Change::User(user));
            }
            self.drop_update(&mut user, person);
            if person.is_adobe() && user.update.is_some() && !user.adobe_id {
                problems.push(self.adobe_update(person));
            }
            self.drop_memberships(&mut user, person, problems, &mut left);
        }
        self.remove_excess(&mut user, excess);
        left.change = user.has_steps().then_some(Change::User(user));
        left
    }

    pub(super) fn meant(&self, user: &UserChange<'_>) -> ResolvedUser<'_> {
        let all = &self.organization;
        let domain = user.domain.as_deref();
        let Some(create) = &user.create else {
            return match all.user(&user.user, domain, user.adobe_id) {
                Some(person) => ResolvedUser::Person(person),
                None if all.is_absent(&user.user, domain) => ResolvedUser::Nobody,
                None => ResolvedUser::Unclear,
            };
        };
        if !all.has_types {
            return ResolvedUser::Unclear;
        }
        // An Adobe ID is another account than one of the organization's of the same email.
        let same_kind = |person: &OrgUser<'_>| person.is_adobe() == user.adobe_id;
        let by_root = all.user(&user.user, domain, user.adobe_id).filter(same_kind);
        let by_email = if same_name(&user.user, &create.email) {
            by_root
        } else {
            all.user(&create.email, None, user.adobe_id).filter(same_kind)
        };
        match (by_root, by_email) {
            // A username that is another one's email finds that other one, and is this one's name
            // all the same.
            (Some(one), Some(other)) if one != other && same_name(other.username(), &user.user) => {
                ResolvedUser::Person(other)
            }
            (Some(one), Some(other)) if one != other => ResolvedUser::Unclear,
            (Some(person), _) | (None, Some(person)) => ResolvedUser::Person(person),
            (None, None) if all.is_absent(&create.email, None) && user.update.is_some() => {
                self.renamed(user).map_or(ResolvedUser::Unclear, ResolvedUser::OtherName)
            }
            (None, None) if create.email.is_empty() => all
                .alias(&user.user)
                .filter(same_kind)
                .map_or(ResolvedUser::Unclear, ResolvedUser::OtherName),
            (None, None) => ResolvedUser::Unclear,
        }
    }

    /// Somebody who has the new name already, where nobody has the old one.
    fn renamed(&self, user: &UserChange<'_>) -> Option<OrgUser<'_>> {
        let update = user.update.as_ref()?;
        // A username that changes leaves the email by which the row calls somebody.
        let by_email = user.user.contains('@');
        let domain =
            user.domain.as_deref().or_else(|| user.user.split_once('@').map(|(_, domain)| domain));
        let person = match (&update.email, &update.username) {
            (Some(email), _) => self.organization.user(email, None, user.adobe_id)?,
            (None, Some(username)) if !by_email => {
                self.organization.user(username, domain, user.adobe_id)?
            }
            _ => return None,
        };
        // Who was created and renamed has the names of the row, or is somebody else.
        let same =
            |name: &Option<Cow<'_, str>>, now: &str| name.as_ref().is_some_and(|name| name == now);
        let is_other = |create: &CreateUser<'_>| {
            !(same(&create.firstname, person.firstname())
                && same(&create.lastname, person.lastname()))
        };
        if person.is_adobe() != user.adobe_id || user.create.as_ref().is_some_and(is_other) {
            return None;
        }
        let has_username =
            update.username.as_ref().is_none_or(|username| person.username() == username);
        // By another row, or an import since, somebody may go by the old name all the same.
        let old = subject(&self.organization, &user.user, user.domain.as_deref(), user.adobe_id);
        let is_contested = [old, u64::from(person.number())]
            .into_iter()
            .any(|subject| self.conflict_index.has(subject));
        (has_username && !is_contested).then_some(person)
    }

    /// The create step of somebody who is there; says whether it is left out.
    fn drop_create(&self, user: &mut UserChange<'_>, person: OrgUser<'_>) -> bool {
        let Some(create) = &user.create else { return true };
        // The API changes nothing of an Adobe ID.
        if create.if_exists == IfExists::Update
            && !person.is_adobe()
            && !self.has_names(create, person)
        {
            return false;
        }
        user.create = None;
        // A create may name a username by which nobody is found later on.
        let is_found = same_name(&user.user, person.email())
            || self.organization.user(&user.user, user.domain.as_deref(), user.adobe_id)
                == Some(person);
        if !is_found || self.conflict_index.has_part(u64::from(person.number()), CALLED) {
            call_by_email(user, person);
        }
        true
    }

    /// Would the create step's option `update` change a name?
    pub(super) fn has_names(&self, create: &CreateUser<'_>, person: OrgUser<'_>) -> bool {
        let own = u64::from(person.number());
        let is_sure = !self.organization.has_presumed_names(person.number());
        let same = |name: &Option<Cow<'_, str>>, now: &str, part: &str| {
            name.as_ref().is_none_or(|name| {
                name == now && is_sure && !self.conflict_index.has_part(own, part)
            })
        };
        same(&create.firstname, person.firstname(), FIRSTNAME)
            && same(&create.lastname, person.lastname(), LASTNAME)
    }

    pub(super) fn drop_update(&self, user: &mut UserChange<'_>, person: OrgUser<'_>) {
        let Some(update) = &mut user.update else { return };
        let own = u64::from(person.number());
        let is_sure = !self.organization.has_presumed_names(person.number());
        if is_sure
            && update.firstname.as_deref() == Some(person.firstname())
            && !self.conflict_index.has_part(own, FIRSTNAME)
        {
            update.firstname = None;
        }
        if is_sure
            && update.lastname.as_deref() == Some(person.lastname())
            && !self.conflict_index.has_part(own, LASTNAME)
        {
            update.lastname = None;
        }
        // The letter case of an email cannot change; that of a username can.
        if update.email.as_ref().is_some_and(|email| same_name(email, person.email())) {
            update.email = None;
        }
        if update.username.as_deref() == Some(person.username()) {
            update.username = None;
        }
        if *update == UpdateUser::default() {
            user.update = None;
            if self.organization.user(&user.user, user.domain.as_deref(), user.adobe_id)
                != Some(person)
            {
                call_by_email(user, person);
            }
        }
    }

    fn drop_memberships(
        &self,
        user: &mut UserChange<'_>,
        person: OrgUser<'_>,
        problems: &mut Vec<Problem>,
        left: &mut Remainder<'_>,
    ) {
        if !self.organization.has_groups {
            return;
        }
        let own = u64::from(person.number());
        // What comes through a user group is no membership of one's own, and such a list does not
        // say which.
        let holds = |name: &str| self.organization.direct && person.is_in(name);
        let settled = |name: &str| !self.conflict_index.has_membership(own, name);
        let is_sure = !self.organization.has_presumed_groups(person.number());
        let is_perhaps_in = |name: &str| self.organization.is_perhaps_in(person.number(), name);
        problems.retain(|problem| {
            let name = if problem.field == "admin_roles" {
                role_of(&problem.value)
            } else {
                Cow::Borrowed(&*problem.value)
            };
            problem.moot != Some(WaivableProblem::Held) || !(holds(&name) && settled(&name))
        });
        match &mut user.remove {
            Some(Memberships::All) => {
                let mut rest = person.group_names().filter(|name| {
                    *name != "_org_admin" && !user.add.iter().any(|add| same_name(add, name))
                });
                let is_so = rest.next().is_none()
                    && self.organization.shows_everything()
                    && is_sure
                    && user.add.iter().all(|name| holds(name))
                    && !self.conflict_index.has(own);
                if !is_so {
                    return;
                }
                left.relies_on_absence = true;
                user.remove = None;
            }
            Some(Memberships::Named(names)) => {
                let before = names.len();
                // A group that is not there is the server's to complain of.
                let is_there = |name: &str| {
                    !self.organization.all_groups || self.organization.group(name).is_some()
                };
                names.retain(|name| {
                    person.is_in(name)
                        || is_perhaps_in(name)
                        || !settled(name)
                        || !self.organization.is_visible(name)
                        || !is_there(name)
                });
                left.relies_on_absence |= names.len() < before;
                if names.is_empty() {
                    user.remove = None;
                }
            }
            None => {}
        }
        user.add.retain(|name| !(holds(name) && settled(name)));
    }

    /// Is the row's list of groups the whole truth, so that what the list of the organization does
    /// not show stays as it is?
    fn is_exact(&self, user: &UserChange<'_>) -> bool {
        self.managed.is_some() && user.lists && user.leave.is_none()
    }

    /// Groups under management that the person has and the rows do not list. A group that rows
    /// delete or rename goes its own way.
    fn excess(&self, user: &UserChange<'_>, person: OrgUser<'_>) -> Vec<String> {
        let Some(managed) = self.managed.as_ref().filter(|_| user.lists && user.leave.is_none())
        else {
            return Vec::new();
        };
        if self.ignored_rows.contains(&person.number()) {
            return Vec::new();
        }
        let others = self.conflict_index.adds(u64::from(person.number()));
        let listed = |name: &str| {
            user.add.iter().any(|add| same_name(add, name))
                || others.iter().any(|add| same_name(add, name))
        };
        let is_excess = |name: &&str| {
            managed.takes(name) && !listed(name) && !self.conflict_index.is_moved(name)
        };
        person.group_names().filter(is_excess).map(str::to_owned).collect()
    }

    fn remove_excess(&self, user: &mut UserChange<'_>, excess: Vec<String>) {
        if excess.is_empty() || user.remove == Some(Memberships::All) {
            return;
        }
        let mut names = match user.remove.take() {
            Some(Memberships::Named(names)) => names,
            _ => Vec::new(),
        };
        for name in excess {
            if !names.iter().any(|baseline| same_name(baseline, &name)) {
                names.push(Cow::Owned(name));
            }
        }
        user.remove = Some(Memberships::Named(names));
    }

    fn group<'a>(&self, mut group: GroupChange<'a>) -> Remainder<'a> {
        let all = &self.organization;
        if group.create.as_ref().is_some_and(|create| create.if_exists == IfExists::Error)
            || self.conflict_index.has_group(&group.group)
        {
            return Remainder::whole(Change::Group(group));
        }
        let is_there = all.group(&group.group).is_some();
        let mut left = Remainder::nothing();
        if group.delete {
            let gone = all.all_groups && !is_there;
            return Remainder {
                change: (!gone).then_some(Change::Group(group)),
                relies_on_absence: gone,
                ..Remainder::nothing()
            };
        }
        if is_there
            && group.create.as_ref().is_some_and(|create| {
                create.if_exists == IfExists::Ignore || create.description.is_none()
            })
        {
            group.create = None;
        }
        if self.is_renamed(&group, is_there) {
            // Either all of it is already so, or the row goes as it is: nobody could be called by
            // the old name.
            let renamed = GroupChange {
                group: Cow::Owned(new_name(&group).to_owned()),
                update: None,
                ..group.clone()
            };
            let left = self.group(renamed);
            return if left.change.is_some() {
                Remainder::whole(Change::Group(group))
            } else {
                left
            };
        }
        self.drop_rename(&mut group);
        if all.has_groups && all.direct {
            let name = group.group.to_string();
            let member =
                |user: &str| all.user(user, None, false).is_some_and(|person| person.is_in(&name));
            let own = |user: &str| -> Subject { subject(all, user, None, false) };
            let settled = |user: &str| {
                !self.conflict_index.has(own(user))
                    && !self.conflict_index.has_membership(own(user), &name)
            };
            let is_known =
                |user: &str| all.user(user, None, false).is_some() || all.is_absent(user, None);
            group.add_users.retain(|user| !(member(user) && settled(user)));
            let before = group.remove_users.len();
            group.remove_users.retain(|user| {
                member(user) || !settled(user) || !is_known(user) || !all.is_visible(&name)
            });
            left.relies_on_absence = group.remove_users.len() < before;
        }
        let lists =
            [&group.add_users, &group.remove_users, &group.add_profiles, &group.remove_profiles];
        let nothing = group.create.is_none()
            && group.update.is_none()
            && lists.iter().all(|list| list.is_empty());
        left.change = (!nothing).then_some(Change::Group(group));
        left
    }

    /// Is there a group of the new name, and none of the old one?
    fn is_renamed(&self, group: &GroupChange<'_>, is_there: bool) -> bool {
        let all = &self.organization;
        let update = group
            .update
            .as_ref()
            .filter(|update| update.description.is_none() && group.create.is_none());
        let new = update.and_then(|update| update.name.as_deref());
        !is_there
            && all.all_groups
            && new
                .is_some_and(|new| all.group(new).is_some() && !self.conflict_index.has_group(new))
    }

    /// The new name of a group that has it already.
    fn drop_rename(&self, group: &mut GroupChange<'_>) {
        let all = &self.organization;
        let Some(update) = &mut group.update else { return };
        let Some(new) = update.name.as_deref() else { return };
        // It may differ from what the row says in letter case alone.
        if !self.conflict_index.has_group(new)
            && all.group(&group.group).is_some_and(|listed| listed.name == new)
        {
            update.name = None;
        }
        if update.name.is_none() && update.description.is_none() {
            group.update = None;
        }
    }
}

fn new_name<'g>(group: &'g GroupChange<'_>) -> &'g str {
    group.update.as_ref().and_then(|update| update.name.as_deref()).unwrap_or_default()
}

fn call_by_email(user: &mut UserChange<'_>, person: OrgUser<'_>) {
    if !person.email().is_empty() {
        user.user = Cow::Owned(person.email().to_owned());
        user.domain = None;
    }
}
