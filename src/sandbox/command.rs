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
const LONGEST_GROUP: usize = 255;

fn wrong<T>(code: &'static str, message: impl Into<String>) -> Result<T, Malformed> {
    Err(Malformed { code, message: message.into() })
}

/// The body of an action call, with its mode.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) commands: Vec<Value>,
    /// The body cannot be taken, whatever the commands say.
    pub(super) malformed: Option<Malformed>,
    pub(super) test_mode: bool,
}

impl Request {
    /// Reads a body. One that is no array holds no commands.
    pub(super) fn read(body: &[u8], test_mode: bool) -> Self {
        let commands = match serde_json::from_slice(body) {
            Ok(Value::Array(commands)) => commands,
            _ => Vec::new(),
        };
        Self { commands, malformed: None, test_mode }
    }
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

/// The groups, profiles and roles that a step on a user names.
pub(super) fn member_lists(body: &Value) -> impl Iterator<Item = &str> {
    named(body, &["group", "product", "productConfiguration"])
}

/// The profiles that a step on a user group names.
pub(super) fn profile_lists(body: &Value) -> impl Iterator<Item = &str> {
    named(body, &["product", "productConfiguration"])
}

fn named<'v>(body: &'v Value, keys: &'static [&'static str]) -> impl Iterator<Item = &'v str> {
    keys.iter().flat_map(|key| body[*key].as_array().into_iter().flatten().filter_map(Value::as_str))
}

/// Steps that still work and should no longer be used.
pub(super) fn deprecated(command: &Value) -> impl Iterator<Item = usize> {
    steps(command).enumerate().filter(|(_, (_, body))| !body["product"].is_null()).map(|(place, _)| place)
}

/// Checks the form of one command, not whether it can be carried out.
pub(super) fn check(command: &Value) -> Result<(), Malformed> {
    let Some(command) = command.as_object() else { return wrong("error.command.malformed", "a command is a JSON object") };
    let group = command.contains_key("usergroup");
    root(command, group)?;
    let Some(steps) = command.get("do").and_then(Value::as_array).filter(|steps| !steps.is_empty()) else {
        return wrong("error.command.steps.malformed", "do must be a JSON array of steps");
    };
    if steps.len() > MOST_STEPS {
        return wrong("error.command.add_remove.list_too_long", format!("{} steps in a command, at most {MOST_STEPS}", steps.len()));
    }
    let known: &[&str] = if group { &GROUP_STEPS } else { &USER_STEPS };
    let mut created = false;
    for (place, entry) in steps.iter().enumerate() {
        let Some((name, body)) = entry.as_object().filter(|entry| entry.len() == 1).and_then(|entry| entry.iter().next()) else {
            return wrong("error.command.steps.malformed", format!("step {place} must be one operation"));
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
    let key = if group { "usergroup" } else { "user" };
    for text in [key, "requestID"] {
        if command.get(text).is_some_and(|value| !value.is_string()) {
            return wrong("error.command.string_expected", text);
        }
    }
    if command.get("useAdobeID").is_some_and(|value| !value.is_boolean()) {
        return wrong("error.command.boolean_expected", "useAdobeID");
    }
    if command.get("domain").is_some_and(|value| !value.is_string()) {
        return wrong("error.command.domain.string_expected", "domain");
    }
    let name = command.get(key).and_then(Value::as_str).unwrap_or_default();
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
    let Some(object) = body.as_object() else {
        let code = if matches!(name, "add" | "remove") { "error.command.add_remove.list" } else { "error.command.create.object_expected" };
        return wrong(code, name);
    };
    let allowed: &[&str] = match name {
        "add" | "remove" if group => &["user", "productConfiguration", "product"],
        "add" | "remove" => &["group", "productConfiguration", "product"],
        "update" => &["email", "username", "firstname", "lastname"],
        "removeFromOrg" => &["deleteAccount"],
        "createUserGroup" => &["name", "description", "option"],
        "updateUserGroup" => &["name", "description"],
        "deleteUserGroup" => &[],
        _ => &["email", "firstname", "lastname", "country", "option"],
    };
    if let Some(unknown) = object.keys().find(|key| !allowed.contains(&key.as_str())) {
        let code = match (name, unknown.as_str()) {
            ("update", "country") => "error.update.country.no_update",
            ("update" | "updateUserGroup", "option") => "error.command.update.option.no",
            ("add" | "remove", _) => "error.command.add_remove.key.unknown",
            ("removeFromOrg" | "deleteUserGroup", _) => "error.command.object_not_empty",
            _ => "error.command.create.key.unknown",
        };
        return wrong(code, format!("{name}: {unknown}"));
    }
    if let Some(option) = object.get("option")
        && !matches!(option.as_str(), Some("ignoreIfAlreadyExists" | "updateIfAlreadyExists"))
    {
        return wrong("error.option.illegal", option.to_string());
    }
    match name {
        "update" if object.is_empty() => wrong("error.command.malformed", "nothing to update"),
        "add" | "remove" => lists(object, group),
        "removeFromOrg" => match object.get("deleteAccount") {
            Some(value) if !value.is_boolean() => wrong("error.command.boolean_expected", "deleteAccount"),
            _ => Ok(()),
        },
        _ => match object.iter().find(|(_, value)| !value.is_string()) {
            Some((key, _)) => wrong("error.command.create.string_expected", format!("{name}: {key}")),
            None => Ok(()),
        },
    }
}

fn lists(object: &Map<String, Value>, group: bool) -> Result<(), Malformed> {
    if object.is_empty() {
        let code = if group { "error.usergroup.command.missing.arguments" } else { "error.command.add_remove.missing_list" };
        return wrong(code, "no list");
    }
    let mut total = 0;
    for (key, list) in object {
        let Some(list) = list.as_array() else { return wrong("error.command.add_remove.list_not_array", key.clone()) };
        if list.is_empty() || list.iter().any(Value::is_null) {
            return wrong("error.group.invalid_list", format!("{key} is empty, or has an empty entry"));
        }
        total += list.len();
        let mut seen = std::collections::HashSet::new();
        for name in list {
            let Some(name) = name.as_str() else { return wrong("error.command.string_expected", key.clone()) };
            if name.chars().count() > LONGEST_GROUP {
                return wrong("error.command.add_remove.group_or_product_name_too_long", key.clone());
            }
            if !seen.insert(name.trim().to_lowercase()) {
                return wrong(
                    match key.as_str() {
                        "group" => "error.command.add_remove.duplicate.group_list",
                        "user" => "error.command.add_remove.duplicate.user_list",
                        _ => "error.command.add_remove.duplicate.product_list",
                    },
                    name,
                );
            }
        }
    }
    if total > MOST_NAMES {
        return wrong("error.command.add_remove.list_too_long", format!("{total} names, at most {MOST_NAMES}"));
    }
    Ok(())
}
