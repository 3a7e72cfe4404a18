//! The first reading of a table: what every row means, kept as a plan and not as rows.

use super::conflicts::{Conflicts, Names, Repeated};
use super::group_uses::{BlockUses, GroupGatherer};
use super::ties::{all_claimed_names, listed_names};
use crate::change::Change;
use crate::organization::{Contest, Contested, Mentions, Organization, Preview, steps};
use crate::plan::{Claims, ClaimsBuilder, Key, Plan, Shape, Sighting, Survey};
use crate::table::{Block, RowBuffer, each_block};
use std::collections::HashSet;
use std::io;

use super::reading::{Asked, Reading};
use super::tally::{Tally, losses};

/// What the first reading gives.
#[derive(Debug)]
pub struct Surveyed {
    /// The order of everything.
    pub plan: Plan,
    /// How many rows do what.
    pub tally: Tally,
    /// The rows that contradict each other; `None` where the reading knew them.
    pub conflicts: Option<Conflicts>,
}

/// Why a table could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// Reading failed; the error names the file.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// More rows than can be counted.
    #[error("{0}: more than {max} rows: cut the file into several", max = u32::MAX - 1)]
    TooManyRows(String),
}

/// Reads the table once and plans it; again, where people are named twice, where rows contradict each other, and where rows wait for groups
/// that other rows create, rename or delete.
pub fn survey(reading: &Reading<'_>) -> Result<Surveyed, SurveyError> {
    survey_gathering(reading, None)
}

/// The same, and gathers which groups the rows need.
///
/// # Errors
/// As [`survey()`].
pub fn survey_gathering(reading: &Reading<'_>, groups: Option<&GroupGatherer>) -> Result<Surveyed, SurveyError> {
    let (surveyed, repeated) = read_once(reading, groups)?;
    if reading.conflicts.is_some() {
        return Ok(surveyed);
    }
    let conflicts = repeated.conflicts(reading)?;
    let surveyed = if conflicts.is_empty() {
        surveyed
    } else {
        drop(surveyed);
        read_once(&Reading { conflicts: Some(&conflicts), ..*reading }, None)?.0
    };
    Ok(Surveyed { conflicts: Some(conflicts), ..surveyed })
}

/// Reads the table, plans it, and finds the names of people that repeat.
fn read_once(reading: &Reading<'_>, groups: Option<&GroupGatherer>) -> Result<(Surveyed, Repeated), SurveyError> {
    let mut survey = Survey::default();
    let mut names = Names::default();
    let mut tally = Tally::default();
    let mut claims = ClaimsBuilder::default();
    each_block(
        reading.table,
        |block| sight(reading, &block, groups),
        |seen: Seen| {
            let room = make_room(&mut survey, &seen, reading.table.len_bytes());
            names.reserve(if reading.conflicts.is_some() { 0 } else { room });
            for sighting in seen.sightings {
                survey.push(sighting);
            }
            survey.set_end(seen.end);
            tally.add(seen.tally);
            names.absorb(seen.names);
            for (row, names) in seen.events {
                claims.event(row, names);
            }
            if survey.len() < u32::MAX as usize { Ok(()) } else { Err(SurveyError::TooManyRows(reading.table.name().to_owned())) }
        },
    )?;
    // The plan needs the memory of the names.
    let repeated = names.repeated();
    let contested = claims.contested();
    let claims = if contested.is_empty() { Claims::default() } else { claim(reading, claims, &contested)? };
    let plan = Plan::new(survey, claims);
    plan.repeated_creates().for_each(|word| tally.effects.take_back(word));
    Ok((Surveyed { plan, tally, conflicts: None }, repeated))
}

/// What one block has shown.
struct Seen {
    sightings: Vec<Sighting>,
    end: u64,
    tally: Tally,
    names: Names,
    events: Vec<(u32, Vec<Key>)>,
}

