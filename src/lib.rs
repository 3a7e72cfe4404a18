//! umbulk carries out a spreadsheet of user changes through Adobe's User Management API (UMAPI) and says, for every row, what came of it.
//!
//! Data flows one way, and the modules stand in that order:
//!
//! | module | takes | gives |
//! |---|---|---|
//! | [`visible`] | text from elsewhere | the same, as a terminal may show it |
//! | [`number`] | numbers | the same with their nouns, as people read them |
//! | [`table`] | bytes of a file | rows, and rows back to bytes |
//! | [`change`] | a row | a [`change::Change`], or every problem of the row |
//! | [`plan`] | changes | commands, in order, each step knowing its rows |
//! | [`umapi`] | commands | the server's answers, within its limits |
//! | [`run`] | a plan and a client | an outcome for every row, and a journal to go on from |
//! | [`report`] | outcomes | the results file, the failed rows, the summary |
//! | [`organization`] | pages of lists, exported files | who is in an organization, and what is left of a change there |
//! | [`export`] | pages of lists | rows, written to a file, and a stored list |
//! | [`disk`] | bytes | files for their owner alone, whole or not at all |
//! | [`sandbox`] | nothing | an organization on loopback, for rehearsals and tests |
//!
//! [`cli`] puts them together for the `umbulk` binary. The same from a program, against an organization on loopback:
//!
//! ```
//! use umbulk::change::Rules;
//! use umbulk::run::{Ended, Ledger, MaxErrors, Policy, Protected, Reading, Run, Snapshot, Status, Watcher, survey};
//! use umbulk::sandbox::{Directory, Options, Sandbox};
//! use umbulk::table::{ReadOptions, Table};
//! use umbulk::umapi::{self, Client, Credentials, Endpoints, Rates};
//! use std::{io, time::Duration};
//!
//! /// Somebody who looks on and writes nothing down.
//! struct Nobody;
//! impl Watcher for Nobody {
//!     fn settled(&mut self, _: &mut Ledger) -> io::Result<()> { Ok(()) }
//!     fn tick(&mut self, _: &Snapshot) {}
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("staff.csv");
//! std::fs::write(&file, "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n")?;
//!
//! // A table, what its rows mean, and the plan.
//! let table = Table::open(&file, &ReadOptions::new(folder.path()))?;
//! let (rules, protected) = (Rules::new(table.dialect()), Protected::default());
//! let reading = Reading::new(&table, &rules, &protected);
//! let surveyed = survey(&reading)?;
//! assert_eq!(surveyed.plan.commands(), 1);
//!
//! // A client.
//! let options = Options::default();
//! let sandbox = Sandbox::start(options.clone(), Directory::default())?;
//! let credentials =
//!     Credentials { client_id: options.client_id, client_secret: options.client_secret.into(), org_id: options.org_id };
//! let endpoints = Endpoints::resolve(Some(&sandbox.auth_host()), None, Some(&sandbox.url()))?;
//! let client = Client::new(credentials, endpoints, &umapi::Options {
//!     timeout: Duration::from_secs(180),
//!     rates: Rates::default(),
//!     max_wait: Duration::from_secs(7200),
//!     max_attempts: 6,
//!     retry_wait: Duration::from_secs(2),
//!     ca_file: None,
//!     state_dir: None,
//!     user_agent: "example/1".to_owned(),
//! })?;
//!
//! // The run.
//! let policy = Policy {
//!     check_groups: true,
//!     concurrency: 4,
//!     max_attempts: 6,
//!     retry_wait: Duration::from_secs(2),
//!     max_errors: MaxErrors::InARow(200),
//!     test_mode: false,
//!     verify_deletes: false,
//!     timeout: Duration::from_secs(180),
//!     effect_window: Duration::from_secs(180),
//!     run_id: "example".to_owned(),
//! };
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! let run = Run::new(reading, &surveyed.plan, client, policy, Nobody);
//! let (ended, mut ledger, _) = runtime.block_on(run.finish(std::future::pending));
//! assert_eq!(ended, Ended::Finished);
//! assert_eq!(ledger.take(0).map(|outcome| outcome.status), Some(Status::Ok));
//! assert!(sandbox.directory().user("ann@example.com").is_some());
//! # Ok(())
//! # }
//! ```

pub mod change;
pub mod cli;
mod clock;
pub mod disk;
pub mod export;
pub mod number;
pub mod organization;
pub mod plan;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod table;
pub mod umapi;
pub mod visible;
