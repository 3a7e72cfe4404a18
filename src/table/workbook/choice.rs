//! Chooses the sheet with the table.

use std::ops::ControlFlow;

use super::fault::WorkbookFault;
use super::records::SheetRowWriter;
use super::sheet::{SheetInfo, SheetRow, Workbook};
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
    if let Some(wanted) = wanted {
        let index = named(&sheets, wanted)
            .ok_or_else(|| ChoiceFault::Unknown(by_likeness(&sheets, wanted)))?;
        let header = rated(workbook, &[index], search)?.pop().map(|(_, header)| header);
        return Ok(ChosenSheet { index, header });
    }
    let visible: Vec<usize> = (0..sheets.len()).filter(|i| !sheets[*i].is_hidden).collect();
    let mut filled = rated(workbook, &visible, search)?;
    let names = |indexes: &[(usize, HeaderRating)]| {
        indexes.iter().map(|(index, _)| sheets[*index].name.clone()).collect::<Vec<_>>()
    };
    for least in [HeaderCertainty::Mapped, HeaderCertainty::Strong, HeaderCertainty::Weak] {
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

/// Returns what the headers of sheets seem to be. Sheets whose first rows have no content are left
/// out.
fn rated(
    workbook: &mut dyn Workbook,
    sheets: &[usize],
    search: &Search<'_>,
) -> Result<Vec<(usize, HeaderRating)>, WorkbookFault> {
    let (mut rated, mut open) = (Vec::new(), None::<FirstRows>);
    workbook.read_first_rows(sheets, &mut |sheet, row| {
        if let Some(before) = open.take_if(|open| open.sheet != sheet) {
            rated.extend(before.rated(search)?);
        }
        open.get_or_insert_with(|| FirstRows::new(sheet)).push(row, search)
    })?;
    if let Some(last) = open {
        rated.extend(last.rated(search)?);
    }
    Ok(rated)
}

/// The first rows of a sheet, as text.
struct FirstRows {
    sheet: usize,
    text: SheetRowWriter<Vec<u8>>,
    /// The number of rows with content.
    filled: usize,
    bytes: usize,
}

impl FirstRows {
    fn new(sheet: usize) -> Self {
        Self { sheet, text: SheetRowWriter::new(Vec::new(), 0, u64::MAX), filled: 0, bytes: 0 }
    }

    /// Adds a row, and breaks if the header must be among the rows.
    fn push(
        &mut self,
        row: &SheetRow,
        search: &Search<'_>,
    ) -> Result<ControlFlow<()>, WorkbookFault> {
        self.bytes += self.text.write(row)?;
        self.filled += usize::from(!row.cells().is_empty());
        let is_enough = self.filled >= SEARCHED
            && search.row.is_none_or(|header| u64::from(row.number) >= header);
        Ok(match is_enough || self.bytes > MAX_RECORD {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    }

    /// Returns the sheet with its header.
    fn rated(self, search: &Search<'_>) -> Result<Option<(usize, HeaderRating)>, WorkbookFault> {
        let text = self.text.into_inner()?;
        Ok(search.rate(&text).map(|header| (self.sheet, header)))
    }
}
