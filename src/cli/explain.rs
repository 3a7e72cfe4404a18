//! `umbulk explain`: what a code of a row means.

use crate::cli::args::commands::ExplainArgs;
use crate::cli::error::CliError;
use crate::cli::say::print_out;
use crate::cli::summary_words::meaning;
use crate::cli::wrap::between_words;
use crate::import::Exit;
use crate::journal::OutcomeStatus;
use crate::report::{CodeSection, Explanation, explain, explain_family, nearest, sections};
use crate::visible::visible;
use serde::Serialize;
use std::fmt::Write;
use textwrap::fill;

/// The documentation of Adobe's codes.
const ADOBE_CODES: &str =
    "https://adobe-apiplatform.github.io/umapi-documentation/en/api/ErrorRef.html";

/// The longest line of a text: it fits the usual terminal.
const WIDTH: usize = 79;

/// Prints what a code means, the codes below an incomplete one, or all codes if none is named.
///
/// # Errors
/// When no code is or begins like the named one, or standard output cannot be written.
pub(crate) fn run(args: &ExplainArgs) -> Result<Exit, CliError> {
    let Some(code) = args.code.as_deref().map(str::trim) else {
        let sections = sections();
        print(args, || json(&sections), || list(&sections))?;
        return Ok(Exit::Good);
    };
    if let Some(found) = explain(code) {
        print(args, || json(&found), || paragraphs(&found))?;
        return Ok(Exit::Good);
    }
    if let Some(status) = OutcomeStatus::ALL.into_iter().find(|status| status.name() == code) {
        let found = ExplainedStatus { status: status.name(), means: meaning(status) };
        print(args, || json(&found), || status_words(&found))?;
        return Ok(Exit::Good);
    }
    let unknown = UnknownCode { code, known: false, near: nearest(code) };
    let is_beginning = unknown.near.iter().any(|near| is_below(near, code));
    if is_beginning {
        let codes = unknown.near.iter().filter_map(|near| explain(near)).collect();
        let section = [CodeSection { title: format!("Codes below {code}"), codes }];
        print(args, || json(&section), || list(&section))?;
        return Ok(Exit::Good);
    }
    if args.json {
        print_out(&json(&unknown)?)?;
    }
    Err(CliError(unknown_words(&unknown)))
}

/// Whether a code begins with another one, whatever its letter case.
fn is_below(near: &str, code: &str) -> bool {
    let rest = near.as_bytes().split_at_checked(code.len());
    rest.is_some_and(|(start, rest)| {
        start.eq_ignore_ascii_case(code.as_bytes()) && rest.starts_with(b".")
    })
}

/// Prints one form of a text.
fn print(
    args: &ExplainArgs,
    json: impl FnOnce() -> Result<String, CliError>,
    words: impl FnOnce() -> String,
) -> Result<(), CliError> {
    print_out(&if args.json { json()? } else { words() })
}

fn json(value: &impl Serialize) -> Result<String, CliError> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// A status of a row, which is no code.
#[derive(Debug, Serialize)]
struct ExplainedStatus {
    status: &'static str,
    means: &'static str,
}

/// Says what a status means, and where the reason of a row is.
fn status_words(ExplainedStatus { status, means }: &ExplainedStatus) -> String {
    format!(
        "`{status}` is a status (column umbulk_status): {means}\n\
         The column umbulk_code beside it says why: `umbulk explain CODE` explains that code\n"
    )
}

/// A code that umbulk does not know.
#[derive(Debug, Serialize)]
struct UnknownCode<'c> {
    code: &'c str,
    known: bool,
    /// Codes that may be meant.
    near: Vec<String>,
}

/// Says that umbulk does not know a code, and how to find out about it.
fn unknown_words(unknown: &UnknownCode<'_>) -> String {
    let shown = visible(unknown.code);
    let mut words = if is_of_server(unknown.code) {
        let family = explain_family(unknown.code).map_or_else(String::new, |family| {
            format!(" It is one of the codes {}.…: {}", family.code, family.means)
        });
        format!(
            "`{shown}` is a code of Adobe's service that umbulk does not know.{family} The message \
             in the row is Adobe's own words about it. {ADOBE_CODES} lists Adobe's codes; Adobe's \
             support can look the request up by the column umbulk_request_id"
        )
    } else {
        format!("there is no code `{shown}`")
    };
    let _ = match &*unknown.near {
        [] if is_of_server(unknown.code) => Ok(()),
        [] => write!(words, ". `umbulk explain` lists all codes"),
        near => write!(words, ". Did you mean {}?", near.join(", ")),
    };
    words
}

/// Whether a code has the form of the server's.
fn is_of_server(code: &str) -> bool {
    ["error.", "plc."].iter().any(|family| code.starts_with(family))
        || !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns what is said about a code, with headings in front of the paragraphs.
fn paragraphs(found: &Explanation) -> String {
    let mut text = format!("{}\n\n", found.code);
    let parts = [("Meaning", &found.means), ("Cause", &found.cause), ("Cure", &found.cure)];
    for (heading, words) in parts {
        text.push_str(&wrapped(&format!("{heading:9}"), &" ".repeat(9), words));
    }
    let lines: Vec<&str> = found.example.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        let _ = writeln!(text, "{:9}{line}", if number == 0 { "Example" } else { "" });
    }
    text
}

/// Returns the codes in groups, each with the first sentence about it.
fn list(sections: &[CodeSection]) -> String {
    let mut text = String::new();
    for CodeSection { title, codes } in sections {
        let gap = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{gap}{title}");
        for Explanation { code, means, .. } in codes {
            let _ = writeln!(text, "  {code}");
            text.push_str(&wrapped("      ", "      ", first_sentence(means)));
        }
    }
    text
}

fn first_sentence(text: &str) -> &str {
    text.find(". ").map_or(text, |end| &text[..=end])
}

/// Breaks a text into lines, of which the first begins with `first` and the others with `others`.
fn wrapped(first: &str, others: &str, text: &str) -> String {
    fill(text, between_words(WIDTH).initial_indent(first).subsequent_indent(others)) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_wrapped_between_words() {
        let text = wrapped("Cause    ", "         ", &"word ".repeat(25));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.starts_with("Cause    word word") && text.lines().count() == 2);
    }

    #[test]
    fn unknown_code_of_the_server_says_how_to_find_out() {
        let words = |code| unknown_words(&UnknownCode { code, known: false, near: nearest(code) });
        assert!(words("error.user.strange").contains("Adobe's support"));
        assert!(words("error.internal.strange").contains("error.internal.…"));
        assert!(words("429050").contains("code of Adobe's service"));
        assert_eq!(
            words("x\u{1b}"),
            "there is no code `x\\u001b`. `umbulk explain` lists all codes"
        );
        assert!(words("invalid.email.frm").contains("Did you mean invalid.email.form"));
    }
}
