//! Reads `.ods`: the sheets of LibreOffice (OpenDocument 1.3, part 3, 9).
//!
//! Its cells have the text that a person sees, beside their value.

use std::collections::HashSet;

use quick_xml::events::Event;

use super::archive::Archive;
use super::fault::WorkbookFault;
use super::ods_sheet::OdsSheetReader;
use super::sheet::{MOST_SHEETS, RowSink, SheetFacts, SheetInfo, Workbook};
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
        let damaged = || WorkbookFault::Damaged(SHEET);
        let mut xml = Xml::new(self.archive.xml(CONTENT)?.ok_or_else(damaged)?, SHEET);
        let (mut parents, mut passed) = (OdsDepth::default(), 0);
        loop {
            match xml.next()? {
                Event::Start(e) => {
                    if parents.is_sheet(e.local_name().as_ref()) {
                        if passed == sheet {
                            return OdsSheetReader::default().read(&mut xml, sink);
                        }
                        passed += 1;
                    }
                    parents.start(e.local_name().as_ref());
                }
                Event::End(_) => parents.end(),
                Event::Eof => return Err(damaged()),
                _ => {}
            }
        }
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
    let mut xml = Xml::new(archive.xml(CONTENT)?.ok_or_else(damaged)?, SHEETS);
    let (mut parents, mut sheets) = (OdsDepth::default(), Vec::new());
    let (mut style, mut hidden) = (String::new(), HashSet::new());
    loop {
        match xml.next()? {
            Event::Start(e) => {
                let name = e.local_name();
                match name.as_ref() {
                    "style" => style = attribute(&e, "name").unwrap_or_default(),
                    "table-properties" => {
                        let is_hidden = attribute(&e, "display").is_some_and(|d| d == "false");
                        if is_hidden {
                            hidden.insert(style.clone());
                        }
                    }
                    name if parents.is_sheet(name) => {
                        let style = attribute(&e, "style-name").unwrap_or_default();
                        let is_hidden = hidden.contains(&style);
                        let name = attribute(&e, "name").ok_or_else(damaged)?;
                        sheets.push(SheetInfo { name, is_hidden });
                        if sheets.len() > MOST_SHEETS {
                            return Ok(sheets);
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
