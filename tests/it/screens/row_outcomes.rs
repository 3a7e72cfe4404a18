//! Outcomes of rows that only some answers or lists lead to: the screen, and what the results say
//! of each row.

use super::Screens;
use super::imports::world as organization;
use crate::world::{World, user};
use umbulk::sandbox::{
    Directory, Identity, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser,
};

const HEAD: &str = "action,email,firstname,lastname,country,groups,new_email\n";

/// Imports `rows` into the organization, and shows the screen and the results.
fn show(world: &World, name: &str, rows: &str, options: &str) {
    let screens = Screens::of("row_outcomes", world);
    screens.file("staff.csv", rows);
    screens.show(name, format!("umbulk import staff.csv {options}").trim());
    screens.show_rows(&format!("{name}_rows"), "staff.results.csv");
}

fn answered(status: u16, body: &str) -> Option<InjectedFault> {
    Some(InjectedFault::Answer { status, headers: Vec::new(), body: body.to_owned() })
}

#[test]
fn answers_that_contradict_themselves() {
    let world = organization();
    world.sandbox.faults().next_actions((0..2).map(|_| answered(200, "{}")));
    let rename = format!("{HEAD}update,bob@example.com,,,,,robert@example.com\n");
    show(&world, "no_clear_answer", &rename, "--max-attempts 2");
    let world = organization();
    let body = r#"{"result":"error","completed":0,"notCompleted":1,"errors":[{"index":0,"step":0,"message":"Not on a Friday"}]}"#;
    world.sandbox.faults().next_actions((0..2).map(|_| answered(200, body)));
    let delete = format!("{HEAD}delete,bob@example.com,,,,,\n");
    show(&world, "refusal_without_a_code", &delete, "--max-attempts 2");
}

#[test]
fn members_who_cannot_be_asked_about() {
    let world = organization();
    let body = r#"{"result":"error","completed":0,"notCompleted":1,"errors":[{"index":0,"step":0,"errorCode":"error.usergroup.user_list.invalid"}]}"#;
    world.sandbox.faults().next_actions([answered(200, body)]);
    world.sandbox.faults().next_reads((0..99).map(|_| answered(503, "{}")));
    show(
        &world,
        "members_not_asked_about",
        "action,group,users\nupdate-group,Design,eve@example.com\n",
        "--max-attempts 2 --check-groups never",
    );
}

#[test]
fn rows_behind_a_rename_that_failed() {
    let world = organization();
    show(
        &world,
        "behind_a_failed_rename",
        &format!(
            "{HEAD}update,ann@example.com,,,,,bob@example.com\n\
             update,eve@example.com,,,,,ann@example.com\n\
             delete,ann@example.com,,,,,\n"
        ),
        "",
    );
}

/// A list of the organization with one cell changed, imported as it is.
fn edited(name: &str, from: &str, to: &str, prepare: impl Fn(&Screens<'_>)) {
    let world = organization();
    let screens = Screens::of("row_outcomes", &world);
    screens.prepare("umbulk export users", 0);
    let list = std::fs::read_to_string(world.path("users.csv")).unwrap();
    let row = list.lines().find(|line| line.contains("bob@example.com")).unwrap();
    prepare(&screens);
    show(&world, name, &list.replace(row, &row.replace(from, to)), "");
}

#[test]
fn exported_rows_of_somebody_else() {
    edited("edited_type_to_adobe_id", "federatedID", "adobeID", |_| {});
    edited("edited_address", "bob@", "new@", |_| {});
    edited("edited_address_after_an_import", "bob@", "new@", |screens| {
        screens
            .file("first.csv", "action,email,new_email\nupdate,bob@example.com,ann@example.com\n")
            .prepare("umbulk import first.csv", 1);
    });
}

#[test]
fn address_that_looks_like_a_missing_person() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    for email in (0..6).map(|number| format!("u{number}@example.com")) {
        directory.add_user(&SandboxUser { country: "US".into(), ..user(&email, &["Design"]) });
    }
    directory.add_user(&SandboxUser {
        firstname: "Ann".into(),
        country: "US".into(),
        ..user("ann@exämple.com", &["Design"])
    });
    let world = World::new(directory, SandboxOptions::default());
    let screens = Screens::of("row_outcomes", &world);
    screens.prepare("umbulk export users", 0);
    let rows: String =
        (0..6).map(|number| format!("u{number}@example.com,First,Last,US,Design\n")).collect();
    let head = "email,firstname,lastname,country,groups\n";
    show(
        &world,
        "looks_like_a_missing_person",
        &format!("{head}{rows}ann@xn--exmple-cua.com,Annie,Lee,US,Design\n"),
        "--missing leave --against users.csv --managed-type federatedID --yes",
    );
}

