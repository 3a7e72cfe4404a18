//! Reads `.xlsb`: a workbook in binary records ([MS-XLSB]).
//!
//! The files of the black-box tests were saved by SheetJS, because LibreOffice cannot save the
//! format.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use super::archive::{Archive, ArchivePart};
use super::bytes::ByteReader;
use super::date::Epoch;
use super::fault::WorkbookFault;
use super::number_format::NumberFormat;
use super::package::{Package, PackageLists, PackageTargets, SheetParts};
use super::sheet::{
    CellKind, MOST_COLUMNS, MOST_ROWS, MOST_STYLES, RowSink, SheetFacts, SheetInfo, SheetRow,
    Workbook, push_bool, push_error,
};
use super::text_store::{TextStore, TextStoreBuilder};
use crate::table::merged_cells::MergedCells;

const SHEETS: &str = "its list of sheets";
const TEXTS: &str = "its texts";
const STYLES: &str = "its formats";
const SHEET: &str = "the sheet";
/// The most bytes of a record.
const MOST_RECORD: usize = 16 << 20;

/// The numbers of records ([MS-XLSB], 2.3).
mod record {
    pub(super) const BRT_ROW_HDR: u16 = 0;
    pub(super) const BRT_CELL_BLANK: u16 = 1;
    pub(super) const BRT_CELL_RK: u16 = 2;
    pub(super) const BRT_CELL_ERROR: u16 = 3;
    pub(super) const BRT_CELL_BOOL: u16 = 4;
    pub(super) const BRT_CELL_REAL: u16 = 5;
    pub(super) const BRT_CELL_ST: u16 = 6;
    pub(super) const BRT_CELL_ISST: u16 = 7;
    pub(super) const BRT_FMLA_STRING: u16 = 8;
    pub(super) const BRT_FMLA_NUM: u16 = 9;
    pub(super) const BRT_FMLA_BOOL: u16 = 10;
    pub(super) const BRT_FMLA_ERROR: u16 = 11;
    /// The forms of cells in the column after the one before them: a blank one, and so on.
    pub(super) const BRT_SHORT_BLANK: u16 = 12;
    pub(super) const BRT_SHORT_ISST: u16 = 18;
    pub(super) const BRT_SST_ITEM: u16 = 19;
    pub(super) const BRT_FMT: u16 = 44;
    pub(super) const BRT_XF: u16 = 47;
    pub(super) const BRT_COL_INFO: u16 = 60;
    pub(super) const BRT_CELL_R_STRING: u16 = 62;
    pub(super) const BRT_END_SHEET: u16 = 130;
    pub(super) const BRT_END_BOOK: u16 = 132;
    pub(super) const BRT_WB_PROP: u16 = 153;
    pub(super) const BRT_BUNDLE_SH: u16 = 156;
    pub(super) const BRT_END_SST: u16 = 160;
    pub(super) const BRT_MERGE_CELL: u16 = 176;
    pub(super) const BRT_BEGIN_CELL_XFS: u16 = 617;
    pub(super) const BRT_END_CELL_XFS: u16 = 618;
}

/// A workbook in binary records.
pub(super) struct Xlsb<'t>(Package<'t>);

impl<'t> Xlsb<'t> {
    /// Reads all but the sheets. `main` is the part with the list of sheets.
    pub(super) fn open(
        archive: Archive<'t>,
        main: &str,
        spool_dir: &Path,
    ) -> Result<Self, WorkbookFault> {
        Package::open::<Self>(archive, main, spool_dir).map(Self)
    }
}

