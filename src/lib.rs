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
//! ARCHITECTURE.md has the map of the modules inside.

#![cfg_attr(test, allow(clippy::too_many_lines, reason = "a test tells its whole story"))]

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
mod store;
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
    pub use crate::journal::{AppendError, Journal, RunIdentity, RunInfo, SharedJournal};
    pub use crate::plan::{Estimate, commands};
    pub use crate::reconcile::Baseline;
    pub use crate::report::Checks;
    pub use crate::snapshot::{Snapshot, SnapshotHeader, SnapshotWriter, read_table};
    pub use crate::table::{
        Cells, CopiedCells, Field, InputDialect, MapFile, ReadOptions, RowBuffer, RowWriter, Table,
        ValueMapping,
    };
    pub use crate::umapi::wire::{ActionResponse, MAX_STEPS, WireCommand};
    pub use crate::umapi::{ListPage, ListQuery, retry};
}
