//! Splits a cell into the names of its list.

use super::cell_text::trim;
use memchr::memchr_iter;
use serde::Deserialize;
use std::borrow::Cow;

/// A cell that begins with `[` is not a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("begins with [ but is not a JSON array of strings")]
pub(crate) struct ListError;

/// Appends the names in a trimmed cell to `names`: separated by `separator`, or a JSON array of
/// strings if the cell begins with `[`. Names are trimmed, and empty ones dropped.
///
/// # Errors
/// When the cell begins with `[` but is not a JSON array of strings.
pub(crate) fn split_into<'a>(
    names: &mut Vec<Cow<'a, str>>,
    cell: &'a str,
    separator: char,
) -> Result<(), ListError> {
    if cell.starts_with('[') {
        let entries: Vec<ListEntry<'a>> = serde_json::from_str(cell).map_err(|_| ListError)?;
        names.extend(
            entries
                .into_iter()
                .map(|ListEntry(name)| trimmed(name))
                .filter(|name| !name.is_empty()),
        );
        return Ok(());
    }
    let mut add = |name: &'a str| {
        names.extend(Some(trim(name)).filter(|name| !name.is_empty()).map(Cow::Borrowed));
    };
    match u8::try_from(separator) {
        // Most separators are one byte.
        Ok(separator) if separator.is_ascii() => {
            let mut from = 0;
            for to in memchr_iter(separator, cell.as_bytes()) {
                add(&cell[from..to]);
                from = to + 1;
            }
            add(&cell[from..]);
        }
        _ => cell.split(separator).for_each(add),
    }
    Ok(())
}

#[derive(Deserialize)]
struct ListEntry<'a>(#[serde(borrow)] Cow<'a, str>);

fn trimmed(name: Cow<'_, str>) -> Cow<'_, str> {
    match name {
        Cow::Borrowed(name) => Cow::Borrowed(trim(name)),
        Cow::Owned(name) if trim(&name).len() == name.len() => Cow::Owned(name),
        Cow::Owned(name) => Cow::Owned(trim(&name).to_owned()),
    }
}
