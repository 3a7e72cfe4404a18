//! The calls of the API: actions and reads. Each is admitted or refused, may get a fault, and gets
//! a response.

use super::command::ActionBody;
use super::faults::{InjectedFault, RandomFault};
use super::lock::lock;
use super::log::{Arrival, Received};
use super::old_reads::{self, NotFound};
use super::reads::{self, UserFilter};
use super::reply::{Reply, answer, cut, given, not_allowed, not_found, pages, truncated};
use super::route::{Old, ReadRoute, Route, UrlParameters};
use super::state::ServerState;
use super::throttle::ThrottleClass;
use hyper::body::Bytes;
use hyper::{HeaderMap, Method};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The longest delay of a slow response.
const SLOWEST: Duration = Duration::from_secs(2);

/// Answers a call below the API's address.
pub(super) async fn respond(
    shared: &Arc<ServerState>,
    method: &Method,
    route: Route,
    query: &UrlParameters,
    headers: &HeaderMap,
    body: &Bytes,
) -> Reply {
    let reads = [Method::GET, Method::HEAD].contains(method);
    match route {
        Route::Action(org) if method == Method::POST => {
            // The API accepts a boolean in any letter case: Python and PowerShell write `True`.
            let test_mode =
                query.get("testOnly").is_some_and(|word| word.eq_ignore_ascii_case("true"));
            action(shared, headers, &org, ActionBody::read(body, test_mode)).await
        }
        Route::Read(org, what) if reads => read(shared, headers, &org, what, query).await,
        other => {
            let call = ApiCall::new(shared, ThrottleClass::Users, headers);
            if let Err(refused) = call.identify(0) {
                return *refused;
            }
            call.note(if matches!(other, Route::Unknown) { 404 } else { 405 }, 0, None);
            call.echo(match other {
                Route::Action(_) => not_allowed("POST"),
                Route::Read(..) => not_allowed("GET, HEAD"),
                _ => not_found(),
            })
        }
    }
}

async fn action(
    shared: &Arc<ServerState>,
    headers: &HeaderMap,
    org: &str,
    request: ActionBody,
) -> Reply {
    let first_names = request.commands.iter().flat_map(names_in).collect();
    let mut call = ApiCall { first_names, ..ApiCall::new(shared, ThrottleClass::Action, headers) };
    let count = request.commands.len();
    let trouble = match call.admit(org, count) {
        Ok(trouble) => trouble,
        Err(refused) => return *refused,
    };
    let (fault, cause) = match trouble {
        Some(RandomFault::Late) => (
            Some(InjectedFault::Late { status: 504, after: shared.faults.lateness() }),
            RandomFault::Late.name(),
        ),
        _ => (
            shared.faults.page_before_the_api(&request.commands).or_else(|| shared.faults.take()),
            "scripted",
        ),
    };
    let delay = shared.options.latency
        + if let Some(InjectedFault::Delay(delay)) = &fault { *delay } else { Duration::ZERO };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    match fault {
        Some(InjectedFault::Answer { .. } | InjectedFault::CutBefore) => {}
        Some(InjectedFault::Late { after, .. } | InjectedFault::LateWith { after, .. }) => {
            shared.act_later(request, after);
        }
        _ => {
            let (status, body) = shared.act(&request);
            let done = without_errors(&request.commands, &body);
            call.done_first_names = done.flat_map(names_in).collect();
            if !matches!(
                fault,
                Some(
                    InjectedFault::CutAfter
                        | InjectedFault::DoneBut(_)
                        | InjectedFault::DoneWith(_)
                )
            ) {
                return call.finish(status, answer(status, &body), count, trouble).await;
            }
        }
    }
    call.scripted(fault, count, cause)
}

