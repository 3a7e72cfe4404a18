//! The problems of a row, with messages that say what would be right.

use crate::table::Field;
use crate::visible::{is_hidden, is_invisible};
use std::fmt;

/// One problem of a row.
///
/// It is displayed as a sentence: ``email `ann` has no @; write it like ann@example.com``.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The native column; `row` for the row as a whole.
    pub field: &'static str,
    /// The problem, as part of a code.
    pub reason: &'static str,
    /// The wrong value, if there is one.
    pub value: String,
    /// What is wrong, and what would be right.
    pub advice: String,
    /// When it is no problem, if the organization is known; `None`: never.
    pub waivable: Option<WaivableProblem>,
}

/// When a problem does no harm, because the wrong part of the row is not sent: it already holds in
/// the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaivableProblem {
    /// The user exists and has the name that seems to be wrong.
    Known,
    /// The user need not be created.
    NotCreated,
    /// The user has the membership that could not be added.
    Held,
    /// The row's list of groups is complete, so it may be empty.
    Lists,
}

impl Problem {
    /// Creates the problem of a field.
    pub(super) fn new(
        field: &'static str,
        reason: &'static str,
        value: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { field, reason, value: value.into(), advice: advice.into(), waivable: None }
    }

    /// Returns a problem with the name of a user: an email address or a username.
    pub(crate) fn of_user(name: &str, reason: &'static str, advice: impl Into<String>) -> Self {
        let field = if name.contains('@') { "email" } else { "username" };
        Self::new(field, reason, name, advice)
    }

    /// Returns `invalid.FIELD.REASON`, for programs.
    pub fn code(&self) -> String {
        format!("invalid.{}.{}", self.field, self.reason)
    }

    /// Returns the wrong value on one line and not too long.
    pub(crate) fn shown_value(&self) -> String {
        shown(&self.value)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field)?;
        if !self.value.is_empty() {
            write!(f, " `{}`", shown(&self.value))?;
        }
        let colon = if continues(&self.advice) { "" } else { ":" };
        write!(f, "{colon} {}", self.advice)
    }
}

/// Whether the advice begins with a verb that continues the field and its value.
fn continues(advice: &str) -> bool {
    const VERBS: [&str; 16] = [
        "begins",
        "cannot",
        "contains",
        "contradicts",
        "differs",
        "does",
        "has",
        "is",
        "looks",
        "means",
        "names",
        "seems",
        "stands",
        "was",
        "would",
        "belongs",
    ];
    advice.split(' ').next().is_some_and(|first| VERBS.contains(&first))
}

/// Returns the code and message of a row: the code of the first problem, and the messages of all.
/// Both are empty without a problem.
pub(crate) fn problems_text(problems: &[Problem]) -> (String, String) {
    let code = problems.first().map(Problem::code).unwrap_or_default();
    let message: Vec<String> = problems.iter().map(Problem::to_string).collect();
    (code, message.join(PROBLEM_SEPARATOR))
}

/// Stands between the problems of a row.
pub(crate) const PROBLEM_SEPARATOR: &str = " | ";

/// Returns a value on one line and not too long, so that a message stays readable.
fn shown(value: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown = String::new();
    for (i, c) in value.chars().enumerate() {
        if i == SHOWN {
            shown.push('…');
            break;
        }
        if is_hidden(c) || is_invisible(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Returns the name of a field in codes and messages. In a list of groups, their kind is also
/// called `type`.
pub(super) fn name(field: Field) -> &'static str {
    if field == Field::GroupType { Field::Type.name() } else { field.name() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_or_broken_value_stays_on_one_line() {
        let problem =
            Problem::new("firstname", "control", "Ann\nLee", "contains a line break; remove it");
        assert_eq!(problem.to_string(), "firstname `Ann\\nLee` contains a line break; remove it");
        let problem = Problem::new(
            "firstname",
            "too_long",
            "x".repeat(300),
            "has 300 characters; 250 are allowed",
        );
        assert_eq!(problem.to_string().chars().count(), 11 + 61 + 37);
    }

    #[test]
    fn the_first_problem_gives_the_code_and_the_message_has_all() {
        let problems = [
            Problem::new("email", "missing", "", "is empty"),
            Problem::new("country", "unknown", "UK", "write GB"),
        ];
        assert_eq!(
            problems_text(&problems),
            (
                "invalid.email.missing".to_owned(),
                "email is empty | country `UK`: write GB".to_owned()
            )
        );
        assert_eq!(problems_text(&[]), (String::new(), String::new()));
    }
}
