//! Runs that are queued, and the workers that carry them out.

use super::{SLOW, Shared, ended, short};
use crate::postgres::PASSWORD;
use crate::world::{Run, World, run};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use umbulk::sandbox::InjectedFault;

impl Shared {
    /// Queues a file of the first computer, and returns the id of the run.
    fn submit(&self, args: &[&str]) -> String {
        let submitted = self.umbulk("one", &[&["submit"], args].concat());
        assert_eq!(submitted.status, 0, "{submitted:?}");
        assert_eq!(submitted.stdout.lines().count(), 1, "{submitted:?}");
        submitted.stdout.trim().to_owned()
    }

    /// Carries out what is queued, on the second computer, which has no file.
    pub(super) fn work(&self) -> Run {
        self.empty_second();
        let worked = self.umbulk("two", &["worker", "--once"]);
        assert_eq!(worked.status, 0, "{worked:?}");
        assert_eq!(worked.stdout, "", "{worked:?}");
        worked
    }

    /// Starts a worker, until it has begun a run.
    fn worker(&self, computer: &str) -> (Child, BufReader<std::process::ChildStderr>) {
        let mut command = self.command(computer, &["worker"]);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("run begun") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "{line}");
        }
        (child, said)
    }

    fn status(&self, id: &str) -> Value {
        let status = self.umbulk("two", &["status", id, "--json"]);
        let all: Value = serde_json::from_str(&status.stdout).unwrap();
        all[0].clone()
    }

    /// Returns the contents of all parts in a table, unpacked where they are packed.
    fn bytes_in(&self, table: &str) -> Vec<u8> {
        let sql = format!("SELECT string_agg(encode(bytes, 'hex'), ' ') FROM umbulk.{table}");
        let text = self.server.psql(&self.database, &sql);
        let part = |hex: &str| {
            let bytes: Vec<u8> = hex
                .as_bytes()
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect();
            zstd::decode_all(bytes.as_slice()).unwrap_or(bytes)
        };
        text.split_whitespace().flat_map(part).collect()
    }

    /// Waits until the first three requests of a run have their responses in the store.
    fn wait_for_first_requests(&self) {
        let began = Instant::now();
        let sql = "SELECT count(*) FROM umbulk.journal_parts";
        let parts = || self.server.psql(&self.database, sql).parse::<u32>().unwrap();
        while self.world.action_requests() < 3 || parts() < 7 {
            assert!(began.elapsed() < Duration::from_secs(60), "{}", parts());
        }
    }
}

/// Events of a worker, by their message.
fn events(said: &str, message: &str) -> Vec<Value> {
    let lines = said.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["message"] == message).collect()
}

#[test]
fn queued_run_is_carried_out_where_the_file_never_was() {
    let Some(shared) = Shared::new() else { return };
    let id = shared.submit(&["a.csv", "--default-country", "DE"]);
    assert_eq!((shared.world.action_requests(), shared.runs().as_str()), (0, "queued 0"));
    let here: Vec<_> = std::fs::read_dir(shared.world.path("one")).unwrap().collect();
    assert_eq!(here.len(), 2, "the file and the state folder: {here:?}");
    let status = shared.umbulk("two", &["status", &id]);
    assert!(status.stdout.contains("a.csv: queued"), "{status:?}");
    let worked = shared.work();
    let begun = events(&worked.stderr, "run begun");
    assert_eq!((begun.len(), &begun[0]["run"]), (1, &id.as_str().into()), "{worked:?}");
    let ended = &events(&worked.stderr, "run ended")[0];
    assert_eq!(
        (&ended["state"], &ended["exit"], &ended["requests"], &ended["ok"]),
        (&"finished".into(), &0.into(), &7.into(), &70.into()),
        "{ended}"
    );
    assert!(!worked.stderr.contains("@example.com"), "{worked:?}");
    assert_eq!(shared.umbulk("two", &["results", &id]).status, 0);
    shared.check_results("two");
    // The results of an import of the same file are the same.
    std::fs::rename(shared.world.path("two"), shared.world.path("worker")).unwrap();
    let imported = shared.umbulk("one", &["import", "a.csv", "--default-country", "DE"]);
    assert_eq!((imported.status, shared.world.action_requests()), (0, 7), "{imported:?}");
    shared.check_results("one");
    let again = shared.umbulk("one", &["submit", "a.csv"]);
    assert_eq!(again.status, 2, "{again:?}");
    assert!(again.stderr.contains("was imported already, as the run "), "{again:?}");
}

