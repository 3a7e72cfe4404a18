//! The account that a token belongs to.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The claims of an Adobe token. Its signature is not checked: the token comes from the service
/// itself.
#[derive(Deserialize)]
struct JwtClaims {
    user_id: Option<String>,
    aa_id: Option<String>,
}

/// Returns the id of the account of a token; `None` where the token does not have it.
pub(super) fn token_subject(token: &str) -> Option<String> {
    let payload = token.split('.').nth(1)?;
    let claims: JwtClaims =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?)
            .ok()?;
    claims.user_id.or(claims.aa_id).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_whose_it_is_or_nothing() {
        let token = |payload: &str| {
            format!("eyJhbGciOiJub25lIn0.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(payload))
        };
        assert_eq!(
            token_subject(&token(r#"{"user_id":"0A1B@techacct.adobe.com","as":"ims-na1"}"#))
                .as_deref(),
            Some("0A1B@techacct.adobe.com")
        );
        assert_eq!(
            token_subject(&token(r#"{"aa_id":"0A1B@AdobeID"}"#)).as_deref(),
            Some("0A1B@AdobeID")
        );
        for other in [&token("{}"), &token("no json"), "opaque", "a.b.c", "a.%%%.c", ""] {
            assert_eq!(token_subject(other), None, "{other}");
        }
    }
}
