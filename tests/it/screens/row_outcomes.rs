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
            "{HEAD}update,ann@example.com,,,,,bob@example.com\nupdate,eve@example.com,,,,,ann@example.com\n\
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
            .file("first.csv", "action,email,groups\nadd,bob@example.com,Nowhere\n")
            .prepare("umbulk import first.csv --check-groups never", 1);
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
    let rows = "email,firstname,lastname,country\nann@example.com,First,Last,DE\nbob@example.com,Robert,Last,US\n";
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
        "action,type,email,group,profiles,remove_profiles\nupdate-group,,,Design,All Apps,\nupdate-group,,,Design,,All Apps\n\
         delete-account,enterpriseID,ann@example.com,,,\ndelete-account,enterpriseID,bob@example.com,,,\n",
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
