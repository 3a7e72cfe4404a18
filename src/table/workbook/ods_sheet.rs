//! Reads the rows of a sheet of LibreOffice.

use std::io::BufRead;
use std::ops::ControlFlow;

use quick_xml::events::{BytesStart, Event};

use super::fault::WorkbookFault;
use super::number::{has_lost_digits, push_general};
use super::sheet::{CellKind, MOST_COLUMNS, MOST_ROWS, RowSink, SheetFacts, SheetRow, push_bool};
use super::xml::{Xml, attribute, attributes, push_text};
use crate::table::limits::MAX_RECORD;
use crate::table::merged_cells::MergedCells;

const SHEET: &str = "the sheet";

/// Elements inside a cell whose text is none of the cell's: notes, reading aids, and drawings
/// (OpenDocument 1.3, part 3, 10.3).
const BESIDE: [&str; 20] = [
    "annotation",
    "note",
    "ruby-text",
    "frame",
    "g",
    "caption",
    "circle",
    "connector",
    "control",
    "custom-shape",
    "ellipse",
    "line",
    "measure",
    "page-thumbnail",
    "path",
    "polygon",
    "polyline",
    "rect",
    "regular-polygon",
    "scene",
];

/// Reads a sheet, element by element.
#[derive(Default)]
pub(super) struct OdsSheetReader {
    facts: SheetFacts,
    row: SheetRow,
    /// How often the row is there.
    repeats: u32,
    /// The number of the next row, from 0, and the next column.
    next_row: u32,
    next_column: u32,
    /// The number of columns that were described.
    columns: u32,
    /// The open elements inside a cell; 0 outside.
    depth: u32,
    /// The depth of an open element whose text is none of the cell's: a note, a picture.
    beside: Option<u32>,
    paragraphs: u32,
    is_in_paragraph: bool,
    cell: OpenOdsCell,
}

/// A cell whose element is open.
#[derive(Default)]
struct OpenOdsCell {
    repeats: u32,
    /// Whether the cell is hidden behind a merged one.
    is_covered: bool,
    merged_rows: u32,
    merged_columns: u32,
    kind: OdsValueKind,
    is_error: bool,
    number: Option<f64>,
    value: String,
    formula: Option<String>,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum OdsValueKind {
    #[default]
    None,
    Number,
    Date,
    Time,
    Bool,
    Text,
}

impl OdsSheetReader {
    /// Passes the rows on, from after the start of the sheet to its end.
    pub(super) fn read<R: BufRead>(
        mut self,
        xml: &mut Xml<R>,
        sink: &mut RowSink<'_>,
    ) -> Result<SheetFacts, WorkbookFault> {
        loop {
            match xml.next()? {
                Event::Start(element) if self.depth > 0 => self.start_inside(&element)?,
                Event::Start(element) => self.start(&element)?,
                Event::End(_) if self.depth > 1 => self.end_inside(),
                Event::End(element) => match element.local_name().as_ref() {
                    "table-cell" | "covered-table-cell" => self.end_cell()?,
                    "table-row" if self.end_row(sink)?.is_break() => return Ok(self.facts),
                    "table" => return Ok(self.facts),
                    _ => {}
                },
                Event::Eof => return Err(WorkbookFault::Damaged(SHEET)),
                event if self.is_in_paragraph && self.beside.is_none() => {
                    push_text(&event, &mut self.cell.text, SHEET)?;
                }
                _ => {}
            }
        }
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), WorkbookFault> {
        let is_hidden = |element| {
            let visibility = attribute(element, "visibility", SHEET)?;
            Ok::<_, WorkbookFault>(matches!(visibility.as_deref(), Some("collapse" | "filter")))
        };
        match element.local_name().as_ref() {
            "table-column" => {
                let repeats = number(element, "number-columns-repeated")?;
                if is_hidden(element)? {
                    let last = self.columns.saturating_add(repeats - 1);
                    self.facts.hidden_columns.push((self.columns, last));
                }
                self.columns = self.columns.saturating_add(repeats);
            }
            "table-row" => {
                self.repeats = number(element, "number-rows-repeated")?;
                self.next_column = 0;
                self.row.begin(self.next_row + 1);
                self.row.is_hidden = is_hidden(element)?;
            }
            "table-cell" | "covered-table-cell" => self.start_cell(element)?,
            _ => {}
        }
        Ok(())
    }

