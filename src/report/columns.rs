//! The columns that umbulk adds to the input's own.

use super::codes::explain_in_short;

/// Columns that the results file adds to the input's own.
pub(super) const COLUMNS: [&str; 9] = [
    "umbulk_row",
    "umbulk_line",
    "umbulk_status",
    "umbulk_code",
    "umbulk_message",
    "umbulk_attempts",
    "umbulk_request_id",
    "umbulk_finished_at",
    "umbulk_effect",
];
/// The same, with explanations.
const EXPLAINED: [&str; 10] = [
    "umbulk_row",
    "umbulk_line",
    "umbulk_status",
    "umbulk_code",
    "umbulk_message",
    "umbulk_explanation",
    "umbulk_attempts",
    "umbulk_request_id",
    "umbulk_finished_at",
    "umbulk_effect",
];
/// Columns that the file of rows to fix adds.
const TO_FIX: [&str; 2] = ["umbulk_code", "umbulk_message"];
/// The same, with explanations.
const TO_FIX_EXPLAINED: [&str; 3] = ["umbulk_code", "umbulk_message", "umbulk_explanation"];

/// Why a row outside `--rows` was not sent.
pub(super) const NOT_ASKED_FOR: &str = "skipped by --rows";

/// Whether results explain the codes of their rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ResultColumns {
    /// Codes and messages alone.
    #[default]
    Usual,
    /// With a column of explanations after the message.
    Explained,
}

impl ResultColumns {
    /// Both kinds of results.
    pub(super) const ALL: [Self; 2] = [Self::Usual, Self::Explained];

    /// Returns the columns that the results file adds.
    pub(super) fn of_results(self) -> &'static [&'static str] {
        match self {
            Self::Usual => &COLUMNS,
            Self::Explained => &EXPLAINED,
        }
    }

    /// Returns the columns that the file of rows to fix adds.
    pub(super) fn of_rows_to_fix(self) -> &'static [&'static str] {
        match self {
            Self::Usual => &TO_FIX,
            Self::Explained => &TO_FIX_EXPLAINED,
        }
    }

    /// Returns the number of columns that results add.
    pub(crate) fn added(self) -> usize {
        self.of_results().len()
    }

    /// Returns the explanation of a code, empty if there is none; `None` without such a column.
    pub(super) fn explanation(self, code: &str) -> Option<String> {
        (self == Self::Explained).then(|| explain_in_short(code).unwrap_or_default())
    }
}
