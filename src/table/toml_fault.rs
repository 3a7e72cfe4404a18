//! Says what is wrong with a file of settings or a mapping file, which are TOML.

use std::ops::Range;

/// Returns the number of the line at this place of a text, from 1.
pub(crate) fn line_of(text: &str, place: usize) -> usize {
    text.as_bytes().iter().take(place).filter(|byte| **byte == b'\n').count() + 1
}

/// Describes an error. The parser does not name a key that appears twice.
pub(crate) fn toml_fault(text: &str, error: &toml::de::Error) -> String {
    let message = error.message();
    let twice = error.span().filter(|_| message == "duplicate key");
    let Some((span, key)) = twice.and_then(|span| Some((span.clone(), text.get(span)?))) else {
        return message.to_owned();
    };
    let key = key.trim();
    let first = first_line(text, &span, key)
        .map_or_else(String::new, |line| format!(", first in line {line}"));
    format!("`{key}` appears twice{first}: remove one of the two")
}

/// Returns the line in which a key stands first, in the table of its second place.
fn first_line(text: &str, second: &Range<usize>, key: &str) -> Option<usize> {
    let lines: Vec<&str> = text.split('\n').map(str::trim).collect();
    let at = line_of(text, second.start) - 1;
    let is_header = |line: &str| line.starts_with('[');
    if is_header(lines.get(at)?) {
        return Some(lines[..at].iter().position(|line| line == &lines[at])? + 1);
    }
    let begin = lines[..at].iter().rposition(|line| is_header(line)).unwrap_or_default();
    let is_it =
        |line: &&str| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
    Some(lines[begin..at].iter().position(is_it)? + begin + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_that_is_there_twice_is_named_with_its_first_line() {
        for (text, said) in [
            ("a = 1\nb = 2\na = 3\n", "`a` appears twice, first in line 1: remove one of the two"),
            ("a = 1\n[t]\nb = 1\r\na = 2\r\n \"a\" = 3\n", "`\"a\"` appears twice"),
            ("[t]\na = 1\n[u]\na = 1\n\n a=2", "`a` appears twice, first in line 4"),
            ("[t]\na = 1\n[u]\n[t]\nb = 1", "`t` appears twice, first in line 1"),
            ("a = { b = 1, b = 2 }", "`b` appears twice: remove one of the two"),
        ] {
            let error = text.parse::<toml::Table>().unwrap_err();
            let words = toml_fault(text, &error);
            assert!(words.starts_with(said), "{words}");
        }
        let error = "a = ".parse::<toml::Table>().unwrap_err();
        assert!(!toml_fault("a = ", &error).contains("twice"));
    }
}
