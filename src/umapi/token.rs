//! The access token: fetched once for everybody, refreshed before it expires and when the server no longer takes it.

use super::answer::{Heard, MAX_ANSWER, read_body, transport_cause};
use super::credentials::{Credentials, Endpoints};
use super::error::ApiError;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A token that can be compared but not printed.
#[derive(Clone)]
pub(super) struct Token {
    secret: SecretString,
    /// When a new one is to be fetched.
    refresh_at: Instant,
    serial: u64,
}

impl Token {
    pub(super) fn secret(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// Keeps the token.
pub(super) struct Tokens(Mutex<Option<Token>>);

/// A token is replaced so long before it expires, or at half of a very short life.
const AHEAD: Duration = Duration::from_secs(300);

#[derive(Deserialize)]
struct Grant {
    access_token: SecretString,
    /// Seconds; some versions of the service say milliseconds, which are recognised by their size.
    #[serde(default)]
    expires_in: Option<u64>,
}

impl Tokens {
    pub(super) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// A token that is good as far as is known. `refused` is one that the server did not take: another is fetched, once for all who ask.
    pub(super) async fn get(
        &self,
        http: &reqwest::Client,
        credentials: &Credentials,
        endpoints: &Endpoints,
        refused: Option<&Token>,
    ) -> Result<Token, ApiError> {
        let mut kept = self.0.lock().await;
        if let Some(token) = kept.as_ref()
            && token.refresh_at > Instant::now()
            && refused.is_none_or(|refused| refused.serial != token.serial)
        {
            return Ok(token.clone());
        }
        let grant = fetch(http, credentials, endpoints).await?;
        let life = grant.expires_in.map_or(Duration::from_secs(86_400), |seconds| {
            // Two days is longer than any token lives: then it was milliseconds.
            if seconds > 172_800 { Duration::from_millis(seconds) } else { Duration::from_secs(seconds) }
        });
        let token = Token {
            secret: grant.access_token,
            refresh_at: Instant::now() + life.saturating_sub(AHEAD).max(life / 2),
            serial: kept.as_ref().map_or(0, |old| old.serial + 1),
        };
        *kept = Some(token.clone());
        Ok(token)
    }
}

async fn fetch(http: &reqwest::Client, credentials: &Credentials, endpoints: &Endpoints) -> Result<Grant, ApiError> {
    let host = endpoints.token.host_str().unwrap_or_default();
    let port = endpoints.token.port().map(|port| format!(":{port}")).unwrap_or_default();
    let unheard = |cause: String| {
        ApiError::NoAnswer(format!("no token from {host}{port}: {cause}. Is the network up, and is a proxy needed (HTTPS_PROXY)?"))
    };
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &credentials.client_id),
        ("client_secret", credentials.client_secret.expose_secret()),
        ("scope", "openid,AdobeID,user_management_sdk"),
    ];
    let response = http.post(endpoints.token.clone()).form(&form).send().await.map_err(|error| unheard(transport_cause(&error)))?;
    let status = response.status().as_u16();
    let body = read_body(response, MAX_ANSWER).await.map_err(unheard)?;
    let heard = Heard { status, body };
    match status {
        200..=299 => serde_json::from_slice(&heard.body).map_err(|_| {
            ApiError::Denied(format!("{host}{port} answered with {} instead of a token: is UMAPI_AUTH_HOST right, or does a proxy or a login page stand between?", heard.kind()))
        }),
        400..=499 if status != 429 && status != 408 => {
            let (code, message) = heard.reason();
            Err(ApiError::Denied(format!(
                "credentials refused by {host}{port}: HTTP {status} {code} {message}. Look at UMAPI_CLIENT_ID and UMAPI_CLIENT_SECRET in the Adobe Developer Console"
            )))
        }
        _ => Err(unheard(format!("HTTP {status}"))),
    }
}
