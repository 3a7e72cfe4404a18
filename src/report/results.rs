//! Writes the results file during the run, in the input's order, and the file of the rows to fix.

use super::columns::{NOT_ASKED_FOR, ResultColumns};
use super::earlier::{are_earlier_results, is_earlier_state};
use super::earlier_outputs::{EarlierOutputs, FilesOwner, remove_earlier_state};
use super::html::RunPage;
use super::last_text::LastText;
use super::paths::Paths;
use super::results_file::{EarlierWorkbook, GrowingFile, RESULTS, ROWS_TO_FIX, ResultsFile, stamp};
use super::run_rows::RunRows;
use crate::change::{Change, EffectCounts, EffectPart, IfExists, RowEffect, UserChange};
use crate::execute::{
    InputRows, NOT_THERE, Outcome, OutcomeStatus, Outcomes, PERHAPS_NOBODY, Reason, request_id,
};
use crate::fs::{Earlier, KeptFile};
use crate::journal::{RowDecision, RunInfo};
use crate::plan::Plan;
use crate::reconcile::{NearName, is_about_own_data};
use crate::table::{Block, Blocks, RowBuffer, is_workbook};
use jiff::Timestamp;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

/// Writes rows with their outcomes, up to the first row that has none yet.
pub(crate) struct Results<'t> {
    input_rows: InputRows<'t>,
    plan: &'t Plan,
    run_id: String,
    blocks: Blocks<'t>,
    block: Option<Block>,
    /// The next row of the block.
    index: usize,
    results: ResultsFile,
    results_path: PathBuf,
    failed_path: Option<PathBuf>,
    /// The folder of the dated copies.
    copies: PathBuf,
    /// Rows that wait for the same command.
    open_rows: u64,
    failed: Option<ResultsFile>,
    kept: Vec<KeptFile>,
    /// The earlier results file of this run, and its new name.
    earlier_results: Option<KeptFile>,
    /// The new name of this run's earlier file of rows to fix.
    earlier_failed: Option<PathBuf>,
    /// The workbook with the rows to fix of an earlier part of this run.
    earlier_workbook: Option<EarlierWorkbook>,
    codes: BTreeMap<String, u64>,
    effects: EffectCounts,
    of_adobe_ids: EffectCounts,
    not_there: u64,
    perhaps_nobody: u64,
    near_names: Vec<NearName>,
    /// Whether a list shows who existed before.
    has_list: bool,
    columns: ResultColumns,
    /// What the page of the run says about its rows, if there is to be one.
    gathered: Option<RunRows>,
    buffer: RowBuffer,
    requests: LastText<Option<u32>>,
    times: LastText<Option<Timestamp>>,
    effect_cells: LastText<(OutcomeStatus, RowEffect)>,
}

/// The result of writing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WrittenResults {
    /// Rows to fix, by code.
    pub codes: BTreeMap<String, u64>,
    /// What was done, and which values were not applied.
    pub effects: EffectCounts,
    /// The part of `effects` that is not applied to Adobe IDs, because only their users can change
    /// it.
    pub of_adobe_ids: EffectCounts,
    /// Rows that remove something from a user who does not exist.
    pub not_there: u64,
    /// Removals that the API has confirmed, which it also does for unknown users.
    pub perhaps_nobody: u64,
    /// For the first of the users who do not exist: similar names that may be meant.
    pub near_names: Vec<NearName>,
    /// Earlier files, renamed with their date.
    pub kept: Vec<KeptFile>,
    /// The page of the run, if it was gathered.
    pub page: Option<RunPage>,
}

