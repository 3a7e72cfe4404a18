//! The rows that turn one list into another, and the differences that no row can make.
//!
//! In: a [`Diff`]. Out: rows in umbulk's own columns. Pure. Users who left come first and users who
//! joined come last, so that names are free before other users get them. Among renames, the user
//! who gives up a name comes before the user who gets it. Each row is read as an import would read
//! it, so that problems are reported here.

use super::diff::{Changed, Diff, UserField};
use super::patch_row::PatchRow;
use super::unsupported::{Unsupported, UnsupportedReason};
use super::usage::identity_name;
use crate::change::{IdentityType, folded_name, is_given, problems_text, same_name};
use crate::organization::OrgUser;
use crate::umapi::UserRef;
use std::collections::HashMap;

/// The rows, and the differences that they do not make.
#[derive(Debug)]
pub(crate) struct Patch<'d, 'o> {
    diff: &'d Diff<'o>,
    /// Indexes of the changed users, in the order of their rows.
    updates: Vec<PatchUpdate>,
    /// The differences that no row makes.
    pub refused: Vec<Unsupported<'o>>,
}

#[derive(Debug, Clone, Copy)]
struct PatchUpdate {
    place: usize,
    /// Whether the names stay, because several users exchange them in a circle.
    in_circle: bool,
}

impl<'d, 'o> Patch<'d, 'o> {
    /// Returns the rows that turn the earlier list into the later one.
    pub(crate) fn of(diff: &'d Diff<'o>) -> Self {
        let mut refused = Vec::new();
        let mut say = |one: Unsupported<'o>| refused.push(one);
        for person in &diff.left {
            let row = delete_row(diff, *person, &mut say);
            row.iter().for_each(|row| check(row, *person, &mut say));
        }
        let updates = in_order(diff);
        for update in &updates {
            let _ = update_row(diff, *update, &mut say);
        }
        for person in &diff.joined {
            let row = create_row(diff, *person, &mut say);
            row.iter().for_each(|row| check(row, *person, &mut say));
        }
        Self { diff, updates, refused }
    }

    /// Returns the rows, in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = PatchRow<'o>> {
        let diff = self.diff;
        let deletes = diff
            .left
            .iter()
            .filter_map(|person| delete_row(diff, *person, &mut unsupported_by_nobody));
        let updates = self
            .updates
            .iter()
            .filter_map(|update| update_row(diff, *update, &mut unsupported_by_nobody));
        deletes.chain(updates).chain(
            diff.joined
                .iter()
                .filter_map(|person| create_row(diff, *person, &mut unsupported_by_nobody)),
        )
    }
}

/// Ignores unsupported differences.
fn unsupported_by_nobody(_: Unsupported<'_>) {}

/// Reports the problems of a row that must be fixed before it can be imported. The row stays.
fn check<'o>(row: &PatchRow<'o>, person: OrgUser<'o>, say: &mut impl FnMut(Unsupported<'o>)) {
    let problems = row.problems();
    if !problems.is_empty() {
        say(refused(person, "action", UnsupportedReason::Invalid(problems_text(&problems).1)));
    }
}

fn delete_row<'o>(
    diff: &Diff<'o>,
    person: OrgUser<'o>,
    say: &mut impl FnMut(Unsupported<'o>),
) -> Option<PatchRow<'o>> {
    let row = PatchRow::of("delete", person, diff.before);
    if row.is_none() {
        say(refused(person, "action", UnsupportedReason::NotOneName));
    }
    row
}

