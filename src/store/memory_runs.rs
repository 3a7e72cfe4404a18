//! Runs in memory, for the tests of other folders: the same rules without a database.

use super::chunks::{StoredFile, cut, join};
use super::error::StoreError;
use super::run::{
    Claim, Lease, LeaseEnd, NewRun, Renewed, RunFile, RunPlace, RunState, SeenRuns, StateCount,
    StoredRun,
};
use super::run_store::{Begun, RunStore, Submitted};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Runs in memory.
#[derive(Debug)]
pub(crate) struct MemoryRuns {
    lease: Duration,
    state: Mutex<MemoryState>,
}

#[derive(Debug, Default)]
struct MemoryState {
    /// In the order of submission.
    runs: Vec<MemoryRun>,
    /// How many there were.
    submitted: i64,
    /// When each organization was last served: a number that grows.
    served: BTreeMap<RunPlace, u64>,
    serves: u64,
    /// The organizations whose runs were deleted.
    pruned: BTreeSet<RunPlace>,
}

#[derive(Debug)]
struct MemoryRun {
    known: StoredRun,
    lease_until: Option<Instant>,
    journal: Vec<(i64, Vec<u8>)>,
    files: BTreeMap<String, MemoryFile>,
    ended_at: Option<Instant>,
}

#[derive(Debug, Clone)]
struct MemoryFile {
    stored: StoredFile,
    parts: Vec<Vec<u8>>,
    at: Instant,
}

impl MemoryState {
    fn find(&mut self, run: &str) -> Result<&mut MemoryRun, StoreError> {
        let found = self.runs.iter_mut().find(|found| found.known.new.id == run);
        found.ok_or_else(|| StoreError::no_run(run))
    }

    /// Adds a run whose files are to be stored.
    fn add(&mut self, run: &NewRun) -> &mut MemoryRun {
        self.submitted += 1;
        let known = StoredRun {
            new: run.clone(),
            number: self.submitted,
            fence: 0,
            state: RunState::Arriving,
            is_unwanted: false,
            is_submitted: false,
            exit_status: None,
            reason: None,
            progress: Value::Object(serde_json::Map::new()),
            worker: None,
            leased_for: None,
            submitted_at: SystemTime::now(),
        };
        let (journal, files) = (Vec::new(), BTreeMap::new());
        let at = self.runs.len();
        self.runs.push(MemoryRun { known, lease_until: None, journal, files, ended_at: None });
        &mut self.runs[at]
    }

    /// Returns the run of a lease that nobody else has claimed.
    fn leased(&mut self, lease: &Lease) -> Result<&mut MemoryRun, StoreError> {
        let found = self.find(&lease.run)?;
        if found.known.fence == lease.fence && found.known.state == RunState::Running {
            return Ok(found);
        }
        Err(StoreError::LeaseLost { worker: found.known.worker.clone().unwrap_or_default() })
    }
}

impl MemoryRun {
    /// Whether it is a run of this organization with this name or input.
    fn is_like(&self, run: &NewRun) -> bool {
        let NewRun { place, input, file, .. } = &self.known.new;
        *place == run.place && (*input == run.input || *file == run.file)
    }

    /// Whether a worker that has seen this may begin a run like it.
    fn is_in_the_way(&self, seen: &SeenRuns) -> bool {
        let is_replaced = seen.replaced.iter().any(|old| {
            (&old.run, old.fence) == (&self.known.new.id, self.known.fence)
                && (old.has_ended || !self.is_held())
        });
        self.known.number > seen.last || !self.known.state.is_over() && !is_replaced
    }

    fn is_held(&self) -> bool {
        self.lease_until.is_some_and(|until| until > Instant::now())
    }

    /// Whether it holds up the submitted runs of its organization after it.
    fn is_in_the_queue(&self) -> bool {
        let is_left =
            matches!(self.known.state, RunState::Queued | RunState::Running | RunState::Stopped);
        is_left && self.known.is_submitted && !self.known.is_unwanted
    }

    fn claim(&mut self, worker: &str, lease: Duration) -> Lease {
        self.known.fence += 1;
        self.lease_until = Some(Instant::now() + lease);
        self.known.worker = Some(worker.to_owned());
        self.known.state = RunState::Running;
        self.known.exit_status = None;
        Lease { run: self.known.new.id.clone(), fence: self.known.fence }
    }

    fn shown(&self) -> StoredRun {
        let left = self.lease_until.map(|until| until.saturating_duration_since(Instant::now()));
        StoredRun { leased_for: left.filter(|left| !left.is_zero()), ..self.known.clone() }
    }
}

