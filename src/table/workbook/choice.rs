//! Chooses the sheet with the table.

use std::ops::ControlFlow;

use super::fault::WorkbookFault;
use super::records::SheetRowWriter;
use super::sheet::{MOST_SHEETS, SheetInfo, Workbook};
use crate::table::field::plain;
use crate::table::header::Search;
use crate::table::header_search::{HeaderCertainty, HeaderRating, SEARCHED};
use crate::table::limits::MAX_RECORD;

/// Why no sheet is chosen. Each has the names of the sheets.
#[derive(Debug)]
pub(in crate::table) enum ChoiceFault {
    /// The workbook cannot be read.
    Workbook(WorkbookFault),
    /// There is no sheet with content.
    Empty,
    /// Several sheets have known columns.
    Several(Vec<String>),
    /// No sheet has known columns.
    NoneKnown(Vec<String>),
    /// The sheet that the user has named does not exist. The most similar one is first.
    Unknown(Vec<String>),
}

impl From<WorkbookFault> for ChoiceFault {
    fn from(fault: WorkbookFault) -> Self {
        Self::Workbook(fault)
    }
}

/// The sheet with the table.
pub(super) struct ChosenSheet {
    pub(super) index: usize,
    /// Its header; `None` if it has no content in its first rows.
    pub(super) header: Option<HeaderRating>,
}

/// Returns the sheet with this name, or the one with a known header.
pub(super) fn choose(
    workbook: &mut dyn Workbook,
    wanted: Option<&str>,
    search: &Search<'_>,
) -> Result<ChosenSheet, ChoiceFault> {
    let sheets = workbook.sheets().to_vec();
    if sheets.len() > MOST_SHEETS {
        return Err(ChoiceFault::Workbook(WorkbookFault::Other(
            "it has more than 1,000 sheets. Save the one with the table as a file of its own",
        )));
    }
    if let Some(wanted) = wanted {
        let index = named(&sheets, wanted)
            .ok_or_else(|| ChoiceFault::Unknown(by_likeness(&sheets, wanted)))?;
        return Ok(ChosenSheet { index, header: rated(workbook, index, search)? });
    }
    let mut filled = Vec::new();
    for (index, _) in sheets.iter().enumerate().filter(|(_, sheet)| !sheet.is_hidden) {
        if let Some(header) = rated(workbook, index, search)? {
            filled.push((index, header));
        }
    }
    let names = |indexes: &[(usize, HeaderRating)]| {
        indexes.iter().map(|(index, _)| sheets[*index].name.clone()).collect::<Vec<_>>()
    };
    for least in [HeaderCertainty::Strong, HeaderCertainty::Weak] {
        let (with, without): (Vec<_>, Vec<_>) =
            filled.into_iter().partition(|(_, header)| header.certainty >= least);
        match <[_; 1]>::try_from(with) {
            Ok([(index, header)]) => return Ok(ChosenSheet { index, header: Some(header) }),
            Err(with) if with.is_empty() => filled = without,
            Err(with) => return Err(ChoiceFault::Several(names(&with))),
        }
    }
    match <[_; 1]>::try_from(filled) {
        // The errors about its header propose a mapping.
        Ok([(index, header)]) => Ok(ChosenSheet { index, header: Some(header) }),
        Err(filled) if filled.is_empty() => Err(ChoiceFault::Empty),
        Err(filled) => Err(ChoiceFault::NoneKnown(names(&filled))),
    }
}

/// Returns the sheet with a name. Letter case and invisible characters matter only if several
/// sheets have it.
fn named(sheets: &[SheetInfo], wanted: &str) -> Option<usize> {
    sheets.iter().position(|sheet| sheet.name == wanted).or_else(|| {
        let mut alike = (0..sheets.len()).filter(|i| plain(&sheets[*i].name) == plain(wanted));
        alike.next().filter(|_| alike.next().is_none())
    })
}

fn by_likeness(sheets: &[SheetInfo], wanted: &str) -> Vec<String> {
    let mut names: Vec<String> = sheets.iter().map(|sheet| sheet.name.clone()).collect();
    let wanted = plain(wanted);
    names.sort_by_cached_key(|name| strsim::osa_distance(&plain(name), &wanted));
    names
}

/// Returns what the header of a sheet seems to be; `None` if its first rows have no content.
fn rated(
    workbook: &mut dyn Workbook,
    sheet: usize,
    search: &Search<'_>,
) -> Result<Option<HeaderRating>, WorkbookFault> {
    let mut first = SheetRowWriter::new(Vec::new(), 0, u64::MAX);
    let (mut filled, mut bytes) = (0, 0);
    workbook.read(sheet, &mut |row| {
        bytes += first.write(row)?;
        filled += usize::from(!row.cells().is_empty());
        let is_enough =
            filled >= SEARCHED && search.row.is_none_or(|header| u64::from(row.number) >= header);
        Ok(match is_enough || bytes > MAX_RECORD {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    })?;
    Ok(search.rate(&first.into_inner()?))
}
