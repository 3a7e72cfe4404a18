//! The columns that umbulk adds to the input's own.

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
/// Why a row outside `--rows` was not sent.
pub(super) const NOT_ASKED_FOR: &str = "skipped by --rows";
