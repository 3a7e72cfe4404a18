//! Reads results files of an earlier run: what they show, and whether they were edited.

use super::columns::{NOT_ASKED_FOR, ResultColumns};
use super::results_file::copied_cells;
use crate::execute::{OutcomeStatus, Reason};
use crate::fs::read_regular;
use crate::table::{RowWriter, Table, growing_file};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// What an earlier results file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EarlierResults {
    /// Rows in the file.
    pub rows: u64,
    /// Rows that wait for the same command: the run stopped before they were sent or got a
    /// response.
    pub waiting: u64,
    /// Whether the file has every row of the input.
    pub is_whole: bool,
}

/// Reads the results file of an earlier run, or the rows of an unfinished workbook; `None` if it is
/// not a results file, or is one of another input.
///
/// # Errors
/// When the table cannot be read.
pub(crate) fn earlier_results(table: &Table, results: &Path) -> io::Result<Option<EarlierResults>> {
    let Ok(file) = read_regular(&growing_file(results)) else { return Ok(None) };
    let copied = copied_cells(results);
    let reader = |file| {
        csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(table.delimiter())
            .from_reader(file)
    };
    let mut there = reader(Box::new(BufReader::new(file)) as Box<dyn io::Read>).into_records();
    // The expected rows are written as a run writes them, and read as a reader reads them.
    let expected =
        |text: Vec<u8>| reader(Box::new(io::Cursor::new(text)) as Box<dyn io::Read>).into_records();
    let Some(Ok(found)) = there.next() else { return Ok(None) };
    let mut kind = None;
    for columns in ResultColumns::ALL.map(ResultColumns::of_results) {
        let header = RowWriter::new(Vec::new(), table, columns, copied)?.into_inner()?;
        if expected(header).next().is_some_and(|header| header.is_ok_and(|header| header == found))
        {
            kind = Some(columns);
        }
    }
    let (header, Some(columns)) = (found, kind) else { return Ok(None) };
    let own = header.len() - columns.len();
    let mut seen = EarlierResults { rows: 0, waiting: 0, is_whole: true };
    for block in table.blocks() {
        let block = block?;
        let mut text = RowWriter::without_header(Vec::new(), table, copied);
        (0..block.len())
            .try_for_each(|index| text.write_row(&block, index, &vec![""; columns.len()]))?;
        for row in expected(text.into_inner()?) {
            let found = match there.next() {
                // The last line is incomplete if the disk was full or the process was killed.
                Some(Ok(found)) if found.len() >= header.len() => found,
                _ => return Ok(Some(EarlierResults { is_whole: false, ..seen })),
            };
            let same = row.is_ok_and(|row| row.iter().take(own).eq(found.iter().take(own)));
            if !same {
                return Ok(None);
            }
            let added = |name: &str| {
                columns
                    .iter()
                    .position(|column| *column == name)
                    .and_then(|at| found.get(own + at))
                    .unwrap_or_default()
            };
            let reason = Reason { code: added("umbulk_code").to_owned(), message: String::new() };
            let is_not_sent = added("umbulk_status") == OutcomeStatus::NotSent.name()
                && added("umbulk_message") != NOT_ASKED_FOR;
            seen.rows += 1;
            seen.waiting += u64::from(is_not_sent || reason.is_open());
        }
    }
    // A file with further rows is of another input.
    Ok(there.next().is_none().then_some(seen))
}

/// Whether the later file has every line of the earlier one, in the same order. Then the earlier
/// file was not edited.
pub(super) fn is_earlier_state(earlier: &Path, later: &Path) -> io::Result<bool> {
    let lines = |path: &Path| File::open(path).map(|file| BufReader::new(file).split(b'\n'));
    let (mut earlier, mut later) = (lines(earlier)?, lines(later)?);
    earlier.try_fold(true, |all, line| {
        let line = line?;
        let found = later.by_ref().find_map(|other| match other {
            Ok(other) => (other == line).then_some(Ok(())),
            Err(error) => Some(Err(error)),
        });
        Ok(all && found.transpose()?.is_some())
    })
}

