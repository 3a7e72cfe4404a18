//! Decides what to do about a response that refuses a call as a whole.

use super::error::ActError;
use super::response::RawResponse;
use crate::visible::visible;

/// Returns the error for a response that refuses the call, with the next step for the user.
pub(super) fn denied(response: &RawResponse) -> ActError {
    let (code, message) = response.reason();
    let next = next_step(response.status, &code, &message);
    ActError::Denied {
        status: response.status,
        code,
        message: if message.is_empty() {
            next.to_owned()
        } else {
            format!("{} ({next})", visible(&message))
        },
    }
}

/// Returns the next step for a response with this status, code and message.
fn next_step(status: u16, code: &str, message: &str) -> &'static str {
    let words = message.to_lowercase();
    match status {
        401 => {
            "the token is refused: check the credentials' scopes and expiry in the Adobe \
             Developer Console, and the clock of this computer"
        }
        _ if code.contains("migrating") => "the organization is being migrated: try again later",
        403 | 404 if code.contains("organization.invalid_id") => {
            "these credentials belong to another organization: copy the organization id of their \
             project (…@AdobeOrg) from the Adobe Developer Console into UMAPI_ORG_ID"
        }
        403 if words.contains("api key") || words.contains("api_key") => {
            "the User Management API is not added to the project of these credentials: add it in \
             the Adobe Developer Console, or check UMAPI_CLIENT_ID"
        }
        403 if ["profile", "role", "entitle", "permission"]
            .iter()
            .any(|word| words.contains(word)) =>
        {
            "the technical account of these credentials may not do that: a system administrator \
             must add the User Management API to their project, or give the account its product \
             role, in the Adobe Developer Console"
        }
        403 => {
            "check UMAPI_ORG_ID, and check that the User Management API is added to the project \
             of these credentials"
        }
        300..=399 => "a redirect, which is not followed; nothing was done. Check UMAPI_URL",
        404 => "check UMAPI_ORG_ID and UMAPI_URL",
        400..=499 => "the server rejects the request",
        _ => "check the credentials and the organization",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_is_told_by_what_is_wrong() {
        for (status, code, message, next) in [
            (403, "error.organization.invalid_id", "Bad organization Id", "another organization"),
            (404, "error.organization.invalid_id", "", "another organization"),
            (403, "403003", "Api Key is invalid", "is not added to the project"),
            (403, "403025", "Profile is not valid", "its product role"),
            (403, "403027", "The user is not entitled", "its product role"),
            (403, "error.organization.migrating", "", "being migrated"),
            (403, "http.403", "an HTML page", "check UMAPI_ORG_ID, and check"),
            (401, "401013", "Oauth token is not valid", "the clock of this computer"),
            (404, "http.404", "", "check UMAPI_ORG_ID and UMAPI_URL"),
        ] {
            assert!(next_step(status, code, message).contains(next), "{status} {code} {message}");
        }
    }
}
