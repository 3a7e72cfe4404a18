//! A PostgreSQL server for tests: one for all tests of a process, with a database for each test.
//! It runs on a free port, in a folder of its own, never as root, and ends with the process.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A running server.
pub(crate) struct PostgresServer {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    databases: AtomicU32,
    /// Tells the shell that runs the server. It ends with this process.
    shell: Mutex<Option<ChildStdin>>,
}

/// The password of the administrator `postgres` and of the user `umbulk`.
pub(crate) const PASSWORD: &str = "sesame";

/// Returns the server; `None` if it is not installed, which is said. If the environment demands
/// these tests, the test fails then.
pub(crate) fn server() -> Option<&'static PostgresServer> {
    static SERVER: OnceLock<Result<PostgresServer, String>> = OnceLock::new();
    match SERVER.get_or_init(PostgresServer::start) {
        Ok(server) => Some(server),
        Err(why) => {
            let demanded = std::env::var("POSTGRES_TESTS").is_ok_and(|is| is == "required");
            assert!(!demanded, "PostgreSQL is required for this test: {why}");
            let test = std::thread::current().name().unwrap_or_default().to_owned();
            // Not a macro: what it prints is not shown if the test passes.
            let _ = writeln!(std::io::stderr(), "left out: {test}: {why}");
            None
        }
    }
}

/// The folder of the programs: on Debian each version has its own.
fn programs() -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = debian.map(|entry| entry.path().join("bin")).collect();
    versions.sort();
    // A folder of links need not have all programs.
    let found = std::env::split_paths(&path)
        .chain(versions.into_iter().rev())
        .filter_map(|folder| folder.join("initdb").canonicalize().ok())
        .filter_map(|program| program.parent().map(Path::to_owned))
        .find(|folder| NEEDED.iter().all(|program| folder.join(program).is_file()));
    found.ok_or_else(|| "PostgreSQL is not installed on this machine".to_owned())
}

/// The programs that are used.
const NEEDED: [&str; 4] = ["initdb", "postgres", "psql", "pg_isready"];

/// Begins a command as somebody else than root, whom the server refuses: as the user of the
/// package, or, where that user may not even write to `/dev/null`, as a user of a namespace of its
/// own.
fn unprivileged(program: &Path) -> Command {
    static BEGIN: OnceLock<&[&str]> = OnceLock::new();
    let begin = BEGIN.get_or_init(|| {
        const USER: [&str; 4] =
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"];
        const NAMESPACE: [&str; 4] = ["unshare", "--user", "--map-user=1000", "--map-group=1000"];
        let is_root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        let mut tried = Command::new(USER[0]);
        tried.args(&USER[1..]).args(["test", "-w", "/dev/null"]).current_dir("/");
        match tried.output().is_ok_and(|tried| tried.status.success()) {
            _ if !is_root => &[],
            true => &USER,
            false => &NAMESPACE,
        }
    });
    let mut words = begin.iter().map(Path::new).chain([program]);
    let mut command = Command::new(words.next().unwrap_or(program));
    command.args(words).current_dir("/");
    command
}

