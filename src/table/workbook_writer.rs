//! Writes tables as workbooks (`.xlsx`), row by row.
//!
//! In: rows of cells, the header first; or the CSV copy of a table. Out: a workbook in which every
//! cell is text, so that no program runs one as a formula or drops the zeros of a number, and no
//! cell needs a formula guard. The header is frozen and has a filter, columns are as wide as their
//! cells, and the status of a row has a colour. Memory does not grow with the rows: they wait in an
//! unnamed file in the folder of the workbook, where there must be room for it anyway.

use super::formula_guard::unguard;
use super::workbook_choices::{ColumnChoices, offer, values_sheet};
use crate::fs::folder_of;
use crate::number::thousands;
use rust_xlsxwriter::{Color, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use std::borrow::Cow;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// The most characters of a cell, in UTF-16, as Excel counts them.
pub(super) const MAX_CELL: usize = 32_767;
/// The most columns of a sheet.
pub(super) const MAX_COLUMNS: usize = 16_384;
/// The most rows of a sheet, with its header.
const MAX_ROWS: u32 = 1 << 20;
/// The limits of the width of a column, in characters.
const WIDTHS: (usize, usize) = (6, 60);
/// The size of a part of a workbook from which it needs the large form of the format.
const LARGE: u64 = 3 << 30;

/// What a workbook shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SheetLayout {
    /// The name of the sheet. If the rows need further sheets, those have numbers: `Results 2`.
    pub(crate) name: &'static str,
    /// The column of the statuses, which are coloured; empty without one.
    pub(crate) status: &'static str,
    /// The columns of sentences. If one is too long for a cell, it is shortened and says so. Any
    /// other cell that is too long is an error.
    pub(crate) sentences: &'static [&'static str],
}

/// A workbook that is being written. It is written to `to` at the end, as a whole.
pub(crate) struct WorkbookWriter<W: Write> {
    to: W,
    /// The folder for temporary files.
    folder: PathBuf,
    layout: SheetLayout,
    workbook: Workbook,
    sheet: Worksheet,
    header: Vec<String>,
    formats: Formats,
    /// The most characters in each column.
    widths: Vec<usize>,
    /// The next row of the sheet.
    row: u32,
    most_rows: u32,
    /// The number of rows in the sheets before this one.
    rows_before: u64,
    sheets: u32,
    bytes: u64,
    /// The values that cells of columns are offered.
    choices: Vec<ColumnChoices>,
}

/// How cells look.
struct Formats {
    header: Format,
    text: Format,
    statuses: Vec<(&'static str, Format)>,
}

impl<W: Write> WorkbookWriter<W> {
    /// Begins a workbook that will be at `path`. Its first row is the header.
    ///
    /// # Errors
    /// When its folder cannot hold temporary files.
    pub(crate) fn new(to: W, path: &Path, layout: SheetLayout) -> io::Result<Self> {
        let folder = folder_of(path).to_owned();
        let mut workbook = Workbook::new();
        workbook.set_zip_compression_level(3);
        workbook.set_tempdir(&folder).map_err(io_error)?;
        let sheet = workbook.new_worksheet_with_constant_memory().map_err(io_error)?;
        Ok(Self {
            to,
            folder,
            layout,
            workbook,
            sheet,
            header: Vec::new(),
            formats: Formats::new(),
            widths: Vec::new(),
            row: 0,
            most_rows: MAX_ROWS,
            rows_before: 0,
            sheets: 0,
            bytes: 0,
            choices: Vec::new(),
        })
    }

    /// Offers these values in the cells of their columns.
    #[must_use]
    pub(crate) fn with_choices(self, choices: Vec<ColumnChoices>) -> Self {
        Self { choices, ..self }
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When it cannot be written, or a workbook cannot store one of its cells.
    pub(crate) fn row<C: AsRef<str>>(
        &mut self,
        cells: impl IntoIterator<Item = C>,
    ) -> io::Result<()> {
        if self.header.is_empty() {
            self.header = cells.into_iter().map(|cell| cell.as_ref().to_owned()).collect();
            return self.begin_sheet();
        }
        caught(|| self.data_row(cells)).unwrap_or_else(|| Err(no_room(&self.folder)))
    }

    fn data_row<C: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = C>) -> io::Result<()> {
        if self.row == self.most_rows {
            self.end_sheet()?;
            self.workbook.push_worksheet(std::mem::take(&mut self.sheet));
            self.sheet = self.workbook.new_worksheet_with_constant_memory().map_err(io_error)?;
            self.begin_sheet()?;
        }
        for (column, cell) in cells.into_iter().enumerate() {
            self.cell(column, cell.as_ref())?;
        }
        self.row += 1;
        Ok(())
    }

