//! Tests of which user a change means, as far as a list shows.

use super::*;
use crate::change::{CreateUser, GroupChange, IdentityType, IfExists, UpdateUser, UserChange};
use crate::reconcile::baseline::ResolvedUser;

fn listed(id: &'static str, email: &'static str, username: &'static str) -> ListedUser<'static> {
    ListedUser {
        id: id.into(),
        email: email.into(),
        username: username.into(),
        domain: "x.com".into(),
        firstname: "Ann".into(),
        lastname: "Lee".into(),
        identity: "federatedID".into(),
        ..ListedUser::default()
    }
}

fn of_people(people: &[ListedUser<'_>]) -> Baseline {
    let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
    people.iter().for_each(|person| _ = all.add(person));
    Baseline::new(Arc::new(all))
}

/// Returns `person 1`, `other name 1`, `nobody` or `unclear`.
fn meant(baseline: &Baseline, user: &UserChange<'_>) -> String {
    match baseline.meant(user) {
        ResolvedUser::Person(person) => format!("person {}", person.id()),
        ResolvedUser::OtherName(person) => format!("other name {}", person.id()),
        ResolvedUser::Nobody => "nobody".to_owned(),
        ResolvedUser::Unclear => "unclear".to_owned(),
    }
}

fn named(name: &'static str, domain: Option<&'static str>) -> UserChange<'static> {
    UserChange { user: name.into(), domain: domain.map(Into::into), ..UserChange::default() }
}

fn created(name: &'static str, email: &'static str) -> UserChange<'static> {
    let create = CreateUser {
        identity: IdentityType::Federated,
        email: email.into(),
        firstname: Some("Ann".into()),
        lastname: Some("Lee".into()),
        country: None,
        if_exists: IfExists::Ignore,
    };
    UserChange { create: Some(create), ..named(name, None) }
}

fn renaming(
    user: UserChange<'static>,
    email: Option<&'static str>,
    username: Option<&'static str>,
) -> UserChange<'static> {
    let update = UpdateUser {
        email: email.map(Into::into),
        username: username.map(Into::into),
        ..UpdateUser::default()
    };
    UserChange { update: Some(update), ..user }
}

#[test]
fn a_name_means_the_person_who_has_it() {
    let known = baseline();
    assert_eq!(meant(&known, &named("ANN@x.com", None)), "person 1");
    assert_eq!(meant(&known, &named("bob1", Some("x.com"))), "person 2");
    assert_eq!(meant(&known, &named("gone@x.com", None)), "nobody");
    assert_eq!(meant(&known, &named("bob1", None)), "unclear", "of no domain");
    let who = |user| known.who(&user);
    assert_eq!(who(named("ann@x.com", None)), Some(0));
    assert_eq!(who(named("ada@y.com", None)), Some(2));
    assert_eq!(who(named("gone@x.com", None)), None);
    assert_eq!(who(named("bob1", None)), None);
}

/// A username may be another user's email: the email of the create step shows who is meant.
#[test]
fn a_username_that_is_anothers_email_is_its_owners() {
    let known = of_people(&[
        listed("1", "ann@x.com", "ann"),
        listed("2", "bob@x.com", "ann@x.com"),
        listed("3", "carl@x.com", "carl"),
    ]);
    assert_eq!(meant(&known, &created("ann@x.com", "bob@x.com")), "person 2");
    assert_eq!(meant(&known, &created("ann@x.com", "carl@x.com")), "unclear");
    assert_eq!(meant(&known, &created("ann@x.com", "ANN@x.com")), "person 1");
    assert_eq!(meant(&known, &created("ann@x.com", "new@x.com")), "person 1");
    assert_eq!(meant(&known, &created("new@x.com", "carl@x.com")), "person 3");
    let by_username = UserChange { domain: Some("x.com".into()), ..created("ann", "ann@x.com") };
    assert_eq!(meant(&known, &by_username), "person 1");
    assert_eq!(meant(&known, &created("new@x.com", "new@x.com")), "unclear");
}

#[test]
fn somebody_who_is_created_without_an_email_has_the_username() {
    let known = of_people(&[listed("1", "ann@x.com", "alias@y.com")]);
    assert_eq!(meant(&known, &created("alias@y.com", "")), "other name 1");
    assert_eq!(meant(&known, &created("alias@y.com", "new@x.com")), "unclear");
    assert_eq!(meant(&known, &created("nobody@y.com", "")), "unclear");
    let adobe = UserChange { adobe_id: true, ..created("alias@y.com", "") };
    assert_eq!(meant(&known, &adobe), "unclear", "another kind of account");
}

