//! The next step when a host cannot be reached.

/// Returns what to do about a connection that failed for this cause.
pub(crate) fn network_advice(cause: &str) -> &'static str {
    let cause = cause.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| cause.contains(word));
    if has(&["notvalidyet", "not valid yet", "expired"]) {
        "The certificate of the host is not valid at the time of this computer: check its clock"
    } else if has(&["certificate", "unknownissuer"]) {
        "The certificate of the host is not trusted. A proxy that opens encrypted connections has \
         its own authority: ask for its certificate, and name it (ca-file, UMBULK_CA_FILE)"
    } else if has(&["proxy", "tunnel"]) {
        "The proxy does not let this connection through: check HTTPS_PROXY and its user name and \
         password, and ask whether the proxy allows the host"
    } else if has(&["lookup", "name or service not known", "nodename", "no such host", "resolve"]) {
        "The name of the host is not known here: check its spelling, the network, and whether a \
         proxy is needed (HTTPS_PROXY)"
    } else {
        "Check the network, and whether a proxy is needed (HTTPS_PROXY)"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cause_of_a_failed_connection_gives_the_next_step() {
        for (cause, advice) in [
            ("no connection (invalid peer certificate: UnknownIssuer)", "is not trusted"),
            ("no connection (invalid peer certificate: Expired)", "check its clock"),
            ("no connection (invalid peer certificate: NotValidYet)", "check its clock"),
            ("no connection (tunnel error: unsuccessful)", "The proxy does not let"),
            ("no connection (proxy authorization required)", "The proxy does not let"),
            ("no connection (Name or service not known)", "The name of the host"),
            ("no connection (Connection refused)", "Check the network"),
            ("no response within the time allowed", "Check the network"),
        ] {
            assert!(network_advice(cause).contains(advice), "{cause}");
        }
    }
}
