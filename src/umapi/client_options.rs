//! The options of a client, with the limits and waits of Adobe's service as defaults.

use super::rate::Rates;
use super::send_gate::SendGate;
use super::shared_quota::SharedQuota;
use super::token::SharedToken;
use super::trusted_certificates::TrustedCertificates;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A pause that the server asked an interrupted run for. The same command keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptPause {
    /// Its end.
    pub until: Instant,
    /// The reason from the server's response.
    pub why: String,
    /// How long it still lasted when the command began, if that is longer than allowed. Then
    /// nothing is sent, even after its end.
    pub too_long: Option<Duration>,
}

/// The options of a client.
#[derive(Debug, Clone)]
pub(crate) struct ClientOptions {
    /// The longest wait for one response.
    pub timeout: Duration,
    /// The limits to keep.
    pub rates: Rates,
    /// The longest pause to accept from the server.
    pub max_wait: Duration,
    /// The number of attempts of a read call. An action is sent once: its caller knows whether it
    /// may be repeated.
    pub max_attempts: u32,
    /// The first wait before a retry; later waits grow.
    pub retry_wait: Duration,
    /// Certificates to trust besides those of the system.
    pub trusted: TrustedCertificates,
    /// The quota that all processes of this client id share; `None`: no other process uses the
    /// client id.
    pub shared_quota: Option<Arc<dyn SharedQuota>>,
    /// Asked right before each request whether it may still be sent; `None`: it may.
    pub send_gate: Option<Arc<dyn SendGate>>,
    /// The token that the clients of a command share.
    pub token: SharedToken,
    /// A pause to keep before anything is sent.
    pub kept_pause: Option<KeptPause>,
    /// The `User-Agent` header.
    pub user_agent: String,
}

impl Default for ClientOptions {
    /// Returns Adobe's limits, and the waits that its service asks for.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(180),
            rates: Rates::default(),
            max_wait: Duration::from_secs(2 * 60 * 60),
            max_attempts: 6,
            retry_wait: Duration::from_secs(2),
            trusted: TrustedCertificates::default(),
            shared_quota: None,
            send_gate: None,
            token: SharedToken::default(),
            kept_pause: None,
            user_agent: concat!("umbulk/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}
