//! The connection to an organization.

use crate::execute::{LateEffects, LearnedForm};
use crate::fs::in_words;
use crate::import::access::{Access, AccessError};
use crate::import::config::ConnectConfig;
use crate::import::error::ImportError;
use crate::import::reporter::ImportReporter;
use crate::import::store_error::StoreUseError;
use crate::journal::QuotaFile;
use crate::plan::sides::CommandWidth;
use crate::store::RunPlace;
use crate::umapi::{
    Client, ClientOptions, Credentials, Endpoints, Rates, SendGate, SharedQuota,
    TrustedCertificates,
};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A client, with the names to show for it.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) organization: String,
    pub(crate) host: String,
    /// The host of the token service.
    pub(crate) token_host: String,
    /// The place of the credentials and endpoints, in words.
    pub(crate) access: String,
    /// The name of the profile, if imports ask before they change its organization.
    pub(crate) production: Option<String>,
    pub(crate) rates: Rates,
    /// The folder for state that outlives a run; a rehearsal has none.
    pub(crate) state: Option<PathBuf>,
    /// What the service may still carry out, for the files of this command and for other imports.
    pub(crate) late_effects: LateEffects,
}

impl Connection {
    /// Returns the place of its runs in a store.
    pub(crate) fn run_place(&self) -> RunPlace {
        RunPlace { organization: self.organization.clone(), host: self.host.clone() }
    }

    /// Creates the client. Nothing is sent yet.
    pub(crate) fn prepare(
        config: &ConnectConfig,
        reporter: &dyn ImportReporter,
    ) -> Result<Self, ImportError> {
        let access = config.access.resolved()?;
        access.check_trust()?;
        access.readers_warning().iter().for_each(|warning| reporter.say(warning));
        let credentials = access.credentials()?;
        if let Some(org) = &config.org
            && *org != credentials.org_id
        {
            return Err(AccessError::OtherOrganization {
                wanted: org.clone(),
                own: credentials.org_id,
                place: access.place.clone(),
            }
            .into());
        }
        let unused = access.unused.as_ref().map_or_else(String::new, |unused| {
            format!(" ({unused} has others, which are not used)")
        });
        let trusted = config.ca_file.as_ref().map_or_else(String::new, |path| {
            format!("; certificates of {} are trusted", path.display())
        });
        let words = format!("from {}{unused}{trusted}", access.place);
        let connection = Self::with(
            config,
            credentials,
            access.endpoints()?,
            words,
            config.rates.clone(),
            config.access.state_dir(),
        )?;
        Ok(Self { production: access.production().map(ToOwned::to_owned), ..connection })
    }

    /// Returns the organization and the host, without a client, to find snapshots.
    pub(crate) fn place(access: &Access) -> Result<(String, String), AccessError> {
        Self::place_if_set(access)?.ok_or(AccessError::NoOrganization)
    }

    /// Returns the organization and the host; `None` if no organization is set.
    pub(crate) fn place_if_set(access: &Access) -> Result<Option<(String, String)>, AccessError> {
        let access = access.resolved()?;
        let host = access.endpoints()?.api_host();
        Ok(access.organization().map(|organization| (organization.to_owned(), host)))
    }

    /// Creates a client for these endpoints. `access` says where they and the credentials come
    /// from.
    pub(crate) fn with(
        config: &ConnectConfig,
        credentials: Credentials,
        endpoints: Endpoints,
        access: String,
        rates: Rates,
        state: Option<&Path>,
    ) -> Result<Self, ImportError> {
        let organization = credentials.org_id.clone();
        let (host, token_host) = (endpoints.api_host(), endpoints.token_host());
        let late_effects = state
            .map(|state| LateEffects::in_folder(state, &organization, &host))
            .unwrap_or_default();
        let client_id = &credentials.client_id;
        let shared_quota = match &config.store {
            Some(store) => Some(store.quota(client_id, &endpoints).map_err(StoreUseError::from)?),
            None => state.map(|state| {
                Arc::new(QuotaFile::new(state, client_id, &endpoints)) as Arc<dyn SharedQuota>
            }),
        };
        let send_gate = config.store.clone().map(|store| store as Arc<dyn SendGate>);
        let trusted = config.ca_file.as_deref().map(trusted_certificates).transpose()?;
        let options = ClientOptions {
            timeout: config.timeout,
            rates: rates.clone(),
            max_wait: config.max_wait,
            max_attempts: config.max_attempts,
            retry_wait: config.retry_wait,
            trusted: trusted.unwrap_or_default(),
            shared_quota,
            send_gate,
            kept_pause: config.kept_pause.clone(),
            token: config.token.clone(),
            ..ClientOptions::default()
        };
        let client = Client::new(credentials, endpoints, &options)?;
        let state = state.map(Path::to_owned);
        Ok(Self {
            client,
            organization,
            host,
            token_host,
            access,
            production: None,
            rates,
            state,
            late_effects,
        })
    }

    /// Returns the place of what is known about the organization's group-side commands.
    pub(crate) fn learned_form(&self) -> Option<LearnedForm> {
        let state = self.state.as_deref()?;
        Some(LearnedForm::in_folder(state, &self.organization, &self.host))
    }

    /// Describes the connection: `from ./.env; token host ims-na1.adobelogin.com, API host
    /// usermanagement.adobe.io`.
    pub(crate) fn describe(&self) -> String {
        format!("{}; token host {}, API host {}", self.access, self.token_host, self.host)
    }
}

/// Returns how many memberships a group-side command of the organization holds, as far as earlier
/// imports know.
pub(crate) fn learned_width(access: &Access) -> CommandWidth {
    // Errors in the settings are reported where the settings are needed.
    let place = Connection::place_if_set(access).ok().flatten().zip(access.state_dir());
    let learned = place
        .map(|((organization, host), state)| LearnedForm::in_folder(state, &organization, &host));
    learned.map_or(CommandWidth::Wide, |learned| learned.read(Timestamp::now()).width())
}

fn trusted_certificates(file: &Path) -> Result<TrustedCertificates, AccessError> {
    let wrong = |why: String| AccessError::Certificates { path: file.to_owned(), why };
    let pem = std::fs::read(file).map_err(|error| wrong(in_words(&error)))?;
    TrustedCertificates::from_pem(&pem).map_err(|error| wrong(error.to_string()))
}
