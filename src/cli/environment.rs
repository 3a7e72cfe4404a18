//! The variables that umbulk reads, and the place of credentials and endpoints among them.

use crate::cli::dotenv;
use crate::cli::error::CliError;
use crate::cli::say::status_line;
use crate::cli::settings::Settings;
use crate::cli::user_config::UserConfig;
use crate::import::access::{Access, EnvFile, Owner, Trust, Variables, readers_warning};
use crate::import::access_choice::{AccessSources, choose};
use crate::import::profile::{NamedProfile, Profile, ProfileNaming};
use std::path::{Path, PathBuf};

/// Options that must be typed, because they remove a protection.
pub(super) const ONLY_TYPED: [&str; 9] = [
    "plan",
    "yes",
    "fresh",
    "retry-failed",
    "force",
    "missing",
    "allow-admins",
    "override",
    "check-groups",
];
/// Options that cannot be settings of a command, because they are handled before the command is
/// known.
pub(super) const NOT_SETTINGS: [&str; 6] = [
    "help", "version", "config", "env-file", "profile",
    // In a settings file, this is the table of profiles.
    "profiles",
];
/// Variables of umbulk that are not options of a command. The last one is in a sandbox's env file,
/// for programs that control the sandbox.
const NOT_OF_A_COMMAND: [&str; 4] = ["config", "env-file", "profile", "sandbox-token"];
/// Variables that the program of `--notify-cmd` gets. It may be umbulk again.
pub(super) const NOTIFIED: [&str; 16] = [
    "UMBULK_EXIT",
    "UMBULK_RUN",
    "UMBULK_JOB",
    "UMBULK_ORGANIZATION",
    "UMBULK_HOST",
    "UMBULK_ERROR_CODE",
    "UMBULK_RESULTS_FILE",
    "UMBULK_FAILED_FILE",
    "UMBULK_COUNT_ROWS",
    "UMBULK_COUNT_OK",
    "UMBULK_COUNT_UNCHANGED",
    "UMBULK_COUNT_INVALID",
    "UMBULK_COUNT_FAILED",
    "UMBULK_COUNT_UNKNOWN",
    "UMBULK_COUNT_NOT_SENT",
    "UMBULK_COUNT_SKIPPED",
];
const ENV_FILE: &str = "UMBULK_ENV_FILE";
const CONFIG: &str = "UMBULK_CONFIG";
const CA_FILE: &str = "UMBULK_CA_FILE";
const PROFILE: &str = "UMBULK_PROFILE";

