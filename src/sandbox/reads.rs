//! The read calls.

use super::directory::{Directory, UserEntry, fold};
use super::group::{AdminRole, SandboxGroupKind, about};
use super::ids::{GroupId, UserId};
use super::user::{Identity, UserStatus};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A page, with the numbers for its headers.
pub(super) struct ReplyPage {
    /// The JSON.
    pub(super) body: Vec<u8>,
    pub(super) total: usize,
    pub(super) pages: usize,
    pub(super) current: usize,
    /// The number of entries on this page.
    pub(super) size: usize,
}

/// Which users a list shows, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UserFilter {
    pub(super) domain: Option<String>,
    /// Only members with (or without) a licence.
    pub(super) active: Option<bool>,
    /// Whether to omit profiles that come through a user group.
    pub(super) direct_only: bool,
    pub(super) exclude_groups: bool,
}

impl UserFilter {
    /// Reads the filter of a query.
    pub(super) fn parse(query: &std::collections::HashMap<String, String>) -> Self {
        let is = |key: &str, word: &str| {
            query.get(key).is_some_and(|value| value.eq_ignore_ascii_case(word))
        };
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

    fn takes(&self, person: &UserEntry) -> bool {
        let same = |domain: &String| {
            domain.eq_ignore_ascii_case(&person.domain)
                || (!domain.is_ascii() && fold(domain) == fold(&person.domain))
        };
        self.domain.as_ref().is_none_or(same)
    }
}

/// The profiles that members of each user group get.
pub(super) struct Entitlements(BTreeMap<GroupId, Vec<GroupId>>);

impl Entitlements {
    /// Returns the profiles of the groups that have any.
    pub(super) fn of(directory: &Directory) -> Self {
        Self(
            directory
                .entries()
                .filter(|(_, entry)| !entry.profiles.is_empty())
                .map(|(id, entry)| (id, entry.profiles.clone()))
                .collect(),
        )
    }
}

/// Returns a page of all users.
pub(super) fn users(
    directory: &Directory,
    filter: &UserFilter,
    page: usize,
    size: usize,
) -> ReplyPage {
    if filter.domain.is_none() {
        let place = place(directory.listed_count(), page, size);
        return user_page(
            directory,
            filter,
            None,
            directory.listed_from(place.start()).take(size),
            place,
        );
    }
    let all = || directory.listed_from(0).filter(|(_, person)| filter.takes(person));
    let place = place(all().count(), page, size);
    user_page(directory, filter, None, all().skip(place.start()).take(size), place)
}

/// Returns a page of a group's members; `None` if the group does not exist.
pub(super) fn members(
    directory: &Directory,
    name: &str,
    filter: &UserFilter,
    page: usize,
    size: usize,
) -> Option<ReplyPage> {
    let listed = |ids: &mut dyn Iterator<Item = UserId>, total: usize| {
        let place = place(total, page, size);
        let cut = ids.skip(place.start()).take(size).map(|id| (id, directory.person(id)));
        user_page(directory, filter, Some(name), cut, place)
    };
    let group = match directory.find_group(name) {
        Some(group) => group,
        // A role that nobody has yet has an empty list.
        None if AdminRole::named(name).is_some_and(|role| directory.knows_subject(role, name)) => {
            return Some(listed(&mut std::iter::empty(), 0));
        }
        None => return None,
    };
    let entry = directory.entry(group);
    let profile = entry.group.kind == SandboxGroupKind::Profile;
    if filter.domain.is_none() && !(profile && (filter.active.is_some() || !filter.direct_only)) {
        let mut members = entry.members.keys().copied().filter(|id| directory.is_listed(*id));
        return Some(listed(&mut members, directory.listed_members(entry)));
    }
    let unlicensed = if profile { directory.unlicensed(group) } else { BTreeSet::new() };
    let holders = directory.holders(group, profile && !filter.direct_only);
    let wanted = |id: &UserId| {
        !profile || filter.active.is_none_or(|active| active != unlicensed.contains(id))
    };
    let ids: Vec<UserId> = holders
        .into_keys()
        .filter(|id| directory.is_listed(*id))
        .filter(wanted)
        .filter(|id| filter.takes(directory.person(*id)))
        .collect();
    Some(listed(&mut ids.iter().copied(), ids.len()))
}

/// The number of a page, and how many there are.
#[derive(Clone, Copy)]
pub(super) struct PageNumber {
    total: usize,
    pages: usize,
    current: usize,
    size: usize,
}

impl PageNumber {
    /// Returns the number of entries before the page.
    pub(super) fn start(self) -> usize {
        self.current * self.size
    }

