//! The options of `umbulk sandbox`.

use super::number::{number, number_in};
use super::value::seconds;
use super::value_error::ValueError;
use crate::sandbox::{Identity, Limit, RandomFault};
use crate::umapi::Rate;
use clap::{Args, ValueEnum};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

/// The arguments of `umbulk sandbox`.
#[derive(Debug, Args, Clone)]
pub(crate) struct SandboxArgs {
    /// Loopback address to listen on
    #[arg(long, default_value = "127.0.0.1", value_parser = host)]
    pub(crate) host: IpAddr,
    /// Port for HTTP; 0 takes a free one
    #[arg(long, default_value = "0", value_parser = number_in(0..=65535_u16))]
    pub(crate) port: u16,
    /// Port for HTTPS; 0 takes a free one
    #[arg(long, default_value = "0", value_parser = number_in(0..=65535_u16))]
    pub(crate) tls_port: u16,
    /// Write the certificate to trust to this file (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca_out: Option<PathBuf>,
    /// Write a file with the variables that connect umbulk and umapi-cli to this sandbox, and the
    /// token for /sandbox/ calls. The certificate goes to FILE.pem, or to the file of --tls-ca-out
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
    /// Number of organizations, each with the people, the limits and the faults of the other
    /// options. Number 2 has the client id sandbox-2 and the id 00000000000000000002AAAA@AdobeOrg,
    /// and so on
    #[arg(long, value_name = "N", default_value = "1", conflicts_with = "state",
        value_parser = number_in(1..=100_000_u32))]
    pub(crate) orgs: u32,
    /// Number of made-up users
    #[arg(long, value_name = "N", default_value = "0", value_parser = number::<usize>)]
    pub(crate) users: usize,
    /// Number of made-up user groups [default: 24 with --users, else 0]
    #[arg(long, value_name = "M", value_parser = number::<usize>)]
    pub(crate) groups: Option<usize>,
    /// Seed of the random numbers: the same seed gives the same people and the same faults
    #[arg(long, value_name = "SEED", default_value = "1", value_parser = number::<u64>)]
    pub(crate) random_seed: u64,
    /// Users and groups from a CSV file of any dialect; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) seed: Vec<PathBuf>,
    /// Keep the state in this file (JSON Lines): read at the start if it exists, written at the end
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Action requests for each client
    #[arg(long, value_name = "N/TIME", default_value = "10/60s", value_parser = limit)]
    pub(crate) limit_action: Limited,
    /// Reads of users for each client
    #[arg(long, value_name = "N/TIME", default_value = "25/60s", value_parser = limit)]
    pub(crate) limit_users: Limited,
    /// Reads of groups for each client
    #[arg(long, value_name = "N/TIME", default_value = "5/60s", value_parser = limit)]
    pub(crate) limit_groups: Limited,
    /// Calls of all clients together
    #[arg(long, value_name = "N/TIME", default_value = "100/60s", value_parser = limit)]
    pub(crate) limit_global: Limited,
    /// First pages of full lists for each client; a client that asks more often is blocked for long
    #[arg(long, value_name = "N/TIME", default_value = "1/7200s", value_parser = limit)]
    pub(crate) page0: Limited,
    /// No limits at all; the env file then sets UMBULK_RATE=off
    #[arg(long)]
    pub(crate) no_throttle: bool,
    /// Retry-After in seconds, or as a date
    #[arg(long, value_enum, default_value = "seconds")]
    pub(crate) retry_after: RetryAfterArg,
    /// A fault and its probability: 429, 500, 502, 503, 504, refuse, cut-before, cut-after,
    /// hang, slow, garbage, truncated, html, token, external, internal, company, migrating, late;
    /// may be repeated
    #[arg(long, value_name = "NAME=P", value_parser = trouble)]
    pub(crate) fault: Vec<(RandomFault, f64)>,
    /// Refuse empty lists and empty updates: Adobe's documentation calls them errors, though
    /// Adobe's own clients send them
    #[arg(long)]
    pub(crate) strict_empty: bool,
    /// Allow ten memberships in a whole usergroup command, not ten in each of its steps
    #[arg(long)]
    pub(crate) narrow_groups: bool,
    /// When a Federated ID is created whose email belongs to an Adobe ID: report success, create no
    /// account, and apply memberships to the Adobe ID
    #[arg(long)]
    pub(crate) shadow_adobe_ids: bool,
    /// A domain of the organization, with users of one type (federated, or DOMAIN=enterprise);
    /// users of other domains are then refused; may be repeated
    #[arg(long, value_name = "DOMAIN", value_parser = claimed)]
    pub(crate) claimed_domain: Vec<(String, Identity)>,
    /// A domain of another organization that this one may use; may be repeated
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) trusted_domain: Vec<String>,
    /// Number of technical accounts: counted in listings, but not listed
    #[arg(long, value_name = "N", default_value = "0", value_parser = number::<usize>)]
    pub(crate) technical_accounts: usize,
    /// Further clients with the same secret, each with limits of its own; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Vec<String>,
    /// Users or groups on a page
    #[arg(long, value_name = "N", default_value = "2000", value_parser = page_size)]
    pub(crate) page_size: u16,
    /// Seconds for which a token is valid
    #[arg(long, value_name = "SECONDS", default_value = "86400", value_parser = seconds)]
    pub(crate) token_life: Duration,
    /// Delay of each action response, in milliseconds
    #[arg(long, value_name = "MS", default_value = "0", value_parser = number::<u64>)]
    pub(crate) latency: u64,
    /// Write every call to this file, one JSON object per line
    #[arg(long, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,
}

