//! The effects of a command's steps on the organization. A step is first decided and then applied.
//! Test mode only decides.

use super::command::{member_lists, steps};
use super::directory::{Directory, UserEntry, fold};
use super::domain::Ownership;
use super::group::{AdminRole, SandboxGroup, about};
use super::ids::UserId;
use super::step::{Changes, Membership, RefusalText, StepEffect, length, no};
use super::user::{Identity, SandboxUser};
use serde_json::Value;

/// Why a command was refused, and at which step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommandRefusal {
    pub(super) step: usize,
    pub(super) code: String,
    pub(super) message: String,
}

/// The user of a command.
struct CommandUser<'c> {
    name: &'c str,
    domain: Option<&'c str>,
    id: Option<UserId>,
}

/// Returns the effect of a create step for a user who exists.
fn create_existing(
    id: UserId,
    identity: Identity,
    subject: &CommandUser<'_>,
    body: &Value,
) -> Result<StepEffect, RefusalText> {
    match body["option"].as_str() {
        None => no(
            "error.user.already_in_org",
            format!("User {} is already in the organization", subject.name),
        ),
        // An Adobe ID belongs to its user: the API changes nothing about it.
        Some("updateIfAlreadyExists") if identity != Identity::Adobe => Ok(StepEffect::Change(
            id,
            Changes {
                firstname: body["firstname"].as_str().map(ToOwned::to_owned),
                lastname: body["lastname"].as_str().map(ToOwned::to_owned),
                ..Changes::default()
            },
        )),
        Some(_) => Ok(StepEffect::Met(id)),
    }
}

/// The most characters of a `user` or other identifier (the API's documentation of errors).
pub(super) const LONGEST_NAME: usize = 250;
const LONGEST_EMAIL: usize = 60;

impl Directory {
    /// Carries out the steps of a well-formed command in order, until one is refused. The steps
    /// before it stay done. Test mode changes nothing.
    pub(super) fn carry_out(
        &mut self,
        command: &Value,
        test_mode: bool,
    ) -> Result<(), CommandRefusal> {
        // A create step may name a username that nobody has later, and a rename removes a name. The
        // steps after it mean the same user or group (the documentation's own example renames a
        // group and adds to it).
        let mut met = None;
        for (step, (name, body)) in steps(command).enumerate() {
            let effect = match command["usergroup"].as_str() {
                Some(group) => self.group_step(group.trim(), met, name, body),
                None => self.user_step(command, met, name, body, test_mode),
            };
            let effect = effect.map_err(|(code, message)| CommandRefusal {
                step,
                code: code.to_owned(),
                message,
            })?;
            if !test_mode {
                met = self.apply(effect).or(met);
            }
            if name == "deleteUserGroup" {
                // The steps after it are ignored.
                break;
            }
        }
        Ok(())
    }

    fn user_step(
        &self,
        command: &Value,
        met: Option<UserId>,
        name: &str,
        body: &Value,
        test_mode: bool,
    ) -> Result<StepEffect, RefusalText> {
        let user = command["user"].as_str().unwrap_or_default().trim();
        let domain = command["domain"].as_str();
        let adobe = command["useAdobeID"].as_bool().unwrap_or(false) || name == "addAdobeID";
        for text in [Some(user), domain].into_iter().flatten() {
            length("user", text, LONGEST_NAME)?;
        }
        let subject =
            CommandUser { name: user, domain, id: met.or_else(|| self.find(user, domain, adobe)) };
        match name {
            "addAdobeID" => self.create_user(Identity::Adobe, &subject, body),
            "createEnterpriseID" => self.create_user(Identity::Enterprise, &subject, body),
            "createFederatedID" => self.create_user(Identity::Federated, &subject, body),
            "removeFromOrg" => Ok(subject.id.map_or(StepEffect::Nothing, StepEffect::Leave)),
            _ => {
                let groups = if body == "all" { Vec::new() } else { self.memberships(body)? };
                let Some(id) = subject.id else {
                    // The user may be created by a command that test mode has not carried out.
                    return if test_mode {
                        Ok(StepEffect::Nothing)
                    } else {
                        no("error.user.nonexistent", format!("User Id does not exist: {user}"))
                    };
                };
                match name {
                    "update" => self.update_user(id, body),
                    "remove" if body == "all" => Ok(StepEffect::PartAll(id)),
                    "remove" => Ok(StepEffect::Part(
                        id,
                        groups.into_iter().filter_map(Membership::group).collect(),
                    )),
                    _ => Ok(StepEffect::Join(id, groups)),
                }
            }
        }
    }

    /// Returns the groups that a step names, if all of them exist.
    fn memberships(&self, body: &Value) -> Result<Vec<Membership>, RefusalText> {
        member_lists(body).map(|name| self.membership(name.trim())).collect()
    }

