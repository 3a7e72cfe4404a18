//! Pages of HTML about imports: written as asked, at any time, and with nothing that a browser
//! would carry out.

use crate::world::{Run, World, run, user};
use std::time::Duration;
use umbulk::sandbox::{Directory, Limit, Limits, SandboxGroup, SandboxOptions};

const ROWS: &str = "action,email,firstname,lastname,country,groups\n\
                    create,ann@example.com,Ann,Lee,US,Design\n\
                    create,bob@example,Bob,Ray,US,\n\
                    remove,carla@example.com,,,,Nowhere\n\
                    add,dora@example.com,,,,\"Design,_admin_Design\"\n\
                    create,</script><b>@example.com,=1+1,Ray,US,\n";

fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_user(&user("dora@example.com", &[]));
    World::new(directory, SandboxOptions::default())
}

fn page(world: &World, name: &str) -> String {
    std::fs::read_to_string(world.path(name)).unwrap()
}

fn is_one_page(text: &str) {
    assert_eq!(text.matches("<h1>").count(), 1, "{text}");
    for outside in ["http://", "src=", "@import", "<link", "<iframe", "<b>"] {
        assert!(!text.contains(outside), "{outside}");
    }
    assert!(text.contains("default-src 'none'"));
}

#[test]
fn import_writes_a_page_with_every_part() {
    let world = world();
    let more = ["--report", "run.html", "--yes", "--check-groups", "never", "--allow-admins"];
    let run = world.import("staff.csv", ROWS, &more);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(run.stderr.contains("run.html"), "{run:?}");
    let text = page(&world, "run.html");
    is_one_page(&text);
    for part in [
        "Import of staff.csv",
        "users created",
        "memberships added",
        "invalid.email.form",
        "does not have the form of an email address",
        "Rows that need attention",
        "Rows and requests over time",
        "got _admin_Design",
        "--report run.html",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = world.path("run.html").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // The page is made again from the journal, and says the same of the rows.
    let again = world.umbulk(&["report", "staff.csv", "--out", "again.html"]);
    assert_eq!(again.status, 0, "{again:?}");
    let data = |text: &str| {
        let (_, data) = text.split_once("<script type=\"application/json\" id=\"rows\">").unwrap();
        data.split_once("</script>").unwrap().0.to_owned()
    };
    assert_eq!(data(&page(&world, "again.html")), data(&text));
    assert!(data(&text).contains("\\u003c/script\\u003e"), "{}", data(&text));
    is_one_page(&page(&world, "again.html"));
    // Beside the file if no place is named; an earlier page is kept.
    assert_eq!(world.umbulk(&["report", "staff.csv"]).status, 0);
    assert_eq!(world.umbulk(&["report", "staff.csv"]).status, 0);
    let pages = std::fs::read_dir(world.folder.path()).unwrap().filter(|entry| {
        entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("staff.report")
    });
    assert_eq!(pages.count(), 1);
    let dated = world.dated("staff");
    assert_eq!(dated.keys().filter(|name| name.starts_with("staff.report.")).count(), 1);
}

/// The journal has the number of memberships of a row, and not which of its groups they are.
#[test]
fn page_from_the_journal_names_no_membership_that_is_not_certain() {
    let mut directory = Directory::default();
    for group in ["Design", "Print"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&user("dora@example.com", &["Design"]));
    directory.add_user(&user("eve@example.com", &["Print", "_admin_Design"]));
    let world = World::new(directory, SandboxOptions::default());
    let rows = "action,email,groups\nadd,dora@example.com,\"Design,Print\"\n\
                remove-all,eve@example.com,\n";
    let more = ["--online", "--skip-unchanged", "--report", "run.html", "--yes", "--allow-admins"];
    let run = world.import("staff.csv", rows, &more);
    assert_eq!(run.status, 0, "{run:?}");
    let text = page(&world, "run.html");
    let at = text.find("Administrators").unwrap();
    assert!(text.contains("lost all groups, with _admin_Design"), "{}", &text[at..at + 500]);
    assert!(page(&world, "run.html").contains("<td>Print</td>"));
    assert!(!page(&world, "run.html").contains("<td>Design</td>"));
    let again = world.umbulk(&["report", "staff.csv", "--out", "again.html"]);
    assert_eq!(again.status, 0, "{again:?}");
    let text = page(&world, "again.html");
    assert!(!text.contains("<td>Design</td>") && !text.contains("<td>Print</td>"), "{text}");
    assert!(text.contains("Elsewhere, 1 membership was added"), "{text}");
    assert!(text.contains("1 row took all memberships of users whose roles no list"), "{text}");
}

#[test]
fn several_files_are_on_one_page() {
    let world = world();
    world.write("a.csv", "email,firstname,lastname,country\nx@example,A,B,US\n");
    world.write("b.csv", "email,firstname,lastname,country\ny@example.com,A,B,US\n");
    let run = world.umbulk(&["import", "a.csv", "b.csv", "--report", "run.html", "--yes"]);
    assert_eq!(run.status, 1, "{run:?}");
    let text = page(&world, "run.html");
    assert!(text.contains("Import of a.csv, b.csv") && text.contains("\"File\""), "{text}");
    is_one_page(&text);
}

/// The server allows one request a minute and asks for a pause at the second one, which is longer
/// than the run may wait: nobody waits for it here.
#[test]
fn page_marks_the_pause_that_the_server_asked_for() {
    let window = Duration::from_secs(60);
    let limits = Limits { action: Some(Limit { requests: 1, window }), ..Limits::default() };
    let world =
        World::new(Directory::default(), SandboxOptions { limits, ..SandboxOptions::default() });
    let rows = (0..20).map(|number| format!("u{number}@example.com,Ann,Lee,US\n"));
    let file = "email,firstname,lastname,country\n".to_owned() + &rows.collect::<String>();
    let more = ["--max-wait", "5s", "--concurrency", "1", "--report", "run.html"];
    let run = world.import("staff.csv", file, &more);
    assert_eq!(run.status, 3, "{run:?}");
    assert!(run.stdout.contains("429"), "{run:?}");
    let answers = world.sandbox.traffic().into_iter().filter(|received| received.commands > 0);
    assert_eq!(answers.map(|received| received.status).collect::<Vec<_>>(), [200, 429]);
    for name in ["run.html", "again.html"] {
        if name == "again.html" {
            let again = world.umbulk(&["report", "staff.csv", "--out", name]);
            assert_eq!(again.status, 0, "{again:?}");
        }
        let text = page(&world, name);
        is_one_page(&text);
        let (_, pause) = text.split_once("<rect class=\"pause\"").expect("a mark");
        assert!(pause.contains("<title>The server asked for a pause from "), "{pause}");
        assert!(text.contains(", with 1 pause\""), "for those who cannot see it: {text}");
        assert!(text.contains("pauses that the server asked for"), "{text}");
    }
}

/// Pages show the time of the computer that imports, as its screen does, and name its zone.
#[test]
fn page_names_the_time_zone_of_the_computer() {
    let world = world();
    for (zone, shown) in [("UTC", " UTC"), ("Asia/Shanghai", " CST (UTC+08:00)")] {
        world.write("staff.csv", "email,firstname,lastname,country\na@example.com,A,B,US\n");
        let args = ["import", "staff.csv", "--fresh", "--report", "run.html"];
        let run = run(world.command(&args).env("TZ", zone));
        assert_eq!(run.status, 0, "{run:?}");
        let text = page(&world, "run.html");
        let (_, made) = text.split_once("<footer>").unwrap();
        let (made, _) = made.split_once(". The file").unwrap();
        assert!(made.ends_with(shown), "{made}");
    }
}

fn refused(run: &Run, words: &str) {
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stderr.contains(words), "{run:?}");
}

