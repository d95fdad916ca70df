//! What a certificate says of itself: names, key, and what it may be used for (RFC 5280 section 4).
//!
//! webpki decides; this tells people about it, and finds out what webpki does not tell. What cannot be read says
//! nothing.

use super::der::{
    BIT_STRING, BOOLEAN, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, elements, first, items, only,
};
use std::net::{Ipv4Addr, Ipv6Addr};

const KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x0F];
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1D, 0x11];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x25];
const SERVER_AUTH: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];

/// keyCertSign in the first byte of a KeyUsage.
const CERTIFICATE_SIGNING: u8 = 0x04;

/// `[3]` of a TBSCertificate.
const EXTENSIONS: u8 = 0xA3;
/// `[0]` of a TBSCertificate; X.509 v1 has none, and no extensions.
const VERSION: u8 = 0xA0;
/// The positions of the fields of a TBSCertificate, after the version.
const ISSUER: usize = 2;
const SUBJECT: usize = 4;
const PUBLIC_KEY: usize = 5;

/// `[2]` and `[7]` of a GeneralName.
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;

/// The parts of a name that distinguish authorities.
const NAME_PARTS: [(&[u8], &str); 3] =
    [(&[0x55, 0x04, 0x03], "CN"), (&[0x55, 0x04, 0x0B], "OU"), (&[0x55, 0x04, 0x0A], "O")];
/// A longer name is cut: a peer wrote it.
const MAX_NAME: usize = 200;

/// What a certificate lacks that may not issue others.
pub(super) const NO_AUTHORITY: &str =
    "its certificate is not an authority's (basicConstraints lack CA:TRUE, or keyUsage lacks keyCertSign)";

/// Returns whether the certificate may issue others: it says so, and does not say that its key is for other things (RFC
/// 5280 sections 4.2.1.9 and 4.2.1.3). One of X.509 v1 cannot say; as everywhere, it may.
pub(super) fn is_authority(certificate: &[u8]) -> bool {
    if is_version_1(certificate) {
        return true;
    }
    let constraints = extension(certificate, BASIC_CONSTRAINTS).and_then(|value| only(value, SEQUENCE));
    let is_ca = constraints.and_then(first).is_some_and(|(tag, value, _)| tag == BOOLEAN && value == [0xFF]);
    is_ca && may_sign_certificates(certificate)
}

/// Returns whether the certificate's key may sign certificates: it may, unless it says otherwise.
pub(super) fn may_sign_certificates(certificate: &[u8]) -> bool {
    let Some(value) = extension(certificate, KEY_USAGE) else { return true };
    // After the number of bits that are not used.
    let bits = only(value, BIT_STRING).and_then(|bits| bits.get(1));
    bits.is_some_and(|bits| bits & CERTIFICATE_SIGNING != 0)
}

fn is_version_1(certificate: &[u8]) -> bool {
    tbs(certificate).and_then(first).is_some_and(|(tag, _, _)| tag != VERSION)
}

/// Returns whether the certificate may be a server's (RFC 5280 section 4.2.1.12): it is, unless it says otherwise.
pub(super) fn may_serve(certificate: &[u8]) -> bool {
    let Some(value) = extension(certificate, EXTENDED_KEY_USAGE) else { return true };
    only(value, SEQUENCE).is_some_and(|usages| items(usages).any(|usage| usage == (OID, SERVER_AUTH)))
}

/// Who issued the certificate.
pub(super) fn issuer(certificate: &[u8]) -> Option<&[u8]> {
    field(certificate, ISSUER)
}

/// Whose certificate it is.
pub(super) fn subject(certificate: &[u8]) -> Option<&[u8]> {
    field(certificate, SUBJECT)
}

/// Returns the SubjectPublicKeyInfo.
pub(super) fn public_key(certificate: &[u8]) -> Option<&[u8]> {
    field(certificate, PUBLIC_KEY)
}

/// Returns a subject or issuer for people: `CN=..., O=...`.
pub(super) fn readable(name: &[u8]) -> String {
    let parts = items(only(name, SEQUENCE).unwrap_or_default())
        .filter(|(tag, _)| *tag == SET)
        .flat_map(|(_, part)| items(part));
    let parts: Vec<String> = parts.filter_map(|(_, part)| name_part(part)).collect();
    if parts.is_empty() {
        return "(without a name)".to_owned();
    }
    parts.join(", ").chars().filter(|character| !character.is_control()).take(MAX_NAME).collect()
}

/// `CN=...` for an attribute and its value.
fn name_part(part: &[u8]) -> Option<String> {
    let mut parts = items(part);
    let (_, attribute) = parts.next()?;
    let (_, label) = NAME_PARTS.into_iter().find(|(oid, _)| *oid == attribute)?;
    parts.next().map(|(_, value)| format!("{label}={}", String::from_utf8_lossy(value)))
}

/// Returns the host names and addresses that the certificate is for (RFC 5280 section 4.2.1.6).
pub(super) fn hosts(certificate: &[u8]) -> impl Iterator<Item = String> {
    let names = extension(certificate, ALTERNATIVE_NAMES).and_then(|value| only(value, SEQUENCE));
    items(names.unwrap_or_default()).filter_map(|(tag, name)| match (tag, name.len()) {
        (DNS_NAME, _) => Some(String::from_utf8_lossy(name).into_owned()),
        (IP_ADDRESS, 4) => <[u8; 4]>::try_from(name).ok().map(|bytes| Ipv4Addr::from(bytes).to_string()),
        (IP_ADDRESS, 16) => <[u8; 16]>::try_from(name).ok().map(|bytes| Ipv6Addr::from(bytes).to_string()),
        _ => None,
    })
}

/// Of how many bits the key is, if it is one of RSA.
pub(super) fn rsa_bits(certificate: &[u8]) -> Option<usize> {
    let mut key = items(only(public_key(certificate)?, SEQUENCE)?);
    let (_, algorithm) = key.next()?;
    items(algorithm).next().filter(|oid| RSA.contains(oid))?;
    let (_, bits) = key.next().filter(|(tag, _)| *tag == BIT_STRING)?;
    let modulus = only(only(bits.get(1..)?, SEQUENCE)?, INTEGER)?;
    let leading = modulus.iter().take_while(|byte| **byte == 0).count();
    let modulus = modulus.get(leading..)?;
    Some((modulus.len() * 8).saturating_sub(modulus.first()?.leading_zeros() as usize))
}

/// rsaEncryption and id-RSASSA-PSS.
const RSA: [(u8, &[u8]); 2] = [
    (OID, &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]),
    (OID, &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A]),
];

/// Returns the value of an extension.
fn extension<'a>(certificate: &'a [u8], oid: &[u8]) -> Option<&'a [u8]> {
    let (_, tagged) = items(tbs(certificate)?).find(|(tag, _)| *tag == EXTENSIONS)?;
    let mut extensions = items(only(tagged, SEQUENCE)?);
    let (_, found) = extensions.find(|(_, extension)| items(extension).next() == Some((OID, oid)))?;
    items(found).find(|(tag, _)| *tag == OCTET_STRING).map(|(_, value)| value)
}

/// Returns a field of the TBSCertificate.
fn field(certificate: &[u8], number: usize) -> Option<&[u8]> {
    elements(tbs(certificate)?).filter(|field| !field.starts_with(&[VERSION])).nth(number)
}

fn tbs(certificate: &[u8]) -> Option<&[u8]> {
    only(only(certificate, SEQUENCE)?, SEQUENCE)
}
