//! The users in rows that have no effect: they keep their groups, whatever other rows say.

use super::input_rows::InputRows;
use super::kept_effect::{gives_way, keeps_effect};
use super::referenced_users::{Extent, Mention, each_named, first_reading, names_nobody, take};
use super::scan::Scan;
use super::skip::Skip;
use super::skipped_names::NamelessRows;
use crate::change::{Change, each_needed_group};
use crate::organization::{OrgUser, Organization};
use crate::reconcile::{FirstReading, ReferencedUsers};
use crate::table::{Block, RowBuffer};
use std::collections::HashSet;
use std::io;
use std::slice;

/// The users in rows that are invalid, skipped or outside `--rows`: such a row has no other effect.
#[derive(Debug, Default)]
pub(crate) struct IgnoredRows {
    /// The numbers of the users.
    pub people: HashSet<u32>,
    /// Rows that cannot be read or compared with all users, and so may name anybody.
    pub unreadable: u64,
    /// Skipped rows that may name anybody.
    pub nameless: NamelessRows,
}

/// Finds the rows that have no effect, according to the problems in their cells, or because nobody
/// has their names. `readings` are what the first reading for that purpose has shown about the
/// files; none if all rows are to be read.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn ignored_rows(
    files: &[InputRows<'_>],
    organization: &Organization,
    readings: &[FirstReading],
) -> io::Result<IgnoredRows> {
    let doubtful = |place: usize, input_rows: &InputRows<'_>| {
        let reading = readings.get(place).filter(|_| input_rows.range.is_none())?;
        reading.exact().map(|exact| exact.without_effect.clone())
    };
    ignored(files, organization, doubtful, |input_rows, block, index| {
        input_rows
            .requested_change(block, index, &mut RowBuffer::default())
            .is_some_and(|requested| may_have_effect(&requested, organization))
    })
}

/// Whether a row that asks for this may have an effect: its problems disappear if the organization
/// already matches the row, and somebody has its names.
pub(super) fn may_have_effect(
    requested: &Result<Change<'_>, Skip>,
    organization: &Organization,
) -> bool {
    match requested {
        Ok(change) => !names_nobody(change, organization),
        Err(skip) => gives_way(skip),
    }
}

/// Finds the rows that have no effect after all checks, including those of groups: a row counts
/// only if it is sent or matches the list, and if the groups that it names are known to exist.
/// `scan` is that of the only file, if it was scanned after the checks.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn ignored_after_checks(
    files: &[InputRows<'_>],
    organization: &Organization,
    scan: Option<&Scan>,
) -> io::Result<IgnoredRows> {
    let doubtful = |_, input_rows: &InputRows<'_>| doubtful_rows(input_rows, organization, scan?);
    ignored(files, organization, doubtful, |input_rows, block, index| {
        match input_rows.evaluate_detailed(block, index, &mut RowBuffer::default()) {
            Some(Ok(change)) => {
                !names_unchecked_group(input_rows, &change) && !names_nobody(&change, organization)
            }
            Some(Err(skip)) => keeps_effect(&skip),
            None => false,
        }
    })
}

/// Returns the rows, from 0, that may have no effect after the checks that a scan has made, which
/// knew less about who keeps groups: those without effect there, and those that name others than
/// listed users. `None`: any row may have none.
fn doubtful_rows(
    input_rows: &InputRows<'_>,
    organization: &Organization,
    scan: &Scan,
) -> Option<Vec<u32>> {
    let reading = first_reading(input_rows, organization)?;
    let has_all = input_rows.range.is_none() && input_rows.presence.is_none();
    // A row that takes away does more while groups are removed from its user.
    let mut rows = (has_all && !reading.takes_away()).then(|| scan.without_effect.clone())?;
    rows.extend(reading.others());
    rows.sort_unstable();
    Some(rows)
}

/// Whether a change names a group about which the server did not answer.
fn names_unchecked_group(input_rows: &InputRows<'_>, change: &Change<'_>) -> bool {
    let Some(presence) = input_rows.presence else { return false };
    let mut found = false;
    each_needed_group(change, |name, _| found |= presence.is_unchecked(name));
    found
}

/// Finds the users in the rows that do not count. `doubtful` returns the rows of a file, from 0 and
/// ascending, that may not count; `None` if it may be any row.
fn ignored(
    files: &[InputRows<'_>],
    organization: &Organization,
    doubtful: impl Fn(usize, &InputRows<'_>) -> Option<Vec<u32>>,
    counts: impl Fn(&InputRows<'_>, &Block, usize) -> bool + Sync,
) -> io::Result<IgnoredRows> {
    let (mut referenced, mut unreadable) = (ReferencedUsers::new(organization), 0);
    let mut nameless = NamelessRows::default();
    for (place, input_rows) in files.iter().enumerate() {
        let doubtful = doubtful(place, input_rows);
        if doubtful.as_ref().is_some_and(Vec::is_empty) {
            continue;
        }
        let is_doubtful = |row: u64| {
            let row = u32::try_from(row).unwrap_or(u32::MAX);
            doubtful.as_ref().is_none_or(|rows| rows.binary_search(&row).is_ok())
        };
        let extent = |input_rows: &InputRows<'_>, block: &Block, index: usize| {
            if !is_doubtful(block.first_row + index as u64) || counts(input_rows, block, index) {
                return Extent::Nobody;
            }
            match is_skipped(input_rows, block, index) {
                true => Extent::Names,
                false => Extent::NearlyNames,
            }
        };
        each_named(slice::from_ref(input_rows), organization, extent, |mention| match mention {
            Mention::Unreadable => unreadable += 1,
            Mention::Nameless(place) => nameless.add(place),
            mention => take(&mut referenced, &mention),
        })?;
    }
    unreadable += referenced.take_unclear();
    let people = organization
        .people()
        .filter(|person| referenced.has(*person))
        .map(OrgUser::number)
        .collect();
    Ok(IgnoredRows { people, unreadable, nameless })
}

/// Whether a row has no problem and is outside `--rows`.
fn is_skipped(input_rows: &InputRows<'_>, block: &Block, index: usize) -> bool {
    let all_rows = InputRows { range: None, ..*input_rows };
    let mut buffer = RowBuffer::default();
    !input_rows.asks_for(block.first_row + index as u64)
        && matches!(all_rows.requested_change(block, index, &mut buffer), Some(Ok(_)))
}
