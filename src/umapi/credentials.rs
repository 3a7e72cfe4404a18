//! The credentials of a client, and the addresses of the API.

use reqwest::Url;
use secrecy::SecretString;
use std::str::FromStr;

/// Credentials of an OAuth server-to-server integration. The secret cannot be printed.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The client id, which is also the API key.
    pub client_id: String,
    /// The client secret.
    pub client_secret: SecretString,
    /// The organization's id, such as `12345@AdobeOrg`.
    pub org_id: String,
}

/// The addresses of the token service and of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// The address of the token service; by default `https://ims-na1.adobelogin.com/ims/token/v2`.
    pub token: Url,
    /// The address of the API; by default `https://usermanagement.adobe.io/v2/usermanagement`.
    pub api: Url,
}

/// Why a text is not a URL.
pub(crate) type AddressFault = <Url as FromStr>::Err;

/// Why an address cannot be used. Its message never contains a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The path of the token service is not valid.
    #[error("UMAPI_AUTH_ENDPOINT: `{shown}`: {why}")]
    BadTokenPath {
        /// The path, without a password.
        shown: String,
        /// What is wrong with it.
        why: AddressFault,
    },
    /// The path of the token service leads to another host.
    #[error(
        "UMAPI_AUTH_ENDPOINT: `{shown}` is not on {host}. Write a path of that host, such as \
         {AUTH_ENDPOINT}, or name the other host in UMAPI_AUTH_HOST"
    )]
    TokenElsewhere {
        /// The path, without a password.
        shown: String,
        /// The host of the token service.
        host: String,
    },
    /// The text is not a URL.
    #[error("{name}: `{shown}` is not an address ({why})")]
    NoAddress {
        /// The setting.
        name: &'static str,
        /// The address, without a password.
        shown: String,
        /// What is wrong with it.
        why: AddressFault,
    },
    /// The address holds a user name or a password.
    #[error("{name}: `{shown}`: write the address without a user name and password")]
    WithPassword {
        /// The setting.
        name: &'static str,
        /// The address, without a password.
        shown: String,
    },
    /// The address is not HTTPS, so secrets would travel in the clear.
    #[error(
        "{name}: `{shown}`: only https is allowed, except on this computer (127.0.0.1): secrets \
         would travel unencrypted"
    )]
    Unencrypted {
        /// The setting.
        name: &'static str,
        /// The address, without a password.
        shown: String,
    },
}

const AUTH_HOST: &str = "https://ims-na1.adobelogin.com";
const AUTH_ENDPOINT: &str = "/ims/token/v2";
const API: &str = "https://usermanagement.adobe.io/v2/usermanagement";
const API_PATH: &str = "/v2/usermanagement";

impl Credentials {
    /// Returns credentials with this client id, secret and organization (`12345@AdobeOrg`).
    pub fn new(
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
        org_id: impl Into<String>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            org_id: org_id.into(),
        }
    }
}

impl Endpoints {
    /// Resolves the addresses of the token service and of the API; the default is Adobe's own. A
    /// host without a scheme means HTTPS. `http://` is accepted for loopback only.
    ///
    /// # Errors
    /// When an address is not valid or would send secrets in the clear, and when the path of the
    /// token service leads to another host. The message never holds a password.
    pub fn resolve(
        auth_host: Option<&str>,
        auth_endpoint: Option<&str>,
        api: Option<&str>,
    ) -> Result<Self, EndpointError> {
        let host = address("UMAPI_AUTH_HOST", auth_host.unwrap_or(AUTH_HOST))?;
        let token = token_address(&host, auth_endpoint.unwrap_or(AUTH_ENDPOINT).trim())?;
        let mut api = address("UMAPI_URL", api.unwrap_or(API))?;
        if api.path() == "/" {
            api.set_path(API_PATH);
        }
        Ok(Self { token, api })
    }

    /// Returns the host of the token service, with its port unless that is the default port.
    pub fn token_host(&self) -> String {
        host_name(&self.token)
    }

