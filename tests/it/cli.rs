//! What people see.

use crate::world::{World, bare, run};

/// A snapshot without what changes from run to run.
macro_rules! seen {
    ($text:expr, @$snapshot:literal) => {
        insta::with_settings!({ filters => vec![
            (r"127\.0\.0\.1:\d+", "HOST"), (r"(in|took) (less than a second|\d+\.\d s)", "$1 TIME"), (r"expected end \S+", "expected end TIME"),
        ] }, { insta::assert_snapshot!($text, @$snapshot) })
    };
}

#[test]
fn an_import_says_what_it_will_do_and_what_came_of_it() {
    let world = World::with_groups(&["Design"]);
    let file = "action,email,firstname,lastname,country,groups\n\
                create,ann@example.com,Ann,Lee,US,Design\n\
                create,bob@example.com,Bob,,England,\n\
                add,nobody@example.com,,,,Design\n";
    let run = world.import("staff.csv", file, &["--rate", "10/60s"]);
    assert_eq!(run.status, 1);
    seen!(run.stderr, @r"
    staff.csv, line 3 (row 2): invalid.lastname.missing: lastname: a new Enterprise or Federated ID needs a last name; fill it in | country `England` is not a country code; write GB
    groups        1 named, it exists (checked with the server)
    organization  00000000000000000000AAAA@AdobeOrg at HOST
    credentials   from the environment; token host HOST, API host HOST
    file          staff.csv (native): 2 rows to send, 1 invalid
    effect        1 user is created (unless it exists already), 1 user joins groups
    plan          2 commands in 1 request, a few seconds at 10/60s, expected end TIME
    ");
    seen!(run.stdout, @r"
    Finished: 3 rows of staff.csv in TIME
              1  ok         confirmed by the server
              1  invalid    wrong in the file, not sent
              1  failed     refused by the server
              1  user created, or existed already
              1  membership added
              1  request sent
    Rows to fix, by code:
              1  error.user.nonexistent
              1  invalid.lastname.missing
    Users who existed before keep their country, their type and the groups that their row does not name. Their names change only with --if-exists update. A row with another email, username or domain creates another user. Add --online --skip-unchanged to see what differs
    Memberships are counted when the server confirms them, even if the user had them before (--skip-unchanged compares first)
    Results:  staff.results.csv
    Rows to fix: staff.failed.csv (fix them there or in staff.csv)
    Then type: umbulk import staff.csv --rate 10/60s --retry-failed
    ");
}

#[test]
fn a_plan_names_commands_requests_and_minutes_and_sends_nothing() {
    let world = World::with_groups(&[]);
    let mut file = "email,firstname,lastname,country\n".to_owned();
    for number in 0..1005 {
        file += &format!("u{number}@example.com,A,B,US\n");
    }
    world.write("a.csv", file);
    let plan = world.umbulk(&[
        "plan",
        "a.csv",
        "--rate",
        "10/60s",
        "--requests",
        "bodies.jsonl",
        "--out",
        "plan.csv",
    ]);
    insta::assert_snapshot!(plan.stdout, @r"
    a.csv (native): 1005 rows
    what it does: 1005 users are created (unless they exist already)
    below is what the rows ask for; nothing is compared (add --against FILE or --online)
           1005  rows to send
    +      1005  users to create, unless they exist already
                 u0@example.com
                 u1@example.com
                 u2@example.com
                 u3@example.com
                 u4@example.com
                 u5@example.com
                 u6@example.com
                 u7@example.com
                 u8@example.com
                 u9@example.com
                 u10@example.com
                 u11@example.com
                 u12@example.com
                 u13@example.com
                 u14@example.com
                 u15@example.com
                 u16@example.com
                 u17@example.com
                 u18@example.com
                 u19@example.com
                 and 985 more (--out writes all)
           1005  commands
            101  requests, about 10 min at 10/60s
    Users who existed before keep their country, their type and the groups that their row does not name. Their names change only with --if-exists update. A row with another email, username or domain creates another user. Add --online --skip-unchanged to see what differs
    ");
    assert_eq!(plan.status, 0);
    assert_eq!(world.sandbox.traffic().len(), 0);
    let bodies = std::fs::read_to_string(world.path("bodies.jsonl")).unwrap();
    assert_eq!(bodies.lines().count(), 101);
    let first: serde_json::Value = serde_json::from_str(bodies.lines().next().unwrap()).unwrap();
    assert_eq!(
        first[0],
        serde_json::json!({"user": "u0@example.com", "do": [{"createFederatedID":
            {"email": "u0@example.com", "firstname": "A", "lastname": "B", "country": "US",
                "option": "ignoreIfAlreadyExists"}}]})
    );
    assert_eq!(crate::world::rows(&world.path("plan.csv")).len(), 1005);
    let json: serde_json::Value = serde_json::from_str(
        &world.umbulk(&["plan", "a.csv", "--rate", "10/60s", "--json"]).stdout,
    )
    .unwrap();
    assert_eq!(
        (&json["commands"], &json["requests"], &json["minutes"]),
        (&1005.into(), &101.into(), &10.0.into())
    );
}

#[test]
fn a_check_file_has_every_row_and_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("a.csv"),
        "email,firstname,lastname,country\na@example.com,A,B,US\nb,A,B,US\n",
    )
    .unwrap();
    let checked = run(&mut bare(folder.path(), &["validate", "a.csv"]));
    assert_eq!(checked.status, 1);
    insta::assert_snapshot!(checked.stdout, @r"
    a.csv (native): 2 rows, 1 valid, 1 invalid
              1  invalid.email.form
    Checked rows: a.check.csv
    ");
    let rows = crate::world::rows(&folder.path().join("a.check.csv"));
    let outcomes: Vec<&str> = rows.iter().map(|row| row["umbulk_status"].as_str()).collect();
    assert_eq!(outcomes, ["ok", "invalid"]);
    assert_eq!(rows[1]["umbulk_line"], "3");
}

#[test]
fn settings_follow_flag_environment_dotenv_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "email,firstname,lastname\na@example.com,A,B\n")
        .unwrap();
    let country = |command: &mut std::process::Command| {
        let bodies = folder.path().join("b.jsonl");
        let done = run(command);
        assert_eq!(done.status, 0, "{done:?}");
        let body: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(bodies).unwrap()).unwrap();
        body[0]["do"][0]["createFederatedID"]["country"].as_str().unwrap().to_owned()
    };
    let plan = |more: &[&str]| {
        bare(folder.path(), &[&["plan", "a.csv", "--requests", "b.jsonl"], more].concat())
    };
    std::fs::write(folder.path().join("umbulk.toml"), "default-country = \"FR\"\n").unwrap();
    assert_eq!(country(&mut plan(&[])), "FR");
    std::fs::write(folder.path().join(".env"), "UMBULK_DEFAULT_COUNTRY=DE\n").unwrap();
    assert_eq!(country(&mut plan(&[])), "DE");
    assert_eq!(country(plan(&[]).env("UMBULK_DEFAULT_COUNTRY", "SE")), "SE");
    assert_eq!(
        country(plan(&["--default-country", "PL"]).env("UMBULK_DEFAULT_COUNTRY", "SE")),
        "PL"
    );
    std::fs::write(folder.path().join("umbulk.toml"), "default-contry = \"FR\"\n").unwrap();
    let wrong = run(&mut plan(&[]));
    assert_eq!((wrong.status, wrong.stderr.contains("default-contry")), (2, true), "{wrong:?}");
}

