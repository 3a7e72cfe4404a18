//! The steps of a `usergroup` command.

use super::action::LONGEST_NAME;
use super::command::profile_lists;
use super::directory::Directory;
use super::group::{SandboxGroup, SandboxGroupKind};
use super::ids::{GroupId, UserId};
use super::step::{RefusalText, StepEffect, length, no};
use serde_json::Value;

impl Directory {
    /// Decides a step of a command for this group. `met` is the group that an earlier step has
    /// created or renamed.
    pub(super) fn group_step(
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
        let users =
            names.iter().map(|user| self.listed_user(user)).collect::<Result<Vec<_>, _>>()?;
        let profiles = profile_lists(body)
            .map(|profile| self.listed_profile(profile))
            .collect::<Result<Vec<_>, _>>()?;
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

    /// Returns the user whom the list of a group's step names.
    fn listed_user(&self, user: &str) -> Result<UserId, RefusalText> {
        if user.is_empty() || user.chars().count() > LONGEST_NAME {
            return no("error.user.user_list.invalid", format!("User name is not valid: {user}"));
        }
        self.find(user, None, false).map_or_else(
            || no("error.user.nonexistent", format!("User Id does not exist: {user}")),
            Ok,
        )
    }

    /// Returns the profile that the list of a group's step names.
    fn listed_profile(&self, profile: &str) -> Result<GroupId, RefusalText> {
        let found = self.find_group(profile.trim());
        found.filter(|id| self.entry(*id).group.kind == SandboxGroupKind::Profile).map_or_else(
            || no("error.command.product.not_found", format!("Product {profile} was not found")),
            Ok,
        )
    }
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn group_name_form(name: &str) -> Result<(), RefusalText> {
    length("name", name, 255)?;
    if name.is_empty() || name.starts_with('_') {
        return no("error.group.invalid_name", format!("Group name is not valid: {name}"));
    }
    Ok(())
}
