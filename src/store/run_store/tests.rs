//! One suite for every implementation: in memory and in PostgreSQL.

use super::super::error::StoreError;
use super::super::memory_runs::MemoryRuns;
use super::super::postgres_runs::PostgresRuns;
use super::super::run::{
    Claim, Lease, LeaseEnd, NewRun, Renewed, ReplacedRun, RunPlace, RunState, SeenRuns, StateCount,
};
use super::super::tests::store;
use super::{Begun, RunStore, Submitted};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs a test with each implementation, with leases of this length.
fn with_each(lease: Duration, test: impl Fn(&dyn RunStore)) {
    test(&MemoryRuns::with_lease(lease));
    if let Some(database) = store() {
        test(&PostgresRuns::with_lease(&Arc::new(database), lease));
    }
}

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(150);

fn place(organization: &str) -> RunPlace {
    RunPlace { organization: organization.to_owned(), host: "api.example.com".to_owned() }
}

fn new(id: &str, organization: &str) -> NewRun {
    NewRun {
        id: id.to_owned(),
        place: place(organization),
        input: format!("100-{id}"),
        file: format!("{id}.csv"),
        rows: 7,
        submitted_by: "ann@desk".to_owned(),
        options: json!({"version": 1, "missing": null}),
    }
}

fn submitted(store: &dyn RunStore, id: &str, organization: &str) -> Lease {
    let Submitted::New(lease) = store.submit(&new(id, organization)).unwrap() else { panic!() };
    store.queue(id).unwrap();
    lease
}

/// Claims the next run of these organizations.
fn next_of(store: &dyn RunStore, worker: &str, places: &[RunPlace]) -> Option<Lease> {
    store.claim_next(worker, places, 1).unwrap().pop()
}

/// Begins a run as a worker that has seen nothing of the store.
fn begun(store: &dyn RunStore, id: &str, worker: &str) -> Lease {
    match store.begin(&new(id, "one"), worker, &SeenRuns::default()).unwrap() {
        Begun::New(lease) => lease,
        other => panic!("{other:?}"),
    }
}

/// Returns what a worker has seen that looks now.
fn seen(store: &dyn RunStore) -> SeenRuns {
    let last = store.runs().unwrap().iter().map(|run| run.number).max().unwrap();
    SeenRuns { last, replaced: Vec::new() }
}

fn claimed(store: &dyn RunStore, id: &str, worker: &str) -> Lease {
    match store.claim(id, worker, None).unwrap() {
        Claim::Claimed(lease) => lease,
        other => panic!("{other:?}"),
    }
}

/// Claims a run as soon as its lease has ended.
fn taken_over(store: &dyn RunStore, id: &str, worker: &str) -> Lease {
    let began = Instant::now();
    loop {
        match store.claim(id, worker, None).unwrap() {
            Claim::Claimed(lease) => return lease,
            other => assert!(began.elapsed() < LONG, "{other:?}"),
        }
        std::thread::yield_now();
    }
}

fn journal(store: &dyn RunStore, id: &str) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    loop {
        let more = store.journal_parts(id, parts.len() as u64 + 1).unwrap();
        if more.is_empty() {
            return parts;
        }
        parts.extend(more);
    }
}

#[test]
fn run_is_told_as_it_was_submitted() {
    with_each(LONG, |store| {
        assert!(matches!(store.submit(&new("a", "one")), Ok(Submitted::New(_))));
        let found = store.run("a").unwrap().unwrap();
        assert_eq!(found.new, new("a", "one"));
        assert_eq!((found.state, found.worker, found.leased_for), (RunState::Arriving, None, None));
        assert_eq!(found.progress, json!({}));
        // The same input does not go to an organization twice at a time.
        let again = NewRun { id: "b".to_owned(), ..new("a", "one") };
        assert_eq!(store.submit(&again), Ok(Submitted::Known("a".to_owned())));
        let elsewhere = NewRun { place: place("two"), ..again };
        assert!(matches!(store.submit(&elsewhere), Ok(Submitted::New(_))));
        let ids: Vec<String> = store.runs().unwrap().into_iter().map(|run| run.new.id).collect();
        assert_eq!(ids, ["b", "a"]);
        let last = store.last_with(&place("one"), "100-a").unwrap().unwrap();
        assert_eq!(last.new.id, "a");
        assert_eq!(store.run("x"), Ok(None));
        assert_eq!(store.last_with(&place("one"), "x"), Ok(None));
        assert_eq!(store.claim("x", "w", None), Err(StoreError::NoRun("x".to_owned())));
        assert_eq!(store.cancel("x"), Err(StoreError::NoRun("x".to_owned())));
    });
}