fn sight(reading: &Reading<'_>, block: &Block, groups: Option<&GroupGatherer>) -> Seen {
    let mut uses = groups.map(|_| BlockUses::default());
    let all_rows = Reading { range: None, ..*reading };
    let mut buffer = RowBuffer::default();
    let mut seen =
        Seen { sightings: Vec::with_capacity(block.len()), end: 0, tally: Tally::default(), names: Names::default(), events: Vec::new() };
    for index in 0..block.len() {
        let frame = block.frame(index);
        let row = block.first_row + index as u64;
        let mut sighting = Sighting { place: frame.offset, shape: Shape::UNSENT, key: None, aliases: [None; 5] };
        match reading.look_at_naming(block, index, &mut buffer, &mut seen.names) {
            Some(Ok(Asked { change, relies_on_absence, effect, remark, not_there })) => {
                uses.iter_mut().for_each(|uses| uses.take(reading, (block, index), &change));
                seen.tally.take_change(&change);
                seen.tally.take_difference(effect, &remark);
                let expected = if not_there { effect.only_differences() } else { effect };
                seen.tally.effects.take_change(expected, &change);
                seen.tally.relies_on_absence += u64::from(relies_on_absence);
                sighting.shape = Shape::of(&change).knowing(effect);
                if not_there {
                    sighting.shape.set_absent();
                    seen.tally.take_stranger(&change);
                }
                sighting.key = Some(Key::of(&change));
                let ([taken, other, email], [one, two]) = (Key::aliases(&change), listed_names(&change, reading));
                sighting.aliases = [taken, other, email, one, two].map(|alias| alias.filter(|alias| Some(*alias) != sighting.key));
                if let Some(names) = event_names(&change) {
                    seen.events.push((u32::try_from(row).unwrap_or(u32::MAX), names));
                }
            }
            Some(Err(unsent)) => seen.tally.take_unsent(row + 1, frame.line, unsent),
            None => {
                seen.tally.rows += 1;
                // Deletions in portions are as many as at once: the guards count all of them.
                if let Some(Ok(Asked { change, .. })) = all_rows.look_at(block, index, &mut buffer) {
                    seen.tally.not_asked += losses(&change);
                }
            }
        }
        seen.sightings.push(sighting);
        seen.end = frame.offset + frame.len;
    }
    groups.zip(uses).into_iter().for_each(|(groups, uses)| groups.add(block, uses));
    seen
}

/// The names that mean something else after this row; `None` for most rows.
fn event_names(change: &Change<'_>) -> Option<Vec<Key>> {
    let Change::Group(group) = change else { return None };
    let mut names = crate::plan::names(change);
    if group.create.is_some() || group.delete || group.update.as_ref().is_some_and(|update| update.name.is_some()) {
        names.push(Key::of(change));
        names.extend(Key::aliases(change).into_iter().flatten());
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
                    let mut names = all_claimed_names(&change, reading);
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
            Ok::<_, SurveyError>(())
        },
    )?;
    Ok(claims.finish())
}

/// What the rows of the files of a run contest among themselves, beside what a list tells of the organization: they are read once, and where rows speak of
/// somebody several times, once more.
///
/// # Errors
/// When a file cannot be read.
pub fn contested(files: &[Reading<'_>], organization: &Organization) -> Result<Contested, SurveyError> {
    let mut mentions = Mentions::default();
    each_understood(files, |change| Mentions::of(change, organization), |found| mentions.add(found))?;
    let several = mentions.several();
    let mut contest = Contest::default();
    if !several.is_empty() {
        each_understood(files, |change| several.asks(change, organization), |asks| contest.add(asks))?;
    }
    Ok(contest.finish(several))
}

/// Hands what the rows of the files ask for to `look`, on several threads, and what that gives to `take`, in order; also rows in which something is wrong
/// only as long as nothing is known of the organization.
fn each_understood<T: Send>(
    files: &[Reading<'_>],
    look: impl Fn(&Change<'_>) -> T + Sync,
    mut take: impl FnMut(T) + Send,
) -> Result<(), SurveyError> {
    for reading in files {
        each_block(
            reading.table,
            |block: Block| {
                let mut buffer = RowBuffer::default();
                let mut found = Vec::with_capacity(block.len());
                for index in 0..block.len() {
                    if let Some(Ok(change)) = reading.intent(&block, index, &mut buffer) {
                        found.push(look(&change));
                    }
                }
                found
            },
            |found| {
                found.into_iter().for_each(&mut take);
                Ok::<_, SurveyError>(())
            },
        )?;
    }
    Ok(())
}

/// What a file would change, of which this is the plan.
///
/// # Errors
/// When it cannot be read.
pub fn preview(reading: &Reading<'_>, plan: &Plan, mut all: Option<&mut Preview>) -> Result<Preview, SurveyError> {
    let organization = reading.known.map(|known| &*known.organization);
    let mut preview = Preview::default();
    each_block(
        reading.table,
        |block: Block| {
            let mut buffer = RowBuffer::default();
            let mut found = Vec::new();
            // Rows that are not sent change nothing, and most are of that kind.
            let row = |index: usize| u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            for index in (0..block.len()).filter(|index| plan.shape(row(*index)).is_sent()) {
                if let Some(Ok(change)) = reading.examine(&block, index, &mut buffer) {
                    found.push(steps(&change, organization));
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
            Ok::<_, SurveyError>(())
        },
    )?;
    organization.into_iter().for_each(|organization| preview.reckon(organization, all.as_deref()));
    Ok(preview)
}

/// Makes room for all rows at once, judged by the first ones: growing by doubling would need twice the memory. Returns for how many.
fn make_room(survey: &mut Survey, seen: &Seen, len_bytes: u64) -> usize {
    let rows = seen.sightings.len();
    if survey.len() + rows <= survey.capacity() || rows == 0 {
        return 0;
    }
    let so_far = survey.len() + rows;
    let bytes_a_row = seen.end / so_far as u64 + 1;
    let ahead = usize::try_from(len_bytes.saturating_sub(seen.end) / bytes_a_row).unwrap_or(0);
    let room = rows + ahead + ahead / 32 + 1024;
    survey.reserve(room);
    room
}
