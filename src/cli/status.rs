//! `umbulk status`: how far imports have come, from their journals, while they run and afterwards.

use super::args::StatusArgs;
use super::exit::{Exit, Failure};
use super::files::count;
use super::journal::{all_journals, journals_of, lock_path};
use super::{give, shell_words, wall_clock};
use crate::disk::Lock;
use crate::run::Status;
use crate::run::journal::Journal;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};

pub(crate) fn run(args: &StatusArgs) -> Result<Exit, Failure> {
    let journals = args.file.as_deref().map_or_else(|| all_journals(Path::new("")), journals_of);
    let known = journals.iter().filter_map(|path| Known::of(path).transpose()).collect::<Result<Vec<_>, _>>()?;
    if known.is_empty() {
        return Err(Failure(match &args.file {
            Some(file) => {
                format!("no import of {} is known there: its journal, NAME.ORGANIZATION.journal, lies beside the results", file.display())
            }
            None => "no import is known in this folder: say the imported file, or its journal".to_owned(),
        }));
    }
    if args.json {
        give(&format!("{}\n", serde_json::to_string(&known)?))?;
    } else {
        give(&known.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(Exit::Good)
}

/// Is somebody at work?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Running,
    Interrupted,
    Finished,
}

/// What a journal says.
#[derive(Debug, Serialize)]
struct Known {
    journal: PathBuf,
    file: String,
    organization: String,
    host: String,
    run: String,
    state: State,
    process: u32,
    began: Timestamp,
    finished: Option<Timestamp>,
    rows: u32,
    /// Rows with a verdict, by status.
    statuses: BTreeMap<&'static str, u64>,
    /// Rows that were sent or are about to be, and of which nothing was heard yet.
    in_doubt: u64,
    requests: u32,
    planned_requests: u64,
    pause_until: Option<Timestamp>,
    pause_why: Option<String>,
    results: PathBuf,
    /// Goes on with an interrupted run.
    next: Option<String>,
}

impl Known {
    fn of(path: &Path) -> Result<Option<Self>, Failure> {
        let Some(journal) = Journal::look(path)? else { return Ok(None) };
        let (about, face, past) = (journal.about()?, journal.face()?, journal.past()?);
        let state = match past.finished {
            _ if Lock::is_held(&lock_path(path)) => State::Running,
            Some(_) => State::Finished,
            None => State::Interrupted,
        };
        let mut statuses = BTreeMap::new();
        let mut in_doubt: HashSet<u32> = past.doubtful.iter().copied().collect();
        journal.outcomes(|row, outcome| {
            *statuses.entry(outcome.status.name()).or_default() += 1;
            in_doubt.remove(&row);
        })?;
        let (pause_until, pause_why) = past.pause.filter(|(until, _)| *until > Timestamp::now()).unzip();
        Ok(Some(Self {
            journal: path.to_owned(),
            file: face.file,
            organization: about.organization,
            host: about.host,
            run: face.run_id,
            state,
            process: face.process,
            began: face.began,
            finished: past.finished,
            rows: about.rows,
            statuses,
            in_doubt: in_doubt.len() as u64,
            requests: past.requests,
            planned_requests: face.requests,
            pause_until,
            pause_why,
            results: face.folder.join(face.results),
            next: (state == State::Interrupted).then(|| format!("cd {} && {}", shell_words([face.folder]), shell_words(face.typed))),
        }))
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |at: Timestamp| wall_clock(at, "%a %d %b %H:%M");
        let state = match (self.state, self.finished) {
            (State::Running, _) => format!("running (process {})", self.process),
            (State::Interrupted, _) => "interrupted".to_owned(),
            (State::Finished, at) => at.map_or_else(|| "finished".to_owned(), |at| format!("finished {}", time(at))),
        };
        let judged: u64 = self.statuses.values().sum();
        let by_status =
            Status::ALL.iter().filter_map(|status| self.statuses.get(status.name()).map(|rows| format!("{rows} {}", status.name())));
        let by_status: Vec<String> = by_status.collect();
        writeln!(f, "{}: {state}", self.file)?;
        writeln!(f, "  organization  {} at {}", self.organization, self.host)?;
        writeln!(f, "  run           {}, begun {}", self.run, time(self.began))?;
        write!(f, "  rows          {judged} of {} have a verdict", self.rows)?;
        writeln!(f, "{}{}", if by_status.is_empty() { "" } else { ": " }, by_status.join(", "))?;
        if self.in_doubt > 0 {
            writeln!(f, "  in doubt      {} on their way: sent or about to be, and not answered", count(self.in_doubt, "row"))?;
        }
        writeln!(f, "  requests      {} sent, {} planned", self.requests, self.planned_requests)?;
        if let (Some(until), Some(why)) = (self.pause_until, &self.pause_why) {
            writeln!(f, "  pause         until {} ({why})", time(until))?;
        }
        writeln!(f, "  results       {}", self.results.display())?;
        if let Some(next) = &self.next {
            writeln!(f, "  to go on      {next}")?;
        }
        Ok(())
    }
}
