//! Challenges of proxies, and the answers to them (RFC 9110 section 11, RFC 7616).

use ckws::proto::auth::{Challenge, Scheme, challenges, names, strongest};

const RANDOM: [u8; 16] = *b"0123456789abcdef";

fn answer(challenges: &[Challenge]) -> Option<String> {
    match strongest(challenges, |_| true)? {
        Scheme::Basic => Some("Basic".to_owned()),
        Scheme::Digest(digest) => {
            Some(digest.answer("CONNECT", "a.example:443", "user", "secret", RANDOM).unwrap())
        }
    }
}

#[test]
fn the_strongest_challenge_is_answered() {
    let md5 = r#"Digest realm="r", nonce="n", algorithm=MD5, qop="auth""#;
    let sha256 = r#"Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth""#;
    for (fields, begin) in [
        (vec![r#"Basic realm="r""#], Some("Basic")),
        (vec!["basic"], Some("Basic")),
        (vec![md5], Some("Digest ")),
        (vec![r#"Basic realm="r""#, md5], Some("Digest ")),
        (vec![md5, sha256], Some("SHA-256")),
        (vec![sha256, md5, "Basic"], Some("SHA-256")),
        (vec!["Negotiate", "NTLM"], None),
        (vec!["Negotiate, NTLM, Basic realm=\"r\""], Some("Basic")),
        (vec![r#"Digest realm="r", nonce="n", algorithm=SHA-512-256, qop="auth""#], None),
        (
            vec![r#"Digest realm="r", nonce="n", algorithm=MD5-sess, qop="auth", Basic realm="r""#],
            Some("Basic"),
        ),
        (vec![r#"Digest realm="r", nonce="n", qop="auth-int""#], None),
        (vec![r#"Digest realm="r""#, r#"Digest nonce="n""#], None),
        (vec![], None),
        (vec![""], None),
        (vec![",, ,"], None),
        (vec!["=", "\"", "a=b"], None),
    ] {
        let found = answer(&challenges(&fields));
        match begin {
            Some(begin) => {
                assert!(found.as_deref().is_some_and(|found| found.contains(begin)), "{fields:?}: {found:?}")
            }
            None => assert_eq!(found, None, "{fields:?}"),
        }
    }
}

/// The responses were computed by Python's hashlib.
#[test]
fn rfc_7616_answers() {
    for (field, expected) in [
        (
            r#"Digest realm="a realm", nonce="dcd98b71", qop="auth,auth-int", opaque="5ccc""#,
            r#"Digest username="user", realm="a realm", nonce="dcd98b71", uri="a.example:443", algorithm=MD5, response="db78fc7aa4aa84a10ab103461f4e55d3", qop=auth, nc=00000001, cnonce="30313233343536373839616263646566", opaque="5ccc""#,
        ),
        (
            r#"Digest realm="a realm", nonce="dcd98b71", qop=auth, algorithm="SHA-256""#,
            r#"Digest username="user", realm="a realm", nonce="dcd98b71", uri="a.example:443", algorithm=SHA-256, response="de5d418cb035d0b91ddf1394f916f1d1a01eafbbdfec9eed428fa6a80a47506d", qop=auth, nc=00000001, cnonce="30313233343536373839616263646566""#,
        ),
        (
            r#"Digest realm="a realm",nonce = "dcd98b71""#,
            r#"Digest username="user", realm="a realm", nonce="dcd98b71", uri="a.example:443", algorithm=MD5, response="f0bd993f1dd90105fed7ab9ff99909a6""#,
        ),
    ] {
        assert_eq!(answer(&challenges(&[field])).as_deref(), Some(expected), "{field}");
    }
}

#[test]
fn quoted_strings_hold_commas_and_quotes() {
    let asked = challenges(&[r#"Digest realm="a, \"b\" \\ c", nonce="n,", Basic realm="x""#]);
    assert_eq!(names(&asked), "Digest, Basic");
    let answered = answer(&asked).unwrap();
    assert!(answered.contains(r#"realm="a, \"b\" \\ c", nonce="n,","#), "{answered}");
    // What is left open ends with the field.
    assert_eq!(names(&challenges(&[r#"Digest realm="open, Basic"#, "NTLM"])), "Digest, NTLM");
}

#[test]
fn an_answer_holds_no_line_break() {
    let asked = challenges(&[r#"Digest realm="r", nonce="n""#]);
    let Some(Scheme::Digest(digest)) = strongest(&asked, |_| true) else { panic!("it can be answered") };
    for (username, password) in [("us\r\ner", "secret"), ("user", "sec\nret"), ("us\0er", "")] {
        assert!(digest.answer("CONNECT", "a.example:443", username, password, RANDOM).is_err());
    }
}

#[test]
fn the_number_of_challenges_is_bounded() {
    let many = "Basic, ".repeat(100_000);
    assert!(names(&challenges(&[&many])).len() < 1000);
}
