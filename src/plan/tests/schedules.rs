//! Tests of the order of work items, and of their state.

use super::*;
use crate::change::RowEffect;
use crate::plan::freed::FreedNames;
use crate::plan::{MovedMemberships, NamesSince};
use std::time::Duration;

const ANN: &str = "a@x.com";

#[test]
fn a_chain_goes_one_after_another() {
    let rows = [losing_all(ANN), joining(ANN, &["G"]), joining("b@x.com", &["G"])];
    let plan = plan(&rows);
    let mut schedule = Schedule::new(&plan);
    assert!(schedule.has_next());
    let first = schedule.take_when_idle().unwrap();
    assert_eq!((first.rows.as_slice(), first.follows), (&[0][..], false));
    assert!(schedule.has_follower(&first) && schedule.is_waited_for(&first));
    let other = schedule.take_when_idle().unwrap();
    assert_eq!(other.rows, [2]);
    assert!(!schedule.has_follower(&other) && !schedule.is_waited_for(&other));
    assert!(schedule.take_when_idle().is_none() && !schedule.has_next());
    // Rows may wait for its names.
    let named = WorkItem { names: vec![(2, vec![Key::group("G")])], ..other };
    assert!(schedule.is_waited_for(&named));
    schedule.finish(first);
    assert!(schedule.has_next());
    let second = schedule.take_when_idle().unwrap();
    assert_eq!((second.rows.as_slice(), second.follows), (&[1][..], true));
}

#[test]
fn a_work_item_that_is_put_back_keeps_the_order_of_the_file() {
    let rows = [joining(ANN, &["G"]), joining("b@x.com", &["G"]), joining("c@x.com", &["G"])];
    let plan = plan(&rows);
    let mut schedule = Schedule::new(&plan);
    let (first, second) = (schedule.take_when_idle().unwrap(), schedule.take_when_idle().unwrap());
    schedule.put_back(first.clone());
    schedule.put_back(second.clone());
    assert_eq!(schedule.take_when_idle().as_ref(), Some(&first));
    assert_eq!(schedule.take_when_idle().as_ref(), Some(&second));
    schedule.put_back(second);
    schedule.put_back(first);
    let taken: Vec<_> =
        std::iter::from_fn(|| schedule.take_when_idle()).map(|item| item.rows).collect();
    assert_eq!(taken, [[0], [1], [2]]);
}

#[test]
fn a_parked_work_item_wakes_with_its_name() {
    let rows = [joining(ANN, &["G"]), joining("b@x.com", &["H"])];
    let plan = plan(&rows);
    let mut schedule = Schedule::new(&plan);
    let (first, second) = (schedule.take_when_idle().unwrap(), schedule.take_when_idle().unwrap());
    assert_eq!(schedule.blocked(&first), None);
    let (g, h) = (Key::group("G"), Key::group("H"));
    assert!(!schedule.has_waiting());
    schedule.wait_for(first, g);
    schedule.wait_for(second, h);
    assert!(schedule.has_waiting() && !schedule.has_next());
    schedule.wake(h);
    assert_eq!(schedule.take_when_idle().unwrap().rows, [1]);
    assert!(schedule.has_waiting());
    schedule.wake(g);
    assert_eq!(schedule.take_when_idle().unwrap().rows, [0]);
    assert!(!schedule.has_waiting());
}

