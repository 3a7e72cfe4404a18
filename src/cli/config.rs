//! Settings from outside the command line: the environment, `.env`, `umbulk.toml`.
//!
//! Every long option of a command can be a setting. Settings are placed before the typed options,
//! so that all options are parsed in one place, and typed options have priority.

use crate::cli::dotenv;
use crate::cli::error::CliError;
use crate::cli::inside_folder::stays_inside;
use crate::cli::say::status_line;
use crate::import::access::{self, Access, EnvFile, Owner, Trust, Variables, readers_warning};
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Options that must be typed, because they remove a protection.
const ONLY_TYPED: [&str; 7] =
    ["yes", "fresh", "force", "missing", "allow-admins", "override", "check-groups"];
/// Options that cannot be settings of a command, because they are handled before the command is
/// known.
const NOT_SETTINGS: [&str; 4] = ["help", "version", "config", "env-file"];
/// Variables of umbulk that are not options of a command. The last one is in a sandbox's env file,
/// for programs that control the sandbox.
const NOT_OF_A_COMMAND: [&str; 3] = ["config", "env-file", "sandbox-token"];
/// Options that name a file or folder to write. Settings in a working folder, which may belong to
/// another person, may only name paths inside it.
const OUTPUTS: [&str; 8] =
    ["results", "failed", "out", "requests", "log-file", "save-map", "state", "tls-ca-out"];
/// The option that names a mapping file. In a settings file, a table `[map]` takes its place.
const MAP_FILE: &str = "map-file";
const ENV_FILE: &str = "UMBULK_ENV_FILE";
const CONFIG: &str = "UMBULK_CONFIG";
const CA_FILE: &str = "UMBULK_CA_FILE";

/// The variables that umbulk reads: the environment of the process, and files of variables for
/// those that it lacks.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    process: Variables,
    /// The file that `--env-file` names.
    file: Option<EnvFile>,
    /// The `.env` of the working folder.
    dotenv: Variables,
    /// Where the trusted certificates are named.
    trust: Trust,
}

impl Environment {
    /// Reads the environment, and the `.env` of the working folder if there is one.
    pub(crate) fn load() -> Result<Self, CliError> {
        let mut process = Vec::new();
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| is_ours(name)) else { continue };
            let value = value.into_string().map_err(|_| {
                CliError(format!("{name} in the environment is not UTF-8: set it again in UTF-8"))
            })?;
            process.push((name.to_owned(), value));
        }
        let path = Path::new(".env");
        let dotenv = if path.is_file() { variables_of(path)? } else { Variables::default() };
        let process = process.into_iter().collect();
        Ok(Self { process, file: None, dotenv, trust: Trust::Users })
    }

    /// Reads the file that `typed` or else a setting names. Then credentials and endpoints come
    /// from that file alone.
    pub(crate) fn with_env_file(
        mut self,
        typed: Option<&Path>,
        settings: &Settings,
    ) -> Result<Self, CliError> {
        let by_the_user = typed.map(Path::to_owned).or_else(|| named(&self.process, ENV_FILE));
        let by_the_folder = || {
            Ok::<_, CliError>(
                (named(&self.dotenv, ENV_FILE).map(|path| (path, Owner::Folder)))
                    .or(settings.env_file()?),
            )
        };
        let path = match by_the_user {
            Some(path) => Some((path, Owner::User)),
            None => {
                let path = by_the_folder()?;
                // The folder may belong to another person, so it does not override the environment.
                if let Some((path, _)) = path
                    .as_ref()
                    .filter(|_| self.process.keys().any(|name| name.starts_with("UMAPI_")))
                {
                    return Err(CliError(format!(
                        "credentials and endpoints must be in one place, but the environment has \
                         some, and the settings of this folder \
name the file {} (env-file). If that is meant, type --env-file {0}",
                        path.display()
                    )));
                }
                path
            }
        };
        if let Some((path, owner)) = path {
            let variables = variables_of(&path)?;
            self.file = Some(EnvFile { path, variables, owner });
        }
        Ok(self)
    }

    /// Records where the trusted certificates are named. `typed` is the option of the command line.
    pub(crate) fn with_trust(mut self, typed: Option<&Path>, settings: &Settings) -> Self {
        let names = |variables: &Variables| named(variables, CA_FILE).is_some();
        self.trust = if typed.is_some() || names(&self.process) {
            Trust::Users
        } else if self.file.as_ref().is_some_and(|file| names(&file.variables)) {
            Trust::EnvFile
        } else if names(&self.dotenv) {
            Trust::DotEnv
        } else if settings.owner == Owner::Folder && settings.get("ca-file").is_some() {
            Trust::Settings
        } else {
            Trust::Users
        };
        self
    }

    /// Returns the settings file that the environment or else the folder names.
    pub(crate) fn config(&self) -> Option<(PathBuf, Owner)> {
        let by_the_user = named(&self.process, CONFIG).map(|path| (path, Owner::User));
        by_the_user.or_else(|| named(&self.dotenv, CONFIG).map(|path| (path, Owner::Folder)))
    }

    /// Returns the first value of this variable that is not empty, its place, and who chose that
    /// place.
    fn find(&self, name: &str) -> Option<(String, &str, Owner)> {
        self.sources().into_iter().find_map(|(place, variables, owner)| {
            let value = variables.get(name).filter(|value| !value.trim().is_empty())?;
            Some((place, value.as_str(), owner))
        })
    }

    /// Decides which credentials and endpoints are used.
    pub(crate) fn resolve(&self) -> Access {
        let chosen = access::choose(self.file.as_ref(), &self.process, &self.dotenv, self.trust);
        Access::new(chosen)
    }

    /// Returns all sources of variables, in order of priority.
    fn sources(&self) -> Vec<(String, &Variables, Owner)> {
        let mut sources = vec![("the environment".to_owned(), &self.process, Owner::User)];
        let file = self.file.iter();
        sources.extend(
            file.map(|file| (file.path.display().to_string(), &file.variables, file.owner)),
        );
        sources.push((".env".to_owned(), &self.dotenv, Owner::Folder));
        sources
    }

    /// Refuses variables that look like settings but are not, and settings that must be typed.
    fn check(&self, known: &[&str]) -> Result<(), CliError> {
        let known = [known, &NOT_OF_A_COMMAND].concat();
        for (place, variables, _) in self.sources() {
            for (name, _) in variables
                .iter()
                .filter(|(name, value)| is_setting(name) && !value.trim().is_empty())
            {
                let long = name[PREFIX.len()..].replace('_', "-").to_ascii_lowercase();
                check_name(&place, name, &long, &known, variable)?;
                if variable(&long) != *name {
                    return Err(CliError(format!(
                        "{name} in {place} is not a setting: write {}",
                        variable(&long)
                    )));
                }
            }
        }
        Ok(())
    }
}

