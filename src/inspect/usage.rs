//! What an organization uses: users by what they have in common, members and licences,
//! administrators.
//!
//! In: an [`Organization`]. Out: counts. Pure. A list of direct memberships does not show profiles
//! that come through a user group. No list says which members of a profile have no licence, only
//! how many.

use crate::change::{IdentityType, is_administrative, same_name};
use crate::organization::{Coverage, OrgGroup, OrgGroupKind, OrgUser, Organization};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// The counts of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Usage {
    /// The list that was counted.
    pub list: String,
    /// The time that the list describes.
    pub at: Timestamp,
    /// The number of users.
    pub users: u64,
    /// Whether only the users' own memberships were listed.
    pub direct: bool,
    /// Whether the list shows who is in which group. Otherwise everything about groups is empty.
    pub has_memberships: bool,
    /// Whether a list of groups gave their kinds, products and quotas.
    pub has_groups: bool,
    /// Users by identity type; most users first, as in all lists here.
    pub identity_types: Vec<Count>,
    /// Users by domain. For an Adobe ID, that of its email address.
    pub domains: Vec<Count>,
    /// Users by country.
    pub countries: Vec<Count>,
    /// Users by status.
    pub statuses: Vec<Count>,
    /// The products.
    pub products: Vec<ProductUsage>,
    /// Product profiles, user groups, and groups of unknown kind.
    pub groups: Vec<GroupUsage>,
    /// Users with an administrator's role. Developers administer nothing.
    pub administrators: Vec<Administrator>,
    /// The members of each role.
    pub roles: Vec<Count>,
    /// Users in no product profile; where kinds are unknown, users in no group.
    pub without_product: u64,
    /// Those of them who are in a user group, through which a product may come.
    pub without_product_in_user_group: u64,
}

/// The number of users who have something in common; an empty name: the list does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Count {
    /// What they have in common.
    pub name: String,
    /// The number of users.
    pub users: u64,
}

/// The members and licences of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct GroupUsage {
    /// Its name.
    pub name: String,
    /// The kind.
    pub kind: OrgGroupKind,
    /// The product of a profile.
    pub product: Option<String>,
    /// Members in the list of users.
    pub members: u64,
    /// Members whose status is `active`; `None` if the list has no status.
    pub active: Option<u64>,
    /// Members as the list of groups counts them.
    pub counted: Option<u64>,
    /// Licences; `None` if unlimited or unknown.
    pub quota: Option<u64>,
    /// Members beyond the licences; `None` without a quota.
    pub without_licence: Option<u64>,
    /// The users without a licence, if the server was asked.
    pub unlicensed: Option<Vec<String>>,
}

/// The members and licences of a product, over all its profiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ProductUsage {
    /// Its name.
    pub name: String,
    /// The number of profiles.
    pub profiles: u64,
    /// The memberships of its profiles. A user of two profiles counts twice.
    pub memberships: u64,
    /// The users of any profile.
    pub users: u64,
    /// Those of them whose status is `active`; `None` if the list has no status.
    pub active: Option<u64>,
    /// The licences of all profiles; `None` if one is unlimited or unknown.
    pub quota: Option<u64>,
    /// Memberships beyond the licences; `None` if no profile has a quota.
    pub without_licence: Option<u64>,
}

/// A user with an administrator's role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Administrator {
    /// Email address, or else the username.
    pub user: String,
    /// Identity type.
    pub identity_type: String,
    /// Status.
    pub status: String,
    /// The roles, by the API's names.
    pub roles: Vec<String>,
}

/// The number of members, and of those with the status `active`.
#[derive(Debug, Clone, Copy, Default)]
struct MemberCount {
    all: u64,
    active: u64,
}

impl MemberCount {
    fn add(&mut self, is_active: bool) {
        self.all += 1;
        self.active += u64::from(is_active);
    }
}

