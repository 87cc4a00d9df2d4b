//! Certificates for the test server, right and wrong ones, from an authority of its own.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;

/// What kind of certificate the server shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Certificate {
    /// For `localhost` and `127.0.0.1`, signed by the authority in the file.
    #[default]
    Right,
    /// Signed by it, but for another host.
    WrongHost,
    /// Signed by it, but its time is over.
    Expired,
    /// For the right host, signed by nobody but itself.
    SelfSigned,
}

pub(super) struct Certificates {
    folder: TempDir,
    authority: CertifiedIssuer<'static, KeyPair>,
    made: Mutex<Vec<(Certificate, Arc<ServerConfig>)>>,
}

impl Certificates {
    pub(super) fn new() -> Self {
        let authority = authority();
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).expect("it can be written to");
        Self { folder, authority, made: Mutex::default() }
    }

    /// Returns what a server with this certificate needs.
    pub(super) fn server(&self, kind: Certificate) -> Arc<ServerConfig> {
        let mut made = self.made.lock().expect("making a certificate does not panic");
        if let Some((_, config)) = made.iter().find(|(known, _)| *known == kind) {
            return Arc::clone(config);
        }
        let config = Arc::new(self.make(kind));
        made.push((kind, Arc::clone(&config)));
        config
    }

    fn make(&self, kind: Certificate) -> ServerConfig {
        let key = KeyPair::generate().expect("a key can be made");
        let leaf = leaf(kind, &key, &self.authority);
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider supports the protocol versions")
            .with_no_client_auth()
            .with_single_cert(vec![leaf], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
            .expect("key and certificate belong together")
    }

    pub(super) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.distinguished_name.push(DnType::CommonName, "Authority of the tests");
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key can be made"))
        .expect("it can sign itself")
}

fn leaf(
    kind: Certificate,
    key: &KeyPair,
    authority: &CertifiedIssuer<'_, KeyPair>,
) -> CertificateDer<'static> {
    let names = match kind {
        Certificate::WrongHost => vec!["other.example.org".to_owned()],
        Certificate::Right | Certificate::Expired | Certificate::SelfSigned => {
            vec!["localhost".to_owned(), "127.0.0.1".to_owned()]
        }
    };
    let mut params = CertificateParams::new(names).expect("the names are host names");
    if kind == Certificate::Expired {
        params.not_after = date_time_ymd(2020, 1, 1);
    }
    let signed = match kind {
        Certificate::SelfSigned => params.self_signed(key),
        Certificate::Right | Certificate::WrongHost | Certificate::Expired => {
            params.signed_by(key, authority)
        }
    };
    signed.expect("the certificate can be signed").der().clone()
}
