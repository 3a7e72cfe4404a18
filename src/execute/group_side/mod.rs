//! Group-side commands: memberships of many users that are sent as commands of their groups, a
//! hundred in one command, where the plan finds that to be fewer requests.
//!
//! In: commands of users that only join or leave groups, ready to be sent. Out: commands of groups,
//! and for every work item that was taken in, either that all its memberships are confirmed, or
//! that it is to be sent as a command of its user. Whatever goes wrong here ends that way, so that
//! each row ends as if it had gone alone. Pure: no I/O, no clock.

mod completing;
mod eligible;
mod end;
mod form;
mod group_command;
mod judge;
mod learned;
mod queue;
mod sending;

pub(super) use completing::{Completed, NoResults, RestOfRow, RowWithRefusals};
pub(super) use eligible::{is_address_alone, is_role};
pub(crate) use end::GroupSideEnd;
pub(crate) use form::GroupSideForm;
pub(super) use group_command::GroupCommand;
pub(crate) use learned::LearnedForm;

use super::command_result::StepRefusal;
use super::request::ReadyCommand;
use crate::plan::sides::{CommandWidth, Direction};
use crate::plan::{Key, Plan, Schedule};
use crate::umapi::wire::{MAX_STEPS, Root};
use eligible::{GroupMembership, memberships};
use group_command::{GroupStep, QueuedMembership};
use queue::{GroupQueue, Standing};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// Work items whose memberships go as commands of their groups.
#[derive(Debug)]
pub(super) struct GroupSide {
    form: GroupSideForm,
    held: HashMap<u64, HeldItem>,
    last_hold: u64,
    queues: Vec<GroupQueue>,
    by_name: HashMap<Key, usize>,
    /// Parts of refused steps. Each is sent as a command of one step.
    parts: VecDeque<(usize, GroupStep)>,
    /// Requests that were refused as a whole, in halves.
    halves: VecDeque<Vec<GroupCommand>>,
    /// Memberships that wait.
    waiting: usize,
    /// Requests in flight.
    in_flight: usize,
    /// Requests that have ended.
    ended: u64,
    balance: Balance,
    saved: Saved,
    is_given_up: bool,
    /// Whether nothing is sent for now.
    is_paused: bool,
}

impl Default for GroupSide {
    fn default() -> Self {
        Self::new(GroupSideForm::untested(CommandWidth::Wide))
    }
}

/// A work item whose memberships wait or are in flight.
#[derive(Debug)]
struct HeldItem {
    prepared: ReadyCommand,
    /// The groups of memberships that wait in their queues.
    queued: Vec<usize>,
    /// The number of memberships that wait in parts of steps and halves of requests.
    apart: usize,
    in_flight: usize,
    /// The last refusal of one of its users, if it is a row of a group.
    last_refusal: Option<StepRefusal>,
    /// The first request that may have been carried out with it, although no response said so.
    unclear_since: Option<u64>,
    /// Whether it leaves, once nothing of it is in flight: it goes as a command of its own, or
    /// ends because most of its users were refused.
    falls_back: bool,
    /// The server's warnings about the commands that have carried out a part of it.
    remarks: Vec<String>,
}

impl HeldItem {
    /// Whether nothing of it is left to send.
    fn is_all_sent(&self) -> bool {
        self.queued.is_empty() && self.apart == 0
    }

    /// Whether it is a row of a group, and not a command of a user.
    fn is_row_of_group(&self) -> bool {
        matches!(self.prepared.command.root, Root::Group { .. })
    }

    /// Returns the last refusal of one of its users, also in an earlier part of the run.
    fn last_refusal(&self) -> Option<StepRefusal> {
        let earlier = || {
            let (code, message) = self.prepared.item.halfway.refusals.last()?.clone();
            Some(StepRefusal { step: Some(0), code, message })
        };
        self.last_refusal.clone().or_else(earlier)
    }

