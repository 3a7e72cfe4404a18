//! Random files, random troubles, random kills: afterwards every row's outcome and the whole
//! organization are as if nothing had happened.
//!
//! `cargo test --test chaos` runs for some seconds; `UMBULK_CHAOS_SECONDS=7200 cargo test --release
//! --test chaos -- --nocapture` for hours. A round that fails prints its seed;
//! `UMBULK_CHAOS_SEED=…` runs it again. Behind `--test chaos`, `embedded` chooses the rounds of one
//! computer, and `shared` those of several computers with a database.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "a round says its seed, and what was done to it")]
#![allow(clippy::too_many_lines, reason = "a test tells its whole story")]

mod comparison;
#[cfg(unix)]
mod computer;
#[cfg(unix)]
#[path = "../it/database_proxy.rs"]
mod database_proxy;
mod file;
mod mixes;
#[cfg(unix)]
#[path = "../it/postgres.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod postgres;
mod round;
#[cfg(unix)]
mod shared_round;

use round::Done;
use std::time::{Duration, Instant};

#[test]
fn embedded_journal_keeps_outcomes_true_and_the_organization_as_undisturbed() {
    let (mut kills, mut interrupts, mut overwrites) = (0, 0, 0);
    let (first, rounds) = play(mixes::count(), |seed| {
        let done = round::run(seed);
        let Done { kills: killed, interrupts: interrupted, overwrites: overwritten } = done;
        kills += killed;
        interrupts += interrupted;
        overwrites += overwritten;
        format!("{killed} kills, {interrupted} interrupts, {overwritten} overwrites")
    });
    // The gate's share.
    assert!(seconds().is_none_or(|seconds| seconds < 120) || kills >= 60, "only {kills} kills");
    println!(
        "chaos: {rounds} rounds over {} mixes from seed {first}, {kills} kills, {interrupts} \
         interrupts, {overwrites} overwrites of the input: every outcome is true",
        mixes::count()
    );
}

#[cfg(unix)]
#[test]
fn shared_store_keeps_outcomes_true_and_organizations_as_undisturbed() {
    let Some(server) = postgres::server() else { return };
    let mut all = shared_round::SharedTroubles::default();
    let (first, rounds) = play(1, |seed| {
        let done = shared_round::run(seed, server);
        all.add(&done);
        done.to_string()
    });
    println!(
        "chaos: {rounds} rounds with a shared store from seed {first}, {all}: every outcome is true"
    );
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

fn seconds() -> Option<u64> {
    number("UMBULK_CHAOS_SECONDS")
}

/// Plays rounds until the time is over, or the one that is asked for. Returns the first seed, and
/// the number of rounds.
fn play(least: u64, mut round: impl FnMut(u64) -> String) -> (u64, u64) {
    if let Some(seed) = number("UMBULK_CHAOS_SEED") {
        println!("seed {seed}: {}", round(seed));
        return (seed, 1);
    }
    let until = Instant::now() + Duration::from_secs(seconds().unwrap_or(15));
    let first = fastrand::u64(..1_000_000_000);
    let mut rounds = 0;
    while Instant::now() < until || rounds < least {
        let (start, seed) = (Instant::now(), first + rounds);
        let done = round(seed);
        println!("seed {seed}: {done}, {:.1} s", start.elapsed().as_secs_f64());
        rounds += 1;
    }
    (first, rounds)
}