/// Whether the earlier results are an earlier state of the later ones: every row is the same, or
/// had no outcome yet. Otherwise they were edited. Both files are of the same input; the later one
/// has these columns.
pub(super) fn are_earlier_results(
    table: &Table,
    earlier: &Path,
    later: &Path,
    columns: ResultColumns,
) -> io::Result<bool> {
    let columns = columns.of_results();
    let rows = |path: &Path| -> io::Result<_> {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(table.delimiter())
            .from_path(path)?;
        Ok(reader.into_byte_records())
    };
    let (mut earlier, mut later) = (rows(earlier)?.peekable(), rows(later)?);
    let mut width = 0;
    while let Some(row) = earlier.next().transpose()? {
        let Some(now) = later.next().transpose()? else { return Ok(false) };
        width = width.max(now.len());
        let own = now.len().saturating_sub(columns.len());
        // The last line is incomplete if the process was killed.
        let is_cut = row.len() < width && earlier.peek().is_none();
        let is_open = || {
            let status = columns
                .iter()
                .position(|column| *column == "umbulk_status")
                .and_then(|at| row.get(own + at));
            // The columns of row and line precede the status.
            let (before, before_now) = (row.iter().take(own + 2), now.iter().take(own + 2));
            let open = [OutcomeStatus::NotSent, OutcomeStatus::Unknown, OutcomeStatus::Failed]
                .map(|status| status.name().as_bytes());
            row.len() == now.len()
                && before.eq(before_now)
                && status.is_some_and(|status| open.contains(&status))
        };
        if row != now && !is_cut && !is_open() {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::super::columns::COLUMNS;
    use super::*;
    use crate::table::ReadOptions;

    #[test]
    fn edited_file_is_no_earlier_state() {
        let folder = tempfile::tempdir().unwrap();
        let is_earlier = |earlier: &str, later: &str| {
            let (old, new) = (folder.path().join("old"), folder.path().join("new"));
            std::fs::write(&old, earlier).unwrap();
            std::fs::write(&new, later).unwrap();
            is_earlier_state(&old, &new).unwrap()
        };
        assert!(is_earlier("email\na\n", "email\na\n"));
        assert!(is_earlier("email\nb\n", "email\na\nb\nc\n"));
        assert!(!is_earlier("email\nB\n", "email\na\nb\nc\n"));
        assert!(!is_earlier("email\nb\na\n", "email\na\nb\n"));
        assert!(!is_earlier("email\na\n", ""));
    }

    #[test]
    fn results_of_a_run_show_how_far_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (input, results) = (folder.path().join("a.csv"), folder.path().join("a.results.csv"));
        std::fs::write(&input, "email;note\na@x.com;\"1\n2\"\nb@x.com\n").unwrap();
        let table = Table::open(&input, &ReadOptions::new(folder.path())).unwrap();
        let seen = |text: &str| {
            std::fs::write(&results, text).unwrap();
            earlier_results(&table, &results)
                .unwrap()
                .map(|seen| (seen.rows, seen.waiting, seen.is_whole))
        };
        let header = format!("email;note;{}\n", COLUMNS.join(";"));
        let row = |cells: &str, status: &str, code: &str, message: &str| {
            format!("{cells};1;2;{status};{code};{message};1;;;\n")
        };
        let first = row("a@x.com;\"1\n2\"", "ok", "", "");
        assert_eq!(seen(&header), Some((0, 0, false)));
        assert_eq!(seen(&(header.clone() + &first)), Some((1, 0, false)));
        assert_eq!(seen(&(header.clone() + &first + "b@x.com;;2")), Some((1, 0, false)), "cut off");
        let whole = |second: &str| header.clone() + &first + second;
        assert_eq!(seen(&whole(&row("b@x.com;", "ok", "", ""))), Some((2, 0, true)));
        assert_eq!(
            seen(&whole(&row("b@x.com;", "not_sent", "", "the run stopped before it"))),
            Some((2, 1, true))
        );
        assert_eq!(
            seen(&whole(&row("b@x.com;", "unknown", "unknown.no_answer", ""))),
            Some((2, 1, true))
        );
        assert_eq!(
            seen(&whole(&row("b@x.com;", "not_sent", "", NOT_ASKED_FOR))),
            Some((2, 0, true))
        );
        assert_eq!(seen(&whole(&row("c@x.com;", "ok", "", ""))), None, "another row");
        assert_eq!(seen(&(whole(&row("b@x.com;", "ok", "", "")) + &first)), None, "more rows");
        assert_eq!(seen("email;note\na@x.com;\n"), None, "no results");
    }
}
