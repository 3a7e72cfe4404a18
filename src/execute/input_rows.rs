//! The rules to read the rows of a table, and what each row asks for, or why it is not sent.

use super::conflicts::Conflicts;
use super::described_users::DescribedUsers;
use super::guard::Protected;
use super::held_rows::{HeldRow, HeldRows};
use super::outcomes::{OutcomeStatus, Reason};
use super::problem_kinds::RowProblem;
use super::row_range::RowRange;
use super::rows_behind::RowsBehind;
use super::skip::Skip;
use crate::change::{self, Change, GroupUse, Problem, RowEffect, Rules, Stated, group_column};
use crate::journal::{RowDecision, RunDecisions};
use crate::reconcile::{
    Baseline, GroupPresence, Remainder, WhyUnchanged, not_there_words, only_takes_members,
};
use crate::table::{Block, Cells, Field, MAX_RECORD, RowBuffer, RowFault, RowLocation, Table};
use std::collections::BTreeMap;
use std::io;

/// The rows of a table, with the rules to read them.
#[derive(Debug, Clone, Copy)]
pub struct InputRows<'t> {
    /// The table.
    pub table: &'t Table,
    /// How its rows are read.
    pub rules: &'t Rules,
    /// Names that no row may delete.
    pub protected: &'t Protected,
    /// The rows within `--rows`; the others do not count.
    pub range: Option<&'t RowRange>,
    /// The organization before anything is sent: only rows that change it are sent. `None`: all
    /// rows are sent.
    pub baseline: Option<&'t Baseline>,
    /// The same as all rows of the file show it, also those outside `--rows`, which are only
    /// counted. `None`: it is the same.
    pub whole: Option<&'t Baseline>,
    /// The groups that exist when the rows are sent. `None`: all of them, as far as is known.
    pub presence: Option<&'t GroupPresence>,
    /// The conflicts between rows. `None`: they were not searched for.
    pub conflicts: Option<&'t Conflicts>,
    /// The users whom rows describe in full, while other rows do not. `None`: there are none.
    pub described: Option<&'t DescribedUsers>,
    /// Rows that are not sent, because they may mean a user who seems to be missing.
    pub held: Option<&'t HeldRows>,
    /// Rows behind a rename in an invalid row. `None`: there are none.
    pub behind: Option<&'t RowsBehind>,
    /// Remarks on rows, by row from 0, whatever their outcomes are. `None`: none.
    pub remarks: Option<&'t BTreeMap<u32, String>>,
    /// What the run has decided earlier. `None`: nothing.
    pub decided: Option<&'t RunDecisions>,
}

impl<'t> InputRows<'t> {
    /// Creates input rows in which every row of the table is sent, whatever the organization
    /// contains.
    pub fn new(table: &'t Table, rules: &'t Rules, protected: &'t Protected) -> Self {
        Self {
            table,
            rules,
            protected,
            range: None,
            baseline: None,
            whole: None,
            presence: None,
            conflicts: None,
            described: None,
            held: None,
            behind: None,
            remarks: None,
            decided: None,
        }
    }

    /// Returns all rows of the file, to count what those outside `--rows` would remove.
    pub(crate) fn of_whole_file(&self) -> Self {
        Self { range: None, baseline: self.whole.or(self.baseline), ..*self }
    }

    /// Whether nothing but the cells of a row decides what is sent for it.
    pub(super) fn decides_by_cells_alone(&self) -> bool {
        !self.depends_on_others()
            && self.conflicts.is_none_or(Conflicts::is_empty)
            && self.described.is_none()
    }

    /// Whether the decisions about rows depend on more than their file: on lists, on other files,
    /// or on protected people.
    fn depends_on_others(&self) -> bool {
        self.baseline.is_some()
            || self.presence.is_some()
            || self.held.is_some()
            || self.behind.is_some()
            || self.decided.is_some_and(|decided| !decided.is_empty())
            || !self.protected.is_empty()
    }

    /// Whether the decisions about rows depend on more than in `alone`, which only has the file.
    pub(crate) fn knows_more_than(&self, alone: &Self) -> bool {
        let has_any = |conflicts: &&Conflicts| !conflicts.is_empty();
        self.depends_on_others()
            || self.conflicts.filter(has_any).is_some() && alone.conflicts.is_none()
    }

