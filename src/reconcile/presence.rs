//! Which groups are there while rows are carried out: a group that is not there fails in every row
//! that names it, after the row's user has been created.
//!
//! In: the groups that the rows of all files name and change, in order ([`GroupUses`]), and those
//! that are not in the organization before anything is sent. Out: what speaks against a row
//! ([`GroupPresence::problem`]). Pure.

use crate::change::{
    Change, GroupUse, Problem, asked_group, each_needed_group, group_hash, role_subject, same_name,
};
use crate::organization::Organization;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

/// The groups that the rows of a command name, and what rows do to groups, in order.
#[derive(Debug, Default)]
pub struct GroupUses {
    needed: BTreeMap<u64, NeededGroup>,
    /// Groups that an earlier row creates, whatever else is there.
    settled: HashSet<u64>,
    /// Groups that an earlier row creates, renames or deletes, if it can be sent.
    changed: HashSet<u64>,
    events: Vec<GroupEvent>,
    /// More names than [`GroupUses::MOST`].
    pub too_many: bool,
}

/// A group or role that must be in the organization before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededGroup {
    /// Its name, as it can be asked for.
    pub name: String,
    /// A user group of that name would do: only joins need it, in a column of user groups.
    pub creatable: bool,
    /// Only rows behind one that creates or renames it need it.
    pub is_made_before: bool,
    /// Somebody whom a row creates in it.
    pub new_member: Option<NewMember>,
}

/// Somebody whom a row creates in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMember {
    /// The group or role, as the row names it.
    pub group: String,
    /// As the command names the user.
    pub user: String,
    /// Likewise.
    pub domain: Option<String>,
    /// An Adobe ID is meant.
    pub adobe_id: bool,
}

/// A row that creates, renames or deletes a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupEvent {
    /// Which file of the command, from 0.
    pub file: u32,
    /// The row, from 0.
    pub row: u32,
    /// The groups that the row itself needs, as they are asked for.
    pub needs: Vec<String>,
    /// Groups that are there or gone afterwards.
    pub sets: Vec<(String, bool)>,
}

impl GroupUses {
    /// So many names are kept; a file with more has something else in that column.
    pub const MOST: usize = 100_000;

    /// Returns one number for all names that are needed, in whatever order.
    pub fn fingerprint(&self) -> u64 {
        self.needed().map(|group| group_hash(&group.name)).fold(0, u64::wrapping_add)
    }

    /// Adds a use of a group; rows come in order.
    pub fn need(&mut self, name: &str, creatable: bool) {
        let subject = group_hash(role_subject(name));
        if self.settled.contains(&subject) {
            return;
        }
        let hash = group_hash(name);
        let is_made_before = self.changed.contains(&subject);
        let creatable = creatable && !is_made_before;
        if let Some(known) = self.needed.get_mut(&hash) {
            known.creatable |= creatable;
        } else if self.needed.len() < Self::MOST {
            self.needed.insert(
                hash,
                NeededGroup { name: name.to_owned(), creatable, is_made_before, new_member: None },
            );
        } else {
            self.too_many = true;
        }
    }

    /// Notes somebody whom a row creates in a group that is needed; the first one counts.
    pub fn create_in(&mut self, name: &str, member: NewMember) {
        if let Some(needed) = self.needed.get_mut(&group_hash(name)) {
            needed.new_member.get_or_insert(member);
        }
    }

    /// Adds a row that changes which groups are there; rows come in order.
    pub fn event(&mut self, event: GroupEvent) {
        event.needs.iter().for_each(|name| self.need(name, false));
        let groups = event.sets.iter().map(|(group, _)| group_hash(group));
        if event.needs.is_empty() {
            self.settled.extend(groups);
        } else {
            self.changed.extend(groups);
        }
        self.events.push(event);
    }

    /// The groups that must be there before anything is sent.
    pub fn needed(&self) -> impl ExactSizeIterator<Item = &NeededGroup> {
        self.needed.values()
    }
}

/// The groups that are not there before the rows of a file are sent, each with the name that may be
/// meant.
///
/// It is kept with a run, so that anyone who goes on with the run treats every row as before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsentGroups {
    /// By name.
    pub names: BTreeMap<String, Option<String>>,
    /// How that is known, in words; empty where the server was asked.
    pub source: String,
    /// Why nobody knows which names are similar; empty where a list tells.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub no_names: String,
    /// Which names were looked for, as one number; `None` where nobody looked. A part of a file
    /// names fewer than the whole.
    #[serde(default)]
    pub looked_for: Option<u64>,
    /// Groups of which nobody knows whether they are there.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unchecked: BTreeSet<String>,
}

