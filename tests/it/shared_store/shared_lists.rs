//! Lists that one computer has fetched: another one neither fetches them again nor lacks them.

use super::Shared;

impl Shared {
    /// Returns how often a list of the organization was requested.
    fn lists_requested(&self, class: &str) -> usize {
        self.world.sandbox.traffic().iter().filter(|received| received.class == class).count()
    }
}

#[test]
fn worker_does_not_fetch_a_list_that_the_submission_has_fetched() {
    let Some(shared) = Shared::new() else { return };
    let rows = "email,firstname,lastname,country\nu1@example.com,U,N,US\n";
    shared.world.write("one/b.csv", rows);
    let args = ["submit", "b.csv", "--online", "--skip-unchanged"];
    let submitted = shared.umbulk("one", &args);
    assert_eq!(submitted.status, 0, "{submitted:?}");
    let before = (shared.lists_requested("users"), shared.lists_requested("groups"));
    assert!(before.0 > 0, "the submission has fetched the users");
    let worked = shared.umbulk("two", &["worker", "--once"]);
    assert_eq!(worked.status, 0, "{worked:?}");
    assert_eq!((shared.lists_requested("users"), shared.lists_requested("groups")), before);
    assert_eq!(shared.runs(), "finished 0 2", "{worked:?}");
    let known = shared.umbulk("two", &["export", "users", "--cached", "--out", "users.csv"]);
    assert_eq!(known.status, 0, "{known:?}");
}

#[test]
fn import_does_not_fetch_a_list_that_another_computer_has_fetched() {
    let Some(shared) = Shared::new() else { return };
    let row =
        |number: u32| format!("email,firstname,lastname,country\nu{number}@example.com,U,N,US\n");
    let import = |computer: &str, file: &str| {
        let run = shared.umbulk(computer, &["import", file, "--online", "--skip-unchanged"]);
        assert_eq!(run.status, 0, "{run:?}");
        run
    };
    shared.world.write("one/b.csv", row(1));
    import("one", "b.csv");
    let before = shared.lists_requested("users");
    shared.world.write("two/c.csv", row(2));
    let other = import("two", "c.csv");
    assert_eq!(shared.lists_requested("users"), before, "{other:?}");
    assert!(other.stderr.contains("Adobe allows one fetch in two hours"), "{other:?}");
    // The list of the first computer, with what that one has done since.
    shared.world.write("two/d.csv", row(1) + "u2@example.com,U,N,US\n");
    let all = import("two", "d.csv");
    assert!(all.stdout.contains("2 unchanged") || all.stderr.contains("2 unchanged"), "{all:?}");
}

/// Neither import begins a run: nothing is left to send, or a guard refuses it.
#[test]
fn list_of_an_import_that_sends_nothing_is_shared() {
    for (rows, more, status) in [
        ("email,firstname,lastname,country\nu1@example.com,U,N,US\n", &[][..], 0),
        ("email,action\nu1@example.com,delete\n", &["--max-deletes", "0"], 2),
    ] {
        let Some(shared) = Shared::new() else { return };
        shared
            .world
            .write("one/b.csv", "email,firstname,lastname,country\nu1@example.com,U,N,US\n");
        let first = shared.umbulk("one", &["import", "b.csv", "--store", "none"]);
        assert_eq!(first.status, 0, "{first:?}");
        shared.world.write("one/c.csv", rows);
        let list = ["--online", "--skip-unchanged"];
        let nothing = shared.umbulk("one", &[&["import", "c.csv"], &list[..], more].concat());
        assert_eq!((nothing.status, shared.runs().as_str()), (status, ""), "{nothing:?}");
        let before = shared.lists_requested("users");
        shared
            .world
            .write("two/d.csv", "email,firstname,lastname,country\nu2@example.com,U,N,US\n");
        let other = shared.umbulk("two", &[&["import", "d.csv"], &list[..]].concat());
        assert_eq!((other.status, shared.lists_requested("users")), (0, before), "{other:?}");
    }
}

/// The import needs no list.
#[test]
fn damaged_list_of_another_computer_does_not_end_an_import() {
    let Some(shared) = Shared::new() else { return };
    let args = ["import", "a.csv", "--online", "--skip-unchanged"];
    assert_eq!(shared.umbulk("one", &args).status, 0);
    shared.server.psql(&shared.database, "UPDATE umbulk.list_parts SET bytes = 'x'");
    shared.world.write("two/b.csv", "email,firstname,lastname,country\nv@example.com,U,N,US\n");
    let other = shared.umbulk("two", &["import", "b.csv"]);
    assert_eq!(other.status, 0, "{other:?}");
    assert!(other.stderr.contains("note: the list of users that another computer"), "{other:?}");
    // It was requested all the same: Adobe would block the client.
    let online = shared.umbulk("two", &["import", "a.csv", "--online", "--skip-unchanged"]);
    assert_eq!(online.status, 2, "{online:?}");
}

/// All computers together fetch a list once in two hours.
#[test]
fn exported_list_is_shared() {
    let Some(shared) = Shared::new() else { return };
    shared.world.write("one/b.csv", "email,firstname,lastname,country\nu1@example.com,U,N,US\n");
    assert_eq!(shared.umbulk("one", &["import", "b.csv"]).status, 0);
    let exported = shared.umbulk("one", &["export", "users"]);
    assert_eq!(exported.status, 0, "{exported:?}");
    let requested = shared.lists_requested("users");
    let again = shared.umbulk("two", &["export", "users"]);
    assert!(again.status == 2 && again.stderr.contains("--cached"), "{again:?}");
    shared.world.write("two/c.csv", "email,firstname,lastname,country\nu2@example.com,U,N,US\n");
    for command in [&["plan", "c.csv", "--online"][..], &["usage", "--online"]] {
        let asked = shared.umbulk("two", command);
        assert_eq!((asked.status, shared.lists_requested("users")), (0, requested), "{asked:?}");
    }
    let cached = shared.umbulk("two", &["export", "users", "--cached"]);
    assert_eq!((cached.status, shared.lists_requested("users")), (0, requested), "{cached:?}");
    assert_eq!(shared.world.rows("two/users.csv").len(), 1);
    let alone = shared.umbulk("two", &["export", "users", "--store", "none", "--cached"]);
    assert_eq!(alone.status, 0, "{alone:?}");
}