    /// Returns what is to be sent for row `index` of a block, or why nothing is. `None`: the row is
    /// outside `--rows`.
    pub fn evaluate_detailed<'b>(
        &self,
        block: &'b Block,
        index: usize,
        buffer: &'b mut RowBuffer,
    ) -> Option<Result<Change<'b>, Skip>> {
        self.evaluate(block, index, buffer).map(|seen| seen.map(|asked| asked.change))
    }

    /// Returns what is to be sent for row `index` of a block, with its effect, or why nothing is.
    /// `None`: the row is outside `--rows`.
    pub(crate) fn evaluate<'b>(
        &self,
        block: &'b Block,
        index: usize,
        buffer: &'b mut RowBuffer,
    ) -> Option<Result<RequestedChange<'b>, Skip>> {
        let row = block.first_row + index as u64;
        self.asks_for(row).then(|| match &block.cells(index, buffer) {
            Ok(cells) => self.decide_at((block, index), cells),
            Err(fault) => Err(self.faulty(fault, block.frame(index).line)),
        })
    }

    /// Returns why a row without cells is not sent, with the address of a wrong cell in a sheet.
    pub(super) fn faulty(&self, fault: &RowFault, line: u64) -> Skip {
        let mut skip = Skip::faulty(fault);
        if let (RowFault::ExtraCells { cell, .. }, Skip::Invalid { message, .. }) =
            (fault, &mut skip)
            && let Some(address) = self.table.address_of_cell(cell - 1, line)
        {
            message.insert_str(0, &format!("{address}: "));
        }
        skip
    }

    /// Returns the remark on a row beside its outcome: `remark`, and the known remark on the row,
    /// from 0.
    pub(crate) fn remark_of(&self, row: u32, remark: String) -> String {
        match self.remarks.and_then(|remarks| remarks.get(&row)) {
            Some(known) if remark.is_empty() => known.clone(),
            Some(known) => format!("{remark}; {known}"),
            None => remark,
        }
    }

    /// Whether this row, from 0, is within `--rows`.
    pub(crate) fn asks_for(&self, row: impl Into<u64>) -> bool {
        self.range.is_none_or(|range| range.contains(row.into() + 1))
    }

    /// Returns what is to be sent for a row with these cells, or why nothing is, with the addresses
    /// of the wrong cells in a sheet.
    pub(super) fn decide_at<'b>(
        &self,
        (block, index): (&Block, usize),
        cells: &Cells<'b>,
    ) -> Result<RequestedChange<'b>, Skip> {
        let line = block.frame(index).line;
        self.decide((block, index), cells)
            .map_err(|skip| skip.at_cells(|field| self.table.cell_address(field, line)))
    }

    /// Returns what is to be sent for a row with these cells, or why nothing is.
    fn decide<'b>(
        &self,
        (block, index): (&Block, usize),
        cells: &Cells<'b>,
    ) -> Result<RequestedChange<'b>, Skip> {
        let row = block.first_row + index as u64;
        match self.decided_before(row) {
            // The list of the run has supplied what the row lacks.
            Some(decision) if decision.is_to_send() => {
                if let (Some(change), _) = self.read(cells) {
                    return Ok(RequestedChange::whole(change));
                }
            }
            Some(decision) => return Err(Skip::Decided(decision.clone())),
            None => {}
        }
        if let Some(HeldRow { code, message, effect, .. }) =
            u32::try_from(row).ok().and_then(|row| self.held?.get(&row))
        {
            return Err(Skip::Invalid {
                code: code.clone(),
                message: message.clone(),
                maybe_unchanged: false,
                effect: *effect,
                problems: Vec::new(),
            });
        }
        let has_no_conflict = self.conflicts.is_none_or(Conflicts::is_empty);
        if self.presence.is_none() && self.behind.is_none() && has_no_conflict {
            return self.interpret(row, cells);
        }
        let meant = self.interpret(row, cells);
        let absent = match (self.presence, &meant) {
            (Some(presence), Ok(asked)) => {
                group_problem(presence, self, (block, index), &asked.change)
            }
            _ => None,
        };
        let objection = self
            .conflicts
            .filter(|conflicts| !conflicts.is_empty())
            .and_then(|all| all.objection((self.table, self.rules), row, cells));
        if absent.is_none() && objection.is_none() {
            let behind = u32::try_from(row).ok().and_then(|row| self.behind?.refusal(row));
            return meant.and_then(|asked| behind.map_or(Ok(asked), |why| Err(Skip::Behind(why))));
        }
        let meant = absent.map_or(meant, |problem| Err(Skip::wrong(&[problem])));
        match objection {
            None => meant,
            Some(objection) => Err(with_conflict(meant.err(), objection)),
        }
    }

    /// Returns what a row means, and its problems. If it lacks fields that are needed to create a
    /// user, they come from the row that describes the user in full.
    fn read<'b>(&self, cells: &Cells<'b>) -> (Option<Change<'b>>, Vec<Problem>) {
        let mut read = change::read_all(cells, self.rules);
        let (change, problems) = &mut read;
        if !problems.is_empty()
            && let Some(described) = self.described
            && let Some(Change::User(user)) = change
            && !self.baseline.is_some_and(|known| {
                known.reduces && known.organization.user(user.user_ref()).is_some()
            })
            && described.complete(user, cells, problems)
        {
            problems.clear();
        }
        read
    }

    /// Returns the earlier decision of the run about a row, from 0.
    fn decided_before(&self, row: u64) -> Option<&RowDecision> {
        u32::try_from(row).ok().and_then(|row| self.decided?.about(row))
    }

    /// Returns what the cells of a row, from 0, ask for beyond the current state of the
    /// organization.
    fn interpret<'b>(&self, row: u64, cells: &Cells<'b>) -> Result<RequestedChange<'b>, Skip> {
        let baseline = self.baseline.map(|known| known.of_row(row));
        let asked = match baseline.as_deref() {
            None => return self.interpret_alone(cells),
            Some(known) => {
                let wrong = if known.reduces { Skip::wrong } else { Skip::wrong_uncompared };
                let (change, problems) = self.read(cells);
                let stated = Stated::of(cells, self.table);
                let who = change.as_ref().map(|change| takes_away_from(change)).unwrap_or_default();
                let Some(change) = change else {
                    return Err(wrong(&problems));
                };
                let is_sound = problems.is_empty();
                let Remainder { change, relies_on_absence, why, effect, remark, problems } =
                    known.reduce(change, &stated, problems);
                if !problems.is_empty() {
                    let mut skip = wrong(&problems);
                    // How else a row differs that is wrong in itself, is nothing to act on.
                    if let Skip::Invalid { effect: differences, .. } = &mut skip
                        && is_sound
                    {
                        *differences = effect.only_differences();
                    }
                    return Err(skip);
                }
                let Some(change) = change else {
                    return Err(Skip::Unchanged { relies_on_absence, why, effect, remark, who });
                };
                let not_there = why == WhyUnchanged::NotThere && known.tells_absence;
                RequestedChange { change, relies_on_absence, effect, remark, not_there }
            }
        };
        match self.protected.objection(&asked.change) {
            Some(problem) => Err(Skip::wrong(&[problem])),
            None => Ok(asked),
        }
    }

    /// Returns what the cells of a row ask for, whatever the organization contains.
    fn interpret_alone<'b>(&self, cells: &Cells<'b>) -> Result<RequestedChange<'b>, Skip> {
        let read = self.read(cells);
        let (Some(change), []) = (&read.0, read.1.as_slice()) else {
            return Err(Skip::wrong_uncompared(&read.1));
        };
        if let Some(problem) = self.protected.objection(change) {
            return Err(Skip::wrong(&[problem]));
        }
        let effect = RowEffect::of(change);
        match read {
            (Some(change), _) => Ok(RequestedChange::with_effect(change, effect)),
            (None, problems) => Err(Skip::wrong_uncompared(&problems)),
        }
    }

    /// Returns what row `index` of a block asks for, without comparing it with the organization. A
    /// problem does not count if it disappears when the organization already matches the row.
    /// `None`: the row is outside `--rows`.
    pub fn requested_change<'b>(
        &self,
        block: &'b Block,
        index: usize,
        buffer: &'b mut RowBuffer,
    ) -> Option<Result<Change<'b>, Skip>> {
        let row = block.first_row + index as u64;
        self.asks_for(row).then(|| match &block.cells(index, buffer) {
            Ok(cells) => self.requested(row, cells),
            Err(fault) => Err(self.faulty(fault, block.frame(index).line)),
        })
    }

    /// Does the same for a row, from 0, that is within `--rows` and has these cells.
    pub(super) fn requested<'b>(&self, row: u64, cells: &Cells<'b>) -> Result<Change<'b>, Skip> {
        // A row that gives way to a later one asks for nothing.
        let conflicts =
            self.conflicts.filter(|conflicts| self.rules.last_wins && !conflicts.is_empty());
        let objection =
            conflicts.and_then(|all| all.objection((self.table, self.rules), row, cells));
        if let Some(gives_way @ Skip::Skipped { .. }) = objection {
            return Err(gives_way);
        }
        match self.read(cells) {
            (Some(change), problems)
                if problems.iter().all(|problem| problem.waivable.is_some()) =>
            {
                Ok(change)
            }
            (_, problems) => Err(Skip::wrong(&problems)),
        }
    }

    /// Returns the decision about a row that is not sent, in the words of the results.
    pub(crate) fn decision(&self, skip: Skip) -> RowDecision {
        let with = |status, reason, effect| RowDecision { status, reason, effect };
        match skip {
            Skip::Invalid { code, message, effect, .. } => {
                with(OutcomeStatus::Invalid, Reason { code, message }, effect)
            }
            Skip::Behind(reason) => with(OutcomeStatus::Failed, reason, RowEffect::NONE),
            ref skip @ Skip::Unchanged { effect, .. } => {
                with(OutcomeStatus::Unchanged, self.unchanged_reason(skip), effect)
            }
            Skip::Skipped { code, message } => {
                let reason = Reason { code: code.to_owned(), message };
                with(OutcomeStatus::Skipped, reason, RowEffect::NONE)
            }
            Skip::Decided(decision) => decision,
        }
    }

    /// Returns the reason for rows for which nothing needs to be sent.
    pub fn unchanged_reason(&self, skip: &Skip) -> Reason {
        let (Some(known), Skip::Unchanged { why, effect, remark, who, .. }) = (self.baseline, skip)
        else {
            return Reason::default();
        };
        let list = known.organization.as_of();
        let (code, message) = match why {
            WhyUnchanged::NotThere => {
                let more = ". Lists do not show disabled accounts: without --skip-unchanged the \
                     removal is sent, also for such an account";
                (
                    NOT_THERE,
                    not_there_words(
                        &format!("{list} has no"),
                        who,
                        &known.perhaps_meant(who),
                        more,
                    ),
                )
            }
            WhyUnchanged::Matches if effect.differs() => ("unchanged.differs", remark.to_string()),
            WhyUnchanged::Matches if !remark.is_empty() => {
                ("unchanged.snapshot", format!("matches {list}; {remark}"))
            }
            WhyUnchanged::Matches => ("unchanged.snapshot", format!("matches {list}")),
        };
        Reason { code: code.to_owned(), message }
    }

    /// Reads a row, from 0, again that was valid when it was evaluated.
    ///
    /// # Errors
    /// When it cannot be read, or has changed.
    pub fn reread<'b>(
        &self,
        row: u32,
        place: (u64, u64),
        buffer: &'b mut RowBuffer,
    ) -> io::Result<Change<'b>>
    where
        't: 'b,
    {
        self.asked(row, place, buffer).map(|asked| asked.change)
    }

    /// Reads a row, from 0, again, including a row that only the list of its run has made valid.
    pub(super) fn reread_row<'b>(
        &self,
        row: u32,
        place: (u64, u64),
        buffer: &'b mut RowBuffer,
    ) -> io::Result<Change<'b>>
    where
        't: 'b,
    {
        if !self.decided_before(row.into()).is_some_and(RowDecision::is_to_send) {
            return self.reread(row, place, buffer);
        }
        let cells = self.cells_at(place, buffer)?;
        let change = change::read_all(&cells, self.rules).0;
        change.ok_or_else(|| self.changed("a row is not to be sent"))
    }

    /// Returns the column in which a row names a group.
    ///
    /// # Errors
    /// When the row cannot be read again.
    pub(super) fn column_of_group(
        &self,
        (offset, len): (u64, u64),
        name: &str,
        how: GroupUse,
    ) -> io::Result<Field> {
        let len = u32::try_from(len.min(MAX_RECORD as u64)).unwrap_or(u32::MAX);
        let mut buffer = RowBuffer::default();
        let cells = self.table.read_row(RowLocation { offset, len }, &mut buffer)?;
        Ok(cells.map_or(Field::Groups, |cells| group_column(&cells, self.rules, name, how)))
    }

    /// Reads a row, from 0, again, and returns what it asks for with its effect.
    pub(crate) fn asked<'b>(
        &self,
        row: u32,
        place: (u64, u64),
        buffer: &'b mut RowBuffer,
    ) -> io::Result<RequestedChange<'b>>
    where
        't: 'b,
    {
        let changed = |what: &str| self.changed(what);
        match self.interpret(row.into(), &self.cells_at(place, buffer)?) {
            Ok(asked) => Ok(asked),
            Err(Skip::Invalid { message, .. }) => Err(changed(&message)),
            Err(Skip::Unchanged { .. }) => Err(changed("nothing is left of a row")),
            Err(Skip::Skipped { .. }) => Err(changed("a row is switched off")),
            Err(Skip::Behind(_)) => Err(changed("a row is behind an invalid rename")),
            Err(Skip::Decided(_)) => Err(changed("a row is not to be sent")),
        }
    }
}