impl AbsentGroups {
    /// Was the same looked for then? What was found for some names says nothing about others.
    pub fn covers(&self, uses: &GroupUses) -> bool {
        self.looked_for.is_none_or(|names| names == uses.fingerprint())
    }

    /// Returns the groups that are not there once the rows of this file have been sent.
    #[must_use]
    pub fn after(&self, file: u32, uses: &GroupUses) -> Self {
        let presence = GroupPresence::new(file, uses, self);
        // By hash: a chain of renames has as many absent names as rows.
        let mut names: HashMap<u64, (String, Option<String>)> = self
            .names
            .iter()
            .map(|(name, near)| (group_hash(name), (name.clone(), near.clone())))
            .collect();
        for event in
            uses.events.iter().filter(|event| event.file == file && presence.is_sent(event))
        {
            for (name, there) in &event.sets {
                let hash = group_hash(name);
                if *there {
                    names.remove(&hash);
                } else {
                    names.insert(hash, (name.clone(), None));
                }
            }
        }
        Self { names: names.into_values().collect(), ..self.clone() }
    }
}

/// Which groups are there when the turn of a row of a file comes.
#[derive(Debug, Default)]
pub struct GroupPresence {
    absent: HashMap<u64, Option<String>>,
    source: String,
    no_names: String,
    events: HashMap<u64, Vec<PresenceChange>>,
    unchecked: HashSet<u64>,
}

/// After this row, a group is there or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PresenceChange {
    row: u32,
    there: bool,
}

impl GroupPresence {
    /// Follows the rows of a file that create, rename and delete groups. A row that cannot be sent,
    /// since it needs a group that is not there, changes nothing.
    pub fn new(file: u32, uses: &GroupUses, absent: &AbsentGroups) -> Self {
        let by_hash =
            absent.names.iter().map(|(name, near)| (group_hash(name), near.clone())).collect();
        let unchecked = absent.unchecked.iter().map(|name| group_hash(name)).collect();
        let (source, no_names) = (absent.source.clone(), absent.no_names.clone());
        let mut presence =
            Self { absent: by_hash, source, no_names, events: HashMap::new(), unchecked };
        for event in uses.events.iter().filter(|event| event.file == file) {
            if presence.is_sent(event) {
                for (name, there) in &event.sets {
                    presence
                        .events
                        .entry(group_hash(name))
                        .or_default()
                        .push(PresenceChange { row: event.row, there: *there });
                }
            }
        }
        presence
    }

    fn is_sent(&self, event: &GroupEvent) -> bool {
        event.needs.iter().all(|name| self.absence(event.row, name).is_none())
    }

    /// Does nobody know whether this group, as it is asked for, is there?
    pub fn is_unchecked(&self, asked: &str) -> bool {
        !self.unchecked.is_empty() && self.unchecked.contains(&group_hash(asked))
    }

    /// Is every group there, as far as is known, when the turn of any row comes?
    pub fn is_empty(&self) -> bool {
        self.absent.is_empty()
            && self.unchecked.is_empty()
            && self.events.values().flatten().all(|turn| turn.there)
    }

    /// Returns what is wrong with a row that needs a group which is not there when its turn comes.
    /// `column` tells in which column a group stands.
    pub fn problem(
        &self,
        row: u32,
        change: &Change<'_>,
        column: impl Fn(&str, GroupUse) -> &'static str,
    ) -> Option<Problem> {
        let mut found = None;
        each_needed_group(change, |name, how| {
            if found.is_none()
                && let Some(asked) = asked_group(name)
                && let Some(absence) = self.absence(row, asked)
            {
                found = Some((name, how, absence));
            }
        });
        let (name, how, absence) = found?;
        Some(Problem {
            field: column(name, how),
            reason: "unknown",
            value: name.to_owned(),
            advice: self.advice(&absence, name),
            moot: None,
        })
    }

