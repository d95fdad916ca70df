//! Rest against a real server: nginx, with a configuration that is made here.
//!
//! nginx runs in the foreground as one process (`master_process off`), so it needs no rights and ends with the
//! test.

use std::fs::{self, File};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ckws::base::{ErrorCode, Fault};
use ckws::engine::{Op, block_on};
use ckws::object::{BinData, Requester, Rest};
use support::own_process::in_own_process;

const LARGE: usize = 20_000_000;
const HUGE: u64 = 1 << 30;

/// A running nginx.
struct Nginx {
    process: Child,
    dir: PathBuf,
    port: u16,
}

impl Nginx {
    fn start() -> Self {
        // The port is free now, and may be another's when nginx asks for it.
        (0..5).find_map(|_| Self::try_start()).expect("nginx starts on some port")
    }

    fn try_start() -> Option<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("nginx-{}-{number}", std::process::id());
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let port = free_port();
        write_site(&dir, port);
        let process = Command::new(program())
            .arg("-p")
            .arg(&dir)
            .args(["-c", "nginx.conf", "-e", "error.log"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx is missing: install nginx-light, this test is part of the test suite");
        let mut nginx = Self { process, dir, port };
        let patience = Instant::now() + Duration::from_secs(10);
        while Instant::now() < patience {
            if let Ok(Some(status)) = nginx.process.try_wait() {
                let log = fs::read_to_string(nginx.dir.join("error.log")).unwrap_or_default();
                assert!(log.contains("Address already in use"), "nginx ended with {status}\n{log}");
                return None;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(nginx);
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("nginx does not listen");
    }

    fn connect(&self, auto_reconnect: bool) -> Client {
        let client = Client(Rest::default());
        let mut op = Op::new("Connect", false);
        block_on(client.0.connect(&mut op, "127.0.0.1", i32::from(self.port), false, auto_reconnect))
            .expect("nginx listens");
        client
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// In Debian it is where the PATH of a user does not look.
fn program() -> &'static str {
    if Path::new("/usr/sbin/nginx").exists() { "/usr/sbin/nginx" } else { "nginx" }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port is free");
    listener.local_addr().expect("a bound socket has an address").port()
}

fn write_site(dir: &Path, port: u16) {
    let html = dir.join("html");
    fs::create_dir_all(&html).expect("the temporary directory is writable");
    let write = |path: PathBuf, bytes: &[u8]| {
        File::create(path).and_then(|mut file| file.write_all(bytes)).expect("the file can be written");
    };
    write(dir.join("nginx.conf"), CONFIGURATION.replace("PORT", &port.to_string()).as_bytes());
    write(html.join("hello.txt"), b"hello");
    // A page that nginx puts together, so that it does not know its length.
    let page = br#"<!--# set var="name" value="world" -->hello <!--# echo var="name" -->"#;
    write(html.join("page.shtml"), page);
    write(html.join("until-close.shtml"), page);
    write(html.join("large.bin"), &large());
    let huge = File::create(html.join("huge.bin")).expect("the file can be made");
    huge.set_len(HUGE).expect("a sparse file takes no space");
    fs::hard_link(html.join("huge.bin"), html.join("huge.shtml")).expect("the file can have two names");
}

/// Bytes that are not the same everywhere.
fn large() -> Vec<u8> {
    (0..LARGE as u64).map(|at| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
}

/// `$connection` is the number of the connection, `$connection_requests` that of the request on it.
const CONFIGURATION: &str = r#"
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 64; }
http {
    access_log off;
    default_type application/octet-stream;
    types { text/html shtml; text/plain txt; }
    client_body_temp_path client_body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
        listen 127.0.0.1:PORT;
        root html;
        keepalive_requests 3;
        location / { }
        location ~ shtml$ { ssi on; }
        location /who { return 200 "$connection $connection_requests"; }
        location /close { keepalive_timeout 0; return 200 "bye"; }
        location /echo { return 200 "$request_method $request_uri $http_x_name"; }
        location = /until-close.shtml { ssi on; chunked_transfer_encoding off; }
    }
}
"#;

struct Client(Rest);

impl Client {
    fn get(&self, path: &str) -> Result<Vec<u8>, Fault> {
        self.request("GET", path)
    }

    fn request(&self, verb: &str, path: &str) -> Result<Vec<u8>, Fault> {
        let body = BinData::default();
        let mut op = Op::new("FullRequestNoBodyBd", false);
        block_on(self.0.full_request_no_body_bd(&mut op, verb, path, &body))?;
        body.to_vec()
    }

    fn get_text(&self, path: &str) -> String {
        let body = self.get(path).unwrap_or_else(|fault| panic!("{path}: {fault}"));
        String::from_utf8(body).expect("the answer is text")
    }

    fn status(&self) -> u16 {
        self.0.response().expect("there is a response").status
    }

    fn field(&self, name: &str) -> Option<String> {
        self.0.response_field(name).ok()
    }
}

/// Memory of this process in KiB: VmRSS is held now, VmHWM the most since [`forget_peak`].
fn memory(what: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix(what)).expect("Linux tells it");
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().expect("it is a number")
}

fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").expect("the kernel forgets the peak");
}

/// One test for all, as the peak of memory is that of the whole process.
#[test]
fn rest_talks_to_nginx() {
    in_own_process(|| {
        let nginx = Nginx::start();
        refuses_what_is_huge(&nginx);
        keeps_the_connection(&nginx);
        reads_all_kinds_of_bodies(&nginx);
        sends_what_was_set(&nginx);
    });
}

fn refuses_what_is_huge(nginx: &Nginx) {
    forget_peak();
    let before = memory("VmRSS");
    let began = Instant::now();
    let client = nginx.connect(true);

    let fault = client.get("/huge.bin").expect_err("1 GiB is announced");
    assert_eq!(fault.code(), ErrorCode::HttpBodyTooLarge, "{fault}");
    assert!(fault.text().contains("max_response_size"), "{fault}");
    assert_eq!(client.field("Content-Length"), Some(HUGE.to_string()));

    client.0.set_max_response_size(1 << 20).expect("1 MiB is a size");
    let fault = client.get("/huge.shtml").expect_err("more than 1 MiB comes in chunks");
    assert_eq!(fault.code(), ErrorCode::HttpBodyTooLarge, "{fault}");
    assert_eq!(client.field("Transfer-Encoding").as_deref(), Some("chunked"));

    assert_eq!(client.get_text("/hello.txt"), "hello", "a new connection for the next request");
    let grown = memory("VmHWM").saturating_sub(before);
    assert!(grown < 16 * 1024, "the process has grown by {grown} KiB");
    assert!(began.elapsed() < Duration::from_secs(10), "nothing of 1 GiB was waited for");
}

fn keeps_the_connection(nginx: &Nginx) {
    let client = nginx.connect(true);
    let connection_of = |answer: &str| {
        let (connection, request) = answer.split_once(' ').expect("two numbers");
        (connection.to_owned(), request.to_owned())
    };
    let (first, request) = connection_of(&client.get_text("/who"));
    assert_eq!(request, "1");
    assert_eq!(connection_of(&client.get_text("/who")), (first.clone(), "2".to_owned()));
    // nginx ends a connection after three requests here, and says so.
    assert_eq!(connection_of(&client.get_text("/who")), (first.clone(), "3".to_owned()));
    assert_eq!(client.field("Connection").as_deref(), Some("close"));
    let (second, request) = connection_of(&client.get_text("/who"));
    assert!(second != first && request == "1", "{second} {request}");

    let client = nginx.connect(false);
    assert_eq!(client.get_text("/close"), "bye");
    let fault = client.get("/who").expect_err("the connection has ended, and no other is asked for");
    assert_eq!(fault.code(), ErrorCode::NotConnected, "{fault}");
}

fn reads_all_kinds_of_bodies(nginx: &Nginx) {
    let client = nginx.connect(true);
    assert_eq!(client.get_text("/hello.txt"), "hello");
    assert_eq!(client.request("HEAD", "/large.bin").expect("HEAD is allowed"), b"");
    assert_eq!(client.field("Content-Length"), Some(LARGE.to_string()));
    assert!(client.get("/large.bin").expect("it is below the limit") == large(), "20 MB arrive as they are");

    assert_eq!(client.get_text("/page.shtml"), "hello world");
    assert_eq!(client.field("Transfer-Encoding").as_deref(), Some("chunked"));
    assert_eq!(client.get_text("/until-close.shtml"), "hello world");
    assert_eq!(client.field("Transfer-Encoding"), None);
    assert_eq!(client.field("Content-Length"), None, "the end of the connection ends the body");

    let page = client.get_text("/nothing/here");
    assert_eq!(client.status(), 404);
    assert!(page.contains("404 Not Found"), "{page}");
}

fn sends_what_was_set(nginx: &Nginx) {
    let client = nginx.connect(true);
    client.0.add_header("X-Name", "käse").expect("the field is fine");
    client.0.add_path_param("{id}", "a/b").expect("the name is fine");
    client.0.add_query_param("q", "1 & 2").expect("the name is fine");
    let answer = client.get_text("/echo/{id}?own=1");
    assert_eq!(answer, "GET /echo/a%2Fb?own=1&q=1%20%26%202 käse");
}
