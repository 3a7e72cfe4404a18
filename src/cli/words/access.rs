//! Messages about credentials and endpoints that cannot be used, with the option that names others.

use crate::import::access::{AccessError, AccessOrigin};
use crate::shell::shell_words;
use std::path::Path;

/// Names that editors and file managers give to a `.env`: they add an ending, or hide no file.
const MISNAMED: [&str; 3] = [".env.txt", "env.txt", "env"];

/// Describes why there are no credentials, with the options that help.
pub(super) fn error_words(error: &AccessError) -> String {
    match error {
        AccessError::Split { .. } => format!("{error}, or into a file that --env-file names"),
        AccessError::Nothing { profiles, .. } if !profiles.is_empty() => format!(
            "no profile is named, and there are no other credentials. Choose one: {}. `umbulk \
             profiles` lists them; a line profile = \"NAME\" in umbulk.toml makes one of them \
             the default of this folder",
            profiles.iter().map(|name| profile_option(name)).collect::<Vec<_>>().join(" or ")
        ),
        AccessError::Nothing { missing, .. } => format!(
            "not set: {missing}. {}Put them into the environment, a .env file, a file that \
             --env-file names, or a profile (they come from the Adobe Developer Console), or \
             rehearse with --sandbox",
            misnamed_file().map_or_else(String::new, |name| format!(
                "The file {name} is not read: if it holds them, rename it to .env. "
            ))
        ),
        AccessError::SecretElsewhere { place: AccessOrigin::Profile { file, .. }, .. }
        | AccessError::SecretOfUser { place: AccessOrigin::Profile { file, .. }, .. } => {
            format!("{error}. If that is intended, type --config {}", file.display())
        }
        AccessError::SecretElsewhere { place, .. } => {
            format!("{error}. If that is intended, type --env-file {place}")
        }
        AccessError::ProfileBesideEnvironment { name } => {
            format!("{error}. If that is intended, type --profile {name}")
        }
        AccessError::NoProfile { .. } => {
            let error = error.to_string();
            let end = if error.ends_with('?') { "" } else { "." };
            format!("{error}{end} `umbulk profiles` lists them, and says where they can be")
        }
        AccessError::Trust { .. } => {
            format!("{error}. If that is intended, type --ca-file FILE")
        }
        AccessError::OtherOrganization { wanted, own, place } => format!(
            "--org is {wanted}, but UMAPI_ORG_ID is {own} in {place}: nothing was sent. Use the \
             credentials of the organization that you mean"
        ),
        AccessError::Certificates { path, why } => format!("--ca-file {}: {why}", path.display()),
        other => other.to_string(),
    }
}

/// Returns the option that names a profile, as it is typed.
fn profile_option(name: &str) -> String {
    shell_words(["--profile", name])
}

/// Returns a file in the working folder that is probably meant as its `.env`.
fn misnamed_file() -> Option<&'static str> {
    MISNAMED.into_iter().find(|name| Path::new(name).is_file())
}
