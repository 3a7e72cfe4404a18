//! Reads what a response says about each command of its request. Pure.

use super::policy::Policy;
use crate::change::same_name;
use crate::plan::PlannedCommand;
use crate::umapi::retry::{is_already_done, retryable_code, unchanged_members};
use crate::umapi::wire::{ActionResponse, Removal, ResponseFault, Root, WireMembers, WireStep};

/// The result of one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CommandResult {
    /// The server confirmed it.
    Done {
        /// The server's warnings as one text; empty if there are none.
        remarks: String,
    },
    /// The server failed for its own reasons. The command is worth repeating.
    Transient(StepRefusal),
    /// The create step says that the user or group exists, which is allowed.
    AlreadyExists,
    /// The server says that the effect of this step holds already. The steps after it did not run.
    StepAlreadyDone(usize),
    /// The server says that a step of a group has changed nobody. The steps after it did not run.
    ChangedNobody(StepRefusal),
    /// Refused, at a step if the server says which.
    Refused(StepRefusal),
    /// A lone command is refused in words that name no command, or no step of it. That proves
    /// nothing.
    Disputed(StepRefusal),
    /// The response has errors that belong to no command. Each command must be sent alone.
    Ambiguous,
}

/// Why and where the server refused a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StepRefusal {
    /// The step, from 0; `None` if the server does not say.
    pub step: Option<usize>,
    /// The server's code.
    pub code: String,
    /// The server's message.
    pub message: String,
}

impl StepRefusal {
    /// Returns the code with the message, if the server sends one.
    pub(super) fn words(&self) -> String {
        let Self { code, message, .. } = self;
        if message.is_empty() { code.clone() } else { format!("{code}: {message}") }
    }
}

/// Whose fault a refusal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefusedFor {
    /// The row's.
    TheRow,
    /// Unclear: a row alone is refused in words that name no command, or no step of it.
    NoPlace,
    /// The server's: an internal error came back until the attempts were used up.
    TheServer,
}

/// Whether the server carries requests out, or only checks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A `completed` command was carried out.
    Real,
    /// `testOnly`: a `completedInTestMode` command would have been carried out.
    Test,
}

impl Mode {
    /// Returns the mode of a run.
    pub(super) fn of(policy: &Policy) -> Self {
        if policy.test_mode { Self::Test } else { Self::Real }
    }
}

/// Returns the result of each command of a request, in order.
///
/// A contradictory response proves nothing: its counts do not match its errors, an error names no
/// command of the request or another user than its command, a `success` has errors, or a real run
/// counts commands that only passed a test.
pub(super) fn command_results(
    commands: &[&PlannedCommand],
    answer: &ActionResponse,
    mode: Mode,
) -> Vec<CommandResult> {
    let place = |fault: &ResponseFault| match fault.index {
        Some(index) => Some(index as usize)
            .filter(|index| commands.get(*index).is_some_and(|command| speaks_of(fault, command))),
        None if commands.len() == 1 && speaks_of(fault, commands[0]) => Some(0),
        None => None,
    };
    let mut refusals: Vec<Option<&ResponseFault>> = vec![None; commands.len()];
    let mut stray = false;
    for fault in &answer.errors {
        let Some(index) = place(fault) else {
            stray = true;
            continue;
        };
        // The error of the first step ended the command, wherever the response lists it. Without a
        // step, nothing is known to be done.
        if refusals[index].is_none_or(|known| fault.step < known.step) {
            refusals[index] = Some(fault);
        }
    }
    let clean = refusals.iter().filter(|refusal| refusal.is_none()).count();
    let refused_count = commands.len() - clean;
    let (confirmed, of_the_other_mode) = match mode {
        Mode::Real => (answer.completed, answer.completed_in_test_mode),
        Mode::Test => (answer.completed_in_test_mode, answer.completed),
    };
    let vague = stray
        || confirmed.map_or(clean > 0, |confirmed| confirmed as usize != clean)
        || of_the_other_mode.is_some_and(|confirmed| confirmed > 0)
        || answer.not_completed.is_some_and(|refused| refused as usize != refused_count)
        || (answer.result == "success") != answer.errors.is_empty();
    // If the same response counts the command of an error, or an identical one, as done, the
    // command is not refused.
    let disputed = answer.result == "success"
        || confirmed.is_some_and(|confirmed| confirmed as usize > clean)
        || answer.not_completed.is_some_and(|refused| (refused as usize) < refused_count);
    let remarks = |index: usize| {
        let texts: Vec<String> = answer
            .warnings
            .iter()
            .filter(|warning| place(warning) == Some(index))
            .map(fault_text)
            .collect();
        texts.join("; ")
    };
    refusals
        .iter()
        .enumerate()
        .map(|(index, refusal)| match refusal {
            Some(_) if disputed => CommandResult::Ambiguous,
            // If another error belongs to no command of the request, the index of this one may be
            // wrong as well.
            Some(fault) if stray || !names_its_place(commands[index], fault) => {
                CommandResult::Disputed(refusal_of(commands[index], fault))
            }
            Some(fault) => refused(commands[index], fault),
            None if vague => CommandResult::Ambiguous,
            None => CommandResult::Done { remarks: remarks(index) },
        })
        .collect()
}

