//! The members of one group, profile or role: short lists, for guards.

use super::client::Client;
use super::error::ApiError;
use super::listing::{ListPage, ListQuery, ListedUser, PageError};

/// A member of a group, with the names that the API gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GroupMember {
    /// Email address.
    pub email: String,
    /// User name.
    pub username: String,
    /// Domain.
    pub domain: String,
}

/// The most pages that are fetched, for a server that never marks the last page.
const MOST_PAGES: u32 = 10_000;

impl Client {
    /// Fetches all members of a user group, product profile or role, including those who are in it
    /// through another group.
    ///
    /// # Errors
    /// [`ApiError::NoSuchGroup`] if the API itself says so; otherwise when the server refuses, or
    /// does not respond.
    pub(crate) async fn members(&self, group: &str) -> Result<Vec<GroupMember>, ApiError> {
        let query = ListQuery::Members {
            group: group.to_owned(),
            domain: None,
            direct: false,
            active: None,
        };
        let mut all: Vec<GroupMember> = Vec::new();
        for number in 0..MOST_PAGES {
            let read = |page: &ListPage| {
                let users = page.users()?;
                let member = |user: &ListedUser<'_>| GroupMember {
                    email: user.email.trim().to_owned(),
                    username: user.username.trim().to_owned(),
                    domain: user.domain.trim().to_owned(),
                };
                Ok::<_, PageError>((
                    users.last_page,
                    users.users.iter().map(member).collect::<Vec<_>>(),
                ))
            };
            let ((last, members), page) = self.page_as(&query, number, read).await?;
            // Past the end, the server sends the last page again.
            let again = number > 0 && (members.is_empty() || all.ends_with(&members));
            if !again {
                all.extend(members);
            }
            if page.pages.map_or(last || again, |pages| number.saturating_add(1) >= pages) {
                return Ok(all);
            }
        }
        Err(ApiError::NoAnswer(format!(
            "the members of `{group}` are on more than {MOST_PAGES} pages"
        )))
    }
}
