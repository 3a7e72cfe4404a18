//! The access token: fetched once for all calls, and again before it expires or when the server
//! refuses it.

use super::credentials::{Credentials, Endpoints};
use super::error::ApiError;
use super::network_advice::network_advice;
use super::redact::Redactor;
use super::response::{MAX_ANSWER, RawResponse, ResponseCounts, read_body};
use super::retry::{backoff, retry_after};
use super::server_clock::ServerClock;
use super::server_words::known_words;
use super::tracked_body::SentAt;
use super::transport::{OutgoingRequest, Transport};
use super::wait::{Wait, WaitReason};
use crate::clock;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A token that can be compared but not printed.
#[derive(Clone)]
pub(super) struct Token {
    secret: SecretString,
    /// Finds the token and the client secret in responses.
    redactor: Arc<Redactor>,
    /// When to fetch a new one.
    refresh_at: Instant,
    serial: u64,
    /// The client id and the token service that it belongs to.
    owner: (String, String),
}

impl Token {
    /// Returns the token itself, for a header.
    pub(super) fn secret(&self) -> &str {
        self.secret.expose_secret()
    }

    /// Returns what removes the token from a text.
    pub(super) fn redactor(&self) -> &Redactor {
        &self.redactor
    }
}

/// The current token of a command, which all its clients share.
#[derive(Clone, Default)]
pub(crate) struct SharedToken(Arc<Mutex<Option<Token>>>);

impl std::fmt::Debug for SharedToken {
    /// Shows nothing of the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedToken")
    }
}

/// Holds the current token.
pub(super) struct Tokens {
    kept: SharedToken,
    /// The longest pause that the token service may ask for.
    max_wait: Duration,
    /// The server's clock.
    server_clock: Arc<ServerClock>,
    /// Why there is no token, while the service fails.
    waiting: std::sync::Mutex<Option<Wait>>,
}

/// The most attempts while the service does not respond.
const ATTEMPTS: u32 = 4;
/// The first wait between these attempts.
const WAIT: Duration = Duration::from_millis(500);

/// A token is replaced this long before it expires, or at half of a very short life.
const AHEAD: Duration = Duration::from_secs(300);

#[derive(Deserialize)]
struct Grant {
    access_token: SecretString,
    /// The lifetime in seconds. Some versions of the service send milliseconds, which are
    /// recognized by their size.
    #[serde(default, deserialize_with = "super::wire::number")]
    expires_in: Option<u32>,
}

impl Tokens {
    /// Creates the tokens of a client; `kept` is shared by all clients of a command.
    pub(super) fn new(
        max_wait: Duration,
        kept: SharedToken,
        server_clock: Arc<ServerClock>,
    ) -> Self {
        Self { kept, max_wait, server_clock, waiting: std::sync::Mutex::new(None) }
    }

    /// Whether a token was fetched.
    pub(super) async fn has_one(&self) -> bool {
        self.kept.0.lock().await.is_some()
    }

    /// Returns a valid token, as far as is known. `refused` is a token that the server did not
    /// accept: a new one is fetched, once for all callers.
    pub(super) async fn get(
        &self,
        transport: &dyn Transport,
        credentials: &Credentials,
        endpoints: &Endpoints,
        refused: Option<&Token>,
    ) -> Result<Token, ApiError> {
        let mut kept = self.kept.0.lock().await;
        let owner = (credentials.client_id.clone(), endpoints.token.to_string());
        if let Some(token) = kept.as_ref()
            && token.owner == owner
            && token.refresh_at > Instant::now()
            && refused.is_none_or(|refused| refused.serial != token.serial)
        {
            return Ok(token.clone());
        }
        let fetched = self.fetch(transport, credentials, endpoints).await;
        self.set_waiting(None);
        let grant = fetched?;
        let life = grant.expires_in.map(u64::from).map_or(Duration::from_secs(86_400), |seconds| {
            // No token lives longer than two days, so the number is in milliseconds.
            if seconds > 172_800 {
                Duration::from_millis(seconds)
            } else {
                Duration::from_secs(seconds)
            }
        });
        let secrets =
            [grant.access_token.expose_secret(), credentials.client_secret.expose_secret()];
        let token = Token {
            redactor: Arc::new(Redactor::new(&secrets)),
            secret: grant.access_token,
            refresh_at: Instant::now() + life.saturating_sub(AHEAD).max(life / 2),
            serial: kept.as_ref().map_or(0, |old| old.serial + 1),
            owner,
        };
        *kept = Some(token.clone());
        Ok(token)
    }

    /// Returns why there is no token, and when the service is asked again.
    pub(super) fn waiting(&self) -> Option<Wait> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_waiting(&self, wait: Option<Wait>) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = wait;
    }

    /// Asks until a response comes, up to the number of attempts.
    async fn fetch(
        &self,
        transport: &dyn Transport,
        credentials: &Credentials,
        endpoints: &Endpoints,
    ) -> Result<Grant, ApiError> {
        let mut attempt = 1;
        loop {
            let (error, cause, asked) =
                match ask(transport, credentials, endpoints, &self.server_clock).await {
                    Ok(grant) => {
                        tracing::info!(attempt, "token given");
                        return Ok(grant);
                    }
                    Err(TokenTrouble::Final(error)) => return Err(error),
                    Err(TokenTrouble::Passing { error, cause, after }) => (error, cause, after),
                };
            let wait = backoff(attempt, WAIT, fastrand::f64()).max(asked.unwrap_or_default());
            if attempt == ATTEMPTS || wait > self.max_wait {
                return Err(error);
            }
            tracing::warn!(attempt, seconds = wait.as_secs_f64(), cause, "no token yet");
            self.set_waiting(Some(Wait {
                until: clock::system_now() + wait,
                why: WaitReason::Token { cause },
            }));
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }
}