fn create_row<'o>(
    diff: &Diff<'o>,
    person: OrgUser<'o>,
    say: &mut impl FnMut(Unsupported<'o>),
) -> Option<PatchRow<'o>> {
    // Adobe and Enterprise IDs have no username but their email address.
    let is_federated = IdentityType::from_name(person.identity())
        .unwrap_or(IdentityType::Federated)
        == IdentityType::Federated;
    let username = Some(person.username())
        .filter(|name| is_federated && !same_name(name, person.email()))
        .unwrap_or_default();
    if is_held(diff, username, person.domain(), None) {
        say(Unsupported {
            user: person.name(),
            column: "username",
            before: "",
            after: username,
            why: UnsupportedReason::Held,
        });
        return None;
    }
    let groups: Vec<&str> = if diff.has_memberships {
        given(person, person.group_names(), MembershipTurn::Gained, say)
    } else {
        Vec::new()
    };
    say_lost_values(person, username, say);
    Some(PatchRow {
        action: "create",
        // A type that cannot be created is left for the user to fix: an empty cell would mean the
        // default type.
        identity: identity_name(person),
        email: person.email(),
        username,
        domain: if username.is_empty() { "" } else { person.domain() },
        firstname: person.firstname(),
        lastname: person.lastname(),
        country: person.country(),
        groups: list(&groups),
        ..PatchRow::default()
    })
}

/// Reports the values that a created user does not get; `username` is the one that the row gives.
fn say_lost_values<'o>(person: OrgUser<'o>, username: &str, say: &mut impl FnMut(Unsupported<'o>)) {
    let mut cannot = |column, after| {
        say(Unsupported {
            user: person.name(),
            column,
            before: "",
            after,
            why: UnsupportedReason::NoSuchChange,
        });
    };
    if !(person.status().is_empty() || person.status().eq_ignore_ascii_case("active")) {
        cannot("status", person.status());
    }
    if username.is_empty() && !person.email().is_empty() && !person.is_adobe() {
        let own = person.email().rsplit_once('@').map_or("", |(_, domain)| domain);
        if !(person.username().is_empty() || same_name(person.username(), person.email())) {
            cannot("username", person.username());
        }
        if !(person.domain().is_empty() || same_name(person.domain(), own)) {
            cannot("domain", person.domain());
        }
    }
}

/// Whether another user has this username, which is not an email address. Rows keep their order
/// only if they name the same user, and a row that names a user by email address does not show
/// which username becomes free.
fn is_held(diff: &Diff<'_>, username: &str, domain: &str, but: Option<OrgUser<'_>>) -> bool {
    let holder = || {
        diff.before
            .user(UserRef::own(username).in_domain(Some(domain)))
            .filter(|holder| !holder.is_adobe() && Some(*holder) != but)
    };
    !username.is_empty() && !username.contains('@') && holder().is_some()
}

fn update_row<'o>(
    diff: &Diff<'o>,
    update: PatchUpdate,
    say: &mut impl FnMut(Unsupported<'o>),
) -> Option<PatchRow<'o>> {
    let changed = &diff.changed[update.place];
    let person = changed.before;
    let add_groups =
        list(&given(person, changed.gained.iter().copied(), MembershipTurn::Gained, say));
    let remove_groups =
        list(&given(person, changed.lost.iter().copied(), MembershipTurn::Lost, say));
    let Some(named) = PatchRow::of("update", person, diff.before) else {
        say(refused(person, "action", UnsupportedReason::NotOneName));
        return None;
    };
    let mut row = with_values(named.clone(), changed, say);
    if update.in_circle && row.renames() {
        say(Unsupported {
            user: person.name(),
            column: "email",
            before: person.email(),
            after: changed.after.email(),
            why: UnsupportedReason::Circle,
        });
        (row.new_email, row.new_username) = ("", "");
    }
    if is_held(diff, row.new_username, person.domain(), Some(person)) {
        say(Unsupported {
            user: person.name(),
            column: "username",
            before: person.username(),
            after: row.new_username,
            why: UnsupportedReason::Held,
        });
        row.new_username = "";
    }
    // A value that an import would refuse is dropped, and the others stay.
    while row.has_values() {
        let problems = row.problems();
        if problems.is_empty() {
            break;
        }
        say(refused(person, "action", UnsupportedReason::Invalid(problems_text(&problems).1)));
        for problem in &problems {
            match problem.field {
                "new_email" if !row.new_email.is_empty() => row.new_email = "",
                "new_username" if !row.new_username.is_empty() => row.new_username = "",
                "firstname" if !row.firstname.is_empty() => row.firstname = "",
                "lastname" if !row.lastname.is_empty() => row.lastname = "",
                _ => row = named.clone(),
            }
        }
    }
    row = PatchRow { add_groups, remove_groups, ..row };
    (row.has_values() || row.has_moves()).then_some(row)
}

