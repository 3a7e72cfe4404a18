//! Recognizes an exported list that is imported again, by its rows. The header does not suffice: a
//! list of new users with the header of an exported list has an empty column `id`.

use crate::import::error::ImportError;
use crate::organization::Organization;
use crate::table::{RowBuffer, Table};

/// Whether a row has the id of a user of any organization.
pub(crate) fn has_ids(table: &Table) -> Result<bool, ImportError> {
    has_id(table, |_| true)
}

/// Whether a row has the id of a user of this organization. If the list has no ids, any id counts.
pub(crate) fn is_list_of(table: &Table, organization: &Organization) -> Result<bool, ImportError> {
    let shows_ids = organization.people().any(|person| !person.id().is_empty());
    has_id(table, |id| !shows_ids || organization.by_id(id).is_some())
}

fn has_id(table: &Table, counts: impl Fn(&str) -> bool) -> Result<bool, ImportError> {
    if !table.is_exported() {
        return Ok(false);
    }
    let mut buffer = RowBuffer::default();
    for block in table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let Ok(cells) = block.cells(index, &mut buffer) else { continue };
            let id = cells.id().trim();
            if !id.is_empty() && counts(id) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
