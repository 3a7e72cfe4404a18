//! What the service may still carry out in an organization, and which commands must wait for it.
//!
//! In: commands that are sent, and their results. Out: the time until which a command must wait.
//! Rows of one file that could collide wait for each other anyway (see
//! [`Schedule`](crate::plan::Schedule)). Here names are compared with what other files and other
//! processes have sent, and with names that the server has said meanwhile. What other processes
//! must know is in a file of the state folder (see [`store`]).

mod footprint;
mod list;
mod sent_effect;
mod store;

pub(super) use footprint::Footprint;

use super::policy::Policy;
use crate::journal::{Moment, SideFile};
use crate::plan::Key;
use crate::umapi::millis;
use crate::umapi::wire::MAX_COMMANDS;
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
    /// Shares them with other processes by a file in the state folder.
    pub(crate) fn in_folder(state: &Path, organization: &str, host: &str) -> Self {
        Self(Arc::new(SharedEffects {
            effects: Mutex::default(),
            store: Some(EffectStore::new(state, organization, host)),
        }))
    }

    /// Why other processes cannot be told about them, or their file cannot be read.
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
    /// The response to a request of this run that is in flight.
    InFlight,
    /// An effect that may come until this time.
    LateEffect(Instant),
}

/// Who asks what it must wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiter {
    /// A command that was not sent before. It also waits until others know what came of theirs.
    New,
    /// One of which nobody knows what came of it: others may wait for that.
    Uncertain,
}

/// The late effects from the point of view of one run.
#[derive(Debug)]
pub(super) struct RunEffects {
    shared: LateEffects,
    run: u64,
    window: Duration,
    timeout: Duration,
    /// How many of the groups that are not settled the run knows.
    known_groups: usize,
}

/// What is to be written for other processes.
pub(super) struct Notice {
    effects: LateEffects,
    lines: Vec<EffectLine>,
}

impl Notice {
    /// The file that it is written to.
    pub(super) fn side_file(&self) -> Arc<dyn SideFile> {
        Arc::clone(&self.effects.0) as Arc<dyn SideFile>
    }

    /// Writes it, without a [sync](SideFile::sync). [`LateEffects::failure`] says whether that
    /// failed.
    pub(super) fn write(self) {
        if let Some(store) = &self.effects.0.store {
            store.append(self.lines);
        }
    }
}

impl RunEffects {
    /// With a window of zero nothing is written or read, because nothing happens late.
    pub(super) fn new(shared: &LateEffects, policy: &Policy) -> Self {
        let Policy { run_id, effect_window: window, timeout, .. } = policy;
        Self {
            shared: shared.clone(),
            run: xxh3_64(run_id.as_bytes()),
            window: *window,
            timeout: *timeout,
            known_groups: 0,
        }
    }

    /// The file, if the run reads what other processes have written, and writes for them.
    fn store(&self) -> Option<&EffectStore> {
        self.shared.0.store.as_ref().filter(|_| !self.window.is_zero())
    }

    fn effects(&self) -> std::sync::MutexGuard<'_, LateEffectList> {
        self.shared.0.effects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notice(&self, lines: Vec<EffectLine>) -> Option<Notice> {
        self.store()
            .filter(|_| !lines.is_empty())
            .map(|_| Notice { effects: self.shared.clone(), lines })
    }

    /// Takes over what other processes have written since.
    pub(super) fn refresh(&self) {
        let Some(News { lines, anew }) = self.store().and_then(EffectStore::news) else {
            return;
        };
        let now = (Instant::now(), Moment::now());
        let mut effects = self.effects();
        let mut learned = Vec::new();
        let is_own = |effect: &LateEffect| !effect.rows.is_empty();
        // An effect that has left the file is over, and one that stays in it keeps its time.
        let old = if anew { std::mem::take(&mut *effects) } else { LateEffectList::default() };
        let mut old = old.all;
        for (sending, effect) in old.extract_if(|_, effect| is_own(effect)) {
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
            learned.extend(sending);
            effects.learn(line, self.window, now);
        }
        effects.unsettle_groups(&learned);
    }

    /// The groups of which others may have decided, since the run was asked last, whether they are
    /// there.
    pub(super) fn new_unsettled_groups(&mut self) -> Vec<Key> {
        let effects = self.shared.0.effects.lock().unwrap_or_else(PoisonError::into_inner);
        let new = effects.unsettled_groups.get(self.known_groups..).unwrap_or_default().to_vec();
        self.known_groups += new.len();
        new
    }

