//! Managed groups, whose members are to be exactly the users of the rows.

use wildmatch::WildMatch;

/// The managed groups (`--manage-groups`): names, and patterns with `*` and `?`. Letter case does
/// not matter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Managed(Vec<WildMatch>);

impl Managed {
    /// Builds the set from names and patterns.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Self {
        Self(
            patterns
                .iter()
                .map(|pattern| WildMatch::new(&pattern.as_ref().trim().to_lowercase()))
                .collect(),
        )
    }

    /// Whether the group is managed. A role is managed if a pattern names it with its underscore,
    /// except the role of system administrators.
    pub fn takes(&self, group: &str) -> bool {
        let group = group.to_lowercase();
        let is_role = group.starts_with('_');
        group != "_org_admin"
            && self.0.iter().any(|pattern| {
                (!is_role || pattern.pattern().starts_with('_')) && pattern.matches(&group)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_groups_and_roles_only_where_they_say_so() {
        let managed = Managed::new(&["Team *", " design ", "_admin_*"]);
        for group in ["team a", "Team ", "Design", "_admin_X"] {
            assert!(managed.takes(group), "{group}");
        }
        for group in ["Team", "Designers", "_developer_X", "_org_admin"] {
            assert!(!managed.takes(group), "{group}");
        }
        let all = Managed::new(&["*"]);
        assert!(all.takes("Design") && !all.takes("_admin_X"));
        let roles = Managed::new(&["_*"]);
        assert!(roles.takes("_admin_X") && !roles.takes("_org_admin") && !roles.takes("Design"));
        assert!(!Managed::default().takes("Design"));
    }
}
