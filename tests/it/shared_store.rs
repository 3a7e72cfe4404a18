//! Imports whose runs are in a PostgreSQL database: another computer continues them. Each computer
//! is a folder of its own for files and state.

mod advice;
mod answers;
mod by_id;
mod not_sent_yet;
mod queue;
mod recent_changes;
mod refusals;
mod shared_lists;
mod shared_quota;
mod take_over;

use crate::database_proxy::DatabaseProxy;
use crate::postgres::{PASSWORD, PostgresServer, server};
use crate::world::{Run, World, run};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An organization, a database, and computers.
struct Shared {
    world: World,
    server: &'static PostgresServer,
    database: String,
    url: String,
}

/// The journal of `a.csv` has this many rows in three requests.
const FIRST: &str = "30 ok";

impl Shared {
    /// `None` without PostgreSQL.
    fn new() -> Option<Self> {
        Self::with_groups(&[])
    }

    fn with_groups(groups: &[&str]) -> Option<Self> {
        let server = server()?;
        let database = server.database();
        let world = World::with_groups(groups);
        for computer in ["one", "two"] {
            std::fs::create_dir(world.path(computer)).unwrap();
            let mut rows = "email,firstname,lastname,country\n".to_owned();
            (0..70).for_each(|number| rows += &format!("u{number}@example.com,U,N,US\n"));
            world.write(&format!("{computer}/a.csv"), rows);
        }
        let url = server.url(&database);
        Some(Self { world, server, database, url })
    }

    fn command(&self, computer: &str, args: &[&str]) -> Command {
        let folder = self.world.path(computer);
        let mut command = self.world.command(args);
        command.env("HOME", &folder).env("XDG_STATE_HOME", folder.join("state"));
        command.env("PGPASSWORD", PASSWORD).env("UMBULK_STORE", &self.url).current_dir(folder);
        command
    }

    fn umbulk(&self, computer: &str, args: &[&str]) -> Run {
        let run = run(&mut self.command(computer, args));
        assert!(!format!("{run:?}").contains(PASSWORD), "{run:?}");
        run
    }

    /// Starts the import, and waits until its first three requests have their responses.
    fn begin(&self, computer: &str, more: &[&str]) -> Child {
        let args = [&["import", "a.csv"], more].concat();
        let mut command = self.command(computer, &args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let began = Instant::now();
        while !self.umbulk(computer, &["status", "a.csv"]).stdout.contains(FIRST) {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none() && began.elapsed() < Duration::from_secs(60), "{ended:?}");
        }
        child
    }

    /// Lets the leases of all runs end: the clock that counts is that of the database.
    fn end_leases(&self) {
        let sql = "UPDATE umbulk.runs SET lease_until = clock_timestamp() - interval '1 s'";
        self.server.psql(&self.database, sql);
    }

    /// Ends the first computer's import in the middle, and lets its lease end.
    fn break_down(&self, mut child: Child) {
        child.kill().unwrap();
        child.wait().unwrap();
        self.end_leases();
    }

    /// Kills an import that has begun its run in the store and has sent nothing: it waits for its
    /// token.
    fn kill_before_it_sends(&self, computer: &str) {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("http://{}", silent.local_addr().unwrap());
        let mut import = self.command(computer, &["import", "a.csv"]);
        let mut child = import.env("UMAPI_AUTH_HOST", host).spawn().unwrap();
        let asked = silent.accept().unwrap();
        assert_eq!(self.runs(), "running 1");
        child.kill().unwrap();
        child.wait().unwrap();
        drop(asked);
    }

    /// Opens the journal of the file, to change it.
    fn journal(&self, computer: &str) -> rusqlite::Connection {
        let files = std::fs::read_dir(self.world.path(computer)).unwrap().map(Result::unwrap);
        let mut paths = files.map(|entry| entry.path());
        let journal = paths.find(|path| path.extension().is_some_and(|is| is == "journal"));
        rusqlite::Connection::open(journal.unwrap()).unwrap()
    }

    /// Returns the id of the only run.
    fn id(&self) -> String {
        self.server.psql(&self.database, "SELECT id FROM umbulk.runs")
    }

    /// Starts an import that waits for requests of another computer, until it waits.
    fn waiting(&self, computer: &str) -> Child {
        let mut command = self.command(computer, &["import", "a.csv"]);
        command.env("UMBULK_EFFECT_WINDOW", "1h").stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(said.any(|line| line.unwrap().contains("waiting ")));
        child
    }

    fn runs(&self) -> String {
        let sql = "SELECT string_agg(concat_ws(' ', state, exit_status, fence), ',' \
                   ORDER BY number) FROM umbulk.runs";
        self.server.psql(&self.database, sql)
    }

