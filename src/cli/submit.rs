//! `umbulk submit`: queues an import in a shared store. Any worker carries it out, so everything
//! that decides about its rows goes there, and every question is answered here.

use super::args::import::ImportArgs;
use super::error::CliError;
use super::import_report::ImportReport;
use super::say::{print_out, status_line};
use super::sending;
use super::settings::MappingText;
use super::store_access::store_at;
use super::terminal::Terminal;
use crate::import::Exit;
use crate::import::config::ImportConfig;
use crate::import::pipeline;
use crate::import::queued_job::QueuedJob;
use crate::import::shared_store::SharedStore;
use crate::import::submission::{OptionContent, QueuedRun, Submission};
use crate::number::count_thousands;
use crate::shell::shell_words;
use crate::visible::visible;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Options that go to the worker.
pub(super) const FOR_THE_WORKER: [&str; 44] = [
    "strict",
    "dialect",
    "map",
    "set",
    "action",
    "override",
    "ignore",
    "header-row",
    "sheet",
    "conflicts",
    "encoding",
    "repair-mojibake",
    "delimiter",
    "list-separator",
    "rows",
    "default-type",
    "default-country",
    "if-exists",
    "skip-unchanged",
    "online",
    "max-age",
    "exact-groups",
    "manage-groups",
    "empty-groups",
    "allow-shadow",
    "allow-second-accounts",
    "check-groups",
    "create-groups",
    "max-deletes",
    "max-removals",
    "verify-deletes",
    "allow-admins",
    "snapshot-before",
    "group-side",
    "effect-window",
    "concurrency",
    "max-errors",
    "org",
    "timeout",
    "rate",
    "max-wait",
    "max-attempts",
    "retry-wait",
    "yes",
];

/// Options that name a file which goes to the worker.
pub(super) const FILES: [&str; 4] = ["map-file", "protect", "against", "groups-file"];

/// Options of the submission alone: each computer has its own, or says its own things.
#[cfg(test)]
const HERE: [&str; 8] =
    ["fresh", "env-file", "profile", "ca-file", "store", "log-file", "save-map", "progress"];

/// Options that the worker cannot follow. What settings say about the outputs of imports is for
/// imports here.
pub(super) const NOT_WITH_A_WORKER: [&str; 14] = [
    "plan",
    "sandbox",
    "test-mode",
    "missing",
    "managed-type",
    "managed-domain",
    "max-missing",
    "retry-failed",
    "results",
    "failed",
    "report",
    "explain",
    "json",
    "notify-cmd",
];

/// Options that change nothing in the organization if a setting asks for that. So no run is queued
/// that would.
const REHEARSALS: [&str; 2] = ["sandbox", "test-mode"];

/// Makes the job of a submission from its options, including those of settings. `typed` are only
/// those that were typed.
///
/// # Errors
/// When the worker cannot follow an option.
pub(super) fn submission(
    command: &Command,
    typed: &ArgMatches,
    all: &ArgMatches,
    mapping: Option<&MappingText>,
) -> Result<Submission, CliError> {
    let Some(command) = command.find_subcommand("submit") else {
        return Err(CliError("there is no such command".to_owned()));
    };
    let given = |from: &ArgMatches, id: &str| {
        from.try_contains_id(id).unwrap_or(false)
            && from.value_source(id) == Some(ValueSource::CommandLine)
    };
    let (mut options, mut files) = (BTreeMap::new(), BTreeMap::new());
    for arg in command.get_arguments() {
        let (Some(long), id) = (arg.get_long(), arg.get_id().as_str()) else { continue };
        let is_refused = match REHEARSALS.contains(&long) {
            true => given(all, id),
            false => NOT_WITH_A_WORKER.contains(&long) && given(typed, id),
        };
        if is_refused {
            return Err(CliError(format!(
                "--{long}: a worker cannot do that, so nothing was queued. {}",
                instead(long)
            )));
        }
        if FOR_THE_WORKER.contains(&long) && given(all, id) {
            options.insert(long.to_owned(), values(arg.get_action(), all, id)?);
        }
        if FILES.contains(&long) && given(all, id) {
            let values = values(arg.get_action(), all, id)?;
            files.extend(values.iter().map(|path| (long.to_owned(), PathBuf::from(path))));
        }
    }
    check_list(&options, &files)?;
    with_files(options, &files, mapping)
}

/// Returns what to do without an option that a worker cannot follow.
fn instead(long: &str) -> &'static str {
    match long {
        "results" | "failed" => "`umbulk results RUN` writes the results where you want them",
        "explain" => "`umbulk results RUN --explain` adds that column",
        "report" => "`umbulk report RUN` writes the page where you want it",
        "json" => "Standard output has the id of the run, and `umbulk status RUN --json` its state",
        "notify-cmd" => "`umbulk status RUN --check` says how the run has ended",
        _ => "`umbulk import` with this option does it on this computer",
    }
}

