//! The certificates that the operating system trusts.

use super::certificate;
use crate::sys::process::{ProcessLocal, is_privileged};
use once_cell::sync::OnceCell;
use rustls::RootCertStore;
use rustls_native_certs::{load_certs_from_paths, load_native_certs};
use rustls_pki_types::CertificateDer;
use std::path::Path;
use std::sync::Arc;

static SYSTEM: ProcessLocal<OnceCell<Roots>> = ProcessLocal::new(OnceCell::new);

/// Trusted certificates, by what they are trusted for.
#[derive(Debug)]
pub(super) struct Roots {
    /// They issue certificates for any host.
    pub(super) authorities: Arc<RootCertStore>,
    /// Each is trusted only for itself: Debian's store, for one, holds the certificate of the machine's own servers.
    pub(super) others: Vec<CertificateDer<'static>>,
}

/// Where Linux systems keep their roots: Debian, SUSE, Arch and Alpine; Fedora and Red Hat.
const FOLDERS: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/// Returns the operating system's roots; where it has none, those of Mozilla that were built in. Reads them once in a
/// process.
pub(super) fn system() -> &'static Roots {
    SYSTEM.get().get_or_init(|| {
        let certificates = match is_privileged() {
            true => without_environment(),
            // The file SSL_CERT_FILE and the folders SSL_CERT_DIR, if either is set.
            false => load_native_certs().certs,
        };
        if certificates.is_empty() { mozilla() } else { sorted(certificates) }
    })
}

/// For a program whose environment is another user's.
fn without_environment() -> Vec<CertificateDer<'static>> {
    let mut folders = FOLDERS.iter().map(|folder| load_certs_from_paths(None, Some(Path::new(folder))).certs);
    folders.find(|certificates| !certificates.is_empty()).unwrap_or_default()
}

fn mozilla() -> Roots {
    let roots = webpki_roots::TLS_SERVER_ROOTS.to_vec();
    Roots { authorities: Arc::new(RootCertStore { roots }), others: Vec::new() }
}

fn sorted(certificates: Vec<CertificateDer<'static>>) -> Roots {
    let (authorities, others): (Vec<_>, _) =
        certificates.into_iter().partition(|certificate| certificate::is_authority(certificate));
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(authorities);
    Roots { authorities: Arc::new(store), others }
}
