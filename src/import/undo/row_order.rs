//! Orders the rows about users, so that a name is free before another user gets it.
//!
//! In: the rows in the reverse order of the file. Out: the same rows in an order that works. A row
//! whose name cannot become free is dropped, or loses its new name. Pure.

use super::done_row::DoneRow;
use super::not_undone::{NotUndone, WhyNotUndone};
use super::now::PresentState;
use super::undo_row::UndoRow;
use super::user_name::UserName;
use crate::change::IdentityType;
use crate::umapi::AccountKind;
use std::collections::HashMap;

/// The rows in order, and what had to be dropped.
#[derive(Debug, Default)]
pub(crate) struct OrderedRows {
    pub(crate) rows: Vec<UndoRow>,
    pub(crate) refused: Vec<NotUndone>,
}

/// Whether a row has its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placed {
    No,
    /// It waits for the rows that free its names.
    Waits,
    Yes,
}

/// The rows while they get their places.
struct Ordering<'o> {
    rows: Vec<UndoRow>,
    placed: Vec<Placed>,
    /// The rows that free a name.
    frees: HashMap<UserName, usize>,
    now: &'o PresentState,
    order: Vec<usize>,
    refused: Vec<NotUndone>,
}

/// Orders rows about users.
pub(crate) fn in_order(rows: Vec<UndoRow>, now: &PresentState) -> OrderedRows {
    let mut frees = HashMap::new();
    for (place, row) in rows.iter().enumerate() {
        for name in freed_by(row, now) {
            frees.insert(name.key(), place);
        }
    }
    let count = rows.len();
    let placed = vec![Placed::No; count];
    let mut all = Ordering { rows, placed, frees, now, order: Vec::new(), refused: Vec::new() };
    (0..count).for_each(|place| all.place(place));
    let Ordering { rows, order, refused, .. } = all;
    let mut rows: Vec<Option<UndoRow>> = rows.into_iter().map(Some).collect();
    let rows = order.into_iter().filter_map(|place| rows[place].take());
    OrderedRows { rows: rows.filter(UndoRow::changes).collect(), refused }
}

impl Ordering<'_> {
    /// Places a row behind the rows that free its names. Chains are short: a name was given on by a
    /// row for each link.
    fn place(&mut self, first: usize) {
        let mut stack = vec![first];
        while let Some(place) = stack.last().copied() {
            if self.placed[place] == Placed::Yes {
                stack.pop();
                continue;
            }
            self.placed[place] = Placed::Waits;
            match self.waits_for(place) {
                Some(other) => stack.push(other),
                None => {
                    self.placed[place] = Placed::Yes;
                    self.order.push(place);
                    stack.pop();
                }
            }
        }
    }

    /// Returns a row that must come before; drops names that cannot become free.
    fn waits_for(&mut self, place: usize) -> Option<usize> {
        for name in taken_by(&self.rows[place]) {
            if self.now.is_free(&name) || is_own(&self.rows[place], &name, self.now) {
                continue;
            }
            match self.frees.get(&name.key()).copied() {
                Some(other) if other == place => {}
                Some(other) => match self.placed[other] {
                    Placed::No => return Some(other),
                    Placed::Yes => {}
                    Placed::Waits => self.drop_names(place, &WhyNotUndone::NamesExchanged),
                },
                None => self.drop_names(place, &WhyNotUndone::NameTaken { name: name.user }),
            }
        }
        None
    }

    /// Drops the new names of a row, or a row that creates a user.
    fn drop_names(&mut self, place: usize, why: &WhyNotUndone) {
        for name in freed_by(&self.rows[place], self.now) {
            self.frees.remove(&name.key());
        }
        let row = &mut self.rows[place];
        let of: Vec<DoneRow> = row.of.clone();
        self.refused.push(why.about(row.who(), &of));
        if row.action == "create" {
            // A row that changes nothing is dropped.
            *row = UndoRow { action: "update", ..UndoRow::default() };
        } else {
            (row.new_email, row.new_username) = (String::new(), String::new());
        }
    }
}

fn account(row: &UndoRow) -> AccountKind {
    match IdentityType::from_name(&row.identity) {
        Some(IdentityType::Adobe) => AccountKind::Adobe,
        _ => AccountKind::Own,
    }
}

/// Returns the name of the user of a row, with which the organization shows the user now.
fn named(row: &UndoRow) -> UserName {
    match row.email.is_empty() {
        true => UserName::new(&row.username, Some(&row.domain), account(row)),
        false => UserName::new(&row.email, None, account(row)),
    }
}

/// Returns the names that nobody has after a row.
fn freed_by(row: &UndoRow, now: &PresentState) -> Vec<UserName> {
    if row.action == "create" {
        return Vec::new();
    }
    let name = named(row);
    let all = &now.organization;
    let Some(person) = all.user(name.user_ref()) else {
        return Vec::new();
    };
    let user = super::recorded_user::RecordedUser::of(person);
    let names = UserName::all_of(&user, name.account);
    let is_freed = |own: &UserName| match row.action {
        "delete" => true,
        _ if own.domain.is_some() => !row.new_username.is_empty() || !row.new_email.is_empty(),
        _ => !row.new_email.is_empty(),
    };
    names.into_iter().filter(is_freed).collect()
}

/// Returns the names that a row gives to its user.
fn taken_by(row: &UndoRow) -> Vec<UserName> {
    let account = account(row);
    let mut names = Vec::new();
    let (email, username) = match row.action {
        "create" => (&row.email, &row.username),
        _ => (&row.new_email, &row.new_username),
    };
    if !email.is_empty() {
        names.push(UserName::new(email, None, account));
    }
    if !username.is_empty() && !username.contains('@') && !row.domain.is_empty() {
        names.push(UserName::new(username, Some(&row.domain), account));
    }
    names
}

/// Whether the user of a row has this name already.
fn is_own(row: &UndoRow, name: &UserName, now: &PresentState) -> bool {
    let own = named(row);
    let find = |name: &UserName| now.organization.user(name.user_ref());
    row.action != "create" && find(&own).is_some() && find(&own) == find(name)
}
