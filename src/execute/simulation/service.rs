//! The service of a history: an organization in memory, whose requests are disturbed by the script.

use super::computers::SimulatedStore;
use super::script::{Effect, Event, Script};
use crate::clock::{self, simulated};
use crate::sandbox::InMemory;
use crate::umapi::{OutgoingRequest, PendingResponse, SentAt, Transport, TransportError};
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// The organization, and the disturbances of requests.
pub(super) struct Service {
    pub(super) organization: InMemory,
    script: Script,
    store: Option<SimulatedStore>,
    actions: AtomicU32,
    reads: AtomicU32,
    /// The number of consecutive disturbances of each question.
    troubles: Mutex<HashMap<String, u32>>,
    /// The text of the action at which the client panics.
    panic_at: Mutex<Option<String>>,
    /// The requests with their times, one line each.
    trace: Mutex<Vec<String>>,
}

/// A client's connection to the service.
pub(super) struct ResponsePath {
    service: Arc<Service>,
    /// The longest wait for a response.
    timeout: Duration,
}

/// The most consecutive disturbances of one question: fewer than the client's attempts.
const MOST_TROUBLES: u32 = 5;
/// The time from a request to its effect.
const LATENCY: Duration = Duration::from_millis(300);

impl Service {
    /// Creates a service for an organization, with the disturbances of a script, also of the store.
    pub(super) fn new(
        organization: InMemory,
        script: Script,
        store: Option<SimulatedStore>,
    ) -> Arc<Self> {
        Arc::new(Self {
            organization,
            script,
            store,
            actions: AtomicU32::new(0),
            reads: AtomicU32::new(0),
            troubles: Mutex::default(),
            panic_at: Mutex::default(),
            trace: Mutex::default(),
        })
    }

    /// Makes the client panic once, when it sends an action with this text.
    pub(super) fn panic_once_at(&self, text: &str) {
        *self.panic_at.lock().unwrap() = Some(text.to_owned());
    }

    fn takes_panic(&self, request: &ServiceRequest) -> bool {
        let is_meant = |text: &mut String| String::from_utf8_lossy(&request.body).contains(&**text);
        request.url.path().contains("/action/")
            && self.panic_at.lock().unwrap().take_if(is_meant).is_some()
    }

    /// Returns a connection on which a client waits at most `timeout` for a response.
    pub(super) fn way(self: &Arc<Self>, timeout: Duration) -> ResponsePath {
        ResponsePath { service: Arc::clone(self), timeout }
    }

    /// Returns the requests with their times.
    pub(super) fn trace(&self) -> Vec<String> {
        self.trace.lock().unwrap().clone()
    }

    /// Adds a line with the current time to the trace.
    pub(super) fn note(&self, what: &str) {
        self.trace.lock().unwrap().push(format!("{} {what}", clock::now()));
    }

    /// Returns what the script says about a request.
    fn event(&self, request: &ServiceRequest) -> Option<Event> {
        self.note(&format!("{} {}", request.url, String::from_utf8_lossy(&request.body)));
        let event = match (&*request.method, request.url.path().contains("/action/")) {
            ("POST", true) => {
                let number = self.actions.fetch_add(1, Ordering::Relaxed);
                if let Some(seconds) = self.script.clock_jumps.get(&number) {
                    simulated::set_by(1000 * i64::from(*seconds));
                }
                if let (Some(store), Some(seconds)) =
                    (&self.store, self.script.silences.get(&number))
                {
                    self.note(&format!("the store falls silent for {seconds} s"));
                    store.fall_silent(*seconds);
                }
                self.script.actions.get(&number)
            }
            ("GET", _) => self.read_event(request),
            _ => None,
        };
        event.copied()
    }

    /// Returns what the script says about a read. A repeated question is answered before the client
    /// gives up: otherwise the result of a row could not be found out.
    fn read_event(&self, request: &ServiceRequest) -> Option<&Event> {
        let event = self.script.reads.get(&self.reads.fetch_add(1, Ordering::Relaxed));
        let mut troubles = self.troubles.lock().unwrap();
        let in_a_row = troubles.entry(request.url.to_string()).or_default();
        *in_a_row = if event.is_some() && *in_a_row < MOST_TROUBLES { *in_a_row + 1 } else { 0 };
        event.filter(|_| *in_a_row > 0)
    }

