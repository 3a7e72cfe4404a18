//! Templates that join several columns to one value: `{first}.{last}@example.com`,
//! `{particle?} {last}`.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A template: text, and columns in braces. `{{` and `}}` stand for braces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct JoinTemplate(Vec<JoinPart>);

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum JoinPart {
    Text(String),
    /// The name of a column.
    Column(String),
}

/// Returns the name of a column in braces without the `?` that says that its cells may be empty;
/// `None` if there is no `?`.
pub(super) fn optional(name: &str) -> Option<&str> {
    name.strip_suffix('?').map(str::trim_end)
}

/// Why a text is no template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JoinError {
    /// A brace has no partner.
    #[error("a {{ or }} stands alone: write columns as {{NAME}}, and a brace itself twice")]
    OpenBrace,
    /// There is no name in the braces.
    #[error("{{}} names no column: write {{NAME}}")]
    NoName,
    /// There are no braces.
    #[error("it names no column: write columns as {{NAME}}")]
    NoColumn,
}

impl JoinTemplate {
    /// Whether a text is meant as a template rather than as the name of a column.
    pub(crate) fn is_meant(text: &str) -> bool {
        text.contains(['{', '}'])
    }

    /// Returns the parts of the template in order.
    pub(super) fn parts(&self) -> &[JoinPart] {
        &self.0
    }

    /// Returns the names of its columns.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            JoinPart::Column(name) => Some(name.as_str()),
            JoinPart::Text(_) => None,
        })
    }
}

impl FromStr for JoinTemplate {
    type Err = JoinError;

    fn from_str(template: &str) -> Result<Self, JoinError> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            text.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            let behind = &rest[at + 1..];
            if let Some(after) = behind.strip_prefix(brace) {
                text.push_str(brace);
                rest = after;
                continue;
            }
            let end = behind.find(['{', '}']).filter(|_| brace == "{");
            let end = end.filter(|end| behind[*end..].starts_with('}'));
            let name = behind[..end.ok_or(JoinError::OpenBrace)?].trim();
            if name.is_empty() {
                return Err(JoinError::NoName);
            }
            if !text.is_empty() {
                parts.push(JoinPart::Text(std::mem::take(&mut text)));
            }
            parts.push(JoinPart::Column(name.to_owned()));
            rest = &behind[end.unwrap_or_default() + 1..];
        }
        text.push_str(rest);
        if !text.is_empty() {
            parts.push(JoinPart::Text(text));
        }
        let template = Self(parts);
        if template.columns().next().is_none() { Err(JoinError::NoColumn) } else { Ok(template) }
    }
}

impl fmt::Display for JoinTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            JoinPart::Text(text) => f.write_str(&text.replace('{', "{{").replace('}', "}}")),
            JoinPart::Column(name) => write!(f, "{{{name}}}"),
        })
    }
}

impl TryFrom<String> for JoinTemplate {
    type Error = JoinError;

    fn try_from(text: String) -> Result<Self, JoinError> {
        text.parse()
    }
}

impl From<JoinTemplate> for String {
    fn from(template: JoinTemplate) -> Self {
        template.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<JoinTemplate, JoinError> {
        text.parse()
    }

    #[test]
    fn braces_name_columns_and_twice_are_themselves() {
        let template = parse("{{x}} {First name}.{ Last }@a.com").unwrap();
        assert_eq!(template.columns().collect::<Vec<_>>(), ["First name", "Last"]);
        assert_eq!(template.to_string(), "{{x}} {First name}.{Last}@a.com");
        assert_eq!(parse(&template.to_string()), Ok(template));
        assert_eq!(parse("{a}{b}").unwrap().parts().len(), 2);
    }

    #[test]
    fn broken_templates_say_why() {
        for text in ["{a", "a}", "{a{b}}", "}{", "{a}}"] {
            assert_eq!(parse(text), Err(JoinError::OpenBrace), "{text}");
        }
        assert_eq!(parse("{ }"), Err(JoinError::NoName));
        assert_eq!(parse("{{a}}"), Err(JoinError::NoColumn));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[{}a é]{0,12}") {
            if let Ok(template) = parse(&text) {
                proptest::prop_assert_eq!(parse(&template.to_string()), Ok(template));
            }
        }
    }
}
