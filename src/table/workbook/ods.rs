//! Reads `.ods`: the sheets of LibreOffice (OpenDocument 1.3, part 3, 9).
//!
//! Its cells have the text that a person sees, beside their value.

use std::collections::HashSet;

use quick_xml::events::Event;

use super::archive::{Archive, ArchivePart};
use super::fault::WorkbookFault;
use super::ods_sheet::OdsSheetReader;
use super::sheet::{FirstRowSink, MOST_SHEETS, RowSink, SheetFacts, SheetInfo, Workbook};
use super::xml::{Xml, attribute};

const CONTENT: &str = "content.xml";
const SHEETS: &str = "its list of sheets";
const SHEET: &str = "the sheet";

/// A workbook of LibreOffice.
pub(super) struct Ods<'t> {
    archive: Archive<'t>,
    sheets: Vec<SheetInfo>,
}

impl<'t> Ods<'t> {
    /// Reads the list of sheets.
    pub(super) fn open(mut archive: Archive<'t>) -> Result<Self, WorkbookFault> {
        let sheets = sheets(&mut archive)?;
        Ok(Self { archive, sheets })
    }
}

impl Workbook for Ods<'_> {
    fn sheets(&self) -> &[SheetInfo] {
        &self.sheets
    }

    fn read(&mut self, sheet: usize, sink: &mut RowSink<'_>) -> Result<SheetFacts, WorkbookFault> {
        let mut sheets = OdsSheets::open(&mut self.archive)?;
        while let Some(found) = sheets.next()? {
            if found == sheet {
                return OdsSheetReader::default().read(&mut sheets.xml, sink);
            }
        }
        Err(WorkbookFault::Damaged(SHEET))
    }

    /// Reads the first rows of each sheet. All sheets are in one part, which is read once.
    fn read_first_rows(
        &mut self,
        wanted: &[usize],
        sink: &mut FirstRowSink<'_>,
    ) -> Result<(), WorkbookFault> {
        let mut sheets = OdsSheets::open(&mut self.archive)?;
        for &sheet in wanted {
            while sheets.next()?.ok_or(WorkbookFault::Damaged(SHEET))? != sheet {}
            OdsSheetReader::default().read(&mut sheets.xml, &mut |row| sink(sheet, row))?;
        }
        Ok(())
    }

    fn begin_pass(&mut self) {
        self.archive.begin_pass();
    }
}

/// Goes from sheet to sheet.
struct OdsSheets<'a, 't> {
    xml: Xml<ArchivePart<'a, 't>>,
    parents: OdsDepth,
    /// The number of the sheets that were passed, with this one.
    passed: usize,
    /// The number of open elements in this sheet; `None` before the first one.
    inside: Option<usize>,
}

impl<'a, 't> OdsSheets<'a, 't> {
    fn open(archive: &'a mut Archive<'t>) -> Result<Self, WorkbookFault> {
        let content = archive.part(CONTENT)?.ok_or(WorkbookFault::Damaged(SHEET))?;
        let xml = Xml::new(content, SHEET);
        Ok(Self { xml, parents: OdsDepth::default(), passed: 0, inside: None })
    }

    /// Goes behind the start of the next sheet, and returns its position; `None` at the end.
    fn next(&mut self) -> Result<Option<usize>, WorkbookFault> {
        if let Some(depth) = self.inside.take() {
            self.xml.leave(depth)?;
        }
        loop {
            match self.xml.next()? {
                Event::Start(e) if self.parents.is_sheet(e.local_name().as_ref()) => break,
                Event::Start(e) => self.parents.start(e.local_name().as_ref()),
                Event::End(_) => self.parents.end(),
                Event::Eof => return Ok(None),
                _ => {}
            }
        }
        self.passed += 1;
        self.inside = Some(self.xml.depth());
        Ok(Some(self.passed - 1))
    }
}

/// How deep an element is below the one that has the sheets. A table elsewhere is none.
#[derive(Default)]
struct OdsDepth {
    depth: u32,
    of_sheets: Option<u32>,
}

impl OdsDepth {
    fn is_sheet(&self, name: &str) -> bool {
        name == "table" && self.of_sheets == Some(self.depth)
    }

    fn start(&mut self, name: &str) {
        self.depth += 1;
        if name == "spreadsheet" {
            self.of_sheets.get_or_insert(self.depth);
        }
    }

    fn end(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

fn sheets(archive: &mut Archive<'_>) -> Result<Vec<SheetInfo>, WorkbookFault> {
    let damaged = || WorkbookFault::Damaged(SHEETS);
    let mut xml = Xml::new(archive.part(CONTENT)?.ok_or_else(damaged)?, SHEETS);
    let (mut parents, mut sheets) = (OdsDepth::default(), Vec::new());
    let (mut style, mut hidden) = (String::new(), HashSet::new());
    loop {
        match xml.next()? {
            Event::Start(e) => {
                let name = e.local_name();
                let value = |name| attribute(&e, name, SHEETS);
                match name.as_ref() {
                    "style" => style = value("name")?.unwrap_or_default(),
                    "table-properties" if value("display")?.as_deref() == Some("false") => {
                        hidden.insert(style.clone());
                        if hidden.len() > MOST_SHEETS {
                            return Err(WorkbookFault::TOO_MANY_SHEETS);
                        }
                    }
                    name if parents.is_sheet(name) => {
                        let style = value("style-name")?.unwrap_or_default();
                        let is_hidden = hidden.contains(&style);
                        let name = value("name")?.ok_or_else(damaged)?;
                        sheets.push(SheetInfo { name, is_hidden });
                        if sheets.len() > MOST_SHEETS {
                            return Err(WorkbookFault::TOO_MANY_SHEETS);
                        }
                    }
                    _ => {}
                }
                parents.start(name.as_ref());
            }
            Event::End(_) => parents.end(),
            Event::Eof => return Ok(sheets),
            _ => {}
        }
    }
}