    /// Records that the membership of this user is changed.
    fn take(&mut self, direction: Direction, user: &str) {
        self.prepared.item.is_done_in_part = true;
        if self.is_row_of_group() {
            let halfway = &mut self.prepared.item.halfway;
            halfway.moved.push(user.to_owned());
            halfway.done = match direction {
                Direction::Add => halfway.done.joined(1),
                Direction::Remove => halfway.done.left(1),
            };
        }
    }
}

/// What group-side commands have cost and saved so far.
#[derive(Debug, Default)]
struct Balance {
    /// The commands of their own that the memberships would need. A row of a group counts as if it
    /// needed one for each: its own commands would go one after another.
    items: u64,
    memberships: u64,
    commands: u64,
    done: u64,
}

/// What group-side commands have done in place of commands of users.
#[derive(Debug, Default)]
struct Saved {
    commands: u64,
    memberships: u64,
    /// Work items that needed no command of their user.
    items: u64,
}

/// The most memberships that wait. At this number, reading ahead in the file pauses.
const MOST_WAITING: usize = 50_000;
/// The most work items that are held.
const MOST_HELD: usize = 10_000;

impl GroupSide {
    /// Starts with this form.
    pub(super) fn new(form: GroupSideForm) -> Self {
        Self {
            form,
            held: HashMap::new(),
            last_hold: 0,
            queues: Vec::new(),
            by_name: HashMap::new(),
            parts: VecDeque::new(),
            halves: VecDeque::new(),
            waiting: 0,
            in_flight: 0,
            ended: 0,
            balance: Balance::default(),
            saved: Saved::default(),
            is_given_up: false,
            is_paused: false,
        }
    }

    /// Takes in a command whose memberships go as commands of their groups, and returns any other.
    /// A row of a group for which that is impossible waits in the schedule until it goes by itself.
    pub(super) fn take_in(
        &mut self,
        prepared: ReadyCommand,
        plan: &Plan,
        schedule: &mut Schedule<'_>,
    ) -> Option<ReadyCommand> {
        if !prepared.item.goes_from_groups(plan) {
            return Some(prepared);
        }
        let prepared = self.hold(prepared)?;
        if matches!(prepared.command.root, Root::User { .. }) {
            return Some(prepared);
        }
        schedule.go_by_itself(prepared.item);
        None
    }

    /// Takes in a command that can go from the groups' side; returns any other.
    fn hold(&mut self, prepared: ReadyCommand) -> Option<ReadyCommand> {
        let Some(memberships) = memberships(&prepared) else { return Some(prepared) };
        let is_closed = |group: &str| {
            let place = self.by_name.get(&Key::group(group));
            place.is_some_and(|place| self.queues[*place].standing == Standing::Closed)
        };
        if self.is_given_up || memberships.iter().any(|one| is_closed(one.group)) {
            return Some(prepared);
        }
        self.last_hold += 1;
        let hold = self.last_hold;
        let mut queued = Vec::with_capacity(memberships.len());
        for GroupMembership { direction, group, user, rows } in memberships {
            let queues = &mut self.queues;
            let place = *self.by_name.entry(Key::group(group)).or_insert_with(|| {
                queues.push(GroupQueue::new(group));
                queues.len() - 1
            });
            let (user, rows) = (user.to_owned(), rows.to_vec());
            queues[place].push(direction, QueuedMembership { hold, user, rows });
            queued.push(place);
        }
        self.waiting += queued.len();
        self.balance.items += match prepared.command.root {
            Root::User { .. } => 1,
            Root::Group { .. } => queued.len() as u64,
        };
        self.balance.memberships += queued.len() as u64;
        let held = HeldItem {
            prepared,
            queued,
            apart: 0,
            in_flight: 0,
            last_refusal: None,
            unclear_since: None,
            falls_back: false,
            remarks: Vec::new(),
        };
        self.held.insert(hold, held);
        None
    }

    /// Returns how many memberships a command of a group takes.
    pub(super) fn width(&self) -> CommandWidth {
        self.form.width()
    }

    /// Records that a command of a row about a group has too many memberships, while the narrow
    /// form takes fewer.
    pub(super) fn row_is_too_wide(&mut self) {
        self.narrow(MAX_STEPS);
    }