#[test]
fn run_belongs_to_one_worker_until_its_lease_ends() {
    with_each(LONG, |store| {
        assert!(matches!(store.submit(&new("a", "one")), Ok(Submitted::New(_))));
        assert_eq!(
            store.claim("a", "w", None),
            Ok(Claim::Over(RunState::Arriving)),
            "files are missing"
        );
        store.queue("a").unwrap();
        let lease = claimed(store, "a", "first");
        match store.claim("a", "second", None).unwrap() {
            Claim::Held { worker, left } => {
                assert_eq!(worker, "first");
                assert!(left > LONG / 2 && left <= LONG, "{left:?}");
            }
            other => panic!("{other:?}"),
        }
        let found = store.run("a").unwrap().unwrap();
        assert_eq!((found.state, found.worker.as_deref()), (RunState::Running, Some("first")));
        assert_eq!(store.renew(&lease), Ok(Renewed::Wanted));
    });
    with_each(SHORT, |store| {
        submitted(store, "a", "one");
        let first = claimed(store, "a", "first");
        store.append(&first, 1, b"begin").unwrap();
        let second = taken_over(store, "a", "second");
        assert!(second.fence > first.fence);
        let lost = Err(StoreError::LeaseLost { worker: "second".to_owned() });
        assert_eq!(store.append(&first, 2, b"late").map(drop), lost);
        assert_eq!(store.renew(&first).map(drop), lost);
        assert_eq!(store.tell_progress(&first, &json!({"ok": 9})), lost);
        let end = LeaseEnd::of(RunState::Finished, 0);
        assert_eq!(store.end(&first, end), lost);
        store.append(&second, 2, b"next").unwrap();
        assert_eq!(journal(store, "a"), [b"begin".to_vec(), b"next".to_vec()]);
    });
}

#[test]
fn run_that_a_worker_begins_belongs_to_it_at_once() {
    with_each(LONG, |store| {
        let run = new("a", "one");
        let lease = Lease { run: "a".to_owned(), fence: 1 };
        // The second answer is that to a repetition.
        let none = SeenRuns::default();
        for _ in 0..2 {
            assert_eq!(store.begin(&run, "first", &none), Ok(Begun::New(lease.clone())));
        }
        let found = store.run("a").unwrap().unwrap();
        assert_eq!((found.state, found.fence, &found.new), (RunState::Running, 1, &run));
        let known = Ok(Begun::Known("a".to_owned()));
        assert_eq!(store.begin(&run, "second", &none), known);
        let same_input = NewRun { id: "b".to_owned(), ..run.clone() };
        assert_eq!(store.begin(&same_input, "first", &seen(store)), known);
        assert!(matches!(store.claim("a", "second", None), Ok(Claim::Held { .. })));
        assert_eq!(store.last_part("a"), Ok(0));
        store.append(&lease, 1, b"one").unwrap();
        assert_eq!(store.last_part("a"), Ok(1));
        let end = LeaseEnd::of(RunState::Finished, 0);
        store.end(&lease, end).unwrap();
        assert_eq!(store.begin(&run, "first", &seen(store)), Ok(Begun::IdTaken));
        assert!(matches!(store.begin(&same_input, "first", &seen(store)), Ok(Begun::New(_))));
    });
}

