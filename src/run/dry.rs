//! The requests of a plan, made as a run would make them if every command succeeded at once. Nothing is sent.

use super::found_groups::FoundGroups;
use super::reading::Reading;
use super::request::{Preparation, Prepared, prepare};
use crate::plan::{Command, Estimate, Plan, Schedule};
use crate::table::RowBuffer;
use crate::umapi::wire::MAX_COMMANDS;
use std::io;

/// Hands the commands of each request, with the rows that each carries out, to `each`; gives the number of requests.
///
/// # Errors
/// When the table cannot be read again, or `each` fails.
pub fn rehearse(reading: &Reading<'_>, plan: &Plan, mut each: impl FnMut(&[(Command, Vec<u32>)]) -> io::Result<()>) -> io::Result<u64> {
    let mut schedule = Schedule::new(plan);
    let mut requests = 0;
    let mut buffers = Vec::new();
    loop {
        let batch = batch(&mut schedule, reading, plan, &mut buffers)?;
        if batch.is_empty() {
            return Ok(requests);
        }
        requests += 1;
        let commands: Vec<(Command, Vec<u32>)> =
            batch.iter().map(|prepared| (prepared.command.clone(), prepared.job.rows.clone())).collect();
        each(&commands)?;
        for Prepared { mut job, parts, .. } in batch {
            if job.part + 1 < parts {
                job.part += 1;
                schedule.put_back(job);
            } else {
                schedule.settle(&job, &job.rows);
                schedule.finish(job);
            }
        }
    }
}

/// Returns what a plan costs. Where rows wait for rows about groups, requests go that are not full: they are counted one by one, unless the file is large.
///
/// # Errors
/// When the table cannot be read again.
pub fn estimate(reading: &Reading<'_>, plan: &Plan) -> io::Result<Estimate> {
    /// In a larger plan, a few requests more make no difference.
    const LARGE: u64 = 20_000;
    let estimate = Estimate::of(plan);
    if !plan.has_waits() || estimate.commands > LARGE {
        return Ok(estimate);
    }
    Ok(Estimate { requests: rehearse(reading, plan, |_| Ok(()))?, ..estimate })
}

fn batch(schedule: &mut Schedule<'_>, reading: &Reading<'_>, plan: &Plan, buffers: &mut Vec<RowBuffer>) -> io::Result<Vec<Prepared>> {
    let mut batch: Vec<Prepared> = Vec::with_capacity(MAX_COMMANDS);
    let mut kept = Vec::new();
    let mut groups = FoundGroups::default();
    while batch.len() < MAX_COMMANDS {
        let Some(job) = schedule.take(batch.is_empty()) else { break };
        if plan.shape(job.first()).deletes_group() && batch.iter().any(|other| plan.shape(other.job.first()).deletes_group()) {
            kept.push(job);
            continue;
        }
        match prepare(job, reading, plan, &mut groups, buffers, |job| schedule.blocked(job))? {
            Preparation::Ready(prepared) => batch.push(*prepared),
            Preparation::Blocked(job, name) | Preparation::Waiting(job, name) => schedule.park(job, name),
            Preparation::Mixed(job, groups) => schedule.regroup(job, groups),
            Preparation::Nothing(job) | Preparation::Doomed { job, .. } => schedule.finish(job),
        }
    }
    for job in kept {
        schedule.put_back(job);
    }
    Ok(batch)
}
