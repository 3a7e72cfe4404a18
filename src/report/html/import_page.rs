//! The page about an import.

use super::chart::{Second, over_time, parts_bar};
use super::frame::{and_more, breakable, facts, page, search_button, search_table, shown, time};
use super::table_data::{TableCell, TableData};
use crate::number::{count_thousands, form, thousands};
use crate::report::codes::{Explanation, explain};
use jiff::Timestamp;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// An import of one file or several.
#[derive(Debug)]
pub(crate) struct ImportPage {
    /// The imported files.
    pub runs: Vec<RunPage>,
}

/// A row that needs attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AttentionRow {
    /// Its line in the file.
    pub line: u64,
    /// Its status.
    pub status: &'static str,
    /// Whom it is about.
    pub who: String,
    /// Its code.
    pub code: String,
    /// Its message.
    pub message: String,
}

/// The import of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RunPage {
    /// The input.
    pub file: String,
    /// Names and values: organization, host, times.
    pub facts: Vec<(&'static str, String)>,
    /// What is to be said about a run that is not finished, or has changed nothing.
    pub remarks: Vec<String>,
    /// The number of rows by status.
    pub statuses: BTreeMap<&'static str, u64>,
    /// What was done, in words of the results.
    pub effects: Vec<(&'static str, u64)>,
    /// What happened in each second in which something happened.
    pub seconds: Vec<Second>,
    /// The pauses that the server asked for, in seconds since 1970.
    pub pauses: Vec<(i64, i64)>,
    /// The codes of rows that need attention.
    pub codes: Vec<CodeExamples>,
    /// Memberships by group.
    pub groups: Vec<GroupMoves>,
    /// Memberships that were added and removed in other groups, or in groups that nothing names.
    pub unnamed_moves: (u64, u64),
    /// Roles of administrators that rows have given or taken.
    pub roles: Vec<TouchedRole>,
    /// The number of rows with roles that are not among them.
    pub more_roles: u64,
    /// Rows that have taken all memberships of users whose roles no list shows.
    pub unseen_roles: u64,
    /// The settings of the run.
    pub settings: Vec<(String, String)>,
    /// The first of the rows that need attention.
    pub rows: Vec<AttentionRow>,
    /// The number of all of them.
    pub attention: u64,
}

/// The rows with a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeExamples {
    /// The code.
    pub code: String,
    /// The number of rows.
    pub rows: u64,
    /// The first of them.
    pub examples: Vec<AttentionRow>,
}

/// The memberships of a group that rows have added and removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupMoves {
    /// Its name.
    pub group: String,
    /// Added.
    pub joined: u64,
    /// Removed.
    pub left: u64,
}

/// A row that has given or taken an administrator's role, or removed somebody who has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TouchedRole {
    /// The user.
    pub who: String,
    /// The line of the row.
    pub line: u64,
    /// What happened.
    pub what: String,
}

/// The most groups and roles that a page lists.
const MOST: usize = 200;

impl ImportPage {
    /// Returns the page.
    pub(crate) fn to_html(&self, now: Timestamp) -> String {
        let names: Vec<&str> = self.runs.iter().map(|run| run.file.as_str()).collect();
        let title = format!("Import of {}", names.join(", "));
        let rows: u64 = self.runs.iter().flat_map(|run| run.statuses.values()).sum();
        let subtitle = count_thousands(rows, "row");
        let table = self.table();
        let table = Some(&table).filter(|rows| rows.len() > 0);
        let body = html! {
            @for run in &self.runs { (run.to_markup()) }
            @if let Some(rows) = table {
                h2 { "Rows that need attention" }
                @let all: u64 = self.runs.iter().map(|run| run.attention).sum();
                @if all > rows.len() {
                    p {
                        "The first " (thousands(rows.len())) " of " (thousands(all))
                        ": the file of rows to fix has all."
                    }
                }
                (search_table(rows, "Rows that need attention"))
            }
        };
        page((&title, &subtitle), now, &body, table)
    }

    /// Returns the rows that need attention, of all files.
    fn table(&self) -> TableData {
        let has_files = self.runs.len() > 1;
        let mut columns = vec!["Line", "Status", "Who", "Code", "Message"];
        if has_files {
            columns.insert(0, "File");
        }
        let mut table = TableData::new(&columns);
        for run in &self.runs {
            for AttentionRow { line, status, who, code, message } in &run.rows {
                let cells = [
                    TableCell::Word(&run.file),
                    TableCell::Number(*line),
                    TableCell::Word(status),
                    TableCell::Text(who),
                    TableCell::Word(code),
                    TableCell::Word(message),
                ];
                table.row(&cells[usize::from(!has_files)..]);
            }
        }
        table
    }
}

