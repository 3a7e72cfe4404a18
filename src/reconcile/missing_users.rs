//! Finds users of the organization who are in no row of the files ("Adobe-only users" in User
//! Sync).
//!
//! In: the organization according to a list, and the users whom the rows name
//! ([`ReferencedUsers`]). Out: the users who are missing, and those who are exempt, with the reason
//! ([`MissingUsers`]). A user for whom this is uncertain is not missing, because it decides about
//! access. Pure.

use super::managed::Managed;
use super::near_users::{Likeness, PerhapsMeant};
use super::referenced_users::{MissingScope, ReferencedUsers};
use crate::change::same_name;
use crate::organization::{OrgUser, Organization};
use crate::umapi::UserRef;
use std::collections::{BTreeMap, HashSet};

/// Why a managed user in no row is exempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExemptReason {
    /// The user has a role: a group whose name begins with `_`.
    Administrator,
    /// The user is on the list of protected names.
    Protected,
    /// The user is the caller of the API.
    Own,
    /// The user is the technical account of some credentials.
    Technical,
    /// The account is disabled or being removed, so it was already decided about.
    NotActive,
    /// An import from this computer has changed the user since the list was fetched, and the result
    /// is unknown.
    NamedSince,
    /// A row has a name that looks like the user's.
    NearlyNamed,
    /// A row creates a user who may be this user with a new address.
    PerhapsRenamed,
    /// No name identifies this user only.
    NotToldApart,
    /// The user is in no group that could be removed.
    NoGroups,
}

impl ExemptReason {
    /// Returns the reason in words, for a number of users.
    pub(crate) fn words(self, count: u64) -> String {
        let one = |one: &str, several: &str| {
            format!("{count} {}", if count == 1 { one } else { several })
        };
        match self {
            Self::Administrator => one(
                "administrator or other holder of a role",
                "administrators or other holders of a role",
            ),
            Self::Protected => one("protected", "protected"),
            Self::Own => one("own account", "own accounts"),
            Self::Technical => one("technical account", "technical accounts"),
            Self::NotActive => one("account that is not active", "accounts that are not active"),
            Self::NamedSince => one(
                "changed by an import since the list was fetched",
                "changed by imports since the list was fetched",
            ),
            Self::NearlyNamed => {
                one("named in a row with a similar address", "named in rows with similar addresses")
            }
            Self::PerhapsRenamed => one("with perhaps a new address", "with perhaps new addresses"),
            Self::NotToldApart => one("without a name of their own", "without a name of their own"),
            Self::NoGroups => one("without groups to take away", "without groups to take away"),
        }
    }

    /// Returns the reason as a word for programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrators",
            Self::Protected => "protected",
            Self::Own => "own_account",
            Self::Technical => "technical_accounts",
            Self::NotActive => "not_active",
            Self::NamedSince => "named_since",
            Self::NearlyNamed => "nearly_named",
            Self::PerhapsRenamed => "perhaps_renamed",
            Self::NotToldApart => "not_told_apart",
            Self::NoGroups => "no_groups",
        }
    }
}

/// The rules for who is exempt, and which groups are removed from the others.
pub(crate) struct Exemptions<'m> {
    /// Whether a user is protected.
    pub protected: &'m dyn Fn(OrgUser<'_>) -> bool,
    /// The numbers of users whom imports from this computer have changed since the list was
    /// fetched.
    pub recently_changed: &'m HashSet<u32>,
    /// Users, by number, whom a row may mean by another name.
    pub perhaps_meant: &'m BTreeMap<u32, PerhapsMeant>,
    /// The id of the caller of the API, if known.
    pub own_id: Option<&'m str>,
    /// The groups that are removed: users who are in none of them are exempt. `None`: groups do not
    /// matter.
    pub takes: Option<&'m RemovableGroups>,
}

/// The groups that are removed: the managed ones, or all. Never a role.
#[derive(Debug, Clone, Default)]
pub(crate) struct RemovableGroups(pub Option<Managed>);

impl RemovableGroups {
    /// Returns the groups of a user that are removed.
    pub(crate) fn of<'o>(&self, person: OrgUser<'o>) -> Vec<&'o str> {
        let takes = |name: &&str| {
            !name.starts_with('_') && self.0.as_ref().is_none_or(|managed| managed.takes(name))
        };
        person.group_names().filter(takes).collect()
    }
}

