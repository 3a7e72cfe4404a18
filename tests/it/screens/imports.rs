//! Imports as they usually end.

use super::Screens;
use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const HEAD: &str = "action,email,firstname,lastname,country,groups,new_email\n";
/// Every kind of row, and all of them succeed.
const ROWS: &str = "create,carl@example.com,Carl,Day,US,Design,\nupdate,ann@example.com,Anna,,,,\n\
                    add,ann@example.com,,,,\"Video,All Apps\",\n\
    remove,bob@example.com,,,,Design,\nupdate,bob@example.com,,,,,robert@example.com\n\
    remove-all,eve@example.com,,,,,\n\
    delete,dora@example.com,,,,,\ndelete-account,emil@example.com,,,,,\n";

fn people(rows: &str) -> String {
    format!("email,firstname,lastname,country,groups\n{rows}")
}

/// Five people, two user groups and a product profile.
pub(super) fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_group(&SandboxGroup::profile("All Apps"));
    for (email, groups) in [
        ("ann@example.com", &["Design"][..]),
        ("bob@example.com", &["Design"]),
        ("dora@example.com", &["Design", "Video"]),
        ("emil@example.com", &[]),
        ("eve@example.com", &["Video"]),
    ] {
        directory.add_user(&SandboxUser { country: "US".into(), ..user(email, groups) });
    }
    World::new(directory, SandboxOptions::default())
}

#[test]
fn import_of_every_kind_of_row() {
    let world = world();
    let screens = Screens::of("imports", &world);
    screens.file("staff.csv", HEAD.to_owned() + ROWS);
    screens.show_all(&[
        ("every_kind", "umbulk import staff.csv"),
        ("finished_before", "umbulk import staff.csv"),
        ("finished_before_quiet", "umbulk import staff.csv --quiet"),
        ("finished_before_as_json", "umbulk import staff.csv --json"),
        ("fresh", "umbulk import staff.csv --fresh"),
    ]);
    screens.file("staff.csv", people("new@example.com,New,One,US,Design\n"));
    screens.show("finished_before_with_other_rows", "umbulk import staff.csv");
}

#[test]
fn import_of_groups() {
    let world = world();
    let rows = "create-group,Photo,,Photographers,ann@example.com,,,\n\
                update-group,Video,Film,,bob@example.com,eve@example.com,All Apps,\n\
        delete-group,Design,,,,,,\n";
    let head = "action,group,new_name,description,users,remove_users,profiles,remove_profiles\n";
    Screens::of("imports", &world)
        .file("groups.csv", format!("{head}{rows}"))
        .show("groups", "umbulk import groups.csv");
}

#[test]
fn import_said_in_other_ways() {
    for (name, typed) in [
        ("as_json", "umbulk import staff.csv --json"),
        ("quiet", "umbulk import staff.csv --quiet"),
        ("verbose", "umbulk import staff.csv --verbose --concurrency 1"),
        ("with_limits", "umbulk import staff.csv --rate action=10/60s,users=25/60s"),
        ("test_mode", "umbulk import staff.csv --test-mode"),
        ("test_mode_as_json", "umbulk import staff.csv --test-mode --json"),
        ("sandbox", "umbulk import staff.csv --sandbox"),
        ("sandbox_as_json", "umbulk import staff.csv --sandbox --json"),
        ("some_rows", "umbulk import staff.csv --rows 1-2"),
        ("results_elsewhere", "umbulk import staff.csv --results done.csv --failed fix.csv"),
        ("verify_deletes", "umbulk import staff.csv --verify-deletes"),
        ("check_groups_never", "umbulk import staff.csv --check-groups never"),
        ("standard_input", "umbulk import - --results done.csv < staff.csv"),
        ("standard_input_without_results", "umbulk import - < staff.csv"),
    ] {
        let world = world();
        Screens::of("imports", &world).file("staff.csv", HEAD.to_owned() + ROWS).show(name, typed);
    }
}

#[test]
fn import_of_several_files() {
    let world = world();
    let screens = Screens::of("imports", &world);
    screens
        .file("a.csv", people("new@example.com,New,One,US,Design\n"))
        .file("b.csv", HEAD.to_owned() + "add,new@example.com,,,,Video,\n");
    screens.show_all(&[
        ("several", "umbulk import a.csv b.csv"),
        ("several_finished_before", "umbulk import a.csv b.csv"),
        ("several_as_json", "umbulk import a.csv b.csv --fresh --json"),
        ("several_into_a_file", "umbulk import a.csv b.csv --results a.csv"),
    ]);
    screens.file("c.csv", people("no address,New,One,US,Design\n"));
    screens.show("several_with_invalid_rows", "umbulk import a.csv b.csv c.csv --fresh");
}

