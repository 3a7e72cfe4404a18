//! Settings from outside the command line: the environment, `.env`, `umbulk.toml`.
//!
//! Every long option of a command can be a setting. Settings are placed before the typed options,
//! so that all options are parsed in one place, and typed options have priority.

use crate::cli::environment::{Environment, NOT_SETTINGS, ONLY_TYPED, check_name, variable};
use crate::cli::error::CliError;
use crate::cli::inside_folder::stays_inside;
use crate::cli::settings::{MAP_FILE, MappingText, Settings};
use crate::cli::store_access::check_folders_store;
use crate::import::access::Owner;
use crate::import::profile::PROFILES;
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::ffi::OsString;

/// Options that name a file or folder to write. Settings in a working folder, which may belong to
/// another person, may only name paths inside it.
const OUTPUTS: [&str; 10] = [
    "save",
    "results",
    "failed",
    "report",
    "out",
    "requests",
    "log-file",
    "save-map",
    "state",
    "tls-ca-out",
];

/// The option that names a program to run.
const NOTIFY_CMD: &str = "notify-cmd";
/// The option that names the shared store.
const STORE: &str = "store";
/// The option of the certificates to trust. Each computer has its own.
const CA_FILE: &str = "ca-file";
/// Commands that need a store only for runs that are not on this computer: they go on without the
/// store of a folder.
const READ_JOURNALS: [&str; 3] = ["status", "results", "report"];

/// A command line with the settings, and where each setting is.
pub(crate) struct Configured {
    pub(crate) words: Vec<OsString>,
    pub(crate) places: SettingPlaces,
    /// The mapping of the settings file; `None` if the command reads no rows, or another mapping
    /// file is named.
    pub(crate) mapping: Option<MappingText>,
    /// Why the store that the folder names is not used, if the command goes on without one.
    pub(crate) refused_store: Option<CliError>,
}

/// The places of a command's settings, by the names of their options.
#[derive(Debug, Default)]
pub(crate) struct SettingPlaces(Vec<(String, String)>);

impl SettingPlaces {
    /// Describes an error in a setting, with its place, because nobody has typed it.
    pub(crate) fn explain(&self, error: &clap::Error) -> CliError {
        let text = |kind| match error.get(kind) {
            Some(ContextValue::String(text)) => Some(text.clone()),
            Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
            _ => None,
        };
        let option = text(ContextKind::InvalidArg).unwrap_or_default();
        let long = option.trim_start_matches('-').split(['=', ' ']).next().unwrap_or_default();
        let place = self.0.iter().find(|(name, _)| name == long);
        let reason = match std::error::Error::source(error) {
            Some(source) => Some(source.to_string()),
            None => text(ContextKind::ValidValue).map(|values| format!("write one of {values}")),
        };
        match (place, text(ContextKind::InvalidValue), reason) {
            (Some((_, place)), Some(value), Some(reason)) => {
                CliError(format!("{place} is `{value}`: {reason}"))
            }
            _ => {
                let words = error.to_string();
                let first = words.split("\n\n").next().unwrap_or_default();
                let lines: Vec<&str> = first.lines().map(str::trim).collect();
                CliError(lines.join(" ").trim_start_matches("error: ").to_owned())
            }
        }
    }
}

