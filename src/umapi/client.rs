//! Calls to the API, each within the limiter on every try.

use super::client_options::ClientOptions;
use super::credentials::{Credentials, Endpoints};
use super::error::{ActError, ApiError, RefusalScope};
use super::limiter::{Limiter, PauseScope, Wait, WaitReason};
use super::pace::Pace;
use super::rate::{CallClass, Rate, Rates};
use super::redact::without;
use super::response::{MAX_ANSWER, RawResponse, ResponseCounts, read_body};
use super::retry::{
    ResponseClass, backoff, classify, http_date, least_pause, retry_after, retryable_code,
};
use super::spoken::without_long_runs;
use super::token::{Token, Tokens};
use super::tracked_body::SentAt;
use super::transport::{OutgoingRequest, TlsError, Transport, TransportError, http_client};
use super::user::ApiUser;
use super::wire::{ActionResponse, WireCommand};
use crate::clock;
use crate::visible::visible;
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// A handle on the API; clones share token, limits and connections.
#[derive(Clone)]
pub(crate) struct Client(Arc<Inner>);

struct Inner {
    transport: Box<dyn Transport>,
    credentials: Credentials,
    endpoints: Endpoints,
    tokens: Tokens,
    limiter: Limiter,
    max_wait: Duration,
    max_attempts: u32,
    retry_wait: Duration,
    actions: AtomicU64,
    /// Trials are within the same limit, and none of the "requests sent".
    trials: AtomicU64,
    actions_in_flight: AtomicU64,
    reads: AtomicU64,
    reads_in_flight: AtomicU64,
    /// The read call that is to be tried again next, and why.
    retry: Mutex<Option<Wait>>,
    throttled: AtomicU64,
    complaints: Mutex<Complaints>,
    /// The server's clock less ours, in seconds; `i64::MIN` while unknown.
    skew: AtomicI64,
}

/// What the client has seen so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientStats {
    /// Action requests that were sent, every retry counted. This is what is called "requests sent"
    /// everywhere.
    pub action_requests: u64,
    /// Those of them that are not answered yet.
    pub actions_in_flight: u64,
    /// Reads that were sent, every retry counted.
    pub read_requests: u64,
    /// Those of them that are not answered yet.
    pub reads_in_flight: u64,
    /// How often the server said that there were too many.
    pub throttled: u64,
    /// The limit on actions that is kept now; `None` without one.
    pub limit: Option<Rate>,
    /// Why nothing is sent just now.
    pub waiting: Option<Wait>,
}

/// What is said about an action request besides its commands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ActionRequest<'a> {
    /// `X-Request-Id`
    pub id: &'a str,
    /// The API checks and changes nothing.
    pub test_mode: bool,
    /// First or last request of a run.
    pub mark: Option<SyncMarker>,
    /// It only finds something out before the run: it does not count as sent.
    pub is_trial: bool,
}

/// Adobe's client marks the first and the last call of a run (`Pragma: umapi-sync-start`,
/// `umapi-sync-end`); so do we.
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

/// The 429s that follow one another. Those of requests that were in flight together are one.
#[derive(Debug, Default)]
struct Complaints {
    in_a_row: u32,
    last: Option<Instant>,
}

impl Complaints {
    /// A request that left at `sent` was answered by 429. Gives how many in a row that makes.
    fn count_one(&mut self, sent: Instant, now: Instant) -> u32 {
        if self.last.is_none_or(|last| sent >= last) {
            self.in_a_row = self.in_a_row.saturating_add(1);
            self.last = Some(now);
        }
        self.in_a_row
    }

    /// A request that left at `sent` was answered otherwise.
    fn none(&mut self, sent: Instant) {
        if self.last.is_none_or(|last| sent >= last) {
            *self = Self::default();
        }
    }
}

/// A pause that the server asks for.
struct RequestedPause {
    wait: Duration,
    /// In words.
    why: String,
}

