mod requests;
mod rows_of_groups;

use super::*;
use crate::execute::command_result::{CommandResult, StepRefusal};
use crate::plan::{PlannedCommand, TracedStep, WorkItem};
use crate::umapi::wire::{MAX_COMMANDS, MAX_LIST, Removal, Root, WireMembers, WireStep};
use proptest::prelude::*;
use std::collections::HashSet;

/// The command of a user who joins and leaves groups.
fn command(row: u32, adds: &[String], removes: &[String]) -> ReadyCommand {
    let root =
        Root::User { user: format!("u{row}@example.com"), domain: None, use_adobe_id: false };
    let members =
        |groups: &[String]| WireMembers { group: groups.to_vec(), ..WireMembers::default() };
    let mut steps = Vec::new();
    if !removes.is_empty() {
        steps.push(WireStep::Remove(Removal::Members(members(removes))));
    }
    if !adds.is_empty() {
        steps.push(WireStep::Add(members(adds)));
    }
    let steps = steps.into_iter().map(|step| TracedStep { step, rows: vec![row] }).collect();
    let command = PlannedCommand { root, steps };
    ReadyCommand::only(WorkItem { rows: vec![row], ..WorkItem::default() }, command)
}

/// A row of a group that adds and removes users.
fn row_of_group(row: u32, adds: &[String], removes: &[String]) -> ReadyCommand {
    let members = |user: &[String]| WireMembers { user: user.to_vec(), ..WireMembers::default() };
    let removes =
        removes.chunks(MAX_LIST).map(|users| WireStep::Remove(Removal::Members(members(users))));
    let steps = removes.chain(adds.chunks(MAX_LIST).map(|users| WireStep::Add(members(users))));
    let steps = steps.map(|step| TracedStep { step, rows: vec![row] }).collect();
    let command = PlannedCommand { root: Root::Group { usergroup: "Group 0".to_owned() }, steps };
    ReadyCommand::only(WorkItem { rows: vec![row], ..WorkItem::default() }, command)
}

/// The names of users who are in no other row.
fn own_users(row: u32, count: u32) -> Vec<String> {
    (0..count).map(|number| format!("u{row}-{number}@example.com")).collect()
}

fn groups(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("Group {number}")).collect()
}

fn done() -> CommandResult {
    CommandResult::Done { remarks: String::new() }
}

fn refused(step: usize, code: &str) -> CommandResult {
    let code = code.to_owned();
    CommandResult::Refused(StepRefusal { step: Some(step), code, message: String::new() })
}

/// Returns the users of a step with their directions.
fn users_of(step: &WireStep) -> &[String] {
    match step {
        WireStep::Add(members) | WireStep::Remove(Removal::Members(members)) => &members.user,
        _ => &[],
    }
}

/// Takes in members of one group each, or of all these groups.
fn full(users: u32, group_count: usize) -> GroupSide {
    let mut side = GroupSide::default();
    for row in 0..users {
        assert!(side.hold(command(row, &groups(0..group_count), &[])).is_none());
    }
    side
}

/// Sends everything, with this answer to each command. Returns the number of requests, and what
/// has ended.
fn send_all(
    side: &mut GroupSide,
    mut answer: impl FnMut(&GroupCommand) -> CommandResult,
) -> (usize, Vec<ReadyCommand>, Vec<ReadyCommand>) {
    let (mut requests, mut confirmed, mut by_themselves) = (0, Vec::new(), Vec::new());
    while !side.is_empty() {
        let commands = side.full_request().unwrap_or_else(|| side.rest(MAX_COMMANDS));
        assert!(!commands.is_empty() && commands.len() <= MAX_COMMANDS);
        requests += 1;
        side.send(&commands);
        let results: Vec<CommandResult> = commands.iter().map(&mut answer).collect();
        let completed = side.complete(commands, &results);
        confirmed.extend(completed.confirmed.into_iter().map(|(prepared, _)| prepared));
        by_themselves.extend(completed.by_themselves);
    }
    assert!(!side.has_waiting(), "{side:?}");
    (requests, confirmed, by_themselves)
}

#[test]
fn proven_forms_put_a_thousand_memberships_in_a_request() {
    let (requests, confirmed, by_themselves) = send_all(&mut full(5_000, 1), |_| done());
    assert_eq!((requests, confirmed.len(), by_themselves.len()), (6, 5_000, 0));
    let (requests, confirmed, _) = send_all(&mut full(1_000, 10), |_| done());
    assert_eq!((requests, confirmed.len()), (10, 1_000));
}