    fn membership(&self, name: &str) -> Result<Membership, RefusalText> {
        let role = AdminRole::named(name);
        let known = self.find_group(name);
        match (role, known) {
            (Some(AdminRole::System), _) => {
                no("error.group.not_found", format!("Group {name} was not found"))
            }
            (_, Some(id)) => Ok(Membership::Group(id)),
            (Some(role), None) if self.knows_subject(role, name) => {
                Ok(Membership::Role(name.to_owned(), role))
            }
            (Some(AdminRole::Developer), None)
                if about(name).is_some_and(|group| self.find_group(group).is_some()) =>
            {
                no(
                    "error.developer.add_user.failed",
                    format!("{name}: only product profiles have developers"),
                )
            }
            (Some(AdminRole::ProductAdmin), None) => {
                no("error.user.productadmin.group.not_found", format!("Group {name} was not found"))
            }
            _ => no("error.group.not_found", format!("Group {name} was not found")),
        }
    }

    fn create_user(
        &self,
        identity: Identity,
        subject: &CommandUser<'_>,
        body: &Value,
    ) -> Result<StepEffect, RefusalText> {
        let text = |key: &str| body[key].as_str().unwrap_or_default().trim();
        let (email, country) = (text("email"), text("country"));
        for (key, most) in [("firstname", LONGEST_NAME), ("lastname", LONGEST_NAME), ("country", 2)]
        {
            length(key, text(key), most)?;
        }
        email_form(email)?;
        let email_domain = email.split_once('@').map_or("", |(_, domain)| domain);
        let domain = subject.domain.unwrap_or(email_domain);
        if self.shadows
            && identity == Identity::Federated
            && let Some(shadow) = self.adobe_id_alone(email)
        {
            // Observed: the create succeeds without a new account, and later steps change the Adobe
            // ID.
            return Ok(StepEffect::Met(shadow));
        }
        let existing = subject.id.or_else(|| self.find(email, None, identity == Identity::Adobe));
        // An Adobe ID is a different account from a user of the organization with the same address.
        let existing = existing.filter(|id| {
            (self.person(*id).identity == Identity::Adobe) == (identity == Identity::Adobe)
        });
        if let Some(id) = existing {
            return create_existing(id, identity, subject, body);
        }
        self.check_new_user(identity, subject, domain, body)?;
        country_form(identity, country)?;
        Ok(StepEffect::Enter(Box::new(SandboxUser {
            email: email.to_owned(),
            username: subject.name.to_owned(),
            domain: domain.to_owned(),
            firstname: text("firstname").to_owned(),
            lastname: text("lastname").to_owned(),
            country: country.to_owned(),
            identity,
            ..SandboxUser::default()
        })))
    }