async fn read(
    shared: &ServerState,
    headers: &HeaderMap,
    org: &str,
    what: ReadRoute,
    query: &UrlParameters,
) -> Reply {
    let call =
        |class, page0, probe| ApiCall { page0, probe, ..ApiCall::new(shared, class, headers) };
    let size = shared.options.page_size;
    let filter = UserFilter::parse(query);
    match what {
        ReadRoute::Users(page) => {
            let users =
                |page| Ok(pages(reads::users(&lock(&shared.directory), &filter, page, size)));
            call(ThrottleClass::Users, page == Some(0), false).read_page(org, page, users).await
        }
        ReadRoute::Members(page, group) => {
            let members = |page| {
                let members = reads::members(&lock(&shared.directory), &group, &filter, page, size);
                let message = format!("Not found: Group {group}");
                members.map(pages).ok_or_else(|| {
                    let result = "error.group.not_found";
                    json!({ "lastPage": false, "result": result, "message": message })
                })
            };
            call(ThrottleClass::Users, false, true).read_page(org, page, members).await
        }
        ReadRoute::User(name) => {
            let user = || {
                reads::user(
                    &lock(&shared.directory),
                    &name,
                    query.get("domain").map(String::as_str),
                )
                .map(|user| answer(200, &json!({ "result": "success", "user": user })))
                .ok_or_else(|| {
                    json!({ "result": "error.user.not_found", "message":
                        format!("User not found {name}") })
                })
            };
            call(ThrottleClass::Users, false, true).read(org, user).await
        }
        ReadRoute::Groups(page) => {
            let groups = |page| Ok(pages(reads::groups(&lock(&shared.directory), page, size)));
            call(ThrottleClass::Groups, page == Some(0), false).read_page(org, page, groups).await
        }
        ReadRoute::Old(old) => {
            let class = match old {
                Old::Users | Old::UserGroupUsers(_) | Old::ProfileUsers(..) => ThrottleClass::Users,
                _ => ThrottleClass::Groups,
            };
            let page0 = matches!(old, Old::Users | Old::UserGroups)
                && query.get("page").is_none_or(|page| page == "0");
            let found = || match old_reads::read(&lock(&shared.directory), org, &old, query, size) {
                Ok(page) => Ok(pages(page)),
                Err(NotFound(code)) => Err(json!({ "errorMessage": code, "errorCode": code })),
            };
            call(class, page0, false).read(org, found).await
        }
    }
}

/// Returns the first names that a command gives.
fn names_in(command: &Value) -> impl Iterator<Item = String> {
    let steps = command["do"].as_array().into_iter().flatten().filter_map(Value::as_object);
    let bodies = steps.flat_map(|step| step.values());
    bodies.filter_map(|body| body["firstname"].as_str()).map(ToOwned::to_owned)
}

/// Returns the commands for which a response has no error.
fn without_errors<'c>(commands: &'c [Value], body: &Value) -> impl Iterator<Item = &'c Value> {
    let index = |error: &Value| {
        let index = &error["index"];
        index.as_u64().or_else(|| index.as_str()?.parse().ok())
    };
    let refused: Vec<u64> =
        body["errors"].as_array().into_iter().flatten().filter_map(index).collect();
    let done = (0..).zip(commands).filter(move |(index, _)| !refused.contains(index));
    done.map(|(_, command)| command)
}

/// A call while it is processed.
struct ApiCall<'c> {
    shared: &'c ServerState,
    class: ThrottleClass,
    page0: bool,
    /// Whether it reads one user or one group's members.
    probe: bool,
    headers: &'c HeaderMap,
    arrived: Arrival,
    /// The first names that its commands give.
    first_names: Vec<String>,
    /// Those of the commands that were carried out without an error.
    done_first_names: Vec<String>,
}

impl<'c> ApiCall<'c> {
    fn new(shared: &'c ServerState, class: ThrottleClass, headers: &'c HeaderMap) -> Self {
        Self {
            shared,
            class,
            page0: false,
            probe: false,
            headers,
            arrived: Arrival::now(),
            first_names: Vec::new(),
            done_first_names: Vec::new(),
        }
    }
}

