//! The credentials and endpoints that are used: a complete set from one place, never a mixture.
//!
//! A working folder may belong to another person. If its `.env` could change only the host, the
//! secret of the environment would be sent to that host. So what a folder names belongs to the
//! folder: only what was typed, or is in the environment, belongs to the user.

use crate::fs::{StateFolderProblem, in_words, read_regular, state_dir};
pub(crate) use crate::import::access_error::{AccessError, AccessOrigin, SecretError};
use crate::import::keyring;
pub(crate) use crate::import::owner::{Owner, Trust};
use crate::import::profile::{Profile, ProfileNaming, SecretPlace};
use crate::umapi::{Credentials, Endpoints};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::env::VarError;
use std::fmt;
use std::io::Read;
use std::ops::Deref;
use std::path::{Path, PathBuf};

// The variables of credentials and endpoints: those of umapi-cli.
/// The variable for the client id of the OAuth Server-to-Server credential.
pub(super) const CLIENT_ID: &str = "UMAPI_CLIENT_ID";
/// The variable for the client secret.
pub(super) const SECRET: &str = "UMAPI_CLIENT_SECRET";
/// The variable for the path of a file with the client secret.
pub(super) const SECRET_FILE: &str = "UMAPI_CLIENT_SECRET_FILE";
/// The variable for the id of the organization.
pub(super) const ORG_ID: &str = "UMAPI_ORG_ID";
/// The variable for the host that issues access tokens.
pub(super) const AUTH_HOST: &str = "UMAPI_AUTH_HOST";
/// The variable for the path of the token service on that host.
pub(super) const AUTH_ENDPOINT: &str = "UMAPI_AUTH_ENDPOINT";
/// The variable for the address of the API.
pub(super) const URL: &str = "UMAPI_URL";
/// The variables that belong together.
const SET: [&str; 7] = [CLIENT_ID, SECRET, SECRET_FILE, ORG_ID, AUTH_HOST, AUTH_ENDPOINT, URL];
/// The longest secret file: a secret is one short line.
const MAX_SECRET: u64 = 4096;

/// Variables by name. Values are never shown, because a secret may be among them.
#[derive(Clone, Default)]
pub(crate) struct Variables(BTreeMap<String, String>);

impl Deref for Variables {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl FromIterator<(String, String)> for Variables {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The credentials and endpoints of a command, or the error to report when they are needed.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    chosen: Result<ResolvedAccess, AccessError>,
    state: Option<PathBuf>,
    /// Why other processes may have another folder.
    state_problem: Option<StateFolderProblem>,
}

impl Access {
    /// Keeps the chosen set, or why there is none.
    pub(crate) fn new(chosen: Result<ResolvedAccess, AccessError>) -> Self {
        Self { chosen, state: state_dir(), state_problem: StateFolderProblem::of_this_process() }
    }

    /// Keeps the values that a program gives, with the folder for state that outlives a run.
    pub(crate) fn given(
        credentials: Credentials,
        endpoints: Option<Endpoints>,
        state: Option<PathBuf>,
    ) -> Self {
        let chosen = ResolvedAccess {
            place: AccessOrigin::Program,
            owner: Owner::User,
            trust: Trust::Users,
            unused: None,
            values: Variables::default(),
            profiles: Vec::new(),
            profile: None,
            given: Some(Box::new((credentials, endpoints))),
        };
        Self { chosen: Ok(chosen), state, state_problem: None }
    }

    /// Returns made-up credentials of an organization.
    #[cfg(test)]
    pub(crate) fn made_up(org_id: &str, state: Option<PathBuf>) -> Self {
        let credentials = Credentials {
            client_id: "id".to_owned(),
            client_secret: SecretString::from("secret".to_owned()),
            org_id: org_id.to_owned(),
        };
        Self::given(credentials, None, state)
    }

    /// Returns the folder for state that outlives a run: the record of sent requests, the stored
    /// lists.
    pub(crate) fn state_dir(&self) -> Option<&Path> {
        self.state.as_deref()
    }

    /// Returns why other processes may have another folder for state, if they may.
    pub(crate) fn state_problem(&self) -> Option<&StateFolderProblem> {
        self.state_problem.as_ref()
    }

