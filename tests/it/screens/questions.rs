//! Questions at a terminal, answered and not: what the person sees.

use super::Screens;
use super::imports::world as organization;
use crate::world::{Run, World, user};
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

/// Types the answer at a terminal of its own, once the question stands there.
fn asked(screens: &Screens<'_>, typed: &str, answer: &str) -> Run {
    let command = screens.command(typed);
    let words: Vec<String> =
        command.get_args().map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    let mut script = Command::new("script");
    script.args([
        "-qec",
        &format!("exec '{}' {}", env!("CARGO_BIN_EXE_umbulk"), words.join(" ")),
        "/dev/null",
    ]);
    script.current_dir(command.get_current_dir().unwrap()).env_clear();
    script.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.env("NO_COLOR", "1");
    let mut terminal = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut keys, mut screen) = (terminal.stdin.take().unwrap(), terminal.stdout.take().unwrap());
    let mut shown = Vec::new();
    while !String::from_utf8_lossy(&shown).contains(" to continue: ") {
        let mut byte = [0];
        assert_eq!(screen.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&shown));
        shown.push(byte[0]);
    }
    keys.write_all(answer.as_bytes()).unwrap();
    keys.write_all(b"\n").unwrap();
    screen.read_to_end(&mut shown).unwrap();
    let status = terminal.wait().unwrap().code().unwrap_or(-1);
    Run {
        status,
        stdout: String::from_utf8(shown).unwrap().replace('\r', ""),
        stderr: String::new(),
    }
}

fn show(screens: &Screens<'_>, name: &str, typed: &str, answer: &str) {
    screens.compare(name, typed, &asked(screens, typed, answer));
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
