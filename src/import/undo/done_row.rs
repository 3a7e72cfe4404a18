//! A row of an import that is taken back.

/// A row of one of the files that an import has carried out: the place of the file, and the row,
/// from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub(crate) struct DoneRow {
    pub(crate) file: usize,
    pub(crate) row: u64,
}
