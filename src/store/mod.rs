//! The shared store: runs, their journals and the quota of each client id in PostgreSQL, for
//! workers on several computers.
//!
//! Leases, order and durability are those of the database. All times are those of its clock: the
//! clocks of two computers are never compared.

mod address;
mod answer;
mod chunks;
mod database;
mod error;
mod lease_keeper;
#[cfg(test)]
mod memory_runs;
mod migrations;
mod password_file;
mod postgres_lists;
mod postgres_runs;
mod quota;
mod run;
mod run_store;
mod tls;

#[cfg(test)]
#[path = "../../tests/it/postgres.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod server;
#[cfg(test)]
mod tests;

pub(crate) use address::{PasswordPlaces, StoreAddress};
pub(crate) use database::Database;
pub(crate) use error::StoreError;
pub(crate) use lease_keeper::LeaseKeeper;
pub(crate) use postgres_lists::{PostgresLists, StoredList};
pub(crate) use postgres_runs::PostgresRuns;
pub(crate) use quota::PostgresQuota;
pub(crate) use run::{
    Claim, Lease, LeaseEnd, NewRun, ReplacedRun, RunFile, RunPlace, RunState, SeenRuns, StateCount,
    StoredRun,
};
pub(crate) use run_store::{Begun, RunStore, Submitted};
