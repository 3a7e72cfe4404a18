//! The changes between two lists of users.
//!
//! In: two [`Organization`]s. Out: who joined, who left, and how the others changed. Pure. Two
//! entries are the same user if they have the same API id, if both lists have ids, otherwise the
//! same email address (an Adobe ID and a user of the organization with the same address are
//! different accounts), otherwise the same username. If a list has a value for no user, it does not
//! show that value: a list without countries has no changed countries.

use super::usage::identity_name;
use crate::change::same_name;
use crate::organization::{Coverage, OrgUser, Organization};
use crate::umapi::UserRef;
use std::collections::BTreeMap;

/// The changes from one list to another.
#[derive(Debug)]
pub(crate) struct Diff<'o> {
    /// The earlier list.
    pub before: &'o Organization,
    /// The later list.
    pub after: &'o Organization,
    /// Users of the later list only.
    pub joined: Vec<OrgUser<'o>>,
    /// Users of the earlier list only.
    pub left: Vec<OrgUser<'o>>,
    /// Users of both lists who differ, in the later list's order.
    pub changed: Vec<Changed<'o>>,
    /// The number of users of both lists who do not differ.
    pub alike: u64,
    /// Memberships gained and lost, by group and sorted by its name. Includes the users who joined
    /// or left.
    pub groups: Vec<GroupDiff<'o>>,
    /// Whether memberships are compared: both lists have some.
    pub has_memberships: bool,
}

/// A user of both lists who differs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Changed<'o> {
    /// In the earlier list.
    pub before: OrgUser<'o>,
    /// In the later list.
    pub after: OrgUser<'o>,
    /// The values that differ.
    pub values: Vec<ChangedValue<'o>>,
    /// The groups that are new.
    pub gained: Vec<&'o str>,
    /// The groups that are gone.
    pub lost: Vec<&'o str>,
}

/// A value that a list has for a user. Memberships are not among these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum UserField {
    /// Email address.
    Email,
    /// Username.
    Username,
    /// First name.
    Firstname,
    /// Last name.
    Lastname,
    /// Domain.
    Domain,
    /// Country code.
    Country,
    /// Identity type.
    Type,
    /// Status.
    Status,
}

/// A value that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChangedValue<'o> {
    /// The kind of value.
    pub value: UserField,
    /// In the earlier list.
    pub before: &'o str,
    /// In the later list.
    pub after: &'o str,
}

/// The changed memberships of one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GroupDiff<'o> {
    /// Its name.
    pub name: &'o str,
    /// The number of new memberships.
    pub gained: u64,
    /// The number of memberships that are gone.
    pub lost: u64,
    /// The earlier list neither has a member of it, nor names it in a list of groups.
    pub is_new: bool,
}

impl UserField {
    /// All values that are compared.
    const ALL: [Self; 8] = [
        Self::Email,
        Self::Username,
        Self::Firstname,
        Self::Lastname,
        Self::Domain,
        Self::Country,
        Self::Type,
        Self::Status,
    ];

    /// Returns the name, as in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Username => "username",
            Self::Firstname => "firstname",
            Self::Lastname => "lastname",
            Self::Domain => "domain",
            Self::Country => "country",
            Self::Type => "type",
            Self::Status => "status",
        }
    }

    fn of(self, person: OrgUser<'_>) -> &str {
        match self {
            Self::Email => person.email(),
            // Most usernames are the email address, and many lists omit them then.
            Self::Username if person.username().is_empty() => person.email(),
            Self::Username => person.username(),
            Self::Firstname => person.firstname(),
            Self::Lastname => person.lastname(),
            // The API lists Adobe IDs with the domain `AdobeID`, which is no domain.
            Self::Domain if person.is_adobe() => "",
            Self::Domain => person.domain(),
            Self::Country => person.country(),
            Self::Type => identity_name(person),
            Self::Status => person.status(),
        }
    }

    /// Whether two values are the same. In names of people, letter case matters; in email addresses
    /// and usernames, a change of letter case is shown as well.
    fn is_same(self, before: &str, after: &str) -> bool {
        match self {
            Self::Domain | Self::Country | Self::Type | Self::Status => same_name(before, after),
            _ => before == after,
        }
    }
}

/// No user.
const NONE: u32 = u32::MAX;

