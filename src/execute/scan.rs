//! The scan: the first reading of a table. It keeps what every row means as a plan, and not as
//! rows.

use super::block_findings::BlockFindings;
use super::conflicts::{Conflicts, Names, Repeated};
use super::described_users::DescribedUsers;
use super::each_row::each_row;
use super::group_uses::{BlockUses, GroupGatherer};
use super::referenced_names::{all_referenced_names, listed_names};
use crate::change::Change;
use crate::organization::{HashedName, Organization, RenamePair};
use crate::plan::{
    Dependencies, DependenciesBuilder, Key, Plan, PlanBuilder, RowEntry, RowFootprint,
};
use crate::reconcile::{
    Assertions, ConflictBuilder, ConflictIndex, Mentioned, Mentions, Preview, RepeatedKeys,
    only_user, steps,
};
use crate::table::{Block, Cells, Field, InputDialect, RowBuffer, each_block, rows_ahead};
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
    Ok((Scan { plan, counts, conflicts: None, described: DescribedUsers::default() }, repeated))
}

/// The result of one block.
struct BlockScan {
    entries: Vec<RowEntry>,
    end: u64,
    counts: RowCounts,
    names: Names,
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
            Some(Err(skip)) => seen.counts.add_skip(row + 1, frame.line, skip),
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

/// Finds the conflicts between rows of the files of a run, in addition to what a list of the
/// organization shows. Looks at the names in the files once. Only if some repeat, it finds out what
/// their rows mean, and reads the files twice more.
///
/// # Errors
/// When a file cannot be read.
pub fn conflict_index(
    files: &[InputRows<'_>],
    organization: &Organization,
) -> Result<ConflictIndex, ScanError> {
    let user_of =
        |rows: &InputRows<'_>, cells: &Cells<'_>| only_user(cells, rows.rules, organization);
    let is_about = |keys: &RepeatedKeys, rows: &InputRows<'_>, cells: &Cells<'_>| {
        user_of(rows, cells).is_none_or(|user| keys.concern(user))
    };
    let add_mentions = |change: &Change<'_>, found: &mut Vec<Mentioned>| {
        Mentioned::each_of(change, organization, |mentioned| found.push(mentioned));
    };
    // A row that cannot be understood counts here as well.
    let perhaps = repeated(files, |rows, row, cells, found| match user_of(rows, cells) {
        Some(user) => found.push(Mentioned::user(user)),
        None => rows.requested(row, cells).iter().for_each(|change| add_mentions(change, found)),
    })?;
    let mut conflicts = ConflictBuilder::default();
    if perhaps.is_empty() {
        return Ok(conflicts.finish(perhaps));
    }
    let repeated = repeated(files, |rows, row, cells, found| {
        if is_about(&perhaps, rows, cells) {
            rows.requested(row, cells).iter().for_each(|change| add_mentions(change, found));
        }
    })?;
    each_cells(
        files,
        |rows, row, cells, found| {
            if is_about(&repeated, rows, cells) {
                let change = rows.requested(row, cells).ok();
                found.extend(change.map(|change| Assertions::of(&change, &repeated, organization)));
            }
        },
        |asks| conflicts.add(asks),
    )?;
    Ok(conflicts.finish(repeated))
}

/// Returns what several rows name, of what `look` finds in each row.
fn repeated(
    files: &[InputRows<'_>],
    visit: impl Fn(&InputRows<'_>, u64, &Cells<'_>, &mut Vec<Mentioned>) + Sync,
) -> Result<RepeatedKeys, ScanError> {
    let mut mentions = Mentions::default();
    each_cells(files, visit, |mentioned| mentions.add(mentioned))?;
    Ok(mentions.repeated())
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
    let files: Vec<InputRows<'_>> = files.iter().copied().filter(may_rename).collect();
    let mut all = HashSet::new();
    each_understood(
        &files,
        |change| {
            let is_absent = match change {
                Change::User(user) => organization.user(user.user_ref()).is_none(),
                Change::Group(group) => organization.group(&group.group).is_none(),
            };
            RenamePair::of(change).filter(|_| is_absent)
        },
        |pair| all.extend(pair.map(|pair| pair.new)),
    )?;
    Ok(all)
}

/// Passes the rows of the files that are asked for, from 0, and their cells to `look`, on several
/// threads, and what it finds to `take`, in order.
fn each_cells<T: Send>(
    files: &[InputRows<'_>],
    visit: impl Fn(&InputRows<'_>, u64, &Cells<'_>, &mut Vec<T>) + Sync,
    mut take: impl FnMut(T) + Send,
) -> Result<(), ScanError> {
    for input_rows in files {
        each_row(
            input_rows.table,
            |block, index, buffer, found| {
                let row = block.first_row + index as u64;
                if input_rows.asks_for(row)
                    && let Ok(cells) = block.cells(index, buffer)
                {
                    visit(input_rows, row, &cells, found);
                }
            },
            &mut take,
        )?;
    }
    Ok(())
}

/// Passes what the rows of the files ask for to `look`, on several threads, and the results to
/// `take`, in order. This includes rows with problems that disappear if the organization already
/// matches.
fn each_understood<T: Send>(
    files: &[InputRows<'_>],
    visit: impl Fn(&Change<'_>) -> T + Sync,
    take: impl FnMut(T) + Send,
) -> Result<(), ScanError> {
    each_cells(
        files,
        |rows, row, cells, found| {
            found.extend(rows.requested(row, cells).ok().map(|change| visit(&change)));
        },
        take,
    )
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
