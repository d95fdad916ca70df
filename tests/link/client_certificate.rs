//! The certificate of a client: a server that wants one gets it, from a key in each form.

#![allow(unsafe_code, reason = "the functions are those that C calls")]

use ckws::ffi::socket::{
    ckws_socket_create, ckws_socket_dispose, ckws_socket_get_last_error_code,
    ckws_socket_get_last_error_text, ckws_socket_set_ssl_client_cert_pem,
};
use ckws::ffi::websocket::ckws_set_transport;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::ffi::{CStr, CString};
use std::process::{Command, Stdio};
use std::sync::Arc;
use support::authority::{Authority, Identity, params, pem_file};
use support::client::Client;
use support::server::{serve_each, tls_stream};

const PASSWORD: &str = "a password of the tests";

/// A server that wants a certificate of `authority`; its URL.
fn start(authority: &Authority) -> String {
    let identity = authority.issue(params(["127.0.0.1"]));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.der()).expect("an authority is a root");
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports them")
        .with_client_cert_verifier(verifier.expect("there is a root"))
        .with_single_cert(identity.chain.clone(), PrivateKeyDer::Pkcs8(identity.key.serialize_der().into()))
        .expect("the key belongs to the certificate");
    let config = Arc::new(config);
    let port = serve_each(move |stream| {
        let _ = tungstenite::accept(tls_stream(&config, stream));
    });
    format!("wss://127.0.0.1:{port}/")
}

/// Sets the certificate; the error number and the call log.
fn set(client: &Client, pem: &str, password: &str) -> (i32, String) {
    let [pem, password] = [pem, password].map(|text| CString::new(text).expect("it has no NUL"));
    let socket = ckws_socket_create();
    // SAFETY: the strings live until the calls return.
    unsafe {
        ckws_socket_set_ssl_client_cert_pem(socket, pem.as_ptr(), password.as_ptr());
        let text = CStr::from_ptr(ckws_socket_get_last_error_text(socket)).to_string_lossy().into_owned();
        let code = ckws_socket_get_last_error_code(socket);
        assert!(ckws_set_transport(client.handle(), socket).is_true());
        ckws_socket_dispose(socket);
        (code, text)
    }
}

/// What openssl makes of a key.
fn converted(key: &str, arguments: &[&str]) -> String {
    let file = pem_file(key);
    let output = Command::new("openssl")
        .args(arguments)
        .arg("-in")
        .arg(&file)
        .stderr(Stdio::null())
        .output()
        .expect("openssl is installed");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("PEM is text")
}

fn encrypted(key: &str) -> String {
    converted(key, &["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", &format!("pass:{PASSWORD}")])
}

fn identity(authority: &Authority) -> (Identity, String) {
    let identity = authority.issue(params(["client.example"]));
    let key = identity.key.serialize_pem();
    (identity, key)
}

#[test]
fn a_server_gets_the_certificate_that_it_wants() {
    let authority = Authority::new("authority of both");
    let (identity, key) = identity(&authority);
    let url = start(&authority);
    assert!(!Client::trusting(&authority.pem()).connect(&url));
    for key in [key.clone(), converted(&key, &["ec"]), encrypted(&key)] {
        for pem in [[identity.pem.as_str(), &key].concat(), [key.as_str(), &identity.pem].concat()] {
            let client = Client::trusting(&authority.pem());
            let (code, text) = set(&client, &pem, PASSWORD);
            assert_eq!(code, 0, "{text}");
            client.must_connect(&url);
        }
    }
}

#[test]
fn what_cannot_be_used_is_named_and_shown_nowhere() {
    let authority = Authority::new("authority of both");
    let (identity, key) = identity(&authority);
    let (_, other) = self::identity(&authority);
    let certificate = identity.pem.as_str();
    let old = converted(&key, &["ec", "-aes256", "-passout", &format!("pass:{PASSWORD}")]);
    let client = Client::new();
    for (pem, password, sentence) in [
        (certificate.to_owned(), "", "no private key"),
        (key.clone(), "", "no PEM certificate"),
        ([certificate, &other].concat(), "", "does not belong"),
        ([certificate, &encrypted(&key)].concat(), "a wrong password", "password is wrong"),
        ([certificate, &encrypted(&key)].concat(), "", "password is wrong"),
        ([certificate, &old].concat(), PASSWORD, "openssl pkcs8 -topk8"),
        ([certificate, &key.replace("MI", "*I")].concat(), "", "not valid Base64"),
    ] {
        let (code, text) = set(&client, &pem, password);
        assert_eq!(code, ckws::base::ErrorCode::InvalidPem as i32, "{text}");
        assert!(text.contains(sentence), "{text}");
        let secrets =
            key.lines().filter(|line| !line.starts_with("--")).chain([PASSWORD, "a wrong password"]);
        for secret in secrets {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