impl<'o> Diff<'o> {
    /// Compares two lists.
    pub(crate) fn of(before: &'o Organization, after: &'o Organization) -> Self {
        let was = same_people(before, after);
        let mut stays = vec![false; before.len() as usize];
        was.iter()
            .filter(|number| **number != NONE)
            .for_each(|number| stays[*number as usize] = true);
        let compared: Vec<UserField> = said(before)
            .into_iter()
            .zip(said(after))
            .filter_map(|(a, b)| a.filter(|_| b.is_some()))
            .collect();
        let mut diff = Self {
            before,
            after,
            joined: Vec::new(),
            left: before.people().filter(|person| !stays[person.number() as usize]).collect(),
            changed: Vec::new(),
            alike: 0,
            groups: Vec::new(),
            has_memberships: before.shows(Coverage::MEMBERSHIPS)
                && after.shows(Coverage::MEMBERSHIPS),
        };
        let mut groups = GroupNumbering::of(before, after);
        for person in after.people() {
            match was[person.number() as usize] {
                NONE => diff.joined.push(person),
                earlier => {
                    let earlier = before.person(earlier);
                    let (gained, lost) = if diff.has_memberships {
                        groups.moves(earlier, person)
                    } else {
                        (Vec::new(), Vec::new())
                    };
                    let values = values(&compared, earlier, person);
                    if values.is_empty() && gained.is_empty() && lost.is_empty() {
                        diff.alike += 1;
                    } else {
                        diff.changed.push(Changed {
                            before: earlier,
                            after: person,
                            values,
                            gained,
                            lost,
                        });
                    }
                }
            }
        }
        if diff.has_memberships {
            diff.joined.iter().for_each(|person| groups.all_new(*person));
            diff.left.iter().for_each(|person| groups.all_gone(*person));
            diff.groups = groups.finish();
        }
        diff
    }

    /// Whether nothing differs.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.joined.is_empty() && self.left.is_empty() && self.changed.is_empty()
    }
}

/// Returns, for each user of the later list, the number in the earlier one. The most reliable names
/// come first. A user who is found by one is not available to the others.
fn same_people(before: &Organization, after: &Organization) -> Vec<u32> {
    let mut was = vec![NONE; after.len() as usize];
    let mut taken = vec![false; before.len() as usize];
    let by: [fn(&Organization, OrgUser<'_>) -> Option<u32>; 3] = [by_id, by_email, by_username];
    for find in by {
        for person in after.people() {
            let place = &mut was[person.number() as usize];
            if *place == NONE
                && let Some(earlier) =
                    find(before, person).filter(|earlier| !taken[*earlier as usize])
            {
                taken[earlier as usize] = true;
                *place = earlier;
            }
        }
    }
    was
}

fn by_id(before: &Organization, person: OrgUser<'_>) -> Option<u32> {
    Some(person.id())
        .filter(|id| !id.is_empty())
        .and_then(|id| before.by_id(id))
        .map(OrgUser::number)
}

fn by_email(before: &Organization, person: OrgUser<'_>) -> Option<u32> {
    let email = Some(person.email()).filter(|email| !email.is_empty())?;
    let found = before.user(UserRef::own(email).with_account(person.account()))?;
    may_be(found, person).then(|| found.number())
}

fn by_username(before: &Organization, person: OrgUser<'_>) -> Option<u32> {
    let username = Some(person.username()).filter(|name| !name.is_empty())?;
    let found = before.named(username, person.domain());
    let mut meant = found
        .into_iter()
        .filter(|found| same_name(found.username(), username) && may_be(*found, person));
    let first = meant.next()?;
    // A user may be found by several kinds of names.
    meant.all(|other| other == first).then(|| first.number())
}

/// Whether two users with the same name may be the same. Different ids mean different users, and an
/// Adobe ID is a different account.
fn may_be(a: OrgUser<'_>, b: OrgUser<'_>) -> bool {
    a.is_adobe() == b.is_adobe()
        && (a.id().is_empty() || b.id().is_empty() || a.id().eq_ignore_ascii_case(b.id()))
}

/// Returns the values that a list has for any user.
fn said(organization: &Organization) -> [Option<UserField>; UserField::ALL.len()] {
    UserField::ALL.map(|value| {
        let says = |person: OrgUser<'_>| match value {
            UserField::Username => !person.username().is_empty(),
            _ => !value.of(person).is_empty(),
        };
        organization.people().any(says).then_some(value)
    })
}

fn values<'o>(
    compared: &[UserField],
    before: OrgUser<'o>,
    after: OrgUser<'o>,
) -> Vec<ChangedValue<'o>> {
    let differs = |value: &UserField| {
        let (was, is) = (value.of(before), value.of(after));
        (!value.is_same(was, is)).then_some(ChangedValue { value: *value, before: was, after: is })
    };
    let mut values: Vec<ChangedValue<'o>> = compared.iter().filter_map(differs).collect();
    let email = values.iter().find(|changed| changed.value == UserField::Email).copied();
    values.retain(|changed| !follows(changed, email, before, after));
    values
}

