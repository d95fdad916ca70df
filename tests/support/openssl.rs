//! OpenSSL as another implementation of TLS: `openssl req` and `openssl s_server`.

#![allow(clippy::expect_used, reason = "a test ends at the first thing that goes wrong")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::authority::pem_file;

/// A certificate and its key, as files.
pub(crate) struct OpenSsl {
    certificate: PathBuf,
    key: PathBuf,
}

impl OpenSsl {
    /// A self-signed certificate as people make it by hand. OpenSSL marks it as an authority's.
    pub(crate) fn self_signed(address: &str) -> Self {
        Self::make(address, &["-newkey", "rsa:2048"])
    }

    pub(crate) fn with_weak_key(address: &str) -> Self {
        Self::make(address, &["-newkey", "rsa:1024"])
    }

    /// A server's certificate that this one has signed, with this digest.
    pub(crate) fn issue(&self, address: &str, digest: &str) -> Self {
        let [authority, key] = [&self.certificate, &self.key].map(|path| path.to_str().expect("UTF-8"));
        let no_authority = "basicConstraints=critical,CA:FALSE";
        Self::make(
            address,
            &["-newkey", "rsa:2048", "-CA", authority, "-CAkey", key, digest, "-addext", no_authority],
        )
    }

    fn make(address: &str, options: &[&str]) -> Self {
        let [certificate, key] = [pem_file(""), pem_file("")];
        let output = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-nodes",
                "-days",
                "2",
                "-subj",
                &format!("/CN=by hand {}", options.len()),
            ])
            .args(["-addext", &format!("subjectAltName=IP:{address}")])
            .args(options)
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output()
            .expect("openssl can be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self { certificate, key }
    }

    /// The certificate, in PEM.
    pub(crate) fn certificate(&self) -> String {
        fs::read_to_string(&self.certificate).expect("openssl made the certificate")
    }

    /// Starts `openssl s_server` with it.
    pub(crate) fn serve(&self, options: &[&str]) -> Server {
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0"])
            .arg("-cert")
            .arg(&self.certificate)
            .arg("-key")
            .arg(&self.key)
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl can be started");
        let lines = BufReader::new(child.stdout.take().expect("standard output is a pipe")).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("ACCEPT 127.0.0.1:")?.parse().ok())
            .expect("openssl tells its port");
        Server { child, port, certificate: self.certificate() }
    }
}

/// A running `openssl s_server`, ended with this value.
pub(crate) struct Server {
    child: Child,
    port: u16,
    /// The certificate that it shows.
    pub(crate) certificate: String,
}

impl Server {
    pub(crate) fn url(&self) -> String {
        format!("wss://127.0.0.1:{}/", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