/// Places the settings before the typed options.
///
/// # Errors
/// When a setting is unknown, must be typed, or has a value of a wrong type.
pub(crate) fn with_settings(
    command: &Command,
    typed: &[OsString],
    matches: &ArgMatches,
    environment: &Environment,
    settings: &Settings,
) -> Result<Configured, CliError> {
    let found = matches
        .subcommand()
        .and_then(|(name, given)| Some((name, given, command.find_subcommand(name)?)));
    let Some((name, given, sub)) = found else {
        let (words, places) = (typed.to_vec(), SettingPlaces::default());
        return Ok(Configured { words, places, mapping: None, refused_store: None });
    };
    check_names(command, environment, settings)?;
    let (mut added, mut places, mut mapping) = (Vec::new(), SettingPlaces::default(), None);
    let mut refused_store = None;
    let decided = decided_by_a_plan(sub, given);
    for arg in sub.get_arguments().chain(command.get_arguments()) {
        let Some(long) = arg.get_long() else { continue };
        if decided.iter().any(|decided| decided.get_id() == arg.get_id()) {
            continue;
        }
        let typed_already = is_typed(arg, given);
        let is_named = environment.find(&variable(long)).is_some() && !settings.is_job;
        if long == MAP_FILE && !typed_already && !is_named {
            mapping = settings.mapping()?;
            if settings.is_job && mapping.is_some() {
                continue;
            }
        }
        let must_be_typed = ONLY_TYPED.contains(&long) && !settings.is_job;
        if typed_already || must_be_typed || NOT_SETTINGS.contains(&long) {
            continue;
        }
        let Some(mut setting) = values(long, environment, settings)? else { continue };
        if long == STORE
            && let Err(refusal) = check_store(&setting, name, environment)
        {
            if !READ_JOURNALS.contains(&name) {
                return Err(refusal);
            }
            match of_user(STORE, environment) {
                Some(of_user) => setting = of_user,
                None => {
                    refused_store = Some(refusal);
                    continue;
                }
            }
        }
        check_owner(long, &setting)?;
        let Setting { place, values, .. } = setting;
        if values.len() > 1 && !matches!(arg.get_action(), ArgAction::Append) {
            return Err(CliError(format!("{place} takes one value")));
        }
        places.0.push((long.to_owned(), place.clone()));
        for value in values {
            add_words(&mut added, long, arg.get_action(), &value, &place)?;
        }
    }
    let place = typed.iter().position(|arg| arg == name).map_or(typed.len(), |at| at + 1);
    let mut all = typed.to_vec();
    all.splice(place..place, added);
    Ok(Configured { words: all, places, mapping, refused_store })
}

/// Refuses what a folder, which may belong to another person, may not decide.
fn check_owner(long: &str, setting: &Setting) -> Result<(), CliError> {
    let Setting { place, values, owner: Owner::Folder } = setting else { return Ok(()) };
    if OUTPUTS.contains(&long) {
        values.iter().try_for_each(|path| stays_inside(path, place, long))?;
    }
    match long {
        NOTIFY_CMD => Err(CliError(format!(
            "{place}: a folder may belong to another person, so its settings cannot name a program \
             to run. Type --{long}, or put it into a job or your configuration"
        ))),
        _ => Ok(()),
    }
}

/// Refuses the store that a folder names, unless it is that of its user.
fn check_store(
    Setting { place, values, owner }: &Setting,
    command: &str,
    environment: &Environment,
) -> Result<(), CliError> {
    let users = environment.store.as_ref();
    let check = |store: &String| check_folders_store(store, (place.as_str(), command), users);
    match owner {
        Owner::Folder => values.iter().try_for_each(check),
        Owner::User => Ok(()),
    }
}

fn is_typed(arg: &Arg, given: &ArgMatches) -> bool {
    let id = arg.get_id().as_str();
    given.try_contains_id(id).unwrap_or(false)
        && given.value_source(id) == Some(ValueSource::CommandLine)
}

/// Returns the options that no setting decides again, because a saved plan has decided them. A
/// setting that asks for a rehearsal or for test mode contradicts the plan.
fn decided_by_a_plan<'c>(command: &'c Command, given: &ArgMatches) -> Vec<&'c Arg> {
    let is_plan = |arg: &&Arg| arg.get_long() == Some("plan") && is_typed(arg, given);
    let plan = command.get_arguments().find(is_plan);
    let mut decided = plan.map(|plan| command.get_arg_conflicts_with(plan)).unwrap_or_default();
    decided.retain(|arg| !["sandbox", "test_mode"].contains(&arg.get_id().as_str()));
    decided
}

/// Refuses settings whose names are unknown, or that must be typed.
fn check_names(
    command: &Command,
    environment: &Environment,
    settings: &Settings,
) -> Result<(), CliError> {
    let mut known: Vec<&str> = Vec::new();
    for any in command.get_subcommands() {
        known.extend(any.get_arguments().filter_map(|arg| arg.get_long()));
    }
    known.extend(command.get_arguments().filter_map(|arg| arg.get_long()));
    known.retain(|long| !NOT_SETTINGS.contains(long));
    environment.check(&known)?;
    known.extend(["env-file", "profile", PROFILES]);
    // The keys of a job are checked when it is opened.
    for key in settings.table.keys().filter(|_| !settings.is_job) {
        let long = key.replace('_', "-");
        check_name(
            &settings.path.display().to_string(),
            &format!("`{key}`"),
            &long,
            &known,
            ToOwned::to_owned,
        )?;
    }
    Ok(())
}

