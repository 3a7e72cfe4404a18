//! Removals that may mean another user than the row describes, by a list.

use super::baseline::Baseline;
use crate::change::{IdentityType, Problem, Stated, UserChange, same_name};
use crate::organization::{OrgUser, UserKey, real_domain};

impl Baseline {
    /// Returns the problem of a row that only takes away from a user, where its name is that of two
    /// users, or where the user has another identity type or domain than the row states.
    pub(super) fn removal_problem(
        &self,
        user: &UserChange<'_>,
        stated: &Stated<'_>,
    ) -> Option<Problem> {
        if !user.only_takes_away() {
            return None;
        }
        let is_certain =
            |person: &OrgUser<'_>| !self.conflict_index.has(UserKey::Known(person.number()));
        if stated.email.is_empty() && stated.username.contains('@') {
            let mut found = self.organization.named(stated.username, stated.domain);
            found.retain(|person| person.is_adobe() == user.adobe_id && is_certain(person));
            found.dedup_by_key(|person| person.number());
            if let [one, other, ..] = found.as_slice() {
                return Some(self.two_users(stated.username, *one, *other));
            }
        }
        let person = self.organization.user(user.user_ref());
        self.contradiction(person.filter(is_certain)?, stated)
    }

    fn two_users(&self, name: &str, one: OrgUser<'_>, other: OrgUser<'_>) -> Problem {
        let owner = if same_name(one.email(), name) { other } else { one };
        let advice = format!(
            "is the email of one user and the username of another, `{}`, according to {}: give the \
             email of the one who is meant in a column email, without a username",
            owner.email(),
            self.organization.as_of()
        );
        problem("username", "two_users", name, advice)
    }

    fn contradiction(&self, person: OrgUser<'_>, stated: &Stated<'_>) -> Option<Problem> {
        let list = self.organization.as_of();
        let advice = |now: &str| {
            let email = person.email();
            format!(
                "is another than that of `{email}`, which is `{now}` according to {list}: write \
                 that, if this user is meant"
            )
        };
        if let (Some(identity), Some(now)) =
            (stated.identity, IdentityType::from_name(person.identity()))
            && identity != now
        {
            return Some(problem("type", "differs", identity.name(), advice(now.name())));
        }
        let [domain, now] = [stated.domain, person.domain()].map(real_domain);
        let differs = !domain.is_empty() && !now.is_empty() && !same_name(domain, now);
        differs.then(|| problem("domain", "differs", domain, advice(now)))
    }
}

fn problem(field: &'static str, reason: &'static str, value: &str, advice: String) -> Problem {
    Problem { field, reason, value: value.to_owned(), advice, waivable: None }
}