impl Workbook for Xlsb<'_> {
    fn sheets(&self) -> &[SheetInfo] {
        &self.0.sheets
    }

    fn read(&mut self, sheet: usize, sink: &mut RowSink<'_>) -> Result<SheetFacts, WorkbookFault> {
        let Package { archive, parts, texts, formats, epoch, .. } = &mut self.0;
        let mut records = XlsbRecords::open(archive, &parts[sheet], SHEET)?;
        let mut reader = XlsbSheetReader {
            texts,
            formats,
            epoch: *epoch,
            facts: SheetFacts::default(),
            row: SheetRow::default(),
            next_column: 0,
        };
        loop {
            let Some(kind) = records.next()? else { return Err(WorkbookFault::Damaged(SHEET)) };
            let ends_row = matches!(kind, record::BRT_ROW_HDR | record::BRT_END_SHEET);
            if ends_row && reader.row.number > 0 {
                reader.row.sort(SHEET)?;
                if sink(&reader.row)?.is_break() {
                    return Ok(reader.facts);
                }
            }
            if kind == record::BRT_END_SHEET {
                return Ok(reader.facts);
            }
            reader
                .record(kind, ByteReader(&records.buffer))?
                .ok_or(WorkbookFault::Damaged(SHEET))?;
        }
    }

    fn begin_pass(&mut self) {
        self.0.archive.begin_pass();
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
        let from = archive.part(name)?.ok_or(WorkbookFault::Damaged(part))?;
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
            record::BRT_ROW_HDR => self.start_row(bytes),
            record::BRT_CELL_BLANK..=record::BRT_SHORT_ISST | record::BRT_CELL_R_STRING => {
                return self.cell(kind, bytes);
            }
            record::BRT_COL_INFO => self.columns(bytes),
            record::BRT_MERGE_CELL => self.merged(bytes),
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
        let rows = (bytes.u32()?.saturating_add(1), bytes.u32()?.saturating_add(1));
        let columns = (bytes.u32()?, bytes.u32()?);
        self.facts.merged.push(MergedCells { rows, columns });
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
        let is_short = (record::BRT_SHORT_BLANK..=record::BRT_SHORT_ISST).contains(&kind);
        let (kind, column) = match is_short {
            true => {
                (kind - record::BRT_SHORT_BLANK + record::BRT_CELL_BLANK, Some(self.next_column))
            }
            false => (kind, bytes.u32()),
        };
        let (Some(column), Some(style)) = (column, bytes.u32()) else { return Ok(None) };
        self.next_column = column.saturating_add(1);
        if column >= MOST_COLUMNS || self.row.number == 0 {
            return Ok(None);
        }
        let Self { row, texts, formats, epoch, .. } = self;
        match kind {
            record::BRT_CELL_RK | record::BRT_CELL_REAL | record::BRT_FMLA_NUM => {
                let number = if kind == record::BRT_CELL_RK { bytes.rk() } else { bytes.f64() };
                let Some(number) = number else { return Ok(None) };
                let format = NumberFormat::of_style(formats, (style & 0xFF_FFFF) as usize);
                row.push_number(column, number, format, *epoch);
            }
            record::BRT_CELL_ISST => {
                let Some(number) = bytes.u32() else { return Ok(None) };
                let mut found = Ok(None);
                row.push(column, CellKind::Text, |text| found = texts.push(number as usize, text));
                return found;
            }
            record::BRT_CELL_ST | record::BRT_FMLA_STRING | record::BRT_CELL_R_STRING => {
                if kind == record::BRT_CELL_R_STRING {
                    bytes.u8();
                }
                let Some(found) = bytes.wide_text() else { return Ok(None) };
                row.push(column, CellKind::Text, |text| text.push_str(&found));
            }
            record::BRT_CELL_BOOL | record::BRT_FMLA_BOOL => {
                let Some(byte) = bytes.u8() else { return Ok(None) };
                row.push(column, CellKind::Truth, |text| push_bool(byte != 0, text));
            }
            record::BRT_CELL_ERROR | record::BRT_FMLA_ERROR => {
                let Some(byte) = bytes.u8() else { return Ok(None) };
                row.push(column, CellKind::Value, |text| push_error(byte, text));
            }
            _ => {}
        }
        Ok(Some(()))
    }
}

