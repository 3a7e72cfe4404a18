//! Read calls. They change nothing, so they are repeated until a response can be understood.

use super::client::Client;
use super::error::{ActError, ApiError};
use super::exchange::{WireCall, no_effect};
use super::pause_scope::PauseScope;
use super::rate::CallClass;
use super::response::RawResponse;
use super::retry::{ResponseClass, backoff, classify};
use super::server_words::without_long_runs;
use super::wait::{Wait, WaitReason};
use super::when_throttled::WhenThrottled;
use crate::clock;
use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Method, Url};
use serde::de::DeserializeOwned;

/// A read call with its attempts.
pub(super) struct ReadCall<'c> {
    client: &'c Client,
    call: WireCall<'c>,
    attempt: u32,
}

impl Client {
    /// Prepares a read call.
    pub(super) fn read_call(&self, class: CallClass, url: Url) -> ReadCall<'_> {
        let call = WireCall {
            class,
            counter: &self.state().counters.reads,
            pauses: PauseScope::Reads,
            when_throttled: WhenThrottled::SendAgain,
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        ReadCall { client: self, call, attempt: 1 }
    }

    /// Reads a value, and repeats the call while the response cannot be understood. The inner error
    /// is a response other than 2xx.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        class: CallClass,
        url: Url,
    ) -> Result<Result<T, RawResponse>, ApiError> {
        let mut call = self.read_call(class, url);
        loop {
            let response = match call.response().await? {
                Ok(response) => response,
                Err(denied) => return Ok(Err(denied)),
            };
            if let Ok(read) = serde_json::from_slice(&response.body) {
                return Ok(Ok(read));
            }
            let cause =
                format!("HTTP {} with {} instead of a response", response.status, response.kind());
            call.unrecognized(cause).await?;
        }
    }
}

impl ReadCall<'_> {
    /// Makes every call of the client wait after a 429 to this one, not only reads.
    #[must_use]
    pub(super) fn for_everybody(mut self) -> Self {
        self.call.pauses = PauseScope::Everybody;
        self
    }

    /// Returns a response of 2xx, or as the inner error one that refuses the call. Repeats the call
    /// while neither comes, as often as allowed.
    pub(super) async fn response(&mut self) -> Result<Result<RawResponse, RawResponse>, ApiError> {
        loop {
            let cause = match self.client.call(&self.call, None).await {
                Ok(response) => match classify(response.status) {
                    ResponseClass::Read => {
                        self.client.end_retry();
                        return Ok(Ok(response));
                    }
                    ResponseClass::Unclear => no_effect(response.status_words()),
                    _ => return Ok(Err(response)),
                },
                Err(error @ ActError::NoResponse { .. }) => error,
                Err(error) => return Err(error.into()),
            };
            self.wait(cause).await?;
        }
    }

    /// Waits before the next attempt, because the response is not what was requested.
    pub(super) async fn unrecognized(&mut self, cause: String) -> Result<(), ApiError> {
        self.wait(no_effect(without_long_runs(&cause).into_owned())).await
    }

    /// Waits before the next attempt. After the last attempt, or when the client is closed, `cause`
    /// is the error.
    async fn wait(&mut self, cause: ActError) -> Result<(), ApiError> {
        let state = self.client.state();
        if self.attempt >= state.max_attempts {
            return Err(cause.into());
        }
        let wait = backoff(self.attempt, state.retry_wait, fastrand::f64());
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
