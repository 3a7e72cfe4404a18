//! How the parts of a workbook of Excel name each other (ECMA-376, part 2, 6.5).

use std::collections::HashMap;

use quick_xml::events::Event;

use super::archive::Archive;
use super::fault::WorkbookFault;
use super::sheet::SheetInfo;
use super::xml::{Xml, attribute};

const RELATIONS: &str = "its list of parts";

/// A part that another one names.
pub(super) struct PackageTarget {
    /// The last word of its type: `worksheet`, `styles`.
    pub(super) kind: String,
    pub(super) part: String,
}

/// A sheet, and the part that has its rows.
pub(super) struct SheetPart {
    pub(super) info: SheetInfo,
    pub(super) part: String,
}

/// Returns the part with the list of sheets; `None` if the archive is no file of Office.
pub(super) fn main_part(archive: &mut Archive<'_>) -> Result<Option<String>, WorkbookFault> {
    if !archive.has("_rels/.rels") {
        return Ok(None);
    }
    let targets = relationships(archive, "")?;
    let main = targets.into_values().find(|target| target.kind == "officeDocument");
    Ok(main.map(|target| target.part))
}

/// Returns the parts that a part names, by their id.
pub(super) fn relationships(
    archive: &mut Archive<'_>,
    part: &str,
) -> Result<HashMap<String, PackageTarget>, WorkbookFault> {
    let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
    let list = join(folder, &format!("_rels/{name}.rels"));
    let mut targets = HashMap::new();
    let Some(content) = archive.xml(&list)? else { return Ok(targets) };
    let mut xml = Xml::new(content, RELATIONS);
    loop {
        match xml.next()? {
            Event::Start(e) if e.local_name().as_ref() == "Relationship" => {
                let (id, kind) = (attribute(&e, "Id"), attribute(&e, "Type"));
                let is_inside = attribute(&e, "TargetMode").is_none_or(|mode| mode == "Internal");
                if let (Some(id), Some(kind), Some(target), true) =
                    (id, kind, attribute(&e, "Target"), is_inside)
                {
                    let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                    targets.insert(id, PackageTarget { kind, part: join(folder, &target) });
                }
            }
            Event::Eof => return Ok(targets),
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