impl Client {
    /// Puts a client together; nothing is sent yet.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(crate) fn new(
        credentials: Credentials,
        endpoints: Endpoints,
        options: &ClientOptions,
    ) -> Result<Self, TlsError> {
        let transport = Box::new(http_client(
            &endpoints,
            options.timeout,
            &options.user_agent,
            &options.trusted,
        )?);
        Ok(Self::over(transport, credentials, endpoints, options))
    }

    /// The same, with a transport of its own.
    pub(crate) fn over(
        transport: Box<dyn Transport>,
        credentials: Credentials,
        endpoints: Endpoints,
        options: &ClientOptions,
    ) -> Self {
        let limited = options.rates != Rates::off();
        let sends = options.shared_quota.clone().filter(|_| limited);
        Self(Arc::new(Inner {
            transport,
            tokens: Tokens::new(options.max_wait),
            limiter: Limiter::new(&options.rates, sends),
            credentials,
            endpoints,
            max_wait: options.max_wait,
            max_attempts: options.max_attempts,
            retry_wait: options.retry_wait,
            actions: AtomicU64::new(0),
            trials: AtomicU64::new(0),
            actions_in_flight: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            reads_in_flight: AtomicU64::new(0),
            retry: Mutex::new(None),
            throttled: AtomicU64::new(0),
            complaints: Mutex::default(),
            skew: AtomicI64::new(i64::MIN),
        }))
    }

    /// Fetches the first token, so that wrong credentials are noticed before anything else.
    ///
    /// # Errors
    /// When the service cannot be reached, refuses, or answers something else than JSON.
    pub(crate) async fn authenticate(&self) -> Result<(), ApiError> {
        self.token(None).await.map(|_| ())
    }

    /// The id of the account that calls, as the token tells it; `None` where it does not. The token
    /// itself stays here.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate).
    pub(crate) async fn own_id(&self) -> Result<Option<String>, ApiError> {
        Ok(super::token_subject::token_subject(self.token(None).await?.secret()))
    }

    /// Sends commands, at most [`MAX_COMMANDS`](super::wire::MAX_COMMANDS), and waits for the
    /// answer.
    ///
    /// Throttling and an expired token are dealt with here; everything else comes back to the
    /// caller.
    ///
    /// # Errors
    /// When no answer with outcomes came; the error says what follows from that.
    pub(crate) async fn submit(
        &self,
        commands: &[WireCommand],
        request: &ActionRequest<'_>,
    ) -> Result<ActionResponse, ActError> {
        let body =
            serde_json::to_vec(commands).map_err(|error| no_response(error.to_string(), false))?;
        let mut url = self.url(&["action", &self.0.credentials.org_id]);
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
        let (class, counter) =
            (CallClass::Action, if request.is_trial { &self.0.trials } else { &self.0.actions });
        let call = WireCall {
            class,
            counter,
            pauses: PauseScope::Everybody,
            method: Method::POST,
            url,
            headers,
            body: body.into(),
        };
        let response = self.call(&call).await?;
        let unrecognized =
            |cause| ActError::NoResponse { cause, maybe_applied: true, unrecognized: true };
        match classify(response.status) {
            // Adobe echoes the id of the request (documentation, ActionsCmds).
            ResponseClass::Read
                if response
                    .request_id
                    .as_deref()
                    .is_some_and(|id| !id.trim().eq_ignore_ascii_case(request.id)) =>
            {
                let other = without_long_runs(response.request_id.as_deref().unwrap_or_default());
                Err(unrecognized(format!(
                    "the response belongs to another request: its X-Request-Id is `{other}`"
                )))
            }
            ResponseClass::Read => serde_json::from_slice(&response.body)
                .map(ActionResponse::without_long_runs)
                .map_err(|_| {
                    unrecognized(format!(
                        "HTTP {} with {} instead of a response (a proxy or a login page?)",
                        response.status,
                        response.kind()
                    ))
                }),
            ResponseClass::Unclear => Err(no_response(response.status_words(), true)),
            ResponseClass::FreshToken | ResponseClass::Pause => Err(self.denied(&response)),
            ResponseClass::Refused | ResponseClass::Denied => Err(match response.refusal_scope() {
                // The service failed for its own reasons, whatever the status.
                RefusalScope::Run | RefusalScope::Unplaced
                    if retryable_code(&response.reason().0) =>
                {
                    no_response(
                        format!("{} {}", response.status_words(), response.reason().0),
                        true,
                    )
                }
                RefusalScope::Run => self.denied(&response),
                scope => {
                    let (code, message) = response.reason();
                    ActError::Refused { status: response.status, code, message, scope }
                }
            }),
        }
    }

    /// The user of that name; `None` where the API itself says that there is none (404
    /// `error.user.…`). Tried several times.
    ///
    /// # Errors
    /// When the server refuses, does not answer, or answers with neither: that proves nothing about
    /// the user.
    pub(crate) async fn user(
        &self,
        user: &str,
        domain: Option<&str>,
    ) -> Result<Option<ApiUser>, ApiError> {
        #[derive(Deserialize)]
        struct Page {
            user: Option<ApiUser>,
        }
        let mut url = self.url(&["organizations", &self.0.credentials.org_id, "users", user]);
        if let Some(domain) = domain {
            url.query_pairs_mut().append_pair("domain", domain);
        }
        match self.read(CallClass::Users, url).await? {
            Ok(Page { user: Some(found) }) if found.answers_to(user) => Ok(Some(found)),
            Ok(Page { user: Some(_) }) => {
                Err(ApiError::NoAnswer(format!("the response is about a user other than `{user}`")))
            }
            Ok(Page { user: None }) => {
                Err(ApiError::NoAnswer(format!("HTTP 200 that does not mention `{user}`")))
            }
            Err(response) if response.says_absent("error.user.") => Ok(None),
            Err(response) => Err(self.denied(&response).into()),
        }
    }

    /// Is there a group of that name? The API itself must say so: with a page of members, or with
    /// 404 `error.group.…`.
    ///
    /// # Errors
    /// When the server refuses, does not answer, or answers with neither.
    pub(crate) async fn group_exists(&self, name: &str) -> Result<bool, ApiError> {
        #[derive(Deserialize)]
        struct Page {
            users: Option<Vec<IgnoredAny>>,
        }
        match self
            .read(CallClass::Users, self.url(&["users", &self.0.credentials.org_id, "0", name]))
            .await?
        {
            Ok(Page { users: Some(_) }) => Ok(true),
            Ok(Page { users: None }) => Err(ApiError::NoAnswer(format!(
                "HTTP 200 that is not a page of the members of `{name}`"
            ))),
            Err(response)
                if response.says_absent("error.group.")
                    || response.says_absent("error.usergroup.") =>
            {
                Ok(false)
            }
            Err(response) => Err(self.denied(&response).into()),
        }
    }

    /// Nothing is sent any more: calls that still wait for the limiter end with
    /// [`ActError::Closed`].
    pub(crate) fn close(&self) {
        self.0.limiter.close();
    }

    /// Keeps a pause that the server has asked an earlier part of this run for. It is no longer
    /// than any pause may be: where it seems to be, the clock was set back meanwhile.
    pub(crate) fn pause_until(&self, until: SystemTime, why: &str) {
        if let Ok(length) = until.duration_since(clock::system_now()) {
            self.0.limiter.pause(PauseScope::Everybody, length.min(self.0.max_wait), why);
        }
    }

    /// Completes when the client is [closed](Self::close).
    pub(crate) async fn closed(&self) {
        self.0.limiter.closed().await;
    }

    /// What the client has seen so far.
    pub(crate) fn stats(&self) -> ClientStats {
        ClientStats {
            action_requests: self.0.actions.load(Ordering::Relaxed),
            actions_in_flight: self.0.actions_in_flight.load(Ordering::Relaxed),
            read_requests: self.0.reads.load(Ordering::Relaxed),
            reads_in_flight: self.0.reads_in_flight.load(Ordering::Relaxed),
            throttled: self.0.throttled.load(Ordering::Relaxed),
            limit: self.0.limiter.action_rate(),
            waiting: self.waiting(),
        }
    }

    /// The limit of a class of calls as it stands now.
    pub(crate) fn pace(&self, class: CallClass) -> Pace {
        self.0.limiter.pace(class)
    }

    /// What holds everybody up comes first, what is nobody's fault last.
    fn waiting(&self) -> Option<Wait> {
        let retry = || self.0.retry.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match self.0.limiter.waiting() {
            Some(pause @ Wait { why: WaitReason::ServerPause { .. }, .. }) => Some(pause),
            quota => self.0.tokens.waiting().or_else(retry).or(quota),
        }
    }

    fn set_retry(&self, wait: Wait) {
        *self.0.retry.lock().unwrap_or_else(PoisonError::into_inner) = Some(wait);
    }

    /// A read call was answered. Another one may still wait.
    fn end_retry(&self) {
        let mut retry = self.0.retry.lock().unwrap_or_else(PoisonError::into_inner);
        retry.take_if(|wait| wait.until <= clock::system_now());
    }

    /// How many seconds the server's clock is ahead of ours, as far as its answers say.
    pub(crate) fn clock_skew(&self) -> Option<i64> {
        Some(self.0.skew.load(Ordering::Relaxed)).filter(|skew| *skew != i64::MIN)
    }

    /// The organization's id, as it stands in addresses.
    pub(super) fn org_id(&self) -> &str {
        &self.0.credentials.org_id
    }

    pub(super) fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.0.endpoints.api.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    async fn token(&self, refused: Option<&Token>) -> Result<Token, ApiError> {
        self.0.tokens.get(&*self.0.transport, &self.0.credentials, &self.0.endpoints, refused).await
    }

    /// A read call, tried again while nothing comes that can be understood; an answer other than
    /// 2xx is given back as it was heard.
    async fn read<T: DeserializeOwned>(
        &self,
        class: CallClass,
        url: Url,
    ) -> Result<Result<T, RawResponse>, ApiError> {
        let mut asking = self.send_read(class, url);
        loop {
            let response = match asking.answer().await? {
                Ok(response) => response,
                Err(denied) => return Ok(Err(denied)),
            };
            match serde_json::from_slice(&response.body) {
                Ok(read) => return Ok(Ok(read)),
                Err(_) => {
                    asking
                        .unrecognized(format!(
                            "HTTP {} with {} instead of a response",
                            response.status,
                            response.kind()
                        ))
                        .await?;
                }
            }
        }
    }

    /// Prepares a read call.
    pub(super) fn send_read(&self, class: CallClass, url: Url) -> ReadCall<'_> {
        let counter = &self.0.reads;
        let call = WireCall {
            class,
            counter,
            pauses: PauseScope::Reads,
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        ReadCall { client: self, call, attempt: 1 }
    }

    /// One call: the limiter on every try, pauses kept, an expired token replaced once.
    async fn call(&self, call: &WireCall<'_>) -> Result<RawResponse, ActError> {
        let mut refused: Option<Token> = None;
        loop {
            let token = self.token(refused.as_ref()).await.map_err(|error| match error {
                ApiError::NoAnswer(cause) => no_response(cause, false),
                error @ ApiError::WaitTooLong { .. } => no_response(error.to_string(), false),
                ApiError::Credentials(message)
                | ApiError::Denied(message)
                | ApiError::NoSuchGroup(message) => {
                    ActError::Denied { status: 401, code: "error.credentials".to_owned(), message }
                }
            })?;
            let response = self.exchange(call, &token).await?;
            match classify(response.status) {
                ResponseClass::Pause => {}
                ResponseClass::FreshToken if refused.is_none() => refused = Some(token),
                _ => return Ok(response),
            }
        }
    }

    /// One request and its answer.
    async fn exchange(&self, call: &WireCall<'_>, token: &Token) -> Result<RawResponse, ActError> {
        let inner = &self.0;
        let mut headers = call.headers.clone();
        headers.insert("authorization", secret_header(&format!("Bearer {}", token.secret()))?);
        headers.insert("x-api-key", secret_header(&inner.credentials.client_id)?);
        let sent = SentAt::default();
        let permit = inner.limiter.acquire(call.class, sent.clone()).await?;
        let count = call.counter;
        let in_flight = match call.class {
            CallClass::Action => &inner.actions_in_flight,
            CallClass::Users | CallClass::Groups => &inner.reads_in_flight,
        };
        count.fetch_add(1, Ordering::Relaxed);
        let _in_flight = InFlightGuard::new(in_flight);
        let request = OutgoingRequest {
            method: call.method.clone(),
            url: call.url.clone(),
            headers,
            body: call.body.clone(),
        };
        let response = inner.transport.send(request, sent.clone()).await.map_err(
            |TransportError { cause, has_left }| {
                tracing::warn!(class = ?call.class, has_left, cause, "no response");
                if !has_left {
                    count.fetch_sub(1, Ordering::Relaxed);
                }
                no_response(cause, has_left)
            },
        )?;
        let status = response.status().as_u16();
        let took = sent.get().map_or(0.0, |sent| sent.elapsed().as_secs_f64());
        tracing::info!(class = ?call.class, method = %call.method, status, seconds = took, "response");
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let (date, after) = (header("date"), header("retry-after"));
        self.note_clock(date.as_deref());
        let left = sent.get().copied().unwrap_or_else(Instant::now);
        let pause = self.pause_asked(status, left, after.as_deref(), date.as_deref());
        match &pause {
            Some(pause) if status == 429 => permit.refused(pause.wait),
            _ => permit.answered(),
        }
        if let Some(RequestedPause { wait, why }) = pause {
            if wait > inner.max_wait {
                return Err(ActError::WaitTooLong { wait, why, maybe_applied: status != 429 });
            }
            // A 503 speaks of the whole service.
            let scope = if status == 429 { call.pauses } else { PauseScope::Everybody };
            tracing::warn!(
                ?scope,
                seconds = wait.as_secs_f64(),
                why,
                "the server asks for a pause"
            );
            inner.limiter.pause(scope, wait, &why);
        }
        let counts = ResponseCounts::read(response.headers());
        let request_id = header("x-request-id").filter(|id| !id.trim().is_empty());
        let body = read_body(response, MAX_ANSWER)
            .await
            .map_err(|cause| no_response(cause.to_string(), true))?;
        let secrets = [token.secret(), inner.credentials.client_secret.expose_secret()];
        let shown = |text: String| {
            String::from_utf8_lossy(&without(&secrets, text.into_bytes())).into_owned()
        };
        Ok(RawResponse {
            status,
            counts,
            request_id: request_id.map(shown),
            body: without(&secrets, body),
        })
    }

    fn note_clock(&self, date: Option<&str>) {
        let Some(server) = date.and_then(http_date) else { return };
        let now = clock::system_now();
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        let skew =
            server.duration_since(now).map_or_else(|behind| -seconds(behind.duration()), seconds);
        self.0.skew.store(skew, Ordering::Relaxed);
    }

    /// The pause that the server asks for by the answer to a request that left at `sent`.
    fn pause_asked(
        &self,
        status: u16,
        sent: Instant,
        after: Option<&str>,
        date: Option<&str>,
    ) -> Option<RequestedPause> {
        let inner = &self.0;
        let said = retry_after(after, date, clock::system_now());
        let mut complaints = inner.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        let (wait, what) = match (status, said) {
            (429, said) => {
                inner.throttled.fetch_add(1, Ordering::Relaxed);
                let in_a_row = complaints.count_one(sent, Instant::now());
                let least = least_pause(in_a_row, inner.retry_wait).min(inner.max_wait);
                // Nothing said: a window, then two, four, ….
                let window = || {
                    inner.limiter.action_rate().map_or(Duration::from_secs(1), |rate| rate.window)
                        * (1 << (in_a_row - 1).min(6))
                };
                (said.unwrap_or_else(window).max(least), "too many requests")
            }
            (503, Some(wait)) => (wait, "not available"),
            _ => {
                complaints.none(sent);
                return None;
            }
        };
        let asked = match said {
            Some(said) if said < wait => {
                format!("again, and the pause grows to {} s", wait.as_secs_f64().ceil())
            }
            Some(said) => format!("wait {} s", said.as_secs_f64().ceil()),
            None => "without a time to wait".to_owned(),
        };
        Some(RequestedPause { wait, why: format!("HTTP {status}: {what}, {asked}") })
    }

    pub(super) fn denied(&self, response: &RawResponse) -> ActError {
        let (code, message) = response.reason();
        let next = match response.status {
            401 => {
                "the token is refused: check the credentials' scopes and expiry in the Adobe \
                 Developer Console"
            }
            403 if code.contains("migrating") => {
                "the organization is being migrated: try again later"
            }
            403 => {
                "check UMAPI_ORG_ID, and check that the User Management API is added to the \
                 project of these credentials"
            }
            300..=399 => "a redirect, which is not followed; nothing was done. Check UMAPI_URL",
            404 => "check UMAPI_ORG_ID and UMAPI_URL",
            400..=499 => "the server rejects the request",
            _ => "check the credentials and the organization",
        };
        ActError::Denied {
            status: response.status,
            code,
            message: if message.is_empty() {
                next.to_owned()
            } else {
                format!("{} ({next})", visible(&message))
            },
        }
    }
}