#[test]
fn options_and_the_files_that_they_name_go_with_the_run() {
    let Some(shared) = Shared::new() else { return };
    let rows = "Mail,firstname,lastname,action\na@example.com,A,A,create\nb@example.com,,,delete\n\
                c@example.com,,,delete\n";
    shared.world.write("one/a.csv", rows);
    shared.world.write("one/keep.txt", "b@example.com\n");
    let settings = "default-country = \"DE\"\n[map]\nemail = \"Mail\"\n";
    shared.world.write("one/umbulk.toml", settings);
    let id = shared.submit(&["a.csv", "--protect", "keep.txt"]);
    shared.work();
    assert_eq!(shared.umbulk("two", &["results", &id]).status, 0);
    let mut outcomes = shared.world.outcomes("two/a.results.csv");
    outcomes.truncate(2);
    assert_eq!(outcomes, ["ok", "invalid invalid.email.protected"], "{outcomes:?}");
    let directory = shared.world.sandbox.directory();
    assert_eq!(directory.user("a@example.com").unwrap().country, "DE");
}

#[test]
fn option_that_a_worker_cannot_follow_is_refused_by_its_name() {
    let Some(shared) = Shared::new() else { return };
    let refused = |args: &[&str], words: &str| {
        let run = shared.umbulk("one", &[&["submit", "a.csv"], args].concat());
        assert_eq!(run.status, 2, "{run:?}");
        assert!(run.stderr.contains(words) && run.stdout.is_empty(), "{words}: {run:?}");
    };
    refused(&["--results", "r.csv"], "--results: a worker cannot do that");
    refused(&["--retry-failed"], "--retry-failed: a worker cannot do that");
    refused(&["--test-mode"], "--test-mode: a worker cannot do that");
    refused(&["--notify-cmd", "mail"], "--notify-cmd: a worker cannot do that");
    refused(&["--skip-unchanged"], "--skip-unchanged compares with the snapshot of this computer");
    refused(&["--store", "none"], "which store?");
    refused(&["--protect", "/dev/null"], "only a file goes to the store");
    let missing = ["--online", "--missing", "report", "--managed-domain", "example.com"];
    refused(&missing, "--missing: a worker cannot do that");
    let mut test = shared.command("one", &["submit", "a.csv"]);
    let test = run(test.env("UMBULK_TEST_MODE", "true"));
    assert!(test.status == 2 && test.stderr.contains("--test-mode: "), "{test:?}");
    // Where the results of imports here go is nothing to a worker.
    let mut results = shared.command("one", &["submit", "a.csv"]);
    let results = run(results.env("UMBULK_RESULTS", "r.csv"));
    assert_eq!((results.status, shared.runs().as_str()), (0, "queued 0"), "{results:?}");
}

#[test]
fn question_is_answered_when_the_run_is_queued() {
    let Some(shared) = Shared::new() else { return };
    let mut rows = "email,action\n".to_owned();
    (0..12).for_each(|number| rows += &format!("u{number}@example.com,delete\n"));
    shared.world.write("one/a.csv", rows);
    let unanswered = shared.umbulk("one", &["submit", "a.csv"]);
    assert_eq!((unanswered.status, shared.runs().as_str()), (2, ""), "{unanswered:?}");
    assert!(unanswered.stderr.contains("12"), "{unanswered:?}");
    let limited = shared.umbulk("one", &["submit", "a.csv", "--yes", "--max-deletes", "5"]);
    assert_eq!((limited.status, shared.runs().as_str()), (2, ""), "{limited:?}");
    shared.submit(&["a.csv", "--yes"]);
    shared.work();
    assert_eq!(shared.runs(), "finished 0 2");
}

