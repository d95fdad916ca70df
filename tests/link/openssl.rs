//! OpenSSL as another implementation of TLS: `openssl req` and `openssl s_server`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use support::authority::pem_file;

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

    /// A self-signed certificate with a key on the curve P-521.
    pub(crate) fn with_p521_key(address: &str) -> Self {
        Self::make(address, &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"])
    }

    pub(crate) fn with_ed448_key(address: &str) -> Self {
        Self::make(address, &["-newkey", "ed448"])
    }

    /// A self-signed certificate with a key of RSA that is for RSA-PSS alone, with these options of `openssl req`.
    pub(crate) fn with_pss_key(address: &str, options: &[&str]) -> Self {
        let key = ["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"];
        // With more salt than the digest has bytes, as openssl does unless it is told, few verify a signature.
        Self::make(address, &[&key, options, &["-sha256", "-sigopt", "rsa_pss_saltlen:digest"]].concat())
    }

    /// A certificate and its key that were made otherwise.
    pub(crate) fn made(certificate: &str, key: &str) -> Self {
        Self { certificate: pem_file(certificate), key: pem_file(key) }
    }

    /// A server's certificate that this one has signed, with these options of `openssl req`.
    pub(crate) fn issue(&self, address: &str, options: &[&str]) -> Self {
        let [authority, key] = [&self.certificate, &self.key].map(|path| path.to_str().expect("UTF-8"));
        let no_authority = "basicConstraints=critical,CA:FALSE";
        let issued = ["-newkey", "rsa:2048", "-CA", authority, "-CAkey", key, "-addext", no_authority];
        Self::make(address, &[&issued, options].concat())
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

    /// The certificate as openssl keeps it with what it is trusted for.
    pub(crate) fn trusted_certificate(&self) -> String {
        let trusted = Command::new("openssl")
            .args(["x509", "-trustout", "-addtrust", "serverAuth", "-in"])
            .arg(&self.certificate)
            .output()
            .expect("openssl can be started");
        String::from_utf8(trusted.stdout).expect("PEM is ASCII")
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
