//! Decides what to do after the response to a whole request, or its absence. Pure: the executor
//! applies the decision.

use super::decide::Reach;
use super::guard::Cap;
use super::policy::{MaxErrors, Policy};
use super::stop_cause::StopCause;
use crate::umapi::retry::list_too_long;
use crate::umapi::wire::{ActionResponse, MAX_COMMANDS};
use crate::umapi::{ActError, RefusalScope, refusal_words};
use std::time::Duration;

/// The number of attempts while only unrecognized responses have ever come.
const ATTEMPTS_IF_UNRECOGNIZED: u32 = 3;

/// The number of rows with an outcome from which a share of failed rows counts.
const ENOUGH_ROWS: u64 = 100;

/// What is known about a request when its response comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestFacts {
    /// The number of its commands that come from rows.
    pub(super) commands: usize,
    /// The number of its commands of groups that stand for rows about users.
    pub(super) group_commands: usize,
    /// Whether the server has ever responded with outcomes.
    pub(super) has_answered: bool,
    /// Whether a row about a group has more memberships in its command than the narrow form takes.
    pub(super) has_wide: bool,
}

/// What to do with the commands of a request.
#[derive(Debug, PartialEq)]
pub(super) enum RequestNext {
    /// Each command has its result.
    TakeResults(ActionResponse),
    /// Nothing: it had only commands of groups, which are judged by themselves.
    Nothing,
    /// Send the commands of rows again without those of groups, which may be the cause.
    SendWithoutGroups,
    /// Send it again with fewer memberships in the commands of groups.
    SendNarrow,
    /// Find the one command for which it is refused.
    Bisect {
        /// The server's code.
        code: String,
        /// The server's message.
        message: String,
    },
    /// Find out whether a row is refused or every request: the API names no command.
    SuspectByCode {
        /// The HTTP status.
        status: u16,
        /// The server's code.
        code: String,
        /// The server's message.
        message: String,
    },
    /// Find out whether a row is refused or every request: a gateway has refused this one.
    SuspectGateway {
        /// The HTTP status.
        status: u16,
        /// What the gateway says.
        message: String,
    },
    /// Send nothing more; the reason.
    StopRun(StopCause),
    /// Stop, because the server asks for a longer pause than is allowed.
    StopForPause {
        /// The pause.
        wait: Duration,
        /// The reason for the pause.
        why: String,
        /// How far the request got.
        reach: Reach,
    },
    /// Leave it: it was not sent.
    Wait,
    /// Repeat it, or find out what it did: no response came.
    Repeat {
        /// What came in place of a response.
        cause: String,
        /// How far the request got.
        reach: Reach,
        /// The number of attempts that are worth making.
        patience: u32,
    },
}

/// Returns what to do with the commands of a request.
pub(super) fn after_request(
    response: Result<ActionResponse, ActError>,
    facts: RequestFacts,
    policy: &Policy,
) -> RequestNext {
    let error = match response {
        Ok(response) => return RequestNext::TakeResults(response),
        Err(error) => error,
    };
    let has_groups = facts.group_commands > 0;
    let reach = |maybe_applied| if maybe_applied { Reach::Perhaps } else { Reach::Nowhere };
    match error {
        ActError::Refused { scope, .. }
            if has_groups && facts.commands == 0 && scope != RefusalScope::Run =>
        {
            RequestNext::Nothing
        }
        ActError::Refused { scope: RefusalScope::Command, .. } if has_groups => {
            RequestNext::SendWithoutGroups
        }
        ActError::Refused { code, scope: RefusalScope::Command, .. }
            if facts.has_wide && list_too_long(&code) =>
        {
            RequestNext::SendNarrow
        }
        ActError::Refused { code, message, scope: RefusalScope::Command, .. } => {
            RequestNext::Bisect { code, message }
        }
        ActError::Refused { status, code, message, scope: RefusalScope::Unplaced } => {
            RequestNext::SuspectByCode { status, code, message }
        }
        ActError::Refused { status, message, scope: RefusalScope::Unrecognized, .. } => {
            RequestNext::SuspectGateway { status, message }
        }
        ActError::Refused { status, code, message, scope: RefusalScope::Run }
        | ActError::Denied { status, code, message } => {
            let refusal = refusal_words(status, &code, &message);
            RequestNext::StopRun(format!("the server refuses this run: {refusal}").into())
        }
        ActError::MayNotSend { why } => RequestNext::StopRun(StopCause::MayNotSend(why)),
        ActError::WaitTooLong { wait, why, maybe_applied } => {
            RequestNext::StopForPause { wait, why, reach: reach(maybe_applied) }
        }
        // A throttled request waits for the end of the pause, and has no response yet.
        ActError::Closed | ActError::Throttled => RequestNext::Wait,
        ActError::NoResponse { cause, maybe_applied, unrecognized, .. } => {
            let patience = match unrecognized && !facts.has_answered {
                // A user is watching the start: a wrong address or a login page never gives another
                // response.
                true => policy.max_attempts.min(ATTEMPTS_IF_UNRECOGNIZED),
                false => policy.max_attempts,
            };
            RequestNext::Repeat { cause, reach: reach(maybe_applied), patience }
        }
    }
}

