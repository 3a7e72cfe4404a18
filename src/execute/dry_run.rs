//! Builds the requests of a plan as a run would if every command succeeded at once. Nothing is
//! sent.

use super::command_result::CommandResult;
use super::compose::{CommandSource, Request, compose};
use super::found_groups::FoundGroups;
use super::group_side::{GroupSide, GroupSideForm};
use super::input_rows::InputRows;
use super::request::{Preparation, ReadyCommand, prepare, reread_rows};
use super::spread::spread;
use crate::plan::sides::CommandWidth;
use crate::plan::{Estimate, Key, Plan, PlannedCommand, Schedule, WorkItem};
use crate::table::RowBuffer;
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
    let mut run = SuccessfulRun {
        input_rows,
        plan,
        schedule: Schedule::new(plan),
        groups: FoundGroups::default(),
        asked_groups: Vec::new(),
        buffers: Vec::new(),
        group_side: GroupSide::new(GroupSideForm::untested(plan.group_side().width)),
    };
    let mut requests = 0;
    loop {
        let request = compose(&mut run)?;
        if request.is_empty() {
            return Ok(requests);
        }
        requests += 1;
        each(&with_rows(&request))?;
        let Request { commands, group_commands } = request;
        for command in commands {
            run.succeed(command)?;
        }
        let done = CommandResult::Done { remarks: String::new() };
        let results = vec![done; group_commands.len()];
        if !group_commands.is_empty() {
            run.group_side.send(&group_commands);
            let completed = run.group_side.complete(group_commands, &results);
            for (command, _) in completed.confirmed {
                run.succeed(command)?;
            }
        }
        run.find_groups();
    }
}

/// Returns the commands of a request, each with its rows.
fn with_rows(request: &Request) -> Vec<(PlannedCommand, Vec<u32>)> {
    let own = request.commands.iter();
    let own = own.map(|prepared| (prepared.command.clone(), prepared.item.rows.clone()));
    let of_groups = request.group_commands.iter().map(|group_command| {
        let mut rows: Vec<u32> =
            group_command.command.steps.iter().flat_map(|step| step.rows.clone()).collect();
        rows.sort_unstable();
        rows.dedup();
        (group_command.command.clone(), rows)
    });
    own.chain(of_groups).collect()
}

/// A run in which every command succeeds.
struct SuccessfulRun<'r> {
    input_rows: &'r InputRows<'r>,
    plan: &'r Plan,
    schedule: Schedule<'r>,
    groups: FoundGroups,
    /// Groups that a row of the request checks, while other rows wait for the result.
    asked_groups: Vec<Key>,
    buffers: Vec<RowBuffer>,
    group_side: GroupSide,
}

impl SuccessfulRun<'_> {
    fn succeed(&mut self, ReadyCommand { mut item, parts, .. }: ReadyCommand) -> io::Result<()> {
        if item.part + 1 < parts {
            item.part += 1;
            self.schedule.put_back(item);
            return Ok(());
        }
        self.complete(item)
    }

    fn complete(&mut self, mut item: WorkItem) -> io::Result<()> {
        if self.schedule.is_named_again(&item) {
            for (_, change) in reread_rows(&item, self.input_rows, self.plan, &mut self.buffers)?.0
            {
                item.moved.take(&change);
            }
        }
        self.schedule.complete_rows(&item, &item.rows);
        self.schedule.finish(item);
        Ok(())
    }

    /// Records that the request has shown that the groups exist which its rows check.
    fn find_groups(&mut self) {
        for name in std::mem::take(&mut self.asked_groups) {
            self.groups.set_found(name);
            self.schedule.wake(name);
        }
    }
}