    /// Why a group is not there when a row's turn comes; `None`: it is, as far as is known.
    fn absence(&self, row: u32, asked: &str) -> Option<Absence<'_>> {
        let turns =
            self.events.get(&group_hash(role_subject(asked))).map_or(&[][..], Vec::as_slice);
        let before = turns.partition_point(|turn| turn.row < row);
        match before.checked_sub(1).map(|last| turns[last]) {
            Some(turn) if turn.there => None,
            Some(turn) => Some(Absence::Gone { row: turn.row }),
            None => self
                .absent
                .get(&group_hash(asked))
                .map(|near| Absence::Unknown { near: near.as_deref() }),
        }
    }

    fn advice(&self, absence: &Absence<'_>, name: &str) -> String {
        match absence {
            Absence::Gone { row } => {
                format!(
                    "is deleted or renamed earlier, by row {}; name a group that exists at that \
                     point",
                    u64::from(*row) + 1
                )
            }
            Absence::Unknown { near } => {
                let source = if self.source.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", self.source)
                };
                let meant = near.map_or_else(String::new, |near| {
                    let prefix = &name[..name.len() - role_subject(name).len()];
                    let near = if near.starts_with('_') {
                        near.to_owned()
                    } else {
                        format!("{prefix}{near}")
                    };
                    format!(". Did you mean `{near}`?")
                });
                let next =
                    if meant.is_empty() { "; correct the name" } else { " Correct the name" };
                let no_names = match self.no_names.as_str() {
                    why if meant.is_empty() && !why.is_empty() => {
                        format!(" (similar names are unknown: {why})")
                    }
                    _ => String::new(),
                };
                format!(
                    "is not a group of the organization{source}{meant}{next}, or create the group \
                     first{no_names}"
                )
            }
        }
    }
}

/// Why a group is not there.
enum Absence<'p> {
    /// An earlier row takes the name away.
    Gone { row: u32 },
    /// It is not in the organization.
    Unknown { near: Option<&'p str> },
}

/// Returns the name most like a wanted one; `None` where none is near.
pub(crate) fn nearest<'n>(
    names: impl IntoIterator<Item = &'n str>,
    wanted: &str,
) -> Option<&'n str> {
    const NEAR: f64 = 0.8;
    let wanted = wanted.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for name in names {
        let likeness = strsim::jaro_winkler(&name.to_lowercase(), &wanted);
        if likeness > NEAR && best.is_none_or(|(so_far, _)| likeness > so_far) {
            best = Some((likeness, name));
        }
    }
    best.map(|(_, name)| name)
}

impl Organization {
    /// Does the list show a group, or a role on something that it shows? `false` proves absence
    /// only where the list shows all groups (`Coverage::ALL_GROUPS`).
    pub fn shows_group(&self, asked: &str) -> bool {
        let subject = role_subject(asked);
        let is_product = || {
            self.groups()
                .iter()
                .any(|group| group.product.as_deref().is_some_and(|name| same_name(name, subject)))
        };
        self.group(asked).is_some()
            || (subject != asked && (self.group(subject).is_some() || is_product()))
    }
}

/// How it is found out whether groups are there that no fresh list tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AskBy {
    /// One question for each name.
    Name,
    /// The list of all groups.
    List,
    /// Nobody: the names are too many, and the list may not be asked for now.
    Nobody,
}

