//! Why an import with a store is refused, for programs.

use super::{SLOW, Shared, short};
use crate::world::run;
use serde_json::Value;

#[test]
fn each_reason_has_its_own_code() {
    let Some(shared) = Shared::new() else { return };
    let code = |computer: &str, file: &str, store: &str| {
        let mut import = shared.command(computer, &["import", file, "--json"]);
        let run = run(import.env("UMBULK_STORE", store));
        assert_eq!(run.status, 2, "{run:?}");
        let object: Value = serde_json::from_str(&run.stdout).unwrap();
        object["code"].as_str().unwrap().to_owned()
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
    shared.server.psql(&shared.database, "DELETE FROM umbulk.runs");
    assert_eq!(code("one", "a.csv", &shared.url), "error.store.deleted");
}
