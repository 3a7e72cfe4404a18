//! Journals that are killed at any commit and made again elsewhere.

use super::*;
use crate::change::RowEffect;
use crate::journal::decisions::{DecisionGatherer, RowDecision};
use crate::journal::entry::Entries;
use crate::journal::local_facts::LOCAL_FACTS;
use crate::journal::moment::Moment;
use crate::journal::retry::RowMarks;
use crate::journal::run_info::{RetriedRows, RunIdentity, RunInfo};
use crate::journal::{
    AppendError, CopyHere, MissingGroup, Outcome, OutcomeStatus, Reason, RowProgress, RunDecisions,
    SentCommand, StoreCopy,
};
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

const ROWS: u32 = 20;

/// A store in memory.
#[derive(Debug, Clone, Default)]
struct MemoryStore(Arc<Mutex<MemoryParts>>);

#[derive(Debug, Default)]
struct MemoryParts {
    parts: Vec<Vec<u8>>,
    /// What the store does with the next parts.
    moods: Vec<Mood>,
}

/// What a store does with a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Silent,
    /// It takes the part, and the answer is lost.
    AnswerLost,
    TakenOver,
}

impl SharedJournal for MemoryStore {
    fn append(&mut self, number: u64, part: &[u8]) -> Result<(), AppendError> {
        let mut state = self.0.lock().unwrap();
        let mood = state.moods.pop();
        if mood == Some(Mood::TakenOver) {
            return Err(AppendError::Refused("w2 has taken over the run".to_owned()));
        }
        let place = usize::try_from(number - 1).unwrap();
        if mood != Some(Mood::Silent) {
            match state.parts.get(place) {
                Some(there) => assert_eq!(there, part, "the same number is the same part"),
                None => {
                    assert_eq!(place, state.parts.len(), "there is no gap");
                    state.parts.push(part.to_vec());
                }
            }
        }
        match mood {
            None => Ok(()),
            Some(_) => Err(AppendError::NoAnswer("connection refused".to_owned())),
        }
    }
}

impl MemoryStore {
    fn parts(&self) -> Vec<Vec<u8>> {
        self.0.lock().unwrap().parts.clone()
    }

    fn feel(&self, moods: &[Mood]) {
        self.0.lock().unwrap().moods.extend(moods.iter().rev());
    }
}

fn about() -> RunIdentity {
    RunIdentity {
        organization: "org".to_owned(),
        host: "host".to_owned(),
        input: (1, 2),
        rows: ROWS,
        options: BTreeMap::new(),
    }
}

fn marks(mark: u32) -> RowMarks {
    RowMarks::new(1, &vec![mark; ROWS as usize], Vec::new())
}

fn decided(row: u32) -> RunDecisions {
    let mut gatherer = DecisionGatherer::default();
    let reason = Reason { code: "code".to_owned(), message: format!("of {row}") };
    let status = OutcomeStatus::Unchanged;
    gatherer.push(row, RowDecision { status, reason, effect: RowEffect::NONE });
    gatherer.finish()
}

/// Begins a journal, and shares it. Returns what other computers begin with.
fn begun(path: &Path, store: &MemoryStore) -> (Journal, Vec<u8>) {
    let decisions = (&decided(0), Some(&marks(7)));
    let mut journal =
        Journal::begin_marked(path, &about(), &RunInfo::default(), decisions).unwrap();
    let base = journal.base().unwrap();
    journal.share(Box::new(store.clone())).unwrap();
    (journal, base)
}

/// Makes the journal again in another folder.
fn again(
    folder: &Path,
    base: &[u8],
    parts: impl IntoIterator<Item = Vec<u8>>,
) -> Result<Journal, JournalError> {
    Journal::rebuild(&folder.join("elsewhere.journal"), base, parts.into_iter().map(Ok))
}

