//! The first reading of a table: what every row means, kept as a plan and not as rows.

use super::conflicts::{Conflicts, Names, Repeated};
use super::group_uses::{BlockUses, GroupGatherer};
use super::groups::group_problem;
use super::guard::{Losses, Protected, deletes, deletes_account, removes};
use super::ledger::Note;
use super::nearly::{HeldRow, HeldRows};
use super::row_range::RowRange;
use super::ties::{all_claimed_names, listed_names};
use crate::change::{self, Change, Effect, Effects, GroupUse, Problem, Rules, Stated, group_column, problems_text};
use crate::organization::{
    Contest, Contested, GroupPresence, Known, Left, Mentions, Organization, Preview, WhyUnchanged, is_about_own_data, not_there_words,
    steps,
};
use crate::plan::{Claims, ClaimsBuilder, Key, Plan, Shape, Sighting, Survey};
use crate::table::{Block, Cells, Field, MAX_RECORD, Place, RowBuffer, RowFault, Table, each_block};
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
    /// How the organization looks: only what changes it is sent. `None`: everything is.
    pub known: Option<&'t Known>,
    /// Which groups are there when the rows are sent. `None`: all are, as far as is known.
    pub presence: Option<&'t GroupPresence>,
    /// The rows that contradict each other. `None`: nobody has looked for them.
    pub conflicts: Option<&'t Conflicts>,
    /// Rows that are not sent, for they may mean somebody who seems to be missing.
    pub held: Option<&'t HeldRows>,
    /// What is said of rows, by row from 0, whatever comes of them. `None`: nothing.
    pub remarks: Option<&'t BTreeMap<u32, String>>,
}

/// Why a row is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsent {
    /// Something is wrong with it.
    Invalid {
        /// The code as in the results file.
        code: String,
        /// The message, likewise.
        message: String,
        /// It may be that the organization looks so already, and nothing is wrong then: nobody has compared.
        perhaps_so: bool,
        /// What of the row is not applied, where that is what is wrong.
        effect: Effect,
    },
    /// There is nothing that could be sent.
    Unchanged {
        /// For somebody is no member or is not there, as the list says.
        relies_on_absence: bool,
        /// Why.
        why: WhyUnchanged,
        /// What of the row is not applied.
        effect: Effect,
        /// The same in words.
        remark: String,
        /// Whom the row is about, where nobody is there by that name.
        who: String,
    },
    /// It is no person, or does not count.
    Skipped {
        /// The code as in the results file.
        code: &'static str,
        /// The message, likewise.
        message: String,
    },
}

impl Unsent {
    /// `compare`: nobody has compared with the organization, and it may be that this would help.
    fn wrong(problems: &[Problem], compare: bool) -> Self {
        let (code, message) = problems_text(problems);
        Self::Invalid { code, message, perhaps_so: compare && problems.iter().all(|problem| problem.moot.is_some()), effect: Effect::NONE }
    }

    fn faulty(fault: &RowFault) -> Self {
        if fault.is_skipped() {
            let code = if *fault == RowFault::SwitchedOff { "skipped.comment" } else { "skipped.total" };
            return Self::Skipped { code, message: fault.to_string() };
        }
        Self::Invalid {
            code: format!("invalid.row.{}", fault.reason()),
            message: fault.to_string(),
            perhaps_so: false,
            effect: Effect::NONE,
        }
    }
}

impl<'t> Reading<'t> {
    /// What is to be sent for row `index` of a block, or why nothing is. `None`: the row is not asked for.
    pub fn examine<'b>(&self, block: &'b Block, index: usize, buffer: &'b mut RowBuffer) -> Option<Result<Change<'b>, Unsent>> {
        self.look_at(block, index, buffer).map(|seen| seen.map(|asked| asked.change))
    }

