//! A private key that a program passes where certificates are asked for reaches no log, however its PEM is damaged.

#![allow(unsafe_code, reason = "the functions are those that C calls")]

use std::ffi::{CStr, CString, c_char};
use std::fs;
use std::path::Path;

use ckws::base::ErrorCode;
use ckws::ffi::{rest, websocket};
use rcgen::{KeyPair, PKCS_ED25519};
use support::authority::{self, Identity, params, pem_file};

/// So many characters of a key in a row are no accident.
const PIECE: usize = 10;

/// Certificate and key in one text, as many servers want them.
fn combined(key: KeyPair) -> (String, String) {
    let certificate = params(["127.0.0.1"]).self_signed(&key).expect("the certificate can be signed");
    let identity = Identity::new(&certificate, key);
    let key = identity.key.serialize_pem();
    (format!("{}{key}", identity.pem), key)
}

/// What becomes of PEM in configuration files, environment variables and by hand.
fn damages(pem: &str) -> Vec<String> {
    let body: Vec<&str> = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    vec![
        pem.replace('\n', "\\n"),
        pem.replace('\n', " "),
        pem.replace('\n', ""),
        format!("\"{}\"", pem.replace('\n', "\\n")),
        body.join("\n"),
        body.concat(),
        (*body.last().expect("a key has a line")).to_owned(),
        format!("KEY={}", body.concat()),
        pem.replace("-----BEGIN", "----BEGIN"),
        pem.replace("KEY-----\n", "KEY\n"),
        pem.replace("-----END", "----END"),
        pem.replace("PRIVATE KEY", "CERTIFICATE"),
        pem.replace("END PRIVATE KEY", "END CERTIFICATE"),
        pem.replace("PRIVATE KEY", "CERTIFICATE").replace('M', "*"),
        pem.replace("PRIVATE KEY", "CERTIFICATE").replace('\n', "\n="),
        pem.get(..pem.len() - 40).expect("PEM is ASCII").to_owned(),
    ]
}

/// An object that takes roots, and every text that tells of the call.
struct Target {
    add: fn(*const c_char) -> (i32, [String; 3]),
    log: &'static str,
}

fn text(pointer: *const c_char) -> String {
    // SAFETY: string getters never return NULL, and the string is valid until ten more calls.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

fn log_path(name: &str) -> CString {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.log", std::process::id()));
    CString::new(path.to_str().expect("UTF-8")).expect("a path has no NUL")
}

fn add_to_websocket(pem: *const c_char) -> (i32, [String; 3]) {
    let ws = websocket::ckws_create();
    let log = log_path("websocket");
    // SAFETY: the strings live until the calls return.
    unsafe {
        websocket::ckws_set_debug_log_file_path(ws, log.as_ptr());
        websocket::ckws_set_verbose_logging(ws, true.into());
        websocket::ckws_add_trusted_roots_pem(ws, pem);
    }
    let texts = [
        text(websocket::ckws_get_last_error_text(ws)),
        text(websocket::ckws_get_last_error_xml(ws)),
        text(websocket::ckws_get_last_error_html(ws)),
    ];
    let code = websocket::ckws_get_last_error_code(ws);
    websocket::ckws_dispose(ws);
    (code, texts)
}

fn add_to_rest(pem: *const c_char) -> (i32, [String; 3]) {
    let handle = rest::ckws_rest_create();
    let log = log_path("rest");
    // SAFETY: the strings live until the calls return.
    unsafe {
        rest::ckws_rest_set_debug_log_file_path(handle, log.as_ptr());
        rest::ckws_rest_set_verbose_logging(handle, true.into());
        rest::ckws_rest_add_trusted_roots_pem(handle, pem);
    }
    let texts = [
        text(rest::ckws_rest_get_last_error_text(handle)),
        text(rest::ckws_rest_get_last_error_xml(handle)),
        text(rest::ckws_rest_get_last_error_html(handle)),
    ];
    let code = rest::ckws_rest_get_last_error_code(handle);
    rest::ckws_rest_dispose(handle);
    (code, texts)
}

/// Whether a text shows a piece of the key, or bytes as numbers: those of the dashes that a PEM begins with.
fn shows(text: &str, key: &str) -> bool {
    let material: Vec<char> =
        key.lines().filter(|line| !line.contains("-----")).flat_map(str::chars).collect();
    let mut pieces = material.windows(PIECE).map(|piece| piece.iter().collect::<String>());
    text.contains("45, 45, 45") || text.contains("2d2d2d2d2d") || pieces.any(|piece| text.contains(&piece))
}

#[test]
fn no_shape_of_a_key_reaches_a_log() {
    let targets =
        [Target { add: add_to_websocket, log: "websocket" }, Target { add: add_to_rest, log: "rest" }];
    let keys = [authority::key(), KeyPair::generate_for(&PKCS_ED25519).expect("a key can be made")];
    for (both, key) in keys.map(combined) {
        for shape in damages(&both).into_iter().chain(damages(&key)) {
            let file = pem_file(&shape);
            for argument in [shape.as_str(), file.to_str().expect("UTF-8")] {
                let argument = CString::new(argument).expect("PEM has no NUL");
                for target in &targets {
                    let (code, texts) = (target.add)(argument.as_ptr());
                    for text in texts {
                        assert!(!shows(&text, &key), "{shape}\n{text}");
                        assert!(text.contains("RootsPem"), "{text}");
                    }
                    let known = [ErrorCode::None, ErrorCode::InvalidPem, ErrorCode::FileAccess];
                    assert!(known.map(|code| code as i32).contains(&code), "{code}: {shape}");
                }
            }
            fs::remove_file(file).expect("the file was made");
        }
        for target in &targets {
            let path = log_path(target.log).into_string().expect("UTF-8");
            let log = fs::read_to_string(&path).expect("the debug log was written");
            assert!(log.contains("AddTrustedRootsPem") && !shows(&log, &key));
            fs::remove_file(path).expect("the file was made");
        }
    }
}

#[test]
fn lost_line_breaks_are_named() {
    let (both, _) = combined(authority::key());
    for lost in [both.replace('\n', "\\n"), both.replace('\n', " ")] {
        let argument = CString::new(lost).expect("PEM has no NUL");
        let (code, [text, _, _]) = add_to_websocket(argument.as_ptr());
        assert_eq!(code, ErrorCode::InvalidPem as i32);
        assert!(text.contains("line breaks of the PEM text are lost"), "{text}");
    }
}

#[test]
fn a_file_is_named_if_the_name_is_one() {
    let (_, [text, _, _]) = add_to_websocket(c"/no/such/folder/root-2024.pem".as_ptr());
    assert!(text.contains("/no/such/folder/root-2024.pem"), "{text}");
}

#[test]
fn the_search_for_key_material_finds_it() {
    let (_, key) = combined(authority::key());
    assert!(shows(&format!("x{key}"), &key) && shows("IllegalSectionStart { line: [45, 45, 45] }", &key));
    assert!(!shows("-----BEGIN CERTIFICATE-----", &key));
}