/// How `Retry-After` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RetryAfterArg {
    Seconds,
    Date,
}

/// A limit of the sandbox, or `off`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limited(pub(crate) Option<Limit>);

fn limit(text: &str) -> Result<Limited, ValueError> {
    if text == "off" {
        return Ok(Limited(None));
    }
    let Rate { requests, window } =
        text.parse::<Rate>().map_err(|error| ValueError::from(error.to_string()))?;
    Ok(Limited(Some(Limit { requests, window })))
}

fn host(text: &str) -> Result<IpAddr, ValueError> {
    let address: IpAddr =
        if text == "localhost" { Ok(Ipv4Addr::LOCALHOST.into()) } else { text.parse() }.map_err(
            |_| format!("`{text}` is not an address: the sandbox answers on 127.0.0.1 or ::1"),
        )?;
    if address.is_loopback() {
        return Ok(address);
    }
    Err(format!(
        "{address} is not on loopback: the sandbox has no secrets to check, so it is never open \
         to other computers. Use 127.0.0.1 or ::1"
    )
    .into())
}

fn trouble(text: &str) -> Result<(RandomFault, f64), ValueError> {
    let (name, chance) =
        text.split_once('=').ok_or_else(|| format!("`{text}`: write NAME=P, e.g. 429=0.1"))?;
    let chance = chance.parse().ok().filter(|chance| (0.0..=1.0).contains(chance));
    Ok((
        name.parse::<RandomFault>().map_err(|error| ValueError::from(error.to_string()))?,
        chance.ok_or_else(|| format!("`{text}`: the probability must be between 0 and 1"))?,
    ))
}

fn claimed(text: &str) -> Result<(String, Identity), ValueError> {
    let (domain, identity) = text.split_once('=').unwrap_or((text, "federated"));
    Ok((
        domain.to_owned(),
        identity.parse::<Identity>().map_err(|error| ValueError::from(error.to_string()))?,
    ))
}

fn page_size(text: &str) -> Result<u16, ValueError> {
    text.parse()
        .ok()
        .filter(|size| (1..=2000).contains(size))
        .ok_or_else(|| format!("`{text}`: a page holds 1 to 2000 entries").into())
}
