//! The settings file: `umbulk.toml` of the working folder, or the one that is named.

use crate::cli::error::CliError;
use crate::import::access::Owner;
use crate::import::profile::{NamedProfile, PROFILES, Profile, ProfileNaming};
use crate::table::{line_of, toml_fault};
use std::path::{Path, PathBuf};

/// The option that names a mapping file. In a settings file, a table `[map]` takes its place.
pub(super) const MAP_FILE: &str = "map-file";

/// The settings file.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(super) path: PathBuf,
    /// Its text. It is read once, because a file that comes through a pipe is empty afterwards.
    pub(super) text: String,
    pub(super) table: toml::Table,
    /// Whether the user or the folder chose the file.
    pub(super) owner: Owner,
    /// Whether it is a job: what it says counts before the environment, and needs not be typed.
    pub(super) is_job: bool,
    /// Whether it is all there is: neither the environment nor the user's configuration adds
    /// settings. What a worker carries out is decided by who has submitted it.
    pub(super) is_alone: bool,
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
                    is_job: false,
                    is_alone: false,
                });
            }
        };
        let text = crate::fs::read_text(&path)?;
        let table = parse(&path, &text)?;
        Ok(Self { path, text, table, owner, is_job: false, is_alone: false })
    }

    /// Returns the setting of an option by its long name. The file may write `_` instead of `-`.
    pub(super) fn get(&self, long: &str) -> Option<&toml::Value> {
        self.table.get(long).or_else(|| self.table.get(&long.replace('-', "_")))
    }

    /// Whether there is a table `[map]`.
    pub(super) fn has_mapping(&self) -> bool {
        matches!(self.get("map"), Some(toml::Value::Table(_)))
    }

    /// Returns the settings file as a mapping file, if it has a table `[map]`.
    pub(super) fn mapping(&self) -> Result<Option<MappingText>, CliError> {
        if !self.has_mapping() {
            return Ok(None);
        }
        let file = self.path.display().to_string();
        if self.get(MAP_FILE).is_some() {
            return Err(CliError(format!("{file} has both [map] and `map-file`: remove one")));
        }
        Ok(Some(MappingText { file, text: self.text.clone() }))
    }

    /// Returns the setting `profile`.
    pub(super) fn profile(&self) -> Result<Option<NamedProfile>, CliError> {
        let by = ProfileNaming::Settings(self.path.clone(), self.owner);
        named_profile(self.get("profile"), &self.path, by)
    }

    /// Returns the profiles that the file describes.
    pub(super) fn profiles(&self) -> Result<Vec<Profile>, CliError> {
        Profile::read_all(self.get(PROFILES), &self.path, self.owner)
            .map_err(|error| CliError(error.to_string()))
    }

    /// Returns the setting `env-file`, and whether the user or the folder chose it.
    pub(super) fn env_file(&self) -> Result<Option<(PathBuf, Owner)>, CliError> {
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

/// Returns the profile that the value of `profile` names.
pub(super) fn named_profile(
    value: Option<&toml::Value>,
    path: &Path,
    by: ProfileNaming,
) -> Result<Option<NamedProfile>, CliError> {
    match value {
        None => Ok(None),
        Some(toml::Value::String(name)) => Ok(Some(NamedProfile { name: name.clone(), by })),
        Some(_) => Err(CliError(format!(
            "`profile` in {} must be the name of a profile, in quotes",
            path.display()
        ))),
    }
}

/// Parses the text of a settings file.
pub(super) fn parse(path: &Path, text: &str) -> Result<toml::Table, CliError> {
    text.parse().map_err(|error: toml::de::Error| {
        let span = error.span().unwrap_or_default();
        let line = line_of(text, span.start);
        CliError(format!("{}, line {line}: {}", path.display(), toml_fault(text, &error)))
    })
}

/// The text of a mapping file, and the name of the file.
pub(crate) struct MappingText {
    pub(crate) file: String,
    pub(crate) text: String,
}
