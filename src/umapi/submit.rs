//! Action requests: sends commands, and returns the server's results.

use super::client::Client;
use super::denial::denied;
use super::error::{ActError, RefusalScope};
use super::exchange::{WireCall, no_effect, no_response};
use super::limiter::Permit;
use super::pause_scope::PauseScope;
use super::rate::CallClass;
use super::response::RawResponse;
use super::retry::{ResponseClass, classify, retryable_code};
use super::server_words::without_long_runs;
use super::when_throttled::WhenThrottled;
use super::wire::ActionResponse;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue};
use serde::Serialize;

/// The options of an action request, besides its commands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ActionRequest<'a> {
    /// The `X-Request-Id` header.
    pub id: &'a str,
    /// Whether the API only checks the commands and changes nothing.
    pub test_mode: bool,
    /// Marks the first or the last request of a run.
    pub mark: Option<SyncMarker>,
    /// Whether the request only finds something out before the run. Then it does not count as sent.
    pub is_trial: bool,
    /// What happens after a 429.
    pub when_throttled: WhenThrottled,
}

/// The mark on the first and on the last request of a run. Adobe's own client sets it as well
/// (`Pragma: umapi-sync-start`, `umapi-sync-end`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SyncMarker {
    /// The run begins.
    Start,
    /// The run ends.
    End,
}

impl SyncMarker {
    fn pragma(self) -> &'static str {
        match self {
            Self::Start => "umapi-sync-start",
            Self::End => "umapi-sync-end",
        }
    }
}

impl Client {
    /// Sends commands, at most [`MAX_COMMANDS`](super::wire::MAX_COMMANDS), and waits for the
    /// response. An expired token is handled here, and throttling unless the request [returns
    /// it](WhenThrottled::Return). `permit` is what [`action_permit`](Self::action_permit) has
    /// given for it, if that was asked for.
    ///
    /// # Errors
    /// When no response with results came. The error says whether the commands may have been
    /// carried out.
    pub(crate) async fn submit(
        &self,
        commands: &[impl Serialize],
        request: &ActionRequest<'_>,
        permit: Option<Permit>,
    ) -> Result<ActionResponse, ActError> {
        let call = self.action_call(commands, request)?;
        let response = self.call(&call, permit).await?;
        match classify(response.status) {
            ResponseClass::Read => results(&response, request.id),
            ResponseClass::Unclear => Err(ActError::NoResponse {
                cause: response.status_words(),
                maybe_applied: true,
                unrecognized: false,
                timed_out: matches!(response.status, 408 | 504),
            }),
            ResponseClass::Pause => Err(ActError::Throttled),
            ResponseClass::FreshToken => Err(denied(&response)),
            ResponseClass::Refused | ResponseClass::Denied => Err(refused(&response)),
        }
    }

    fn action_call(
        &self,
        commands: &[impl Serialize],
        request: &ActionRequest<'_>,
    ) -> Result<WireCall<'_>, ActError> {
        let body = serde_json::to_vec(commands).map_err(|error| no_effect(error.to_string()))?;
        let mut url = self.url(&["action", self.org_id()]);
        if request.test_mode {
            url.query_pairs_mut().append_pair("testOnly", "true");
        }
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        if let Ok(id) = HeaderValue::from_str(request.id) {
            headers.insert("x-request-id", id);
        }
        if let Some(mark) = request.mark {
            headers.insert("pragma", HeaderValue::from_static(mark.pragma()));
        }
        let counters = &self.state().counters;
        Ok(WireCall {
            class: CallClass::Action,
            counter: if request.is_trial { &counters.trials } else { &counters.actions },
            pauses: PauseScope::Everybody,
            when_throttled: request.when_throttled,
            method: Method::POST,
            url,
            headers,
            body: body.into(),
        })
    }
}

/// Reads the results from a response of 2xx to the request with this id.
fn results(response: &RawResponse, id: &str) -> Result<ActionResponse, ActError> {
    let unrecognized = |cause| ActError::NoResponse {
        cause,
        maybe_applied: true,
        unrecognized: true,
        timed_out: false,
    };
    // Adobe returns the id of the request (documentation, ActionsCmds).
    if let Some(other) =
        response.request_id.as_deref().filter(|other| !other.trim().eq_ignore_ascii_case(id))
    {
        return Err(unrecognized(format!(
            "the response belongs to another request: its X-Request-Id is `{}`",
            without_long_runs(other)
        )));
    }
    let results = serde_json::from_slice(&response.body).map_err(|_| {
        unrecognized(format!(
            "HTTP {} with {} instead of a response (a proxy or a login page?)",
            response.status,
            response.kind()
        ))
    })?;
    Ok(ActionResponse::without_long_runs(results))
}

/// Returns the error for a request that is refused as a whole.
fn refused(response: &RawResponse) -> ActError {
    match response.refusal_scope() {
        // The service failed for its own reasons, whatever the status.
        RefusalScope::Run | RefusalScope::Unplaced if retryable_code(&response.reason().0) => {
            no_response(format!("{} {}", response.status_words(), response.reason().0))
        }
        RefusalScope::Run => denied(response),
        scope => {
            let (code, message) = response.reason();
            ActError::Refused { status: response.status, code, message, scope }
        }
    }
}
