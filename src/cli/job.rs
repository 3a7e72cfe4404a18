//! A job: a file that describes an import which is repeated, such as every week.
//!
//! Its keys are the options of `umbulk import`, so that nothing is parsed twice: the job is a
//! settings file, and the import is resolved from it as from any other. Who types `umbulk sync JOB`
//! consents to what the job says, so it may say what must be typed elsewhere; a job that others can
//! write is refused.

use super::args::sync::{MaxShrinkArg, SyncArgs, max_shrink};
use super::environment::nearest;
use super::error::CliError;
use super::settings::{Settings, parse};
use crate::fs::{Busy, Lock, private_folder, why_others_can_write};
use crate::import::access::Owner;
use crate::import::profile::PROFILES;
use crate::import::shrink::ShrinkGuard;
use crate::shell::shell_words;
use clap::Command;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// The key of the files to import.
pub(super) const INPUT: &str = "input";
/// The key of the limit on lost rows.
const MAX_SHRINK: &str = "max-shrink";
/// Options of an import that a job cannot have: they are for one run.
const NOT_IN_A_JOB: [&str; 5] = ["fresh", "retry-failed", "override", "save-map", "json"];

/// The option of an import that applies a saved plan.
const PLAN: &str = "plan";

/// A job file.
#[derive(Debug)]
pub(crate) struct SyncJob {
    /// The full path of the file.
    pub(crate) path: PathBuf,
    inputs: Vec<String>,
    max_shrink: MaxShrinkArg,
    /// The options that were typed, as the import has them.
    options: Vec<OsString>,
}

impl SyncJob {
    /// Reads a job, and goes to its folder: its paths are relative to it. Returns the settings of
    /// its import as well. `options` are those that were typed.
    ///
    /// # Errors
    /// When the file cannot be read, can be written by others, or has a key that is none.
    pub(crate) fn open(
        args: &SyncArgs,
        options: Vec<OsString>,
        command: &Command,
    ) -> Result<(Self, Settings), CliError> {
        let named = |error: std::io::Error| crate::fs::named(&args.job)(error);
        let path = args.job.canonicalize().map_err(named)?;
        if let Some(why) = why_others_can_write(&path) {
            return Err(CliError(format!(
                "{}: {why}, and what a job says is done without a question: nothing was sent. Only \
                 you may be able to write the job and its folder (chmod go-w)",
                args.job.display()
            )));
        }
        // The file that was checked, whatever its name leads to by now.
        let text = crate::fs::read_text(&path)?;
        let mut table = parse(&args.job, &text)?;
        check_keys(&table, &args.job, command)?;
        let wrong = |CliError(what)| CliError(format!("{}: {what}", args.job.display()));
        let inputs = inputs(table.remove(INPUT)).map_err(wrong)?;
        let of_job = table.remove(MAX_SHRINK).or_else(|| table.remove("max_shrink"));
        let of_job = of_job.map(|value| limit(&value)).transpose().map_err(wrong)?;
        let max_shrink = args.max_shrink.or(of_job).unwrap_or(MaxShrinkArg::DEFAULT);
        let name = path.file_name().map(PathBuf::from).unwrap_or_default();
        if let Some(folder) = path.parent() {
            std::env::set_current_dir(folder).map_err(|error| crate::fs::named(folder)(error))?;
        }
        let settings =
            Settings { path: name, text, table, owner: Owner::User, is_job: true, is_alone: false };
        Ok((Self { path, inputs, max_shrink, options }, settings))
    }

    /// Returns the command line of the import.
    pub(crate) fn import_words(&self) -> Vec<OsString> {
        let mut words = vec!["umbulk".into(), "import".into()];
        words.extend_from_slice(&self.options);
        words.push("--".into());
        words.extend(self.inputs.iter().map(OsString::from));
        words
    }

    /// Returns the command line of the job, with full paths: it works in any folder.
    pub(crate) fn command(&self) -> Vec<OsString> {
        let mut words = vec!["umbulk".into(), "sync".into(), self.path.clone().into_os_string()];
        words.extend_from_slice(&self.options);
        words
    }

    /// Describes the job for the head of the import.
    pub(crate) fn describe(&self) -> String {
        format!("job           {}: its paths are relative to its folder", self.path.display())
    }

