//! Questions at the terminal.

use crate::cli::can_ask::can_ask;
use crate::cli::say::status_line;
use crate::visible::visible;
use std::io::{self, BufRead, Write};

/// Answers that refuse.
const REFUSALS: [&str; 4] = ["", "n", "no", "q"];

/// Asks a question, and returns whether the user gave this exact answer. Only a terminal can give
/// it.
pub(crate) fn ask(question: &str, answer: &str) -> io::Result<bool> {
    if !can_ask() {
        return Ok(false);
    }
    status_line(question);
    answered(answer, &mut io::stdin().lock(), &mut io::stderr(), status_line)
}

/// Reads the answer to a question that was shown. Another answer may be a slip: it is asked again,
/// once.
fn answered(
    answer: &str,
    from: &mut impl BufRead,
    prompts: &mut impl Write,
    say: impl Fn(&str),
) -> io::Result<bool> {
    for again in [true, false] {
        let _ = write!(prompts, "Type {} to continue: ", visible(answer));
        let _ = prompts.flush();
        let mut given = String::new();
        let is_end = from.read_line(&mut given)? == 0;
        let given = given.trim();
        if given == answer {
            return Ok(true);
        }
        let shown = if given.is_empty() { "nothing".to_owned() } else { format!("`{given}`") };
        say(&format!("You typed {shown}, not {answer}"));
        if is_end || !again || REFUSALS.contains(&&*given.to_lowercase()) {
            break;
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A slip must not cost the minute that it took to ask the server about administrators.
    #[test]
    fn wrong_answer_is_asked_again_once() {
        for (typed, goes_on, prompts) in [
            ("15\n", true, 1),
            ("ja\n15\n", true, 2),
            ("ja\nyes\n15\n", false, 2),
            ("No\n15\n", false, 1),
            ("\n15\n", false, 1),
            ("", false, 1),
        ] {
            let mut shown = Vec::new();
            let given = answered("15", &mut typed.as_bytes(), &mut shown, |_| ());
            assert_eq!(given.ok(), Some(goes_on), "{typed:?}");
            let shown = String::from_utf8_lossy(&shown).into_owned();
            assert_eq!(shown.matches("Type 15 to continue: ").count(), prompts, "{typed:?}");
        }
    }
}
