//! Files of `NAME=value` lines: the folder's `.env`, and `--env-file`.
//!
//! Variables are not expanded: otherwise a file of another person could pass on a secret of the
//! environment under another name.

use crate::import::access::Variables;

/// A line that cannot be parsed. Its text may have a secret and is not shown.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}{why}", name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default())]
pub(crate) struct EnvFileError {
    line: usize,
    /// The variable, if the line names one.
    name: Option<String>,
    why: EnvLineError,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum EnvLineError {
    #[error("this is not NAME=value")]
    NoAssignment,
    #[error("the quote {0} is not closed in this line")]
    OpenQuote(char),
    #[error("there is text after the closing quote")]
    TextBehindQuote,
    #[error(
        "values are not taken from other variables ($NAME). Write the value itself, in single \
         quotes if it holds a dollar sign"
    )]
    Reference,
}

/// Parses such a file. If a name occurs several times, the last line counts.
///
/// # Errors
/// With the number of the line, and never with its text, which may contain a secret.
pub(crate) fn parse(text: &str) -> Result<Variables, EnvFileError> {
    let mut variables = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |(name, why)| EnvFileError { line: index + 1, name, why };
        let (name, value) = assignment(line).map_err(wrong)?;
        variables.push((name, value));
    }
    Ok(variables.into_iter().collect())
}

/// Returns the name and the value of a line, or its fault with the name if there is one.
fn assignment(line: &str) -> Result<(String, String), (Option<String>, EnvLineError)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=').ok_or((None, EnvLineError::NoAssignment))?;
    let name = name.trim();
    let is_name = !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c));
    if name.is_empty() || !is_name {
        return Err((None, EnvLineError::NoAssignment));
    }
    let value = value_of(value.trim()).map_err(|why| (Some(name.to_owned()), why))?;
    Ok((name.to_owned(), value))
}

fn value_of(text: &str) -> Result<String, EnvLineError> {
    let (value, rest) = match text.chars().next() {
        Some('\'') => {
            let (value, rest) = text[1..].split_once('\'').ok_or(EnvLineError::OpenQuote('\''))?;
            (value.to_owned(), rest)
        }
        Some('"') => double_quoted(&text[1..])?,
        _ => {
            let end = text
                .match_indices('#')
                .map(|(at, _)| at)
                .find(|at| *at == 0 || text[..*at].ends_with(char::is_whitespace));
            let (value, rest) = text.split_at(end.unwrap_or(text.len()));
            refuse_reference(value)?;
            (value.trim_end().to_owned(), rest)
        }
    };
    let rest = rest.trim_start();
    if rest.is_empty() || rest.starts_with('#') {
        Ok(value)
    } else {
        Err(EnvLineError::TextBehindQuote)
    }
}

/// Returns the text before the closing quote, and the rest.
fn double_quoted(text: &str) -> Result<(String, &str), EnvLineError> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, &text[at + 1..])),
            '$' => {
                refuse_reference(&text[at..])?;
                value.push('$');
            }
            '\\' => match chars.next().map(|(_, c)| c) {
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('t') => value.push('\t'),
                Some(other) if "\\\"$".contains(other) => value.push(other),
                Some(other) => value.extend(['\\', other]),
                None => break,
            },
            other => value.push(other),
        }
    }
    Err(EnvLineError::OpenQuote('"'))
}

/// Refuses `$NAME`, which a shell would expand. Here it is a mistake, or an attempt to read another
/// variable.
fn refuse_reference(text: &str) -> Result<(), EnvLineError> {
    let is_reference = |(at, _): (usize, _)| {
        text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || "_{(".contains(c))
    };
    if text.match_indices('$').any(is_reference) {
        return Err(EnvLineError::Reference);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(line: &str) -> Result<String, EnvFileError> {
        parse(line).map(|all| all.get("A").cloned().unwrap_or_default())
    }

    #[test]
    fn values_are_read_as_they_are_written() {
        for (line, expected) in [
            ("A=b", "b"),
            ("  export A = b c  # a comment", "b c"),
            ("A=", ""),
            ("A= # nothing", ""),
            ("A=b#c", "b#c"),
            ("A='b # \"$C\"' # d", "b # \"$C\""),
            (r#"A="b \"c\" \$D \\ # \n""#, "b \"c\" $D \\ # \n"),
            (r"A=C:\secrets\new", r"C:\secrets\new"),
            ("A=5$", "5$"),
            ("A=\"5$ \"", "5$ "),
            ("\u{feff}A=b\r\n# c\n\n", "b"),
            ("A=b\nA=c", "c"),
            ("A=https://host:1/?x=y", "https://host:1/?x=y"),
        ] {
            assert_eq!(value(line).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn references_to_other_variables_are_refused() {
        for line in [
            "A=$SECRET",
            "A=x${SECRET}",
            "A=\"$SECRET\"",
            "A=\"x ${SECRET:-y}\"",
            "A=$(cat secret)",
        ] {
            assert!(value(line).is_err(), "{line}");
        }
    }

    #[test]
    fn an_error_names_the_line_and_never_its_text() {
        for (text, expected) in [
            ("A=b\nhunter2", "line 2: this is not NAME=value"),
            ("1A=hunter2", "line 1: this is not NAME=value"),
            ("A='hunter2", "line 1: A: the quote ' is not closed in this line"),
            ("A=\"hunter2", "line 1: A: the quote \" is not closed in this line"),
            ("A='hunter2'x", "line 1: A: there is text after the closing quote"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), expected);
        }
    }
}