    /// Writes the rows of a CSV copy, without their formula guards.
    ///
    /// # Errors
    /// As [`row`](Self::row).
    pub(crate) fn rows_of_csv(&mut self, csv: impl Read, delimiter: u8) -> io::Result<()> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(csv);
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record)? {
            self.row(record.iter().map(unguard))?;
        }
        Ok(())
    }

    /// Writes the workbook, and returns the writer.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn end(mut self) -> io::Result<W> {
        // The format needs a file in which the writer can go back.
        let mut file = tempfile::tempfile_in(&self.folder)?;
        caught(|| {
            self.end_sheet()?;
            self.workbook.push_worksheet(std::mem::take(&mut self.sheet));
            if !self.choices.is_empty() {
                self.workbook.push_worksheet(values_sheet(&self.choices).map_err(io_error)?);
            }
            self.workbook.save_to_writer(BufWriter::new(&mut file)).map_err(io_error)
        })
        .unwrap_or_else(|| Err(no_room(&self.folder)))?;
        file.rewind()?;
        io::copy(&mut file, &mut self.to)?;
        Ok(self.to)
    }

    fn begin_sheet(&mut self) -> io::Result<()> {
        self.sheets += 1;
        let name = match self.sheets {
            1 => self.layout.name.to_owned(),
            number => format!("{} {number}", self.layout.name),
        };
        self.sheet.set_name(name).map_err(io_error)?;
        self.sheet.set_freeze_panes(1, 0).map_err(io_error)?;
        self.widths.clear();
        for (column, name) in self.header.clone().iter().enumerate() {
            let place = self.checked(column, name)?.0;
            self.sheet.set_column_format(place, &self.formats.text).map_err(io_error)?;
            self.widen(column, name);
            self.sheet
                .write_string_with_format(0, place, name, &self.formats.header)
                .map_err(io_error)?;
        }
        self.row = 1;
        Ok(())
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        for (place, width) in (0_u16..).zip(&self.widths) {
            // The button of the filter covers a part of the header.
            let width = (width + 2).clamp(WIDTHS.0, WIDTHS.1);
            self.sheet.set_column_width(place, width as f64).map_err(io_error)?;
        }
        if let Some(last) = u16::try_from(self.header.len()).ok().and_then(|n| n.checked_sub(1)) {
            self.sheet.autofilter(0, 0, self.row.saturating_sub(1), last).map_err(io_error)?;
        }
        offer(&mut self.sheet, &self.choices, MAX_ROWS - 1).map_err(io_error)?;
        if self.bytes > LARGE {
            self.workbook.use_zip_large_file(true);
        }
        self.rows_before += u64::from(self.row.saturating_sub(1));
        self.bytes = 0;
        Ok(())
    }

    fn cell(&mut self, column: usize, cell: &str) -> io::Result<()> {
        // Markup around each cell.
        self.bytes += cell.len() as u64 + 64;
        if cell.is_empty() {
            return Ok(());
        }
        // Line breaks as Excel writes them: some programs show the other kind as `_x000D_`.
        let cell = match cell.contains('\r') {
            true => Cow::Owned(cell.replace("\r\n", "\n")),
            false => Cow::Borrowed(cell),
        };
        let (place, cell) = self.checked(column, &cell)?;
        self.widen(column, &cell);
        let is_status = self.header.get(column).is_some_and(|name| name == self.layout.status);
        let format = match is_status {
            true => self.formats.statuses.iter().find(|(status, _)| *status == cell),
            false => None,
        };
        match format {
            Some((_, format)) => {
                self.sheet.write_string_with_format(self.row, place, &*cell, format)
            }
            None => self.sheet.write_string(self.row, place, &*cell),
        }
        .map(drop)
        .map_err(io_error)
    }

    /// Returns the place of a cell, and its text as a workbook can store it.
    fn checked<'c>(&self, column: usize, cell: &'c str) -> io::Result<(u16, Cow<'c, str>)> {
        let refused = |what: String| {
            let row = self.rows_before + u64::from(self.row);
            let place = if row == 0 { "the header".to_owned() } else { format!("row {row}") };
            Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{place} {what}: write a .csv file instead"),
            ))
        };
        let Some(place) = u16::try_from(column).ok().filter(|_| column < MAX_COLUMNS) else {
            return refused(format!(
                "has more than {} columns, the most that a workbook holds",
                thousands(MAX_COLUMNS as u64)
            ));
        };
        let Some(length) = excessive_length(cell) else { return Ok((place, Cow::Borrowed(cell))) };
        let name = self.header.get(column).map_or("", String::as_str);
        if self.layout.sentences.contains(&name) {
            Ok((place, Cow::Owned(shortened(cell, length))))
        } else {
            refused(format!(
                "has {} characters in column `{name}`, and a cell of a workbook holds {}",
                thousands(length as u64),
                thousands(MAX_CELL as u64)
            ))
        }
    }

    fn widen(&mut self, column: usize, cell: &str) {
        if self.widths.len() <= column {
            self.widths.resize(column + 1, 0);
        }
        if self.widths[column] < WIDTHS.1 {
            let line = cell.split('\n').map(shown_width).max().unwrap_or(0);
            self.widths[column] = self.widths[column].max(line);
        }
    }
}

