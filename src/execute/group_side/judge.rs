//! Decides what the result of a group-side command says about each of its steps. Pure.
//!
//! A membership counts as done only if its command is confirmed, or ended at a later step: the
//! steps of a command run in order, and the first error ends it (Adobe's documentation,
//! ActionsCmds). Whatever else is refused or unclear is sent again, in smaller parts or from the
//! user's side: adding a member twice changes nothing.

use super::group_command::GroupCommand;
use crate::execute::command_result::{CommandResult, StepRefusal, named_in};
use crate::umapi::retry::{conflict_in_group, group_takes_no_members, list_too_long};

/// What follows for the memberships of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StepFate {
    /// They were carried out.
    Done,
    /// They were not carried out, and are sent again.
    Again,
    /// One of them is the cause of a refusal: they are sent again in halves.
    Halve,
    /// These are the cause of a refusal, and go as commands of their users, or are refused for
    /// their rows; the others are sent again.
    Except(Vec<usize>, StepRefusal),
    /// They go as commands of their users.
    ByThemselves,
    /// They may have been carried out.
    Unclear,
}

/// What a result says about group-side commands beyond its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lesson {
    /// The group takes no commands of its own.
    GroupIsClosed,
    /// The command is too long.
    TooLong,
    /// Commands of one group disturb each other.
    Conflict,
}

/// What the result of a command says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    /// For each of its steps.
    pub(super) steps: Vec<StepFate>,
    pub(super) lesson: Option<Lesson>,
}

/// Whether other commands of the same group were open at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Neighbours {
    None,
    OfTheSameGroup,
}

/// The most memberships of a refused step that are not halved: they go as commands of their users.
const FEW: usize = 3;

/// Judges the result of a command.
pub(super) fn judge(
    command: &GroupCommand,
    result: &CommandResult,
    neighbours: Neighbours,
) -> Judgement {
    match result {
        CommandResult::Done { .. } => all(command, &StepFate::Done),
        CommandResult::Transient(refusal) if conflict_in_group(&refusal.code) => {
            conflict(command, neighbours)
        }
        CommandResult::Transient(_) | CommandResult::Disputed(_) | CommandResult::Ambiguous => {
            all(command, &StepFate::Unclear)
        }
        // A group-side command creates nothing; a step without an effect is proven per user.
        CommandResult::AlreadyExists => all(command, &StepFate::ByThemselves),
        CommandResult::StepAlreadyDone(step) => from(command, *step, &StepFate::ByThemselves),
        CommandResult::ChangedNobody(refusal) => changed_nobody(command, refusal.step.unwrap_or(0)),
        CommandResult::Refused(refusal) => refused(command, refusal, neighbours),
    }
}

/// Judges a refused command.
fn refused(command: &GroupCommand, refusal: &StepRefusal, neighbours: Neighbours) -> Judgement {
    let StepRefusal { step, code, message } = refusal;
    if list_too_long(code) {
        return Judgement { lesson: Some(Lesson::TooLong), ..all(command, &StepFate::Again) };
    }
    if conflict_in_group(code) {
        return conflict(command, neighbours);
    }
    let step = step.or((command.steps.len() == 1).then_some(0));
    if group_takes_no_members(code) {
        let judged = match step {
            Some(step) => up_to(command, step, &StepFate::ByThemselves, &StepFate::ByThemselves),
            None => all(command, &StepFate::ByThemselves),
        };
        return Judgement { lesson: Some(Lesson::GroupIsClosed), ..judged };
    }
    let Some(step) = step else { return all(command, &StepFate::Halve) };
    let members = command.steps[step].members.iter();
    let named = named_in(message, members.map(|member| &*member.user));
    let fate = match named.as_slice() {
        [] if command.steps[step].members.len() <= FEW => StepFate::ByThemselves,
        [] => StepFate::Halve,
        _ => StepFate::Except(named, refusal.clone()),
    };
    from(command, step, &fate)
}

/// Judges a command with a step that has changed nobody. Where ten users in a row are members
/// already, the next ones often are; that says nothing about users who leave.
fn changed_nobody(command: &GroupCommand, step: usize) -> Judgement {
    let mut judgement = from(command, step, &StepFate::ByThemselves);
    let direction = command.steps[step].direction;
    for (place, fate) in judgement.steps.iter_mut().enumerate().skip(step) {
        if command.steps[place].direction == direction {
            *fate = StepFate::ByThemselves;
        }
    }
    judgement
}

