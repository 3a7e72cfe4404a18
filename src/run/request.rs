//! From the rows of a job, read again from the table, to the command that is sent.

use super::look::Look;
use super::survey::{Asked, Reading};
use crate::change::{Change, Memberships};
use crate::plan::{Command, Expected, Job, Key, Plan, claimed_names, commands};
use crate::table::RowBuffer;
use std::collections::HashMap;
use std::io;

/// A job whose next command is ready to go.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) job: Job,
    pub(super) command: Command,
    /// How many commands the rows need in all.
    pub(super) parts: usize,
    /// How to find out what came of it when no answer is heard; `None` where sending it again is harmless.
    pub(super) look: Option<Look>,
    /// What the earlier parts have done, in words.
    pub(super) done: String,
}

/// What reading a job's rows again has led to.
#[derive(Debug)]
pub(super) enum Preparation {
    Ready(Box<Prepared>),
    /// The job must wait for something that happens to this name.
    Blocked(Job, Key),
    /// These rows can only be refused, for they name a group that is not there; the rest of the job, if any, is to be prepared again.
    Doomed {
        job: Job,
        rows: Vec<(u32, MissingGroup)>,
        rest: Vec<u32>,
    },
    /// Nothing is left to send: what was asked for is so already, as the server says.
    Nothing(Job),
    /// Rows of different names have met under one key.
    Mixed(Job, Vec<Vec<u32>>),
}

/// A group that the server does not know.
#[derive(Debug, Clone)]
pub(super) struct MissingGroup {
    pub(super) name: String,
    pub(super) code: String,
    /// The row that found out.
    pub(super) row: u32,
}

/// Groups that were refused as not found.
pub(super) type MissingGroups = HashMap<Key, MissingGroup>;

/// Reads the rows of a job again and makes its next command.
pub(super) fn prepare(
    job: Job,
    reading: &Reading<'_>,
    plan: &Plan,
    missing: &MissingGroups,
    buffers: &mut Vec<RowBuffer>,
    blocked: impl FnOnce(&Job) -> Option<Key>,
) -> io::Result<Preparation> {
    // Making a buffer takes longer than reading a row into it: they are kept from job to job.
    if buffers.len() < job.rows.len() {
        buffers.resize_with(job.rows.len(), RowBuffer::default);
    }
    let mut changes = Vec::with_capacity(job.rows.len());
    let mut expected = Vec::with_capacity(job.rows.len());
    for (row, buffer) in job.rows.iter().zip(buffers.iter_mut()) {
        let Asked { change, effect, remark, .. } = reading.asked(plan.place(*row), buffer)?;
        // The server has said that the user or the group was there before.
        let effect = if job.exists { effect.met() } else { effect };
        expected.push(Expected { row: *row, effect, remark });
        changes.push((*row, change));
    }
    let mut job = Job { expected, ..job };
    if job.names.is_empty() {
        job.names = touched(&changes, plan);
    }
    if let Some(name) = blocked(&job) {
        return Ok(Preparation::Blocked(job, name));
    }
    if let Some(groups) = mixed(&changes) {
        return Ok(Preparation::Mixed(job, groups));
    }
    if job.exists {
        changes.iter_mut().for_each(|(_, change)| forget_create(change));
    } else if job.part == 0 && !missing.is_empty() {
        let doomed: Vec<(u32, MissingGroup)> =
            changes.iter().filter_map(|(row, change)| Some((*row, doom(change, missing)?.clone()))).collect();
        if !doomed.is_empty() {
            let rest = job.rows.iter().copied().filter(|row| doomed.iter().all(|(doomed, _)| doomed != row)).collect();
            return Ok(Preparation::Doomed { job, rows: doomed, rest });
        }
    }
    let borrowed: Vec<(u32, &Change<'_>)> = changes.iter().map(|(row, change)| (*row, change)).collect();
    let mut all = commands(&borrowed);
    let parts = all.len();
    while let Some(command) = all.get_mut(job.part) {
        command.steps = std::mem::take(&mut command.steps)
            .into_iter()
            .enumerate()
            .filter_map(|(place, step)| (!job.held.contains(&place)).then_some(step))
            .collect();
        if !command.steps.is_empty() {
            break;
        }
        job.next_part();
    }
    if job.part >= parts {
        return Ok(Preparation::Nothing(job));
    }
    let done = all[..job.part].iter().map(Command::describe).collect::<Vec<_>>().join(", ");
    let command = all.swap_remove(job.part);
    let look = Look::at(&command, &changes[0].1);
    Ok(Preparation::Ready(Box::new(Prepared { job, command, parts, look, done })))
}

/// The names that these rows wait for, or that wait for them.
pub(super) fn names_of_rows(rows: &[u32], reading: &Reading<'_>, plan: &Plan) -> io::Result<Vec<(u32, Vec<Key>)>> {
    let mut buffer = RowBuffer::default();
    let touching = rows.iter().filter(|row| plan.shape(**row).touches());
    touching.map(|row| Ok((*row, claimed_names(&reading.change(plan.place(*row), &mut buffer)?)))).collect()
}

/// The names that rows wait for.
fn touched(changes: &[(u32, Change<'_>)], plan: &Plan) -> Vec<(u32, Vec<Key>)> {
    changes.iter().filter(|(row, _)| plan.shape(*row).touches()).map(|(row, change)| (*row, claimed_names(change))).collect()
}

/// Two names may share a key by chance: then each name's rows are a job of their own.
fn mixed(changes: &[(u32, Change<'_>)]) -> Option<Vec<Vec<u32>>> {
    let mut groups: Vec<(String, Vec<u32>)> = Vec::new();
    for (row, change) in changes {
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
        Change::User(user) => format!("{}\0{}", user.user, user.domain.as_deref().unwrap_or("")).to_lowercase(),
        Change::Group(group) => group.group.to_lowercase(),
    }
}

fn forget_create(change: &mut Change<'_>) {
    match change {
        Change::User(user) => user.create = None,
        Change::Group(group) => group.create = None,
    }
}

/// The missing group that makes the only step of a change pointless.
fn doom<'m>(change: &Change<'_>, missing: &'m MissingGroups) -> Option<&'m MissingGroup> {
    let Change::User(user) = change else { return None };
    if user.create.is_some() || user.update.is_some() || user.leave.is_some() {
        return None;
    }
    let only = match (&user.remove, user.add.as_slice()) {
        (None, add) => add,
        (Some(Memberships::Named(groups)), []) => groups,
        _ => return None,
    };
    // A longer list is several steps, and the others may be done.
    if only.len() > crate::umapi::wire::MAX_LIST {
        return None;
    }
    only.iter().find_map(|group| missing.get(&Key::group(group)))
}