/// A read call with its attempts.
pub(super) struct ReadCall<'c> {
    client: &'c Client,
    call: WireCall<'c>,
    attempt: u32,
}

impl ReadCall<'_> {
    /// A 429 to this call is for every call of the client.
    #[must_use]
    pub(super) fn for_everybody(mut self) -> Self {
        self.call.pauses = PauseScope::Everybody;
        self
    }

    /// An answer of 2xx, or as an error one that will not change. Where none of both comes, it is
    /// asked again, within the attempts.
    pub(super) async fn answer(&mut self) -> Result<Result<RawResponse, RawResponse>, ApiError> {
        loop {
            let cause = match self.client.call(&self.call).await {
                Ok(response) => match classify(response.status) {
                    ResponseClass::Read => {
                        self.client.end_retry();
                        return Ok(Ok(response));
                    }
                    ResponseClass::Unclear => no_response(response.status_words(), false),
                    _ => return Ok(Err(response)),
                },
                Err(error @ ActError::NoResponse { .. }) => error,
                Err(error) => return Err(error.into()),
            };
            self.pause(cause).await?;
        }
    }

    /// What came is nothing that was asked for: waits until it may be asked for again.
    pub(super) async fn unrecognized(&mut self, cause: String) -> Result<(), ApiError> {
        self.pause(no_response(without_long_runs(&cause).into_owned(), false)).await
    }

    async fn pause(&mut self, cause: ActError) -> Result<(), ApiError> {
        let inner = &self.client.0;
        if self.attempt >= inner.max_attempts {
            return Err(cause.into());
        }
        let wait = backoff(self.attempt, inner.retry_wait, fastrand::f64());
        let why = WaitReason::Retry { cause: cause.to_string() };
        self.client.set_retry(Wait { until: clock::system_now() + wait, why });
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.client.closed() => return Err(cause.into()),
        }
        self.attempt += 1;
        Ok(())
    }
}

