//! Builds the next command of a work item from its rows, which are read from the table again.

use super::effect::{of_steps, repeated_moves};
use super::found_groups::FoundGroups;
use super::input_rows::{InputRows, RequestedChange};
use super::late::Footprint;
use super::narrow_rows::{rows_apart, users_of};
use super::open_steps::keep_open_steps;
use super::outcomes::{OutcomeStatus, Reason};
use super::probe::Probe;
use super::referenced_names::{all_referenced_names, listed_bare_name, listed_names};
use super::rows_without_group::rows_without_group;
use crate::change::{
    Change, CreateUser, IdentityType, IfExists, RowEffect, UpdateGroup, UpdateUser, UserChange,
};
use crate::plan::sides::CommandWidth;
use crate::plan::{CreateStep, CreatedAs, Expected, Key, Plan, PlannedCommand, WorkItem, commands};
use crate::table::RowBuffer;
use crate::umapi::wire::{Root, WireStep};
use std::io;

/// A work item whose next command is ready to be sent.
#[derive(Debug)]
pub(super) struct ReadyCommand {
    pub(super) item: WorkItem,
    pub(super) command: PlannedCommand,
    /// The number of commands that the rows need.
    pub(super) parts: usize,
    /// Steps of the same part that did not fit into a command of ten.
    pub(super) more_steps: usize,
    /// How to find out the result without a response.
    pub(super) probe: Probe,
    /// The names that the command concerns.
    pub(super) footprint: Footprint,
    /// The names that the commands of the same rows after it concern.
    pub(super) later_names: Vec<Key>,
    /// What the earlier parts have done, in words.
    pub(super) done: String,
}

impl ReadyCommand {
    /// Whether it is about a group and one member of it, and its row about nothing else.
    pub(super) fn is_of_one_member(&self) -> bool {
        let steps = self.command.steps.iter();
        let members: usize = steps.map(|traced_step| users_of(&traced_step.step).len()).sum();
        self.parts == 1 && members == 1
    }
}

#[cfg(test)]
impl ReadyCommand {
    /// Creates the only command of a work item.
    pub(super) fn only(item: WorkItem, command: PlannedCommand) -> Self {
        Self {
            item,
            parts: 1,
            more_steps: 0,
            probe: Probe::of(&command),
            footprint: Footprint::of(&command),
            later_names: Vec::new(),
            done: String::new(),
            command,
        }
    }
}

/// The result of reading the rows of a work item again.
#[derive(Debug)]
pub(super) enum Preparation {
    Ready(Box<ReadyCommand>),
    /// The work item must wait because of this name.
    Blocked(WorkItem, Key),
    /// Another row finds out whether this group exists.
    Waiting(WorkItem, Key),
    /// These rows are not sent and get an outcome, because they name a missing group. The rest of
    /// the work item, if any, is to be prepared again.
    Refused {
        item: WorkItem,
        rows: Vec<(u32, OutcomeStatus, Reason)>,
        rest: Vec<u32>,
    },
    /// Nothing is left to send, because the server says that everything holds already, or has
    /// confirmed it for the rows before.
    Nothing(WorkItem),
    /// Its rows go apart: they share a key by chance, or one command cannot hold them.
    Apart(WorkItem, Vec<Vec<u32>>),
}

/// Returns the `X-Request-Id` of a run's request.
pub(crate) fn request_id(run_id: &str, number: u32) -> String {
    format!("umbulk-{run_id}-{number}")
}

/// Whether the command removes a user whom it does not create itself.
pub(super) fn takes_leave(command: &PlannedCommand) -> bool {
    let steps = || command.steps.iter().map(|traced_step| &traced_step.step);
    let creates = |step: &WireStep| {
        matches!(
            step,
            WireStep::AddAdobeId(_)
                | WireStep::CreateEnterpriseId(_)
                | WireStep::CreateFederatedId(_)
        )
    };
    steps().any(|step| matches!(step, WireStep::RemoveFromOrg { .. })) && !steps().any(creates)
}

