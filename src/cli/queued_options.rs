//! The options of an import that is queued: which of them a worker follows, and what goes to the
//! store for it.

use super::error::CliError;
use super::settings::MappingText;
use crate::import::queued_job::OptionFile;
use crate::import::submission::{OptionContent, QueuedOptions};
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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

/// Settings that ask for a rehearsal. A queued run would be a real one, so they are refused too.
const REHEARSALS: [&str; 2] = ["sandbox", "test-mode"];

/// Returns what goes to a worker of the options of a submission, including those of settings.
/// `typed` are only those that were typed.
///
/// # Errors
/// When the worker cannot follow an option.
pub(super) fn queued_options(
    command: &Command,
    typed: &ArgMatches,
    all: &ArgMatches,
    mapping: Option<&MappingText>,
) -> Result<QueuedOptions, CliError> {
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

/// Adds what is stored of the files that options name.
fn with_files(
    values: BTreeMap<String, Vec<String>>,
    paths: &BTreeMap<String, PathBuf>,
    mapping: Option<&MappingText>,
) -> Result<QueuedOptions, CliError> {
    let mut files = BTreeMap::new();
    for (option, path) in paths {
        check_file(option, path)?;
        let content = match option.as_str() {
            "map-file" => OptionContent::Text(only_mapping(&crate::fs::read_text(path)?, path)?),
            _ => OptionContent::File(path.clone()),
        };
        files.insert(option.clone(), (OptionFile::at(path), content));
    }
    if let Some(MappingText { file, text }) = mapping {
        let path = Path::new(file);
        let content = OptionContent::Text(only_mapping(text, path)?);
        files.insert("map-file".to_owned(), (OptionFile::at(path), content));
    }
    Ok(QueuedOptions { values, files })
}

/// Refuses what cannot be stored as a file.
fn check_file(option: &str, path: &Path) -> Result<(), CliError> {
    let why = match path.exists() {
        true if path.is_file() => return Ok(()),
        true => "only a file goes to the store",
        false => "there is no such file",
    };
    Err(CliError(format!("--{option} {}: {why}, so nothing was queued", path.display())))
}

/// Returns the table `[map]` of a file, which may also have other settings and profiles.
fn only_mapping(text: &str, path: &Path) -> Result<String, CliError> {
    let mut table = super::settings::parse(path, text)?;
    table.retain(|key, _| key == "map");
    Ok(table.to_string())
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
