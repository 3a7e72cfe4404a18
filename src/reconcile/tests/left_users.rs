//! Tests of the remainder of a user's row if the list and other rows leave something open.

use super::*;
use crate::change::{UpdateUser, UserChange};

const PEOPLE: &str = "email,firstname,lastname,country,groups\n";

/// Returns a baseline with which every row is sent as it is, and the list only shows the result.
fn sending_everything() -> Baseline {
    Baseline { reduces: false, ..baseline() }
}

fn add(
    name: &'static str,
    domain: Option<&'static str>,
    groups: &[&'static str],
) -> Change<'static> {
    Change::User(UserChange {
        user: name.into(),
        domain: domain.map(Into::into),
        add: groups.iter().map(|group| Cow::from(*group)).collect(),
        lists: true,
        ..UserChange::default()
    })
}

#[test]
fn sent_rows_come_to_what_the_list_tells() {
    let all = sending_everything();
    let found = left(&all, "action,email,firstname\nupdate,ada@y.com,Eve\n");
    assert_eq!(&*found.effect, "differs:firstname", "{found:?}");
    let found = left(&all, "action,email\ndelete,gone@x.com\n");
    assert!(found.is_nobody && &*found.effect == "removed", "{found:?}");
    let found = left(&all, "action,email\ndelete,ann@x.com\n");
    assert!(!found.is_nobody && &*found.effect == "removed", "{found:?}");
    let found = left(&all, &format!("{PEOPLE}ann@x.com,Ann,Lee,US,Design\n"));
    assert_eq!((&*found.effect, found.remark.as_str()), ("exists", ""));
    let found = left(&all, &format!("{PEOPLE}ann@x.com,Anne,Lee,US,Design\n"));
    assert!(found.effect.contains("differs:firstname") && !found.remark.is_empty(), "{found:?}");
}

#[test]
fn exact_groups_of_somebody_who_is_not_listed_rely_on_the_list() {
    let exact = managing(&["*"]);
    let found = left(&exact, &format!("{PEOPLE}new@x.com,New,One,US,Design\n"));
    assert!(found.relies_on_absence && found.change == "new@x.com: create, +Design", "{found:?}");
    let found = left(&exact, &format!("{PEOPLE}new@x.com,New,One,US,\n"));
    assert!(!found.relies_on_absence, "an empty cell lists nothing: {found:?}");
    let reduced = |known: &Baseline, change| known.reduce(change, &Stated::default(), Vec::new());
    let nobody = reduced(&exact, add("gone@x.com", None, &["Design"]));
    assert!(nobody.relies_on_absence && nobody.change.is_some(), "{nobody:?}");
    let nobody = reduced(&baseline(), add("gone@x.com", None, &["Design"]));
    assert!(!nobody.relies_on_absence && nobody.change.is_some(), "{nobody:?}");
}

/// A user gets a name from an earlier row: the groups of this user are known nevertheless.
#[test]
fn exact_groups_follow_a_person_to_the_new_name() {
    let text =
        "action,email,new_email,groups\nupdate,ann@x.com,new@x.com,\nadd,new@x.com,,Design\n";
    let known = Baseline { managed: Some(Managed::new(&["*"])), ..baseline_of(text) };
    let reduced = |known: &Baseline| {
        known.reduce(add("new@x.com", None, &["Design"]), &Stated::default(), Vec::new())
    };
    let found = reduced(&known);
    assert_eq!(in_words(found.change.as_ref().unwrap()), "new@x.com: -Video, +Design");
    assert!(found.relies_on_absence);
    let found = reduced(&baseline_of(text));
    assert_eq!(in_words(found.change.as_ref().unwrap()), "new@x.com: +Design");
    assert!(!found.relies_on_absence);
    // No known user gets the name: nothing is removed.
    let sent = [crate::organization::who("new@x.com", None)];
    let conflicts = ConflictIndex::default().with_recently_changed(&sent, &organization());
    let known = Baseline { conflict_index: Arc::new(conflicts), ..managing(&["*"]) };
    let found = known.reduce(add("new@x.com", None, &["Design"]), &Stated::default(), Vec::new());
    assert_eq!(in_words(found.change.as_ref().unwrap()), "new@x.com: +Design");
    assert!(!found.relies_on_absence);
}

/// The command for a username affects the user who has it as an email.
#[test]
fn a_row_whose_name_is_anothers_email_goes_whole() {
    let mut all = organization();
    all.add(&ListedUser {
        email: "eve@x.com".into(),
        username: "ann@x.com".into(),
        domain: "x.com".into(),
        firstname: "Eve".into(),
        lastname: "Day".into(),
        identity: "federatedID".into(),
        id: "4".into(),
        ..ListedUser::default()
    });
    let known = Baseline::new(Arc::new(all));
    let row = |first: &str, action: &str| {
        let header = "email,username,firstname,lastname,country,groups,if_exists\n";
        left(&known, &format!("{header}eve@x.com,ann@x.com,{first},Day,US,Design,{action}\n"))
    };
    let found = row("Eve", "");
    assert_eq!(found.change, "eve@x.com: +Design", "called by the email: {found:?}");
    let found = row("Eva", "update");
    assert_eq!(found.change, "ann@x.com: create, +Design", "{found:?}");
}

