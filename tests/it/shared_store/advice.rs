//! What is said about a store, and whether it helps.

use super::{SLOW, Shared};
use crate::postgres::PASSWORD;
use crate::world::run;
use std::process::Command;
use std::time::Duration;
use umbulk::sandbox::InjectedFault;

#[test]
fn failed_rows_are_sent_as_advised_with_a_store_and_without_it() {
    let Some(shared) = Shared::new() else { return };
    let rows = "email,firstname,lastname,country\na@example.com,A,N,US\nb@example.com,B,N,Narnia\n";
    shared.world.write("one/b.csv", rows);
    let first = shared.umbulk("one", &["import", "b.csv"]);
    assert_eq!(first.status, 1, "{first:?}");
    let fix = || {
        let failed = shared.world.path("one/b.failed.csv");
        let fixed = std::fs::read_to_string(&failed).unwrap().replace("Narnia", "DE");
        std::fs::write(failed, fixed).unwrap();
    };
    fix();
    let advice = "Then type: umbulk import b.failed.csv\n";
    assert!(first.stdout.contains(advice), "{}", first.stdout);
    let again = shared.umbulk("one", &["import", "b.failed.csv"]);
    assert_eq!(again.status, 0, "{again:?}");
    assert_eq!(shared.world.sandbox.directory().users().count(), 2);
    // The other way, which the refusal of the first one names.
    let refused = shared.umbulk("one", &["import", "b.csv", "--retry-failed"]);
    assert!(refused.stderr.contains("Add `--store none`"), "{refused:?}");
    let without = ["import", "b.csv", "--retry-failed", "--store", "none"];
    let without = shared.umbulk("one", &without);
    assert_eq!(without.status, 0, "{without:?}");
    assert_eq!(shared.world.statuses("one/b.results.csv"), ["ok", "ok"]);
}

/// Breaks the first computer down with a request under way, and starts the second one, which waits
/// for that request and is interrupted then.
fn interrupted_while_it_waits(shared: &Shared, before: impl FnOnce()) {
    // The fourth request is under way when the first computer breaks down.
    let late = InjectedFault::Delay(Duration::from_secs(2));
    shared.world.sandbox.faults().next_actions([None, None, None, Some(late)]);
    shared.break_down(shared.begin("one", &["--concurrency", "1"]));
    before();
    let mut second = shared.waiting("two");
    let id = second.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(second.wait().unwrap().code(), Some(2));
    assert_eq!(shared.runs(), "stopped 3 2");
}

#[test]
fn import_that_is_interrupted_before_it_sends_gives_its_run_back_at_once() {
    let Some(shared) = Shared::new() else { return };
    interrupted_while_it_waits(&shared, || {});
}

/// A request of the first computer may still be carried out, also if the journal came along.
#[test]
fn folder_that_was_copied_to_another_computer_waits_for_requests_of_the_first_one() {
    let Some(shared) = Shared::new() else { return };
    interrupted_while_it_waits(&shared, || {
        for file in std::fs::read_dir(shared.world.path("one")).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                let to = shared.world.path("two").join(file.file_name());
                std::fs::copy(file.path(), to).unwrap();
            }
        }
        let status = shared.umbulk("two", &["status", "a.csv"]).stdout;
        assert!(status.contains("  store         postgres://umbulk@"), "{status}");
    });
}

#[test]
fn store_of_a_folder_gets_nothing_unless_its_user_names_it_too() {
    let Some(shared) = Shared::new() else { return };
    let import = || {
        let mut import = shared.command("one", &["import", "a.csv"]);
        run(import.env_remove("UMBULK_STORE").env_remove("XDG_CONFIG_HOME"))
    };
    let line = format!("store = \"{}\"\n", shared.url);
    let runs = || {
        let mut runs = shared.command("one", &["runs"]);
        run(runs.env_remove("UMBULK_STORE").env_remove("XDG_CONFIG_HOME"))
    };
    for file in ["umbulk.toml", ".env"] {
        let content = match file {
            ".env" => format!("UMBULK_STORE={}\n", shared.url),
            _ => line.clone(),
        };
        let path = shared.world.write(&format!("one/{file}"), content);
        let refused = import();
        assert_eq!((refused.status, shared.world.action_requests()), (2, 0), "{refused:?}");
        for words in ["a folder may belong to another person", "--store none", &shared.url] {
            assert!(refused.stderr.contains(words), "{words}: {refused:?}");
        }
        // Without a store there are no runs.
        let refused = runs();
        assert_eq!(refused.status, 2, "{refused:?}");
        assert!(refused.stderr.contains("a folder may belong to another person"), "{refused:?}");
        assert!(!refused.stderr.contains("--store none"), "{refused:?}");
        // What is on this computer is shown without it.
        let mut status = shared.command("one", &["status", "a.csv"]);
        let status = run(status.env_remove("UMBULK_STORE").env_remove("XDG_CONFIG_HOME"));
        assert!(status.stderr.contains("there is no journal for a.csv"), "{status:?}");
        std::fs::remove_file(path).unwrap();
    }
    shared.world.write("one/umbulk.toml", &line);
    std::fs::create_dir_all(shared.world.path("one/.config/umbulk")).unwrap();
    shared.world.write("one/.config/umbulk/config.toml", &line);
    let both = import();
    assert_eq!(both.status, 0, "{both:?}");
    assert_eq!(shared.runs(), "finished 0 1");
    // A folder does not switch off the store of its user either.
    shared.world.write("one/umbulk.toml", "store = \"none\"\n");
    shared.world.write("one/a.csv", super::short("b"));
    let off = import();
    assert_eq!((off.status, shared.runs().as_str()), (2, "finished 0 1"), "{off:?}");
    for words in ["config.toml names a store", "it does not switch off", "--store none"] {
        assert!(off.stderr.contains(words), "{words}: {off:?}");
    }
}

