//! Carries commands out on the directory.

use super::command::steps;
use super::directory::{Directory, Group, GroupKind, User};
use serde_json::Value;

/// Why a step was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) step: usize,
    pub(super) code: String,
    pub(super) message: String,
}

type Done = Result<(), (&'static str, String)>;

/// Roles that a membership can be besides groups.
const ROLES: [&str; 2] = ["_support_admin", "_deployment_admin"];

impl Directory {
    /// Carries a well-formed command out: its steps in order, until one is refused. The steps before it stay done.
    pub(super) fn carry_out(&mut self, command: &Value) -> Result<(), Refusal> {
        for (step, (name, body)) in steps(command).enumerate() {
            let done = match command["usergroup"].as_str() {
                Some(group) => self.group_step(group.trim(), name, body),
                None => self.user_step(command, name, body),
            };
            done.map_err(|(code, message)| Refusal { step, code: code.to_owned(), message })?;
        }
        Ok(())
    }

    fn user_step(&mut self, command: &Value, name: &str, body: &Value) -> Done {
        let user = command["user"].as_str().unwrap_or_default();
        let domain = command["domain"].as_str();
        let adobe = command["useAdobeID"].as_bool().unwrap_or(false);
        let id = self.find(user, domain, adobe);
        let there = || id.ok_or_else(|| ("error.user.not_found", format!("user {user} is not in the organization")));
        match name {
            "addAdobeID" => self.create_user("adobeID", user, domain, id, body),
            "createEnterpriseID" => self.create_user("enterpriseID", user, domain, id, body),
            "createFederatedID" => self.create_user("federatedID", user, domain, id, body),
            "update" => self.update_user(there()?, body),
            "remove" if body == "all" => {
                self.part_all(there()?);
                Ok(())
            }
            "add" | "remove" => {
                let id = there()?;
                for group in strings(&body["group"]) {
                    self.membership(group)?;
                }
                for group in strings(&body["group"]) {
                    if name == "add" { self.join(id, group.trim()) } else { self.part(id, group.trim()) }
                }
                Ok(())
            }
            // Reports success whether the user is there or not.
            _ => {
                if let Some(id) = id {
                    self.remove_user(id);
                }
                Ok(())
            }
        }
    }

    fn membership(&self, name: &str) -> Done {
        let name = name.trim();
        let about = ["_product_admin_", "_developer_", "_admin_"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        if ROLES.iter().any(|role| role.eq_ignore_ascii_case(name)) || (!about.starts_with('_') && self.group(about).is_some()) {
            return Ok(());
        }
        Err(("error.group.not_found", format!("group {name} was not found")))
    }

    fn create_user(&mut self, kind: &str, user: &str, domain: Option<&str>, id: Option<u64>, body: &Value) -> Done {
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        if let Some(id) = id {
            return match body["option"].as_str() {
                None => Err(("error.user.already_in_org", format!("user {user} is already in the organization"))),
                Some("updateIfAlreadyExists") => {
                    self.change_user(id, |user| {
                        for (key, place) in [("firstname", &mut user.firstname), ("lastname", &mut user.lastname)] {
                            if let Some(name) = body[key].as_str() {
                                name.clone_into(place);
                            }
                        }
                    });
                    Ok(())
                }
                Some(_) => Ok(()),
            };
        }
        if !text("email").contains('@') {
            return Err(("error.user.email.invalid", format!("`{}` is no email address", text("email"))));
        }
        if kind != "adobeID" && (text("firstname").is_empty() || text("lastname").is_empty()) {
            let missing = if text("firstname").is_empty() { "error.user.firstname_missing" } else { "error.user.lastname_missing" };
            return Err((missing, format!("{user} needs first and last name")));
        }
        let country = text("country");
        let code = country.len() == 2 && country.bytes().all(|letter| letter.is_ascii_uppercase());
        if (kind == "federatedID" && country.is_empty()) || (!country.is_empty() && !code) {
            return Err(("error.country.invalid", format!("`{country}` is no country")));
        }
        let email = text("email");
        let email_domain = email.split_once('@').map(|(_, domain)| domain.to_owned()).unwrap_or_default();
        self.insert(User {
            username: user.to_owned(),
            domain: domain.map_or(email_domain, ToOwned::to_owned),
            email,
            firstname: text("firstname"),
            lastname: text("lastname"),
            country,
            kind: kind.to_owned(),
            groups: std::collections::BTreeSet::new(),
        });
        Ok(())
    }

    fn update_user(&mut self, id: u64, body: &Value) -> Done {
        let now = self.get(id).clone();
        if now.kind == "adobeID" {
            return Err(("error.update.adobeid.no", format!("{} is an Adobe ID", now.email)));
        }
        if let Some(email) = body["email"].as_str() {
            if email.to_lowercase() == now.email.to_lowercase() && email != now.email {
                return Err(("error.update.no", "the email's letter case cannot change".to_owned()));
            }
            if self.find(email, None, false).is_some_and(|other| other != id) {
                return Err(("error.user.email.name_in_use", format!("{email} is in use")));
            }
        }
        if let Some(username) = body["username"].as_str()
            && self.find(username, Some(&now.domain), false).is_some_and(|other| other != id)
        {
            return Err(("error.user.name_in_use", format!("{username} is in use")));
        }
        self.change_user(id, |user| {
            if let Some(email) = body["email"].as_str() {
                // A changed email changes the username with it.
                email.clone_into(&mut user.username);
                email.clone_into(&mut user.email);
            }
            for (key, place) in [("username", &mut user.username), ("firstname", &mut user.firstname), ("lastname", &mut user.lastname)] {
                if let Some(text) = body[key].as_str() {
                    text.clone_into(place);
                }
            }
        });
        Ok(())
    }

    fn group_step(&mut self, group: &str, name: &str, body: &Value) -> Done {
        if name == "createUserGroup" {
            return self.create_group(group, body);
        }
        let Some(known) = self.group(group) else { return Err(("error.usergroup.not_found", format!("group {group} was not found"))) };
        if known.kind == GroupKind::Profile && name != "add" && name != "remove" {
            return Err(("error.group.invalid_name", format!("{group} is a product profile")));
        }
        match name {
            "updateUserGroup" => {
                if let Some(description) = body["description"].as_str()
                    && let Some(group) = self.group_mut(group)
                {
                    description.clone_into(&mut group.description);
                }
                if let Some(new) = body["name"].as_str() {
                    if new.starts_with('_') {
                        return Err(("error.group.invalid_name", format!("{new} begins with _")));
                    }
                    if !new.eq_ignore_ascii_case(group) && self.group(new).is_some() {
                        return Err(("error.usergroup.already_exists", format!("group {new} is there already")));
                    }
                    self.rename_group(group, new);
                }
                Ok(())
            }
            "deleteUserGroup" => {
                self.delete_group(group);
                Ok(())
            }
            _ => self.group_members(group, name == "add", body),
        }
    }

    fn create_group(&mut self, group: &str, body: &Value) -> Done {
        let name = body["name"].as_str().unwrap_or(group);
        if name.starts_with('_') {
            return Err(("error.group.invalid_name", format!("{name} begins with _")));
        }
        let description = body["description"].as_str().unwrap_or_default();
        match (self.group_mut(name), body["option"].as_str()) {
            (Some(_), None) => return Err(("error.usergroup.already_exists", format!("group {name} is there already"))),
            (Some(group), Some("updateIfAlreadyExists")) => description.clone_into(&mut group.description),
            (Some(_), Some(_)) => {}
            (None, _) => self.add_group(Group { description: description.to_owned(), ..Group::user_group(name) }),
        }
        Ok(())
    }

    fn group_members(&mut self, group: &str, add: bool, body: &Value) -> Done {
        let mut ids = Vec::new();
        for user in strings(&body["user"]) {
            ids.push(
                self.find(user, None, false).ok_or_else(|| ("error.user.not_found", format!("user {user} is not in the organization")))?,
            );
        }
        for profile in strings(&body["productConfiguration"]) {
            if self.group(profile).is_none() {
                return Err(("error.command.product.not_found", format!("profile {profile} was not found")));
            }
        }
        for id in ids {
            if add { self.join(id, group) } else { self.part(id, group) }
        }
        let profiles: Vec<String> = strings(&body["productConfiguration"]).map(ToOwned::to_owned).collect();
        if let Some(group) = self.group_mut(group) {
            for profile in profiles {
                if add {
                    group.profiles.insert(profile);
                } else {
                    group.profiles.remove(&profile);
                }
            }
        }
        Ok(())
    }
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}