/// The variables that umbulk reads: the environment of the process, and files of variables for
/// those that it lacks.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    process: Variables,
    /// The file that `--env-file` names.
    file: Option<EnvFile>,
    /// The `.env` of the working folder.
    dotenv: Variables,
    /// The profile that is named for the command.
    profile: Option<NamedProfile>,
    /// The profile for commands without other credentials.
    default_profile: Option<NamedProfile>,
    /// All profiles.
    profiles: Vec<Profile>,
    /// Where the trusted certificates are named.
    trust: Trust,
    /// The program to notify that the user's configuration names, and that file.
    pub(super) notify_cmd: Option<(String, PathBuf)>,
    /// The shared store that the user's configuration names, and that file.
    pub(super) store: Option<(String, PathBuf)>,
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
        Ok(Self {
            process,
            file: None,
            dotenv,
            profile: None,
            default_profile: None,
            profiles: Vec::new(),
            trust: Trust::Users,
            notify_cmd: None,
            store: None,
        })
    }

    /// Finds the file of variables or the profile that is named. Credentials and endpoints come
    /// from that place alone. What the command names counts before what the environment names, and
    /// that before what the folder names.
    pub(crate) fn with_places(
        mut self,
        typed: TypedPlaces<'_>,
        settings: &Settings,
        user: UserConfig,
    ) -> Result<Self, CliError> {
        self.profiles = [settings.profiles()?, user.profiles].concat();
        self.notify_cmd = user.notify_cmd.zip(user.path.clone());
        self.store = user.store.zip(user.path);
        self.default_profile = user.default_profile;
        let profile_of = |variables: &Variables, by| {
            text(variables, PROFILE).map(|name| NamedProfile { name: name.to_owned(), by })
        };
        for level in [NamedBy::Command, NamedBy::Job, NamedBy::Environment, NamedBy::Folder] {
            let (file, profile) = match level {
                NamedBy::Command => {
                    let profile = typed.profile.map(|name| NamedProfile {
                        name: name.to_owned(),
                        by: ProfileNaming::Command,
                    });
                    (typed.env_file.map(|path| (path.to_owned(), Owner::User)), profile)
                }
                // Who types the name of a job means the places that it names.
                NamedBy::Job if settings.is_job => (settings.env_file()?, settings.profile()?),
                NamedBy::Job => (None, None),
                NamedBy::Environment => (
                    named(&self.process, ENV_FILE).map(|path| (path, Owner::User)),
                    profile_of(&self.process, ProfileNaming::Environment),
                ),
                NamedBy::Folder => {
                    let dotenv = named(&self.dotenv, ENV_FILE).map(|path| (path, Owner::Folder));
                    let profile = profile_of(&self.dotenv, ProfileNaming::DotEnv);
                    match settings.is_job {
                        true => (dotenv, profile),
                        false => (dotenv.or(settings.env_file()?), profile.or(settings.profile()?)),
                    }
                }
            };
            if file.is_some() || profile.is_some() {
                self.profile = profile;
                return match file {
                    Some((path, owner)) => self.with_env_file(path, owner, level),
                    None => Ok(self),
                };
            }
        }
        Ok(self)
    }

    /// Reads a file of variables.
    fn with_env_file(
        mut self,
        path: PathBuf,
        owner: Owner,
        level: NamedBy,
    ) -> Result<Self, CliError> {
        // The folder may belong to another person, so it does not override the environment.
        let has_some = self.process.keys().any(|name| name.starts_with("UMAPI_"));
        if level == NamedBy::Folder && has_some {
            return Err(CliError(format!(
                "credentials and endpoints must be in one place, but the environment has some, and \
                 the settings of this folder name the file {} (env-file). If that is intended, \
                 type --env-file {0}",
                path.display()
            )));
        }
        let variables = variables_of(&path)?;
        self.file = Some(EnvFile { path, variables, owner });
        Ok(self)
    }

    /// Returns all profiles.
    pub(crate) fn into_profiles(self) -> Vec<Profile> {
        self.profiles
    }

    /// Records where the trusted certificates are named. `typed` is the option of the command line.
    pub(crate) fn with_trust(mut self, typed: Option<&Path>, settings: &Settings) -> Self {
        let names = |variables: &Variables| named(variables, CA_FILE).is_some();
        let is_of_job = settings.is_job && settings.get("ca-file").is_some();
        self.trust = if typed.is_some() || is_of_job || names(&self.process) {
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
    pub(super) fn find(&self, name: &str) -> Option<(String, &str, Owner)> {
        self.sources().into_iter().find_map(|(place, variables, owner)| {
            let value = variables.get(name).filter(|value| !value.trim().is_empty())?;
            Some((place, value.as_str(), owner))
        })
    }

    /// Decides which credentials and endpoints are used.
    pub(crate) fn resolve(&self) -> Access {
        Access::new(choose(&AccessSources {
            file: self.file.as_ref(),
            profile: self.profile.as_ref(),
            default_profile: self.default_profile.as_ref(),
            profiles: &self.profiles,
            environment: &self.process,
            dotenv: &self.dotenv,
            trust: self.trust,
        }))
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
    pub(super) fn check(&self, known: &[&str]) -> Result<(), CliError> {
        let known = [known, &NOT_OF_A_COMMAND].concat();
        for (place, variables, _) in self.sources() {
            for (name, _) in variables
                .iter()
                .filter(|(name, value)| is_setting(name) && !value.trim().is_empty())
                .filter(|(name, _)| !NOTIFIED.contains(&name.as_str()))
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
pub(super) fn variable(long: &str) -> String {
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
pub(super) fn check_name(
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
    let near = nearest(long, known).map_or_else(
        || ": settings are named like the long options".to_owned(),
        |near| format!(". Did you mean {}?", named(near)),
    );
    Err(CliError(format!("{name} in {place} is not a setting{near}")))
}

/// Returns the known name that differs in a letter or two.
pub(super) fn nearest<'k>(long: &str, known: &[&'k str]) -> Option<&'k str> {
    let near = known.iter().map(|known| (strsim::damerau_levenshtein(known, long), *known)).min();
    near.filter(|(distance, _)| *distance <= 2).map(|(_, near)| near)
}

/// The places that the command itself names.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TypedPlaces<'t> {
    pub(crate) env_file: Option<&'t Path>,
    pub(crate) profile: Option<&'t str>,
}

/// Where a place of credentials is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NamedBy {
    Command,
    Job,
    Environment,
    Folder,
}

/// Returns a variable that is not empty.
fn text<'v>(variables: &'v Variables, name: &str) -> Option<&'v str> {
    variables.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
}

/// Returns the path that a variable names.
fn named(variables: &Variables, name: &str) -> Option<PathBuf> {
    text(variables, name).map(PathBuf::from)
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
