//! The groups of an organization, by name.

use crate::change::same_name;
use crate::umapi::ListedGroup;
use std::collections::{HashMap, HashSet};

/// The kind of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrgGroupKind {
    /// Created by administrators.
    UserGroup,
    /// A product profile.
    Profile,
    /// A role. Its name begins with `_`.
    Role,
    /// Only known as a membership of users.
    Unknown,
}

/// A user group, product profile or role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgGroup {
    /// The name as the lists write it.
    pub name: String,
    /// The kind of the group.
    pub kind: OrgGroupKind,
    /// The product that a profile belongs to.
    pub product: Option<String>,
    /// The licences of a profile; `None` if unknown or unlimited.
    pub quota: Option<u64>,
    /// The number of members, according to the list of groups.
    pub members: Option<u64>,
}

/// All known groups, numbered.
#[derive(Debug, Clone, Default)]
pub(crate) struct OrgGroups {
    all: Vec<OrgGroup>,
    numbers: HashMap<String, u32>,
}

impl OrgGroups {
    /// Returns the number of a group, by its name in any letter case.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        // Most lists write a name in the same way each time.
        self.numbers.get(name).copied().or_else(|| self.numbers.get(&name.to_lowercase()).copied())
    }

    /// Returns the number of a group, which is added if it is not known.
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.find(name) {
            return number;
        }
        let kind = if name.starts_with('_') { OrgGroupKind::Role } else { OrgGroupKind::Unknown };
        self.push(OrgGroup {
            name: name.to_owned(),
            kind,
            product: None,
            quota: None,
            members: None,
        })
    }

    fn push(&mut self, group: OrgGroup) -> u32 {
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let folded = group.name.to_lowercase();
        if folded != group.name {
            self.numbers.insert(group.name.clone(), number);
        }
        self.numbers.insert(folded, number);
        self.all.push(group);
        number
    }

    /// Adds a user group that exists.
    pub(crate) fn found(&mut self, name: &str) {
        let number = self.number(name);
        let group = &mut self.all[number as usize];
        if group.kind == OrgGroupKind::Unknown {
            group.kind = OrgGroupKind::UserGroup;
        }
    }

    /// Renames a group, if it exists. Returns `false` if another group has the new name.
    pub(crate) fn rename(&mut self, old: &str, new: &str) -> bool {
        let Some(number) = self.find(old) else { return true };
        if self.find(new).is_some_and(|other| other != number) {
            return false;
        }
        self.forget(number);
        self.all[number as usize].name = new.to_owned();
        self.numbers.insert(new.to_owned(), number);
        self.numbers.insert(new.to_lowercase(), number);
        true
    }

    /// Adds `more` to the number of members of a group.
    pub(crate) fn count(&mut self, number: u32, more: i64) {
        let members = &mut self.all[number as usize].members;
        *members = members.map(|members| members.saturating_add_signed(more));
    }

    /// Makes a group unreachable by name.
    pub(crate) fn forget(&mut self, number: u32) {
        self.numbers.retain(|_, known| *known != number);
    }

    /// Removes groups, and returns the new number of each of the others.
    pub(crate) fn without(&mut self, gone: &HashSet<u32>) -> Vec<Option<u32>> {
        let mut kept = 0;
        let numbers: Vec<Option<u32>> = (0..u32::try_from(self.all.len()).unwrap_or(u32::MAX))
            .map(|number| {
                let stays = !gone.contains(&number);
                kept += u32::from(stays);
                stays.then(|| kept - 1)
            })
            .collect();
        let mut number = 0;
        self.all.retain(|_| {
            number += 1;
            !gone.contains(&(number - 1))
        });
        for known in self.numbers.values_mut() {
            *known = numbers[*known as usize].unwrap_or(*known);
        }
        numbers
    }

    /// Returns a group by its number.
    pub(crate) fn get(&self, number: u32) -> &OrgGroup {
        &self.all[number as usize]
    }

    /// Returns all groups by number.
    pub(crate) fn all(&self) -> &[OrgGroup] {
        &self.all
    }

    /// Adds what the list of groups says about a group.
    pub(crate) fn describe(&mut self, listed: &ListedGroup<'_>) {
        let number = self.number(listed.name.trim());
        let group = &mut self.all[number as usize];
        group.kind = match &*listed.kind {
            "USER_GROUP" => OrgGroupKind::UserGroup,
            "PRODUCT_PROFILE" => OrgGroupKind::Profile,
            _ if group.name.starts_with('_') => OrgGroupKind::Role,
            _ => group.kind,
        };
        group.product = (!listed.product_name.is_empty()).then(|| listed.product_name.to_string());
        group.quota = listed.license_quota.trim().parse().ok();
        group.members = listed.member_count;
        debug_assert!(same_name(&group.name, listed.name.trim()));
    }
}
