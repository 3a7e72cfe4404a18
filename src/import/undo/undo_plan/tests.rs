//! Every branch of the decision, without files and servers; and any rows at all, taken back in a
//! model of the organization.

use super::super::done::{BeforeNow, DoneWork};
use super::super::done_part::DoneOutcome;
use super::super::done_row::DoneRow;
use super::super::done_since::DoneSince;
use super::super::now::{PresentGroup, PresentState};
use super::super::record::{
    BeforeRecord, RecordHead, RecordLine, RecordPart, json_line, write_part,
};
use super::super::recorded_user::RecordedUser;
use super::super::undo_row::UndoRow;
use super::UndoPlan;
use crate::change::{
    Change, CreateUser, GroupChange, IdentityType, IfExists, Leave, Memberships, RowEffect,
    UpdateUser, UserChange,
};
use crate::journal::OutcomeStatus;
use crate::organization::{Coverage, Organization, who};
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

fn user(number: u8, name: &str, groups: &[&str]) -> RecordedUser {
    RecordedUser {
        id: format!("{number}@x"),
        identity: "federatedID".to_owned(),
        email: format!("{name}@example.com"),
        username: format!("{name}@example.com"),
        domain: "example.com".to_owned(),
        firstname: "First".to_owned(),
        lastname: "Last".to_owned(),
        country: "DE".to_owned(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

fn list(users: &[RecordedUser]) -> Organization {
    let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
    users.iter().for_each(|user| {
        all.add(&user.listed());
    });
    all.coverage = Coverage::WHOLE_USERS | Coverage::ALL_GROUPS;
    all
}

fn named(name: &str) -> UserChange<'static> {
    UserChange { user: format!("{name}@example.com").into(), ..UserChange::default() }
}

fn create(name: &str, groups: &[&str]) -> Change<'static> {
    let create = CreateUser {
        identity: IdentityType::Federated,
        email: format!("{name}@example.com").into(),
        firstname: Some("First".into()),
        lastname: Some("Last".into()),
        country: Some("DE".into()),
        if_exists: IfExists::Ignore,
    };
    let add = groups.iter().map(|group| (*group).to_owned().into()).collect();
    Change::User(UserChange { create: Some(create), add, ..named(name) })
}

fn leave(name: &str, leave: Leave) -> Change<'static> {
    Change::User(UserChange { leave: Some(leave), ..named(name) })
}

fn moves(name: &str, add: &[&str], remove: &[&str]) -> Change<'static> {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned().into()).collect();
    let remove = (!remove.is_empty()).then(|| Memberships::Named(names(remove)));
    Change::User(UserChange { add: names(add), remove, ..named(name) })
}

fn rename(name: &str, new: &str) -> Change<'static> {
    let update =
        UpdateUser { email: Some(format!("{new}@example.com").into()), ..UpdateUser::default() };
    Change::User(UserChange { update: Some(update), ..named(name) })
}

/// A record as an import writes it: everybody in a list is in it, and these names are nobody's.
fn record(before: &[RecordedUser], nobody: &[&str], groups: &[(&str, bool)]) -> BeforeRecord {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.before");
    let mut lines: Vec<Vec<u8>> =
        before.iter().map(|user| json_line(&RecordLine::User(user.clone())).unwrap()).collect();
    for name in nobody {
        let user = format!("{name}@example.com");
        lines.push(json_line(&RecordLine::Nobody { user, domain: None }).unwrap());
    }
    for (name, exists) in groups {
        let line = RecordLine::Group { name: (*name).to_owned(), exists: *exists };
        lines.push(json_line(&line).unwrap());
    }
    write_part(&path, RecordPart::First, RecordHead::new("run", &list(before), 0), &lines).unwrap();
    assert!(BeforeRecord::read(&path, "other", 0).unwrap().is_none());
    BeforeRecord::read(&path, "run", 0).unwrap().unwrap()
}

fn present(all: Organization, groups: BTreeMap<String, PresentGroup>) -> PresentState {
    PresentState { organization: Arc::new(all), uncertain: Vec::new(), asked: None, groups }
}

