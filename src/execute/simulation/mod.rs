//! Whole runs on a simulated clock, thousands a minute: a random file is imported while a script
//! disturbs its requests, and processes end at any await and are started again. Afterwards every
//! outcome and the whole organization must be as after an undisturbed run.
//!
//! `cargo test --lib simulation` takes some seconds and plays the same histories each time.
//! `UMBULK_SIMULATION_SECONDS=3600 cargo test --lib simulation -- --nocapture` plays other ones for
//! an hour, or those from the seed `UMBULK_SIMULATION_FIRST=…` on. A history that fails is shrunk
//! to the fewest rows and events and printed with its seed; `UMBULK_SIMULATION_SEED=…` runs it
//! again.

mod comparison;
mod computers;
mod history;
mod rows;
mod script;
mod service;

use super::outcomes::OutcomeStatus;
use history::History;
use script::{Event, Refuser};
use std::time::{Duration, Instant};

#[test]
fn every_history_ends_as_if_nothing_had_happened() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    if let Some(seed) = number("UMBULK_SIMULATION_SEED") {
        return judge(seed);
    }
    // On request, the simulation uses all cores; otherwise it runs beside the other tests.
    let seconds = number("UMBULK_SIMULATION_SECONDS");
    let threads = seconds
        .and_then(|_| std::thread::available_parallelism().ok())
        .map_or(1, usize::from) as u64;
    let until = Instant::now() + Duration::from_secs(seconds.unwrap_or(5));
    // Tests and the gate play the same histories each time, others are played on request.
    let first = match (number("UMBULK_SIMULATION_FIRST"), seconds) {
        (None, Some(_)) => fastrand::u64(..1_000_000_000),
        (first, _) => first.unwrap_or(1),
    };
    let play = |thread: u64| {
        let seeds = (0..).take_while(|done| *done == 0 || Instant::now() < until);
        seeds.inspect(|done| judge(first + thread + done * threads)).count()
    };
    let histories: usize = std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|thread| scope.spawn(move || play(thread))).collect();
        all.into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .sum()
    });
    println!("simulation: {histories} histories from seed {first}: every outcome is true");
}

#[test]
fn same_seed_gives_the_same_history() {
    for seed in 0..20 {
        let history = History::random(seed);
        let (once, again) = (history.trace(), history.trace());
        let differs = once.iter().zip(&again).position(|(one, other)| one != other);
        let lines = differs.map(|at| (&once[at], &again[at]));
        assert_eq!((lines, once.len()), (None, again.len()), "seed {seed}");
    }
}

/// The run stops, and does not wait forever for a response that never comes.
#[test]
fn panic_in_a_request_stops_the_run_and_the_next_one_goes_on() {
    let rows = ["update,u0@example.com,N,,,,,,,,", "update,u1@example.com,N,,,,,,,,"];
    let history = History::refused(&rows, "u0@example.com", Refuser::Panic);
    assert_eq!(history.statuses(), Ok(vec![(OutcomeStatus::Ok, String::new()); 2]));
}

fn rename(number: u32) -> String {
    format!("update,u{number}@example.com,,,,,renamed{number}@example.com,,,,")
}

/// The user of a rename is probed before the rename is sent. After that, the two commands were put
/// into one request again, which was refused without end.
#[test]
fn refused_rename_stays_apart_while_it_is_asked_about() {
    let history = History::refused(&[&rename(7), &rename(8)], "u7@example.com", Refuser::Api);
    let expected = [
        (OutcomeStatus::Failed, "error.command.string.too_long"),
        (OutcomeStatus::Failed, "error.user.nonexistent"),
    ];
    assert_eq!(
        history.statuses(),
        Ok(expected.map(|(status, code)| (status, code.to_owned())).to_vec())
    );
}

