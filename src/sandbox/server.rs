//! The HTTP side: token endpoint, actions, reads, throttling.

use super::action::Refusal;
use super::command;
use super::directory::Directory;
use super::faults::{Fault, Faults};
use super::reads::{self, Page, user_json};
use super::throttle::Throttle;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Requests allowed in a window, for each class of call; `None` allows any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// `POST /action`
    pub action: Option<(u32, Duration)>,
    /// Reads of users.
    pub users: Option<(u32, Duration)>,
    /// Reads of groups.
    pub groups: Option<(u32, Duration)>,
}

/// How a sandbox behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Limits.
    pub limits: Limits,
    /// The client id that it knows.
    pub client_id: String,
    /// The secret that goes with it.
    pub client_secret: String,
    /// The organization.
    pub org_id: String,
    /// How long a token is taken.
    pub token_life: Duration,
    /// Users or groups on a page.
    pub page_size: usize,
    /// Every action is answered that much later.
    pub latency: Duration,
    /// `index` and `step` are written as strings.
    pub numbers_as_strings: bool,
    /// `Retry-After` is a date.
    pub retry_after_date: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            limits: Limits::default(),
            client_id: "sandbox".to_owned(),
            client_secret: "sandbox-secret".to_owned(),
            org_id: "00000000000000000000AAAA@AdobeOrg".to_owned(),
            token_life: Duration::from_secs(86_400),
            page_size: 2000,
            latency: Duration::ZERO,
            numbers_as_strings: false,
            retry_after_date: false,
        }
    }
}

/// One call that was received.
#[derive(Debug, Clone)]
pub struct Received {
    /// When.
    pub at: Instant,
    /// `action`, `users`, `groups` or `token`.
    pub class: &'static str,
    /// What was answered; 0 where the connection was cut.
    pub status: u16,
    /// `X-Request-Id`
    pub request_id: Option<String>,
    /// `Pragma`
    pub pragma: Option<String>,
    /// `User-Agent`
    pub user_agent: Option<String>,
    /// Commands in it.
    pub commands: usize,
}

/// A running organization; dropped, it stops.
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    options: Options,
    directory: Mutex<Directory>,
    tokens: Mutex<HashMap<String, Instant>>,
    throttles: Mutex<HashMap<&'static str, Throttle>>,
    received: Mutex<Vec<Received>>,
    faults: Faults,
}

/// Calls that are remembered.
const REMEMBERED: usize = 200_000;
/// Commands in a request.
const MOST_COMMANDS: usize = 10;