impl<'t> Results<'t> {
    /// Creates the files. Earlier ones are renamed with their date. Files of the same run are
    /// replaced unless they were edited. `columns` says whether they explain the codes.
    ///
    /// # Errors
    /// When a file cannot be created or renamed.
    pub(crate) fn create(
        input_rows: InputRows<'t>,
        plan: &'t Plan,
        paths: &Paths,
        run_id: &str,
        (owner, columns): (FilesOwner, ResultColumns),
    ) -> io::Result<Self> {
        let mut earlier = EarlierOutputs::keep(paths, owner)?;
        let (table, replaced) = (input_rows.table, Earlier::Replaced);
        let added = columns.of_results();
        let results = ResultsFile::create(&paths.results, replaced, table, added, RESULTS)?;
        earlier.keep_failed(paths, owner)?;
        let EarlierOutputs { kept, results: earlier_results, .. } = earlier;
        Ok(Self {
            input_rows,
            plan,
            run_id: run_id.to_owned(),
            blocks: input_rows.table.blocks(),
            block: None,
            index: 0,
            results,
            results_path: paths.results.clone(),
            failed_path: paths.failed.clone(),
            copies: paths.copies.clone(),
            open_rows: 0,
            failed: None,
            kept,
            earlier_results,
            earlier_failed: earlier.failed,
            earlier_workbook: earlier.workbook,
            codes: BTreeMap::new(),
            effects: EffectCounts::default(),
            of_adobe_ids: EffectCounts::default(),
            not_there: 0,
            perhaps_nobody: 0,
            near_names: Vec::new(),
            has_list: input_rows.baseline.is_some(),
            columns,
            gathered: None,
            buffer: RowBuffer::default(),
            requests: LastText::default(),
            times: LastText::default(),
            effect_cells: LastText::default(),
        })
    }

    /// Returns the results of a run with a journal, which records whether a list showed who existed
    /// before.
    #[must_use]
    pub(crate) fn of_run(self, run_info: &RunInfo) -> Self {
        Self { has_list: run_info.has_list, ..self }
    }

    /// Returns the results of a run of which there is to be a page.
    #[must_use]
    pub(crate) fn gathering(self) -> Self {
        Self { gathered: Some(RunRows::default()), ..self }
    }

    /// Writes the rows that have their outcomes, up to the first row without one.
    ///
    /// # Errors
    /// When reading the input again or writing fails. The files then end with a complete row, as
    /// far as the disk allows.
    pub(crate) fn advance(&mut self, outcomes: &mut Outcomes) -> io::Result<()> {
        self.write_while(outcomes, None)?;
        self.flush()
    }

    /// Writes the remaining rows. Rows without an outcome are `not_sent`, for this reason.
    ///
    /// # Errors
    /// As [`advance`](Self::advance).
    pub(crate) fn close(
        mut self,
        outcomes: &mut Outcomes,
        reason: &str,
    ) -> io::Result<WrittenResults> {
        self.write_while(outcomes, Some(reason))?;
        self.end_files()?;
        if let Some(KeptFile { was, is }) = self.earlier_results.take() {
            match are_earlier_results(self.input_rows.table, &is, &was, self.columns)? {
                true => remove_earlier_state(&is, &self.copies)?,
                false => self.kept.push(KeptFile { was, is }),
            }
        }
        if let Some((earlier, failed)) = self.earlier_failed.take().zip(self.failed_path.clone()) {
            match self.failed.is_some() && is_earlier_state(&earlier, &failed)? {
                true => remove_earlier_state(&earlier, &self.copies)?,
                false => self.kept.push(KeptFile { was: failed, is: earlier }),
            }
        }
        let Self {
            codes,
            effects,
            of_adobe_ids,
            not_there,
            near_names,
            perhaps_nobody,
            kept,
            gathered,
            ..
        } = self;
        Ok(WrittenResults {
            page: gathered.map(|rows| rows.into_page(&effects)),
            codes,
            effects,
            of_adobe_ids,
            not_there,
            near_names,
            perhaps_nobody,
            kept,
        })
    }

