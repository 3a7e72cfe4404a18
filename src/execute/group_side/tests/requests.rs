//! Tests of what goes in a request, and of what follows from its end.

use super::*;
use crate::execute::group_side::form::Novelty;

const TOO_LONG: &str = "error.command.add_remove.list_too_long";
const STRANGER: &str = "error.user.nonexistent";
const NO_GROUP: &str = "error.usergroup.not_found";

fn sizes(commands: &[GroupCommand]) -> Vec<usize> {
    let size = |command: &GroupCommand| command.steps.iter().map(|step| step.members.len()).sum();
    commands.iter().map(size).collect()
}

fn names(commands: &[GroupCommand]) -> Vec<String> {
    commands.iter().map(|command| format!("{:?}", command.command.root)).collect()
}

/// Sends these commands, and completes them with these results.
fn completed(
    side: &mut GroupSide,
    commands: Vec<GroupCommand>,
    results: &[CommandResult],
) -> Completed {
    side.send(&commands);
    side.complete(commands, results)
}

/// Returns members of all these groups, after a first request that was carried out.
fn proven(users: u32, group_count: usize) -> GroupSide {
    let mut side = full(users, group_count);
    let first = side.full_request().unwrap();
    let results = vec![done(); first.len()];
    completed(&mut side, first, &results);
    side
}

/// Returns members of one group, of which several commands may be open at once.
fn sharing(users: u32) -> GroupSide {
    let mut side = proven(users, 1);
    let second = side.full_request().unwrap();
    let results = vec![done(); second.len()];
    completed(&mut side, second, &results);
    side
}

#[test]
fn ten_full_commands_are_a_request() {
    let mut side = full(100, 10);
    assert_eq!(sizes(&side.full_request().unwrap()), [100; 10]);
    assert!(full(99, 10).full_request().is_none());
}

#[test]
fn nothing_goes_beside_a_request_that_tries_wide_commands() {
    let mut side = full(100, 20);
    assert!(side.rest(MAX_COMMANDS - 1).is_empty(), "other commands share the request");
    let first = side.full_request().unwrap();
    side.send(&first);
    assert!(side.full_request().is_none() && side.rest(MAX_COMMANDS).is_empty());
    side.complete(first, &vec![done(); MAX_COMMANDS]);
    assert_eq!(side.rest(MAX_COMMANDS - 1).len(), MAX_COMMANDS - 1);
}

#[test]
fn requests_in_flight_share_no_group_before_that_is_tried() {
    let mut side = proven(300, 20);
    let first = side.full_request().unwrap();
    side.send(&first);
    let second = side.full_request().unwrap();
    assert_eq!((first.len(), second.len()), (MAX_COMMANDS, MAX_COMMANDS));
    let second = names(&second);
    assert!(names(&first).iter().all(|name| !second.contains(name)));
}

/// Commands that fill a request soon do not go in a smaller one.
#[test]
fn full_commands_wait_for_a_request_of_their_own() {
    let mut side = proven(300, 20);
    let in_flight = side.full_request().unwrap();
    side.send(&in_flight);
    assert!(side.rest(MAX_COMMANDS).is_empty());
    let mut side = proven(110, 12);
    let in_flight = side.rest(MAX_COMMANDS);
    side.send(&in_flight);
    assert_eq!(sizes(&side.rest(MAX_COMMANDS)), [10, 10], "these fill no request");
}

#[test]
fn halves_of_a_refused_request_go_alone() {
    let mut side = proven(300, 20);
    let first = side.full_request().unwrap();
    side.send(&first);
    let refused = side.full_request().unwrap();
    side.send(&refused);
    side.complete_unanswered(refused, NoResults::Refused("error.command.malformed"));
    assert!(side.full_request().is_none_or(|request| request.len() == MAX_COMMANDS));
    side.complete(first, &vec![done(); MAX_COMMANDS]);
    assert_eq!(side.full_request().unwrap().len(), MAX_COMMANDS / 2);
}

#[test]
fn one_command_of_a_group_goes_at_a_time_once_they_disturb_each_other() {
    let mut side = proven(5_000, 1);
    let second = side.full_request().unwrap();
    let mut results = vec![refused(0, "error.usergroup.update.failed"); second.len()];
    results[0] = done();
    completed(&mut side, second, &results);
    assert!(side.form.is_disturbed());
    assert!(side.full_request().is_none(), "there is no request of ten commands");
    assert_eq!(side.rest(MAX_COMMANDS).len(), 1);
}

#[test]
fn command_that_was_alone_disturbs_no_other() {
    let mut side = full(100, 1);
    let first = side.rest(MAX_COMMANDS);
    completed(&mut side, first, &[refused(0, "error.usergroup.update.failed")]);
    assert!(!side.form.is_disturbed());
}

