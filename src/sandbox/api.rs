//! The calls of the API: token, actions, reads. Each is let in or refused, met by trouble or not, and answered.

use super::action::Refusal;
use super::command;
use super::faults::{Fault, Trouble};
use super::late;
use super::log::Received;
use super::reads::{self, Filter, Page};
use super::serve::Cut;
use super::server::{Shared, lock};
use super::throttle::Class;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Commands in a request.
const MOST_COMMANDS: usize = 10;
/// An answer that is slow comes at most that much later.
const SLOWEST: Duration = Duration::from_secs(2);

pub(super) fn routes() -> Router<Arc<Shared>> {
    let api = "/v2/usermanagement";
    Router::new()
        .route("/ims/token/v2", post(token))
        // Adobe's own client writes a slash behind it.
        .route("/ims/token/v2/", post(token))
        .route(&format!("{api}/action/{{org}}"), post(action))
        .route(&format!("{api}/users/{{org}}/{{page}}"), get(users))
        .route(&format!("{api}/users/{{org}}/{{page}}/{{group}}"), get(members))
        .route(&format!("{api}/organizations/{{org}}/users/{{user}}"), get(user))
        .route(&format!("{api}/groups/{{org}}/{{page}}"), get(groups))
}

type App = State<Arc<Shared>>;
type Words = Query<HashMap<String, String>>;

async fn token(State(shared): App, headers: HeaderMap, axum::Form(form): axum::Form<HashMap<String, String>>) -> Response {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let options = &shared.options;
    let client = field("client_id");
    let (status, body) = if let Some(status) = shared.faults.take_token() {
        (status, json!({ "error": "in trouble" }))
    } else if client != options.client_id && !options.more_clients.iter().any(|known| known == client) {
        (400, json!({ "error": "invalid_client", "error_description": "unknown client_id" }))
    } else if field("client_secret") != options.client_secret {
        (401, json!({ "error": "invalid_client", "error_description": "invalid client_secret" }))
    } else if field("grant_type") != "client_credentials" {
        (400, json!({ "error": "unsupported_grant_type" }))
    } else {
        let token = format!("token-{:032x}", fastrand::u128(..));
        lock(&shared.tokens).insert(token.clone(), (client.to_owned(), Instant::now() + options.token_life));
        (200, json!({ "access_token": token, "token_type": "bearer", "expires_in": options.token_life.as_secs() }))
    };
    shared.log.note(Received::new("token", status, &headers, 0, None));
    answer(status, &body)
}

async fn action(State(shared): App, Path(org): Path<String>, Query(query): Words, headers: HeaderMap, body: Bytes) -> Response {
    let call = Call { shared: &shared, class: Class::Action, page0: false, probe: false, headers: &headers };
    let commands = match serde_json::from_slice::<Value>(&body) {
        Ok(Value::Array(commands)) => commands,
        _ => Vec::new(),
    };
    let count = commands.len();
    let trouble = match call.admit(&org, count) {
        Ok(trouble) => trouble,
        Err(refused) => return *refused,
    };
    let (fault, cause) = match trouble {
        Some(Trouble::Late) => (Some(Fault::Late { status: 504, after: shared.faults.lateness() }), Trouble::Late.name()),
        _ => (shared.faults.take(), "scripted"),
    };
    let delay = shared.options.latency + if let Some(Fault::Delay(delay)) = &fault { *delay } else { Duration::ZERO };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let test_mode = query.get("testOnly").is_some_and(|word| word == "true");
    match fault {
        Some(Fault::Answer { .. } | Fault::CutBefore) => {}
        Some(Fault::Late { after, .. }) => late::carry_out(&shared, commands, test_mode, after),
        _ => {
            let (status, body) = shared.act(&commands, test_mode);
            if !matches!(fault, Some(Fault::CutAfter | Fault::DoneBut(_))) {
                return call.finish(status, answer(status, &body), count, trouble).await;
            }
        }
    }
    call.scripted(fault, count, cause)
}

async fn users(State(shared): App, Path((org, page)): Path<(String, usize)>, Query(query): Words, headers: HeaderMap) -> Response {
    let call = Call { shared: &shared, class: Class::Users, page0: page == 0, probe: false, headers: &headers };
    let filter = Filter::parse(&query);
    call.read(&org, || {
        let page = reads::users(&lock(&shared.directory), &filter, page, shared.options.page_size);
        Ok(pages(page))
    })
    .await
}

