//! Decides which credentials and endpoints are used: a complete set from one place, never a
//! mixture.
//!
//! A working folder may belong to another person. If its `.env` could change only the host, the
//! secret of the environment would be sent to that host. So what a folder names belongs to the
//! folder: only what was typed, or is in the environment, belongs to the user.

use crate::fs::{StateFolderDoubt, in_words, read_regular, state_dir};
use crate::umapi::{Credentials, EndpointError, Endpoints};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::ops::Deref;
use std::path::{Path, PathBuf};

const CLIENT_ID: &str = "UMAPI_CLIENT_ID";
const SECRET: &str = "UMAPI_CLIENT_SECRET";
const SECRET_FILE: &str = "UMAPI_CLIENT_SECRET_FILE";
const ORG_ID: &str = "UMAPI_ORG_ID";
const AUTH_HOST: &str = "UMAPI_AUTH_HOST";
const AUTH_ENDPOINT: &str = "UMAPI_AUTH_ENDPOINT";
const URL: &str = "UMAPI_URL";
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
    state_doubt: Option<StateFolderDoubt>,
}

impl Access {
    /// Keeps the result of [`choose`].
    pub(crate) fn new(chosen: Result<ResolvedAccess, AccessError>) -> Self {
        Self { chosen, state: state_dir(), state_doubt: StateFolderDoubt::of_this_process() }
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
            given: Some(Box::new((credentials, endpoints))),
        };
        Self { chosen: Ok(chosen), state, state_doubt: None }
    }

    /// Made-up credentials of an organization.
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
    pub(crate) fn state_doubt(&self) -> Option<&StateFolderDoubt> {
        self.state_doubt.as_ref()
    }

    /// Returns the set that is used.
    ///
    /// # Errors
    /// As [`choose`].
    pub(crate) fn resolved(&self) -> Result<&ResolvedAccess, AccessError> {
        self.chosen.as_ref().map_err(Clone::clone)
    }
}

/// The place of a set of credentials and endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AccessOrigin {
    /// The file that `--env-file` names.
    File(PathBuf),
    /// The environment of the process.
    Environment,
    /// The `.env` of the working folder.
    DotEnv,
    /// The program that uses umbulk as a library.
    Program,
}

impl fmt::Display for AccessOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Environment => f.write_str("the environment"),
            Self::DotEnv => f.write_str("./.env"),
            Self::Program => f.write_str("the program"),
        }
    }
}

/// Why there are no credentials, or no endpoints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AccessError {
    #[error(
        "credentials and endpoints must be in one place, but {environment} and {dotenv}. Put all \
         of them into one of the two"
    )]
    Split { environment: String, dotenv: String },
    #[error("{place}: {error}")]
    Endpoint { place: AccessOrigin, error: EndpointError },
    #[error(
        "not set: {0}. Put them into the environment or a .env file (they come from the Adobe \
         Developer Console)"
    )]
    Nothing(String),
    #[error("{place} does not set {missing}: put all credentials into one place")]
    Incomplete { place: AccessOrigin, missing: String },
    #[error("{SECRET} in {0} must be one line that holds only the secret")]
    SecretNotOneLine(AccessOrigin),
    #[error("{SECRET_FILE}: {}: {why}", path.display())]
    SecretFile { path: PathBuf, why: String },
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
        "UMAPI_ORG_ID is not set, so umbulk cannot choose the stored list: set it in the \
         environment or in a .env file, or name a list"
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

/// Who decides where the credentials come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The user, who types the command or sets the environment.
    User,
    /// The person who created the working folder.
    Folder,
}

/// A file with credentials.
#[derive(Debug, Clone)]
pub(crate) struct EnvFile {
    pub(crate) path: PathBuf,
    pub(crate) variables: Variables,
    /// Whether the user or the folder named it.
    pub(crate) owner: Owner,
}

/// Who named the file with trusted certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The user, or nobody.
    Users,
    /// The file that `--env-file` names.
    EnvFile,
    /// The `.env` of the working folder.
    DotEnv,
    /// The settings file in the folder, or named by it.
    Settings,
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
    /// The values that a program gave.
    given: Option<Box<(Credentials, Option<Endpoints>)>>,
}

