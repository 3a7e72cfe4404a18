//! Reads `.xlsx` and `.xlsm`: the lists of a workbook (ECMA-376, part 1, 18.2).

use std::collections::HashMap;
use std::path::Path;

use quick_xml::events::Event;

use super::archive::Archive;
use super::date::Epoch;
use super::fault::WorkbookFault;
use super::number_format::NumberFormat;
use super::package::{Package, PackageLists, PackageTargets, SheetParts};
use super::sheet::{MOST_STYLES, RowSink, SheetFacts, SheetInfo, Workbook};
use super::text_store::TextStoreBuilder;
use super::xlsx_sheet::{XlsxLists, XlsxSheetReader};
use super::xlsx_text::decode_escapes;
use super::xml::{Xml, attribute, is_set, push_text};

const SHEETS: &str = "its list of sheets";
const TEXTS: &str = "its texts";
const STYLES: &str = "its formats";

/// A workbook in XML.
pub(super) struct Xlsx<'t>(Package<'t>);

impl<'t> Xlsx<'t> {
    /// Reads all but the sheets. `main` is the part with the list of sheets.
    pub(super) fn open(
        archive: Archive<'t>,
        main: &str,
        spool_dir: &Path,
    ) -> Result<Self, WorkbookFault> {
        Package::open::<Self>(archive, main, spool_dir).map(Self)
    }
}

impl Workbook for Xlsx<'_> {
    fn sheets(&self) -> &[SheetInfo] {
        &self.0.sheets
    }

    fn read(&mut self, sheet: usize, sink: &mut RowSink<'_>) -> Result<SheetFacts, WorkbookFault> {
        let Package { archive, parts, texts, formats, epoch, .. } = &mut self.0;
        let part = archive.part(&parts[sheet])?;
        let part = part.ok_or(WorkbookFault::Damaged(SHEETS))?;
        let context = XlsxLists { texts, formats, epoch: *epoch };
        XlsxSheetReader::new(context).read(part, sink)
    }

    fn begin_pass(&mut self) {
        self.0.archive.begin_pass();
    }
}

impl PackageLists for Xlsx<'_> {
    fn sheets(
        archive: &mut Archive<'_>,
        main: &str,
        targets: &PackageTargets,
    ) -> Result<(Epoch, SheetParts), WorkbookFault> {
        let damaged = || WorkbookFault::Damaged(SHEETS);
        let mut xml = Xml::new(archive.part(main)?.ok_or_else(damaged)?, SHEETS);
        let (mut epoch, mut sheets) = (Epoch::default(), SheetParts::default());
        loop {
            match xml.next()? {
                Event::Start(e) if e.local_name().as_ref() == "sheet" => {
                    let value = |name| attribute(&e, name, SHEETS);
                    let (name, id) = (value("name")?, value("id")?);
                    let (name, id) = name.zip(id).ok_or_else(damaged)?;
                    let is_hidden = value("state")?.is_some_and(|state| state != "visible");
                    sheets.push(SheetInfo { name, is_hidden }, targets.get(&id)?)?;
                }
                Event::Start(e)
                    if e.local_name().as_ref() == "workbookPr"
                        && is_set(&e, "date1904", SHEETS)? =>
                {
                    epoch = Epoch::Year1904;
                }
                Event::Eof => return Ok((epoch, sheets)),
                _ => {}
            }
        }
    }

    /// Reads the shared texts. A text may have several runs in different fonts, and a reading aid,
    /// which is none of it.
    fn texts(
        archive: &mut Archive<'_>,
        part: &str,
        texts: &mut TextStoreBuilder<'_>,
    ) -> Result<(), WorkbookFault> {
        let mut xml = Xml::new(archive.part(part)?.ok_or(WorkbookFault::Damaged(TEXTS))?, TEXTS);
        let mut text = String::new();
        let (mut is_text, mut is_aid) = (false, false);
        loop {
            match xml.next()? {
                Event::Start(e) => match e.local_name().as_ref() {
                    "si" => text.clear(),
                    "t" => is_text = !is_aid,
                    "rPh" => is_aid = true,
                    _ => {}
                },
                Event::End(e) => match e.local_name().as_ref() {
                    "si" => texts.push(&decode_escapes(&text))?,
                    "t" => is_text = false,
                    "rPh" => is_aid = false,
                    _ => {}
                },
                Event::Eof => return Ok(()),
                event if is_text => push_text(&event, &mut text, TEXTS)?,
                _ => {}
            }
        }
    }

    fn formats(archive: &mut Archive<'_>, part: &str) -> Result<Vec<NumberFormat>, WorkbookFault> {
        let (mut codes, mut formats) = (HashMap::new(), Vec::new());
        let mut xml = Xml::new(archive.part(part)?.ok_or(WorkbookFault::Damaged(STYLES))?, STYLES);
        let mut is_of_cells = false;
        loop {
            match xml.next()? {
                Event::Start(e) => match e.local_name().as_ref() {
                    "cellXfs" => is_of_cells = true,
                    "numFmt" => {
                        let number = attribute(&e, "numFmtId", STYLES)?;
                        let number = number.and_then(|id| id.parse::<u16>().ok());
                        let code = attribute(&e, "formatCode", STYLES)?;
                        if let (Some(number), Some(code)) = (number, code) {
                            codes.entry(number).or_insert_with(|| NumberFormat::parse(&code));
                        }
                    }
                    "xf" if is_of_cells => {
                        let number = attribute(&e, "numFmtId", STYLES)?;
                        formats.push(match number.map(|id| id.parse::<u16>()) {
                            None => NumberFormat::General,
                            Some(Err(_)) => NumberFormat::Unclear,
                            Some(Ok(number)) => codes
                                .get(&number)
                                .cloned()
                                .unwrap_or_else(|| NumberFormat::built_in(u32::from(number))),
                        });
                        if formats.len() > MOST_STYLES {
                            return Err(WorkbookFault::TooLarge);
                        }
                    }
                    _ => {}
                },
                Event::End(e) if e.local_name().as_ref() == "cellXfs" => return Ok(formats),
                Event::Eof => return Ok(formats),
                _ => {}
            }
        }
    }
}