    /// Completes the files.
    fn end_files(&mut self) -> io::Result<()> {
        let growing = if self.open_rows > 0 { GrowingFile::Kept } else { GrowingFile::Removed };
        self.results.end(growing)?;
        match (&mut self.failed, self.earlier_workbook.take()) {
            (Some(failed), _) => failed.end(GrowingFile::Removed)?,
            // No row is to be fixed any more.
            (None, Some(earlier)) => {
                self.kept.extend(earlier.remove(&self.copies)?);
            }
            (None, None) => {}
        }
        if growing == GrowingFile::Kept && is_workbook(&self.results_path) {
            let failed = self.failed_path.as_deref().filter(|_| self.failed.is_some());
            stamp(&self.results_path, failed.filter(|path| is_workbook(path)));
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.results.flush()?;
        self.failed.as_mut().map_or(Ok(()), ResultsFile::flush)
    }

    fn write_while(&mut self, outcomes: &mut Outcomes, reason: Option<&str>) -> io::Result<()> {
        loop {
            let block = match self.block.take().filter(|block| self.index < block.len()) {
                Some(block) => block,
                None => match self.blocks.next().transpose()? {
                    Some(block) => {
                        self.index = 0;
                        block
                    }
                    None => return Ok(()),
                },
            };
            while self.index < block.len() {
                let Some(outcome) = self.outcome(&block, outcomes, reason) else {
                    self.block = Some(block);
                    return Ok(());
                };
                self.write(&block, &outcome)?;
                self.index += 1;
            }
        }
    }

    /// Returns the row's outcome. That of an invalid row is found again, because the plan does not
    /// keep it.
    fn outcome(
        &mut self,
        block: &Block,
        outcomes: &mut Outcomes,
        reason: Option<&str>,
    ) -> Option<Outcome> {
        let row = u32::try_from(block.first_row + self.index as u64).ok()?;
        if let Some(outcome) = outcomes.take(row) {
            return Some(outcome);
        }
        let with = |status, reason, effect| {
            Some(Outcome { status, reason, effect, attempts: 0, request: None, finished_at: None })
        };
        let not_sent = |status, message: &str| {
            with(
                status,
                Reason { code: String::new(), message: message.to_owned() },
                RowEffect::NONE,
            )
        };
        if !self.plan.footprint(row).is_sent() {
            return match self.input_rows.evaluate_detailed(block, self.index, &mut self.buffer) {
                Some(Err(skip)) => {
                    let RowDecision { status, reason, effect } = self.input_rows.decision(skip);
                    with(status, reason, effect)
                }
                _ => not_sent(OutcomeStatus::NotSent, NOT_ASKED_FOR),
            };
        }
        not_sent(OutcomeStatus::NotSent, reason?)
    }

    /// Whether a row with this effect updates the names of a user who exists. A row that creates a
    /// user and gives another email or username updates these alone, unless `if_exists` says more.
    fn updates_names(&mut self, block: &Block, effect: RowEffect) -> bool {
        let row = block.first_row + self.index as u64;
        let has_update_step =
            u32::try_from(row).is_ok_and(|row| self.plan.footprint(row).updates());
        if !effect.has(EffectPart::Updated) || !has_update_step {
            return effect.has(EffectPart::Updated);
        }
        match self.input_rows.evaluate_detailed(block, self.index, &mut self.buffer) {
            Some(Ok(Change::User(UserChange { create: Some(create), .. }))) => {
                create.if_exists == IfExists::Update
            }
            _ => true,
        }
    }

    fn write(&mut self, block: &Block, outcome: &Outcome) -> io::Result<()> {
        let row = (block.first_row + self.index as u64 + 1).to_string();
        let line = block.frame(self.index).line.to_string();
        let is_adobe = u32::try_from(block.first_row + self.index as u64)
            .is_ok_and(|row| self.plan.footprint(row).is_adobe());
        let updates_names = self.updates_names(block, outcome.effect);
        if is_adobe {
            self.effects.take_of_adobe_id(outcome.effect);
        } else if updates_names {
            self.effects.take(outcome.effect);
        } else {
            self.effects.take_keeping_names(outcome.effect);
        }
        self.perhaps_nobody += u64::from(
            outcome.status == OutcomeStatus::Ok && outcome.reason.message.contains(PERHAPS_NOBODY),
        );
        let Reason { code, message } = &outcome.reason;
        if code == NOT_THERE {
            self.not_there += 1;
            self.near_names
                .extend(NearName::in_words(message).filter(|_| self.near_names.len() < NEAR_NAMES));
        }
        if outcome.effect.differs() && is_about_own_data(message) {
            self.of_adobe_ids.take(outcome.effect.only_personal_differences());
        }
        let kept = if is_adobe { &KEPT_ADOBE_ID } else { &KEPT };
        let kept = KeptWords { list_tells: self.has_list, updates_names, ..*kept };
        let message = &*with_unsaid(message, outcome, kept);
        if let Some(gathered) = &mut self.gathered {
            gathered.take(&self.input_rows, (block, self.index), (outcome, message));
        }
        let attempts = outcome.attempts.to_string();
        let effect = self.effect_cells.of((outcome.status, outcome.effect), effect_cell);
        let request = self.requests.of(outcome.request, |number| {
            number.map(|number| request_id(&self.run_id, number)).unwrap_or_default()
        });
        let finished = self
            .times
            .of(outcome.finished_at, |at| at.map(|at| format!("{at:.3}")).unwrap_or_default());
        let status = outcome.status.name();
        let explanation = self.columns.explanation(code);
        let mut reason: Vec<&str> = vec![code, message];
        reason.extend(explanation.as_deref());
        let added = [&[&*row, &*line, status], &*reason, &[&*attempts, request, finished, effect]];
        self.results.write_row(block, self.index, &added.concat())?;
        let is_not_sent =
            outcome.status == OutcomeStatus::NotSent && outcome.reason.message != NOT_ASKED_FOR;
        self.open_rows += u64::from(is_not_sent || outcome.reason.is_open());
        // The same command continues an open row, so the row must not be imported a second time.
        if !outcome.status.needs_fixing() || outcome.reason.is_open() {
            return Ok(());
        }
        *self.codes.entry(code.clone()).or_default() += 1;
        self.write_to_fix(block, &reason)
    }

    /// Writes the row of this block to the rows to fix.
    fn write_to_fix(&mut self, block: &Block, reason: &[&str]) -> io::Result<()> {
        if let Some(path) = &self.failed_path {
            let failed = match &mut self.failed {
                Some(failed) => failed,
                None => self.failed.insert(ResultsFile::create(
                    path,
                    Earlier::Replaced,
                    self.input_rows.table,
                    self.columns.of_rows_to_fix(),
                    ROWS_TO_FIX,
                )?),
            };
            failed.write_row_to_fix(block, self.index, reason)?;
        }
        Ok(())
    }
}

/// The most similar names to keep.
const NEAR_NAMES: usize = 5;

/// Returns the cell of the effect; empty if it is unknown.
fn effect_cell((status, effect): (OutcomeStatus, RowEffect)) -> String {
    let nobody_knows = status == OutcomeStatus::Unknown && effect == RowEffect::NONE;
    if nobody_knows { String::new() } else { effect.to_string() }
}

/// Returns the message, with the sentence that follows from the effect and so is not stored for
/// each row.
fn with_unsaid<'m>(message: &'m str, outcome: &Outcome, kept: KeptWords) -> Cow<'m, str> {
    let effect = outcome.effect;
    let unsaid = match outcome.status {
        OutcomeStatus::Ok if effect.has(EffectPart::CreatedOrExists) => {
            if kept.updates_names {
                KEPT_COUNTRY
            } else {
                kept.perhaps
            }
        }
        // With a list, the message already says what differs.
        OutcomeStatus::Ok
            if effect.has(EffectPart::Exists) && !kept.updates_names && !kept.list_tells =>
        {
            kept.surely
        }
        _ => return Cow::Borrowed(message),
    };
    if message.is_empty() {
        Cow::Borrowed(unsaid)
    } else {
        Cow::Owned(format!("{message}; {unsaid}"))
    }
}

