//! Group-side commands: memberships of many users that are sent as commands of their groups, a
//! hundred in one command, where the plan finds that to be fewer requests.
//!
//! In: commands of users that only join or leave groups, ready to be sent. Out: commands of groups,
//! and for every work item that was taken in, either that all its memberships are confirmed, or that
//! it is to be sent as a command of its user. Whatever goes wrong here ends that way, so that each
//! row ends as if it had gone alone. Pure: no I/O, no clock.

mod eligible;
mod form;
mod group_command;
mod judge;
mod learned;
mod queue;

pub(crate) use form::GroupSideForm;
pub(super) use group_command::GroupCommand;
pub(crate) use learned::LearnedForm;

use super::command_result::CommandResult;
use super::request::ReadyCommand;
use crate::plan::Key;
use crate::plan::sides::CommandWidth;
use crate::umapi::wire::{MAX_COMMANDS, MAX_LIST, MAX_STEPS};
use eligible::memberships;
use form::Novelty;
use group_command::{GroupStep, QueuedMembership};
use judge::{Judgement, Lesson, Neighbours, StepFate, is_too_long, judge};
use queue::{GroupQueue, Standing};
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

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
    /// The first request that may have been carried out with it, although no response said so.
    unclear_since: Option<u64>,
    /// Whether it goes as a command of its user, once nothing of it is in flight.
    falls_back: bool,
}

/// What group-side commands have cost and saved so far.
#[derive(Debug, Default)]
struct Balance {
    items: u64,
    memberships: u64,
    commands: u64,
    done: u64,
    /// Work items that needed no command of their user.
    confirmed: u64,
}

impl Balance {
    /// Whether more commands were sent than commands of users were saved.
    fn is_a_loss(&self) -> bool {
        // The first requests decide nothing: a few refusals may come first.
        const FIRST: u64 = MAX_COMMANDS as u64;
        self.commands >= FIRST
            && u128::from(self.done) * u128::from(self.items)
                < u128::from(self.commands) * u128::from(self.memberships)
    }
}

/// What group-side commands have saved in a run, and the form that they have at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupSideEnd {
    /// The memberships that are confirmed.
    pub(crate) memberships: u64,
    /// The commands that were sent, with those that were refused.
    pub(crate) commands: u64,
    /// The commands of users that are done in their place.
    pub(crate) in_place_of: u64,
    pub(crate) form: GroupSideForm,
}

/// What a response has settled.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// All their memberships are confirmed, the last ones by a response with these remarks.
    pub(super) confirmed: Vec<ReadyCommand>,
    /// They are to be sent as commands of their users.
    pub(super) from_users: Vec<ReadyCommand>,
    /// Whether something may have been carried out without a clear response, so that the next
    /// request waits for a while.
    pub(super) is_unclear: bool,
}

