//! `umbulk profiles`: the organizations that are configured, and which one applies here and why.

use crate::cli::args::commands::ProfilesArgs;
use crate::cli::error::CliError;
use crate::cli::say::{print_out, print_words, status_line};
use crate::import::Exit;
use crate::import::access::{Access, AccessOrigin, ResolvedAccess};
use crate::import::profile::{Profile, ProfileNaming, SecretPlace};
use crate::umapi::Endpoints;
use crate::visible::visible;
use serde::Serialize;
use std::path::PathBuf;

/// All profiles, and where the user's own ones can be.
pub(crate) struct ProfileList {
    pub(crate) all: Vec<Profile>,
    pub(crate) config_path: Option<PathBuf>,
}

impl ProfileList {
    /// Returns the variables of the environment that hold secrets of profiles.
    pub(crate) fn secret_variables(&self) -> Vec<String> {
        let of_profile = |profile: &Profile| match &profile.secret {
            SecretPlace::Variable(name) => Some(name.clone()),
            SecretPlace::File(_) | SecretPlace::Keyring(_) => None,
        };
        self.all.iter().filter_map(of_profile).collect()
    }
}

/// A profile. The field names are those of the JSON.
#[derive(Serialize)]
struct ListedProfile<'p> {
    name: &'p str,
    organization: &'p str,
    client_id: &'p str,
    /// The hosts; `null` if an address cannot be used.
    token_host: Option<String>,
    api_host: Option<String>,
    /// Why an address cannot be used.
    error: Option<String>,
    secret: String,
    production: bool,
    file: &'p PathBuf,
    applies: bool,
}

/// What applies in this folder. The field names are those of the JSON.
#[derive(Serialize)]
struct AppliedAccess {
    profile: Option<String>,
    place: Option<String>,
    organization: Option<String>,
    why: Option<String>,
    /// Why nothing applies.
    error: Option<String>,
}

#[derive(Serialize)]
struct ProfilesReport<'p> {
    profiles: Vec<ListedProfile<'p>>,
    applies: AppliedAccess,
    config: Option<&'p PathBuf>,
}

/// Prints the profiles, and which credentials apply. The exit status is [`Exit::NothingSent`] if
/// none do.
///
/// # Errors
/// When standard output cannot be written.
pub(crate) fn run(
    args: &ProfilesArgs,
    access: &Access,
    list: &ProfileList,
) -> Result<Exit, CliError> {
    let chosen = access.resolved().map_err(CliError::from);
    let used = chosen.as_ref().ok().and_then(|access| access.profile.as_deref());
    let profiles = list.all.iter().map(|profile| {
        let endpoints = profile.endpoints();
        ListedProfile {
            name: &profile.name,
            organization: &profile.org_id,
            client_id: &profile.client_id,
            token_host: endpoints.as_ref().ok().map(Endpoints::token_host),
            api_host: endpoints.as_ref().ok().map(Endpoints::api_host),
            error: endpoints.err().map(|error| error.to_string()),
            secret: profile.secret.to_string(),
            production: profile.is_production,
            file: &profile.file,
            applies: used.is_some_and(|(used, _)| used == profile),
        }
    });
    let config = list.config_path.as_ref();
    let report = ProfilesReport { profiles: profiles.collect(), applies: applied(&chosen), config };
    if args.json {
        print_out(&format!("{}\n", serde_json::to_string(&report)?))?;
    } else {
        print_words(&report.words())?;
    }
    match report.applies.error {
        Some(error) => {
            status_line(&format!("error: {error}"));
            Ok(Exit::NothingSent)
        }
        None => Ok(Exit::Good),
    }
}

/// Says what applies, and why.
fn applied(chosen: &Result<&ResolvedAccess, CliError>) -> AppliedAccess {
    let access = match chosen {
        Ok(access) => access,
        Err(CliError(error)) => {
            let error = Some(error.clone());
            return AppliedAccess {
                profile: None,
                place: None,
                organization: None,
                why: None,
                error,
            };
        }
    };
    let why = match (&access.profile, &access.place) {
        (Some(profile), _) => Some(naming_words(&profile.1)),
        (None, AccessOrigin::File(_)) => Some("a file of variables is named (env-file)".to_owned()),
        (None, AccessOrigin::Environment) => {
            Some("the environment has credentials, and no profile is named".to_owned())
        }
        (None, _) => Some("no profile is named, and the environment has no credentials".to_owned()),
    };
    let is_empty = access.is_empty();
    AppliedAccess {
        profile: access.profile.as_ref().map(|profile| profile.0.name.clone()),
        place: (!is_empty).then(|| access.place.to_string()),
        organization: access.organization().map(ToOwned::to_owned),
        why: why.filter(|_| !is_empty),
        error: None,
    }
}

fn naming_words(by: &ProfileNaming) -> String {
    match by {
        ProfileNaming::Command => "--profile names it".to_owned(),
        ProfileNaming::Environment => "UMBULK_PROFILE in the environment names it".to_owned(),
        ProfileNaming::DotEnv => "UMBULK_PROFILE in ./.env names it".to_owned(),
        ProfileNaming::Settings(path, _) => format!("`profile` in {} names it", path.display()),
        ProfileNaming::Default(path) => format!(
            "it is the default in {}, and nothing else has credentials here",
            path.display()
        ),
    }
}

impl ProfilesReport<'_> {
    /// Describes all profiles for people.
    fn words(&self) -> String {
        let width = self.profiles.iter().map(|one| one.name.len()).max().unwrap_or_default();
        let mut words: String = self.profiles.iter().map(|one| one.words(width)).collect();
        if self.profiles.is_empty() {
            let places = match self.config {
                Some(config) => format!("umbulk.toml or in {}", config.display()),
                None => "umbulk.toml".to_owned(),
            };
            words = format!("no profile is described: write a table [profiles.NAME] in {places}\n");
        }
        let AppliedAccess { place, organization, why, error, .. } = &self.applies;
        words
            + &match (place, why) {
                (Some(place), Some(why)) => {
                    let organization = organization.as_deref().unwrap_or("no organization");
                    let [place, organization, why] = [place, organization, why].map(visible);
                    format!("\napplies here  {place}: {organization}, because {why}\n")
                }
                _ if error.is_some() => {
                    "\napplies here  nothing, because of the error\n".to_owned()
                }
                _ => "\napplies here  nothing: there are no credentials, and no profile is named\n"
                    .to_owned(),
            }
    }
}

impl ListedProfile<'_> {
    fn words(&self, width: usize) -> String {
        let mark = if self.applies { '*' } else { ' ' };
        let production = if self.production { ", production" } else { "" };
        let hosts = match (&self.token_host, &self.api_host, &self.error) {
            (Some(token), Some(api), _) => format!("token host {token}, API host {api}"),
            (_, _, error) => visible(error.as_deref().unwrap_or_default()).into_owned(),
        };
        let (name, indent) = (self.name, " ".repeat(width + 4));
        format!(
            "{mark} {name:width$}  {}{production}\n{indent}{hosts}\n{indent}secret from {}; \
             described in {}\n",
            visible(self.organization),
            visible(&self.secret),
            visible(&self.file.display().to_string())
        )
    }
}
