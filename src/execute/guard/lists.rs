//! Tests of protected names and administrators against organizations and rows.

use super::names::names_in_list;
use super::*;
use crate::change::{GroupChange, Problem, UpdateGroup, UserChange};
use crate::organization::{Coverage, OrgUser, Organization, who};
use crate::reconcile::UserSpelling;
use crate::umapi::{ListedGroup, ListedUser};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Ann, Bob and Zoe; Ann and Bob are in Design, and Bob administers it.
fn organization() -> Organization {
    let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
    for (id, email, username, groups) in [
        ("1", "ann@x.com", "alee", &["Design"][..]),
        ("2", "bob@x.com", "bob@x.com", &["Design", "_admin_Design"]),
        ("3", "zoe@x.com", "zoe", &["Video"]),
    ] {
        all.add(&ListedUser {
            id: id.into(),
            email: email.into(),
            username: username.into(),
            domain: "x.com".into(),
            identity: "federatedID".into(),
            groups: groups.iter().map(|group| (*group).into()).collect(),
            ..ListedUser::default()
        });
    }
    all
}

fn with_all_groups() -> Organization {
    let mut all = organization();
    all.add_group(&ListedGroup { name: "Empty".into(), ..ListedGroup::default() });
    all.coverage |= Coverage::ALL_GROUPS;
    all
}

fn spelled(names: &[(&str, &str)]) -> Vec<UserSpelling> {
    names.iter().map(|(name, domain)| ((*name).to_owned(), (*domain).to_owned())).collect()
}

fn extended(text: &str, organization: Option<&Organization>, links: Links) -> Protected {
    let mut list = Protected::parse(text);
    list.extend(organization, &links.finish());
    list
}

fn deletion(user: &'static str, domain: Option<&'static str>) -> Change<'static> {
    Change::User(UserChange {
        user: user.into(),
        domain: domain.map(Into::into),
        leave: Some(Leave::KeepAccount),
        ..UserChange::default()
    })
}

