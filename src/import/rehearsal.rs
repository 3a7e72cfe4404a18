//! `import --sandbox`: an organization for this run, with everything that the file assumes to
//! exist.

use crate::change::{Change, GroupChange, IdentityType, Memberships, UserChange, role_subject};
use crate::import::config::{ConnectConfig, ImportConfig};
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::reporter::ImportReporter;
use crate::number::count;
use crate::organization::{OrgUser, Organization};
use crate::sandbox::{
    Directory, Identity, Limit, Limits, Sandbox, SandboxGroup, SandboxOptions, SandboxUser,
};
use crate::umapi::{Credentials, EndpointError, Endpoints, Rate, Rates};
use crate::visible::visible;
use std::collections::HashSet;

/// A sandbox and how to reach it.
pub(crate) struct DryRun {
    sandbox: Sandbox,
    rates: Rates,
    assumed: Assumed,
}

impl DryRun {
    /// Starts a sandbox with the users and groups that the files assume to exist, and those of a
    /// named list. It has limits only if `--rate` sets some.
    pub(crate) fn start(
        inputs: &[&InputFile],
        organization: Option<&Organization>,
        config: &ImportConfig,
    ) -> Result<Self, ImportError> {
        let mut directory = Directory::default();
        let mut assumed = Assumed { has_list: organization.is_some(), ..Assumed::default() };
        for person in organization.into_iter().flat_map(Organization::people) {
            assumed.person(person, &mut directory);
        }
        for input in inputs {
            assumed.read(input, &mut directory)?;
        }
        assumed.granted.retain(|name| organization.is_none_or(|list| list.group(name).is_none()));
        let rates = config.connect.rates.clone();
        let limit =
            |rate: Option<Rate>| rate.map(|Rate { requests, window }| Limit { requests, window });
        let limits = Limits {
            action: limit(rates.action),
            users: limit(rates.users),
            groups: limit(rates.groups),
            ..Limits::default()
        };
        let options = SandboxOptions { limits, ..SandboxOptions::default() };
        let sandbox = Sandbox::start(options, directory)?;
        Ok(Self { sandbox, rates, assumed })
    }

    /// Describes it in the head.
    pub(crate) fn say_head(&self, reporter: &dyn ImportReporter) {
        self.assumed.words().iter().for_each(|line| reporter.inform(line));
    }

    /// Returns a client for it.
    pub(crate) fn connect(&self, config: &ConnectConfig) -> Result<Connection, ImportError> {
        let (credentials, endpoints) = sandbox_access(&self.sandbox)?;
        Connection::with(
            config,
            credentials,
            endpoints,
            "of the sandbox".to_owned(),
            self.rates.clone(),
            None,
        )
    }
}

/// Returns the credentials and endpoints of a sandbox.
///
/// # Errors
/// When its address cannot be used.
pub fn sandbox_access(sandbox: &Sandbox) -> Result<(Credentials, Endpoints), EndpointError> {
    let SandboxOptions { client_id, client_secret, org_id, .. } = sandbox.options();
    let credentials = Credentials::new(client_id.as_str(), client_secret.as_str(), org_id.as_str());
    let endpoints = Endpoints::resolve(Some(&sandbox.auth_host()), None, Some(&sandbox.url()))?;
    Ok((credentials, endpoints))
}

/// The users who are changed and the groups that are named before anything creates them.
#[derive(Default)]
struct Assumed {
    users: usize,
    groups: usize,
    /// Whether some of them are from a list.
    has_list: bool,
    known: HashSet<String>,
    /// Groups that only the file names.
    granted: Vec<String>,
}

/// The most groups that the head names.
const GRANTED: usize = 20;

