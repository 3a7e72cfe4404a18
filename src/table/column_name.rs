//! The forms in which names of columns are compared, besides the plain one.

use crate::visible::is_invisible;

/// The name of a column in plain form, without punctuation and without remarks in parentheses,
/// except that `(s)` is read as the plural.
pub(super) fn bare(plain: &str) -> String {
    let plural =
        plain.replace("(s)", "s").replace("(en)", "en").replace("(e)", "e").replace("(n)", "n");
    let without_remark = match (plural.find('('), plural.rfind(')')) {
        (Some(open), Some(close)) if open > 0 && open < close => {
            format!("{}{}", &plural[..open], &plural[close + 1..])
        }
        _ => plural,
    };
    without_remark.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The words of a name, also of one such as `leaveDate`, in lower case.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars().filter(|&c| !is_invisible(c)) {
        let is_new = !before.is_alphanumeric() || c.is_uppercase() && before.is_lowercase();
        if is_new {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_divided_into_words() {
        for (name, expected) in [
            ("Date of leaving", "date of leaving"),
            ("leaveDate", "leave date"),
            ("end_date (HR)", "end date hr"),
            ("MFA-Status", "mfa status"),
            ("\u{feff}Group's", "group s"),
            ("", ""),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }
}
