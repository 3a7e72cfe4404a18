//! Where the shared store is, as people write it: `postgres://user@host/database`.
//!
//! The connection is encrypted, and the certificate of the server checked, unless the server is on
//! this computer. A password is in no message.

use super::error::StoreError;
use super::password_file::password_in;
use crate::fs::in_words;
use percent_encoding::percent_decode_str;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// Where the shared store is, and how to connect to it.
#[derive(Debug, Clone)]
pub(crate) struct StoreAddress {
    /// Its `Debug` shows no password.
    config: Config,
    /// Certificates to trust besides those of the system.
    roots: Option<PathBuf>,
    /// The shortest lease of a run.
    lease: Duration,
    shown: String,
}

/// Where passwords are, besides the address.
#[derive(Clone, Default)]
pub(crate) struct PasswordPlaces {
    /// The value of `PGPASSWORD`.
    pub(crate) variable: Option<String>,
    /// The file of `PGPASSFILE`, or `.pgpass` in the home folder. The latter need not exist.
    pub(crate) file: Option<PathBuf>,
}

/// The longest time for the connection to one address of a host.
const CONNECTING: Duration = Duration::from_secs(10);
/// How long sent data may stay without an acknowledgement, and when the first question follows
/// after which nothing came.
const LOST_AFTER: Duration = Duration::from_secs(20);

/// What decides about TLS in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AskedTls {
    /// Nothing: as the place of the server demands.
    Unsaid,
    Off,
    Checked,
}

impl StoreAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is not valid, has a password, would send data unprotected over a network, or its
    /// files cannot be read.
    pub(crate) fn parse(text: &str, passwords: &PasswordPlaces) -> Result<Self, StoreError> {
        let (mut address, file) = Self::read(text)?;
        address.find_password(file, passwords)?;
        Ok(address)
    }

    /// Returns an address as messages show it.
    ///
    /// # Errors
    /// When it is not valid, has a password, or would send data unprotected over a network.
    pub(crate) fn shown_of(text: &str) -> Result<String, StoreError> {
        Self::read(text).map(|(address, _)| address.shown)
    }

    /// Reads an address. Also returns the file that it names for its password.
    fn read(text: &str) -> Result<(Self, Option<PathBuf>), StoreError> {
        if !["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err(wrong("write postgres://USER@HOST/DATABASE"));
        }
        // Commands are shown and recorded, so others could read it.
        if Self::has_password(text) {
            return Err(StoreError::HasPassword);
        }
        let (base, options) = text.split_once('?').unwrap_or((text, ""));
        let AddressOptions { kept, tls, roots, file, lease } = AddressOptions::read(options)?;
        let plain = format!("{base}?{}", kept.join("&"));
        // The error may repeat a part of the text, and that part may be a password.
        let mut config: Config = plain
            .parse()
            .map_err(|_| wrong("write postgres://USER@HOST/DATABASE, with %40 for an @"))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(wrong("it has no host"));
        }
        let has_at = |host: &Host| matches!(host, Host::Tcp(name) if name.contains('@'));
        if config.get_hosts().iter().any(has_at) {
            return Err(wrong("write %40 for an @"));
        }
        let is_here = is_on_this_computer(&config);
        let mode = match tls {
            AskedTls::Off if !is_here => {
                return Err(wrong("only a server on this computer may be used without TLS"));
            }
            AskedTls::Unsaid if is_here => SslMode::Disable,
            AskedTls::Off => SslMode::Disable,
            AskedTls::Unsaid | AskedTls::Checked => SslMode::Require,
        };
        config.ssl_mode(mode).keepalives_idle(LOST_AFTER).tcp_user_timeout(LOST_AFTER);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECTING);
        }
        if config.get_application_name().is_none() {
            config.application_name("umbulk");
        }
        if config.get_user().is_none() {
            return Err(wrong("it has no user: write postgres://USER@HOST/DATABASE"));
        }
        let shown = shown(&config) + &shown_options(options);
        Ok((Self { shown, config, roots, lease }, file))
    }

    /// Takes the password from the places where libpq finds it.
    fn find_password(
        &mut self,
        file: Option<PathBuf>,
        passwords: &PasswordPlaces,
    ) -> Result<(), StoreError> {
        if let Some(password) = passwords.variable.as_ref().filter(|_| file.is_none()) {
            self.config.password(password);
            return Ok(());
        }
        let is_named = file.is_some();
        let Some(file) = file.or_else(|| passwords.file.clone()) else { return Ok(()) };
        let password = self.password_of(&file);
        match password {
            Ok(Some(password)) => {
                self.config.password(password);
            }
            Ok(None) => {}
            // The usual file need not exist.
            Err(error) if !is_named && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let why = in_words(&error);
                return Err(StoreError::PasswordFile { file: crate::visible::shown(&file), why });
            }
        }
        Ok(())
    }

    fn password_of(&self, file: &Path) -> std::io::Result<Option<String>> {
        let user = self.config.get_user().unwrap_or_default();
        let database = self.config.get_dbname().unwrap_or(user);
        let mut found: Option<Option<String>> = None;
        // The connection has one password, whichever host it goes to.
        for (host, port) in self.hosts() {
            let password = password_in(file, [&host, &port.to_string(), database, user])?;
            if *found.get_or_insert_with(|| password.clone()) != password {
                return Err(std::io::Error::other(
                    "it has different passwords for the hosts of the address, and umbulk uses one \
                     for all",
                ));
            }
        }
        Ok(found.flatten())
    }

    /// Returns the hosts, each with its port. A host without a name has the name of this computer.
    fn hosts(&self) -> impl Iterator<Item = (String, u16)> {
        let ports = self.config.get_ports();
        let port = |at: usize| ports.get(at).or(ports.first()).map_or(5432, |port| *port);
        let name = |host: &Host| match host {
            Host::Tcp(host) => host.clone(),
            #[cfg(unix)]
            Host::Unix(_) => "localhost".to_owned(),
        };
        let mut names: Vec<String> = self.config.get_hosts().iter().map(name).collect();
        if names.is_empty() {
            names.push("localhost".to_owned());
        }
        names.into_iter().enumerate().map(move |(at, name)| (name, port(at)))
    }

    /// Whether the address itself has a password.
    pub(crate) fn has_password(text: &str) -> bool {
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let name_of = |option: &str| option.split('=').next().unwrap_or_default().to_owned();
        let mut options = rest.split('?').skip(1).flat_map(|options| options.split('&'));
        if options.any(|option| name_of(option) == "password") {
            return true;
        }
        // As the client reads it: the user and the password end at the first @.
        let Some((before, _)) = rest.split_once('@') else { return false };
        match before.split_once('?') {
            None => before.contains(':'),
            // The ? begins the options, or belongs to a password.
            Some((place, option)) => {
                place.contains(':') && !(has_only_ports(place) && is_option(&name_of(option)))
            }
        }
    }

    /// Returns how to connect.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the file with certificates to trust besides those of the system.
    pub(super) fn roots(&self) -> Option<&Path> {
        self.roots.as_deref()
    }

    /// Returns how long a lease lasts if responses are waited for so long. It outlasts them, and is
    /// renewed several times meanwhile.
    pub(crate) fn lease_length(&self, timeout: Duration) -> Duration {
        self.lease.max(timeout.saturating_add(self.lease / 2))
    }

    /// Returns the address without a password, with the options that are typed again to reach it:
    /// `postgres://user@host:5432/database?passfile=umbulk.pgpass`.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }
}

