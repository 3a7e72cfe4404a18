//! What `validate` and `plan` say of files that can be read.

use super::Screens;
use super::imports::world;
use crate::world::World;

const ROWS: &str = "action,email,firstname,lastname,country,groups,new_email\n\
                    create,carl@example.com,Carl,Day,US,Design,\n\
    update,ann@example.com,Anna,,,,\nadd,ann@example.com,,,,\"Video,All \
    Apps\",\nremove,bob@example.com,,,,Design,\n\
    update,bob@example.com,,,,,robert@example.com\nremove-all,eve@example.com,,,,,\n\
    delete,dora@example.com,,,,,\n\
    delete-account,emil@example.com,,,,,\ncreate,no \
    address,Bo,Ek,SE,,\n#delete,ann@example.com,,,,,\n";
const PEOPLE: &str = "email,firstname,lastname,country,groups\n\
                      ann@example.com,First,Last,US,Design\n\
                      bob@example.com,Bob,Last,DE,\"Design,Video\"\n\
    new@example.com,New,One,US,\"Design,Fotos\"\n";

fn with_lists() -> World {
    let world = world();
    let screens = Screens::of("plans", &world);
    screens.prepare("umbulk export users", 0);
    screens.prepare("umbulk export groups", 0);
    screens.file("staff.csv", PEOPLE).file("rows.csv", ROWS);
    world
}

#[test]
fn plans_without_an_organization() {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("plans", folder.path());
    screens
        .file("rows.csv", ROWS)
        .file("staff.csv", PEOPLE)
        .file("none.csv", "email,firstname,lastname,country\n");
    screens.show_all(&[
        ("validate", "umbulk validate rows.csv"),
        ("validate_quiet", "umbulk validate rows.csv --quiet"),
        ("validate_as_json", "umbulk validate rows.csv --json"),
        ("validate_several", "umbulk validate rows.csv staff.csv"),
        ("validate_several_as_json", "umbulk validate rows.csv staff.csv --json"),
        ("validate_again", "umbulk validate rows.csv"),
        ("plan", "umbulk plan rows.csv"),
        ("plan_quiet", "umbulk plan rows.csv --quiet"),
        ("plan_as_json", "umbulk plan rows.csv --json"),
        ("plan_several", "umbulk plan rows.csv staff.csv"),
        ("plan_without_rows", "umbulk plan none.csv"),
        ("plan_some_rows", "umbulk plan rows.csv --rows 1-2"),
        ("plan_with_rate", "umbulk plan rows.csv --rate 10/1500ms"),
        ("plan_without_limit", "umbulk plan rows.csv --rate off"),
        ("plan_verify_deletes", "umbulk plan rows.csv --verify-deletes"),
        ("plan_out_and_requests", "umbulk plan rows.csv --out plan.csv --requests requests.jsonl"),
        ("plan_out_over_the_input", "umbulk plan rows.csv --out rows.csv"),
        ("plan_skip_unchanged_without_a_list", "umbulk plan rows.csv --skip-unchanged"),
        ("plan_against_no_file", "umbulk plan rows.csv --against users.csv"),
        ("plan_against_no_list", "umbulk plan rows.csv --against rows.csv"),
    ]);
}

#[test]
fn plans_compared_with_lists() {
    let world = with_lists();
    Screens::of("plans", &world).show_all(&[
        ("against", "umbulk plan staff.csv --against users.csv"),
        ("against_skip_unchanged", "umbulk plan staff.csv --against users.csv --skip-unchanged"),
        ("against_as_json", "umbulk plan staff.csv --against users.csv --skip-unchanged --json"),
        ("against_rows", "umbulk plan rows.csv --against users.csv --skip-unchanged"),
        ("stored", "umbulk plan staff.csv --skip-unchanged"),
        ("online", "umbulk plan staff.csv --online"),
        ("online_as_json", "umbulk plan staff.csv --online --json"),
        (
            "exact_groups",
            "umbulk plan staff.csv --against users.csv --exact-groups \
             --manage-groups Design --manage-groups Video",
        ),
        (
            "exact_groups_unmatched",
            "umbulk plan staff.csv --against users.csv --exact-groups \
             --manage-groups 'Team *'",
        ),
        ("create_groups", "umbulk plan staff.csv --against users.csv --create-groups"),
        ("groups_file", "umbulk plan staff.csv --groups-file groups.csv"),
        ("groups_never", "umbulk plan staff.csv --check-groups never"),
        ("validate_with_groups", "umbulk validate staff.csv --groups-file groups.csv"),
    ]);
}

#[test]
fn plans_of_many_groups_and_questions() {
    let world = with_lists();
    let screens = Screens::of("plans", &world);
    let groups: Vec<String> = (0..30).map(|number| format!("Group {number}")).collect();
    let moves = format!(
        "email,firstname,lastname,country,groups\nnew@example.com,New,One,US,\"{}\"\n",
        groups.join(",")
    );
    screens.file("moves.csv", moves).show(
        "memberships_in_many_groups",
        "umbulk plan moves.csv --against users.csv --check-groups never",
    );
    let renames = (0..40)
        .map(|number| format!("update,u{number}@example.com,n{number}@example.com\n"))
        .collect::<String>();
    screens
        .file("renames.csv", format!("action,email,new_email\n{renames}"))
        .show("many_renames", "umbulk plan renames.csv");
    let leavers = (0..12).map(|number| format!("delete,u{number}@example.com\n"));
    screens.file("leavers.csv", format!("action,email\n{}", leavers.collect::<String>()));
    screens.show("leavers_verified", "umbulk plan leavers.csv --verify-deletes --rate users=5/60s");
}

#[test]
fn differences_of_memberships_through_groups() {
    let world = with_lists();
    let screens = Screens::of("plans", &world);
    screens.prepare("umbulk export users --indirect --force --out indirect.csv", 0);
    screens.show_all(&[
        ("diff_of_indirect_memberships", "umbulk diff users.csv indirect.csv"),
        (
            "diff_of_indirect_memberships_as_csv",
            "umbulk diff indirect.csv indirect.csv --format csv",
        ),
    ]);
}
