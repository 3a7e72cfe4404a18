//! Why an import with a store is refused, for programs.

use super::{SLOW, Shared, short};
use crate::world::{Run, run};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::copy;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;

/// Returns the code of an import that was refused.
fn code_of(refused: &Run) -> String {
    assert_eq!(refused.status, 2, "{refused:?}");
    let object: Value = serde_json::from_str(&refused.stdout).unwrap();
    object["code"].as_str().unwrap().to_owned()
}

impl Shared {
    /// Returns the code of an import that is refused.
    fn code(&self, computer: &str, file: &str) -> String {
        code_of(&self.umbulk(computer, &["import", file, "--json"]))
    }

    fn sql(&self, sql: &str) {
        self.server.psql(&self.database, sql);
    }
}

#[test]
fn codes_in_the_documents_and_explanations_are_complete() {
    let read =
        |path| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let found = |text: &str, before: &str, after: char| -> BTreeSet<String> {
        let codes = text.split(before).skip(1).filter_map(|rest| rest.split(after).next());
        codes.map(|code| format!("error.store{code}")).collect()
    };
    let known = found(&read("src/import/store_error.rs"), "\"error.store", '"');
    assert!(known.len() > 15, "{known:?}");
    assert_eq!(found(&read("docs/programs.md"), "\n| `error.store", '`'), known);
    assert_eq!(
        found(&read("src/report/codes/own.toml"), "\n[group.codes.\"error.store", '"'),
        known
    );
}

#[test]
fn each_reason_has_its_own_code() {
    let Some(shared) = Shared::new() else { return };
    let code = |computer: &str, file: &str, store: &str| {
        let mut import = shared.command(computer, &["import", file, "--json"]);
        code_of(&run(import.env("UMBULK_STORE", store)))
    };
    let mut child = shared.begin("one", &SLOW);
    let held = code("two", "a.csv", &shared.url);
    assert_eq!(held, "error.store.held");
    std::fs::copy(shared.world.path("two/a.csv"), shared.world.path("two/b.csv")).unwrap();
    assert_eq!(code("two", "b.csv", &shared.url), "error.store.known_as");
    shared.world.write("two/a.csv", short("a"));
    assert_eq!(code("two", "a.csv", &shared.url), "error.store.other_content");
    let nowhere = "postgres://umbulk@127.0.0.1:1/x";
    assert_eq!(code("two", "a.csv", nowhere), "error.store.unreachable");
    let absent = shared.url.replace(&shared.database, "absent");
    assert_eq!(code("two", "a.csv", &absent), "error.store.refused");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(code("one", "a.csv", "none"), "error.store.needed");
    shared.sql("DELETE FROM umbulk.runs");
    assert_eq!(code("one", "a.csv", &shared.url), "error.store.deleted");
}

#[test]
fn store_that_cannot_be_right_has_its_own_codes() {
    let Some(shared) = Shared::new() else { return };
    shared.break_down(shared.begin("one", &SLOW));
    shared.sql("UPDATE umbulk.run_file_parts SET bytes = 'x' WHERE name = 'journal'");
    assert_eq!(shared.code("two", "a.csv"), "error.store.damaged");
    let last = "number = (SELECT max(number) FROM umbulk.journal_parts)";
    shared.sql(&format!("DELETE FROM umbulk.journal_parts WHERE {last}"));
    assert_eq!(shared.code("one", "a.csv"), "error.store.behind");
    shared.sql("INSERT INTO umbulk.versions (version, program) VALUES (99, 'of tomorrow')");
    assert_eq!(shared.code("one", "a.csv"), "error.store.newer");
    shared.sql("DELETE FROM umbulk.versions WHERE version = 99");
    shared.sql("ALTER TABLE umbulk.runs RENAME COLUMN file TO other");
    assert_eq!(shared.code("one", "a.csv"), "error.store");
    shared.sql("DROP SCHEMA umbulk CASCADE; CREATE SCHEMA umbulk AUTHORIZATION umbulk");
    assert_eq!(shared.code("one", "a.csv"), "error.store.not_there");
}

#[test]
fn run_that_is_not_continued_has_its_own_code() {
    let Some(shared) = Shared::new() else { return };
    let import = |rows: &str| {
        shared.world.write("one/a.csv", short(rows));
        assert_eq!(shared.umbulk("one", &["import", "a.csv"]).status, 0);
    };
    import("a");
    let first = shared.id();
    let resume = |organization: &str| {
        let mut resume = shared.command("two", &["runs", "resume", &first, "--json"]);
        code_of(&run(resume.env("UMAPI_ORG_ID", organization)))
    };
    let organization = shared.server.psql(&shared.database, "SELECT organization FROM umbulk.runs");
    assert_eq!(resume("OTHER@AdobeOrg"), "error.store.other_organization");
    assert_eq!(resume(&organization), "error.store.other_file");
    import("b");
    assert_eq!(resume(&organization), "error.store.not_last");
}

/// The first import asks for the groups when the second one begins and finishes.
#[test]
fn import_that_another_computer_has_begun_meanwhile_has_its_own_code() {
    let Some(shared) = Shared::new() else { return };
    let rows = "email,firstname,lastname,country,groups\na@example.com,A,N,US,Design\n";
    for computer in ["one", "two"] {
        shared.world.write(&format!("{computer}/a.csv"), rows);
    }
    let args = ["import", "a.csv", "--create-groups", "--json"];
    let between = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("http://{}", between.local_addr().unwrap());
    let mut first = shared.command("one", &args);
    first.env("UMAPI_AUTH_HOST", host).stdout(Stdio::piped()).stderr(Stdio::piped());
    let first = first.spawn().unwrap();
    let (asking, _) = between.accept().unwrap();
    let second = shared.umbulk("two", &args);
    assert_eq!(second.status, 0, "{second:?}");
    let requests = shared.world.action_requests();
    // The first one gets its token now.
    let target = shared.world.sandbox.auth_host();
    let service = TcpStream::connect(target.trim_start_matches("http://")).unwrap();
    for (from, to) in [(&asking, &service), (&service, &asking)] {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        std::thread::spawn(move || {
            let _ = copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    let ended = first.wait_with_output().unwrap();
    let [stdout, stderr] =
        [ended.stdout, ended.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    let refused = Run { status: ended.status.code().unwrap(), stdout, stderr };
    assert_eq!(code_of(&refused), "error.store.meanwhile");
    assert_eq!(shared.world.action_requests(), requests);
}
