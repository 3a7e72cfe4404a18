//! What the service may still carry out in an organization, and which commands must wait for it.
//!
//! In: commands that are sent, and their results. Out: the time until which a command must wait.
//! Rows of one file that could collide already wait for each other (see
//! [`Schedule`](crate::plan::Schedule)). Here, names are compared with what other files and other
//! processes have sent, and with names that the server has reported meanwhile. What other processes
//! must know is in a file of the state folder (see [`store`]).

mod footprint;
mod list;
mod open_names;
mod sent_effect;
mod store;

pub(super) use footprint::Footprint;
pub(crate) use open_names::OpenNames;

use super::policy::Policy;
use crate::journal::{Moment, SideFile};
use crate::plan::{Key, WorkItem};
use crate::umapi::millis;
use list::{HOLD, LateEffect, LateEffectList};
use sent_effect::SentEffect;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{EffectLine, EffectStore, News};
use tokio::time::Instant;
use xxhash_rust::xxh3::xxh3_64;

/// Late effects in one organization, shared by the runs of one command and, through a file, by all
/// processes of the user.
#[derive(Debug, Clone, Default)]
pub(crate) struct LateEffects(Arc<SharedEffects>);

#[derive(Debug, Default)]
struct SharedEffects {
    effects: Mutex<LateEffectList>,
    store: Option<EffectStore>,
}

impl LateEffects {
    /// Creates late effects that are shared with other processes by a file in the state folder.
    pub(crate) fn in_folder(state: &Path, organization: &str, host: &str) -> Self {
        Self(Arc::new(SharedEffects {
            effects: Mutex::default(),
            store: Some(EffectStore::new(state, organization, host)),
        }))
    }

    /// Returns the names that other runs, and earlier starts of this one, may still change. What
    /// they send from now on [is reported](RunEffects::newly_changed) to the runs of this command.
    pub(crate) fn open_names(&self, window: Duration) -> OpenNames {
        let run = RunEffects::of(self, 0, window, Duration::ZERO);
        run.refresh();
        OpenNames::of(&run.effects(), Instant::now() + window)
    }

    /// Starts watching other runs: what they send from now on [is
    /// reported](RunEffects::newly_changed) to the runs of this command, because it may change the
    /// server's responses.
    pub(crate) fn begin_watching(&self, window: Duration) {
        self.open_names(window);
        let mut effects = self.0.effects.lock().unwrap_or_else(PoisonError::into_inner);
        effects.watch_from(Instant::now());
    }

    /// Returns why other processes cannot be informed, or why their file cannot be read.
    pub(crate) fn failure(&self) -> Option<String> {
        self.0.store.as_ref().and_then(EffectStore::failure)
    }
}

impl SideFile for SharedEffects {
    fn sync(&self) {
        if let Some(store) = &self.store {
            store.sync();
        }
    }
}

/// What a command must wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collision {
    /// For the response to a request of this run that is in flight.
    InFlight,
    /// For a late effect of an earlier request of this run, until this time.
    LateEffect(Instant),
    /// For a late effect of a request of another process, or of another file, until this time.
    OthersEffect(Instant),
}

/// The kind of command that may have to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiter {
    /// A command that was not sent before. It also waits while other processes find out the results
    /// of theirs.
    New,
    /// A command whose result is unknown. It does not wait while other processes find out the
    /// results of theirs, because they may wait for it.
    Uncertain,
}

impl Waiter {
    /// Returns how a work item waits: as an uncertain one, or as a new one.
    pub(super) fn of(item: &WorkItem) -> Self {
        if item.was_uncertain { Self::Uncertain } else { Self::New }
    }
}

/// The late effects from the point of view of one run.
#[derive(Debug)]
pub(super) struct RunEffects {
    shared: LateEffects,
    run: u64,
    window: Duration,
    timeout: Duration,
    /// The number of uncertain groups that the run has read.
    known_groups: usize,
    /// The number of names changed by others that the run has read.
    known_changes: usize,
}

/// An entry to be written for other processes.
pub(super) struct Notice {
    effects: LateEffects,
    lines: Vec<EffectLine>,
}

