//! A file of rows with their outcomes: CSV, or a workbook.

use crate::fs::{Earlier, KeptFile, keep_dated, output_file, rotate, write_atomic};
use crate::table::{
    Block, CopiedCells, RowWriter, SheetLayout, Table, WorkbookWriter, growing_file, is_workbook,
};
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The results were deleted while a run wrote them.
#[derive(Debug, thiserror::Error)]
#[error("{} was deleted during the run", .0.display())]
pub(crate) struct DeletedResults(pub(crate) PathBuf);

impl From<DeletedResults> for io::Error {
    fn from(error: DeletedResults) -> Self {
        Self::new(io::ErrorKind::NotFound, error)
    }
}

impl DeletedResults {
    /// Whether an error says that results were deleted.
    pub(crate) fn is_cause_of(error: &io::Error) -> bool {
        error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Self>)
    }
}

/// The workbook of all rows.
pub(super) const RESULTS: SheetLayout = SheetLayout {
    name: "Results",
    status: "umbulk_status",
    sentences: &["umbulk_message", "umbulk_explanation"],
};
/// The workbook of the rows to fix.
pub(super) const ROWS_TO_FIX: SheetLayout = SheetLayout { name: "Rows to fix", ..RESULTS };
/// The workbook of checked rows.
pub(super) const CHECKED: SheetLayout = SheetLayout { name: "Checked rows", ..RESULTS };

/// A file of rows that is being written. A workbook is written when it is complete; until then, its
/// rows are in a CSV file beside it.
pub(super) struct ResultsFile {
    rows: RowWriter<File>,
    /// `None` for a text file.
    workbook: Option<PlannedWorkbook>,
}

/// A workbook that is not written yet.
struct PlannedWorkbook {
    path: PathBuf,
    layout: SheetLayout,
    /// The delimiter of the CSV file.
    delimiter: u8,
    /// When the file that it replaces was written; `None` if there is none.
    replaced: Option<SystemTime>,
}

/// What happens to the CSV file when the workbook is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GrowingFile {
    /// It stays, because some rows have no outcome yet. An import without its journal sees that.
    Kept,
    /// It is removed.
    Removed,
}

impl ResultsFile {
    /// Creates the file, which only its owner can read, with its header.
    ///
    /// # Errors
    /// When it cannot be created.
    pub(super) fn create(
        path: &Path,
        earlier: Earlier,
        table: &Table,
        columns: &[&str],
        layout: SheetLayout,
    ) -> io::Result<Self> {
        let growing = growing_file(path);
        if is_workbook(path) && earlier == Earlier::PutAside {
            rotate(path)?;
        }
        let workbook = is_workbook(path).then(|| PlannedWorkbook {
            path: path.to_owned(),
            layout,
            delimiter: table.delimiter(),
            replaced: written_at(path),
        });
        let named = crate::fs::named(&growing);
        let file = output_file(&growing, earlier)?;
        let rows = RowWriter::new(file, table, columns, copied_cells(path)).map_err(named)?;
        Ok(Self { rows, workbook })
    }

    /// Writes a row of the table and its added cells.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write_row(
        &mut self,
        block: &Block,
        index: usize,
        added: &[&str],
    ) -> io::Result<()> {
        self.rows.write_row(block, index, added)
    }

    /// Writes a row of the table that the user is to fix, and its added cells.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write_row_to_fix(
        &mut self,
        block: &Block,
        index: usize,
        added: &[&str],
    ) -> io::Result<()> {
        self.rows.write_row_to_fix(block, index, added)
    }

    /// Writes rows that were copied with [`copied_cells`].
    ///
    /// # Errors
    /// When they cannot be written.
    pub(super) fn write_copied(&mut self, rows: &[u8]) -> io::Result<()> {
        self.rows.write_copied(rows)
    }

    /// Writes the buffered rows.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.rows.flush()
    }

    /// Completes the file. A workbook gets its name only when it is complete.
    ///
    /// # Errors
    /// When it cannot be written. Its rows are then still in the CSV file.
    pub(super) fn end(&mut self, growing: GrowingFile) -> io::Result<()> {
        self.flush()?;
        let Some(workbook) = &self.workbook else { return Ok(()) };
        let csv = growing_file(&workbook.path);
        workbook.write(&csv).map_err(|error| match csv.exists() {
            true => {
                let words = format!("{error}. The rows are in {}", csv.display());
                io::Error::new(error.kind(), words)
            }
            false => DeletedResults(csv.clone()).into(),
        })?;
        match growing {
            GrowingFile::Kept => Ok(()),
            GrowingFile::Removed => std::fs::remove_file(&csv),
        }
    }
}

