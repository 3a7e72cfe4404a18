//! Certificates of authorities to trust besides those of the system.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Certificates to trust; by default none.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedCertificates(Vec<CertificateDer<'static>>);

/// A text without a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no certificates in PEM form")]
pub(crate) struct NoCertificates;

impl TrustedCertificates {
    /// Parses all certificates of a text in PEM form.
    ///
    /// # Errors
    /// When there is no certificate, or one is not in PEM form.
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, NoCertificates> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates = certificates.map_err(|_| NoCertificates)?;
        if certificates.is_empty() { Err(NoCertificates) } else { Ok(Self(certificates)) }
    }

    /// Returns the certificates.
    pub(crate) fn all(&self) -> &[CertificateDer<'static>] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_certificates_is_refused() {
        let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        for pem in ["", "nothing", broken] {
            assert_eq!(TrustedCertificates::from_pem(pem.as_bytes()).err(), Some(NoCertificates));
        }
    }
}
