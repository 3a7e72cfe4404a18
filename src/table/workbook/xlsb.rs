//! Reads `.xlsb`: a workbook in binary records ([MS-XLSB]).

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use super::archive::{Archive, ArchivePart};
use super::bytes::ByteReader;
use super::date::Epoch;
use super::fault::WorkbookFault;
use super::number_format::NumberFormat;
use super::package::{PackageTarget, SheetPart, relationships};
use super::sheet::{
    CellKind, MOST_COLUMNS, MOST_ROWS, MOST_STYLES, RowSink, SheetFacts, SheetInfo, SheetRow,
    Workbook, push_bool, push_error,
};
use super::text_store::{TextStore, TextStoreBuilder};

const SHEETS: &str = "its list of sheets";
const TEXTS: &str = "its texts";
const STYLES: &str = "its formats";
const SHEET: &str = "the sheet";
/// The most bytes of a record.
const MOST_RECORD: usize = 16 << 20;

/// The numbers of records.
mod record {
    pub(super) const ROW: u16 = 0;
    pub(super) const BLANK: u16 = 1;
    pub(super) const RK: u16 = 2;
    pub(super) const ERROR: u16 = 3;
    pub(super) const BOOL: u16 = 4;
    pub(super) const REAL: u16 = 5;
    pub(super) const TEXT: u16 = 6;
    pub(super) const TEXT_NUMBER: u16 = 7;
    pub(super) const FORMULA_TEXT: u16 = 8;
    pub(super) const FORMULA_NUMBER: u16 = 9;
    pub(super) const FORMULA_BOOL: u16 = 10;
    pub(super) const FORMULA_ERROR: u16 = 11;
    /// The forms of cells in the column after the one before them: a blank one, and so on.
    pub(super) const FIRST_SHORT: u16 = 12;
    pub(super) const LAST_SHORT: u16 = 18;
    pub(super) const SHARED_TEXT: u16 = 19;
    pub(super) const FORMAT: u16 = 44;
    pub(super) const STYLE: u16 = 47;
    pub(super) const COLUMNS: u16 = 60;
    pub(super) const RICH_TEXT: u16 = 62;
    pub(super) const END_SHEET: u16 = 130;
    pub(super) const END_BOOK: u16 = 132;
    pub(super) const BOOK: u16 = 153;
    pub(super) const SHEET: u16 = 156;
    pub(super) const END_TEXTS: u16 = 160;
    pub(super) const MERGED: u16 = 176;
    pub(super) const STYLES: u16 = 617;
    pub(super) const END_STYLES: u16 = 618;
}

/// A workbook in binary records.
pub(super) struct Xlsb<'t> {
    archive: Archive<'t>,
    sheets: Vec<SheetInfo>,
    /// The part of each sheet.
    parts: Vec<String>,
    texts: TextStore,
    formats: Vec<NumberFormat>,
    epoch: Epoch,
}

impl<'t> Xlsb<'t> {
    /// Reads all but the sheets. `main` is the part with the list of sheets.
    pub(super) fn open(
        mut archive: Archive<'t>,
        main: &str,
        spool_dir: &Path,
    ) -> Result<Self, WorkbookFault> {
        let targets = relationships(&mut archive, main)?;
        let (epoch, listed) = sheets(&mut archive, main, &targets)?;
        let part = |kind: &str| {
            targets.values().find(|target| target.kind == kind).map(|target| target.part.clone())
        };
        let texts = texts(&mut archive, part("sharedStrings"), spool_dir)?;
        let formats = formats(&mut archive, part("styles"))?;
        let (sheets, parts) = listed.into_iter().map(|sheet| (sheet.info, sheet.part)).unzip();
        Ok(Self { archive, sheets, parts, texts, formats, epoch })
    }
}

impl Workbook for Xlsb<'_> {
    fn sheets(&self) -> &[SheetInfo] {
        &self.sheets
    }

    fn read(&mut self, sheet: usize, sink: &mut RowSink<'_>) -> Result<SheetFacts, WorkbookFault> {
        let mut records = XlsbRecords::open(&mut self.archive, &self.parts[sheet], SHEET)?;
        let mut reader = XlsbSheetReader {
            texts: &mut self.texts,
            formats: &self.formats,
            epoch: self.epoch,
            facts: SheetFacts::default(),
            row: SheetRow::default(),
            next_column: 0,
        };
        loop {
            let Some(kind) = records.next()? else { return Err(WorkbookFault::Damaged(SHEET)) };
            let ends_row = matches!(kind, record::ROW | record::END_SHEET);
            if ends_row && reader.row.number > 0 {
                reader.row.sort(SHEET)?;
                if sink(&reader.row)?.is_break() {
                    return Ok(reader.facts);
                }
            }
            if kind == record::END_SHEET {
                return Ok(reader.facts);
            }
            reader
                .record(kind, ByteReader(&records.buffer))?
                .ok_or(WorkbookFault::Damaged(SHEET))?;
        }
    }
}