/// Reads the rows of a work item again and builds its next command. `width` is how many memberships
/// a command of a group takes; `blocked` returns a name that the work item must wait for.
pub(super) fn prepare(
    item: WorkItem,
    input_rows: &InputRows<'_>,
    plan: &Plan,
    groups: &mut FoundGroups,
    buffers: &mut Vec<RowBuffer>,
    width: CommandWidth,
    blocked: impl FnOnce(&WorkItem) -> Option<Key>,
) -> io::Result<Preparation> {
    let (mut changes, expected) = reread_rows(&item, input_rows, plan, buffers)?;
    let mut item = expecting(WorkItem { expected, ..item }, &changes, input_rows, plan);
    if let Some(name) = blocked(&item) {
        return Ok(Preparation::Blocked(item, name));
    }
    if item.repeats && changes.iter().all(|(_, change)| item.moved.repeats_all_in(change)) {
        item.expected.iter_mut().for_each(|expected| expected.effect = RowEffect::NONE);
        return Ok(Preparation::Nothing(item));
    }
    if let Some(rows) = mixed(&changes).or_else(|| rows_apart(&changes, width)) {
        return Ok(Preparation::Apart(item, rows));
    }
    if item.part > 0 && item.part >= commands(&borrowed(&changes)).len() {
        // One of the rows that were planned together has continued without the others. All parts
        // are sent again, because a repeat is harmless there.
        item.part = 0;
    }
    if item.halfway.create != CreateStep::Open {
        changes.iter_mut().for_each(|(_, change)| take_as_existing(change));
    } else if item.part == 0 {
        let refused = rows_without_group(&item, &changes, input_rows, plan, groups)?;
        if !refused.is_empty() {
            let is_refused = |row: &u32| refused.iter().any(|(refused, ..)| refused == row);
            let rest = item.rows.iter().copied().filter(|row| !is_refused(row)).collect();
            return Ok(Preparation::Refused { item, rows: refused, rest });
        }
        if !item.may_be_carried_out()
            && let Some(name) = groups.ask(item.end, &changes, input_rows.presence)
        {
            return Ok(Preparation::Waiting(item, name));
        }
    }
    let mut all = commands(&borrowed(&changes));
    let more_steps = keep_open_steps(&mut item, &mut all, plan, width);
    let parts = all.len();
    if item.part >= parts {
        return Ok(Preparation::Nothing(item));
    }
    let done = note_done_parts(&mut item, &all);
    let later_names = all[item.part + 1..].iter().flat_map(meant_names).collect();
    let command = all.swap_remove(item.part);
    let probe = Probe::of(&command);
    let footprint = footprint_of(&command, &changes, &item, input_rows);
    Ok(Preparation::Ready(Box::new(ReadyCommand {
        item,
        command,
        parts,
        more_steps,
        probe,
        footprint,
        later_names,
        done,
    })))
}

/// The changes of rows, by row from 0.
type RowChanges<'b> = Vec<(u32, Change<'b>)>;

/// Reads the rows of a work item again, with their expected effects.
pub(super) fn reread_rows<'b>(
    item: &WorkItem,
    input_rows: &InputRows<'b>,
    plan: &Plan,
    buffers: &'b mut Vec<RowBuffer>,
) -> io::Result<(RowChanges<'b>, Vec<Expected>)> {
    // Allocating a buffer takes longer than reading a row into it, so buffers are kept for later
    // work items.
    if buffers.len() < item.rows.len() {
        buffers.resize_with(item.rows.len(), RowBuffer::default);
    }
    let mut changes = Vec::with_capacity(item.rows.len());
    let mut expected = Vec::with_capacity(item.rows.len());
    for (row, buffer) in item.rows.iter().zip(buffers.iter_mut()) {
        let RequestedChange { change, effect, remark, not_there, .. } =
            input_rows.asked(*row, plan.place(*row), buffer)?;
        let effect = if item.halfway.create == CreateStep::Met { effect.met() } else { effect };
        expected.push(Expected {
            row: *row,
            effect,
            remark: input_rows.remark_of(*row, remark),
            not_there,
            created_as: CreatedAs::of(&change),
        });
        changes.push((*row, change));
    }
    Ok((changes, expected))
}

