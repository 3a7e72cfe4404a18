//! Tests of plans of a few rows.

mod commands;
mod footprints;
mod headcounts;
mod keys;
mod orders;
mod schedules;

use super::*;
use crate::change::{
    Change, CreateGroup, CreateUser, GroupChange, IdentityType, IfExists, Leave, Memberships,
    UpdateGroup, UpdateUser, UserChange,
};
use std::borrow::Cow;

fn texts(names: &[&str]) -> Vec<Cow<'static, str>> {
    names.iter().map(|name| Cow::Owned((*name).to_owned())).collect()
}

fn user(name: &str) -> UserChange<'static> {
    UserChange { user: name.to_owned().into(), ..UserChange::default() }
}

fn created(name: &str, if_exists: IfExists) -> UserChange<'static> {
    let create = CreateUser {
        identity: IdentityType::Federated,
        email: name.to_owned().into(),
        firstname: Some("Ann".into()),
        lastname: None,
        country: None,
        if_exists,
    };
    UserChange { create: Some(create), ..user(name) }
}

fn creation(name: &str) -> Change<'static> {
    Change::User(created(name, IfExists::Ignore))
}

/// Makes a change that adds a user to groups.
pub(super) fn joining(name: &str, groups: &[&str]) -> Change<'static> {
    Change::User(UserChange { add: texts(groups), ..user(name) })
}

fn leaving(name: &str, groups: &[&str]) -> Change<'static> {
    Change::User(UserChange { remove: Some(Memberships::Named(texts(groups))), ..user(name) })
}

/// Makes a change that removes a user from all groups.
pub(super) fn losing_all(name: &str) -> Change<'static> {
    Change::User(UserChange { remove: Some(Memberships::All), ..user(name) })
}

/// Makes a change that removes a user, or deletes the account.
pub(super) fn removal(name: &str, leave: Leave) -> Change<'static> {
    Change::User(UserChange { leave: Some(leave), ..user(name) })
}

fn updated(name: &str, update: UpdateUser<'static>) -> Change<'static> {
    Change::User(UserChange { update: Some(update), ..user(name) })
}

fn first_name() -> UpdateUser<'static> {
    UpdateUser { firstname: Some("Ann".into()), ..UpdateUser::default() }
}

fn new_email(email: &str) -> UpdateUser<'static> {
    UpdateUser { email: Some(email.to_owned().into()), ..UpdateUser::default() }
}

fn new_username(username: &str) -> UpdateUser<'static> {
    UpdateUser { username: Some(username.to_owned().into()), ..UpdateUser::default() }
}

fn group(name: &str) -> GroupChange<'static> {
    GroupChange { group: name.to_owned().into(), ..GroupChange::default() }
}

fn group_created(name: &str) -> Change<'static> {
    Change::Group(GroupChange { create: Some(CreateGroup::default()), ..group(name) })
}

fn group_updated(name: &str, update: UpdateGroup<'static>) -> Change<'static> {
    Change::Group(GroupChange { update: Some(update), ..group(name) })
}

/// Makes a change that deletes a group.
pub(super) fn group_deleted(name: &str) -> Change<'static> {
    Change::Group(GroupChange { delete: true, ..group(name) })
}

/// Makes a change about an Adobe ID instead of an account of the organization.
fn adobe(change: Change<'static>) -> Change<'static> {
    match change {
        Change::User(user) => Change::User(UserChange { adobe_id: true, ..user }),
        Change::Group(_) => change,
    }
}

fn entry(place: u64, footprint: RowFootprint, change: &Change<'_>) -> RowEntry {
    let aliases = Key::aliases(change).into_iter().flatten().collect();
    RowEntry { place, footprint, key: Some(Key::of(change)), aliases }
}

/// Returns the plan of rows of ten bytes each, with these footprints.
fn plan_knowing(rows: &[(Change<'static>, RowFootprint)]) -> Plan {
    let mut builder = PlanBuilder::default();
    for (row, (change, footprint)) in rows.iter().enumerate() {
        builder.push(entry(10 * row as u64, *footprint, change));
    }
    builder.set_end(10 * rows.len() as u64);
    Plan::new(builder, Dependencies::default())
}

/// Plans these rows, each with its own footprint and without dependencies.
pub(super) fn plan(rows: &[Change<'static>]) -> Plan {
    let known: Vec<_> = rows.iter().map(|row| (row.clone(), RowFootprint::of(row))).collect();
    plan_knowing(&known)
}
