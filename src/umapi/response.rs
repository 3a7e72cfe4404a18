//! A raw response, before its meaning is decided.

use super::error::RefusalScope;
use super::server_words::without_long_runs;
use flate2::write::MultiGzDecoder;
use reqwest::header::HeaderMap;
use std::io::{self, Write};

/// The largest response that is read. No page of users is larger.
pub(super) const MAX_ANSWER: usize = 64 << 20;

/// A response with its body.
pub(super) struct RawResponse {
    pub(super) status: u16,
    pub(super) counts: ResponseCounts,
    /// `X-Request-Id`, if the response has one.
    pub(super) request_id: Option<String>,
    pub(super) body: Vec<u8>,
}

/// The counts in the headers of a list. The documentation's examples have them as strings, the API
/// sends numbers. `None` for a header that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct ResponseCounts {
    pub(super) total: Option<u64>,
    pub(super) pages: Option<u32>,
    pub(super) current: Option<u32>,
}

impl ResponseCounts {
    /// Reads the counts of a list from the headers of a page.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
            headers.get(name)?.to_str().ok()?.trim().parse().ok()
        }
        let [total, pages, current] = ["x-total-count", "x-page-count", "x-current-page"];
        Self {
            total: number(headers, total),
            pages: number(headers, pages),
            current: number(headers, current),
        }
    }
}

impl RawResponse {
    /// Returns the server's code and message, wherever the body has them: services in front of the
    /// API have their own formats.
    pub(super) fn reason(&self) -> (String, String) {
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&self.body) else {
            return (
                format!("http.{}", self.status),
                if self.body.is_empty() { String::new() } else { self.kind().to_owned() },
            );
        };
        let first = json.pointer("/errors/0").unwrap_or(&json);
        let find = |names: &[&str]| {
            [&json, first].into_iter().find_map(|place| {
                names.iter().find_map(|name| place.get(name)?.as_str().map(ToOwned::to_owned))
            })
        };
        // Read calls have the code where other calls have `success`. Gateways add their own
        // numbers.
        let names = ["error_code", "errorCode", "code", "error", "result"];
        let documented = names.iter().find_map(|name| {
            find(&[name]).filter(|code| code.starts_with("error.") || code.starts_with("plc."))
        });
        let code = documented
            .or_else(|| find(&names[..4]))
            .unwrap_or_else(|| format!("http.{}", self.status));
        let message =
            find(&["message", "errorMessage", "error_description", "error_message", "title"])
                .unwrap_or_default();
        (without_long_runs(&code).into_owned(), without_long_runs(&message).into_owned())
    }

    /// Whether the API itself says that what was requested does not exist. A 404 of a gateway
    /// proves nothing, and neither does a code that says more (`error.user.not_found_or_ambiguous`:
    /// several users may exist).
    pub(super) fn says_absent(&self, family: &str) -> bool {
        const WORDS: [&str; 4] = ["not_found", "nonexistent", "not_in_org", "not_exist"];
        let code = self.reason().0;
        self.status == 404 && code.strip_prefix(family).is_some_and(|rest| WORDS.contains(&rest))
    }

    /// Returns what the refusal of a whole request is about.
    ///
    /// The API's own codes begin with `error.` or `plc.`. Adobe's gateway in front of it sends
    /// numbers that begin with the status (`403003`). Everything else comes from a third party,
    /// which may object to the commands of this one request. A refusal because of size is always
    /// about the one request.
    pub(super) fn refusal_scope(&self) -> RefusalScope {
        let code = self.reason().0;
        if code.starts_with("error.command.") || code.starts_with("error.request.") {
            RefusalScope::Command
        } else if (300..400).contains(&self.status) {
            // The address is wrong, for every request.
            RefusalScope::Run
        } else if matches!(self.status, 406 | 413 | 414 | 415 | 431) {
            RefusalScope::Unrecognized
        } else if speaks_of_the_caller(&code)
            || (code.len() == 6 && code.starts_with(&self.status.to_string()))
        {
            RefusalScope::Run
        } else if code.starts_with("error.") || code.starts_with("plc.") {
            RefusalScope::Unplaced
        } else {
            RefusalScope::Unrecognized
        }
    }

    /// Returns the status in words.
    pub(super) fn status_words(&self) -> String {
        format!("HTTP {}", self.status)
    }

    /// Returns a word for what the body looks like.
    pub(super) fn kind(&self) -> &'static str {
        let start = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        match start {
            None => "an empty body",
            Some(b'<') => "an HTML page",
            Some(b'{' | b'[') => "unexpected JSON",
            Some(_) => "something that is not JSON",
        }
    }
}

/// Whether a code of the API is about the sender of the request (the key, the token, the
/// organization), and so about every request.
fn speaks_of_the_caller(code: &str) -> bool {
    const FAMILIES: [&str; 13] = [
        "access",
        "api",
        "auth",
        "certificate",
        "client",
        "credential",
        "forbidden",
        "ims",
        "jwt",
        "oauth",
        "org",
        "permission",
        "token",
    ];
    let code = code.to_ascii_lowercase();
    code.strip_prefix("error.").is_some_and(|rest| {
        rest.starts_with("unauthorized") || FAMILIES.iter().any(|family| rest.starts_with(family))
    })
}

