//! What the read calls answer.

use super::directory::{Directory, GroupId, Person, UserId, fold};
use super::group::{GroupKind, Role, about};
use super::user::Identity;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A page and the numbers for its headers.
pub(super) struct Page {
    pub(super) body: Value,
    pub(super) total: usize,
    pub(super) pages: usize,
    pub(super) current: usize,
    /// Entries on this page.
    pub(super) size: usize,
}

/// Which users a listing shows, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) domain: Option<String>,
    /// Only members with (or without) a licence.
    pub(super) active: Option<bool>,
    /// Leave out profiles that come through a user group.
    pub(super) direct_only: bool,
    pub(super) exclude_groups: bool,
}

impl Filter {
    pub(super) fn parse(query: &std::collections::HashMap<String, String>) -> Self {
        let is = |key: &str, word: &str| query.get(key).is_some_and(|value| value.eq_ignore_ascii_case(word));
        Self {
            domain: query.get("domain").cloned(),
            active: query.get("status").and_then(|status| match status.as_str() {
                "active" => Some(true),
                "inactive" => Some(false),
                _ => None,
            }),
            direct_only: !is("directOnly", "false"),
            exclude_groups: is("excludeGroups", "true"),
        }
    }

    fn takes(&self, person: &Person) -> bool {
        self.domain.as_ref().is_none_or(|domain| fold(domain) == fold(&person.domain))
    }
}

/// The profiles that come through each user group.
struct Entitlements(BTreeMap<GroupId, Vec<GroupId>>);

impl Entitlements {
    fn of(directory: &Directory) -> Self {
        Self(directory.entries().filter(|(_, entry)| !entry.profiles.is_empty()).map(|(id, entry)| (id, entry.profiles.clone())).collect())
    }
}

/// A page of all users.
pub(super) fn users(directory: &Directory, filter: &Filter, page: usize, size: usize) -> Page {
    let all = || directory.people().filter(|(_, person)| filter.takes(person));
    let total = if filter.domain.is_none() { directory.user_count() } else { all().count() };
    let (current, pages) = place(total, page, size);
    user_page(directory, filter, all().skip(current * size).take(size), total, pages, current)
}

/// A page of a group's members; `None` when the group is not there.
pub(super) fn members(directory: &Directory, name: &str, filter: &Filter, page: usize, size: usize) -> Option<Page> {
    let ids: Vec<UserId> = match directory.find_group(name) {
        Some(id) => {
            let profile = directory.entry(id).group.kind == GroupKind::Profile;
            let unlicensed = if profile { directory.unlicensed(id) } else { BTreeSet::new() };
            let holders = directory.holders(id, profile && !filter.direct_only);
            let wanted = |id: &UserId| !profile || filter.active.is_none_or(|active| active != unlicensed.contains(id));
            holders.into_keys().filter(wanted).filter(|id| filter.takes(directory.person(*id))).collect()
        }
        // Of a role that nobody has yet, an empty list.
        None if Role::named(name).is_some_and(|role| directory.knows_subject(role, name)) => Vec::new(),
        None => return None,
    };
    let (current, pages) = place(ids.len(), page, size);
    let cut = ids.iter().skip(current * size).take(size).map(|id| (*id, directory.person(*id)));
    let mut page = user_page(directory, filter, cut, ids.len(), pages, current);
    page.body["groupName"] = json!(name);
    Some(page)
}

/// A page past the end is the last one again.
fn place(total: usize, page: usize, size: usize) -> (usize, usize) {
    let pages = total.div_ceil(size).max(1);
    (page.min(pages - 1), pages)
}

fn user_page<'d>(
    directory: &Directory,
    filter: &Filter,
    people: impl Iterator<Item = (UserId, &'d Person)>,
    total: usize,
    pages: usize,
    current: usize,
) -> Page {
    let entitlements = (!filter.direct_only).then(|| Entitlements::of(directory));
    let users: Vec<Value> = people
        .filter(|(_, person)| !person.technical)
        .map(|(id, person)| {
            let groups = if filter.exclude_groups { None } else { Some(memberships(directory, person, entitlements.as_ref())) };
            json(id, person, groups)
        })
        .collect();
    let size = users.len();
    Page { body: json!({ "lastPage": current + 1 == pages, "result": "success", "users": users }), total, pages, current, size }
}

