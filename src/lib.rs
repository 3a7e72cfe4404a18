//! umbulk carries out a spreadsheet of user changes through Adobe's User Management API (UMAPI) and says, for every row, what came of it.
//!
//! Data flows one way, and the modules stand in that order:
//!
//! | module | takes | gives |
//! |---|---|---|
//! | [`table`] | bytes of a file | rows, and rows back to bytes |
//! | [`change`] | a row | a [`change::Change`], or every problem of the row |
//! | [`plan`] | changes | commands, in order, each step knowing its rows |
//! | [`umapi`] | commands | the server's answers, within its limits |
//! | [`run`] | a plan and a client | an outcome for every row |
//! | [`report`] | outcomes | the results file, the failed rows, the summary |
//! | [`sandbox`] | nothing | an organization on loopback, for rehearsals and tests |
//!
//! [`cli`] puts them together for the `umbulk` binary.

pub mod change;
pub mod cli;
pub mod plan;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod table;
pub mod umapi;