/// The records of a part.
struct XlsbRecords<'a, 't> {
    from: ArchivePart<'a, 't>,
    /// The content of the record that was read last.
    buffer: Vec<u8>,
    part: &'static str,
}

impl<'a, 't> XlsbRecords<'a, 't> {
    fn open(
        archive: &'a mut Archive<'t>,
        name: &str,
        part: &'static str,
    ) -> Result<Self, WorkbookFault> {
        let from = archive.binary(name)?.ok_or(WorkbookFault::Damaged(part))?;
        Ok(Self { from, buffer: Vec::new(), part })
    }

    /// Reads the next record, and returns its kind; `None` at the end.
    fn next(&mut self) -> Result<Option<u16>, WorkbookFault> {
        let damaged = WorkbookFault::Damaged(self.part);
        let Some(first) = self.byte()? else { return Ok(None) };
        let mut kind = u16::from(first);
        if first & 0x80 != 0 {
            let Some(second) = self.byte()? else { return Err(damaged) };
            kind = u16::from(first & 0x7F) | u16::from(second & 0x7F) << 7;
        }
        let mut len = 0;
        for shift in [0, 7, 14, 21] {
            let Some(byte) = self.byte()? else { return Err(damaged) };
            len |= usize::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        if len > MOST_RECORD {
            return Err(damaged);
        }
        self.buffer.clear();
        let read = self.from.by_ref().take(len as u64).read_to_end(&mut self.buffer);
        match read.map_err(|error| WorkbookFault::of_read(&error, self.part))? == len {
            true => Ok(Some(kind)),
            false => Err(damaged),
        }
    }

    fn byte(&mut self) -> Result<Option<u8>, WorkbookFault> {
        let mut byte = [0];
        match self.from.read(&mut byte) {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(byte[0])),
            Err(error) => Err(WorkbookFault::of_read(&error, self.part)),
        }
    }
}

/// Reads a sheet, record by record.
struct XlsbSheetReader<'x> {
    texts: &'x mut TextStore,
    formats: &'x [NumberFormat],
    epoch: Epoch,
    facts: SheetFacts,
    row: SheetRow,
    next_column: u32,
}

