//! A row of an import that is taken back.

/// A row of one of the files that an import has carried out: the place of the file, and the row,
/// from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub(crate) struct DoneRow {
    pub(crate) file: usize,
    pub(crate) row: u64,
}

/// Notes a row among others. It may be there already, because it had failed and was sent again.
pub(super) fn note_row(rows: &mut Vec<DoneRow>, row: DoneRow) {
    if !rows.contains(&row) {
        rows.push(row);
    }
}
