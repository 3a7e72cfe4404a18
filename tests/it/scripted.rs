//! A server that answers as a test has written down, for what an honest organization does not do.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};

use crate::world::{Run, bare, run};

/// The answer to one path.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// Not before this path was asked for.
    pub after: Option<String>,
}

pub(crate) struct Scripted {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    answers: Mutex<BTreeMap<String, Answer>>,
    asked: Mutex<Vec<String>>,
    more: Condvar,
}

impl Scripted {
    /// Answers below `/v2/usermanagement`; the last answer of a kind stands for all pages after it.
    pub(crate) fn start(answers: impl IntoIterator<Item = (String, Answer)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: Mutex::new(Vec::new()),
            more: Condvar::new(),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Self { address, state }
    }

    /// The paths that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.state.asked.lock().unwrap().clone()
    }

    pub(crate) fn umbulk(&self, folder: &Path, args: &[&str]) -> Run {
        let url = format!("http://{}", self.address);
        run(bare(folder, args)
            .env("UMAPI_URL", format!("{url}/v2/usermanagement"))
            .env("UMAPI_AUTH_HOST", &url)
            .env("UMAPI_CLIENT_ID", "client")
            .env("UMAPI_CLIENT_SECRET", "secret")
            .env("UMAPI_ORG_ID", "1@AdobeOrg")
            .env("UMBULK_RATE", "users=off,groups=off")
            .env("UMBULK_MAX_ATTEMPTS", "2")
            .env("UMBULK_RETRY_WAIT", "5ms"))
    }
}

fn serve(stream: TcpStream, state: &State) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let (mut first, mut length) = (String::new(), 0);
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                break;
            }
            if let Some(number) = line.to_lowercase().strip_prefix("content-length:") {
                length = number.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let path = first.split(' ').nth(1).unwrap_or_default();
        let path = path.strip_prefix("/v2/usermanagement/").unwrap_or(path).to_owned();
        let answer = if path.contains("token") {
            let plain = Answer {
                body: r#"{"access_token":"scripted-token-0","expires_in":86400}"#.to_owned(),
                ..Answer::default()
            };
            Some(state.answers.lock().unwrap().get("token").cloned().unwrap_or(plain))
        } else {
            state.asked.lock().unwrap().push(path.clone());
            state.more.notify_all();
            state.answers.lock().unwrap().get(&path).cloned()
        };
        if let Some(after) = answer.as_ref().and_then(|answer| answer.after.clone()) {
            let asked = state.asked.lock().unwrap();
            let _ = state
                .more
                .wait_timeout_while(asked, std::time::Duration::from_secs(20), |asked| {
                    !asked.contains(&after)
                })
                .unwrap();
        }
        let (status, answer) = answer
            .map_or((404, Answer { body: "{}".to_owned(), ..Answer::default() }), |answer| {
                (200, answer)
            });
        let headers: String =
            answer.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\n{headers}content-length: \
             {}\r\n\r\n",
            answer.body.len()
        );
        if stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(answer.body.as_bytes()))
            .is_err()
        {
            return;
        }
    }
}