    /// Takes the lock of the job, so that it runs once at a time.
    ///
    /// # Errors
    /// When another process carries the job out.
    pub(crate) fn lock(&self, state: Option<&Path>) -> Result<Option<Lock>, CliError> {
        let Some(state) = state else { return Ok(None) };
        private_folder(&state.join("sync"))?;
        match Lock::take(&self.kept(state, "lock")) {
            Ok(lock) => Ok(Some(lock)),
            Err(Busy::Held(process)) => Err(CliError(format!(
                "{}: the job is running already (process {process}): nothing was done. Wait for \
                 it; `umbulk status` in its folder shows how far it is",
                self.path.display()
            ))),
            Err(Busy::Io(error)) => Err(error.into()),
        }
    }

    /// Returns the guard against a truncated list.
    pub(crate) fn shrink(&self, state: Option<&Path>) -> Option<ShrinkGuard> {
        let record = self.kept(state?, "json");
        Some(ShrinkGuard { record, max_shrink: self.max_shrink.cap() })
    }

    /// Returns the place of a file about the job.
    fn kept(&self, state: &Path, ending: &str) -> PathBuf {
        let hash = xxh3_64(self.path.as_os_str().as_encoded_bytes());
        state.join("sync").join(format!("{hash:016x}.{ending}"))
    }
}

/// Refuses keys that are no options of an import, and those that are for one run.
fn check_keys(table: &toml::Table, path: &Path, command: &Command) -> Result<(), CliError> {
    let import = command.find_subcommand("import");
    let options = import.into_iter().flat_map(Command::get_arguments);
    // Those of the program as well, such as `quiet`.
    let options = options.chain(command.get_arguments());
    let mut known: Vec<&str> = options.filter_map(|arg| arg.get_long()).collect();
    known.retain(|long| !["help", "version", "config"].contains(long));
    known.extend([INPUT, MAX_SHRINK, PROFILES]);
    for key in table.keys() {
        let long = key.replace('_', "-");
        let said = |what: String| Err(CliError(format!("`{key}` in {}: {what}", path.display())));
        if long == PLAN {
            return said(format!(
                "a saved plan has its files and options, so it is no part of a job: remove the \
                 key, and apply the plan by itself ({})",
                shell_words(["umbulk", "import", "--plan", table[key].as_str().unwrap_or("PLAN")])
            ));
        }
        if NOT_IN_A_JOB.contains(&long.as_str()) {
            return said(format!("this is for one run, and no job: remove it, or type --{long}"));
        }
        if !known.contains(&long.as_str()) {
            let near = nearest(&long, &known).map_or_else(
                || {
                    ": keys are `input`, `max-shrink`, and the options of `umbulk import`"
                        .to_owned()
                },
                |near| format!(". Did you mean {near}?"),
            );
            return said(format!("this is not a key of a job{near}"));
        }
    }
    Ok(())
}

/// Returns the files to import.
fn inputs(value: Option<toml::Value>) -> Result<Vec<String>, CliError> {
    let wrong = || {
        CliError("`input` must be a file in quotes, or several: [\"a.csv\", \"b.csv\"]".to_owned())
    };
    let files = match value {
        None => {
            return Err(CliError("`input` is missing: it names the file to import".to_owned()));
        }
        Some(toml::Value::String(file)) => vec![file],
        Some(toml::Value::Array(files)) => files
            .into_iter()
            .map(|file| match file {
                toml::Value::String(file) => Ok(file),
                _ => Err(wrong()),
            })
            .collect::<Result<_, _>>()?,
        Some(_) => return Err(wrong()),
    };
    match files.iter().any(|file| file.trim().is_empty() || file == "-") || files.is_empty() {
        true => Err(wrong()),
        false => Ok(files),
    }
}

/// Returns the limit on lost rows of a job.
fn limit(value: &toml::Value) -> Result<MaxShrinkArg, CliError> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        _ => {
            return Err(CliError(
                "`max-shrink` must be a share (\"20%\"), a number of rows, or \"off\"".to_owned(),
            ));
        }
    };
    max_shrink(&text).map_err(|error| CliError(format!("`max-shrink`: {error}")))
}