/// A name may be that of a profile, whose first command shows it.
#[test]
fn group_that_has_shown_nothing_has_one_command_at_a_time() {
    let mut side = sharing(5_000);
    for row in 5_000..5_300 {
        assert!(side.hold(command(row, &groups([1]), &[])).is_none());
    }
    let request = side.full_request().unwrap();
    assert_eq!(request.len(), MAX_COMMANDS);
    let of_new = names(&request).iter().filter(|name| name.contains("Group 1\"")).count();
    assert_eq!(of_new, 1);
}

#[test]
fn group_whose_first_step_is_refused_has_shown_nothing() {
    let mut side = full(100, 1);
    let first = side.rest(MAX_COMMANDS);
    completed(&mut side, first, &[refused(0, STRANGER)]);
    assert_eq!(side.queues[0].standing, Standing::Unproven);
}

#[test]
fn refused_step_goes_again_in_halves() {
    let mut side = full(10, 1);
    let mut sent = Vec::new();
    let is_stranger = |member: &QueuedMembership| member.user == "u3@example.com";
    let (_, confirmed, by_themselves) = send_all(&mut side, |command| {
        sent.extend(sizes(std::slice::from_ref(command)));
        match command.steps[0].members.iter().any(is_stranger) {
            true => refused(0, STRANGER),
            false => done(),
        }
    });
    assert_eq!(sent, [10, 5, 5, 3, 2]);
    let rows = |all: &[ReadyCommand]| all.iter().map(|one| one.item.first()).collect::<Vec<_>>();
    assert_eq!((confirmed.len(), rows(&by_themselves)), (8, vec![3, 4]));
    assert!(confirmed.iter().all(|one| !one.item.by_itself));
    assert!(by_themselves.iter().all(|one| one.item.by_itself));
}

#[test]
fn part_of_a_refused_step_does_not_go_beside_its_group() {
    let mut side = full(20, 1);
    let first = side.rest(MAX_COMMANDS);
    completed(&mut side, first, &[refused(0, STRANGER)]);
    assert_eq!(sizes(&side.rest(MAX_COMMANDS)), [10], "what waits of the group goes first");
}

#[test]
fn no_more_parts_go_than_there_is_room_for() {
    let mut side = full(10, 3);
    let first = side.rest(MAX_COMMANDS);
    let results = [refused(0, STRANGER), refused(0, STRANGER), done()];
    completed(&mut side, first, &results);
    assert_eq!(sizes(&side.rest(1)), [5]);
}

#[test]
fn parts_of_a_group_that_closes_leave_with_it() {
    let mut side = full(20, 1);
    let mut codes = [STRANGER, NO_GROUP].into_iter();
    let (requests, confirmed, by_themselves) =
        send_all(&mut side, |_| refused(0, codes.next().unwrap()));
    assert_eq!((requests, confirmed.len(), by_themselves.len()), (2, 0, 20));
}

#[test]
fn parts_whose_users_have_all_left_are_not_sent() {
    let mut side = full(10, 2);
    let first = side.rest(MAX_COMMANDS);
    let ended = completed(&mut side, first, &[refused(0, STRANGER), refused(0, NO_GROUP)]);
    assert_eq!(ended.by_themselves.len(), 10);
    assert!(side.rest(MAX_COMMANDS).is_empty() && side.is_empty());
}

#[test]
fn request_that_is_refused_for_its_length_goes_again_in_narrow_commands() {
    let mut side = full(100, 1);
    let first = side.rest(MAX_COMMANDS);
    side.send(&first);
    let ended = side.complete_unanswered(first, NoResults::Refused(TOO_LONG));
    assert!(ended.by_themselves.is_empty() && side.width() == CommandWidth::Narrow);
}

#[test]
fn slow_narrow_commands_are_no_reason_to_give_up() {
    let mut side = full(100, 1);
    side.row_is_too_wide();
    let narrow = side.rest(MAX_COMMANDS);
    side.send(&narrow);
    side.complete_unanswered(narrow, NoResults::TimedOut);
    assert!(side.hold(command(200, &groups([1]), &[])).is_none());
}

#[test]
fn narrow_commands_that_are_too_long_end_it() {
    let mut side = full(100, 1);
    side.row_is_too_wide();
    let narrow = side.rest(MAX_COMMANDS);
    let results = vec![refused(0, TOO_LONG); narrow.len()];
    let ended = completed(&mut side, narrow, &results);
    assert_eq!(ended.by_themselves.len(), 100);
    assert!(ended.by_themselves.iter().all(|one| !one.item.by_itself), "no mark is needed");
    assert!(side.hold(command(200, &groups([1]), &[])).is_some());
}

/// The request was composed before the narrow form was found.
#[test]
fn late_refusal_of_a_wide_command_says_nothing_about_narrow_ones() {
    let mut side = full(100, 1);
    side.row_is_too_wide();
    let narrow = side.rest(MAX_COMMANDS);
    let results = vec![done(); narrow.len()];
    completed(&mut side, narrow, &results);
    side.row_is_too_wide();
    assert!(side.form.is_narrow() && !side.is_given_up);
}