fn values(action: &ArgAction, all: &ArgMatches, id: &str) -> Result<Vec<String>, CliError> {
    if matches!(action, ArgAction::SetTrue) {
        return Ok(vec!["true".to_owned()]);
    }
    let raw = all.try_get_raw(id).ok().flatten().into_iter().flatten();
    raw.map(|value| {
        let text = value.to_str().map(ToOwned::to_owned);
        text.ok_or_else(|| CliError(format!("{}: write it in UTF-8", value.display())))
    })
    .collect()
}

/// Refuses a comparison with a list that is on this computer alone.
fn check_list(
    options: &BTreeMap<String, Vec<String>>,
    files: &BTreeMap<String, PathBuf>,
) -> Result<(), CliError> {
    let compares =
        ["skip-unchanged", "exact-groups"].into_iter().find(|o| options.contains_key(*o));
    let has_list = options.contains_key("online") || files.contains_key("against");
    match compares.filter(|_| !has_list) {
        Some(option) => Err(CliError(format!(
            "--{option} compares with the snapshot of this computer, which a worker does not have: \
             nothing was queued. Add --online, or --against with a list"
        ))),
        None => Ok(()),
    }
}

fn with_files(
    options: BTreeMap<String, Vec<String>>,
    files: &BTreeMap<String, PathBuf>,
    mapping: Option<&MappingText>,
) -> Result<Submission, CliError> {
    let (mut job, mut contents) = (QueuedJob::of(options), BTreeMap::new());
    for (option, path) in files {
        if !path.is_file() {
            return Err(CliError(format!(
                "--{option} {}: only a file goes to the store, so nothing was queued",
                path.display()
            )));
        }
        let content = match option.as_str() {
            "map-file" => OptionContent::Text(only_mapping(&crate::fs::read_text(path)?, path)?),
            _ => OptionContent::File(path.clone()),
        };
        job.add_file(option, path);
        contents.insert(option.clone(), content);
    }
    if let Some(MappingText { file, text }) = mapping {
        let path = Path::new(file);
        job.add_file("map-file", path);
        let text = only_mapping(text, path)?;
        contents.insert("map-file".to_owned(), OptionContent::Text(text));
    }
    Ok(Submission::of(job, contents))
}

/// Returns the table `[map]` of a file, which may also have other settings and profiles.
fn only_mapping(text: &str, path: &Path) -> Result<String, CliError> {
    let mut table = super::settings::parse(path, text)?;
    table.retain(|key, _| key == "map");
    Ok(table.to_string())
}

/// Queues the import.
pub(super) fn run(
    args: &ImportArgs,
    config: ImportConfig,
    submission: Submission,
    terminal: Terminal,
    report: &ImportReport,
) -> Result<Exit, CliError> {
    let [_] = args.files.as_slice() else {
        return Err(CliError(
            "one file is queued at a time: nothing was queued. Type the command once for each \
             file; the runs of an organization are carried out in the order of submission"
                .to_owned(),
        ));
    };
    let store = store_at(args.store.as_deref())?.map(Arc::new);
    let store = store.ok_or_else(super::runs::which_store)?;
    // The journal that an import opens is not needed afterwards.
    let folder = tempfile::tempdir()?;
    let submission = Arc::new(submission.confirmed_by(&terminal.confirmed));
    if args.yes {
        submission.confirmed.note();
    }
    let mut config = ImportConfig {
        results: Some(folder.path().join("results.csv")),
        submission: Some(Arc::clone(&submission)),
        ..config
    };
    config.connect.store = Some(Arc::clone(&store));
    let sending = terminal.sending.clone();
    let import = move || pipeline::import(&config, &terminal);
    let ended = sending::until_sending(&sending, report, import, || store.give_back())?;
    if let Some(run) = submission.queued() {
        say_queued(&run, &store)?;
    }
    drop(folder);
    Ok(ended)
}

fn say_queued(run: &QueuedRun, store: &SharedStore) -> Result<(), CliError> {
    let QueuedRun { id, file, rows, organization, host } = run;
    status_line(&format!(
        "queued        {} ({}) for {} at {}, as the run {id}. A worker carries it out; `{}` shows \
         how far it is",
        visible(file),
        count_thousands(*rows, "row"),
        visible(organization),
        visible(host),
        shell_words(["umbulk", "status", id, "--store", store.shown()])
    ));
    print_out(&format!("{id}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::command_line::Cli;
    use clap::CommandFactory;

    /// A new option is sent to the worker, or refused, on purpose.
    #[test]
    fn every_option_of_an_import_is_in_one_list() {
        let program = Cli::command();
        let import = program.find_subcommand("import").unwrap();
        for long in import.get_arguments().filter_map(clap::Arg::get_long) {
            let lists: [&[&str]; 4] = [&FOR_THE_WORKER, &FILES, &HERE, &NOT_WITH_A_WORKER];
            let found = lists.iter().filter(|list| list.contains(&long)).count();
            assert_eq!(found, 1, "--{long}");
        }
    }

    #[test]
    fn mapping_goes_without_the_profiles_of_its_file() {
        let text = "profile = \"a\"\n[profiles.a]\nclient-id = \"x\"\n[map]\nemail = \"Mail\"\n";
        let only = only_mapping(text, Path::new("umbulk.toml")).unwrap();
        assert_eq!(only.trim(), "[map]\nemail = \"Mail\"");
    }
}