impl MemoryRuns {
    /// Creates a store without runs, with leases of this length.
    pub(crate) fn with_lease(lease: Duration) -> Self {
        Self { lease, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, MemoryState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lengthens a lease, and returns whether its run is wanted.
    fn renewed(&self, state: &mut MemoryState, lease: &Lease) -> Result<Renewed, StoreError> {
        let run = state.leased(lease)?;
        run.lease_until = Some(Instant::now() + self.lease);
        Ok(if run.known.is_unwanted { Renewed::Unwanted } else { Renewed::Wanted })
    }
}

impl RunStore for MemoryRuns {
    fn begin(&self, run: &NewRun, worker: &str, seen: &SeenRuns) -> Result<Begun, StoreError> {
        let mut state = self.state();
        if let Ok(known) = state.find(&run.id)
            && (known.known.fence, known.known.state) == (1, RunState::Running)
            && known.known.worker.as_deref() == Some(worker)
        {
            return Ok(Begun::New(Lease { run: run.id.clone(), fence: 1 }));
        }
        let like = |known: &&mut MemoryRun| known.is_like(run) && !known.known.state.is_over();
        for known in state.runs.iter_mut().filter(like) {
            if known.known.is_unwanted && !known.is_held() {
                known.known.state = RunState::Cancelled;
            }
        }
        let mut newest_first = state.runs.iter().rev();
        if let Some(known) =
            newest_first.find(|known| known.is_like(run) && known.is_in_the_way(seen))
        {
            return Ok(Begun::Known(known.known.new.id.clone()));
        }
        if state.find(&run.id).is_ok() {
            return Ok(Begun::IdTaken);
        }
        for known in state.runs.iter_mut().filter(like) {
            known.known.state = RunState::Cancelled;
            known.known.fence += 1;
            known.known.worker = Some(worker.to_owned());
            known.lease_until = None;
        }
        Ok(Begun::New(state.add(run).claim(worker, self.lease)))
    }

    fn forget(&self, lease: &Lease) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.find(&lease.run).is_ok() {
            state.leased(lease)?;
            state.runs.retain(|run| run.known.new.id != lease.run);
        }
        Ok(())
    }

    fn forget_journal(&self, lease: &Lease) -> Result<(), StoreError> {
        self.state().leased(lease)?.journal.clear();
        Ok(())
    }

    fn last_part(&self, run: &str) -> Result<u64, StoreError> {
        Ok(self.state().find(run).map_or(0, |run| run.journal.len() as u64))
    }

    fn submit(&self, run: &NewRun) -> Result<Submitted, StoreError> {
        let mut state = self.state();
        let is_same = |known: &&MemoryRun| {
            let StoredRun { new, state, .. } = &known.known;
            !state.is_over() && new.place == run.place && new.input == run.input
        };
        if let Some(known) = state.runs.iter().find(is_same) {
            return Ok(Submitted::Known(known.known.new.id.clone()));
        }
        state.add(run).known.is_submitted = true;
        Ok(Submitted::New(Lease { run: run.id.clone(), fence: 0 }))
    }

    fn queue(&self, run: &str) -> Result<bool, StoreError> {
        let mut state = self.state();
        let Some(at) = state.runs.iter().position(|found| found.known.new.id == run) else {
            return Ok(false);
        };
        let known = &mut state.runs[at].known;
        match known.state {
            RunState::Arriving if known.is_submitted => {
                let mut run = state.runs.remove(at);
                state.submitted += 1;
                (run.known.number, run.known.state) = (state.submitted, RunState::Queued);
                state.runs.push(run);
                Ok(true)
            }
            RunState::Stopped if known.is_submitted => {
                (known.state, known.exit_status) = (RunState::Queued, None);
                Ok(true)
            }
            is => Ok(is == RunState::Queued),
        }
    }

    fn run(&self, run: &str) -> Result<Option<StoredRun>, StoreError> {
        Ok(self.state().find(run).ok().map(|run| run.shown()))
    }

    fn last_with(&self, place: &RunPlace, input: &str) -> Result<Option<StoredRun>, StoreError> {
        let state = self.state();
        let is_same =
            |run: &&MemoryRun| run.known.new.place == *place && run.known.new.input == input;
        Ok(state.runs.iter().rev().find(is_same).map(MemoryRun::shown))
    }

    fn last_named(&self, place: &RunPlace, file: &str) -> Result<Option<StoredRun>, StoreError> {
        let state = self.state();
        let is_same =
            |run: &&MemoryRun| run.known.new.place == *place && run.known.new.file == file;
        Ok(state.runs.iter().rev().find(is_same).map(MemoryRun::shown))
    }

    fn runs(&self) -> Result<Vec<StoredRun>, StoreError> {
        Ok(self.state().runs.iter().rev().map(MemoryRun::shown).collect())
    }

    fn counts(&self) -> Result<Vec<StateCount>, StoreError> {
        let mut counts: BTreeMap<&str, StateCount> = BTreeMap::new();
        for run in &self.state().runs {
            let state = run.known.state;
            let none = StateCount { state, runs: 0, leases: 0 };
            let count = counts.entry(state.name()).or_insert(none);
            count.runs += 1;
            count.leases += u64::from(state == RunState::Running && run.is_held());
        }
        Ok(counts.into_values().collect())
    }

    fn claim(&self, run: &str, worker: &str, ended: Option<i64>) -> Result<Claim, StoreError> {
        let mut state = self.state();
        let run = state.find(run)?;
        let is_held = run.is_held() && ended != Some(run.known.fence);
        let is_begun = matches!(run.known.state, RunState::Running | RunState::Stopped);
        if run.known.is_unwanted && is_begun && !is_held {
            run.known.state = RunState::Cancelled;
        }
        if run.known.state.is_over() || run.known.state == RunState::Arriving {
            return Ok(Claim::Over(run.known.state));
        }
        if is_held {
            let StoredRun { worker, leased_for, .. } = run.shown();
            let worker = worker.unwrap_or_default();
            return Ok(Claim::Held { worker, left: leased_for.unwrap_or_default() });
        }
        Ok(Claim::Claimed(run.claim(worker, self.lease)))
    }

    fn claim_next(
        &self,
        worker: &str,
        places: &[RunPlace],
        most: usize,
    ) -> Result<Vec<Lease>, StoreError> {
        let mut state = self.state();
        let abandoned = |run: &&mut MemoryRun| {
            run.known.state == RunState::Running && run.known.is_unwanted && !run.is_held()
        };
        for run in state.runs.iter_mut().filter(abandoned) {
            run.known.state = RunState::Cancelled;
        }
        let mut first: BTreeMap<RunPlace, usize> = BTreeMap::new();
        for (at, run) in state.runs.iter().enumerate().filter(|(_, run)| run.is_in_the_queue()) {
            first.entry(run.known.new.place.clone()).or_insert(at);
        }
        let is_free = |place: &RunPlace| {
            let here = |run: &&MemoryRun| run.known.new.place == *place;
            let works = |run: &MemoryRun| run.known.state == RunState::Running && run.is_held();
            places.contains(place) && !state.runs.iter().filter(here).any(works)
        };
        let has_stopped = |at: usize| state.runs[at].known.state == RunState::Stopped;
        let free = first.into_iter().filter(|(place, at)| is_free(place) && !has_stopped(*at));
        let mut free: Vec<_> = free.collect();
        free.sort_by_key(|(place, at)| (state.served.get(place).copied(), *at));
        free.truncate(most);
        let claim = |(place, at): (RunPlace, usize)| {
            state.serves += 1;
            let now = state.serves;
            state.served.insert(place, now);
            state.runs[at].claim(worker, self.lease)
        };
        Ok(free.into_iter().map(claim).collect())
    }

    fn renew(&self, lease: &Lease) -> Result<Renewed, StoreError> {
        self.renewed(&mut self.state(), lease)
    }

    fn append(&self, lease: &Lease, number: u64, bytes: &[u8]) -> Result<Renewed, StoreError> {
        let mut state = self.state();
        let renewed = self.renewed(&mut state, lease)?;
        let run = state.leased(lease)?;
        let at = usize::try_from(number).unwrap_or(usize::MAX).wrapping_sub(1);
        match run.journal.get(at) {
            Some((fence, there)) if *fence == lease.fence && there == bytes => Ok(renewed),
            None if at == run.journal.len() => {
                run.journal.push((lease.fence, bytes.to_vec()));
                Ok(renewed)
            }
            _ => Err(StoreError::wrong_part(number)),
        }
    }

    fn journal_parts(&self, run: &str, first: u64) -> Result<Vec<Vec<u8>>, StoreError> {
        let state = self.state();
        let of_run = |known: &&MemoryRun| known.known.new.id == run;
        let journal = state.runs.iter().find(of_run).map(|run| &run.journal);
        let parts = journal.into_iter().flatten();
        let before = usize::try_from(first - 1).unwrap_or(usize::MAX);
        Ok(parts.skip(before).map(|(_, bytes)| bytes.clone()).collect())
    }

    fn put_file(&self, lease: &Lease, name: &str, file: &mut dyn Read) -> Result<(), StoreError> {
        let mut parts = Vec::new();
        let stored = cut(file, |_, bytes| {
            parts.push(bytes);
            Ok(())
        })?;
        let mut state = self.state();
        let run = state.find(&lease.run)?;
        if run.known.fence != lease.fence {
            let worker = run.known.worker.clone().unwrap_or_default();
            return Err(StoreError::LeaseLost { worker });
        }
        run.files.insert(name.to_owned(), MemoryFile { stored, parts, at: Instant::now() });
        Ok(())
    }

    fn get_file(&self, run: &str, name: &str, file: &mut dyn Write) -> Result<bool, StoreError> {
        let found = self.state().find(run).ok().and_then(|run| run.files.get(name).cloned());
        let Some(MemoryFile { stored, parts, .. }) = found else { return Ok(false) };
        let gone = || StoreError::Damaged("a part of a file is missing".to_owned());
        let part = |at| usize::try_from(at).ok().and_then(|at: usize| parts.get(at).cloned());
        join(&stored, file, |at| part(at).ok_or_else(gone))?;
        Ok(true)
    }

    fn files(&self, place: &RunPlace, prefix: &str) -> Result<Vec<RunFile>, StoreError> {
        let state = self.state();
        let of_place = state.runs.iter().filter(|run| run.known.new.place == *place);
        let mut found: Vec<(Instant, RunFile)> = of_place
            .flat_map(|run| {
                let left = run.lease_until.or(run.ended_at).map(|left| left.elapsed());
                run.files.iter().filter(|(name, _)| name.starts_with(prefix)).map(
                    move |(name, file)| {
                        let (run, name) = (run.known.new.id.clone(), name.clone());
                        let (age, left_for) = (file.at.elapsed(), left.unwrap_or_default());
                        (file.at, RunFile { run, name, age, left_for })
                    },
                )
            })
            .collect();
        found.sort_by_key(|(at, _)| *at);
        Ok(found.into_iter().map(|(_, file)| file).collect())
    }

    fn pruned(&self, place: &RunPlace) -> Result<Option<Duration>, StoreError> {
        Ok(self.state().pruned.contains(place).then_some(Duration::ZERO))
    }

    fn tell_progress(&self, lease: &Lease, progress: &Value) -> Result<(), StoreError> {
        self.state().leased(lease)?.known.progress = progress.clone();
        Ok(())
    }

    fn end(&self, lease: &Lease, end: LeaseEnd) -> Result<(), StoreError> {
        let mut state = self.state();
        let run = state.find(&lease.run)?;
        let goes_on = matches!(end.state, RunState::Queued | RunState::Stopped);
        // Somebody may have cancelled the run meanwhile.
        let ended = match run.known.is_unwanted && goes_on {
            true => RunState::Cancelled,
            false => end.state,
        };
        let is_repeated = run.known.fence == lease.fence && run.known.state == ended;
        let run = if is_repeated { run } else { state.leased(lease)? };
        run.known.state = ended;
        run.known.exit_status = (end.state != RunState::Queued).then_some(end.exit_status);
        run.known.reason = end.reason;
        run.lease_until = None;
        run.ended_at = Some(Instant::now());
        Ok(())
    }

    fn cancel(&self, run: &str) -> Result<StoredRun, StoreError> {
        let mut state = self.state();
        let run = state.find(run)?;
        if !run.known.state.is_over() {
            run.known.is_unwanted = true;
            if run.known.state != RunState::Running || !run.is_held() {
                run.known.state = RunState::Cancelled;
            }
        }
        Ok(run.shown())
    }

    /// Here all runs that are over have ended long ago.
    fn prune(&self, _: Duration) -> Result<Vec<StoredRun>, StoreError> {
        let mut state = self.state();
        let (over, left) = state.runs.drain(..).partition(|run| run.known.state.is_over());
        state.runs = left;
        let over: Vec<MemoryRun> = over;
        state.pruned.extend(over.iter().map(|run| run.known.new.place.clone()));
        Ok(over.iter().map(MemoryRun::shown).collect())
    }
}
