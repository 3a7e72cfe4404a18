//! The places of credentials and endpoints, and why there are none.

use crate::import::keyring::KeyringError;
use crate::import::profile::{Profile, SecretPlace};
use crate::umapi::EndpointError;
use std::fmt;
use std::path::PathBuf;

/// The place of a set of credentials and endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AccessOrigin {
    /// The file that `--env-file` names.
    File(PathBuf),
    /// The environment of the process.
    Environment,
    /// The `.env` of the working folder.
    DotEnv,
    /// A profile.
    Profile {
        name: String,
        /// The settings file that describes it.
        file: PathBuf,
    },
    /// The program that uses umbulk as a library.
    Program,
}

impl AccessOrigin {
    /// Returns the place of a profile.
    pub(crate) fn of_profile(profile: &Profile) -> Self {
        Self::Profile { name: profile.name.clone(), file: profile.file.clone() }
    }
}

impl fmt::Display for AccessOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Environment => f.write_str("the environment"),
            Self::DotEnv => f.write_str("./.env"),
            Self::Profile { name, file } => write!(f, "profile {name} in {}", file.display()),
            Self::Program => f.write_str("the program"),
        }
    }
}

/// Why there is no secret where it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SecretError {
    #[error("it is not set")]
    NotSet,
    #[error("it is not UTF-8")]
    NotUtf8,
    #[error("it must be one line that holds only the secret")]
    NotOneLine,
    #[error("the file must hold one line with the secret, and nothing else")]
    FileNotOneLine,
    /// The file cannot be read; the words of the operating system.
    #[error("{0}")]
    Unreadable(String),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

/// Why there are no credentials, or no endpoints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AccessError {
    #[error(
        "credentials and endpoints must be in one place, but {environment} and {dotenv}. Put all \
         of them into one of the two"
    )]
    Split { environment: String, dotenv: String },
    #[error(
        "credentials and endpoints must be in one place, but the environment has some, and the \
         settings of this folder name the profile {name}"
    )]
    ProfileBesideEnvironment { name: String },
    #[error("there is no profile `{name}`{}", profiles_there_are(name, names))]
    NoProfile {
        name: String,
        /// The profiles that there are.
        names: Vec<String>,
    },
    #[error(
        "the profile `{name}` is both in {} and in {}: rename one of the two",
        files[0].display(),
        files[1].display()
    )]
    TwoProfiles { name: String, files: [PathBuf; 2] },
    #[error("{place}: the secret is not in {secret}: {why}")]
    NoSecretThere { place: AccessOrigin, secret: SecretPlace, why: SecretError },
    #[error(
        "{place} takes the secret from {secret}, which is yours, and names a host or certificates \
         of its own: the secret could go to somebody else"
    )]
    SecretOfUser { place: AccessOrigin, secret: SecretPlace },
    #[error("{place}: {error}")]
    Endpoint { place: AccessOrigin, error: EndpointError },
    #[error(
        "not set: {missing}. Put them into the environment or a .env file (they come from the \
         Adobe Developer Console)"
    )]
    Nothing {
        missing: String,
        /// The profiles that there are: none of them is named.
        profiles: Vec<String>,
    },
    #[error("{place} does not set {missing}: put all credentials into one place")]
    Incomplete { place: AccessOrigin, missing: String },
    #[error(
        "{name} in {place} is still the value of an example{}: copy your own value from the Adobe \
         Developer Console",
        shown.as_ref().map_or_else(String::new, |value| format!(" (`{value}`)"))
    )]
    Placeholder {
        place: AccessOrigin,
        name: &'static str,
        /// The value; `None` for a secret, a part of which may be real.
        shown: Option<String>,
    },
    #[error(
        "{name} in {place} is `{value}`, without @AdobeOrg at its end: if this is the id of your \
         organization, write {value}@AdobeOrg"
    )]
    ShortOrganization { place: AccessOrigin, name: &'static str, value: String },
    #[error("UMAPI_CLIENT_SECRET in {0} must be one line that holds only the secret")]
    SecretNotOneLine(AccessOrigin),
    #[error("UMAPI_CLIENT_SECRET_FILE: {}: {why}", path.display())]
    SecretFile { path: PathBuf, why: SecretError },
    #[error(
        "{place} names the secret file {}, which is outside this folder or a link, and a host or \
         certificates of its own: the secret could go to somebody else",
        path.display()
    )]
    SecretElsewhere { place: AccessOrigin, path: PathBuf },
    #[error(
        "{from} names a file of certificates to trust (ca-file), but the credentials come from \
         {place}: the secret could go to somebody else"
    )]
    Trust { from: &'static str, place: AccessOrigin },
    #[error(
        "UMAPI_ORG_ID is not set, so it is not known which organization is meant: set it in the \
         environment or in a .env file"
    )]
    NoOrganization,
    #[error(
        "the organization {wanted} is wanted, but UMAPI_ORG_ID is {own} in {place}: nothing was \
         sent. Use the credentials of the organization that you mean"
    )]
    OtherOrganization { wanted: String, own: String, place: AccessOrigin },
    #[error("the certificates to trust: {}: {why}", path.display())]
    Certificates { path: PathBuf, why: String },
}

/// Says which profiles there are, and the nearest one first.
fn profiles_there_are(name: &str, names: &[String]) -> String {
    let near = names.iter().map(|other| (strsim::damerau_levenshtein(other, name), other)).min();
    match near {
        None => ". No profile is described in the settings of this folder or of yours".to_owned(),
        Some((1 | 2, near)) => format!(". Did you mean `{near}`?"),
        Some(_) => format!(": there are {}", names.join(", ")),
    }
}
