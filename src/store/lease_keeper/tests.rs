//! When a worker may send: by what it knows of its lease.

use super::super::memory_runs::MemoryRuns;
use super::super::run::{Claim, NewRun, RunPlace};
use super::*;
use std::time::Instant;

const LEASE: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(20);

/// Claims a new run, and returns the lease of a worker whose thread renews nothing.
fn kept(store: &Arc<MemoryRuns>, length: Duration) -> KeptLease {
    let place = RunPlace { organization: "o".to_owned(), host: "h".to_owned() };
    let run = NewRun {
        id: "a".to_owned(),
        place,
        input: "1-1".to_owned(),
        file: "a.csv".to_owned(),
        rows: 1,
        submitted_by: "ann".to_owned(),
        options: serde_json::Value::Null,
    };
    store.submit(&run).unwrap();
    store.queue("a").unwrap();
    let asked = Moment::now();
    let lease = claim(&**store, "first");
    let (state, progress) = (Mutex::new(LeaseState::asked_at(asked)), Mutex::default());
    let store = Arc::clone(store) as Arc<dyn RunStore>;
    KeptLease { store, lease, length, state, progress }
}

/// Claims the run as soon as that is possible.
fn claim(store: &dyn RunStore, worker: &str) -> Lease {
    let began = Instant::now();
    loop {
        match store.claim("a", worker, None).unwrap() {
            Claim::Claimed(lease) => return lease,
            other => assert!(began.elapsed() < LEASE, "{other:?}"),
        }
        std::thread::yield_now();
    }
}

#[test]
fn request_is_sent_only_if_the_lease_outlasts_its_response() {
    let kept = kept(&Arc::new(MemoryRuns::with_lease(LEASE)), LEASE);
    let asked = kept.state().asked;
    let may = |millis| kept.may_send(TIMEOUT, asked.plus(millis));
    assert_eq!((may(0), may(39_999)), (Ok(()), Ok(())));
    assert!(matches!(may(40_000), Err(SendRefusal::NotNow(why)) if why.contains("not renewed")));
    // A computer that was suspended, and one whose clock runs backwards.
    assert!(matches!(may(3_600_000), Err(SendRefusal::NotNow(_))));
    assert!(matches!(may(-1), Err(SendRefusal::NotNow(_))));
    kept.note(asked.plus(30_000), Ok(Renewed::Wanted)).unwrap();
    assert_eq!(may(69_999), Ok(()));
    // An answer that comes late shortens nothing.
    kept.note(asked.plus(10_000), Ok(Renewed::Wanted)).unwrap();
    assert_eq!(may(69_999), Ok(()));
    let silent = StoreError::Silent;
    assert_eq!(kept.note(asked.plus(31_000), Err(silent.clone())), Err(silent.clone()));
    assert_eq!(may(69_999), Ok(()), "the lease lasts all the same");
    assert_eq!(may(70_000), Err(SendRefusal::NotNow(silent.to_string())));
}

#[test]
fn worker_whose_run_was_taken_over_sends_and_writes_nothing_more() {
    let store = Arc::new(MemoryRuns::with_lease(Duration::from_millis(1)));
    let kept = kept(&store, LEASE);
    kept.append(1, b"one").unwrap();
    let second = claim(&*store, "second");
    assert_eq!(kept.may_send(TIMEOUT, Moment::now()), Ok(()), "it knows nothing yet");
    let lost = StoreError::LeaseLost { worker: "second".to_owned() };
    assert_eq!(kept.append(2, b"two"), Err(lost.clone()));
    let never = kept.may_send(TIMEOUT, Moment::now());
    assert!(matches!(&never, Err(SendRefusal::Never(why)) if why.contains("taken over by second")));
    // Not even if the store would take it again.
    store.append(&second, 2, b"other").unwrap();
    assert_eq!(kept.append(3, b"three"), Err(lost));
}

#[test]
fn lease_is_renewed_until_its_keeper_is_dropped() {
    let length = Duration::from_millis(400);
    let store = Arc::new(MemoryRuns::with_lease(length));
    let of_first = kept(&store, length).lease;
    let shared = Arc::clone(&store) as Arc<dyn RunStore>;
    let keeper = LeaseKeeper::keep(shared, of_first, (Moment::now(), length)).unwrap();
    let began = Instant::now();
    while began.elapsed() < 2 * length {
        assert!(matches!(store.claim("a", "second", None), Ok(Claim::Held { .. })));
        std::thread::yield_now();
    }
    assert_eq!(keeper.may_send(Duration::ZERO), Ok(()));
    store.cancel("a").unwrap();
    let cancelled = Err(SendRefusal::Never("somebody has cancelled the run".to_owned()));
    while keeper.may_send(Duration::ZERO) != cancelled {
        std::thread::yield_now();
    }
    keeper.note_progress(serde_json::json!({"ok": 1}));
    let end = LeaseEnd::of(super::super::run::RunState::Cancelled, 3);
    keeper.leave(end.clone()).unwrap();
    let run = store.run("a").unwrap().unwrap();
    assert_eq!((run.state, run.progress), (end.state, serde_json::json!({"ok": 1})));
}
