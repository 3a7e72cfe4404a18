//! Tests of which rows share a command, and of their order.

use super::*;
use crate::change::{EffectPart, RowEffect};

/// Returns the rows of each command, in the order of the file.
fn shared(rows: &[Change<'static>]) -> Vec<Vec<u32>> {
    let plan = plan(rows);
    let commands: Vec<_> = plan.commands_in_order(|_| true).collect();
    commands.iter().map(|(first, _)| plan.command_rows(*first)).collect()
}

fn many(letter: char, number: usize) -> Vec<Cow<'static, str>> {
    (0..number).map(|at| Cow::Owned(format!("{letter}{at}"))).collect()
}

fn adding(number: usize) -> Change<'static> {
    Change::User(UserChange { add: many('G', number), ..user("a@x.com") })
}

fn removing(number: usize) -> Change<'static> {
    let remove = Some(Memberships::Named(many('H', number)));
    Change::User(UserChange { remove, ..user("a@x.com") })
}

#[test]
fn a_builder_knows_how_many_rows_it_has() {
    let mut builder = PlanBuilder::default();
    builder.reserve(100);
    assert_eq!(builder.len(), 0);
    assert!(builder.is_empty() && builder.capacity() >= 100);
    let change = creation("a@x.com");
    builder.push(entry(7, RowFootprint::of(&change), &change));
    builder.set_end(19);
    assert!(!builder.is_empty() && builder.len() == 1);
    let plan = Plan::new(builder, Dependencies::default());
    assert_eq!((plan.rows(), plan.place(0)), (1, (7, 12)));
    assert!(!plan.has_waits());
}

#[test]
fn a_row_ends_where_the_next_one_begins() {
    let plan = plan(&[creation("a@x.com"), creation("b@x.com")]);
    assert_eq!([plan.place(0), plan.place(1)], [(0, 10), (10, 10)]);
}

#[test]
fn rows_on_one_user_share_a_command() {
    let (ann, bob) = ("a@x.com", "b@x.com");
    let rows = [creation(ann), creation(bob), joining(ann, &["G"]), leaving("A@x.com", &["H"])];
    assert_eq!(shared(&rows), [vec![0, 2, 3], vec![1]]);
    let plan = plan(&rows);
    assert_eq!((plan.commands(), plan.longest_chain()), (2, 1));
    assert_eq!([0, 2].map(|row| plan.is_first_of_its_name(row)), [true, false]);
    assert_eq!((plan.follower(3), plan.follower(1)), (None, None));
}

#[test]
fn what_is_alone_begins_a_command_and_ends_it() {
    let ann = "a@x.com";
    let rows = [
        joining(ann, &["G"]),
        losing_all(ann),
        joining(ann, &["H"]),
        leaving(ann, &["H"]),
        removal(ann, Leave::KeepAccount),
    ];
    assert_eq!(shared(&rows), [vec![0], vec![1], vec![2, 3], vec![4]]);
    let plan = plan(&rows);
    assert_eq!((plan.commands(), plan.longest_chain()), (4, 4));
    assert_eq!(plan.follower(0), Some(1));
    assert_eq!(plan.command_rows(2), [2, 3]);
}

#[test]
fn an_adobe_id_shares_no_command_with_another_account() {
    let rows = [joining("a@x.com", &["G"]), adobe(joining("a@x.com", &["H"]))];
    assert_eq!(shared(&rows), [[0], [1]]);
    let both = [adobe(joining("a@x.com", &["G"])), adobe(joining("a@x.com", &["H"]))];
    assert_eq!(shared(&both), [[0, 1]]);
}

#[test]
fn a_create_step_joins_only_the_same_create_step() {
    let ann = "a@x.com";
    assert_eq!(shared(&[creation(ann), creation(ann)]), [[0, 1]]);
    assert_eq!(shared(&[joining(ann, &["G"]), creation(ann)]), [[0], [1]]);
    let mut other = created(ann, IfExists::Ignore);
    other.create.as_mut().unwrap().lastname = Some("Lee".into());
    assert_eq!(shared(&[creation(ann), Change::User(other)]), [[0], [1]]);
    // The names were changed in between: the create step would set them back.
    let rows = [creation(ann), updated(ann, first_name()), creation(ann)];
    assert_eq!(shared(&rows), [vec![0, 1], vec![2]]);
}