#[test]
fn import_with_nothing_to_send() {
    for (name, rows, typed) in [
        ("header_only", "", "umbulk import staff.csv"),
        ("all_switched_off", "#ann@example.com,Ann,Lee,US,\n", "umbulk import staff.csv"),
        (
            "rows_that_are_not_there",
            "ann@example.com,Ann,Lee,US,\n",
            "umbulk import staff.csv --rows 7",
        ),
        ("all_invalid", "ann,Ann,Lee,US,\n", "umbulk import staff.csv"),
        ("all_invalid_as_json", "ann,Ann,Lee,US,\n", "umbulk import staff.csv --json"),
        (
            "strict",
            "ann,Ann,Lee,US,\nbob@example.com,Bob,Ray,US,\n",
            "umbulk import staff.csv --strict",
        ),
        (
            "strict_as_json",
            "ann,Ann,Lee,US,\nbob@example.com,Bob,Ray,US,\n",
            "umbulk import staff.csv --strict --json",
        ),
    ] {
        let world = world();
        Screens::of("imports", &world).file("staff.csv", people(rows)).show(name, typed);
    }
}

#[test]
fn import_with_skipped_and_ignored() {
    let world = world();
    let screens = Screens::of("imports", &world);
    let rows = "email,firstname,lastname,country,groups,Room\n\
                ann@example.com,First,Last,US,Design,12\n#bob@example.com,Bob,Ray,US,,\n\
        new@example.com,New,One,US,Design,13\nTotal,3,,,,\n";
    screens
        .file("staff.csv", format!("Staff list\n{rows}"))
        .show("skipped_and_ignored", "umbulk import staff.csv");
    screens.file(
        "latin.csv",
        b"email;firstname;lastname;country\nzoe@example.com;Zo\xEB;M\xFCller;DE\n",
    );
    screens.show("western_encoding", "umbulk import latin.csv");
    screens.file(
        "east.csv",
        b"email;firstname;lastname;country\n\
                              c1@example.com;\xC8\xE2\xE0\xED;\xCF\xE5\xF2\xF0\xEE\xE2;RU\n",
    );
    screens.show("encoding_to_confirm", "umbulk import east.csv");
    screens.show("encoding_taken_as_found", "umbulk import east.csv --encoding auto");
}

#[test]
fn import_compared_with_a_list() {
    let rows = "ann@example.com,First,Last,US,Design\nbob@example.com,Bob,Last,US,Design\n\
                new@example.com,New,One,US,\"Design,Video\"\n";
    for (name, typed) in [
        ("against", "umbulk import staff.csv --skip-unchanged --against users.csv"),
        ("against_only_known", "umbulk import staff.csv --against users.csv"),
        ("against_as_json", "umbulk import staff.csv --skip-unchanged --against users.csv --json"),
        (
            "against_if_exists_update",
            "umbulk import staff.csv --skip-unchanged --against users.csv --if-exists update",
        ),
        ("snapshot_baseline", "umbulk import staff.csv --skip-unchanged"),
        ("online", "umbulk import staff.csv --skip-unchanged --online"),
        (
            "exact_groups",
            "umbulk import staff.csv --against users.csv --exact-groups --manage-groups '*'",
        ),
        (
            "exact_groups_no_match",
            "umbulk import staff.csv --against users.csv --exact-groups --manage-groups 'Team *'",
        ),
        ("sandbox_by_list", "umbulk import staff.csv --sandbox --against users.csv"),
        ("sandbox_online", "umbulk import staff.csv --sandbox --online"),
    ] {
        let world = world();
        let screens = Screens::of("imports", &world);
        screens.prepare("umbulk export users", 0);
        screens.file("staff.csv", people(rows)).show(name, typed);
    }
    let world = world();
    let screens = Screens::of("imports", &world);
    screens.prepare("umbulk export users", 0);
    screens.file("staff.csv", people("ann@example.com,First,Last,US,Design\n"));
    screens.show("all_unchanged", "umbulk import staff.csv --skip-unchanged --against users.csv");
    screens.file("fetched.csv", people("new@example.com,New,One,US,Design\n"));
    screens.show("online_list_fetched_now", "umbulk import fetched.csv --skip-unchanged --online");
}

#[test]
fn import_that_fetches_the_list_first() {
    let world = world();
    let screens = Screens::of("imports", &world);
    screens.file(
        "staff.csv",
        people("ann@example.com,First,Last,US,Design\nnew@example.com,New,One,US,Design\n"),
    );
    screens.show("online_without_a_snapshot", "umbulk import staff.csv --skip-unchanged --online");
}

#[test]
fn import_of_an_edited_export() {
    let world = world();
    let screens = Screens::of("imports", &world);
    screens.prepare("umbulk export users", 0);
    let list = std::fs::read_to_string(world.path("users.csv")).unwrap();
    screens
        .file("edited.csv", list.replacen("First", "Anna", 1))
        .show("edited_export", "umbulk import edited.csv");
}

#[test]
fn import_that_creates_groups() {
    for (name, typed) in [
        ("unknown_groups", "umbulk import staff.csv"),
        ("unknown_groups_not_checked", "umbulk import staff.csv --check-groups never"),
        ("create_groups", "umbulk import staff.csv --create-groups"),
        ("unknown_groups_by_a_list", "umbulk import staff.csv --groups-file groups.csv"),
    ] {
        let world = world();
        let screens = Screens::of("imports", &world);
        screens.prepare("umbulk export groups", 0);
        screens.file(
            "staff.csv",
            people(
                "new@example.com,New,One,US,\"Design,Fotos,Vidéo\"\n\
            ann@example.com,Ann,Lee,US,Design\n",
            ),
        );
        screens.show(name, typed);
    }
}
