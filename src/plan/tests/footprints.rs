//! Tests of the footprint of a single row.

use super::*;
use crate::change::{EffectPart, RowEffect};

fn of(change: &Change<'_>) -> RowFootprint {
    RowFootprint::of(change)
}

fn many(number: usize) -> Vec<Cow<'static, str>> {
    (0..number).map(|number| Cow::Owned(format!("G{number}"))).collect()
}

#[test]
fn a_row_of_many_names_is_alone() {
    let adds = |number| of(&Change::User(UserChange { add: many(number), ..user("a@x.com") }));
    let removes = |number| {
        let remove = Some(Memberships::Named(many(number)));
        of(&Change::User(UserChange { remove, ..user("a@x.com") }))
    };
    assert!(!adds(100).is_alone() && !removes(100).is_alone());
    assert_eq!((adds(100).parts(), adds(100).adds), (1, 100));
    // Ten steps of ten names fit into one command. The next step begins another one.
    for footprint in [adds(101), removes(101)] {
        assert!(footprint.is_alone() && footprint.is_sent() && footprint.is_user());
        assert_eq!(footprint.parts(), 2);
    }
    assert_eq!((adds(300).adds, removes(300).removes), (300, 300));
}

#[test]
fn skipped_row_needs_nothing() {
    let nothing = RowFootprint::SKIPPED;
    assert!(!nothing.is_sent() && !nothing.starts() && !nothing.is_head());
    assert_eq!(nothing.parts(), 0);
    let sent = of(&joining("a@x.com", &["G"]));
    assert!(sent.is_sent() && sent.starts() && sent.is_head());
    assert_eq!(sent.parts(), 1);
}

#[test]
fn what_cannot_be_repeated_harmlessly_is_alone() {
    for change in [
        Change::User(created("a@x.com", IfExists::Error)),
        updated("a@x.com", new_email("b@x.com")),
        losing_all("a@x.com"),
        removal("a@x.com", Leave::KeepAccount),
        group_updated("G", UpdateGroup { name: Some("H".into()), description: None }),
        group_deleted("G"),
        Change::Group(GroupChange {
            create: Some(CreateGroup { if_exists: IfExists::Error, ..CreateGroup::default() }),
            ..group("G")
        }),
    ] {
        assert!(of(&change).is_alone(), "{change:?}");
    }
    for change in [
        creation("a@x.com"),
        Change::User(created("a@x.com", IfExists::Update)),
        updated("a@x.com", first_name()),
        joining("a@x.com", &["G"]),
        leaving("a@x.com", &["G"]),
        group_created("G"),
        group_updated("G", UpdateGroup { name: None, description: Some("text".into()) }),
    ] {
        assert!(!of(&change).is_alone(), "{change:?}");
    }
}

#[test]
fn a_footprint_says_what_the_row_does() {
    type Question = fn(RowFootprint) -> bool;
    let questions: [(&str, Question); 9] = [
        ("user", RowFootprint::is_user),
        ("creates", RowFootprint::creates),
        ("updates", RowFootprint::updates),
        ("removes all", RowFootprint::removes_all),
        ("leaves", RowFootprint::leaves),
        ("loses account", RowFootprint::loses_account),
        ("deletes group", RowFootprint::deletes_group),
        ("adobe", RowFootprint::is_adobe),
        ("touches", RowFootprint::touches),
    ];
    let said = |change: &Change<'_>| {
        let footprint = of(change);
        let said = questions.iter().filter(|(_, question)| question(footprint));
        said.map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(said(&creation("a@x.com")), "user, creates");
    assert_eq!(said(&adobe(joining("a@x.com", &["G"]))), "user, adobe");
    assert_eq!(said(&updated("a@x.com", first_name())), "user, updates");
    assert_eq!(said(&updated("a@x.com", new_email("b@x.com"))), "user, updates");
    assert_eq!(said(&losing_all("a@x.com")), "user, removes all");
    assert_eq!(said(&leaving("a@x.com", &["G"])), "user");
    assert_eq!(said(&removal("a@x.com", Leave::KeepAccount)), "user, leaves");
    let with_account = removal("a@x.com", Leave::DeleteAccount);
    assert_eq!(said(&with_account), "user, leaves, loses account");
    assert_eq!(said(&adobe(with_account)), "user, leaves, loses account, adobe");
    assert_eq!(said(&group_created("G")), "creates");
    assert_eq!(said(&group_updated("G", UpdateGroup::default())), "updates");
    assert_eq!(said(&group_deleted("G")), "deletes group");
    let mut touching = of(&joining("a@x.com", &["G"]));
    touching.set_touches();
    assert!(touching.touches() && touching.is_user() && !touching.is_alone());
    touching.set_alone();
    assert!(touching.is_alone() && touching.touches());
}