#[test]
fn run_is_begun_only_if_nothing_like_it_was_begun_since_the_worker_looked() {
    with_each(LONG, |store| {
        let none = SeenRuns::default();
        let finish = |lease: &Lease| {
            store.end(lease, LeaseEnd::of(RunState::Finished, 0)).unwrap();
        };
        let a = begun(store, "a", "first");
        let same_name = NewRun { file: "a.csv".to_owned(), ..new("b", "one") };
        let same_input = NewRun { input: "100-a".to_owned(), ..new("c", "one") };
        let known = Ok(Begun::Known("a".to_owned()));
        for like in [&same_name, &same_input] {
            // It is not finished: then it makes no difference whether the worker has seen it.
            for seen in [none.clone(), seen(store)] {
                assert_eq!(store.begin(like, "second", &seen), known);
            }
        }
        finish(&a);
        for like in [&same_name, &same_input] {
            assert_eq!(store.begin(like, "second", &none), known);
        }
        let saw_a = seen(store);
        assert!(matches!(store.begin(&same_name, "second", &saw_a), Ok(Begun::New(_))));
        finish(&Lease { run: "b".to_owned(), fence: 1 });
        let late = NewRun { id: "d".to_owned(), ..same_name };
        assert_eq!(store.begin(&late, "third", &saw_a), Ok(Begun::Known("b".to_owned())));
        let named = store.last_named(&place("one"), "a.csv").unwrap().unwrap();
        assert_eq!((named.new.id.as_str(), named.number > saw_a.last), ("b", true));
        assert_eq!(store.last_named(&place("two"), "a.csv"), Ok(None));
        // Neither other names with other content nor other organizations are in the way.
        for other in [new("e", "one"), NewRun { id: "f".to_owned(), ..new("a", "two") }] {
            assert!(matches!(store.begin(&other, "third", &none), Ok(Begun::New(_))));
        }
    });
}

#[test]
fn run_replaces_one_that_nobody_has_and_no_other() {
    with_each(LONG, |store| {
        let first = begun(store, "a", "first");
        let afresh = NewRun { file: "a.csv".to_owned(), ..new("b", "one") };
        let replacing = |fence, has_ended| {
            let replaced = vec![ReplacedRun { run: "a".to_owned(), fence, has_ended }];
            store.begin(&afresh, "third", &SeenRuns { replaced, ..seen(store) })
        };
        let known = Ok(Begun::Known("a".to_owned()));
        assert_eq!(replacing(1, false), known, "its lease is not over");
        store.end(&first, LeaseEnd::of(RunState::Stopped, 3)).unwrap();
        let second = claimed(store, "a", "second");
        assert_eq!(replacing(1, true), known, "another worker has continued it");
        assert_eq!(store.renew(&second), Ok(Renewed::Wanted));
        assert!(matches!(replacing(2, true), Ok(Begun::New(_))));
        let states = ["a", "b"].map(|id| store.run(id).unwrap().unwrap().state);
        assert_eq!(states, [RunState::Cancelled, RunState::Running]);
        let lost = Err(StoreError::LeaseLost { worker: "third".to_owned() });
        assert_eq!(store.renew(&second).map(drop), lost);
    });
}

#[test]
fn runs_that_are_over_are_deleted_with_their_files() {
    with_each(LONG, |store| {
        let leases = ["a", "b", "c"].map(|id| begun(store, id, "w"));
        store.append(&leases[0], 1, b"one").unwrap();
        store.put_file(&leases[0], "input", &mut &b"x"[..]).unwrap();
        for (lease, state) in leases.iter().zip([RunState::Finished, RunState::Stopped]) {
            store.end(lease, LeaseEnd::of(state, 0)).unwrap();
        }
        let gone = store.prune(Duration::ZERO).unwrap();
        let ids: Vec<&str> = gone.iter().map(|run| run.new.id.as_str()).collect();
        assert_eq!(ids, ["a"]);
        assert_eq!(store.runs().unwrap().len(), 2);
        assert_eq!(
            (store.last_part("a"), store.get_file("a", "input", &mut Vec::new())),
            (Ok(0), Ok(false))
        );
    });
}

#[test]
fn run_that_has_sent_nothing_is_forgotten_by_its_worker_alone() {
    with_each(LONG, |store| {
        let lease = begun(store, "a", "first");
        let other = Lease { fence: 2, ..lease.clone() };
        assert!(matches!(store.forget(&other), Err(StoreError::LeaseLost { .. })));
        for _ in 0..2 {
            assert_eq!(store.forget(&lease), Ok(()));
        }
        assert_eq!(store.run("a"), Ok(None));
        let lease = begun(store, "b", "first");
        store.end(&lease, LeaseEnd::of(RunState::Finished, 0)).unwrap();
        assert!(matches!(store.forget(&lease), Err(StoreError::LeaseLost { .. })));
    });
}