impl Notice {
    /// Returns the file that it is written to.
    pub(super) fn side_file(&self) -> Arc<dyn SideFile> {
        Arc::clone(&self.effects.0) as Arc<dyn SideFile>
    }

    /// Hands it over for the next [sync](SideFile::sync). [`LateEffects::failure`] says whether
    /// that failed.
    pub(super) fn gather(self) {
        if let Some(store) = &self.effects.0.store {
            store.gather(self.lines);
        }
    }

    /// Writes it, without a [sync](SideFile::sync).
    #[cfg(test)]
    pub(super) fn write(self) {
        if let Some(store) = &self.effects.0.store {
            store.append(self.lines);
        }
    }
}

impl RunEffects {
    /// Creates the view of one run. With a window of zero there are no late effects: then only the
    /// names that a run gives are written and read.
    pub(super) fn new(shared: &LateEffects, policy: &Policy) -> Self {
        let Policy { run_id, effect_window: window, timeout, .. } = policy;
        let run = Self::of(shared, xxh3_64(run_id.as_bytes()), *window, *timeout);
        run.effects().own_runs.insert(run.run);
        run
    }

    fn of(shared: &LateEffects, run: u64, window: Duration, timeout: Duration) -> Self {
        let shared = shared.clone();
        Self { shared, run, window, timeout, known_groups: 0, known_changes: 0 }
    }

    /// Returns the file, if there is one.
    fn file(&self) -> Option<&EffectStore> {
        self.shared.0.store.as_ref()
    }

    /// Returns the file, if the run shares late effects with other processes.
    fn store(&self) -> Option<&EffectStore> {
        self.file().filter(|_| !self.window.is_zero())
    }

    /// Whether other processes are told about a command.
    fn is_told(&self, footprint: &Footprint) -> bool {
        !self.window.is_zero() || !footprint.gives.is_empty()
    }

    fn effects(&self) -> std::sync::MutexGuard<'_, LateEffectList> {
        self.shared.0.effects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notice(&self, lines: Vec<EffectLine>) -> Option<Notice> {
        self.file()
            .filter(|_| !lines.is_empty())
            .map(|_| Notice { effects: self.shared.clone(), lines })
    }

    /// Reads what other processes have written since.
    pub(super) fn refresh(&self) {
        let news = self.file().and_then(EffectStore::news);
        let mut effects = self.effects();
        // Of the entries at the start, only those that are still open count.
        let is_first = !std::mem::replace(&mut effects.has_begun, true);
        let Some(News { lines, anew }) = news else { return };
        if self.window.is_zero() {
            for line in lines.iter().filter(|_| !is_first) {
                effects.changed.extend(&line.gives);
                effects.note_given(line);
            }
            return;
        }
        let now = (Instant::now(), Moment::now());
        let mut learned = Vec::new();
        let is_own = |effect: &LateEffect| !effect.rows.is_empty();
        // An effect that has left the file is over. One that is still in it keeps its time.
        let mut old = LateEffectList::default();
        if anew {
            std::mem::swap(&mut old, &mut *effects);
            effects.changed = std::mem::take(&mut old.changed);
            effects.given = std::mem::take(&mut old.given);
            effects.own_runs = std::mem::take(&mut old.own_runs);
            effects.has_begun = true;
        }
        let mut old = old.all;
        for (sending, effect) in old.extract_if(.., |_, effect| is_own(effect)) {
            effects.insert(sending, effect);
        }
        for line in lines {
            let sending =
                line.place.map(|place| SentEffect { run: line.run, request: line.request, place });
            if sending.is_some_and(|sending| effects.all.get(&sending).is_some_and(is_own)) {
                continue;
            }
            if let Some((sending, effect)) =
                sending.and_then(|sending| Some((sending, old.remove(&sending)?)))
                && (effect.given_up, effect.held) == (Some(line.given_up()), line.held)
                && !line.changes.is_empty()
            {
                effects.insert(sending, effect);
                continue;
            }
            if !is_first {
                effects.changed.extend(&line.changes);
                effects.note_given(&line);
            }
            learned.extend(sending);
            effects.learn(line, self.window, now);
        }
        effects.add_uncertain_groups(&learned);
        if is_first {
            effects.note_open(&learned);
        }
    }

