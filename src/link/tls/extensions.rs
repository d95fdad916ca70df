//! What a certificate says it may be used for: the two extensions that webpki does not tell of.
//!
//! Only for certificates that webpki has parsed; what cannot be read here says nothing.

const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x25];
const SERVER_AUTH: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];

const BOOLEAN: u8 = 0x01;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// `[3]` of a TBSCertificate.
const EXTENSIONS: u8 = 0xA3;
/// `[0]` of a TBSCertificate; X.509 v1 has none, and no extensions.
const VERSION: u8 = 0xA0;

/// Whether the certificate may issue others (RFC 5280 section 4.2.1.9). One of X.509 v1 cannot say; as everywhere,
/// it may.
pub(super) fn is_authority(certificate: &[u8]) -> bool {
    if tbs(certificate).and_then(first).is_some_and(|(tag, _, _)| tag != VERSION) {
        return true;
    }
    let constraints = extension(certificate, BASIC_CONSTRAINTS).and_then(|value| only(value, SEQUENCE));
    constraints.and_then(first).is_some_and(|(tag, value, _)| tag == BOOLEAN && value == [0xFF])
}

/// Whether the certificate may be a server's (RFC 5280 section 4.2.1.12): it is, unless it says otherwise.
pub(super) fn may_serve(certificate: &[u8]) -> bool {
    let Some(value) = extension(certificate, EXTENDED_KEY_USAGE) else { return true };
    only(value, SEQUENCE).is_some_and(|usages| items(usages).any(|usage| usage == (OID, SERVER_AUTH)))
}

/// The value of an extension.
fn extension<'a>(certificate: &'a [u8], oid: &[u8]) -> Option<&'a [u8]> {
    let (_, tagged) = items(tbs(certificate)?).find(|(tag, _)| *tag == EXTENSIONS)?;
    let mut extensions = items(only(tagged, SEQUENCE)?);
    let (_, found) = extensions.find(|(_, extension)| items(extension).next() == Some((OID, oid)))?;
    items(found).find(|(tag, _)| *tag == OCTET_STRING).map(|(_, value)| value)
}

fn tbs(certificate: &[u8]) -> Option<&[u8]> {
    only(only(certificate, SEQUENCE)?, SEQUENCE)
}

/// The content of the first item, which has to have this tag.
fn only(der: &[u8], tag: u8) -> Option<&[u8]> {
    first(der).filter(|(found, _, _)| *found == tag).map(|(_, content, _)| content)
}

/// Tag and content of each item.
fn items(mut der: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (tag, content, rest) = first(der)?;
        der = rest;
        Some((tag, content))
    })
}

/// Tag and content of the first item, and what follows it.
fn first(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, length], rest) = der.split_first_chunk()?;
    let (length, rest) = match length {
        0..0x80 => (usize::from(length), rest),
        // The number of bytes that the length takes.
        _ => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7F))?;
            (
                digits
                    .iter()
                    .try_fold(0_usize, |sum, &digit| sum.checked_mul(256)?.checked_add(digit.into()))?,
                rest,
            )
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}
