//! `umbulk runs` and `umbulk cancel`: the runs of a shared store. `runs resume` is carried out as
//! the import that it describes.

use super::args::runs::{CancelArgs, RunsArgs, RunsCommand};
use super::error::CliError;
use super::say::{print_out, status_line};
use crate::clock::wall_clock;
use crate::import::Exit;
use crate::import::shared_store::SharedStore;
use crate::number::{count, minutes};
use crate::store::{RunState, RunStore, StoreError, StoredRun};
use crate::visible::visible;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// A run. The field names are those of the JSON.
#[derive(Serialize)]
struct ListedRun<'r> {
    run: &'r str,
    #[serde(serialize_with = "by_name")]
    state: RunState,
    /// Whether a process has it now.
    held: bool,
    /// Whether somebody has cancelled it, and its process does not know yet.
    to_end: bool,
    /// Whether any worker carries it out.
    submitted: bool,
    /// How many runs of the organization a worker carries out before it.
    before: Option<usize>,
    exit: Option<i32>,
    /// Why it has ended, or why it was not carried out the last time.
    reason: Option<&'r str>,
    file: &'r str,
    organization: &'r str,
    host: &'r str,
    rows: u64,
    /// What is known of how far it is.
    progress: &'r serde_json::Value,
    submitted_by: &'r str,
    submitted_at: Option<Timestamp>,
    /// Who has it, or had it last.
    worker: Option<&'r str>,
    /// How long its lease lasts, unless it is renewed.
    lease_seconds: Option<u64>,
}

impl<'r> ListedRun<'r> {
    /// Describes one of these runs.
    fn of(run: &'r StoredRun, all: &[StoredRun]) -> Self {
        let is_waiting = run.is_submitted && run.state == RunState::Queued;
        let new = &run.new;
        let holder = run.holder();
        Self {
            run: &new.id,
            state: run.state,
            held: holder.is_some(),
            to_end: run.is_unwanted && !run.state.is_over(),
            submitted: run.is_submitted,
            before: is_waiting.then(|| runs_before(run, all).count()),
            exit: run.exit_status,
            reason: run.reason.as_deref(),
            file: &new.file,
            organization: &new.place.organization,
            host: &new.place.host,
            rows: new.rows,
            progress: &run.progress,
            submitted_by: &new.submitted_by,
            submitted_at: Timestamp::try_from(run.submitted_at).ok(),
            worker: run.worker.as_deref(),
            lease_seconds: holder.map(|(_, left)| left.as_secs()),
        }
    }
}

/// Says that no store is named.
pub(super) fn which_store() -> CliError {
    CliError(
        "which store? Type --store postgres://USER@HOST/DATABASE, or set UMBULK_STORE".to_owned(),
    )
}

/// Opens the store for questions.
fn open(store: Option<SharedStore>) -> Result<Arc<dyn RunStore>, CliError> {
    let store = store.ok_or_else(which_store)?;
    store.open(Duration::ZERO)?;
    Ok(store.runs()?)
}

