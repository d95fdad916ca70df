//! The body of a Close frame (RFC 6455 sections 5.5.1 and 7.4): status code and reason.
//!
//! Who closes when is decided in `autoreply` and above.

use super::ControlPayload;
use super::header::MAX_CONTROL_LEN;
use crate::base::{ErrorCode, Fault, utf8};

/// What a Close frame says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloseInfo {
    /// The status code; `None` for an empty body.
    pub code: Option<u16>,
    /// The reason; often empty.
    pub reason: String,
}

/// Reads the body of a received Close. `own_code` is that of the Close that we sent, which the peer may echo even if
/// section 7.4 forbids it.
pub fn parse(payload: &[u8], own_code: Option<u16>) -> Result<CloseInfo, Fault> {
    let Some((&code, reason)) = payload.split_first_chunk() else {
        return if payload.is_empty() { Ok(CloseInfo::default()) } else { Err(payload_fault()) };
    };
    let code = u16::from_be_bytes(code);
    if !is_sendable(code) && own_code != Some(code) {
        return Err(code_fault(code));
    }
    match simdutf8::basic::from_utf8(reason) {
        Ok(reason) => Ok(CloseInfo { code: Some(code), reason: reason.to_owned() }),
        Err(_) => Err(reason_fault()),
    }
}

/// Returns the status code in the body of a Close, if there is one.
pub fn code_of(payload: &[u8]) -> Option<u16> {
    payload.first_chunk().map(|code| u16::from_be_bytes(*code))
}

/// Returns the body of a Close to send: the reason is cut to what fits at a character boundary; without a code there
/// is none, because the body begins with the code (section 5.5.1).
pub fn build(code: Option<u16>, reason: &str) -> ControlPayload {
    let Some(code) = code else { return ControlPayload::EMPTY };
    let code = code.to_be_bytes();
    let reason = utf8::prefix(reason, MAX_CONTROL_LEN - code.len());
    ControlPayload::fitting(&[&code, reason.as_bytes()].concat())
}

/// Returns whether a status code may appear on the wire: those of section 7.4.1 and the IANA registry that are not
/// for local use (1004 to 1006, 1015), and the ranges of libraries and programs (section 7.4.2).
pub fn is_sendable(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Returns the answer to a received Close: its status code, as section 5.5.1 describes; empty if that had none.
pub fn reply_to(received: &CloseInfo) -> ControlPayload {
    build(received.code, "")
}

/// Returns the status code that tells the server why we fail the connection (sections 7.1.7 and 7.4.1).
pub fn code_for(error: ErrorCode) -> u16 {
    match error {
        ErrorCode::TextNotUtf8 | ErrorCode::CloseReason => 1007,
        ErrorCode::MessageTooBig => 1009,
        _ => 1002,
    }
}

#[cold]
fn payload_fault() -> Fault {
    Fault::new(
        ErrorCode::ClosePayload,
        "The server sent a Close frame with one payload byte, half a status code (RFC 6455 section 5.5.1).",
    )
}

#[cold]
fn code_fault(code: u16) -> Fault {
    Fault::new(
        ErrorCode::CloseCode,
        format!(
            "The server sent a Close frame with the forbidden status code {code} (RFC 6455 section 7.4)."
        ),
    )
}

#[cold]
fn reason_fault() -> Fault {
    Fault::new(
        ErrorCode::CloseReason,
        "The server sent a Close frame whose reason is not valid UTF-8 (RFC 6455 section 5.5.1).",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_empty_or_a_code_and_a_reason() {
        assert_eq!(parse(b"", None), Ok(CloseInfo::default()));
        assert_eq!(parse(b"\x03\xE8", None), Ok(CloseInfo { code: Some(1000), reason: String::new() }));
        assert_eq!(
            parse(b"\x0F\xA0bye \xE2\x82\xAC", None),
            Ok(CloseInfo { code: Some(4000), reason: "bye €".into() })
        );
        assert_eq!(parse(b"\x03", None).unwrap_err().code(), ErrorCode::ClosePayload);
        assert_eq!(parse(b"\x03\xE8\xE2\x82", None).unwrap_err().code(), ErrorCode::CloseReason);
    }

    #[test]
    fn each_of_the_65536_codes_is_judged_by_section_7_4() {
        let allowed = |code| (1000..=1014).contains(&code) && ![1004, 1005, 1006].contains(&code);
        for code in 0..=u16::MAX {
            let expected = allowed(code) || (3000..5000).contains(&code);
            assert_eq!(is_sendable(code), expected, "{code}");
            match parse(&code.to_be_bytes(), None) {
                Ok(info) => assert!(expected && info.code == Some(code), "{code} was accepted"),
                Err(fault) => {
                    assert!(!expected && fault.code() == ErrorCode::CloseCode, "{code} was refused")
                }
            }
        }
    }

    #[test]
    fn our_own_code_is_accepted_whatever_it_is() {
        for code in [0, 999, 1005, 1006, 2999, 5000, 16383] {
            let payload = build(Some(code), "");
            assert_eq!(code_of(payload.as_bytes()), Some(code));
            assert_eq!(parse(payload.as_bytes(), Some(code)).unwrap().code, Some(code));
            assert!(parse(payload.as_bytes(), Some(1000)).is_err());
        }
        assert_eq!(code_of(b"\x03"), None);
    }

    #[test]
    fn a_built_body_fits_and_is_cut_at_a_character() {
        assert_eq!(build(None, "no code, no reason").as_bytes(), b"");
        assert_eq!(build(Some(1001), "away").as_bytes(), b"\x03\xE9away");
        let long = build(Some(1000), &"é".repeat(100));
        assert_eq!(long.as_bytes().len(), 2 + 122);
        assert_eq!(parse(long.as_bytes(), None).unwrap().reason, "é".repeat(61));
    }

    #[test]
    fn the_reply_echoes_the_code_alone() {
        let received = CloseInfo { code: Some(3001), reason: "why".into() };
        assert_eq!(reply_to(&received).as_bytes(), 3001u16.to_be_bytes());
        assert_eq!(reply_to(&CloseInfo::default()).as_bytes(), b"");
    }

    #[test]
    fn faults_have_their_status_codes() {
        assert_eq!(code_for(ErrorCode::TextNotUtf8), 1007);
        assert_eq!(code_for(ErrorCode::CloseReason), 1007);
        assert_eq!(code_for(ErrorCode::MessageTooBig), 1009);
        assert_eq!(code_for(ErrorCode::ReservedBits), 1002);
        assert_eq!(code_for(ErrorCode::ClosePayload), 1002);
    }
}