impl CommandSource for SuccessfulRun<'_> {
    fn take(&mut self, request: &[ReadyCommand]) -> Option<WorkItem> {
        if self.group_side.is_full() {
            return None;
        }
        match request.is_empty() && self.group_side.is_empty() {
            true => self.schedule.take_when_idle(),
            false => self.schedule.take(),
        }
    }

    fn ready(&mut self, item: WorkItem) -> io::Result<Option<ReadyCommand>> {
        let Self { input_rows, plan, schedule, groups, buffers, group_side, .. } = self;
        if schedule.may_spread(&item) {
            spread(item, input_rows, plan, schedule, buffers)?;
            return Ok(None);
        }
        let width = group_side.width();
        let blocked = |item: &WorkItem| schedule.blocked(item);
        match prepare(item, input_rows, plan, groups, buffers, width, blocked)? {
            Preparation::Ready(prepared) => {
                return Ok(group_side.take_in(*prepared, plan, schedule));
            }
            Preparation::Blocked(item, name) => self.schedule.wait_for(item, name),
            Preparation::Waiting(item, name) => {
                self.asked_groups.push(name);
                self.schedule.wait_for(item, name);
            }
            Preparation::Apart(item, rows) => self.schedule.split(item, rows),
            Preparation::Nothing(item) => self.complete(item)?,
            Preparation::Refused { item, rows, rest } => {
                let refused: Vec<u32> = rows.iter().map(|(row, ..)| *row).collect();
                self.schedule.complete_rows(&item, &refused);
                match rest.is_empty() {
                    true => self.schedule.finish(item),
                    false => self.schedule.split(item, vec![rest]),
                }
            }
        }
        Ok(None)
    }

    fn deletes_group(&self, item: &WorkItem) -> bool {
        self.plan.footprint(item.first()).deletes_group()
    }

    /// Not called: only a work item that was refused or got no response is sent alone.
    fn send_alone(&mut self, item: WorkItem) {
        self.put_back(item);
    }

    fn put_back(&mut self, item: WorkItem) {
        self.schedule.put_back(item);
    }

    fn group_side(&mut self) -> &mut GroupSide {
        &mut self.group_side
    }
}

/// Returns the cost of a plan. If rows wait for rows about groups, some requests are not full, and
/// in the narrow form a row about a group may need several commands. Where memberships go as
/// commands of their groups, the first requests try a form alone. In these cases the requests are
/// counted one by one, unless the file is large.
///
/// # Errors
/// When the table cannot be read again.
pub(crate) fn estimate(input_rows: &InputRows<'_>, plan: &Plan) -> io::Result<Estimate> {
    /// In a larger plan, a few more requests do not matter.
    const LARGE: u64 = 20_000;
    let estimate = Estimate::of(plan);
    let is_of_group = |row: u32| {
        let footprint = plan.footprint(row);
        footprint.is_sent() && !footprint.is_user()
    };
    let may_need_more =
        plan.group_side().width == CommandWidth::Narrow && (0..plan.rows()).any(is_of_group);
    // A single command of a group shares no request with another one, whatever is tried.
    let tries_forms = plan.group_side().of_groups() > 1 && u64::from(plan.rows()) <= LARGE;
    if !(plan.has_waits() || may_need_more || tries_forms) || estimate.commands > LARGE {
        return Ok(estimate);
    }
    let mut commands = 0;
    let requests = dry_run(input_rows, plan, |request| {
        commands += request.len() as u64;
        Ok(())
    })?;
    Ok(Estimate { commands: commands.max(estimate.commands), requests })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Rules;
    use crate::execute::guard::Protected;
    use crate::execute::scan::{Scan, scan};
    use crate::reconcile::{AbsentGroups, GroupPresence, GroupUses};
    use crate::table::{ReadOptions, Table};

    #[test]
    fn rows_that_wait_for_an_unchecked_group_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("staff.csv");
        let rows: String = (0..4).map(|n| format!("u{n}@x.com,U,N,US,A\n")).collect();
        std::fs::write(&file, format!("email,firstname,lastname,country,groups\n{rows}")).unwrap();
        let table = Table::open(&file, &ReadOptions::new(folder.path())).unwrap();
        let (rules, protected) = (Rules::new(table.dialect()), Protected::default());
        let absent = AbsentGroups { unchecked: ["A".to_owned()].into(), ..AbsentGroups::default() };
        let presence = GroupPresence::new(0, &GroupUses::default(), &absent);
        let reading = InputRows::new(&table, &rules, &protected);
        let input_rows = InputRows { presence: Some(&presence), ..reading };
        let Scan { plan, .. } = scan(&input_rows).unwrap();
        let mut requests: Vec<Vec<u32>> = Vec::new();
        let count = dry_run(&input_rows, &plan, |commands| {
            requests.push(commands.iter().flat_map(|(_, rows)| rows.clone()).collect());
            Ok(())
        });
        assert_eq!(count.unwrap(), 2);
        assert_eq!(requests, [vec![0], vec![1, 2, 3]], "the first row shows whether it exists");
    }
}
