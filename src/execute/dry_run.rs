//! Builds the requests of a plan as a run would if every command succeeded at once. Nothing is
//! sent.

use super::found_groups::FoundGroups;
use super::input_rows::InputRows;
use super::request::{Preparation, ReadyCommand, prepare};
use crate::plan::{Estimate, Plan, PlannedCommand, Schedule};
use crate::table::RowBuffer;
use crate::umapi::wire::MAX_COMMANDS;
use std::io;

/// Passes the commands of each request, each with its rows, to `each`. Returns the number of
/// requests.
///
/// # Errors
/// When the table cannot be read again, or `each` fails.
pub(crate) fn dry_run(
    input_rows: &InputRows<'_>,
    plan: &Plan,
    mut each: impl FnMut(&[(PlannedCommand, Vec<u32>)]) -> io::Result<()>,
) -> io::Result<u64> {
    let mut schedule = Schedule::new(plan);
    let mut requests = 0;
    let mut buffers = Vec::new();
    loop {
        let batch = batch(&mut schedule, input_rows, plan, &mut buffers)?;
        if batch.is_empty() {
            return Ok(requests);
        }
        requests += 1;
        let commands: Vec<(PlannedCommand, Vec<u32>)> = batch
            .iter()
            .map(|prepared| (prepared.command.clone(), prepared.item.rows.clone()))
            .collect();
        each(&commands)?;
        for ReadyCommand { mut item, parts, .. } in batch {
            if item.part + 1 < parts {
                item.part += 1;
                schedule.put_back(item);
            } else {
                schedule.complete_rows(&item, &item.rows);
                schedule.finish(item);
            }
        }
    }
}

/// Returns the cost of a plan. If rows wait for rows about groups, some requests are not full: they
/// are counted one by one, unless the file is large.
///
/// # Errors
/// When the table cannot be read again.
pub(crate) fn estimate(input_rows: &InputRows<'_>, plan: &Plan) -> io::Result<Estimate> {
    /// In a larger plan, a few more requests do not matter.
    const LARGE: u64 = 20_000;
    let estimate = Estimate::of(plan);
    if !plan.has_waits() || estimate.commands > LARGE {
        return Ok(estimate);
    }
    Ok(Estimate { requests: dry_run(input_rows, plan, |_| Ok(()))?, ..estimate })
}

fn batch(
    schedule: &mut Schedule<'_>,
    input_rows: &InputRows<'_>,
    plan: &Plan,
    buffers: &mut Vec<RowBuffer>,
) -> io::Result<Vec<ReadyCommand>> {
    let mut batch: Vec<ReadyCommand> = Vec::with_capacity(MAX_COMMANDS);
    let mut kept = Vec::new();
    let mut groups = FoundGroups::default();
    while batch.len() < MAX_COMMANDS {
        let Some(item) = schedule.take(batch.is_empty()) else { break };
        if plan.footprint(item.first()).deletes_group()
            && batch.iter().any(|other| plan.footprint(other.item.first()).deletes_group())
        {
            kept.push(item);
            continue;
        }
        match prepare(item, input_rows, plan, &mut groups, buffers, |item| schedule.blocked(item))?
        {
            Preparation::Ready(prepared) => batch.push(*prepared),
            Preparation::Blocked(item, name) | Preparation::Waiting(item, name) => {
                schedule.wait_for(item, name);
            }
            Preparation::Mixed(item, groups) => schedule.split(item, groups),
            Preparation::Nothing(item) | Preparation::Refused { item, .. } => schedule.finish(item),
        }
    }
    for item in kept {
        schedule.put_back(item);
    }
    Ok(batch)
}
