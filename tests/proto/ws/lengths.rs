//! T-LEN: section 5.2's payload lengths in each form, with and without a limit, masked and not.

use ckws::base::ErrorCode;
use ckws::proto::ws::{Held, Step};

use super::receiver::inbound_with;

const VALUES: [u64; 15] = [
    0,
    1,
    125,
    126,
    127,
    65_535,
    65_536,
    (1 << 31) - 1,
    1 << 31,
    1 << 32,
    1 << 53,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX - 1,
    u64::MAX,
];
const LIMIT: u64 = 65_535;

/// The header of a binary frame with `len` in the form of this many bits; `None` where it does not fit.
fn header(form: u32, len: u64, masked: bool) -> Option<Vec<u8>> {
    let mask = if masked { 0x80 } else { 0 };
    let mut bytes = vec![0x82];
    match form {
        7 => bytes.push(mask | u8::try_from(len).ok().filter(|&len| len < 126)?),
        16 => {
            bytes.push(mask | 126);
            bytes.extend(u16::try_from(len).ok()?.to_be_bytes());
        }
        _ => {
            bytes.push(mask | 127);
            bytes.extend(len.to_be_bytes());
        }
    }
    Some(bytes)
}

fn expected_fault(form: u32, len: u64, masked: bool, limit: u64) -> Option<ErrorCode> {
    let shortest_form = match len {
        0..=125 => 7,
        126..=65_535 => 16,
        _ => 64,
    };
    match () {
        () if masked => Some(ErrorCode::MaskedFrame),
        () if len >= 1 << 63 => Some(ErrorCode::LengthInvalid),
        () if form != shortest_form => Some(ErrorCode::LengthNotMinimal),
        () if limit != 0 && len > limit => Some(ErrorCode::MessageTooBig),
        () => None,
    }
}

/// Feeds a growing prefix of the header, which is what a receiver does that gets it byte by byte.
fn decode(header: &[u8], first_prefix: usize, limit: u64) -> (Option<ErrorCode>, u64) {
    let mut inbound = inbound_with(limit);
    for len in first_prefix..=header.len() {
        match inbound.next(&header[..len], Held::default()) {
            Ok(Step::Incomplete) => {}
            Ok(Step::Data(piece)) => {
                assert_eq!(piece.payload, header.len()..header.len());
                return (None, inbound.payload_remaining());
            }
            Ok(step) => panic!("{step:?} for a data frame"),
            Err(fault) => return (Some(fault.code()), 0),
        }
    }
    panic!("a whole header is enough");
}

#[test]
fn section_5_2_each_length_form_with_each_boundary_value() {
    let mut cases = 0;
    for (form, len, masked, limit) in combinations() {
        let Some(header) = header(form, len, masked) else { continue };
        let expected = expected_fault(form, len, masked, limit);
        let remaining = if expected.is_none() { len } else { 0 };
        for first_prefix in [0, header.len()] {
            let seen = decode(&header, first_prefix, limit);
            assert_eq!(seen, (expected, remaining), "{form} bits, {len}, masked {masked}, limit {limit}");
        }
        cases += 1;
    }
    assert_eq!(cases, (3 + 6 + 15) * 4);
}

fn combinations() -> impl Iterator<Item = (u32, u64, bool, u64)> {
    [7, 16, 64].into_iter().flat_map(|form| {
        VALUES.into_iter().flat_map(move |len| {
            [(false, 0), (true, 0), (false, LIMIT), (true, LIMIT)]
                .map(|(masked, limit)| (form, len, masked, limit))
        })
    })
}

#[test]
fn section_5_2_the_highest_bit_is_refused_before_the_rest_of_the_length_arrives() {
    let mut inbound = inbound_with(0);
    let fault = inbound.next(&[0x82, 127, 0x80], Held::default()).unwrap_err();
    assert_eq!(fault.code(), ErrorCode::LengthInvalid);
}

#[test]
fn the_largest_length_and_the_largest_held_do_not_wrap() {
    let header = header(64, (1 << 63) - 1, false).unwrap();
    let held = Held { earlier: u64::MAX, message: u64::MAX };
    let mut unlimited = inbound_with(0);
    assert!(unlimited.next(&header, held).is_ok());
    let mut limited = inbound_with(u64::MAX - 1);
    assert_eq!(limited.next(&header, held).unwrap_err().code(), ErrorCode::ReceiveBufferFull);
}
