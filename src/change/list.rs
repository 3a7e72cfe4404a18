//! Reads lists of names in one cell.

use super::text::{folded_name, same_name, trim};
use crate::table::{ListError, split_into};
use std::borrow::Cow;
use std::collections::HashSet;

/// The characters that separate names in the lists of other programs.
const SEPARATORS: [char; 2] = [';', '|'];

/// Whether a name has a character that may separate names.
pub(crate) fn holds_separator(name: &str) -> bool {
    separator_in(name).is_some()
}

/// Returns the first character that may separate names.
pub(super) fn separator_in(name: &str) -> Option<char> {
    name.chars().find(|c| SEPARATORS.contains(c))
}

/// Returns the names in a cell: separated by `separator`, or a JSON array of strings if the cell
/// begins with `[`.
///
/// Names are trimmed, and empty ones dropped. Of names that differ only in letter case, the first
/// is kept. `None`: the cell is empty, and says nothing. `Some` of no name is an explicitly empty
/// list, `[]`.
///
/// # Errors
/// When the cell begins with `[` but is not a JSON array of strings.
pub(crate) fn split(cell: &str, separator: char) -> Result<Option<Vec<Cow<'_, str>>>, ListError> {
    let cell = trim(cell);
    if cell.is_empty() {
        return Ok(None);
    }
    let mut names = Vec::new();
    split_into(&mut names, cell, separator)?;
    fold(&mut names);
    Ok((cell.starts_with('[') || !names.is_empty()).then_some(names))
}

/// Up to this number, names are compared one by one.
const FEW: usize = 16;

/// Drops names that an earlier one repeats.
pub(super) fn fold(names: &mut Vec<Cow<'_, str>>) {
    if names.len() > FEW {
        let mut seen = HashSet::with_capacity(names.len());
        names.retain(|name| seen.insert(folded_name(name)));
        return;
    }
    let mut i = 1;
    while i < names.len() {
        if names[..i].iter().any(|name| same_name(name, &names[i])) {
            names.remove(i);
        } else {
            i += 1;
        }
    }
}

/// Returns the names of `a` that are also in `b`.
pub(super) fn common<'l>(a: &'l [Cow<'_, str>], b: &[Cow<'_, str>]) -> Vec<&'l str> {
    let names = a.iter().map(AsRef::as_ref);
    if a.len().min(b.len()) > FEW {
        let in_b: HashSet<String> = b.iter().map(|name| folded_name(name)).collect();
        return names.filter(|name| in_b.contains(&folded_name(name))).collect();
    }
    names.filter(|name| b.iter().any(|other| same_name(name, other))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(cell: &str) -> Option<Vec<String>> {
        split(cell, ',').unwrap().map(|names| names.into_iter().map(Cow::into_owned).collect())
    }

    #[test]
    fn names_are_trimmed_and_empty_ones_dropped() {
        assert_eq!(names(" A , B,,C ").unwrap(), ["A", "B", "C"]);
        assert_eq!(split("A, B|C", '|').unwrap().unwrap(), ["A, B", "C"]);
        assert_eq!(split("A§ B", '§').unwrap().unwrap(), ["A", "B"]);
    }

    #[test]
    fn an_empty_cell_says_nothing_and_an_empty_list_says_none() {
        assert_eq!(names(""), None);
        assert_eq!(names("  "), None);
        assert_eq!(names(" , "), None);
        assert_eq!(names(" [] "), Some(vec![]));
        assert_eq!(names(r#"[" "]"#), Some(vec![]));
    }

    #[test]
    fn a_json_array_holds_names_with_commas() {
        assert_eq!(
            names(r#" ["All Apps, 100 GB", " B ", "", "\u00d6 \"x\" "] "#).unwrap(),
            ["All Apps, 100 GB", "B", "Ö \"x\""]
        );
    }

    #[test]
    fn what_only_looks_like_a_json_array_is_an_error() {
        for cell in ["[A, B]", "[1]", "[null]", r#"["A""#, r#"["A"] B"#, r#"[["A"]]"#] {
            assert!(split(cell, ',').is_err(), "{cell}");
        }
    }

    #[test]
    fn of_names_that_differ_only_in_letter_case_the_first_stays() {
        assert_eq!(names("Design,DESIGN, design,Größe,GRÖßE").unwrap(), ["Design", "Größe"]);
        assert_eq!(names(r#"["a,b","A,B"]"#).unwrap(), ["a,b"]);
        let many = (0..300)
            .map(|i| format!("Group {}", i % 150))
            .collect::<Vec<_>>()
            .join(",")
            .replace("Group 7,", "GROUP 7,");
        assert_eq!(names(&many).unwrap().len(), 150);
    }

    #[test]
    fn names_borrow_from_the_cell_unless_json_escapes_them() {
        let all = split(r#"["A","B\n"]"#, ',').unwrap().unwrap();
        assert!(matches!(all[0], Cow::Borrowed("A")));
        assert!(
            split("A,B", ',').unwrap().unwrap().iter().all(|name| matches!(name, Cow::Borrowed(_)))
        );
    }

    #[test]
    fn common_names_are_found_in_short_and_in_long_lists() {
        let short = [Cow::Borrowed("a"), Cow::Borrowed("B")];
        assert_eq!(common(&short, &[Cow::Borrowed("b"), Cow::Borrowed("c")]), ["B"]);
        let long: Vec<Cow<'_, str>> = (0..40).map(|i| Cow::Owned(format!("g{i}"))).collect();
        let other: Vec<Cow<'_, str>> = (20..60).map(|i| Cow::Owned(format!("G{i}"))).collect();
        assert_eq!(common(&long, &other).len(), 20);
    }
}
