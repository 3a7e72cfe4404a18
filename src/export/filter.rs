//! The filter for users and groups that the server does not filter itself.

use crate::umapi::{ListedGroup, ListedUser};

/// What the list contains. An empty field does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportFilter {
    /// Users of this domain.
    pub domain: Option<String>,
    /// Members of at least one of these groups.
    pub groups: Vec<String>,
    /// Users with one of these statuses.
    pub statuses: Vec<StatusFilter>,
    /// Users or groups of one of these types, in the API's words.
    pub types: Vec<String>,
    /// Nothing: the list is only fetched for the store.
    pub nobody: bool,
}

/// A status to filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusFilter {
    /// `active`
    Active,
    /// Any status but `active`.
    Inactive,
    /// `disabled`
    Disabled,
    /// `locked`
    Locked,
    /// `removed`
    Removed,
}

impl StatusFilter {
    fn is(self, status: &str) -> bool {
        let is = |word: &str| status.eq_ignore_ascii_case(word);
        match self {
            Self::Active => is("active"),
            Self::Inactive => !is("active"),
            Self::Disabled => is("disabled"),
            Self::Locked => is("locked"),
            Self::Removed => is("removed"),
        }
    }
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || a.to_lowercase() == b.to_lowercase()
}

impl ExportFilter {
    /// Whether the list contains this user.
    pub fn takes_user(&self, user: &ListedUser<'_>) -> bool {
        let domain = |domain: &String| {
            same(&user.domain, domain) || user.domain.is_empty() && has_domain(&user.email, domain)
        };
        !self.nobody
            && self.types_take(&user.identity)
            && self.domain.as_ref().is_none_or(domain)
            && (self.statuses.is_empty()
                || self.statuses.iter().any(|status| status.is(&user.status)))
            && (self.groups.is_empty()
                || user
                    .groups
                    .iter()
                    .any(|group| self.groups.iter().any(|wanted| same(group, wanted))))
    }

    /// Whether the list contains this group.
    pub fn takes_group(&self, group: &ListedGroup<'_>) -> bool {
        !self.nobody && self.types_take(&group.kind)
    }

    fn types_take(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|wanted| wanted.eq_ignore_ascii_case(kind))
    }
}

fn has_domain(email: &str, domain: &str) -> bool {
    email.rsplit_once('@').is_some_and(|(_, own)| same(own, domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_must_agree() {
        let user = ListedUser {
            identity: "federatedID".into(),
            email: "ann@example.com".into(),
            status: "disabled".into(),
            groups: vec!["Größe".into()],
            ..ListedUser::default()
        };
        let yes = ExportFilter {
            nobody: false,
            domain: Some("EXAMPLE.com".to_owned()),
            groups: vec!["other".to_owned(), "GRÖSSE".to_owned(), "GRÖßE".to_owned()],
            statuses: vec![StatusFilter::Inactive],
            types: vec!["federatedID".to_owned()],
        };
        assert!(ExportFilter::default().takes_user(&user) && yes.takes_user(&user));
        assert!(
            !ExportFilter { domain: Some("example.org".to_owned()), ..yes.clone() }
                .takes_user(&user)
        );
        assert!(
            !ExportFilter { groups: vec!["other".to_owned()], ..yes.clone() }.takes_user(&user)
        );
        assert!(
            !ExportFilter {
                statuses: vec![StatusFilter::Active, StatusFilter::Locked],
                ..yes.clone()
            }
            .takes_user(&user)
        );
        assert!(!ExportFilter { types: vec!["adobeID".to_owned()], ..yes }.takes_user(&user));
    }
}
