//! The condition that says which rows are read: `Status != 'left' and Mail is not empty`.

use super::cell_text::{as_read, folded, is_plainly_read, trim};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Conditions that must all hold for a row to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct RowFilter(Vec<CellCondition>);

/// What must hold for the cell of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CellCondition {
    pub(super) column: String,
    pub(super) test: CellTest,
}

/// What a cell is compared with. Letter case and blanks around the value do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CellTest {
    Is(String),
    IsNot(String),
    Empty,
    Filled,
}

impl CellTest {
    /// Returns the test, ready for the cells of many rows.
    pub(super) fn prepared(&self) -> PreparedTest {
        PreparedTest(match self {
            Self::Is(value) => Self::Is(folded(value)),
            Self::IsNot(value) => Self::IsNot(folded(value)),
            Self::Empty => Self::Empty,
            Self::Filled => Self::Filled,
        })
    }
}

/// A test whose value has the form in which values are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PreparedTest(CellTest);

impl PreparedTest {
    /// Whether a cell passes.
    pub(super) fn holds(&self, cell: &str) -> bool {
        match &self.0 {
            CellTest::Is(value) => folded(cell) == *value,
            CellTest::IsNot(value) => folded(cell) != *value,
            CellTest::Empty => trim(cell).is_empty(),
            CellTest::Filled => !trim(cell).is_empty(),
        }
    }

    /// Whether a cell decides the condition as it stands and as a person reads it.
    pub(super) fn is_clear(&self, cell: &str) -> bool {
        is_plainly_read(cell) || self.holds(cell) == self.holds(&as_read(cell))
    }
}

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}{}", place(at))]
pub(crate) struct FilterError {
    /// What is wrong, and what would be right.
    what: &'static str,
    /// The text from the wrong word on.
    at: String,
}

fn place(at: &str) -> String {
    if at.is_empty() { " (at its end)".to_owned() } else { format!(" (at `{at}`)") }
}

impl RowFilter {
    /// Returns the columns that it names.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|condition| condition.column.as_str())
    }

    /// Returns its conditions.
    pub(super) fn conditions(&self) -> &[CellCondition] {
        &self.0
    }
}

/// A word of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
enum FilterWord {
    Bare(String),
    Quoted(String),
    Equal,
    NotEqual,
}

/// Reads a condition word by word.
struct FilterReader<'t> {
    rest: &'t str,
}

impl FilterReader<'_> {
    fn error<T>(&self, what: &'static str) -> Result<T, FilterError> {
        Err(FilterError { what, at: self.rest.trim().chars().take(40).collect() })
    }

    /// Reads the next word; `None` at the end.
    fn next(&mut self) -> Result<Option<FilterWord>, FilterError> {
        self.rest = self.rest.trim_start();
        let Some(first) = self.rest.chars().next() else { return Ok(None) };
        if matches!(first, '\'' | '"') {
            return self.quoted(first).map(Some);
        }
        for (sign, word) in [("!=", FilterWord::NotEqual), ("=", FilterWord::Equal)] {
            if self.rest.starts_with(sign) && !self.rest.starts_with("==") {
                self.rest = &self.rest[sign.len()..];
                return Ok(Some(word));
            }
        }
        let is_end = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '=' | '!' | '<' | '>');
        match self.rest.find(is_end).unwrap_or(self.rest.len()) {
            0 => self.error("write =, !=, `is empty` or `is not empty`"),
            end => {
                let word = self.rest[..end].to_owned();
                self.rest = &self.rest[end..];
                Ok(Some(FilterWord::Bare(word)))
            }
        }
    }

    /// Reads a text in quotes; two of them inside stand for one.
    fn quoted(&mut self, quote: char) -> Result<FilterWord, FilterError> {
        let mut text = String::new();
        let mut rest = &self.rest[1..];
        loop {
            let Some(end) = rest.find(quote) else {
                return self.error("a quote is not closed");
            };
            text.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix(quote) {
                Some(after) => {
                    text.push(quote);
                    rest = after;
                }
                None => break,
            }
        }
        self.rest = rest;
        Ok(FilterWord::Quoted(text))
    }

    /// Reads the name of a column: in quotes, or the words before the comparison. Also returns the
    /// comparison.
    fn column(&mut self) -> Result<(String, FilterWord), FilterError> {
        let mut name = String::new();
        let mut is_quoted = false;
        loop {
            let before = self.rest;
            match self.next()? {
                Some(FilterWord::Bare(word)) if !name.is_empty() && is(&word, "is") => {
                    return Ok((name, FilterWord::Bare(word)));
                }
                Some(FilterWord::Bare(word)) if !is_quoted => {
                    if !name.is_empty() {
                        name.push(' ');
                    }
                    name.push_str(&word);
                }
                Some(FilterWord::Quoted(text)) if name.is_empty() && !text.trim().is_empty() => {
                    name = text;
                    is_quoted = true;
                }
                Some(sign @ (FilterWord::Equal | FilterWord::NotEqual)) if !name.is_empty() => {
                    return Ok((name, sign));
                }
                _ if name.is_empty() => {
                    self.rest = before;
                    return self.error("the name of a column is missing");
                }
                _ => {
                    self.rest = before;
                    return self.error("write =, !=, `is empty` or `is not empty`");
                }
            }
        }
    }

    fn condition(&mut self) -> Result<CellCondition, FilterError> {
        let (column, comparison) = self.column()?;
        let before = self.rest;
        let test = match (comparison, self.next()?) {
            (FilterWord::Equal, Some(FilterWord::Quoted(value))) => CellTest::Is(value),
            (FilterWord::NotEqual, Some(FilterWord::Quoted(value))) => CellTest::IsNot(value),
            (FilterWord::Bare(_), Some(FilterWord::Bare(word))) if is(&word, "empty") => {
                CellTest::Empty
            }
            (FilterWord::Bare(_), Some(FilterWord::Bare(word))) if is(&word, "not") => {
                match self.next()? {
                    Some(FilterWord::Bare(word)) if is(&word, "empty") => CellTest::Filled,
                    _ => {
                        self.rest = before;
                        return self.error("write `is empty` or `is not empty`");
                    }
                }
            }
            (comparison, _) => {
                self.rest = before;
                return self.error(match comparison {
                    FilterWord::Bare(_) => "write `is empty` or `is not empty`",
                    _ => "write the value in quotes, such as 'left'",
                });
            }
        };
        if matches!(&test, CellTest::Is(value) | CellTest::IsNot(value) if folded(value).is_empty())
        {
            self.rest = before;
            return self.error("write `is empty` or `is not empty`");
        }
        Ok(CellCondition { column, test })
    }
}