/// Somebody became an administrator after the run was queued.
#[test]
fn guards_hold_in_the_worker_again() {
    let Some(shared) = Shared::with_groups(&["_support_admin"]) else { return };
    shared.world.write("one/a.csv", "email,action\nann@example.com,delete\n");
    shared.world.write("one/b.csv", short("ann"));
    let import = |args: &[&str]| {
        let import = [&["import", "b.csv", "--store", "none"], args].concat();
        let run = shared.umbulk("one", &import);
        assert_eq!(run.status, 0, "{run:?}");
    };
    import(&[]);
    let id = shared.submit(&["a.csv", "--yes"]);
    shared.world.write("one/b.csv", "email,action,groups\nann@example.com,add,_support_admin\n");
    import(&["--check-groups", "never"]);
    let sent = shared.world.action_requests();
    let worked = shared.work();
    assert_eq!(events(&worked.stderr, "run ended")[0]["code"], "error.guard", "{worked:?}");
    assert!(!worked.stderr.contains("ann@"), "{worked:?}");
    assert_eq!((shared.runs().as_str(), shared.world.action_requests()), ("refused 2 2", sent));
    let status = shared.umbulk("two", &["status", &id]);
    assert!(status.stdout.contains("refused") && status.stdout.contains("ann@"), "{status:?}");
}

/// A part of the run was sent before: it can be continued, and is not sent once more.
#[test]
fn run_that_a_guard_stops_half_way_is_not_refused() {
    let Some(shared) = Shared::with_groups(&["_support_admin"]) else { return };
    assert_eq!(shared.umbulk("one", &["import", "a.csv", "--store", "none"]).status, 0);
    let rows: String = (0..70).map(|number| format!("u{number}@example.com,delete\n")).collect();
    shared.world.write("one/d.csv", format!("email,action\n{rows}"));
    // Many people are asked about first, so only requests that change something are limited.
    let rate = "action=3/1h,users=1000/1s,groups=1000/1s";
    shared.submit(&["d.csv", "--yes", "--rate", rate]);
    let before = shared.world.action_requests();
    let (mut worker, _said) = shared.worker("two");
    let began = Instant::now();
    while shared.world.action_requests() < before + 3 {
        if began.elapsed() > Duration::from_secs(60) {
            let _ = worker.kill();
            panic!("{}", shared.world.action_requests() - before);
        }
    }
    let pid = worker.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(worker.wait().unwrap().success());
    let left = || shared.world.sandbox.directory().users().count();
    assert_eq!((left(), shared.runs().as_str()), (40, "queued 2"));
    let row = "email,action,groups\nu69@example.com,add,_support_admin\n";
    shared.world.write("one/b.csv", row);
    let args = ["import", "b.csv", "--store", "none", "--check-groups", "never"];
    assert_eq!(shared.umbulk("one", &args).status, 0);
    shared.work();
    assert_eq!((left(), shared.runs().as_str()), (40, "stopped 2 4"));
}

#[test]
fn queued_run_that_is_cancelled_is_never_begun() {
    let Some(shared) = Shared::new() else { return };
    let id = shared.submit(&["a.csv"]);
    let twice = shared.umbulk("one", &["submit", "a.csv"]);
    assert!(twice.status == 2 && twice.stderr.contains(&id), "{twice:?}");
    let import = shared.umbulk("one", &["import", "a.csv"]);
    assert!(import.status == 2 && import.stderr.contains(&id), "{import:?}");
    let cancelled = shared.umbulk("two", &["cancel", &id]);
    assert!(cancelled.stderr.contains(&format!("{id} is cancelled")), "{cancelled:?}");
    let worked = shared.work();
    assert!(events(&worked.stderr, "run begun").is_empty(), "{worked:?}");
    assert_eq!(shared.world.action_requests(), 0);
    // The same file may be queued again.
    shared.submit(&["a.csv"]);
    shared.work();
    assert_eq!(shared.runs(), "cancelled 0,finished 0 2");
}

