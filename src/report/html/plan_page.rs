//! The page about a plan: what a person reads before approving an import.

use super::frame::{and_more, facts, page, search_table, shown};
use super::table_data::{TableCell, TableData};
use crate::number::thousands;
use jiff::Timestamp;
use maud::{Markup, html};

/// The most names of a part, and the most rows, of a page.
const MOST_NAMES: usize = 200;
const MOST_ROWS: u64 = 100_000;

/// Where the rows are if they are more than the page has.
const IN_THE_CSV: &str = "the plan as CSV has all";

/// A plan, to be approved.
#[derive(Debug, Default)]
pub(crate) struct PlanPage {
    files: Vec<PlanPageFile>,
    rows: PlanPageRows,
}

/// The plan of one file.
#[derive(Debug, Default)]
pub(crate) struct PlanPageFile {
    /// The file.
    pub(crate) name: String,
    /// What must be known before the numbers, each with its name.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What is created, changed and removed, and what to look at.
    pub(crate) parts: Vec<PlanPart>,
}

/// A part of a plan. Its names are text from files and servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlanPart {
    pub(crate) kind: PlanPartKind,
    /// The number; `None` if the words say something without one.
    pub(crate) number: Option<u64>,
    /// What the number counts.
    pub(crate) words: String,
    /// The first names or values; perhaps more than are shown.
    pub(crate) names: Vec<String>,
    /// How many there are.
    pub(crate) of: u64,
    pub(crate) rest: PlanRest,
}

/// Where all names of a part are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanRest {
    /// In the rows of the plan.
    Rows,
    /// In an output of the command, as these words say.
    Output(&'static str),
}

/// What happens to what a part names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PlanPartKind {
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

impl PlanPart {
    /// Creates a part about a number of things. Their names are those of rows.
    pub(crate) fn new(kind: PlanPartKind, number: u64, words: String) -> Self {
        let number = Some(number);
        Self { kind, number, words, names: Vec::new(), of: 0, rest: PlanRest::Rows }
    }

    /// Creates a part that says something without a number.
    pub(crate) fn without_number(kind: PlanPartKind, words: String) -> Self {
        Self { number: None, ..Self::new(kind, 0, words) }
    }

    /// Adds names, which are all there are.
    pub(crate) fn with_names(self, names: Vec<String>, rest: PlanRest) -> Self {
        let of = names.len() as u64;
        Self { rest, ..self.with_first_names(names, of) }
    }

    /// Adds the first of this many names.
    pub(crate) fn with_first_names(self, names: Vec<String>, of: u64) -> Self {
        Self { names, of, ..self }
    }
}

impl PlanPartKind {
    fn style(self) -> &'static str {
        match self {
            Self::Same => "unchanged",
            Self::Create => "ok",
            Self::Change => "not_sent",
            Self::Remove => "failed",
            Self::LookAt => "invalid",
        }
    }
}

/// A row of the plan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlanPageRow<'r> {
    pub(crate) file: &'r str,
    pub(crate) line: &'r str,
    /// What happens to the row: `send`, or why it is not sent in one word.
    pub(crate) status: &'r str,
    /// The user or group.
    pub(crate) who: &'r str,
    pub(crate) changes: &'r str,
    pub(crate) old: &'r str,
    pub(crate) new: &'r str,
    /// The request, from 1; empty if the row is not sent.
    pub(crate) request: &'r str,
}

/// The rows of the page. They are kept as text.
#[derive(Debug)]
pub(crate) struct PlanPageRows {
    table: TableData,
    all: u64,
}

impl Default for PlanPageRows {
    fn default() -> Self {
        let columns =
            ["File", "Line", "Status", "Who", "Changes", "Old value", "New value", "Request"];
        Self { table: TableData::new(&columns), all: 0 }
    }
}

