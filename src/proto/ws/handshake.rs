//! The WebSocket part of the opening handshake (RFC 6455 sections 4.1 and 4.2.2): what goes into the request,
//! and whether a response opens the connection. HTTP itself is in `proto::http1`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use super::extension::{self, Agreed, Extensions, Offer};
use crate::base::{ErrorCode, Fault};

/// What a server appends to the key before it hashes it (section 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Sec-WebSocket-Key from 16 random bytes, fresh for each connection.
pub fn key(random: [u8; 16]) -> String {
    STANDARD.encode(random)
}

/// Returns the Sec-WebSocket-Accept that belongs to a key (section 4.2.2).
pub fn accept(key: &str) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

/// Returns the header fields that make a request an opening handshake (section 4.1). The program adds that of the
/// subprotocols.
pub fn client_fields(offer: &Offer<'_>) -> Vec<(&'static str, String)> {
    vec![
        ("Upgrade", "websocket".to_owned()),
        ("Connection", "Upgrade".to_owned()),
        ("Sec-WebSocket-Key", offer.key.to_owned()),
        ("Sec-WebSocket-Version", "13".to_owned()),
    ]
}

/// Refuses the header fields that a program cannot add: those we set, and one that only servers send.
pub fn check_request_field(name: &str) -> Result<(), Fault> {
    const REFUSED: [&str; 7] = [
        // The handshake has no body (RFC 6455 section 4.1 asks for a plain GET).
        "Content-Length",
        "Transfer-Encoding",
        "Upgrade",
        "Connection",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
        "Sec-WebSocket-Accept",
    ];
    extension::check_request_field(name)?;
    match REFUSED.into_iter().find(|refused| refused.eq_ignore_ascii_case(name)) {
        Some(name) => {
            let text = format!("The header {name} can't be added to the opening handshake.");
            Err(Fault::new(ErrorCode::HeaderRefused, text))
        }
        None => Ok(()),
    }
}

/// Returns what a request with these fields has offered; `None` if it has no key, and is no opening handshake.
///
/// `values_of` gives the values of all fields of a name, whatever its case.
pub fn offer_of<'a>(values_of: impl Fn(&str) -> Vec<&'a str>) -> Option<Offer<'a>> {
    let key = values_of("Sec-WebSocket-Key").into_iter().next()?;
    let subprotocols = values_of("Sec-WebSocket-Protocol").into_iter().flat_map(tokens).collect();
    Some(Offer { key, subprotocols })
}

/// Returns what a response agreed to that opens the connection (section 4.1). Fails if it does not.
///
/// `values_of` gives the values of all fields of a name, whatever its case.
pub fn validate<'a>(
    status: u16,
    values_of: impl Fn(&str) -> Vec<&'a str>,
    offer: &Offer<'_>,
) -> Result<Agreed, Fault> {
    if status != 101 {
        let text = format!("The server answered the opening handshake with status {status} instead of 101.");
        return Err(Fault::new(ErrorCode::UpgradeRefused, text));
    }
    check_upgrade(&values_of("Upgrade"), &values_of("Connection"))?;
    check_accept(&values_of("Sec-WebSocket-Accept"), offer.key)?;
    let extensions = Extensions::agreed(&values_of(extension::FIELD))?;
    let subprotocol = chosen_subprotocol(&values_of("Sec-WebSocket-Protocol"), &offer.subprotocols)?;
    Ok(Agreed { subprotocol: subprotocol.map(str::to_owned), extensions })
}