/// Counts a request as long as it is in flight.
struct InFlightGuard<'c>(&'c AtomicU64);

impl<'c> InFlightGuard<'c> {
    fn new(count: &'c AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is sent.
struct WireCall<'c> {
    class: CallClass,
    /// Where it is counted.
    counter: &'c AtomicU64,
    /// Whom a 429 to it is for.
    pauses: PauseScope,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
}

fn no_response(cause: String, maybe_applied: bool) -> ActError {
    ActError::NoResponse { cause, maybe_applied, unrecognized: false }
}

/// A header that logs do not show.
fn secret_header(text: &str) -> Result<HeaderValue, ActError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        no_response(
            "the client id or the token contains characters that HTTP headers cannot have"
                .to_owned(),
            false,
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::TrustedCertificates;

    /// A journal keeps until when the server wants a pause. It seemed to last for hours more once
    /// the clock was set back.
    #[test]
    fn a_kept_pause_is_never_longer_than_max_wait() {
        let credentials = Credentials {
            client_id: "id".to_owned(),
            client_secret: "secret-of-the-test".to_owned().into(),
            org_id: "1@AdobeOrg".to_owned(),
        };
        let endpoints =
            Endpoints::resolve(Some("http://127.0.0.1:1"), None, Some("http://127.0.0.1:1"))
                .unwrap();
        let options = ClientOptions {
            timeout: Duration::from_secs(1),
            rates: Rates::off(),
            max_wait: Duration::from_secs(600),
            max_attempts: 1,
            retry_wait: Duration::from_secs(1),
            trusted: TrustedCertificates::default(),
            shared_quota: None,
            user_agent: "test/1".to_owned(),
        };
        let client = Client::new(credentials, endpoints, &options).unwrap();
        let left = || {
            client
                .stats()
                .waiting
                .and_then(|wait| wait.until.duration_since(SystemTime::now()).ok())
        };
        client.pause_until(SystemTime::now() - Duration::from_secs(3600), "over");
        assert_eq!(left(), None);
        client.pause_until(SystemTime::now() + Duration::from_secs(300), "as it should be");
        assert!(left().is_some_and(|left| (290..=300).contains(&left.as_secs())), "{:?}", left());
        client.pause_until(
            SystemTime::now() + Duration::from_secs(5 * 3600),
            "the clock was set back",
        );
        assert!(left().is_some_and(|left| (590..=600).contains(&left.as_secs())), "{:?}", left());
    }
}
