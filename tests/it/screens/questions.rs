//! Questions at a terminal, answered and not: what the person sees.

use super::Screens;
use super::imports::world as organization;
use crate::at_terminal::answered;
use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

fn show(screens: &Screens<'_>, name: &str, typed: &str, answer: &str) {
    screens.compare(name, typed, &answered(&screens.command(typed), answer));
}

#[test]
fn deletions_are_asked_about() {
    let mut directory = Directory::default();
    (0..12).for_each(|number| directory.add_user(&user(&format!("u{number}@example.com"), &[])));
    let world = World::new(directory, SandboxOptions::default());
    let screens = Screens::of("questions", &world);
    let rows = (0..12).map(|number| format!("delete,u{number}@example.com\n")).collect::<String>();
    screens.file("leavers.csv", format!("action,email\n{rows}"));
    show(&screens, "deletions_refused", "umbulk import leavers.csv", "no");
    show(&screens, "deletions_confirmed", "umbulk import leavers.csv", "12");
}

#[test]
fn administrators_are_named_where_deletions_are_asked_about() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    (0..12).for_each(|number| directory.add_user(&user(&format!("u{number}@example.com"), &[])));
    directory.add_user(&user("lead@example.com", &["_admin_Design"]));
    directory.add_user(&user("root@example.com", &["_org_admin"]));
    let world = World::new(directory, SandboxOptions::default());
    let screens = Screens::of("questions", &world);
    let rows = (0..12).map(|number| format!("delete,u{number}@example.com\n")).collect::<String>();
    screens.file(
        "leavers.csv",
        format!("action,email\n{rows}delete,lead@example.com\ndelete,root@example.com\n"),
    );
    show(&screens, "administrators_refused", "umbulk import leavers.csv --allow-admins", "no");
}

#[test]
fn encoding_to_confirm_is_asked_about() {
    let world = World::with_groups(&[]);
    let screens = Screens::of("questions", &world);
    screens.file(
        "east.csv",
        b"email;firstname;lastname;country\n\
                              c1@example.com;\xC8\xE2\xE0\xED;\xCF\xE5\xF2\xF0\xEE\xE2;RU\n",
    );
    show(&screens, "encoding_refused", "umbulk import east.csv", "no");
    show(&screens, "encoding_confirmed", "umbulk import east.csv", "yes");
}

#[test]
fn old_list_is_asked_about() {
    let world = organization();
    let screens = Screens::of("questions", &world);
    screens.prepare("umbulk export users", 0);
    screens
        .file(
            "staff.csv",
            "action,email,groups\nadd,ann@example.com,Video\nremove,stranger@example.com,Design\n",
        )
        .date("users.csv", 180);
    show(
        &screens,
        "old_list_refused",
        "umbulk import staff.csv --skip-unchanged --against users.csv --check-groups never",
        "no",
    );
    show(
        &screens,
        "old_list_confirmed",
        "umbulk import staff.csv --skip-unchanged --against users.csv --check-groups never",
        "yes",
    );
}

#[test]
fn missing_people_are_asked_about() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    (0..40).for_each(|number| {
        directory.add_user(&user(&format!("u{number}@example.com"), &["Design"]));
    });
    let world = World::new(directory, SandboxOptions::default());
    let screens = Screens::of("questions", &world);
    screens.prepare("umbulk export users", 0);
    let rows =
        (0..28).map(|number| format!("add,u{number}@example.com,Design\n")).collect::<String>();
    screens.file("staff.csv", format!("action,email,groups\n{rows}"));
    let typed =
        "umbulk import staff.csv --missing leave --against users.csv --managed-domain example.com";
    show(&screens, "missing_refused", typed, "no");
    show(&screens, "missing_confirmed", typed, "12");
}
