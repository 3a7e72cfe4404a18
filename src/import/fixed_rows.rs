//! Takes the rows that were corrected in the file of rows to fix over into the imported file.
//!
//! The rows to fix are in the order of the imported file. A row is taken over if it was changed
//! there and not in the imported file; if both were changed differently, nothing is.

use crate::execute::RowRange;
use crate::fs::{private_folder, read_regular, rotate, write_atomic};
use crate::import::config::{EncodingSource, ReadConfig};
use crate::import::error::ImportError;
use crate::import::input_file::{FileAccess, InputFile};
use crate::import::reporter::{ImportReporter, Silent};
use crate::import::retry_error::RetryError;
use crate::journal::RowMarks;
use crate::number::count;
use crate::table::{Table, mark_of};
use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::Path;

/// The file of rows to fix, and the file that they are rows of.
#[derive(Clone, Copy)]
pub(crate) struct RowsToFix<'p> {
    pub(crate) file: &'p Path,
    pub(crate) to_fix: &'p Path,
    /// The folder of the dated copies.
    pub(crate) copies: &'p Path,
}

/// A row of the imported file that is to be fixed.
struct OpenRow {
    /// Its place in the text, with its line end.
    place: Range<usize>,
    line: u64,
    /// Its cells, if it can be read and has no cells beyond the header.
    cells: Option<Vec<String>>,
    /// Its mark when it was imported.
    then: u32,
}

impl RowsToFix<'_> {
    /// Takes the corrected rows over. The file as it was is kept with its date.
    ///
    /// # Errors
    /// When it is not certain which rows they are, or the file cannot be written.
    pub(crate) fn take_over(
        self,
        read: &ReadConfig,
        (rows, marks, then): (&RowRange, &RowMarks, &[u32]),
        reporter: &dyn ImportReporter,
    ) -> Result<(), ImportError> {
        let Self { file, to_fix, .. } = self;
        if !to_fix.is_file() {
            return Ok(());
        }
        let spool = tempfile::tempdir()?;
        let open = |path: &Path, read: &ReadConfig| {
            let access = FileAccess::PrivateCopy(spool.path());
            InputFile::open_list(path, read, access, &Silent)
        };
        // Whatever is wrong with the file is said when it is imported.
        let Ok(input) = open(file, read) else { return Ok(()) };
        if mark_of(input.table.header()) != marks.header {
            return Ok(());
        }
        let of_rows_to_fix = ReadConfig {
            header_row: None,
            sheet: None,
            rows: None,
            encoding: EncodingSource::Detected,
            ..read.clone()
        };
        let named = to_fix.display().to_string();
        let fixed = open(to_fix, &of_rows_to_fix)
            .map_err(|error| RetryError::RowsToFixUnread(named.clone(), error.to_string()))?;
        let width = input.table.header().len();
        let fixed = cells_of_rows_to_fix(&fixed.table, input.table.header())?
            .ok_or_else(|| RetryError::OtherRowsToFix(named.clone()))?;
        let open = open_rows(&input.table, rows, then, width)?;
        if open.len() != then.len() {
            return Ok(());
        }
        if fixed.len() != open.len() {
            let known: HashSet<u32> = open.iter().map(|row| row.then).collect();
            return match fixed.iter().all(|cells| known.contains(&mark_of(cells))) {
                true => Ok(()),
                false => Err(RetryError::NumberToFix(named, open.len(), fixed.len()).into()),
            };
        }
        let mut taken: Vec<(&OpenRow, &[String])> = Vec::new();
        for (row, fixed) in open.iter().zip(&fixed) {
            let Some(cells) = &row.cells else { continue };
            let (here, there) = (mark_of(cells), mark_of(fixed));
            if there == row.then || there == here {
                continue;
            }
            if here != row.then {
                return Err(RetryError::FixedTwice(named, row.line).into());
            }
            taken.push((row, fixed));
        }
        match taken.is_empty() {
            true => Ok(()),
            false => self.write(&input.table, &taken, reporter),
        }
    }

    /// Writes the imported file with these rows, and keeps it as it was.
    fn write(
        self,
        table: &Table,
        taken: &[(&OpenRow, &[String])],
        reporter: &dyn ImportReporter,
    ) -> Result<(), ImportError> {
        let Self { file, to_fix, copies } = self;
        let not_text = || RetryError::NotText(file.to_owned(), to_fix.to_owned());
        let mut text = Vec::new();
        read_regular(file)?.read_to_end(&mut text)?;
        // What is compressed, a workbook or in another encoding has another text than its bytes.
        let is_text = std::str::from_utf8(&text).is_ok()
            && text.len() as u64 == table.len_bytes()
            && xxhash_rust::xxh3::xxh3_128(&text) == table.fingerprint()?.1;
        if !is_text {
            return Err(not_text().into());
        }
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
        let kept = keep_copy(file, copies, &text)?;
        let place = file.canonicalize()?;
        let permissions = place.metadata()?.permissions();
        write_atomic(&place, |to| to.write_all(&new))?;
        // Who could read the file can still read it.
        let _ = std::fs::set_permissions(&place, permissions);
        reporter.say(&format!(
            "note: {} {} the corrections of {} now; as it was, the file is {kept}",
            count(taken.len() as u64, "row"),
            if taken.len() == 1 { "has" } else { "have" },
            to_fix.display(),
        ));
        Ok(())
    }
}

/// Keeps a copy with its date. Returns its name.
fn keep_copy(file: &Path, copies: &Path, text: &[u8]) -> Result<String, ImportError> {
    if copies.symlink_metadata().is_ok_and(|there| !there.is_dir()) {
        return Err(RetryError::NoFolder(copies.to_owned()).into());
    }
    private_folder(copies)?;
    let copy = copies.join(file.file_name().unwrap_or_default());
    rotate(&copy)?;
    write_atomic(&copy, |to| to.write_all(text))?;
    Ok(rotate(&copy)?.unwrap_or(copy).display().to_string())
}

/// Returns the cells of the rows to fix, without what umbulk has added; `None` if the columns are
/// not those of the imported file.
fn cells_of_rows_to_fix(table: &Table, header: &[String]) -> io::Result<Option<Vec<Vec<String>>>> {
    let added = table.header().strip_prefix(header);
    if !added.is_some_and(|added| added.iter().any(|name| name == "umbulk_code")) {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for block in table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let mut cells = block.plain_cells(index).unwrap_or_default();
            cells.truncate(header.len());
            rows.push(cells);
        }
    }
    Ok(Some(rows))
}

/// Returns the rows of the imported file that are to be fixed.
fn open_rows(
    table: &Table,
    rows: &RowRange,
    then: &[u32],
    width: usize,
) -> io::Result<Vec<OpenRow>> {
    let mut open = Vec::new();
    for block in table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let row = block.first_row + index as u64;
            if !rows.contains(row + 1) {
                continue;
            }
            let frame = block.frame(index);
            let begin = frame.offset as usize;
            let mark = then.get(open.len()).copied();
            open.push(OpenRow {
                place: begin..begin + frame.len as usize,
                line: frame.line,
                cells: block.plain_cells(index).filter(|cells| cells.len() <= width),
                then: mark.unwrap_or_default(),
            });
        }
    }
    Ok(open)
}

/// Returns a record without its line end.
fn record(cells: &[String], delimiter: u8) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    writer.write_record(cells).map_err(io::Error::other)?;
    let mut text = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    text.truncate(text.strip_suffix(b"\n").map_or(text.len(), <[u8]>::len));
    Ok(text)
}