fn is(word: &str, wanted: &str) -> bool {
    word.eq_ignore_ascii_case(wanted)
}

impl FromStr for RowFilter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let mut reader = FilterReader { rest: text };
        let mut conditions = Vec::new();
        loop {
            conditions.push(reader.condition()?);
            let before = reader.rest;
            match reader.next()? {
                None => return Ok(Self(conditions)),
                Some(FilterWord::Bare(word)) if is(&word, "and") => {}
                Some(_) => {
                    reader.rest = before;
                    return reader.error("conditions are joined by `and` only");
                }
            }
        }
    }
}

impl fmt::Display for RowFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, CellCondition { column, test }) in self.0.iter().enumerate() {
            let and = if i > 0 { " and " } else { "" };
            write!(f, "{and}{}", quoted(column, '"'))?;
            match test {
                CellTest::Is(value) => write!(f, " = {}", quoted(value, '\''))?,
                CellTest::IsNot(value) => write!(f, " != {}", quoted(value, '\''))?,
                CellTest::Empty => f.write_str(" is empty")?,
                CellTest::Filled => f.write_str(" is not empty")?,
            }
        }
        Ok(())
    }
}

fn quoted(text: &str, quote: char) -> String {
    let twice = format!("{quote}{quote}");
    format!("{quote}{}{quote}", text.replace(quote, &twice))
}

impl TryFrom<String> for RowFilter {
    type Error = FilterError;

    fn try_from(text: String) -> Result<Self, FilterError> {
        text.parse()
    }
}

impl From<RowFilter> for String {
    fn from(filter: RowFilter) -> Self {
        filter.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<RowFilter, FilterError> {
        text.parse()
    }

    fn shown(text: &str) -> String {
        parse(text).unwrap().to_string()
    }

    #[test]
    fn conditions_are_read_and_written() {
        for (text, written) in [
            ("Status != 'left'", r#""Status" != 'left'"#),
            ("Status='active'", r#""Status" = 'active'"#),
            ("Start date is not empty", r#""Start date" is not empty"#),
            (r#""is" IS EMPTY"#, r#""is" is empty"#),
            ("a = 'x' AND b != \"it's\"", r#""a" = 'x' and "b" != 'it''s'"#),
            ("and = 'x'", r#""and" = 'x'"#),
        ] {
            assert_eq!(shown(text), written);
            assert_eq!(shown(written), written);
        }
    }

    #[test]
    fn errors_name_the_place() {
        for (text, error) in [
            ("", "the name of a column is missing (at its end)"),
            ("Status", "write =, !=, `is empty` or `is not empty` (at its end)"),
            ("Status == 'x'", "write =, !=, `is empty` or `is not empty` (at `== 'x'`)"),
            ("Age > '3'", "write =, !=, `is empty` or `is not empty` (at `> '3'`)"),
            ("Status = left", "write the value in quotes, such as 'left' (at `left`)"),
            ("Status = 'left", "a quote is not closed (at `'left`)"),
            ("Status is left", "write `is empty` or `is not empty` (at `left`)"),
            ("Status != ''", "write `is empty` or `is not empty` (at `''`)"),
            ("a = 'x' or b = 'y'", "conditions are joined by `and` only (at `or b = 'y'`)"),
            ("a = 'x' and", "the name of a column is missing (at its end)"),
            ("'a' 'b' = 'c'", "write =, !=, `is empty` or `is not empty` (at `'b' = 'c'`)"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), error, "{text}");
        }
    }

    #[test]
    fn letter_case_and_blanks_do_not_count() {
        let test = CellTest::IsNot("Left".to_owned()).prepared();
        assert!(!test.holds(" left\u{a0}") && test.holds("") && test.holds("lefty"));
        let is = CellTest::Is("Left".to_owned()).prepared();
        assert!(is.holds(" left\u{a0}") && !is.holds("lefty"));
        assert!(CellTest::Empty.prepared().holds(" ") && CellTest::Filled.prepared().holds("x"));
    }

    #[test]
    fn characters_that_nobody_sees_decide_nothing() {
        let test = CellTest::IsNot("Video Team".to_owned()).prepared();
        for cell in ["Video\u{a0}Team", "Video\u{2009}Team", "Vi\u{ad}deo Team", "'Video Team"] {
            assert!(!test.is_clear(cell), "{cell:?}");
        }
        for cell in ["Video Team", "Video\u{a0}Teams", "'s-Hertogenbosch", ""] {
            assert!(test.is_clear(cell), "{cell:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([a='\"! é]|is|not|empty|and){0,16}") {
            if let Ok(filter) = parse(&text) {
                proptest::prop_assert_eq!(parse(&filter.to_string()), Ok(filter));
            }
        }
    }
}