/// Whether an error names the user of the command. An error without a user contradicts nothing.
fn speaks_of(fault: &ResponseFault, command: &PlannedCommand) -> bool {
    let Some(named) = fault.user.as_deref().map(str::trim).filter(|named| !named.is_empty()) else {
        return true;
    };
    match &command.root {
        Root::Group { usergroup } => {
            same_name(named, usergroup)
                || members_of(command).any(|member| same_name(named, member))
        }
        Root::User { user, domain, .. } => {
            let whole = domain.as_deref().map(|domain| format!("{user}@{domain}"));
            let email = command.steps.iter().find_map(|traced_step| match &traced_step.step {
                WireStep::AddAdobeId(new)
                | WireStep::CreateEnterpriseId(new)
                | WireStep::CreateFederatedId(new) => Some(new.email.as_str()),
                _ => None,
            });
            [Some(user.as_str()), whole.as_deref(), email]
                .into_iter()
                .flatten()
                .any(|name| same_name(named, name))
        }
    }
}

fn members_of(command: &PlannedCommand) -> impl Iterator<Item = &String> {
    command.steps.iter().flat_map(|traced_step| match &traced_step.step {
        WireStep::Add(members) | WireStep::Remove(Removal::Members(members)) => {
            members.user.as_slice()
        }
        _ => &[],
    })
}

/// Whether an error says which command it is about, and names a step of that command, if any.
fn names_its_place(command: &PlannedCommand, fault: &ResponseFault) -> bool {
    fault.index.is_some() && fault.step.is_none_or(|step| (step as usize) < command.steps.len())
}

fn refusal_of(command: &PlannedCommand, fault: &ResponseFault) -> StepRefusal {
    StepRefusal {
        step: fault.step.map(|step| step as usize).filter(|step| *step < command.steps.len()),
        code: fault.code.clone().unwrap_or_else(|| "error.without_code".to_owned()),
        message: message_naming_members(command, fault),
    }
}

/// The most names that are shown.
const MOST_NAMES: usize = 10;

/// Returns the server's message. If it refuses one of several members of a group without saying
/// which, the error's user is added, or all members that it may mean.
fn message_naming_members(command: &PlannedCommand, fault: &ResponseFault) -> String {
    let message = fault.message.clone().unwrap_or_default();
    let is_about_a_user = fault.code.as_ref().is_some_and(|code| code.starts_with("error.user."));
    if !is_about_a_user || !matches!(command.root, Root::Group { .. }) {
        return message;
    }
    let members: Vec<&String> = members_of(command).collect();
    let said = message.to_lowercase();
    if members.is_empty() || members.iter().any(|member| says(&said, &member.to_lowercase())) {
        return message;
    }
    let named = fault.user.as_deref().map(str::trim);
    let meant = members.iter().find(|member| named.is_some_and(|named| same_name(named, member)));
    match (meant, members.as_slice()) {
        (Some(member), _) | (None, [member]) => format!("{message} (`{member}`)"),
        (None, _) => {
            let names: Vec<String> =
                members.iter().take(MOST_NAMES).map(|member| format!("`{member}`")).collect();
            let more = if members.len() > MOST_NAMES { ", …" } else { "" };
            format!("{message} (one of {}{more})", names.join(", "))
        }
    }
}

