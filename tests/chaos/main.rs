//! Random files, random troubles, random kills: afterwards every row's outcome and the whole
//! organization are as if nothing had happened.
//!
//! `cargo test --test chaos` runs for some seconds; `UMBULK_CHAOS_SECONDS=7200 cargo test --release
//! --test chaos -- --nocapture` for hours. A round that fails prints its seed;
//! `UMBULK_CHAOS_SEED=…` runs it again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::too_many_lines, reason = "a test tells its whole story")]

mod file;
mod mixes;
mod round;

use round::Done;
use std::time::{Duration, Instant};

#[test]
fn outcomes_are_true_and_organization_as_undisturbed() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    if let Some(seed) = number("UMBULK_CHAOS_SEED") {
        round::run(seed);
        return;
    }
    let until = Instant::now() + Duration::from_secs(number("UMBULK_CHAOS_SECONDS").unwrap_or(15));
    let first = fastrand::u64(..1_000_000_000);
    let (mut rounds, mut kills, mut interrupts, mut overwrites) = (0, 0, 0, 0);
    // Every mix at least once.
    while Instant::now() < until || rounds < mixes::count() {
        let start = Instant::now();
        let done = round::run(first + rounds);
        let Done { kills: killed, interrupts: interrupted, overwrites: overwritten } = done;
        println!(
            "seed {}: {killed} kills, {interrupted} interrupts, {overwritten} overwrites, {:.1} s",
            first + rounds,
            start.elapsed().as_secs_f64()
        );
        rounds += 1;
        kills += killed;
        interrupts += interrupted;
        overwrites += overwritten;
    }
    // The gate's share.
    assert!(
        number("UMBULK_CHAOS_SECONDS").is_none_or(|seconds| seconds < 120) || kills >= 60,
        "only {kills} kills"
    );
    println!(
        "chaos: {rounds} rounds over {} mixes from seed {first}, {kills} kills, {interrupts} \
         interrupts, {overwrites} overwrites of the input: every outcome is true",
        mixes::count()
    );
}
