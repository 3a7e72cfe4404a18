//! Reads the rows of a sheet in XML (ECMA-376, part 1, 18.3).

use quick_xml::events::{BytesStart, Event};

use super::archive::ArchivePart;
use super::date::Epoch;
use super::fault::WorkbookFault;
use super::number_format::NumberFormat;
use super::sheet::{
    CellKind, MOST_COLUMNS, MOST_ROWS, RowSink, SheetFacts, SheetRow, cell_address, push_bool,
};
use super::text_store::TextStore;
use super::xlsx_text::decode_escapes;
use super::xml::{Xml, attribute, attributes, is_set, push_text};
use crate::table::merged_cells::MergedCells;

const SHEET: &str = "the sheet";

/// What cells refer to.
pub(super) struct XlsxLists<'x> {
    pub(super) texts: &'x mut TextStore,
    pub(super) formats: &'x [NumberFormat],
    pub(super) epoch: Epoch,
}

/// Reads a sheet, element by element.
pub(super) struct XlsxSheetReader<'x> {
    context: XlsxLists<'x>,
    facts: SheetFacts,
    row: SheetRow,
    /// The number of the last row, from 1.
    last_row: u32,
    /// The column of the next cell that names none.
    next_column: u32,
    is_in_rows: bool,
    cell: OpenXlsxCell,
    reading: ReadElement,
}

/// What the text of an element is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ReadElement {
    Nothing,
    Value,
    Formula,
    /// A reading aid beside a text in place.
    Aid,
}

/// A cell whose element is open.
#[derive(Default)]
struct OpenXlsxCell {
    is_open: bool,
    column: u32,
    style: usize,
    kind: XlsxValueKind,
    value: String,
    has_value: bool,
    formula: String,
    has_formula: bool,
}

/// What the value of a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum XlsxValueKind {
    #[default]
    Number,
    /// The number of a text.
    TextNumber,
    Text,
    Bool,
    /// A date in ISO 8601.
    Date,
    Error,
}

impl XlsxValueKind {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "n" => Self::Number,
            "s" => Self::TextNumber,
            "str" | "inlineStr" => Self::Text,
            "b" => Self::Bool,
            "d" => Self::Date,
            "e" => Self::Error,
            _ => return None,
        })
    }
}

impl<'x> XlsxSheetReader<'x> {
    /// Creates a reader of a sheet.
    pub(super) fn new(context: XlsxLists<'x>) -> Self {
        Self {
            context,
            facts: SheetFacts::default(),
            row: SheetRow::default(),
            last_row: 0,
            next_column: 0,
            is_in_rows: false,
            cell: OpenXlsxCell::default(),
            reading: ReadElement::Nothing,
        }
    }

    /// Passes the rows on.
    pub(super) fn read(
        mut self,
        part: ArchivePart<'_, '_>,
        sink: &mut RowSink<'_>,
    ) -> Result<SheetFacts, WorkbookFault> {
        let mut xml = Xml::new(part, SHEET);
        let mut is_whole = false;
        loop {
            match xml.next()? {
                Event::Start(element) => self.start(&element)?,
                Event::End(element) => match element.local_name().as_ref() {
                    "row" if self.is_in_rows => {
                        self.row.sort(SHEET)?;
                        if sink(&self.row)?.is_break() {
                            return Ok(self.facts);
                        }
                    }
                    "c" if self.cell.is_open => self.end_cell()?,
                    "v" | "f" | "t" | "rPh" => self.reading = ReadElement::Nothing,
                    "sheetData" => self.is_in_rows = false,
                    "worksheet" => is_whole = true,
                    _ => {}
                },
                Event::Eof if is_whole => return Ok(self.facts),
                Event::Eof => return Err(WorkbookFault::Damaged(SHEET)),
                event => match self.reading {
                    ReadElement::Value => push_text(&event, &mut self.cell.value, SHEET)?,
                    ReadElement::Formula => push_text(&event, &mut self.cell.formula, SHEET)?,
                    ReadElement::Nothing | ReadElement::Aid => {}
                },
            }
        }
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), WorkbookFault> {
        match element.local_name().as_ref() {
            "sheetData" => self.is_in_rows = true,
            "row" if self.is_in_rows => self.start_row(element)?,
            "c" if self.is_in_rows => self.start_cell(element)?,
            "v" if self.cell.is_open => {
                self.cell.has_value = true;
                self.reading = ReadElement::Value;
            }
            "f" if self.cell.is_open => {
                self.cell.has_formula = true;
                self.reading = ReadElement::Formula;
            }
            "t" if self.cell.is_open && self.reading != ReadElement::Aid => {
                self.cell.has_value = true;
                self.reading = ReadElement::Value;
            }
            "rPh" => self.reading = ReadElement::Aid,
            "col" if is_set(element, "hidden", SHEET)? => {
                let number = |name| {
                    let number = attribute(element, name, SHEET)?;
                    Ok::<_, WorkbookFault>(number.and_then(|number| number.parse::<u32>().ok()))
                };
                if let (Some(from @ 1..), Some(to)) = (number("min")?, number("max")?) {
                    let to = to.clamp(from, from.max(MOST_COLUMNS));
                    self.facts.hidden_columns.push((from - 1, to - 1));
                }
            }
            "mergeCell" => {
                let merged = attribute(element, "ref", SHEET)?.and_then(|cells| {
                    let first = cell_address(cells.split(':').next()?)?;
                    let last = cell_address(cells.rsplit(':').next()?)?;
                    Some(MergedCells { rows: (first.1, last.1), columns: (first.0, last.0) })
                });
                self.facts.merged.extend(merged);
            }
            _ => {}
        }
        Ok(())
    }