/// Returns the work item with the names that it waits for. Its expected memberships exclude those
/// that earlier rows of the user change as well, because they are changed once.
fn expecting(
    mut item: WorkItem,
    changes: &[(u32, Change<'_>)],
    input_rows: &InputRows<'_>,
    plan: &Plan,
) -> WorkItem {
    if item.names.is_empty() {
        item.names = touched(changes, input_rows, plan);
    }
    if changes.len() > 1 || !item.moved.is_empty() {
        let mut moved = item.moved.clone();
        moved.forget_groups(names_with_events(&item.names, plan));
        let repeated = repeated_moves(changes, &mut moved);
        for (expected, repeated) in item.expected.iter_mut().zip(repeated) {
            expected.effect = expected.effect.without_moves_of(repeated);
        }
    }
    item
}

/// Returns those of the names that have events: names of groups that rows create, rename or delete,
/// and of users whom rows of groups add or remove.
pub(super) fn names_with_events<'n>(
    names: &'n [(u32, Vec<Key>)],
    plan: &'n Plan,
) -> impl Iterator<Item = Key> + 'n {
    let names = names.iter().flat_map(|(_, names)| names).copied();
    names.filter(|name| plan.dependencies().has_barriers(*name))
}

fn borrowed<'c, 'b>(changes: &'c [(u32, Change<'b>)]) -> Vec<(u32, &'c Change<'b>)> {
    changes.iter().map(|(row, change)| (*row, change)).collect()
}

/// Records the effect of the commands before the current one, and describes what they have done.
fn note_done_parts(item: &mut WorkItem, commands: &[PlannedCommand]) -> String {
    let before = &commands[..item.part];
    if !item.halfway.adds_up() && item.part > 0 {
        let expected = item.expected.first().map_or(RowEffect::NONE, |expected| expected.effect);
        let parts = before.iter().map(|command| of_steps(&command.steps, expected));
        item.halfway.done = parts.fold(RowEffect::NONE, RowEffect::and);
    }
    let done: Vec<String> = before
        .iter()
        .map(PlannedCommand::describe)
        .chain(item.halfway.achieved.iter().cloned())
        .collect();
    done.join(", ")
}