/// A request without a response, and what is known about others.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnansweredFacts {
    /// The number of its commands.
    pub(super) commands: usize,
    /// How often the command that was sent most often was sent.
    pub(super) attempts: u32,
    /// How far it got.
    pub(super) reach: Reach,
    /// The number of attempts that are worth making.
    pub(super) patience: u32,
    /// The number of consecutive requests without a response.
    pub(super) in_a_row: u32,
    /// The rows of the run without an outcome.
    pub(super) rows_left: u64,
}

impl UnansweredFacts {
    /// Whether the server seems to be down: all attempts of the request, and all other requests,
    /// got no response. The cause may also be one command in each open request, because a gateway
    /// may refuse a request for its content. If no other request can show that, there is no outage.
    pub(super) fn look_like_an_outage(&self) -> bool {
        let is_last = self.commands == 1 && self.rows_left <= MAX_COMMANDS as u64;
        self.reach == Reach::Perhaps
            && self.in_a_row >= self.patience
            && self.attempts >= self.patience
            && !is_last
    }
}

/// How commands without a response are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    /// With any others.
    WithOthers,
    /// In two requests of their own: one of them may be the cause.
    Halved,
}

impl Repeats {
    /// Returns how this number of commands is sent again, after this number of attempts, and this
    /// number of consecutive requests without a response.
    pub(super) fn of(commands: usize, attempts: u32, in_a_row: u32) -> Self {
        match commands <= 1 || attempts < 2 || in_a_row > attempts {
            true => Self::WithOthers,
            false => Self::Halved,
        }
    }
}

/// The rows that have failed in this start of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct FailedRows {
    /// The number of consecutive rows with the last code.
    pub(super) in_a_row: u32,
    /// All of them.
    pub(super) failed: u64,
    /// The rows with an outcome.
    pub(super) judged: u64,
}