/// Returns the values that the row can change.
fn with_values<'o>(
    mut row: PatchRow<'o>,
    changed: &Changed<'o>,
    say: &mut impl FnMut(Unsupported<'o>),
) -> PatchRow<'o> {
    let person = changed.before;
    for one in &changed.values {
        let place = match one.value {
            UserField::Email => &mut row.new_email,
            UserField::Username => &mut row.new_username,
            UserField::Firstname => &mut row.firstname,
            UserField::Lastname => &mut row.lastname,
            UserField::Domain | UserField::Country | UserField::Type | UserField::Status => {
                say(value_refused(changed, one.value, UnsupportedReason::NoSuchChange));
                continue;
            }
        };
        let is_name = matches!(one.value, UserField::Email | UserField::Username);
        let why = if person.is_adobe() {
            Some(UnsupportedReason::AdobeId)
        } else if one.after.is_empty() {
            Some(UnsupportedReason::Empty)
        } else {
            (is_name && same_name(one.before, one.after)).then_some(UnsupportedReason::LetterCase)
        };
        match why {
            Some(why) => say(value_refused(changed, one.value, why)),
            None => *place = one.after,
        }
    }
    if !row.new_email.is_empty() {
        // A new email address also changes the username (the API's documentation of `update`). A
        // username that stays, or becomes something else, must be in the row.
        let username = changed.after.username();
        row.new_username = if same_name(username, row.new_email) { "" } else { username };
    }
    row
}

/// Whether a user has memberships in the later list or in the earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MembershipTurn {
    /// In the later list.
    Gained,
    /// In the earlier list.
    Lost,
}

/// Returns the memberships that the API can add and remove.
fn given<'o>(
    person: OrgUser<'o>,
    names: impl Iterator<Item = &'o str>,
    turn: MembershipTurn,
    say: &mut impl FnMut(Unsupported<'o>),
) -> Vec<&'o str> {
    let mut given: Vec<&str> = names.collect();
    given.retain(|name| {
        let is_given = is_given(name);
        if !is_given {
            let (before, after) = match turn {
                MembershipTurn::Gained => ("", *name),
                MembershipTurn::Lost => (*name, ""),
            };
            say(Unsupported {
                user: person.name(),
                column: "groups",
                before,
                after,
                why: UnsupportedReason::Role,
            });
        }
        is_given
    });
    given
}

/// Names in one cell: separated by commas, or as JSON if a name contains one.
fn list(names: &[&str]) -> String {
    let must_be_json = names.iter().any(|name| name.contains(','))
        || names.first().is_some_and(|name| name.starts_with('['));
    if must_be_json { serde_json::to_string(names).unwrap_or_default() } else { names.join(",") }
}

/// Returns the changed users, in an order in which a name is given up before another user gets it.
fn in_order(diff: &Diff<'_>) -> Vec<PatchUpdate> {
    let mut rows: Vec<PatchUpdate> = Vec::with_capacity(diff.changed.len());
    let mut renames = Vec::new();
    for (place, changed) in diff.changed.iter().enumerate() {
        let renames_here = changed
            .values
            .iter()
            .any(|one| matches!(one.value, UserField::Email | UserField::Username))
            && PatchRow::of("update", changed.before, diff.before)
                .is_some_and(|row| with_values(row, changed, &mut unsupported_by_nobody).renames());
        if renames_here {
            renames.push(place);
        } else {
            rows.push(PatchUpdate { place, in_circle: false });
        }
    }
    let mut holders: HashMap<String, usize> = HashMap::new();
    for (number, place) in renames.iter().enumerate() {
        holders.extend(names(diff.changed[*place].before).map(|name| (name, number)));
    }
    let mut waits = vec![0_u8; renames.len()];
    let mut behind: Vec<Vec<usize>> = vec![Vec::new(); renames.len()];
    for (number, place) in renames.iter().enumerate() {
        for name in names(diff.changed[*place].after) {
            if let Some(holder) = holders.get(&name).filter(|holder| **holder != number) {
                waits[number] += 1;
                behind[*holder].push(number);
            }
        }
    }
    let mut free: Vec<usize> =
        (0..renames.len()).rev().filter(|number| waits[*number] == 0).collect();
    while let Some(number) = free.pop() {
        rows.push(PatchUpdate { place: renames[number], in_circle: false });
        for next in std::mem::take(&mut behind[number]) {
            waits[next] -= 1;
            if waits[next] == 0 {
                free.push(next);
            }
        }
    }
    rows.extend(
        renames
            .iter()
            .zip(waits)
            .filter(|(_, waits)| *waits > 0)
            .map(|(place, _)| PatchUpdate { place: *place, in_circle: true }),
    );
    rows
}

