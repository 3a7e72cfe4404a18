//! A part of the plan that a person approves: a mark, a number with words, and the first names.

use crate::report::{PlanPagePart, PlanPartKind};
use crate::visible::visible;
use console::Style;
use textwrap::{Options, WordSplitter, fill};

/// What happens to what a section names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PlanMark {
    /// Nothing.
    Same,
    /// It is created or added.
    Create,
    /// It changes.
    Change,
    /// It is removed.
    Remove,
    /// A person should look at it before approving.
    LookAt,
}

impl PlanMark {
    fn sign(self) -> char {
        match self {
            Self::Same => ' ',
            Self::Create => '+',
            Self::Change => '~',
            Self::Remove => '-',
            Self::LookAt => '!',
        }
    }

    fn page_kind(self) -> PlanPartKind {
        match self {
            Self::Same => PlanPartKind::Same,
            Self::Create => PlanPartKind::Create,
            Self::Change => PlanPartKind::Change,
            Self::Remove => PlanPartKind::Remove,
            Self::LookAt => PlanPartKind::LookAt,
        }
    }

    fn style(self) -> Style {
        let style = Style::new();
        match self {
            Self::Same => style,
            Self::Create => style.green(),
            Self::Change => style.yellow(),
            Self::Remove => style.red(),
            Self::LookAt => style.magenta().bold(),
        }
    }
}

/// One section. Its names are text from files and servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlanSection {
    pub(super) mark: PlanMark,
    pub(super) number: Option<u64>,
    /// What the number counts.
    pub(super) words: String,
    /// The first names or values; perhaps more than are shown.
    pub(super) names: Vec<String>,
    /// How many there are.
    pub(super) of: u64,
}

/// The most names that a section shows; `--json` and `--out` have more.
const SHOWN: usize = 20;

/// The width of the lines, unless one word is longer.
const WIDTH: usize = 80;

/// The space before names, below the words of a section.
const INDENT: &str = "             ";

impl PlanSection {
    /// Creates a section about a number of things.
    pub(super) fn new(mark: PlanMark, number: u64, words: String) -> Self {
        Self { mark, number: Some(number), words, names: Vec::new(), of: 0 }
    }

    /// Adds names, which are all there are.
    pub(super) fn with_names(self, names: Vec<String>) -> Self {
        let of = names.len() as u64;
        self.with_first_names(names, of)
    }

    /// Adds the first of this many names.
    pub(super) fn with_first_names(self, names: Vec<String>, of: u64) -> Self {
        Self { names, of, ..self }
    }

    /// Returns the part of a page.
    pub(super) fn page_part(self) -> PlanPagePart {
        let Self { number, words, names, of, .. } = self;
        PlanPagePart { kind: self.mark.page_kind(), number, words, names, of }
    }

    /// Returns the lines, which a terminal may show as they are.
    pub(super) fn describe(&self) -> String {
        let number = self.number.map(|number| number.to_string()).unwrap_or_default();
        let head = format!("{} {number:>9}  {}", self.mark.sign(), visible(&self.words));
        let mut text = self.mark.style().apply_to(wrapped(&head, INDENT)).to_string() + "\n";
        let shown = self.names.len().min(SHOWN);
        for name in &self.names[..shown] {
            text += &wrapped(&format!("{INDENT}{}", visible(name)), "               ");
            text.push('\n');
        }
        let more = self.of.saturating_sub(shown as u64);
        if more > 0 && shown > 0 {
            text += &format!("{INDENT}and {more} more (--out writes all)\n");
        }
        text
    }
}

/// Breaks a line between words; `indent` begins the lines after the first.
fn wrapped(line: &str, indent: &str) -> String {
    let options = Options::new(WIDTH)
        .subsequent_indent(indent)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation);
    fill(line, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_shows_twenty_names_and_counts_the_others() {
        let names = (0..30).map(|number| format!("u{number}@x.com")).collect();
        let section = PlanSection::new(PlanMark::Create, 332, "users to create".to_owned());
        let text = section.with_first_names(names, 332).describe();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "+       332  users to create");
        assert_eq!(lines[20], "             u19@x.com");
        assert_eq!(lines[21..], ["             and 312 more (--out writes all)"]);
    }

    #[test]
    fn section_keeps_to_its_width_and_obeys_no_name() {
        let name = format!("ann@x.com: firstname `{}` -> `\u{1b}[2J\n+ x`", "Ann ".repeat(20));
        let section = PlanSection::new(PlanMark::Change, 1, "user to update".to_owned());
        let text = section.with_names(vec![name]).describe();
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with(INDENT)), "{text}");
        assert!(!text.contains('\u{1b}') && text.contains("\\u001b[2J"), "{text}");
    }
}
