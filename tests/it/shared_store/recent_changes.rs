//! What another computer has changed since a list was fetched.

use super::Shared;

impl Shared {
    /// Makes 70 users, whose list the second computer fetches.
    fn with_a_list() -> Option<Self> {
        let shared = Self::new()?;
        assert_eq!(shared.umbulk("one", &["import", "a.csv", "--store", "none"]).status, 0);
        assert_eq!(shared.umbulk("two", &["export", "users", "--store", "none"]).status, 0);
        Some(shared)
    }

    fn write(&self, computer: &str, file: &str, lastname: &str) {
        let rows = format!(
            "action,email,lastname\nupdate,u1@example.com,{lastname}\nupdate,u2@example.com,N\n"
        );
        self.world.write(&format!("{computer}/{file}"), rows);
    }

    /// Compares a file with the list on the second computer. Returns what becomes of its rows.
    fn compared(&self, file: &str) -> Vec<String> {
        let run = self.umbulk("two", &["import", file, "--skip-unchanged"]);
        assert_eq!(run.status, 0, "{run:?}");
        let results = self.world.rows(&format!("two/{}", file.replace(".csv", ".results.csv")));
        results.into_iter().map(|row| row["umbulk_status"].clone()).collect()
    }

    fn lastname(&self, user: &str) -> String {
        let directory = self.world.sandbox.directory();
        let named = directory.users().find(|found| found.email == user).unwrap();
        named.lastname.clone()
    }
}

#[test]
fn row_that_another_computer_has_made_untrue_is_sent() {
    let Some(shared) = Shared::with_a_list() else { return };
    shared.write("one", "b.csv", "New");
    assert_eq!(shared.umbulk("one", &["import", "b.csv"]).status, 0);
    assert_eq!(shared.lastname("u1@example.com"), "New");
    // By the list of the second computer, nothing would be to do.
    shared.write("two", "c.csv", "N");
    assert_eq!(shared.compared("c.csv"), ["ok", "unchanged"]);
    assert_eq!(shared.lastname("u1@example.com"), "N");
    // It is taken in once, and counts in later imports, too.
    shared.world.write("two/d.csv", "action,email,lastname\nupdate,u1@example.com,N\n");
    assert_eq!(shared.compared("d.csv"), ["unchanged"]);
}

#[test]
fn people_of_a_run_that_another_computer_has_not_ended_are_not_compared() {
    let Some(shared) = Shared::with_a_list() else { return };
    shared.write("one", "b.csv", "New");
    assert_eq!(shared.umbulk("one", &["import", "b.csv"]).status, 0);
    // As if the process had been killed before it could say what it has done.
    let sql = "DELETE FROM umbulk.run_files WHERE name LIKE 'changes-ended-%'";
    shared.server.psql(&shared.database, sql);
    shared.world.write(
        "two/c.csv",
        "action,email,lastname\nupdate,u2@example.com,N\nupdate,u3@example.com,N\n",
    );
    // The first row is in that run, too, and nobody knows what has become of it.
    assert_eq!(shared.compared("c.csv"), ["ok", "unchanged"]);
}

#[test]
fn list_from_before_the_end_of_a_deleted_run_is_not_used() {
    let Some(shared) = Shared::with_a_list() else { return };
    shared.write("one", "b.csv", "New");
    assert_eq!(shared.umbulk("one", &["import", "b.csv"]).status, 0);
    let sql = "UPDATE umbulk.runs SET ended_at = clock_timestamp() - interval '100 d'";
    shared.server.psql(&shared.database, sql);
    let pruned = shared.umbulk("one", &["runs", "prune", "--older-than", "90d"]);
    assert_eq!(pruned.status, 0, "{pruned:?}");
    // As if the list were as old.
    let sql = "UPDATE umbulk.pruned SET until = clock_timestamp()";
    shared.server.psql(&shared.database, sql);
    shared.write("two", "c.csv", "N");
    let refused = shared.umbulk("two", &["import", "c.csv", "--skip-unchanged"]);
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(
        refused.stderr.contains("too long ago") && refused.stderr.contains("fetch a newer list")
    );
    assert_eq!(shared.lastname("u1@example.com"), "New");
}

#[test]
fn row_that_another_computer_has_carried_out_is_unchanged() {
    let Some(shared) = Shared::with_a_list() else { return };
    shared.write("one", "b.csv", "New");
    assert_eq!(shared.umbulk("one", &["import", "b.csv"]).status, 0);
    let before = shared.world.action_requests();
    shared.world.write("two/c.csv", "action,email,lastname\nupdate,u1@example.com,New\n");
    assert_eq!(shared.compared("c.csv"), ["unchanged"]);
    assert_eq!(shared.world.action_requests(), before);
}

/// The record here keeps them for a month.
#[test]
fn changes_of_runs_that_ended_long_ago_are_not_fetched() {
    let Some(shared) = Shared::with_a_list() else { return };
    shared.write("one", "b.csv", "New");
    assert_eq!(shared.umbulk("one", &["import", "b.csv"]).status, 0);
    for sql in [
        "UPDATE umbulk.run_files SET stored_at = stored_at - interval '40 days'",
        "UPDATE umbulk.runs SET ended_at = ended_at - interval '40 days'",
        "UPDATE umbulk.run_file_parts SET bytes = 'x' WHERE name LIKE 'changes-%'",
    ] {
        shared.server.psql(&shared.database, sql);
    }
    shared.world.write("two/c.csv", "action,email,lastname\nupdate,u3@example.com,N\n");
    assert_eq!(shared.compared("c.csv"), ["unchanged"]);
}