/// Two versions of a list: the second one counts.
#[test]
fn runs_of_an_organization_are_carried_out_in_the_order_of_submission() {
    let Some(shared) = Shared::new() else { return };
    let version = |country: &str| {
        let rows = format!("email,firstname,lastname,country\na@example.com,A,A,{country}\n");
        shared.world.write("one/a.csv", rows);
        shared.submit(&["a.csv", "--if-exists", "update", "--action", "create"])
    };
    let (first, second) = (version("DE"), version("US"));
    let place = &shared.status(&second)["before"];
    assert_eq!(place, &1, "one run is before it");
    let worked = shared.work();
    let begun = events(&worked.stderr, "run begun");
    let order: Vec<_> = begun.iter().map(|event| event["run"].as_str().unwrap()).collect();
    assert_eq!(order, [&first, &second]);
    assert_eq!(shared.runs(), "finished 0 2,finished 0 2");
}

/// The first file creates the group that the second one needs.
#[test]
fn files_of_a_command_are_queued_in_their_order() {
    let Some(shared) = Shared::new() else { return };
    shared.world.write("one/groups.csv", "action,group\ncreate-group,Sound\n");
    let people = "email,firstname,lastname,country,groups\na@example.com,A,A,DE,Sound\n";
    shared.world.write("one/people.csv", people);
    let command = ["submit", "groups.csv", "people.csv", "--check-groups", "never"];
    let submitted = shared.umbulk("one", &command);
    assert_eq!(submitted.status, 0, "{submitted:?}");
    let ids: Vec<&str> = submitted.stdout.lines().collect();
    let worked = shared.work();
    let begun = events(&worked.stderr, "run begun");
    let order: Vec<_> = begun.iter().map(|event| event["run"].as_str().unwrap()).collect();
    assert_eq!(order, ids);
    assert_eq!(shared.world.groups_of("a@example.com").unwrap(), ["Sound"]);
}

/// The files behind one that is wrong may rely on its rows.
#[test]
fn files_behind_a_wrong_one_are_not_queued() {
    let Some(shared) = Shared::new() else { return };
    let rows = |email: &str| format!("email,firstname,lastname,country\n{email},A,A,DE\n");
    shared.world.write("one/b.csv", rows("b@example.com"));
    shared.world.write("one/wrong.csv", "Colour\nred\n");
    shared.world.write("one/c.csv", rows("c@example.com"));
    let submitted = shared.umbulk("one", &["submit", "b.csv", "wrong.csv", "c.csv"]);
    assert_eq!(submitted.status, 2, "{submitted:?}");
    let note = "note: 1 file was queued. wrong.csv and the files after it were not";
    assert!(submitted.stderr.contains(note), "{submitted:?}");
    assert_eq!((submitted.stdout.lines().count(), shared.runs().as_str()), (1, "queued 0"));
}

#[test]
fn worker_that_is_killed_is_followed_by_another_one() {
    let Some(shared) = Shared::new() else { return };
    let id = shared.submit(&["a.csv", "--rate", "action=3/2s"]);
    let (mut worker, _said) = shared.worker("one");
    shared.wait_for_first_requests();
    // Nobody says that it has ended.
    worker.kill().unwrap();
    worker.wait().unwrap();
    let held = shared.work();
    assert!(events(&held.stderr, "run begun").is_empty(), "its lease is not over: {held:?}");
    shared.end_leases();
    let second = shared.work();
    assert_eq!(events(&second.stderr, "run ended")[0]["state"], "finished", "{second:?}");
    assert_eq!(shared.umbulk("two", &["results", &id]).status, 0);
    shared.check_results("two");
}

