//! A certificate and its key, from files, which may be reloaded while the server runs.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// The certificate for TLS, or its key, cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {} for TLS: {reason}", path.display())]
pub struct CertificateError {
    /// The file.
    pub path: PathBuf,
    /// The cause.
    pub reason: String,
}

impl CertificateError {
    /// The next step.
    pub fn hint(&self) -> &'static str {
        "--tls-cert takes the certificate and its chain, --tls-key the private key, both as PEM"
    }
}

/// A certificate and its key. Clones share what was read last.
#[derive(Clone)]
pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    config: Arc<RwLock<Arc<ServerConfig>>>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads PEM files: the chain, the server's own certificate first, and the private key that belongs to it (PKCS#8,
    /// PKCS#1 or SEC1).
    pub fn from_files(chain: &Path, key: &Path) -> Result<Self, CertificateError> {
        let config = Arc::new(RwLock::new(Arc::new(read(chain, key)?)));
        Ok(Self {
            chain: chain.to_owned(),
            key: key.to_owned(),
            config,
        })
    }

    /// Reads the files again, for connections that come from now on. If they cannot be used, nothing changes.
    pub fn reload(&self) -> Result<(), CertificateError> {
        let config = Arc::new(read(&self.chain, &self.key)?);
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.config
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .into()
    }
}

fn read(chain: &Path, key: &Path) -> Result<ServerConfig, CertificateError> {
    let cannot = |path: &Path, reason: String| CertificateError {
        path: path.to_owned(),
        reason,
    };
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(chain).and_then(Iterator::collect);
    let certificates = certificates.map_err(|error| cannot(chain, error.to_string()))?;
    if certificates.is_empty() {
        return Err(cannot(chain, "there is no certificate in it".to_owned()));
    }
    let private =
        PrivateKeyDer::from_pem_file(key).map_err(|error| cannot(key, error.to_string()))?;
    let config = with_certificate(certificates, private)
        .map_err(|error| cannot(chain, error.to_string()))?;
    Ok(config)
}

fn with_certificate(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let versions = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?;
    let mut config = versions
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
