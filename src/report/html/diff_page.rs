//! The page about the changes between two lists.

use super::chart::moves_bar;
use super::frame::{and_more, facts, page, search_table, shown, time};
use super::table_data::{TableCell, TableData};
use crate::inspect::{Changed, Diff};
use crate::number::thousands;
use crate::organization::OrgUser;
use jiff::Timestamp;
use maud::{Markup, html};

/// The most groups, and the most people, of a page.
const MOST_GROUPS: usize = 500;
const MOST_PEOPLE: u64 = 100_000;

/// Where the rest of a long list is.
const IN_THE_JSON: &str = "the JSON form has all";

/// Returns the page. `lists` describes both lists, `refused` what no import can change.
pub(crate) fn diff_page(
    diff: &Diff<'_>,
    lists: [&str; 2],
    (notes, refused): (&[&str], &[String]),
    now: Timestamp,
) -> String {
    let people = people(diff);
    let all = (diff.joined.len() + diff.left.len() + diff.changed.len()) as u64;
    let table = Some(&people).filter(|table| table.len() > 0);
    let body = html! {
        (facts([
            ("From", format!("{} ({})", lists[0], time(diff.before.at))),
            ("To", format!("{} ({})", lists[1], time(diff.after.at))),
        ]))
        @for note in notes { p { (shown(note)) } }
        h2 { "Summary" }
        ul.cards {
            @for (name, number, style) in [
                ("joined", diff.joined.len() as u64, "ok"),
                ("left", diff.left.len() as u64, "failed"),
                ("changed", diff.changed.len() as u64, "invalid"),
                ("as before", diff.alike, "unchanged"),
            ] {
                li class=(style) { strong { (thousands(number)) } (name) }
            }
        }
        (groups(diff))
        @if !refused.is_empty() {
            h2 { "What no import can change" }
            ul { @for words in refused.iter().take(MOST_GROUPS) { li { (shown(words)) } } }
            (and_more(refused.len(), MOST_GROUPS, IN_THE_JSON))
        }
        @if let Some(table) = table {
            h2 { "People" }
            @if all > MOST_PEOPLE {
                p {
                    "The first " (thousands(MOST_PEOPLE)) " of " (thousands(all))
                    ": the JSON form has all."
                }
            }
            (search_table(table, "People who joined, left or changed"))
        }
    };
    page(
        ("Changes between two lists", &format!("{} and {}", lists[0], lists[1])),
        now,
        &body,
        table,
    )
}

fn groups(diff: &Diff<'_>) -> Markup {
    let most = diff.groups.iter().map(|group| group.gained.max(group.lost)).max().unwrap_or(0);
    html! {
        @if !diff.groups.is_empty() {
            h2 { "Memberships gained and lost" }
            div.scroll { table {
                thead { tr {
                    th scope="col" { "Group" }
                    th scope="col" { "Gained and lost" }
                    th.number scope="col" { "Gained" }
                    th.number scope="col" { "Lost" }
                } }
                tbody {
                    @for group in diff.groups.iter().take(MOST_GROUPS) {
                        tr {
                            td {
                                (shown(group.name))
                                @if group.is_new { span.muted { " (it had no members)" } }
                            }
                            td { (moves_bar(group.gained, group.lost, most)) }
                            td.number { "+" (thousands(group.gained)) }
                            td.number { "−" (thousands(group.lost)) }
                        }
                    }
                }
            } }
            (and_more(diff.groups.len(), MOST_GROUPS, IN_THE_JSON))
        }
    }
}

/// Returns the people who joined, left or changed, as a table.
fn people(diff: &Diff<'_>) -> TableData {
    let mut table = TableData::new(&["Change", "Who", "Type", "Details"]);
    let one = |table: &mut TableData, what: &str, person: OrgUser<'_>, details: &str| {
        if table.len() < MOST_PEOPLE {
            table.row(&[
                TableCell::Word(what),
                TableCell::Text(person.name()),
                TableCell::Word(person.identity()),
                TableCell::Text(details),
            ]);
        }
    };
    for (what, people) in [("joined", &diff.joined), ("left", &diff.left)] {
        for person in people {
            let groups: Vec<&str> = person.group_names().collect();
            one(&mut table, what, *person, &groups.join(", "));
        }
    }
    for changed in &diff.changed {
        one(&mut table, "changed", changed.after, &details(changed));
    }
    table
}

fn details(changed: &Changed<'_>) -> String {
    let told = |value: &str| if value.is_empty() { "nothing".to_owned() } else { value.to_owned() };
    let values = changed
        .values
        .iter()
        .map(|one| format!("{}: {} → {}", one.value.name(), told(one.before), told(one.after)));
    let gained = changed.gained.iter().map(|group| format!("+ {group}"));
    let lost = changed.lost.iter().map(|group| format!("− {group}"));
    values.chain(gained).chain(lost).collect::<Vec<_>>().join("; ")
}
