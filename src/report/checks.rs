//! The file that `validate` writes: every row, and what is wrong with it.

use super::results::{COLUMNS, NOT_ASKED_FOR, open};
use crate::disk::Earlier;
use crate::run::{Asked, BlockUses, Conflicts, GroupGatherer, Names, Note, Reading, Status, SurveyError, Tally, Unsent};
use crate::table::{Block, RowBuffer, RowWriter, each_block};
use std::io::{self, Write};
use std::path::Path;

/// Checks a table and writes down what it found.
#[derive(Debug, Clone, Copy)]
pub struct Checks;

impl Checks {
    /// Examines every row and writes `path`; an earlier file is put aside. Where rows contradict each other, all are written once more.
    /// `groups` gathers which groups the rows need.
    ///
    /// # Errors
    /// When reading or writing fails.
    pub fn write(reading: &Reading<'_>, path: &Path, groups: Option<&GroupGatherer>) -> Result<Tally, SurveyError> {
        Self::write_over(reading, path, groups, Earlier::PutAside)
    }

    /// Examines every row once more, now that it is known which groups are there.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_again(reading: &Reading<'_>, path: &Path) -> Result<Tally, SurveyError> {
        Self::write_over(reading, path, None, Earlier::Replaced)
    }

    fn write_over(reading: &Reading<'_>, path: &Path, groups: Option<&GroupGatherer>, earlier: Earlier) -> Result<Tally, SurveyError> {
        let mut names = Names::default();
        let tally = Self::write_once(reading, path, earlier, (&mut names, groups))?;
        let conflicts = if reading.conflicts.is_some() { Conflicts::default() } else { names.repeated().conflicts(reading)? };
        if conflicts.is_empty() {
            return Ok(tally);
        }
        Self::write_once(&Reading { conflicts: Some(&conflicts), ..*reading }, path, Earlier::Replaced, (&mut Names::default(), None))
    }

    fn write_once(
        reading: &Reading<'_>,
        path: &Path,
        earlier: Earlier,
        (names, groups): (&mut Names, Option<&GroupGatherer>),
    ) -> Result<Tally, SurveyError> {
        let failed = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let mut file = open(path, earlier, reading.table, &COLUMNS).and_then(RowWriter::into_inner).map_err(failed)?;
        let mut tally = Tally::default();
        each_block(
            reading.table,
            |block| check(reading, &block, groups),
            |checked| {
                let Checked { rows, tally: more, names: found } = checked.map_err(failed)?;
                file.write_all(&rows).map_err(failed)?;
                names.absorb(found);
                tally.add(more);
                Ok::<_, io::Error>(())
            },
        )?;
        Ok(tally)
    }
}

/// A block's rows with their verdicts are about so long.
const ROOM: usize = 3 << 19;

/// The rows of one block as they are written down, and what is wrong with them.
struct Checked {
    rows: Vec<u8>,
    tally: Tally,
    names: Names,
}

fn check(reading: &Reading<'_>, block: &Block, groups: Option<&GroupGatherer>) -> io::Result<Checked> {
    let mut uses = groups.map(|_| BlockUses::default());
    let mut buffer = RowBuffer::default();
    let (mut tally, mut names) = (Tally::default(), Names::default());
    let mut writer = RowWriter::without_header(Vec::with_capacity(ROOM), reading.table);
    for index in 0..block.len() {
        let row = block.first_row + index as u64 + 1;
        let line = block.frame(index).line;
        let (mut code, mut message) = (String::new(), String::new());
        let status = match reading.look_at_naming(block, index, &mut buffer, &mut names) {
            Some(Ok(Asked { change, effect, remark, .. })) => {
                uses.iter_mut().for_each(|uses| uses.take(reading, (block, index), &change));
                tally.take_change(&change);
                tally.effects.take_change(effect, &change);
                message = remark;
                Status::Ok
            }
            Some(Err(unsent)) => {
                let status = match &unsent {
                    Unsent::Invalid { code: its_code, message: its_message, .. } => {
                        (code, message) = (its_code.clone(), its_message.clone());
                        Status::Invalid
                    }
                    Unsent::Unchanged { .. } => {
                        Note { code, message } = reading.unchanged_note(&unsent);
                        Status::Unchanged
                    }
                    Unsent::Skipped { code: its_code, message: its_message } => {
                        (code, message) = ((*its_code).to_owned(), its_message.clone());
                        Status::Skipped
                    }
                };
                tally.take_unsent(row, line, unsent);
                status
            }
            None => {
                tally.rows += 1;
                NOT_ASKED_FOR.clone_into(&mut message);
                Status::NotSent
            }
        };
        writer.write_row(block, index, &[&row.to_string(), &line.to_string(), status.name(), &code, &message, "0", "", "", ""])?;
    }
    groups.zip(uses).into_iter().for_each(|(groups, uses)| groups.add(block, uses));
    Ok(Checked { rows: writer.into_inner()?, tally, names })
}
