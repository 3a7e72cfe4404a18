//! The deprecated read calls: arrays with other names for the same properties, and the page number
//! in the query.

use super::directory::{Directory, GroupEntry, UserEntry, fold};
use super::group::SandboxGroupKind;
use super::ids::{GroupId, UserId};
use super::reads::{Entitlements, ReplyPage, account_id, id_source, memberships, place, written};
use super::route::{Old, UrlParameters};
use super::user::{Identity, UserStatus};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Users per page of the old list.
const MOST_USERS: usize = 400;

/// The error code of a response that finds nothing.
pub(super) struct NotFound(pub(super) &'static str);

/// Answers a deprecated read of an organization.
pub(super) fn read(
    directory: &Directory,
    org: &str,
    what: &Old,
    query: &UrlParameters,
    size: usize,
) -> Result<ReplyPage, NotFound> {
    let asked = query.get("page").and_then(|page| page.parse().ok());
    let page = asked.unwrap_or(0_usize);
    Ok(match what {
        Old::Users => users(directory, query, page, size.min(MOST_USERS)),
        // Adobe's client counts these pages from 1, and stops at the page whose number is the count
        // of pages.
        Old::UserGroups => {
            let all: Vec<Value> = user_groups(directory)
                .map(|(id, entry)| group_json(directory, id, entry))
                .collect();
            let place = place(all.len(), page.max(1) - 1, size);
            let groups: Vec<&Value> = all.iter().skip(place.start()).take(size).collect();
            let told = place.page(written(&groups, 0), groups.len());
            ReplyPage { current: told.current + 1, ..told }
        }
        Old::UserGroup(group) => {
            let (id, entry) = user_group(directory, group)?;
            place(1, 0, 1).page(written(&group_json(directory, id, entry), 0), 1)
        }
        Old::UserGroupUsers(group) => {
            members(directory, user_group(directory, group)?.0, false, page, size)
        }
        Old::Products => {
            let products = products(directory);
            let all: Vec<Value> = products.iter().map(|product| product.json(directory)).collect();
            let place = place(all.len(), page, size);
            let some: Vec<&Value> = all.iter().skip(place.start()).take(size).collect();
            place.page(written(&some, 0), some.len())
        }
        Old::Profiles(product) => {
            let product = Product::find(directory, product)?;
            let profiles: Vec<Value> = product
                .profiles
                .iter()
                .map(|id| profile_json(directory, org, &product, *id))
                .collect();
            let mut json = product.json(directory);
            json["licenseConfigurations"] = json!(profiles);
            place(profiles.len(), 0, profiles.len().max(1)).page(written(&json, 0), profiles.len())
        }
        Old::Profile(product, profile) => {
            let product = Product::find(directory, product)?;
            let profile = product.profile(profile)?;
            place(1, 0, 1).page(written(&profile_json(directory, org, &product, profile), 0), 1)
        }
        Old::ProfileUsers(product, profile) => {
            let profile = Product::find(directory, product)?.profile(profile)?;
            members(directory, profile, true, page, size)
        }
    })
}

/// Returns a page of all users.
fn users(directory: &Directory, query: &UrlParameters, page: usize, size: usize) -> ReplyPage {
    let indirect = query.get("directOnly").is_some_and(|word| word.eq_ignore_ascii_case("false"));
    let entitlements = indirect.then(|| Entitlements::of(directory));
    let place = place(directory.listed_count(), page, size);
    let listed =
        directory.listed_from(place.start()).take(size).filter(|(_, person)| !person.technical);
    let users: Vec<_> = listed
        .map(|(id, person)| OldAccount::new(directory, id, person, entitlements.as_ref()))
        .collect();
    place.page(written(&users, 0), users.len())
}

/// A user in the form of these calls, without empty properties.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OldAccount<'d> {
    #[serde(serialize_with = "account_id")]
    id: (UserId, &'d str),
    email: &'d str,
    status: UserStatus,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<&'d str>,
    username: &'d str,
    #[serde(skip_serializing_if = "str::is_empty")]
    domain: &'d str,
    #[serde(skip_serializing_if = "str::is_empty")]
    first_name: &'d str,
    #[serde(skip_serializing_if = "str::is_empty")]
    last_name: &'d str,
    #[serde(skip_serializing_if = "str::is_empty")]
    country_code: &'d str,
    user_type: Identity,
}

impl<'d> OldAccount<'d> {
    fn new(
        directory: &'d Directory,
        id: UserId,
        person: &'d UserEntry,
        entitlements: Option<&Entitlements>,
    ) -> Self {
        Self {
            id: (id, id_source(person)),
            email: &person.email,
            status: person.status,
            groups: memberships(directory, person, entitlements),
            username: person.username(),
            domain: &person.domain,
            first_name: &person.firstname,
            last_name: &person.lastname,
            country_code: &person.country,
            user_type: person.identity,
        }
    }
}

/// Returns a page of a group's members, without their groups.
fn members(
    directory: &Directory,
    group: GroupId,
    indirect: bool,
    page: usize,
    size: usize,
) -> ReplyPage {
    let ids: Vec<UserId> = directory
        .holders(group, indirect)
        .into_keys()
        .filter(|id| directory.is_listed(*id))
        .collect();
    let place = place(ids.len(), page, size);
    let some = ids
        .iter()
        .skip(place.start())
        .take(size)
        .map(|id| (*id, directory.person(*id)))
        .filter(|(_, person)| !person.technical);
    let users: Vec<_> = some
        .map(|(id, person)| OldAccount {
            groups: Vec::new(),
            ..OldAccount::new(directory, id, person, None)
        })
        .collect();
    place.page(written(&users, 0), users.len())
}

fn user_groups(directory: &Directory) -> impl Iterator<Item = (GroupId, &GroupEntry)> {
    directory.entries().filter(|(_, entry)| entry.group.kind == SandboxGroupKind::UserGroup)
}

/// Returns the user group with that id or name.
fn user_group<'d>(
    directory: &'d Directory,
    id_or_name: &str,
) -> Result<(GroupId, &'d GroupEntry), NotFound> {
    let wanted = fold(id_or_name);
    let mut groups = user_groups(directory);
    groups
        .find(|(id, entry)| number(*id).to_string() == wanted || fold(&entry.group.name) == wanted)
        .ok_or(NotFound("GROUP_NOT_FOUND"))
}