    /// Returns the groups that others may have created or removed since the last call.
    pub(super) fn new_uncertain_groups(&mut self) -> Vec<Key> {
        let effects = self.shared.0.effects.lock().unwrap_or_else(PoisonError::into_inner);
        let new = effects.uncertain_groups.get(self.known_groups..).unwrap_or_default().to_vec();
        self.known_groups += new.len();
        new
    }

    /// Returns the names that others may have changed since this command sent its first probes and
    /// since the last call.
    pub(super) fn newly_changed(&mut self) -> Vec<Key> {
        let effects = self.shared.0.effects.lock().unwrap_or_else(PoisonError::into_inner);
        let new = effects.changed.get(self.known_changes..).unwrap_or_default().to_vec();
        self.known_changes += new.len();
        new
    }

    /// Whether an import of another command has given this name to a user or a group since this
    /// command first asked what others send, or may still do so.
    pub(super) fn is_given_by_others(&self, name: Key) -> bool {
        self.effects().is_given_by_others(name)
    }

    /// Records that a request with these commands and their rows is about to be sent: rows of other
    /// files wait for it.
    pub(super) fn open<'j>(
        &self,
        request: u32,
        commands: impl Iterator<Item = (&'j [u32], &'j Footprint)>,
    ) {
        let mut effects = self.effects();
        effects.drop_expired(Instant::now());
        for (place, (rows, footprint)) in (0..).zip(commands) {
            let sending = SentEffect { run: self.run, request, place };
            effects.insert(
                sending,
                LateEffect {
                    footprint: footprint.clone(),
                    rows: rows.to_vec(),
                    given_up: None,
                    until: None,
                    held: 0,
                    held_until: None,
                },
            );
        }
    }

    /// Returns what other processes must know of an [open](Self::open) request with these commands,
    /// before it is sent at that time.
    pub(super) fn sent<'j>(
        &self,
        request: u32,
        at: Moment,
        commands: impl Iterator<Item = &'j Footprint>,
    ) -> Option<Notice> {
        let given_up = at.plus(millis(self.timeout));
        let is_told = |footprint: &&Footprint| self.file().is_some() && self.is_told(footprint);
        let told = (0..).zip(commands).filter(|(_, footprint)| is_told(footprint));
        let line = |(place, footprint)| {
            EffectLine::new(SentEffect { run: self.run, request, place }, given_up, 0, footprint)
        };
        self.notice(told.map(line).collect())
    }

    /// Takes the rows whose requests another computer has sent, with the names that they concern,
    /// and returns what other processes must know of them. The service may carry them out for a
    /// whole window from now on.
    pub(super) fn restore(&self, sent: Vec<(u32, Footprint)>) -> Option<Notice> {
        let (until, given_up) = (Instant::now() + self.window, Moment::now());
        let mut lines = Vec::new();
        let mut effects = self.effects();
        for (place, (row, footprint)) in (0..).zip(sent) {
            // No request has this number.
            let sending = SentEffect { run: self.run, request: 0, place };
            if self.is_told(&footprint) {
                lines.push(EffectLine::new(sending, given_up, 0, &footprint));
            }
            let effect = LateEffect {
                footprint,
                rows: vec![row],
                given_up: Some(given_up),
                until: Some(until),
                held: 0,
                held_until: None,
            };
            effects.insert(sending, effect);
        }
        drop(effects);
        self.notice(lines)
    }

    /// Records that the request got no proper response: the service may still carry out the command
    /// with these rows.
    pub(super) fn uncertain(&self, request: u32, rows: &[u32]) {
        let (until, given_up) = (Instant::now() + self.window, Moment::now());
        let mut effects = self.effects();
        for sending in effects.of_request(self.run, request) {
            if let Some(effect) = effects.all.get_mut(&sending).filter(|effect| effect.rows == rows)
            {
                (effect.until, effect.given_up) = (Some(until), Some(given_up));
            }
        }
    }

    /// Records that the run no longer waits for the response to the request. What is not
    /// [uncertain](Self::uncertain) is over.
    pub(super) fn answered(&self, request: u32) -> Option<Notice> {
        let mut effects = self.effects();
        let (mut open, mut over, mut is_told) = (Vec::new(), Vec::new(), false);
        for sending in effects.of_request(self.run, request) {
            let Some(effect) = effects.all.get(&sending) else { continue };
            is_told |= self.is_told(&effect.footprint);
            match effect.given_up {
                Some(given_up) => {
                    open.push(EffectLine::new(sending, given_up, effect.held, &effect.footprint));
                }
                None => {
                    over.push(EffectLine::over(sending));
                    effects.remove(sending);
                }
            }
        }
        drop(effects);
        if !is_told {
            return None;
        }
        let lines = match open.iter().all(EffectLine::is_over) {
            true => vec![EffectLine::request_over(self.run, request)],
            false => [open, over].concat(),
        };
        self.notice(lines)
    }

    /// Records that the command with these rows was carried out, so that it has no late effect.
    pub(super) fn done(&self, request: u32, rows: &[u32]) -> Option<Notice> {
        let mut effects = self.effects();
        let mut own = effects.of_request(self.run, request);
        own.retain(|sending| effects.all.get(sending).is_some_and(|effect| effect.rows == rows));
        let is_told = |sending: &SentEffect| {
            effects.all.get(sending).is_some_and(|effect| self.is_told(&effect.footprint))
        };
        let lines = own.iter().copied().filter(is_told).map(EffectLine::over).collect();
        own.iter().for_each(|sending| effects.remove(*sending));
        drop(effects);
        self.notice(lines)
    }

    /// Tells other processes to wait longer, if the service can carry out nothing more but this run
    /// has yet to find out the result. `is_open` says whether rows are still open; without rows,
    /// whether anything of an earlier part of the run is. Others do not wait for completed rows.
    pub(super) fn hold(&self, is_open: impl Fn(&[u32]) -> bool) -> Option<Notice> {
        self.store()?;
        let (now, moment) = (Instant::now(), Moment::now());
        let mut lines = Vec::new();
        for (sending, effect) in &mut self.effects().all {
            let (Some(mut given_up), Some(until)) = (effect.given_up, effect.until) else {
                continue;
            };
            if sending.run != self.run || until > now + HOLD {
                continue;
            }
            if moment.since(given_up) < 0 {
                // It was in flight when an earlier process of this run was killed.
                given_up = moment.plus(-millis(self.window));
                (effect.given_up, effect.held) = (Some(given_up), 0);
            }
            let since = moment.since(given_up);
            let held = if is_open(&effect.rows) { since.saturating_add(millis(HOLD)) } else { 0 };
            let is_news =
                if held > 0 { effect.held - since < millis(HOLD) / 2 } else { effect.held > 0 };
            if is_news {
                effect.held = held;
                effect.held_until = (held > 0).then_some(now + HOLD);
                lines.push(EffectLine::new(*sending, given_up, held, &effect.footprint));
            }
        }
        self.notice(lines)
    }

    /// Returns what a command with these rows must wait for.
    pub(super) fn collision(
        &self,
        rows: &[u32],
        footprint: &Footprint,
        waiter: Waiter,
    ) -> Option<Collision> {
        let now = Instant::now();
        let effects = self.effects();
        if effects.all.is_empty() {
            return None;
        }
        let mut latest = None;
        for (key, role) in footprint.roles() {
            for (sending, other) in effects.by_key.get(&key).map(Vec::as_slice).unwrap_or_default()
            {
                let is_own = sending.run == self.run;
                let collides = match is_own {
                    true => role.collides_unplanned(*other),
                    false => role.collides(*other),
                };
                // Many commands in flight rely on one group: most need no closer look.
                if !collides {
                    continue;
                }
                let Some(effect) = effects.all.get(sending) else { continue };
                if is_own && effect.rows.iter().any(|row| rows.contains(row)) {
                    continue;
                }
                let held = effect.held_until.filter(|_| waiter == Waiter::New);
                match effect.until.map(|until| until.max(held.unwrap_or(until))) {
                    None => return Some(Collision::InFlight),
                    Some(until) if until > now => latest = latest.max(Some((until, is_own))),
                    Some(_) => {}
                }
            }
        }
        latest.map(|(until, is_own)| match is_own {
            true => Collision::LateEffect(until),
            false => Collision::OthersEffect(until),
        })
    }
}

#[cfg(test)]
mod tests;