/// In a command, a username without its domain does not identify a user, but the email does.
#[test]
fn a_created_user_who_is_there_is_called_by_the_email() {
    let header = "email,username,domain,firstname,lastname,country,groups\n";
    let found = left(&baseline(), &format!("{header}ann@x.com,other1,x.com,Ann,Lee,US,Empty\n"));
    assert_eq!(found.change, "ann@x.com: +Empty", "{found:?}");
    let found = left(&baseline(), &format!("{header}ann@x.com,ann1,x.com,Ann,Lee,US,Empty\n"));
    assert_eq!(found.change, "ann1 in x.com: +Empty", "{found:?}");
}

#[test]
fn names_that_rows_disagree_about_are_updated() {
    let header = "action,email,firstname,lastname\n";
    let text = format!("{header}update,ann@x.com,Ann,Lee\nupdate,ann@x.com,Anne,Leigh\n");
    let found = every_left(&baseline_of(&text), &text);
    assert_eq!(found[0].change, "ann@x.com: firstname=Ann, lastname=Lee");
    let text = format!("{header}update,ann@x.com,Ann,Lee\nupdate,bob@x.com,Anne,Leigh\n");
    assert_eq!(every_left(&baseline_of(&text), &text)[0].change, "");
}

#[test]
fn memberships_that_rows_disagree_about_are_sent() {
    let header = "action,email,groups\n";
    let text = format!("{header}add,bob@x.com,Empty\nremove,bob@x.com,\"Empty,Design\"\n");
    let found = every_left(&baseline_of(&text), &text);
    assert_eq!(found[0].change, "bob@x.com: +Empty");
    assert_eq!(found[1].change, "bob@x.com: -Empty", "not in Design");
    let text = format!("{header}add,ann@x.com,Design\nremove,ann@x.com,Design\n");
    let found = every_left(&baseline_of(&text), &text);
    assert_eq!(found[0].change, "ann@x.com: +Design");
}

#[test]
fn everything_is_taken_away_unless_just_that_is_held() {
    let header = "action,email,groups\n";
    let row = |known: &Baseline, email: &str, groups: &str| {
        let mut change = UserChange {
            user: email.to_owned().into(),
            remove: Some(Memberships::All),
            ..UserChange::default()
        };
        change.add = groups.split_terminator(',').map(|name| name.to_owned().into()).collect();
        let left = known.reduce(Change::User(change), &Stated::default(), Vec::new());
        left.change.as_ref().map(in_words).unwrap_or_default()
    };
    let known = baseline();
    assert_eq!(row(&known, "ann@x.com", "Design"), "ann@x.com: -all, +Design");
    assert_eq!(row(&known, "ann@x.com", "Design,Video"), "");
    assert_eq!(
        row(&known, "ann@x.com", "Design,Video,Empty"),
        "ann@x.com: -all, +Design, +Video, +Empty"
    );
    assert_eq!(row(&known, "bob@x.com", "Empty"), "bob@x.com: -all, +Empty");
    // Another row is about Bob as well.
    let text = format!("{header}remove-all,bob@x.com,\nadd,bob@x.com,Design\n");
    assert_eq!(row(&baseline_of(&text), "bob@x.com", ""), "bob@x.com: -all");
    assert_eq!(row(&known, "bob@x.com", ""), "");
}

#[test]
fn groups_of_a_row_and_managed_groups_are_removed_together() {
    let reduced = |remove, lists: &[&'static str]| {
        let change = UserChange {
            user: "ann@x.com".into(),
            remove,
            add: lists.iter().map(|group| Cow::from(*group)).collect(),
            lists: true,
            ..UserChange::default()
        };
        let left = managing(&["*"]).reduce(Change::User(change), &Stated::default(), Vec::new());
        left.change.as_ref().map(in_words).unwrap_or_default()
    };
    let named = |names: &[&'static str]| {
        Some(Memberships::Named(names.iter().map(|name| Cow::from(*name)).collect()))
    };
    assert_eq!(reduced(named(&["design"]), &["Empty"]), "ann@x.com: -design, -Video, +Empty");
    assert_eq!(reduced(named(&["Video"]), &["Design"]), "ann@x.com: -Video");
    assert_eq!(reduced(Some(Memberships::All), &["Empty"]), "ann@x.com: -all, +Empty");
    assert_eq!(reduced(None, &["Design", "VIDEO"]), "");
}

