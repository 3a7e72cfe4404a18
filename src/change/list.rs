//! Lists in a cell.

use super::check::trimmed;
use std::borrow::Cow;

/// The names in a cell: trimmed, none empty, each once (letter case does not count; the first spelling stays).
///
/// `None`: the cell is empty and says nothing. An empty list is written `[]`. A cell that begins with `[` is a JSON array of strings, for names that
/// hold the separator.
///
/// # Errors
/// What is wrong with the JSON.
pub(super) fn split(cell: &str, separator: char) -> Result<Option<Vec<Cow<'_, str>>>, String> {
    let cell = trimmed(cell);
    if cell.is_empty() {
        return Ok(None);
    }
    let mut names = Vec::new();
    if cell.starts_with('[') {
        let array: Vec<String> =
            serde_json::from_str(cell).map_err(|error| format!("begins with [ but is no JSON list of names ({error})"))?;
        names.extend(array.into_iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).map(Cow::Owned));
    } else {
        names.extend(cell.split(separator).map(trimmed).filter(|name| !name.is_empty()).map(Cow::Borrowed));
    }
    fold(&mut names);
    Ok(Some(names))
}

/// Lists up to this length are compared name by name.
const SHORT: usize = 16;

/// Takes names out that stand there already.
pub(super) fn fold(names: &mut Vec<Cow<'_, str>>) {
    if names.len() <= SHORT {
        let mut kept = 0;
        for place in 0..names.len() {
            if !names[..kept].iter().any(|known| same(known, &names[place])) {
                names.swap(kept, place);
                kept += 1;
            }
        }
        names.truncate(kept);
    } else {
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.to_lowercase()));
    }
}

/// Are two names the same to the API?
pub(super) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}
