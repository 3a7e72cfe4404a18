//! Profiles: organizations that a settings file describes, each with the place of its secret. The
//! secret itself is never in such a file.

use crate::import::owner::Owner;
use crate::umapi::{EndpointError, Endpoints};
use std::fmt;
use std::path::{Path, PathBuf};

/// The keys of a profile. The secret has one of the last three.
const KEYS: [&str; 9] = [
    "client-id",
    "org-id",
    "auth-host",
    "auth-endpoint",
    "url",
    "production",
    "client-secret-file",
    "client-secret-env",
    "client-secret-keyring",
];

/// Keys under which somebody may write the secret itself.
const OF_SECRETS: [&str; 4] = ["client-secret", "secret", "umapi-client-secret", "password"];

/// The table of profiles in a settings file.
pub(crate) const PROFILES: &str = "profiles";

/// An organization that a settings file describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) name: String,
    /// The settings file.
    pub(crate) file: PathBuf,
    /// Whether the user or the folder chose that file.
    pub(crate) owner: Owner,
    pub(crate) client_id: String,
    pub(crate) org_id: String,
    pub(crate) auth_host: Option<String>,
    pub(crate) auth_endpoint: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) secret: SecretPlace,
    /// Whether imports ask before they change the organization.
    pub(crate) is_production: bool,
}

/// Where the secret of a profile is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SecretPlace {
    /// In a file of its own.
    File(PathBuf),
    /// In the environment variable of this name.
    Variable(String),
    /// In the keyring of the system, under this account of the service `umbulk`.
    Keyring(String),
}

impl fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Variable(name) => write!(f, "the variable {name}"),
            Self::Keyring(account) => write!(f, "the keyring (umbulk, {account})"),
        }
    }
}

/// A profile that is named somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedProfile {
    pub(crate) name: String,
    pub(crate) by: ProfileNaming,
}

/// What names a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProfileNaming {
    /// The command.
    Command,
    /// The environment of the process.
    Environment,
    /// The `.env` of the working folder.
    DotEnv,
    /// A settings file, which the user or the folder chose.
    Settings(PathBuf, Owner),
    /// The user's configuration.
    Default(PathBuf),
}

impl ProfileNaming {
    /// Returns who names it.
    pub(crate) fn owner(&self) -> Owner {
        match self {
            Self::Command | Self::Environment | Self::Default(_) => Owner::User,
            Self::DotEnv => Owner::Folder,
            Self::Settings(_, owner) => *owner,
        }
    }
}

/// Why a table is not a profile. No value is shown, because it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("[profiles.{name}] in {}: {fault}", file.display())]
pub(crate) struct ProfileError {
    name: String,
    file: PathBuf,
    fault: ProfileFault,
}

/// What is wrong with the table of a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum ProfileFault {
    #[error("a profile is a table: write [profiles.NAME], and its keys below")]
    NoTable,
    #[error("a name has letters, digits, `-`, `_` and `.` only")]
    Name,
    #[error(
        "`{0}` does not belong in this file, which others may read. Put the secret into a file \
         of its own (client-secret-file), a variable of the environment (client-secret-env), or \
         the keyring of the system (client-secret-keyring), and remove it here"
    )]
    SecretItself(String),
    #[error("`{key}` is not a key of a profile{}", proposed(*near))]
    UnknownKey { key: String, near: Option<&'static str> },
    #[error("`{0}` must be text in quotes")]
    NoText(&'static str),
    #[error("`production` must be true or false")]
    NoSwitch,
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error(
        "say where the secret is: client-secret-file = \"FILE\", client-secret-env = \"VARIABLE\", \
         or client-secret-keyring = \"ACCOUNT\""
    )]
    NoSecret,
    #[error("the secret has one place: remove `{0}` or `{1}`")]
    TwoSecrets(&'static str, &'static str),
    #[error("`client-secret-env` must be the name of a variable")]
    NoVariableName,
}

