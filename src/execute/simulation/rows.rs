//! Small random files about few people and groups, so that rows affect each other.

use crate::sandbox::{Directory, SandboxGroup, SandboxUser};
use fastrand::Rng;

const GROUPS: [&str; 3] = ["Design", "Größe XL", "Photoshop"];
const PEOPLE: u32 = 9;

/// The columns of the file.
pub(super) const HEADER: &str = "action,email,firstname,lastname,country,groups,new_email,\
     if_exists,group,new_name,users,remove_users";

/// Creates the organization. Half of the people exist from the beginning.
pub(super) fn organization() -> Directory {
    let mut directory = Directory::default();
    for group in &GROUPS[..2] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_group(&SandboxGroup::profile(GROUPS[2]));
    for number in 0..PEOPLE / 2 {
        let mut user = SandboxUser::assumed(&email(number), None, false);
        user.firstname = "First".to_owned();
        user.lastname = "Last".to_owned();
        user.groups.insert(GROUPS[number as usize % GROUPS.len()].to_owned());
        directory.add_user(&user);
    }
    directory
}

/// Returns a random user.
pub(super) fn anybody(random: &mut Rng) -> String {
    email(random.u32(0..PEOPLE))
}

fn email(number: u32) -> String {
    format!("u{number}@example.com")
}

/// Returns the rows of a random file, as they are written.
pub(super) fn random(random: &mut Rng) -> Vec<String> {
    let most = 1 << random.u32(2..6);
    let count = random.usize(1..most);
    let mut renamed = 0;
    (0..count).map(|row| one(random, row, &mut renamed)).collect()
}

fn one(random: &mut Rng, row: usize, renamed: &mut u32) -> String {
    let person = anybody(random);
    let list = list(random);
    match random.u8(0..24) {
        0..=4 => {
            let if_exists = ["", "ignore", "update", "error"][random.usize(..4)];
            format!("create,{person},N{row},L{row},US,{list},,{if_exists},,,")
        }
        5..=6 => format!("add,{person},,,,{list},,,,,"),
        7..=8 => format!("remove,{person},,,,{list},,,,,"),
        9..=10 => format!("update,{person},N{row},,,{list},,,,,"),
        11..=12 => {
            *renamed += 1;
            format!("update,{person},,,,,renamed{renamed}@example.com,,,,")
        }
        13 => format!("remove-all,{person},,,,,,,,,"),
        14..=15 => format!("delete,{person},,,,,,,,,"),
        16..=17 => {
            let if_exists = ["", "ignore", "error"][random.usize(..3)];
            let user = if random.bool() { email(random.u32(0..PEOPLE)) } else { String::new() };
            format!("create-group,,,,,,,{if_exists},Team {},,{user}", random.u8(0..2))
        }
        18 | 20..=23 => members(random),
        _ if random.bool() => format!("add,{person},,,,Team {},,,,,", random.u8(0..2)),
        _ => format!("delete-group,,,,,,,,Team {},,", random.u8(0..2)),
    }
}

/// A row that adds and removes members of a group, seldom also strangers.
fn members(random: &mut Rng) -> String {
    let (mut users, mut removed) = (Vec::new(), Vec::new());
    for number in 0..PEOPLE / 2 {
        match random.u8(0..6) {
            0..=1 => users.push(email(number)),
            2 => removed.push(email(number)),
            _ => {}
        }
    }
    if users.is_empty() || random.u8(0..8) == 0 {
        users.push(anybody(random));
        users.dedup();
    }
    removed.retain(|user| !users.contains(user));
    let group = GROUPS[random.usize(..2)];
    format!("update-group,,,,,,,,{group},,\"{}\",\"{}\"", users.join(","), removed.join(","))
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
    // Sometimes the group does not exist.
    if random.u8(0..15) == 0 {
        names.push("\"\"Nowhere\"\"".to_owned());
    }
    format!("\"[{}]\"", names.join(", "))
}