/// Returns the names by which a user is found, and those that no other user may have.
fn names(person: OrgUser<'_>) -> impl Iterator<Item = String> {
    let email = Some(person.email()).filter(|email| !email.is_empty()).map(folded_name);
    let username =
        Some(person.username()).filter(|name| !name.is_empty() && !same_name(name, person.email()));
    let username = username.map(|name| {
        if name.contains('@') {
            folded_name(name)
        } else {
            folded_name(&format!("{name}\0{}", person.domain()))
        }
    });
    email.into_iter().chain(username)
}

fn refused<'o>(
    person: OrgUser<'o>,
    column: &'static str,
    why: UnsupportedReason,
) -> Unsupported<'o> {
    Unsupported { user: person.name(), column, before: "", after: "", why }
}

fn value_refused<'o>(
    changed: &Changed<'o>,
    value: UserField,
    why: UnsupportedReason,
) -> Unsupported<'o> {
    let (before, after) = changed
        .values
        .iter()
        .find(|one| one.value == value)
        .map_or(("", ""), |one| (one.before, one.after));
    Unsupported { user: changed.before.name(), column: value.name(), before, after, why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::Organization;
    use crate::umapi::ListedUser;
    use jiff::Timestamp;

    /// Returns users as `type|email|username|groups`.
    fn listed(people: &[&str]) -> Organization {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        for (number, person) in people.iter().enumerate() {
            let parts: Vec<&str> = person.split('|').collect();
            let (id, parts) = parts.split_first().unwrap();
            let [identity, email, username, groups] = parts else { panic!("{number}: {person}") };
            all.add(&ListedUser {
                id: (*id).into(),
                identity: (*identity).into(),
                email: (*email).into(),
                username: (*username).into(),
                domain: "example.com".into(),
                firstname: "F".into(),
                lastname: "L".into(),
                country: "US".into(),
                groups: groups
                    .split(';')
                    .filter(|group| !group.is_empty())
                    .map(Into::into)
                    .collect(),
                ..ListedUser::default()
            });
        }
        all
    }

    /// Returns the filled cells of each row, and the unsupported differences.
    fn turned(before: &[&str], after: &[&str]) -> (Vec<String>, Vec<String>) {
        let (before, after) = (listed(before), listed(after));
        let diff = Diff::of(&before, &after);
        let turn = Patch::of(&diff);
        let row = |row: PatchRow<'_>| {
            row.cells().into_iter().filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("|")
        };
        (turn.rows().map(row).collect(), turn.refused.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn names_are_free_before_somebody_else_gets_them() {
        let (rows, refused) = turned(
            &[
                "1|federatedID|ann@example.com||",
                "2|federatedID|bob@example.com||",
                "3|federatedID|carl@example.com||",
                "4|federatedID|dora@example.com||",
            ],
            &[
                "5|federatedID|ann@example.com||",
                "1|federatedID|bob@example.com||",
                "2|federatedID|carl@example.com||",
                "4|federatedID|d@example.com||",
            ],
        );
        assert_eq!(
            rows,
            [
                "delete|federatedID|carl@example.com",
                "update|federatedID|bob@example.com|carl@example.com",
                "update|federatedID|ann@example.com|bob@example.com",
                "update|federatedID|dora@example.com|d@example.com",
                "create|federatedID|ann@example.com|F|L|US"
            ]
        );
        assert_eq!(refused, Vec::<String>::new());
    }

    #[test]
    fn patch_of_exchanged_names_changes_memberships_only() {
        let (rows, refused) = turned(
            &["1|federatedID|ann@example.com||", "2|federatedID|bob@example.com||"],
            &["1|federatedID|bob@example.com||A", "2|federatedID|ann@example.com||"],
        );
        assert_eq!(rows, ["update|federatedID|ann@example.com|A"]);
        assert_eq!(refused.len(), 2);
        assert!(
            refused[0].starts_with(
                "ann@example.com: email `ann@example.com` -> \
                 `bob@example.com`: people would exchange"
            ),
            "{refused:?}"
        );
    }

    #[test]
    fn a_username_that_is_not_the_email_is_said_beside_a_new_email() {
        let (rows, _) = turned(
            &[
                "1|federatedID|ann@example.com|alee|",
                "2|federatedID|bob@example.com|bob@example.com|",
                "3|federatedID|carl@example.com|carl|",
            ],
            &[
                "1|federatedID|ann.l@example.com|alee|",
                "2|federatedID|bob.l@example.com|bob.l@example.com|",
                "3|federatedID|carl@example.com|carl2|",
            ],
        );
        assert_eq!(
            rows,
            [
                "update|federatedID|ann@example.com|ann.l@example.com|alee",
                "update|federatedID|bob@example.com|bob.l@example.com",
                "update|federatedID|carl@example.com|carl2"
            ]
        );
    }

    #[test]
    fn what_the_api_cannot_do_is_said_and_left_out() {
        let (rows, refused) = turned(
            &[
                "1|adobeID|ann@example.com||A",
                "2|federatedID|bob@example.com||_admin_A;_org_admin",
                "3|enterpriseID|carl@example.com||",
            ],
            &[
                "1|adobeID|ann2@example.com||B",
                "2|enterpriseID|Bob@example.com||",
                "3|enterpriseID|carl@example.com|c|",
                "4|federatedID||emil|",
            ],
        );
        assert_eq!(
            rows,
            [
                "update|adobeID|ann@example.com|B|A",
                "update|federatedID|bob@example.com|_admin_A",
                "create|federatedID|emil|example.com|F|L|US"
            ]
        );
        insta::assert_snapshot!(refused.join("\n"), @r"
        ann@example.com: email `ann@example.com` -> `ann2@example.com`: belongs to the user of an Adobe ID and cannot be changed by the organization
        bob@example.com: _org_admin: is a role that the API does not give or take: set it in the Admin Console
        bob@example.com: email `bob@example.com` -> `Bob@example.com`: differs in letter case only, and that cannot be changed
        bob@example.com: type `federatedID` -> `enterpriseID`: cannot be changed through the API
        emil: email: a new user needs an email address; fill it in
        ");
    }

    #[test]
    fn patch_of_a_taken_username_waits() {
        let (rows, refused) = turned(
            &[
                "1|federatedID|ann@example.com|x|",
                "2|federatedID|bob@example.com|y|",
                "3|federatedID|carl@example.com|z|",
            ],
            &["1|federatedID|ann@example.com|y|", "4|federatedID|dora@example.com|z|"],
        );
        assert_eq!(
            rows,
            ["delete|federatedID|bob@example.com", "delete|federatedID|carl@example.com"]
        );
        assert_eq!(refused.len(), 2, "{refused:?}");
        assert!(
            refused.iter().all(|one| one.ends_with("run the comparison again afterwards")),
            "{refused:?}"
        );
    }

    #[test]
    fn lists_with_commas_are_json() {
        assert_eq!(list(&["A", "B"]), "A,B");
        assert_eq!(list(&["A, B", "C"]), r#"["A, B","C"]"#);
        assert_eq!(list(&["[A]"]), r#"["[A]"]"#);
        assert_eq!(list(&[]), "");
    }

    #[test]
    fn patch_reports_user_of_uncreatable_type() {
        let (rows, refused) =
            turned(&["1|unknown|ann@example.com||"], &["2|unknown|bob@example.com||"]);
        assert_eq!(rows, ["delete|ann@example.com", "create|unknown|bob@example.com|F|L|US"]);
        assert!(
            refused.len() == 1 && refused[0].contains("is not an identity type"),
            "{refused:?}"
        );
    }
}