fn group_deletion(group: &'static str) -> Change<'static> {
    Change::Group(GroupChange { group: group.into(), delete: true, ..GroupChange::default() })
}

fn objects(list: &Protected, change: &Change<'_>) -> bool {
    list.objection(change).is_some()
}

fn words(list: &Protected, change: &Change<'_>) -> String {
    let Problem { field, reason, value, advice, .. } = list.objection(change).unwrap();
    format!("{field} {reason} {value}: {advice}")
}

#[test]
fn a_line_that_names_nobody_is_told_with_its_number() {
    let unreadable = |text| Protected::unreadable_line(text);
    assert_eq!(unreadable("\u{feff}# bosses\n\nboss@x.com\nzoe\nGroup A\n"), None);
    let found = unreadable("# a comment: *\n\nann@x.com\n  *@x.com \n@x.com\n").unwrap();
    assert_eq!((found.number, found.text), (4, "*@x.com"));
    for (line, flaw) in [
        ("boss*", "is a pattern, which is not supported"),
        ("members:", "names no group"),
        ("MEMBERS: ", "names no group"),
        ("group:Design", "begins with a word that is not part of a name"),
        ("Mailto: ann@x.com", "begins with a word that is not part of a name"),
        ("CORP\\ann", "is a Windows name"),
        ("ann(at)x.com", "is an address without @"),
        ("ann at x.com", "is an address without @"),
        ("@x.com", "is a domain"),
        ("ann@x.com, bob@x.com", "is more than one name"),
        ("'ann@x.com", "is more than one name"),
        ("ann@x", "is an address without a whole domain"),
        ("ann@x..com", "is an address without a whole domain"),
        ("ann@.com", "is an address without a whole domain"),
    ] {
        assert_eq!(unreadable(line).map(|found| found.flaw), Some(flaw), "{line}");
    }
    for line in [
        "members:Design",
        "Team: red",
        "Meet at noon",
        "Work at a.b c",
        "\"ann@x.com\"",
        "Ann Lee <ann@x.com>",
    ] {
        assert_eq!(unreadable(line), None, "{line}");
    }
}

#[test]
fn quotes_and_angle_brackets_are_not_part_of_a_name() {
    for line in ["\"ann@x.com\"", "'ann@x.com'", "Ann Lee <ann@x.com>", "\"Lee, Ann\" <ann@x.com>"]
    {
        assert!(objects(&Protected::parse(line), &deletion("ann@x.com", None)), "{line}");
    }
    // This is not an address: the whole line is the name of a group.
    let list = Protected::parse("Design <internal>");
    assert!(objects(&list, &group_deletion("Design <internal>")));
    assert!(!objects(&list, &group_deletion("internal")));
}

#[test]
fn an_empty_list_protects_nobody() {
    let list = Protected::parse("# nobody\n");
    assert!(list.is_empty() && !objects(&list, &deletion("ann@x.com", None)));
    let all = organization();
    let list = extended("", Some(&all), Links::default());
    assert!(all.people().all(|person| !list.has(person)));
}

#[test]
fn a_list_protects_its_people_in_an_organization() {
    let all = organization();
    let has = |text: &str| {
        let list = extended(text, Some(&all), Links::default());
        all.people().filter(|person| list.has(*person)).map(OrgUser::id).collect::<String>()
    };
    assert_eq!(has("ann@x.com"), "1");
    assert_eq!(has("alee"), "1");
    assert_eq!(has("alee@x.com"), "1");
    assert_eq!(has("3\nBOB@x.com"), "23");
    assert_eq!(has("members:design"), "12");
    assert_eq!(has("members:_admin_Design"), "2");
    assert_eq!(has("members:Nothing\nDesign"), "");
}

#[test]
fn a_protected_person_is_protected_by_all_names_of_the_list() {
    let all = organization();
    let alone = Protected::parse("ann@x.com");
    assert!(!objects(&alone, &deletion("alee", Some("x.com"))));
    for text in ["ann@x.com", "members:Design"] {
        let list = extended(text, Some(&all), Links::default());
        assert!(objects(&list, &deletion("alee", Some("x.com"))), "{text}");
        assert!(!objects(&list, &deletion("zoe", Some("x.com"))), "{text}");
    }
    // The id protects as well, though no row can contain it.
    let list = extended("1", Some(&all), Links::default());
    assert!(objects(&list, &deletion("ann@x.com", None)));
}

/// The row gives the name by which the list knows the user, and the list gives the name that
/// another row uses.
#[test]
fn names_in_rows_and_in_the_list_lead_to_one_another() {
    let all = organization();
    let mut links = Links::default();
    links.person(&spelled(&[("boss@y.com", ""), ("ann@x.com", "")]), |_| false);
    links.person(&spelled(&[("alee", "x.com"), ("new@y.com", "")]), |_| false);
    links.group("Video", "Films");
    let list = extended("boss@y.com\nFilms", Some(&all), links);
    for (user, domain) in [("boss@y.com", None), ("alee", Some("x.com")), ("new@y.com", None)] {
        assert!(objects(&list, &deletion(user, domain)), "{user}");
    }
    assert!(objects(&list, &group_deletion("video")));
    assert!(!objects(&list, &deletion("zoe@x.com", None)));
}

#[test]
fn a_group_with_a_protected_member_is_not_deleted() {
    let all = organization();
    let mut links = Links::default();
    links.group("Design", "Drawing");
    let list = extended("bob@x.com\nann@x.com", Some(&all), links);
    assert_eq!(
        words(&list, &group_deletion("DESIGN")),
        "group protected DESIGN: has a protected member, ann@x.com, who would lose the membership \
         (`ann@x.com` in the list of protected names): remove the row, or change the list"
    );
    assert!(objects(&list, &group_deletion("Drawing")), "its new name");
    assert!(!objects(&list, &group_deletion("Video")));
    // Without a list, the server says who is in a group.
    let mut asked = Protected::parse("zoe\nann@x.com");
    asked.note_member("Video", &spelled(&[("carl@x.com", "")]));
    assert!(!objects(&asked, &group_deletion("Video")));
    asked.note_member("Video", &spelled(&[("zoe@x.com", ""), ("zoe", "x.com")]));
    assert!(words(&asked, &group_deletion("video")).contains("zoe@x.com, who"));
    assert!(words(&asked, &group_deletion("video")).contains("(`zoe` in"));
    assert!(!objects(&asked, &group_deletion("Design")));
}

#[test]
fn a_person_is_protected_for_the_sake_of_a_line() {
    let mut list = Protected::parse("design\nbosses");
    assert_eq!(list.line_text(1), "bosses");
    assert_eq!(list.line_of_any(&spelled(&[("carl@x.com", "")])), None);
    list.protect_person(1, &spelled(&[("carl@x.com", ""), ("carl", "x.com")]));
    assert_eq!(list.line_of_any(&spelled(&[("x@y.com", ""), ("carl", "x.com")])), Some("bosses"));
    assert_eq!(
        words(&list, &deletion("carl@x.com", None)),
        "email protected carl@x.com: is protected by `bosses` in the list of protected names: \
         remove the row, or change the list"
    );
    assert!(words(&list, &group_deletion("Design")).contains("is on the list of protected names:"));
}

#[test]
fn what_rows_take_from_somebody_protected_is_refused() {
    let list = Protected::parse("ann@x.com\nVideo");
    let user = |change: UserChange<'static>| {
        list.objection(&Change::User(change)).map(|problem| problem.field)
    };
    let ann = || UserChange { user: "ann@x.com".into(), ..UserChange::default() };
    let named = || Some(Memberships::Named(vec!["G".into()]));
    assert_eq!(user(UserChange { remove: named(), ..ann() }), Some("email"));
    assert_eq!(user(UserChange { remove: Some(Memberships::All), ..ann() }), Some("email"));
    assert_eq!(user(UserChange { add: vec!["G".into()], ..ann() }), None);
    let by_username =
        UserChange { user: "ann".into(), domain: Some("x.com".into()), ..UserChange::default() };
    assert_eq!(user(UserChange { remove: named(), ..by_username }), Some("username"));
    // A row that creates a user gives an email beside the name.
    let create = crate::change::CreateUser {
        identity: crate::change::IdentityType::Federated,
        email: "Ann@x.com".into(),
        firstname: None,
        lastname: None,
        country: None,
        if_exists: crate::change::IfExists::Ignore,
    };
    let other = UserChange { user: "alee".into(), remove: named(), ..UserChange::default() };
    assert_eq!(user(UserChange { create: Some(create), ..other.clone() }), Some("email"));
    assert_eq!(user(other), None);
    let group = |change: GroupChange<'static>| {
        list.objection(&Change::Group(change)).map(|problem| problem.field)
    };
    let design = || GroupChange { group: "Design".into(), ..GroupChange::default() };
    let remove_users = vec!["bob@x.com".into(), "ann@x.com".into()];
    assert_eq!(group(GroupChange { remove_users, ..design() }), Some("remove_users"));
    assert_eq!(group(GroupChange { remove_users: vec!["bob@x.com".into()], ..design() }), None);
    assert_eq!(group(GroupChange { add_users: vec!["ann@x.com".into()], ..design() }), None);
    assert_eq!(group(GroupChange { delete: true, ..design() }), None);
    let renamed = |new: &'static str| {
        let update = Some(UpdateGroup { name: Some(new.into()), description: None });
        group(GroupChange { group: "Video".into(), update, ..GroupChange::default() })
    };
    assert_eq!((renamed("Films"), renamed("VIDEO")), (Some("group"), None));
    let rename = |old: &'static str, new: &'static str| {
        let update = Some(UpdateGroup { name: Some(new.into()), description: None });
        let change = GroupChange { group: old.into(), update, ..GroupChange::default() };
        let list = Protected::parse("Design\nVideo\n_admin_Sound");
        list.objection(&Change::Group(change)).map(|problem| problem.field)
    };
    // A protected group is not renamed, and no other group gets its name.
    assert_eq!(
        (rename("Design", "Video"), rename("Video", "design")),
        (Some("group"), Some("group"))
    );
    assert_eq!(
        (rename("Films", "video"), rename("Films", "Sound")),
        (Some("new_name"), Some("new_name"))
    );
    assert_eq!(rename("Films", "Movies"), None);
}

