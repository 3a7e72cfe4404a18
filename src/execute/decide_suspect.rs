//! Decides about rows that are refused alone for a reason that does not name them, after other
//! requests have shown whether the rows are the cause. Pure: the executor applies the decision.

use super::command_result::{Mode, StepRefusal};
use super::outcomes::Reason;
use crate::umapi::retry::{unknown_group, unknown_user};
use crate::umapi::wire::ActionResponse;
use crate::umapi::{ActError, RefusalScope, refusal_words};

/// How the row is found for which a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Narrowing {
    /// Send the halves of the request apart.
    Halve,
    /// Send the rows of its only command apart.
    Separate,
    /// The row is alone.
    Alone,
}

impl Narrowing {
    /// Returns how the row is found in a request whose commands have these numbers of rows.
    pub(super) fn of(rows: impl IntoIterator<Item = usize>) -> Self {
        let mut rows = rows.into_iter();
        match (rows.next(), rows.next()) {
            (_, Some(_)) => Self::Halve,
            (Some(2..), None) => Self::Separate,
            (Some(0..=1) | None, None) => Self::Alone,
        }
    }
}

/// What happened to a row sent alone, with its outcome in case the API responds to other requests.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Suspicion {
    /// A gateway refused it. It fails for this reason, unless a probe shows that it is done.
    Gateway(Reason),
    /// The API refused it with a code that may be about every request.
    Unplaced(StepRefusal),
    /// No response came in all attempts. It fails for this reason, unless a probe shows that it is
    /// done.
    NoResponse(Reason),
}

/// Whether a row that a gateway has refused alone is repeated before it is suspected: one refusal
/// proves nothing about the next attempt.
pub(super) fn is_repeated_first(attempts: u32, refused_in_a_row: u32) -> bool {
    attempts < 2 && refused_in_a_row == 1
}

/// What is known about a suspect when the API has responded to another request.
#[derive(Debug, Clone, Copy)]
pub(super) struct SuspectFacts {
    /// Whether it may be sent once more.
    pub(super) may_try_again: bool,
    /// Whether an earlier request with it may have been carried out.
    pub(super) was_uncertain: bool,
    /// The mode of the run.
    pub(super) mode: Mode,
}

/// What to do with a suspect.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SuspectNext {
    /// Send it once more: the API may accept it now.
    SendAgain,
    /// It is refused for its own content.
    Refuse(StepRefusal),
    /// Probe for its result; why it fails if it is not done.
    Probe(Reason),
    /// It fails.
    Fail(Reason),
}

/// Returns what to do with a suspect after the API has responded to another request.
pub(super) fn after_other_response(suspicion: Suspicion, facts: SuspectFacts) -> SuspectNext {
    if facts.may_try_again {
        return SuspectNext::SendAgain;
    }
    match suspicion {
        Suspicion::Unplaced(refusal) => SuspectNext::Refuse(refusal),
        // A gateway may have refused the response, and not the request.
        Suspicion::Gateway(reason) | Suspicion::NoResponse(reason)
            if facts.was_uncertain || facts.mode == Mode::Real =>
        {
            SuspectNext::Probe(reason)
        }
        Suspicion::Gateway(reason) | Suspicion::NoResponse(reason) => SuspectNext::Fail(reason),
    }
}

/// What a control request shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ControlNext {
    /// The API responds, so the suspects are judged by themselves.
    JudgeSuspects,
    /// Every request is refused, or gets no response; the reason to stop.
    StopRun(String),
    /// A gateway refuses every request, so nothing has reached the API; the reason to stop.
    StopUnreached(String),
}

/// Returns what a control request shows. `instead` is what came in place of a response to the last
/// suspect, `is_suspected` says whether a suspect was refused with a code.
pub(super) fn after_control(
    response: &Result<ActionResponse, ActError>,
    instead: &str,
    is_suspected: impl Fn(&str) -> bool,
) -> ControlNext {
    match response {
        Ok(_) | Err(ActError::Refused { scope: RefusalScope::Command, .. }) => {
            ControlNext::JudgeSuspects
        }
        // The expected result of a control request is that its user and its group do not exist.
        Err(ActError::Refused { code, scope: RefusalScope::Unplaced, .. })
            if unknown_user(code) || unknown_group(code) || !is_suspected(code) =>
        {
            ControlNext::JudgeSuspects
        }
        Err(ActError::Refused { status, code, message, scope: RefusalScope::Unplaced }) => {
            ControlNext::StopRun(format!(
                "the server refuses this run: {}, also for a request that changes nothing. Check \
                 the credentials and the organization",
                refusal_words(*status, code, message)
            ))
        }
        Err(ActError::Refused { scope: RefusalScope::Unrecognized, .. }) => {
            ControlNext::StopUnreached(format!(
                "the server refuses this run: a gateway in front of the API refuses every request \
                 ({instead}). Check the organization and the address of the API"
            ))
        }
        Err(error) => {
            let error = error.to_string();
            let other = if error == instead { String::new() } else { format!(" ({error})") };
            ControlNext::StopRun(format!(
                "the server gives no usable response ({instead}), not even to a request that \
                 changes nothing{other}"
            ))
        }
    }
}

