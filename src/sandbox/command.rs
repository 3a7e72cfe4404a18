//! Checks whether a command is well formed. If one is not, its whole request is refused (HTTP 400).

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt;

/// Why a request is refused as a whole: the documented code, and a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) code: &'static str,
    pub(super) message: String,
}

const USER_STEPS: [&str; 7] = [
    "addAdobeID",
    "createEnterpriseID",
    "createFederatedID",
    "update",
    "add",
    "remove",
    "removeFromOrg",
];
const GROUP_STEPS: [&str; 5] =
    ["createUserGroup", "updateUserGroup", "add", "remove", "deleteUserGroup"];
const MOST_STEPS: usize = 10;
const MOST_NAMES: usize = 10;
const LONGEST_GROUP: usize = 255;

fn wrong<T>(code: &'static str, message: impl Into<String>) -> Result<T, Malformed> {
    Err(Malformed { code, message: message.into() })
}

/// The body of an action request, with its mode.
#[derive(Debug, Default)]
pub(super) struct ActionBody {
    pub(super) commands: Vec<Value>,
    /// The body is refused, whatever the commands say.
    pub(super) malformed: Option<Malformed>,
    pub(super) test_mode: bool,
}

impl ActionBody {
    /// Parses a body. A body that is not an array has no commands.
    pub(super) fn read(body: &[u8], test_mode: bool) -> Self {
        let commands = match serde_json::from_slice(body) {
            Ok(Value::Array(commands)) => commands,
            _ => Vec::new(),
        };
        let malformed = list_named_twice(body).map(|key| Malformed {
            code: duplicates(key),
            message: format!("there is more than one \"{key}\" in a step"),
        });
        Self { commands, malformed, test_mode }
    }
}

/// What is refused although the documentation may also be read as allowing it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Strictness {
    /// Empty lists and an empty `update`.
    pub(super) empty: bool,
    /// More than ten memberships in a whole `usergroup` command.
    pub(super) narrow_groups: bool,
}

/// The lists that a step can have.
const LISTS: [&str; 4] = ["group", "user", "productConfiguration", "product"];

/// Returns the code for a list that occurs twice in a step, and for a name that occurs twice in a
/// list.
fn duplicates(list: &str) -> &'static str {
    match list {
        "group" => "error.command.add_remove.duplicate.group_list",
        "user" => "error.command.add_remove.duplicate.user_list",
        _ => "error.command.add_remove.duplicate.product_list",
    }
}

/// Returns the first list that occurs twice in an object of a step. Once the body is parsed into a
/// map, this cannot be seen.
fn list_named_twice(body: &[u8]) -> Option<&'static str> {
    let found = Cell::new(None);
    let mut json = serde_json::Deserializer::from_slice(body);
    // A body that cannot be parsed is refused elsewhere.
    let _ = Level { depth: 0, found: &found }.deserialize(&mut json);
    found.get()
}

/// Searches one level of the body for a repeated list.
#[derive(Clone, Copy)]
struct Level<'f> {
    depth: u8,
    found: &'f Cell<Option<&'static str>>,
}

/// The level of the object with the lists, below the array of commands, a command, its steps and a
/// step.
const STEP_BODY: u8 = 4;

impl<'d> DeserializeSeed<'d> for Level<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'d>>(self, from: D) -> Result<(), D::Error> {
        if self.depth > STEP_BODY {
            from.deserialize_ignored_any(IgnoredAny).map(|_| ())
        } else {
            from.deserialize_any(self)
        }
    }
}

impl<'d> Visitor<'d> for Level<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'d>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_element_seed(Self { depth: self.depth + 1, ..self })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'d>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut seen = [false; LISTS.len()];
        while let Some(key) = entries.next_key::<std::borrow::Cow<'d, str>>()? {
            if self.depth == STEP_BODY
                && let Some(place) = LISTS.iter().position(|list| *list == key)
                && std::mem::replace(&mut seen[place], true)
            {
                self.found.set(self.found.get().or(Some(LISTS[place])));
            }
            entries.next_value_seed(Self { depth: self.depth + 1, ..self })?;
        }
        Ok(())
    }
}

/// Returns the steps of a command as `(name, body)`.
pub(super) fn steps(command: &Value) -> impl Iterator<Item = (&str, &Value)> {
    command["do"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|step| step.as_object()?.iter().next())
        .map(|(name, body)| (name.as_str(), body))
}

/// Returns the groups, profiles and roles in a step of a user.
pub(super) fn member_lists(body: &Value) -> impl Iterator<Item = &str> {
    named(body, &["group", "product", "productConfiguration"])
}

/// Returns the profiles in a step of a user group.
pub(super) fn profile_lists(body: &Value) -> impl Iterator<Item = &str> {
    named(body, &["product", "productConfiguration"])
}

fn named<'v>(body: &'v Value, keys: &'static [&'static str]) -> impl Iterator<Item = &'v str> {
    keys.iter()
        .flat_map(|key| body[*key].as_array().into_iter().flatten().filter_map(Value::as_str))
}