    fn start_cell(&mut self, element: &BytesStart<'_>) -> Result<(), WorkbookFault> {
        let cell = &mut self.cell;
        let text = std::mem::take(&mut cell.text);
        *cell = OpenOdsCell { repeats: 1, text, ..OpenOdsCell::default() };
        cell.text.clear();
        cell.is_covered = element.local_name().as_ref() == "covered-table-cell";
        for attribute in attributes(element, SHEET) {
            let attribute = attribute?;
            let damaged = |_| WorkbookFault::Damaged(SHEET);
            let value = || attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
            match attribute.key.local_name().as_ref() {
                "number-columns-repeated" => cell.repeats = repeats(&attribute.value)?,
                "number-columns-spanned" => {
                    cell.merged_columns = repeats(&attribute.value)?;
                    cell.merged_rows = cell.merged_rows.max(1);
                }
                "number-rows-spanned" => cell.merged_rows = repeats(&attribute.value)?,
                "value-type" if &*attribute.value == "error" => cell.is_error = true,
                "value-type" if cell.kind == OdsValueKind::None => {
                    cell.kind = match &*attribute.value {
                        "float" | "percentage" | "currency" => OdsValueKind::Number,
                        "date" => OdsValueKind::Date,
                        "time" => OdsValueKind::Time,
                        "boolean" => OdsValueKind::Bool,
                        _ => OdsValueKind::Text,
                    };
                }
                "value" => cell.number = attribute.value.parse().ok(),
                "date-value" | "time-value" | "boolean-value" | "string-value" => {
                    cell.value = value().map_err(damaged)?.into_owned();
                }
                "formula" => cell.formula = Some(value().map_err(damaged)?.into_owned()),
                _ => {}
            }
        }
        (self.depth, self.paragraphs) = (1, 0);
        Ok(())
    }

    /// Begins an element inside a cell.
    fn start_inside(&mut self, element: &BytesStart<'_>) -> Result<(), WorkbookFault> {
        self.depth += 1;
        if self.beside.is_some() {
            return Ok(());
        }
        match element.local_name().as_ref() {
            "p" if self.depth == 2 => {
                if self.paragraphs > 0 {
                    self.cell.text.push('\n');
                }
                self.paragraphs += 1;
                self.is_in_paragraph = true;
            }
            "s" => {
                let spaces = number(element, "c")?;
                let spaces = spaces.min(MOST_COLUMNS);
                if self.cell.text.len() <= MAX_RECORD {
                    (0..spaces).for_each(|_| self.cell.text.push(' '));
                }
            }
            "tab" => self.cell.text.push('\t'),
            "line-break" => self.cell.text.push('\n'),
            name if BESIDE.contains(&name) => self.beside = Some(self.depth),
            // A field, a link, or a part in another font.
            _ => {}
        }
        Ok(())
    }

    fn end_inside(&mut self) {
        if self.beside == Some(self.depth) {
            self.beside = None;
        }
        self.depth -= 1;
        if self.depth == 1 {
            self.is_in_paragraph = false;
        }
    }

    fn end_cell(&mut self) -> Result<(), WorkbookFault> {
        self.depth = 0;
        let column = self.next_column;
        self.next_column = column.saturating_add(self.cell.repeats);
        let spanned = self.cell.merged_rows;
        if spanned > 0 {
            let first = self.next_row.saturating_add(1);
            let beside = self.cell.merged_columns.saturating_sub(1);
            self.facts.merged.push(MergedCells {
                rows: (first, self.next_row.saturating_add(spanned)),
                columns: (column, column.saturating_add(beside)),
            });
        }
        if self.cell.is_covered {
            return Ok(());
        }
        let Self { cell, row, .. } = self;
        let mut shown = String::new();
        let kind = cell.show(&mut shown);
        if shown.is_empty() {
            return Ok(());
        }
        if column.saturating_add(cell.repeats) > MOST_COLUMNS {
            return Err(WorkbookFault::Damaged(SHEET));
        }
        for column in column..column + cell.repeats {
            row.push(column, kind, |text| text.push_str(&shown));
        }
        Ok(())
    }