/// Chooses the set: from `file`, otherwise from the environment, otherwise from the folder's
/// `.env`.
///
/// # Errors
/// When a set is split between the environment and the `.env`. The error names both.
pub(crate) fn choose(
    file: Option<&EnvFile>,
    environment: &Variables,
    dotenv: &Variables,
    trust: Trust,
) -> Result<ResolvedAccess, AccessError> {
    if let Some(EnvFile { path, variables, owner }) = file {
        return Ok(ResolvedAccess {
            place: AccessOrigin::File(path.clone()),
            owner: *owner,
            trust,
            unused: None,
            values: set_of(variables),
            given: None,
        });
    }
    let (environment, dotenv) = (set_of(environment), set_of(dotenv));
    if environment.is_empty() {
        return Ok(ResolvedAccess {
            place: AccessOrigin::DotEnv,
            owner: Owner::Folder,
            trust,
            unused: None,
            values: dotenv,
            given: None,
        });
    }
    let says = |name: &String| {
        environment.contains_key(name) || (name.starts_with(SECRET) && has_secret(&environment))
    };
    let is_split = if is_complete(&environment) {
        !is_complete(&dotenv) && !dotenv.keys().all(says)
    } else {
        !dotenv.is_empty()
    };
    if is_split {
        return Err(AccessError::Split {
            environment: set_in(&environment, &AccessOrigin::Environment),
            dotenv: set_in(&dotenv, &AccessOrigin::DotEnv),
        });
    }
    let unused = (!dotenv.is_empty()).then_some(AccessOrigin::DotEnv);
    Ok(ResolvedAccess {
        place: AccessOrigin::Environment,
        owner: Owner::User,
        trust,
        unused,
        values: environment,
        given: None,
    })
}

/// Says where variables are set: `UMAPI_URL and UMAPI_ORG_ID stand in ./.env`.
fn set_in(set: &Variables, place: &AccessOrigin) -> String {
    let names: Vec<&str> = set.keys().map(String::as_str).collect();
    match names.as_slice() {
        [one] => format!("{one} is in {place}"),
        [all @ .., last] => format!("{} and {last} are in {place}", all.join(", ")),
        [] => format!("nothing is in {place}"),
    }
}

/// Returns the variables of a set that have a value.
fn set_of(variables: &Variables) -> Variables {
    let is_set = |(name, value): &(&String, &String)| {
        SET.contains(&name.as_str()) && !value.trim().is_empty()
    };
    variables
        .iter()
        .filter(is_set)
        .map(|(name, value)| (name.clone(), value.trim().to_owned()))
        .collect()
}

fn has_secret(set: &Variables) -> bool {
    set.contains_key(SECRET) || set.contains_key(SECRET_FILE)
}

fn is_complete(set: &Variables) -> bool {
    set.contains_key(CLIENT_ID) && set.contains_key(ORG_ID) && has_secret(set)
}

impl ResolvedAccess {
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
            ("UMAPI_CLIENT_SECRET (or UMAPI_CLIENT_SECRET_FILE)", !has_secret(&self.values)),
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
                AccessOrigin::DotEnv if self.values.is_empty() => AccessError::Nothing(missing),
                place => AccessError::Incomplete { place: place.clone(), missing },
            });
        };
        Ok(Credentials {
            client_id: client_id.to_owned(),
            client_secret: self.secret()?,
            org_id: org_id.to_owned(),
        })
    }

    /// Returns the file with the secret, if the set names one and has no secret itself.
    fn secret_file(&self) -> Option<PathBuf> {
        let named = self.get(SECRET_FILE).filter(|_| self.get(SECRET).is_none())?;
        Some(match &self.place {
            AccessOrigin::File(file) => file.parent().unwrap_or(Path::new("")).join(named),
            AccessOrigin::Environment | AccessOrigin::DotEnv | AccessOrigin::Program => {
                PathBuf::from(named)
            }
        })
    }

    /// Returns a warning if other users of this computer can read the file with the secret.
    pub(crate) fn readers_warning(&self) -> Option<String> {
        self.secret_file().and_then(|path| readers_warning(&path))
    }

    fn secret(&self) -> Result<SecretString, AccessError> {
        if let Some(secret) = self.get(SECRET) {
            return one_line(secret)
                .ok_or_else(|| AccessError::SecretNotOneLine(self.place.clone()));
        }
        let path = self.secret_file().unwrap_or_default();
        let wrong = |why: String| AccessError::SecretFile { path: path.clone(), why };
        // The user's file may be a pipe, such as `<(command)`. umbulk does not wait for a pipe that
        // a folder names.
        let file = match self.owner {
            Owner::User => std::fs::File::open(&path),
            Owner::Folder => path.canonicalize().and_then(|path| read_regular(&path)),
        };
        let file = file.map_err(|error| wrong(in_words(&error)))?;
        if self.sends_to_the_folders_hosts() && !is_own_file(&path) {
            return Err(AccessError::SecretElsewhere { place: self.place.clone(), path });
        }
        let mut text = String::new();
        file.take(MAX_SECRET).read_to_string(&mut text).map_err(|error| wrong(in_words(&error)))?;
        one_line(&text).ok_or_else(|| {
            wrong(
                "the file must hold one line with the secret, and \
             nothing else"
                    .to_owned(),
            )
        })
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
            AccessOrigin::File(path) => self.owner == Owner::Folder && is_own_file(path),
        }
    }
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

