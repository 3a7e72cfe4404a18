//! The options of a sandbox.

use super::faults::Mix;
use super::throttle::Limits;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

/// The options of a sandbox.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// A loopback address.
    pub host: IpAddr,
    /// The port for HTTP; 0 for a free one.
    pub port: u16,
    /// The port for HTTPS, 0 for a free one; `None` for HTTP only.
    pub tls_port: Option<u16>,
    /// The limits.
    pub limits: Limits,
    /// The client id that it accepts.
    pub client_id: String,
    /// Further client ids, with the same secret and their own limits.
    pub more_clients: Vec<String>,
    /// The client secret.
    pub client_secret: String,
    /// The organization.
    pub org_id: String,
    /// How long a token is valid.
    pub token_life: Duration,
    /// Users or groups per page.
    pub page_size: usize,
    /// The delay of every response to an action.
    pub latency: Duration,
    /// Whether `index` and `step` are strings.
    pub numbers_as_strings: bool,
    /// Whether `Retry-After` is a date.
    pub retry_after_date: bool,
    /// Whether empty lists and an empty `update` are refused. It is unknown whether the API does;
    /// Adobe's own clients send both.
    pub strict_empty: bool,
    /// Whether a `usergroup` command may have ten memberships in all, and not ten in each of its
    /// steps. The documentation can be read both ways.
    pub narrow_groups: bool,
    /// The random faults.
    pub troubles: Mix,
    /// The seed of the random faults.
    pub seed: u64,
    /// The file to write calls to, as JSON Lines.
    pub log_file: Option<PathBuf>,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            tls_port: None,
            limits: Limits::default(),
            client_id: "sandbox".to_owned(),
            more_clients: Vec::new(),
            client_secret: "sandbox-secret".to_owned(),
            org_id: "00000000000000000000AAAA@AdobeOrg".to_owned(),
            token_life: Duration::from_secs(86_400),
            page_size: 2000,
            latency: Duration::ZERO,
            numbers_as_strings: false,
            retry_after_date: false,
            strict_empty: false,
            narrow_groups: false,
            troubles: Mix::default(),
            seed: 1,
            log_file: None,
        }
    }
}
