//! A client of the sandbox that is written for these tests alone: plain HTTP, no manners.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use umbulk::sandbox::{Directory, Sandbox, SandboxOptions};

/// A client without manners and without proxies.
pub(super) fn http() -> reqwest::ClientBuilder {
    static PROVIDER: std::sync::Once = std::sync::Once::new();
    // A test that runs an import in this process has perhaps installed it before.
    PROVIDER.call_once(|| _ = rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy()
}

/// A sandbox, and somebody who talks to it.
pub(super) struct Guest {
    pub sandbox: Sandbox,
    options: SandboxOptions,
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    client_id: String,
    token: String,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct GuestResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl GuestResponse {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The codes of the errors inside a 200, with the command and the step of each; or the code of
    /// a whole refusal.
    pub(super) fn codes(&self) -> Vec<String> {
        if self.status != 200 {
            return vec![format!(
                "{} {}",
                self.status,
                self.body["error_code"].as_str().unwrap_or_default()
            )];
        }
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| {
                format!(
                    "{}.{} {}",
                    error["index"],
                    error["step"],
                    error["errorCode"].as_str().unwrap()
                )
            })
            .collect()
    }
}

impl Guest {
    pub(super) fn new(directory: Directory, options: SandboxOptions) -> Self {
        let sandbox = Sandbox::start(options.clone(), directory).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let http = http().build().unwrap();
        let client_id = options.client_id.clone();
        let mut guest = Self { sandbox, options, runtime, http, client_id, token: String::new() };
        guest.sign_in();
        guest
    }

    /// An organization from JSON Lines.
    pub(super) fn of(state: &str) -> Self {
        let mut directory = Directory::default();
        directory.load(state.as_bytes()).unwrap();
        Self::new(directory, SandboxOptions::default())
    }

    pub(super) fn sign_in(&mut self) {
        let client_id = self.client_id.clone();
        let (status, body) = self.ask_for_token(&client_id, &self.options.client_secret.clone());
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().clone_into(&mut self.token);
    }

    /// Another client of the same organization from now on.
    pub(super) fn sign_in_as(&mut self, client_id: &str) {
        client_id.clone_into(&mut self.client_id);
        self.sign_in();
    }

    pub(super) fn ask_for_token(&self, client_id: &str, secret: &str) -> (u16, Value) {
        let form = [
            ("client_id", client_id),
            ("client_secret", secret),
            ("grant_type", "client_credentials"),
            ("scope", "openid"),
        ];
        let request =
            self.http.post(format!("{}/ims/token/v2", self.sandbox.auth_host())).form(&form);
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json().await.unwrap())
        })
    }

    pub(super) fn send(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<GuestResponse, reqwest::Error> {
        self.exchange(request.bearer_auth(&self.token).header("x-api-key", &self.client_id))
    }

    /// Sends it as it is.
    pub(super) fn exchange(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<GuestResponse, reqwest::Error> {
        self.runtime.block_on(async {
            let answer = request.send().await?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let text = answer.text().await?;
            Ok(GuestResponse {
                status,
                headers,
                body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
            })
        })
    }

    /// Writes bytes to the server, and reads what it says until it closes the connection.
    pub(super) fn raw(&self, bytes: &[u8]) -> String {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(self.sandbox.http()).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
        stream.write_all(bytes).unwrap();
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response);
        String::from_utf8_lossy(&response).into_owned()
    }

    /// A token and the path of a resource, for requests that a test writes out.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// A request to any path of the server.
    pub(super) fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(
            method,
            format!("{}{}", self.sandbox.auth_host(), path.replace("{org}", &self.options.org_id)),
        )
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{}", self.sandbox.url(), path.replace("{org}", &self.options.org_id))
    }

    pub(super) fn try_act(&self, commands: &Value) -> Result<GuestResponse, reqwest::Error> {
        self.send(self.http.post(self.url("action/{org}")).json(commands))
    }

    /// Sends commands.
    pub(super) fn act(&self, commands: &Value) -> GuestResponse {
        self.try_act(commands).unwrap()
    }

    /// Sends commands in test mode.
    pub(super) fn test(&self, commands: &Value) -> GuestResponse {
        self.send(self.http.post(self.url("action/{org}?testOnly=true")).json(commands)).unwrap()
    }

    /// Lets the server's time pass: it runs on the clock of the wall.
    pub(super) fn wait(&self, time: std::time::Duration) {
        self.runtime.block_on(async { tokio::time::sleep(time).await });
    }

    /// One command on a user, with these steps.
    pub(super) fn user(&self, user: &str, steps: &Value) -> GuestResponse {
        self.act(&json!([{ "user": user, "do": steps }]))
    }

    /// One command on a group, with these steps.
    pub(super) fn group(&self, group: &str, steps: &Value) -> GuestResponse {
        self.act(&json!([{ "usergroup": group, "do": steps }]))
    }

    /// Reads.
    pub(super) fn get(&self, path: &str) -> GuestResponse {
        self.try_get(path).unwrap()
    }

    pub(super) fn try_get(&self, path: &str) -> Result<GuestResponse, reqwest::Error> {
        self.send(self.http.get(self.url(path)))
    }

    pub(super) fn control(&self, method: reqwest::Method, path: &str, body: &str) -> GuestResponse {
        let request =
            self.http.request(method, format!("{}/sandbox/{path}", self.sandbox.auth_host()));
        self.exchange(request.bearer_auth(self.sandbox.control_token()).body(body.to_owned()))
            .unwrap()
    }

    /// The state, as JSON Lines.
    pub(super) fn state(&self) -> String {
        let mut bytes = Vec::new();
        self.sandbox.with_directory(|directory| directory.dump(&mut bytes)).unwrap();
        String::from_utf8(bytes).unwrap()
    }
}
