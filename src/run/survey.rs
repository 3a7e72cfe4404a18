//! The first reading of a table: what every row means, kept as a plan and not as rows.

use super::guard::{Protected, deletes, deletes_account, removes};
use crate::change::{self, Change, Rules, problems_text};
use crate::plan::{Claims, ClaimsBuilder, Key, Plan, Shape, Sighting, Survey, claimed_names};
use crate::table::{Block, MAX_RECORD, Place, RowBuffer, Table};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashSet};
use std::io;

/// A table and how its rows are to be understood.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'t> {
    /// The table.
    pub table: &'t Table,
    /// How its rows are read.
    pub rules: &'t Rules,
    /// Names that no row may delete.
    pub protected: &'t Protected,
    /// Only these rows count.
    pub range: Option<&'t RowRange>,
}

/// Why a row cannot be sent: code and message as in the results file.
pub type Refusal = (String, String);

impl<'t> Reading<'t> {
    /// What row `index` of a block means, or everything that is wrong with it. `None`: the row is not asked for.
    pub fn examine<'b>(&self, block: &'b Block, index: usize, buffer: &'b mut RowBuffer) -> Option<Result<Change<'b>, Refusal>> {
        let row = block.first_row + index as u64;
        self.range.is_none_or(|range| range.contains(row + 1)).then(|| examine(self, block, index, buffer))
    }

    /// Reads a row again that has been examined before and was fine.
    pub(super) fn change<'b>(&self, (offset, len): (u64, u64), buffer: &'b mut RowBuffer) -> io::Result<Change<'b>> {
        let changed = |what: &str| io::Error::other(format!("{}: the file changed while it was being read ({what})", self.table.name()));
        // Blank lines may follow before the next row begins: the row itself is never longer than this.
        let len = u32::try_from(len.min(MAX_RECORD as u64)).unwrap_or(u32::MAX);
        let cells = self.table.read_row(Place { offset, len }, buffer)?.map_err(|fault| changed(&fault.to_string()))?;
        change::read(&cells, self.rules).map_err(|problems| changed(&problems_text(&problems).1))
    }
}

/// What row `index` of a block means, or everything that is wrong with it.
pub(super) fn examine<'b>(reading: &Reading<'_>, block: &'b Block, index: usize, buffer: &'b mut RowBuffer) -> Result<Change<'b>, Refusal> {
    let cells = block.cells(index, buffer).map_err(|fault| (format!("invalid.row.{}", fault.reason()), fault.to_string()))?;
    let change = change::read(&cells, reading.rules).map_err(|problems| problems_text(&problems))?;
    match reading.protected.objection(&change) {
        Some(problem) => Err(problems_text(&[problem])),
        None => Ok(change),
    }
}

/// Which rows a run is about: `1-20`, `7`, `1-5,9`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowRange(Vec<(u64, u64)>);

impl RowRange {
    /// Is the data row (from 1) among them?
    pub fn contains(&self, row: u64) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&row))
    }
}

impl std::str::FromStr for RowRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let part = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let first = first.trim().parse::<u64>().ok()?;
            let last = if last.trim().is_empty() { u64::MAX } else { last.trim().parse().ok()? };
            (first >= 1 && first <= last).then_some((first, last))
        };
        let parts: Option<Vec<_>> = text.split(',').map(part).collect();
        parts.map(Self).ok_or_else(|| format!("`{text}` names no rows: write 1-20, or 7, or 1-5,9; rows count from 1"))
    }
}

/// How many rows do what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows of the table.
    pub rows: u64,
    /// Rows that can be sent.
    pub sendable: u64,
    /// Rows that are wrong.
    pub invalid: u64,
    /// Rows that delete a user, a group or all memberships.
    pub deletes: u64,
    /// Those of them that delete an account with its files.
    pub account_deletes: u64,
    /// Rows that take memberships away.
    pub removals: u64,
    /// Rows by the code of their first problem.
    pub problems: BTreeMap<String, u64>,
    /// The first few wrong rows.
    pub examples: Vec<Example>,
}

/// A wrong row, for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Data row, from 1.
    pub row: u64,
    /// Line in the file where it begins, from 1.
    pub line: u64,
    /// The first problem.
    pub code: String,
    /// All problems.
    pub message: String,
}

impl Tally {
    /// Wrong rows that are kept for showing.
    const EXAMPLES: usize = 5;

    pub(crate) fn take_change(&mut self, change: &Change<'_>) {
        self.rows += 1;
        self.sendable += 1;
        self.deletes += u64::from(deletes(change));
        self.account_deletes += u64::from(deletes_account(change));
        self.removals += u64::from(removes(change));
    }

    pub(crate) fn take_problem(&mut self, row: u64, line: u64, (code, message): Refusal) {
        self.rows += 1;
        self.invalid += 1;
        *self.problems.entry(code.clone()).or_default() += 1;
        if self.examples.len() < Self::EXAMPLES {
            self.examples.push(Example { row, line, code, message });
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.sendable += other.sendable;
        self.invalid += other.invalid;
        self.deletes += other.deletes;
        self.account_deletes += other.account_deletes;
        self.removals += other.removals;
        for (code, rows) in other.problems {
            *self.problems.entry(code).or_default() += rows;
        }
        let room = Self::EXAMPLES - self.examples.len();
        self.examples.extend(other.examples.into_iter().take(room));
    }
}

/// What the first reading gives.
#[derive(Debug)]
pub struct Surveyed {
    /// The order of everything.
    pub plan: Plan,
    /// How many rows do what.
    pub tally: Tally,
}

/// Why a table could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// Reading failed.
    #[error("{0}: reading stopped: {1}")]
    Io(String, io::Error),
    /// More rows than can be counted.
    #[error("{0}: more than {max} rows: cut the file into several", max = u32::MAX - 1)]
    TooManyRows(String),
}