    /// A request with these commands and their rows is sent.
    pub(super) fn sent<'j>(
        &self,
        request: u32,
        commands: impl Iterator<Item = (&'j [u32], &'j Footprint)>,
    ) -> Option<Notice> {
        let given_up = Moment::now().plus(millis(self.timeout));
        let mut effects = self.effects();
        effects.drop_expired(Instant::now());
        let mut lines = Vec::new();
        for (place, (rows, footprint)) in (0..).zip(commands) {
            let sending = SentEffect { run: self.run, request, place };
            if self.store().is_some() {
                lines.push(EffectLine::new(sending, given_up, 0, footprint));
            }
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
        drop(effects);
        self.notice(lines)
    }

    fn sendings(&self, request: u32) -> impl Iterator<Item = SentEffect> + use<> {
        let run = self.run;
        (0..).take(MAX_COMMANDS).map(move |place| SentEffect { run, request, place })
    }

    /// The request got no proper response: the service may still carry out the command with these
    /// rows.
    pub(super) fn uncertain(&self, request: u32, rows: &[u32]) {
        let (until, given_up) = (Instant::now() + self.window, Moment::now());
        let mut effects = self.effects();
        for sending in self.sendings(request) {
            if let Some(effect) = effects.all.get_mut(&sending).filter(|effect| effect.rows == rows)
            {
                (effect.until, effect.given_up) = (Some(until), Some(given_up));
            }
        }
    }

    /// The response to the request is not waited for any more. What is not
    /// [uncertain](Self::uncertain) is over.
    pub(super) fn answered(&self, request: u32) -> Option<Notice> {
        let mut effects = self.effects();
        let mut lines = Vec::new();
        for sending in self.sendings(request) {
            let Some(effect) = effects.all.get(&sending) else { continue };
            match effect.given_up {
                Some(given_up) => {
                    lines.push(EffectLine::new(sending, given_up, effect.held, &effect.footprint));
                }
                None => {
                    lines.push(EffectLine::over(sending));
                    effects.remove(sending);
                }
            }
        }
        drop(effects);
        if lines.iter().all(EffectLine::is_over) {
            lines.truncate(1);
            lines.iter_mut().for_each(|line| line.place = None);
        }
        self.notice(lines)
    }

    /// The command with these rows has been carried out, and cannot be again.
    pub(super) fn done(&self, request: u32, rows: &[u32]) -> Option<Notice> {
        let mut effects = self.effects();
        let own: Vec<SentEffect> = self
            .sendings(request)
            .filter(|sending| effects.all.get(sending).is_some_and(|effect| effect.rows == rows))
            .collect();
        own.iter().for_each(|sending| effects.remove(*sending));
        drop(effects);
        self.notice(own.into_iter().map(EffectLine::over).collect())
    }

    /// Tells other processes to wait on, where the service can carry out no more but this run has
    /// yet to find out what came of it: `is_open` says so of rows, and of all that an earlier part
    /// of the run has sent where there are none. What is decided holds up nobody.
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
                // It was under way when an earlier process of this run was killed.
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

    /// What a command with these rows must wait for.
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
                let Some(effect) = effects.all.get(sending) else { continue };
                let is_own = sending.run == self.run;
                let meets = if is_own {
                    role.collides_unplanned(*other)
                        && !effect.rows.iter().any(|row| rows.contains(row))
                } else {
                    role.collides(*other)
                };
                let held = effect.held_until.filter(|_| waiter == Waiter::New);
                match effect.until.map(|until| until.max(held.unwrap_or(until))) {
                    _ if !meets => {}
                    None => return Some(Collision::InFlight),
                    Some(until) if until > now => latest = latest.max(Some(until)),
                    Some(_) => {}
                }
            }
        }
        latest.map(Collision::LateEffect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PlannedCommand, TracedStep};
    use crate::umapi::wire::{Root, UserUpdate, WireMembers, WireStep};

    const WINDOW: Duration = Duration::from_secs(60);

    fn run(shared: &LateEffects, run_id: &str, effect_window: Duration) -> RunEffects {
        let policy = Policy {
            concurrency: 4,
            max_attempts: 6,
            retry_wait: Duration::ZERO,
            max_errors: crate::execute::MaxErrors::Off,
            test_mode: false,
            check_groups: true,
            verify_deletes: false,
            timeout: Duration::from_secs(180),
            effect_window,
            run_id: run_id.to_owned(),
        };
        RunEffects::new(shared, &policy)
    }

    fn command(root: Root, step: WireStep) -> Footprint {
        Footprint::of(&PlannedCommand { root, steps: vec![TracedStep { step, rows: vec![0] }] })
    }

    fn user(name: &str, domain: Option<&str>, step: WireStep) -> Footprint {
        command(
            Root::User {
                user: name.to_owned(),
                domain: domain.map(ToOwned::to_owned),
                use_adobe_id: false,
            },
            step,
        )
    }

    fn group(name: &str, step: WireStep) -> Footprint {
        command(Root::Group { usergroup: name.to_owned() }, step)
    }

    fn leave() -> WireStep {
        WireStep::RemoveFromOrg { delete_account: false }
    }

    fn add(group: &str) -> WireStep {
        WireStep::Add(WireMembers { group: vec![group.to_owned()], ..WireMembers::default() })
    }

    fn runs(shared: &LateEffects) -> [RunEffects; 2] {
        ["one", "two"].map(|id| run(shared, id, WINDOW))
    }

    fn meets(one: &Footprint, other: &Footprint) -> bool {
        let [first, second] = runs(&LateEffects::default());
        first.sent(1, [(&[0][..], one)].into_iter());
        second.collision(&[0], other, Waiter::New).is_some()
    }

    #[test]
    fn commands_collide_where_one_changes_what_the_other_names() {
        let rename = WireStep::Update(UserUpdate {
            email: Some("new@x.com".to_owned()),
            ..UserUpdate::default()
        });
        assert!(meets(&user("ann@x.com", None, leave()), &user("Ann@x.com", None, add("A"))));
        assert!(!meets(&user("ann@x.com", None, add("A")), &user("bob@x.com", None, add("A"))));
        assert!(meets(&user("old@x.com", None, rename), &user("new@x.com", None, leave())));
        let (deletion, member) =
            (group("a", WireStep::DeleteUserGroup {}), user("ann@x.com", None, add("A")));
        assert!(meets(&deletion, &member) && meets(&member, &deletion));
    }

    #[test]
    fn username_in_a_groups_list_is_anybody_who_is_called_so() {
        let members = group(
            "G",
            WireStep::Add(WireMembers { user: vec!["ann".to_owned()], ..WireMembers::default() }),
        );
        for domain in ["x.com", "y.com"] {
            let ann = user("ann", Some(domain), leave());
            assert!(meets(&members, &ann) && meets(&ann, &members));
        }
        assert!(!meets(&user("ann", Some("x.com"), leave()), &user("ann", Some("y.com"), leave())));
    }

    #[tokio::test(start_paused = true)]
    async fn uncertain_command_holds_others_back_for_the_window() {
        let [one, two] = runs(&LateEffects::default());
        let ann = user("ann@x.com", None, leave());
        one.sent(1, [(&[4][..], &ann), (&[5][..], &user("bob@x.com", None, leave()))].into_iter());
        assert_eq!(two.collision(&[4], &ann, Waiter::New), Some(Collision::InFlight));
        one.uncertain(1, &[4]);
        one.answered(1);
        assert_eq!(
            two.collision(&[4], &ann, Waiter::New),
            Some(Collision::LateEffect(Instant::now() + WINDOW))
        );
        assert_eq!(two.collision(&[4], &user("bob@x.com", None, leave()), Waiter::New), None);
        assert_eq!(
            one.collision(&[7], &ann, Waiter::New),
            None,
            "its own rows wait for one another by the plan"
        );
        tokio::time::advance(WINDOW).await;
        assert_eq!(two.collision(&[4], &ann, Waiter::New), None);
    }

    #[test]
    fn name_that_the_server_told_ties_rows_of_one_run() {
        let [run, _] = runs(&LateEffects::default());
        let mut ann = user("ann", Some("x.com"), leave());
        ann.learns(&[Key::user("a@x.com", None)]);
        run.sent(1, [(&[0][..], &ann)].into_iter());
        assert_eq!(
            run.collision(&[1], &user("a@x.com", None, add("G")), Waiter::New),
            Some(Collision::InFlight)
        );
        assert_eq!(
            run.collision(&[0], &ann, Waiter::New),
            None,
            "a command does not wait for itself"
        );
        assert_eq!(run.collision(&[1], &user("b@x.com", None, add("G")), Waiter::New), None);
        run.answered(1);
        assert_eq!(run.collision(&[1], &user("a@x.com", None, add("G")), Waiter::New), None);
    }

    /// Two processes with their own memory, which share the folder.
    fn processes(folder: &Path) -> [RunEffects; 2] {
        ["one", "two"]
            .map(|id| run(&LateEffects::in_folder(folder, "1@AdobeOrg", "host"), id, WINDOW))
    }

    #[test]
    fn another_process_knows_what_was_in_flight_and_what_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = processes(folder.path());
        let (ann, bob) = (user("ann@x.com", None, leave()), user("bob@x.com", None, leave()));
        one.sent(1, [(&[0][..], &ann), (&[1][..], &bob)].into_iter()).unwrap().write();
        two.refresh();
        assert!(matches!(two.collision(&[0], &ann, Waiter::New), Some(Collision::LateEffect(_))));
        one.uncertain(1, &[1]);
        one.answered(1).unwrap().write();
        two.refresh();
        assert!(
            two.collision(&[0], &ann, Waiter::New).is_none()
                && two.collision(&[0], &bob, Waiter::New).is_some()
        );
        one.done(1, &[1]).unwrap().write();
        two.refresh();
        assert!(two.collision(&[0], &bob, Waiter::New).is_none());
        // A run that goes on knows its own from its journal.
        let again =
            run(&LateEffects::in_folder(folder.path(), "1@AdobeOrg", "host"), "one", WINDOW);
        one.sent(2, [(&[0][..], &ann)].into_iter()).unwrap().write();
        again.refresh();
        assert!(again.collision(&[0], &ann, Waiter::New).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn open_command_of_a_living_process_holds_others_beyond_the_window() {
        let _clock = crate::clock::simulated::begin();
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = processes(folder.path());
        let ann = user("ann@x.com", None, leave());
        one.sent(1, [(&[0][..], &ann)].into_iter()).unwrap().write();
        one.uncertain(1, &[0]);
        one.answered(1).unwrap().write();
        assert!(one.hold(|_| true).is_none(), "the window holds others for a long time yet");
        let waits = |waiter| {
            two.refresh();
            two.collision(&[0], &ann, waiter).is_some()
        };
        tokio::time::advance(WINDOW - Duration::from_secs(1)).await;
        one.hold(|rows| rows == [0]).unwrap().write();
        assert!(one.hold(|_| true).is_none(), "it was said just now");
        for _ in 0..3 {
            tokio::time::advance(Duration::from_secs(2)).await;
            assert!(waits(Waiter::New) && !waits(Waiter::Uncertain));
            one.hold(|_| true).unwrap().write();
        }
        assert!(waits(Waiter::New));
        one.hold(|_| false).unwrap().write();
        assert!(!waits(Waiter::New) && one.hold(|_| false).is_none());
        // It is killed.
        one.hold(|_| true).unwrap().write();
        assert!(waits(Waiter::New));
        tokio::time::advance(HOLD).await;
        assert!(!waits(Waiter::New));
    }

    #[test]
    fn groups_that_another_process_may_remove_are_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let [one, mut two] = processes(folder.path());
        let deletion = group("G", WireStep::DeleteUserGroup {});
        let members = group(
            "H",
            WireStep::Add(WireMembers {
                user: vec!["a@x.com".to_owned()],
                ..WireMembers::default()
            }),
        );
        one.sent(1, [(&[0][..], &deletion), (&[1][..], &members)].into_iter()).unwrap().write();
        two.refresh();
        assert_eq!(two.new_unsettled_groups(), [Key::group("g")]);
        assert_eq!(two.new_unsettled_groups(), []);
    }

    #[test]
    fn clock_that_was_set_back_makes_no_wait_longer_than_the_window() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = processes(folder.path());
        let ann = user("ann@x.com", None, leave());
        let ahead = Moment::now().plus(864_000_000);
        let sending = SentEffect { run: one.run, request: 1, place: 0 };
        Notice {
            effects: one.shared.clone(),
            lines: vec![EffectLine::new(sending, ahead, 0, &ann)],
        }
        .write();
        two.refresh();
        let Some(Collision::LateEffect(until)) = two.collision(&[0], &ann, Waiter::New) else {
            panic!()
        };
        assert!(until <= Instant::now() + WINDOW);
    }

    #[test]
    fn zero_window_writes_and_reads_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let shared = LateEffects::in_folder(folder.path(), "1@AdobeOrg", "host");
        let run = run(&shared, "one", Duration::ZERO);
        assert!(run.sent(1, [(&[0][..], &user("ann@x.com", None, leave()))].into_iter()).is_none());
        assert!(run.answered(1).is_none());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
