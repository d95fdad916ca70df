//! Who a server may be: each bad certificate is refused for its own reason, and each way to trust one works.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::openssl::OpenSsl;
use ckws::base::{Deadline, ErrorCode, Fault};
use ckws::engine::{Op, block_on};
use ckws::link::StallLimits;
use ckws::link::socket_options::SocketOptions;
use ckws::link::tls::{Tls, TlsServer, TlsSettings};
use ckws::log::Log;
use ckws::route::happy_eyeballs;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, GeneralSubtree,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PublicKeyData, SanType, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{HandshakeKind, RootCertStore, ServerConfig};
use support::authority::{Authority, Identity, authority_params, key, params, pem_file};
use support::client::{Client, READ_LOST, rest_connect_fail_reason};
use support::server::{listener, serve_each, serve_one, tls_stream, websocket};

/// A WebSocket server with this configuration; its URL.
fn start(config: Arc<ServerConfig>) -> String {
    let port = serve_each(move |stream| {
        let _ = tungstenite::accept(tls_stream(&config, stream));
    });
    format!("wss://127.0.0.1:{port}/")
}

fn assert_refused(client: &Client, url: &str, code: ErrorCode) {
    assert!(!client.connect(url), "the server was accepted");
    assert_eq!(client.code(), code as i32, "{}", client.account());
}

/// Refused while verification is on, accepted while it is off, and so in this order on one handle: nothing of a
/// connection that was not verified helps one that has to be.
fn assert_refused_unless_unverified(client: &Client, url: &str, code: ErrorCode) {
    assert_refused(client, url, code);
    client.verify(false);
    client.must_connect(url);
    client.must_connect(url);
    client.verify(true);
    assert_refused(client, url, code);
}

/// As above, and accepted once `root` is trusted.
fn assert_accepted_only_with(root: &str, identity: &Identity, code: ErrorCode) {
    let url = start(identity.config());
    let client = Client::new();
    assert_refused_unless_unverified(&client, &url, code);
    assert!(client.trust(root), "{}", client.account());
    client.must_connect(&url);
    // Another handle knows nothing of it.
    assert_refused(&Client::new(), &url, code);
}

/// A certificate of a trusted authority that is refused all the same.
fn assert_refused_under_trusted_authority(params: CertificateParams, code: ErrorCode) {
    let authority = Authority::new("trusted authority");
    let url = start(authority.issue(params).config());
    let client = Client::trusting(&authority.pem());
    assert_refused_unless_unverified(&client, &url, code);
}

fn expired(mut params: CertificateParams) -> CertificateParams {
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(2002, 1, 1);
    params
}

