//! The client: the state that its calls share, and its statistics. The calls are in `submit.rs`,
//! `lookup.rs`, `pages.rs` and `members.rs`.

use super::client_options::{ClientOptions, KeptPause};
use super::counters::{ClientStats, RequestCounters};
use super::credentials::{Credentials, Endpoints};
use super::error::{ActError, ApiError};
use super::limiter::Limiter;
use super::pace::Pace;
use super::pause_scope::PauseScope;
use super::rate::{CallClass, Rates};
use super::requested_pause::Throttling;
use super::send_gate::ClientGate;
use super::server_clock::ServerClock;
use super::token::{Token, Tokens};
use super::token_subject::token_subject;
use super::transport::{TlsError, Transport, http_client};
use super::wait::{Wait, WaitReason};
use crate::clock;
use reqwest::Url;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A handle on the API. Clones share the token, the limits and the connections.
#[derive(Clone)]
pub(crate) struct Client(Arc<ClientState>);

/// The state that all calls share.
pub(super) struct ClientState {
    pub(super) transport: Box<dyn Transport>,
    pub(super) credentials: Credentials,
    endpoints: Endpoints,
    tokens: Tokens,
    pub(super) limiter: Arc<Limiter>,
    pub(super) counters: RequestCounters,
    pub(super) throttling: Throttling,
    /// Asked before each request.
    pub(super) gate: ClientGate,
    pub(super) max_wait: Duration,
    pub(super) max_attempts: u32,
    pub(super) retry_wait: Duration,
    /// A pause of an earlier start.
    kept_pause: Option<KeptPause>,
    /// The read call that is retried next, and why.
    retry: Mutex<Option<Wait>>,
    /// The server's clock.
    pub(super) server_clock: Arc<ServerClock>,
}

impl Client {
    /// Creates a client. Nothing is sent yet.
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

    /// Creates a client that sends its requests over `transport`.
    pub(crate) fn over(
        transport: Box<dyn Transport>,
        credentials: Credentials,
        endpoints: Endpoints,
        options: &ClientOptions,
    ) -> Self {
        let limited = options.rates != Rates::off();
        let shared_quota = options.shared_quota.clone().filter(|_| limited);
        let server_clock = Arc::new(ServerClock::default());
        let client = Self(Arc::new(ClientState {
            transport,
            tokens: Tokens::new(options.max_wait, options.token.clone(), server_clock.clone()),
            limiter: Limiter::patient(&options.rates, shared_quota, options.max_wait),
            gate: ClientGate::new(options.send_gate.clone(), options.timeout, options.max_wait),
            counters: RequestCounters::default(),
            throttling: Throttling::new(options.retry_wait, options.max_wait),
            credentials,
            endpoints,
            max_wait: options.max_wait,
            max_attempts: options.max_attempts,
            retry_wait: options.retry_wait,
            kept_pause: options.kept_pause.clone(),
            retry: Mutex::new(None),
            server_clock,
        }));
        if let Some(KeptPause { until, why, .. }) = &options.kept_pause {
            client.pause_for(until.saturating_duration_since(Instant::now()), why);
        }
        client
    }

    /// Fetches the first token, so that wrong credentials are noticed before anything is sent.
    ///
    /// # Errors
    /// When the service cannot be reached, refuses, or responds with something other than JSON.
    pub(crate) async fn authenticate(&self) -> Result<(), ApiError> {
        self.kept_pause_over().await?;
        self.token(None).await.map(|_| ())
    }

    /// Returns the id of the technical account, read from its token; `None` if the token does not
    /// have it.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate).
    pub(crate) async fn own_id(&self) -> Result<Option<String>, ApiError> {
        self.kept_pause_over().await?;
        Ok(token_subject(self.token(None).await?.secret()))
    }

    /// Stops sending: calls that wait for the limiter end with
    /// [`ActError::Closed`].
    pub(crate) fn close(&self) {
        self.0.limiter.close();
    }

    /// Keeps a pause that the server asked an earlier part of this run for.
    pub(crate) fn pause_for(&self, length: Duration, why: &str) {
        self.0.limiter.pause(PauseScope::Everybody, length, why);
    }

    /// Returns the kept pause, if it is longer than allowed: its length when the command began, and
    /// the reason. It stays the same until the client ends, so that a question which was not sent
    /// is not sent later.
    pub(crate) fn too_long_pause(&self) -> Option<(Duration, String)> {
        let pause = self.0.kept_pause.as_ref()?;
        Some((pause.too_long?, pause.why.clone()))
    }

    /// Waits for the end of a [kept pause](ClientOptions::kept_pause): nothing is sent during it,
    /// not even for the first token.
    ///
    /// # Errors
    /// When the pause [is too long](Self::too_long_pause), or the client is closed.
    pub(super) async fn kept_pause_over(&self) -> Result<(), ActError> {
        if self.0.tokens.has_one().await {
            return Ok(());
        }
        if let Some((wait, why)) = self.too_long_pause() {
            return Err(ActError::WaitTooLong { wait, why, maybe_applied: false });
        }
        self.0.limiter.pause_over().await
    }

    /// Waits until there is no pause of all calls, and the [gate](ClientOptions::send_gate) is
    /// open.
    ///
    /// # Errors
    /// [`ActError::Closed`] once the client is closed, and [`ActError::MayNotSend`].
    pub(crate) async fn pause_over(&self) -> Result<(), ActError> {
        self.0.limiter.pause_over().await?;
        self.gate_open().await
    }

