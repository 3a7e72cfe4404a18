//! Which commands of groups are sent next.

use super::form::Novelty;
use super::group_command::{GroupCommand, GroupStep, QueuedMembership, Source};
use super::queue::Standing;
use super::{GroupSide, holds_of};
use crate::execute::narrow_rows::is_wide;
use crate::execute::request::ReadyCommand;
use crate::umapi::wire::{MAX_COMMANDS, MAX_LIST};
use std::collections::{BTreeSet, HashSet, VecDeque};

impl GroupSide {
    /// Returns a request of full commands; `None` if there are too few of them, or another request
    /// tries a form.
    pub(in crate::execute) fn full_request(&mut self) -> Option<Vec<GroupCommand>> {
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
        if commands.len() < MAX_COMMANDS && !self.is_trial_of_width(&commands) {
            self.put_back(commands);
            return None;
        }
        Some(commands)
    }

    /// Returns up to `most` commands, full or not, because nothing more comes for now. None while a
    /// form is on trial.
    pub(in crate::execute) fn rest(&mut self, most: usize) -> Vec<GroupCommand> {
        if !self.may_send() {
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

    /// Takes the next half of a refused request, without work items that have left. It may name
    /// groups of other requests, so that it waits for these.
    fn next_half(&mut self, most: usize) -> Option<Vec<GroupCommand>> {
        if self.in_flight > 0 || !self.may_be_wide(most) {
            return None;
        }
        while self.halves.front().is_some_and(|half| half.len() <= most)
            && let Some(half) = self.halves.pop_front()
        {
            let mut commands = Vec::with_capacity(half.len());
            for GroupCommand { group, mut steps, .. } in half {
                steps.iter_mut().for_each(|step| self.take_apart(step));
                steps.retain(|step| !step.members.is_empty());
                if !steps.is_empty() {
                    commands.push(self.queues[group].command(group, steps, Source::Halves));
                }
            }
            if !commands.is_empty() {
                return Some(commands);
            }
        }
        None
    }

    fn may_send(&self) -> bool {
        !self.is_paused && self.form.is_decided()
    }

    /// Whether a request with this number of commands of groups may try a form: it has no other
    /// commands, and no other one is in flight.
    fn may_try(&self, most: usize) -> bool {
        self.in_flight == 0 && most == MAX_COMMANDS
    }

    /// Whether commands of such a request may have more than ten memberships.
    fn may_be_wide(&self, most: usize) -> bool {
        !self.form.is_wide_untested() || self.may_try(most)
    }

    /// Whether these commands are the first with more than ten memberships.
    fn is_trial_of_width(&self, commands: &[GroupCommand]) -> bool {
        self.form.is_wide_untested() && commands.iter().any(|command| is_wide(&command.command))
    }

    /// Chooses commands of groups with at least `least` memberships, the largest first and each
    /// group once, if that fills the request.
    fn choose(&mut self, most: usize, least: usize) -> Vec<GroupCommand> {
        let most_members = if self.may_be_wide(most) { usize::MAX } else { MAX_LIST };
        let mut order: Vec<usize> = (0..self.queues.len())
            .filter(|place| {
                let queue = &self.queues[*place];
                (least..=most_members).contains(&queue.live) && queue.standing != Standing::Closed
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
        let may_repeat = self.form.shares() || (self.form.may_try_sharing() && self.may_try(most));
        while may_repeat && chosen.len() < most {
            let before = chosen.len();
            for place in order.iter().copied() {
                let queue = &self.queues[place];
                let is_large = queue.live >= least;
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
            let stays = |member: &QueuedMembership| {
                self.held.get(&member.hold).is_some_and(|held| !held.falls_back)
            };
            let all_have_left = !step.members.iter().any(stays);
            if all_have_left || self.queues[place].standing == Standing::Closed {
                continue;
            }
            let is_free = self.queues[place].in_flight == 0 && used.insert(place);
            if !is_free && !may_share {
                kept.push_back((place, step));
                continue;
            }
            self.take_apart(&mut step);
            chosen.push(self.queues[place].command(place, vec![step], Source::Parts));
        }
        kept.append(&mut self.parts);
        self.parts = kept;
    }

    fn command_of(&mut self, place: usize) -> Option<GroupCommand> {
        let held = &self.held;
        let is_held = |hold: u64| held.get(&hold).is_some_and(|held| !held.falls_back);
        let steps = self.queues[place].take(self.form.steps(), is_held);
        steps.iter().for_each(|step| self.leave_queue(place, step));
        let command = |steps| self.queues[place].command(place, steps, Source::Queue);
        (!steps.is_empty()).then(|| command(steps))
    }

    /// Puts commands back that are not sent now.
    pub(in crate::execute) fn put_back(&mut self, commands: Vec<GroupCommand>) {
        for mut command in commands.into_iter().rev() {
            match command.source {
                Source::Queue => {
                    let steps = command.steps.into_iter().rev();
                    steps.for_each(|step| self.wait_again(command.group, step));
                }
                Source::Parts => {
                    for mut step in command.steps {
                        self.wait_apart(&mut step);
                        self.parts.push_front((command.group, step));
                    }
                }
                Source::Halves => {
                    command.steps.iter_mut().for_each(|step| self.wait_apart(step));
                    self.halves.push_front(vec![command]);
                }
            }
        }
    }

    /// Takes work items out of commands that are not sent yet. Returns the other commands, and the
    /// work items that nothing else in flight holds back.
    pub(in crate::execute) fn withdraw(
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
        for GroupCommand { group, steps, source, .. } in commands {
            let mut rest = Vec::with_capacity(steps.len());
            for GroupStep { direction, members } in steps {
                let (out, members): (Vec<_>, Vec<_>) =
                    members.into_iter().partition(|member| holds.contains(&member.hold));
                self.wait_again(group, GroupStep { direction, members: out });
                rest.extend((!members.is_empty()).then_some(GroupStep { direction, members }));
            }
            if !rest.is_empty() {
                kept.push(self.queues[group].command(group, rest, source));
            }
        }
        let mut free = Vec::new();
        for hold in holds {
            if self.held.get(&hold).is_some_and(|held| held.in_flight == 0) {
                self.fall_back(hold);
                free.extend(self.held.remove(&hold).map(|held| held.prepared));
            }
        }
        (kept, free)
    }

    /// Records that these commands are sent in one request.
    pub(in crate::execute) fn send(&mut self, commands: &[GroupCommand]) {
        if commands.is_empty() {
            return;
        }
        let is_wide = self.is_trial_of_width(commands);
        let mut novelty = if is_wide { Novelty::Wide } else { Novelty::None };
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
            }
        }
        self.in_flight += 1;
        self.balance.commands += commands.len() as u64;
        let is_of_a_user =
            |hold: &u64| self.held.get(hold).is_some_and(|held| !held.is_row_of_group());
        let of_users = |command: &&GroupCommand| {
            holds_of(std::slice::from_ref(*command)).iter().any(is_of_a_user)
        };
        self.saved.commands += commands.iter().filter(of_users).count() as u64;
        self.form.send(novelty);
    }
}