/// Whether a username changes only with the email address that it repeats.
fn follows(
    changed: &ChangedValue<'_>,
    email: Option<ChangedValue<'_>>,
    before: OrgUser<'_>,
    after: OrgUser<'_>,
) -> bool {
    changed.value == UserField::Username
        && email.is_some()
        && same_name(changed.before, before.email())
        && same_name(changed.after, after.email())
}

/// Compares memberships of two lists, whose groups have different numbers.
struct GroupNumbering<'o> {
    before: &'o Organization,
    after: &'o Organization,
    /// The earlier number of each later group.
    earlier: Vec<u32>,
    gained: Vec<u64>,
    lost: Vec<u64>,
}

impl<'o> GroupNumbering<'o> {
    fn of(before: &'o Organization, after: &'o Organization) -> Self {
        let earlier = after
            .groups()
            .iter()
            .map(|group| before.group_number(&group.name).unwrap_or(NONE))
            .collect();
        Self {
            before,
            after,
            earlier,
            gained: vec![0; after.groups().len()],
            lost: vec![0; before.groups().len()],
        }
    }

    /// Returns the names of the groups that a user gained and lost.
    fn moves(&mut self, before: OrgUser<'o>, after: OrgUser<'o>) -> (Vec<&'o str>, Vec<&'o str>) {
        let (old, new) = (before.group_numbers(), after.group_numbers());
        let (mut gained, mut lost) = (Vec::new(), Vec::new());
        for number in new {
            if !old.contains(&self.earlier[*number as usize]) {
                self.gained[*number as usize] += 1;
                gained.push(self.after.groups()[*number as usize].name.as_str());
            }
        }
        for number in old {
            if !new.iter().any(|new| self.earlier[*new as usize] == *number) {
                self.lost[*number as usize] += 1;
                lost.push(self.before.groups()[*number as usize].name.as_str());
            }
        }
        (gained, lost)
    }

    fn all_new(&mut self, person: OrgUser<'o>) {
        person.group_numbers().iter().for_each(|number| self.gained[*number as usize] += 1);
    }

    fn all_gone(&mut self, person: OrgUser<'o>) {
        person.group_numbers().iter().for_each(|number| self.lost[*number as usize] += 1);
    }

    fn finish(self) -> Vec<GroupDiff<'o>> {
        let mut all: BTreeMap<String, GroupDiff<'o>> = BTreeMap::new();
        for ((group, gained), earlier) in
            self.after.groups().iter().zip(&self.gained).zip(&self.earlier)
        {
            if *gained > 0 {
                let diff = GroupDiff {
                    name: &group.name,
                    gained: *gained,
                    lost: 0,
                    is_new: *earlier == NONE,
                };
                all.insert(group.name.to_lowercase(), diff);
            }
        }
        for (group, lost) in self.before.groups().iter().zip(&self.lost) {
            if *lost > 0 {
                let blank = GroupDiff { name: &group.name, gained: 0, lost: 0, is_new: false };
                all.entry(group.name.to_lowercase()).or_insert(blank).lost = *lost;
            }
        }
        all.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::ListedUser;
    use jiff::Timestamp;

    /// Returns users written as `id type email username groups`, separated by blanks; `-` is empty.
    fn listed(people: &[&str]) -> Organization {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        for person in people {
            let mut parts = person.split(' ').map(|part| if part == "-" { "" } else { part });
            let mut next = || parts.next().unwrap_or_default();
            let (id, identity, email, username, groups) = (next(), next(), next(), next(), next());
            all.add(&ListedUser {
                id: id.into(),
                identity: identity.into(),
                email: email.into(),
                username: username.into(),
                domain: "example.com".into(),
                groups: groups
                    .split(',')
                    .filter(|group| !group.is_empty())
                    .map(Into::into)
                    .collect(),
                ..ListedUser::default()
            });
        }
        all
    }

