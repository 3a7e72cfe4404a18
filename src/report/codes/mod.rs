//! What the codes of rows mean, in plain words: what happened, the usual cause, the cure, an
//! example.
//!
//! The words are in the tables beside this file: `own.toml` and `adobe.toml` have one entry a code,
//! `fields.toml` and `reasons.toml` make up the codes `invalid.FIELD.REASON`. Pure.

mod book;
mod explanation;
mod invalid;
mod nearest;

pub(crate) use book::{explain, explain_family, explain_in_short, sections};
pub(crate) use explanation::{CodeSection, Explanation};
pub(crate) use nearest::nearest;