    fn start_row(&mut self, element: &BytesStart<'_>) -> Result<(), WorkbookFault> {
        let (mut number, mut is_hidden) = (self.last_row + 1, false);
        for attribute in attributes(element, SHEET) {
            let attribute = attribute?;
            match attribute.key.as_ref() {
                "r" => {
                    let said = attribute.value.parse();
                    number = said.map_err(|_| WorkbookFault::Damaged(SHEET))?;
                }
                "hidden" => is_hidden = matches!(&*attribute.value, "1" | "true"),
                _ => {}
            }
        }
        if number <= self.last_row || number > MOST_ROWS {
            return Err(WorkbookFault::Damaged(SHEET));
        }
        (self.last_row, self.next_column) = (number, 0);
        self.row.begin(number);
        self.row.is_hidden = is_hidden;
        Ok(())
    }

    fn start_cell(&mut self, element: &BytesStart<'_>) -> Result<(), WorkbookFault> {
        let damaged = || WorkbookFault::Damaged(SHEET);
        let cell = &mut self.cell;
        (cell.is_open, cell.has_value, cell.has_formula) = (true, false, false);
        (cell.column, cell.style, cell.kind) = (self.next_column, 0, XlsxValueKind::Number);
        cell.value.clear();
        cell.formula.clear();
        for attribute in attributes(element, SHEET) {
            let attribute = attribute?;
            match attribute.key.as_ref() {
                "r" => {
                    let (column, row) = cell_address(&attribute.value).ok_or_else(damaged)?;
                    if row != self.row.number {
                        return Err(damaged());
                    }
                    cell.column = column;
                }
                "s" => cell.style = attribute.value.parse().map_err(|_| damaged())?,
                "t" => {
                    cell.kind = XlsxValueKind::from_name(&attribute.value).ok_or_else(damaged)?;
                }
                _ => {}
            }
        }
        self.next_column = cell.column + 1;
        if cell.column >= MOST_COLUMNS { Err(damaged()) } else { Ok(()) }
    }

    fn end_cell(&mut self) -> Result<(), WorkbookFault> {
        self.reading = ReadElement::Nothing;
        let Self { cell, row, context, .. } = self;
        cell.is_open = false;
        let is_empty_text = cell.kind == XlsxValueKind::Text && cell.has_value;
        if cell.value.is_empty() && !is_empty_text {
            if cell.has_formula {
                row.push(cell.column, CellKind::Value, |text| {
                    text.push('=');
                    text.push_str(if cell.formula.is_empty() { "(…)" } else { &cell.formula });
                });
            }
            return Ok(());
        }
        let damaged = || WorkbookFault::Damaged(SHEET);
        match cell.kind {
            XlsxValueKind::Number => {
                let number = cell.value.trim().parse::<f64>().map_err(|_| damaged())?;
                let format = NumberFormat::of_style(context.formats, cell.style);
                row.push_number(cell.column, number, format, context.epoch);
            }
            XlsxValueKind::TextNumber => {
                let number = cell.value.trim().parse().map_err(|_| damaged())?;
                let mut found = Ok(None);
                row.push(cell.column, CellKind::Text, |text| {
                    found = context.texts.push(number, text);
                });
                found?.ok_or_else(damaged)?;
            }
            XlsxValueKind::Text => {
                let value = decode_escapes(&cell.value);
                row.push(cell.column, CellKind::Text, |text| text.push_str(&value));
            }
            XlsxValueKind::Bool => {
                let is_true = matches!(cell.value.trim(), "1" | "true");
                row.push(cell.column, CellKind::Truth, |text| push_bool(is_true, text));
            }
            XlsxValueKind::Date => {
                row.push(cell.column, CellKind::Date, |text| text.push_str(&cell.value));
            }
            XlsxValueKind::Error => {
                row.push(cell.column, CellKind::Value, |text| text.push_str(&cell.value));
            }
        }
        Ok(())
    }
}