#[test]
fn first_requests_try_one_form_each() {
    let mut side = full(5_000, 1);
    let first = side.full_request().unwrap();
    assert_eq!((first.len(), first[0].command.steps.len()), (1, 10));
    side.send(&first);
    assert!(side.full_request().is_none() && side.rest(MAX_COMMANDS).is_empty(), "it is alone");
    assert_eq!(side.complete(first, &[done()]).confirmed.len(), 100);
    let second = side.full_request().unwrap();
    assert_eq!(second.len(), 10, "several commands of one group");
    side.send(&second);
    assert!(side.full_request().is_none() && side.rest(MAX_COMMANDS).is_empty(), "it is alone");
    side.complete(second, &vec![done(); 10]);
    let third = side.full_request().unwrap();
    side.send(&third);
    assert!(side.full_request().is_some(), "others are in flight with it");
}

#[test]
fn narrow_form_follows_a_refusal_of_the_wide_one() {
    let mut side = full(1_000, 1);
    let answer = |command: &GroupCommand| {
        let memberships: usize = command.steps.iter().map(|step| step.members.len()).sum();
        if memberships > 10 { refused(1, "error.command.add_remove.list_too_long") } else { done() }
    };
    let (requests, confirmed, by_themselves) = send_all(&mut side, answer);
    assert_eq!((confirmed.len(), by_themselves.len()), (1_000, 0));
    assert_eq!(requests, 1 + 1 + 10, "the wide try, the narrow one, and the rest");
}

/// A refusal that names no step halves each of them; a step of one user cannot be halved.
#[test]
fn refused_steps_of_one_user_each_go_from_the_users() {
    let mut side = GroupSide::default();
    assert!(side.hold(command(0, &groups([0]), &[])).is_none());
    assert!(side.hold(command(1, &[], &groups([0]))).is_none());
    let refusal =
        StepRefusal { step: None, code: "error.user.nonexistent".into(), message: String::new() };
    let answer = |_: &GroupCommand| CommandResult::Refused(refusal.clone());
    let (requests, confirmed, by_themselves) = send_all(&mut side, answer);
    assert_eq!((requests, confirmed.len(), by_themselves.len()), (1, 0, 2));
}

/// A request that is refused as a whole goes again in halves, down to the command that is the
/// cause.
#[test]
fn only_the_command_for_which_a_request_is_refused_goes_from_its_users() {
    let mut side = GroupSide::default();
    for row in 0..4 {
        assert!(side.hold(command(row, &groups([row as usize]), &[])).is_none());
    }
    let bad = "Group 2";
    let (mut requests, mut confirmed, mut by_themselves) = (0, Vec::new(), Vec::new());
    while !side.is_empty() {
        let commands = side.full_request().unwrap_or_else(|| side.rest(MAX_COMMANDS));
        requests += 1;
        assert!(requests < 10 && !commands.is_empty());
        side.send(&commands);
        let is_bad = |command: &GroupCommand| {
            command.command.root == Root::Group { usergroup: bad.to_owned() }
        };
        let completed = if commands.iter().any(is_bad) {
            side.complete_unanswered(commands, NoResults::Refused("error.command.malformed"))
        } else {
            let results = vec![done(); commands.len()];
            side.complete(commands, &results)
        };
        confirmed.extend(completed.confirmed.into_iter().map(|(prepared, _)| prepared));
        by_themselves.extend(completed.by_themselves);
    }
    assert_eq!((confirmed.len(), by_themselves.len()), (3, 1));
    assert_eq!(by_themselves[0].item.rows, [2]);
}

#[test]
fn commands_of_one_group_go_one_at_a_time_after_a_conflict() {
    let mut side = full(600, 1);
    let first = side.full_request().unwrap_or_else(|| side.rest(MAX_COMMANDS));
    side.send(&first);
    side.complete(first, &[done()]);
    let second = side.rest(MAX_COMMANDS);
    assert_eq!(second.len(), 5);
    side.send(&second);
    let failed = refused(0, "error.usergroup.update.failed");
    let completed =
        side.complete(second, &[done(), failed.clone(), failed.clone(), failed.clone(), failed]);
    assert!(
        completed.is_unclear
            && completed.confirmed.len() == 100
            && completed.by_themselves.is_empty()
    );
    let third = side.rest(MAX_COMMANDS);
    assert_eq!(third.len(), 1);
}

