//! The file that `validate` writes: every row, and what is wrong with it.

use super::results::{COLUMNS, NOT_ASKED_FOR, open};
use crate::disk::Earlier;
use crate::run::{Asked, Note, Reading, Status, SurveyError, Tally, Unsent};
use crate::table::{Block, RowBuffer, RowWriter, each_block};
use std::io::{self, Write};
use std::path::Path;

/// Checks a table and writes down what it found.
#[derive(Debug, Clone, Copy)]
pub struct Checks;

impl Checks {
    /// Examines every row and writes `path`; an earlier file is put aside.
    ///
    /// # Errors
    /// When reading or writing fails.
    pub fn write(reading: &Reading<'_>, path: &Path) -> Result<Tally, SurveyError> {
        let failed = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let mut file = open(path, Earlier::PutAside, reading.table, &COLUMNS).and_then(RowWriter::into_inner).map_err(failed)?;
        let mut tally = Tally::default();
        each_block(
            reading.table,
            |block| check(reading, &block),
            |checked| {
                let Checked { rows, tally: more } = checked.map_err(failed)?;
                file.write_all(&rows).map_err(failed)?;
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
}

fn check(reading: &Reading<'_>, block: &Block) -> io::Result<Checked> {
    let mut buffer = RowBuffer::default();
    let mut tally = Tally::default();
    let mut writer = RowWriter::without_header(Vec::with_capacity(ROOM), reading.table);
    for index in 0..block.len() {
        let row = block.first_row + index as u64 + 1;
        let line = block.frame(index).line;
        let (mut code, mut message) = (String::new(), String::new());
        let status = match reading.look_at(block, index, &mut buffer) {
            Some(Ok(Asked { change, effect, remark, .. })) => {
                tally.take_change(&change);
                tally.effects.take(effect);
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
    Ok(Checked { rows: writer.into_inner()?, tally })
}