#[test]
fn only_rows_that_join_and_leave_groups_by_name_change_only_memberships() {
    let only = |change: &Change<'_>| of(change).changes_only_memberships();
    assert!(only(&joining("a@x.com", &["G"])) && only(&leaving("a@x.com", &["G"])));
    assert!(!only(&joining("a@x.com", &[])));
    let with_memberships = |mut change: Change<'static>| {
        if let Change::User(user) = &mut change {
            user.add = texts(&["G"]);
        }
        change
    };
    for other in [
        creation("a@x.com"),
        updated("a@x.com", first_name()),
        updated("a@x.com", new_email("b@x.com")),
        losing_all("a@x.com"),
        removal("a@x.com", Leave::KeepAccount),
        adobe(joining("a@x.com", &["G"])),
        group_created("G"),
    ] {
        let other = with_memberships(other);
        assert!(!only(&other), "{other:?}");
    }
    let mut of_nobody = of(&leaving("a@x.com", &["G"]));
    of_nobody.set_absent();
    assert!(
        !of_nobody.changes_only_memberships() && !RowFootprint::SKIPPED.changes_only_memberships()
    );
}

#[test]
fn the_names_of_a_groups_lists_are_counted_together() {
    let footprint = of(&Change::Group(GroupChange {
        add_users: texts(&["a@x.com", "b@x.com"]),
        add_profiles: texts(&["P"]),
        remove_users: texts(&["c@x.com"]),
        remove_profiles: texts(&["P", "Q", "R"]),
        ..group("G")
    }));
    assert_eq!((footprint.adds, footprint.removes), (3, 4));
}

#[test]
fn equal_create_steps_have_equal_prints() {
    let print = |change: UserChange<'static>| of(&Change::User(change)).create;
    let first = || created("a@x.com", IfExists::Ignore);
    assert_eq!(print(first()), print(created("A@x.com", IfExists::Ignore)));
    assert_ne!(print(first()), print(created("a@x.com", IfExists::Update)));
    let with = |change: fn(&mut CreateUser<'static>)| {
        let mut user = first();
        change(user.create.as_mut().unwrap());
        print(user)
    };
    let others = [
        with(|create| create.identity = IdentityType::Enterprise),
        with(|create| create.identity = IdentityType::Adobe),
        with(|create| create.firstname = Some("Bob".into())),
        with(|create| create.firstname = None),
        with(|create| create.lastname = Some("Lee".into())),
        with(|create| create.country = Some("US".into())),
    ];
    for (place, other) in others.iter().enumerate() {
        assert!(*other != print(first()) && !others[..place].contains(other), "{place}");
    }
    let first_of = |name: Option<&'static str>| {
        let mut user = first();
        user.create.as_mut().unwrap().firstname = name.map(Into::into);
        user
    };
    let named = |first: Option<&'static str>, last: Option<&'static str>| {
        let mut user = first_of(first);
        user.create.as_mut().unwrap().lastname = last.map(Into::into);
        print(user)
    };
    assert_ne!(named(Some("Lee"), None), named(None, Some("Lee")));
    let group_print = |description: Option<&'static str>| {
        let create =
            CreateGroup { description: description.map(Into::into), ..CreateGroup::default() };
        of(&Change::Group(GroupChange { create: Some(create), ..group("G") })).create
    };
    assert_eq!(group_print(Some("a")), group_print(Some("a")));
    assert_ne!(group_print(Some("a")), group_print(Some("b")));
    assert_ne!(group_print(Some("a")), group_print(None));
}

