//! The reasons of rows that fail, in words.

use super::command_result::{Mode, RefusedFor, StepRefusal};
use super::effect::{already_done, now_exists};
use super::outcomes::Reason;
use super::request::ReadyCommand;
use crate::number::count;
use crate::plan::{Halfway, PlannedCommand, describe};
use crate::umapi::wire::Root;

/// The code of a row that is not done, and that the server never clearly refused.
pub(crate) const NO_ANSWER: &str = "error.no_answer";

/// Returns why a row alone is refused: the step, the server's message, and what was done
/// nevertheless.
pub(super) fn refusal_reason(
    prepared: &ReadyCommand,
    refusal: &StepRefusal,
    whose: RefusedFor,
    mode: Mode,
) -> Reason {
    let mut message = match refusal.step {
        Some(step) => step_message(&prepared.command, step, &refusal.message),
        None => refusal.message.clone(),
    };
    if whose == RefusedFor::TheServer {
        let attempts = count(prepared.item.attempts.into(), "attempt");
        let cause = if refusal.code.starts_with("error.internal.") {
            ". Directories that are synchronized from elsewhere refuse changes this way"
        } else {
            ""
        };
        message = format!("{message} (the server failed at each of {attempts}{cause})");
    }
    let mut reason = Reason { code: refusal.code.clone(), message };
    reason.remark(&already_done(&prepared.done, mode));
    reason
}

/// Returns why a row fails, and what of it was done nevertheless.
pub(super) fn reason_of(
    prepared: &ReadyCommand,
    code: String,
    message: String,
    mode: Mode,
) -> Reason {
    let mut reason = Reason { code, message };
    reason.remark(&already_done(&prepared.done, mode));
    reason.remark(now_exists(prepared.item.halfway.done, mode));
    reason
}

/// Returns why a row fails of which names were refused; `None` if none was.
pub(super) fn reason_of_refusals(halfway: &Halfway, mode: Mode) -> Option<Reason> {
    let Halfway { refusals, achieved, done, .. } = halfway;
    let (code, _) = refusals.first()?;
    let mut texts: Vec<&str> = refusals.iter().map(|(_, message)| message.as_str()).collect();
    let in_all = all_refused(halfway);
    texts.extend(in_all.as_deref());
    let besides = already_done(&achieved.join(", "), mode);
    texts.extend((!achieved.is_empty()).then_some(besides.as_str()));
    let mut reason = Reason { code: code.clone(), message: texts.join("; ") };
    reason.remark(now_exists(*done, mode));
    Some(reason)
}

/// Says how many users were refused, if the row has too many refusals to name all.
fn all_refused(Halfway { refusals, left_out, nobody, .. }: &Halfway) -> Option<String> {
    if refusals.len() < Halfway::MOST_REFUSALS {
        return None;
    }
    let refused = left_out.iter().filter(|user| !nobody.contains(user)).count();
    Some(format!("{refused} users were refused in all"))
}

/// Returns the reason of a command that never got a proper response and was not carried out.
pub(super) fn unanswered(prepared: &ReadyCommand, cause: &str, mode: Mode) -> Reason {
    let attempts = count(prepared.item.attempts.into(), "attempt");
    let shown = shown_by_probe(&prepared.command);
    let message =
        format!("no clear response ({cause}) in {attempts}, and a probe shows that {shown}");
    reason_of(prepared, NO_ANSWER.to_owned(), message, mode)
}

/// Returns the message for a command that never reached the server.
pub(super) fn never_reached(cause: &str, attempts: u32) -> String {
    format!("the row never reached the server ({cause}), in {}", count(attempts.into(), "attempt"))
}

/// Returns the message for a command that was sent as often as allowed, and was not carried out.
pub(super) fn not_done(command: &PlannedCommand, why: &str, attempts: u32) -> String {
    let done = if command.has_parts() { NOT_ALL_DONE } else { "not done" };
    format!("{why}: {done} after {}, as a probe shows", count(attempts.into(), "attempt"))
}

/// What a probe shows of a row that was done in part at most.
pub(crate) const NOT_ALL_DONE: &str = "not all of it was done";

/// Says what a probe shows that does not find the result of a command. Of a command with several
/// parts, some may have been carried out.
fn shown_by_probe(command: &PlannedCommand) -> &'static str {
    match command.has_parts() {
        true => NOT_ALL_DONE,
        false => "it was not done",
    }
}

/// Returns the server's message about a step.
pub(super) fn step_message(command: &PlannedCommand, step: usize, message: &str) -> String {
    match command.steps.get(step) {
        Some(traced_step) => {
            format!("step {} ({}): {message}", step + 1, describe(&traced_step.step))
        }
        None => message.to_owned(),
    }
}

/// Returns the new name of the user or group that a row has renamed, with what to change before the
/// row is sent again; empty if its commands rename nobody.
pub(super) fn renamed_by(commands: &[PlannedCommand]) -> String {
    let roots = [commands.first(), commands.last()].map(|command| command.map(|one| &one.root));
    let (what, old, new, columns) = match roots {
        [Some(Root::User { user: old, .. }), Some(Root::User { user: new, .. })] => {
            ("user", old, new, "`new_email` and `new_username`")
        }
        [Some(Root::Group { usergroup: old }), Some(Root::Group { usergroup: new })] => {
            ("group", old, new, "`new_name`")
        }
        _ => return String::new(),
    };
    if old == new {
        return String::new();
    }
    format!(
        "the {what} was renamed to `{new}`. Before you send this row again, put `{new}` into the \
         column that names the {what}, and empty {columns}"
    )
}

/// Returns the reason of a command whose names may mean another user or group now, or nobody.
pub(super) fn renamed_since(prepared: &ReadyCommand, why: &str) -> Reason {
    let (what, name) = match &prepared.command.root {
        Root::User { user, .. } => ("user", user),
        Root::Group { usergroup } => ("group", usergroup),
    };
    let message = format!(
        "no clear response ({why}); since then, another import has renamed, removed or created a \
         user or group of this row, or may have. So what the server has under these names now does \
         not show what this row has done, and it was not sent again: check in the Admin Console \
         what became of the {what} `{name}`"
    );
    Reason { code: "unknown.no_answer".to_owned(), message }
}

/// Returns the reason of a command without a clear response that must not be sent again.
pub(super) fn not_sent_again(why: &str, obstacle: &Reason) -> Reason {
    let message = format!("no clear response ({why}), and not sent again: {}", obstacle.message);
    Reason { code: "unknown.no_answer".to_owned(), message }
}

/// Returns the reason of a command without a clear response that is not sent again.
pub(super) fn changed_since(why: &str) -> Reason {
    let message = format!(
        "no clear response ({why}); since then, another import has changed this user or group, \
         which is not as the row wants it now. The row was not sent again, because that could undo \
         the other import: check the user or group in the Admin Console"
    );
    Reason { code: "unknown.no_answer".to_owned(), message }
}
