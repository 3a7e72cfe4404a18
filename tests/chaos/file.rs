//! Random files that make sense, mostly.

use fastrand::Rng;
use std::fmt::Write;
use umbulk::sandbox::{Directory, SandboxGroup, SandboxUser};

const GROUPS: [&str; 5] = ["Design", "Video", "Größe XL", "Sales, EMEA", "Photoshop"];
const PEOPLE: u32 = 40;

/// Half of the people are there from the beginning.
pub(crate) fn organization() -> Directory {
    let mut directory = Directory::default();
    for group in &GROUPS[..4] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_group(&SandboxGroup::profile(GROUPS[4]));
    for number in 0..PEOPLE / 2 {
        let mut user = SandboxUser::assumed(&email(number), None, false);
        user.firstname = "First".to_owned();
        user.lastname = "Last".to_owned();
        user.groups.insert(GROUPS[number as usize % GROUPS.len()].to_owned());
        directory.add_user(&user);
    }
    directory
}

fn email(number: u32) -> String {
    format!("u{number}@example.com")
}

/// A file of native rows.
pub(crate) fn rows(random: &mut Rng) -> String {
    let mut text =
        "action,email,firstname,lastname,country,groups,new_email,if_exists,group,new_name,users\n"
            .to_owned();
    let count = random.usize(5..150);
    let mut renamed = 0;
    for row in 0..count {
        let person = email(random.u32(0..PEOPLE));
        let list = list(random);
        match random.u8(0..20) {
            0..=5 => {
                let if_exists = ["", "ignore", "update", "error"][random.usize(0..4)];
                writeln!(text, "create,{person},N{row},L{row},US,{list},,{if_exists},,,")
            }
            6..=8 => writeln!(text, "add,{person},,,,{list},,,,,"),
            9..=10 => writeln!(text, "remove,{person},,,,{list},,,,,"),
            11..=12 => writeln!(text, "update,{person},N{row},,,{list},,,,,"),
            13 => {
                renamed += 1;
                writeln!(text, "update,{person},,,,,renamed{renamed}@example.com,,,,")
            }
            14 => writeln!(text, "remove-all,{person},,,,,,,,,"),
            15..=16 => writeln!(text, "delete,{person},,,,,,,,,"),
            17 => {
                let if_exists = ["", "ignore", "error"][random.usize(0..3)];
                let user = if random.bool() { email(random.u32(0..PEOPLE)) } else { String::new() };
                writeln!(text, "create-group,,,,,,,{if_exists},Team {},,{user}", random.u8(0..3))
            }
            18 => writeln!(
                text,
                "update-group,,,,,,,,Design,,\"{}\"",
                email(random.u32(0..PEOPLE / 2))
            ),
            _ if random.bool() => writeln!(text, "add,{person},,,,Team {},,,,,", random.u8(0..3)),
            _ => writeln!(text, "delete-group,,,,,,,,Team {},,", random.u8(0..3)),
        }
        .unwrap();
    }
    text
}

fn list(random: &mut Rng) -> String {
    let mut names: Vec<String> = GROUPS
        .iter()
        .filter(|_| random.u8(0..3) == 0)
        .map(|group| format!("\"\"{group}\"\""))
        .collect();
    if names.is_empty() {
        names.push(format!("\"\"{}\"\"", GROUPS[random.usize(..GROUPS.len())]));
    }
    // Now and then a group that is not there.
    if random.u8(0..15) == 0 {
        names.push("\"\"Nowhere\"\"".to_owned());
    }
    format!("\"[{}]\"", names.join(", "))
}