    /// The same, and gathers the names of the people in the row, unless it is known already which rows contradict each other.
    pub(crate) fn look_at_naming<'b>(
        &self,
        block: &'b Block,
        index: usize,
        buffer: &'b mut RowBuffer,
        names: &mut Names,
    ) -> Option<Result<Asked<'b>, Unsent>> {
        let row = block.first_row + index as u64;
        let cells = block.cells(index, buffer);
        if let (Ok(cells), None) = (&cells, self.conflicts) {
            names.take(cells, self.rules);
        }
        self.asks_for(row).then(|| match &cells {
            Ok(cells) => self.judge((block, index), cells),
            Err(fault) => Err(Unsent::faulty(fault)),
        })
    }

    /// The same, and what that comes to.
    pub(crate) fn look_at<'b>(&self, block: &'b Block, index: usize, buffer: &'b mut RowBuffer) -> Option<Result<Asked<'b>, Unsent>> {
        let row = block.first_row + index as u64;
        self.asks_for(row).then(|| match &block.cells(index, buffer) {
            Ok(cells) => self.judge((block, index), cells),
            Err(fault) => Err(Unsent::faulty(fault)),
        })
    }

    /// Returns what is said of a row besides its outcome: `remark`, and what is known of the row, from 0.
    pub(crate) fn remark_of(&self, row: u32, remark: String) -> String {
        match self.remarks.and_then(|remarks| remarks.get(&row)) {
            Some(known) if remark.is_empty() => known.clone(),
            Some(known) => format!("{remark}; {known}"),
            None => remark,
        }
    }

    /// Is this row, from 0, asked for?
    fn asks_for(&self, row: u64) -> bool {
        self.range.is_none_or(|range| range.contains(row + 1))
    }

    /// What is to be sent for a row with these cells.
    fn judge<'b>(&self, (block, index): (&Block, usize), cells: &Cells<'b>) -> Result<Asked<'b>, Unsent> {
        let row = block.first_row + index as u64;
        if let Some(HeldRow { code, message, effect, .. }) = u32::try_from(row).ok().and_then(|row| self.held?.get(&row)) {
            return Err(Unsent::Invalid { code: code.clone(), message: message.clone(), perhaps_so: false, effect: *effect });
        }
        let meant = self.understand(cells);
        let absent = match (self.presence, &meant) {
            (Some(presence), Ok(asked)) => group_problem(presence, self, (block, index), &asked.change),
            _ => None,
        };
        let objection = self.conflicts.filter(|conflicts| !conflicts.is_empty()).and_then(|all| all.objection(self, row, cells));
        if absent.is_none() && objection.is_none() {
            return meant;
        }
        let meant = absent.map_or(meant, |problem| Err(Unsent::wrong(&[problem], false)));
        match (objection, meant) {
            (None, meant) => meant,
            (Some(Unsent::Invalid { message: contradiction, .. }), Err(Unsent::Invalid { code, message, effect, .. })) => {
                Err(Unsent::Invalid { code, message: format!("{message} | {contradiction}"), perhaps_so: false, effect })
            }
            (Some(objection), _) => Err(objection),
        }
    }

    /// What the cells of a row ask for beyond what is so already.
    fn understand<'b>(&self, cells: &Cells<'b>) -> Result<Asked<'b>, Unsent> {
        let asked = match self.known {
            None => {
                let change = change::read(cells, self.rules).map_err(|problems| Unsent::wrong(&problems, true))?;
                Asked { effect: Effect::of(&change), change, relies_on_absence: false, remark: String::new(), not_there: false }
            }
            Some(known) => {
                let (change, mut problems) = change::read_all(cells, self.rules);
                let stated = Stated::of(cells, self.table);
                let who = change.as_ref().map(|change| takes_away_from(change)).unwrap_or_default();
                let left = change.map(|change| known.beyond(change, &stated, &mut problems));
                match left {
                    Some(Left { change: Some(change), relies_on_absence, effect, remark, why }) if problems.is_empty() => {
                        let not_there = why == WhyUnchanged::NotThere && known.tells_absence;
                        Asked { change, relies_on_absence, effect, remark, not_there }
                    }
                    Some(Left { change: None, relies_on_absence, why, effect, remark }) if problems.is_empty() => {
                        return Err(Unsent::Unchanged { relies_on_absence, why, effect, remark, who });
                    }
                    left => {
                        let mut wrong = Unsent::wrong(&problems, !known.reduces);
                        if let (Unsent::Invalid { effect, .. }, Some(left)) = (&mut wrong, left) {
                            *effect = left.effect.only_differences();
                        }
                        return Err(wrong);
                    }
                }
            }
        };
        match self.protected.objection(&asked.change) {
            Some(problem) => Err(Unsent::wrong(&[problem], false)),
            None => Ok(asked),
        }
    }

    /// What row `index` of a block asks for, whether or not it is so already: what is wrong only as long as it is not so does not count. `None`: the row is
    /// not asked for.
    pub fn intent<'b>(&self, block: &'b Block, index: usize, buffer: &'b mut RowBuffer) -> Option<Result<Change<'b>, Unsent>> {
        self.asks_for(block.first_row + index as u64).then(|| {
            let cells = block.cells(index, buffer).map_err(|fault| Unsent::faulty(&fault))?;
            // A row that gives way to a later one says nothing.
            let conflicts = self.conflicts.filter(|conflicts| self.rules.last_wins && !conflicts.is_empty());
            let objection = conflicts.and_then(|all| all.objection(self, block.first_row + index as u64, &cells));
            if let Some(gives_way @ Unsent::Skipped { .. }) = objection {
                return Err(gives_way);
            }
            match change::read_all(&cells, self.rules) {
                (Some(change), problems) if problems.iter().all(|problem| problem.moot.is_some()) => Ok(change),
                (_, problems) => Err(Unsent::wrong(&problems, false)),
            }
        })
    }

    /// What is said of rows for which nothing needs to be sent.
    pub fn unchanged_note(&self, unsent: &Unsent) -> Note {
        let (Some(known), Unsent::Unchanged { why, effect, remark, who, .. }) = (self.known, unsent) else { return Note::default() };
        let list = known.organization.as_of();
        let (code, message) = match why {
            WhyUnchanged::NotThere => {
                let more = ". Lists do not show disabled accounts: without --skip-unchanged the removal is sent, also for such an account";
                (NOT_THERE, not_there_words(&format!("{list} has no"), who, &known.perhaps_meant(who), more))
            }
            WhyUnchanged::Matches if effect.differs() => ("unchanged.differs", format!("nothing can be sent; {remark}")),
            WhyUnchanged::Matches if !remark.is_empty() => ("unchanged.snapshot", format!("matches {list}; {remark}")),
            WhyUnchanged::Matches => ("unchanged.snapshot", format!("matches {list}")),
        };
        Note { code: code.to_owned(), message }
    }

    /// Reads a row again that has been examined before and was fine.
    ///
    /// # Errors
    /// When it cannot be read, or is not what it was.
    pub fn change<'b>(&self, place: (u64, u64), buffer: &'b mut RowBuffer) -> io::Result<Change<'b>>
    where
        't: 'b,
    {
        self.asked(place, buffer).map(|asked| asked.change)
    }

    /// Returns the column in which a row names a group.
    ///
    /// # Errors
    /// When the row cannot be read again.
    pub(super) fn column_of_group(&self, (offset, len): (u64, u64), name: &str, how: GroupUse) -> io::Result<Field> {
        let len = u32::try_from(len.min(MAX_RECORD as u64)).unwrap_or(u32::MAX);
        let mut buffer = RowBuffer::default();
        let cells = self.table.read_row(Place { offset, len }, &mut buffer)?;
        Ok(cells.map_or(Field::Groups, |cells| group_column(&cells, self.rules, name, how)))
    }

    /// The same, and what that comes to.
    pub(crate) fn asked<'b>(&self, (offset, len): (u64, u64), buffer: &'b mut RowBuffer) -> io::Result<Asked<'b>>
    where
        't: 'b,
    {
        let changed = |what: &str| io::Error::other(format!("{}: the file changed while it was being read ({what})", self.table.name()));
        // Blank lines may follow before the next row begins: the row itself is never longer than this.
        let len = u32::try_from(len.min(MAX_RECORD as u64)).unwrap_or(u32::MAX);
        let cells = self.table.read_row(Place { offset, len }, buffer)?.map_err(|fault| changed(&fault.to_string()))?;
        match self.understand(&cells) {
            Ok(asked) => Ok(asked),
            Err(Unsent::Invalid { message, .. }) => Err(changed(&message)),
            Err(Unsent::Unchanged { .. }) => Err(changed("nothing is left of a row")),
            Err(Unsent::Skipped { .. }) => Err(changed("a row is switched off")),
        }
    }
}