const PREFIX: &str = "UMBULK_";

/// Returns the name of an option's variable.
fn variable(long: &str) -> String {
    format!("{PREFIX}{}", long.replace('-', "_").to_uppercase())
}

fn is_setting(name: &str) -> bool {
    name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

fn is_ours(name: &str) -> bool {
    is_setting(name) || name.starts_with("UMAPI_")
}

/// Refuses a name that is not a setting, or a setting that must be typed. `named` returns a
/// setting's name as it is written in that place.
fn check_name(
    place: &str,
    name: &str,
    long: &str,
    known: &[&str],
    named: impl Fn(&str) -> String,
) -> Result<(), CliError> {
    if ONLY_TYPED.contains(&long) {
        return Err(CliError(format!(
            "{name} in {place}: --{long} must be typed each time. Remove it there"
        )));
    }
    if known.contains(&long) {
        return Ok(());
    }
    let near = known.iter().map(|known| (strsim::damerau_levenshtein(known, long), *known)).min();
    let near = near.filter(|(distance, _)| *distance <= 2).map_or_else(
        || ": settings are named like the long options".to_owned(),
        |(_, near)| format!(". Did you mean {}?", named(near)),
    );
    Err(CliError(format!("{name} in {place} is not a setting{near}")))
}

/// Returns the path that a variable names.
fn named(variables: &Variables, name: &str) -> Option<PathBuf> {
    variables.get(name).filter(|value| !value.trim().is_empty()).map(PathBuf::from)
}

/// Reads the variables of a file.
fn variables_of(path: &Path) -> Result<Variables, CliError> {
    let wrong = |error: String| CliError(format!("{}: {error}", path.display()));
    let text = crate::fs::read_text(path)?;
    let variables = dotenv::parse(&text).map_err(|error| wrong(error.to_string()))?;
    if variables.contains_key("UMAPI_CLIENT_SECRET") {
        readers_warning(path).iter().for_each(|warning| status_line(warning));
    }
    Ok(variables)
}

/// The settings file.
#[derive(Debug)]
pub(crate) struct Settings {
    path: PathBuf,
    /// Its text. It is read once, because a file that comes through a pipe is empty afterwards.
    text: String,
    table: toml::Table,
    /// Whether the user or the folder chose the file.
    owner: Owner,
}

impl Settings {
    /// Reads `path`, or `umbulk.toml` in the working folder if there is one.
    pub(crate) fn load(named: Option<(PathBuf, Owner)>) -> Result<Self, CliError> {
        let default = Path::new("umbulk.toml");
        let (path, owner) = match named {
            Some(named) => named,
            None if default.is_file() => (default.to_owned(), Owner::Folder),
            None => {
                return Ok(Self {
                    path: PathBuf::new(),
                    text: String::new(),
                    table: toml::Table::new(),
                    owner: Owner::Folder,
                });
            }
        };
        let text = crate::fs::read_text(&path)?;
        let table = text.parse().map_err(|error: toml::de::Error| {
            let line = error
                .span()
                .map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count())
                + 1;
            CliError(format!("{}, line {line}: {}", path.display(), error.message()))
        })?;
        Ok(Self { path, text, table, owner })
    }

    fn get(&self, long: &str) -> Option<&toml::Value> {
        self.table.get(long).or_else(|| self.table.get(&long.replace('-', "_")))
    }

    /// Whether there is a table `[map]`.
    fn has_mapping(&self) -> bool {
        matches!(self.get("map"), Some(toml::Value::Table(_)))
    }

    /// Returns the settings file as a mapping file, if it has a table `[map]`.
    fn mapping(&self) -> Result<Option<MappingText>, CliError> {
        if !self.has_mapping() {
            return Ok(None);
        }
        let file = self.path.display().to_string();
        if self.get(MAP_FILE).is_some() {
            return Err(CliError(format!("{file} has both [map] and `map-file`: remove one")));
        }
        Ok(Some(MappingText { file, text: self.text.clone() }))
    }

    /// Returns the setting `env-file`, and whether the user or the folder chose it.
    fn env_file(&self) -> Result<Option<(PathBuf, Owner)>, CliError> {
        match self.get("env-file") {
            None => Ok(None),
            Some(toml::Value::String(path)) => Ok(Some((PathBuf::from(path), self.owner))),
            Some(_) => Err(CliError(format!(
                "`env-file` in {} must be a path, in quotes",
                self.path.display()
            ))),
        }
    }
}