fn marked_as_authority(mut params: CertificateParams) -> CertificateParams {
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn for_clients_only(mut params: CertificateParams) -> CertificateParams {
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

#[test]
fn the_certificate_of_an_unknown_authority_is_refused_until_the_authority_is_trusted() {
    let authority = Authority::new("unknown authority");
    let identity = authority.issue(params(["127.0.0.1"]));
    assert_accepted_only_with(&authority.pem(), &identity, ErrorCode::CertificateUnknownIssuer);
}

#[test]
fn a_certificate_can_be_trusted_without_its_authority() {
    let identity = Authority::new("unknown authority").issue(params(["127.0.0.1"]));
    assert_accepted_only_with(&identity.pem, &identity, ErrorCode::CertificateUnknownIssuer);
}

#[test]
fn a_self_signed_certificate_is_refused_until_it_is_trusted() {
    let plain = Identity::self_signed(&params(["127.0.0.1"]));
    assert_accepted_only_with(&plain.pem, &plain, ErrorCode::CertificateSelfSigned);
    let marked = Identity::self_signed(&marked_as_authority(params(["127.0.0.1"])));
    assert_accepted_only_with(&marked.pem, &marked, ErrorCode::CertificateSelfSigned);
}

#[test]
fn a_certificate_as_openssl_makes_it_is_refused_until_it_is_trusted() {
    let server = OpenSsl::self_signed("127.0.0.1").serve(&["-www"]);
    let client = Client::new();
    assert_refused(&client, &server.url(), ErrorCode::CertificateSelfSigned);
    assert!(client.trust(&server.certificate));
    // The certificate is accepted; the server does not speak WebSocket.
    assert_refused(&client, &server.url(), ErrorCode::UpgradeRefused);
}

/// As editors on Windows and older programs write it, in a text and in a file.
#[test]
fn pem_comes_in_several_forms() {
    let certificate = OpenSsl::self_signed("127.0.0.1");
    let plain = certificate.certificate();
    let trusted = certificate.trusted_certificate();
    assert!(trusted.contains("-----BEGIN TRUSTED CERTIFICATE-----"), "{trusted}");
    let server = certificate.serve(&["-www"]);
    let forms = [
        format!("\u{FEFF}{plain}"),
        plain.replace('\n', "\r\n"),
        plain.replace("CERTIFICATE", "X509 CERTIFICATE"),
        format!("\u{FEFF}{trusted}"),
    ];
    for form in forms {
        let file = pem_file(&form);
        for argument in [&form, file.to_str().expect("UTF-8")] {
            assert_refused(&Client::trusting(argument), &server.url(), ErrorCode::UpgradeRefused);
        }
    }
}

#[test]
fn another_hosts_certificate_is_refused() {
    for names in ["example.org", "localhost", "127.0.0.2", "*.0.0.1"] {
        assert_refused_under_trusted_authority(params([names]), ErrorCode::CertificateWrongHost);
    }
    assert_refused_under_trusted_authority(params([]), ErrorCode::CertificateWrongHost);
}

#[test]
fn the_common_name_says_nothing_about_the_host() {
    let mut named = params(["example.org"]);
    named.distinguished_name.push(DnType::CommonName, "127.0.0.1");
    assert_refused_under_trusted_authority(named, ErrorCode::CertificateWrongHost);
}

#[test]
fn a_name_is_not_an_address() {
    let authority = Authority::new("trusted authority");
    let url = start(authority.issue(params(["127.0.0.1"])).config()).replace("127.0.0.1", "localhost");
    assert_refused(&Client::trusting(&authority.pem()), &url, ErrorCode::CertificateWrongHost);
}

#[test]
fn dates_are_checked() {
    assert_refused_under_trusted_authority(expired(params(["127.0.0.1"])), ErrorCode::CertificateExpired);
    let mut early = params(["127.0.0.1"]);
    early.not_before = date_time_ymd(2999, 1, 1);
    early.not_after = date_time_ymd(3000, 1, 1);
    assert_refused_under_trusted_authority(early, ErrorCode::CertificateNotYetValid);
}

#[test]
fn a_certificate_that_is_not_for_servers_is_refused() {
    let clients = for_clients_only(params(["127.0.0.1"]));
    assert_refused_under_trusted_authority(clients, ErrorCode::CertificatePurpose);
}

/// Trusting a server's own certificate replaces the chain, nothing else.
#[test]
fn a_trusted_self_signed_certificate_is_checked_all_the_same() {
    let forms: [fn(CertificateParams) -> CertificateParams; 2] = [|params| params, marked_as_authority];
    for form in forms {
        let refused = [
            (expired(params(["127.0.0.1"])), ErrorCode::CertificateExpired),
            (params(["example.org"]), ErrorCode::CertificateWrongHost),
            (for_clients_only(params(["127.0.0.1"])), ErrorCode::CertificatePurpose),
        ];
        for (params, code) in refused {
            let identity = Identity::self_signed(&form(params));
            let client = Client::trusting(&identity.pem);
            assert_refused_unless_unverified(&client, &start(identity.config()), code);
        }
    }
}

/// Who trusts one server has not trusted it to speak for all others.
#[test]
fn a_trusted_server_certificate_issues_nothing() {
    let trusted = Identity::self_signed(&params(["dev.example.org"]));
    let issuer = Issuer::new(params(["dev.example.org"]), &trusted.key);
    let forged_key = key();
    let forged = params(["127.0.0.1"]).signed_by(&forged_key, &issuer).expect("it can be signed");
    let url = start(Identity::new(&forged, forged_key).config());
    assert!(!Client::trusting(&trusted.pem).connect(&url), "a forged certificate was accepted");
}

/// The same with a certificate that a trusted authority has issued for another server.
#[test]
fn an_issued_server_certificate_issues_nothing() {
    let authority = Authority::new("trusted authority");
    let honest = authority.issue(params(["example.org"]));
    let issuer = Issuer::new(params(["example.org"]), &honest.key);
    let forged_key = key();
    let forged = params(["127.0.0.1"]).signed_by(&forged_key, &issuer).expect("it can be signed");
    let mut identity = Identity::new(&forged, forged_key);
    identity.chain.extend(honest.chain);
    let client = Client::trusting(&authority.pem());
    assert!(!client.connect(&start(identity.config())), "a forged certificate was accepted");
    assert!((510..520).contains(&client.code()), "{}", client.account());
}

/// A server's certificate is renewed under the same name; for a while both are trusted.
#[test]
fn trusted_certificates_of_the_same_name_are_told_apart() {
    let forms: [fn(CertificateParams) -> CertificateParams; 2] = [|params| params, marked_as_authority];
    for form in forms {
        let [old, new] = [(); 2].map(|()| Identity::self_signed(&form(params(["127.0.0.1"]))));
        for roots in [format!("{}{}", old.pem, new.pem), format!("{}{}", new.pem, old.pem)] {
            let client = Client::trusting(&roots);
            client.must_connect(&start(old.config()));
            client.must_connect(&start(new.config()));
        }
        // An authority of that name.
        let same_name = Authority::of(marked_as_authority(params([])));
        let client = Client::trusting(&format!("{}{}", same_name.pem(), old.pem));
        client.must_connect(&start(old.config()));
        client.must_connect(&start(same_name.issue(params(["127.0.0.1"])).config()));
        assert_refused(&client, &start(new.config()), ErrorCode::CertificateSelfSigned);
        let mut params = params(["127.0.0.1"]);
        params.distinguished_name.push(DnType::CommonName, "below an authority with a new key");
        let renewed = Authority::of(marked_as_authority(self::params([]))).issue(params);
        assert_refused(&client, &start(renewed.config()), ErrorCode::CertificateBadSignature);
    }
}

/// RFC 5280 section 4.2.1.3: an authority whose key is for other things, trusted and sent.
#[test]
fn a_key_that_may_not_sign_certificates_issues_none() {
    let mut params = authority_params("busy elsewhere");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::CrlSign];
    let root = Authority::new("root authority");
    let (trusted, between) = (Authority::of(params.clone()), root.intermediate_of(params));
    let mut below = between.issue(self::params(["127.0.0.1"]));
    below.chain.push(between.der());
    let refused = [
        (Client::trusting(&trusted.pem()), trusted.issue(self::params(["127.0.0.1"]))),
        (Client::trusting(&root.pem()), below),
    ];
    for (client, identity) in refused {
        assert_refused(&client, &start(identity.config()), ErrorCode::CertificateUnknownIssuer);
        let account = client.account();
        assert!(account.contains("CN=busy elsewhere") && account.contains("keyCertSign"), "{account}");
    }
}

#[test]
fn a_root_that_is_no_authority_is_named_when_it_is_added_and_when_it_is_missed() {
    let mut params = authority_params("no authority");
    params.is_ca = IsCa::NoCa;
    let root = Authority::of(params);
    let client = Client::trusting(&root.pem());
    let account = client.account();
    assert!(account.contains("no authority is trusted for itself alone"), "{account}");
    let url = start(root.issue(self::params(["127.0.0.1"])).config());
    assert_refused(&client, &url, ErrorCode::CertificateUnknownIssuer);
    let account = client.account();
    assert!(account.contains("CN=no authority") && account.contains("CA:TRUE"), "{account}");
}

#[test]
fn an_unknown_authority_is_named() {
    let between = Authority::new("unknown authority").intermediate("authority in between");
    let mut identity = between.issue(params(["127.0.0.1"]));
    let client = Client::new();
    for (name, sent) in [("CN=authority in between", None), ("CN=unknown authority", Some(between.der()))] {
        identity.chain.extend(sent);
        assert_refused(&client, &start(identity.config()), ErrorCode::CertificateUnknownIssuer);
        assert!(client.account().contains(name), "{}", client.account());
    }
}

#[test]
fn the_hosts_of_another_hosts_certificate_are_named() {
    let authority = Authority::new("trusted authority");
    let client = Client::trusting(&authority.pem());
    let named =
        params(["example.org", "127.0.0.2", "::1", "a.example.org", "b.example.org", "c.example.org"]);
    assert_refused(&client, &start(authority.issue(named).config()), ErrorCode::CertificateWrongHost);
    let hosts =
        "for example.org, 127.0.0.2, ::1, a.example.org, b.example.org and 1 more, not for 127.0.0.1.";
    assert!(client.account().contains(hosts), "{}", client.account());
}

#[test]
fn an_intermediate_authority_has_to_be_sent_or_trusted() {
    let root = Authority::new("root authority");
    let between = root.intermediate("authority in between");
    let mut identity = between.issue(params(["127.0.0.1"]));

    let url = start(identity.config());
    let client = Client::trusting(&root.pem());
    assert_refused_unless_unverified(&client, &url, ErrorCode::CertificateUnknownIssuer);
    assert!(client.trust(&between.pem()));
    client.must_connect(&url);

    identity.chain.push(between.der());
    Client::trusting(&root.pem()).must_connect(&start(identity.config()));
}

/// A TLS handshake for `host` with a server on 127.0.0.1: names that no resolver of this machine knows.
fn handshake_as(host: &str, port: u16, settings: &TlsSettings) -> Result<(), Fault> {
    let mut op = Op::new("Test", false);
    op.set_deadline(Deadline::after_ms(10_000));
    block_on(async {
        let (address, options) = (([127, 0, 0, 1], port).into(), SocketOptions::default());
        let (_, tcp) = happy_eyeballs::connect(&mut op, &[address], &options).await?;
        let stalls = StallLimits::default();
        let server = TlsServer { host, port, way: "" };
        Box::pin(Tls::connect(&mut op, Box::new(tcp), server, settings, stalls)).await.map(drop)
    })
}

#[test]
fn a_wildcard_stands_for_one_label() {
    let authority = Authority::new("trusted authority");
    let config = authority.issue(params(["*.example.org"])).config();
    let port = serve_each(move |stream| {
        let _ = tls_stream(&config, stream).read(&mut [0]);
    });
    let mut settings = TlsSettings::default();
    settings
        .add_roots_pem(authority.pem().as_bytes(), &mut Log::new("Test", false))
        .expect("the PEM is good");
    for (host, code) in [
        ("a.example.org", None),
        ("A.EXAMPLE.ORG", None),
        ("a.example.org.", None),
        ("example.org", Some(ErrorCode::CertificateWrongHost)),
        ("a.b.example.org", Some(ErrorCode::CertificateWrongHost)),
        ("a.example.com", Some(ErrorCode::CertificateWrongHost)),
        ("aexample.org", Some(ErrorCode::CertificateWrongHost)),
    ] {
        let outcome = handshake_as(host, port, &settings);
        assert_eq!(outcome.err().map(|fault| fault.code()), code, "{host}");
    }
}

/// A server that shows this; a TLS handshake with it as `host` by a client that trusts `root`.
fn outcome(identity: &Identity, root: &Authority, host: &str) -> Option<ErrorCode> {
    let config = identity.config();
    let port = serve_one(move |stream| {
        let _ = tls_stream(&config, stream).read(&mut [0]);
    });
    let mut settings = TlsSettings::default();
    settings.add_roots_pem(root.pem().as_bytes(), &mut Log::new("Test", false)).expect("the PEM is good");
    handshake_as(host, port, &settings).err().map(|fault| fault.code())
}

/// CVE-2009-2417: what ends at a NUL for one reader goes on for another.
#[test]
fn a_name_with_a_nul_in_it_is_no_name() {
    let authority = Authority::new("trusted authority");
    let mut params = params(["other.example.org"]);
    let name = "good.example.org\0.example.com".try_into().expect("ASCII has a NUL");
    params.subject_alt_names.insert(0, SanType::DnsName(name));
    let identity = authority.issue(params);
    for host in ["good.example.org", "example.com"] {
        let refused = outcome(&identity, &authority, host);
        assert_eq!(refused, Some(ErrorCode::CertificateWrongHost), "{host}");
    }
}

/// RFC 5280 section 4.2.1.10, in an authority that is sent and in one that is trusted.
#[test]
fn an_authority_speaks_for_no_more_names_than_it_may() {
    let names = |names: &[&str]| names.iter().map(|&name| GeneralSubtree::DnsName(name.to_owned())).collect();
    let constrained = |permitted: &[&str], excluded: &[&str]| {
        let mut params = authority_params("constrained authority");
        let (permitted_subtrees, excluded_subtrees) = (names(permitted), names(excluded));
        params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees });
        params
    };
    for params in [constrained(&["example.org"], &[]), constrained(&[], &["example.com"])] {
        let root = Authority::new("root authority");
        let between = root.intermediate_of(params.clone());
        let trusted = Authority::of(params);
        for (host, expected) in
            [("www.example.org", None), ("www.example.com", Some(ErrorCode::CertificateInvalid))]
        {
            let mut identity = between.issue(self::params([host]));
            identity.chain.push(between.der());
            assert_eq!(outcome(&identity, &root, host), expected, "{host}");
            assert_eq!(outcome(&trusted.issue(self::params([host])), &trusted, host), expected, "{host}");
        }
    }
}

