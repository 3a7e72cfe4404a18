//! Decides what an HTTP response means for the call, and how long to wait before a retry. Pure.

use std::time::{Duration, SystemTime};

/// The consequence of the status of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponseClass {
    /// 2xx: read the body.
    Read,
    /// 429: wait, then repeat; no attempt is counted.
    Pause,
    /// 401: repeat once with a new token.
    FreshToken,
    /// 400: the request itself is refused.
    Refused,
    /// 403, 404 and the like: every repeat would be refused. Also a redirect: the API did not
    /// respond, and nothing was done.
    Denied,
    /// 5xx, 408 and every unexpected status: the request may have been carried out.
    Unclear,
}

/// Classifies an HTTP status.
pub fn classify(status: u16) -> ResponseClass {
    match status {
        200..=299 => ResponseClass::Read,
        429 => ResponseClass::Pause,
        401 => ResponseClass::FreshToken,
        400 => ResponseClass::Refused,
        408 | 500..=599 => ResponseClass::Unclear,
        // A server decides these before it does anything. Other codes are not the API's: 499, for
        // example, is sent by a proxy for a client that did not wait.
        300..=399 | 402..=407 | 409..=418 | 421..=424 | 426 | 428 | 431 | 451 => {
            ResponseClass::Denied
        }
        _ => ResponseClass::Unclear,
    }
}

/// Parses `Retry-After` in both its forms, seconds or an HTTP date (RFC 9110, 10.2.3). A date is
/// compared with the `Date` of the response, which is the server's clock, or else with `now`.
/// `None` if there is no valid header.
pub fn retry_after(header: Option<&str>, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let header = header?.trim();
    if let Ok(seconds) = header.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0)
            .then(|| Duration::from_secs_f64(seconds.min(1e9)));
    }
    let at = http_date(header)?;
    let now = date.and_then(http_date).unwrap_or(now);
    Some(at.duration_since(now).unwrap_or(Duration::ZERO))
}

/// Parses an HTTP date, for example `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn http_date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text.trim()).ok()
}

/// Returns the wait before attempt `attempt + 1`: doubled from `base` up to five minutes, and
/// shortened at random by up to a half (`random` in 0..1), so that clients do not return at the
/// same time.
pub fn backoff(attempt: u32, base: Duration, random: f64) -> Duration {
    const LONGEST: Duration = Duration::from_secs(300);
    let full = base.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST);
    full.mul_f64(1.0 - random.clamp(0.0, 1.0) / 2.0)
}

/// Returns the shortest pause after the `in_a_row`th consecutive 429, whatever the server asks for:
/// a second, doubled up to a minute. A shorter wait between retries (`retry_wait`) shortens it.
pub fn least_pause(in_a_row: u32, retry_wait: Duration) -> Duration {
    const FIRST: Duration = Duration::from_secs(1);
    FIRST.min(retry_wait).saturating_mul(1 << in_a_row.saturating_sub(1).min(6))
}

