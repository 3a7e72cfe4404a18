//! Finds names similar to the one in a row, for messages.

use crate::organization::Organization;
use std::sync::atomic::{AtomicU64, Ordering};

/// The most names that are shown.
const SHOWN: usize = 3;
/// Names that differ by more typing errors are different names.
const SLIPS: usize = 2;

/// A budget of comparisons for the search for similar names, so that many unknown users do not take
/// minutes.
#[derive(Debug)]
pub struct NearBudget(AtomicU64);

impl Default for NearBudget {
    fn default() -> Self {
        Self(AtomicU64::new(20_000_000))
    }
}

impl NearBudget {
    fn take(&self, people: u64) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(people))
            .is_ok()
    }
}

impl Organization {
    /// Returns the email addresses of users whose email address or username is similar to `name`,
    /// the most similar first.
    pub fn near(&self, name: &str, budget: &NearBudget) -> Vec<&str> {
        let name = name.trim().to_lowercase();
        let (local, _) = name.split_once('@').unwrap_or((&name, ""));
        if name.is_empty() || !budget.take(u64::from(self.len())) {
            return Vec::new();
        }
        let mut found: Vec<(usize, &str)> = Vec::new();
        for person in self.people() {
            let own = [person.email(), person.username()]
                .into_iter()
                .filter_map(|own| distance(own, &name, local))
                .min();
            found.extend(own.map(|distance| (distance, person.name())));
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().take(SHOWN).map(|(_, name)| name).collect()
    }
}

/// Returns the distance between a name and the wanted one, which is in lower case; `None` if it is
/// too large.
fn distance(own: &str, name: &str, local: &str) -> Option<usize> {
    let (own_local, _) = own.split_once('@').unwrap_or((own, ""));
    if own.is_empty() {
        return None;
    }
    if own.eq_ignore_ascii_case(name) {
        return Some(0);
    }
    let same_local = own_local.len() == local.len() && own_local.eq_ignore_ascii_case(local);
    if same_local {
        return Some(SLIPS);
    }
    let ends = |text: &str| (text.bytes().next(), text.bytes().next_back());
    let ((first, last), (own_first, own_last)) = (ends(name), ends(own));
    let alike = |a: Option<u8>, b: Option<u8>| {
        a.map(|a| a.to_ascii_lowercase()) == b.map(|b| b.to_ascii_lowercase())
    };
    if own.len().abs_diff(name.len()) > SLIPS || !(alike(first, own_first) || alike(last, own_last))
    {
        return None;
    }
    // In a short name, two typing errors make another name.
    let slips = if local.len() < 6 { 1 } else { SLIPS };
    Some(strsim::osa_distance(&own.to_lowercase(), name)).filter(|distance| *distance <= slips)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::ListedUser;
    use jiff::Timestamp;

    #[test]
    fn near_names_are_found_by_slip_local_part_and_username() {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        for (email, username) in [
            ("ann.lee@example.com", ""),
            ("bob@corp.example.com", "bobby"),
            ("carl@example.com", "carl@other.com"),
            ("zoe@example.com", ""),
        ] {
            all.add(&ListedUser {
                email: email.into(),
                username: username.into(),
                domain: "example.com".into(),
                ..ListedUser::default()
            });
        }
        let near = |name: &str| all.near(name, &NearBudget::default());
        assert_eq!(near("anne.lee@example.com"), ["ann.lee@example.com"]);
        assert_eq!(near("Bob@example.com"), ["bob@corp.example.com"]);
        assert_eq!(near("carl@other.com"), ["carl@example.com"]);
        assert_eq!(near("boby"), ["bob@corp.example.com"]);
        assert!(near("somebody.else@example.com").is_empty());
    }

    #[test]
    fn near_names_are_not_looked_for_without_end() {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        all.add(&ListedUser { email: "ann@example.com".into(), ..ListedUser::default() });
        let budget = NearBudget(AtomicU64::new(1));
        assert_eq!(all.near("anne@example.com", &budget).len(), 1);
        assert!(all.near("anne@example.com", &budget).is_empty());
    }
}