fn memberships<'d>(directory: &'d Directory, person: &Person, entitlements: Option<&Entitlements>) -> Vec<&'d str> {
    let direct = directory.groups_of(person);
    let mut ids: Vec<GroupId> = direct.collect();
    if let Some(Entitlements(by_group)) = entitlements {
        let through: Vec<GroupId> = ids.iter().filter_map(|id| by_group.get(id)).flatten().copied().collect();
        ids.extend(through);
    }
    let names: BTreeSet<&str> = ids.into_iter().map(|id| directory.entry(id).group.name.as_str()).collect();
    names.into_iter().collect()
}

/// One user, as the API tells it; `None` when nobody goes by that name. Where a domain is said, it must be the user's.
pub(super) fn user(directory: &Directory, name: &str, domain: Option<&str>) -> Option<Value> {
    let adobe = domain.is_some_and(|domain| domain.eq_ignore_ascii_case("AdobeID"));
    let id = directory.find(name, domain, adobe)?;
    let person = directory.person(id);
    let email_domain = person.email.split_once('@').map_or("", |(_, domain)| domain);
    let fits = |domain: &str| adobe || fold(domain) == fold(&person.domain) || fold(domain) == fold(email_domain);
    domain.is_none_or(fits).then(|| json(id, person, Some(memberships(directory, person, None))))
}

/// What is empty is left out.
fn json(id: UserId, person: &Person, groups: Option<Vec<&str>>) -> Value {
    let source = if person.identity == Identity::Adobe { "AdobeID" } else { &*person.domain };
    let mut json =
        json!({ "id": format!("{id:024X}@{source}"), "status": "active", "type": person.identity.name(), "email": &*person.email });
    for (key, text) in [
        ("username", person.username()),
        ("domain", &person.domain),
        ("firstname", &person.firstname),
        ("lastname", &person.lastname),
        ("country", &person.country),
    ] {
        if !text.is_empty() {
            json[key] = json!(text);
        }
    }
    if let Some(groups) = groups.filter(|groups| !groups.is_empty()) {
        json["groups"] = json!(groups);
    }
    json
}

/// A page of groups; past the end it says `Not found`.
pub(super) fn groups(directory: &Directory, page: usize, size: usize) -> Page {
    let total = directory.entries().count();
    let (current, pages) = place(total, page, size);
    if page > current {
        return Page { body: json!({ "lastPage": true, "result": "Not found" }), total, pages, current, size: 0 };
    }
    let groups: Vec<Value> = directory.entries().skip(current * size).take(size).map(|(id, _)| group_json(directory, id)).collect();
    let size = groups.len();
    Page { body: json!({ "lastPage": current + 1 == pages, "result": "success", "groups": groups }), total, pages, current, size }
}

fn group_json(directory: &Directory, id: GroupId) -> Value {
    let entry = directory.entry(id);
    let group = &entry.group;
    let kind = match group.kind {
        GroupKind::UserGroup => "USER_GROUP",
        GroupKind::Profile => "PRODUCT_PROFILE",
        GroupKind::Role(Role::System) => "SYSADMIN_GROUP",
        GroupKind::Role(Role::Deployment) => "DEPLOYMENT_ADMIN_GROUP",
        GroupKind::Role(Role::Support) => "SUPPORT_ADMIN_GROUP",
        GroupKind::Role(Role::ProductAdmin) => "PRODUCT_ADMIN_GROUP",
        GroupKind::Role(Role::Developer) => "DEVELOPER_GROUP",
        GroupKind::Role(Role::GroupAdmin) => match subject_kind(directory, &group.name) {
            Some(GroupKind::Profile) => "PROFILE_ADMIN_GROUP",
            _ => "USER_ADMIN_GROUP",
        },
    };
    let mut json = json!({ "groupId": u64::from(id) + 1, "groupName": group.name, "type": kind, "memberCount": entry.members.len() });
    if let Some(subject) = about(&group.name) {
        let key = if kind == "USER_ADMIN_GROUP" { "userGroupName" } else { "productProfileName" };
        json[key] = json!(subject);
    }
    if directory.find_group(&format!("_admin_{}", group.name)).is_some() {
        json["adminGroupName"] = json!(format!("_admin_{}", group.name));
    }
    if group.kind == GroupKind::Profile {
        json["productName"] = json!(group.product.as_deref().unwrap_or(&group.name));
        json["licenseQuota"] = json!(group.quota.map_or_else(|| "UNLIMITED".to_owned(), |quota| quota.to_string()));
    }
    if group.read_only {
        json["isReadOnly"] = json!(true);
    }
    json
}

fn subject_kind(directory: &Directory, role: &str) -> Option<GroupKind> {
    about(role).and_then(|subject| directory.find_group(subject)).map(|id| directory.entry(id).group.kind)
}