    fn emails(people: &[OrgUser<'_>]) -> Vec<String> {
        people.iter().map(|person| person.email().to_owned()).collect()
    }

    /// Describes the changes: `email: value before>after, …; +gained -lost`.
    fn changes(diff: &Diff<'_>) -> Vec<String> {
        let one = |changed: &Changed<'_>| {
            let values = changed
                .values
                .iter()
                .map(|value| format!("{} {}>{}", value.value.name(), value.before, value.after));
            let moves = changed
                .gained
                .iter()
                .map(|name| format!("+{name}"))
                .chain(changed.lost.iter().map(|name| format!("-{name}")));
            format!(
                "{}: {}",
                changed.before.email(),
                values.chain(moves).collect::<Vec<_>>().join(", ")
            )
        };
        diff.changed.iter().map(one).collect()
    }

    #[test]
    fn the_id_says_who_is_who_whatever_else_has_changed() {
        let before = listed(&[
            "1 federatedID ann@example.com - A",
            "2 federatedID bob@example.com - A",
            "3 federatedID carl@example.com -",
        ]);
        let after = listed(&[
            "2 federatedID ann@example.com - a",
            "1 federatedID ann.l@example.com - A,B",
            "4 federatedID carl@example.com -",
        ]);
        let diff = Diff::of(&before, &after);
        assert_eq!(
            changes(&diff),
            [
                "bob@example.com: email bob@example.com>ann@example.com",
                "ann@example.com: email ann@example.com>ann.l@example.com, +B"
            ]
        );
        assert_eq!(
            (emails(&diff.joined), emails(&diff.left)),
            (vec!["carl@example.com".to_owned()], vec!["carl@example.com".to_owned()])
        );
    }

    #[test]
    fn without_ids_it_is_the_email_and_then_the_username() {
        let before = listed(&[
            "- federatedID ann@example.com alee A",
            "- adobeID bob@example.com - A",
            "- federatedID bob@example.com - B",
        ]);
        let after = listed(&[
            "- federatedID ann.l@example.com ALEE",
            "9 federatedID BOB@example.com - B",
            "- adobeID bob@example.com - A,C",
        ]);
        let diff = Diff::of(&before, &after);
        assert_eq!(
            changes(&diff),
            [
                "ann@example.com: email ann@example.com>ann.l@example.com, username alee>ALEE, -A",
                "bob@example.com: email bob@example.com>BOB@example.com",
                "bob@example.com: +C"
            ]
        );
        assert!(diff.joined.is_empty() && diff.left.is_empty());
    }

    #[test]
    fn an_adobe_id_of_the_same_email_is_somebody_else() {
        let before = listed(&["- adobeID ann@example.com - A"]);
        let after = listed(&["- federatedID ann@example.com - A"]);
        let diff = Diff::of(&before, &after);
        assert_eq!((diff.joined.len(), diff.left.len(), diff.changed.len()), (1, 1, 0));
        let diff = Diff::of(&after, &before);
        assert_eq!((diff.joined.len(), diff.left.len(), diff.changed.len()), (1, 1, 0));
    }

    #[test]
    fn memberships_are_counted_by_group_with_joiners_and_leavers() {
        let before = listed(&["1 f ann@example.com - A,B", "2 f bob@example.com - A"]);
        let after = listed(&["1 f ann@example.com - a,C", "3 f carl@example.com - A,C"]);
        let diff = Diff::of(&before, &after);
        let groups: Vec<_> = diff
            .groups
            .iter()
            .map(|group| (group.name, group.gained, group.lost, group.is_new))
            .collect();
        assert_eq!(groups, [("a", 1, 1, false), ("B", 0, 1, false), ("C", 2, 0, true)]);
    }

    #[test]
    fn what_one_of_the_lists_never_says_has_not_changed() {
        let mut before = listed(&["- federatedID ann@example.com alee A"]);
        let mut after = listed(&["- - ann@example.com -"]);
        after.coverage -= Coverage::MEMBERSHIPS;
        let diff = Diff::of(&before, &after);
        assert!(diff.is_empty() && diff.alike == 1 && !diff.has_memberships);
        after.coverage |= Coverage::MEMBERSHIPS;
        before.coverage -= Coverage::MEMBERSHIPS;
        assert!(Diff::of(&before, &after).groups.is_empty());
    }
}
