//! The scan: the first reading of a table. It keeps what every row means as a plan, and not as
//! rows.

use super::block_findings::BlockFindings;
use super::conflicts::{Conflicts, Names, Repeated};
use super::described_users::DescribedUsers;
use super::each_row::each_row;
use super::group_uses::{BlockUses, GroupGatherer};
use super::kept_effect::keeps_effect;
use super::referenced_names::{all_referenced_names, listed_names};
use crate::change::Change;
use crate::organization::{HashedName, Organization, RenamePair};
use crate::plan::{
    Dependencies, DependenciesBuilder, Key, Plan, PlanBuilder, RowEntry, RowFootprint,
};
use crate::reconcile::{Preview, steps};
use crate::table::{Block, Field, InputDialect, RowBuffer, each_block, rows_ahead};
use std::collections::HashSet;

use super::input_rows::{InputRows, RequestedChange};
use super::row_counts::{RowCounts, losses};
use super::scan_error::ScanError;

/// The result of a scan.
#[derive(Debug)]
pub struct Scan {
    /// The plan of the rows.
    pub plan: Plan,
    /// The number of rows of each kind.
    pub counts: RowCounts,
    /// The conflicts between rows; `None` if they were known before the scan.
    pub conflicts: Option<Conflicts>,
    /// The users whom rows describe in full, while other rows do not.
    pub described: DescribedUsers,
    /// The rows, from 0, that do nothing, without being as the list shows it already. Rows outside
    /// `--rows` are not among them.
    pub(crate) without_effect: Vec<u32>,
}

/// Reads the table once and plans it. Reads it again if people are named twice, if rows conflict
/// with each other, or if rows wait for groups that other rows create, rename or delete.
pub fn scan(input_rows: &InputRows<'_>) -> Result<Scan, ScanError> {
    scan_gathering(input_rows, None)
}

/// Scans a table, and collects which groups its rows need.
///
/// # Errors
/// As [`scan()`].
pub(crate) fn scan_gathering(
    input_rows: &InputRows<'_>,
    groups: Option<&GroupGatherer>,
) -> Result<Scan, ScanError> {
    // Which rows describe a user in full depends on what is known by now.
    let input_rows = &InputRows { described: None, ..*input_rows };
    let (scanned, repeated) = read_once(input_rows, groups)?;
    let found = match input_rows.conflicts {
        Some(_) => None,
        None => Some(repeated.conflicts(input_rows)?),
    };
    let input_rows =
        &InputRows { conflicts: input_rows.conflicts.or(found.as_ref()), ..*input_rows };
    let described = DescribedUsers::find(input_rows, &scanned.counts)?;
    let scanned = if !described.is_empty() {
        drop(scanned);
        groups.into_iter().for_each(GroupGatherer::clear);
        read_once(&InputRows { described: Some(&described), ..*input_rows }, groups)?.0
    } else if found.as_ref().is_some_and(|conflicts| !conflicts.is_empty()) {
        drop(scanned);
        read_once(input_rows, None)?.0
    } else {
        scanned
    };
    Ok(Scan { conflicts: found, described, ..scanned })
}

/// Reads the table, plans it, and finds the names of people that repeat.
fn read_once(
    input_rows: &InputRows<'_>,
    groups: Option<&GroupGatherer>,
) -> Result<(Scan, Repeated), ScanError> {
    let mut builder = PlanBuilder::default();
    let mut names = Names::default();
    let mut counts = RowCounts::default();
    let mut dependencies = DependenciesBuilder::default();
    let mut without_effect = Vec::new();
    each_block(
        input_rows.table,
        |block| scan_block(input_rows, &block, groups.is_some().then(BlockUses::default)),
        |seen: BlockScan| {
            let room = make_room(&mut builder, &seen, input_rows.table.len_bytes());
            names.reserve(if input_rows.conflicts.is_some() { 0 } else { room });
            for entry in seen.entries {
                builder.push(entry);
            }
            builder.set_end(seen.end);
            counts.add(seen.counts);
            names.absorb(seen.names);
            without_effect.extend(seen.without_effect);
            for (row, names) in seen.events {
                dependencies.barrier(row, names);
            }
            groups.zip(seen.uses).into_iter().for_each(|(groups, uses)| groups.add(uses));
            if builder.len() < u32::MAX as usize {
                Ok(())
            } else {
                Err(ScanError::TooManyRows(input_rows.table.name().to_owned()))
            }
        },
    )?;
    // The plan needs the memory of the names.
    let repeated = names.repeated();
    let conflict_index = dependencies.tracked_names();
    let dependencies = if conflict_index.is_empty() {
        Dependencies::default()
    } else {
        add_references(input_rows, dependencies, &conflict_index)?
    };
    let plan = Plan::new(builder, dependencies);
    plan.repeated_creates().for_each(|word| counts.effects.take_back(word));
    let described = DescribedUsers::default();
    Ok((Scan { plan, counts, conflicts: None, described, without_effect }, repeated))
}

