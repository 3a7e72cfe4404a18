//! Servers that mean harm, or are none: nothing leaks, nothing grows without bound, and every row
//! has an honest outcome.

use crate::world::{Run, World, bare, run};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Gives tokens, and to everything else what `answer` writes. Remembers what it was asked.
pub(crate) struct Server {
    pub port: u16,
    pub received: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::answering(move |stream, _| answer(stream))
    }

    /// Hands the request to `answer` as well.
    pub(crate) fn answering(answer: impl Fn(&mut TcpStream, &str) + Send + Sync + 'static) -> Self {
        Self::answering_all(move |stream, request| {
            if request.starts_with("POST /ims/token") {
                let body = r#"{"access_token":"token-of-the-test","expires_in":86399}"#;
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
            } else {
                answer(stream, request);
            }
        })
    }

    /// Gives no tokens of its own either.
    pub(crate) fn answering_all(
        answer: impl Fn(&mut TcpStream, &str) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let (noted, answer) = (Arc::clone(&received), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, noted, answer) =
                    (stream.unwrap(), Arc::clone(&noted), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let request = read_request(&mut stream);
                    noted.lock().unwrap().push(request.clone());
                    answer(&mut stream, &request);
                });
            }
        });
        Self { port, received }
    }

    fn import(&self, world: &World) -> Run {
        let here = format!("http://127.0.0.1:{}", self.port);
        world.write("a.csv", "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n");
        run(bare(
            world.folder.path(),
            &["import", "a.csv", "--rate", "off", "--retry-wait", "1ms", "--max-attempts", "2"],
        )
        .env("UMAPI_URL", &here)
        .env("UMAPI_AUTH_HOST", &here)
        .env("UMAPI_CLIENT_ID", "id")
        .env("UMAPI_CLIENT_SECRET", "secret-of-the-test")
        .env("UMAPI_ORG_ID", "1@AdobeOrg"))
    }
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_lowercase().strip_prefix("content-length: ").and_then(|n| n.parse().ok())
            });
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return text,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}

#[test]
fn a_redirect_carries_the_token_nowhere() {
    let elsewhere = Server::start(|stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"));
    });
    let place = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:{}/\r\ncontent-length: \
         0\r\n\r\n",
        elsewhere.port
    );
    let server = Server::start(move |stream| drop(stream.write_all(place.as_bytes())));
    let world = World::with_groups(&[]);
    let run = server.import(&world);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(
        run.stdout.contains("HTTP 307") && run.stdout.contains("a redirect, which is not followed"),
        "{}",
        run.stdout
    );
    assert!(server.received.lock().unwrap().len() > 1);
    assert!(elsewhere.received.lock().unwrap().is_empty());
}

#[test]
fn answers_without_end_are_refused() {
    let world = World::with_groups(&[]);
    let endless_body = Server::start(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
        while stream.write_all(&[b' '; 65536]).is_ok() {}
    });
    let run = endless_body.import(&world);
    assert!(run.status == 3 && run.stdout.contains("longer than 64 MiB"), "{run:?}");
    assert_eq!(world.statuses("a.results.csv"), ["unknown"]);

    let world = World::with_groups(&[]);
    let endless_headers = Server::start(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"x-more: and more and more and more\r\n").is_ok() {}
    });
    let run = endless_headers.import(&world);
    assert!(run.status == 3 && run.stdout.contains("the connection was cut"), "{run:?}");
    assert_eq!(world.statuses("a.results.csv"), ["unknown"]);
}

#[test]
fn json_of_endless_depth_is_no_answer() {
    let world = World::with_groups(&[]);
    let server = Server::start(|stream| {
        let body = "[".repeat(1_000_000);
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
    });
    let run = server.import(&world);
    assert!(run.status == 3 && run.stdout.contains("unexpected JSON"), "{run:?}");
    assert_eq!(world.statuses("a.results.csv"), ["unknown"]);
}

#[test]
fn failing_run_writes_no_secret_and_no_token() {
    let world = World::with_groups(&[]);
    // A server that gives everything back that it was told.
    let server = Server::answering(|stream, request| {
        let body =
            serde_json::json!({ "error_code": "403", "message": format!("you said {request}") });
        let _ = write!(stream, "HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n{body}");
    });
    let refused = server.import(&world);
    assert!(refused.status != 0 && refused.stdout.contains("you said"), "{refused:?}");
    let broken = Server::start(|_| ()).import(&world);
    let mut verbose =
        bare(world.folder.path(), &["import", "a.csv", "-vv", "--fresh", "--progress", "plain"]);
    let verbose = run(verbose
        .env("UMAPI_URL", format!("http://127.0.0.1:{}", server.port))
        .env("UMAPI_AUTH_HOST", format!("http://127.0.0.1:{}", server.port))
        .env("UMAPI_CLIENT_ID", "id")
        .env("UMAPI_CLIENT_SECRET", "secret-of-the-test")
        .env("UMAPI_ORG_ID", "1@AdobeOrg")
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "full"));
    let mut written = format!("{refused:?}{broken:?}{verbose:?}");
    let mut files = 0;
    let mut folders = vec![world.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files += 1;
                written += &String::from_utf8_lossy(&std::fs::read(path).unwrap());
            }
        }
    }
    assert!(
        server
            .received
            .lock()
            .unwrap()
            .iter()
            .any(|request| request.contains("secret-of-the-test")),
        "they were told to the server"
    );
    assert!(
        server.received.lock().unwrap().iter().any(|request| request.contains("token-of-the-test"))
    );
    assert!(files > 3, "results, journal, …");
    assert!(!written.contains("secret-of-the-test") && !written.contains("token-of-the-test"));
}

#[test]
fn a_readable_dotenv_is_warned_about() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::with_groups(&[]);
    let mut set = String::new();
    for (name, value) in world.command(&[]).get_envs() {
        let (name, value) = (name.to_str().unwrap(), value.unwrap().to_str().unwrap());
        if name.starts_with("UMAPI_") {
            set += &format!("{name}={value}\n");
        }
    }
    let path = world.write(".env", set);
    world.write("a.csv", "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n");
    for (mode, warned) in [(0o644, true), (0o600, false)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let run = run(&mut bare(world.folder.path(), &["check"]));
        assert_eq!(run.status, 0, "{run:?}");
        assert_eq!(run.stderr.contains("chmod 600"), warned, "{}", run.stderr);
    }
}
