//! Pages in a real browser, where Chromium and its driver are installed: no error, the search, the
//! order of rows.

use crate::world::World;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use umbulk::sandbox::{Directory, SandboxOptions};

/// A browser, driven as the WebDriver standard says.
struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

fn installed(names: &[&str]) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let all: Vec<PathBuf> = std::env::split_paths(&paths).collect();
    names
        .iter()
        .flat_map(|name| all.iter().map(move |path| path.join(name)))
        .find(|path| path.is_file())
}

impl Browser {
    /// Starts the browser with a profile in this folder; `None`, which is said, if none is
    /// installed or it does not start.
    #[expect(clippy::print_stderr, reason = "it is part of tests")]
    fn start(folder: &Path) -> Option<Self> {
        let started = Self::try_start(folder);
        if started.is_none() {
            eprintln!("skipped: there is no chromium with chromedriver on this machine");
        }
        started
    }

    fn try_start(folder: &Path) -> Option<Self> {
        let browser = installed(&["chromium", "chromium-browser", "google-chrome"])?;
        let program = installed(&["chromedriver"])?;
        let mut driver = Command::new(program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut lines = BufReader::new(driver.stdout.take()?).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            line.rsplit_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
        })?;
        let mut found = Self { driver, port, session: String::new() };
        let profile = format!("--user-data-dir={}", folder.display());
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            &profile,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": args, "binary": browser},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let answer = found.call("POST", "/session", &wanted);
        found.session = answer["sessionId"].as_str()?.to_owned();
        Some(found)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let body = if method == "POST" { body.to_string() } else { String::new() };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        let mut buffer = [0; 1 << 16];
        // The driver may keep the connection open: the length says where the answer ends.
        loop {
            let read = stream.read(&mut buffer).unwrap_or(0);
            answer.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&answer).into_owned();
            let whole = text.split_once("\r\n\r\n").and_then(|(head, body)| {
                let head = head.to_ascii_lowercase();
                let (_, length) = head.split_once("content-length:")?;
                let length: usize = length.lines().next()?.trim().parse().ok()?;
                (body.len() >= length).then(|| body.to_owned())
            });
            if let Some(body) = whole {
                let mut value: Value = serde_json::from_str(&body).unwrap();
                return value["value"].take();
            }
            assert!(read > 0, "{text}");
        }
    }

    fn open(&self, page: &Path) {
        let url = json!({"url": format!("file://{}", page.display())});
        self.call("POST", &format!("/session/{}/url", self.session), &url);
    }

    fn script(&self, script: &str) -> Value {
        let script = json!({"script": script, "args": []});
        self.call("POST", &format!("/session/{}/execute/sync", self.session), &script)
    }

    /// What the console of the page says.
    fn console(&self) -> Value {
        let kind = json!({"type": "browser"});
        self.call("POST", &format!("/session/{}/se/log", self.session), &kind)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            self.call("DELETE", &format!("/session/{}", self.session), &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The first cells of the rows that the table shows.
const LINES: &str = "return [...document.querySelectorAll('tbody')].pop().innerText";

#[test]
#[expect(clippy::disallowed_methods, reason = "the browser runs in real time")]
fn table_of_a_page_is_searched_and_sorted_without_errors() {
    let world = World::new(Directory::default(), SandboxOptions::default());
    let mut rows = String::from("email,firstname,lastname,country\n");
    for number in 0..2_000 {
        rows += &format!("user{number}@example,Ann,Lee{number},US\n");
    }
    rows += "<img src=x onerror=alert(1)>@example,</script>,Ray,US\n";
    let run = world.import("staff.csv", rows, &["--report", "run.html", "--yes"]);
    assert_eq!(run.status, 1, "{run:?}");
    let profile = tempfile::tempdir().unwrap();
    let Some(browser) = Browser::start(profile.path()) else { return };
    browser.open(&world.path("run.html"));
    assert_eq!(browser.console(), json!([]));
    let found = "return document.querySelector('[aria-live]').textContent";
    assert_eq!(browser.script(found), "2,001 rows, page 1 of 41");
    // By number, upwards and downwards.
    let by_line = "document.querySelectorAll('th button')[0].click();";
    let first = "return document.querySelector('td').textContent";
    let shown = |sort: &str| browser.script(&format!("{sort}{first}"));
    browser.script(by_line);
    assert_eq!(shown(""), "2");
    assert_eq!(shown(by_line), "2002");
    let sorted = "return document.querySelector('th').getAttribute('aria-sort')";
    assert_eq!(browser.script(sorted), "descending");
    // The search waits until nobody types.
    let search = "const field = document.querySelector('input'); field.value = 'onerror';\
                  field.dispatchEvent(new Event('input'));";
    browser.script(search);
    for _ in 0..200 {
        if browser.script(found) == "1 row, page 1 of 1" {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(browser.script(found), "1 row, page 1 of 1");
    let line = browser.script(LINES);
    assert!(line.as_str().unwrap().contains("<img src=x onerror=alert(1)>"), "{line}");
    assert_eq!(browser.script("return document.querySelectorAll('img').length"), 0);
    // A code leads to its rows.
    browser.script("document.querySelector('[data-search]').click()");
    let all = browser.script(found);
    assert!(all.as_str().unwrap().contains("page 1 of"), "{all}");
    assert_eq!(browser.console(), json!([]));
}

/// Nothing overflows a narrow page, and addresses wrap after a mark. A browser window cannot be
/// narrower than this.
#[test]
fn page_fits_a_telephone() {
    let world = World::new(Directory::default(), SandboxOptions::default());
    let mut rows = String::from("email,firstname,lastname,country\n");
    for number in 0..12 {
        rows += &format!("user{number}@example.com,Ann,Lee{number},US\n");
    }
    rows += "a.long.first.name.and.a.long.last.name@subdomain.example,Ann,Ray,Nowhere\n";
    let run = world.import("staff.csv", rows, &["--report", "run.html"]);
    assert_eq!(run.status, 1, "{run:?}");
    let profile = tempfile::tempdir().unwrap();
    let Some(browser) = Browser::start(profile.path()) else { return };
    let size = json!({"width": 500, "height": 900});
    browser.call("POST", &format!("/session/{}/window/rect", browser.session), &size);
    browser.open(&world.path("run.html"));
    let beside = "const right = (one) => one.getBoundingClientRect().right;\
                  return [...document.querySelectorAll('svg, table, strong')]\
                      .filter((one) => right(one) > document.documentElement.clientWidth).length";
    assert_eq!(browser.script(beside), 0);
    let charts = browser.script("return document.querySelectorAll('svg.time').length");
    assert_eq!(charts, 1);
    let who = "return [...document.querySelectorAll('td[data-label=Who]')].pop().innerHTML";
    let who = browser.script(who);
    assert!(who.as_str().unwrap().ends_with("name@<wbr>subdomain.<wbr>example<wbr>"), "{who}");
    assert_eq!(browser.console(), json!([]));
}
