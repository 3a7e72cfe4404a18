//! `umbulk usage`, `umbulk diff`, `umbulk snapshots`: what an organization looks like, and what
//! changed.

use super::Screens;
use crate::world::{World, user};
use tempfile::TempDir;
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions};

const USERS: &str = "id,type,email,username,domain,firstname,lastname,country,status,groups\n\
    1@x,federatedID,ann@example.com,,example.com,Ann,Lee,US,active,\"All Apps,Photo,Design\"\n\
    2@x,federatedID,bob@example.com,,example.com,Bob,Lee,US,active,\"All \
    Apps,_admin_Design,_org_admin\"\n\
    3@x,adobeID,carl@example.org,,AdobeID,Carl,Lee,,disabled,All Apps\n\
    4@x,enterpriseID,dora@example.com,,example.com,Dora,Lee,DE,active,Design\n";
const LATER: &str = "id,type,email,username,domain,firstname,lastname,country,status,groups\n\
    1@x,federatedID,anna@example.com,,example.com,Anna,Lee,US,active,\"All Apps,Video\"\n\
    2@x,federatedID,bob@example.com,,example.com,Bob,Lee,DE,active,\"All \
    Apps,_admin_Design,_org_admin\"\n\
    4@x,enterpriseID,dora@example.com,,example.com,Dora,Lee,DE,disabled,Design\n\
    6@x,federatedID,new@example.com,,example.com,New,One,FR,active,Design\n";
const GROUPS: &str = "groupId,groupName,type,memberCount,productName,licenseQuota\n\
    1,All Apps,PRODUCT_PROFILE,3,Creative Cloud,2\n2,Photo,PRODUCT_PROFILE,1,Creative Cloud,5\n\
    3,Sign,PRODUCT_PROFILE,0,Acrobat,UNLIMITED\n4,Design,USER_GROUP,2,,\n";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("inspections", folder.path());
    screens.file("users.csv", USERS).file("later.csv", LATER).file("groups.csv", GROUPS);
    screens
        .file("none.csv", USERS.lines().next().unwrap().to_owned() + "\n")
        .file("emails.csv", "email\nann@example.com\n");
    folder
}

#[test]
fn usage_of_lists() {
    let folder = folder();
    Screens::offline("inspections", folder.path()).show_all(&[
        ("usage", "umbulk usage --from users.csv --groups groups.csv"),
        ("usage_without_groups", "umbulk usage --from users.csv"),
        ("usage_as_json", "umbulk usage --from users.csv --groups groups.csv --json"),
        ("usage_as_csv", "umbulk usage --from users.csv --groups groups.csv --csv"),
        ("usage_of_nobody", "umbulk usage --from none.csv"),
        ("usage_of_emails_alone", "umbulk usage --from emails.csv"),
        ("usage_into_a_file", "umbulk usage --from users.csv --csv --out usage.csv"),
        ("usage_over_its_list", "umbulk usage --from users.csv --out users.csv"),
        ("usage_quiet", "umbulk usage --from users.csv --quiet"),
        ("usage_of_no_file", "umbulk usage --from staff.csv"),
        ("usage_of_groups", "umbulk usage --from groups.csv"),
        ("usage_with_users_for_groups", "umbulk usage --from users.csv --groups later.csv"),
        ("usage_without_a_list", "umbulk usage"),
    ]);
}

#[test]
fn differences_of_lists() {
    let folder = folder();
    Screens::offline("inspections", folder.path()).show_all(&[
        ("diff", "umbulk diff users.csv later.csv"),
        ("diff_as_json", "umbulk diff users.csv later.csv --json"),
        ("diff_as_csv", "umbulk diff users.csv later.csv --format csv"),
        ("diff_into_a_file", "umbulk diff users.csv later.csv --format csv --out changes.csv"),
        ("diff_quiet", "umbulk diff users.csv later.csv --quiet"),
        ("diff_of_nothing", "umbulk diff users.csv users.csv"),
        ("diff_of_nothing_as_csv", "umbulk diff users.csv users.csv --format csv"),
        ("diff_of_everybody", "umbulk diff none.csv later.csv"),
        ("diff_without_groups", "umbulk diff users.csv emails.csv"),
        ("diff_without_groups_as_csv", "umbulk diff users.csv emails.csv --format csv"),
        ("diff_of_no_file", "umbulk diff users.csv staff.csv"),
        ("diff_of_latest_without_lists", "umbulk diff latest users.csv"),
        ("diff_of_groups", "umbulk diff groups.csv groups.csv"),
        ("diff_over_its_list", "umbulk diff users.csv later.csv --out users.csv"),
        ("diff_into_no_folder", "umbulk diff users.csv later.csv --out nowhere/changes.csv"),
    ]);
}

