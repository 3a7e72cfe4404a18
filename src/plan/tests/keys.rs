//! Tests of names that belong to one user or one group.

use super::*;

fn email(text: &str) -> Key {
    Key::user(text, None)
}

fn username(name: &str, domain: &str) -> Key {
    Key::user(name, Some(domain))
}

/// Returns a user who is identified by a username.
fn by_username(update: Option<UpdateUser<'static>>) -> UserChange<'static> {
    UserChange { domain: Some("x.com".into()), update, ..user("ann") }
}

fn aliases(change: UserChange<'static>) -> Vec<Key> {
    Key::aliases(&Change::User(change)).into_iter().flatten().collect()
}

fn sorted(mut keys: Vec<Key>) -> Vec<Key> {
    keys.sort_unstable();
    keys
}

#[test]
fn a_person_goes_by_email_and_by_username_with_domain() {
    let of = |email: &str, username: &str, domain: &str| {
        Key::of_person(email, username, domain).collect::<Vec<_>>()
    };
    assert_eq!(of("a@x.com", "ann", "x.com"), [email("a@x.com"), username("ann", "x.com")]);
    assert_eq!(of("a@x.com", "b@x.com", "x.com"), [email("a@x.com"), email("b@x.com")]);
    assert_eq!(of("a@x.com", "b@x.com", ""), [email("a@x.com"), email("b@x.com")]);
    // A username without its domain identifies no user.
    assert_eq!(of("a@x.com", "ann", ""), [email("a@x.com")]);
    assert_eq!(of("", "ann", "x.com"), [username("ann", "x.com")]);
    assert_eq!(of("a@x.com", "", "x.com"), [email("a@x.com")]);
    assert_eq!(of("", "", ""), []);
}

#[test]
fn only_a_username_is_bare() {
    assert_eq!(Key::bare("ann"), Some(email("ann")));
    assert_eq!(Key::bare("ann@x.com"), None);
}

#[test]
fn a_username_and_its_domain_make_an_email() {
    assert_eq!(aliases(by_username(None)), [email("ann@x.com")]);
    assert_eq!(aliases(user("ann@x.com")), []);
    let odd = UserChange { domain: Some("x.com".into()), ..user("ann@y.com") };
    assert_eq!(aliases(odd), []);
}

#[test]
fn the_other_name_of_a_row_is_the_same_users() {
    let other = |name: &'static str, domain: Option<&'static str>| {
        let other_name = Some((name.into(), domain.map(Into::into)));
        aliases(UserChange { other_name, ..user("ann@x.com") })
    };
    assert_eq!(other("ann", Some("x.com")), [username("ann", "x.com")]);
    assert_eq!(other("ann@y.com", None), [email("ann@y.com")]);
    assert_eq!(other("ANN@x.com", None), [], "its own name");
}

#[test]
fn a_rename_takes_the_new_names() {
    let by_email = |update| aliases(UserChange { update: Some(update), ..user("ann@x.com") });
    assert_eq!(by_email(new_email("b@x.com")), [email("b@x.com")]);
    assert_eq!(by_email(new_email("ann@x.com")), []);
    assert_eq!(by_email(new_username("bob")), [username("bob", "x.com")]);
    assert_eq!(by_email(new_username("bob@y.com")), [email("bob@y.com")]);
    assert_eq!(by_email(first_name()), []);
    let mut expected = vec![username("bob", "x.com"), email("ann@x.com")];
    assert_eq!(aliases(by_username(Some(new_username("bob")))), expected);
    expected[0] = email("bob@x.com");
    assert_eq!(aliases(by_username(Some(new_email("bob@x.com")))), expected);
}

#[test]
fn a_created_user_goes_by_the_email_too() {
    let created_as = |name: &str, domain: Option<&'static str>| {
        let mut change = created("ann@x.com", IfExists::Ignore);
        (change.user, change.domain) = (name.to_owned().into(), domain.map(Into::into));
        aliases(change)
    };
    assert_eq!(created_as("ann@x.com", None), []);
    assert_eq!(created_as("ann", Some("y.com")), [email("ann@x.com"), email("ann@y.com")]);
    assert_eq!(created_as("b@x.com", None), [email("ann@x.com")]);
    let mut named = created("ann@x.com", IfExists::Ignore);
    (named.user, named.update) = ("b@x.com".into(), Some(first_name()));
    assert_eq!(aliases(named), [email("ann@x.com")], "names are updated, nobody is renamed");
}

