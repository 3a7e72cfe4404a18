//! The control calls for people and scripts, outside the API: the state, the log, the limits and
//! the faults of a running sandbox.
//!
//! | call | what it does |
//! |---|---|
//! | `GET /sandbox/state` | the state, JSON Lines |
//! | `PUT /sandbox/state` | this state instead |
//! | `POST /sandbox/reset` | the state as it was at the start, and an empty log |
//! | `GET /sandbox/log` | the calls so far, JSON Lines |
//! | `GET`, `PUT /sandbox/limits` | `{"action": {"requests": 10, "milliseconds": 60000}, …}`; what is not named has no limit |
//! | `GET`, `PUT /sandbox/faults` | `{"429": 0.1, "cut-after": 0.02}`; what is not named does not happen |
//!
//! `?org=ID` names one of several organizations; without it, the first is meant.
//!
//! Each needs the sandbox's control token, which stands in its env file. Requests under another
//! `Host` and requests with an `Origin` are refused: they come from a web page that a browser on
//! this computer shows.

use super::directory::Directory;
use super::faults::{FaultError, Mix};
use super::lock::lock;
use super::organizations::Organizations;
use super::reply::{Reply, answer, lines, not_allowed, not_found, read_body};
use super::state::ServerState;
use hyper::Method;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, ORIGIN};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use serde_json::{Value, json};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

/// The most bytes of a state. That of two million users is smaller.
const LONGEST_STATE: usize = 512 << 20;
/// The most bytes of limits or faults.
const LONGEST_SETTING: usize = 64 << 10;

/// Carries out a control call, or returns why it is refused.
pub(super) async fn respond(
    organizations: &Organizations,
    head: &Parts,
    what: &str,
    body: Incoming,
) -> Reply {
    if let Err((status, reason)) = permit(head, &organizations.control_token) {
        return failed(status, reason);
    }
    let Some(shared) = meant(organizations, head) else {
        return failed(404, "the sandbox has no organization with this id");
    };
    let most = if what == "state" { LONGEST_STATE } else { LONGEST_SETTING };
    let body = match read_body(&head.headers, body, most).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    match (what, &head.method) {
        ("state", &Method::GET) => state(shared),
        ("state", &Method::PUT) => done(set_state(shared, &body)),
        ("reset", &Method::POST) => done(reset(shared)),
        ("log", &Method::GET) => log(shared),
        ("limits", &Method::GET) => limits(shared),
        ("limits", &Method::PUT) => done(set_limits(shared, &body)),
        ("faults", &Method::GET) => answer(200, &shared.faults.mix().json()),
        ("faults", &Method::PUT) => done(set_faults(shared, &body)),
        ("state" | "limits" | "faults", _) => not_allowed("GET, PUT"),
        ("log", _) => not_allowed("GET"),
        ("reset", _) => not_allowed("POST"),
        _ => not_found(),
    }
}

/// Returns the organization that a call names.
fn meant<'o>(organizations: &'o Organizations, head: &Parts) -> Option<&'o Arc<ServerState>> {
    let query = head.uri.query().unwrap_or_default();
    match form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "org") {
        Some((_, id)) => organizations.with_id(&id),
        None => Some(organizations.first()),
    }
}

/// Checks the caller: a program on this computer that knows the token, and not a web page.
fn permit(head: &Parts, token: &str) -> Result<(), (u16, &'static str)> {
    let own = |authority: &Authority| is_loopback(authority.host());
    let mut hosts = head.headers.get_all(HOST).iter();
    let host = hosts.next().and_then(|host| Authority::try_from(host.as_bytes()).ok()).filter(own);
    let has_userinfo = host.as_ref().is_some_and(|host| host.as_str().contains('@'));
    if host.is_none()
        || has_userinfo
        || hosts.next().is_some()
        || !head.uri.authority().is_none_or(own)
    {
        return Err((
            403,
            "the request needs one Host header with a name of this computer: 127.0.0.1, ::1 or \
             localhost",
        ));
    }
    if head.headers.contains_key(ORIGIN) {
        return Err((403, "web pages may not control the sandbox"));
    }
    if bearer(&head.headers) != Some(token) {
        return Err((
            401,
            "send the header `Authorization: Bearer TOKEN`; the token is UMBULK_SANDBOX_TOKEN in \
             the file of credentials that the sandbox has written",
        ));
    }
    Ok(())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn failed(status: u16, reason: &str) -> Reply {
    answer(status, &json!({ "result": "error", "message": reason }))
}

/// Why a control call is refused.
#[derive(Debug, thiserror::Error)]
enum OrderError {
    #[error("{0}")]
    State(#[from] io::Error),
    #[error(r#"limits are JSON like {{"action": {{"requests": 10, "milliseconds": 60000}}}}, for action, users, groups, global and page0"#)]
    Limits,
    #[error(r#"troubles are JSON like {{"429": 0.1, "cut-after": 0.02}}"#)]
    FaultsForm,
    #[error("{0}")]
    Faults(#[from] FaultError),
}

/// Returns the response to a control call.
fn done(outcome: Result<(), OrderError>) -> Reply {
    match outcome {
        Ok(()) => answer(200, &json!({ "result": "success" })),
        Err(error) => failed(400, &error.to_string()),
    }
}

fn state(shared: &ServerState) -> Reply {
    let mut bytes = Vec::new();
    match lock(&shared.directory).dump(&mut bytes) {
        Ok(()) => lines(bytes),
        Err(error) => failed(500, &error.to_string()),
    }
}

fn set_state(shared: &ServerState, body: &[u8]) -> Result<(), OrderError> {
    let mut directory = Directory::default();
    directory.load(body)?;
    let mut now = lock(&shared.directory);
    directory.shadows = now.shadows;
    *now = directory;
    Ok(())
}

fn reset(shared: &ServerState) -> Result<(), OrderError> {
    let directory = (shared.origin)()?;
    *lock(&shared.directory) = directory;
    shared.log.clear();
    shared.late.forget();
    Ok(())
}

fn log(shared: &ServerState) -> Reply {
    let mut bytes = Vec::new();
    for received in shared.log.all() {
        if serde_json::to_writer(&mut bytes, &received).is_ok() {
            bytes.push(b'\n');
        }
    }
    lines(bytes)
}

fn limits(shared: &ServerState) -> Reply {
    match serde_json::to_value(lock(&shared.throttle).limits()) {
        Ok(limits) => answer(200, &limits),
        Err(error) => failed(500, &error.to_string()),
    }
}

fn set_limits(shared: &ServerState, body: &[u8]) -> Result<(), OrderError> {
    let limits = serde_json::from_slice(body).map_err(|_| OrderError::Limits)?;
    lock(&shared.throttle).set(limits);
    Ok(())
}

fn set_faults(shared: &ServerState, body: &[u8]) -> Result<(), OrderError> {
    let json: Value = serde_json::from_slice(body).map_err(|_| OrderError::FaultsForm)?;
    shared.faults.set_mix(Mix::parse(&json)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_computer_are_its_own() {
        for (host, own) in [
            ("127.0.0.1", true),
            ("127.5.5.5", true),
            ("[::1]", true),
            ("LocalHost", true),
            ("example.com", false),
            ("127.0.0.1.example.com", false),
            ("localhost.example.com", false),
            ("0.0.0.0", false),
            ("192.0.2.1", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), own, "{host}");
        }
    }
}