/// An organization of which lists are kept; somebody joined between those of users.
fn kept() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_group(&SandboxGroup {
        product: Some("Creative Cloud".to_owned()),
        quota: Some(1),
        ..SandboxGroup::profile("All Apps")
    });
    directory.add_user(&user("ann@example.com", &["Design", "All Apps"]));
    directory.add_user(&user("bob@example.com", &["Design", "All Apps"]));
    let world = World::new(directory, SandboxOptions::default());
    let screens = Screens::of("inspections", &world);
    screens.prepare("umbulk export users --snapshot", 0);
    screens.prepare("umbulk export groups --snapshot", 0);
    screens.file(
        "joined.csv",
        "email,firstname,lastname,country,groups\ncarl@example.com,Carl,Day,US,Design\n",
    );
    screens.prepare("umbulk import joined.csv", 0);
    world
}

#[test]
fn lists_that_are_kept() {
    let world = kept();
    let screens = Screens::of("inspections", &world);
    screens.show_all(&[
        ("usage_of_the_snapshot", "umbulk usage"),
        ("usage_of_the_snapshot_after_an_import", "umbulk usage --from latest"),
        ("snapshots", "umbulk snapshots"),
        ("snapshots_as_json", "umbulk snapshots --json"),
        ("snapshots_prune_nothing", "umbulk snapshots prune --older-than 1h"),
    ]);
    screens.prepare("umbulk export users --snapshot --force", 0);
    let names = world.umbulk(&["snapshots", "--json"]).stdout;
    let names: Vec<serde_json::Value> = serde_json::from_str(&names).unwrap();
    let first = names[0]["name"].as_str().unwrap();
    screens.show("diff_of_a_kept_list", &format!("umbulk diff {first} latest"));
    screens.show("usage_of_a_kept_list", &format!("umbulk usage --from {first} --json"));
    screens.show("usage_of_a_list_that_is_not_kept", "umbulk usage --from 2020-01-01");
    screens.show("snapshots_prune", "umbulk snapshots prune --keep 1");
    screens.show("snapshots_prune_with_json_behind", "umbulk snapshots prune --keep 0 --json");
    screens.show("snapshots_prune_as_json", "umbulk snapshots --json prune --keep 0");
    screens.show("snapshots_of_nothing", "umbulk snapshots");
    screens.show("snapshots_of_nothing_as_json", "umbulk snapshots --json");
}

#[test]
fn usage_that_asks_the_server() {
    let world = kept();
    let screens = Screens::of("inspections", &world);
    screens.show("usage_online_within_two_hours", "umbulk usage --online");
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup {
        product: Some("Creative Cloud".to_owned()),
        quota: Some(1),
        ..SandboxGroup::profile("All Apps")
    });
    directory.add_user(&user("ann@example.com", &["All Apps"]));
    directory.add_user(&user("bob@example.com", &["All Apps"]));
    let world = World::new(directory.clone(), SandboxOptions::default());
    Screens::of("inspections", &world).show("usage_online", "umbulk usage --online");
    let world = World::new(directory, SandboxOptions::default());
    let gone = InjectedFault::Answer { status: 403, headers: Vec::new(), body: String::new() };
    world.sandbox.faults().next_reads((0..9).map(|_| Some(gone.clone())));
    Screens::of("inspections", &world)
        .show("usage_online_without_licences", "umbulk usage --online");
}

#[test]
fn lists_of_parts_are_not_compared_as_whole_ones() {
    let world = kept();
    let screens = Screens::of("inspections", &world);
    screens.prepare("umbulk export users --snapshot --group Design", 0);
    let names = world.umbulk(&["snapshots", "--json"]).stdout;
    let names: Vec<serde_json::Value> = serde_json::from_str(&names).unwrap();
    let part = names.iter().find(|list| list["what"].as_str().unwrap().contains("Design")).unwrap()
        ["name"]
        .as_str()
        .unwrap();
    let whole = names[0]["name"].as_str().unwrap();
    screens.show("diff_of_a_part", &format!("umbulk diff {whole} {part}"));
    screens.show("diff_of_a_part_as_csv", &format!("umbulk diff {whole} {part} --format csv"));
    screens.show("usage_of_a_part", &format!("umbulk usage --from {part}"));
    screens.show("snapshots_of_parts", "umbulk snapshots");
}

/// More lines than a screen holds, and people whose user group may give a product.
#[test]
fn usage_and_differences_of_many_groups() {
    let mut directory = Directory::default();
    for number in 0..60 {
        directory.add_group(&SandboxGroup::profile(&format!("Product {number}")));
    }
    directory.add_group(&SandboxGroup::user_group("Design"));
    for number in 0..30 {
        let product = format!("Product {number}");
        directory.add_user(&user(&format!("u{number}@example.com"), &[&product]));
    }
    directory.add_user(&user("ann@example.com", &["Design"]));
    let world = World::new(directory, SandboxOptions::default());
    let screens = Screens::of("inspections", &world);
    screens.prepare("umbulk export users", 0);
    screens.prepare("umbulk export groups", 0);
    screens.show("usage_of_many_groups", "umbulk usage");
    screens.file(
        "before.csv",
        "type,email,firstname,lastname,country,groups\nfederatedID,old@example.com,Old,One,US,\n",
    );
    screens.show("diff_of_many_people", "umbulk diff before.csv users.csv");
}
