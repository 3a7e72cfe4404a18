//! What is wrong with a row.

use std::fmt;

/// One thing that is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, as in the native columns.
    pub field: &'static str,
    /// What is wrong, in one word.
    pub reason: &'static str,
    /// What stands there; empty where something is missing.
    pub value: String,
    /// What is wrong with it and what would be right.
    pub advice: String,
}

impl Problem {
    /// `invalid.FIELD.REASON`, as in the results file.
    pub fn code(&self) -> String {
        format!("invalid.{}.{}", self.field, self.reason)
    }
}

/// Values longer than this are cut in messages.
const SHOWN: usize = 80;

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.value.is_empty() {
            return write!(f, "{} {}", self.field, self.advice);
        }
        let mut value: String = self.value.chars().take(SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        if self.value.chars().count() > SHOWN {
            value.push('…');
        }
        write!(f, "{} `{value}` {}", self.field, self.advice)
    }
}

/// Code and message of a row with problems: the first as the code, all in the message.
pub fn problems_text(problems: &[Problem]) -> (String, String) {
    let code = problems.first().map(Problem::code).unwrap_or_default();
    (code, problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

/// The problems found so far.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, field: &'static str, reason: &'static str, value: &str, advice: impl Into<String>) {
        self.0.push(Problem { field, reason, value: value.to_owned(), advice: advice.into() });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}