/// Returns the places of the names that a message of the server contains.
pub(super) fn named_in<'n>(message: &str, names: impl Iterator<Item = &'n str>) -> Vec<usize> {
    let message = message.to_lowercase();
    let is_named = |name: &str| says(&message, &name.to_lowercase());
    names.enumerate().filter(|(_, name)| is_named(name)).map(|(place, _)| place).collect()
}

/// Whether a text has this name as a whole word, both in small letters.
fn says(text: &str, name: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || "@._-+".contains(c);
    text.match_indices(name).any(|(at, name)| {
        let rest = &text[at + name.len()..];
        // A full stop ends a sentence.
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        !text[..at].ends_with(goes_on) && !rest.starts_with(goes_on)
    })
}

fn refused(command: &PlannedCommand, fault: &ResponseFault) -> CommandResult {
    let refusal = refusal_of(command, fault);
    if retryable_code(&refusal.code) {
        return CommandResult::Transient(refusal);
    }
    let first = command.steps.first().map(|traced_step| &traced_step.step);
    if is_already_done(&refusal.code)
        && refusal.step.unwrap_or(0) == 0
        && first.is_some_and(creates_what_may_exist)
    {
        return CommandResult::AlreadyExists;
    }
    let place = refusal.step.or((command.steps.len() == 1).then_some(0));
    if let Some(place) = place {
        let step = &command.steps[place].step;
        if changes_members(step) && unchanged_members(&refusal.code) {
            return CommandResult::ChangedNobody(StepRefusal { step: Some(place), ..refusal });
        }
        if is_member_already(step, &refusal.code) {
            return CommandResult::StepAlreadyDone(place);
        }
    }
    CommandResult::Refused(refusal)
}

/// Whether a step adds users to a group or removes them.
fn changes_members(step: &WireStep) -> bool {
    matches!(step, WireStep::Add(WireMembers { group, .. })
        | WireStep::Remove(Removal::Members(WireMembers { group, .. })) if group.is_empty())
}

/// Whether the code says that the one user of the step is a member already. With several users, the
/// others would be unknown.
fn is_member_already(step: &WireStep, code: &str) -> bool {
    matches!(step, WireStep::Add(WireMembers { user, group, .. }) if group.is_empty()
        && user.len() == 1)
        && is_already_done(code)
}

fn creates_what_may_exist(step: &WireStep) -> bool {
    match step {
        WireStep::AddAdobeId(user)
        | WireStep::CreateEnterpriseId(user)
        | WireStep::CreateFederatedId(user) => user.option.is_some(),
        WireStep::CreateUserGroup(group) => group.option.is_some(),
        _ => false,
    }
}

fn fault_text(fault: &ResponseFault) -> String {
    match (&fault.code, &fault.message) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (code, message) => code.as_ref().or(message.as_ref()).cloned().unwrap_or_default(),
    }
}

