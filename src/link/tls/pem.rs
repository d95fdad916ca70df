//! Certificates and private keys in PEM (RFC 7468): what stands between their BEGIN and END lines, whatever else the text
//! holds.
//!
//! A fault says what is wrong and quotes nothing: a private key may stand in the same text.

use super::der::elements;
use crate::base::{ErrorCode, Fault, Result};
use crate::proto::encoding::Encoding;
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::pkcs5::pbes2::Kdf;
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer,
};

/// The names under which certificates are kept; openssl writes all three.
const CERTIFICATE: &[u8] = b"CERTIFICATE";
const OLD_CERTIFICATE: &[u8] = b"X509 CERTIFICATE";
/// A certificate, followed by what openssl trusts it for, which is ignored.
const TRUSTED_CERTIFICATE: &[u8] = b"TRUSTED CERTIFICATE";

/// The names under which private keys are kept.
const PKCS8_KEY: &[u8] = b"PRIVATE KEY";
const ENCRYPTED_PKCS8_KEY: &[u8] = b"ENCRYPTED PRIVATE KEY";
const RSA_KEY: &[u8] = b"RSA PRIVATE KEY";
const EC_KEY: &[u8] = b"EC PRIVATE KEY";

/// How the body of a key begins that OpenSSL has encrypted in its old way.
const OLD_ENCRYPTION_HEADER: &[u8] = b"Proc-Type:";

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const HYPHENS: &[u8] = b"-----";
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

const LINE_BREAKS_LOST: &str = "The line breaks of the PEM text are lost (a literal \\n is none): each BEGIN and END \
                                line must stand on a line of its own.";
const NO_END_LINE: &str = "A section of the PEM text has no END line of its own.";
const NOT_BASE64: &str = "A certificate in the PEM text is not valid Base64.";
const NO_KEY: &str = "The text holds no private key (-----BEGIN PRIVATE KEY-----).";
const KEY_NOT_BASE64: &str = "The private key in the PEM text is not valid Base64.";
const OLD_ENCRYPTION: &str = "The private key is encrypted in an old way of OpenSSL, which is not supported; convert it \
                              with: openssl pkcs8 -topk8 -in old.pem -out new.pem";
const NOT_DECRYPTED: &str = "The private key could not be decrypted: the password is wrong, or the encryption is not \
                             one of PBES2 (AES or 3DES in CBC).";
const TOO_COSTLY: &str = "The private key is encrypted with more than 10,000,000 iterations of PBKDF2, or with scrypt \
                          that needs more than 64 MiB; encrypt it with less.";

/// Some ten times what tools use.
const MAX_PBKDF2_ITERATIONS: u32 = 10_000_000;
const MAX_SCRYPT_BYTES: u64 = 64 << 20;

const NO_CERTIFICATE: &str = "The text holds no PEM certificate (-----BEGIN CERTIFICATE-----).";

/// Returns the certificates of a text, of which there must be one at least.
pub(super) fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let mut lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).map(trim);
    let mut certificates = Vec::new();
    while let Some((label, body)) = section(&mut lines)? {
        match label {
            CERTIFICATE | OLD_CERTIFICATE => certificates.push(decode(&body)?.into()),
            TRUSTED_CERTIFICATE => {
                let der = decode(&body)?;
                let certificate = elements(&der).next().unwrap_or(&der);
                certificates.push(certificate.to_vec().into());
            }
            _ => {}
        }
    }
    if certificates.is_empty() {
        return Err(malformed(NO_CERTIFICATE));
    }
    Ok(certificates)
}

/// Returns the private key of a text, the first if there are several.
pub(super) fn private_key(text: &[u8], password: &str) -> Result<PrivateKeyDer<'static>> {
    let mut lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).map(trim);
    while let Some((label, body)) = section(&mut lines)? {
        if ![PKCS8_KEY, ENCRYPTED_PKCS8_KEY, RSA_KEY, EC_KEY].contains(&label) {
            continue;
        }
        if body.starts_with(OLD_ENCRYPTION_HEADER) {
            return Err(malformed(OLD_ENCRYPTION));
        }
        let der = decode(&body).map_err(|_| malformed(KEY_NOT_BASE64))?;
        return Ok(match label {
            RSA_KEY => PrivatePkcs1KeyDer::from(der).into(),
            EC_KEY => PrivateSec1KeyDer::from(der).into(),
            ENCRYPTED_PKCS8_KEY => PrivatePkcs8KeyDer::from(decrypt(&der, password)?).into(),
            _ => PrivatePkcs8KeyDer::from(der).into(),
        });
    }
    Err(malformed(NO_KEY))
}

fn decrypt(der: &[u8], password: &str) -> Result<Vec<u8>> {
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| malformed(NOT_DECRYPTED))?;
    if encrypted.encryption_algorithm.pbes2().is_some_and(|scheme| is_too_costly(&scheme.kdf)) {
        return Err(malformed(TOO_COSTLY));
    }
    let key = encrypted.decrypt(password).map_err(|_| malformed(NOT_DECRYPTED))?;
    Ok(key.as_bytes().to_vec())
}

