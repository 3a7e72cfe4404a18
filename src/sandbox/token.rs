//! The token service. Its parameters are in the query, as in Adobe's documentation, or in a form.

use super::lock::lock;
use super::log::{Arrival, Received};
use super::organizations::Organizations;
use super::reply::{Reply, answer};
use super::state::ServerState;
use hyper::HeaderMap;
use serde_json::{Value, json};
use std::collections::HashMap;
use tokio::time::Instant;

/// Returns a token, or why there is none.
pub(super) fn grant(
    organizations: &Organizations,
    headers: &HeaderMap,
    mut parameters: HashMap<String, String>,
    form: &[u8],
) -> Reply {
    parameters.extend(form_urlencoded::parse(form).into_owned());
    let client = parameters.get("client_id").map(String::as_str).unwrap_or_default();
    let shared = organizations.of_client(client);
    let (status, body) = decide(shared, &parameters);
    shared.log.note(Received::new(Arrival::now(), ("token", status), headers, 0, None));
    answer(status, &body)
}

/// Returns the refusal of JWT credentials.
pub(super) fn retired(shared: &ServerState, headers: &HeaderMap) -> Reply {
    shared.log.note(Received::new(Arrival::now(), ("token", 400), headers, 0, None));
    let description = "JWT credentials are retired: use OAuth Server-to-Server (/ims/token/v3)";
    answer(400, &json!({ "error": "unauthorized_client", "error_description": description }))
}

fn decide(shared: &ServerState, parameters: &HashMap<String, String>) -> (u16, Value) {
    let text = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
    let (options, client) = (&shared.options, text("client_id"));
    if let Some(status) = shared.faults.take_token() {
        return (status, json!({ "error": "in trouble" }));
    }
    if options.clients().all(|known| known != client) {
        return (
            400,
            json!({ "error": "invalid_client", "error_description": "unknown client_id" }),
        );
    }
    if text("client_secret") != options.client_secret {
        return (
            401,
            json!({ "error": "invalid_client", "error_description": "invalid client_secret" }),
        );
    }
    if text("grant_type") != "client_credentials" {
        return (400, json!({ "error": "unsupported_grant_type" }));
    }
    let token = format!("token-{:032x}", fastrand::u128(..));
    lock(&shared.tokens)
        .insert(token.clone(), (client.to_owned(), Instant::now() + options.token_life));
    (
        200,
        json!({ "access_token": token, "token_type": "bearer", "expires_in":
            options.token_life.as_secs() }),
    )
}
