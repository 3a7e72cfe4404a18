//! What the steps of a command do to the organization. A step is first decided and then applied.
//! Test mode only decides.

use super::command::{member_lists, profile_lists, steps};
use super::directory::{Directory, UserEntry, fold};
use super::domain::Ownership;
use super::group::{AdminRole, SandboxGroup, SandboxGroupKind, about};
use super::ids::{GroupId, UserId};
use super::user::{Identity, SandboxUser};
use serde_json::Value;

/// Why a command was refused, and at which step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommandRefusal {
    pub(super) step: usize,
    pub(super) code: String,
    pub(super) message: String,
}

/// A documented code, and a message.
type RefusalText = (&'static str, String);

/// The decided effect of a step.
enum StepEffect {
    Nothing,
    /// The user whom a create step has found.
    Met(UserId),
    Enter(Box<SandboxUser>),
    Change(UserId, Changes),
    Join(UserId, Vec<Membership>),
    Part(UserId, Vec<GroupId>),
    PartAll(UserId),
    Leave(UserId),
    Found(Box<SandboxGroup>),
    Alter {
        group: GroupId,
        name: Option<String>,
        description: Option<String>,
    },
    Dissolve(GroupId),
    Members {
        group: GroupId,
        add: bool,
        users: Vec<UserId>,
        profiles: Vec<GroupId>,
    },
}

#[derive(Default)]
struct Changes {
    email: Option<String>,
    username: Option<String>,
    firstname: Option<String>,
    lastname: Option<String>,
}

/// A group to join. A role is created when the first user gets it.
enum Membership {
    Group(GroupId),
    Role(String, AdminRole),
}

/// The user of a command.
struct CommandUser<'c> {
    name: &'c str,
    domain: Option<&'c str>,
    id: Option<UserId>,
}

fn no<T>(code: &'static str, message: impl Into<String>) -> Result<T, RefusalText> {
    Err((code, message.into()))
}

/// The most characters of a `user` or other identifier (the API's documentation of errors).
const LONGEST_NAME: usize = 250;
const LONGEST_EMAIL: usize = 60;