/// A group was created, and another one refused: no worker tries that every ten minutes.
#[test]
fn run_that_an_error_stops_half_way_waits_for_somebody() {
    let Some(shared) = Shared::with_groups(&["A"]) else { return };
    shared.world.sandbox.faults().dislike("Select", 403, "<html>blocked</html>");
    let row = "ann@example.com,Ann,Lee,US,\"B,Select\"\n";
    shared.world.write("one/a.csv", format!("email,firstname,lastname,country,groups\n{row}"));
    let id = shared.submit(&["a.csv", "--create-groups"]);
    shared.work();
    let status = shared.status(&id);
    assert_eq!((&status["state"], &status["exit"]), (&"stopped".into(), &3.into()), "{status}");
    assert!(status["reason"].as_str().unwrap().contains("Select"), "{status}");
}

/// Many runs at once need many open files. A lack of them must not look like a wrong file.
#[test]
fn worker_raises_its_limit_of_open_files_or_says_that_it_is_too_low() {
    let Some(shared) = Shared::new() else { return };
    shared.submit(&["a.csv"]);
    shared.empty_second();
    let worker = |limit: &str| {
        let known = shared.command("two", &["worker", "--once", "--concurrency", "100"]);
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("{limit}; exec \"$0\" \"$@\"")]).arg(known.get_program());
        shell.args(known.get_args()).current_dir(known.get_current_dir().unwrap());
        shell.envs(known.get_envs().filter_map(|(name, value)| Some((name, value?))));
        run(&mut shell)
    };
    let refused = worker("ulimit -n 256");
    assert_eq!((refused.status, shared.runs().as_str()), (2, "queued 0"), "{refused:?}");
    let why = "2424 open files, and this process may have 256";
    assert!(refused.stderr.contains(why), "{refused:?}");
    let raised = worker("ulimit -S -n 256");
    assert_eq!((raised.status, shared.runs().as_str()), (0, "finished 0 2"), "{raised:?}");
}

/// Queueing it again would send all rows again. The command in the message sends only the rest.
#[test]
fn run_that_was_cancelled_half_way_is_continued_and_not_queued_again() {
    let Some(mut shared) = Shared::new() else { return };
    // The lease is renewed every two seconds, and the next request is due in an hour.
    shared.url += "?lease=8";
    let id = shared.submit(&[&["a.csv", "--timeout", "4s"], &SLOW[..]].concat());
    let (worker, _said) = shared.worker("one");
    shared.wait_for_first_requests();
    assert_eq!(shared.umbulk("two", &["cancel", &id]).status, 0);
    let began = Instant::now();
    while shared.status(&id)["state"] != "cancelled" {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", shared.status(&id));
    }
    let pid = worker.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    ended(worker);
    let again = shared.umbulk("one", &["submit", "a.csv"]);
    assert_eq!(again.status, 2, "{again:?}");
    assert!(again.stderr.contains("was cancelled after it had begun"), "{again:?}");
    assert!(again.stderr.contains("with `import` in place of `submit`"), "{again:?}");
    assert_eq!(shared.umbulk("one", &["import", "a.csv"]).status, 0);
    shared.check_results("one");
}

/// The run has a folder of that name for its options.
#[test]
fn file_of_any_name_is_carried_out() {
    let Some(shared) = Shared::new() else { return };
    for name in ["options", "input"] {
        shared.world.write(&format!("one/{name}"), short(name));
        shared.submit(&[name]);
    }
    shared.work();
    assert_eq!(shared.runs(), "finished 0 2,finished 0 2");
}

/// The runs read no such file.
#[test]
fn profile_that_is_not_in_the_users_configuration_is_refused() {
    let Some(shared) = Shared::new() else { return };
    shared.submit(&["a.csv"]);
    let profile = "[profiles.north]\nclient-id = \"c\"\norg-id = \"o\"\n\
                   client-secret-env = \"UMAPI_CLIENT_SECRET\"\n";
    shared.world.write("one/other.toml", profile);
    for args in [&["--profiles", "north"][..], &[]] {
        let mut worker = shared.command("one", &["--config", "other.toml", "worker", "--once"]);
        worker.args(args).env("UMBULK_PROFILE", "north");
        let worker = run(&mut worker);
        assert_eq!((worker.status, shared.runs().as_str()), (2, "queued 0"), "{worker:?}");
        let wanted = ["the profile north is in other.toml", ".config/umbulk/config.toml"];
        assert!(wanted.iter().all(|words| worker.stderr.contains(words)), "{worker:?}");
    }
}

