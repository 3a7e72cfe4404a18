//! umbulk carries out a spreadsheet of user changes through Adobe's User Management API (UMAPI) and
//! says, for every row, what came of it.
//!
//! A program runs an [`Import`] or an [`Export`]; [`sandbox`] is an organization on loopback, for
//! tests and rehearsals:
//!
//! ```
//! use umbulk::sandbox::{Directory, Sandbox, SandboxOptions};
//! use umbulk::{Exit, Import, OutcomeStatus, sandbox_access};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("staff.csv");
//! std::fs::write(&file, "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n")?;
//! let sandbox = Sandbox::start(SandboxOptions::default(), Directory::default())?;
//! let (credentials, endpoints) = sandbox_access(&sandbox)?;
//! let import = Import::builder(credentials).endpoints(endpoints).file(file);
//! let summary = import.state_folder(folder.path()).build().run()?;
//! assert_eq!((summary.exit, summary.rows_with(OutcomeStatus::Ok)), (Exit::Good, 1));
//! assert!(sandbox.directory().user("ann@example.com").is_some());
//! # Ok(())
//! # }
//! ```
//!
//! `examples/` has three more programs: an import with its outcomes, an export, and an import whose
//! questions are answered.
//!
//! Inside, data flows one way, and the folders stand in that order:
//!
//! | module | takes | gives |
//! |---|---|---|
//! | `visible` | text from elsewhere | the same, as a terminal may show it |
//! | `number` | numbers | the same with their nouns, as people read them |
//! | `table` | bytes of a file | rows, and rows back to bytes |
//! | `change` | a row | a change, or every problem of the row |
//! | `plan` | changes | commands, in order, each step knowing its rows |
//! | `umapi` | commands | the server's answers, within its limits |
//! | `organization` | what lists tell | who is in an organization, found by any name |
//! | `snapshot` | pages of lists, exported files | stored lists, and an organization from them |
//! | `reconcile` | changes, and an organization | what is left of a change there, conflicts, missing users |
//! | `inspect` | lists | what is used, how two lists differ, the rows between them |
//! | `journal` | what was sent, and what came of it | the same on disk, to go on from |
//! | `execute` | a plan and a client | an outcome for every row, and a journal to go on from |
//! | `report` | outcomes | the results file, the failed rows, the summary |
//! | `export` | pages of lists | rows, written to a file, and a stored list |
//! | `fs` | bytes | files for their owner alone, whole or not at all |
//! | `sandbox` | nothing | an organization on loopback, for rehearsals and tests |
//! | `import` | files of changes | an outcome for every row: the main job, step by step |
//!
//! `cli` puts them together for the `umbulk` binary.

mod change;
mod cli;
mod clock;
mod duration;
mod execute;
mod export;
mod fs;
mod import;
mod inspect;
mod journal;
mod number;
mod observer;
mod organization;
mod plan;
mod reconcile;
mod report;
pub mod sandbox;
mod shell;
mod snapshot;
mod table;
mod umapi;
mod visible;

pub use execute::OutcomeStatus;
pub use export::{
    AskedLately, Export, ExportBuilder, ExportError, ExportedList, FetchError, JobError,
    LayoutError, ListKind, UnwrittenKind,
};
pub use import::{
    Exit, FileSummary, Import, ImportBuilder, ImportFailure, ImportSummary, Stage, sandbox_access,
};
pub use observer::{Observer, Progress};
pub use snapshot::DraftError;
pub use umapi::{
    ApiError, Credentials, EndpointError, Endpoints, Rate, RateError, Rates, TlsError,
};

/// Runs the `umbulk` binary with the arguments of the process.
#[doc(hidden)]
pub use cli::main;

/// What benches, fuzz targets and the tests of the binary reach into; no part of the public API.
#[doc(hidden)]
pub mod internals {
    pub use crate::change::{Rules, read};
    pub use crate::execute::{InputRows, Protected, conflict_index, scan};
    pub use crate::export::{
        ExportFilter, GroupKinds, OutputDialect, OutputFormat, OutputLayout, RowRenderer,
    };
    pub use crate::journal::{Journal, RunIdentity, RunInfo};
    pub use crate::plan::{Estimate, commands};
    pub use crate::reconcile::Baseline;
    pub use crate::report::Checks;
    pub use crate::snapshot::{Snapshot, SnapshotHeader, SnapshotWriter, read_table};
    pub use crate::table::{Cells, Field, InputDialect, ReadOptions, RowBuffer, RowWriter, Table};
    pub use crate::umapi::wire::{ActionResponse, MAX_STEPS, WireCommand};
    pub use crate::umapi::{ListPage, ListQuery, retry};
}