impl Assumed {
    /// Returns the lines of the head.
    fn words(&self) -> Vec<String> {
        let who = [(self.users, "user"), (self.groups, "group")]
            .into_iter()
            .filter(|(number, _)| *number > 0);
        let who =
            who.map(|(number, what)| count(number as u64, what)).collect::<Vec<_>>().join(" and ");
        let why = if self.has_list {
            "that the list names or the rows need"
        } else {
            "that the rows need"
        };
        let inside = if who.is_empty() {
            "with no users and no groups yet".to_owned()
        } else {
            format!("with {who} {why}")
        };
        let mut lines = vec![format!("sandbox       an organization on this computer, {inside}")];
        if !self.granted.is_empty() {
            let more = self.granted.len().saturating_sub(GRANTED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let names = self
                .granted
                .iter()
                .take(GRANTED)
                .map(|name| visible(name))
                .collect::<Vec<_>>()
                .join(", ");
            let groups = if self.granted.len() == 1 { "group" } else { "groups" };
            lines.push(format!("              assumed: {groups} {names}{more}"));
        }
        lines
    }

    /// Adds a user of a list.
    fn person(&mut self, person: OrgUser<'_>, directory: &mut Directory) {
        let (email, username, domain) = (person.email(), person.username(), person.domain());
        self.users += 1;
        for (name, domain) in [(email, ""), (username, domain), (username, "")] {
            self.known.insert(format!("user {name} {domain}").to_lowercase());
        }
        for name in person.group_names() {
            self.group(name, directory);
        }
        let mut user = SandboxUser::assumed(
            if email.is_empty() { username } else { email },
            None,
            person.is_adobe(),
        );
        if !username.is_empty() {
            username.clone_into(&mut user.username);
        }
        if !domain.is_empty() && !person.is_adobe() {
            domain.clone_into(&mut user.domain);
        }
        if IdentityType::from_name(person.identity()) == Some(IdentityType::Enterprise) {
            user.identity = Identity::Enterprise;
        }
        person.firstname().clone_into(&mut user.firstname);
        person.lastname().clone_into(&mut user.lastname);
        person.country().clone_into(&mut user.country);
        user.groups.extend(person.group_names().map(ToOwned::to_owned));
        directory.add_user(&user);
    }

    fn read(&mut self, input: &InputFile, directory: &mut Directory) -> Result<(), ImportError> {
        input.each_change(|change| match change {
            Ok(Change::User(user)) => self.user_change(&user, directory),
            Ok(Change::Group(group)) => self.group_change(&group, directory),
            Err(_) => {}
        })
    }

    fn user_change(&mut self, user: &UserChange<'_>, directory: &mut Directory) {
        let (name, domain) = (user.user.to_string(), user.domain.as_deref().unwrap_or_default());
        if self.known.insert(format!("user {name} {domain}").to_lowercase())
            && user.create.is_none()
        {
            self.users += 1;
            directory.add_user(&SandboxUser::assumed(&name, user.domain.as_deref(), user.adobe_id));
        }
        if let Some(update) = &user.update {
            for name in [&update.email, &update.username].into_iter().flatten() {
                self.known.insert(format!("user {name} ").to_lowercase());
            }
        }
        let removed = match &user.remove {
            Some(Memberships::Named(groups)) => groups.as_slice(),
            _ => &[],
        };
        for group in user.add.iter().chain(removed) {
            self.group(group, directory);
        }
    }

    fn group_change(&mut self, group: &GroupChange<'_>, directory: &mut Directory) {
        if group.create.is_some() {
            self.known.insert(format!("group {}", group.group).to_lowercase());
        }
        self.group(&group.group, directory);
        if let Some(name) = group.update.as_ref().and_then(|update| update.name.as_ref()) {
            self.known.insert(format!("group {name}").to_lowercase());
        }
        for user in group.add_users.iter().chain(&group.remove_users) {
            if self.known.insert(format!("user {user} ").to_lowercase()) {
                self.users += 1;
                directory.add_user(&SandboxUser::assumed(user, None, false));
            }
        }
        for profile in group.add_profiles.iter().chain(&group.remove_profiles) {
            if self.known.insert(format!("group {profile}").to_lowercase()) {
                self.groups += 1;
                self.granted.push(profile.to_string());
                directory.add_group(&SandboxGroup::profile(profile));
            }
        }
    }

    /// Adds a group. A role needs the group that it administers.
    fn group(&mut self, name: &str, directory: &mut Directory) {
        let about = role_subject(name);
        if about.starts_with('_') {
            return;
        }
        if self.known.insert(format!("group {about}").to_lowercase()) {
            self.groups += 1;
            self.granted.push(about.to_owned());
            directory.add_group(&SandboxGroup::user_group(about));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows with such names are refused, but a name may get in another way.
    #[test]
    fn names_that_a_terminal_would_obey_are_escaped() {
        let assumed = Assumed {
            groups: 1,
            granted: vec!["A\u{1b}[2J\u{202e}B\n".to_owned()],
            ..Assumed::default()
        };
        let lines = assumed.words();
        assert!(
            lines[1].starts_with("              assumed: group A\\u")
                && !lines[1].contains(char::is_control),
            "{lines:?}"
        );
        assert!(!lines[1].contains('\u{202e}'), "{lines:?}");
    }
}
