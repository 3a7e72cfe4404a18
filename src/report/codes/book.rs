//! All codes with their explanations.

use super::explanation::{CodeSection, Explanation, read};
use super::invalid::InvalidCodes;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The codes of a file of explanations.
#[derive(Debug, Default, Deserialize)]
struct CodeBook {
    group: Vec<CodeGroup>,
}

#[derive(Debug, Deserialize)]
struct CodeGroup {
    title: String,
    codes: BTreeMap<String, CodeWords>,
}

/// The words about one code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeWords {
    means: String,
    cause: String,
    cure: String,
    example: String,
    /// Whether the code is not in Adobe's documentation: users have seen it.
    #[serde(default)]
    is_seen: bool,
}

/// What is said about a code that users have seen.
const UNDOCUMENTED: &str = " Adobe's documentation does not list this code; users have seen it.";

/// The codes of HTTP responses: `http.403`.
const STATUS: &str = "http.STATUS";

/// Families of server codes of which only some are listed.
const FAMILIES: [&str; 3] = ["error.internal", "error.external", "error.usergroup.readonly"];

static OWN: LazyLock<CodeBook> = LazyLock::new(|| read(include_str!("own.toml")));
static ADOBE: LazyLock<CodeBook> = LazyLock::new(|| read(include_str!("adobe.toml")));
static INVALID: LazyLock<InvalidCodes> = LazyLock::new(InvalidCodes::load);

/// Explains a code; `None` if umbulk does not know it.
pub(crate) fn explain(code: &str) -> Option<Explanation> {
    if let Some(rest) = code.strip_prefix("invalid.") {
        let (field, reason) = rest.split_once('.')?;
        return INVALID.explain(field, reason);
    }
    let status = code.strip_prefix("http.");
    let is_status = status.is_some_and(|status| {
        status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit())
    });
    let listed = if is_status { STATUS } else { code };
    let words = groups().find_map(|group| group.codes.get(listed))?;
    Some(words.explanation(code))
}

/// Explains the family of a server code that umbulk does not know; `None` if it knows no such
/// family.
pub(crate) fn explain_family(code: &str) -> Option<Explanation> {
    let is_below =
        |family: &&&str| code.strip_prefix(**family).is_some_and(|rest| rest.starts_with('.'));
    FAMILIES.iter().find(is_below).and_then(|family| explain(family))
}

/// Explains a code in a few sentences; `None` if umbulk does not know it.
pub(crate) fn explain_in_short(code: &str) -> Option<String> {
    explain(code).map(|Explanation { means, cure, .. }| match &*cure {
        "Nothing." => means,
        _ => format!("{means} What to do: {cure}"),
    })
}

/// Returns all codes with their explanations: first those of invalid rows, by field.
pub(crate) fn sections() -> Vec<CodeSection> {
    let mut sections = INVALID.sections();
    sections.extend(groups().map(|group| CodeSection {
        title: group.title.clone(),
        codes: group.codes.iter().map(|(code, words)| words.explanation(code)).collect(),
    }));
    sections
}

fn groups() -> impl Iterator<Item = &'static CodeGroup> {
    OWN.group.iter().chain(&ADOBE.group)
}

impl CodeWords {
    fn explanation(&self, code: &str) -> Explanation {
        let undocumented = if self.is_seen { UNDOCUMENTED } else { "" };
        Explanation {
            code: code.to_owned(),
            means: format!("{}{undocumented}", self.means),
            cause: self.cause.clone(),
            cure: self.cure.clone(),
            example: self.example.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_and_each_explanation_is_complete() {
        toml::from_str::<CodeBook>(include_str!("own.toml")).unwrap();
        toml::from_str::<CodeBook>(include_str!("adobe.toml")).unwrap();
        let all = sections();
        assert!(all.len() > 30, "{}", all.len());
        for Explanation { code, means, cause, cure, example } in
            all.iter().flat_map(|section| &section.codes)
        {
            for words in [means, cause, cure] {
                assert!(
                    words.ends_with(['.', '…', ':', ')', '!']) && words.len() > 6,
                    "{code}: {words}"
                );
                let is_filled = !["{the}", "{The}", "{column}", "{right}"]
                    .iter()
                    .any(|hole| words.contains(hole));
                assert!(is_filled && !words.contains('\n'), "{code}: {words}");
                assert!(
                    words.starts_with(|c: char| c.is_uppercase())
                        || words.starts_with("umbulk")
                        || words.starts_with("status."),
                    "{code}: {words}"
                );
            }
            assert!(!example.is_empty() && !example.contains("{the}"), "{code}");
            assert_eq!(explain(code).map(|found| found.code), Some(code.clone()));
        }
    }

    #[test]
    fn codes_with_a_number_and_families_are_explained() {
        assert_eq!(explain("http.403").unwrap().code, "http.403");
        assert_eq!(explain("http.40"), None);
        assert_eq!(explain("error.internal.something"), None);
        assert_eq!(explain_family("error.internal.something").unwrap().code, "error.internal");
        assert_eq!(explain_family("error.internally"), None);
        assert!(explain_in_short("invalid.email.form").unwrap().contains("What to do: Write it"));
        assert!(!explain_in_short("skipped.header").unwrap().contains("What to do"));
    }
}
