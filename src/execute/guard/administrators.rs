//! The holders of administrators' roles, and the rows that would remove these roles.

use super::names::{Links, NameHash, own_names};
use crate::change::{Change, Memberships, is_administrative, role_subject, same_name};
use crate::organization::{HashedName, Organization, who};
use crate::reconcile::UserSpelling;
use crate::umapi::AccountKind;
use std::collections::HashMap;

/// The roles of every organization. Their holders can be requested by these names.
pub(crate) const FIXED_ROLES: [&str; 3] = ["_org_admin", "_support_admin", "_deployment_admin"];

/// What a row would remove, and from whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loss {
    /// A user, as in the row, or a group to delete.
    pub(crate) name: String,
    /// The domain of a username.
    pub(crate) domain: String,
    /// The kind of the user's account.
    pub(crate) account: AccountKind,
    /// What is removed.
    pub(crate) what: Lost,
}

/// What is removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The user's place in the organization, or all memberships, including every role.
    Everything,
    /// These roles of an administrator.
    Roles(Vec<String>),
    /// A group, and with it the role of its administrators.
    Group,
}

impl Loss {
    /// Returns what a change removes that may be an administrator's role; `None` for most rows.
    pub(crate) fn of(change: &Change<'_>) -> Option<Self> {
        match change {
            Change::User(user) => {
                let what = match &user.remove {
                    _ if user.leave.is_some() => Lost::Everything,
                    Some(Memberships::All) => Lost::Everything,
                    Some(Memberships::Named(names)) => {
                        let roles: Vec<String> = names
                            .iter()
                            .filter(|name| is_administrative(name))
                            .map(ToString::to_string)
                            .collect();
                        if roles.is_empty() {
                            return None;
                        }
                        Lost::Roles(roles)
                    }
                    None => return None,
                };
                let domain = user.domain.as_deref().unwrap_or_default().to_owned();
                Some(Self { name: user.user.to_string(), domain, account: user.account(), what })
            }
            Change::Group(group) => group.delete.then(|| Self {
                name: group.group.to_string(),
                domain: String::new(),
                account: AccountKind::Own,
                what: Lost::Group,
            }),
        }
    }

    /// Whether it is removed from a user.
    pub(crate) fn is_of_a_person(&self) -> bool {
        self.what != Lost::Group
    }

    /// Whether it is removed from one of these users, who are sorted.
    pub(crate) fn is_of_one(&self, people: &[HashedName]) -> bool {
        let domain = Some(self.domain.as_str()).filter(|domain| !domain.is_empty());
        !people.is_empty()
            && self.is_of_a_person()
            && people.binary_search(&who(&self.name, domain)).is_ok()
    }

    /// Returns the hash that guards compare.
    pub(crate) fn key(&self) -> NameHash {
        if self.is_of_a_person() {
            NameHash::user(&self.name, &self.domain)
        } else {
            NameHash::group(&self.name)
        }
    }
}

/// A user with roles.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Holder {
    called: String,
    roles: Vec<String>,
}

/// All known holders of administrators' roles.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holders {
    all: Vec<Holder>,
    /// The holder with each name.
    names: HashMap<NameHash, u32>,
    /// The administrator of each group, by the group's name.
    groups: HashMap<NameHash, u32>,
}

impl Holders {
    /// Whether no holder is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Adds all holders of a list.
    pub(crate) fn learn(&mut self, organization: &Organization) {
        for person in organization.people() {
            let roles = person.group_names().filter(|name| is_administrative(name));
            let names = [
                (person.email().to_owned(), String::new()),
                (person.username().to_owned(), person.domain().to_owned()),
            ];
            self.add(&names, roles);
        }
    }

