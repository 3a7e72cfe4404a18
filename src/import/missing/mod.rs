//! `import --missing`: what happens, after all rows, to people who are in the organization and in
//! no row.
//!
//! Who is missing is known from the list before anything is sent, and so is whether too many are.
//! Anyone who is to leave stands in `NAME.missing.csv`, which is carried out like any other file
//! once every row is ok or unchanged: with a journal and results of its own.

mod carry_out;
mod config;
mod decision;
mod error;
mod file;
mod guard;
mod history;
#[cfg(test)]
mod imports;
mod list;
mod run_record;
mod unfinished;
mod words;

pub(crate) use config::{check_config, file, outputs};
pub(crate) use decision::decide;
pub(crate) use error::{MissingError, MissingRefusal, UnfinishedProblem};
pub(crate) use guard::{CappedBy, MissingExcess, TooMany, allowed_words};
pub(crate) use list::{MissingList, load_list, perhaps_meant_by};