    /// Returns the set that is used.
    ///
    /// # Errors
    /// When no set could be chosen.
    pub(crate) fn resolved(&self) -> Result<&ResolvedAccess, AccessError> {
        self.chosen.as_ref().map_err(Clone::clone)
    }
}

/// A file with credentials.
#[derive(Debug, Clone)]
pub(crate) struct EnvFile {
    pub(crate) path: PathBuf,
    pub(crate) variables: Variables,
    /// Whether the user or the folder named it.
    pub(crate) owner: Owner,
}

/// The set that is used.
#[derive(Debug, Clone)]
pub(crate) struct ResolvedAccess {
    pub(crate) place: AccessOrigin,
    owner: Owner,
    /// Who named the trusted certificates.
    trust: Trust,
    /// Another place with a complete set, which is not used.
    pub(crate) unused: Option<AccessOrigin>,
    values: Variables,
    /// Profiles that could be named, if nothing is set.
    pub(super) profiles: Vec<String>,
    /// The profile that is used, and what names it.
    pub(crate) profile: Option<Box<(Profile, ProfileNaming)>>,
    /// The values that a program gave.
    given: Option<Box<(Credentials, Option<Endpoints>)>>,
}

/// Returns the variables of a set that have a value.
pub(super) fn set_of(variables: &Variables) -> Variables {
    let is_set = |(name, value): &(&String, &String)| {
        SET.contains(&name.as_str()) && !value.trim().is_empty()
    };
    variables
        .iter()
        .filter(is_set)
        .map(|(name, value)| (name.clone(), value.trim().to_owned()))
        .collect()
}

/// Whether the variables hold a secret or name its file.
pub(super) fn has_secret(set: &Variables) -> bool {
    set.contains_key(SECRET) || set.contains_key(SECRET_FILE)
}

/// Whether the variables hold a client id, an organization and a secret. Hosts have defaults.
pub(super) fn is_complete(set: &Variables) -> bool {
    set.contains_key(CLIENT_ID) && set.contains_key(ORG_ID) && has_secret(set)
}

impl ResolvedAccess {
    /// Creates a set of variables.
    pub(super) fn new(place: AccessOrigin, owner: Owner, trust: Trust, values: Variables) -> Self {
        Self {
            place,
            owner,
            trust,
            unused: None,
            values,
            profiles: Vec::new(),
            profile: None,
            given: None,
        }
    }

    /// Creates the set of a profile.
    pub(super) fn of_profile(profile: &Profile, by: ProfileNaming, trust: Trust) -> Self {
        let secret_file = match &profile.secret {
            SecretPlace::File(path) => Some(path.to_string_lossy().into_owned()),
            SecretPlace::Variable(_) | SecretPlace::Keyring(_) => None,
        };
        let values = [
            (CLIENT_ID, Some(profile.client_id.clone())),
            (ORG_ID, Some(profile.org_id.clone())),
            (AUTH_HOST, profile.auth_host.clone()),
            (AUTH_ENDPOINT, profile.auth_endpoint.clone()),
            (URL, profile.url.clone()),
            (SECRET_FILE, secret_file),
        ];
        let values = values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let (place, owner) = (AccessOrigin::of_profile(profile), profile.owner);
        let access = Self::new(place, owner, trust, values.collect());
        Self { profile: Some(Box::new((profile.clone(), by))), ..access }
    }

    /// Returns the name of the profile if imports ask before they change its organization.
    pub(crate) fn production(&self) -> Option<&str> {
        let (profile, _) = self.profile.as_deref().filter(|(profile, _)| profile.is_production)?;
        Some(&profile.name)
    }

    /// Whether nothing is set.
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.given.is_none()
    }

