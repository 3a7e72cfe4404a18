//! What came back over the connection, before anybody knows what it means.

use super::error::RefusalScope;
use memchr::memmem;
use reqwest::header::HeaderMap;

/// Answers are never larger than a page of users; a larger one is nothing that we asked for.
pub(super) const MAX_ANSWER: usize = 64 << 20;

/// What came back.
pub(super) struct Heard {
    pub(super) status: u16,
    pub(super) counts: Counts,
    /// `X-Request-Id`, where the answer bears one.
    pub(super) request_id: Option<String>,
    pub(super) body: Vec<u8>,
}

/// What the headers say of a list: strings in the documentation's examples, numbers in truth. `None` where nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub(super) total: Option<u64>,
    pub(super) pages: Option<u32>,
    pub(super) current: Option<u32>,
}

impl Counts {
    pub(super) fn read(headers: &HeaderMap) -> Self {
        fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
            headers.get(name)?.to_str().ok()?.trim().parse().ok()
        }
        let [total, pages, current] = ["x-total-count", "x-page-count", "x-current-page"];
        Self { total: number(headers, total), pages: number(headers, pages), current: number(headers, current) }
    }
}

impl Heard {
    /// The server's code and words, wherever it puts them: services in front of the API have shapes of their own.
    pub(super) fn reason(&self) -> (String, String) {
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&self.body) else {
            return (format!("http.{}", self.status), if self.body.is_empty() { String::new() } else { self.kind().to_owned() });
        };
        let first = json.pointer("/errors/0").unwrap_or(&json);
        let find = |names: &[&str]| {
            [&json, first].into_iter().find_map(|place| names.iter().find_map(|name| place.get(name)?.as_str().map(ToOwned::to_owned)))
        };
        // The reads put the code where others say `success`; gateways have numbers of their own beside it.
        let names = ["error_code", "errorCode", "code", "error", "result"];
        let documented = names.iter().find_map(|name| find(&[name]).filter(|code| code.starts_with("error.") || code.starts_with("plc.")));
        let code = documented.or_else(|| find(&names[..4])).unwrap_or_else(|| format!("http.{}", self.status));
        (code, find(&["message", "errorMessage", "error_description", "error_message", "title"]).unwrap_or_default())
    }

    /// Does the API itself say that what was asked for is not there? A gateway has a 404 of its own, which proves nothing.
    pub(super) fn says_absent(&self, family: &str) -> bool {
        const WORDS: [&str; 3] = ["not_found", "nonexistent", "not_exist"];
        let code = self.reason().0;
        self.status == 404 && code.strip_prefix(family).is_some_and(|rest| WORDS.iter().any(|word| rest.contains(word)))
    }

    /// What the refusal of a whole request speaks of.
    ///
    /// The API's own codes begin with `error.`; Adobe's gateway in front of it has numbers that begin with the status (`403003`). Everything else comes from
    /// somebody between us, who may have read only the commands of this one request. A size is always a matter of the one request.
    pub(super) fn refusal_scope(&self) -> RefusalScope {
        let code = self.reason().0;
        if code.starts_with("error.command.") || code.starts_with("error.request.") {
            RefusalScope::Command
        } else if matches!(self.status, 406 | 413 | 414 | 415 | 431) {
            RefusalScope::Unrecognized
        } else if code.starts_with("error.") || (code.len() == 6 && code.starts_with(&self.status.to_string())) {
            RefusalScope::Run
        } else {
            RefusalScope::Unrecognized
        }
    }

    /// The status in words, where a number alone would say little.
    pub(super) fn status_words(&self) -> String {
        let redirect = if (300..400).contains(&self.status) { ", a redirect, which is not followed: is the address right?" } else { "" };
        format!("HTTP {}{redirect}", self.status)
    }

    /// What the body looks like.
    pub(super) fn kind(&self) -> &'static str {
        let start = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        match start {
            None => "an empty body",
            Some(b'<') => "an HTML page",
            Some(b'{' | b'[') => "JSON that cannot be understood",
            Some(_) => "something that is not JSON",
        }
    }
}

/// A body in which a secret that the server gives back is blotted out: parts of it are shown to people and written down.
pub(super) fn without(secret: &str, body: Vec<u8>) -> Vec<u8> {
    if secret.is_empty() {
        return body;
    }
    let mut from = 0;
    let mut clean = Vec::new();
    for place in memmem::find_iter(&body, secret) {
        clean.extend_from_slice(&body[from..place]);
        clean.extend_from_slice(b"***");
        from = place + secret.len();
    }
    if from == 0 {
        return body;
    }
    clean.extend_from_slice(&body[from..]);
    clean
}

/// A transport error in words, without addresses that may hold more than they should.
pub(super) fn transport_cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return if error.is_connect() {
            "no connection within the time allowed".to_owned()
        } else {
            "no answer within the time allowed".to_owned()
        };
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let what = if error.is_connect() { "no connection" } else { "the connection was cut" };
    format!("{what} ({cause})")
}

/// The whole body, within bounds.
pub(super) async fn read_body(mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, String> {
    // What the server says of the length is believed up to a large page.
    let said = response.content_length().unwrap_or(0).min(4 << 20);
    let mut body = Vec::with_capacity(usize::try_from(said).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(|error| transport_cause(&error))? {
        if body.len() + chunk.len() > most {
            return Err(format!("the answer is longer than {} MiB", most >> 20));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
