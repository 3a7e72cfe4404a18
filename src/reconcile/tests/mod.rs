//! Tests of what a list and the other rows leave of a row. Rows are written as in a file.

mod applied;
mod conflicts;
mod left_users;
mod meant;
mod missing;
mod reduce_group;
mod reduce_user;

use super::{
    Assertions, Baseline, ConflictBuilder, ConflictIndex, Managed, Mentioned, Mentions,
    UncomparedRows, WhyUnchanged,
};
use crate::change::{Change, Memberships, Problem, Rules, Stated, read_all};
use crate::organization::{Coverage, NotedRenames, Organization};
use crate::table::{Cells, ReadOptions, RowBuffer, Table};
use crate::umapi::{ListedGroup, ListedUser};
use jiff::Timestamp;
use std::borrow::Cow;
use std::sync::Arc;

/// Returns Ann (in Design and Video) and Bob, who are in x.com, and Ada, who is an Adobe ID in
/// Design. All groups are known, including Empty, which has no members.
fn organization() -> Organization {
    let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
    for (email, username, first, last, identity, groups, id) in [
        ("ann@x.com", "ann1", "Ann", "Lee", "federatedID", &["Design", "Video"][..], "1"),
        ("bob@x.com", "bob1", "Bob", "Ray", "federatedID", &[], "2"),
        ("ada@y.com", "ada@y.com", "Ada", "Day", "adobeID", &["Design"], "3"),
    ] {
        all.add(&ListedUser {
            email: email.into(),
            username: username.into(),
            domain: if identity == "adobeID" { "".into() } else { "x.com".into() },
            firstname: first.into(),
            lastname: last.into(),
            country: "US".into(),
            identity: identity.into(),
            groups: groups.iter().map(|group| Cow::from(*group)).collect(),
            id: id.into(),
            status: "active".into(),
        });
    }
    all.add_group(&ListedGroup { name: "Empty".into(), ..ListedGroup::default() });
    all.coverage |= Coverage::ALL_GROUPS;
    all
}

/// Returns the organization after an import from this computer has done the rename in this row.
fn organization_after(rename: &str) -> Organization {
    let (all, mut noted) = (organization(), NotedRenames::default());
    each_row(rename, |_, rules, cells| {
        noted.take(&read_all(cells, rules).0.unwrap(), |_| true);
    });
    all.note_renames(noted);
    all
}

fn baseline() -> Baseline {
    Baseline::new(Arc::new(organization()))
}

/// Returns the baseline with the conflicts between the rows of this text.
fn baseline_of(text: &str) -> Baseline {
    let conflict_index = conflicts_of(text, &organization());
    Baseline { conflict_index: Arc::new(conflict_index), ..baseline() }
}

/// Returns the baseline with managed groups.
fn managing(patterns: &[&str]) -> Baseline {
    Baseline { managed: Some(Managed::new(patterns)), ..baseline() }
}

/// Passes each row of a file to `look`, in order.
fn each_row(text: &str, mut visit: impl FnMut(&Table, &Rules, &Cells<'_>)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, text).unwrap();
    let table = Table::open(&path, &ReadOptions::new(folder.path())).unwrap();
    let rules = Rules::new(table.dialect());
    let mut buffer = RowBuffer::default();
    for block in table.blocks() {
        let block = block.unwrap();
        for index in 0..block.len() {
            visit(&table, &rules, &block.cells(index, &mut buffer).unwrap());
        }
    }
}

/// Returns the conflicts between the rows of a file.
fn conflicts_of(text: &str, organization: &Organization) -> ConflictIndex {
    let mut mentions = Mentions::default();
    each_row(text, |_, rules, cells| {
        if let (Some(change), _) = read_all(cells, rules) {
            Mentioned::each_of(&change, organization, |mentioned| mentions.add(mentioned));
        }
    });
    let repeated = mentions.repeated();
    let mut builder = ConflictBuilder::default();
    each_row(text, |_, rules, cells| {
        if let (Some(change), _) = read_all(cells, rules) {
            builder.add(Assertions::of(&change, &repeated, organization));
        }
    });
    builder.finish(repeated)
}

/// The remainder of a row.
#[derive(Debug)]
struct Left {
    /// In words; empty if nothing remains.
    change: String,
    problems: Vec<String>,
    relies_on_absence: bool,
    is_nobody: bool,
    effect: String,
    remark: String,
}

/// Returns the remainder of the first row of a file.
fn left(baseline: &Baseline, text: &str) -> Left {
    let mut all = every_left(baseline, text);
    assert!(!all.is_empty(), "{text}");
    all.swap_remove(0)
}

/// Returns the remainder of each row of a file.
fn every_left(baseline: &Baseline, text: &str) -> Vec<Left> {
    let mut all = Vec::new();
    each_row(text, |table, rules, cells| {
        let (change, problems) = read_all(cells, rules);
        let found = baseline.reduce(change.unwrap(), &Stated::of(cells, table), problems);
        all.push(Left {
            change: found.change.as_ref().map(in_words).unwrap_or_default(),
            problems: found.problems.iter().map(Problem::code).collect(),
            relies_on_absence: found.relies_on_absence,
            is_nobody: found.why == WhyUnchanged::NotThere,
            effect: found.effect.to_string(),
            remark: found.remark,
        });
    });
    all
}

/// Describes a change: `ann@x.com: create, firstname=Ann, -Design, +Video, leave`.
fn in_words(change: &Change<'_>) -> String {
    let mut steps = Vec::new();
    let listed = |sign: char, names: &[Cow<'_, str>]| {
        names.iter().map(|name| format!("{sign}{name}")).collect::<Vec<_>>()
    };
    let name = match change {
        Change::User(user) => {
            steps.extend(user.create.as_ref().map(|_| "create".to_owned()));
            if let Some(update) = &user.update {
                for (field, value) in [
                    ("email", &update.email),
                    ("username", &update.username),
                    ("firstname", &update.firstname),
                    ("lastname", &update.lastname),
                ] {
                    steps.extend(value.as_ref().map(|value| format!("{field}={value}")));
                }
            }
            match &user.remove {
                Some(Memberships::All) => steps.push("-all".to_owned()),
                Some(Memberships::Named(names)) => steps.extend(listed('-', names)),
                None => {}
            }
            steps.extend(listed('+', &user.add));
            steps.extend(user.leave.map(|_| "leave".to_owned()));
            match &user.domain {
                Some(domain) => format!("{} in {domain}", user.user),
                None => user.user.to_string(),
            }
        }
        Change::Group(group) => {
            steps.extend(group.create.as_ref().map(|_| "create".to_owned()));
            if let Some(update) = &group.update {
                steps.extend(update.name.as_ref().map(|name| format!("name={name}")));
                steps.extend(update.description.as_ref().map(|text| format!("text={text}")));
            }
            steps.extend(listed('-', &group.remove_users));
            steps.extend(listed('-', &group.remove_profiles));
            steps.extend(listed('+', &group.add_users));
            steps.extend(listed('+', &group.add_profiles));
            steps.extend(group.delete.then(|| "delete".to_owned()));
            group.group.to_string()
        }
    };
    format!("{name}: {}", steps.join(", "))
}