    /// Whether enough waits, so that reading ahead in the file pauses.
    pub(super) fn is_full(&self) -> bool {
        self.waiting >= MOST_WAITING || self.held.len() >= MOST_HELD
    }

    /// Returns what was saved and found out; `None` if that is nothing.
    pub(super) fn end(&self) -> Option<GroupSideEnd> {
        let Saved { commands, memberships, items } = self.saved;
        (self.balance.commands > 0 || self.form.is_narrow()).then(|| GroupSideEnd {
            memberships,
            commands,
            in_place_of: items,
            form: self.form.clone(),
        })
    }

    /// Whether no work item is held.
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Whether something is held that no request in flight has.
    pub(super) fn has_waiting(&self) -> bool {
        self.waiting > 0
    }

    /// Returns the work items of these commands, each once.
    pub(super) fn items_of(&self, commands: &[GroupCommand]) -> Vec<&ReadyCommand> {
        holds_of(commands).iter().filter_map(|hold| Some(&self.held.get(hold)?.prepared)).collect()
    }

    /// Passes each work item of these commands to `each`, to change it.
    pub(super) fn items_of_mut(
        &mut self,
        commands: &[GroupCommand],
        mut each: impl FnMut(&mut ReadyCommand),
    ) {
        for hold in holds_of(commands) {
            self.held.get_mut(&hold).into_iter().for_each(|held| each(&mut held.prepared));
        }
    }

    /// Sends nothing until [`Self::go_on`].
    pub(super) fn pause(&mut self) {
        self.is_paused = true;
    }

    /// Ends the pause.
    pub(super) fn go_on(&mut self) {
        self.is_paused = false;
    }

    /// Counts the memberships of a step as no longer waiting in the queue of their group.
    fn leave_queue(&mut self, place: usize, step: &GroupStep) {
        for member in &step.members {
            let Some(held) = self.held.get_mut(&member.hold) else { continue };
            if let Some(at) = held.queued.iter().position(|queued| *queued == place) {
                held.queued.swap_remove(at);
                self.waiting -= 1;
            }
        }
    }

    /// Lets a step wait in the queue of its group, without work items that leave.
    fn wait_again(&mut self, place: usize, mut step: GroupStep) {
        step.members.retain(|member| {
            let held = self.held.get_mut(&member.hold).filter(|held| !held.falls_back);
            held.map(|held| held.queued.push(place)).is_some()
        });
        self.waiting += step.members.len();
        self.queues[place].push_front(step.direction, step.members);
    }

    /// Takes a step that waits apart from the queues, without work items that have left.
    fn take_apart(&mut self, step: &mut GroupStep) {
        step.members.retain(|member| {
            let held = self.held.get_mut(&member.hold).filter(|held| !held.falls_back);
            held.map(|held| held.apart -= 1).is_some()
        });
        self.waiting -= step.members.len();
    }

    /// Lets a step wait apart from the queues, without work items that leave.
    fn wait_apart(&mut self, step: &mut GroupStep) {
        step.members.retain(|member| {
            let held = self.held.get_mut(&member.hold).filter(|held| !held.falls_back);
            held.map(|held| held.apart += 1).is_some()
        });
        self.waiting += step.members.len();
    }

    /// Marks a work item to be sent as a command of its user, with all its memberships.
    fn fall_back(&mut self, hold: u64) {
        let Some(held) = self.held.get_mut(&hold).filter(|held| !held.falls_back) else { return };
        held.falls_back = true;
        let queued = std::mem::take(&mut held.queued);
        self.waiting -= queued.len() + std::mem::take(&mut held.apart);
        queued.into_iter().for_each(|place| self.queues[place].live -= 1);
    }
}

/// Returns the numbers of the work items of commands.
fn holds_of(commands: &[GroupCommand]) -> BTreeSet<u64> {
    let steps = commands.iter().flat_map(|command| &command.steps);
    steps.flat_map(|step| step.members.iter().map(|member| member.hold)).collect()
}

#[cfg(test)]
mod tests;