fn done(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

impl PostgresServer {
    fn start() -> Result<Self, String> {
        let programs = programs()?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let data = folder.path().join("data");
        fs::create_dir(&data).map_err(|error| error.to_string())?;
        let secret = data.with_file_name("password");
        fs::write(&secret, PASSWORD).map_err(|error| error.to_string())?;
        write_certificate(folder.path())?;
        if unprivileged(&programs).get_program() == "setpriv" {
            done(Command::new("chown").args(["-R", "postgres:postgres"]).arg(folder.path()))?;
        }
        done(
            unprivileged(&programs.join("initdb"))
                .args(["--auth=scram-sha-256", "--username=postgres", "--no-sync", "--no-locale"])
                .args(["--encoding=UTF8", "--pwfile"])
                .arg(&secret)
                .arg("--pgdata")
                .arg(&data),
        )?;
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        drop(listener);
        let server =
            Self { folder, programs, port, databases: AtomicU32::new(0), shell: Mutex::default() };
        server.run(&data)?;
        server.psql("postgres", &format!("CREATE ROLE umbulk LOGIN PASSWORD '{PASSWORD}'"));
        Ok(server)
    }

    /// Starts the server below a shell that ends it as soon as this process has ended. A line of
    /// its input is a signal that stops the server, which is then started again.
    fn run(&self, data: &Path) -> Result<(), String> {
        let place = self.folder.path().display();
        let settings = [
            format!("port={}", self.port),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={place}"),
            "fsync=off".to_owned(),
            "full_page_writes=off".to_owned(),
            "max_connections=200".to_owned(),
            "shared_buffers=64MB".to_owned(),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={place}/server.crt"),
            format!("ssl_key_file={place}/server.key"),
        ];
        let mut shell = unprivileged(Path::new("sh"));
        let script = "\"$@\" & while read signal; do kill -$signal $!; wait $!; \"$@\" & done; \
                      kill -QUIT $!; wait $!; rm -rf \"$0\"";
        shell.args(["-c", script]);
        shell.arg(self.folder.path()).arg(self.programs.join("postgres")).arg("-D").arg(data);
        settings.iter().for_each(|setting| _ = shell.arg("-c").arg(setting));
        let log = fs::File::create(self.folder.path().join("log")).map_err(|e| e.to_string())?;
        let mut shell = shell
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| error.to_string())?;
        *self.shell.lock().unwrap() = shell.stdin.take();
        self.wait_until_it_answers(&mut shell)
    }

    /// Waits until the server accepts connections: then it asks for the password.
    fn wait_until_it_answers(&self, shell: &mut std::process::Child) -> Result<(), String> {
        let ready = self.programs.join("pg_isready");
        let port = self.port.to_string();
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(60) {
            let asked = Command::new(&ready).args(["-q", "-h", "127.0.0.1", "-p", &port]).status();
            if asked.is_ok_and(|status| status.success()) {
                return Ok(());
            }
            if shell.try_wait().is_ok_and(|ended| ended.is_some()) {
                let mut log = String::new();
                let file = fs::File::open(self.folder.path().join("log"));
                let _ = file.and_then(|mut file| file.read_to_string(&mut log));
                return Err(format!("the server does not start: {log}"));
            }
        }
        Err("the server does not answer within a minute".to_owned())
    }

    /// Stops the server with this signal, and starts it again at once: `INT` cuts all connections,
    /// `QUIT` is a crash.
    pub(crate) fn restart(&self, signal: &str) {
        let mut shell = self.shell.lock().unwrap();
        writeln!(shell.as_mut().unwrap(), "{signal}").unwrap();
    }

    /// Carries out a statement as the administrator, and returns what it gives.
    pub(crate) fn psql(&self, database: &str, sql: &str) -> String {
        self.try_psql(database, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The same on a server that may be away.
    pub(crate) fn try_psql(&self, database: &str, sql: &str) -> Result<String, String> {
        let output = Command::new(self.programs.join("psql"))
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "postgres"])
            .args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql])
            .env("PGPASSWORD", PASSWORD)
            .output()
            .unwrap();
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout).unwrap().trim_end().to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    /// Makes a database in which the user `umbulk` may do nothing but use the schema `umbulk`, and
    /// returns its name.
    pub(crate) fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("CREATE DATABASE {name} STRATEGY file_copy"));
        self.psql(
            &name,
            "REVOKE ALL ON SCHEMA public FROM public; CREATE SCHEMA umbulk AUTHORIZATION umbulk",
        );
        name
    }

    /// Returns the address of a database, without the password.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://umbulk@127.0.0.1:{}/{database}", self.port)
    }

    /// The certificate that the server shows, which nobody else has signed.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("server.crt")
    }
}

fn write_certificate(folder: &Path) -> Result<(), String> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]);
    let made = made.map_err(|error| error.to_string())?;
    let write = |name: &str, text: String| -> std::io::Result<()> {
        fs::write(folder.join(name), text)?;
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600))
    };
    write("server.crt", made.cert.pem())
        .and_then(|()| write("server.key", made.signing_key.serialize_pem()))
        .map_err(|error| error.to_string())
}