/// Why there is no token.
enum TokenTrouble {
    Final(ApiError),
    /// A transient error: the service is asked again, after the time that it has given.
    Passing {
        error: ApiError,
        /// What the service does, for example `answers HTTP 503`.
        cause: String,
        after: Option<Duration>,
    },
}

/// Asks the token service once.
async fn ask(
    transport: &dyn Transport,
    credentials: &Credentials,
    endpoints: &Endpoints,
    server_clock: &ServerClock,
) -> Result<Grant, TokenTrouble> {
    let host = endpoints.token_host();
    let no_response = |cause: String| {
        let error = ApiError::NoAnswer(format!(
            "no token from {host}: {cause}. {}",
            network_advice(&cause)
        ));
        TokenTrouble::Passing { error, cause: format!("does not answer: {cause}"), after: None }
    };
    let request = token_request(credentials, endpoints)?;
    let response = transport
        .send(request, SentAt::default())
        .await
        .map_err(|error| no_response(error.cause))?;
    let status = response.status().as_u16();
    let header = |name: &str| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)
    };
    server_clock.note(header("date").as_deref());
    let after = retry_after(
        header("retry-after").as_deref(),
        header("date").as_deref(),
        clock::system_now(),
    );
    let body =
        read_body(response, MAX_ANSWER).await.map_err(|cause| no_response(cause.to_string()))?;
    // The token is read from the original response. Only a redacted copy is shown.
    let grant = serde_json::from_slice(&body)
        .ok()
        .filter(|grant: &Grant| HeaderValue::from_str(grant.access_token.expose_secret()).is_ok());
    match grant {
        Some(grant) if matches!(status, 200..=299) => Ok(grant),
        _ => {
            let redactor = Redactor::new(&[credentials.client_secret.expose_secret()]);
            let body = redactor.without_secrets(body);
            let counts = ResponseCounts::default();
            let response = RawResponse { status, counts, request_id: None, body };
            Err(trouble(&response, &host, after))
        }
    }
}

/// Returns the request for a token, with the client secret in its body.
fn token_request(
    credentials: &Credentials,
    endpoints: &Endpoints,
) -> Result<OutgoingRequest, TokenTrouble> {
    if HeaderValue::from_str(&credentials.client_id).is_err() {
        let words = "the client id contains a character that HTTP headers cannot have: copy \
             UMAPI_CLIENT_ID again from the Adobe Developer Console";
        return Err(TokenTrouble::Final(ApiError::Credentials(words.to_owned())));
    }
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &credentials.client_id),
        ("client_secret", credentials.client_secret.expose_secret()),
        ("scope", "openid,AdobeID,user_management_sdk"),
    ];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    Ok(OutgoingRequest {
        method: Method::POST,
        url: endpoints.token.clone(),
        headers,
        body: body.into(),
        // The gate was asked before the token; a token changes nothing.
        gate: None,
    })
}

/// Returns why a response of the token service contains no token. `after` is its `Retry-After`.
fn trouble(response: &RawResponse, host: &str, after: Option<Duration>) -> TokenTrouble {
    let status = response.status;
    let refused = |words: String| TokenTrouble::Final(ApiError::Credentials(words));
    match status {
        200..=299 => refused(format!(
            "{host} answered with {} instead of a token. Check UMAPI_AUTH_HOST, and whether a \
             proxy or a login page answers in its place",
            response.kind()
        )),
        300..=399 => refused(format!(
            "no token from {host}: HTTP {status}, a redirect, which is not followed. Check \
             UMAPI_AUTH_HOST and UMAPI_AUTH_ENDPOINT"
        )),
        400..=499 if status != 429 && status != 408 => {
            let (code, message) = response.reason();
            let words = known_words(&format!("{code} {message}"));
            refused(format!(
                "credentials refused by {host}: HTTP {status} {words}. {}",
                token_advice(&code, &message)
            ))
        }
        _ => {
            let cause = format!("answers HTTP {status}");
            let error = ApiError::NoAnswer(format!(
                "no token from {host}: the token service {cause}: try again later"
            ));
            TokenTrouble::Passing { error, cause, after }
        }
    }
}

/// Returns the next step for credentials that the token service refuses.
fn token_advice(code: &str, message: &str) -> &'static str {
    let has = |word: &str| code.contains(word) || message.contains(word);
    if has("client_secret") {
        "The client secret (UMAPI_CLIENT_SECRET) is wrong, or another one has replaced it: copy it \
         again from the Adobe Developer Console"
    } else if has("client_id") {
        "The client id (UMAPI_CLIENT_ID) is not known there: copy it again from the Adobe \
         Developer Console, and check UMAPI_AUTH_HOST"
    } else if has("invalid_scope") {
        "The User Management API is not added to the project of these credentials: add it in the \
         Adobe Developer Console"
    } else {
        "Check UMAPI_CLIENT_ID and UMAPI_CLIENT_SECRET in the Adobe Developer Console"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of Adobe's token service (IMS) for each mistake.
    #[test]
    fn refused_credentials_are_told_by_what_is_wrong() {
        for (code, message, advice) in [
            ("invalid_client", "invalid client_secret parameter", "The client secret"),
            ("invalid_client", "invalid client_id parameter", "The client id"),
            ("invalid_scope", "", "The User Management API is not added"),
            ("access_denied", "The technical account is disabled", "Check UMAPI_CLIENT_ID and"),
        ] {
            assert!(token_advice(code, message).starts_with(advice), "{code} {message}");
        }
    }
}