fn first_part(record: &BeforeRecord) -> BeforeNow<'_> {
    BeforeNow { place: 0, part: &record.parts[0] }
}

fn done(record: &BeforeRecord, changes: &[Change<'static>]) -> DoneWork {
    let mut done = DoneWork::default();
    for (row, change) in (1..).zip(changes) {
        let outcome = DoneOutcome { status: OutcomeStatus::Ok, effect: RowEffect::of(change) };
        done.take(DoneRow { file: 0, row }, change, outcome, &first_part(record));
    }
    done
}

fn undo(before: &[RecordedUser], changes: &[Change<'static>], now: &[RecordedUser]) -> UndoPlan {
    let nobody = ["dora", "emil", "fay"]
        .into_iter()
        .filter(|name| before.iter().all(|user| user.email != format!("{name}@example.com")));
    let record = record(before, &nobody.collect::<Vec<_>>(), &[]);
    let present = present(list(now), groups(now));
    UndoPlan::of(&done(&record, changes), &present, &DoneSince::default())
}

fn groups(_: &[RecordedUser]) -> BTreeMap<String, PresentGroup> {
    let all = ["a", "b", "c"].map(|name| (name.to_owned(), PresentGroup::Exists));
    BTreeMap::from(all)
}

fn rows(plan: &UndoPlan) -> Vec<(&str, &str)> {
    plan.rows.iter().map(|row| (row.action, row.who())).collect()
}

fn codes(plan: &UndoPlan) -> Vec<&str> {
    plan.refused.iter().map(|refused| refused.code).collect()
}

#[test]
fn created_user_is_removed_if_nobody_has_changed_the_user() {
    let changes = [create("dora", &["A"])];
    let dora = user(9, "dora", &["A"]);
    let plan = undo(&[], &changes, std::slice::from_ref(&dora));
    assert_eq!(rows(&plan), [("delete", "dora@example.com")]);
    let elsewhere = RecordedUser { groups: vec!["A".to_owned(), "B".to_owned()], ..dora.clone() };
    let plan = undo(&[], &changes, &[elsewhere]);
    assert_eq!((rows(&plan), codes(&plan)), (vec![], vec!["added_since"]));
    let other_name = RecordedUser { lastname: "Li".to_owned(), ..dora };
    assert_eq!(codes(&undo(&[], &changes, &[other_name])), ["changed_since"]);
    let gone = undo(&[], &changes, &[]);
    assert_eq!((rows(&gone), codes(&gone)), (vec![], vec!["removed_since"]));
}

/// Only a user who is as the import has left everybody is removed.
#[test]
fn created_user_with_other_values_stays() {
    let changes = [create("dora", &["A"])];
    let dora = user(9, "dora", &["A"]);
    for (changed, code) in [
        (RecordedUser { groups: Vec::new(), ..dora.clone() }, "taken_since"),
        (RecordedUser { identity: "enterpriseID".to_owned(), ..dora.clone() }, "changed_since"),
        (RecordedUser { country: "US".to_owned(), ..dora.clone() }, "changed_since"),
        (RecordedUser { username: "dlee".to_owned(), ..dora.clone() }, "changed_since"),
    ] {
        let plan = undo(&[], &changes, &[changed]);
        assert_eq!((rows(&plan), codes(&plan)), (vec![], vec![code]));
    }
}

/// Takes one row with this outcome, of somebody who was not there before.
fn undo_of(change: &Change<'static>, status: OutcomeStatus, effect: &str) -> UndoPlan {
    let record = record(&[], &["dora"], &[]);
    let mut work = DoneWork::default();
    let outcome = DoneOutcome { status, effect: effect.parse().unwrap() };
    work.take(DoneRow { file: 0, row: 1 }, change, outcome, &first_part(&record));
    let dora = user(9, "dora", &["A"]);
    let now = present(list(&[dora]), groups(&[]));
    UndoPlan::of(&work, &now, &DoneSince::default())
}

#[test]
fn user_is_removed_only_if_the_row_has_created_the_user() {
    let row = create("dora", &["A"]);
    let plan = undo_of(&row, OutcomeStatus::Ok, "created_or_exists+joined:1");
    assert_eq!(rows(&plan), [("delete", "dora@example.com")]);
    let plan = undo_of(&row, OutcomeStatus::Unknown, "none");
    assert_eq!((rows(&plan), codes(&plan)), (vec![], vec!["perhaps_existed"]));
    // It has only added a group, so somebody else has created the user in between.
    let plan = undo_of(&row, OutcomeStatus::Ok, "joined:1");
    assert_eq!((rows(&plan), codes(&plan)), (vec![], vec!["perhaps_existed"]));
}

#[test]
fn row_that_failed_in_part_is_taken_back_as_far_as_it_was_done() {
    let row = create("dora", &["A"]);
    let plan = undo_of(&row, OutcomeStatus::Failed, "created+joined:1");
    assert_eq!(rows(&plan), [("delete", "dora@example.com")]);
    // Somebody else has added the group that the row did not.
    let plan = undo_of(&row, OutcomeStatus::Failed, "created");
    assert_eq!((rows(&plan), codes(&plan)), (vec![], vec!["added_since"]));
    // One of two groups was added, and the user is in one of them.
    let two = create("dora", &["A", "B"]);
    let plan = undo_of(&two, OutcomeStatus::Failed, "created+joined:1");
    assert_eq!(rows(&plan), [("delete", "dora@example.com")]);
    let three = create("dora", &["A", "B", "C"]);
    let plan = undo_of(&three, OutcomeStatus::Failed, "created+joined:2");
    assert_eq!((rows(&plan), codes(&plan)), (vec![], vec!["done_in_part", "added_since"]));
}

/// Between two starts of a run, others have put Carl into B.
#[test]
fn changes_between_two_starts_are_no_changes_of_the_run() {
    let carl = |groups: &[&str]| record(&[user(3, "carl", groups)], &[], &[]);
    let (first, later) = (carl(&[]), carl(&["A", "B"]));
    let mut work = DoneWork::default();
    for (place, record, row, group) in [(0, &first, 1, "A"), (1, &later, 2, "C")] {
        let change = moves("carl", &[group], &[]);
        let outcome = DoneOutcome { status: OutcomeStatus::Ok, effect: RowEffect::of(&change) };
        let before = BeforeNow { place, part: &record.parts[0] };
        work.take(DoneRow { file: 0, row }, &change, outcome, &before);
    }
    let now = present(list(&[user(3, "carl", &["A", "B", "C"])]), groups(&[]));
    let plan = UndoPlan::of(&work, &now, &DoneSince::default());
    assert_eq!(plan.rows[0].remove_groups, ["A", "C"]);
    assert_eq!(codes(&plan), [""; 0]);
}

/// Between two starts of a run, others have taken Carl out of A, and the run puts him there again.
#[test]
fn membership_that_others_have_ended_between_two_starts_ends_again() {
    let carl = |groups: &[&str]| record(&[user(3, "carl", groups)], &[], &[]);
    let (first, later) = (carl(&["A"]), carl(&["B"]));
    let mut work = DoneWork::default();
    for (place, record, row, group) in [(0, &first, 1, "B"), (1, &later, 2, "A")] {
        let change = moves("carl", &[group], &[]);
        let outcome = DoneOutcome { status: OutcomeStatus::Ok, effect: RowEffect::of(&change) };
        let before = BeforeNow { place, part: &record.parts[0] };
        work.take(DoneRow { file: 0, row }, &change, outcome, &before);
    }
    let now = present(list(&[user(3, "carl", &["A", "B"])]), groups(&[]));
    let plan = UndoPlan::of(&work, &now, &DoneSince::default());
    assert_eq!(
        (&*plan.rows[0].remove_groups, codes(&plan).len()),
        (&["A", "B"].map(Into::into)[..], 0)
    );
}

/// Without an id, a user with other names may be somebody else.
#[test]
fn user_without_an_id_and_with_other_names_stays() {
    let nameless = |user: RecordedUser| RecordedUser { id: String::new(), ..user };
    let record = record(&[nameless(user(3, "carl", &[]))], &[], &[]);
    let work = done(&record, &[moves("carl", &["A"], &[])]);
    for (lastname, is_other) in [("Last", false), ("Other", true)] {
        let now = RecordedUser { lastname: lastname.to_owned(), ..user(9, "carl", &["A"]) };
        let plan = UndoPlan::of(&work, &present(list(&[now]), groups(&[])), &DoneSince::default());
        assert_eq!(codes(&plan) == ["not_known_now"], is_other, "{plan:?}");
        assert_eq!(plan.rows.is_empty(), is_other);
    }
}

#[test]
fn what_was_taken_back_once_stays() {
    let mut record = record(&[], &["dora"], &[]);
    let mut work = done(&record, &[create("dora", &["A"])]);
    let names = vec!["dora@example.com".to_owned()];
    record.take(RecordLine::TakenBack { row: 0, names, values: None });
    work.taken_back.add(0, &record);
    let now = present(list(&[user(9, "dora", &["A"])]), groups(&[]));
    let plan = UndoPlan::of(&work, &now, &DoneSince::default());
    assert_eq!((rows(&plan), codes(&plan)), (vec![], vec!["taken_back"]));
    let plan = UndoPlan::of(&work, &present(list(&[]), groups(&[])), &DoneSince::default());
    assert_eq!((rows(&plan), codes(&plan)), (vec![], vec![]));
}

/// Somebody else had the old address at the first undo.
#[test]
fn names_that_an_undo_has_left_are_taken_back_by_the_next() {
    let before = [user(3, "carl", &[])];
    let values = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    for (values, offered) in [
        (values(&[]), true),
        (values(&["firstname"]), true),
        (values(&["new_email"]), false),
        (None, false),
    ] {
        let mut record = record(&before, &["emil"], &[]);
        let changes = [rename("carl", "emil"), moves("emil", &["A"], &[])];
        let mut work = done(&record, &changes);
        for row in [0, 1] {
            let names = vec!["emil@example.com".to_owned()];
            record.take(RecordLine::TakenBack { row, names, values: values.clone() });
        }
        work.taken_back.add(0, &record);
        // Somebody has added the membership again.
        let now = RecordedUser { groups: ["A".to_owned()].into(), ..user(3, "emil", &[]) };
        let now = present(list(&[now]), groups(&[]));
        let plan = UndoPlan::of(&work, &now, &DoneSince::default());
        let new: Vec<_> = plan.rows.iter().map(|row| row.new_email.as_str()).collect();
        let wanted = if offered { vec!["carl@example.com"] } else { Vec::new() };
        assert_eq!((new, codes(&plan)), (wanted, vec!["taken_back"]), "{values:?}");
        assert!(plan.rows.iter().all(|row| !row.moves()), "{plan:?}");
    }
}

#[test]
fn user_whom_the_list_may_not_show_as_it_is_is_asked_about_or_stays() {
    let record = record(&[], &["dora"], &[]);
    let work = done(&record, &[create("dora", &["A"])]);
    let listed = list(&[user(9, "dora", &["A"])]);
    let now = PresentState {
        uncertain: vec![who("dora@example.com", None)],
        ..present(listed, groups(&[]))
    };
    let plan = |now: &PresentState| UndoPlan::of(&work, now, &DoneSince::default());
    assert_eq!(codes(&plan(&now)), ["not_known_now"]);
    let asked = PresentState { asked: Some(list(&[user(9, "dora", &["A", "B"])])), ..now };
    assert_eq!(codes(&plan(&asked)), ["added_since"]);
}

#[test]
fn other_account_without_an_id_stays() {
    let without_id = |identity: &str, groups: &[&str]| RecordedUser {
        id: String::new(),
        identity: identity.to_owned(),
        ..user(1, "bob", groups)
    };
    let changes = [moves("bob", &["A"], &[])];
    let before = [without_id("federatedID", &[])];
    let plan = undo(&before, &changes, &[without_id("enterpriseID", &["A"])]);
    assert_eq!((rows(&plan), codes(&plan)), (vec![], vec!["not_known_now"]));
}

#[test]
fn user_who_existed_according_to_the_server_stays() {
    let record = record(&[], &["dora"], &[]);
    let mut work = DoneWork::default();
    let change = create("dora", &["A"]);
    let effect = "exists+joined:1".parse().unwrap();
    let outcome = DoneOutcome { status: OutcomeStatus::Ok, effect };
    work.take(DoneRow { file: 0, row: 1 }, &change, outcome, &first_part(&record));
    let now = present(list(&[user(9, "dora", &["A"])]), BTreeMap::new());
    let plan = UndoPlan::of(&work, &now, &DoneSince::default());
    assert_eq!(codes(&plan), ["existed_before"]);
}

#[test]
fn removed_user_is_created_again_with_groups() {
    let ann = user(1, "ann", &["A", "_org_admin"]);
    let changes = [leave("ann", Leave::KeepAccount)];
    let plan = undo(std::slice::from_ref(&ann), &changes, &[]);
    assert_eq!(rows(&plan), [("create", "ann@example.com")]);
    assert_eq!(
        (plan.rows[0].groups.as_slice(), &*plan.rows[0].country),
        (&["A".to_owned()][..], "DE")
    );
    assert_eq!(codes(&plan), ["role"]);
    let again = user(2, "ann", &[]);
    let plan = undo(std::slice::from_ref(&ann), &changes, &[again]);
    assert_eq!((rows(&plan), codes(&plan)), (vec![], vec!["created_again"]));
    // A removal without a response was not carried out.
    let plan = undo(std::slice::from_ref(&ann), &changes, std::slice::from_ref(&ann));
    assert_eq!((rows(&plan), codes(&plan)), (vec![], vec![]));
    let nowhere = RecordedUser { country: String::new(), groups: Vec::new(), ..ann.clone() };
    assert_eq!(codes(&undo(&[nowhere], &changes, &[])), ["no_country"]);
    let untyped = RecordedUser { identity: "unknown".to_owned(), ..ann.clone() };
    assert_eq!(codes(&undo(&[untyped], &changes, &[])), ["no_type"]);
    let deleted = [leave("ann", Leave::DeleteAccount)];
    let plan = undo(&[ann], &deleted, &[]);
    assert_eq!((rows(&plan), codes(&plan)), (vec![], vec!["account_deleted"]));
}

#[test]
fn memberships_are_taken_back_unless_somebody_did() {
    let ann = user(1, "ann", &["A", "B"]);
    let changes = [moves("ann", &["B", "C"], &["A"])];
    let plan = undo(std::slice::from_ref(&ann), &changes, &[user(1, "ann", &["B", "C"])]);
    let UndoRow { add_groups, remove_groups, .. } = &plan.rows[0];
    assert_eq!(
        (add_groups.as_slice(), remove_groups.as_slice()),
        (&["A".to_owned()][..], &["C".to_owned()][..])
    );
    let back = undo(std::slice::from_ref(&ann), &changes, std::slice::from_ref(&ann));
    assert_eq!((rows(&back), codes(&back)), (vec![], vec![]));
    let gone = undo(&[ann], &changes, &[]);
    assert_eq!(codes(&gone), ["removed_since"]);
}

#[test]
fn names_come_back_unless_somebody_changed_them() {
    let ann = user(1, "ann", &[]);
    let changes = [rename("ann", "emil")];
    let plan = undo(std::slice::from_ref(&ann), &changes, &[user(1, "emil", &[])]);
    assert_eq!(
        (&*plan.rows[0].email, &*plan.rows[0].new_email),
        ("emil@example.com", "ann@example.com")
    );
    let other = undo(std::slice::from_ref(&ann), &changes, &[user(1, "fay", &[])]);
    assert_eq!((rows(&other), codes(&other)), (vec![], vec!["changed_since"]));
    let taken = undo(&[ann], &changes, &[user(1, "emil", &[]), user(2, "ann", &[])]);
    assert_eq!((rows(&taken), codes(&taken)), (vec![], vec!["name_taken"]));
}

#[test]
fn exchanged_names_are_said() {
    let before = [user(1, "ann", &[]), user(2, "bob", &[])];
    let changes = [rename("ann", "emil"), rename("bob", "ann"), rename("emil", "bob")];
    let plan = undo(&before, &changes, &[user(1, "bob", &[]), user(2, "ann", &[])]);
    assert!(codes(&plan).contains(&"names_exchanged"), "{plan:?}");
}

#[test]
fn name_of_a_removed_user_is_given_back_first() {
    let before = [user(1, "ann", &[]), user(2, "bob", &[])];
    let changes = [leave("bob", Leave::KeepAccount), rename("ann", "bob")];
    let plan = undo(&before, &changes, &[user(1, "bob", &[])]);
    assert_eq!(rows(&plan), [("update", "bob@example.com"), ("create", "bob@example.com")]);
}

#[test]
fn user_of_whom_nothing_is_known_stays() {
    let plan = undo(&[], &[moves("nina", &["A"], &[])], &[user(1, "nina", &["A"])]);
    assert_eq!((rows(&plan), codes(&plan)), (vec![], vec!["not_known_before"]));
}

#[test]
fn groups_of_whom_nothing_is_known_stay() {
    let record = record(&[], &[], &[("A", false), ("B", true)]);
    let created = |name: &'static str| {
        Change::Group(GroupChange {
            group: name.into(),
            create: Some(crate::change::CreateGroup::default()),
            ..GroupChange::default()
        })
    };
    let deleted =
        Change::Group(GroupChange { group: "B".into(), delete: true, ..GroupChange::default() });
    let work = done(&record, &[created("A"), created("X"), deleted]);
    let groups = [("a", PresentGroup::With(Vec::new())), ("b", PresentGroup::Absent)];
    let now = present(
        Organization::of_probes("probes", Timestamp::UNIX_EPOCH),
        groups.map(|(name, group)| (name.to_owned(), group)).into(),
    );
    let plan = UndoPlan::of(&work, &now, &DoneSince::default());
    assert_eq!(rows(&plan), [("create-group", "B"), ("delete-group", "A")]);
    assert_eq!(codes(&plan), ["not_known_before", "group_without_values"]);
    let unasked = PresentState { groups: BTreeMap::new(), ..now };
    let plan = UndoPlan::of(&work, &unasked, &DoneSince::default());
    assert_eq!((rows(&plan), codes(&plan).len()), (vec![], 3));
}

/// Carries out a change in a model: users by number, which is their id.
fn carry_out(users: &mut Vec<RecordedUser>, change: &UserChange<'_>, next: &mut u8) {
    let place = users.iter().position(|user| user.email == change.user);
    let place = match (place, &change.create) {
        (Some(place), _) => place,
        (None, Some(_)) => {
            *next += 1;
            let name = change.user.split('@').next().unwrap();
            users.push(user(*next, name, &[]));
            users.len() - 1
        }
        (None, None) => return,
    };
    let one = &mut users[place];
    if let Some(email) = change.update.as_ref().and_then(|update| update.email.as_ref()) {
        one.email = email.to_string();
        one.username = email.to_string();
    }
    match &change.remove {
        Some(Memberships::All) => one.groups.clear(),
        Some(Memberships::Named(names)) => names.iter().for_each(|name| one.part(name)),
        None => {}
    }
    change.add.iter().for_each(|name| one.join(name));
    if change.leave.is_some() {
        users.remove(place);
    }
}

/// Carries out a row of an undo, as an import would. Fails if a name is not free.
fn carry_out_row(users: &mut Vec<RecordedUser>, row: &UndoRow, next: &mut u8) {
    let is_free = |users: &[RecordedUser], name: &str| users.iter().all(|user| user.email != name);
    match row.action {
        "create" => {
            assert!(is_free(users, &row.email), "{row:?}");
            *next += 1;
            let mut one = user(*next, row.email.split('@').next().unwrap(), &[]);
            row.groups.iter().for_each(|group| one.join(group));
            users.push(one);
        }
        "delete" => {
            let before = users.len();
            users.retain(|user| user.email != row.email);
            assert_eq!(users.len() + 1, before, "{row:?}");
        }
        _ => {
            assert!(row.new_email.is_empty() || is_free(users, &row.new_email), "{row:?}");
            let one = users.iter_mut().find(|user| user.email == row.email).unwrap();
            if !row.new_email.is_empty() {
                one.email.clone_from(&row.new_email);
                one.username.clone_from(&row.new_email);
            }
            row.remove_groups.iter().for_each(|group| one.part(group));
            row.add_groups.iter().for_each(|group| one.join(group));
        }
    }
}

const NAMES: [&str; 6] = ["ann", "bob", "carl", "dora", "emil", "fay"];
const GROUPS: [&str; 3] = ["A", "B", "C"];

fn any_change() -> impl Strategy<Value = Change<'static>> {
    let group = || prop::sample::select(&GROUPS[..]);
    let name = || prop::sample::select(&NAMES[..]);
    prop_oneof![
        (name(), group()).prop_map(|(name, group)| create(name, &[group])),
        name().prop_map(|name| leave(name, Leave::KeepAccount)),
        (name(), group()).prop_map(|(name, group)| moves(name, &[group], &[])),
        (name(), group()).prop_map(|(name, group)| moves(name, &[], &[group])),
        (name(), name()).prop_map(|(name, new)| rename(name, new)),
    ]
}