/// Chooses what waits least. `free` is how many questions need not wait, `wait` how long that many
/// names take, and `may_list` says that page 0 of the list of groups may be asked for.
pub(crate) fn ask_by(names: usize, free: usize, wait: Duration, may_list: bool) -> AskBy {
    /// Nobody waits longer for the answers to single questions.
    const LONGEST: Duration = Duration::from_secs(600);
    match () {
        () if names <= free => AskBy::Name,
        () if may_list => AskBy::List,
        () if wait <= LONGEST => AskBy::Name,
        () => AskBy::Nobody,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::UserChange;
    use crate::umapi::ListedGroup;
    use jiff::Timestamp;

    fn adds(group: &str) -> Change<'_> {
        Change::User(UserChange {
            user: "ann@example.com".into(),
            add: vec![group.into()],
            ..UserChange::default()
        })
    }

    fn event(row: u32, needs: &[&str], sets: &[(&str, bool)]) -> GroupEvent {
        GroupEvent {
            file: 0,
            row,
            needs: needs.iter().map(|name| (*name).to_owned()).collect(),
            sets: sets.iter().map(|(name, there)| ((*name).to_owned(), *there)).collect(),
        }
    }

    fn absent(names: &[(&str, Option<&str>)]) -> AbsentGroups {
        let names = names
            .iter()
            .map(|(name, near)| ((*name).to_owned(), near.map(ToOwned::to_owned)))
            .collect();
        AbsentGroups { names, ..AbsentGroups::default() }
    }

    fn advice(presence: &GroupPresence, row: u32, group: &str) -> Option<String> {
        presence.problem(row, &adds(group), |_, _| "groups").map(|problem| problem.advice)
    }

    #[test]
    fn absent_group_is_a_problem_until_a_row_creates_it() {
        let mut uses = GroupUses::default();
        uses.need("New", true);
        uses.event(event(3, &[], &[("new", true)]));
        uses.need("NEW", true);
        let presence = GroupPresence::new(0, &uses, &absent(&[("New", None)]));
        assert!(
            advice(&presence, 2, "new").is_some() && advice(&presence, 2, "_admin_New").is_some()
        );
        assert!(advice(&presence, 3, "New").is_some(), "a row is not before itself");
        assert_eq!(advice(&presence, 4, "NEW"), None);
        let later = absent(&[("New", None), ("Other", None)]).after(0, &uses);
        assert_eq!(later.names.keys().collect::<Vec<_>>(), ["Other"], "a later file finds it");
        assert_eq!(uses.needed().len(), 1);
    }

    #[test]
    fn renamed_and_deleted_groups_are_gone_afterwards() {
        let mut uses = GroupUses::default();
        uses.event(event(0, &["Old"], &[("Old", false), ("New", true)]));
        uses.event(event(2, &["New"], &[("New", false)]));
        let presence = GroupPresence::new(0, &uses, &AbsentGroups::default());
        assert_eq!(
            advice(&presence, 1, "Old").as_deref(),
            Some("is deleted or renamed earlier, by row 1; name a group that exists at that point")
        );
        assert_eq!(advice(&presence, 1, "New"), None);
        assert!(advice(&presence, 3, "New").is_some_and(|advice| advice.contains("by row 3")));
        assert!(!presence.is_empty());
        assert_eq!(
            AbsentGroups::default().after(0, &uses).names.keys().collect::<Vec<_>>(),
            ["New", "Old"]
        );
    }

    #[test]
    fn rows_that_cannot_be_sent_create_nothing() {
        let mut uses = GroupUses::default();
        uses.event(event(0, &["Odl"], &[("Odl", false), ("New", true)]));
        uses.need("New", true);
        let needed: Vec<_> = uses
            .needed()
            .map(|group| (&*group.name, group.creatable, group.is_made_before))
            .collect();
        assert!(
            needed.contains(&("Odl", false, false)) && needed.contains(&("New", false, true)),
            "{needed:?}"
        );
        let presence =
            GroupPresence::new(0, &uses, &absent(&[("Odl", Some("Old")), ("New", None)]));
        assert!(advice(&presence, 1, "New").is_some());
    }

    #[test]
    fn the_nearest_name_keeps_the_role() {
        let presence =
            GroupPresence::new(0, &GroupUses::default(), &absent(&[("Desing", Some("Design"))]));
        let says = |name: &str| advice(&presence, 0, name).unwrap();
        assert_eq!(
            says("Desing"),
            "is not a group of the organization. Did you mean `Design`? Correct the name, or create \
             the group first"
        );
        assert!(says("_admin_Desing").contains("Did you mean `_admin_Design`?"));
        assert_eq!(nearest(["Video", "Design", "Designers"], "DESING"), Some("Design"));
        assert_eq!(nearest(["Video"], "Desing"), None);
    }

    #[test]
    fn roles_on_products_are_shown_by_the_product_or_the_role() {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        all.add_group(&ListedGroup {
            name: "All Apps".into(),
            product_name: "Cloud".into(),
            ..ListedGroup::default()
        });
        all.add_group(&ListedGroup {
            name: "_product_admin_Stock".into(),
            ..ListedGroup::default()
        });
        for name in
            ["all apps", "_developer_All Apps", "_product_admin_cloud", "_PRODUCT_admin_Stock"]
        {
            assert!(all.shows_group(name), "{name}");
        }
        assert!(!all.shows_group("Cloud") && !all.shows_group("_product_admin_Photoshop"));
    }

    #[test]
    fn what_waits_least_is_asked() {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        assert_eq!(ask_by(25, 25, minutes(0), true), AskBy::Name);
        assert_eq!(ask_by(26, 25, minutes(1), true), AskBy::List);
        assert_eq!(ask_by(26, 25, minutes(1), false), AskBy::Name);
        assert_eq!(ask_by(500, 25, minutes(19), false), AskBy::Nobody);
    }
}
