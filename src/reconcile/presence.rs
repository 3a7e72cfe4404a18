//! Which groups exist while rows are carried out. A missing group would fail in every row that
//! names it, after the row's user has been created.
//!
//! In: the groups that the rows of all files name and change, in order ([`GroupUses`]), and those
//! that do not exist before anything is sent. Out: the problem of a row
//! ([`GroupPresence::problem`]). Pure.

use super::needed_groups::{GroupEvent, GroupUses};
use crate::change::{
    Change, GroupUse, Problem, asked_group, each_needed_group, group_hash, role_subject, same_name,
};
use crate::organization::Organization;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The groups that do not exist before the rows of a file are sent, each with a similar name that
/// may be meant.
///
/// They are stored with a run, so that the run treats every row in the same way when it is resumed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsentGroups {
    /// The groups by name.
    pub names: BTreeMap<String, Option<String>>,
    /// The source, in words; empty if the server was asked.
    pub source: String,
    /// Why similar names are unknown; empty if a list has the names.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub no_names: String,
    /// The hash of the names that were checked; `None` if none were. A part of a file names fewer
    /// groups than the whole.
    #[serde(default)]
    pub looked_for: Option<u64>,
    /// Groups that could not be checked.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unchecked: BTreeSet<String>,
}

impl AbsentGroups {
    /// Whether the same names were checked. A result for some names says nothing about others.
    pub fn covers(&self, uses: &GroupUses) -> bool {
        self.looked_for.is_none_or(|names| names == uses.fingerprint())
    }