/// The users without their ids, which a user who is created again does not get back.
fn faces(users: &[RecordedUser]) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = users
        .iter()
        .map(|user| {
            let mut groups = user.groups.clone();
            groups.sort();
            (user.email.clone(), groups)
        })
        .collect();
    all.sort();
    all
}

proptest! {
    /// Rows that succeed are taken back completely, unless it is said what stays.
    #[test]
    fn any_rows_are_taken_back_or_it_is_said(
        members in prop::collection::vec(prop::collection::vec(any::<bool>(), 3), 0..4),
        wanted in prop::collection::vec(any_change(), 0..8),
    ) {
        let before: Vec<RecordedUser> = (1..).zip(&members).zip(NAMES).map(|((number, own), name)| {
            let groups = GROUPS.iter().zip(own).filter(|(_, is_in)| **is_in);
            user(number, name, &groups.map(|(group, _)| *group).collect::<Vec<_>>())
        }).collect();
        let (mut now, mut next, mut changes) = (before.clone(), 100, Vec::new());
        for change in wanted {
            let Change::User(user) = &change else { continue };
            // The server refuses a row about nobody, and a name that somebody has.
            let is_there = |name: &str| now.iter().any(|user| user.email == name);
            let update = user.update.as_ref().and_then(|update| update.email.as_deref());
            if user.create.is_none() && !is_there(&user.user) || update.is_some_and(is_there) {
                continue;
            }
            carry_out(&mut now, user, &mut next);
            changes.push(change);
        }
        let nobody: Vec<&str> = NAMES.into_iter().skip(before.len()).collect();
        let record = record(&before, &nobody, &[]);
        let present = present(list(&now), groups(&now));
        let plan = UndoPlan::of(&done(&record, &changes), &present, &DoneSince::default());
        for row in &plan.rows {
            carry_out_row(&mut now, row, &mut next);
        }
        if plan.refused.is_empty() {
            prop_assert_eq!(faces(&now), faces(&before), "{:?}", plan);
        }
        let may_stay = ["names_exchanged", "name_taken", "created_again", "not_known_now"];
        for refused in &plan.refused {
            prop_assert!(may_stay.contains(&refused.code), "{:?}", plan);
        }
    }
}
