//! Takes the rows that were corrected in the file of rows to fix over into the imported file.
//!
//! The rows to fix are in the order of the imported file. A row is taken over if it was changed
//! there and not in the imported file; if both were changed differently, nothing is.

use crate::execute::RowRange;
use crate::fs::{copy_dated, is_in_use, read_regular, write_atomic};
use crate::import::config::{EncodingSource, ReadConfig};
use crate::import::error::ImportError;
use crate::import::input_file::{FileAccess, InputFile};
use crate::import::open_row::{FixedRow, LetterCertainty, OpenRow, fixed_rows, open_rows};
use crate::import::reporter::{ImportReporter, Silent};
use crate::import::retry_error::RetryError;
use crate::import::source_text::SourceText;
use crate::import::table_notes::say_warnings;
use crate::journal::RowMarks;
use crate::number::count;
use crate::table::{RowBuffer, Table, mark_of};
use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::path::Path;

/// The file of rows to fix, and the file that they are rows of.
#[derive(Clone, Copy)]
pub(crate) struct RowsToFix<'p> {
    pub(crate) file: &'p Path,
    pub(crate) to_fix: &'p Path,
    /// The folder of the dated copies.
    pub(crate) copies: &'p Path,
}

/// Both files, as they were read.
struct BothFiles {
    input: InputFile,
    /// The file of rows to fix.
    source: InputFile,
    fixed: Vec<FixedRow>,
}

/// The rows that are to be fixed.
#[derive(Clone, Copy)]
pub(crate) struct InputRowsToFix<'r> {
    pub(crate) rows: &'r RowRange,
    /// The marks of these rows as they were when they failed, in order.
    pub(crate) then: &'r [u32],
    /// The marks of all rows as they were when the last start began.
    pub(crate) marks: &'r RowMarks,
    /// Whether a retry was interrupted, which may have written the rows that it found to be wrong.
    pub(crate) is_interrupted: bool,
}