#[test]
fn worker_that_has_ended_is_followed_at_once_by_one_that_knows_its_fence() {
    with_each(LONG, |store| {
        let first = begun(store, "a", "first");
        let claim = |ended| store.claim("a", "second", ended);
        assert!(matches!(claim(Some(first.fence + 1)), Ok(Claim::Held { .. })));
        let second = Lease { run: "a".to_owned(), fence: 2 };
        assert_eq!(claim(Some(first.fence)), Ok(Claim::Claimed(second)));
        assert!(matches!(store.renew(&first), Err(StoreError::LeaseLost { .. })));
        assert!(matches!(claim(Some(first.fence)), Ok(Claim::Held { .. })));
        // One that is to end goes to nobody.
        store.cancel("a").unwrap();
        assert_eq!(claim(Some(2)), Ok(Claim::Over(RunState::Cancelled)));
    });
}

/// Its worker has stopped without knowing that somebody had cancelled the run.
#[test]
fn cancelled_run_that_its_worker_has_left_is_cancelled_when_it_is_claimed() {
    with_each(LONG, |store| {
        let lease = begun(store, "a", "first");
        store.cancel("a").unwrap();
        store.end(&lease, LeaseEnd::of(RunState::Stopped, 3)).unwrap();
        assert_eq!(store.claim("a", "second", None), Ok(Claim::Over(RunState::Cancelled)));
        assert_eq!(store.run("a").unwrap().unwrap().state, RunState::Cancelled);
    });
}

#[test]
fn lease_that_is_over_is_renewed_if_nobody_has_claimed_the_run() {
    with_each(Duration::from_millis(1), |store| {
        submitted(store, "a", "one");
        let lease = claimed(store, "a", "first");
        let began = Instant::now();
        while store.run("a").unwrap().unwrap().leased_for.is_some() {
            assert!(began.elapsed() < LONG);
        }
        store.append(&lease, 1, b"begin").unwrap();
        assert_eq!(store.renew(&lease), Ok(Renewed::Wanted));
    });
}

#[test]
fn part_of_a_journal_is_added_once_and_in_order() {
    with_each(LONG, |store| {
        submitted(store, "a", "one");
        let lease = claimed(store, "a", "w");
        for (number, bytes) in [(1, "one"), (2, ""), (2, ""), (3, "three"), (1, "one")] {
            store.append(&lease, number, bytes.as_bytes()).unwrap();
        }
        assert!(matches!(store.append(&lease, 3, b"other"), Err(StoreError::Damaged(_))));
        assert!(matches!(store.append(&lease, 5, b"gap"), Err(StoreError::Damaged(_))));
        assert_eq!(journal(store, "a"), [b"one".to_vec(), vec![], b"three".to_vec()]);
        assert_eq!(journal(store, "none"), Vec::<Vec<u8>>::new());
    });
}

#[test]
fn long_journal_is_read_completely() {
    with_each(LONG, |store| {
        submitted(store, "a", "one");
        let lease = claimed(store, "a", "w");
        for number in 1..=150_u64 {
            store.append(&lease, number, &number.to_be_bytes()).unwrap();
        }
        let parts = journal(store, "a");
        assert!(parts.iter().zip(1_u64..).all(|(part, number)| *part == number.to_be_bytes()));
        assert_eq!(parts.len(), 150);
    });
}

#[test]
fn file_comes_back_as_it_was_stored() {
    // Longer than a part, and not compressible.
    let mut random = fastrand::Rng::with_seed(1);
    let long: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(2_500_000).collect();
    with_each(LONG, |store| {
        let submitter = submitted(store, "a", "one");
        store.put_file(&submitter, "input", &mut &long[..]).unwrap();
        store.put_file(&submitter, "empty", &mut &b""[..]).unwrap();
        let file = |name| {
            let mut bytes = Vec::new();
            store.get_file("a", name, &mut bytes).unwrap().then_some(bytes)
        };
        assert!(file("input").is_some_and(|bytes| bytes == long));
        assert_eq!(file("empty"), Some(vec![]));
        assert_eq!(file("none"), None);
        store.put_file(&submitter, "input", &mut &b"short"[..]).unwrap();
        assert_eq!(file("input"), Some(b"short".to_vec()));
        let worker = claimed(store, "a", "w");
        store.put_file(&worker, "input", &mut &b"of the worker"[..]).unwrap();
        let late = store.put_file(&submitter, "input", &mut &b"late"[..]);
        assert_eq!(late, Err(StoreError::LeaseLost { worker: "w".to_owned() }));
        assert_eq!(file("input"), Some(b"of the worker".to_vec()));
    });
}