#[test]
fn lines_that_mean_nobody_are_found() {
    let (users, groups) = (organization(), with_all_groups());
    let open = |text: &str, users: &Organization, groups: Option<&Organization>| {
        let lines = Protected::parse(text).lines_not_in(users, groups);
        lines.lines().iter().copied().collect::<Vec<_>>()
    };
    let text = "ann@x.com\nnobody@x.com\nalee\nstranger\n3\nDesign\nEmpty\nmembers:Video\n\
                members:Nothing\n_org_admin\nmembers:_org_admin";
    assert_eq!(open(text, &groups, None), [1, 3, 8]);
    assert_eq!(open(text, &users, Some(&groups)), [1, 3, 8]);
    // If the list does not have all groups, a word may be a group without members.
    assert_eq!(open(text, &users, None), [1]);
    let mut no_usernames = with_all_groups();
    no_usernames.coverage -= Coverage::USERNAMES;
    assert_eq!(open(text, &no_usernames, None), [1, 8]);
    assert_eq!(open("_admin_Design\n_admin_Nothing", &groups, None), [1]);
    assert_eq!(open("ann@x.com", &groups, None), [0_u32; 0]);
}

#[test]
fn a_line_that_meets_somebody_later_is_not_open_any_more() {
    let mut open = Protected::parse("ann@y.com\nbob@y.com").lines_not_in(&organization(), None);
    assert_eq!(open.lines(), &BTreeSet::from([0, 1]));
    open.meet(NameHash::user("BOB@y.com", ""));
    open.meet(NameHash::user("carl@y.com", ""));
    assert_eq!(open.lines(), &BTreeSet::from([0]));
}