    fn end_row(&mut self, sink: &mut RowSink<'_>) -> Result<ControlFlow<()>, WorkbookFault> {
        let (first, end) = (self.next_row, self.next_row.saturating_add(self.repeats));
        self.next_row = end.min(MOST_ROWS);
        if self.row.cells().is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        if end > MOST_ROWS {
            return Err(WorkbookFault::TooLarge);
        }
        for number in first..end {
            self.row.number = number + 1;
            if sink(&self.row)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl OpenOdsCell {
    /// Appends what a person sees in the cell. Dates are in ISO 8601.
    fn show(&self, shown: &mut String) -> CellKind {
        let is_seen = !self.text.is_empty();
        match (self.kind, self.number) {
            _ if self.is_error && is_seen => shown.push_str(&self.text),
            (OdsValueKind::Number, Some(number)) if has_lost_digits(number) || !is_seen => {
                push_general(number, shown);
            }
            (OdsValueKind::Date, _) if !self.value.is_empty() => {
                shown.push_str(&self.value);
                return CellKind::Date;
            }
            (OdsValueKind::Time, _) if !self.value.is_empty() => {
                shown.push_str(clock(&self.value).as_deref().unwrap_or(&self.text));
                return CellKind::Date;
            }
            (OdsValueKind::Bool, _) if !self.value.is_empty() => {
                push_bool(self.value == "true", shown);
                return CellKind::Truth;
            }
            (OdsValueKind::None, _) if !is_seen && self.formula.is_some() => {
                let formula = self.formula.as_deref().unwrap_or_default();
                let (_, formula) = formula.split_once('=').unwrap_or(("", formula));
                shown.push('=');
                shown.push_str(if formula.is_empty() { "(…)" } else { formula });
            }
            (OdsValueKind::Text | OdsValueKind::None, _) => {
                let text = if is_seen { &self.text } else { &self.value };
                shown.push_str(text);
                return CellKind::Text;
            }
            _ => shown.push_str(&self.text),
        }
        CellKind::Value
    }
}

/// Returns a duration in ISO 8601 (`PT08H30M00S`) as hours, minutes and seconds.
fn clock(duration: &str) -> Option<String> {
    let rest = duration.strip_prefix("PT")?;
    let (hours, rest) = rest.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?;
    let seconds = seconds.split(['.', ',']).next()?;
    let are_digits = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let parts = [hours, minutes, seconds];
    parts.iter().all(are_digits).then(|| format!("{hours:0>2}:{minutes:0>2}:{seconds:0>2}"))
}

/// Returns how often an element is there: its attribute, or once.
fn number(element: &BytesStart<'_>, name: &str) -> Result<u32, WorkbookFault> {
    attribute(element, name, SHEET)?.map_or(Ok(1), |count| repeats(&count))
}

fn repeats(count: &str) -> Result<u32, WorkbookFault> {
    count.parse().ok().filter(|count| *count > 0).ok_or(WorkbookFault::Damaged(SHEET))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_times() {
        assert_eq!(clock("PT08H30M00S").as_deref(), Some("08:30:00"));
        assert_eq!(clock("PT8H5M7.5S").as_deref(), Some("08:05:07"));
        assert_eq!(clock("PT36H00M00S").as_deref(), Some("36:00:00"));
        for other in ["", "PT", "P1D", "PT-1H00M00S", "PTxH0M0S"] {
            assert_eq!(clock(other), None, "{other}");
        }
    }
}
