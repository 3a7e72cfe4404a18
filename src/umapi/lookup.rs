//! Questions about one user or one group.

use super::client::Client;
use super::denial::denied;
use super::error::ApiError;
use super::rate::CallClass;
use super::user::ApiUser;
use serde::Deserialize;
use serde::de::IgnoredAny;

impl Client {
    /// Returns the user with that name; `None` if the API itself says that there is none (404
    /// `error.user.…`).
    ///
    /// # Errors
    /// When the server refuses, does not respond, or responds with neither. An error proves nothing
    /// about the user.
    pub(crate) async fn user(
        &self,
        user: &str,
        domain: Option<&str>,
    ) -> Result<Option<ApiUser>, ApiError> {
        #[derive(Deserialize)]
        struct Page {
            user: Option<ApiUser>,
        }
        let mut url = self.url(&["organizations", self.org_id(), "users", user]);
        if let Some(domain) = domain {
            url.query_pairs_mut().append_pair("domain", domain);
        }
        match self.read(CallClass::Users, url).await? {
            Ok(Page { user: Some(found) }) if found.answers_to(user) => Ok(Some(found)),
            Ok(Page { user: Some(_) }) => {
                Err(ApiError::NoAnswer(format!("the response is about a user other than `{user}`")))
            }
            Ok(Page { user: None }) => {
                Err(ApiError::NoAnswer(format!("HTTP 200 that does not mention `{user}`")))
            }
            Err(response) if response.says_absent("error.user.") => Ok(None),
            Err(response) => Err(denied(&response).into()),
        }
    }

    /// Returns whether there is a group with that name. The API itself must say so: with a page of
    /// members, or with 404 `error.group.…`.
    ///
    /// # Errors
    /// When the server refuses, does not respond, or responds with neither.
    pub(crate) async fn group_exists(&self, name: &str) -> Result<bool, ApiError> {
        #[derive(Deserialize)]
        struct Page {
            users: Option<Vec<IgnoredAny>>,
        }
        let url = self.url(&["users", self.org_id(), "0", name]);
        match self.read(CallClass::Users, url).await? {
            Ok(Page { users: Some(_) }) => Ok(true),
            Ok(Page { users: None }) => Err(ApiError::NoAnswer(format!(
                "HTTP 200 that is not a page of the members of `{name}`"
            ))),
            Err(response)
                if response.says_absent("error.group.")
                    || response.says_absent("error.usergroup.") =>
            {
                Ok(false)
            }
            Err(response) => Err(denied(&response).into()),
        }
    }
}
