//! `import --missing`: what happens, after all rows, to people who are in the organization but in
//! no row.
//!
//! The list shows before anything is sent who is missing, and whether too many are. All users who
//! are to leave are written to `NAME.missing.csv`. Once every row is ok or unchanged, that file is
//! carried out like any other, with its own journal and results.

#[cfg(test)]
mod applied;
mod carry_out;
#[cfg(test)]
pub(crate) mod case;
mod config;
mod decision;
mod error;
mod file;
mod guard;
mod history;
#[cfg(test)]
mod imports;
mod list;
mod person;
mod planned;
mod run_record;
mod unfinished;
mod words;

pub(crate) use config::{check_config, file, outputs};
pub(crate) use decision::{MissingDecision, ScannedFile, decide};
pub(crate) use error::{MissingError, MissingRefusal, UnfinishedProblem};
pub(crate) use guard::{CappedBy, MissingExcess, TooMany, allowed_words};
pub(crate) use list::{MissingList, load_list, perhaps_meant_by};
pub(crate) use person::MissingPerson;
pub(crate) use planned::{MissingCaller, PlannedMissing};