/// A command has ten steps, and a list ten names: it is known beforehand whether a row fits.
#[test]
fn a_command_takes_rows_until_it_is_full() {
    assert_eq!(shared(&[adding(100), adding(1)]), [[0], [1]]);
    assert_eq!(shared(&[adding(99), adding(1)]), [[0, 1]]);
    assert_eq!(shared(&[adding(91), adding(9)]), [[0, 1]]);
    assert_eq!(shared(&[adding(90), adding(10), adding(1)]), [vec![0, 1], vec![2]]);
    assert_eq!(shared(&[removing(100), removing(1)]), [[0], [1]]);
    assert_eq!(shared(&[removing(95), removing(5)]), [[0, 1]]);
    assert_eq!(shared(&[removing(90), adding(10)]), [[0, 1]]);
    assert_eq!(shared(&[removing(90), adding(11)]), [[0], [1]]);
    assert_eq!(shared(&[adding(90), removing(11)]), [[0], [1]]);
    let create = |number| {
        Change::User(UserChange { add: many('G', number), ..created("a@x.com", IfExists::Ignore) })
    };
    assert_eq!(shared(&[create(90), adding(1)]), [[0], [1]]);
    assert_eq!(shared(&[create(89), adding(1)]), [[0, 1]]);
    // An update between two lists ends the first one.
    let rename = || updated("a@x.com", first_name());
    assert_eq!(shared(&[adding(81), rename(), adding(1)]), [vec![0, 1], vec![2]]);
    assert_eq!(shared(&[adding(80), rename(), adding(1)]), [[0, 1, 2]]);
    // Ten alternating lists are ten steps.
    let eleven: Vec<_> =
        (0..11).map(|at| if at % 2 == 0 { adding(1) } else { removing(1) }).collect();
    assert_eq!(shared(&eleven), [(0..10).collect(), vec![10]]);
}

#[test]
fn rows_share_a_command_only_between_the_same_events() {
    let change = || Change::Group(GroupChange { add_users: texts(&["a@x.com"]), ..group("G") });
    let rows = [joining("a@x.com", &["G"]), change(), joining("a@x.com", &["H"])];
    let mut builder = PlanBuilder::default();
    let mut dependencies = DependenciesBuilder::default();
    for (row, change) in rows.iter().enumerate() {
        builder.push(entry(row as u64, RowFootprint::of(change), change));
    }
    assert!(dependencies.tracked_names().is_empty());
    let ann = Key::user("a@x.com", None);
    dependencies.barrier(1, [ann]);
    assert!(dependencies.tracked_names().contains(&ann));
    for (row, change) in rows.iter().enumerate() {
        dependencies.references(row as u32, &referenced_names(change));
    }
    let plan = Plan::new(builder, dependencies.finish());
    assert!(plan.has_waits());
    assert_eq!([plan.command_rows(0), plan.command_rows(2)], [[0], [2]]);
    assert!(plan.footprint(0).touches() && plan.footprint(2).touches());
    assert!(plan.footprint(1).is_alone());
}

/// A row that waits for no other may share a command with one that does, before the event or after
/// it.
#[test]
fn rows_that_wait_for_nobody_share_a_command_with_others() {
    let shared_with = |groups: [&str; 2]| {
        let rows = [
            joining("a@x.com", &[groups[0]]),
            joining("a@x.com", &[groups[1]]),
            group_created("Video"),
        ];
        let mut builder = PlanBuilder::default();
        let mut dependencies = DependenciesBuilder::default();
        for (row, change) in rows.iter().enumerate() {
            builder.push(entry(row as u64, RowFootprint::of(change), change));
        }
        dependencies.barrier(2, [Key::group("Video")]);
        for (row, change) in rows.iter().enumerate() {
            dependencies.references(row as u32, &referenced_names(change));
        }
        let plan = Plan::new(builder, dependencies.finish());
        let touching = [0, 1].map(|row| plan.footprint(row).touches());
        (plan.command_rows(0), touching)
    };
    assert_eq!(shared_with(["Design", "Video"]), (vec![0, 1], [false, true]));
    assert_eq!(shared_with(["Video", "Design"]), (vec![0, 1], [true, false]));
    assert_eq!(shared_with(["Video", "Video"]), (vec![0, 1], [true, true]));
}

#[test]
fn rows_on_two_names_of_a_user_follow_one_another() {
    let rows = [
        joining("a@x.com", &["G"]),
        updated("a@x.com", new_email("b@x.com")),
        joining("b@x.com", &["H"]),
        joining("c@x.com", &["H"]),
    ];
    let plan = plan(&rows);
    assert_eq!((plan.follower(0), plan.follower(1), plan.follower(2)), (Some(1), Some(2), None));
    assert_eq!((plan.commands(), plan.longest_chain()), (4, 3));
    // Two names share no command, even if they belong to one person.
    let names = [
        Change::User(UserChange {
            other_name: Some(("b@x.com".into(), None)),
            add: texts(&["G"]),
            ..user("a@x.com")
        }),
        joining("b@x.com", &["H"]),
    ];
    assert_eq!(shared(&names), [[0], [1]]);
}

#[test]
fn two_users_who_take_the_same_name_are_one_chain() {
    let rows = [updated("a@x.com", new_email("c@x.com")), updated("b@x.com", new_email("c@x.com"))];
    let plan = plan(&rows);
    assert_eq!(plan.follower(0), Some(1));
    assert_eq!(plan.longest_chain(), 2);
}

