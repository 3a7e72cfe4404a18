//! The codes that may be meant by one that does not exist. Pure.

use super::book::sections;

/// The most codes that are proposed.
const MOST: usize = 3;

/// Returns the known codes that are most like this one, or that begin with it.
pub(crate) fn nearest(code: &str) -> Vec<String> {
    let wanted = code.trim().to_ascii_lowercase();
    let all = || sections().into_iter().flat_map(|section| section.codes).map(|found| found.code);
    let beginning: Vec<String> = all()
        .filter(|known| known.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with('.')))
        .collect();
    if !beginning.is_empty() {
        return beginning;
    }
    let mut near: Vec<(f64, String)> = all()
        .map(|known| (strsim::normalized_damerau_levenshtein(&wanted, &known), known))
        .filter(|(likeness, _)| *likeness > 0.6)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    near.into_iter().take(MOST).map(|(_, known)| known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_code_finds_the_right_one_first() {
        for (typed, meant) in [
            ("invalid.email.forms", "invalid.email.form"),
            ("Invalid.Email.Form", "invalid.email.form"),
            ("error.group.notfound", "error.group.not_found"),
            ("unchanged.notthere", "unchanged.not_there"),
        ] {
            assert_eq!(nearest(typed)[0], meant);
        }
        assert!(nearest("xyz").is_empty());
        assert!(nearest("invalid.row").len() > 8);
    }
}