impl Usage {
    /// Returns the profiles with more members than licences, those with the largest excess first.
    pub(crate) fn overfull(&self) -> Vec<&GroupUsage> {
        let mut groups: Vec<&GroupUsage> = self
            .groups
            .iter()
            .filter(|group| group.without_licence.is_some_and(|beyond| beyond > 0))
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.without_licence));
        groups
    }

    /// Records which users have no licence of a profile.
    pub(crate) fn tell_unlicensed(&mut self, profile: &str, mut people: Vec<String>) {
        people.sort();
        if let Some(group) = self.groups.iter_mut().find(|group| same_name(&group.name, profile)) {
            group.unlicensed = Some(people);
        }
    }

    /// Counts the users and groups of an organization.
    pub(crate) fn of(organization: &Organization) -> Self {
        let groups = organization.groups();
        let products = Products::of(groups);
        let UserCounts {
            members,
            of_product,
            identity_types,
            domains,
            countries,
            statuses,
            mut administrators,
            without,
            without_in_group,
        } = UserCounts::of(organization, &products);
        let statuses = statuses.finish();
        let has_status = statuses.iter().any(|status| !status.name.is_empty());
        let active = |members: MemberCount| has_status.then_some(members.active);
        let of_group = |(group, members): (&OrgGroup, &MemberCount)| GroupUsage {
            name: group.name.clone(),
            kind: group.kind,
            product: group.product.clone(),
            members: members.all,
            active: active(*members),
            counted: group.members,
            quota: group.quota,
            without_licence: group.quota.map(|quota| members.all.saturating_sub(quota)),
            unlicensed: None,
        };
        let all: Vec<GroupUsage> = groups.iter().zip(&members).map(of_group).collect();
        let products = products.usage(&all, &of_product, active);
        let (roles, mut groups): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|group| group.kind == OrgGroupKind::Role);
        let order = |group: &GroupUsage| (group.kind != OrgGroupKind::Profile, group.kind);
        groups.sort_by(|a, b| (order(a), b.members, &a.name).cmp(&(order(b), a.members, &b.name)));
        let mut roles: Vec<Count> =
            roles.into_iter().map(|role| Count { name: role.name, users: role.members }).collect();
        roles.retain(|role| role.users > 0);
        sort(&mut roles);
        administrators.sort_by(|a, b| a.user.cmp(&b.user));
        Self {
            list: organization.name.clone(),
            at: organization.at,
            users: u64::from(organization.len()),
            direct: organization.shows(Coverage::DIRECT),
            has_memberships: organization.shows(Coverage::MEMBERSHIPS),
            has_groups: organization.shows(Coverage::ALL_GROUPS),
            identity_types: identity_types.finish(),
            domains: domains.finish(),
            countries: countries.finish(),
            statuses,
            products,
            groups,
            administrators,
            roles,
            without_product: without,
            without_product_in_user_group: without_in_group,
        }
    }
}

/// Counts over all users, before names and quotas of groups are added.
struct UserCounts<'o> {
    /// By a group's number.
    members: Vec<MemberCount>,
    /// By a product's number.
    of_product: Vec<MemberCount>,
    identity_types: WordCounts<'o>,
    domains: WordCounts<'o>,
    countries: WordCounts<'o>,
    statuses: WordCounts<'o>,
    administrators: Vec<Administrator>,
    without: u64,
    without_in_group: u64,
}

impl<'o> UserCounts<'o> {
    fn of(organization: &'o Organization, products: &Products) -> Self {
        let [identity_types, domains, countries, statuses] =
            [(); 4].map(|()| WordCounts::default());
        let mut counts = Self {
            members: vec![MemberCount::default(); organization.groups().len()],
            of_product: vec![MemberCount::default(); products.names.len()],
            identity_types,
            domains,
            countries,
            statuses,
            administrators: Vec::new(),
            without: 0,
            without_in_group: 0,
        };
        let mut own = Vec::new();
        for person in organization.people() {
            counts.add(person, organization, products, &mut own);
        }
        counts
    }

    /// Adds a user. `own` is a buffer for the numbers of the user's products.
    fn add(
        &mut self,
        person: OrgUser<'o>,
        organization: &Organization,
        products: &Products,
        own: &mut Vec<usize>,
    ) {
        let groups = organization.groups();
        self.identity_types.add(identity_name(person));
        self.domains.add(domain(person));
        self.countries.add(person.country());
        self.statuses.add(person.status());
        let is_active = person.status().eq_ignore_ascii_case("active");
        own.clear();
        let (mut has_product, mut in_group, mut administers) = (false, false, false);
        for number in person.group_numbers() {
            let number = *number as usize;
            self.members[number].add(is_active);
            match groups[number].kind {
                OrgGroupKind::Profile => has_product = true,
                OrgGroupKind::Role => administers |= is_administrative(&groups[number].name),
                OrgGroupKind::UserGroup | OrgGroupKind::Unknown => in_group = true,
            }
            if let Some(product) = products.of_group[number]
                && !own.contains(&product)
            {
                own.push(product);
                self.of_product[product].add(is_active);
            }
        }
        if !has_product && (organization.shows(Coverage::ALL_GROUPS) || !in_group) {
            self.without += 1;
            self.without_in_group += u64::from(in_group);
        }
        if administers {
            self.administrators.push(administrator(person));
        }
    }
}

/// The products of the profiles, numbered.
struct Products {
    names: Vec<String>,
    /// The product of each group, by the group's number.
    of_group: Vec<Option<usize>>,
}