impl PackageLists for Xlsb<'_> {
    fn sheets(
        archive: &mut Archive<'_>,
        main: &str,
        targets: &PackageTargets,
    ) -> Result<(Epoch, SheetParts), WorkbookFault> {
        let mut records = XlsbRecords::open(archive, main, SHEETS)?;
        let (mut epoch, mut sheets) = (Epoch::default(), SheetParts::default());
        loop {
            let Some(kind) = records.next()? else { return Err(WorkbookFault::Damaged(SHEETS)) };
            let mut bytes = ByteReader(&records.buffer);
            match kind {
                record::BRT_END_BOOK => return Ok((epoch, sheets)),
                record::BRT_WB_PROP if bytes.u32().is_some_and(|flags| flags & 1 != 0) => {
                    epoch = Epoch::Year1904;
                }
                record::BRT_BUNDLE_SH => {
                    let (info, id) = sheet(bytes).ok_or(WorkbookFault::Damaged(SHEETS))?;
                    sheets.push(info, targets.get(&id)?)?;
                }
                _ => {}
            }
        }
    }

    fn texts(
        archive: &mut Archive<'_>,
        part: &str,
        texts: &mut TextStoreBuilder<'_>,
    ) -> Result<(), WorkbookFault> {
        let mut records = XlsbRecords::open(archive, part, TEXTS)?;
        loop {
            let damaged = WorkbookFault::Damaged(TEXTS);
            match records.next()? {
                None => return Err(damaged),
                Some(record::BRT_END_SST) => return Ok(()),
                Some(record::BRT_SST_ITEM) => {
                    let mut bytes = ByteReader(&records.buffer);
                    let text = bytes.u8().and_then(|_| bytes.wide_text()).ok_or(damaged)?;
                    texts.push(&text)?;
                }
                Some(_) => {}
            }
        }
    }

    fn formats(archive: &mut Archive<'_>, part: &str) -> Result<Vec<NumberFormat>, WorkbookFault> {
        let (mut codes, mut formats) = (HashMap::new(), Vec::new());
        let mut records = XlsbRecords::open(archive, part, STYLES)?;
        let mut is_of_cells = false;
        while let Some(kind) = records.next()? {
            let damaged = || WorkbookFault::Damaged(STYLES);
            let mut bytes = ByteReader(&records.buffer);
            match kind {
                record::BRT_FMT => {
                    let number = u32::from(bytes.u16().ok_or_else(damaged)?);
                    let code = bytes.wide_text().ok_or_else(damaged)?;
                    codes.insert(number, NumberFormat::parse(&code));
                }
                record::BRT_BEGIN_CELL_XFS => is_of_cells = true,
                record::BRT_END_CELL_XFS => break,
                record::BRT_XF if is_of_cells => {
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
}

/// Reads a sheet of the list, with the id of its part.
fn sheet(mut bytes: ByteReader<'_>) -> Option<(SheetInfo, String)> {
    let is_hidden = bytes.u32()? != 0;
    bytes.u32()?;
    let id = bytes.wide_text()?;
    Some((SheetInfo { name: bytes.wide_text()?, is_hidden }, id))
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
        record(record::BRT_ROW_HDR, &[&number.to_le_bytes()[..], &[0; 7], &[flags]].concat())
    }

    fn workbook(sheet: &[Vec<u8>]) -> Vec<u8> {
        let relation = |id: &str, kind: &str, part: &str| {
            format!(
                "<Relationship Id=\"{id}\" Type=\"http://x/relationships/{kind}\" \
                 Target=\"{part}\"/>"
            )
        };
        let list =
            |relations: &str| format!("<Relationships>{relations}</Relationships>").into_bytes();
        let book = [
            record(record::BRT_BUNDLE_SH, &[&[0; 8][..], &wide("r1"), &wide("Staff")].concat()),
            record(
                record::BRT_BUNDLE_SH,
                &[&[1, 0, 0, 0, 0, 0, 0, 0][..], &wide("r4"), &wide("Old")].concat(),
            ),
            record(record::BRT_END_BOOK, &[]),
        ]
        .concat();
        let styles = [
            record(record::BRT_FMT, &[&200_u16.to_le_bytes()[..], &wide("00000")].concat()),
            record(record::BRT_XF, &[0, 0, 14, 0]),
            record(record::BRT_BEGIN_CELL_XFS, &[3, 0, 0, 0]),
            record(record::BRT_XF, &[0, 0, 0, 0]),
            record(record::BRT_XF, &[0, 0, 200, 0]),
            record(record::BRT_XF, &[0, 0, 14, 0]),
            record(record::BRT_END_CELL_XFS, &[]),
        ]
        .concat();
        let texts = [
            record(record::BRT_SST_ITEM, &[&[0][..], &wide("email")].concat()),
            record(record::BRT_SST_ITEM, &[&[0][..], &wide("Zoë")].concat()),
            record(record::BRT_END_SST, &[]),
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
                        relation("r4", "worksheet", "worksheets/sheet2.bin"),
                    ]
                    .concat(),
                ),
            ),
            ("xl/workbook.bin", &book),
            ("xl/styles.bin", &styles),
            ("xl/sharedStrings.bin", &texts),
            ("xl/worksheets/sheet1.bin", &sheet.concat()),
            ("xl/worksheets/sheet2.bin", &record(record::BRT_END_SHEET, &[])),
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
            record(record::BRT_COL_INFO, &[1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
            row(0, 0),
            cell(record::BRT_CELL_ISST, 0, 0, &0_u32.to_le_bytes()),
            cell(record::BRT_CELL_ISST, 3, 0, &1_u32.to_le_bytes()),
            row(4, 0x10),
            cell(record::BRT_CELL_RK, 0, 1, &(123_u32 << 2 | 2).to_le_bytes()),
            cell(record::BRT_CELL_REAL, 1, 2, &46_266.0_f64.to_le_bytes()),
            cell(record::BRT_CELL_BOOL, 2, 0, &[1]),
            cell(record::BRT_CELL_ERROR, 3, 0, &[0x2A]),
            row(5, 0),
            cell(record::BRT_FMLA_ERROR, 0, 0, &[0x17, 9, 9]),
            cell(record::BRT_FMLA_STRING, 1, 0, &wide("x")),
            cell(record::BRT_FMLA_NUM, 2, 0, &1.5_f64.to_le_bytes()),
            cell(record::BRT_FMLA_BOOL, 3, 0, &[0]),
            cell(record::BRT_CELL_R_STRING, 4, 0, &[&[0][..], &wide("rich")].concat()),
            cell(record::BRT_CELL_ST, 5, 0, &wide("plain")),
            record(record::BRT_SHORT_BLANK, &[0; 4]),
            record(
                record::BRT_SHORT_BLANK + 1,
                &[&[1, 0, 0, 0][..], &(7_u32 << 2 | 2).to_le_bytes()].concat(),
            ),
            record(record::BRT_MERGE_CELL, &[1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            record(record::BRT_END_SHEET, &[]),
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
        assert_eq!(
            (facts.hidden_columns, facts.merged),
            (vec![(1, 2)], vec![MergedCells { rows: (2, 4), columns: (0, 0) }])
        );
    }

    #[test]
    fn broken_records_are_damaged_sheets() {
        let end = || record(record::BRT_END_SHEET, &[]);
        for records in [
            vec![row(0, 0)],
            vec![row(1, 0), row(0, 0), end()],
            vec![cell(record::BRT_CELL_RK, 0, 0, &[0; 4]), end()],
            vec![row(0, 0), cell(record::BRT_CELL_RK, 0, 0, &[0; 3]), end()],
            vec![row(0, 0), cell(record::BRT_CELL_ISST, 0, 0, &[9, 0, 0, 0]), end()],
            vec![row(0, 0), cell(record::BRT_CELL_ST, 0, 0, &[9, 0, 0, 0, 1]), end()],
            vec![row(0, 0), cell(record::BRT_CELL_RK, MOST_COLUMNS, 0, &[0; 4]), end()],
            vec![
                row(0, 0),
                cell(record::BRT_CELL_BOOL, 0, 0, &[1]),
                cell(record::BRT_CELL_BOOL, 0, 0, &[1]),
                end(),
            ],
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
