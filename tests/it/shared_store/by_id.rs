//! A colleague on another computer, who has neither the file nor its journal, names the run.

use super::{SLOW, Shared, short};
use serde_json::Value;

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
    shared.break_down(child);
    let resumed = shared.umbulk("two", &["runs", "resume", &id]);
    assert_eq!(resumed.status, 0, "{resumed:?}");
    for words in ["taken over", "two/a.csv is here"] {
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
    let other = crate::world::run(other.env("UMAPI_ORG_ID", "OTHER@AdobeOrg"));
    assert_eq!((other.status, shared.world.action_requests()), (2, 3), "{other:?}");
    assert!(other.stderr.contains("is written here"), "{other:?}");
    assert!(other.stderr.contains("the credentials here are for OTHER"), "{other:?}");
    shared.world.write("two/a.csv", short("a"));
    let file = shared.umbulk("two", &["runs", "resume", &id]);
    assert_eq!((file.status, shared.world.action_requests()), (2, 3), "{file:?}");
    assert!(file.stderr.contains("has this file name, but other rows"), "{file:?}");
    assert_eq!(shared.runs(), "running 1");
    shared.umbulk("two", &["cancel", &id]);
    let cancelled = shared.umbulk("two", &["runs", "resume", &id]);
    assert!(cancelled.status == 2 && cancelled.stderr.contains("is cancelled"), "{cancelled:?}");
}