/// Returns whether a key takes longer to derive, or more memory, than is allowed to a file.
fn is_too_costly(kdf: &Kdf) -> bool {
    match kdf {
        Kdf::Pbkdf2(parameters) => parameters.iteration_count > MAX_PBKDF2_ITERATIONS,
        Kdf::Scrypt(parameters) => {
            let block = 128 * u64::from(parameters.block_size) * u64::from(parameters.parallelization);
            parameters.cost_parameter.saturating_mul(block) > MAX_SCRYPT_BYTES
        }
        _ => true,
    }
}

/// Returns the name and the body of the next section.
fn section<'a>(lines: &mut impl Iterator<Item = &'a [u8]>) -> Result<Option<(&'a [u8], Vec<u8>)>> {
    let Some(label) = lines.find_map(|line| line.strip_prefix(BEGIN)) else { return Ok(None) };
    let label = whole_label(label)?;
    Ok(Some((label, body(lines, label)?)))
}

/// Returns a line without white space at its ends, and without the mark that begins a file, also one of several that
/// were put together.
fn trim(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii();
    line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
}

/// Returns the name that a BEGIN or END line gives, without the hyphens that must end the line.
fn whole_label(rest: &[u8]) -> Result<&[u8]> {
    let label = rest.strip_suffix(HYPHENS).filter(|label| !label.contains(&b'-'));
    label.ok_or_else(|| malformed(LINE_BREAKS_LOST))
}

/// Returns the lines up to the END line of the section.
fn body<'a>(lines: &mut impl Iterator<Item = &'a [u8]>, label: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    for line in lines {
        if let Some(end) = line.strip_prefix(END) {
            return if whole_label(end)? == label { Ok(body) } else { Err(malformed(NO_END_LINE)) };
        }
        if line.starts_with(BEGIN) {
            break;
        }
        body.extend_from_slice(line);
    }
    Err(malformed(NO_END_LINE))
}

fn decode(body: &[u8]) -> Result<Vec<u8>> {
    let body = std::str::from_utf8(body).map_err(|_| malformed(NOT_BASE64))?;
    Encoding::Base64.decode(body).map_err(|_| malformed(NOT_BASE64))
}

fn malformed(sentence: &'static str) -> Fault {
    Fault::new(ErrorCode::InvalidPem, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five bytes of DER, which would be a certificate, and six after them.
    const BODY: &str = "MAMCAQcwBAICAQA=";

    fn text(label: &str, body: &str) -> String {
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    }

    fn read(text: &str) -> std::result::Result<usize, String> {
        certificates(text.as_bytes()).map(|found| found.len()).map_err(|fault| fault.text().to_owned())
    }

    #[test]
    fn a_certificate_has_three_names_and_other_sections_are_skipped() {
        let whole: &[u8] = b"\x30\x03\x02\x01\x07\x30\x04\x02\x02\x01\x00";
        let labels =
            [("CERTIFICATE", whole), ("X509 CERTIFICATE", whole), ("TRUSTED CERTIFICATE", &whole[..5])];
        for (label, der) in labels {
            let found = certificates(text(label, BODY).as_bytes()).expect("it is a certificate");
            assert_eq!(found, [CertificateDer::from_slice(der)]);
        }
        let several =
            [text("PRIVATE KEY", "no Base64"), "words\n".into(), text("CERTIFICATE", BODY)].concat();
        assert_eq!(read(&several.repeat(2)), Ok(2));
    }

    #[test]
    fn line_ends_white_space_and_byte_order_marks_do_not_matter() {
        let plain = text("CERTIFICATE", "MAMC\nAQcwBAIC\nAQA=");
        let forms = [plain.replace('\n', "\r\n"), plain.replace('\n', "\r"), plain.replace('\n', " \n\t ")];
        for form in forms {
            assert_eq!(read(&form), Ok(1), "{form:?}");
            assert_eq!(read(&format!("\u{FEFF}{form}").repeat(3)), Ok(3), "{form:?}");
        }
    }

    #[test]
    fn each_mistake_has_its_sentence() {
        let whole = text("CERTIFICATE", BODY);
        for lost in [whole.replace('\n', "\\n"), whole.replace('\n', " "), whole.replace('\n', "")] {
            assert_eq!(read(&lost), Err(LINE_BREAKS_LOST.into()), "{lost:?}");
        }
        let key = text("PRIVATE KEY", BODY);
        assert_eq!(read(&key), Err(NO_CERTIFICATE.into()));
        assert_eq!(read(""), Err(NO_CERTIFICATE.into()));
        assert_eq!(read(&text("CERTIFICATE", "MAMCAQc*")), Err(NOT_BASE64.into()));
        assert_eq!(read(&text("CERTIFICATE", "MAMCAQc")), Err(NOT_BASE64.into()));
        assert_eq!(read("-----BEGIN CERTIFICATE-----\nMAMC"), Err(NO_END_LINE.into()));
        assert_eq!(read(&format!("-----BEGIN CERTIFICATE-----\nMAMC\n{whole}")), Err(NO_END_LINE.into()));
        assert_eq!(read(&whole.replace("END CERTIFICATE", "END PRIVATE KEY")), Err(NO_END_LINE.into()));
    }
}