/// Nobody needs so many, and to look for a way through them could take long.
#[test]
fn a_chain_of_great_length_is_refused() {
    let root = Authority::new("root authority");
    let mut chain = vec![root.intermediate("authority 0")];
    for number in 1..100 {
        let next = chain.last().expect("there is one").intermediate(&format!("authority {number}"));
        chain.push(next);
    }
    let mut identity = chain.last().expect("there is one").issue(params(["www.example.org"]));
    identity.chain.extend(chain.iter().rev().map(Authority::der));
    assert_eq!(outcome(&identity, &root, "www.example.org"), Some(ErrorCode::CertificateInvalid));
}

/// An authority changes its key, or has others sign it as well: all its certificates are sent, in any order.
#[test]
fn an_authority_may_be_sent_with_three_certificates() {
    let (root, unknown) = (Authority::new("root authority"), Authority::new("unknown authority"));
    let between = [&root, &unknown, &unknown].map(|issuer| issuer.intermediate("authority in between"));
    for order in [[0, 1, 2], [2, 1, 0]] {
        let mut identity = between[0].issue(params(["www.example.org"]));
        identity.chain.extend(order.map(|index| between[index].der()));
        assert_eq!(outcome(&identity, &root, "www.example.org"), None);
    }
}

/// Each more of a name doubles the ways up, and more: webpki would go them all.
#[test]
fn a_chain_with_many_ways_up_is_refused() {
    let root = Authority::new("root authority");
    let entangled = |names: [&str; 6]| {
        let unknown = Authority::new("unknown authority");
        let mut identity = root.issue(params(["www.example.org"]));
        identity.chain.extend(names.map(|name| unknown.intermediate(name).der()));
        outcome(&identity, &root, "www.example.org")
    };
    assert_eq!(entangled(["a", "b", "b", "c", "c", "d"]), None);
    assert_eq!(entangled(["a", "b", "b", "b", "c", "d"]), None);
    assert_eq!(entangled(["a", "a", "b", "b", "c", "c"]), Some(ErrorCode::CertificateInvalid));
    assert_eq!(entangled(["a", "b", "b", "b", "b", "c"]), Some(ErrorCode::CertificateInvalid));
}

