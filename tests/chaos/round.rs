//! One file, once undisturbed and once with everything that can happen.

use crate::comparison::{compare_organizations, compare_outcomes, rows};
use crate::file;
use crate::mixes::{self, PATIENT, Troubles};
use fastrand::Rng;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use umbulk::sandbox::{Mix, Received, Sandbox, SandboxOptions};

/// What was done to a run.
pub(crate) struct Done {
    pub(crate) kills: u32,
    pub(crate) interrupts: u32,
    pub(crate) overwrites: u32,
}

/// After so many starts the troubles end, so that the round does.
const MOST_STARTS: u32 = 40;

pub(crate) fn run(seed: u64) -> Done {
    let mut random = Rng::with_seed(seed);
    let text = file::rows(&mut random);
    let troubles = mixes::mix(seed);

    let calm = tempfile::tempdir().unwrap();
    let undisturbed = Sandbox::start(SandboxOptions::default(), file::organization()).unwrap();
    std::fs::write(calm.path().join("a.csv"), &text).unwrap();
    let status = import(calm.path(), &undisturbed, &troubles).wait().unwrap().code().unwrap();
    assert!(
        status < 2,
        "seed {seed}: the undisturbed run ended with {status}\n{}",
        std::fs::read_to_string(calm.path().join("said")).unwrap()
    );

    let wild = tempfile::tempdir().unwrap();
    let latency = Duration::from_millis(random.u64(0..6));
    let disturbed = Sandbox::start(
        SandboxOptions {
            troubles: troubles.mix.clone(),
            seed,
            latency,
            ..SandboxOptions::default()
        },
        file::organization(),
    )
    .unwrap();
    std::fs::write(wild.path().join("a.csv"), &text).unwrap();
    let mut done = Done { kills: 0, interrupts: 0, overwrites: 0 };
    let mut starts = 0;
    let ended = loop {
        starts += 1;
        if starts == MOST_STARTS {
            disturbed.faults().set_mix(Mix::default());
        }
        let disturb = starts < MOST_STARTS && random.u8(0..8) > 0;
        let overwrites = disturb && random.u8(0..5) == 0;
        let of_earlier_starts = if overwrites { requests_so_far(wild.path()) } else { 0 };
        let mut child = import(wild.path(), &disturbed, &troubles);
        let fate = if overwrites {
            let before = done.overwrites;
            let run = (&disturbed, of_earlier_starts);
            let fate = overwrite(&mut child, &mut random, run, (wild.path(), &text), &mut done);
            // It may also end before anything is sent, and so before the input is overwritten: a
            // token that is refused, say.
            assert!(
                fate != Some(2) || done.overwrites == before,
                "seed {seed}: an overwritten input ended with 2 after something was sent\n{}",
                std::fs::read_to_string(wild.path().join("said")).unwrap()
            );
            // Whatever it said, the same command must go on from there, or show what was done.
            fate.filter(|status| *status > 1)
        } else if disturb {
            meddle(&mut child, &mut random, &disturbed, &mut done)
        } else {
            child.wait().unwrap().code()
        };
        match fate {
            Some(status @ (0 | 1)) => break status,
            Some(2 | 3) | None => {}
            Some(other) => panic!("seed {seed}: exit status {other}"),
        }
        assert!(
            starts < MOST_STARTS + 5,
            "seed {seed}: it does not end\n{}",
            std::fs::read_to_string(wild.path().join("said")).unwrap_or_default()
        );
    };
    wait_for_late_effects();
    let results = [&calm, &wild].map(|folder| rows(&folder.path().join("a.results.csv")));
    let [calm_rows, wild_rows] = &results;
    compare_outcomes(seed, &text, (calm_rows, status), (wild_rows, ended));
    let wild_rows: Vec<_> = wild_rows.iter().collect();
    compare_organizations(seed, &wild_rows, &undisturbed, &disturbed);
    done
}

fn import(folder: &Path, sandbox: &Sandbox, troubles: &Troubles) -> Child {
    let options = SandboxOptions::default();
    let said = std::fs::File::create(folder.join("said")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_umbulk"))
        .args(["import", "a.csv", "--rate", "action=off,users=off,groups=off"])
        .args(PATIENT)
        .args(["--effect-window", troubles.effect_window, "--timeout", troubles.timeout])
        .current_dir(folder)
        .env_clear()
        .env("RUST_BACKTRACE", "1")
        .env("HOME", folder)
        .env("UMAPI_URL", sandbox.url())
        .env("UMAPI_AUTH_HOST", sandbox.auth_host())
        .env("UMAPI_CLIENT_ID", options.client_id)
        .env("UMAPI_CLIENT_SECRET", options.client_secret)
        .env("UMAPI_ORG_ID", options.org_id)
        .stdout(Stdio::null())
        .stderr(said)
        .spawn()
        .unwrap()
}

/// The organizations are compared when nothing can come any more.
fn wait_for_late_effects() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(350) {
        std::thread::yield_now();
    }
}