#[test]
fn saving_nothing_is_no_loss_yet() {
    let balance = |commands, done| Balance { items: 10, memberships: 10, commands, done };
    assert!(!balance(10, 10).is_a_loss() && balance(10, 9).is_a_loss());
    assert!(!balance(9, 0).is_a_loss(), "the first requests decide nothing");
}

#[test]
fn only_untouched_commands_of_users_go_from_the_groups() {
    let taken = |change: fn(&mut ReadyCommand)| {
        let mut prepared = command(0, &groups([0]), &[]);
        change(&mut prepared);
        GroupSide::default().hold(prepared).is_none()
    };
    assert!(taken(|_| ()));
    let others: [fn(&mut ReadyCommand); 8] = [
        |one| one.parts = 2,
        |one| one.more_steps = 1,
        |one| one.item.by_itself = true,
        |one| one.item.alone = true,
        |one| one.item.uncertain = true,
        |one| one.item.statement = vec![Key::user("a@x.com", None)],
        |one| one.item.halfway.one_by_one = true,
        |one| one.item.identity = Some(crate::execute::identity::NOBODY.to_owned()),
    ];
    for (place, other) in others.into_iter().enumerate() {
        assert!(!taken(other), "{place}");
    }
}

#[test]
fn attempts_are_counted_with_an_earlier_one_of_the_row() {
    let mut side = full(1, 1);
    let attempts =
        |side: &GroupSide, commands: &[GroupCommand]| side.items_of(commands)[0].item.attempts;
    let first = side.rest(MAX_COMMANDS);
    side.send(&first);
    assert_eq!(attempts(&side, &first), 1);
    side.items_of_mut(&first, |prepared| prepared.item.uncertain = true);
    side.complete_unanswered(first, NoResults::Unclear);
    let again = side.rest(MAX_COMMANDS);
    side.send(&again);
    assert_eq!(attempts(&side, &again), 2);
}

#[test]
fn narrow_form_leaves_open_whether_commands_share_a_group() {
    let mut form = GroupSideForm::untested(CommandWidth::Wide);
    form.send(Novelty::Wide);
    form.confirm();
    form.send(Novelty::Sharing);
    let mut on_trial = form.clone();
    on_trial.narrow();
    assert!(on_trial.is_decided() && !on_trial.shares() && on_trial.may_try_sharing());
    form.confirm();
    form.narrow();
    assert!(form.shares());
    assert_eq!(form.width(), CommandWidth::Narrow);
}

/// A command of ten memberships is documented.
#[test]
fn narrow_commands_go_at_once_with_others() {
    let mut side = full(10, 12);
    let first = side.rest(3);
    assert_eq!(sizes(&first), [10; 3]);
    side.send(&first);
    assert_eq!(sizes(&side.rest(MAX_COMMANDS)), [10; 9], "while the first ones are in flight");
    assert!(side.form.is_wide_untested());
}

#[test]
fn wide_commands_wait_until_one_of_them_has_gone_alone() {
    let mut side = full(11, 1);
    assert!(side.hold(command(20, &groups([1]), &[])).is_none());
    let narrow = side.rest(9);
    assert_eq!(sizes(&narrow), [1]);
    side.send(&narrow);
    assert!(side.rest(MAX_COMMANDS).is_empty(), "another request is in flight");
    side.complete(narrow, &[done()]);
    assert!(side.form.is_wide_untested(), "a narrow command shows nothing about wide ones");
    assert!(side.rest(9).is_empty());
    assert_eq!(sizes(&side.rest(MAX_COMMANDS)), [11]);
}

#[test]
fn narrow_command_beside_a_trial_confirms_nothing() {
    let mut side = full(11, 1);
    assert!(side.hold(command(20, &groups([1]), &[])).is_none());
    let trial = side.rest(MAX_COMMANDS);
    assert_eq!(sizes(&trial), [11, 1]);
    completed(&mut side, trial, &[refused(0, STRANGER), done()]);
    assert!(side.form.is_wide_untested());
}

/// The server may say so as an error that goes away.
#[test]
fn commands_of_one_group_that_disturb_each_other_for_a_moment_are_one_at_a_time_too() {
    let transient = |code: &str| {
        let (code, message) = (code.to_owned(), String::new());
        CommandResult::Transient(StepRefusal { step: None, code, message })
    };
    for (code, is_disturbed) in
        [("error.usergroup.update.failed", true), ("error.internal_error", false)]
    {
        let mut side = proven(5_000, 1);
        let second = side.full_request().unwrap();
        let mut results = vec![transient(code); second.len()];
        results[0] = done();
        assert!(completed(&mut side, second, &results).is_unclear);
        assert_eq!(side.form.is_disturbed(), is_disturbed, "{code}");
    }
}
