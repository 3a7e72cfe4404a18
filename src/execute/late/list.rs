//! What the service may still carry out, by names, and until when.

use super::footprint::{Footprint, NameRole};
use super::sent_effect::SentEffect;
use super::store::EffectLine;
use crate::journal::Moment;
use crate::plan::Key;
use nohash_hasher::IntMap;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;
use tokio::time::Instant;

/// What a command may still do.
#[derive(Debug)]
pub(super) struct LateEffect {
    pub(super) footprint: Footprint,
    /// The rows, if this process has sent it.
    pub(super) rows: Vec<u32>,
    /// When its process stopped waiting for the response, or will at the latest; `None` while this
    /// process waits for it.
    pub(super) given_up: Option<Moment>,
    /// The time until which it may be carried out; `None` while this process waits for the
    /// response.
    pub(super) until: Option<Instant>,
    /// For this number of milliseconds after that time, its process finds out the result.
    pub(super) held: i64,
    /// The time until which others wait for that, as last announced.
    pub(super) held_until: Option<Instant>,
}

/// The requests that may still have an effect, by the names that they may change.
#[derive(Debug, Default)]
pub(super) struct LateEffectList {
    pub(super) all: BTreeMap<SentEffect, LateEffect>,
    pub(super) by_key: IntMap<Key, Vec<(SentEffect, NameRole)>>,
    /// Groups that other processes may still create, rename or delete, or have done so since this
    /// process began.
    pub(super) uncertain_groups: Vec<Key>,
    /// Names that other processes may have changed since this process sent its first probes.
    pub(super) changed: Vec<Key>,
    /// The names that runs have given to users and groups, as far as this process has read, each
    /// with these runs.
    pub(super) given: HashMap<Key, HashSet<u64>>,
    /// The runs of this command.
    pub(super) own_runs: HashSet<u64>,
    /// Whether the entries of other processes were read.
    pub(super) has_begun: bool,
    /// The number of effects after the expired ones were last dropped.
    kept: usize,
}

impl LateEffectList {
    /// Adds a request, or replaces it.
    pub(super) fn insert(&mut self, sending: SentEffect, effect: LateEffect) {
        self.remove(sending);
        for (key, role) in effect.footprint.roles() {
            self.by_key.entry(key).or_default().push((sending, role));
        }
        self.all.insert(sending, effect);
    }

    /// Returns the commands of a request, in their order.
    pub(super) fn of_request(&self, run: u64, request: u32) -> Vec<SentEffect> {
        let at = |place| SentEffect { run, request, place };
        self.all.range(at(0)..=at(u32::MAX)).map(|(sending, _)| *sending).collect()
    }

    /// Removes a request.
    pub(super) fn remove(&mut self, sending: SentEffect) {
        let Some(effect) = self.all.remove(&sending) else { return };
        for (key, _) in effect.footprint.roles() {
            if let Some(sendings) = self.by_key.get_mut(&key) {
                sendings.retain(|(known, _)| *known != sending);
                if sendings.is_empty() {
                    self.by_key.remove(&key);
                }
            }
        }
    }

    /// Drops expired effects, once there are twice as many as were left the last time.
    pub(super) fn drop_expired(&mut self, now: Instant) {
        if self.all.len() > 2 * self.kept + 64 {
            let is_expired = |effect: &LateEffect| {
                effect
                    .until
                    .is_some_and(|until| until.max(effect.held_until.unwrap_or(until)) <= now)
            };
            let expired = self.all.iter().filter(|(_, effect)| is_expired(effect));
            let expired: Vec<SentEffect> = expired.map(|(sending, _)| *sending).collect();
            expired.into_iter().for_each(|sending| self.remove(sending));
            self.kept = self.all.len();
        }
    }

    /// Adds the groups of those commands that may still be carried out.
    pub(super) fn add_uncertain_groups(&mut self, sendings: &[SentEffect]) {
        for sending in sendings {
            let Some(effect) = self.all.get(sending) else { continue };
            for group in &effect.footprint.uncertain_groups {
                if !self.uncertain_groups.contains(group) {
                    self.uncertain_groups.push(*group);
                }
            }
        }
    }

    /// Counts, from now on, only what others may still change as changed by them, and only the
    /// names that they may still give as given.
    pub(super) fn watch_from(&mut self, now: Instant) {
        let is_open = |effect: &LateEffect| {
            effect.rows.is_empty()
                && effect
                    .until
                    .is_none_or(|until| until.max(effect.held_until.unwrap_or(until)) > now)
        };
        let open = self.all.iter().filter(|(_, effect)| is_open(effect));
        (self.changed, self.given) = (Vec::new(), HashMap::new());
        for (sending, LateEffect { footprint, .. }) in open {
            self.changed.extend(&footprint.changes);
            for name in &footprint.gives {
                self.given.entry(*name).or_default().insert(sending.run);
            }
        }
    }

    /// Adds the names that those commands may still change and give.
    pub(super) fn note_open(&mut self, sendings: &[SentEffect]) {
        for sending in sendings {
            let Some(effect) = self.all.get(sending) else { continue };
            self.changed.extend(&effect.footprint.changes);
            for name in &effect.footprint.gives {
                self.given.entry(*name).or_default().insert(sending.run);
            }
        }
    }

    /// Records which names a command of another process gives.
    pub(super) fn note_given(&mut self, line: &EffectLine) {
        for name in &line.gives {
            self.given.entry(*name).or_default().insert(line.run);
        }
    }

    /// Whether a run of another command has given this name to a user or a group.
    pub(super) fn is_given_by_others(&self, name: Key) -> bool {
        self.given.get(&name).is_some_and(|runs| !runs.is_subset(&self.own_runs))
    }

    /// Adds what another process has written.
    pub(super) fn learn(
        &mut self,
        line: EffectLine,
        window: Duration,
        (now, moment): (Instant, Moment),
    ) {
        let (given_up, held) = (line.given_up(), line.held);
        let EffectLine { run, request, place, changes, relies, uncertain_groups, gives, .. } = line;
        let Some(place) = place else {
            let over = self.of_request(run, request);
            return over.into_iter().for_each(|sending| self.remove(sending));
        };
        let sending = SentEffect { run, request, place };
        if changes.is_empty() {
            return self.remove(sending);
        }
        let is_known = |known: &LateEffect| (known.given_up, known.held) == (Some(given_up), held);
        if self.all.get(&sending).is_some_and(is_known) {
            return;
        }
        // A process was killed at an unknown time while it waited, but before now. If the clock was
        // set back, no wait is longer than the window.
        let since = positive(moment.since(given_up));
        let left = window.saturating_sub(since);
        let left_held = positive(held).saturating_sub(since).min(HOLD);
        if left.is_zero() && left_held.is_zero() {
            return self.remove(sending);
        }
        let footprint =
            Footprint { changes, relies, uncertain_groups, gives, ..Footprint::default() };
        self.insert(
            sending,
            LateEffect {
                footprint,
                rows: Vec::new(),
                given_up: Some(given_up),
                until: Some(now + left),
                held,
                held_until: Some(now + left_held),
            },
        );
    }
}

/// Returns this number of milliseconds as a duration; zero if it is negative.
fn positive(millis: i64) -> Duration {
    u64::try_from(millis).map_or(Duration::ZERO, Duration::from_millis)
}

/// How long a process tells others to wait while it finds out the result of a command. It repeats
/// this before the time is over. A killed process does not repeat it.
pub(super) const HOLD: Duration = Duration::from_secs(3);
