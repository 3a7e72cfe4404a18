//! What the page of a run says about its rows, gathered while their results are written.

use super::html::{AttentionRow, CodeExamples, GroupMoves, RunPage, TouchedRole};
use crate::change::{
    Change, EffectCounts, EffectPart, Memberships, RowEffect, UserChange, is_administrative,
};
use crate::execute::{InputRows, Outcome};
use crate::table::{Block, RowBuffer};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The most rows of which a page says more than their number.
const MOST_ROWS: usize = 100_000;
/// The most groups and roles.
const MOST_NAMES: usize = 10_000;
/// The rows that stand as examples of a code.
const EXAMPLES: usize = 3;

/// The rows of a run, as far as its page speaks of them.
#[derive(Debug, Default)]
pub(crate) struct RunRows {
    statuses: BTreeMap<&'static str, u64>,
    /// The rows and requests of each second since 1970.
    seconds: BTreeMap<i64, (u64, u64)>,
    /// The requests that are counted.
    requests: HashSet<u32>,
    codes: HashMap<String, CodeExamples>,
    groups: HashMap<String, (u64, u64)>,
    /// Memberships that were added and removed in groups that are not named.
    unnamed: (u64, u64),
    roles: Vec<TouchedRole>,
    more_roles: u64,
    /// Rows that may have taken a role which nothing shows.
    unseen_roles: u64,
    rows: Vec<AttentionRow>,
    attention: u64,
    buffer: RowBuffer,
}

impl RunRows {
    /// Takes a row with its outcome, and the message as the results have it.
    pub(super) fn take(
        &mut self,
        input_rows: &InputRows<'_>,
        (block, index): (&Block, usize),
        (outcome, message): (&Outcome, &str),
    ) {
        *self.statuses.entry(outcome.status.name()).or_default() += 1;
        self.take_time(outcome);
        if outcome.status.needs_fixing() {
            self.take_attention((block, index), (outcome, message));
        }
        // A row that failed may have been carried out in part.
        if outcome.effect != RowEffect::NONE {
            self.take_change(input_rows, (block, index), outcome.effect);
        }
    }

    fn take_time(&mut self, outcome: &Outcome) {
        let Some(at) = outcome.finished_at else { return };
        let is_new = outcome.request.is_some_and(|request| self.requests.insert(request));
        let (rows, requests) = self.seconds.entry(at.as_second()).or_default();
        *rows += 1;
        *requests += u64::from(is_new);
    }

    fn take_attention(
        &mut self,
        (block, index): (&Block, usize),
        (outcome, message): (&Outcome, &str),
    ) {
        self.attention += 1;
        let code = &outcome.reason.code;
        let examples = self.codes.get(code).map_or(0, |known| known.examples.len());
        if examples >= EXAMPLES && self.rows.len() >= MOST_ROWS {
            if let Some(known) = self.codes.get_mut(code) {
                known.rows += 1;
            }
            return;
        }
        let cells = block.cells(index, &mut self.buffer);
        let who = cells.map_or_else(|_| String::new(), |cells| cells.who().to_owned());
        let row = AttentionRow {
            line: block.frame(index).line,
            status: outcome.status.name(),
            who,
            code: code.clone(),
            message: message.to_owned(),
        };
        let known = self.codes.entry(code.clone()).or_insert_with(|| CodeExamples {
            code: code.clone(),
            rows: 0,
            examples: Vec::new(),
        });
        known.rows += 1;
        if known.examples.len() < EXAMPLES {
            known.examples.push(row.clone());
        }
        if self.rows.len() < MOST_ROWS {
            self.rows.push(row);
        }
    }

    /// Takes what a row has changed.
    fn take_change(
        &mut self,
        input_rows: &InputRows<'_>,
        (block, index): (&Block, usize),
        effect: RowEffect,
    ) {
        let mut buffer = std::mem::take(&mut self.buffer);
        if let Some(Ok(change)) = input_rows.evaluate_detailed(block, index, &mut buffer) {
            match &change {
                Change::User(user) => {
                    self.take_memberships(user, effect);
                    let list = input_rows.baseline.map(|baseline| &*baseline.organization);
                    let held = list.and_then(|list| list.user(user.user_ref()));
                    let held: Option<Vec<&str>> = held.map(|user| {
                        user.group_names().filter(|name| is_administrative(name)).collect()
                    });
                    self.take_roles(user, effect, held.as_deref(), block.frame(index).line);
                }
                Change::Group(group) => {
                    let (joined, left) = effect.moves();
                    self.moves(&group.group, joined.into(), left.into());
                }
            }
        }
        self.buffer = buffer;
    }

    fn take_roles(
        &mut self,
        user: &UserChange<'_>,
        effect: RowEffect,
        held: Option<&[&str]>,
        line: u64,
    ) {
        let what = touched(user, effect, held.unwrap_or_default());
        let all = [EffectPart::LeftAll, EffectPart::Removed, EffectPart::AccountDeleted];
        let takes_all = all.into_iter().any(|part| effect.has(part));
        self.unseen_roles += u64::from(what.is_empty() && takes_all && held.is_none());
        if what.is_empty() {
            return;
        }
        if self.roles.len() < MOST_NAMES {
            self.roles.push(TouchedRole { who: user.user.to_string(), line, what });
        } else {
            self.more_roles += 1;
        }
    }

    /// Takes the memberships of a user. The effect of a row is a number: it belongs to the groups
    /// of the row only if it is that of all of them.
    fn take_memberships(&mut self, user: &UserChange<'_>, effect: RowEffect) {
        let (joined, left) = effect.moves();
        let (joined, left) = (usize::from(joined), usize::from(left));
        if joined == user.add.len() {
            user.add.iter().for_each(|name| self.moves(name, 1, 0));
        } else {
            self.unnamed.0 += joined as u64;
        }
        match &user.remove {
            Some(Memberships::Named(names)) if left == names.len() => {
                names.iter().for_each(|name| self.moves(name, 0, 1));
            }
            _ => self.unnamed.1 += left as u64,
        }
    }