#[test]
fn usernames_stand_in_lists_of_members_without_a_domain() {
    let bare =
        |change: UserChange<'static>| Key::bare_names(&Change::User(change)).collect::<Vec<_>>();
    assert_eq!(bare(by_username(None)), [email("ann")]);
    assert_eq!(bare(by_username(Some(new_username("bob")))), [email("ann"), email("bob")]);
    assert_eq!(bare(user("ann@x.com")), []);
    let other_name = |domain: Option<&'static str>| Some(("ann".into(), domain.map(Into::into)));
    let with_domain = other_name(Some("x.com"));
    assert_eq!(bare(UserChange { other_name: with_domain, ..user("ann@x.com") }), [email("ann")]);
    assert_eq!(bare(UserChange { other_name: other_name(None), ..user("ann@x.com") }), []);
    assert_eq!(Key::bare_names(&group_created("ann")).count(), 0);
}

#[test]
fn a_rename_has_the_old_names_and_the_new_ones() {
    let names = |change: UserChange<'static>| Key::names_of_rename(&Change::User(change));
    let renamed = UserChange { update: Some(new_email("b@x.com")), ..user("ann@x.com") };
    assert_eq!(names(renamed), [email("ann@x.com"), email("b@x.com")]);
    let all = names(by_username(Some(new_username("bob"))));
    let expected = [
        username("ann", "x.com"),
        username("bob", "x.com"),
        email("ann@x.com"),
        email("ann"),
        email("bob"),
    ];
    assert_eq!(all, expected);
    assert_eq!(names(by_username(None)), []);
    assert_eq!(names(UserChange { update: Some(first_name()), ..user("ann@x.com") }), []);
    // A row that creates a user renames nobody.
    let mut created = created("ann@x.com", IfExists::Ignore);
    created.user = "b@x.com".into();
    assert_eq!(names(created), []);
    let same = UserChange { update: Some(new_email("Ann@x.com")), ..user("ann@x.com") };
    assert_eq!(names(same), [], "the same name");
}

#[test]
fn a_renamed_group_takes_its_roles_along() {
    let update = |name: Option<&'static str>| UpdateGroup {
        name: name.map(Into::into),
        description: Some("text".into()),
    };
    let names = Key::names_of_rename(&group_updated("Old", update(Some("New"))));
    for name in ["Old", "New", "_admin_Old", "_admin_New"] {
        assert!(names.contains(&Key::group(name)), "{name}");
    }
    assert_eq!(names, Key::groups_and_roles(["Old", "New"].into_iter()));
    assert_eq!(Key::names_of_rename(&group_updated("Old", update(None))), []);
    assert_eq!(Key::names_of_rename(&group_updated("Old", update(Some("OLD")))), []);
    assert_eq!(Key::names_of_rename(&group_deleted("Old")), []);
    assert_eq!(
        Key::aliases(&group_updated("Old", update(Some("New")))),
        [Some(Key::group("New")), None, None, None]
    );
}

#[test]
fn a_change_speaks_of_the_names_in_its_lists() {
    let change = UserChange {
        add: texts(&["G"]),
        remove: Some(Memberships::Named(texts(&["H"]))),
        ..by_username(None)
    };
    let lists = [Key::group("G"), Key::group("H")];
    assert_eq!(names(&Change::User(change.clone())), lists);
    let mut all = vec![username("ann", "x.com"), email("ann@x.com"), email("ann")];
    all.extend(lists);
    assert_eq!(referenced_names(&Change::User(change)), sorted(all));
    assert_eq!(names(&losing_all("a@x.com")), []);
    let members = Change::Group(GroupChange {
        add_users: texts(&["a@x.com"]),
        remove_users: texts(&["B@x.com"]),
        ..group("G")
    });
    assert_eq!(names(&members), [email("a@x.com"), email("b@x.com")]);
    let expected = sorted(vec![email("a@x.com"), email("b@x.com"), Key::group("G")]);
    assert_eq!(referenced_names(&members), expected);
}