async fn members(
    State(shared): App,
    Path((org, page, group)): Path<(String, usize, String)>,
    Query(query): Words,
    headers: HeaderMap,
) -> Response {
    let call = Call { shared: &shared, class: Class::Users, page0: false, probe: true, headers: &headers };
    let filter = Filter::parse(&query);
    call.read(&org, || {
        let page = reads::members(&lock(&shared.directory), &group, &filter, page, shared.options.page_size);
        page.map(pages)
            .ok_or_else(|| json!({ "lastPage": false, "result": "error.group.not_found", "message": format!("Not found: Group {group}") }))
    })
    .await
}

async fn groups(State(shared): App, Path((org, page)): Path<(String, usize)>, headers: HeaderMap) -> Response {
    let call = Call { shared: &shared, class: Class::Groups, page0: page == 0, probe: false, headers: &headers };
    call.read(&org, || {
        let page = reads::groups(&lock(&shared.directory), page, shared.options.page_size);
        Ok(pages(page))
    })
    .await
}

async fn user(State(shared): App, Path((org, name)): Path<(String, String)>, Query(query): Words, headers: HeaderMap) -> Response {
    let call = Call { shared: &shared, class: Class::Users, page0: false, probe: true, headers: &headers };
    call.read(&org, || {
        reads::user(&lock(&shared.directory), &name, query.get("domain").map(String::as_str))
            .map(|user| answer(200, &json!({ "result": "success", "user": user })))
            .ok_or_else(|| json!({ "result": "error.user.not_found", "message": format!("User not found {name}") }))
    })
    .await
}

/// A call while it is looked at.
struct Call<'c> {
    shared: &'c Shared,
    class: Class,
    page0: bool,
    /// A read of one user or of one group's members.
    probe: bool,
    headers: &'c HeaderMap,
}