    /// Returns the host of the API, with its port unless that is the default port.
    pub fn api_host(&self) -> String {
        host_name(&self.api)
    }

    /// Returns the host and port of the API, always with the port.
    pub(crate) fn api_authority(&self) -> String {
        let port = self.api.port_or_known_default().unwrap_or(0);
        format!("{}:{port}", self.api.host_str().unwrap_or_default())
    }
}

fn host_name(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}

/// Returns the address of the token service: a path at the host, or a full address of the same
/// host.
fn token_address(host: &Url, endpoint: &str) -> Result<Url, EndpointError> {
    let parsed = host.join(endpoint);
    let shown = without_password(endpoint, parsed.as_ref().ok());
    let url = parsed.map_err(|why| EndpointError::BadTokenPath { shown: shown.clone(), why })?;
    let server = |url: &Url| {
        (
            url.scheme().to_owned(),
            url.host_str().map(ToOwned::to_owned),
            url.port_or_known_default(),
        )
    };
    if server(&url) == server(host) && !has_password(&url) {
        return Ok(url);
    }
    Err(EndpointError::TokenElsewhere { shown, host: host_name(host) })
}

fn address(name: &'static str, text: &str) -> Result<Url, EndpointError> {
    let text = text.trim().trim_end_matches('/');
    let full = if has_scheme(text) { text.to_owned() } else { format!("https://{text}") };
    let parsed: Result<Url, AddressFault> = full.parse();
    let shown = without_password(text, parsed.as_ref().ok());
    let url = parsed.map_err(|why| EndpointError::NoAddress { name, shown: shown.clone(), why })?;
    if has_password(&url) {
        return Err(EndpointError::WithPassword { name, shown });
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(EndpointError::Unencrypted { name, shown }),
    }
}

/// Whether a text begins with a scheme: `https://host`, or `https:/host`, in which the colon before
/// a slash starts no port.
fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(_, rest)| rest.starts_with(['/', '\\']))
}

fn has_password(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Returns an address that may be shown. The part before the host is left out, unless the text is a
/// valid address (`parsed`) without a user name or password. A character that only looks like `@`
/// or `:`, or is written `%40`, makes a password a part of the host. A query may contain a key.
fn without_password(text: &str, parsed: Option<&Url>) -> String {
    let (bare, end) = match text.find(['?', '#']) {
        Some(at) => (&text[..at], &text[at..=at]),
        None => (text, ""),
    };
    let is_plain = |text: &str| text.is_ascii() && !text.contains(['@', '%']);
    let scheme = ["https://", "http://"].into_iter().find(|scheme| bare.starts_with(scheme));
    let rest = &bare[scheme.map_or(0, str::len)..];
    match parsed.filter(|url| url.has_host()) {
        Some(url) if has_password(url) => {
            format!("{}://***@{}{}", url.scheme(), host_name(url), rest_of(url))
        }
        Some(_) if is_plain(text) && end.is_empty() => bare.to_owned(),
        Some(_) if is_plain(text) => format!("{bare}{end}…"),
        Some(url) => format!("{}://{}{}", url.scheme(), host_name(url), rest_of(url)),
        None if is_plain(text) && !rest.contains(':') && end.is_empty() => bare.to_owned(),
        None => format!("{}…", scheme.unwrap_or_default()),
    }
}

/// Returns a placeholder for the path and the query of an address.
fn rest_of(url: &Url) -> &'static str {
    let is_host_alone = matches!(url.path(), "" | "/") && url.query().is_none();
    if is_host_alone { "" } else { "…" }
}