/// The result of one block.
struct BlockScan {
    entries: Vec<RowEntry>,
    end: u64,
    counts: RowCounts,
    names: Names,
    without_effect: Vec<u32>,
    events: Vec<(u32, Vec<Key>)>,
    uses: Option<BlockUses>,
}

impl RowEntry {
    /// Takes what the plan needs from a row that is sent.
    fn take(&mut self, requested: &RequestedChange<'_>, input_rows: &InputRows<'_>) {
        let RequestedChange { change, effect, not_there, .. } = requested;
        self.footprint = RowFootprint::of(change).knowing(*effect);
        if *not_there {
            self.footprint.set_absent();
        }
        self.key = Some(Key::of(change));
        let ([taken, username, other, email], [one, two]) =
            (Key::aliases(change), listed_names(change, input_rows));
        let aliases = [taken, username, other, email, one, two].into_iter().flatten();
        self.aliases.extend(aliases.filter(|alias| Some(*alias) != self.key));
    }
}

/// Scans the rows of a block.
fn scan_block(input_rows: &InputRows<'_>, block: &Block, mut uses: Option<BlockUses>) -> BlockScan {
    let all_rows = input_rows.of_whole_file();
    let (mut buffer, mut found) = (RowBuffer::default(), BlockFindings::default());
    let mut seen = BlockScan {
        entries: Vec::with_capacity(block.len()),
        end: 0,
        counts: RowCounts::default(),
        names: Names::default(),
        without_effect: Vec::new(),
        events: Vec::new(),
        uses: None,
    };
    for index in 0..block.len() {
        let frame = block.frame(index);
        let row = block.first_row + index as u64;
        let mut entry = RowEntry {
            place: frame.offset,
            footprint: RowFootprint::SKIPPED,
            key: None,
            aliases: Vec::new(),
        };
        let cells = block.cells(index, &mut buffer);
        if let Some(alike) = input_rows.meet(row, &cells, &mut found) {
            (entry.footprint, entry.key) = (alike.footprint(), Some(alike.key()));
            seen.entries.push(entry);
            continue;
        }
        match input_rows.evaluate_met((block, index), &cells, &mut found) {
            // Moving a change to another place would copy it.
            Some(Ok(ref requested)) => {
                let change = &requested.change;
                uses.iter_mut().for_each(|uses| uses.take(input_rows, (block, index), change));
                seen.counts.add_requested(requested);
                entry.take(requested, input_rows);
                if let Some(names) = event_names(change) {
                    seen.events.push((u32::try_from(row).unwrap_or(u32::MAX), names));
                }
            }
            Some(Err(skip)) => {
                if !keeps_effect(&skip) {
                    seen.without_effect.extend(u32::try_from(row));
                }
                seen.counts.add_skip(row + 1, frame.line, skip);
            }
            None => {
                seen.counts.rows += 1;
                // Deletions that are imported in portions are as many as at once: the guards count
                // all of them.
                if let Some(Ok(RequestedChange { change, .. })) =
                    all_rows.evaluate(block, index, &mut buffer)
                {
                    seen.counts.not_asked += losses(&change);
                }
            }
        }
        seen.entries.push(entry);
    }
    seen.end = block.end();
    found.alike.count(&mut seen.counts);
    seen.counts.countries = found.countries;
    BlockScan { uses, names: found.names, ..seen }
}

