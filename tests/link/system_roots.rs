//! What the operating system's store decides, seen by processes of their own whose environment names the store.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use ckws::base::ErrorCode;
use rcgen::{BasicConstraints, IsCa, KeyUsagePurpose};
use support::authority::{Authority, Identity, authority_params, params, pem_file};
use support::client::Client;
use support::server::{serve_each, tls_stream};

/// Names the server that [`connects_to_the_server_of_the_parent`] is to connect to.
const URL: &str = "CKWS_TEST_URL";

/// Any user but the one of the tests.
const OTHER_USER: u32 = 65534;

fn start(identity: &Identity) -> String {
    let config = identity.config();
    let port = serve_each(move |stream| {
        let _ = tungstenite::accept(tls_stream(&config, stream));
    });
    format!("wss://127.0.0.1:{port}/")
}

/// Not a test of its own: what the others start as a process.
#[test]
fn connects_to_the_server_of_the_parent() {
    let Some(url) = env::var(URL).ok() else { return };
    let client = Client::new();
    client.connect(&url);
    println!("code={}", client.code());
    let status = fs::read_to_string("/proc/self/status").expect("the kernel tells of the process");
    let users: Vec<&str> = status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))
        .expect("it has a user")
        .split_whitespace()
        .collect();
    println!("privileged={}", users[0] != users[1]);
}

/// The error number of a process that connects while this is the system's store.
fn code_with_store(store: &Path, url: &str) -> i32 {
    connect_by(&env::current_exe().expect("the test is a file"), "SSL_CERT_FILE", store, url).code
}

fn connect_by(program: &Path, variable: &str, store: &Path, url: &str) -> Told {
    let output = Command::new(program)
        .args(["--exact", "system_roots::connects_to_the_server_of_the_parent", "--nocapture"])
        .env_remove("SSL_CERT_FILE")
        .env_remove("SSL_CERT_DIR")
        .env(variable, store)
        .env(URL, url)
        .output()
        .expect("the test can be started");
    let told = String::from_utf8_lossy(&output.stdout);
    let word = |name| told.split(name).nth(1).and_then(|rest| rest.split_whitespace().next());
    let code = word("code=").and_then(|code| code.parse().ok()).expect("the process tells its code");
    Told { code, privileged: word("privileged=") == Some("true") }
}

/// What a process tells of itself.
struct Told {
    code: i32,
    /// It runs as another user than the one who started it.
    privileged: bool,
}

#[test]
fn a_certificate_in_the_systems_store_that_is_no_authority_issues_nothing() {
    let [mut plain, mut busy] = [(); 2].map(|()| authority_params("in the store"));
    plain.is_ca = IsCa::ExplicitNoCa;
    busy.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    for params in [plain, busy] {
        let other = Authority::of(params);
        let honest = Authority::new("an authority");
        let store = pem_file(&format!("{}{}", other.pem(), honest.pem()));
        let forged = start(&other.issue(self::params(["127.0.0.1"])));
        assert_eq!(code_with_store(&store, &forged), ErrorCode::CertificateUnknownIssuer as i32);
        let issued = start(&honest.issue(self::params(["127.0.0.1"])));
        assert_eq!(code_with_store(&store, &issued), 0);
    }
}

/// As `openssl req -x509` makes it, which marks it as an authority's.
#[test]
fn a_self_signed_certificate_in_the_systems_store_is_trusted() {
    let [trusted, other] = [(); 2].map(|()| {
        let mut params = params(["127.0.0.1"]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Identity::self_signed(&params)
    });
    let store = pem_file(&trusted.pem);
    assert_eq!(code_with_store(&store, &start(&trusted)), 0);
    assert_eq!(code_with_store(&store, &start(&other)), ErrorCode::CertificateSelfSigned as i32);
}

/// Debian's ssl-cert-snakeoil is of this kind. It is the whole store, too: Mozilla's roots do not come in for it.
#[test]
fn a_servers_certificate_in_the_systems_store_is_trusted_for_itself() {
    let mut params = params(["127.0.0.1"]);
    params.is_ca = IsCa::ExplicitNoCa;
    let trusted = Identity::self_signed(&params);
    let store = pem_file(&trusted.pem);
    assert_eq!(code_with_store(&store, &start(&trusted)), 0);
    let other = start(&Identity::self_signed(&params));
    assert_eq!(code_with_store(&store, &other), ErrorCode::CertificateSelfSigned as i32);
}

/// Both are what who starts the program says, so a program with more rights than that user looks at neither.
#[test]
fn a_program_with_more_rights_than_its_user_trusts_no_store_of_his() {
    let authority = Authority::new("of the user");
    let url = start(&authority.issue(params(["127.0.0.1"])));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("roots-{}", std::process::id()));
    fs::create_dir(&folder).expect("the temporary directory is writable");
    let file = folder.join("root.pem");
    fs::write(&file, authority.pem()).expect("the folder is writable");
    let own = env::current_exe().expect("the test is a file");
    let privileged = with_other_owner(&own, &folder);
    for (variable, store) in [("SSL_CERT_FILE", &file), ("SSL_CERT_DIR", &folder)] {
        assert_eq!(connect_by(&own, variable, store, &url).code, 0, "{variable}");
        // Not every system lets programs have another user's rights.
        let told = privileged.as_ref().map(|program| connect_by(program, variable, store, &url));
        if let Some(told) = told.filter(|told| told.privileged) {
            assert_eq!(told.code, ErrorCode::CertificateUnknownIssuer as i32, "{variable}");
        }
    }
    fs::remove_dir_all(folder).expect("the folder was made");
    privileged.map(fs::remove_file).transpose().expect("the copy was made");
}

/// A copy of the program that runs as its owner, another user. Only the administrator can give files away.
fn with_other_owner(program: &Path, folder: &Path) -> Option<PathBuf> {
    let copy = folder.with_extension("copy");
    fs::copy(program, &copy).expect("the folder is writable");
    let given = chown(&copy, Some(OTHER_USER), None).is_ok();
    fs::set_permissions(&copy, Permissions::from_mode(0o4755)).expect("the copy exists");
    if !given {
        fs::remove_file(&copy).expect("the copy was made");
    }
    given.then_some(copy)
}