impl ApiCall<'_> {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn note(&self, status: u16, commands: usize, trouble: Option<&'static str>) {
        let (class, headers) = (self.class.name(), self.headers);
        let received = Received::new(self.arrived, (class, status), headers, commands, trouble);
        self.shared.log.note(Received {
            first_names: self.first_names.clone(),
            done_first_names: self.done_first_names.clone(),
            ..received
        });
    }

    /// Checks throttling, token, key and organization, in the order of a gateway, then draws a
    /// fault. Returns a fault that comes after the call has been carried out.
    fn admit(&self, org: &str, commands: usize) -> Result<Option<RandomFault>, Box<Reply>> {
        let now = Instant::now();
        let shared = self.shared;
        let (client, luck) = (self.header("x-api-key"), shared.faults.luck());
        if let Err(wait) = lock(&shared.throttle).admit(client, self.class, self.page0, now, luck) {
            self.note(429, commands, None);
            return Err(Box::new(self.too_many(wait)));
        }
        let token = self.identify(commands)?;
        let refuse =
            |status, code, message| Err(Box::new(self.refuse(status, code, message, commands)));
        if org != shared.options.org_id {
            return refuse(403, "error.organization.invalid_id", "Bad organization Id");
        }
        let trouble = shared.faults.chance(self.class == ThrottleClass::Action, now);
        self.meet(trouble, token, commands).map_or(Ok(trouble), |refused| Err(Box::new(refused)))
    }

    /// Returns the token, if it is valid and fits the key.
    fn identify(&self, commands: usize) -> Result<&str, Box<Reply>> {
        let (scheme, token) = self.header("authorization").split_once(' ').unwrap_or_default();
        let token = if scheme.eq_ignore_ascii_case("bearer") { token.trim() } else { "" };
        let known = lock(&self.shared.tokens);
        let holder = known
            .get(token)
            .filter(|(_, until)| *until > Instant::now())
            .map(|(client, _)| client.clone());
        drop(known);
        let refuse =
            |status, code, message| Err(Box::new(self.refuse(status, code, message, commands)));
        let Some(holder) = holder else { return refuse(401, "401013", "Oauth token is not valid") };
        match self.header("x-api-key") {
            "" => refuse(403, "403000", "Api Key is required"),
            client if client != holder => refuse(403, "403003", "Api Key is invalid"),
            _ => Ok(token),
        }
    }

    /// Applies faults that come before the call is carried out.
    fn meet(&self, trouble: Option<RandomFault>, token: &str, commands: usize) -> Option<Reply> {
        let trouble = trouble?;
        let noted = |status, response| {
            self.note(status, commands, Some(trouble.name()));
            Some(response)
        };
        let body = |code: &str, message: &str| {
            json!({ "result": code, "error_code": code, "message": message }).to_string()
        };
        match trouble {
            RandomFault::TooMany => noted(429, self.too_many(Duration::from_secs(1))),
            RandomFault::Status(status) => noted(
                status,
                given(status, &[], body(&status.to_string(), "the gateway is in trouble")),
            ),
            RandomFault::Refuse => {
                self.shared.refuse.iter().for_each(|refuse| refuse.notify_one());
                noted(0, cut())
            }
            RandomFault::CutBefore => noted(0, cut()),
            RandomFault::Late if self.class != ThrottleClass::Action => {
                noted(504, given(504, &[], body("504", "the gateway is in trouble")))
            }
            RandomFault::Html => noted(
                502,
                given(
                    502,
                    &[],
                    "<html><head><title>502 Bad Gateway</title></head></html>".to_owned(),
                ),
            ),
            RandomFault::Token => {
                lock(&self.shared.tokens).remove(token);
                noted(401, given(401, &[], body("401013", "Oauth token is not valid")))
            }
            RandomFault::Migrating => noted(
                403,
                given(
                    403,
                    &[],
                    body("error.organization.migrating", "The organization is being migrated"),
                ),
            ),
            _ => None,
        }
    }

    /// Applies faults that come after the call has been carried out.
    async fn finish(
        &self,
        status: u16,
        response: Reply,
        commands: usize,
        trouble: Option<RandomFault>,
    ) -> Reply {
        let name = trouble.map(RandomFault::name);
        match trouble {
            Some(RandomFault::CutAfter) => {
                self.note(0, commands, name);
                cut()
            }
            Some(RandomFault::Hang) => {
                self.note(0, commands, name);
                std::future::pending().await
            }
            Some(RandomFault::Garbage) => {
                self.note(status, commands, name);
                given(200, &[], "\u{1}\u{7f}}{noise".to_owned())
            }
            Some(RandomFault::Truncated) => {
                self.note(status, commands, name);
                truncated(response)
            }
            slow => {
                if slow == Some(RandomFault::Slow) {
                    tokio::time::sleep(SLOWEST.mul_f64(self.shared.faults.luck())).await;
                }
                self.note(status, commands, name);
                self.echo(response)
            }
        }
    }

    async fn read_page(
        &self,
        org: &str,
        page: Option<usize>,
        content: impl FnOnce(usize) -> Result<Reply, Value>,
    ) -> Reply {
        match page {
            Some(page) => self.read(org, || content(page)).await,
            None => match self.admit(org, 0) {
                Ok(_) => self.refuse(400, "error", "The page is no number", 0),
                Err(refused) => *refused,
            },
        }
    }

    async fn read(&self, org: &str, content: impl FnOnce() -> Result<Reply, Value>) -> Reply {
        let trouble = match self.admit(org, 0) {
            Ok(trouble) => trouble,
            Err(refused) => return *refused,
        };
        match if self.probe { self.shared.faults.take_read() } else { None } {
            Some(InjectedFault::Delay(delay)) => tokio::time::sleep(delay).await,
            Some(fault) => return self.scripted(Some(fault), 0, "scripted"),
            None => {}
        }
        let (status, response) = match content() {
            Ok(response) => (200, response),
            Err(body) => (404, answer(404, &body)),
        };
        self.finish(status, response, 0, trouble).await
    }

    /// Returns the response to a call that meets an injected fault.
    fn scripted(
        &self,
        fault: Option<InjectedFault>,
        commands: usize,
        trouble: &'static str,
    ) -> Reply {
        let fault = match fault {
            Some(InjectedFault::DoneWith(answer) | InjectedFault::LateWith { answer, .. }) => {
                Some(*answer)
            }
            fault => fault,
        };
        let (status, response) = match fault {
            Some(InjectedFault::Answer { status, headers, body }) => {
                (status, given(status, &headers, body))
            }
            Some(InjectedFault::DoneBut(status) | InjectedFault::Late { status, .. })
                if status > 0 =>
            {
                let body = json!({ "result": "error.internal", "error_code": "error.internal",
                    "message": "gateway" });
                (status, self.echo(answer(status, &body)))
            }
            _ => (0, cut()),
        };
        self.note(status, commands, Some(trouble));
        response
    }

    fn refuse(&self, status: u16, code: &str, message: &str, commands: usize) -> Reply {
        self.note(status, commands, None);
        self.echo(answer(
            status,
            &json!({ "result": code, "error_code": code, "message": message }),
        ))
    }

    fn too_many(&self, wait: Duration) -> Reply {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let after = if self.shared.options.retry_after_date {
            httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(seconds + 1))
        } else {
            seconds.to_string()
        };
        given(
            429,
            &[("retry-after".to_owned(), after)],
            json!({ "error_code": "429050", "message": "Too many requests" }).to_string(),
        )
    }

    /// Repeats `X-Request-Id` as it was sent.
    fn echo(&self, mut response: Reply) -> Reply {
        if let Some(id) = self.headers.get("x-request-id") {
            response.headers_mut().insert("x-request-id", id.clone());
        }
        response
    }
}