#[test]
fn a_list_tells_whether_a_create_step_meets_somebody() {
    let knowing = |change: &Change<'_>, parts: &[EffectPart]| {
        let effect = parts.iter().fold(RowEffect::NONE, |effect, part| effect.with(*part));
        let known = of(change).knowing(effect);
        assert_eq!(known.knowing(effect), known, "said twice");
        assert!(known.is_sent() && known.creates() == of(change).creates());
        (known.meets(), known.is_new(), known.renews())
    };
    use EffectPart::{Created, Exists, GroupCreated, GroupExists, Updated};
    let (ann, new_group) = (creation("a@x.com"), group_created("G"));
    assert_eq!(knowing(&ann, &[]), (false, false, false));
    assert_eq!(knowing(&ann, &[Exists]), (true, false, false));
    assert_eq!(knowing(&ann, &[Exists, Updated]), (true, false, true));
    assert_eq!(knowing(&ann, &[Created]), (false, true, false));
    assert_eq!(knowing(&ann, &[Created, Updated]), (false, true, false));
    assert_eq!(knowing(&ann, &[Updated]), (false, false, false));
    assert_eq!(knowing(&new_group, &[GroupExists]), (true, false, false));
    assert_eq!(knowing(&new_group, &[GroupExists, Updated]), (true, false, false));
    assert_eq!(knowing(&new_group, &[GroupCreated]), (false, true, false));
    let joins = joining("a@x.com", &["G"]);
    assert_eq!(knowing(&joins, &[Exists]), (false, false, false));
    assert_eq!(knowing(&joins, &[Created]), (false, false, false));
}

#[test]
fn a_name_ends_with_who_has_it() {
    let ends = |change: &Change<'_>| (of(change).ends_name(), of(change).frees_name());
    assert_eq!(ends(&removal("a@x.com", Leave::KeepAccount)), (true, true));
    assert_eq!(ends(&updated("a@x.com", new_email("b@x.com"))), (true, true));
    assert_eq!(ends(&group_deleted("G")), (true, false));
    let renamed = group_updated("G", UpdateGroup { name: Some("H".into()), description: None });
    assert_eq!(ends(&renamed), (true, false));
    assert_eq!(ends(&updated("a@x.com", first_name())), (false, false));
    assert_eq!(ends(&Change::User(created("a@x.com", IfExists::Error))), (false, false));
    assert_eq!(ends(&losing_all("a@x.com")), (false, false));
    assert_eq!(ends(&joining("a@x.com", &["G"])), (false, false));
}

#[test]
fn two_rows_together_do_what_each_does() {
    let (first, other) = (of(&creation("a@x.com")), of(&leaving("a@x.com", &["G", "H"])));
    for whole in [first.or(other), other.or(first)] {
        assert!(whole.creates() && whole.is_user() && whole.is_sent());
        assert_eq!((whole.removes, whole.adds), (2, 0));
    }
    let joins = of(&joining("a@x.com", &["G", "H", "I"]));
    let whole = joins.or(other);
    assert_eq!((whole.removes, whole.adds), (2, 3));
    assert_eq!((other.or(joins).removes, other.or(joins).adds), (2, 3));
    assert!(!whole.creates());
}

#[test]
fn nobody_is_there_from_whom_only_something_is_taken() {
    let mut absent = of(&leaving("a@x.com", &["G"]));
    assert!(!absent.is_of_nobody());
    absent.set_absent();
    assert!(absent.is_of_nobody() && absent.is_sent());
    let new = of(&creation("a@x.com")).knowing(RowEffect::NONE.with(EffectPart::Created));
    assert!(new.is_new() && !new.is_of_nobody());
}

/// Later rows on the user cannot rely on the memberships that a list shows.
#[test]
fn rows_after_which_a_user_has_other_memberships_say_so() {
    let changes = |change: &Change<'_>| of(change).changes_memberships();
    for change in [
        joining("a@x.com", &["G"]),
        leaving("a@x.com", &["G"]),
        losing_all("a@x.com"),
        removal("a@x.com", Leave::KeepAccount),
        updated("a@x.com", new_email("b@x.com")),
    ] {
        assert!(changes(&change), "{change:?}");
    }
    let with_members = Change::Group(GroupChange { add_users: texts(&["a@x.com"]), ..group("G") });
    for change in
        [creation("a@x.com"), updated("a@x.com", first_name()), group_deleted("G"), with_members]
    {
        assert!(!changes(&change), "{change:?}");
    }
}