#[test]
fn run_that_was_cancelled_is_not_given_back() {
    with_each(LONG, |store| {
        for (id, state) in [("a", RunState::Queued), ("b", RunState::Stopped)] {
            let lease = begun(store, id, "w");
            store.cancel(id).unwrap();
            let end = LeaseEnd { state, exit_status: 3, reason: None };
            store.end(&lease, end.clone()).unwrap();
            assert_eq!(store.run(id).unwrap().unwrap().state, RunState::Cancelled);
            store.end(&lease, end).unwrap();
            assert_eq!(store.run(id).unwrap().unwrap().state, RunState::Cancelled);
        }
        let lease = begun(store, "c", "w");
        store.cancel("c").unwrap();
        let end = LeaseEnd { state: RunState::Finished, exit_status: 0, reason: None };
        store.end(&lease, end).unwrap();
        assert_eq!(store.run("c").unwrap().unwrap().state, RunState::Finished);
    });
}

#[test]
fn files_of_an_organization_are_found_by_their_names() {
    with_each(LONG, |store| {
        let lease = begun(store, "a", "w");
        for name in ["changes-2", "changes-1", "input"] {
            store.put_file(&lease, name, &mut &b"x"[..]).unwrap();
        }
        let other = submitted(store, "b", "two");
        store.put_file(&other, "changes-1", &mut &b"x"[..]).unwrap();
        let found = |organization| {
            let files = store.files(&place(organization), "changes-").unwrap();
            assert!(files.iter().all(|file| file.age < Duration::from_secs(60)));
            files
        };
        let names: Vec<(String, String)> =
            found("one").into_iter().map(|file| (file.run, file.name)).collect();
        assert_eq!(names, [("a", "changes-2"), ("a", "changes-1")].map(owned));
        assert!(found("one").iter().all(|file| file.left_for.is_zero()), "somebody has the run");
        assert_eq!(found("two").len(), 1);
        assert_eq!(store.pruned(&place("one")).unwrap(), None);
        store.end(&lease, LeaseEnd::of(RunState::Finished, 0)).unwrap();
        assert!(found("one").iter().all(|file| !file.left_for.is_zero()));
        store.prune(Duration::ZERO).unwrap();
        assert!(found("one").is_empty());
        assert!(store.pruned(&place("one")).unwrap().is_some());
        assert_eq!(store.pruned(&place("two")).unwrap(), None);
    });
}

fn owned((run, name): (&str, &str)) -> (String, String) {
    (run.to_owned(), name.to_owned())
}

#[test]
fn runs_of_an_organization_go_in_order_and_organizations_side_by_side() {
    with_each(LONG, |store| {
        for (id, organization) in
            [("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b"), ("b2", "b"), ("c1", "c")]
        {
            submitted(store, id, organization);
        }
        let places = [place("a"), place("b")];
        let next = || next_of(store, "w", &places);
        let done = |lease: &Lease| {
            let end = LeaseEnd::of(RunState::Finished, 1);
            store.end(lease, end.clone()).unwrap();
            // The answer may have been lost.
            store.end(lease, end).unwrap();
        };
        let (first, second) = (next().unwrap(), next().unwrap());
        assert_eq!((first.run.as_str(), second.run.as_str()), ("a1", "b1"));
        assert_eq!(next(), None, "one run of an organization at a time");
        done(&first);
        done(&second);
        // Organization `a` was served before `b`, so it waits longer.
        let (third, fourth) = (next().unwrap(), next().unwrap());
        assert_eq!((third.run.as_str(), fourth.run.as_str()), ("a2", "b2"));
        done(&fourth);
        assert_eq!(next(), None, "`a` is busy, `b` has no more, and `c` is not ours");
        done(&third);
        assert_eq!(next().unwrap().run, "a3");
        let found = store.run("a1").unwrap().unwrap();
        assert_eq!((found.state, found.exit_status), (RunState::Finished, Some(1)));
        assert_eq!(store.claim("a1", "w", None), Ok(Claim::Over(RunState::Finished)));
    });
}