impl<'t> InputRows<'t> {
    /// Returns the cells of the row at a place.
    fn cells_at<'b>(
        &self,
        (offset, len): (u64, u64),
        buffer: &'b mut RowBuffer,
    ) -> io::Result<Cells<'b>>
    where
        't: 'b,
    {
        // Blank lines may precede the next row, but the row itself is never longer than this.
        let len = u32::try_from(len.min(MAX_RECORD as u64)).unwrap_or(u32::MAX);
        let cells = self.table.read_row(RowLocation { offset, len }, buffer)?;
        cells.map_err(|fault| self.changed(&fault.to_string()))
    }

    fn changed(&self, what: &str) -> io::Error {
        let name = self.table.name();
        io::Error::other(format!("{name}: the file changed while it was being read ({what})"))
    }
}

/// The code of a row that removes something from a user who does not exist.
pub(crate) const NOT_THERE: &str = "unchanged.not_there";

/// Returns the user from whom a change removes something; empty for other changes.
pub(super) fn takes_away_from(change: &Change<'_>) -> String {
    match change {
        Change::User(user) if user.leave.is_some() || user.remove.is_some() => {
            user.user.to_string()
        }
        Change::Group(group) if only_takes_members(group) => group.remove_users[0].to_string(),
        _ => String::new(),
    }
}