    fn moves(&mut self, group: &str, joined: u64, left: u64) {
        let is_room = self.groups.len() < MOST_NAMES || self.groups.contains_key(group);
        let (all_joined, all_left) = match is_room {
            true if joined + left == 0 => return,
            true => self.groups.entry(group.to_owned()).or_default(),
            false => &mut self.unnamed,
        };
        *all_joined += joined;
        *all_left += left;
    }

    /// Returns the page of the run, with what was done. The rest is up to the caller.
    pub(crate) fn into_page(self, effects: &EffectCounts) -> RunPage {
        let mut codes: Vec<CodeExamples> = self.codes.into_values().collect();
        codes.sort_by(|one, other| other.rows.cmp(&one.rows).then(one.code.cmp(&other.code)));
        let mut groups: Vec<GroupMoves> = self
            .groups
            .into_iter()
            .map(|(group, (joined, left))| GroupMoves { group, joined, left })
            .collect();
        let all = |moves: &GroupMoves| moves.joined + moves.left;
        groups.sort_by(|one, other| all(other).cmp(&all(one)).then(one.group.cmp(&other.group)));
        let differences = effects.differences().map(|(facet, rows)| (facet.word(), rows));
        RunPage {
            statuses: self.statuses,
            effects: effects.done().chain(differences).collect(),
            seconds: self
                .seconds
                .into_iter()
                .map(|(at, (rows, requests))| (at, rows, requests))
                .collect(),
            codes,
            groups,
            unnamed_moves: self.unnamed,
            roles: self.roles,
            more_roles: self.more_roles,
            unseen_roles: self.unseen_roles,
            rows: self.rows,
            attention: self.attention,
            ..RunPage::default()
        }
    }
}

/// Says which roles of an administrator a row has given or taken; empty for most rows. `held` are
/// the roles that the user had before, according to a list.
fn touched(user: &UserChange<'_>, effect: RowEffect, held: &[&str]) -> String {
    let roles = |names: &[std::borrow::Cow<'_, str>]| {
        let roles: Vec<&str> =
            names.iter().map(AsRef::as_ref).filter(|name| is_administrative(name)).collect();
        roles.join(", ")
    };
    // Nobody knows which of several memberships a row has changed, if it has not changed all.
    let verb = |changed: u16, all: usize, sure: &'static str, perhaps: &'static str| match changed {
        0 => None,
        _ if usize::from(changed) == all => Some(sure),
        _ => Some(perhaps),
    };
    let (joined, left) = effect.moves();
    let mut what = Vec::new();
    let given = roles(&user.add);
    if let Some(verb) = verb(joined, user.add.len(), "got", "got, or had before,")
        && !given.is_empty()
    {
        what.push(format!("{verb} {given}"));
    }
    match &user.remove {
        Some(Memberships::Named(names)) => {
            let taken = roles(names);
            if let Some(verb) = verb(left, names.len(), "lost", "lost, or did not have,")
                && !taken.is_empty()
            {
                what.push(format!("{verb} {taken}"));
            }
        }
        Some(Memberships::All) if !held.is_empty() && effect.has(EffectPart::LeftAll) => {
            what.push(format!("lost all groups, with {}", held.join(", ")));
        }
        _ => {}
    }
    let has_left = [EffectPart::Removed, EffectPart::AccountDeleted];
    if has_left.into_iter().any(|part| effect.has(part)) && !held.is_empty() {
        what.push(format!("left the organization, with {}", held.join(", ")));
    }
    what.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_roles_of_administrators_are_named() {
        let user = |add: &[&'static str], remove: Option<Memberships<'static>>| UserChange {
            add: add.iter().map(|name| (*name).into()).collect(),
            remove,
            ..UserChange::default()
        };
        let moved = |joined, left| RowEffect::NONE.joined(joined).left(left);
        let part = |part| RowEffect::NONE.with(part);
        assert_eq!(touched(&user(&["Design", "_developer_All"], None), moved(2, 0), &[]), "");
        let both = user(&["Design", "_admin_Design"], None);
        assert_eq!(touched(&both, moved(2, 0), &[]), "got _admin_Design");
        assert_eq!(touched(&both, moved(1, 0), &[]), "got, or had before, _admin_Design");
        assert_eq!(touched(&both, part(EffectPart::Created), &[]), "");
        let taken =
            user(&[], Some(Memberships::Named(vec!["_support_admin".into(), "Art".into()])));
        assert_eq!(touched(&taken, moved(0, 2), &[]), "lost _support_admin");
        let all = user(&[], Some(Memberships::All));
        let left_all = part(EffectPart::LeftAll);
        assert_eq!(touched(&all, left_all, &[]), "");
        assert_eq!(touched(&all, left_all, &["_org_admin"]), "lost all groups, with _org_admin");
    }

    /// A name is counted only if it is certain that this membership was added.
    #[test]
    fn memberships_are_counted_by_name_where_all_of_a_row_were_added() {
        let user = UserChange {
            add: vec!["Design".into(), "Art".into()],
            remove: Some(Memberships::All),
            ..UserChange::default()
        };
        let mut rows = RunRows::default();
        rows.take_memberships(&user, RowEffect::NONE.joined(2));
        rows.take_memberships(&user, RowEffect::NONE.joined(1).left(3));
        assert_eq!(rows.groups["Design"], (1, 0));
        assert_eq!((rows.groups.len(), rows.unnamed), (2, (1, 3)));
    }
}