    /// Adds a user with roles; nothing without roles.
    pub(crate) fn add<'r>(
        &mut self,
        person: &[UserSpelling],
        roles: impl IntoIterator<Item = &'r str>,
    ) {
        let mut roles = roles.into_iter().peekable();
        if roles.peek().is_none() {
            return;
        }
        let names = own_names(person);
        let number =
            names.iter().find_map(|name| self.names.get(name).copied()).unwrap_or_else(|| {
                let called = person
                    .iter()
                    .map(|(name, _)| name)
                    .find(|name| !name.is_empty())
                    .cloned()
                    .unwrap_or_default();
                self.all.push(Holder { called, roles: Vec::new() });
                u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX)
            });
        for name in names {
            self.names.entry(name).or_insert(number);
        }
        let holder = &mut self.all[number as usize];
        for role in roles {
            if role.to_lowercase().starts_with("_admin_") {
                self.groups.entry(NameHash::group(role_subject(role))).or_insert(number);
            }
            if !holder.roles.iter().any(|known| same_name(known, role)) {
                holder.roles.push(role.to_owned());
            }
        }
    }

    /// Adds the further names that rows give to users and groups.
    pub(crate) fn spread(&mut self, links: &Links) {
        links.spread(&mut self.names);
        links.spread(&mut self.groups);
    }

    /// Returns the administrator from whom a row removes roles, and these roles.
    pub(crate) fn hit(&self, loss: &Loss) -> Option<(&str, Vec<&str>)> {
        let of = |number: &u32| self.all.get(*number as usize);
        let holder = match loss.what {
            Lost::Group => of(self.groups.get(&loss.key())?)?,
            _ => of(self.names.get(&loss.key())?)?,
        };
        let is_lost = |role: &&str| match &loss.what {
            Lost::Everything => true,
            Lost::Roles(lost) => lost.iter().any(|lost| same_name(lost, role)),
            Lost::Group => {
                role.to_lowercase().starts_with("_admin_")
                    && self.groups.contains_key(&NameHash::group(role_subject(role)))
            }
        };
        let roles: Vec<&str> = holder.roles.iter().map(String::as_str).filter(is_lost).collect();
        (!roles.is_empty()).then_some((holder.called.as_str(), roles))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{GroupChange, Leave, UserChange};

    fn spelled(names: &[(&str, &str)]) -> Vec<UserSpelling> {
        names.iter().map(|(name, domain)| ((*name).to_owned(), (*domain).to_owned())).collect()
    }

    fn user(user: &'static str, domain: Option<&'static str>) -> UserChange<'static> {
        UserChange { user: user.into(), domain: domain.map(Into::into), ..UserChange::default() }
    }

    fn hit(holders: &Holders, change: &Change<'_>) -> Option<Vec<String>> {
        let (_, roles) = holders.hit(&Loss::of(change)?)?;
        Some(roles.into_iter().map(ToOwned::to_owned).collect())
    }

    #[test]
    fn administrator_is_found_by_email_and_by_username() {
        let mut holders = Holders::default();
        holders.add(
            &spelled(&[("root@x.com", ""), ("root1", "x.com")]),
            ["_org_admin", "_admin_Design"],
        );
        holders.add(&spelled(&[("ann@x.com", "")]), []);
        let leaves = |name, domain| {
            Change::User(UserChange { leave: Some(Leave::KeepAccount), ..user(name, domain) })
        };
        for change in [
            leaves("ROOT@x.com", None),
            leaves("root1", Some("X.com")),
            leaves("root1@x.com", None),
        ] {
            assert_eq!(
                hit(&holders, &change),
                Some(vec!["_org_admin".to_owned(), "_admin_Design".to_owned()]),
                "{change:?}"
            );
        }
        for change in [leaves("ann@x.com", None), leaves("root1", Some("y.com"))] {
            assert_eq!(hit(&holders, &change), None, "{change:?}");
        }
    }

    #[test]
    fn removals_hit_only_the_roles_that_are_held() {
        let mut holders = Holders::default();
        holders.add(&spelled(&[("root@x.com", "")]), ["_support_admin", "_admin_Design"]);
        let removed = |names: &[&'static str]| {
            let names = names.iter().map(|name| (*name).into()).collect();
            Change::User(UserChange {
                remove: Some(Memberships::Named(names)),
                ..user("root@x.com", None)
            })
        };
        assert_eq!(
            hit(&holders, &removed(&["Design", "_SUPPORT_admin"])),
            Some(vec!["_support_admin".to_owned()])
        );
        assert_eq!(hit(&holders, &removed(&["Design", "_developer_X", "_admin_Video"])), None);
        let deleted = |group: &'static str| {
            Change::Group(GroupChange {
                group: group.into(),
                delete: true,
                ..GroupChange::default()
            })
        };
        assert_eq!(hit(&holders, &deleted("DESIGN")), Some(vec!["_admin_Design".to_owned()]));
        assert_eq!(hit(&holders, &deleted("Video")), None);
    }

    #[test]
    fn renames_lead_to_the_administrator_and_to_the_group() {
        let mut holders = Holders::default();
        holders.add(&spelled(&[("root@x.com", "")]), ["_admin_Design"]);
        let mut links = Links::default();
        links.person(&spelled(&[("root@x.com", ""), ("r2@x.com", "")]), |_| false);
        links.group("Design", "Old");
        holders.spread(&links.finish());
        let leaves = Change::User(UserChange {
            leave: Some(Leave::DeleteAccount),
            ..user("r2@x.com", None)
        });
        assert!(hit(&holders, &leaves).is_some());
        let deleted = Change::Group(GroupChange {
            group: "old".into(),
            delete: true,
            ..GroupChange::default()
        });
        assert!(hit(&holders, &deleted).is_some());
    }
}
