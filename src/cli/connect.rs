//! Credentials and the connection, from the environment.

use super::args::ConnectArgs;
use super::config::{Environment, warn_of_readers};
use super::exit::Failure;
use crate::run::LateEffects;
use crate::umapi::{Client, Credentials, Endpoints, Options, Rates};
use secrecy::SecretString;
use std::path::{Path, PathBuf};

/// What umbulk calls itself.
pub(crate) const USER_AGENT: &str = concat!("umbulk/", env!("CARGO_PKG_VERSION"));

/// A client with the credentials of the environment, and the names to show for it.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) organization: String,
    pub(crate) host: String,
    pub(crate) rates: Rates,
    /// What the service may still carry out of the files of this command.
    pub(crate) late_effects: LateEffects,
}

impl Connection {
    /// Puts the client together; nothing is sent yet.
    pub(crate) fn prepare(args: &ConnectArgs, environment: &Environment) -> Result<Self, Failure> {
        let credentials = credentials(environment)?;
        if let Some(org) = &args.org
            && *org != credentials.org_id
        {
            return Err(Failure(format!(
                "--org is {org}, but UMAPI_ORG_ID is {}: nothing was sent. Take the credentials of the organization that you mean",
                credentials.org_id
            )));
        }
        Self::with(args, credentials, endpoints(environment)?, args.rate.clone().unwrap_or_default(), state_dir())
    }

    /// Whose organization and which host are meant, without a client: stored lists are theirs.
    pub(crate) fn place(environment: &Environment) -> Result<(String, String), Failure> {
        let organization = environment.get("UMAPI_ORG_ID").ok_or_else(|| {
            Failure(
                "UMAPI_ORG_ID is not set: it says whose stored list is meant. Put it into the environment or a .env file, or name a list"
                    .to_owned(),
            )
        })?;
        Ok((organization.trim().to_owned(), host_name(&endpoints(environment)?)))
    }

    /// Puts a client for these endpoints together.
    pub(crate) fn with(
        args: &ConnectArgs,
        credentials: Credentials,
        endpoints: Endpoints,
        rates: Rates,
        state_dir: Option<PathBuf>,
    ) -> Result<Self, Failure> {
        let organization = credentials.org_id.clone();
        let host = host_name(&endpoints);
        let options = Options {
            timeout: args.timeout,
            rates: rates.clone(),
            max_wait: args.max_wait,
            max_attempts: args.max_attempts,
            retry_wait: args.retry_wait,
            ca_file: args.ca_file.clone(),
            state_dir,
            user_agent: USER_AGENT.to_owned(),
        };
        Ok(Self { client: Client::new(credentials, endpoints, &options)?, organization, host, rates, late_effects: LateEffects::default() })
    }
}

fn endpoints(environment: &Environment) -> Result<Endpoints, Failure> {
    Ok(Endpoints::resolve(
        environment.get("UMAPI_AUTH_HOST").as_deref(),
        environment.get("UMAPI_AUTH_ENDPOINT").as_deref(),
        environment.get("UMAPI_URL").as_deref(),
    )?)
}

/// The host, as it is shown.
fn host_name(endpoints: &Endpoints) -> String {
    let api = &endpoints.api;
    match (api.host_str(), api.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    }
}

fn credentials(environment: &Environment) -> Result<Credentials, Failure> {
    let secret = match environment.get("UMAPI_CLIENT_SECRET") {
        Some(secret) => Some(secret),
        None => match environment.get("UMAPI_CLIENT_SECRET_FILE") {
            Some(path) => {
                warn_of_readers(Path::new(&path));
                Some(std::fs::read_to_string(&path).map_err(|error| Failure(format!("UMAPI_CLIENT_SECRET_FILE: {path}: {error}")))?)
            }
            None => None,
        },
    };
    let (id, org) = (environment.get("UMAPI_CLIENT_ID"), environment.get("UMAPI_ORG_ID"));
    match (id, secret, org) {
        (Some(id), Some(secret), Some(org)) => Ok(Credentials {
            client_id: id.trim().to_owned(),
            client_secret: SecretString::from(secret.trim().to_owned()),
            org_id: org.trim().to_owned(),
        }),
        (id, secret, org) => {
            let missing: Vec<&str> = [
                ("UMAPI_CLIENT_ID", id.is_none()),
                ("UMAPI_CLIENT_SECRET (or UMAPI_CLIENT_SECRET_FILE)", secret.is_none()),
                ("UMAPI_ORG_ID", org.is_none()),
            ]
            .into_iter()
            .filter_map(|(name, missing)| missing.then_some(name))
            .collect();
            Err(Failure(format!(
                "not set: {}. Put them into the environment or a .env file (they come from the Adobe Developer Console), or rehearse with --sandbox",
                missing.join(", ")
            )))
        }
    }
}

/// Where what must outlive a run is kept: the last sends, the stored lists.
pub(crate) fn state_dir() -> Option<PathBuf> {
    dirs::state_dir().or_else(dirs::data_local_dir).map(|dir| dir.join("umbulk"))
}