#[cfg(not(unix))]
pub(crate) fn readers_warning(_: &Path) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(names: &[&str]) -> Variables {
        names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect()
    }

    const WHOLE: [&str; 3] = [CLIENT_ID, SECRET, ORG_ID];

    #[test]
    fn a_whole_set_is_taken_from_one_place() {
        let (whole, none) = (variables(&WHOLE), Variables::default());
        let place = |file: Option<&Variables>, environment: &Variables, dotenv: &Variables| {
            let file = file.map(|variables| EnvFile {
                path: "f.env".into(),
                variables: variables.clone(),
                owner: Owner::User,
            });
            let access = choose(file.as_ref(), environment, dotenv, Trust::Users).unwrap();
            (access.place, access.unused)
        };
        assert_eq!(place(Some(&none), &whole, &whole), (AccessOrigin::File("f.env".into()), None));
        assert_eq!(place(None, &whole, &none), (AccessOrigin::Environment, None));
        assert_eq!(place(None, &none, &whole), (AccessOrigin::DotEnv, None));
        assert_eq!(
            place(None, &whole, &whole),
            (AccessOrigin::Environment, Some(AccessOrigin::DotEnv))
        );
        let with_url = variables(&[&WHOLE[..], &[URL]].concat());
        assert_eq!(
            place(None, &whole, &with_url),
            (AccessOrigin::Environment, Some(AccessOrigin::DotEnv))
        );
        // The environment has everything that .env has.
        assert_eq!(
            place(None, &with_url, &variables(&[URL, SECRET_FILE])),
            (AccessOrigin::Environment, Some(AccessOrigin::DotEnv))
        );
    }

    #[test]
    fn a_split_set_is_refused_and_both_places_are_named() {
        let cases: [(&[&str], &[&str]); 7] = [
            (&WHOLE, &[AUTH_HOST]),
            (&WHOLE, &[AUTH_ENDPOINT]),
            (&WHOLE, &[URL]),
            (&[CLIENT_ID, ORG_ID], &[SECRET]),
            (&[SECRET], &[CLIENT_ID, ORG_ID, SECRET_FILE]),
            (&[URL], &WHOLE),
            (&[SECRET_FILE], &[CLIENT_ID, ORG_ID, SECRET_FILE, AUTH_HOST]),
        ];
        for (environment, dotenv) in cases {
            let error = choose(None, &variables(environment), &variables(dotenv), Trust::Users)
                .unwrap_err()
                .to_string();
            assert!(error.contains("in the environment") && error.contains("in ./.env"), "{error}");
            assert!(environment.iter().chain(dotenv).all(|name| error.contains(name)), "{error}");
        }
    }

    #[test]
    fn no_value_is_shown() {
        let variables: Variables =
            WHOLE.iter().map(|name| ((*name).to_owned(), "s3cret".to_owned())).collect();
        let access = Access::new(choose(None, &variables, &Variables::default(), Trust::Users));
        let shown = format!("{access:?}");
        assert!(shown.contains(CLIENT_ID) && !shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let empty: Variables =
            SET.iter().map(|name| ((*name).to_owned(), " ".to_owned())).collect();
        assert_eq!(
            choose(None, &empty, &variables(&WHOLE), Trust::Users).unwrap().place,
            AccessOrigin::DotEnv
        );
    }
}
