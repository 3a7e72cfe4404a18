//! umbulk carries out a spreadsheet of user changes through Adobe's User Management API (UMAPI) and
//! says, for every row, what came of it.
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
//! | [`organization`] | what lists tell | who is in an organization, found by any name |
//! | [`snapshot`] | pages of lists, exported files | stored lists, and an organization from them |
//! | [`reconcile`] | changes, and an organization | what is left of a change there, conflicts, missing users |
//! | [`inspect`] | lists | what is used, how two lists differ, the rows between them |
//! | [`journal`] | what was sent, and what came of it | the same on disk, to go on from |
//! | [`execute`] | a plan and a client | an outcome for every row, and a journal to go on from |
//! | [`report`] | outcomes | the results file, the failed rows, the summary |
//! | [`export`] | pages of lists | rows, written to a file, and a stored list |
//! | [`fs`] | bytes | files for their owner alone, whole or not at all |
//! | [`sandbox`] | nothing | an organization on loopback, for rehearsals and tests |
//!
//! [`cli`] puts them together for the `umbulk` binary. The same from a program, against an
//! organization on loopback:
//!
//! ```
//! use umbulk::change::Rules;
//! use umbulk::execute::{Ended, Outcomes, MaxErrors, Policy, Protected, InputRows, Executor, RunProgress, OutcomeStatus, Reporter, scan};
//! use umbulk::sandbox::{Directory, Sandbox, SandboxOptions};
//! use umbulk::table::{ReadOptions, Table};
//! use umbulk::umapi::{self, Client, Credentials, Endpoints, Rates};
//! use std::{io, time::Duration};
//!
//! /// Somebody who looks on and writes nothing down.
//! struct Nobody;
//! impl Reporter for Nobody {
//!     fn on_outcomes(&mut self, _: &mut Outcomes) -> io::Result<()> { Ok(()) }
//!     fn on_progress(&mut self, _: &RunProgress) {}
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
//! let input_rows = InputRows::new(&table, &rules, &protected);
//! let scanned = scan(&input_rows)?;
//! assert_eq!(scanned.plan.commands(), 1);
//!
//! // A client.
//! let options = SandboxOptions::default();
//! let sandbox = Sandbox::start(options.clone(), Directory::default())?;
//! let credentials =
//!     Credentials { client_id: options.client_id, client_secret: options.client_secret.into(), org_id: options.org_id };
//! let endpoints = Endpoints::resolve(Some(&sandbox.auth_host()), None, Some(&sandbox.url()))?;
//! let client = Client::new(credentials, endpoints, &umapi::ClientOptions {
//!     timeout: Duration::from_secs(180),
//!     rates: Rates::default(),
//!     max_wait: Duration::from_secs(7200),
//!     max_attempts: 6,
//!     retry_wait: Duration::from_secs(2),
//!     trusted: umapi::TrustedCertificates::default(),
//!     shared_quota: None,
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
//! let run = Executor::new(input_rows, &scanned.plan, client, policy, Nobody);
//! let (ended, mut outcomes, _) = runtime.block_on(run.finish(std::future::pending));
//! assert_eq!(ended, Ended::Finished);
//! assert_eq!(outcomes.take(0).map(|outcome| outcome.status), Some(OutcomeStatus::Ok));
//! assert!(sandbox.directory().user("ann@example.com").is_some());
//! # Ok(())
//! # }
//! ```

pub mod change;
pub mod cli;
mod clock;
mod duration;
pub mod execute;
pub mod export;
pub mod fs;
mod import;
pub mod inspect;
pub mod journal;
pub mod number;
pub mod organization;
pub mod plan;
pub mod reconcile;
pub mod report;
pub mod sandbox;
mod shell;
pub mod snapshot;
pub mod table;
pub mod umapi;
pub mod visible;
