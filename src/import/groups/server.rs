//! The server, as far as groups are concerned.

use super::error::NoFetch;
use crate::import::config::ConnectConfig;
use crate::import::connection::Connection;
use crate::snapshot::SnapshotStore;
use crate::umapi::ListQuery;
use jiff::Timestamp;
use std::path::Path;
use tokio::runtime::Runtime;

/// How a check asks the server about groups.
pub(crate) struct GroupServer<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) runtime: &'a Runtime,
    pub(crate) connect: &'a ConnectConfig,
    pub(crate) concurrency: usize,
}

/// Whether the list of groups may be requested now, or why not.
pub(crate) fn may_list(server: &GroupServer<'_>) -> Result<(), NoFetch> {
    let Connection { organization, host, state, .. } = server.connection;
    may_fetch(state.as_deref(), organization, host)
}

/// Returns why the list of groups may not be fetched now, if it may not.
pub(super) fn may_fetch(
    state: Option<&Path>,
    organization: &str,
    host: &str,
) -> Result<(), NoFetch> {
    let state = state.ok_or(NoFetch::NoFolder)?;
    let store = SnapshotStore::open(state, organization, host);
    match store.asked_lately(&ListQuery::Groups, Timestamp::now()) {
        None => Ok(()),
        Some((asked, until)) => Err(NoFetch::TooSoon { asked, until }),
    }
}
