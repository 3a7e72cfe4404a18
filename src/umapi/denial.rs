//! Decides what to do about a response that refuses a call as a whole.

use super::error::ActError;
use super::response::RawResponse;
use crate::visible::visible;

/// Returns the error for a response that refuses the call, with the next step for the user.
pub(super) fn denied(response: &RawResponse) -> ActError {
    let (code, message) = response.reason();
    let next = match response.status {
        401 => {
            "the token is refused: check the credentials' scopes and expiry in the Adobe \
             Developer Console"
        }
        403 if code.contains("migrating") => "the organization is being migrated: try again later",
        403 => {
            "check UMAPI_ORG_ID, and check that the User Management API is added to the project \
             of these credentials"
        }
        300..=399 => "a redirect, which is not followed; nothing was done. Check UMAPI_URL",
        404 => "check UMAPI_ORG_ID and UMAPI_URL",
        400..=499 => "the server rejects the request",
        _ => "check the credentials and the organization",
    };
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