/// What does not belong to the chain does no harm, up to the limits.
#[test]
fn what_is_sent_beside_the_chain_is_bounded() {
    let root = Authority::new("root authority");
    let others = |count| (0..count).map(|number| Authority::new(&format!("authority {number}")).der());
    let sent = |others: Vec<CertificateDer<'static>>| {
        let between = root.intermediate("authority in between");
        let mut identity = between.issue(params(["www.example.org"]));
        identity.chain.push(between.der());
        identity.chain.extend(others);
        outcome(&identity, &root, "www.example.org")
    };
    assert_eq!(sent(others(31).collect()), None);
    assert_eq!(sent(others(32).collect()), Some(ErrorCode::CertificateInvalid));
    let mut large = authority_params("large authority");
    large.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 5, 29, 99], vec![0; 32 * 1024])];
    assert_eq!(sent(vec![Authority::of(large).der()]), Some(ErrorCode::CertificateInvalid));
}

/// In what openssl calls security level 0, all is allowed.
const WEAK: [&str; 3] = ["-cipher", "DEFAULT@SECLEVEL=0", "-www"];

#[test]
fn a_weak_key_is_refused() {
    let server = OpenSsl::with_weak_key("127.0.0.1").serve(&WEAK);
    let client = Client::trusting(&server.certificate);
    assert_refused(&client, &server.url(), ErrorCode::CertificateInvalid);
    assert!(client.account().contains("RSA with 1024 bits"), "{}", client.account());
}

