//! Checks what stands in whole columns, before any row is read: dates where names are, usernames in
//! place of addresses, marks of people who leave.

use super::{Table, TextOrigin};
use crate::table::cell_text::trim;
use crate::table::error::TableError;
use crate::table::field::Field;
use crate::table::leaver_cells::LeaverCells;
use crate::table::leaver_columns::has_action;
use crate::table::row_buffer::RowBuffer;
use crate::table::table_purpose::TablePurpose;
use crate::table::usernames::are_other_names;

impl Table {
    /// Refuses a table whose columns have numbers that nobody here can show as its program does.
    pub(super) fn check_numbers(&self) -> Result<(), TableError> {
        let TextOrigin::Sheet(copy) = &self.origin else { return Ok(()) };
        let fields = &self.columns.fields;
        let used: Vec<usize> = self.columns.mapping.positions().collect();
        let has_meaning = |column: &usize| {
            fields.iter().any(|(position, _)| position == column) || used.contains(column)
        };
        match copy.unclear.iter().find(|(column, _)| has_meaning(column)) {
            None => Ok(()),
            Some((&column, unclear)) => Err(TableError::UnclearNumbers {
                file: self.name.clone(),
                cell: Self::address(&copy.sheet, column, unclear.row),
                column: self.head.names[column].clone(),
                numbers: unclear.count,
                is_in_mapping: used.contains(&column),
            }),
        }
    }

    /// Refuses a sheet in which names have become dates or booleans (`1-2`, `True`). A mapping may
    /// translate them.
    pub(super) fn check_names(&self) -> Result<(), TableError> {
        let TextOrigin::Sheet(copy) = &self.origin else { return Ok(()) };
        let translations = &self.columns.mapping.translations;
        let holds_names = |column: usize| {
            let mut fields = self.columns.fields.iter().filter(|(position, _)| *position == column);
            fields.any(|(_, field)| {
                field.holds_names() && !translations.iter().any(|(other, _)| other == field)
            })
        };
        for (columns, what) in [(&copy.dates, "date"), (&copy.truths, "truth value")] {
            if let Some((&column, cells)) = columns.iter().find(|(column, _)| holds_names(**column))
            {
                return Err(TableError::NoNames {
                    file: self.name.clone(),
                    cell: Self::address(&copy.sheet, column, cells.row),
                    column: self.head.names[column].clone(),
                    cells: cells.count,
                    what,
                });
            }
        }
        Ok(())
    }

    /// Refuses a column of usernames that would be ignored if any row has another name there than
    /// its address.
    pub(super) fn check_usernames(&self) -> Result<(), TableError> {
        let Some(email) = self.position(Field::Email) else { return Ok(()) };
        for &position in &self.columns.usernames {
            let are_other = |cells: [&str; 2]| are_other_names(cells[0], cells[1]);
            if self.has_row([Some(position), Some(email)], are_other)? {
                let columns = vec![(self.head.names[position].trim().to_owned(), Field::Username)];
                let (file, line) = (self.name.clone(), self.head.line);
                return Err(TableError::LooksLike { file, line, columns });
            }
        }
        Ok(())
    }

    /// Refuses rows about users, all with the same action, that have a group to create or delete:
    /// a column `Group` is meant to hold their groups.
    pub(super) fn check_group(&self, purpose: TablePurpose) -> Result<(), TableError> {
        let names_users = self.has(Field::Email) || self.has(Field::Username);
        let group = self.columns.fields.iter().find(|(_, field)| *field == Field::Group);
        let Some(&(position, _)) = group
            .filter(|_| purpose == TablePurpose::Rows && names_users && !self.has(Field::Action))
        else {
            return Ok(());
        };
        if !self.has_row([Some(position)], |[cell]| !trim(cell).is_empty())? {
            return Ok(());
        }
        let (file, line) = (self.name.clone(), self.head.line);
        let column = self.head.names[position].trim().to_owned();
        Err(TableError::GroupOfUsers { file, line, column })
    }

    /// Refuses a table of users, each of whom does not have an action of their own, under a title
    /// that says that they leave, unless all of them are deleted.
    pub(super) fn check_title(&self, purpose: TablePurpose) -> Result<(), TableError> {
        let has_action = has_action(&self.columns.fields);
        let names_users = self.has(Field::Email) || self.has(Field::Username);
        let is_list = purpose == TablePurpose::OrganizationList;
        match &self.head.leavers {
            Some(title)
                if names_users && !has_action && !is_list && !purpose.deletes_all(false) =>
            {
                Err(TableError::TitleOfLeavers {
                    file: self.name.clone(),
                    line: self.head.line,
                    title: title.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Returns the columns without a meaning that mark somebody who leaves; if all rows delete,
    /// those that mark only some of them.
    pub(super) fn lost_marks(&self, purpose: TablePurpose) -> Result<Vec<usize>, TableError> {
        let deletes_all = purpose.deletes_all(has_action(&self.columns.fields));
        let mut lost = Vec::new();
        for &position in &self.columns.unmarked {
            let mut cells = LeaverCells::of(&self.head.names[position]);
            let names = [Field::Email, Field::Username].map(|field| self.position(field));
            let is_lost =
                self.has_row([Some(position), names[0], names[1]], |[cell, names @ ..]| {
                    cells.add(cell, names);
                    if deletes_all { cells.mark_only_some() } else { cells.mark_somebody() }
                })?;
            lost.extend(is_lost.then_some(position));
        }
        Ok(lost)
    }

    fn position(&self, wanted: Field) -> Option<usize> {
        self.columns.fields.iter().find(|(_, field)| *field == wanted).map(|(at, _)| *at)
    }

    /// Whether the cells of any row at these positions are such.
    fn has_row<const N: usize>(
        &self,
        positions: [Option<usize>; N],
        mut are_such: impl FnMut([&str; N]) -> bool,
    ) -> Result<bool, TableError> {
        let mut buffer = RowBuffer::new();
        for block in self.blocks() {
            let block = block
                .map_err(|source| TableError::Unreadable { file: self.name.clone(), source })?;
            for i in 0..block.len() {
                if let Ok((_, cells)) = block.all_cells(i, &mut buffer, positions)
                    && are_such(cells)
                {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}
