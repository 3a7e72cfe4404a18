//! Rows that are not sent because they may mean another user than they say.

use crate::change::RowEffect;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rows that are not sent because they would create a user a second time; by row, from 0.
pub(crate) type HeldRows = BTreeMap<u32, HeldRow>;

/// Why a row is not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRow {
    /// The code in the results file.
    pub code: String,
    /// The message in the results file.
    pub message: String,
    /// The part of the row that is not applied, if that is the reason.
    #[serde(default)]
    pub effect: RowEffect,
    /// Whether it is unknown which user is meant.
    #[serde(default)]
    pub is_unclear: bool,
}

/// The codes of rows that would create a second account.
pub(crate) const SECOND_ACCOUNT: [&str; 2] =
    ["invalid.email.perhaps_renamed", "invalid.email.looks_like"];
/// The code of a row of an exported list in which an id has another address.
pub(crate) const OTHER_ADDRESS: &str = "invalid.email.other_id";

impl HeldRow {
    /// Whether the row is held back because it would create a second account.
    pub fn is_second_account(&self) -> bool {
        SECOND_ACCOUNT.contains(&self.code.as_str())
    }
}