/// The code of a row that takes something away from somebody who is not there.
pub const NOT_THERE: &str = "unchanged.not_there";

/// Whom a change takes something away from; nothing is kept of other changes.
fn takes_away_from(change: &Change<'_>) -> String {
    match change {
        Change::User(user) if user.leave.is_some() || user.remove.is_some() => user.user.to_string(),
        _ => String::new(),
    }
}

/// What is to be sent for a row, and what that comes to.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) change: Change<'a>,
    /// Something is left out because somebody is no member or is not there.
    pub(crate) relies_on_absence: bool,
    /// What is done once every step is confirmed, and what of the row is not applied.
    pub(crate) effect: Effect,
    /// What is not applied, in words.
    pub(crate) remark: String,
    /// It only takes something away, and the list shows nobody of that name.
    pub(crate) not_there: bool,
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
    /// Those of them that may ask for nothing but what is so already.
    pub perhaps_so: u64,
    /// Rows that ask for what is so already.
    pub unchanged: u64,
    /// Those of them that take something away from somebody who is not there.
    pub not_there: u64,
    /// Rows that are sent, and take something away from somebody whom a list does not show.
    pub sent_not_there: u64,
    /// The first few names that nobody goes by.
    pub strangers: Vec<String>,
    /// Rows that are no person, or do not count.
    pub skipped: u64,
    /// Rows of which something is left out because somebody is no member or is not there, as a list says.
    pub relies_on_absence: u64,
    /// Rows that delete a user, a group or all memberships.
    pub deletes: u64,
    /// Those of them that delete an account with its files.
    pub account_deletes: u64,
    /// Rows that take memberships away.
    pub removals: u64,
    /// What the rows come to once every step is confirmed, and what of them is not applied.
    pub effects: Effects,
    /// What of that is not applied to Adobe IDs, for only their users can change it.
    pub of_adobe_ids: Effects,
    /// What rows would do that are not asked for (`--rows`).
    pub not_asked: Losses,
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
        let Losses { sendable, deletes, account_deletes, removals } = losses(change);
        self.rows += 1;
        self.sendable += sendable;
        self.deletes += deletes;
        self.account_deletes += account_deletes;
        self.removals += removals;
    }

    /// Takes in a row that is sent and takes something away from somebody who is not there.
    fn take_stranger(&mut self, change: &Change<'_>) {
        self.sent_not_there += 1;
        if self.strangers.len() < Self::EXAMPLES {
            self.strangers.push(takes_away_from(change));
        }
    }

    /// Takes in what of a row is not applied to an Adobe ID, as its message says.
    pub(crate) fn take_difference(&mut self, effect: Effect, message: &str) {
        if is_about_own_data(message) {
            self.of_adobe_ids.take(effect.only_personal_differences());
        }
    }

    /// What the rows that are asked for take away.
    pub fn losses(&self) -> Losses {
        let Self { sendable, deletes, account_deletes, removals, .. } = *self;
        Losses { sendable, deletes, account_deletes, removals }
    }

    /// What the rows of the whole file take away, also those that are not asked for.
    pub fn losses_of_all_rows(&self) -> Losses {
        let mut all = self.losses();
        all += self.not_asked;
        all
    }

    /// Takes in a row that is not sent.
    pub(crate) fn take_unsent(&mut self, row: u64, line: u64, unsent: Unsent) {
        self.rows += 1;
        let (code, message) = match unsent {
            Unsent::Invalid { code, message, perhaps_so, effect } => {
                self.perhaps_so += u64::from(perhaps_so);
                self.effects.take(effect);
                (code, message)
            }
            Unsent::Unchanged { relies_on_absence, why, effect, who, remark } => {
                self.unchanged += 1;
                if why == WhyUnchanged::NotThere {
                    self.not_there += 1;
                    self.strangers.extend(Some(who).filter(|_| self.strangers.len() < Self::EXAMPLES));
                }
                self.take_difference(effect, &remark);
                self.effects.take(effect);
                self.relies_on_absence += u64::from(relies_on_absence);
                return;
            }
            Unsent::Skipped { .. } => {
                self.skipped += 1;
                return;
            }
        };
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
        self.perhaps_so += other.perhaps_so;
        self.unchanged += other.unchanged;
        self.not_there += other.not_there;
        self.sent_not_there += other.sent_not_there;
        self.strangers.extend(other.strangers);
        self.strangers.truncate(Self::EXAMPLES);
        self.of_adobe_ids.add(&other.of_adobe_ids);
        self.skipped += other.skipped;
        self.relies_on_absence += other.relies_on_absence;
        self.deletes += other.deletes;
        self.account_deletes += other.account_deletes;
        self.removals += other.removals;
        self.effects.add(&other.effects);
        self.not_asked += other.not_asked;
        for (code, rows) in other.problems {
            *self.problems.entry(code).or_default() += rows;
        }
        let room = Self::EXAMPLES - self.examples.len();
        self.examples.extend(other.examples.into_iter().take(room));
    }
}

/// What one row takes away.
fn losses(change: &Change<'_>) -> Losses {
    Losses {
        sendable: 1,
        deletes: u64::from(deletes(change)),
        account_deletes: u64::from(deletes_account(change)),
        removals: u64::from(removes(change)),
    }
}

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