/// What a test run and an import say of values that are not applied, of product profiles and of
/// accounts.
#[test]
fn summaries_of_what_is_done() {
    let rows = "email,firstname,lastname,country\nann@example.com,First,Last,DE\n\
                bob@example.com,Robert,Last,US\n";
    for (name, options) in [("not_applied", ""), ("would_not_be_applied", " --test-mode")] {
        let world = organization();
        let screens = Screens::of("row_outcomes", &world);
        screens.prepare("umbulk export users", 0);
        screens
            .file("staff.csv", rows)
            .show(name, &format!("umbulk import staff.csv --against users.csv{options}"));
    }
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_group(&SandboxGroup::profile("All Apps"));
    for email in ["ann@example.com", "bob@example.com"] {
        directory.add_user(&SandboxUser { identity: Identity::Enterprise, ..user(email, &[]) });
    }
    let world = World::new(directory, SandboxOptions::default());
    show(
        &world,
        "profiles_and_accounts",
        "action,type,email,group,profiles,remove_profiles\nupdate-group,,,Design,All Apps,\n\
         update-group,,,Design,,All Apps\n\
         delete-account,enterpriseID,ann@example.com,,,\ndelete-account,enterpriseID,\
         bob@example.com,,,\n",
        "",
    );
}

#[test]
fn presence_that_cannot_be_checked() {
    let world = organization();
    world.sandbox.faults().next_reads((0..99).map(|_| answered(503, "")));
    show(
        &world,
        "verify_deletes_unanswered",
        "action,email\ndelete,bob@example.com\ndelete,eve@example.com\n",
        "--verify-deletes --max-attempts 2 --allow-admins",
    );
}

#[test]
fn rows_behind_an_invalid_rename() {
    let world = organization();
    let rows = format!(
        "{HEAD}update,ann@example.com,,,,,no address\nadd,ann@example.com,,,,Design,\n\
         add,bob@example.com,,,,Video,\n"
    );
    show(&world, "behind_an_invalid_rename", &rows, "");
    Screens::of("row_outcomes", &world).show_all(&[
        ("behind_an_invalid_rename_validated", "umbulk validate staff.csv"),
        ("behind_an_invalid_rename_in_the_plan", "umbulk plan staff.csv"),
        ("behind_an_invalid_rename_status", "umbulk status staff.csv"),
    ]);
}

/// The answer to a deletion is lost, and nobody can be asked whether the group is still there.
#[test]
fn rows_behind_a_deletion_that_is_unclear() {
    let world = organization();
    world.sandbox.faults().next_actions((0..2).map(|_| Some(InjectedFault::CutBefore)));
    world.sandbox.faults().next_reads((0..9).map(|_| answered(404, "<html></html>")));
    show(
        &world,
        "behind_an_unclear_deletion",
        "action,email,group,groups\ndelete-group,,Design,\nadd,bob@example.com,,Design\n",
        "--max-attempts 2 --check-groups never --allow-admins --concurrency 1",
    );
}

#[test]
fn names_that_stay_as_they_are() {
    let head = "type,email,firstname,lastname,country,if_exists\n";
    let mut directory = Directory::default();
    directory.add_user(&SandboxUser {
        identity: Identity::Adobe,
        country: "US".into(),
        ..user("own@example.com", &[])
    });
    let world = World::new(directory, SandboxOptions::default());
    show(&world, "adobe_ids", &format!("{head}adobeID,own@example.com,Own,Id,US,\n"), "");
    let screens = Screens::of("row_outcomes", &world);
    screens.prepare("umbulk export users", 0);
    screens.show("adobe_ids_by_a_list", "umbulk import staff.csv --against users.csv --fresh");
    let world = organization();
    show(
        &world,
        "updated_if_they_exist",
        &format!("{head}federatedID,ann@example.com,Anna,Lee,US,update\n"),
        "",
    );
    show(
        &world,
        "groups_updated_if_they_exist",
        "action,group,description,if_exists\ncreate-group,Design,New words,update\n\
         create-group,Photo,Photographers,update\n",
        "--fresh",
    );
    show(
        &world,
        "removals_of_perhaps_nobody",
        "action,email\ndelete,s1@example.com\ndelete,s2@example.com\n",
        "--fresh --allow-admins",
    );
}

/// The answer is lost, and what is there now may have been there before.
#[test]
fn lost_answers_that_leave_a_question() {
    let head = "action,email,firstname,lastname,country,group,new_name,if_exists\n";
    for (name, row) in [
        ("lost_answer_to_a_strict_create", "create,new@example.com,New,One,US,,,error\n"),
        ("lost_answer_to_a_new_group", "create-group,,,,,Photo,,error\n"),
        ("lost_answer_to_a_renamed_group", "update-group,,,,,Design,Film,\n"),
        ("lost_answer_to_a_deleted_group", "delete-group,,,,,Design,,\n"),
    ] {
        let world = organization();
        world.sandbox.faults().next_actions([Some(InjectedFault::CutAfter)]);
        show(&world, name, &format!("{head}{row}"), "--check-groups never");
    }
}

#[test]
fn rows_of_a_group_that_is_not_created() {
    let world = organization();
    world.sandbox.faults().refuse_commands("Photo", "error.group.invalid_name", 9);
    show(
        &world,
        "group_refused",
        "action,email,group,groups\ncreate-group,,Photo,\nadd,ann@example.com,,Photo\n",
        "",
    );
}

#[test]
fn verified_removals_of_nobody() {
    let world = organization();
    show(
        &world,
        "verified_removal_of_nobody",
        "action,email\ndelete,stranger@example.com\n",
        "--verify-deletes",
    );
}