/// Returns everything in a journal that is about its run.
fn content(journal: &Journal) -> Vec<String> {
    let mut all = vec![format!("version {}", journal.version)];
    let tables = [
        "facts",
        "open",
        "settled",
        "texts",
        "told",
        "progress",
        "missing_groups",
        "late",
        "decided",
        "marks",
    ];
    for table in tables {
        let mut query =
            journal.database.prepare(&format!("SELECT * FROM {table} ORDER BY 1")).unwrap();
        let columns = query.column_count();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<rusqlite::types::Value> =
                (0..columns).map(|column| row.get(column).unwrap()).collect();
            let local = |name: &str| cells[0] == rusqlite::types::Value::from(name.to_owned());
            if table != "facts" || !LOCAL_FACTS.iter().any(|name| local(name)) {
                all.push(format!("{table} {cells:?}"));
            }
        }
    }
    all
}

/// A step of a run.
#[derive(Debug, Clone)]
enum RunStep {
    Send(u32, Vec<u32>),
    Answer(u32),
    Outcome(u32, bool, u8),
    Progress(u32, bool),
    Certain(u32),
    Late(u32),
    Missing(u8),
    Found(u8),
    Sent(u64),
    Pause(i64),
    Decide(u32),
    Mark(u32),
    Resume,
    Retry(u64, u64),
    Finish,
    Commit,
    Trouble(bool),
}

fn step() -> impl Strategy<Value = RunStep> {
    let row = || 0..ROWS;
    prop_oneof![
        4 => (1..50_u32, prop::collection::vec(row(), 1..4)).prop_map(|(n, r)| RunStep::Send(n, r)),
        3 => (1..50_u32).prop_map(RunStep::Answer),
        6 => (row(), any::<bool>(), 0..4_u8).prop_map(|(r, fine, w)| RunStep::Outcome(r, fine, w)),
        2 => (row(), any::<bool>()).prop_map(|(row, uncertain)| RunStep::Progress(row, uncertain)),
        1 => row().prop_map(RunStep::Certain),
        1 => row().prop_map(RunStep::Late),
        1 => (0..3_u8).prop_map(RunStep::Missing),
        1 => (0..3_u8).prop_map(RunStep::Found),
        1 => (0..99_u64).prop_map(RunStep::Sent),
        1 => (1..9_000_i64).prop_map(RunStep::Pause),
        1 => row().prop_map(RunStep::Decide),
        1 => any::<u32>().prop_map(RunStep::Mark),
        1 => Just(RunStep::Resume),
        1 => (1..10_u64, 10..20_u64).prop_map(|(first, last)| RunStep::Retry(first, last)),
        1 => Just(RunStep::Finish),
        6 => Just(RunStep::Commit),
        2 => any::<bool>().prop_map(RunStep::Trouble),
    ]
}