/// Shows the runs, or removes some.
pub(crate) fn run(args: &RunsArgs, store: Option<SharedStore>) -> Result<Exit, CliError> {
    let runs = open(store)?;
    let listed = match &args.command {
        None => runs.runs()?,
        // Of other runs, the import that continues them is carried out.
        Some(RunsCommand::Resume(resume)) => return queue_again(&*runs, &resume.run),
        Some(RunsCommand::Prune { older_than }) => {
            let age = Duration::try_from(*older_than).unwrap_or_default();
            let gone = runs.prune(age)?;
            if gone.is_empty() {
                status_line("nothing to delete");
            }
            gone
        }
    };
    if args.json {
        print_out(&as_json(&listed, &listed)?)?;
        return Ok(Exit::Good);
    }
    let shown: Vec<ListedRun<'_>> = listed.iter().map(|run| ListedRun::of(run, &listed)).collect();
    match &args.command {
        Some(_) => {
            let gone = |run: &ListedRun<'_>| format!("deleted {}\n", line(run, &[0; 2]).trim());
            print_out(&shown.iter().map(gone).collect::<String>())?;
        }
        None if shown.is_empty() => {
            print_out("the store has no runs: `umbulk import FILE --store URL` begins one\n")?;
        }
        None => {
            let longest = |text: fn(&ListedRun<'_>) -> usize| shown.iter().map(text).max();
            let widths = [longest(|run| run.run.len()), longest(|run| words(run).len())];
            let widths = widths.map(Option::unwrap_or_default);
            print_out(&shown.iter().map(|run| line(run, &widths)).collect::<String>())?;
        }
    }
    Ok(Exit::Good)
}

/// Whether a store has this run, and workers carry it out.
pub(super) fn is_submitted(store: &SharedStore, id: &str) -> bool {
    let found = store.open(Duration::ZERO).and_then(|()| store.runs()?.run(id));
    found.is_ok_and(|run| run.is_some_and(|run| run.is_submitted))
}

/// Lets workers continue a run that has stopped.
fn queue_again(runs: &dyn RunStore, id: &str) -> Result<Exit, CliError> {
    let find = || runs.run(id).and_then(|run| run.ok_or_else(|| StoreError::no_run(id)));
    if find()?.state == RunState::Stopped {
        runs.queue(id)?;
    }
    let run = find()?;
    let name = visible(&run.new.id);
    match run.state {
        RunState::Queued => {
            status_line(&format!("{name} is queued: a worker carries it out"));
            Ok(Exit::Good)
        }
        RunState::Running => Err(CliError(format!(
            "the run {name} was queued, so a worker continues it: nothing was done here"
        ))),
        RunState::Arriving => Err(CliError(format!(
            "the files of the run {name} are on their way to the store: nothing was done. If \
             `umbulk submit` was killed meanwhile, `umbulk cancel {name}` ends the run"
        ))),
        _ => Err(CliError(format!(
            "the run {name} has ended ({}): nothing was done. `umbulk submit` with its file queues \
             another one",
            state_words(&run)
        ))),
    }
}

/// Returns the runs that workers carry out before this one.
pub(super) fn runs_before<'a>(
    run: &StoredRun,
    all: &'a [StoredRun],
) -> impl Iterator<Item = &'a StoredRun> {
    let (place, number) = (run.new.place.clone(), run.number);
    all.iter().filter(move |other| {
        let is_left =
            matches!(other.state, RunState::Queued | RunState::Running | RunState::Stopped);
        other.new.place == place
            && other.number < number
            && other.is_submitted
            && is_left
            && !other.is_unwanted
    })
}

/// Returns some of these runs as JSON, as a line.
pub(super) fn as_json(runs: &[StoredRun], all: &[StoredRun]) -> Result<String, CliError> {
    let listed: Vec<ListedRun<'_>> = runs.iter().map(|run| ListedRun::of(run, all)).collect();
    Ok(format!("{}\n", serde_json::to_string(&listed)?))
}

/// Describes the state of a run.
pub(super) fn state_words(run: &StoredRun) -> &'static str {
    words(&ListedRun::of(run, &[]))
}

fn by_name<S: serde::Serializer>(state: &RunState, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(state.name())
}

/// Describes a run in a line.
fn line(run: &ListedRun<'_>, [id, state]: &[usize; 2]) -> String {
    let at = run.submitted_at.map_or_else(String::new, |at| wall_clock(at, "%Y-%m-%d %H:%M"));
    let who = match (run.worker, run.held) {
        (Some(worker), true) => format!(", carried out by {}", visible(worker)),
        (Some(worker), false) if run.state == RunState::Running => {
            format!(", last by {}", visible(worker))
        }
        _ => String::new(),
    };
    format!(
        "{:id$}  {at}  {:state$}  {}, {} for {}{who}\n",
        visible(run.run),
        words(run),
        visible(run.file),
        count(run.rows, "row"),
        visible(run.organization),
    )
}

/// Describes the state of a run.
fn words(run: &ListedRun<'_>) -> &'static str {
    match run.state {
        RunState::Running if !run.held => "interrupted",
        RunState::Running if run.to_end => "will be cancelled",
        RunState::Finished if run.exit == Some(1) => "finished, some rows are not ok",
        state => state.name(),
    }
}

/// Ends a run.
pub(crate) fn cancel(args: &CancelArgs, store: Option<SharedStore>) -> Result<Exit, CliError> {
    let run = open(store)?.cancel(&args.run)?;
    let name = visible(&run.new.id);
    status_line(&match (run.state, run.holder()) {
        (RunState::Cancelled, _) => format!("{name} is cancelled"),
        (_, Some((worker, left))) => format!(
            "{name} will be cancelled: {} sends nothing more once it knows, and stops within {}. \
             The same import command would continue the run",
            visible(worker),
            minutes(left)
        ),
        _ => format!("{name} has ended already: {}", state_words(&run)),
    });
    Ok(if run.state.is_over() && run.state != RunState::Cancelled {
        Exit::NothingSent
    } else {
        Exit::Good
    })
}
