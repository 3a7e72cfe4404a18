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
    /// The number of organizations. The first one has the client ids and the id that stand here;
    /// number 2 has the client `sandbox-2` and the id `00000000000000000002AAAA@AdobeOrg`, and so
    /// on. All have the same secret, and limits, tokens, people and a log of their own.
    pub organizations: u32,
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
            organizations: 1,
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

impl SandboxOptions {
    /// Returns the client ids that the organization accepts.
    pub(super) fn clients(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.client_id).chain(&self.more_clients).map(String::as_str)
    }

    /// Returns the options of a further organization.
    pub(super) fn of_organization(&self, number: u32) -> Self {
        Self {
            client_id: format!("{}-{number}", self.client_id),
            more_clients: Vec::new(),
            org_id: format!("{number:020}AAAA@AdobeOrg"),
            seed: self.seed.wrapping_add(u64::from(number)),
            ..self.clone()
        }
    }
}
