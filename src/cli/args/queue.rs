//! The options of the command that carries out queued runs.

use super::number::number_in;
use super::runs::StoreArgs;
use super::value::listened;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The arguments of `umbulk worker`.
#[derive(Debug, Args, Clone)]
pub(crate) struct WorkerArgs {
    /// Carry out the runs of these profiles of your configuration [default: all of them; without
    /// any, the credentials that apply here]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', help_heading = "Connection")]
    pub(crate) profiles: Vec<String>,
    /// Carry out the runs of the organization of this file of NAME=value lines
    #[arg(long, value_name = "FILE", help_heading = "Connection", conflicts_with = "profiles")]
    pub(crate) env_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Runs at once, of as many organizations
    #[arg(long, value_name = "N", default_value = "4", value_parser = number_in(1..=500_u16))]
    pub(crate) concurrency: u16,
    /// End when no run is left that can be carried out now
    #[arg(long)]
    pub(crate) once: bool,
    /// Answer /healthz and /metrics (Prometheus) there; a port alone is on loopback [default:
    /// nowhere]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = listened)]
    pub(crate) listen: Option<SocketAddr>,
}
