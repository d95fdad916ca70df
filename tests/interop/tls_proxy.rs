//! nginx in front of a local server: TLS for the client, clear text behind it.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A running nginx, ended when it is dropped.
pub(crate) struct Nginx {
    dir: PathBuf,
    /// `wss://localhost:PORT`
    pub(crate) url: String,
}

impl Nginx {
    /// Starts nginx in front of `port`, with its configuration and a new certificate in `dir`.
    pub(crate) fn start(dir: &Path, port: u16) -> Self {
        fs::create_dir_all(dir).expect("the temporary directory is writable");
        write_certificate(dir);
        // nginx cannot choose a free port itself; the one that we find may be gone when it wants it.
        for _ in 0..5 {
            let tls_port = free_port();
            fs::write(dir.join("nginx.conf"), configuration(tls_port, port)).expect("dir is writable");
            // It listens when this returns: it goes into the background only then.
            let output = run(dir, &[]);
            if output.status.success() {
                return Self { dir: dir.to_owned(), url: format!("wss://localhost:{tls_port}") };
            }
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        }
        panic!("nginx does not start, see above");
    }

    /// The certificate to trust.
    pub(crate) fn ca_path(&self) -> PathBuf {
        self.dir.join("certificate.pem")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        run(&self.dir, &["-s", "stop"]);
    }
}

fn run(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program());
    command.arg("-p").arg(dir).args(["-c", "nginx.conf", "-e", "error.log"]).args(arguments);
    command.output().expect("nginx can be run")
}

/// On Debian it is where the PATH of an ordinary user does not lead.
fn program() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let directories = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = directories.map(|directory| directory.join("nginx")).find(|program| program.exists());
    found.expect("nginx is needed: run `apt-get install nginx-light`, or scripts/test full")
}

fn write_certificate(dir: &Path) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("it can be signed");
    fs::write(dir.join("certificate.pem"), made.cert.pem()).expect("dir is writable");
    fs::write(dir.join("key.pem"), made.signing_key.serialize_pem()).expect("dir is writable");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port is free");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// Paths are relative to the directory that nginx is started with. No buffering: every byte goes on at once, as
/// it came.
fn configuration(tls_port: u16, port: u16) -> String {
    format!(
        "pid nginx.pid;
error_log error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path tmp;
    proxy_temp_path tmp;
    fastcgi_temp_path tmp;
    uwsgi_temp_path tmp;
    scgi_temp_path tmp;
    server {{
        listen 127.0.0.1:{tls_port} ssl;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
        location / {{
            proxy_pass http://127.0.0.1:{port};
            proxy_http_version 1.1;
            proxy_set_header Host 127.0.0.1:{port};
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection Upgrade;
            proxy_buffering off;
            proxy_read_timeout 120s;
        }}
    }}
}}
"
    )
}