/// Returns the groups of rows to send again after a merged command was refused at `step`: each row
/// of that step alone, the others together as far as the order of the file allows.
pub(super) fn apart(rows: &[u32], failing: &[u32]) -> Vec<Vec<u32>> {
    let mut groups: Vec<Vec<u32>> = Vec::new();
    let mut joins = false;
    for row in rows {
        let fails = failing.contains(row);
        match groups.last_mut() {
            Some(group) if joins && !fails => group.push(*row),
            _ => groups.push(vec![*row]),
        }
        joins = !fails;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::TracedStep;
    use crate::umapi::wire::{ExistsOption, NewUser, Root, WireMembers};

    fn command() -> PlannedCommand {
        let root = Root::User { user: "ann@example.com".into(), domain: None, use_adobe_id: false };
        let create = WireStep::CreateFederatedId(NewUser {
            option: Some(ExistsOption::Ignore),
            ..NewUser::default()
        });
        let add = WireStep::Add(WireMembers { group: vec!["G".into()], ..WireMembers::default() });
        PlannedCommand {
            root,
            steps: vec![
                TracedStep { step: create, rows: vec![0] },
                TracedStep { step: add, rows: vec![0] },
            ],
        }
    }

    fn answer(json: &str) -> ActionResponse {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_error_belongs_to_the_command_that_its_index_names() {
        let (a, b) = (command(), command());
        let got = command_results(
            &[&a, &b],
            &answer(
                r#"{"result":"partial","completed":1,"notCompleted":1,"errors":[{"index":"1","step":"1","errorCode":"error.group.not_found","message":"no"}]}"#,
            ),
            Mode::Real,
        );
        assert_eq!(got[0], CommandResult::Done { remarks: String::new() });
        assert!(
            matches!(&got[1], CommandResult::Refused(r)
                if r.step == Some(1) && r.code == "error.group.not_found"),
            "{got:?}"
        );
    }

    #[test]
    fn refused_member_of_a_group_is_named() {
        let member = |user: &str| user.to_owned();
        let members = WireMembers {
            user: vec![member("typo"), member("lou@x.com")],
            ..WireMembers::default()
        };
        let step = WireStep::Remove(Removal::Members(members));
        let command = PlannedCommand {
            root: Root::Group { usergroup: "G".into() },
            steps: vec![TracedStep { step, rows: vec![0] }],
        };
        let message = |user: &str, message: &str| {
            let fault = format!(
                r#"{{"index":0,"step":0,"errorCode":"error.user.nonexistent"{user},"message":"{message}"}}"#
            );
            refusal_of(&command, &serde_json::from_str(&fault).unwrap()).message
        };
        assert_eq!(message("", "no user"), "no user (one of `typo`, `lou@x.com`)");
        assert_eq!(message(r#","user":"TYPO""#, "no user"), "no user (`typo`)");
        assert_eq!(message("", "no user: Typo"), "no user: Typo");
        assert_eq!(message("", "There is no lou@x.com."), "There is no lou@x.com.");
        for part in ["typos", "atypo", "typo@x.com", "typo.lou"] {
            assert_eq!(message("", part), format!("{part} (one of `typo`, `lou@x.com`)"));
        }
    }

    /// Only the steps before the first refused one are done.
    #[test]
    fn error_of_the_first_refused_step_counts_in_any_order() {
        for errors in ["1,0", "0,1", "1,0,1"] {
            let list: Vec<String> = errors
                .split(',')
                .map(|step| format!(r#"{{"index":0,"step":{step},"errorCode":"error.{step}"}}"#))
                .collect();
            let body = format!(
                r#"{{"result":"error","completed":0,"notCompleted":1,"errors":[{}]}}"#,
                list.join(",")
            );
            let results = command_results(&[&command()], &answer(&body), Mode::Real);
            let [CommandResult::Refused(refusal)] = &results[..] else { panic!("{results:?}") };
            assert_eq!((refusal.step, &*refusal.code), (Some(0), "error.0"), "{errors}");
        }
        let without = r#"{"result":"error","completed":0,"notCompleted":1,"errors":[{"index":0,"step":1,"errorCode":"error.1"},{"index":0,"errorCode":"error.2"}]}"#;
        let results = command_results(&[&command()], &answer(without), Mode::Real);
        assert!(matches!(&results[..], [CommandResult::Refused(StepRefusal { step: None, .. })]));
    }

    #[test]
    fn counts_that_contradict_the_errors_confirm_nobody() {
        let (a, b) = (command(), command());
        let got = command_results(
            &[&a, &b],
            &answer(
                r#"{"result":"partial","completed":0,"notCompleted":2,"errors":[{"index":0,"errorCode":"x"}]}"#,
            ),
            Mode::Real,
        );
        assert!(matches!(got[0], CommandResult::Refused(_)));
        assert_eq!(got[1], CommandResult::Ambiguous);
        let got = command_results(
            &[&a, &b],
            &answer(
                r#"{"result":"error","completed":0,"notCompleted":2,"errors":[{"errorCode":"x"}]}"#,
            ),
            Mode::Real,
        );
        assert_eq!(got, [CommandResult::Ambiguous, CommandResult::Ambiguous]);
    }

    #[test]
    fn an_error_beside_an_impossible_index_is_disputed() {
        let (a, b) = (command(), command());
        let body = r#"{"result":"error","completed":0,"notCompleted":2,"errors":[{"index":0,"errorCode":"x"},{"index":7,"errorCode":"x"}]}"#;
        let got = command_results(&[&a, &b], &answer(body), Mode::Real);
        assert!(matches!(&got[0], CommandResult::Disputed(_)), "{got:?}");
        assert_eq!(got[1], CommandResult::Ambiguous);
    }

    #[test]
    fn an_error_that_names_no_command_proves_nothing() {
        let got = command_results(
            &[&command()],
            &answer(r#"{"result":"error","errors":[{"errorCode":"error.x"}]}"#),
            Mode::Real,
        );
        assert!(
            matches!(&got[0], CommandResult::Disputed(r) if r.step.is_none() && r.code == "error.x")
        );
        let got = command_results(
            &[&command()],
            &answer(r#"{"result":"error","errors":[{"index":0,"step":9,"errorCode":"error.x"}]}"#),
            Mode::Real,
        );
        assert!(matches!(&got[0], CommandResult::Disputed(r) if r.step.is_none()));
    }

    #[test]
    fn each_mode_confirms_through_its_own_count() {
        let tested = answer(
            r#"{"result":"success","completed":0,"notCompleted":0,"completedInTestMode":1}"#,
        );
        assert_eq!(
            command_results(&[&command()], &tested, Mode::Test),
            [CommandResult::Done { remarks: String::new() }]
        );
        assert_eq!(command_results(&[&command()], &tested, Mode::Real), [CommandResult::Ambiguous]);
        let done = answer(
            r#"{"result":"success","completed":1,"notCompleted":0,"completedInTestMode":0}"#,
        );
        assert_eq!(
            command_results(&[&command()], &done, Mode::Real),
            [CommandResult::Done { remarks: String::new() }]
        );
        assert_eq!(command_results(&[&command()], &done, Mode::Test), [CommandResult::Ambiguous]);
    }

    #[test]
    fn an_error_about_somebody_else_refuses_nobody() {
        let other = r#"{"result":"error","notCompleted":1,"errors":[{"index":0,"user":"bob@example.com","errorCode":"error.x"}]}"#;
        assert_eq!(
            command_results(&[&command()], &answer(other), Mode::Real),
            [CommandResult::Ambiguous]
        );
        let same = other.replace("bob@", "ANN@");
        assert!(matches!(
            command_results(&[&command()], &answer(&same), Mode::Real)[0],
            CommandResult::Refused(_)
        ));
    }

    #[test]
    fn an_error_that_the_counts_deny_refuses_nobody() {
        for body in [
            r#"{"result":"success","completed":1,"notCompleted":0,"errors":[{"index":0,"errorCode":"error.x"}]}"#,
            r#"{"result":"partial","completed":1,"errors":[{"index":0,"errorCode":"error.x"}]}"#,
            r#"{"result":"error","errors":[{"index":7,"errorCode":"error.x"}]}"#,
            r#"{"result":"error"}"#,
            r#"{"result":"partial","completed":0,"notCompleted":1}"#,
            "{}",
        ] {
            assert_eq!(
                command_results(&[&command()], &answer(body), Mode::Real),
                [CommandResult::Ambiguous],
                "{body}"
            );
        }
    }

    #[test]
    fn a_user_who_is_there_already_is_no_failure_unless_asked_for() {
        let there = answer(
            r#"{"result":"error","completed":0,"notCompleted":1,"errors":[{"index":0,"step":0,"errorCode":"error.user.already_in_org"}]}"#,
        );
        assert_eq!(
            command_results(&[&command()], &there, Mode::Real),
            [CommandResult::AlreadyExists]
        );
        let mut strict = command();
        strict.steps[0].step = WireStep::CreateFederatedId(NewUser::default());
        assert!(matches!(
            command_results(&[&strict], &there, Mode::Real)[0],
            CommandResult::Refused(_)
        ));
    }

    #[test]
    fn rows_of_the_failing_step_go_apart_and_the_others_together() {
        assert_eq!(apart(&[1, 2, 3, 4], &[2]), vec![vec![1], vec![2], vec![3, 4]]);
        assert_eq!(apart(&[1, 2, 3], &[1, 2, 3]), vec![vec![1], vec![2], vec![3]]);
        assert_eq!(apart(&[1, 2, 3], &[3]), vec![vec![1, 2], vec![3]]);
    }
}
