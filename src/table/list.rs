//! Lists in a cell.

use std::borrow::Cow;

/// Why a cell is no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// It begins with `[` and is not JSON.
    #[error("begins with [ and is no JSON array of strings ({0}): write [\"one\", \"two\"], or names separated by commas")]
    Json(String),
}

/// The entries of a list cell, trimmed, without empty ones: separated by `separator`, or a JSON array of strings if the cell begins with
/// `[`. `None` is an empty cell, which says nothing; `Some` of no entry is an explicitly empty list, `[]`.
pub fn split_list(cell: &str, separator: char) -> Result<Option<Vec<Cow<'_, str>>>, ListError> {
    let cell = cell.trim();
    if cell.is_empty() {
        return Ok(None);
    }
    if cell.starts_with('[') {
        let entries: Vec<String> = serde_json::from_str(cell).map_err(|error| ListError::Json(error.to_string()))?;
        let entries = entries.iter().map(|entry| entry.trim()).filter(|entry| !entry.is_empty());
        return Ok(Some(entries.map(|entry| Cow::Owned(entry.to_owned())).collect()));
    }
    let entries: Vec<_> = cell.split(separator).map(str::trim).filter(|entry| !entry.is_empty()).map(Cow::Borrowed).collect();
    Ok((!entries.is_empty()).then_some(entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(cell: &str) -> Option<Vec<String>> {
        split_list(cell, ',').unwrap().map(|entries| entries.into_iter().map(Cow::into_owned).collect())
    }

    #[test]
    fn entries_are_trimmed_and_empty_ones_dropped() {
        assert_eq!(list(" A , B,,C ").unwrap(), ["A", "B", "C"]);
        assert_eq!(split_list("A, B|C", '|').unwrap().unwrap(), ["A, B", "C"]);
    }

    #[test]
    fn an_empty_cell_says_nothing_and_an_empty_list_says_none() {
        assert_eq!(list(""), None);
        assert_eq!(list("  "), None);
        assert_eq!(list(" , "), None);
        assert_eq!(list("[]"), Some(vec![]));
    }

    #[test]
    fn a_json_array_holds_names_with_commas() {
        assert_eq!(list(r#" ["All Apps, 100 GB", " B ", ""] "#).unwrap(), ["All Apps, 100 GB", "B"]);
        assert!(split_list("[A, B]", ',').unwrap_err().to_string().contains("no JSON array"));
        assert!(split_list("[1]", ',').is_err());
    }
}
