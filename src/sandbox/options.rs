//! How a sandbox behaves.

use super::faults::Mix;
use super::throttle::Limits;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

/// How a sandbox behaves.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// An address of loopback.
    pub host: IpAddr,
    /// Port for HTTP; 0 takes a free one.
    pub port: u16,
    /// Port for HTTPS, 0 for a free one; `None`: HTTP alone.
    pub tls_port: Option<u16>,
    /// Limits.
    pub limits: Limits,
    /// The client id that it knows.
    pub client_id: String,
    /// Further client ids, with the same secret and limits of their own.
    pub more_clients: Vec<String>,
    /// The secret that goes with them.
    pub client_secret: String,
    /// The organization.
    pub org_id: String,
    /// How long a token is taken.
    pub token_life: Duration,
    /// Users or groups on a page.
    pub page_size: usize,
    /// Every action is answered that much later.
    pub latency: Duration,
    /// `index` and `step` are written as strings.
    pub numbers_as_strings: bool,
    /// `Retry-After` is a date.
    pub retry_after_date: bool,
    /// Empty lists and an empty `update` are refused. Nobody outside Adobe knows whether the
    /// service does; Adobe's own clients send both.
    pub strict_empty: bool,
    /// A `usergroup` command takes ten memberships in all, not ten in each of its steps. The
    /// documentation can be read both ways.
    pub narrow_groups: bool,
    /// Troubles that come by chance.
    pub troubles: Mix,
    /// Decides over them.
    pub seed: u64,
    /// Calls are written there, a JSON line each.
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
