//! Workers with clocks of their own share a limit, against a real server.

use super::super::tests::{store, stores};
use super::*;
use crate::clock;
use proptest::prelude::*;

const CLASS: CallClass = CallClass::Action;

fn quota(database: &Arc<Database>, client: &str) -> PostgresQuota {
    let endpoints = Endpoints::resolve(None, None, None).unwrap();
    PostgresQuota::new(database, client, &endpoints).unwrap()
}

/// Asks for a request, with room for so many of others.
fn ask(quota: &PostgresQuota, ticket: u64, others: usize, span: Duration) -> Reserved {
    let asking = quota.reserve(Reservation { class: CLASS, ticket, others, span });
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(asking).unwrap()
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn request_of_another_worker_counts_until_it_is_reported_as_never_sent() {
    let Some(database) = store().map(Arc::new) else { return };
    let [mine, other] = ["id", "id"].map(|client| quota(&database, client));
    let elsewhere = quota(&database, "another id");
    assert_eq!(ask(&mine, 1, 0, MINUTE), Reserved::Granted { others: vec![] });
    let Reserved::Full { others, wait } = ask(&other, 1, 0, MINUTE) else { panic!() };
    // It is in flight: at the latest it is sent in a minute, at the earliest it was already.
    assert!(others.len() == 1 && (-60_000..-50_000).contains(&others[0]), "{others:?}");
    assert!(wait.is_some_and(|wait| wait > MINUTE / 2 && wait <= MINUTE), "{wait:?}");
    assert!(matches!(ask(&other, 2, 1, MINUTE), Reserved::Granted { .. }));
    assert_eq!(ask(&elsewhere, 1, 0, MINUTE), Reserved::Granted { others: vec![] });
    // One's own requests are one's own business.
    assert!(matches!(ask(&other, 3, 1, MINUTE), Reserved::Granted { .. }));
    assert!(mine.may_leave(CLASS, 1) && !mine.may_leave(CLASS, 2));
    mine.seen(CLASS, 1, None);
    assert!(!mine.may_leave(CLASS, 1), "a request that was given back is sent no more");
    eventually(|| ask(&other, 4, 0, MINUTE) == Reserved::Granted { others: vec![] });
}

#[test]
fn reservation_that_is_given_up_while_it_is_asked_for_counts_for_nobody() {
    let Some(database) = store().map(Arc::new) else { return };
    let [mine, other] = ["id", "id"].map(|client| quota(&database, client));
    for ticket in 1..20 {
        drop(mine.reserve(Reservation { class: CLASS, ticket, others: 9, span: MINUTE }));
        mine.seen(CLASS, ticket, None);
    }
    // Its answer comes after those.
    ask(&mine, 20, 9, MINUTE);
    mine.seen(CLASS, 20, None);
    eventually(|| ask(&other, 1, 0, MINUTE) == Reserved::Granted { others: vec![] });
}

/// Repeats until it holds: what the store is told without waiting arrives soon.
fn eventually(mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < MINUTE, "it never holds");
        std::thread::yield_now();
    }
}

#[test]
fn request_counts_from_when_the_server_saw_it() {
    let Some(database) = store().map(Arc::new) else { return };
    let [mine, other] = ["id", "id"].map(|client| quota(&database, client));
    ask(&mine, 1, 0, MINUTE);
    mine.seen(CLASS, 1, Some(40_000));
    eventually(|| {
        matches!(ask(&other, 1, 0, MINUTE), Reserved::Full { others, wait: Some(wait) }
            if (40_000..50_000).contains(&others[0]) && wait <= Duration::from_secs(20))
    });
    mine.seen(CLASS, 1, Some(60_001));
    eventually(|| ask(&other, 1, 0, MINUTE) == Reserved::Granted { others: vec![] });
}

#[test]
fn pause_of_one_worker_holds_all_and_a_shorter_one_changes_nothing() {
    let Some(database) = store().map(Arc::new) else { return };
    let [mine, other] = ["id", "id"].map(|client| quota(&database, client));
    mine.pause(PauseScope::Reads, Duration::from_secs(300), "reads");
    mine.pause(PauseScope::Everybody, Duration::from_secs(100), "too many");
    mine.pause(PauseScope::Everybody, Duration::from_secs(10), "shorter");
    eventually(|| match ask(&other, 1, 9, MINUTE) {
        Reserved::Paused { scope, left, why } => {
            scope == PauseScope::Everybody
                && why == "too many"
                && left > Duration::from_secs(90)
                && left <= Duration::from_secs(100)
        }
        _ => false,
    });
    assert!(matches!(ask(&quota(&database, "other"), 1, 9, MINUTE), Reserved::Granted { .. }));
}