impl Products {
    fn of(groups: &[OrgGroup]) -> Self {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let mut names = Vec::new();
        let of_group = groups.iter().map(|group| {
            let product =
                group.product.as_deref().filter(|_| group.kind == OrgGroupKind::Profile)?;
            Some(*numbers.entry(product).or_insert_with(|| {
                names.push(product.to_owned());
                names.len() - 1
            }))
        });
        let of_group = of_group.collect();
        Self { names, of_group }
    }

    fn usage(
        &self,
        groups: &[GroupUsage],
        people: &[MemberCount],
        active: impl Fn(MemberCount) -> Option<u64>,
    ) -> Vec<ProductUsage> {
        let blank = |(name, people): (&String, &MemberCount)| ProductUsage {
            name: name.clone(),
            profiles: 0,
            memberships: 0,
            users: people.all,
            active: active(*people),
            quota: Some(0),
            without_licence: None,
        };
        let mut all: Vec<ProductUsage> = self.names.iter().zip(people).map(blank).collect();
        for (group, number) in groups.iter().zip(&self.of_group) {
            let Some(product) = number.and_then(|number| all.get_mut(number)) else { continue };
            product.profiles += 1;
            product.memberships += group.members;
            product.quota =
                product.quota.zip(group.quota).map(|(all, own)| all.saturating_add(own));
            if let Some(beyond) = group.without_licence {
                *product.without_licence.get_or_insert(0) += beyond;
            }
        }
        all.sort_by(|a, b| (b.users, &a.name).cmp(&(a.users, &b.name)));
        all
    }
}

/// Counts users by a word; letter case does not matter.
#[derive(Default)]
struct WordCounts<'o> {
    all: HashMap<&'o str, u64>,
    /// The word of the user before, which most users share.
    last: Option<(&'o str, u64)>,
}

impl<'o> WordCounts<'o> {
    fn add(&mut self, word: &'o str) {
        match &mut self.last {
            Some((last, count)) if std::ptr::eq(*last, word) || *last == word => *count += 1,
            last => {
                if let Some((last, count)) = last.replace((word, 1)) {
                    *self.all.entry(last).or_default() += count;
                }
            }
        }
    }

    fn finish(mut self) -> Vec<Count> {
        if let Some((last, count)) = self.last.take() {
            *self.all.entry(last).or_default() += count;
        }
        let mut folded: HashMap<String, (&str, u64)> = HashMap::new();
        for (word, count) in self.all {
            let same = folded.entry(word.to_lowercase()).or_insert((word, 0));
            same.0 = same.0.max(word);
            same.1 += count;
        }
        let mut counts: Vec<Count> = folded
            .into_values()
            .map(|(word, users)| Count { name: word.to_owned(), users })
            .collect();
        sort(&mut counts);
        counts
    }
}

fn sort(counts: &mut [Count]) {
    counts.sort_by(|a, b| (b.users, &a.name).cmp(&(a.users, &b.name)));
}

fn administrator(person: OrgUser<'_>) -> Administrator {
    let is_role =
        |group: &&OrgGroup| group.kind == OrgGroupKind::Role && is_administrative(&group.name);
    let mut roles: Vec<String> =
        person.groups().filter(is_role).map(|group| group.name.clone()).collect();
    roles.sort();
    Administrator {
        user: person.name().to_owned(),
        identity_type: identity_name(person).to_owned(),
        status: person.status().to_owned(),
        roles,
    }
}

/// Returns the type in the API's spelling, however the list writes it.
pub(super) fn identity_name(person: OrgUser<'_>) -> &str {
    match IdentityType::from_name(person.identity()) {
        Some(IdentityType::Adobe) => "adobeID",
        Some(IdentityType::Enterprise) => "enterpriseID",
        Some(IdentityType::Federated) => "federatedID",
        None => person.identity(),
    }
}

