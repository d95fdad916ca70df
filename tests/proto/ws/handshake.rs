//! Sections 4.1 and 4.2.2: what a response must say (T-ACCEPT, the subprotocol and extension part of T-NEG).

use ckws::base::{ErrorCode, Fault};
use ckws::proto::ws::Offer;
use ckws::proto::ws::handshake::{client_fields, key, validate};

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: (&str, &str) = ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
const UPGRADE: (&str, &str) = ("Upgrade", "websocket");
const CONNECTION: (&str, &str) = ("Connection", "Upgrade");

fn offer() -> Offer<'static> {
    Offer { key: KEY, subprotocols: vec!["chat", "superchat"] }
}

/// The subprotocol of a connection that opens without an extension.
fn check(status: u16, fields: &[(&str, &'static str)]) -> Result<Option<String>, Fault> {
    let values_of = |name: &str| -> Vec<&'static str> {
        fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value).collect()
    };
    let agreed = validate(status, values_of, &offer())?;
    assert_eq!(agreed.extensions.reserved_bits(), 0);
    Ok(agreed.subprotocol)
}

#[track_caller]
fn refused(fields: &[(&str, &'static str)], expected: ErrorCode) {
    assert_eq!(check(101, fields).map_err(|fault| fault.code()), Err(expected), "{fields:?}");
}

#[test]
fn section_1_3_the_example_opens() {
    assert_eq!(check(101, &[UPGRADE, CONNECTION, ACCEPT]), Ok(None));
    let with_protocol = [UPGRADE, CONNECTION, ACCEPT, ("Sec-WebSocket-Protocol", "chat")];
    assert_eq!(check(101, &with_protocol), Ok(Some("chat".to_owned())));
}

#[test]
fn section_4_1_any_other_status_is_a_refusal_that_names_it() {
    for status in [100, 200, 204, 301, 401, 426, 500] {
        let fault = check(status, &[UPGRADE, CONNECTION, ACCEPT]).unwrap_err();
        assert_eq!(fault.code(), ErrorCode::UpgradeRefused);
        assert!(fault.text().contains(&status.to_string()), "{fault}");
    }
}

#[test]
fn section_4_1_upgrade_is_websocket_whatever_its_case_and_nothing_else() {
    for value in ["WebSocket", "WEBSOCKET", " websocket\t"] {
        assert_eq!(check(101, &[("upgrade", value), CONNECTION, ACCEPT]), Ok(None), "{value}");
    }
    refused(&[CONNECTION, ACCEPT], ErrorCode::UpgradeMissing);
    for value in ["", "h2c", "websockets", "websocket/13", "websocket, h2c", "h2c, websocket", "web socket"] {
        refused(&[("Upgrade", value), CONNECTION, ACCEPT], ErrorCode::UpgradeMissing);
    }
    refused(&[UPGRADE, UPGRADE, CONNECTION, ACCEPT], ErrorCode::UpgradeMissing);
}

#[test]
fn an_upgrade_that_does_not_fit_is_not_told_as_a_missing_one() {
    for (upgrades, expected) in [
        (&[][..], "has no \"Upgrade: websocket\""),
        (&[("Upgrade", "h2c")], "to another protocol than WebSocket"),
        (&[UPGRADE, UPGRADE], "to more than one protocol"),
        (&[("Upgrade", "websocket, h2c")], "to more than one protocol"),
    ] {
        let fault = check(101, &[upgrades, &[CONNECTION, ACCEPT]].concat()).unwrap_err();
        assert!(fault.text().contains(expected), "{upgrades:?}: {fault}");
    }
}

#[test]
fn section_4_1_connection_has_the_token_upgrade_among_others() {
    for value in ["upgrade", "keep-alive, Upgrade", "UPGRADE ,\tx"] {
        assert_eq!(check(101, &[UPGRADE, ("connection", value), ACCEPT]), Ok(None), "{value}");
    }
    assert_eq!(check(101, &[UPGRADE, ("Connection", "keep-alive"), CONNECTION, ACCEPT]), Ok(None));
    refused(&[UPGRADE, ACCEPT], ErrorCode::ConnectionUpgradeMissing);
    for value in ["", "close", "upgrades", "keep-alive; upgrade"] {
        refused(&[UPGRADE, ("Connection", value), ACCEPT], ErrorCode::ConnectionUpgradeMissing);
    }
}

#[test]
fn section_4_1_accept_comes_once_and_belongs_to_the_key() {
    refused(&[UPGRADE, CONNECTION], ErrorCode::AcceptMissing);
    for value in [
        "",
        "S3PPLMBITXAQ9KYGZZHZRBK+XOO=",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo==",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        KEY,
    ] {
        refused(&[UPGRADE, CONNECTION, ("Sec-WebSocket-Accept", value)], ErrorCode::AcceptMismatch);
    }
    refused(&[UPGRADE, CONNECTION, ACCEPT, ACCEPT], ErrorCode::AcceptMismatch);
    let padded = ("sec-websocket-accept", " s3pPLMBiTxaQ9kYGzzhZRbK+xOo= ");
    assert_eq!(check(101, &[UPGRADE, CONNECTION, padded]), Ok(None));
}

#[test]
fn section_4_1_no_extension_was_offered_so_none_may_come_back() {
    for value in ["permessage-deflate", "permessage-deflate; server_max_window_bits=99", "", " "] {
        let field = ("sec-websocket-extensions", value);
        refused(&[UPGRADE, CONNECTION, ACCEPT, field], ErrorCode::UnexpectedExtension);
    }
}

#[test]
fn section_4_1_the_subprotocol_is_one_of_those_offered_to_the_letter() {
    for value in ["Chat", "other", "", "chat, superchat", "chat,", "cha"] {
        let field = ("Sec-WebSocket-Protocol", value);
        refused(&[UPGRADE, CONNECTION, ACCEPT, field], ErrorCode::UnexpectedSubprotocol);
    }
    let twice = ("Sec-WebSocket-Protocol", "chat");
    refused(&[UPGRADE, CONNECTION, ACCEPT, twice, twice], ErrorCode::UnexpectedSubprotocol);
    let padded = ("Sec-WebSocket-Protocol", "\tsuperchat ");
    assert_eq!(check(101, &[UPGRADE, CONNECTION, ACCEPT, padded]), Ok(Some("superchat".to_owned())));
}

#[test]
fn section_4_1_the_key_is_16_bytes_in_base64() {
    assert_eq!(key([0; 16]), "AAAAAAAAAAAAAAAAAAAAAA==");
    assert_eq!(key([0xFF; 16]).len(), 24);
    let fields = client_fields(&offer());
    assert!(fields.iter().any(|(name, value)| *name == "Sec-WebSocket-Key" && value == KEY));
}