/// Adds a setting as words of a command line.
fn add_words(
    words: &mut Vec<OsString>,
    long: &str,
    action: &ArgAction,
    value: &str,
    place: &str,
) -> Result<(), CliError> {
    if let ArgAction::Set | ArgAction::Append = action {
        words.push(OsString::from(format!("--{long}={value}")));
        return Ok(());
    }
    // Only a counting flag is set more than once.
    let most = if matches!(action, ArgAction::Count) { 9 } else { 1 };
    let times = times(value, most)
        .ok_or_else(|| CliError(format!("{place} is `{value}`: write true or false")))?;
    words.extend((0..times).map(|_| OsString::from(format!("--{long}"))));
    Ok(())
}

/// Returns how often a value sets a flag, which may be set `most` times.
fn times(value: &str, most: u8) -> Option<u8> {
    let is = |words: &[&str]| words.iter().any(|word| value.trim().eq_ignore_ascii_case(word));
    match value.trim().parse::<u8>() {
        _ if is(&["1", "true", "yes", "on"]) => Some(1),
        _ if is(&["0", "false", "no", "off"]) => Some(0),
        Ok(number) if most > 1 => Some(number.min(most)),
        _ => None,
    }
}

/// Returns the value of a setting that the user's configuration has.
fn of_user(long: &str, environment: &Environment) -> Option<Setting> {
    let (value, path) = match long {
        NOTIFY_CMD => environment.notify_cmd.as_ref(),
        STORE => environment.store.as_ref(),
        _ => None,
    }?;
    let place = format!("`{long}` in {}", path.display());
    Some(Setting { place, values: vec![value.clone()], owner: Owner::User })
}

/// A setting with its values.
struct Setting {
    /// Where it is, in words.
    place: String,
    values: Vec<String>,
    /// Whether the user or the folder chose that place.
    owner: Owner,
}

/// Returns the values of a setting and their place: the environment, or else the settings file.
fn values(
    long: &str,
    environment: &Environment,
    settings: &Settings,
) -> Result<Option<Setting>, CliError> {
    if settings.is_alone && long != CA_FILE && settings.get(long).is_none() {
        return Ok(None);
    }
    let is_in_job = settings.is_job && settings.get(long).is_some();
    if let Some((place, value, owner)) = environment.find(&variable(long)).filter(|_| !is_in_job) {
        // A variable may have several mappings or columns.
        let values = if ["map", "ignore", "set"].contains(&long) {
            value.split(';').map(|one| one.trim().to_owned()).collect()
        } else {
            vec![value.to_owned()]
        };
        let place = format!("{} in {place}", variable(long));
        return Ok(Some(Setting { place, values, owner }));
    }
    let one = |name: &str, value: &toml::Value| match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => {
            Ok(value.to_string())
        }
        _ => {
            let place = settings.path.display();
            Err(CliError(format!(
                "`{name}` in {place} must be text in quotes, a number, true or false"
            )))
        }
    };
    // The table is read as a mapping file.
    if long == "map" && settings.has_mapping() {
        return Ok(None);
    }
    let values = match settings.get(long) {
        None => return Ok(of_user(long, environment)),
        Some(toml::Value::Array(several)) => several.iter().map(|value| one(long, value)).collect(),
        // A table has a line for each field: `[set]`.
        Some(toml::Value::Table(pairs)) => pairs
            .iter()
            .map(|(key, value)| {
                one(&format!("{long}.{key}"), value).map(|value| format!("{key}={value}"))
            })
            .collect(),
        Some(value) => one(long, value).map(|value| vec![value]),
    };
    let place = format!("`{long}` in {}", settings.path.display());
    Ok(Some(Setting { place, values: values?, owner: settings.owner }))
}