impl FailedRows {
    /// Returns why the run stops, if too many rows have failed, the last one with this code.
    pub(super) fn stop(&self, most: MaxErrors, code: &str) -> Option<StopCause> {
        let Self { in_a_row, failed, judged } = *self;
        match most {
            MaxErrors::InARow(most) => (in_a_row >= most)
                .then(|| StopCause::RefusedInARow { rows: in_a_row.into(), code: code.to_owned() }),
            MaxErrors::Cap(cap) => {
                let is_enough = !matches!(cap, Cap::Percent(_)) || judged >= ENOUGH_ROWS;
                (is_enough && cap.is_exceeded(failed, judged))
                    .then_some(StopCause::TooManyFailed { rows: failed, cap })
            }
            MaxErrors::Off => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF_ROWS: RequestFacts =
        RequestFacts { commands: 3, group_commands: 0, has_answered: false, has_wide: false };

    fn policy() -> Policy {
        Policy {
            concurrency: 4,
            max_attempts: 5,
            retry_wait: Duration::ZERO,
            max_errors: MaxErrors::Off,
            test_mode: false,
            check_groups: true,
            guard_administrators: false,
            verify_deletes: false,
            timeout: Duration::ZERO,
            effect_window: Duration::ZERO,
            run_id: String::new(),
        }
    }

    fn after(error: ActError, facts: RequestFacts) -> RequestNext {
        after_request(Err(error), facts, &policy())
    }

    fn refused(scope: RefusalScope) -> ActError {
        ActError::Refused { status: 400, code: "c".into(), message: "m".into(), scope }
    }

    fn no_response(unrecognized: bool) -> ActError {
        ActError::NoResponse {
            cause: "HTTP 504".into(),
            maybe_applied: true,
            unrecognized,
            timed_out: false,
        }
    }

    #[test]
    fn response_with_results_is_taken_by_command() {
        let response = ActionResponse { result: "success".into(), ..ActionResponse::default() };
        let next = after_request(Ok(response.clone()), OF_ROWS, &policy());
        assert_eq!(next, RequestNext::TakeResults(response));
    }

    #[test]
    fn refusal_is_handled_by_what_it_is_about() {
        let [code, message] = ["c", "m"].map(str::to_owned);
        let next = |scope| after(refused(scope), OF_ROWS);
        let bisect = RequestNext::Bisect { code: code.clone(), message: message.clone() };
        assert_eq!(next(RefusalScope::Command), bisect);
        let by_code = RequestNext::SuspectByCode { status: 400, code, message: message.clone() };
        assert_eq!(next(RefusalScope::Unplaced), by_code);
        let by_gateway = RequestNext::SuspectGateway { status: 400, message };
        assert_eq!(next(RefusalScope::Unrecognized), by_gateway);
        let stop = RequestNext::StopRun(StopCause::Other(
            "the server refuses this run: HTTP 400 c: m".to_owned(),
        ));
        assert_eq!(next(RefusalScope::Run), stop);
        let denied = ActError::Denied { status: 400, code: "c".into(), message: "m".into() };
        assert_eq!(after(denied, OF_ROWS), stop);
    }

    #[test]
    fn refusal_of_commands_of_groups_leaves_those_of_rows() {
        let mixed = RequestFacts { group_commands: 1, ..OF_ROWS };
        let next = after(refused(RefusalScope::Command), mixed);
        assert_eq!(next, RequestNext::SendWithoutGroups);
        let next = after(refused(RefusalScope::Unplaced), mixed);
        assert!(matches!(next, RequestNext::SuspectByCode { .. }), "{next:?}");
        let of_groups = RequestFacts { commands: 0, ..mixed };
        for scope in [RefusalScope::Command, RefusalScope::Unplaced, RefusalScope::Unrecognized] {
            assert_eq!(after(refused(scope), of_groups), RequestNext::Nothing, "{scope:?}");
        }
        let next = after(refused(RefusalScope::Run), of_groups);
        assert!(matches!(next, RequestNext::StopRun(_)), "{next:?}");
    }

    #[test]
    fn too_long_list_of_a_row_about_a_group_is_sent_with_fewer_memberships() {
        let too_long = || ActError::Refused {
            status: 400,
            code: "error.command.add_remove.list_too_long".into(),
            message: "m".into(),
            scope: RefusalScope::Command,
        };
        let wide = RequestFacts { has_wide: true, ..OF_ROWS };
        assert_eq!(after(too_long(), wide), RequestNext::SendNarrow);
        let bisected = [after(too_long(), OF_ROWS), after(refused(RefusalScope::Command), wide)];
        for next in bisected {
            assert!(matches!(next, RequestNext::Bisect { .. }), "{next:?}");
        }
    }

    #[test]
    fn unrecognized_responses_at_the_start_are_repeated_less_often() {
        let patience = |unrecognized, has_answered| {
            let facts = RequestFacts { has_answered, ..OF_ROWS };
            match after(no_response(unrecognized), facts) {
                RequestNext::Repeat { patience, reach: Reach::Perhaps, .. } => patience,
                next => panic!("{next:?}"),
            }
        };
        assert_eq!(patience(false, false), 5);
        assert_eq!(patience(true, false), 3);
        assert_eq!(patience(true, true), 5);
    }

    #[test]
    fn pause_that_is_too_long_stops_and_a_throttled_request_waits() {
        for (maybe_applied, reach) in [(false, Reach::Nowhere), (true, Reach::Perhaps)] {
            let (wait, why) = (Duration::from_secs(7200), "HTTP 429".to_owned());
            let error = ActError::WaitTooLong { wait, why: why.clone(), maybe_applied };
            assert_eq!(after(error, OF_ROWS), RequestNext::StopForPause { wait, why, reach });
        }
        assert_eq!(after(ActError::Throttled, OF_ROWS), RequestNext::Wait);
        assert_eq!(after(ActError::Closed, OF_ROWS), RequestNext::Wait);
        let refused = ActError::MayNotSend { why: "w2 has taken over".to_owned() };
        let stop = RequestNext::StopRun(StopCause::MayNotSend("w2 has taken over".to_owned()));
        assert_eq!(after(refused, OF_ROWS), stop);
    }

    #[test]
    fn outage_needs_all_attempts_and_all_other_requests() {
        let facts = UnansweredFacts {
            commands: 2,
            attempts: 3,
            reach: Reach::Perhaps,
            patience: 3,
            in_a_row: 3,
            rows_left: 2,
        };
        assert!(facts.look_like_an_outage());
        assert!(!UnansweredFacts { attempts: 2, ..facts }.look_like_an_outage());
        assert!(!UnansweredFacts { in_a_row: 2, ..facts }.look_like_an_outage());
        assert!(!UnansweredFacts { reach: Reach::Nowhere, ..facts }.look_like_an_outage());
        let alone = UnansweredFacts { commands: 1, rows_left: 10, ..facts };
        assert!(!alone.look_like_an_outage(), "no other request can show it");
        assert!(UnansweredFacts { rows_left: 11, ..alone }.look_like_an_outage());
    }

    #[test]
    fn commands_that_stay_unanswered_are_halved_while_others_get_responses() {
        assert_eq!(Repeats::of(2, 2, 2), Repeats::Halved);
        assert_eq!(Repeats::of(1, 2, 2), Repeats::WithOthers, "a command alone");
        assert_eq!(Repeats::of(2, 1, 1), Repeats::WithOthers, "the first repeat");
        assert_eq!(Repeats::of(2, 2, 3), Repeats::WithOthers, "nobody gets a response");
        assert_eq!(Repeats::of(0, 2, 2), Repeats::WithOthers);
    }

    #[test]
    fn run_stops_when_too_many_rows_have_failed() {
        let stop = |most, in_a_row, failed, judged| {
            FailedRows { in_a_row, failed, judged }.stop(most, "c")
        };
        let in_a_row = StopCause::RefusedInARow { rows: 3, code: "c".to_owned() };
        assert_eq!(stop(MaxErrors::InARow(3), 3, 3, 3), Some(in_a_row));
        assert_eq!(stop(MaxErrors::InARow(3), 2, 9, 9), None);
        let rows = Cap::Rows(5);
        let too_many = StopCause::TooManyFailed { rows: 6, cap: rows };
        assert_eq!(stop(MaxErrors::Cap(rows), 1, 6, 6), Some(too_many));
        assert_eq!(stop(MaxErrors::Cap(rows), 5, 5, 5), None);
        let share = Cap::Percent(10.0);
        assert_eq!(stop(MaxErrors::Cap(share), 99, 99, 99), None, "too few rows for a share");
        let too_many = StopCause::TooManyFailed { rows: 11, cap: share };
        assert_eq!(stop(MaxErrors::Cap(share), 1, 11, 100), Some(too_many));
        assert_eq!(stop(MaxErrors::Cap(share), 1, 10, 100), None);
        assert_eq!(stop(MaxErrors::Off, 99, 99, 99), None);
    }
}
