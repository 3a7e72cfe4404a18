//! Writes and reads the state as sorted JSON Lines. Equal organizations have the same bytes.

use super::directory::{Directory, fold};
use super::domain::Ownership;
use super::group::{SandboxGroup, SandboxGroupKind};
use super::user::{Identity, SandboxUser, UserStatus};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};

/// A line: a domain, a group or a user.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum DumpLine {
    Domain(DomainLine),
    Group(GroupLine),
    User(UserLine),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DomainLine {
    domain: String,
    users: DomainUsers,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum DomainUsers {
    #[serde(rename = "enterpriseID")]
    Enterprise,
    #[serde(rename = "federatedID")]
    Federated,
    #[serde(rename = "trusted")]
    Trusted,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct GroupLine {
    group: String,
    #[serde(rename = "type", default)]
    kind: GroupType,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    profiles: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quota: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    read_only: bool,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
enum GroupType {
    #[default]
    #[serde(rename = "USER_GROUP")]
    UserGroup,
    #[serde(rename = "PRODUCT_PROFILE")]
    Profile,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserLine {
    email: String,
    #[serde(rename = "type", default)]
    identity: Identity,
    /// Absent if it is the email address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    username: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    domain: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    firstname: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    lastname: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    country: String,
    #[serde(default, skip_serializing_if = "UserStatus::is_active")]
    status: UserStatus,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    groups: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    technical: bool,
}

impl Directory {
    /// Writes the domains, the groups and the users, a line each, sorted.
    ///
    /// # Errors
    /// When writing to `to` fails.
    pub fn dump(&self, to: &mut impl Write) -> io::Result<()> {
        for (domain, ownership) in self.domains.all() {
            let users = match ownership {
                Ownership::Claimed(Identity::Enterprise) => DomainUsers::Enterprise,
                Ownership::Trusted => DomainUsers::Trusted,
                _ => DomainUsers::Federated,
            };
            line(to, &DomainLine { domain: domain.to_owned(), users })?;
        }
        let mut groups: Vec<SandboxGroup> = self.groups().collect();
        groups.sort_by_cached_key(|group| (fold(&group.name), group.name.clone()));
        for group in groups {
            line(to, &GroupLine::from(group))?;
        }
        let mut ids: Vec<_> = self.people().map(|(id, _)| id).collect();
        ids.sort_by_cached_key(|id| {
            let person = self.person(*id);
            (fold(&person.email), person.email.clone(), person.identity)
        });
        for id in ids {
            line(to, &UserLine::from(self.seen(id)))?;
        }
        Ok(())
    }

    /// Reads what [`dump`](Self::dump) has written, or a text in the same form, into this
    /// organization.
    ///
    /// # Errors
    /// When a line cannot be parsed. The message names it.
    pub fn load(&mut self, from: impl BufRead) -> io::Result<()> {
        for (number, text) in (1..).zip(from.lines()) {
            let text = text?;
            if text.trim().is_empty() {
                continue;
            }
            let wrong = |error: serde_json::Error| {
                let what = if error.is_data() {
                    "neither a domain nor a group nor a user, by its keys and their values"
                } else {
                    "not JSON"
                };
                io::Error::new(io::ErrorKind::InvalidData, format!("line {number}: {what}"))
            };
            match serde_json::from_str(&text).map_err(wrong)? {
                DumpLine::Domain(DomainLine { domain, users: DomainUsers::Trusted }) => {
                    self.trust(&domain);
                }
                DumpLine::Domain(DomainLine { domain, users: DomainUsers::Enterprise }) => {
                    self.claim(&domain, Identity::Enterprise);
                }
                DumpLine::Domain(DomainLine { domain, users: DomainUsers::Federated }) => {
                    self.claim(&domain, Identity::Federated);
                }
                DumpLine::Group(group) => self.set_group(&group.into()),
                DumpLine::User(user) => self.add_user(&user.into()),
            }
        }
        Ok(())
    }
}

fn line(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, value)?;
    to.write_all(b"\n")
}

impl From<SandboxGroup> for GroupLine {
    fn from(group: SandboxGroup) -> Self {
        let SandboxGroup { name, kind, description, profiles, product, quota, read_only } = group;
        let kind = if kind == SandboxGroupKind::Profile {
            GroupType::Profile
        } else {
            GroupType::UserGroup
        };
        Self { group: name, kind, description, profiles, product, quota, read_only }
    }
}

impl From<GroupLine> for SandboxGroup {
    fn from(line: GroupLine) -> Self {
        let GroupLine { group, kind, description, profiles, product, quota, read_only } = line;
        let bare = match kind {
            GroupType::UserGroup => Self::user_group(&group),
            GroupType::Profile => Self::profile(&group),
        };
        Self {
            description,
            profiles,
            product: product.or(bare.product.clone()),
            quota,
            read_only,
            ..bare
        }
    }
}

impl From<SandboxUser> for UserLine {
    fn from(user: SandboxUser) -> Self {
        let SandboxUser {
            email,
            username,
            domain,
            firstname,
            lastname,
            country,
            identity,
            status,
            technical,
            groups,
        } = user;
        let username = if username == email { String::new() } else { username };
        Self {
            email,
            identity,
            username,
            domain,
            firstname,
            lastname,
            country,
            status,
            groups,
            technical,
        }
    }
}

impl From<UserLine> for SandboxUser {
    fn from(line: UserLine) -> Self {
        let UserLine {
            email,
            identity,
            username,
            domain,
            firstname,
            lastname,
            country,
            status,
            groups,
            technical,
        } = line;
        let username = if username.is_empty() { email.clone() } else { username };
        let domain = if domain.is_empty() {
            email.split_once('@').map_or("", |(_, domain)| domain).to_owned()
        } else {
            domain
        };
        Self {
            email,
            username,
            domain,
            firstname,
            lastname,
            country,
            identity,
            status,
            technical,
            groups,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = r#"{"domain":"example.com","users":"federatedID"}
{"domain":"partner.example","users":"trusted"}
{"group":"Design","type":"USER_GROUP","description":"all of it","profiles":["Photoshop"]}
{"group":"Photoshop","type":"PRODUCT_PROFILE","product":"Creative Cloud","quota":3}
{"group":"Shared","type":"USER_GROUP","readOnly":true}
{"email":"ann@example.com","type":"adobeID","domain":"example.com"}
{"email":"ann@example.com","type":"federatedID","username":"ann.l","domain":"example.com","firstname":"Ann","lastname":"Lee","country":"US","groups":["Design","_admin_Design"]}
{"email":"bo@example.com","type":"federatedID","domain":"example.com","status":"locked"}
{"email":"robot@example.com","type":"federatedID","domain":"example.com","technical":true}
"#;

    #[test]
    fn a_dump_loads_to_the_same_dump() {
        let mut directory = Directory::default();
        directory.load(STATE.as_bytes()).unwrap();
        let mut dumped = Vec::new();
        directory.dump(&mut dumped).unwrap();
        assert_eq!(String::from_utf8(dumped).unwrap(), STATE);
        assert_eq!(directory.user("ann@example.com").unwrap().username, "ann.l");
    }

    #[test]
    fn a_line_that_cannot_be_understood_is_named() {
        let error = Directory::default()
            .load("{\"group\":\"A\"}\n{\"grup\":\"B\"}\n".as_bytes())
            .unwrap_err();
        assert!(error.to_string().starts_with("line 2: "), "{error}");
    }
}