    /// Waits until the [gate](ClientOptions::send_gate) is open.
    ///
    /// # Errors
    /// As [`pause_over`](Self::pause_over).
    pub(super) async fn gate_open(&self) -> Result<(), ActError> {
        tokio::select! {
            biased;
            () = self.closed() => Err(ActError::Closed),
            opened = self.0.gate.open() => opened,
        }
    }

    /// Returns why the [gate](ClientOptions::send_gate) has refused a request for good, if it has.
    pub(crate) fn may_not_send(&self) -> Option<&str> {
        self.0.gate.refused()
    }

    /// Asks the [gate](ClientOptions::send_gate) now. Returns why nothing will be sent any more;
    /// `None` if something still may be.
    pub(crate) fn sending_ended(&self) -> Option<String> {
        self.0.gate.ended()
    }

    /// Checks that there is no [kept pause](ClientOptions::kept_pause).
    ///
    /// # Errors
    /// [`ActError::Throttled`] if there is one, or as [`kept_pause_over`](Self::kept_pause_over).
    pub(super) async fn no_kept_pause(&self) -> Result<(), ActError> {
        if self.0.limiter.is_paused() && !self.0.tokens.has_one().await {
            if let Some((wait, why)) = self.too_long_pause() {
                return Err(ActError::WaitTooLong { wait, why, maybe_applied: false });
            }
            return Err(ActError::Throttled);
        }
        Ok(())
    }

    /// Returns the longest pause that the server may ask for.
    pub(crate) fn max_wait(&self) -> Duration {
        self.0.max_wait
    }

    /// Completes when the client is [closed](Self::close).
    pub(crate) async fn closed(&self) {
        self.0.limiter.closed().await;
    }

    /// Returns what the client has seen so far.
    pub(crate) fn stats(&self) -> ClientStats {
        ClientStats {
            throttled: self.0.throttling.total(),
            limit: self.0.limiter.action_rate(),
            waiting: self.waiting(),
            ..self.0.counters.stats()
        }
    }

    /// Whether actions have a limit.
    pub(crate) fn is_limited(&self) -> bool {
        self.0.limiter.action_rate().is_some()
    }

    /// Returns the current limit of a class of calls.
    pub(crate) fn pace(&self, class: CallClass) -> Pace {
        self.0.limiter.pace(class)
    }

    /// Returns why nothing is sent now. A pause of the server and a silent store come before a
    /// missing token or a retried read, and these come before the limit.
    fn waiting(&self) -> Option<Wait> {
        if let Some(store) = self.0.gate.waiting() {
            return Some(store);
        }
        let retry = || self.0.retry.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match self.0.limiter.waiting() {
            Some(
                pause @ Wait {
                    why: WaitReason::ServerPause { .. } | WaitReason::SharedStore { .. },
                    ..
                },
            ) => Some(pause),
            quota => self.0.tokens.waiting().or_else(retry).or(quota),
        }
    }

    /// Records that a read call waits before its next attempt.
    pub(super) fn set_retry(&self, wait: Wait) {
        *self.0.retry.lock().unwrap_or_else(PoisonError::into_inner) = Some(wait);
    }

    /// Forgets a wait that is over, because a read call got its response. Another call may still
    /// wait.
    pub(super) fn end_retry(&self) {
        let mut retry = self.0.retry.lock().unwrap_or_else(PoisonError::into_inner);
        retry.take_if(|wait| wait.until <= clock::system_now());
    }

    /// Returns how many seconds the server's clock is ahead of ours; `None` before its first
    /// response.
    pub(crate) fn clock_skew(&self) -> Option<i64> {
        self.0.server_clock.skew()
    }

    /// Returns what the clones of the client share.
    pub(super) fn state(&self) -> &ClientState {
        &self.0
    }

    /// Returns the organization's id, as it is written in addresses.
    pub(super) fn org_id(&self) -> &str {
        &self.0.credentials.org_id
    }

    /// Returns the address of these path segments at the API.
    pub(super) fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.0.endpoints.api.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Returns a token, a new one if `refused` is the current one.
    pub(super) async fn token(&self, refused: Option<&Token>) -> Result<Token, ApiError> {
        self.0.tokens.get(&*self.0.transport, &self.0.credentials, &self.0.endpoints, refused).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(kept_pause: KeptPause) -> Client {
        let credentials = Credentials::new("id", "secret".to_owned(), "ORG@AdobeOrg");
        let options = ClientOptions { kept_pause: Some(kept_pause), ..ClientOptions::default() };
        Client::new(credentials, Endpoints::resolve(None, None, None).unwrap(), &options).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn kept_pause_that_is_too_long_stays_so_after_its_end() {
        let length = Duration::from_secs(9000);
        let until = Instant::now() + length;
        let client =
            client(KeptPause { until, why: "HTTP 429".to_owned(), too_long: Some(length) });
        for _ in 0..2 {
            assert_eq!(client.too_long_pause(), Some((length, "HTTP 429".to_owned())));
            let asked = client.kept_pause_over().await;
            assert!(matches!(asked, Err(ActError::WaitTooLong { wait, .. }) if wait == length));
            tokio::time::advance(2 * length).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn kept_pause_that_is_allowed_is_waited_for() {
        let until = Instant::now() + Duration::from_secs(60);
        let client = client(KeptPause { until, why: "HTTP 429".to_owned(), too_long: None });
        assert!(client.kept_pause_over().await.is_ok());
        assert!(Instant::now() >= until && client.too_long_pause().is_none());
    }
}