fn domain(person: OrgUser<'_>) -> &str {
    let listed = person.domain();
    if listed.is_empty() || listed.eq_ignore_ascii_case("AdobeID") {
        person.email().split_once('@').map_or("", |(_, domain)| domain)
    } else {
        listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::{ListedGroup, ListedUser};

    fn user<'a>(
        identity: &'a str,
        email: &'a str,
        country: &'a str,
        status: &'a str,
        groups: &[&'a str],
    ) -> ListedUser<'a> {
        ListedUser {
            identity: identity.into(),
            email: email.into(),
            domain: if identity == "adobeID" { "AdobeID".into() } else { "".into() },
            country: country.into(),
            status: status.into(),
            groups: groups.iter().map(|group| (*group).into()).collect(),
            ..ListedUser::default()
        }
    }

    fn profile<'a>(name: &'a str, product: &'a str, quota: &'a str) -> ListedGroup<'a> {
        ListedGroup {
            name: name.into(),
            kind: "PRODUCT_PROFILE".into(),
            product_name: product.into(),
            license_quota: quota.into(),
            ..ListedGroup::default()
        }
    }

    fn organization(with_groups: bool) -> Organization {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        all.coverage.set(Coverage::ALL_GROUPS, with_groups);
        if with_groups {
            for group in [
                profile("All Apps", "Creative Cloud", "2"),
                profile("Photo", "Creative Cloud", "1"),
                profile("Sign", "Acrobat", "UNLIMITED"),
            ] {
                all.add_group(&group);
            }
            all.add_group(&ListedGroup {
                name: "Design".into(),
                kind: "USER_GROUP".into(),
                member_count: Some(4),
                ..ListedGroup::default()
            });
        }
        for user in [
            user(
                "federatedID",
                "ann@example.com",
                "US",
                "active",
                &["All Apps", "Photo", "Design"],
            ),
            user(
                "Federated ID",
                "bob@Example.com",
                "us",
                "active",
                &["All Apps", "_admin_Design", "_org_admin", "_developer_All Apps"],
            ),
            user("adobeID", "carl@example.org", "", "disabled", &["all apps"]),
            user(
                "federatedID",
                "dora@example.com",
                "DE",
                "active",
                &["Design", "_Developer_All Apps"],
            ),
            user("federatedID", "emil@example.com", "DE", "active", &["_support_admin"]),
        ] {
            all.add(&user);
        }
        all
    }

    fn counts(counts: &[Count]) -> Vec<(&str, u64)> {
        counts.iter().map(|count| (count.name.as_str(), count.users)).collect()
    }

    #[test]
    fn usage_counts_ignore_letter_case() {
        let usage = Usage::of(&organization(true));
        assert_eq!(usage.users, 5);
        assert_eq!(counts(&usage.identity_types), [("federatedID", 4), ("adobeID", 1)]);
        assert_eq!(counts(&usage.domains), [("example.com", 4), ("example.org", 1)]);
        assert_eq!(counts(&usage.countries), [("DE", 2), ("us", 2), ("", 1)]);
        assert_eq!(counts(&usage.statuses), [("active", 4), ("disabled", 1)]);
    }

    #[test]
    fn members_beyond_a_quota_have_no_licence() {
        let usage = Usage::of(&organization(true));
        let group = |name: &str| usage.groups.iter().find(|group| group.name == name).unwrap();
        let all_apps = group("All Apps");
        assert_eq!(
            (all_apps.members, all_apps.active, all_apps.quota, all_apps.without_licence),
            (3, Some(2), Some(2), Some(1))
        );
        assert_eq!(
            (group("Photo").without_licence, group("Sign").without_licence),
            (Some(0), None)
        );
        assert_eq!((group("Design").members, group("Design").counted), (2, Some(4)));
        let cloud = &usage.products[0];
        assert_eq!(
            (cloud.name.as_str(), cloud.profiles, cloud.memberships, cloud.users),
            ("Creative Cloud", 2, 4, 3)
        );
        assert_eq!((cloud.active, cloud.quota, cloud.without_licence), (Some(2), Some(3), Some(1)));
        assert_eq!((usage.products[1].quota, usage.products[1].without_licence), (None, None));
    }

    #[test]
    fn administrators_are_listed_without_developers() {
        let usage = Usage::of(&organization(true));
        let names: Vec<_> = usage
            .administrators
            .iter()
            .map(|admin| (admin.user.as_str(), admin.roles.join(" ")))
            .collect();
        assert_eq!(
            names,
            [
                ("bob@Example.com", "_admin_Design _org_admin".to_owned()),
                ("emil@example.com", "_support_admin".to_owned())
            ]
        );
        assert_eq!((usage.without_product, usage.without_product_in_user_group), (2, 1));
        assert!(
            usage.roles.iter().any(|role| role.name == "_developer_All Apps" && role.users == 2),
            "{:?}",
            usage.roles
        );
    }

    #[test]
    fn without_a_list_of_groups_those_in_no_group_are_counted() {
        let usage = Usage::of(&organization(false));
        assert!(!usage.has_groups && usage.products.is_empty());
        assert_eq!((usage.without_product, usage.without_product_in_user_group), (1, 0));
        assert!(usage.groups.iter().all(|group| group.kind == OrgGroupKind::Unknown));
    }

    #[test]
    fn a_list_without_statuses_counts_nobody_as_inactive() {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        all.add(&user("federatedID", "ann@example.com", "US", "", &["A"]));
        assert_eq!(Usage::of(&all).groups[0].active, None);
    }
}
