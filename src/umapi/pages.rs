//! Fetches pages of lists, and recognizes responses that are not pages.

use super::client::Client;
use super::denial::denied;
use super::error::ApiError;
use super::listing::{ListPage, ListQuery};
use super::rate::CallClass;
use memchr::memmem;
use reqwest::Url;
use std::fmt::Display;

impl Client {
    /// Fetches a page of a list and returns it with the result of `read`. Pages count from 0. If a
    /// response is not a page, or `read` refuses it, the page is requested again.
    ///
    /// # Errors
    /// [`ApiError::NoSuchGroup`] for the members of a group that does not exist; otherwise when the
    /// server refuses, or does not respond.
    pub(crate) async fn page_as<T, E: Display>(
        &self,
        query: &ListQuery,
        number: u32,
        read: impl Fn(&ListPage) -> Result<T, E>,
    ) -> Result<(T, ListPage), ApiError> {
        if let ListQuery::Members { group, .. } = query
            && [".", ".."].contains(&group.as_str())
        {
            // In a URL these are steps and not names: the request would be for all users.
            return Err(ApiError::NoSuchGroup(group.clone()));
        }
        let read = |page: &ListPage| read(page).map_err(|why| why.to_string());
        let mut call = self.read_call(query.class(), self.page_url(query, number));
        // The API refuses every call of a client that fetches the first page of a full list too
        // often (docs/lists.md).
        if number == 0 && !matches!(query, ListQuery::Members { .. }) {
            call = call.for_everybody();
        }
        loop {
            let response = match (call.response().await?, query) {
                (Ok(response), _) => response,
                (Err(response), ListQuery::Members { group, .. }) if response.status == 404 => {
                    // A wrong organization is a 404 as well, and so is a gateway's page: only a
                    // code of the API shows that the group does not exist.
                    return Err(match response.reason().0 {
                        code if code.contains("group") => ApiError::NoSuchGroup(group.clone()),
                        _ => denied(&response).into(),
                    });
                }
                (Err(response), _) => return Err(denied(&response).into()),
            };
            let kind = response.kind();
            let counts = response.counts;
            let mut page = ListPage {
                number,
                current: counts.current,
                pages: counts.pages,
                total: counts.total,
                body: response.body,
            };
            // The connection's own thread reads the page. That takes a few milliseconds, less than
            // it costs to hand the page to another thread.
            let mut understood =
                if is_page(&page) { read(&page) } else { Err(no_page(number, kind)) };
            if understood.is_err()
                && let Some(repaired) = page.repaired()
            {
                page = repaired;
                understood = read(&page);
            }
            match understood {
                Ok(done) => return Ok((done, page)),
                Err(cause) => call.unrecognized(cause).await?,
            }
        }
    }

    fn page_url(&self, query: &ListQuery, number: u32) -> Url {
        let (org, number) = (self.org_id(), number.to_string());
        let (mut url, domain, direct, active) = match query {
            ListQuery::Users { domain, direct } => {
                (self.url(&["users", org, &number]), domain.as_deref(), *direct, None)
            }
            ListQuery::Members { group, domain, direct, active } => {
                (self.url(&["users", org, &number, group]), domain.as_deref(), *direct, *active)
            }
            ListQuery::Groups => (self.url(&["groups", org, &number]), None, true, None),
        };
        if domain.is_some() || !direct || active.is_some() {
            let mut words = url.query_pairs_mut();
            if let Some(domain) = domain {
                words.append_pair("domain", domain);
            }
            if !direct {
                words.append_pair("directOnly", "false");
            }
            if let Some(active) = active {
                words.append_pair("status", if active { "active" } else { "inactive" });
            }
        }
        url
    }
}

impl ListQuery {
    /// Returns the class of calls whose limit its pages count against.
    pub fn class(&self) -> CallClass {
        match self {
            Self::Users { .. } | Self::Members { .. } => CallClass::Users,
            Self::Groups => CallClass::Groups,
        }
    }
}

/// Whether a response looks like a page. Login pages and error messages also come with status 200
/// and with the headers of a page. The parser checks the rest.
fn is_page(page: &ListPage) -> bool {
    let body = page.body.trim_ascii();
    let object = body.first() == Some(&b'{') && body.last() == Some(&b'}');
    object
        && ["\"lastPage\"", "\"users\"", "\"groups\""]
            .iter()
            .any(|key| memmem::find(body, key.as_bytes()).is_some())
}

/// Returns the message for a response that is not a page.
fn no_page(number: u32, kind: &str) -> String {
    let cause = if kind.contains("HTML") { " (from a proxy or a login page?)" } else { "" };
    format!("page {number}: expected a page of the list, got {kind}{cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> bool {
        is_page(&ListPage {
            number: 0,
            current: None,
            pages: Some(3),
            total: None,
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn what_stands_between_is_taken_for_no_page() {
        assert!(page("{\"lastPage\": true}\n") && page("{\"users\":[]}"));
        for other in [
            "",
            "{}",
            "<html></html>",
            "{\"result\":\"error.internal\"}",
            "{\"lastPage\":true,\"users\":[{",
            "[]",
        ] {
            assert!(!page(other), "{other}");
        }
    }
}
