//! Paths of output files: what a folder's settings may name, and which tables are written.

use crate::world::World;

const FILE: &str = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";

#[test]
fn settings_of_a_folder_write_nothing_outside_it() {
    let elsewhere = tempfile::tempdir().unwrap();
    let victim = elsewhere.path().join("victim.csv");
    std::fs::write(&victim, "untouched").unwrap();
    for (option, key) in [
        ("RESULTS", "results"),
        ("FAILED", "failed"),
        ("LOG_FILE", "log-file"),
        ("SAVE_MAP", "save-map"),
    ] {
        for path in [victim.to_str().unwrap(), "../victim.csv", "in/../../victim.csv"] {
            let world = World::with_groups(&[]);
            world.write("a.csv", FILE);
            for (file, text) in [
                (".env", format!("UMBULK_{option}={path}\n")),
                ("umbulk.toml", format!("{key} = \"{path}\"\n")),
            ] {
                world.write(file, text);
                let run = world.umbulk(&["import", "a.csv"]);
                assert!(
                    run.status == 2 && run.stderr.contains(&format!("type --{key}")),
                    "{file}: {run:?}"
                );
                std::fs::remove_file(world.path(file)).unwrap();
            }
            assert_eq!(world.action_requests(), 0);
        }
    }
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
    let world = World::with_groups(&[]);
    world.write(".env", "UMBULK_RESULTS=out.csv\n");
    assert_eq!(world.import("a.csv", FILE, &[]).status, 0);
    assert_eq!(world.rows("out.csv").len(), 1);
}

/// A link in the folder is as good as a path out of it.
#[cfg(unix)]
#[test]
fn settings_of_a_folder_write_nothing_through_a_link() {
    let elsewhere = tempfile::tempdir().unwrap();
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    std::os::unix::fs::symlink(elsewhere.path(), world.path("lnk")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("new"), world.path("new.csv")).unwrap();
    for (file, text, command) in [
        ("umbulk.toml", "results = \"lnk/keys\"\n", "import"),
        ("umbulk.toml", "failed = \"lnk/keys.csv\"\n", "import"),
        ("umbulk.toml", "log-file = \"lnk/l.jsonl\"\n", "import"),
        ("umbulk.toml", "requests = \"new.csv\"\n", "plan"),
        (".env", "UMBULK_RESULTS=lnk/x.csv\n", "import"),
        (".env", "UMBULK_OUT=./lnk/x.csv\n", "plan"),
    ] {
        world.write(file, text);
        let run = world.umbulk(&[command, "a.csv"]);
        assert!(
            run.status == 2 && run.stderr.contains("is a link that leads out of this folder"),
            "{text}: {run:?}"
        );
        std::fs::remove_file(world.path(file)).unwrap();
    }
    assert_eq!(elsewhere.path().read_dir().unwrap().count(), 0);
    assert_eq!(world.action_requests(), 0);
    std::fs::create_dir(world.path("real")).unwrap();
    std::os::unix::fs::symlink("real", world.path("near")).unwrap();
    world.write("umbulk.toml", "results = \"near/x.csv\"\n");
    assert_eq!(world.umbulk(&["import", "a.csv"]).status, 0);
    assert_eq!(world.rows("real/x.csv").len(), 1);
}

#[test]
fn tables_that_are_not_written_are_refused_by_name() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    for args in [
        ["import", "a.csv", "--results", "a.xlsb"],
        ["import", "a.csv", "--failed", "a.ods"],
        ["validate", "a.csv", "--results", "a.csv.gz"],
        ["plan", "a.csv", "--out", "a.NUMBERS"],
        ["plan", "a.csv", "--out", "a.pdf"],
        ["usage", "--online", "--out", "a.xls"],
    ] {
        let run = world.umbulk(&args);
        // The pages of `usage` and `plan` are a third form.
        let has_page = ["usage", "plan"].contains(&args[0]);
        let endings = if has_page { ".csv, .xlsx or .html" } else { ".csv or .xlsx" };
        let said = &*format!("is not written here; name a file that ends in {endings}");
        assert!(run.status == 2 && run.stderr.contains(said), "{args:?}: {run:?}");
    }
    assert_eq!(world.action_requests(), 0);
}