fn proposed(near: Option<&'static str>) -> String {
    match near {
        Some(near) => format!(". Did you mean `{near}`?"),
        None => format!(": there are {}", KEYS.join(", ")),
    }
}

impl Profile {
    /// Reads all profiles of a settings file. `value` is what the file has under [`PROFILES`].
    ///
    /// # Errors
    /// When a table is not a profile.
    pub(crate) fn read_all(
        value: Option<&toml::Value>,
        file: &Path,
        owner: Owner,
    ) -> Result<Vec<Self>, ProfileError> {
        let wrong = |name: &str, fault| ProfileError {
            name: name.to_owned(),
            file: file.to_owned(),
            fault,
        };
        let tables = match value {
            None => return Ok(Vec::new()),
            Some(toml::Value::Table(tables)) => tables,
            Some(_) => return Err(wrong("NAME", ProfileFault::NoTable)),
        };
        let one = |(name, value): (&String, &toml::Value)| {
            let toml::Value::Table(table) = value else {
                return Err(wrong(name, ProfileFault::NoTable));
            };
            Self::read(name, table, file, owner).map_err(|fault| wrong(name, fault))
        };
        tables.iter().map(one).collect()
    }

    fn read(
        name: &str,
        table: &toml::Table,
        file: &Path,
        owner: Owner,
    ) -> Result<Self, ProfileFault> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err(ProfileFault::Name);
        }
        table.keys().try_for_each(|key| check_key(key))?;
        let text = |key: &'static str| match get(table, key) {
            None => Ok(None),
            Some(toml::Value::String(text)) => {
                Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
            }
            Some(_) => Err(ProfileFault::NoText(key)),
        };
        let needed = |key| text(key)?.ok_or(ProfileFault::Missing(key));
        let (client_id, org_id) = (needed("client-id")?, needed("org-id")?);
        let is_production = match get(table, "production") {
            None => false,
            Some(toml::Value::Boolean(production)) => *production,
            Some(_) => return Err(ProfileFault::NoSwitch),
        };
        let secret = secret_place(
            (text("client-secret-file")?)
                .map(|path| SecretPlace::File(file.parent().unwrap_or(Path::new("")).join(path))),
            text("client-secret-env")?.map(SecretPlace::Variable),
            text("client-secret-keyring")?.map(SecretPlace::Keyring),
        )?;
        Ok(Self {
            name: name.to_owned(),
            file: file.to_owned(),
            owner,
            client_id,
            org_id,
            auth_host: text("auth-host")?,
            auth_endpoint: text("auth-endpoint")?,
            url: text("url")?,
            secret,
            is_production,
        })
    }

    /// Returns the addresses of the token service and of the API.
    ///
    /// # Errors
    /// As [`Endpoints::resolve`].
    pub(crate) fn endpoints(&self) -> Result<Endpoints, EndpointError> {
        Endpoints::resolve(
            self.auth_host.as_deref(),
            self.auth_endpoint.as_deref(),
            self.url.as_deref(),
        )
    }
}

/// Returns the value of a key, which may be written with `_` as well.
fn get<'t>(table: &'t toml::Table, key: &str) -> Option<&'t toml::Value> {
    table.get(key).or_else(|| table.get(&key.replace('-', "_")))
}

fn check_key(key: &str) -> Result<(), ProfileFault> {
    let plain = key.replace('_', "-").to_lowercase();
    if OF_SECRETS.contains(&plain.as_str()) {
        return Err(ProfileFault::SecretItself(key.to_owned()));
    }
    if KEYS.contains(&key.replace('_', "-").as_str()) {
        return Ok(());
    }
    let near = KEYS.iter().map(|known| (strsim::damerau_levenshtein(known, &plain), *known)).min();
    let near = near.filter(|(distance, _)| *distance <= 2).map(|(_, near)| near);
    Err(ProfileFault::UnknownKey { key: key.to_owned(), near })
}

