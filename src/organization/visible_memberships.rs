//! Which kinds of memberships a list can show: of what it has no column for, nothing is known to be
//! absent.

use crate::table::{Field, Table};

/// How the names of roles begin that are each of a kind of their own.
const ADMIN: &str = "_admin_";
const PRODUCT_ADMIN: &str = "_product_admin_";
const DEVELOPER: &str = "_developer_";

/// The kinds that a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VisibleMemberships {
    /// User groups and product profiles: by their names alone nobody can tell one from the other.
    plain: bool,
    /// Administrators of groups and profiles, which look alike too.
    admins: bool,
    product_admins: bool,
    developers: bool,
    /// All other roles.
    roles: bool,
}

impl VisibleMemberships {
    /// Every kind.
    pub(crate) const ALL: VisibleMemberships = VisibleMemberships {
        plain: true,
        admins: true,
        product_admins: true,
        developers: true,
        roles: true,
    };

    /// What the columns of an exported list can show.
    pub(crate) fn of(table: &Table) -> Self {
        let has = |fields: &[Field]| {
            table.has(Field::Groups) || fields.iter().all(|field| table.has(*field))
        };
        Self {
            plain: has(&[Field::ProductConfigurations, Field::UserGroups]),
            admins: has(&[Field::ConfigurationsAdministered, Field::UserGroupsAdministered]),
            product_admins: has(&[Field::ProductsAdministered]),
            developers: has(&[Field::DeveloperAccess]),
            roles: has(&[Field::AdminRoles]),
        }
    }

    /// Would a membership of that name be there if somebody had it?
    pub(crate) fn shows(self, name: &str) -> bool {
        let name = name.trim().to_lowercase();
        let begins = |start: &str| name.starts_with(start);
        match () {
            () if !begins("_") => self.plain,
            () if begins(ADMIN) => self.admins,
            () if begins(PRODUCT_ADMIN) => self.product_admins,
            () if begins(DEVELOPER) => self.developers,
            () => self.roles,
        }
    }

    /// The same of all names that a pattern with `*` and `?` may mean; one that begins with neither
    /// `_` nor a wildcard means no role.
    pub(crate) fn shows_all_of(self, pattern: &str) -> bool {
        let pattern = pattern.trim().to_lowercase();
        if !pattern.starts_with('_') {
            return self.plain;
        }
        let start = &pattern[..pattern.find(['*', '?']).unwrap_or(pattern.len())];
        let kinds = [
            (ADMIN, self.admins),
            (PRODUCT_ADMIN, self.product_admins),
            (DEVELOPER, self.developers),
        ];
        if kinds.iter().any(|(kind, _)| start.starts_with(kind)) {
            return self.shows(start);
        }
        let is_exact = start.len() == pattern.len();
        self.roles
            && (is_exact || kinds.iter().all(|(kind, shown)| *shown || !kind.starts_with(start)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_without_a_column_is_not_shown() {
        let some =
            VisibleMemberships { developers: false, admins: false, ..VisibleMemberships::ALL };
        assert!(
            VisibleMemberships::ALL.shows_all_of("_*")
                && VisibleMemberships::ALL.shows("_Developer_X")
        );
        assert!(some.shows("Design") && some.shows("_org_admin") && some.shows("_product_admin_X"));
        assert!(!some.shows("_Developer_X") && !some.shows("_admin_X"));
        assert!(
            some.shows_all_of("*")
                && some.shows_all_of("_support_admin")
                && some.shows_all_of("_product_admin_*")
        );
        assert!(
            !some.shows_all_of("_*")
                && !some.shows_all_of("_dev*")
                && !some.shows_all_of("_admin_Design")
        );
    }
}
