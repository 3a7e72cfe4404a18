//! Names that may be a list: they hold a `;` or `|`, stand where a list of names may stand, and no
//! known group has such a name.

use crate::change::{each_needed_group, same_name};
use crate::import::input_error::InputError;
use crate::import::input_file::InputFile;
use crate::reconcile::NeededGroup;
use crate::table::{Block, Field, RowBuffer, Table};

/// Refuses files with a list that is separated by something else than commas, unless the user has
/// named the separator. `unknown` are the groups that no list and no server shows.
pub(super) fn check_separators<'g>(
    inputs: &[&mut InputFile],
    mut unknown: impl Iterator<Item = &'g NeededGroup>,
) -> Result<(), InputError> {
    if inputs.iter().all(|input| input.rules.separator_is_known) {
        return Ok(());
    }
    let found =
        unknown.find_map(|group| Some((group, group.separator.filter(|_| !group.is_made_before)?)));
    match found {
        Some((group, separator)) => Err(InputError::ListSeparator {
            place: place_of(inputs, &group.name),
            name: group.name.clone(),
            separator,
        }),
        None => Ok(()),
    }
}

/// Refuses files with the names of known groups in one name (`Design/Video`), unless the user has
/// named the separator. `joined` are these names, which no group has, each with what stands between
/// the groups.
pub(super) fn check_joined(
    inputs: &[&mut InputFile],
    joined: &[(String, char)],
) -> Result<(), InputError> {
    let place = |name: &str| {
        let mut open = inputs.iter().filter(|input| !input.rules.separator_is_known);
        open.find_map(|input| Some(format!("{}, {}", input.table.name(), row_of(input, name)?)))
    };
    let found = joined.iter().find_map(|(name, sign)| Some((place(name)?, name.clone(), *sign)));
    match found {
        Some((place, name, separator)) => Err(InputError::ListSeparator { place, name, separator }),
        None => Ok(()),
    }
}

/// Returns the sign in a name that stands between names of known groups alone.
pub(super) fn separator_of_known<'k, I>(name: &str, known: impl Fn() -> I) -> Option<char>
where
    I: Iterator<Item = &'k str>,
{
    const SIGNS: [char; 10] = ['/', '\\', '+', '&', '、', '，', '・', '·', '•', '\n'];
    let is_known = |part: &str| known().any(|other| same_name(other, part.trim()));
    SIGNS.into_iter().find(|sign| name.contains(*sign) && name.split(*sign).all(is_known))
}

/// Describes where a group is named first: `staff.xlsx, Staff!E5`, or the line; the file alone if a
/// row cannot be read again.
fn place_of(inputs: &[&mut InputFile], name: &str) -> String {
    let mut found =
        inputs.iter().filter_map(|input| Some((input.table.name(), row_of(input, name)?)));
    if let Some((file, place)) = found.next() {
        return format!("{file}, {place}");
    }
    inputs.iter().map(|input| input.table.name()).collect::<Vec<_>>().join(", ")
}

/// Describes the first row of a file that names a group in a cell which may be a list: its cell, or
/// its line.
fn row_of(input: &InputFile, name: &str) -> Option<String> {
    let input_rows = input.input_rows();
    let (mut buffer, mut beside) = (RowBuffer::default(), RowBuffer::default());
    for block in input.table.blocks() {
        let block = block.ok()?;
        for index in 0..block.len() {
            let Some(Ok(change)) = input_rows.requested_change(&block, index, &mut buffer) else {
                continue;
            };
            let mut names_it = false;
            each_needed_group(&change, |other, _| names_it |= same_name(other, name));
            let place = names_it.then(|| cell_of(&input.table, (&block, index), name, &mut beside));
            if let Some(Some(place)) = place {
                return Some(place);
            }
        }
    }
    None
}

/// Describes the cell of a row that names a group among others, or its line. In a JSON array, each
/// name stands alone.
fn cell_of(
    table: &Table,
    (block, index): (&Block, usize),
    name: &str,
    buffer: &mut RowBuffer,
) -> Option<String> {
    let line = block.frame(index).line;
    let cells = block.cells(index, buffer).ok()?;
    let field = Field::ALL.into_iter().filter(|field| field.is_list()).find(|field| {
        let cell = cells.get(*field).trim();
        cell.contains(name) && !cell.starts_with('[')
    })?;
    let row = block.first_row + index as u64;
    Some(table.cell_address(field, line).unwrap_or_else(|| table.place_words(line, row)))
}
