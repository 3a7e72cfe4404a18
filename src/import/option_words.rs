//! The values of options as they are typed, from the form that journals keep. Pure.

/// The text before the hash of a list's content.
pub(crate) const CONTENT: &str = ", content ";

/// Returns an option's value as it is typed, as far as the journal keeps it in this form.
pub(crate) fn option_words(value: &str) -> String {
    if matches!(value, "" | "None" | "[]") {
        return "not given".to_owned();
    }
    if let Some(given) = value.strip_prefix("Some(").and_then(|given| given.strip_suffix(')')) {
        return given_words(given);
    }
    // The content of a list is a number that nobody types.
    let of_list = || {
        let list = value.strip_prefix("by ").and(value.rsplit_once(CONTENT))?.0;
        Some(list.to_owned())
    };
    mapped_columns(value)
        .or_else(|| patterns(value))
        .or_else(of_list)
        .unwrap_or_else(|| name_words(value))
}

/// Describes a value that is not always given: a text, the number of a byte, or a name.
fn given_words(given: &str) -> String {
    quoted(given)
        .filter(|(_, rest)| rest.is_empty())
        .map(|(text, _)| text)
        .or_else(|| delimiter(given))
        .or_else(|| identity_type(given).map(str::to_owned))
        .unwrap_or_else(|| name_words(given))
}

/// Returns the name of a choice as it is typed, and other texts as they are.
fn name_words(value: &str) -> String {
    match value.chars().all(char::is_alphabetic) {
        true => with_word_breaks(value, '-'),
        false => value.to_owned(),
    }
}

/// Reads `[(Email, "Work mail"), …]` as `email=Work mail; …`.
fn mapped_columns(value: &str) -> Option<String> {
    let mut rest = value.strip_prefix('[')?;
    let mut all = Vec::new();
    loop {
        let (field, behind) = rest.strip_prefix('(')?.split_once(", ")?;
        let (column, behind) = quoted(behind)?;
        all.push(format!("{}={column}", with_word_breaks(field, '_')));
        match behind.strip_prefix(')')? {
            "]" => return Some(all.join("; ")),
            more => rest = more.strip_prefix(", ")?,
        }
    }
}

/// Reads the patterns of managed groups, whose letters stand apart in journals.
fn patterns(value: &str) -> Option<String> {
    let mut rest = value.strip_prefix("Managed(")?;
    let mut all = Vec::new();
    while let Some((_, behind)) = rest.split_once("pattern: [") {
        rest = behind;
        let mut pattern = String::new();
        loop {
            let (letter, behind) = between(rest, '\'')?;
            pattern.push_str(&letter);
            rest = behind;
            match rest.strip_prefix(", ") {
                Some(more) => rest = more,
                None => break,
            }
        }
        all.push(pattern);
    }
    (!all.is_empty()).then(|| all.join("; "))
}

/// Reads the number of a byte.
fn delimiter(value: &str) -> Option<String> {
    match value.parse().ok()? {
        b'\t' => Some("tab".to_owned()),
        byte => Some(char::from(byte).to_string()),
    }
}

fn identity_type(value: &str) -> Option<&'static str> {
    match value {
        "Adobe" => Some("adobeID"),
        "Enterprise" => Some("enterpriseID"),
        "Federated" => Some("federatedID"),
        _ => None,
    }
}

/// Reads a text in quotes at the beginning, and returns what is behind it.
fn quoted(value: &str) -> Option<(String, &str)> {
    between(value, '"')
}

/// Reads a text between two marks at the beginning, without the escapes of Rust.
fn between(value: &str, mark: char) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut letters = value.strip_prefix(mark)?.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next()? {
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                other @ ('\\' | '"' | '\'') => text.push(other),
                // Hidden characters stay escaped: nobody could see them.
                other => text.extend(['\\', other]),
            },
            letter if letter == mark => return Some((text, letters.as_str())),
            letter => text.push(letter),
        }
    }
    None
}

/// Returns `RemoveAll` as `remove-all`, or with another character between the words.
fn with_word_breaks(name: &str, between: char) -> String {
    let mut words = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            words.push(between);
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Action, IdentityType, IfExists};
    use crate::reconcile::Managed;
    use crate::table::Field;

    /// Somebody who has never seen a program's source reads these words on a page.
    #[test]
    fn values_of_options_read_as_they_are_typed() {
        let map = vec![
            (Field::Email, "Work \"mail\"".to_owned()),
            (Field::RemoveGroups, "Größe, C:\\x".to_owned()),
        ];
        let managed = Managed::new(&["Team *", "O'Brien's"]);
        let list = "by old.csv of 2026-11-01T08:00:00Z, content 00000000000000ff";
        for (stored, typed) in [
            (format!("{map:?}"), r#"email=Work "mail"; remove_groups=Größe, C:\x"#),
            (format!("{:?}", Vec::<(Field, String)>::new()), "not given"),
            (format!("{managed:?}"), "team *; o'brien's"),
            (format!("{:?}", Some(Action::RemoveAll)), "remove-all"),
            (format!("{:?}", None::<Action>), "not given"),
            (format!("{:?}", IfExists::Update), "update"),
            (format!("{:?}", Some(b';')), ";"),
            (format!("{:?}", Some(b'\t')), "tab"),
            (format!("{:?}", Some("US".to_owned())), "US"),
            (format!("{:?}", Some(IdentityType::Adobe)), "adobeID"),
            (list.to_owned(), "by old.csv of 2026-11-01T08:00:00Z"),
            (",".to_owned(), ","),
            ("7".to_owned(), "7"),
            ("umapi-cli-groups".to_owned(), "umapi-cli-groups"),
        ] {
            assert_eq!(option_words(&stored), typed, "{stored}");
        }
    }
}