    /// Answers a request; `None`: the connection is cut.
    async fn answer(&self, request: &ServiceRequest, event: Option<Event>) -> Option<Response> {
        let Some(event) = event else { return self.carry_out(request).await };
        let is_done = match event {
            Event::Gateway { is_done, .. }
            | Event::Cut { is_done }
            | Event::Silence { is_done } => is_done,
            Event::Unrecognized | Event::Empty => true,
            _ => false,
        };
        if is_done {
            self.carry_out(request).await;
        }
        match event {
            Event::TooMany(after) => Some(
                Response::json(
                    429,
                    &json!({ "error_code": "429050", "message": "Too many requests" }),
                )
                .after(after),
            ),
            Event::Unavailable(after) => Some(Response::gateway(503).after(after)),
            Event::Gateway { status, .. } => Some(Response::gateway(status)),
            Event::Cut { .. } => None,
            Event::Late { status, .. } => Some(Response::gateway(status)).filter(|_| status > 0),
            Event::Silence { .. } => std::future::pending().await,
            Event::Unrecognized => Some(Response {
                status: 200,
                after: None,
                request_id: None,
                body: Bytes::from_static(b"\x01\x7f}}{noise"),
            }),
            Event::Empty => Some(Response::json(200, &json!({}))),
            Event::Token => Some(Response::json(
                401,
                &json!({ "error_code": "401013", "message": "Oauth token is not valid" }),
            )),
            Event::Transient { place, code, effect } => {
                self.transient(request, place, code, effect).await
            }
        }
    }

    /// Passes a request to the organization.
    async fn carry_out(&self, request: &ServiceRequest) -> Option<Response> {
        let mut incoming =
            hyper::Request::builder().method(&*request.method).uri(request.url.as_str());
        for (name, value) in &request.headers {
            incoming = incoming.header(name.as_str(), value);
        }
        let response = self.organization.respond(incoming.body(request.body.clone()).ok()?).await?;
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(ToOwned::to_owned)
        };
        let after = header("retry-after").and_then(|after| after.parse().ok());
        let request_id = header("x-request-id");
        Some(Response {
            status: response.status().as_u16(),
            after,
            request_id,
            body: response.into_body(),
        })
    }

    /// Carries out all commands except one, or including that one, and reports an internal error
    /// for it.
    async fn transient(
        &self,
        request: &ServiceRequest,
        place: usize,
        code: &str,
        effect: Effect,
    ) -> Option<Response> {
        let is_done = effect == Effect::Before;
        let mut commands: Vec<Value> = serde_json::from_slice(&request.body).ok()?;
        let place = place % commands.len();
        let whole = commands.len();
        if !is_done {
            commands.remove(place);
        }
        let mut answer = json!({ "completed": 0, "notCompleted": 0, "completedInTestMode": 0 });
        if !commands.is_empty() {
            let part = ServiceRequest {
                body: serde_json::to_vec(&commands).ok()?.into(),
                ..request.clone()
            };
            let response = self.carry_out(&part).await?;
            if response.status != 200 {
                return Some(response);
            }
            answer = serde_json::from_slice(&response.body).ok()?;
        }
        let mut errors: Vec<Value> = answer["errors"].as_array().cloned().unwrap_or_default();
        let of_place =
            |error: &Value| error["index"].as_u64().and_then(|index| usize::try_from(index).ok());
        let mut completed = answer["completed"].as_u64().unwrap_or(0);
        if is_done {
            // If the command failed by itself, that error is reported.
            if errors.iter().any(|error| of_place(error) == Some(place)) {
                return Some(Response::json(200, &answer).of(request));
            }
            completed -= 1;
        } else {
            for error in &mut errors {
                if let Some(index) = of_place(error).filter(|index| *index >= place) {
                    error["index"] = json!(index + 1);
                }
            }
        }
        let message = "something inside has failed";
        errors.push(json!({ "index": place, "step": 0, "errorCode": code, "message": message }));
        let result = if completed == 0 { "error" } else { "partial" };
        let answer = json!({
            "completed": completed, "notCompleted": whole as u64 - completed,
                "completedInTestMode": 0, "errors": errors, "result": result
        });
        Some(Response::json(200, &answer).of(request))
    }
}