#[test]
fn a_weak_signature_is_refused() {
    let authority = OpenSsl::self_signed("127.0.0.9");
    let client = Client::trusting(&authority.certificate());
    let server = authority.issue("127.0.0.1", &["-sha256"]).serve(&WEAK);
    // The certificate is accepted; the server does not speak WebSocket.
    assert_refused(&client, &server.url(), ErrorCode::UpgradeRefused);
    let server = authority.issue("127.0.0.1", &["-sha1"]).serve(&WEAK);
    assert_refused(&client, &server.url(), ErrorCode::CertificateInvalid);
    assert!(client.account().contains("sha1WithRSAEncryption"), "{}", client.account());
}

#[test]
fn a_server_without_a_cipher_of_ours_is_refused() {
    let server = OpenSsl::self_signed("127.0.0.1").serve(&["-tls1_2", "-cipher", "AES128-SHA"]);
    assert_refused(&Client::trusting(&server.certificate), &server.url(), ErrorCode::TlsNoCommonVersion);
}

/// The keys that a program takes that verifies nothing; a server that speaks no WebSocket answers behind TLS.
#[test]
fn without_verification_any_certificate_will_do() {
    let keys = [
        OpenSsl::self_signed("127.0.0.9"),
        OpenSsl::with_weak_key("127.0.0.1"),
        OpenSsl::with_p521_key("127.0.0.1"),
        OpenSsl::with_ed448_key("127.0.0.1"),
        OpenSsl::with_pss_key("127.0.0.1", &[]),
        version_1(),
    ];
    for certificate in keys {
        let server = certificate.serve(&WEAK);
        let client = Client::new();
        client.verify(false);
        assert_refused(&client, &server.url(), ErrorCode::UpgradeRefused);
        client.verify(true);
        assert!(!client.connect(&server.url()));
        assert!((500..520).contains(&client.code()), "{}", client.account());
    }
}