#[test]
fn several_runs_are_claimed_at_once_as_one_after_another() {
    with_each(LONG, |store| {
        for (id, organization) in
            [("a1", "a"), ("a2", "a"), ("b1", "b"), ("c1", "c"), ("d1", "d"), ("d2", "d")]
        {
            submitted(store, id, organization);
        }
        let places: Vec<RunPlace> = ["a", "b", "d"].map(place).into();
        let claimed = |most| {
            let leases = store.claim_next("w", &places, most).unwrap();
            leases.into_iter().map(|lease| (lease.run, lease.fence)).collect::<Vec<_>>()
        };
        assert_eq!(claimed(0), []);
        assert_eq!(claimed(2), [("a1".to_owned(), 1), ("b1".to_owned(), 1)]);
        assert_eq!(claimed(5), [("d1".to_owned(), 1)]);
        assert_eq!(claimed(5), []);
    });
}

/// The first file is stored slowly, and the second one is a newer version of it.
#[test]
fn order_is_that_in_which_files_have_arrived() {
    with_each(LONG, |store| {
        store.submit(&new("slow", "one")).unwrap();
        submitted(store, "newer", "one");
        assert!(store.queue("slow").unwrap() && store.queue("slow").unwrap());
        let ids: Vec<String> = store.runs().unwrap().into_iter().map(|run| run.new.id).collect();
        assert_eq!(ids, ["slow", "newer"], "the last one first");
        let first = next_of(store, "w", &[place("one")]).unwrap();
        assert_eq!(first.run, "newer");
        // One that has stopped keeps its place.
        store.end(&first, LeaseEnd::of(RunState::Stopped, 3)).unwrap();
        assert!(store.queue("newer").unwrap());
        let first = next_of(store, "w", &[place("one")]).unwrap();
        assert_eq!(first.run, "newer");
    });
}

#[test]
fn run_that_is_cancelled_while_its_files_arrive_is_not_queued() {
    with_each(LONG, |store| {
        store.submit(&new("a", "one")).unwrap();
        store.cancel("a").unwrap();
        assert!(!store.queue("a").unwrap() && !store.queue("b").unwrap());
        assert_eq!(next_of(store, "w", &[place("one")]), None);
    });
}

#[test]
fn abandoned_run_is_taken_before_those_after_it() {
    with_each(SHORT, |store| {
        submitted(store, "a1", "a");
        submitted(store, "a2", "a");
        let lost = next_of(store, "first", &[place("a")]).unwrap();
        let began = Instant::now();
        let again = loop {
            if let Some(lease) = next_of(store, "second", &[place("a")]) {
                break lease;
            }
            assert!(began.elapsed() < LONG);
            std::thread::yield_now();
        };
        assert_eq!((again.run.as_str(), again.fence > lost.fence), ("a1", true));
    });
}

/// Its rows are older than those of the runs after it.
#[test]
fn submitted_run_that_has_stopped_holds_up_those_after_it() {
    with_each(LONG, |store| {
        submitted(store, "a1", "a");
        submitted(store, "a2", "a");
        let next = || next_of(store, "w", &[place("a")]);
        let reason = Some("200 rows were refused".to_owned());
        let stopped = LeaseEnd { state: RunState::Stopped, exit_status: 3, reason: reason.clone() };
        store.end(&next().unwrap(), stopped).unwrap();
        assert_eq!(next(), None);
        assert_eq!(store.run("a1").unwrap().unwrap().reason, reason);
        store.queue("a1").unwrap();
        let found = store.run("a1").unwrap().unwrap();
        assert_eq!((found.state, found.exit_status), (RunState::Queued, None));
        let again = next().unwrap();
        assert_eq!((again.run.as_str(), again.fence), ("a1", 2));
        store.end(&again, LeaseEnd::of(RunState::Stopped, 3)).unwrap();
        store.cancel("a1").unwrap();
        assert_eq!(next().unwrap().run, "a2");
    });
}

#[test]
fn runs_and_leases_are_counted_by_state() {
    with_each(LONG, |store| {
        for id in ["a", "b", "c"] {
            submitted(store, id, id);
        }
        claimed(store, "c", "w");
        let count = |state, runs, leases| StateCount { state, runs, leases };
        let expected = [count(RunState::Queued, 2, 0), count(RunState::Running, 1, 1)];
        assert_eq!(store.counts().unwrap(), expected);
    });
}

/// The store does not have all options of an import that was not submitted.
#[test]
fn import_that_was_not_submitted_is_for_no_worker_and_holds_up_nothing() {
    with_each(LONG, |store| {
        let import = begun(store, "a", "somebody");
        submitted(store, "b", "one");
        let next = || next_of(store, "w", &[place("one")]);
        assert_eq!(next(), None, "one run of an organization at a time");
        store.end(&import, LeaseEnd::of(RunState::Stopped, 3)).unwrap();
        store.queue("a").unwrap();
        assert_eq!(store.run("a").unwrap().unwrap().state, RunState::Stopped);
        assert_eq!(next().unwrap().run, "b");
    });
}

