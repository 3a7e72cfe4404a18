//! `umbulk status`: the progress of imports according to their journals, during a run and
//! afterwards.

mod details;
mod facts;
mod table;

use crate::cli::args::commands::StatusArgs;
use crate::cli::error::CliError;
use crate::cli::run_of_store::RunOfStore;
use crate::cli::runs::as_json;
use crate::cli::say::{print_out, status_line};
use crate::clock::now;
use crate::import::Exit;
use crate::import::journal_place::{all_journals, journals_of};
use crate::import::shared_store::SharedStore;
use facts::JournalFacts;
use std::path::Path;

/// Prints the state of the journals of a file, or of all in this folder. With `--check` the exit
/// status is the worst of the runs.
///
/// # Errors
/// When there is no journal, or one cannot be read. The others are printed nevertheless.
pub(crate) fn run(
    args: &StatusArgs,
    store: impl FnOnce() -> Result<Option<SharedStore>, CliError>,
) -> Result<Exit, CliError> {
    let journals = args.file.as_deref().map_or_else(|| all_journals(Path::new("")), journals_of);
    let named = args.file.as_deref().filter(|file| !journals.iter().any(|journal| journal == file));
    let (mut known, mut wrong) = (Vec::new(), Vec::new());
    for journal in journals.iter().filter_map(|path| JournalFacts::of(path, named).transpose()) {
        match journal {
            Ok(journal) if args.file.is_some() => known.push(journal.with_earlier()),
            Ok(journal) => known.push(journal),
            Err(CliError(why)) => wrong.push(why),
        }
    }
    // An invalid journal does not hide the others.
    let last = wrong.pop();
    wrong.iter().for_each(|why| status_line(&format!("error: {why}")));
    let wrong = last.map(CliError);
    if known.is_empty() {
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        let Some(file) = &args.file else {
            return Err(CliError(
                "there is no journal in this folder: name the imported file or its journal"
                    .to_owned(),
            ));
        };
        return of_store(args, &RunOfStore::in_place_of_file(file, store())?);
    }
    known.sort_by(|a, b| (b.began, &a.journal).cmp(&(a.began, &b.journal)));
    if args.json {
        print_out(&format!("{}\n", serde_json::to_string(&known)?))?;
    } else if args.file.is_none() {
        let here = std::env::current_dir().ok();
        print_out(&table::shown(&known, now(), here.as_deref()))?;
    } else {
        print_out(&known.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    }
    let checked = known.iter().fold(Exit::Good, |worst, journal| worst.and(journal.exit));
    wrong.map_or(Ok(if args.check { checked } else { Exit::Good }), Err)
}

/// Prints the state of a run that is in a shared store alone.
fn of_store(args: &StatusArgs, run: &RunOfStore) -> Result<Exit, CliError> {
    let all = run.all()?;
    match args.json {
        true => print_out(&as_json(std::slice::from_ref(&run.run), &all)?)?,
        false => print_out(&run.status(&all))?,
    }
    Ok(if args.check { run.exit() } else { Exit::Good })
}