    /// Returns a page of this size with its place.
    pub(super) fn page(self, body: Vec<u8>, size: usize) -> ReplyPage {
        ReplyPage { body, total: self.total, pages: self.pages, current: self.current, size }
    }

    fn is_last(self) -> bool {
        self.current + 1 == self.pages
    }
}

/// Returns the page to send. Past the end, it is the last page.
pub(super) fn place(total: usize, page: usize, size: usize) -> PageNumber {
    let pages = total.div_ceil(size).max(1);
    PageNumber { total, pages, current: page.min(pages - 1), size }
}

/// A page of users as JSON, without empty properties.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UsersReply<'d> {
    #[serde(skip_serializing_if = "Option::is_none")]
    group_name: Option<&'d str>,
    last_page: bool,
    result: &'static str,
    users: Vec<Account<'d>>,
}

/// A user as JSON, without empty properties.
#[derive(Serialize)]
pub(super) struct Account<'d> {
    #[serde(skip_serializing_if = "str::is_empty")]
    country: &'d str,
    #[serde(skip_serializing_if = "str::is_empty")]
    domain: &'d str,
    email: &'d str,
    #[serde(skip_serializing_if = "str::is_empty")]
    firstname: &'d str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<&'d str>,
    #[serde(serialize_with = "account_id")]
    id: (UserId, &'d str),
    #[serde(skip_serializing_if = "str::is_empty")]
    lastname: &'d str,
    status: UserStatus,
    r#type: Identity,
    #[serde(skip_serializing_if = "str::is_empty")]
    username: &'d str,
}

/// Writes an id as Adobe does: a number and its source.
pub(super) fn account_id<S: Serializer>(
    (id, source): &(UserId, &str),
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("{id:024X}@{source}"))
}

/// Returns the part after the `@` of an account's id.
pub(super) fn id_source(person: &UserEntry) -> &str {
    if person.identity == Identity::Adobe { "AdobeID" } else { &person.domain }
}

impl<'d> Account<'d> {
    fn new(id: UserId, person: &'d UserEntry, groups: Vec<&'d str>) -> Self {
        Self {
            country: &person.country,
            domain: &person.domain,
            email: &person.email,
            firstname: &person.firstname,
            groups,
            id: (id, id_source(person)),
            lastname: &person.lastname,
            status: person.status,
            r#type: person.identity,
            username: person.username(),
        }
    }
}

/// The approximate length of a user in a page.
const ACCOUNT: usize = 320;

fn user_page<'d>(
    directory: &'d Directory,
    filter: &UserFilter,
    group_name: Option<&str>,
    people: impl Iterator<Item = (UserId, &'d UserEntry)>,
    place: PageNumber,
) -> ReplyPage {
    let entitlements = (!filter.direct_only).then(|| Entitlements::of(directory));
    let groups = |person| {
        if filter.exclude_groups {
            Vec::new()
        } else {
            memberships(directory, person, entitlements.as_ref())
        }
    };
    let listed = people.filter(|(_, person)| !person.technical);
    let users: Vec<Account> =
        listed.map(|(id, person)| Account::new(id, person, groups(person))).collect();
    let size = users.len();
    let body = written(
        &UsersReply { group_name, last_page: place.is_last(), result: "success", users },
        size * ACCOUNT,
    );
    place.page(body, size)
}

/// Serializes to JSON of about this length.
pub(super) fn written(what: &impl Serialize, about: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(about + ACCOUNT);
    #[expect(clippy::expect_used, reason = "texts and numbers can be written to memory")]
    serde_json::to_writer(&mut bytes, what).expect("it is written");
    bytes
}

