//! Random small files and a service that misbehaves as services do: late, cut, contradictory,
//! swapped, garbage. Whatever it does, no row is `ok` whose effect is missing, and none is `failed`
//! whose effect is there.
//!
//! `UMBULK_MISBEHAVIOUR_CASES=500 cargo test --test it misbehaviour` runs more cases; a case that
//! fails prints its seed, and `UMBULK_MISBEHAVIOUR_SEED=…` runs it again.

use crate::world::{World, user};
use fastrand::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::{Duration, Instant};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

/// The longest time from an answer to its late effect; the window given to the program is longer.
pub(crate) const LATEST: u64 = 250;
pub(crate) const WINDOW: &str = "500ms";
pub(crate) const PEOPLE: usize = 6;
pub(crate) const GROUPS: [&str; 3] = ["A", "B", "C"];
/// A group that is not there.
const NOWHERE: &str = "Nowhere";

/// What the organization should look like: the groups of each person who is there.
type Model = BTreeMap<String, BTreeSet<String>>;

/// A row, and what it does to the model.
#[derive(Debug, Clone)]
pub(crate) enum Row {
    Create { email: String, groups: Vec<&'static str>, strict: bool },
    Add { email: String, group: &'static str },
    Remove { email: String, group: &'static str },
    Rename { email: String, new: String },
    Delete { email: String },
}

impl Row {
    fn email(&self) -> &str {
        match self {
            Self::Create { email, .. }
            | Self::Add { email, .. }
            | Self::Remove { email, .. }
            | Self::Rename { email, .. }
            | Self::Delete { email } => email,
        }
    }

    pub(crate) fn line(&self) -> String {
        match self {
            Self::Create { email, groups, strict } => {
                format!(
                    "create,{email},Ann,Lee,US,\"{}\",,{}",
                    groups.join(","),
                    if *strict { "error" } else { "" }
                )
            }
            Self::Add { email, group } => format!("add,{email},,,,{group},,"),
            Self::Remove { email, group } => format!("remove,{email},,,,{group},,"),
            Self::Rename { email, new } => format!("update,{email},,,,,{new},"),
            Self::Delete { email } => format!("delete,{email},,,,,,"),
        }
    }

    /// Carries the row out; `false`: the service would refuse it, or a group in it and do the rest.
    fn apply(&self, model: &mut Model) -> bool {
        match self {
            Self::Create { email, groups, strict } => {
                if *strict && model.contains_key(email) {
                    return false;
                }
                let known = groups.iter().filter(|group| **group != NOWHERE);
                model
                    .entry(email.clone())
                    .or_default()
                    .extend(known.map(|group| (*group).to_owned()));
                return !groups.contains(&NOWHERE);
            }
            Self::Add { email, group } => match model.get_mut(email) {
                Some(groups) => drop(groups.insert((*group).to_owned())),
                None => return false,
            },
            Self::Remove { email, group } => match model.get_mut(email) {
                Some(groups) => drop(groups.remove(*group)),
                None => return false,
            },
            Self::Rename { email, new } => {
                if model.contains_key(new) {
                    return false;
                }
                let Some(groups) = model.remove(email) else { return false };
                model.insert(new.clone(), groups);
            }
            Self::Delete { email } => drop(model.remove(email)),
        }
        true
    }
}

pub(crate) fn rows(random: &mut Rng) -> Vec<Row> {
    let count = random.usize(2..9);
    (0..count)
        .map(|number| {
            let email = format!("u{}@example.com", random.usize(0..PEOPLE));
            let group = GROUPS[random.usize(0..GROUPS.len())];
            let mut groups = GROUPS[..random.usize(0..3)].to_vec();
            if random.u8(0..6) == 0 {
                groups.insert(random.usize(0..=groups.len()), NOWHERE);
            }
            match random.u8(0..12) {
                0..=3 => Row::Create { email, groups, strict: random.u8(0..3) == 0 },
                4..=5 => Row::Add { email, group },
                6 => Row::Remove { email, group },
                7..=8 => Row::Rename { email, new: format!("new{number}@example.com") },
                _ => Row::Delete { email },
            }
        })
        .collect()
}

/// One answer of a service that misbehaves.
pub(crate) fn misbehaviour(random: &mut Rng) -> Option<InjectedFault> {
    let answer = |status, headers: Vec<(String, String)>, body: &str| InjectedFault::Answer {
        status,
        headers,
        body: body.to_owned(),
    };
    let done_with = |fault| Some(InjectedFault::DoneWith(Box::new(fault)));
    let after = Duration::from_millis(random.u64(0..LATEST));
    Some(match random.u8(0..16) {
        0..=4 => return None,
        5 => InjectedFault::Late { status: 504, after },
        6 => InjectedFault::Late { status: 0, after },
        7 => InjectedFault::Late { status: 502, after },
        8 => InjectedFault::CutAfter,
        9 => InjectedFault::CutBefore,
        10 => return done_with(answer(200, vec![], "{}")),
        11 => {
            return done_with(answer(
                200,
                vec![],
                r#"{"result":"partial","completed":3,"notCompleted":9}"#,
            ));
        }
        12 => {
            let body = r#"{"result":"error","completed":0,"notCompleted":1,"errors":[{"index":55,"errorCode":"error.user.not_found"}]}"#;
            return done_with(answer(200, vec![], body));
        }
        13 => {
            let swapped = vec![("x-request-id".to_owned(), "umbulk-another-7".to_owned())];
            answer(200, swapped, r#"{"result":"success","completed":10,"notCompleted":0}"#)
        }
        14 => return done_with(answer(200, vec![], "<html>Service unavailable</html>")),
        _ => return done_with(answer(200, vec![], "{\"result\":\"succ")),
    })
}

fn case(seed: u64) {
    let mut random = Rng::with_seed(seed);
    let mut directory = Directory::default();
    GROUPS.iter().for_each(|group| directory.add_group(&SandboxGroup::user_group(group)));
    let mut model = Model::new();
    for number in 0..PEOPLE {
        if random.bool() {
            let email = format!("u{number}@example.com");
            directory.add_user(&user(&email, &["A"]));
            model.insert(email, BTreeSet::from(["A".to_owned()]));
        }
    }
    let world = World::new(directory, SandboxOptions::default());
    world.sandbox.faults().next_actions((0..random.usize(1..6)).map(|_| misbehaviour(&mut random)));
    let rows = rows(&mut random);
    let mut text =
        "action,email,firstname,lastname,country,groups,new_email,if_exists\n".to_owned();
    rows.iter().for_each(|row| writeln!(text, "{}", row.line()).unwrap());
    let run = world.import(
        "a.csv",
        &text,
        &["--effect-window", WINDOW, "--retry-wait", "2ms", "--yes", "--check-groups", "never"],
    );
    let end = Instant::now();
    while end.elapsed() < Duration::from_millis(LATEST + 50) {
        std::thread::yield_now();
    }

    // Rows that are `ok` are carried out, in their order; others are not. Anyone who meets an
    // `unknown` row is left out of the comparison.
    let mut uncertain: BTreeSet<String> = BTreeSet::new();
    // The names of renames that failed: rows behind them are not sent.
    let mut held: BTreeSet<String> = BTreeSet::new();
    let statuses = world.statuses("a.results.csv");
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(statuses.len(), rows.len(), "seed {seed}: {run:?}");
    for ((row, status), outcome) in rows.iter().zip(&statuses).zip(&outcomes) {
        let mut names = vec![row.email().to_owned()];
        if let Row::Rename { new, .. } = row {
            names.push(new.clone());
        }
        let doubtful = status == "unknown" || names.iter().any(|name| uncertain.contains(name));
        if doubtful {
            uncertain.extend(names);
            continue;
        }
        match status.as_str() {
            "ok" => assert!(
                row.apply(&mut model),
                "seed {seed}: `{}` cannot be ok\n{text}{statuses:?}",
                row.line()
            ),
            "failed" if outcome == "failed error.rename_failed" => {
                assert!(
                    names.iter().any(|name| held.contains(name)),
                    "seed {seed}: `{}` is behind no failed rename\n{text}{outcomes:?}\n{run:?}",
                    row.line()
                );
            }
            "failed" => {
                let mut after = model.clone();
                let would_be_done = row.apply(&mut after);
                assert!(
                    !would_be_done,
                    "seed {seed}: `{}` should not fail\n{text}{statuses:?}\n{run:?}",
                    row.line()
                );
                model = after;
            }
            "unchanged" => {
                assert!(
                    matches!(row, Row::Remove { .. } | Row::Delete { .. }),
                    "seed {seed}: `{}` ended unchanged\n{run:?}",
                    row.line()
                );
                assert!(
                    !model.contains_key(row.email()),
                    "seed {seed}: `{}`: the person is there\n{text}{statuses:?}\n{run:?}",
                    row.line()
                );
            }
            other => panic!("seed {seed}: `{}` ended {other}\n{run:?}", row.line()),
        }
        if status == "failed" && matches!(row, Row::Rename { .. }) {
            held.extend(names);
        }
    }
    let directory = world.sandbox.directory();
    let there: Model = directory
        .users()
        .map(|user| (user.email.clone(), user.groups.iter().cloned().collect()))
        .filter(|(email, _)| !uncertain.contains(email))
        .collect();
    model.retain(|email, _| !uncertain.contains(email));
    assert_eq!(
        model,
        there,
        "seed {seed}\n{text}{statuses:?}\n{}",
        std::fs::read_to_string(world.path("a.results.csv")).unwrap()
    );
}

#[test]
fn no_outcome_says_what_is_not_so() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    if let Some(seed) = number("UMBULK_MISBEHAVIOUR_SEED") {
        return case(seed);
    }
    let first = fastrand::u64(..1_000_000_000);
    (first..first + number("UMBULK_MISBEHAVIOUR_CASES").unwrap_or(12)).for_each(case);
}
