//! For people and scripts outside the API: the state, the log, the limits and the troubles of a running sandbox.
//!
//! | call | what it does |
//! |---|---|
//! | `GET /sandbox/state` | the state, JSON Lines |
//! | `PUT /sandbox/state` | this state instead |
//! | `POST /sandbox/reset` | the state as it was at the start, and an empty log |
//! | `GET /sandbox/log` | the calls so far, JSON Lines |
//! | `GET`, `PUT /sandbox/limits` | `{"action": {"requests": 10, "milliseconds": 60000}, …}`; what is not named has no limit |
//! | `GET`, `PUT /sandbox/faults` | `{"429": 0.1, "cut-after": 0.02}`; what is not named does not happen |

use super::api::answer;
use super::directory::Directory;
use super::faults::Mix;
use super::server::{Shared, lock};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::sync::Arc;

type App = State<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/sandbox/state", get(state).put(set_state).layer(DefaultBodyLimit::disable()))
        .route("/sandbox/reset", post(reset))
        .route("/sandbox/log", get(log))
        .route("/sandbox/limits", get(limits).put(set_limits))
        .route("/sandbox/faults", get(faults).put(set_faults))
}

fn lines(bytes: Vec<u8>) -> Response {
    ([("content-type", "application/jsonl")], bytes).into_response()
}

/// What came of an order.
fn done(outcome: Result<(), String>) -> Response {
    match outcome {
        Ok(()) => answer(200, &json!({ "result": "success" })),
        Err(error) => answer(400, &json!({ "result": "error", "message": error })),
    }
}

async fn state(State(shared): App) -> Response {
    let mut bytes = Vec::new();
    match lock(&shared.directory).dump(&mut bytes) {
        Ok(()) => lines(bytes),
        Err(error) => done(Err(error.to_string())),
    }
}

async fn set_state(State(shared): App, body: Bytes) -> Response {
    let mut directory = Directory::default();
    let loaded = directory.load(&body[..]).map_err(|error| error.to_string());
    done(loaded.map(|()| *lock(&shared.directory) = directory))
}

async fn reset(State(shared): App) -> Response {
    done((shared.origin)().map_err(|error| error.to_string()).map(|directory| {
        *lock(&shared.directory) = directory;
        shared.log.clear();
        shared.forget_late();
    }))
}

async fn log(State(shared): App) -> Response {
    let mut bytes = Vec::new();
    for received in shared.log.all() {
        if serde_json::to_writer(&mut bytes, &received).is_ok() {
            bytes.push(b'\n');
        }
    }
    lines(bytes)
}

async fn limits(State(shared): App) -> Response {
    match serde_json::to_value(lock(&shared.throttle).limits()) {
        Ok(limits) => answer(200, &limits),
        Err(error) => done(Err(error.to_string())),
    }
}

async fn set_limits(State(shared): App, body: Bytes) -> Response {
    done(serde_json::from_slice(&body).map(|limits| lock(&shared.throttle).set(limits)).map_err(|error| error.to_string()))
}

async fn faults(State(shared): App) -> Response {
    answer(200, &shared.faults.mix().json())
}

async fn set_faults(State(shared): App, body: Bytes) -> Response {
    let mix = serde_json::from_slice::<Value>(&body).map_err(|error| error.to_string()).and_then(|json| Mix::parse(&json));
    done(mix.map(|mix| shared.faults.set_mix(mix)))
}