/// Steps that are deprecated but still work.
pub(super) fn deprecated(command: &Value) -> impl Iterator<Item = usize> {
    steps(command)
        .enumerate()
        .filter(|(_, (_, body))| !body["product"].is_null())
        .map(|(place, _)| place)
}

/// Checks the form of one command, not whether it can be carried out.
pub(super) fn check(command: &Value, strictness: Strictness) -> Result<(), Malformed> {
    let Some(command) = command.as_object() else {
        return wrong("error.command.malformed", "a command is a JSON object");
    };
    let group = command.contains_key("usergroup");
    root(command, group)?;
    let Some(steps) = command.get("do").and_then(Value::as_array).filter(|steps| !steps.is_empty())
    else {
        return wrong("error.command.steps.malformed", "do must be a JSON array of steps");
    };
    if steps.len() > MOST_STEPS {
        return wrong(
            "error.command.add_remove.list_too_long",
            format!("{} steps in a command, at most {MOST_STEPS}", steps.len()),
        );
    }
    check_steps(steps, group, strictness)?;
    if group && strictness.narrow_groups { check_memberships(steps) } else { Ok(()) }
}

/// Checks the steps of a command in order.
fn check_steps(steps: &[Value], group: bool, strictness: Strictness) -> Result<(), Malformed> {
    let known: &[&str] = if group { &GROUP_STEPS } else { &USER_STEPS };
    let mut created = false;
    for (place, entry) in steps.iter().enumerate() {
        let Some((name, body)) = entry
            .as_object()
            .filter(|entry| entry.len() == 1)
            .and_then(|entry| entry.iter().next())
        else {
            return wrong(
                "error.command.steps.malformed",
                format!("step {place} must be one operation"),
            );
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
        if name == "removeFromOrg" && !last {
            return wrong(
                "error.command.removefromorg.not_last",
                format!("{name} is step {place} of {}", steps.len()),
            );
        }
        step(name, body, group, strictness)?;
        if name == "deleteUserGroup" {
            // "No further steps are performed after deletion": they are not checked.
            break;
        }
    }
    Ok(())
}

/// Checks the number of memberships in a whole command.
fn check_memberships(steps: &[Value]) -> Result<(), Malformed> {
    let names = |step: &Value| {
        step.as_object()?
            .values()
            .next()?
            .as_object()
            .map(|lists| lists.values().map(length).sum::<usize>())
    };
    let total: usize = steps.iter().filter_map(names).sum();
    if total > MOST_NAMES {
        return wrong(
            "error.command.add_remove.list_too_long",
            format!("{total} memberships in a command, at most {MOST_NAMES}"),
        );
    }
    Ok(())
}

fn length(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
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

fn step(name: &str, body: &Value, group: bool, strictness: Strictness) -> Result<(), Malformed> {
    if name == "remove" && body == "all" && !group {
        return Ok(());
    }
    let Some(object) = body.as_object() else {
        let code = if matches!(name, "add" | "remove") {
            "error.command.add_remove.list"
        } else {
            "error.command.create.object_expected"
        };
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
        "update" if object.is_empty() && strictness.empty => {
            wrong("error.command.malformed", "nothing to update")
        }
        "add" | "remove" => lists(object, group, strictness),
        "removeFromOrg" => match object.get("deleteAccount") {
            Some(value) if !value.is_boolean() => {
                wrong("error.command.boolean_expected", "deleteAccount")
            }
            _ => Ok(()),
        },
        _ => match object.iter().find(|(_, value)| !value.is_string()) {
            Some((key, _)) => {
                wrong("error.command.create.string_expected", format!("{name}: {key}"))
            }
            None => Ok(()),
        },
    }
}

fn lists(
    object: &Map<String, Value>,
    group: bool,
    strictness: Strictness,
) -> Result<(), Malformed> {
    if object.is_empty() {
        let code = if group {
            "error.usergroup.command.missing.arguments"
        } else {
            "error.command.add_remove.missing_list"
        };
        return wrong(code, "no list");
    }
    let mut total = 0;
    for (key, list) in object {
        let Some(list) = list.as_array() else {
            return wrong("error.command.add_remove.list_not_array", key.clone());
        };
        if (list.is_empty() && strictness.empty) || list.iter().any(Value::is_null) {
            return wrong(
                "error.group.invalid_list",
                format!("{key} is empty, or has an empty entry"),
            );
        }
        total += list.len();
        let mut seen = std::collections::HashSet::new();
        for name in list {
            let Some(name) = name.as_str() else {
                return wrong("error.command.string_expected", key.clone());
            };
            if name.chars().count() > LONGEST_GROUP {
                return wrong(
                    "error.command.add_remove.group_or_product_name_too_long",
                    key.clone(),
                );
            }
            if !seen.insert(name.trim().to_lowercase()) {
                return wrong(duplicates(key), name);
            }
        }
    }
    if total > MOST_NAMES {
        return wrong(
            "error.command.add_remove.list_too_long",
            format!("{total} names, at most {MOST_NAMES}"),
        );
    }
    Ok(())
}