impl Call<'_> {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn note(&self, status: u16, commands: usize, trouble: Option<&'static str>) {
        self.shared.log.note(Received::new(self.class.name(), status, self.headers, commands, trouble));
    }

    /// Throttle, token, key and organization, in the order in which a gateway asks; then chance. Gives the trouble that comes after the call has
    /// been carried out.
    fn admit(&self, org: &str, commands: usize) -> Result<Option<Trouble>, Box<Response>> {
        let now = Instant::now();
        let shared = self.shared;
        let (client, luck) = (self.header("x-api-key"), shared.faults.luck());
        if let Err(wait) = lock(&shared.throttle).admit(client, self.class, self.page0, now, luck) {
            self.note(429, commands, None);
            return Err(Box::new(self.too_many(wait)));
        }
        let token = self.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        let holder = lock(&shared.tokens).get(token).filter(|(_, until)| *until > now).map(|(client, _)| client.clone());
        let refuse = |status, code, message| Err(Box::new(self.refuse(status, code, message, commands)));
        let Some(holder) = holder else { return refuse(401, "401013", "Oauth token is not valid") };
        if client != holder {
            return refuse(403, "403003", "Api Key is invalid");
        }
        if org != shared.options.org_id {
            return refuse(403, "error.organization.invalid_id", "Bad organization Id");
        }
        let trouble = shared.faults.chance(self.class == Class::Action, now);
        self.meet(trouble, token, commands).map_or(Ok(trouble), |refused| Err(Box::new(refused)))
    }

    /// Troubles that come before the call is carried out.
    fn meet(&self, trouble: Option<Trouble>, token: &str, commands: usize) -> Option<Response> {
        let trouble = trouble?;
        let noted = |status, response| {
            self.note(status, commands, Some(trouble.name()));
            Some(response)
        };
        let body = |code: &str, message: &str| json!({ "result": code, "error_code": code, "message": message }).to_string();
        match trouble {
            Trouble::TooMany => noted(429, self.too_many(Duration::from_secs(1))),
            Trouble::Status(status) => noted(status, given(status, &[], body(&status.to_string(), "the gateway is in trouble"))),
            Trouble::Refuse => {
                self.shared.refuse.iter().for_each(|refuse| refuse.notify_one());
                noted(0, cut())
            }
            Trouble::CutBefore => noted(0, cut()),
            Trouble::Late if self.class != Class::Action => noted(504, given(504, &[], body("504", "the gateway is in trouble"))),
            Trouble::Html => noted(502, given(502, &[], "<html><head><title>502 Bad Gateway</title></head></html>".to_owned())),
            Trouble::Token => {
                lock(&self.shared.tokens).remove(token);
                noted(401, given(401, &[], body("401013", "Oauth token is not valid")))
            }
            Trouble::Migrating => noted(403, given(403, &[], body("error.organization.migrating", "The organization is being migrated"))),
            _ => None,
        }
    }

    /// Troubles that come when the call has been carried out.
    async fn finish(&self, status: u16, response: Response, commands: usize, trouble: Option<Trouble>) -> Response {
        let name = trouble.map(Trouble::name);
        match trouble {
            Some(Trouble::CutAfter) => {
                self.note(0, commands, name);
                cut()
            }
            Some(Trouble::Hang) => {
                self.note(0, commands, name);
                std::future::pending().await
            }
            Some(Trouble::Garbage) => {
                self.note(status, commands, name);
                given(200, &[], "\u{1}\u{7f}}{noise".to_owned())
            }
            Some(Trouble::Truncated) => {
                self.note(status, commands, name);
                truncated(response)
            }
            slow => {
                if slow == Some(Trouble::Slow) {
                    tokio::time::sleep(SLOWEST.mul_f64(self.shared.faults.luck())).await;
                }
                self.note(status, commands, name);
                self.echo(response)
            }
        }
    }

    async fn read(&self, org: &str, look: impl FnOnce() -> Result<Response, Value>) -> Response {
        let trouble = match self.admit(org, 0) {
            Ok(trouble) => trouble,
            Err(refused) => return *refused,
        };
        match if self.probe { self.shared.faults.take_read() } else { None } {
            Some(Fault::Delay(delay)) => tokio::time::sleep(delay).await,
            Some(fault) => return self.scripted(Some(fault), 0, "scripted"),
            None => {}
        }
        let (status, response) = match look() {
            Ok(response) => (200, response),
            Err(body) => (404, answer(404, &body)),
        };
        self.finish(status, response, 0, trouble).await
    }

    /// The answer to a call that meets a fault.
    fn scripted(&self, fault: Option<Fault>, commands: usize, trouble: &'static str) -> Response {
        let (status, response) = match fault {
            Some(Fault::Answer { status, headers, body }) => (status, given(status, &headers, body)),
            Some(Fault::DoneBut(status) | Fault::Late { status, .. }) if status > 0 => {
                let body = json!({ "result": "error.internal", "error_code": "error.internal", "message": "gateway" });
                (status, self.echo(answer(status, &body)))
            }
            _ => (0, cut()),
        };
        self.note(status, commands, Some(trouble));
        response
    }

    fn refuse(&self, status: u16, code: &str, message: &str, commands: usize) -> Response {
        self.note(status, commands, None);
        self.echo(answer(status, &json!({ "result": code, "error_code": code, "message": message })))
    }

    fn too_many(&self, wait: Duration) -> Response {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let after = if self.shared.options.retry_after_date {
            httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(seconds + 1))
        } else {
            seconds.to_string()
        };
        given(429, &[("retry-after".to_owned(), after)], json!({ "error_code": "429050", "message": "Too many requests" }).to_string())
    }

    /// `X-Request-Id` comes back as it was sent.
    fn echo(&self, mut response: Response) -> Response {
        if let Some(id) = self.headers.get("x-request-id") {
            response.headers_mut().insert("x-request-id", id.clone());
        }
        response
    }
}