#[test]
fn profile_goes_from_its_users() {
    let mut side = full(250, 1);
    let (requests, confirmed, by_themselves) =
        send_all(&mut side, |_| refused(0, "error.usergroup.not_found"));
    assert_eq!((requests, confirmed.len(), by_themselves.len()), (1, 0, 250));
    assert!(by_themselves.iter().all(|prepared| prepared.item.by_itself));
    let late = side.hold(command(900, &groups([0]), &[]));
    assert!(late.is_some(), "later rows of the group go from their users at once");
}

#[test]
fn strangers_are_found_and_the_others_go_on() {
    let mut side = full(1_000, 1);
    let is_stranger = |user: &str| user.ends_with("7@example.com");
    let is_refused = |step: &GroupStep| step.members.iter().any(|member| is_stranger(&member.user));
    let (_, confirmed, by_themselves) =
        send_all(&mut side, |command| match command.steps.iter().position(is_refused) {
            Some(step) => refused(step, "error.user.nonexistent"),
            None => done(),
        });
    assert_eq!(confirmed.len() + by_themselves.len(), 1_000);
    let name = |prepared: &ReadyCommand| format!("u{}@example.com", prepared.item.first());
    assert!(confirmed.iter().all(|prepared| !is_stranger(&name(prepared))));
    assert!(by_themselves.iter().any(|prepared| is_stranger(&name(prepared))));
}

#[test]
fn file_whose_memberships_hold_already_soon_goes_from_its_users() {
    let mut side = full(5_000, 10);
    let refusal = StepRefusal {
        step: Some(0),
        code: "error.usergroup.user_list.invalid".to_owned(),
        message: String::new(),
    };
    let (requests, confirmed, by_themselves) =
        send_all(&mut side, |_| CommandResult::ChangedNobody(refusal.clone()));
    assert_eq!((requests, confirmed.len(), by_themselves.len()), (1, 0, 5_000));
}

#[test]
fn request_that_is_refused_as_a_whole_is_halved() {
    let mut side = full(100, 4);
    let (mut requests, mut by_themselves, mut confirmed) = (0, Vec::new(), 0);
    while !side.is_empty() {
        let commands = side.full_request().unwrap_or_else(|| side.rest(MAX_COMMANDS));
        side.send(&commands);
        requests += 1;
        let is_bad = commands
            .iter()
            .any(|command| command.command.root == Root::Group { usergroup: "Group 2".to_owned() });
        let completed = if is_bad {
            side.complete_unanswered(commands, NoResults::Refused("error.command.malformed"))
        } else {
            let results = vec![done(); commands.len()];
            side.complete(commands, &results)
        };
        by_themselves.extend(completed.by_themselves);
        confirmed += completed.confirmed.len();
        assert!(requests < 20);
    }
    assert_eq!(
        (by_themselves.len(), confirmed),
        (100, 0),
        "each user has a membership of that group"
    );
}

#[test]
fn unclear_request_is_repeated_once_in_the_narrow_form() {
    let mut side = full(100, 1);
    let commands = side.rest(MAX_COMMANDS);
    side.send(&commands);
    let completed = side.complete_unanswered(commands, NoResults::TimedOut);
    assert!(completed.is_unclear && completed.by_themselves.is_empty());
    let again = side.rest(MAX_COMMANDS);
    assert_eq!(again[0].command.steps.len(), 1);
    side.send(&again);
    let completed = side.complete_unanswered(again, NoResults::Unclear);
    assert_eq!(completed.by_themselves.len(), 10);
}

#[test]
fn end_of_a_request_without_commands_of_groups_changes_nothing() {
    let mut side = full(5_000, 1);
    let first = side.full_request().unwrap();
    side.send(&first);
    for how in [NoResults::NotSent, NoResults::Unclear, NoResults::TooLarge] {
        side.complete_unanswered(Vec::new(), how);
    }
    assert!(side.full_request().is_none(), "the first request is still alone in flight");
    assert_eq!(side.complete(first, &[done()]).confirmed.len(), 100);
    side.complete_unanswered(Vec::new(), NoResults::NotSent);
    let (requests, confirmed, _) = send_all(&mut side, |_| done());
    assert_eq!((requests, confirmed.len()), (5, 4_900));
}