/// Carries a step out.
fn carry_out(
    journal: &mut Journal,
    store: &MemoryStore,
    step: RunStep,
) -> Result<(), JournalError> {
    let group = |number: u8| MissingGroup {
        name: format!("Team {number}"),
        code: "error.group.not_found".to_owned(),
        row: u32::from(number),
        file: None,
    };
    match step {
        RunStep::Send(request, rows) => {
            let command =
                SentCommand { rows, part: 0, sent: 1, identity: Some("ann@x.com".to_owned()) };
            journal.record_sent(request, &[command], Moment::now())
        }
        RunStep::Answer(request) => journal.record_answered(request),
        RunStep::Outcome(row, is_fine, words) => {
            let is_new = {
                let mut all = Vec::new();
                journal.outcomes(|row, _| all.push(row))?;
                !all.contains(&row)
            };
            // A row has one outcome; those that are `ok` are written by the commit.
            if !is_new {
                return Ok(());
            }
            let message = if is_fine { String::new() } else { format!("it is {words}") };
            let outcome = Outcome {
                status: if is_fine { OutcomeStatus::Ok } else { OutcomeStatus::Failed },
                reason: Reason { code: message.clone(), message },
                effect: ["created", "joined:2"][usize::from(words % 2)].parse().unwrap(),
                attempts: 1,
                request: Some(3),
                finished_at: Some(Timestamp::UNIX_EPOCH),
            };
            journal.record_outcome(row, &outcome)?;
            journal.commit()
        }
        RunStep::Progress(row, is_uncertain) => {
            let uncertain = is_uncertain.then(Moment::now);
            let progress = RowProgress { part: 1, sent: 2, uncertain, ..RowProgress::default() };
            journal.record_progress(row, &progress)
        }
        RunStep::Certain(row) => journal.not_carried_out(&[row]),
        RunStep::Late(row) => journal.late(&[row], Moment::now()),
        RunStep::Missing(number) => journal.missing_group(&group(number)),
        RunStep::Found(number) => journal.found_group(&group(number).name.to_uppercase()),
        RunStep::Sent(requests) => journal.sent(requests),
        RunStep::Pause(seconds) => {
            journal.paused(Timestamp::from_second(2_000_000_000 + seconds).unwrap(), "HTTP 429")
        }
        RunStep::Decide(row) => journal.decide(&decided(row)),
        RunStep::Mark(mark) => journal.mark_rows(&marks(mark)),
        RunStep::Resume => journal.resume(&RunInfo { process: 7, ..RunInfo::default() }).map(drop),
        RunStep::Retry(first, last) => {
            let retried = RetriedRows { rows: vec![(first, last)], ..RetriedRows::default() };
            let run_info = RunInfo { retried: Some(retried), ..RunInfo::default() };
            journal.commit()?;
            journal.begin_retry(&about(), &run_info, &marks(9))?;
            journal.confirm()
        }
        RunStep::Finish => journal.finished(Timestamp::UNIX_EPOCH),
        RunStep::Commit => journal.commit(),
        RunStep::Trouble(is_lost) => {
            store.feel(&[if is_lost { Mood::AnswerLost } else { Mood::Silent }]);
            Ok(())
        }
    }
}