#[test]
fn place_that_cannot_hold_a_page_is_refused_before_anything_is_done() {
    let world = world();
    world.write("staff.csv", ROWS);
    refused(&world.umbulk(&["import", "staff.csv", "--report", "run.csv"]), ".html");
    refused(
        &world.umbulk(&["import", "staff.csv", "--report", "no/run.html"]),
        "there is no folder",
    );
    world.write("page.html", ROWS);
    let over = world.umbulk(&["import", "page.html", "--report", "page.html"]);
    refused(&over, "which is also the input");
    assert_eq!(world.action_requests(), 0);
    world.write("umbulk.toml", "report = \"../run.html\"\n");
    refused(&world.umbulk(&["import", "staff.csv"]), "only files inside that folder");
    refused(&world.umbulk(&["report", "staff.csv"]), "there is no journal");
}

#[test]
fn usage_and_diff_write_pages() {
    let world = world();
    let users = "email,firstname,lastname,country,type,status,groups\n\
                 ann@example.com,Ann,Lee,US,federatedID,active,\"Design,_org_admin\"\n";
    let later = "email,firstname,lastname,country,type,status,groups\n\
                 ann@example.com,Ann,Lee,US,federatedID,active,\"Design,_org_admin\"\n\
                 <i>bob@example.com,Bob,<i>Ray,DE,federatedID,active,Design\n";
    world.write("a.csv", users);
    world.write("b.csv", later);
    let usage = world.umbulk(&["usage", "--from", "b.csv", "--out", "usage.html"]);
    assert_eq!(usage.status, 0, "{usage:?}");
    let text = page(&world, "usage.html");
    assert!(text.contains("Administrators") && text.contains("class=\"members\""), "{text}");
    is_one_page(&text);
    let diff = world.umbulk(&["diff", "a.csv", "b.csv", "--out", "diff.html"]);
    assert_eq!(diff.status, 0, "{diff:?}");
    let text = page(&world, "diff.html");
    assert!(text.contains("joined") && text.contains("\\u003ci\\u003ebob"), "{text}");
    is_one_page(&text);
    let both = world.umbulk(&["usage", "--from", "b.csv", "--out", "x.html", "--csv"]);
    refused(&both, "name of a page");
    let both = world.umbulk(&["diff", "a.csv", "b.csv", "--out", "x.html", "--json"]);
    refused(&both, "name of a page");
}
