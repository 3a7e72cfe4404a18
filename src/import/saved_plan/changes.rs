//! Compares what an import would do with a saved plan, row by row. If anything differs, it says
//! what, and nothing is sent.

use super::error::{PlanChanged, SavedPlanError};
use super::meanwhile::changed_people;
use super::plan::{SavedFile, SavedPlan};
use crate::change::same_name;
use crate::clock::{wall_clock, with_wall_clock};
use crate::execute::{RowDigest, RowView, row_digests, row_views};
use crate::import::baseline::LoadedBaseline;
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::file_run::FileRun;
use crate::import::groups::CheckedGroups;
use crate::import::missing::MissingPerson;
use crate::import::reporter::ImportReporter;
use crate::import::session::ImportSession;
use crate::number::{count, count_thousands};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The most rows of a file, and the most people, that are named.
const NAMED: usize = 20;

/// Refuses a plan for another organization.
pub(crate) fn check_place(config: &ImportConfig) -> Result<(), ImportError> {
    let Some(plan) = &config.saved_plan else { return Ok(()) };
    let (own, own_host) = Connection::place(&config.connect.access)?;
    if (&own, &own_host) == (&plan.organization, &plan.host) {
        return Ok(());
    }
    let (planned, planned_host) = (plan.organization.clone(), plan.host.clone());
    Err(SavedPlanError::OtherOrganization { planned, planned_host, own, own_host }.into())
}

/// Refuses an import that would do something else than was planned: with its rows, or with the
/// groups that are created first. The rows of a run that goes on or is only shown were compared
/// when it began.
pub(crate) fn check_rows(
    session: ImportSession<'_>,
    runs: &[FileRun],
    list: Option<&LoadedBaseline>,
    groups: &CheckedGroups,
) -> Result<(), ImportError> {
    let ImportSession { config, reporter, .. } = session;
    let Some(plan) = &config.saved_plan else { return Ok(()) };
    let mut all = plan.unchanged();
    for (saved, run) in plan.files.iter().zip(runs) {
        if run.input.noted.is_none() {
            compare_file(saved, run, &mut all, reporter)?;
        }
    }
    if !groups.is_continued {
        all.groups = compare_groups(&plan.creates, &groups.create, reporter);
    }
    if all.rows > 0 {
        let now = list.map(|list| list.organization.as_of());
        if let (Some(then), Some(now)) = (&plan.list, now)
            && *then != now
        {
            let words = format!("note: planned with {then}; now compared with {now}");
            reporter.say(&with_wall_clock(&words));
        }
    } else if all.files.is_empty() {
        let changed = changed_people(session, plan, runs, list)?;
        all.changed = changed.len() as u64;
        say_first(&changed, "person", reporter);
    }
    all.check()
}

/// Says which groups are created first on one side only, and returns how many these are.
fn compare_groups(then: &[String], now: &[String], reporter: &dyn ImportReporter) -> u64 {
    let lacks = |all: &[String], name: &String| !all.iter().any(|other| same_name(other, name));
    let new = now.iter().filter(|name| lacks(then, name));
    let gone = then.iter().filter(|name| lacks(now, name));
    let lines: Vec<String> = new
        .map(|name| format!("group `{name}`: not planned; now: create it first"))
        .chain(
            gone.map(|name| format!("group `{name}`: planned: create it first; now: not created")),
        )
        .collect();
    say_first(&lines, "group", reporter);
    lines.len() as u64
}

/// Says the first of these lines, and how many more there are.
fn say_first(lines: &[String], of: &str, reporter: &dyn ImportReporter) {
    lines.iter().take(NAMED).for_each(|line| reporter.say(line));
    if let Some(more) = lines.len().checked_sub(NAMED).filter(|more| *more > 0) {
        reporter.say(&format!("and {} more", count_thousands(more as u64, of)));
    }
}

impl SavedPlan {
    /// Returns the finding that nothing has changed.
    fn unchanged(&self) -> PlanChanged {
        PlanChanged { at: wall_clock(self.at, "%a %d %b %H:%M"), ..PlanChanged::default() }
    }
}

impl PlanChanged {
    fn check(self) -> Result<(), ImportError> {
        match self.is_nothing() {
            true => Ok(()),
            false => Err(self.into()),
        }
    }
}

/// Says which rows of a file would do something else.
fn compare_file(
    saved: &SavedFile,
    run: &FileRun,
    all: &mut PlanChanged,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    let input_rows = run.input.input_rows();
    let name = run.input.table.name();
    let now = row_digests(&input_rows)?;
    let differing = match saved.content == run.input.table.fingerprint()? {
        true => same_rows(&saved.rows, &now),
        false => {
            all.files.push(name.to_owned());
            reporter.say(&format!(
                "{} has changed since the plan was saved: {} then, {} now",
                name,
                count(saved.rows.len() as u64, "row"),
                count(now.len() as u64, "row")
            ));
            other_rows(&saved.rows, &now)
        }
    };
    let named: BTreeSet<u32> =
        differing.iter().take(NAMED).filter_map(DifferingRow::row_now).collect();
    let views = row_views(&input_rows, &named)?;
    for row in differing.iter().take(NAMED) {
        reporter.say(&format!("{name}, {}", row.words(saved, &views)));
    }
    if let Some(more) = differing.len().checked_sub(NAMED).filter(|more| *more > 0) {
        reporter.say(&format!("{name}: and {} more", count_thousands(more as u64, "row")));
    }
    all.rows += differing.len() as u64;
    Ok(())
}