impl Formats {
    /// Returns dark letters on light ground, so that a print in grey is readable.
    fn new() -> Self {
        let text = Format::new().set_num_format("@").set_align(FormatAlign::Top);
        let coloured = |letters: u32, ground: u32| {
            text.clone()
                .set_font_color(Color::RGB(letters))
                .set_background_color(Color::RGB(ground))
        };
        let bold = |letters: u32, ground: u32| coloured(letters, ground).set_bold();
        let statuses = vec![
            ("ok", coloured(0x1E_5B2A, 0xE2_F0D9)),
            ("unchanged", coloured(0x40_4040, 0xED_EDED)),
            ("skipped", coloured(0x59_5959, 0xF7_F7F7).set_italic()),
            ("not_sent", coloured(0x7F_6000, 0xFF_F2CC)),
            ("unknown", bold(0x3F_3151, 0xE4_DFEC)),
            ("invalid", bold(0x83_3C0B, 0xFC_E4D6)),
            ("failed", bold(0x8B_0000, 0xF8_CBCB)),
            ("send", coloured(0x1F_3864, 0xDD_EBF7)),
        ];
        let header = coloured(0x26_2626, 0xD9_D9D9).set_bold();
        Self { header, text, statuses }
    }
}

/// Returns the length of a cell that is too long, in UTF-16, as Excel counts it.
pub(super) fn excessive_length(cell: &str) -> Option<usize> {
    // No character has fewer bytes than UTF-16 units.
    if cell.len() <= MAX_CELL {
        return None;
    }
    Some(cell.encode_utf16().count()).filter(|length| *length > MAX_CELL)
}

/// Returns the beginning of a sentence that is too long for a cell, with its length.
fn shortened(cell: &str, length: usize) -> String {
    let end = format!(
        "… (shortened: {} characters, and a cell of a workbook holds {})",
        thousands(length as u64),
        thousands(MAX_CELL as u64)
    );
    let (mut room, mut text) = (MAX_CELL - end.encode_utf16().count(), String::new());
    for c in cell.chars() {
        match room.checked_sub(c.len_utf16()) {
            Some(left) => room = left,
            None => break,
        }
        text.push(c);
    }
    text + &end
}

/// Returns the approximate width of a line. East Asian letters are twice as wide as others.
fn shown_width(line: &str) -> usize {
    if line.len() <= WIDTHS.1 && line.is_ascii() {
        return line.len();
    }
    line.chars().take(WIDTHS.1).map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum()
}

/// Returns `None` for a panic: the crate panics if the disk of its temporary files is full.
fn caught<T>(write: impl FnOnce() -> io::Result<T>) -> Option<io::Result<T>> {
    catch_unwind(AssertUnwindSafe(write)).ok()
}

fn no_room(folder: &Path) -> io::Error {
    io::Error::other(format!(
        "the workbook cannot be written: the disk of the folder {} may be full",
        folder.display()
    ))
}

