//! Pages of lists: where each stands, and what came when it was asked for.

use super::client::Client;
use super::error::ApiError;
use super::listing::{Page, Query};
use super::rate::Class;
use memchr::memmem;
use reqwest::Url;

impl Client {
    /// A page of a list, from 0, and what `read` makes of it. What is no page, or cannot be read, is asked for again, as an answer that never came.
    ///
    /// # Errors
    /// [`ApiError::NoSuchGroup`] for the members of a group that is not there; else when the server refuses, or does not answer.
    pub async fn page_as<T>(&self, query: &Query, number: u32, read: impl Fn(&Page) -> Result<T, String>) -> Result<(T, Page), ApiError> {
        if let Query::Members { group, .. } = query
            && [".", ".."].contains(&group.as_str())
        {
            // In an address these are no names but steps: what would be asked for is everybody.
            return Err(ApiError::NoSuchGroup(group.clone()));
        }
        let mut asking = self.ask(query.class(), self.page_url(query, number));
        // Who asks too often for the first page of a full list is shut out from everything (seen in the field).
        if number == 0 && !matches!(query, Query::Members { .. }) {
            asking = asking.for_everybody();
        }
        loop {
            let heard = match (asking.answer().await?, query) {
                (Ok(heard), _) => heard,
                (Err(denied), Query::Members { group, .. }) if denied.status == 404 => {
                    // A wrong organization is a 404 as well, and so is a gateway's page: only the API's own word counts.
                    return Err(match denied.reason().0 {
                        code if code.contains("group") => ApiError::NoSuchGroup(group.clone()),
                        _ => self.denied(&denied).into(),
                    });
                }
                (Err(denied), _) => return Err(self.denied(&denied).into()),
            };
            let kind = heard.kind();
            let counts = heard.counts;
            let mut page = Page { number, current: counts.current, pages: counts.pages, total: counts.total, body: heard.body };
            // Read where it came in, by the thread of the connections: a page is a few milliseconds' work, and handing it to another thread costs more than
            // it gains. What comes meanwhile waits with the system.
            let mut understood = if is_page(&page) { read(&page) } else { Err(format!("{kind} instead of a page")) };
            if understood.is_err()
                && let Some(mended) = page.mended()
            {
                page = mended;
                understood = read(&page);
            }
            match understood {
                Ok(done) => return Ok((done, page)),
                Err(cause) => asking.not_understood(format!("page {number}: {cause}")).await?,
            }
        }
    }

    fn page_url(&self, query: &Query, number: u32) -> Url {
        let (org, number) = (self.org_id(), number.to_string());
        let (mut url, domain, direct, active) = match query {
            Query::Users { domain, direct } => (self.url(&["users", org, &number]), domain.as_deref(), *direct, None),
            Query::Members { group, domain, direct, active } => {
                (self.url(&["users", org, &number, group]), domain.as_deref(), *direct, *active)
            }
            Query::Groups => (self.url(&["groups", org, &number]), None, true, None),
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

impl Query {
    /// Whose limit its pages count against.
    pub fn class(&self) -> Class {
        match self {
            Self::Users { .. } | Self::Members { .. } => Class::Users,
            Self::Groups => Class::Groups,
        }
    }
}

/// Does it look like a page at all? Login pages and error messages come with status 200, too, and with the headers of a page. Whoever reads it notices the rest.
fn is_page(page: &Page) -> bool {
    let body = page.body.trim_ascii();
    let object = body.first() == Some(&b'{') && body.last() == Some(&b'}');
    object && ["\"lastPage\"", "\"users\"", "\"groups\""].iter().any(|key| memmem::find(body, key.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> bool {
        is_page(&Page { number: 0, current: None, pages: Some(3), total: None, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn what_stands_between_is_taken_for_no_page() {
        assert!(page("{\"lastPage\": true}\n") && page("{\"users\":[]}"));
        for other in ["", "{}", "<html></html>", "{\"result\":\"error.internal\"}", "{\"lastPage\":true,\"users\":[{", "[]"] {
            assert!(!page(other), "{other}");
        }
    }
}
