//! Who we are, and where the API is.

use reqwest::Url;
use secrecy::SecretString;

/// Credentials of an OAuth server-to-server integration. The secret cannot be printed.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Also the API key.
    pub client_id: String,
    /// The secret.
    pub client_secret: SecretString,
    /// `12345@AdobeOrg`
    pub org_id: String,
}

/// Where tokens are given and where the API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// `https://ims-na1.adobelogin.com/ims/token/v2`
    pub token: Url,
    /// `https://usermanagement.adobe.io/v2/usermanagement`
    pub api: Url,
}

const AUTH_HOST: &str = "https://ims-na1.adobelogin.com";
const AUTH_ENDPOINT: &str = "/ims/token/v2";
const API: &str = "https://usermanagement.adobe.io/v2/usermanagement";
const API_PATH: &str = "/v2/usermanagement";

impl Endpoints {
    /// Adobe's own, or others: a host without scheme means https, `http://` is accepted for loopback only.
    ///
    /// # Errors
    /// When one of them is no address, or would send secrets in the clear.
    pub fn resolve(auth_host: Option<&str>, auth_endpoint: Option<&str>, api: Option<&str>) -> Result<Self, String> {
        let host = address("UMAPI_AUTH_HOST", auth_host.unwrap_or(AUTH_HOST))?;
        let endpoint = auth_endpoint.unwrap_or(AUTH_ENDPOINT).trim();
        let token = if endpoint.contains("://") {
            address("UMAPI_AUTH_ENDPOINT", endpoint)?
        } else {
            host.join(endpoint).map_err(|error| format!("UMAPI_AUTH_ENDPOINT: `{endpoint}`: {error}"))?
        };
        let mut api = address("UMAPI_URL", api.unwrap_or(API))?;
        if api.path() == "/" {
            api.set_path(API_PATH);
        }
        Ok(Self { token, api })
    }
}

fn address(name: &str, text: &str) -> Result<Url, String> {
    let text = text.trim().trim_end_matches('/');
    let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url: Url = full.parse().map_err(|error| format!("{name}: `{text}` is no address ({error})"))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => {
            Err(format!("{name}: `{text}`: only https is used, but on this computer itself (127.0.0.1): secrets would travel in the clear"))
        }
    }
}

/// Is the host this computer itself?
pub(super) fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_without_scheme_means_https_and_http_is_for_loopback() {
        let ends = Endpoints::resolve(Some("ims.example.com"), None, Some("http://127.0.0.1:8080/v2/usermanagement/")).unwrap();
        assert_eq!(ends.token.as_str(), "https://ims.example.com/ims/token/v2");
        assert_eq!(ends.api.as_str(), "http://127.0.0.1:8080/v2/usermanagement");
        assert_eq!(
            Endpoints::resolve(None, None, Some("api.example.com")).unwrap().api.as_str(),
            "https://api.example.com/v2/usermanagement"
        );
        assert!(Endpoints::resolve(Some("http://ims.example.com"), None, None).is_err());
        assert_eq!(Endpoints::resolve(None, None, None).unwrap().api.as_str(), API);
    }
}
