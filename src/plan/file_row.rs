//! Rows of several files of a command.

/// A row of the file that is sent, or of an earlier file of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileRow {
    /// Row from 0.
    pub row: u32,
    /// The number of the earlier file, from 1; 0 for the file that is sent.
    pub file: u16,
}

impl FileRow {
    /// Creates a row of the file that is sent.
    pub(crate) fn here(row: u32) -> Self {
        Self { row, file: 0 }
    }

    /// Returns the row after its file, which has this number, has become an earlier one.
    pub(crate) fn of_earlier(self, file: u16) -> Self {
        if self.file == 0 { Self { file, ..self } } else { self }
    }
}