impl Shared {
    /// Carries the commands out: all well formed or none, then each on its own.
    pub(super) fn act(&self, commands: &[Value], test_mode: bool) -> (u16, Value) {
        let refuse = |code: &str, message: &str| (400, json!({ "result": code, "error_code": code, "message": message }));
        if commands.is_empty() || commands.len() > MOST_COMMANDS {
            return refuse("error.command.malformed", &format!("a JSON array of 1 to {MOST_COMMANDS} commands is wanted"));
        }
        for command in commands {
            if let Err(malformed) = command::check(command) {
                return refuse(malformed.code, &malformed.message);
            }
            if let Some(code) = self.faults.poisoned(command) {
                return refuse(&code, "one of the commands cannot be taken");
            }
            if commands.len() > 1 && self.faults.shuns_company(command) {
                return refuse("error.command.malformed", "one of the commands cannot be taken in company");
            }
        }
        let mut directory = lock(&self.directory);
        let deletions = commands.iter().filter(|command| deletes_group(command)).count();
        let mut errors: Vec<(usize, Refusal)> = Vec::new();
        // No order is promised: the last command goes first.
        for (index, command) in commands.iter().enumerate().rev() {
            let refusal = |code: &str, message: &str| Err(Refusal { step: 0, code: code.to_owned(), message: message.to_owned() });
            let first = command::steps(command).next().map_or("", |(name, _)| name);
            let done = if let Some(code) = self.faults.refusal(command) {
                refusal(&code, "refused on purpose")
            } else if let Some(hiccup) = self.faults.hiccup(first) {
                if hiccup.done {
                    let _ = directory.carry_out(command, test_mode);
                }
                refusal(hiccup.code, "Operation failed for unknown reason")
            } else if deletions > 1 && deletes_group(command) {
                refusal("error.usergroup.update.failed", "several groups cannot be deleted at once")
            } else {
                directory.carry_out(command, test_mode)
            };
            errors.extend(done.err().map(|refusal| (index, refusal)));
        }
        drop(directory);
        errors.reverse();
        (200, self.report(commands, &errors, test_mode))
    }

    fn report(&self, commands: &[Value], errors: &[(usize, Refusal)], test_mode: bool) -> Value {
        let done = commands.len() - errors.len();
        let result = match (done, errors.len()) {
            (_, 0) => "success",
            (0, _) => "error",
            _ => "partial",
        };
        let mut body = json!({
            "result": result,
            "completed": if test_mode { 0 } else { done },
            "notCompleted": errors.len(),
            "completedInTestMode": if test_mode { done } else { 0 },
        });
        let remark = |index: usize, step: usize, code: (&str, &str), message: &str| {
            let number = |n: usize| if self.options.numbers_as_strings { json!(n.to_string()) } else { json!(n) };
            let mut remark = json!({ "index": number(index), "step": number(step), "message": message });
            remark[code.0] = json!(code.1);
            for (key, from) in [("requestID", "requestID"), ("user", "user"), ("user", "usergroup")] {
                if let Some(text) = commands[index][from].as_str() {
                    remark[key] = json!(text);
                }
            }
            remark
        };
        let refusals = errors.iter().map(|(index, refusal)| remark(*index, refusal.step, ("errorCode", &refusal.code), &refusal.message));
        let deprecated = (0..commands.len()).flat_map(|index| command::deprecated(&commands[index]).map(move |step| (index, step)));
        let warning = ("warningCode", "warning.command.deprecated");
        let warnings = deprecated
            .map(|(index, step)| remark(index, step, warning, "'product' command is deprecated. Please use productConfiguration."));
        for (key, remarks) in [("errors", refusals.collect::<Vec<_>>()), ("warnings", warnings.collect())] {
            if !remarks.is_empty() {
                body[key] = remarks.into();
            }
        }
        body
    }
}

fn deletes_group(command: &Value) -> bool {
    command::steps(command).any(|(name, _)| name == "deleteUserGroup")
}

fn pages(page: Page) -> Response {
    let numbers =
        [("x-total-count", page.total), ("x-page-count", page.pages), ("x-current-page", page.current), ("x-page-size", page.size)]
            .map(|(name, number)| (name.to_owned(), number.to_string()));
    given(200, &numbers, page.body)
}

pub(super) fn answer(status: u16, body: &Value) -> Response {
    given(status, &[], body.to_string())
}

fn given(status: u16, headers: &[(String, String)], body: impl Into<Bytes>) -> Response {
    let body = body.into();
    let kind = if body.starts_with(b"<") { "text/html" } else { "application/json" };
    let mut response =
        (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), [("content-type", kind)], body).into_response();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// No answer: the connection ends.
fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}

/// An answer of which only the beginning comes.
fn truncated(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove("content-length");
    Response::from_parts(parts, Body::new(Broken(Some(Bytes::from_static(b"{\"result\":\"succ")))))
}

/// A body that says that it is longer than it is.
struct Broken(Option<Bytes>);

impl http_body::Body for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, io::Error>>> {
        let frame = self.0.take().map_or_else(|| Err(io::Error::other("cut on purpose")), |bytes| Ok(http_body::Frame::data(bytes)));
        std::task::Poll::Ready(Some(frame))
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(if self.0.is_some() { 500 } else { 485 })
    }
}