/// Describes a transport error, without addresses, which may contain secrets.
pub(super) fn transport_cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return if error.is_connect() {
            "no connection within the time allowed".to_owned()
        } else {
            "no response within the time allowed".to_owned()
        };
    }
    let mut cause: &dyn std::error::Error = error;
    // Of a proxy's tunnel that cannot be made, the last cause is too little.
    while let Some(source) = cause.source()
        && !cause.to_string().starts_with("tunnel error")
    {
        cause = source;
    }
    // Without the error number of the operating system, and without the address of a page for
    // people who write programs.
    let text = cause.to_string();
    let cause = text.split(" (os error ").next().unwrap_or_default();
    let cause = cause.split(": https://").next().unwrap_or_default();
    let what = if error.is_connect() { "no connection" } else { "the connection was cut" };
    format!("{what} ({cause})")
}

/// Why a body is not complete.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    /// The connection ended too early.
    #[error("{}", transport_cause(.0))]
    Cut(#[source] reqwest::Error),
    /// The body is longer than allowed.
    #[error("{0}")]
    TooLong(io::Error),
    /// The body begins as gzip, and is damaged.
    #[error("the response cannot be uncompressed (gzip: {0})")]
    BrokenGzip(io::Error),
}

/// Reads the whole body, up to a limit. A body that starts as gzip is unpacked, whatever the
/// headers say, because no other response starts like that.
pub(super) async fn read_body(
    mut response: reqwest::Response,
    most: usize,
) -> Result<Vec<u8>, BodyError> {
    // The announced length is trusted up to the size of a large page.
    let said = response.content_length().unwrap_or(0).min(4 << 20);
    let mut body = ResponseBody::Plain(Bounded {
        bytes: Vec::with_capacity(usize::try_from(said).unwrap_or(0)),
        most,
    });
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Cut)? {
        body = body.with(&chunk)?;
    }
    body.finish()
}

/// A body while it is read.
enum ResponseBody {
    Plain(Bounded),
    Gzip(Box<MultiGzDecoder<Bounded>>),
}

/// How every gzip stream begins (RFC 1952, 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

impl ResponseBody {
    fn with(self, chunk: &[u8]) -> Result<Self, BodyError> {
        let plain = match self {
            Self::Gzip(mut decoder) => {
                decoder.write_all(chunk).map_err(gzip_error)?;
                return Ok(Self::Gzip(decoder));
            }
            Self::Plain(mut plain) => {
                let is_begin = plain.bytes.len() < GZIP.len();
                plain.write_all(chunk).map_err(BodyError::TooLong)?;
                if !(is_begin && plain.bytes.starts_with(&GZIP)) {
                    return Ok(Self::Plain(plain));
                }
                plain
            }
        };
        let Bounded { bytes: packed, most } = plain;
        Self::Gzip(Box::new(MultiGzDecoder::new(Bounded { bytes: Vec::new(), most }))).with(&packed)
    }

    fn finish(self) -> Result<Vec<u8>, BodyError> {
        match self {
            Self::Plain(plain) => Ok(plain.bytes),
            Self::Gzip(decoder) => {
                decoder.finish().map(|unpacked| unpacked.bytes).map_err(gzip_error)
            }
        }
    }
}

fn gzip_error(error: io::Error) -> BodyError {
    match error.kind() {
        io::ErrorKind::FileTooLarge => BodyError::TooLong(error),
        _ => BodyError::BrokenGzip(error),
    }
}

/// A buffer with a limit, so that a small packed response cannot fill the memory.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > self.most {
            let words = format!("the answer is longer than {} MiB", self.most >> 20);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, words));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Returns the body, or the error's message.
    fn read(bytes: &[u8], chunk: usize, most: usize) -> Result<Vec<u8>, String> {
        let begin = ResponseBody::Plain(Bounded { bytes: Vec::new(), most });
        let read = bytes.chunks(chunk).try_fold(begin, ResponseBody::with);
        read.and_then(ResponseBody::finish).map_err(|error| error.to_string())
    }

    #[test]
    fn gzip_is_unpacked_however_it_is_cut_into_chunks() {
        let text = br#"{"result":"success"}"#;
        for chunk in [1, 2, 3, 7, 1000] {
            assert_eq!(read(&packed(text), chunk, 100).as_deref(), Ok(&text[..]));
            assert_eq!(read(text, chunk, 100).as_deref(), Ok(&text[..]));
            assert_eq!(
                read(&[packed(b"{"), packed(b"}")].concat(), chunk, 100).as_deref(),
                Ok(&b"{}"[..])
            );
        }
        assert_eq!(read(b"", 1, 100).as_deref(), Ok(&b""[..]));
        assert_eq!(read(&[0x1f], 1, 100).as_deref(), Ok(&[0x1f][..]));
    }

    #[test]
    fn the_bound_holds_for_the_unpacked_bytes() {
        let bomb = packed(&vec![b' '; 10 << 20]);
        assert!(bomb.len() < 20_000);
        assert_eq!(read(&bomb, 1000, 1 << 20).unwrap_err(), "the answer is longer than 1 MiB");
        assert_eq!(read(&[b' '; 2000], 1000, 1000).unwrap_err(), "the answer is longer than 0 MiB");
    }

    #[test]
    fn a_cut_or_broken_gzip_stream_is_an_error() {
        let whole = packed(br#"{"result":"success"}"#);
        assert!(
            read(&whole[..whole.len() - 9], 5, 100)
                .unwrap_err()
                .contains("cannot be uncompressed (gzip")
        );
        assert!(
            read(&[&GZIP[..], b"no gzip at all"].concat(), 5, 100)
                .unwrap_err()
                .contains("cannot be uncompressed (gzip")
        );
    }
}