/// Returns the names that a command and its rows concern.
fn footprint_of(
    command: &PlannedCommand,
    changes: &[(u32, Change<'_>)],
    item: &WorkItem,
    input_rows: &InputRows<'_>,
) -> Footprint {
    let mut footprint = with_names_of_rows(Footprint::of(command), changes, input_rows);
    footprint.learns(&item.statement);
    footprint
}

/// Adds the names of the same users from the rows and the list.
fn with_names_of_rows(
    mut footprint: Footprint,
    changes: &[(u32, Change<'_>)],
    input_rows: &InputRows<'_>,
) -> Footprint {
    for (_, change) in changes {
        footprint.also(
            Key::aliases(change).into_iter().chain(listed_names(change, input_rows)).flatten(),
        );
        footprint.relies_on(Key::bare_names(change).chain(listed_bare_name(change, input_rows)));
    }
    footprint
}

/// Returns the names that all commands of a row concern.
pub(super) fn footprint_of_row(
    row: u32,
    input_rows: &InputRows<'_>,
    plan: &Plan,
    buffer: &mut RowBuffer,
) -> io::Result<Footprint> {
    let change = input_rows.reread(row, plan.place(row), buffer)?;
    let mut footprint = Footprint::default();
    for command in commands(&[(row, &change)]) {
        footprint.joins(Footprint::of(&command));
    }
    Ok(with_names_of_rows(footprint, &[(row, change)], input_rows))
}

/// Returns the names in a command. A username without its domain may belong to any domain; a
/// command means one of them.
fn meant_names(command: &PlannedCommand) -> Vec<Key> {
    let bare = bare_name(&command.root);
    Footprint::of(command).names().filter(|name| Some(*name) != bare).collect()
}

/// Returns the username of a command as the lists of members of groups write it, without its
/// domain.
pub(super) fn bare_name(root: &Root) -> Option<Key> {
    match root {
        Root::User { user, domain: Some(_), .. } => Key::bare(user),
        _ => None,
    }
}

/// Returns the names that these rows wait for, or that wait for them.
pub(super) fn names_of_rows(
    rows: &[u32],
    input_rows: &InputRows<'_>,
    plan: &Plan,
) -> io::Result<Vec<(u32, Vec<Key>)>> {
    let mut buffer = RowBuffer::default();
    let touching = rows.iter().filter(|row| plan.footprint(**row).touches());
    touching
        .map(|row| {
            Ok((
                *row,
                all_referenced_names(
                    &input_rows.reread(*row, plan.place(*row), &mut buffer)?,
                    input_rows,
                ),
            ))
        })
        .collect()
}

/// Returns the names that rows wait for.
pub(super) fn touched(
    changes: &[(u32, Change<'_>)],
    input_rows: &InputRows<'_>,
    plan: &Plan,
) -> Vec<(u32, Vec<Key>)> {
    let touching = changes.iter().filter(|(row, _)| plan.footprint(*row).touches());
    touching.map(|(row, change)| (*row, all_referenced_names(change, input_rows))).collect()
}

/// Splits rows whose different names share a key by chance. The rows of each name become a work
/// item of their own.
fn mixed(changes: &[(u32, Change<'_>)]) -> Option<Vec<Vec<u32>>> {
    let mut groups: Vec<(String, Vec<u32>)> = Vec::new();
    // Most work items have one row.
    for (row, change) in changes.iter().filter(|_| changes.len() > 1) {
        let name = folded_name(change);
        match groups.last_mut() {
            Some((known, rows)) if *known == name => rows.push(*row),
            _ => groups.push((name, vec![*row])),
        }
    }
    (groups.len() > 1).then(|| groups.into_iter().map(|(_, rows)| rows).collect())
}

fn folded_name(change: &Change<'_>) -> String {
    match change {
        Change::User(user) => {
            format!("{}\0{}", user.user, user.domain.as_deref().unwrap_or("")).to_lowercase()
        }
        Change::Group(group) => group.group.to_lowercase(),
    }
}

/// Changes a row for a user or group that exists: it creates nothing, and updates the names that
/// the create step would have updated.
///
/// Names of Adobe IDs belong to their users: the API updates none of them (documentation,
/// ActionsRef, `update`).
fn take_as_existing(change: &mut Change<'_>) {
    match change {
        Change::User(user) => {
            let Some(create) = user.create.take() else { return };
            let Some(names) = names_to_update(&create, user) else { return };
            match &mut user.update {
                Some(update) => {
                    update.firstname = update.firstname.take().or(names.firstname);
                    update.lastname = update.lastname.take().or(names.lastname);
                }
                update => *update = Some(names),
            }
        }
        Change::Group(group) => {
            let Some(create) = group.create.take() else { return };
            if create.if_exists == IfExists::Update
                && let (Some(description), None) = (create.description, &group.update)
            {
                group.update = Some(UpdateGroup { name: None, description: Some(description) });
            }
        }
    }
}

fn names_to_update<'a>(create: &CreateUser<'a>, user: &UserChange<'a>) -> Option<UpdateUser<'a>> {
    let wants = create.if_exists == IfExists::Update
        && create.identity != IdentityType::Adobe
        && !user.adobe_id;
    let CreateUser { firstname, lastname, .. } = create;
    (wants && (firstname.is_some() || lastname.is_some())).then(|| UpdateUser {
        firstname: firstname.clone(),
        lastname: lastname.clone(),
        ..UpdateUser::default()
    })
}