/// A row about which something else is decided.
enum DifferingRow {
    /// A row of the same file.
    Same { row: u32, then: RowDigest },
    /// A row that is sent now, in a file that has changed. The plan has no row that does this.
    New(u32),
    /// A row of the plan, in a file that has changed. No row does this now.
    Gone(u32),
}

/// Returns the rows of an unchanged file about which something else is decided.
fn same_rows(saved: &[RowDigest], now: &[RowDigest]) -> Vec<DifferingRow> {
    let rows = 0..u32::try_from(saved.len().max(now.len())).unwrap_or(u32::MAX);
    let at =
        |all: &[RowDigest], row: u32| all.get(row as usize).copied().unwrap_or(RowDigest::NotAsked);
    rows.filter(|row| at(saved, *row) != at(now, *row))
        .map(|row| DifferingRow::Same { row, then: at(saved, row) })
        .collect()
}

/// Returns what is sent for rows of a changed file on one side only, wherever the rows are.
fn other_rows(saved: &[RowDigest], now: &[RowDigest]) -> Vec<DifferingRow> {
    let sent = |all: &[RowDigest]| -> Vec<(u32, u64)> {
        let hash = |(row, digest): (u32, &RowDigest)| match digest {
            RowDigest::Sent(hash) => Some((row, *hash)),
            RowDigest::NotAsked | RowDigest::Unsent(_) => None,
        };
        (0..).zip(all).filter_map(hash).collect()
    };
    let beside = |some: &[(u32, u64)], others: &[(u32, u64)]| -> Vec<u32> {
        let mut left: HashMap<u64, u64> = HashMap::new();
        for (_, hash) in others {
            *left.entry(*hash).or_default() += 1;
        }
        let mut is_alone = |hash: u64| match left.get_mut(&hash) {
            Some(number) if *number > 0 => {
                *number -= 1;
                false
            }
            _ => true,
        };
        some.iter().filter(|(_, hash)| is_alone(*hash)).map(|(row, _)| *row).collect()
    };
    let (then, now) = (sent(saved), sent(now));
    let new = beside(&now, &then).into_iter().map(DifferingRow::New);
    new.chain(beside(&then, &now).into_iter().map(DifferingRow::Gone)).collect()
}

impl DifferingRow {
    /// Returns its row in the file now.
    fn row_now(&self) -> Option<u32> {
        match self {
            Self::Same { row, .. } | Self::New(row) => Some(*row),
            Self::Gone(_) => None,
        }
    }

    fn words(&self, saved: &SavedFile, views: &BTreeMap<u32, RowView>) -> String {
        let place = |row: u32, view: Option<&RowView>| match view {
            Some(RowView { line, user, .. }) if !user.is_empty() => format!("line {line}, {user}"),
            Some(RowView { line, .. }) => format!("line {line}"),
            None => format!("row {}", u64::from(row) + 1),
        };
        let words = |view: Option<&RowView>| view.map(|view| view.words.clone());
        match self {
            Self::Same { row, then } => {
                let (was, is) = (saved.views.get(row), views.get(row));
                let planned = match then {
                    RowDigest::Sent(_) => words(was).unwrap_or_else(|| "another change".to_owned()),
                    RowDigest::Unsent(status) => status.name().to_owned(),
                    RowDigest::NotAsked => "not sent".to_owned(),
                };
                let now = words(is).unwrap_or_else(|| "not sent".to_owned());
                format!("{}: planned: {planned}; now: {now}", place(*row, is.or(was)))
            }
            Self::New(row) => {
                let is = views.get(row);
                let now = words(is).unwrap_or_else(|| "a change".to_owned());
                format!("{}: not planned; now: {now}", place(*row, is))
            }
            Self::Gone(row) => {
                let was = saved.views.get(row);
                let planned = words(was).unwrap_or_else(|| "a change".to_owned());
                let place = place(*row, was);
                format!("{place} of the planned file: planned: {planned}; now: no such row")
            }
        }
    }
}

/// Refuses an import to which other people are missing than was planned.
pub(crate) fn check_people(
    config: &ImportConfig,
    now: &[MissingPerson],
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    let Some(plan) = &config.saved_plan else { return Ok(()) };
    let then = plan.missing.as_deref().unwrap_or_default();
    // A name can be that of several accounts.
    let by_name = |all: &[MissingPerson]| -> BTreeMap<String, Vec<String>> {
        let name = |one: &MissingPerson| format!("{} ({})", one.user.to_lowercase(), one.account);
        all.iter().map(|one| (name(one), one.groups.clone())).collect()
    };
    let (was, is) = (by_name(then), by_name(now));
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let lines: Vec<String> = names
        .into_iter()
        .filter_map(|name| match (was.get(name), is.get(name)) {
            (None, _) => Some(format!("{name}: not planned as missing; missing now")),
            (_, None) => Some(format!("{name}: planned as missing; not missing now")),
            (Some(then), Some(now)) if then != now => Some(format!(
                "{name}, missing: planned: remove from {}; now: remove from {}",
                then.join(", "),
                now.join(", ")
            )),
            _ => None,
        })
        .collect();
    say_first(&lines, "person", reporter);
    PlanChanged { people: lines.len() as u64, ..plan.unchanged() }.check()
}