    /// Checks that every row was sent once, and what is said of each.
    fn check_results(&self, computer: &str) {
        let rows = self.world.rows(&format!("{computer}/a.results.csv"));
        assert_eq!(rows.len(), 70);
        for row in rows {
            let said = (row["umbulk_status"].as_str(), row["umbulk_attempts"].as_str());
            assert_eq!(said, ("ok", "1"), "{row:?}");
        }
        assert_eq!(self.world.action_requests(), 7);
        assert_eq!(self.world.sandbox.directory().users().count(), 70);
    }
}

/// Waits for the end of an import. Returns its exit status, and everything that it has said.
fn ended(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code(), said.concat())
}

/// Three requests, and then none for an hour.
const SLOW: [&str; 2] = ["--rate", "action=3/1h"];

#[test]
fn killed_run_goes_on_on_another_computer_once_its_lease_has_ended() {
    let Some(shared) = Shared::new() else { return };
    let mut child = shared.begin("one", &SLOW);
    assert_eq!(shared.runs(), "running 1");
    child.kill().unwrap();
    child.wait().unwrap();
    let held = shared.umbulk("two", &["import", "a.csv"]);
    assert_eq!((held.status, shared.world.action_requests()), (2, 3), "{held:?}");
    for words in ["carries out this import (store `postgres://umbulk@", "from ", "Nothing was sent"]
    {
        assert!(held.stderr.contains(words), "{held:?}");
    }
    shared.end_leases();
    let second = shared.umbulk("two", &["import", "a.csv"]);
    assert_eq!(second.status, 0, "{second:?}");
    assert!(second.stderr.contains("taken over"), "{second:?}");
    shared.check_results("two");
    assert_eq!(shared.runs(), "finished 0 2");
    // The first computer learns of it, and sends nothing.
    let first = shared.umbulk("one", &["import", "a.csv"]);
    assert_eq!(first.status, 0, "{first:?}");
    shared.check_results("one");
}

#[test]
fn killed_run_goes_on_at_once_on_its_own_computer() {
    let Some(shared) = Shared::new() else { return };
    let mut child = shared.begin("one", &SLOW);
    child.kill().unwrap();
    child.wait().unwrap();
    // Without its store, nobody knows whether another computer has continued it.
    let mut without = shared.command("one", &["import", "a.csv"]);
    let without = run(without.env_remove("UMBULK_STORE"));
    assert_eq!((without.status, shared.world.action_requests()), (2, 3), "{without:?}");
    let advice = format!("--store {}", shared.url);
    assert!(without.stderr.contains(&advice), "{advice}: {without:?}");
    let mut again = shared.command("one", &["import", "a.csv", "--store", &shared.url]);
    let again = run(again.env_remove("UMBULK_STORE"));
    assert_eq!(again.status, 0, "{again:?}");
    shared.check_results("one");
    assert_eq!(shared.runs(), "finished 0 2");
}

#[test]
fn process_that_was_stopped_for_longer_than_its_lease_sends_nothing_more() {
    let Some(shared) = Shared::new() else { return };
    let child = shared.begin("one", &["--rate", "action=3/2s"]);
    let id = child.id().to_string();
    let signal = |name: &str| {
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    };
    signal("-STOP");
    shared.end_leases();
    let second = shared.umbulk("two", &["import", "a.csv"]);
    assert_eq!(second.status, 0, "{second:?}");
    shared.check_results("two");
    signal("-CONT");
    let (status, said) = ended(child);
    assert_eq!(status, Some(3), "{said}");
    assert!(said.contains(" has taken over the run") && said.contains(", process "), "{said}");
    // Nothing is to be done here.
    assert!(said.contains("and finished it. The same command writes"), "{said}");
    for words in ["Left:", "To continue", "Rows to fix", "Then type"] {
        assert!(!said.contains(words), "{words}: {said}");
    }
    shared.check_results("two");
    assert_eq!(shared.runs(), "finished 0 2");
}

