//! `umbulk results`: the results file again, from the journal and the imported file.

use super::args::{Cli, Command, ImportArgs, ResultsArgs};
use super::exit::{Exit, Failure};
use super::files::{Access, Input, count};
use super::journal::{journals_of, lock_path, noted_groups};
use super::{groups, say};
use crate::change::Effect;
use crate::disk::{Busy, Lock};
use crate::report::{Paths, Results};
use crate::run::journal::{Face, Journal};
use crate::run::{Ledger, Note, Outcome, Status};
use clap::Parser;
use std::path::{Path, PathBuf};

pub(crate) fn run(args: &ResultsArgs) -> Result<Exit, Failure> {
    let found = journals_of(&args.file);
    let place = match found.as_slice() {
        [one] => one,
        [] => return Err(none(&args.file)),
        several => {
            let names: Vec<String> = several.iter().map(|path| path.display().to_string()).collect();
            return Err(Failure(format!(
                "{} was imported into several organizations: say which journal: {}",
                args.file.display(),
                names.join(", ")
            )));
        }
    };
    let _lock = Lock::take(&lock_path(place)).map_err(|busy| match busy {
        Busy::Held(_) => Failure(format!("{busy}; the run itself writes the results then")),
        Busy::Io(error) => Failure(error.to_string()),
    })?;
    let journal = Journal::look(place)?.ok_or_else(|| none(&args.file))?;
    let (about, face, past) = (journal.about()?, journal.face()?, journal.past()?);
    let import = import_args(&face)?;
    let path = if args.file == *place { face.folder.join(&face.file) } else { args.file.clone() };
    if face.file == "-" {
        return Err(Failure("the rows came through standard input, which cannot be read again".to_owned()));
    }
    let folder = tempfile::tempdir()?;
    let mut input = Input::open(&path, &import.read, Access::PrivateCopy(folder.path()), true)?;
    if input.table.fingerprint()? != about.input {
        return Err(Failure(format!("{} is not what was imported: it has changed since. Put it back as it was", path.display())));
    }
    groups::restore(&mut input, noted_groups(&about))?;
    let surveyed = input.survey()?;
    let mut ledger = Ledger::new(surveyed.plan.rows(), face.began);
    journal.outcomes(|row, outcome| ledger.restore(row, outcome))?;
    for row in past.doubtful {
        let sent = past.progress.get(&row).map_or(1, |progress| progress.sent);
        let note = Note::unheard("the run was interrupted before");
        let effect = Effect::NONE;
        ledger.restore(row, Outcome { status: Status::Unknown, note, effect, attempts: sent, request: None, finished_at: None });
    }
    let paths = match &args.results {
        Some(results) if results.is_dir() => Paths { results: Paths::beside(&path, "results", Some(results)), failed: None },
        Some(results) => Paths { results: results.clone(), failed: None },
        None => Paths { results: face.folder.join(&face.results), failed: face.failed.map(|failed| face.folder.join(failed)) },
    };
    let results = Results::create(input.reading(), &surveyed.plan, &paths, &face.run_id, args.results.is_none())?;
    results.close(&mut ledger, "the run was interrupted before it")?;
    let judged = Status::ALL.iter().map(|status| ledger.count(*status)).sum::<u64>();
    say(&format!("written: {} ({} with a verdict of the run)", paths.results.display(), count(judged, "row")));
    Ok(Exit::Good)
}

fn none(file: &Path) -> Failure {
    Failure(format!("no import of {} is known there: its journal, NAME.ORGANIZATION.journal, lies beside the results", file.display()))
}

/// The options of the import, as they were typed and set then.
fn import_args(face: &Face) -> Result<ImportArgs, Failure> {
    let parsed =
        Cli::try_parse_from(&face.command).map_err(|error| Failure(format!("the journal's command is not understood: {error}")))?;
    let Command::Import(mut args) = parsed.command else { return Err(Failure("the journal is not that of an import".to_owned())) };
    args.read.protect = args.read.protect.map(|path: PathBuf| face.folder.join(path));
    Ok(*args)
}