/// Commits again while the store does not answer.
fn patiently(
    journal: &mut Journal,
    mut result: Result<(), JournalError>,
) -> Result<(), JournalError> {
    while let Err(JournalError::StoreSilent(_)) = result {
        result = journal.commit();
    }
    result
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn journal_killed_at_any_commit_is_the_same_elsewhere(
        steps in prop::collection::vec(step(), 1..60)
    ) {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = folder.path().join("a.journal");
        let store = MemoryStore::default();
        let (mut journal, base) = begun(&path, &store);
        let mut commits = vec![(0, content(&journal))];
        for step in steps {
            // The session of an operation that fails half way is that of a run: it only commits
            // again, and writes nothing else until that has worked.
            let is_whole = !matches!(step, RunStep::Resume | RunStep::Retry(..) | RunStep::Finish
                | RunStep::Decide(_));
            if is_whole {
                let done = carry_out(&mut journal, &store, step);
                patiently(&mut journal, done).unwrap();
            } else {
                store.0.lock().unwrap().moods.clear();
                carry_out(&mut journal, &store, step).unwrap();
            }
            let parts = store.parts().len();
            if journal.database.is_autocommit() && commits.last().unwrap().0 < parts {
                commits.push((parts, content(&journal)));
            }
        }
        let all = store.parts();
        for (parts, original) in &commits {
            let copy = again(other.path(), &base, all[..*parts].iter().cloned()).unwrap();
            prop_assert_eq!(&content(&copy), original, "after {} parts", parts);
            prop_assert_eq!(copy.last_part().unwrap(), *parts as u64);
            prop_assert!(!copy.is_copy().unwrap());
        }
        // What a run reads of it is the same as well.
        let committed = patiently(&mut journal, Ok(())).and_then(|()| journal.commit());
        patiently(&mut journal, committed).unwrap();
        let copy = again(other.path(), &base, store.parts()).unwrap();
        let outcomes = |journal: &Journal| {
            let mut all = Vec::new();
            journal.outcomes(|row, outcome| all.push((row, outcome))).map(|()| all)
        };
        prop_assert_eq!(outcomes(&copy).unwrap(), outcomes(&journal).unwrap());
        prop_assert_eq!(copy.decisions().unwrap(), journal.decisions().unwrap());
        prop_assert_eq!(copy.row_marks().unwrap(), journal.row_marks().unwrap());
        let recovered = |journal: &Journal| {
            let state = journal.recovered().unwrap();
            let progress: BTreeMap<_, _> = state.progress.into_iter().collect();
            let late: BTreeMap<_, _> = state.late.into_iter().collect();
            let mut uncertain = state.uncertain;
            uncertain.sort_unstable();
            // On another computer, a pause begins anew.
            (format!("{progress:?}"), format!("{late:?}"), uncertain, state.requests,
                state.finished, state.stopped, state.judged, state.open,
                state.pause.map(|pause| pause.why))
        };
        prop_assert_eq!(recovered(&copy), recovered(&journal));
    }

    #[test]
    fn parts_of_anybody_are_applied_or_refused(
        noise in prop::collection::vec(any::<u8>(), 0..60),
        place in any::<usize>(),
        byte in any::<u8>()
    ) {
        let folder = tempfile::tempdir().unwrap();
        let store = MemoryStore::default();
        let (mut journal, base) = begun(&folder.path().join("a.journal"), &store);
        journal.record_sent(1, &[], Moment::now()).unwrap();
        journal.sent(1).unwrap();
        journal.commit().unwrap();
        let mut changed = store.parts().concat();
        let place = place % changed.len();
        changed[place] = byte;
        for part in [noise.clone(), [&[1, 1], noise.as_slice()].concat(), changed] {
            if let Ok(journal) = again(folder.path(), &base, [part]) {
                let _ = (journal.believed().is_ok(), journal.outcomes(|_, _| ()).is_ok());
            }
        }
    }
}

#[test]
fn what_the_store_did_not_take_is_not_committed_here() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.journal");
    let store = MemoryStore::default();
    let (mut journal, _) = begun(&path, &store);
    let requests =
        || Journal::open_read_only(&path).unwrap().unwrap().recovered().unwrap().requests;
    journal.record_sent(1, &[], Moment::now()).unwrap();
    journal.commit().unwrap();
    let parts = store.parts().len();
    assert_eq!(requests(), 1);
    store.feel(&[Mood::Silent, Mood::AnswerLost]);
    journal.record_sent(2, &[], Moment::now()).unwrap();
    for _ in 0..2 {
        assert!(matches!(journal.commit(), Err(JournalError::StoreSilent(_))));
        assert_eq!(requests(), 1);
    }
    // What is written meanwhile is another part, because the first one may be there.
    journal.record_sent(3, &[], Moment::now()).unwrap();
    journal.commit().unwrap();
    assert_eq!((requests(), store.parts().len()), (3, parts + 2));
    store.feel(&[Mood::TakenOver, Mood::TakenOver]);
    journal.record_sent(4, &[], Moment::now()).unwrap();
    let error = journal.commit().unwrap_err().to_string();
    assert!(error.contains("w2 has taken over the run"), "{error}");
    drop(journal);
    assert_eq!((requests(), store.parts().len()), (3, parts + 2));
}

