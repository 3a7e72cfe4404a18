//! Reads `.xls`: the records of Excel 97 to 2003 ([MS-XLS]).

use std::collections::{BTreeMap, HashMap};

use super::biff::{BiffRecord, BiffRecords, BiffText};
use super::bytes::ByteReader;
use super::cfb::CompoundFile;
use super::date::Epoch;
use super::fault::WorkbookFault;
use super::number_format::NumberFormat;
use super::sheet::{
    CellKind, MOST_SHEETS, MOST_STYLES, RowSink, SheetFacts, SheetInfo, SheetRow, Workbook,
    push_bool, push_error,
};
use crate::table::merged_cells::MergedCells;
use crate::table::text::Utf8Text;

const LISTS: &str = "its list of sheets";
const SHEET: &str = "the sheet";

/// The most bytes of the texts of a sheet: this many, and this many for each byte of the file,
/// because many cells may name one text.
const FREE: usize = 64 << 20;
const PACKED: usize = 16;

/// The numbers of records ([MS-XLS], 2.3).
mod record {
    pub(super) const FORMULA: u16 = 0x06;
    pub(super) const EOF: u16 = 0x0A;
    pub(super) const DATE1904: u16 = 0x22;
    pub(super) const FILE_PASS: u16 = 0x2F;
    pub(super) const COL_INFO: u16 = 0x7D;
    pub(super) const BOUND_SHEET8: u16 = 0x85;
    pub(super) const MUL_RK: u16 = 0xBD;
    pub(super) const R_STRING: u16 = 0xD6;
    pub(super) const XF: u16 = 0xE0;
    pub(super) const MERGE_CELLS: u16 = 0xE5;
    pub(super) const SST: u16 = 0xFC;
    pub(super) const LABEL_SST: u16 = 0xFD;
    pub(super) const NUMBER: u16 = 0x203;
    pub(super) const LABEL: u16 = 0x204;
    pub(super) const BOOL_ERR: u16 = 0x205;
    pub(super) const STRING: u16 = 0x207;
    pub(super) const ROW: u16 = 0x208;
    pub(super) const RK: u16 = 0x27E;
    pub(super) const FORMAT: u16 = 0x41E;
    pub(super) const BOF: u16 = 0x809;
}

/// The version in which texts are Unicode.
const VERSION_8: u16 = 0x600;

/// A workbook of Excel 97 to 2003. Its records are in memory: it has at most 65,536 rows.
pub(super) struct Xls {
    stream: Vec<u8>,
    sheets: Vec<SheetInfo>,
    /// Where the records of each sheet begin.
    places: Vec<usize>,
    texts: Vec<String>,
    formats: Vec<NumberFormat>,
    epoch: Epoch,
}

