//! The command line as it is typed. Nothing outside `cli` knows these types.

pub(crate) mod command_line;
pub(crate) mod commands;
pub(crate) mod diff;
pub(crate) mod export;
pub(crate) mod help;
pub(crate) mod import;
pub(crate) mod missing;
mod number;
pub(crate) mod queue;
pub(crate) mod runs;
pub(crate) mod sandbox;
pub(crate) mod shared;
pub(crate) mod snapshots;
pub(crate) mod sync;
pub(crate) mod undo;
pub(crate) mod usage;
mod value;
pub(crate) mod value_error;
