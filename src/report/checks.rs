//! Writes the file of `validate`: every row, with its problems.

use super::columns::{COLUMNS, NOT_ASKED_FOR};
use super::results_file::{CHECKED, GrowingFile, ResultsFile, copied_cells};
use crate::execute::{
    BlockFindings, BlockUses, Conflicts, DescribedUsers, GroupGatherer, InputRows, Names,
    OutcomeStatus, Reason, RequestedChange, RowCounts, ScanError,
};
use crate::fs::Earlier;
use crate::table::{Block, CopiedCells, RowBuffer, RowWriter, each_block, rows_ahead};
use std::io;
use std::path::Path;

/// Checks a table and writes the results.
#[derive(Debug, Clone, Copy)]
pub struct Checks;

impl Checks {
    /// Checks every row and writes `path`. An earlier file is renamed. If rows conflict with or
    /// complete each other, all rows are written a second time. `groups` collects the groups that
    /// the rows need.
    ///
    /// # Errors
    /// When reading or writing fails.
    pub fn write(
        input_rows: &InputRows<'_>,
        path: &Path,
        groups: Option<&GroupGatherer>,
    ) -> Result<RowCounts, ScanError> {
        Self::write_over(input_rows, path, groups, Earlier::PutAside)
    }

    /// Checks every row again, once it is known which groups exist.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_again(input_rows: &InputRows<'_>, path: &Path) -> Result<RowCounts, ScanError> {
        Self::write_over(input_rows, path, None, Earlier::Replaced)
    }

    fn write_over(
        input_rows: &InputRows<'_>,
        path: &Path,
        groups: Option<&GroupGatherer>,
        earlier: Earlier,
    ) -> Result<RowCounts, ScanError> {
        // Which rows describe a user in full depends on what is known by now.
        let input_rows = &InputRows { described: None, ..*input_rows };
        let mut names = Names::default();
        let counts = Self::write_once(input_rows, path, earlier, (&mut names, groups))?;
        let conflicts = if input_rows.conflicts.is_some() {
            Conflicts::default()
        } else {
            names.repeated().conflicts(input_rows)?
        };
        let input_rows =
            &InputRows { conflicts: input_rows.conflicts.or(Some(&conflicts)), ..*input_rows };
        let described = DescribedUsers::find(input_rows, &counts)?;
        if conflicts.is_empty() && described.is_empty() {
            return Ok(counts);
        }
        let groups = groups.filter(|_| !described.is_empty());
        groups.into_iter().for_each(GroupGatherer::clear);
        Self::write_once(
            &InputRows { described: Some(&described), ..*input_rows },
            path,
            Earlier::Replaced,
            (&mut Names::default(), groups),
        )
    }

    fn write_once(
        input_rows: &InputRows<'_>,
        path: &Path,
        earlier: Earlier,
        (names, groups): (&mut Names, Option<&GroupGatherer>),
    ) -> Result<RowCounts, ScanError> {
        let failed = crate::fs::named(path);
        let mut file = ResultsFile::create(path, earlier, input_rows.table, &COLUMNS, CHECKED)?;
        let copied = copied_cells(path);
        let mut counts = RowCounts::default();
        each_block(
            input_rows.table,
            |block| check(input_rows, &block, copied, groups.is_some().then(BlockUses::default)),
            |checked| {
                let CheckedRows { rows, counts: more, names: found, uses, end } =
                    checked.map_err(failed)?;
                file.write_copied(&rows).map_err(failed)?;
                groups.zip(uses).into_iter().for_each(|(groups, uses)| groups.add(uses));
                if counts.rows == 0 {
                    let all = input_rows.table.len_bytes();
                    names.reserve(found.len() + rows_ahead(found.len(), end, all));
                }
                names.absorb(found);
                counts.add(more);
                Ok::<_, io::Error>(())
            },
        )?;
        file.end(GrowingFile::Removed)?;
        Ok(counts)
    }
}

/// The approximate length of a block's rows with their outcomes.
const ROOM: usize = 3 << 17;

/// The rows of one block with their problems.
struct CheckedRows {
    rows: Vec<u8>,
    counts: RowCounts,
    names: Names,
    uses: Option<BlockUses>,
    /// The position where the last of them ends.
    end: u64,
}

fn check(
    input_rows: &InputRows<'_>,
    block: &Block,
    copied: CopiedCells,
    mut uses: Option<BlockUses>,
) -> io::Result<CheckedRows> {
    let mut buffer = RowBuffer::default();
    let (mut counts, mut found) = (RowCounts::default(), BlockFindings::default());
    let (mut row_digits, mut line_digits) = (itoa::Buffer::new(), itoa::Buffer::new());
    let mut writer = RowWriter::without_header(Vec::with_capacity(ROOM), input_rows.table, copied);
    for index in 0..block.len() {
        let row = block.first_row + index as u64 + 1;
        let line = block.frame(index).line;
        let (mut code, mut message) = (String::new(), String::new());
        let cells = block.cells(index, &mut buffer);
        let status = match input_rows.meet(row - 1, &cells, &mut found) {
            Some(_) => OutcomeStatus::Ok,
            None => match input_rows.evaluate_met((block, index), &cells, &mut found) {
                // Moving a change to another place would copy it.
                Some(Ok(RequestedChange { ref change, effect, remark, .. })) => {
                    uses.iter_mut().for_each(|uses| uses.take(input_rows, (block, index), change));
                    counts.add_change(change);
                    counts.effects.take_change(effect, change);
                    message = remark;
                    OutcomeStatus::Ok
                }
                Some(Err(skip)) => {
                    counts.add_skip(row, line, skip.clone());
                    let decision = input_rows.decision(skip);
                    Reason { code, message } = decision.reason;
                    decision.status
                }
                None => {
                    counts.rows += 1;
                    NOT_ASKED_FOR.clone_into(&mut message);
                    OutcomeStatus::NotSent
                }
            },
        };
        let (row, line) = (row_digits.format(row), line_digits.format(line));
        let added = [row, line, status.name(), &code, &message, "0", "", "", ""];
        writer.write_row_read(block, index, &buffer, &added)?;
    }
    found.alike.count(&mut counts);
    counts.countries = found.countries;
    let (names, end) = (found.names, block.end());
    Ok(CheckedRows { rows: writer.into_inner()?, counts, names, uses, end })
}
