//! Finds a total below the rows that says that people leave: `Total leavers: 2`.

use std::collections::VecDeque;
use std::io;

use super::Table;
use crate::table::error::TableError;
use crate::table::fault::RowFault;
use crate::table::field::Field;
use crate::table::leaver_columns::has_action;
use crate::table::leaver_titles::speaks_of_leavers;
use crate::table::record::{Decoder, parse};
use crate::table::row_buffer::RowBuffer;
use crate::table::table_purpose::TablePurpose;

/// The number of last rows that may be totals.
const MOST_ROWS: usize = 8;

impl Table {
    /// Refuses a table of users, each of whom does not have an action of their own, above a total
    /// of people who leave, unless all of them are deleted.
    pub(super) fn check_totals(&self, purpose: TablePurpose) -> Result<(), TableError> {
        let names_users = self.has(Field::Email) || self.has(Field::Username);
        let is_list = purpose == TablePurpose::OrganizationList;
        let says_itself = has_action(&self.columns.fields) || !self.layout.has_lines;
        if !names_users || says_itself || is_list || purpose.deletes_all(false) {
            return Ok(());
        }
        let failed = |source| TableError::Unreadable { file: self.name.clone(), source };
        match self.total_of_leavers().map_err(failed)? {
            // It is about the people below the heading.
            Some(total) if !self.has_sections().map_err(failed)? => {
                Err(TableError::TotalOfLeavers { file: self.name.clone(), total })
            }
            _ => Ok(()),
        }
    }

    /// Returns the filled cells of one of the last rows that says that people leave.
    fn total_of_leavers(&self) -> io::Result<Option<String>> {
        if !self.may_end_with_leavers()? {
            return Ok(None);
        }
        let delimiter = self.head.delimiter;
        let mut decoder = Decoder::default();
        let mut totals = VecDeque::new();
        for block in self.blocks() {
            let block = block?;
            for i in block.len().saturating_sub(MOST_ROWS)..block.len() {
                let raw = block.raw(i);
                let is_of_a_person = raw.contains(&b'@');
                let row = parse(raw, delimiter, &mut decoder).ok();
                let total = row.and_then(|row| total_of_leavers(row.iter()));
                if totals.len() == MOST_ROWS {
                    totals.pop_front();
                }
                totals.push_back((is_of_a_person, total));
            }
        }
        let below_people = totals.into_iter().rev().take_while(|(of_a_person, _)| !of_a_person);
        Ok(below_people.into_iter().find_map(|(_, total)| total))
    }

    /// Whether one of the last lines looks like such a total: a quick test that most tables do not
    /// pass. A line may also be a part of a cell.
    fn may_end_with_leavers(&self) -> io::Result<bool> {
        const LOOKED_AT: u64 = 2048;
        let from = self.text.len().saturating_sub(LOOKED_AT).max(self.rows_at());
        let mut end = vec![0; usize::try_from(LOOKED_AT).unwrap_or_default()];
        let read = self.text.read_at(&mut end, from)?;
        let end = String::from_utf8_lossy(&end[..read]);
        let delimiter = char::from(self.head.delimiter);
        let mut rows = end.rsplit(['\n', '\r']).filter(|line| !line.trim().is_empty());
        Ok(rows.any(|line| total_of_leavers(line.split(delimiter)).is_some()))
    }

    /// Whether there are headings between the rows.
    fn has_sections(&self) -> io::Result<bool> {
        let mut buffer = RowBuffer::new();
        for block in self.blocks() {
            let block = block?;
            let mut rows = 0..block.len();
            if rows
                .any(|i| matches!(block.cells(i, &mut buffer), Err(RowFault::BelowHeading { .. })))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Returns the filled cells of a row if they are a total of people who leave: `Total leavers;2`. If
/// it counts nobody, it says nothing.
fn total_of_leavers<'a>(cells: impl Iterator<Item = &'a str>) -> Option<String> {
    const MOST_CELLS: usize = 4;
    let filled: Vec<&str> = cells
        .map(|cell| cell.trim_matches(|c: char| c == '"' || c.is_whitespace()))
        .filter(|cell| !cell.is_empty())
        .collect();
    let is_number = |cell: &str| {
        cell.contains(|c: char| c.is_ascii_digit()) && !cell.contains(char::is_alphabetic)
    };
    let (first, others) = filled.split_first()?;
    let digits = filled.iter().flat_map(|cell| cell.chars()).filter(char::is_ascii_digit);
    let counts_nobody = digits.clone().next().is_some() && digits.into_iter().all(|c| c == '0');
    let is_total = speaks_of_leavers(first)
        && filled.len() <= MOST_CELLS
        && others.iter().all(|cell| is_number(cell) || speaks_of_leavers(cell))
        && !counts_nobody;
    is_total.then(|| filled.join(" "))
}