/// Describes what a file of an old version of Office is, and what to do.
fn other_document(file: &CompoundFile<'_>) -> &'static str {
    let kinds = [
        ("Book", "it is a workbook of Excel 95 or older. Save it as .xlsx"),
        ("WordDocument", "it is a Word document. Save its table as CSV UTF-8"),
        ("PowerPoint Document", "it is a presentation. Save its table as CSV UTF-8"),
        (
            "__properties_version1.0",
            "it is an email of Outlook. Save its attachment as a file of its own",
        ),
    ];
    let kind = kinds.into_iter().find(|(stream, _)| file.has(stream));
    kind.map_or(
        "it is a document of an old version of Office, but no workbook. Save its table as CSV \
         UTF-8",
        |(_, what)| what,
    )
}

impl Xls {
    /// Reads all but the sheets.
    pub(super) fn open(text: &Utf8Text) -> Result<Self, WorkbookFault> {
        let file = CompoundFile::open(text)?;
        if file.has("EncryptedPackage") {
            return Err(WorkbookFault::Protected);
        }
        let Some(stream) = file.stream("Workbook")? else {
            return Err(WorkbookFault::Other(other_document(&file)));
        };
        let mut workbook = Self {
            stream: Vec::new(),
            sheets: Vec::new(),
            places: Vec::new(),
            texts: Vec::new(),
            formats: Vec::new(),
            epoch: Epoch::default(),
        };
        workbook.read_lists(&stream)?;
        workbook.stream = stream;
        Ok(workbook)
    }

    fn read_lists(&mut self, stream: &[u8]) -> Result<(), WorkbookFault> {
        let (mut codes, mut styles) = (HashMap::new(), Vec::new());
        let mut records = BiffRecords::new(stream, 0);
        loop {
            let damaged = || WorkbookFault::Damaged(LISTS);
            let record = records.next().ok_or_else(damaged)?;
            let mut bytes = ByteReader(record.content);
            match record.kind {
                record::EOF => break,
                record::FILE_PASS => return Err(WorkbookFault::Protected),
                record::BOF if bytes.u16() != Some(VERSION_8) => {
                    return Err(WorkbookFault::Other(
                        "it is a workbook of Excel 95 or older. Save it as .xlsx",
                    ));
                }
                record::DATE1904 if bytes.u16() == Some(1) => self.epoch = Epoch::Year1904,
                record::FORMAT => {
                    let number = bytes.u16().ok_or_else(damaged)?;
                    let code = BiffText::Long.read(bytes).ok_or_else(damaged)?;
                    codes.insert(number, NumberFormat::parse(&code));
                }
                record::XF => {
                    bytes.u16().ok_or_else(damaged)?;
                    styles.push(bytes.u16().ok_or_else(damaged)?);
                    if styles.len() > MOST_STYLES {
                        return Err(WorkbookFault::TooLarge);
                    }
                }
                record::BOUND_SHEET8 => {
                    self.add_sheet(bytes).ok_or_else(damaged)?;
                    if self.sheets.len() > MOST_SHEETS {
                        return Err(WorkbookFault::TOO_MANY_SHEETS);
                    }
                }
                record::SST => self.texts = record.shared_texts().ok_or_else(damaged)?,
                _ => {}
            }
        }
        let format = |number: u16| {
            let own = codes.get(&number).cloned();
            own.unwrap_or_else(|| NumberFormat::built_in(u32::from(number)))
        };
        self.formats = styles.into_iter().map(format).collect();
        Ok(())
    }

    /// Reads a sheet of the list. Charts and macros are none.
    fn add_sheet(&mut self, mut bytes: ByteReader<'_>) -> Option<()> {
        const HIDDEN: u8 = 3;
        let place = bytes.u32()? as usize;
        let is_hidden = bytes.u8()? & HIDDEN != 0;
        if bytes.u8()? == 0 {
            self.sheets.push(SheetInfo { name: BiffText::Short.read(bytes)?, is_hidden });
            self.places.push(place);
        }
        Some(())
    }
}

impl Workbook for Xls {
    fn sheets(&self) -> &[SheetInfo] {
        &self.sheets
    }

    fn read(&mut self, sheet: usize, sink: &mut RowSink<'_>) -> Result<SheetFacts, WorkbookFault> {
        let damaged = || WorkbookFault::Damaged(SHEET);
        let mut records = BiffRecords::new(&self.stream, self.places[sheet]);
        let mut reader = XlsSheetReader {
            workbook: self,
            facts: SheetFacts::default(),
            rows: BTreeMap::new(),
            formula: (0, 0),
            bytes: 0,
        };
        let most = FREE + PACKED * self.stream.len();
        // A chart in a sheet has records of its own.
        let mut depth = 0_u32;
        loop {
            let record = records.next().ok_or_else(damaged)?;
            match record.kind {
                record::BOF => depth += 1,
                record::EOF if depth <= 1 => break,
                record::EOF => depth -= 1,
                _ if depth == 1 => reader.record(&record).ok_or_else(damaged)?,
                _ => {}
            }
            if reader.bytes > most {
                return Err(WorkbookFault::TooLarge);
            }
        }
        for row in reader.rows.values_mut() {
            row.sort(SHEET)?;
            if sink(row)?.is_break() {
                break;
            }
        }
        Ok(reader.facts)
    }
}

/// Reads a sheet, record by record, in any order of its rows.
struct XlsSheetReader<'x> {
    workbook: &'x Xls,
    facts: SheetFacts,
    rows: BTreeMap<u16, SheetRow>,
    /// The row and column of the last formula: its result may follow.
    formula: (u16, u16),
    /// The number of bytes of the texts of its cells.
    bytes: usize,
}