impl Sandbox {
    /// Starts an organization on 127.0.0.1, on a thread of its own.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub fn start(options: Options, directory: Directory) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)))?;
        let address = listener.local_addr()?;
        let throttle = |limit| Throttle::new(limit);
        let throttles = HashMap::from([
            ("action", throttle(options.limits.action)),
            ("users", throttle(options.limits.users)),
            ("groups", throttle(options.limits.groups)),
        ]);
        let shared = Arc::new(Shared {
            options,
            directory: Mutex::new(directory),
            tokens: Mutex::new(HashMap::new()),
            throttles: Mutex::new(throttles),
            received: Mutex::new(Vec::new()),
            faults: Faults::default(),
        });
        let app = routes(Arc::clone(&shared));
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("sandbox".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = async { axum::serve(listener, app).await } => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { address, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// The API's address, for `UMAPI_URL`.
    pub fn url(&self) -> String {
        format!("http://{}/v2/usermanagement", self.address)
    }

    /// The token service's address, for `UMAPI_AUTH_HOST`.
    pub fn auth_host(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The organization as it is now.
    pub fn directory(&self) -> Directory {
        lock(&self.shared.directory).clone()
    }

    /// The calls so far, the first ones of very many.
    pub fn traffic(&self) -> Vec<Received> {
        lock(&self.shared.received).clone()
    }

    /// Troubles to rehearse.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Makes all tokens stale, as if they had expired.
    pub fn expire_tokens(&self) {
        lock(&self.shared.tokens).clear();
    }

    /// Stops it.
    pub fn shutdown(self) {}
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn routes(shared: Arc<Shared>) -> Router {
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
        .route("/sandbox/state", get(state))
        .with_state(shared)
}

type App = State<Arc<Shared>>;
type Words = Query<HashMap<String, String>>;

async fn token(State(shared): App, headers: HeaderMap, axum::Form(form): axum::Form<HashMap<String, String>>) -> Response {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let options = &shared.options;
    let (status, body) = if field("client_id") != options.client_id {
        (400, json!({ "error": "invalid_client", "error_description": "unknown client_id" }))
    } else if field("client_secret") != options.client_secret {
        (401, json!({ "error": "invalid_client", "error_description": "invalid client_secret" }))
    } else if field("grant_type") != "client_credentials" {
        (400, json!({ "error": "unsupported_grant_type" }))
    } else {
        let token = format!("token-{:032x}", fastrand::u128(..));
        lock(&shared.tokens).insert(token.clone(), Instant::now() + options.token_life);
        (200, json!({ "access_token": token, "token_type": "bearer", "expires_in": options.token_life.as_secs() }))
    };
    shared.remember("token", status, &headers, 0);
    answer(status, &body)
}

async fn action(State(shared): App, Path(org): Path<String>, Query(query): Words, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(refused) = shared.admit("action", &org, &headers) {
        return *refused;
    }
    let Ok(Value::Array(commands)) = serde_json::from_slice::<Value>(&body) else {
        return shared.refuse("action", 400, "error.command.malformed", "the body is no list of commands", &headers, 0);
    };
    let fault = shared.faults.take();
    let delay = shared.options.latency + if let Some(Fault::Delay(delay)) = &fault { *delay } else { Duration::ZERO };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let count = commands.len();
    match &fault {
        Some(Fault::Answer { status, headers: more, body }) => {
            shared.remember("action", *status, &headers, count);
            return given(*status, more, body.clone());
        }
        Some(Fault::CutBefore) => {
            shared.remember("action", 0, &headers, count);
            return cut();
        }
        _ => {}
    }
    let (status, body) = shared.act(&commands, query.get("testOnly").is_some_and(|word| word == "true"));
    match fault {
        Some(Fault::CutAfter) => {
            shared.remember("action", 0, &headers, count);
            return cut();
        }
        Some(Fault::DoneBut(status)) => return shared.refuse("action", status, "error.internal", "gateway", &headers, count),
        _ => {}
    }
    shared.remember("action", status, &headers, count);
    echo(answer(status, &body), &headers)
}

async fn users(State(shared): App, Path((org, page)): Path<(String, usize)>, Query(query): Words, headers: HeaderMap) -> Response {
    if let Err(refused) = shared.admit("users", &org, &headers) {
        return *refused;
    }
    let page = reads::users(&lock(&shared.directory), None, query.get("domain").map(String::as_str), page, shared.options.page_size);
    shared.page("users", page, &headers)
}

async fn members(State(shared): App, Path((org, page, group)): Path<(String, usize, String)>, headers: HeaderMap) -> Response {
    if let Err(refused) = shared.admit("users", &org, &headers) {
        return *refused;
    }
    let page = reads::users(&lock(&shared.directory), Some(&group), None, page, shared.options.page_size);
    shared.page("users", page, &headers)
}

async fn groups(State(shared): App, Path((org, page)): Path<(String, usize)>, headers: HeaderMap) -> Response {
    if let Err(refused) = shared.admit("groups", &org, &headers) {
        return *refused;
    }
    let page = reads::groups(&lock(&shared.directory), page, shared.options.page_size);
    shared.page("groups", Some(page), &headers)
}

async fn user(State(shared): App, Path((org, name)): Path<(String, String)>, Query(query): Words, headers: HeaderMap) -> Response {
    if let Err(refused) = shared.admit("users", &org, &headers) {
        return *refused;
    }
    let found = {
        let directory = lock(&shared.directory);
        let domain = query.get("domain").map(String::as_str);
        let adobe = domain.is_some_and(|domain| domain.eq_ignore_ascii_case("AdobeID"));
        directory.find(&name, domain, adobe).map(|id| user_json(id, directory.get(id)))
    };
    match found {
        Some(user) => {
            shared.remember("users", 200, &headers, 0);
            echo(answer(200, &json!({ "result": "success", "user": user })), &headers)
        }
        None => shared.refuse("users", 404, "error.user.not_found", "the user is not in the organization", &headers, 0),
    }
}

/// For people and scripts outside: what the organization looks like, and what was asked of it.
async fn state(State(shared): App) -> Response {
    let mut calls: BTreeMap<String, u64> = BTreeMap::new();
    for received in lock(&shared.received).iter() {
        *calls.entry(format!("{} {}", received.class, received.status)).or_default() += 1;
    }
    let directory = lock(&shared.directory);
    let users: Vec<Value> = directory.numbered_users().map(|(id, user)| user_json(*id, user)).collect();
    let mut groups: Vec<Value> = directory
        .groups()
        .map(|group| json!({ "name": group.name, "members": group.members.len(), "description": group.description }))
        .collect();
    groups.sort_by_key(|group| group["name"].to_string());
    answer(200, &json!({ "calls": calls, "users": users, "groups": groups }))
}

impl Shared {
    /// Throttle, token, key and organization, in the order in which a gateway asks.
    fn admit(&self, class: &'static str, org: &str, headers: &HeaderMap) -> Result<(), Box<Response>> {
        let now = Instant::now();
        let wait = lock(&self.throttles).get_mut(class).map_or(Ok(()), |throttle| throttle.admit(now));
        if let Err(wait) = wait {
            self.remember(class, 429, headers, usize::from(class == "action"));
            return Err(Box::new(self.too_many(wait)));
        }
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let token = header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        if lock(&self.tokens).get(token).is_none_or(|until| *until <= now) {
            return Err(Box::new(self.refuse(class, 401, "401013", "Oauth token is not valid", headers, 0)));
        }
        if header("x-api-key") != self.options.client_id {
            return Err(Box::new(self.refuse(class, 403, "403003", "Api Key is invalid", headers, 0)));
        }
        if org != self.options.org_id {
            return Err(Box::new(self.refuse(
                class,
                403,
                "error.organization.invalid_id",
                "the organization is not the credentials'",
                headers,
                0,
            )));
        }
        Ok(())
    }

    fn too_many(&self, wait: Duration) -> Response {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let after = if self.options.retry_after_date {
            httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(seconds + 1))
        } else {
            seconds.to_string()
        };
        given(429, &[("retry-after".to_owned(), after)], json!({ "error_code": "429050", "message": "Too many requests" }).to_string())
    }

    /// Carries the commands out: well formed or not at all, then each on its own.
    fn act(&self, commands: &[Value], test_mode: bool) -> (u16, Value) {
        let refuse = |code: &str, message: &str| (400, json!({ "result": "error", "error_code": code, "message": message }));
        if commands.is_empty() || commands.len() > MOST_COMMANDS {
            return refuse("error.command.malformed", &format!("{} commands in a request", commands.len()));
        }
        for command in commands {
            if let Err(malformed) = command::check(command) {
                return refuse(malformed.code, &malformed.message);
            }
            if let Some(code) = self.faults.poisoned(command) {
                return refuse(&code, "one of the commands cannot be taken");
            }
        }
        let mut directory = lock(&self.directory);
        let mut copy = test_mode.then(|| directory.clone());
        let target = copy.as_mut().unwrap_or(&mut directory);
        let deletions = commands.iter().filter(|command| command::steps(command).any(|(name, _)| name == "deleteUserGroup")).count();
        let mut errors: Vec<(usize, Refusal)> = Vec::new();
        // No order is promised: the last command goes first.
        for (index, command) in commands.iter().enumerate().rev() {
            let deletes = command::steps(command).any(|(name, _)| name == "deleteUserGroup");
            let refusal = match self.faults.refusal(command) {
                Some(code) => Err(Refusal { step: 0, code, message: "refused on purpose".to_owned() }),
                None if deletes && deletions > 1 => Err(Refusal {
                    step: 0,
                    code: "error.usergroup.update.failed".to_owned(),
                    message: "several groups cannot be deleted at once".to_owned(),
                }),
                None => target.carry_out(command),
            };
            errors.extend(refusal.err().map(|refusal| (index, refusal)));
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
        if !errors.is_empty() {
            let number = |n: usize| if self.options.numbers_as_strings { json!(n.to_string()) } else { json!(n) };
            body["errors"] = errors
                .iter()
                .map(|(index, refusal)| {
                    let command = &commands[*index];
                    let mut error =
                        json!({ "index": number(*index), "step": number(refusal.step), "errorCode": refusal.code, "message": refusal.message });
                    for (key, from) in [("requestID", "requestID"), ("user", "user"), ("user", "usergroup")] {
                        if let Some(text) = command[from].as_str() {
                            error[key] = json!(text);
                        }
                    }
                    error
                })
                .collect();
        }
        body
    }

    fn page(&self, class: &'static str, page: Option<Page>, headers: &HeaderMap) -> Response {
        let Some(page) = page else {
            return self.refuse(class, 404, "error.group.not_found", "the group is not in the organization", headers, 0);
        };
        self.remember(class, 200, headers, 0);
        let numbers =
            [("x-total-count", page.total), ("x-page-count", page.pages), ("x-current-page", page.current), ("x-page-size", page.size)]
                .map(|(name, number)| (name.to_owned(), number.to_string()));
        echo(given(200, &numbers, page.body.to_string()), headers)
    }

    fn refuse(&self, class: &'static str, status: u16, code: &str, message: &str, headers: &HeaderMap, commands: usize) -> Response {
        self.remember(class, status, headers, commands);
        echo(answer(status, &json!({ "result": code, "error_code": code, "message": message })), headers)
    }

    fn remember(&self, class: &'static str, status: u16, headers: &HeaderMap, commands: usize) {
        let mut received = lock(&self.received);
        if received.len() < REMEMBERED {
            let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
            received.push(Received {
                at: Instant::now(),
                class,
                status,
                request_id: header("x-request-id"),
                pragma: header("pragma"),
                user_agent: header("user-agent"),
                commands,
            });
        }
    }
}

fn answer(status: u16, body: &Value) -> Response {
    given(status, &[], body.to_string())
}

fn given(status: u16, headers: &[(String, String)], body: String) -> Response {
    let kind = if body.starts_with('<') { "text/html" } else { "application/json" };
    let mut response =
        (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), [("content-type", kind)], body).into_response();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// `X-Request-Id` comes back as it was sent.
fn echo(mut response: Response, headers: &HeaderMap) -> Response {
    if let Some(id) = headers.get("x-request-id") {
        response.headers_mut().insert("x-request-id", id.clone());
    }
    response
}

/// An answer that breaks off.
fn cut() -> Response {
    let broken = Broken;
    (StatusCode::OK, Body::new(broken)).into_response()
}

/// A body that breaks off before its first byte.
struct Broken;

impl http_body::Body for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, io::Error>>> {
        std::task::Poll::Ready(Some(Err(io::Error::other("cut on purpose"))))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