    /// Returns the organization, if the set names one.
    pub(crate) fn organization(&self) -> Option<&str> {
        match self.given.as_deref() {
            Some((credentials, _)) => Some(&credentials.org_id),
            None => self.get(ORG_ID),
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Returns the addresses of the token service and of the API.
    ///
    /// # Errors
    /// As [`Endpoints::resolve`], with the place.
    pub(crate) fn endpoints(&self) -> Result<Endpoints, AccessError> {
        if let Some((_, Some(endpoints))) = self.given.as_deref() {
            return Ok(endpoints.clone());
        }
        Endpoints::resolve(self.get(AUTH_HOST), self.get(AUTH_ENDPOINT), self.get(URL))
            .map_err(|error| AccessError::Endpoint { place: self.place.clone(), error })
    }

    /// Returns the credentials.
    ///
    /// # Errors
    /// When a variable is missing, or the file with the secret cannot be used.
    pub(crate) fn credentials(&self) -> Result<Credentials, AccessError> {
        if let Some((credentials, _)) = self.given.as_deref() {
            return Ok(credentials.clone());
        }
        let missing: Vec<&str> = [
            (CLIENT_ID, self.get(CLIENT_ID).is_none()),
            (
                "UMAPI_CLIENT_SECRET (or UMAPI_CLIENT_SECRET_FILE)",
                !has_secret(&self.values) && self.profile.is_none(),
            ),
            (ORG_ID, self.get(ORG_ID).is_none()),
        ]
        .into_iter()
        .filter_map(|(name, missing)| missing.then_some(name))
        .collect();
        let (Some(client_id), Some(org_id), true) =
            (self.get(CLIENT_ID), self.get(ORG_ID), missing.is_empty())
        else {
            let missing = missing.join(", ");
            return Err(match &self.place {
                AccessOrigin::DotEnv if self.values.is_empty() => {
                    AccessError::Nothing { missing, profiles: self.profiles.clone() }
                }
                place => AccessError::Incomplete { place: place.clone(), missing },
            });
        };
        self.check_ids(client_id, org_id)?;
        Ok(Credentials {
            client_id: client_id.to_owned(),
            client_secret: self.secret()?,
            org_id: org_id.to_owned(),
        })
    }

    /// Refuses values that were copied from an example, and the id of an organization of which only
    /// the first part was copied. The API answers these as another organization.
    fn check_ids(&self, client_id: &str, org_id: &str) -> Result<(), AccessError> {
        let [client_key, secret_key, org_key] = match self.profile {
            Some(_) => ["client-id", "the secret", "org-id"],
            None => [CLIENT_ID, SECRET, ORG_ID],
        };
        let secret = self.get(SECRET).unwrap_or_default();
        for (name, value, shown) in [
            (client_key, client_id, Some(client_id)),
            (secret_key, secret, None),
            (org_key, org_id, Some(org_id)),
        ] {
            if is_placeholder(value) {
                let (place, shown) = (self.place.clone(), shown.map(str::to_owned));
                return Err(AccessError::Placeholder { place, name, shown });
            }
        }
        // Ids of organizations are 24 hexadecimal digits with this ending.
        let is_short = org_id.len() == 24 && org_id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_short {
            let (place, value) = (self.place.clone(), org_id.to_owned());
            return Err(AccessError::ShortOrganization { place, name: org_key, value });
        }
        Ok(())
    }

    /// Returns the file with the secret, if the set names one and has no secret itself.
    fn secret_file(&self) -> Option<PathBuf> {
        let named = self.get(SECRET_FILE).filter(|_| self.get(SECRET).is_none())?;
        Some(match &self.place {
            AccessOrigin::File(file) => file.parent().unwrap_or(Path::new("")).join(named),
            AccessOrigin::Environment
            | AccessOrigin::DotEnv
            | AccessOrigin::Profile { .. }
            | AccessOrigin::Program => PathBuf::from(named),
        })
    }

    /// Returns a warning if other users of this computer can read the file with the secret.
    pub(crate) fn readers_warning(&self) -> Option<String> {
        self.secret_file().and_then(|path| readers_warning(&path))
    }

    /// Returns the secret of a profile that is in no file.
    fn secret_of_user(&self, place: &SecretPlace) -> Option<Result<SecretString, AccessError>> {
        let found = match place {
            SecretPlace::File(_) => return None,
            _ if self.sends_to_the_folders_hosts() => {
                let (place, secret) = (self.place.clone(), place.clone());
                return Some(Err(AccessError::SecretOfUser { place, secret }));
            }
            SecretPlace::Variable(name) => std::env::var(name).map_err(|error| match error {
                VarError::NotPresent => SecretError::NotSet,
                VarError::NotUnicode(_) => SecretError::NotUtf8,
            }),
            SecretPlace::Keyring(account) => keyring::secret_of(account).map_err(Into::into),
        };
        let one_line = found.and_then(|text| one_line(&text).ok_or(SecretError::NotOneLine));
        Some(one_line.map_err(|why| AccessError::NoSecretThere {
            place: self.place.clone(),
            secret: place.clone(),
            why,
        }))
    }

    fn secret(&self) -> Result<SecretString, AccessError> {
        if let Some((profile, _)) = self.profile.as_deref()
            && let Some(secret) = self.secret_of_user(&profile.secret)
        {
            return secret;
        }
        if let Some(secret) = self.get(SECRET) {
            return one_line(secret)
                .ok_or_else(|| AccessError::SecretNotOneLine(self.place.clone()));
        }
        let path = self.secret_file().unwrap_or_default();
        let wrong = |why: SecretError| match self.profile.as_deref() {
            Some((profile, _)) => {
                let (place, secret) = (self.place.clone(), profile.secret.clone());
                AccessError::NoSecretThere { place, secret, why }
            }
            None => AccessError::SecretFile { path: path.clone(), why },
        };
        // The user's file may be a pipe, such as `<(command)`. umbulk does not wait for a pipe that
        // a folder names.
        let file = match self.owner {
            Owner::User => std::fs::File::open(&path),
            Owner::Folder => path.canonicalize().and_then(|path| read_regular(&path)),
        };
        let unreadable = |error| wrong(SecretError::Unreadable(in_words(&error)));
        let file = file.map_err(unreadable)?;
        if self.sends_to_the_folders_hosts() && !is_own_file(&path) {
            return Err(AccessError::SecretElsewhere { place: self.place.clone(), path });
        }
        let mut text = String::new();
        file.take(MAX_SECRET).read_to_string(&mut text).map_err(unreadable)?;
        one_line(&text).ok_or_else(|| wrong(SecretError::FileNotOneLine))
    }

    /// Whether the folder decides where the secret is sent, or who can read it on the way.
    fn sends_to_the_folders_hosts(&self) -> bool {
        let names_hosts =
            [AUTH_HOST, AUTH_ENDPOINT, URL].iter().any(|name| self.get(name).is_some());
        self.owner == Owner::Folder && (names_hosts || self.trust != Trust::Users)
    }

    /// Refuses a folder that names the trusted certificates, because its author could then read the
    /// secret.
    ///
    /// # Errors
    /// When the folder names them, and the credentials come from elsewhere.
    pub(crate) fn check_trust(&self) -> Result<(), AccessError> {
        let from = match (self.trust, &self.place) {
            // Certificates and credentials come from the same place.
            (Trust::Users | Trust::EnvFile, _) | (Trust::DotEnv, AccessOrigin::DotEnv) => {
                return Ok(());
            }
            (Trust::DotEnv, _) => "./.env",
            (Trust::Settings, _) => "the settings file of this folder",
        };
        if self.is_the_folders() {
            return Ok(());
        }
        Err(AccessError::Trust { from, place: self.place.clone() })
    }

    /// Whether the credentials are in the folder itself, and not in a linked file elsewhere.
    fn is_the_folders(&self) -> bool {
        match &self.place {
            AccessOrigin::Environment | AccessOrigin::Program => false,
            AccessOrigin::DotEnv => is_own_file(Path::new(".env")),
            AccessOrigin::File(path) | AccessOrigin::Profile { file: path, .. } => {
                self.owner == Owner::Folder && is_own_file(path)
            }
        }
    }
}

/// Whether a value is that of an example: `…`, `…@AdobeOrg`, `<client id>`, `YOUR_CLIENT_ID`. None
/// of these is in an id or a secret of Adobe's.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    value.contains('…')
        || value.contains("...")
        || value.starts_with('<') && value.contains('>')
        || ["your_", "your-", "yourorg"].iter().any(|start| lower.starts_with(start))
}

/// Whether the file is in the working folder, and has no other name elsewhere.
fn is_own_file(path: &Path) -> bool {
    let folder = Path::new(".").canonicalize();
    let is_inside =
        path.canonicalize().is_ok_and(|path| folder.is_ok_and(|folder| path.starts_with(folder)));
    is_inside && has_one_name(path)
}

#[cfg(unix)]
fn has_one_name(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    path.metadata().is_ok_and(|there| there.nlink() == 1)
}

#[cfg(not(unix))]
fn has_one_name(_: &Path) -> bool {
    true
}

/// Returns a secret without the blanks around it; `None` if it is empty or longer than one line.
fn one_line(text: &str) -> Option<SecretString> {
    let text = text.trim();
    let is_good = !text.is_empty() && !text.chars().any(char::is_control);
    is_good.then(|| SecretString::from(text.to_owned()))
}

/// Returns a warning if other users of this computer can read a file with a secret.
#[cfg(unix)]
pub(crate) fn readers_warning(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0).then(|| {
        format!(
            "warning: {0} can be read by others on this computer, and holds the secret: chmod 600 \
             {0}",
            path.display()
        )
    })
}

/// Returns no warning: access rights are only checked on Unix.
#[cfg(not(unix))]
pub(crate) fn readers_warning(_: &Path) -> Option<String> {
    None
}
