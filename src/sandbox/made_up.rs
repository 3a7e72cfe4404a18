//! Made-up people.

use super::directory::{Directory, Group, User};

const FIRST: [&str; 16] = [
    "Anna",
    "Björn",
    "Chloé",
    "Dmitri",
    "Elif",
    "François",
    "Grace",
    "Ingrid",
    "José",
    "Kenji",
    "Łukasz",
    "Mária",
    "Priya",
    "Søren",
    "Yuki",
    "Zoë",
];
const LAST: [&str; 16] = [
    "Ångström",
    "Çelik",
    "Dvořák",
    "Fernández",
    "Grünwald",
    "Ivanov",
    "Jørgensen",
    "Kowalski",
    "Lindqvist",
    "Müller",
    "Nguyễn",
    "O'Brien",
    "Rossi",
    "Schäfer",
    "Takahashi",
    "Wójcik",
];
const COUNTRIES: [&str; 8] = ["US", "GB", "DE", "FR", "SE", "PL", "JP", "IN"];

impl Directory {
    /// An organization with so many users, 24 user groups and six product profiles; the same seed makes the same people.
    pub fn made_up(users: usize, seed: u64) -> Self {
        let mut directory = Self::default();
        if users == 0 {
            return directory;
        }
        let groups: Vec<String> = (1..=24).map(|number| format!("Team {number:02}")).collect();
        let profiles = ["All Apps plan", "Photoshop", "Illustrator", "Acrobat Pro", "Premiere Pro", "Ventes & Marketing"];
        groups.iter().for_each(|group| directory.add_group(Group::user_group(group)));
        profiles.iter().for_each(|profile| directory.add_group(Group::profile(profile)));
        let mut random = fastrand::Rng::with_seed(seed);
        for number in 0..users {
            let email = format!("u{number:05}@example.com");
            let mut user = User::assumed(&email, None, random.u8(0..10) == 0);
            user.firstname = FIRST[random.usize(..FIRST.len())].to_owned();
            user.lastname = LAST[random.usize(..LAST.len())].to_owned();
            user.country = COUNTRIES[random.usize(..COUNTRIES.len())].to_owned();
            for _ in 0..random.usize(0..4) {
                user.groups.insert(groups[random.usize(..groups.len())].clone());
            }
            if random.bool() {
                user.groups.insert(profiles[random.usize(..profiles.len())].to_owned());
            }
            directory.insert(user);
        }
        directory
    }
}