/// The server does not respond. A worker that is told once waits for the response.
#[test]
fn worker_that_is_stopped_twice_does_not_wait_for_a_response() {
    let Some(shared) = Shared::new() else { return };
    let hour = Duration::from_secs(3600);
    shared.world.sandbox.faults().next_actions([Some(InjectedFault::Delay(hour))]);
    shared.submit(&["a.csv", "--rate", "action=9/1s"]);
    let (worker, said) = shared.worker("one");
    let began = Instant::now();
    while shared.server.psql(&shared.database, "SELECT * FROM umbulk.quota_requests").is_empty() {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing is sent");
    }
    let mut stops =
        said.lines().filter(|line| line.as_ref().is_ok_and(|line| line.contains("worker stops")));
    // Two signals within 50 ms are one, and the request is on its way by then.
    for _ in 0..2 {
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(200) {
            std::thread::yield_now();
        }
        let pid = worker.id().to_string();
        assert!(
            std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success()
        );
        assert!(stops.next().is_some());
    }
    assert_eq!((ended(worker).0, shared.runs().as_str()), (Some(0), "queued 2"));
    // The requests beside it have their responses.
    let begun = "SELECT count(*) > 0 FROM umbulk.journal_parts";
    assert_eq!(shared.server.psql(&shared.database, begun), "t");
    assert!(shared.world.action_requests() < 7);
}

#[test]
fn worker_that_is_stopped_gives_its_run_back_at_once() {
    let Some(shared) = Shared::new() else { return };
    let id = shared.submit(&[&["a.csv"], &SLOW[..]].concat());
    let (worker, mut said) = shared.worker("one");
    shared.wait_for_first_requests();
    let pid = worker.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let (status, _) = ended(worker);
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut said, &mut rest).unwrap();
    assert_eq!(status, Some(0), "{rest}");
    assert_eq!(events(&rest, "run ended")[0]["state"], "queued", "{rest}");
    assert_eq!(shared.status(&id)["state"], "queued");
}