#[test]
fn groups_whose_members_are_protected_are_named_with_their_line() {
    let list = Protected::parse("ann@x.com\nmembers:bosses\nzoe\nTeam A\n_org_admin\nboss");
    assert_eq!(list.groups_with_protected_members(), [(1, "bosses".to_owned())]);
}

#[test]
fn a_name_itself_is_protected_or_not() {
    let list = Protected::parse("zoe\nann@x.com");
    assert!(list.has_name(NameHash::anywhere("ZOE").unwrap()));
    assert!(list.has_name(NameHash::user("ann", "x.com")));
    assert!(!list.has_name(NameHash::user("bob@x.com", "")));
}

#[test]
fn a_listed_person_has_email_and_username() {
    let all = organization();
    let names = names_in_list(all.person(0));
    for name in [NameHash::user("ann@x.com", ""), NameHash::user("alee", "x.com")] {
        assert!(names.contains(&name));
    }
    assert!(!names.contains(&NameHash::user("zoe@x.com", "")));
}

#[test]
fn administrators_are_learned_from_a_list() {
    let mut holders = Holders::default();
    holders.learn(&organization());
    let hit = |change| {
        let loss = Loss::of(&change)?;
        holders.hit(&loss).map(|(called, roles)| (called.to_owned(), roles.join(" ")))
    };
    let bob = Some(("bob@x.com".to_owned(), "_admin_Design".to_owned()));
    assert_eq!(hit(deletion("BOB@x.com", None)), bob);
    assert_eq!(hit(group_deletion("design")), bob);
    assert_eq!(hit(deletion("ann@x.com", None)), None);
    assert_eq!(hit(group_deletion("Video")), None);
}

#[test]
fn a_loss_is_of_one_of_the_people_who_are_meant() {
    let mut people = [who("ann@x.com", None), who("zoe", Some("x.com"))];
    people.sort_unstable();
    let is_of_one = |change| Loss::of(&change).unwrap().is_of_one(&people);
    assert!(is_of_one(deletion("ann@x.com", None)) && is_of_one(deletion("zoe", Some("x.com"))));
    assert!(!is_of_one(deletion("bob@x.com", None)) && !is_of_one(deletion("zoe", Some("y.com"))));
    assert!(!is_of_one(group_deletion("ann@x.com")), "a group of that name");
    assert!(!Loss::of(&deletion("ann@x.com", None)).unwrap().is_of_one(&[]));
}

#[test]
fn a_holder_is_called_by_the_first_name_that_is_there() {
    let mut holders = Holders::default();
    assert!(holders.is_empty());
    holders.add(&spelled(&[("ann@x.com", "")]), []);
    assert!(holders.is_empty(), "without a role");
    holders.add(
        &spelled(&[("", ""), ("root", "x.com")]),
        ["_admin_Design", "_product_admin_Design", "_org_admin"],
    );
    assert!(!holders.is_empty());
    let loss = Loss::of(&deletion("root", Some("x.com"))).unwrap();
    let all = vec!["_admin_Design", "_product_admin_Design", "_org_admin"];
    assert_eq!(holders.hit(&loss), Some(("root", all)));
    // Deleting a group also removes the role of its administrators.
    let loss = Loss::of(&group_deletion("Design")).unwrap();
    assert_eq!(holders.hit(&loss), Some(("root", vec!["_admin_Design"])));
}

#[test]
fn names_of_another_file_are_added() {
    let mut all = Links::default();
    let mut other = Links::default();
    other.group("Old", "New");
    all.add(other);
    let mut marks = std::collections::HashMap::from([(NameHash::group("old"), 1)]);
    all.finish().spread(&mut marks);
    assert_eq!(marks.get(&NameHash::group("new")), Some(&1));
}

#[test]
fn losses_of_files_add_up() {
    let mut all = Losses { sendable: 10, deletes: 3, account_deletes: 2, removals: 5 };
    all += Losses { sendable: 4, deletes: 2, account_deletes: 1, removals: 3 };
    assert_eq!(all, Losses { sendable: 14, deletes: 5, account_deletes: 3, removals: 8 });
}

#[test]
fn a_cap_says_what_it_allows() {
    assert_eq!(Cap::Rows(1).to_string(), "1 row");
    assert_eq!(Cap::Rows(25).to_string(), "25 rows");
    assert_eq!(Cap::Percent(2.5).to_string(), "2.5 % of the rows");
}
