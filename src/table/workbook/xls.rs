//! Reads `.xls`: the records of Excel 97 to 2003 ([MS-XLS]).

use std::collections::{BTreeMap, HashMap};

use super::biff::{BiffRecord, BiffRecords, BiffText};
use super::bytes::ByteReader;
use super::cfb::CompoundFile;
use super::date::Epoch;
use super::fault::WorkbookFault;
use super::number_format::NumberFormat;
use super::sheet::{
    CellKind, RowSink, SheetFacts, SheetInfo, SheetRow, Workbook, push_bool, push_error,
};
use crate::table::text::Utf8Text;

const LISTS: &str = "its list of sheets";
const SHEET: &str = "the sheet";

/// The most bytes of the texts of a sheet: this many, and this many for each byte of the file,
/// because many cells may name one text.
const FREE: usize = 64 << 20;
const PACKED: usize = 16;

/// The numbers of records.
mod record {
    pub(super) const FORMULA: u16 = 0x06;
    pub(super) const END: u16 = 0x0A;
    pub(super) const DATE_MODE: u16 = 0x22;
    pub(super) const PASSWORD: u16 = 0x2F;
    pub(super) const COLUMNS: u16 = 0x7D;
    pub(super) const SHEET: u16 = 0x85;
    pub(super) const RKS: u16 = 0xBD;
    pub(super) const RICH_TEXT: u16 = 0xD6;
    pub(super) const STYLE: u16 = 0xE0;
    pub(super) const MERGED: u16 = 0xE5;
    pub(super) const TEXTS: u16 = 0xFC;
    pub(super) const TEXT_NUMBER: u16 = 0xFD;
    pub(super) const NUMBER: u16 = 0x203;
    pub(super) const TEXT: u16 = 0x204;
    pub(super) const BOOL_OR_ERROR: u16 = 0x205;
    pub(super) const RESULT: u16 = 0x207;
    pub(super) const ROW: u16 = 0x208;
    pub(super) const RK: u16 = 0x27E;
    pub(super) const FORMAT: u16 = 0x41E;
    pub(super) const BEGIN: u16 = 0x809;
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

impl Xls {
    /// Reads all but the sheets.
    pub(super) fn open(text: &Utf8Text) -> Result<Self, WorkbookFault> {
        let file = CompoundFile::open(text)?;
        if file.has("EncryptedPackage") {
            return Err(WorkbookFault::Protected);
        }
        let Some(stream) = file.stream("Workbook")? else {
            return Err(WorkbookFault::Other(match file.has("Book") {
                true => "it is a workbook of Excel 95 or older. Save it as .xlsx",
                false => {
                    "it is a document of an old version of Office, but no workbook. Save its table \
                     as CSV UTF-8"
                }
            }));
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
                record::END => break,
                record::PASSWORD => return Err(WorkbookFault::Protected),
                record::BEGIN if bytes.u16() != Some(VERSION_8) => {
                    return Err(WorkbookFault::Other(
                        "it is a workbook of Excel 95 or older. Save it as .xlsx",
                    ));
                }
                record::DATE_MODE if bytes.u16() == Some(1) => self.epoch = Epoch::Year1904,
                record::FORMAT => {
                    let number = bytes.u16().ok_or_else(damaged)?;
                    let code = BiffText::Long.read(bytes).ok_or_else(damaged)?;
                    codes.insert(number, NumberFormat::parse(&code));
                }
                record::STYLE => {
                    bytes.u16().ok_or_else(damaged)?;
                    styles.push(bytes.u16().ok_or_else(damaged)?);
                }
                record::SHEET => self.add_sheet(bytes).ok_or_else(damaged)?,
                record::TEXTS => self.texts = record.shared_texts().ok_or_else(damaged)?,
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
                record::BEGIN => depth += 1,
                record::END if depth <= 1 => break,
                record::END => depth -= 1,
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
    /// The number of bytes of its texts.
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
            record::COLUMNS => {
                let (from, to) = (bytes.u16()?, bytes.u16()?);
                bytes.take(4)?;
                if bytes.u16()? & 1 != 0 {
                    self.facts.hidden_columns.push((u32::from(from), u32::from(to)));
                }
            }
            record::MERGED => {
                for _ in 0..bytes.u16()? {
                    bytes.u16()?;
                    self.facts.merged.push(u32::from(bytes.u16()?) + 1);
                    bytes.take(4)?;
                }
            }
            record::RESULT => {
                let (row, column) = self.formula;
                let result = record.text()?;
                self.push_text(row, column, &result);
            }
            record::RKS => {
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
            | record::RICH_TEXT
            | record::TEXT_NUMBER
            | record::NUMBER
            | record::TEXT
            | record::BOOL_OR_ERROR
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
            record::TEXT | record::RICH_TEXT => {
                self.push_text(row, column, &BiffText::Long.read(bytes)?);
            }
            record::TEXT_NUMBER => {
                let workbook = self.workbook;
                let text = workbook.texts.get(bytes.u32()? as usize)?;
                self.push_text(row, column, text);
            }
            record::BOOL_OR_ERROR => {
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
        self.row(row).push_number(u32::from(column), number, format, workbook.epoch);
    }

    fn push_text(&mut self, row: u16, column: u16, text: &str) {
        self.bytes += text.len();
        self.row(row).push(u32::from(column), CellKind::Text, |to| to.push_str(text));
    }

    fn push_bool_or_error(&mut self, row: u16, column: u16, value: u8, is_error: bool) {
        self.row(row).push(u32::from(column), CellKind::Value, |text| match is_error {
            true => push_error(value, text),
            false => push_bool(value != 0, text),
        });
    }
}