/// A certificate of X.509 version 1 (RFC 5280 section 4.1.2.1): it has no extensions. Its own signature is nonsense.
fn version_1() -> OpenSsl {
    let item =
        |tag: u8, content: &[u8]| [&[tag, 0x82], &(content.len() as u16).to_be_bytes()[..], content].concat();
    let key = key();
    let algorithm = item(0x30, b"\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x02");
    let name = item(0x30, &item(0x31, &item(0x30, b"\x06\x03\x55\x04\x03\x0C\x02v1")));
    let validity = item(0x30, b"\x17\x0D200101000000Z\x17\x0D490101000000Z");
    let fields =
        [item(0x02, b"\x01"), algorithm.clone(), name.clone(), validity, name, key.subject_public_key_info()];
    let tbs = item(0x30, &fields.concat());
    let signature = item(0x03, b"\x00\x30\x06\x02\x01\x01\x02\x01\x01");
    let der = item(0x30, &[tbs, algorithm, signature].concat());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", base64(&der));
    OpenSsl::made(&pem, &key.serialize_pem())
}

fn base64(bytes: &[u8]) -> String {
    ckws::proto::encoding::Encoding::Base64.encode(bytes).expect("memory suffices")
}

#[test]
fn keys_for_rsa_pss_alone_are_verified() {
    let for_one_digest = [
        "-pkeyopt",
        "rsa_pss_keygen_md:sha256",
        "-pkeyopt",
        "rsa_pss_keygen_mgf1_md:sha256",
        "-pkeyopt",
        "rsa_pss_keygen_saltlen:32",
    ];
    for options in [&for_one_digest[..], &[]] {
        let own = OpenSsl::with_pss_key("127.0.0.1", options);
        let server = own.serve(&["-www"]);
        assert_refused(&Client::trusting(&server.certificate), &server.url(), ErrorCode::UpgradeRefused);
        let issued =
            own.issue("127.0.0.1", &["-sha256", "-sigopt", "rsa_pss_saltlen:digest"]).serve(&["-www"]);
        assert_refused(&Client::trusting(&server.certificate), &issued.url(), ErrorCode::UpgradeRefused);
        assert_refused(&Client::new(), &issued.url(), ErrorCode::CertificateUnknownIssuer);
        let old = own.serve(&["-www", "-tls1_2"]);
        let client = Client::trusting(&server.certificate);
        assert_refused(&client, &old.url(), ErrorCode::TlsNoCommonVersion);
        assert!(client.account().contains("RSA-PSS"), "{}", client.account());
    }
}

#[test]
fn a_key_that_cannot_be_verified_is_named() {
    let server = OpenSsl::with_p521_key("127.0.0.1").serve(&["-www"]);
    let client = Client::trusting(&server.certificate);
    assert_refused(&client, &server.url(), ErrorCode::TlsNoCommonVersion);
    assert!(client.account().contains("not of P-521"), "{}", client.account());
}

/// The configuration of a server that shows another's certificate, with a key of its own.
fn showing(
    another: &Identity,
    key: &KeyPair,
    version: &'static rustls::SupportedProtocolVersion,
) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let signing = provider.key_provider.load_private_key(private_key(key)).expect("ring knows the key");
    let certified = Arc::new(SingleCertAndKey::from(CertifiedKey::new(another.chain.clone(), signing)));
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("ring supports the version")
        .with_no_client_auth()
        .with_cert_resolver(certified)
}