impl RunPage {
    fn to_markup(&self) -> Markup {
        html! {
            h2 { (shown(&self.file)) }
            @for remark in &self.remarks { p { (shown(remark)) } }
            (self.statuses())
            (facts(self.facts.iter().map(|(name, value)| (*name, value.clone()))))
            (self.done())
            @if let Some(drawing) = over_time(&self.seconds, &self.pauses) {
                h3 { "Rows and requests over time" }
                (drawing)
            }
            (self.failures())
            (self.memberships())
            (self.administrators())
            h3 { "Settings" }
            (facts(self.settings.iter().map(|(name, value)| (name.as_str(), value.clone()))))
        }
    }

    fn statuses(&self) -> Markup {
        const ORDER: [(&str, &str); 7] = [
            ("ok", "done"),
            ("unchanged", "nothing changed"),
            ("invalid", "refused before sending"),
            ("failed", "refused by the server"),
            ("unknown", "result unknown"),
            ("not_sent", "not sent yet"),
            ("skipped", "not a person"),
        ];
        let number = |status: &str| self.statuses.get(status).copied().unwrap_or(0);
        let parts: Vec<(&str, u64)> = ORDER.map(|(status, _)| (status, number(status))).to_vec();
        let words: Vec<String> = ORDER
            .iter()
            .filter(|(status, _)| number(status) > 0)
            .map(|(status, words)| format!("{} {status} ({words})", thousands(number(status))))
            .collect();
        html! {
            ul.cards {
                @for (status, words) in ORDER.iter().filter(|(status, _)| number(status) > 0) {
                    li class=(status) {
                        strong { (thousands(number(status))) }
                        (status.replace('_', " ")) br;
                        span.muted { (words) }
                    }
                }
            }
            (parts_bar(&parts, &format!("Rows by status: {}", words.join(", "))))
        }
    }

    fn done(&self) -> Markup {
        html! {
            h3 { "What was done" }
            @if self.effects.is_empty() { p { "Nothing." } } @else {
                table {
                    thead { tr { th scope="col" { "Effect" } th.number scope="col" { "Number" } } }
                    tbody {
                        @for (word, number) in &self.effects {
                            tr { td { (effect_words(word)) } td.number { (thousands(*number)) } }
                        }
                    }
                }
            }
        }
    }

    fn failures(&self) -> Markup {
        html! {
            @if !self.codes.is_empty() {
                h3 { "What went wrong, by code" }
                @for code in &self.codes { (code.to_markup()) }
            }
        }
    }

    fn memberships(&self) -> Markup {
        let (joined, left) = self.unnamed_moves;
        html! {
            @if !self.groups.is_empty() || joined + left > 0 {
                h3 { "Memberships by group" }
            }
            @if !self.groups.is_empty() {
                div.scroll { table {
                    thead { tr {
                        th scope="col" { "Group" }
                        th.number scope="col" { "Joined" }
                        th.number scope="col" { "Left" }
                    } }
                    tbody {
                        @for moves in self.groups.iter().take(MOST) {
                            tr {
                                td { (shown(&moves.group)) }
                                td.number { (thousands(moves.joined)) }
                                td.number { (thousands(moves.left)) }
                            }
                        }
                    }
                } }
                (and_more(self.groups.len(), MOST, IN_THE_RESULTS))
            }
            @if joined + left > 0 {
                p.muted {
                    "Elsewhere, " (count_thousands(joined, "membership")) " "
                    (form(joined, "was", "were")) " added and " (thousands(left))
                    " removed: in rows that name more groups than they changed, "
                    "or that remove all of a user's."
                }
            }
        }
    }

    fn administrators(&self) -> Markup {
        html! {
            h3 { "Administrators" }
            @if self.roles.is_empty() {
                p { "No row gave or took an administrator's role by name." }
            } @else {
                div.scroll { table {
                    thead { tr {
                        th scope="col" { "Who" }
                        th scope="col" { "What" }
                        th.number scope="col" { "Line" }
                    } }
                    tbody {
                        @for role in self.roles.iter().take(MOST) {
                            tr {
                                td { (shown(&role.who)) }
                                td { (shown(&role.what)) }
                                td.number { (thousands(role.line)) }
                            }
                        }
                    }
                } }
                (and_more(self.roles.len() + self.more_roles as usize, MOST, IN_THE_RESULTS))
            }
            @if self.unseen_roles > 0 {
                p {
                    (count_thousands(self.unseen_roles, "row"))
                    " took all memberships of users whose roles no list shows: they may have been "
                    "administrators."
                }
            }
        }
    }
}

/// Where the rest of a long list is.
const IN_THE_RESULTS: &str = "the results have all";

