//! The contenders, each used as its users would for speed.

use crate::server::Server;
use crate::wire::{self, Job, LARGE, PATTERN, Result, Wide, Workload};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;

mod ckws_client;
mod raw;
mod tungstenite_client;

/// Who is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Contender {
    /// libckws; receives with `ckws_receive`.
    Ckws,
    /// libckws; receives with `ckws_read_frame` and `ckws_get_frame_data_bytes`.
    CkwsReadFrame,
    /// The same bytes over TCP, or rustls, and nothing else: the limit.
    Raw,
    /// The crate tungstenite.
    Tungstenite,
}

impl Contender {
    pub(crate) const ALL: [Self; 4] = [Self::Ckws, Self::CkwsReadFrame, Self::Raw, Self::Tungstenite];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ckws => "ckws",
            Self::CkwsReadFrame => "ckws-read-frame",
            Self::Raw => "raw",
            Self::Tungstenite => "tungstenite",
        }
    }
}

/// A client that is connected for one job.
pub(crate) trait Client {
    /// Does what the job says with `count` messages.
    fn run(&mut self, count: usize) -> Result<()>;

    /// Waits until the server has everything that was sent.
    fn acknowledged(&mut self) -> Result<()>;
}

/// Connects `contender` for `job`.
pub(crate) fn connect(contender: Contender, server: &Server, tls: bool, job: Job) -> Result<Box<dyn Client>> {
    let port = if tls { server.tls_port } else { server.plain_port };
    if let Contender::Ckws | Contender::CkwsReadFrame = contender {
        let scheme = if tls { "wss" } else { "ws" };
        let url = format!("{scheme}://127.0.0.1:{port}{job}");
        let read_frame = contender == Contender::CkwsReadFrame;
        return Ok(Box::new(ckws_client::Ckws::connect(&url, &server.certificate_pem, read_frame, job)?));
    }
    let tcp = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    tcp.set_nodelay(true)?;
    Ok(match (contender, tls) {
        (Contender::Raw, false) => Box::new(raw::Raw::connect(tcp, job)?),
        (Contender::Raw, true) => Box::new(raw::Raw::connect(secure(Wide::new(tcp), server)?, job)?),
        (_, false) => Box::new(tungstenite_client::Tungstenite::connect(tcp, job)?),
        (_, true) => Box::new(tungstenite_client::Tungstenite::connect(secure(tcp, server)?, job)?),
    })
}

/// TLS as libckws has it: rustls with ring.
fn secure<S: Read + Write>(
    below: S,
    server: &Server,
) -> Result<rustls::StreamOwned<rustls::ClientConnection, S>> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.certificate_pem.as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let session = rustls::ClientConnection::new(Arc::new(config), "127.0.0.1".try_into()?)?;
    Ok(rustls::StreamOwned::new(session, below))
}

/// A program looks at what it receives; here, at both ends of it.
fn check(payload: &[u8], size: usize) -> Result<()> {
    let ends = (payload.first(), payload.last());
    if payload.len() == size && ends == (Some(&PATTERN), Some(&PATTERN)) {
        return Ok(());
    }
    Err(format!("a message of {} bytes that was not sent", payload.len()).into())
}