/// What was uncertain for all rows is uncertain for each, and what they have created counts for the
/// next.
#[test]
fn rows_taken_apart_keep_what_is_known_of_the_whole() {
    let rows = [joining(ANN, &["G"]), joining(ANN, &["H"]), joining(ANN, &["I"]), losing_all(ANN)];
    let plan = plan(&rows);
    let mut schedule = Schedule::new(&plan);
    let whole = schedule.take_when_idle().unwrap();
    assert_eq!(whole.rows, [0, 1, 2]);
    let statement = vec![Key::user("b@x.com", None)];
    let (mut made, mut moved) = (Made::default(), MovedMemberships::default());
    made.note(plan.footprint(0));
    moved.take(&rows[0]);
    let mut freed = FreedNames::default();
    assert_eq!(freed, FreedNames::default());
    freed.take(0, &removal(ANN, Leave::KeepAccount), &[], RowEnd::Done);
    assert_ne!(freed, FreedNames::default());
    let whole = WorkItem {
        follows: true,
        made,
        freed: freed.clone(),
        sent: 3,
        sent_together: 1,
        was_uncertain: true,
        names_since: NamesSince::Changed,
        moved: moved.clone(),
        late_until: Some(Duration::from_secs(5)),
        late_sendings: 2,
        by_itself: true,
        was_gathered: true,
        is_done_in_part: true,
        statement: statement.clone(),
        attempts: 4,
        ..whole
    };
    schedule.split(whole, vec![vec![0], vec![1, 2]]);
    let first = schedule.take_when_idle().unwrap();
    let apart = WorkItem {
        rows: vec![0],
        end: 2,
        follows: true,
        made,
        freed: freed.clone(),
        uncertain: true,
        was_uncertain: true,
        names_since: NamesSince::Changed,
        moved: moved.clone(),
        late_until: Some(Duration::from_secs(5)),
        late_sendings: 3,
        sent: 3,
        sent_together: 3,
        by_itself: true,
        was_gathered: true,
        is_done_in_part: true,
        statement: statement.clone(),
        after: [vec![1, 2]].into(),
        ..WorkItem::default()
    };
    assert_eq!(first, apart);
    assert!(schedule.has_follower(&first) && schedule.is_waited_for(&first));
    assert!(schedule.take_when_idle().is_none(), "the rest goes after it");
    schedule.finish(first);
    let second = schedule.take_when_idle().unwrap();
    let expected =
        WorkItem { rows: vec![1, 2], late_sendings: 4, after: [].into(), ..apart.clone() };
    assert_eq!(second, expected);
    schedule.finish(second);
    let last = schedule.take_when_idle().unwrap();
    let planned = WorkItem {
        rows: vec![3],
        end: 3,
        follows: true,
        made,
        freed,
        moved,
        ..WorkItem::default()
    };
    assert_eq!(last, planned);
}

#[test]
fn the_next_part_begins_anew() {
    let kept = WorkItem { rows: vec![4, 6], sent: 2, probes: 1, ..WorkItem::default() };
    let mut item = WorkItem {
        part: 1,
        attempts: 3,
        uncertain: true,
        was_uncertain: true,
        seen_absent: true,
        identified: true,
        identity: Some("id 1".to_owned()),
        halfway: Halfway { skipped_steps: vec![0, 2], ..Halfway::default() },
        ..kept.clone()
    };
    item.next_part();
    assert_eq!(item, WorkItem { part: 2, ..kept });
    assert_eq!(item.first(), 4);
}

#[test]
fn a_row_comes_to_what_is_expected_of_it() {
    let expected = |row| Expected {
        row,
        effect: RowEffect::NONE,
        remark: String::new(),
        not_there: false,
        created_as: None,
    };
    let item = WorkItem { expected: vec![expected(1), expected(3)], ..WorkItem::default() };
    assert_eq!(item.expected(3), Some(&expected(3)));
    assert_eq!(item.expected(2), None);
}

/// The index of a step counts the steps that were sent, without those skipped before.
#[test]
fn a_skipped_step_is_counted_among_those_that_were_sent() {
    let mut halfway = Halfway::default();
    halfway.skip_step(1);
    assert_eq!(halfway.skipped_steps, [1]);
    halfway.skip_step(1);
    assert_eq!(halfway.skipped_steps, [1, 2]);
    halfway.skip_step(0);
    assert_eq!(halfway.skipped_steps, [1, 2, 0]);
    halfway.skip_step(0);
    assert_eq!(halfway.skipped_steps, [1, 2, 0, 3]);
    halfway.take_one_by_one();
    assert!(halfway.one_by_one && halfway.skipped_steps.is_empty());
}

#[test]
fn a_follower_waits_for_the_rows_before_it_in_the_file() {
    let rows = [
        losing_all(ANN),
        joining("b@x.com", &["G"]),
        joining("c@x.com", &["G"]),
        joining(ANN, &["G"]),
    ];
    let plan = plan(&rows);
    let mut schedule = Schedule::new(&plan);
    let first = schedule.take_when_idle().unwrap();
    schedule.finish(first);
    let taken: Vec<_> =
        std::iter::from_fn(|| schedule.take_when_idle()).map(|item| item.rows).collect();
    assert_eq!(taken, [[1], [2], [3]]);
}