impl CodeExamples {
    fn to_markup(&self) -> Markup {
        let explanation = explain(&self.code);
        let code = if self.code.is_empty() { "no code" } else { &*self.code };
        html! {
            div.code {
                h4 { code { (shown(code)) } " — " (count_thousands(self.rows, "row")) }
                @match explanation {
                    Some(Explanation { means, cause, cure, .. }) => {
                        p { (means) }
                        p { strong { "Usual cause: " } (cause) }
                        p { strong { "What to do: " } (cure) }
                    }
                    None => {
                        p { "A code of Adobe's service: the messages of the rows are its words." }
                    }
                }
                ul {
                    @for example in &self.examples {
                        li {
                            "line " (thousands(example.line))
                            @if !example.who.is_empty() {
                                ", " strong { (breakable(&example.who)) }
                            }
                            ": " (shown(&example.message))
                        }
                    }
                }
                (search_button(&self.code, "Show all rows with this code"))
            }
        }
    }
}

/// Returns a word of the results in words for everybody.
fn effect_words(word: &str) -> String {
    let words = match word {
        "created" => "users created",
        "exists" => "users who existed before",
        "created_or_exists" => "users created, or who existed before",
        "created_or_exists+updated" => "users created, or who existed and were updated",
        "updated" => "users whose names, email or username were changed",
        "joined" => "memberships added",
        "left" => "memberships removed",
        "left_all" => "users who lost all groups",
        "removed" => "users removed from the organization",
        "account_deleted" => "accounts deleted with their files",
        "group_created" => "groups created",
        "group_exists" => "groups that existed before",
        "group_created_or_exists" => "groups created, or that existed before",
        "group_created_or_exists+group_updated" => {
            "groups created, or that existed and were updated"
        }
        "group_updated" => "groups with another description",
        "group_renamed" => "groups renamed",
        "group_deleted" => "groups deleted",
        "profiles_added" => "groups that got product profiles",
        "profiles_removed" => "groups that lost product profiles",
        other => match other.strip_prefix("differs:") {
            Some(field) => return format!("users whose {field} differs and was not changed"),
            None => return shown(other),
        },
    };
    words.to_owned()
}

/// Returns the facts about when a run began and ended.
pub(crate) fn times(began: Timestamp, ended: Option<Timestamp>) -> Vec<(&'static str, String)> {
    let mut times = vec![("Began", time(began))];
    times.extend(ended.map(|ended| ("Ended", time(ended))));
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hostile() -> ImportPage {
        let evil = "<script>alert(1)</script>\u{202e}\0=1+1".to_owned();
        let row = AttentionRow {
            line: 3,
            status: "failed",
            who: evil.clone(),
            code: evil.clone(),
            message: evil.clone(),
        };
        let run = RunPage {
            file: evil.clone(),
            facts: vec![("Organization", evil.clone())],
            remarks: vec![evil.clone()],
            statuses: BTreeMap::from([("ok", 4), ("failed", 1)]),
            effects: vec![("created", 3), ("differs:country", 1)],
            seconds: vec![(1_000, 5, 1)],
            codes: vec![CodeExamples { code: evil.clone(), rows: 1, examples: vec![row.clone()] }],
            groups: vec![GroupMoves { group: evil.clone(), joined: 2, left: 1 }],
            roles: vec![TouchedRole { who: evil.clone(), line: 3, what: evil.clone() }],
            settings: vec![(evil.clone(), evil.clone())],
            rows: vec![row],
            attention: 1,
            ..RunPage::default()
        };
        ImportPage { runs: vec![run] }
    }

    #[test]
    fn hostile_cells_stay_text() {
        let text = hostile().to_html(Timestamp::UNIX_EPOCH);
        assert!(!text.contains("<script>alert") && !text.contains(['\u{202e}', '\0']));
        assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;\\u202e\\u0000=1+1"));
        assert_eq!((text.matches("<h1>").count(), text.matches("</script>").count()), (1, 2));
        assert!(text.contains("users whose country differs and was not changed"));
    }

    #[test]
    fn headings_are_in_order() {
        let text = hostile().to_html(Timestamp::UNIX_EPOCH);
        let mut before = 0;
        for part in text.split("<h").skip(1) {
            let Some(level) = part.chars().next().and_then(|c| c.to_digit(10)) else { continue };
            assert!(level <= before + 1, "h{level} behind h{before}");
            before = level;
        }
        assert_eq!(before, 2);
    }

    #[test]
    fn row_of_a_known_code_is_explained() {
        let codes =
            vec![CodeExamples { code: "invalid.email.form".into(), rows: 2, examples: vec![] }];
        let runs = vec![RunPage { codes, ..RunPage::default() }];
        let page = ImportPage { runs };
        let text = page.to_html(Timestamp::UNIX_EPOCH);
        assert!(text.contains("does not have the form of an email address"), "{text}");
        assert!(!text.contains("<script"), "{text}");
    }
}
