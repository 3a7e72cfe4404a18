//! A colleague on another computer, who has neither the file nor its journal, names the run.

use super::{SLOW, Shared, short};
use crate::world::run;
use serde_json::Value;
use umbulk::sandbox::InjectedFault;

impl Shared {
    /// Lets the second computer have no file.
    pub(super) fn empty_second(&self) {
        let _ = std::fs::remove_file(self.world.path("two/a.csv"));
    }
}

#[test]
fn status_of_a_run_is_what_its_worker_tells() {
    let Some(shared) = Shared::new() else { return };
    shared.empty_second();
    let mut child = shared.begin("one", &SLOW);
    let id = shared.id();
    let progress = r#"{"left": 70, "rows": {"ok": 30}, "requests": 3}"#;
    let sql = format!("UPDATE umbulk.runs SET progress = '{progress}'");
    shared.server.psql(&shared.database, &sql);
    let running = shared.umbulk("two", &["status", &id]);
    assert_eq!(running.status, 0, "{running:?}");
    for words in
        ["a.csv: running, ", ", carried out by ", "30 of 70 have an outcome", "3 sent", &id]
    {
        assert!(running.stdout.contains(words), "{words}: {running:?}");
    }
    let checked = shared.umbulk("two", &["status", &id, "--check", "--json"]);
    let told: Value = serde_json::from_str(&checked.stdout).unwrap();
    assert_eq!((checked.status, &told[0]["held"]), (3, &Value::Bool(true)), "{checked:?}");
    let early = shared.umbulk("two", &["results", &id]);
    assert!(early.status == 2 && early.stderr.contains("writes the results"), "{early:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(shared.umbulk("one", &["import", "a.csv"]).status, 0);
    let finished = shared.umbulk("two", &["status", &id, "--check"]);
    assert_eq!(finished.status, 0, "{finished:?}");
    assert!(finished.stdout.contains("a.csv: finished"), "{finished:?}");
    let none = shared.umbulk("two", &["status", "nobody"]);
    assert!(none.status == 2 && none.stderr.contains("has no run nobody"), "{none:?}");
}

#[test]
fn results_and_report_of_a_run_are_written_where_they_are_asked_for() {
    let Some(shared) = Shared::new() else { return };
    shared.empty_second();
    let rows = short("a") + "no address,U,N,US\n";
    shared.world.write("one/a.csv", rows);
    assert_eq!(shared.umbulk("one", &["import", "a.csv"]).status, 1);
    let id = shared.id();
    let results = shared.umbulk("two", &["results", &id]);
    assert_eq!(results.status, 0, "{results:?}");
    let [here, there] = ["two", "one"].map(|computer| {
        ["a.results.csv", "a.failed.csv"].map(|file| {
            std::fs::read_to_string(shared.world.path(&format!("{computer}/{file}"))).unwrap()
        })
    });
    assert_eq!(here, there);
    let report = shared.umbulk("two", &["report", &id]);
    assert_eq!(report.status, 0, "{report:?}");
    let page = std::fs::read_to_string(shared.world.path("two/a.report.html")).unwrap();
    assert!(page.contains("no address"), "{page}");
    // Neither a journal nor the file stays here.
    let files = std::fs::read_dir(shared.world.path("two")).unwrap().map(Result::unwrap);
    let mut names: Vec<_> = files.map(|file| file.file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "state");
    names.sort();
    assert_eq!(names, ["a.failed.csv", "a.report.html", "a.results.csv"]);
}

#[test]
fn run_is_continued_by_its_id_without_its_file() {
    let Some(shared) = Shared::new() else { return };
    shared.empty_second();
    let options = [&SLOW[..], &["--default-country", "DE", "--map", "firstname=firstname"]];
    let child = shared.begin("one", &options.concat());
    let id = shared.id();
    let held = shared.umbulk("two", &["runs", "resume", &id]);
    assert_eq!((held.status, shared.world.action_requests()), (2, 3), "{held:?}");
    assert!(held.stderr.contains("carries out this import"), "{held:?}");
    assert!(!shared.world.path("two/a.csv").exists(), "{held:?}");
    shared.break_down(child);
    let resumed = shared.umbulk("two", &["runs", "resume", &id]);
    assert_eq!(resumed.status, 0, "{resumed:?}");
    for words in ["taken over", "two/a.csv is written here"] {
        assert!(resumed.stderr.contains(words), "{words}: {resumed:?}");
    }
    shared.check_results("two");
    assert_eq!(shared.runs(), "finished 0 2");
}

#[test]
fn run_is_not_continued_for_another_organization_or_from_another_file() {
    let Some(shared) = Shared::new() else { return };
    shared.empty_second();
    shared.break_down(shared.begin("one", &SLOW));
    let id = shared.id();
    let mut other = shared.command("two", &["runs", "resume", &id]);
    let other = run(other.env("UMAPI_ORG_ID", "OTHER@AdobeOrg"));
    assert_eq!((other.status, shared.world.action_requests()), (2, 3), "{other:?}");
    assert!(other.stderr.contains("the credentials here are for OTHER"), "{other:?}");
    assert!(!shared.world.path("two/a.csv").exists(), "{other:?}");
    shared.world.write("two/a.csv", short("a"));
    let refused = |words: &str| {
        let file = shared.umbulk("two", &["runs", "resume", &id]);
        assert_eq!((file.status, shared.world.action_requests()), (2, 3), "{file:?}");
        assert!(file.stderr.contains(words), "{words}: {file:?}");
    };
    refused("has other rows than the run");
    assert_eq!(shared.runs(), "running 1");
    shared.umbulk("two", &["cancel", &id]);
    refused("is cancelled");
}

/// A newer file of the same name is perhaps not to be sent yet.
#[test]
fn run_that_has_finished_sends_no_other_file_of_its_name() {
    let Some(shared) = Shared::new() else { return };
    shared.world.write("one/a.csv", short("a"));
    assert_eq!(shared.umbulk("one", &["import", "a.csv"]).status, 0);
    let id = shared.id();
    shared.world.write("two/a.csv", short("b"));
    let resumed = shared.umbulk("two", &["runs", "resume", &id]);
    assert_eq!((resumed.status, shared.world.action_requests()), (2, 1), "{resumed:?}");
    assert!(resumed.stderr.contains("has other rows than the run"), "{resumed:?}");
    // Its results are written here.
    shared.empty_second();
    let shown = shared.umbulk("two", &["runs", "resume", &id]);
    assert_eq!((shown.status, shared.world.action_requests()), (0, 1), "{shown:?}");
    assert_eq!(shared.world.statuses("two/a.results.csv"), ["ok"]);
}

/// Its process did not live to see that.
#[test]
fn run_that_was_to_be_cancelled_is_not_continued() {
    let Some(shared) = Shared::new() else { return };
    let child = shared.begin("one", &SLOW);
    let id = shared.id();
    let cancelled = shared.umbulk("two", &["cancel", &id]);
    assert!(cancelled.stderr.contains("will be cancelled"), "{cancelled:?}");
    shared.break_down(child);
    let resume = |rows: Option<String>| {
        if let Some(rows) = rows {
            shared.world.write("two/a.csv", rows);
        }
        let resumed = shared.umbulk("two", &["runs", "resume", &id]);
        assert_eq!((resumed.status, shared.world.action_requests()), (2, 3), "{resumed:?}");
        assert!(resumed.stderr.contains("is cancelled"), "{resumed:?}");
    };
    resume(None);
    resume(Some(short("a")));
    shared.empty_second();
    resume(None);
    assert!(!shared.world.path("two/a.csv").exists());
}

/// The store may have been written by anybody.
#[test]
fn file_that_umbulk_reads_as_settings_is_not_written() {
    let Some(shared) = Shared::new() else { return };
    shared.empty_second();
    shared.break_down(shared.begin("one", &SLOW));
    let id = shared.id();
    for name in [".env", "umbulk.toml", "UMBULK.toml", ".bashrc"] {
        let sql = format!("UPDATE umbulk.runs SET file = '{name}'");
        shared.server.psql(&shared.database, &sql);
        let resumed = shared.umbulk("two", &["runs", "resume", &id]);
        assert_eq!((resumed.status, shared.world.action_requests()), (2, 3), "{resumed:?}");
        assert!(resumed.stderr.contains("writes no file of that name"), "{resumed:?}");
        assert!(!shared.world.path(&format!("two/{name}")).exists(), "{name}");
    }
}

/// The options about the rows are in the run, not in the command.
#[test]
fn command_that_continues_a_stopped_resume_works() {
    let Some(shared) = Shared::new() else { return };
    shared.empty_second();
    shared.break_down(shared.begin("one", &[&SLOW[..], &["--default-country", "DE"]].concat()));
    let id = shared.id();
    shared.world.sandbox.faults().next_actions([None, Some(pause())]);
    let mut resume = shared.command("two", &["runs", "resume", &id, "--store", &shared.url]);
    let stopped = run(resume.args(["--max-wait", "1s"]).env_remove("UMBULK_STORE"));
    assert_eq!(stopped.status, 3, "{stopped:?}");
    let command = format!("umbulk runs resume {id} --store {}", shared.url);
    let status = shared.umbulk("two", &["status", "a.csv"]);
    for said in [&stopped.stdout, &status.stdout] {
        assert!(said.contains(&command), "{command}: {said}");
    }
    let mut again = shared.command("two", &["runs", "resume", &id, "--store", &shared.url]);
    let again = run(again.env_remove("UMBULK_STORE"));
    assert_eq!(again.status, 0, "{again:?}");
    assert_eq!(shared.world.statuses("two/a.results.csv"), vec!["ok"; 70]);
}

/// Asks for a longer pause than a short `--max-wait` allows.
fn pause() -> InjectedFault {
    let headers = vec![("Retry-After".to_owned(), "5".to_owned())];
    InjectedFault::Answer { status: 429, headers, body: String::new() }
}

#[test]
fn programs_get_an_object_also_if_a_run_is_not_continued() {
    let Some(shared) = Shared::new() else { return };
    shared.empty_second();
    let child = shared.begin("one", &SLOW);
    let id = shared.id();
    let code = |run: &str, store: &str| {
        let mut resume = shared.command("two", &["runs", "resume", run, "--json"]);
        let ended = crate::world::run(resume.env("UMBULK_STORE", store));
        assert_eq!(ended.status, 2, "{ended:?}");
        let object: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(object["exit"], 2, "{object}");
        object["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(code(&id, &shared.url), "error.store.held");
    assert_eq!(code("nobody", &shared.url), "error.store.no_run");
    assert_eq!(code(&id, "postgres://umbulk@127.0.0.1:1/x"), "error.store.unreachable");
    assert_eq!(code(&id, "none"), "error.settings");
    shared.break_down(child);
    shared.umbulk("two", &["cancel", &id]);
    assert_eq!(code(&id, &shared.url), "error.store.ended");
    // Lists of runs are no imports.
    let unreachable = ["runs", "--json", "--store", "postgres://umbulk@127.0.0.1:1/x"];
    let runs = shared.umbulk("two", &unreachable);
    assert_eq!((runs.status, runs.stdout.as_str()), (2, ""), "{runs:?}");
}

/// A run is not meant.
#[test]
fn file_with_several_journals_is_not_looked_for_in_the_store() {
    let Some(shared) = Shared::new() else { return };
    shared.world.write("one/a.csv", short("a"));
    assert_eq!(shared.umbulk("one", &["import", "a.csv"]).status, 0);
    let journal = shared.journal("one").path().unwrap().to_owned();
    std::fs::copy(&journal, shared.world.path("one/a.OTHERAdobeOrg.journal")).unwrap();
    for command in ["results", "report"] {
        let several = shared.umbulk("one", &[command, "a.csv"]);
        assert_eq!(several.status, 2, "{several:?}");
        assert!(several.stderr.contains("Name one of the journals"), "{several:?}");
        assert!(!several.stderr.contains("has no run"), "{several:?}");
    }
}

#[test]
fn folder_decides_neither_which_store_is_asked_nor_that_none_is() {
    let Some(shared) = Shared::new() else { return };
    shared.empty_second();
    shared.world.write("one/a.csv", short("a"));
    assert_eq!(shared.umbulk("one", &["import", "a.csv"]).status, 0);
    let id = shared.id();
    let ask = |command: &str| {
        let mut ask = shared.command("two", &[command, &id]);
        run(ask.env_remove("UMBULK_STORE").env_remove("XDG_CONFIG_HOME"))
    };
    let store = |url: &str| format!("store = \"{url}\"\n");
    // What a folder names is not asked, and that is said.
    shared.world.write("two/umbulk.toml", store(&shared.url));
    for command in ["status", "results", "report"] {
        let refused = ask(command);
        assert_eq!(refused.status, 2, "{refused:?}");
        for words in ["there is no journal for", "a folder may belong to another person"] {
            assert!(refused.stderr.contains(words), "{words}: {refused:?}");
        }
    }
    // The user's store is asked, whatever the folder names.
    std::fs::create_dir_all(shared.world.path("two/.config/umbulk")).unwrap();
    shared.world.write("two/.config/umbulk/config.toml", store(&shared.url));
    for other in ["none", "postgres://umbulk@127.0.0.1:1/x"] {
        shared.world.write("two/umbulk.toml", store(other));
        for command in ["status", "results", "report"] {
            assert_eq!(ask(command).status, 0, "{command} {other}");
        }
    }
}