#[test]
fn without_verification_a_wrong_signature_is_refused() {
    let shown = Identity::self_signed(&params(["127.0.0.1"]));
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let client = Client::new();
        client.verify(false);
        let config = Arc::new(showing(&shown, &key(), version));
        assert_refused(&client, &start(config), ErrorCode::CertificateBadSignature);
    }
}

/// A pin is of a public key, which everybody knows: the server has to have the private one.
#[test]
fn a_pinned_key_has_to_be_proven_also_without_verification() {
    let shown = Identity::self_signed(&params(["127.0.0.1"]));
    let mut settings = TlsSettings::default();
    settings.set_verify(false);
    let mut pin = |pin: &str| {
        let pins = format!("sha256, base64, {pin}");
        settings.change_choices(|choices| choices.set_pin_set(&pins)).expect("it is a pin");
        settings.clone()
    };
    let port = |url: &str| url.trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok());
    let connect = |config: ServerConfig, settings: &TlsSettings| {
        handshake_as("127.0.0.1", port(&start(Arc::new(config))).expect("a port"), settings)
    };
    let another = pin("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    let refused = handshake_as("127.0.0.1", port(&start(shown.config())).expect("a port"), &another);
    let text = refused.expect_err("the pin is another's").to_string();
    let own = pin(text.split("its pin is ").nth(1).expect("the text has it").trim_end_matches('.'));
    assert!(handshake_as("127.0.0.1", port(&start(shown.config())).expect("a port"), &own).is_ok());
    for algorithm in [&rcgen::PKCS_ED25519, &rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384] {
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            let key = KeyPair::generate_for(algorithm).expect("ring makes such keys");
            let code = connect(showing(&shown, &key, version), &own).map_err(|fault| fault.code());
            assert_eq!(code, Err(ErrorCode::CertificateBadSignature), "{algorithm:?} {version:?}");
        }
    }
}

#[test]
fn a_rest_tells_of_every_refused_certificate_by_the_same_reason() {
    let port = |identity: &Identity| -> u16 {
        let url = start(identity.config());
        url.trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
    };
    let unknown = Authority::new("unknown authority").issue(params(["127.0.0.1"]));
    assert_eq!(rest_connect_fail_reason("127.0.0.1", port(&unknown)), 106);
    let own = Identity::self_signed(&params(["127.0.0.1"]));
    assert_eq!(rest_connect_fail_reason("127.0.0.1", port(&own)), 106);
}

/// What kind of handshakes a server saw, one a connection.
fn start_watched(identity: &Identity) -> (String, Receiver<HandshakeKind>) {
    let (sender, kinds) = channel();
    let config = identity.config();
    let port = serve_each(move |stream| {
        if let Ok(socket) = tungstenite::accept(tls_stream(&config, stream)) {
            let kind = socket.get_ref().conn.handshake_kind().expect("the handshake is over");
            sender.send(kind).expect("the test listens");
        }
    });
    (format!("wss://127.0.0.1:{port}/"), kinds)
}

#[test]
fn the_second_connection_resumes_the_session_of_the_first() {
    let identity = Identity::self_signed(&params(["127.0.0.1"]));
    let (url, kinds) = start_watched(&identity);
    let client = Client::trusting(&identity.pem);
    let connect = || {
        client.must_connect(&url);
        kinds.recv().expect("the server saw the client")
    };
    assert_eq!(connect(), HandshakeKind::Full);
    assert_eq!(connect(), HandshakeKind::Resumed);
    client.verify(false);
    assert_eq!(connect(), HandshakeKind::Full, "another trust is another session");
    client.verify(true);
    assert_eq!(connect(), HandshakeKind::Full, "another trust is another session");
}

/// CVE-2016-5419, CVE-2022-27782 and their like: a session belongs to one host and one trust.
#[test]
fn a_session_is_not_resumed_for_another_host_or_another_trust() {
    let authority = Authority::new("trusted authority");
    let (url, kinds) = start_watched(&authority.issue(params(["127.0.0.1", "localhost"])));
    let connect = |client: &Client, url: &str| {
        client.must_connect(url);
        kinds.recv().expect("the server saw the client")
    };
    let client = Client::trusting(&authority.pem());
    assert_eq!(connect(&client, &url), HandshakeKind::Full);
    assert_eq!(connect(&client, &url.replace("127.0.0.1", "localhost")), HandshakeKind::Full);
    assert_eq!(connect(&client, &url), HandshakeKind::Resumed);
    assert!(client.trust(&Authority::new("another authority").pem()));
    assert_eq!(connect(&client, &url), HandshakeKind::Full);
    assert_eq!(connect(&Client::trusting(&authority.pem()), &url), HandshakeKind::Full);
}