/// Returns the problem of row `index` of a block, if it needs a group that does not exist.
fn group_problem(
    presence: &GroupPresence,
    input_rows: &InputRows<'_>,
    (block, index): (&Block, usize),
    change: &Change<'_>,
) -> Option<Problem> {
    let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
    presence.problem(row, change, |name, how| {
        let mut buffer = RowBuffer::default();
        block
            .cells(index, &mut buffer)
            .map_or(Field::Groups, |cells| group_column(&cells, input_rows.rules, name, how))
            .name()
    })
}

impl<'a> RequestedChange<'a> {
    /// Creates a request for everything in a row, without comparing it with the organization.
    fn whole(change: Change<'a>) -> Self {
        let effect = RowEffect::of(&change);
        Self::with_effect(change, effect)
    }

    /// Creates the same, with the known effect of the change.
    fn with_effect(change: Change<'a>, effect: RowEffect) -> Self {
        Self { effect, change, relies_on_absence: false, remark: String::new(), not_there: false }
    }
}

/// What is to be sent for a row, with its effect.
#[derive(Debug)]
pub(crate) struct RequestedChange<'a> {
    pub(crate) change: Change<'a>,
    /// Whether a part is skipped because a user is not a member or does not exist.
    pub(crate) relies_on_absence: bool,
    /// The effect if every step is confirmed, and the parts of the row that are not applied.
    pub(crate) effect: RowEffect,
    /// The parts that are not applied, in words.
    pub(crate) remark: String,
    /// Whether it only removes something, and the list shows nobody with that name.
    pub(crate) not_there: bool,
}

/// Returns why a row with a conflict is not sent, with what else is wrong with it.
fn with_conflict(wrong: Option<Skip>, conflict: Skip) -> Skip {
    match (wrong, conflict) {
        (
            Some(Skip::Invalid { code, message, effect, mut problems, .. }),
            Skip::Invalid { code: conflict, message: contradiction, .. },
        ) => {
            problems.push(RowProblem::of_row(&conflict, &contradiction));
            let message = format!("{message} | {contradiction}");
            Skip::Invalid { code, message, maybe_unchanged: false, effect, problems }
        }
        (_, conflict) => conflict,
    }
}
