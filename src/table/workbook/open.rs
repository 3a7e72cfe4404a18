//! Recognizes the format of a workbook by its parts.

use std::io::Read;
use std::path::Path;

use super::archive::Archive;
use super::fault::WorkbookFault;
use super::ods::Ods;
use super::package::main_part;
use super::protection::{OLE, ZIP, is_protected};
use super::sheet::Workbook;
use super::xls::Xls;
use super::xlsb::Xlsb;
use super::xlsx::Xlsx;
use crate::table::text::Utf8Text;

/// Whether a file with these first bytes is a workbook, or another container.
pub(in crate::table) fn is_container(first: &[u8]) -> bool {
    first.starts_with(ZIP) || first.starts_with(OLE)
}

/// Opens a workbook of any format.
pub(super) fn open<'t>(
    text: &'t Utf8Text,
    spool_dir: &'t Path,
) -> Result<Box<dyn Workbook + 't>, WorkbookFault> {
    if is_protected(text).map_err(WorkbookFault::Read)? {
        return Err(WorkbookFault::Protected);
    }
    let mut first = [0; 4];
    text.read_at(&mut first, 0).map_err(WorkbookFault::Read)?;
    if first.starts_with(OLE) {
        return Ok(Box::new(Xls::open(text)?));
    }
    let mut archive = Archive::open(text)?;
    let is_office = |part: &str, folder: &str| {
        archive.has(part) || archive.has("[Content_Types].xml") && archive.has_folder(folder)
    };
    if is_office("word/document.xml", "word/") {
        return Err(WorkbookFault::Other("it is a Word document. Save its table as CSV UTF-8"));
    }
    if is_office("ppt/presentation.xml", "ppt/") {
        return Err(WorkbookFault::Other("it is a presentation. Save its table as CSV UTF-8"));
    }
    if archive.has("Index/Document.iwa") || archive.has("Index.zip") || is_iwork_09(&archive) {
        return Err(WorkbookFault::Other(
            "it is a document of Numbers, Pages or Keynote. Export it as Excel or CSV",
        ));
    }
    if let Some(main) = main_part(&mut archive)? {
        return Ok(match main.to_lowercase().ends_with(".bin") {
            true => Box::new(Xlsb::open(archive, &main, spool_dir)?),
            false => Box::new(Xlsx::open(archive, &main, spool_dir)?),
        });
    }
    if archive.has("mimetype") && archive.has("content.xml") {
        let mut kind = String::new();
        if let Some(part) = archive.part("mimetype")? {
            let read = part.take(100).read_to_string(&mut kind);
            read.map_err(|error| WorkbookFault::of_read(&error, "its type"))?;
        }
        if !kind.contains("opendocument.spreadsheet") {
            return Err(WorkbookFault::Other(
                "it is an OpenDocument file, but no spreadsheet. Save its table as CSV UTF-8",
            ));
        }
        return Ok(Box::new(Ods::open(archive)?));
    }
    Err(WorkbookFault::Archive)
}

/// Whether an archive is a document of iWork '09.
fn is_iwork_09(archive: &Archive<'_>) -> bool {
    archive.has("buildVersionHistory.plist") || archive.has("index.apxl")
}
