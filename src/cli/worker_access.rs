//! Whose runs a worker carries out, and with which credentials.

use super::args::queue::WorkerArgs;
use super::error::CliError;
use super::profiles::ProfileList;
use crate::import::access::{Access, AccessOrigin, Owner};
use crate::import::connection::Connection;
use crate::import::profile::Profile;
use crate::store::RunPlace;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Whose credentials a run uses.
#[derive(Debug, Clone)]
pub(super) enum RunAccess {
    Profile(String),
    EnvFile(PathBuf),
    /// The variables of the environment.
    Environment,
}

/// Returns the organizations whose runs are carried out, with the credentials of each.
///
/// # Errors
/// When there are none that a run could use.
pub(super) fn organizations(
    args: &WorkerArgs,
    access: &Access,
    profiles: &ProfileList,
) -> Result<BTreeMap<RunPlace, RunAccess>, CliError> {
    // The runs read no other settings: those of a folder may belong to another person.
    let is_found = |profile: &&Profile| {
        profile.owner == Owner::User && profiles.config_path.as_ref() == Some(&profile.file)
    };
    let own = || profiles.all.iter().filter(is_found);
    if let Some(name) = args.profiles.iter().find(|name| own().all(|own| own.name != **name)) {
        let file = profiles.all.iter().find(|profile| profile.name == *name);
        return Err(not_found(name, file.map(|profile| &*profile.file), profiles));
    }
    let chosen = own().filter(|profile| {
        args.env_file.is_none()
            && (args.profiles.is_empty() || args.profiles.contains(&profile.name))
    });
    let mut found = BTreeMap::new();
    for profile in chosen {
        let host = profile.endpoints().map_err(|error| CliError(error.to_string()))?.api_host();
        let place = RunPlace { organization: profile.org_id.clone(), host };
        found.entry(place).or_insert_with(|| RunAccess::Profile(profile.name.clone()));
    }
    if found.is_empty() {
        let (organization, host) = Connection::place(access)?;
        let resolved = access.resolved()?;
        // For the runs these are credentials that the user has named.
        resolved.check_trust()?;
        let access = match &resolved.place {
            AccessOrigin::File(path) => RunAccess::EnvFile(path.clone()),
            AccessOrigin::DotEnv => RunAccess::EnvFile(PathBuf::from(".env")),
            AccessOrigin::Profile { name, file } => {
                return Err(not_found(name, Some(file), profiles));
            }
            AccessOrigin::Environment | AccessOrigin::Program => RunAccess::Environment,
        };
        found.insert(RunPlace { organization, host }, access);
    }
    Ok(found)
}

/// Says where to describe a profile, so that a run finds it.
fn not_found(name: &str, file: Option<&Path>, profiles: &ProfileList) -> CliError {
    let wanted = profiles.config_path.as_ref();
    let wanted = wanted.map_or_else(String::new, |path| format!(" ({})", path.display()));
    CliError(match file {
        Some(file) => format!(
            "the profile {name} is in {}, and a worker takes only profiles of your \
             configuration{wanted}: move it there",
            file.display()
        ),
        None => format!(
            "there is no profile {name} in your configuration{wanted}: `umbulk profiles` lists \
             all profiles"
        ),
    })
}