    /// Returns the groups that do not exist after the rows of this file.
    #[must_use]
    pub fn after(&self, file: u32, uses: &GroupUses) -> Self {
        let presence = GroupPresence::new(file, uses, self);
        // Names are compared by hash, because a chain of renames has as many missing names as rows.
        let mut names: HashMap<u64, (String, Option<String>)> = self
            .names
            .iter()
            .map(|(name, near)| (group_hash(name), (name.clone(), near.clone())))
            .collect();
        for event in uses.events().filter(|event| event.file == file && presence.is_sent(event)) {
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

    /// Returns the groups that do not exist after the rest of a file, if a part of it was sent
    /// before. `begun` are the groups that did not exist when it began.
    #[must_use]
    pub fn after_rest(&self, begun: &Self, file: u32, uses: &GroupUses) -> Self {
        self.with_changed_from(&begun.after(file, uses), file, uses)
    }

    /// Returns these groups, with what `other` says about the groups that rows of a file create,
    /// rename or delete, and about those that these rows need.
    #[must_use]
    pub fn with_changed_from(&self, other: &Self, file: u32, uses: &GroupUses) -> Self {
        let own = uses.events().filter(|event| event.file == file);
        let names = own.flat_map(|event| {
            event.sets.iter().map(|(name, _)| name).chain(&event.needs).map(|name| group_hash(name))
        });
        let changed: HashSet<u64> = names.collect();
        let is_changed =
            |(name, _): &(&String, &Option<String>)| changed.contains(&group_hash(name));
        let names = self.names.iter().filter(|name| !is_changed(name));
        let names = names.chain(other.names.iter().filter(is_changed));
        let names = names.map(|(name, near)| (name.clone(), near.clone())).collect();
        Self { names, ..self.clone() }
    }
}

/// Which groups exist when a row of a file is carried out.
#[derive(Debug, Default)]
pub struct GroupPresence {
    absent: HashMap<u64, Option<String>>,
    source: String,
    /// Whether the names of other groups are unknown.
    knows_no_names: bool,
    events: HashMap<u64, Vec<PresenceChange>>,
    unchecked: HashSet<u64>,
    begun: HashSet<u32>,
}

/// The row after which a group exists or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PresenceChange {
    row: u32,
    there: bool,
}

impl GroupPresence {
    /// Applies the rows of a file that create, rename and delete groups. A row that cannot be sent,
    /// because it needs a missing group, changes nothing.
    pub fn new(file: u32, uses: &GroupUses, absent: &AbsentGroups) -> Self {
        let by_hash =
            absent.names.iter().map(|(name, near)| (group_hash(name), near.clone())).collect();
        let unchecked = absent.unchecked.iter().map(|name| group_hash(name)).collect();
        let mut presence = Self {
            absent: by_hash,
            source: absent.source.clone(),
            knows_no_names: !absent.no_names.is_empty(),
            unchecked,
            ..Self::default()
        };
        for event in uses.events().filter(|event| event.file == file) {
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

    /// Leaves rows, from 0, of which something was sent to the server: the groups that they need
    /// were there then.
    #[must_use]
    pub fn with_begun(self, begun: HashSet<u32>) -> Self {
        Self { begun, ..self }
    }

    /// Whether it is unknown if this group exists, by the name to ask the server for.
    pub fn is_unchecked(&self, asked: &str) -> bool {
        !self.unchecked.is_empty() && self.unchecked.contains(&group_hash(asked))
    }

    /// Whether a group or role does not exist for a row, also for one that was sent before.
    pub(crate) fn lacks(&self, row: u32, name: &str) -> bool {
        self.absence_of(row, name).is_some()
    }

    /// Whether every group exists, as far as known, for every row.
    pub fn is_empty(&self) -> bool {
        self.absent.is_empty()
            && self.unchecked.is_empty()
            && self.events.values().flatten().all(|turn| turn.there)
    }

    /// Returns the problem of a row that needs a group which does not exist when the row is carried
    /// out. `column` returns the column of a group.
    pub fn problem(
        &self,
        row: u32,
        change: &Change<'_>,
        column: impl Fn(&str, GroupUse) -> &'static str,
    ) -> Option<Problem> {
        if self.begun.contains(&row) {
            return None;
        }
        let mut found = None;
        each_needed_group(change, |name, how| {
            if found.is_none()
                && let Some(absence) = self.absence_of(row, name)
            {
                found = Some((name, how, absence));
            }
        });
        let (name, how, absence) = found?;
        let mut advice = self.advice(&absence, name);
        let mut names = Vec::new();
        each_needed_group(change, |other, other_how| {
            if column(other, other_how) == column(name, how) {
                names.push(other);
            }
        });
        if let Some(words) = self.one_name_words(row, &absence, name, &names) {
            advice.push_str(&words);
        }
        Some(Problem {
            field: column(name, how),
            reason: "unknown",
            value: name.to_owned(),
            advice,
            waivable: None,
        })
    }

    /// Returns what to write if a name and the next one of its column, which do not exist, are one
    /// name that contains a comma: a group is called so, or the names of groups are unknown.
    fn one_name_words(
        &self,
        row: u32,
        absence: &Absence<'_>,
        name: &str,
        names: &[&str],
    ) -> Option<String> {
        let at = names.iter().position(|other| *other == name)?;
        let next = names.get(at + 1).filter(|next| self.absence_of(row, next).is_some())?;
        let one = format!("{name}, {next}");
        let may_be_one = match absence {
            Absence::Unknown { near: Some(near) } => same_name(near, &one),
            Absence::Unknown { near: None } => self.knows_no_names,
            Absence::Gone { .. } => false,
        };
        let list = [&names[..at], &[one.as_str()], &names[at + 2..]].concat();
        let cell = serde_json::json!(list);
        may_be_one.then(|| format!(". If `{one}` is one name, write the cell as {cell}"))
    }

    /// Returns why a group or role does not exist for a row.
    fn absence_of(&self, row: u32, name: &str) -> Option<Absence<'_>> {
        self.absence(row, asked_group(name)?)
    }

    /// Returns why a group does not exist for a row; `None` if it does, as far as known.
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
                // That similar names are unknown is said once, for all rows.
                format!(
                    "is not a group of the organization{source}{meant}{next}, or create the group \
                     first"
                )
            }
        }
    }
}

/// Why a group does not exist.
enum Absence<'p> {
    /// An earlier row removes the name.
    Gone { row: u32 },
    /// The organization has no such group.
    Unknown { near: Option<&'p str> },
}