/// The managed users: missing, exempt, or named in a row.
#[derive(Debug, Clone, Default)]
pub(crate) struct MissingUsers {
    /// The number of managed users.
    pub managed: u64,
    /// The number of them who are named in a row.
    pub named: u64,
    /// The numbers of those who are missing, in the order of the list.
    pub people: Vec<u32>,
    /// The numbers of those who are exempt, in the order of the list.
    pub exempt: Vec<(u32, ExemptReason)>,
}

impl MissingUsers {
    /// Finds the missing and the exempt users of the list.
    pub(crate) fn find(
        organization: &Organization,
        scope: &MissingScope,
        named: &ReferencedUsers<'_>,
        exemptions: &Exemptions<'_>,
    ) -> Self {
        let mut found = Self::default();
        for person in organization.people().filter(|person| scope.takes(*person)) {
            found.managed += 1;
            if named.has(person) {
                found.named += 1;
            } else if let Some(why) = exemptions.exempts(organization, person) {
                found.exempt.push((person.number(), why));
            } else {
                found.people.push(person.number());
            }
        }
        found
    }

    /// Returns why a user is exempt; `None` for a user who is missing, named, or not managed.
    pub(crate) fn why(&self, number: u32) -> Option<ExemptReason> {
        self.exempt
            .binary_search_by_key(&number, |(exempt, _)| *exempt)
            .ok()
            .map(|place| self.exempt[place].1)
    }

    /// Returns the number of exempt users by reason.
    pub(crate) fn exempt_by_reason(&self) -> Vec<(ExemptReason, u64)> {
        let mut all: Vec<ExemptReason> = self.exempt.iter().map(|(_, why)| *why).collect();
        all.sort_unstable();
        all.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u64)).collect()
    }
}

impl Exemptions<'_> {
    fn exempts(&self, organization: &Organization, person: OrgUser<'_>) -> Option<ExemptReason> {
        let names = [person.email(), person.username(), person.id()];
        let is_own = |own: &str| names.iter().any(|name| same_name(name, own));
        let technical = |text: &str| text.to_lowercase().ends_with("techacct.adobe.com");
        if person.group_names().any(|name| name.starts_with('_')) {
            Some(ExemptReason::Administrator)
        } else if (self.protected)(person) {
            Some(ExemptReason::Protected)
        } else if self.own_id.is_some_and(is_own) {
            Some(ExemptReason::Own)
        } else if [person.email(), person.username(), person.domain(), person.id()]
            .into_iter()
            .any(technical)
        {
            Some(ExemptReason::Technical)
        } else if !(person.status().is_empty() || person.status().eq_ignore_ascii_case("active")) {
            Some(ExemptReason::NotActive)
        } else if self.recently_changed.contains(&person.number()) {
            Some(ExemptReason::NamedSince)
        } else if let Some(one) = self.perhaps_meant.get(&person.number()) {
            Some(if one.likeness == Likeness::Looks {
                ExemptReason::NearlyNamed
            } else {
                ExemptReason::PerhapsRenamed
            })
        } else if address(organization, person).is_none() {
            Some(ExemptReason::NotToldApart)
        } else if self.takes.is_some_and(|taken| taken.of(person).is_empty()) {
            Some(ExemptReason::NoGroups)
        } else {
            None
        }
    }
}