#[test]
fn only_a_response_that_takes_too_long_makes_commands_narrow() {
    let mut side = full(100, 1);
    let commands = side.rest(MAX_COMMANDS);
    side.send(&commands);
    side.complete_unanswered(commands, NoResults::Unclear);
    assert_eq!(side.rest(MAX_COMMANDS)[0].command.steps.len(), 10);
}

#[test]
fn warnings_about_a_command_reach_every_row_in_it() {
    let mut side = full(12, 2);
    let commands = side.rest(MAX_COMMANDS);
    side.send(&commands);
    let warning = |text: &str| CommandResult::Done { remarks: text.to_owned() };
    let completed = side.complete(commands, &[warning("slow"), warning("")]);
    assert_eq!(completed.confirmed.len(), 12);
    assert!(completed.confirmed.iter().all(|(_, remarks)| remarks == "slow"));
}

#[test]
fn what_is_confirmed_when_all_is_given_up_is_not_sent_again() {
    let mut side = GroupSide::default();
    for row in 0..905 {
        let group = if row < 5 { 0 } else { 1 + row as usize % 9 };
        assert!(side.hold(command(row, &groups([group]), &[])).is_none());
    }
    let first = side.rest(MAX_COMMANDS);
    side.send(&first);
    let is_small = |command: &GroupCommand| command.steps[0].members.len() == 5;
    let answer = |command: &GroupCommand| match is_small(command) {
        true => done(),
        false => refused(0, "error.user.something_new"),
    };
    let results: Vec<CommandResult> = first.iter().map(answer).collect();
    let completed = side.complete(first, &results);
    assert_eq!((completed.confirmed.len(), completed.by_themselves.len()), (5, 900));
}

#[test]
fn halves_of_a_refused_step_that_are_not_sent_stay_apart() {
    let mut side = full(20, 1);
    let first = side.rest(MAX_COMMANDS);
    side.send(&first);
    side.complete(first, &[refused(0, "error.user.nonexistent")]);
    let sizes = |commands: &[GroupCommand]| -> Vec<usize> {
        commands.iter().map(|command| command.steps[0].members.len()).collect()
    };
    let chosen = side.rest(MAX_COMMANDS);
    let before = sizes(&chosen);
    side.put_back(chosen);
    let again = side.rest(MAX_COMMANDS);
    assert_eq!(sizes(&again), before);
}

/// The first request is a whole one, and each of its commands is refused.
#[test]
fn narrow_form_follows_a_refusal_of_ten_wide_commands() {
    let mut side = GroupSide::default();
    for row in 0..1_000 {
        assert!(side.hold(command(row, &groups([row as usize % 10]), &[])).is_none());
    }
    let answer = |command: &GroupCommand| match command.steps.len() {
        1 => done(),
        _ => refused(0, "error.command.add_remove.list_too_long"),
    };
    let (requests, confirmed, by_themselves) = send_all(&mut side, answer);
    assert_eq!((requests, confirmed.len(), by_themselves.len()), (11, 1_000, 0));
}

fn done_in_part(side: &GroupSide, commands: &[GroupCommand]) -> usize {
    side.items_of(commands).iter().filter(|prepared| prepared.item.is_done_in_part).count()
}

#[test]
fn only_what_is_changed_is_done_in_part() {
    let mut side = full(20, 2);
    let too_long = refused(0, "error.command.add_remove.list_too_long");
    let first = side.rest(MAX_COMMANDS);
    side.send(&first);
    side.complete(first.clone(), &vec![too_long; first.len()]);
    assert_eq!(done_in_part(&side, &first), 0);
    let second = side.rest(MAX_COMMANDS);
    side.send(&second);
    let mut answers = vec![CommandResult::Ambiguous; second.len()];
    answers[0] = done();
    side.complete(second.clone(), &answers);
    assert_eq!(done_in_part(&side, &second), 10);
}

#[test]
fn withdrawn_work_item_is_in_no_command() {
    let mut side = full(20, 2);
    let commands = side.rest(MAX_COMMANDS);
    let (commands, withdrawn) = side.withdraw(commands, |prepared| prepared.item.first() == 3);
    assert_eq!(withdrawn.len(), 1);
    assert!(!withdrawn[0].item.by_itself, "it is taken in again later");
    let users = |command: &GroupCommand| {
        command.command.steps.iter().map(|step| users_of(&step.step).len()).sum::<usize>()
    };
    assert_eq!(commands.iter().map(users).collect::<Vec<_>>(), [19, 19]);
}