#[test]
fn a_server_with_an_old_tls_version_is_refused() {
    let server = OpenSsl::self_signed("127.0.0.1").serve(&["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]);
    let client = Client::trusting(&server.certificate);
    assert!(!client.connect(&server.url()));
    // A server tells it by an alert or by answering with its own version.
    let refusals = [ErrorCode::TlsNoCommonVersion as i32, ErrorCode::TlsAlert as i32];
    assert!(refusals.contains(&client.code()), "{}", client.account());
}

#[test]
fn a_server_that_wants_a_certificate_of_the_client_refuses_with_an_alert() {
    let authority = Authority::new("authority of both");
    let identity = authority.issue(params(["127.0.0.1"]));
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(authority.der()).expect("an authority is a root");
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("ring supports the version")
            .with_client_cert_verifier(verifier.expect("there is a root"))
            .with_single_cert(identity.chain.clone(), private_key(&identity.key))
            .expect("the key belongs to the certificate");
        let client = Client::trusting(&authority.pem());
        let url = start(Arc::new(config));
        // Often: the server may close while the client still writes.
        for _ in 0..50 {
            assert_refused(&client, &url, ErrorCode::TlsAlert);
        }
    }
}

fn private_key(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(key.serialize_der().into())
}

/// Reads what the client says first, so that closing the socket resets nothing.
fn read_hello(mut stream: &TcpStream) {
    let _ = stream.read(&mut [0; 16 * 1024]);
}

#[test]
fn a_server_that_speaks_plain_http_is_no_tls_server() {
    let port = serve_each(|mut stream| {
        read_hello(&stream);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    assert_refused(&Client::new(), &format!("wss://127.0.0.1:{port}/"), ErrorCode::TlsProtocol);
}

/// Some servers answer clear text with an alert, some just close, with a FIN or, over unread bytes, with a reset.
#[test]
fn clear_text_to_a_tls_port_is_answered_by_a_hint() {
    let config = Identity::self_signed(&params(["127.0.0.1"])).config();
    let tls = serve_each(move |stream| {
        let _ = tls_stream(&config, stream).read(&mut [0]);
    });
    let ports = [tls, serve_each(|stream| read_hello(&stream)), serve_each(drop)];
    for port in ports {
        let client = Client::new();
        assert!(!client.connect(&format!("ws://127.0.0.1:{port}/")));
        assert!(client.account().contains("wss"), "{}", client.account());
    }
    // One that speaks HTTP is no TLS server.
    let port = serve_each(|mut stream| {
        read_hello(&stream);
        let _ = stream.write_all(b"HTTP/1.1 101 Switching");
    });
    let client = Client::new();
    assert_refused(&client, &format!("ws://127.0.0.1:{port}/"), ErrorCode::HttpTruncated);
    assert!(!client.account().contains("wss"), "{}", client.account());
}

#[test]
fn a_server_that_ends_the_stream_during_the_handshake_is_told_apart() {
    let port = serve_each(|stream| read_hello(&stream));
    assert_refused(&Client::new(), &format!("wss://127.0.0.1:{port}/"), ErrorCode::TlsClosed);
}

#[test]
fn a_stalled_handshake_ends_with_the_time_out() {
    // Nobody accepts; the kernel has made the TCP connection.
    let (_listener, port) = listener();
    let client = Client::new();
    client.connect_timeout(300);
    let start = Instant::now();
    assert_refused(&client, &format!("wss://127.0.0.1:{port}/"), ErrorCode::TlsTimeout);
    let elapsed = start.elapsed();
    assert!(elapsed >= Duration::from_millis(300), "{elapsed:?}");
    assert!(elapsed < Duration::from_millis(3000), "{elapsed:?}");
}

#[test]
fn a_stream_that_ends_without_close_notify_is_truncated() {
    let authority = Authority::new("trusted authority");
    let config = authority.issue(params(["127.0.0.1"])).config();
    let port = serve_one(move |stream| {
        let mut socket = websocket(tls_stream(&config, stream));
        let _ = socket.send("all that comes".into());
        // Dropped as it is: FIN, but no close_notify.
    });
    let client = Client::trusting(&authority.pem());
    client.must_connect(&format!("wss://127.0.0.1:{port}/"));
    assert_eq!(client.message().1, b"all that comes");
    assert_eq!(client.receive(), None);
    assert_eq!(client.code(), ErrorCode::TlsTruncated as i32);
    assert_eq!(client.fail_reason(), READ_LOST);
}