#[test]
fn run_that_was_deleted_from_the_store_is_said_to_be_deleted() {
    let Some(shared) = Shared::new() else { return };
    let mut child = shared.begin("one", &SLOW);
    child.kill().unwrap();
    child.wait().unwrap();
    shared.server.psql(&shared.database, "DELETE FROM umbulk.runs");
    let gone = shared.umbulk("one", &["import", "a.csv"]);
    assert_eq!((gone.status, shared.world.action_requests()), (2, 3), "{gone:?}");
    for words in [
        "That store no longer has the run",
        "--fresh sends all rows again, also those that are done",
    ] {
        assert!(gone.stderr.contains(words), "{words}: {gone:?}");
    }
    assert!(!gone.stderr.contains("Use --store"), "{gone:?}");
    let fresh = shared.umbulk("one", &["import", "a.csv", "--fresh"]);
    assert_eq!(fresh.status, 0, "{fresh:?}");
}

#[test]
fn password_that_is_typed_with_an_address_is_never_repeated() {
    let Some(shared) = Shared::new() else { return };
    let address = "postgres://a:hunter2@db/x";
    for store in [
        &["--store", address][..],
        &["--store=postgres://a:hunter2@db/x"],
        &["--store", "postgres://a@db/x?password=hunter2"],
        &["--store", "postgres://a:what?hunter2@db/x"],
    ] {
        for more in ["--dry-run", "--no-such-option", "--yes"] {
            let args = [&["import", "a.csv", more], store].concat();
            let run = run(&mut shared.command("one", &args));
            assert_eq!(run.status, 2, "{run:?}");
            assert!(run.stderr.contains("the address of the store has a password"), "{run:?}");
            assert!(!format!("{run:?}").contains("hunter2"), "{run:?}");
        }
    }
}

/// Another person may have made the folder.
#[test]
fn password_in_the_store_of_a_folder_is_not_repeated() {
    let Some(shared) = Shared::new() else { return };
    for store in ["postgres://a:what?hunter2@db/x", "postgres://a:what?hunter2", "hunter2@db"] {
        shared.world.write("one/umbulk.toml", format!("store = \"{store}\"\n"));
        let mut import = shared.command("one", &["import", "a.csv"]);
        let run = run(import.env_remove("UMBULK_STORE"));
        assert_eq!(run.status, 2, "{run:?}");
        assert!(!format!("{run:?}").contains("hunter2"), "{run:?}");
    }
}

/// Another computer may have continued it.
#[test]
fn commands_that_read_the_journal_here_say_that_the_run_is_in_a_store() {
    let Some(shared) = Shared::new() else { return };
    shared.world.write("one/a.csv", super::short("a"));
    let import = shared.umbulk("one", &["import", "a.csv", "--snapshot-before"]);
    assert_eq!(import.status, 0, "{import:?}");
    for command in ["results", "undo"] {
        let said = shared.umbulk("one", &[command, "a.csv"]);
        assert_eq!(said.status, 0, "{said:?}");
        assert!(said.stderr.contains("note: this import is in the store `postgres://"), "{said:?}");
    }
}

#[test]
fn missing_password_is_said_with_its_places() {
    let Some(shared) = Shared::new() else { return };
    let mut import = shared.command("one", &["import", "a.csv"]);
    let run = run(import.env_remove("PGPASSWORD"));
    assert!(run.status == 2 && !run.stderr.contains(PASSWORD), "{run:?}");
    for words in ["it asks for a password", "~/.pgpass", "Nothing was sent"] {
        assert!(run.stderr.contains(words), "{words}: {run:?}");
    }
}