impl PlanPageRows {
    /// Adds a row.
    pub(crate) fn add(&mut self, row: PlanPageRow<'_>) {
        self.all += 1;
        if self.table.len() >= MOST_ROWS {
            return;
        }
        // A person who is in no row has no line.
        let line = row.line.parse().map_or(TableCell::Text(""), TableCell::Number);
        self.table.row(&[
            TableCell::Word(row.file),
            line,
            TableCell::Word(row.status),
            TableCell::Text(row.who),
            TableCell::Text(row.changes),
            TableCell::Text(row.old),
            TableCell::Text(row.new),
            TableCell::Word(row.request),
        ]);
    }
}

impl PlanPage {
    /// Creates the page of these files and their rows.
    pub(crate) fn new(files: Vec<PlanPageFile>, rows: PlanPageRows) -> Self {
        Self { files, rows }
    }

    /// Returns the page.
    pub(crate) fn to_html(&self, now: Timestamp) -> String {
        let PlanPageRows { table, all } = &self.rows;
        let table = Some(table).filter(|table| table.len() > 0);
        let in_rows = match *all > MOST_ROWS {
            true => IN_THE_CSV,
            false => "the table below has all rows",
        };
        let body = html! {
            p { "Nothing has been sent. This page shows what an import would do." }
            @for file in &self.files { (file.markup(in_rows)) }
            @if let Some(table) = table {
                h2 { "Rows" }
                @if *all > MOST_ROWS {
                    p {
                        "The first " (thousands(MOST_ROWS)) " of " (thousands(*all))
                        ": " (IN_THE_CSV) "."
                    }
                }
                (search_table(table, "Rows of the plan"))
            }
        };
        let names: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        page(("Plan of an import", &names.join(", ")), now, &body, table)
    }
}

impl PlanPageFile {
    fn markup(&self, in_rows: &str) -> Markup {
        html! {
            h2 { (shown(&self.name)) }
            (facts(self.facts.iter().map(|(name, value)| (*name, value.clone()))))
            ul.cards {
                @for part in &self.parts {
                    @if let Some(number) = part.number {
                        li class=(part.kind.style()) {
                            strong { (thousands(number)) } (shown(&part.words))
                        }
                    }
                }
            }
            @for part in &self.parts { (part.markup(in_rows)) }
        }
    }
}

impl PlanPart {
    /// Returns the names of the part. `in_rows` says where all rows are.
    fn markup(&self, in_rows: &str) -> Markup {
        let number = self.number.map(|number| thousands(number) + " ").unwrap_or_default();
        let names = self.names.iter().take(MOST_NAMES);
        let all = usize::try_from(self.of).unwrap_or(usize::MAX);
        let rest = match self.rest {
            PlanRest::Rows => in_rows,
            PlanRest::Output(words) => words,
        };
        html! {
            @if !self.names.is_empty() || self.number.is_none() {
                h3 { (number) (shown(&self.words)) }
                ul { @for name in names { li { (shown(name)) } } }
                (and_more(all, self.names.len().min(MOST_NAMES), rest))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_shows_names_as_text() {
        let mut rows = PlanPageRows::default();
        let hostile = "</script><b>\u{202e}";
        rows.add(PlanPageRow {
            file: "a.csv",
            line: "2",
            status: "send",
            who: hostile,
            changes: "create",
            old: "",
            new: hostile,
            request: "1",
        });
        let part = PlanPart::new(PlanPartKind::Create, 300, "users to create".to_owned())
            .with_first_names(vec![hostile.to_owned(); 250], 300);
        let file = PlanPageFile { name: "a.csv".to_owned(), facts: Vec::new(), parts: vec![part] };
        let page = PlanPage::new(vec![file], rows).to_html(Timestamp::UNIX_EPOCH);
        assert!(!page.contains("<b>") && !page.contains('\u{202e}'), "{page}");
        assert!(page.contains("and 100 more") && page.contains("users to create"), "{page}");
        assert_eq!(page.matches("</script>").count(), 2, "{page}");
    }
}