#[test]
fn journal_of_a_run_that_has_sent_nothing_is_begun_again() {
    with_each(LONG, |store| {
        submitted(store, "a", "one");
        let first = claimed(store, "a", "w");
        store.append(&first, 1, b"one").unwrap();
        store.end(&first, LeaseEnd::of(RunState::Queued, 2)).unwrap();
        let second = claimed(store, "a", "w");
        assert!(matches!(store.forget_journal(&first), Err(StoreError::LeaseLost { .. })));
        store.forget_journal(&second).unwrap();
        store.append(&second, 1, b"other").unwrap();
        assert_eq!(journal(store, "a"), [b"other".to_vec()]);
    });
}

#[test]
fn no_run_goes_to_two_workers() {
    with_each(LONG, |store| {
        let places: Vec<RunPlace> = (0..6).map(|at| place(&at.to_string())).collect();
        for (at, place) in places.iter().enumerate() {
            for run in 0..3 {
                submitted(store, &format!("{at}-{run}"), &place.organization);
            }
        }
        let mut all: Vec<String> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4)
                .map(|worker| {
                    let places = &places;
                    scope.spawn(move || {
                        let mut mine = Vec::new();
                        // Others may have all organizations just now.
                        for _ in 0..60 {
                            let lease = next_of(store, &worker.to_string(), places);
                            let Some(lease) = lease else { continue };
                            let end = LeaseEnd::of(RunState::Finished, 0);
                            store.end(&lease, end).unwrap();
                            mine.push(lease.run);
                        }
                        mine
                    })
                })
                .collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        });
        all.sort();
        let count = all.len();
        all.dedup();
        assert_eq!((all.len(), count), (18, 18));
    });
}

#[test]
fn cancelled_run_is_not_begun_and_its_worker_is_told() {
    with_each(LONG, |store| {
        submitted(store, "a1", "a");
        submitted(store, "a2", "a");
        assert_eq!(store.cancel("a1").unwrap().state, RunState::Cancelled);
        let lease = next_of(store, "w", &[place("a")]).unwrap();
        assert_eq!(lease.run, "a2");
        let running = store.cancel("a2").unwrap();
        assert_eq!((running.state, running.is_unwanted), (RunState::Running, true));
        assert_eq!(store.renew(&lease), Ok(Renewed::Unwanted));
        // What was sent is still written down.
        store.append(&lease, 1, b"begin").unwrap();
        store.tell_progress(&lease, &json!({"ok": 3})).unwrap();
        store.end(&lease, LeaseEnd::of(RunState::Cancelled, 3)).unwrap();
        let found = store.cancel("a2").unwrap();
        assert_eq!((found.state, &found.progress), (RunState::Cancelled, &json!({"ok": 3})));
        // The same input may be sent again.
        let again = NewRun { id: "b".to_owned(), ..new("a2", "a") };
        assert!(matches!(store.submit(&again), Ok(Submitted::New(_))));
    });
    with_each(Duration::from_millis(1), |store| {
        submitted(store, "a1", "a");
        let lease = claimed(store, "a1", "gone");
        let began = Instant::now();
        while store.cancel("a1").unwrap().state != RunState::Cancelled {
            assert!(began.elapsed() < LONG);
        }
        assert!(matches!(store.renew(&lease), Err(StoreError::LeaseLost { .. })));
    });
    // Its worker dies: nobody else begins it again, and the runs after it go on.
    with_each(SHORT, |store| {
        submitted(store, "a1", "a");
        submitted(store, "a2", "a");
        claimed(store, "a1", "gone");
        assert_eq!(store.cancel("a1").unwrap().state, RunState::Running);
        let began = Instant::now();
        let next = loop {
            if let Some(lease) = next_of(store, "w", &[place("a")]) {
                break lease;
            }
            assert!(began.elapsed() < LONG);
            std::thread::yield_now();
        };
        assert_eq!(next.run, "a2");
        // Its lease may have ended within that call.
        next_of(store, "w", &[]);
        assert_eq!(store.run("a1").unwrap().unwrap().state, RunState::Cancelled);
    });
}