impl RowsToFix<'_> {
    /// Takes the corrected rows over. The file as it was is kept with its date.
    ///
    /// # Errors
    /// When it is not certain which rows they are, or the file cannot be written.
    pub(crate) fn take_over(
        self,
        read: &ReadConfig,
        failed: InputRowsToFix<'_>,
        reporter: &dyn ImportReporter,
    ) -> Result<(), ImportError> {
        let spool = tempfile::tempdir()?;
        let Some(BothFiles { input, source, fixed }) = self.open(read, &failed, spool.path())?
        else {
            return Ok(());
        };
        let named = self.to_fix.display().to_string();
        let open = open_rows(&input.table, failed.rows, (failed.then, failed.marks))?;
        let Some(open) = self.matching(open, &fixed, &failed)? else { return Ok(()) };
        let taken = self.corrected(&open, &fixed)?;
        if taken.is_empty() {
            return Ok(());
        }
        let certainty = LetterCertainty::of(&source.table);
        if let Some((row, _)) = taken.iter().find(|(row, cells)| row.is_doubtful(cells, certainty))
        {
            return Err(RetryError::GuessedLetters(named, row.line).into());
        }
        say_warnings(&source.table, reporter);
        self.write(&input.table, &taken, reporter)
    }

    /// Whether rows were corrected in the rows to fix.
    ///
    /// # Errors
    /// When it is not certain which rows they are.
    pub(crate) fn has_corrections(
        self,
        read: &ReadConfig,
        failed: InputRowsToFix<'_>,
    ) -> Result<bool, ImportError> {
        let spool = tempfile::tempdir()?;
        let Some(BothFiles { input, fixed, .. }) = self.open(read, &failed, spool.path())? else {
            return Ok(false);
        };
        let open = open_rows(&input.table, failed.rows, (failed.then, failed.marks))?;
        let known: HashSet<u32> = open.iter().flat_map(|row| row.bases).collect();
        Ok(fixed.iter().any(|row| !row.is_abbreviated() && !known.contains(&row.mark())))
    }

    /// Opens both files, with private copies in a folder; `None` if there are no rows to fix, or if
    /// the imported file is not that of the last import, which is said when it is imported.
    fn open(
        self,
        read: &ReadConfig,
        failed: &InputRowsToFix<'_>,
        copies: &Path,
    ) -> Result<Option<BothFiles>, ImportError> {
        let Self { file, to_fix, .. } = self;
        if !to_fix.is_file() {
            return Ok(None);
        }
        let open = |path: &Path, read: &ReadConfig| {
            InputFile::open_list(path, read, FileAccess::PrivateCopy(copies), &Silent)
        };
        let Ok(input) = open(file, read) else { return Ok(None) };
        if !has_same_other_rows(&input.table, failed)? {
            return Ok(None);
        }
        let of_rows_to_fix = ReadConfig {
            header_row: None,
            sheet: None,
            rows: None,
            encoding: EncodingSource::Detected,
            ..read.clone()
        };
        let named = to_fix.display().to_string();
        let source = open(to_fix, &of_rows_to_fix)
            .map_err(|error| RetryError::RowsToFixUnread(named.clone(), error.to_string()))?;
        let fixed = fixed_rows(&source.table, input.table.header())?
            .ok_or(RetryError::OtherRowsToFix(named))?;
        Ok(Some(BothFiles { input, source, fixed }))
    }

    /// Returns the open rows that the rows to fix are about, one for each; `None` if no row was
    /// corrected there.
    fn matching(
        &self,
        mut open: Vec<OpenRow>,
        fixed: &[FixedRow],
        failed: &InputRowsToFix<'_>,
    ) -> Result<Option<Vec<OpenRow>>, RetryError> {
        let named = || self.to_fix.display().to_string();
        let then = open.len();
        if fixed.len() != then && failed.is_interrupted {
            let wrong = RowRange::of(failed.marks.to_fix.iter().copied());
            open.retain(|row| wrong.contains(row.number));
        }
        let known: HashSet<u32> = open.iter().flat_map(|row| row.bases).collect();
        if fixed.len() != open.len() {
            return match fixed.iter().all(|row| known.contains(&row.mark())) {
                true => Ok(None),
                false => Err(RetryError::NumberToFix(named(), then, fixed.len())),
            };
        }
        // A row that is as it was, in the place of another one.
        let is_moved = |(row, fixed): (&OpenRow, &FixedRow)| {
            let mark = fixed.beside(row).map_or_else(|| fixed.mark(), |cells| mark_of(&cells));
            known.contains(&mark) && !row.bases.contains(&mark)
        };
        match open.iter().zip(fixed).any(is_moved) {
            true => Err(RetryError::OtherOrderToFix(named())),
            false => Ok(Some(open)),
        }
    }

    /// Returns the rows that were corrected in the rows to fix alone, with their new cells.
    fn corrected<'o>(
        &self,
        open: &'o [OpenRow],
        fixed: &[FixedRow],
    ) -> Result<Vec<(&'o OpenRow, Vec<String>)>, RetryError> {
        let named = || self.to_fix.display().to_string();
        let mut taken = Vec::new();
        for (row, fixed) in open.iter().zip(fixed) {
            let Some(cells) = fixed.beside(row) else {
                if fixed.is_abbreviated() || row.bases.contains(&fixed.mark()) {
                    continue;
                }
                let (file, line) = (self.file.display().to_string(), row.line);
                return Err(RetryError::NotTakenOver { to_fix: named(), file, line });
            };
            let (here, there) = (row.mark(), mark_of(&cells));
            if row.bases.contains(&there) || there == here {
                continue;
            }
            if !row.bases.contains(&here) {
                return Err(RetryError::FixedTwice(named(), row.line));
            }
            taken.push((row, cells));
        }
        Ok(taken)
    }

    /// Writes the imported file with these rows, and keeps it as it was.
    fn write(
        self,
        table: &Table,
        taken: &[(&OpenRow, Vec<String>)],
        reporter: &dyn ImportReporter,
    ) -> Result<(), ImportError> {
        let Self { file, to_fix, copies } = self;
        let not_text = || RetryError::NotText(file.to_owned(), to_fix.to_owned());
        let place = file.canonicalize()?;
        if is_in_use(&place) {
            return Err(RetryError::FileInUse(file.to_owned()).into());
        }
        let mut bytes = Vec::new();
        read_regular(&place)?.read_to_end(&mut bytes)?;
        let source = SourceText::of(&bytes, table)?.ok_or_else(not_text)?;
        let text = source.as_str().as_bytes();
        let mut new = Vec::with_capacity(text.len());
        let mut at = 0;
        for (row, cells) in taken {
            let old = text.get(row.place.clone()).ok_or_else(not_text)?;
            new.extend_from_slice(text.get(at..row.place.start).ok_or_else(not_text)?);
            new.extend(record(cells, table.delimiter())?);
            let end =
                old.iter().rposition(|byte| !b"\r\n".contains(byte)).map_or(0, |last| last + 1);
            new.extend_from_slice(&old[end..]);
            at = row.place.end;
        }
        new.extend_from_slice(text.get(at..).ok_or_else(not_text)?);
        let new = String::from_utf8(new).map_err(io::Error::other)?;
        let lacks = || RetryError::LacksLetters(file.to_owned(), to_fix.to_owned());
        let new = source.bytes_of(new).ok_or_else(lacks)?;
        let kept = copy_dated(copies, file, &bytes)?;
        let permissions = place.metadata()?.permissions();
        write_atomic(&place, |to| to.write_all(&new))?;
        // Who could read the file can still read it.
        let _ = std::fs::set_permissions(&place, permissions);
        reporter.say(&format!(
            "note: {} {} the corrections of {} now; as it was, the file is {}",
            count(taken.len() as u64, "row"),
            if taken.len() == 1 { "has" } else { "have" },
            to_fix.display(),
            kept.display(),
        ));
        Ok(())
    }
}

/// Whether the file has the rows of the last import, apart from those that are to be fixed.
fn has_same_other_rows(table: &Table, failed: &InputRowsToFix<'_>) -> io::Result<bool> {
    let InputRowsToFix { rows, marks, .. } = failed;
    if mark_of(table.header()) != marks.header {
        return Ok(false);
    }
    let (mut number, mut buffer) = (0, RowBuffer::default());
    for block in table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            number += 1;
            let is_to_fix = rows.contains(number as u64);
            if !is_to_fix && marks.of_row(number - 1) != Some(block.mark(index, &mut buffer)) {
                return Ok(false);
            }
        }
    }
    Ok(number == marks.len())
}

/// Returns a record without its line end.
fn record(cells: &[String], delimiter: u8) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    writer.write_record(cells).map_err(io::Error::other)?;
    let mut text = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    text.truncate(text.strip_suffix(b"\n").map_or(text.len(), <[u8]>::len));
    Ok(text)
}
