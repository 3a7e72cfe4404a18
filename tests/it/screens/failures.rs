//! Imports that finish while some rows do not succeed: refused, uncertain, and what the results say
//! of each row.

use super::Screens;
use super::imports::world;
use crate::world::{World, user};
use std::time::Duration;
use umbulk::sandbox::{Directory, Identity, InjectedFault, SandboxOptions, SandboxUser};

const HEAD: &str = "email,firstname,lastname,country,groups\n";

/// Codes that say more than their own words, of every family in Adobe's documentation.
const CODES: [&str; 15] = [
    "error.user.belongs_to_another_org",
    "error.user.email.invalid",
    "error.user.name_in_use",
    "error.user.type_mismatch",
    "error.domain.trust.nonexistent",
    "error.country.invalid",
    "error.group.not_found",
    "error.usergroup.readonly.add_user_not_allowed",
    "error.usergroup.exceeds_maximum_member_count",
    "error.command.string.too_long",
    "error.internal.create_failed",
    "error.throttled_by_external_service",
    "error.api.not_available",
    "plc.insufficient_quota",
    "error.something_new",
];

#[test]
fn rows_that_the_server_refuses() {
    let world = world();
    let mut rows = HEAD.to_owned();
    for (number, code) in CODES.iter().enumerate() {
        rows += &format!("r{number}@example.com,Ann,Lee,US,Design\n");
        world.sandbox.faults().refuse_commands(&format!("r{number}@example.com"), code, 99);
    }
    let screens = Screens::of("failures", &world);
    screens.file("staff.csv", rows);
    screens.show("refused_by_the_server", "umbulk import staff.csv --max-attempts 2");
    screens.show_rows("refused_by_the_server_rows", "staff.results.csv");
    screens.show("refused_before_as_json", "umbulk import staff.csv --max-attempts 2 --json");
    screens
        .show("refused_rows_of_the_fixed_file", "umbulk import staff.failed.csv --max-attempts 2");
}

#[test]
fn rows_that_meet_what_is_there() {
    let world = world();
    let head = "action,email,firstname,lastname,country,groups,new_email,if_exists,group,new_name,\
                remove_users\n";
    let rows = "create,ann@example.com,Anna,Lee,US,,,error,,,\n\
                add,stranger@example.com,,,,Design,,,,,\nremove,stranger@example.com,,,,Design,,,,,\
                \n\
        update,stranger@example.com,Ann,,,,,,,,\ndelete,stranger@example.com,,,,,,,,,\n\
        update,bob@example.com,,,,,dora@example.com,,,,\n\
        create-group,,,,,,,error,Design,,\nupdate-group,,,,,,,,Video,,stranger@example.com\n\
        create,new@example.com,New,One,US,\"Design,Nowhere\",,,,,\n\
        update-group,,,,,,,,Design,Video,\n";
    let screens = Screens::of("failures", &world);
    screens.file("staff.csv", format!("{head}{rows}"));
    screens.show("met_what_is_there", "umbulk import staff.csv --check-groups never");
    screens.show_rows("met_what_is_there_rows", "staff.results.csv");
    screens.show("met_what_is_there_status", "umbulk status staff.csv");
}

#[test]
fn rows_of_an_organization_with_claimed_domains() {
    let mut directory = Directory::default();
    directory.claim("example.com", Identity::Enterprise);
    directory.add_user(&SandboxUser { identity: Identity::Adobe, ..user("own@other.com", &[]) });
    let world = World::new(directory, SandboxOptions::default());
    let screens = Screens::of("failures", &world);
    screens.file(
        "staff.csv",
        "type,email,firstname,lastname,country\nfederatedID,ann@example.com,Ann,Lee,US\n\
         federatedID,bob@nowhere.com,Bob,Ray,US\n\
         enterpriseID,carl@example.com,Carl,Day,US\nadobeID,own@other.com,Own,Id,US\n",
    );
    screens.show("claimed_domains", "umbulk import staff.csv");
    screens.show_rows("claimed_domains_rows", "staff.results.csv");
}

#[test]
fn requests_that_one_command_sinks() {
    for (name, gateway) in [
        ("sunk_by_a_bad_command", None),
        ("sunk_by_a_gateway", Some((403, "<html><body>Request blocked</body></html>"))),
        ("sunk_by_a_gateway_406", Some((406, "<html><body>Not acceptable</body></html>"))),
    ] {
        let world = world();
        match gateway {
            Some((status, page)) => world.sandbox.faults().dislike("u1@example.com", status, page),
            None => {
                world.sandbox.faults().poison("u1@example.com", "error.command.string.too_long");
            }
        }
        let rows = (0..4)
            .map(|number| format!("u{number}@example.com,Ann,Lee,US,Design\n"))
            .collect::<String>();
        let screens = Screens::of("failures", &world);
        screens
            .file("staff.csv", format!("{HEAD}{rows}"))
            .show(name, "umbulk import staff.csv --max-attempts 2 --concurrency 1");
        screens.show_rows(&format!("{name}_rows"), "staff.results.csv");
    }
}