#[derive(Clone)]
struct ServiceRequest {
    method: String,
    url: reqwest::Url,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl ServiceRequest {
    /// Returns the request with one of its commands.
    fn of_one(&self, place: usize) -> Option<Self> {
        let commands: Vec<Value> = serde_json::from_slice(&self.body).ok()?;
        let one = [commands.get(place % commands.len())?];
        Some(Self { body: serde_json::to_vec(&one).ok()?.into(), ..self.clone() })
    }
}

struct Response {
    status: u16,
    /// `Retry-After`
    after: Option<u32>,
    request_id: Option<String>,
    body: Bytes,
}

impl Response {
    fn json(status: u16, body: &Value) -> Self {
        Self { status, after: None, request_id: None, body: body.to_string().into() }
    }

    fn gateway(status: u16) -> Self {
        Self::json(
            status,
            &json!({ "error_code": status.to_string(), "message": "the gateway is in trouble" }),
        )
    }

    fn after(self, after: u32) -> Self {
        Self { after: Some(after), ..self }
    }

    fn of(self, request: &ServiceRequest) -> Self {
        let id = request
            .headers
            .iter()
            .find(|(name, _)| name == "x-request-id")
            .map(|(_, id)| id.clone());
        Self { request_id: id, ..self }
    }

    fn into_http(self) -> Option<reqwest::Response> {
        let mut response = hyper::Response::builder().status(self.status);
        if let Some(after) = self.after {
            response = response.header("retry-after", after.to_string());
        }
        if let Some(id) = self.request_id {
            response = response.header("x-request-id", id);
        }
        response.body(self.body).ok().map(reqwest::Response::from)
    }
}

impl Transport for ResponsePath {
    fn send(&self, request: OutgoingRequest, sent: SentAt) -> PendingResponse<'_> {
        let OutgoingRequest { method, url, headers, body, gate: _ } = request;
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let request = ServiceRequest { method: method.as_str().to_owned(), url, headers, body };
        let service = Arc::clone(&self.service);
        assert!(!service.takes_panic(&request), "the client panics, as intended");
        let timeout = self.timeout;
        Box::pin(async move {
            let _ = sent.set(Instant::now());
            // The service works on a request whether or not anything still waits for the response.
            let (give, answer) = tokio::sync::oneshot::channel();
            tokio::spawn(async move {
                tokio::time::sleep(LATENCY).await;
                let event = service.event(&request);
                let response = service.answer(&request, event).await;
                let said = response.as_ref().map(|Response { status, body, .. }| {
                    format!("{status} {}", String::from_utf8_lossy(body))
                });
                let was_taken = response.as_ref().is_some_and(|response| response.status == 200);
                let is_read = give.send(response).is_ok();
                service.note(&format!("  {} (read: {is_read})", said.as_deref().unwrap_or("cut")));
                let late = match event {
                    Some(Event::Late { after, .. }) => Some((after, request)),
                    // The service does not work on a request that was refused as a whole.
                    Some(Event::Transient { place, effect: Effect::Late(after), .. })
                        if was_taken =>
                    {
                        request.of_one(place).map(|request| (after, request))
                    }
                    _ => None,
                };
                if let Some((after, request)) = late {
                    tokio::time::sleep(Duration::from_secs(after.into())).await;
                    service.note(&format!("late: {}", String::from_utf8_lossy(&request.body)));
                    service.carry_out(&request).await;
                }
            });
            let failed = |cause: &str| TransportError {
                cause: cause.to_owned(),
                has_left: true,
                timed_out: false,
            };
            let response = tokio::time::timeout(timeout, answer)
                .await
                .map_err(|_| failed("no response within the time allowed"))?;
            let response = response.map_err(|_| failed("the service is gone"))?;
            response.and_then(Response::into_http).ok_or_else(|| failed("the connection was cut"))
        })
    }
}