/// Returns the names of the groups, sorted.
pub(super) fn memberships<'d>(
    directory: &'d Directory,
    person: &UserEntry,
    entitlements: Option<&Entitlements>,
) -> Vec<&'d str> {
    let name = |id: GroupId| directory.entry(id).group.name.as_str();
    let mut names: Vec<&str> = directory.groups_of(person).map(name).collect();
    if let Some(Entitlements(by_group)) = entitlements {
        names.extend(
            directory
                .groups_of(person)
                .filter_map(|id| by_group.get(&id))
                .flatten()
                .map(|id| name(*id)),
        );
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns one user, as the API returns it; `None` if no active account has that name. A domain
/// must be the user's.
pub(super) fn user<'d>(
    directory: &'d Directory,
    name: &str,
    domain: Option<&str>,
) -> Option<Account<'d>> {
    let adobe = domain.is_some_and(|domain| domain.eq_ignore_ascii_case("AdobeID"));
    let id = directory.find(name, domain, adobe).filter(|id| directory.is_listed(*id))?;
    let person = directory.person(id);
    let email_domain = person.email.split_once('@').map_or("", |(_, domain)| domain);
    let fits = |domain: &str| {
        adobe || fold(domain) == fold(&person.domain) || fold(domain) == fold(email_domain)
    };
    domain.is_none_or(fits).then(|| Account::new(id, person, memberships(directory, person, None)))
}

/// Returns a page of groups. Past the end, the response is `Not found`.
pub(super) fn groups(directory: &Directory, page: usize, size: usize) -> ReplyPage {
    let total = directory.entries().count();
    let place = place(total, page, size);
    if page > place.current {
        return place.page(written(&json!({ "lastPage": true, "result": "Not found" }), 0), 0);
    }
    let groups: Vec<Value> = directory
        .entries()
        .skip(place.start())
        .take(size)
        .map(|(id, _)| group_json(directory, id))
        .collect();
    let size = groups.len();
    place.page(
        written(&json!({ "lastPage": place.is_last(), "result": "success", "groups": groups }), 0),
        size,
    )
}

fn group_json(directory: &Directory, id: GroupId) -> Value {
    let entry = directory.entry(id);
    let group = &entry.group;
    let kind = match group.kind {
        SandboxGroupKind::UserGroup => "USER_GROUP",
        SandboxGroupKind::Profile => "PRODUCT_PROFILE",
        SandboxGroupKind::Role(AdminRole::System) => "SYSADMIN_GROUP",
        SandboxGroupKind::Role(AdminRole::Deployment) => "DEPLOYMENT_ADMIN_GROUP",
        SandboxGroupKind::Role(AdminRole::Support) => "SUPPORT_ADMIN_GROUP",
        SandboxGroupKind::Role(AdminRole::ProductAdmin) => "PRODUCT_ADMIN_GROUP",
        SandboxGroupKind::Role(AdminRole::Developer) => "DEVELOPER_GROUP",
        SandboxGroupKind::Role(AdminRole::GroupAdmin) => match subject_kind(directory, &group.name)
        {
            Some(SandboxGroupKind::Profile) => "PROFILE_ADMIN_GROUP",
            _ => "USER_ADMIN_GROUP",
        },
    };
    let mut json = json!({ "groupId": u64::from(id) + 1, "groupName": group.name, "type": kind,
        "memberCount": entry.members.len() });
    if let Some(subject) = about(&group.name) {
        let key = if kind == "USER_ADMIN_GROUP" { "userGroupName" } else { "productProfileName" };
        json[key] = json!(subject);
    }
    if directory.find_group(&format!("_admin_{}", group.name)).is_some() {
        json["adminGroupName"] = json!(format!("_admin_{}", group.name));
    }
    if group.kind == SandboxGroupKind::Profile {
        json["productName"] = json!(group.product.as_deref().unwrap_or(&group.name));
        json["licenseQuota"] =
            json!(group.quota.map_or_else(|| "UNLIMITED".to_owned(), |quota| quota.to_string()));
    }
    if group.read_only {
        json["isReadOnly"] = json!(true);
    }
    json
}

fn subject_kind(directory: &Directory, role: &str) -> Option<SandboxGroupKind> {
    about(role)
        .and_then(|subject| directory.find_group(subject))
        .map(|id| directory.entry(id).group.kind)
}