fn wrong(why: &str) -> StoreError {
    StoreError::Address(why.to_owned())
}

/// Whether each : in hosts and a database stands before a port.
fn has_only_ports(place: &str) -> bool {
    let hosts = place.split('/').next().unwrap_or_default();
    hosts.split(',').all(|host| {
        let port = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map(|(_, port)| port);
        port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// The options of an address that the client knows.
const KEPT: [&str; 9] = [
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "connect_timeout",
    "application_name",
    "target_session_attrs",
    "load_balance_hosts",
];
/// Those that umbulk reads itself.
const OWN: [&str; 4] = ["sslmode", "sslrootcert", "passfile", "lease"];
/// The shortest lease of a run, if the address names none.
const LEASE: Duration = Duration::from_secs(60);

fn is_option(name: &str) -> bool {
    KEPT.contains(&name) || OWN.contains(&name)
}

/// What stands behind the `?` of an address.
struct AddressOptions<'t> {
    /// The options that the client knows.
    kept: Vec<&'t str>,
    tls: AskedTls,
    roots: Option<PathBuf>,
    /// The file with the password.
    file: Option<PathBuf>,
    /// The shortest lease of a run.
    lease: Duration,
}

impl<'t> AddressOptions<'t> {
    fn read(options: &'t str) -> Result<Self, StoreError> {
        let (kept, tls) = (Vec::new(), AskedTls::Unsaid);
        let mut read = Self { kept, tls, roots: None, file: None, lease: LEASE };
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let path = || PathBuf::from(percent_decode_str(value).decode_utf8_lossy().as_ref());
            match name {
                "sslmode" => read.tls = asked_tls(value)?,
                "sslrootcert" => read.roots = Some(path()),
                "passfile" => read.file = Some(path()),
                "lease" => read.lease = asked_lease(value)?,
                name if KEPT.contains(&name) => read.kept.push(option),
                // Its name is not repeated: behind a `?` within a password, it is a part of that.
                _ => return Err(wrong("it has an unknown option")),
            }
        }
        Ok(read)
    }
}

fn asked_tls(mode: &str) -> Result<AskedTls, StoreError> {
    match mode {
        "disable" => Ok(AskedTls::Off),
        "allow" | "prefer" => Err(StoreError::Address(format!(
            "`sslmode={mode}` may send data unprotected: write verify-full, or disable for a \
             server on this computer"
        ))),
        // More is checked than the first two demand.
        "require" | "verify-ca" | "verify-full" => Ok(AskedTls::Checked),
        // It may be a part of a password.
        _ => Err(wrong(
            "its sslmode does not exist: write verify-full, or disable for a server on this \
             computer",
        )),
    }
}

fn asked_lease(seconds: &str) -> Result<Duration, StoreError> {
    let seconds = seconds.parse().ok().filter(|seconds| (1..=3600).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| wrong("its lease must be 1 to 3600 seconds"))
}

fn is_on_this_computer(config: &Config) -> bool {
    let is_here = |host: &Host| match host {
        Host::Tcp(host) => {
            host == "localhost"
                || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(is_here)
        && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
}

/// Returns the options of an address that are not in its other parts, each as it was typed.
fn shown_options(options: &str) -> String {
    const IN_OTHER_PARTS: [&str; 4] = ["host", "port", "dbname", "user"];
    let is_needed = |option: &&str| {
        let name = option.split('=').next().unwrap_or_default();
        !name.is_empty() && !IN_OTHER_PARTS.contains(&name)
    };
    let kept: Vec<&str> = options.split('&').filter(is_needed).collect();
    match kept.is_empty() {
        true => String::new(),
        false => format!("?{}", crate::visible::visible(&kept.join("&"))),
    }
}

fn shown(config: &Config) -> String {
    let ports = config.get_ports();
    let host = |(at, host): (usize, &Host)| {
        let port = ports.get(at).or(ports.first()).map_or(5432, |port| *port);
        match host {
            Host::Tcp(host) => format!("{host}:{port}"),
            #[cfg(unix)]
            Host::Unix(folder) => crate::visible::shown(folder),
        }
    };
    let mut hosts: Vec<String> = config.get_hosts().iter().enumerate().map(host).collect();
    if hosts.is_empty() {
        hosts = config.get_hostaddrs().iter().map(ToString::to_string).collect();
    }
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    let text = format!("postgres://{user}@{}/{database}", hosts.join(","));
    crate::visible::visible(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<StoreAddress, StoreError> {
        StoreAddress::parse(text, &PasswordPlaces::default())
    }

    #[test]
    fn address_is_shown_with_what_is_needed_to_reach_it() {
        let address = parse("postgres://ann@db.example.com/umbulk").unwrap();
        assert_eq!(address.shown(), "postgres://ann@db.example.com:5432/umbulk");
        let options = "?sslmode=verify-full&target_session_attrs=read-write";
        let address = parse(&format!("postgres://ann@db/umbulk{options}")).unwrap();
        let again = "postgres://ann@db:5432/umbulk?sslmode=verify-full&\
                     target_session_attrs=read-write";
        assert_eq!(address.shown(), again);
        assert_eq!(parse(again).unwrap().shown(), again);
    }

    #[test]
    fn data_goes_unprotected_to_this_computer_only() {
        let mode = |text: &str| parse(text).map(|address| address.config.get_ssl_mode());
        assert_eq!(mode("postgres://a@localhost/x"), Ok(SslMode::Disable));
        assert_eq!(mode("postgres://a@127.0.0.1/x?sslmode=verify-full"), Ok(SslMode::Require));
        for far in ["db", "10.0.0.1", "localhost,db"] {
            assert_eq!(mode(&format!("postgres://a@{far}/x")), Ok(SslMode::Require), "{far}");
            for weak in ["disable", "prefer", "allow"] {
                assert!(mode(&format!("postgres://a@{far}/x?sslmode={weak}")).is_err(), "{far}");
            }
        }
    }

    #[test]
    fn lease_outlasts_the_responses_that_are_waited_for() {
        let seconds = Duration::from_secs;
        let lease = |text: &str, timeout| parse(text).unwrap().lease_length(seconds(timeout));
        assert_eq!(lease("postgres://a@b/c", 20), seconds(60));
        assert_eq!(lease("postgres://a@b/c", 180), seconds(210));
        assert_eq!(lease("postgres://a@b/c?lease=20", 5), seconds(20));
        assert_eq!(lease("postgres://a@b/c?lease=20", 180), seconds(190));
    }

    #[test]
    fn address_that_is_no_address_is_refused() {
        for (text, why) in [
            ("db.example.com", "write postgres://"),
            ("mysql://a@b/c", "write postgres://"),
            ("postgres://a@b/c?sslcert=x", "an unknown option"),
            ("postgres://a@b/c?sslmode=yes", "does not exist"),
            ("postgres://a@b/c?lease=0", "1 to 3600 seconds"),
            ("postgres://a@b/c?lease=2secret", "1 to 3600 seconds"),
            ("postgres:///c?user=a", "no host"),
            ("postgres://b/c", "no user"),
            ("postgres://a@b@c/d", "write %40 for an @"),
            ("postgres://a@b:port/c", "write postgres://"),
            ("postgres://a:p@secret@b/c", "has a password"),
            ("postgres://a:secret@b:port/c", "has a password"),
            ("postgres://a:s3?secret@b/c", "has a password"),
            ("postgres://a:s3?sslmode=secret@b/c", "has a password"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("secret"), "{text}: {error}");
        }
    }

    #[test]
    fn password_in_an_address_is_noticed() {
        for with in [
            "postgres://a:b@h/d",
            "postgres://a:@h",
            "postgres://a:b@h?x=y",
            "postgres://a:b/c@h/d",
            "postgres://a@h/d?password=b",
            "postgres://a@h/d?sslmode=require&password=b",
            "postgres://a:b?c@h/d",
            "postgres://a:1?2@h/d",
            "postgres://a:b?sslmode=c@h/d",
            "postgres://a:b?password=c@h/d",
        ] {
            assert!(StoreAddress::has_password(with), "{with}");
            assert_eq!(parse(with).unwrap_err(), StoreError::HasPassword, "{with}");
        }
        for without in [
            "postgres://a@h:5432/d",
            "postgres://h/d?passfile=a:b@c",
            "postgres://h:5432,[::1]/d?user=a&passfile=b@c",
            "postgres://a@h",
            "none",
        ] {
            assert!(!StoreAddress::has_password(without), "{without}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn password_comes_from_the_file_that_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pass word");
        std::fs::write(&file, "db:5432:*:ann:secret\n").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let named = file.display().to_string().replace(' ', "%20");
        let places =
            PasswordPlaces { variable: Some("other".to_owned()), ..PasswordPlaces::default() };
        let password = |text: &str, places: &PasswordPlaces| {
            StoreAddress::parse(text, places)
                .map(|address| address.config.get_password().map(<[u8]>::to_vec))
        };
        let url = format!("postgres://ann@db/x?passfile={named}");
        assert_eq!(password(&url, &places), Ok(Some(b"secret".to_vec())));
        assert_eq!(password("postgres://ann@db/x", &places), Ok(Some(b"other".to_vec())));
        let usual = PasswordPlaces { file: Some(file.clone()), ..PasswordPlaces::default() };
        assert_eq!(password("postgres://ann@db/x", &usual), Ok(Some(b"secret".to_vec())));
        assert_eq!(password("postgres://bob@db/x", &usual), Ok(None));
        let none = folder.path().join("none");
        let gone = PasswordPlaces { file: Some(none), ..PasswordPlaces::default() };
        assert_eq!(password("postgres://ann@db/x", &gone), Ok(None));
        assert!(password("postgres://ann@db/x?passfile=/none/none", &gone).is_err());
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = password("postgres://ann@db/x", &usual).unwrap_err().to_string();
        assert!(error.contains("others can read it"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn each_host_has_its_line() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pgpass");
        let write = |text: &str| {
            std::fs::write(&file, text).unwrap();
            let mode = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&file, mode).unwrap();
        };
        let places = PasswordPlaces { file: Some(file.clone()), ..PasswordPlaces::default() };
        let password = |text: &str| {
            StoreAddress::parse(text, &places).map(|address| {
                let password = address.config.get_password();
                password.map(|password| String::from_utf8_lossy(password).into_owned())
            })
        };
        write("one:5432:x:ann:same\ntwo:5433:x:ann:same\nthree:*:x:ann:other\n");
        let same = Ok(Some("same".to_owned()));
        assert_eq!(password("postgres://ann@one:5432,two:5433/x"), same);
        assert_eq!(password("postgres://ann@one/x"), same);
        let error = password("postgres://ann@one,three/x").unwrap_err().to_string();
        assert!(error.contains("different passwords"), "{error}");
        write("*:*:*:*:any\n");
        assert_eq!(password("postgres://ann@one/x"), Ok(Some("any".to_owned())));
    }
}
