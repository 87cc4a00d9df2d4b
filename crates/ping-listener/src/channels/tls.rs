//! Whom we believe: the system's certificate authorities, and the one the administrator adds.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};

use super::email::SettingsError;

/// Where systems keep their bundle of certificate authorities; the first that exists is taken.
///
/// `rustls_native_certs::load_native_certs` is not asked, because it *replaces* these by `SSL_CERT_FILE`, and the
/// contract is that this variable adds to them.
const SYSTEM_BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// Makes what a connection needs to verify its server.
pub(super) fn client_config(extra_ca: Option<&Path>) -> Result<Arc<ClientConfig>, SettingsError> {
    let mut roots = RootCertStore::empty();
    if let Some(bundle) = SYSTEM_BUNDLES.iter().map(Path::new).find(|path| path.exists()) {
        // A certificate that cannot be read is one authority less, and no reason to send no mail at all.
        roots.add_parsable_certificates(rustls_native_certs::load_certs_from_paths(Some(bundle), None).certs);
    }
    if let Some(path) = extra_ca {
        add(&mut roots, path)?;
    }
    if roots.is_empty() {
        return Err(SettingsError::NoAuthorities);
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider supports the protocol versions that are linked")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn add(roots: &mut RootCertStore, path: &Path) -> Result<(), SettingsError> {
    let refused = |reason: String| SettingsError::ExtraAuthority { path: PathBuf::from(path), reason };
    let loaded = rustls_native_certs::load_certs_from_paths(Some(path), None);
    if let Some(error) = loaded.errors.first() {
        return Err(refused(error.to_string()));
    }
    let (added, _) = roots.add_parsable_certificates(loaded.certs);
    if added == 0 { Err(refused("it holds no certificate".to_owned())) } else { Ok(()) }
}
