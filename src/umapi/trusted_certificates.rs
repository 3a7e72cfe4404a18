//! Certificates of authorities to trust besides those of the system.

/// Certificates to trust; by default none.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedCertificates(Vec<reqwest::Certificate>);

/// A text without a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no certificates in PEM form")]
pub(crate) struct NoCertificates;

impl TrustedCertificates {
    /// Parses all certificates of a text in PEM form.
    ///
    /// # Errors
    /// When there is no certificate, or one cannot be parsed.
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, NoCertificates> {
        let certificates =
            reqwest::Certificate::from_pem_bundle(pem).map_err(|_| NoCertificates)?;
        if certificates.is_empty() { Err(NoCertificates) } else { Ok(Self(certificates)) }
    }

    /// Returns the certificates.
    pub(super) fn all(&self) -> Vec<reqwest::Certificate> {
        self.0.clone()
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