impl XlsbSheetReader<'_> {
    /// Reads a record; the inner value is `None` if it is damaged.
    fn record(&mut self, kind: u16, bytes: ByteReader<'_>) -> Result<Option<()>, WorkbookFault> {
        Ok(match kind {
            record::ROW => self.start_row(bytes),
            record::BLANK..=record::LAST_SHORT | record::RICH_TEXT => {
                return self.cell(kind, bytes);
            }
            record::COLUMNS => self.columns(bytes),
            record::MERGED => self.merged(bytes),
            _ => Some(()),
        })
    }

    fn columns(&mut self, mut bytes: ByteReader<'_>) -> Option<()> {
        const HIDDEN: u16 = 1;
        let (from, to) = (bytes.u32()?, bytes.u32()?);
        bytes.take(8)?;
        if bytes.u16()? & HIDDEN != 0 {
            self.facts.hidden_columns.push((from, to));
        }
        Some(())
    }

    fn merged(&mut self, mut bytes: ByteReader<'_>) -> Option<()> {
        bytes.u32()?;
        self.facts.merged.push(bytes.u32()?.saturating_add(1));
        Some(())
    }

    fn start_row(&mut self, mut bytes: ByteReader<'_>) -> Option<()> {
        const HIDDEN: u8 = 0x10;
        let number = bytes.u32()?.checked_add(1)?;
        let flags = *bytes.take(8)?.last()?;
        let is_next = number > self.row.number && number <= MOST_ROWS;
        self.row.begin(number);
        self.row.is_hidden = flags & HIDDEN != 0;
        self.next_column = 0;
        is_next.then_some(())
    }

    fn cell(&mut self, kind: u16, mut bytes: ByteReader<'_>) -> Result<Option<()>, WorkbookFault> {
        let is_short = (record::FIRST_SHORT..=record::LAST_SHORT).contains(&kind);
        let (kind, column) = match is_short {
            true => (kind - record::FIRST_SHORT + record::BLANK, Some(self.next_column)),
            false => (kind, bytes.u32()),
        };
        let (Some(column), Some(style)) = (column, bytes.u32()) else { return Ok(None) };
        self.next_column = column.saturating_add(1);
        if column >= MOST_COLUMNS || self.row.number == 0 {
            return Ok(None);
        }
        let Self { row, texts, formats, epoch, .. } = self;
        let value = |row: &mut SheetRow, write: &dyn Fn(&mut String)| {
            row.push(column, CellKind::Value, write);
        };
        match kind {
            record::RK | record::REAL | record::FORMULA_NUMBER => {
                let number = if kind == record::RK { bytes.rk() } else { bytes.f64() };
                let Some(number) = number else { return Ok(None) };
                let format = NumberFormat::of_style(formats, (style & 0xFF_FFFF) as usize);
                row.push_number(column, number, format, *epoch);
            }
            record::TEXT_NUMBER => {
                let Some(number) = bytes.u32() else { return Ok(None) };
                let mut found = Ok(None);
                row.push(column, CellKind::Text, |text| found = texts.push(number as usize, text));
                return found;
            }
            record::TEXT | record::FORMULA_TEXT | record::RICH_TEXT => {
                if kind == record::RICH_TEXT {
                    bytes.u8();
                }
                let Some(found) = bytes.wide_text() else { return Ok(None) };
                row.push(column, CellKind::Text, |text| text.push_str(&found));
            }
            record::BOOL | record::FORMULA_BOOL => {
                let Some(byte) = bytes.u8() else { return Ok(None) };
                value(row, &|text| push_bool(byte != 0, text));
            }
            record::ERROR | record::FORMULA_ERROR => {
                let Some(byte) = bytes.u8() else { return Ok(None) };
                value(row, &|text| push_error(byte, text));
            }
            _ => {}
        }
        Ok(Some(()))
    }
}

/// Reads the list of sheets.
fn sheets(
    archive: &mut Archive<'_>,
    main: &str,
    targets: &HashMap<String, PackageTarget>,
) -> Result<(Epoch, Vec<SheetPart>), WorkbookFault> {
    let mut records = XlsbRecords::open(archive, main, SHEETS)?;
    let (mut epoch, mut sheets) = (Epoch::default(), Vec::new());
    loop {
        let Some(kind) = records.next()? else { return Err(WorkbookFault::Damaged(SHEETS)) };
        let mut bytes = ByteReader(&records.buffer);
        match kind {
            record::END_BOOK => return Ok((epoch, sheets)),
            record::BOOK if bytes.u32().is_some_and(|flags| flags & 1 != 0) => {
                epoch = Epoch::Year1904;
            }
            record::SHEET => {
                let sheet = sheet(bytes).ok_or(WorkbookFault::Damaged(SHEETS))?;
                let (info, id) = sheet;
                let target = id.and_then(|id| targets.get(&id));
                if let Some(target) = target.filter(|target| target.kind == "worksheet") {
                    sheets.push(SheetPart { info, part: target.part.clone() });
                }
            }
            _ => {}
        }
    }
}

/// Reads a sheet of the list, with the id of its part.
fn sheet(mut bytes: ByteReader<'_>) -> Option<(SheetInfo, Option<String>)> {
    const NO_TEXT: u32 = u32::MAX;
    let is_hidden = bytes.u32()? != 0;
    bytes.u32()?;
    let id = match bytes.u32()? {
        NO_TEXT => None,
        len => Some(bytes.utf16(len as usize)?),
    };
    Some((SheetInfo { name: bytes.wide_text()?, is_hidden }, id))
}

/// Reads the texts that cells name by number.
fn texts(
    archive: &mut Archive<'_>,
    part: Option<String>,
    spool_dir: &Path,
) -> Result<TextStore, WorkbookFault> {
    let mut texts = TextStoreBuilder::new(spool_dir);
    let Some(part) = part else { return texts.build() };
    let mut records = XlsbRecords::open(archive, &part, TEXTS)?;
    loop {
        let damaged = WorkbookFault::Damaged(TEXTS);
        match records.next()? {
            None => return Err(damaged),
            Some(record::END_TEXTS) => return texts.build(),
            Some(record::SHARED_TEXT) => {
                let mut bytes = ByteReader(&records.buffer);
                let text = bytes.u8().and_then(|_| bytes.wide_text()).ok_or(damaged)?;
                texts.push(&text)?;
            }
            Some(_) => {}
        }
    }
}

