//! The forms in which names of columns are compared, besides the plain one.

use super::column_words::REQUIRED;
use crate::visible::is_invisible;

/// Returns the name of a column in plain form, without punctuation and without remarks in
/// parentheses, except that `(s)` is read as the plural.
pub(super) fn bare(plain: &str) -> String {
    let plain = plain.replace('（', "(").replace('）', ")");
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

/// Returns the name of a column without what programs add to it: `1. Email`, `First Name
/// [Required]`, `User name [userPrincipalName] Required`, `profile.firstName`.
pub(super) fn undecorated(name: &str) -> String {
    const PATHS: &[&str] = &["user", "users", "profile", "person", "employee", "worker", "name"];
    let mut text = without_brackets(name);
    let number = text.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
    if let Some(rest) = number.strip_prefix(['.', ')'])
        && number.len() < text.trim_start().len()
    {
        text = rest.to_owned();
    }
    if let Some((path, last)) = text.rsplit_once('.')
        && PATHS.contains(&path.trim().to_lowercase().as_str())
    {
        text = last.to_owned();
    }
    let is_remark = |word: &str| {
        let bare: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
        bare.is_empty() || REQUIRED.contains(&bare.to_lowercase().as_str())
    };
    let mut words: Vec<&str> = text.split_whitespace().collect();
    while words.len() > 1 && words.last().is_some_and(|word| is_remark(word)) {
        words.pop();
    }
    words.join(" ")
}

/// Returns a name without what stands in square brackets behind its begin.
fn without_brackets(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(open) = rest.find('[')
        && let Some(close) = rest.find(']')
        && open < close
        && (open > 0 || !text.is_empty())
    {
        text.push_str(&rest[..open]);
        text.push(' ');
        rest = &rest[close + 1..];
    }
    text + rest
}

/// Returns the name of a column without words that say whose it is or which of several: `Legal
/// First Name`, `Primary Work Email`, `Name - Last`, `E-Mail dienstlich`. `None` if there are no
/// such words.
pub(super) fn unqualified(name: &str) -> Option<String> {
    const QUALIFIERS: &[&str] = &[
        "legal",
        "preferred",
        "primary",
        "work",
        "business",
        "official",
        "corporate",
        "employee",
        "worker",
        "student",
        "pupil",
        "member",
        "user",
        "person",
        "name",
        "dienstlich",
        "dienstliche",
        "geschäftlich",
        "geschäftliche",
        "professionnel",
        "professionnelle",
        "corporativo",
        "institucional",
    ];
    let all = words(name);
    let is_qualifier = |word: &&String| QUALIFIERS.contains(&word.as_str());
    let before = all.iter().take_while(is_qualifier).count();
    let after = all[before..].iter().rev().take_while(is_qualifier).count();
    // `First name` ends with a word for the field.
    let after = if all.last().is_some_and(|last| last == "name") { 0 } else { after };
    let rest = &all[before..all.len() - after];
    (!rest.is_empty() && rest.len() < all.len()).then(|| rest.concat())
}

/// Returns the words of a name, also of one such as `leaveDate`, in lower case.
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
    fn what_programs_add_to_names_is_taken_off() {
        for (name, expected) in [
            ("First Name [Required]", "First Name"),
            ("User name [userPrincipalName] Required", "User name"),
            ("Email*", "Email*"),
            ("Email *", "Email"),
            ("1. E-Mail", "E-Mail"),
            ("profile.firstName", "firstName"),
            ("No. of users", "No. of users"),
            ("[x]", "[x]"),
            ("First [a] name [b]c", "First name c"),
            ("First] name [b]", "First] name [b]"),
            ("First name [b", "First name [b"),
            ("Required", "Required"),
            ("", ""),
        ] {
            assert_eq!(undecorated(name), expected, "{name}");
        }
        for (name, expected) in [
            ("Legal First Name", Some("firstname")),
            ("Primary Work Email", Some("email")),
            ("Legal Name - Last Name", Some("lastname")),
            ("primaryEmail", Some("email")),
            ("E-Mail dienstlich", Some("email")),
            ("First name", None),
            ("Work", None),
            ("Email", None),
        ] {
            assert_eq!(unqualified(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn many_brackets_are_removed_at_once() {
        assert_eq!(undecorated(&"Email [x]".repeat(200_000)), vec!["Email"; 200_000].join(" "));
    }

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