#[test]
fn worker_says_over_http_whether_it_is_well_and_what_it_has_done() {
    let Some(shared) = Shared::new() else { return };
    shared.submit(&[&["a.csv"], &SLOW[..]].concat());
    let mut command = shared.command("two", &["worker", "--listen", "0"]);
    let mut worker = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(worker.stderr.take().unwrap()).lines().map(Result::unwrap);
    let listens = lines.find(|line| line.contains("worker listens")).unwrap();
    let listens: Value = serde_json::from_str(&listens).unwrap();
    lines.find(|line| line.contains("run begun")).unwrap();
    let get = |path: &str| {
        let mut stream =
            std::net::TcpStream::connect(listens["address"].as_str().unwrap()).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(get("/healthz").starts_with("HTTP/1.1 200 OK") && get("/healthz").ends_with("ok\n"));
    let metrics = get("/metrics");
    for line in ["umbulk_runs_running 1", "umbulk_store_leases 1", "umbulk_store_up 1"] {
        assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
    }
    assert!(get("/").starts_with("HTTP/1.1 404"));
    let pid = worker.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(worker.wait().unwrap().success());
}

#[test]
fn credentials_are_nowhere_in_the_store() {
    let Some(shared) = Shared::new() else { return };
    shared.submit(&["a.csv", "--default-country", "DE"]);
    shared.work();
    for table in ["runs", "run_files", "run_file_parts", "journal_parts", "quota_requests"] {
        let sql = format!("SELECT string_agg(t::text, ' ') FROM umbulk.{table} t");
        let text = shared.server.psql(&shared.database, &sql);
        let options = &shared.world.options;
        for secret in [&options.client_id, &options.client_secret, &PASSWORD.to_owned()] {
            assert!(!text.contains(secret.as_str()), "{table}: {secret}");
        }
    }
    let unpacked = shared.umbulk("two", &["runs", "--json"]).stdout;
    assert!(!unpacked.contains(&shared.world.options.client_secret), "{unpacked}");
    let bytes = ["run_file_parts", "journal_parts"].map(|table| shared.bytes_in(table)).concat();
    let has = |text: &str| bytes.windows(text.len()).any(|found| found == text.as_bytes());
    assert!(has("u69@example.com") && has("default-country"), "the file and the job are there");
    assert!(!has(&shared.world.options.client_secret) && !has(PASSWORD));
}

#[test]
fn credentials_that_are_refused_leave_the_run_queued() {
    let Some(shared) = Shared::new() else { return };
    shared.world.write("one/a.csv", short("a"));
    let id = shared.submit(&["a.csv"]);
    shared.empty_second();
    let mut worker = shared.command("two", &["worker", "--once"]);
    let worker = run(worker.env("UMAPI_CLIENT_SECRET", "wrong"));
    assert_eq!(worker.status, 0, "{worker:?}");
    assert_eq!(events(&worker.stderr, "worker waits").len(), 1, "{worker:?}");
    let status = shared.umbulk("two", &["status", &id]);
    assert!(status.stdout.contains("a.csv: queued"), "{status:?}");
    shared.work();
    assert_eq!(shared.status(&id)["state"], "finished");
}

/// Both are begun before one of them has ended, with the credentials of their profiles.
#[test]
fn runs_of_two_organizations_go_side_by_side() {
    let Some(shared) = Shared::new() else { return };
    let other = World::with_groups(&[]);
    let mut config = String::new();
    for (name, world) in [("north", &shared.world), ("south", &other)] {
        let mut submit = shared.command("one", &["submit", "a.csv"]);
        submit.env("UMAPI_URL", world.sandbox.url());
        let submitted = run(submit.env("UMAPI_AUTH_HOST", world.sandbox.auth_host()));
        assert_eq!(submitted.status, 0, "{submitted:?}");
        config += &format!(
            "[profiles.{name}]\nclient-id = \"{}\"\norg-id = \"{}\"\nauth-host = \"{}\"\n\
             url = \"{}\"\nclient-secret-env = \"SECRET\"\n",
            world.options.client_id,
            world.options.org_id,
            world.sandbox.auth_host(),
            world.sandbox.url(),
        );
    }
    std::fs::create_dir_all(shared.world.path("two/.config/umbulk")).unwrap();
    shared.world.write("two/.config/umbulk/config.toml", &config);
    // The profiles of a folder are no settings of the worker.
    shared.world.write("two/umbulk.toml", config.replace("north", "east"));
    let worker = |profiles: &[&str]| {
        let mut worker = shared.command("two", &[&["worker", "--once"], profiles].concat());
        for name in ["CLIENT_ID", "CLIENT_SECRET", "ORG_ID", "URL", "AUTH_HOST"] {
            worker.env_remove(format!("UMAPI_{name}"));
        }
        run(worker.env("SECRET", &other.options.client_secret))
    };
    let unknown = worker(&["--profiles", "north,west"]);
    assert!(unknown.status == 2 && unknown.stderr.contains("no profile west"), "{unknown:?}");
    let worked = worker(&[]);
    let begun = events(&worked.stderr, "run begun");
    let running: Vec<_> = begun.iter().map(|event| event["running"].as_u64().unwrap()).collect();
    assert_eq!(running, [1, 2], "{worked:?}");
    assert_eq!(shared.runs(), "finished 0 2,finished 0 2");
    assert_eq!((shared.world.action_requests(), other.action_requests()), (7, 7));
}