fn conflict(command: &GroupCommand, neighbours: Neighbours) -> Judgement {
    match neighbours {
        Neighbours::OfTheSameGroup => {
            Judgement { lesson: Some(Lesson::Conflict), ..all(command, &StepFate::Unclear) }
        }
        Neighbours::None => all(command, &StepFate::Unclear),
    }
}

/// Returns the judgement that every step has this fate.
fn all(command: &GroupCommand, fate: &StepFate) -> Judgement {
    Judgement { steps: vec![fate.clone(); command.steps.len()], lesson: None }
}

/// Steps run in order: those before this one were carried out, and those after it were not.
fn from(command: &GroupCommand, step: usize, fate: &StepFate) -> Judgement {
    up_to(command, step, fate, &StepFate::Again)
}

fn up_to(command: &GroupCommand, step: usize, fate: &StepFate, after: &StepFate) -> Judgement {
    let fates = (0..command.steps.len()).map(|place| match place.cmp(&step) {
        std::cmp::Ordering::Less => StepFate::Done,
        std::cmp::Ordering::Equal => fate.clone(),
        std::cmp::Ordering::Greater => after.clone(),
    });
    Judgement { steps: fates.collect(), lesson: None }
}

#[cfg(test)]
mod tests {
    use super::super::group_command::{QueuedMembership, Source};
    use super::super::queue::GroupQueue;
    use super::*;
    use crate::plan::sides::Direction;

    /// A command of three steps: ten, ten and two members.
    fn command() -> GroupCommand {
        let mut queue = GroupQueue::new("Design");
        for hold in 0..22 {
            let user = format!("u{hold}@example.com");
            queue.push(Direction::Add, QueuedMembership { hold, user, rows: vec![hold as u32] });
        }
        let steps = queue.take(10, |_| true);
        queue.command(0, steps, Source::Queue)
    }

    fn refusal(step: usize, code: &str, message: &str) -> CommandResult {
        CommandResult::Refused(StepRefusal {
            step: Some(step),
            code: code.to_owned(),
            message: message.to_owned(),
        })
    }

    fn judged(result: &CommandResult) -> Vec<StepFate> {
        judge(&command(), result, Neighbours::None).steps
    }

    #[test]
    fn steps_before_the_refused_one_are_done_and_no_others() {
        use StepFate::{Again, ByThemselves, Done, Halve};
        let done = CommandResult::Done { remarks: String::new() };
        assert_eq!(judged(&done), [Done, Done, Done]);
        assert_eq!(judged(&refusal(1, "error.user.nonexistent", "")), [Done, Halve, Again]);
        assert_eq!(judged(&refusal(2, "error.user.nonexistent", "")), [Done, Done, ByThemselves]);
    }

    #[test]
    fn user_whom_the_message_names_goes_alone() {
        let named = refusal(0, "error.user.nonexistent", "User Id does not exist: U1@Example.com.");
        let CommandResult::Refused(refusal) = &named else { unreachable!() };
        let fate = StepFate::Except(vec![1], refusal.clone());
        assert_eq!(judged(&named)[0], fate, "and not u10 to u19");
    }

    #[test]
    fn unchanged_members_and_unclear_results_prove_nothing() {
        let refusal = |step| StepRefusal {
            step,
            code: "error.usergroup.user_list.invalid".to_owned(),
            message: String::new(),
        };
        let unchanged = judged(&CommandResult::ChangedNobody(refusal(Some(0))));
        assert_eq!(unchanged, vec![StepFate::ByThemselves; 3]);
        assert_eq!(judged(&CommandResult::Ambiguous), vec![StepFate::Unclear; 3]);
    }

    #[test]
    fn group_and_form_are_learned_of() {
        let judge = |code, neighbours| judge(&command(), &refusal(0, code, ""), neighbours);
        let profile = judge("error.usergroup.not_found", Neighbours::None);
        assert_eq!(profile.lesson, Some(Lesson::GroupIsClosed));
        assert_eq!(profile.steps, vec![StepFate::ByThemselves; 3]);
        let long = judge("error.command.add_remove.list_too_long", Neighbours::None);
        assert_eq!((long.lesson, long.steps), (Some(Lesson::TooLong), vec![StepFate::Again; 3]));
        let failed = "error.usergroup.update.failed";
        assert_eq!(judge(failed, Neighbours::OfTheSameGroup).lesson, Some(Lesson::Conflict));
        assert_eq!(judge(failed, Neighbours::None).lesson, None);
    }
}