/// Whether the host is this computer.
pub(super) fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_without_scheme_means_https_and_http_is_for_loopback() {
        let ends = Endpoints::resolve(
            Some("ims.example.com"),
            None,
            Some("http://127.0.0.1:8080/v2/usermanagement/"),
        )
        .unwrap();
        assert_eq!(ends.token.as_str(), "https://ims.example.com/ims/token/v2");
        assert_eq!(ends.api.as_str(), "http://127.0.0.1:8080/v2/usermanagement");
        assert_eq!(
            Endpoints::resolve(None, None, Some("api.example.com")).unwrap().api.as_str(),
            "https://api.example.com/v2/usermanagement"
        );
        assert!(Endpoints::resolve(Some("http://ims.example.com"), None, None).is_err());
        assert_eq!(Endpoints::resolve(None, None, None).unwrap().api.as_str(), API);
    }

    #[test]
    fn the_token_path_never_leads_to_another_host() {
        let token = |endpoint| {
            Endpoints::resolve(Some("ims.example.com"), Some(endpoint), None)
                .map(|ends| ends.token.to_string())
                .map_err(|error| error.to_string())
        };
        for (endpoint, expected) in [
            ("/ims/token/v3", "https://ims.example.com/ims/token/v3"),
            ("ims/token/v3", "https://ims.example.com/ims/token/v3"),
            ("https://ims.example.com/other", "https://ims.example.com/other"),
        ] {
            assert_eq!(token(endpoint).as_deref(), Ok(expected));
        }
        for endpoint in [
            "https://evil.example/ims/token/v2",
            "http://ims.example.com/ims/token/v2",
            "http:/evil.example",
            "//evil.example/ims",
            "/\\evil.example/ims",
            "\\\\evil.example",
            "/\t/evil.example",
            "https://ims.example.com:444/x",
            "https://u:hunter2@ims.example.com/x",
            "https://ims.example.com@evil.example/x",
            "file:///etc/passwd",
        ] {
            let error = token(endpoint).unwrap_err();
            assert!(
                error.contains("is not on ims.example.com") && !error.contains("hunter2"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_refused_address_is_shown_without_its_password() {
        for (text, shown) in [
            ("http://ann:hunter2@api.example.com", "http://***@api.example.com"),
            ("https://ann:hunter2@api.example.com/v2", "https://***@api.example.com…"),
            ("ann:hunter2@api.example.com", "https://***@api.example.com"),
            ("https:/ann:hunter2@api.example.com", "https://***@api.example.com"),
            ("https:\\\\ann:hunter2@api.example.com", "https://***@api.example.com"),
            ("ftp://hunter2@api.example.com", "ftp://***@api.example.com"),
            ("http://api.example.com/?key=hunter2", "http://api.example.com/?…"),
            ("http://api.example.com/v2", "http://api.example.com/v2"),
            ("http://api.example.com/hunter2@v2", "http://api.example.com…"),
            ("https://user management.example.com", "https://user management.example.com"),
            ("https://ann:hunter2/x?y#z@api.example.com", "https://…"),
            ("https://ann:p@hunter2@api example", "https://…"),
            ("https://ann:hunter2\u{ff20}api.example.com", "https://…"),
            ("https://hunter2\u{ff20}api.example.com", "https://…"),
            ("https://ann\u{ff1a}hunter2\u{ff20}api.example.com", "https://…"),
            ("https://ann%3ahunter2%40api.example.com", "https://…"),
            ("ann%3Ahunter2%40api.example.com", "…"),
            ("ann:hunter2", "…"),
        ] {
            let error = Endpoints::resolve(None, None, Some(text)).unwrap_err().to_string();
            assert!(error.starts_with(&format!("UMAPI_URL: `{shown}`")), "{text}: {error}");
            let error = Endpoints::resolve(Some(text), None, None).unwrap_err().to_string();
            assert!(error.starts_with(&format!("UMAPI_AUTH_HOST: `{shown}`")), "{text}: {error}");
            let error = Endpoints::resolve(None, Some(text), None).map(|ends| ends.token);
            let error = error.map_or_else(|error| error.to_string(), |url| url.to_string());
            assert!(!error.contains("hunter2") || error.starts_with(AUTH_HOST), "{text}: {error}");
        }
    }
}
