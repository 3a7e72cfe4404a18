//! The coverage of a list: what it shows, and so what a missing entry means. Without a column, it
//! is unknown who lacks a value.

use crate::change::ROLES_ON;
use bitflags::bitflags;

bitflags! {
    /// What a list shows.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Coverage: u16 {
        /// Every user of the organization. Without it, a user who is not listed may exist.
        const EVERYBODY = 1;
        /// The email address of every user. Without it, a user may exist whose address is not
        /// listed.
        const EMAILS = 1 << 1;
        /// The username and domain of every user. Without it, a user may exist whose username is
        /// not listed.
        const USERNAMES = 1 << 2;
        /// Which users are Adobe IDs. Without it, any user may be one.
        const TYPES = 1 << 3;
        /// First and last names.
        const NAMES = 1 << 4;
        /// Which accounts are not active.
        const STATUS = 1 << 5;
        /// Who is in which group. Without it, the list shows only who exists.
        const MEMBERSHIPS = 1 << 6;
        /// Every membership is the user's own. Without it, some may come through a user group.
        const DIRECT = 1 << 7;
        /// All groups, also those without members.
        const ALL_GROUPS = 1 << 8;
        /// Memberships in user groups and product profiles, which their names alone do not
        /// distinguish.
        const PLAIN = 1 << 9;
        /// Roles of administrators of groups and of profiles, which their names do not distinguish
        /// either.
        const ADMINS = 1 << 10;
        /// Roles of administrators of products.
        const PRODUCT_ADMINS = 1 << 11;
        /// Roles of developers.
        const DEVELOPERS = 1 << 12;
        /// All other roles.
        const OTHER_ROLES = 1 << 13;
        /// All kinds of memberships.
        const ALL_KINDS = Self::PLAIN.bits()
            | Self::ADMINS.bits()
            | Self::PRODUCT_ADMINS.bits()
            | Self::DEVELOPERS.bits()
            | Self::OTHER_ROLES.bits();
        /// Every user, with everything that lists of users show.
        const WHOLE_USERS = !Self::ALL_GROUPS.bits() & 0x3fff;
    }
}

/// The roles with a kind of their own, by the beginning of their names.
const KINDS: [(&str, Coverage); 3] = [
    (ROLES_ON[0], Coverage::ADMINS),
    (ROLES_ON[1], Coverage::PRODUCT_ADMINS),
    (ROLES_ON[2], Coverage::DEVELOPERS),
];

impl Coverage {
    /// Whether the list would show a membership with that name.
    pub fn shows_membership(self, name: &str) -> bool {
        let name = name.trim().to_lowercase();
        let of_role = || KINDS.iter().find(|(start, _)| name.starts_with(start));
        let kind = match name.starts_with('_') {
            false => Self::PLAIN,
            true => of_role().map_or(Self::OTHER_ROLES, |(_, kind)| *kind),
        };
        self.contains(Self::MEMBERSHIPS | kind)
    }

    /// Whether the list would show every membership that a pattern with `*` and `?` may mean. A
    /// pattern that begins with neither `_` nor a wildcard means no role.
    pub fn shows_memberships_like(self, pattern: &str) -> bool {
        let pattern = pattern.trim().to_lowercase();
        if !pattern.starts_with('_') {
            return self.shows_membership("");
        }
        let start = &pattern[..pattern.find(['*', '?']).unwrap_or(pattern.len())];
        if KINDS.iter().any(|(kind, _)| start.starts_with(kind)) {
            return self.shows_membership(start);
        }
        let is_exact = start.len() == pattern.len();
        self.contains(Self::MEMBERSHIPS | Self::OTHER_ROLES)
            && (is_exact
                || KINDS
                    .iter()
                    .all(|(kind, shown)| self.contains(*shown) || !kind.starts_with(start)))
    }

    /// Whether the list would show every membership.
    pub fn shows_all_memberships(self) -> bool {
        self.contains(Self::MEMBERSHIPS | Self::ALL_KINDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_without_a_column_is_not_shown() {
        let all = Coverage::WHOLE_USERS;
        let some = all - Coverage::DEVELOPERS - Coverage::ADMINS;
        assert!(all.shows_memberships_like("_*") && all.shows_membership("_Developer_X"));
        assert!(all.shows_all_memberships() && !some.shows_all_memberships());
        for shown in ["Design", "_org_admin", "_product_admin_X"] {
            assert!(some.shows_membership(shown), "{shown}");
        }
        for hidden in ["_Developer_X", "_admin_X"] {
            assert!(!some.shows_membership(hidden), "{hidden}");
        }
        for shown in ["*", "Design *", "_support_admin", "_product_admin_*"] {
            assert!(some.shows_memberships_like(shown), "{shown}");
        }
        for hidden in ["_*", "_dev*", "_admin_Design", "_admin_*"] {
            assert!(!some.shows_memberships_like(hidden), "{hidden}");
        }
    }

    #[test]
    fn without_memberships_no_kind_is_shown() {
        let names_only = Coverage::WHOLE_USERS - Coverage::MEMBERSHIPS;
        assert!(!names_only.shows_all_memberships());
        for name in ["Design", "_org_admin", "_admin_X", "_product_admin_X", "_developer_X"] {
            assert!(!names_only.shows_membership(name), "{name}");
            assert!(!names_only.shows_memberships_like(name), "{name}");
        }
        assert!(!names_only.shows_memberships_like("*"));
    }

    #[test]
    fn a_list_of_users_does_not_show_groups_without_members() {
        assert!(!Coverage::WHOLE_USERS.contains(Coverage::ALL_GROUPS));
        assert_eq!(Coverage::WHOLE_USERS | Coverage::ALL_GROUPS, Coverage::all());
    }
}