    /// Checks names and domain of a user to create.
    fn check_new_user(
        &self,
        identity: Identity,
        subject: &CommandUser<'_>,
        domain: &str,
        body: &Value,
    ) -> Result<(), RefusalText> {
        let text = |key: &str| body[key].as_str().unwrap_or_default().trim();
        let email = text("email");
        if subject.name.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return no(
                "error.user.name.invalid",
                format!("User name is not valid: {}", subject.name),
            );
        }
        if identity != Identity::Federated && fold(subject.name) != fold(email) {
            return no(
                "error.user.must_match_email",
                format!("User {} must match the email {email}", subject.name),
            );
        }
        if identity == Identity::Adobe {
            return Ok(());
        }
        for (key, code) in [
            ("firstname", "error.user.firstname_missing"),
            ("lastname", "error.user.lastname_missing"),
        ] {
            if text(key).is_empty() {
                return no(code, format!("User {} needs a {key}", subject.name));
            }
        }
        match self.domains.of(domain) {
            Ownership::Claimed(other) if other != identity => no(
                "error.user.type_mismatch",
                format!("{domain} is a domain for {} users", other.name()),
            ),
            Ownership::Foreign => no(
                "error.domain.trust.nonexistent",
                "Changes to users are only allowed in claimed domains.",
            ),
            _ => Ok(()),
        }
    }

    /// Returns the Adobe ID with that email address, if no other user has it.
    fn adobe_id_alone(&self, email: &str) -> Option<UserId> {
        self.find(email, None, false).filter(|id| self.person(*id).identity == Identity::Adobe)
    }

    fn update_user(&self, id: UserId, body: &Value) -> Result<StepEffect, RefusalText> {
        let now = self.person(id);
        let text = |key: &str| body[key].as_str().map(|text| text.trim().to_owned());
        let changes = Changes {
            email: text("email"),
            username: text("username"),
            firstname: text("firstname"),
            lastname: text("lastname"),
        };
        if body.as_object().is_some_and(serde_json::Map::is_empty) {
            return Ok(StepEffect::Nothing);
        }
        if now.identity == Identity::Adobe {
            return no("error.update.adobeid.no", format!("{} is an Adobe ID", now.email));
        }
        if self.domains.of(&now.domain) == Ownership::Trusted {
            return no(
                "error.api.user.not.parent.org",
                format!("{} belongs to another organization", now.email),
            );
        }
        for (key, text) in [
            ("firstname", &changes.firstname),
            ("lastname", &changes.lastname),
            ("username", &changes.username),
        ] {
            length(key, text.as_deref().unwrap_or_default(), LONGEST_NAME)?;
        }
        if let Some(email) = &changes.email {
            self.check_new_email(id, email)?;
        }
        if let Some(username) = &changes.username {
            if now.identity == Identity::Enterprise
                && fold(username) != fold(changes.email.as_deref().unwrap_or(&now.email))
            {
                return no(
                    "error.update.username.no",
                    "The username of an Enterprise ID is its email",
                );
            }
            if self.find(username, Some(&now.domain), false).is_some_and(|other| other != id) {
                return no("error.user.name_in_use", format!("{username} is in use"));
            }
        }
        Ok(StepEffect::Change(id, changes))
    }

    /// Checks whether a user may get this email address.
    fn check_new_email(&self, id: UserId, email: &str) -> Result<(), RefusalText> {
        let now = self.person(id);
        email_form(email)?;
        if fold(email) == fold(&now.email) && *email != *now.email {
            return no("error.update.no", "The letter case of an email cannot change");
        }
        let domain = email.split_once('@').map_or("", |(_, domain)| domain);
        if matches!(self.domains.of(domain), Ownership::Foreign | Ownership::Trusted) {
            return no("error.user.change_domain_update.no", format!("{domain} is not claimed"));
        }
        if self
            .find(email, None, false)
            .is_some_and(|other| other != id && self.person(other).identity != Identity::Adobe)
        {
            return no("error.user.email.name_in_use", format!("{email} is in use"));
        }
        Ok(())
    }

    /// Applies an effect. Returns the user or group, because later steps may not find it by name.
    fn apply(&mut self, effect: StepEffect) -> Option<u32> {
        match effect {
            StepEffect::Nothing => {}
            StepEffect::Met(id) => return Some(id),
            StepEffect::Enter(user) => return Some(self.enter(UserEntry::new(&user))),
            StepEffect::Change(id, changes) => {
                self.change(id, |person| changes.apply(person));
                return Some(id);
            }
            StepEffect::Join(id, groups) => {
                for group in groups {
                    let group = match group {
                        Membership::Group(group) => group,
                        Membership::Role(name, role) => match self.find_group(&name) {
                            Some(group) => group,
                            None => self.found(SandboxGroup::role(&name, role)),
                        },
                    };
                    self.join(id, group);
                }
            }
            StepEffect::Part(id, groups) => {
                groups.into_iter().for_each(|group| self.part(id, group));
            }
            StepEffect::PartAll(id) => self.part_all(id),
            StepEffect::Leave(id) => self.leave(id),
            StepEffect::Found(group) => return Some(self.found(*group)),
            StepEffect::Alter { group, name, description } => {
                if let Some(description) = description {
                    self.describe(group, &description);
                }
                if let Some(name) = name {
                    self.rename_group(group, &name);
                }
                return Some(group);
            }
            StepEffect::Dissolve(group) => self.dissolve(group),
            StepEffect::Members { group, add, users, profiles } => {
                for id in users {
                    if add { self.join(id, group) } else { self.part(id, group) }
                }
                for profile in profiles {
                    self.entitle(group, profile, add);
                }
            }
        }
        None
    }
}

fn email_form(email: &str) -> Result<(), RefusalText> {
    let good = email.chars().count() <= LONGEST_EMAIL
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !email.contains(char::is_whitespace)
        });
    if good {
        Ok(())
    } else {
        no("error.user.email.invalid", format!("Email is not valid: {email}"))
    }
}

/// Checks the country of a new user. `UD` means unknown, and is allowed for Enterprise IDs.
fn country_form(identity: Identity, country: &str) -> Result<(), RefusalText> {
    let good = match (country, identity) {
        ("", Identity::Federated) => false,
        ("", _) | ("UD", Identity::Enterprise) => true,
        _ => rust_iso3166::from_alpha2(country).is_some(),
    };
    if good {
        Ok(())
    } else {
        no("error.country.invalid", format!("Country code is not legal: {country}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_group_that_is_too_large_takes_no_more() {
        let mut directory = Directory::default();
        directory.most_members = 1;
        directory
            .load(
                "{\"email\":\"a@example.com\",\"groups\":[\"A\"]}\n{\"email\":\"b@example.com\"}\n\
                 {\"email\":\"c@example.com\"}\n"
                    .as_bytes(),
            )
            .unwrap();
        let mut add = |user: &str| {
            directory.carry_out(
                &json!({ "usergroup": "A", "do": [{ "add": { "user": [user] } }] }),
                false,
            )
        };
        assert_eq!(add("b@example.com"), Ok(()));
        assert_eq!(
            add("c@example.com").unwrap_err().code,
            "error.usergroup.exceeds_maximum_member_count"
        );
    }
}