/// How a request without a result of its commands ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoResults<'c> {
    /// Nothing of it was carried out, and the same request may be sent again.
    NotSent,
    /// Something in it was refused with this code, so that nothing of it was carried out.
    Refused(&'c str),
    /// It was too large.
    TooLarge,
    /// It may have been carried out.
    Unclear,
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
            is_given_up: false,
            is_paused: false,
        }
    }

    /// Takes in a command that can go from the groups' side; returns any other.
    pub(super) fn take_in(&mut self, prepared: ReadyCommand) -> Option<ReadyCommand> {
        let Some((user, memberships)) = memberships(&prepared) else { return Some(prepared) };
        let is_closed = |group: &str| {
            let place = self.by_name.get(&Key::group(group));
            place.is_some_and(|place| self.queues[*place].standing == Standing::Closed)
        };
        if self.is_given_up || memberships.iter().any(|(_, group, _)| is_closed(group)) {
            return Some(prepared);
        }
        self.last_hold += 1;
        let hold = self.last_hold;
        let mut queued = Vec::with_capacity(memberships.len());
        for (direction, group, rows) in memberships {
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
        self.balance.items += 1;
        self.balance.memberships += queued.len() as u64;
        let held = HeldItem {
            prepared,
            queued,
            apart: 0,
            in_flight: 0,
            unclear_since: None,
            falls_back: false,
        };
        self.held.insert(hold, held);
        None
    }

    /// Whether enough waits, so that reading ahead in the file pauses.
    pub(super) fn is_full(&self) -> bool {
        self.waiting >= MOST_WAITING || self.held.len() >= MOST_HELD
    }

    /// Returns what was saved; `None` if nothing was sent.
    pub(super) fn end(&self) -> Option<GroupSideEnd> {
        let Balance { commands, done, confirmed, .. } = self.balance;
        (commands > 0).then(|| GroupSideEnd {
            memberships: done,
            commands,
            in_place_of: confirmed,
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

    /// Returns a request of full commands; `None` if there are too few of them, or another request
    /// tries a form.
    pub(super) fn full_request(&mut self) -> Option<Vec<GroupCommand>> {
        if !self.may_send() {
            return None;
        }
        if let Some(half) = self.next_half(MAX_COMMANDS) {
            return Some(half);
        }
        if self.full_commands() < MAX_COMMANDS {
            return None;
        }
        let commands = self.choose(MAX_COMMANDS, self.form.capacity());
        if commands.len() < MAX_COMMANDS && !self.form.tries_width() {
            self.put_back(commands);
            return None;
        }
        Some(commands)
    }

    /// Returns up to `most` commands, full or not, because nothing more comes for now. None while a
    /// form is on trial, or if a trial would share the request with other commands.
    pub(super) fn rest(&mut self, most: usize) -> Vec<GroupCommand> {
        let shares_request = most < MAX_COMMANDS;
        if !self.may_send() || (self.form.tries_width() && shares_request) {
            return Vec::new();
        }
        if let Some(half) = self.next_half(most) {
            return half;
        }
        // Once the requests in flight have shown that a group may have several commands, they fill
        // a request.
        let is_soon_full =
            self.in_flight > 0 && !self.form.shares() && self.full_commands() >= MAX_COMMANDS;
        if is_soon_full { Vec::new() } else { self.choose(most, 1) }
    }

    /// Returns the number of full commands that wait.
    fn full_commands(&self) -> usize {
        let capacity = self.form.capacity();
        let full = self.queues.iter().map(|queue| queue.live / capacity).sum::<usize>();
        full + self.parts.len()
    }

    /// Takes the next half of a refused request, without work items that have left.
    fn next_half(&mut self, most: usize) -> Option<Vec<GroupCommand>> {
        while self.halves.front().is_some_and(|half| half.len() <= most)
            && let Some(half) = self.halves.pop_front()
        {
            let mut commands = Vec::with_capacity(half.len());
            for GroupCommand { group, mut steps, .. } in half {
                steps.iter_mut().for_each(|step| self.take_apart(step));
                steps.retain(|step| !step.members.is_empty());
                if !steps.is_empty() {
                    commands.push(self.queues[group].command(group, steps));
                }
            }
            if !commands.is_empty() {
                return Some(commands);
            }
        }
        None
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

    fn may_send(&self) -> bool {
        !self.is_paused
            && self.form.is_settled()
            && (self.in_flight == 0 || !self.form.tries_width())
    }

    /// Chooses commands of groups with at least `least` memberships, the largest first and each
    /// group once, if that fills the request.
    fn choose(&mut self, most: usize, least: usize) -> Vec<GroupCommand> {
        let mut order: Vec<usize> = (0..self.queues.len())
            .filter(|place| {
                let queue = &self.queues[*place];
                queue.live >= least && queue.standing != Standing::Closed
            })
            .collect();
        order.sort_by_key(|place| std::cmp::Reverse(self.queues[*place].live));
        let mut chosen: Vec<GroupCommand> = Vec::new();
        let mut used: HashSet<usize> = HashSet::new();
        for place in order.iter().copied() {
            if chosen.len() < most && self.queues[place].in_flight == 0 && used.insert(place) {
                chosen.extend(self.command_of(place));
            }
        }
        self.choose_parts(most, &mut chosen, &mut used);
        // A request that tries to share a group is sent while no other one is in flight.
        let may_try = self.form.may_try_sharing() && self.in_flight == 0 && most == MAX_COMMANDS;
        let may_repeat = self.form.shares() || may_try;
        while may_repeat && chosen.len() < most {
            let before = chosen.len();
            for place in order.iter().copied() {
                let queue = &self.queues[place];
                let is_large = queue.live >= least && queue.live > 0;
                if chosen.len() < most && is_large && queue.standing == Standing::Proven {
                    chosen.extend(self.command_of(place));
                }
            }
            if chosen.len() == before {
                break;
            }
        }
        chosen
    }

    /// Adds parts of refused steps whose groups are not used.
    fn choose_parts(
        &mut self,
        most: usize,
        chosen: &mut Vec<GroupCommand>,
        used: &mut HashSet<usize>,
    ) {
        let may_share = self.form.shares();
        let mut kept = VecDeque::new();
        while chosen.len() < most
            && let Some((place, mut step)) = self.parts.pop_front()
        {
            if self.queues[place].standing == Standing::Closed {
                continue;
            }
            let is_free = self.queues[place].in_flight == 0 && used.insert(place);
            if !is_free && !may_share {
                kept.push_back((place, step));
                continue;
            }
            self.take_apart(&mut step);
            if !step.members.is_empty() {
                chosen.push(self.queues[place].command(place, vec![step]));
            }
        }
        kept.append(&mut self.parts);
        self.parts = kept;
    }

    fn command_of(&mut self, place: usize) -> Option<GroupCommand> {
        let held = &self.held;
        let is_held = |hold: u64| held.get(&hold).is_some_and(|held| !held.falls_back);
        let steps = self.queues[place].take(self.form.steps(), is_held);
        steps.iter().for_each(|step| self.leave_queue(place, step));
        (!steps.is_empty()).then(|| self.queues[place].command(place, steps))
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

    /// Puts commands back that are not sent now.
    pub(super) fn put_back(&mut self, commands: Vec<GroupCommand>) {
        for GroupCommand { group, steps, .. } in commands.into_iter().rev() {
            for step in steps.into_iter().rev() {
                self.wait_again(group, step);
            }
        }
    }

    fn wait_again(&mut self, place: usize, mut step: GroupStep) {
        step.members.retain(|member| {
            let held = self.held.get_mut(&member.hold).filter(|held| !held.falls_back);
            held.map(|held| held.queued.push(place)).is_some()
        });
        self.waiting += step.members.len();
        self.queues[place].push_front(step.direction, step.members);
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

    /// Takes work items out of commands that are not sent yet. Returns the other commands, and the
    /// work items that nothing else in flight holds back.
    pub(super) fn withdraw(
        &mut self,
        commands: Vec<GroupCommand>,
        is_withdrawn: impl Fn(&ReadyCommand) -> bool,
    ) -> (Vec<GroupCommand>, Vec<ReadyCommand>) {
        let holds: BTreeSet<u64> = holds_of(&commands)
            .into_iter()
            .filter(|hold| self.held.get(hold).is_some_and(|held| is_withdrawn(&held.prepared)))
            .collect();
        if holds.is_empty() {
            return (commands, Vec::new());
        }
        let mut kept = Vec::with_capacity(commands.len());
        for GroupCommand { group, steps, .. } in commands {
            let mut rest = Vec::with_capacity(steps.len());
            for GroupStep { direction, members } in steps {
                let (out, members): (Vec<_>, Vec<_>) =
                    members.into_iter().partition(|member| holds.contains(&member.hold));
                self.wait_again(group, GroupStep { direction, members: out });
                rest.extend((!members.is_empty()).then_some(GroupStep { direction, members }));
            }
            if !rest.is_empty() {
                kept.push(self.queues[group].command(group, rest));
            }
        }
        let mut free = Vec::new();
        for hold in holds {
            if self.held.get(&hold).is_some_and(|held| held.in_flight == 0) {
                self.fall_back_one(hold);
                free.extend(self.held.remove(&hold).map(|held| held.prepared));
            }
        }
        (kept, free)
    }

    /// Records that these commands are sent in one request.
    pub(super) fn send(&mut self, commands: &[GroupCommand]) {
        if commands.is_empty() {
            return;
        }
        let mut novelty = Novelty::None;
        for command in commands {
            let queue = &mut self.queues[command.group];
            if queue.in_flight > 0 {
                novelty = Novelty::Sharing;
            }
            queue.in_flight += 1;
            for member in command.steps.iter().flat_map(|step| &step.members) {
                let Some(held) = self.held.get_mut(&member.hold) else { continue };
                held.in_flight += 1;
                let item = &mut held.prepared.item;
                item.attempts = 1 + u32::from(item.uncertain);
                item.sent = item.sent.max(item.attempts);
            }
        }
        self.in_flight += 1;
        self.balance.commands += commands.len() as u64;
        self.form.send(novelty);
    }

    /// Applies the results of the commands of a request.
    pub(super) fn settle(
        &mut self,
        commands: Vec<GroupCommand>,
        results: &[CommandResult],
    ) -> Settled {
        let is_done = |result: &CommandResult| matches!(result, CommandResult::Done { .. });
        let (mut lessons, mut too_long) = (Vec::new(), Vec::new());
        let judged: Vec<(GroupCommand, Vec<StepFate>)> = commands
            .into_iter()
            .zip(results)
            .map(|(command, result)| {
                let neighbours = match self.queues[command.group].in_flight {
                    0 | 1 => Neighbours::None,
                    _ => Neighbours::OfTheSameGroup,
                };
                let Judgement { steps, lesson } = judge(&command, result, neighbours);
                lessons.extend(lesson.map(|lesson| (lesson, command.group)));
                if lesson == Some(Lesson::TooLong) {
                    too_long.push(command.steps.len());
                }
                if steps.first() == Some(&StepFate::Done)
                    && self.queues[command.group].standing == Standing::Unproven
                {
                    self.queues[command.group].standing = Standing::Proven;
                }
                (command, steps)
            })
            .collect();
        match results.iter().any(is_done) {
            true => self.form.confirm(),
            false => self.form.leave_open(),
        }
        for (lesson, group) in lessons {
            match lesson {
                Lesson::GroupIsClosed => self.queues[group].standing = Standing::Closed,
                Lesson::Conflict => self.form.stop_sharing(),
                Lesson::TooLong => {}
            }
        }
        if !too_long.is_empty() {
            self.narrow(if too_long.contains(&1) { 1 } else { MAX_STEPS });
        }
        self.close_request(judged)
    }

    /// Applies the end of a request that gave no results.
    pub(super) fn settle_unanswered(
        &mut self,
        commands: Vec<GroupCommand>,
        how: NoResults<'_>,
    ) -> Settled {
        self.form.leave_open();
        let longest = commands.iter().map(|command| command.steps.len()).max().unwrap_or(0);
        match how {
            NoResults::TooLarge => self.narrow(longest),
            NoResults::Refused(code) if is_too_long(code) => self.narrow(longest),
            NoResults::Refused(_) => return self.halve(commands),
            // Whatever takes too long may need less time in parts.
            NoResults::Unclear if longest > 1 => self.narrow(longest),
            NoResults::Unclear | NoResults::NotSent => {}
        }
        let fate = match how {
            NoResults::NotSent | NoResults::Refused(_) => StepFate::Again,
            NoResults::TooLarge | NoResults::Unclear => StepFate::Unclear,
        };
        let judged = |command: GroupCommand| {
            let fates = vec![fate.clone(); command.steps.len()];
            (command, fates)
        };
        self.close_request(commands.into_iter().map(judged).collect())
    }

    /// Halves a request that is refused for one of its commands; a command alone goes from its
    /// users.
    fn halve(&mut self, mut commands: Vec<GroupCommand>) -> Settled {
        if commands.len() < 2 {
            let judged = |command: GroupCommand| {
                let fates = vec![StepFate::FromUsers; command.steps.len()];
                (command, fates)
            };
            return self.close_request(commands.into_iter().map(judged).collect());
        }
        let touched = holds_of(&commands);
        self.close(&commands);
        for step in commands.iter_mut().flat_map(|command| &mut command.steps) {
            self.wait_apart(step);
        }
        let second = commands.split_off(commands.len() / 2);
        self.halves.extend([commands, second]);
        self.release_all(touched)
    }

    /// Records that commands of this number of steps are too long. After the narrow form there is
    /// none.
    fn narrow(&mut self, steps: usize) {
        match steps {
            0 | 1 => self.is_given_up = true,
            _ if self.form.steps() > 1 => self.form.narrow(),
            // The request was composed before.
            _ => {}
        }
    }

    /// Counts commands as no longer in flight.
    fn close(&mut self, commands: &[GroupCommand]) {
        self.in_flight -= 1;
        self.ended += 1;
        for command in commands {
            self.queues[command.group].in_flight -= 1;
            for member in command.steps.iter().flat_map(|step| &step.members) {
                self.held.get_mut(&member.hold).into_iter().for_each(|held| held.in_flight -= 1);
            }
        }
    }

    /// Applies what is known of each step of a request. Returns the work items that are through.
    fn close_request(&mut self, judged: Vec<(GroupCommand, Vec<StepFate>)>) -> Settled {
        let commands: Vec<GroupCommand> =
            judged.iter().map(|(command, _)| command.clone()).collect();
        self.close(&commands);
        let mut touched: BTreeSet<u64> = holds_of(&commands);
        let mut is_unclear = false;
        for (command, fates) in judged.into_iter().rev() {
            for (step, fate) in command.steps.into_iter().zip(fates).rev() {
                is_unclear |= fate == StepFate::Unclear;
                self.apply(command.group, step, &fate);
            }
        }
        if self.balance.is_a_loss() {
            self.is_given_up = true;
        }
        touched.extend(self.leave_closed_groups());
        Settled { is_unclear, ..self.release_all(touched) }
    }

    /// Lets those of these work items leave that are through.
    fn release_all(&mut self, touched: BTreeSet<u64>) -> Settled {
        let mut settled = Settled::default();
        for hold in touched {
            let Some(held) = self.held.get(&hold).filter(|held| held.in_flight == 0) else {
                continue;
            };
            if held.falls_back {
                settled.from_users.extend(self.release(hold));
            } else if held.queued.is_empty() && held.apart == 0 {
                self.balance.confirmed += 1;
                settled.confirmed.extend(self.release(hold));
            }
        }
        settled
    }

    fn apply(&mut self, group: usize, step: GroupStep, fate: &StepFate) {
        match fate {
            StepFate::Done => self.balance.done += step.members.len() as u64,
            StepFate::Again => self.wait_again(group, step),
            StepFate::FromUsers => self.fall_back(&step.members),
            StepFate::Halve if step.members.len() < 2 => self.fall_back(&step.members),
            StepFate::Halve => {
                let GroupStep { direction, mut members } = step;
                let half = members.len().div_ceil(2).min(MAX_LIST / 2);
                let rest = members.split_off(half);
                for members in [members, rest] {
                    let mut step = GroupStep { direction, members };
                    self.wait_apart(&mut step);
                    self.parts.extend((!step.members.is_empty()).then_some((group, step)));
                }
            }
            StepFate::Except(places) => {
                let is_named = |(place, _): &(usize, QueuedMembership)| places.contains(place);
                let (named, rest): (Vec<_>, Vec<_>) =
                    step.members.into_iter().enumerate().partition(is_named);
                let without = |members: Vec<(usize, QueuedMembership)>| {
                    members.into_iter().map(|(_, member)| member).collect::<Vec<_>>()
                };
                self.fall_back(&without(named));
                self.wait_again(
                    group,
                    GroupStep { direction: step.direction, members: without(rest) },
                );
            }
            StepFate::Unclear => {
                let (held, now) = (&mut self.held, self.ended);
                let (again, from_users) = step.members.into_iter().partition(|member| {
                    let held = held.get_mut(&member.hold);
                    held.is_some_and(|held| *held.unclear_since.get_or_insert(now) == now)
                });
                let (again, from_users): (Vec<QueuedMembership>, Vec<QueuedMembership>) =
                    (again, from_users);
                self.fall_back(&from_users);
                self.wait_again(group, GroupStep { direction: step.direction, members: again });
            }
        }
    }

    /// Marks work items to be sent as commands of their users, with all their memberships.
    fn fall_back(&mut self, members: &[QueuedMembership]) {
        members.iter().for_each(|member| self.fall_back_one(member.hold));
    }

    fn fall_back_one(&mut self, hold: u64) {
        let Some(held) = self.held.get_mut(&hold).filter(|held| !held.falls_back) else { return };
        held.falls_back = true;
        let queued = std::mem::take(&mut held.queued);
        self.waiting -= queued.len() + std::mem::take(&mut held.apart);
        queued.into_iter().for_each(|place| self.queues[place].live -= 1);
    }

    /// Lets the work items of closed groups leave, or all of them. Returns those that have left.
    fn leave_closed_groups(&mut self) -> Vec<u64> {
        let leaving: Vec<u64> = if self.is_given_up {
            self.halves.clear();
            self.held.keys().copied().collect()
        } else {
            let mut leaving = Vec::new();
            for queue in self.queues.iter_mut().filter(|queue| queue.standing == Standing::Closed) {
                leaving.extend(queue.take_all());
            }
            let queues = &self.queues;
            let of_closed =
                |(place, _): &&(usize, GroupStep)| queues[*place].standing == Standing::Closed;
            let steps = self.parts.iter().filter(of_closed).map(|(_, step)| step);
            leaving.extend(steps.flat_map(|step| step.members.iter().map(|member| member.hold)));
            leaving
        };
        leaving.iter().for_each(|hold| self.fall_back_one(*hold));
        leaving
    }

    fn release(&mut self, hold: u64) -> Option<ReadyCommand> {
        let HeldItem { mut prepared, falls_back, .. } = self.held.remove(&hold)?;
        // After giving up, nothing is taken in, so that no mark is needed.
        prepared.item.from_user = falls_back && !self.is_given_up;
        Some(prepared)
    }
}

/// Returns the numbers of the work items of commands.
fn holds_of(commands: &[GroupCommand]) -> BTreeSet<u64> {
    let steps = commands.iter().flat_map(|command| &command.steps);
    steps.flat_map(|step| step.members.iter().map(|member| member.hold)).collect()
}

#[cfg(test)]
mod tests;