/// The sentences about a user who existed when a row was to create it.
#[derive(Debug, Clone, Copy)]
struct KeptWords {
    /// The user may have existed.
    perhaps: &'static str,
    /// The server says that the user existed.
    surely: &'static str,
    list_tells: bool,
    updates_names: bool,
}

const KEPT: KeptWords = KeptWords {
    perhaps: "created, or existed before. An existing user keeps names, country, type and the \
              groups that the row does not name (--if-exists update changes names; --online \
              --skip-unchanged compares)",
    surely: "existed before; keeps names, country, type and the groups that the row does not name \
             (--if-exists update changes names; --online --skip-unchanged compares)",
    list_tells: false,
    updates_names: false,
};

/// The sentence if names are updated.
const KEPT_COUNTRY: &str = "created, or existed before. An existing user keeps country, type and \
                            the groups that the row does not name (--online --skip-unchanged \
                            compares)";

/// The sentences for an Adobe ID, whose names only its user can change.
const KEPT_ADOBE_ID: KeptWords = KeptWords {
    perhaps: "created, or existed before. An existing user keeps names, country, type and the \
              groups that the row does not name (only the user can change the names of an Adobe \
              ID; --online --skip-unchanged compares)",
    surely: "existed before; keeps names, country, type and the groups that the row does not name \
             (only the user can change the names of an Adobe ID; --online --skip-unchanged \
             compares)",
    list_tells: false,
    updates_names: false,
};