/// Reads the table once (twice, where rows wait for groups that other rows create, rename or delete) and plans it.
pub fn survey(reading: &Reading<'_>) -> Result<Surveyed, SurveyError> {
    let mut survey = Survey::default();
    let mut tally = Tally::default();
    let mut claims = ClaimsBuilder::default();
    each_block(
        reading.table,
        |block| sight(reading, &block),
        |seen: Seen| {
            make_room(&mut survey, &seen, reading.table.len_bytes());
            for sighting in seen.sightings {
                survey.push(sighting);
            }
            survey.set_end(seen.end);
            tally.add(seen.tally);
            for (row, names) in seen.events {
                claims.event(row, names);
            }
            if survey.len() < u32::MAX as usize { Ok(()) } else { Err(SurveyError::TooManyRows(reading.table.name().to_owned())) }
        },
    )?;
    let contested = claims.contested();
    let claims = if contested.is_empty() { Claims::default() } else { claim(reading, claims, &contested)? };
    Ok(Surveyed { plan: Plan::new(survey, claims), tally })
}

/// What one block has shown.
struct Seen {
    sightings: Vec<Sighting>,
    end: u64,
    tally: Tally,
    events: Vec<(u32, Vec<Key>)>,
}

fn sight(reading: &Reading<'_>, block: &Block) -> Seen {
    let mut buffer = RowBuffer::default();
    let mut seen = Seen { sightings: Vec::with_capacity(block.len()), end: 0, tally: Tally::default(), events: Vec::new() };
    for index in 0..block.len() {
        let frame = block.frame(index);
        let row = block.first_row + index as u64;
        let mut sighting = Sighting { place: frame.offset, shape: Shape::UNSENT, key: None, alias: None };
        match reading.examine(block, index, &mut buffer) {
            Some(Ok(change)) => {
                seen.tally.take_change(&change);
                sighting.shape = Shape::of(&change);
                sighting.key = Some(Key::of(&change));
                sighting.alias = Key::alias(&change);
                if let Some(names) = event_names(&change) {
                    seen.events.push((u32::try_from(row).unwrap_or(u32::MAX), names));
                }
            }
            Some(Err(refusal)) => seen.tally.take_problem(row + 1, frame.line, refusal),
            None => seen.tally.rows += 1,
        }
        seen.sightings.push(sighting);
        seen.end = frame.offset + frame.len;
    }
    seen
}

/// The names that mean something else after this row; `None` for most rows.
fn event_names(change: &Change<'_>) -> Option<Vec<Key>> {
    let Change::Group(group) = change else { return None };
    let mut names = crate::plan::names(change);
    if group.create.is_some() || group.delete || group.update.as_ref().is_some_and(|update| update.name.is_some()) {
        names.push(Key::of(change));
        names.extend(Key::alias(change));
    }
    (!names.is_empty()).then_some(names)
}

/// Second reading: who speaks of the names of these events?
fn claim(reading: &Reading<'_>, mut claims: ClaimsBuilder, contested: &HashSet<Key>) -> Result<Claims, SurveyError> {
    each_block(
        reading.table,
        |block: Block| {
            let mut buffer = RowBuffer::default();
            let mut found = Vec::new();
            for index in 0..block.len() {
                if let Some(Ok(change)) = reading.examine(&block, index, &mut buffer) {
                    let mut names = claimed_names(&change);
                    names.retain(|name| contested.contains(name));
                    if !names.is_empty() {
                        found.push((u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX), names));
                    }
                }
            }
            found
        },
        |found| {
            for (row, names) in found {
                claims.speaks(row, &names);
            }
            Ok(())
        },
    )?;
    Ok(claims.finish())
}

/// Blocks that are worked on at once.
const BLOCKS_AT_ONCE: usize = 4;

/// Reads the table's blocks in order, works on several at once, and hands on what they gave in order.
///
/// # Errors
/// When reading fails, and what `take` gives.
pub fn each_block<T: Send>(
    table: &Table,
    work: impl Fn(Block) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), SurveyError> + Send,
) -> Result<(), SurveyError> {
    let mut blocks = table.blocks();
    let mut next = move || {
        let batch = blocks.by_ref().take(BLOCKS_AT_ONCE).collect::<io::Result<Vec<_>>>();
        batch.map_err(|error| SurveyError::Io(table.name().to_owned(), error))
    };
    let mut batch = next()?;
    let mut done: Vec<T> = Vec::new();
    while !batch.is_empty() {
        // While some blocks are worked on, the ones before are handed on and the ones after are read.
        let (given, read) = rayon::join(
            || batch.into_par_iter().map(&work).collect::<Vec<T>>(),
            || done.into_iter().try_for_each(&mut take).and_then(|()| next()),
        );
        done = given;
        batch = read?;
    }
    done.into_iter().try_for_each(take)
}

/// Makes room for all rows at once, judged by the first ones: growing by doubling would need twice the memory.
fn make_room(survey: &mut Survey, seen: &Seen, len_bytes: u64) {
    let rows = seen.sightings.len();
    if survey.len() + rows <= survey.capacity() || rows == 0 {
        return;
    }
    let so_far = survey.len() + rows;
    let bytes_a_row = seen.end / so_far as u64 + 1;
    let ahead = usize::try_from(len_bytes.saturating_sub(seen.end) / bytes_a_row).unwrap_or(0);
    survey.reserve(rows + ahead + ahead / 32 + 1024);
}
