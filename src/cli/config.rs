//! Settings from outside the command line: the environment, `.env`, `umbulk.toml`.
//!
//! Every long option of a command can stand there too. They are put before the options that were typed, so that there is one place where an
//! option is understood, and what was typed wins.

use super::exit::Failure;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Options that must be typed: they lift a protection.
const ONLY_TYPED: [&str; 6] = ["yes", "fresh", "force", "missing", "override", "allow-admins"];
/// Options that say how, not what.
const NOT_SETTINGS: [&str; 3] = ["help", "version", "config"];

/// The environment as umbulk sees it: the process's own, and below it the `.env` of the working folder.
#[derive(Debug, Default, Clone)]
pub(crate) struct Environment {
    dotenv: BTreeMap<String, String>,
}

impl Environment {
    /// Reads `.env` in the working folder, where there is one.
    pub(crate) fn load() -> Result<Self, Failure> {
        let path = Path::new(".env");
        if !path.is_file() {
            return Ok(Self::default());
        }
        let wrong = |error: dotenvy::Error| Failure(format!(".env: {}", dotenv_trouble(&error)));
        let dotenv: BTreeMap<String, String> = dotenvy::from_path_iter(path).map_err(wrong)?.collect::<Result<_, _>>().map_err(wrong)?;
        if dotenv.contains_key("UMAPI_CLIENT_SECRET") {
            warn_of_readers(path);
        }
        Ok(Self { dotenv })
    }

    /// A variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().or_else(|| self.dotenv.get(name).cloned()).filter(|value| !value.trim().is_empty())
    }
}

/// A file with a secret in it is nobody else's to read.
#[cfg(unix)]
pub(crate) fn warn_of_readers(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0) {
        super::say(&format!("warning: {0} can be read by others on this computer, and holds the secret: chmod 600 {0}", path.display()));
    }
}

#[cfg(not(unix))]
pub(crate) fn warn_of_readers(_: &Path) {}

/// What is wrong with a `.env`, without the line itself: it may hold a secret.
fn dotenv_trouble(error: &dotenvy::Error) -> String {
    match error {
        dotenvy::Error::LineParse(_, at) => format!("a line is not NAME=value (near its character {at})"),
        other => other.to_string(),
    }
}

/// The settings file.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    path: PathBuf,
    table: toml::Table,
}

impl Settings {
    /// Reads `path`, or `umbulk.toml` in the working folder where there is one.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self, Failure> {
        let default = Path::new("umbulk.toml");
        let path = match path {
            Some(path) => path,
            None if default.is_file() => default,
            None => return Ok(Self::default()),
        };
        let text = std::fs::read_to_string(path).map_err(|error| Failure(format!("{}: {error}", path.display())))?;
        let table = text.parse().map_err(|error| Failure(format!("{}: {error}", path.display())))?;
        Ok(Self { path: path.to_owned(), table })
    }
}

/// The arguments of a command with the settings from outside before those that were typed.
pub(crate) fn with_settings(
    command: &Command,
    typed: &[OsString],
    matches: &ArgMatches,
    environment: &Environment,
    settings: &Settings,
) -> Result<Vec<OsString>, Failure> {
    let Some((name, given)) = matches.subcommand() else { return Ok(typed.to_vec()) };
    let Some(sub) = command.find_subcommand(name) else { return Ok(typed.to_vec()) };
    let mut known: Vec<&str> = Vec::new();
    for any in command.get_subcommands() {
        known.extend(any.get_arguments().filter_map(|arg| arg.get_long()));
    }
    known.extend(command.get_arguments().filter_map(|arg| arg.get_long()));
    for key in settings.table.keys() {
        let key = key.replace('_', "-");
        if ONLY_TYPED.contains(&key.as_str()) {
            return Err(Failure(format!("{}: `{key}` must be typed each time: take it out of the file", settings.path.display())));
        }
        if !known.contains(&key.as_str()) {
            return Err(Failure(format!("{}: `{key}` is no setting: settings are named like the long options", settings.path.display())));
        }
    }
    let mut added = Vec::new();
    for arg in sub.get_arguments().chain(command.get_arguments()) {
        let Some(long) = arg.get_long() else { continue };
        let typed_already = given.try_contains_id(arg.get_id().as_str()).unwrap_or(false)
            && given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
        if typed_already || ONLY_TYPED.contains(&long) || NOT_SETTINGS.contains(&long) {
            continue;
        }
        let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
        for value in values(long, environment, settings)? {
            if takes_value {
                added.push(OsString::from(format!("--{long}={value}")));
            } else if truthy(&value) {
                added.push(OsString::from(format!("--{long}")));
            }
        }
    }
    let place = typed.iter().position(|arg| arg == name).map_or(typed.len(), |at| at + 1);
    let mut all = typed.to_vec();
    all.splice(place..place, added);
    Ok(all)
}

fn truthy(value: &str) -> bool {
    ["1", "true", "yes", "on"].iter().any(|yes| value.trim().eq_ignore_ascii_case(yes))
}

/// The values of a setting: the environment's, else the file's.
fn values(long: &str, environment: &Environment, settings: &Settings) -> Result<Vec<String>, Failure> {
    if let Some(value) = environment.get(&format!("UMBULK_{}", long.replace('-', "_").to_uppercase())) {
        // Several mappings or columns in one variable.
        return Ok(if ["map", "ignore"].contains(&long) {
            value.split(';').map(|one| one.trim().to_owned()).collect()
        } else {
            vec![value]
        });
    }
    let one = |value: &toml::Value| match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => Ok(value.to_string()),
        _ => Err(Failure(format!("{}: `{long}` takes a word or a number", settings.path.display()))),
    };
    match settings.table.get(long).or_else(|| settings.table.get(&long.replace('-', "_"))) {
        None => Ok(Vec::new()),
        Some(toml::Value::Array(several)) => several.iter().map(one).collect(),
        // A table is a mapping: [map] with a line a field.
        Some(toml::Value::Table(pairs)) => pairs.iter().map(|(key, value)| one(value).map(|value| format!("{key}={value}"))).collect(),
        Some(value) => one(value).map(|value| vec![value]),
    }
}