impl PlannedWorkbook {
    /// Writes the workbook from the rows in the CSV file.
    fn write(&self, csv: &Path) -> io::Result<()> {
        let rows = BufReader::new(File::open(csv).map_err(crate::fs::named(csv))?);
        // Somebody may have put a file there meanwhile.
        if written_at(&self.path) != self.replaced {
            rotate(&self.path)?;
        }
        write_atomic(&self.path, |to| {
            let mut workbook = WorkbookWriter::new(to, &self.path, self.layout)?;
            workbook.rows_of_csv(rows, self.delimiter)?;
            workbook.end().map(drop)
        })
    }
}

/// The workbook of an earlier part of this run, which stays until this part is complete.
#[derive(Debug)]
pub(super) struct EarlierWorkbook {
    pub(super) path: PathBuf,
    written_at: SystemTime,
}

impl EarlierWorkbook {
    /// Returns the workbook as it is now; `None` if there is none.
    pub(super) fn at(path: &Path) -> Option<Self> {
        Some(Self { path: path.to_owned(), written_at: written_at(path)? })
    }

    /// Removes the workbook. If somebody has edited it meanwhile, renames it with its date instead
    /// and returns both names.
    ///
    /// # Errors
    /// When it can be neither removed nor renamed.
    pub(super) fn remove(self, copies: &Path) -> io::Result<Option<KeptFile>> {
        match written_at(&self.path) {
            None => Ok(None),
            Some(at) if at == self.written_at => std::fs::remove_file(&self.path).map(|()| None),
            Some(_) => keep_dated(copies, &self.path),
        }
    }
}

/// Gives the files of a run that has stopped one time, by which [`is_untouched`] knows them.
pub(super) fn stamp(results: &Path, failed: Option<&Path>) {
    let now = SystemTime::now();
    let csv = growing_file(results);
    for path in [Some(&*csv), Some(results), failed].into_iter().flatten() {
        // Without that time, the next start keeps the file under its date.
        let _ = File::options().write(true).open(path).and_then(|file| file.set_modified(now));
    }
}

/// Whether nobody has changed a workbook since the stop of the run that has written it to the
/// results or beside them.
pub(super) fn is_untouched(path: &Path, results: &Path) -> bool {
    is_workbook(path)
        && is_workbook(results)
        && written_at(path).is_some_and(|at| written_at(&growing_file(results)) == Some(at))
}

fn written_at(path: &Path) -> Option<SystemTime> {
    std::fs::symlink_metadata(path).and_then(|file| file.modified()).ok()
}

/// Returns how the rows of a file are copied before it is complete.
pub(super) fn copied_cells(path: &Path) -> CopiedCells {
    if is_workbook(path) { CopiedCells::Rewritten } else { CopiedCells::Verbatim }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn workbook_that_was_edited_meanwhile_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.failed.xlsx");
        let copies = folder.path().join("a.umbulk");
        let earlier = || {
            std::fs::write(&path, "rows").unwrap();
            EarlierWorkbook::at(&path).unwrap()
        };
        assert_eq!(earlier().remove(&copies).unwrap(), None);
        assert!(!path.exists());
        let edited = earlier();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(5)).unwrap();
        let kept = edited.remove(&copies).unwrap().unwrap();
        assert_eq!(std::fs::read(kept.is).unwrap(), b"rows");
        let deleted = earlier();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(deleted.remove(&copies).unwrap(), None);
        assert!(EarlierWorkbook::at(&path).is_none());
    }
}
