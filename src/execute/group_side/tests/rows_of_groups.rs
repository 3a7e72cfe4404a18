//! Rows of groups, whose users share commands with those of other rows.

use super::*;
use crate::plan::Halfway;

const STRANGER: &str = "error.user.nonexistent";

#[test]
fn rows_of_a_group_share_its_commands_with_those_of_users() {
    let mut side = full(250, 1);
    for row in 250..450 {
        assert!(side.hold(row_of_group(row, &own_users(row, 3), &[])).is_none());
    }
    let (requests, confirmed, by_themselves) = send_all(&mut side, |_| done());
    assert_eq!((requests, confirmed.len(), by_themselves.len()), (2, 450, 0));
    let end = side.end().unwrap();
    assert_eq!((end.memberships, end.in_place_of), (250, 250), "rows of groups save no commands");
    assert!(end.commands <= 4, "{end:?}");
}

#[test]
fn user_who_joins_and_leaves_in_one_row_goes_in_its_order() {
    let mut side = GroupSide::default();
    let users = own_users(0, 3);
    assert!(side.hold(row_of_group(0, &users, &users[..1])).is_some());
}

/// Refuses every step with one of these users by name.
fn refusing<'u>(strangers: &'u [String]) -> impl FnMut(&GroupCommand) -> CommandResult + 'u {
    move |command| {
        let steps = command.command.steps.iter().map(|step| users_of(&step.step));
        let named = steps.enumerate().find_map(|(step, users)| {
            Some((step, users.iter().find(|user| strangers.contains(user))?))
        });
        named.map_or_else(done, |(step, user)| {
            CommandResult::Refused(StepRefusal {
                step: Some(step),
                code: STRANGER.to_owned(),
                message: format!("User Id does not exist: {user}"),
            })
        })
    }
}

/// Sends everything. Returns the rows with refusals.
fn refused_rows(side: &mut GroupSide, strangers: &[String]) -> Vec<RowWithRefusals> {
    let mut answer = refusing(strangers);
    let mut ended = Vec::new();
    while !side.is_empty() {
        let commands = side.full_request().unwrap_or_else(|| side.rest(MAX_COMMANDS));
        assert!(!commands.is_empty());
        side.send(&commands);
        let results: Vec<CommandResult> = commands.iter().map(&mut answer).collect();
        let completed = side.complete(commands, &results);
        assert!(completed.by_themselves.is_empty(), "{:?}", completed.by_themselves);
        ended.extend(completed.with_refusals);
    }
    ended
}

#[test]
fn refused_users_of_a_row_are_left_out_of_it_alone() {
    let mut side = GroupSide::default();
    for row in 0..30 {
        assert!(side.hold(row_of_group(row, &own_users(row, 5), &[])).is_none());
    }
    let strangers = [own_users(7, 3), own_users(9, 1)].concat();
    let ended = refused_rows(&mut side, &strangers);
    let of = |row: &RowWithRefusals| {
        let item = &row.prepared.item;
        (item.first(), item.halfway.left_out.len(), item.halfway.done.memberships(), row.rest)
    };
    let mut ended: Vec<_> = ended.iter().map(of).collect();
    ended.sort_by_key(|(row, ..)| *row);
    assert_eq!(ended, [(7, 3, 2, RestOfRow::Done), (9, 1, 4, RestOfRow::Done)]);
}

#[test]
fn row_of_strangers_ends_before_all_of_them_are_tried() {
    let mut side = GroupSide::default();
    let users = own_users(0, 200);
    assert!(side.hold(row_of_group(0, &users, &[])).is_none());
    let ended = refused_rows(&mut side, &users[10..]);
    let [row] = &ended[..] else { panic!("{ended:?}") };
    let halfway = &row.prepared.item.halfway;
    assert_eq!((halfway.left_out.len(), halfway.done.memberships()), (31, 10));
    assert_eq!(row.rest, RestOfRow::NotSent);
    // It has had no turn among the rows that go by themselves.
    assert!(row.prepared.item.was_gathered && !row.prepared.item.by_itself);
}

/// Sends a row of 25 users, of whom the first ten are added. Returns the row when it goes by
/// itself, after this end of the second request, or of the first one if its refusal ends it.
fn fallen_back(code: &str, end: Option<NoResults<'_>>) -> ReadyCommand {
    let mut side = GroupSide::default();
    assert!(side.hold(row_of_group(0, &own_users(0, 25), &[])).is_none());
    let commands = side.rest(MAX_COMMANDS);
    side.send(&commands);
    let mut completed = side.complete(commands, &[refused(1, code)]);
    if let Some(end) = end {
        assert!(completed.by_themselves.is_empty(), "it waits for the second request");
        let rest = side.rest(MAX_COMMANDS);
        side.send(&rest);
        completed = side.complete_unanswered(rest, end);
    }
    completed.by_themselves.pop().unwrap()
}

/// What was added with other rows is not sent again, and counts.
#[test]
fn row_that_falls_back_keeps_what_is_done() {
    let malformed = NoResults::Refused("error.command.malformed");
    for (code, end) in [("error.usergroup.readonly", None), (STRANGER, Some(malformed))] {
        let item = fallen_back(code, end).item;
        let Halfway { moved, done, .. } = &item.halfway;
        assert_eq!((moved.as_slice(), done.memberships()), (&own_users(0, 10)[..], 10), "{code}");
        assert!(item.by_itself && item.was_gathered && !item.is_all_that_was_sent());
    }
}

/// The other users are as hopeless as without that request. The row says that it may have added
/// them.
#[test]
fn row_of_strangers_ends_early_after_an_unclear_request_too() {
    let mut side = GroupSide::default();
    let users = own_users(0, 60);
    assert!(side.hold(row_of_group(0, &users, &[])).is_none());
    let commands = side.rest(MAX_COMMANDS);
    side.send(&commands);
    side.items_of_mut(&commands, |prepared| prepared.item.was_uncertain = true);
    side.complete_unanswered(commands, NoResults::Unclear);
    let ended = refused_rows(&mut side, &users[10..]);
    let [row] = &ended[..] else { panic!("{ended:?}") };
    let Halfway { left_out, done, .. } = &row.prepared.item.halfway;
    assert_eq!((left_out.len(), done.memberships(), row.rest), (31, 10, RestOfRow::NotSent));
    assert!(row.prepared.item.was_uncertain);
}
