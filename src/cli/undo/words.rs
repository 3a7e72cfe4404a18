//! The plan of an undo, in words and as JSON.

use crate::clock::wall_clock;
use crate::import::undo::done_row::DoneRow;
use crate::import::undo::not_undone::NotUndone;
use crate::import::undo::prepare::PreparedUndo;
use crate::import::undo::undo_row::UndoRow;
use crate::number::{count, form};
use crate::visible::visible;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// The most names and the most reasons that are shown.
const MOST: usize = 10;

/// Returns the plan as lines.
pub(super) fn describe(undo: &PreparedUndo) -> String {
    let mut text = format!(
        "{}: imported into {} (ended {})\nwhat was there before: {}\n",
        visible(&undo.files.join(", ")),
        visible(&undo.organization),
        wall_clock(undo.finished, "%a %d %b %H:%M"),
        visible(&undo.baseline)
    );
    for doubt in &undo.doubts {
        let _ = writeln!(text, "note: {}", visible(doubt));
    }
    if undo.unknown > 0 {
        let _ = writeln!(
            text,
            "note: the outcome of {} is unknown: memberships and names are taken back as far as \
             the organization shows them, and users and groups that may have been created stay",
            count(undo.unknown, "row")
        );
    }
    if undo.plan.rows.is_empty() {
        text += "nothing to take back\n";
    }
    rows(&mut text, undo);
    gone(&mut text, undo.plan.gone);
    memberships(&mut text, undo);
    refused(&mut text, undo);
    text
}

/// A kind of rows: which they are, and its words for one and for several.
type RowKind = (fn(&UndoRow) -> bool, &'static str, &'static str);

const KINDS: [RowKind; 7] = [
    (
        |row| row.action == "delete",
        "user to remove from the organization",
        "users to remove from the organization",
    ),
    (|row| row.action == "create", "user to create again", "users to create again"),
    (
        |row| row.action == "update" && row.changes_names(),
        "user to change back",
        "users to change back",
    ),
    (
        |row| row.action == "update" && !row.changes_names(),
        "user with other memberships",
        "users with other memberships",
    ),
    (|row| row.action == "create-group", "group to create again", "groups to create again"),
    (|row| row.action == "update-group", "group to rename back", "groups to rename back"),
    (|row| row.action == "delete-group", "group to delete", "groups to delete"),
];

fn rows(text: &mut String, undo: &PreparedUndo) {
    for (is_of_kind, one, several) in KINDS {
        let of_kind: Vec<&UndoRow> = undo.plan.rows.iter().filter(|row| is_of_kind(row)).collect();
        let number = of_kind.len() as u64;
        if number > 0 {
            let names = of_kind.iter().map(|row| row.who());
            let _ = writeln!(
                text,
                "  {number:>9}  {}: {}",
                form(number, one, several),
                named(names, of_kind.len())
            );
        }
    }
}

/// Says that users whom the import has created need no row.
fn gone(text: &mut String, number: u64) {
    if number > 0 {
        let _ = writeln!(
            text,
            "  {number:>9}  {} created by this import, and removed since by a later import from \
             this computer",
            form(number, "user was", "users were")
        );
    }
}

fn memberships(text: &mut String, undo: &PreparedUndo) {
    let number = |of: fn(&UndoRow) -> usize| undo.plan.rows.iter().map(of).sum::<usize>() as u64;
    let kinds = [
        (number(|row| row.remove_groups.len()), "membership to remove", "memberships to remove"),
        (
            number(|row| row.add_groups.len() + row.groups.len()),
            "membership to add again",
            "memberships to add again",
        ),
    ];
    for (number, one, several) in kinds.into_iter().filter(|(number, ..)| *number > 0) {
        let _ = writeln!(text, "  {number:>9}  {}", form(number, one, several));
    }
}

fn refused(text: &mut String, undo: &PreparedUndo) {
    let all = &undo.plan.refused;
    if all.is_empty() {
        return;
    }
    text.push_str("Not taken back\n");
    for NotUndone { who, rows, why, .. } in all.iter().take(MOST) {
        let rows = match rows.is_empty() {
            true => String::new(),
            false => rows_in_words(rows, &undo.files),
        };
        let who = match (who.is_empty(), rows.is_empty()) {
            (true, _) => rows,
            (_, true) => who.clone(),
            _ => format!("{who} ({rows})"),
        };
        let _ = writeln!(text, "  {}: {}", visible(&who), visible(why));
    }
    if all.len() > MOST {
        let _ = writeln!(text, "  and {} more: --json has all", all.len() - MOST);
    }
}

/// Describes rows: `row 3`, `rows 3, 5 of staff.csv`.
fn rows_in_words(rows: &[DoneRow], files: &[String]) -> String {
    let numbers: Vec<String> = rows.iter().take(MOST).map(|row| row.row.to_string()).collect();
    let noun = form(rows.len() as u64, "row", "rows");
    let more = if rows.len() > MOST { " …" } else { "" };
    let file = rows.first().and_then(|row| files.get(row.file)).filter(|_| files.len() > 1);
    let file = file.map_or_else(String::new, |file| format!(" of {file}"));
    format!("{noun} {}{more}{file}", numbers.join(", "))
}

/// Returns up to ten names.
fn named<'n>(names: impl Iterator<Item = &'n str>, all: usize) -> String {
    let shown: Vec<String> = names.take(MOST).map(|name| visible(name).into_owned()).collect();
    let more = match all.saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}

/// Returns the plan as JSON.
pub(super) fn plan_json(undo: &PreparedUndo, file: Option<&Path>) -> Value {
    let rows: Vec<Value> = undo.plan.rows.iter().map(|row| row_json(row, undo)).collect();
    let refused: Vec<Value> = undo
        .plan
        .refused
        .iter()
        .map(|NotUndone { who, rows, code, why }| {
            json!({
                "who": who,
                "rows": rows_json(rows, undo),
                "code": code,
                "why": why,
            })
        })
        .collect();
    json!({
        "organization": undo.organization,
        "host": undo.host,
        "files": undo.files,
        "finished": undo.finished,
        "baseline": undo.baseline,
        "doubt": undo.doubts.first(),
        "doubts": undo.doubts,
        "unknown_rows": undo.unknown,
        "file": file,
        "actions": undo.plan.actions(),
        "rows": rows,
        "not_undone": refused,
    })
}

fn row_json(row: &UndoRow, undo: &PreparedUndo) -> Value {
    json!({
        "action": row.action,
        "who": row.who(),
        "rows": rows_json(&row.of, undo),
        "why": row.why,
    })
}

fn rows_json(rows: &[DoneRow], undo: &PreparedUndo) -> Vec<Value> {
    let one = |row: &DoneRow| json!({ "file": undo.files.get(row.file), "row": row.row });
    rows.iter().map(one).collect()
}