#[test]
fn check_says_that_credentials_organization_and_clock_are_right() {
    let world = World::with_groups(&[]);
    let good = world.umbulk(&["check"]);
    assert_eq!(good.status, 0, "{good:?}");
    for word in ["credentials   good", "organization  good", "clock"] {
        assert!(good.stdout.contains(word), "{}", good.stdout);
    }
    let wrong = run(world.command(&["check"]).env("UMAPI_ORG_ID", "1@AdobeOrg"));
    assert_eq!(wrong.status, 2);
    assert!(
        wrong.stdout.contains("credentials   good") && wrong.stderr.contains("UMAPI_ORG_ID"),
        "{wrong:?}"
    );
}

#[test]
fn usage_error_exits_2_and_help_exits_0() {
    let folder = tempfile::tempdir().unwrap();
    for (args, status) in [
        (&["import"][..], 2),
        (&["import", "a.csv", "--no-such-flag"], 2),
        (&["import", "a.csv", "--rate", "fast"], 2),
        (&["--help"], 0),
        (&["--version"], 0),
        (&["import", "--help"], 0),
        (&["template", "umapi-cli"], 0),
        (&["template", "user-sync"], 0),
        (&["template", "spreadsheet"], 2),
    ] {
        assert_eq!(run(&mut bare(folder.path(), args)).status, status, "{args:?}");
    }
}