/// Returns the name that is most similar to a wanted one; `None` if none is similar.
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
    /// Whether the list shows a group, or a role on a group that it shows. `false` proves absence
    /// only if the list shows all groups (`Coverage::ALL_GROUPS`).
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
        uses.need(0, "New", true);
        uses.event(event(3, &[], &[("new", true)]));
        uses.need(0, "NEW", true);
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
    fn result_for_some_names_says_nothing_about_others() {
        let mut uses = GroupUses::default();
        uses.need(0, "Design", false);
        let checked =
            AbsentGroups { looked_for: Some(uses.fingerprint()), ..AbsentGroups::default() };
        assert!(checked.covers(&uses) && AbsentGroups::default().covers(&uses));
        uses.need(0, "Print", false);
        assert!(!checked.covers(&uses));
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
        uses.need(0, "New", true);
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
            "is not a group of the organization. Did you mean `Design`? Correct the name, or \
             create the group first"
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

    /// A row that was sent before is not refused, but what it needs may be missing all the same.
    #[test]
    fn group_is_lacking_also_for_a_row_that_has_begun() {
        let presence = GroupPresence::new(0, &GroupUses::default(), &absent(&[("New", None)]))
            .with_begun(HashSet::from([4]));
        assert!(presence.lacks(4, "new") && presence.lacks(4, "_admin_New"));
        assert!(!presence.lacks(4, "Design"));
        assert_eq!(advice(&presence, 4, "New"), None);
        assert!(advice(&presence, 5, "New").is_some());
    }

    fn advice_of_all(presence: &GroupPresence, groups: &[&str]) -> String {
        let add = groups.iter().map(|group| (*group).into()).collect();
        let change =
            Change::User(UserChange { user: "a@x.com".into(), add, ..UserChange::default() });
        presence.problem(0, &change, |_, _| "groups").unwrap().advice
    }

    /// Names of groups may contain the separator of lists.
    #[test]
    fn two_missing_names_that_are_one_name_are_proposed_as_one() {
        let uses = GroupUses::default();
        let near = absent(&[("Design", Some("Design, Print")), ("Print", None)]);
        let presence = GroupPresence::new(0, &uses, &near);
        let words = advice_of_all(&presence, &["Video", "Design", "Print", "Sales"]);
        let cell = r#"write the cell as ["Video","Design, Print","Sales"]"#;
        assert!(words.ends_with(cell), "{words}");
        let other = absent(&[("Design", Some("Designs")), ("Print", None)]);
        let words = advice_of_all(&GroupPresence::new(0, &uses, &other), &["Design", "Print"]);
        assert!(!words.contains("write the cell"), "another name is meant: {words}");
        let known = absent(&[("Design", None), ("Print", None)]);
        let words = advice_of_all(&GroupPresence::new(0, &uses, &known), &["Design", "Print"]);
        assert_eq!(
            words,
            "is not a group of the organization; correct the name, or create the group first",
            "no group is called so"
        );
        let unknown = AbsentGroups { no_names: "they were not asked for".to_owned(), ..known };
        let presence = GroupPresence::new(0, &uses, &unknown);
        let words = advice_of_all(&presence, &["Design", "Print"]);
        assert!(words.contains(r#"write the cell as ["Design, Print"]"#), "{words}");
        assert!(!words.contains("similar names"), "that is said once for all rows: {words}");
        let words = advice_of_all(&presence, &["Design", "Sales"]);
        assert!(!words.contains("write the cell"), "the next one exists: {words}");
    }

    #[test]
    fn rest_of_a_file_keeps_what_other_files_need() {
        let mut uses = GroupUses::default();
        uses.event(event(0, &["Old"], &[("New", true)]));
        uses.event(GroupEvent { file: 1, ..event(0, &[], &[("Later", true)]) });
        let own = absent(&[("New", None), ("Old", None), ("Later", None), ("Own", None)]);
        let other = absent(&[("Later", None), ("Other", None), ("Old", Some("Odl"))]);
        let merged = own.with_changed_from(&other, 0, &uses);
        let names: Vec<_> =
            merged.names.iter().map(|(name, near)| (&**name, near.as_deref())).collect();
        assert_eq!(names, [("Later", None), ("Old", Some("Odl")), ("Own", None)]);
    }

    #[test]
    fn only_the_rows_of_a_file_change_groups_for_the_files_after_it() {
        let mut uses = GroupUses::default();
        uses.event(event(0, &[], &[("Design", true)]));
        uses.event(GroupEvent { file: 1, ..event(0, &[], &[("Print", true)]) });
        uses.event(event(1, &["Nothing"], &[("Sales", true)]));
        let before =
            absent(&[("Design", None), ("Print", None), ("Nothing", None), ("Sales", None)]);
        let names = |groups: &AbsentGroups| groups.names.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&before.after(0, &uses)), ["Nothing", "Print", "Sales"]);
        // A part of the file was sent before: what it has made is there.
        let now = absent(&[("Print", None), ("Nothing", None), ("Sales", None)]);
        assert_eq!(names(&now.after_rest(&before, 0, &uses)), ["Nothing", "Print", "Sales"]);
    }

    #[test]
    fn organization_without_missing_groups_needs_no_look_at_the_rows() {
        let uses = GroupUses::default();
        assert!(GroupPresence::new(0, &uses, &absent(&[])).is_empty());
        assert!(!GroupPresence::new(0, &uses, &absent(&[("New", None)])).is_empty());
        let unchecked = BTreeSet::from(["New".to_owned()]);
        let unchecked = AbsentGroups { unchecked, ..AbsentGroups::default() };
        assert!(!GroupPresence::new(0, &uses, &unchecked).is_empty());
    }

    #[test]
    fn first_of_the_most_similar_names_is_proposed() {
        assert_eq!(nearest(["Desin", "Design", "Desing"], "Design"), Some("Design"));
        assert_eq!(nearest(["Designa", "Designb"], "Design"), Some("Designa"));
    }
}