/// Returns the one place of the secret.
fn secret_place(
    file: Option<SecretPlace>,
    variable: Option<SecretPlace>,
    keyring: Option<SecretPlace>,
) -> Result<SecretPlace, ProfileFault> {
    const NAMES: [&str; 3] = ["client-secret-file", "client-secret-env", "client-secret-keyring"];
    let given = [file, variable, keyring].into_iter().zip(NAMES);
    let mut given = given.filter_map(|(place, name)| Some((place?, name)));
    let (place, name) = given.next().ok_or(ProfileFault::NoSecret)?;
    if let Some((_, other)) = given.next() {
        return Err(ProfileFault::TwoSecrets(name, other));
    }
    match &place {
        SecretPlace::Variable(name) if name.contains(['=', '$', '\0', ' ']) => {
            Err(ProfileFault::NoVariableName)
        }
        _ => Ok(place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Profile>, String> {
        let table: toml::Table = text.parse().unwrap();
        Profile::read_all(table.get(PROFILES), Path::new("dir/umbulk.toml"), Owner::User)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn profile_has_an_organization_and_the_place_of_its_secret() {
        let all = read(
            "[profiles.a]\nclient_id = \"id\"\norg-id = \"1@AdobeOrg\"\nproduction = true\n\
             client-secret-file = \"s\"\n[profiles.b]\nclient-id = \"id\"\n\
             org-id = \"2@AdobeOrg\"\n\
             client-secret-env = \"B_SECRET\"\nurl = \"https://api.example.com\"\n",
        )
        .unwrap();
        assert_eq!(all[0].secret, SecretPlace::File("dir/s".into()));
        assert_eq!(all[1].secret, SecretPlace::Variable("B_SECRET".to_owned()));
        let secrets = all.iter().map(|one| one.secret.to_string()).collect::<Vec<_>>();
        assert_eq!(secrets, ["the file dir/s", "the variable B_SECRET"]);
        assert_eq!(all.iter().map(|one| one.is_production).collect::<Vec<_>>(), [true, false]);
        assert_eq!(all[1].endpoints().unwrap().api_host(), "api.example.com");
    }

    #[test]
    fn table_that_is_no_profile_is_refused_without_its_values() {
        let whole = "client-id = \"id\"\norg-id = \"1@AdobeOrg\"\n";
        for (keys, words) in [
            ("client-secret = \"hunter2\"", "`client-secret` does not belong in this file"),
            ("UMAPI_CLIENT_SECRET = \"hunter2\"", "does not belong in this file"),
            (
                "clientid = \"hunter2\"",
                "`clientid` is not a key of a profile. Did you mean `client-id`?",
            ),
            ("colour = \"hunter2\"", "is not a key of a profile: there are client-id, org-id"),
            ("client-id = 5", "`client-id` must be text in quotes"),
            ("client-id = \"id\"\nclient-secret-env = \"X\"", "`org-id` is missing"),
            (&format!("{whole}client-secret-env = \"X\"\nproduction = 1"), "true or false"),
            (whole, "say where the secret is"),
            (
                &format!("{whole}client-secret-env = \"X\"\nclient-secret-file = \"x\""),
                "remove `client-secret-file` or `client-secret-env`",
            ),
            (&format!("{whole}client-secret-env = \"$X\""), "must be the name of a variable"),
        ] {
            let error = read(&format!("[profiles.a]\n{keys}\n")).unwrap_err();
            assert!(
                error.starts_with("[profiles.a] in dir/umbulk.toml: ") && error.contains(words),
                "{keys}: {error}"
            );
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(read("profiles = 5").unwrap_err().contains("a profile is a table"));
        assert!(read("[profiles]\nurl = \"x\"").unwrap_err().contains("a profile is a table"));
        assert!(read("[profiles.\"a b\"]\nurl = \"x\"").unwrap_err().contains("a name has"));
    }
}