/// A row creates a user and renames that user. If that was done before, the row finds only the new
/// name.
#[test]
fn who_was_created_and_renamed_has_the_names_of_the_row() {
    let row = |first: &'static str, last: &'static str| {
        let mut user = created("old@x.com", "old@x.com");
        let create = user.create.as_mut().unwrap();
        (create.firstname, create.lastname) = (Some(first.into()), Some(last.into()));
        renaming(user, Some("ann@x.com"), None)
    };
    let known = of_people(&[listed("1", "ann@x.com", "ann")]);
    assert_eq!(meant(&known, &row("Ann", "Lee")), "other name 1");
    assert_eq!(meant(&known, &row("Eve", "Lee")), "unclear");
    assert_eq!(meant(&known, &row("Ann", "Ray")), "unclear");
    let both = of_people(&[listed("1", "ann@x.com", "ann"), listed("2", "old@x.com", "old")]);
    assert_eq!(meant(&both, &row("Ann", "Lee")), "person 2");
    assert_eq!(meant(&known, &created("old@x.com", "old@x.com")), "unclear", "not renamed");
    let mut part = (*known.organization).clone();
    part.coverage -= Coverage::EVERYBODY;
    let part = Baseline::new(Arc::new(part));
    assert_eq!(meant(&part, &row("Ann", "Lee")), "unclear", "the old name may be there");
    let adobe = UserChange { adobe_id: true, ..row("Ann", "Lee") };
    assert_eq!(meant(&known, &adobe), "unclear", "another kind of account");
}

#[test]
fn a_rename_that_is_done_is_found_by_the_new_name() {
    let known = baseline();
    let renamed = |user, email, username| {
        known.renamed(&renaming(user, email, username), "1").map(|person| person.id().to_owned())
    };
    let ann = Some("1".to_owned());
    let old = || named("old@x.com", None);
    assert_eq!(renamed(old(), Some("ann@x.com"), None), ann);
    assert_eq!(renamed(old(), Some("ann@x.com"), Some("ann1")), ann);
    assert_eq!(renamed(old(), Some("ann@x.com"), Some("other")), None);
    assert_eq!(renamed(old(), Some("gone@x.com"), None), None);
    // If the username changes, the email that identifies the user in the row stays.
    assert_eq!(renamed(old(), None, Some("ann1")), None);
    assert_eq!(renamed(named("old1", Some("x.com")), None, Some("ann1")), ann);
    assert_eq!(renamed(named("old1", Some("y.com")), None, Some("ann1")), None);
    assert_eq!(renamed(old(), None, None), None);
    assert!(known.renamed(&old(), "1").is_none());
    // That a user has the new name proves nothing.
    let row = renaming(old(), Some("ann@x.com"), None);
    assert!(known.renamed(&row, "").is_none() && known.renamed(&row, "2").is_none());
}

/// Because of another row, or an import since, a user may have the old name nevertheless.
#[test]
fn a_rename_is_not_done_where_rows_conflict_about_it() {
    let row = || renaming(named("old@x.com", None), Some("ann@x.com"), None);
    for (name, person) in [("old@x.com", None), ("ann@x.com", Some("1")), ("zoe@x.com", Some("1"))]
    {
        let sent = [crate::organization::who(name, None)];
        let conflicts = ConflictIndex::default().with_recently_changed(&sent, &organization());
        let known = Baseline { conflict_index: Arc::new(conflicts), ..baseline() };
        let found = known.renamed(&row(), "1").map(|person| person.id().to_owned());
        let expected = person.filter(|_| name == "zoe@x.com").map(ToOwned::to_owned);
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_person_has_managed_groups_or_none() {
    let ann_and_bob = |known: &Baseline| [known.has_managed(0), known.has_managed(1)];
    assert_eq!(ann_and_bob(&managing(&["Design"])), [true, false]);
    assert_eq!(ann_and_bob(&managing(&["Empty"])), [false, false]);
    assert_eq!(ann_and_bob(&baseline()), [false, false]);
    let ignored = Baseline { ignored_rows: Arc::new([0].into()), ..managing(&["*"]) };
    assert_eq!(ann_and_bob(&ignored), [false, false]);
}

#[test]
fn what_is_wrong_with_a_groups_row_stays_wrong() {
    let mut problems = Vec::new();
    each_row("email,groups\nnew@x.com,Empty\n", |_, rules, cells| {
        problems = read_all(cells, rules).1;
    });
    assert!(!problems.is_empty());
    let group = GroupChange { group: "Empty".into(), delete: true, ..GroupChange::default() };
    let left = baseline().reduce(Change::Group(group), &Stated::default(), problems.clone());
    assert_eq!(left.problems, problems);
}