/// Returns the name by which a command identifies only this user: the email address, or the
/// username with its domain. `None` if there is no such name.
pub(crate) fn address<'o>(
    organization: &'o Organization,
    person: OrgUser<'o>,
) -> Option<(&'o str, Option<&'o str>)> {
    let called = if person.email().is_empty() {
        (person.username(), Some(person.domain()))
    } else {
        (person.email(), None)
    };
    let named = UserRef { name: called.0, domain: called.1, account: person.account() };
    (organization.user(named) == Some(person)).then_some(called)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::IdentityType;
    use crate::umapi::ListedUser;
    use jiff::Timestamp;

    fn organization() -> Organization {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        let mut add = |identity: &'static str,
                       email: &'static str,
                       username: &'static str,
                       domain: &'static str,
                       more: &[&'static str]| {
            let [id, status, groups @ ..] = more else { return };
            all.add(&ListedUser {
                identity: identity.into(),
                email: email.into(),
                username: username.into(),
                domain: domain.into(),
                id: (*id).into(),
                status: (*status).into(),
                groups: groups.iter().map(|group| (*group).into()).collect(),
                ..ListedUser::default()
            });
        };
        add(
            "federatedID",
            "ann@example.com",
            "alee",
            "corp.example.com",
            &["", "active", "Design"],
        );
        add("enterpriseID", "", "bobby", "example.com", &["", "", "Design"]);
        add("adobeID", "carl@example.com", "carl@example.com", "AdobeID", &["", "", "Video"]);
        add(
            "federatedID",
            "dora@other.com",
            "dora@example.com",
            "other.com",
            &["OWN@adobe.com", "", "Video"],
        );
        add("federatedID", "eve@example.com", "", "", &["", "disabled", "Video"]);
        add("federatedID", "x@techacct.adobe.com", "", "", &["", "", "Video"]);
        add("federatedID", "twin@example.com", "", "", &["1", "", "Video"]);
        add("enterpriseID", "twin@example.com", "", "", &["2", "", "Video"]);
        all
    }

    fn people(
        scope: &MissingScope,
        rows: &[&[(&str, &str)]],
        own_id: Option<&str>,
    ) -> (Vec<String>, MissingUsers) {
        let all = organization();
        let mut named = ReferencedUsers::new(&all);
        for row in rows {
            named.take(
                &row.iter()
                    .map(|(name, domain)| ((*name).to_owned(), (*domain).to_owned()))
                    .collect::<Vec<_>>(),
            );
        }
        let found = MissingUsers::find(
            &all,
            scope,
            &named,
            &Exemptions {
                protected: &|_| false,
                recently_changed: &HashSet::new(),
                perhaps_meant: &BTreeMap::new(),
                own_id,
                takes: None,
            },
        );
        (found.people.iter().map(|number| all.person(*number).name().to_owned()).collect(), found)
    }

    #[test]
    fn whoever_may_be_meant_by_a_row_is_not_missing() {
        let everybody = MissingScope::default();
        let missing = |rows: &[&[(&str, &str)]]| people(&everybody, rows, None).0.join(" ");
        let nobody = "ann@example.com bobby carl@example.com dora@other.com";
        assert_eq!(missing(&[&[("stranger@example.com", "")]]), nobody);
        let but =
            |name: &str| nobody.replace(name, "").split_whitespace().collect::<Vec<_>>().join(" ");
        for row in [
            ("ANN@example.com", ""),
            ("alee", "corp.example.com"),
            ("alee", ""),
            ("alee", "elsewhere.com"),
            ("alee@corp.example.com", ""),
        ] {
            assert_eq!(missing(&[&[row]]), but("ann@example.com"), "{row:?}");
        }
        assert_eq!(missing(&[&[("Bobby", "")]]), but("bobby"));
        assert_eq!(missing(&[&[("new@example.com", ""), ("bobby@example.com", "")]]), but("bobby"));
        assert_eq!(missing(&[&[("dora", "example.com")]]), but("dora@other.com"));
        assert_eq!(missing(&[&[("carl", "")]]), but("carl@example.com"));
    }

    #[test]
    fn missing_users_are_managed_and_not_exempt() {
        let federated = MissingScope { domains: vec![], types: vec![IdentityType::Federated] };
        let (missing, found) = people(&federated, &[], Some("own@ADOBE.com"));
        assert_eq!(
            (missing, found.managed, found.named),
            (vec!["ann@example.com".to_owned()], 5, 0)
        );
        let exempt = [
            (ExemptReason::Own, 1),
            (ExemptReason::Technical, 1),
            (ExemptReason::NotActive, 1),
            (ExemptReason::NotToldApart, 1),
        ];
        assert_eq!(found.exempt_by_reason(), exempt);
        let other = MissingScope { domains: vec!["OTHER.com".to_owned()], types: vec![] };
        assert_eq!(people(&other, &[], None).0, ["dora@other.com"]);
        let listed = MissingScope { domains: vec!["corp.example.com".to_owned()], types: vec![] };
        assert_eq!(people(&listed, &[], None).0, ["ann@example.com"]);
    }
}
