//! TLS to the store, by rustls: the certificate is always checked, with the name of the server.

use super::error::StoreError;
use crate::fs::in_words;
use crate::umapi::{TrustedCertificates, tls_config};
use crate::visible::shown;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream as RustlsStream;

/// Makes connections with TLS.
#[derive(Clone)]
pub(super) struct StoreTls(Arc<ClientConfig>);

impl StoreTls {
    /// Trusts the certificates of the system, and those in a file.
    ///
    /// # Errors
    /// When the file cannot be read, or TLS not be set up.
    pub(super) fn new(roots: Option<&Path>) -> Result<Self, StoreError> {
        let extra = roots.map(certificates).transpose()?.unwrap_or_default();
        let config = tls_config(extra.all()).map_err(|error| StoreError::Certificates {
            file: roots.map_or_else(|| "the system".to_owned(), shown),
            why: error.to_string(),
        })?;
        Ok(Self(Arc::new(config)))
    }
}

fn certificates(file: &Path) -> Result<TrustedCertificates, StoreError> {
    let wrong = |why: String| StoreError::Certificates { file: shown(file), why };
    let pem = std::fs::read(file).map_err(|error| wrong(in_words(&error)))?;
    TrustedCertificates::from_pem(&pem).map_err(|error| wrong(error.to_string()))
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for StoreTls {
    type Stream = EncryptedStream<S>;
    type TlsConnect = TlsOfHost;
    type Error = io::Error;

    fn make_tls_connect(&mut self, domain: &str) -> io::Result<TlsOfHost> {
        let host = ServerName::try_from(domain.to_owned())
            .map_err(|_| io::Error::other("a certificate cannot name this host"))?;
        Ok(TlsOfHost { tls: TlsConnector::from(Arc::clone(&self.0)), host })
    }
}

/// Makes one connection with TLS, to this host.
pub(super) struct TlsOfHost {
    tls: TlsConnector,
    host: ServerName<'static>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for TlsOfHost {
    type Stream = EncryptedStream<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<EncryptedStream<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move { Ok(EncryptedStream(self.tls.connect(self.host, stream).await?)) })
    }
}

/// An encrypted connection.
pub(super) struct EncryptedStream<S>(RustlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for EncryptedStream<S> {
    /// The certificate is checked, so nothing is gained by also binding the password to it.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for EncryptedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for EncryptedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
