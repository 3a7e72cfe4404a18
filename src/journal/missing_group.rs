//! A group that a run has found missing.

/// A group that does not exist: the server refused it as not found, or its row could not create or
/// rename it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingGroup {
    /// The name that was sent.
    pub name: String,
    /// The server's code.
    pub code: String,
    /// The row that found it, from 0.
    pub row: u32,
    /// The file of that row, if it is another file of the command.
    pub file: Option<String>,
}

impl MissingGroup {
    /// Describes the row: `row 7`, `row 7 of staff.csv`.
    pub(crate) fn place(&self) -> String {
        let row = u64::from(self.row) + 1;
        self.file
            .as_ref()
            .map_or_else(|| format!("row {row}"), |file| format!("row {row} of {file}"))
    }
}