/// Kills or interrupts the run at some instant: after a time, or once it has sent some more.
fn meddle(child: &mut Child, random: &mut Rng, sandbox: &Sandbox, done: &mut Done) -> Option<i32> {
    let calls = sandbox.traffic().len();
    let by_time = random.bool();
    let (wait, more) = (Duration::from_micros(random.u64(0..60_000)), random.usize(1..14));
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        let due =
            if by_time { start.elapsed() >= wait } else { sandbox.traffic().len() >= calls + more };
        if due {
            break;
        }
        std::hint::spin_loop();
    }
    if random.u8(0..4) == 0 {
        done.interrupts += 1;
        let interrupt =
            || drop(Command::new("kill").args(["-INT", &child.id().to_string()]).status());
        interrupt();
        if random.bool() {
            interrupt();
        }
        child.wait().unwrap().code()
    } else {
        done.kills += 1;
        child.kill().unwrap();
        child.wait().unwrap();
        None
    }
}

/// The number of a request within its run: `umbulk-RUN-NUMBER`.
fn number(received: &Received) -> u64 {
    let id = received.request_id.as_deref().unwrap_or_default();
    id.rsplit_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or_default()
}

/// The highest number of a request that the starts so far have recorded.
fn requests_so_far(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let Some(journal) = files.into_iter().find(|path| path.extension() == Some("journal".as_ref()))
    else {
        return 0;
    };
    let highest = "SELECT max(request) FROM (SELECT request FROM open UNION ALL \
                   SELECT request FROM settled UNION ALL SELECT request FROM told)";
    let journal =
        rusqlite::Connection::open_with_flags(journal, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY);
    let number = journal.unwrap().query_row(highest, [], |row| row.get::<_, Option<i64>>(0));
    number.ok().flatten().and_then(|number| number.try_into().ok()).unwrap_or_default()
}

/// Overwrites the input in place once the run has sent some more, and puts it back when the run has
/// ended. What the results show is what was planned.
fn overwrite(
    child: &mut Child,
    random: &mut Rng,
    (sandbox, of_earlier_starts): (&Sandbox, u64),
    (folder, text): (&Path, &str),
    done: &mut Done,
) -> Option<i32> {
    // A request that meets a limit or an old token is none: nothing was done. Nor does a request
    // count that an earlier start has sent and that arrives only now: this start has perhaps not
    // even read its input.
    let sent = || {
        sandbox
            .traffic()
            .iter()
            .filter(|received| received.commands > 0 && !matches!(received.status, 401 | 429))
            .filter(|received| number(received) > of_earlier_starts)
            .count()
    };
    let due = sent() + random.usize(1..6);
    while sent() < due {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::hint::spin_loop();
    }
    done.overwrites += 1;
    let path = folder.join("a.csv");
    std::fs::write(&path, other(text, random)).unwrap();
    if random.u8(0..4) == 0 {
        let until = Instant::now() + Duration::from_millis(random.u64(0..20));
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
    }
    let status = child.wait().unwrap().code();
    std::fs::write(&path, text).unwrap();
    if status == Some(3) {
        let mut planned = csv::Reader::from_reader(text.as_bytes());
        let planned: Vec<String> = planned
            .records()
            .map(|record| record.unwrap().iter().collect::<Vec<_>>().join(","))
            .collect();
        let written = rows(&folder.join("a.results.csv"));
        assert_eq!(written.len(), planned.len(), "every row that was planned is in the results");
        for (row, planned) in written.iter().zip(&planned) {
            assert!(row.line.starts_with(planned), "not as planned: {planned}\n{}", row.line);
        }
    }
    status
}

/// Another file that is just as well-formed.
fn other(text: &str, random: &mut Rng) -> String {
    let (head, rows) = text.split_once('\n').unwrap();
    match random.u8(0..6) {
        0 => format!("{head}\ncreate,other@example.com,O,O,US,,,,,,\n{rows}"),
        1 => text.replace("\ncreate,", "\ndelete,"),
        2 => text.replace("@example.com", "@example.org"),
        3 => format!("{head}\n"),
        4 => String::new(),
        _ => format!("{text}{rows}"),
    }
}