/// Returns the number of a group in the lists.
fn number(id: GroupId) -> u64 {
    u64::from(id) + 1
}

fn group_json(directory: &Directory, id: GroupId, entry: &GroupEntry) -> Value {
    let name = &entry.group.name;
    let mut json = json!({ "groupId": number(id), "name": name, "type": "USER_GROUP" });
    if !entry.members.is_empty() {
        json["userCount"] = json!(entry.members.len());
    }
    if let Some(admins) = directory.find_group(&format!("_admin_{name}")) {
        json["adminGroupId"] = json!(number(admins).to_string());
        json["adminGroupName"] = json!(format!("_admin_{name}"));
        json["adminCount"] = json!(directory.entry(admins).members.len().to_string());
    }
    if entry.group.read_only {
        json["isReadOnly"] = json!(true);
    }
    json
}

/// A product with its profiles.
struct Product<'d> {
    name: &'d str,
    profiles: Vec<GroupId>,
}

/// Returns all products, in the order of their first profiles.
fn products(directory: &Directory) -> Vec<Product<'_>> {
    let mut products: Vec<Product<'_>> = Vec::new();
    for (id, entry) in
        directory.entries().filter(|(_, entry)| entry.group.kind == SandboxGroupKind::Profile)
    {
        let name = entry.group.product.as_deref().unwrap_or(&entry.group.name);
        match products.iter_mut().find(|product| product.name == name) {
            Some(product) => product.profiles.push(id),
            None => products.push(Product { name, profiles: vec![id] }),
        }
    }
    products
}

impl<'d> Product<'d> {
    fn find(directory: &'d Directory, id: &str) -> Result<Self, NotFound> {
        products(directory)
            .into_iter()
            .find(|product| product.id() == id)
            .ok_or(NotFound("PRODUCT_NOT_FOUND"))
    }

    fn id(&self) -> String {
        format!("RPC-{:08X}", self.profiles.first().map_or(0, |id| number(*id)))
    }

    fn profile(&self, id: &str) -> Result<GroupId, NotFound> {
        self.profiles
            .iter()
            .copied()
            .find(|profile| profile_id(*profile) == id)
            .ok_or(NotFound("PLC_NOT_FOUND"))
    }

    fn json(&self, directory: &Directory) -> Value {
        let users: BTreeSet<UserId> =
            self.profiles.iter().flat_map(|id| directory.holders(*id, true).into_keys()).collect();
        let quota: Option<u32> =
            self.profiles.iter().map(|id| directory.entry(*id).group.quota).sum();
        json!({ "id": self.id(), "name": self.name, "userCount": users.len(), "configurationCount":
            self.profiles.len(), "licenseQuota": quota })
    }
}

fn profile_id(id: GroupId) -> String {
    format!("RGRP-{}", number(id))
}

fn profile_json(directory: &Directory, org: &str, product: &Product<'_>, id: GroupId) -> Value {
    let admins = directory.find_group(&format!("_admin_{}", directory.entry(id).group.name));
    json!({
        "id": profile_id(id),
        "adminCount": admins.map_or(0, |admins| directory.entry(admins).members.len()),
        "userCount": directory.holders(id, true).len(),
        "licenseQuota": directory.entry(id).group.quota,
        "licenseGroupId": number(id),
        "adminGroupId": admins.map(number),
        "orgId": org,
        "productId": product.id(),
    })
}
