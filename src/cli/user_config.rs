//! The user's configuration: profiles, which of them is the default, who is notified, and the
//! shared store. It is no settings file: what a command does is said in its folder.

use crate::cli::error::CliError;
use crate::cli::settings::{named_profile, parse};
use crate::fs::{config_dir, why_others_can_write};
use crate::import::access::Owner;
use crate::import::profile::{NamedProfile, PROFILES, Profile, ProfileNaming};
use std::path::PathBuf;

/// The keys of the file.
const KEYS: [&str; 5] = ["profile", PROFILES, "notify-cmd", "notify_cmd", "store"];

/// The configuration of the user who runs umbulk.
#[derive(Debug, Default)]
pub(crate) struct UserConfig {
    /// Where it is, or would be; `None` if this user has no place for it.
    pub(super) path: Option<PathBuf>,
    pub(super) profiles: Vec<Profile>,
    /// The profile for commands without other credentials.
    pub(super) default_profile: Option<NamedProfile>,
    /// The program to notify at the end of an import.
    pub(super) notify_cmd: Option<String>,
    /// The store that several computers share.
    pub(super) store: Option<String>,
}

impl UserConfig {
    /// Reads the file, if there is one.
    ///
    /// # Errors
    /// When it cannot be read, has an unknown key, or can be written by others.
    pub(crate) fn load() -> Result<Self, CliError> {
        let path = config_dir().map(|folder| folder.join("config.toml"));
        let Some(path) = path else { return Ok(Self::default()) };
        if !path.is_file() {
            return Ok(Self { path: Some(path), ..Self::default() });
        }
        if let Some(why) = why_others_can_write(&path) {
            return Err(CliError(format!(
                "{}: {why}, so it may not be yours: nothing was done. Only you may be able to \
                 write your configuration and its folder (chmod go-w)",
                path.display()
            )));
        }
        let table = parse(&path, &crate::fs::read_text(&path)?)?;
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(CliError(format!(
                "`{key}` in {}: your configuration has `profile`, [profiles.NAME], `notify-cmd` \
                 and `store` only. Options of commands belong in the umbulk.toml of a folder",
                path.display()
            )));
        }
        let profiles = Profile::read_all(table.get(PROFILES), &path, Owner::User)
            .map_err(|error| CliError(error.to_string()))?;
        let by = ProfileNaming::Default(path.clone());
        let default_profile = named_profile(table.get("profile"), &path, by)?;
        let text = |key: &str, value: Option<&toml::Value>| match value {
            None => Ok(None),
            Some(toml::Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => {
                let place = path.display();
                Err(CliError(format!("`{key}` in {place} must be text in quotes")))
            }
        };
        let notify_cmd = table.get("notify-cmd").or_else(|| table.get("notify_cmd"));
        let notify_cmd = text("notify-cmd", notify_cmd)?;
        let store = text("store", table.get("store"))?;
        Ok(Self { path: Some(path), profiles, default_profile, notify_cmd, store })
    }
}
