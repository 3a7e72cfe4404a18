//! A part of the plan that a person approves, on the screen: a mark, a number with words, and the
//! first names.

use crate::cli::wrap::between_words;
use crate::report::{PlanPart, PlanPartKind, PlanRest};
use crate::visible::visible;
use console::Style;
use textwrap::fill;

/// Where names are that are in no row of the plan.
pub(super) const IN_JSON: PlanRest = PlanRest::Output("--json has all");
/// Where the first of very many such names are.
pub(super) const FIRST_IN_JSON: PlanRest = PlanRest::Output("--json has the first thousand");

/// The most names that a part shows; `--json` and `--out` have more.
const SHOWN: usize = 20;

/// The width of the lines, unless one word is longer.
const WIDTH: usize = 80;

/// The space before names, below the words of a part.
const INDENT: &str = "             ";

/// Returns the lines of a part, which a terminal may show as they are.
pub(super) fn describe(part: &PlanPart) -> String {
    let number = part.number.map(|number| number.to_string()).unwrap_or_default();
    let head = format!("{} {number:>9}  {}", sign(part.kind), visible(&part.words));
    let mut text = style(part.kind).apply_to(wrapped(&head, INDENT)).to_string() + "\n";
    let shown = part.names.len().min(SHOWN);
    for name in &part.names[..shown] {
        text += &wrapped(&format!("{INDENT}{}", visible(name)), "               ");
        text.push('\n');
    }
    let more = part.of.saturating_sub(shown as u64);
    if more > 0 && shown > 0 {
        let rest = match part.rest {
            PlanRest::Rows => "--out writes all",
            PlanRest::Output(words) => words,
        };
        text += &format!("{INDENT}and {more} more ({rest})\n");
    }
    text
}

/// Returns the mark of a part.
fn sign(kind: PlanPartKind) -> char {
    match kind {
        PlanPartKind::Same => ' ',
        PlanPartKind::Create => '+',
        PlanPartKind::Change => '~',
        PlanPartKind::Remove => '-',
        PlanPartKind::LookAt => '!',
    }
}

fn style(kind: PlanPartKind) -> Style {
    let style = Style::new();
    match kind {
        PlanPartKind::Same => style,
        PlanPartKind::Create => style.green(),
        PlanPartKind::Change => style.yellow(),
        PlanPartKind::Remove => style.red(),
        PlanPartKind::LookAt => style.magenta().bold(),
    }
}

/// Breaks a line between words; `indent` begins the lines after the first.
fn wrapped(line: &str, indent: &str) -> String {
    fill(line, between_words(WIDTH).subsequent_indent(indent).break_words(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_shows_twenty_names_and_counts_the_others() {
        let names = (0..30).map(|number| format!("u{number}@x.com")).collect();
        let part = PlanPart::new(PlanPartKind::Create, 332, "users to create".to_owned());
        let text = describe(&part.with_first_names(names, 332));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "+       332  users to create");
        assert_eq!(lines[20], "             u19@x.com");
        assert_eq!(lines[21..], ["             and 312 more (--out writes all)"]);
    }

    #[test]
    fn part_keeps_to_its_width_and_obeys_no_name() {
        let name = format!("ann@x.com: firstname `{}` -> `\u{1b}[2J\n+ x`", "Ann ".repeat(20));
        let part = PlanPart::new(PlanPartKind::Change, 1, "user to update".to_owned());
        let text = describe(&part.with_names(vec![name], PlanRest::Rows));
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with(INDENT)), "{text}");
        assert!(!text.contains('\u{1b}') && text.contains("\\u001b[2J"), "{text}");
    }
}