/// Its own command may be refused as a whole: that does not mean that it has changed nothing.
#[test]
fn work_item_withdrawn_after_a_part_of_it_is_done_has_changed_something() {
    let mut side = full(20, 2);
    let commands = side.rest(MAX_COMMANDS);
    side.send(&commands);
    let mut answers = vec![CommandResult::Ambiguous; commands.len()];
    answers[0] = done();
    side.complete(commands, &answers);
    let (_, withdrawn) = {
        let commands = side.rest(MAX_COMMANDS);
        side.withdraw(commands, |_| true)
    };
    assert_eq!(withdrawn.len(), 20);
    assert!(withdrawn.iter().all(|one| !one.item.is_all_that_was_sent()));
}

/// Added to the number of a row, it is the number of the next row that names the same people.
const BEHIND: u32 = 1_000;

proptest! {
    /// Whatever the server answers, every work item ends exactly once, and a confirmed one has had
    /// each of its memberships in a step that was carried out.
    #[test]
    fn every_work_item_ends_once_and_only_with_evidence(
        rows in proptest::collection::vec(
            (proptest::collection::btree_set(0..8_usize, 0..4),
                proptest::collection::btree_set(8..12_usize, 0..3)),
            1..120,
        ),
        answers in proptest::collection::vec(0..12_u8, 1..60),
        concurrency in 1..4_usize,
    ) {
        let mut side = GroupSide::default();
        let mut taken = Vec::new();
        for (row, (adds, removes)) in (0..).zip(&rows) {
            let prepared = match row % 3 {
                0 => {
                    let users = own_users(row, (adds.len() + removes.len()) as u32);
                    row_of_group(row, &users[..adds.len()], &users[adds.len()..])
                }
                _ => command(row, &groups(adds.iter().copied()),
                    &groups(removes.iter().copied())),
            };
            if side.hold(prepared).is_none() {
                taken.push(row);
            }
        }
        let mut answers = answers.into_iter().cycle();
        let mut carried_out: HashMap<u32, usize> = HashMap::new();
        let mut ended: Vec<(u32, bool)> = Vec::new();
        let mut in_flight: VecDeque<Vec<GroupCommand>> = VecDeque::new();
        for _ in 0..10_000 {
            if side.is_empty() {
                break;
            }
            while in_flight.len() < concurrency {
                let commands = side.full_request().unwrap_or_else(|| side.rest(MAX_COMMANDS));
                if commands.is_empty() {
                    break;
                }
                let mut seen = HashSet::new();
                for command in &commands {
                    let name = format!("{:?}", command.command.root);
                    for step in &command.command.steps {
                        prop_assert!(users_of(&step.step).len() <= MAX_LIST);
                        for user in users_of(&step.step) {
                            prop_assert!(seen.insert((name.clone(), user.clone())));
                        }
                    }
                }
                side.send(&commands);
                in_flight.push_back(commands);
            }
            let Some(commands) = in_flight.pop_front() else {
                prop_assert!(false, "something is held and nothing is sent: {side:?}");
                break;
            };
            let completed = match answers.next() {
                Some(0) => side.complete_unanswered(commands, NoResults::Unclear),
                Some(1) => {
                    let refused = NoResults::Refused("error.command.malformed");
                    side.complete_unanswered(commands, refused)
                }
                Some(2) => side.complete_unanswered(commands, NoResults::NotSent),
                _ => {
                    let results: Vec<CommandResult> = commands.iter().map(|command| {
                        let last = command.steps.len() - 1;
                        match answers.next() {
                            Some(3) => refused(last, "error.user.nonexistent"),
                            Some(4) => refused(0, "error.usergroup.not_found"),
                            Some(5) => refused(last / 2, "error.usergroup.update.failed"),
                            Some(6) => CommandResult::Ambiguous,
                            Some(7) => refused(0, "error.command.add_remove.list_too_long"),
                            _ => done(),
                        }
                    }).collect();
                    for (command, result) in commands.iter().zip(&results) {
                        let until = match result {
                            CommandResult::Done { .. } => command.steps.len(),
                            CommandResult::Refused(refusal)
                                if refusal.code == "error.user.nonexistent" =>
                            {
                                refusal.step.unwrap_or(0)
                            }
                            _ => 0,
                        };
                        for member in command.steps[..until].iter().flat_map(|step| &step.members) {
                            *carried_out.entry(member.rows[0]).or_default() += 1;
                        }
                    }
                    side.complete(commands, &results)
                }
            };
            let confirmed = completed.confirmed.iter().map(|(prepared, _)| (prepared, true));
            let others = completed.with_refusals.iter().map(|row| &row.prepared);
            let others = completed.by_themselves.iter().chain(others).map(|other| (other, false));
            let now: Vec<(u32, bool)> =
                confirmed.chain(others).map(|(one, sure)| (one.item.first(), sure)).collect();
            // A row that names the same people comes once these have ended.
            for (row, _) in now.iter().filter(|(row, _)| row % 3 == 0 && *row < BEHIND) {
                let (adds, removes) = &rows[*row as usize];
                let users = own_users(*row, (adds.len() + removes.len()) as u32);
                let (added, removed) = users.split_at(adds.len());
                if side.hold(row_of_group(*row + BEHIND, removed, added)).is_none() {
                    taken.push(*row + BEHIND);
                }
            }
            ended.extend(now);
        }
        prop_assert!(side.is_empty());
        let mut rows_ended: Vec<u32> = ended.iter().map(|(row, _)| *row).collect();
        rows_ended.sort_unstable();
        taken.sort_unstable();
        prop_assert_eq!(&rows_ended, &taken);
        for (row, is_confirmed) in ended {
            let (adds, removes) = &rows[(row % BEHIND) as usize];
            let memberships = adds.len() + removes.len();
            prop_assert!(!is_confirmed || carried_out.get(&row) == Some(&memberships));
        }
    }
}