/// A request got no answer, and the service does not tell what became of it.
#[test]
fn rows_whose_effect_is_unknown() {
    let rows = "action,email,firstname,lastname,country,groups,new_email\n\
                create,new@example.com,New,One,US,Design,\nadd,ann@example.com,,,,Video,\n\
        remove,bob@example.com,,,,Design,\ndelete,emil@example.com,,,,,\n\
        update,dora@example.com,Dorothy,,,,\n";
    let silent = || InjectedFault::Answer { status: 503, headers: Vec::new(), body: String::new() };
    for (name, first) in [
        ("uncertain_done", InjectedFault::CutAfter),
        ("uncertain_not_done", InjectedFault::CutBefore),
        ("uncertain_late", InjectedFault::Late { status: 504, after: Duration::from_millis(50) }),
    ] {
        let world = world();
        world.sandbox.faults().next_actions([Some(first.clone())]);
        let screens = Screens::of("failures", &world);
        screens.file("staff.csv", rows);
        screens.show(
            name,
            "umbulk import staff.csv --check-groups never --concurrency 1 \
             --effect-window 300ms --yes",
        );
        screens.show_rows(&format!("{name}_rows"), "staff.results.csv");
    }
    let world = world();
    world.sandbox.faults().next_actions((0..99).map(|_| Some(InjectedFault::CutAfter)));
    world.sandbox.faults().next_reads((0..999).map(|_| Some(silent())));
    let screens = Screens::of("failures", &world);
    screens.file("staff.csv", rows);
    let typed = "umbulk import staff.csv --check-groups never --concurrency 1 --max-attempts 2";
    screens.show("administrators_are_not_known", typed);
    screens.show("uncertain_and_reads_fail", &format!("{typed} --allow-admins"));
    screens.show_rows("uncertain_and_reads_fail_rows", "staff.results.csv");
    screens.show("uncertain_and_reads_fail_again", &format!("{typed} --allow-admins"));
}

#[test]
fn rows_of_the_other_themes_say_why() {
    let world = crate::second_accounts::world();
    let screens = Screens::of("failures", &world);
    screens.file(
        "staff.csv",
        "email,firstname,lastname,country,groups\nann.lee@example.com,Ann,Lee,US,Design\n\
         bob@example.com,Robert,Ray,DE,Design\n\
         carl@example.com,Carl,Day,US,Design\nnew@example.com,New,One,US,\"Design,Nowhere\"\nno \
         address,A,B,US,\n#dora@example.com,Dora,Moss,US,\nTotal,5,,,\n",
    );
    screens.prepare("umbulk import staff.csv --skip-unchanged", 1);
    screens.show_rows("compared_rows", "staff.results.csv");
    screens.prepare("umbulk validate staff.csv", 1);
    screens.show_rows("validated_rows", "staff.check.csv");
    screens.file("gone.csv", "action,email\ndelete,stranger@example.com\ndelete,bob@example.com\n");
    screens.prepare("umbulk import gone.csv", 0);
    screens.show_rows("removed_stranger_rows", "gone.results.csv");
    screens.prepare("umbulk import gone.csv --verify-deletes --fresh", 0);
    screens.show_rows("removed_stranger_verified_rows", "gone.results.csv");
    screens.prepare("umbulk import gone.csv --test-mode", 0);
    screens.show_rows("test_mode_rows", "gone.test.csv");
}

#[test]
fn rows_of_an_edited_export() {
    let world = world();
    let screens = Screens::of("failures", &world);
    screens.prepare("umbulk export users", 0);
    let list = std::fs::read_to_string(world.path("users.csv")).unwrap();
    // The imports below are clearly later than the list.
    let file = std::fs::File::options().write(true).open(world.path("users.csv")).unwrap();
    file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(10)).unwrap();
    screens.file("edited.csv", list.replace("emil@example.com", "new@example.com"));
    screens.show("edited_address", "umbulk import edited.csv");
    screens.show_rows("edited_address_rows", "edited.results.csv");
    screens.file("edited.csv", list.replacen("federatedID,ann", "enterpriseID,ann", 1));
    screens.show("edited_type", "umbulk import edited.csv --against users.csv");
    screens.show_rows("edited_type_rows", "edited.results.csv");
}

#[test]
fn rows_of_results_that_are_written_again() {
    let world = world();
    let screens = Screens::of("failures", &world);
    screens.prepare("umbulk export users", 0);
    screens.file(
        "staff.csv",
        format!("{HEAD}ann@example.com,First,Last,US,Design\nnew@example.com,New,One,US,Design\n"),
    );
    screens.prepare("umbulk import staff.csv --skip-unchanged", 0);
    screens.prepare("umbulk results staff.csv", 0);
    screens.show_rows("written_again_rows", "staff.results.csv");
    screens.file(
        "two.csv",
        "email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,\n\
                             ann@example.com,Bob,Ray,GB,\n",
    );
    screens.prepare("umbulk validate two.csv --conflicts last", 0);
    screens.show_rows("conflicts_last_rows", "two.check.csv");
}
