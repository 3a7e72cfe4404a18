//! Tests of the counts of users and groups that a plan changes.

use super::*;
use crate::change::{EffectPart, RowEffect};

fn knowing(change: Change<'static>, parts: &[EffectPart]) -> (Change<'static>, RowFootprint) {
    let effect = parts.iter().fold(RowEffect::NONE, |effect, part| effect.with(*part));
    let footprint = RowFootprint::of(&change).knowing(effect);
    (change, footprint)
}

fn count(rows: &[Change<'static>]) -> Headcount {
    Headcount::of(&plan(rows))
}

fn count_known(rows: &[(Change<'static>, RowFootprint)]) -> Headcount {
    Headcount::of(&plan_knowing(rows))
}

const NONE: Headcount = Headcount {
    created: 0,
    perhaps_there: 0,
    exist: 0,
    updated: 0,
    join: 0,
    leave_groups: 0,
    lose_all: 0,
    leave: 0,
    lose_account: 0,
    not_there: 0,
    groups_created: 0,
    groups_perhaps_there: 0,
    groups_changed: 0,
    groups_deleted: 0,
};

#[test]
fn created_users_count_by_what_a_list_tells() {
    let created = || creation("a@x.com");
    assert_eq!(count(&[created()]), Headcount { created: 1, perhaps_there: 1, ..NONE });
    let new = [knowing(created(), &[EffectPart::Created])];
    assert_eq!(count_known(&new), Headcount { created: 1, ..NONE });
    let there = [knowing(created(), &[EffectPart::Exists])];
    assert_eq!(count_known(&there), Headcount { exist: 1, ..NONE });
    let renewed = [knowing(created(), &[EffectPart::Exists, EffectPart::Updated])];
    assert_eq!(count_known(&renewed), Headcount { updated: 1, ..NONE });
}

#[test]
fn each_thing_done_to_a_user_counts() {
    assert_eq!(count(&[joining("a@x.com", &["G", "H"])]), Headcount { join: 1, ..NONE });
    assert_eq!(count(&[leaving("a@x.com", &["G"])]), Headcount { leave_groups: 1, ..NONE });
    assert_eq!(count(&[losing_all("a@x.com")]), Headcount { lose_all: 1, ..NONE });
    assert_eq!(count(&[updated("a@x.com", first_name())]), Headcount { updated: 1, ..NONE });
    let leave = removal("a@x.com", Leave::KeepAccount);
    assert_eq!(count(&[leave]), Headcount { leave: 1, ..NONE });
    let delete = removal("a@x.com", Leave::DeleteAccount);
    assert_eq!(count(&[delete]), Headcount { lose_account: 1, ..NONE });
}

#[test]
fn whom_a_list_does_not_show_counts_as_not_there() {
    let (change, mut footprint) = knowing(leaving("a@x.com", &["G"]), &[]);
    footprint.set_absent();
    assert_eq!(count_known(&[(change, footprint)]), Headcount { not_there: 1, ..NONE });
}

/// A user who is created and joins groups counts as created, in one row or in several.
#[test]
fn a_user_in_several_rows_counts_once() {
    let rows = [
        creation("a@x.com"),
        joining("a@x.com", &["G"]),
        leaving("a@x.com", &["H"]),
        joining("b@x.com", &["G"]),
        joining("b@x.com", &["H"]),
        losing_all("b@x.com"),
    ];
    let expected =
        Headcount { created: 1, perhaps_there: 1, leave_groups: 1, join: 1, lose_all: 1, ..NONE };
    assert_eq!(count(&rows), expected);
    let rest = Headcount::of_rest(&plan(&rows), |row| row != 0 && row < 4);
    assert_eq!(rest, Headcount { join: 2, leave_groups: 1, ..NONE });
    assert_eq!(Headcount::of_rest(&plan(&rows), |_| false), NONE);
}

/// Each row passes the name on to another user.
#[test]
fn people_who_get_the_name_of_another_count_apart() {
    let rename = |old: &'static str, new: &'static str| {
        let update = UpdateUser { email: Some(new.into()), ..UpdateUser::default() };
        updated(old, update)
    };
    let leave = || removal("a@x.com", Leave::KeepAccount);
    let rows =
        [leave(), rename("b@x.com", "a@x.com"), leave(), rename("c@x.com", "a@x.com"), leave()];
    assert_eq!(count(&rows), Headcount { updated: 2, leave: 3, ..NONE });
    let reverse =
        [rename("c@x.com", "d@x.com"), rename("b@x.com", "c@x.com"), rename("a@x.com", "b@x.com")];
    assert_eq!(count(&reverse), Headcount { updated: 3, ..NONE });
    // One user gets one name after the other.
    let forward = [rename("a@x.com", "b@x.com"), rename("b@x.com", "c@x.com")];
    assert_eq!(count(&forward), Headcount { updated: 1, ..NONE });
    let swap =
        [rename("a@x.com", "t@x.com"), rename("b@x.com", "a@x.com"), rename("t@x.com", "b@x.com")];
    assert_eq!(count(&swap), Headcount { updated: 2, ..NONE });
    // A name that comes back is that of the user who had it.
    let back = [
        leave(),
        rename("b@x.com", "a@x.com"),
        rename("a@x.com", "b@x.com"),
        removal("b@x.com", Leave::KeepAccount),
    ];
    assert_eq!(count(&back), Headcount { leave: 2, updated: 1, ..NONE });
}

/// An Adobe ID may share an email with an account of the organization: both may be created.
#[test]
fn an_adobe_id_that_is_created_counts_apart() {
    let both = [creation("a@x.com"), adobe(creation("a@x.com"))];
    assert_eq!(count(&both), Headcount { created: 2, perhaps_there: 2, ..NONE });
    let one = [creation("a@x.com"), adobe(joining("a@x.com", &["G"]))];
    assert_eq!(count(&one), Headcount { created: 1, perhaps_there: 1, ..NONE });
}

#[test]
fn each_thing_done_to_a_group_counts() {
    let perhaps = Headcount { groups_created: 1, groups_perhaps_there: 1, ..NONE };
    assert_eq!(count(&[group_created("G")]), perhaps);
    let new = [knowing(group_created("G"), &[EffectPart::GroupCreated])];
    assert_eq!(count_known(&new), Headcount { groups_created: 1, ..NONE });
    assert_eq!(count_known(&[knowing(group_created("G"), &[EffectPart::GroupExists])]), NONE);
    assert_eq!(count(&[group_deleted("G")]), Headcount { groups_deleted: 1, ..NONE });
    let changed = Headcount { groups_changed: 1, ..NONE };
    let description = UpdateGroup { name: None, description: Some("text".into()) };
    assert_eq!(count(&[group_updated("G", description)]), changed);
    let adds = GroupChange { add_users: texts(&["a@x.com"]), ..group("G") };
    assert_eq!(count(&[Change::Group(adds)]), changed);
    let removes = GroupChange { remove_users: texts(&["a@x.com"]), ..group("G") };
    assert_eq!(count(&[Change::Group(removes)]), changed);
    let adds = GroupChange {
        create: Some(CreateGroup::default()),
        add_users: texts(&["a@x.com"]),
        ..group("G")
    };
    assert_eq!(count(&[Change::Group(adds)]), perhaps);
}

#[test]
fn numbers_are_said_for_one_and_for_several() {
    let each = Headcount {
        created: 1,
        perhaps_there: 1,
        exist: 1,
        updated: 1,
        join: 1,
        leave_groups: 1,
        lose_all: 1,
        leave: 1,
        lose_account: 1,
        not_there: 1,
        groups_created: 1,
        groups_perhaps_there: 0,
        groups_changed: 1,
        groups_deleted: 1,
    };
    assert_eq!(
        each.words(),
        "1 user is created (unless it exists already), 1 user exists already, 1 user is updated, 1 \
         user joins groups, 1 user leaves groups, 1 user loses all groups, 1 user leaves the \
         organization, 1 user is deleted with account and files, 1 removal of an unknown user, 1 \
         group is created, 1 group is changed, 1 group is deleted"
    );
    let two = Headcount { lose_account: 2, groups_changed: 2, not_there: 2, ..NONE };
    assert_eq!(
        two.words(),
        "2 users are deleted with accounts and files, 2 removals of unknown users, 2 groups are \
         changed"
    );
    assert_eq!(NONE.words(), "");
}

#[test]
fn rows_that_delete_are_counted() {
    let rows = [
        removal("a@x.com", Leave::DeleteAccount),
        removal("b@x.com", Leave::KeepAccount),
        losing_all("c@x.com"),
        group_deleted("G"),
        leaving("d@x.com", &["G"]),
        creation("e@x.com"),
    ];
    let plan = plan(&rows);
    assert_eq!(Deletes::of_rest(&plan, |_| true), Deletes { rows: 4, accounts: 1 });
    assert_eq!(Deletes::of_rest(&plan, |row| row > 0), Deletes { rows: 3, accounts: 0 });
    assert_eq!(plan.removals_of_rest(|_| true), 2);
    assert_eq!(plan.removals_of_rest(|row| row != 4), 1);
}