/// A large file is not held in memory as a whole, unless nothing else could continue.
#[test]
fn very_many_parked_work_items_pause_the_look_ahead() {
    let rows: Vec<_> =
        (0..10_002).map(|number| joining(&format!("u{number}@x.com"), &["G"])).collect();
    let plan = plan(&rows);
    let mut schedule = Schedule::new(&plan);
    let name = Key::group("G");
    for _ in 0..10_000 {
        let item = schedule.take().unwrap();
        schedule.wait_for(item, name);
    }
    assert_eq!(schedule.take(), None);
    assert_eq!(schedule.take_when_idle().unwrap().rows, [10_000]);
    schedule.wake(name);
    assert_eq!(schedule.take().unwrap().rows, [0]);
    let rest = std::iter::from_fn(|| schedule.take()).count();
    assert_eq!((rest, schedule.take_when_idle()), (10_000, None));
}

#[test]
fn a_work_item_says_which_row_it_waits_for() {
    let rows =
        [joining("c@x.com", &["H"]), group_created("G"), joining(ANN, &["G"]), group_deleted("G")];
    let g = Key::group("G");
    let mut dependencies = DependenciesBuilder::default();
    dependencies.barrier(1, [g]);
    dependencies.barrier(3, [g]);
    dependencies.references(2, &[g]);
    let mut builder = PlanBuilder::default();
    for (row, change) in (0..).zip(&rows) {
        builder.push(entry(10 * row, RowFootprint::of(change), change));
    }
    builder.set_end(40);
    let plan = Plan::new(builder, dependencies.finish());
    let mut schedule = Schedule::new(&plan);
    let items: Vec<_> = std::iter::from_fn(|| schedule.take_when_idle()).collect();
    let ann = items.iter().find(|item| item.rows == [2]).unwrap();
    assert_eq!(schedule.awaited_row(ann, g), Some(1));
    let first = items.iter().find(|item| item.rows == [0]).unwrap();
    assert_eq!(schedule.awaited_row(first, g), None);
}

/// A command of a group that the server has refused for these rows has changed nothing.
#[test]
fn only_what_was_sent_may_be_carried_out() {
    let item = WorkItem { rows: vec![0], ..WorkItem::default() };
    assert!(!item.may_be_carried_out());
    let sent = WorkItem { sent: 1, ..item };
    assert!(sent.may_be_carried_out());
    let refused_with_its_group = WorkItem { was_gathered: true, ..sent };
    assert!(!refused_with_its_group.may_be_carried_out());
    let unclear = WorkItem { was_uncertain: true, ..refused_with_its_group.clone() };
    assert!(unclear.may_be_carried_out());
    let in_part = WorkItem { is_done_in_part: true, ..refused_with_its_group };
    assert!(in_part.may_be_carried_out());
}

#[test]
fn what_holds_may_be_done_by_an_earlier_request() {
    let sent = WorkItem { rows: vec![0], sent: 1, ..WorkItem::default() };
    assert!(!sent.may_be_done_before(), "it was sent once");
    let with_others = WorkItem { sent_together: 1, ..sent.clone() };
    let unclear = WorkItem { was_uncertain: true, ..sent.clone() };
    let in_part = WorkItem { is_done_in_part: true, ..sent };
    assert!([with_others, unclear, in_part].iter().all(WorkItem::may_be_done_before));
}

/// Another command may have removed the user. A removal that was sent before may be the reason that
/// nobody is there now.
#[test]
fn only_a_removal_that_was_sent_stays_verified_behind_another_command() {
    let item = WorkItem { rows: vec![0], present: true, ..WorkItem::default() };
    assert!(!item.clone().behind_another().present);
    let sent = WorkItem { sent: 1, ..item };
    assert!(sent.clone().behind_another().present);
    assert!(!WorkItem { present: false, ..sent }.behind_another().present);
}