/// Reads the formats of numbers, in the order of the styles of cells.
fn formats(
    archive: &mut Archive<'_>,
    part: Option<String>,
) -> Result<Vec<NumberFormat>, WorkbookFault> {
    let (mut codes, mut formats) = (HashMap::new(), Vec::new());
    let Some(part) = part else { return Ok(formats) };
    let mut records = XlsbRecords::open(archive, &part, STYLES)?;
    let mut is_of_cells = false;
    while let Some(kind) = records.next()? {
        let damaged = || WorkbookFault::Damaged(STYLES);
        let mut bytes = ByteReader(&records.buffer);
        match kind {
            record::FORMAT => {
                let number = u32::from(bytes.u16().ok_or_else(damaged)?);
                let code = bytes.wide_text().ok_or_else(damaged)?;
                codes.insert(number, NumberFormat::parse(&code));
            }
            record::STYLES => is_of_cells = true,
            record::END_STYLES => break,
            record::STYLE if is_of_cells => {
                bytes.u16().ok_or_else(damaged)?;
                let number = u32::from(bytes.u16().ok_or_else(damaged)?);
                let own = codes.get(&number).cloned();
                formats.push(own.unwrap_or_else(|| NumberFormat::built_in(number)));
                if formats.len() > MOST_STYLES {
                    return Err(WorkbookFault::TooLarge);
                }
            }
            _ => {}
        }
    }
    Ok(formats)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::workbook::open::open;
    use crate::table::workbook::test_files::{package, text_file};
    use std::ops::ControlFlow;

    fn record(kind: u16, content: &[u8]) -> Vec<u8> {
        let mut bytes = match u8::try_from(kind) {
            Ok(kind) if kind < 0x80 => vec![kind],
            _ => vec![kind as u8 | 0x80, (kind >> 7) as u8],
        };
        bytes.push(u8::try_from(content.len()).unwrap());
        bytes.extend_from_slice(content);
        bytes
    }

    fn wide(text: &str) -> Vec<u8> {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [&(units.len() as u32 / 2).to_le_bytes()[..], &units].concat()
    }

    fn cell(kind: u16, column: u32, style: u32, value: &[u8]) -> Vec<u8> {
        record(kind, &[&column.to_le_bytes()[..], &style.to_le_bytes(), value].concat())
    }

    fn row(number: u32, flags: u8) -> Vec<u8> {
        record(record::ROW, &[&number.to_le_bytes()[..], &[0; 7], &[flags]].concat())
    }

    fn workbook(sheet: &[Vec<u8>]) -> Vec<u8> {
        let relation = |id: &str, kind: &str, part: &str| {
            format!(
                "<Relationship Id=\"{id}\" Type=\"http://x/relationships/{kind}\" Target=\"{part}\"/>"
            )
        };
        let list =
            |relations: &str| format!("<Relationships>{relations}</Relationships>").into_bytes();
        let book = [
            record(record::SHEET, &[&[0; 8][..], &wide("r1"), &wide("Staff")].concat()),
            record(
                record::SHEET,
                &[&[1, 0, 0, 0, 0, 0, 0, 0][..], &wide("r1"), &wide("Old")].concat(),
            ),
            record(record::END_BOOK, &[]),
        ]
        .concat();
        let styles = [
            record(record::FORMAT, &[&200_u16.to_le_bytes()[..], &wide("00000")].concat()),
            record(record::STYLE, &[0, 0, 14, 0]),
            record(record::STYLES, &[3, 0, 0, 0]),
            record(record::STYLE, &[0, 0, 0, 0]),
            record(record::STYLE, &[0, 0, 200, 0]),
            record(record::STYLE, &[0, 0, 14, 0]),
            record(record::END_STYLES, &[]),
        ]
        .concat();
        let texts = [
            record(record::SHARED_TEXT, &[&[0][..], &wide("email")].concat()),
            record(record::SHARED_TEXT, &[&[0][..], &wide("Zoë")].concat()),
            record(record::END_TEXTS, &[]),
        ]
        .concat();
        package(&[
            ("_rels/.rels", &list(&relation("m", "officeDocument", "xl/workbook.bin"))),
            (
                "xl/_rels/workbook.bin.rels",
                &list(
                    &[
                        relation("r1", "worksheet", "worksheets/sheet1.bin"),
                        relation("r2", "styles", "styles.bin"),
                        relation("r3", "sharedStrings", "sharedStrings.bin"),
                    ]
                    .concat(),
                ),
            ),
            ("xl/workbook.bin", &book),
            ("xl/styles.bin", &styles),
            ("xl/sharedStrings.bin", &texts),
            ("xl/worksheets/sheet1.bin", &sheet.concat()),
        ])
    }

    type FoundRow = (u32, bool, Vec<String>);

    fn cells(sheet: &[Vec<u8>]) -> Result<(Vec<FoundRow>, SheetFacts), WorkbookFault> {
        let folder = tempfile::tempdir().unwrap();
        let text = text_file(&workbook(sheet));
        let mut workbook = open(&text, folder.path())?;
        let names: Vec<(&str, bool)> =
            workbook.sheets().iter().map(|sheet| (&*sheet.name, sheet.is_hidden)).collect();
        assert_eq!(names, [("Staff", false), ("Old", true)]);
        let mut rows = Vec::new();
        let facts = workbook.read(0, &mut |row| {
            let cells = row.cells().iter().map(|cell| row.text(*cell).to_owned()).collect();
            rows.push((row.number, row.is_hidden, cells));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok((rows, facts))
    }

    #[test]
    fn cells_of_every_kind_are_read() {
        let (rows, facts) = cells(&[
            record(record::COLUMNS, &[1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
            row(0, 0),
            cell(record::TEXT_NUMBER, 0, 0, &0_u32.to_le_bytes()),
            cell(record::TEXT_NUMBER, 3, 0, &1_u32.to_le_bytes()),
            row(4, 0x10),
            cell(record::RK, 0, 1, &(123_u32 << 2 | 2).to_le_bytes()),
            cell(record::REAL, 1, 2, &46_266.0_f64.to_le_bytes()),
            cell(record::BOOL, 2, 0, &[1]),
            cell(record::ERROR, 3, 0, &[0x2A]),
            row(5, 0),
            cell(record::FORMULA_ERROR, 0, 0, &[0x17, 9, 9]),
            cell(record::FORMULA_TEXT, 1, 0, &wide("x")),
            cell(record::FORMULA_NUMBER, 2, 0, &1.5_f64.to_le_bytes()),
            cell(record::FORMULA_BOOL, 3, 0, &[0]),
            cell(record::RICH_TEXT, 4, 0, &[&[0][..], &wide("rich")].concat()),
            cell(record::TEXT, 5, 0, &wide("plain")),
            record(record::FIRST_SHORT, &[0; 4]),
            record(
                record::FIRST_SHORT + 1,
                &[&[1, 0, 0, 0][..], &(7_u32 << 2 | 2).to_le_bytes()].concat(),
            ),
            record(record::MERGED, &[1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            record(record::END_SHEET, &[]),
        ])
        .unwrap();
        let expected = [
            (1, false, vec!["email", "Zoë"]),
            (5, true, vec!["00123", "2026-09-01", "TRUE", "#N/A"]),
            (6, false, vec!["#REF!", "x", "1.5", "FALSE", "rich", "plain", "00007"]),
        ];
        let rows: Vec<(u32, bool, Vec<&str>)> = rows
            .iter()
            .map(|(number, hidden, cells)| (*number, *hidden, cells.iter().map(|c| &**c).collect()))
            .collect();
        assert_eq!(rows, expected);
        assert_eq!((facts.hidden_columns, facts.merged), (vec![(1, 2)], vec![4]));
    }

    #[test]
    fn broken_records_are_damaged_sheets() {
        let end = || record(record::END_SHEET, &[]);
        for records in [
            vec![row(0, 0)],
            vec![row(1, 0), row(0, 0), end()],
            vec![cell(record::RK, 0, 0, &[0; 4]), end()],
            vec![row(0, 0), cell(record::RK, 0, 0, &[0; 3]), end()],
            vec![row(0, 0), cell(record::TEXT_NUMBER, 0, 0, &[9, 0, 0, 0]), end()],
            vec![row(0, 0), cell(record::TEXT, 0, 0, &[9, 0, 0, 0, 1]), end()],
            vec![row(0, 0), cell(record::RK, MOST_COLUMNS, 0, &[0; 4]), end()],
            vec![row(0, 0), cell(record::BOOL, 0, 0, &[1]), cell(record::BOOL, 0, 0, &[1]), end()],
            vec![vec![0x80], end()],
        ] {
            assert!(matches!(cells(&records), Err(WorkbookFault::Damaged(_))), "{records:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_records_are_read(bytes: Vec<u8>) {
            let _ = cells(&[row(0, 0), bytes]);
        }
    }
}
