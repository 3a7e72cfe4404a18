//! What the page of a run says about its rows, gathered while their results are written.

use super::html::{AttentionRow, CodeExamples, GroupMoves, RunPage, TouchedRole};
use crate::change::{Change, EffectCounts, Memberships, RowEffect, UserChange, is_administrative};
use crate::execute::{InputRows, Outcome, OutcomeStatus};
use crate::table::{Block, Field, RowBuffer};
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
    roles: Vec<TouchedRole>,
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
        } else if outcome.status == OutcomeStatus::Ok && outcome.effect != RowEffect::NONE {
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
        let who = match block.cells(index, &mut self.buffer) {
            Ok(cells) => [Field::Email, Field::Username, Field::Group]
                .into_iter()
                .map(|field| cells.get(field).trim())
                .find(|cell| !cell.is_empty())
                .unwrap_or_default()
                .to_owned(),
            Err(_) => String::new(),
        };
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
        let line = block.frame(index).line;
        let mut buffer = std::mem::take(&mut self.buffer);
        if let Some(Ok(change)) = input_rows.evaluate_detailed(block, index, &mut buffer) {
            match &change {
                Change::User(user) => {
                    self.take_memberships(user, effect);
                    let list = input_rows.baseline.map(|baseline| &*baseline.organization);
                    let held = list.and_then(|list| list.user(user.user_ref()));
                    let held: Vec<&str> = held
                        .into_iter()
                        .flat_map(crate::organization::OrgUser::group_names)
                        .filter(|name| is_administrative(name))
                        .collect();
                    let what = touched(user, &held);
                    if !what.is_empty() && self.roles.len() < MOST_NAMES {
                        self.roles.push(TouchedRole { who: user.user.to_string(), line, what });
                    }
                }
                Change::Group(group) => {
                    let (joined, left) = (group.add_users.len(), group.remove_users.len());
                    self.moves(&group.group, joined as u64, left as u64);
                }
            }
        }
        self.buffer = buffer;
    }

    fn take_memberships(&mut self, user: &UserChange<'_>, effect: RowEffect) {
        let (joined, left) = effect.moves();
        if joined > 0 {
            user.add.iter().for_each(|name| self.moves(name, 1, 0));
        }
        if left > 0
            && let Some(Memberships::Named(names)) = &user.remove
        {
            names.iter().for_each(|name| self.moves(name, 0, 1));
        }
    }

    fn moves(&mut self, group: &str, joined: u64, left: u64) {
        let is_room = self.groups.len() < MOST_NAMES || self.groups.contains_key(group);
        if is_room && joined + left > 0 {
            let (all_joined, all_left) = self.groups.entry(group.to_owned()).or_default();
            *all_joined += joined;
            *all_left += left;
        }
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
            roles: self.roles,
            rows: self.rows,
            attention: self.attention,
            ..RunPage::default()
        }
    }
}

/// Says which roles of an administrator a row has given or taken; empty for most rows. `held` are
/// the roles that the user had before, according to a list.
fn touched(user: &UserChange<'_>, held: &[&str]) -> String {
    let roles = |names: &[std::borrow::Cow<'_, str>]| {
        let roles: Vec<&str> =
            names.iter().map(AsRef::as_ref).filter(|name| is_administrative(name)).collect();
        roles.join(", ")
    };
    let mut what = Vec::new();
    let given = roles(&user.add);
    if !given.is_empty() {
        what.push(format!("got {given}"));
    }
    match &user.remove {
        Some(Memberships::Named(names)) => {
            let taken = roles(names);
            if !taken.is_empty() {
                what.push(format!("lost {taken}"));
            }
        }
        Some(Memberships::All) if !held.is_empty() => {
            what.push(format!("lost all memberships, with {}", held.join(", ")));
        }
        _ => {}
    }
    if user.leave.is_some() && !held.is_empty() {
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
        assert_eq!(touched(&user(&["Design", "_developer_All"], None), &[]), "");
        assert_eq!(touched(&user(&["Design", "_admin_Design"], None), &[]), "got _admin_Design");
        let taken = Memberships::Named(vec!["_support_admin".into(), "Art".into()]);
        assert_eq!(touched(&user(&[], Some(taken)), &[]), "lost _support_admin");
        let all = user(&[], Some(Memberships::All));
        assert_eq!(touched(&all, &[]), "");
        assert_eq!(touched(&all, &["_org_admin"]), "lost all memberships, with _org_admin");
    }
}
