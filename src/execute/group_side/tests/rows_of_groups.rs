//! Rows of groups, whose users share commands with those of other rows.

use super::*;

#[test]
fn rows_of_a_group_share_its_commands_with_those_of_users() {
    let mut side = full(250, 1);
    for row in 250..450 {
        assert!(side.take_in(row_of_group(row, &own_users(row, 3), &[])).is_none());
    }
    let (requests, confirmed, from_users) = send_all(&mut side, |_| done());
    assert_eq!((requests, confirmed.len(), from_users.len()), (2, 450, 0));
    let end = side.end().unwrap();
    assert_eq!((end.memberships, end.in_place_of), (250, 250), "rows of groups save no commands");
    assert!(end.commands <= 4, "{end:?}");
}

#[test]
fn user_who_joins_and_leaves_in_one_row_goes_in_its_order() {
    let mut side = GroupSide::default();
    let users = own_users(0, 3);
    assert!(side.take_in(row_of_group(0, &users, &users[..1])).is_some());
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
                code: "error.user.nonexistent".to_owned(),
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
        assert!(completed.from_users.is_empty(), "{:?}", completed.from_users);
        ended.extend(completed.with_refusals);
    }
    ended
}

#[test]
fn refused_users_of_a_row_are_left_out_of_it_alone() {
    let mut side = GroupSide::default();
    for row in 0..30 {
        assert!(side.take_in(row_of_group(row, &own_users(row, 5), &[])).is_none());
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
    assert!(side.take_in(row_of_group(0, &users, &[])).is_none());
    let ended = refused_rows(&mut side, &users[10..]);
    let [row] = &ended[..] else { panic!("{ended:?}") };
    let halfway = &row.prepared.item.halfway;
    assert_eq!((halfway.left_out.len(), halfway.done.memberships()), (31, 10));
    assert_eq!(row.rest, RestOfRow::NotSent);
}

/// What was added with other rows is not sent again, and counts.
#[test]
fn row_that_falls_back_keeps_what_is_done() {
    let mut side = GroupSide::default();
    let users = own_users(0, 25);
    assert!(side.take_in(row_of_group(0, &users, &[])).is_none());
    let commands = side.rest(MAX_COMMANDS);
    side.send(&commands);
    let completed = side.complete(commands, &[refused(1, "error.usergroup.readonly")]);
    let completed = match completed.from_users.is_empty() {
        false => completed,
        true => {
            let rest = side.rest(MAX_COMMANDS);
            side.send(&rest);
            side.complete_unanswered(rest, NoResults::Refused("error.command.malformed"))
        }
    };
    let halfway = &completed.from_users[0].item.halfway;
    assert_eq!((halfway.moved.as_slice(), halfway.done.memberships()), (&users[..10], 10));
}
