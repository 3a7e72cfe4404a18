//! How a client behaves, with the limits and waits of Adobe's service as defaults.

use super::rate::Rates;
use super::shared_quota::SharedQuota;
use super::trusted_certificates::TrustedCertificates;
use std::sync::Arc;
use std::time::Duration;

/// How a client behaves.
#[derive(Debug, Clone)]
pub(crate) struct ClientOptions {
    /// The longest wait for one answer.
    pub timeout: Duration,
    /// Limits to keep.
    pub rates: Rates,
    /// The longest pause that the server may ask for.
    pub max_wait: Duration,
    /// How often a read call is tried. (An action is sent once: anyone who sends it knows whether
    /// to repeat it.)
    pub max_attempts: u32,
    /// The first wait before another try; later ones grow.
    pub retry_wait: Duration,
    /// More certificates to trust.
    pub trusted: TrustedCertificates,
    /// What all processes have sent for this client; `None`: no other process uses it.
    pub shared_quota: Option<Arc<dyn SharedQuota>>,
    /// What the client calls itself.
    pub user_agent: String,
}

impl Default for ClientOptions {
    /// Adobe's limits, and the waits that its service asks for.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(180),
            rates: Rates::default(),
            max_wait: Duration::from_secs(2 * 60 * 60),
            max_attempts: 6,
            retry_wait: Duration::from_secs(2),
            trusted: TrustedCertificates::default(),
            shared_quota: None,
            user_agent: concat!("umbulk/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}
