//! What workbooks of Excel have in common: parts that name each other (ECMA-376, part 2, 6.5).

use std::collections::{HashMap, HashSet};
use std::path::Path;

use quick_xml::events::Event;

use super::archive::Archive;
use super::date::Epoch;
use super::fault::WorkbookFault;
use super::number_format::NumberFormat;
use super::sheet::{MOST_SHEETS, SheetInfo};
use super::text_store::{TextStore, TextStoreBuilder};
use super::xml::{Xml, attribute};

const RELATIONS: &str = "its list of parts";
/// The most parts that a part names. Excel names one for each sheet, and a few more.
const MOST_TARGETS: usize = 10_000;

/// A workbook of Excel, with all but the rows of its sheets.
pub(super) struct Package<'t> {
    pub(super) archive: Archive<'t>,
    pub(super) sheets: Vec<SheetInfo>,
    /// The part of each sheet.
    pub(super) parts: Vec<String>,
    /// The texts that cells name by number.
    pub(super) texts: TextStore,
    /// The formats of numbers, in the order of the styles of cells.
    pub(super) formats: Vec<NumberFormat>,
    pub(super) epoch: Epoch,
}

/// How the lists of a workbook are read from their parts.
pub(super) trait PackageLists {
    /// Reads the list of sheets.
    fn sheets(
        archive: &mut Archive<'_>,
        part: &str,
        targets: &PackageTargets,
    ) -> Result<(Epoch, SheetParts), WorkbookFault>;

    /// Reads the texts.
    fn texts(
        archive: &mut Archive<'_>,
        part: &str,
        texts: &mut TextStoreBuilder<'_>,
    ) -> Result<(), WorkbookFault>;

    /// Reads the formats of numbers.
    fn formats(archive: &mut Archive<'_>, part: &str) -> Result<Vec<NumberFormat>, WorkbookFault>;
}

impl<'t> Package<'t> {
    /// Reads all but the rows. `main` is the part with the list of sheets.
    pub(super) fn open<L: PackageLists>(
        mut archive: Archive<'t>,
        main: &str,
        spool_dir: &Path,
    ) -> Result<Self, WorkbookFault> {
        let targets = relationships(&mut archive, main)?;
        let (epoch, listed) = L::sheets(&mut archive, main, &targets)?;
        let (sheets, parts) = listed.split(&archive)?;
        let mut texts = TextStoreBuilder::new(spool_dir);
        if let Some(part) = targets.only("sharedStrings")? {
            L::texts(&mut archive, part, &mut texts)?;
        }
        let formats = targets.only("styles")?.map(|part| L::formats(&mut archive, part));
        let formats = formats.transpose()?.unwrap_or_default();
        Ok(Self { archive, sheets, parts, texts: texts.build()?, formats, epoch })
    }
}

/// A part that another one names.
pub(super) struct PackageTarget {
    /// The last word of its type: `worksheet`, `styles`.
    pub(super) kind: String,
    pub(super) part: String,
}

/// A sheet, and the part that has its rows.
struct SheetPart {
    info: SheetInfo,
    part: String,
}

/// Returns the part with the list of sheets; `None` if the archive is no file of Office.
pub(super) fn main_part(archive: &mut Archive<'_>) -> Result<Option<String>, WorkbookFault> {
    if !archive.has("_rels/.rels") {
        return Ok(None);
    }
    Ok(relationships(archive, "")?.only("officeDocument")?.map(str::to_owned))
}

/// The parts that a part names.
pub(super) struct PackageTargets(HashMap<String, PackageTarget>);

impl PackageTargets {
    /// Returns a part by its id.
    pub(super) fn get(&self, id: &str) -> Result<&PackageTarget, WorkbookFault> {
        self.0.get(id).ok_or(WorkbookFault::Damaged(RELATIONS))
    }

    /// Returns the only part of a kind; `None` if there is none. Programs would take different ones
    /// of several.
    pub(super) fn only(&self, kind: &str) -> Result<Option<&str>, WorkbookFault> {
        let mut targets = self.0.values().filter(|target| target.kind == kind);
        match (targets.next(), targets.next()) {
            (_, Some(_)) => Err(WorkbookFault::Damaged(RELATIONS)),
            (target, None) => Ok(target.map(|target| &*target.part)),
        }
    }
}

/// The sheets of a workbook, in their order.
#[derive(Default)]
pub(super) struct SheetParts(Vec<SheetPart>);

impl SheetParts {
    /// Adds the next sheet, unless it is one of charts or macros.
    pub(super) fn push(
        &mut self,
        info: SheetInfo,
        target: &PackageTarget,
    ) -> Result<(), WorkbookFault> {
        if target.kind == "worksheet" {
            self.0.push(SheetPart { info, part: target.part.clone() });
        }
        match self.0.len() > MOST_SHEETS {
            true => Err(WorkbookFault::TOO_MANY_SHEETS),
            false => Ok(()),
        }
    }

    /// Returns the sheets and their parts. Each has a part of its own.
    pub(super) fn split(
        self,
        archive: &Archive<'_>,
    ) -> Result<(Vec<SheetInfo>, Vec<String>), WorkbookFault> {
        let mut parts = HashSet::new();
        let is_own =
            |sheet: &SheetPart| archive.has(&sheet.part) && parts.insert(sheet.part.to_lowercase());
        match self.0.iter().all(is_own) {
            true => Ok(self.0.into_iter().map(|sheet| (sheet.info, sheet.part)).unzip()),
            false => Err(WorkbookFault::Damaged(RELATIONS)),
        }
    }
}

/// Returns the parts that a part names.
fn relationships(archive: &mut Archive<'_>, part: &str) -> Result<PackageTargets, WorkbookFault> {
    let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
    let list = join(folder, &format!("_rels/{name}.rels"));
    let mut targets = HashMap::new();
    let Some(content) = archive.part(&list)? else { return Ok(PackageTargets(targets)) };
    let mut xml = Xml::new(content, RELATIONS);
    loop {
        match xml.next()? {
            Event::Start(e) if e.local_name().as_ref() == "Relationship" => {
                let value = |name| attribute(&e, name, RELATIONS);
                let is_inside = value("TargetMode")?.is_none_or(|mode| mode == "Internal");
                if let (Some(id), Some(kind), Some(target), true) =
                    (value("Id")?, value("Type")?, value("Target")?, is_inside)
                {
                    let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                    let target = PackageTarget { kind, part: join(folder, &target) };
                    if targets.insert(id, target).is_some() {
                        return Err(WorkbookFault::Damaged(RELATIONS));
                    }
                    if targets.len() > MOST_TARGETS {
                        return Err(WorkbookFault::TooLarge);
                    }
                }
            }
            Event::Eof => return Ok(PackageTargets(targets)),
            _ => {}
        }
    }
}

/// Returns the part that a name in a folder means.
fn join(folder: &str, name: &str) -> String {
    let mut parts: Vec<&str> = match name.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => folder.split('/').collect(),
    };
    for part in name.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_beside_the_one_that_names_them() {
        for (folder, name, part) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "../docs/a.xml", "docs/a.xml"),
            ("", "xl/workbook.xml", "xl/workbook.xml"),
            ("", "/../../a", "a"),
        ] {
            assert_eq!(join(folder, name), part);
        }
    }
}