/// The text of a mapping file, and the name of the file.
pub(crate) struct MappingText {
    pub(crate) file: String,
    pub(crate) text: String,
}

/// A command line with the settings, and where each setting is.
pub(crate) struct Configured {
    pub(crate) words: Vec<OsString>,
    pub(crate) places: SettingPlaces,
    /// The mapping of the settings file; `None` if the command reads no rows, or another mapping
    /// file is named.
    pub(crate) mapping: Option<MappingText>,
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
        return Ok(Configured { words, places, mapping: None });
    };
    check_names(command, environment, settings)?;
    let (mut added, mut places, mut mapping) = (Vec::new(), SettingPlaces::default(), None);
    for arg in sub.get_arguments().chain(command.get_arguments()) {
        let Some(long) = arg.get_long() else { continue };
        let typed_already = given.try_contains_id(arg.get_id().as_str()).unwrap_or(false)
            && given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
        if long == MAP_FILE && !typed_already && environment.find(&variable(long)).is_none() {
            mapping = settings.mapping()?;
        }
        if typed_already || ONLY_TYPED.contains(&long) || NOT_SETTINGS.contains(&long) {
            continue;
        }
        let Some(Setting { place, values, owner }) = values(long, environment, settings)? else {
            continue;
        };
        if OUTPUTS.contains(&long) && matches!(owner, Owner::Folder) {
            values.iter().try_for_each(|path| stays_inside(path, &place, long))?;
        }
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
    Ok(Configured { words: all, places, mapping })
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
    known.push("env-file");
    for key in settings.table.keys() {
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
    let times = times(value, matches!(action, ArgAction::Count))
        .ok_or_else(|| CliError(format!("{place} is `{value}`: write true or false")))?;
    words.extend((0..times).map(|_| OsString::from(format!("--{long}"))));
    Ok(())
}

/// Returns how often a value sets a flag. Only a counting flag is set more than once.
fn times(value: &str, counts: bool) -> Option<u8> {
    let is = |words: &[&str]| words.iter().any(|word| value.trim().eq_ignore_ascii_case(word));
    match value.trim().parse::<u8>() {
        _ if is(&["1", "true", "yes", "on"]) => Some(1),
        _ if is(&["0", "false", "no", "off"]) => Some(0),
        Ok(number) if counts => Some(number.min(9)),
        _ => None,
    }
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
    if let Some((place, value, owner)) = environment.find(&variable(long)) {
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
        None => return Ok(None),
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