/// Whether a command failed for the server's own reasons, so that it is worth repeating: the
/// service, or one behind it, was too busy, did not finish in time, or broke off. The command may
/// have been carried out, or may be carried out later. Some of these codes say that it was not, but
/// Adobe does not document that.
pub fn retryable_code(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    let is_below = |family: &str| {
        code.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    matches!(&*code, "error.throttled_by_external_service" | "error.api.not_available")
        || is_below("error.internal")
        || is_below("error.external")
        || code.contains("timeout")
        || code.contains("timed_out")
}

/// Whether the code says that the requested state already exists.
pub fn is_already_done(code: &str) -> bool {
    matches!(
        code,
        "error.user.already_in_org"
            | "error.user.already_exists"
            | "error.usergroup.already_exists"
    )
}

/// Whether the code says that the members of a group did not change (Adobe's documentation,
/// ErrorRef).
pub fn unchanged_members(code: &str) -> bool {
    code == "error.usergroup.user_list.invalid"
}

/// Whether the code is about a group, a profile or its licences, and not about the user (Adobe's
/// documentation, ErrorRef).
pub fn about_a_group(code: &str) -> bool {
    !retryable_code(code)
        && ["group", "product", "plc.", "license", "licence"].iter().any(|word| code.contains(word))
}

/// Whether the code says that the organization has no such user (Adobe's documentation, ErrorRef).
/// A code about conflicting parameters or about several users proves nothing.
pub fn unknown_user(code: &str) -> bool {
    matches!(code, "error.user.nonexistent" | "error.user.not_found" | "error.user.not_in_org")
}

/// Whether the code says that a group or product profile does not exist (Adobe's documentation,
/// ErrorRef).
pub fn unknown_group(code: &str) -> bool {
    matches!(
        code,
        "error.group.not_found"
            | "error.usergroup.not_found"
            | "error.command.product.not_found"
            | "error.user.productadmin.group.not_found"
            | "plc.not_found"
    )
}

/// Whether the code says that a list in a command is longer than allowed.
pub fn list_too_long(code: &str) -> bool {
    code.contains("list_too_long")
}

/// Whether the code says that something else was changing the group. The first code was observed
/// for several deletions of groups in one request; that the service means commands about members
/// with it, too, is assumed.
pub fn conflict_in_group(code: &str) -> bool {
    code == "error.usergroup.update.failed"
        || code.contains("conflict")
        || code.contains("concurrent")
}

/// Whether the code says that the group takes no members by commands of its own: it is unknown, a
/// profile, read-only, or full (Adobe's documentation, ErrorRef).
pub fn group_takes_no_members(code: &str) -> bool {
    unknown_group(code)
        || code.starts_with("error.usergroup.readonly")
        || code == "error.usergroup.exceeds_maximum_member_count"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_one_outcome() {
        for status in 100..=599 {
            let expected = match status {
                200..=299 => ResponseClass::Read,
                400 => ResponseClass::Refused,
                401 => ResponseClass::FreshToken,
                429 => ResponseClass::Pause,
                300..=399 | 402..=407 | 409..=418 | 421..=424 | 426 | 428 | 431 | 451 => {
                    ResponseClass::Denied
                }
                _ => ResponseClass::Unclear,
            };
            assert_eq!(classify(status), expected, "{status}");
        }
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let later = "Sun, 06 Nov 1994 08:50:07 GMT";
        assert_eq!(retry_after(Some("17"), None, now), Some(Duration::from_secs(17)));
        assert_eq!(retry_after(Some(later), None, now), Some(Duration::from_secs(30)));
        // The local clock is an hour off, the server's is right.
        assert_eq!(
            retry_after(Some(later), Some(date), now + Duration::from_secs(3600)),
            Some(Duration::from_secs(30))
        );
        assert_eq!(retry_after(Some(date), Some(later), now), Some(Duration::ZERO));
        assert_eq!(retry_after(Some("soon"), None, now), None);
        assert_eq!(retry_after(None, None, now), None);
    }

    #[test]
    fn pauses_after_429_grow_from_one_second_to_about_a_minute() {
        let seconds = |in_a_row| least_pause(in_a_row, Duration::from_secs(2)).as_secs();
        assert_eq!([1, 2, 3, 7, 8, 1000].map(seconds), [1, 2, 4, 64, 64, 64]);
        assert_eq!(least_pause(1, Duration::from_millis(5)), Duration::from_millis(5));
    }

    #[test]
    fn transient_codes_are_retried_and_speak_of_no_group() {
        for code in [
            "error.internal",
            "error.internal.timeout",
            "error.external.add",
            "error.external",
            "error.usergroup.timeout",
            "error.throttled_by_external_service",
            "error.api.not_available",
        ] {
            assert!(retryable_code(code) && !about_a_group(code), "{code}");
        }
        for code in ["error.internally", "error.group.not_found", "error.user.external"] {
            assert!(!retryable_code(code), "{code}");
        }
    }

    #[test]
    fn waits_grow_and_never_go_over_five_minutes() {
        let base = Duration::from_secs(2);
        assert_eq!(backoff(1, base, 0.0), base);
        assert_eq!(backoff(4, base, 0.0), base * 8);
        assert_eq!(backoff(4, base, 1.0), base * 4);
        assert_eq!(backoff(60, base, 0.0), Duration::from_secs(300));
    }
}