#[test]
fn run_waits_for_the_database_only_as_long_as_allowed_and_sends_nothing_meanwhile() {
    let Some(mut shared) = Shared::new() else { return };
    let proxy = DatabaseProxy::to(&shared.url);
    shared.url = format!("postgres://umbulk@127.0.0.1:{}/{}", proxy.port, shared.database);
    let pace = ["--rate", "action=3/2s", "--max-wait", "2s", "--progress", "plain"];
    let child = shared.begin("one", &pace);
    proxy.cut();
    let (status, said) = ended(child);
    assert_eq!((status, shared.world.action_requests()), (Some(3), 3), "{said}");
    for words in ["the shared store has not answered for ", "umbulk import a.csv"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let away = shared.umbulk("one", &["import", "a.csv"]);
    assert_eq!((away.status, shared.world.action_requests()), (2, 3), "{away:?}");
    proxy.mend();
    let again = shared.umbulk("one", &["import", "a.csv"]);
    assert_eq!(again.status, 0, "{again:?}");
    shared.check_results("one");
}

#[test]
fn what_cannot_be_done_with_a_store_is_refused_before_anything_is_sent() {
    let Some(shared) = Shared::new() else { return };
    let refused = |args: &[&str], store: &str, words: &str| {
        let run = run(shared.command("one", args).env("UMBULK_STORE", store));
        assert_eq!((run.status, shared.world.action_requests()), (2, 0), "{run:?}");
        assert!(run.stderr.contains(words), "{words}: {run:?}");
        assert!(!format!("{run:?}").contains("hunter2"), "{run:?}");
    };
    let import = ["import", "a.csv"];
    refused(&import, "postgres://a:hunter2@db/x", "the address of the store has a password");
    refused(&import, "db.example.com", "write postgres://USER@HOST/DATABASE");
    refused(&import, "postgres://umbulk@127.0.0.1:1/x", "cannot be reached");
    let scope = ["--online", "--missing", "report", "--managed-domain", "example.com"];
    refused(&[&import[..], &scope].concat(), &shared.url, "missing people");
    refused(&["import", "a.csv", "--retry-failed"], &shared.url, "failed rows");
    refused(&["import", "-", "--results", "r.csv"], &shared.url, "the rows must be in a file");
    refused(&["import", "a.csv", "../two/a.csv"], &shared.url, "two files are named a.csv");
    std::fs::copy(shared.world.path("one/a.csv"), shared.world.path("one/b.csv")).unwrap();
    for more in [&[][..], &["--fresh"]] {
        let words = "a.csv and b.csv have the same content";
        refused(&[&["import", "a.csv", "b.csv"], more].concat(), &shared.url, words);
    }
    // A rehearsal is on this computer.
    let mut rehearsal = shared.command("one", &["import", "a.csv", "--sandbox"]);
    let rehearsal = run(rehearsal.env("UMBULK_STORE", "postgres://umbulk@127.0.0.1:1/x"));
    assert_eq!(rehearsal.status, 0, "{rehearsal:?}");
}

#[test]
fn import_that_was_not_begun_leaves_nothing_in_the_store() {
    let Some(shared) = Shared::new() else { return };
    let mut refused = shared.command("one", &["import", "a.csv"]);
    let refused = run(refused.env("UMAPI_CLIENT_SECRET", "wrong"));
    assert_eq!(refused.status, 2, "{refused:?}");
    assert_eq!(shared.runs(), "");
    let other = shared.umbulk("two", &["import", "a.csv"]);
    assert_eq!(other.status, 0, "{other:?}");
    shared.check_results("two");
}

#[test]
fn runs_are_listed_cancelled_and_deleted_from_any_computer() {
    let Some(shared) = Shared::new() else { return };
    let empty = shared.umbulk("two", &["runs"]);
    assert!(empty.status == 0 && empty.stdout.contains("the store has no runs"), "{empty:?}");
    let mut child = shared.begin("one", &["--rate", "action=3/2s"]);
    let listed = shared.umbulk("two", &["runs", "--json"]).stdout;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let run = &listed[0];
    assert_eq!(
        (&run["state"], &run["held"], &run["file"], &run["rows"], listed.as_array().map(Vec::len)),
        (&"running".into(), &true.into(), &"a.csv".into(), &70.into(), Some(1)),
        "{listed}"
    );
    let id = run["run"].as_str().unwrap();
    let table = shared.umbulk("two", &["runs"]).stdout;
    assert!(
        table.contains(id) && table.contains("a.csv") && table.contains(", carried out by "),
        "{table}"
    );
    let cancelled = shared.umbulk("two", &["cancel", id]);
    assert!(cancelled.status == 0 && cancelled.stderr.contains("sends nothing more once it knows"));
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert!(shared.world.action_requests() < 7);
    let table = shared.umbulk("two", &["runs"]).stdout;
    assert!(table.contains("cancelled"), "{table}");
    let late = shared.umbulk("two", &["cancel", id]);
    assert!(late.status == 0 && late.stderr.contains("is cancelled"), "{late:?}");
    let none = shared.umbulk("two", &["cancel", "nobody"]);
    assert!(none.status == 2 && none.stderr.contains("has no run nobody"), "{none:?}");
    let young = shared.umbulk("two", &["runs", "prune", "--older-than", "90d"]);
    assert!(young.stderr.contains("nothing to delete"), "{young:?}");
    // The options of `runs` may stand behind its subcommand.
    let mut young = shared.command("two", &["runs", "prune", "--older-than", "90d", "--json"]);
    young.args(["--store", &shared.url]).env_remove("UMBULK_STORE");
    assert_eq!(crate::world::run(&mut young).stdout, "[]\n");
    let sql = "UPDATE umbulk.runs SET ended_at = ended_at - interval '2 h'";
    shared.server.psql(&shared.database, sql);
    let gone = shared.umbulk("two", &["runs", "prune", "--older-than", "1h"]);
    assert!(gone.stdout.starts_with(&format!("deleted {id}")), "{gone:?}");
    assert_eq!(shared.runs(), "");
}

/// Returns a short list.
fn short(name: &str) -> String {
    format!("email,firstname,lastname,country\n{name}@example.com,U,N,US\n")
}

#[test]
fn list_is_sent_again_if_the_file_had_other_rows_since() {
    let Some(shared) = Shared::new() else { return };
    for (at, rows) in ["a", "b", "a"].into_iter().enumerate() {
        shared.world.write("one/a.csv", short(rows));
        let run = shared.umbulk("one", &["import", "a.csv"]);
        assert_eq!(shared.world.action_requests(), at + 1, "{run:?}");
        assert!(!run.stderr.contains("is missing"), "{run:?}");
        // The same file again is shown, on any computer.
        shared.world.write("two/a.csv", short(rows));
        for computer in ["one", "two"] {
            let shown = shared.umbulk(computer, &["import", "a.csv"]);
            assert_eq!(shared.world.action_requests(), at + 1, "{shown:?}");
        }
    }
    assert_eq!(shared.runs().matches("finished").count(), 3);
}

#[test]
fn list_under_another_name_is_sent_again_only_if_that_is_asked_for() {
    let Some(shared) = Shared::new() else { return };
    shared.world.write("one/a.csv", short("a"));
    shared.world.write("two/b.csv", short("a"));
    assert_eq!(shared.umbulk("one", &["import", "a.csv"]).status, 0);
    let other = shared.umbulk("two", &["import", "b.csv"]);
    assert_eq!((other.status, shared.world.action_requests()), (2, 1), "{other:?}");
    for words in
        ["an import of the same rows under the name a.csv", "umbulk import a.csv", "--fresh"]
    {
        assert!(other.stderr.contains(words), "{words}: {other:?}");
    }
    // That name, with results elsewhere.
    shared.world.write("two/a.csv", short("a"));
    let named = shared.umbulk("two", &["import", "a.csv", "--results", "other.csv"]);
    assert_eq!((named.status, shared.world.action_requests()), (0, 1), "{named:?}");
    let fresh = shared.umbulk("two", &["import", "b.csv", "--fresh"]);
    assert_eq!(shared.world.action_requests(), 2, "{fresh:?}");
}

#[test]
fn unfinished_list_is_not_replaced_by_one_with_other_rows_unless_that_is_asked_for() {
    let Some(shared) = Shared::new() else { return };
    let mut child = shared.begin("one", &SLOW);
    shared.world.write("two/a.csv", short("a"));
    let refused = |args: &[&str], words: &[&str]| {
        let run = shared.umbulk("two", &[&["import", "a.csv"], args].concat());
        assert_eq!((run.status, shared.world.action_requests()), (2, 3), "{run:?}");
        for words in words {
            assert!(run.stderr.contains(words), "{words}: {run:?}");
        }
        assert_eq!(shared.runs(), "running 1");
    };
    refused(&[], &["has this file name, but other rows", " carries it out", "of 70 rows"]);
    refused(&["--fresh"], &["carries out this import"]);
    child.kill().unwrap();
    child.wait().unwrap();
    shared.end_leases();
    refused(&[], &[" had it last", "--fresh", "sends all rows of this file"]);
    // What is refused cancels nothing.
    refused(&["--fresh", "--against", "nothing.csv"], &["nothing.csv"]);
    let fresh = shared.umbulk("two", &["import", "a.csv", "--fresh"]);
    assert_eq!((fresh.status, shared.world.action_requests()), (0, 4), "{fresh:?}");
    assert_eq!(shared.runs(), "cancelled 3 2,finished 0 1");
}

#[test]
fn fresh_import_replaces_that_of_a_killed_process_of_its_computer_at_once() {
    let Some(shared) = Shared::new() else { return };
    let mut child = shared.begin("one", &SLOW);
    child.kill().unwrap();
    child.wait().unwrap();
    shared.world.write("one/a.csv", short("a"));
    let fresh = shared.umbulk("one", &["import", "a.csv", "--fresh"]);
    assert_eq!((fresh.status, shared.world.action_requests()), (0, 4), "{fresh:?}");
    assert_eq!(shared.runs(), "cancelled 3 2,finished 0 1");
}