/// Upgrade must be "websocket" and nothing else; Connection may have other tokens beside "upgrade".
fn check_upgrade(upgrade: &[&str], connection: &[&str]) -> Result<(), Fault> {
    let protocols: Vec<&str> = upgrade.iter().copied().flat_map(tokens).collect();
    let invalid = |text| Err(Fault::new(ErrorCode::UpgradeMissing, text));
    match protocols.as_slice() {
        [protocol] if protocol.eq_ignore_ascii_case("websocket") => {}
        [] => return invalid("The server's response has no \"Upgrade: websocket\" (RFC 6455 section 4.1)."),
        [_] => {
            return invalid("The server upgrades to another protocol than WebSocket (RFC 6455 section 4.1).");
        }
        _ => return invalid("The server upgrades to more than one protocol (RFC 6455 section 4.1)."),
    }
    if !connection.iter().copied().flat_map(tokens).any(|token| token.eq_ignore_ascii_case("upgrade")) {
        return Err(Fault::new(
            ErrorCode::ConnectionUpgradeMissing,
            "The server's response has no \"Connection: Upgrade\" (RFC 6455 section 4.1).",
        ));
    }
    Ok(())
}

fn check_accept(values: &[&str], key: &str) -> Result<(), Fault> {
    match values {
        [] => Err(Fault::new(
            ErrorCode::AcceptMissing,
            "The server's response has no Sec-WebSocket-Accept (RFC 6455 section 4.1).",
        )),
        [value] if trimmed(value) == accept(key) => Ok(()),
        [_] => Err(Fault::new(
            ErrorCode::AcceptMismatch,
            "The server's Sec-WebSocket-Accept does not belong to our key (RFC 6455 section 4.1).",
        )),
        _ => Err(Fault::new(
            ErrorCode::AcceptMismatch,
            "The server's response has Sec-WebSocket-Accept more than once (RFC 6455 section 11.3.3).",
        )),
    }
}

fn chosen_subprotocol<'a>(values: &[&'a str], offered: &[&str]) -> Result<Option<&'a str>, Fault> {
    match values {
        [] => Ok(None),
        [value] if offered.contains(&trimmed(value)) => Ok(Some(trimmed(value))),
        [_] => Err(Fault::new(
            ErrorCode::UnexpectedSubprotocol,
            "The server chose a subprotocol that was not asked for (RFC 6455 section 4.1).",
        )),
        _ => Err(Fault::new(
            ErrorCode::UnexpectedSubprotocol,
            "The server chose a subprotocol more than once (RFC 6455 section 11.3.4).",
        )),
    }
}

/// Returns the elements of a comma-separated field value; empty ones don't count (RFC 9110 section 5.6.1).
fn tokens(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(trimmed).filter(|token| !token.is_empty())
}

/// Without the spaces and tabs that may surround a field value (RFC 9110 section 5.6.3).
fn trimmed(value: &str) -> &str {
    value.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_and_accept_of_section_1_3() {
        assert_eq!(key(*b"the sample nonce"), "dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn the_request_has_the_four_fields_of_section_4_1() {
        let fields = client_fields(&Offer { key: "k", subprotocols: Vec::new() });
        let expected = [
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", "k"),
            ("Sec-WebSocket-Version", "13"),
        ];
        assert_eq!(fields, expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn fields_of_the_handshake_cannot_be_added() {
        for name in
            ["sec-websocket-extensions", "SEC-WEBSOCKET-KEY", "Sec-WebSocket-Version", "Sec-WebSocket-Accept"]
        {
            assert_eq!(check_request_field(name).unwrap_err().code(), ErrorCode::HeaderRefused, "{name}");
        }
        for name in ["Sec-WebSocket-Protocol", "Origin", "Authorization", ""] {
            assert_eq!(check_request_field(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn an_offer_is_read_from_lists_and_several_fields() {
        let fields = |name: &str| match name {
            "Sec-WebSocket-Key" => vec!["k"],
            "Sec-WebSocket-Protocol" => vec!["chat, superchat", "\tv2 ,, v3"],
            _ => Vec::new(),
        };
        let expected = Offer { key: "k", subprotocols: vec!["chat", "superchat", "v2", "v3"] };
        assert_eq!(offer_of(fields), Some(expected));
        let only_a_key = |name: &str| if name == "Sec-WebSocket-Key" { vec!["k"] } else { Vec::new() };
        assert_eq!(offer_of(only_a_key), Some(Offer { key: "k", subprotocols: Vec::new() }));
        assert_eq!(offer_of(|_| Vec::new()), None);
    }
}
