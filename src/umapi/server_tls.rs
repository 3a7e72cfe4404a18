//! TLS to servers: who is trusted, for Adobe's servers as for the store.

use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls_platform_verifier::Verifier;
use std::sync::{Arc, Mutex, PoisonError};

/// Returns the settings of TLS that trust the certificates of the system, and these.
///
/// Those of the system are hundreds of files on many computers. They are read once, because a
/// worker connects anew for each of its runs, unless further certificates are given.
///
/// # Errors
/// When a certificate in `extra` is refused, or the system has none.
pub(crate) fn tls_config(extra: &[CertificateDer<'static>]) -> Result<ClientConfig, rustls::Error> {
    static OF_THE_SYSTEM: Mutex<Option<ClientConfig>> = Mutex::new(None);
    if !extra.is_empty() {
        return trusting(extra);
    }
    let mut known = OF_THE_SYSTEM.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = &*known {
        return Ok(known.clone());
    }
    Ok(known.insert(trusting(&[])?).clone())
}

fn trusting(extra: &[CertificateDer<'static>]) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(extra.iter().cloned(), Arc::clone(&provider))?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}