#[test]
fn store_that_is_gone_grants_nothing() {
    let Some(database) = store().map(Arc::new) else { return };
    let quota = quota(&database, "id");
    let line = Arc::clone(&quota.line);
    database.wait(async move { line.rows("DROP SCHEMA umbulk CASCADE", values![]).await }).unwrap();
    let wanted = Reservation { class: CLASS, ticket: 1, others: 9, span: MINUTE };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(runtime.block_on(quota.reserve(wanted)).is_err());
    assert!(quota.is_required() && !quota.may_leave(CLASS, 1));
}

/// Lets time pass for a thread.
fn rest(length: Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async move { tokio::time::sleep(length).await });
}

/// Sends as many requests as the quota grants, and returns when the server saw each.
fn work(
    quota: &PostgresQuota,
    (limit, span): (usize, Duration),
    (delays, until): (&[u64], Instant),
) -> Vec<Instant> {
    let mut seen: Vec<Instant> = Vec::new();
    for ticket in 1_u64.. {
        let now = Instant::now();
        if now > until {
            break;
        }
        let own = seen.iter().filter(|at| now.duration_since(**at) < span).count();
        if own >= limit {
            rest(Duration::from_millis(1));
            continue;
        }
        match ask(quota, ticket, limit - own - 1, span) {
            Reserved::Granted { .. } => {
                // The request is under way for a while, and so is the response.
                let delay = Duration::from_millis(delays[ticket as usize % delays.len()]);
                rest(delay);
                let at = Instant::now();
                rest(delay);
                seen.push(at);
                clock::simulated::set_by(-90_000);
                quota.seen(CLASS, ticket, Some(millis(at.elapsed())));
            }
            Reserved::Full { wait, .. } => {
                let wait = wait.unwrap().min(Duration::from_millis(20));
                rest(wait);
            }
            Reserved::Paused { .. } => unreachable!(),
        }
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn no_window_holds_more_than_the_limit_for_any_number_of_workers(
        delays in prop::collection::vec(prop::collection::vec(0..15_u64, 1..9), 2..6),
        limit in 2..8_usize,
    ) {
        let Some(databases) = stores(delays.len()) else { return Ok(()) };
        let databases: Vec<_> = databases.into_iter().map(Arc::new).collect();
        let span = Duration::from_millis(150);
        let until = Instant::now() + 6 * span;
        let mut seen: Vec<Instant> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..)
                .zip(&delays)
                .zip(&databases)
                .map(|((number, delays), database)| {
                    let quota = quota(database, "id");
                    scope.spawn(move || {
                        // The clock of each computer is wrong by other minutes, and is set again.
                        let _clock = clock::simulated::begin();
                        clock::simulated::set_by((number - 2) * 7 * 60_000);
                        work(&quota, (limit, span), (delays, until))
                    })
                })
                .collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        });
        seen.sort_unstable();
        for window in seen.windows(limit + 1) {
            let length = window[limit].duration_since(window[0]);
            prop_assert!(length >= span, "{} requests in {length:?}", limit + 1);
        }
        prop_assert!(seen.len() >= 3 * limit, "{} requests", seen.len());
    }
}

/// `UMBULK_QUOTA_SECONDS=20 cargo test --release --lib store::quota::tests::rate -- --nocapture`
#[test]
fn rate_of_reservations_is_measured() {
    let Ok(seconds) = std::env::var("UMBULK_QUOTA_SECONDS") else { return };
    let threads = std::env::var("UMBULK_QUOTA_THREADS").map_or(16, |n| n.parse().unwrap());
    let Some(databases) = stores(threads) else { return };
    let databases: Vec<_> = databases.into_iter().map(Arc::new).collect();
    let until = Instant::now() + Duration::from_secs(seconds.parse().unwrap());
    let began = Instant::now();
    let counts: Vec<(u64, u64)> = std::thread::scope(|scope| {
        let workers: Vec<_> = databases
            .iter()
            .enumerate()
            .map(|(worker, database)| {
                scope.spawn(move || {
                    let quotas: Vec<_> = (0..1000 / threads)
                        .map(|at| quota(database, &format!("client {worker} {at}")))
                        .collect();
                    let line = database.line();
                    let (mut granted, mut full) = (0, 0);
                    for ticket in 1_u64.. {
                        if Instant::now() > until {
                            break;
                        }
                        let quota = &quotas[ticket as usize % quotas.len()];
                        let client = (quota.client.clone(), 1 + i64::from(ticket % 2 == 0));
                        let wanted = Reservation { class: CLASS, ticket, others: 9, span: MINUTE };
                        let asking = reserve(Arc::clone(&line), client, wanted);
                        match database.wait(asking).unwrap() {
                            Reserved::Granted { .. } => granted += 1,
                            _ => full += 1,
                        }
                    }
                    (granted, full)
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let sum = counts.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let all = (sum.0 + sum.1) as f64 / began.elapsed().as_secs_f64();
    println!("{all:.0} reservations/s ({} granted, {} refused)", sum.0, sum.1);
}
