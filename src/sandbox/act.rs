//! Carries out an action request: either all of its commands are well formed, or none is carried
//! out. Well-formed commands succeed or fail one by one.

use super::action::CommandRefusal;
use super::command::{self, ActionBody, Strictness};
use super::late::DueTurn;
use super::lock::lock;
use super::state::ServerState;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The most commands in a request.
const MOST_COMMANDS: usize = 10;

impl ServerState {
    /// Carries out the commands of a request.
    pub(super) fn act(&self, request: &ActionBody) -> (u16, Value) {
        let ActionBody { commands, test_mode, .. } = request;
        let refuse = |code: &str, message: &str| {
            (400, json!({ "result": code, "error_code": code, "message": message }))
        };
        if let Some(malformed) = &request.malformed {
            return refuse(malformed.code, &malformed.message);
        }
        if commands.is_empty() || commands.len() > MOST_COMMANDS {
            return refuse(
                "error.command.malformed",
                &format!("a JSON array of 1 to {MOST_COMMANDS} commands is wanted"),
            );
        }
        let strictness = Strictness {
            empty: self.options.strict_empty,
            narrow_groups: self.options.narrow_groups,
        };
        for command in commands {
            if let Err(malformed) = command::check(command, strictness) {
                return refuse(malformed.code, &malformed.message);
            }
            if let Some(code) = self.faults.poisoned(command) {
                return refuse(&code, "one of the commands cannot be taken");
            }
            if commands.len() > 1 && self.faults.shuns_company(command) {
                return refuse(
                    "error.command.malformed",
                    "one of the commands cannot be taken in company",
                );
            }
        }
        let mut directory = lock(&self.directory);
        let deletions = commands.iter().filter(|command| deletes_group(command)).count();
        let mut errors: Vec<(usize, CommandRefusal)> = Vec::new();
        // The API promises no order: here the last command is carried out first.
        for (index, command) in commands.iter().enumerate().rev() {
            let refusal = |code: &str, message: &str| {
                Err(CommandRefusal { step: 0, code: code.to_owned(), message: message.to_owned() })
            };
            let first = command::steps(command).next().map_or("", |(name, _)| name);
            let done = if let Some(code) = self.faults.refusal(command) {
                refusal(&code, "refused on purpose")
            } else if let Some(transient) = self.faults.transient(first) {
                if transient.done {
                    let _ = directory.carry_out(command, *test_mode);
                }
                refusal(transient.code, "Operation failed for unknown reason")
            } else if deletions > 1 && deletes_group(command) {
                refusal("error.usergroup.update.failed", "several groups cannot be deleted at once")
            } else {
                directory.carry_out(command, *test_mode)
            };
            errors.extend(done.err().map(|refusal| (index, refusal)));
        }
        drop(directory);
        errors.reverse();
        (200, self.report(commands, &errors, *test_mode))
    }

    /// Carries out the request after a time on the runtime's clock.
    pub(super) fn act_later(self: &Arc<Self>, request: ActionBody, after: Duration) {
        let turn = self.late.add(request, Instant::now() + after);
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep_until(turn.0).await;
            // Earlier requests are carried out first, whichever task wakes first.
            shared.carry_out_late(Some(turn));
        });
    }

    /// Carries out waiting requests, in order: all of them, or those up to and including one turn.
    pub(super) fn carry_out_late(&self, last: Option<DueTurn>) {
        // Nothing waits for the response.
        self.late.carry_out(last, |request| drop(self.act(request)));
    }

    fn report(
        &self,
        commands: &[Value],
        errors: &[(usize, CommandRefusal)],
        test_mode: bool,
    ) -> Value {
        let done = commands.len() - errors.len();
        let result = match (done, errors.len()) {
            (_, 0) => "success",
            (0, _) => "error",
            _ => "partial",
        };
        let mut body = json!({
            "result": result,
            "completed": if test_mode { 0 } else { done },
            "notCompleted": errors.len(),
            "completedInTestMode": if test_mode { done } else { 0 },
        });
        let remark = |index: usize, step: usize, code: (&str, &str), message: &str| {
            let number = |n: usize| {
                if self.options.numbers_as_strings { json!(n.to_string()) } else { json!(n) }
            };
            let mut remark =
                json!({ "index": number(index), "step": number(step), "message": message });
            remark[code.0] = json!(code.1);
            for (key, from) in [("requestID", "requestID"), ("user", "user"), ("user", "usergroup")]
            {
                if let Some(text) = commands[index][from].as_str() {
                    remark[key] = json!(text);
                }
            }
            remark
        };
        let refusals = errors.iter().map(|(index, refusal)| {
            remark(*index, refusal.step, ("errorCode", &refusal.code), &refusal.message)
        });
        let deprecated = (0..commands.len())
            .flat_map(|index| command::deprecated(&commands[index]).map(move |step| (index, step)));
        let warning = ("warningCode", "warning.command.deprecated");
        let warnings = deprecated.map(|(index, step)| {
            remark(
                index,
                step,
                warning,
                "'product' command is deprecated. Please use productConfiguration.",
            )
        });
        for (key, remarks) in
            [("errors", refusals.collect::<Vec<_>>()), ("warnings", warnings.collect())]
        {
            if !remarks.is_empty() {
                body[key] = remarks.into();
            }
        }
        body
    }
}

fn deletes_group(command: &Value) -> bool {
    command::steps(command).any(|(name, _)| name == "deleteUserGroup")
}