impl XlsSheetReader<'_> {
    fn row(&mut self, number: u16) -> &mut SheetRow {
        self.rows.entry(number).or_insert_with(|| {
            let mut row = SheetRow::default();
            row.begin(u32::from(number) + 1);
            row
        })
    }

    /// Reads a record; `None` if it is damaged.
    fn record(&mut self, record: &BiffRecord<'_>) -> Option<()> {
        let mut bytes = ByteReader(record.content);
        match record.kind {
            record::ROW => {
                const HIDDEN: u16 = 0x20;
                let number = bytes.u16()?;
                bytes.take(10)?;
                if bytes.u16()? & HIDDEN != 0 {
                    self.row(number).is_hidden = true;
                }
            }
            record::COL_INFO => {
                let (from, to) = (bytes.u16()?, bytes.u16()?);
                bytes.take(4)?;
                if bytes.u16()? & 1 != 0 {
                    self.facts.hidden_columns.push((u32::from(from), u32::from(to)));
                }
            }
            record::MERGE_CELLS => {
                for _ in 0..bytes.u16()? {
                    let rows = (u32::from(bytes.u16()?) + 1, u32::from(bytes.u16()?) + 1);
                    let columns = (u32::from(bytes.u16()?), u32::from(bytes.u16()?));
                    self.facts.merged.push(MergedCells { rows, columns });
                }
            }
            record::STRING => {
                let (row, column) = self.formula;
                let result = record.text()?;
                self.push_text(row, column, &result);
            }
            record::MUL_RK => {
                let (row, mut column) = (bytes.u16()?, bytes.u16()?);
                // The last column comes at the end.
                while bytes.0.len() > 2 {
                    let style = bytes.u16()?;
                    let number = bytes.rk()?;
                    self.push_number(row, column, style, number);
                    column = column.checked_add(1)?;
                }
            }
            record::FORMULA
            | record::R_STRING
            | record::LABEL_SST
            | record::NUMBER
            | record::LABEL
            | record::BOOL_ERR
            | record::RK => self.cell(record.kind, bytes)?,
            _ => {}
        }
        Some(())
    }

    /// Reads a record with one cell.
    fn cell(&mut self, kind: u16, mut bytes: ByteReader<'_>) -> Option<()> {
        let (row, column, style) = (bytes.u16()?, bytes.u16()?, bytes.u16()?);
        match kind {
            record::NUMBER => self.push_number(row, column, style, bytes.f64()?),
            record::RK => self.push_number(row, column, style, bytes.rk()?),
            record::LABEL | record::R_STRING => {
                self.push_text(row, column, &BiffText::Long.read(bytes)?);
            }
            record::LABEL_SST => {
                let workbook = self.workbook;
                let text = workbook.texts.get(bytes.u32()? as usize)?;
                self.push_text(row, column, text);
            }
            record::BOOL_ERR => {
                let (value, is_error) = (bytes.u8()?, bytes.u8()? != 0);
                self.push_bool_or_error(row, column, value, is_error);
            }
            record::FORMULA => {
                self.formula = (row, column);
                match *bytes.0.get(..8)? {
                    // A text follows, or is empty.
                    [0 | 3, _, _, _, _, _, 0xFF, 0xFF] => {}
                    [kind @ (1 | 2), _, value, _, _, _, 0xFF, 0xFF] => {
                        self.push_bool_or_error(row, column, value, kind == 2);
                    }
                    _ => self.push_number(row, column, style, bytes.f64()?),
                }
            }
            _ => {}
        }
        Some(())
    }

    fn push_number(&mut self, row: u16, column: u16, style: u16, number: f64) {
        let workbook = self.workbook;
        let format = NumberFormat::of_style(&workbook.formats, usize::from(style));
        let row = self.row(row);
        let before = row.text_len();
        row.push_number(u32::from(column), number, format, workbook.epoch);
        let added = row.text_len() - before;
        self.bytes += added;
    }

    fn push_text(&mut self, row: u16, column: u16, text: &str) {
        self.bytes += text.len();
        self.row(row).push(u32::from(column), CellKind::Text, |to| to.push_str(text));
    }

    fn push_bool_or_error(&mut self, row: u16, column: u16, value: u8, is_error: bool) {
        let (row, column) = (self.row(row), u32::from(column));
        match is_error {
            true => row.push(column, CellKind::Value, |text| push_error(value, text)),
            false => row.push(column, CellKind::Truth, |text| push_bool(value != 0, text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::workbook::test_files::{compound_file, text_file};
    use std::ops::ControlFlow;

    fn record(kind: u16, content: &[u8]) -> Vec<u8> {
        let len = u16::try_from(content.len()).unwrap();
        [&kind.to_le_bytes()[..], &len.to_le_bytes(), content].concat()
    }

    /// Returns a workbook with these records of its lists, and of its sheet.
    fn workbook(lists: &[Vec<u8>], sheet: &[Vec<u8>]) -> Vec<u8> {
        let begin = record(record::BOF, &[0, 6, 5, 0]);
        let end = record(record::EOF, &[]);
        let before = [&begin[..], &lists.concat()].concat();
        // The place of the sheet is in the record itself.
        let place = (before.len() + 4 + 13 + end.len()) as u32;
        let listed = record(
            record::BOUND_SHEET8,
            &[&place.to_le_bytes()[..], &[0, 0, 5, 0], b"Staff"].concat(),
        );
        compound_file(&[before, listed, end.clone(), begin, sheet.concat(), end].concat())
    }

    fn cells(bytes: &[u8]) -> Result<Vec<(u32, Vec<String>)>, WorkbookFault> {
        let mut workbook = Xls::open(&text_file(bytes))?;
        assert_eq!(workbook.sheets()[0].name, "Staff");
        let mut rows = Vec::new();
        workbook.read(0, &mut |row| {
            let cells = row.cells().iter().map(|cell| row.text(*cell).to_owned()).collect();
            rows.push((row.number, cells));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(rows)
    }

    fn style(format: u16) -> Vec<u8> {
        record(record::XF, &[&[0, 0][..], &format.to_le_bytes()].concat())
    }

    /// Returns a record with this many adjacent cells that are 7.
    fn sevens(row: u16, count: u16) -> Vec<u8> {
        let seven = [&[0, 0][..], &(7_u32 << 2 | 2).to_le_bytes()].concat();
        let cells = seven.repeat(usize::from(count));
        record(record::MUL_RK, &[&row.to_le_bytes()[..], &[0, 0], &cells, &[0, 0]].concat())
    }

    fn format(number: u16, code: &str) -> Vec<u8> {
        let units: Vec<u8> = code.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let len = (units.len() as u16 / 2).to_le_bytes();
        let content = [&number.to_le_bytes()[..], &len, &[1], &units].concat();
        record(record::FORMAT, &content)
    }

    #[test]
    fn numbers_are_shown_in_their_format() {
        let lists = [format(200, "00000"), style(200)];
        let rows = cells(&workbook(&lists, &[sevens(3, 2)])).unwrap();
        assert_eq!(rows, [(4, vec!["00007".to_owned(), "00007".to_owned()])]);
    }

    #[test]
    fn workbook_that_would_fill_the_memory_is_refused() {
        let styles: Vec<Vec<u8>> = vec![style(0); MOST_STYLES + 1];
        let error = cells(&workbook(&styles, &[]));
        assert!(matches!(error, Err(WorkbookFault::TooLarge)));
        let long = format!("\"{}\"0", "😀".repeat(250));
        let rows: Vec<Vec<u8>> = (0..80).map(|row| sevens(row, 1000)).collect();
        let error = cells(&workbook(&[format(200, &long), style(200)], &rows));
        assert!(matches!(error, Err(WorkbookFault::TooLarge)));
    }
}