#[test]
fn colours_are_used_in_a_pipe_only_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let shown = |args: &[&str]| {
        let done = run(&mut bare(folder.path(), args));
        format!("{}{}", done.stdout, done.stderr)
    };
    for args in [&["validate", "none.csv"][..], &["imprt"], &["import", "-h"]] {
        assert!(!shown(args).contains('\u{1b}'), "{args:?}");
        let asked = shown(&[args, &["--color", "always"]].concat());
        assert!(asked.contains("\u{1b}["), "{args:?}: {asked:?}");
    }
}

#[test]
fn rehearsal_without_credentials_ends_like_an_import() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("a.csv"),
        "action,email,firstname,groups\nupdate,ann@example.com,Ann,Design\n\
         remove,bob@example.com,,Video\n",
    )
    .unwrap();
    let done = run(&mut bare(folder.path(), &["import", "a.csv", "--sandbox"]));
    assert_eq!(done.status, 0, "{done:?}");
    assert!(done.stderr.contains("2 users and 2 groups that the rows need"), "{}", done.stderr);
}

#[test]
fn secrets_are_never_printed() {
    let world = World::with_groups(&[]);
    world.write("a.csv", "email\n");
    for args in [&["check", "-vv"][..], &["import", "a.csv", "-vv"]] {
        let all = world.umbulk(args);
        assert!(
            !all.stdout.contains("sandbox-secret") && !all.stderr.contains("sandbox-secret"),
            "{all:?}"
        );
    }
}

/// In a settings file as well as in the environment, which wins.
#[test]
fn switches_take_true_and_on_in_every_place() {
    let world = World::with_groups(&[]);
    world.write(
        "a.csv",
        "email,firstname,lastname,country\nno address,A,B,US\nann@example.com,Ann,Lee,US\n",
    );
    for (on, off) in [("true", "false"), ("\"on\"", "\"off\""), ("\"yes\"", "\"no\""), ("1", "0")] {
        world.write("umbulk.toml", format!("strict = {on}\n"));
        let strict = world.umbulk(&["import", "a.csv"]);
        assert!(strict.status == 2 && strict.stderr.contains("--strict"), "{on}: {strict:?}");
        let plain = crate::world::run(
            world
                .command(&["import", "a.csv", "--fresh"])
                .env("UMBULK_STRICT", off.trim_matches('"')),
        );
        assert_eq!(plain.status, 1, "{off}: {plain:?}");
    }
}

/// Nobody who types an option that a command does not have means a file of that name.
#[test]
fn unknown_option_is_not_proposed_as_a_value() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["status", "a.csv", "--env-file", "x"][..],
        &["results", "a.csv", "--env-file", "x"],
        &["template", "native", "--into", "x"],
        &["status", "a\u{7}.csv", "--env-file", "x"],
    ] {
        let done = run(&mut bare(folder.path(), args));
        assert_eq!(done.status, 2, "{done:?}");
        assert!(
            done.stderr.contains("unexpected argument") && !done.stderr.contains("-- --"),
            "{done:?}"
        );
    }
}
