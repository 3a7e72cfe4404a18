//! The file that `validate` writes: every row, and what is wrong with it.

use super::paths::put_aside;
use super::results::{COLUMNS, open};
use crate::run::{Reading, Refusal, Status, SurveyError, Tally, each_block};
use crate::table::{Block, RowBuffer, RowWriter};
use std::fs::File;
use std::io;
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
        let failed = |error: io::Error| SurveyError::Io(path.display().to_string(), error);
        put_aside(path).map_err(failed)?;
        let mut writer = open(path, reading.table, &COLUMNS).map_err(failed)?;
        let mut tally = Tally::default();
        each_block(
            reading.table,
            |block| check(reading, block),
            |checked: Checked| {
                write(&mut writer, &checked).map_err(failed)?;
                tally.add(checked.tally);
                Ok(())
            },
        )?;
        writer.flush().map_err(failed)?;
        Ok(tally)
    }
}

/// One block with what is wrong in it.
struct Checked {
    block: Block,
    tally: Tally,
    wrong: Vec<(usize, Refusal)>,
    left_out: Vec<usize>,
}

fn check(reading: &Reading<'_>, block: Block) -> Checked {
    let mut buffer = RowBuffer::default();
    let mut checked = Checked { tally: Tally::default(), wrong: Vec::new(), left_out: Vec::new(), block };
    for index in 0..checked.block.len() {
        match reading.examine(&checked.block, index, &mut buffer) {
            Some(Ok(change)) => checked.tally.take_change(&change),
            Some(Err(refusal)) => {
                let row = checked.block.first_row + index as u64 + 1;
                checked.tally.take_problem(row, checked.block.frame(index).line, refusal.clone());
                checked.wrong.push((index, refusal));
            }
            None => {
                checked.tally.rows += 1;
                checked.left_out.push(index);
            }
        }
    }
    checked
}

fn write(writer: &mut RowWriter<File>, checked: &Checked) -> io::Result<()> {
    let (mut wrong, mut left_out) = (checked.wrong.iter().peekable(), checked.left_out.iter().peekable());
    for index in 0..checked.block.len() {
        let (status, code, message) = if let Some((_, (code, message))) = wrong.next_if(|(at, _)| *at == index) {
            (Status::Invalid, code.as_str(), message.as_str())
        } else if left_out.next_if(|at| **at == index).is_some() {
            (Status::NotSent, "", "not asked for (--rows)")
        } else {
            (Status::Ok, "", "")
        };
        let row = (checked.block.first_row + index as u64 + 1).to_string();
        let line = checked.block.frame(index).line.to_string();
        writer.write_row(&checked.block, index, &[&row, &line, status.name(), code, message, "0", "", ""])?;
    }
    Ok(())
}
