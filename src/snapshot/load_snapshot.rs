//! Reads a snapshot as an organization.

use super::stored::Snapshot;
use crate::organization::{Coverage, Organization};
use crate::umapi::ListQuery;
use std::io;

/// Reads a snapshot of users, and adds what a list of groups shows.
///
/// A list of one domain or of the members of one group does not have all users: the caller checks
/// its query.
///
/// # Errors
/// When a list cannot be read, is damaged, or is of the other kind.
pub(crate) fn read_snapshot(
    users: &Snapshot,
    groups: Option<&Snapshot>,
) -> io::Result<Organization> {
    let wrong = |list: &Snapshot, what: &str| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {what}", list.path.display()))
    };
    let name = format!("the snapshot of {}", users.organization);
    let mut organization = Organization::new(name, users.at);
    organization.identity.clone_from(&users.organization);
    organization.coverage.set(
        Coverage::DIRECT,
        match &users.query {
            ListQuery::Users { direct, .. } | ListQuery::Members { direct, .. } => *direct,
            ListQuery::Groups => {
                return Err(wrong(users, "this is a list of groups, not of users"));
            }
        },
    );
    // Groups come first, so that they have their kinds before they get members.
    if let Some(list) = groups {
        if list.query != ListQuery::Groups {
            return Err(wrong(list, "this is a list of users, not of groups"));
        }
        for page in list.pages()? {
            let page = page?;
            page.groups()
                .map_err(|why| wrong(list, &why.to_string()))?
                .groups
                .iter()
                .for_each(|group| organization.add_group(group));
        }
        organization.coverage |= Coverage::ALL_GROUPS;
        organization.groups_at = Some(list.at);
    }
    for page in users.pages()? {
        let page = page?;
        for user in page.users().map_err(|why| wrong(users, &why.to_string()))?.users {
            if !(user.email.is_empty() && user.username.is_empty()) {
                organization.add(&user);
            }
        }
    }
    Ok(organization)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::OrgGroupKind;
    use crate::snapshot::{InterruptedList, SnapshotStore};
    use crate::umapi::{ListPage, UserRef};
    use jiff::Timestamp;

    fn list(store: &SnapshotStore, query: &ListQuery, bodies: &[&str]) -> Snapshot {
        let mut draft = store.draft(query, InterruptedList::Dropped).unwrap();
        draft.begin().unwrap();
        for (number, body) in (0..).zip(bodies) {
            let page = ListPage {
                number,
                current: Some(number),
                pages: None,
                total: None,
                body: body.as_bytes().to_vec(),
            };
            draft.append(&page, Timestamp::UNIX_EPOCH).unwrap();
        }
        draft.finish().unwrap()
    }

    #[test]
    fn people_and_groups_are_those_of_all_pages() {
        let folder = tempfile::tempdir().unwrap();
        let store = SnapshotStore::open(folder.path(), "1@AdobeOrg", "host");
        let users = list(
            &store,
            &ListQuery::Users { domain: None, direct: false },
            &[
                r#"{"users":[{"id":"1@x","email":"ann@example.com","type":"federatedID","groups":["Design","All Apps"]}]}"#,
                r#"{"lastPage":true,"users":[{"email":"bob@example.com"},{"tags":["edu"]}]}"#,
            ],
        );
        let groups = list(
            &store,
            &ListQuery::Groups,
            &[
                r#"{"lastPage":true,"groups":[{"groupName":"All Apps","type":"PRODUCT_PROFILE","licenseQuota":"3"}]}"#,
            ],
        );
        let all = read_snapshot(&users, Some(&groups)).unwrap();
        assert_eq!(
            (
                all.len(),
                all.shows(Coverage::DIRECT),
                all.shows(Coverage::ALL_GROUPS),
                all.at,
                (all.name.as_str(), all.identity.as_str())
            ),
            (2, false, true, users.at, ("the snapshot of 1@AdobeOrg", "1@AdobeOrg"))
        );
        let profile = all.group("all apps").unwrap();
        assert_eq!((profile.kind, profile.quota), (OrgGroupKind::Profile, Some(3)));
        assert!(all.user(UserRef::own("ann@example.com")).unwrap().is_in("All Apps"));
        assert!(!read_snapshot(&users, None).unwrap().shows(Coverage::ALL_GROUPS));
        assert!(read_snapshot(&groups, None).unwrap_err().to_string().contains("a list of groups"));
        assert!(
            read_snapshot(&users, Some(&users))
                .unwrap_err()
                .to_string()
                .contains("a list of users")
        );
    }
}