#[test]
fn journal_that_was_made_again_goes_on_with_the_next_part() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::default();
    let (mut journal, base) = begun(&folder.path().join("a.journal"), &store);
    journal.record_sent(1, &[], Moment::now()).unwrap();
    journal.commit().unwrap();
    drop(journal);
    let parts = store.parts().len();
    let mut journal = again(folder.path(), &base, store.parts()).unwrap();
    journal.share(Box::new(store.clone())).unwrap();
    journal.resume(&RunInfo::default()).unwrap();
    assert_eq!(store.parts().len(), parts + 1);
    drop(journal);
    let names: Vec<PathBuf> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    // A journal that is shared for another time begins with everything that it has.
    let mut journal = Journal::open(&folder.path().join("elsewhere.journal")).unwrap().unwrap();
    let base = journal.base().unwrap();
    let store = MemoryStore::default();
    journal.share(Box::new(store.clone())).unwrap();
    journal.sent(5).unwrap();
    journal.commit().unwrap();
    let other = tempfile::tempdir().unwrap();
    let copy = again(other.path(), &base, store.parts()).unwrap();
    assert_eq!(content(&copy), content(&journal));
}

#[test]
fn parts_that_umbulk_never_writes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::default();
    let (mut journal, base) = begun(&folder.path().join("a.journal"), &store);
    journal.sent(1).unwrap();
    journal.commit().unwrap();
    journal.sent(2).unwrap();
    journal.commit().unwrap();
    let parts = store.parts();
    let part = |entries: &[u8]| vec![[&[1, 1], entries].concat()];
    let longer = [parts[0].as_slice(), &[99, 0]].concat();
    for (parts, why) in [
        (vec![parts[1].clone()], "part 1 is missing"),
        (vec![parts[0].clone(), parts[0].clone()], "part 2 is missing"),
        (vec![parts[0][..parts[0].len() - 1].to_vec()], "part 1 of the shared journal"),
        (vec![longer], "no statement 99"),
        (vec![Vec::new()], "no part of a journal"),
        (vec![vec![0, 1]], "no part of a journal"),
        (vec![vec![2, 1]], "newer umbulk"),
        // A number too few, one too many, and one of another kind.
        (part(&[5, 0]), "does not take"),
        (part(&[5, 2, 1, 2, 1, 2]), "does not take"),
        (part(&[5, 1, 0]), "does not take"),
        // The request -1.
        (part(&[5, 1, 1, 1]), "does not take"),
        // The decisions are there already.
        (part(&[21, 0]), "already exists"),
    ] {
        let error = again(folder.path(), &base, parts.clone()).unwrap_err().to_string();
        assert!(error.contains(why), "{parts:?}: {error}");
        assert!(!folder.path().join("elsewhere.journal").exists());
    }
    // Nor does a part say where the journal is.
    let mut entries = Entries::default();
    for name in LOCAL_FACTS {
        assert!(entries.add(JournalStatement::SetFact, rusqlite::params![name, "0"]).is_err());
    }
    let error = again(folder.path(), &base[..4096], []).unwrap_err();
    assert!(matches!(error, JournalError::Damaged(..)), "{error}");
}

#[test]
fn journal_says_from_its_first_moment_on_whose_copy_it_is_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let store = MemoryStore::default();
    let (mut journal, base) = begun(&folder.path().join("a.journal"), &store);
    let there = RunInfo { file: "there/a.csv".into(), requests: 7, ..RunInfo::default() };
    journal.resume(&there).unwrap();
    let copy = StoreCopy {
        id: "s".to_owned(),
        store: "the store".to_owned(),
        run: "r".to_owned(),
        fence: 3,
    };
    let here = CopyHere {
        copy: copy.clone(),
        file: "b.csv".into(),
        results: "b.results.csv".into(),
        failed: Some("b.failed.csv".into()),
        folder: "here".into(),
    };
    let place = folder.path().join("elsewhere.journal");
    let parts = store.parts().into_iter().map(Ok::<_, JournalError>);
    drop(Journal::rebuild_copy(&place, &base, parts, Some(&here)).unwrap());
    // Nothing was written since.
    let journal = Journal::open_read_only(&place).unwrap().unwrap();
    assert_eq!(journal.store_copy().unwrap(), Some(copy));
    let CopyHere { file, results, failed, folder, .. } = here;
    assert_eq!(journal.info().unwrap(), RunInfo { file, results, failed, folder, ..there });
}