/// Whether the end of a control request shows that the server responds.
pub(super) fn shows_contact(response: &Result<ActionResponse, ActError>) -> bool {
    match response {
        Ok(_) => true,
        Err(ActError::Refused { scope, .. }) => *scope != RefusalScope::Unrecognized,
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason() -> Reason {
        Reason { code: "c".to_owned(), message: "m".to_owned() }
    }

    fn refusal() -> StepRefusal {
        StepRefusal { step: None, code: "c".to_owned(), message: "m".to_owned() }
    }

    fn refused(code: &str, scope: RefusalScope) -> Result<ActionResponse, ActError> {
        let message = "m".to_owned();
        Err(ActError::Refused { status: 403, code: code.to_owned(), message, scope })
    }

    fn no_response(cause: &str) -> Result<ActionResponse, ActError> {
        Err(ActError::NoResponse {
            cause: cause.to_owned(),
            maybe_applied: true,
            unrecognized: false,
            timed_out: false,
        })
    }

    #[test]
    fn refused_request_is_halved_until_a_row_is_alone() {
        assert_eq!(Narrowing::of([1, 1]), Narrowing::Halve);
        assert_eq!(Narrowing::of([3, 1, 1]), Narrowing::Halve);
        assert_eq!(Narrowing::of([2]), Narrowing::Separate);
        assert_eq!(Narrowing::of([1]), Narrowing::Alone);
        assert_eq!(Narrowing::of([]), Narrowing::Alone);
    }

    #[test]
    fn row_is_repeated_once_while_nothing_else_is_refused() {
        assert!(is_repeated_first(1, 1));
        assert!(!is_repeated_first(2, 1), "it was repeated");
        assert!(!is_repeated_first(1, 2), "others are refused as well");
    }

    #[test]
    fn suspect_is_judged_after_its_second_attempt() {
        let facts = SuspectFacts { may_try_again: true, was_uncertain: false, mode: Mode::Test };
        let suspicions =
            || [Suspicion::Gateway(reason()), Suspicion::NoResponse(reason())].into_iter();
        for suspicion in suspicions().chain([Suspicion::Unplaced(refusal())]) {
            assert_eq!(after_other_response(suspicion, facts), SuspectNext::SendAgain);
        }
        let tried = SuspectFacts { may_try_again: false, ..facts };
        let next = after_other_response(Suspicion::Unplaced(refusal()), tried);
        assert_eq!(next, SuspectNext::Refuse(refusal()));
        for suspicion in suspicions() {
            assert_eq!(after_other_response(suspicion, tried), SuspectNext::Fail(reason()));
        }
        let real = SuspectFacts { mode: Mode::Real, ..tried };
        let uncertain = SuspectFacts { was_uncertain: true, ..tried };
        for facts in [real, uncertain] {
            for suspicion in suspicions() {
                assert_eq!(after_other_response(suspicion, facts), SuspectNext::Probe(reason()));
            }
        }
    }

    #[test]
    fn control_request_shows_whether_rows_or_all_requests_are_refused() {
        let after = |response: &Result<_, _>| after_control(response, "HTTP 403, m", |c| c == "c");
        for response in [
            Ok(ActionResponse::default()),
            refused("c", RefusalScope::Command),
            refused("error.user.nonexistent", RefusalScope::Unplaced),
            refused("another", RefusalScope::Unplaced),
        ] {
            assert_eq!(after(&response), ControlNext::JudgeSuspects, "{response:?}");
            assert!(shows_contact(&response));
        }
        let same = refused("c", RefusalScope::Unplaced);
        let words = "the server refuses this run: HTTP 403 c: m, also for a request that changes \
                     nothing. Check the credentials and the organization";
        assert_eq!(after(&same), ControlNext::StopRun(words.to_owned()));
        assert!(shows_contact(&same));
        let gateway = refused("http.403", RefusalScope::Unrecognized);
        let words = "the server refuses this run: a gateway in front of the API refuses every \
                     request (HTTP 403, m). Check the organization and the address of the API";
        assert_eq!(after(&gateway), ControlNext::StopUnreached(words.to_owned()));
        assert!(!shows_contact(&gateway));
    }

    #[test]
    fn control_request_without_a_response_stops_the_run() {
        let stop = |cause: &str| match after_control(&no_response(cause), "HTTP 504", |_| true) {
            ControlNext::StopRun(why) => why,
            next => panic!("{next:?}"),
        };
        let words = "the server gives no usable response (HTTP 504), not even to a request that \
                     changes nothing";
        assert_eq!(stop("HTTP 504"), words);
        assert_eq!(stop("HTTP 502"), format!("{words} (HTTP 502)"));
        assert!(!shows_contact(&no_response("HTTP 504")));
    }
}