/// The same, with the page of a gateway as the response. Then both commands are probed before they
/// are sent again.
#[test]
fn rename_beside_one_that_a_gateway_refuses_is_done() {
    let rows = [rename(0), rename(1), "update,u2@example.com,N,,,,,,,,".to_owned()];
    let history =
        History::refused(&rows.each_ref().map(String::as_str), "u1@example.com", Refuser::Gateway);
    let expected =
        [(OutcomeStatus::Ok, ""), (OutcomeStatus::Failed, "http.403"), (OutcomeStatus::Ok, "")];
    assert_eq!(
        history.statuses(),
        Ok(expected.map(|(status, code)| (status, code.to_owned())).to_vec())
    );
}

/// A row that cannot make a group which an earlier row has made does not stop the rows behind it.
#[test]
fn group_that_an_earlier_row_has_made_is_there_when_a_later_one_fails() {
    let rows = [
        "create-group,,,,,,,,Team 1,,",
        "create-group,,,,,,,ignore,Team 1,,u4@example.com",
        "add,u0@example.com,,,,Team 1,,,,,",
    ];
    let history = History::refused(&rows, "u4@example.com", Refuser::Api);
    let expected = [
        (OutcomeStatus::Ok, ""),
        (OutcomeStatus::Failed, "error.command.string.too_long"),
        (OutcomeStatus::Ok, ""),
    ];
    assert_eq!(
        history.statuses(),
        Ok(expected.map(|(status, code)| (status, code.to_owned())).to_vec())
    );
}

/// The first request is refused for the stranger, the second one lets the other user join. Its
/// response cannot be read, so that the third one finds a member: the row has done that.
#[test]
fn row_that_has_joined_somebody_without_a_clear_response_is_done() {
    let rows = ["update-group,,,,,,,,Design,,u1@example.com,u8@example.com"];
    for number in 0..3 {
        let history = History::disturbed(&rows, number, Event::Unrecognized);
        assert_eq!(history.statuses(), Ok(vec![(OutcomeStatus::Ok, String::new())]), "{number}");
    }
}

/// The second row fails for its last group, after it has created the user. If the next process
/// finds only its outcome, the third row is about this user, and not about the one who was removed.
#[test]
fn row_behind_a_creation_that_has_failed_later_is_about_the_new_user_after_any_kill() {
    let rows = [
        "delete,u8@example.com,,,,,,,,,,",
        "create,u8@example.com,N,L,US,\"[\"\"Design\"\", \"\"Nowhere\"\"]\",,update,,,,",
        "remove,u8@example.com,,,,\"[\"\"Design\"\"]\",,,,,,",
    ];
    for polls in 1..60 {
        assert_eq!(History::killed(&rows, polls).play(), Ok(()), "killed after {polls} polls");
    }
}

/// The third row takes away what the first one has given, and fails for a stranger. What the fourth
/// one gives back counts, whatever the first one has done.
#[test]
fn row_behind_one_that_has_failed_in_part_counts_what_it_changes() {
    let rows = [
        "update-group,,,,,,,,Design,,\"u0@example.com,u1@example.com\",",
        "delete,u3@example.com,,,,,,,,,,",
        "update-group,,,,,,,,Design,,u3@example.com,u1@example.com",
        "update-group,,,,,,,,Design,,u1@example.com,u3@example.com",
    ];
    assert_eq!(History::killed(&rows, 1).play(), Ok(()));
}

/// Of two unknown users, none, one or both are refused before the kill.
#[test]
fn row_names_every_refused_user_after_any_kill() {
    let rows = ["update-group,,,,,,,,Design,,\"u7@example.com,u8@example.com\","];
    for polls in 1..60 {
        let messages = History::killed(&rows, polls).messages().unwrap();
        for name in ["u7@example.com", "u8@example.com"] {
            let named = messages[0].matches(name).count();
            assert_eq!(named, 1, "killed after {polls} polls: {}", messages[0]);
        }
    }
}

/// Runs one history. If it fails, it is shrunk first.
fn judge(seed: u64) {
    let history = History::random(seed);
    if let Err(why) = history.play() {
        let (smallest, why) = history.shrink(why);
        let trace = smallest.trace().join("\n");
        panic!(
            "seed {seed}: {why}\n\nthe smallest history that ends wrong:\n{smallest}\n\n{trace}"
        );
    }
}