#[test]
fn side_that_is_full_lets_the_reading_pause() {
    assert!(!full(4_999, 10).is_full());
    assert!(full(5_000, 10).is_full(), "memberships wait");
    assert!(!full(9_999, 1).is_full());
    assert!(full(10_000, 1).is_full(), "work items are held");
}

#[test]
fn what_waits_is_told_from_what_is_in_flight() {
    let mut side = GroupSide::default();
    assert!(!side.has_waiting());
    assert!(side.hold(command(0, &groups(0..2), &[])).is_none());
    assert!(side.has_waiting());
    let commands = side.rest(MAX_COMMANDS);
    side.send(&commands);
    assert!(!side.has_waiting() && !side.is_empty());
}

#[test]
fn nothing_is_sent_in_a_pause() {
    let mut side = full(1_000, 10);
    side.pause();
    assert!(side.full_request().is_none() && side.rest(MAX_COMMANDS).is_empty());
    side.go_on();
    assert!(side.full_request().is_some());
}

#[test]
fn end_of_a_run_says_what_commands_of_groups_have_saved() {
    let mut side = full(20, 2);
    assert_eq!(side.end(), None, "nothing was sent");
    send_all(&mut side, |_| done());
    let end = side.end().unwrap();
    assert_eq!((end.memberships, end.commands, end.in_place_of), (40, 2, 20));
    assert_eq!(end.form.width(), CommandWidth::Wide);
}

/// A row about a group can show that the server takes only narrow commands.
#[test]
fn row_that_is_too_wide_makes_the_next_commands_narrow() {
    let mut side = full(100, 1);
    assert_eq!(side.width(), CommandWidth::Wide);
    side.row_is_too_wide();
    assert_eq!(side.width(), CommandWidth::Narrow);
    assert_eq!(side.end().unwrap().commands, 0, "it is said although nothing was sent");
    assert_eq!(side.rest(MAX_COMMANDS)[0].command.steps.len(), 1);
}

#[test]
fn work_items_of_a_command_are_found_once_each() {
    let mut side = full(3, 2);
    let commands = side.rest(MAX_COMMANDS);
    let rows = |side: &GroupSide| -> Vec<u32> {
        side.items_of(&commands).iter().map(|prepared| prepared.item.first()).collect()
    };
    assert_eq!(rows(&side), [0, 1, 2]);
    let mut attempts = 0;
    side.items_of_mut(&commands, |prepared| {
        attempts += 1;
        prepared.item.sent += attempts;
    });
    let sent: Vec<_> = side.items_of(&commands).iter().map(|prepared| prepared.item.sent).collect();
    assert_eq!(sent, [1, 2, 3]);
}