/// A list may have names that look wrong. They are right for the user who has them.
#[test]
fn name_that_looks_wrong_is_right_for_the_user_who_has_it() {
    let long = format!("{:p<300}", "pat");
    let mut all = organization();
    all.add(&ListedUser {
        email: "pat@intranet".into(),
        username: long.as_str().into(),
        domain: "x.com".into(),
        identity: "federatedID".into(),
        ..ListedUser::default()
    });
    let known = Baseline::new(Arc::new(all));
    let header = "action,email,username,domain,groups\n";
    for names in ["PAT@intranet,,", &format!(",{long},x.com")] {
        let found = left(&known, &format!("{header}add,{names},Empty\n"));
        assert!(found.problems.is_empty() && !found.change.is_empty(), "{names}: {found:?}");
    }
    let found = left(&known, &format!("{header}add,eve@intranet,,,Empty\n"));
    assert_eq!(found.problems, ["invalid.email.form"]);
    // Ann has no such name, whatever groups are managed.
    for known in [known, managing(&["*"])] {
        let header = "email,username,firstname,lastname,country,groups\n";
        let found = left(&known, &format!("{header}ann@x.com,ann@home,Ann,Lee,US,Empty\n"));
        assert_eq!(found.problems, ["invalid.username.form"], "{found:?}");
    }
}

/// `[]` lists no group to add, but sets the groups to keep if groups are managed.
#[test]
fn empty_list_is_a_problem_where_no_groups_are_under_management() {
    let text = "action,email,groups\nadd,ann@x.com,[]\n";
    let found = left(&managing(&["D*"]), text);
    assert_eq!((found.change.as_str(), found.problems.len()), ("ann@x.com: -Design", 0));
    assert_eq!(left(&baseline(), text).problems, ["invalid.groups.missing"]);
}

/// Requests about one user keep their order only under one name.
#[test]
fn user_whom_rows_call_by_two_names_is_called_by_the_email() {
    let header = "action,email,username,domain,firstname,lastname,country,groups\n";
    let by_username = "add,,ann1,x.com,,,,Empty\n";
    let by_email = "add,ann@x.com,,,,,,Empty\n";
    let create = "create,ann@x.com,ann1,x.com,Ann,Lee,US,Empty\n";
    for row in [by_username, create] {
        let alone = left(&baseline(), &format!("{header}{row}"));
        assert_eq!(alone.change, "ann1 in x.com: +Empty");
        let text = format!("{header}{row}{by_email}");
        let beside = &every_left(&baseline_of(&text), &text)[0];
        assert_eq!(beside.change, "ann@x.com: +Empty", "{row}");
    }
}

#[test]
fn create_that_updates_names_adds_only_what_is_missing() {
    let header = "email,firstname,lastname,country,groups,if_exists\n";
    let found = left(&baseline(), &format!("{header}ann@x.com,Anne,Lee,US,Design,update\n"));
    assert_eq!(found.change, "ann@x.com: create");
}

#[test]
fn update_is_a_problem_only_for_an_adobe_id() {
    let header = "action,type,email,firstname,groups\n";
    let row = |cells: &str| left(&baseline(), &format!("{header}{cells}\n"));
    let found = row("update,,ann@x.com,Anne,");
    assert!(found.problems.is_empty(), "{found:?}");
    let found = row("add,,ada@y.com,,Empty");
    assert!(found.problems.is_empty(), "{found:?}");
    assert_eq!(row("update,,ada@y.com,Eve,").problems, ["invalid.type.adobe_update"]);
    // A row that names the type is refused when it is read, and not a second time.
    let found = row("update,adobeID,ada@y.com,Eve,");
    assert_eq!(found.problems, ["invalid.type.adobe_update"]);
}

#[test]
fn update_that_holds_leaves_the_name_of_the_row() {
    let reduced = |update| {
        let change = UserChange {
            user: "ann1".into(),
            domain: Some("x.com".into()),
            update: Some(update),
            add: vec!["Empty".into()],
            ..UserChange::default()
        };
        let left = baseline().reduce(Change::User(change), &Stated::default(), Vec::new());
        left.change.as_ref().map(in_words).unwrap_or_default()
    };
    let named =
        |name: &'static str| UpdateUser { firstname: Some(name.into()), ..UpdateUser::default() };
    assert_eq!(reduced(named("Ann")), "ann1 in x.com: +Empty");
    assert_eq!(reduced(named("Anne")), "ann1 in x.com: firstname=Anne, +Empty");
}

#[test]
fn sent_update_of_an_adobe_id_tells_what_is_not_applied() {
    let text = "action,email,firstname,country\nupdate,ada@y.com,Ada,DE\n";
    let found = left(&sending_everything(), text);
    assert!(found.change.is_empty() && found.effect.contains("differs:country"), "{found:?}");
    assert!(found.remark.contains("the row says `DE`"), "{found:?}");
}
