//! A process that was killed after it had begun its run in the store, and before it sent anything.

use super::{SLOW, Shared};

impl Shared {
    /// Makes the journal of the first computer one that does not know its run: the process was
    /// killed before it recorded that. Without `files`, it was killed before it stored them.
    fn forget_run(&self, files: &str) {
        let journal = self.journal("one");
        let sql = "UPDATE facts SET value = 'null' WHERE name = 'store'";
        assert_eq!(journal.execute(sql, []).unwrap(), 1);
        if files == "without files" {
            self.server.psql(&self.database, "DELETE FROM umbulk.run_files");
        }
    }

    /// Lets the first computer send three requests without the store.
    fn send_without_store(&self) {
        let mut child = self.begin("one", &[&SLOW[..], &["--store", "none"]].concat());
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn run_goes_on_at_once_on_its_own_computer() {
    for files in ["with files", "without files", "as it was"] {
        let Some(shared) = Shared::new() else { return };
        shared.kill_before_it_sends("one");
        if files != "as it was" {
            shared.forget_run(files);
        }
        let again = shared.umbulk("one", &["import", "a.csv"]);
        assert_eq!(again.status, 0, "{again:?}");
        shared.check_results("one");
    }
}

/// Another computer may have sent all rows meanwhile.
#[test]
fn run_is_not_continued_without_its_store() {
    let Some(shared) = Shared::new() else { return };
    shared.kill_before_it_sends("one");
    shared.end_leases();
    assert_eq!(shared.umbulk("two", &["import", "a.csv"]).status, 0);
    let without = shared.umbulk("one", &["import", "a.csv", "--store", "none"]);
    assert_eq!(without.status, 2, "{without:?}");
    assert!(without.stderr.contains(&format!("--store {}", shared.url)), "{without:?}");
    shared.check_results("two");
}

#[test]
fn rows_that_were_sent_without_the_store_are_not_taken_for_those_of_its_run() {
    let Some(shared) = Shared::new() else { return };
    shared.kill_before_it_sends("one");
    shared.forget_run("with files");
    shared.send_without_store();
    let refused = shared.umbulk("one", &["import", "a.csv", "--json"]);
    assert_eq!((refused.status, shared.world.action_requests()), (2, 3), "{refused:?}");
    assert!(refused.stdout.contains("error.store.two_runs"), "{refused:?}");
    let finished = shared.umbulk("one", &["import", "a.csv", "--store", "none"]);
    assert_eq!(finished.status, 0, "{finished:?}");
    shared.check_results("one");
}

#[test]
fn journal_of_rows_that_were_sent_without_the_store_stays_if_another_computer_has_the_run() {
    let Some(shared) = Shared::new() else { return };
    shared.kill_before_it_sends("one");
    shared.forget_run("with files");
    shared.send_without_store();
    shared.end_leases();
    shared.waiting("two").kill().unwrap();
    shared.end_leases();
    let refused = shared.umbulk("one", &["import", "a.csv"]);
    assert_eq!((refused.status, shared.world.action_requests()), (2, 3), "{refused:?}");
    assert!(
        refused.stderr.contains("has two imports: one was interrupted here without the store"),
        "{refused:?}"
    );
    let status = shared.umbulk("one", &["status", "a.csv"]).stdout;
    assert!(status.contains("30 ok"), "{status}");
}
