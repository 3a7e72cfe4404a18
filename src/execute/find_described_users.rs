//! Finds the users whom one row describes in full, and other rows do not.

use super::described_users::{
    CREATION_FIELDS, DescribedUser, DescribedUsers, email_hash, lacks_only_creation_fields,
};
use super::each_row::each_row;
use super::input_rows::InputRows;
use super::row_counts::RowCounts;
use crate::change::{self, Change, UserChange};
use crate::table::{Field, is_margin};
use std::collections::HashSet;
use std::io;

impl DescribedUsers {
    /// Finds these users in a table with these counts. Reads it again if rows lack fields that are
    /// needed to create a user.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub(crate) fn find(input_rows: &InputRows<'_>, counts: &RowCounts) -> io::Result<Self> {
        let lacks = |field: &Field| {
            counts.problems.contains_key(&format!("invalid.{}.missing", field.name()))
        };
        match CREATION_FIELDS.iter().any(lacks) {
            true => Self::find_uncounted(input_rows),
            false => Ok(Self::default()),
        }
    }

    /// Finds these users in a table that was not read yet.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub(crate) fn find_uncounted(input_rows: &InputRows<'_>) -> io::Result<Self> {
        let mut described = Self::default();
        if input_rows.table.has(Field::Action) {
            return Ok(described);
        }
        // A row outside `--rows` is valid or invalid all the same.
        let input_rows = &InputRows { described: None, range: None, ..*input_rows };
        let emails = incomplete_emails(input_rows)?;
        if emails.is_empty() {
            return Ok(described);
        }
        each_row(
            input_rows.table,
            |block, index, buffer, found| {
                if let Some(Ok(Change::User(user))) =
                    input_rows.evaluate_detailed(block, index, buffer)
                    && let Some(create) = &user.create
                    && emails.contains(&email_hash(create))
                {
                    found.push(DescribedUser::of(&user, create));
                }
            },
            |user| described.add(user),
        )?;
        Ok(described)
    }
}

/// Finds the emails in rows that lack only fields that are needed to create a user.
fn incomplete_emails(input_rows: &InputRows<'_>) -> io::Result<HashSet<u64>> {
    let mut emails = HashSet::new();
    each_row(
        input_rows.table,
        |block, index, buffer, found| {
            let Ok(cells) = block.cells(index, buffer) else { return };
            if CREATION_FIELDS.iter().all(|field| !is_empty(cells.get(*field))) {
                return;
            }
            if let (Some(Change::User(UserChange { create: Some(create), .. })), problems) =
                change::read_all(&cells, input_rows.rules)
                && lacks_only_creation_fields(&problems)
            {
                found.push(email_hash(&create));
            }
        },
        |email| {
            emails.insert(email);
        },
    )?;
    Ok(emails)
}

fn is_empty(cell: &str) -> bool {
    cell.trim_matches(is_margin).is_empty()
}