/// Returns the names that have another meaning after this row; `None` for most rows.
fn event_names(change: &Change<'_>) -> Option<Vec<Key>> {
    let Change::Group(group) = change else { return None };
    let mut names = crate::plan::names(change);
    if group.create.is_some()
        || group.delete
        || group.update.as_ref().is_some_and(|update| update.name.is_some())
    {
        names.push(Key::of(change));
        names.extend(Key::aliases(change).into_iter().flatten());
    }
    (!names.is_empty()).then_some(names)
}

/// Finds, in the second reading, the rows that name something with these events.
fn add_references(
    input_rows: &InputRows<'_>,
    mut dependencies: DependenciesBuilder,
    conflict_index: &HashSet<Key>,
) -> Result<Dependencies, ScanError> {
    each_block(
        input_rows.table,
        |block: Block| {
            let mut buffer = RowBuffer::default();
            let mut found = Vec::new();
            for index in 0..block.len() {
                if let Some(Ok(change)) = input_rows.evaluate_detailed(&block, index, &mut buffer) {
                    let mut names = all_referenced_names(&change, input_rows);
                    names.retain(|name| conflict_index.contains(name));
                    if !names.is_empty() {
                        found.push((
                            u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX),
                            names,
                        ));
                    }
                }
            }
            found
        },
        |found| {
            for (row, names) in found {
                dependencies.references(row, &names);
            }
            Ok::<_, ScanError>(())
        },
    )?;
    Ok(dependencies.finish())
}

/// Returns the new names of renames that may already be done: according to a list, nobody has the
/// old name, and a user has the new one.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn renames_perhaps_done(
    files: &[InputRows<'_>],
    organization: &Organization,
) -> Result<HashSet<HashedName>, ScanError> {
    let may_rename = |input_rows: &InputRows<'_>| {
        let table = input_rows.table;
        table.has(Field::NewEmail)
            || table.has(Field::NewUsername)
            || table.has(Field::NewName)
            || table.dialect() == InputDialect::UmapiCliUsersUpdate
    };
    let mut all = HashSet::new();
    for input_rows in files.iter().filter(|input_rows| may_rename(input_rows)) {
        each_row(
            input_rows.table,
            |block, index, buffer, found| {
                let Some(Ok(change)) = input_rows.requested_change(block, index, buffer) else {
                    return;
                };
                let is_absent = match &change {
                    Change::User(user) => organization.user(user.user_ref()).is_none(),
                    Change::Group(group) => organization.group(&group.group).is_none(),
                };
                found.extend(RenamePair::of(&change).filter(|_| is_absent));
            },
            |pair: RenamePair| _ = all.insert(pair.new),
        )?;
    }
    Ok(all)
}

/// Returns what a file with this plan would change in an organization. `None`: nothing is known
/// about it, and the names are those in the rows.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn preview(
    input_rows: &InputRows<'_>,
    plan: &Plan,
    organization: Option<&Organization>,
    mut all: Option<&mut Preview>,
) -> Result<Preview, ScanError> {
    let mut preview = Preview::default();
    each_block(
        input_rows.table,
        |block: Block| {
            let mut buffer = RowBuffer::default();
            let mut found = Vec::new();
            // Rows that are not sent change nothing, and most rows are of that kind.
            let row =
                |index: usize| u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            for index in (0..block.len()).filter(|index| plan.footprint(row(*index)).is_sent()) {
                if let Some(Ok(requested)) = input_rows.evaluate(&block, index, &mut buffer) {
                    let RequestedChange { change, effect, .. } = &requested;
                    found.push(steps(change, *effect, organization));
                }
            }
            found
        },
        |found| {
            for steps in found {
                if let Some(all) = &mut all {
                    all.take(steps.clone());
                }
                preview.take(steps);
            }
            Ok::<_, ScanError>(())
        },
    )?;
    organization.into_iter().for_each(|organization| preview.reckon(organization, all.as_deref()));
    Ok(preview)
}

/// Reserves memory for all rows at once, estimated from the first ones. Returns the number of rows.
fn make_room(builder: &mut PlanBuilder, seen: &BlockScan, len_bytes: u64) -> usize {
    let rows = seen.entries.len();
    if builder.len() + rows <= builder.capacity() || rows == 0 {
        return 0;
    }
    let room = rows + rows_ahead(builder.len() + rows, seen.end, len_bytes);
    builder.reserve(room);
    room
}