impl Directory {
    /// Carries out the steps of a well-formed command in order, until one is refused. The steps
    /// before it stay done. Test mode changes nothing.
    pub(super) fn carry_out(
        &mut self,
        command: &Value,
        test_mode: bool,
    ) -> Result<(), CommandRefusal> {
        // A create may name a username that finds nobody later, and a rename removes a name. The
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

    /// The groups that a step names, if all of them exist.
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
        // An Adobe ID is another account than a user of the organization with the same address.
        let existing = existing.filter(|id| {
            (self.person(*id).identity == Identity::Adobe) == (identity == Identity::Adobe)
        });
        if let Some(id) = existing {
            return match body["option"].as_str() {
                None => no(
                    "error.user.already_in_org",
                    format!("User {} is already in the organization", subject.name),
                ),
                // An Adobe ID belongs to its user: the API updates nothing of it.
                Some("updateIfAlreadyExists") if identity != Identity::Adobe => {
                    Ok(StepEffect::Change(
                        id,
                        Changes {
                            firstname: body["firstname"].as_str().map(ToOwned::to_owned),
                            lastname: body["lastname"].as_str().map(ToOwned::to_owned),
                            ..Changes::default()
                        },
                    ))
                }
                Some(_) => Ok(StepEffect::Met(id)),
            };
        }
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
        if identity != Identity::Adobe {
            for (key, code) in [
                ("firstname", "error.user.firstname_missing"),
                ("lastname", "error.user.lastname_missing"),
            ] {
                if text(key).is_empty() {
                    return no(code, format!("User {} needs a {key}", subject.name));
                }
            }
            match self.domains.of(domain) {
                Ownership::Claimed(other) if other != identity => {
                    return no(
                        "error.user.type_mismatch",
                        format!("{domain} is a domain for {} users", other.name()),
                    );
                }
                Ownership::Foreign => {
                    return no(
                        "error.domain.trust.nonexistent",
                        "Changes to users are only allowed in claimed domains.",
                    );
                }
                _ => {}
            }
        }
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

    /// The Adobe ID with that email address, if no other user has it.
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
            email_form(email)?;
            if fold(email) == fold(&now.email) && **email != *now.email {
                return no("error.update.no", "The letter case of an email cannot change");
            }
            let domain = email.split_once('@').map_or("", |(_, domain)| domain);
            if matches!(self.domains.of(domain), Ownership::Foreign | Ownership::Trusted) {
                return no(
                    "error.user.change_domain_update.no",
                    format!("{domain} is not claimed"),
                );
            }
            if self
                .find(email, None, false)
                .is_some_and(|other| other != id && self.person(other).identity != Identity::Adobe)
            {
                return no("error.user.email.name_in_use", format!("{email} is in use"));
            }
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

    fn group_step(
        &self,
        name: &str,
        met: Option<GroupId>,
        step: &str,
        body: &Value,
    ) -> Result<StepEffect, RefusalText> {
        length("usergroup", name, 255)?;
        if step == "createUserGroup" {
            return self.create_group(name, body);
        }
        let Some(id) = met.or_else(|| self.find_group(name)) else {
            return no("error.usergroup.not_found", format!("Group {name} was not found"));
        };
        let group = &self.entry(id).group;
        if group.kind != SandboxGroupKind::UserGroup {
            return no("error.usergroup.not_found", format!("{name} is no user group"));
        }
        match step {
            "updateUserGroup" if group.read_only => no(
                "error.usergroup.readonly.update_not_allowed",
                format!("Usergroup is owned by another org and readonly: {name}"),
            ),
            "deleteUserGroup" if group.read_only => no(
                "error.usergroup.readonly.remove_not_allowed",
                format!("User group owned by another organization. Remove not allowed: {name}"),
            ),
            "updateUserGroup" => self.alter_group(id, body),
            "deleteUserGroup" => Ok(StepEffect::Dissolve(id)),
            _ => self.group_members(id, step == "add", body),
        }
    }

    fn create_group(&self, root: &str, body: &Value) -> Result<StepEffect, RefusalText> {
        let name = body["name"].as_str().unwrap_or(root).trim();
        group_name_form(name)?;
        let description = body["description"].as_str().unwrap_or_default().to_owned();
        let there = self.find_group(name).or_else(|| self.find_group(root));
        match (there, body["option"].as_str()) {
            (Some(_), None) => {
                no("error.usergroup.already_exists", format!("Group {name} already exists"))
            }
            (Some(group), Some("updateIfAlreadyExists")) => {
                let description = body["description"].as_str().map(ToOwned::to_owned);
                Ok(StepEffect::Alter { group, name: None, description })
            }
            (Some(_), Some(_)) => Ok(StepEffect::Nothing),
            (None, _) => Ok(StepEffect::Found(Box::new(SandboxGroup {
                description,
                ..SandboxGroup::user_group(name)
            }))),
        }
    }

    fn alter_group(&self, group: GroupId, body: &Value) -> Result<StepEffect, RefusalText> {
        let text = |key: &str| body[key].as_str().map(|text| text.trim().to_owned());
        let (name, description) = (text("name"), text("description"));
        if let Some(new) = &name {
            group_name_form(new)?;
            if self.find_group(new).is_some_and(|other| other != group) {
                return no("error.usergroup.already_exists", format!("Group {new} already exists"));
            }
        }
        Ok(StepEffect::Alter { group, name, description })
    }

    fn group_members(
        &self,
        group: GroupId,
        add: bool,
        body: &Value,
    ) -> Result<StepEffect, RefusalText> {
        let entry = self.entry(group);
        let name = &entry.group.name;
        let names: Vec<&str> = strings(&body["user"]).map(str::trim).collect();
        if !names.is_empty() && entry.group.read_only {
            let (code, from) = if add {
                ("error.usergroup.readonly.add_user_not_allowed", "added to")
            } else {
                ("error.usergroup.readonly.remove_user_not_allowed", "removed from")
            };
            return no(
                code,
                format!("User cannot be {from} group as owned by another org and readonly: {name}"),
            );
        }
        if add && entry.members.len() > self.most_members {
            return no(
                "error.usergroup.exceeds_maximum_member_count",
                format!("{name} has {} members", entry.members.len()),
            );
        }
        let mut users = Vec::with_capacity(names.len());
        for user in names {
            if user.is_empty() || user.chars().count() > LONGEST_NAME {
                return no(
                    "error.user.user_list.invalid",
                    format!("User name is not valid: {user}"),
                );
            }
            let Some(id) = self.find(user, None, false) else {
                return no("error.user.nonexistent", format!("User Id does not exist: {user}"));
            };
            users.push(id);
        }
        let mut profiles = Vec::new();
        for profile in profile_lists(body) {
            match self
                .find_group(profile.trim())
                .filter(|id| self.entry(*id).group.kind == SandboxGroupKind::Profile)
            {
                Some(id) => profiles.push(id),
                None => {
                    return no(
                        "error.command.product.not_found",
                        format!("Product {profile} was not found"),
                    );
                }
            }
        }
        if profiles.is_empty()
            && !users.is_empty()
            && users.iter().all(|user| entry.members.contains_key(user) == add)
        {
            return no(
                "error.usergroup.user_list.invalid",
                format!("The list did not change the members of {name}"),
            );
        }
        Ok(StepEffect::Members { group, add, users, profiles })
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

impl Membership {
    /// The group, if it exists: nobody can be removed from a role that nobody has.
    fn group(self) -> Option<GroupId> {
        match self {
            Self::Group(id) => Some(id),
            Self::Role(..) => None,
        }
    }
}

impl Changes {
    fn apply(self, person: &mut UserEntry) {
        if let Some(email) = self.email.filter(|email| **email != *person.email) {
            // A new email address also changes the username. The same address changes nothing.
            person.email = email.into();
            person.username = None;
        }
        if let Some(username) = self.username {
            person.username = (*username != *person.email).then(|| username.into());
        }
        for (text, place) in
            [(self.firstname, &mut person.firstname), (self.lastname, &mut person.lastname)]
        {
            if let Some(text) = text {
                *place = text.into();
            }
        }
    }
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn length(field: &str, text: &str, most: usize) -> Result<(), RefusalText> {
    if text.chars().count() <= most {
        return Ok(());
    }
    no(
        "error.command.string.too_long",
        format!("String too long in command for field: {field}, max length {most}"),
    )
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

fn group_name_form(name: &str) -> Result<(), RefusalText> {
    length("name", name, 255)?;
    if name.is_empty() || name.starts_with('_') {
        return no("error.group.invalid_name", format!("Group name is not valid: {name}"));
    }
    Ok(())
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
                "{\"email\":\"a@example.com\",\"groups\":[\"A\"]}\n{\"email\":\"b@example.com\"}\n{\"email\":\"c@example.com\"}\n"
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
