//! Is a command well formed? What is not sinks its whole request (HTTP 400).

use serde_json::{Map, Value};

/// Why a request is refused as a whole: the documented code, and words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) code: &'static str,
    pub(super) message: String,
}

const USER_STEPS: [&str; 7] = ["addAdobeID", "createEnterpriseID", "createFederatedID", "update", "add", "remove", "removeFromOrg"];
const GROUP_STEPS: [&str; 5] = ["createUserGroup", "updateUserGroup", "add", "remove", "deleteUserGroup"];
const MOST_STEPS: usize = 10;
const MOST_NAMES: usize = 10;

fn wrong<T>(code: &'static str, message: impl Into<String>) -> Result<T, Malformed> {
    Err(Malformed { code, message: message.into() })
}

/// The steps of a command as `(name, body)`.
pub(super) fn steps(command: &Value) -> impl Iterator<Item = (&str, &Value)> {
    command["do"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|step| step.as_object()?.iter().next())
        .map(|(name, body)| (name.as_str(), body))
}

/// Checks the form of one command, not whether it can be carried out.
pub(super) fn check(command: &Value) -> Result<(), Malformed> {
    let Some(command) = command.as_object() else { return wrong("error.command.malformed", "a command is an object") };
    let group = command.contains_key("usergroup");
    root(command, group)?;
    let Some(steps) = command.get("do").and_then(Value::as_array).filter(|steps| !steps.is_empty()) else {
        return wrong("error.command.steps.malformed", "`do` is a list of steps");
    };
    if steps.len() > MOST_STEPS {
        return wrong("error.command.steps.malformed", format!("{} steps in a command", steps.len()));
    }
    let known: &[&str] = if group { &GROUP_STEPS } else { &USER_STEPS };
    let mut created = false;
    for (place, entry) in steps.iter().enumerate() {
        let Some((name, body)) = entry.as_object().filter(|entry| entry.len() == 1).and_then(|entry| entry.iter().next()) else {
            return wrong("error.command.steps.malformed", format!("step {place} is not one step"));
        };
        if !known.contains(&name.as_str()) {
            return wrong("error.command.step.unknown", format!("step {place}: {name}"));
        }
        if name.starts_with("create") || name == "addAdobeID" {
            if created {
                return wrong("error.command.create.more_than_one", name.clone());
            }
            if place > 0 {
                return wrong("error.command.create.not_first", name.clone());
            }
            created = true;
        }
        let last = place + 1 == steps.len();
        if matches!(name.as_str(), "removeFromOrg" | "deleteUserGroup") && !last {
            return wrong("error.command.removefromorg.not_last", format!("{name} is step {place} of {}", steps.len()));
        }
        step(name, body, group)?;
    }
    Ok(())
}

fn root(command: &Map<String, Value>, group: bool) -> Result<(), Malformed> {
    const KNOWN: [&str; 6] = ["user", "usergroup", "domain", "useAdobeID", "requestID", "do"];
    if let Some(unknown) = command.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return wrong("error.command.illegal_entry", unknown.clone());
    }
    let name = command.get(if group { "usergroup" } else { "user" }).and_then(Value::as_str).unwrap_or_default();
    if name.trim().is_empty() {
        return wrong("error.command.user_usergroup.missing", "neither user nor usergroup");
    }
    if group {
        return Ok(());
    }
    match (name.contains('@'), command.get("domain").and_then(Value::as_str)) {
        (true, Some(_)) => wrong("error.command.domain.must_be_used_with_nonemail_username", name),
        (false, None) => wrong("error.command.domain.missing", name),
        _ => Ok(()),
    }
}

fn step(name: &str, body: &Value, group: bool) -> Result<(), Malformed> {
    if name == "remove" && body == "all" && !group {
        return Ok(());
    }
    let Some(object) = body.as_object() else { return wrong("error.command.create.object_expected", name) };
    let allowed: &[&str] = match name {
        "add" | "remove" if group => &["user", "productConfiguration"],
        "add" | "remove" => &["group"],
        "update" => &["email", "username", "firstname", "lastname"],
        "removeFromOrg" => &["deleteAccount"],
        "createUserGroup" => &["name", "description", "option"],
        "updateUserGroup" => &["name", "description"],
        "deleteUserGroup" => &[],
        _ => &["email", "firstname", "lastname", "country", "option"],
    };
    if let Some(unknown) = object.keys().find(|key| !allowed.contains(&key.as_str())) {
        return match (name, unknown.as_str()) {
            ("update", "country") => wrong("error.update.country.no_update", "country cannot be changed"),
            ("add" | "remove", _) => wrong("error.command.add_remove.key.unknown", unknown.clone()),
            _ => wrong("error.command.create.key.unknown", unknown.clone()),
        };
    }
    if let Some(option) = object.get("option")
        && !matches!(option.as_str(), Some("ignoreIfAlreadyExists" | "updateIfAlreadyExists"))
    {
        return wrong("error.option.illegal", option.to_string());
    }
    if matches!(name, "update" | "updateUserGroup") && object.is_empty() {
        return wrong("error.command.update.option.no", "nothing to update");
    }
    if matches!(name, "add" | "remove") { lists(object) } else { strings(name, object) }
}

fn strings(name: &str, object: &Map<String, Value>) -> Result<(), Malformed> {
    for (key, value) in object {
        if name == "removeFromOrg" {
            if !value.is_boolean() {
                return wrong("error.command.boolean_expected", key.clone());
            }
            continue;
        }
        let Some(text) = value.as_str() else { return wrong("error.command.string_expected", key.clone()) };
        let most = match key.as_str() {
            "email" => 60,
            "name" => 255,
            _ => 250,
        };
        if text.chars().count() > most {
            return wrong("error.command.string.too_long", format!("{key}: {} characters", text.chars().count()));
        }
    }
    Ok(())
}

fn lists(object: &Map<String, Value>) -> Result<(), Malformed> {
    if object.is_empty() {
        return wrong("error.command.add_remove.missing_list", "no list");
    }
    let mut total = 0;
    for (key, list) in object {
        let Some(list) = list.as_array() else { return wrong("error.command.add_remove.list_not_array", key.clone()) };
        if list.is_empty() {
            return wrong("error.command.add_remove.missing_list", format!("{key} is empty"));
        }
        total += list.len();
        let mut seen = std::collections::HashSet::new();
        for name in list {
            let Some(name) = name.as_str() else { return wrong("error.command.string_expected", key.clone()) };
            if name.chars().count() > 255 {
                return wrong("error.command.add_remove.group_or_product_name_too_long", key.clone());
            }
            if !seen.insert(name.to_lowercase()) {
                let code = if key == "group" {
                    "error.command.add_remove.duplicate.group_list"
                } else {
                    "error.command.add_remove.duplicate.user_list"
                };
                return wrong(code, name);
            }
        }
    }
    if total > MOST_NAMES {
        return wrong("error.command.add_remove.list_too_long", format!("{total} names"));
    }
    Ok(())
}
