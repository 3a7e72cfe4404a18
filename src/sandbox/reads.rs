//! What the read calls answer.

use super::directory::{Directory, GroupKind, User};
use serde_json::{Value, json};

/// A page and the numbers for its headers.
pub(super) struct Page {
    pub(super) body: Value,
    pub(super) total: usize,
    pub(super) pages: usize,
    pub(super) current: usize,
    pub(super) size: usize,
}

/// Cuts a list into pages; a page past the end is the last one again.
fn cut<T>(all: &[T], page: usize, size: usize) -> (&[T], usize, usize) {
    let pages = all.len().div_ceil(size).max(1);
    let current = page.min(pages - 1);
    let from = (current * size).min(all.len());
    (&all[from..(from + size).min(all.len())], current, pages)
}

/// A page of users; `None` when the group is not there.
pub(super) fn users(directory: &Directory, group: Option<&str>, domain: Option<&str>, page: usize, size: usize) -> Option<Page> {
    let matching: Vec<(u64, &User)> = match group {
        Some(name) => {
            let group = directory.group(name)?;
            group.members.iter().map(|id| (*id, directory.get(*id))).collect()
        }
        None => directory.numbered_users().map(|(id, user)| (*id, user)).collect(),
    };
    let matching: Vec<_> =
        matching.into_iter().filter(|(_, user)| domain.is_none_or(|domain| user.domain.eq_ignore_ascii_case(domain))).collect();
    let (cut, current, pages) = cut(&matching, page, size);
    let users: Vec<Value> = cut.iter().map(|(id, user)| user_json(*id, user)).collect();
    let body = json!({ "lastPage": current + 1 == pages, "result": "success", "users": users });
    Some(Page { body, total: matching.len(), pages, current, size })
}

/// A page of groups; past the end it says `Not found`.
pub(super) fn groups(directory: &Directory, page: usize, size: usize) -> Page {
    let mut all: Vec<_> = directory.groups().collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let (cut, current, pages) = cut(&all, page, size);
    let result = if page > current { "Not found" } else { "success" };
    let groups: Vec<Value> = cut
        .iter()
        .enumerate()
        .map(|(place, group)| {
            let mut json = json!({
                "groupId": current * size + place + 1,
                "groupName": group.name,
                "type": match group.kind { GroupKind::UserGroup => "USER_GROUP", GroupKind::Profile => "PRODUCT_PROFILE" },
                "memberCount": group.members.len(),
                "adminGroupName": format!("_admin_{}", group.name),
            });
            if group.kind == GroupKind::Profile {
                json["productName"] = json!("Creative Cloud");
                json["licenseQuota"] = json!("100000");
            }
            json
        })
        .collect();
    let body = json!({ "lastPage": current + 1 == pages, "result": result, "groups": groups });
    Page { body, total: all.len(), pages, current, size }
}

/// One user, as the API tells it: what is empty is left out.
pub(super) fn user_json(id: u64, user: &User) -> Value {
    let source = if user.kind == "adobeID" { "AdobeID" } else { user.domain.as_str() };
    let mut json = json!({ "id": format!("{id:024X}@{source}"), "status": "active", "type": user.kind, "email": user.email });
    for (key, text) in [
        ("username", &user.username),
        ("domain", &user.domain),
        ("firstname", &user.firstname),
        ("lastname", &user.lastname),
        ("country", &user.country),
    ] {
        if !text.is_empty() {
            json[key] = json!(text);
        }
    }
    if !user.groups.is_empty() {
        json["groups"] = json!(user.groups);
    }
    json
}