#[test]
fn commands_left_are_those_with_a_row_that_is_left() {
    let ann = "a@x.com";
    let rows = [
        joining(ann, &["G"]),
        joining(ann, &["H"]),
        losing_all(ann),
        joining("b@x.com", &["G"]),
        Change::User(UserChange { add: many('G', 101), ..user("c@x.com") }),
    ];
    let plan = plan(&rows);
    let left = |left: &[u32]| {
        let is_left = |row: u32| left.contains(&row);
        (plan.commands_left(is_left), plan.commands_in_order(is_left).collect::<Vec<_>>())
    };
    assert_eq!(left(&[0, 1, 2, 3, 4]), ((5, 2), vec![(0, 1), (2, 1), (3, 1), (4, 2)]));
    assert_eq!(left(&[1, 3]), ((2, 1), vec![(0, 1), (3, 1)]));
    assert_eq!(left(&[0, 1, 2]), ((2, 2), vec![(0, 1), (2, 1)]));
    assert_eq!(left(&[2]), ((1, 1), vec![(2, 1)]));
    assert_eq!(left(&[]), ((0, 0), Vec::new()));
}

#[test]
fn rows_that_are_not_sent_have_no_commands() {
    let rows = [(creation("a@x.com"), RowFootprint::SKIPPED)];
    let mut builder = PlanBuilder::default();
    builder.push(RowEntry { key: None, ..entry(0, RowFootprint::SKIPPED, &rows[0].0) });
    let plan = Plan::new(builder, Dependencies::default());
    assert_eq!((plan.rows(), plan.commands(), plan.longest_chain()), (1, 0, 0));
    assert_eq!(plan.commands_in_order(|_| true).count(), 0);
    assert_eq!(Estimate::of(&plan), Estimate { commands: 0, requests: 0 });
}

#[test]
fn a_user_whom_several_rows_create_is_created_once() {
    let ann = "a@x.com";
    let again = |rows: &[(Change<'static>, &[EffectPart])]| {
        let known: Vec<_> = rows
            .iter()
            .map(|(change, parts)| {
                let effect = parts.iter().fold(RowEffect::NONE, |effect, part| effect.with(*part));
                (change.clone(), RowFootprint::of(change).knowing(effect))
            })
            .collect();
        plan_knowing(&known).repeated_creates().collect::<Vec<_>>()
    };
    use EffectPart::{Created, CreatedOrExists, Exists, GroupCreated, GroupCreatedOrExists};
    let create = || creation(ann);
    assert_eq!(again(&[(create(), &[])]), []);
    assert_eq!(again(&[(create(), &[]), (create(), &[])]), [CreatedOrExists]);
    assert_eq!(again(&[(create(), &[]), (create(), &[]), (create(), &[])]).len(), 2);
    assert_eq!(again(&[(create(), &[Created]), (create(), &[Created])]), [Created]);
    // No row creates a user who existed before.
    assert_eq!(again(&[(create(), &[Exists]), (create(), &[Exists])]), []);
    assert_eq!(again(&[(create(), &[]), (joining(ann, &["G"]), &[])]), []);
    assert_eq!(again(&[(joining(ann, &["G"]), &[]), (create(), &[])]), []);
    assert_eq!(
        again(&[(create(), &[]), (joining(ann, &["G"]), &[]), (create(), &[])]),
        [CreatedOrExists]
    );
    // After a removal, the user does not exist.
    let leaves = || (removal(ann, Leave::KeepAccount), &[][..]);
    assert_eq!(again(&[(create(), &[]), leaves(), (create(), &[])]), []);
    // An Adobe ID is a different account.
    assert_eq!(again(&[(create(), &[]), (adobe(create()), &[])]), []);
    let group = || group_created("G");
    assert_eq!(again(&[(group(), &[]), (group(), &[])]), [GroupCreatedOrExists]);
    assert_eq!(again(&[(group(), &[GroupCreated]), (group(), &[GroupCreated])]), [GroupCreated]);
    assert_eq!(again(&[(create(), &[]), (creation("b@x.com"), &[])]), []);
}

#[test]
fn an_estimate_counts_full_requests_chains_and_deletions() {
    let users: Vec<_> = (0..21).map(|number| creation(&format!("u{number}@x.com"))).collect();
    let of_users = Estimate::of(&plan(&users));
    assert_eq!(of_users, Estimate { commands: 21, requests: 3 });
    let minute = std::time::Duration::from_secs(60);
    assert_eq!(of_users.duration(10, minute), std::time::Duration::ZERO);
    assert_eq!(of_users.duration(2, minute), minute);
    let rest = Estimate::of_rest(&plan(&users), |row| row < 20);
    assert_eq!(rest, Estimate { commands: 20, requests: 2 });
    let chain = [losing_all("a@x.com"), joining("a@x.com", &["G"]), losing_all("a@x.com")];
    assert_eq!(Estimate::of(&plan(&chain)), Estimate { commands: 3, requests: 3 });
    let groups = [group_deleted("G"), group_deleted("H"), creation("a@x.com")];
    assert_eq!(Estimate::of(&plan(&groups)), Estimate { commands: 3, requests: 2 });
    let rest = Estimate::of_rest(&plan(&groups), |row| row != 1);
    assert_eq!(rest, Estimate { commands: 2, requests: 1 });
}
