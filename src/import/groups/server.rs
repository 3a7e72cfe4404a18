//! The server, as far as groups are asked about and created there.

use crate::import::config::ConnectConfig;
use crate::import::connection::{Connection, state_dir};
use crate::import::lists::clock;
use crate::snapshot::SnapshotStore;
use crate::umapi::ListQuery;
use jiff::Timestamp;
use tokio::runtime::Runtime;

/// Whom a check may ask.
pub(crate) struct GroupServer<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) runtime: &'a Runtime,
    pub(crate) connect: &'a ConnectConfig,
    pub(crate) concurrency: usize,
}

/// May the list of groups be asked for now? Else why not.
pub(crate) fn may_list(server: &GroupServer<'_>) -> Result<(), String> {
    may_fetch(&server.connection.organization, &server.connection.host)
}

pub(super) fn may_fetch(organization: &str, host: &str) -> Result<(), String> {
    let state = state_dir()
        .ok_or_else(|| "there is no folder to store the list of groups in".to_owned())?;
    let store = SnapshotStore::open(&state, organization, host);
    match store.asked_lately(&ListQuery::Groups, Timestamp::now()) {
        None => Ok(()),
        Some((asked, until)) => Err(format!(
            "the list of groups was fetched at {}, and Adobe allows the next fetch from {} on",
            clock(asked),
            clock(until)
        )),
    }
}