fn io_error(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) | XlsxError::TempFileError(_, error) => error,
        other => io::Error::other(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data, Reader, Xlsx};
    use proptest::prelude::*;

    const LAYOUT: SheetLayout =
        SheetLayout { name: "Results", status: "umbulk_status", sentences: &["words"] };

    /// Returns the sheets with their rows. Every cell must be a text.
    fn read(bytes: Vec<u8>) -> Vec<(String, Vec<Vec<String>>)> {
        let mut workbook = Xlsx::new(io::Cursor::new(bytes)).unwrap();
        let text = |cell: &Data| match cell {
            Data::Empty => String::new(),
            Data::String(text) => text.clone(),
            other => panic!("{other:?} is no text"),
        };
        let sheets = workbook.worksheets().into_iter().map(|(name, range)| {
            (name, range.rows().map(|row| row.iter().map(text).collect()).collect())
        });
        sheets.collect()
    }

    fn begun() -> io::Result<WorkbookWriter<Vec<u8>>> {
        WorkbookWriter::new(Vec::new(), &std::env::temp_dir().join("a.xlsx"), LAYOUT)
    }

    fn written(rows: &[&[&str]]) -> io::Result<Vec<u8>> {
        let mut workbook = begun()?;
        rows.iter().try_for_each(|row| workbook.row(*row))?;
        workbook.end()
    }

    /// There is room where the workbook will be, but not always in the folder of the system.
    #[test]
    fn temporary_files_are_in_the_folder_of_the_workbook() {
        let begin = |path: &Path| WorkbookWriter::new(Vec::new(), path, LAYOUT).map(drop);
        let error = begin(Path::new("/nowhere/at/all/a.xlsx")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        begin(Path::new("a.xlsx")).unwrap();
    }

    #[test]
    fn cells_are_text_whatever_they_look_like() {
        let cells =
            ["=1+1", "007", "1e9", "TRUE", "2026-09-01", "http://x.org", "'-", "#N/A", "_x0041_"];
        let header = ["umbulk_status", "b", "c", "d", "e", "f", "g", "h", "i"];
        let sheets = read(written(&[&header, &cells]).unwrap());
        assert_eq!(
            sheets,
            [(
                "Results".to_owned(),
                [header, cells].map(|row| row.map(str::to_owned).to_vec()).to_vec()
            )]
        );
    }

    #[test]
    fn csv_copy_becomes_a_workbook_without_formula_guards() {
        let mut workbook = begun().unwrap();
        let csv =
            "\u{feff}email;umbulk_status\r\n'=1+1;failed\r\n\"a;\"\"b\"\"\nc\";ok\r\n;;more\r\n";
        workbook.rows_of_csv(csv.as_bytes(), b';').unwrap();
        let [(_, rows)] = <[_; 1]>::try_from(read(workbook.end().unwrap())).unwrap();
        assert_eq!(
            rows,
            [
                ["email", "umbulk_status", ""],
                ["=1+1", "failed", ""],
                ["a;\"b\"\nc", "ok", ""],
                ["", "", "more"]
            ]
        );
    }

    #[test]
    fn rows_that_a_sheet_cannot_hold_are_in_further_sheets() {
        let mut workbook = begun().unwrap();
        workbook.most_rows = 3;
        for row in ["email", "1", "2", "3", "4", "5"] {
            workbook.row([row]).unwrap();
        }
        let sheets = read(workbook.end().unwrap());
        let column = |rows: &Vec<Vec<String>>| {
            rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>().join(" ")
        };
        let sheets: Vec<_> =
            sheets.iter().map(|(name, rows)| (name.as_str(), column(rows))).collect();
        let expected =
            [("Results", "email 1 2"), ("Results 2", "email 3 4"), ("Results 3", "email 5")];
        assert_eq!(sheets, expected.map(|(name, rows)| (name, rows.to_owned())));
    }

    #[test]
    fn too_long_cell_is_an_error_and_a_shortened_sentence_says_so() {
        let long = "ö".repeat(MAX_CELL + 1);
        let refused =
            written(&[&["email", "groups"], &["a", &long[2..]], &["b", &long]]).unwrap_err();
        insta::assert_snapshot!(refused,
            @r"row 2 has 32,768 characters in column `groups`, and a cell of a workbook holds 32,767: write a .csv file instead");
        let [(_, rows)] =
            <[_; 1]>::try_from(read(written(&[&["words"], &[&long]]).unwrap())).unwrap();
        assert!(
            rows[1][0].ends_with(
                "… (shortened: 32,768 characters, and a cell of a workbook holds 32,767)"
            )
        );
        assert_eq!(rows[1][0].encode_utf16().count(), MAX_CELL);
    }

    #[test]
    fn shortened_sentence_keeps_whole_characters() {
        let text = shortened(&"😀".repeat(MAX_CELL), 2 * MAX_CELL);
        assert!(text.encode_utf16().count() <= MAX_CELL && text.starts_with("😀😀"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_cells_are_read_as_they_were_written(
            cells in proptest::collection::vec("['=+_x0-9A-Fa\u{1}\t\n\r<&>\"ÖŽ山😀\u{fffd} ]{0,8}",
                1..5)
        ) {
            let row: Vec<&str> = cells.iter().map(String::as_str).collect();
            // A row that ends in an empty cell is read without it.
            let row = [&["h"], &row[..], &["end"]].concat();
            let header = vec!["h"; row.len()];
            let sheets = read(written(&[&header, &row]).unwrap());
            let expected: Vec<String> =
                row.iter().map(|cell| cell.replace("\r\n", "\n")).collect();
            prop_assert_eq!(&sheets[0].1[1], &expected);
        }
    }
}
