//! Lines that are wrapped between words, on screens.

use console::strip_ansi_codes;
use textwrap::core::{Word, display_width};
use textwrap::{Options, WordSeparator, WordSplitter, fill};

/// Returns the options for lines of this width. No word is divided by a hyphen.
pub(crate) fn between_words<'a>(columns: usize) -> Options<'a> {
    Options::new(columns).word_splitter(WordSplitter::NoHyphenation)
}

/// Wraps the lines of a text for a terminal of this width. Lines that fit stay as they are.
pub(crate) fn for_terminal(text: &str, columns: usize) -> String {
    let lines = text.split('\n').map(|line| {
        if display_width(line) <= columns {
            return line.to_owned();
        }
        let indent = " ".repeat(indent(line, columns));
        let options = between_words(columns)
            .word_separator(WordSeparator::Custom(words))
            .subsequent_indent(&indent)
            .break_words(false);
        fill(line, options)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns where the lines after the first begin: below the words behind a label or a number.
fn indent(line: &str, columns: usize) -> usize {
    const OTHERS: usize = 2;
    /// The longest label, with the blanks before and behind it.
    const LABELS: usize = 16;
    let line = strip_ansi_codes(line);
    let blanks = line.len() - line.trim_start().len();
    let column = match line.trim_start().split_once("  ") {
        Some((label, words)) => {
            blanks + display_width(label) + 2 + words.len() - words.trim_start().len()
        }
        None => blanks,
    };
    match column <= LABELS && column < columns / 2 {
        true => column.max(OTHERS),
        false => OTHERS,
    }
}

/// Divides a line into words. A command of umbulk is one word: a part of it, pasted into a shell,
/// could be another command.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    const COMMAND: &str = "umbulk ";
    let mut from = 0;
    let mut in_quotes = false;
    // Nothing says where a command ends that is not in quotes: it is the rest of the line.
    let mut is_rest = line.starts_with(COMMAND);
    let mut in_command = is_rest;
    let mut was_blank = false;
    let mut all = Vec::new();
    for (at, letter) in line.char_indices() {
        if was_blank && letter != ' ' {
            all.push(Word::from(&line[from..at]));
            from = at;
        }
        was_blank = letter == ' ' && !in_command;
        match letter {
            '`' if !is_rest => {
                in_quotes = !in_quotes;
                in_command = in_quotes && line[at + 1..].starts_with(COMMAND);
            }
            ' ' => {
                is_rest |= line[..at].ends_with(':') && line[at + 1..].starts_with(COMMAND);
                in_command |= is_rest;
            }
            _ => {}
        }
    }
    all.push(Word::from(&line[from..]));
    Box::new(all.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_below_their_words() {
        let line = "credentials   from ./.env; token host 127.0.0.1:18113, API host example.com";
        assert_eq!(
            for_terminal(line, 52),
            "credentials   from ./.env; token host\n              \
             127.0.0.1:18113, API host example.com"
        );
        let line = "         60  differs:country: the API cannot change a country";
        let wrapped = for_terminal(line, 40);
        assert_eq!(
            wrapped,
            "         60  differs:country: the API\n             cannot change a country"
        );
        let line = "note: the list of users is the snapshot of Sunday";
        assert_eq!(for_terminal(line, 40), "note: the list of users is the snapshot\n  of Sunday");
    }

    #[test]
    fn lines_that_fit_stay_as_they_are() {
        let text = "Results:  a  b.csv \n\n      x\n";
        assert_eq!(for_terminal(text, 20), text);
    }

    #[test]
    fn colours_have_no_width() {
        let line = "\u{1b}[32m+         3  users to create\u{1b}[0m";
        assert_eq!(for_terminal(line, 28), line);
    }

    #[test]
    fn command_is_never_broken() {
        let command = "umbulk import 'my `list.csv' --results x.xlsx --retry-failed";
        assert!(for_terminal(&format!("The file is read; type: {command}"), 30).contains(command));
        let command = "umbulk import 'my list.csv' --results x.xlsx --retry-failed";
        for line in [
            format!("Then type: {command}"),
            format!("The column \"E`mail\" is unknown, so type: {command}"),
            format!("note: a list is too old, so type `{command}` and then go on"),
            command.to_owned(),
        ] {
            let wrapped = for_terminal(&line, 30);
            assert!(wrapped.contains(command), "{wrapped}");
            assert!(wrapped.lines().all(|line| line.len() <= 30 || line.contains("umbulk ")));
        }
    }
}
