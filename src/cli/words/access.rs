//! Messages about credentials and endpoints that cannot be used, with the option that names others.

use crate::import::access::{AccessError, AccessOrigin};

/// Describes why there are no credentials, with the options that help.
pub(super) fn error_words(error: &AccessError) -> String {
    match error {
        AccessError::Split { .. } => format!("{error}, or into a file that --env-file names"),
        AccessError::Nothing(missing) => format!(
            "not set: {missing}. Put them into the environment, a .env file, a file that \
             --env-file names, or a profile (they come from the Adobe Developer Console), or \
             rehearse with --sandbox"
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
